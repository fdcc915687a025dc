//! Words do not lie: an hour or a weather that a keyword asks for is drawn.

use super::super::{
    keyword::{HOURS, Look, WEATHERS, choose},
    kinds,
    palette::{Color, Hour, Palette},
    scene::{MOOD_SHIFT, Setting},
    svg::Svg,
    weather::Weather,
};

fn palette(look: &Look) -> &'static Palette {
    look.scene.palette(u64::from(look.mood) << MOOD_SHIFT)
}

/// Some pictures of a look.
fn pictures(look: &Look) -> impl Iterator<Item = Svg> {
    let (scene, weather) = (look.scene, look.weather);
    let mood = u64::from(look.mood) << MOOD_SHIFT;
    (1..3_u64).map(move |i| scene.painted(mood | (i * 0x1e37_79b9_7f4a), weather))
}

fn luma(color: Color) -> f64 {
    let [r, g, b] = color.rgb().map(f64::from);
    0.3 * r + 0.59 * g + 0.11 * b
}

/// True if the sky has the hour's light: dark by night, warm at the horizon at dawn and at dusk, bright by day.
fn has_light_of(palette: &Palette) -> bool {
    let [r, _, b] = palette.haze().rgb();
    let sky = palette.sky.map(luma);
    match palette.hour {
        Hour::Night => sky[0] < 45.0 && sky[2] < 110.0,
        Hour::Day => sky[0] > 85.0 && sky[3] > 200.0,
        Hour::Dawn | Hour::Dusk => r > b && sky[3] > 150.0 && sky[3] > sky[0],
    }
}

fn assert_hour(keyword: &str, hours: &[Hour], look: &Look) {
    let (scene, palette) = (look.scene, palette(look));
    let at = format!("{keyword}: {} {:?}", scene.slug, palette.hour);
    assert!(hours.contains(&palette.hour), "{at}");
    assert_ne!(scene.setting, Setting::Indoors, "{at}");
    assert!(has_light_of(palette), "{at}");
    let is_clear = look.weather.or(scene.native).is_none();
    for picture in pictures(look).filter(|_| is_clear) {
        let shows = |thing| picture.things.contains(&thing);
        let has_disc = match palette.hour {
            Hour::Night => shows("moon") || shows("stars"),
            Hour::Dawn | Hour::Dusk => shows("sun"),
            Hour::Day => !shows("moon") && !shows("stars"),
        };
        assert!(has_disc, "{at}: {:?}", picture.things);
    }
}

fn assert_weather(keyword: &str, weather: Weather, look: &Look) {
    let (scene, palette) = (look.scene, palette(look));
    let at = format!("{keyword}: {} {:?}", scene.slug, look.weather);
    let has = |weather| look.weather == Some(weather) || scene.native == Some(weather);
    assert!(has(weather), "{at}");
    let is_warm = |color: Color| color.rgb()[0] > color.rgb()[1] && color.rgb()[1] > color.rgb()[2];
    match weather {
        Weather::Autumn => assert!(palette.accents[..2].iter().all(|c| is_warm(*c)), "{at}"),
        _ => {
            let thing = match weather {
                Weather::Storm | Weather::Rain => "rain",
                Weather::Snow => "snow",
                Weather::Fog => "fog",
                Weather::Rainbow => "rainbow",
                Weather::Spring => "blossoms",
                Weather::Summer | Weather::Autumn => "leaves",
            };
            for picture in pictures(look) {
                assert!(picture.things.contains(&thing), "{at}: no {thing}");
            }
        }
    }
}

fn words(names: &str) -> impl Iterator<Item = &str> {
    names.split_ascii_whitespace()
}

#[test]
fn every_word_of_an_hour_brings_pictures_of_that_hour() {
    for (names, hours) in HOURS {
        for word in words(names) {
            for look in choose(word) {
                assert_hour(word, hours, &look);
            }
        }
    }
}

#[test]
fn every_word_of_a_weather_or_a_season_brings_pictures_of_it() {
    for (names, weather) in WEATHERS {
        for word in words(names) {
            for look in choose(word) {
                assert_weather(word, weather, &look);
            }
        }
    }
}

#[test]
fn a_word_of_an_hour_and_a_word_of_a_weather_bring_pictures_of_both() {
    for (hour_names, hours) in HOURS {
        for (names, weather) in WEATHERS {
            for word in words(names).take(3) {
                let hour = words(hour_names).next().unwrap_or_default();
                let keyword = format!("{word} {hour}");
                for look in choose(&keyword) {
                    assert_hour(&keyword, hours, &look);
                    assert_weather(&keyword, weather, &look);
                }
            }
        }
    }
}

/// A keyword that also names a thing keeps the thing's kind where the kind can show the weather.
#[test]
fn a_weather_is_shown_whatever_the_keyword_names_beside_it() {
    for kind in kinds::all() {
        let thing = words(kind.words).next().unwrap_or_default();
        for (names, weather) in WEATHERS {
            let word = words(names).next().unwrap_or_default();
            if WEATHERS
                .iter()
                .any(|(names, _)| words(names).any(|name| name == thing))
            {
                continue;
            }
            let keyword = format!("{thing} {word}");
            for look in choose(&keyword) {
                assert_weather(&keyword, weather, &look);
            }
        }
    }
}

#[test]
fn every_palette_under_the_sky_has_the_light_of_its_hour() {
    for scene in kinds::scenes().filter(|scene| scene.setting != Setting::Indoors) {
        for palette in scene.palettes {
            assert!(has_light_of(palette), "{} {:?}", scene.slug, palette.hour);
        }
    }
}
