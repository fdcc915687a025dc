//! Paper cut along contour lines: sheet under sheet, down to a deep middle.

use super::{
    dice::{Dice, cosine, sine},
    number::Point,
    palette::{BLACK, Palette, WHITE},
    path::Path,
    scene::{Scene, Setting},
    svg::Svg,
};

/// The sheets' colours are sky, far, accents and near, from the outermost inwards.
pub(super) static CONTOURS: Scene = Scene {
    slug: "contours",
    titles: &["Eight sheets", "Contours", "Inwards", "Deep paper"],
    setting: Setting::Indoors,
    native: None,
    palettes: &Palette::all([
        "dawn fdeee0 fbdcc4 f6bf9f ee9a82 fffaf0 d9736e 3a2850 c4586a 94476e 5f3866",
        "day f1f3e6 d5e5d6 a9d0c4 76b5b2 fffdf2 4a969f 0e2f4a 2f7a8f 215f7c 174766",
        "dusk fce3b4 f9c784 f2a065 e4735a ffffee c9515a 1d1838 9c3d62 6a3162 412750",
        "night 23295a 2d3a75 3a5290 4a6fa8 fdf0d0 3c5c96 0a0d22 2b4c7e 1d3462 131f44",
        "day f6efe2 eadcc4 d8c39e c3a67c fffaf0 a68a6a 2b2a28 8c7a64 6a6358 484741",
    ]),
    vignette: 0.18,
    paint,
};

fn paint(svg: &mut Svg, palette: &Palette, dice: &mut Dice) {
    svg.flood(palette.sky[0]);
    let Palette { far, near, .. } = *palette;
    let colors = [&palette.sky[1..], &[far], &palette.accents, &[near]].concat();
    let middle = (800.0 + dice.about(0.0, 90.0), 560.0 + dice.about(0.0, 30.0));
    let [first, second, third] = [0; 3].map(|_| dice.between(0.0, 1.0));
    let drift = dice.side() * dice.between(0.05, 0.1);
    for (i, color) in colors.into_iter().enumerate() {
        svg.shows("sheet");
        let share = i as f64 / 7.0;
        let size = (930.0 * (1.0 - share) + 70.0, 500.0 * (1.0 - share) + 46.0);
        let rough = 0.17 * (1.0 - 0.5 * share);
        let edge = |turn: f64| {
            let turn = turn + drift * share;
            let swing = sine(turn * 2.0 + first)
                + 0.6 * sine(turn * 3.0 + second + share * 0.5)
                + 0.4 * sine(turn * 5.0 + third);
            let reach = 1.0 + rough * swing;
            (
                middle.0 + cosine(turn) * size.0 * reach,
                middle.1 + sine(turn) * size.1 * reach,
            )
        };
        let points: Vec<Point> = (0..18).map(|i| edge(f64::from(i) / 18.0)).collect();
        hole(svg, palette, &Path::ring(&points), color);
    }
}

/// Paints the sheet that is seen through a hole, in the shadow of the hole's rim.
fn hole(svg: &mut Svg, palette: &Palette, outline: &Path, color: super::palette::Color) {
    let paint = svg.between(
        (500.0, 100.0),
        (1100.0, 900.0),
        &[
            (0.0, color.shade(0.12)),
            (1.0, color.mix(palette.light, 0.1)),
        ],
    );
    svg.fill(outline, paint);
    let clip = svg.clip(outline);
    svg.clipped(clip, |svg| {
        svg.group("transform=\"translate(5 9)\"", |svg| {
            for (width, opacity) in [(40.0, 0.08), (16.0, 0.12)] {
                svg.stroke(outline, width, BLACK.fade(opacity));
            }
        });
    });
    svg.stroke(outline, 1.5, WHITE.fade(0.3));
}
