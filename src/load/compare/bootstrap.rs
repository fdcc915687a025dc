//! The bootstrap: how far the medians of two runs may lie apart by chance. Pure.

use crate::load::report::units::{short, time};

/// Resamples of each run: the ends of the interval are then known to about a tenth of its width.
const RESAMPLES: usize = 2000;
/// Rounds below which a run tells nothing.
const FEWEST: usize = 8;
/// The most rounds that are resampled; of more, neighbours are put together.
const MOST: usize = 2000;
/// A change that does not matter.
const NEGLIGIBLE: f64 = 0.05;
/// The state that the draws begin with: the same reports give the same interval.
const SEED: u64 = 13;

/// The change of a figure from one run to another.
pub(super) struct Change {
    one: Option<f64>,
    other: Option<f64>,
    /// The least and the greatest quotient of the medians, of 95 of 100 resamples; none if there are too few rounds.
    interval: Option<(f64, f64)>,
}

/// The judgement on a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Judgement {
    TooFew,
    CannotTell,
    NoDifference,
    Less,
    Greater,
}

/// Compares the rounds of two runs.
pub(super) fn change(one: &[f64], other: &[f64]) -> Change {
    let (one, other) = (few(one), few(other));
    Change {
        one: (!one.is_empty()).then(|| median(&mut one.clone())),
        other: (!other.is_empty()).then(|| median(&mut other.clone())),
        interval: interval(&one, &other),
    }
}

impl Change {
    /// Both figures, and the change between them.
    pub(super) fn figures(&self) -> [String; 3] {
        let told = |value: Option<f64>| value.map_or("?".to_owned(), time);
        let change = match (self.one, self.other) {
            (Some(one), Some(other)) if one > 0.0 => percent(other / one),
            _ => String::new(),
        };
        [told(self.one), told(self.other), change]
    }

    /// The interval and the judgement.
    pub(super) fn told(&self) -> String {
        let interval = self.interval.map_or(String::new(), |(least, most)| {
            format!("{} to {}: ", percent(least), percent(most))
        });
        let word = match self.judgement() {
            Judgement::TooFew => "cannot tell: too few rounds",
            Judgement::CannotTell => "cannot tell",
            Judgement::NoDifference => "no difference",
            Judgement::Less => "less",
            Judgement::Greater => "greater",
        };
        format!("{interval}{word}")
    }

    /// `less` or `greater`, if the runs differ.
    pub(super) fn difference(&self) -> Option<&'static str> {
        match self.judgement() {
            Judgement::Less => Some("less"),
            Judgement::Greater => Some("greater"),
            _ => None,
        }
    }

    fn judgement(&self) -> Judgement {
        let Some((least, most)) = self.interval else {
            return Judgement::TooFew;
        };
        match () {
            () if least >= 1.0 - NEGLIGIBLE && most <= 1.0 + NEGLIGIBLE => Judgement::NoDifference,
            () if most < 1.0 => Judgement::Less,
            () if least > 1.0 => Judgement::Greater,
            () => Judgement::CannotTell,
        }
    }
}

/// A quotient as a change: `+12.5 %`.
pub(super) fn percent(quotient: f64) -> String {
    let change = 100.0 * (quotient - 1.0);
    let digits = usize::from(change.abs() < 10.0);
    let told = short(change, digits);
    let sign = if change > 0.0 && told != "0" { "+" } else { "" };
    format!("{sign}{told} %")
}

/// At most [`MOST`] rounds: each is the median of as many neighbours as it takes.
fn few(rounds: &[f64]) -> Vec<f64> {
    let size = rounds.len().div_ceil(MOST).max(1);
    rounds
        .chunks(size)
        .map(|chunk| median(&mut chunk.to_vec()))
        .collect()
}

fn interval(one: &[f64], other: &[f64]) -> Option<(f64, f64)> {
    if one.len().min(other.len()) < FEWEST {
        return None;
    }
    let mut chance = fastrand::Rng::with_seed(SEED);
    let mut quotients: Vec<f64> = (0..RESAMPLES)
        .map(|_| resample(other, &mut chance) / resample(one, &mut chance))
        .filter(|quotient| quotient.is_finite())
        .collect();
    if quotients.len() < RESAMPLES {
        // A figure that is 0 has no quotient.
        return None;
    }
    quotients.sort_unstable_by(f64::total_cmp);
    Some((
        quotients[RESAMPLES / 40],
        quotients[RESAMPLES - 1 - RESAMPLES / 40],
    ))
}

/// The median of as many rounds as there are, drawn in blocks of neighbours: what slows a round often slows the next.
fn resample(rounds: &[f64], chance: &mut fastrand::Rng) -> f64 {
    let block = (rounds.len() as f64).cbrt().ceil() as usize;
    let mut drawn = Vec::with_capacity(rounds.len() + block);
    while drawn.len() < rounds.len() {
        let start = chance.usize(..rounds.len());
        drawn.extend(rounds.iter().cycle().skip(start).take(block));
    }
    drawn.truncate(rounds.len());
    median(&mut drawn)
}

/// The value in the middle; 0 of none.
fn median(values: &mut [f64]) -> f64 {
    if values.is_empty() {
        return 0.0;
    }
    let middle = (values.len() - 1) / 2;
    *values.select_nth_unstable_by(middle, f64::total_cmp).1
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// So many values from `least` to twice as much, in no order.
    fn rounds(many: usize, least: f64) -> Vec<f64> {
        let mut chance = fastrand::Rng::with_seed(1);
        (0..many).map(|_| least * (1.0 + chance.f64())).collect()
    }

    #[test]
    fn a_change_is_judged_by_its_interval() {
        let judged = |one: &[f64], other: &[f64]| change(one, other).judgement();
        let some = rounds(200, 1.0);
        let times = |factor: f64| some.iter().map(|it| it * factor).collect::<Vec<_>>();
        assert_eq!(judged(&some, &times(2.0)), Judgement::Greater);
        assert_eq!(judged(&some, &times(0.5)), Judgement::Less);
        assert_eq!(
            judged(&rounds(5000, 1.0), &rounds(5000, 1.0)),
            Judgement::NoDifference
        );
        assert_eq!(
            judged(&some[..20], &times(1.1)[..20]),
            Judgement::CannotTell
        );
        assert_eq!(judged(&some[..7], &times(9.0)[..7]), Judgement::TooFew);
        assert_eq!(judged(&[], &[]), Judgement::TooFew);
        assert_eq!(judged(&[0.0; 20], &[0.0; 20]), Judgement::TooFew);
    }

    #[test]
    fn a_change_is_told_in_percent() {
        for (quotient, text) in [
            (1.0, "0 %"),
            (1.13, "+13 %"),
            (1.05, "+5 %"),
            (1.000_000_1, "0 %"),
            (0.999_999_9, "0 %"),
            (0.5, "-50 %"),
            (3.0, "+200 %"),
        ] {
            assert_eq!(percent(quotient), text);
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(16))]
        #[test]
        fn the_interval_goes_no_further_than_the_rounds_do(
            one in prop::collection::vec(1.0f64..2.0, 8..100),
            other in prop::collection::vec(1.0f64..2.0, 8..100),
        ) {
            let ends = |all: &[f64]| {
                let least = all.iter().copied().fold(f64::INFINITY, f64::min);
                (least, all.iter().copied().fold(0.0, f64::max))
            };
            let (ones, others) = (ends(&one), ends(&other));
            let (least, most) = change(&one, &other).interval.unwrap();
            prop_assert!(others.0 / ones.1 <= least && least <= most && most <= others.1 / ones.0);
        }
    }
}
