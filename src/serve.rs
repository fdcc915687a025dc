//! `picture-frame`: puts the parts together and runs the loop until a signal ends it.

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

/// Descriptors kept back from connections: the loop's own, standard streams, and what look-ups need (a connection and
/// a name to resolve for each thread).
const RESERVED: usize = 32;
const PER_LOOKUP: usize = 4;
/// How long look-ups under way are waited for at shutdown.
const FINISH: Duration = Duration::from_secs(10);

/// Why the server did not run.
#[derive(Debug)]
pub enum Failure {
    /// What it was told makes no sense.
    Setup(SetupError),
    /// It could not listen, or the system refused something else.
    Server(server::Failure),
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Setup(error) => error.fmt(f),
            Self::Server(error @ server::Failure::Listen(..)) => write!(f, "{error} with --listen"),
            Self::Server(error) => error.fmt(f),
        }
    }
}

impl<E: Into<server::Failure>> From<E> for Failure {
    fn from(error: E) -> Self {
        Self::Server(error.into())
    }
}

/// Serves until SIGTERM or SIGINT. A second signal ends the process at once, with 128 and its number.
///
/// # Errors
///
/// [`Failure`], when it cannot begin, or the system fails.
pub fn serve(config: Config) -> Result<(), Failure> {
    let Made {
        source,
        origin,
        name,
        notes,
    } = source(&config.source).map_err(Failure::Setup)?;
    let limits = Limits::new(&config, open_files());
    let now = Instant::now();
    let app = PictureFrame {
        source,
        lookup_timeout: config.lookup_timeout,
        hosts: hosts(&config),
        access: Access::new(config.cors_origins.clone()),
        rate: Rate::new(Pace::publishes(config.publish_rate), now),
        broadcasts: Bucket::new(Pace::broadcasts(config.broadcast_rate), now),
        recent: Recent::new(now),
        proxies: Proxies::new(config.trusted_proxies.clone()),
        page: public(config.public.clone(), origin.as_deref()),
        album: Album::default(),
        drawings: Drawings::default(),
        drawn: Rate::new(Pace::drawings(), now),
        counts: Counts::default(),
    };
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
        // Whoever asks for any free port has no other way to learn which, however little is to be logged.
        if listen.port() == 0 && !log::log_enabled!(log::Level::Info) {
            logging::say(format!("listening on http://{address}"));
        }
    })?;
    log::info!("stopped");
    Ok(())
}

/// The hosts that requests may be for: only local ones where nothing but programs on this machine can ask, and none of
/// them is a proxy.
fn hosts(config: &Config) -> Hosts {
    let is_local =
        matches!(config.listen, Listen::On(address) if address.ip().to_canonical().is_loopback());
    Hosts::new(
        config.hosts.clone(),
        is_local && config.trusted_proxies.is_empty(),
    )
}

fn settings(config: &Config, limits: &Limits) -> Settings {
    let timeouts = Timeouts {
        request: config.request_timeout,
        idle: config.idle_timeout,
        write: config.write_timeout,
        heartbeat: config.heartbeat,
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

/// A source that was made.
struct Made {
    source: Arc<dyn Source>,
    /// Where its pictures may come from, beside the usual places.
    origin: Option<String>,
    name: &'static str,
    /// For the log, once the start has succeeded: a start that fails has one line.
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

/// What there may be at most.
struct Limits {
    files: usize,
    /// Connections that the files leave room for.
    room: usize,
    connections: usize,
    subscribers: usize,
}

impl Limits {
    /// What `config` asks for, as far as so many open files allow it.
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

/// Raises the open-file limit as far as it goes (getrlimit(2)), and says how far that is.
fn open_files() -> usize {
    let files = rlimit::increase_nofile_limit(u64::MAX).unwrap_or_else(|error| {
        log::warn!("the open-file limit cannot be raised: {error}");
        rlimit::Resource::NOFILE.get_soft().unwrap_or(1024)
    });
    usize::try_from(files).unwrap_or(usize::MAX)
}
