//! A connection in each state of its life, for a test to act on.

use crate::support::{
    client::{Client, form},
    setups::{narrow, publish_on},
};
use std::net::SocketAddr;

/// A connection in a state, with the answers that it is still owed.
pub struct Situation {
    pub name: &'static str,
    pub client: Client,
    /// The statuses of the answers to come. None for a stream.
    pub owed: Option<Vec<u16>>,
}

/// Situations that wait for a look-up that hangs.
pub const HANGING: usize = 2;
/// Pages: more than the kernel buffers for a client that does not read.
const MANY: usize = 3000;
/// Large pictures: more than the kernel buffers, and fewer than the ring holds.
const PICTURES: usize = 60;

const HEALTH: &str = "GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n";
const PAGE: &str = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
const SUBSCRIBE: &str = "GET /subscribe HTTP/1.1\r\nHost: a\r\n\r\n";
const SUBSCRIBE_10: &str = "GET /subscribe HTTP/1.0\r\n\r\n";
const EXPECT: &str =
    "POST /publish HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 9\r\n\r\n";
const CHUNK: &str =
    "POST /publish HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab";

/// A connection in each state but the [`last`] states. The source is a stand-in for Flickr. `round` is part of each
/// keyword, so that rounds differ.
pub fn all(address: SocketAddr, round: &str) -> Vec<Situation> {
    let mut all = vec![
        subscribed("subscribed, not reading", narrow(address), SUBSCRIBE),
        unread(address),
    ];
    let mut publisher = Client::connect(address);
    for _ in 0..PICTURES {
        publish_on(&mut publisher, "mode%3Alarge+sushi");
    }
    let last = publish_on(&mut publisher, "sushi");
    let poll = format!("GET /poll?after={last}&wait=60 HTTP/1.1\r\nHost: a\r\n\r\n");
    let [one, two] = ["one", "two"].map(|name| form(&format!("keyword=mode%3Ahang+{round}{name}")));
    let amid_body = form("keyword=sushi");
    all.extend([
        sent(address, "connected", "", &[]),
        told(address, "between requests", HEALTH, 200, &[]),
        sent(address, "within a request line", "GET /hea", &[400]),
        sent(
            address,
            "within the fields",
            "GET / HTTP/1.1\r\nHost: a\r\nX",
            &[400],
        ),
        sent(
            address,
            "within a body",
            &amid_body[..amid_body.len() - 1],
            &[400],
        ),
        sent(address, "within a chunk", CHUNK, &[400]),
        told(address, "told to continue", EXPECT, 100, &[400]),
        sent(address, "waiting for its answer", &one, &[200]),
        sent(
            address,
            "waiting, with more behind",
            &(two + HEALTH),
            &[200, 200],
        ),
        sent(address, "polling", &poll, &[204]),
        subscribed("subscribed", Client::connect(address), SUBSCRIBE),
        subscribed("subscribed by 1.0", Client::connect(address), SUBSCRIBE_10),
    ]);
    all
}

/// Connections that were sent their last answer, and have a second to read it.
pub fn last(address: SocketAddr) -> Vec<Situation> {
    vec![
        told(
            address,
            "refused",
            "GET /%zz HTTP/1.1\r\nHost: a\r\n\r\n",
            400,
            &[],
        ),
        told(
            address,
            "told the last answer",
            "GET /healthz HTTP/1.0\r\n\r\n",
            200,
            &[],
        ),
    ]
}

fn unread(address: SocketAddr) -> Situation {
    let mut client = narrow(address);
    client.send(PAGE.repeat(MANY));
    let owed = Some(vec![200; MANY]);
    Situation {
        name: "not reading its answers",
        client,
        owed,
    }
}

fn sent(address: SocketAddr, name: &'static str, bytes: &str, owed: &[u16]) -> Situation {
    let mut client = Client::connect(address);
    client.send(bytes);
    Situation {
        name,
        client,
        owed: Some(owed.to_vec()),
    }
}

/// A connection that has read an answer of this status, and is owed more.
fn told(
    address: SocketAddr,
    name: &'static str,
    bytes: &str,
    status: u16,
    owed: &[u16],
) -> Situation {
    let mut situation = sent(address, name, bytes, owed);
    assert_eq!(situation.client.response().status, status, "{name}");
    situation
}

fn subscribed(name: &'static str, mut client: Client, request: &str) -> Situation {
    client.send(request);
    assert_eq!(client.head().status, 200, "{name}");
    Situation {
        name,
        client,
        owed: None,
    }
}
