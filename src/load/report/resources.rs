//! The resources that a run took, as data: memory, processor time, bytes, and the kernel's counts.

use serde::{Deserialize, Serialize};

/// The memory in use at three moments, and its growth for each connection while the crowd came (the slope of the line of
/// least squares), if there were looks enough.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(default)]
pub(crate) struct MemoryGrowth {
    /// Before the first connection.
    pub(crate) before: MemoryUse,
    /// The most of each while there were connections.
    pub(crate) top: MemoryUse,
    /// After the last connection was closed.
    pub(crate) after: MemoryUse,
    /// Resident bytes per connection.
    pub(crate) per_subscriber: Option<f64>,
    /// The kernel's bytes for sockets per connection. On one machine both ends count.
    pub(crate) kernel_per_subscriber: Option<f64>,
    /// This program's own resident bytes per connection.
    pub(crate) own_per_subscriber: Option<f64>,
}

/// The memory in use at a moment, in bytes, as far as it is known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(default)]
pub(crate) struct MemoryUse {
    /// The server's resident memory.
    pub(crate) resident: Option<u64>,
    /// The kernel's memory for the sockets of this machine, if the server is on it.
    pub(crate) kernel: Option<u64>,
    /// The resident memory of this program.
    pub(crate) own: Option<u64>,
}

/// The processor time of a run, in seconds, as far as it is known.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(default)]
pub(crate) struct Cpu {
    /// The processor time of this program while the crowd was held, and its part of one core.
    pub(crate) own: Option<f64>,
    pub(crate) own_share: Option<f64>,
    /// The processor time of the server while the crowd was held, and its part of one core.
    pub(crate) server: Option<f64>,
    pub(crate) server_share: Option<f64>,
    /// The processor time of the server for each stream opened while the crowd came.
    pub(crate) per_stream: Option<f64>,
    /// The processor time of the server for each event received while the crowd was held. It includes all that the server
    /// does meanwhile, but for streams opened anew.
    pub(crate) per_event: Option<f64>,
}

/// The processor time used until a moment, in seconds, as far as it is known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(default)]
pub(crate) struct CpuUse {
    /// The processor time of the server.
    pub(crate) server: Option<f64>,
    /// The processor time of this program.
    pub(crate) own: Option<f64>,
}

/// Bytes received by subscribers that behave.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(default)]
pub(crate) struct Traffic {
    /// All, heads of answers and chunks included.
    pub(crate) received: u64,
    /// Bytes of the streams: fields, comments and line ends.
    pub(crate) body: u64,
    /// Bytes of the events' data.
    pub(crate) data: u64,
}

/// Counts of this machine's kernel over a run. They include all other programs.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(default)]
pub(crate) struct Network {
    /// Requests for a connection (SYN) that were sent again, since no answer had come.
    pub(crate) syn_sent_again: u64,
    /// Connections that found the queue of a listener full.
    pub(crate) listen_overflows: u64,
    /// Requests for a connection that a listener has dropped for any reason.
    pub(crate) listen_drops: u64,
}
