//! Servers that lie about the order of events, their number or their content. Most lie to one of eight subscribers about
//! the fourth of 25 events.

use super::{
    cases::{Case, FAILS, Named, SHORT, check, named},
    lies::NO_IDS,
    stub::{HONEST, MARKED, Script, Step, Stream},
};

/// Events that carry a text beside the marker.
const WORDY: Script = Script {
    block: |_, at, text| {
        format!(
            "id: {}\ndata: the picture of {text} and the rest\n\n",
            at + 1
        )
    },
    ..HONEST
};

/// Ids that count the events of each connection.
const COUNTS: Script = Script {
    block: |stream, _, text| {
        stream.count += 1;
        format!("id: {}\ndata: {text}\n\n", stream.count)
    },
    ..HONEST
};

/// Tells the event at `MARKED` twice.
fn doubles(stream: &mut Stream, at: usize) -> Step {
    if stream.is_marked(at) {
        stream.tell(at)?;
    }
    stream.tell(at)
}

/// Swaps the event at `MARKED` with the next.
fn reorders(stream: &mut Stream, at: usize) -> Step {
    stream.tell(match at {
        _ if !stream.is_victim() => at,
        MARKED => at + 1,
        _ if at == MARKED + 1 => MARKED,
        _ => at,
    })
}

/// Replaces `from` in the block of the event at `MARKED`.
fn replaces(stream: &mut Stream, at: usize, from: &str, to: &str) -> Step {
    let block = stream.block(at)?;
    match stream.is_marked(at) {
        true => stream.send(block.replace(from, to)),
        false => stream.send(block),
    }
}

/// Cuts the block of the event at `MARKED` so that its data ends with `end`.
fn halves(stream: &mut Stream, at: usize, end: &str) -> Step {
    let block = stream.block(at)?;
    match block.find(end) {
        Some(found) if stream.is_marked(at) => {
            stream.send(format!("{}\n\n", &block[..found + end.len()]))
        }
        _ => stream.send(block),
    }
}

const ABOUT_REPETITION: &[Case] = &[
    Case {
        server: "tells one subscriber of an event twice",
        script: Script {
            event: doubles,
            ..HONEST
        },
        ..DOUBLES
    },
    Case {
        server: "tells one subscriber of an event without id twice",
        script: Script {
            event: doubles,
            ..NO_IDS
        },
        ..DOUBLES
    },
    Case {
        server: "tells one subscriber of an event twice, with the next id of its connection",
        script: Script {
            event: doubles,
            ..COUNTS
        },
        ..DOUBLES
    },
    Case {
        server: "tells all subscribers of an event twice with the same id",
        script: Script {
            event: |stream, at| {
                if at == MARKED {
                    stream.tell(at)?;
                }
                stream.tell(at)
            },
            ..HONEST
        },
        counts: &[("doubled", 8), ("expected", 200), ("delivered", 200)],
        ..FAILS
    },
];

const DOUBLES: Case = Case {
    counts: &[("doubled", 1), ("expected", 200), ("delivered", 200)],
    named: Some(named("doubled", 3, 3, 4)),
    ..FAILS
};

const ABOUT_ORDER: &[Case] = &[
    Case {
        server: "reorders two events for one subscriber",
        script: Script {
            event: reorders,
            ..HONEST
        },
        ..REORDERS
    },
    Case {
        server: "reorders two events without ids for one subscriber",
        script: Script {
            event: reorders,
            ..NO_IDS
        },
        ..REORDERS
    },
    Case {
        server: "reorders two events for the subscriber that has them first",
        script: Script {
            event: |stream, at| {
                if !stream.is_victim() {
                    stream.wait_for((at + 4).min(24))?;
                }
                reorders(stream, at)
            },
            ..HONEST
        },
        ..REORDERS
    },
    Case {
        server: "swaps the bodies of two events for one subscriber",
        script: Script {
            block: |stream, at, text| {
                let other = match at {
                    MARKED => at + 1,
                    _ if at == MARKED + 1 => MARKED,
                    _ => at,
                };
                let other = stream.text(other).filter(|_| stream.is_victim());
                let text = other.as_deref().unwrap_or(text);
                format!("id: {}\ndata: {text}\n\n", at + 1)
            },
            ..HONEST
        },
        ..REORDERS
    },
    Case {
        server: "brings the fourth of 25 publishes last to all, although that was answered long before",
        script: Script {
            publish: |publish| match publish.at {
                MARKED => {
                    publish.answer("HTTP/1.1 204 No\r\nConnection: close\r\n\r\n")?;
                    publish.wait_for(23)?;
                    publish.broadcast();
                    None
                }
                _ => (HONEST.publish)(publish),
            },
            ..HONEST
        },
        counts: &[("misordered", 8), ("expected", 200), ("delivered", 200)],
        named: Some(Named {
            after: None,
            is_victims: false,
            ..named("misordered", 24, 23, 24)
        }),
        ..FAILS
    },
];

const REORDERS: Case = Case {
    counts: &[("misordered", 1), ("expected", 200), ("delivered", 200)],
    named: Some(named("misordered", 3, 4, 5)),
    ..FAILS
};

const ABOUT_CONTENT: &[Case] = &[
    Case {
        server: "alters the data of an event for one subscriber",
        script: Script {
            event: |stream, at| replaces(stream, at, "picture", "picturf"),
            ..WORDY
        },
        counts: &[("altered", 1), ("expected", 200), ("delivered", 200)],
        named: Some(named("altered", 3, 2, 4)),
        ..FAILS
    },
    Case {
        server: "halves the data of an event for one subscriber after the marker",
        script: Script {
            event: |stream, at| halves(stream, at, " and"),
            ..WORDY
        },
        ..HALVES
    },
    Case {
        server: "halves the data of an event for one subscriber before the marker",
        script: Script {
            event: |stream, at| halves(stream, at, "the pic"),
            ..WORDY
        },
        timeout: SHORT,
        ..HALVES
    },
    Case {
        server: "halves the data of an event before the marker for the subscriber that has it first",
        script: Script {
            event: |stream, at| {
                if !stream.is_victim() {
                    stream.wait_for((at + 4).min(24))?;
                }
                halves(stream, at, "the pic")
            },
            ..WORDY
        },
        timeout: SHORT,
        ..HALVES
    },
    Case {
        server: "halves the data of an event before the marker for the subscriber that has it last",
        script: Script {
            event: |stream, at| {
                if stream.is_victim() {
                    stream.wait_for((at + 4).min(24))?;
                }
                halves(stream, at, "the pic")
            },
            ..WORDY
        },
        timeout: SHORT,
        ..HALVES
    },
    Case {
        server: "sends invalid UTF-8 to one subscriber",
        script: Script {
            event: |stream, at| {
                let mut block = stream.block(at)?.into_bytes();
                if stream.is_marked(at) {
                    let end = block.len() - 3;
                    block[end] = 0xff;
                }
                stream.send(block)
            },
            ..WORDY
        },
        counts: &[("invalid", 1), ("expected", 200), ("delivered", 200)],
        named: Some(named("invalid", 3, 2, 4)),
        ..FAILS
    },
];

const HALVES: Case = Case {
    counts: &[("halved", 1), ("expected", 200), ("delivered", 200)],
    named: Some(named("halved", 3, 2, 4)),
    ..FAILS
};

#[test]
fn a_lie_about_order_or_repetition_is_found_and_its_event_and_subscriber_are_named() {
    check(ABOUT_REPETITION);
    check(ABOUT_ORDER);
}

#[test]
fn a_lie_about_content_is_found_and_its_event_and_subscriber_are_named() {
    check(ABOUT_CONTENT);
}
