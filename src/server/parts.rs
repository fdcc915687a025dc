//! The parts of the server: the state that connections share.
//!
//! Each part owns its state and knows no socket, no thread and no loop. The caller passes the time, and does what the
//! part returns: it sets an alarm, ends timers, closes a connection. So each part is tested by a table of calls.

pub mod addresses;
pub mod alarm;
pub mod channels;
pub mod clock;
pub mod counters;
pub mod hand;
pub mod jobs;
pub mod keeping;
pub mod leavers;
pub mod limits;
pub mod overflow;
pub mod owner;
pub mod phase;
pub mod sharing;
pub mod timers;
pub mod turns;
#[cfg(feature = "frame")]
pub mod viewers;
pub mod warnings;
