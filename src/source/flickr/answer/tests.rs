//! Whole answers, most of them from files.

use super::*;
use proptest::prelude::*;

macro_rules! fixture {
    ($name:literal) => {
        include_bytes!(concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/tests/fixtures/flickr/",
            $name
        ))
        .as_slice()
    };
}

const KEY: &str = "0123456789abcdef";

fn read(body: &[u8]) -> Result<Vec<Picture>, QuestionFailure> {
    pictures(&mut body.to_vec(), None, &Secret::new(KEY))
}

/// A list with the recorded photo and `photo`.
fn with_photo(photo: &str) -> Vec<u8> {
    let recorded: serde_json::Value = serde_json::from_slice(fixture!("search-one.json")).unwrap();
    let recorded = &recorded["photos"]["photo"][0];
    format!(r#"{{"photos":{{"photo":[{photo},{recorded}]}},"stat":"ok"}}"#).into_bytes()
}

#[test]
fn the_recorded_answers_are_read_whole() {
    assert_eq!(read(fixture!("search-recorded.json")).unwrap().len(), 8);
    assert_eq!(read(fixture!("search-ok.json")).unwrap().len(), 8);
    let one = Picture {
        url: "https://live.staticflickr.com/65535/49514824541_35d1b4f8db_b.jpg".into(),
        title: Some("Surveying Ruperts Reef @reeflifesurvey #lapofaus #marineexplorer".into()),
        owner: Some("Reef Survey Team".into()),
        page: Some("https://www.flickr.com/photos/reefsurvey/49514824541/".into()),
        license: Some("CC BY-NC-SA 2.0".into()),
        license_url: Some("https://creativecommons.org/licenses/by-nc-sa/2.0/".into()),
    };
    assert_eq!(
        read(fixture!("search-one.json")).unwrap(),
        std::slice::from_ref(&one)
    );
    assert_eq!(read(fixture!("bom.json")).unwrap(), [one]);
}

#[test]
fn no_photo_is_an_answer_too() {
    for body in [
        fixture!("search-empty.json"),
        fixture!("search-empty-string-total.json"),
        fixture!("search-no-photo-list.json"),
    ] {
        assert_eq!(read(body), Ok(Vec::new()));
    }
}

#[test]
fn an_answer_that_is_not_flickrs_json_is_unreadable_and_not_quoted() {
    let tables = [
        (fixture!("malformed.txt"), "broken JSON"),
        (fixture!("bad-escape.txt"), "broken JSON"),
        (fixture!("truncated.json"), "broken JSON"),
        (fixture!("jsonp.txt"), "not JSON"),
        (fixture!("xml-instead.xml"), "HTML or XML instead of JSON"),
        (fixture!("html-error.html"), "HTML or XML instead of JSON"),
        (b" \r\n", "an empty answer"),
        (b"null", "JSON, but not Flickr's"),
        (br#"{"stat":"weird"}"#, "JSON, but not Flickr's"),
        (br#"{"photos":{"photo":[]}}"#, "JSON, but not Flickr's"),
    ];
    for (body, why) in tables {
        let Err(QuestionFailure::Unreadable(said)) = read(body) else {
            panic!("{why}")
        };
        assert_eq!(said.split(" in line").next(), Some(why));
    }
    assert!(matches!(
        read(fixture!("trailing-garbage.txt")),
        Err(QuestionFailure::Unreadable(_))
    ));
    assert!(matches!(
        read(&b"[".repeat(50_000)),
        Err(QuestionFailure::Unreadable(_))
    ));
}

#[test]
fn wrong_shapes_are_no_photos_or_unreadable() {
    for (number, line) in fixture!("wrong-shapes.jsonl")
        .split(|&byte| byte == b'\n')
        .enumerate()
    {
        match read(line) {
            Ok(pictures) => assert!(pictures.is_empty(), "line {number}"),
            Err(failure) => assert!(
                matches!(failure, QuestionFailure::Unreadable(_)),
                "line {number}"
            ),
        }
    }
}

#[test]
fn an_error_is_judged_by_its_code() {
    let refused = |why: &str| Err(QuestionFailure::Refused(why.into()));
    let transient = |why: &str| Err(QuestionFailure::Transient(why.into()));
    let key = |why: &str| Err(QuestionFailure::Key(why.into()));
    let table = [
        (fixture!("fail-3-parameterless.json"), Ok(Vec::new())),
        (fixture!("fail-116-bad-url.json"), Ok(Vec::new())),
        (
            fixture!("fail-100-expired-key.json"),
            key("error 100: Invalid API Key (Key has expired)"),
        ),
        (
            fixture!("fail-string-code.json"),
            key("error 100: Invalid API Key"),
        ),
        (
            fixture!("fail-105-unavailable.json"),
            transient("error 105: Service currently unavailable"),
        ),
        (
            fixture!("fail-18-illogical.json"),
            refused("error 18: Illogical arguments"),
        ),
        (
            fixture!("fail-no-message.json"),
            refused("an error without a code: no reason given"),
        ),
    ];
    for (body, outcome) in table {
        assert_eq!(read(body), outcome);
    }
    assert!(matches!(
        read(fixture!("fail-10-search-unavailable.json")),
        Err(QuestionFailure::Transient(_))
    ));
    assert!(matches!(
        read(fixture!("fail-201-unavailable.json")),
        Err(QuestionFailure::Transient(_))
    ));
}

#[test]
fn a_byte_that_is_no_utf_8_costs_its_character() {
    let title = read(fixture!("latin1.json"))
        .unwrap()
        .remove(0)
        .title
        .unwrap();
    assert!(
        title.starts_with("R\u{FFFD}\u{FFFD}f @reeflifesurvey"),
        "{title}"
    );
}

#[test]
fn an_odd_photo_costs_no_other() {
    let deep = format!(r#"{{"title":{}1{}}}"#, "[".repeat(1000), "]".repeat(1000));
    let wrapped = format!(
        r#"{{"title":{}1{}}}"#,
        r#"{"_content":"#.repeat(1000),
        "}".repeat(1000)
    );
    for photo in [
        "null",
        "7",
        "[]",
        r#"{"id":1e999}"#,
        r#"{"id":1,"id":2}"#,
        r#"{"title":-1e999,"url_l":[{}]}"#,
        &deep,
        &wrapped,
    ] {
        assert_eq!(read(&with_photo(photo)).unwrap().len(), 1, "{photo}");
    }
}

#[test]
fn of_a_list_without_end_the_first_photos_are_read() {
    let recorded: serde_json::Value = serde_json::from_slice(fixture!("search-one.json")).unwrap();
    let many = vec![recorded["photos"]["photo"][0].to_string(); 500].join(",");
    let pictures = read(&with_photo(&many)).unwrap();
    assert_eq!(pictures.len(), MOST);
}

#[test]
fn an_error_that_quotes_the_key_is_told_without_it() {
    for (quoted, told) in [
        (
            "key 0123456789ABCDEF".to_owned(),
            "key (the key)".to_owned(),
        ),
        (
            "?api_key=0123456789%61%62cdef".to_owned(),
            "?api_key=(the key)".to_owned(),
        ),
        (
            format!("{}{KEY}", "x".repeat(295)),
            format!("{}(the ", "x".repeat(295)),
        ),
    ] {
        let body = format!(r#"{{"stat":"fail","code":7,"message":"{quoted}"}}"#);
        let why = format!("error 7: {}", told.trim_end());
        assert_eq!(read(body.as_bytes()), Err(QuestionFailure::Refused(why)));
    }
}

#[test]
fn half_an_emoji_costs_one_character() {
    let pictures = read(fixture!("lone-surrogate.json")).unwrap();
    assert_eq!(
        pictures[0].title.as_deref(),
        Some("half an emoji \u{FFFD} cut off")
    );
}

#[test]
fn only_lone_surrogates_are_mended() {
    let table = [
        (r"\ud83c\udf63", r"\ud83c\udf63"),
        (r"\ud83c", r"\ufffd"),
        (r"\udf63\ud83c", r"\ufffd\ufffd"),
        (r"\ud83c\ud83c\udf63", r"\ufffd\ud83c\udf63"),
        (r"\ud83c\n", r"\ufffd\n"),
        (r"\\ud83c", r"\\ud83c"),
        (r"\\\ud83c", r"\\\ufffd"),
        (r"\u00e9", r"\u00e9"),
        (r"\ud83", r"\ud83"),
        (r"\", r"\"),
    ];
    for (before, after) in table {
        let mut json = before.as_bytes().to_vec();
        mend_surrogates(&mut json);
        assert_eq!(std::str::from_utf8(&json), Ok(after));
    }
}

proptest! {
    #[test]
    fn a_mended_string_of_escapes_is_text(units in prop::collection::vec(0xD700_u16..0xE100, 0..20)) {
        let escapes: String = units.iter().map(|unit| format!("\\u{unit:04x}")).collect();
        let mut json = format!("\"{escapes}\"").into_bytes();
        mend_surrogates(&mut json);
        let text: String = serde_json::from_slice(&json).unwrap();
        prop_assert_eq!(text, String::from_utf16_lossy(&units));
    }

    #[test]
    fn no_bytes_make_the_reader_panic(mut bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = pictures(&mut bytes, None, &Secret::new(KEY));
    }
}
