//! The words that find no picture (`--block`).

use std::{collections::HashSet, fs, io::Read, path::Path};

/// The longest file that is read, in bytes: some hundred thousand words.
const LONGEST: u64 = 1 << 20;

/// Words and phrases that find no picture.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Blocked {
    /// The phrases, folded, with one space between their words.
    phrases: HashSet<String>,
    /// The words that the longest phrase has.
    longest: usize,
}

impl Blocked {
    /// Reads a file that has a word or a phrase on each line.
    ///
    /// # Errors
    ///
    /// The reason for which the file cannot be used.
    pub(crate) fn read(path: &str) -> Result<Self, String> {
        let problem = |error| format!("the file cannot be read: {error}");
        let file = fs::File::open(Path::new(path)).map_err(problem)?;
        let mut text = String::new();
        let read = file.take(LONGEST + 1).read_to_string(&mut text);
        match read.map_err(problem)? as u64 {
            0..=LONGEST => Ok(Self::new(&text)),
            _ => Err("the file is longer than 1 MiB".to_owned()),
        }
    }

    fn new(text: &str) -> Self {
        let mut blocked = Self::default();
        for line in text.lines() {
            let words = words(line);
            blocked.longest = blocked.longest.max(words.len());
            blocked.phrases.insert(words.join(" "));
        }
        blocked.phrases.remove("");
        blocked
    }

    /// True if the keyword has one of the phrases as whole words, in any case.
    pub(super) fn has(&self, keyword: &str) -> bool {
        let words = words(keyword);
        let longest = self.longest.min(words.len());
        (1..=longest).any(|length| {
            let mut phrases = words.windows(length).map(|words| words.join(" "));
            phrases.any(|phrase| self.phrases.contains(&phrase))
        })
    }
}

/// The words of a text, folded: the lower case of the upper case, in which `ß` is `ss` and a final sigma is a sigma.
fn words(text: &str) -> Vec<String> {
    let folded = text.to_uppercase().to_lowercase().replace('ς', "σ");
    let words = folded.split(|c: char| !c.is_alphanumeric());
    words
        .filter(|word| !word.is_empty())
        .map(str::to_owned)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_is_blocked_whole_in_any_case_and_a_phrase_as_it_stands() {
        let blocked = Blocked::new("Gun\n\n  straße \nred light\n");
        for keyword in [
            "gun",
            "GUN",
            "a gun!",
            "Strasse",
            "STRASSE",
            "straße",
            "a Red-Light here",
            "red  light",
        ] {
            assert!(blocked.has(keyword), "{keyword}");
        }
        for keyword in [
            "gunpowder",
            "begun",
            "red",
            "light red",
            "red and light",
            "",
            "!",
        ] {
            assert!(!blocked.has(keyword), "{keyword}");
        }
        assert!(!Blocked::default().has("gun"));
    }
}
