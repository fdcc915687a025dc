//! The open sea in long swells that roll towards the viewer, with a small boat, or a lighthouse on its rock.

use super::{
    dice::{Dice, sine},
    light,
    number::Point,
    palette::{Color, Hour, Palette},
    path::Path,
    scene::{Scene, Setting},
    svg::{HEIGHT, Svg, WIDTH},
    terrain,
    weather::Weather,
};

/// The palettes' accents are deep water, water with light in it, and foam.
static PALETTES: [Palette; 4] = Palette::all([
    "day 5a9cbf 93c0d2 c6dce0 eef2ea fffdf2 8fb4bf 163c50 1d5872 4f95a6 f4f8f4",
    "dusk 3a3560 84557c e0846a fcc684 fff0c8 8f6480 1a1734 33305e 8a5f7c f8dcc0",
    "dawn 7488b0 b4aac8 ecc2b8 fce2c8 fff8ea a29fb8 2a3656 3f5680 8699b4 fdf0e4",
    "night 070d20 10204a 27406e 4d6a96 f2efdc 2f4870 050a18 0d1d3e 2c4a76 b4c6dc",
]);

pub(super) static BOAT: Scene = Scene {
    slug: "swell",
    titles: &[
        "A boat on the swell",
        "Open water",
        "The long swell",
        "Under sail",
    ],
    setting: Setting::Outdoors,
    native: None,
    palettes: &PALETTES,
    vignette: 0.3,
    paint: |svg, palette, dice| sea(svg, palette, dice, false),
};

pub(super) static BEACON: Scene = Scene {
    slug: "beacon",
    titles: &[
        "The lighthouse",
        "Lighthouse and swell",
        "A light on the rock",
    ],
    setting: Setting::Outdoors,
    native: None,
    palettes: &PALETTES,
    vignette: 0.3,
    paint: |svg, palette, dice| sea(svg, palette, dice, true),
};

/// The number of waves from the horizon to the viewer.
const ROWS: u32 = 9;

fn sea(svg: &mut Svg, palette: &Palette, dice: &mut Dice, with_beacon: bool) {
    let horizon = dice.between(470.0, 530.0);
    light::sky(svg, palette, dice, horizon);
    light::night_stars(svg, palette, dice, 170, horizon - 60.0);
    let side = dice.side();
    let sun = (
        800.0 - side * dice.between(90.0, 420.0),
        horizon - dice.between(60.0, 190.0),
    );
    light::sun(svg, palette, sun, dice.between(40.0, 60.0));
    if palette.has_disc() {
        let cloud = palette.sky[3].mix(palette.light, 0.4);
        light::streaks(svg, dice, 7, (horizon - 240.0, horizon - 30.0), cloud);
    }
    let [deep, bright, _] = palette.accents;
    let far = palette.haze().mix(deep, 0.5);
    svg.below(
        horizon,
        &[(0.0, far), (0.2, deep.mix(bright, 0.3)), (1.0, deep)],
    );
    light::glitter(svg, palette, dice, sun.0, (horizon, 800.0));
    let place = dice.about(800.0 + side * 40.0, 70.0);
    for row in 0..ROWS {
        wave(svg, palette, dice, horizon, row);
        match row {
            2 if with_beacon => beacon(svg, palette, (place, horizon + 82.0), side),
            3 if !with_beacon => boat(svg, palette, (place, horizon + 84.0), side),
            _ => {}
        }
    }
    svg.shows("sea");
    light::birds(
        svg,
        dice,
        (place - side * 210.0, horizon - 150.0),
        palette.near.fade(0.6),
    );
}

/// Paints a wave with foam on its crests. A nearer wave is higher and darker.
fn wave(svg: &mut Svg, palette: &Palette, dice: &mut Dice, horizon: f64, row: u32) {
    let near = f64::from(row) / f64::from(ROWS - 1);
    let base = horizon + 18.0 + (HEIGHT - horizon - 70.0) * near * (0.35 + 0.65 * near);
    let rough = match palette.weather {
        Some(Weather::Storm) => 1.25,
        Some(Weather::Rain | Weather::Rainbow) => 0.85,
        _ => 0.55,
    };
    let high = (4.0 + 46.0 * near) * rough;
    let [phase, second, third] = [0; 3].map(|_| dice.between(0.0, 1.0));
    let waves = (7.2 - 4.7 * near) * dice.between(0.85, 1.15);
    let at = |x: f64| {
        let across = x / WIDTH;
        let swing = sine(across * waves + phase + 0.16 * sine(across * 1.3 + third));
        // A crest is narrower than a trough.
        let crest = swing * swing * swing * 0.45 + swing * 0.55;
        let slow = 0.5 + 0.5 * sine(across * waves * 0.31 + second);
        base - high * (crest * (0.45 + 0.55 * slow) + 0.3 * slow)
    };
    let steps = 30 - (near * 10.0) as u32;
    let line = Path::plot(steps, |i| {
        let x = i * (WIDTH + 60.0) / f64::from(steps) - 30.0;
        (x, at(x))
    });
    let [deep, bright, foam] = palette.accents;
    let crest = bright
        .mix(palette.haze(), 0.45 * (1.0 - near))
        .mix(deep, 0.2 * near);
    let trough = deep
        .mix(palette.haze(), 0.25 * (1.0 - near))
        .mix(palette.near, 0.6 * near);
    let body = line.clone().down_to(HEIGHT + 20.0, (-30.0, WIDTH + 30.0));
    terrain::layer(
        svg,
        &body,
        (crest, trough),
        (base - high, base + 60.0 + 120.0 * near),
    );
    svg.stroke(&line, 0.8 + 1.2 * near, foam.fade(0.16 + 0.12 * near));
    spindrift(svg, dice, (base, high, near), &at, foam);
}

