//! The key as a secret: found in a text in any spelling, and hidden. Pure: text in, text out.

use crate::source::MAX_TEXT;
use std::ops::Range;

/// Least length of a key that is looked for, in characters. Flickr's keys have 32; a much shorter key is part of
/// ordinary words.
const LEAST: usize = 6;
/// Bound on the spelling of one character of the key, in characters: `&amp;#x000030;` has 14, and an escape can be
/// escaped again.
const WIDEST: usize = 40;
/// Bound on the levels of escapes within escapes.
const ROUNDS: usize = 8;

/// The key, folded to lower case, to be kept out of texts.
pub(super) struct Secret {
    folded: Vec<char>,
}

/// Characters, each with its place in the original text.
type Letters = Vec<(char, Range<usize>)>;

impl Secret {
    pub(super) fn new(key: &str) -> Self {
        let folded = key.chars().map(|letter| letter.to_ascii_lowercase());
        Self {
            folded: folded.collect(),
        }
    }

    /// The beginning of `text`: the [`MAX_TEXT`] characters that may be shown, and behind them the longest spelling of
    /// the key, since the key may begin within those shown.
    pub(super) fn window<'a>(&self, text: &'a str) -> &'a str {
        let most = MAX_TEXT + WIDEST * self.folded.len();
        let end = text
            .char_indices()
            .nth(most)
            .map_or(text.len(), |(at, _)| at);
        &text[..end]
    }

    pub(super) fn is_in(&self, text: &str) -> bool {
        self.find(text).is_some()
    }

    /// The text with "(the key)" in place of each occurrence of the key.
    pub(super) fn hide(&self, text: &str) -> String {
        let (mut hidden, mut rest) = (String::new(), text);
        while let Some(place) = self.find(rest) {
            hidden = hidden + &rest[..place.start] + "(the key)";
            rest = &rest[place.end..];
        }
        hidden + rest
    }

    /// The place of the key in `text`. Its letters may be capitals, may have spaces or invisible characters in between,
    /// and may be escaped as in URLs, JSON or HTML, wholly or in part.
    fn find(&self, text: &str) -> Option<Range<usize>> {
        if self.folded.len() < LEAST {
            return None;
        }
        let placed = text.char_indices();
        let mut letters: Letters = placed
            .filter(|(_, letter)| letter.is_ascii_graphic())
            .map(|(at, letter)| (letter.to_ascii_lowercase(), at..at + 1))
            .collect();
        for _ in 0..ROUNDS {
            if let Some(place) = self.place(&letters) {
                return Some(place);
            }
            let before = letters.len();
            letters = unescaped(&letters);
            if letters.len() == before {
                break;
            }
        }
        None
    }

    fn place(&self, letters: &[(char, Range<usize>)]) -> Option<Range<usize>> {
        let length = self.folded.len();
        let mut windows = letters.windows(length);
        let found = windows.find(|window| {
            window
                .iter()
                .map(|one| one.0)
                .eq(self.folded.iter().copied())
        })?;
        Some(found[0].1.start..found[length - 1].1.end)
    }
}

/// The letters, with each escape replaced by the letter that it stands for.
fn unescaped(letters: &[(char, Range<usize>)]) -> Letters {
    let mut found = Letters::with_capacity(letters.len());
    let mut rest = letters;
    while let Some((first, behind)) = rest.split_first() {
        // The longest escape is `&#x` with six digits and a semicolon.
        let text: String = rest.iter().take(10).map(|one| one.0).collect();
        match escape(&text).filter(|(letter, _)| letter.is_ascii_graphic()) {
            Some((letter, length)) => {
                let place = first.1.start..rest[length - 1].1.end;
                found.push((letter.to_ascii_lowercase(), place));
                rest = &rest[length..];
            }
            None => {
                found.push(first.clone());
                rest = behind;
            }
        }
    }
    found
}

