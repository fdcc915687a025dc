//! Geometry on paper: a quilt of quarter circles, or one large composition of discs, bars and arcs.

use super::{
    dice::Dice,
    palette::{Color, Hour, Palette},
    scene::Scene,
    svg::{HEIGHT, Path, Point, Svg, WIDTH},
    terrain,
};

/// The sky's first colour is the paper; all others are taken as they come.
pub(super) const SCENE: Scene = Scene {
    slug: "bauhaus",
    words: &[
        "bauhaus",
        "abstract",
        "geometry",
        "geometric",
        "circle",
        "square",
        "triangle",
        "shape",
        "design",
        "art",
        "modern",
        "poster",
        "pattern",
        "color",
        "colour",
        "math",
        "code",
        "computer",
        "rust",
        "kunst",
        "farbe",
        "formen",
        "kandinsky",
        "robot",
        "retro",
        "logo",
        "work",
        "arte",
        "couleur",
    ],
    titles: &[
        "Composition",
        "Circle and bar",
        "Quilt",
        "Study in five colours",
        "Weimar exercise",
    ],
    outdoors: false,
    palettes: &[
        Palette::new(
            Hour::Day,
            "f3eadb e9dcc6 e0cfb4 d8c3a2 fbf6ea 7f9aa0 20262e d5442f f0b03f 2a5b84",
        ),
        Palette::new(
            Hour::Day,
            "f2ece4 e4d9cf cdb9ac b98c7c fffaf4 8fa69a 2c3a3d c4573f e3a857 4f7671",
        ),
        Palette::new(
            Hour::Night,
            "1b2130 242c3f 303b52 44526d f3e9d6 7d93a8 0f131d e8654a f2bd5c 4e93a5",
        ),
        Palette::new(
            Hour::Dawn,
            "f7ece6 efdcd6 e5c3bb d59d98 fffaf6 a3aab8 3a3350 d96459 f4b6a0 5e6aa0",
        ),
        Palette::new(
            Hour::Day,
            "eef0e6 dde3d3 c3cfb9 9db394 fbfcf4 7f9c8a 24352d e07a3f f1c550 3f7a63",
        ),
    ],
    paint,
};

fn paint(svg: &mut Svg, palette: &Palette, dice: &mut Dice) {
    svg.flood(palette.sky[0]);
    if dice.chance(0.45) {
        quilt(svg, palette, dice);
    } else {
        composition(svg, palette, dice);
    }
    terrain::vignette(svg, 0.08);
}

fn quilt(svg: &mut Svg, palette: &Palette, dice: &mut Dice) {
    let [red, yellow, blue] = palette.accents;
    let colors = [
        red,
        yellow,
        blue,
        palette.near,
        palette.far,
        palette.light,
        palette.sky[2],
        palette.sky[3],
    ];
    for row in 0..5 {
        for column in 0..8 {
            let ground = dice.pick(&colors);
            let figure = other(dice, &colors, ground);
            let corner = (f64::from(column) * 200.0, f64::from(row) * 200.0);
            svg.rect((corner.0 - 0.3, corner.1 - 0.3), (200.6, 200.6), ground);
            let second = other(dice, &colors, ground);
            tile(svg, dice, corner, (figure, second));
        }
    }
}

fn other(dice: &mut Dice, colors: &[Color], than: Color) -> Color {
    let color = dice.pick(colors);
    if color == than {
        colors[(colors.iter().position(|c| *c == than).map_or(0, |i| i + 3)) % colors.len()]
    } else {
        color
    }
}

fn tile(svg: &mut Svg, dice: &mut Dice, (x, y): Point, (figure, second): (Color, Color)) {
    let turn = dice.below(4) * 90;
    let kind = dice.below(9);
    svg.group(
        &format!(
            "transform=\"translate({} {})rotate({turn})\"",
            x + 100.0,
            y + 100.0
        ),
        |svg| match kind {
            0 | 1 => svg.fill(&quarter(200.0), figure),
            2 => {
                svg.fill(&quarter(200.0), figure);
                svg.fill(&quarter(100.0), second);
            }
            3 => svg.fill(
                &Path::at((-100.0, 0.0))
                    .arc((100.0, 100.0), true, (100.0, 0.0))
                    .close(),
                figure,
            ),
            4 => svg.fill(
                &quarter(200.0)
                    .hop((100.0, 100.0))
                    .line((100.0, -100.0))
                    .arc((200.0, 200.0), false, (-100.0, 100.0))
                    .close(),
                figure,
            ),
            5 => {
                svg.circle((0.0, 0.0), 78.0, figure);
                svg.circle((0.0, 0.0), 32.0, second);
            }
            6 => svg.fill(
                &Path::lines(&[(-100.0, 100.0), (100.0, 100.0), (100.0, -100.0)]).close(),
                figure,
            ),
            7 => {
                let stripe = |path: Path, i: u32| {
                    path.block((-100.0, -100.0 + 50.0 * f64::from(i)), (200.0, 25.0))
                };
                svg.fill(&(0..4).fold(Path::default(), stripe), figure);
            }
            _ => svg.circle((0.0, 0.0), 100.0, figure),
        },
    );
}

