//! The contents of an event: what each subscriber got is compared with what most got. Pure.

use super::receipts::Receipt;
use std::collections::BTreeMap;

/// The most variants of an event that are told apart.
const MOST: usize = 4;

/// The variants of an event's name and data, by hash.
#[derive(Debug, Default)]
pub(super) struct Contents {
    variants: Vec<Variant>,
    /// Receipts of variants that are not told apart.
    further: u32,
    /// The data of a variant, for as long as they are kept, with its hash.
    text: Option<(u64, Box<[u8]>)>,
}

/// A variant: which data, how many got them, and who got them first.
#[derive(Clone, Copy, Debug)]
struct Variant {
    hash: u64,
    count: u32,
    /// The hash of a variant of which this is a part; 0 if there is none.
    part_of: u64,
    first: [Option<Receipt>; 2],
}

/// A receipt that differs from most.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Odd {
    pub(super) receipt: Receipt,
    /// Whether the data are a part of those that most got.
    pub(super) is_part: bool,
}

/// The comparison of all receipts of an event.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Comparison {
    pub(super) altered: u64,
    pub(super) halved: u64,
    /// The first receipts that differ from most.
    pub(super) odd: Vec<Odd>,
    /// No content has most receipts: each subscriber got its own.
    pub(super) is_own: bool,
}

impl Contents {
    /// No receipts yet of an event whose data are kept, to be compared with those that other subscribers get.
    pub(super) fn of(hash: u64, data: &[u8]) -> Self {
        Self {
            text: Some((hash, data.into())),
            ..Self::default()
        }
    }

    /// Whether this content was seen.
    pub(super) fn has(&self, hash: u64) -> bool {
        self.variants.iter().any(|variant| variant.hash == hash)
    }

    /// Adds a receipt of this content.
    pub(super) fn add(&mut self, hash: u64, data: &[u8], receipt: Receipt) {
        if let Some(at) = self.variants.iter().position(|it| it.hash == hash) {
            let variant = &mut self.variants[at];
            variant.count += 1;
            if variant.count == 2 {
                variant.first[1] = Some(receipt);
            }
            return;
        }
        let part_of = self.relate(hash, data);
        let variant = Variant {
            hash,
            count: 1,
            part_of,
            first: [Some(receipt), None],
        };
        if self.variants.len() < MOST {
            return self.variants.push(variant);
        }
        // The content that most get is not among the rarest for long, whichever come first.
        let rarest = self.variants.iter_mut().min_by_key(|variant| variant.count);
        if let Some(rarest) = rarest {
            self.further += rarest.count;
            *rarest = variant;
        }
    }

    /// Finds whether one of the new data and the kept data is a part of the other. Returns the hash of the content of
    /// which the new data are a part.
    fn relate(&mut self, hash: u64, data: &[u8]) -> u64 {
        let Some((kept, text)) = &self.text else {
            return 0;
        };
        if is_part(data, text) {
            return *kept;
        }
        if is_part(text, data) {
            let kept = self.variants.iter_mut().find(|it| it.hash == *kept);
            if let Some(kept) = kept {
                kept.part_of = hash;
            }
        }
        0
    }

    /// The number of receipts of each content, by its hash.
    pub(super) fn counts(&self) -> BTreeMap<String, u32> {
        let counts = self
            .variants
            .iter()
            .map(|it| (format!("{:016x}", it.hash), it.count));
        counts.collect()
    }

    /// The first receipts of each content.
    pub(super) fn receipts(&self) -> impl Iterator<Item = Receipt> {
        self.variants
            .iter()
            .flat_map(|it| it.first.into_iter().flatten())
    }

    /// The data that are kept.
    pub(super) fn text(&self) -> Option<&[u8]> {
        self.text.as_ref().map(|(_, text)| &**text)
    }

    /// The size of the data that are kept.
    pub(super) fn size(&self) -> usize {
        self.text().map_or(0, <[u8]>::len)
    }

    /// Forgets the data.
    pub(super) fn forget(&mut self) {
        self.text = None;
    }

    /// Whether these data are a part of the kept data.
    pub(super) fn contains(&self, data: &[u8]) -> bool {
        self.text().is_some_and(|text| is_part(data, text))
    }

    /// Compares all receipts: what more than half of the subscribers got is right.
    pub(super) fn compare(&self) -> Comparison {
        let all = u64::from(self.further)
            + self
                .variants
                .iter()
                .map(|it| u64::from(it.count))
                .sum::<u64>();
        let Some(right) = self
            .variants
            .iter()
            .find(|it| 2 * u64::from(it.count) > all)
        else {
            return Comparison {
                is_own: all > 0,
                ..Comparison::default()
            };
        };
        let mut found = Comparison {
            altered: self.further.into(),
            ..Comparison::default()
        };
        for variant in self.variants.iter().filter(|it| it.hash != right.hash) {
            let is_part = variant.part_of == right.hash;
            match is_part {
                true => found.halved += u64::from(variant.count),
                false => found.altered += u64::from(variant.count),
            }
            let odd = variant.first.iter().flatten();
            found.odd.extend(odd.map(|receipt| Odd {
                receipt: *receipt,
                is_part,
            }));
        }
        found
    }
}

/// Whether `part` is the beginning or the end of `whole`, and not all of it.
pub(super) fn is_part(part: &[u8], whole: &[u8]) -> bool {
    part.len() < whole.len() && (whole.starts_with(part) || whole.ends_with(part))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Contents that subscribers 0, 1, 2, … got, of which the data of the first are kept.
    fn contents(texts: &[&str]) -> Contents {
        let hash = |text: &str| {
            let bytes = text.bytes();
            bytes.fold(7, |hash, byte| hash * 31 + u64::from(byte))
        };
        let mut contents = Contents::of(hash(texts[0]), texts[0].as_bytes());
        for (number, text) in texts.iter().enumerate() {
            contents.add(hash(text), text.as_bytes(), Receipt::of(number as u32));
        }
        contents
    }

    #[test]
    fn the_content_that_most_got_is_right_whichever_came_first() {
        for (texts, altered, halved, odd) in [
            (&["ab", "ab", "ab"][..], 0, 0, &[][..]),
            (&["ab", "ax", "ab"], 1, 0, &[1]),
            (&["ax", "ab", "ab"], 1, 0, &[0]),
            (&["ab", "a", "ab"], 0, 1, &[1]),
            (&["a", "ab", "ab"], 0, 1, &[0]),
            (&["ab", "b", "ab"], 0, 1, &[1]),
            (&["ab", "", "x", "ab", "ab"], 1, 1, &[1, 2]),
        ] {
            let found = contents(texts).compare();
            let who: Vec<u32> = found.odd.iter().map(|it| it.receipt.subscriber).collect();
            assert_eq!(
                (found.altered, found.halved, who.as_slice()),
                (altered, halved, odd),
                "{texts:?}"
            );
            assert!(!found.is_own, "{texts:?}");
        }
    }

    #[test]
    fn where_each_subscriber_gets_its_own_content_none_is_altered() {
        let found = contents(&["a1", "a2", "a3", "a4", "a5", "a6"]).compare();
        assert_eq!((found.altered, found.is_own), (0, true));
        assert!(!Contents::default().compare().is_own);
    }

    #[test]
    fn the_content_of_most_is_found_after_many_others() {
        let found = contents(&[
            "1", "2", "3", "4", "5", "6", "ab", "ab", "ab", "ab", "ab", "ab", "ab",
        ])
        .compare();
        assert_eq!((found.altered, found.is_own), (6, false));
    }
}
