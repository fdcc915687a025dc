//! Ranges behind ranges, a peak with a bright and a dark flank, trees in front, sometimes a lake.

use super::{
    dice::Dice,
    light,
    number::Point,
    palette::Palette,
    path::Path,
    scene::{Scene, Setting},
    svg::{Svg, WIDTH},
    terrain::{self, Terrain},
};

/// The kind of scene. The palettes' accents are snow in the light, snow in the shade and the trees in front.
pub(super) static SCENE: Scene = Scene {
    slug: "peak",
    titles: &[
        "High pass",
        "The far ridge",
        "Range after range",
        "The quiet valley",
        "The peak",
    ],
    setting: Setting::Outdoors,
    native: None,
    palettes: &Palette::all([
        "dawn 53628f 9a8fb4 e6b6a8 fce2c4 fff6e2 c0a5b4 2c3352 fff0e4 b59fb8 1a2038",
        "day 3d7fb0 78aed0 b9d8e2 eef3e9 ffffff a5c2cf 23485a f8fbfa a3bfd0 10303c",
        "dusk 2a2450 70406f d9736b fbbd7c ffe7ba a3677f 221a3c ffcfa8 805a80 120e24",
        "night 0a1130 172650 2f4a7a 6484ab f4f1df 50709b 0c1632 c9d6e6 4f6d98 060a1a",
        "dusk 244454 5c8a88 c5b583 f6d896 fff3cf 94a590 183038 fbeccb 7f9690 0b1c22",
    ]),
    vignette: 0.28,
    paint,
};

fn paint(svg: &mut Svg, palette: &Palette, dice: &mut Dice) {
    svg.shows("ridges");
    svg.shows("peak");
    svg.shows("valley");
    light::sky(svg, palette, dice, 640.0);
    light::night_stars(svg, palette, dice, 170, 520.0);
    let side = dice.side();
    let sun = dice.beside(-side, (110.0, 420.0), (230.0, 400.0));
    light::sun(svg, palette, sun, dice.between(32.0, 52.0));
    let cloud = palette.sky[3].mix(palette.light, 0.4);
    light::streaks(svg, dice, 5, (250.0, 470.0), cloud);
    range(svg, palette, dice, 0.0, 520.0);
    range(svg, palette, dice, 0.14, 575.0);
    massif(svg, palette, dice, side);
    range(svg, palette, dice, 0.42, 690.0);
    range(svg, palette, dice, 0.62, 760.0);
    trees(svg, palette, dice);
}

pub(super) fn range(svg: &mut Svg, palette: &Palette, dice: &mut Dice, depth: f64, base: f64) {
    let land = Terrain::rugged(dice, base, 48.0, 0.56);
    let color = palette.depth(depth);
    let haze = color.mix(palette.haze(), 0.6);
    terrain::layer(
        svg,
        &land.ground(),
        (color, haze),
        (base - 48.0, base + 170.0),
    );
}

/// The height at which all peaks end.
const FOOT: f64 = 790.0;

/// Paints a high peak, and a lower peak to either side.
pub(super) fn massif(svg: &mut Svg, palette: &Palette, dice: &mut Dice, side: f64) {
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
        peak(svg, palette, dice, summit, (side, reach, depth));
    }
}

/// Paints a peak that spreads by `reach` to either side. The right flank (`side` is 1) or the left flank (−1) is dark and
/// the other is bright. The flanks meet in a crooked spine.
fn peak(
    svg: &mut Svg,
    palette: &Palette,
    dice: &mut Dice,
    summit: Point,
    (side, reach, depth): (f64, f64, f64),
) {
    let bright = flank(dice, summit, -side * reach);
    let dark = flank(dice, summit, side * reach);
    let spine = spine(dice, summit, side);
    let rock = palette.depth(depth);
    let haze = rock.mix(palette.haze(), 0.75);
    for (flank, color, snow) in [
        (&bright, rock.mix(palette.light, 0.22), palette.accents[0]),
        (&dark, rock.shade(0.24), palette.accents[1]),
    ] {
        let outline = facet(flank, &spine);
        terrain::layer(svg, &outline, (color, haze), (summit.1, FOOT - 60.0));
        let clip = svg.clip(&outline);
        let cap = snow_cap(dice, summit, flank[flank.len() - 1].0);
        let snow = snow.mix(palette.haze(), 0.35 - depth);
        svg.clipped(clip, |svg| svg.fill(&cap, snow));
    }
}

fn flank(dice: &mut Dice, summit: Point, reach: f64) -> Vec<Point> {
    let mut points = vec![summit];
    for i in 1..=14 {
        let down = f64::from(i) / 14.0;
        let slope = down * (1.25 - 0.25 * down);
        let mut y = summit.1 + (FOOT - summit.1) * slope.min(1.0);
        if i < 14 {
            y = dice.about(y, 13.0);
        }
        points.push((summit.0 + reach * down, y));
    }
    points
}

/// The line that the two flanks meet in.
fn spine(dice: &mut Dice, summit: Point, side: f64) -> Vec<Point> {
    let mut points = vec![summit];
    let mut x = summit.0;
    for i in 1..=11 {
        x += side * zigzag(dice, i, (-22.0, -4.0), (14.0, 46.0));
        points.push((x, summit.1 + (FOOT - summit.1) * f64::from(i) / 11.0));
    }
    points
}

/// A number in the first range for an even step, in the second range for an odd step.
fn zigzag(dice: &mut Dice, step: u32, even: (f64, f64), odd: (f64, f64)) -> f64 {
    let (low, high) = if step.is_multiple_of(2) { even } else { odd };
    dice.between(low, high)
}

fn facet(flank: &[Point], spine: &[Point]) -> Path {
    let back = spine[1..].iter().rev();
    let around: Vec<Point> = flank.iter().chain(back).copied().collect();
    Path::polygon(&around)
}

/// The outline of everything above a jagged line, wide enough for any flank.
fn snow_cap(dice: &mut Dice, summit: Point, towards: f64) -> Path {
    let depth = (FOOT - summit.1) * dice.between(0.25, 0.36);
    let start = summit.0 - (towards - summit.0) * 0.3;
    let mut path = Path::at((start, summit.1 - 20.0)).line((start, summit.1 + depth));
    for i in 1..=16 {
        let x = start + (towards - start) * f64::from(i) / 16.0;
        let tooth = zigzag(dice, i, (-45.0, -8.0), (8.0, 60.0));
        path = path.line((x, summit.1 + depth + tooth));
    }
    path.line((towards, summit.1 - 20.0)).close()
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
