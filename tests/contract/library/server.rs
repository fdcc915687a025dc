//! The server for the library's tests, which reports its timers and channels.

use crate::support::{PATIENCE, client::Client};
use picture_frame::{
    http::{Request, Response},
    server::{Context, Router, Server, Settings},
};
use std::{
    net::SocketAddr,
    sync::{Arc, Barrier},
    time::{Duration, Instant},
};

/// A delay: later than the present turn, and short enough for a test to wait.
const SOON: Duration = Duration::from_millis(20);
/// A delay: longer than the test.
const NEVER: Duration = Duration::from_secs(3600);

/// The state that the routes share.
pub struct Tried {
    /// Bytes written to the torrent.
    written: usize,
    /// The barrier that a job waits for.
    gate: Arc<Barrier>,
}

/// Events at once: more than the ring holds, and fewer than a socket takes.
pub const BURST: usize = 14;

/// Bytes: more than a socket takes at once, and more than is held for a slow reader.
pub const LARGE: usize = 300_000;
const PIECES: usize = 6;

type Cx<'a> = Context<'a, Tried>;
type Reply = picture_frame::server::Reply<Tried>;

/// Starts a server that lives as long as the process.
pub fn start() -> SocketAddr {
    super::run(|| {
        let app = Tried {
            written: 0,
            gate: Arc::new(Barrier::new(2)),
        };
        let settings = Settings {
            threads: 1,
            history: 8,
            ..Settings::default()
        };
        Server::new(app, router(), &settings)
    })
}

/// Asks until this many timers run and this many channels are open.
#[track_caller]
pub fn await_counts(address: SocketAddr, timers: usize, channels: usize) {
    let (begun, mut client) = (Instant::now(), Client::connect(address));
    loop {
        let response = client.ask("GET /counts HTTP/1.1\r\nHost: a\r\n\r\n");
        if response.text() == format!("{timers} {channels}") {
            return;
        }
        assert!(begun.elapsed() < PATIENCE, "still {}", response.text());
    }
}

fn router() -> Router<Tried> {
    channels(mishaps(streams(Router::new())))
}

fn streams(router: Router<Tried>) -> Router<Tried> {
    router
        .get("/counts", |cx, _| {
            text(format!("{} {}", cx.timers(), cx.channels()))
        })
        .get("/written", |cx, _| text(cx.app.written.to_string()))
        .get("/drip", drip)
        .get("/hurry", hurry)
        .get("/torrent", torrent)
        .get("/once", once)
        .get("/large", large)
        .get("/first", first)
        .get("/at-once", at_once)
        .get("/counted", counted)
        .get("/stream-later", stream_later)
}

fn mishaps(router: Router<Tried>) -> Router<Tried> {
    router
        .get("/otherwise", otherwise)
        .get("/otherwise-later", otherwise_later)
        .get("/fails", fails)
        .get("/fails-at-once", fails_at_once)
        .get("/timer-panics", timer_panics)
        .get("/panics", panics)
        .get("/begin-panics", begin_panics)
        .get("/job-panics", |cx, _| {
            cx.defer(|| panic!("as the test wants"), |_, ()| text("no"))
        })
        .get("/done-panics", done_panics)
}

fn channels(router: Router<Tried>) -> Router<Tried> {
    router
        .get("/channels/{name}", channel)
        .get("/channel-panics", channel_panics)
        .get("/late", late)
        .get("/later", later)
        .get("/too-late", too_late)
        .get("/burst", |cx, _| {
            for count in 0..BURST {
                cx.publish("burst", "", &count.to_string());
            }
            text("published")
        })
        .get("/listen", |cx, request| {
            cx.open("burst", |_| {});
            cx.subscribe(request, "burst", None)
        })
        .get("/poll", |cx, request| {
            let wait = Duration::from_secs(60);
            cx.poll(request, "burst", None, wait, |_| text("news"))
        })
        .get("/open-the-gate", |cx, _| {
            cx.app.gate.wait();
            text("open")
        })
        .get("/deferred", |cx, _| {
            cx.defer(|| "deferred", |_, said| text(said))
        })
}

fn text(text: impl Into<String>) -> Reply {
    Response::new(200).body(text.into().into_bytes()).into()
}

