//! Options and environment, read and checked. This module starts nothing, and opens no file but those of `files.rs`.

mod environment;
mod files;
mod history;
mod line;
mod listen;
mod operator;
#[cfg(feature = "redis")]
mod redis;
mod source;
mod task;
mod values;

use crate::{
    frame::{Host, Network, Origin},
    reactor::Address,
    source::flickr::{self, DEFAULT_URL},
};
use clap::{ArgMatches, CommandFactory, FromArgMatches, Parser, error::ErrorKind};
use environment::{Environment, without_variables};
pub(crate) use files::FileOptions;
pub(crate) use history::*;
use line::{AFTER_HELP, one_line, with_any_values};
pub(crate) use listen::Listen;
use listen::{check_twice, listen};
pub(crate) use operator::OperatorOptions;
#[cfg(feature = "redis")]
pub(crate) use redis::RedisConfig;
pub(crate) use source::SourceConfig;
use source::{SourceName, source};
use std::{ffi::OsString, time::Duration};
use task::Command;
pub use task::{EarlyExit, Task, Tour};
use values::{address, broadcast_rate, limit, seconds, threads, timeout};

/// A shared picture frame for the web: anyone enters a keyword, and every open page shows a picture for it.
///
/// Without any option the program serves the frame on http://127.0.0.1:4000, with pictures that it draws itself. With a
/// Flickr key in the environment variable FLICKR_API_KEY the pictures come from Flickr.
#[derive(Debug, Parser)]
#[command(version, max_term_width = 100, after_help = AFTER_HELP, disable_help_subcommand = true)]
#[command(
    subcommand_value_name = "load|tour",
    subcommand_help_heading = "Load test and tour"
)]
pub(crate) struct ServerOptions {
    /// Address and port to listen on, repeatable; port 0 picks a free one. unix:PATH is a unix socket of mode 0660,
    /// whose peers are trusted proxies. PORT=n in the environment means port n on all addresses, IPv6 and IPv4 [default:
    /// 127.0.0.1:4000, or the sockets that systemd hands over]
    #[arg(
        long,
        env = "PICTURE_FRAME_LISTEN",
        value_name = "ADDR|unix:PATH",
        value_parser = address,
        value_delimiter = ','
    )]
    listen: Vec<Address>,

    #[command(flatten)]
    operator: OperatorOptions,

    /// Read options, environment and files as a start would, print what the server would do, and end
    #[arg(long, env = "PICTURE_FRAME_CHECK")]
    check: bool,

    /// Name that Host may have; other requests are answered 421; repeatable; * for any [default: on loopback alone,
    /// without a trusted proxy, IP addresses, localhost and names below .localhost; else any]
    #[arg(
        long,
        env = "PICTURE_FRAME_HOST",
        value_name = "NAME",
        value_delimiter = ','
    )]
    host: Vec<Host>,

    /// Where pictures come from [default: flickr if FLICKR_API_KEY is set, else gallery]
    #[arg(long, env = "PICTURE_FRAME_SOURCE")]
    source: Option<SourceName>,

    /// URL of the Flickr endpoint
    #[arg(long, env = "PICTURE_FRAME_FLICKR_URL", value_name = "URL", default_value = DEFAULT_URL)]
    flickr_url: String,

    /// Look-ups that may reach Flickr within any 60 minutes; Flickr allows 3600 to a key; 0 = no limit
    #[arg(
        long,
        env = "PICTURE_FRAME_SOURCE_QUOTA",
        value_name = "N",
        default_value = "3000"
    )]
    source_quota: u32,

    /// Threads that ask the source
    #[arg(long, env = "PICTURE_FRAME_LOOKUP_THREADS", value_name = "N", default_value = "4", value_parser = threads)]
    lookup_threads: usize,

    /// Look-ups that may wait for a thread; a further look-up is answered 503
    #[arg(
        long,
        env = "PICTURE_FRAME_LOOKUP_QUEUE",
        value_name = "N",
        default_value = "64"
    )]
    lookup_queue: usize,

    /// Bound on one look-up, the wait for a thread included
    #[arg(long, env = "PICTURE_FRAME_LOOKUP_TIMEOUT", value_name = "SECONDS", default_value = "10", value_parser = timeout)]
    lookup_timeout: Duration,

    /// Publishes per minute and client address (IPv6: per /64, and four times as many per /48), a quarter of them at
    /// once; 0 = no limit
    #[arg(
        long,
        env = "PICTURE_FRAME_PUBLISH_RATE",
        value_name = "N",
        default_value = "20"
    )]
    publish_rate: u32,

    /// Publishes per second of all clients together, twice as many at once; 0 = no limit [default: 5, with
    /// --publish-rate 0 none]
    #[arg(long, env = "PICTURE_FRAME_BROADCAST_RATE", value_name = "N")]
    broadcast_rate: Option<u32>,

    /// Proxy whose X-Forwarded-For, -Host and -Proto are believed, an address or a network; repeatable
    #[arg(
        long,
        env = "PICTURE_FRAME_TRUSTED_PROXY",
        value_name = "CIDR",
        value_delimiter = ','
    )]
    trusted_proxy: Vec<Network>,

    #[command(flatten)]
    history: HistoryOptions,

    #[cfg(feature = "redis")]
    #[command(flatten)]
    redis: redis::RedisOptions,

    /// Silence after which a subscriber gets a heartbeat
    #[arg(long, env = "PICTURE_FRAME_HEARTBEAT", value_name = "SECONDS", default_value = "15", value_parser = timeout)]
    heartbeat: Duration,

    /// Reconnection delay for subscribers; each is told a random delay within ±50 % of it
    #[arg(
        long,
        env = "PICTURE_FRAME_RETRY",
        value_name = "MS",
        default_value = "3000"
    )]
    retry: u32,

    /// Connections held at most; a further one is answered 503 and closed [default: what the open-file limit allows]
    #[arg(long, env = "PICTURE_FRAME_MAX_CONNECTIONS", value_name = "N", value_parser = limit)]
    max_connections: Option<usize>,

    /// Subscribers held at most; further ones are told to come back later [default: nine tenths of --max-connections]
    #[arg(long, env = "PICTURE_FRAME_MAX_SUBSCRIBERS", value_name = "N", value_parser = limit)]
    max_subscribers: Option<usize>,

    /// Connections of one client address (IPv6: of its /64); a further connection is answered 503 [default: no limit]
    #[arg(long, env = "PICTURE_FRAME_PER_ADDRESS", value_name = "N", value_parser = limit)]
    per_address: Option<usize>,

    /// MiB of input and output that all connections together may make the server hold; beyond it, the connections that
    /// hold most are closed
    #[arg(long, env = "PICTURE_FRAME_MAX_BUFFERED", value_name = "MIB", default_value = "64", value_parser = limit)]
    max_buffered: usize,

    /// Bound on receiving a whole request, and on a new connection's first byte
    #[arg(long, env = "PICTURE_FRAME_REQUEST_TIMEOUT", value_name = "SECONDS", default_value = "10", value_parser = timeout)]
    request_timeout: Duration,

    /// Time after which a kept-alive connection without a request is closed
    #[arg(long, env = "PICTURE_FRAME_IDLE_TIMEOUT", value_name = "SECONDS", default_value = "60", value_parser = timeout)]
    idle_timeout: Duration,

    /// Time after which a peer that takes none of the bytes waiting for it is closed
    #[arg(long, env = "PICTURE_FRAME_WRITE_TIMEOUT", value_name = "SECONDS", default_value = "30", value_parser = timeout)]
    write_timeout: Duration,

    /// Time over which streams are ended evenly at shutdown; 0 = at once
    #[arg(long, env = "PICTURE_FRAME_DRAIN", value_name = "SECONDS", default_value = "5", value_parser = seconds)]
    drain: Duration,

    /// Origin allowed to subscribe and publish from other sites; repeatable; * lets every site publish
    #[arg(
        long,
        env = "PICTURE_FRAME_CORS_ORIGIN",
        value_name = "ORIGIN",
        value_delimiter = ','
    )]
    cors_origin: Vec<Origin>,

    #[command(flatten)]
    files: FileOptions,

    #[command(subcommand)]
    command: Option<Command>,
}

