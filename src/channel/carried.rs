//! Channels and cursors as another process gets them. A cursor is a number of an event and a number of bytes, which mean the
//! same in the other process, since a channel keeps the numbers of its events and the bytes of each event.

use super::{Channel, Cursor, Framing, Ring};
use crate::handover::{CarriedChannel, CarriedCursor, CarriedEvent};

impl Channel {
    /// The channel as another process gets it, without its name.
    pub(crate) fn carry(&self) -> CarriedChannel {
        let event = |index| {
            let (id, chunk, size_line) = self.ring.encoded(index);
            CarriedEvent {
                id: id.into(),
                chunk: chunk.to_vec(),
                size_line: size_line as u32,
            }
        };
        CarriedChannel {
            number: self.number,
            name: String::new(),
            first: self.first,
            last: self.last.into(),
            floor: self.floor.into(),
            lost: (self.lost.start.into(), self.lost.end.into()),
            events: (0..self.ring.len()).map(event).collect(),
            waiting: Vec::new(),
        }
    }

    /// Has the channel go on where a channel of another process ended. Events for which this channel has no room are
    /// dropped.
    pub(crate) fn continue_from(&mut self, carried: &CarriedChannel) {
        let (from, to) = carried.lost;
        let surplus = carried.events.len().saturating_sub(self.capacity);
        let (dropped, held) = carried.events.split_at(surplus);
        let mut ring = Ring::default();
        for CarriedEvent {
            id,
            chunk,
            size_line,
        } in held
        {
            ring.push_encoded((*id).into(), chunk, *size_line as usize);
        }
        self.ring = ring;
        self.first = carried.first + surplus as u64;
        self.last = carried.last.into();
        self.floor = dropped
            .last()
            .map_or(carried.floor, |event| event.id)
            .into();
        self.lost = from.into()..to.into();
    }
}

impl Cursor {
    /// The cursor as another process gets it.
    pub(crate) fn carry(&self) -> CarriedCursor {
        CarriedCursor {
            channel: self.channel,
            next: self.next,
            sent: self.sent,
            is_chunked: self.framing == Framing::Chunked,
            is_blocked: self.blocked,
        }
    }

    /// The cursor that another process had, in the channel that has this number here.
    pub(crate) fn carried(carried: CarriedCursor, channel: u16) -> Self {
        Self {
            next: carried.next,
            sent: carried.sent,
            framing: match carried.is_chunked {
                true => Framing::Chunked,
                false => Framing::Plain,
            },
            blocked: carried.is_blocked,
            channel,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        channel::{Missed, Pumped},
        event::Id,
    };

    fn channel(events: u64) -> Channel {
        let mut channel = Channel::new(4, Id::at(7)).numbered(3);
        for number in 0..events {
            channel
                .push(Id::at(1000 + number), "picture", "data")
                .unwrap();
        }
        channel
    }

    /// Takes at most `most` bytes, and returns them.
    fn pump(channel: &Channel, at: &mut Cursor, most: usize) -> (Result<Pumped, Missed>, Vec<u8>) {
        let mut got = Vec::new();
        let pumped = channel.pump(at, |slices| {
            let all: Vec<u8> = slices.iter().flat_map(|slice| slice.to_vec()).collect();
            let taken = all.len().min(most - got.len());
            got.extend_from_slice(&all[..taken]);
            taken
        });
        (pumped, got)
    }

    #[test]
    fn a_reader_gets_the_same_bytes_wherever_it_is_carried_over() {
        for framing in [Framing::Chunked, Framing::Plain] {
            let old = channel(6);
            let start = old.newest(4, framing);
            let all = pump(&old, &mut { start }, usize::MAX).1;
            for cut in 0..=all.len() {
                let mut at = start;
                let before = pump(&old, &mut at, cut).1;
                let mut new = Channel::new(4, Id::at(9)).numbered(1);
                new.continue_from(&old.carry());
                let mut at = Cursor::carried(at.carry(), 1);
                let after = pump(&new, &mut at, usize::MAX).1;
                assert_eq!([before, after].concat(), all, "cut at {cut}");
            }
        }
    }

    #[test]
    fn a_channel_goes_on_with_its_ids_its_numbers_and_its_losses() {
        let mut old = channel(6);
        old.lose(Id::at(2000)..Id::at(3000));
        let mut new = Channel::new(4, Id::at(9)).numbered(3);
        new.continue_from(&old.carry());
        assert_eq!(new.carry(), old.carry());
        assert!(new.push(Id::at(1005), "", "old").is_err());
        assert!(new.push(Id::at(1006), "", "new").is_ok());
        let (_, missed) = new.after(Id::at(2500), Framing::Chunked);
        assert_eq!(missed, Some(Missed));
    }

    #[test]
    fn a_smaller_ring_keeps_the_newest_events() {
        let old = channel(6);
        let mut new = Channel::new(2, Id::at(9));
        new.continue_from(&old.carry());
        let (_, missed) = new.after(Id::at(1003), Framing::Chunked);
        assert_eq!(missed, None);
        let (_, missed) = new.after(Id::at(1002), Framing::Chunked);
        assert_eq!(missed, Some(Missed));
        let mut behind = Cursor::carried(old.newest(4, Framing::Chunked).carry(), 0);
        assert_eq!(pump(&new, &mut behind, 9).0, Err(Missed));
    }
}
