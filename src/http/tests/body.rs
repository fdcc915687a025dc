//! Lengths, chunks, expectations, and attempts at request smuggling.

use super::{super::*, outcomes, read, refused, with};

const CHUNKED: &str = "Transfer-Encoding: chunked\r\n";

#[test]
fn lengths_are_digits_once() {
    read(&[
        (&(with("Content-Length: 0\r\n")), "Post /"),
        (
            &(with("content-length: \t003 \r\n") + "abc"),
            "Post / <abc>",
        ),
        (&(with("Content-Length: 3\r\n") + "ab"), "more"),
        (
            "GET / HTTP/1.0\r\nContent-Length: 1\r\n\r\nx",
            "Get / <x> close",
        ),
    ]);
    for value in [
        "", "+5", "-5", "0x5", "5 5", "5,5", "5, 5", "5;", "a", "5.0", "\u{665}", "1e1", "5\u{a0}",
    ] {
        refused(&[(
            &with(&format!("Content-Length: {value}\r\n")),
            400,
            "not all digits",
        )]);
    }
    refused(&[
        (
            &with("Content-Length: 5\r\nContent-Length: 5\r\n"),
            400,
            "more than one",
        ),
        (
            &with("Content-Length: 5\r\ncontent-length: 6\r\n"),
            400,
            "more than one",
        ),
        (&with("Content-Length : 5\r\n"), 400, "white space"),
        (&with("Content-Length\0: 5\r\n"), 400, "token"),
        (&with("Content-Length: 8193\r\n"), 413, "8 KiB"),
        (
            &with("Content-Length: 18446744073709551621\r\n"),
            413,
            "8 KiB",
        ),
        (
            &with(&format!("Content-Length: {}\r\n", "9".repeat(400))),
            413,
            "8 KiB",
        ),
    ]);
}

#[test]
fn the_only_transfer_coding_is_chunked_and_last() {
    let empty = "0\r\n\r\n";
    for lines in [
        "Transfer-Encoding: chunked\r\n",
        "transfer-encoding:\tCHUNKED \r\n",
        "Transfer-Encoding: ,chunked,\r\n",
        "Transfer-Encoding: \r\nTransfer-Encoding: chunked\r\n",
    ] {
        read(&[(&(with(lines) + empty), "Post /")]);
    }
    for (lines, status, words) in [
        ("Transfer-Encoding: \r\n", 400, "empty"),
        ("Transfer-Encoding: chunked, chunked\r\n", 400, "follows"),
        (
            "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
            400,
            "follows",
        ),
        ("Transfer-Encoding: chunked, gzip\r\n", 400, "follows"),
        ("Transfer-Encoding: chunked, identity\r\n", 400, "follows"),
        (
            "Transfer-Encoding: gzip, chunked\r\n",
            501,
            "transfer coding",
        ),
        (
            "Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n",
            501,
            "transfer coding",
        ),
        ("Transfer-Encoding: gzip\r\n", 501, "transfer coding"),
        ("Transfer-Encoding: identity\r\n", 501, "transfer coding"),
        ("Transfer-Encoding: xchunked\r\n", 501, "transfer coding"),
        ("Transfer-Encoding: chunked;q=1\r\n", 501, "transfer coding"),
        ("Transfer-Encoding: \"chunked\"\r\n", 501, "transfer coding"),
        (
            "Transfer-Encoding: chunk\u{212a}ed\r\n",
            501,
            "transfer coding",
        ),
        ("Transfer-Encoding: \x0bchunked\r\n", 400, "control"),
        ("Transfer-Encoding : chunked\r\n", 400, "white space"),
        ("Transfer-Encoding\r\n", 400, "no colon"),
        (
            "X: y\r\n Transfer-Encoding: chunked\r\n",
            400,
            "white space",
        ),
        (
            "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n",
            400,
            "both",
        ),
        (
            "Content-Length: 0\r\nTransfer-Encoding: chunked\r\n",
            400,
            "both",
        ),
        (
            "Content-Length: 5\r\nTransfer-Encoding: identity\r\n",
            400,
            "both",
        ),
        ("Content-Length: 5\r\nTransfer-Encoding:\r\n", 400, "both"),
    ] {
        refused(&[(&(with(lines) + empty), status, words)]);
    }
    let old = format!("POST / HTTP/1.0\r\nHost: h\r\n{CHUNKED}\r\n{empty}");
    refused(&[(&old, 400, "HTTP/1.0")]);
}

