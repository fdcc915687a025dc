//! The choice of scenes, a weather and a mood for a keyword: by the words that kinds ask for, by the words of hours and
//! weathers, or else by the keyword's hash.

use super::{
    kinds::{self, COMMON, Kind},
    palette::Hour,
    scene::{Scene, Setting},
    weather::Weather,
};

/// Words that ask for an hour's light, in lower case. The disc of the sun is seen at dawn and at dusk.
pub(super) const HOURS: [(&str, &[Hour]); 5] = [
    (
        "dawn sunrise morning daybreak morgen morgens morgenrot sonnenaufgang matin matinée aube \
         aurore amanecer madrugada mañana",
        &[Hour::Dawn],
    ),
    (
        "day daylight noon midday afternoon sunny sunshine tag mittag nachmittag sonnig \
         sonnenschein jour journée midi ensoleillé día mediodía soleado",
        &[Hour::Day],
    ),
    (
        "dusk sunset sundown evening twilight abend abends abendrot sonnenuntergang dämmerung \
         soir soirée crépuscule couchant atardecer anochecer ocaso crepúsculo",
        &[Hour::Dusk],
    ),
    (
        "night midnight moonlight moonlit nacht nachts mitternacht mondschein nuit minuit noche \
         medianoche",
        &[Hour::Night],
    ),
    ("sun sonne soleil sol", &[Hour::Dawn, Hour::Dusk]),
];

/// Words that ask for a weather or a season, in lower case.
pub(super) const WEATHERS: [(&str, Weather); 8] = [
    (
        "storm stormy thunder thunderstorm lightning hurricane tempest sturm stürmisch gewitter \
         unwetter blitz donner orage tempête éclair tonnerre tormenta tempestad relámpago trueno",
        Weather::Storm,
    ),
    (
        "rain rainy raining drizzle umbrella regen regnerisch regenschirm pluie pluvieux \
         parapluie lluvia lluvioso paraguas",
        Weather::Rain,
    ),
    (
        "winter snow snowy snowfall snowflake frost wintry december january february schnee \
         verschneit schneefall dezember januar februar hiver neige décembre janvier février \
         invierno nieve nevado diciembre enero febrero",
        Weather::Snow,
    ),
    (
        "fog foggy mist misty haze hazy nebel neblig dunst brouillard brume niebla bruma neblina",
        Weather::Fog,
    ),
    ("rainbow regenbogen arc arcoíris", Weather::Rainbow),
    (
        "spring springtime april frühling frühjahr ostern printemps avril primavera abril easter",
        Weather::Spring,
    ),
    (
        "summer summertime july august sommer sommerlich juli été juillet août verano julio \
         agosto",
        Weather::Summer,
    ),
    (
        "autumn autumnal fall october november herbst herbstlich oktober automne octobre otoño \
         octubre noviembre",
        Weather::Autumn,
    ),
];

/// A scene, a weather for it, and a mood, which chooses among the scene's palettes.
#[derive(Clone, Copy)]
pub(super) struct Look {
    pub(super) scene: &'static Scene,
    pub(super) weather: Option<Weather>,
    pub(super) mood: u16,
}

/// The hours and the weathers that a keyword asks for.
#[derive(Clone, Default)]
struct Wish {
    hours: Vec<Hour>,
    weathers: Vec<Weather>,
}

/// The looks that a picture of the keyword can have. There is at least one.
pub(super) fn choose(keyword: &str) -> Vec<Look> {
    let keyword = keyword.trim().to_lowercase();
    let hash = fold(fnv1a(keyword.as_bytes()));
    let words: Vec<&str> = keyword.split(|c: char| !c.is_alphanumeric()).collect();
    let mut kinds: Vec<&Kind> = kinds::all()
        .filter(|kind| asks(&words, kind.words))
        .collect();
    if kinds.is_empty() {
        kinds.push(&COMMON[(hash % COMMON.len() as u64) as usize]);
    }
    let mood = (hash >> 16) as u16;
    let mut wishes = Wish::of(&words).fewer().into_iter();
    let looks = wishes.find_map(|wish| wish.looks(&kinds, mood));
    looks.expect("a kind has scenes, and the last wish is none")
}

impl Wish {
    fn of(words: &[&str]) -> Self {
        let hours = HOURS.iter().filter(|(names, _)| asks(words, names));
        let weathers = WEATHERS.iter().filter(|(names, _)| asks(words, names));
        let mut weathers: Vec<Weather> = weathers.map(|(_, weather)| *weather).collect();
        if weathers.contains(&Weather::Storm) {
            weathers.retain(|weather| *weather != Weather::Rain);
        }
        Self {
            hours: hours.flat_map(|(_, hours)| *hours).copied().collect(),
            weathers,
        }
    }

    /// This wish, and lesser and lesser ones down to none.
    fn fewer(self) -> [Self; 4] {
        let weathers = self.weathers.first().copied().into_iter().collect();
        let first = Self {
            weathers,
            ..self.clone()
        };
        let timeless = Self {
            hours: Vec::new(),
            ..first.clone()
        };
        [self, first, timeless, Self::default()]
    }

