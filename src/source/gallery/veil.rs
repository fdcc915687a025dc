//! Weather in a picture: clouds and a rainbow behind everything, rain, snow and fog before everything.

use super::{
    dice::Dice,
    number::Point,
    palette::{Color, Hour, Palette},
    path::Path,
    svg::{HEIGHT, Svg, WIDTH},
    weather::Weather,
};

/// Paints the part of the weather that is in the sky.
pub(super) fn sky(svg: &mut Svg, palette: &Palette, dice: &mut Dice, horizon: f64) {
    match palette.weather {
        Some(Weather::Storm) => {
            clouds(svg, palette, dice, horizon, 0.42);
            lightning(svg, palette, dice, horizon);
        }
        Some(Weather::Rain) => clouds(svg, palette, dice, horizon, 0.26),
        Some(Weather::Rainbow) => {
            clouds(svg, palette, dice, horizon, 0.16);
            rainbow(svg, dice, horizon);
        }
        _ => {}
    }
}

/// Paints the part of the weather that is before everything.
pub(super) fn fall(svg: &mut Svg, palette: &Palette, dice: &mut Dice) {
    match palette.weather {
        Some(Weather::Storm) => rain(svg, palette, dice, 1.5),
        Some(Weather::Rain) => rain(svg, palette, dice, 1.0),
        Some(Weather::Snow) => flakes(svg, palette.light.tint(0.6), dice),
        Some(Weather::Fog) => fog(svg, palette, dice),
        _ => {}
    }
}

/// Paints a deck of cloud: broad soft lumps, darker below, in the upper part of the sky.
pub(super) fn clouds(svg: &mut Svg, palette: &Palette, dice: &mut Dice, horizon: f64, weight: f64) {
    svg.shows("clouds");
    let [zenith, high, low, _] = palette.sky;
    for (row, color) in [
        (0.0, zenith.shade(weight)),
        (1.0, high.shade(weight * 0.8)),
        (2.0, low.shade(weight * 0.55)),
    ] {
        let color = color.fade(0.85 - 0.17 * row);
        let paint = svg.radial(&color.fading([
            (0.0, 0.8 - 0.15 * row),
            (0.55, 0.5 - 0.1 * row),
            (1.0, 0.0),
        ]));
        let y = horizon * (0.08 + 0.2 * row);
        for i in 0..7 {
            let x = f64::from(i) * 265.0;
            let at = (dice.about(x, 110.0), dice.about(y, horizon * 0.05));
            let size = (
                dice.between(240.0, 420.0),
                horizon * dice.between(0.09, 0.16),
            );
            svg.ellipse(at, size, paint);
        }
    }
}

/// Paints a flash from the clouds down to the horizon.
fn lightning(svg: &mut Svg, palette: &Palette, dice: &mut Dice, horizon: f64) {
    svg.shows("lightning");
    let color = palette.light.tint(0.6);
    let top = (dice.about(800.0, 150.0), horizon * 0.2);
    let glow = svg.radial(&color.fading([(0.0, 0.3), (0.5, 0.1), (1.0, 0.0)]));
    svg.ellipse((top.0, horizon * 0.5), (330.0, horizon * 0.55), glow);
    let points = bolt(dice, top, horizon - 4.0);
    for (width, opacity) in [(9.0, 0.16), (2.4, 0.95)] {
        svg.stroke(&Path::lines(&points), width, color.fade(opacity));
    }
    let from = points[points.len() / 2];
    let twig = bolt(dice, from, from.1 + horizon * 0.22);
    svg.stroke(&Path::lines(&twig), 1.3, color.fade(0.65));
}

/// A crooked line from a point down to the height `foot`.
fn bolt(dice: &mut Dice, (mut x, top): Point, foot: f64) -> Vec<Point> {
    let lean = dice.between(-5.0, 5.0);
    (0..=12)
        .map(|i| {
            x += lean + dice.between(-19.0, 19.0);
            (x, top + (foot - top) * f64::from(i) / 12.0)
        })
        .collect()
}

/// The colours of a rainbow from its inner rim outwards.
const BOW: [(f64, [u8; 3]); 7] = [
    (0.84, [134, 104, 178]),
    (0.87, [84, 122, 190]),
    (0.895, [92, 164, 148]),
    (0.92, [166, 194, 112]),
    (0.945, [240, 208, 110]),
    (0.965, [236, 160, 96]),
    (0.985, [214, 104, 96]),
];

fn rainbow(svg: &mut Svg, dice: &mut Dice, horizon: f64) {
    svg.shows("rainbow");
    let at = (
        800.0 + dice.side() * dice.between(270.0, 330.0),
        horizon + 30.0,
    );
    let white = Color::of([255; 3]);
    let mut stops = vec![(0.0, white.fade(0.05)), (0.8, white.fade(0.16))];
    stops.extend(BOW.map(|(offset, rgb)| (offset, Color::of(rgb).fade(0.5))));
    stops.push((1.0, Color::of(BOW[6].1).fade(0.0)));
    let paint = svg.radial(&stops);
    svg.circle(at, dice.between(430.0, 470.0), paint);
}

fn rain(svg: &mut Svg, palette: &Palette, dice: &mut Dice, strength: f64) {
    svg.shows("rain");
    let lean = dice.side() * 0.16 * strength;
    for (count, length, width, opacity) in [
        (170, 26.0, 1.2, 0.36),
        (90, 46.0, 1.7, 0.36),
        (28, 80.0, 2.3, 0.22),
    ] {
        let mut path = Path::default();
        for _ in 0..count {
            let (x, y) = dice.pair((-20.0, WIDTH + 20.0), (-60.0, HEIGHT));
            let long = length * dice.between(0.6, 1.2);
            path = path.stripe((x, y), (lean * long, long));
        }
        svg.stroke(&path, width, palette.light.tint(0.3).fade(opacity));
    }
}

/// Paints flakes of three sizes all over the picture.
pub(super) fn flakes(svg: &mut Svg, color: Color, dice: &mut Dice) {
    svg.shows("snow");
    for (count, width, opacity) in [(170, 2.5, 0.6), (80, 4.5, 0.65), (26, 8.0, 0.5)] {
        let flake = |_| dice.pair((0.0, WIDTH), (0.0, HEIGHT));
        let path = Path::dots((0..count).map(flake));
        svg.stroke(&path, width, color.fade(opacity));
    }
}

/// Paints banks of fog, thicker towards the horizon.
fn fog(svg: &mut Svg, palette: &Palette, dice: &mut Dice) {
    svg.shows("fog");
    let dim = match palette.hour {
        Hour::Night => 0.7,
        _ => 1.0,
    };
    for (y, thick, opacity) in [
        (560.0, 520.0, 0.5),
        (700.0, 240.0, 0.42),
        (850.0, 260.0, 0.36),
    ] {
        let color = palette.haze().fade(opacity * dim);
        let none = color.fade(0.0);
        let paint = svg.down(&[(0.0, none), (0.5, color), (1.0, none)]);
        let y = dice.about(y, 30.0);
        svg.rect((0.0, y - thick / 2.0), (WIDTH, thick), paint);
    }
}
