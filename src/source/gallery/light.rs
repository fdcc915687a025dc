//! Light: the sky with everything in it, glows, and the light on water.

use super::{
    dice::Dice,
    number::Point,
    palette::{BLACK, Color, Palette},
    path::Path,
    svg::{HEIGHT, Svg, WIDTH},
    veil,
};

/// Paints the sky down to the horizon, and haze below it.
pub(super) fn sky(svg: &mut Svg, palette: &Palette, dice: &mut Dice, horizon: f64) {
    let [zenith, high, low, rim] = palette.sky;
    let stops = [(0.0, zenith), (0.4, high), (0.78, low), (1.0, rim)];
    let paint = svg.fall(0.0, horizon, &stops);
    svg.flood(paint);
    veil::sky(svg, palette, dice, horizon);
}

/// Paints light that thins out around a point.
pub(super) fn glow(svg: &mut Svg, at: Point, radius: f64, color: Color) {
    let stops = [(0.0, 0.85), (0.25, 0.42), (0.55, 0.13), (1.0, 0.0)];
    let paint = svg.radial(&color.fading(stops));
    svg.circle(at, radius, paint);
}

/// Paints the sun by day, the moon by night, in a glow. If clouds hide it, nothing is painted.
pub(super) fn sun(svg: &mut Svg, palette: &Palette, at: Point, radius: f64) {
    if !palette.has_disc() {
        return;
    }
    svg.shows(if palette.is_night() { "moon" } else { "sun" });
    let halo = palette.light.mix(palette.sky[2], 0.35);
    glow(svg, at, radius * 6.5, halo);
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

/// Paints stars of three sizes down to `horizon`, fewer of them lower down.
pub(super) fn stars(svg: &mut Svg, palette: &Palette, dice: &mut Dice, count: u32, horizon: f64) {
    svg.shows("stars");
    for (share, width, opacity) in [(0.66, 1.6, 0.55), (0.27, 2.4, 0.8), (0.07, 3.8, 0.95)] {
        let star = |_| {
            let depth = dice.between(0.0, 1.0) * dice.between(0.35, 1.0);
            (dice.between(0.0, WIDTH), depth * horizon)
        };
        let path = Path::dots((0..(f64::from(count) * share) as u32).map(star));
        svg.stroke(&path, width, palette.light.fade(opacity));
    }
}

/// Paints stars if the palette is of the night.
pub(super) fn night_stars(
    svg: &mut Svg,
    palette: &Palette,
    dice: &mut Dice,
    count: u32,
    horizon: f64,
) {
    if palette.is_night() && palette.weather.is_none() {
        stars(svg, palette, dice, count, horizon);
    }
}

/// Paints long thin clouds between two heights, lit or dark.
pub(super) fn streaks(
    svg: &mut Svg,
    dice: &mut Dice,
    count: u32,
    heights: (f64, f64),
    color: Color,
) {
    let stops = [(0.0, 0.75), (0.5, 0.3), (1.0, 0.0)];
    let paint = svg.radial(&color.fading(stops));
    for _ in 0..count {
        let (x, y) = dice.pair((200.0, 1400.0), heights);
        let (wide, tall) = dice.pair((160.0, 480.0), (5.0, 16.0));
        svg.ellipse((x, y), (wide, tall), paint);
        let shift = dice.between(-0.5, 0.5) * wide;
        svg.ellipse((x + shift, y + tall * 0.8), (wide * 0.6, tall * 0.6), paint);
    }
}

/// Paints a bank of mist about a height.
pub(super) fn mist(svg: &mut Svg, y: f64, thickness: f64, color: Color) {
    let none = color.fade(0.0);
    let paint = svg.down(&[(0.0, none), (0.55, color), (1.0, none)]);
    svg.rect((0.0, y - thickness / 2.0), (WIDTH, thickness), paint);
}

/// Paints a few distant birds.
pub(super) fn birds(svg: &mut Svg, dice: &mut Dice, (x, y): Point, color: Color) {
    let mut path = Path::default();
    for _ in 0..3 + dice.below(4) {
        let (x, y) = (dice.about(x, 120.0), dice.about(y, 45.0));
        let span = dice.between(7.0, 15.0);
        path = path
            .hop((x - span, y - span * 0.3))
            .bend((x - span * 0.4, y - span * 0.55), (x, y))
            .bend((x + span * 0.4, y - span * 0.6), (x + span, y - span * 0.4));
    }
    svg.stroke(&path, 2.2, color);
}

/// Paints light on the water below a sun or a moon, wider and sparser towards the viewer.
pub(super) fn glitter(
    svg: &mut Svg,
    palette: &Palette,
    dice: &mut Dice,
    x: f64,
    (top, bottom): (f64, f64),
) {
    if !palette.has_disc() {
        return;
    }
    for (opacity, rows) in [(0.85, 26), (0.4, 40)] {
        for band in (0..3).map(f64::from) {
            let mut path = Path::default();
            for _ in 0..rows / 3 {
                let near = (band + dice.between(0.0, 1.0)) / 3.0;
                let near = near * near;
                let spread = 26.0 + 150.0 * near;
                let length = dice.between(0.25, 1.0) * spread * 0.8;
                let left = x + dice.between(-0.6, 0.6) * spread - length / 2.0;
                path = path.dash((left, top + 3.0 + (bottom - top - 3.0) * near), length);
            }
            svg.stroke(
                &path,
                1.8 + 2.2 * band,
                palette.light.fade(opacity - 0.12 * band),
            );
        }
    }
}

/// Darkens the corners, which holds the eye in the middle.
pub(super) fn vignette(svg: &mut Svg, strength: f64) {
    let paint = svg.radial(&BLACK.fading([(0.5, 0.0), (1.0, strength * 0.6)]));
    svg.rect((-200.0, -125.0), (WIDTH + 400.0, HEIGHT + 250.0), paint);
}
