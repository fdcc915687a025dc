//! Balloons that glow at night over a plain, or many small ones far off.

use super::{
    balloons,
    dice::Dice,
    light,
    palette::Palette,
    scene::{Scene, Setting},
    svg::{HEIGHT, Svg},
    terrain::{self, Terrain},
};

/// The palettes' accents are the envelopes' three colours.
pub(super) static FLEET: Scene = Scene {
    slug: "balloon-fleet",
    titles: &[
        "Balloons far off",
        "The fleet of balloons",
        "Many balloons",
        "Calm air",
    ],
    setting: Setting::Outdoors,
    native: None,
    palettes: &Palette::all([
        "dawn 8498c4 bcb8d4 f4cabc fde8cc fffaee b8acc4 343a5c d9573f f3b04d f7ead6",
        "day 58a4d0 94c8e0 cce6ea f4f4e8 ffffff a4c8cc 24504e d64b3c f5bd4a f8f3e6",
        "dusk 38326a 8c5480 ee8868 fdcc88 fff0c6 9c6c90 201a3a b83b4a f29d4b f6dcc0",
        "night 0a1230 182c58 324c80 6c84b0 f6f0dc 44608c 0a1022 b0506c d89c5c d8ccc0",
    ]),
    vignette: 0.22,
    paint,
};

fn paint(svg: &mut Svg, palette: &Palette, dice: &mut Dice) {
    let horizon = dice.between(700.0, 760.0);
    light::sky(svg, palette, dice, horizon);
    light::night_stars(svg, palette, dice, 200, horizon - 160.0);
    let side = dice.side();
    let sun = (
        800.0 + side * dice.between(330.0, 560.0),
        horizon - dice.between(90.0, 210.0),
    );
    light::sun(svg, palette, sun, dice.between(40.0, 60.0));
    let cloud = palette.light.mix(palette.sky[3], 0.4);
    light::streaks(svg, dice, 7, (220.0, horizon - 130.0), cloud);
    for (depth, base) in [(0.0, horizon - 40.0), (0.2, horizon + 6.0)] {
        let land = Terrain::rugged(dice, base, 30.0, 0.5);
        let color = palette.depth(depth);
        terrain::layer(
            svg,
            &land.ground(),
            (color, color.mix(palette.haze(), 0.6)),
            (base - 30.0, base + 110.0),
        );
    }
    for i in 0..10 {
        let scale = 0.11 + 0.036 * f64::from(i);
        let x = 800.0 + dice.about(0.0, 330.0 + 30.0 * f64::from(i % 7));
        let y = 330.0 + dice.between(0.0, 1.0) * (horizon - 430.0);
        if palette.is_night() {
            light::glow(
                svg,
                (x, y + 60.0 * scale),
                330.0 * scale,
                palette.accents[1].thin(0.7),
            );
        }
        balloons::balloon(svg, palette, dice, (x, y), (scale, -side));
    }
    light::mist(svg, horizon + 40.0, 150.0, palette.haze().fade(0.5));
    for (depth, base) in [(0.5, horizon + 84.0), (0.95, horizon + 170.0)] {
        let land = Terrain::rolling(dice, base, 30.0, 1.3);
        let color = palette.depth(depth);
        terrain::layer(
            svg,
            &land.ground(),
            (color, color.mix(palette.haze(), 0.3 * (1.0 - depth))),
            (base - 30.0, HEIGHT),
        );
    }
}
