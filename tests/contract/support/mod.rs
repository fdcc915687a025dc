//! Helpers that the integration tests share.

pub mod browser;
pub mod client;
pub mod clock;
pub mod dead;
pub mod firefox;
pub mod flickr;
pub mod logger;
pub mod metrics;
pub mod network;
pub mod poor;
pub mod port;
pub mod process;
pub mod programs;
pub mod proxy;
pub mod readme;
pub mod redis;
pub mod relay;
pub mod reverse_proxy;
pub mod rounds;
pub mod server;
pub mod setups;

use std::{thread, time::Duration};

/// Bound on every wait that succeeds: a client that waits longer fails.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// Leaves the processor to what a test waits for, before the test looks again.
pub fn pause() {
    thread::sleep(Duration::from_millis(1));
}
