//! A wood of birches: white stems close by, and leaves in the colours of the season.

use super::{
    dice::{Dice, sine},
    foliage, light,
    palette::{Color, Palette},
    path::Path,
    scene::{Scene, Setting},
    svg::{HEIGHT, Svg, WIDTH},
    terrain::{self, Terrain},
    weather::Weather,
};

/// The palettes' accents are leaves in the shade and in the light, and the bark.
pub(super) static AUTUMN: Scene = Scene {
    slug: "birches-autumn",
    titles: &["Birches", "Golden birches", "White stems", "Leaves fall"],
    setting: Setting::Outdoors,
    native: Some(Weather::Autumn),
    palettes: &Palette::all([
        "day a4bcc0 ccd0bc ece0bc faf0d0 fffae4 d8b878 3c2c20 c87424 f0b848 f4efe4",
        "dawn b0b0bc d8c4b4 f4d8b0 fce8c8 fff6dc d4ac84 3c2c2c b8602c eca44c f4ece4",
        "dusk 64506c a86c60 ec9c60 fccc84 ffecb8 b87c54 2c1c1e 9c4420 e48c34 f0dcc8",
        "night 0e182c 22344e 3c5468 788c9c f4ecd8 54647a 0c1018 6c4428 b4804c a8b0bc",
    ]),
    vignette: 0.26,
    paint,
};

pub(super) static SUMMER: Scene = Scene {
    slug: "birches-summer",
    titles: &[
        "Birches",
        "Green shade",
        "White stems",
        "Light through leaves",
    ],
    setting: Setting::Outdoors,
    native: Some(Weather::Summer),
    palettes: &Palette::all([
        "day 8cc0c8 b8d8c8 dcead0 f4f6dc fffff0 a4c494 24382a 4c8c44 a8cc64 f4f4ea",
        "dawn a0b4c0 c8ccc0 ecdcc0 faeccc fffae8 a8b890 2c3a34 5c8450 b0bc6c f2eee4",
        "dusk 505878 988078 e8a870 fad090 fff0c4 94906c 20241e 4c5c2c b4a84c ece0cc",
        "night 0c1830 1c3450 345870 6c8ca0 f0f2e0 3c6070 08121a 1c4440 4c7c68 9cb0b8",
    ]),
    vignette: 0.26,
    paint,
};

const ROWS: u32 = 3;

fn paint(svg: &mut Svg, palette: &Palette, dice: &mut Dice) {
    svg.shows("birches");
    svg.shows("leaves");
    svg.shows("trunks");
    light::sky(svg, palette, dice, 780.0);
    light::night_stars(svg, palette, dice, 90, 380.0);
    let side = dice.side();
    let sun = (
        800.0 + side * dice.between(20.0, 260.0),
        dice.between(430.0, 540.0),
    );
    light::sun(svg, palette, sun, dice.between(50.0, 70.0));
    for row in 0..ROWS {
        stand(svg, palette, dice, row, side);
    }
    ground(svg, palette, dice);
    for (aside, wide) in [
        (-640.0, 30.0),
        (-330.0, 23.0),
        (-120.0, 17.0),
        (190.0, 26.0),
        (420.0, 20.0),
        (690.0, 32.0),
    ] {
        let x = 800.0 + side * dice.about(aside, 46.0);
        let foot = dice.between(885.0, 960.0);
        birch(svg, palette, dice, (x, foot), wide, side);
    }
    canopy(svg, palette, dice, side);
    falling(svg, palette, dice);
}

/// The leaves' three tones, paler with distance.
fn tones(palette: &Palette, air: f64) -> [Color; 3] {
    let [shade, bright, _] = palette.accents;
    [shade, shade.mix(bright, 0.55), bright].map(|color| color.mix(palette.haze(), air))
}

/// Paints a row of stems far off with their crowns.
fn stand(svg: &mut Svg, palette: &Palette, dice: &mut Dice, row: u32, side: f64) {
    let near = f64::from(row) / f64::from(ROWS);
    let air = 0.8 - 0.6 * near;
    let land = Terrain::rolling(dice, 640.0 + 170.0 * near, 16.0, 1.3);
    let color = palette
        .far
        .mix(palette.accents[0], 0.3 + 0.3 * near)
        .mix(palette.haze(), air * 0.8);
    terrain::layer(
        svg,
        &land.ground(),
        (color, color.mix(palette.haze(), 0.2)),
        (620.0 + 170.0 * near, 860.0),
    );
    let step = 64.0 + 90.0 * near;
    let tall = 250.0 + 330.0 * near;
    let (mut x, mut stems) = (-30.0, Path::default());
    while x < WIDTH + 30.0 {
        let top = land.at(x) - tall * dice.between(0.8, 1.15);
        let size = (3.0 + 7.0 * near, dice.about(0.0, 14.0));
        stems = foliage::trunk(stems, (x, land.at(x) + 5.0), size, top);
        x += step * dice.between(0.6, 1.7);
    }
    let bark = palette.accents[2]
        .mix(palette.far, 0.25)
        .mix(palette.haze(), air);
    svg.fill(&stems, bark);
    let size = 36.0 + 40.0 * near;
    for (i, color) in tones(palette, air).into_iter().enumerate() {
        let (lift, width) = (i as f64 * size * 0.3, size * (1.0 - 0.28 * i as f64));
        let dab = |_| {
            let (x, spread) = (dice.between(-40.0, WIDTH + 40.0), dice.about(0.0, 1.0));
            let clump = 0.6 + 0.4 * sine(x / 330.0 + near * 1.7);
            let y = land.at(x) - tall * 0.95 - lift + spread * tall * 0.24 * clump;
            (x.round() + side * lift * 0.5, y.round())
        };
        let path = Path::dots((0..62).map(dab));
        svg.stroke(&path, width, color);
    }
}

