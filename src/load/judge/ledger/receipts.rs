//! Receipts of events: which subscriber got an event and when, for the instances that a report names. Pure.

use super::positions::Visit;

/// A receipt of an event by a subscriber. 16 bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Receipt {
    pub(super) subscriber: u32,
    /// Milliseconds since the run's beginning.
    pub(super) at: u32,
    /// The connection of the subscriber at that time.
    pub(super) visit: Visit,
}

const _: () = assert!(size_of::<Receipt>() <= 16);

/// The subscribers that got an event, of the last few or of many.
#[derive(Debug, Default)]
pub(super) struct Receivers {
    /// Each subscriber, with the ticket of the event that it got before.
    list: Vec<(u32, u32)>,
    /// A bit for each subscriber, where there are more than a few.
    bits: Vec<u64>,
}

/// Subscribers that are found faster in a list than by their bits.
const FEW: usize = 16;

impl Receivers {
    /// The number of subscribers.
    pub(super) fn len(&self) -> usize {
        self.list.len()
    }

    /// Whether the subscriber is among them.
    pub(super) fn contains(&self, subscriber: u32) -> bool {
        match self.bits.is_empty() {
            true => self.list.iter().any(|(number, _)| *number == subscriber),
            false => {
                let word = self.bits.get(subscriber as usize / 64);
                word.is_some_and(|word| word >> (subscriber % 64) & 1 == 1)
            }
        }
    }

    /// Adds a subscriber, which got the event with the ticket `before` before. Returns false if it was there.
    pub(super) fn add(&mut self, subscriber: u32, before: u32) -> bool {
        if self.contains(subscriber) {
            return false;
        }
        self.list.push((subscriber, before));
        if self.list.len() == FEW {
            for at in 0..FEW {
                self.mark(self.list[at].0);
            }
        } else if self.list.len() > FEW {
            self.mark(subscriber);
        }
        true
    }

    fn mark(&mut self, subscriber: u32) {
        let word = subscriber as usize / 64;
        if self.bits.len() <= word {
            self.bits.resize(word + 1, 0);
        }
        self.bits[word] |= 1 << (subscriber % 64);
    }

    /// Each subscriber, with the ticket of the event that it got before.
    pub(super) fn iter(&self) -> impl Iterator<Item = (u32, u32)> {
        self.list.iter().copied()
    }
}

#[cfg(test)]
impl Receipt {
    /// The receipt of this subscriber.
    pub(super) fn of(subscriber: u32) -> Self {
        Self {
            subscriber,
            at: 0,
            visit: Visit::default(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_subscriber_is_among_the_receivers_once_however_many_there_are() {
        let mut receivers = Receivers::default();
        for number in (0..1000).rev().step_by(3) {
            assert!(!receivers.contains(number));
            assert!(receivers.add(number, 7) && !receivers.add(number, 8));
            assert!(receivers.contains(number) && !receivers.contains(number + 1));
        }
        assert_eq!(receivers.len(), 334);
        assert!(
            receivers
                .iter()
                .all(|(number, before)| number % 3 == 0 && before == 7)
        );
    }
}
