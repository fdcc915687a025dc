//! Geometry on paper: a quilt of quarter circles, or one large composition of discs, bars and arcs.

use super::{
    dice::Dice,
    number::Point,
    palette::{Color, Palette},
    path::Path,
    scene::{Scene, Series, Setting},
    svg::{HEIGHT, Svg, WIDTH},
};

/// The sky's first colour is the paper; any shape can have any of the others.
static PALETTES: [Palette; 5] = Palette::all([
    "day f3eadb e9dcc6 e0cfb4 d8c3a2 fbf6ea 7f9aa0 20262e d5442f f0b03f 2a5b84",
    "day f2ece4 e4d9cf cdb9ac b98c7c fffaf4 8fa69a 2c3a3d c4573f e3a857 4f7671",
    "night 1b2130 242c3f 303b52 44526d f3e9d6 7d93a8 0f131d e8654a f2bd5c 4e93a5",
    "dawn f7ece6 efdcd6 e5c3bb d59d98 fffaf6 a3aab8 3a3350 d96459 f4b6a0 5e6aa0",
    "day eef0e6 dde3d3 c3cfb9 9db394 fbfcf4 7f9c8a 24352d e07a3f f1c550 3f7a63",
]);

const SERIES: Series = Series {
    setting: Setting::Indoors,
    palettes: &PALETTES,
    vignette: 0.08,
};

pub(super) static QUILT: Scene = SERIES.scene(
    "quilt",
    &["Quilt", "Forty squares", "Exercise in balance", "Patchwork"],
    quilt,
);
pub(super) static COMPOSITION: Scene = SERIES.scene(
    "composition",
    &[
        "Composition",
        "Circle and bar",
        "Exercise in balance",
        "Weimar exercise",
    ],
    composition,
);

fn quilt(svg: &mut Svg, palette: &Palette, dice: &mut Dice) {
    svg.flood(palette.sky[0]);
    let [red, yellow, blue] = palette.accents;
    let (near, far, light) = (palette.near, palette.far, palette.light);
    let [_, _, third, fourth] = palette.sky;
    let colors = [red, yellow, blue, near, far, light, third, fourth];
    for row in (0..5).map(f64::from) {
        for column in (0..8).map(f64::from) {
            svg.shows("square");
            let ground = dice.pick(&colors);
            let figure = other(dice, &colors, ground);
            let corner = (column * 200.0, row * 200.0);
            svg.rect((corner.0 - 0.3, corner.1 - 0.3), (200.6, 200.6), ground);
            let second = other(dice, &colors, ground);
            tile(svg, dice, corner, (figure, second));
        }
    }
}

/// A colour that differs from `than`: the colour that chance picks, or else the third after it.
fn other(dice: &mut Dice, colors: &[Color], than: Color) -> Color {
    let color = dice.pick(colors);
    if color != than {
        return color;
    }
    let index = colors.iter().position(|color| *color == than);
    colors[index.map_or(0, |index| index + 3) % colors.len()]
}

fn tile(svg: &mut Svg, dice: &mut Dice, (x, y): Point, colors: (Color, Color)) {
    let turn = dice.below(4) * 90;
    let kind = dice.below(9);
    let (x, y) = (x + 100.0, y + 100.0);
    let place = format!("transform=\"translate({x} {y})rotate({turn})\"");
    svg.group(&place, |svg| figure(svg, kind, colors));
}

/// Paints a figure around the origin that reaches 100 units in each direction.
fn figure(svg: &mut Svg, kind: u32, (first, second): (Color, Color)) {
    let half = Path::at((-100.0, 0.0)).arc((100.0, 100.0), true, (100.0, 0.0));
    let corner = Path::lines(&[(-100.0, 100.0), (100.0, 100.0), (100.0, -100.0)]);
    match kind {
        0 | 1 => svg.fill(&quarter(200.0), first),
        2 => {
            svg.fill(&quarter(200.0), first);
            svg.fill(&quarter(100.0), second);
        }
        3 => svg.fill(&half.close(), first),
        4 => svg.fill(&leaf(), first),
        5 => {
            svg.circle((0.0, 0.0), 78.0, first);
            svg.circle((0.0, 0.0), 32.0, second);
        }
        6 => svg.fill(&corner.close(), first),
        7 => svg.fill(&stripes(), first),
        _ => svg.circle((0.0, 0.0), 100.0, first),
    }
}

