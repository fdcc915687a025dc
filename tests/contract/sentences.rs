//! The language of comments and documentation: every sentence names its subject.

use std::{
    fs,
    path::{Path, PathBuf},
};

/// Words that begin no sentence: each of them leaves out the subject.
const BEGINNINGS: [&str; 7] = [
    "What", "Whoever", "Who", "Those", "Nobody", "Somebody", "Someone",
];
/// Words for which there are plainer ones.
const WORDS: [&str; 7] = [
    " amid ",
    " lest ",
    " in vain",
    " has yet to ",
    " for whom ",
    " is told of ",
    " are told of ",
];

#[test]
fn every_sentence_of_a_comment_names_its_subject() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut texts = vec![(
        "README.md".to_owned(),
        paragraphs(&read(&root.join("README.md"))),
    )];
    for folder in ["benches", "public", "src", "tests"] {
        for file in files(root.join(folder)) {
            let name = file.strip_prefix(root).unwrap().display().to_string();
            texts.push((name, comments(&read(&file))));
        }
    }
    assert!(texts.len() > 200, "the files were found");
    let found: Vec<String> = texts
        .iter()
        .flat_map(|(file, text)| faults(text).map(move |fault| format!("{file}: {fault}")))
        .collect();
    assert!(found.is_empty(), "{found:#?}");
}

fn read(file: &Path) -> String {
    fs::read_to_string(file).unwrap()
}

/// The files of Rust and JavaScript in a folder and below.
fn files(folder: PathBuf) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap();
    let paths = entries.map(|entry| entry.unwrap().path());
    let mut found = Vec::new();
    for path in paths {
        match path.extension().and_then(|end| end.to_str()) {
            Some("rs" | "js" | "mjs") => found.push(path),
            _ if path.is_dir() && !path.ends_with("target") => found.extend(files(path)),
            _ => {}
        }
    }
    found
}

/// The comments that have their lines to themselves, each as one line of text. Code in documentation is left out.
fn comments(source: &str) -> String {
    let (mut text, mut is_code) = (String::new(), false);
    for line in source.lines() {
        let Some(comment) = line.trim_start().strip_prefix("//") else {
            text.push('\n');
            continue;
        };
        let comment = comment.trim_start_matches(['/', '!']).trim();
        is_code ^= comment.starts_with("```");
        match comment {
            "" => text.push('\n'),
            _ if is_code || comment.starts_with("```") => {}
            _ => text.extend([comment, " "]),
        }
    }
    text
}

/// The paragraphs and the cells of tables of a Markdown text, each as one line. Indented blocks are left out.
fn paragraphs(markdown: &str) -> String {
    let mut text = String::new();
    for line in markdown.lines().filter(|line| !line.starts_with("    ")) {
        match line.trim_matches('|') {
            "" => text.push('\n'),
            row if row.len() < line.len() => text.extend([&row.replace('|', "\n"), "\n"]),
            line => text.extend([line, " "]),
        }
    }
    text
}

/// The sentences of a text that begin with a word of [`BEGINNINGS`], or have a word of [`WORDS`].
fn faults(text: &str) -> impl Iterator<Item = &str> {
    let sentences = text
        .lines()
        .flat_map(|line| line.split_inclusive(". "))
        .flat_map(|part| part.split_inclusive(": "))
        .flat_map(|part| part.split_inclusive("? "));
    sentences.map(str::trim).filter(|sentence| {
        let first = sentence.split([' ', ',']).next().unwrap_or_default();
        let is_whether = first == "Whether" && sentence.contains(" who ");
        BEGINNINGS.contains(&first)
            || is_whether
            || WORDS.iter().any(|word| sentence.contains(word))
    })
}

#[test]
fn the_reader_of_comments_finds_the_sentences_that_leave_their_subject_out() {
    let source = "//! What is read. A file: it lies\n//! amid others.\nlet a = \"What\"; // What\n\
        /// Fine.\n///\n/// ```\n/// // What is code\n/// ```\n/// Whether it is he who came.\n";
    let text = comments(source);
    let found: Vec<&str> = faults(&text).collect();
    let expected = [
        "What is read.",
        "it lies amid others.",
        "Whether it is he who came.",
    ];
    assert_eq!(found, expected);
    let text = paragraphs("A line\nof two. Who is it?\n\n    What is code\n\n| Those | a cell |\n");
    assert_eq!(faults(&text).collect::<Vec<_>>(), ["Who is it?", "Those"]);
}
