//! The end: a line for each figure, beside its floor.

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
}

impl Row {
    /// A figure beside its floor.
    pub fn new(what: impl Into<String>, unit: &'static str, ours: f64, floor: f64) -> Self {
        Self {
            what: what.into(),
            unit,
            ours,
            floor: Some(floor),
        }
    }

    /// A figure that speaks for itself.
    pub fn alone(what: impl Into<String>, unit: &'static str, ours: f64) -> Self {
        Self {
            what: what.into(),
            unit,
            ours,
            floor: None,
        }
    }
}

/// Prints all of them.
pub fn print(rows: &[Row]) {
    println!("\n{:<52} {:>12} {:>12} {:>7}", "", "ours", "floor", "ratio");
    for Row {
        what,
        unit,
        ours,
        floor,
    } in rows
    {
        let what = format!("{what}, {unit}");
        match floor {
            Some(floor) => println!(
                "{what:<52} {ours:>12.3} {floor:>12.3} {:>7.3}",
                ours / floor
            ),
            None => println!("{what:<52} {ours:>12.3}"),
        }
    }
}
