//! A kind of scene: the words that ask for it, the titles and palettes of its pictures, and the function that paints
//! them.

use super::{
    dice::Dice,
    light,
    palette::{Hour, Palette},
    svg::Svg,
};

/// A seed's bits from this one up are the mood: they come from the keyword and choose the palette.
pub(super) const MOOD_SHIFT: u32 = 48;

/// A kind of scene.
pub(super) struct Scene {
    /// The scene's part of a picture's name. Browsers keep a picture for ever, so a scene that is drawn otherwise takes
    /// a new slug.
    pub(super) slug: &'static str,
    /// The words that ask for the scene, in lower case and in the singular, separated by spaces.
    pub(super) words: &'static str,
    /// The titles of its pictures.
    pub(super) titles: &'static [&'static str],
    /// True if the hour belongs in the title.
    pub(super) outdoors: bool,
    pub(super) palettes: &'static [Palette],
    /// How much darker the picture's corners are than its middle, from 0 to 1.
    pub(super) vignette: f64,
    pub(super) paint: fn(&mut Svg, &Palette, &mut Dice),
}

impl Scene {
    /// The palette that the seed's mood chooses.
    pub(super) fn palette(&self, seed: u64) -> &Palette {
        &self.palettes[(seed >> MOOD_SHIFT) as usize % self.palettes.len()]
    }

    /// The mood nearest to the given one whose palette is of this hour, if the scene has one.
    pub(super) fn mood_of(&self, hour: Hour, mood: u16) -> Option<u16> {
        let moods = (0..self.palettes.len() as u16).map(|step| mood.wrapping_add(step));
        moods
            .into_iter()
            .find(|mood| self.palette(u64::from(*mood) << MOOD_SHIFT).hour == hour)
    }

    /// The title of the seed's picture.
    pub(super) fn title(&self, seed: u64) -> String {
        let subject = self.titles[(seed % self.titles.len() as u64) as usize];
        let phrases = match self.palette(seed).hour {
            _ if !self.outdoors => return subject.to_owned(),
            Hour::Dawn => ["at dawn", "in the early light", "before breakfast"],
            Hour::Day => ["at noon", "on a clear day", "in the afternoon"],
            Hour::Dusk => ["at dusk", "in the last light", "towards evening"],
            Hour::Night => ["by night", "under the moon", "after dark"],
        };
        format!(
            "{subject} {}",
            phrases[(seed >> 8) as usize % phrases.len()]
        )
    }

    /// The seed's picture as an SVG document.
    pub(super) fn draw(&self, seed: u64) -> String {
        let mut svg = Svg::default();
        (self.paint)(&mut svg, self.palette(seed), &mut Dice::new(seed));
        light::vignette(&mut svg, self.vignette);
        svg.finish(&self.title(seed))
    }
}
