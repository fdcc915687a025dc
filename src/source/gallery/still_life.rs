//! Vessels and fruit on a table, in the light from a window. After Morandi: few things, close together.

use super::{
    dice::Dice,
    number::Point,
    palette::{BLACK, Color, Palette},
    path::Path,
    scene::{Scene, Series, Setting},
    svg::{Paint, Svg, WIDTH},
};

/// The sky's colours are the wall's above and below and the table's behind and in front. Far and near are a pale and a
/// dark vessel; the accents are a coloured vessel and two kinds of fruit.
static PALETTES: [Palette; 5] = Palette::all([
    "day d9cfc0 c6b8a5 a98e72 8a6e55 fff6e4 e6ddcf 4c5560 a9b6ae e08a3c c9503a",
    "day b9c4bf a3b1ae cdbfa8 ab9a80 fffaee f1ebdf 39555c d98d6a f0c04e 9dab5a",
    "dusk 7a4a3f 5c352f 3f2724 2b1a19 ffdca8 d8b08c 2a2a35 4f6a70 ee9a3f d1503a",
    "dawn e8d3cb dcbfb6 b88f84 97706a fff4ea f5ece4 6a5a6e 8fa3b0 f2b45c d86f62",
    "night 27323f 1d2631 3a3331 272221 f8e2b8 b8b4a6 4a6274 c77a50 eaa94a b8453c",
]);

const SERIES: Series = Series {
    setting: Setting::Indoors,
    palettes: &PALETTES,
    vignette: 0.3,
};

pub(super) static VESSELS: Scene = SERIES.scene(
    "vessels",
    &[
        "Still life with bowl",
        "Vessels and fruit",
        "On the kitchen table",
        "Window light",
        "Fruit and clay",
    ],
    paint,
);
pub(super) static FRUIT: Scene = SERIES.scene(
    "fruit-bowl",
    &[
        "Bowl of fruit",
        "Fruit and window",
        "The laid table",
        "Fruit in the light",
    ],
    fruit_bowl,
);

const EDGE: f64 = 655.0;

fn paint(svg: &mut Svg, palette: &Palette, dice: &mut Dice) {
    let side = dice.side();
    room(svg, palette, dice, side);
    let (pale, dark, gaudy) = (palette.far, palette.near, palette.accents[0]);
    let orders = [
        [pale, dark, gaudy],
        [gaudy, pale, dark],
        [dark, gaudy, pale],
        [gaudy, dark, pale],
    ];
    let middles = [635.0, 820.0, 970.0].into_iter();
    for (middle, color) in middles.zip(dice.pick(&orders)) {
        let x = dice.about(middle, 24.0);
        let foot = (x, EDGE + dice.between(45.0, 75.0));
        vessel(svg, palette, dice, foot, (color, side));
    }
    aside(svg, palette, dice, side);
    let middle = 800.0 - side * dice.between(30.0, 90.0);
    bowl(svg, palette, dice, (middle, EDGE + 135.0), side);
    for _ in 0..1 + dice.below(2) {
        let at = on_table(dice, side, (95.0, 215.0), (120.0, 165.0));
        let color = dice.pick(&palette.accents[1..]);
        shadow(svg, (at.0, at.1 + 34.0), 40.0, side);
        fruit(svg, palette, at, 37.0, (color, side));
    }
}

/// Paints a great bowl of fruit alone in the middle, and a vessel behind it to one side.
fn fruit_bowl(svg: &mut Svg, palette: &Palette, dice: &mut Dice) {
    let side = dice.side();
    room(svg, palette, dice, side);
    let color = dice.pick(&[palette.near, palette.accents[0]]);
    let x = 800.0 + side * dice.between(110.0, 150.0);
    vessel(svg, palette, dice, (x, EDGE + 48.0), (color, side));
    svg.group("transform=\"translate(-360 -400)scale(1.5)\"", |svg| {
        let middle = 773.0 - side * dice.between(15.0, 40.0);
        bowl(svg, palette, dice, (middle, 805.0), side);
    });
    for (aside, color) in [
        (225.0, palette.accents[1]),
        (-330.0, palette.accents[2]),
        (-420.0, palette.accents[1]),
    ] {
        let at = (
            800.0 - side * dice.about(aside, 20.0),
            EDGE + dice.between(120.0, 175.0),
        );
        shadow(svg, (at.0, at.1 + 42.0), 48.0, side);
        fruit(svg, palette, at, 46.0, (color, side));
    }
}

/// A point on the table. Its distances from the picture's vertical axis and from the table's edge are in these ranges.
fn on_table(dice: &mut Dice, side: f64, x: (f64, f64), y: (f64, f64)) -> Point {
    let (x, y) = dice.beside(side, x, y);
    (x, EDGE + y)
}

