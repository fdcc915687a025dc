//! The desert again: table mountains on a red plain, or three pyramids.

use super::{
    dice::Dice,
    light,
    number::Point,
    palette::Palette,
    path::Path,
    scene::{Scene, Setting},
    svg::{HEIGHT, Svg, WIDTH},
    terrain::{self, Terrain},
};

/// The palettes' accents are rock or stone in the light, the same in the shade, and the ground.
static PALETTES: [Palette; 5] = Palette::all([
    "dusk 3c2c5c 8c4a6c e4785a fcbc78 fff0c4 b8706c 34182c e88c58 7c3848 9c5048",
    "day 58a4cc 98cadc d4e4e0 f8f0dc ffffff d4b498 8c4c34 e8a878 b06c50 d09868",
    "dawn 7c8cb8 bcb0cc f4c8b4 fde6ca fffaee d0a8a4 5c3848 f0b498 9c6874 b88478",
    "night 0a1230 1a2a58 38507e 7080a8 f6f0dc 505c8c 0c1024 8490b8 303c68 3c4874",
    "dusk 24505e 649494 dcbc8c fce0a4 fff8dc c4a080 3c2428 f0b474 8c5448 b47c58",
]);

pub(super) static MESAS: Scene = Scene {
    slug: "mesas",
    titles: &["Table mountains", "Red rock", "The mesas", "The dry plain"],
    setting: Setting::Outdoors,
    native: None,
    palettes: &PALETTES,
    vignette: 0.24,
    paint: mesas,
};

pub(super) static PYRAMIDS: Scene = Scene {
    slug: "pyramids",
    titles: &["Three pyramids", "The pyramids", "Old stone"],
    setting: Setting::Outdoors,
    native: None,
    palettes: &PALETTES,
    vignette: 0.24,
    paint: pyramids,
};

/// Paints the sky, with the sun where light from this side comes from.
fn sky(svg: &mut Svg, palette: &Palette, dice: &mut Dice, (horizon, side): (f64, f64)) {
    light::sky(svg, palette, dice, horizon);
    light::night_stars(svg, palette, dice, 210, horizon - 80.0);
    let low = palette.by_day(290.0, 110.0);
    let sun = (
        800.0 + side * dice.between(130.0, 400.0),
        horizon - dice.about(low, 36.0),
    );
    light::sun(svg, palette, sun, dice.between(46.0, 78.0));
    let cloud = palette.sky[3].mix(palette.light, 0.35);
    light::streaks(svg, dice, 6, (250.0, horizon - 100.0), cloud);
}

fn mesas(svg: &mut Svg, palette: &Palette, dice: &mut Dice) {
    svg.shows("mesas");
    svg.shows("table mountains");
    let side = dice.side();
    let horizon = dice.between(610.0, 650.0);
    sky(svg, palette, dice, (horizon, side));
    for (count, depth) in [(5, 0.1), (3, 0.3)] {
        for i in 0..count {
            let x = WIDTH * (f64::from(i) + 0.5) / f64::from(count) + dice.about(0.0, 120.0);
            let (wide, tall) = dice.pair((60.0, 190.0), (70.0, 150.0));
            mesa(
                svg,
                palette,
                dice,
                (x, horizon + 30.0 * depth),
                (wide, tall, depth, side),
            );
        }
    }
    let ground = palette.accents[2];
    let far = ground.mix(palette.haze(), 0.45);
    svg.below(
        horizon,
        &[
            (0.0, far),
            (0.3, ground),
            (1.0, ground.mix(palette.near, 0.45)),
        ],
    );
    let main = 800.0 - side * dice.between(0.0, 70.0);
    mesa(
        svg,
        palette,
        dice,
        (main, horizon + 52.0),
        (112.0, 262.0, 0.62, side),
    );
    let second = 800.0 - side * dice.between(330.0, 470.0);
    mesa(
        svg,
        palette,
        dice,
        (second, horizon + 40.0),
        (170.0, 190.0, 0.5, side),
    );
    flat(svg, palette, dice, horizon);
}

/// Paints a table mountain: a wall on a slope of rubble, in the light on one side.
fn mesa(
    svg: &mut Svg,
    palette: &Palette,
    dice: &mut Dice,
    (x, foot): Point,
    (wide, tall, depth, side): (f64, f64, f64, f64),
) {
    let [lit, shade, _] = palette.accents;
    let air = 0.78 * (1.0 - depth);
    let (lit, shade) = (lit.mix(palette.haze(), air), shade.mix(palette.far, air));
    let shoulder = foot - tall * 0.38;
    let edge = |dice: &mut Dice, from: f64, to: f64| -> Vec<Point> {
        (0..=8)
            .map(|i| {
                let share = f64::from(i) / 8.0;
                (
                    from + (to - from) * share,
                    foot - tall + dice.between(0.0, 9.0),
                )
            })
            .collect()
    };
    let top = edge(dice, x - wide, x + wide);
    let slope = wide * 0.75 + 40.0;
    let body = Path::at((x - wide - slope, foot + 2.0))
        .bend(
            (x - wide - slope * 0.3, foot - tall * 0.1),
            (x - wide - 8.0, shoulder),
        )
        .line(top[0]);
    let body = top[1..].iter().fold(body, |path, point| path.line(*point));
    let body = body.line((x + wide + 8.0, shoulder)).bend(
        (x + wide + slope * 0.3, foot - tall * 0.1),
        (x + wide + slope, foot + 2.0),
    );
    let foot_color = shade.mix(palette.haze(), 0.35 * (1.0 - depth));
    terrain::layer(svg, &body.close(), (shade, foot_color), (foot - tall, foot));
    let inner = x + side * wide * dice.between(-0.1, 0.25);
    let outer = x + side * wide;
    let face = Path::at((inner, foot - tall + 5.0))
        .line((outer, top[if side > 0.0 { 8 } else { 0 }].1))
        .line((outer + side * 8.0, shoulder))
        .bend(
            (outer + side * slope * 0.3, foot - tall * 0.1),
            (outer + side * slope, foot + 2.0),
        )
        .line((inner + side * slope * 0.2, foot + 2.0))
        .line((inner + side * 12.0, shoulder));
    terrain::layer(
        svg,
        &face.close(),
        (lit, lit.mix(shade, 0.5)),
        (foot - tall, foot),
    );
    let mut cracks = Path::default();
    for _ in 0..9 {
        let at = dice.between(x - wide, x + wide);
        let from = foot - tall * dice.between(0.7, 0.98);
        cracks = cracks.hop((at, from)).line((
            at + dice.about(0.0, 4.0),
            from + tall * dice.between(0.1, 0.4),
        ));
    }
    svg.stroke(
        &cracks,
        1.0 + 1.6 * depth,
        palette.near.fade(0.1 + 0.22 * depth),
    );
    let ledge = Path::at((x - wide - 9.0, shoulder)).line((x + wide + 9.0, shoulder));
    svg.stroke(&ledge, 1.5 + depth, palette.near.fade(0.2));
}

