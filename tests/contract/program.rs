//! The contract's section on the program: its options, and its errors when they make no sense.

mod check;
mod environment;
mod listeners;
mod log_texts;
mod logging;
mod manager;
mod poor_systems;
mod unix_peers;

use crate::support::{client::get, server::Server, server::program};
use std::{
    net::TcpListener,
    process::{Command, Output},
};

const KEY: &str = "5ec2e75ec2e75ec2e75ec2e75ec2e75e";

/// The program's options, each with a valid value and some invalid values.
const OPTIONS: [(&str, &str, &[&str]); 26] = [
    (
        "listen",
        "127.0.0.1:0",
        &["", "nowhere", "127.0.0.1", "127.0.0.1:65536", ":4000"],
    ),
    (
        "admin",
        "127.0.0.1:0",
        &["", "nowhere", "unix:", "[::1]", ":4000"],
    ),
    ("host", "a.example", &["", "a:80", "http://a"]),
    ("source", "gallery", &["", "Flickr!", "picasa"]),
    (
        "flickr-url",
        "http://127.0.0.1:4010/rest/",
        &["", "nowhere", "ftp://a/", "http://a/?b", "http://a:b@c/"],
    ),
    ("source-quota", "0", &["", "-1", "x", "1.5"]),
    ("lookup-threads", "1", &["", "0", "-1", "x", "1000000"]),
    ("lookup-queue", "0", &["", "-1", "x"]),
    (
        "lookup-timeout",
        "0.5",
        &["", "0", "0.0", "-1", "x", "inf", "nan"],
    ),
    ("publish-rate", "1", &["", "-1", "x", "1.5", "4294967296"]),
    ("broadcast-rate", "1", &["", "-1", "x", "1.5", "4294967296"]),
    (
        "trusted-proxy",
        "10.0.0.0/8",
        &["", "example.org", "10.0.0.0/33", "10.0.0.1:80"],
    ),
    ("history", "1", &["", "0", "-1", "x"]),
    ("history-sync", "always", &["", "2s", "x"]),
    (
        "redis",
        "redis://127.0.0.1:1/2",
        &[
            "",
            "nowhere",
            "http://a",
            "redis://",
            "redis://a/x",
            "rediss://a#insecure",
        ],
    ),
    ("redis-key", "pictures", &["", "-x"]),
    ("heartbeat", "0.25", &["", "0", "-1", "x"]),
    ("retry", "0", &["", "-1", "x", "0.5"]),
    ("max-connections", "1", &["", "0", "-1", "x"]),
    ("max-subscribers", "1", &["", "0", "-1", "x"]),
    ("request-timeout", "2.5", &["", "0", "-1", "x"]),
    ("idle-timeout", "2.5", &["", "0", "-1", "x"]),
    ("write-timeout", "2.5", &["", "0", "-1", "x"]),
    ("drain", "0", &["", "-1", "x"]),
    (
        "cors-origin",
        "*",
        &["", "example.org", "https://", "https://a/b", "null"],
    ),
    ("public", "src", &["", "/nowhere/at/all", "Cargo.toml"]),
];

/// Runs the program to its end.
fn run(mut command: Command) -> Output {
    command.output().unwrap()
}

fn with(options: &[&str]) -> Command {
    let mut command = program();
    command.args(options);
    command
}

/// Checks that the program ends with `status`, prints nothing on standard output, and one line on standard error with
/// all of `words`.
fn fails(command: Command, status: i32, words: &[&str]) {
    let told = format!("{command:?}");
    let output = run(command);
    let line = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(status), "{told}: {line}");
    assert!(output.stdout.is_empty(), "{told}");
    assert!(
        line.starts_with("picture-frame: ") && line.ends_with('\n'),
        "{told}: {line:?}"
    );
    assert_eq!(line.lines().count(), 1, "{told}: {line:?}");
    for word in words {
        assert!(
            line.contains(word),
            "{told}: {line:?} does not say {word:?}"
        );
    }
}

/// A port, as text, that is taken for as long as the listener lives.
fn taken_port() -> (TcpListener, String) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port().to_string();
    (listener, port)
}

