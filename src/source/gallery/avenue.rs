//! An avenue of trees that leads into the distance, in each season.

use super::{
    dice::Dice,
    foliage, light,
    palette::{Color, Palette},
    path::Path,
    road::{HORIZON, distance, on_ground},
    scene::{Scene, Setting},
    svg::{HEIGHT, Svg},
    terrain::{self, Terrain},
    weather::Weather,
};

/// The avenue in a season. The palettes' accents are leaves in the shade and in the light, and the ground.
const fn avenue(
    slug: &'static str,
    titles: &'static [&'static str],
    native: Weather,
    paint: fn(&mut Svg, &Palette, &mut Dice),
    palettes: &'static [Palette],
) -> Scene {
    Scene {
        slug,
        titles,
        setting: Setting::Outdoors,
        native: Some(native),
        palettes,
        vignette: 0.3,
        paint,
    }
}

pub(super) static SPRING: Scene = avenue(
    "avenue-spring",
    &["Blossom avenue", "Trees in blossom", "The white avenue"],
    Weather::Spring,
    blossoming,
    &Palette::all([
        "day 8fc0d8 b8d8e0 dcebe4 f6f4e6 fffff6 b8c8b4 4a4038 e8b4bc fbe4e4 b4c890",
        "dawn a4aed0 d0c0d8 f4d4d0 fdeadc fffaf0 c4b4c0 443848 dca0b4 f9dce0 a8b494",
        "dusk 6a5c88 b07c98 eca890 fcd8ac fff2d4 b08a98 30243a c87890 f4c8c4 8c8874",
        "night 101a38 22346a 3c5688 7890b4 f4f0e4 4a5c88 0e1428 6a5c86 b4a0c0 2c3c54",
    ]),
);
pub(super) static SUMMER: Scene = avenue(
    "avenue-summer",
    &["Green avenue", "Shade", "The green tunnel"],
    Weather::Summer,
    leafy,
    &Palette::all([
        "day 6cb0d4 a4d0dc d4e8d8 f6f4dc fffff0 a4c09c 2c3a28 3f6f3c 9cbc5c a8b070",
        "dawn 98a8c8 c8c4d0 f0d8c0 fdecc8 fffae8 b4b898 2c3430 4c6c4c a8b868 98a078",
        "dusk 50588a a07888 eca070 fccf88 fff0c0 a08868 242420 4c5430 b89848 847848",
        "night 0c1830 1a3058 34547c 6c90a8 f0f0dc 3c5c78 0a1420 1c3c40 4c7468 20343c",
    ]),
);
pub(super) static AUTUMN: Scene = avenue(
    "avenue-autumn",
    &["Golden avenue", "Fallen leaves", "The golden road"],
    Weather::Autumn,
    leafy,
    &Palette::all([
        "day 8cb0c0 b8ccc8 e0dcc4 f8eccc fffae4 c8b088 3c2a24 b85c2c e8a83c b88c50",
        "dawn a0a4b8 ccbcb8 f0d0b0 fbe4c0 fff6dc c4a890 382c30 a8502c e49c44 a07c58",
        "dusk 5c4c6c a0645c e8905c fbc87c ffecb8 a87858 2c1c20 94381c dc8430 845440",
        "night 10182c 243450 445870 8494a0 f4ecd8 54607a 10121c 5c3428 a87040 342c30",
    ]),
);
pub(super) static WINTER: Scene = avenue(
    "avenue-winter",
    &["White avenue", "Bare trees", "The white road"],
    Weather::Snow,
    bare,
    &Palette::all([
        "day 98b4c8 bccfdc dde6ea f4f4f0 ffffff bccad4 3c4854 a4b4c4 dce6ec eef2f4",
        "dawn a4acc8 ccc4d4 f0d4cc fce8d8 fffaf0 c4bccc 3c4054 a8a8c0 e4dce4 f4ece8",
        "dusk 545888 9878a0 e4a494 fcd0a8 fff0d0 a08ca8 2a2a44 8480a8 d4c4d0 e4d0d0",
        "night 0c1632 1c305c 36548a 7090b8 f4f2e4 486494 0c1630 3c5484 9cb0d0 a4b8d8",
    ]),
);

fn blossoming(svg: &mut Svg, palette: &Palette, dice: &mut Dice) {
    svg.shows("blossoms");
    trees(svg, palette, dice, false);
}

fn leafy(svg: &mut Svg, palette: &Palette, dice: &mut Dice) {
    svg.shows("leaves");
    trees(svg, palette, dice, false);
}

fn bare(svg: &mut Svg, palette: &Palette, dice: &mut Dice) {
    svg.shows("snow");
    svg.shows("bare trees");
    trees(svg, palette, dice, true);
}

