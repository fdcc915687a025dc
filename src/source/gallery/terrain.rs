//! Land and sky: what several scenes share.

use super::{
    dice::{Dice, sine},
    number::Point,
    palette::{BLACK, Color, Palette, WHITE},
    path::Path,
    svg::{HEIGHT, Paint, Svg, WIDTH},
};

/// A horizon from the left edge to the right: a height for each step.
pub(super) struct Terrain {
    heights: Vec<f64>,
    smooth: bool,
}

impl Terrain {
    /// Gentle hills about `base`, up and down by `swell`, so many of them.
    pub(super) fn rolling(dice: &mut Dice, base: f64, swell: f64, hills: f64) -> Self {
        let parts = [(hills, 0.62), (hills * 2.3, 0.27), (hills * 4.7, 0.11)]
            .map(|(waves, share)| (waves, share * swell, dice.between(0.0, 1.0)));
        let height = |step: u32| {
            let x = f64::from(step) / 32.0;
            parts.iter().fold(base, |y, (waves, size, phase)| {
                y - size * sine(waves * x + phase)
            })
        };
        Self {
            heights: (0..=32).map(height).collect(),
            smooth: true,
        }
    }

    /// Rock about `base`, up and down by `swell`: midpoint displacement, each half rougher by `roughness`.
    pub(super) fn rugged(dice: &mut Dice, base: f64, swell: f64, roughness: f64) -> Self {
        let mut heights = [0; 5].map(|_| base + dice.between(-swell, swell)).to_vec();
        let mut size = swell * roughness;
        while heights.len() < 128 {
            heights = subdivide(&heights, |middle| middle + dice.between(-size, size));
            size *= roughness;
        }
        Self {
            heights,
            smooth: false,
        }
    }

    /// Lifted by so much at each place.
    pub(super) fn raised(mut self, lift: impl Fn(f64) -> f64) -> Self {
        let step = self.step();
        for (i, y) in self.heights.iter_mut().enumerate() {
            *y -= lift(i as f64 * step);
        }
        self
    }

    fn step(&self) -> f64 {
        WIDTH / (self.heights.len() - 1) as f64
    }

    /// The height above which there is sky.
    pub(super) fn at(&self, x: f64) -> f64 {
        let place = (x / self.step()).clamp(0.0, (self.heights.len() - 1) as f64);
        let left = (place.floor() as usize).min(self.heights.len() - 2);
        let share = place - left as f64;
        self.heights[left] * (1.0 - share) + self.heights[left + 1] * share
    }

    pub(super) fn points(&self) -> Vec<Point> {
        let step = self.step();
        self.heights
            .iter()
            .enumerate()
            .map(|(i, y)| (i as f64 * step, *y))
            .collect()
    }

    /// The line alone.
    pub(super) fn line(&self) -> Path {
        let points = self.points();
        if self.smooth {
            Path::through(&points)
        } else {
            Path::lines(&points)
        }
    }

    /// All that is below the line.
    pub(super) fn ground(&self) -> Path {
        self.line()
            .line((WIDTH, HEIGHT))
            .line((0.0, HEIGHT))
            .close()
    }
}

fn subdivide(heights: &[f64], mut displace: impl FnMut(f64) -> f64) -> Vec<f64> {
    let mut finer = Vec::with_capacity(heights.len() * 2);
    for pair in heights.windows(2) {
        finer.push(pair[0]);
        finer.push(displace((pair[0] + pair[1]) / 2.0));
    }
    finer.push(heights[heights.len() - 1]);
    finer
}

/// The sky down to the horizon, and the haze below it.
pub(super) fn sky(svg: &mut Svg, palette: &Palette, horizon: f64) {
    let [zenith, high, low, rim] = palette.sky;
    let stops = [(0.0, zenith), (0.4, high), (0.78, low), (1.0, rim)];
    let paint = svg.between((0.0, 0.0), (0.0, horizon), &stops);
    svg.flood(paint);
}

/// Light that thins out around a point.
pub(super) fn glow(svg: &mut Svg, at: Point, radius: f64, color: Color) {
    let stops = [(0.0, 0.85), (0.25, 0.42), (0.55, 0.13), (1.0, 0.0)];
    let paint = svg.radial(&stops.map(|(offset, opacity)| (offset, color.fade(opacity))));
    svg.circle(at, radius, paint);
}

/// The sun by day, the moon by night, in a glow.
pub(super) fn sun(svg: &mut Svg, palette: &Palette, at: Point, radius: f64) {
    glow(
        svg,
        at,
        radius * 6.5,
        palette.light.mix(palette.sky[2], 0.35),
    );
    svg.circle(at, radius, palette.light);
    if palette.is_night() {
        moon_seas(svg, palette, at, radius);
    }
}

fn moon_seas(svg: &mut Svg, palette: &Palette, (x, y): Point, radius: f64) {
    let sea = palette.light.mix(palette.sky[2], 0.11);
    for (dx, dy, size) in [
        (-0.3, -0.25, 0.32),
        (0.28, -0.1, 0.24),
        (-0.1, 0.38, 0.27),
        (0.42, 0.4, 0.13),
    ] {
        svg.circle((x + dx * radius, y + dy * radius), size * radius, sea);
    }
}

