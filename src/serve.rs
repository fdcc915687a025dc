//! The server program: builds the application and the server from the options, and runs the loop until a signal ends
//! it.

use crate::{
    config::{Config, Listen, SourceConfig},
    frame::{
        Access, Album, Bucket, Counts, Drawings, Hosts, PICTURES, Pace, PictureFrame, Proxies,
        Rate, Recent, heartbeat, public,
    },
    logging,
    reactor::{every_address, system},
    server::{self, KEPT_BACK, Server, Settings, Timeouts},
    source::{
        Source,
        flickr::{Flickr, Note, SetupError},
        gallery::Gallery,
    },
};
use std::{
    fmt,
    sync::Arc,
    time::{Duration, Instant},
};

/// Descriptors kept back from connections: the loop's own and the standard streams.
const RESERVED: usize = 32;
/// Descriptors kept back for each look-up thread: a connection, a name to resolve.
const PER_LOOKUP: usize = 4;
/// Bound on the look-ups under way at shutdown.
const FINISH: Duration = Duration::from_secs(10);

/// The reasons why the server did not run.
#[derive(Debug)]
pub enum ServeError {
    /// The options make no sense.
    Setup(SetupError),
    /// The server could not listen, or a system call failed.
    Server(server::Failure),
}

impl fmt::Display for ServeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Setup(error) => error.fmt(f),
            Self::Server(error @ server::Failure::Listen(..)) => write!(f, "{error} with --listen"),
            Self::Server(error) => error.fmt(f),
        }
    }
}

impl<E: Into<server::Failure>> From<E> for ServeError {
    fn from(error: E) -> Self {
        Self::Server(error.into())
    }
}

/// Serves until SIGTERM or SIGINT. A second signal ends the process at once, with 128 and its number.
///
/// # Errors
///
/// [`ServeError`], when the server cannot start, or when a system call fails later.
pub fn serve(config: Config) -> Result<(), ServeError> {
    let Made {
        source,
        origin,
        name,
        notes,
    } = source(&config.source).map_err(ServeError::Setup)?;
    let limits = Capacity::new(&config, open_files());
    let app = application(&config, source, origin.as_deref());
    let settings = settings(&config, &limits);
    let server = Server::new(app, PictureFrame::router(), &settings)?.keep(PICTURES);
    let listen = match config.listen {
        Listen::On(address) => address,
        Listen::Everywhere(port) => every_address(port),
    };
    server.run(listen, |address| {
        limits.log(&config);
        notes
            .iter()
            .for_each(|(level, note)| log::log!(*level, "{note}"));
        warn_of_root();
        log::info!("listening on http://{address} (pictures from {name})");
        // Only this line tells the port that was picked, so it is written at every log level.
        if listen.port() == 0 && !log::log_enabled!(log::Level::Info) {
            logging::say(format!("listening on http://{address}"));
        }
    })?;
    log::info!("stopped");
    Ok(())
}

/// The application's state at the start. Its page may show pictures of `origin` besides those of this server.
fn application(config: &Config, source: Arc<dyn Source>, origin: Option<&str>) -> PictureFrame {
    let now = Instant::now();
    PictureFrame {
        source,
        lookup_timeout: config.lookup_timeout,
        hosts: hosts(config),
        access: Access::new(config.cors_origins.clone()),
        rate: Rate::new(Pace::publishes(config.publish_rate), now),
        broadcasts: Bucket::new(Pace::broadcasts(config.broadcast_rate), now),
        recent: Recent::new(now),
        proxies: Proxies::new(config.trusted_proxies.clone()),
        page: public(config.public.clone(), origin),
        album: Album::default(),
        drawings: Drawings::default(),
        drawn: Rate::new(Pace::drawings(), now),
        counts: Counts::default(),
    }
}

/// The hosts that requests may be for: only local names if every client is a program on this machine and none is a
/// proxy.
fn hosts(config: &Config) -> Hosts {
    let is_local =
        matches!(config.listen, Listen::On(address) if address.ip().to_canonical().is_loopback());
    Hosts::new(
        config.hosts.clone(),
        is_local && config.trusted_proxies.is_empty(),
    )
}

fn settings(config: &Config, limits: &Capacity) -> Settings {
    let timeouts = Timeouts {
        request: config.request_timeout,
        idle: config.idle_timeout,
        write: config.write_timeout,
        heartbeat: config.heartbeat,
        publish: config.lookup_timeout,
        finish: FINISH,
        drain: config.drain,
    };
    Settings {
        timeouts,
        threads: config.lookup_threads,
        queue: config.lookup_queue,
        history: config.history,
        heartbeat,
        retry: config.retry,
        connections: limits.connections,
        per_address: config.per_address.unwrap_or(usize::MAX),
        buffered: config.max_buffered.saturating_mul(MIB),
        subscribers: limits.subscribers,
    }
}

const MIB: usize = 1024 * 1024;

/// A source that is ready to be asked.
struct Made {
    source: Arc<dyn Source>,
    /// An origin that its pictures may come from, beside the usual hosts.
    origin: Option<String>,
    name: &'static str,
    /// Lines for the log, written once the start has succeeded: a start that fails writes one line only.
    notes: Vec<Note>,
}

fn source(config: &SourceConfig) -> Result<Made, SetupError> {
    Ok(match config {
        SourceConfig::Gallery => Made {
            source: Arc::new(Gallery::new()),
            origin: None,
            name: "the built-in gallery",
            notes: Vec::new(),
        },
        SourceConfig::Flickr { key, url, quota } => {
            let flickr = Flickr::new(key.clone(), url.clone(), *quota)?;
            Made {
                origin: flickr.image_origin().map(str::to_owned),
                name: "Flickr",
                notes: flickr.notes().to_vec(),
                source: Arc::new(flickr),
            }
        }
    })
}

/// The bounds on connections that hold for this run.
struct Capacity {
    files: usize,
    /// Connections that the open-file limit leaves room for.
    room: usize,
    connections: usize,
    subscribers: usize,
}

impl Capacity {
    /// The bounds that `config` asks for, cut to what `files` open files leave room for.
    fn new(config: &Config, files: usize) -> Self {
        let reserved = RESERVED + PER_LOOKUP * config.lookup_threads + KEPT_BACK;
        let room = files.saturating_sub(reserved).max(1);
        let connections = config.max_connections.unwrap_or(room).min(room);
        let nine_tenths = connections - connections.div_ceil(10);
        Self {
            files,
            room,
            connections,
            subscribers: config.max_subscribers.unwrap_or(nine_tenths.max(1)),
        }
    }

    fn log(&self, config: &Config) {
        let (files, room) = (self.files, self.room);
        log::info!("{files} open files are allowed, which leaves {room} for connections");
        if let Some(asked) = config.max_connections.filter(|asked| *asked > room) {
            log::warn!("--max-connections {asked} is cut to {room}: allow more open files");
        }
        let (connections, subscribers) = (self.connections, self.subscribers);
        log::info!("at most {connections} connections, of which {subscribers} may subscribe");
    }
}

fn warn_of_root() {
    if system::is_root() {
        log::warn!(
            "running as root, which the program does not need: a fault in it would give away the machine; \
             start it as another user"
        );
    }
}

/// Raises the open-file limit to its hard limit (getrlimit(2)). Returns the limit that then holds.
fn open_files() -> usize {
    let files = rlimit::increase_nofile_limit(u64::MAX).unwrap_or_else(|error| {
        log::warn!("the open-file limit cannot be raised: {error}");
        rlimit::Resource::NOFILE.get_soft().unwrap_or(1024)
    });
    usize::try_from(files).unwrap_or(usize::MAX)
}
