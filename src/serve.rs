//! The server program: builds the application and the server from the options, and runs the loop until a signal ends
//! it.

mod check;
#[cfg(feature = "history")]
mod history;
mod inside;
mod listeners;
mod manager;
#[cfg(feature = "redis")]
mod shared;
mod successor;

pub use check::check;
pub(crate) use inside::serve_inside;

#[cfg(any(feature = "history", feature = "redis"))]
use crate::journal;
use crate::{
    config::{Config, SourceConfig},
    frame::{
        Access, Album, Bucket, Counts, Drawings, Hosts, PICTURES, Pace, PictureFrame, Proxies,
        Rate, Recent, heartbeat, public, view,
    },
    logging,
    reactor::system,
    server::{self, APART, Heir, KEPT_BACK, Server, Settings, Timeouts},
    source::{
        Source,
        flickr::{Flickr, LookUpCounter, Note, SetupError},
        gallery::Gallery,
    },
};
use listeners::{Line, Listeners};
use manager::Manager;
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
    /// The options or the environment ask for something that cannot be.
    Usage(String),
    /// The server could not listen on an address that this option names.
    Listen(server::Failure, &'static str),
    /// A system call failed.
    Server(server::Failure),
}

impl fmt::Display for ServeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Setup(error) => error.fmt(f),
            Self::Usage(line) => f.write_str(line),
            Self::Listen(error, option) => write!(f, "{error} ({option})"),
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
    let keeper = Keeper::new(&config);
    let made = source(&config.source, keeper.counter()).map_err(ServeError::Setup)?;
    let mut heir = Heir::find()?;
    let listeners = match &mut heir {
        Some(heir) => Listeners::inherited(heir.listeners()?)?,
        None => Listeners::new(&config)?,
    };
    let limits = Capacity::new(&config, &listeners, open_files());
    let app = application(&config, &listeners, &made);
    let router = PictureFrame::router(listeners.has_operators());
    let manager = Manager::find()?;
    let server = Server::new(app, router, &settings(&config, &limits))?
        .operated_by(PictureFrame::operators(config.operator.loop_control))
        .held_by_viewers(config.operator.loop_control)
        .succeeded_by(
            successor::of_this_process()?,
            PictureFrame::carry,
            PictureFrame::continue_from,
        )
        .watched(manager.map(Manager::watch));
    match heir {
        Some(heir) => take_over(heir, server, keeper, listeners, &limits, &config, &made)?,
        None => {
            // The history is read before any client can connect.
            let server = keeper.keep(server)?.stop_on_signals()?;
            // A signal that comes from here on ends the server in order, and the files of its sockets are removed.
            let opened = listeners.open(config.write_timeout)?;
            server.serve(opened.listeners, || {
                limits.log(&config);
                announce(&config, &made, &opened.lines);
            })?;
        }
    }
    log::info!("stopped");
    Ok(())
}

/// Serves as [`serve`] does, with what the process of an earlier version hands over.
fn take_over(
    mut heir: Heir,
    server: Server<PictureFrame>,
    keeper: Keeper,
    listeners: Listeners,
    limits: &Capacity,
    config: &Config,
    made: &Made,
) -> Result<(), ServeError> {
    let state = heir.greet(limits.every_connection())?;
    // The earlier process has let the history go.
    let kept = keeper
        .keep(server)
        .and_then(|server| Ok(server.stop_on_signals()?));
    let server = kept.map_err(|failure| heir.refuse(failure.to_string()))?;
    let opened = listeners.open(config.write_timeout);
    let opened = opened.map_err(|error| heir.refuse(error.to_string()))?;
    server.inherit(heir, state, opened.listeners, || {
        announce(config, made, &opened.lines);
    })?;
    Ok(())
}

/// The place where the pictures are kept.
enum Keeper {
    Memory,
    /// In memory and in the history file.
    #[cfg(feature = "history")]
    File(journal::FileJournal),
    /// In memory and in the stream that several servers share.
    #[cfg(feature = "redis")]
    Redis(Box<journal::RedisJournal>),
}

impl Keeper {
    fn new(config: &Config) -> Self {
        #[cfg(feature = "redis")]
        if let Some(redis) = &config.redis {
            return Self::Redis(Box::new(shared::journal(redis)));
        }
        #[cfg(feature = "history")]
        if let Some(file) = &config.history.history_file {
            return Self::File(history::journal(file, config.history.history_sync));
        }
        let _ = config;
        Self::Memory
    }

    /// The counter of the look-ups of all servers, if there are several.
    fn counter(&self) -> Option<LookUpCounter> {
        match self {
            #[cfg(feature = "redis")]
            Self::Redis(journal) => Some(shared::counter(journal)),
            _ => None,
        }
    }

    /// Has the server keep the pictures.
    fn keep(self, server: Server<PictureFrame>) -> Result<Server<PictureFrame>, server::Failure> {
        match self {
            Self::Memory => Ok(server.keep(PICTURES)),
            #[cfg(feature = "history")]
            Self::File(journal) => server.keep_in(PICTURES, journal),
            #[cfg(feature = "redis")]
            Self::Redis(journal) => server.keep_in(PICTURES, *journal),
        }
    }
}

