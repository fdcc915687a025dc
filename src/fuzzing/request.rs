//! Requests: the same requests come out of the same bytes however these are cut, within their bounds, and with values
//! that are safe to act on.

use crate::{
    frame,
    http::{Input, MAX_BODY, MAX_CHUNK_EXTRAS, MAX_HEADERS, MAX_REQUEST_LINE, Request, Step},
    reactor::Peer,
};
use std::net::{IpAddr, SocketAddr};

/// Bound on the bytes that an [`Input`] holds while it waits for more, if it gets them byte by byte: a whole head, a
/// body with its trailers, and 300 bytes for line ends and a chunk's size line.
const MAX_HELD: usize = MAX_REQUEST_LINE + MAX_HEADERS + MAX_BODY + MAX_CHUNK_EXTRAS + 300;

/// Checks the bytes that a client sends.
pub fn request(bytes: &[u8]) {
    let whole = outcomes([bytes]);
    assert_eq!(outcomes(bytes.chunks(1)), whole, "byte by byte");
    for seed in 0..4 {
        assert_eq!(outcomes(pieces(bytes, seed)), whole, "cut by {seed}");
    }
}

/// The bytes in random pieces of up to 4, 16, 64 or 256 bytes, the same pieces for the same seed.
fn pieces(mut bytes: &[u8], seed: u64) -> Vec<&[u8]> {
    let longest = 4 << (2 * seed);
    let mut random = fastrand::Rng::with_seed(seed + bytes.len() as u64);
    let mut pieces = Vec::new();
    while !bytes.is_empty() {
        let (piece, rest) = bytes.split_at(random.usize(0..=longest.min(bytes.len())));
        pieces.push(piece);
        bytes = rest;
    }
    pieces
}

/// The outcomes of `pieces`: each request, a refusal, and a request that has begun.
fn outcomes<'a>(pieces: impl IntoIterator<Item = &'a [u8]>) -> Vec<String> {
    let (mut input, mut outcomes) = (Input::new(), Vec::new());
    for piece in pieces {
        input.push(piece);
        step(&mut input, &mut outcomes);
        assert!(input.len() <= MAX_HELD + piece.len());
    }
    if !input.is_empty() {
        outcomes.push(format!(
            "more, {:?}",
            input.beginning().as_ref().map(target)
        ));
    }
    outcomes
}

fn step(input: &mut Input, outcomes: &mut Vec<String>) {
    loop {
        match input.step() {
            Step::More => return,
            Step::Continue => {
                let beginning = input.beginning().expect("a head asked for it");
                assert!(beginning.minor > 0 && beginning.header("expect").is_some());
            }
            Step::Bad(problem) => {
                assert!((400..600).contains(&problem.status));
                let wire = input.wire("");
                assert!(!wire.keep_alive);
                outcomes.push(format!("{problem}, {}", wire.head));
                // After a refusal no request is read.
                input.push(b"GET / HTTP/1.1\r\nHost: h\r\n\r\n");
                assert_eq!(input.step(), Step::More);
            }
            Step::Ready => {
                outcomes.push(described(&input.request()));
                input.next();
            }
        }
    }
}

/// Checks a request, and describes it.
fn described(request: &Request) -> String {
    let path = &*request.path;
    assert!(
        path.starts_with('/') || path == "*" || path.is_empty(),
        "{path:?}"
    );
    assert!(
        path.split('/')
            .all(|segment| segment != "." && segment != ".."),
        "{path:?}"
    );
    assert!(
        request
            .query
            .is_none_or(|query| query.bytes().all(|byte| byte.is_ascii_graphic()))
    );
    assert!(request.body.len() <= MAX_BODY);
    assert!(request.host().is_some() || request.minor == 0);
    assert!(request.headers("host").count() <= 1);
    let lengths = request.headers("content-length").count();
    let codings = request.headers("transfer-encoding").count();
    assert!(
        lengths <= 1 && (lengths == 0 || codings == 0),
        "{lengths} lengths, {codings} codings"
    );
    let keyword = frame::keyword(request);
    if let Ok(keyword) = &keyword {
        assert!((1..=100).contains(&keyword.chars().count()), "{keyword:?}");
        assert!(!keyword.chars().any(char::is_control), "{keyword:?}");
        assert_eq!(keyword.trim(), keyword);
        assert!(
            !keyword.contains(['\u{200b}', '\u{202e}', '\u{3164}', '\u{e0041}']),
            "{keyword:?}"
        );
    }
    let (minor, keep_alive) = (request.minor, request.keep_alive);
    let (target, body) = (target(request), request.body.escape_ascii());
    check_client(request);
    format!("{target} 1.{minor} {keep_alive} {body} {keyword:?}")
}

/// Checks that no field of the request changes its client: that is the address from which the trusted proxy was
/// reached.
fn check_client(request: &Request) {
    let trusted = "127.0.0.0/8".parse().expect("a network");
    let (proxy, client) = (IpAddr::from([127, 0, 0, 1]), IpAddr::from([192, 0, 2, 7]));
    let says = request.headers("x-forwarded-for");
    let said = says.chain([&b"192.0.2.7, 127.0.0.2"[..]]);
    let proxies = frame::Proxies::new(vec![trusted], false);
    let peer = |address| Peer::from(SocketAddr::new(address, 1));
    assert_eq!(proxies.client(peer(proxy), said), client);
    assert_eq!(
        proxies.client(peer(client), request.headers("x-forwarded-for")),
        client
    );
}

fn target(request: &Request) -> String {
    let target = (request.method, &request.path, request.query, request.host());
    format!("{target:?}")
}
