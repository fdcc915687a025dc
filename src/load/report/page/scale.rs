//! An axis: where a value stands on it, and which values are written beside it.

use crate::load::report::units::{byte_unit, count, moment_unit, short};

/// The room above the greatest value, as a factor.
const ROOM: f64 = 1.04;
/// About the most ticks on an axis.
const TICKS: f64 = 6.0;
/// The least ratio of the greatest value to the least that makes an axis logarithmic: otherwise small values look alike.
const LOGARITHMIC: f64 = 40.0;

/// An axis.
#[derive(Debug)]
pub(super) struct Scale {
    from: f64,
    to: f64,
    pub(super) is_logarithmic: bool,
    /// Values, and the texts beside them.
    pub(super) ticks: Vec<(f64, String)>,
}

impl Scale {
    /// An axis for moments from 0 to `until`, in seconds.
    pub(super) fn moments(until: f64) -> Self {
        let until = positive(until);
        let (unit, name) = moment_unit(until);
        let step = match name {
            "s" | "min" => of_sixty(until / unit),
            _ => nice(until / unit / TICKS),
        };
        let mut ticks = steps(0.0, until / unit, step, |value| {
            format!("{} {name}", short(value, 3))
        });
        ticks.iter_mut().for_each(|(value, _)| *value *= unit);
        Self::linear(0.0, until, ticks)
    }

    /// An axis for numbers from 0 to at least `most`.
    pub(super) fn counts(most: f64) -> Self {
        Self::both_ways(0.0, most)
    }

    /// An axis for numbers from at most `least`, which may be negative, to at least `most`. The texts have no signs.
    pub(super) fn both_ways(least: f64, most: f64) -> Self {
        let (from, to) = (least.min(0.0) * ROOM, positive(most) * ROOM);
        let step = nice((to - from) / TICKS).max(1.0);
        let ticks = steps(from, to, step, |value| count(value.abs() as u64));
        Self::linear(from, to, ticks)
    }

    /// An axis for sizes in bytes.
    pub(super) fn sizes(least: f64, most: f64) -> Self {
        let (unit, name) = byte_unit(positive(most.max(-least)));
        let (from, to) = (least.min(0.0) * ROOM / unit, positive(most) * ROOM / unit);
        let step = nice((to - from) / TICKS);
        let mut ticks = steps(from, to, step, |value| {
            format!("{} {name}", short(value, 3))
        });
        ticks.iter_mut().for_each(|(value, _)| *value *= unit);
        Self::linear(from * unit, to * unit, ticks)
    }

    /// An axis for times between `least` and `most`, in seconds: from 0, or logarithmic if small times would not be seen.
    pub(super) fn times(least: f64, most: f64) -> Self {
        let (least, most) = (least.max(1e-6), positive(most).max(1e-6));
        if most / least >= LOGARITHMIC {
            return Self::logarithmic(least, most);
        }
        let (unit, name) = time_unit(most);
        let to = most * ROOM / unit;
        let step = nice(to / TICKS);
        let mut ticks = steps(0.0, to, step, |value| format!("{} {name}", short(value, 3)));
        ticks.iter_mut().for_each(|(value, _)| *value *= unit);
        Self::linear(0.0, to * unit, ticks)
    }

    pub(super) fn logarithmic(least: f64, most: f64) -> Self {
        let all =
            (-6..=5).flat_map(|power| [1.0, 2.0, 5.0].map(|digit| digit * 10_f64.powi(power)));
        let from = all
            .clone()
            .take_while(|value| *value <= least * 1.000_001)
            .last()
            .unwrap_or(1e-6);
        let to = all.clone().find(|value| *value >= most).unwrap_or(most);
        let within = all
            .enumerate()
            .filter(|(_, value)| (from * 0.999..=to * 1.001).contains(value));
        // An axis of many decades has texts only at the powers of ten.
        let every = if to / from > 2000.0 { 3 } else { 1 };
        let ticks = within
            .filter(|(at, _)| at % every == 0)
            .map(|(_, value)| (value, time_tick(value)));
        Self {
            from,
            to,
            is_logarithmic: true,
            ticks: ticks.collect(),
        }
    }

    fn linear(from: f64, to: f64, ticks: Vec<(f64, String)>) -> Self {
        Self {
            from,
            to,
            is_logarithmic: false,
            ticks,
        }
    }

    /// The position of a value, from 0 to 1.
    pub(super) fn position(&self, value: f64) -> f64 {
        let position = match self.is_logarithmic {
            true => (value.max(self.from) / self.from).log10() / (self.to / self.from).log10(),
            false => (value - self.from) / (self.to - self.from),
        };
        position.clamp(0.0, 1.0)
    }
}

