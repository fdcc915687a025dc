//! A plate from a herbarium: stems with leaves and flowers before a disc, on paper with a tone-on-tone thicket.

use super::{
    dice::{Dice, cosine, sine},
    number::Point,
    palette::{Color, Palette},
    path::Path,
    scene::Scene,
    svg::{HEIGHT, Svg},
    terrain,
};

/// The sky's colours: paper above and below, disc, thicket. Far and near: pale and dark leaves. Accents: petals,
/// hearts, leaves.
pub(super) const SCENE: Scene = Scene {
    slug: "botany",
    words: "flower garden plant leaf leave botany rose tulip daisy blossom bloom spring \
            love bee butterfly poppy orchid fern meadow grass herb blume garten pflanze \
            blatt frühling liebe fleur jardin plante amour flor jardín planta amor \
            valentine cherry sakura",
    titles: &[
        "Herbarium",
        "Wild stems",
        "Meadow study",
        "From the garden",
        "Leaf and flower",
    ],
    outdoors: false,
    palettes: &Palette::all([
        "day f6efe1 efe2cb f0b98d e9dbc0 fffaf0 8fa58a 2f4a3c d9583b f2b84b 5b7d5a",
        "night 14251f 0d1a17 24483a 183129 f7efdc 4f7d63 9fc2a0 f0a58c f6d58a 6fa07c",
        "dawn f8e9e4 f1d6d0 fff6ef ebc9c4 ffffff a9b39a 4a5d4c c9526a f0b860 7d9474",
        "dusk 1f2440 171a31 e9a05c 2a3052 fff0d8 56708c a9bcc6 f4c8a8 e8814f 7392a0",
        "day e9eee6 d9e3da fdfaf0 cbd8cd ffffff 86a39c 2b4d50 4a6fa8 f3c65a 5c8a80",
    ]),
    paint,
};

fn paint(svg: &mut Svg, palette: &Palette, dice: &mut Dice) {
    let [above, below, disc, thicket] = palette.sky;
    let paper = svg.down(&[(0.0, above), (1.0, below)]);
    svg.flood(paper);
    backdrop(svg, dice, thicket);
    let centre = (
        800.0 + dice.between(-30.0, 30.0),
        dice.between(400.0, 450.0),
    );
    let face = svg.down(&[(0.0, disc.tint(0.06)), (1.0, disc.mix(below, 0.3))]);
    svg.circle(centre, dice.between(225.0, 262.0), face);
    let kinds = ["broad", "round", "narrow"];
    let first = dice.below(3) as usize;
    for (i, lean) in [-1.0, 1.0, -0.55, 0.55, 0.04].into_iter().enumerate() {
        let tip = (
            800.0 + lean * 265.0 + dice.between(-28.0, 28.0),
            245.0 + 135.0 * f64::abs(lean) + dice.between(-35.0, 45.0),
        );
        let stem = Stem {
            root: (800.0 + lean * 60.0, 1020.0),
            bow: lean * dice.between(-50.0, 20.0),
            tip,
        };
        let flowers = i == 4 || dice.chance(0.4);
        plant(svg, palette, dice, &stem, (kinds[(first + i) % 3], flowers));
    }
    terrain::vignette(svg, 0.1);
}

/// A thicket of pale stems, out to either edge.
fn backdrop(svg: &mut Svg, dice: &mut Dice, color: Color) {
    for place in [90.0, 255.0, 430.0, 1170.0, 1345.0, 1510.0] {
        let x = place + dice.between(-30.0, 30.0);
        let tip = (x + dice.between(-80.0, 80.0), dice.between(210.0, 460.0));
        let bow = dice.between(-70.0, 70.0);
        let stem = Stem {
            root: (x, HEIGHT + 40.0),
            bow,
            tip,
        };
        let kind = dice.pick(&["broad", "round", "narrow"]);
        let (leaves, _) = foliage(dice, &stem, kind, 1.25);
        let (bud, _) = leaf_pair(tip, stem.growth(0.97), 80.0, 18.0);
        svg.fill(&leaves.and(&bud), color);
        svg.stroke(&stem.path(), 4.0, color);
    }
}

struct Stem {
    root: Point,
    /// How far its middle bends aside.
    bow: f64,
    tip: Point,
}

impl Stem {
    fn middle(&self) -> Point {
        let lift = (self.root.1 - self.tip.1) * 0.12;
        (
            (self.root.0 * 0.75 + self.tip.0 * 0.25) + self.bow,
            (self.root.1 + self.tip.1) / 2.0 - lift,
        )
    }

    fn at(&self, share: f64) -> Point {
        let rest = 1.0 - share;
        let middle = self.middle();
        let blend =
            |a: f64, b: f64, c: f64| rest * rest * a + 2.0 * rest * share * b + share * share * c;
        (
            blend(self.root.0, middle.0, self.tip.0),
            blend(self.root.1, middle.1, self.tip.1),
        )
    }

    /// Which way it grows at this place, one unit long.
    fn growth(&self, share: f64) -> Point {
        let (from, to) = (self.at(share - 0.02), self.at(share + 0.02));
        unit((to.0 - from.0, to.1 - from.1))
    }

