//! Random numbers from a seed, and angles: the same on every machine.

/// The random numbers of one picture. Painters use only the arithmetic that IEEE 754 fixes to the last bit, so that a
/// name means the same bytes on every machine.
pub(super) struct Dice(fastrand::Rng);

impl Dice {
    pub(super) fn new(seed: u64) -> Self {
        Self(fastrand::Rng::with_seed(seed))
    }

    /// A number in the range.
    pub(super) fn between(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.0.f64()
    }

    /// A number that is at most `reach` away from `middle`.
    pub(super) fn about(&mut self, middle: f64, reach: f64) -> f64 {
        middle + self.between(-reach, reach)
    }

    /// Two numbers, each in its range; the horizontal number comes first.
    pub(super) fn pair(&mut self, x: (f64, f64), y: (f64, f64)) -> (f64, f64) {
        (self.between(x.0, x.1), self.between(y.0, y.1))
    }

    /// A point whose distances from the picture's vertical axis and from its upper edge are in these ranges. The point
    /// is to the left (`side` is −1) or to the right (1) of the axis.
    pub(super) fn beside(&mut self, side: f64, x: (f64, f64), y: (f64, f64)) -> (f64, f64) {
        let (x, y) = self.pair(x, y);
        (800.0 + side * x, y)
    }

    /// True with this probability.
    pub(super) fn chance(&mut self, share: f64) -> bool {
        self.0.f64() < share
    }

    /// A whole number from 0 to `count` − 1.
    pub(super) fn below(&mut self, count: u32) -> u32 {
        self.0.u32(..count)
    }

    /// An element of the slice.
    pub(super) fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.0.u32(..from.len() as u32) as usize]
    }

    /// 1 or −1.
    pub(super) fn side(&mut self) -> f64 {
        self.pick(&[-1.0, 1.0])
    }
}

/// The sine of an angle in turns, to three digits. The C library's sine differs from machine to machine in its last
/// digit.
pub(super) fn sine(turns: f64) -> f64 {
    let turn = turns - turns.floor();
    let (half, sign) = if turn < 0.5 {
        (turn, 1.0)
    } else {
        (turn - 0.5, -1.0)
    };
    let parabola = 16.0 * half * (0.5 - half);
    sign * parabola * (0.775 + 0.225 * parabola)
}

/// The cosine of an angle in turns.
pub(super) fn cosine(turns: f64) -> f64 {
    sine(turns + 0.25)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sine_is_within_two_thousandths_of_the_exact_one() {
        for step in -100..100 {
            let turns = f64::from(step) / 40.0;
            let exact = (turns * std::f64::consts::TAU).sin();
            assert!((sine(turns) - exact).abs() < 0.002, "at {turns}");
        }
    }
}
