//! From a keyword to a scene and a mood: by the words it knows, else by the keyword's hash.

use super::{palette::Hour, scene::Scene, scenes::SCENES};

/// Words for the light of a palette, in lower case.
const HOURS: [(Hour, &[&str]); 4] = [
    (
        Hour::Dawn,
        &[
            "dawn", "sunrise", "morning", "morgen", "matin", "aube", "amanecer",
        ],
    ),
    (
        Hour::Day,
        &[
            "day",
            "noon",
            "midday",
            "sunny",
            "mittag",
            "midi",
            "mediodía",
        ],
    ),
    (
        Hour::Dusk,
        &[
            "dusk",
            "sunset",
            "evening",
            "abend",
            "sonnenuntergang",
            "soir",
            "atardecer",
        ],
    ),
    (
        Hour::Night,
        &["night", "midnight", "moonlight", "nacht", "nuit", "noche"],
    ),
];

/// The scene for a keyword, and what chooses among its palettes.
pub(super) fn choose(keyword: &str) -> (&'static Scene, u16) {
    let keyword = keyword.trim().to_lowercase();
    let hash = fold(fnv1a(keyword.as_bytes()));
    let words: Vec<&str> = keyword.split(|c: char| !c.is_alphanumeric()).collect();
    let scene = asked_for(&words).unwrap_or(&SCENES[(hash % SCENES.len() as u64) as usize]);
    let mood = (hash >> 16) as u16;
    let hour = HOURS
        .iter()
        .find(|(_, names)| words.iter().any(|word| names.contains(word)));
    (
        scene,
        hour.and_then(|(hour, _)| scene.mood_of(*hour, mood))
            .unwrap_or(mood),
    )
}

fn asked_for(words: &[&str]) -> Option<&'static Scene> {
    SCENES
        .iter()
        .find(|scene| words.iter().any(|word| names(scene, word)))
}

fn names(scene: &Scene, word: &str) -> bool {
    let singulars = [Some(word), word.strip_suffix('s'), word.strip_suffix("es")];
    singulars
        .into_iter()
        .flatten()
        .any(|word| scene.words.contains(&word))
}

/// Fowler, Noll and Vo's hash, variant 1a of 64 bits: stable, unlike the standard library's.
pub(super) fn fnv1a(bytes: &[u8]) -> u64 {
    let mix = |hash: u64, byte: &u8| (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3);
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, mix)
}

/// Both halves in the lower one, since short keywords hardly differ in either alone.
fn fold(hash: u64) -> u64 {
    hash ^ hash >> 32
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::gallery::scene::MOOD_SHIFT;

    #[test]
    fn the_hash_is_the_published_one() {
        assert_eq!(fnv1a(b""), 0xcbf2_9ce4_8422_2325);
        assert_eq!(fnv1a(b"a"), 0xaf63_dc4c_8601_ec8c);
        assert_eq!(fnv1a(b"foobar"), 0x8594_4171_f739_67e8);
    }

    #[test]
    fn words_steer_the_scene() {
        for (keyword, slug) in [
            ("Ocean", "coast"),
            ("night", "night"),
            ("snow", "winter"),
            ("city", "city"),
            ("desert", "dunes"),
            ("the beaches of Normandy", "coast"),
            ("Meer", "coast"),
            ("stars", "night"),
            ("full moon", "night"),
            ("forest", "forest"),
            ("Bäume", "forest"),
            ("snow-covered mountains", "winter"),
            ("mountain", "mountains"),
            ("New York City by night", "city"),
            ("sand", "dunes"),
            ("flowers", "botany"),
            ("sushi", "still-life"),
            ("boats", "harbour"),
            ("hot air balloons", "balloons"),
            ("bauhaus", "bauhaus"),
            ("jazz", "waves"),
        ] {
            assert_eq!(choose(keyword).0.slug, slug, "{keyword}");
        }
    }

    #[test]
    fn words_steer_the_light() {
        for (keyword, hour) in [
            ("ocean at night", Hour::Night),
            ("beach sunset", Hour::Dusk),
            ("dune noon", Hour::Day),
        ] {
            let (scene, mood) = choose(keyword);
            assert_eq!(
                scene.palette(u64::from(mood) << MOOD_SHIFT).hour,
                hour,
                "{keyword}"
            );
        }
    }

    #[test]
    fn case_and_margins_do_not_matter() {
        let (scene, mood) = choose("  Quixotic ");
        let (other, same_mood) = choose("quixotic");
        assert_eq!((scene.slug, mood), (other.slug, same_mood));
    }

    #[test]
    fn unknown_words_spread_over_all_scenes() {
        let mut drawn: Vec<_> = (0..200).map(|i| choose(&format!("zq{i}")).0.slug).collect();
        drawn.sort_unstable();
        drawn.dedup();
        assert_eq!(drawn.len(), SCENES.len());
    }

    #[test]
    fn scenes_do_not_share_words() {
        let mut words: Vec<_> = SCENES.iter().flat_map(|scene| scene.words).collect();
        let all = words.len();
        words.sort_unstable();
        words.dedup();
        assert_eq!(words.len(), all);
    }
}
