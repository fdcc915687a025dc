//! Servers that are odd and honest: none is accused.

use super::{
    cases::{Case, PASSES, SOME, Verdict, check},
    stub::{DONE, HEAD, HONEST, OLD_HEAD, Publish, Script, Step, Stream},
};
use std::{thread, time::Duration};

pub const NO_IDS: Script = Script {
    begin: |stream| {
        stream.open(HEAD)?;
        stream.send("retry: 20\n\n")
    },
    block: |_, _, text| format!("data: {text}\n\n"),
    ..HONEST
};

/// Events of which `block` makes the whole block.
pub const fn blocks(block: fn(&mut Stream, usize, &str) -> String) -> Script {
    Script { block, ..HONEST }
}

/// Streams that `begin` begins.
pub const fn begun(begin: fn(&mut Stream) -> Step) -> Script {
    Script { begin, ..HONEST }
}

/// Publishes that `publish` takes.
pub const fn published(publish: fn(&mut Publish) -> Step) -> Script {
    Script { publish, ..HONEST }
}

/// A server that is honest in this odd way.
pub const fn odd(server: &'static str, script: Script) -> Case {
    Case {
        server,
        script,
        ..PASSES
    }
}

/// A server that is honest, with more than the 200 events that are expected of the others.
pub const fn with(
    server: &'static str,
    script: Script,
    counts: &'static [(&'static str, u64)],
) -> Case {
    Case {
        counts,
        ..odd(server, script)
    }
}

const PUBLISHES: &[Case] = &[
    odd(
        "brings overlapping publishes in another order than they were sent",
        published(|publish| {
            if publish.at.is_multiple_of(2) && publish.at < 24 {
                publish.wait_for(publish.at)?;
            }
            publish.broadcast();
            publish.answer(DONE)
        }),
    ),
    odd(
        "answers publishes before it broadcasts",
        published(|publish| {
            publish.answer(DONE)?;
            publish.broadcast();
            Some(())
        }),
    ),
    odd(
        "answers publishes after all subscribers were told",
        published(|publish| {
            publish.broadcast();
            publish.wait_until_told(publish.at)?;
            publish.answer(DONE)
        }),
    ),
    odd(
        "answers publishes with 201",
        published(|publish| answers(publish, "HTTP/1.1 201 Created\r\nLocation: /1")),
    ),
    odd(
        "answers publishes with 202",
        published(|publish| answers(publish, "HTTP/1.1 202 Accepted")),
    ),
    odd(
        "answers publishes with 204",
        published(|publish| {
            publish.broadcast();
            publish.answer("HTTP/1.1 204 No Content\r\n\r\n")
        }),
    ),
    odd(
        "answers publishes with 303",
        published(|publish| answers(publish, "HTTP/1.1 303 See Other\r\nLocation: /")),
    ),
    odd(
        "answers publishes with 100 and 103 first",
        published(|publish| {
            publish.answer("HTTP/1.1 100 Continue\r\n\r\n")?;
            answers(
                publish,
                "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 200 OK",
            )
        }),
    ),
    odd(
        "closes the publisher's connection each time",
        published(|publish| {
            answers(publish, "HTTP/1.1 200 OK\r\nConnection: close")?;
            None
        }),
    ),
    odd(
        "answers publishes by HTTP/1.0",
        published(|publish| {
            publish.broadcast();
            publish.answer("HTTP/1.0 200 OK\r\n\r\nok")?;
            None
        }),
    ),
    odd(
        "answers publishes with a head of bare line feeds",
        published(|publish| {
            publish.broadcast();
            publish.answer("HTTP/1.1 200 OK\nContent-Length: 2\n\nok")
        }),
    ),
];

/// Broadcasts a publish, and answers with this head and no body.
fn answers(publish: &mut Publish, head: &str) -> Step {
    publish.broadcast();
    publish.answer(&format!("{head}\r\nContent-Length: 0\r\n\r\n"))
}

