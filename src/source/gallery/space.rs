//! Planets: one with rings, one whose limb the sun rises over, one great planet with its moons.

use super::{
    dice::{Dice, cosine, sine},
    light,
    number::Point,
    palette::{BLACK, Palette},
    path::Path,
    scene::{Scene, Series, Setting},
    svg::{HEIGHT, Svg, WIDTH},
};

/// The palettes' sky is the dark and the clouds of light in it; far and near are two colours of the planet's bands, and
/// the accents are the planet, its rings or its air, and a moon.
static PALETTES: [Palette; 5] = Palette::all([
    "night 05060f 0b1024 1c2350 3a3a78 fff4dc e8c79a a8704e d9a878 f0dcb4 b8b4b0",
    "night 04080f 08182a 123a52 2a6a78 f4fbff 7fc0c8 1f5878 4f9cb0 c4e8e4 d8cfc0",
    "night 0a0714 1a0f30 44235c 86406e fff0e6 f0a890 8c3a58 d8706a fad0b0 a8a4c8",
    "night 06060c 12121e 2c2a38 5a4c50 fff6e8 e4d4bc 8a7864 c0a88c ece0cc 9aa4b0",
    "night 040a10 0a1c20 174038 3c7a5c fdf6e0 d8cc90 5c7a50 a0b078 ecebc4 c8b8a8",
]);

const SERIES: Series = Series {
    setting: Setting::Stars,
    palettes: &PALETTES,
    vignette: 0.3,
};

pub(super) static RINGS: Scene = SERIES.scene(
    "rings",
    &["The ringed planet", "Rings", "Planet with rings"],
    rings,
);
pub(super) static RISE: Scene = SERIES.scene(
    "planetrise",
    &[
        "Sunrise over a planet",
        "The edge of the day",
        "Planet and moon",
    ],
    rise,
);
pub(super) static MOONS: Scene = SERIES.scene(
    "moons",
    &["Planet with two moons", "Two moons", "The great planet"],
    moons,
);

/// Paints the dark, clouds of light along a slanted band, and stars.
fn deep(svg: &mut Svg, palette: &Palette, dice: &mut Dice) {
    let [dark, low, cloud, bright] = palette.sky;
    let paint = svg.between(
        (0.0, 0.0),
        (WIDTH, HEIGHT),
        &[(0.0, dark), (0.5, low), (1.0, dark)],
    );
    svg.flood(paint);
    let tilt = dice.side() * dice.between(0.2, 0.5);
    for (count, color, opacity, size) in [
        (10, cloud, 0.5, 330.0),
        (12, bright, 0.16, 210.0),
        (9, dark, 0.4, 170.0),
    ] {
        let paint = svg.radial(&color.fading([(0.0, opacity), (0.5, opacity * 0.4), (1.0, 0.0)]));
        for _ in 0..count {
            let x = dice.between(-100.0, WIDTH + 100.0);
            let y = 480.0 + tilt * (x - 800.0) + dice.about(0.0, 150.0);
            let (wide, tall) = dice.pair((0.8, 1.5), (0.45, 0.9));
            svg.ellipse((x, y), (size * wide, size * tall), paint);
        }
    }
    light::stars(svg, palette, dice, 420, HEIGHT * 1.25);
    let far = Path::dots((0..70).map(|_| dice.pair((0.0, WIDTH), (500.0, HEIGHT))));
    svg.stroke(&far, 1.7, palette.light.fade(0.6));
}

