//! Static files: files in the binary, served from memory, or files of a folder, read on a pool thread.

mod codings;
mod file;
mod filling;
mod folder;
mod media;
mod tag;

use super::{
    context::{Context, Reply},
    parts::jobs::Threads,
    router::{allow, not_found},
};
use crate::http::{Bytes, Method, Preconditions, Problem, Request, Response, Verdict};
use codings::gather;
use file::{Contents, File};
use filling::{Filled, Filling, filled};
use folder::Folder;
pub(super) use folder::SMALL;
use std::{
    borrow::Cow,
    collections::HashMap,
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
};
use tag::{folder_tag, tag};

/// Files to be served, from the binary or from a folder. A clone stands for the same files.
///
/// ```
/// use picture_frame::{http::Request, server::{Context, Files, Reply, Router, Server, Settings}};
///
/// fn file(cx: &mut Context<'_, Files>, request: &Request<'_>) -> Reply<Files> {
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
/// A build script, or a crate such as rust-embed, makes the table from a folder.
#[derive(Clone, Debug)]
pub struct Files(Arc<Served>);

#[derive(Clone, Debug)]
struct Served {
    place: Arc<Place>,
    /// The index that was filled in last, since most clients ask for the same index. Only the loop takes the lock.
    last: Arc<Mutex<Option<Filled>>>,
    /// The status and fields of every file's answer.
    head: Response,
    /// The part of each path that comes before the file's name.
    prefix: &'static str,
    /// Files by their names, each for the want of another file of its name.
    fallbacks: HashMap<&'static str, File>,
}

#[derive(Debug)]
enum Place {
    /// The files in the binary, by name, and the tag of the index.
    Embedded {
        files: HashMap<String, File>,
        tag: String,
    },
    /// The files below a folder.
    Folder {
        root: PathBuf,
        folder: Folder,
        /// The index's tag when a file was last read. The lock is held to copy the tag, and never while a file is read,
        /// so that the loop does not wait for a disk.
        tag: Mutex<String>,
    },
}

/// The file that a path with a slash at its end stands for.
const INDEX: &str = "index.html";
/// The longest index whose names are filled in, in bytes: the loop fills them in, for each client anew.
const MAX_FILLED: usize = 1024 * 1024;

