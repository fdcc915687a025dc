//! A road or a railway that leads into the distance.

use super::{
    dice::Dice,
    foliage, light,
    number::Point,
    palette::Palette,
    path::Path,
    scene::{Scene, Setting},
    svg::{HEIGHT, Svg, WIDTH},
    terrain::{self, Terrain},
};

/// The palettes' accents are the land far off, the land close by and the road.
static PLAIN: [Palette; 5] = Palette::all([
    "dusk 2e2a58 7c4a78 e0705c fcc07c fff0c4 80587c 1c1630 b4705c 4a3040 3a2c40",
    "day 5c9cc4 9ac8da d2e4e0 f5f1de ffffff 8fa8b0 2c4a3e c8c48c 8a9a58 6a7074",
    "dawn 7c8cb4 bcb0cc f2c6b8 fde4c8 fffaec a9a0b8 30385a c8aa9c 7a6a74 5c5a70",
    "night 080f26 142450 2e4474 5a74a2 f4f0dc 34487a 080e20 2c3c60 16223e 1c2640",
    "dusk 26485a 648a90 dcae7c fbdc9c fff4cc 8a988c 152c30 c0a468 5c6440 3c4a4c",
]);

pub(super) static ROAD: Scene = Scene {
    slug: "road",
    titles: &[
        "The road",
        "The long road",
        "A road to the mountains",
        "Straight ahead",
    ],
    setting: Setting::Outdoors,
    native: None,
    palettes: &PLAIN,
    vignette: 0.26,
    paint: |svg, palette, dice| plain(svg, palette, dice, road),
};
pub(super) static RAILS: Scene = Scene {
    slug: "rails",
    titles: &[
        "Rails",
        "The railway",
        "Rails to the mountains",
        "The line north",
    ],
    setting: Setting::Outdoors,
    native: None,
    palettes: &PLAIN,
    vignette: 0.26,
    paint: |svg, palette, dice| plain(svg, palette, dice, rails),
};

/// The height of the vanishing point.
pub(super) const HORIZON: f64 = 560.0;

/// A point of the ground by its distance, 0 at the viewer and 1 at the horizon, and its distance aside.
pub(super) fn on_ground(eye: f64, aside: f64, distance: f64) -> Point {
    let near = 1.0 - distance;
    (
        eye + aside * near,
        HORIZON + (HEIGHT + 40.0 - HORIZON) * near,
    )
}

/// The share of the way to the horizon in the picture, of a thing `step` steps away.
pub(super) fn distance(step: f64) -> f64 {
    step / (step + 1.0)
}

/// Paints a plain before mountains, and the way on it.
fn plain(
    svg: &mut Svg,
    palette: &Palette,
    dice: &mut Dice,
    way: fn(&mut Svg, &Palette, &mut Dice, f64),
) {
    light::sky(svg, palette, dice, HORIZON);
    light::night_stars(svg, palette, dice, 190, HORIZON - 80.0);
    let side = dice.side();
    let eye = 800.0 + dice.about(0.0, 70.0);
    let aside = dice.pick(&[0.0, 170.0, 330.0]);
    let sun = (eye + side * aside, HORIZON - dice.between(40.0, 150.0));
    light::sun(svg, palette, sun, dice.between(44.0, 66.0));
    let cloud = palette.sky[3].mix(palette.light, 0.4);
    light::streaks(svg, dice, 7, (250.0, 480.0), cloud);
    for (depth, base, swell) in [(0.0, 520.0, 46.0), (0.16, 545.0, 26.0)] {
        let dip = |x: f64| -34.0 * (1.0 - ((x - eye) / 420.0).abs()).max(0.0);
        let land = Terrain::rugged(dice, base, swell, 0.54).raised(dip);
        let color = palette.depth(depth);
        let colors = (color, color.mix(palette.haze(), 0.6));
        terrain::layer(
            svg,
            &land.down_to(HORIZON + 10.0),
            colors,
            (base - swell, HORIZON),
        );
    }
    fields(svg, palette, dice, eye);
    way(svg, palette, dice, eye);
    light::birds(
        svg,
        dice,
        (eye - side * 220.0, 380.0),
        palette.near.fade(0.55),
    );
}

/// Paints the plain: strips of land that lead to the vanishing point.
fn fields(svg: &mut Svg, palette: &Palette, dice: &mut Dice, eye: f64) {
    let [far, close, _] = palette.accents;
    let stops = [
        (0.0, far.mix(palette.haze(), 0.35)),
        (0.2, far),
        (1.0, close),
    ];
    svg.below(HORIZON, &stops);
    let mut aside = -3800.0;
    while aside < 3800.0 {
        let wide = dice.between(240.0, 620.0);
        let tone = dice.pick(&[far, close, palette.near, far.tint(0.2)]);
        let paint = svg.fall(
            HORIZON,
            HEIGHT,
            &tone.fading([(0.0, 0.04), (0.25, 0.2), (1.0, 0.3)]),
        );
        let strip = Path::polygon(&[
            (eye, HORIZON),
            on_ground(eye, aside + wide, 0.0),
            on_ground(eye, aside, 0.0),
        ]);
        svg.fill(&strip, paint);
        aside += wide * dice.between(1.0, 2.2);
    }
    let blades = close.mix(palette.near, 0.5).fade(0.6);
    foliage::grass(svg, dice, 120, ((0.0, WIDTH), (850.0, 1020.0)), blades);
}

