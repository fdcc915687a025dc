//! Weathers and seasons: their names in slugs, and how titles speak of them.

/// A weather, or a season that has colours of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Weather {
    Storm,
    Rain,
    Snow,
    Fog,
    Rainbow,
    Spring,
    Summer,
    Autumn,
}

/// The weathers that any scene under the sky can have. A season needs a scene of its own.
pub(super) const PASSING: [Weather; 5] = [
    Weather::Storm,
    Weather::Rain,
    Weather::Snow,
    Weather::Fog,
    Weather::Rainbow,
];

impl Weather {
    /// The part of a picture's name that says the weather.
    pub(super) fn slug(self) -> &'static str {
        match self {
            Self::Storm => "storm",
            Self::Rain => "rain",
            Self::Snow => "snow",
            Self::Fog => "fog",
            Self::Rainbow => "rainbow",
            Self::Spring => "spring",
            Self::Summer => "summer",
            Self::Autumn => "autumn",
        }
    }

    /// The ends of titles.
    pub(super) fn phrases(self) -> [&'static str; 3] {
        match self {
            Self::Storm => ["in the storm", "in heavy weather", "under a stormy sky"],
            Self::Rain => ["in the rain", "in steady rain", "while the rain falls"],
            Self::Snow => ["in the snow", "in winter", "in January"],
            Self::Fog => ["in the fog", "in the mist", "in thin fog"],
            Self::Rainbow => ["after the rain", "under a rainbow", "with a rainbow"],
            Self::Spring => ["in spring", "in April", "in the first warmth"],
            Self::Summer => ["in summer", "in July", "in high summer"],
            Self::Autumn => ["in autumn", "in October", "late in the year"],
        }
    }

    /// True for a season with leaves on the trees.
    pub(super) fn is_warm(self) -> bool {
        matches!(self, Self::Spring | Self::Summer | Self::Autumn)
    }

    /// True if the ground is wet.
    pub(super) fn is_wet(self) -> bool {
        matches!(self, Self::Storm | Self::Rain | Self::Rainbow)
    }

    /// True if clouds or the sun's place behind the viewer hide the disc of the sun or the moon.
    pub(super) fn hides_disc(self) -> bool {
        matches!(self, Self::Storm | Self::Rain | Self::Snow | Self::Rainbow)
    }
}
