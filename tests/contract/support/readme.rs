//! The README's blocks, so that the tests try the very lines that readers copy.

const README: &str = include_str!("../../../README.md");

/// Fails unless the README has these words.
#[track_caller]
pub fn assert_says(words: &str) {
    assert!(README.contains(words), "the README does not say {words:?}");
}

/// The first indented block after the line that begins with `words`, without its indent.
pub fn block(words: &str) -> String {
    let lines = README
        .lines()
        .skip_while(|line| !line.starts_with(words))
        .skip_while(|line| !line.starts_with("    "))
        .take_while(|line| line.is_empty() || line.starts_with("    "));
    let block: String = lines
        .map(|line| format!("{}\n", line.strip_prefix("    ").unwrap_or(line)))
        .collect();
    assert!(
        !block.is_empty(),
        "the README shows nothing after {words:?}"
    );
    block
}
