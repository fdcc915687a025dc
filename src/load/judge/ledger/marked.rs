//! Events with a marker of this run.

use super::{
    Arrival, Broadcasts, Kind, Known, Ledger, Seen, entries::Id, entries::MOST_OF_A_PUBLISH,
    micros, positions::NONE, variants::Contents,
};

/// The place of an event with a marker in the ledger.
enum Place {
    /// It is this event, which the subscriber does not have.
    Of(Known),
    /// It is this event, which the subscriber has.
    Again(Known),
    /// It is another event of the same publish.
    New,
}

/// An event of a broadcast, and whether a subscriber has it.
struct Link<'a> {
    known: Known,
    has: bool,
    name: u64,
    id: &'a Id,
    contents: &'a Contents,
}

impl Ledger {
    /// A subscriber got an event with the marker of a broadcast. The first event of a broadcast is for all; a further event
    /// is a candidate, since it may be a repetition.
    pub(super) fn marked(
        &mut self,
        broadcasts: &Broadcasts,
        broadcast: u32,
        it: &Arrival<'_>,
    ) -> Seen {
        let sent = micros(broadcasts.moment(broadcast));
        let first = self.entries.first_of(broadcast);
        self.begin_withheld(it.subscriber, sent, first);
        if sent < self.position(it).owed_from {
            let entry = first.and_then(|number| self.entries.get(number));
            if let Some(ticket) = entry.map(|entry| entry.ticket) {
                self.faults.goes_on(it.subscriber, ticket);
            }
            return Seen::Uncounted;
        }
        let is_further = self.links(broadcast, it).any(|link| link.has);
        match self.place(broadcast, it) {
            Place::Of(Known::Entry(number)) => self.take(number, it),
            Place::Of(Known::Candidate(ticket)) => self.take_candidate(ticket, it),
            Place::Again(known) => return self.doubled(known, it),
            Place::New if first.is_none() => {
                let ticket = self.ticket();
                let entry = self.entry(ticket, Some(broadcast), sent, it);
                let number = self.add(entry);
                self.entries.link(broadcast, Known::Entry(number));
                self.take(number, it);
            }
            Place::New => {
                let ticket = self.ticket();
                self.candidates
                    .add(ticket, self.candidate(Some(broadcast), sent, it));
                self.entries.link(broadcast, Known::Candidate(ticket));
                self.overflow();
                self.take_candidate(ticket, it);
            }
        }
        match is_further {
            true => Seen::Further,
            false => Seen::Expected,
        }
    }

    /// The events of a broadcast, as the subscriber has them.
    fn links(&self, broadcast: u32, it: &Arrival<'_>) -> impl Iterator<Item = Link<'_>> {
        let position = &self.positions[it.subscriber as usize];
        let subscriber = it.subscriber;
        let chain = self.entries.chain(broadcast).iter();
        chain.filter_map(move |known| match *known {
            Known::Entry(number) => self.entries.get(number).map(|entry| Link {
                known: *known,
                has: position.has(number),
                name: entry.name,
                id: &entry.id,
                contents: &entry.contents,
            }),
            Known::Candidate(ticket) => self.candidates.get(ticket).map(|candidate| Link {
                known: *known,
                has: candidate.receivers.contains(subscriber),
                name: candidate.name,
                id: &candidate.id,
                contents: &candidate.contents,
            }),
        })
    }

    /// The place of an event among those of its broadcast. The same name, content and id are the same event; then the same
    /// name and content; then the same name.
    fn place(&self, broadcast: u32, it: &Arrival<'_>) -> Place {
        let (mut equal, mut has_equal, mut other) = (None, None, None);
        let links = self.links(broadcast, it);
        for link in links.filter(|link| link.name == it.facts.name) {
            let is_equal = link.contents.has(it.facts.content);
            let has_ids = link.id.hash != 0 && it.facts.id != 0;
            let known = Some(link.known);
            match (is_equal, link.has) {
                (true, true) if !has_ids => has_equal = has_equal.or(known),
                (true, true) if link.id.hash == it.facts.id => return Place::Again(link.known),
                (true, false) if has_ids && link.id.hash == it.facts.id => {
                    return Place::Of(link.known);
                }
                (true, false) => equal = equal.or(known),
                (false, false) => other = other.or(known),
                (_, true) => {}
            }
        }
        match (equal, has_equal, other) {
            (Some(known), _, _) => Place::Of(known),
            (None, Some(known), _) => Place::Again(known),
            (None, None, Some(known)) => Place::Of(known),
            (None, None, None) => match self.entries.chain(broadcast) {
                chain @ [.., last] if chain.len() >= MOST_OF_A_PUBLISH => Place::Again(*last),
                _ => Place::New,
            },
        }
    }

    /// A subscriber got an event again that this run published.
    fn doubled(&mut self, known: Known, it: &Arrival<'_>) -> Seen {
        self.marked.doubled += 1;
        let event = match known {
            Known::Entry(number) => self.entries.get(number).map_or(NONE, |entry| entry.ticket),
            Known::Candidate(ticket) => ticket,
        };
        let fault = self.fault(it, event);
        self.faults.find(Kind::Doubled, fault);
        Seen::Again
    }
}
