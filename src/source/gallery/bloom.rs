//! Blossoms on a branch, and poppies in a meadow under the sky.

use super::{
    dice::{Dice, cosine, sine},
    light,
    number::Point,
    palette::{Color, Hour, Palette},
    path::Path,
    scene::{Scene, Setting},
    svg::{HEIGHT, Svg, WIDTH},
    terrain::{self, Terrain},
    weather::Weather,
};

/// The palettes' accents are petals, petals in the shade and the hearts.
pub(super) static BRANCH: Scene = Scene {
    slug: "branch",
    titles: &[
        "Branch in blossom",
        "Early blossoms",
        "Blossoms",
        "Cherry branch",
    ],
    setting: Setting::Outdoors,
    native: Some(Weather::Spring),
    palettes: &Palette::all([
        "day a4d0dc c4e0e0 e4efe6 f8f4e8 fffdf4 b4ccc4 4c3430 f8d4d8 e49cac c8546c",
        "dawn b4b4d4 dcc8d8 f6dcd6 fdeee2 fffaf2 ccb8c4 48303c fbdcd8 e4a0a8 c45468",
        "dusk 64588c b07c9c f0a890 fcd8b0 fff2d8 b48ca0 30182c fbc8bc d07888 983c58",
        "night 0e1634 203264 3a5488 7890b4 f4f0e8 48588c 0e1024 d4bcd4 8c6c9c 5c3c70",
    ]),
    vignette: 0.16,
    paint: branch,
};

/// The palettes' accents are petals, grass in the light and grass in the shade.
pub(super) static MEADOW: Scene = Scene {
    slug: "poppies",
    titles: &[
        "Poppies",
        "The poppy field",
        "Meadow with poppies",
        "Red in the grass",
    ],
    setting: Setting::Outdoors,
    native: Some(Weather::Summer),
    palettes: &Palette::all([
        "day 74b4d4 a8d2e0 d8e8e0 f6f4e0 fffff2 a8c0a0 28402c dc4a34 94a854 4c6c3c",
        "dawn 94a4c8 c8c0d4 f4d4c0 fdeaca fffae8 b4b0a0 303c34 d85848 a4a468 586c50",
        "dusk 4c4478 a06884 f08a68 fccc84 fff0c4 a07c74 201c28 e04834 8c7444 483c30",
        "night 0a142c 182c54 345078 6c88a8 f2f0dc 3c5470 08101c 7c3444 2c4450 142430",
    ]),
    vignette: 0.22,
    paint: meadow,
};

fn branch(svg: &mut Svg, palette: &Palette, dice: &mut Dice) {
    svg.shows("blossoms");
    svg.shows("branch");
    light::sky(svg, palette, dice, HEIGHT);
    light::night_stars(svg, palette, dice, 190, 900.0);
    let side = dice.side();
    if palette.hour != Hour::Day {
        let sun = (
            800.0 + side * dice.between(60.0, 170.0),
            dice.between(420.0, 560.0),
        );
        light::sun(svg, palette, sun, dice.between(90.0, 150.0));
    }
    for (base, share) in [(830.0, 0.75), (900.0, 0.5)] {
        let land = Terrain::rolling(dice, base, 34.0, 1.3);
        let color = palette.far.mix(palette.haze(), share);
        terrain::layer(
            svg,
            &land.ground(),
            (color, palette.haze()),
            (base - 30.0, HEIGHT),
        );
    }
    let mut twigs = Path::default();
    let mut places = Vec::new();
    let main = [
        (-860.0, 730.0),
        (-520.0, 610.0),
        (-190.0, 590.0),
        (130.0, 520.0),
        (420.0, 540.0),
        (640.0, 470.0),
    ]
    .map(|(x, y): Point| (800.0 + side * x, dice.about(y, 22.0)));
    for i in 1..main.len() {
        let (from, to) = (main[i - 1], main[i]);
        let share = 1.0 - i as f64 / 7.0;
        svg.stroke(
            &Path::through(&main[i - 1..]),
            5.0 + 5.5 * share,
            palette.near,
        );
        for up in [-1.0, 1.0, -1.0] {
            let at = dice.between(0.1, 0.95);
            let start = (from.0 + (to.0 - from.0) * at, from.1 + (to.1 - from.1) * at);
            let reach = (
                side * dice.between(60.0, 190.0),
                up * dice.between(50.0, 190.0),
            );
            let end = (start.0 + reach.0, start.1 + reach.1);
            twigs = twigs
                .hop(start)
                .bend((start.0 + reach.0 * 0.35, start.1 + reach.1 * 0.7), end);
            places.extend([0.45, 0.7, 0.85, 1.0].map(|along| {
                (
                    start.0 + reach.0 * along * along.max(0.6),
                    start.1 + reach.1 * (1.3 * along - 0.3 * along * along),
                )
            }));
        }
    }
    svg.stroke(&twigs, 4.0, palette.near);
    for (x, y) in places {
        let at = (dice.about(x, 16.0), dice.about(y, 16.0));
        match dice.below(4) {
            0 => bud(svg, palette, at),
            _ => blossom(svg, palette, dice, at, 1.0),
        }
    }
    falling(svg, palette, dice);
}

fn bud(svg: &mut Svg, palette: &Palette, (x, y): Point) {
    svg.ellipse((x, y), (9.0, 11.0), palette.accents[1]);
    svg.ellipse((x - 2.0, y - 2.0), (5.0, 7.0), palette.accents[0].fade(0.6));
}

