//! Vessels and fruit on a table, in the light from a window. After Morandi: few things, close together.

use super::{
    dice::Dice,
    number::Point,
    palette::{BLACK, Color, Palette},
    path::Path,
    scene::Scene,
    svg::{HEIGHT, Paint, Svg, WIDTH},
    terrain,
};

/// The sky's colours: wall above and below, table behind and in front. Far and near: a pale and a dark vessel.
/// Accents: a coloured vessel, two kinds of fruit.
pub(super) const SCENE: Scene = Scene {
    slug: "still-life",
    words: "sushi food fruit still bowl vase bottle wine coffee tea cake bread pizza apple \
            lemon pear peach banana kitchen breakfast dinner lunch cook cooking restaurant \
            cheese chocolate beer table pottery essen obst apfel kaffee wein brot küche \
            pomme vin café pain cuisine comida fruta vino manzana pan ramen burger soup",
    titles: &[
        "Still life with bowl",
        "Three vessels",
        "On the kitchen table",
        "Window light",
        "Fruit and clay",
    ],
    outdoors: false,
    palettes: &Palette::all([
        "day d9cfc0 c6b8a5 a98e72 8a6e55 fff6e4 e6ddcf 4c5560 a9b6ae e08a3c c9503a",
        "day b9c4bf a3b1ae cdbfa8 ab9a80 fffaee f1ebdf 39555c d98d6a f0c04e 9dab5a",
        "dusk 7a4a3f 5c352f 3f2724 2b1a19 ffdca8 d8b08c 2a2a35 4f6a70 ee9a3f d1503a",
        "dawn e8d3cb dcbfb6 b88f84 97706a fff4ea f5ece4 6a5a6e 8fa3b0 f2b45c d86f62",
        "night 27323f 1d2631 3a3331 272221 f8e2b8 b8b4a6 4a6274 c77a50 eaa94a b8453c",
    ]),
    paint,
};

const EDGE: f64 = 655.0;

fn paint(svg: &mut Svg, palette: &Palette, dice: &mut Dice) {
    let side = dice.side();
    room(svg, palette, dice, side);
    let order = dice.pick(&[[0, 1, 2], [2, 0, 1], [1, 2, 0], [2, 1, 0]]);
    let colors = [palette.far, palette.near, palette.accents[0]];
    for (place, color) in [-165.0, 20.0, 170.0]
        .into_iter()
        .zip(order.map(|i: usize| colors[i]))
    {
        let foot = (
            800.0 + place + dice.between(-24.0, 24.0),
            EDGE + dice.between(45.0, 75.0),
        );
        vessel(svg, palette, dice, foot, (color, side));
    }
    aside(svg, palette, dice, side);
    let middle = 800.0 - side * dice.between(30.0, 90.0);
    bowl(svg, palette, dice, (middle, EDGE + 135.0), side);
    for _ in 0..1 + dice.below(2) {
        let at = (
            800.0 + side * dice.between(95.0, 215.0),
            EDGE + dice.between(120.0, 165.0),
        );
        let color = dice.pick(&palette.accents[1..]);
        shadow(svg, (at.0, at.1 + 34.0), 40.0, side);
        fruit(svg, palette, at, 37.0, (color, side));
    }
    terrain::vignette(svg, 0.3);
}

/// Far out on either side, for wide screens: a lone vessel and a lone fruit.
fn aside(svg: &mut Svg, palette: &Palette, dice: &mut Dice, side: f64) {
    let foot = (
        800.0 + side * dice.between(400.0, 520.0),
        EDGE + dice.between(30.0, 60.0),
    );
    let color = dice.pick(&[palette.far, palette.near, palette.accents[0]]);
    vessel(
        svg,
        palette,
        dice,
        foot,
        (color.mix(palette.sky[1], 0.3), side),
    );
    let at = (
        800.0 - side * dice.between(340.0, 480.0),
        EDGE + dice.between(90.0, 150.0),
    );
    let color = dice.pick(&palette.accents[1..]);
    shadow(svg, (at.0, at.1 + 31.0), 36.0, side);
    fruit(svg, palette, at, 34.0, (color, side));
}

