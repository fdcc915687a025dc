//! The demos, each a program of its own: their answers byte by byte, and their pages in a browser.

mod ladder;
mod ping;
mod signups;
mod ticker;

use std::{
    env,
    io::{BufRead, BufReader},
    net::SocketAddr,
    path::PathBuf,
    process::{Child, Command, Stdio},
};

/// A running demo, which is killed when it is dropped.
struct Demo {
    child: Child,
    address: SocketAddr,
}

impl Demo {
    fn start(name: &str) -> Self {
        let program = program(name);
        let mut child = Command::new(&program)
            .arg("127.0.0.1:0")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| panic!("{program:?}: {error}; try `cargo build --examples`"));
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap())
            .read_line(&mut line)
            .unwrap();
        let address = line.trim_end().strip_prefix("listening on ");
        let address = address.map(|address| address.trim_start_matches("http://"));
        let address = address.unwrap_or_else(|| panic!("no address: {line:?}"));
        Self {
            child,
            address: address.parse().unwrap(),
        }
    }
}

impl Drop for Demo {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The path of the example's binary: Cargo puts it beside the folder of the test's binary.
fn program(name: &str) -> PathBuf {
    let test = env::current_exe().unwrap();
    let profile = test.parent().and_then(|deps| deps.parent()).unwrap();
    profile
        .join("examples")
        .join(name)
        .with_extension(env::consts::EXE_EXTENSION)
}

/// True if `text` is a number from 0 to 99 in its shortest form.
fn is_below_a_hundred(text: &str) -> bool {
    text.parse::<u8>()
        .is_ok_and(|number| number < 100 && number.to_string() == text)
}