fn ground(svg: &mut Svg, palette: &Palette, dice: &mut Dice) {
    let [shade, bright, _] = palette.accents;
    let land = Terrain::rolling(dice, 842.0, 14.0, 1.1);
    let soil = shade.mix(palette.near, 0.4);
    terrain::layer(
        svg,
        &land.ground(),
        (soil.mix(palette.haze(), 0.25), palette.near),
        (830.0, HEIGHT),
    );
    for (color, width) in [(shade, 5.0), (bright, 4.0), (bright.mix(shade, 0.4), 7.0)] {
        let mut path = Path::default();
        for _ in 0..46 {
            let at = dice.pair((0.0, WIDTH), (858.0, 1000.0));
            path = path.stripe(at, (dice.between(1.0, 7.0), dice.about(0.0, 2.0)));
        }
        svg.stroke(&path, width, color.fade(0.7));
    }
}

/// Paints a birch close by: a white stem that rises out of the picture, with dark marks on its bark.
fn birch(
    svg: &mut Svg,
    palette: &Palette,
    dice: &mut Dice,
    (x, foot): (f64, f64),
    wide: f64,
    side: f64,
) {
    let bark = palette.accents[2];
    let lean = dice.about(0.0, 26.0);
    svg.ellipse((x, foot + 3.0), (wide * 3.4, 9.0), palette.near.fade(0.4));
    let stem = foliage::trunk(Path::default(), (x, foot), (wide, lean), -260.0);
    let shade = bark.mix(palette.far, 0.5).mix(palette.near, 0.3);
    let (left, right) = if side < 0.0 {
        (bark, shade)
    } else {
        (shade, bark)
    };
    let paint = svg.between(
        (x - wide * 0.6, 0.0),
        (x + wide * 0.6, 0.0),
        &[(0.0, left), (0.55, bark.mix(shade, 0.3)), (1.0, right)],
    );
    svg.fill(&stem, paint);
    let mut marks = Path::default();
    for _ in 0..17 {
        let y = dice.between(-10.0, foot - 20.0);
        let along = (foot - y) / (foot + 260.0);
        let half = wide * 0.5 * (1.0 - 0.6 * along);
        let middle = x + lean * along;
        let from = dice.between(-0.9, 0.3);
        path_mark(
            &mut marks,
            (middle + from * half, y),
            half * dice.between(0.3, 0.9),
        );
    }
    svg.stroke(&marks, wide * 0.12, palette.near.fade(0.75));
    let roots = (x - wide * 2.2, x + wide * 2.2);
    foliage::grass(
        svg,
        dice,
        18,
        (roots, (foot + 3.0, foot + 14.0)),
        palette.near.mix(palette.accents[0], 0.35),
    );
}

fn path_mark(marks: &mut Path, from: (f64, f64), length: f64) {
    *marks = std::mem::take(marks).stripe(from, (length, 0.0));
}

/// Paints boughs full of leaves that hang into the picture from above.
fn canopy(svg: &mut Svg, palette: &Palette, dice: &mut Dice, side: f64) {
    for (x, y, wide, tall) in [
        (90.0, 60.0, 330.0, 190.0),
        (420.0, -10.0, 260.0, 130.0),
        (720.0, -30.0, 230.0, 120.0),
        (1130.0, 0.0, 290.0, 150.0),
        (1500.0, 70.0, 320.0, 200.0),
    ] {
        let at = (dice.about(x, 50.0), dice.about(y, 24.0));
        foliage::crown(svg, dice, at, (wide, tall), (tones(palette, 0.0), side));
    }
}

/// Paints leaves in the air.
fn falling(svg: &mut Svg, palette: &Palette, dice: &mut Dice) {
    let mut path = Path::default();
    for _ in 0..26 {
        let at = dice.pair((0.0, WIDTH), (200.0, 860.0));
        path = path.stripe(at, (dice.about(0.0, 8.0), dice.between(2.0, 6.0)));
    }
    svg.stroke(&path, 7.0, palette.accents[1].fade(0.85));
}