/// The server's options, checked.
#[derive(Clone, Debug)]
pub struct Config {
    /// The addresses to listen on.
    pub(crate) listen: Listen,
    /// The operator's listener, and its power over the loop.
    pub(crate) operator: OperatorOptions,
    /// A line for the log about variables that are set but empty.
    pub(crate) note: Option<String>,
    /// The hosts that requests may be for. Empty if `--host` was not given.
    pub(crate) hosts: Vec<Host>,
    /// The origin of the pictures, with its settings.
    pub(crate) source: SourceConfig,
    /// Threads that ask the source.
    pub(crate) lookup_threads: usize,
    /// Look-ups that may wait for a thread.
    pub(crate) lookup_queue: usize,
    /// Bound on one look-up, the wait for a thread included.
    pub(crate) lookup_timeout: Duration,
    /// Publishes per minute and client; 0 = no limit.
    pub(crate) publish_rate: u32,
    /// Publishes per second of all clients together; 0 = no limit.
    pub(crate) broadcast_rate: u32,
    /// Proxies whose `X-Forwarded-For`, `-Host` and `-Proto` are believed.
    pub(crate) trusted_proxies: Vec<Network>,
    /// Pictures held for replay.
    pub(crate) history: HistoryOptions,
    /// The stream that several servers share.
    #[cfg(feature = "redis")]
    pub(crate) redis: Option<RedisConfig>,
    /// Silence after which a subscriber gets a heartbeat.
    pub(crate) heartbeat: Duration,
    /// Mean reconnection delay, in milliseconds.
    pub(crate) retry: u32,
    /// Connections held at most. None: as many as the open-file limit allows.
    pub(crate) max_connections: Option<usize>,
    /// Subscribers held at most. None: nine tenths of the connections.
    pub(crate) max_subscribers: Option<usize>,
    /// Connections of one client address. None: no bound.
    pub(crate) per_address: Option<usize>,
    /// MiB of input and output that all connections together may make the server hold.
    pub(crate) max_buffered: usize,
    /// Bound on receiving a whole request.
    pub(crate) request_timeout: Duration,
    /// Time after which a kept-alive connection without a request is closed.
    pub(crate) idle_timeout: Duration,
    /// Time after which a peer that takes none of the bytes waiting for it is closed.
    pub(crate) write_timeout: Duration,
    /// Time over which streams are ended evenly at shutdown.
    pub(crate) drain: Duration,
    /// Origins of other sites that may subscribe and publish.
    pub(crate) cors_origins: Vec<Origin>,
    /// The words that find no picture, the page's folder, and the file of the trace.
    pub(crate) files: FileOptions,
}

