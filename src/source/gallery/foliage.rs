//! Broad-leaved trees: trunks that end in the ground, and crowns of many dabs.

use super::{
    dice::Dice,
    number::{Point, Size},
    palette::Color,
    path::Path,
    svg::Svg,
};

/// Paints a crown about a point: dabs of three tones, the dark tone below and the bright tone towards the light, which
/// comes from the right (`side` is 1) or from the left (−1). A small crown has fewer dabs.
pub(super) fn crown(
    svg: &mut Svg,
    dice: &mut Dice,
    (x, y): Point,
    (rx, ry): Size,
    (tones, side): ([Color; 3], f64),
) {
    let count = 8 + (rx.min(ry) * 0.17) as u32;
    let dabs = [
        (0.26, 0.0, 0.06, 0.9),
        (0.17, 0.1, -0.06, 0.82),
        (0.1, 0.22, -0.2, 0.7),
    ];
    for ((size, aside, down, reach), color) in dabs.into_iter().zip(tones) {
        let dab = |_| {
            let (dx, dy) = within(dice);
            let at = (
                x + rx * (dx * reach + side * aside),
                y + ry * (dy * reach + down),
            );
            (at.0.round(), at.1.round())
        };
        let path = Path::dots((0..count).map(dab));
        svg.stroke(&path, rx.min(ry) * size * 1.5, color);
    }
}

/// A point in the disc of radius 1.
fn within(dice: &mut Dice) -> Point {
    loop {
        let (x, y) = dice.pair((-1.0, 1.0), (-1.0, 1.0));
        if x * x + y * y < 1.0 {
            return (x, y);
        }
    }
}

/// Adds a trunk with a flare of roots. It rises from its foot to `top` and leans by `lean`.
pub(super) fn trunk(path: Path, (x, foot): Point, (wide, lean): (f64, f64), top: f64) -> Path {
    let tall = foot - top;
    let (tip, half) = (x + lean, wide * 0.5);
    path.hop((x - wide * 1.5, foot))
        .curve(
            (x - wide * 0.6, foot - wide * 0.8),
            (x - half, foot - tall * 0.3),
            (tip - half * 0.3, top),
        )
        .line((tip + half * 0.3, top))
        .curve(
            (x + half, foot - tall * 0.3),
            (x + wide * 0.6, foot - wide * 0.8),
            (x + wide * 1.5, foot),
        )
        .bend((x, foot + wide * 0.6), (x - wide * 1.5, foot))
        .close()
}

/// Paints blades of grass between two heights, and over the feet of anything that stands there.
pub(super) fn grass(
    svg: &mut Svg,
    dice: &mut Dice,
    count: u32,
    (x, y): ((f64, f64), (f64, f64)),
    color: Color,
) {
    let mut path = Path::default();
    for _ in 0..count {
        let (x, y) = dice.pair(x, y);
        let (lean, tall) = dice.pair((-10.0, 10.0), (12.0, 34.0));
        path = path.blade((x, y), (lean, tall));
    }
    svg.stroke(&path, 2.0, color);
}
