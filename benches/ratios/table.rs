//! The end: a line for each figure, beside its floor.

/// Columns for what was measured.
const WHAT: usize = 66;

/// The most that a figure is to be.
#[derive(Clone, Copy)]
pub enum Target {
    /// Itself.
    Figure(f64),
    /// Its ratio to the floor.
    Ratio(f64),
}

/// A figure.
pub struct Row {
    /// What was measured.
    pub what: String,
    /// In which unit.
    pub unit: &'static str,
    /// Ours.
    pub ours: f64,
    /// The bare loop's, where there is one.
    pub floor: Option<f64>,
    /// The most that is aimed at.
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

    /// A figure that speaks for itself.
    pub fn alone(what: impl Into<String>, unit: &'static str, ours: f64) -> Self {
        Self {
            what: what.into(),
            unit,
            ours,
            floor: None,
            target: None,
        }
    }

    /// The same, with the most that the figure is to be.
    pub fn at_most(self, figure: f64) -> Self {
        Self {
            target: Some(Target::Figure(figure)),
            ..self
        }
    }

    /// The same, with the most that the ratio to the floor is to be.
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

/// Prints all of them.
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
