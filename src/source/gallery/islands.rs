//! Calm water with islands, one behind the other, or a bay with a palm.

use super::{
    dice::{Dice, sine},
    light,
    number::Point,
    palette::{Hour, Palette},
    path::Path,
    scene::{Scene, Setting},
    svg::{HEIGHT, Svg, WIDTH},
    terrain,
    weather::Weather,
};

/// The palettes' accents are deep water, shallow water and sand.
pub(super) static ISLANDS: Scene = Scene {
    slug: "islands",
    titles: &["Islands", "Calm water", "Between the islands", "Flat calm"],
    setting: Setting::Outdoors,
    native: None,
    palettes: &Palette::all([
        "day 62a8cc 9ccbdc cfe4e4 f2f3e6 ffffff 94b4c0 1f4658 2f7c9a 8cc4cc e8dcc0",
        "dawn 7a8cb8 b8b2d0 f0c8c0 fde8d2 fffaf0 b4acc4 3c4468 5c78a4 b4c0cc e0ccb8",
        "dusk 2e3160 80507c e8806c fdc884 fff0c8 96648a 241c40 453c70 c87c80 806064",
        "dusk 1e4658 548c90 e4b484 fce0a8 fff6d4 7c9090 143038 1f5a68 94bcac b49c7c",
        "night 081028 13244c 2a4680 5c7cac f4f2de 3a5688 081024 0e2048 3c5e90 2c3c58",
    ]),
    vignette: 0.24,
    paint: islands,
};

pub(super) static BAY: Scene = Scene {
    slug: "bay",
    titles: &["Palm and bay", "The bay", "White beach", "Under the palm"],
    setting: Setting::Outdoors,
    native: Some(Weather::Summer),
    palettes: &Palette::all([
        "day 2c92cc 6cbce0 b4dfec eef6ea ffffff 6ca8b0 16423c 0f7c9c 7cd8d0 f8ead0",
        "dawn 7896c0 b4b8d8 f4ccbc fde8cc fffaea 90a0b0 26404c 3c84a0 a8d4d0 f4dcc4",
        "dusk 3a3868 94588a f48c6c ffcc80 fff0c4 8c5c80 201830 4c4880 dc9088 b88070",
        "night 081230 142856 2c4c88 5c80b0 f6f4e0 34548c 060e1e 0e2650 3c6a9c 54648a",
    ]),
    vignette: 0.2,
    paint: bay,
};

fn islands(svg: &mut Svg, palette: &Palette, dice: &mut Dice) {
    svg.shows("islands");
    svg.shows("water");
    let horizon = dice.between(500.0, 580.0);
    light::sky(svg, palette, dice, horizon);
    light::night_stars(svg, palette, dice, 170, horizon - 60.0);
    let side = dice.side();
    let sun = (
        800.0 + side * dice.between(40.0, 300.0),
        horizon - dice.between(60.0, 170.0),
    );
    if palette.hour != Hour::Day {
        light::sun(svg, palette, sun, dice.between(40.0, 58.0));
    }
    let cloud = palette.sky[3].mix(palette.light, 0.45);
    light::streaks(svg, dice, 7, (horizon - 280.0, horizon - 60.0), cloud);
    water(svg, palette, horizon);
    if palette.hour != Hour::Day {
        light::glitter(svg, palette, dice, sun.0, (horizon, HEIGHT));
    }
    for (depth, down, tall, wide) in [
        (0.0, 6.0, 62.0, 520.0),
        (0.14, 14.0, 84.0, 430.0),
        (0.32, 34.0, 108.0, 400.0),
        (0.6, 74.0, 128.0, 360.0),
    ] {
        let place = dice.pick(&[-1.0, 1.0]) * dice.between(120.0, 640.0);
        island(
            svg,
            palette,
            dice,
            (800.0 + place, horizon + down),
            (wide, tall, depth),
        );
    }
    let main = 800.0 + side * dice.between(-40.0, 60.0);
    island(
        svg,
        palette,
        dice,
        (main, horizon + 52.0),
        (210.0, 112.0, 0.46),
    );
    calm(svg, palette, dice, horizon);
    light::birds(
        svg,
        dice,
        (main - side * 200.0, horizon - 190.0),
        palette.near.fade(0.6),
    );
}

