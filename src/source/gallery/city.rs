//! A skyline by the water: three rows of buildings, lit windows, one tall tower, all of it reflected.

use super::{
    dice::Dice,
    light,
    palette::{Hour, Palette},
    path::Path,
    scene::{Scene, Setting},
    svg::{Svg, WIDTH},
    terrain,
};

/// The kind of scene. The palettes' accents are warm windows, cool windows and the water.
pub(super) static SCENE: Scene = Scene {
    slug: "city",
    titles: &[
        "Skyline",
        "The city across the water",
        "Lights on the river",
        "Rooftops",
        "Downtown",
    ],
    setting: Setting::Outdoors,
    native: None,
    palettes: &Palette::all([
        "night 070d24 12204a 2c3f78 6a5f96 f8f0d8 33457c 060a1a ffcf7a 9fd0ff 0c1735",
        "dusk 241f4a 6a3f76 d86a72 ffb67a ffe6b8 96608a 15122c ffd98a ffb08a 33264f",
        "dusk 17324e 3f6f86 c99f86 fbd09a fff0ca 6f8694 0d1c2c ffdf9c bfe6e4 1c4054",
        "dawn 5d78a6 a8a8c6 f0bfb4 fde2c2 fff8e8 a9a3bc 2b3352 fff0c0 dfeaf6 6c7ba4",
        "night 0d0820 2a1248 5a2668 a8487a ffe6f0 5a2f70 0a0618 ff8fb0 7fe0ff 1a0d35",
    ]),
    vignette: 0.3,
    paint,
};

const QUAY: f64 = 742.0;

fn paint(svg: &mut Svg, palette: &Palette, dice: &mut Dice) {
    light::sky(svg, palette, dice, QUAY);
    light::night_stars(svg, palette, dice, 130, 460.0);
    let sun = dice.pair((660.0, 940.0), (190.0, 400.0));
    light::sun(svg, palette, sun, dice.between(40.0, 62.0));
    let cloud = palette.sky[3].mix(palette.sky[2], 0.4);
    light::streaks(svg, dice, 6, (300.0, 560.0), cloud);
    water(svg, palette);
    svg.mirrored(QUAY, 0.62, 0.42, |svg| {
        row(svg, palette, dice, &BACK);
        row(svg, palette, dice, &MIDDLE);
        tower(svg, palette, dice);
        row(svg, palette, dice, &FRONT);
    });
    water_lights(svg, palette, dice);
    svg.shows("skyline");
    svg.shows("water");
}

fn water(svg: &mut Svg, palette: &Palette) {
    let water = palette.accents[2];
    let stops = [
        (0.0, palette.sky[2].mix(water, 0.45)),
        (0.5, water),
        (1.0, water.shade(0.35)),
    ];
    svg.below(QUAY, &stops);
}

/// A row of buildings.
struct Row {
    /// 0 is furthest away, 1 in front.
    depth: f64,
    /// The height of an average building in the middle.
    tall: f64,
    /// The least and the greatest width of a building.
    wide: (f64, f64),
    /// The share of windows with light in them.
    lit: f64,
}

const BACK: Row = Row {
    depth: 0.08,
    tall: 250.0,
    wide: (34.0, 76.0),
    lit: 0.0,
};
const MIDDLE: Row = Row {
    depth: 0.42,
    tall: 300.0,
    wide: (44.0, 92.0),
    lit: 0.26,
};
const FRONT: Row = Row {
    depth: 0.86,
    tall: 165.0,
    wide: (56.0, 120.0),
    lit: 0.34,
};

/// Paints a row of buildings side by side, higher towards the middle.
fn row(svg: &mut Svg, palette: &Palette, dice: &mut Dice, row: &Row) {
    let mut walls = Path::default();
    let mut panes = Panes::default();
    let mut x = -dice.between(10.0, 60.0).round();
    while x < WIDTH {
        let width = dice.between(row.wide.0, row.wide.1).round();
        let aside = ((x + width / 2.0 - 800.0) / 800.0).abs();
        let height = (row.tall * (1.15 - 0.6 * aside) * dice.between(0.45, 1.15)).round();
        walls = building(walls, dice, (x, width), height);
        if row.lit > 0.0 {
            panes.light(dice, (x, width), height, row.lit);
        }
        x += width;
        if dice.chance(0.25) {
            x += dice.between(3.0, 22.0).round();
        }
    }
    let color = palette.depth(row.depth);
    let foot = color.mix(palette.sky[2], 0.5 * (1.0 - row.depth));
    terrain::layer(svg, &walls, (color, foot), (QUAY - row.tall, QUAY));
    let early = palette.hour == Hour::Dawn;
    let strength = if early { 0.45 } else { 0.55 + 0.4 * row.depth };
    panes.draw(svg, palette, strength);
}

