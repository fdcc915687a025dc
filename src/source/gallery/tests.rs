//! Tests of every kind of picture of the gallery.

use super::{scenes::SCENES, *};
use std::collections::HashSet;

/// The most bytes of a picture, which is sent to every subscriber's page.
const MAX_BYTES: usize = 40 * 1024;

fn find(keyword: &str) -> Vec<Picture> {
    Gallery::new()
        .find(keyword, Instant::now())
        .expect("the gallery never fails")
}

fn draw(name: &str) -> Option<String> {
    Work::named(name).map(Work::draw)
}

fn drawn(picture: &Picture) -> String {
    let name = picture
        .url
        .strip_prefix(PATH)
        .expect("a path of the gallery");
    draw(name).expect("the gallery draws what it finds")
}

/// Names of pictures: this many of each scene in each palette.
fn names(variants: u64) -> impl Iterator<Item = String> {
    let mut chance = fastrand::Rng::with_seed(7);
    let moods = SCENES
        .iter()
        .flat_map(|scene| (0..scene.palettes.len() as u64).map(move |mood| (scene.slug, mood)));
    let all = moods.flat_map(move |mood| (0..variants).map(move |_| mood));
    all.map(move |(slug, mood)| {
        format!(
            "{slug}-{:016x}.svg",
            mood << MOOD_SHIFT | chance.u64(..1 << MOOD_SHIFT)
        )
    })
}

/// A small reader of XML. In its documents tags nest, attributes are quoted and nothing needs escaping.
fn well_formed(document: &str) -> Result<(), String> {
    let mut open: Vec<&str> = vec![];
    let mut rest = document.trim_end();
    while let Some(from) = rest.find('<') {
        let (text, tag) = rest.split_at(from);
        if text.contains(['&', '>']) {
            return Err(format!("unescaped: {text}"));
        }
        let (tag, after) = tag[1..].split_once('>').ok_or("a tag without an end")?;
        rest = after;
        if let Some(name) = tag.strip_prefix('/') {
            if open.pop() != Some(name) {
                return Err(format!("</{name}> closes nothing"));
            }
            continue;
        }
        let empty = tag.ends_with('/');
        let (name, attributes) = tag
            .trim_end_matches('/')
            .split_once(' ')
            .unwrap_or((tag, ""));
        check_attributes(attributes)?;
        if !empty {
            open.push(name);
        }
    }
    if open.is_empty() && rest.is_empty() {
        Ok(())
    } else {
        Err(format!("left open: {open:?} {rest}"))
    }
}

fn check_attributes(text: &str) -> Result<(), String> {
    let mut seen = HashSet::new();
    let mut rest = text;
    while !rest.is_empty() {
        let (name, after) = rest
            .split_once("=\"")
            .ok_or(format!("no attribute: {rest}"))?;
        let (value, after) = after.split_once('"').ok_or(format!("no end: {rest}"))?;
        if !seen.insert(name) || value.is_empty() || value.contains(['<', '&']) {
            return Err(format!("{name}={value}"));
        }
        rest = after.strip_prefix(' ').unwrap_or(after);
    }
    Ok(())
}

#[test]
fn a_name_always_draws_the_same_bytes() {
    for name in names(1) {
        assert_eq!(draw(&name), draw(&name), "{name}");
    }
}

#[test]
fn different_keywords_bring_different_pictures() {
    let moods: HashSet<String> = (0..40)
        .map(|i| find(&format!("word{i}"))[0].url[..20].to_owned())
        .collect();
    assert!(moods.len() > 20, "{moods:?}");
}

#[test]
fn a_keyword_asked_for_twice_brings_other_pictures_of_its_scene() {
    let (first, second) = (find("quixotic"), find("quixotic"));
    let all: HashSet<String> = first.iter().chain(&second).map(drawn).collect();
    assert_eq!(all.len(), 2 * PICTURES);
    let scene = |picture: &Picture| {
        picture
            .url
            .rsplit_once('-')
            .map(|(path, seed)| (path.to_owned(), seed[..4].to_owned()))
    };
    assert!(
        first
            .iter()
            .chain(&second)
            .all(|picture| scene(picture) == scene(&first[0]))
    );
}

#[test]
fn any_keyword_brings_pictures() {
    for keyword in [
        "",
        " ",
        "寿司",
        "\u{1F980}",
        "a&b<c>\"d\"",
        &"x".repeat(100),
    ] {
        assert_eq!(find(keyword).len(), PICTURES, "{keyword}");
        assert!(
            find(keyword)
                .iter()
                .all(|picture| well_formed(&drawn(picture)).is_ok())
        );
    }
}

#[test]
fn every_picture_is_well_formed_and_small() {
    for name in names(40) {
        let document = draw(&name).expect("a name of the gallery");
        assert_eq!(well_formed(&document), Ok(()), "{name}");
        assert!(
            document.len() <= MAX_BYTES,
            "{name} has {} bytes",
            document.len()
        );
    }
}

