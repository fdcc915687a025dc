//! Decodes `text/event-stream` as a browser does (WHATWG HTML, "Server-sent events", 9.2.5 and 9.2.6), however it is cut.
//! Pure: bytes in, blocks out. Holds nothing on the heap between two blocks.

/// The longest block, in bytes: a server that never ends a block must not take all memory.
const MAX_BLOCK: usize = 1 << 20;
/// The longest id, in bytes: each id is remembered, and few servers take a longer `Last-Event-ID`.
const MAX_ID: usize = 4096;
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// The decoder of a stream: 16 bytes, unless a block has begun.
#[derive(Debug, Default)]
pub(crate) struct Decoder {
    pending: Option<Box<Pending>>,
    /// The last line ended in CR: an LF that follows belongs to that line end.
    after_return: bool,
    /// The first line is behind. No other line may begin with a byte order mark.
    begun: bool,
}

const _: () = assert!(size_of::<Decoder>() <= 16);

/// The beginning of a block, and of a line. It can serve as scratch buffer for many decoders in turn.
#[derive(Debug, Default)]
pub(crate) struct Pending {
    line: Vec<u8>,
    data: Vec<u8>,
    name: Vec<u8>,
    id: Option<Vec<u8>>,
    has_long_id: bool,
}

/// An item of a stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Item<'a> {
    /// The reconnection time, in milliseconds.
    Retry(u64),
    /// A block that has an id, or data, or both.
    Block(Block<'a>),
}

/// A block, its bytes as they came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Block<'a> {
    /// The id to resume from, if this block has an id.
    pub(crate) id: Option<&'a [u8]>,
    /// The name of the event; empty if the block has none, which means `message`.
    pub(crate) name: &'a [u8],
    /// The data, its lines joined by LF. A block without data is no event.
    pub(crate) data: Option<&'a [u8]>,
}

/// A block of more than 1 MiB, or an id of more than 4 KiB.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct TooLong;

impl Decoder {
    /// Takes some of the stream, and tells its items. `spare` is a scratch buffer that is empty or was given before.
    pub(crate) fn feed(
        &mut self,
        mut bytes: &[u8],
        spare: &mut Pending,
        tell: &mut impl FnMut(Item<'_>),
    ) -> Result<(), TooLong> {
        if let Some(pending) = self.pending.take() {
            *spare = *pending;
        }
        while !bytes.is_empty() {
            if std::mem::take(&mut self.after_return) && bytes[0] == b'\n' {
                bytes = &bytes[1..];
                continue;
            }
            let Some(end) = memchr::memchr2(b'\r', b'\n', bytes) else {
                spare.line.extend_from_slice(bytes);
                break;
            };
            self.after_return = bytes[end] == b'\r';
            self.line(&bytes[..end], spare, tell);
            bytes = &bytes[end + 1..];
        }
        if spare.has_long_id || spare.size() > MAX_BLOCK {
            // The next decoder must find an empty buffer.
            *spare = Pending::default();
            return Err(TooLong);
        }
        if !spare.is_empty() {
            self.pending = Some(Box::new(std::mem::take(spare)));
        }
        Ok(())
    }

    fn line(&mut self, end: &[u8], pending: &mut Pending, tell: &mut impl FnMut(Item<'_>)) {
        if pending.line.is_empty() {
            return pending.field(self.unmarked(end), tell);
        }
        let mut line = std::mem::take(&mut pending.line);
        line.extend_from_slice(end);
        pending.field(self.unmarked(&line), tell);
        line.clear();
        pending.line = line;
    }

    fn unmarked<'a>(&mut self, line: &'a [u8]) -> &'a [u8] {
        match std::mem::replace(&mut self.begun, true) {
            true => line,
            false => line.strip_prefix(BYTE_ORDER_MARK).unwrap_or(line),
        }
    }
}

impl Pending {
    fn is_empty(&self) -> bool {
        self.line.is_empty() && self.data.is_empty() && self.name.is_empty() && self.id.is_none()
    }

    fn size(&self) -> usize {
        self.line.len() + self.data.len()
    }

