use super::*;

const SOON: Duration = Duration::from_secs(1);

fn publisher() -> Publisher {
    let publication = Publication {
        method: "POST".to_owned(),
        fields: Vec::new(),
        body: b"{marker}".to_vec(),
    };
    let target = Target::resolve("http://127.0.0.1:4000/a/b").unwrap();
    Publisher::new((target, publication))
}

const EDITION: Edition<'_> = Edition {
    marker: "m",
    number: 7,
};

/// The request after an answer with this status and location.
fn onward(publisher: &mut Publisher, key: u32, status: &str, location: &str) -> String {
    let answer =
        format!("HTTP/1.1 {status} Moved\r\nLocation: {location}\r\nContent-Length: 0\r\n\r\n");
    let line = publisher.line(key).unwrap();
    assert_eq!(line.read(answer.as_bytes()), Ok(true));
    match publisher.goes_on(key, EDITION) {
        Onward::Redirected => {
            let request = publisher.post(key).unwrap().request.clone();
            let request = String::from_utf8(request).unwrap();
            request
                .replace("\r\nHost: 127.0.0.1:4000\r\n", "|")
                .replace("\r\n", "|")
        }
        onward => format!("{onward:?}"),
    }
}

#[test]
fn a_redirection_is_followed_as_browsers_do_on_the_same_server() {
    let kept = " HTTP/1.1|Content-Length: 1||m";
    for (status, location, expected) in [
        ("307", "c", format!("POST /a/c{kept}")),
        ("308", "http://127.0.0.1:4000/d", format!("POST /d{kept}")),
        ("301", "/c", "GET /c HTTP/1.1||".to_owned()),
        ("302", "/c", "GET /c HTTP/1.1||".to_owned()),
        ("303", "/c", "None".to_owned()),
        ("300", "/c", "None".to_owned()),
        (
            "307",
            "",
            "Nowhere(\"was redirected without a place to go\")".to_owned(),
        ),
    ] {
        let mut publisher = publisher();
        let key = publisher.assign(7, Vec::new());
        assert_eq!(onward(&mut publisher, key, status, location), expected);
    }
    let mut publisher = publisher();
    let key = publisher.assign(7, Vec::new());
    let other = onward(&mut publisher, key, "307", "https://127.0.0.1/");
    assert!(other.contains("another server"), "{other}");
}

#[test]
fn a_publish_is_redirected_five_times_and_stays_a_get_once_it_is_one() {
    let mut publisher = publisher();
    let key = publisher.assign(7, Vec::new());
    for status in ["307", "302", "307", "308", "301"] {
        let method = if status == "307" && publisher.post(key).unwrap().hops == 0 {
            "POST"
        } else {
            "GET"
        };
        assert!(onward(&mut publisher, key, status, "/c").starts_with(method));
    }
    assert!(onward(&mut publisher, key, "307", "/c").contains("five times"));
}

#[test]
fn a_publish_waits_for_no_other_and_none_is_forgotten() {
    let mut publisher = publisher();
    publisher.start(4);
    for number in 0..3 {
        assert!(publisher.comes_due());
        assert_eq!(publisher.assign(number, Vec::new()), number);
    }
    let answer = b"HTTP/1.1 204 No Content\r\n\r\n";
    assert_eq!(publisher.line(1).unwrap().read(answer), Ok(true));
    assert_eq!(publisher.post(1).unwrap().answer.status, 204);
    assert_eq!(publisher.keep(1, SOON).unwrap().number, 1);
    assert!(!publisher.is_done());
    assert_eq!(publisher.give_up(), (1, vec![0, 2]));
    assert!(publisher.is_done() && !publisher.comes_due());
}

#[test]
fn a_kept_connection_is_used_again_unless_it_was_idle_for_long() {
    let mut publisher = publisher();
    for number in 0..3 {
        publisher.assign(number, Vec::new());
    }
    for key in [2, 0, 1] {
        publisher.keep(key, SOON * key);
    }
    assert_eq!(publisher.assign(3, Vec::new()), 1);
    assert!(publisher.forget_stale(SOON * 2).is_none());
    assert_eq!(publisher.keep(1, SOON * 6).unwrap().number, 3);
    assert!(publisher.forget_stale(SOON * 7).is_some());
    assert!(publisher.forget_stale(SOON * 7).is_some());
    assert!(publisher.forget_stale(SOON * 7).is_none());
    assert_eq!(publisher.assign(4, Vec::new()), 1);
    assert!(publisher.forget(1).is_some() && publisher.forget(1).is_none());
}

#[test]
fn no_more_publishes_are_under_way_than_the_bound() {
    let mut publisher = publisher();
    for number in 0..MOST_POSTS as u32 {
        assert!(!publisher.is_full());
        publisher.assign(number, Vec::new());
    }
    assert!(publisher.is_full());
    publisher.keep(7, SOON);
    assert!(!publisher.is_full());
}

#[test]
fn a_publish_is_sent_again_only_if_a_kept_connection_ended_without_a_word() {
    let mut publisher = publisher();
    let key = publisher.assign(0, b"POST".to_vec());
    publisher.post(key).unwrap().is_asked = true;
    assert!(!publisher.repeats(key), "the connection was new");
    publisher.keep(key, SOON);
    publisher.assign(1, b"POST".to_vec());
    publisher.post(key).unwrap().is_asked = true;
    assert!(publisher.repeats(key));
    assert!(!publisher.post(key).unwrap().is_asked);
    publisher.keep(key, SOON);
    publisher.assign(2, b"POST".to_vec());
    assert_eq!(publisher.line(key).unwrap().read(b"HTTP"), Ok(false));
    assert!(!publisher.repeats(key), "an answer had begun");
}
