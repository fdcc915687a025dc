//! Ranges behind ranges, a peak with a bright and a dark flank, trees in front, sometimes a lake.

use super::{
    dice::Dice,
    number::Point,
    palette::Palette,
    path::Path,
    scene::Scene,
    svg::{HEIGHT, Svg, WIDTH},
    terrain::{self, Terrain},
};

/// Accents: snow in the light, snow in the shade, the trees in front.
pub(super) const SCENE: Scene = Scene {
    slug: "mountains",
    words: "mountain hill alp peak valley landscape hiking climb himalaya lake rock berg \
            berge gebirge montagne montaña nature view volcano fuji",
    titles: &[
        "High pass",
        "The far ridge",
        "Range after range",
        "The quiet valley",
        "Above the tree line",
    ],
    outdoors: true,
    palettes: &Palette::all([
        "dawn 53628f 9a8fb4 e6b6a8 fce2c4 fff6e2 c0a5b4 2c3352 fff0e4 b59fb8 1a2038",
        "day 3d7fb0 78aed0 b9d8e2 eef3e9 ffffff a5c2cf 23485a f8fbfa a3bfd0 10303c",
        "dusk 2a2450 70406f d9736b fbbd7c ffe7ba a3677f 221a3c ffcfa8 805a80 120e24",
        "night 0a1130 172650 2f4a7a 6484ab f4f1df 50709b 0c1632 c9d6e6 4f6d98 060a1a",
        "dusk 244454 5c8a88 c5b583 f6d896 fff3cf 94a590 183038 fbeccb 7f9690 0b1c22",
    ]),
    paint,
};

fn paint(svg: &mut Svg, palette: &Palette, dice: &mut Dice) {
    terrain::sky(svg, palette, 640.0);
    if palette.is_night() {
        terrain::stars(svg, dice, 170, 520.0, palette.light);
    }
    let side = dice.side();
    let sun = (
        800.0 - side * dice.between(110.0, 190.0),
        dice.between(210.0, 330.0),
    );
    terrain::sun(svg, palette, sun, dice.between(32.0, 52.0));
    let cloud = palette.sky[3].mix(palette.light, 0.4);
    terrain::streaks(svg, dice, 5, (250.0, 470.0), cloud);
    range(svg, palette, dice, 0.0, 520.0);
    range(svg, palette, dice, 0.14, 575.0);
    massif(svg, palette, dice, side);
    range(svg, palette, dice, 0.42, 690.0);
    range(svg, palette, dice, 0.62, 760.0);
    if dice.chance(0.45) {
        lake(svg, palette, dice, sun.0);
    }
    trees(svg, palette, dice);
    terrain::vignette(svg, 0.28);
}

fn range(svg: &mut Svg, palette: &Palette, dice: &mut Dice, depth: f64, base: f64) {
    let land = Terrain::rugged(dice, base, 48.0, 0.56);
    let color = palette.depth(depth);
    let haze = color.mix(palette.haze(), 0.6);
    let paint = terrain::layer(svg, color, haze, base - 48.0, base + 170.0);
    svg.fill(&land.ground(), paint);
}

struct Peak {
    summit: Point,
    foot: f64,
    /// How far it spreads to either side.
    reach: f64,
    depth: f64,
    /// Where the shade is: right (1) or left (−1).
    side: f64,
}

/// A high one, and a lower one to either side.
fn massif(svg: &mut Svg, palette: &Palette, dice: &mut Dice, side: f64) {
    let middle = 800.0 + side * dice.between(0.0, 90.0);
    let top = dice.between(285.0, 325.0);
    for (place, lower, reach, depth) in [
        (-1.0, 130.0, 330.0, 0.16),
        (1.0, 165.0, 300.0, 0.2),
        (0.0, 0.0, 500.0, 0.34),
    ] {
        let aside = place * dice.between(230.0, 330.0);
        let summit = (middle + aside, top + lower * dice.between(0.8, 1.2));
        let reach = reach * dice.between(0.85, 1.1);
        peak(
            svg,
            palette,
            dice,
            &Peak {
                summit,
                foot: 790.0,
                reach,
                depth,
                side,
            },
        );
    }
}

