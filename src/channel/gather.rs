//! The slices of one vectored write (writev(2)): bytes that go ahead, and events behind them.

use std::io::IoSlice;

/// The most slices of one vectored write (writev(2), `IOV_MAX`).
const MAX_SLICES: usize = 1024;
/// Slices that lie on the stack: a head, a body and six segments of the ring. A subscriber that is up to date needs one
/// slice.
pub const FEW: usize = 8;

/// Writes `before`, and then the events without the first `skip` bytes of the first slice. Returns the number of bytes
/// taken, and true if all bytes were taken.
pub fn gather<'a>(
    before: [&'a [u8]; 2],
    events: impl ExactSizeIterator<Item = &'a [u8]>,
    skip: usize,
    mut write: impl FnMut(&[IoSlice<'_>]) -> usize,
) -> (usize, bool) {
    let room = (before.len() + events.len()).min(MAX_SLICES);
    let mut few = [IoSlice::new(b""); FEW];
    let mut many = Vec::new();
    let slices = if room <= FEW {
        &mut few[..]
    } else {
        many.resize(room, IoSlice::new(b""));
        &mut many[..]
    };
    let skips = std::iter::once(skip).chain(std::iter::repeat(0));
    let events = events.zip(skips).map(|(event, skip)| &event[skip..]);
    let parts = before.into_iter().filter(|slice| !slice.is_empty());
    let (mut count, mut length) = (0, 0);
    for (slice, part) in slices.iter_mut().zip(parts.chain(events)) {
        *slice = IoSlice::new(part);
        (count, length) = (count + 1, length + part.len());
    }
    let taken = write(&slices[..count]);
    (taken, taken == length)
}
