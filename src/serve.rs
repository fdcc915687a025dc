//! `picture-frame`: puts the parts together and runs the loop until a signal ends it.

use crate::{
    config::{Config, SourceConfig},
    frame::{Access, Page, PictureFrame},
    pool::Pool,
    reactor::{Reactor, bind},
    server::{Server, Timeouts},
    source::{
        Source,
        flickr::{Flickr, SetupError},
        gallery::Gallery,
    },
};
use signal_hook::{
    consts::{SIGINT, SIGTERM},
    flag,
};
use std::{
    fmt, io,
    net::SocketAddr,
    sync::{Arc, atomic::AtomicBool},
    time::Duration,
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
    /// It cannot listen there.
    Listen(SocketAddr, io::Error),
    /// The system refused something else.
    System(io::Error),
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Setup(error) => error.fmt(f),
            Self::Listen(address, error) => {
                let advice = match error.kind() {
                    io::ErrorKind::AddrInUse => {
                        "another program listens there: stop it, or choose another port with --listen"
                    }
                    io::ErrorKind::PermissionDenied => {
                        "ports below 1024 need rights: choose a higher one with --listen"
                    }
                    io::ErrorKind::AddrNotAvailable => {
                        "this machine does not have the address: choose another with --listen"
                    }
                    _ => "choose another address with --listen",
                };
                write!(f, "cannot listen on {address}: {error}; {advice}")
            }
            Self::System(error) => write!(
                f,
                "the system refused: {error}; it may be short of memory, threads or descriptors"
            ),
        }
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Self::System(error)
    }
}

/// Serves until SIGTERM or SIGINT. A second signal ends the process at once, with 128 and its number.
///
/// # Errors
///
/// [`Failure`], when it cannot begin, or the system fails.
pub fn serve(config: Config) -> Result<(), Failure> {
    let (source, origin, name) = source(&config.source).map_err(Failure::Setup)?;
    let listener = bind(config.listen, config.write_timeout)
        .map_err(|error| Failure::Listen(config.listen, error))?;
    let most = connection_limit(config.lookup_threads);
    let address = listener.local_addr()?;
    stop_at_once_the_second_time()?;
    let reactor = Reactor::new(listener, most, &[SIGTERM, SIGINT])?;
    let pool = Pool::new("look-up", config.lookup_threads, config.lookup_queue)?;
    let app = PictureFrame {
        source,
        lookup_timeout: config.lookup_timeout,
        retry: config.retry,
        access: Access::new(config.cors_origins.clone()),
        page: Page::new(config.public.clone(), origin.as_deref()),
        album: Default::default(),
    };
    let mut server = Server::new(
        app,
        PictureFrame::router(),
        pool,
        config.history,
        timeouts(&config),
    );
    log::info!("listening on http://{address} (pictures from {name}, at most {most} connections)");
    reactor.run(&mut server)?;
    log::info!("stopped");
    Ok(())
}

fn timeouts(config: &Config) -> Timeouts {
    Timeouts {
        request: config.request_timeout,
        idle: config.idle_timeout,
        write: config.write_timeout,
        heartbeat: config.heartbeat,
        finish: FINISH,
        drain: config.drain,
    }
}

type Made = (Arc<dyn Source>, Option<String>, &'static str);

/// The source, the origin its pictures may come from beside the usual ones, and what to call it.
fn source(config: &SourceConfig) -> Result<Made, SetupError> {
    Ok(match config {
        SourceConfig::Gallery => (Arc::new(Gallery::new()), None, "the built-in gallery"),
        SourceConfig::Flickr { key, url, quota } => {
            let flickr = Flickr::new(key.clone(), url.clone(), *quota)?;
            let origin = flickr.image_origin().map(str::to_owned);
            (Arc::new(flickr), origin, "Flickr")
        }
    })
}

/// Raises the open-file limit as far as it goes (getrlimit(2)), and says how many connections that allows.
fn connection_limit(lookup_threads: usize) -> usize {
    let files = rlimit::increase_nofile_limit(u64::MAX).unwrap_or_else(|error| {
        log::warn!("the open-file limit cannot be raised: {error}");
        1024
    });
    let files = usize::try_from(files).unwrap_or(usize::MAX);
    let most = files
        .saturating_sub(RESERVED + PER_LOOKUP * lookup_threads)
        .max(1);
    log::info!("{files} open files are allowed, which leaves {most} for connections");
    most
}

/// The first signal only sets a flag, besides waking the loop; with the flag set, the next one ends the process
/// before anything else sees it, also if the loop should hang.
fn stop_at_once_the_second_time() -> io::Result<()> {
    let asked = Arc::new(AtomicBool::new(false));
    for signal in [SIGTERM, SIGINT] {
        flag::register_conditional_shutdown(signal, 128 + signal, Arc::clone(&asked))?;
        flag::register(signal, Arc::clone(&asked))?;
    }
    Ok(())
}
