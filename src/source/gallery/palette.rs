//! Colours, and the palettes that scenes are painted in.

use super::{
    number::{attribute, hundredths},
    weather::Weather,
};

/// A colour with its opacity.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Color {
    rgb: [u8; 3],
    opacity: f64,
}

pub(super) const WHITE: Color = Color {
    rgb: [255; 3],
    opacity: 1.0,
};
pub(super) const BLACK: Color = Color {
    rgb: [0; 3],
    opacity: 1.0,
};

impl Color {
    /// An opaque colour.
    pub(super) const fn of(rgb: [u8; 3]) -> Self {
        Self { rgb, opacity: 1.0 }
    }

    #[cfg(test)]
    pub(super) fn rgb(self) -> [u8; 3] {
        self.rgb
    }

    /// This colour with a share of its saturation taken away.
    pub(super) fn dull(self, share: f64) -> Self {
        let [r, g, b] = self.rgb.map(f64::from);
        let luma = (0.3 * r + 0.59 * g + 0.11 * b) as u8;
        self.mix(Self::of([luma; 3]), share)
    }

    /// This colour with another opacity.
    pub(super) fn fade(self, opacity: f64) -> Self {
        Self { opacity, ..self }
    }

    /// This colour with a share of its opacity.
    pub(super) fn thin(self, share: f64) -> Self {
        self.fade(self.opacity * share)
    }

    /// This colour at these offsets of a gradient, with an opacity at each.
    pub(super) fn fading<const N: usize>(self, stops: [(f64, f64); N]) -> [(f64, Self); N] {
        stops.map(|(offset, opacity)| (offset, self.fade(opacity)))
    }

    /// This colour with a share of another colour in it, from 0 to 1.
    pub(super) fn mix(self, other: Self, share: f64) -> Self {
        let blend = |i: usize| {
            let (from, to) = (f64::from(self.rgb[i]), f64::from(other.rgb[i]));
            (from + (to - from) * share).round() as u8
        };
        Self {
            rgb: [blend(0), blend(1), blend(2)],
            opacity: self.opacity,
        }
    }

    /// This colour with a share of white in it.
    pub(super) fn tint(self, share: f64) -> Self {
        self.mix(WHITE, share)
    }

    /// This colour with a share of black in it.
    pub(super) fn shade(self, share: f64) -> Self {
        self.mix(BLACK, share)
    }

    /// Writes the colour as the attribute `name`, and its opacity as the attribute `opacity` unless it is 1.
    pub(super) fn write(self, out: &mut String, name: &str, opacity: &str) {
        let [r, g, b] = self.rgb;
        out.push_str(&format!(" {name}=\"#{r:02x}{g:02x}{b:02x}\""));
        if self.opacity < 1.0 {
            attribute(out, opacity, self.opacity, hundredths);
        }
    }
}

/// The time of day whose light a palette has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Hour {
    Dawn,
    Day,
    Dusk,
    Night,
}

/// Ten colours that were chosen together.
#[derive(Clone, Copy)]
pub(super) struct Palette {
    pub(super) hour: Hour,
    /// The weather that is laid over the scene.
    pub(super) weather: Option<Weather>,
    /// The sky's colours from the zenith down to the horizon.
    pub(super) sky: [Color; 4],
    /// The colour of the sun or the moon, and of everything in their light.
    pub(super) light: Color,
    /// The colour of things furthest away.
    pub(super) far: Color,
    /// The colour of things in front.
    pub(super) near: Color,
    /// The colours that the eye is drawn to. Each scene says which things have them.
    pub(super) accents: [Color; 3],
}

impl Palette {
    /// Parses palettes. A line is the hour in lower case and ten colours of six hexadecimal digits each: four of the
    /// sky, light, far, near and three accents. The compiler calls it and refuses any other line.
    pub(super) const fn all<const N: usize>(lines: [&str; N]) -> [Self; N] {
        let mut all = [Self::parse(lines[0]); N];
        let mut i = 1;
        while i < N {
            all[i] = Self::parse(lines[i]);
            i += 1;
        }
        all
    }

    /// `day` if the hour is day, and else `other`.
    pub(super) fn by_day(&self, day: f64, other: f64) -> f64 {
        match self.hour {
            Hour::Day => day,
            _ => other,
        }
    }

