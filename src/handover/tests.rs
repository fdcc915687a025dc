use super::*;

/// A frame of each kind, with each state of a connection.
fn frames() -> Vec<Frame> {
    let cursor = CarriedCursor {
        channel: 1,
        next: 300,
        sent: 17,
        is_chunked: true,
        is_blocked: true,
    };
    let input = CarriedInput {
        bytes: b"POST /publish HTTP/1.1\r\nHo".to_vec(),
        is_continued: true,
        since: -3,
        ended: false,
        held: Some(cursor),
    };
    let states = vec![
        CarriedState::Idle,
        CarriedState::Reading(input.clone()),
        CarriedState::Polling(cursor, b"GET /poll HTTP/1.1\r\n\r\n".to_vec(), 2500, true),
        CarriedState::Writing(b"rest".to_vec(), None, -1, CarriedAfter::Close(true)),
        CarriedState::Writing(vec![], Some((2, 9)), 0, CarriedAfter::Read(input)),
        CarriedState::Writing(b"x".to_vec(), None, 0, CarriedAfter::Subscribe(cursor)),
        CarriedState::Subscribed(cursor),
    ];
    let connection = |state| CarriedConnection {
        deadline: 1500,
        is_operators: false,
        is_beyond: true,
        state,
    };
    vec![
        Frame::Offer(Offer {
            format: FORMAT,
            listeners: vec![CarriedListener {
                is_operators: true,
                owns_file: true,
                is_unix: true,
            }],
        }),
        Frame::Hello(Hello {
            format: FORMAT,
            version: "0.1.0".to_owned(),
            room: 19_926,
        }),
        Frame::State(Box::new(state())),
        Frame::Body(Body {
            number: 2,
            bytes: b"<!doctype html>".to_vec(),
        }),
        Frame::Connections(states.into_iter().map(connection).collect()),
        Frame::Had(7),
        Frame::End(7),
        Frame::Taken(7),
        Frame::Yours,
        Frame::Failed("the history cannot be opened".to_owned()),
        Frame::Publish(Publish {
            token: 4,
            channel: "pictures".to_owned(),
            name: "picture".to_owned(),
            data: "{}".to_owned(),
        }),
        Frame::Published(Published {
            token: 4,
            id: Some(CarriedId(1000, 1)),
        }),
        Frame::Stop,
    ]
}

fn state() -> State {
    let id = CarriedId(1_795_255_721_561, 3);
    State {
        channels: vec![CarriedChannel {
            number: 1,
            name: "pictures".to_owned(),
            first: 299,
            last: id,
            floor: CarriedId(1000, 0),
            lost: (CarriedId(1, 0), CarriedId(2, 0)),
            events: vec![CarriedEvent {
                id,
                chunk: b"9\r\ndata: x\n\n\r\n".to_vec(),
                size_line: 3,
            }],
            waiting: vec![CarriedWaiting {
                id: None,
                name: "picture".to_owned(),
                data: "{}".to_owned(),
            }],
        }],
        counts: Counts {
            plain: vec![("deliveries".to_owned(), 128)],
            histograms: vec![(
                "turns".to_owned(),
                CarriedHistogram {
                    bounds: vec![1_000_000],
                    counts: vec![5, 1],
                    sum: 7_000_000,
                },
            )],
        },
        application: b"its own".to_vec(),
    }
}

fn take_all(bytes: &mut Vec<u8>) -> Vec<Frame> {
    std::iter::from_fn(|| Frame::take(bytes).unwrap()).collect()
}

#[test]
fn frames_survive_being_written_however_the_bytes_are_cut() {
    let bytes: Vec<u8> = frames().iter().flat_map(Frame::encode).collect();
    for size in [1, 7, 64, 100_000] {
        let (mut had, mut found) = (Vec::new(), Vec::new());
        for piece in bytes.chunks(size) {
            had.extend_from_slice(piece);
            found.append(&mut take_all(&mut had));
        }
        assert_eq!((found, had), (frames(), Vec::new()), "in pieces of {size}");
    }
}

#[test]
fn the_frames_of_the_released_format_are_read_as_they_were_meant() {
    let golden = include_bytes!("../../tests/handover/format-1.bin");
    assert_eq!(take_all(&mut golden.to_vec()), frames());
    let written: Vec<u8> = frames().iter().flat_map(Frame::encode).collect();
    assert_eq!(written, golden, "another form needs another number");
}

/// The bytes of a frame with this CBOR.
fn framed(cbor: &[u8]) -> Vec<u8> {
    [&MAGIC[..], &(cbor.len() as u32).to_be_bytes(), cbor].concat()
}

#[test]
fn unknown_fields_and_unknown_frames_are_passed_over() {
    // [1, [{0: 1, 1: "2", 2: 3, 9: [4, "x"]}]]
    let hello = framed(b"\x82\x01\x81\xa4\x00\x01\x01\x612\x02\x03\x09\x82\x04\x61x");
    let unknown = framed(b"\x82\x18\x63\x81\x61y");
    let mut bytes = [unknown, hello].concat();
    let expected = Hello {
        format: 1,
        version: "2".to_owned(),
        room: 3,
    };
    assert_eq!(take_all(&mut bytes), [Frame::Hello(expected)]);
}

#[test]
fn bytes_that_are_no_frame_are_refused() {
    for bytes in [
        &b"HTTP/1.1 200"[..],
        b"x",
        b"PFho\xff\xff\xff\xff",
        b"PFho\0\0\0\x01\x00",
        b"PFho\0\0\0\x03\x82\x01\x80",
    ] {
        assert!(Frame::take(&mut bytes.to_vec()).is_err(), "{bytes:?}");
    }
    for bytes in [&b""[..], b"PFh", b"PFho\0\0\0\x03\x82\x01"] {
        assert_eq!(Frame::take(&mut bytes.to_vec()), Ok(None), "{bytes:?}");
    }
}