fn water(svg: &mut Svg, palette: &Palette, horizon: f64) {
    let [deep, shallow, _] = palette.accents;
    let stops = [
        (0.0, palette.haze().mix(shallow, 0.35)),
        (0.25, shallow.mix(deep, 0.35)),
        (1.0, deep),
    ];
    svg.below(horizon, &stops);
}

/// Paints an island with trees on it, and its reflection. It is `wide` to either side of its middle.
fn island(
    svg: &mut Svg,
    palette: &Palette,
    dice: &mut Dice,
    (x, foot): Point,
    (wide, tall, depth): (f64, f64, f64),
) {
    let [lean, bump] = [0; 2].map(|_| dice.between(0.0, 1.0));
    let mut crest = vec![(x - wide, foot)];
    for i in 1..24 {
        let across = f64::from(i) / 24.0;
        let arch = sine(across * 0.5);
        let shape =
            arch * (0.62 + 0.3 * sine(across * 1.1 + lean) + 0.12 * sine(across * 2.7 + bump));
        crest.push((
            x - wide + 2.0 * wide * across,
            foot - tall * shape.max(0.02),
        ));
    }
    crest.push((x + wide, foot));
    let outline = Path::through(&crest).close();
    let mut firs = Path::default();
    for _ in 0..(wide / 12.0) as u32 {
        let (px, py) = dice.pick(&crest[4..21]);
        let height = tall * dice.between(0.14, 0.32);
        firs = terrain::conifer(firs, dice, (px + dice_shift(wide, px), py + 4.0), height);
    }
    let color = palette.depth(depth);
    let haze = color.mix(palette.haze(), 0.55 - 0.35 * depth);
    let paint = svg.fall(foot - tall, foot, &[(0.0, color), (1.0, haze)]);
    svg.mirrored(foot, 0.7, 0.35, |svg| {
        svg.fill(&outline, paint);
        svg.fill(&firs, color);
    });
}

/// A shift that spreads trees between the points of a crest.
fn dice_shift(wide: f64, x: f64) -> f64 {
    (x * 7.3 - (x * 7.3).floor() - 0.5) * wide / 13.0
}

/// Paints level lines of still water.
fn calm(svg: &mut Svg, palette: &Palette, dice: &mut Dice, horizon: f64) {
    for (color, opacity) in [(palette.light, 0.3), (palette.accents[0].shade(0.3), 0.2)] {
        for width in [1.3, 2.4, 3.6] {
            let mut path = Path::default();
            for _ in 0..22 {
                let near = dice.between(0.0, 1.0) * width / 3.6;
                let at = (
                    dice.between(-60.0, WIDTH),
                    horizon + 8.0 + near * (HEIGHT - horizon),
                );
                path = path.dash(at, dice.between(40.0, 150.0) * (0.4 + near));
            }
            svg.stroke(&path, width, color.fade(opacity));
        }
    }
}

fn bay(svg: &mut Svg, palette: &Palette, dice: &mut Dice) {
    svg.shows("bay");
    svg.shows("palm");
    svg.shows("beach");
    svg.shows("leaves");
    let horizon = dice.between(520.0, 570.0);
    light::sky(svg, palette, dice, horizon);
    light::night_stars(svg, palette, dice, 170, horizon - 60.0);
    let side = dice.side();
    let low = palette.by_day(250.0, 110.0);
    let sun = (
        800.0 - side * dice.between(60.0, 300.0),
        horizon - dice.about(low, 30.0),
    );
    light::sun(svg, palette, sun, dice.between(42.0, 56.0));
    let cloud = palette.sky[3].mix(palette.light, 0.6);
    light::streaks(svg, dice, 6, (horizon - 230.0, horizon - 50.0), cloud);
    water(svg, palette, horizon);
    light::glitter(svg, palette, dice, sun.0, (horizon, 840.0));
    let far = 800.0 - side * dice.between(260.0, 420.0);
    island(
        svg,
        palette,
        dice,
        (far, horizon + 8.0),
        (330.0, 100.0, 0.1),
    );
    calm(svg, palette, dice, horizon);
    sand(svg, palette, dice, side);
    for (aside, scale, lean) in [(330.0, 0.92, -0.5), (190.0, 1.2, -1.0)] {
        let foot = (800.0 + side * dice.about(aside, 25.0), 900.0);
        palm(svg, palette, dice, foot, (scale, side * lean));
    }
}

