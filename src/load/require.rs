//! Requirements on a report: any figure of the JSON, a relation and a bound, as `delivery p99 < 250ms`. Pure.

mod names;

use super::report::{
    Report, Required, json,
    units::{bytes, short, time},
};
use names::Measure;
use serde_json::Value;

/// The units of bounds. A unit that ends with another's name stands before it.
const UNITS: [(&str, Measure, f64); 14] = [
    ("ms", Measure::Time, 1e-3),
    ("us", Measure::Time, 1e-6),
    ("µs", Measure::Time, 1e-6),
    ("ns", Measure::Time, 1e-9),
    ("s", Measure::Time, 1.0),
    ("min", Measure::Time, 60.0),
    ("m", Measure::Time, 60.0),
    ("h", Measure::Time, 3600.0),
    ("KiB", Measure::Size, 1024.0),
    ("MiB", Measure::Size, 1_048_576.0),
    ("GiB", Measure::Size, 1_073_741_824.0),
    ("B", Measure::Size, 1.0),
    ("%", Measure::Number, 0.01),
    ("", Measure::Number, 1.0),
];
/// The relations. A relation that begins with another stands before it.
const RELATIONS: [(&str, Relation); 5] = [
    ("<=", |value, bound| value <= bound),
    (">=", |value, bound| value >= bound),
    ("==", |value, bound| value == bound),
    ("<", |value, bound| value < bound),
    (">", |value, bound| value > bound),
];

type Relation = fn(f64, f64) -> bool;

/// A requirement on a report.
#[derive(Clone, Debug)]
pub(super) struct Requirement {
    /// The requirement as it was given.
    text: String,
    /// The figure, as a pointer into the JSON.
    figure: String,
    measure: Measure,
    holds: Relation,
    bound: f64,
}

impl Requirement {
    /// Reads a requirement. An error says what is wrong with it, and which names there are.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let at = text.find(['<', '>', '=']).ok_or(
            "a figure, one of < <= > >= == and a bound are needed, as 'delivery p99 < 250ms'",
        )?;
        let (name, rest) = text.split_at(at);
        let found = RELATIONS
            .iter()
            .find_map(|(sign, holds)| Some((rest.strip_prefix(sign)?, *holds)));
        let (bound, holds) = found.ok_or("the relations are < <= > >= ==")?;
        let figure = names::find(name)?;
        let measure = Measure::of(&figure);
        Ok(Self {
            text: text.trim().to_owned(),
            bound: bound_of(bound.trim(), measure)?,
            figure: format!("/{}", figure.replace('.', "/")),
            measure,
            holds,
        })
    }

    fn judge(&self, figures: &Value) -> Required {
        let value = known(figures, &self.figure);
        let held = value.is_some_and(|value| (self.holds)(value, self.bound));
        let was = value.map_or("not known".to_owned(), |value| self.measure.told(value));
        Required {
            text: self.text.clone(),
            value,
            held,
            was,
        }
    }
}

/// Enters into a report which requirements hold.
pub(super) fn judge(report: &mut Report, requirements: &[Requirement]) {
    if requirements.is_empty() {
        return;
    }
    let figures = json::value(report);
    report.required = requirements
        .iter()
        .map(|requirement| requirement.judge(&figures))
        .collect();
}

/// A figure, unless it is not known or is that of a distribution without values. A number that counts nothing, as that of a
/// status which no answer had, is 0.
fn known(figures: &Value, pointer: &str) -> Option<f64> {
    let (parent, name) = pointer.rsplit_once('/')?;
    let of = figures.pointer(parent)?;
    let is_empty = of.get("count").is_some_and(|count| count == 0) && name != "count";
    match of.get(name) {
        None if names::is_number(name) => Some(0.0),
        value => value?.as_f64().filter(|_| !is_empty),
    }
}

/// A figure with its unit, by its path.
pub(super) fn told(path: &str, value: f64) -> String {
    Measure::of(path).told(value)
}

fn bound_of(text: &str, measure: Measure) -> Result<f64, String> {
    let (number, unit) = UNITS
        .iter()
        .find_map(|unit| Some((text.strip_suffix(unit.0)?, unit)))
        .expect("the last unit is empty");
    let (name, of, factor) = *unit;
    let number = number.trim_end().parse::<f64>().ok();
    let Some(number) = number.filter(|number| number.is_finite()) else {
        return Err(format!(
            "{text:?} is no bound: a number and us, ms, s, m, h, B, KiB, MiB, GiB, % or nothing is needed"
        ));
    };
    match measure {
        Measure::Time if of != Measure::Time && number != 0.0 => {
            Err(format!("a time needs a unit: {number}ms or {number}s"))
        }
        Measure::Size if of == Measure::Time || name == "%" => {
            Err("a size is in B, KiB, MiB or GiB".to_owned())
        }
        _ => Ok(number * factor),
    }
}

