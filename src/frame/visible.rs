//! Removes invisible characters from a text: they would hide its content, or change the writing direction of the text
//! beside it.

use icu_properties::{
    CodePointMapData, CodePointSetData,
    props::{
        CanonicalCombiningClass, DefaultIgnorableCodePoint, Emoji, EmojiModifier,
        ExtendedPictographic, JoiningType,
    },
};

const ZERO_WIDTH_NON_JOINER: char = '\u{200c}';
const ZERO_WIDTH_JOINER: char = '\u{200d}';
/// The variation selectors, which ask for a character as text or as emoji.
const STYLES: [char; 2] = ['\u{fe0e}', '\u{fe0f}'];
/// The mark that makes a keycap of the digit before it.
const KEYCAP: char = '\u{20e3}';
/// Characters without a visible form that no Unicode property names: the Braille pattern without dots, and the marks of
/// interlinear annotations.
const BLANKS: [char; 4] = ['\u{2800}', '\u{fff9}', '\u{fffa}', '\u{fffb}'];
/// Bound on the marks that are skipped between a letter and a joiner: more than any word has.
const MARKS: usize = 8;

/// The text without bidi controls and without the other characters of Unicode's `Default_Ignorable_Code_Point`. A
/// joiner stays where an emoji or the spelling of a language needs it (UTS 51; RFC 5892, appendix A), and so does a
/// variation selector after an emoji. The tags of a region's flag go, since they could spell any text; the flag stays.
pub(super) fn visible(text: &str) -> String {
    if text.is_ascii() {
        return text.to_owned();
    }
    let may_stay = |c: &char| !is_ignorable(*c) || is_joiner(*c) || STYLES.contains(c);
    let given: Vec<char> = text.chars().filter(may_stay).collect();
    let mut kept: Vec<char> = Vec::with_capacity(given.len());
    for (place, &c) in given.iter().enumerate() {
        if !is_ignorable(c) || is_needed(c, &kept, &given[place + 1..]) {
            kept.push(c);
        }
    }
    kept.into_iter().collect()
}

/// True if a text that [`visible`] returned has a character that can be seen.
pub(super) fn is_seen(text: &str) -> bool {
    text.chars()
        .any(|c| !c.is_whitespace() && !BLANKS.contains(&c))
}

fn is_ignorable(c: char) -> bool {
    CodePointSetData::new::<DefaultIgnorableCodePoint>().contains(c)
}

fn is_joiner(c: char) -> bool {
    matches!(c, ZERO_WIDTH_NON_JOINER | ZERO_WIDTH_JOINER)
}

/// True if the text before and after this joiner or variation selector needs it.
fn is_needed(c: char, before: &[char], after: &[char]) -> bool {
    match c {
        ZERO_WIDTH_JOINER => joins_emoji(before, after) || joins_syllable(before, after),
        ZERO_WIDTH_NON_JOINER => joins_syllable(before, after) || parts_letters(before, after),
        _ => styles_emoji(before, after),
    }
}

fn styles_emoji(before: &[char], after: &[char]) -> bool {
    let is_keycap = after.first() == Some(&KEYCAP);
    before.last().is_some_and(|&c| {
        is_picture(c) || (is_keycap && CodePointSetData::new::<Emoji>().contains(c))
    })
}

fn joins_emoji(before: &[char], after: &[char]) -> bool {
    let is_modifier =
        |c: char| STYLES.contains(&c) || CodePointSetData::new::<EmojiModifier>().contains(c);
    let mut before = before.iter().rev().take(MARKS);
    let picture = before.find(|c| !is_modifier(**c));
    picture.is_some_and(|c| is_picture(*c)) && after.first().is_some_and(|c| is_picture(*c))
}

fn is_picture(c: char) -> bool {
    CodePointSetData::new::<ExtendedPictographic>().contains(c)
}

/// True beside a virama: the scripts of India join consonants by it, and a joiner tells how the two are to look.
fn joins_syllable(before: &[char], after: &[char]) -> bool {
    let classes = CodePointMapData::<CanonicalCombiningClass>::new();
    let is_virama =
        |c: Option<&char>| c.is_some_and(|c| classes.get(*c) == CanonicalCombiningClass::Virama);
    is_virama(before.last())
        || (is_virama(after.first()) && before.last().is_some_and(|c| c.is_alphabetic()))
}

