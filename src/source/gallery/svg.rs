//! The writer of SVG: shapes, gradients and clips, in as few bytes as possible. It does not know what they depict.
//!
//! It writes only presentation attributes, which the strictest content security policy allows.

use super::{
    number::{Point, Size, attribute, hundredths, number},
    palette::Color,
    path::Path,
};

/// The width of the canvas. A cinema screen shows all of it, a phone the middle third.
pub(super) const WIDTH: f64 = 1600.0;
/// The height of the canvas. A screen of 21:9 shows the middle two thirds.
pub(super) const HEIGHT: f64 = 1000.0;

/// A picture that is being drawn, from back to front.
#[derive(Default)]
pub(super) struct Svg {
    defs: String,
    body: String,
    ids: u32,
    /// The things that the picture shows.
    #[cfg(test)]
    pub(super) things: Vec<&'static str>,
}

/// The paint of a shape: a colour, or a gradient by its id.
#[derive(Clone, Copy)]
pub(super) enum Paint {
    Flat(Color),
    Gradient(u32),
}

impl From<Color> for Paint {
    fn from(color: Color) -> Self {
        Self::Flat(color)
    }
}

/// A gradient's colour at an offset from 0 to 1.
pub(super) type ColorStop = (f64, Color);

/// A shape that later groups are cut to.
#[derive(Clone, Copy)]
pub(super) struct Clip(u32);

impl Svg {
    /// Notes that the picture shows a thing. The test of titles reads the notes.
    pub(super) fn shows(&mut self, _thing: &'static str) {
        #[cfg(test)]
        self.things.push(_thing);
    }

    /// A gradient down the painted shape.
    pub(super) fn down(&mut self, stops: &[ColorStop]) -> Paint {
        self.gradient("linearGradient", " x2=\"0\" y2=\"1\"", stops)
    }

    /// A gradient across the painted shape.
    pub(super) fn across(&mut self, stops: &[ColorStop]) -> Paint {
        self.gradient("linearGradient", "", stops)
    }

    /// A gradient from the painted shape's centre to its rim.
    pub(super) fn radial(&mut self, stops: &[ColorStop]) -> Paint {
        self.gradient("radialGradient", "", stops)
    }

    /// A radial gradient lit from the upper left or right, which makes a disc a ball.
    pub(super) fn ball(&mut self, x: f64, stops: &[ColorStop]) -> Paint {
        let mut place = String::from(" r=\".75\"");
        attribute(&mut place, "cx", x, number);
        place.push_str(" cy=\".3\"");
        self.gradient("radialGradient", &place, stops)
    }

    /// A gradient between two heights of the canvas.
    pub(super) fn fall(&mut self, from: f64, to: f64, stops: &[ColorStop]) -> Paint {
        self.between((0.0, from), (0.0, to), stops)
    }

    /// A gradient between two points of the canvas, the same for every shape painted with it.
    pub(super) fn between(&mut self, from: Point, to: Point, stops: &[ColorStop]) -> Paint {
        let mut place = String::from(" gradientUnits=\"userSpaceOnUse\"");
        for (name, value) in [("x1", from.0), ("y1", from.1), ("x2", to.0), ("y2", to.1)] {
            attribute(&mut place, name, value, number);
        }
        self.gradient("linearGradient", &place, stops)
    }

    fn gradient(&mut self, element: &str, place: &str, stops: &[ColorStop]) -> Paint {
        let id = self.id();
        self.defs
            .push_str(&format!("<{element} id=\"i{id}\"{place}>"));
        for (offset, color) in stops {
            self.defs.push_str("<stop");
            attribute(&mut self.defs, "offset", *offset, hundredths);
            color.write(&mut self.defs, "stop-color", "stop-opacity");
            self.defs.push_str("/>");
        }
        self.defs.push_str(&format!("</{element}>"));
        Paint::Gradient(id)
    }

    fn id(&mut self) -> u32 {
        self.ids += 1;
        self.ids
    }

    /// Defines a shape for [`Svg::clipped`].
    pub(super) fn clip(&mut self, path: &Path) -> Clip {
        let id = self.id();
        let d = path.as_str();
        self.defs.push_str(&format!(
            "<clipPath id=\"i{id}\"><path d=\"{d}\"/></clipPath>"
        ));
        Clip(id)
    }

    /// Draws what `draw` draws, cut to a shape.
    pub(super) fn clipped(&mut self, Clip(id): Clip, draw: impl FnOnce(&mut Self)) {
        self.group(&format!("clip-path=\"url(#i{id})\""), draw);
    }