/// The escape at the beginning of `text` (in lower case): its letter and its length.
fn escape(text: &str) -> Option<(char, usize)> {
    let of = |prefix: &str, radix: u32, least: usize, most: usize, end: &str| {
        let digits = text.strip_prefix(prefix)?;
        let count = digits
            .chars()
            .take_while(|digit| digit.is_digit(radix))
            .take(most)
            .count();
        let letter = u32::from_str_radix(&digits[..count], radix)
            .ok()
            .and_then(char::from_u32)?;
        let length = prefix.len() + count;
        let ends = text[length..].starts_with(end);
        (count >= least && ends).then_some((letter, length + end.len()))
    };
    let named = [
        (r"\/", '/'),
        (r"\\", '\\'),
        (r#"\""#, '"'),
        ("&amp;", '&'),
        ("&lt;", '<'),
        ("&gt;", '>'),
        ("&quot;", '"'),
        ("&apos;", '\''),
    ];
    let named = named.iter().find(|(name, _)| text.starts_with(name));
    of("%", 16, 2, 2, "")
        .or_else(|| of("\\u{", 16, 1, 6, "}"))
        .or_else(|| of("\\u", 16, 4, 4, ""))
        .or_else(|| of("\\x", 16, 2, 2, ""))
        .or_else(|| of("&#x", 16, 1, 6, ";"))
        .or_else(|| of("&#", 10, 1, 7, ";"))
        .or_else(|| named.map(|(name, letter)| (*letter, name.len())))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::{collection::vec, prelude::*};

    const KEY: &str = "0aB+1%f/";

    fn hidden(text: &str) -> String {
        Secret::new(KEY).hide(text)
    }

    #[test]
    fn the_key_is_hidden_however_it_is_spelled() {
        for spelling in [
            KEY,
            "0Ab+1%F/",
            "0aB%2B1%25f%2F",
            "0aB%2b1%25f%2f",
            "%30%61B+1%25%66/",
            "%2530aB+1%2525f/",
            r"\u0030aB\u002b1%f\/".replace(r"\/", r"\u002F").as_str(),
            r"\x30aB\x2B1%f/",
            r"\u{30}aB+1%f/",
            "&#48;aB&#x2b;1&#X25;f&#x00002F;",
            "&amp;#48;aB+1%f/",
            r"0aB+1%f\/",
            r"0aB+1%f\\\/",
            "0aB &#43; 1%f/",
            "0a\u{200b}B+1\u{ad}%f/",
        ] {
            assert_eq!(
                hidden(&format!("é {spelling} ü")),
                "é (the key) ü",
                "{spelling}"
            );
        }
        assert_eq!(
            hidden(&format!("{KEY}{KEY}, {KEY}")),
            "(the key)(the key), (the key)"
        );
    }

    #[test]
    fn other_texts_stay_as_they_are() {
        for text in [
            "",
            "sushi & rice, 100 %",
            "%30aB%2B1%25",
            r"\u00",
            "&#48",
            "&#x;",
            "&amp",
            "0aB+1%f",
        ] {
            assert_eq!(hidden(text), text);
        }
        assert!(!Secret::new("short").is_in("a short text"));
    }

    #[test]
    fn a_window_holds_a_key_that_begins_in_what_is_shown() {
        let secret = Secret::new(KEY);
        let escaped = "&amp;#x000030;&#97;B+1%f/";
        let text = format!(
            "{}{escaped}{}",
            "é".repeat(MAX_TEXT - 1),
            "x".repeat(1 << 20)
        );
        assert!(secret.window(&text).len() < 2000 && secret.is_in(secret.window(&text)));
    }

    proptest! {
        #[test]
        fn the_key_is_hidden_in_any_text_without_a_panic(parts in vec("[%&#;x\\\\u{}0-9aB+/é ]{0,6}", 0..20)) {
            let secret = Secret::new(KEY);
            prop_assert!(!secret.is_in(&secret.hide(&parts.concat())));
        }

        #[test]
        fn each_character_may_be_spelled_in_its_own_way(ways in vec(0..7_usize, KEY.len())) {
            let spell = |(letter, way): (char, &usize)| match way {
                0 => letter.to_string(),
                1 => format!("%{:02x}", letter as u32),
                2 => format!("%{:02X}", letter as u32),
                3 => format!("\\u{:04x}", letter as u32),
                4 => format!("&#{};", letter as u32),
                5 => format!("&#x{:X};", letter as u32),
                _ => format!("%25{:02x}", letter as u32),
            };
            // A raw "%" before digits is itself an escape of another letter.
            let spelled: String = KEY.replace('%', "_").chars().zip(&ways).map(spell).collect();
            let secret = Secret::new(&KEY.replace('%', "_"));
            let hidden = secret.hide(&format!("<{spelled}>"));
            prop_assert!(hidden.ends_with("(the key)>"), "{}", hidden);
        }
    }
}