/// Paints a ball with bands across it. The light comes from the left (`side` is −1) or from the right (1).
fn planet(
    svg: &mut Svg,
    palette: &Palette,
    dice: &mut Dice,
    (x, y): Point,
    radius: f64,
    side: f64,
) {
    svg.shows("planet");
    let body = palette.accents[0];
    let air = palette.accents[1];
    let halo = svg.radial(&air.fading([(0.8, 0.28), (0.86, 0.12), (1.0, 0.0)]));
    svg.circle((x, y), radius * 1.22, halo);
    let outline = Path::at((x - radius, y))
        .arc((radius, radius), true, (x + radius, y))
        .arc((radius, radius), true, (x - radius, y));
    let clip = svg.clip(&outline.close());
    let turn = format!(
        "transform=\"rotate({} {} {})\"",
        (-side * 12.0).round(),
        x.round(),
        y.round()
    );
    svg.clipped(clip, |svg| {
        svg.circle((x, y), radius, body);
        svg.group(&turn, |svg| bands(svg, palette, dice, (x, y), radius));
        let stops = [
            (0.0, BLACK.fade(0.0)),
            (0.45, BLACK.fade(0.1)),
            (0.78, palette.sky[0].fade(0.72)),
            (1.0, palette.sky[0].fade(0.94)),
        ];
        let paint = svg.radial(&stops);
        svg.circle(
            (x + side * radius * 0.72, y - radius * 0.42),
            radius * 2.0,
            paint,
        );
    });
    let rim = svg.between(
        (x + side * radius, y - radius),
        (x - side * radius * 0.4, y + radius * 0.5),
        &air.fading([(0.0, 0.9), (0.55, 0.25), (1.0, 0.0)]),
    );
    let edge = Path::at((x - radius, y))
        .arc((radius, radius), true, (x + radius, y))
        .arc((radius, radius), true, (x - radius, y));
    svg.stroke(&edge, 2.2, rim);
}

fn bands(svg: &mut Svg, palette: &Palette, dice: &mut Dice, (x, y): Point, radius: f64) {
    let colors = [
        palette.far,
        palette.near,
        palette.accents[1],
        palette.accents[0].shade(0.15),
    ];
    let mut top = y - radius * 1.02;
    while top < y + radius {
        let tall = radius * dice.between(0.05, 0.2);
        let color = dice.pick(&colors).fade(dice.between(0.25, 0.75));
        let [phase, bow] = [0; 2].map(|_| dice.between(0.0, 1.0));
        let edge = |up: f64, sway: f64| {
            move |i: f64| {
                let across = i / 10.0;
                let arch = (across - 0.5) * (across - 0.5) * radius * 0.35;
                (
                    x - radius * 1.1 + across * radius * 2.2,
                    up - arch + sway * sine(across * 2.4 + phase),
                )
            }
        };
        let sway = radius * 0.012 * (1.0 + bow);
        let upper: Vec<Point> = (0..=10).map(|i| edge(top, sway)(f64::from(i))).collect();
        let lower: Vec<Point> = (0..=10)
            .rev()
            .map(|i| edge(top + tall, -sway)(f64::from(i)))
            .collect();
        let band = Path::through(&upper).line(lower[0]).along(&lower).close();
        svg.fill(&band, color);
        top += tall * dice.between(1.0, 1.6);
    }
}

fn moon(svg: &mut Svg, palette: &Palette, (x, y): Point, radius: f64, side: f64) {
    svg.shows("moon");
    let color = palette.accents[2];
    let stops = [
        (0.0, color.tint(0.25)),
        (0.4, color),
        (0.85, color.shade(0.7)),
        (1.0, color.shade(0.85)),
    ];
    let paint = svg.ball(0.5 + side * 0.3, &stops);
    svg.circle((x, y), radius, paint);
}

fn rings(svg: &mut Svg, palette: &Palette, dice: &mut Dice) {
    deep(svg, palette, dice);
    let side = dice.side();
    let at = (800.0 + dice.about(0.0, 60.0), dice.about(540.0, 25.0));
    let radius = dice.between(150.0, 180.0);
    let tilt = -side * dice.between(14.0, 24.0);
    let turn = format!(
        "transform=\"rotate({} {} {})\"",
        tilt.round(),
        at.0.round(),
        at.1.round()
    );
    svg.shows("rings");
    svg.group(&turn, |svg| half_rings(svg, palette, at, radius, false));
    planet(svg, palette, dice, at, radius, side);
    svg.group(&turn, |svg| half_rings(svg, palette, at, radius, true));
    let small = (
        at.0 - side * dice.between(260.0, 420.0),
        at.1 - dice.between(170.0, 240.0),
    );
    moon(svg, palette, small, dice.between(14.0, 24.0), side);
}