#[test]
fn chunks_are_joined_and_trailers_dropped() {
    for (body, expected) in [
        ("0\r\n\r\n", "Post /"),
        ("3\r\nabc\r\n0\r\n\r\n", "Post / <abc>"),
        ("3\r\nabc\r\n0002\r\nde\r\n000\r\n\r\n", "Post / <abcde>"),
        (
            "A\r\n0123456789\r\na\r\n0123456789\r\n0\r\n\r\n",
            "Post / <01234567890123456789>",
        ),
        ("1;a=b;c=\"d;e\"\r\nx\r\n0;end\r\n\r\n", "Post / <x>"),
        ("1 ;a\t; b = c\r\nx\r\n0\t ;end\r\n\r\n", "Post / <x>"),
        ("2\r\n\r\n\r\n0\r\n\r\n", "Post / <\\r\\n>"),
        (
            "1\r\nx\r\n0\r\nContent-Length: 9\r\nHost: i\r\n\r\n",
            "Post / <x>",
        ),
        (
            "1\r\nx\r\n0\r\n\r\nGET / HTTP/1.0\r\n\r\n",
            "Post / <x> | Get / close",
        ),
        ("1\r\nx\r\n0\r\n", "more"),
        ("1\r\nx", "more"),
    ] {
        read(&[(&(with(CHUNKED) + body), expected)]);
    }
}

#[test]
fn a_malformed_chunk_is_refused() {
    for (body, status, words) in [
        ("\r\n", 400, "no number"),
        (";a\r\n", 400, "no number"),
        ("g\r\n", 400, "not hexadecimal"),
        ("+1\r\nx", 400, "not hexadecimal"),
        ("-1\r\n", 400, "not hexadecimal"),
        ("0x1\r\nx", 400, "not hexadecimal"),
        (" 1\r\nx", 400, "not hexadecimal"),
        ("1 \r\nx", 400, "not hexadecimal"),
        ("1 a\r\nx", 400, "not hexadecimal"),
        ("1\t \r\nx", 400, "not hexadecimal"),
        ("1\x0b;a\r\nx", 400, "not hexadecimal"),
        ("1_0\r\n", 400, "not hexadecimal"),
        ("1;a\rb\r\nx", 400, "not hexadecimal"),
        ("1;\0\r\nx", 400, "not hexadecimal"),
        ("1\n", 400, "bare LF"),
        ("1;a\n", 400, "bare LF"),
        ("1\r\nxy\r\n", 400, "longer than its size"),
        ("1\r\nx\n0", 400, "longer than its size"),
        ("1\r\nxy\n0", 400, "longer than its size"),
        ("1\r\nx\rZ", 400, "longer than its size"),
        ("10000000000000000\r\n", 400, "too large"),
        ("FFFFFFFFFFFFFFFF\r\n", 413, "8 KiB"),
        ("2001\r\n", 413, "8 KiB"),
        ("0\r\nA: b\n", 400, "bare LF"),
        ("0\r\nA\r\n\r\n", 400, "no colon"),
        ("0\r\nA : b\r\n\r\n", 400, "white space"),
        ("0\r\n A: b\r\n\r\n", 400, "white space"),
        ("0\r\nA: \0\r\n\r\n", 400, "control"),
    ] {
        refused(&[(&(with(CHUNKED) + body), status, words)]);
    }
}

#[test]
fn chunked_bodies_have_the_same_limits() {
    let chunks = |size: usize| format!("{size:x}\r\n{}\r\n1\r\nx\r\n0\r\n\r\n", "a".repeat(size));
    let whole = outcomes([(with(CHUNKED) + &chunks(MAX_BODY - 1)).as_bytes()]);
    assert!(whole.len() == 1 && whole[0].ends_with("ax>"));
    for (body, status, words) in [
        (chunks(MAX_BODY), 413, "8 KiB"),
        (
            "0\r\n".to_string() + &"A: b\r\n".repeat(MAX_FIELDS + 1),
            431,
            "64 fields",
        ),
    ] {
        refused(&[(&(with(CHUNKED) + &body), status, words)]);
    }
}

