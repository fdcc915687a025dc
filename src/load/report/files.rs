//! The files that a run leaves. Before the run begins each file is found to be writable, since a long run is not to be
//! lost. Each file is there as a whole or not at all.

use crate::reactor::system;
use std::{
    fs::{self, File, OpenOptions},
    io::{self, ErrorKind, Write},
    path::{Path, PathBuf},
    process,
};

/// A file to be written at the end.
pub(crate) struct OutputFile {
    /// The path as it was given, for error messages.
    named: String,
    destination: Destination,
}

enum Destination {
    /// A file that is written under another name, and then takes this one.
    Whole(PathBuf),
    /// A pipe or a device, which must not be replaced.
    Stream(File),
}

impl OutputFile {
    /// Checks that `path` can be written. An error says why not.
    pub(crate) fn prepare(option: &str, path: &Path) -> Result<Self, String> {
        let named = path.display().to_string();
        match look(path) {
            Ok(destination) => Ok(Self { named, destination }),
            Err(error) => Err(format!("{option} {named}: cannot be written: {error}")),
        }
    }

    /// Whether both would be written to the same file.
    pub(crate) fn is(&self, other: &Self) -> bool {
        match (&self.destination, &other.destination) {
            (Destination::Whole(one), Destination::Whole(other)) => one == other,
            _ => false,
        }
    }

    /// Writes the file. An error says what went wrong.
    pub(crate) fn write(self, bytes: &[u8]) -> Result<(), String> {
        let written = match self.destination {
            Destination::Whole(path) => replace(&path, bytes),
            Destination::Stream(mut file) => file.write_all(bytes),
        };
        written.map_err(|error| format!("{}: {error}", self.named))
    }
}

fn look(path: &Path) -> io::Result<Destination> {
    // Not the link is replaced, but the file that it leads to.
    let place = fs::canonicalize(path).or_else(|_| std::path::absolute(path))?;
    match fs::metadata(path) {
        Ok(found) if found.is_dir() => return Err(ErrorKind::IsADirectory.into()),
        // Such a name may lead to a file that another process holds open, as standard output.
        Ok(found) if !found.is_file() || system::is_open_file(path) => {
            let file = OpenOptions::new().append(true).open(path)?;
            return Ok(Destination::Stream(file));
        }
        Ok(_) => {}
        Err(error) if error.kind() == ErrorKind::NotFound => {}
        Err(error) => return Err(error),
    }
    let beside = beside(&place);
    File::create_new(&beside)?;
    fs::remove_file(&beside)?;
    Ok(Destination::Whole(place))
}

fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let beside = beside(path);
    let written = File::create_new(&beside).and_then(|mut file| {
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::rename(&beside, path)
    });
    if written.is_err() {
        // The first error is the one to report.
        let _ = fs::remove_file(&beside);
    }
    written
}

/// A name in the same folder, since a file can take another's name only within a file system.
fn beside(path: &Path) -> PathBuf {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    path.with_file_name(format!(".{name}.{}.part", process::id()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn prepare(path: &Path) -> Result<OutputFile, String> {
        OutputFile::prepare("--json", path)
    }

    #[test]
    fn a_file_is_replaced_as_a_whole_and_nothing_else_is_left() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("report.json");
        fs::write(&path, "old").unwrap();
        let output = prepare(&path).unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"old");
        output.write(b"new").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"new");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_file_that_a_link_leads_to_is_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let (path, link) = (folder.path().join("there"), folder.path().join("link"));
        fs::write(&path, "old").unwrap();
        std::os::unix::fs::symlink(&path, &link).unwrap();
        assert!(prepare(&link).unwrap().is(&prepare(&path).unwrap()));
        prepare(&link).unwrap().write(b"new").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"new");
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
    }

    #[test]
    fn a_device_is_written_to_and_not_replaced() {
        prepare(Path::new("/dev/null"))
            .unwrap()
            .write(b"new")
            .unwrap();
        assert!(!fs::metadata("/dev/null").unwrap().is_file());
    }

    #[test]
    fn a_path_that_cannot_be_written_is_refused_beforehand() {
        let folder = tempfile::tempdir().unwrap();
        for path in [folder.path(), &folder.path().join("no/such"), Path::new("")] {
            let error = prepare(path).err().unwrap();
            assert!(error.starts_with("--json ") && error.contains("cannot be written"));
        }
    }

    #[test]
    fn a_folder_that_is_removed_meanwhile_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        let output = prepare(&folder.path().join("report.json")).unwrap();
        folder.close().unwrap();
        assert!(output.write(b"new").unwrap_err().contains("report.json"));
    }
}
