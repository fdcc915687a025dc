//! Redis' error answers: a line each that says what to do, and no spin.

use super::{known, next_ids, publish_by_turns};
use crate::support::{
    client::{Stream, publish},
    metrics::Metrics,
    redis::{KEY, Redis, begin, node, wait_for_up},
    server::Server,
    setups::{assert_problem, retry_after},
};
use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::Relaxed},
    },
    thread,
};

/// A stand-in for Redis that answers every command with an error. Returns its address, and the number of its commands.
fn refusing(error: &'static str) -> (SocketAddr, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let count = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&count);
    thread::spawn(move || {
        for client in listener.incoming().map_while(Result::ok) {
            let counted = Arc::clone(&counted);
            thread::spawn(move || refuse_all(client, error, &counted));
        }
    });
    (address, count)
}

fn refuse_all(mut client: TcpStream, error: &str, counted: &AtomicUsize) -> Option<()> {
    let mut commands = BufReader::new(client.try_clone().ok()?);
    loop {
        let parts = number(&mut commands)?;
        for _ in 0..parts {
            let length = number(&mut commands)?;
            let mut part = vec![0; length + 2];
            commands.read_exact(&mut part).ok()?;
        }
        counted.fetch_add(1, Relaxed);
        client.write_all(format!("-{error}\r\n").as_bytes()).ok()?;
    }
}

/// The number behind the sign of a line.
fn number(commands: &mut impl BufRead) -> Option<usize> {
    let mut line = String::new();
    commands.read_line(&mut line).ok()?;
    line.trim().get(1..)?.parse().ok()
}

#[test]
fn each_error_of_redis_is_one_line_that_says_what_to_do_and_no_spin() {
    let cases = [
        ("NOAUTH Authentication required.", "put the password"),
        (
            "WRONGPASS invalid username-password pair",
            "check user and password",
        ),
        ("NOPERM this user has no permissions", "allow the user"),
        ("WRONGTYPE Operation against a key", "--redis-key"),
        ("LOADING Redis is loading the dataset", "ready soon"),
        (
            "READONLY You can't write against a read only replica.",
            "name the master",
        ),
        (
            "OOM command not allowed when used memory > 'maxmemory'.",
            "maxmemory",
        ),
        ("MISCONF Redis is configured to save RDB snapshots", "disk"),
    ];
    let checks = cases.map(|(error, advice)| {
        thread::spawn(move || {
            let (address, commands) = refusing(error);
            let server = begin(&format!("redis://{address}"), &["--heartbeat", "0.1"]);
            let code = error.split(' ').next().unwrap();
            let line = server.wait_for_log(code);
            assert!(line.contains(advice) && line.contains("ERROR"), "{line}");
            let mut stream = Stream::open(server.address);
            let before = Metrics::scrape(server.address).get("turns_total");
            for _ in 0..15 {
                stream.next("audience");
            }
            let turns = Metrics::scrape(server.address).get("turns_total") - before;
            let commands = commands.load(Relaxed);
            assert!(
                turns < 150.0 && commands < 150,
                "{code}: {turns}, {commands}"
            );
            let refused = publish(server.address, "sushi");
            assert_problem(&refused, 503);
            assert!(retry_after(&refused) <= 5);
            let log = server.log();
            let lines = log.lines().filter(|line| line.contains("ERROR")).count();
            assert_eq!(lines, 1, "{log}");
        })
    });
    checks.into_iter().for_each(|check| check.join().unwrap());
}

/// Publishes while Redis refuses, and returns the line that the log has of the refusal.
fn refused(server: &Server, code: &str) -> String {
    for _ in 0..3 {
        let refused = publish(server.address, "sushi");
        assert_problem(&refused, 503);
        retry_after(&refused);
    }
    let line = server.wait_for_log(code);
    let log = server.log();
    let lines = log.lines().filter(|line| line.contains("ERROR")).count();
    assert_eq!(lines, 1, "{log}");
    line
}

#[test]
fn a_redis_that_refuses_writes_is_read_on_and_is_back_when_it_takes_them() {
    let Some(redis) = Redis::start() else { return };
    for (code, begins, ends) in [
        ("OOM", "CONFIG SET maxmemory 1", "CONFIG SET maxmemory 0"),
        ("READONLY", "REPLICAOF 127.0.0.1 1", "REPLICAOF NO ONE"),
        (
            "NOPERM",
            "ACL SETUSER default -xadd",
            "ACL SETUSER default +xadd",
        ),
    ] {
        let _: String = redis.ask("FLUSHALL");
        let server = node(&redis.url(), &["--heartbeat", "0.1"]);
        let mut stream = Stream::open(server.address);
        let before = publish_by_turns(&[&server], 1);
        assert_eq!(next_ids(&mut stream, 1), known(&before));
        let _: String = redis.ask(begins);
        let line = refused(&server, code);
        assert!(line.contains("ERROR"), "{line}");
        wait_for_up(&server, false);
        stream.next("audience");
        let _: String = redis.ask(ends);
        let after = publish_by_turns(&[&server], 1);
        server.wait_for_log("is back");
        wait_for_up(&server, true);
        assert_eq!(next_ids(&mut stream, 1), known(&after));
    }
}

#[test]
fn a_key_that_holds_something_else_is_left_alone() {
    let Some(redis) = Redis::start() else { return };
    let _: String = redis.ask(&format!("SET {KEY} mine"));
    let server = begin(&redis.url(), &[]);
    let line = server.wait_for_log("WRONGTYPE");
    assert!(line.contains("--redis-key"), "{line}");
    assert_eq!(publish(server.address, "sushi").status, 503);
    assert_eq!(redis.ask::<String>(&format!("GET {KEY}")), "mine");
    let _: i64 = redis.ask(&format!("DEL {KEY}"));
    wait_for_up(&server, true);
    assert_eq!(publish(server.address, "sushi").status, 200);
}

#[test]
fn a_redis_that_answers_and_refuses_to_be_read_is_not_back_each_time() {
    let Some(redis) = Redis::start() else { return };
    let server = node(&redis.url(), &[]);
    let _: String = redis.ask("ACL SETUSER default -xread");
    server.wait_for_log("NOPERM");
    let refused = || -> usize {
        let log: Vec<redis::Value> = redis.ask("ACL LOG");
        let count = |entry: &redis::Value| match entry {
            redis::Value::Array(pairs) => match pairs.get(1) {
                Some(redis::Value::Int(count)) => *count as usize,
                _ => 0,
            },
            _ => 0,
        };
        log.iter().map(count).sum()
    };
    Metrics::wait_for(server.address, |_| refused() >= 4);
    let log = server.log();
    let lines = |word: &str| log.lines().filter(|line| line.contains(word)).count();
    assert_eq!((lines("ERROR"), lines("is back")), (1, 0), "{log}");
    let _: String = redis.ask("ACL SETUSER default +xread");
    server.wait_for_log("is back");
    assert_eq!(publish_by_turns(&[&server], 2).len(), 2);
}
