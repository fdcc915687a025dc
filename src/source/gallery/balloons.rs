//! Hot-air balloons over a valley: one close by, the others small with distance, banks of cloud below.

use super::{
    dice::Dice,
    number::Point,
    palette::{BLACK, Color, Palette},
    path::Path,
    scene::Scene,
    svg::Svg,
    terrain::{self, Terrain},
};

/// Accents: the envelopes' three colours.
pub(super) const SCENE: Scene = Scene {
    slug: "balloons",
    words: "balloon flight fly flying cloud airplane plane adventure travel cappadocia \
            kite journey freedom birthday ballon luftballon wolke reise fliegen nuage \
            voyage globo nube viaje world",
    titles: &[
        "Balloons",
        "Ascent",
        "Drifting over the valley",
        "Light airs",
        "Light winds",
    ],
    outdoors: true,
    palettes: &Palette::all([
        "dawn 7f94c2 b9b4d2 f2c6bb fde4c6 fffaee b1a5bf 3f4468 d9573f f3b04d f7ead6",
        "day 3f8fc6 7fbbdd c0e0e8 f2f3e6 ffffff a2c2c6 2d5a58 d64b3c f5bd4a f8f3e6",
        "dusk 33305e 87517d ea8268 ffc882 fff0c6 94658a 241c40 b83b4a f29d4b f6dcc0",
        "dusk 275566 62969a eac08f fce2b4 fff8e0 8fa59c 1d3a40 c7553a e8a54a f5e6cc",
    ]),
    paint,
};

fn paint(svg: &mut Svg, palette: &Palette, dice: &mut Dice) {
    terrain::sky(svg, palette, 780.0);
    let side = dice.side();
    let sun = (
        800.0 - side * dice.between(120.0, 210.0),
        dice.between(430.0, 560.0),
    );
    terrain::sun(svg, palette, sun, dice.between(40.0, 60.0));
    let cloud = palette.light.mix(palette.sky[3], 0.4);
    terrain::streaks(svg, dice, 7, (220.0, 560.0), cloud);
    hills(svg, palette, dice, &[(0.05, 725.0), (0.28, 775.0)]);
    swarm(svg, palette, dice, side);
    terrain::mist(svg, 800.0, 170.0, palette.haze().fade(0.65));
    hills(svg, palette, dice, &[(0.58, 850.0), (0.95, 925.0)]);
    let at = (
        800.0 + side * dice.between(10.0, 90.0),
        dice.between(350.0, 400.0),
    );
    balloon(
        svg,
        palette,
        dice,
        &Balloon {
            at,
            scale: 1.0,
            side,
        },
    );
    terrain::vignette(svg, 0.22);
}

/// Those far off, and one between them and the foremost.
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
            let at = dice.place((x - 60.0, x + 60.0), (y - 60.0, y + 60.0));
            let scale = dice.between(0.16, 0.34);
            balloon(svg, palette, dice, &Balloon { at, scale, side });
        }
    }
    let at = (
        800.0 - side * dice.between(130.0, 190.0),
        dice.between(560.0, 640.0),
    );
    balloon(
        svg,
        palette,
        dice,
        &Balloon {
            at,
            scale: 0.42,
            side,
        },
    );
}

fn hills(svg: &mut Svg, palette: &Palette, dice: &mut Dice, layers: &[(f64, f64)]) {
    for &(depth, base) in layers {
        let count = dice.between(1.0, 1.8);
        let land = Terrain::rolling(dice, base, 34.0, count);
        let color = palette.depth(depth);
        let haze = color.mix(palette.haze(), 0.55 * (1.0 - depth));
        let paint = terrain::layer(svg, color, haze, base - 40.0, base + 130.0);
        svg.fill(&land.ground(), paint);
    }
}

struct Balloon {
    /// The middle of the envelope.
    at: Point,
    /// 1 is 330 wide.
    scale: f64,
    /// Where the shade is: right (1) or left (−1).
    side: f64,
}

/// Paler with distance.
fn balloon(svg: &mut Svg, palette: &Palette, dice: &mut Dice, balloon: &Balloon) {
    let Balloon { at, scale, side } = *balloon;
    let air = 0.55 * (1.0 - scale);
    let fade = |color: Color| color.mix(palette.sky[2], air);
    let [red, gold, cream] = palette.accents;
    let pairs = [
        (red, cream),
        (cream, red),
        (gold, red),
        (red, gold),
        (cream, gold),
    ];
    let (ground, band) = dice.pick(&pairs);
    let colors = (fade(palette.near), fade(gold.shade(0.45)));
    basket(svg, at, scale, colors);
    let outline = gore(at, scale, 1.0);
    svg.fill(&outline, fade(ground));
    for (outer, inner) in [(0.84, 0.56), (0.28, 0.0)] {
        svg.fill(&ring(at, scale, outer, inner), fade(band));
    }
    if dice.chance(0.6) {
        let clip = svg.clip(&outline);
        let corner = (
            at.0 - 180.0 * scale,
            at.1 + dice.between(-10.0, 30.0) * scale,
        );
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

/// The envelope's outline, or one of its seams: `share` of the width.
fn gore((x, y): Point, scale: f64, share: f64) -> Path {
    side_line(
        side_line(Path::at((x, y - 180.0 * scale)), (x, y), scale, share, true),
        (x, y),
        scale,
        -share,
        false,
    )
    .close()
}

fn side_line(path: Path, (x, y): Point, scale: f64, share: f64, down: bool) -> Path {
    let on = |dx: f64, dy: f64| (x + dx * share * scale, y + dy * scale);
    let mouth = 26.0;
    if down {
        path.curve(on(92.0, -180.0), on(165.0, -106.0), on(165.0, -12.0))
            .curve(on(165.0, 84.0), on(70.0, 130.0), on(mouth, 212.0))
    } else {
        path.line(on(mouth, 212.0))
            .curve(on(70.0, 130.0), on(165.0, 84.0), on(165.0, -12.0))
            .curve(on(165.0, -106.0), on(92.0, -180.0), (x, y - 180.0 * scale))
    }
}

/// The gores between two seams, on both halves.
fn ring(at: Point, scale: f64, outer: f64, inner: f64) -> Path {
    let top = (at.0, at.1 - 180.0 * scale);
    let mut path = Path::default();
    for half in [-1.0, 1.0] {
        path = side_line(path.hop(top), at, scale, half * outer, true);
        path = side_line(path, at, scale, half * inner, false).close();
    }
    path
}

fn basket(svg: &mut Svg, (x, y): Point, scale: f64, (rope, wicker): (Color, Color)) {
    let on = |dx: f64, dy: f64| (x + dx * scale, y + dy * scale);
    let mut ropes = Path::default();
    for (above, below) in [(-26.0, -17.0), (-9.0, -6.0), (9.0, 6.0), (26.0, 17.0)] {
        ropes = ropes.hop(on(above, 210.0)).line(on(below, 266.0));
    }
    svg.stroke(&ropes, 1.8 * scale, rope);
    let paint = svg.across(&[(0.0, wicker.tint(0.12)), (1.0, wicker.shade(0.35))]);
    let body = Path::lines(&[
        on(-20.0, 262.0),
        on(20.0, 262.0),
        on(17.0, 294.0),
        on(-17.0, 294.0),
    ])
    .close();
    svg.fill(&body, paint);
    svg.stroke(
        &Path::at(on(-20.0, 262.0)).line(on(20.0, 262.0)),
        4.0 * scale,
        rope,
    );
}
