//! Hot-air balloons over a valley: one close by, the others small with distance, banks of cloud below.

use super::{
    dice::Dice,
    light,
    number::Point,
    palette::{BLACK, Color, Palette},
    path::Path,
    scene::{Scene, Setting},
    svg::Svg,
    terrain::{self, Terrain},
};

/// The kind of scene. The palettes' accents are the envelopes' three colours.
pub(super) static SCENE: Scene = Scene {
    slug: "balloons",
    titles: &[
        "Balloons",
        "Ascent",
        "Drifting over the valley",
        "Light airs",
        "Light winds",
    ],
    setting: Setting::Outdoors,
    native: None,
    palettes: &Palette::all([
        "dawn 7f94c2 b9b4d2 f2c6bb fde4c6 fffaee b1a5bf 3f4468 d9573f f3b04d f7ead6",
        "day 3f8fc6 7fbbdd c0e0e8 f2f3e6 ffffff a2c2c6 2d5a58 d64b3c f5bd4a f8f3e6",
        "dusk 33305e 87517d ea8268 ffc882 fff0c6 94658a 241c40 b83b4a f29d4b f6dcc0",
        "dusk 275566 62969a eac08f fce2b4 fff8e0 8fa59c 1d3a40 c7553a e8a54a f5e6cc",
    ]),
    vignette: 0.22,
    paint,
};

fn paint(svg: &mut Svg, palette: &Palette, dice: &mut Dice) {
    light::sky(svg, palette, dice, 780.0);
    let side = dice.side();
    let sun = dice.beside(-side, (120.0, 210.0), (430.0, 560.0));
    light::sun(svg, palette, sun, dice.between(40.0, 60.0));
    let cloud = palette.light.mix(palette.sky[3], 0.4);
    light::streaks(svg, dice, 7, (220.0, 560.0), cloud);
    svg.shows("valley");
    hills(svg, palette, dice, &[(0.05, 725.0), (0.28, 775.0)]);
    swarm(svg, palette, dice, side);
    light::mist(svg, 800.0, 170.0, palette.haze().fade(0.65));
    hills(svg, palette, dice, &[(0.58, 850.0), (0.95, 925.0)]);
    let at = dice.beside(side, (10.0, 90.0), (350.0, 400.0));
    balloon(svg, palette, dice, at, (1.0, side));
}

/// Paints the balloons far off, and a larger balloon between them and the foremost.
fn swarm(svg: &mut Svg, palette: &Palette, dice: &mut Dice, side: f64) {
    let far = [
        (230.0, 330.0),
        (470.0, 470.0),
        (1120.0, 420.0),
        (1370.0, 280.0),
        (1500.0, 560.0),
        (90.0, 600.0),
    ];
    for (x, y) in far {
        if dice.chance(0.75) {
            let at = dice.pair((x - 60.0, x + 60.0), (y - 60.0, y + 60.0));
            let scale = dice.between(0.16, 0.34);
            balloon(svg, palette, dice, at, (scale, side));
        }
    }
    let at = dice.beside(-side, (130.0, 190.0), (560.0, 640.0));
    balloon(svg, palette, dice, at, (0.42, side));
}

fn hills(svg: &mut Svg, palette: &Palette, dice: &mut Dice, layers: &[(f64, f64)]) {
    for &(depth, base) in layers {
        let count = dice.between(1.0, 1.8);
        let land = Terrain::rolling(dice, base, 34.0, count);
        let color = palette.depth(depth);
        let haze = color.mix(palette.haze(), 0.55 * (1.0 - depth));
        let heights = (base - 40.0, base + 130.0);
        terrain::layer(svg, &land.ground(), (color, haze), heights);
    }
}

