//! The path of a journal's file: whose file lies there, who uses it, and the files beside it.

use crate::journal::Failure;
use rustix::{
    fs::{Access, access},
    process::{Flock, FlockOffsetType, FlockType, fcntl_getlk},
};
use std::{
    ffi::OsString,
    fmt,
    fs::{self, File, OpenOptions},
    io::{self, ErrorKind, Read},
    path::{Path, PathBuf},
    process,
};

/// The id of the application in the header of its databases: `PicF`.
pub const APPLICATION: i32 = 0x5069_6346;
/// The version of the tables, in the header as well.
pub const VERSION: i32 = 1;
/// The bytes that every SQLite database begins with.
const MAGIC: &[u8; 16] = b"SQLite format 3\0";
/// The bytes that SQLite locks in a database (the files of all locks lie at 1 GiB).
const LOCKED: (u64, u64) = (0x4000_0000, 512);

/// The reason why a file cannot be used.
#[derive(Debug)]
pub enum Fault {
    /// The file is damaged: it is to be put aside.
    Damaged(String),
    /// The server is not to start.
    Refused(Failure),
}

/// The file that lies at a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Found {
    /// No file, or an empty file.
    Nothing,
    /// A database of this program, of this version.
    Ours,
}

/// The absolute path of a journal's file.
#[derive(Clone, Debug)]
pub struct Place(PathBuf);

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.display().fmt(f)
    }
}

impl Place {
    /// The place of the file at `path`, through symbolic links. The file that a link names need not be there.
    pub fn new(path: &Path) -> Result<Self, Failure> {
        match fs::canonicalize(path) {
            Ok(path) => Ok(Self(path)),
            Err(error) if error.kind() == ErrorKind::NotFound => {
                if let Ok(target) = fs::read_link(path) {
                    let folder = path.parent().unwrap_or(Path::new(""));
                    return Self::new(&folder.join(target));
                }
                let path = std::path::absolute(path);
                path.map(Self).map_err(|error| Failure(error.to_string()))
            }
            Err(error) => Err(Self(path.to_owned()).refusal(&error.to_string(), NAME_ANOTHER)),
        }
    }

    pub fn path(&self) -> &Path {
        &self.0
    }

    /// The path with an ending.
    pub fn with(&self, ending: &str) -> PathBuf {
        let mut path = OsString::from(&self.0);
        path.push(ending);
        path.into()
    }

    /// Looks at the file, without a change.
    pub fn look(&self) -> Result<Found, Fault> {
        let refused = |error: io::Error| Fault::Refused(self.refusal(&error.to_string(), ALLOW));
        let length = match fs::metadata(&self.0) {
            Ok(found) if !found.is_file() => {
                return Err(Fault::Refused(self.refusal("it is no file", NAME_ANOTHER)));
            }
            Ok(found) => found.len(),
            Err(error) if error.kind() == ErrorKind::NotFound => 0,
            Err(error) => return Err(refused(error)),
        };
        self.check_folder().map_err(Fault::Refused)?;
        if length == 0 {
            let log = fs::metadata(self.with("-wal"));
            return match log.is_ok_and(|log| log.len() > 0) {
                true => Err(Fault::Damaged("its log is there without it".to_owned())),
                false => Ok(Found::Nothing),
            };
        }
        let mut options = OpenOptions::new();
        let file = options.read(true).write(true).open(&self.0);
        let mut header = Vec::new();
        let read = file.and_then(|file| file.take(100).read_to_end(&mut header));
        read.map_err(refused)?;
        self.judge(&header).map(|()| Found::Ours)
    }

    /// Refuses a folder in which no file can be made. The database has files beside it.
    fn check_folder(&self) -> Result<(), Failure> {
        let folder = self.0.parent().unwrap_or(Path::new("/"));
        if !folder.is_dir() {
            let advice = "make the folder, or name another file";
            return Err(self.refusal("its folder is not there", advice));
        }
        let allowed = access(folder, Access::WRITE_OK | Access::EXEC_OK);
        allowed.map_err(|error| self.refusal(&io::Error::from(error).to_string(), ALLOW))
    }

    /// Judges a file by the header of its database (<https://sqlite.org/fileformat2.html>).
    fn judge(&self, header: &[u8]) -> Result<(), Fault> {
        let number = |at: usize| {
            let bytes = header.get(at..at + 4)?.try_into().ok()?;
            Some(i32::from_be_bytes(bytes))
        };
        if !header.starts_with(MAGIC) || number(68) != Some(APPLICATION) {
            let why = "it is not a history of picture-frame, and stays as it is";
            return Err(Fault::Refused(self.refusal(why, NAME_ANOTHER)));
        }
        self.check_version(number(60).unwrap_or_default())?;
        match header[18..20] {
            [2, 2] => Ok(()),
            _ => Err(Fault::Damaged("its header is wrong".to_owned())),
        }
    }

