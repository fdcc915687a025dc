//! The call that an application has made when a subscriber has left.

use crate::support::client::{Client, Stream};
use picture_frame::{
    http::Request,
    server::{Context, Reply, Router, Server, Settings},
};
use std::{net::SocketAddr, time::Duration};

/// Starts a chat in which each subscriber that joins or leaves is named.
fn start() -> SocketAddr {
    super::run(|| {
        let mut settings = Settings::default();
        // A heartbeat would come before the call, were the loop to sleep until it is due.
        settings.timeouts.heartbeat = Duration::from_secs(5);
        settings.heartbeat = |_| "event: nothing\ndata: -\n\n".to_owned();
        let router = Router::new()
            .get("/chat/{name}", join)
            .get("/twice/{name}", join_twice);
        Ok(Server::new((), router, &settings)?.keep("chat"))
    })
}

fn join(cx: &mut Context<'_, ()>, request: &Request<'_>) -> Reply {
    let name = cx.parameter(request, "name").to_owned();
    cx.publish("chat", "joined", &name);
    let reply = cx.subscribe(request, "chat", None);
    reply.left(move |cx| {
        let rest = cx.subscribers("chat");
        cx.publish("chat", "left", &format!("{name}, {rest} rest"));
        assert!(name != "panics", "a call may panic");
    })
}

/// Joins with a second call for the subscriber's end.
fn join_twice(cx: &mut Context<'_, ()>, request: &Request<'_>) -> Reply {
    let reply = join(cx, request);
    reply.left(|cx| cx.publish("chat", "second", "call"))
}

/// The next event, which is not the heartbeat.
#[track_caller]
fn next(watcher: &mut Stream, name: &str) -> String {
    let event = watcher.block().expect("the stream goes on");
    assert_eq!(event.name, name);
    event.data
}

fn watch(address: SocketAddr) -> Stream {
    let mut watcher = Stream::open_with(address, "/chat/watcher", "");
    assert_eq!(watcher.next("joined").data, "watcher");
    watcher
}

#[test]
fn the_others_hear_of_each_subscriber_that_has_left_however_it_leaves() {
    let address = start();
    let mut watcher = watch(address);
    for name in ["closes", "resets", "half-closes", "panics"] {
        let leaver = Stream::open_with(address, &format!("/chat/{name}"), "");
        assert_eq!(next(&mut watcher, "joined"), name);
        match name {
            "resets" => leaver.client.reset(),
            "half-closes" => leaver.client.half_close(),
            _ => drop(leaver),
        }
        assert_eq!(next(&mut watcher, "left"), format!("{name}, 1 rest"));
    }
}

#[test]
fn a_client_that_does_not_become_a_subscriber_has_left_at_once() {
    let address = start();
    let mut watcher = watch(address);
    let mut client = Client::connect(address);
    for name in ["one", "two"] {
        client.send(format!("HEAD /chat/{name} HTTP/1.1\r\nHost: a\r\n\r\n"));
        assert_eq!(client.head().status, 200);
        assert_eq!(next(&mut watcher, "joined"), name);
        assert_eq!(next(&mut watcher, "left"), format!("{name}, 1 rest"));
    }
}

#[test]
fn each_of_several_calls_for_a_subscriber_that_has_left_is_made() {
    let address = start();
    let mut watcher = watch(address);
    let leaver = Stream::open_with(address, "/twice/Joe", "");
    assert_eq!(next(&mut watcher, "joined"), "Joe");
    drop(leaver);
    assert_eq!(next(&mut watcher, "left"), "Joe, 1 rest");
    assert_eq!(next(&mut watcher, "second"), "call");
}
