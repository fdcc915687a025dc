//! Titles name only things that are drawn, and count right.

use super::super::{
    kinds,
    scene::{MOOD_SHIFT, Scene},
    weather::{PASSING, Weather},
};

/// Words of titles, each with the thing that is drawn where a title has the word.
const THINGS: &[(&str, &str)] = &[
    ("acacia", "acacia"),
    ("arches", "arches"),
    ("avenue", "avenue"),
    ("balloons", "balloons"),
    ("bar", "bar"),
    ("bare", "bare trees"),
    ("bay", "bay"),
    ("beach", "beach"),
    ("birches", "birches"),
    ("bird", "bird"),
    ("blossom", "blossoms"),
    ("blossoms", "blossoms"),
    ("boat", "boat"),
    ("boats", "boats"),
    ("bowl", "bowl"),
    ("branch", "branch"),
    ("bridge", "bridge"),
    ("camp", "tent"),
    ("cat", "cat"),
    ("chimneys", "roofs"),
    ("circle", "circle"),
    ("city", "skyline"),
    ("clearing", "clearing"),
    ("cup", "cup"),
    ("dog", "dog"),
    ("dome", "dome"),
    ("dunes", "dunes"),
    ("elephant", "elephant"),
    ("firs", "firs"),
    ("flower", "flower"),
    ("fog", "fog"),
    ("fox", "fox"),
    ("fruit", "fruit"),
    ("full", "moon"),
    ("grass", "grass"),
    ("harbour", "quay"),
    ("headland", "headland"),
    ("hill", "hill"),
    ("hills", "hill"),
    ("horse", "horse"),
    ("hut", "hut"),
    ("islands", "islands"),
    ("lake", "lake"),
    ("leaf", "leaf"),
    ("leaves", "leaves"),
    ("lighthouse", "lighthouse"),
    ("mesas", "mesas"),
    ("mist", "fog"),
    ("mole", "quay"),
    ("moon", "moon"),
    ("moonlight", "moon"),
    ("moons", "moon"),
    ("mountains", "mesas"),
    ("mountains", "mountains"),
    ("palm", "palm"),
    ("peak", "peak"),
    ("planet", "planet"),
    ("poppies", "poppies"),
    ("poppy", "poppies"),
    ("pyramids", "pyramids"),
    ("quay", "quay"),
    ("rails", "rails"),
    ("railway", "rails"),
    ("rain", "rain"),
    ("rainbow", "rainbow"),
    ("ranges", "ridges"),
    ("ridge", "ridges"),
    ("ringed", "rings"),
    ("rings", "rings"),
    ("river", "water"),
    ("road", "road"),
    ("rock", "mesas"),
    ("rock", "rock"),
    ("roof", "roofs"),
    ("roofs", "roofs"),
    ("sail", "sail"),
    ("sea", "sea"),
    ("sheets", "sheet"),
    ("skyline", "skyline"),
    ("smoke", "smoke"),
    ("snow", "snow"),
    ("squares", "square"),
    ("stars", "stars"),
    ("steam", "steam"),
    ("stems", "birches"),
    ("stems", "leaf"),
    ("storm", "clouds"),
    ("stormy", "clouds"),
    ("street", "street"),
    ("sunrise", "sun"),
    ("swell", "sea"),
    ("table", "table"),
    ("table", "table mountains"),
    ("towers", "towers"),
    ("tree", "tree"),
    ("trees", "trees"),
    ("trunks", "trunks"),
    ("valley", "valley"),
    ("vessels", "vessels"),
    ("water", "sea"),
    ("water", "water"),
    ("whale", "whale"),
    ("window", "window"),
];

const NUMBERS: [(&str, usize); 5] = [
    ("two", 2),
    ("three", 3),
    ("eight", 8),
    ("nine", 9),
    ("forty", 40),
];

/// The weathers that pictures of the scene can have.
fn weathers(scene: &Scene) -> Vec<Option<Weather>> {
    let passing = PASSING.into_iter().filter(|weather| scene.takes(*weather));
    [None].into_iter().chain(passing.map(Some)).collect()
}

fn assert_true(title: &str, things: &[&str]) {
    let words: Vec<String> = title.to_lowercase().split(' ').map(str::to_owned).collect();
    for word in &words {
        let mut named = THINGS.iter().filter(|(name, _)| name == word).peekable();
        let is_drawn = named.peek().is_none() || named.any(|(_, thing)| things.contains(thing));
        assert!(is_drawn, "{title}: {things:?}");
    }
    for pair in words.windows(2) {
        let number = NUMBERS.iter().find(|(name, _)| *name == pair[0]);
        if let Some((_, number)) = number {
            let one = pair[1].trim_end_matches('s');
            let count = things
                .iter()
                .filter(|thing| thing.trim_end_matches('s') == one);
            assert_eq!(count.count(), *number, "{title}: {things:?}");
        }
    }
}

#[test]
fn a_title_names_only_things_that_are_drawn_and_counts_right() {
    let mut chance = fastrand::Rng::with_seed(3);
    for scene in kinds::scenes() {
        for weather in weathers(scene) {
            for mood in 0..scene.palettes.len() as u64 {
                for _ in 0..3 {
                    let seed = mood << MOOD_SHIFT | chance.u64(..1 << MOOD_SHIFT);
                    let title = scene.title(seed, weather);
                    let things = scene.painted(seed, weather).things;
                    // A rainbow is a sign of rain that has passed.
                    let title = title.replace("after the rain", "after the rainbow");
                    assert_true(&title, &things);
                }
            }
        }
    }
}
