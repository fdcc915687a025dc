//! Responses as bytes, whole and in pieces.

use super::*;
use proptest::prelude::*;

/// All that the pieces of a response come to: the head, the body, whether it is whole, and its fault.
#[derive(Debug, Default, PartialEq, Eq)]
struct Read {
    head: Option<Told>,
    body: String,
    ended: bool,
    fault: Option<Fault>,
    /// The fault if the connection ends here.
    close: Option<Fault>,
}

/// A head that is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Told {
    status: u16,
    location: Option<String>,
    is_event_stream: bool,
    is_kept: bool,
}

impl Told {
    fn of(head: Head<'_>) -> Self {
        let text = |value| String::from_utf8_lossy(value).into_owned();
        Self {
            status: head.status,
            location: head.location.map(text),
            is_event_stream: head.is_event_stream,
            is_kept: head.is_kept,
        }
    }
}

fn read<'a>(pieces: impl IntoIterator<Item = &'a [u8]>) -> Read {
    let (mut reader, mut read) = (Reader::default(), Read::default());
    for piece in pieces {
        let result = reader.read(piece, &mut |part| match part {
            Part::Head(head) => read.head = Some(Told::of(head)),
            Part::Body(bytes) => read.body.push_str(&String::from_utf8_lossy(bytes)),
            Part::End => read.ended = true,
        });
        if let Err(fault) = result {
            read.fault = Some(fault);
            return read;
        }
    }
    read.close = reader.end().err();
    read
}

fn whole(response: &str) -> Read {
    read([response.as_bytes()])
}

const STREAM: &str = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream; charset=utf-8\r\nTransfer-Encoding: chunked\r\n\r\n";

#[test]
fn a_trailer_has_an_end() {
    let trailer = |fields| whole(&format!("{STREAM}0\r\n{}\r\n", "X: y\r\n".repeat(fields)));
    assert!(trailer(MAX_FIELDS).ended);
    let endless = Fault::Malformed("a trailer of more than 256 fields");
    assert_eq!(trailer(MAX_FIELDS + 1).fault, Some(endless));
}

#[test]
fn a_stream_in_chunks_is_its_data() {
    let response = whole(&format!(
        "{STREAM}5\r\nhello\r\nA;x=\"y\"\r\n, you all.\r\n0\r\nX: y\r\n\r\n"
    ));
    assert_eq!(response.body, "hello, you all.");
    assert!(response.ended && response.fault.is_none() && response.close.is_none());
    let head = response.head.unwrap();
    assert!(head.status == 200 && head.is_event_stream && head.is_kept);
}

#[test]
fn a_body_may_be_told_by_its_length_or_by_the_close() {
    let response = whole("HTTP/1.1 503 No\r\nContent-Length: 2\r\nConnection: close\r\n\r\nno");
    assert!(response.ended && response.body == "no" && !response.head.as_ref().unwrap().is_kept);
    let response = whole("HTTP/1.0 200 OK\r\nContent-Type: Text/Event-Stream\r\n\r\ndata: x\n\n");
    assert!(!response.ended && response.close.is_none() && response.body == "data: x\n\n");
    let head = response.head.unwrap();
    assert!(head.is_event_stream && !head.is_kept);
    for empty in [
        "204 No Content\r\n",
        "304 Not Modified\r\n",
        "200 OK\r\nContent-Length: 0\r\n",
    ] {
        assert!(whole(&format!("HTTP/1.1 {empty}\r\n")).ended, "{empty}");
    }
}

#[test]
fn an_interim_answer_is_not_the_answer() {
    let response =
        whole("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx");
    assert!(response.head.unwrap().status == 200 && response.ended && response.body == "x");
}

#[test]
fn interim_answers_have_a_bound() {
    let after = |count| {
        let interim = "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n".repeat(count);
        whole(&format!("{interim}HTTP/1.1 204 No\r\n\r\n"))
    };
    assert!(after(MAX_INTERIM.into()).ended);
    let endless = Fault::Malformed("more than 16 interim answers");
    assert_eq!(after(usize::from(MAX_INTERIM) + 1).fault, Some(endless));
}

#[test]
fn an_answer_that_switches_protocols_is_the_answer() {
    let response = whole("HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n");
    assert_eq!(response.head.unwrap().status, 101);
}

