//! A cup with steam on a window sill, and hills beyond the panes.

use super::{
    dice::{Dice, sine},
    light,
    number::Point,
    palette::{BLACK, Palette},
    path::Path,
    scene::{Scene, Setting},
    svg::{HEIGHT, Svg, WIDTH},
    terrain::{self, Terrain},
};

/// The palettes' accents are the cup, the curtain and the sill.
pub(super) static CUP: Scene = Scene {
    slug: "cup",
    titles: &[
        "A cup at the window",
        "Steam",
        "Cup and window",
        "A quiet cup",
    ],
    setting: Setting::Indoors,
    native: None,
    palettes: &Palette::all([
        "dawn 94a4c8 ccc0d4 f4d0c0 fdeace fffaf0 b4b0c8 3c3c58 f4ece4 d8a8a0 b48c80",
        "day 8cbcd4 b8d8e0 e0ece4 f8f6ea ffffff a8c4c0 34505a f8f4ec b4ccc4 c4a484",
        "dusk 3c3464 94587c ec886c fcc884 fff0c8 946c88 221a34 d8a890 8c4c58 6c4444",
        "night 0c1630 1c3058 36548a 7088b0 f6f0dc 44608c 0c1226 b8b0b8 4c4868 3c344c",
        "day a4b4a8 c4ccb8 e0e0cc f4f2e4 fffef4 a8b49c 3c4438 fcf8ee c89470 a88464",
    ]),
    vignette: 0.28,
    paint,
};

/// The height of the sill's edge.
const SILL: f64 = 700.0;

fn paint(svg: &mut Svg, palette: &Palette, dice: &mut Dice) {
    svg.shows("window");
    light::sky(svg, palette, dice, SILL - 60.0);
    light::night_stars(svg, palette, dice, 150, 500.0);
    let side = dice.side();
    let sun = (
        800.0 + side * dice.between(120.0, 330.0),
        dice.between(390.0, 500.0),
    );
    light::sun(svg, palette, sun, dice.between(44.0, 64.0));
    for (depth, base) in [(0.0, 560.0), (0.25, 610.0), (0.5, 655.0)] {
        let land = Terrain::rolling(dice, base, 26.0, 1.5);
        let color = palette.depth(depth);
        terrain::layer(
            svg,
            &land.ground(),
            (color, color.mix(palette.haze(), 0.5)),
            (base - 26.0, base + 90.0),
        );
    }
    frame(svg, palette, side);
    sill(svg, palette, side);
    curtain(svg, palette, dice, side);
    let x = 800.0 - side * dice.between(10.0, 60.0);
    cup(svg, palette, dice, (x, SILL + 66.0), side);
}

/// Paints the bars of the window.
fn frame(svg: &mut Svg, palette: &Palette, side: f64) {
    let wood = palette.near.mix(palette.accents[2], 0.45);
    for (x, wide) in [(240.0, 44.0), (1360.0, 44.0), (800.0 + side * 150.0, 26.0)] {
        let paint = svg.across(&[
            (0.0, wood.mix(palette.light, 0.2)),
            (0.4, wood),
            (1.0, wood.shade(0.35)),
        ]);
        svg.rect((x - wide / 2.0, 0.0), (wide, SILL), paint);
    }
    svg.rect((0.0, 290.0), (WIDTH, 22.0), wood);
    svg.rect((0.0, 290.0), (WIDTH, 4.0), palette.light.fade(0.25));
    svg.rect((0.0, SILL - 34.0), (WIDTH, 34.0), wood.shade(0.15));
    for wall in [0.0, 1382.0] {
        svg.rect(
            (wall, 0.0),
            (218.0, SILL),
            palette.near.mix(palette.accents[1], 0.3),
        );
    }
}

fn sill(svg: &mut Svg, palette: &Palette, side: f64) {
    let board = palette.accents[2];
    svg.below(
        SILL,
        &[
            (0.0, board.mix(palette.light, 0.35)),
            (0.25, board),
            (1.0, board.mix(palette.near, 0.65)),
        ],
    );
    svg.rect((0.0, SILL - 2.0), (WIDTH, 4.0), palette.light.fade(0.4));
    let stops = palette.light.fading([(0.0, 0.42), (1.0, 0.0)]);
    let paint = svg.fall(SILL, HEIGHT, &stops);
    for x in [430.0, 800.0 + side * 330.0, 1110.0] {
        let lean = -side * 150.0;
        let pane = Path::polygon(&[
            (x - 120.0, SILL),
            (x + 120.0, SILL),
            (x + 150.0 + lean, HEIGHT),
            (x - 150.0 + lean, HEIGHT),
        ]);
        svg.fill(&pane, paint);
    }
}

