//! The sources of the crate, read as tokens: the paths that a file names, its imports, and the items that it defines.

use proc_macro2::{Delimiter, TokenStream, TokenTree};
use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

/// The segments of a path, from the root of the crate on.
pub type Segments = Vec<String>;

/// A module of the crate: a file, or a module in braces within a file.
#[derive(Debug, Default)]
pub struct Module {
    /// The file, relative to `src`.
    pub file: String,
    /// The items that the module defines, its child modules excepted.
    pub items: BTreeSet<String>,
    /// The names of the child modules.
    pub children: BTreeSet<String>,
    /// The imports, by the name that they have here.
    pub imports: BTreeMap<String, Import>,
    /// The modules of which everything is imported.
    pub globs: Vec<Segments>,
    /// The paths in the code, as they are written.
    pub paths: Vec<Segments>,
    /// All words of the code, imports excepted.
    pub words: BTreeSet<String>,
}

/// A name that a `use` brings into a module.
#[derive(Debug)]
pub struct Import {
    /// The path, as it is written.
    pub path: Segments,
    /// True for a re-export.
    pub is_public: bool,
}

/// All modules of the crate, by their paths, without `main.rs` and the demos, which are programs of their own.
pub fn modules() -> BTreeMap<Segments, Module> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut found = BTreeMap::new();
    let mut folders = vec![root.clone()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.strip_prefix(&root).unwrap().to_str().unwrap();
            if path.is_dir() && name != "demos" {
                folders.push(path);
            } else if name.ends_with(".rs") && name != "main.rs" {
                let source = fs::read_to_string(&path).unwrap();
                read(&mut found, name, &source);
            }
        }
    }
    found
}

/// Reads a file into `modules`.
pub fn read(modules: &mut BTreeMap<Segments, Module>, file: &str, source: &str) {
    let path = match file.trim_end_matches(".rs") {
        "lib" => Segments::new(),
        name => name.split('/').map(str::to_owned).collect(),
    };
    let tokens = source.parse().expect("a source that compiles");
    module(modules, file, path, tokens);
}

fn module(
    modules: &mut BTreeMap<Segments, Module>,
    file: &str,
    path: Segments,
    tokens: TokenStream,
) {
    let mut module = Module {
        file: file.to_owned(),
        ..Module::default()
    };
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    let mut at = 0;
    while at < tokens.len() {
        at += match (word(&tokens, at).as_str(), tokens.get(at + 2)) {
            ("mod", Some(TokenTree::Group(body))) => {
                let name = word(&tokens, at + 1);
                let inner = [&path[..], std::slice::from_ref(&name)].concat();
                self::module(modules, file, inner, body.stream());
                module.children.insert(name);
                3
            }
            ("mod", _) => {
                module.children.insert(word(&tokens, at + 1));
                2
            }
            (keyword, _) if DEFINES.contains(&keyword) => {
                module.items.insert(word(&tokens, at + 1));
                1
            }
            ("macro_rules", _) => {
                module.items.insert(word(&tokens, at + 2));
                1
            }
            _ => 1,
        };
    }
    code(&mut module, &tokens);
    modules.insert(path, module);
}

const DEFINES: [&str; 8] = [
    "struct", "enum", "trait", "fn", "type", "const", "static", "union",
];

/// Reads imports, paths and words, also in braces, but not in modules in braces, which were read before.
fn code(module: &mut Module, tokens: &[TokenTree]) {
    let mut at = 0;
    while at < tokens.len() {
        let is_module = word(tokens, at) == "mod";
        match &tokens[at] {
            TokenTree::Ident(_) if is_module => {
                at += if group(tokens, at + 2).is_some() {
                    3
                } else {
                    2
                };
                continue;
            }
            TokenTree::Ident(name) if name == "use" => {
                let end = (at..tokens.len()).find(|at| is_mark(tokens, *at, ';'));
                let end = end.unwrap_or(tokens.len());
                let is_public = at > 0 && is_visibility(tokens, at - 1);
                tree(module, Segments::new(), &tokens[at + 1..end], is_public);
                at = end;
            }
            TokenTree::Ident(_) => {
                let (path, used) = path(tokens, at);
                module.words.extend(path.iter().cloned());
                module.paths.push(path);
                at += used;
                continue;
            }
            TokenTree::Group(group) => {
                let inner: Vec<TokenTree> = group.stream().into_iter().collect();
                code(module, &inner);
            }
            _ => {}
        }
        at += 1;
    }
}

fn is_visibility(tokens: &[TokenTree], at: usize) -> bool {
    let before = at.checked_sub(1).map(|at| word(tokens, at));
    word(tokens, at) == "pub" || (group(tokens, at).is_some() && before.as_deref() == Some("pub"))
}

/// Reads the tree of a `use` below `stem`.
fn tree(module: &mut Module, stem: Segments, tokens: &[TokenTree], is_public: bool) {
    for branch in
        tokens.split(|token| matches!(token, TokenTree::Punct(mark) if mark.as_char() == ','))
    {
        let (mut path, used) = path(branch, 0);
        path.splice(0..0, stem.iter().cloned());
        let rest = &branch[used..];
        let last = path.last().cloned().unwrap_or_default();
        match rest.last() {
            None if branch.is_empty() => {}
            None if last == "self" => {
                path.pop();
                let name = path.last().cloned().unwrap_or_default();
                module.imports.insert(name, Import { path, is_public });
            }
            None => drop(module.imports.insert(last, Import { path, is_public })),
            Some(TokenTree::Group(list)) => {
                let inner: Vec<TokenTree> = list.stream().into_iter().collect();
                tree(module, path, &inner, is_public);
            }
            Some(TokenTree::Ident(alias)) => {
                let alias = alias.to_string();
                module.imports.insert(alias, Import { path, is_public });
            }
            Some(_) => module.globs.push(path),
        }
    }
}

/// A path that begins at `at`, and the number of its tokens.
fn path(tokens: &[TokenTree], at: usize) -> (Segments, usize) {
    let mut path = Segments::new();
    let mut end = at;
    while let Some(TokenTree::Ident(name)) = tokens.get(end) {
        path.push(name.to_string());
        end += 1;
        if !(is_mark(tokens, end, ':') && is_mark(tokens, end + 1, ':')) {
            break;
        }
        end += 2;
    }
    (path, end - at)
}

fn word(tokens: &[TokenTree], at: usize) -> String {
    match tokens.get(at) {
        Some(TokenTree::Ident(name)) => name.to_string(),
        _ => String::new(),
    }
}

fn group(tokens: &[TokenTree], at: usize) -> Option<Delimiter> {
    match tokens.get(at)? {
        TokenTree::Group(group) => Some(group.delimiter()),
        _ => None,
    }
}

fn is_mark(tokens: &[TokenTree], at: usize, mark: char) -> bool {
    matches!(tokens.get(at), Some(TokenTree::Punct(found)) if found.as_char() == mark)
}