#[test]
fn lines_may_end_with_a_bare_lf() {
    for response in [
        "HTTP/1.1 200 OK\nContent-Type: text/event-stream\nTransfer-Encoding: chunked\n\n5\nhello\n0\nX: y\n\n",
        "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\nTransfer-Encoding: chunked\r\n\n5\nhello\r\n0\n\r\n",
        "HTTP/1.1 100 Continue\n\r\nHTTP/1.1 200 OK\nContent-Type: text/event-stream\nContent-Length: 5\n\nhello",
    ] {
        let told = whole(response);
        assert!(
            told.ended && told.body == "hello" && told.fault.is_none(),
            "{response:?}"
        );
        assert!(told.head.unwrap().is_event_stream, "{response:?}");
        assert_eq!(
            read(response.as_bytes().chunks(1)),
            whole(response),
            "{response:?}"
        );
    }
}

#[test]
fn a_head_may_have_256_fields() {
    let head = |fields| {
        whole(&format!(
            "HTTP/1.1 204 No\r\n{}\r\n",
            "X: y\r\n".repeat(fields)
        ))
    };
    assert!(head(MAX_FIELDS).ended);
    let endless = Fault::Malformed("a head of more than 256 fields");
    assert_eq!(head(MAX_FIELDS + 1).fault, Some(endless));
}

#[test]
fn a_location_counts_only_if_there_is_exactly_one() {
    let location = |fields| {
        let response = whole(&format!(
            "HTTP/1.1 302 Found\r\nContent-Length: 0\r\n{fields}\r\n"
        ));
        response.head.unwrap().location
    };
    assert_eq!(location("Location: /a?b\r\n").as_deref(), Some("/a?b"));
    assert_eq!(location(""), None);
    assert_eq!(location("Location: /a\r\nlocation: /b\r\n"), None);
}

#[test]
fn an_end_that_comes_too_early_is_told_with_its_place() {
    let ends = [
        ("", "before an answer"),
        ("HTTP/1.1 200 OK\r\n", "within the head"),
        (STREAM, "without a last chunk"),
        (&format!("{STREAM}5"), "within a chunk"),
        (&format!("{STREAM}5\r\n"), "within a chunk"),
        (&format!("{STREAM}5\r\nhe"), "within a chunk"),
        (&format!("{STREAM}5\r\nhello"), "within a chunk"),
        (&format!("{STREAM}5\r\nhello\r\n"), "without a last chunk"),
        (
            "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nx",
            "before its Content-Length",
        ),
    ];
    for (response, within) in ends {
        assert_eq!(
            whole(response).close,
            Some(Fault::Cut(within)),
            "{response:?}"
        );
    }
}

#[test]
fn a_response_that_is_not_http_is_refused() {
    let chunks = [
        "x\r\n",
        "\r\n",
        "+5\r\nhello\r\n",
        "5\nhello!\n",
        "5\r\nhello!\r\n",
        "1000000000000000\r\n",
        "-1\r\n",
    ];
    for chunk in chunks {
        assert!(
            whole(&format!("{STREAM}{chunk}")).fault.is_some(),
            "{chunk:?}"
        );
    }
    let heads = [
        "HTTP/2 200 OK\r\n\r\n",
        "hello\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: +1\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nxy",
    ];
    for head in heads {
        assert!(whole(head).fault.is_some(), "{head:?}");
    }
    assert!(whole(&"x".repeat(MAX_HEAD + 1)).fault.is_some());
    assert!(
        whole(&format!("{STREAM}1;{}", "x".repeat(MAX_LINE)))
            .fault
            .is_some()
    );
}

#[test]
fn between_two_chunks_nothing_is_held() {
    let mut reader = Reader::default();
    for piece in [STREAM, "5\r\nhe", "llo", "\r\n"] {
        reader.read(piece.as_bytes(), &mut |_| ()).unwrap();
        assert!(reader.partial.is_none(), "{piece:?}");
    }
}

proptest! {
    #[test]
    fn a_response_is_the_same_however_it_is_cut(
        chunks in prop::collection::vec("[a-z\r\n]{1,20}", 0..8),
        damage in prop::option::of(any::<prop::sample::Index>()),
        cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..12),
        end in prop::sample::select(&["\r\n", "\n"][..]),
    ) {
        let mut response = STREAM.replace("\r\n", end);
        for chunk in chunks {
            response += &format!("{:x}{end}{chunk}{end}", chunk.len());
        }
        let mut response = (response + &format!("0{end}{end}")).into_bytes();
        if let Some(at) = damage {
            let at = at.index(response.len());
            response[at] = response[at].wrapping_add(1) & 0x7f;
        }
        let mut cuts: Vec<usize> = cuts.iter().map(|cut| cut.index(response.len() + 1)).collect();
        cuts.extend([0, response.len()]);
        cuts.sort_unstable();
        let pieces = cuts.windows(2).map(|pair| &response[pair[0]..pair[1]]);
        prop_assert_eq!(&read(pieces), &read([&response[..]]));
        prop_assert_eq!(&read(response.chunks(1)), &read([&response[..]]));
    }
}
