//! Channels as another process gets them: the channels that are kept, with their events. A channel that a timer feeds
//! stays with its process.

use super::{
    Channels,
    publishing::{Place, Waiting},
};
use crate::{
    handover::{CarriedChannel, CarriedWaiting},
    journal::{Journal, Reporter},
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
            carried.journal = open.journal.carry();
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
            if let Some(state) = &carried.journal {
                open.journal.continue_from(state);
            }
            numbers.insert(carried.number, number);
            for carried in carried.waiting {
                let CarriedWaiting {
                    id,
                    name,
                    data,
                    is_gap,
                } = carried;
                let (channel, id) = (open.key, id.map(Into::into));
                if is_gap == Some(true) {
                    self.publishing.wait(Waiting::Gap(channel));
                    continue;
                }
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

    /// The time for which the event that was appended first waits for a journal that this server has for itself; 0 if no
    /// event waits. An event that waits for a journal of several servers keeps no journal from being let go.
    pub fn longest_append(&self, now: Tick) -> Duration {
        let is_own = |channel: ChannelKey| {
            let open = self.open.get(usize::from(channel.number));
            open.is_some_and(|open| !open.journal.is_shared())
        };
        let left = self.appends.next_of(is_own);
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

    /// Gives the channels that are kept other journals. Returns the earlier journals.
    pub fn replace_journals(
        &mut self,
        journal: impl Fn(&str) -> Box<dyn Journal>,
    ) -> Vec<(ChannelKey, Box<dyn Journal>)> {
        let kept = self.open.iter_mut().filter(|(_, open)| open.kept);
        kept.map(|(_, open)| {
            let journal = journal(&open.name);
            (open.key, std::mem::replace(&mut open.journal, journal))
        })
        .collect()
    }

    /// Gives a channel a journal that was opened again, and starts the journal.
    pub fn start_again(
        &mut self,
        channel: ChannelKey,
        mut journal: Box<dyn Journal>,
        report: Reporter,
    ) {
        if let Some(open) = self.keyed(channel) {
            journal.continue_behind(open.channel.last());
            journal.start(report);
            open.journal = journal;
        }
    }

    /// The number of events for which a journal is opened.
    pub fn history(&self) -> usize {
        self.history
    }
}