fn stream(begin: impl FnOnce(&mut Cx<'_>) + 'static) -> Reply {
    let head = Response::new(200).header("Content-Type", "text/plain");
    Reply::stream(head, begin)
}

fn drip(_: &mut Cx<'_>, _: &Request<'_>) -> Reply {
    stream(|cx| cx.every(SOON, |cx| cx.write("drip\n")))
}

/// Counts the calls of a timer without a period within a fifth of a second, and the ticks in that time.
fn hurry(_: &mut Cx<'_>, _: &Request<'_>) -> Reply {
    let (mut calls, begin) = (0, Instant::now());
    stream(move |cx| {
        cx.every(Duration::ZERO, move |cx| {
            calls += 1;
            let ticks = begin.elapsed().as_millis() / 10;
            if ticks >= 20 {
                cx.write(format!("{calls} {ticks}"));
                cx.finish();
            }
        });
    })
}

fn torrent(_: &mut Cx<'_>, _: &Request<'_>) -> Reply {
    stream(|cx| {
        cx.every(Duration::from_millis(10), |cx| {
            cx.app.written += 16 * 1024;
            cx.write([b'x'; 16 * 1024]);
        });
    })
}

fn once(_: &mut Cx<'_>, _: &Request<'_>) -> Reply {
    stream(|cx| {
        cx.after(NEVER, |cx| cx.write("never\n"));
        cx.after(SOON, |cx| {
            cx.write("once\n");
            cx.after(SOON, |cx| {
                cx.write("twice\n");
                cx.after(SOON, |cx| {
                    cx.write("thrice\n");
                    cx.finish();
                    cx.write("too late\n");
                    cx.every(SOON, |_| {});
                });
            });
        });
    })
}

fn large(_: &mut Cx<'_>, _: &Request<'_>) -> Reply {
    stream(|cx| {
        cx.after(SOON, |cx| {
            cx.write(vec![b'x'; LARGE]);
            cx.finish();
        });
    })
}

fn first(_: &mut Cx<'_>, _: &Request<'_>) -> Reply {
    stream(|cx| {
        cx.write("first\n");
        cx.after(SOON, |cx| {
            cx.write("third\n");
            cx.finish();
        });
        cx.write("second\n");
    })
}

/// Writes more at once than is held for a slow reader, in several pieces.
fn at_once(_: &mut Cx<'_>, _: &Request<'_>) -> Reply {
    stream(|cx| {
        cx.every(SOON, |_| {});
        for _ in 0..PIECES {
            cx.write(vec![b'x'; LARGE / PIECES]);
        }
        cx.finish();
        cx.write("too late\n");
    })
}

fn counted(_: &mut Cx<'_>, _: &Request<'_>) -> Reply {
    stream(|cx| {
        cx.app.written += 1;
        cx.write("counted");
        cx.finish();
    })
}

fn stream_later(cx: &mut Cx<'_>, _: &Request<'_>) -> Reply {
    cx.defer(
        || "later\n",
        |_, said| {
            stream(move |cx| {
                cx.write(said);
                cx.after(SOON, |cx| {
                    cx.write("and later\n");
                    cx.finish();
                });
            })
        },
    )
}

/// Makes the calls of a stream, which have no effect if the reply is no stream.
fn begin(cx: &mut Cx<'_>) {
    cx.write("stray\n");
    cx.every(SOON, |cx| cx.write("stray\n"));
    cx.after(NEVER, |_| {});
}

fn otherwise(cx: &mut Cx<'_>, _: &Request<'_>) -> Reply {
    begin(cx);
    text("otherwise")
}

fn otherwise_later(cx: &mut Cx<'_>, _: &Request<'_>) -> Reply {
    begin(cx);
    let done = |cx: &mut Cx<'_>, ()| {
        begin(cx);
        text("otherwise")
    };
    cx.defer(|| (), done)
}

fn fails(_: &mut Cx<'_>, _: &Request<'_>) -> Reply {
    stream(|cx| {
        cx.write("half");
        cx.after(SOON, |cx| cx.fail());
    })
}

fn fails_at_once(_: &mut Cx<'_>, _: &Request<'_>) -> Reply {
    stream(|cx| {
        begin(cx);
        cx.fail();
        begin(cx);
    })
}

fn timer_panics(_: &mut Cx<'_>, _: &Request<'_>) -> Reply {
    stream(|cx| {
        cx.write("half");
        cx.every(SOON, |_| panic!("as the test wants"));
    })
}

fn begin_panics(_: &mut Cx<'_>, _: &Request<'_>) -> Reply {
    stream(|cx| {
        begin(cx);
        panic!("as the test wants")
    })
}

fn panics(cx: &mut Cx<'_>, _: &Request<'_>) -> Reply {
    begin(cx);
    panic!("as the test wants")
}

fn done_panics(cx: &mut Cx<'_>, _: &Request<'_>) -> Reply {
    cx.defer(
        || (),
        |cx, ()| {
            begin(cx);
            panic!("as the test wants")
        },
    )
}

fn channel(cx: &mut Cx<'_>, request: &Request<'_>) -> Reply {
    let name = cx.parameter(request, "name").to_owned();
    cx.open(&name, |cx| {
        let name = name.clone();
        cx.every(SOON, move |cx| cx.tell(&name, "tick", &name));
    });
    cx.subscribe(request, &name, None)
}

fn channel_panics(cx: &mut Cx<'_>, _: &Request<'_>) -> Reply {
    cx.open("panics", |cx| {
        cx.every(SOON, |_| {});
        panic!("as the test wants")
    });
    text("no")
}

/// Opens another channel, which takes the slot of `late`.
fn later(cx: &mut Cx<'_>, request: &Request<'_>) -> Reply {
    cx.open("later", |_| {});
    cx.subscribe(request, "later", None)
}

fn late(cx: &mut Cx<'_>, request: &Request<'_>) -> Reply {
    cx.open("late", |cx| {
        let gate = Arc::clone(&cx.app.gate);
        let queued = cx.run(
            move || gate.wait().is_leader(),
            |cx, _| cx.every(NEVER, |_| {}),
        );
        assert!(queued.is_ok());
    });
    cx.subscribe(request, "late", None)
}

fn too_late(_: &mut Cx<'_>, _: &Request<'_>) -> Reply {
    stream(|cx| {
        let gate = Arc::clone(&cx.app.gate);
        let queued = cx.run(
            move || gate.wait().is_leader(),
            |cx, _| {
                cx.app.written += 1;
                cx.write("too late\n");
            },
        );
        assert!(queued.is_ok());
        cx.write("in time\n");
        cx.finish();
    })
}
