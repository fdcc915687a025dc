//! Snow: soft slopes, white firs, a hut with a lit window, flakes in the air.

use super::{
    dice::Dice,
    light,
    number::{Point, Size},
    palette::{Color, Palette, WHITE},
    path::Path,
    scene::{Scene, Setting},
    svg::{Svg, WIDTH},
    terrain::{self, Terrain},
    veil,
    weather::Weather,
};

/// The kind of scene. The palettes' accents are snow in the light, snow in the shade and the lit window.
pub(super) static SCENE: Scene = Scene {
    slug: "hut",
    titles: &[
        "The hut",
        "A hut and firs",
        "Smoke from the hut",
        "Light in the hut",
    ],
    setting: Setting::Outdoors,
    native: Some(Weather::Snow),
    palettes: &Palette::all([
        "dawn 8fa0c6 bdb8d4 ecc9c8 fbe3d2 fffaf2 b8b6cf 3b4668 fdf6f1 a9b3d3 ffbf6b",
        "day 78a9cf a9cbe1 d3e4ec eef4f3 ffffff b3cbdb 2d4a60 ffffff adc8de ffc873",
        "dusk 3a3d6e 7a6598 d48fa0 f8c6a6 fff0d4 9386b0 252748 f3dfe2 8486b8 ffb454",
        "night 0a1432 17295a 2f4a85 5c7db2 f7f3e2 4666a0 0b1734 c3d3ec 5673aa ffb955",
    ]),
    vignette: 0.2,
    paint,
};

fn paint(svg: &mut Svg, palette: &Palette, dice: &mut Dice) {
    light::sky(svg, palette, dice, 600.0);
    light::night_stars(svg, palette, dice, 170, 500.0);
    let sun = (dice.about(800.0, 330.0), dice.between(230.0, 400.0));
    light::sun(svg, palette, sun, dice.between(36.0, 54.0));
    let far = Terrain::rugged(dice, 520.0, 62.0, 0.54);
    let color = palette.depth(0.1);
    let colors = (color, palette.haze());
    terrain::layer(svg, &far.ground(), colors, (450.0, 660.0));
    wood(svg, palette, dice);
    slope(svg, palette, dice, 640.0, 0.3);
    let hill = slope(svg, palette, dice, 725.0, 0.62);
    hut(svg, palette, dice, &hill);
    let near = slope(svg, palette, dice, 872.0, 1.0);
    firs(svg, palette, dice, &near);
    veil::flakes(svg, palette.light, dice);
}

/// Paints two dark lines of firs far off.
fn wood(svg: &mut Svg, palette: &Palette, dice: &mut Dice) {
    for (base, size, depth) in [(585.0, 46.0, 0.35), (622.0, 66.0, 0.55)] {
        let ground = Terrain::rolling(dice, base, 18.0, 1.6);
        let mut path = ground.ground();
        let mut x = 0.0;
        while x < WIDTH {
            let height = size * dice.between(0.5, 1.1);
            path = terrain::conifer(path, dice, (x, ground.at(x) + 5.0), height);
            x += size * dice.between(0.2, 0.6);
        }
        let color = palette.depth(depth);
        let colors = (color, color.mix(palette.haze(), 0.7));
        terrain::layer(svg, &path, colors, (base - size, base + 60.0));
    }
}

fn slope(svg: &mut Svg, palette: &Palette, dice: &mut Dice, base: f64, depth: f64) -> Terrain {
    let [lit, shade, _] = palette.accents;
    let land = Terrain::rolling(dice, base, 22.0 + 12.0 * depth, 0.9 + 0.4 * (1.0 - depth));
    let haze = palette.haze();
    let stops = [
        (0.0, lit.mix(haze, 0.4 * (1.0 - depth))),
        (0.45, lit.mix(shade, 0.4)),
        (1.0, shade.mix(haze, 0.2)),
    ];
    let paint = svg.fall(base - 40.0, base + 210.0, &stops);
    svg.fill(&land.ground(), paint);
    let rim = if palette.is_night() { 0.25 } else { 0.7 };
    svg.stroke(&land.line(), 2.5, WHITE.fade(rim));
    land
}

fn hut(svg: &mut Svg, palette: &Palette, dice: &mut Dice, hill: &Terrain) {
    svg.shows("hut");
    svg.shows("firs");
    svg.shows("smoke");
    let x = dice.between(720.0, 880.0);
    let y = hill.at(x) + 12.0;
    let [snow, shade, warm] = palette.accents;
    light::glow(svg, (x - 16.0, y - 30.0), 170.0, warm);
    let wall = palette.near.mix(warm, 0.1);
    svg.rect((x - 62.0, y - 62.0), (124.0, 66.0), wall);
    svg.rect((x - 40.0, y - 122.0), (15.0, 40.0), wall.shade(0.25));
    svg.rect((x - 43.0, y - 126.0), (21.0, 7.0), snow);
    let roof = Path::at((x - 78.0, y - 58.0))
        .bend((x - 62.0, y - 82.0), (x - 50.0, y - 108.0))
        .line((x + 44.0, y - 110.0))
        .bend((x + 60.0, y - 82.0), (x + 76.0, y - 58.0));
    let paint = svg.down(&[(0.0, snow), (1.0, snow.mix(shade, 0.75))]);
    svg.fill(&roof.close(), paint);
    windows(svg, (x, y), warm, wall);
    smoke(svg, palette, (x - 32.0, y - 128.0));
    let drift = Path::at((x - 130.0, y + 16.0)).bend((x, y - 14.0), (x + 130.0, y + 16.0));
    svg.fill(&drift.close(), snow.mix(shade, 0.18));
}

