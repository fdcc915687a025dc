use super::*;
use proptest::prelude::*;

fn channel(capacity: usize) -> Channel {
    Channel::new(capacity, Id::at(1000))
}

/// Publishes an event in the millisecond `millis`. Returns its id.
fn publish(channel: &mut Channel, millis: u64, name: &str, data: &str) -> Id {
    let id = channel.last().next(millis);
    channel.push(id, name, data).unwrap();
    id
}

/// Appends the bytes that a socket with so much room takes.
fn take(out: &mut Vec<u8>, room: usize, slices: &[IoSlice<'_>]) -> usize {
    let before = out.len();
    for slice in slices {
        let left = room - (out.len() - before);
        out.extend_from_slice(&slice[..slice.len().min(left)]);
    }
    out.len() - before
}

/// The bytes of the newest event.
fn newest(channel: &Channel, framing: Framing) -> &[u8] {
    let index = channel.ring.len() - 1;
    match framing {
        Framing::Chunked => channel.ring.chunk(index),
        Framing::Plain => channel.ring.text(index),
    }
}

fn read(channel: &Channel, at: &mut Cursor) -> String {
    let mut out = Vec::new();
    channel
        .pump(at, |slices| take(&mut out, usize::MAX, slices))
        .unwrap();
    String::from_utf8(out).unwrap()
}

#[test]
fn the_rest_is_the_events_that_the_reader_lacks_up_to_a_bound() {
    let mut channel = channel(3);
    let mut reader = channel.latest(Framing::Chunked);
    let rest = |channel: &Channel, at: &Cursor, most| {
        let (events, last) = channel.rest(at, most);
        (events.map(str::to_owned).collect::<Vec<_>>(), last)
    };
    assert_eq!(rest(&channel, &reader, 99), (vec![], Id::at(1000)));
    for millis in 1001..1004 {
        publish(&mut channel, millis, "", "x");
    }
    let text = |millis| format!("id: {millis}-0\ndata: x\n\n");
    let all = vec![text(1001), text(1002), text(1003)];
    assert_eq!(rest(&channel, &reader, 99), (all.clone(), Id::at(1003)));
    let size = text(1001).len();
    for (most, count) in [(1, 1), (size, 1), (size + 1, 2), (2 * size + 1, 3)] {
        let last = Id::at(1000 + count as u64);
        assert_eq!(rest(&channel, &reader, most), (all[..count].to_vec(), last));
    }
    publish(&mut channel, 1004, "", "x");
    assert_eq!(rest(&channel, &reader, 1), (vec![text(1002)], Id::at(1002)));
    reader = channel.after(Id::at(1004), Framing::Plain).0;
    assert_eq!(rest(&channel, &reader, 99), (vec![], Id::at(1004)));
}

#[test]
fn an_event_is_a_chunk_or_on_http_1_0_just_its_bytes() {
    let mut channel = channel(4);
    publish(&mut channel, 1001, "e", "x");
    let text = "id: 1001-0\nevent: e\ndata: x\n\n";
    assert_eq!(read(&channel, &mut channel.latest(Framing::Plain)), text);
    assert_eq!(
        read(&channel, &mut channel.latest(Framing::Chunked)),
        format!("1d\r\n{text}\r\n")
    );
}

#[test]
fn a_new_reader_begins_at_the_newest_events_that_the_ring_holds() {
    let mut channel = channel(3);
    for (most, text) in [(0, ""), (1, ""), (9, "")] {
        assert_eq!(
            read(&channel, &mut channel.newest(most, Framing::Plain)),
            text
        );
    }
    for data in ["1", "2", "3", "4"] {
        channel.tell("", data);
    }
    for (most, expected) in [(0, 0..0), (1, 4..5), (2, 3..5), (3, 2..5), (9, 2..5)] {
        let text: String = expected.map(|n| format!("data: {n}\n\n")).collect();
        assert_eq!(
            read(&channel, &mut channel.newest(most, Framing::Plain)),
            text
        );
    }
}

#[test]
fn a_reader_resumes_behind_the_id_it_names() {
    let mut channel = channel(4);
    let ids: Vec<Id> = (0..3)
        .map(|n| publish(&mut channel, 1001, "e", &n.to_string()))
        .collect();
    let (mut at, missed) = channel.after(ids[0], Framing::Plain);
    assert_eq!(missed, None);
    assert_eq!(read(&channel, &mut at).matches("data: ").count(), 2);
    let (mut at, missed) = channel.after(ids[2], Framing::Plain);
    assert_eq!((missed, read(&channel, &mut at).as_str()), (None, ""));
}

#[test]
fn a_reader_that_names_an_id_too_old_or_from_the_future_may_have_missed_events() {
    let mut channel = channel(2);
    assert_eq!(channel.after(Id::at(1000), Framing::Plain).1, None);
    let ids: Vec<Id> = (0..4)
        .map(|_| publish(&mut channel, 2000, "e", "x"))
        .collect();
    for (id, missed) in [
        (Id::at(999), Some(Missed)),
        (Id::at(1000), Some(Missed)),
        (ids[0], Some(Missed)),
        (ids[1], None),
        (ids[3], None),
        (ids[3].next(0), Some(Missed)),
    ] {
        assert_eq!(channel.after(id, Framing::Plain).1, missed, "{id}");
    }
    let (mut at, _) = channel.after(ids[0], Framing::Plain);
    assert_eq!(
        read(&channel, &mut at).matches("data: ").count(),
        2,
        "every event in the ring follows"
    );
}

#[test]
fn an_event_whose_id_does_not_grow_is_refused() {
    let mut channel = channel(2);
    for id in [Id::default(), Id::at(999), Id::at(1000)] {
        assert_eq!(channel.push(id, "e", "x"), Err(NotNewer));
    }
    let id = Id::at(1000).next(1000);
    assert_eq!(channel.push(id, "e", "x"), Ok(()));
    assert_eq!(channel.push(id, "e", "x"), Err(NotNewer));
    assert_eq!((channel.last(), channel.ring.len()), (id, 1));
}

#[test]
fn a_reader_that_has_had_an_event_which_the_channel_lost_has_missed_events() {
    let mut channel = channel(4);
    publish(&mut channel, 2000, "e", "known");
    channel.lose(Id::at(2001)..Id::at(3000));
    publish(&mut channel, 4000, "e", "new");
    for (millis, missed) in [
        (2000, None),
        (2001, Some(Missed)),
        (2999, Some(Missed)),
        (3000, None),
        (4000, None),
    ] {
        let (mut at, found) = channel.after(Id::at(millis), Framing::Plain);
        assert_eq!(found, missed, "{millis}");
        let rest = usize::from(millis < 4000) + usize::from(missed.is_some());
        assert_eq!(read(&channel, &mut at).matches("data: ").count(), rest);
    }
}

#[test]
fn a_reader_whose_event_is_dropped_before_its_end_has_missed_the_rest_of_the_event() {
    let mut channel = channel(1);
    publish(&mut channel, 1001, "e", "x");
    let mut at = channel.latest(Framing::Plain);
    assert_eq!(channel.pump(&mut at, |_| 3), Ok(Pumped::Some(true)));
    assert!(at.is_blocked());
    publish(&mut channel, 1002, "e", "y");
    assert_eq!(channel.pump(&mut at, |_| unreachable!()), Err(Missed));
}

proptest! {
    /// Readers take any number of bytes while events are published. Each reader gets a gapless run of the stream's bytes from
    /// its beginning on, or `Missed`.
    #[test]
    fn each_cursor_sees_a_contiguous_run_or_missed(
        capacity in 1usize..6,
        steps in prop::collection::vec((0u8..3, 0usize..80), 1..120),
        framing in prop_oneof![Just(Framing::Chunked), Just(Framing::Plain)],
    ) {
        let mut channel = channel(capacity);
        let mut all = Vec::new();
        let mut at = channel.latest(framing);
        let mut seen = Vec::new();
        let mut published = 0;
        for (kind, amount) in steps {
            if kind == 0 {
                publish(&mut channel, amount as u64, "e", &"x".repeat(amount));
                published += 1;
                all.extend_from_slice(newest(&channel, framing));
            } else {
                let pumped = channel.pump(&mut at, |slices| take(&mut seen, amount, slices));
                if pumped == Err(Missed) {
                    prop_assert!(FIRST + published - at.next > capacity as u64);
                    break;
                }
                prop_assert_eq!(&all[..seen.len()], &seen[..]);
                prop_assert_eq!(matches!(pumped, Ok(Pumped::All(_))), seen.len() == all.len());
            }
        }
    }
}
