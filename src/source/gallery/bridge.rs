//! The river from its bank: a stone bridge with three arches before an old town, or the quay with boats and a mole.

use super::{
    dice::Dice,
    harbour::Boat,
    light,
    number::Point,
    palette::{Color, Hour, Palette},
    path::Path,
    scene::{Scene, Setting},
    svg::{HEIGHT, Svg, WIDTH},
    terrain::{self, Terrain},
};

/// The palettes' accents are two walls and a roof.
static PALETTES: [Palette; 4] = Palette::all([
    "dawn 8498c0 bcb8d0 f0ccc0 fde8d0 fffaf0 aca8c0 343c5c d8b4a0 b8a4ac a87068",
    "day 64a8d0 a0cce0 d4e6e4 f3f2e4 ffffff a8c0c8 2c4452 dcc8a4 bcb8a8 b86850",
    "dusk 2c2e5c 784e7c e4806c fdc684 fff0c8 8e6486 1e1c38 a86c64 7c5470 6c3a4c",
    "night 0a122c 162850 304c7c 6480a8 f6f0da 3a5480 080e20 3c4460 2c3858 202844",
]);

pub(super) static BRIDGE: Scene = Scene {
    slug: "bridge",
    titles: &[
        "The bridge",
        "Three arches",
        "The old bridge",
        "Under the bridge",
    ],
    setting: Setting::Outdoors,
    native: None,
    palettes: &PALETTES,
    vignette: 0.26,
    paint: bridge,
};

pub(super) static QUAY: Scene = Scene {
    slug: "quay",
    titles: &[
        "From the quay",
        "The mole",
        "Boats at the quay",
        "Harbour mouth",
    ],
    setting: Setting::Outdoors,
    native: None,
    palettes: &PALETTES,
    vignette: 0.28,
    paint: quay,
};

const WATER: f64 = 640.0;

fn sky(svg: &mut Svg, palette: &Palette, dice: &mut Dice, (aside, height): (f64, f64)) -> Point {
    light::sky(svg, palette, dice, WATER);
    light::night_stars(svg, palette, dice, 150, 430.0);
    let sun = (800.0 + aside, height);
    light::sun(svg, palette, sun, dice.between(36.0, 52.0));
    let cloud = palette.sky[3].mix(palette.light, 0.4);
    light::streaks(svg, dice, 7, (230.0, 460.0), cloud);
    sun
}

fn water(svg: &mut Svg, palette: &Palette, from: f64) {
    let [zenith, high, low, rim] = palette.sky;
    let stops = [
        (0.0, rim.mix(palette.near, 0.14)),
        (0.25, low.mix(palette.near, 0.22)),
        (0.65, high.mix(palette.near, 0.36)),
        (1.0, zenith.mix(palette.near, 0.6)),
    ];
    svg.below(from, &stops);
}

fn ripples(svg: &mut Svg, palette: &Palette, dice: &mut Dice, from: f64) {
    for (color, opacity) in [
        (palette.light, 0.28),
        (palette.near, 0.2),
        (palette.haze(), 0.26),
    ] {
        for width in [1.5, 3.0] {
            let mut path = Path::default();
            for _ in 0..26 {
                let near = dice.between(0.0, 1.0) * width / 3.0;
                let at = (
                    dice.between(-40.0, WIDTH),
                    from + 8.0 + near * (HEIGHT - from),
                );
                path = path.dash(at, dice.between(20.0, 90.0) * (0.5 + near));
            }
            svg.stroke(&path, width, color.fade(opacity));
        }
    }
}

fn bridge(svg: &mut Svg, palette: &Palette, dice: &mut Dice) {
    svg.shows("bridge");
    let side = dice.side();
    let aside = side * dice.between(180.0, 420.0);
    sky(svg, palette, dice, (aside, height(palette)));
    water(svg, palette, WATER);
    let middle = 800.0 + dice.about(0.0, 40.0);
    let lights = palette.hour != Hour::Day;
    svg.mirrored(WATER, 0.8, 0.45, |svg| {
        let hills = Terrain::rolling(dice, 520.0, 36.0, 1.2);
        let colors = (palette.depth(0.05), palette.haze());
        terrain::layer(svg, &hills.down_to(WATER), colors, (470.0, WATER + 10.0));
        town(svg, palette, dice, (middle, side));
        arches(svg, palette, middle, lights);
    });
    ripples(svg, palette, dice, WATER);
    light::birds(
        svg,
        dice,
        (middle - side * 160.0, 330.0),
        palette.near.fade(0.6),
    );
}

fn height(palette: &Palette) -> f64 {
    palette.by_day(230.0, 360.0)
}

