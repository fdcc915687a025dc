//! Boats at their moorings before a row of gabled houses, all of it doubled by still water.

use super::{
    dice::Dice,
    light,
    number::Point,
    palette::{Color, Hour, Palette},
    path::Path,
    scene::{Scene, Setting},
    svg::{Svg, WIDTH},
    terrain::{self, Terrain},
};

/// The kind of scene. The palettes' accents are three colours of walls and hulls.
pub(super) static SCENE: Scene = Scene {
    slug: "harbour",
    titles: &[
        "Harbour",
        "At the moorings",
        "The old quay",
        "Boats at rest",
        "Slack water",
    ],
    setting: Setting::Outdoors,
    native: None,
    palettes: &Palette::all([
        "dawn 8aa0c4 c2bccf f3cfc0 fde8cf fffaf0 a6a8bd 33405f d9806a e9bd85 8ba3a6",
        "day 5fa3cc 9cc9de d3e6e4 f3f1e2 ffffff a3bcc2 24455a c8553d eeb550 3f7f8c",
        "dusk 2e3260 7a5580 e68a74 fdc58a fff0c8 8d6a86 20203f b5523f e0a05a 5b6a8c",
        "night 0a132e 182a54 33507e 6a84ad f7f0d8 3c557f 081024 6b4250 7d6a58 38587a",
    ]),
    vignette: 0.26,
    paint,
};

const WATER: f64 = 590.0;

fn paint(svg: &mut Svg, palette: &Palette, dice: &mut Dice) {
    light::sky(svg, palette, dice, WATER);
    light::night_stars(svg, palette, dice, 130, 420.0);
    let sun = (dice.between(650.0, 950.0), dice.between(215.0, 320.0));
    light::sun(svg, palette, sun, dice.between(34.0, 52.0));
    let cloud = palette.sky[3].mix(palette.light, 0.4);
    light::streaks(svg, dice, 6, (230.0, 420.0), cloud);
    water(svg, palette);
    svg.mirrored(WATER, 0.8, 0.5, |svg| {
        let hills = Terrain::rolling(dice, 490.0, 42.0, 1.1);
        let colors = (palette.depth(0.05), palette.haze());
        terrain::layer(svg, &hills.down_to(WATER), colors, (430.0, WATER + 20.0));
        houses(svg, palette, dice);
        svg.rect((0.0, WATER - 9.0), (WIDTH, 9.0), palette.depth(0.75));
    });
    ripples(svg, palette, dice);
    boats(svg, palette, dice);
    svg.shows("quay");
    svg.shows("water");
    svg.shows("houses");
    let aside = if sun.0 < 800.0 { 180.0 } else { -180.0 };
    let flock = (sun.0 + aside, 330.0);
    light::birds(svg, dice, flock, palette.near.fade(0.6));
}

fn water(svg: &mut Svg, palette: &Palette) {
    let [zenith, high, low, rim] = palette.sky;
    let stops = [
        (0.0, rim.mix(palette.near, 0.12)),
        (0.25, low.mix(palette.near, 0.2)),
        (0.65, high.mix(palette.near, 0.32)),
        (1.0, zenith.mix(palette.near, 0.55)),
    ];
    svg.below(WATER, &stops);
}

fn houses(svg: &mut Svg, palette: &Palette, dice: &mut Dice) {
    let mut x = -dice.between(0.0, 50.0).round();
    let (mut dark, mut lit) = (Path::default(), Path::default());
    while x < WIDTH {
        let (wide, tall) = dice.pair((54.0, 92.0), (72.0, 150.0));
        let (wide, tall) = (wide.round(), tall.round());
        let tone = dice.pick(&palette.accents);
        let tone = tone.mix(palette.far, dice.between(0.08, 0.4));
        house(svg, palette, dice, (x, wide, tall), tone);
        for corner in windows(x, wide, tall) {
            let is_lit = dice.chance(0.4);
            let panes = if is_lit { &mut lit } else { &mut dark };
            panes.add_block(corner, (10.0, 15.0));
        }
        x += wide;
    }
    svg.fill(&dark, palette.near.fade(0.55));
    let glow = match palette.hour {
        Hour::Day => palette.light.fade(0.5),
        _ => palette.light.mix(palette.accents[1], 0.4),
    };
    svg.fill(&lit, glow);
}

/// The upper left corners of a wall's windows.
fn windows(x: f64, wide: f64, tall: f64) -> impl Iterator<Item = Point> {
    let columns = (wide / 24.0).floor();
    let left = x + wide / columns / 2.0 - 5.0;
    let column = move |i: u32| left + wide / columns * f64::from(i);
    let row = move |i: u32| WATER - tall + 14.0 + 36.0 * f64::from(i);
    (0..columns as u32)
        .flat_map(move |i| (0..(tall / 38.0) as u32).map(move |j| (column(i), row(j))))
}