fn sand(svg: &mut Svg, palette: &Palette, dice: &mut Dice, side: f64) {
    let [_, shallow, sand] = palette.accents;
    let shift = dice.between(0.0, 1.0);
    let edge = |lift: f64| {
        Path::plot(16, |i| {
            let across = i / 16.0;
            let bow = side * (across - 0.5) * 230.0;
            (
                across * WIDTH,
                880.0 - lift - bow + 12.0 * sine(across * 2.2 + shift),
            )
        })
    };
    for (lift, color) in [
        (58.0, shallow.tint(0.25).fade(0.5)),
        (20.0, sand.mix(shallow, 0.5)),
    ] {
        svg.fill(&edge(lift).down_to(HEIGHT, (0.0, WIDTH)), color);
    }
    svg.stroke(&edge(20.0), 7.0, sand.tint(0.5).fade(0.8));
    let paint = svg.fall(760.0, HEIGHT, &[(0.0, sand), (1.0, sand.shade(0.16))]);
    svg.fill(&edge(0.0).down_to(HEIGHT, (0.0, WIDTH)), paint);
}

/// Paints a palm whose stem leans and then rises.
fn palm(
    svg: &mut Svg,
    palette: &Palette,
    dice: &mut Dice,
    (x, foot): Point,
    (scale, lean): (f64, f64),
) {
    let color = palette.near;
    svg.ellipse((x, foot + 3.0), (70.0 * scale, 8.0), color.fade(0.3));
    let top = (x + lean * 150.0 * scale, foot - 400.0 * scale);
    let bend = (x + lean * 140.0 * scale, foot - 130.0 * scale);
    let wide = 11.0 * scale;
    let stem = Path::at((x - wide, foot + 4.0))
        .bend((bend.0 - wide * 0.6, bend.1), (top.0 - wide * 0.4, top.1))
        .line((top.0 + wide * 0.4, top.1))
        .bend((bend.0 + wide * 0.8, bend.1), (x + wide * 1.4, foot + 4.0));
    svg.fill(&stem.close(), color);
    for i in 0..9 {
        let turn = f64::from(i) / 9.0 + dice.about(0.0, 0.02);
        let reach = (super::dice::cosine(turn) * 185.0, sine(turn) * 70.0 - 34.0);
        frond(svg, palette, top, (reach.0 * scale, reach.1 * scale));
    }
}

/// Paints a frond: a bowed rib with leaflets that hang from it.
fn frond(svg: &mut Svg, palette: &Palette, (x, y): Point, (dx, dy): (f64, f64)) {
    let (rise, color) = (dx.abs() * 0.34 + 8.0, palette.near);
    let at = |share: f64| {
        let arch = rise * 4.0 * share * (1.0 - share);
        (x + dx * share, y + dy * share - arch + 46.0 * share * share)
    };
    let mut leaflets = Path::default();
    for i in 3..=24 {
        let share = f64::from(i) / 24.0;
        let (rx, ry) = at(share);
        let long = (1.0 - share * 0.55) * (30.0 + dx.abs() * 0.16);
        leaflets = leaflets
            .stripe((rx, ry), (dx * 0.07, long * 0.75))
            .stripe((rx, ry), (dx * 0.1, long * 0.2 - 6.0));
    }
    svg.stroke(&leaflets, 2.8, color);
    svg.stroke(
        &Path::plot(8, |i| at(i / 8.0)),
        4.0,
        color.mix(palette.accents[0], 0.15),
    );
}