/// Paints the town behind the bridge: roofs in rows, and the towers of a church.
fn town(svg: &mut Svg, palette: &Palette, dice: &mut Dice, (middle, side): (f64, f64)) {
    let [wall, pale, roof] = palette.accents;
    for (depth, base, tall) in [(0.1, 560.0, 46.0), (0.3, 600.0, 60.0)] {
        let mut x = -20.0;
        let (mut walls, mut roofs) = (Path::default(), Path::default());
        while x < WIDTH {
            let (wide, high) = dice.pair((40.0, 84.0), (0.5, 1.1));
            let top = base - tall * high;
            walls.add_block((x, top), (wide, WATER - top));
            let eaves = [
                (x - 3.0, top + 1.0),
                (x + wide / 2.0, top - wide * 0.42),
                (x + wide + 3.0, top + 1.0),
            ];
            roofs = roofs.and(&Path::polygon(&eaves));
            x += wide;
        }
        let fade = |color: Color| color.mix(palette.haze(), 0.55 - depth);
        svg.fill(&walls, fade(if depth < 0.2 { pale } else { wall }));
        svg.fill(&roofs, fade(roof));
        if depth < 0.2 {
            church(
                svg,
                palette,
                middle + side * dice.between(60.0, 140.0),
                fade(pale),
                fade(roof),
            );
        }
    }
}

fn church(svg: &mut Svg, palette: &Palette, x: f64, wall: Color, roof: Color) {
    svg.rect(
        (x - 24.0, 380.0),
        (48.0, 180.0),
        wall.mix(palette.near, 0.1),
    );
    svg.fill(
        &Path::polygon(&[(x - 30.0, 384.0), (x, 262.0), (x + 30.0, 384.0)]),
        roof,
    );
    svg.fill(
        &Path::polygon(&[
            (x + 24.0, 560.0),
            (x + 24.0, 470.0),
            (x + 60.0, 436.0),
            (x + 150.0, 470.0),
            (x + 150.0, 560.0),
        ]),
        roof,
    );
    svg.rect((x - 7.0, 410.0), (14.0, 30.0), palette.near.fade(0.4));
}

/// Paints the bridge with its three arches and its lamps.
fn arches(svg: &mut Svg, palette: &Palette, middle: f64, lights: bool) {
    let stone = palette.far.mix(palette.near, 0.5);
    let deck = |x: f64| WATER - 138.0 + ((x - middle) / 640.0) * ((x - middle) / 640.0) * 62.0;
    let mut body = Path::at((-20.0, WATER)).line((-20.0, deck(-20.0)));
    let crown: Vec<Point> = (0..=16)
        .map(|i| f64::from(i) * 102.5 - 20.0)
        .map(|x| (x, deck(x)))
        .collect();
    body = body.along(&crown).line((WIDTH + 20.0, WATER));
    for (x, half) in [
        (middle + 285.0, 112.0),
        (middle, 128.0),
        (middle - 285.0, 112.0),
    ] {
        svg.shows("arches");
        body = body
            .line((x + half, WATER))
            .arc((half, half * 0.84), false, (x - half, WATER));
    }
    let stops = [
        (0.0, stone.mix(palette.light, 0.3)),
        (0.35, stone),
        (1.0, stone.mix(palette.near, 0.55)),
    ];
    let paint = svg.fall(WATER - 140.0, WATER, &stops);
    svg.fill(&body.close(), paint);
    let mut joints = Path::default();
    for (x, half) in [
        (middle + 285.0, 124.0),
        (middle, 140.0),
        (middle - 285.0, 124.0),
    ] {
        joints = joints
            .hop((x - half, WATER))
            .arc((half, half * 0.84), true, (x + half, WATER));
    }
    svg.stroke(&joints, 3.0, palette.near.fade(0.35));
    svg.stroke(&Path::through(&crown), 7.0, stone.mix(palette.light, 0.45));
    let mut posts = Path::default();
    for x in [-428.0, -143.0, 143.0, 428.0].map(|dx| middle + dx) {
        let foot = deck(x);
        posts = posts.hop((x, foot)).line((x, foot - 54.0));
        if lights {
            light::glow(svg, (x, foot - 58.0), 46.0, palette.light);
        }
        svg.circle((x, foot - 58.0), 6.0, palette.light);
    }
    svg.stroke(&posts, 3.4, palette.near);
}

/// Paints the view from a quay: bollards in front, boats at their moorings, the mole with a small light far off.
fn quay(svg: &mut Svg, palette: &Palette, dice: &mut Dice) {
    svg.shows("quay");
    let side = dice.side();
    let horizon = 590.0;
    let aside = -side * dice.between(150.0, 400.0);
    let sun = sky(svg, palette, dice, (aside, height(palette) + 40.0));
    water(svg, palette, horizon);
    light::glitter(svg, palette, dice, sun.0, (horizon, 800.0));
    ripples(svg, palette, dice, horizon);
    mole(svg, palette, dice, horizon, side);
    for (aside, y, scale) in [
        (470.0, 660.0, 0.72),
        (-330.0, 690.0, 0.84),
        (-620.0, 668.0, 0.7),
        (40.0, 745.0, 1.12),
    ] {
        svg.shows("boats");
        let at = (800.0 + side * dice.about(aside, 26.0), y);
        let hull = dice.pick(&[
            palette.light,
            palette.accents[2],
            palette.accents[0],
            palette.near,
        ]);
        let hull = if palette.is_night() {
            hull.mix(palette.near, 0.45)
        } else {
            hull
        };
        let boat = Boat {
            at,
            scale,
            facing: dice.side(),
        };
        svg.mirrored(y, 0.75, 0.4, |svg| boat.draw(svg, palette, hull));
        let shade = Path::default().dash((at.0 - 120.0 * scale, y + 2.0), 240.0 * scale);
        svg.stroke(&shade, 4.0 * scale, palette.near.fade(0.35));
    }
    stones(svg, palette, dice, side);
}

