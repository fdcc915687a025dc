//! The state that connections share, in parts.

pub mod addresses;
pub mod channels;
pub mod limits;
pub mod overflow;
pub mod publishing;
pub mod sweep;
pub mod timers;
pub mod turns;
pub mod warnings;
