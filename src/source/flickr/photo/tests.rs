//! Single photos as pictures; most photos are from a file of odd photos.

use super::*;
use serde_json::{Value, json};

const KEY: &str = "0123456789abcdef";

/// Photo number `number` (from 1) of the file.
fn odd(number: usize) -> Value {
    let path = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/tests/fixtures/flickr/edge-photos.json"
    );
    let answer: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    answer["photos"]["photo"][number - 1].clone()
}

fn read(photo: &Value, image_origin: Option<&str>) -> Option<Picture> {
    let json = photo.to_string();
    let photo: Photo<'_> = serde_json::from_str(&json).unwrap();
    picture(&photo, image_origin, &Secret::new(KEY))
}

fn odd_picture(number: usize) -> Picture {
    read(&odd(number), None).unwrap()
}

fn title(value: Value) -> Option<String> {
    let json = value.to_string();
    let field: Field<'_> = serde_json::from_str(&json).unwrap();
    cut(&line(&field.text()))
}

#[test]
fn texts_stay_as_they_were_typed() {
    assert_eq!(
        odd_picture(1).title.unwrap(),
        r#"He said "hi" \ it's 'fine' C:\temp"#
    );
    assert_eq!(
        odd_picture(2).owner.unwrap(),
        "<img src=x onerror=alert(1)>"
    );
    assert!(
        odd_picture(3)
            .title
            .unwrap()
            .starts_with("👨\u{200D}👩\u{200D}👧\u{200D}👦 🇯🇵")
    );
    assert_eq!(odd_picture(30).owner.unwrap(), "שירה 📷 \"Q\"");
}

#[test]
fn texts_are_one_line_without_controls() {
    assert_eq!(
        odd_picture(10).title.unwrap(),
        "line one line two line three Tab LS PS NEL SOH"
    );
    assert_eq!(
        odd_picture(11).title.unwrap(),
        r#"data: {"url":"https://example.invalid/"} id: 0"#
    );
    assert_eq!(title(json!("a\u{0}\u{7f}\u{9b}b")), Some("a b".into()));
}

#[test]
fn texts_cannot_turn_their_surroundings_round() {
    assert_eq!(odd_picture(4).title.unwrap(), "مرحبا بالعالم gpj.txt שלום");
    assert_eq!(title(json!("\u{2067}\u{202E}")), None);
}

#[test]
fn texts_are_cut_in_characters() {
    assert_eq!(odd_picture(6).title.unwrap(), "x".repeat(300));
    assert_eq!(odd_picture(7).title.unwrap().chars().count(), 300);
    assert_eq!(
        title(json!(format!("{} y", "x".repeat(299)))),
        Some("x".repeat(299))
    );
}

#[test]
fn a_text_of_another_type_is_read_or_left_out() {
    for number in [8, 9, 12, 13] {
        assert_eq!(odd_picture(number).title, None, "{number}");
    }
    assert_eq!(odd_picture(14).title.unwrap(), "Wrapped title");
    assert_eq!(odd_picture(15).title.unwrap(), "2012");
    assert_eq!(title(json!(["x"])), None);
    assert_eq!(title(json!(true)), None);
    assert_eq!(odd_picture(27).owner, None);
    assert_eq!(odd_picture(29).owner, None);
}

#[test]
fn the_largest_size_that_is_listed_is_taken() {
    assert!(odd_picture(1).url.ends_with("_b.jpg"));
    assert!(odd_picture(16).url.ends_with("_c.jpg"));
    assert_eq!(
        odd_picture(17).url,
        "https://live.staticflickr.com/65535/70000000017_abc0020ddf.jpg"
    );
    assert_eq!(odd_picture(19).url, odd(19)["url_m"].as_str().unwrap());
    assert!(odd_picture(20).url.ends_with("_c.jpg"));
    assert!(odd_picture(35).url.ends_with("_c.jpg"));
    assert!(
        odd_picture(39)
            .url
            .starts_with("https://farm3.staticflickr.com/")
    );
}