/// Checks that the program accepts its options: it gets as far as the port that is in use.
fn is_taken(mut command: Command) {
    let (_listener, port) = taken_port();
    command.args(["--listen", &format!("127.0.0.1:{port}")]);
    fails(command, 1, &[&port]);
}

#[test]
fn with_no_arguments_the_program_serves_the_frame_without_network_key_or_file() {
    let output = run(with(&["--help"]));
    let help = String::from_utf8(output.stdout).unwrap();
    assert!(help.contains("http://127.0.0.1:4000"), "{help}");
    let mut command = program();
    command
        .current_dir("/")
        .env("PICTURE_FRAME_LISTEN", "127.0.0.1:0");
    let server = Server::spawn_as_told(command);
    assert_eq!(get(server.address, "/").status, 200);
    assert!(server.log().contains("gallery"), "{}", server.log());
}

#[test]
fn help_names_each_option_its_variable_and_the_statuses() {
    let output = run(with(&["--help"]));
    let help = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success() && output.stderr.is_empty());
    for (name, ..) in OPTIONS {
        assert!(help.contains(&format!("--{name}")), "{name}: {help}");
        assert!(
            help.contains(&format!("[env: {}=", variable(name))),
            "{name}: {help}"
        );
    }
    let flat = help.split_whitespace().collect::<Vec<_>>().join(" ");
    for words in [
        "PORT=n",
        "FLICKR_API_KEY",
        "RUST_LOG",
        "Exit status",
        "lets every site publish",
    ] {
        assert!(flat.contains(words), "{words}: {flat}");
    }
}

#[test]
fn each_paragraph_at_the_end_of_the_help_is_broken_by_the_width_alone() {
    let mut command = with(&["--help"]);
    command.env("COLUMNS", "80");
    let help = String::from_utf8(run(command).stdout).unwrap();
    let (_, end) = help.split_once("Print version\n\n").unwrap();
    let lines: Vec<_> = end.lines().collect();
    for pair in lines.windows(2) {
        let next = pair[1].split(' ').next().unwrap();
        let is_full = pair[0].len() + 1 + next.len() > 80;
        assert!(
            is_full || pair[0].ends_with('.'),
            "{:?} is broken twice: {end}",
            pair[0]
        );
    }
}

#[test]
fn the_defaults_are_those_of_the_contract() {
    let help = String::from_utf8(run(with(&["--help"])).stdout).unwrap();
    let defaults = [
        ("flickr-url", "https://api.flickr.com/services/rest/"),
        ("source-quota", "3000"),
        ("lookup-threads", "4"),
        ("lookup-queue", "64"),
        ("lookup-timeout", "10"),
        ("history", "256"),
        ("history-sync", "1s"),
        ("heartbeat", "15"),
        ("retry", "3000"),
        ("request-timeout", "10"),
        ("idle-timeout", "60"),
        ("write-timeout", "30"),
        ("drain", "5"),
    ];
    for (name, default) in defaults {
        let text = help.split(&format!("--{name} ")).nth(1).unwrap();
        let text = text.split("\n      --").next().unwrap();
        assert!(
            text.contains(&format!("[default: {default}]")),
            "{name}: {text}"
        );
    }
}

#[test]
fn help_does_not_show_the_key() {
    let mut command = with(&["--help"]);
    command.env("FLICKR_API_KEY", KEY);
    assert!(!format!("{:?}", run(command)).contains(KEY));
}

#[test]
fn version_is_told() {
    for option in ["--version", "-V"] {
        let output = run(with(&[option]));
        let version = concat!("picture-frame ", env!("CARGO_PKG_VERSION"), "\n");
        assert!(output.status.success() && output.stderr.is_empty());
        assert_eq!(output.stdout, version.as_bytes());
    }
}

#[test]
fn help_that_is_not_read_is_no_failure() {
    let mut command = with(&["--help"]);
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let status = command.stdout(writer).status().unwrap();
    assert!(status.success(), "{status}");
}

