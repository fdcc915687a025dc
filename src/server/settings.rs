//! The settings of a server, besides its routes.

use std::time::Duration;

/// The longest waits of connections and of a shutdown, in steps of 10 ms. See [`Settings`] for an example.
#[derive(Clone, Copy, Debug)]
pub struct Timeouts {
    /// The wait for a whole request, from its first byte to its last, and for the first byte of a new connection. A
    /// request is then answered 408, and a connection without a byte closed. Default 10 s.
    pub request: Duration,
    /// The wait for the next request of a kept-alive connection. Default 60 s.
    pub idle: Duration,
    /// The wait for the peer to take a byte, and to acknowledge the bytes that it was sent. Default 30 s.
    pub write: Duration,
    /// The silence after which a subscriber is sent the [`Settings::heartbeat`]. Default 15 s.
    pub heartbeat: Duration,
    /// The wait of a publisher for its channel's [journal](super::Server::keep_in). The publisher is then answered 503.
    /// Default 10 s.
    pub publish: Duration,
    /// The wait at shutdown for jobs under way. Default 10 s.
    pub finish: Duration,
    /// The time at shutdown over which streams are ended evenly, so that their clients do not all come back at once.
    /// Default 0: all streams are ended at once.
    pub drain: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self {
            request: Duration::from_secs(10),
            idle: Duration::from_secs(60),
            write: Duration::from_secs(30),
            heartbeat: Duration::from_secs(15),
            publish: Duration::from_secs(10),
            finish: Duration::from_secs(10),
            drain: Duration::ZERO,
        }
    }
}

/// The settings of a server, besides its routes.
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
    /// The longest waits.
    pub timeouts: Timeouts,
    /// The number of threads that run [deferred](super::Context::defer) jobs. Default 4; with 0 every job is refused.
    pub threads: usize,
    /// The most jobs that wait for a thread. Default 64.
    pub queue: usize,
    /// The number of events that each channel holds for subscribers that come back, at least 1. A subscriber that falls
    /// further behind is disconnected. Default 256.
    pub history: usize,
    /// The bytes that a subscriber is sent after a silence. Default: a comment.
    pub heartbeat: Heartbeat,
    /// The mean reconnection delay of subscribers, in milliseconds. Each subscriber is sent a random delay within half
    /// of it more or less. Default 3000.
    pub retry: u32,
    /// The most connections. Further connections are answered 503 and closed, unless their request is for a
    /// [vital](super::Router::vital) route: the server uses 17 more descriptors for them. Default: no limit but that of
    /// descriptors, without which connections wait in the backlog.
    pub connections: usize,
    /// The most connections of a client address. Further connections are answered 503 and closed. Default: no limit but
    /// that of all connections.
    pub per_address: usize,
    /// The most bytes that the server holds for all connections together, in requests that are not whole and answers
    /// that are not taken. From three quarters of it on, the server reads nothing more from the connections that hold
    /// most. Beyond it the server closes these connections, with 503 where no answer has begun. Default 64 MiB.
    pub buffered: usize,
    /// The most subscribers. Further subscribers are sent a delay of 15 to 45 s after which to come back, and all other
    /// clients are served on. Default: no limit.
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

/// Makes the text that a subscriber is sent after a silence, given the number of the channel's subscribers. The text
/// has whole blocks of the event stream, at least one, each ended by an empty line. It is made once for all subscribers
/// of a channel while their number stays the same.
pub type Heartbeat = fn(usize) -> String;
