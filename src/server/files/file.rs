//! One file: its contents, its media type, its tag, and the fields of its answer.

use super::{INDEX, folder, media::media, tag::tag};
use crate::http::{Bytes, Coding, Problem, Response};
use std::borrow::Cow;

/// A file, with the forms of it in content codings.
#[derive(Clone, Debug)]
pub(super) struct File {
    pub(super) contents: Contents,
    pub(super) media: &'static str,
    pub(super) tag: String,
    /// True if the file is the index, the only file with names to be filled in.
    pub(super) is_index: bool,
    /// The coding of the contents, if they are not plain.
    pub(super) coding: Option<Coding>,
    /// The same file in content codings, in the order in which a client that likes several equally gets them.
    pub(super) coded: Vec<File>,
}

/// A file's contents, or as much as an answer needs.
#[derive(Clone, Debug)]
pub(super) enum Contents {
    /// The bytes of the file.
    Held(Bytes),
    /// The length in bytes of contents that were not read, since the answer has no body.
    Unread(usize),
}

impl File {
    pub(super) fn new(name: &str, contents: Cow<'static, [u8]>) -> Self {
        Self {
            media: media(name),
            is_index: name == INDEX,
            tag: tag(&*contents),
            contents: Contents::Held(contents.into()),
            coding: None,
            coded: Vec::new(),
        }
    }

    /// Makes a file that was found in a folder.
    pub(super) fn found(name: &str, found: folder::Found) -> Self {
        let unread = Contents::Unread(found.length);
        Self {
            media: media(name),
            is_index: name == INDEX,
            tag: found.tag,
            contents: found.contents.map_or(unread, Contents::Held),
            coding: None,
            coded: Vec::new(),
        }
    }

    /// Adds the fields that a 200 and a 304 have in common (RFC 9110, section 15.4.5).
    pub(super) fn fields(&self, head: Response) -> Response {
        if self.coding.is_none() && self.coded.is_empty() {
            return head;
        }
        head.header("Vary", "Accept-Encoding")
    }

    /// Adds the fields of a 200.
    pub(super) fn describe(&self, head: Response) -> Response {
        let head = head.header("Content-Type", self.media);
        match self.coding {
            None => head,
            Some(coding) => head.header("Content-Encoding", coding.name()),
        }
    }

    /// The file that was read, or its fallback if there is no such file.
    pub(super) fn or(read: Result<Self, Problem>, fallback: Option<Self>) -> Result<Self, Problem> {
        read.or_else(|problem| match fallback {
            Some(file) if problem.status == 404 => Ok(file),
            _ => Err(problem),
        })
    }
}
