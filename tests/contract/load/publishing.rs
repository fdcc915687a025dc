//! How `picture-frame load` publishes: at a fixed rate whatever the server does, and in the form that a server takes.

use super::{
    hub::{Answer, Hub},
    load,
};
use std::{
    collections::HashSet,
    sync::{Condvar, Mutex},
    thread,
    time::Duration,
};

/// Options of a run that publishes so often, for so long, to a few subscribers.
fn publishes<'a>(every: &'a str, hold: &'a str) -> Vec<&'a str> {
    vec!["--subscribers", "2", "--every", every, "--for", hold]
}

#[test]
fn a_publish_does_not_wait_for_the_answer_to_another() {
    // No publish is answered before all are there.
    let hub = Hub::start(|published| Answer {
        after: 100,
        ..Answer::status("200 OK").with_event(&published.body)
    });
    let told = load(hub.address, &publishes("1ms", "100ms"));
    told.is_clean();
    assert_eq!(hub.most_unanswered(), 100);
    assert_eq!(told.number("/totals/published"), 100.0);
    assert_eq!(told.number("/totals/not_sent"), 0.0);
    assert_eq!(
        told.number("/latency/count") + told.number("/latency_sent_late/count"),
        200.0
    );
}

#[test]
fn publishes_that_are_far_apart_share_a_connection() {
    let hub = Hub::honest();
    let told = load(hub.address, &publishes("50ms", "500ms"));
    told.is_clean();
    let mut connections: Vec<_> = hub.published().iter().map(|it| it.connection).collect();
    connections.dedup();
    assert!(connections.len() < 10, "{connections:?}");
}

#[test]
fn no_more_publishes_are_under_way_than_the_bound_and_the_others_are_told_of() {
    let hub = Hub::start(|_| Answer::none());
    let mut options = publishes("1ms", "1100ms");
    options.extend(["--timeout", "5s"]);
    let told = load(hub.address, &options);
    told.is_found(&["1,024 not published", "publishing: no answer in time"]);
    assert_eq!(hub.published().len(), 1024);
    assert_eq!(told.number("/totals/not_sent"), 76.0);
    let note = "note           76 publishes were not sent in time";
    assert!(told.table.contains(note), "{}", told.all);
}

#[test]
fn a_publish_that_the_server_answers_with_a_look_elsewhere_is_published() {
    let hub = Hub::start(|published| Answer {
        bytes: "HTTP/1.1 303 See Other\r\nLocation: /\r\nContent-Length: 0\r\n\r\n".to_owned(),
        ..Answer::status("").with_event(&published.body)
    });
    let told = load(hub.address, &publishes("50ms", "200ms"));
    told.is_clean();
    assert_eq!(told.number("/totals/published"), 4.0);
    assert_eq!(hub.published().len(), 4, "and 303 is not followed");
}

#[test]
fn a_kept_connection_that_the_server_closes_costs_no_publish() {
    let closes = |is_closed: bool, answer| Answer {
        closes: is_closed,
        ..answer
    };
    // The answer says that the connection is kept, and then the server closes it.
    let hub = Hub::start(move |published| {
        closes(true, Answer::status("200 OK").with_event(&published.body))
    });
    load(hub.address, &publishes("50ms", "200ms")).is_clean();
    // The server closes the connection just as the second publish arrives on it.
    let used = Mutex::new(HashSet::new());
    let hub =
        Hub::start(
            move |published| match used.lock().unwrap().insert(published.connection) {
                true => Answer::status("200 OK").with_event(&published.body),
                false => closes(true, Answer::none()),
            },
        );
    let told = load(hub.address, &publishes("50ms", "200ms"));
    told.is_clean();
    assert_eq!(told.number("/totals/published"), 4.0);
    assert_eq!(
        hub.published().len(),
        7,
        "each but the first was sent again"
    );
}

#[test]
fn latency_that_grows_from_broadcast_to_broadcast_is_noted() {
    // The server takes longer for a publish than there is between two. They are far apart, so that a busy machine sends
    // hardly any late: those count for no trend.
    let (turn, turned) = (Mutex::new(0), Condvar::new());
    let hub = Hub::start(move |published| {
        let turn = turn.lock().unwrap();
        let mut turn = turned
            .wait_while(turn, |turn| *turn < published.number)
            .unwrap();
        thread::sleep(Duration::from_millis(700));
        *turn += 1;
        turned.notify_all();
        Answer::status("200 OK").with_event(&published.body)
    });
    let told = load(hub.address, &publishes("500ms", "6s"));
    told.is_clean();
    let note = "note           the server does not keep up: in ";
    assert!(told.table.contains(note), "{}", told.all);
}

#[test]
fn a_publish_is_redirected_within_its_server() {
    let moved = |status: &str| Answer {
        bytes: format!("HTTP/1.1 {status}\r\nLocation: /here?a=b\r\nContent-Length: 0\r\n\r\n"),
        ..Answer::status("")
    };
    for (status, method, body) in [
        ("307 Temporary Redirect", "POST", "keyword=load"),
        ("308 Permanent Redirect", "POST", "keyword=load"),
        ("302 Found", "GET", ""),
    ] {
        let answer = moved(status);
        let hub = Hub::start(move |published| match &*published.target {
            "/here?a=b" => Answer::status("200 OK"),
            _ => Answer {
                bytes: answer.bytes.clone(),
                ..Answer::status("").with_event(&published.body)
            },
        });
        let told = load(hub.address, &publishes("50ms", "150ms"));
        told.is_clean();
        assert_eq!(told.number("/totals/published"), 3.0);
        let published = hub.published();
        let followed: Vec<_> = published
            .iter()
            .filter(|it| it.target == "/here?a=b")
            .collect();
        assert_eq!(followed.len(), 3, "{status}");
        for it in followed {
            assert_eq!(it.method, method, "{status}");
            assert!(it.body.starts_with(body) && it.body.is_empty() == body.is_empty());
        }
    }
}

#[test]
fn a_publish_that_is_redirected_without_end_or_elsewhere_is_not_published() {
    for (location, word) in [
        ("/publish", "redirected more than five times"),
        ("http://127.0.0.2:1/", "redirected to another server"),
    ] {
        let answer = format!(
            "HTTP/1.1 307 Temporary Redirect\r\nLocation: {location}\r\nContent-Length: 0\r\n\r\n"
        );
        let hub = Hub::start(move |_| Answer {
            bytes: answer.clone(),
            ..Answer::status("")
        });
        load(hub.address, &publishes("50ms", "150ms")).is_found(&["3 not published", word]);
    }
}
