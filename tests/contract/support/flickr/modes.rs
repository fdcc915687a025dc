//! The modes, each a list of steps. This module uses no socket.
//!
//! `ok large tellskey empty one recorded edge nophotolist`, `fail0 … fail201` (a `stat` of `fail` with that code, and `fail100expired`),
//! `http204 … http504` (that status, and with `ra` or `date` behind, a `Retry-After` in seconds or as a date), `malformed truncated badescape surrogate
//! latin1 bom trailing jsonp xml html emptybody deep continue mebibyte huge chunked gzip redirect`, and, with the end of the
//! connection, `hang hangbody trickle trickleheaders short reset close notHttp badchunk hugeheaders nolength`.

use super::{Asked, REST, photos};
use serde_json::{Value, json};
use std::{fs, path::Path, time::Duration};

/// A step of an answer.
pub enum Step {
    Send(Vec<u8>),
    /// Byte by byte.
    Trickle(Vec<u8>),
    Delay(Duration),
    /// Wait until the stub is released.
    Hang,
    Close,
    Reset,
}
use Step::{Close, Delay, Hang, Reset, Send, Trickle};

const JSON: &str = "application/json";
const HTML: &str = "text/html; charset=utf-8";
const MEBIBYTE: usize = 1 << 20;

const FIXTURES: [(&str, &str, &str); 16] = [
    ("empty", "search-empty.json", JSON),
    ("one", "search-one.json", JSON),
    ("recorded", "search-recorded.json", JSON),
    ("edge", "edge-photos.json", JSON),
    ("nophotolist", "search-no-photo-list.json", JSON),
    ("malformed", "malformed.txt", JSON),
    ("badescape", "bad-escape.txt", JSON),
    ("surrogate", "lone-surrogate.json", JSON),
    ("latin1", "latin1.json", JSON),
    ("bom", "bom.json", JSON),
    ("trailing", "trailing-garbage.txt", JSON),
    ("truncated", "truncated.json", JSON),
    ("jsonp", "jsonp.txt", "text/javascript; charset=utf-8"),
    ("xml", "xml-instead.xml", "text/xml; charset=utf-8"),
    ("html", "html-error.html", HTML),
    (
        "gzip",
        "search-empty.json.gz",
        "application/json\r\nContent-Encoding: gzip",
    ),
];

/// A text that a stranger may use as a title or a name: markup, a script, marks that turn the writing direction, more
/// emoji than fit.
pub fn hostile() -> String {
    let markup = "<script>document.title=1</script><img src=x onerror=document.title=2></p></div>";
    format!(
        "{markup}\u{202e}gnp.exe\u{2067}\u{5d0}\u{5d1} {}",
        "\u{1f468}\u{200d}\u{1f373}".repeat(50)
    )
}

const UNAVAILABLE: &str = "Sorry, the Flickr API service is not currently available.";
const MESSAGES: [(u64, &str); 9] = [
    (
        3,
        "Parameterless searches have been disabled. Please use flickr.photos.getRecent instead.",
    ),
    (
        10,
        "Sorry, the Flickr search API is not currently available.",
    ),
    (18, "Illogical arguments"),
    (100, "Invalid API Key (Key has invalid format)"),
    (105, "Service currently unavailable"),
    (106, "Write operation failed"),
    (111, "Format not found"),
    (112, "Method not found"),
    (116, "Bad URL found"),
];

/// The answer to a search, in the mode `set` unless the keyword names another.
pub fn answer(asked: &Asked, set: &str, images: Option<&str>) -> Vec<Step> {
    if let Some(code) = refusal(asked) {
        return document(asked, &failure(code));
    }
    let text = asked.parameter("text").unwrap_or_default();
    let (delay, text) = delayed(text).unwrap_or((Duration::ZERO, text));
    let named = text
        .strip_prefix("mode:")
        .map(|rest| rest.split_once(' ').unwrap_or((rest, rest)));
    let (mode, keyword) = named.unwrap_or((
        if text.starts_with("fixture:") {
            text
        } else {
            set
        },
        text,
    ));
    let found = photos::search(asked, keyword, images);
    let mut steps = vec![Delay(delay)];
    steps.extend(in_mode(mode, asked, &found));
    steps
}

