//! Bounds on one look-up: second tries, time, a shut gate, quota.

use super::{KEY, find, flickr, in_mode, within};
use crate::support::{PATIENCE, flickr::FlickrStub, port::Port};
use picture_frame::source::{Source, SourceError, flickr::Flickr};
use std::{
    net::TcpListener,
    thread,
    time::{Duration, Instant},
};

#[test]
fn a_failure_that_may_pass_is_tried_once_more_and_no_more() {
    let modes = [
        "http500", "http502", "http503", "http504", "reset", "close", "fail0", "fail10", "fail105",
        "fail106", "fail201",
    ];
    for mode in modes {
        let (found, count) = in_mode(mode);
        assert!(
            matches!(found, Err(SourceError::Refused(_))),
            "{mode}: {found:?}"
        );
        assert_eq!(count, 2, "{mode}");
        assert_eq!(
            in_mode(&format!("{mode},ok")),
            (Ok(30), 2),
            "{mode}, then ok"
        );
    }
}

#[test]
fn a_second_try_needs_time_a_source_that_was_well_and_quota() {
    let stub = FlickrStub::start();
    stub.mode("http503");
    let source = flickr(&stub);
    assert!(matches!(
        source.find("hurried", within(Duration::from_millis(900))),
        Err(SourceError::Refused(_))
    ));
    assert_eq!(stub.requests().len(), 1);
    assert!(matches!(
        find(&source, "lost"),
        Err(SourceError::Refused(_))
    ));
    assert_eq!(stub.requests().len(), 2);
    let poor = Flickr::new(KEY.into(), stub.url(), 1).unwrap();
    assert!(matches!(find(&poor, "poor"), Err(SourceError::Refused(_))));
    assert_eq!(stub.requests().len(), 3);
}

#[test]
fn a_slow_answer_ends_with_the_deadline() {
    for mode in ["hang", "hangbody", "trickle", "trickleheaders"] {
        let stub = FlickrStub::start();
        stub.mode(mode);
        let start = Instant::now();
        let found = flickr(&stub).find("sushi", within(Duration::from_millis(400)));
        assert_eq!(found, Err(SourceError::Timeout), "{mode}");
        assert!(
            start.elapsed() >= Duration::from_millis(400),
            "{mode}: {:?}",
            start.elapsed()
        );
        assert!(start.elapsed() < PATIENCE, "{mode}");
        stub.wait_for_requests(1);
        assert_eq!(stub.requests().len(), 1, "{mode}");
    }
}

#[test]
fn an_answer_that_comes_late_but_in_time_is_taken() {
    let stub = FlickrStub::start();
    assert_eq!(find(&flickr(&stub), "delay:300 sushi").unwrap().len(), 30);
}

#[test]
fn without_time_nothing_is_asked() {
    let stub = FlickrStub::start();
    let source = flickr(&stub);
    for deadline in [Instant::now(), within(Duration::from_millis(20))] {
        assert_eq!(source.find("sushi", deadline), Err(SourceError::Timeout));
    }
    assert!(stub.requests().is_empty());
}

#[test]
fn a_connection_that_is_refused_is_a_refusal() {
    let unused = Port::keep();
    let source = Flickr::new(KEY.into(), format!("http://{}/", unused.address), 0).unwrap();
    assert!(matches!(
        find(&source, "sushi"),
        Err(SourceError::Refused(_))
    ));
}

#[test]
fn after_too_many_requests_flickr_is_not_asked_for_a_while() {
    for (mode, seconds) in [("http429", 60), ("http429ra", 7), ("http429date", 3600)] {
        let stub = FlickrStub::start();
        stub.mode(mode);
        let source = flickr(&stub);
        assert_eq!(
            find(&source, "sushi"),
            Err(SourceError::Quota(Duration::from_secs(seconds)))
        );
        stub.mode("ok");
        let Err(SourceError::Quota(wait)) = find(&source, "sushi") else {
            panic!("it asked again")
        };
        assert!(
            wait <= Duration::from_secs(seconds) && wait > Duration::from_secs(seconds - 5),
            "{wait:?}"
        );
        assert_eq!(stub.requests().len(), 1, "{mode}");
    }
}

#[test]
fn a_source_that_says_when_it_is_available_again_is_not_asked_before() {
    for mode in ["http503ra", "http503date"] {
        let stub = FlickrStub::start();
        stub.mode(mode);
        let source = flickr(&stub);
        for _ in 0..3 {
            let Err(SourceError::Refused(why)) = find(&source, "sushi") else {
                panic!("{mode} is a refusal")
            };
            assert!(
                why.starts_with("HTTP 503, not available for another "),
                "{why}"
            );
            stub.mode("ok");
        }
        assert_eq!(stub.requests().len(), 1, "{mode}");
    }
}

#[test]
fn after_a_key_that_is_not_accepted_flickr_is_not_asked_for_a_while() {
    for mode in ["fail100", "fail100expired", "fixture:fail-string-code.json"] {
        let stub = FlickrStub::start();
        stub.mode(mode);
        let source = flickr(&stub);
        assert!(
            matches!(find(&source, "sushi"), Err(SourceError::Refused(_))),
            "{mode}"
        );
        stub.mode("ok");
        assert!(
            matches!(find(&source, "sushi"), Err(SourceError::Refused(_))),
            "{mode}"
        );
        assert_eq!(stub.requests().len(), 1, "{mode}");
    }
}

#[test]
fn the_quota_is_for_all_and_is_counted_in_questions() {
    let stub = FlickrStub::start();
    stub.mode("http500,ok");
    let source = Flickr::new(KEY.into(), stub.url(), 3).unwrap();
    assert!(find(&source, "two questions").is_ok());
    assert!(find(&source, "one question").is_ok());
    let Err(SourceError::Quota(wait)) = find(&source, "one too many") else {
        panic!("a fourth question")
    };
    let an_hour = Duration::from_secs(3600);
    assert!(
        wait > an_hour - Duration::from_secs(100) && wait <= an_hour,
        "{wait:?}"
    );
    assert_eq!(stub.requests().len(), 3);
}

#[test]
fn threads_ask_at_the_same_time() {
    let stub = FlickrStub::start();
    stub.mode("hang");
    let source = flickr(&stub);
    thread::scope(|scope| {
        let lookups: Vec<_> = (0..4)
            .map(|_| scope.spawn(|| find(&source, "sushi")))
            .collect();
        stub.wait_for_requests(4);
        stub.release();
        assert!(
            lookups
                .into_iter()
                .all(|lookup| lookup.join().unwrap().unwrap().len() == 30)
        );
    });
    assert_eq!(stub.max_in_flight(), 4);
}

#[test]
fn a_tls_handshake_is_bounded_too() {
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("https://{}/", silent.local_addr().unwrap());
    let source = Flickr::new(KEY.into(), url, 0).unwrap();
    let start = Instant::now();
    let found = source.find("sushi", within(Duration::from_millis(400)));
    assert_eq!(found, Err(SourceError::Timeout));
    assert!(start.elapsed() < PATIENCE);
}

#[test]
fn a_server_that_speaks_no_tls_is_a_refusal() {
    let stub = FlickrStub::start();
    let source = Flickr::new(KEY.into(), stub.url().replace("http:", "https:"), 0).unwrap();
    assert!(matches!(
        find(&source, "sushi"),
        Err(SourceError::Refused(_))
    ));
    assert!(stub.requests().is_empty());
}
