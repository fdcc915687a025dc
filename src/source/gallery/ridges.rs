//! Mountains in the distance: ridge behind ridge in the haze, or a peak over a still lake.

use super::{
    dice::Dice,
    light, mountains,
    palette::{Hour, Palette},
    path::Path,
    scene::{Scene, Setting},
    svg::{HEIGHT, Svg, WIDTH},
    terrain::{self, Terrain},
};

pub(super) static RIDGES: Scene = Scene {
    slug: "ridges",
    titles: &[
        "Ridge behind ridge",
        "Blue distance",
        "Mountains in the haze",
        "Far ranges",
    ],
    setting: Setting::Outdoors,
    native: None,
    palettes: &Palette::all([
        "dawn 8494bc c0b8d2 f4cfc0 fdead4 fffaf0 ccbccc 2a3350 fff0e4 b59fb8 1a2038",
        "day 70aed0 acd4e2 dcebe8 f8f6ea ffffff b4d0da 1c4054 f8fbfa a3bfd0 10303c",
        "dusk 3c3464 8c5078 ea7e66 fdc686 fff0c8 c48a8c 201836 ffcfa8 805a80 120e24",
        "night 0a1130 182a54 34508a 6c8cb4 f4f1df 6484ac 0a1228 c9d6e6 4f6d98 060a1a",
        "dusk 2c5a68 68988e d8c08c fae2a8 fff6d8 b0ac94 14302c fbeccb 7f9690 0b1c22",
    ]),
    vignette: 0.22,
    paint: ridges,
};

pub(super) static LAKE: Scene = Scene {
    slug: "mountain-lake",
    titles: &[
        "The mountain lake",
        "Peak and lake",
        "Still lake",
        "The peak doubled",
    ],
    setting: Setting::Outdoors,
    native: None,
    palettes: &Palette::all([
        "dawn 6074a0 a498bc ecbcac fde4c8 fff6e2 c0a8b8 2c3654 fff0e4 b59fb8 1c2440",
        "day 4c90c0 88bcd8 c4dfe6 eff4ea ffffff a5c2cf 23485a f8fbfa a3bfd0 12323c",
        "dusk 2c2854 784872 dc7870 fcbf80 ffe9be a4688a 221a3c ffd2ac 805a80 140f28",
        "night 0a1232 182a54 30507e 6888b0 f4f1df 50709b 0c1632 c9d6e6 4f6d98 070c1e",
    ]),
    vignette: 0.26,
    paint: lake,
};

fn ridges(svg: &mut Svg, palette: &Palette, dice: &mut Dice) {
    svg.shows("ridges");
    svg.shows("mountains");
    let top = dice.between(430.0, 500.0);
    light::sky(svg, palette, dice, top + 150.0);
    light::night_stars(svg, palette, dice, 180, top - 40.0);
    let side = dice.side();
    if palette.hour != Hour::Day {
        let sun = (
            800.0 + side * dice.between(60.0, 260.0),
            top - dice.between(30.0, 130.0),
        );
        light::sun(svg, palette, sun, dice.between(46.0, 78.0));
    }
    let cloud = palette.sky[3].mix(palette.light, 0.4);
    light::streaks(svg, dice, 5, (240.0, top - 40.0), cloud);
    for row in 0..8 {
        let depth = f64::from(row) / 7.0;
        let base = top + 20.0 + 420.0 * depth * (0.55 + 0.45 * depth);
        let swell = 58.0 - 20.0 * depth;
        let slope = side * 60.0 * (1.0 - depth) * if row % 2 == 0 { 1.0 } else { -0.6 };
        let land = Terrain::rugged(dice, base, swell, 0.5).raised(|x| slope * (x - 800.0) / 800.0);
        let color = palette.depth(depth * depth * 0.4 + depth * 0.6);
        let haze = color.mix(palette.haze(), 0.7 - 0.45 * depth);
        let shape = if row > 5 {
            wood(dice, &land, 16.0 + 44.0 * (depth - 0.7) / 0.3)
        } else {
            land.ground()
        };
        terrain::layer(
            svg,
            &shape,
            (color, haze),
            (base - swell, base + 130.0 - 30.0 * depth),
        );
    }
    light::birds(
        svg,
        dice,
        (800.0 - side * 170.0, top - 60.0),
        palette.near.fade(0.55),
    );
}

