//! A real Redis server on a port of its own.

use super::{
    PATIENCE, metrics::Metrics, pause, port::Port, programs, server::Server, server::program,
};
use redis::{Client, Cmd, FromRedisValue, RedisResult};
use std::{
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::Instant,
};
use tempfile::{TempDir, tempdir};

/// The key of the stream.
pub const KEY: &str = "picture-frame";

/// A Redis server. Killed when it is dropped.
pub struct Redis {
    program: PathBuf,
    options: Vec<String>,
    folder: TempDir,
    pub port: u16,
    _kept: Port,
    child: Option<Child>,
}

impl Redis {
    /// A server that is running and keeps nothing on the disk. None, with a line on standard error, where Redis is not
    /// installed.
    pub fn start() -> Option<Self> {
        Self::with(&["--save", ""])
    }

    /// A server with these options.
    pub fn with(options: &[&str]) -> Option<Self> {
        let program = programs::find(&["redis-server", "valkey-server"], "redis-server")?;
        let kept = Port::keep();
        let mut redis = Self {
            program,
            options: options.iter().map(|&option| option.to_owned()).collect(),
            folder: tempdir().unwrap(),
            port: kept.number(),
            _kept: kept,
            child: None,
        };
        redis.run();
        Some(redis)
    }

    /// Starts the server, which is not running, and waits until it answers.
    pub fn run(&mut self) {
        let mut command = Command::new(&self.program);
        command.args([
            "--port",
            &self.port.to_string(),
            "--bind",
            "127.0.0.1",
            "--dir",
        ]);
        command.arg(self.folder.path()).args(&self.options);
        command.stdout(Stdio::null()).stderr(Stdio::null());
        self.child = Some(command.spawn().unwrap());
        self.wait_until_it_answers();
    }

    /// Gives the server further options from its next start on.
    pub fn add_options(&mut self, options: &[&str]) {
        self.options
            .extend(options.iter().map(|&option| option.to_owned()));
    }

    fn wait_until_it_answers(&self) {
        let begun = Instant::now();
        while let Err(error) = self.try_ask::<()>(&redis::cmd("PING")) {
            let answers = error.code().is_some_and(|code| code != "LOADING");
            if answers {
                return;
            }
            assert!(begun.elapsed() < PATIENCE, "Redis does not answer: {error}");
            pause();
        }
    }

    pub fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    /// The folder of the server's files.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Asks the server on a connection of its own.
    pub fn try_ask<T: FromRedisValue>(&self, command: &Cmd) -> RedisResult<T> {
        let client = Client::open(self.url()).unwrap();
        command.query(&mut client.get_connection()?)
    }

    /// Asks the server, in words that are separated by spaces.
    #[track_caller]
    pub fn ask<T: FromRedisValue>(&self, words: &str) -> T {
        let mut words = words.split(' ');
        let mut command = redis::cmd(words.next().unwrap());
        words.for_each(|word| {
            command.arg(word);
        });
        self.try_ask(&command).unwrap()
    }

    /// The number of entries in the stream.
    pub fn length(&self) -> usize {
        self.ask(&format!("XLEN {KEY}"))
    }

    pub fn signal(&self, name: &str) {
        let id = self.child.as_ref().unwrap().id();
        let kill = format!("kill -{name} {id}");
        assert!(
            Command::new("sh")
                .args(["-c", &kill])
                .status()
                .unwrap()
                .success()
        );
    }

    /// Kills the server as a crash does.
    pub fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

impl Drop for Redis {
    fn drop(&mut self) {
        self.kill();
    }
}

/// A server that shares the frame by the Redis server at `url`. It is not awaited that Redis is reached.
pub fn begin(url: &str, options: &[&str]) -> Server {
    let mut command = program();
    command.args(["--redis", url, "--drain", "0"]).args(options);
    Server::spawn(command)
}

/// A server that shares the frame by the Redis server at `url`, which it has reached.
pub fn node(url: &str, options: &[&str]) -> Server {
    let server = begin(url, options);
    wait_for_up(&server, true);
    server
}

/// Waits until a server says that Redis is up, or that it is away.
pub fn wait_for_up(server: &Server, whether: bool) -> Metrics {
    let expected = f64::from(u8::from(whether));
    Metrics::wait_for(server.address, |metrics| {
        let is_told = |name: &str| name == "picture_frame_redis_up";
        metrics.names().any(is_told) && metrics.get("redis_up") == expected
    })
}