/// Paints shrubs and level streaks on the plain.
fn flat(svg: &mut Svg, palette: &Palette, dice: &mut Dice, horizon: f64) {
    let [lit, shade, _] = palette.accents;
    for (color, count) in [(lit, 40), (shade, 50)] {
        for width in [2.0, 4.0] {
            let mut path = Path::default();
            for _ in 0..count {
                let near = dice.between(0.05, 1.0) * width / 4.0;
                let at = (
                    dice.between(-40.0, WIDTH),
                    horizon + 10.0 + near * near * (HEIGHT - horizon),
                );
                path = path.stripe(at, (dice.between(30.0, 120.0) * (0.3 + near), 0.0));
            }
            svg.stroke(&path, width, color.fade(0.2));
        }
    }
    let mut shrubs = Path::default();
    for _ in 0..70 {
        let near = dice.between(0.1, 1.0);
        let (x, y) = (
            dice.between(0.0, WIDTH),
            horizon + 12.0 + near * near * (HEIGHT - horizon),
        );
        for lean in [-7.0, -3.0, 2.0, 6.0] {
            shrubs = shrubs.blade((x, y), (lean * (0.4 + near), 13.0 * (0.3 + near)));
        }
    }
    svg.stroke(&shrubs, 2.0, palette.near.fade(0.55));
}

fn pyramids(svg: &mut Svg, palette: &Palette, dice: &mut Dice) {
    let side = dice.side();
    let horizon = dice.between(600.0, 630.0);
    sky(svg, palette, dice, (horizon, side));
    let far = Terrain::rolling(dice, horizon - 6.0, 14.0, 1.5);
    let colors = (palette.far.mix(palette.haze(), 0.4), palette.haze());
    terrain::layer(svg, &far.ground(), colors, (horizon - 24.0, horizon + 60.0));
    for (aside, tall, drop, depth) in [
        (-420.0, 150.0, 14.0, 0.25),
        (330.0, 200.0, 24.0, 0.45),
        (-60.0, 318.0, 44.0, 0.75),
    ] {
        let x = 800.0 + side * dice.about(aside, 40.0);
        pyramid(svg, palette, (x, horizon + drop), (tall, depth, side));
    }
    let [lit, shade, ground] = palette.accents;
    for (base, color) in [
        (horizon + 36.0, lit.mix(ground, 0.5)),
        (horizon + 110.0, ground),
        (horizon + 230.0, ground.mix(shade, 0.35)),
    ] {
        let land = Terrain::rolling(dice, base, 17.0, 1.1);
        terrain::layer(
            svg,
            &land.ground(),
            (color, color.mix(palette.near, 0.22)),
            (base - 20.0, base + 190.0),
        );
        svg.stroke(&land.line(), 1.6, palette.light.fade(0.25));
    }
}

/// Paints a pyramid with a bright face and a dark face.
fn pyramid(
    svg: &mut Svg,
    palette: &Palette,
    (x, foot): Point,
    (tall, depth, side): (f64, f64, f64),
) {
    svg.shows("pyramids");
    let [lit, shade, _] = palette.accents;
    let air = 0.7 * (1.0 - depth);
    let (lit, shade) = (lit.mix(palette.haze(), air), shade.mix(palette.far, air));
    let (top, low) = ((x, foot - tall), foot + tall * 0.06);
    let corner = (x - side * tall * 0.34, low + tall * 0.02);
    let bright = Path::polygon(&[
        top,
        (x + side * tall * 0.86, foot - tall * 0.02),
        (corner.0, low),
    ]);
    let dark = Path::polygon(&[top, corner, (x - side * tall * 0.82, foot - tall * 0.03)]);
    terrain::layer(
        svg,
        &dark,
        (shade, shade.mix(palette.haze(), 0.25)),
        (foot - tall, foot),
    );
    terrain::layer(
        svg,
        &bright,
        (lit, lit.mix(shade, 0.3)),
        (foot - tall, foot),
    );
    let mut courses = Path::default();
    for i in 2..16 {
        let down = f64::from(i) / 16.0;
        let at = |(px, py): Point| (x + (px - x) * down, top.1 + (py - top.1) * down);
        let right = at((x + side * tall * 0.86, foot));
        let left = at((x - side * tall * 0.82, foot));
        courses = courses.hop(left).line(at(corner)).line(right);
    }
    svg.stroke(&courses, 1.0, palette.near.fade(0.05 + 0.09 * depth));
}
