//! Bytes in both directions, to the byte.

use crate::support::{
    client::{Client, Response},
    metrics::Metrics,
    server::Server,
};

const REQUEST: &str = "GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n";

fn length(response: &Response) -> f64 {
    (response.head.replace('\n', "\r\n").len() + "\r\n\r\n".len() + response.body.len()) as f64
}

#[test]
fn bytes_are_counted_exactly() {
    let server = Server::start(&[]);
    let mut client = Client::connect(server.address);
    let first = client.ask(REQUEST);
    let before = Metrics::read(&first);
    assert_eq!(before.get("received_bytes_total"), REQUEST.len() as f64);
    assert_eq!(before.get("sent_bytes_total"), 0.0, "its own is on its way");

    let page = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
    let page_answer = client.ask(page);
    let after = Metrics::scrape_by(&mut client);
    let received = (2 * REQUEST.len() + page.len()) as f64;
    assert_eq!(after.get("received_bytes_total"), received);
    let sent = length(&first) + length(&page_answer);
    assert_eq!(after.get("sent_bytes_total"), sent);
}