/// The wall with the window's light on it, and the table.
fn room(svg: &mut Svg, palette: &Palette, dice: &mut Dice, side: f64) {
    let [above, below, back, front] = palette.sky;
    let light = palette.light;
    let (bright, dim) = if side > 0.0 {
        (0.0, WIDTH)
    } else {
        (WIDTH, 0.0)
    };
    let stops = [
        (0.0, above.mix(light, 0.22)),
        (0.5, above),
        (1.0, below.shade(0.12)),
    ];
    let wall = svg.between((bright, 0.0), (dim, 760.0), &stops);
    svg.flood(wall);
    let stops = [
        (0.0, light.fade(0.1)),
        (0.5, light.fade(0.42)),
        (1.0, light.fade(0.05)),
    ];
    let paint = svg.between((bright, 0.0), (dim, 500.0), &stops);
    window(svg, 800.0 - side * dice.between(250.0, 330.0), side, paint);
    let table = svg.down(&[(0.0, back.tint(0.08)), (0.35, back), (1.0, front)]);
    svg.rect((0.0, EDGE), (WIDTH, HEIGHT - EDGE), table);
    svg.rect((0.0, EDGE - 1.5), (WIDTH, 3.0), light.fade(0.22));
    let pool = svg.radial(&[(0.0, light.fade(0.3)), (1.0, light.fade(0.0))]);
    svg.ellipse((800.0 - side * 60.0, 790.0), (620.0, 120.0), pool);
}

/// Four panes of light, slanted as the sun is.
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
        let pane = Path::lines(&corners.map(|(x, y)| (left + side * x, y)));
        svg.fill(&pane.close(), paint);
    }
}

/// Falls away from the light, along the table.
fn shadow(svg: &mut Svg, (x, y): Point, wide: f64, side: f64) {
    let paint = svg.radial(&[
        (0.0, BLACK.fade(0.42)),
        (0.55, BLACK.fade(0.24)),
        (1.0, BLACK.fade(0.0)),
    ]);
    svg.ellipse((x + side * wide * 0.75, y), (wide * 1.9, wide * 0.3), paint);
}

/// Light on the one side, shade on the other: what makes a silhouette round.
fn round(svg: &mut Svg, palette: &Palette, color: Color, side: f64) -> Paint {
    let bright = color.mix(palette.light, 0.38);
    let tones = [
        color.mix(palette.light, 0.1),
        bright,
        color,
        color.shade(0.3),
        color.shade(0.42),
    ];
    let places = [0.0, 0.2, 0.5, 0.86, 1.0];
    let mut stops: Vec<_> = places.into_iter().zip(tones).collect();
    if side < 0.0 {
        stops = stops
            .into_iter()
            .rev()
            .map(|(place, tone)| (1.0 - place, tone))
            .collect();
    }
    svg.across(&stops)
}

/// A turned form: half widths at heights from the foot up, mirrored.
fn turned((x, foot): Point, profile: &[Point]) -> Path {
    let right: Vec<Point> = profile
        .iter()
        .map(|(height, half)| (x + half, foot - height))
        .collect();
    let left: Vec<Point> = profile
        .iter()
        .rev()
        .map(|(height, half)| (x - half, foot - height))
        .collect();
    let (base, top) = (profile[0].1, profile[profile.len() - 1].1);
    Path::through(&right)
        .arc((top, top * 0.22), false, left[0])
        .along(&left)
        .arc((base, base * 0.2), false, right[0])
        .close()
}

/// Profiles on the wheel: height above the foot and half width there.
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
    let (wide, tall) = dice.place((0.88, 1.12), (0.86, 1.14));
    let turn = |(height, half): &Point| (height * tall, half * wide);
    let profile: Vec<Point> = dice.pick(&PROFILES).iter().map(turn).collect();
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
    let clay = palette.far.mix(palette.near, 0.5);
    let color = dice.pick(&[palette.far, palette.accents[0], clay]);
    shadow(svg, (x, foot), 105.0, side);
    let brim = (x, foot - 84.0);
    svg.ellipse(brim, (132.0, 24.0), color.shade(0.38));
    heap(svg, palette, dice, brim, side);
    let (left, right) = ((x - 132.0, brim.1), (x + 132.0, brim.1));
    let body = Path::at(left)
        .curve(
            (x - 124.0, foot - 26.0),
            (x - 78.0, foot - 6.0),
            (x - 50.0, foot),
        )
        .arc((50.0, 9.0), false, (x + 50.0, foot))
        .curve((x + 78.0, foot - 6.0), (x + 124.0, foot - 26.0), right)
        .arc((132.0, 24.0), true, left);
    let paint = round(svg, palette, color, side);
    svg.fill(&body.close(), paint);
    let lip = Path::at(left).arc((132.0, 24.0), false, right);
    svg.stroke(&lip, 3.0, palette.light.fade(0.45));
}

/// Fruit in the bowl, those behind first.
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
        let at = (x + dx + dice.between(-8.0, 8.0), y + dy);
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
    let focus = 0.5 - side * 0.2;
    let paint = svg.ball(
        focus,
        &[
            (0.0, color.mix(palette.light, 0.5)),
            (0.4, color),
            (1.0, color.shade(0.48)),
        ],
    );
    svg.ellipse((x, y), (radius, radius * 0.95), paint);
    let stalk = Path::at((x, y - radius * 0.82)).bend(
        (x + 1.0, y - radius * 1.05),
        (x + side * 6.0, y - radius * 1.18),
    );
    svg.stroke(&stalk, 3.0, color.shade(0.65));
}
