//! The night again: the tracks of stars about the pole over a lone tree, or the moon over a lake.

use super::{
    dice::{Dice, cosine, sine},
    foliage, light,
    number::Point,
    palette::{Color, Palette},
    path::Path,
    scene::{Scene, Setting},
    svg::{HEIGHT, Svg, WIDTH},
    terrain::{self, Terrain},
};

/// The palettes' accents are the land far off, the stars' second colour and the glow at the horizon.
static PALETTES: [Palette; 4] = Palette::all([
    "night 050a1c 0c1c3c 1c3c64 4c7094 f3f6ea 1c3452 04080f 24405f ffd8a0 7c98b0",
    "night 090720 1a1548 3a2f70 74609c f6efff 2c2858 06041a 3a3470 ffc8b0 9c84b8",
    "night 040c1a 0b2440 1b4a64 5c98a0 eefaf5 1c4254 030a12 2a5468 c8f0d8 80b8b8",
    "night 0b0d1e 1c1c40 47345c 9c6474 fff0e0 352c50 07060f 4a3c60 ffd8a8 b88488",
]);

pub(super) static TRAILS: Scene = Scene {
    slug: "star-trails",
    titles: &[
        "The stars go round",
        "Around the pole",
        "One night of stars",
        "Tree and stars",
    ],
    setting: Setting::Stars,
    native: None,
    palettes: &PALETTES,
    vignette: 0.35,
    paint: trails,
};

pub(super) static MOON: Scene = Scene {
    slug: "moonlit",
    titles: &[
        "Moon over the lake",
        "Moonlight",
        "The moon and the tree",
        "Full moon",
    ],
    setting: Setting::Stars,
    native: None,
    palettes: &PALETTES,
    vignette: 0.32,
    paint: moon,
};

fn trails(svg: &mut Svg, palette: &Palette, dice: &mut Dice) {
    svg.shows("stars");
    svg.shows("tree");
    light::sky(svg, palette, dice, 760.0);
    let side = dice.side();
    let pole = (
        800.0 + side * dice.between(40.0, 150.0),
        dice.between(400.0, 450.0),
    );
    for (share, color, opacity) in [
        (0.5, palette.light, 0.5),
        (0.3, palette.light, 0.28),
        (0.2, palette.accents[1], 0.5),
    ] {
        for width in [1.1, 1.9] {
            let count = (110.0 * share) as u32;
            let path = (0..count).fold(Path::default(), |path, i| {
                let far = (f64::from(i) + dice.between(0.0, 1.0)) / f64::from(count);
                track(path, dice, pole, 12.0 + 1080.0 * far)
            });
            svg.stroke(&path, width, color.fade(opacity));
        }
    }
    svg.circle(pole, 2.4, palette.light);
    let far = Terrain::rolling(dice, 742.0, 26.0, 1.5);
    let colors = (
        palette.accents[0],
        palette.accents[2].mix(palette.near, 0.35),
    );
    terrain::layer(svg, &far.ground(), colors, (700.0, 840.0));
    let land = Terrain::rolling(dice, 850.0, 22.0, 0.9);
    let x = 800.0 - side * dice.between(0.0, 80.0);
    let foot = (x, land.at(x) + 8.0);
    tree(svg, dice, foot, 1.25, palette.near);
    terrain::layer(
        svg,
        &land.ground(),
        (palette.near, palette.near),
        (840.0, HEIGHT),
    );
    foliage::grass(svg, dice, 60, ((0.0, WIDTH), (850.0, 880.0)), palette.near);
}

/// Adds the track of a star: an arc of a sixth of a turn about the pole.
fn track(path: Path, dice: &mut Dice, (x, y): Point, radius: f64) -> Path {
    let from = dice.between(0.0, 1.0);
    let on = |turn: f64, radius: f64| (x + cosine(turn) * radius, y + sine(turn) * radius);
    let long = 0.13;
    let (start, end) = (on(from, radius), on(from + long, radius));
    let is_seen = |(x, y): Point| (-40.0..WIDTH + 40.0).contains(&x) && (-40.0..800.0).contains(&y);
    if !is_seen(start) && !is_seen(end) {
        return path;
    }
    path.hop(start).arc((radius, radius), true, end)
}