/// Paints a road with its middle line, and poles beside it.
fn road(svg: &mut Svg, palette: &Palette, dice: &mut Dice, eye: f64) {
    svg.shows("road");
    svg.shows("mountains");
    let tar = palette.accents[2];
    let edge = |aside: f64| on_ground(eye, aside, 0.0);
    let verge = Path::polygon(&[(eye, HORIZON), edge(430.0), edge(-430.0)]);
    svg.fill(&verge, palette.accents[1].mix(tar, 0.4).fade(0.6));
    let stops = [
        (0.0, tar.mix(palette.haze(), 0.65)),
        (0.25, tar.mix(palette.haze(), 0.2)),
        (1.0, tar.shade(0.25)),
    ];
    let paint = svg.fall(HORIZON, HEIGHT, &stops);
    svg.fill(
        &Path::polygon(&[(eye, HORIZON), edge(340.0), edge(-340.0)]),
        paint,
    );
    let line = palette.light.mix(tar, 0.2);
    for side in [-1.0, 1.0] {
        let mark = Path::polygon(&[(eye, HORIZON), edge(side * 312.0), edge(side * 300.0)]);
        svg.fill(&mark, line.fade(0.6));
    }
    let mut dashes = Path::default();
    for i in 0..16 {
        let step = f64::from(i) * 0.55 + 0.08;
        let (near, far) = (distance(step), distance(step + 0.24));
        let at = |aside: f64, far: f64| on_ground(eye, aside, far);
        let corners = [at(-8.0, near), at(-8.0, far), at(8.0, far), at(8.0, near)];
        dashes = dashes.and(&Path::polygon(&corners));
    }
    svg.fill(&dashes, line.fade(0.85));
    poles(svg, palette, dice, eye, 560.0);
}

/// Paints two rails on their sleepers, and poles beside them.
fn rails(svg: &mut Svg, palette: &Palette, dice: &mut Dice, eye: f64) {
    svg.shows("rails");
    svg.shows("mountains");
    let gravel = palette.accents[2];
    let edge = |aside: f64| on_ground(eye, aside, 0.0);
    let stops = [
        (0.0, gravel.mix(palette.haze(), 0.6)),
        (0.3, gravel.mix(palette.accents[0], 0.3)),
        (1.0, gravel.shade(0.1)),
    ];
    let paint = svg.fall(HORIZON, HEIGHT, &stops);
    svg.fill(
        &Path::polygon(&[(eye, HORIZON), edge(330.0), edge(-330.0)]),
        paint,
    );
    let mut sleepers = Path::default();
    for i in (0..60).rev() {
        let step = f64::from(i) * 0.14;
        let (near, far) = (distance(step), distance(step + 0.05));
        let at = |aside: f64, far: f64| on_ground(eye, aside, far);
        let corners = [
            at(-235.0, near),
            at(-235.0, far),
            at(235.0, far),
            at(235.0, near),
        ];
        sleepers = sleepers.and(&Path::polygon(&corners));
    }
    svg.fill(&sleepers, palette.near.mix(gravel, 0.25).fade(0.75));
    for side in [-1.0, 1.0] {
        let rail = |inner: f64, outer: f64| {
            Path::polygon(&[(eye, HORIZON), edge(side * outer), edge(side * inner)])
        };
        svg.fill(&rail(150.0, 172.0), palette.near);
        let shine = svg.fall(
            HORIZON,
            HEIGHT,
            &palette.light.fading([(0.0, 0.95), (0.4, 0.6), (1.0, 0.3)]),
        );
        svg.fill(&rail(156.0, 166.0), shine);
    }
    poles(svg, palette, dice, eye, 520.0);
}

/// Paints telegraph poles with a wire along one side.
fn poles(svg: &mut Svg, palette: &Palette, dice: &mut Dice, eye: f64, aside: f64) {
    svg.shows("poles");
    let side = dice.side();
    let (mut wires, mut last) = ([Path::default(), Path::default()], None);
    for i in 0..9 {
        let far = distance(0.34 + f64::from(i) * 0.75);
        let near = 1.0 - far;
        let (x, foot) = on_ground(eye, side * aside, far);
        let (top, arm) = (foot - 480.0 * near, 58.0 * near);
        let color = palette.near.mix(palette.haze(), 0.6 * far * far);
        let cross = Path::at((x, foot))
            .line((x, top))
            .hop((x - arm, top + 34.0 * near))
            .line((x + arm, top + 34.0 * near));
        svg.stroke(&cross, 10.0 * near, color);
        let ends = [(x - arm, top + 30.0 * near), (x + arm, top + 30.0 * near)];
        if let Some(before) = last.replace(ends) {
            wires = [0, 1].map(|i| {
                let (from, to): (Point, Point) = (before[i], ends[i]);
                let sag = ((from.0 + to.0) / 2.0, (from.1 + to.1) / 2.0 + 60.0 * near);
                wires[i].clone().hop(from).bend(sag, to)
            });
        }
    }
    for wire in wires {
        svg.stroke(&wire, 1.3, palette.near.fade(0.55));
    }
}
