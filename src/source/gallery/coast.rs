//! The sea under a low sun, headlands that frame it, a beach with foam, now and then a lighthouse or a sail.

use super::{
    dice::{Dice, sine},
    light,
    number::Point,
    palette::{Color, Hour, Palette, WHITE},
    path::Path,
    scene::{Scene, Setting},
    svg::{HEIGHT, Svg, WIDTH},
    terrain::Terrain,
};

/// The kind of scene. The palettes' accents are deep water, shallow water and sand.
pub(super) static SCENE: Scene = Scene {
    slug: "coast",
    titles: &[
        "The open sea",
        "Low tide",
        "The headland",
        "Salt and light",
        "The long beach",
    ],
    setting: Setting::Outdoors,
    native: None,
    palettes: &Palette::all([
        "dawn 6f86b3 b7aecb f1c6bb fde5c9 fffaf0 a99fb8 3b4664 456a8f a9c3c9 ead2b4",
        "day 2f86c1 6fb4dc b5dcea f0f5ea ffffff 86a9b0 2f5a5a 13709b 7fd0cb f3e3bf",
        "dusk 33305f 854f7c ea7f67 ffca7e fff0c4 8a5d78 231d3a 3b3866 c97f78 7d5a5e",
        "night 081029 132148 28427a 5877a6 f5f2de 34507f 070d20 0d1d42 3b5c8d 2b3a58",
        "dusk 1f4a5e 4f8c93 f0b487 fde0ac fff6da 6f8a8e 123038 1c5566 9cc2b4 c9a681",
    ]),
    vignette: 0.22,
    paint,
};

fn paint(svg: &mut Svg, palette: &Palette, dice: &mut Dice) {
    let horizon = dice.between(500.0, 560.0);
    light::sky(svg, palette, dice, horizon);
    light::night_stars(svg, palette, dice, 170, horizon);
    let height = match palette.hour {
        Hour::Day => (200.0, 260.0),
        _ => (40.0, 170.0),
    };
    let (x, height) = dice.pair((700.0, 900.0), height);
    let sun = (x, horizon - height);
    light::sun(svg, palette, sun, dice.between(46.0, 66.0));
    let cloud = palette.sky[3].mix(palette.light, 0.5);
    light::streaks(svg, dice, 8, (horizon - 260.0, horizon - 40.0), cloud);
    sea(svg, palette, dice, horizon, sun.0);
    headlands(svg, palette, dice, horizon);
    svg.shows("sea");
    svg.shows("headland");
    svg.shows("beach");
    let aside = if sun.0 < 800.0 { 180.0 } else { -180.0 };
    if dice.chance(0.6) {
        let x = sun.0 + aside * dice.between(0.2, 1.0);
        sail(svg, palette, (x, horizon + dice.between(18.0, 40.0)));
    }
    beach(svg, palette, dice);
    let flock = (sun.0 + aside, dice.between(230.0, 300.0));
    light::birds(svg, dice, flock, palette.near.fade(0.7));
}

fn sea(svg: &mut Svg, palette: &Palette, dice: &mut Dice, horizon: f64, sun: f64) {
    let [deep, shallow, _] = palette.accents;
    let stops = [
        (0.0, palette.haze().mix(deep, 0.45)),
        (0.16, deep.mix(palette.sky[2], 0.25)),
        (0.55, deep),
        (1.0, shallow),
    ];
    svg.below(horizon, &stops);
    ripples(svg, dice, horizon, palette.sky[2].tint(0.1).fade(0.22));
    ripples(svg, dice, horizon, deep.shade(0.35).fade(0.28));
    light::glitter(svg, palette, dice, sun, (horizon, HEIGHT - 150.0));
}

fn ripples(svg: &mut Svg, dice: &mut Dice, horizon: f64, color: Color) {
    for width in [1.5, 2.5, 4.0] {
        let mut path = Path::default();
        for _ in 0..34 {
            let near = (width - 1.0) / 3.0 * dice.between(0.3, 1.0);
            let length = dice.between(20.0, 90.0) * (0.5 + near);
            let at = (dice.between(-40.0, WIDTH), horizon + 8.0 + near * 330.0);
            path = path.dash(at, length);
        }
        svg.stroke(&path, width, color);
    }
}