/// Paints a balloon with the middle of its envelope at `at`. At a scale of 1 it is 330 wide; a smaller balloon is
/// paler. The shade is on the right (`side` is 1) or on the left (−1).
pub(super) fn balloon(
    svg: &mut Svg,
    palette: &Palette,
    dice: &mut Dice,
    at: Point,
    (scale, side): (f64, f64),
) {
    svg.shows("balloons");
    let air = 0.55 * (1.0 - scale);
    let fade = |color: Color| color.mix(palette.sky[2], air);
    let [red, gold, cream] = palette.accents;
    let grounds = [red, cream, gold, red, cream].into_iter();
    let pairs: Vec<_> = grounds.zip([cream, red, red, gold, gold]).collect();
    let (ground, band) = dice.pick(&pairs);
    let colors = (fade(palette.near), fade(gold.shade(0.45)));
    basket(svg, at, scale, colors);
    let outline = gore(Path::default(), at, scale, (1.0, -1.0));
    svg.fill(&outline, fade(ground));
    for (outer, inner) in [(0.84, 0.56), (0.28, 0.0)] {
        svg.fill(&ring(at, scale, outer, inner), fade(band));
    }
    if dice.chance(0.6) {
        let clip = svg.clip(&outline);
        let top = at.1 + dice.between(-10.0, 30.0) * scale;
        let corner = (at.0 - 180.0 * scale, top);
        let size = (360.0 * scale, 44.0 * scale);
        svg.clipped(clip, |svg| svg.rect(corner, size, fade(gold.mix(red, 0.2))));
    }
    let (light, shade) = (palette.light, BLACK);
    let stops = [
        (0.0, light.fade(0.42)),
        (0.38, light.fade(0.0)),
        (0.6, shade.fade(0.04)),
        (1.0, shade.fade(0.42)),
    ];
    let paint = svg.ball(0.5 - side * 0.22, &stops);
    svg.fill(&outline, paint);
}

/// The cloth of an envelope between two seams. A seam is a share of the envelope's half width: −1 is the left edge and
/// 1 the right edge.
fn gore(path: Path, (x, y): Point, scale: f64, (down, up): (f64, f64)) -> Path {
    let on = |seam: f64| move |dx: f64, dy: f64| (x + dx * seam * scale, y + dy * scale);
    let (out, back) = (on(down), on(up));
    let crown = (x, y - 180.0 * scale);
    path.hop(crown)
        .curve(out(92.0, -180.0), out(165.0, -106.0), out(165.0, -12.0))
        .curve(out(165.0, 84.0), out(70.0, 130.0), out(26.0, 212.0))
        .line(back(26.0, 212.0))
        .curve(back(70.0, 130.0), back(165.0, 84.0), back(165.0, -12.0))
        .curve(back(165.0, -106.0), back(92.0, -180.0), crown)
        .close()
}

/// The cloth between two seams on the right half, and the same on the left.
fn ring(at: Point, scale: f64, outer: f64, inner: f64) -> Path {
    [-1.0, 1.0].into_iter().fold(Path::default(), |path, half| {
        gore(path, at, scale, (half * outer, half * inner))
    })
}

fn basket(svg: &mut Svg, (x, y): Point, scale: f64, (rope, wicker): (Color, Color)) {
    let on = |dx: f64, dy: f64| (x + dx * scale, y + dy * scale);
    let mut ropes = Path::default();
    for (above, below) in [(-26.0, -17.0), (-9.0, -6.0), (9.0, 6.0), (26.0, 17.0)] {
        ropes = ropes.hop(on(above, 210.0)).line(on(below, 266.0));
    }
    svg.stroke(&ropes, 1.8 * scale, rope);
    let paint = svg.across(&[(0.0, wicker.tint(0.12)), (1.0, wicker.shade(0.35))]);
    let (left, right) = (on(-20.0, 262.0), on(20.0, 262.0));
    let body = Path::polygon(&[left, right, on(17.0, 294.0), on(-17.0, 294.0)]);
    svg.fill(&body, paint);
    svg.stroke(&Path::at(left).line(right), 4.0 * scale, rope);
}