/// The answer to any other path: a picture, the photograph in its stead if there is one, or 404.
pub fn aside(asked: &Asked, photograph: Option<Vec<u8>>) -> Vec<Step> {
    let id = asked
        .path
        .strip_prefix("/photos/")
        .and_then(|name| name.strip_suffix(".svg"));
    match (id.filter(|id| !id.starts_with("missing")), photograph) {
        (Some(_), Some(jpeg)) => vec![whole(200, "image/jpeg", &jpeg)],
        (Some(id), None) => vec![whole(200, "image/svg+xml", photos::svg(id).as_bytes())],
        (None, _) => vec![whole(404, HTML, b"<html><body>404</body></html>\n")],
    }
}

/// The code by which Flickr itself would refuse the question.
fn refusal(asked: &Asked) -> Option<u64> {
    let is = |name, value| asked.parameter(name) == Some(value);
    let empty = |name| asked.parameter(name).unwrap_or_default().trim().is_empty();
    match () {
        () if !is("format", "json") => Some(111),
        () if !is("method", "flickr.photos.search") => Some(112),
        () if empty("api_key") || is("api_key", "invalid") || is("api_key", "expired") => Some(100),
        () if empty("text") => Some(3),
        () => None,
    }
}

fn delayed(text: &str) -> Option<(Duration, &str)> {
    let rest = text.strip_prefix("delay:")?;
    let (time, keyword) = rest.split_once(' ').unwrap_or((rest, "late"));
    Some((Duration::from_millis(time.parse().ok()?), keyword))
}

fn in_mode(mode: &str, asked: &Asked, found: &Value) -> Vec<Step> {
    let known = FIXTURES.iter().find(|(name, ..)| *name == mode);
    if let Some((_, file, kind)) = known {
        return vec![whole(200, kind, &fixture(file))];
    }
    if let Some(file) = mode.strip_prefix("fixture:") {
        return vec![whole(200, JSON, &fixture(file))];
    }
    if let Some(code) = mode
        .strip_prefix("fail")
        .map(|code| code.trim_end_matches("expired"))
    {
        return document(asked, &failure(code.parse().unwrap()));
    }
    if let Some(status) = mode.strip_prefix("http") {
        return http_error(status);
    }
    match mode {
        "ok" => document(asked, found),
        "large" => document(asked, &photos::with_texts(found, &"\u{1f363}".repeat(300))),
        "tellskey" => document(asked, &photos::with_texts(found, &respelled(asked))),
        "hostile" => document(asked, &photos::with_texts(found, &hostile())),
        _ => unwell(mode, &slashed(found).into_bytes()),
    }
}

/// The question's key, spelled as a URL may spell it.
fn respelled(asked: &Asked) -> String {
    let key = asked.parameter("api_key").unwrap_or_default();
    let (first, rest) = key.split_at(1);
    format!("a key: %{:02x}{}", first.as_bytes()[0], rest.to_uppercase())
}

/// Answers with an odd transport, though whole.
fn unwell(mode: &str, body: &[u8]) -> Vec<Step> {
    let chunked = head(200, "application/json\r\nTransfer-Encoding: chunked", None);
    match mode {
        "emptybody" => vec![whole(200, JSON, b"")],
        "deep" => vec![whole(200, JSON, &b"[".repeat(100_000))],
        "continue" => vec![
            Send(b"HTTP/1.1 100 Continue\r\n\r\n".to_vec()),
            whole(200, JSON, body),
        ],
        "mebibyte" => vec![whole(200, JSON, &padded(body, MEBIBYTE))],
        "huge" => vec![Send(chunked), Send(chunks(&padded(body, MEBIBYTE + 1)))],
        "chunked" => vec![Send(chunked), Send(chunks(body))],
        "redirect" => vec![redirect()],
        "nolength" => vec![Send(head(200, JSON, None)), Send(body.to_vec()), Close],
        "badchunk" => vec![Send(chunked), Send([b"zz\r\n", body].concat()), Close],
        "notHttp" => vec![
            Send(b"SSH-2.0-OpenSSH_9.6\r\n\0\x01\x02\r\n\r\n".to_vec()),
            Close,
        ],
        "hugeheaders" => vec![Send(huge_head()), Close],
        _ => halting(mode, body),
    }
}

