//! Files in content codings: which of its forms a client gets.

use super::file::{Contents, File};
use crate::http::{Coding, Request};
use std::collections::HashMap;

/// The codings, in the order in which a client that likes several equally gets them.
const CODINGS: [Coding; 2] = [Coding::Brotli, Coding::Gzip];

/// Puts each file whose name says that it is another file in a coding to that other file, if it is smaller. A coded
/// file has no path of its own.
pub(super) fn gather(mut files: HashMap<String, File>) -> HashMap<String, File> {
    for coding in CODINGS {
        let plain = |name: &String| name.strip_suffix(coding.suffix()).map(str::to_owned);
        let names = files.keys().filter_map(plain);
        let names: Vec<String> = names.filter(|name| files.contains_key(name)).collect();
        for name in names {
            let coded = files.remove(&format!("{name}{}", coding.suffix()));
            if let (Some(coded), Some(file)) = (coded, files.get_mut(&name)) {
                file.add(coding, coded);
            }
        }
    }
    files
}

impl File {
    /// Adds a coded form of this file, if the form is smaller than the file.
    fn add(&mut self, coding: Coding, coded: Self) {
        if coded.length() < self.length() {
            self.coded.push(Self {
                contents: coded.contents,
                media: self.media,
                tag: coding.tag(&self.tag),
                is_index: self.is_index,
                coding: Some(coding),
                coded: Vec::new(),
            });
        }
    }

    /// Sets the tag of the file, and thereby of its coded forms.
    pub(super) fn set_tag(&mut self, tag: &str) {
        tag.clone_into(&mut self.tag);
        for form in &mut self.coded {
            form.tag = form.coding.map_or(tag.to_owned(), |coding| coding.tag(tag));
        }
    }

    /// The form of the file that the client prefers.
    pub(super) fn form(&self, request: &Request<'_>) -> &Self {
        let coding = request.coding(self.coded.iter().filter_map(|form| form.coding));
        let preferred = self.coded.iter().find(|form| form.coding == coding);
        preferred.unwrap_or(self)
    }

    fn length(&self) -> usize {
        match &self.contents {
            Contents::Held(contents) => contents.len(),
            Contents::Unread(length) => *length,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::{Input, Step};

    const PLAIN: &[u8] = b"wall wall wall wall";

    fn files(pairs: &[(&str, &'static [u8])]) -> HashMap<String, File> {
        let file = |(name, contents): &(&str, &'static [u8])| {
            let file = File::new(name, (*contents).into());
            ((*name).to_owned(), file)
        };
        gather(pairs.iter().map(file).collect())
    }

    fn form<'f>(file: &'f File, accepted: &str) -> &'f File {
        let mut input = Input::new();
        let head = format!("GET / HTTP/1.1\r\nHost: a\r\nAccept-Encoding: {accepted}\r\n\r\n");
        input.push(head.as_bytes());
        assert_eq!(input.step(), Step::Ready);
        file.form(&input.request())
    }

    #[test]
    fn a_coded_file_is_a_form_of_the_plain_file_and_has_no_name() {
        let files = files(&[("a.js.gz", b"gzip"), ("a.js", PLAIN), ("a.js.br", b"br")]);
        assert_eq!(files.len(), 1);
        let plain = &files["a.js"];
        for (accepted, coding) in [
            ("gzip, br", Some(Coding::Brotli)),
            ("gzip", Some(Coding::Gzip)),
            ("br;q=0.5, gzip", Some(Coding::Gzip)),
            ("", None),
            ("identity, *;q=0.5", None),
        ] {
            let form = form(plain, accepted);
            assert_eq!(form.coding, coding, "{accepted}");
            assert_eq!(form.media, plain.media);
            let tag = coding.map_or(plain.tag.clone(), |coding| coding.tag(&plain.tag));
            assert_eq!(form.tag, tag);
        }
    }

    #[test]
    fn a_coded_form_that_is_no_smaller_is_not_sent() {
        let files = files(&[("a.js", PLAIN), ("a.js.gz", PLAIN)]);
        assert_eq!(form(&files["a.js"], "gzip").coding, None);
        assert!(files["a.js"].coded.is_empty());
    }

    #[test]
    fn a_compressed_file_without_a_plain_one_is_a_file_like_any_other() {
        let files = files(&[("a.js", PLAIN), ("b.tar.gz", b"gzip"), ("c.br", b"br")]);
        assert_eq!(files.len(), 3);
    }

    #[test]
    fn a_tag_that_is_set_is_the_forms_as_well() {
        let mut files = files(&[("a.js", PLAIN), ("a.js.br", b"br")]);
        let file = files.get_mut("a.js").unwrap();
        file.set_tag("\"5f\"");
        assert_eq!((&*file.tag, &*file.coded[0].tag), ("\"5f\"", "\"5f.br\""));
    }
}
