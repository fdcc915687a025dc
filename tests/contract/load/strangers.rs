//! `picture-frame load` against servers that strangers wrote, on demand:
//! `cargo test --test contract strangers -- --ignored --nocapture`. A server that is not there is skipped, with a line
//! that says how to get it. Packages of npm and PyPI are looked for in `target/strangers`.

use super::{Told, load};
use crate::support::{pause, port::Port, programs};
use std::{
    fs,
    net::{SocketAddr, TcpStream},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

const NPM: &str = "npm install --prefix target/strangers express better-sse";
const PYPI: &str = "python3 -m venv target/strangers/venv; target/strangers/venv/bin/pip install uvicorn sse-starlette";
const NCHAN: &str = "/usr/lib/nginx/modules/ngx_nchan_module.so";
const CROWD: [&str; 8] = [
    "--subscribers",
    "100",
    "--every",
    "50ms",
    "--for",
    "5s",
    "--timeout",
    "10s",
];
/// Half of the subscribers come back.
const CHURN: [&str; 2] = ["--churn", "600"];
/// The longest wait for a server to start.
const STARTS: Duration = Duration::from_secs(30);

/// A server that a stranger wrote.
struct Stranger {
    name: &'static str,
    /// The command that runs the server at a port, with its files in a folder. None if the server is not there.
    command: fn(port: u16, folder: &Path) -> Option<Command>,
    /// The verdict on a crowd that stays.
    stays: &'static str,
    /// The verdict on a crowd that drops and comes back.
    churns: &'static str,
}

const STRANGERS: [Stranger; 6] = [
    Stranger {
        name: "Express",
        command: |port, _| node("express", "express.js", port),
        stays: "passed",
        churns: "failed",
    },
    Stranger {
        name: "Express without flushHeaders",
        command: |port, _| {
            let mut command = node("express", "express.js", port)?;
            command.env("WITHHOLD", "1");
            Some(command)
        },
        stays: "passed",
        churns: "failed",
    },
    Stranger {
        name: "better-sse",
        command: |port, _| node("better-sse", "better_sse.js", port),
        stays: "passed",
        churns: "failed",
    },
    Stranger {
        name: "sse-starlette on uvicorn",
        command: uvicorn,
        stays: "passed",
        churns: "failed",
    },
    Stranger {
        name: "Thin",
        command: thin,
        stays: "passed",
        churns: "failed",
    },
    Stranger {
        name: "nginx with nchan",
        command: nchan,
        stays: "passed",
        churns: "passed",
    },
];

#[test]
#[ignore = "takes servers from npm, PyPI and Debian, and two minutes"]
fn servers_that_strangers_wrote_get_the_verdict_that_they_earn() {
    let mut wrong = String::new();
    for stranger in STRANGERS {
        for (further, should) in [(&[][..], stranger.stays), (&CHURN, stranger.churns)] {
            let Some(told) = stranger.test(further) else {
                continue;
            };
            let (verdict, faults) = (&told.report["verdict"], &told.report["faults"]);
            eprintln!(
                "{} {}: {verdict} {faults}",
                stranger.name,
                further.join(" ")
            );
            if verdict != should {
                wrong += &told.all;
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

impl Stranger {
    /// Tests a server that is newly started.
    fn test(&self, further: &[&str]) -> Option<Told> {
        let folder = tempfile::tempdir().unwrap();
        let port = Port::keep();
        let mut command = (self.command)(port.number(), folder.path())?;
        command
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        let running = Running(command.spawn().unwrap());
        running.awaits(port.address);
        Some(load(port.address, &[&CROWD[..], further].concat()))
    }
}

/// A running server. Killed when it is dropped.
struct Running(Child);

impl Running {
    /// Waits until the server listens.
    fn awaits(&self, address: SocketAddr) {
        let begun = Instant::now();
        while TcpStream::connect(address).is_err() {
            assert!(
                begun.elapsed() < STARTS,
                "process {} does not listen",
                self.0.id()
            );
            pause();
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A file of the strangers' servers.
fn script(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/contract/load/strangers")
        .join(name)
}

/// A file in `target/strangers`. None, with a line that says how to get it, if it is not there.
fn package(path: &str, install: &str) -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("target/strangers")
        .join(path);
    if !path.exists() {
        programs::skip(&format!("no {} here ({install})", path.display()));
        return None;
    }
    Some(path)
}

fn node(module: &str, name: &str, port: u16) -> Option<Command> {
    let modules = package("node_modules", NPM)?;
    package(&format!("node_modules/{module}"), NPM)?;
    let mut command = Command::new(programs::find(&["node"], "nodejs")?);
    command
        .env("NODE_PATH", modules)
        .arg(script(name))
        .arg(port.to_string());
    Some(command)
}

fn uvicorn(port: u16, _: &Path) -> Option<Command> {
    let mut command = Command::new(package("venv/bin/uvicorn", PYPI)?);
    command
        .arg("--app-dir")
        .arg(script(""))
        .args(["--port", &port.to_string()]);
    command
        .arg("sse_starlette_app:app")
        .env("PYTHONDONTWRITEBYTECODE", "1");
    Some(command)
}

fn thin(port: u16, folder: &Path) -> Option<Command> {
    let mut command = Command::new(programs::find(&["thin"], "thin")?);
    command
        .arg("--rackup")
        .arg(script("thin.ru"))
        .args(["--port", &port.to_string()]);
    command
        .args(["--address", "127.0.0.1", "start"])
        .current_dir(folder);
    Some(command)
}

fn nchan(port: u16, folder: &Path) -> Option<Command> {
    let nginx = programs::find(&["nginx"], "nginx")?;
    if !Path::new(NCHAN).exists() {
        programs::skip("no nchan here (on Debian: apt-get install libnginx-mod-nchan)");
        return None;
    }
    let configuration = fs::read_to_string(script("nchan.conf")).unwrap();
    fs::write(
        folder.join("nchan.conf"),
        configuration.replace("PORT", &port.to_string()),
    )
    .unwrap();
    let mut command = Command::new(nginx);
    command
        .arg("-p")
        .arg(folder)
        .args(["-c", "nchan.conf", "-e", "stderr"]);
    Some(command)
}