/// Answers that stop, for good or for a while.
fn halting(mode: &str, body: &[u8]) -> Vec<Step> {
    let head = head(200, JSON, Some(body.len()));
    let (first, rest) = body.split_at(body.len() / 2);
    let (first, rest) = (Send(first.to_vec()), Send(rest.to_vec()));
    match mode {
        "hang" => vec![Hang, Send(head), first, rest],
        "hangfail" => vec![Hang, Send(self::head(500, JSON, Some(0)))],
        "hangbody" => vec![Send(head), first, Hang, rest],
        "trickle" => vec![Send(head), Trickle(body.to_vec())],
        "trickleheaders" => vec![Trickle([head.as_slice(), body].concat())],
        "short" => vec![Send(head), first, Close],
        "reset" => vec![Reset],
        "close" => vec![Close],
        _ => panic!("no mode is called {mode}"),
    }
}

fn huge_head() -> Vec<u8> {
    [
        b"HTTP/1.1 200 OK\r\n".to_vec(),
        b"X: yyyyyyyy\r\n".repeat(4000),
    ]
    .concat()
}

fn failure(code: u64) -> Value {
    let known = MESSAGES.iter().find(|(number, _)| *number == code);
    json!({"stat": "fail", "code": code, "message": known.map_or(UNAVAILABLE, |(_, message)| message)})
}

fn http_error(name: &str) -> Vec<Step> {
    let status: u16 = name[..3].parse().unwrap();
    let kind = match name.trim_start_matches(|digit: char| digit.is_ascii_digit()) {
        "ra" => "text/html\r\nRetry-After: 7",
        "date" => "text/html\r\nRetry-After: Fri, 31 Dec 9999 23:59:59 GMT",
        _ => HTML,
    };
    match status {
        204 => vec![Send(head(204, HTML, None))],
        400 => vec![whole(400, HTML, UNAVAILABLE.as_bytes())],
        429 => vec![whole(429, kind, &fixture("http429.html"))],
        _ => vec![whole(status, kind, &fixture("html-error.html"))],
    }
}

/// JSON, wrapped in a call unless the question declines that.
fn document(asked: &Asked, value: &Value) -> Vec<Step> {
    let json = slashed(value);
    let plain = asked.parameter("nojsoncallback") == Some("1");
    let body = if plain {
        json
    } else {
        format!("jsonFlickrApi({json})")
    };
    vec![whole(200, JSON, body.as_bytes())]
}

/// JSON as Flickr writes it, with escaped slashes.
fn slashed(value: &Value) -> String {
    value.to_string().replace('/', "\\/")
}

fn redirect() -> Step {
    let location = format!("text/html\r\nLocation: {REST}?text=redirected");
    whole(302, &location, b"")
}

fn whole(status: u16, kind: &str, body: &[u8]) -> Step {
    Send([&head(status, kind, Some(body.len())), body].concat())
}

/// A head. `kind` is the content type, and may bring further fields.
fn head(status: u16, kind: &str, length: Option<usize>) -> Vec<u8> {
    let length = length.map_or(String::new(), |length| {
        format!("Content-Length: {length}\r\n")
    });
    format!("HTTP/1.1 {status} As-Told\r\nContent-Type: {kind}\r\n{length}\r\n").into_bytes()
}

/// The body behind white space, which does not change JSON.
fn padded(body: &[u8], length: usize) -> Vec<u8> {
    [b" ".repeat(length - body.len()).as_slice(), body].concat()
}

/// Chunks of growing, odd sizes with an extension, and a trailer.
fn chunks(mut body: &[u8]) -> Vec<u8> {
    let (mut sent, mut size) = (Vec::new(), 1);
    while !body.is_empty() {
        let (chunk, rest) = body.split_at(size.min(body.len()));
        sent.extend(format!("{:x};x=y\r\n", chunk.len()).bytes());
        sent.extend_from_slice(chunk);
        sent.extend_from_slice(b"\r\n");
        (body, size) = (rest, size * 2 + 1);
    }
    sent.extend_from_slice(b"0\r\nX-Trailer: 1\r\n\r\n");
    sent
}

fn fixture(name: &str) -> Vec<u8> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/flickr");
    fs::read(folder.join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}