/// Writes the lines of the start.
fn announce(config: &Config, made: &Made, lines: &[Line]) {
    if let Some(note) = &config.note {
        log::warn!("{note}");
    }
    for (level, note) in &made.notes {
        log::log!(*level, "{note}");
    }
    warn_of_root();
    if config.operator.loop_control {
        log::warn!("{CONTROL}");
    }
    for line in lines {
        match line.is_operators {
            true => log::info!("{line}"),
            false => log::info!("{line} (pictures from {})", made.name),
        }
        // Only this line tells the port that was picked, so it is written at every log level.
        if line.tells_port && !log::log_enabled!(log::Level::Info) {
            logging::say(line.to_string());
        }
    }
}

/// The application's state at the start. Requests may be for local names alone if every client is a program on this
/// machine and none is a proxy.
fn application(config: &Config, listeners: &Listeners, made: &Made) -> PictureFrame {
    let now = Instant::now();
    let proxies = Proxies::new(config.trusted_proxies.clone(), listeners.has_unix());
    let is_local = listeners.is_local() && proxies.is_none();
    PictureFrame {
        source: Arc::clone(&made.source),
        lookup_timeout: config.lookup_timeout,
        hosts: Hosts::new(config.hosts.clone(), is_local),
        operators_hosts: Hosts::operators(config.hosts.clone(), listeners.is_operator_local()),
        access: Access::new(config.cors_origins.clone()),
        rate: Rate::new(Pace::publishes(config.publish_rate), now),
        broadcasts: Bucket::new(Pace::broadcasts(config.broadcast_rate), now),
        recent: Recent::new(now),
        proxies,
        page: public(config.files.public.clone(), made.origin.as_deref()),
        view: view(),
        blocked: config.files.block.clone().unwrap_or_default(),
        album: Album::default(),
        drawings: Drawings::default(),
        drawn: Rate::new(Pace::drawings(), now),
        counts: Counts::default(),
    }
}

fn settings(config: &Config, limits: &Capacity) -> Settings {
    let timeouts = Timeouts {
        request: config.request_timeout,
        idle: config.idle_timeout,
        write: config.write_timeout,
        heartbeat: config.heartbeat,
        publish: patience(config),
        finish: FINISH,
        drain: config.drain,
    };
    Settings {
        timeouts,
        threads: config.lookup_threads,
        queue: config.lookup_queue,
        history: config.history.history,
        heartbeat,
        retry: config.retry,
        connections: limits.connections,
        per_address: config.per_address.unwrap_or(usize::MAX),
        buffered: config.max_buffered.saturating_mul(MIB),
        subscribers: limits.subscribers,
    }
}

/// The longest wait of a publisher for the place where the pictures are kept.
fn patience(config: &Config) -> Duration {
    #[cfg(feature = "redis")]
    if config.redis.is_some() {
        return config.lookup_timeout.min(shared::PATIENCE);
    }
    config.lookup_timeout
}

/// The line of the start with `--loop-control`.
const CONTROL: &str = "--loop-control: a client of the admin address can hold the loop, and with it all other clients; \
                       this is for teaching, and not for a server that others use";
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

fn source(config: &SourceConfig, counter: Option<LookUpCounter>) -> Result<Made, SetupError> {
    Ok(match config {
        SourceConfig::Gallery => Made {
            source: Arc::new(Gallery::new()),
            origin: None,
            name: "the built-in gallery",
            notes: Vec::new(),
        },
        SourceConfig::Flickr { key, url, quota } => {
            let mut flickr = Flickr::new(key.clone(), url.clone(), *quota)?;
            if let Some(counter) = counter {
                flickr = flickr.counted_by(counter);
            }
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
    /// Descriptors that are for no connection.
    own: usize,
    /// Connections that the open-file limit leaves room for.
    room: usize,
    connections: usize,
    subscribers: usize,
}

impl Capacity {
    /// The bounds that `config` asks for, cut to what `files` open files leave room for.
    fn new(config: &Config, listeners: &Listeners, files: usize) -> Self {
        let apart = if listeners.has_operators() {
            APART + 1
        } else {
            0
        };
        let own = RESERVED + listeners.count() + PER_LOOKUP * config.lookup_threads;
        let reserved = own + KEPT_BACK + apart;
        let room = files.saturating_sub(reserved).max(1);
        let connections = config.max_connections.unwrap_or(room).min(room);
        let nine_tenths = connections - connections.div_ceil(10);
        Self {
            files,
            own,
            room,
            connections,
            subscribers: config.max_subscribers.unwrap_or(nine_tenths.max(1)),
        }
    }

    /// The connections that the open-file limit leaves room for, those with places of their own included.
    fn every_connection(&self) -> usize {
        self.files.saturating_sub(self.own)
    }

    fn log(&self, config: &Config) {
        for line in self.lines() {
            log::info!("{line}");
        }
        if let Some(asked) = self.cut(config) {
            let room = self.room;
            log::warn!("--max-connections {asked} is cut to {room}: allow more open files");
        }
    }

    /// The number of connections that was asked for, if there is no room for so many.
    fn cut(&self, config: &Config) -> Option<usize> {
        config.max_connections.filter(|asked| *asked > self.room)
    }

    fn lines(&self) -> [String; 2] {
        let (files, room) = (self.files, self.room);
        let (connections, subscribers) = (self.connections, self.subscribers);
        [
            format!("{files} open files are allowed, which leaves {room} for connections"),
            format!("at most {connections} connections, of which {subscribers} may subscribe"),
        ]
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