/// Paints foam that runs down from the crests.
fn spindrift(
    svg: &mut Svg,
    dice: &mut Dice,
    (base, high, near): (f64, f64, f64),
    at: &dyn Fn(f64) -> f64,
    foam: Color,
) {
    let mut path = Path::default();
    for _ in 0..(54.0 - 18.0 * near) as u32 {
        let x = dice.between(-20.0, WIDTH);
        let y = at(x);
        if y < base - high * 0.4 {
            let (down, length) = dice.pair((2.0, 6.0 + 30.0 * near), (8.0, 26.0 + 60.0 * near));
            path = path
                .hop((x - length / 2.0, at(x - length / 2.0) + down))
                .bend(
                    (x, y + down - 1.0),
                    (x + length / 2.0, at(x + length / 2.0) + down),
                );
        }
    }
    svg.stroke(&path, 1.2 + 2.4 * near, foam.fade(0.26 + 0.2 * near));
}

/// Paints a boat under a reefed sail, which leans with the wind.
fn boat(svg: &mut Svg, palette: &Palette, (x, y): Point, side: f64) {
    svg.shows("boat");
    svg.shows("sail");
    let sail = palette.light.mix(palette.sky[2], 0.1);
    let turn = format!(
        "transform=\"translate({} {})rotate({})\"",
        x.round(),
        y.round(),
        side * 9.0
    );
    svg.group(&turn, |svg| {
        let on = |dx: f64, up: f64| (side * dx, -up);
        let main = Path::at(on(-4.0, 122.0))
            .bend(on(-52.0, 70.0), on(-58.0, 20.0))
            .line(on(-4.0, 16.0));
        let jib = Path::at(on(2.0, 112.0))
            .bend(on(24.0, 60.0), on(50.0, 14.0))
            .line(on(2.0, 18.0));
        svg.fill(&main.close(), sail);
        svg.fill(&jib.close(), sail.mix(palette.sky[1], 0.3));
        svg.stroke(
            &Path::at(on(-1.0, 4.0)).line(on(-1.0, 126.0)),
            2.4,
            palette.near,
        );
        let hull = Path::at(on(-62.0, 12.0))
            .line(on(64.0, 14.0))
            .bend(on(44.0, -8.0), on(24.0, -12.0))
            .line(on(-46.0, -12.0));
        svg.fill(&hull.close(), palette.near);
    });
}

/// Paints a lighthouse on a rock, with its beam unless it is day.
fn beacon(svg: &mut Svg, palette: &Palette, (x, y): Point, side: f64) {
    svg.shows("lighthouse");
    svg.shows("rock");
    let top = y - 236.0;
    let on = |dx: f64, up: f64| (x + side * dx, y - up);
    let dim = palette.hour != Hour::Day || !palette.has_disc();
    if dim {
        beam(svg, palette, (x, top), side);
    }
    let wall = palette.light.mix(palette.far, 0.12);
    let shade = wall.mix(palette.near, 0.55);
    let paint = svg.across(&[
        (0.0, if side < 0.0 { wall } else { shade }),
        (1.0, if side < 0.0 { shade } else { wall }),
    ]);
    let tower = Path::polygon(&[
        on(-21.0, 20.0),
        on(-13.0, 218.0),
        on(13.0, 218.0),
        on(21.0, 20.0),
    ]);
    svg.fill(&tower, paint);
    let band = Path::polygon(&[
        on(-17.6, 105.0),
        on(-15.4, 158.0),
        on(15.4, 158.0),
        on(17.6, 105.0),
    ]);
    svg.fill(&band, palette.near.mix(palette.far, 0.25).fade(0.75));
    svg.rect((x - 19.0, top + 14.0), (38.0, 5.0), palette.near);
    svg.rect(
        (x - 10.0, top - 8.0),
        (20.0, 23.0),
        if dim { palette.light } else { palette.sky[1] },
    );
    let roof = Path::polygon(&[on(-14.0, 243.0), on(0.0, 262.0), on(14.0, 243.0)]);
    svg.fill(&roof, palette.near);
    let rock = Path::at(on(-170.0, -34.0))
        .line(on(-128.0, 2.0))
        .line(on(-84.0, 14.0))
        .line(on(-58.0, 34.0))
        .line(on(-20.0, 40.0))
        .line(on(34.0, 36.0))
        .line(on(62.0, 18.0))
        .line(on(110.0, 8.0))
        .line(on(150.0, -34.0));
    let stone = palette.near.mix(palette.far, 0.18);
    terrain::layer(
        svg,
        &rock.close(),
        (stone, palette.near),
        (y - 40.0, y + 20.0),
    );
}

fn beam(svg: &mut Svg, palette: &Palette, (x, y): Point, side: f64) {
    let light = palette.light;
    for (reach, spread, drop) in [(980.0, 70.0, -36.0), (-760.0, 54.0, 22.0)] {
        let far = x + side * reach;
        let stops = light.fading([(0.0, 0.55), (0.3, 0.2), (1.0, 0.0)]);
        let paint = svg.between((x, y), (far, y), &stops);
        let cone = Path::polygon(&[
            (x, y - 3.0),
            (far, y + drop - spread),
            (far, y + drop + spread),
            (x, y + 5.0),
        ]);
        svg.fill(&cone, paint);
    }
    light::glow(svg, (x, y), 120.0, light);
}
