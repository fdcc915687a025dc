//! The slope of a figure over the size of a crowd: the cost of one more, without the costs that are there anyhow. Pure.

/// The least number of points that tell a slope: fewer lie on a line by chance.
const LEAST: u32 = 5;

/// The line of least squares through points, which are not kept.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Slope {
    points: u32,
    across: f64,
    up: f64,
    /// The sum of the squares of the distances across, and of the products of both distances, from the means.
    squares: f64,
    products: f64,
}

impl Slope {
    /// Adds a point.
    pub(crate) fn add(&mut self, across: f64, up: f64) {
        self.points += 1;
        let (from_mean, number) = (across - self.across, f64::from(self.points));
        self.across += from_mean / number;
        self.up += (up - self.up) / number;
        self.squares += from_mean * (across - self.across);
        self.products += from_mean * (up - self.up);
    }

    /// The growth upwards for each step across. None with too few points, or if all stand in one place.
    pub(crate) fn each(&self) -> Option<f64> {
        (self.points >= LEAST && self.squares > 0.0).then(|| self.products / self.squares)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn each(points: &[(f64, f64)]) -> Option<f64> {
        let mut slope = Slope::default();
        for (across, up) in points {
            slope.add(*across, *up);
        }
        slope.each()
    }

    #[test]
    fn a_slope_is_that_of_least_squares_whatever_is_there_anyhow() {
        let line = |fixed: f64, each: f64| {
            (0..9)
                .map(move |n| f64::from(n * 100))
                .map(move |x| (x, fixed + each * x))
        };
        for (fixed, each_of) in [(0.0, 3.0), (5e9, 84.5), (1e6, 0.0), (1e6, -2.0)] {
            let points: Vec<_> = line(fixed, each_of).collect();
            let found = each(&points).unwrap();
            assert!((found - each_of).abs() < 1e-3, "{fixed} {each_of}: {found}");
        }
        // By hand: means 2 and 4; products 4 + 1 + 0 + 1 + 10, squares 10.
        let steps = [(0.0, 2.0), (1.0, 3.0), (2.0, 2.0), (3.0, 5.0), (4.0, 9.0)];
        let found = each(&steps).unwrap();
        assert!((found - 1.6).abs() < 1e-12, "{found}");
    }

    #[test]
    fn too_few_points_and_points_in_one_place_have_no_slope() {
        assert_eq!(each(&[]), None);
        assert_eq!(
            each(&[(1.0, 1.0), (2.0, 2.0), (3.0, 3.0), (4.0, 4.0)]),
            None
        );
        assert_eq!(each(&[(8.0, 1.0); 9]), None);
    }
}