/// Paints a lone vessel and a lone fruit far out on either side, for wide screens.
fn aside(svg: &mut Svg, palette: &Palette, dice: &mut Dice, side: f64) {
    let foot = on_table(dice, side, (400.0, 520.0), (30.0, 60.0));
    let color = dice.pick(&[palette.far, palette.near, palette.accents[0]]);
    let color = color.mix(palette.sky[1], 0.3);
    vessel(svg, palette, dice, foot, (color, side));
    let at = on_table(dice, -side, (340.0, 480.0), (90.0, 150.0));
    let color = dice.pick(&palette.accents[1..]);
    shadow(svg, (at.0, at.1 + 31.0), 36.0, side);
    fruit(svg, palette, at, 34.0, (color, side));
}

/// Paints the wall with the window's light on it, and the table.
fn room(svg: &mut Svg, palette: &Palette, dice: &mut Dice, side: f64) {
    svg.shows("table");
    svg.shows("window");
    let [above, below, back, front] = palette.sky;
    let light = palette.light;
    let bright = if side > 0.0 { 0.0 } else { WIDTH };
    let dim = WIDTH - bright;
    let (lit, dark) = (above.mix(light, 0.22), below.shade(0.12));
    let stops = [(0.0, lit), (0.5, above), (1.0, dark)];
    let wall = svg.between((bright, 0.0), (dim, 760.0), &stops);
    svg.flood(wall);
    let stops = light.fading([(0.0, 0.1), (0.5, 0.42), (1.0, 0.05)]);
    let paint = svg.between((bright, 0.0), (dim, 500.0), &stops);
    window(svg, 800.0 - side * dice.between(250.0, 330.0), side, paint);
    svg.below(EDGE, &[(0.0, back.tint(0.08)), (0.35, back), (1.0, front)]);
    svg.rect((0.0, EDGE - 1.5), (WIDTH, 3.0), light.fade(0.22));
    let pool = svg.radial(&light.fading([(0.0, 0.3), (1.0, 0.0)]));
    svg.ellipse((800.0 - side * 60.0, 790.0), (620.0, 120.0), pool);
}

/// Paints four panes of light, slanted by the sun.
fn window(svg: &mut Svg, left: f64, side: f64, paint: Paint) {
    for (column, row) in [(0.0, 0.0), (1.0, 0.0), (0.0, 1.0), (1.0, 1.0)] {
        let (x, y) = (
            column * 240.0 + row * 68.0,
            95.0 + row * 235.0 + column * 46.0,
        );
        let corners = [
            (x, y),
            (x + 222.0, y + 42.0),
            (x + 284.0, y + 256.0),
            (x + 62.0, y + 214.0),
        ];
        let pane = Path::polygon(&corners.map(|(x, y)| (left + side * x, y)));
        svg.fill(&pane, paint);
    }
}

/// Paints a shadow that falls away from the light along the table.
fn shadow(svg: &mut Svg, (x, y): Point, wide: f64, side: f64) {
    let paint = svg.radial(&BLACK.fading([(0.0, 0.42), (0.55, 0.24), (1.0, 0.0)]));
    svg.ellipse((x + side * wide * 0.75, y), (wide * 1.9, wide * 0.3), paint);
}

/// A paint with light on one side and shade on the other, which makes a silhouette round.
fn round(svg: &mut Svg, palette: &Palette, color: Color, side: f64) -> Paint {
    let mut stops = [
        (0.0, color.mix(palette.light, 0.1)),
        (0.2, color.mix(palette.light, 0.38)),
        (0.5, color),
        (0.86, color.shade(0.3)),
        (1.0, color.shade(0.42)),
    ];
    if side < 0.0 {
        stops.reverse();
        stops = stops.map(|(offset, tone)| (1.0 - offset, tone));
    }
    svg.across(&stops)
}

/// The outline of a form turned on a wheel. The profile gives heights above the foot, from below, and half widths
/// there.
fn turned((x, foot): Point, profile: &[Point]) -> Path {
    let on = |side: f64| move |(height, half): &Point| (x + side * half, foot - height);
    let right: Vec<Point> = profile.iter().map(on(1.0)).collect();
    let left: Vec<Point> = profile.iter().rev().map(on(-1.0)).collect();
    let (base, top) = (profile[0].1, profile[profile.len() - 1].1);
    Path::through(&right)
        .arc((top, top * 0.22), false, left[0])
        .along(&left)
        .arc((base, base * 0.2), false, right[0])
        .close()
}

