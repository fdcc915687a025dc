//! Servers whose events are odd and honest: none is accused.

use super::{
    cases::{Case, PASSES, SOME, Verdict, check},
    oddities::{NO_IDS, begun, blocks, odd, with},
    stub::{HEAD, HONEST, MARKED, Script, Step, Stream},
};

/// Sends `block` once, after the event at this position.
fn adds(stream: &mut Stream, at: usize, block: String) -> Step {
    stream.tell(at)?;
    stream.send(block)
}

const EVENTS: &[Case] = &[
    with(
        "welcomes each subscriber with an event that has a unique id",
        begun(|stream| {
            stream.open(HEAD)?;
            let number = stream.number;
            stream.send(format!(
                "retry: 20\nid: welcome-{number}\ndata: hello {number}\n\n"
            ))
        }),
        &[("private", 8), ("expected", 200), ("delivered", 200)],
    ),
    with(
        "sends heartbeats with ids that all subscribers share",
        Script {
            event: |stream, at| {
                adds(
                    stream,
                    at,
                    format!("id: h{at}\nevent: beat\ndata: {at}\n\n"),
                )
            },
            ..HONEST
        },
        &[("events", 400), ("private", 0)],
    ),
    with(
        "sends heartbeats with an id for each subscriber",
        Script {
            event: |stream, at| {
                let number = stream.number;
                adds(
                    stream,
                    at,
                    format!("id: h{at}-{number}\nevent: beat\ndata: {at}\n\n"),
                )
            },
            ..HONEST
        },
        &[("private", SOME), ("expected", 200), ("delivered", 200)],
    ),
    with(
        "repeats the last id in a heartbeat, as a cursor",
        Script {
            event: |stream, at| {
                adds(
                    stream,
                    at,
                    format!("id: {}\nevent: beat\ndata: {{}}\n\n", at + 1),
                )
            },
            ..HONEST
        },
        &[("events", 400)],
    ),
    with(
        "repeats the last id in a heartbeat of the same name",
        Script {
            event: |stream, at| adds(stream, at, format!("id: {}\ndata: beat\n\n", at + 1)),
            ..HONEST
        },
        &[("events", 400), ("expected", 200), ("delivered", 200)],
    ),
    with(
        "repeats one id in all heartbeats",
        Script {
            event: |stream, at| adds(stream, at, "id: 0\nevent: beat\ndata: beat\n\n".to_owned()),
            ..HONEST
        },
        &[("events", 400)],
    ),
    with(
        "counts the events of each connection as ids",
        Script {
            begin: |stream| {
                stream.open(HEAD)?;
                for number in 0..stream.number {
                    stream.count += 1;
                    stream.send(format!("data: news {number}\n\n"))?;
                }
                Some(())
            },
            block: |stream, _, text| {
                stream.count += 1;
                format!("id: {}\ndata: {text}\n\n", stream.count)
            },
            ..HONEST
        },
        &[("unnamed", 28), ("expected", 200), ("delivered", 200)],
    ),
    Case {
        server: "counts the events of each connection as ids, greetings as well",
        script: Script {
            begin: |stream| {
                stream.open(HEAD)?;
                for number in 0..=stream.number {
                    stream.count += 1;
                    stream.send(format!("id: {}\ndata: news {number}\n\n", stream.count))?;
                }
                Some(())
            },
            block: |stream, _, text| {
                stream.count += 1;
                format!("id: {}\ndata: {text}\n\n", stream.count)
            },
            ..HONEST
        },
        verdict: Verdict::Partly,
        counts: &[("expected", 200), ("delivered", 200)],
        says: &["ids are not shared"],
        ..PASSES
    },
    Case {
        server: "welcomes each subscriber by its number, with an id that all subscribers share",
        script: begun(|stream| {
            stream.open(HEAD)?;
            let number = stream.number;
            stream.send(format!("retry: 20\nid: 0\ndata: hello {number}\n\n"))
        }),
        says: &["with a content of its own for each subscriber"],
        ..PASSES
    },
    odd("has no ids", NO_IDS),
    odd(
        "has ids like UUIDs",
        blocks(|_, at, text| {
            format!("id: 0b3f{at:04x}-9d1e-4c6f-8a27-5e1d{at:08x}\ndata: {text}\n\n")
        }),
    ),
    with(
        "makes two events with two names of each publish",
        blocks(|_, at, text| {
            let id = 2 * at;
            format!(
                "id: {id}\nevent: a\ndata: {text}\n\nid: {}\nevent: b\ndata: {text}\n\n",
                id + 1
            )
        }),
        &[("expected", 400), ("delivered", 400)],
    ),
    with(
        "makes two events with one name and two ids of each publish",
        blocks(|_, at, text| {
            let id = 2 * at;
            format!("id: {id}\ndata: {text}\n\nid: {}\ndata: {text}\n\n", id + 1)
        }),
        &[("expected", 400), ("delivered", 400)],
    ),
    with(
        "makes two events with one name and other data of each publish",
        blocks(|_, at, text| {
            let id = 2 * at;
            format!(
                "id: {id}\ndata: see {text}\n\nid: {}\ndata: hear {text}\n\n",
                id + 1
            )
        }),
        &[("expected", 400), ("delivered", 400)],
    ),
    with(
        "sends an event with an id to one subscriber alone",
        Script {
            event: |stream, at| match stream.is_marked(at) {
                true => adds(stream, at, "id: you\ndata: for you\n\n".to_owned()),
                false => stream.tell(at),
            },
            ..HONEST
        },
        &[("private", 1), ("expected", 200), ("delivered", 200)],
    ),
    odd(
        "tells each subscriber its number in the data",
        blocks(|stream, at, text| {
            format!(
                "id: {}\ndata: {{\"you\":{},\"text\":\"{text}\"}}\n\n",
                at + 1,
                stream.number
            )
        }),
    ),
    with(
        "tells newcomers its whole history",
        begun(|stream| {
            (HONEST.begin)(stream)?;
            let history = (0..5).map(|at| format!("id: old{at}\ndata: {at}\n\n"));
            stream.send(history.collect::<String>())
        }),
        &[("events", 240)],
    ),
    Case {
        server: "tells a subscriber that comes back without an id the last three events",
        script: Script {
            begin: |stream| {
                if stream.visit > 0 {
                    stream.wait_for(MARKED + 4)?;
                    stream.next = MARKED + 2;
                }
                (NO_IDS.begin)(stream)
            },
            event: |stream, at| {
                stream.tell(at)?;
                match stream.is_marked(at) && stream.visit == 0 {
                    true => stream.end(),
                    false => Some(()),
                }
            },
            ..NO_IDS
        },
        verdict: Verdict::Partly,
        counts: &[("not_checked", SOME), ("ended", 1)],
        ..PASSES
    },
    odd(
        "names its events `missed`",
        blocks(|_, at, text| format!("id: {}\nevent: missed\ndata: {text}\n\n", at + 1)),
    ),
];

#[test]
fn events_that_are_odd_and_honest_are_no_fault() {
    check(EVENTS);
}
