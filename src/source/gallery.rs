//! The built-in gallery: pictures drawn by code. Needs no network, no key and no file, and never fails.
//!
//! A keyword chooses the kind of scene and its palette, chance the rest. A picture's name holds both, so that it is
//! drawn when it is asked for and nothing is stored.

mod balloons;
mod bauhaus;
mod botany;
mod city;
mod coast;
mod dice;
mod dunes;
mod forest;
mod harbour;
mod keyword;
mod mountains;
mod night;
mod palette;
mod path;
mod scene;
mod still_life;
mod svg;
mod terrain;
#[cfg(test)]
mod tests;
mod waves;
mod winter;

use super::{Picture, Source, SourceError};
use scene::Scene;
use std::time::Instant;

/// Where the pictures are served; [`draw`] takes what follows.
pub(crate) const PATH: &str = "/gallery/";

/// Pictures per look-up: enough that a keyword asked for again soon shows another.
const PICTURES: usize = 12;

/// The seed's upper bits come from the keyword and choose the palette.
const MOOD_SHIFT: u32 = 48;

/// Draws what was asked for, as far as it can.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Gallery;

impl Gallery {
    /// The gallery; there is only one.
    #[must_use]
    pub(crate) fn new() -> Self {
        Self
    }
}

impl Source for Gallery {
    /// A dozen variants of the keyword's scene, others each time. Never an error, nor empty.
    fn find(&self, keyword: &str, _deadline: Instant) -> Result<Vec<Picture>, SourceError> {
        let (scene, mood) = keyword::choose(keyword);
        let variant = || u64::from(mood) << MOOD_SHIFT | fastrand::u64(..1 << MOOD_SHIFT);
        Ok((0..PICTURES).map(|_| picture(scene, variant())).collect())
    }
}

fn picture(scene: &Scene, seed: u64) -> Picture {
    Picture {
        url: format!("{PATH}{}-{seed:016x}.svg", scene.slug),
        title: Some(scene.title(seed)),
        owner: Some("picture-frame gallery".to_owned()),
        page: None,
        license: None,
        license_url: None,
    }
}

/// The picture of this name, as an SVG document: a kind of scene, `-`, the seed as 16 lower-case hexadecimal digits,
/// `.svg`. The same name is the same bytes on every machine; anything else names nothing.
#[must_use]
pub(crate) fn draw(name: &str) -> Option<String> {
    let (slug, digits) = name.strip_suffix(".svg")?.rsplit_once('-')?;
    let scene = scene::SCENES.iter().find(|scene| scene.slug == slug)?;
    Some(scene.draw(seed(digits)?))
}

fn seed(digits: &str) -> Option<u64> {
    let is_digit = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
    let well_formed = digits.len() == 16 && digits.bytes().all(is_digit);
    well_formed
        .then(|| u64::from_str_radix(digits, 16).ok())
        .flatten()
}
