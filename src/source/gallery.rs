//! The built-in gallery: pictures drawn by code. It needs no network, no key and no file, and it never fails.
//!
//! A reader who came for the loop can skip this folder. Nothing in it waits, and nothing outside needs more of it than
//! [`Gallery`] and [`Work`].
//!
//! A keyword chooses the kind of scene and the palette; chance chooses the rest. A picture's name holds both, so that
//! the picture can be drawn at any time and need not be stored.

mod animals;
mod avenue;
mod balloons;
mod bauhaus;
mod birches;
mod bloom;
mod botany;
mod bridge;
mod city;
mod coast;
mod contours;
mod cup;
mod dice;
mod dunes;
mod fleet;
mod foliage;
mod forest;
mod harbour;
mod islands;
mod keyword;
mod kinds;
mod light;
mod mesas;
mod moonlit;
mod mountains;
mod night;
mod number;
mod palette;
mod path;
mod ridges;
mod road;
mod scene;
mod shapes;
mod space;
mod still_life;
mod street;
mod svg;
mod swell;
mod terrain;
#[cfg(test)]
mod tests;
mod veil;
mod waves;
mod weather;
mod winter;

use super::{Picture, Source, SourceError};
use scene::{MOOD_SHIFT, Scene};
use std::{fmt, time::Instant};
use weather::{PASSING, Weather};

/// The path of all pictures. A picture's [name](Work::named) follows it.
pub(crate) const PATH: &str = "/gallery/";

/// Pictures per look-up. With this many a keyword that is asked for again soon shows another picture.
const PICTURES: usize = 12;

/// A source that draws its pictures.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Gallery;

impl Gallery {
    /// Creates the gallery.
    #[must_use]
    pub(crate) fn new() -> Self {
        Self
    }
}

impl Source for Gallery {
    /// A dozen pictures of the keyword's kind, others at each call. The list is never empty, and there is no error.
    fn find(&self, keyword: &str, _deadline: Instant) -> Result<Vec<Picture>, SourceError> {
        let looks = keyword::choose(keyword);
        let works = (0..PICTURES).map(|_| {
            let look = looks[fastrand::usize(..looks.len())];
            Work {
                scene: look.scene,
                weather: look.weather,
                seed: u64::from(look.mood) << MOOD_SHIFT | fastrand::u64(..1 << MOOD_SHIFT),
            }
        });
        Ok(works.map(Work::picture).collect())
    }
}

/// A picture of the gallery by its name. It holds no drawing.
#[derive(Clone, Copy)]
pub(crate) struct Work {
    scene: &'static Scene,
    weather: Option<Weather>,
    seed: u64,
}

impl Work {
    /// The work of this name, which is a scene's slug, `-` and the weather's slug if the scene has a passing weather,
    /// `-`, the seed as 16 lower-case hexadecimal digits and `.svg`. Any other name has no work. Nothing is drawn.
    #[must_use]
    pub(crate) fn named(name: &str) -> Option<Self> {
        let (slug, digits) = name.strip_suffix(".svg")?.rsplit_once('-')?;
        let seed = seed(digits)?;
        let work = |scene: &'static Scene| {
            let weather = match slug.strip_prefix(scene.slug)? {
                "" => None,
                end => Some(weather(scene, end.strip_prefix('-')?)?),
            };
            Some(Self {
                scene,
                weather,
                seed,
            })
        };
        kinds::scenes().find_map(work)
    }

    /// The work whose picture has this URL.
    #[must_use]
    pub(crate) fn at(url: &str) -> Option<Self> {
        Self::named(url.strip_prefix(PATH)?)
    }

    /// The work as an SVG document: the same bytes on every machine, after some 0.1 to 0.9 ms of computing.
    #[must_use]
    pub(crate) fn draw(self) -> String {
        self.scene.draw(self.seed, self.weather)
    }

    fn picture(self) -> Picture {
        Picture {
            url: format!("{PATH}{self}"),
            title: Some(self.scene.title(self.seed, self.weather)),
            owner: Some("picture-frame gallery".to_owned()),
            page: None,
            license: None,
            license_url: None,
        }
    }
}

impl fmt::Display for Work {
    /// Writes the work's name.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.scene.slug)?;
        if let Some(weather) = self.weather {
            write!(f, "-{}", weather.slug())?;
        }
        write!(f, "-{:016x}.svg", self.seed)
    }
}

/// The weather of this slug. `None` if the scene cannot have it.
fn weather(scene: &Scene, slug: &str) -> Option<Weather> {
    let mut all = PASSING.into_iter();
    let weather = all.find(|weather| weather.slug() == slug)?;
    scene.takes(weather).then_some(weather)
}

fn seed(digits: &str) -> Option<u64> {
    let is_digit = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
    let well_formed = digits.len() == 16 && digits.bytes().all(is_digit);
    well_formed
        .then(|| u64::from_str_radix(digits, 16).ok())
        .flatten()
}