#[test]
fn every_option_takes_what_makes_sense() {
    for (name, good, _) in OPTIONS {
        if name != "listen" {
            is_taken(with(&[&format!("--{name}"), good]));
        }
    }
}

#[test]
fn a_bad_value_is_status_2_and_one_line_with_the_option() {
    for (name, _, bad) in OPTIONS {
        for value in bad {
            fails(
                with(&[&format!("--{name}={value}")]),
                2,
                &[&format!("--{name}")],
            );
        }
    }
}

#[test]
fn a_value_that_begins_with_a_hyphen_is_the_options_before_it() {
    for (name, ..) in OPTIONS {
        let option = format!("--{name}");
        for value in ["-1", "-x", "-1s", "--frobnicate"] {
            fails(with(&[&option, value]), 2, &[&option]);
        }
    }
    for option in [
        "--publish",
        "--subscribers",
        "--every",
        "--for",
        "--ramp",
        "--bind",
        "--churn",
        "--stalled",
        "--slow",
        "--half-open",
        "--pid",
        "--timeout",
        "--json",
        "--html",
    ] {
        for value in ["-1", "-x", "--storm"] {
            let command = with(&["load", "http://127.0.0.1:1/", option, value]);
            fails(command, 2, &[option]);
        }
    }
}

#[test]
fn an_unknown_option_or_an_argument_is_status_2_and_one_line_with_advice() {
    for option in ["--frobnicate", "--hep", "-x", "surplus", "--retry"] {
        fails(with(&[option]), 2, &[option, "--help"]);
    }
}

#[test]
fn an_option_given_twice_is_an_error_unless_it_is_repeatable() {
    for (name, good, _) in OPTIONS {
        let option = format!("--{name}={good}");
        let command = with(&[&option, &option]);
        match name {
            "cors-origin" | "host" | "trusted-proxy" | "listen" => is_taken(command),
            _ => fails(command, 2, &[&format!("--{name}")]),
        }
    }
}

#[test]
fn a_missing_or_impossible_key_is_status_2_and_says_where_to_put_it() {
    let flickr = || with(&["--source", "flickr"]);
    fails(flickr(), 2, &["FLICKR_API_KEY", "--source gallery"]);
    for key in ["", "   "] {
        let mut command = flickr();
        command.env("FLICKR_API_KEY", key);
        fails(command, 2, &["FLICKR_API_KEY"]);
    }
    for key in ["two words", "schlüssel"] {
        let mut command = program();
        command.env("FLICKR_API_KEY", key);
        let output = run(command);
        let line = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{line}");
        assert!(
            line.contains("FLICKR_API_KEY") && !line.contains(key),
            "{line}"
        );
    }
}

#[test]
fn a_proxy_in_the_environment_that_is_none_is_status_2_and_is_not_quoted() {
    for name in ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"] {
        for value in [
            "pa55w0rd",
            "ftp://a/pa55w0rd",
            "socks5://u:pa55w0rd@",
            "http://u:pa55w0rd@a:x",
        ] {
            let mut command = program();
            command.env("FLICKR_API_KEY", KEY).env(name, value);
            let line = String::from_utf8(run(command).stderr).unwrap();
            assert!(line.contains(name) && !line.contains("pa55w0rd"), "{line}");
            let mut command = program();
            command.env("FLICKR_API_KEY", KEY).env(name, value);
            fails(command, 2, &[name, "unset it"]);
        }
        let mut command = program();
        command.env(name, "pa55w0rd");
        is_taken(command);
    }
}

#[test]
fn an_address_in_use_or_not_to_be_had_is_status_1_and_one_line_with_advice() {
    let (_listener, port) = taken_port();
    let address = format!("127.0.0.1:{port}");
    fails(
        with(&["--listen", &address]),
        1,
        &[&address, "in use", "--listen"],
    );
    fails(
        with(&["--listen", "192.0.2.1:0"]),
        1,
        &["192.0.2.1:0", "--listen"],
    );
}

/// The environment variable of an option.
fn variable(option: &str) -> String {
    format!("PICTURE_FRAME_{}", option.to_uppercase().replace('-', "_"))
}
