//! Static files: those in the binary, served from memory, or those of a folder, read on a pool thread.

use super::{Context, Reply, allow, router::not_found};
use crate::http::{Method, Request, Response};
use std::{
    borrow::Cow,
    fs,
    hash::{DefaultHasher, Hash, Hasher},
    io,
    path::{Path, PathBuf},
};

/// Where files come from.
///
/// ```
/// use picture_frame::{http::Request, server::{Context, Files, Reply, Router, Server, Settings}};
///
/// fn file(cx: &mut Context<'_, Files>, request: &Request<'_>) -> Reply {
///     let files = cx.app.clone();
///     files.answer(cx, request, |response| response.header("Referrer-Policy", "no-referrer"))
/// }
///
/// # fn main() {
/// let router = Router::new().otherwise(file);
/// let files = Files::Embedded(|name| match name {
///     "index.html" => Some(b"<!DOCTYPE html><title>Hello</title>\n".into()),
///     _ => None, // 404
/// });
/// # let address = start(|| Server::new(files, router, &Settings::default()));
/// # assert!(ask(address, "GET /", 9).starts_with("<!DOCTYPE"));
/// # assert!(ask(address, "GET /else", 9).contains("404"));
/// # }
/// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/client.rs"));
/// ```
///
/// Where all of them are in the binary, crates such as rust-embed make the table from a folder.
#[derive(Clone, Debug)]
pub enum Files {
    /// A table of what was embedded: a name without a leading slash, to its contents.
    Embedded(fn(&str) -> Option<Cow<'static, [u8]>>),
    /// A folder, read anew for each request, on a thread of its own. Nothing outside it is served,
    /// whatever links lead there.
    Folder(PathBuf),
}

/// What a path with nothing after its last slash stands for.
const INDEX: &str = "index.html";

impl Files {
    /// Answers `request` with the file at its path, to which `finish` may add headers. A path that ends with `/` stands
    /// for its `index.html`. GET and HEAD; anything else is 405, a file that is not there 404.
    ///
    /// The media type follows the name's extension. The answer has an `ETag` that names the contents, and
    /// `If-None-Match` gets 304 (RFC 9110, section 13.1.2); `Cache-Control: no-cache` has browsers ask each time.
    pub fn answer<A: 'static>(
        &self,
        cx: &mut Context<'_, A>,
        request: &Request<'_>,
        finish: impl FnOnce(Response) -> Response + Send + 'static,
    ) -> Reply {
        let name = name(&request.path);
        let asked = Asked {
            method: request.method,
            known: request.header("if-none-match").map(<[u8]>::to_vec),
            media: media(&name),
        };
        match self {
            Self::Embedded(find) => asked.answer(find(&name), finish).into(),
            Self::Folder(root) => {
                let root = root.clone();
                cx.defer_file(
                    move || read(&root, &name),
                    |_, contents| asked.answer(contents, finish).into(),
                )
            }
        }
    }
}

/// What matters of a request once its file is here.
struct Asked {
    method: Method,
    known: Option<Vec<u8>>,
    media: String,
}

impl Asked {
    fn answer(
        self,
        contents: Option<Cow<'static, [u8]>>,
        finish: impl FnOnce(Response) -> Response,
    ) -> Response {
        let Some(contents) = contents else {
            return not_found().into();
        };
        if !matches!(self.method, Method::Get | Method::Head) {
            return allow(self.method, &[Method::Get]);
        }
        let tag = tag(&contents);
        let response = match self.known {
            Some(known) if is_listed(&known, &tag) => Response::new(304),
            _ => Response::new(200)
                .header("Content-Type", self.media)
                .body(contents),
        };
        // The page and its modules belong together: a browser asks each time, and gets 304 as a rule.
        finish(
            response
                .header("ETag", tag)
                .header("Cache-Control", "no-cache"),
        )
    }
}

fn name(path: &str) -> String {
    let name = path.trim_start_matches('/');
    let index = if name.is_empty() || name.ends_with('/') {
        INDEX
    } else {
        ""
    };
    format!("{name}{index}")
}

fn media(name: &str) -> String {
    let media = mime_guess::from_path(name).first_or_octet_stream();
    let is_text = media.type_() == mime_guess::mime::TEXT || media.subtype() == "javascript";
    let charset = if is_text { "; charset=utf-8" } else { "" };
    format!("{}{charset}", media.essence_str())
}

/// A validator that names the contents (RFC 9110, section 8.8.3).
fn tag(contents: &[u8]) -> String {
    let mut hasher = DefaultHasher::new();
    contents.hash(&mut hasher);
    format!("\"{:016x}\"", hasher.finish())
}

/// RFC 9110, section 13.1.2: the weak comparison, against each of a list.
fn is_listed(known: &[u8], tag: &str) -> bool {
    let Ok(known) = std::str::from_utf8(known) else {
        return false;
    };
    known.trim() == "*"
        || known
            .split(',')
            .map(|t| t.trim())
            .any(|t| t.strip_prefix("W/").unwrap_or(t) == tag)
}

/// Reads a file under `root`, unless its real path leads elsewhere.
fn read(root: &Path, name: &str) -> Option<Cow<'static, [u8]>> {
    let read = || -> io::Result<Option<Vec<u8>>> {
        let root = root.canonicalize()?;
        let path = root.join(name.trim_start_matches('/')).canonicalize()?;
        if !path.starts_with(&root) || !path.is_file() {
            return Ok(None);
        }
        fs::read(path).map(Some)
    };
    match read() {
        Ok(contents) => contents.map(Cow::Owned),
        Err(error) => {
            log::debug!("cannot read a file: {error}");
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_is_found_in_a_list_strong_or_weak() {
        for known in ["\"a\"", "\"b\", \"a\"", "W/\"a\"", "*", " * "] {
            assert!(is_listed(known.as_bytes(), "\"a\""), "{known}");
        }
        for known in ["", "\"b\"", "a", "\"A\""] {
            assert!(!is_listed(known.as_bytes(), "\"a\""), "{known}");
        }
    }

    #[test]
    fn text_says_its_encoding() {
        assert_eq!(media("index.html"), "text/html; charset=utf-8");
        assert_eq!(media("a/frame.js"), "text/javascript; charset=utf-8");
        assert_eq!(media("style.css"), "text/css; charset=utf-8");
        assert_eq!(media("favicon.svg"), "image/svg+xml");
        assert_eq!(media("LICENSE"), "application/octet-stream");
    }

    #[cfg(unix)]
    #[test]
    fn nothing_outside_the_folder_is_read() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().join("public");
        fs::create_dir(&root).unwrap();
        fs::write(folder.path().join("secret"), "secret").unwrap();
        fs::write(root.join("a"), "a").unwrap();
        std::os::unix::fs::symlink(folder.path().join("secret"), root.join("link")).unwrap();
        std::os::unix::fs::symlink("a", root.join("inner")).unwrap();
        assert_eq!(read(&root, "a").as_deref(), Some(&b"a"[..]));
        assert_eq!(read(&root, "inner").as_deref(), Some(&b"a"[..]));
        for name in ["link", "../secret", "/etc/passwd", "", "none", "a/b"] {
            assert_eq!(read(&root, name), None, "{name}");
        }
    }
}