fn house(
    svg: &mut Svg,
    palette: &Palette,
    dice: &mut Dice,
    (x, wide, tall): (f64, f64, f64),
    tone: Color,
) {
    let top = WATER - tall;
    svg.rect((x, top), (wide + 0.5, tall), tone);
    let gable = wide * dice.between(0.42, 0.62);
    let (left, right) = (x - 1.0, x + wide + 1.5);
    let ridge = (x + wide / 2.0, top - gable);
    let mansard = top - gable * 0.7;
    let pointed = [(left, top), ridge, (right, top)];
    let (near_left, near_right) = ((left + 9.0, mansard), (right - 9.0, mansard));
    let flat = [(left, top), near_left, near_right, (right, top)];
    let (pointed, flat) = (&pointed[..], &flat[..]);
    let (roof, share) = dice.pick(&[(pointed, 0.12), (pointed, 0.55), (flat, 0.55)]);
    svg.fill(&Path::polygon(roof), tone.mix(palette.near, share));
}

fn ripples(svg: &mut Svg, palette: &Palette, dice: &mut Dice) {
    for (color, opacity) in [
        (palette.light, 0.3),
        (palette.near, 0.22),
        (palette.haze(), 0.28),
    ] {
        for width in [1.5, 3.0] {
            let mut path = Path::default();
            for _ in 0..26 {
                let near = dice.between(0.0, 1.0) * width / 3.0;
                path = path.dash(
                    (dice.between(-40.0, WIDTH), WATER + 8.0 + near * 390.0),
                    dice.between(20.0, 80.0) * (0.5 + near),
                );
            }
            svg.stroke(&path, width, color.fade(opacity));
        }
    }
}

fn boats(svg: &mut Svg, palette: &Palette, dice: &mut Dice) {
    let main = 800.0 + dice.side() * dice.between(30.0, 110.0);
    let [red, _, blue] = palette.accents;
    for (x, y, scale) in [
        (190.0, 660.0, 0.62),
        (1390.0, 672.0, 0.68),
        (500.0, 690.0, 0.6),
        (1110.0, 700.0, 0.72),
        (main, 780.0, 1.12),
    ] {
        svg.shows("boats");
        let x = dice.about(x, 40.0);
        let mut hull = dice.pick(&[palette.light, red, blue, palette.near, palette.light]);
        if palette.is_night() {
            hull = hull.mix(palette.near, 0.45);
        }
        let (at, facing) = ((x, y), dice.side());
        let boat = Boat { at, scale, facing };
        svg.mirrored(y, 0.75, 0.4, |svg| boat.draw(svg, palette, hull));
        let shade = Path::default().dash((x - 120.0 * scale, y + 2.0), 240.0 * scale);
        svg.stroke(&shade, 4.0 * scale, palette.near.fade(0.35));
    }
}

pub(super) struct Boat {
    /// The middle of the waterline.
    pub(super) at: Point,
    /// At a scale of 1 the boat is 250 long.
    pub(super) scale: f64,
    /// The bow is to the right (1) or to the left (−1).
    pub(super) facing: f64,
}

impl Boat {
    pub(super) fn draw(&self, svg: &mut Svg, palette: &Palette, color: Color) {
        self.rig(svg, palette);
        let sheer = Path::at(self.on(-112.0, 34.0)).bend(self.on(0.0, 22.0), self.on(138.0, 46.0));
        let hull = sheer
            .clone()
            .bend(self.on(118.0, 14.0), self.on(92.0, 0.0))
            .line(self.on(-92.0, 0.0));
        let cabin = [(-58.0, 26.0), (-50.0, 56.0), (22.0, 56.0), (40.0, 28.0)];
        let pane = [(-42.0, 38.0), (-38.0, 49.0), (16.0, 49.0), (22.0, 38.0)];
        let form = |points: [Point; 4]| Path::polygon(&points.map(|(x, y)| self.on(x, y)));
        svg.fill(&form(cabin), palette.light.mix(palette.far, 0.3));
        svg.fill(&form(pane), palette.near.fade(0.7));
        let stops = [
            (0.0, color),
            (0.55, color.mix(palette.near, 0.25)),
            (1.0, palette.near),
        ];
        let paint = svg.down(&stops);
        svg.fill(&hull.close(), paint);
        svg.stroke(&sheer, 3.0 * self.scale, palette.light.fade(0.7));
    }

    /// Paints the stays, the mast with its boom, and the furled sail.
    fn rig(&self, svg: &mut Svg, palette: &Palette) {
        let stays = Path::at(self.on(138.0, 46.0))
            .line(self.on(8.0, 318.0))
            .line(self.on(-112.0, 34.0));
        svg.stroke(&stays, 1.2 * self.scale, palette.near.fade(0.6));
        let mast = Path::at(self.on(8.0, 30.0)).line(self.on(8.0, 320.0));
        let boom = mast.hop(self.on(8.0, 82.0)).line(self.on(-96.0, 78.0));
        svg.stroke(&boom, 5.0 * self.scale, palette.near.mix(palette.far, 0.2));
        let sail = Path::at(self.on(4.0, 90.0)).bend(self.on(-44.0, 100.0), self.on(-92.0, 85.0));
        let canvas = palette.light.mix(palette.far, 0.25);
        svg.stroke(&sail, 11.0 * self.scale, canvas);
    }

    /// The point of the canvas this far forward of the middle and this high above the water.
    fn on(&self, forward: f64, above: f64) -> Point {
        (
            self.at.0 + self.facing * forward * self.scale,
            self.at.1 - above * self.scale,
        )
    }
}
