//! Publishes that fail because of the source: each failure has its status, and reaches no subscriber.

use crate::support::{
    PATIENCE,
    client::{Client, Response, Stream, form, publish},
    flickr::FlickrStub,
    port::Port,
    server::Server,
    setups::{assert_problem, over, over_flickr, retry_after, settle},
};
use std::time::{Duration, Instant};

/// The answer to a publish while the source is in this mode. Before it a publish succeeded, and pictures of that
/// keyword are left. Published again, that keyword is the next event that a subscriber sees.
fn in_mode(mode: &str, options: &[&str]) -> Response {
    let stub = FlickrStub::start();
    let server = over_flickr(&stub, options);
    let mut stream = Stream::open(server.address);
    for keyword in ["good", "bad", "good"] {
        if keyword == "good" {
            assert_eq!(publish(server.address, keyword).status, 200, "{mode}");
            assert_eq!(stream.picture()["keyword"], "good", "{mode}");
            stub.mode(mode);
            continue;
        }
        let response = publish(server.address, keyword);
        assert_ne!(response.status, 200, "{mode}");
        assert_problem(&response, response.status);
        if response.status == 429 {
            retry_after(&response);
        }
    }
    publish(server.address, "bad")
}

#[test]
fn no_picture_of_the_keyword_is_404() {
    for mode in [
        "empty",
        "nophotolist",
        "fail3",
        "fail116",
        "fixture:search-empty-string-total.json",
    ] {
        assert_problem(&in_mode(mode, &[]), 404);
    }
}

#[test]
fn a_keyword_that_says_only_what_not_to_find_is_404() {
    let stub = FlickrStub::start();
    let server = over_flickr(&stub, &[]);
    assert_problem(&publish(server.address, "--"), 404);
    assert!(stub.requests().is_empty());
}

#[test]
fn an_error_or_a_redirect_of_the_source_is_502() {
    for mode in [
        "http400", "http403", "http404", "http500", "http503", "redirect", "fail0", "fail10",
        "fail18", "fail100", "fail105", "reset", "close",
    ] {
        assert_problem(&in_mode(mode, &[]), 502);
    }
}

#[test]
fn an_answer_that_cannot_be_read_or_is_over_a_mebibyte_is_502() {
    for mode in [
        "malformed",
        "truncated",
        "html",
        "xml",
        "jsonp",
        "trailing",
        "emptybody",
        "http204",
        "short",
        "badchunk",
        "gzip",
        "notHttp",
        "hugeheaders",
        "huge",
    ] {
        assert_problem(&in_mode(mode, &[]), 502);
    }
}

#[test]
fn a_source_that_cannot_be_reached_is_502() {
    let unused = Port::keep();
    let server = over(&format!("http://{}/", unused.address), &[]);
    assert_problem(&publish(server.address, "sushi"), 502);
    let server = over("http://unknown.invalid/", &[]);
    assert_problem(&publish(server.address, "sushi"), 502);
}

#[test]
fn a_mebibyte_is_still_read() {
    let stub = FlickrStub::start();
    stub.mode("mebibyte");
    let server = over_flickr(&stub, &[]);
    assert_eq!(publish(server.address, "sushi").status, 200);
}

#[test]
fn a_spent_quota_is_429_with_the_time_to_wait() {
    let stub = FlickrStub::start();
    let server = over_flickr(&stub, &["--source-quota", "1"]);
    let mut stream = Stream::open(server.address);
    assert_eq!(publish(server.address, "sushi").status, 200);
    let response = publish(server.address, "rice");
    assert_problem(&response, 429);
    let wait = retry_after(&response);
    assert!((3000..=3615).contains(&wait), "{wait}");
    assert_eq!(
        publish(server.address, "sushi").status,
        200,
        "kept ones go on"
    );
    for _ in 0..2 {
        assert_eq!(stream.picture()["keyword"], "sushi");
    }
    assert_eq!(stub.requests().len(), 1);
}

#[test]
fn too_many_requests_at_the_source_is_429_for_as_long_as_it_says() {
    for (mode, most) in [("http429", 60 + 30), ("http429ra", 7 + 4)] {
        let response = in_mode(mode, &[]);
        assert_problem(&response, 429);
        assert!(retry_after(&response) <= most);
    }
}

#[test]
fn a_look_up_more_than_may_wait_is_503_and_the_waiting_ones_are_answered() {
    let stub = FlickrStub::start();
    stub.mode("hang");
    let options = [
        "--lookup-threads",
        "1",
        "--lookup-queue",
        "1",
        "--lookup-timeout",
        "60",
    ];
    let server = over_flickr(&stub, &options);
    let mut stream = Stream::open(server.address);
    let mut waiting = Vec::new();
    for keyword in ["asked", "queued"] {
        let mut client = Client::connect(server.address);
        client.send(form(&format!("keyword={keyword}")));
        settle(&server);
        waiting.push((keyword, client));
    }
    let response = publish(server.address, "refused");
    assert_problem(&response, 503);
    retry_after(&response);
    stub.mode("ok");
    stub.release();
    for (keyword, client) in &mut waiting {
        assert_eq!(client.response().status, 200);
        assert_eq!(stream.picture()["keyword"], *keyword);
    }
    assert_eq!(publish(server.address, "after").status, 200);
    assert_eq!(stream.picture()["keyword"], "after");
}

#[test]
fn while_shutting_down_a_publish_is_503_and_earlier_look_ups_are_still_delivered() {
    let stub = FlickrStub::start();
    stub.mode("hang");
    let server = over_flickr(&stub, &["--drain", "0", "--lookup-timeout", "60"]);
    let mut stream = Stream::open(server.address);
    let mut before = Client::connect(server.address);
    before.send(form("keyword=before"));
    stub.wait_for_requests(1);
    server.signal("TERM");
    server.wait_for_log("stopping");
    let response = publish(server.address, "after");
    assert_problem(&response, 503);
    retry_after(&response);
    stub.release();
    assert_eq!(before.response().json()["keyword"], "before");
    assert_eq!(stream.picture()["keyword"], "before");
    while let Some(block) = stream.block() {
        assert_ne!(block.name, "picture");
    }
}

#[test]
fn a_source_that_does_not_answer_in_time_is_504_and_in_no_less() {
    for mode in ["hang", "hangbody", "trickle", "trickleheaders"] {
        let start = Instant::now();
        let response = in_mode(mode, &["--lookup-timeout", "0.4"]);
        assert_problem(&response, 504);
        assert!(start.elapsed() >= Duration::from_millis(800), "two of them");
        assert!(start.elapsed() < PATIENCE);
    }
}

#[test]
fn an_answer_that_comes_late_but_in_time_is_taken() {
    let server_stub = FlickrStub::start();
    let server: Server = over_flickr(&server_stub, &["--lookup-timeout", "20"]);
    assert_eq!(publish(server.address, "delay:300+sushi").status, 200);
}

#[test]
fn the_wait_for_a_thread_counts_too() {
    const LOOKUPS: usize = 40;
    let stub = FlickrStub::start();
    stub.mode("hang");
    let options = ["--lookup-threads", "1", "--lookup-timeout", "0.5"];
    let server = over_flickr(&stub, &options);
    let ask = |n: usize| {
        let mut client = Client::connect(server.address);
        client.send(form(&format!("keyword=k{n}")));
        client
    };
    let asked: Vec<Client> = (0..LOOKUPS).map(ask).collect();
    for mut client in asked {
        assert_problem(&client.response(), 504);
    }
    // The time of most was over before the thread was free, so that they asked nothing.
    assert!(stub.requests().len() < LOOKUPS / 2);
}