/// Paints a curtain drawn to one side, in folds.
fn curtain(svg: &mut Svg, palette: &Palette, dice: &mut Dice, side: f64) {
    let cloth = palette.accents[1];
    let (outer, inner) = (800.0 - side * 800.0, 800.0 - side * 430.0);
    for i in 0..6 {
        let share = |i: f64| outer + (inner - outer) * i / 6.0;
        let (from, to) = (share(f64::from(i)), share(f64::from(i) + 1.25));
        let sway = dice.about(0.0, 14.0) - side * 16.0;
        let fold = Path::at((from, 0.0))
            .line((to, 0.0))
            .curve(
                (to + sway, 260.0),
                (to - sway, 520.0),
                (to - side * 30.0, 820.0),
            )
            .line((from - side * 30.0, 820.0))
            .curve((from - sway, 520.0), (from + sway, 260.0), (from, 0.0));
        let paint = svg.across(&[
            (0.0, cloth.mix(palette.near, 0.3)),
            (0.5, cloth.mix(palette.light, 0.15)),
            (1.0, cloth.mix(palette.near, 0.42)),
        ]);
        svg.fill(&fold.close(), paint);
    }
}

fn cup(svg: &mut Svg, palette: &Palette, dice: &mut Dice, (x, foot): Point, side: f64) {
    svg.shows("cup");
    svg.shows("steam");
    let color = palette.accents[0];
    let shadow = svg.radial(&BLACK.fading([(0.0, 0.4), (0.55, 0.2), (1.0, 0.0)]));
    svg.ellipse((x - side * 90.0, foot + 10.0), (250.0, 30.0), shadow);
    let (bright, dark) = (color.mix(palette.light, 0.3), color.mix(palette.near, 0.42));
    let ordered = |first, last| [(0.0, first), (0.45, color), (1.0, last)];
    let stops = if side < 0.0 {
        ordered(bright, dark)
    } else {
        ordered(dark, bright)
    };
    let paint = svg.across(&stops);
    svg.ellipse((x, foot + 6.0), (172.0, 25.0), paint);
    svg.ellipse((x, foot + 2.0), (126.0, 15.0), dark.fade(0.5));
    let on = |dx: f64, up: f64| (x + dx, foot - up);
    let handle = Path::at(on(-side * 98.0, 132.0)).curve(
        on(-side * 178.0, 150.0),
        on(-side * 168.0, 52.0),
        on(-side * 82.0, 52.0),
    );
    svg.stroke(&handle, 17.0, color.mix(palette.near, 0.22));
    let body = Path::at(on(-112.0, 166.0))
        .curve(on(-108.0, 84.0), on(-88.0, 24.0), on(-54.0, 0.0))
        .arc((54.0, 9.0), false, on(54.0, 0.0))
        .curve(on(88.0, 24.0), on(108.0, 84.0), on(112.0, 166.0))
        .arc((112.0, 22.0), true, on(-112.0, 166.0));
    svg.fill(&body.close(), paint);
    svg.ellipse(
        on(0.0, 166.0),
        (112.0, 22.0),
        color.mix(palette.light, 0.35),
    );
    let drink = palette.accents[2].mix(palette.near, 0.6);
    svg.ellipse(on(0.0, 163.0), (100.0, 17.0), drink);
    svg.ellipse(on(side * 30.0, 160.0), (44.0, 6.0), palette.light.fade(0.2));
    for (dx, phase) in [(-34.0, 0.0), (8.0, 0.37), (42.0, 0.7)] {
        let phase = phase + dice.between(0.0, 0.2);
        let curl = Path::plot(9, |i| {
            on(
                dx + (6.0 + 3.2 * i) * sine(i / 5.5 + phase),
                172.0 + 23.0 * i,
            )
        });
        for (width, opacity) in [(26.0, 0.07), (13.0, 0.1), (5.0, 0.12)] {
            svg.stroke(&curl, width, palette.light.fade(opacity));
        }
    }
}
