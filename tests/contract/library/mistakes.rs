//! Mistakes of an application's author: each is one line of the log, with the place and the call to use instead.

use crate::support::{
    client::{Client, Stream, get},
    logger::{self, warnings},
    setups::assert_problem,
};
use picture_frame::{
    http::{Request, Response},
    server::{Context, Reply, Router, Server, Settings},
};
use std::{net::SocketAddr, thread, time::Duration};

type Cx<'a> = Context<'a, ()>;

const SOON: Duration = Duration::from_millis(20);
/// Longer than code may hold the loop without a line in the log.
const LONG: Duration = Duration::from_millis(110);

fn start() -> SocketAddr {
    logger::collect();
    super::run(|| Ok(Server::new((), router(), &Settings::default())?.keep("kept")))
}

fn router() -> Router<()> {
    slow(silent(lost(Router::new())))
}

/// Routes whose calls have no effect.
fn lost(router: Router<()>) -> Router<()> {
    router
        .get("/write", |cx, _| {
            cx.write("stray");
            text("said")
        })
        .get("/finish", |cx, _| {
            cx.finish();
            text("said")
        })
        .get("/fail", |cx, _| {
            cx.fail();
            text("said")
        })
        .get("/after", |cx, _| {
            cx.after(SOON, |_| {});
            text("said")
        })
        .get("/tell", |cx, _| {
            cx.tell("kebt", "", "lost");
            text("said")
        })
        .get("/publish", |cx, _| {
            cx.publish("kebt", "", "lost");
            text("said")
        })
}

/// Routes of streams that would send nothing, and of channels that cannot be read.
fn silent(router: Router<()>) -> Router<()> {
    router
        .get("/every", |cx, request| {
            cx.every(SOON, |cx| cx.write("stray"));
            cx.subscribe(request, "kept", None)
        })
        .get("/open", |cx, request| {
            cx.open("kept", |cx| cx.every(SOON, |_| {}));
            cx.subscribe(request, "kept", None)
        })
        .get("/never-ends", |_, _| {
            Reply::stream(Response::events(), |cx| cx.write("for ever"))
        })
        .get("/subscribe", |cx, request| {
            cx.subscribe(request, "kebt", None)
        })
        .get("/poll", |cx, request| {
            cx.poll(request, "kebt", None, SOON, |_| text("no"))
        })
        .get("/feed/{name}", feed)
        .get("/publish-feed", |cx, _| {
            cx.publish_then("closes", "", "lost", |_, id| text(format!("{id:?}")))
        })
        .get("/channels", |cx, _| text(cx.channels().to_string()))
}

/// Routes that hold the loop.
fn slow(router: Router<()>) -> Router<()> {
    router
        .get("/sleep", |_, _| {
            thread::sleep(LONG);
            text("slept")
        })
        .get("/sleepy-begin", |_, _| {
            Reply::stream(Response::new(200), |cx| {
                thread::sleep(LONG);
                cx.finish();
            })
        })
        .get("/sleepy-timer", |_, _| {
            Reply::stream(Response::new(200), |cx| {
                cx.after(SOON, |cx| {
                    thread::sleep(LONG);
                    cx.finish();
                })
            })
        })
        .get("/sleepy-job", |cx, _| {
            cx.defer(
                || (),
                |_, ()| {
                    thread::sleep(LONG);
                    text("slept")
                },
            )
        })
}

fn text(text: impl Into<String>) -> Reply {
    Response::text(200, text.into()).into()
}

/// A channel whose timer writes, publishes, and holds the loop.
fn feed(cx: &mut Cx<'_>, request: &Request<'_>) -> Reply {
    let name = cx.parameter(request, "name").to_owned();
    cx.open(&name, |cx| {
        let name = name.clone();
        cx.every(SOON, move |cx| {
            cx.write("stray");
            cx.tell(&name, "tick", "");
            if name == "sleepy" {
                thread::sleep(LONG);
            }
        });
    });
    cx.subscribe(request, &name, None)
}

/// Checks that one line begins with `place`, and that it names the call to use.
#[track_caller]
fn assert_one_line(place: &str, hint: &str) {
    // Servers of other tests in this process may have the same routes.
    let said = warnings(place);
    let hints = said.iter().filter(|line| line.contains(hint));
    assert_eq!(hints.count(), 1, "{place} {hint}: {said:#?}");
}

#[test]
fn a_call_that_does_nothing_in_an_action_is_one_line_with_the_call_to_use() {
    let address = start();
    for (path, hint) in [
        ("/write", "Reply::stream"),
        ("/finish", "Reply::stream"),
        ("/fail", "Reply::stream"),
        ("/after", "Reply::stream"),
        ("/tell", "Server::keep"),
        ("/publish", "Server::keep"),
    ] {
        for _ in 0..3 {
            assert_eq!(get(address, path).status, 200, "{path}");
        }
        assert_one_line(&format!("GET {path}: `{}`", &path[1..]), hint);
    }
}

#[test]
fn a_stream_that_would_say_nothing_is_one_line_with_the_call_to_use() {
    let address = start();
    for (path, hint) in [
        ("/every", "Context::open"),
        ("/open", "publish"),
        ("/never-ends", "not finished"),
    ] {
        let open = |_| Stream::open_with(address, path, "");
        let _streams: Vec<Stream> = (0..3).map(open).collect();
        assert_one_line(&format!("GET {path}: "), hint);
    }
}

#[test]
fn a_write_in_a_channels_timer_is_one_line_with_the_channel() {
    let address = start();
    let mut stream = Stream::open_with(address, "/feed/count", "");
    for _ in 0..3 {
        stream.next("tick");
    }
    assert_one_line("the channel \"count\": `write`", "Context::publish");
}

#[test]
fn a_misspelt_channel_to_read_is_500_and_one_line() {
    let address = start();
    for call in ["subscribe", "poll"] {
        for _ in 0..3 {
            assert_problem(&get(address, &format!("/{call}")), 500);
        }
        assert_one_line(&format!("GET /{call}: `{call}` fails"), "\"kebt\"");
    }
}

#[test]
fn a_channel_that_has_closed_is_no_mistake() {
    let address = start();
    let mut stream = Stream::open_with(address, "/feed/closes", "");
    stream.next("tick");
    drop(stream);
    let mut client = Client::connect(address);
    let mut ask = |path: &str| client.ask(format!("GET {path} HTTP/1.1\r\nHost: a\r\n\r\n"));
    crate::support::process::eventually("only the kept channel is open", || {
        ask("/channels").text() == "1"
    });
    assert_eq!(ask("/publish-feed").text(), "None");
    assert_eq!(warnings("GET /publish-feed"), [""; 0]);
}

#[test]
fn code_that_holds_the_loop_is_named_once() {
    let address = start();
    for (path, part) in [
        ("/sleep", ""),
        ("/sleepy-begin", ""),
        ("/sleepy-timer", "a timer of "),
        ("/sleepy-job", "a job's end of "),
    ] {
        for _ in 0..2 {
            assert_eq!(get(address, path).status, 200);
        }
        assert_one_line(&format!("{part}GET {path} took "), "Context::defer");
    }
    let mut stream = Stream::open_with(address, "/feed/sleepy", "");
    for _ in 0..3 {
        stream.next("tick");
    }
    assert_one_line("a timer of the channel \"sleepy\" took ", "Context::run");
}
