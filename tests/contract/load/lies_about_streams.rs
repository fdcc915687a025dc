//! Servers whose streams or answers are broken, and events that others publish.

use super::{
    cases::{Case, FAILS, Named, PASSES, SHORT, SOME, check, named},
    lies::DROPS,
    listen, load, start,
    stub::{CROWD, HONEST, Publish, Script, Step, Stream, Stub},
    told,
};
use crate::support::{port::Port, server::program};
use serde_json::Value;
use std::{thread, time::Duration};

/// Sends `bytes` instead of the event at `MARKED`, and closes the victim's first stream.
fn breaks(stream: &mut Stream, at: usize, bytes: &str) -> Step {
    match stream.is_marked(at) && stream.visit == 0 {
        true => {
            stream.raw(bytes)?;
            None
        }
        false => stream.tell(at),
    }
}

/// Answers requests for a stream with `head` and no more.
fn refuses(stream: &mut Stream, head: &str) -> Step {
    stream.raw(format!("{head}\r\nContent-Length: 0\r\n\r\n"))?;
    None
}

/// Tells all but the victim, whose first stream breaks.
const fn breaking(
    server: &'static str,
    event: fn(&mut Stream, usize) -> Step,
    says: &'static [&'static str],
) -> Case {
    Case {
        server,
        script: Script { event, ..HONEST },
        counts: &[("dropped", 1), ("expected", 200), ("delivered", 200)],
        named: Some(Named {
            event: None,
            ..named("dropped", 3, 2, 3)
        }),
        says,
        ..FAILS
    }
}

/// Holds no subscriber.
const fn refusing(
    server: &'static str,
    begin: fn(&mut Stream) -> Step,
    counts: &'static [(&'static str, u64)],
    says: &'static [&'static str],
) -> Case {
    Case {
        server,
        script: Script { begin, ..HONEST },
        timeout: SHORT,
        counts,
        says,
        ..FAILS
    }
}

/// Takes publishes in its own way.
const fn publishing(
    server: &'static str,
    publish: fn(&mut Publish) -> Step,
    says: &'static [&'static str],
) -> Case {
    Case {
        server,
        script: Script { publish, ..HONEST },
        timeout: SHORT,
        counts: &[("unpublished", 25), ("published", 0)],
        says,
        ..FAILS
    }
}

const ENDS: Case = Case {
    server: "ends a stream properly",
    script: Script {
        event: |stream, at| {
            stream.tell(at)?;
            match stream.is_marked(at) && stream.visit == 0 {
                true => stream.end(),
                false => Some(()),
            }
        },
        ..HONEST
    },
    counts: &[("ended", 1), ("expected", 200), ("delivered", 200)],
    says: &["ended by the server"],
    ..PASSES
};

const STREAMS: &[Case] = &[
    breaking(
        "cuts a stream within an event",
        |stream, at| breaks(stream, at, "100\r\nid: 4\ndata: lo"),
        &["1 dropped", "within a chunk"],
    ),
    breaking(
        "sends a chunk whose size is no number",
        |stream, at| breaks(stream, at, "x\r\n"),
        &["1 dropped", "malformed"],
    ),
    breaking(
        "closes a stream between two chunks",
        |stream, at| breaks(stream, at, ""),
        &["1 dropped", "without a last chunk"],
    ),
    ENDS,
    Case {
        options: &["--ends", "fail"],
        verdict: FAILS.verdict,
        named: Some(Named {
            event: None,
            ..named("ended", 3, 3, 4)
        }),
        says: &["1 ended", "ended by the server"],
        ..ENDS
    },
    Case {
        server: "closes streams at random",
        script: Script {
            event: |stream, at| match fastrand::u8(..10) {
                0 => None,
                _ => stream.tell(at),
            },
            ..HONEST
        },
        counts: &[("dropped", SOME), ("resumed", SOME), ("delivered", 200)],
        ..FAILS
    },
    Case {
        server: "says that a subscriber which comes back may have missed events",
        script: Script {
            begin: |stream| {
                (HONEST.begin)(stream)?;
                match stream.visit {
                    0 => Some(()),
                    _ => stream.send("event: missed\ndata: {}\n\n"),
                }
            },
            ..ENDS.script
        },
        options: &["--gap-event", "missed"],
        counts: &[("missed", 1), ("ended", 1)],
        named: Some(Named {
            event: None,
            reconnects: 1,
            ..named("missed", 3, 3, 4)
        }),
        ..FAILS
    },
];

const ANSWERS: &[Case] = &[
    refusing(
        "never answers",
        |stream| stream.hang(),
        &[("delivered", 0)],
        &["8 not held", "no answer in time"],
    ),
    Case {
        named: Some(Named {
            kind: "given_up",
            event: None,
            before: None,
            after: None,
            reconnects: 0,
            is_victims: false,
        }),
        ..refusing(
            "answers with 503",
            |stream| refuses(stream, "HTTP/1.1 503 No"),
            &[("given_up", 8), ("delivered", 0)],
            &["8 given up", "answered with 503"],
        )
    },
    refusing(
        "answers with a page",
        |stream| refuses(stream, "HTTP/1.1 200 OK\r\nContent-Type: text/html"),
        &[("given_up", 8), ("delivered", 0)],
        &["8 given up", "text/event-stream"],
    ),
    publishing(
        "refuses publishes",
        |publish| publish.answer("HTTP/1.1 429 No\r\nContent-Length: 0\r\n\r\n"),
        &["25 not published", "429", "--publish-rate 0"],
    ),
    publishing(
        "never answers publishes",
        |publish| {
            publish.broadcast();
            publish.hang()
        },
        &["25 not published", "no answer in time"],
    ),
];

#[test]
fn a_stream_that_breaks_off_is_a_fault_and_the_report_says_where() {
    check(STREAMS);
}

#[test]
fn a_server_that_holds_no_subscriber_or_takes_no_publish_fails() {
    check(ANSWERS);
}

#[test]
fn a_port_without_a_server_is_a_refused_connection() {
    let unused = Port::keep();
    let options = ["--subscribers", "8", "--for", "500ms"];
    load(unused.address, &options).is_found(&["8 not held", "refused"]);
}

#[test]
fn subscribers_connect_from_the_addresses_of_bind() {
    let stub = Stub::start(HONEST);
    let bind = ["--bind", "127.0.0.3,127.0.0.5"];
    let options = ["--subscribers", "8", "--for", "500ms", "--allow-unchecked"];
    listen(stub.address, &[&options[..], &bind].concat()).is_clean();
    let stub = &stub;
    let streams = |number| (0..8).map_while(move |visit| stub.address_of(number, visit));
    let counts: Vec<usize> = (0..8).map(|number| streams(number).count()).collect();
    assert_eq!(counts, [0, 0, 4, 0, 4, 0, 0, 0]);
}

#[test]
fn events_that_others_publish_are_checked_as_well() {
    for (script, faults) in [(HONEST, &[][..]), (DROPS, &["1 lost"])] {
        let stub = Stub::start(script);
        let url = format!("http://{}/subscribe", stub.address);
        let mut command = program();
        command.args(["load", &url, "--subscribers", "8", "--bind", CROWD]);
        command.args(["--for", "3s", "--timeout", "5s"]);
        let mut run = start(command);
        while run.try_wait().unwrap().is_none() {
            stub.tell("news");
            // The lie is about the fourth event, which comes more than the second of grace after the crowd.
            thread::sleep(Duration::from_millis(400));
        }
        let told = told(&run.wait_with_output().unwrap(), Value::Null);
        match faults {
            [] => told.is_clean(),
            _ => told.is_found(faults),
        }
    }
}