const STREAMS: &[Case] = &[
    odd("speaks HTTP/1.0", begun(|stream| stream.open(OLD_HEAD))),
    odd(
        "ends the lines of its heads with bare line feeds",
        begun(|stream| stream.open(&HEAD.replace('\r', ""))),
    ),
    odd(
        "sends 200 fields in a head",
        begun(|stream| {
            let fields = (0..200).map(|number| format!("X-Field-{number}: {number}\r\n"));
            let fields: String = fields.collect();
            stream.open(&HEAD.replace("Content-Type", &format!("{fields}Content-Type")))
        }),
    ),
    odd(
        "sends 100 and 103 before the answer",
        begun(|stream| {
            stream.raw("HTTP/1.1 100 Continue\r\n\r\n")?;
            stream.raw("HTTP/1.1 103 Early Hints\r\nLink: </a>; rel=preload\r\n\r\n")?;
            stream.open(HEAD)
        }),
    ),
    odd(
        "redirects subscribers with 307",
        begun(|stream| match &*stream.path {
            "/subscribe" => {
                stream.raw(
                    "HTTP/1.1 307 No\r\nLocation: /subscribe/there\r\nContent-Length: 0\r\n\r\n",
                )?;
                None
            }
            _ => stream.open(HEAD),
        }),
    ),
    with(
        "ends each stream properly at a maximal age, and resumes it",
        Script {
            event: |stream, at| {
                stream.tell(at)?;
                match (at + stream.number) % 10 == 9 && at < 20 {
                    true => stream.end(),
                    false => Some(()),
                }
            },
            ..HONEST
        },
        &[("ended", 16), ("expected", 200), ("delivered", 200)],
    ),
    with(
        "ends streams of HTTP/1.0 at a maximal age, and resumes them with `retry: 0`",
        Script {
            begin: |stream| {
                stream.open(OLD_HEAD)?;
                stream.send("retry: 0\n\n")
            },
            event: |stream, at| {
                stream.tell(at)?;
                ((at + stream.number) % 10 != 9 || at >= 20).then_some(())
            },
            ..HONEST
        },
        &[("ended", 16), ("expected", 200), ("delivered", 200)],
    ),
    odd(
        "begins a stream with a byte order mark",
        begun(|stream| {
            stream.open(HEAD)?;
            stream.send("\u{feff}")
        }),
    ),
    odd(
        "ends lines with carriage returns",
        blocks(|_, at, text| format!("id: {}\rdata: {text}\r\r", at + 1)),
    ),
    odd(
        "spreads data over several lines",
        blocks(|_, at, text| {
            let id = at + 1;
            format!("data: {{\nid: {id}\ndata: \"text\": \"{text}\"\ndata\ndata:}}\n\n")
        }),
    ),
    odd(
        "splits a marker over chunks",
        Script {
            event: |stream, at| {
                let block = stream.block(at)?;
                let mut pieces = block.as_bytes().chunks(5);
                pieces.try_for_each(|piece| stream.send(piece))
            },
            ..HONEST
        },
    ),
    odd(
        "splits a marker over segments",
        Script {
            event: |stream, at| {
                let block = stream.block(at)?;
                let framed = stream.framed(block.as_bytes());
                framed.chunks(5).try_for_each(|piece| stream.raw(piece))
            },
            ..HONEST
        },
    ),
    odd(
        "sends the head with the first event",
        Script {
            begin: |_| Some(()),
            event: |stream, at| {
                if stream.count == 0 {
                    stream.count = 1;
                    stream.open(HEAD)?;
                }
                stream.tell(at)
            },
            ..HONEST
        },
    ),
    Case {
        // Far apart, so that a busy machine sends hardly any publish late: those count for no trend.
        pace: ["500ms", "6s"],
        counts: &[("expected", 96), ("delivered", 96), ("published", 12)],
        says: &["does not keep up"],
        ..odd(
            "falls behind more with each event",
            Script {
                event: |stream, at| {
                    thread::sleep(Duration::from_millis(700));
                    stream.tell(at)
                },
                ..HONEST
            },
        )
    },
    odd("tells the truth", HONEST),
    Case {
        options: &["--storm"],
        ..odd("lets all come back after a storm", HONEST)
    },
    Case {
        options: &["--churn", "6000"],
        ..odd("lets subscribers come and go", HONEST)
    },
];

const UNCHECKED: &[Case] = &[
    Case {
        options: &["--churn", "3000"],
        verdict: Verdict::Partly,
        counts: &[("not_checked", SOME)],
        says: &["without an id to resume from"],
        ..odd("has no ids to come back by", NO_IDS)
    },
    Case {
        options: &["--churn", "3000", "--allow-unchecked"],
        verdict: Verdict::Partly,
        status: Some(0),
        counts: &[("not_checked", SOME)],
        ..odd("has no ids to come back by, which is allowed", NO_IDS)
    },
    Case {
        verdict: Verdict::Nothing,
        publishes: false,
        counts: &[("expected", 0), ("delivered", 0)],
        ..odd("gets nothing to broadcast", HONEST)
    },
    Case {
        verdict: Verdict::Nothing,
        status: Some(0),
        publishes: false,
        options: &["--allow-unchecked"],
        counts: &[("expected", 0), ("delivered", 0)],
        ..odd("gets nothing to broadcast, which is allowed", HONEST)
    },
];

#[test]
fn publishes_that_are_taken_in_an_odd_way_are_no_fault() {
    check(PUBLISHES);
}

#[test]
fn streams_that_are_odd_and_honest_are_no_fault() {
    check(STREAMS);
}

#[test]
fn a_run_that_could_not_check_everything_says_so() {
    check(UNCHECKED);
}
