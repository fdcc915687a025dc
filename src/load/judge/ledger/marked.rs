//! Events with a marker of this run.

use super::{
    Arrival, Broadcasts, Kind, Ledger, Seen, entries::MOST_OF_A_PUBLISH, micros, positions::NONE,
};

/// The place of an event with a marker in the ledger.
enum Place {
    /// It is this event, which the subscriber does not have.
    Of(u32),
    /// It is this event, which the subscriber has.
    Again(u32),
    /// It is another event of the same publish.
    New,
}

impl Ledger {
    /// A subscriber got an event with the marker of a broadcast.
    pub(super) fn marked(
        &mut self,
        broadcasts: &Broadcasts,
        broadcast: u32,
        it: &Arrival<'_>,
    ) -> Seen {
        let sent = micros(broadcasts.moment(broadcast));
        let first = self.entries.chain(broadcast).first().copied();
        self.begin_withheld(it.subscriber, sent, first);
        if sent < self.position(it).owed_from {
            return Seen::Uncounted;
        }
        let is_further = self.has_one(broadcast, it);
        let number = match self.place(broadcast, it) {
            Place::Of(number) => number,
            Place::Again(number) => return self.doubled(number, it),
            Place::New => {
                let ticket = self.ticket();
                let entry = self.entry(ticket, Some(broadcast), sent, it);
                self.add(entry, it)
            }
        };
        self.take(number, it);
        match is_further {
            true => Seen::Further,
            false => Seen::Expected,
        }
    }

    /// Whether the subscriber has an event of this broadcast.
    fn has_one(&self, broadcast: u32, it: &Arrival<'_>) -> bool {
        let chain = self.entries.chain(broadcast);
        chain.iter().any(|number| self.position(it).has(*number))
    }

    /// The place of an event among those of its broadcast. The same name, content and id are the same event; then the same
    /// name and content; then the same name.
    fn place(&self, broadcast: u32, it: &Arrival<'_>) -> Place {
        let position = self.position(it);
        let chain = self.entries.chain(broadcast);
        let entries = chain
            .iter()
            .filter_map(|number| Some((*number, self.entries.get(*number)?)));
        let entries = entries.filter(|(_, entry)| entry.name == it.facts.name);
        let (mut equal, mut has_equal, mut other) = (None, None, None);
        for (number, entry) in entries {
            let has = position.has(number);
            let is_equal = entry.contents.has(it.facts.content);
            let has_ids = entry.id.hash != 0 && it.facts.id != 0;
            match (is_equal, has) {
                (true, true) if !has_ids => has_equal = has_equal.or(Some(number)),
                (true, true) if entry.id.hash == it.facts.id => return Place::Again(number),
                (true, false) if has_ids && entry.id.hash == it.facts.id => {
                    return Place::Of(number);
                }
                (true, false) => equal = equal.or(Some(number)),
                (false, false) => other = other.or(Some(number)),
                (_, true) => {}
            }
        }
        match (equal, has_equal, other) {
            (Some(number), _, _) => Place::Of(number),
            (None, Some(number), _) => Place::Again(number),
            (None, None, Some(number)) => Place::Of(number),
            (None, None, None) => match chain {
                [.., last] if chain.len() >= MOST_OF_A_PUBLISH => Place::Again(*last),
                _ => Place::New,
            },
        }
    }

    /// A subscriber got an event again that this run published.
    fn doubled(&mut self, number: u32, it: &Arrival<'_>) -> Seen {
        self.marked.doubled += 1;
        let event = self.entries.get(number).map_or(NONE, |entry| entry.ticket);
        let fault = self.fault(it, event);
        self.faults.find(Kind::Doubled, fault);
        Seen::Again
    }
}