fn positive(value: f64) -> f64 {
    if value.is_finite() && value > 0.0 {
        value
    } else {
        1.0
    }
}

/// The least of 1, 2 and 5, times a power of ten, that is no less than `step`.
fn nice(step: f64) -> f64 {
    let power = 10_f64.powf(step.log10().floor());
    let digits = [1.0, 2.0, 5.0]
        .into_iter()
        .find(|digit| step <= digit * power * 1.000_001);
    digits.unwrap_or(10.0) * power
}

/// A round step for seconds and minutes, of which there are sixty, on an axis up to `until`.
fn of_sixty(until: f64) -> f64 {
    let steps = [10.0, 15.0, 20.0, 30.0];
    match until / TICKS {
        step if step <= 5.0 => nice(step),
        step => steps.into_iter().find(|nice| step <= *nice).unwrap_or(30.0),
    }
}

fn steps(from: f64, to: f64, step: f64, write: impl Fn(f64) -> String) -> Vec<(f64, String)> {
    let (first, last) = (
        (from / step - 1e-9).ceil() as i64,
        (to / step + 1e-9).floor() as i64,
    );
    let values = (first..=last).map(|number| number as f64 * step);
    values.map(|value| (value, write(value))).collect()
}

fn time_unit(most: f64) -> (f64, &'static str) {
    match most {
        s if s >= 1.0 => (1.0, "s"),
        s if s >= 1e-3 => (1e-3, "ms"),
        _ => (1e-6, "µs"),
    }
}

/// A round time, as `10 ms`.
fn time_tick(seconds: f64) -> String {
    let (unit, name) = time_unit(seconds * 1.000_001);
    format!("{} {name}", short(seconds / unit, 0))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(scale: &Scale) -> Vec<&str> {
        scale.ticks.iter().map(|(_, text)| text.as_str()).collect()
    }

    #[test]
    fn ticks_are_round_and_in_one_unit() {
        assert_eq!(
            written(&Scale::moments(62.0)),
            ["0 s", "15 s", "30 s", "45 s", "60 s"]
        );
        assert_eq!(
            written(&Scale::moments(9.3)),
            ["0 s", "2 s", "4 s", "6 s", "8 s"]
        );
        assert_eq!(
            written(&Scale::moments(600.0)),
            ["0 min", "2 min", "4 min", "6 min", "8 min", "10 min"]
        );
        assert_eq!(written(&Scale::counts(3.0)), ["0", "1", "2", "3"]);
        assert_eq!(
            written(&Scale::counts(9_800.0)),
            ["0", "2,000", "4,000", "6,000", "8,000", "10,000"]
        );
        assert_eq!(written(&Scale::both_ways(-80.0, 90.0)), ["50", "0", "50"]);
        assert_eq!(
            written(&Scale::sizes(-1e6, 2.5e6)),
            ["0 MiB", "1 MiB", "2 MiB"]
        );
        assert_eq!(
            written(&Scale::times(0.002, 0.0147)),
            ["0 ms", "5 ms", "10 ms", "15 ms"]
        );
    }

    #[test]
    fn times_of_different_sizes_have_a_logarithmic_axis() {
        let scale = Scale::times(0.000_5, 0.9);
        assert!(scale.is_logarithmic);
        assert_eq!(
            written(&scale),
            [
                "500 µs", "1 ms", "2 ms", "5 ms", "10 ms", "20 ms", "50 ms", "100 ms", "200 ms",
                "500 ms", "1 s"
            ]
        );
        assert!((scale.position(0.022_36) - 0.5).abs() < 1e-3);
        let decades = Scale::times(0.000_03, 9.0);
        assert_eq!(
            written(&decades),
            ["100 µs", "1 ms", "10 ms", "100 ms", "1 s", "10 s"]
        );
    }

    #[test]
    fn an_axis_for_nothing_has_ticks_and_positions() {
        let nothing = [0.0, f64::NAN, f64::INFINITY, -3.0];
        for most in nothing {
            let scales = [
                Scale::moments(most),
                Scale::counts(most),
                Scale::sizes(0.0, most),
                Scale::times(0.0, most),
            ];
            for scale in scales {
                assert!((2..20).contains(&scale.ticks.len()), "{scale:?}");
                assert!((0.0..=1.0).contains(&scale.position(0.5)), "{scale:?}");
            }
        }
    }

    #[test]
    fn the_longest_run_has_few_ticks() {
        for until in [
            0.01, 1.0, 59.0, 121.0, 1000.0, 7200.0, 7300.0, 86_400.0, 1e6,
        ] {
            assert!(
                (2..=10).contains(&Scale::moments(until).ticks.len()),
                "{until}"
            );
        }
    }
}
