//! A scene: the titles and palettes of its pictures, and the function that paints them.

use super::{
    dice::Dice,
    light,
    palette::{Hour, Palette},
    svg::Svg,
    veil,
    weather::{PASSING, Weather},
};

/// A seed's bits from this one up are the mood: they come from the keyword and choose the palette.
pub(super) const MOOD_SHIFT: u32 = 48;

/// A scene. Kinds have one or several.
pub(super) struct Scene {
    /// The scene's part of a picture's name. Browsers keep a picture for ever, so a scene that is drawn otherwise takes
    /// a new slug.
    pub(super) slug: &'static str,
    /// The titles of its pictures. They name only things that every picture of the scene shows.
    pub(super) titles: &'static [&'static str],
    pub(super) setting: Setting,
    /// The weather or the season that all pictures of the scene have.
    pub(super) native: Option<Weather>,
    pub(super) palettes: &'static [Palette],
    /// How much darker the picture's corners are than its middle, from 0 to 1.
    pub(super) vignette: f64,
    pub(super) paint: fn(&mut Svg, &Palette, &mut Dice),
}

/// The part that several scenes have in common. None of them has a weather or a season of its own.
pub(super) struct Series {
    pub(super) setting: Setting,
    pub(super) palettes: &'static [Palette],
    pub(super) vignette: f64,
}

impl Series {
    /// A scene of the series.
    pub(super) const fn scene(
        &self,
        slug: &'static str,
        titles: &'static [&'static str],
        paint: fn(&mut Svg, &Palette, &mut Dice),
    ) -> Scene {
        Scene {
            slug,
            titles,
            setting: self.setting,
            native: None,
            palettes: self.palettes,
            vignette: self.vignette,
            paint,
        }
    }
}

/// The place of a scene.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Setting {
    /// A room or a sheet of paper. No weather reaches it.
    Indoors,
    /// The sky by night, above all weather.
    Stars,
    /// Under the sky. The hour and the weather can be seen, and the title says them.
    Outdoors,
}

impl Scene {
    /// The palette that the seed's mood chooses.
    pub(super) fn palette(&self, seed: u64) -> &Palette {
        &self.palettes[(seed >> MOOD_SHIFT) as usize % self.palettes.len()]
    }

    /// The mood nearest to the given one whose palette is of one of these hours, if the scene has one. No hours are any
    /// hour.
    pub(super) fn mood_of(&self, hours: &[Hour], mood: u16) -> Option<u16> {
        let fits = |mood: &u16| {
            let palette = self.palette(u64::from(*mood) << MOOD_SHIFT);
            hours.is_empty() || hours.contains(&palette.hour)
        };
        let mut moods = (0..self.palettes.len() as u16).map(|step| mood.wrapping_add(step));
        moods.find(fits)
    }

    /// True if pictures of the scene can have the weather.
    pub(super) fn takes(&self, weather: Weather) -> bool {
        let is_warm = self.native.is_some_and(Weather::is_warm);
        self.native != Some(weather)
            && self.setting == Setting::Outdoors
            && PASSING.contains(&weather)
            && !(is_warm && weather == Weather::Snow)
    }

    /// The title of the seed's picture in a weather.
    pub(super) fn title(&self, seed: u64, weather: Option<Weather>) -> String {
        let subject = self.titles[(seed % self.titles.len() as u64) as usize];
        let phrases = match (weather.or(self.native), self.palette(seed).hour) {
            _ if self.setting != Setting::Outdoors => return subject.to_owned(),
            (Some(weather), _) => weather.phrases(),
            (None, Hour::Dawn) => ["at dawn", "in the early light", "before breakfast"],
            (None, Hour::Day) => ["at noon", "on a clear day", "in the afternoon"],
            (None, Hour::Dusk) => ["at dusk", "in the last light", "towards evening"],
            (None, Hour::Night) => ["by night", "under the moon", "after dark"],
        };
        format!(
            "{subject} {}",
            phrases[(seed >> 8) as usize % phrases.len()]
        )
    }

    /// The seed's picture in a weather, as an SVG document.
    pub(super) fn draw(&self, seed: u64, weather: Option<Weather>) -> String {
        self.painted(seed, weather)
            .finish(&self.title(seed, weather))
    }

    /// The seed's picture in a weather.
    pub(super) fn painted(&self, seed: u64, weather: Option<Weather>) -> Svg {
        let mut svg = Svg::default();
        let mut dice = Dice::new(seed);
        let palette = self.palette(seed).under(weather);
        (self.paint)(&mut svg, &palette, &mut dice);
        veil::fall(&mut svg, &palette, &mut dice);
        light::vignette(&mut svg, self.vignette);
        svg
    }
}
