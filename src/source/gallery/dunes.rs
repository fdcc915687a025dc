//! Sand in long swells, each crest with a bright and a dark slope, under a large sun.

use super::{
    dice::{Dice, sine},
    light,
    number::Point,
    palette::{Color, Palette},
    path::Path,
    scene::{Scene, Setting},
    svg::{HEIGHT, Svg},
    terrain,
};

/// The kind of scene. The palettes' accents are sand in the light, sand in the shade and sand in front.
pub(super) static SCENE: Scene = Scene {
    slug: "dunes",
    titles: &[
        "Dunes",
        "The empty quarter",
        "Crests of sand",
        "Where the wind walked",
        "The erg",
    ],
    setting: Setting::Outdoors,
    native: None,
    palettes: &Palette::all([
        "dawn 7b84b0 bba5bd f2c3ae fde6c6 fffaec d9b3a6 7a4c58 f6c9a0 a2707a c98672",
        "day 4f9dc4 8ec3d6 cfe3dc f8efd8 ffffff e8cfa4 9c6b3f f7d79c c58e58 e0a866",
        "dusk 3b2a58 8a4468 e2725a fcb671 ffeec0 c97a64 3a1a38 f39a5c 7a3650 b8534a",
        "night 0a1230 182a55 34497c 6c7aa6 f6f0dc 56618e 10142f 8f97bd 2c3560 474f80",
        "dusk 20495c 5b8f93 d9b98c fbdca0 fff8de cfa07c 4c2b33 f0b877 8c4f4a c67a55",
    ]),
    vignette: 0.22,
    paint,
};

fn paint(svg: &mut Svg, palette: &Palette, dice: &mut Dice) {
    light::sky(svg, palette, dice, 560.0);
    light::night_stars(svg, palette, dice, 220, 520.0);
    let side = dice.side();
    let sun = dice.beside(-side, (40.0, 150.0), (280.0, 400.0));
    light::sun(svg, palette, sun, dice.between(70.0, 112.0));
    let cloud = palette.sky[3].mix(palette.light, 0.3);
    light::streaks(svg, dice, 4, (330.0, 480.0), cloud);
    for (depth, base) in [(0.0, 520.0), (0.33, 568.0), (0.67, 640.0), (1.0, 745.0)] {
        let (far, near) = (dice.between(-330.0, 330.0), dice.between(-170.0, 90.0));
        let x = 800.0 + side * (far * (1.0 - depth) + near * depth);
        let peak = (x, base - 38.0 - 105.0 * depth);
        let foot = base + 60.0 + 120.0 * depth;
        dune(svg, palette, dice, peak, (foot, side, depth));
    }
    foreground(svg, palette, dice, side);
    svg.shows("dunes");
}

/// The distance that a dune spreads to either side: it passes both edges of the picture, wherever the peak is.
const REACH: f64 = 1210.0;

/// Paints a dune whose shade falls to the right (`side` is 1) or to the left (−1).
fn dune(
    svg: &mut Svg,
    palette: &Palette,
    dice: &mut Dice,
    peak: Point,
    (foot, side, depth): (f64, f64, f64),
) {
    let [lit, shaded, front] = palette.accents;
    let air = 0.72 * (1.0 - depth);
    let (lit, shaded) = (lit.mix(palette.haze(), air), shaded.mix(palette.far, air));
    let sunward = slope(dice, peak, -side * REACH, foot);
    let lee = slope(dice, peak, side * REACH, foot);
    let crest: Vec<Point> = sunward.iter().rev().chain(&lee[1..]).copied().collect();
    let colors = (lit, lit.mix(front, 0.35 + 0.4 * depth));
    terrain::layer(svg, &down_from(&crest), colors, (peak.1, foot + 40.0));
    let spine = spine(dice, peak, side, foot + 30.0);
    let far = (lee[lee.len() - 1].0, foot + 90.0);
    let dark = Path::through(&lee)
        .line(far)
        .line(spine[0])
        .along(&spine)
        .close();
    let colors = (shaded, shaded.mix(lit, 0.4));
    terrain::layer(svg, &dark, colors, (peak.1, foot + 60.0));
    let edge = Path::through(&sunward[..3]);
    svg.stroke(&edge, 1.5 + depth, palette.light.fade(0.35));
}

/// All that is below a curve.
fn down_from(curve: &[Point]) -> Path {
    let (first, last) = (curve[0].0, curve[curve.len() - 1].0);
    Path::through(curve).down_to(HEIGHT, (first, last))
}

/// A line from the peak down to the foot, flatter and flatter.
fn slope(dice: &mut Dice, peak: Point, reach: f64, foot: f64) -> Vec<Point> {
    let sway = dice.between(0.0, 1.0);
    let at = |i: u32| {
        let down = f64::from(i) / 8.0;
        let fall = 1.0 - (1.0 - down) * (1.0 - down);
        let swell = 9.0 * sine(down * 1.7 + sway) * down;
        (
            peak.0 + reach * down,
            peak.1 + (foot - peak.1) * fall * (0.55 + 0.45 * down) + swell,
        )
    };
    (0..=8).map(at).collect()
}

/// The crest that winds up to the peak from near the viewer.
fn spine(dice: &mut Dice, peak: Point, side: f64, foot: f64) -> [Point; 7] {
    let bow = dice.between(0.6, 1.25);
    let drop = foot - peak.1;
    [
        (0.75, 1.05),
        (0.1, 0.9),
        (-0.2, 0.72),
        (-0.12, 0.52),
        (0.12, 0.32),
        (0.16, 0.14),
        (0.0, 0.0),
    ]
    .map(|(across, down)| (peak.0 + side * across * bow * drop, peak.1 + down * drop))
}

fn foreground(svg: &mut Svg, palette: &Palette, dice: &mut Dice, side: f64) {
    let [lit, shaded, front] = palette.accents;
    let tilt = side * 42.0;
    let tilted = |(x, y): Point| (x, 887.0 + y + tilt * (x - 800.0) / 820.0);
    let crest = [-20.0, 380.0, 820.0, 1240.0, 1620.0].into_iter();
    let crest = crest.zip([0.0, 5.0, 16.0, 24.0, 0.0]).map(tilted);
    let ground = down_from(&crest.collect::<Vec<Point>>());
    let stops = [(0.0, front.mix(lit, 0.45)), (1.0, front.mix(shaded, 0.55))];
    let paint = svg.fall(850.0, HEIGHT, &stops);
    svg.fill(&ground, paint);
    let clip = svg.clip(&ground);
    svg.clipped(clip, |svg| ripples(svg, dice, shaded.fade(0.3)));
}

fn ripples(svg: &mut Svg, dice: &mut Dice, color: Color) {
    for row in (0..9).map(f64::from) {
        let phase = dice.between(0.0, 0.3) + 0.11 * row;
        let line = Path::plot(21, |i| {
            let x = i * 80.0;
            (x - 20.0, 880.0 + 15.0 * row + 7.0 * sine(x / 420.0 + phase))
        });
        svg.stroke(&line, 1.5 + 0.3 * row, color);
    }
}