    /// The looks that fulfil the wish: those of the first kind that has any, or else of any scene under the sky.
    fn looks(&self, kinds: &[&Kind], mood: u16) -> Option<Vec<Look>> {
        let of = |kind: &Kind| self.of_scenes(kind.scenes.iter().copied(), mood);
        let any = || {
            let open = kinds::scenes().filter(|scene| scene.setting == Setting::Outdoors);
            self.of_scenes(open, mood)
        };
        kinds.iter().find_map(|kind| of(kind)).or_else(any)
    }

    fn of_scenes(
        &self,
        scenes: impl Iterator<Item = &'static Scene>,
        mood: u16,
    ) -> Option<Vec<Look>> {
        let looks: Vec<Look> = scenes.filter_map(|scene| self.look(scene, mood)).collect();
        (!looks.is_empty()).then_some(looks)
    }

    /// The scene's look that fulfils the wish, if there is one.
    fn look(&self, scene: &'static Scene, mood: u16) -> Option<Look> {
        let mut passing = self.weathers.iter().copied();
        let weather = passing.find(|weather| scene.native != Some(*weather));
        let is_one = passing.all(|weather| scene.native == Some(weather));
        let fits = is_one && weather.is_none_or(|weather| scene.takes(weather));
        let mood = scene.mood_of(&self.hours, mood)?;
        fits.then_some(Look {
            scene,
            weather,
            mood,
        })
    }
}

/// True if one of the keyword's words means one of the names, which are separated by spaces.
fn asks(words: &[&str], names: &str) -> bool {
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

    #[test]
    fn the_hash_is_that_of_the_published_test_vectors() {
        assert_eq!(fnv1a(b""), 0xcbf2_9ce4_8422_2325);
        assert_eq!(fnv1a(b"a"), 0xaf63_dc4c_8601_ec8c);
        assert_eq!(fnv1a(b"foobar"), 0x8594_4171_f739_67e8);
    }

    #[test]
    fn a_word_of_the_keyword_chooses_the_kind() {
        for (keyword, slug) in [
            ("Ocean", "coast"),
            ("night", "night"),
            ("snow", "hut"),
            ("city", "city"),
            ("desert", "dunes"),
            ("the beaches of Normandy", "coast"),
            ("Meer", "coast"),
            ("full moon", "moonlit"),
            ("Bäume", "forest-mist"),
            ("snow-covered mountains", "peak"),
            ("New York City by night", "city"),
            ("flowers", "botany"),
            ("sushi", "vessels"),
            ("boats", "harbour"),
            ("hot air balloons", "balloons"),
            ("bauhaus", "quilt"),
            ("jazz", "waves"),
            ("black cats", "cat"),
            ("Füchse", "fox"),
            ("cheval", "horse"),
            ("Eisenbahn", "rails"),
            ("espacio", "rings"),
        ] {
            let looks = choose(keyword);
            assert!(
                looks.iter().any(|look| look.scene.slug == slug),
                "{keyword}"
            );
        }
    }

    #[test]
    fn a_thing_keeps_its_kind_in_any_weather_that_the_kind_can_have() {
        for (keyword, slugs, weather) in [
            ("cat in the rain", &["cat"][..], Weather::Rain),
            ("Leuchtturm im Nebel", &["beacon"], Weather::Fog),
            (
                "Ville sous la neige",
                &["city", "street", "roofs"],
                Weather::Snow,
            ),
            (
                "tormenta en el mar",
                &["coast", "islands", "bay"],
                Weather::Storm,
            ),
            (
                "arc-en-ciel sur le port",
                &["harbour", "quay"],
                Weather::Rainbow,
            ),
        ] {
            let looks = choose(keyword);
            let of: Vec<&str> = looks.iter().map(|look| look.scene.slug).collect();
            assert_eq!(of, slugs, "{keyword}");
            assert!(
                looks.iter().all(|look| look.weather == Some(weather)),
                "{keyword}"
            );
        }
    }

    #[test]
    fn case_and_surrounding_space_do_not_matter() {
        let of = |keyword| {
            let looks = choose(keyword).into_iter();
            looks
                .map(|look| (look.scene.slug, look.mood))
                .collect::<Vec<_>>()
        };
        assert_eq!(of("  Quixotic "), of("quixotic"));
    }

    #[test]
    fn unknown_words_spread_over_all_common_kinds() {
        let unknown = (0..600).flat_map(|i| choose(&format!("zq{i}")));
        let mut drawn: Vec<_> = unknown.map(|look| look.scene.slug).collect();
        drawn.sort_unstable();
        drawn.dedup();
        let common = COMMON.iter().flat_map(|kind| kind.scenes);
        let mut all: Vec<_> = common.map(|scene| scene.slug).collect();
        all.sort_unstable();
        all.dedup();
        assert_eq!(drawn, all);
    }

    #[test]
    fn no_two_kinds_share_a_word() {
        let words = kinds::all().flat_map(|kind| kind.words.split_ascii_whitespace());
        let mut words: Vec<_> = words.collect();
        let all = words.len();
        words.sort_unstable();
        words.dedup();
        assert_eq!(words.len(), all);
    }
}
