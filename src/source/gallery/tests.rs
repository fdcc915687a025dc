//! Tests of every kind of picture of the gallery.

mod titles;
mod words;

use super::{kinds::scenes, *};
use std::collections::{BTreeMap, HashSet};

/// The most bytes of a picture, which is sent to every subscriber's page.
const MAX_BYTES: usize = 44 * 1024;

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

/// All scenes by slug.
fn by_slug() -> BTreeMap<&'static str, &'static Scene> {
    scenes().map(|scene| (scene.slug, scene)).collect()
}

/// Names of pictures: this many of each scene in each palette, in all weathers by turns.
fn names(variants: u64) -> impl Iterator<Item = String> {
    let mut chance = fastrand::Rng::with_seed(7);
    by_slug().into_values().flat_map(move |scene| {
        let passing = PASSING.into_iter().filter(|weather| scene.takes(*weather));
        let weathers: Vec<_> = [None].into_iter().chain(passing.map(Some)).collect();
        let count = scene.palettes.len() as u64 * variants.max(weathers.len() as u64);
        let names: Vec<String> = (0..count)
            .map(|i| {
                let mood = i % scene.palettes.len() as u64;
                let weather = weathers[i as usize % weathers.len()];
                let seed = mood << MOOD_SHIFT | chance.u64(..1 << MOOD_SHIFT);
                let work = Work {
                    scene,
                    weather,
                    seed,
                };
                work.to_string()
            })
            .collect();
        names
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
        .map(|i| {
            find(&format!("word{i}"))[0]
                .url
                .rsplit_once('-')
                .map_or_else(String::new, |(path, seed)| format!("{path}{}", &seed[..4]))
        })
        .collect();
    assert!(moods.len() > 20, "{moods:?}");
}

#[test]
fn a_keyword_asked_for_twice_brings_other_pictures_of_its_kind() {
    let (first, second) = (find("quixotic"), find("quixotic"));
    let all: HashSet<String> = first.iter().chain(&second).map(drawn).collect();
    assert_eq!(all.len(), 2 * PICTURES);
    let looks: HashSet<&str> = keyword::choose("quixotic")
        .iter()
        .map(|look| look.scene.slug)
        .collect();
    let slug = |picture: &Picture| Work::at(&picture.url).map(|work| work.scene.slug);
    let mut slugs = first.iter().chain(&second).map(slug);
    assert!(slugs.all(|slug| slug.is_some_and(|slug| looks.contains(slug))));
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
    for name in names(16) {
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

/// A name that two scenes could draw would draw either.
#[test]
fn no_two_scenes_share_a_slug_and_none_ends_in_a_weather() {
    let all: HashSet<*const Scene> = scenes().map(|scene| &raw const *scene).collect();
    assert_eq!(by_slug().len(), all.len());
    for (slug, other) in by_slug()
        .keys()
        .flat_map(|slug| by_slug().into_keys().map(move |other| (*slug, other)))
    {
        let end = slug
            .strip_prefix(other)
            .and_then(|end| end.strip_prefix('-'));
        let is_weather = PASSING.iter().any(|weather| end == Some(weather.slug()));
        assert!(!is_weather, "{slug} could be {other}");
    }
}

#[test]
fn a_name_says_the_weather_only_of_a_scene_that_has_it() {
    assert!(
        draw("coast-rain-00f3a61c2b07d44e.svg")
            .is_some_and(|it| it != draw("coast-00f3a61c2b07d44e.svg").unwrap_or_default())
    );
    for name in [
        "coast-autumn",
        "coast-hail",
        "coast-",
        "coast-rain-fog",
        "night-rain",
        "waves-snow",
        "coastrain",
    ] {
        assert_eq!(
            draw(&format!("{name}-00f3a61c2b07d44e.svg")),
            None,
            "{name}"
        );
    }
}

/// Browsers keep a picture for ever. If this fails after a change to a drawing or an update of `fastrand`, the scene needs
/// a new slug, and then the new hash here.
#[test]
fn a_name_draws_what_it_drew_in_earlier_versions() {
    let fingerprint = |scene: &Scene| {
        let seeds = (0..8u64).map(|i| i << MOOD_SHIFT | i.wrapping_mul(0x9e37_79b9_7f4a));
        let all = seeds.flat_map(|seed| {
            let passing = PASSING.into_iter().filter(|weather| scene.takes(*weather));
            let passing = passing.filter(move |_| seed >> MOOD_SHIFT == 7).map(Some);
            [None]
                .into_iter()
                .chain(passing)
                .map(move |weather| (seed, weather))
        });
        let all: String = all
            .map(|(seed, weather)| scene.draw(seed, weather))
            .collect();
        keyword::fnv1a(all.as_bytes())
    };
    let fingerprints: Vec<(&str, u64)> = by_slug()
        .into_iter()
        .map(|(slug, scene)| (slug, fingerprint(scene)))
        .collect();
    assert_eq!(fingerprints, FROZEN);
}

const FROZEN: [(&str, u64); 53] = [
    ("avenue-autumn", 0x3423_f524_b291_cdfa),
    ("avenue-spring", 0x6da9_60be_9b27_ca5b),
    ("avenue-summer", 0xe79c_5360_4aa0_6af1),
    ("avenue-winter", 0x45e2_2195_6c1b_1d34),
    ("balloon-fleet", 0x28ab_d0da_a3cb_af8d),
    ("balloons", 0x8b9b_8a31_af1e_9e8b),
    ("bay", 0xf935_2db5_6703_c9dd),
    ("beacon", 0xf8e4_1bab_6263_4112),
    ("birches-autumn", 0xe0e7_f3ae_c688_f8ec),
    ("birches-summer", 0x1fa3_af3c_492e_f8bd),
    ("bird", 0x218c_63e3_f392_4d19),
    ("botany", 0x9088_e02a_3638_b7e4),
    ("branch", 0xb3cb_1b0b_cc70_f9ee),
    ("bridge", 0x1da6_7cb3_bc86_6fcf),
    ("cat", 0xf8da_1f70_c09a_aa8c),
    ("city", 0xfc90_4515_6915_5995),
    ("coast", 0xa18f_c8f6_8221_f6c6),
    ("composition", 0x99e0_a2b7_e0b9_c3ad),
    ("contours", 0x528d_74ec_6a5d_16ae),
    ("cup", 0xb1c3_7dc6_98c3_a75c),
    ("dog", 0x3ea9_e076_fc5c_019c),
    ("dunes", 0x136e_4b86_3895_7fe3),
    ("elephant", 0xf938_1e08_7329_8222),
    ("forest-mist", 0x9cae_e556_cc9d_8a74),
    ("fox", 0x5dd2_4c1e_00b0_12e4),
    ("fruit-bowl", 0xb5ea_22ad_5700_777b),
    ("harbour", 0xb428_3d6a_3314_9600),
    ("horse", 0xeef1_ab66_829d_09ef),
    ("hut", 0xb82b_a51a_1f2f_0dee),
    ("islands", 0x5226_1d37_a799_558d),
    ("mesas", 0x8330_c3f7_5abe_9a2b),
    ("moonlit", 0xc940_b532_d3da_5950),
    ("moons", 0x5f83_1598_81f5_5ab8),
    ("mountain-lake", 0x82ab_cb0d_610b_695f),
    ("night", 0x6e6c_a082_6e5a_8543),
    ("peak", 0xafd4_d989_3692_d63a),
    ("planetrise", 0xcf39_611c_cfbb_a26b),
    ("poppies", 0x1199_1c0d_a673_1dcb),
    ("pyramids", 0x2ae2_3f94_fd5c_ab8a),
    ("quay", 0x3d34_030f_9168_d131),
    ("quilt", 0x9610_f7c8_bcef_b6ac),
    ("rails", 0x9982_49e1_4bd6_30a7),
    ("ridges", 0x6b3d_8917_7bff_b22c),
    ("rings", 0x3531_f744_353d_40ef),
    ("road", 0x8243_8230_c3b6_1bed),
    ("roofs", 0x3d4d_aa24_3e54_e1d7),
    ("savanna", 0xc120_988e_32b5_d0e4),
    ("star-trails", 0xb61f_d2a5_a3e9_59ee),
    ("street", 0x3eb4_1627_b5c8_aac9),
    ("swell", 0x20d1_e7ca_f586_03c4),
    ("vessels", 0x87cb_b1a4_1417_c7fb),
    ("waves", 0x91f5_9c73_b9a7_4e44),
    ("whale", 0x824f_eab9_e0e7_cd25),
];

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
