//! An animal on a hill, dark before a large sun.

use super::{
    dice::Dice,
    foliage, light,
    number::Point,
    palette::{Color, Palette},
    path::Path,
    scene::{Scene, Series, Setting},
    shapes::{self, Shape},
    svg::{HEIGHT, Svg, WIDTH},
    terrain::{self, Terrain},
};

/// The palettes' accents are the hills behind, the grass in the light and the sun's lower edge.
static PALETTES: [Palette; 6] = Palette::all([
    "dusk 43305e 9a4a68 e8785a fcb56c ffe2a0 c06a5e 1f1426 a8525c 5a2c3c f47f52",
    "dawn 7d8cb4 c0aac4 f3c0ac fde0bd fff0cc c79ba0 2a2840 a98aa0 5c5068 f6a987",
    "day 7cb3c4 abd0cf d6e4cf f6efd2 fff6dc a9c0a8 22382f 86a890 4c6b4c f6d58a",
    "night 0c1430 1c2a58 36497f 6f7fa8 f2ecd6 44568a 080c1e 2c3c6c 1a2446 c9cde0",
    "dusk 24455a 5c8086 d2a878 f8d592 fff0c4 9a9a82 14252c 66807a 2f4848 f2a85e",
    "dusk 2c2250 6c3a70 c85c72 f6a07a ffdcb0 9a5478 170f2a 74406c 40244c ee7a66",
]);

const SERIES: Series = Series {
    setting: Setting::Outdoors,
    palettes: &PALETTES,
    vignette: 0.24,
};

pub(super) static CAT: Scene = SERIES.scene(
    "cat",
    &["The cat", "A cat on the hill", "Cat and tall grass"],
    |svg, palette, dice| hill(svg, palette, dice, ("cat", shapes::CAT, 0.98)),
);
pub(super) static DOG: Scene = SERIES.scene(
    "dog",
    &["The dog", "A dog on the hill", "The waiting dog"],
    |svg, palette, dice| hill(svg, palette, dice, ("dog", shapes::DOG, 1.02)),
);
pub(super) static HORSE: Scene = SERIES.scene(
    "horse",
    &["The horse", "A horse on the hill", "The lone horse"],
    |svg, palette, dice| hill(svg, palette, dice, ("horse", shapes::HORSE, 1.3)),
);
pub(super) static FOX: Scene = SERIES.scene(
    "fox",
    &["The fox", "A fox on the hill", "The fox goes home"],
    |svg, palette, dice| hill(svg, palette, dice, ("fox", shapes::FOX, 1.25)),
);
pub(super) static ELEPHANT: Scene = SERIES.scene(
    "elephant",
    &[
        "The elephant",
        "An elephant on the plain",
        "Elephant and acacia",
    ],
    |svg, palette, dice| plain(svg, palette, dice, true),
);
pub(super) static SAVANNA: Scene = SERIES.scene(
    "savanna",
    &["Savanna", "Acacia on the plain", "The wide plain"],
    |svg, palette, dice| plain(svg, palette, dice, false),
);
pub(super) static BIRD: Scene = SERIES.scene(
    "bird",
    &["The bird", "A bird over the hills", "On the wing"],
    flight,
);
pub(super) static WHALE: Scene = SERIES.scene(
    "whale",
    &["The whale", "The whale dives", "A whale in the open sea"],
    whale,
);

/// Paints the sky with a large sun, and hills before the sun's foot. Returns the sun's place.
fn backdrop(svg: &mut Svg, palette: &Palette, dice: &mut Dice, base: f64) -> Point {
    svg.shows("hill");
    light::sky(svg, palette, dice, base + 40.0);
    light::night_stars(svg, palette, dice, 170, base - 60.0);
    let sun = (
        800.0 + dice.side() * dice.between(0.0, 120.0),
        base - dice.between(70.0, 130.0),
    );
    disc(svg, palette, sun, dice.between(190.0, 235.0));
    let cloud = palette.sky[3].mix(palette.light, 0.35);
    light::streaks(svg, dice, 5, (sun.1 - 190.0, sun.1 + 60.0), cloud.fade(0.8));
    sun
}