    /// Draws what `draw` draws, as a group with these attributes.
    pub(super) fn group(&mut self, attributes: &str, draw: impl FnOnce(&mut Self)) {
        self.body.push_str(&format!("<g {attributes}>"));
        draw(self);
        self.body.push_str("</g>");
    }

    /// Draws what `draw` draws, and its reflection below the waterline `y`, `squeeze` times as high.
    pub(super) fn mirrored(
        &mut self,
        y: f64,
        squeeze: f64,
        opacity: f64,
        draw: impl FnOnce(&mut Self),
    ) {
        let id = self.id();
        self.group(&format!("id=\"i{id}\""), draw);
        self.body
            .push_str(&format!("<use href=\"#i{id}\" transform=\"matrix(1 0 0 -"));
        hundredths(&mut self.body, squeeze);
        self.body.push_str(" 0 ");
        number(&mut self.body, y * (1.0 + squeeze));
        self.body.push_str(")\"");
        attribute(&mut self.body, "opacity", opacity, hundredths);
        self.body.push_str("/>");
    }

    /// Fills the whole canvas.
    pub(super) fn flood(&mut self, paint: impl Into<Paint>) {
        self.rect((0.0, 0.0), (WIDTH, HEIGHT), paint);
    }

    /// Fills the canvas below the height `y` with a gradient down to the edge.
    pub(super) fn below(&mut self, y: f64, stops: &[ColorStop]) {
        let paint = self.down(stops);
        self.rect((0.0, y), (WIDTH, HEIGHT - y), paint);
    }

    pub(super) fn rect(&mut self, (x, y): Point, (width, height): Size, paint: impl Into<Paint>) {
        self.shape(
            "rect",
            &[("x", x), ("y", y), ("width", width), ("height", height)],
            paint,
        );
    }

    pub(super) fn circle(&mut self, (x, y): Point, radius: f64, paint: impl Into<Paint>) {
        self.shape("circle", &[("cx", x), ("cy", y), ("r", radius)], paint);
    }

    pub(super) fn ellipse(&mut self, (x, y): Point, (rx, ry): Size, paint: impl Into<Paint>) {
        self.shape(
            "ellipse",
            &[("cx", x), ("cy", y), ("rx", rx), ("ry", ry)],
            paint,
        );
    }

    fn shape(&mut self, element: &str, numbers: &[(&str, f64)], paint: impl Into<Paint>) {
        self.body.push('<');
        self.body.push_str(element);
        for (name, value) in numbers {
            attribute(&mut self.body, name, *value, number);
        }
        self.paint("fill", "fill-opacity", paint.into());
        self.body.push_str("/>");
    }

    /// Fills a path. An empty path writes nothing.
    pub(super) fn fill(&mut self, path: &Path, paint: impl Into<Paint>) {
        if path.as_str().is_empty() {
            return;
        }
        self.body
            .push_str(&format!("<path d=\"{}\"", path.as_str()));
        self.paint("fill", "fill-opacity", paint.into());
        self.body.push_str("/>");
    }

    /// Draws a path as a line with round ends. An empty path writes nothing.
    pub(super) fn stroke(&mut self, path: &Path, width: f64, paint: impl Into<Paint>) {
        if path.as_str().is_empty() {
            return;
        }
        self.body.push_str(&format!(
            "<path d=\"{}\" fill=\"none\" stroke-linecap=\"round\"",
            path.as_str()
        ));
        attribute(&mut self.body, "stroke-width", width, number);
        self.paint("stroke", "stroke-opacity", paint.into());
        self.body.push_str("/>");
    }

    fn paint(&mut self, name: &str, opacity: &str, paint: Paint) {
        match paint {
            Paint::Flat(color) => color.write(&mut self.body, name, opacity),
            Paint::Gradient(id) => self.body.push_str(&format!(" {name}=\"url(#i{id})\"")),
        }
    }

    /// The document. No title of a scene holds a character to escape.
    pub(super) fn finish(self, title: &str) -> String {
        let Self { defs, body, .. } = self;
        format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{WIDTH}\" height=\"{HEIGHT}\" \
             viewBox=\"0 0 {WIDTH} {HEIGHT}\" preserveAspectRatio=\"xMidYMid slice\">\
             <title>{title}</title><defs>{defs}</defs>{body}</svg>\n"
        )
    }
}
