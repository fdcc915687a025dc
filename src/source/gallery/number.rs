//! The numbers of a picture, and how they are written: in as few bytes as the eye allows.

/// A position on the canvas, from its upper left corner.
pub(super) type Point = (f64, f64);

/// A width and a height, or the two radii of an ellipse.
pub(super) type Size = (f64, f64);

/// Writes a length or a coordinate to a tenth of a unit.
pub(super) fn number(out: &mut String, value: f64) {
    decimal(out, value, 10);
}

/// Writes an opacity or a share to a hundredth. Tenths would show as steps.
pub(super) fn hundredths(out: &mut String, value: f64) {
    decimal(out, value, 100);
}

/// Writes an attribute; `write` decides how exact its value is.
pub(super) fn attribute(out: &mut String, name: &str, value: f64, write: fn(&mut String, f64)) {
    out.push(' ');
    out.push_str(name);
    out.push_str("=\"");
    write(out, value);
    out.push('"');
}

/// Writes `value` to the nearest multiple of 1/`parts`, a power of ten, without leading or trailing zeros.
fn decimal(out: &mut String, value: f64, parts: i64) {
    let scaled = (value * parts as f64).round() as i64;
    if scaled < 0 {
        out.push('-');
    }
    let (whole, mut rest) = (scaled.abs() / parts, scaled.abs() % parts);
    if whole > 0 || rest == 0 {
        out.push_str(&whole.to_string());
    }
    if rest > 0 {
        out.push('.');
    }
    let mut unit = parts / 10;
    while rest > 0 {
        out.push((b'0' + (rest / unit) as u8) as char);
        rest %= unit;
        unit /= 10;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_as_short_as_they_can_be() {
        let written = |value, parts| {
            let mut out = String::new();
            decimal(&mut out, value, parts);
            out
        };
        assert_eq!(written(0.0, 10), "0");
        assert_eq!(written(-0.04, 10), "0");
        assert_eq!(written(12.0, 10), "12");
        assert_eq!(written(-3.25, 10), "-3.3");
        assert_eq!(written(0.07, 100), ".07");
        assert_eq!(written(0.5, 100), ".5");
        assert_eq!(written(-0.5, 10), "-.5");
    }
}