fn building(walls: Path, dice: &mut Dice, (x, width): (f64, f64), height: f64) -> Path {
    let top = QUAY - height;
    let walls = walls.block((x, top), (width, height));
    match dice.below(6) {
        0 => walls
            .block((x + width * 0.2, top - 14.0), (width * 0.6, 14.0))
            .block((x + width * 0.35, top - 24.0), (width * 0.3, 10.0)),
        1 => walls
            .hop((x, top))
            .line((x + width, top - width * 0.35))
            .line((x + width, top))
            .close(),
        2 => walls.block((x + width * 0.5, top - 38.0), (2.5, 38.0)),
        3 => walls.block((x + width * 0.15, top - 9.0), (width * 0.3, 9.0)),
        _ => walls,
    }
}

/// The lit windows of a row, by the colour of their light.
#[derive(Default)]
struct Panes {
    warm: Path,
    cool: Path,
}

impl Panes {
    /// Adds this share of the windows of one building.
    fn light(&mut self, dice: &mut Dice, (x, width): (f64, f64), height: f64, share: f64) {
        let columns = ((width - 12.0) / 11.0).floor();
        let left = (x + (width - columns * 11.0 + 5.0) / 2.0).round();
        for floor in (0..((height - 26.0) / 16.0).ceil() as u32).map(f64::from) {
            let top = QUAY - height + 12.0 + 16.0 * floor;
            for column in (0..columns as u32).map(f64::from) {
                if dice.chance(share) {
                    let panes = match dice.chance(0.72) {
                        true => &mut self.warm,
                        false => &mut self.cool,
                    };
                    panes.add_block((left + column * 11.0, top), (6.0, 8.0));
                }
            }
        }
    }

    fn draw(&self, svg: &mut Svg, palette: &Palette, strength: f64) {
        svg.fill(&self.warm, palette.accents[0].fade(strength));
        svg.fill(&self.cool, palette.accents[1].fade(strength * 0.75));
    }
}

/// Paints the tower that the eye goes to. It has steps and a spire.
fn tower(svg: &mut Svg, palette: &Palette, dice: &mut Dice) {
    let x = (800.0 + dice.side() * dice.between(20.0, 110.0)).round();
    let height = dice.between(300.0, 340.0).round();
    let step = |walls: Path, i: f64| {
        let (half, height) = (52.0 - 13.0 * i, height + 42.0 * i);
        walls.block((x - half, QUAY - height), (half * 2.0, height))
    };
    let walls = [0.0, 1.0, 2.0].into_iter().fold(Path::default(), step);
    let top = QUAY - height - 84.0;
    let tip = (x, top - 112.0);
    let walls = walls
        .hop((x - 18.0, top))
        .line(tip)
        .line((x + 18.0, top))
        .close();
    let stops = [(0.0, 0.5), (0.5, 0.62), (0.51, 0.75), (1.0, 0.82)];
    let paint = svg.across(&stops.map(|(offset, depth)| (offset, palette.depth(depth))));
    svg.fill(&walls, paint);
    let mut panes = Panes::default();
    panes.light(dice, (x - 52.0, 104.0), height, 0.42);
    panes.draw(svg, palette, 0.9);
    svg.circle(tip, 3.5, palette.accents[0]);
}

fn water_lights(svg: &mut Svg, palette: &Palette, dice: &mut Dice) {
    for (color, opacity) in [
        (palette.accents[0], 0.4),
        (palette.accents[1], 0.25),
        (palette.sky[3], 0.2),
        (palette.near, 0.4),
    ] {
        for width in [2.0, 3.5] {
            let mut path = Path::default();
            for _ in 0..30 {
                let near = dice.between(0.0, 1.0) * width / 3.5;
                path = path.dash(
                    (dice.between(-30.0, WIDTH), QUAY + 10.0 + near * 245.0),
                    dice.between(12.0, 46.0) * (0.6 + near),
                );
            }
            svg.stroke(&path, width, color.fade(opacity));
        }
    }
    svg.rect((0.0, QUAY - 3.0), (WIDTH, 6.0), palette.near);
}