/// True between two letters that would join otherwise, as those of Arabic.
fn parts_letters(before: &[char], after: &[char]) -> bool {
    fn letter<'a>(mut side: impl Iterator<Item = &'a char>) -> Option<JoiningType> {
        let types = CodePointMapData::<JoiningType>::new();
        let letter = side.find(|c| types.get(**c) != JoiningType::Transparent);
        letter.map(|c| types.get(*c))
    }
    let before = letter(before.iter().rev().take(MARKS));
    let after = letter(after.iter().take(MARKS));
    matches!(
        before,
        Some(JoiningType::LeftJoining | JoiningType::DualJoining)
    ) && matches!(
        after,
        Some(JoiningType::RightJoining | JoiningType::DualJoining)
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::{collection::vec, prelude::*};

    #[test]
    fn invisible_characters_are_removed() {
        for (text, seen) in [
            ("sushi", "sushi"),
            ("a\u{202e}b\u{202c}c", "abc"),
            ("\u{2066}a\u{2069}\u{61c}\u{200e}\u{200f}", "a"),
            ("s\u{200b}u\u{ad}s\u{2060}h\u{feff}i\u{34f}", "sushi"),
            ("\u{3164}\u{115f}\u{1160}\u{ffa0}\u{17b4}\u{180e}", ""),
            ("a\u{e0041}\u{e007f}\u{e0100}\u{fe00}", "a"),
            ("\u{1f3f4}\u{e0067}\u{e0062}\u{e007f}", "\u{1f3f4}"),
            ("a\u{200d}b\u{200c}c\u{fe0f}1\u{fe0f}", "abc1"),
            ("\u{200d}\u{200c}\u{fe0f}", ""),
            (
                "\u{5bff}\u{53f8} e\u{301} \u{f1}",
                "\u{5bff}\u{53f8} e\u{301} \u{f1}",
            ),
        ] {
            assert_eq!(visible(text), seen, "{text:?}");
        }
    }

    #[test]
    fn characters_that_emoji_and_spelling_need_stay() {
        for text in [
            "\u{1f468}\u{200d}\u{1f469}\u{200d}\u{1f467}",
            "\u{1f469}\u{1f3fd}\u{200d}\u{1f9b0}",
            "\u{1f3f3}\u{fe0f}\u{200d}\u{1f308}",
            "\u{2764}\u{fe0f}\u{200d}\u{1f525}",
            "\u{2764}\u{fe0f} \u{2603}\u{fe0e}",
            "1\u{fe0f}\u{20e3}",
            "\u{1f1ef}\u{1f1f5}",
            // Persian "I want", and "house of"; with a mark between.
            "\u{645}\u{6cc}\u{200c}\u{62e}\u{648}\u{627}\u{647}\u{645}",
            "\u{6cc}\u{64e}\u{200c}\u{62e}",
            // Bengali ya-phalaa, Malayalam chillu, Hindi without a ligature.
            "\u{9b0}\u{200d}\u{9cd}\u{9af}",
            "\u{d28}\u{d4d}\u{200d}",
            "\u{915}\u{94d}\u{200c}\u{937}",
        ] {
            assert_eq!(visible(text), text, "{}", text.escape_unicode());
        }
    }

    #[test]
    fn one_joiner_is_enough() {
        for (text, seen) in [
            (
                "\u{1f468}\u{200d}\u{200d}\u{1f469}",
                "\u{1f468}\u{200d}\u{1f469}",
            ),
            (
                "\u{d28}\u{d4d}\u{200d}\u{200d}\u{200c}",
                "\u{d28}\u{d4d}\u{200d}",
            ),
            (
                "\u{1f468}\u{200d}\u{200b}\u{1f469}",
                "\u{1f468}\u{200d}\u{1f469}",
            ),
            ("\u{1f468}\u{200d}", "\u{1f468}"),
            ("\u{2764}\u{fe0f}\u{fe0f}", "\u{2764}\u{fe0f}"),
        ] {
            assert_eq!(visible(text), seen, "{}", text.escape_unicode());
        }
    }

    #[test]
    fn white_space_and_blanks_are_not_seen() {
        assert!(is_seen("a") && is_seen(" \u{1f363}") && is_seen("\u{301}"));
        for text in ["", " \u{3000}\u{a0}", "\u{2800}", "\u{2800} \u{fff9}"] {
            assert!(!is_seen(text), "{text:?}");
        }
    }

    /// Any character, more often one that the rules are about.
    fn text() -> impl Strategy<Value = String> {
        let special = prop::sample::select(vec![
            '\u{200c}',
            '\u{200d}',
            '\u{fe0f}',
            '\u{fe0e}',
            '\u{202e}',
            '\u{e0041}',
            '\u{1f468}',
            '\u{1f3fd}',
            '\u{94d}',
            '\u{915}',
            '\u{6cc}',
            '\u{64e}',
            '1',
            '\u{20e3}',
            ' ',
        ]);
        vec(prop_oneof![4 => special, 1 => any::<char>()], 0..40)
            .prop_map(|chars| chars.into_iter().collect())
    }

    proptest! {
        #[test]
        fn visible_characters_stay_and_an_invisible_one_stays_only_where_it_has_an_effect(text in text()) {
            let seen = visible(&text);
            let without = |text: &str| text.chars().filter(|c| !is_ignorable(*c)).collect::<String>();
            prop_assert_eq!(without(&seen), without(&text));
            prop_assert_eq!(visible(&seen), seen.clone());
            let chars: Vec<char> = seen.chars().collect();
            for pair in chars.windows(2) {
                prop_assert!(!(is_joiner(pair[0]) && is_joiner(pair[1])));
            }
            let stays = |c: &char| !is_ignorable(*c) || is_joiner(*c) || STYLES.contains(c);
            prop_assert!(chars.iter().all(stays));
            prop_assert!(chars.first().is_none_or(|c| !is_ignorable(*c)));
        }
    }
}