/// Paints two windows and the door.
fn windows(svg: &mut Svg, (x, y): Point, light: Color, frame: Color) {
    let panes = Path::default()
        .block((x - 44.0, y - 42.0), (26.0, 24.0))
        .block((x - 6.0, y - 42.0), (26.0, 24.0))
        .block((x + 34.0, y - 44.0), (18.0, 46.0));
    svg.shows("window");
    svg.shows("window");
    svg.fill(&panes, light);
    let bars = Path::at((x - 31.0, y - 42.0)).line((x - 31.0, y - 18.0));
    let bars = bars.hop((x + 7.0, y - 42.0)).line((x + 7.0, y - 18.0));
    svg.stroke(&bars, 2.0, frame);
}

fn smoke(svg: &mut Svg, palette: &Palette, (x, y): Point) {
    let (right, left) = ((x + 14.0, y - 36.0), (x - 14.0, y - 62.0));
    let path = Path::at((x, y)).curve(right, left, (x + 8.0, y - 108.0));
    svg.stroke(&path, 6.0, palette.light.fade(0.16));
    svg.stroke(&path, 3.0, palette.light.fade(0.2));
}

/// Paints large firs to either side, with snow on their boughs.
fn firs(svg: &mut Svg, palette: &Palette, dice: &mut Dice, hill: &Terrain) {
    let from = [10.0, 200.0, 480.0, 960.0, 1200.0, 1440.0].into_iter();
    let mut places = vec![];
    for (from, to) in from.zip([160.0, 400.0, 640.0, 1120.0, 1400.0, 1590.0]) {
        if dice.chance(0.8) {
            places.push(dice.between(from, to));
        }
    }
    for x in places {
        let aside = ((x - 800.0) / 800.0).abs();
        let height = (170.0 + 260.0 * aside) * dice.between(0.8, 1.15);
        let foot = hill.at(x) + dice.between(20.0, 60.0);
        fir(svg, palette, dice, (x, foot), height);
    }
}

fn fir(svg: &mut Svg, palette: &Palette, dice: &mut Dice, (x, foot): Point, height: f64) {
    let [snow, shade, _] = palette.accents;
    let green = palette.near;
    let shadow = shade.mix(green, 0.4).fade(0.5);
    svg.ellipse((x, foot), (height * 0.3, height * 0.035), shadow);
    let (wide, tall) = (height * 0.04, height * 0.12);
    let corner = (x - height * 0.02, foot - tall);
    svg.rect(corner, (wide, tall), green.shade(0.3));
    let (mut boughs, mut load) = (Path::default(), Path::default());
    for tier in (0..6).map(f64::from).rev() {
        let top = foot - height * (1.06 - 0.16 * tier);
        let low = foot - height * (0.8 - 0.143 * tier);
        let wide = height * 0.047 * (tier + 1.0) * dice.between(0.92, 1.08);
        boughs = boughs.and(&bough((x, top), (wide, low - top)));
        load = load.and(&snow_on((x, top), (wide, low - top)));
    }
    svg.fill(&boughs, green);
    svg.fill(&load, snow.mix(shade, 0.12));
}

fn bough((x, top): Point, (wide, tall): Size) -> Path {
    let on = |dx: f64, dy: f64| (x + dx * wide, top + dy * tall);
    Path::at(on(0.0, 0.0))
        .bend(on(0.35, 0.75), on(1.0, 1.0))
        .bend(on(0.0, 1.25), on(-1.0, 1.0))
        .bend(on(-0.35, 0.75), on(0.0, 0.0))
        .close()
}

/// The outline of the snow on the upper half of a bough, with a scalloped lower edge.
fn snow_on((x, top): Point, (wide, tall): Size) -> Path {
    let on = |dx: f64, dy: f64| (x + dx * wide, top + dy * tall);
    Path::at(on(0.0, 0.0))
        .bend(on(0.3, 0.62), on(0.68, 0.84))
        .bend(on(0.42, 0.66), on(0.28, 0.9))
        .bend(on(0.06, 0.6), on(-0.16, 0.86))
        .bend(on(-0.36, 0.62), on(-0.74, 0.88))
        .bend(on(-0.32, 0.64), on(0.0, 0.0))
        .close()
}
