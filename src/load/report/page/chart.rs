//! A chart as SVG. Curves are stretched to the width of the page, letters are not: horizontal positions are percents,
//! vertical ones are pixels.

use super::{
    html::Escaped,
    scale::Scale,
    thin::{Point, thin},
};
use std::fmt::Write;

/// The width of the curves' own coordinates, before they are stretched.
const WIDTH: f64 = 1000.0;
/// The most points of a curve whose points have dots.
const DOTS: usize = 60;
/// Points of a curve that is drawn thin, since more are as close as pixels.
const DENSE: usize = 400;
/// The distance of two labels at the right edge, in pixels.
const LINE: f64 = 17.0;
/// The distance from the plot to the labels below it, and above it, in pixels.
const BELOW: f64 = 19.0;
const ABOVE: f64 = 7.0;

/// The shape that a series is drawn in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    Line,
    /// A line, and the area between it and zero.
    Area,
}

/// Values over time, with a name and a figure at their end.
pub(super) struct Series {
    pub(super) name: &'static str,
    pub(super) figure: String,
    /// The class of the style sheet that has colour and dashes.
    pub(super) class: &'static str,
    pub(super) shape: Shape,
    pub(super) points: Vec<Point>,
}

/// The text that a stretch of time shows when the pointer is on it.
pub(super) struct Tip {
    pub(super) from: f64,
    pub(super) until: f64,
    pub(super) text: String,
}

