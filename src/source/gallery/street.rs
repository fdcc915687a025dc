//! The city from within: a street between towers that leads to a low sun, or roofs behind roofs.

use super::{
    dice::Dice,
    light,
    number::Point,
    palette::{Hour, Palette},
    path::Path,
    scene::{Scene, Setting},
    svg::{HEIGHT, Svg, WIDTH},
    terrain,
};

/// The palettes' accents are warm windows, cool windows and the paving.
static PALETTES: [Palette; 5] = Palette::all([
    "dusk 34305f 86507c ea7c64 fdc482 fff0c6 a8688c 1a1630 ffd890 ffb088 4c3650",
    "day 6cb0d8 a4d0e4 d8e8ea f6f4e8 ffffff a4bccc 2c4258 fdf6d8 dceef6 8c98a4",
    "dawn 7c90ba b8b4d0 f0c8bc fde6cc fffaee b0a8c0 2c3454 fff0c4 dce8f4 74708c",
    "night 080e24 14244c 2e4478 5c6c9c f6f0da 384c80 070b1a ffd080 a0d0ff 141c38",
    "dusk 1c4054 4c8088 dca880 fcd898 fff4cc 7c9090 10222c ffe0a0 c0e8e0 34505a",
]);

pub(super) static STREET: Scene = Scene {
    slug: "street",
    titles: &["The street", "Between the towers", "Downtown", "Towers"],
    setting: Setting::Outdoors,
    native: None,
    palettes: &PALETTES,
    vignette: 0.3,
    paint: street,
};

pub(super) static ROOFS: Scene = Scene {
    slug: "roofs",
    titles: &[
        "Over the roofs",
        "Roofs and chimneys",
        "The dome",
        "Roof behind roof",
    ],
    setting: Setting::Outdoors,
    native: None,
    palettes: &PALETTES,
    vignette: 0.26,
    paint: roofs,
};

/// The height of the vanishing point.
const EYE: f64 = 640.0;

fn street(svg: &mut Svg, palette: &Palette, dice: &mut Dice) {
    svg.shows("street");
    svg.shows("towers");
    light::sky(svg, palette, dice, EYE + 30.0);
    light::night_stars(svg, palette, dice, 110, 420.0);
    let x = 800.0 + dice.about(0.0, 36.0);
    let high = if palette.hour == Hour::Day || palette.is_night() {
        210.0
    } else {
        128.0
    };
    light::sun(
        svg,
        palette,
        (x + dice.about(0.0, 14.0), EYE - dice.about(high, 10.0)),
        dice.between(44.0, 58.0),
    );
    skyline(svg, palette, dice);
    paving(svg, palette, x);
    for i in (0..7).rev() {
        let far = 1.0 - 1.0 / (1.0 + f64::from(i) * 0.42);
        for side in [-1.0, 1.0] {
            block(svg, palette, dice, (x, side), far);
        }
    }
    gleam(svg, palette, dice, x);
}

/// Paints pale towers beyond the end of the street.
fn skyline(svg: &mut Svg, palette: &Palette, dice: &mut Dice) {
    let mut walls = Path::default();
    let mut x: f64 = 520.0;
    while x < 1080.0 {
        let (wide, tall) = dice.pair((18.0, 46.0), (24.0, 86.0));
        walls.add_block(
            (x.round(), (EYE - tall).round()),
            (wide.round(), tall.round() + 8.0),
        );
        x += wide;
    }
    let color = palette.far.mix(palette.haze(), 0.5);
    terrain::layer(
        svg,
        &walls,
        (color, palette.haze()),
        (EYE - 150.0, EYE + 10.0),
    );
}

fn paving(svg: &mut Svg, palette: &Palette, x: f64) {
    let tar = palette.accents[2];
    let stops = [
        (0.0, palette.haze().mix(tar, 0.4)),
        (0.2, tar.mix(palette.haze(), 0.15)),
        (1.0, tar.shade(0.45)),
    ];
    svg.below(EYE, &stops);
    for side in [-1.0, 1.0] {
        let walk = Path::polygon(&[
            (x, EYE),
            (x + side * 830.0, HEIGHT + 40.0),
            (x + side * 540.0, HEIGHT + 40.0),
        ]);
        svg.fill(&walk, tar.mix(palette.light, 0.25).fade(0.35));
    }
    let mut dashes = Path::default();
    for i in 0..9 {
        let near = |step: f64| EYE + (HEIGHT + 40.0 - EYE) / (1.0 + step);
        let (low, high) = (
            near(f64::from(i) * 0.62 + 0.1),
            near(f64::from(i) * 0.62 + 0.38),
        );
        let half = |y: f64| (y - EYE) * 0.017;
        dashes = dashes.and(&Path::polygon(&[
            (x - half(low), low),
            (x - half(high), high),
            (x + half(high), high),
            (x + half(low), low),
        ]));
    }
    svg.fill(&dashes, palette.light.mix(tar, 0.3).fade(0.6));
}

