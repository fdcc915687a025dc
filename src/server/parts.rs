//! The state that connections share, in parts.
//!
//! Each part owns its state and knows no socket, no thread and no loop. It is told the time, and returns what is to be
//! done: an alarm to be set, timers to be ended, a connection to be closed. So each part is tested by a table of calls.

pub mod addresses;
pub mod alarm;
pub mod channels;
pub mod clock;
pub mod counters;
pub mod hand;
pub mod jobs;
pub mod leavers;
pub mod limits;
pub mod overflow;
pub mod owner;
pub mod phase;
pub mod timers;
pub mod turns;
pub mod warnings;