/// Stars down to `horizon`, in three sizes, fewer lower down.
pub(super) fn stars(svg: &mut Svg, dice: &mut Dice, count: u32, horizon: f64, color: Color) {
    for (share, width, opacity) in [(0.66, 1.6, 0.55), (0.27, 2.4, 0.8), (0.07, 3.8, 0.95)] {
        let mut path = Path::default();
        for _ in 0..(f64::from(count) * share) as u32 {
            let depth = dice.between(0.0, 1.0) * dice.between(0.35, 1.0);
            path = path.dot((dice.between(0.0, WIDTH), depth * horizon));
        }
        svg.stroke(&path, width, color.fade(opacity));
    }
}

/// Long thin clouds between two heights, lit or dark.
pub(super) fn streaks(
    svg: &mut Svg,
    dice: &mut Dice,
    count: u32,
    heights: (f64, f64),
    color: Color,
) {
    let paint = svg.radial(&[
        (0.0, color.fade(0.75)),
        (0.5, color.fade(0.3)),
        (1.0, color.fade(0.0)),
    ]);
    for _ in 0..count {
        let at = (
            dice.between(200.0, 1400.0),
            dice.between(heights.0, heights.1),
        );
        let size = (dice.between(160.0, 480.0), dice.between(5.0, 16.0));
        svg.ellipse(at, size, paint);
        let shift = dice.between(-0.5, 0.5) * size.0;
        svg.ellipse(
            (at.0 + shift, at.1 + size.1 * 0.8),
            (size.0 * 0.6, size.1 * 0.6),
            paint,
        );
    }
}

/// A bank of mist about a height.
pub(super) fn mist(svg: &mut Svg, y: f64, thickness: f64, color: Color) {
    let paint = svg.down(&[
        (0.0, color.fade(0.0)),
        (0.55, color),
        (1.0, color.fade(0.0)),
    ]);
    svg.rect((0.0, y - thickness / 2.0), (WIDTH, thickness), paint);
}

/// A layer's paint: its own colour above, fading into haze towards its foot.
pub(super) fn layer(svg: &mut Svg, color: Color, haze: Color, from: f64, to: f64) -> Paint {
    svg.between((0.0, from), (0.0, to), &[(0.0, color), (1.0, haze)])
}

/// Light on the water below a sun or a moon, wider and sparser towards the viewer.
pub(super) fn glitter(svg: &mut Svg, dice: &mut Dice, x: f64, heights: (f64, f64), color: Color) {
    let (top, bottom) = heights;
    for (opacity, rows) in [(0.85, 26), (0.4, 40)] {
        for band in 0..3 {
            let mut path = Path::default();
            for _ in 0..rows / 3 {
                let near = (f64::from(band) + dice.between(0.0, 1.0)) / 3.0;
                let near = near * near;
                let spread = 26.0 + 150.0 * near;
                let length = dice.between(0.25, 1.0) * spread * 0.8;
                let left = x + dice.between(-0.6, 0.6) * spread - length / 2.0;
                path = path.dash((left, top + 3.0 + (bottom - top - 3.0) * near), length);
            }
            svg.stroke(
                &path,
                1.8 + 2.2 * f64::from(band),
                color.fade(opacity - 0.12 * f64::from(band)),
            );
        }
    }
}

/// A conifer that stands here, as part of a path. The larger it is, the more boughs it shows.
pub(super) fn conifer(path: Path, dice: &mut Dice, (x, foot): Point, height: f64) -> Path {
    let tiers = ((height / 45.0) as u32 + 2).min(6);
    let width = height * dice.between(0.17, 0.23);
    let mut corners = vec![(x, foot - height)];
    corners.extend(boughs(dice, (x, foot), (width, height), tiers));
    corners.extend(
        boughs(dice, (x, foot), (-width, height), tiers)
            .into_iter()
            .rev(),
    );
    path.polygon(&corners)
}

/// One side of a conifer from the top down; a negative width is the left one.
fn boughs(dice: &mut Dice, (x, foot): Point, (width, height): Point, tiers: u32) -> Vec<Point> {
    let mut corners = vec![];
    for tier in 1..=tiers {
        let down = f64::from(tier) / f64::from(tiers);
        let reach = width * (0.12 + 0.88 * down) * dice.between(0.85, 1.1);
        let y = foot - height * (0.94 * (1.0 - down) + 0.06);
        corners.push((x + reach, y));
        corners.push((x + reach * 0.42, y - height * 0.025));
    }
    corners
}

/// A few distant birds.
pub(super) fn birds(svg: &mut Svg, dice: &mut Dice, (x, y): Point, color: Color) {
    let mut path = Path::default();
    for _ in 0..3 + dice.below(4) {
        let (x, y) = (
            x + dice.between(-120.0, 120.0),
            y + dice.between(-45.0, 45.0),
        );
        let span = dice.between(7.0, 15.0);
        path = path
            .hop((x - span, y - span * 0.3))
            .bend((x - span * 0.4, y - span * 0.55), (x, y));
        path = path.bend((x + span * 0.4, y - span * 0.6), (x + span, y - span * 0.4));
    }
    svg.stroke(&path, 2.2, color);
}

/// Corners a little darker than the middle, which holds the eye there.
pub(super) fn vignette(svg: &mut Svg, strength: f64) {
    let paint = svg.radial(&[(0.5, BLACK.fade(0.0)), (1.0, BLACK.fade(strength * 0.6))]);
    svg.rect((-200.0, -125.0), (WIDTH + 400.0, HEIGHT + 250.0), paint);
}

/// The sheen of light along the upper edge of something.
pub(super) fn rim(svg: &mut Svg, path: &Path, width: f64, opacity: f64) {
    svg.stroke(path, width, WHITE.fade(opacity));
}