/// Paints a path between two rows of trees.
fn trees(svg: &mut Svg, palette: &Palette, dice: &mut Dice, bare: bool) {
    svg.shows("avenue");
    svg.shows("trees");
    svg.shows("road");
    light::sky(svg, palette, dice, HORIZON + 40.0);
    light::night_stars(svg, palette, dice, 150, HORIZON - 100.0);
    let side = dice.side();
    let eye = 800.0 + dice.about(0.0, 50.0);
    let sun = (
        eye + side * dice.between(0.0, 30.0),
        HORIZON - dice.between(40.0, 110.0),
    );
    light::sun(svg, palette, sun, dice.between(40.0, 58.0));
    wood(svg, palette, dice);
    let [shade, bright, ground] = palette.accents;
    let stops = [
        (0.0, ground.mix(palette.haze(), 0.6)),
        (0.3, ground),
        (1.0, ground.mix(palette.near, 0.4)),
    ];
    svg.below(HORIZON, &stops);
    let tread = ground.mix(palette.light, 0.4);
    let paint = svg.fall(
        HORIZON,
        HEIGHT,
        &[
            (0.0, tread.mix(palette.haze(), 0.5)),
            (1.0, tread.mix(palette.near, 0.25)),
        ],
    );
    let edge = |aside: f64| on_ground(eye, aside, 0.0);
    svg.fill(
        &Path::at((eye, HORIZON))
            .line(edge(330.0))
            .line(edge(-330.0))
            .close(),
        paint,
    );
    litter(svg, palette, dice, eye);
    for i in (0..8).rev() {
        let far = distance(0.2 + f64::from(i) * 0.45);
        for side in [-1.0, 1.0] {
            let tones = [shade, shade.mix(bright, 0.55), bright]
                .map(|color| color.mix(palette.haze(), 0.75 * far * far));
            tree(svg, palette, dice, (eye, side), far, (tones, bare));
        }
    }
}

/// Paints a far line of woods at the horizon.
fn wood(svg: &mut Svg, palette: &Palette, dice: &mut Dice) {
    let land = Terrain::rolling(dice, HORIZON - 34.0, 16.0, 3.4);
    let color = palette.far.mix(palette.accents[0], 0.25);
    let colors = (color.mix(palette.haze(), 0.4), palette.haze());
    terrain::layer(
        svg,
        &land.ground(),
        colors,
        (HORIZON - 60.0, HORIZON + 30.0),
    );
}

/// Paints leaves, blossoms or tufts on the ground.
fn litter(svg: &mut Svg, palette: &Palette, dice: &mut Dice, eye: f64) {
    for (color, width) in [(palette.accents[1], 1.0), (palette.accents[0], 0.8)] {
        for (from, to, size) in [(0.0, 0.3, 7.0), (0.3, 0.6, 4.5), (0.6, 0.85, 2.5)] {
            let mut path = Path::default();
            for _ in 0..50 {
                let far = dice.between(from, to);
                let (x, y) = on_ground(eye, dice.between(-1500.0, 1500.0), far);
                path = path.stripe((x, y), (size * (1.0 - far), 0.0));
            }
            svg.stroke(&path, size * width, color.fade(0.75));
        }
    }
}

/// Paints a tree of the avenue, `far` away on one side.
fn tree(
    svg: &mut Svg,
    palette: &Palette,
    dice: &mut Dice,
    (eye, side): (f64, f64),
    far: f64,
    (tones, bare): ([Color; 3], bool),
) {
    let near = 1.0 - far;
    let (x, foot) = on_ground(eye, side * dice.about(590.0, 25.0), far);
    let bark = palette.near.mix(palette.haze(), 0.7 * far);
    let top = foot - 640.0 * near;
    let trunk = foliage::trunk(
        Path::default(),
        (x, foot),
        (38.0 * near, -side * 30.0 * near),
        top,
    );
    svg.ellipse(
        (x, foot + 4.0 * near),
        (150.0 * near, 14.0 * near),
        palette.near.fade(0.22),
    );
    svg.fill(&trunk, bark);
    let twigs_per_bough = match (bare, far < 0.5) {
        (true, true) => 5,
        (true, false) => 2,
        _ => 0,
    };
    let (mut boughs, mut twigs) = (Path::default(), Path::default());
    // A leafy tree far off hides its boughs.
    let count = if bare || far < 0.6 { BOUGHS.len() } else { 0 };
    for (dx, up, from) in BOUGHS.into_iter().take(count) {
        let dx = if bare { dx } else { dx * 0.7 };
        let start = (x - side * 12.0 * near, foot - from * near);
        let end = (x + dice.about(dx, 30.0) * near, foot - up * near);
        let bow = (x + dx * 0.3 * near, foot - (from + up) * 0.54 * near);
        boughs = boughs.hop(start).bend(bow, end);
        for _ in 0..twigs_per_bough {
            let share = dice.between(0.35, 1.0);
            let at = (
                bow.0 + (end.0 - bow.0) * share,
                bow.1 + (end.1 - bow.1) * share,
            );
            let reach = (
                dice.about(dx * 0.3, 90.0) * near,
                dice.between(-190.0, -60.0) * near,
            );
            let tip = (at.0 + reach.0, at.1 + reach.1);
            twigs = twigs
                .hop(at)
                .bend((at.0 + reach.0 * 0.3, at.1 + reach.1 * 0.6), tip);
        }
    }
    svg.stroke(&boughs, if bare { 8.0 * near } else { 12.0 * near }, bark);
    svg.stroke(&twigs, 3.0 * near, bark);
    if !bare {
        let middle = (x - side * 60.0 * near, foot - 770.0 * near);
        foliage::crown(
            svg,
            dice,
            middle,
            (350.0 * near, 310.0 * near),
            (tones, -side),
        );
    }
}

/// The boughs of a tree: how far each reaches aside, how high, and the height that it grows from.
const BOUGHS: [(f64, f64, f64); 6] = [
    (-250.0, 700.0, 320.0),
    (-150.0, 860.0, 400.0),
    (-20.0, 950.0, 520.0),
    (90.0, 920.0, 440.0),
    (200.0, 800.0, 350.0),
    (290.0, 660.0, 300.0),
];