#[test]
fn the_extensions_and_trailers_of_a_body_have_one_bound_together() {
    let extension = |length: usize| format!(";{}", "e".repeat(length - 1));
    let trailer = |length: usize| format!("A: {}\r\n", "t".repeat(length - 5));
    let body = |one: usize, other: usize, trailers: usize| {
        let (one, other) = (extension(one), extension(other));
        format!("1{one}\r\nx\r\n0{other}\r\n{}\r\n", trailer(trailers))
    };
    let part = MAX_CHUNK_EXTRAS - 200;
    for (one, other, trailers) in [
        (100, 100, part),
        (part, 100, 100),
        (100, part, 100),
        (6000, 6000, MAX_CHUNK_EXTRAS - 12_000),
    ] {
        let read_as = |body: String| outcomes([(with(CHUNKED) + &body).as_bytes()]);
        assert_eq!(read_as(body(one, other, trailers)), ["Post / <x>"]);
        for beyond in [
            body(one + 1, other, trailers),
            body(one, other + 1, trailers),
            body(one, other, trailers + 1),
        ] {
            refused(&[(&(with(CHUNKED) + &beyond), 400, "16 KiB together")]);
        }
    }
    for endless in [
        "0".repeat(MAX_CHUNK_EXTRAS + 18),
        extension(MAX_CHUNK_EXTRAS + 18).replacen(';', "1;", 1),
        format!("0\r\n{}", trailer(MAX_CHUNK_EXTRAS + 5).trim_end()),
        "1;ee\r\nx\r\n".repeat(MAX_CHUNK_EXTRAS / 3 + 1),
    ] {
        refused(&[(&(with(CHUNKED) + &endless), 400, "16 KiB together")]);
    }
    // A chunk of one byte needs no extra, however many there are.
    let small = "1\r\nx\r\n".repeat(MAX_BODY) + "0\r\n\r\n";
    assert!(outcomes([(with(CHUNKED) + &small).as_bytes()])[0].ends_with("x>"));
}

#[test]
fn an_expectation_is_looked_at_once_the_request_is_well_formed() {
    for (request, status) in [
        ("GET / HTTP/1.1\r\nExpect: tea\r\n\r\n".to_owned(), 400),
        (
            "GET / HTTP/1.1\r\nExpect: tea\r\nHost: h\r\nHost: h\r\n\r\n".to_owned(),
            400,
        ),
        (with("Expect: tea\r\nContent-Length: x\r\n"), 400),
        (with("Expect: tea\r\nContent-Length: 8193\r\n"), 413),
        (with("Expect: tea\r\nTransfer-Encoding: gzip\r\n"), 501),
        (with("Expect: tea\r\nA : b\r\n"), 400),
        (with("Expect: tea\r\nContent-Length: 1\r\n"), 417),
    ] {
        refused(&[(&request, status, "")]);
    }
}

#[test]
fn a_client_that_waits_is_told_to_go_on_once() {
    let length = "Content-Length: 2\r\n";
    let expect = "Expect: 100-Continue\r\n";
    let head = with(&format!("{length}{expect}"));
    let pieces =
        |pieces: &[&str]| outcomes(pieces.iter().map(|piece| piece.as_bytes())).join(" | ");
    assert_eq!(pieces(&[&head, "h", "i"]), "continue | Post / <hi>");
    assert_eq!(
        pieces(&[&head[..9], &head[9..], "hi"]),
        "continue | Post / <hi>"
    );
    let chunked = with(&format!("{CHUNKED}{expect}"));
    assert_eq!(pieces(&[&chunked, "0\r\n\r\n"]), "continue | Post /");
    read(&[
        (&format!("{head}hi"), "Post / <hi>"),
        (&with(expect), "Post /"),
        (
            &with("Expect: 100-continue\r\nContent-Length: 0\r\n"),
            "Post /",
        ),
        (
            "POST / HTTP/1.0\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n",
            "more",
        ),
    ]);
    refused(&[
        (&with("Expect: tea\r\n"), 417, "100-continue"),
        (&with("Expect: 100-continue, tea\r\n"), 417, "100-continue"),
        (
            &with(&format!("{expect}Content-Length: 8193\r\n")),
            413,
            "8 KiB",
        ),
    ]);
}
