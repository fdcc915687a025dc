//! The table: a line for each figure, beside its floor.

/// The width of a figure's name, in columns.
const WHAT: usize = 66;

/// The target of a figure: the most that it should be.
#[derive(Clone, Copy)]
pub enum Target {
    /// A bound on the figure.
    Figure(f64),
    /// A bound on the ratio to the floor.
    Ratio(f64),
}

/// A row of the table: a figure.
pub struct Row {
    /// The name of the figure.
    pub what: String,
    /// The unit.
    pub unit: &'static str,
    /// The figure of the program.
    pub ours: f64,
    /// The figure of the bare loop, if it has one.
    pub floor: Option<f64>,
    /// The target, if there is one.
    pub target: Option<Target>,
}

impl Row {
    /// A figure beside its floor.
    pub fn new(what: impl Into<String>, unit: &'static str, ours: f64, floor: f64) -> Self {
        Self {
            what: what.into(),
            unit,
            ours,
            floor: Some(floor),
            target: None,
        }
    }

    /// A figure without a floor.
    pub fn alone(what: impl Into<String>, unit: &'static str, ours: f64) -> Self {
        Self {
            what: what.into(),
            unit,
            ours,
            floor: None,
            target: None,
        }
    }

    /// The same row, with a target for the figure.
    pub fn at_most(self, figure: f64) -> Self {
        Self {
            target: Some(Target::Figure(figure)),
            ..self
        }
    }

    /// The same row, with a target for the ratio to the floor.
    pub fn within(self, ratio: f64) -> Self {
        Self {
            target: Some(Target::Ratio(ratio)),
            ..self
        }
    }

    fn ratio(&self) -> Option<f64> {
        self.floor.map(|floor| self.ours / floor)
    }

    /// The target, and whether it is missed.
    fn target(&self) -> String {
        let (figure, most, sign) = match self.target {
            None => return String::new(),
            Some(Target::Figure(most)) => (self.ours, most, ""),
            Some(Target::Ratio(most)) => (self.ratio().unwrap_or_default(), most, "×"),
        };
        let missed = if figure > most { ", missed" } else { "" };
        let most = (most * 100.0).round() / 100.0;
        format!("≤ {most}{sign}{missed}")
    }
}

/// Prints all rows.
pub fn print(rows: &[Row]) {
    println!(
        "\n{:<WHAT$} {:>12} {:>12} {:>7}  target",
        "", "ours", "floor", "ratio"
    );
    let number = |number: Option<f64>| number.map_or(String::new(), |it| format!("{it:.3}"));
    for row in rows {
        let what = format!("{}, {}", row.what, row.unit);
        let [floor, ratio] = [row.floor, row.ratio()].map(number);
        let (ours, target) = (row.ours, row.target());
        let line = format!("{what:<WHAT$} {ours:>12.3} {floor:>12} {ratio:>7}  {target}");
        println!("{}", line.trim_end());
    }
}