/// Paints a building beside the street, `far` away: its front towards the viewer, and its long wall along the street.
fn block(svg: &mut Svg, palette: &Palette, dice: &mut Dice, (x, side): (f64, f64), far: f64) {
    let near = 1.0 - far;
    let next = near * dice.between(0.74, 0.86);
    let tall = dice.between(520.0, 1000.0);
    let wall = |near: f64, up: f64| {
        (
            x + side * 640.0 * near,
            EYE + 300.0 * near - (tall + 300.0) * near * up,
        )
    };
    let color = palette.depth(0.95 - 0.85 * far);
    let (foot, top) = (wall(near, 0.0), wall(near, 1.0));
    let edge = if side > 0.0 { WIDTH + 40.0 } else { -40.0 };
    let front = Path::polygon(&[foot, top, (edge, top.1), (edge, foot.1)]);
    terrain::layer(
        svg,
        &front,
        (color, color.mix(palette.haze(), 0.35)),
        (top.1, foot.1),
    );
    let long = Path::polygon(&[foot, top, wall(next, 1.0), wall(next, 0.0)]);
    let lit = color.mix(palette.sky[2], 0.22 + 0.12 * far);
    terrain::layer(
        svg,
        &long,
        (lit, lit.mix(palette.haze(), 0.45)),
        (top.1, foot.1),
    );
    windows(svg, palette, dice, &wall, (near, next, far));
}

/// Paints the lit windows of the wall along the street.
fn windows(
    svg: &mut Svg,
    palette: &Palette,
    dice: &mut Dice,
    wall: &dyn Fn(f64, f64) -> Point,
    (near, next, far): (f64, f64, f64),
) {
    let (mut lit, mut dark) = (Path::default(), Path::default());
    let columns = if far < 0.5 { 4 } else { 3 };
    for column in 0..columns {
        let share =
            |part: f64| near + (next - near) * (f64::from(column) + part) / f64::from(columns);
        let (left, right) = (share(0.25), share(0.75));
        for floor in 1..15 {
            let up = f64::from(floor) / 15.5;
            let pane = [
                wall(left, up),
                wall(left, up + 0.034),
                wall(right, up + 0.034),
                wall(right, up),
            ];
            let is_lit = dice.chance(0.3);
            let panes = if is_lit { &mut lit } else { &mut dark };
            *panes = std::mem::take(panes).coarse_polygon(&pane);
        }
    }
    let strength = palette.by_day(0.4, 0.85);
    svg.fill(&dark, palette.near.fade(0.22 * (1.0 - far)));
    let color = dice.pick(&[palette.accents[0], palette.accents[0], palette.accents[1]]);
    svg.fill(&lit, color.fade(strength * (1.0 - 0.6 * far)));
}

/// Paints light that lies along the street.
fn gleam(svg: &mut Svg, palette: &Palette, dice: &mut Dice, x: f64) {
    let wet = palette.weather.is_some_and(super::weather::Weather::is_wet);
    let (count, opacity) = if wet { (46, 0.5) } else { (22, 0.25) };
    for (color, spread) in [
        (palette.light, 0.5),
        (palette.accents[0], 1.0),
        (palette.accents[1], 0.9),
    ] {
        let mut path = Path::default();
        for _ in 0..count {
            let near = dice.between(0.0, 1.0) * dice.between(0.2, 1.0);
            let y = EYE + 8.0 + 330.0 * near;
            let wide = (14.0 + 60.0 * near) * dice.between(0.4, 1.0);
            path = path.stripe(
                (x + dice.about(0.0, 560.0) * near * spread - wide / 2.0, y),
                (wide, 0.0),
            );
        }
        svg.stroke(&path, 2.6, color.fade(opacity));
    }
    let haze = svg.radial(&palette.haze().fading([(0.0, 0.6), (0.5, 0.25), (1.0, 0.0)]));
    svg.ellipse((x, EYE), (330.0, 60.0), haze);
}

/// Paints rows of gabled roofs with chimneys, a dome among them, under a wide sky.
fn roofs(svg: &mut Svg, palette: &Palette, dice: &mut Dice) {
    svg.shows("roofs");
    svg.shows("dome");
    let base = dice.between(560.0, 600.0);
    light::sky(svg, palette, dice, base);
    light::night_stars(svg, palette, dice, 150, base - 120.0);
    let side = dice.side();
    let low = palette.by_day(270.0, 120.0);
    let sun = (
        800.0 + side * dice.between(120.0, 430.0),
        base - dice.about(low, 40.0),
    );
    light::sun(svg, palette, sun, dice.between(38.0, 56.0));
    let cloud = palette.sky[3].mix(palette.light, 0.4);
    light::streaks(svg, dice, 7, (220.0, base - 90.0), cloud);
    for row in 0..5 {
        let depth = f64::from(row) / 4.0;
        houses(
            svg,
            palette,
            dice,
            base + 20.0 + 90.0 * depth * (1.0 + 1.4 * depth),
            depth,
        );
        if row == 1 {
            dome(
                svg,
                palette,
                (800.0 - side * dice.between(20.0, 90.0), base + 62.0),
            );
        }
    }
    light::birds(
        svg,
        dice,
        (800.0 - side * 260.0, base - 210.0),
        palette.near.fade(0.6),
    );
}