impl Config {
    /// Reads options and environment.
    ///
    /// # Errors
    ///
    /// [`EarlyExit`], when help or version was asked for, or when an option is wrong.
    pub fn read(arguments: impl IntoIterator<Item = OsString>) -> Result<Task, EarlyExit> {
        let mut arguments: Vec<OsString> = arguments.into_iter().collect();
        let command = with_any_values(ServerOptions::command());
        let mut options = parse(&command, &arguments)?;
        match options.1.command.take() {
            None => {}
            Some(Command::Load(work)) => return Ok(Task::Load(work)),
            Some(Command::Tour(tour)) => return Ok(Task::Tour(tour)),
        }
        let mut environment = Environment::read(&command, &options.0).map_err(EarlyExit::Wrong)?;
        arguments.splice(1..1, environment.arguments.drain(..));
        let (_, options) = parse(&command, &arguments)?;
        let is_check = options.check;
        let config = Self::from_options(options, environment).map_err(EarlyExit::Wrong)?;
        let task = if is_check { Task::Check } else { Task::Serve };
        Ok(task(Box::new(config)))
    }

    /// Reads options alone, and no environment.
    ///
    /// # Errors
    ///
    /// [`EarlyExit`], as [`Config::read`].
    pub(crate) fn of_arguments(arguments: &[OsString]) -> Result<Self, EarlyExit> {
        let (_, options) = parse(&ServerOptions::command(), arguments)?;
        Self::from_options(options, Environment::default()).map_err(EarlyExit::Wrong)
    }