    const fn parse(line: &str) -> Self {
        let (hour, text) = match line.as_bytes() {
            [b'd', b'a', b'w', b'n', text @ ..] => (Hour::Dawn, text),
            [b'd', b'a', b'y', text @ ..] => (Hour::Day, text),
            [b'd', b'u', b's', b'k', text @ ..] => (Hour::Dusk, text),
            [b'n', b'i', b'g', b'h', b't', text @ ..] => (Hour::Night, text),
            _ => panic!("a palette begins with its hour"),
        };
        assert!(text.len() == 70, "ten colours, a space before each");
        Self {
            hour,
            weather: None,
            sky: [
                color(text, 0),
                color(text, 1),
                color(text, 2),
                color(text, 3),
            ],
            light: color(text, 4),
            far: color(text, 5),
            near: color(text, 6),
            accents: [color(text, 7), color(text, 8), color(text, 9)],
        }
    }

    /// The colour at the horizon, into which distant things fade.
    pub(super) fn haze(&self) -> Color {
        self.sky[3]
    }

    /// The colour of things at this depth: 0 is furthest away, 1 in front.
    pub(super) fn depth(&self, depth: f64) -> Color {
        self.far.mix(self.near, depth)
    }

    pub(super) fn is_night(&self) -> bool {
        self.hour == Hour::Night
    }

    /// True if the sun or the moon can be seen.
    pub(super) fn has_disc(&self) -> bool {
        !self.weather.is_some_and(Weather::hides_disc)
    }

    /// These colours in a weather.
    pub(super) fn under(&self, weather: Option<Weather>) -> Self {
        let veiled = match weather {
            Some(Weather::Storm) => self.veiled(0x0027_323e, 0.62, 0.5, 0.2),
            Some(Weather::Rain) => self.veiled(0x0062_7280, 0.5, 0.45, 0.08),
            Some(Weather::Rainbow) => self.veiled(0x0073_8698, 0.3, 0.2, 0.0),
            Some(Weather::Fog) => self.veiled(0x00c4_cbcf, 0.45, 0.45, 0.0).hazy(0.55),
            Some(Weather::Snow) => self.veiled(0x00a2_b2c4, 0.5, 0.35, 0.0).hazy(0.2),
            _ => *self,
        };
        Self { weather, ..veiled }
    }

    /// These colours duller, the sky with a share of a veil's colour in it, everything darker by `shade`.
    fn veiled(&self, veil: u32, share: f64, dull: f64, shade: f64) -> Self {
        let [_, r, g, b] = veil.to_be_bytes();
        let dark = if self.is_night() { 0.78 } else { 0.0 };
        let veil = Color::of([r, g, b]).shade(dark);
        let sky = |color: Color| color.dull(dull).mix(veil, share);
        let land = |color: Color| color.dull(dull * 0.7).mix(veil, share * 0.25).shade(shade);
        Self {
            sky: self.sky.map(sky),
            light: self.light.dull(dull).mix(veil, share * 0.3),
            far: land(self.far),
            near: land(self.near),
            accents: self.accents.map(land),
            ..*self
        }
    }

    /// These colours with a share of the haze in everything, less in front.
    fn hazy(&self, share: f64) -> Self {
        let haze = self.haze();
        let [zenith, high, low, rim] = self.sky;
        Self {
            sky: [
                zenith.mix(haze, share),
                high.mix(haze, share),
                low.mix(haze, share),
                rim,
            ],
            far: self.far.mix(haze, share),
            near: self.near.mix(haze, share * 0.35),
            accents: self.accents.map(|color| color.mix(haze, share * 0.4)),
            ..*self
        }
    }
}

const fn color(text: &[u8], index: usize) -> Color {
    let at = index * 7 + 1;
    let rgb = [byte(text, at), byte(text, at + 2), byte(text, at + 4)];
    Color { rgb, opacity: 1.0 }
}

const fn byte(text: &[u8], at: usize) -> u8 {
    digit(text[at]) << 4 | digit(text[at + 1])
}

const fn digit(letter: u8) -> u8 {
    match letter {
        b'0'..=b'9' => letter - b'0',
        b'a'..=b'f' => letter - b'a' + 10,
        _ => panic!("colours are written in lower-case hexadecimal digits"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_meet_in_the_middle() {
        let mut out = String::new();
        BLACK
            .mix(WHITE, 0.5)
            .fade(0.25)
            .write(&mut out, "fill", "fill-opacity");
        assert_eq!(out, " fill=\"#808080\" fill-opacity=\".25\"");
    }
}
