//! Look-ups by result, and their durations.

use crate::support::{
    client::{Client, form, publish},
    flickr::FlickrStub,
    metrics::Metrics,
    setups::over_flickr,
};

#[test]
fn each_result_counts_as_what_it_is() {
    let stub = FlickrStub::start();
    let servers = ["60", "0.5"].map(|bound| over_flickr(&stub, &["--lookup-timeout", bound]));
    for (mode, keyword, status, result) in [
        ("ok", "sushi", 200, "found"),
        ("ok", "Sushi", 200, "cached"),
        ("empty", "none", 404, "not_found"),
        ("fail3", "none", 404, "not_found"),
        ("http403", "a", 502, "refused"),
        ("malformed", "b", 502, "unreadable"),
        ("hang", "c", 504, "timeout"),
        ("http429", "d", 429, "quota"),
    ] {
        stub.mode(mode);
        let server = &servers[usize::from(result == "timeout")];
        let before = Metrics::scrape(server.address);
        assert_eq!(publish(server.address, keyword).status, status, "{mode}");
        let after = Metrics::scrape(server.address);
        for (name, count) in after.nonzero("lookups_total") {
            let grown = count - before.of("lookups_total", name);
            assert_eq!(grown, f64::from(u8::from(name == result)), "{mode}: {name}");
        }
        let timed = after.get("lookup_seconds_count") - before.get("lookup_seconds_count");
        assert_eq!(timed, f64::from(u8::from(result != "cached")), "{mode}");
    }
    let [patient, hasty] = servers.map(|server| Metrics::scrape(server.address));
    assert!(hasty.get("lookup_seconds_sum") >= 0.4, "it took 0.5 s");
    let counted = |metrics: &Metrics| metrics.get("lookup_seconds_bucket{le=\"+Inf\"}");
    assert_eq!([counted(&patient), counted(&hasty)], [6.0, 1.0]);
}

#[test]
fn publishers_that_share_a_question_each_have_their_look_up_counted() {
    let stub = FlickrStub::start();
    stub.mode("hang,ok");
    let server = over_flickr(&stub, &["--lookup-timeout", "60"]);
    let mut publishers: Vec<Client> = (0..3).map(|_| Client::connect(server.address)).collect();
    for publisher in &mut publishers {
        publisher.send(form("keyword=sushi"));
    }
    // Three publishers, and the client that scrapes.
    Metrics::wait_for(server.address, |m| m.of("connections", "deferred") == 4.0);
    stub.wait_for_requests(1);
    stub.release();
    for publisher in &mut publishers {
        assert_eq!(publisher.response().status, 200);
    }
    let metrics = Metrics::scrape(server.address);
    assert_eq!(metrics.nonzero("lookups_total"), [("found", 3.0)]);
    assert_eq!(metrics.get("lookup_seconds_count"), 3.0);
    assert_eq!(stub.requests().len(), 1);
}