/// The overlap of two quarter circles from opposite corners.
fn leaf() -> Path {
    let there = Path::at((100.0, -100.0)).arc((200.0, 200.0), true, (-100.0, 100.0));
    there.arc((200.0, 200.0), true, (100.0, -100.0)).close()
}

fn stripes() -> Path {
    let stripe = |path: Path, y: f64| path.block((-100.0, y), (200.0, 25.0));
    [-100.0, -50.0, 0.0, 50.0]
        .into_iter()
        .fold(Path::default(), stripe)
}

fn quarter(radius: f64) -> Path {
    Path::at((-100.0, -100.0))
        .line((radius - 100.0, -100.0))
        .arc((radius, radius), true, (-100.0, radius - 100.0))
        .close()
}

/// Paints one large disc and, around it, smaller shapes that lean on it.
fn composition(svg: &mut Svg, palette: &Palette, dice: &mut Dice) {
    svg.shows("circle");
    svg.shows("bar");
    svg.flood(palette.sky[0]);
    let [red, yellow, blue] = palette.accents;
    let orders = [
        [red, yellow, blue],
        [blue, red, yellow],
        [yellow, blue, red],
        [red, blue, yellow],
    ];
    let [first, second, third] = dice.pick(&orders);
    let side = dice.side();
    let on = |(x, y): Point| (800.0 + side * x, 500.0 + y);
    let floor = 500.0 + dice.between(130.0, 230.0);
    ground(svg, palette, side, floor);
    let moon = dice.pair((400.0, 560.0), (-260.0, -120.0));
    svg.circle(on(moon), dice.between(70.0, 130.0), palette.far);
    bars(svg, palette, dice, side);
    let radius = dice.between(205.0, 240.0);
    let centre = on(dice.pair((-40.0, 20.0), (-90.0, -30.0)));
    svg.circle(centre, radius, first);
    svg.fill(&half_disc(centre, radius, side > 0.0), first.shade(0.14));
    let low = on(dice.pair((-150.0, -90.0), (140.0, 190.0)));
    svg.fill(&half_disc(low, 150.0, true), second);
    let small = on(dice.pair((120.0, 185.0), (70.0, 150.0)));
    svg.circle(small, dice.between(52.0, 84.0), third);
    arcs(svg, palette, dice, centre, radius);
    let (x, y) = on((-560.0, -40.0));
    let triangle = Path::polygon(&[(x, y), (x + 210.0, floor), (x - 210.0, floor)]);
    svg.fill(&triangle, palette.near);
    svg.circle(on((-520.0, -250.0)), 46.0, second);
    dots(svg, palette, on((430.0, 250.0)));
}

fn ground(svg: &mut Svg, palette: &Palette, side: f64, floor: f64) {
    let edge = if side > 0.0 { 0.0 } else { 800.0 };
    svg.rect((edge, 0.0), (800.0, HEIGHT), palette.sky[1]);
    svg.rect((0.0, floor), (WIDTH, HEIGHT - floor), palette.sky[2]);
}

fn half_disc((x, y): Point, radius: f64, upper: bool) -> Path {
    Path::at((x - radius, y))
        .arc((radius, radius), upper, (x + radius, y))
        .close()
}

fn bars(svg: &mut Svg, palette: &Palette, dice: &mut Dice, side: f64) {
    let angle = side * dice.between(28.0, 62.0);
    let turn = format!("transform=\"rotate({} 800 500)\"", angle.round());
    svg.group(&turn, |svg| {
        svg.rect((-200.0, 470.0), (2000.0, 26.0), palette.near);
        svg.rect((-200.0, 508.0), (2000.0, 7.0), palette.accents[0]);
        svg.rect((820.0, 540.0), (760.0, 70.0), palette.sky[3]);
    });
}

fn arcs(svg: &mut Svg, palette: &Palette, dice: &mut Dice, (x, y): Point, radius: f64) {
    let mut path = Path::default();
    for r in (1..=4).map(|i| radius + 26.0 * f64::from(i)) {
        let clockwise = dice.chance(0.5);
        path = path.hop((x, y - r)).arc((r, r), clockwise, (x, y + r));
    }
    svg.stroke(&path, 3.0, palette.near);
}

fn dots(svg: &mut Svg, palette: &Palette, (x, y): Point) {
    let (left, top) = (x - 100.0, y - 60.0);
    let dot = |i: u32| {
        (
            left + f64::from(i % 6) * 40.0,
            top + f64::from(i / 6) * 40.0,
        )
    };
    svg.stroke(&Path::dots((0..30).map(dot)), 11.0, palette.near);
}
