//! Fewer points for the same picture: of many points that share a pixel the least and the greatest are drawn.

/// A moment and a value. The value NaN interrupts the line.
pub(super) type Point = (f64, f64);

/// Parts of a curve of which the least and the greatest points are drawn: more are not seen on the widest screen.
const BUCKETS: usize = 320;

/// The points to draw: at most two for each of [`BUCKETS`] parts, in order.
pub(super) fn thin(points: Vec<Point>) -> Vec<Point> {
    if points.len() <= 2 * BUCKETS {
        return points;
    }
    buckets(&points, BUCKETS).flat_map(extremes).collect()
}

/// The items in at most `most` parts of about the same length, none of them empty.
pub(super) fn buckets<T>(items: &[T], most: usize) -> impl Iterator<Item = &[T]> {
    items.chunks(items.len().div_ceil(most).max(1))
}

fn extremes(bucket: &[Point]) -> Vec<Point> {
    let numbers = || {
        bucket
            .iter()
            .enumerate()
            .filter(|(_, (_, value))| !value.is_nan())
    };
    let least = numbers().min_by(|(_, a), (_, b)| a.1.total_cmp(&b.1));
    let most = numbers().max_by(|(_, a), (_, b)| a.1.total_cmp(&b.1));
    match (least, most) {
        (Some((one, _)), Some((other, _))) if one == other => vec![bucket[one]],
        (Some((one, _)), Some((other, _))) => vec![bucket[one.min(other)], bucket[one.max(other)]],
        _ => bucket[..1].to_vec(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_point_that_stands_out_is_still_there() {
        let mut points: Vec<Point> = (0..10_000).map(|at| (f64::from(at), 5.0)).collect();
        (points[4321].1, points[7777].1) = (99.0, -1.0);
        let thinned = thin(points);
        assert!(thinned.len() <= 2 * BUCKETS);
        assert!(thinned.contains(&(4321.0, 99.0)) && thinned.contains(&(7777.0, -1.0)));
        assert!(thinned.is_sorted_by(|a, b| a.0 < b.0));
    }

    #[test]
    fn gaps_stay_gaps_and_few_points_stay_as_they_are() {
        let points = vec![(0.0, 1.0), (1.0, f64::NAN), (2.0, 3.0)];
        assert_eq!(thin(points).len(), 3);
        let gap: Vec<Point> = (0..10_000).map(|at| (f64::from(at), f64::NAN)).collect();
        assert!(thin(gap).iter().all(|(_, value)| value.is_nan()));
        assert!(thin(Vec::new()).is_empty());
        assert_eq!(buckets(&[1; 1001], 200).count(), 167);
    }
}
