//! While the source blocks every look-up thread, all other requests are served.

mod turns;

use crate::support::{
    client::{Client, Stream, form, get, publish},
    flickr::FlickrStub,
    setups::{audience, over_flickr},
};

#[test]
fn while_all_threads_hang_pages_streams_and_kept_pictures_go_on() {
    let stub = FlickrStub::start();
    let options = [
        "--heartbeat",
        "0.1",
        "--lookup-threads",
        "2",
        "--lookup-timeout",
        "60",
    ];
    let server = over_flickr(&stub, &options);
    let mut stream = Stream::open(server.address);
    assert_eq!(publish(server.address, "kept").status, 200);
    stub.mode("hang");
    let ask = |n: usize| {
        let mut client = Client::connect(server.address);
        client.send(form(&format!("keyword=k{n}")));
        client
    };
    let mut hanging: Vec<Client> = (0..10).map(ask).collect();
    stub.wait_for_requests(3);

    assert_eq!(stream.picture()["keyword"], "kept");
    for _ in 0..3 {
        assert_eq!(get(server.address, "/").status, 200);
        assert_eq!(get(server.address, "/healthz").text(), "ok");
        assert_eq!(publish(server.address, "kept").status, 200);
        assert_eq!(stream.picture()["keyword"], "kept");
        assert!(audience(&mut stream) > 0);
        let mut joining = Stream::open(server.address);
        assert_eq!(joining.picture()["keyword"], "kept");
    }
    assert_eq!(stub.max_in_flight(), 2, "they still hang");

    stub.mode("ok");
    stub.release();
    for client in &mut hanging {
        assert_eq!(client.response().status, 200);
    }
    let mut pictures: Vec<String> = hanging
        .iter()
        .map(|_| stream.picture()["keyword"].to_string())
        .collect();
    pictures.sort();
    assert!((0..10).map(|n| format!("\"k{n}\"")).eq(pictures));
}

#[test]
fn no_more_questions_are_in_flight_than_there_are_threads() {
    let stub = FlickrStub::start();
    stub.mode("hang");
    let options = ["--lookup-threads", "3", "--lookup-timeout", "60"];
    let server = over_flickr(&stub, &options);
    let ask = |n: usize| {
        let mut client = Client::connect(server.address);
        client.send(form(&format!("keyword=k{n}")));
        client
    };
    let mut asked: Vec<Client> = (0..20).map(ask).collect();
    stub.wait_for_requests(3);
    assert_eq!(get(server.address, "/healthz").status, 200);
    stub.mode("ok");
    stub.release();
    for client in &mut asked {
        assert_eq!(client.response().status, 200);
    }
    assert_eq!((stub.requests().len(), stub.max_in_flight()), (20, 3));
}

#[test]
fn a_client_that_sends_its_request_byte_by_byte_delays_no_other() {
    let stub = FlickrStub::start();
    let server = over_flickr(&stub, &[]);
    let mut stream = Stream::open(server.address);
    let mut slow = Client::connect(server.address);
    for (count, byte) in form("keyword=slow").bytes().enumerate() {
        slow.send([byte]);
        if count % 16 == 0 {
            assert_eq!(publish(server.address, "quick").status, 200);
            assert_eq!(stream.picture()["keyword"], "quick");
        }
    }
    assert_eq!(slow.response().status, 200);
    assert_eq!(stream.picture()["keyword"], "slow");
}

#[test]
fn while_all_threads_hang_a_page_from_a_folder_is_served() {
    let stub = FlickrStub::start();
    stub.mode("hang");
    let public = concat!(env!("CARGO_MANIFEST_DIR"), "/public");
    let options = [
        "--lookup-threads",
        "1",
        "--lookup-queue",
        "0",
        "--lookup-timeout",
        "60",
        "--public",
        public,
    ];
    let server = over_flickr(&stub, &options);
    let mut hanging = Client::connect(server.address);
    hanging.send(form("keyword=hangs"));
    stub.wait_for_requests(1);
    assert_eq!(get(server.address, "/").status, 200);
}
