//! A wood in mist: rows of conifers that pale with distance, a low sun, tall trunks close by.

use super::{
    dice::Dice,
    foliage, light,
    palette::Palette,
    path::Path,
    scene::{Scene, Setting},
    svg::{HEIGHT, Svg, WIDTH},
    terrain::{self, Terrain},
};

/// The kind of scene. The palettes' accents are the mist, the ground and the trunks in front.
pub(super) static SCENE: Scene = Scene {
    slug: "forest-mist",
    titles: &[
        "Firs",
        "The silent wood",
        "A clearing",
        "Rows of firs",
        "Tall trunks",
    ],
    setting: Setting::Outdoors,
    native: None,
    palettes: &Palette::all([
        "dawn b9c9c4 d3dcd0 ece6d2 f8ecd4 fffbee bccbc2 16302d eef0e2 3c5a4c 0c1f1f",
        "day 9fb9ae bfd0bd dee2c8 f2eed6 ffffff aec5b2 1b3a2a eef2dc 476640 0f2619",
        "dusk 8a6f74 c99a80 f0c08a fbdca6 fff2d0 d2a184 2f1c22 fbdfb4 6d3c30 1c0f15",
        "night 0c1a2a 1a3144 34536a 6c8ca0 eff4ea 5a7c92 081420 86a3b2 172c3c 040b14",
        "dusk 6d7da0 a99bb0 e3b9ac f7d9bc fff3de b2a4b4 222742 f3dccb 4a4560 141730",
    ]),
    vignette: 0.25,
    paint,
};

const ROWS: u32 = 6;

fn paint(svg: &mut Svg, palette: &Palette, dice: &mut Dice) {
    svg.shows("firs");
    svg.shows("trunks");
    svg.shows("clearing");
    light::sky(svg, palette, dice, 760.0);
    light::night_stars(svg, palette, dice, 140, 480.0);
    let sun = (dice.about(800.0, 230.0), dice.between(290.0, 430.0));
    light::sun(svg, palette, sun, dice.between(48.0, 74.0));
    let slope = dice.side() * dice.between(0.0, 130.0);
    for row in 0..ROWS {
        firs(svg, palette, dice, row, slope);
    }
    ground(svg, palette, dice);
    trunks(svg, palette, dice);
}

/// Paints a row of firs. A nearer row is larger and darker, and its clearing in the middle is wider.
fn firs(svg: &mut Svg, palette: &Palette, dice: &mut Dice, row: u32, slope: f64) {
    let depth = f64::from(row) / f64::from(ROWS);
    let base = 500.0 + 330.0 * depth;
    let size = 70.0 + 250.0 * depth;
    let clearing = 30.0 + 230.0 * depth * depth;
    let hill = Terrain::rolling(dice, base, 34.0, 1.2)
        .raised(|x| slope * (1.0 - depth) * (x / WIDTH - 0.5));
    let mut path = hill.ground();
    let mut x = -40.0;
    while x < WIDTH + 40.0 {
        let height = size * dice.between(0.6, 1.15);
        let middle = (x - 800.0).abs() < clearing;
        if !middle || dice.chance(0.25) {
            let height = if middle { height * 0.4 } else { height };
            path = terrain::conifer(path, dice, (x, hill.at(x) + 12.0), height);
        }
        x += size * dice.between(0.22, 0.54);
    }
    let color = palette.depth(depth * 0.82 + 0.06);
    let mist = palette.accents[0];
    let colors = (color, color.mix(mist, 0.9 - 0.35 * depth));
    terrain::layer(svg, &path, colors, (base - size * 0.5, base + 95.0));
    light::mist(svg, base + 62.0, 130.0, mist.fade(0.45 - 0.3 * depth));
}

fn ground(svg: &mut Svg, palette: &Palette, dice: &mut Dice) {
    let [mist, soil, front] = palette.accents;
    let land = Terrain::rolling(dice, 868.0, 18.0, 1.1);
    let colors = (soil.mix(mist, 0.3), front);
    terrain::layer(svg, &land.ground(), colors, (850.0, HEIGHT));
    let blades = front.mix(soil, 0.35).fade(0.7);
    foliage::grass(svg, dice, 110, ((0.0, WIDTH), (890.0, 1010.0)), blades);
}

/// Paints dark trunks that rise out of the picture to either side of the middle.
fn trunks(svg: &mut Svg, palette: &Palette, dice: &mut Dice) {
    let color = palette.accents[2];
    let paint = svg.across(&[
        (0.0, color),
        (0.7, color.mix(palette.depth(0.5), 0.18)),
        (1.0, color),
    ]);
    let mut left_out = false;
    for place in [110.0, 395.0, 590.0, 1015.0, 1230.0, 1490.0] {
        // Two neighbours are never both left out: a single trunk in an empty sky looks forgotten.
        left_out = !left_out && dice.chance(0.3);
        if left_out {
            continue;
        }
        let x = dice.about(place, 50.0);
        let (wide, lean) = (dice.between(11.0, 26.0), dice.between(-22.0, 22.0));
        let foot = dice.between(905.0, 965.0);
        let trunk = foliage::trunk(Path::default(), (x, foot), (wide * 1.7, lean), -20.0);
        svg.ellipse((x, foot + 3.0), (wide * 6.0, 11.0), color.fade(0.35));
        svg.fill(&trunk, paint);
        branches(svg, palette, dice, (x, lean), wide);
        let roots = (x - wide * 3.4, x + wide * 3.4);
        let blades = color.mix(palette.accents[1], 0.25);
        foliage::grass(svg, dice, 20, (roots, (foot + 4.0, foot + 16.0)), blades);
    }
}

fn branches(svg: &mut Svg, palette: &Palette, dice: &mut Dice, (x, lean): (f64, f64), wide: f64) {
    let mut path = Path::default();
    for _ in 0..7 {
        let y = dice.between(40.0, 620.0);
        let at = (x + lean * (1.0 - y / HEIGHT), y);
        let reach = dice.side() * dice.between(40.0, 120.0);
        path = path.hop(at).bend(
            (at.0 + reach * 0.5, y - 4.0),
            (at.0 + reach, y + dice.between(14.0, 40.0)),
        );
    }
    svg.stroke(&path, wide * 0.2, palette.accents[2]);
}
