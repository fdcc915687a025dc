//! Channels as another process gets them: the channels that are kept, with their events. A channel that a timer feeds
//! stays with its process.

use super::{
    Channels,
    publishing::{Place, Waiting},
};
use crate::{
    handover::{CarriedChannel, CarriedWaiting},
    journal::{Failure, Journal, Reporter},
    server::parts::owner::ChannelKey,
    timer_wheel::Tick,
};
use std::{collections::HashMap, time::Duration};

/// The numbers that channels have here, by the numbers that they had in the other process.
pub type Numbers = HashMap<u16, u16>;

impl<T> Channels<T> {
    /// The channels that are kept, as another process gets them.
    pub fn carry(&self) -> Vec<CarriedChannel> {
        let kept = self.open.iter().filter(|(_, open)| open.kept);
        kept.map(|(_, open)| {
            let mut carried = open.channel.carry();
            carried.name.clone_from(&open.name);
            carried.waiting = self.publishing.events(open.key).collect();
            carried
        })
        .collect()
    }

    /// True if the channel of this number is kept, and so can be carried over.
    pub fn can_carry(&self, number: u16) -> bool {
        let open = self.open.get(usize::from(number));
        open.is_some_and(|open| open.kept)
    }

    /// Has the channels that are kept go on where those of another process ended.
    pub fn continue_from(&mut self, channels: Vec<CarriedChannel>) -> Numbers {
        let mut numbers = Numbers::new();
        for carried in channels {
            let Some(&number) = self.names.get(&carried.name) else {
                continue;
            };
            let open = &mut self.open[usize::from(number)];
            open.channel.continue_from(&carried);
            open.journal.continue_behind(open.channel.last());
            numbers.insert(carried.number, number);
            for CarriedWaiting { id, name, data } in carried.waiting {
                let (channel, id) = (open.key, id.map(Into::into));
                if let Some(id) = id {
                    open.journal.continue_behind(id);
                }
                self.publishing.wait(Waiting::Event {
                    place: Place { channel, id },
                    name,
                    data,
                    then: None,
                });
            }
        }
        numbers
    }

    /// The time for which the event that was appended first waits for its journal; 0 if no event waits.
    pub fn longest_append(&self, now: Tick) -> Duration {
        let left = self.appends.next();
        left.map_or(Duration::ZERO, |until| {
            self.patience
                .saturating_sub(Tick::LENGTH * until.until(now))
        })
    }

    /// Lets the files of all journals go. False if that takes too long.
    pub fn let_files_go(&mut self) -> bool {
        let journals = self.open.iter_mut().map(|(_, open)| &mut open.journal);
        // Each journal is asked, also behind a journal that is stuck.
        let gone: Vec<bool> = journals.map(|journal| journal.let_go()).collect();
        !gone.contains(&false)
    }

    /// Opens and starts the journals again that have let their files go.
    pub fn take_files_back(
        &mut self,
        report: impl Fn(ChannelKey) -> Reporter,
    ) -> Result<(), Failure> {
        for (_, open) in &mut self.open {
            if open.kept {
                open.journal.open(self.history)?;
                open.journal.continue_behind(open.channel.last());
                open.journal.start(report(open.key));
            }
        }
        Ok(())
    }

    /// Gives the channels that are kept other journals.
    pub fn replace_journals(&mut self, journal: impl Fn(ChannelKey, &str) -> Box<dyn Journal>) {
        for (_, open) in &mut self.open {
            if open.kept {
                open.journal = journal(open.key, &open.name);
            }
        }
    }
}