    fn field(&mut self, line: &[u8], tell: &mut impl FnMut(Item<'_>)) {
        if line.is_empty() {
            return self.dispatch(tell);
        }
        let colon = line.iter().position(|byte| *byte == b':');
        let (name, value) = match colon {
            Some(at) => (&line[..at], &line[at + 1..]),
            None => (line, &[][..]),
        };
        let value = value.strip_prefix(b" ").unwrap_or(value);
        match name {
            b"data" => {
                self.data.extend_from_slice(value);
                self.data.push(b'\n');
            }
            b"event" => {
                self.name.clear();
                self.name.extend_from_slice(value);
            }
            b"id" if value.len() > MAX_ID => self.has_long_id = true,
            b"id" if !value.contains(&0) => self.id = Some(value.to_vec()),
            b"retry" => {
                if let Some(millis) = digits(value) {
                    tell(Item::Retry(millis));
                }
            }
            _ => {}
        }
    }

    fn dispatch(&mut self, tell: &mut impl FnMut(Item<'_>)) {
        let id = self.id.take();
        let data = self.data.split_last().map(|(_, data)| data);
        if id.is_some() || data.is_some() {
            tell(Item::Block(Block {
                id: id.as_deref(),
                name: &self.name,
                data,
            }));
        }
        self.data.clear();
        self.name.clear();
    }
}

/// A number of digits only; if too large, the largest.
fn digits(value: &[u8]) -> Option<u64> {
    let all = !value.is_empty() && value.iter().all(u8::is_ascii_digit);
    let add = |sum: u64, digit: &u8| {
        sum.saturating_mul(10)
            .saturating_add(u64::from(digit - b'0'))
    };
    all.then(|| value.iter().fold(0, add))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The items of a stream in pieces, a line for each.
    fn decode<'a>(pieces: impl IntoIterator<Item = &'a [u8]>) -> Vec<String> {
        let (mut decoder, mut spare, mut said) =
            (Decoder::default(), Pending::default(), Vec::new());
        for piece in pieces {
            let tell = &mut |item: Item<'_>| said.push(show(item));
            decoder.feed(piece, &mut spare, tell).unwrap();
        }
        said
    }

    fn show(item: Item<'_>) -> String {
        let text = |bytes| String::from_utf8_lossy(bytes).into_owned();
        match item {
            Item::Retry(millis) => format!("retry {millis}"),
            Item::Block(Block { id, name, data }) => {
                format!("{:?} {:?} {:?}", id.map(text), text(name), data.map(text))
            }
        }
    }

    #[track_caller]
    fn says(stream: &str, items: &[&str]) {
        assert_eq!(decode([stream.as_bytes()]), items, "{stream:?}");
    }

    #[test]
    fn the_specification_s_examples() {
        says(
            "data: YHOO\ndata: +2\ndata: 10\n\n",
            &[r#"None "" Some("YHOO\n+2\n10")"#],
        );
        says(
            ": test stream\n\ndata: first event\nid: 1\n\ndata:second event\nid\n\ndata:  third event\n\n",
            &[
                r#"Some("1") "" Some("first event")"#,
                r#"Some("") "" Some("second event")"#,
                r#"None "" Some(" third event")"#,
            ],
        );
        says(
            "data\n\ndata\ndata\n\ndata:",
            &[r#"None "" Some("")"#, r#"None "" Some("\n")"#],
        );
        says(
            "data:test\n\ndata: test\n\n",
            &[r#"None "" Some("test")"#, r#"None "" Some("test")"#],
        );
    }

    #[test]
    fn lines_end_in_any_of_three_ways_and_one_mark_may_come_first() {
        let expected = [r#"Some("1") "n" Some("a\nb")"#];
        for end in ["\n", "\r", "\r\n"] {
            let stream = "\u{feff}id: 1|event: n|data: a|data: b||".replace('|', end);
            says(&stream, &expected);
        }
        says("\u{feff}\u{feff}data: a\n\n", &[]);
        says(
            "data: a\r\rdata: b\r\n\r\n",
            &[r#"None "" Some("a")"#, r#"None "" Some("b")"#],
        );
    }

    #[test]
    fn a_line_that_is_not_of_the_grammar_is_passed_over() {
        says("id: a\0b\ndata: x\n\n", &[r#"None "" Some("x")"#]);
        says("id: 7\nid: a\0b\n\n", &[r#"Some("7") "" None"#]);
        says(
            "retry: 12\nretry: 1.5\nretry: -1\nretry:\nretry: 0\n",
            &["retry 12", "retry 0"],
        );
        says(
            "retry: 99999999999999999999999\n",
            &["retry 18446744073709551615"],
        );
        says("Data: x\n data: x\nfoo: bar\nfoo\n:\n\n", &[]);
        says("event: n\n\ndata: x\n\n", &[r#"None "" Some("x")"#]);
        says("data: x\nid: 1", &[]);
    }

    #[test]
    fn between_two_blocks_nothing_is_held() {
        let (mut decoder, mut spare) = (Decoder::default(), Pending::default());
        let mut feed = |bytes: &[u8]| {
            decoder.feed(bytes, &mut spare, &mut |_| ()).unwrap();
            decoder.pending.is_some()
        };
        assert!(!feed(b"retry: 1\nid: 1\ndata: x\n\n: ping\n"));
        assert!(feed(b"id: 1\n"));
        assert!(feed(b"data: x\r\n"));
        assert!(!feed(b"\r"));
        assert!(!feed(b"\n"));
    }

    #[test]
    fn a_block_without_end_is_refused() {
        let (mut decoder, mut spare) = (Decoder::default(), Pending::default());
        let line = [b"data: ", &[b'x'; 1018][..]].concat();
        let told = (0..2000).find_map(|_| decoder.feed(&line, &mut spare, &mut |_| ()).err());
        assert_eq!(told, Some(TooLong));
    }

    #[test]
    fn an_id_that_no_server_would_take_back_is_refused() {
        let (mut decoder, mut spare) = (Decoder::default(), Pending::default());
        let mut feed = |length: usize| {
            let stream = format!("id: {}\ndata: x\n\n", "x".repeat(length));
            decoder.feed(stream.as_bytes(), &mut spare, &mut |_| ())
        };
        assert_eq!(feed(MAX_ID), Ok(()));
        assert_eq!(feed(MAX_ID + 1), Err(TooLong));
    }

    #[test]
    fn a_stream_that_is_refused_leaves_nothing_to_the_next() {
        let mut spare = Pending::default();
        let endless = [b'x'; MAX_BLOCK + 1];
        let refused = Decoder::default().feed(&endless, &mut spare, &mut |_| ());
        assert_eq!(refused, Err(TooLong));
        let mut told = 0;
        let result = Decoder::default().feed(b"data: x\n\n", &mut spare, &mut |_| told += 1);
        assert_eq!((result, told), (Ok(()), 1));
    }

    fn line() -> impl Strategy<Value = String> {
        let field = prop::sample::select(vec![
            "data",
            "id",
            "event",
            "retry",
            "",
            "x",
            "\u{feff}data",
        ]);
        let middle = prop::sample::select(vec![": ", ":", ""]);
        let value = prop::sample::select(vec!["", "1", "23", "a", "a\0", "ü", ":", " "]);
        let end =
            prop::sample::select(vec!["\n", "\r", "\r\n", "\n\n", "\r\r", "\r\n\r\n", "\n\r"]);
        (field, middle, value, end).prop_map(|(a, b, c, d)| format!("{a}{b}{c}{d}"))
    }

    proptest! {
        #[test]
        fn a_stream_has_the_same_items_however_it_is_cut(
            lines in prop::collection::vec(line(), 0..20),
            cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..12),
        ) {
            let stream = lines.concat().into_bytes();
            let mut cuts: Vec<usize> = cuts.iter().map(|cut| cut.index(stream.len() + 1)).collect();
            cuts.extend([0, stream.len()]);
            cuts.sort_unstable();
            let pieces = cuts.windows(2).map(|pair| &stream[pair[0]..pair[1]]);
            let whole = decode([&stream[..]]);
            prop_assert_eq!(&decode(pieces), &whole);
            prop_assert_eq!(&decode(stream.chunks(1)), &whole);
        }
    }
}
