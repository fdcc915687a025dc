//! Land: horizons, and the conifers that stand on them.

use super::{
    dice::{Dice, sine},
    number::{Point, Size},
    palette::Color,
    path::Path,
    svg::{HEIGHT, Svg, WIDTH},
};

/// A horizon from the left edge to the right, as heights at equal steps.
pub(super) struct Terrain {
    heights: Vec<f64>,
    smooth: bool,
}

impl Terrain {
    /// This many gentle hills about the height `base`, up and down by `swell`.
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

    /// The terrain lifted by `lift` of the horizontal position.
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

    /// The height of the horizon at a horizontal position.
    pub(super) fn at(&self, x: f64) -> f64 {
        let place = (x / self.step()).clamp(0.0, (self.heights.len() - 1) as f64);
        let left = (place.floor() as usize).min(self.heights.len() - 2);
        let share = place - left as f64;
        self.heights[left] * (1.0 - share) + self.heights[left + 1] * share
    }

    /// The points that the horizon goes through.
    pub(super) fn points(&self) -> Vec<Point> {
        let step = self.step();
        self.heights
            .iter()
            .enumerate()
            .map(|(i, y)| (i as f64 * step, *y))
            .collect()
    }

    /// The horizon as a line.
    pub(super) fn line(&self) -> Path {
        let points = self.points();
        if self.smooth {
            Path::through(&points)
        } else {
            Path::lines(&points)
        }
    }

    /// The outline of everything below the horizon.
    pub(super) fn ground(&self) -> Path {
        self.down_to(HEIGHT)
    }

    /// The outline of everything between the horizon and the height `foot`.
    pub(super) fn down_to(&self, foot: f64) -> Path {
        self.line().down_to(foot, (0.0, WIDTH))
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

/// Paints a shape in its own colour above, which fades into another towards its foot.
pub(super) fn layer(
    svg: &mut Svg,
    shape: &Path,
    (color, foot): (Color, Color),
    (from, to): (f64, f64),
) {
    let paint = svg.fall(from, to, &[(0.0, color), (1.0, foot)]);
    svg.fill(shape, paint);
}

/// Adds a conifer to a path. A larger conifer has more boughs.
pub(super) fn conifer(path: Path, dice: &mut Dice, (x, foot): Point, height: f64) -> Path {
    let tiers = ((height / 45.0) as u32 + 2).min(6);
    let width = height * dice.between(0.17, 0.23);
    let mut corners = vec![(x, foot - height)];
    corners.extend(boughs(dice, (x, foot), (width, height), tiers));
    let left = boughs(dice, (x, foot), (-width, height), tiers);
    corners.extend(left.into_iter().rev());
    path.coarse_polygon(&corners)
}

/// The right side of a conifer from the top down, or the left side if the width is negative.
fn boughs(dice: &mut Dice, (x, foot): Point, (width, height): Size, tiers: u32) -> Vec<Point> {
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
