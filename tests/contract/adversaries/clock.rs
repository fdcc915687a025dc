//! A wall clock that steps forwards and back: ids grow all the same, and every timer is on time.

use crate::support::{
    client::{Client, Stream},
    clock::with_a_clock,
    setups::{audience, id, publish_on},
};
use std::fs;

/// The year in the `Date` of a response.
fn year(client: &mut Client) -> u32 {
    let response = client.ask("GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n");
    let date = response.header("date").unwrap();
    date.split(' ').nth(3).unwrap().parse().unwrap()
}

#[test]
fn ids_grow_and_timers_go_on_whatever_the_clock_does() {
    let options = [
        "--heartbeat",
        "0.1",
        "--idle-timeout",
        "600",
        "--request-timeout",
        "600",
    ];
    let Some((server, clock)) = with_a_clock("+0", &options) else {
        return;
    };
    let mut watcher = Stream::open(server.address);
    let mut publisher = Client::connect(server.address);
    let mut amid = Client::connect(server.address);
    amid.send("GET /healthz HTTP/1.1\r\n");
    let now = year(&mut publisher);
    let mut ids = vec![publish_on(&mut publisher, "sushi")];
    for (offset, years) in [
        ("+1h", 0),
        ("-2h", 0),
        ("+5y", 5),
        ("-20y", -20),
        ("-1d", 0),
        ("+0", 0),
    ] {
        fs::write(&clock, offset).unwrap();
        assert!(
            year(&mut publisher).abs_diff(now.strict_add_signed(years)) <= 1,
            "it steps"
        );
        for _ in 0..3 {
            ids.push(publish_on(&mut publisher, "sushi"));
            assert!(audience(&mut watcher) > 0);
        }
    }
    assert!(ids.is_sorted_by(|one, next| id(one) < id(next)), "{ids:?}");
    let mut back = Stream::resume(server.address, &ids[0]);
    for expected in &ids[1..] {
        assert_eq!(back.next("picture").id.as_ref(), Some(expected));
    }
    amid.send("Host: a\r\n\r\n");
    assert_eq!(amid.response().text(), "ok");
}
