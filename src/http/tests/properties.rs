//! Properties that hold for any bytes, cut in any way.

use super::{super::*, outcomes, outcomes_with, with};
use proptest::{collection::vec, prelude::*, sample::Index};

/// Requests of every kind, some of them refused.
fn requests() -> impl Strategy<Value = Vec<u8>> {
    let body = vec(any::<u8>(), 0..40);
    let one = prop_oneof![
        Just(b"GET /a%20b/../c?d=e HTTP/1.1\r\nHost: h\r\nX-Y: z\r\n\r\n".to_vec()),
        Just(b"\r\nHEAD / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n".to_vec()),
        Just(with("Expect: 100-continue\r\nContent-Length: 2\r\n").into_bytes()),
        Just(b"hi".to_vec()),
        body.clone().prop_map(of_length),
        vec(body, 0..5).prop_map(|pieces| in_chunks(&pieces)),
    ];
    vec(one, 0..6).prop_map(|requests| requests.concat())
}

fn of_length(body: Vec<u8>) -> Vec<u8> {
    let head = with(&format!("Content-Length: {}\r\n", body.len()));
    [head.into_bytes(), body].concat()
}

fn in_chunks(pieces: &[Vec<u8>]) -> Vec<u8> {
    let mut bytes = with("Transfer-Encoding: chunked\r\n").into_bytes();
    for piece in pieces {
        chunk(&mut bytes, piece);
    }
    bytes.extend_from_slice(b"0;last\r\nTrailer: x\r\n\r\n");
    bytes
}

/// Requests with a few bytes replaced by bytes that parsers stumble over.
fn damaged() -> impl Strategy<Value = Vec<u8>> {
    let stumble = prop_oneof![
        proptest::sample::select(b"\r\n :;,%/.0f\0\t\xff".to_vec()),
        any::<u8>()
    ];
    (requests(), vec((any::<Index>(), stumble), 0..4)).prop_map(|(mut bytes, changes)| {
        for (at, byte) in changes {
            if !bytes.is_empty() {
                let at = at.index(bytes.len());
                bytes[at] = byte;
            }
        }
        bytes
    })
}

fn without_continue(mut outcomes: Vec<String>) -> Vec<String> {
    outcomes.retain(|outcome| outcome != "continue");
    outcomes
}

proptest! {
    #[test]
    fn any_cutting_gives_the_same_requests_and_the_same_refusal(
        bytes in damaged(),
        cuts in vec(any::<Index>(), 0..12),
    ) {
        let mut cuts: Vec<usize> = cuts.iter().map(|cut| cut.index(bytes.len() + 1)).collect();
        cuts.extend([0, bytes.len()]);
        cuts.sort_unstable();
        let pieces = cuts.windows(2).map(|cut| &bytes[cut[0]..cut[1]]);
        let whole = without_continue(outcomes([&bytes[..]]));
        prop_assert_eq!(&without_continue(outcomes(pieces)), &whole);
        prop_assert_eq!(&without_continue(outcomes(bytes.chunks(1))), &whole);
    }

    #[test]
    fn an_input_that_is_carried_over_at_any_byte_gives_the_same_requests(
        bytes in damaged(),
        size in 1usize..30,
    ) {
        let carried = |input: Input| match input.carry() {
            Some((bytes, is_continued)) => Input::carried(&bytes, is_continued),
            None => input,
        };
        let stayed = outcomes(bytes.chunks(size));
        prop_assert_eq!(outcomes_with(bytes.chunks(size), carried), stayed);
    }

    #[test]
    fn garbage_is_refused_or_waited_on_and_at_most_its_head_is_held_after_a_refusal(
        bytes in prop_oneof![vec(any::<u8>(), 0..300), damaged()],
    ) {
        let mut input = Input::new();
        input.push(&bytes);
        loop {
            match input.step() {
                Step::Ready => input.next(),
                Step::Continue => {}
                Step::More => break,
                Step::Bad(problem) => {
                    prop_assert!((400..600).contains(&problem.status));
                    let held = input.len();
                    prop_assert_eq!(held > 0, input.beginning().is_some());
                    prop_assert!(held <= bytes.len());
                    input.push(b"GET / HTTP/1.1\r\n");
                    prop_assert_eq!((input.step(), input.len()), (Step::More, held));
                    break;
                }
            }
        }
    }

    #[test]
    fn a_body_survives_its_chunks(pieces in vec(vec(any::<u8>(), 0..300), 0..20)) {
        let mut input = Input::new();
        input.push(&in_chunks(&pieces));
        prop_assert_eq!(input.step(), Step::Ready);
        prop_assert_eq!(input.request().body, pieces.concat());
        input.next();
        prop_assert!(input.is_empty());
    }

    #[test]
    fn no_path_has_a_dot_segment(path in "(/|%2[fF]|\\.|%2[eE]|%25|[a-c]){0,30}") {
        let mut input = Input::new();
        input.push(format!("GET /{path} HTTP/1.0\r\n\r\n").as_bytes());
        prop_assert_eq!(input.step(), Step::Ready);
        let path = input.request().path;
        prop_assert!(path.starts_with('/'));
        prop_assert!(path.split('/').all(|segment| segment != "." && segment != ".."));
    }

    #[test]
    fn no_value_ends_its_line(value in "[a é\r\n\0\t\x7f]{0,9}") {
        let wire = Wire { minor: 1, head: false, keep_alive: true, date: "" };
        let (head, _) = Response::new(204).header("A", value).encode(&wire);
        let text = String::from_utf8(head).expect("all was UTF-8");
        prop_assert_eq!(text.lines().count(), 4);
        prop_assert_eq!(text.matches(|c: char| c.is_ascii_control()).count(), 4 * "\r\n".len());
    }
}

#[test]
fn framing_is_not_held() {
    let mut input = Input::new();
    input.push(with("Transfer-Encoding: chunked\r\n").as_bytes());
    for _ in 0..MAX_BODY {
        input.push(b"1;e\r\nx\r\n");
        assert_eq!(input.step(), Step::More);
    }
    assert!(input.len() < MAX_BODY + 300);
    input.push(LAST_CHUNK);
    assert_eq!(input.step(), Step::Ready);
    assert_eq!(input.request().body, vec![b'x'; MAX_BODY]);
}
