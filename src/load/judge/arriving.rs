//! Broadcasts on their way: how many subscribers have each, and after which time. Pure.

use super::latencies::Latencies;
use crate::load::report::Broadcast;
use std::{collections::BTreeMap, time::Duration};

/// Broadcasts that are arriving, of which each arrival is measured; of an older broadcast only the last arrival is.
const OPEN: usize = 32;
/// Digits of the times of one broadcast, which take 13 KB.
const DIGITS: u8 = 2;

/// Broadcasts by number, and those on their way.
#[derive(Default)]
pub(super) struct Arriving {
    pub(super) all: Vec<Broadcast>,
    /// The times of the last few broadcasts that have begun to arrive and not arrived at all subscribers.
    open: BTreeMap<u32, Latencies>,
    /// The number of the latest broadcast that has arrived at its whole audience, if any.
    whole: Option<u32>,
}

impl Arriving {
    /// Adds a broadcast. Returns its number.
    pub(super) fn add(&mut self, broadcast: Broadcast) -> u32 {
        self.all.push(broadcast);
        self.all.len() as u32 - 1
    }

    pub(super) fn get(&self, number: u32) -> Option<&Broadcast> {
        self.all.get(number as usize)
    }

    pub(super) fn get_mut(&mut self, number: u32) -> Option<&mut Broadcast> {
        self.all.get_mut(number as usize)
    }

    /// Whether a broadcast was due after `moment`.
    pub(super) fn is_due_after(&self, number: u32, moment: Duration) -> bool {
        self.get(number)
            .is_some_and(|broadcast| broadcast.at >= moment.as_secs_f64())
    }

    /// A subscriber of the audience received a broadcast `late` after it was due.
    pub(super) fn arrived(&mut self, number: u32, late: Duration) {
        let Some(broadcast) = self.all.get_mut(number as usize) else {
            return;
        };
        broadcast.live += 1;
        broadcast.last = broadcast.last.max(late.as_secs_f64());
        let (live, audience) = (broadcast.live, broadcast.audience);
        if live == 1 {
            self.open.insert(number, Latencies::new(DIGITS));
        }
        if let Some(open) = self.open.get_mut(&number) {
            open.record(late);
        }
        if live == audience {
            self.close(number);
            self.whole = self.whole.max(Some(number));
        }
        if self.open.len() > OPEN
            && let Some((oldest, _)) = self.open.first_key_value()
        {
            self.close(*oldest);
        }
    }

    /// The seconds until 99 of 100 subscribers and the last had the latest broadcast that has arrived at all; before the
    /// first such broadcast, those of the latest that is arriving.
    pub(super) fn latest(&self) -> Option<(f64, f64)> {
        if let Some(whole) = self.whole {
            let broadcast = self.get(whole)?;
            return Some((broadcast.p99, broadcast.last));
        }
        let (number, open) = self.open.last_key_value()?;
        Some((open.quantiles().p99, self.get(*number)?.last))
    }

    /// All broadcasts.
    pub(super) fn finish(mut self) -> Vec<Broadcast> {
        while let Some((number, _)) = self.open.first_key_value() {
            self.close(*number);
        }
        self.all
    }

    fn close(&mut self, number: u32) {
        let open = self.open.remove(&number);
        if let Some((open, broadcast)) = open.zip(self.all.get_mut(number as usize)) {
            let quantiles = open.quantiles();
            (broadcast.first, broadcast.median, broadcast.p99) =
                (quantiles.min, quantiles.median, quantiles.p99);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_arrival_is_measured_however_many_broadcasts_are_on_their_way() {
        let mut arriving = Arriving::default();
        for _ in 0..1000 {
            arriving.add(Broadcast {
                audience: 2,
                ..Broadcast::default()
            });
        }
        for number in 0..1000 {
            for _ in 0..2 {
                arriving.arrived(number, Duration::from_secs(1));
            }
        }
        let all = arriving.finish();
        assert!(all.iter().all(|broadcast| broadcast.median > 0.9));
    }
}