fn quarter(radius: f64) -> Path {
    Path::at((-100.0, -100.0))
        .line((radius - 100.0, -100.0))
        .arc((radius, radius), true, (-100.0, radius - 100.0))
        .close()
}

/// One disc rules; everything else leans on it.
fn composition(svg: &mut Svg, palette: &Palette, dice: &mut Dice) {
    let [red, yellow, blue] = palette.accents;
    let order = dice.pick(&[
        [red, yellow, blue],
        [blue, red, yellow],
        [yellow, blue, red],
        [red, blue, yellow],
    ]);
    let side = dice.side();
    let on = |x: f64, y: f64| (800.0 + side * x, 500.0 + y);
    let edge = if side > 0.0 { 0.0 } else { 800.0 };
    svg.rect((edge, 0.0), (800.0, HEIGHT), palette.sky[1]);
    let floor = dice.between(130.0, 230.0);
    svg.rect((0.0, 500.0 + floor), (WIDTH, 500.0 - floor), palette.sky[2]);
    let radius = dice.between(205.0, 240.0);
    let centre = on(dice.between(-40.0, 20.0), dice.between(-90.0, -30.0));
    svg.circle(
        on(dice.between(400.0, 560.0), dice.between(-260.0, -120.0)),
        dice.between(70.0, 130.0),
        palette.far,
    );
    bars(svg, palette, dice, side);
    svg.circle(centre, radius, order[0]);
    let half = Path::at((centre.0 - radius, centre.1))
        .arc((radius, radius), side > 0.0, (centre.0 + radius, centre.1))
        .close();
    svg.fill(&half, order[0].shade(0.14));
    let low = on(dice.between(-150.0, -90.0), dice.between(140.0, 190.0));
    svg.fill(
        &Path::at((low.0 - 150.0, low.1))
            .arc((150.0, 150.0), true, (low.0 + 150.0, low.1))
            .close(),
        order[1],
    );
    svg.circle(
        on(dice.between(120.0, 185.0), dice.between(70.0, 150.0)),
        dice.between(52.0, 84.0),
        order[2],
    );
    arcs(svg, palette, dice, centre, radius);
    let tip = on(-560.0, -40.0);
    svg.fill(
        &Path::lines(&[
            tip,
            (tip.0 + 210.0, 500.0 + floor),
            (tip.0 - 210.0, 500.0 + floor),
        ])
        .close(),
        palette.near,
    );
    svg.circle(on(-520.0, -250.0), 46.0, order[1]);
    dots(svg, palette, on(430.0, 250.0));
}

fn bars(svg: &mut Svg, palette: &Palette, dice: &mut Dice, side: f64) {
    let angle = side * dice.between(28.0, 62.0);
    svg.group(
        &format!("transform=\"rotate({} 800 500)\"", angle.round()),
        |svg| {
            svg.rect((-200.0, 470.0), (2000.0, 26.0), palette.near);
            svg.rect((-200.0, 508.0), (2000.0, 7.0), palette.accents[0]);
            svg.rect((820.0, 540.0), (760.0, 70.0), palette.sky[3]);
        },
    );
}

fn arcs(svg: &mut Svg, palette: &Palette, dice: &mut Dice, (x, y): Point, radius: f64) {
    let mut path = Path::default();
    for i in 1..=4 {
        let r = radius + 26.0 * f64::from(i);
        path = path
            .hop((x, y - r))
            .arc((r, r), dice.chance(0.5), (x, y + r));
    }
    svg.stroke(&path, 3.0, palette.near);
}

fn dots(svg: &mut Svg, palette: &Palette, (x, y): Point) {
    let mut path = Path::default();
    for i in 0..30 {
        path = path.dot((
            x - 100.0 + f64::from(i % 6) * 40.0,
            y - 60.0 + f64::from(i / 6) * 40.0,
        ));
    }
    svg.stroke(&path, 11.0, palette.near);
}
