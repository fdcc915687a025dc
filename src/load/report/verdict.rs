//! The verdict of a run, its faults in words, and its exit status.

use super::{Report, units::count, which::Kind};
use serde::Serialize;

/// The verdict of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub(crate) enum Verdict {
    /// Each event that a subscriber was to get was checked, and no fault was found.
    #[serde(rename = "passed")]
    Passed,
    /// A fault was found.
    #[serde(rename = "failed")]
    Failed,
    /// No fault was found, and a part of the events could not be checked.
    #[serde(rename = "partly checked")]
    PartlyChecked,
    /// No subscriber was to get any event.
    #[serde(rename = "nothing was checked")]
    NothingChecked,
}

impl Verdict {
    /// The sentence about a run with this verdict; a run that fails has sentences about its faults instead.
    pub(crate) fn sentence(self, interrupted: bool) -> &'static str {
        match (self, interrupted) {
            (Self::Passed, false) => "all were held, and each got every event once and in order",
            (Self::Passed, true) => "until then nothing was lost, doubled or dropped",
            (Self::Failed, _) => "faults were found",
            (Self::PartlyChecked, _) => {
                "partly checked: no fault was found, and not all events could be checked"
            }
            (Self::NothingChecked, _) => {
                "nothing was checked: no event came that subscribers were to get"
            }
        }
    }
}

impl Report {
    /// The verdict.
    pub(crate) fn verdict(&self) -> Verdict {
        let totals = &self.totals;
        if !self.faults().is_empty() {
            Verdict::Failed
        } else if totals.expected == 0 {
            Verdict::NothingChecked
        } else if totals.not_checked + totals.not_sent > 0 || self.only_markers {
            Verdict::PartlyChecked
        } else {
            Verdict::Passed
        }
    }

    /// The faults of the server in words, each with its number; none if every stream was held and every event delivered.
    pub(crate) fn faults(&self) -> Vec<String> {
        let faults = self.event_faults().into_iter().chain(self.other_faults());
        faults
            .filter(|(number, _)| *number > 0)
            .map(|(number, what)| format!("{} {what}", count(number)))
            .chain(self.broken())
            .collect()
    }

    /// The faults about single events.
    fn event_faults(&self) -> [(u64, &'static str); 8] {
        let totals = &self.totals;
        [
            (totals.lost, "lost: events that did not arrive"),
            (totals.late, "late: events that arrived after --timeout"),
            (totals.doubled, "doubled: events that arrived again"),
            (
                totals.misordered,
                "out of order: events that arrived after a later one",
            ),
            (
                totals.altered,
                "altered: events with another name or other data than most subscribers got",
            ),
            (
                totals.halved,
                "halved: events with a part of the data that most subscribers got",
            ),
            (
                totals.invalid,
                "invalid: events whose data or id are not UTF-8",
            ),
            (
                totals.missed,
                "missed: streams that could not be resumed without a gap, as the server itself said",
            ),
        ]
    }

    /// The faults about streams, publishes and pictures.
    fn other_faults(&self) -> [(u64, &'static str); 7] {
        let totals = &self.totals;
        let ended = if self.asked.ends_fail {
            totals.ended
        } else {
            0
        };
        [
            (totals.dropped, "dropped: streams that broke"),
            (ended, "ended: streams that the server ended"),
            (
                totals.given_up,
                "given up: subscribers whose answer was not an event stream",
            ),
            (
                totals.unpublished,
                "not published: publishes that were not answered with success",
            ),
            (
                totals.unseen,
                "not broadcast: publishes that were answered with success, and reached no subscriber",
            ),
            (
                self.fetches.as_ref().map_or(0, |fetches| fetches.failed),
                "not fetched: pictures that were not answered with success",
            ),
            (
                self.not_held(),
                "not held: subscribers without a stream at the end",
            ),
        ]
    }

    /// The subscribers without a stream at the end. In a run that was interrupted they may still have been on their way,
    /// and only count if none ever had a stream.
    fn not_held(&self) -> u64 {
        match self.interrupted && self.connections.top > 0 {
            true => 0,
            false => u64::from(self.asked.subscribers.saturating_sub(self.connections.held)),
        }
    }

    /// The kinds of faults that this run takes for faults, so that their instances are shown.
    pub(crate) fn is_fault(&self, kind: Kind) -> bool {
        match kind {
            Kind::Ended => self.asked.ends_fail,
            Kind::Unheld => self.not_held() > 0,
            _ => true,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verdict(change: impl FnOnce(&mut Report)) -> Verdict {
        let mut report = Report::default();
        report.totals.expected = 8;
        change(&mut report);
        report.verdict()
    }

    #[test]
    fn the_verdict_says_no_more_than_was_checked() {
        for (change, expected) in [
            ((|_: &mut Report| {}) as fn(&mut Report), Verdict::Passed),
            (|it| it.totals.expected = 0, Verdict::NothingChecked),
            (|it| it.totals.not_checked = 1, Verdict::PartlyChecked),
            (|it| it.totals.not_sent = 1, Verdict::PartlyChecked),
            (|it| it.only_markers = true, Verdict::PartlyChecked),
            (|it| it.totals.altered = 1, Verdict::Failed),
            (|it| it.totals.dropped = 1, Verdict::Failed),
            (|it| it.totals.private = 1, Verdict::Passed),
            (|it| it.totals.ended = 1, Verdict::Passed),
            (
                |it| (it.totals.ended, it.asked.ends_fail) = (1, true),
                Verdict::Failed,
            ),
        ] {
            assert_eq!(verdict(change), expected);
        }
    }
}