/// The outline of a ridge with trees on it.
fn wood(dice: &mut Dice, land: &Terrain, size: f64) -> Path {
    let mut path = land.ground();
    let mut x = -20.0;
    while x < WIDTH + 20.0 {
        let height = size * dice.between(0.5, 1.2);
        path = terrain::conifer(path, dice, (x, land.at(x) + 5.0), height);
        x += size * dice.between(0.25, 0.7);
    }
    path
}

/// The height of the lake's far shore.
const SHORE: f64 = 660.0;

fn lake(svg: &mut Svg, palette: &Palette, dice: &mut Dice) {
    svg.shows("lake");
    svg.shows("peak");
    svg.shows("mountains");
    light::sky(svg, palette, dice, SHORE);
    light::night_stars(svg, palette, dice, 180, 430.0);
    let side = dice.side();
    let high = palette.by_day(200.0, 330.0);
    let sun = (
        800.0 - side * dice.between(260.0, 470.0),
        dice.about(high, 40.0),
    );
    light::sun(svg, palette, sun, dice.between(32.0, 48.0));
    let cloud = palette.sky[3].mix(palette.light, 0.4);
    light::streaks(svg, dice, 5, (240.0, 440.0), cloud);
    let [zenith, high, low, rim] = palette.sky;
    let stops = [
        (0.0, rim.mix(palette.near, 0.16)),
        (0.3, low.mix(palette.near, 0.24)),
        (0.7, high.mix(palette.near, 0.4)),
        (1.0, zenith.mix(palette.near, 0.6)),
    ];
    svg.below(SHORE, &stops);
    let dry = svg.clip(&Path::default().block((0.0, 0.0), (WIDTH, SHORE + 1.0)));
    svg.mirrored(SHORE, 0.72, 0.55, |svg| {
        svg.clipped(dry, |svg| {
            mountains::range(svg, palette, dice, 0.06, 525.0);
            mountains::massif(svg, palette, dice, side);
            mountains::range(svg, palette, dice, 0.4, 628.0);
            shore(svg, palette, dice);
        });
    });
    let shine = palette.haze();
    for (color, width) in [(shine, 2.0), (palette.near, 2.6)] {
        let mut path = Path::default();
        for _ in 0..26 {
            let near = dice.between(0.0, 1.0);
            path = path.dash(
                (dice.between(-60.0, WIDTH), SHORE + 8.0 + near * 300.0),
                dice.between(50.0, 190.0) * (0.5 + near),
            );
        }
        svg.stroke(&path, width, color.fade(0.2));
    }
    front(svg, palette, dice, side);
}

/// Paints the trees of the far shore.
fn shore(svg: &mut Svg, palette: &Palette, dice: &mut Dice) {
    let mut path = Path::default();
    for _ in 0..110 {
        let x = dice.between(-10.0, WIDTH + 10.0);
        let aside = ((x - 800.0) / 800.0).abs();
        let height = dice.between(16.0, 40.0) + 44.0 * aside * aside;
        path = terrain::conifer(path, dice, (x, SHORE + 1.0), height);
    }
    let bank = path.block((-10.0, SHORE - 8.0), (WIDTH + 20.0, 9.0));
    svg.fill(&bank, palette.depth(0.72));
}

/// Paints a dark bank with firs at one side.
fn front(svg: &mut Svg, palette: &Palette, dice: &mut Dice, side: f64) {
    let land = Terrain::rolling(dice, 950.0, 10.0, 1.2)
        .raised(|x| 62.0 * (side * (x - 800.0) / 800.0).max(-0.4));
    let mut path = land.ground();
    for _ in 0..13 {
        let x = 800.0 + side * dice.between(330.0, 820.0);
        let height = dice.between(110.0, 300.0);
        path = terrain::conifer(path, dice, (x, land.at(x) + 10.0), height);
    }
    terrain::layer(
        svg,
        &path,
        (
            palette.accents[2],
            palette.accents[2].mix(palette.near, 0.4),
        ),
        (700.0, HEIGHT),
    );
}