/// The profiles of the vessels.
const PROFILES: [&[Point]; 5] = [
    &[
        (0.0, 44.0),
        (20.0, 55.0),
        (150.0, 58.0),
        (200.0, 46.0),
        (232.0, 20.0),
        (320.0, 16.0),
        (340.0, 19.0),
    ],
    &[
        (0.0, 40.0),
        (50.0, 68.0),
        (130.0, 76.0),
        (200.0, 48.0),
        (236.0, 26.0),
        (252.0, 32.0),
    ],
    &[(0.0, 52.0), (60.0, 56.0), (180.0, 60.0), (215.0, 62.0)],
    &[
        (0.0, 36.0),
        (40.0, 52.0),
        (90.0, 55.0),
        (150.0, 30.0),
        (260.0, 15.0),
        (330.0, 13.0),
        (342.0, 22.0),
    ],
    &[
        (0.0, 50.0),
        (80.0, 66.0),
        (120.0, 62.0),
        (160.0, 40.0),
        (176.0, 36.0),
        (196.0, 44.0),
    ],
];

fn vessel(
    svg: &mut Svg,
    palette: &Palette,
    dice: &mut Dice,
    foot: Point,
    (color, side): (Color, f64),
) {
    let (wide, tall) = dice.pair((0.88, 1.12), (0.86, 1.14));
    let turn = |(height, half): &Point| (height * tall, half * wide);
    let profile: Vec<Point> = dice.pick(&PROFILES).iter().map(turn).collect();
    svg.shows("vessels");
    shadow(svg, foot, 58.0 * wide, side);
    let paint = round(svg, palette, color, side);
    svg.fill(&turned(foot, &profile), paint);
    let (height, mouth) = profile[profile.len() - 1];
    let rim = (foot.0, foot.1 - height);
    svg.ellipse(rim, (mouth, mouth * 0.24), color.shade(0.2));
    let inside = (rim.0, rim.1 + 1.5);
    svg.ellipse(inside, (mouth * 0.84, mouth * 0.17), color.shade(0.58));
}

fn bowl(svg: &mut Svg, palette: &Palette, dice: &mut Dice, (x, foot): Point, side: f64) {
    svg.shows("bowl");
    svg.shows("fruit");
    let clay = palette.far.mix(palette.near, 0.5);
    let color = dice.pick(&[palette.far, palette.accents[0], clay]);
    shadow(svg, (x, foot), 105.0, side);
    let brim = (x, foot - 84.0);
    svg.ellipse(brim, (132.0, 24.0), color.shade(0.38));
    heap(svg, palette, dice, brim, side);
    let (left, right) = ((x - 132.0, brim.1), (x + 132.0, brim.1));
    let on = |aside: f64, above: f64| (x + aside, foot - above);
    let body = Path::at(left)
        .curve(on(-124.0, 26.0), on(-78.0, 6.0), on(-50.0, 0.0))
        .arc((50.0, 9.0), false, on(50.0, 0.0))
        .curve(on(78.0, 6.0), on(124.0, 26.0), right)
        .arc((132.0, 24.0), true, left);
    let paint = round(svg, palette, color, side);
    svg.fill(&body.close(), paint);
    let lip = Path::at(left).arc((132.0, 24.0), false, right);
    svg.stroke(&lip, 3.0, palette.light.fade(0.45));
}

/// Paints the fruit in the bowl, from back to front.
fn heap(svg: &mut Svg, palette: &Palette, dice: &mut Dice, (x, y): Point, side: f64) {
    let places = [
        (-62.0, -22.0, 42.0),
        (52.0, -24.0, 45.0),
        (-4.0, -44.0, 43.0),
        (-36.0, -2.0, 38.0),
        (26.0, 0.0, 40.0),
    ];
    for (dx, dy, radius) in places {
        let color = dice.pick(&palette.accents[1..]);
        let at = (dice.about(x + dx, 8.0), y + dy);
        let radius = radius * dice.between(0.92, 1.06);
        fruit(svg, palette, at, radius, (color, side));
    }
}

fn fruit(
    svg: &mut Svg,
    palette: &Palette,
    (x, y): Point,
    radius: f64,
    (color, side): (Color, f64),
) {
    let (lit, dark) = (color.mix(palette.light, 0.5), color.shade(0.48));
    let stops = [(0.0, lit), (0.4, color), (1.0, dark)];
    let paint = svg.ball(0.5 - side * 0.2, &stops);
    svg.ellipse((x, y), (radius, radius * 0.95), paint);
    let on = |aside: f64, above: f64| (x + aside, y - radius * above);
    let stalk = Path::at(on(0.0, 0.82)).bend(on(1.0, 1.05), on(side * 6.0, 1.18));
    svg.stroke(&stalk, 3.0, color.shade(0.65));
}