    fn from_options(options: ServerOptions, mut environment: Environment) -> Result<Self, String> {
        flickr::check_url(&options.flickr_url).map_err(|error| {
            let name = environment.name("flickr-url");
            error.to_string().replace("--flickr-url", &name)
        })?;
        check_twice(&options.listen, options.operator.admin.as_ref())?;
        // The logger reads this variable itself.
        let _ = environment.value("RUST_LOG", false);
        Ok(Self {
            listen: listen(options.listen, &mut environment)?,
            operator: options.operator,
            hosts: options.host,
            source: source(
                options.source,
                options.flickr_url,
                options.source_quota,
                &mut environment,
            )?,
            note: environment.note(),
            lookup_threads: options.lookup_threads,
            lookup_queue: options.lookup_queue,
            lookup_timeout: options.lookup_timeout,
            publish_rate: options.publish_rate,
            broadcast_rate: broadcast_rate(options.broadcast_rate, options.publish_rate),
            trusted_proxies: options.trusted_proxy,
            #[cfg(feature = "redis")]
            redis: redis::redis(options.redis, options.history.has_file(), &environment)?,
            history: options.history,
            heartbeat: options.heartbeat,
            retry: options.retry,
            max_connections: options.max_connections,
            max_subscribers: options.max_subscribers,
            per_address: options.per_address,
            max_buffered: options.max_buffered,
            request_timeout: options.request_timeout,
            idle_timeout: options.idle_timeout,
            write_timeout: options.write_timeout,
            drain: options.drain,
            cors_origins: options.cors_origin,
            files: options.files,
        })
    }
}

/// Parses arguments without the environment. The help shows the variables as well.
fn parse(
    command: &clap::Command,
    arguments: &[OsString],
) -> Result<(ArgMatches, ServerOptions), EarlyExit> {
    let parsed = without_variables(command.clone()).try_get_matches_from(arguments);
    let parsed = parsed.and_then(|matches| {
        let options = ServerOptions::from_arg_matches(&matches)?;
        Ok((matches, options))
    });
    parsed.map_err(|error| match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => {
            let with_variables = command.clone().try_get_matches_from(arguments);
            let text = with_variables.err().unwrap_or(error).to_string();
            // clap takes a pair of braces with an n for a line break.
            let text = text.replace("(n)", "{n}");
            // A variable whose value is not shown looks like any other variable that is not set.
            EarlyExit::Told(text.replace("_REDIS]", "_REDIS=]"))
        }
        _ => EarlyExit::Wrong(one_line(&error)),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_is_well_formed() {
        with_any_values(ServerOptions::command()).debug_assert();
    }

    #[test]
    fn errors_are_one_line_that_says_what_to_do() {
        for arguments in [
            &["x", "--listen", "nowhere"][..],
            &["x", "--hep"],
            &["x", "--retry", "1", "--retry", "2"],
            &["x", "y"],
        ] {
            let Err(EarlyExit::Wrong(line)) = Config::read(arguments.iter().map(OsString::from))
            else {
                panic!("{arguments:?} should be wrong");
            };
            assert!(
                !line.contains('\n') && line.ends_with("; try --help"),
                "{line}"
            );
        }
    }
}
