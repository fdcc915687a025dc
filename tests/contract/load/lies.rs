//! Servers that lie. Most lie to one of eight subscribers about one of 25 events.

use super::{
    cases::{Case, FAILS, Named, SHORT, check, named},
    stub::{DONE, HEAD, HONEST, MARKED, Script, Step, Stream},
};
use std::{thread, time::Duration};

pub const NO_IDS: Script = Script {
    begin: |stream| stream.open(HEAD),
    block: |_, _, text| format!("data: {text}\n\n"),
    ..HONEST
};

/// Drops the event at `MARKED` for the victim.
pub const DROPS: Script = Script {
    event: |stream, at| match stream.is_marked(at) {
        true => Some(()),
        false => stream.tell(at),
    },
    ..HONEST
};

/// Ends the victim's first stream properly after the event at `MARKED`.
fn ends(stream: &mut Stream, at: usize) -> Step {
    stream.tell(at)?;
    match stream.is_marked(at) && stream.visit == 0 {
        true => stream.end(),
        false => Some(()),
    }
}

/// Begins a stream; that of a victim which comes back once four more events were published, `further` than asked.
fn resumes(stream: &mut Stream, further: isize) -> Step {
    if stream.visit > 0 {
        stream.wait_for(MARKED + 4)?;
        stream.next = stream.next.checked_add_signed(further)?;
    }
    stream.open(HEAD)?;
    stream.send("retry: 20\n\n")
}

/// Whether the event at this position is one of the 40 of 100 that this subscriber does not get.
fn is_dropped(stream: &Stream, at: usize) -> bool {
    (stream.number * 7 + at * 3) % 5 < 2
}

const ABOUT_DELIVERY: &[Case] = &[
    Case {
        server: "drops one event for one subscriber",
        script: DROPS,
        timeout: SHORT,
        counts: &[("lost", 1), ("expected", 200), ("delivered", 199)],
        named: Some(named("lost", 3, 2, 4)),
        ..FAILS
    },
    Case {
        server: "drops 40 of 100 events without ids",
        script: Script {
            event: |stream, at| match is_dropped(stream, at) {
                true => Some(()),
                false => stream.tell(at),
            },
            ..NO_IDS
        },
        timeout: SHORT,
        counts: &[("lost", 80), ("expected", 200), ("delivered", 120)],
        ..FAILS
    },
    Case {
        server: "tells half of the crowd only",
        script: Script {
            event: |stream, at| match stream.number % 2 {
                1 => Some(()),
                _ => stream.tell(at),
            },
            ..HONEST
        },
        timeout: SHORT,
        counts: &[("lost", 100), ("expected", 200), ("delivered", 100)],
        ..FAILS
    },
    Case {
        server: "keeps silent to one subscriber after the head",
        script: Script {
            event: |stream, at| match stream.is_victim() {
                true => Some(()),
                false => stream.tell(at),
            },
            ..HONEST
        },
        timeout: SHORT,
        counts: &[("lost", 25), ("expected", 200), ("delivered", 175)],
        named: Some(Named {
            before: None,
            after: None,
            ..named("lost", 0, 0, 0)
        }),
        ..FAILS
    },
    Case {
        server: "never answers one subscriber",
        script: Script {
            begin: |stream| match stream.is_victim() {
                true => stream.hang(),
                false => (HONEST.begin)(stream),
            },
            ..HONEST
        },
        timeout: SHORT,
        counts: &[("delivered", 175)],
        says: &["1 not held"],
        ..FAILS
    },
    Case {
        server: "answers publishes and does not broadcast",
        script: Script {
            publish: |publish| publish.answer(DONE),
            ..HONEST
        },
        timeout: SHORT,
        counts: &[("unseen", 25), ("delivered", 0)],
        ..FAILS
    },
    Case {
        server: "delivers to one subscriber after the longest wait",
        script: Script {
            event: |stream, at| {
                if stream.is_victim() {
                    thread::sleep(Duration::from_secs(5));
                }
                stream.tell(at)
            },
            ..HONEST
        },
        pace: ["7s", "7s"],
        timeout: SHORT,
        counts: &[
            ("late", 1),
            ("expected", 8),
            ("delivered", 7),
            ("published", 1),
        ],
        named: Some(Named {
            before: None,
            after: None,
            ..named("late", 0, 0, 0)
        }),
        ..FAILS
    },
];

const ABOUT_RESUMPTION: &[Case] = &[
    Case {
        server: "forgets the id that a subscriber resumes by",
        script: Script {
            begin: |stream| resumes(stream, 4),
            event: ends,
            ..HONEST
        },
        timeout: SHORT,
        counts: &[
            ("lost", 4),
            ("ended", 1),
            ("expected", 200),
            ("delivered", 196),
        ],
        named: Some(Named {
            reconnects: 1,
            ..named("lost", 4, 3, 8)
        }),
        ..FAILS
    },
    Case {
        server: "leaves a gap when a subscriber resumes",
        script: Script {
            begin: |stream| resumes(stream, 1),
            event: ends,
            ..HONEST
        },
        timeout: SHORT,
        counts: &[
            ("lost", 1),
            ("ended", 1),
            ("expected", 200),
            ("delivered", 199),
        ],
        named: Some(Named {
            reconnects: 1,
            ..named("lost", 4, 3, 5)
        }),
        ..FAILS
    },
    Case {
        server: "repeats the last event when a subscriber resumes",
        script: Script {
            begin: |stream| resumes(stream, -1),
            event: ends,
            ..HONEST
        },
        counts: &[
            ("doubled", 1),
            ("ended", 1),
            ("expected", 200),
            ("delivered", 200),
        ],
        named: Some(Named {
            reconnects: 1,
            ..named("doubled", 3, 3, 4)
        }),
        ..FAILS
    },
];

#[test]
fn a_lie_about_delivery_is_found_and_its_event_and_subscriber_are_named() {
    check(ABOUT_DELIVERY);
}

#[test]
fn a_lie_to_a_subscriber_that_resumes_is_found_and_its_event_is_named() {
    check(ABOUT_RESUMPTION);
}
