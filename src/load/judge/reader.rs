//! The reader of events: the marker in an event, and the hashes of its name, data and id. Pure.

use super::{broadcasts::Broadcasts, ledger::Facts};
use crate::load::wire::sse::Block;
use foldhash::quality::FixedState;
use std::hash::{BuildHasher, Hasher};

/// The reader, which remembers the event that it read last: most subscribers get the same one after the other.
#[derive(Debug, Default)]
pub(crate) struct Reader {
    id: Option<Vec<u8>>,
    name: Vec<u8>,
    data: Vec<u8>,
    facts: Facts,
}

impl Reader {
    /// The facts about an event.
    pub(crate) fn read(
        &mut self,
        block: &Block<'_>,
        data: &[u8],
        broadcasts: &mut Broadcasts,
    ) -> Facts {
        let is_known = self.data == data && self.name == block.name && self.facts.is_read;
        let id = block.id.filter(|id| !id.is_empty());
        if is_known && self.id.as_deref() == id {
            return self.facts;
        }
        if !is_known {
            data.clone_into(&mut self.data);
            block.name.clone_into(&mut self.name);
            self.facts.is_read = true;
            self.facts.marker = broadcasts.find(data);
            self.facts.name = hash(&[block.name]);
            self.facts.content = hash(&[block.name, data]);
        }
        self.id = id.map(<[u8]>::to_vec);
        self.facts.id = id.map_or(0, |id| hash(&[id]).max(1));
        self.facts.is_valid =
            str::from_utf8(data).is_ok() && str::from_utf8(id.unwrap_or_default()).is_ok();
        self.facts
    }
}

/// The hash of some texts. It is the same in every process, so that several can compare what they got.
fn hash(texts: &[&[u8]]) -> u64 {
    let mut hasher = FixedState::default().build_hasher();
    for text in texts {
        hasher.write_usize(text.len());
        hasher.write(text);
    }
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn an_event_is_read_by_its_name_its_data_and_its_id() {
        let mut broadcasts = Broadcasts::new("x");
        broadcasts.begin(Duration::ZERO, 1);
        let (mut reader, keyword) = (Reader::default(), broadcasts.keyword(0));
        let mut read = |id: Option<&str>, name: &str, data: &[u8]| {
            let block = Block {
                id: id.map(str::as_bytes),
                name: name.as_bytes(),
                data: Some(data),
            };
            reader.read(&block, data, &mut broadcasts)
        };
        let first = read(Some("1"), "a", keyword.as_bytes());
        assert_eq!((first.marker, first.is_valid), (Some(0), true));
        assert_eq!(read(Some("1"), "a", keyword.as_bytes()), first);
        let other = read(Some("2"), "a", keyword.as_bytes());
        assert!(other.id != first.id && other.content == first.content && other.marker == Some(0));
        let other = read(Some("2"), "b", keyword.as_bytes());
        assert!(other.content != first.content && other.name != first.name);
        assert_eq!(read(None, "b", b"").id, 0);
        assert!(!read(None, "b", b"\xff").is_valid && read(Some(""), "", b"").is_valid);
    }
}
