//! Cut paper in long waves, sheet over sheet, each with its soft shadow, around a disc.

use super::{
    dice::{Dice, sine},
    light,
    palette::{BLACK, Color, Hour, Palette, WHITE},
    path::Path,
    scene::{Scene, Setting},
    svg::{HEIGHT, Svg, WIDTH},
    terrain,
};

/// The kind of scene. The sheets' colours are sky, accents and near, from back to front.
pub(super) static SCENE: Scene = Scene {
    slug: "waves",
    titles: &[
        "Paper waves",
        "Slow movement",
        "Undertow",
        "Nine sheets",
        "Adagio",
    ],
    setting: Setting::Indoors,
    native: None,
    palettes: &Palette::all([
        "dawn fdeee0 fbdcc4 f6bf9f ee9a82 fffaf0 d9736e 3a2850 c4586a 94476e 5f3866",
        "day f1f3e6 d5e5d6 a9d0c4 76b5b2 fffdf2 4a969f 0e2f4a 2f7a8f 215f7c 174766",
        "dusk fce3b4 f9c784 f2a065 e4735a ffffee c9515a 1d1838 9c3d62 6a3162 412750",
        "night 1a1f45 23295a 2d3a75 3a5290 fdf0d0 4a6fa8 0a0d22 2b4c7e 1d3462 131f44",
        "day f6efe2 eadcc4 d8c39e c3a67c fffaf0 a68a6a 2b2a28 8c7a64 6a6358 484741",
    ]),
    vignette: 0.15,
    paint,
};

fn paint(svg: &mut Svg, palette: &Palette, dice: &mut Dice) {
    let back = svg.down(&[(0.0, palette.sky[0].tint(0.15)), (1.0, palette.sky[1])]);
    svg.flood(back);
    disc(svg, palette, dice);
    let tilt = dice.side() * dice.between(90.0, 250.0);
    let phase = dice.between(0.0, 1.0);
    let drift = dice.side() * dice.between(0.09, 0.16);
    for (i, color) in sheets(palette).into_iter().enumerate() {
        let near = i as f64 / 8.0;
        let wave = Wave {
            base: 330.0 + 560.0 * near,
            tilt: tilt * (1.0 - 0.75 * near),
            swell: 52.0 + 26.0 * sine(near * 1.3 + phase),
            phase: phase + drift * i as f64 + dice.between(-0.03, 0.03),
        };
        sheet(svg, &wave, color);
    }
}

/// Paints a disc, bright on dark paper and coloured on pale paper.
fn disc(svg: &mut Svg, palette: &Palette, dice: &mut Dice) {
    let at = dice.pair((690.0, 910.0), (270.0, 350.0));
    light::glow(svg, at, 420.0, palette.light);
    let warm = palette.sky[3].mix(palette.sky[2], 0.35);
    let color = match palette.hour {
        Hour::Night => palette.light,
        _ => warm,
    };
    let face = svg.down(&[(0.0, color), (1.0, color.mix(palette.light, 0.3))]);
    svg.circle(at, dice.between(95.0, 145.0), face);
}

/// The sheets' colours from back to front.
fn sheets(palette: &Palette) -> Vec<Color> {
    let Palette { far, near, .. } = *palette;
    let front = [palette.accents[2].mix(near, 0.55), near];
    [&palette.sky[1..], &[far], &palette.accents, &front].concat()
}

/// The upper edge of a sheet.
struct Wave {
    base: f64,
    tilt: f64,
    swell: f64,
    phase: f64,
}

impl Wave {
    fn line(&self) -> Path {
        Path::plot(16, |i| {
            let across = i / 16.0;
            let (long, short) = (across * 1.35 + self.phase, across * 2.9 - self.phase * 1.7);
            let swing = sine(long) + 0.32 * sine(short);
            let y = self.base + self.tilt * (across - 0.5) + self.swell * swing;
            (across * (WIDTH + 80.0) - 40.0, y)
        })
    }
}

fn sheet(svg: &mut Svg, wave: &Wave, color: Color) {
    let line = wave.line();
    svg.shows("sheet");
    for (width, opacity) in [(40.0, 0.04), (23.0, 0.05), (9.0, 0.08)] {
        svg.stroke(&line, width, BLACK.fade(opacity));
    }
    let body = line.clone().down_to(HEIGHT + 10.0, (-40.0, WIDTH + 40.0));
    let colors = (color.tint(0.1), color.shade(0.1));
    terrain::layer(svg, &body, colors, (wave.base - 130.0, wave.base + 210.0));
    svg.stroke(&line, 1.6, WHITE.fade(0.28));
}
