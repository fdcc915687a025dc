//! `--source-quota`: the clients that wait when few look-ups are left for the hour.

use crate::support::{
    client::{Client, form},
    flickr::FlickrStub,
    metrics::Metrics,
    server::Server,
    setups::{assert_problem, connect_from, over_flickr, retry_after, settle},
};

fn ask(client: &mut Client, keyword: &str) -> u16 {
    client.ask(form(&format!("keyword={keyword}"))).status
}

/// A server with 9 look-ups an hour, of which this client has had 7: less than a third is left.
fn nearly_spent(stub: &FlickrStub) -> (Server, Client) {
    let server = over_flickr(stub, &["--source-quota", "9"]);
    let mut greedy = connect_from(2, server.address);
    for keyword in ["a", "b", "c", "d", "e", "f", "g"] {
        assert_eq!(ask(&mut greedy, keyword), 200, "{keyword}");
    }
    (server, greedy)
}

#[test]
fn with_less_than_a_third_left_a_client_that_has_had_a_look_up_goes_last_and_strangers_first() {
    let stub = FlickrStub::start();
    let (server, mut greedy) = nearly_spent(&stub);
    let refusal = greedy.ask(form("keyword=h"));
    assert_problem(&refusal, 429);
    assert!((1..=60 + 15).contains(&retry_after(&refusal)));
    for (last, keyword) in [(3, "h"), (4, "i")] {
        assert_eq!(ask(&mut connect_from(last, server.address), keyword), 200);
    }
    assert_problem(&connect_from(5, server.address).ask(form("keyword=j")), 429);
    assert_eq!(stub.requests().len(), 9);
    let metrics = Metrics::scrape(server.address);
    assert_eq!(metrics.nonzero("refused_total"), [("rate", 1.0)]);
}

#[test]
fn a_publish_that_costs_no_look_up_is_served_to_all() {
    let stub = FlickrStub::start();
    let (server, mut greedy) = nearly_spent(&stub);
    assert_eq!(ask(&mut greedy, "A"), 200, "found lately");
    stub.mode("hang");
    let mut stranger = connect_from(3, server.address);
    stranger.send(form("keyword=h"));
    stub.wait_for_requests(8);
    greedy.send(form("keyword=h"));
    settle(&server);
    stub.release();
    assert_eq!(stranger.response().status, 200);
    assert_eq!(greedy.response().status, 200, "a question that is shared");
    assert_eq!(stub.requests().len(), 8);
}

#[test]
fn with_a_third_left_no_client_is_refused() {
    let stub = FlickrStub::start();
    let server = over_flickr(&stub, &["--source-quota", "9"]);
    let mut client = Client::connect(server.address);
    for keyword in ["a", "b", "c", "d", "e", "f"] {
        assert_eq!(ask(&mut client, keyword), 200, "{keyword}");
    }
    assert_eq!(ask(&mut client, "g"), 200, "three of nine were left");
    assert_eq!(ask(&mut client, "h"), 429);
}