impl Files {
    /// Makes files of pairs of a name without a leading slash, and contents.
    ///
    /// A name that is another file's with `.br` or `.gz` behind stands for that file in the coding brotli or gzip. A
    /// client that accepts the coding gets these bytes at the other file's path, with an `ETag` of their own, if they
    /// are fewer (RFC 9110, section 12.5.3). An index whose names are filled in is sent plain.
    #[must_use]
    pub fn embedded<N: Into<String>, C: Into<Cow<'static, [u8]>>>(
        files: impl IntoIterator<Item = (N, C)>,
    ) -> Self {
        let file = |(name, contents): (N, C)| {
            let name = name.into();
            let file = File::new(&name, contents.into());
            (name, file)
        };
        let mut files = gather(files.into_iter().map(file).collect());
        let mut all: Vec<_> = files.iter().map(|(name, file)| (name, &file.tag)).collect();
        all.sort_unstable();
        let tag = tag(&all);
        if let Some(index) = files.get_mut(INDEX) {
            index.set_tag(&tag);
        }
        Self::new(Place::Embedded { files, tag })
    }

    /// Makes files of a folder, which is read anew for each request, on a pool thread. No file outside the folder is
    /// served, not even by a link, and no file of more than 32 MiB (404, with a line in the log).
    ///
    /// A file is held once for all clients. Files above 1 MiB are held up to 64 MiB in all; further ones are answered
    /// 503. A file that cannot be read is answered 403 for want of rights, 503 for want of descriptors or memory, 500
    /// else.
    #[must_use]
    pub fn folder(root: impl Into<PathBuf>) -> Self {
        let root = root.into();
        let tag = Mutex::new(folder_tag(&root));
        let folder = Folder::new(root.clone());
        Self::new(Place::Folder { root, folder, tag })
    }

    fn new(place: Place) -> Self {
        // The page and its modules belong together. A browser therefore asks each time, and gets 304 as a rule.
        let head = Response::new(200).header("Cache-Control", "no-cache");
        let place = Arc::new(place);
        Self(Arc::new(Served {
            place,
            last: Arc::default(),
            head,
            prefix: "",
            fallbacks: HashMap::new(),
        }))
    }

    /// Serves the files at paths that begin with `prefix`, which ends with a slash: below `/static/` the file `app.js`
    /// has the path `/static/app.js`. Any other path is answered 404.
    ///
    /// ```
    /// use picture_frame::{http::Request, server::{Context, Files, Reply, Router, Server, Settings}};
    ///
    /// fn file(cx: &mut Context<'_, Files>, request: &Request<'_>) -> Reply<Files> {
    ///     let files = cx.app.clone();
    ///     files.answer(cx, request)
    /// }
    ///
    /// # fn main() {
    /// # let address = start(|| {
    /// let files = Files::embedded([("app.js", &b"hello()\n"[..])]).below("/static/");
    /// # Server::new(files, Router::new().otherwise(file), &Settings::default()) });
    /// # assert_eq!(ask(address, "GET /static/app.js", 9), "hello()\n");
    /// # assert!(ask(address, "GET /app.js", 9).contains("404"));
    /// # }
    /// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/client.rs"));
    /// ```
    #[must_use]
    pub fn below(mut self, prefix: &'static str) -> Self {
        Arc::make_mut(&mut self.0).prefix = prefix;
        self
    }

    /// Adds a file that is served if no other file has this name, as for a folder that may lack the file.
    #[must_use]
    pub fn fallback(mut self, name: &'static str, contents: &'static [u8]) -> Self {
        let file = File::new(name, contents.into());
        Arc::make_mut(&mut self.0).fallbacks.insert(name, file);
        self
    }

    /// The `ETag` of `/`. It names all files and not only the `index.html`, since a page consists of all of them: an
    /// open page can learn by it that it is outdated. For a folder it is as old as the last file that was read from it.
    #[must_use]
    pub fn tag(&self) -> String {
        match &*self.0.place {
            Place::Embedded { tag, .. } => tag.clone(),
            Place::Folder { tag, .. } => tag.lock().unwrap_or_else(PoisonError::into_inner).clone(),
        }
    }

    /// Adds a header to the answers that are files.
    #[must_use]
    pub fn header(mut self, name: &'static str, value: impl AsRef<str>) -> Self {
        let served = Arc::make_mut(&mut self.0);
        served.head = served.head.clone().header(name, value);
        self
    }

    /// As [`answer`](Self::answer), but with an `index.html` in which each name in double braces, as in `{{origin}}`,
    /// stands for its value, escaped for HTML; `{{tag}}` stands for [`tag`](Self::tag) without its quotes. The `ETag`
    /// does not depend on the values: they are to depend on nothing but the address that the client asked for, and on
    /// fields that the answer's `Vary` names.
    pub fn fill<A: 'static>(
        &self,
        cx: &mut Context<'_, A>,
        request: &Request<'_>,
        values: &[(&'static str, &str)],
    ) -> Reply<A> {
        let Some(name) = self.0.name(&request.path) else {
            return not_found().into();
        };
        let method = request.method;
        let conditions = Preconditions::of(request);
        let fallback = self.0.fallbacks.get(&*name);
        match &*self.0.place {
            Place::Embedded { files, .. } => {
                let fills = name == INDEX && !values.is_empty();
                let file = files.get(&*name).or(fallback);
                let file = file.map(|file| if fills { file } else { file.form(request) });
                self.0.answer(method, &conditions, file, values).into()
            }
            Place::Folder { .. } => {
                let (files, place) = (self.clone(), Arc::clone(&self.0.place));
                let (name, wanted) = (name.into_owned(), conditions.clone());
                let fallback = fallback.cloned();
                let owned = |(name, value): &Filling<&str>| (*name, (*value).to_owned());
                let values: Vec<_> = values.iter().map(owned).collect();
                let is_wanted =
                    move |tag: &str| method == Method::Get && wanted.verdict(tag) == Verdict::Serve;
                cx.on(Threads::Files).defer(
                    move || place.read(&name, is_wanted),
                    move |_, file| match File::or(file, fallback) {
                        Ok(file) => {
                            let file = Some(&file);
                            files.0.answer(method, &conditions, file, &values).into()
                        }
                        Err(problem) => problem.into(),
                    },
                )
            }
        }
    }

    /// Answers `request` with the file at its path. A path that ends with `/` stands for its `index.html`. GET and
    /// HEAD; anything else is 405, a file that is not there 404.
    ///
    /// The media type follows the name's extension. The answer has an `ETag` that names the bytes; `If-None-Match`
    /// gets 304 for it, and `If-Match` 412 for any other (RFC 9110, section 13.1). `Cache-Control: no-cache` has
    /// browsers ask each time.
    pub fn answer<A: 'static>(&self, cx: &mut Context<'_, A>, request: &Request<'_>) -> Reply<A> {
        self.fill(cx, request, &[])
    }
}