/// A chart.
pub(super) struct Chart<'a> {
    /// The name within the page.
    pub(super) id: &'static str,
    pub(super) title: &'static str,
    /// A sentence that says what the chart shows.
    pub(super) note: String,
    /// The height in pixels.
    pub(super) height: f64,
    pub(super) across: &'a Scale,
    pub(super) up: Scale,
    pub(super) series: Vec<Series>,
    /// The moment, the least and the greatest value of vertical lines.
    pub(super) ranges: Vec<(f64, f64, f64)>,
    /// Stretches of time with their names, one after the other.
    pub(super) phases: Vec<(f64, f64, &'static str)>,
    /// Moments with their names.
    pub(super) marks: Vec<(f64, &'static str)>,
    pub(super) tips: Vec<Tip>,
}

impl Chart<'_> {
    /// The chart with its heading and its legend.
    pub(super) fn render(mut self) -> String {
        for series in &mut self.series {
            series.points = thin(std::mem::take(&mut series.points));
        }
        let (id, title, note) = (self.id, self.title, Escaped(&self.note));
        format!(
            "<figure id={id}><figcaption><h3>{title}</h3><p>{note}</p>{}</figcaption>\n\
             <div class=plot><svg class=chart width=\"100%\" height=\"{height}\" role=img \
             aria-labelledby=\"{id}-title {id}-desc\">\n\
             <title id={id}-title>{title}</title><desc id={id}-desc>{note} {}</desc>\n{}</svg></div></figure>\n",
            self.legend(),
            Escaped(&self.spoken()),
            self.drawn(),
            height = self.height,
        )
    }

    /// The figures at the ends of the curves, for screen readers.
    fn spoken(&self) -> String {
        let ends = self
            .series
            .iter()
            .map(|series| format!("{}: {}.", series.name, series.figure));
        ends.collect::<Vec<_>>().join(" ")
    }

    fn legend(&self) -> String {
        let keys = self.series.iter().map(|series| {
            format!(
                "<li class={}><svg width=28 height=8 aria-hidden=true><path d=\"M0 4H28\"/></svg>{} <b>{}</b></li>",
                series.class,
                series.name,
                Escaped(&series.figure)
            )
        });
        format!("<ul class=legend>{}</ul>", keys.collect::<String>())
    }

    fn drawn(&self) -> String {
        let mut out = String::new();
        self.phases(&mut out);
        self.grid(&mut out);
        let height = self.height;
        writeln!(
            out,
            "<svg class=curves viewBox=\"0 0 {WIDTH} {height}\" preserveAspectRatio=none width=\"100%\" \
             height=\"{height}\">"
        )
        .expect("a string takes all");
        self.ranges(&mut out);
        self.series
            .iter()
            .for_each(|series| self.curve(&mut out, series));
        out += "</svg>\n";
        self.series
            .iter()
            .for_each(|series| self.dots(&mut out, series));
        self.marks(&mut out);
        self.ends(&mut out);
        self.tips(&mut out);
        out
    }

    fn percent(&self, moment: f64) -> f64 {
        (self.across.position(moment) * 100_000.0).round() / 1000.0
    }

    fn x(&self, moment: f64) -> f64 {
        (self.across.position(moment) * WIDTH * 10.0).round() / 10.0
    }

    fn y(&self, value: f64) -> f64 {
        ((1.0 - self.up.position(value)) * self.height * 10.0).round() / 10.0
    }

    fn phases(&self, out: &mut String) {
        for (at, (from, until, name)) in self.phases.iter().enumerate() {
            let (left, right) = (self.percent(*from), self.percent(*until));
            if at % 2 == 1 {
                let (width, height) = (right - left, self.height);
                *out += &format!(
                    "<rect class=phase x=\"{left}%\" width=\"{width:.3}%\" height=\"{height}\"/>"
                );
            }
            // A name needs so many percents for its letters.
            if right - left > 12.0 {
                *out += &format!("<text class=when x=\"{left}%\" y=\"-{ABOVE}\">{name}</text>\n");
            }
        }
    }

    fn grid(&self, out: &mut String) {
        for (value, text) in &self.up.ticks {
            let y = self.y(*value);
            let class = if *value == 0.0 { "zero" } else { "grid" };
            *out += &format!(
                "<line class={class} x2=\"100%\" y1=\"{y}\" y2=\"{y}\"/>\
                 <text class=tick x=0 dx=-8 y=\"{y}\" dy=\".35em\" text-anchor=end>{text}</text>\n"
            );
        }
        for (at, (value, text)) in self.across.ticks.iter().enumerate() {
            let (x, y) = (self.percent(*value), self.height + BELOW);
            let class = if at % 2 == 1 { "\"tick odd\"" } else { "tick" };
            *out += &format!(
                "<text class={class} x=\"{x}%\" y=\"{y}\" text-anchor=middle>{text}</text>\n"
            );
        }
    }

    fn ranges(&self, out: &mut String) {
        if self.ranges.is_empty() {
            return;
        }
        *out += "<path class=range d=\"";
        for (at, low, high) in &self.ranges {
            *out += &format!("M{} {}V{}", self.x(*at), self.y(*low), self.y(*high));
        }
        *out += "\"/>\n";
    }

    fn curve(&self, out: &mut String, series: &Series) {
        let (mut line, mut area, mut stretch) = (String::new(), String::new(), Vec::new());
        for point in series.points.iter().chain([&(0.0, f64::NAN)]) {
            if !point.1.is_nan() {
                stretch.push((self.x(point.0), self.y(point.1)));
            } else if let (Some(first), Some(last)) = (stretch.first(), stretch.last()) {
                let path: Vec<String> = stretch.iter().map(|(x, y)| format!("{x} {y}")).collect();
                let (path, zero) = (path.join("L"), self.y(0.0));
                line += &format!("M{path}h0");
                area += &format!("M{} {zero}L{path}L{} {zero}Z", first.0, last.0);
                stretch.clear();
            }
        }
        let class = series.class;
        if series.shape == Shape::Area {
            *out += &format!("<path class=\"area {class}\" d=\"{area}\"/>");
        }
        let dense = if series.points.len() > DENSE {
            " dense"
        } else {
            ""
        };
        *out += &format!("<path class=\"line {class}{dense}\" d=\"{line}\"/>\n");
    }

    fn dots(&self, out: &mut String, series: &Series) {
        if series.shape == Shape::Area || series.points.len() > DOTS {
            return;
        }
        for (at, value) in series.points.iter().filter(|(_, value)| !value.is_nan()) {
            let (x, y, class) = (self.percent(*at), self.y(*value), series.class);
            *out += &format!("<circle class=\"dot {class}\" cx=\"{x}%\" cy=\"{y}\" r=2 />");
        }
    }

    fn marks(&self, out: &mut String) {
        for (at, name) in &self.marks {
            let (x, height) = (self.percent(*at), self.height);
            *out += &format!(
                "<line class=mark x1=\"{x}%\" x2=\"{x}%\" y1=0 y2=\"{height}\"/>\
                 <text class=when x=\"{x}%\" dx=4 y=\"-{ABOVE}\">{name}</text>\n"
            );
        }
    }

    /// The names at the right edge, each as near to the end of its curve as the other names leave room.
    fn ends(&self, out: &mut String) {
        let last = |series: &&Series| {
            let points = series.points.iter().rev();
            points
                .map(|(_, value)| *value)
                .find(|value| !value.is_nan())
        };
        let ends = self
            .series
            .iter()
            .filter_map(|series| Some((self.y(last(&series)?), series)));
        let mut ends: Vec<_> = ends.collect();
        ends.sort_by(|a, b| a.0.total_cmp(&b.0));
        let positions = apart(ends.iter().map(|(y, _)| *y).collect(), self.height);
        for ((_, series), y) in ends.iter().zip(positions) {
            let (class, name, figure) = (series.class, series.name, Escaped(&series.figure));
            *out += &format!(
                "<text class=\"end {class}\" x=\"100%\" dx=10 y=\"{y}\" dy=\".35em\">{name} \
                 <tspan class=figure>{figure}</tspan></text>\n"
            );
        }
    }

    fn tips(&self, out: &mut String) {
        for tip in &self.tips {
            let (left, right) = (self.percent(tip.from), self.percent(tip.until));
            let (width, height) = ((right - left).max(0.2), self.height);
            let lines: Vec<String> = tip
                .text
                .lines()
                .map(|line| Escaped(line).to_string())
                .collect();
            let text = lines.join("\n");
            *out += &format!(
                "<rect class=tip x=\"{left}%\" width=\"{width:.3}%\" height=\"{height}\"><title>{text}</title></rect>\n"
            );
        }
    }
}

