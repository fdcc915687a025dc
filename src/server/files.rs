//! Static files: those in the binary, served from memory, or those of a folder, read on a pool thread.

use super::{Context, Reply, allow, router::not_found};
use crate::http::{Method, Preconditions, Request, Response};
use std::{
    borrow::Cow,
    collections::HashMap,
    fs,
    hash::{DefaultHasher, Hash, Hasher},
    io,
    path::{Path, PathBuf},
    sync::Arc,
};

/// Files to be served: in the binary, or in a folder. A clone is the same files.
///
/// ```
/// use picture_frame::{http::Request, server::{Context, Files, Reply, Router, Server, Settings}};
///
/// fn file(cx: &mut Context<'_, Files>, request: &Request<'_>) -> Reply {
///     let files = cx.app.clone();
///     files.answer(cx, request)
/// }
///
/// # fn main() {
/// let router = Router::new().otherwise(file);
/// let page = b"<!DOCTYPE html><title>Hello</title>\n";
/// # let address = start(|| {
/// let files = Files::embedded([("index.html", &page[..])]).header("Referrer-Policy", "no-referrer");
/// # Server::new(files, router, &Settings::default()) });
/// # assert!(ask(address, "GET /", 9).starts_with("<!DOCTYPE"));
/// # assert!(ask(address, "GET /else", 9).contains("404"));
/// # }
/// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/client.rs"));
/// ```
///
/// Crates such as rust-embed make the table from a folder.
#[derive(Clone, Debug)]
pub struct Files(Arc<Served>);

#[derive(Clone, Debug)]
struct Served {
    place: Place,
    /// What every file's answer begins with.
    head: Response,
}

#[derive(Clone, Debug)]
enum Place {
    /// By name, with what there is to say of each: that does not change.
    Embedded(HashMap<String, File>),
    Folder(PathBuf),
}

#[derive(Clone, Debug)]
struct File {
    contents: Cow<'static, [u8]>,
    media: String,
    tag: String,
}

/// What a path with nothing after its last slash stands for.
const INDEX: &str = "index.html";

impl Files {
    /// Files that were embedded: names without a leading slash, and contents.
    #[must_use]
    pub fn embedded<N: Into<String>, C: Into<Cow<'static, [u8]>>>(
        files: impl IntoIterator<Item = (N, C)>,
    ) -> Self {
        let file = |(name, contents): (N, C)| {
            let name = name.into();
            let file = File::new(&name, contents.into());
            (name, file)
        };
        Self::new(Place::Embedded(files.into_iter().map(file).collect()))
    }

    /// A folder, read anew for each request, on a thread of its own. Nothing outside it is served, whatever links lead
    /// there.
    #[must_use]
    pub fn folder(root: impl Into<PathBuf>) -> Self {
        Self::new(Place::Folder(root.into()))
    }

    fn new(place: Place) -> Self {
        // The page and its modules belong together: a browser asks each time, and gets 304 as a rule.
        let head = Response::new(200).header("Cache-Control", "no-cache");
        Self(Arc::new(Served { place, head }))
    }

    /// Adds a header to the answers that are files.
    #[must_use]
    pub fn header(mut self, name: &'static str, value: impl AsRef<str>) -> Self {
        let served = Arc::make_mut(&mut self.0);
        served.head = served.head.clone().header(name, value);
        self
    }

    /// Answers `request` with the file at its path. A path that ends with `/` stands for its `index.html`. GET and
    /// HEAD; anything else is 405, a file that is not there 404.
    ///
    /// The media type follows the name's extension. The answer has an `ETag` that names the contents; `If-None-Match`
    /// gets 304 for it, and `If-Match` 412 for any other (RFC 9110, section 13.1). `Cache-Control: no-cache` has
    /// browsers ask each time.
    pub fn answer<A: 'static>(&self, cx: &mut Context<'_, A>, request: &Request<'_>) -> Reply {
        let (name, method) = (name(&request.path), request.method);
        let conditions = Preconditions::of(request);
        match &self.0.place {
            Place::Embedded(files) => {
                let file = files.get(&*name);
                self.0.answer(method, &conditions, file).into()
            }
            Place::Folder(root) => {
                let (files, root) = (self.clone(), root.clone());
                let name = name.into_owned();
                cx.defer_file(
                    move || read(&root, &name).map(|contents| File::new(&name, contents.into())),
                    move |_, file| files.0.answer(method, &conditions, file.as_ref()).into(),
                )
            }
        }
    }
}

impl Served {
    fn answer(&self, method: Method, conditions: &Preconditions, file: Option<&File>) -> Response {
        let Some(file) = file else {
            return not_found().into();
        };
        if !matches!(method, Method::Get | Method::Head) {
            return allow(method, &[Method::Get]);
        }
        conditions.answer(&file.tag, self.head.clone(), |response| {
            response
                .header("Content-Type", &file.media)
                .body(file.contents.clone())
        })
    }
}

impl File {
    fn new(name: &str, contents: Cow<'static, [u8]>) -> Self {
        Self {
            media: media(name),
            tag: tag(&contents),
            contents,
        }
    }
}

fn name(path: &str) -> Cow<'_, str> {
    let name = path.trim_start_matches('/');
    if name.is_empty() {
        Cow::Borrowed(INDEX)
    } else if name.ends_with('/') {
        Cow::Owned(format!("{name}{INDEX}"))
    } else {
        Cow::Borrowed(name)
    }
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

/// Reads a file under `root`, unless its real path leads elsewhere.
fn read(root: &Path, name: &str) -> Option<Vec<u8>> {
    let read = || -> io::Result<Option<Vec<u8>>> {
        let root = root.canonicalize()?;
        let path = root.join(name.trim_start_matches('/')).canonicalize()?;
        if !path.starts_with(&root) || !path.is_file() {
            return Ok(None);
        }
        fs::read(path).map(Some)
    };
    match read() {
        Ok(contents) => contents,
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
