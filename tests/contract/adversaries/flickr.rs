//! Flickr in all its failures: each is its publisher's alone, and forgotten when Flickr is well again.

use crate::support::{
    client::{Client, Stream, form, get},
    flickr::FlickrStub,
    setups::{assert_problem, over_flickr},
};

/// All that a source can do wrong, and the statuses that it may lead to.
const FAILURES: [(&str, &str, u16); 4] = [
    ("empty nophotolist fail3 fail77 fail116", "no picture", 404),
    (
        "fail0 fail1 fail2 fail10 fail18 fail105 fail106 fail111 fail112 fail201 http204 http400 http403 http404 \
         http500 http502 http503 http504 reset close redirect",
        "an error",
        502,
    ),
    (
        "malformed truncated badescape trailing jsonp xml html emptybody deep gzip huge short notHttp \
         badchunk hugeheaders",
        "what cannot be read",
        502,
    ),
    (
        "hang hangbody trickle trickleheaders",
        "no answer in time",
        504,
    ),
];

#[test]
fn each_failure_is_its_publishers_alone_and_forgotten_afterwards() {
    let stub = FlickrStub::start();
    let options = [
        "--lookup-timeout",
        "0.5",
        "--source-quota",
        "0",
        "--heartbeat",
        "0.1",
    ];
    let server = over_flickr(&stub, &options);
    let mut watcher = Stream::open(server.address);
    let mut publisher = Client::connect(server.address);
    for (modes, what, status) in FAILURES {
        for mode in modes.split_whitespace() {
            stub.mode(mode);
            let response = publisher.ask(form(&format!("keyword={mode}")));
            assert_eq!(
                response.status,
                status,
                "{mode}, {what}: {}",
                response.text()
            );
            assert_problem(&response, status);
            assert!(!response.text().contains(crate::support::setups::KEY));
            assert_eq!(get(server.address, "/healthz").text(), "ok");
            stub.mode("ok");
            let keyword = format!("good{mode}");
            assert_eq!(
                publisher.ask(form(&format!("keyword={keyword}"))).status,
                200,
                "{mode}"
            );
            assert_eq!(watcher.picture()["keyword"], keyword, "and no other before");
        }
    }
    assert!(!server.log().contains("panic"), "{}", server.log());
}

#[test]
fn one_answer_after_the_other_goes_wrong_in_another_way_and_the_server_goes_on() {
    let stub = FlickrStub::start();
    let options = ["--lookup-timeout", "0.3", "--source-quota", "0"];
    let server = over_flickr(&stub, &options);
    let all: Vec<&str> = FAILURES
        .iter()
        .flat_map(|(modes, ..)| modes.split_whitespace())
        .collect();
    stub.mode(&all.join(","));
    let ask = |count: usize| {
        let mut client = Client::connect(server.address);
        client.send(form(&format!("keyword=k{count}")));
        client
    };
    let mut asked: Vec<Client> = (0..all.len()).map(ask).collect();
    for client in &mut asked {
        assert!((404..=504).contains(&client.response().status));
    }
    for mode in ["http429", "fail100"] {
        stub.mode(mode);
        let status = if mode == "http429" { 429 } else { 502 };
        let server = over_flickr(&stub, &options);
        assert_problem(
            &Client::connect(server.address).ask(form("keyword=sushi")),
            status,
        );
        assert_eq!(get(server.address, "/healthz").text(), "ok");
    }
}