/// Moves sorted positions so far apart that lines of text fit; within the height if there is room.
fn apart(mut positions: Vec<f64>, height: f64) -> Vec<f64> {
    for at in 1..positions.len() {
        positions[at] = positions[at].max(positions[at - 1] + LINE);
    }
    let mut limit = height;
    for position in positions.iter_mut().rev() {
        *position = position.min(limit);
        limit = *position - LINE;
    }
    positions
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chart(across: &Scale, points: Vec<Point>) -> String {
        let series = Series {
            name: "held",
            figure: "<3".to_owned(),
            class: "blue",
            shape: Shape::Area,
            points,
        };
        let chart = Chart {
            id: "held",
            title: "Held",
            note: "<b>".to_owned(),
            height: 100.0,
            across,
            up: Scale::counts(10.0),
            series: vec![series],
            ranges: vec![(5.0, 0.0, 10.0)],
            phases: vec![(0.0, 1.0, "connecting"), (1.0, 10.0, "held")],
            marks: vec![(5.0, "storm")],
            tips: vec![Tip {
                from: 0.0,
                until: 5.0,
                text: "<i>".to_owned(),
            }],
        };
        chart.render()
    }

    #[test]
    fn a_curve_stands_where_its_values_are_and_gaps_part_it() {
        let across = Scale::moments(10.0);
        let svg = chart(
            &across,
            vec![(0.0, 0.0), (5.0, 10.0), (6.0, f64::NAN), (10.0, 5.0)],
        );
        assert!(svg.contains("d=\"M0 100L500 3.8h0M1000 51.9h0\""), "{svg}");
        assert!(
            svg.contains("<path class=range d=\"M500 100V3.8\"/>"),
            "{svg}"
        );
        assert!(!svg.contains("NaN"), "{svg}");
    }

    #[test]
    fn texts_are_escaped_and_no_points_are_no_curve() {
        let svg = chart(&Scale::moments(10.0), Vec::new());
        assert!(svg.contains("&lt;b&gt;") && svg.contains("&lt;3") && svg.contains("&lt;i&gt;"));
        assert!(!svg.contains("<i>") && svg.contains("class=\"line blue\" d=\"\""));
    }

    #[test]
    fn labels_do_not_cover_each_other() {
        assert_eq!(apart(vec![10.0, 12.0, 80.0], 100.0), [10.0, 27.0, 80.0]);
        assert_eq!(apart(vec![98.0, 99.0, 100.0], 100.0), [66.0, 83.0, 100.0]);
        assert!(apart(Vec::new(), 100.0).is_empty());
    }
}
