//! A sky full of stars, with an aurora or the Milky Way, dark land below, and one small light in it.

use super::{
    dice::{Dice, sine},
    light,
    number::{Point, Size},
    palette::{Color, Palette},
    path::Path,
    scene::{Scene, Setting},
    svg::{HEIGHT, Svg, WIDTH},
    terrain::{self, Terrain},
};

/// The kind of scene. The palettes' accents are two colours of the aurora and the light in the tent.
pub(super) static SCENE: Scene = Scene {
    slug: "night",
    titles: &[
        "High latitudes",
        "A clear night",
        "Night watch",
        "The long night",
        "Camp under the stars",
    ],
    setting: Setting::Stars,
    native: None,
    palettes: &Palette::all([
        "night 050a1c 0a1a35 123a50 2a6a70 f3f6ea 12303f 03080f 55e0a0 4fa3c9 ffb65c",
        "night 090720 1a1245 3a2568 6a4a90 f6efff 2a2050 06041a c05fd0 5f7fe8 ffc070",
        "night 040c1a 0b2138 1b4560 4f8a96 eefaf5 1c3f52 030a12 7fe8c8 a4d86a ff9d5c",
        "night 0b0d1e 1c1c3c 47305c 9a5a70 fff0e0 33284a 07060f f0718a 8a68d8 ffd080",
    ]),
    vignette: 0.35,
    paint,
};

fn paint(svg: &mut Svg, palette: &Palette, dice: &mut Dice) {
    let horizon = dice.between(610.0, 650.0);
    light::sky(svg, palette, dice, horizon);
    if dice.chance(0.7) {
        light::stars(svg, palette, dice, 360, horizon);
        curtain(svg, dice, palette.accents[1], 380.0);
        curtain(svg, dice, palette.accents[0], 490.0);
    } else {
        milky_way(svg, palette, dice);
        light::stars(svg, palette, dice, 420, horizon);
    }
    land(svg, palette, dice, horizon);
}

/// Paints rays of light above a wandering line. Each ray has its own height and fades out upwards.
fn curtain(svg: &mut Svg, dice: &mut Dice, color: Color, base: f64) {
    let ray = svg.down(&color.fading([(0.0, 0.0), (0.5, 0.14), (0.9, 0.5), (1.0, 0.0)]));
    let [slow, quick, fine] = [0; 3].map(|_| dice.between(0.0, 1.0));
    let tilt = dice.side() * dice.between(40.0, 130.0);
    for i in 0..100 {
        let across = f64::from(i) / 100.0;
        let foot = base
            + tilt * (across - 0.5)
            + 60.0 * sine(across * 1.2 + slow)
            + 24.0 * sine(across * 3.1 + quick);
        let height = 210.0
            + 90.0 * sine(across * 2.3 + fine)
            + 50.0 * sine(across * 9.0 + quick)
            + dice.between(0.0, 46.0);
        let corner = (across * WIDTH, foot - height);
        svg.rect(corner, (WIDTH / 100.0, height), ray);
    }
}

/// Paints a band of faint clouds of light across the sky, with dark lanes in it.
fn milky_way(svg: &mut Svg, palette: &Palette, dice: &mut Dice) {
    let turn = dice.side() * 56.0;
    let bright = palette.sky[3].mix(palette.light, 0.35).fade(0.22);
    let dark = palette.sky[1].fade(0.3);
    let tinted = palette.accents[0].fade(0.13);
    svg.group(&format!("transform=\"rotate({turn} 800 {BAND})\""), |svg| {
        clouds(svg, dice, (14, tinted), 120.0, (380.0, 210.0));
        clouds(svg, dice, (24, bright), 75.0, (260.0, 105.0));
        clouds(svg, dice, (16, dark), 34.0, (150.0, 22.0));
        let dust = Path::dots((0..260).map(|_| {
            let off = dice.between(-1.0, 1.0) * dice.between(0.0, 120.0);
            (dice.between(-200.0, 1800.0), BAND + off)
        }));
        svg.stroke(&dust, 1.4, palette.light.fade(0.6));
    });
}

/// The height of the Milky Way, before it is turned about its middle.
const BAND: f64 = 420.0;

/// Paints soft clouds side by side along the band, at most `spread` away from its middle.
fn clouds(svg: &mut Svg, dice: &mut Dice, (count, color): (u32, Color), spread: f64, size: Size) {
    let (thin, none) = (color.thin(0.45), color.thin(0.0));
    let paint = svg.radial(&[(0.0, color), (0.5, thin), (1.0, none)]);
    let step = 2000.0 / f64::from(count);
    for i in 0..count {
        let left = f64::from(i) * step - 200.0;
        let at = dice.pair((left, left + step), (BAND - spread, BAND + spread));
        let (wide, tall) = dice.pair((0.6, 1.2), (0.6, 1.2));
        svg.ellipse(at, (size.0 * wide, size.1 * tall), paint);
    }
}

fn land(svg: &mut Svg, palette: &Palette, dice: &mut Dice, horizon: f64) {
    let far = Terrain::rugged(dice, horizon, 42.0, 0.52);
    let haze = palette.far.mix(palette.haze(), 0.45);
    let heights = (horizon - 50.0, horizon + 110.0);
    terrain::layer(svg, &far.ground(), (palette.far, haze), heights);
    let middle = Terrain::rolling(dice, horizon + 85.0, 22.0, 1.4);
    let colors = (palette.depth(0.55), palette.depth(0.8));
    terrain::layer(svg, &middle.ground(), colors, (horizon + 60.0, HEIGHT));
    let near = Terrain::rolling(dice, horizon + 150.0, 20.0, 0.9);
    let x = dice.between(700.0, 900.0);
    let camp = (x, near.at(x) + 7.0);
    light::glow(svg, (x, camp.1 - 16.0), 190.0, palette.accents[2]);
    let colors = (palette.near, palette.depth(0.88));
    let wood = wood(dice, &near, x);
    terrain::layer(svg, &wood, colors, (horizon + 170.0, HEIGHT));
    tent(svg, palette, camp);
}

/// The outline of the ground with trees on it, except in a clearing.
fn wood(dice: &mut Dice, ground: &Terrain, clearing: f64) -> Path {
    let mut path = ground.ground();
    for _ in 0..30 {
        let (x, height) = dice.pair((-20.0, WIDTH + 20.0), (50.0, 125.0));
        if (x - clearing).abs() > 95.0 {
            path = terrain::conifer(path, dice, (x, ground.at(x) + 8.0), height);
        }
    }
    path
}

fn tent(svg: &mut Svg, palette: &Palette, (x, y): Point) {
    let warm = palette.accents[2];
    svg.shows("tent");
    let cloth = svg.radial(&[(0.0, warm.tint(0.55)), (0.6, warm), (1.0, warm.shade(0.35))]);
    let outline = Path::at((x - 48.0, y))
        .bend((x - 16.0, y - 22.0), (x - 4.0, y - 48.0))
        .bend((x + 20.0, y - 18.0), (x + 52.0, y));
    svg.fill(&outline.close(), cloth);
    let fold = Path::at((x - 4.0, y - 48.0))
        .bend((x + 4.0, y - 20.0), (x + 2.0, y))
        .line((x + 22.0, y))
        .bend((x + 8.0, y - 22.0), (x - 4.0, y - 48.0));
    svg.fill(&fold.close(), warm.shade(0.5).fade(0.55));
}
