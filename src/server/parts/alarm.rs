//! Alarms that the parts of the server ask for, and the ids of these alarms.

use crate::timer_wheel::Tick;

/// Fires when jobs have had their time at shutdown: the server gives up the jobs under way.
pub const GIVE_UP_JOBS: u32 = 0;
/// Fires when the server is to end more streams.
pub const END_MORE: u32 = 1;
/// Fires when clients have had their time to read the last answers: the server cuts off the connections that are left.
pub const GIVE_UP: u32 = 2;
/// Fires when the server is to look which limits are over.
pub const LOOK: u32 = 8;
/// Fires at once, so that the next turn comes, which makes the calls for subscribers that have left.
pub const SUBSCRIBERS_LEFT: u32 = 9;
/// Fires when a publisher has waited too long for its channel's journal.
pub const JOURNAL: u32 = 10;
/// Fires when the server is to give its supervisor a sign of life.
pub const WATCH: u32 = 11;
/// Fires when the jobs under way have had their time before an upgrade.
pub const UPGRADE: u32 = 12;
/// The id of the application's first timer. Smaller ids are the server's own.
pub const FIRST_TIMER: u32 = 16;

/// An alarm that the caller is to set: the loop calls the server with `id`, not before `at`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Alarm {
    pub id: u32,
    pub at: Tick,
}
