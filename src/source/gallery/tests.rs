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
    ("avenue-autumn", 0x6dcb_b3c1_080f_e408),
    ("avenue-spring", 0x3208_5a7b_7d58_60e5),
    ("avenue-summer", 0x1f46_2149_36ad_673b),
    ("avenue-winter", 0x0d6b_c4ea_a6bb_fd94),
    ("balloon-fleet", 0x4a51_15b0_5b43_6436),
    ("balloons", 0x6bc1_3b83_8439_2b6f),
    ("bay", 0x6424_3621_9b54_78bb),
    ("beacon", 0xd5bf_517e_4297_18c4),
    ("birches-autumn", 0xa807_a9e5_b831_ea06),
    ("birches-summer", 0xa1f6_02ee_118d_0e6b),
    ("bird", 0x8382_2d72_811c_a5cc),
    ("botany", 0x9088_e02a_3638_b7e4),
    ("branch", 0xe364_1f6d_e7af_636a),
    ("bridge", 0x69f0_880b_f1d7_62a1),
    ("cat", 0xde4b_3ed7_bc3c_11c5),
    ("city", 0x00df_0411_9b8a_d8bb),
    ("coast", 0xf2cb_d579_e5a1_0044),
    ("composition", 0x99e0_a2b7_e0b9_c3ad),
    ("contours", 0x528d_74ec_6a5d_16ae),
    ("cup", 0xb1c3_7dc6_98c3_a75c),
    ("dog", 0x923c_360a_f1da_af36),
    ("dunes", 0xeed2_2158_1242_932b),
    ("elephant", 0x4d75_2e2e_80fa_ab54),
    ("forest-mist", 0xdb59_db0d_543e_3c99),
    ("fox", 0x1c86_f1f3_2a14_4b5e),
    ("fruit-bowl", 0xb5ea_22ad_5700_777b),
    ("harbour", 0x104c_aa1e_df8e_f216),
    ("horse", 0x456b_f0b0_b78f_936e),
    ("hut", 0x8b94_6e56_f261_b848),
    ("islands", 0xb69a_2c24_daf6_2f3c),
    ("mesas", 0x268c_140c_ce0a_1cbf),
    ("moonlit", 0xc940_b532_d3da_5950),
    ("moons", 0x5f83_1598_81f5_5ab8),
    ("mountain-lake", 0x69b7_864a_bf72_c522),
    ("night", 0x6e6c_a082_6e5a_8543),
    ("peak", 0x4db7_a4ad_a453_efa0),
    ("planetrise", 0xcf39_611c_cfbb_a26b),
    ("poppies", 0x3afa_ff22_5cc8_037d),
    ("pyramids", 0x7080_a7ee_705d_7b82),
    ("quay", 0x7209_8489_1067_bd0b),
    ("quilt", 0x9610_f7c8_bcef_b6ac),
    ("rails", 0x7033_cda3_67c3_9544),
    ("ridges", 0x8d3c_d60f_7b8a_9324),
    ("rings", 0x3531_f744_353d_40ef),
    ("road", 0x3592_7d7c_3b15_6d54),
    ("roofs", 0xe3ae_2aa3_cca8_743c),
    ("savanna", 0xb7af_d614_7697_3ece),
    ("star-trails", 0xb61f_d2a5_a3e9_59ee),
    ("street", 0x75e7_ce62_94d8_bf16),
    ("swell", 0xa0e9_3280_f42e_ae16),
    ("vessels", 0x87cb_b1a4_1417_c7fb),
    ("waves", 0x91f5_9c73_b9a7_4e44),
    ("whale", 0xc26c_1fca_8e69_cca9),
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