    fn path(&self) -> Path {
        Path::at(self.root).bend(self.middle(), self.tip)
    }
}

fn unit((x, y): Point) -> Point {
    let length = (x * x + y * y).sqrt().max(0.001);
    (x / length, y / length)
}

fn plant(
    svg: &mut Svg,
    palette: &Palette,
    dice: &mut Dice,
    stem: &Stem,
    (kind, flowers): (&str, bool),
) {
    let [_, _, leaf] = palette.accents;
    let color = dice.pick(&[
        leaf,
        leaf.mix(palette.near, 0.45),
        palette.near,
        palette.far,
    ]);
    let dark = color.mix(palette.sky[0].mix(palette.near, 0.8).shade(0.4), 0.28);
    let (leaves, halves) = foliage(dice, stem, kind, 1.0);
    svg.stroke(&stem.path(), 4.0, dark);
    svg.fill(&leaves, color);
    svg.fill(&halves, dark.fade(0.55));
    if flowers {
        let size = dice.between(46.0, 74.0);
        flower(svg, palette, dice, stem.tip, size);
    } else {
        let (full, half) = leaf_pair(stem.tip, stem.growth(0.97), 66.0, 15.0);
        svg.fill(&full, color);
        svg.fill(&half, dark.fade(0.55));
    }
}

/// Leaves in pairs up the stem, and their shaded halves.
fn foliage(dice: &mut Dice, stem: &Stem, kind: &str, scale: f64) -> (Path, Path) {
    let (count, length, wide, spread) = match kind {
        "broad" => (7, 104.0, 25.0, 0.75),
        "round" => (9, 62.0, 28.0, 0.95),
        _ => (15, 88.0, 10.0, 0.62),
    };
    let (mut full, mut half) = (Path::default(), Path::default());
    for i in 0..count {
        let share = 0.3 + 0.66 * f64::from(i) / f64::from(count);
        let (along, at) = (stem.growth(share), stem.at(share));
        for side in [-1.0, 1.0] {
            let size = scale * (1.12 - 0.62 * share) * dice.between(0.85, 1.12);
            let spread = spread + dice.between(-0.1, 0.1);
            let way = unit((
                along.0 * (1.0 - spread * 0.5) - side * along.1 * spread,
                along.1 * (1.0 - spread * 0.5) + side * along.0 * spread,
            ));
            let (leaf, shade) = leaf_pair(at, way, length * size, wide * size);
            full = full.and(&leaf);
            half = half.and(&shade);
        }
    }
    (full, half)
}

/// A leaf, and its half to one side of the midrib.
fn leaf_pair((x, y): Point, (dx, dy): Point, length: f64, wide: f64) -> (Path, Path) {
    let on = |along: f64, aside: f64| {
        (
            x + dx * length * along - dy * wide * aside,
            y + dy * length * along + dx * wide * aside,
        )
    };
    let (base, tip) = (on(0.0, 0.0), on(1.0, 0.0));
    let left = Path::at(base).curve(on(0.22, 1.15), on(0.68, 1.1), tip);
    let whole = left
        .clone()
        .curve(on(0.68, -1.1), on(0.22, -1.15), base)
        .close();
    (whole, left.close())
}

fn flower(svg: &mut Svg, palette: &Palette, dice: &mut Dice, (x, y): Point, radius: f64) {
    let [petal, heart, _] = palette.accents;
    let petals = dice.pick(&[5, 6, 8, 13]);
    let turn = dice.between(0.0, 1.0);
    for (scale, color, shift) in [(1.0, petal.shade(0.12), 0.5), (0.86, petal, 0.0)] {
        let mut path = Path::default();
        for i in 0..petals {
            let angle = turn + (f64::from(i) + shift) / f64::from(petals);
            let way = (cosine(angle), sine(angle));
            let wide = radius
                * if petals > 8 {
                    0.24
                } else {
                    2.4 / f64::from(petals)
                };
            path = path.and(&petal_path((x, y), way, radius * scale, wide * scale));
        }
        svg.fill(&path, color);
    }
    svg.circle((x, y), radius * 0.24, heart);
    let mut dots = Path::default();
    for i in 0..12 {
        let angle = f64::from(i) / 12.0;
        dots = dots.dot((
            x + cosine(angle) * radius * 0.33,
            y + sine(angle) * radius * 0.33,
        ));
    }
    svg.stroke(&dots, radius * 0.06, heart.shade(0.15));
}

fn petal_path((x, y): Point, (dx, dy): Point, length: f64, wide: f64) -> Path {
    let on = |along: f64, aside: f64| {
        (
            x + dx * length * along - dy * wide * aside,
            y + dy * length * along + dx * wide * aside,
        )
    };
    Path::at((x, y))
        .curve(on(0.3, 0.75), on(0.75, 1.2), on(0.97, 0.35))
        .bend(on(1.02, 0.0), on(0.97, -0.35))
        .curve(on(0.75, -1.2), on(0.3, -0.75), (x, y))
        .close()
}
