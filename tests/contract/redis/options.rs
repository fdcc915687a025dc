//! The options, and the password that is never shown.

use crate::support::{
    client::Stream,
    metrics::Metrics,
    readme,
    redis::{Redis, begin, node},
    server::program,
    setups::await_audience,
};
use std::process::{Command, Output};

/// The output of a check with these options.
fn check(options: &[&str]) -> Output {
    let mut command = program();
    command.arg("--check").args(options).output().unwrap()
}

#[test]
fn check_names_the_server_and_the_key_and_connects_to_nothing() {
    let checked = check(&[
        "--redis",
        "redis://me:s3cret@10.0.0.7:7000/2",
        "--redis-key",
        "k",
    ]);
    let text = String::from_utf8(checked.stdout).unwrap();
    let line = "share the frame by Redis at 10.0.0.7:7000, database 2, key k\n";
    assert!(checked.status.success() && text.contains(line), "{text}");
    assert!(!text.contains("s3cret"), "{text}");
}

#[test]
fn a_file_and_redis_exclude_each_other() {
    let checked = check(&["--redis", "redis://a", "--history-file", "/tmp/frame.db"]);
    let line = String::from_utf8(checked.stderr).unwrap();
    assert_eq!(checked.status.code(), Some(2), "{line}");
    assert!(
        line.contains("--redis and --history-file exclude each other"),
        "{line}"
    );
    let mut command = program();
    command.env("PICTURE_FRAME_REDIS", "redis://a");
    command.args(["--check", "--history-file", "/tmp/frame.db"]);
    let line = String::from_utf8(command.output().unwrap().stderr).unwrap();
    assert!(
        line.contains("PICTURE_FRAME_REDIS and --history-file"),
        "{line}"
    );
}

#[test]
fn the_password_is_in_no_output() {
    let mistakes: [&[&str]; 8] = [
        &["--redis", "http://:s3cret@a"],
        &["--redis", "redis://:s3cret@a/x"],
        &["--redis", "rediss://:s3cret@a#insecure"],
        &["--redis=redis://:s3cret@a", "--redis=redis://:s3cret@a"],
        &["--redi", "redis://:s3cret@a"],
        &["--redis", "redis://:s3cret@a", "redis://:s3cret@a"],
        &["redis://:s3cret@a"],
        &["--redis-key", "", "--redis", "redis://:s3cret@a"],
    ];
    for options in mistakes {
        let checked = check(options);
        let line = String::from_utf8(checked.stderr).unwrap();
        assert_eq!(checked.status.code(), Some(2), "{options:?}: {line}");
        assert!(!line.contains("s3cret"), "{line}");
    }
    for (url, options) in [
        ("redis://:s3cret@a", ["--help"]),
        ("http://:s3cret@a", ["--check"]),
    ] {
        let mut command = program();
        let said = command.env("PICTURE_FRAME_REDIS", url).args(options);
        let said = said.output().unwrap();
        let said = [said.stdout, said.stderr].concat();
        assert!(!String::from_utf8_lossy(&said).contains("s3cret"));
    }
}

#[test]
fn a_password_is_used_and_is_in_no_line_at_any_level() {
    let Some(redis) = Redis::with(&["--save", "", "--requirepass", "s3cret"]) else {
        return;
    };
    let mut command: Command = program();
    command.env("RUST_LOG", "trace");
    command.env(
        "PICTURE_FRAME_REDIS",
        format!("redis://:s3cret@127.0.0.1:{}", redis.port),
    );
    let server = crate::support::server::Server::spawn(command);
    crate::support::redis::wait_for_up(&server, true);
    let mut client = crate::support::client::Client::connect(server.address);
    crate::support::setups::publish_on(&mut client, "sushi");
    assert!(!server.log().contains("s3cret"), "{}", server.log());
    let wrong = format!("redis://:wr0ng@127.0.0.1:{}", redis.port);
    let server = begin(&wrong, &[]);
    let line = server.wait_for_log("WRONGPASS");
    assert!(line.contains("check user and password"), "{line}");
    assert!(!server.log().contains("wr0ng"), "{}", server.log());
}

#[test]
fn a_unix_socket_leads_to_redis() {
    let Some(mut redis) = Redis::start() else {
        return;
    };
    let path = redis.folder().join("redis.sock");
    let path = path.to_str().unwrap().to_owned();
    redis.kill();
    redis.add_options(&["--unixsocket", &path]);
    redis.run();
    let server = node(&format!("redis+unix://{path}"), &[]);
    assert_eq!(super::publish_by_turns(&[&server], 2).len(), 2);
    assert_eq!(redis.length(), 2);
}

#[test]
fn a_user_with_the_rights_that_the_readme_names_is_enough() {
    let rights = "~picture-frame* +@all -@dangerous +xinfo +xsetid";
    readme::assert_says(rights);
    let Some(redis) = Redis::start() else { return };
    let () = redis.ask(&format!("ACL SETUSER own on >s3cret {rights}"));
    let url = format!("redis://own:s3cret@127.0.0.1:{}", redis.port);
    let server = node(&url, &["--heartbeat", "0.05"]);
    let other = node(&url, &["--heartbeat", "0.05"]);
    let ids = super::publish_by_turns(&[&server, &other], 4);
    let mut stream = Stream::open(server.address);
    await_audience(&mut stream, 1);
    let _further = Stream::open(other.address);
    await_audience(&mut stream, 2);
    let () = redis.ask("FLUSHALL");
    Metrics::wait_for(server.address, |_| redis.length() == ids.len());
    assert_eq!(super::publish_by_turns(&[&other, &server], 2).len(), 2);
    for server in [server, other] {
        let log = server.log();
        assert!(!log.contains("NOPERM") && !log.contains("ERROR"), "{log}");
    }
}