#[test]
fn a_picture_refers_to_nothing_outside_of_it() {
    for name in names(4) {
        let document = draw(&name).expect("a name of the gallery");
        assert_eq!(
            document.matches("//").count(),
            1,
            "{name} refers to more than its namespace"
        );
        for foreign in [
            "<script",
            "<style",
            "style=",
            "<image",
            "foreignObject",
            "<filter",
            "NaN",
            "inf",
        ] {
            assert!(!document.contains(foreign), "{name} has {foreign}");
        }
        let ids = document.matches(" id=\"").count();
        let distinct: HashSet<&str> = document
            .split(" id=\"")
            .skip(1)
            .filter_map(|rest| rest.split('"').next())
            .collect();
        assert_eq!(distinct.len(), ids, "{name} has an id twice");
    }
}

#[test]
fn a_drawn_picture_has_the_title_of_its_credit() {
    let picture = &find("lighthouse")[0];
    let title = picture.title.as_deref().expect("a title");
    assert!(drawn(picture).contains(&format!("<title>{title}</title>")));
}

#[test]
fn a_name_of_another_form_has_no_picture() {
    for name in [
        "",
        "coast",
        "coast.svg",
        "coast-.svg",
        "-00f3a61c2b07d44e.svg",
        "castle-00f3a61c2b07d44e.svg",
        "Coast-00f3a61c2b07d44e.svg",
        "coast-00F3A61C2B07D44E.svg",
        "coast-+0f3a61c2b07d44e.svg",
        "coast-0f3a61c2b07d44e.svg",
        "coast-000f3a61c2b07d44e.svg",
        "coast-00f3a61c2b07d44e",
        "coast-00f3a61c2b07d44e.SVG",
        "coast-00f3a61c2b07d44e.svg/",
        "/coast-00f3a61c2b07d44e.svg",
        "../coast-00f3a61c2b07d44e.svg",
        "coast--00f3a61c2b07d44e.svg",
        "coast-00f3a61c2b07d44é.svg",
    ] {
        assert_eq!(draw(name), None, "{name}");
    }
    assert!(draw("coast-00f3a61c2b07d44e.svg").is_some());
}

#[test]
fn no_two_scenes_have_the_same_slug() {
    let slugs: HashSet<&str> = SCENES.iter().map(|scene| scene.slug).collect();
    assert_eq!(slugs.len(), SCENES.len());
}

/// Browsers keep a picture for ever. If this fails after a change to a drawing or an update of `fastrand`, the scene needs
/// a new slug, and then the new hash here.
#[test]
fn a_name_draws_what_it_drew_in_earlier_versions() {
    let fingerprints: Vec<(&str, u64)> = SCENES
        .iter()
        .map(|scene| {
            let all =
                (0..8u64).map(|i| scene.draw(i << MOOD_SHIFT | i.wrapping_mul(0x9e37_79b9_7f4a)));
            (
                scene.slug,
                keyword::fnv1a(all.collect::<String>().as_bytes()),
            )
        })
        .collect();
    let frozen = [
        ("still-life", 0x8433_9108_9f1f_4982),
        ("balloons", 0x2b00_f63a_71a0_7276),
        ("harbour", 0x3651_2667_f982_6cc5),
        ("winter", 0x59fe_61ad_fc4a_b0b0),
        ("dunes", 0x9e8d_0555_f0ab_c152),
        ("botany", 0x9088_e02a_3638_b7e4),
        ("bauhaus", 0xef76_1e15_f4b0_3569),
        ("waves", 0x91f5_9c73_b9a7_4e44),
        ("city", 0xb790_58da_d0c4_08f3),
        ("coast", 0x0651_e32b_470d_4c20),
        ("forest", 0x3ffd_11d5_595b_162d),
        ("mountains", 0x1b2d_a75d_893b_77f8),
        ("night", 0x6e6c_a082_6e5a_8543),
    ];
    assert_eq!(fingerprints, frozen);
}

/// Draws a contact sheet for a developer who changes a drawing: every scene in every palette, in
/// `picture-frame-gallery/index.html` in the folder for temporary files.
#[test]
#[ignore = "a contact sheet, for the eye"]
fn contact_sheet() {
    let folder = std::env::temp_dir().join("picture-frame-gallery");
    std::fs::create_dir_all(&folder).expect("the folder for temporary files can be written");
    let mut page =
        String::from("<!doctype html><meta charset=\"utf-8\"><title>Contact sheet</title>");
    for name in names(1) {
        let document = draw(&name).expect("a name of the gallery");
        std::fs::write(folder.join(&name), document).expect("a writable folder");
        page.push_str(&format!(
            "<img src=\"{name}\" width=\"480\" height=\"300\">"
        ));
    }
    std::fs::write(folder.join("index.html"), page).expect("a writable folder");
}
