//! The choice of a scene and a mood for a keyword: by the words that scenes ask for, or else by the keyword's hash.

use super::{palette::Hour, scene::Scene, scenes::SCENES};

/// Words that ask for an hour's light, in lower case.
const HOURS: [(&str, Hour); 4] = [
    (
        "dawn sunrise morning morgen matin aube amanecer",
        Hour::Dawn,
    ),
    ("day noon midday sunny mittag midi mediodía", Hour::Day),
    (
        "dusk sunset evening abend sonnenuntergang soir atardecer",
        Hour::Dusk,
    ),
    ("night midnight moonlight nacht nuit noche", Hour::Night),
];

/// The scene for a keyword, and the mood, which chooses among the scene's palettes.
pub(super) fn choose(keyword: &str) -> (&'static Scene, u16) {
    let keyword = keyword.trim().to_lowercase();
    let hash = fold(fnv1a(keyword.as_bytes()));
    let words: Vec<&str> = keyword.split(|c: char| !c.is_alphanumeric()).collect();
    let mut scenes = SCENES.iter();
    let scene = scenes
        .find(|scene| asks(&words, scene.words, means))
        .unwrap_or(&SCENES[(hash % SCENES.len() as u64) as usize]);
    let mood = (hash >> 16) as u16;
    let mut hours = HOURS.iter();
    let hour = hours.find(|(names, _)| asks(&words, names, |word, name| word == name));
    let mood_of_hour = hour.and_then(|(_, hour)| scene.mood_of(*hour, mood));
    (scene, mood_of_hour.unwrap_or(mood))
}

/// True if one of the keyword's words means one of the names, which are separated by spaces.
fn asks(words: &[&str], names: &str, means: fn(&str, &str) -> bool) -> bool {
    let mut names = names.split_ascii_whitespace();
    names.any(|name| words.iter().any(|word| means(word, name)))
}

/// True if the word is the name, or an English plural of it.
fn means(word: &str, name: &str) -> bool {
    let ending = word.strip_prefix(name);
    ending.is_some_and(|ending| ["", "s", "es"].contains(&ending))
}

/// Fowler, Noll and Vo's hash, variant 1a of 64 bits: stable, unlike the standard library's.
pub(super) fn fnv1a(bytes: &[u8]) -> u64 {
    let mix = |hash: u64, byte: &u8| (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3);
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, mix)
}

/// The hash with its upper half mixed into the lower one: the hashes of short keywords hardly differ in either half
/// alone.
fn fold(hash: u64) -> u64 {
    hash ^ hash >> 32
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::gallery::scene::MOOD_SHIFT;

    #[test]
    fn the_hash_is_that_of_the_published_test_vectors() {
        assert_eq!(fnv1a(b""), 0xcbf2_9ce4_8422_2325);
        assert_eq!(fnv1a(b"a"), 0xaf63_dc4c_8601_ec8c);
        assert_eq!(fnv1a(b"foobar"), 0x8594_4171_f739_67e8);
    }

    #[test]
    fn a_word_of_the_keyword_chooses_the_scene() {
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
    fn a_word_of_the_keyword_chooses_the_hour() {
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
    fn case_and_surrounding_space_do_not_matter() {
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
    fn no_two_scenes_share_a_word() {
        let mut words: Vec<_> = SCENES
            .iter()
            .flat_map(|scene| scene.words.split(' '))
            .collect();
        let all = words.len();
        words.sort_unstable();
        words.dedup();
        assert_eq!(words.len(), all);
    }
}
