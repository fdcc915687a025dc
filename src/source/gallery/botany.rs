//! A plate from a herbarium: stems with leaves and flowers before a disc, on paper with a tone-on-tone thicket.

use super::{
    dice::{Dice, cosine, sine},
    number::Point,
    palette::{Color, Palette},
    path::Path,
    scene::{Scene, Setting},
    svg::{HEIGHT, Svg},
};

/// The kind of scene. The sky's colours are the paper's above and below, the disc's and the thicket's. Far and near are
/// pale and dark leaves; the accents are petals, hearts and leaves.
pub(super) static SCENE: Scene = Scene {
    slug: "botany",
    titles: &[
        "Herbarium",
        "Wild stems",
        "Meadow study",
        "From the garden",
        "Leaf and flower",
    ],
    setting: Setting::Indoors,
    native: None,
    palettes: &Palette::all([
        "day f6efe1 efe2cb f0b98d e9dbc0 fffaf0 8fa58a 2f4a3c d9583b f2b84b 5b7d5a",
        "night 14251f 0d1a17 24483a 183129 f7efdc 4f7d63 9fc2a0 f0a58c f6d58a 6fa07c",
        "dawn f8e9e4 f1d6d0 fff6ef ebc9c4 ffffff a9b39a 4a5d4c c9526a f0b860 7d9474",
        "dusk 1f2440 171a31 e9a05c 2a3052 fff0d8 56708c a9bcc6 f4c8a8 e8814f 7392a0",
        "day e9eee6 d9e3da fdfaf0 cbd8cd ffffff 86a39c 2b4d50 4a6fa8 f3c65a 5c8a80",
    ]),
    vignette: 0.1,
    paint,
};

fn paint(svg: &mut Svg, palette: &Palette, dice: &mut Dice) {
    let [above, below, disc, thicket] = palette.sky;
    let paper = svg.down(&[(0.0, above), (1.0, below)]);
    svg.flood(paper);
    backdrop(svg, dice, thicket);
    let centre = (dice.about(800.0, 30.0), dice.between(400.0, 450.0));
    let face = svg.down(&[(0.0, disc.tint(0.06)), (1.0, disc.mix(below, 0.3))]);
    svg.circle(centre, dice.between(225.0, 262.0), face);
    let kinds = ["broad", "round", "narrow"];
    let first = dice.below(3) as usize;
    for (i, lean) in [-1.0, 1.0, -0.55, 0.55, 0.04].into_iter().enumerate() {
        let tip = (
            dice.about(800.0 + lean * 265.0, 28.0),
            245.0 + 135.0 * f64::abs(lean) + dice.between(-35.0, 45.0),
        );
        let bow = lean * dice.between(-50.0, 20.0);
        let stem = Stem::new((800.0 + lean * 60.0, 1020.0), bow, tip);
        let flowers = i == 4 || dice.chance(0.4);
        plant(svg, palette, dice, &stem, (kinds[(first + i) % 3], flowers));
    }
}

/// Paints a thicket of pale stems that reaches both edges.
fn backdrop(svg: &mut Svg, dice: &mut Dice, color: Color) {
    for middle in [90.0, 255.0, 430.0, 1170.0, 1345.0, 1510.0] {
        let x = dice.about(middle, 30.0);
        let tip = (dice.about(x, 80.0), dice.between(210.0, 460.0));
        let bow = dice.between(-70.0, 70.0);
        let stem = Stem::new((x, HEIGHT + 40.0), bow, tip);
        let kind = dice.pick(&["broad", "round", "narrow"]);
        let (leaves, _) = foliage(dice, &stem, kind, 1.25);
        let (bud, _) = leaf_pair(tip, stem.growth(0.97), 80.0, 18.0);
        svg.fill(&leaves.and(&bud), color);
        svg.stroke(&stem.path(), 4.0, color);
    }
}

/// A stem is a quadratic Bézier curve; its middle is the control point.
struct Stem {
    root: Point,
    middle: Point,
    tip: Point,
}