/// Paints a bare tree whose boughs fork and fork again.
fn tree(svg: &mut Svg, dice: &mut Dice, (x, foot): Point, scale: f64, color: Color) {
    let top = foot - 110.0 * scale;
    let trunk = foliage::trunk(
        Path::default(),
        (x, foot),
        (17.0 * scale, 4.0),
        top - 30.0 * scale,
    );
    svg.fill(&trunk, color);
    let mut tips: Vec<(Point, f64)> = vec![((x + 2.0, top), -0.25)];
    let (mut long, mut wide) = (62.0 * scale, 9.0 * scale);
    for fork in 0..5 {
        let mut path = Path::default();
        let mut next = Vec::new();
        for (from, turn) in tips {
            for side in [-1.0, 0.1, 1.0]
                .into_iter()
                .filter(|side| fork < 3 || *side != 0.1)
            {
                let turn = turn + side * dice.between(0.05, 0.1) + dice.about(0.0, 0.012);
                let reach = long * dice.between(0.7, 1.15);
                let to = (from.0 + cosine(turn) * reach, from.1 + sine(turn) * reach);
                let bow = (
                    from.0 + cosine(turn) * reach * 0.5 + dice.about(0.0, 4.0),
                    from.1 + sine(turn) * reach * 0.55,
                );
                path = path.hop(from).bend(bow, to);
                next.push((to, turn));
            }
        }
        svg.stroke(&path, wide, color);
        tips = next;
        (long, wide) = (long * 0.76, wide * 0.56);
    }
}

fn moon(svg: &mut Svg, palette: &Palette, dice: &mut Dice) {
    svg.shows("tree");
    svg.shows("lake");
    let shore = dice.between(620.0, 660.0);
    light::sky(svg, palette, dice, shore);
    light::stars(svg, palette, dice, 260, shore - 90.0);
    let side = dice.side();
    let at = (
        800.0 + side * dice.between(10.0, 110.0),
        shore - dice.between(200.0, 260.0),
    );
    light::sun(svg, palette, at, dice.between(66.0, 96.0));
    let cloud = palette.sky[3].mix(palette.light, 0.25);
    light::streaks(svg, dice, 5, (at.1 - 40.0, at.1 + 120.0), cloud.fade(0.9));
    let [far, _, glow] = palette.accents;
    svg.mirrored(shore, 0.7, 0.4, |svg| {
        for (base, depth) in [(shore - 34.0, 0.0), (shore - 12.0, 0.5)] {
            let land = Terrain::rugged(dice, base, 26.0, 0.52);
            let color = far.mix(palette.near, depth);
            terrain::layer(
                svg,
                &land.down_to(shore + 1.0),
                (color, color.mix(glow, 0.25 - 0.2 * depth)),
                (base - 26.0, shore),
            );
        }
    });
    let stops = [
        (0.0, glow.mix(palette.near, 0.35)),
        (0.35, palette.sky[1].mix(palette.sky[2], 0.5)),
        (1.0, palette.sky[0]),
    ];
    svg.group("opacity=\".72\"", |svg| svg.below(shore, &stops));
    light::glitter(svg, palette, dice, at.0, (shore, HEIGHT));
    let land = Terrain::rolling(dice, 940.0, 14.0, 1.1)
        .raised(|x| 74.0 * (-side * (x - 800.0) / 800.0).max(-0.5));
    let x = 800.0 - side * dice.between(150.0, 200.0);
    tree(svg, dice, (x, land.at(x) + 8.0), 1.75, palette.near);
    terrain::layer(
        svg,
        &land.ground(),
        (palette.near, palette.near),
        (850.0, HEIGHT),
    );
    foliage::grass(
        svg,
        dice,
        90,
        ((0.0, WIDTH), (land.at(800.0), land.at(800.0) + 40.0)),
        palette.near,
    );
}
