//! Notes about the pace of publishing: publishes that were not sent in time, or sent late by this program, and latency
//! that grows from broadcast to broadcast.

use super::{
    Broadcast, Report,
    units::{count, time},
};

/// Broadcasts that a trend is told by: of more, so many parts of the run are compared by their medians.
const POINTS: usize = 200;
/// The fewest broadcasts that a trend is told by.
const FEWEST: usize = 8;
/// The standard deviations from no trend at all, beyond which chance makes one trend in 30,000.
const CERTAIN: f64 = 4.0;
/// The growth of latency that is worth a note: so much of the time in which it grew, and at least so many seconds.
const PART: f64 = 0.005;
const LEAST: f64 = 0.050;

/// The growth of latency over a run.
#[derive(Debug, PartialEq)]
struct Growth {
    /// Seconds between the first broadcast and the last.
    span: f64,
    /// The latency at the beginning and at the end, as the trend has it.
    from: f64,
    to: f64,
}

impl Report {
    /// Notes about the pace of publishing.
    pub(crate) fn pace(&self) -> Vec<String> {
        let totals = &self.totals;
        let counts = [
            (
                totals.not_sent,
                "not sent in time: too many publishes before had no answer, so that the server saw fewer than asked for",
            ),
            (
                totals.sent_late,
                "sent late by this program, which is too slow for this rate: their deliveries are measured apart",
            ),
        ];
        let counts = counts.iter().filter(|(number, _)| *number > 0);
        let mut notes: Vec<String> = counts
            .map(|(number, what)| format!("{} {what}", many_publishes(*number)))
            .collect();
        notes.extend(growth(&self.broadcasts).map(|growth| {
            format!(
                "the server does not keep up: in {} the latency grew from {} to {}, broadcast by broadcast",
                time(growth.span),
                time(growth.from),
                time(growth.to)
            )
        }));
        notes
    }
}

fn many_publishes(number: u64) -> String {
    match number {
        1 => "1 publish was".to_owned(),
        _ => format!("{} publishes were", count(number)),
    }
}

/// The growth of the median latency, if there is one beyond doubt and of a size that matters. By the test of Mann and
/// Kendall and the slope of Theil and Sen, which a few slow broadcasts do not mislead.
fn growth(broadcasts: &[Broadcast]) -> Option<Growth> {
    let points = points(broadcasts);
    if points.len() < FEWEST || !is_rising(&points) {
        return None;
    }
    let pairs = pairs(&points).filter(|((before, _), (after, _))| after > before);
    let slope = middle(pairs.map(|((x, y), (later, other))| (other - y) / (later - x)));
    let span = points.last()?.0 - points.first()?.0;
    let start = middle(
        points
            .iter()
            .map(|(at, late)| late - slope * (at - points[0].0)),
    );
    let grown = slope * span;
    (grown > LEAST.max(PART * span)).then(|| Growth {
        span,
        from: start.max(0.0),
        to: start + grown,
    })
}

/// The moments of the broadcasts that arrived, and their median latencies; of many broadcasts, the medians of groups.
fn points(broadcasts: &[Broadcast]) -> Vec<(f64, f64)> {
    let arrived: Vec<_> = broadcasts
        .iter()
        .filter(|broadcast| broadcast.live > 0 && !broadcast.sent_late)
        .collect();
    let size = arrived.len().div_ceil(POINTS).max(1);
    let groups = arrived.chunks(size).map(|group| {
        (
            middle(group.iter().map(|broadcast| broadcast.at)),
            middle(group.iter().map(|broadcast| broadcast.median)),
        )
    });
    groups.collect()
}

/// Whether later values are greater than earlier ones more often than chance would have it.
fn is_rising(points: &[(f64, f64)]) -> bool {
    let number = points.len() as f64;
    let signs = pairs(points).map(|((_, before), (_, after))| match after - before {
        difference if difference > 0.0 => 1.0,
        difference if difference < 0.0 => -1.0,
        _ => 0.0,
    });
    let deviation = (number * (number - 1.0) * (2.0 * number + 5.0) / 18.0).sqrt();
    signs.sum::<f64>() > CERTAIN.min(number / 3.0) * deviation
}

fn pairs<T: Copy>(all: &[T]) -> impl Iterator<Item = (T, T)> {
    let later = |at: usize| all[at + 1..].iter();
    (0..all.len()).flat_map(move |at| later(at).map(move |after| (all[at], *after)))
}

/// The median; 0 of nothing.
fn middle(values: impl Iterator<Item = f64>) -> f64 {
    let mut sorted: Vec<f64> = values.collect();
    sorted.sort_unstable_by(f64::total_cmp);
    sorted.get(sorted.len() / 2).copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn broadcasts(count: u32, median: impl Fn(f64) -> f64) -> Vec<Broadcast> {
        let broadcast = |number| Broadcast {
            at: f64::from(number),
            live: 1,
            median: median(f64::from(number)),
            ..Broadcast::default()
        };
        (0..count).map(broadcast).collect()
    }

    fn noise(at: f64) -> f64 {
        (at * 12.9898).sin() * 43758.5453 % 1.0
    }

    #[test]
    fn latency_that_grows_is_told_from_noise_and_from_single_outliers() {
        let growing = |at: f64| 0.010 + at * 0.02 + noise(at) * 0.03;
        for count in [10, 60, 5000] {
            let found = growth(&broadcasts(count, growing)).expect("it grows");
            let expected = f64::from(count - 1) * 0.02;
            assert!((found.to - found.from) / expected > 0.8, "{found:?}");
            assert!(found.from < 0.3, "{found:?}");
        }
        let outliers = |at: f64| if at % 9.0 == 8.0 { 3.0 } else { 0.010 };
        let falling = |at: f64| 2.0 - growing(at) / 100.0;
        let little = |at: f64| 0.002 + at * 0.0001;
        for count in [0, 1, 7, 10, 60, 400] {
            assert_eq!(growth(&broadcasts(count, |at| 1.0 + noise(at))), None);
            assert_eq!(growth(&broadcasts(count, outliers)), None);
            assert_eq!(growth(&broadcasts(count, falling)), None);
            assert_eq!(growth(&broadcasts(count, little)), None);
        }
        assert_eq!(growth(&broadcasts(7, growing)), None, "too few");
    }

    #[test]
    fn broadcasts_that_did_not_arrive_or_were_sent_late_make_no_trend() {
        let mut late = broadcasts(60, |at| at);
        for broadcast in &mut late {
            broadcast.sent_late = true;
        }
        assert_eq!(growth(&late), None);
        let mut lost = broadcasts(60, |at| at);
        for broadcast in &mut lost {
            broadcast.live = 0;
        }
        assert_eq!(growth(&lost), None);
    }

    #[test]
    fn each_note_has_its_number() {
        let mut report = Report::default();
        assert!(report.pace().is_empty());
        (report.totals.not_sent, report.totals.sent_late) = (1, 2000);
        report.broadcasts = broadcasts(60, |at| at);
        let notes = report.pace();
        assert!(notes[0].starts_with("1 publish was not sent in time"));
        assert!(notes[1].starts_with("2,000 publishes were sent late"));
        assert!(notes[2].contains("in 59.0 s the latency grew from 0 µs to 59.0 s"));
    }
}
