//! A distribution of times in full, as text: HdrHistogram's V2 encoding in base64, as logs of HdrHistogram have it. The
//! times are in microseconds. Pure.

use super::Quantiles;
use base64::{Engine, prelude::BASE64_STANDARD};
use hdrhistogram::{
    Counter, Histogram,
    serialization::{Deserializer, Serializer, V2DeflateSerializer, V2Serializer},
};

/// Digits of the times that are put together from a few values.
const DIGITS: u8 = 3;
/// The longest time, in microseconds: an hour.
pub(crate) const LONGEST: u64 = 3_600_000_000;

/// The distribution, compressed: for the distributions of a whole run.
pub(crate) fn compressed<C: Counter>(times: &Histogram<C>) -> String {
    encoded(times, V2DeflateSerializer::new())
}

/// The distribution, encoded in a few microseconds: for a broadcast, of which there are many.
pub(crate) fn plain<C: Counter>(times: &Histogram<C>) -> String {
    encoded(times, V2Serializer::new())
}

fn encoded<C: Counter>(times: &Histogram<C>, mut encoder: impl Serializer) -> String {
    let mut bytes = Vec::new();
    // The vector takes every byte, and no count is too great for the format.
    let _ = encoder.serialize(times, &mut bytes);
    BASE64_STANDARD.encode(bytes)
}

/// Reads a distribution of either encoding.
pub(crate) fn read(text: &str) -> Option<Histogram<u64>> {
    let bytes = BASE64_STANDARD.decode(text).ok()?;
    Deserializer::new().deserialize(&mut &*bytes).ok()
}

/// The sum of the distributions that are encoded in `texts`; an empty text is none.
pub(crate) fn added<'a>(texts: impl Iterator<Item = &'a str>) -> Option<Histogram<u64>> {
    texts.filter_map(read).reduce(|mut sum, other| {
        // Both have the same bounds, unless a file was changed by hand.
        sum.auto(true);
        let _ = sum.add(other);
        sum
    })
}

/// The distribution of a few values, which are in seconds.
pub(crate) fn of(seconds: impl Iterator<Item = f64>) -> Histogram<u32> {
    let mut times =
        Histogram::new_with_bounds(1, LONGEST, DIGITS).expect("the bounds are in order");
    seconds.for_each(|time| times.saturating_record((time * 1e6) as u64));
    times
}

/// The figures of a distribution whose least and greatest times, in seconds, are known exactly.
pub(crate) fn quantiles<C: Counter>(times: &Histogram<C>, min: f64, max: f64) -> Quantiles {
    // The end of a bucket may lie beyond all times in it.
    let at = |quantile| (times.value_at_quantile(quantile) as f64 / 1e6).clamp(min, max);
    Quantiles {
        count: times.len(),
        min,
        median: at(0.5),
        p90: at(0.9),
        p99: at(0.99),
        p999: at(0.999),
        max,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_distribution_is_read_as_it_was_written() {
        let times = of((1..=1000).map(|millis| f64::from(millis) / 1000.0));
        for text in [compressed(&times), plain(&times)] {
            assert!(text.starts_with("HIST"), "{text}");
            let read = read(&text).unwrap();
            assert_eq!(quantiles(&read, 0.001, 1.0), quantiles(&times, 0.001, 1.0));
        }
        assert!(compressed(&times).len() < plain(&times).len());
    }

    #[test]
    fn a_text_that_is_no_distribution_is_refused() {
        for text in ["", "HIST", "HISTFAAA", "no base64!", "AAAA"] {
            assert!(read(text).is_none(), "{text}");
        }
    }
}