impl Place {
    /// Reads a folder's file, if the file is wanted, and the folder's tag. May block.
    fn read(&self, name: &str, is_wanted: impl Fn(&str) -> bool) -> Result<File, Problem> {
        let Self::Folder { root, folder, tag } = self else {
            return Err(not_found());
        };
        // The index has another tag than its own, and its length is known when its names are filled in.
        let found = folder.read(name, |tag| name == INDEX || is_wanted(tag))?;
        let current = folder_tag(root);
        tag.lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone_from(&current);
        let mut file = File::found(name, found);
        if file.is_index {
            file.set_tag(&current);
        }
        Ok(file)
    }
}

impl Served {
    /// The name of the file at a path; `None` if the path is not below the prefix.
    fn name<'p>(&self, path: &'p str) -> Option<Cow<'p, str>> {
        path.strip_prefix(self.prefix).map(name)
    }

    fn answer(
        &self,
        method: Method,
        conditions: &Preconditions,
        file: Option<&File>,
        values: &[Filling<impl AsRef<str>>],
    ) -> Response {
        let Some(file) = file else {
            return not_found().into();
        };
        if !matches!(method, Method::Get | Method::Head) {
            return allow(method, &[Method::Get]);
        }
        conditions.answer(&file.tag, file.fields(self.head.clone()), |response| {
            let response = file.describe(response);
            match &file.contents {
                Contents::Held(contents) => response.body(self.body(file, contents, values)),
                Contents::Unread(length) => response.with_length(*length),
            }
        })
    }

    /// A file's contents. The names in the index are filled in.
    fn body(&self, file: &File, contents: &Bytes, values: &[Filling<impl AsRef<str>>]) -> Bytes {
        if !file.is_index || values.is_empty() || contents.len() > MAX_FILLED {
            return contents.clone();
        }
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(last) = last.as_ref().filter(|last| last.is(file, values)) {
            return Arc::clone(&last.text).into();
        }
        let Ok(text) = str::from_utf8(contents) else {
            return contents.clone();
        };
        let text: Arc<[u8]> = filled(text, file.tag.trim_matches('"'), values)
            .into_bytes()
            .into();
        *last = Some(Filled {
            tag: file.tag.clone(),
            values: values
                .iter()
                .map(|(name, value)| (*name, value.as_ref().to_owned()))
                .collect(),
            text: Arc::clone(&text),
        });
        text.into()
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

#[cfg(test)]
mod tests;