    /// Refuses a file of a later version.
    pub fn check_version(&self, version: i32) -> Result<(), Fault> {
        match version {
            VERSION => Ok(()),
            ..VERSION => Err(Fault::Damaged("its version is wrong".to_owned())),
            _ => {
                let why = format!(
                    "it is of version {version}, and this program knows version {VERSION}; it stays as it is"
                );
                let advice = "start the later program, or name another file";
                Err(Fault::Refused(self.refusal(&why, advice)))
            }
        }
    }

    /// The failure of a start without this file.
    pub fn refusal(&self, why: &str, advice: &str) -> Failure {
        Failure(format!(
            "cannot keep the history in {self}: {why}; {advice}"
        ))
    }

    /// The failure of a start while another process uses the file.
    pub fn in_use(&self) -> Failure {
        let holder = match self.holder() {
            Some(process) => format!("the process {process}"),
            None => "another process".to_owned(),
        };
        self.refusal(
            &format!("{holder} uses it"),
            "stop that process, or name another file",
        )
    }

    /// The process that has locked the database (fcntl(2)).
    fn holder(&self) -> Option<i32> {
        let lock = Flock {
            start: LOCKED.0,
            length: LOCKED.1,
            pid: None,
            typ: FlockType::WriteLock,
            offset_type: FlockOffsetType::Set,
        };
        let file = OpenOptions::new().read(true).write(true).open(&self.0);
        let found = fcntl_getlk(file.ok()?, &lock).ok().flatten()?;
        Some(found.pid?.as_raw_nonzero().get())
    }

    /// Renames a damaged file and its log. Returns the new path.
    pub fn put_aside(&self) -> Result<PathBuf, Failure> {
        let free = (1..).map(|number| format!("-damaged-{number}"));
        let mut free = free.filter(|ending| {
            let log = format!("{ending}-wal");
            [ending, &log]
                .iter()
                .all(|ending| !self.with(ending).exists())
        });
        let ending = free.next().expect("numbers do not end");
        for log in ["", "-wal"] {
            let to = self.with(&format!("{ending}{log}"));
            match fs::rename(self.with(log), to) {
                Err(error) if error.kind() != ErrorKind::NotFound => {
                    let why = format!("it is damaged, and cannot be renamed: {error}");
                    return Err(self.refusal(&why, "move it away"));
                }
                _ => {}
            }
        }
        Ok(self.with(&ending))
    }

    /// Puts a file that `make` makes at another path here, unless another process has put one here meanwhile. So a file
    /// that is here is always whole.
    pub fn put(&self, make: impl FnOnce(&Path) -> Result<(), Fault>) -> Result<(), Fault> {
        let name = format!("-new-{}", process::id());
        let clear = || {
            // A disk that is full may have taken a part of the file, and of SQLite's files beside it.
            for ending in ["", "-journal", "-shm", "-wal"] {
                let _ = fs::remove_file(self.with(&format!("{name}{ending}")));
            }
        };
        clear();
        let new = self.with(&name);
        let put = make(&new).and_then(|()| self.link(&new));
        clear();
        put?;
        // The system may refuse to sync a folder; the file itself is on the disk.
        let folder = self.0.parent().map(File::open);
        let _ = folder.map(|folder| folder.and_then(|folder| folder.sync_all()));
        Ok(())
    }

    /// Gives the file at the path `new` this place, unless another file is here that is not empty.
    fn link(&self, new: &Path) -> Result<(), Fault> {
        let is_empty = fs::metadata(&self.0).is_ok_and(|there| there.len() == 0);
        let linked = match is_empty {
            true => fs::rename(new, &self.0),
            false => fs::hard_link(new, &self.0),
        };
        let put = match linked {
            Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(()),
            // Some file systems have no hard links.
            Err(_) => fs::rename(new, &self.0),
            Ok(()) => Ok(()),
        };
        put.map_err(|error| Fault::Refused(self.refusal(&error.to_string(), ALLOW)))
    }

    /// True if events were sent that are not in the file.
    pub fn has_hole(&self) -> bool {
        self.with(HOLE).exists()
    }

    /// Notes, beside the file, that events are sent that are not in the file. An empty file is made on most disks that
    /// are full.
    pub fn begin_hole(&self) {
        // The disk may take nothing at all. The line in the log is written in any case.
        let _ = File::create(self.with(HOLE));
    }

    /// Notes that the file knows of its hole.
    pub fn end_hole(&self) {
        let removed = fs::remove_file(self.with(HOLE));
        if let Err(error) = removed
            && error.kind() != ErrorKind::NotFound
        {
            log::warn!("{}{HOLE} cannot be removed: {error}", self);
        }
    }
}

/// The ending of the note that events were sent which are not in the file.
const HOLE: &str = "-hole";
/// Advice for a start that was refused.
pub const ALLOW: &str = "allow the program to write there, or name another file";
const NAME_ANOTHER: &str = "name another file";