impl Stem {
    /// A stem whose middle bends aside by `bow`.
    fn new(root: Point, bow: f64, tip: Point) -> Self {
        let lift = (root.1 - tip.1) * 0.12;
        let across = (root.0 * 0.75 + tip.0 * 0.25) + bow;
        let middle = (across, (root.1 + tip.1) / 2.0 - lift);
        Self { root, middle, tip }
    }

    /// The point on the stem after this share of the curve.
    fn at(&self, share: f64) -> Point {
        let Self { root, middle, tip } = self;
        let rest = 1.0 - share;
        let (first, second, third) = (rest * rest, 2.0 * rest * share, share * share);
        (
            first * root.0 + second * middle.0 + third * tip.0,
            first * root.1 + second * middle.1 + third * tip.1,
        )
    }

    /// The direction in which the stem grows at this point, one unit long.
    fn growth(&self, share: f64) -> Point {
        let (from, to) = (self.at(share - 0.02), self.at(share + 0.02));
        unit((to.0 - from.0, to.1 - from.1))
    }

    fn path(&self) -> Path {
        Path::at(self.root).bend(self.middle, self.tip)
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
    let (leaf, near) = (palette.accents[2], palette.near);
    let color = dice.pick(&[leaf, leaf.mix(near, 0.45), near, palette.far]);
    let dark = color.mix(palette.sky[0].mix(palette.near, 0.8).shade(0.4), 0.28);
    let (leaves, halves) = foliage(dice, stem, kind, 1.0);
    svg.stroke(&stem.path(), 4.0, dark);
    svg.fill(&leaves, color);
    svg.fill(&halves, dark.fade(0.55));
    svg.shows("leaf");
    if flowers {
        svg.shows("flower");
        let size = dice.between(46.0, 74.0);
        flower(svg, palette, dice, stem.tip, size);
    } else {
        let (full, half) = leaf_pair(stem.tip, stem.growth(0.97), 66.0, 15.0);
        svg.fill(&full, color);
        svg.fill(&half, dark.fade(0.55));
    }
}

/// The outlines of the leaves, which grow in pairs up the stem, and of their shaded halves.
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
            let spread = dice.about(spread, 0.1);
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

/// A function from a point of a blade, given by shares of its length and its width, to the canvas. The blade grows in
/// the direction `way`.
fn blade((x, y): Point, (dx, dy): Point, length: f64, wide: f64) -> impl Fn(f64, f64) -> Point {
    move |along, aside| {
        (
            x + dx * length * along - dy * wide * aside,
            y + dy * length * along + dx * wide * aside,
        )
    }
}

/// The outlines of a leaf and of its half to one side of the midrib.
fn leaf_pair(at: Point, way: Point, length: f64, wide: f64) -> (Path, Path) {
    let on = blade(at, way, length, wide);
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
    let slim = if petals > 8 {
        0.24
    } else {
        2.4 / f64::from(petals)
    };
    let wide = radius * slim;
    for (scale, color, shift) in [(1.0, petal.shade(0.12), 0.5), (0.86, petal, 0.0)] {
        let mut path = Path::default();
        for i in 0..petals {
            let angle = turn + (f64::from(i) + shift) / f64::from(petals);
            let way = (cosine(angle), sine(angle));
            path = path.and(&petal_path((x, y), way, radius * scale, wide * scale));
        }
        svg.fill(&path, color);
    }
    svg.circle((x, y), radius * 0.24, heart);
    let dot = |angle| {
        (
            x + cosine(angle) * radius * 0.33,
            y + sine(angle) * radius * 0.33,
        )
    };
    let dots = Path::dots((0..12).map(|i| dot(f64::from(i) / 12.0)));
    svg.stroke(&dots, radius * 0.06, heart.shade(0.15));
}

fn petal_path(at: Point, way: Point, length: f64, wide: f64) -> Path {
    let on = blade(at, way, length, wide);
    Path::at(at)
        .curve(on(0.3, 0.75), on(0.75, 1.2), on(0.97, 0.35))
        .bend(on(1.02, 0.0), on(0.97, -0.35))
        .curve(on(0.75, -1.2), on(0.3, -0.75), at)
        .close()
}