/// Paints a headland from each side; the nearer headland is larger.
fn headlands(svg: &mut Svg, palette: &Palette, dice: &mut Dice, horizon: f64) {
    let side = dice.side();
    for (side, depth, reach, height) in [(-side, 0.12, 690.0, 95.0), (side, 0.45, 610.0, 175.0)] {
        let foot = horizon + 4.0 + depth * 60.0;
        let reach = reach * dice.between(0.85, 1.08);
        let edge = if side < 0.0 { 0.0 } else { WIDTH };
        let land = Terrain::rugged(dice, foot, height * 0.17, 0.58).raised(|x| {
            let inland = 1.0 - (x - edge).abs() / reach;
            // Without a slope the tip would end in a cliff.
            let tip = (inland * 10.0).clamp(0.0, 1.0);
            if inland < 0.0 {
                -HEIGHT
            } else {
                height * (tip * (0.1 + 0.9 * sine(inland / 4.0)) - (1.0 - tip) * 0.2)
            }
        });
        let color = palette.depth(depth);
        let haze = color.mix(palette.haze(), 0.35);
        let paint = svg.fall(foot - height, foot, &[(0.0, color), (1.0, haze)]);
        let outline = above_water(&land, foot);
        svg.mirrored(foot, 0.35, 0.3, |svg| svg.fill(&outline, paint));
        if depth > 0.3 && dice.chance(0.55) {
            let x = edge - side * reach * dice.between(0.62, 0.72);
            lighthouse(svg, palette, (x, land.at(x) + 8.0));
        }
    }
}

fn above_water(land: &Terrain, foot: f64) -> Path {
    let mut points = land.points();
    points.retain(|point| point.1 < foot);
    let (first, last) = (points[0].0, points[points.len() - 1].0);
    Path::lines(&points).down_to(foot, (first, last))
}

fn lighthouse(svg: &mut Svg, palette: &Palette, (x, foot): Point) {
    let wall = svg.across(&[
        (0.0, palette.light.mix(palette.far, 0.15)),
        (1.0, palette.far.mix(palette.near, 0.45)),
    ]);
    if palette.hour != Hour::Day {
        light::glow(svg, (x, foot - 104.0), 95.0, palette.light);
    }
    let (left, right) = ((x - 8.0, foot - 92.0), (x + 8.0, foot - 92.0));
    let tower = Path::polygon(&[(x - 13.0, foot), left, right, (x + 13.0, foot)]);
    svg.fill(&tower, wall);
    let gallery = Path::default()
        .block((x - 12.0, foot - 95.0), (24.0, 4.0))
        .block((x - 7.0, foot - 124.0), (14.0, 8.0));
    let roof = gallery
        .hop((x - 10.0, foot - 116.0))
        .line((x, foot - 130.0))
        .line((x + 10.0, foot - 116.0))
        .close();
    svg.fill(&roof, palette.near);
    svg.rect((x - 6.0, foot - 114.0), (12.0, 19.0), palette.light);
}

fn sail(svg: &mut Svg, palette: &Palette, (x, y): Point) {
    let main = Path::at((x, y - 74.0))
        .bend((x + 34.0, y - 40.0), (x + 34.0, y - 10.0))
        .line((x, y - 10.0))
        .close();
    let jib = Path::at((x - 4.0, y - 66.0))
        .bend((x - 12.0, y - 30.0), (x - 28.0, y - 10.0))
        .line((x - 4.0, y - 10.0))
        .close();
    let deck = Path::at((x - 32.0, y - 6.0)).line((x + 38.0, y - 6.0));
    let hull = deck.down_to(y + 4.0, (x - 22.0, x + 27.0));
    svg.mirrored(y + 4.0, 0.6, 0.25, |svg| {
        svg.fill(&main, palette.light.mix(palette.sky[2], 0.12));
        svg.fill(&jib, palette.light.mix(palette.sky[2], 0.35));
        svg.fill(&hull, palette.near);
    });
}

/// Paints wet sand, three lines of foam that run up on it, and dry sand below.
fn beach(svg: &mut Svg, palette: &Palette, dice: &mut Dice) {
    let [_, shallow, sand] = palette.accents;
    let tilt = dice.side() * dice.between(40.0, 90.0);
    let shift = dice.between(0.0, 1.0);
    let edge = |base: f64, swell: f64| {
        Path::plot(16, |i| {
            let across = i / 16.0;
            let swell = swell * sine(across * 2.6 + shift);
            (across * WIDTH, base + tilt * (across - 0.5) + swell)
        })
    };
    let foam = match palette.hour {
        Hour::Night => palette.light.mix(shallow, 0.5),
        _ => WHITE,
    };
    for (base, swell, width, opacity) in [(818.0, 9.0, 4.0, 0.35), (850.0, 13.0, 6.0, 0.55)] {
        svg.stroke(&edge(base, swell), width, foam.fade(opacity));
    }
    let wet = sand.mix(shallow, 0.5).shade(0.1);
    let stops = [(0.0, wet), (0.5, sand.shade(0.06)), (1.0, sand.shade(0.22))];
    let paint = svg.fall(860.0, HEIGHT, &stops);
    let brink = edge(884.0, 17.0);
    svg.fill(&brink.clone().down_to(HEIGHT, (0.0, WIDTH)), paint);
    svg.stroke(&brink, 9.0, foam.fade(0.85));
    svg.stroke(&edge(897.0, 18.0), 7.0, wet.shade(0.3).fade(0.3));
}