/// Paints a blossom of five petals.
fn blossom(svg: &mut Svg, palette: &Palette, dice: &mut Dice, (x, y): Point, scale: f64) {
    let [petal, shade, heart] = palette.accents;
    let size = dice.between(21.0, 31.0) * scale;
    let turn = dice.between(0.0, 1.0);
    let color = petal.mix(shade, dice.between(0.0, 0.45));
    let petals = Path::dots((0..5).map(|i| {
        let at = turn + f64::from(i) / 5.0;
        (x + cosine(at) * size * 0.55, y + sine(at) * size * 0.5)
    }));
    svg.stroke(&petals, size * 0.92, color);
    svg.circle((x, y), size * 0.34, shade.mix(heart, 0.35));
    let stamens = Path::dots((0..6).map(|i| {
        let at = turn + f64::from(i) / 6.0;
        (x + cosine(at) * size * 0.34, y + sine(at) * size * 0.3)
    }));
    svg.stroke(&stamens, 2.6, palette.light.mix(heart, 0.2));
}

/// Paints petals in the air.
fn falling(svg: &mut Svg, palette: &Palette, dice: &mut Dice) {
    for width in [5.0, 8.0] {
        let mut path = Path::default();
        for _ in 0..16 {
            let at = dice.pair((0.0, WIDTH), (380.0, 980.0));
            path = path.stripe(at, (dice.about(0.0, 6.0), dice.between(2.0, 6.0)));
        }
        svg.stroke(&path, width, palette.accents[0].fade(0.8));
    }
}

fn meadow(svg: &mut Svg, palette: &Palette, dice: &mut Dice) {
    svg.shows("poppies");
    svg.shows("leaves");
    svg.shows("grass");
    let horizon = dice.between(560.0, 610.0);
    light::sky(svg, palette, dice, horizon);
    light::night_stars(svg, palette, dice, 170, horizon - 100.0);
    let side = dice.side();
    let low = palette.by_day(280.0, 90.0);
    let sun = (
        800.0 + side * dice.between(80.0, 330.0),
        horizon - dice.about(low, 30.0),
    );
    light::sun(svg, palette, sun, dice.between(44.0, 64.0));
    let cloud = palette.sky[3].mix(palette.light, 0.5);
    light::streaks(svg, dice, 6, (250.0, horizon - 80.0), cloud);
    let [petal, lit, shade] = palette.accents;
    for (base, depth) in [(horizon - 20.0, 0.0), (horizon + 14.0, 0.3)] {
        let land = Terrain::rolling(dice, base, 24.0, 1.4);
        let color = palette.far.mix(lit, depth);
        terrain::layer(
            svg,
            &land.ground(),
            (color, color.mix(palette.haze(), 0.4)),
            (base - 24.0, base + 80.0),
        );
    }
    for row in 0..6 {
        let near = f64::from(row) / 5.0;
        let base = horizon + 44.0 + 290.0 * near * (0.4 + 0.6 * near);
        field(
            svg,
            dice,
            base,
            near,
            (lit.mix(shade, 0.2 + 0.7 * near), petal, palette),
        );
    }
    light::birds(
        svg,
        dice,
        (800.0 - side * 220.0, horizon - 190.0),
        palette.near.fade(0.5),
    );
}

/// Paints a strip of the meadow with its poppies.
fn field(
    svg: &mut Svg,
    dice: &mut Dice,
    base: f64,
    near: f64,
    (green, petal, palette): (Color, Color, &Palette),
) {
    let land = Terrain::rolling(dice, base, 12.0, 1.3);
    let foot = green.mix(palette.near, 0.25 + 0.3 * near);
    terrain::layer(
        svg,
        &land.ground(),
        (green, foot),
        (base, base + 60.0 + 150.0 * near),
    );
    let (mut blades, mut stems) = (Path::default(), Path::default());
    for _ in 0..64 {
        let x = dice.between(-10.0, WIDTH + 10.0);
        let size = (
            dice.about(0.0, 6.0 + 14.0 * near),
            dice.between(10.0, 22.0 + 60.0 * near),
        );
        blades = blades.blade((x, land.at(x) + 4.0), size);
    }
    svg.stroke(&blades, 1.2 + 1.6 * near, green.mix(palette.light, 0.1));
    let size = 3.0 + 16.0 * near * near + 4.0 * near;
    let mut heads = Vec::new();
    for _ in 0..(50.0 - 32.0 * near) as u32 {
        let x = dice.between(-10.0, WIDTH + 10.0);
        let tall = (14.0 + 90.0 * near) * dice.between(0.5, 1.15);
        let lean = dice.about(0.0, 12.0 * near);
        let root = (x, land.at(x) + 6.0);
        stems = stems.blade(root, (lean, tall));
        heads.push((root.0 + lean, root.1 - tall));
    }
    svg.stroke(&stems, 1.0 + 1.4 * near, green.mix(palette.near, 0.5));
    let low = Path::dots(
        heads
            .iter()
            .map(|(x, y)| (x.round(), (y + size * 0.12).round())),
    );
    svg.stroke(&low, size * 1.7, petal.mix(palette.near, 0.28));
    let cups = heads.iter().fold(Path::default(), |path, (x, y)| {
        path.stripe((x - size * 0.45, y - size * 0.12), (size * 0.9, 0.0))
    });
    svg.stroke(&cups, size * 1.1, petal);
    let hearts = Path::dots(
        heads
            .iter()
            .map(|(x, y)| (x.round(), (y - size * 0.2).round())),
    );
    svg.stroke(&hearts, size * 0.42, palette.near.fade(0.75));
}