impl Measure {
    fn told(self, value: f64) -> String {
        match self {
            Self::Time => time(value),
            Self::Size => bytes(value),
            Self::Number if value.abs() >= 1000.0 => short(value, 0),
            Self::Number if value.abs() >= 1.0 => short(value, 3),
            Self::Number => short(value, 6),
        }
    }
}

impl Report {
    /// The requirements that do not hold, in words.
    pub(super) fn broken(&self) -> impl Iterator<Item = String> {
        let broken = self.required.iter().filter(|required| !required.held);
        broken.map(|required| {
            format!(
                "required {} is not met: it is {}",
                required.text, required.was
            )
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::load::report::{MemoryGrowth, Network, Quantiles, StageFigures};

    fn report() -> Report {
        let mut report = Report {
            latency: Quantiles {
                count: 9,
                p99: 0.25,
                ..Quantiles::default()
            },
            memory: Some(MemoryGrowth {
                per_subscriber: Some(800.0),
                ..MemoryGrowth::default()
            }),
            ..Report::default()
        };
        report.totals.lost = 3;
        report.network = Some(Network {
            syn_sent_again: 7,
            ..Network::default()
        });
        report.traffic.received = 1024;
        report.cpu.per_event = Some(8e-6);
        report.stages.push(StageFigures {
            held: 5,
            ..StageFigures::default()
        });
        report.connections.after_seconds.insert(3, 2);
        report
    }

    #[test]
    fn a_requirement_is_a_figure_a_relation_and_a_bound() {
        for (text, holds) in [
            ("delivery p99 < 250ms", false),
            ("delivery p99 <= 250ms", true),
            ("latency.p99<0.3s", true),
            ("delivery.p99 > 249999us", true),
            ("delivery count == 9", true),
            ("lost == 0", false),
            ("totals.lost >= 3", true),
            ("lost < 400%", true),
            ("server.memory.each < 1KiB", true),
            ("server memory each < 800 B", false),
            ("memory.per_subscriber <= 800", true),
            ("TCP connect p99 < 1s", false),
            ("storm.back < 5s", false),
            ("delivery p99 < 1m", true),
            ("delivery p99 > 1h", false),
            ("network.syn_sent_again <= 7", true),
            ("network.listen_drops > 0", false),
            ("traffic.received >= 1KiB", true),
            ("cpu.per_event < 10us", true),
            ("stages.0.held == 5", true),
            ("stages.1.held == 5", false),
            ("connections.after_seconds.3 == 2", true),
            ("connections.after_seconds.1 == 0", true),
            ("fetches.statuses.404 == 0", false),
        ] {
            let requirement = Requirement::parse(text).unwrap_or_else(|e| panic!("{text}: {e}"));
            let mut report = report();
            judge(&mut report, &[requirement]);
            assert_eq!(report.required[0].held, holds, "{text}");
            assert_eq!(report.broken().count(), usize::from(!holds), "{text}");
        }
    }

    #[test]
    fn a_requirement_that_makes_no_sense_is_refused_with_the_names_that_exist() {
        for (text, word) in [
            ("", "delivery p99 < 250ms"),
            ("lost", "=="),
            ("lost = 0", "=="),
            ("lots == 0", "totals.lost"),
            ("delivery == 1", "latency.p99"),
            ("p99 < 1s", "latency.p99"),
            ("lost == none", "none"),
            ("lost == nan", "nan"),
            ("delivery p99 < 250", "unit"),
            ("delivery p99 < 1KiB", "unit"),
            ("server.memory.each < 1s", "KiB"),
        ] {
            let error = Requirement::parse(text).unwrap_err();
            assert!(
                error.contains(word) && !error.contains('\n'),
                "{text}: {error}"
            );
        }
    }

    #[test]
    fn a_figure_that_is_not_known_breaks_its_requirement_and_says_so() {
        let mut report = report();
        let requirement = |text| Requirement::parse(text).unwrap();
        judge(
            &mut report,
            &[
                requirement("spread max < 1s"),
                requirement("kernel.memory.each < 1MiB"),
                requirement("lost == 0"),
            ],
        );
        let broken: Vec<String> = report.broken().collect();
        assert_eq!(
            broken,
            [
                "required spread max < 1s is not met: it is not known",
                "required kernel.memory.each < 1MiB is not met: it is not known",
                "required lost == 0 is not met: it is 3",
            ]
        );
    }
}