/// Paints a row of houses. A nearer row is larger and darker.
fn houses(svg: &mut Svg, palette: &Palette, dice: &mut Dice, base: f64, depth: f64) {
    let size = 40.0 + 95.0 * depth;
    let (mut roofs, mut sides, mut walls, mut lit) = (
        Path::default(),
        Path::default(),
        Path::default(),
        Path::default(),
    );
    let mut x = -dice.between(20.0, 90.0);
    while x < WIDTH + 40.0 {
        let (wide, tall) = dice.pair((size * 0.9, size * 1.9), (size * 0.35, size * 0.8));
        let top = base - dice.between(0.0, size * 0.5);
        let ridge = x + wide * dice.between(0.38, 0.62);
        walls.add_block(
            (x.round(), top.round()),
            (wide.round() + 1.0, (HEIGHT - top).round()),
        );
        roofs = roofs.coarse_polygon(&[(x - 3.0, top), (ridge, top - tall), (x + wide + 3.0, top)]);
        sides = sides.coarse_polygon(&[
            (ridge, top - tall),
            (x + wide + 3.0, top),
            (ridge + wide * 0.08, top),
        ]);
        for _ in 0..dice.below(3) {
            let at = x + wide * dice.between(0.2, 0.8);
            walls.add_block(
                (at.round(), (top - tall * 1.1).round()),
                ((size * 0.13).round(), (tall * 0.9).round()),
            );
        }
        for column in 0..(wide / (size * 0.4)) as u32 {
            if dice.chance(0.45) {
                let left = x + size * (0.18 + 0.4 * f64::from(column));
                lit.add_block(
                    (left.round(), (top + size * 0.16).round()),
                    ((size * 0.14).round(), (size * 0.2).round()),
                );
            }
        }
        x += wide;
    }
    let color = palette.depth(0.12 + 0.85 * depth);
    let wall = color.mix(palette.haze(), 0.3 - 0.22 * depth);
    let foot = wall.mix(palette.haze(), 0.4 * (1.0 - depth));
    terrain::layer(svg, &walls, (wall, foot), (base, base + size * 1.6));
    svg.fill(&roofs, color);
    svg.fill(&sides, palette.sky[2].fade(0.2));
    let glow = palette.by_day(0.4, 0.9);
    svg.fill(&lit, palette.accents[0].fade(glow * (0.35 + 0.5 * depth)));
}

/// Paints a church with a dome.
fn dome(svg: &mut Svg, palette: &Palette, (x, foot): Point) {
    let color = palette.depth(0.34);
    let on = |dx: f64, up: f64| (x + dx, foot - up);
    let body = Path::at(on(-84.0, -40.0))
        .line(on(-84.0, 96.0))
        .line(on(-66.0, 104.0))
        .line(on(-66.0, 140.0))
        .curve(on(-66.0, 214.0), on(-26.0, 236.0), on(-14.0, 250.0))
        .line(on(-12.0, 286.0))
        .bend(on(-8.0, 300.0), on(0.0, 304.0))
        .bend(on(8.0, 300.0), on(12.0, 286.0))
        .line(on(14.0, 250.0))
        .curve(on(26.0, 236.0), on(66.0, 214.0), on(66.0, 140.0))
        .line(on(66.0, 104.0))
        .line(on(84.0, 96.0))
        .line(on(84.0, -40.0));
    let shade = color.mix(palette.near, 0.3);
    let paint = svg.across(&[
        (0.0, color.mix(palette.light, 0.18)),
        (0.45, color),
        (1.0, shade),
    ]);
    svg.fill(&body.close(), paint);
    svg.stroke(
        &Path::at(on(0.0, 304.0))
            .line(on(0.0, 334.0))
            .hop(on(-7.0, 322.0))
            .line(on(7.0, 322.0)),
        2.6,
        color,
    );
    let mut ribs = Path::default();
    for i in [-2.0, -1.0, 0.0, 1.0, 2.0] {
        ribs = ribs
            .hop(on(i * 26.0, 142.0))
            .bend(on(i * 22.0, 214.0), on(i * 5.0, 248.0));
    }
    svg.stroke(&ribs, 1.6, palette.near.fade(0.3));
    let columns = (0..8).fold(Path::default(), |path, i| {
        path.block(on(f64::from(i) * 16.0 - 61.0, 134.0), (6.0, 28.0))
    });
    svg.fill(&columns, palette.near.fade(0.3));
}
