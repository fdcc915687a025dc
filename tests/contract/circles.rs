//! No file of the crate imports itself, directly or through others.
//!
//! An arrow leads from a file to each other file whose items it names: in a `use`, or by a path in its code. A name that
//! is re-exported on the way leads to the file that defines the item. Unit tests count.
//!
//! `mod child;` is no arrow, nor is a re-export of an item that the file does not use itself, nor a method that another
//! file defines for a type. A part of a module may name what the module defines for its parts: from `a/b.rs` to `a.rs`
//! there is no arrow.

mod sources;

use sources::{Import, Module, Segments, modules, read};
use std::collections::{BTreeMap, BTreeSet};

type Arrows = BTreeMap<String, BTreeSet<String>>;

#[test]
fn no_files_import_each_other_in_a_circle() {
    let arrows = arrows(&modules());
    let circles = circles(&arrows);
    let count: usize = arrows.values().map(BTreeSet::len).sum();
    println!(
        "{} files, {count} arrows, {} circles",
        arrows.len(),
        circles.len()
    );
    for circle in &circles {
        println!("circle: {}", circle.join(", "));
    }
    assert!(circles.is_empty());
}

/// For each file the files that it imports from.
fn arrows(modules: &BTreeMap<Segments, Module>) -> Arrows {
    let mut arrows = Arrows::new();
    for (at, module) in modules {
        let to = arrows.entry(module.file.clone()).or_default();
        let used = module
            .imports
            .iter()
            .filter(|(name, import)| !import.is_public || module.words.contains(*name));
        let used = used.map(|(_, import)| &import.path);
        for path in used.chain(&module.globs).chain(&module.paths) {
            let found = absolute(modules, at, path).and_then(|path| definer(modules, path, 0));
            to.extend(found.filter(|file| !is_whole(file, &module.file)));
        }
    }
    arrows
}

/// True if `whole` is `part`, or the file of a module that contains `part`.
fn is_whole(whole: &str, part: &str) -> bool {
    let folder = whole.trim_end_matches(".rs");
    whole == part
        || part
            .strip_prefix(folder)
            .is_some_and(|rest| rest.starts_with('/'))
}

/// The path from the root of the crate; nothing for a path that leads elsewhere.
fn absolute(
    modules: &BTreeMap<Segments, Module>,
    at: &Segments,
    path: &Segments,
) -> Option<Segments> {
    let (first, rest) = path.split_first()?;
    let module = &modules[at];
    let (mut from, rest) = match first.as_str() {
        "crate" => (Segments::new(), rest),
        "self" => (at.clone(), rest),
        "super" => (at[..at.len() - 1].to_vec(), rest),
        name if module.children.contains(name) => (at.clone(), &path[..]),
        name => match module.imports.get(name) {
            Some(Import { path, .. }) if path[0] != *name && !rest.is_empty() => {
                (absolute(modules, at, path)?, rest)
            }
            _ => return None,
        },
    };
    for segment in rest {
        match segment.as_str() {
            "super" => drop(from.pop()),
            _ => from.push(segment.clone()),
        }
    }
    Some(from)
}

/// The file that defines the item that `path` names; nothing for a module, which names no item.
fn definer(modules: &BTreeMap<Segments, Module>, path: Segments, depth: usize) -> Option<String> {
    let most = (0..=path.len())
        .rev()
        .find(|most| modules.contains_key(&path[..*most]))?;
    let (at, rest) = (path[..most].to_vec(), &path[most..]);
    let (module, name) = (&modules[&at], rest.first()?);
    assert!(depth < 8, "{path:?}");
    if module.items.contains(name) {
        return Some(module.file.clone());
    }
    let follow = |import: &Segments, rest: &[String]| {
        let to = absolute(modules, &at, import)?;
        definer(modules, [&to[..], rest].concat(), depth + 1)
    };
    match module.imports.get(name) {
        Some(import) => follow(&import.path, &rest[1..]),
        None => {
            let mut globs = module.globs.iter();
            globs.find_map(|glob| follow(glob, rest))
        }
    }
}

/// The groups of files of which each leads to each other.
fn circles(arrows: &Arrows) -> BTreeSet<Vec<&str>> {
    let reached: BTreeMap<&str, BTreeSet<&str>> = arrows
        .keys()
        .map(|file| (file.as_str(), reached(arrows, file)))
        .collect();
    let circle = |file: &&str| -> Vec<&str> {
        let there = reached[file].iter();
        there
            .filter(|other| reached[*other].contains(file))
            .copied()
            .collect()
    };
    let circles = reached.keys().map(circle);
    circles.filter(|circle| !circle.is_empty()).collect()
}

fn reached<'a>(arrows: &'a Arrows, from: &str) -> BTreeSet<&'a str> {
    let mut found = BTreeSet::new();
    let mut next: Vec<&str> = arrows[from].iter().map(String::as_str).collect();
    while let Some(file) = next.pop() {
        if found.insert(file) {
            next.extend(arrows[file].iter().map(String::as_str));
        }
    }
    found
}

#[test]
fn the_reader_of_imports_resolves_names_to_the_files_that_define_them() {
    let mut modules = BTreeMap::new();
    for (file, source) in [
        ("lib.rs", "mod a; mod b;"),
        (
            "a.rs",
            "mod c; pub mod d; pub use c::{C, D as E}; use self::d::*; struct A;",
        ),
        (
            "a/c.rs",
            "pub struct C; pub enum D {} mod tests { use super::*; use super::super::A; }",
        ),
        (
            "a/d.rs",
            "use std::fmt; pub(in crate::a) fn d() -> crate::a::E { \"crate::b::B\" /* b */ }",
        ),
        (
            "b.rs",
            "mod e; use crate::a::{self, d}; struct B { c: a::C } fn b() { d::d() }",
        ),
        ("b/e.rs", "use super::B; fn e(_: B) { crate::a::d::d() }"),
    ] {
        read(&mut modules, file, source);
    }
    let arrows = arrows(&modules);
    let to = |file: &str| arrows[file].iter().map(String::as_str).collect::<Vec<_>>();
    assert_eq!(to("lib.rs"), [""; 0]);
    assert_eq!(to("a.rs"), [""; 0]);
    assert_eq!(to("a/c.rs"), [""; 0]);
    assert_eq!(to("a/d.rs"), ["a/c.rs"]);
    assert_eq!(to("b.rs"), ["a/c.rs", "a/d.rs"]);
    assert_eq!(to("b/e.rs"), ["a/d.rs"]);
    assert!(circles(&arrows).is_empty());
}