/// Paints a large sun or moon whose foot is deep in the haze.
fn disc(svg: &mut Svg, palette: &Palette, at: Point, radius: f64) {
    if !palette.has_disc() {
        light::glow(svg, at, radius * 2.4, palette.light.fade(0.5));
        return;
    }
    svg.shows(if palette.is_night() { "moon" } else { "sun" });
    light::glow(
        svg,
        at,
        radius * 2.6,
        palette.light.mix(palette.sky[2], 0.45).thin(0.8),
    );
    let foot = palette.accents[2].mix(palette.haze(), 0.35);
    let face = svg.down(&[
        (0.0, palette.light),
        (0.45, palette.light.mix(foot, 0.35)),
        (1.0, foot),
    ]);
    svg.circle(at, radius, face);
}

/// Paints hills that pale with distance.
fn hills(svg: &mut Svg, palette: &Palette, dice: &mut Dice, base: f64) {
    for (i, swell) in [(0.0, 30.0), (1.0, 26.0), (2.0, 20.0)] {
        let y = base + 46.0 * i;
        let land = Terrain::rolling(dice, y, swell, dice_waves(i));
        let color = palette
            .far
            .mix(palette.accents[0], i / 2.0)
            .mix(palette.haze(), 0.45 - 0.2 * i);
        let colors = (color, color.mix(palette.haze(), 0.45));
        terrain::layer(svg, &land.ground(), colors, (y - 30.0, y + 110.0));
    }
}

fn dice_waves(i: f64) -> f64 {
    1.7 - 0.35 * i
}

