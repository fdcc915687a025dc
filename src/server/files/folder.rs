//! The files of a folder: read in pieces, on a thread that may block, and held once however many clients are sent them.

use crate::{
    http::{Bytes, Problem},
    server::{busy, router::not_found},
};
use std::{
    collections::{HashMap, HashSet},
    fs::{self, File},
    hash::{DefaultHasher, Hasher},
    io::{self, ErrorKind, Read, Seek},
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError, Weak},
};

/// The longest file that is served, in bytes: a page's largest picture has less.
const MAX_FILE: u64 = 32 * 1024 * 1024;
/// The large files that are held at once for clients that read slowly, in bytes.
const MAX_HELD: usize = 64 * 1024 * 1024;
/// A file up to this length, in bytes, does not count as large: a page goes on although others hold large files. Small
/// files count among what all connections hold.
pub(in crate::server) const SMALL: usize = 1024 * 1024;
/// The bytes that are read at once.
const PIECE: usize = 64 * 1024;
/// Long files that the log names.
const MAX_TOLD: usize = 64;

/// A folder. A clone stands for the same folder.
#[derive(Clone, Debug)]
pub(super) struct Folder {
    root: PathBuf,
    shared: Arc<Mutex<Known>>,
}

/// The files that are known to the threads that read.
#[derive(Debug, Default)]
struct Known {
    /// Contents that an answer may still send, by their tags.
    contents: HashMap<String, Weak<[u8]>>,
    /// The files that the log has named as too long.
    told: HashSet<PathBuf>,
}

/// A file that was found.
#[derive(Debug)]
pub(super) struct Found {
    pub(super) tag: String,
    pub(super) length: usize,
    /// The contents, if they are wanted.
    pub(super) contents: Option<Bytes>,
}

impl Folder {
    pub(super) fn new(root: PathBuf) -> Self {
        Self {
            root,
            shared: Arc::default(),
        }
    }

    /// Reads a file, unless its real path leads out of the folder. Its contents are held only if they are `wanted`,
    /// which is asked with the tag.
    pub(super) fn read(
        &self,
        name: &str,
        wanted: impl FnOnce(&str) -> bool,
    ) -> Result<Found, Problem> {
        let mut file = match open(&self.root, name) {
            Ok(Some((path, file))) if is_too_long(&file) => return Err(self.too_long(path)),
            Ok(Some((_, file))) => file,
            Ok(None) => return Err(not_found()),
            Err(error) => return Err(problem(name, &error)),
        };
        let (tag, length) = hash(&mut file, |_| {}).map_err(|error| problem(name, &error))?;
        if !wanted(&tag) {
            return Ok(Found {
                tag,
                length,
                contents: None,
            });
        }
        self.contents(name, file, tag, length)
    }

    fn contents(
        &self,
        name: &str,
        mut file: File,
        tag: String,
        length: usize,
    ) -> Result<Found, Problem> {
        let known = self.shared().contents.get(&tag).and_then(Weak::upgrade);
        if let Some(contents) = known {
            return Ok(found(tag, contents));
        }
        if length > SMALL && self.shared().held() + length > MAX_HELD {
            return Err(passing(busy("Too many large files are being sent.")));
        }
        let loaded = load(&mut file, length).map_err(|error| problem(name, &error))?;
        let Some((tag, contents)) = loaded else {
            return Err(passing(busy("The file is being changed.")));
        };
        let mut shared = self.shared();
        shared.contents.retain(|_, known| known.strong_count() > 0);
        shared
            .contents
            .insert(tag.clone(), Arc::downgrade(&contents));
        Ok(found(tag, contents))
    }

    fn too_long(&self, path: PathBuf) -> Problem {
        let mut shared = self.shared();
        if shared.told.len() < MAX_TOLD && !shared.told.contains(&path) {
            log::warn!(
                "{} is longer than 32 MiB, and is not served",
                path.display()
            );
            shared.told.insert(path);
        }
        not_found()
    }

