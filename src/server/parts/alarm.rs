//! Alarms that parts ask for, and their ids.

use crate::timer_wheel::Tick;

/// The jobs under way have had their time at shutdown.
pub const GIVE_UP_JOBS: u32 = 0;
/// More streams are to be ended.
pub const END_MORE: u32 = 1;
/// The last answers have had their time to be read.
pub const GIVE_UP: u32 = 2;
/// The limits are to be looked at.
pub const LOOK: u32 = 8;
/// The turn must come in which calls for subscribers that have left are made.
pub const SUBSCRIBERS_LEFT: u32 = 9;
/// The application's first timer. Ids below this are the server's own.
pub const FIRST_TIMER: u32 = 16;

/// An alarm to be set: the loop calls the server back with `id`, not before `at`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Alarm {
    pub id: u32,
    pub at: Tick,
}