/// Paints the half of the rings that is in front of the planet, or the half behind it.
fn half_rings(svg: &mut Svg, palette: &Palette, (x, y): Point, radius: f64, front: bool) {
    let color = palette.accents[1];
    for (reach, width, opacity) in [
        (1.36, 0.08, 0.3),
        (1.5, 0.12, 0.75),
        (1.66, 0.12, 0.6),
        (1.79, 0.06, 0.85),
        (1.98, 0.16, 0.5),
        (2.14, 0.05, 0.28),
    ] {
        let (rx, ry) = (radius * reach, radius * reach * 0.24);
        let (outer, inner) = (
            (rx * (1.0 + width / 2.6), ry * (1.0 + width / 2.6)),
            (rx * (1.0 - width / 2.6), ry * (1.0 - width / 2.6)),
        );
        let band = Path::at((x - outer.0, y))
            .arc(outer, !front, (x + outer.0, y))
            .line((x + inner.0, y))
            .arc(inner, front, (x - inner.0, y))
            .close();
        let shade = if front { opacity } else { opacity * 0.6 };
        svg.fill(
            &band,
            color.mix(palette.near, 0.25 * (reach - 1.3)).fade(shade),
        );
    }
}

/// Paints the limb of a planet, with the sun that rises over it.
fn rise(svg: &mut Svg, palette: &Palette, dice: &mut Dice) {
    deep(svg, palette, dice);
    svg.shows("planet");
    let side = dice.side();
    let radius = dice.between(1500.0, 1900.0);
    let top = dice.between(560.0, 620.0);
    let middle = (800.0 - side * dice.between(100.0, 330.0), top + radius);
    let turn = side * dice.between(0.015, 0.035);
    let sun = (
        middle.0 + sine(turn) * radius,
        middle.1 - cosine(turn) * radius,
    );
    let air = palette.accents[1];
    light::glow(svg, sun, 700.0, air.mix(palette.sky[3], 0.4).thin(0.7));
    svg.shows("sun");
    svg.circle((sun.0, sun.1 + 4.0), 30.0, palette.light);
    light::glow(svg, sun, 240.0, palette.light);
    for (grow, opacity) in [(26.0, 0.06), (15.0, 0.1), (7.0, 0.18), (2.5, 0.5)] {
        svg.circle(middle, radius + grow, air.fade(opacity));
    }
    let body = palette.accents[0];
    let stops = [
        (0.0, body.mix(palette.light, 0.35)),
        (0.05, body.shade(0.25)),
        (0.2, body.shade(0.62)),
        (0.42, palette.sky[0].mix(body, 0.08)),
    ];
    let paint = svg.fall(top, top + 1000.0, &stops);
    svg.circle(middle, radius, paint);
    let dawn = svg.radial(&palette.light.fading([(0.0, 0.75), (0.3, 0.25), (1.0, 0.0)]));
    let clip = svg.clip(&circle(middle, radius));
    svg.clipped(clip, |svg| {
        svg.ellipse((sun.0, sun.1 + 6.0), (430.0, 46.0), dawn)
    });
    flare(svg, palette, sun);
    let at = (
        800.0 - side * dice.between(30.0, 200.0),
        dice.between(350.0, 430.0),
    );
    moon(svg, palette, at, dice.between(34.0, 52.0), side);
}

fn circle((x, y): Point, radius: f64) -> Path {
    Path::at((x - radius, y))
        .arc((radius, radius), true, (x + radius, y))
        .arc((radius, radius), true, (x - radius, y))
        .close()
}

/// Paints a fine level streak of light through the sun.
fn flare(svg: &mut Svg, palette: &Palette, sun: Point) {
    let paint = svg.radial(&palette.light.fading([(0.0, 0.8), (0.4, 0.2), (1.0, 0.0)]));
    svg.ellipse(sun, (620.0, 3.0), paint);
    svg.ellipse(sun, (150.0, 7.0), paint);
}

/// Paints a great planet to one side and two moons.
fn moons(svg: &mut Svg, palette: &Palette, dice: &mut Dice) {
    deep(svg, palette, dice);
    let side = dice.side();
    let radius = dice.between(290.0, 350.0);
    let at = (
        800.0 - side * dice.between(170.0, 260.0),
        dice.about(600.0, 30.0),
    );
    planet(svg, palette, dice, at, radius, side);
    let first = (
        800.0 + side * dice.between(100.0, 170.0),
        dice.between(390.0, 470.0),
    );
    moon(svg, palette, first, dice.between(40.0, 54.0), side);
    let second = (
        at.0 - side * dice.between(20.0, 90.0),
        at.1 - dice.between(10.0, 70.0),
    );
    let shadow = (second.0 - side * 34.0, second.1 + 16.0);
    svg.circle(shadow, 17.0, BLACK.fade(0.35));
    moon(svg, palette, second, 18.0, side);
}