    /// The lock is held to look at the tables, and never while a file is read.
    fn shared(&self) -> MutexGuard<'_, Known> {
        self.shared.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Known {
    /// The bytes of large files that are held.
    fn held(&self) -> usize {
        let lengths = self.contents.values().filter_map(Weak::upgrade);
        lengths
            .map(|contents| contents.len())
            .filter(|length| *length > SMALL)
            .sum()
    }
}

fn found(tag: String, contents: Arc<[u8]>) -> Found {
    Found {
        tag,
        length: contents.len(),
        contents: Some(contents.into()),
    }
}

/// Opens a file under `root`, unless its real path leads elsewhere. A pipe is no file: to open a pipe may take for
/// ever.
fn open(root: &Path, name: &str) -> io::Result<Option<(PathBuf, File)>> {
    let root = root.canonicalize()?;
    let path = root.join(name.trim_start_matches('/')).canonicalize()?;
    if !path.starts_with(&root) || !fs::metadata(&path)?.is_file() {
        return Ok(None);
    }
    let file = File::open(&path)?;
    Ok(Some((path, file)))
}

fn is_too_long(file: &File) -> bool {
    file.metadata()
        .is_ok_and(|metadata| metadata.len() > MAX_FILE)
}

/// Reads the file from its beginning. Returns the tag and the length of the contents. A file that grows meanwhile is
/// read up to [`MAX_FILE`] bytes.
fn hash(file: &mut File, mut each: impl FnMut(&[u8])) -> io::Result<(String, usize)> {
    let (mut tag, mut length, mut piece) = (DefaultHasher::new(), 0, vec![0; PIECE]);
    file.rewind()?;
    let mut file = file.take(MAX_FILE);
    loop {
        match file.read(&mut piece) {
            Ok(0) => return Ok((quoted(&tag), length)),
            Ok(read) => {
                tag.write(&piece[..read]);
                each(&piece[..read]);
                length += read;
            }
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}

/// Reads the contents to where they can be shared, and their tag. `None` if the file has another `length` meanwhile.
fn load(file: &mut File, length: usize) -> io::Result<Option<(String, Arc<[u8]>)>> {
    let mut contents: Arc<[u8]> = std::iter::repeat_n(0, length).collect();
    let room = Arc::get_mut(&mut contents).expect("no other reference exists yet");
    let mut at = 0;
    let (tag, read) = hash(file, |piece| {
        let taken = piece.len().min(room.len() - at);
        room[at..at + taken].copy_from_slice(&piece[..taken]);
        at += taken;
    })?;
    Ok((read == length).then_some((tag, contents)))
}

fn quoted(tag: &DefaultHasher) -> String {
    format!("\"{:016x}\"", tag.finish())
}

/// A problem that may be over soon: no cache is to keep it.
fn passing(problem: Problem) -> Problem {
    problem.header("Cache-Control", "no-store")
}

/// The answer to a client about a file that cannot be read, by the cause.
fn problem(name: &str, error: &io::Error) -> Problem {
    log::debug!("cannot read the file {name:?}: {error}");
    passing(match error.raw_os_error() {
        Some(libc::EMFILE | libc::ENFILE | libc::ENOMEM) => busy("The server is short of files."),
        Some(libc::EACCES | libc::EPERM) => Problem::new(403, "The server may not read this file."),
        Some(libc::ENOENT | libc::ENOTDIR | libc::ENAMETOOLONG | libc::ELOOP) => {
            return not_found();
        }
        _ if error.kind() == ErrorKind::InvalidInput => return not_found(),
        _ => Problem::new(500, "The file cannot be read."),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::{Response, Wire};
    use std::os::unix::fs::symlink;

    fn folder() -> (tempfile::TempDir, Folder) {
        let place = tempfile::tempdir().unwrap();
        let folder = Folder::new(place.path().to_owned());
        (place, folder)
    }

    fn status(result: Result<Found, Problem>) -> u16 {
        result.map_or_else(|problem| problem.status, |_| 200)
    }

    fn shared(found: &Found) -> &Arc<[u8]> {
        match &found.contents {
            Some(Bytes::Shared(contents)) => contents,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn nothing_outside_the_folder_is_read() {
        let (place, _) = folder();
        let root = place.path().join("public");
        fs::create_dir(&root).unwrap();
        fs::write(place.path().join("secret"), "secret").unwrap();
        fs::write(root.join("a"), "a").unwrap();
        symlink(place.path().join("secret"), root.join("link")).unwrap();
        symlink("a", root.join("inner")).unwrap();
        symlink("loop", root.join("loop")).unwrap();
        let folder = Folder::new(root);
        for name in ["a", "inner"] {
            assert_eq!(
                &**shared(&folder.read(name, |_| true).unwrap()),
                b"a",
                "{name}"
            );
        }
        for name in [
            "link",
            "../secret",
            "/etc/passwd",
            "",
            "none",
            "a/b",
            "loop",
            "a\0",
        ] {
            assert_eq!(status(folder.read(name, |_| true)), 404, "{name}");
        }
    }

    #[test]
    fn contents_are_held_once_and_only_while_an_answer_needs_them() {
        let (place, folder) = folder();
        fs::write(place.path().join("a"), "one").unwrap();
        let first = folder.read("a", |_| true).unwrap();
        let second = folder.read("a", |_| true).unwrap();
        assert!(Arc::ptr_eq(shared(&first), shared(&second)));
        let known = folder.read("a", |tag| tag != first.tag).unwrap();
        assert!(known.contents.is_none() && known.length == 3);
        // A change of the same length within the same tick of the clock is seen.
        fs::write(place.path().join("a"), "two").unwrap();
        let third = folder.read("a", |_| true).unwrap();
        assert_eq!(
            (&**shared(&first), &**shared(&third)),
            (&b"one"[..], &b"two"[..])
        );
        assert_ne!(first.tag, third.tag);
        drop((first, second, third));
        fs::write(place.path().join("a"), "three").unwrap();
        let _fourth = folder.read("a", |_| true).unwrap();
        assert_eq!(folder.shared().contents.len(), 1);
    }

    #[test]
    fn large_files_have_a_bound_each_and_in_sum() {
        let (place, folder) = folder();
        let make = |name: &str, length: u64| {
            let file = File::create(place.path().join(name)).unwrap();
            file.set_len(length).unwrap();
        };
        make("too-long", MAX_FILE + 1);
        make("small", 10);
        for number in 0..3 {
            make(&number.to_string(), MAX_FILE - number);
        }
        assert_eq!(
            status(folder.read("too-long", |_| panic!("it is not read"))),
            404
        );
        let read = |name: &str| folder.read(name, |_| true);
        let [first, second] = ["0", "1"].map(|name| read(name).unwrap());
        assert_eq!(first.length, MAX_FILE as usize);
        assert_eq!(status(read("2")), 503);
        assert_eq!((status(read("0")), status(read("small"))), (200, 200));
        drop((first, second));
        assert_eq!(status(read("2")), 200);
    }

    #[test]
    fn the_cause_says_what_a_file_that_cannot_be_read_is_answered_with() {
        for (cause, status) in [
            (libc::EMFILE, 503),
            (libc::ENFILE, 503),
            (libc::EACCES, 403),
            (libc::EIO, 500),
        ] {
            let problem = problem("a", &io::Error::from_raw_os_error(cause));
            assert_eq!(problem.status, status);
            let wire = Wire {
                minor: 1,
                head: true,
                keep_alive: true,
                date: "",
            };
            let (head, _) = Response::from(problem).encode(&wire);
            let head = String::from_utf8(head).unwrap();
            assert!(head.contains("\r\nCache-Control: no-store\r\n"), "{head}");
        }
        for cause in [libc::ENOENT, libc::ENOTDIR, libc::ELOOP, libc::ENAMETOOLONG] {
            assert_eq!(
                problem("a", &io::Error::from_raw_os_error(cause)).status,
                404
            );
        }
    }
}
