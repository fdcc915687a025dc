//! The program on a system that refuses system calls, by a library loaded before the C library.

use super::server::program;
use std::{
    path::{Path, PathBuf},
    process::{self, Command},
    sync::OnceLock,
};

/// The library, compiled once in a run of the tests.
fn library() -> &'static Path {
    static LIBRARY: OnceLock<PathBuf> = OnceLock::new();
    LIBRARY.get_or_init(|| {
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/contract/support/poor.c");
        let library =
            Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("poor-{}.so", process::id()));
        let mut compiler = Command::new("cc");
        compiler.args(["-shared", "-fPIC", "-Wall", "-Werror", "-o"]);
        let status = compiler.arg(&library).arg(source).arg("-ldl").status();
        assert!(status.unwrap().success());
        library
    })
}

/// The program with these variables, which name the calls that its system refuses.
pub fn program_with(variables: &[(&str, &str)]) -> Command {
    let mut command = program();
    command.env("LD_PRELOAD", library());
    command.envs(variables.iter().copied());
    command
}
