//! Entity tags: of a file's contents, and of a whole folder, since a page consists of all its files.

use std::{
    fs::{self, Metadata},
    hash::{DefaultHasher, Hash, Hasher},
    path::{Path, PathBuf},
};

/// The most files of a folder that the index's tag depends on, since the folder may be a whole disk.
const TAGGED_FILES: usize = 1024;
/// The most bytes of these files that are read for the tag. Of a file beyond them the length and the time count.
const TAGGED_BYTES: u64 = 1 << 20;

/// A validator that names the contents (RFC 9110, section 8.8.3).
pub(super) fn tag(contents: &(impl Hash + ?Sized)) -> String {
    let mut hasher = DefaultHasher::new();
    contents.hash(&mut hasher);
    format!("\"{:016x}\"", hasher.finish())
}

/// A tag that changes with any file in the folder.
pub(super) fn folder_tag(root: &Path) -> String {
    let mut room = TAGGED_BYTES;
    let file = |(path, metadata): (PathBuf, Metadata)| {
        let is_read = metadata.is_file() && metadata.len() <= room;
        room -= if is_read { metadata.len() } else { 0 };
        let contents = is_read.then(|| fs::read(&path).ok());
        (path, metadata.len(), metadata.modified().ok(), contents)
    };
    tag(&list(root).into_iter().map(file).collect::<Vec<_>>())
}

/// The files in a folder and in the folders below it, sorted by path.
fn list(root: &Path) -> Vec<(PathBuf, Metadata)> {
    let (mut folders, mut files) = (vec![root.to_owned()], Vec::new());
    while let Some(folder) = folders.pop() {
        let room = TAGGED_FILES.saturating_sub(files.len() + folders.len());
        for entry in fs::read_dir(folder)
            .into_iter()
            .flatten()
            .flatten()
            .take(room)
        {
            match entry.metadata() {
                Ok(metadata) if metadata.is_dir() => folders.push(entry.path()),
                Ok(metadata) => files.push((entry.path(), metadata)),
                Err(_) => {}
            }
        }
    }
    files.sort_unstable_by(|(one, _), (other, _)| one.cmp(other));
    files
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_s_tag_reads_no_more_than_it_may() {
        let folder = tempfile::tempdir().unwrap();
        let large = fs::File::create(folder.path().join("large")).unwrap();
        large.set_len(1 << 40).unwrap();
        let before = folder_tag(folder.path());
        large.set_len(1 << 41).unwrap();
        assert_ne!(folder_tag(folder.path()), before);
        for number in 0..2 * TAGGED_FILES {
            fs::write(folder.path().join(number.to_string()), "").unwrap();
        }
        assert_eq!(list(folder.path()).len(), TAGGED_FILES);
    }
}
