//! An exchange: an answer that is awaited as a whole, and counted rather than kept. Pure.

use super::response::{Fault, Part, Reader};

/// An answer, as far as it has come.
#[derive(Debug, Default)]
pub(crate) struct Exchange {
    /// The status; 0 before the head has come.
    pub(crate) status: u16,
    /// Whether the connection may be used again.
    pub(crate) is_kept: bool,
    /// The length of the body so far, in bytes.
    pub(crate) bytes: u64,
    /// The `Location`, if the answer has one.
    pub(crate) location: Option<Box<[u8]>>,
    reader: Reader,
}

impl Exchange {
    /// Takes some of the answer. Returns whether the answer is whole.
    pub(crate) fn read(&mut self, bytes: &[u8]) -> Result<bool, Fault> {
        let mut whole = false;
        let Self {
            status,
            is_kept,
            bytes: count,
            location,
            reader,
        } = self;
        reader.read(bytes, &mut |part| match part {
            Part::Head(head) => {
                (*status, *is_kept) = (head.status, head.is_kept);
                *location = head.location.map(Box::from);
            }
            Part::Body(bytes) => *count += bytes.len() as u64,
            Part::End => whole = true,
        })?;
        Ok(whole)
    }

    /// Whether the answer is whole, when the connection ends here.
    pub(crate) fn end(&self) -> Result<(), Fault> {
        self.reader.end()
    }
}