#[test]
fn numbers_may_be_strings_and_the_reverse() {
    let swapped = odd_picture(22);
    assert_eq!(swapped.license.unwrap(), "CC BY 2.0");
    assert_eq!(
        swapped.page.unwrap(),
        "https://www.flickr.com/photos/edgecase22/70000000022/"
    );
    assert_eq!(
        odd_picture(21).license_url.unwrap(),
        "https://creativecommons.org/licenses/by/2.0/"
    );
}

#[test]
fn an_unknown_licence_is_not_named() {
    for number in 31..=34 {
        let picture = odd_picture(number);
        assert_eq!(
            (picture.license, picture.license_url),
            (None, None),
            "{number}"
        );
    }
}

#[test]
fn the_page_goes_by_the_owners_number_where_the_alias_will_not_do() {
    for number in 23..=26 {
        let page = format!("https://www.flickr.com/photos/000001{number}@N00/700000000{number}/");
        assert_eq!(odd_picture(number).page.unwrap(), page);
    }
}

#[test]
fn a_photo_that_may_not_be_shown_is_left_out() {
    let reasons = [
        (18, "no URL"),
        (36, "another host"),
        (37, "scripts"),
        (38, "odd URLs"),
        (40, "a video"),
        (41, "private"),
        (42, "no URL"),
        (43, "no number"),
        (44, "no number"),
        (45, "no owner"),
        (47, "nothing at all"),
    ];
    for (number, why) in reasons {
        assert_eq!(
            read(&odd(number), Some("http://127.0.0.1:1")),
            None,
            "{number}: {why}"
        );
    }
    assert!(read(&odd(46), None).is_some());
}

#[test]
fn a_photo_that_tells_the_key_in_any_field_and_spelling_is_left_out() {
    let photo = odd(1);
    assert!(read(&photo, None).is_some());
    let spellings = [
        KEY.to_owned(),
        KEY.to_uppercase(),
        KEY.replace('a', "%61"),
        KEY.replace('a', "&#x61;"),
        KEY.replace('a', "\\u0061"),
        KEY.replace('a', "\u{202a}a"),
        KEY.replace('a', "\na"),
    ];
    for name in ["title", "ownername"] {
        for spelling in &spellings {
            // The cut would leave all of the key but its end.
            for before in [0, 290] {
                let mut photo = photo.clone();
                photo[name] = json!(format!("{}{spelling} behind", "x".repeat(before)));
                assert_eq!(read(&photo, None), None, "{name}: {spelling}");
            }
        }
    }
    for (name, value) in [
        (
            "url_l",
            format!(
                "https://live.staticflickr.com/1.jpg?k={}",
                KEY.replace('a', "%61")
            ),
        ),
        ("pathalias", KEY.to_uppercase()),
        ("id", "1".to_owned()),
    ] {
        let mut photo = photo.clone();
        photo[name] = json!(value);
        assert_eq!(read(&photo, None).is_none(), name != "id", "{name}");
    }
}

#[test]
fn pictures_come_from_flickrs_hosts_or_the_endpoints_own() {
    let own = Some("http://127.0.0.1:4010");
    assert!(is_picture_url(
        "https://live.staticflickr.com/1/2_3_z.jpg",
        None
    ));
    assert!(is_picture_url(
        "http://127.0.0.1:4010/photos/1.svg?w=640&h=480",
        own
    ));
    let wrong = [
        "http://127.0.0.1:40101/1.svg",
        "http://127.0.0.1:4010",
        "http://127.0.0.1:4010@evil.example/1.svg",
        "https://127.0.0.1:4010/1.svg",
        "https://staticflickr.com/1.jpg",
        "https://.staticflickr.com/1.jpg",
        "https://evilstaticflickr.com/1.jpg",
        "https://live.staticflickr.com:444/1.jpg",
        "https://live.staticflickr.com",
        "https://a.example/.staticflickr.com/1.jpg",
        "https://live.staticflickr.com\\@evil.example/1.jpg",
        "https://live.staticflickr.com/1.jpg#x",
        "https://live.staticflickr.com/é.jpg",
        "//live.staticflickr.com/1.jpg",
        "https://live.staticflickr.com/1.jpg\n",
    ];
    for url in wrong {
        assert!(!is_picture_url(url, own), "{url:?}");
    }
    assert!(!is_picture_url(
        &format!("https://live.staticflickr.com/{}", "x".repeat(300)),
        None
    ));
}