/// Paints the mole that shuts the harbour, with a light at its head.
fn mole(svg: &mut Svg, palette: &Palette, dice: &mut Dice, horizon: f64, side: f64) {
    let hills = Terrain::rolling(dice, horizon - 44.0, 30.0, 1.6)
        .raised(|x| 60.0 * ((x - 800.0) * side / 800.0).min(0.4) - 34.0);
    let colors = (palette.depth(0.05), palette.haze());
    terrain::layer(
        svg,
        &hills.down_to(horizon + 2.0),
        colors,
        (horizon - 90.0, horizon + 8.0),
    );
    let head = 800.0 + side * dice.between(100.0, 170.0);
    let (left, right) = if side > 0.0 {
        (head, WIDTH)
    } else {
        (0.0, head)
    };
    let color = palette.depth(0.55);
    svg.rect((left, horizon + 2.0), (right - left, 17.0), color);
    let (x, top) = (head + side * 24.0, horizon - 84.0);
    if palette.hour != Hour::Day {
        light::glow(svg, (x, top), 80.0, palette.light);
    }
    let tower = [
        (x - 11.0, horizon + 4.0),
        (x - 7.0, top + 8.0),
        (x + 7.0, top + 8.0),
        (x + 11.0, horizon + 4.0),
    ];
    svg.fill(
        &Path::polygon(&tower),
        palette
            .light
            .mix(palette.accents[2], 0.6)
            .mix(palette.far, 0.2),
    );
    svg.rect((x - 6.0, top - 8.0), (12.0, 15.0), palette.light);
    svg.fill(
        &Path::polygon(&[(x - 9.0, top - 8.0), (x, top - 21.0), (x + 9.0, top - 8.0)]),
        palette.near,
    );
}

/// Paints the stones of the quay, with two bollards and a rope.
fn stones(svg: &mut Svg, palette: &Palette, dice: &mut Dice, side: f64) {
    let stone = palette.far.mix(palette.near, 0.62);
    let tilt = |x: f64| 868.0 + side * (x - 800.0) * 0.03;
    let top = Path::at((0.0, tilt(0.0)))
        .line((WIDTH, tilt(WIDTH)))
        .down_to(HEIGHT, (0.0, WIDTH));
    let paint = svg.fall(
        840.0,
        HEIGHT,
        &[
            (0.0, stone.mix(palette.light, 0.25)),
            (0.2, stone),
            (1.0, palette.near),
        ],
    );
    svg.fill(&top, paint);
    let mut joints = Path::default();
    for i in 0..9 {
        let x = f64::from(i) * 200.0 + dice.about(0.0, 30.0);
        joints = joints
            .hop((x, tilt(x) + 4.0))
            .line((x + (x - 800.0) * 0.22, HEIGHT));
    }
    svg.stroke(&joints, 2.0, palette.near.fade(0.35));
    svg.stroke(
        &Path::at((0.0, tilt(0.0) + 2.0)).line((WIDTH, tilt(WIDTH) + 2.0)),
        4.0,
        palette.light.fade(0.35),
    );
    let places = [-210.0, 190.0].map(|aside| 800.0 + side * dice.about(aside, 30.0));
    let rope = Path::at((places[0], tilt(places[0]) + 2.0)).bend(
        (800.0, tilt(800.0) + 52.0),
        (places[1], tilt(places[1]) + 2.0),
    );
    svg.stroke(&rope, 5.0, palette.near.mix(palette.accents[0], 0.35));
    for x in places {
        bollard(svg, palette, (x, tilt(x) + 34.0));
    }
}

fn bollard(svg: &mut Svg, palette: &Palette, (x, y): Point) {
    let dark = palette.near.shade(0.25);
    svg.ellipse((x, y + 2.0), (40.0, 8.0), palette.near.fade(0.5));
    let paint = svg.across(&[
        (0.0, dark.mix(palette.light, 0.25)),
        (0.35, dark),
        (1.0, dark.shade(0.3)),
    ]);
    let post = Path::at((x - 22.0, y))
        .bend((x - 15.0, y - 22.0), (x - 17.0, y - 44.0))
        .line((x + 17.0, y - 44.0))
        .bend((x + 15.0, y - 22.0), (x + 22.0, y));
    svg.fill(&post.close(), paint);
    svg.ellipse((x, y - 46.0), (25.0, 10.0), dark.mix(palette.light, 0.16));
}