/// Paints an animal that stands on a hill in front.
fn hill(
    svg: &mut Svg,
    palette: &Palette,
    dice: &mut Dice,
    (name, shape, scale): (&'static str, &Shape, f64),
) {
    let base = dice.between(640.0, 670.0);
    let sun = backdrop(svg, palette, dice, base - 60.0);
    hills(svg, palette, dice, base - 60.0);
    let side = dice.side();
    let x = 800.0 + (sun.0 - 800.0) * 0.5 + dice.about(0.0, 30.0);
    let top = base + 82.0;
    let land = Terrain::rolling(dice, top + 50.0, 12.0, 1.6)
        .raised(|at| 62.0 * (1.0 - ((at - x) / 640.0).powi(2)).max(-0.6));
    let stand = (x, land.at(x) + 5.0);
    svg.shows(name);
    meadow(svg, palette, dice, &land);
    shapes::draw(svg, shape, stand, (scale * side, scale), palette.near);
    tuft(svg, dice, &land, (x - 150.0, x + 150.0), palette.near);
    light::birds(
        svg,
        dice,
        (x - side * 290.0, base - 330.0),
        palette.near.fade(0.55),
    );
}

/// Paints the ground in front, with grass along its edge.
fn meadow(svg: &mut Svg, palette: &Palette, dice: &mut Dice, land: &Terrain) {
    let colors = (palette.near, palette.near.mix(palette.accents[1], 0.16));
    terrain::layer(svg, &land.ground(), colors, (700.0, HEIGHT));
    svg.shows("grass");
    tuft(svg, dice, land, (0.0, WIDTH), palette.near);
    let blades = palette.accents[1].mix(palette.near, 0.4).fade(0.6);
    let top = land.at(0.0).max(land.at(WIDTH)) + 40.0;
    foliage::grass(svg, dice, 130, ((0.0, WIDTH), (top, 1010.0)), blades);
}

fn tuft(svg: &mut Svg, dice: &mut Dice, land: &Terrain, (left, right): (f64, f64), color: Color) {
    let mut path = Path::default();
    for _ in 0..((right - left) / 7.0) as u32 {
        let x = dice.between(left, right);
        let (lean, tall) = dice.pair((-9.0, 9.0), (7.0, 24.0));
        let y = land.at(x) + 4.0;
        path = path.blade((x, y), (lean, tall));
    }
    svg.stroke(&path, 2.0, color);
}

/// Paints a plain with acacias, and perhaps an elephant.
fn plain(svg: &mut Svg, palette: &Palette, dice: &mut Dice, with_elephant: bool) {
    let base = dice.between(650.0, 690.0);
    let sun = backdrop(svg, palette, dice, base - 40.0);
    hills(svg, palette, dice, base - 50.0);
    let side = dice.side();
    let land = Terrain::rolling(dice, base + 96.0, 9.0, 1.1);
    meadow(svg, palette, dice, &land);
    let near = palette.near;
    svg.shows("acacia");
    let (aside, scale) = if with_elephant {
        (330.0, 1.0)
    } else {
        (60.0, 1.35)
    };
    let x = 800.0 + side * dice.about(aside, 30.0);
    acacia(svg, dice, (x, land.at(x) + 6.0), scale, near);
    let far = 800.0 - side * dice.between(420.0, 600.0);
    acacia(svg, dice, (far, land.at(far) + 4.0), 0.55, near);
    if with_elephant {
        svg.shows("elephant");
        let x = 800.0 + (sun.0 - 800.0) * 0.3;
        let scale = 1.18;
        shapes::draw(
            svg,
            shapes::ELEPHANT,
            (x, land.at(x) + 6.0),
            (-scale * side, scale),
            near,
        );
        tuft(svg, dice, &land, (x - 190.0, x + 190.0), near);
    }
    light::birds(
        svg,
        dice,
        (800.0 - side * 230.0, base - 330.0),
        near.fade(0.55),
    );
}

/// Paints a tree with a flat crown.
fn acacia(svg: &mut Svg, dice: &mut Dice, (x, foot): Point, scale: f64, color: Color) {
    let on = |dx: f64, up: f64| (x + dx * scale, foot - up * scale);
    let trunk = foliage::trunk(
        Path::default(),
        (x, foot),
        (11.0 * scale, 16.0 * scale),
        foot - 120.0 * scale,
    );
    svg.fill(&trunk, color);
    let mut boughs = Path::default();
    for (reach, up) in [
        (-118.0, 205.0),
        (-52.0, 222.0),
        (24.0, 228.0),
        (98.0, 212.0),
        (150.0, 196.0),
    ] {
        boughs = boughs
            .hop(on(14.0, 112.0))
            .bend(on(14.0 + reach * 0.25, 165.0), on(reach, up));
    }
    svg.stroke(&boughs, 4.5 * scale, color);
    let leaf = |_| {
        let (dx, up) = dice.pair((-1.0, 1.0), (0.0, 1.0));
        let roof = 1.0 - dx * dx;
        on(14.0 + dx * 172.0, 194.0 + up * 36.0 * roof + 16.0 * roof)
    };
    let leaves = Path::default();
    let leaves = (0..150).map(leaf).fold(leaves, |path, (x, y)| {
        path.dash((x - 9.0 * scale, y), 18.0 * scale)
    });
    svg.stroke(&leaves, 9.0 * scale, color);
}

/// Paints a large bird before the sun, above hills.
fn flight(svg: &mut Svg, palette: &Palette, dice: &mut Dice) {
    let base = dice.between(690.0, 730.0);
    let sun = backdrop(svg, palette, dice, base - 120.0);
    hills(svg, palette, dice, base - 20.0);
    let land = Terrain::rolling(dice, base + 160.0, 24.0, 1.3);
    meadow(svg, palette, dice, &land);
    let side = dice.side();
    svg.shows("bird");
    let at = (
        800.0 + (sun.0 - 800.0) * 0.6,
        sun.1 + dice.about(45.0, 15.0),
    );
    shapes::draw(svg, shapes::BIRD, at, (1.25 * side, 1.25), palette.near);
    light::birds(
        svg,
        dice,
        (at.0 - side * 330.0, at.1 - 60.0),
        palette.near.fade(0.6),
    );
}

/// Paints the tail of a whale that dives into a calm sea.
fn whale(svg: &mut Svg, palette: &Palette, dice: &mut Dice) {
    let horizon = dice.between(580.0, 620.0);
    let sun = backdrop(svg, palette, dice, horizon);
    let [deep, near, _] = palette.accents;
    let stops = [
        (0.0, palette.haze().mix(deep, 0.5)),
        (0.3, deep.mix(near, 0.45)),
        (1.0, palette.near),
    ];
    svg.below(horizon, &stops);
    light::glitter(svg, palette, dice, sun.0, (horizon, 930.0));
    svg.shows("sea");
    svg.shows("whale");
    let x = 800.0 + (sun.0 - 800.0) * 0.4;
    let water = horizon + dice.between(105.0, 130.0);
    let size = (1.25 * dice.side(), 1.25);
    svg.mirrored(water, 0.5, 0.35, |svg| {
        shapes::draw(svg, shapes::WHALE, (x, water), size, palette.near);
    });
    let mut spray = Path::default();
    for (reach, y) in [(120.0, 0.0), (190.0, 9.0), (80.0, 17.0)] {
        let at = dice.about(x, 26.0);
        spray = spray.dash((at - reach, water + y), reach * 2.0);
    }
    svg.stroke(&spray, 3.0, palette.light.fade(0.4));
    light::birds(
        svg,
        dice,
        (x - 260.0, horizon - 300.0),
        palette.near.fade(0.55),
    );
}
