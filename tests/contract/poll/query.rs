//! The values that `wait` may have.

use super::{assert_nothing, held, pictures, request};
use crate::support::{
    client::{Client, get, publish},
    server::Server,
    setups::assert_problem,
};
use std::time::{Duration, Instant};

#[test]
fn a_wait_that_is_over_is_answered_204_and_not_before() {
    let server = Server::start(&[]);
    let mut client = Client::connect(server.address);
    for wait in ["0.3", ".3", "3e-1", "%2B0.3"] {
        let begun = Instant::now();
        assert_nothing(&client.ask(request(&format!("/poll?wait={wait}"))));
        assert!(begun.elapsed() >= Duration::from_millis(300), "{wait}");
    }
}

#[test]
fn a_wait_of_0_and_less_is_no_wait() {
    let server = Server::start(&[]);
    let mut client = Client::connect(server.address);
    for wait in ["0", "-0", "0.0", "-1", "-1e999", "-0.0001"] {
        assert_nothing(&client.ask(request(&format!("/poll?wait={wait}"))));
    }
}

#[test]
fn without_a_wait_and_with_a_very_long_wait_a_poll_is_held() {
    let server = Server::start(&[]);
    let mut last = None;
    for query in ["", "wait=60", "wait=61", "wait=1e9", "wait=1e999"] {
        let after = last.map_or(String::new(), |last| format!("&after={last}"));
        let mut client = held(&server, &format!("/poll?{query}{after}"));
        publish(server.address, "a");
        let (keywords, place) = pictures(&client.response());
        assert_eq!(keywords, ["a"], "{query}");
        last = Some(place);
    }
}

#[test]
fn a_wait_that_is_not_a_number_or_more_than_one_is_400() {
    let server = Server::start(&[]);
    publish(server.address, "a");
    for query in [
        "wait",
        "wait=",
        "wait=x",
        "wait=NaN",
        "wait=nan",
        "wait=-nan",
        "wait=inf",
        "wait=-inf",
        "wait=Infinity",
        "wait=1s",
        "wait=1,5",
        "wait=0x10",
        "wait=%201",
        "wait=1%202",
        "wait=%D9%A1",
        "wait=1&wait=1",
        "wait=1&wait=x",
        "wait=x&wait=1",
        "after=1-0&wait=x",
    ] {
        let response = get(server.address, &format!("/poll?{query}"));
        assert_problem(&response, 400);
    }
}

#[test]
fn a_number_of_newest_pictures_that_is_not_a_whole_number_above_0_is_400() {
    let server = Server::start(&[]);
    publish(server.address, "a");
    for count in ["", "0", "-1", "1.5", "x", "1x", "99999999999999999999"] {
        let response = get(server.address, &format!("/poll?newest={count}"));
        assert_problem(&response, 400);
    }
}

#[test]
fn a_poll_for_the_newest_pictures_is_answered_at_once_with_as_many_as_are_held() {
    let server = Server::start(&["--history", "3"]);
    let mut client = Client::connect(server.address);
    let newest = |count: &str| request(&format!("/poll?newest={count}"));
    assert_nothing(&client.ask(newest("12")));
    let keywords = ["a", "b", "c", "d"];
    for keyword in keywords {
        publish(server.address, keyword);
    }
    for (count, shown) in [
        ("1", &keywords[3..]),
        ("2", &keywords[2..]),
        ("12", &keywords[1..]),
        ("12&after=x", &keywords[1..]),
    ] {
        assert_eq!(pictures(&client.ask(newest(count))).0, shown, "{count}");
    }
    let (_, last) = pictures(&client.ask(newest("12")));
    assert_nothing(&client.ask(newest(&format!("12&after={last}&wait=0"))));
}
