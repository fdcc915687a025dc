//! The settings of a server, beside its routes.

use std::time::Duration;

/// How long a connection may wait for each thing it waits for, in steps of 10 ms. See [`Settings`] for how to set one.
#[derive(Clone, Copy, Debug)]
pub struct Timeouts {
    /// For a whole request, first byte to last (then 408), and for a new connection's first byte (then a close).
    /// Default 10 s.
    pub request: Duration,
    /// For the next request of a kept-alive connection. Default 60 s.
    pub idle: Duration,
    /// For the peer to take a byte, and to acknowledge what it took. Default 30 s.
    pub write: Duration,
    /// For something to say to a subscriber, until [`Settings::heartbeat`] says that there is nothing. Default 15 s.
    pub heartbeat: Duration,
    /// At shutdown, for jobs under way. Default 10 s.
    pub finish: Duration,
    /// At shutdown, streams are ended evenly over this long, so that their clients do not all come back at once.
    /// Default 0: at once.
    pub drain: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self {
            request: Duration::from_secs(10),
            idle: Duration::from_secs(60),
            write: Duration::from_secs(30),
            heartbeat: Duration::from_secs(15),
            finish: Duration::from_secs(10),
            drain: Duration::ZERO,
        }
    }
}

/// The settings of a server, beside its routes.
///
/// ```
/// use picture_frame::server::Settings;
/// use std::time::Duration;
///
/// let mut settings = Settings { threads: 2, history: 1000, ..Settings::default() };
/// settings.timeouts.heartbeat = Duration::from_secs(5);
/// settings.heartbeat = |audience| format!("event: audience\ndata: {audience}\n\n");
/// assert_eq!(settings.timeouts.idle, Duration::from_secs(60));
/// ```
#[derive(Clone, Debug)]
pub struct Settings {
    /// How long it waits for what.
    pub timeouts: Timeouts,
    /// Threads that run [deferred](super::Context::defer) jobs. Default 4; with 0 every job is refused.
    pub threads: usize,
    /// Jobs that may wait for a thread, besides those that run. Default 64.
    pub queue: usize,
    /// Events that each channel holds for those who come back, at least 1. It is also how far a subscriber may fall
    /// behind. Default 256.
    pub history: usize,
    /// What a subscriber is sent when there is nothing to say. Default: a comment.
    pub heartbeat: Heartbeat,
    /// The reconnection delay that subscribers are told, in milliseconds; each a random one within half of it more or
    /// less. Default 3000.
    pub retry: u32,
    /// Connections held at most. Further ones are answered 503 and closed, unless they ask for something
    /// [vital](super::Router::vital): 17 more descriptors are used for them. Default: no limit but that of descriptors,
    /// without which connections wait to be accepted.
    pub connections: usize,
    /// Connections of one client address; further ones are answered 503 and closed. Default: no limit but that of all.
    pub per_address: usize,
    /// Bytes that all connections together may make the server hold, in requests that are not whole and answers that are
    /// not taken. From three quarters of it on nothing more is read from those that hold most; beyond it they are closed,
    /// with 503 where that can still be said. Default 64 MiB.
    pub buffered: usize,
    /// Subscribers held at most; further ones are told to come back in 15 to 45 s, and everything else goes on.
    /// Default: no limit.
    pub subscribers: usize,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            timeouts: Timeouts::default(),
            threads: 4,
            queue: 64,
            history: 256,
            heartbeat: |_| ": nothing to say\n\n".to_owned(),
            retry: 3000,
            connections: usize::MAX,
            per_address: usize::MAX,
            buffered: 64 * 1024 * 1024,
            subscribers: usize::MAX,
        }
    }
}

/// Makes the text that a subscriber is sent when there is nothing to say, given the number of the channel's subscribers:
/// one or more whole blocks of the event stream, each ended by an empty line. It must not be empty. It is encoded once for
/// all subscribers while their number stays the same.
pub type Heartbeat = fn(usize) -> String;