/// The flank towards the sun is bright. Both fall from the summit along one crooked spine.
fn peak(svg: &mut Svg, palette: &Palette, dice: &mut Dice, peak: &Peak) {
    let Peak {
        summit,
        foot,
        reach,
        depth,
        side,
    } = *peak;
    let bright = flank(dice, summit, -side * reach, foot);
    let dark = flank(dice, summit, side * reach, foot);
    let spine = spine(dice, summit, side, foot);
    let rock = palette.depth(depth);
    let haze = rock.mix(palette.haze(), 0.75);
    for (flank, color, snow) in [
        (&bright, rock.mix(palette.light, 0.22), palette.accents[0]),
        (&dark, rock.shade(0.24), palette.accents[1]),
    ] {
        let outline = facet(flank, &spine);
        let paint = terrain::layer(svg, color, haze, summit.1, foot - 60.0);
        svg.fill(&outline, paint);
        let clip = svg.clip(&outline);
        let cap = snow_cap(dice, peak, flank[flank.len() - 1].0);
        svg.clipped(clip, |svg| {
            svg.fill(&cap, snow.mix(palette.haze(), 0.35 - depth))
        });
    }
}

fn flank(dice: &mut Dice, summit: Point, reach: f64, foot: f64) -> Vec<Point> {
    let mut points = vec![summit];
    for i in 1..=14 {
        let down = f64::from(i) / 14.0;
        let slope = down * (1.25 - 0.25 * down);
        let wobble = if i == 14 {
            0.0
        } else {
            dice.between(-13.0, 13.0)
        };
        points.push((
            summit.0 + reach * down,
            summit.1 + (foot - summit.1) * slope.min(1.0) + wobble,
        ));
    }
    points
}

fn spine(dice: &mut Dice, summit: Point, side: f64, foot: f64) -> Vec<Point> {
    let mut points = vec![summit];
    let mut x = summit.0;
    for i in 1..=11 {
        x += side
            * if i % 2 == 0 {
                dice.between(-22.0, -4.0)
            } else {
                dice.between(14.0, 46.0)
            };
        points.push((x, summit.1 + (foot - summit.1) * f64::from(i) / 11.0));
    }
    points
}

fn facet(flank: &[Point], spine: &[Point]) -> Path {
    let around: Vec<Point> = flank
        .iter()
        .chain(spine.iter().skip(1).rev())
        .copied()
        .collect();
    Path::lines(&around).close()
}

/// Everything above a jagged line, wide enough for any flank.
fn snow_cap(dice: &mut Dice, Peak { summit, foot, .. }: &Peak, towards: f64) -> Path {
    let depth = (foot - summit.1) * dice.between(0.25, 0.36);
    let start = summit.0 - (towards - summit.0) * 0.3;
    let mut path = Path::at((start, summit.1 - 20.0)).line((start, summit.1 + depth));
    for i in 1..=16 {
        let x = start + (towards - start) * f64::from(i) / 16.0;
        let tooth = if i % 2 == 0 {
            dice.between(-45.0, -8.0)
        } else {
            dice.between(8.0, 60.0)
        };
        path = path.line((x, summit.1 + depth + tooth));
    }
    path.line((towards, summit.1 - 20.0)).close()
}

fn lake(svg: &mut Svg, palette: &Palette, dice: &mut Dice, sun: f64) {
    let shore = 812.0;
    let [_, high, low, rim] = palette.sky;
    let near = palette.near;
    let stops = [
        (0.0, rim.mix(near, 0.22)),
        (0.3, low.mix(near, 0.3)),
        (1.0, high.mix(near, 0.55)),
    ];
    let paint = svg.down(&stops);
    svg.rect((0.0, shore), (WIDTH, HEIGHT - shore), paint);
    terrain::glitter(svg, dice, sun, (shore, HEIGHT), palette.light);
}

fn trees(svg: &mut Svg, palette: &Palette, dice: &mut Dice) {
    let color = palette.accents[2];
    for (share, base, size, valley) in [(0.45, 885.0, 62.0, 60.0), (0.0, 950.0, 120.0, 150.0)] {
        let ground = Terrain::rolling(dice, base + valley * 0.4, 22.0, 1.3)
            .raised(|x| valley * ((x - 800.0) / 800.0).abs() * 1.3 - valley * 0.3);
        let mut path = ground.ground();
        let mut x = -20.0;
        while x < WIDTH + 20.0 {
            let height = size * dice.between(0.5, 1.2);
            path = terrain::conifer(path, dice, (x, ground.at(x) + 6.0), height);
            x += size * dice.between(0.16, 0.62);
        }
        svg.fill(&path, color.mix(palette.depth(0.5), share));
    }
}
