//! `picture-frame`: puts the parts together and runs the loop until a signal ends it.

use crate::{
    config::{Config, SourceConfig},
    frame::{Access, Album, Counts, PICTURES, Page, PictureFrame, Proxies, Rate, heartbeat},
    server::{self, Server, Settings, Timeouts},
    source::{
        Source,
        flickr::{Flickr, SetupError},
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
    let (source, origin, name) = source(&config.source).map_err(Failure::Setup)?;
    let (files, most) = connection_limit(config.lookup_threads);
    let app = PictureFrame {
        source,
        lookup_timeout: config.lookup_timeout,
        access: Access::new(config.cors_origins.clone()),
        rate: Rate::new(config.publish_rate, Instant::now()),
        proxies: Proxies::new(config.trusted_proxies.clone()),
        page: Page::new(config.public.clone(), origin.as_deref()),
        album: Album::default(),
        counts: Counts::default(),
    };
    let settings = settings(&config, most);
    let server = Server::new(app, PictureFrame::router(), &settings)?.keep(PICTURES);
    server.run(config.listen, |address| {
        log::info!("{files} open files are allowed, which leaves {most} for connections");
        log::info!("listening on http://{address} (pictures from {name})");
    })?;
    log::info!("stopped");
    Ok(())
}

fn settings(config: &Config, connections: usize) -> Settings {
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
        connections,
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

/// Raises the open-file limit as far as it goes (getrlimit(2)). What it is then, and how many connections that allows.
fn connection_limit(lookup_threads: usize) -> (usize, usize) {
    let files = rlimit::increase_nofile_limit(u64::MAX).unwrap_or_else(|error| {
        log::warn!("the open-file limit cannot be raised: {error}");
        1024
    });
    let files = usize::try_from(files).unwrap_or(usize::MAX);
    (
        files,
        files
            .saturating_sub(RESERVED + PER_LOOKUP * lookup_threads)
            .max(1),
    )
}
