//! Outlines: lines and curves, written as SVG writes them.

use super::number::{Point, Size, number};

/// The outline of a shape, or of several.
#[derive(Clone, Default)]
pub(super) struct Path(String);

impl Path {
    /// The value of SVG's attribute `d`.
    pub(super) fn as_str(&self) -> &str {
        &self.0
    }

    /// A path that starts here.
    pub(super) fn at(point: Point) -> Self {
        Self::default().hop(point)
    }

    /// A curve through all the points.
    pub(super) fn through(points: &[Point]) -> Self {
        Self::at(points[0]).along(points)
    }

    /// A closed curve through all the points.
    pub(super) fn ring(points: &[Point]) -> Self {
        let last = points[points.len() - 1];
        let around: Vec<Point> = [&[last], points, &points[..2]].concat();
        let parts = around
            .windows(4)
            .map(|part| [part[0], part[1], part[2], part[3]]);
        parts.fold(Self::at(points[0]), Self::spline).close()
    }

    /// A curve through the points that `at` gives for 0, 1 and so on up to `last`.
    pub(super) fn plot(last: u32, at: impl Fn(f64) -> Point) -> Self {
        let points: Vec<Point> = (0..=last).map(|i| at(f64::from(i))).collect();
        Self::through(&points)
    }

    /// Straight lines from point to point.
    pub(super) fn lines(points: &[Point]) -> Self {
        points[1..]
            .iter()
            .fold(Self::at(points[0]), |path, point| path.line(*point))
    }

    /// Straight lines from point to point and back to the first.
    pub(super) fn polygon(corners: &[Point]) -> Self {
        Self::lines(corners).close()
    }

    /// Points, each as [`dot`](Self::dot) draws it.
    pub(super) fn dots(points: impl Iterator<Item = Point>) -> Self {
        points.fold(Self::default(), Self::dot)
    }

    /// Goes on elsewhere without a line.
    pub(super) fn hop(self, to: Point) -> Self {
        self.command('M', &[to])
    }

    /// Adds a straight line.
    pub(super) fn line(self, to: Point) -> Self {
        self.command('L', &[to])
    }

    /// Adds a cubic Bézier curve.
    pub(super) fn curve(self, start: Point, end: Point, to: Point) -> Self {
        self.command('C', &[start, end, to])
    }

    /// Adds a quadratic Bézier curve.
    pub(super) fn bend(self, control: Point, to: Point) -> Self {
        self.command('Q', &[control, to])
    }

    /// Adds a Catmull-Rom spline. Its first point is the last point of the path.
    pub(super) fn along(mut self, points: &[Point]) -> Self {
        let last = points.len() - 1;
        for i in 0..last {
            let (before, after) = (points[i.saturating_sub(1)], points[last.min(i + 2)]);
            self = self.spline([before, points[i], points[i + 1], after]);
        }
        self
    }

    /// Adds the part of a Catmull-Rom spline between the two points in the middle.
    fn spline(self, [before, from, to, after]: [Point; 4]) -> Self {
        let start = (
            from.0 + (to.0 - before.0) / 6.0,
            from.1 + (to.1 - before.1) / 6.0,
        );
        let end = (
            to.0 - (after.0 - from.0) / 6.0,
            to.1 - (after.1 - from.1) / 6.0,
        );
        self.curve(start, end, to)
    }

    /// Adds a half turn of an ellipse with these radii, clockwise or not.
    pub(super) fn arc(mut self, (rx, ry): Size, clockwise: bool, to: Point) -> Self {
        self.0.push('A');
        pair(&mut self.0, (rx, ry));
        self.0
            .push_str(if clockwise { " 0 0 1 " } else { " 0 0 0 " });
        pair(&mut self.0, to);
        self
    }

    /// Goes back to the start of the outline.
    pub(super) fn close(mut self) -> Self {
        self.0.push('z');
        self
    }

    /// Closes a line between the horizontal positions `left` and `right`: the area between it and the height `foot`.
    pub(super) fn down_to(self, foot: f64, (left, right): (f64, f64)) -> Self {
        self.line((right, foot)).line((left, foot)).close()
    }

    /// Adds a rectangle.
    pub(super) fn block(mut self, corner: Point, size: Size) -> Self {
        self.add_block(corner, size);
        self
    }

    /// Adds a rectangle to a path that is borrowed.
    pub(super) fn add_block(&mut self, corner: Point, (width, height): Size) {
        self.0.push('M');
        pair(&mut self.0, corner);
        for (command, length) in [('h', width), ('v', height), ('h', -width)] {
            self.0.push(command);
            number(&mut self.0, length);
        }
        self.0.push('z');
    }

    /// Adds a point. It shows where the path is stroked, as wide as the line.
    pub(super) fn dot(mut self, point: Point) -> Self {
        self = self.hop(point);
        self.0.push_str("h0");
        self
    }

    /// Adds a short straight line, in whole units.
    pub(super) fn stripe(mut self, (x, y): Point, way: Point) -> Self {
        self = self.hop((x.round(), y.round()));
        self.0.push('l');
        pair(&mut self.0, (way.0.round(), way.1.round()));
        self
    }

    /// Adds a blade of grass, in whole units.
    pub(super) fn blade(mut self, (x, y): Point, (lean, tall): Size) -> Self {
        self = self.hop((x.round(), y.round()));
        self.0.push('q');
        pair(&mut self.0, (0.0, (tall * -0.6).round()));
        self.0.push(' ');
        pair(&mut self.0, (lean.round(), -tall.round()));
        self
    }

    /// Adds a level line to the right.
    pub(super) fn dash(mut self, from: Point, length: f64) -> Self {
        self = self.hop(from);
        self.0.push('h');
        number(&mut self.0, length);
        self
    }

    /// Adds a polygon whose corners are at whole units, each written as the way from the last. It takes a third of the
    /// bytes, which counts for shapes that are drawn by the hundred.
    pub(super) fn coarse_polygon(mut self, corners: &[Point]) -> Self {
        let whole = |(x, y): Point| (x.round(), y.round());
        let mut last = whole(corners[0]);
        self = self.hop(last);
        self.0.push('l');
        for (i, corner) in corners[1..].iter().enumerate() {
            let to = whole(*corner);
            if i > 0 && to.0 >= last.0 {
                self.0.push(' ');
            }
            number(&mut self.0, to.0 - last.0);
            if to.1 >= last.1 {
                self.0.push(' ');
            }
            number(&mut self.0, to.1 - last.1);
            last = to;
        }
        self.close()
    }

    /// Adds the other path's outlines.
    pub(super) fn and(mut self, other: &Self) -> Self {
        self.0.push_str(&other.0);
        self
    }

    fn command(mut self, letter: char, points: &[Point]) -> Self {
        self.0.push(letter);
        for (i, point) in points.iter().enumerate() {
            if i > 0 {
                self.0.push(' ');
            }
            pair(&mut self.0, *point);
        }
        self
    }
}

fn pair(out: &mut String, (x, y): Point) {
    number(out, x);
    out.push(' ');
    number(out, y);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_written_in_absolute_coordinates() {
        let path = Path::at((1.0, 2.0)).line((3.5, -4.0)).close();
        assert_eq!(path.0, "M1 2L3.5 -4z");
    }
}
