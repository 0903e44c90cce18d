//! Folders whose entries are on the disk, not only in the system's memory.
//!
//! Invariant: what [`Folders::ensure`] answered for survives a loss of power, whoever made the folders.

use std::collections::HashSet;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

/// How many folders are remembered; beyond that all are forgotten, which only costs syncing them again.
const REMEMBERED: usize = 4_096;

/// Makes folders below one folder, and remembers whose entries were synced. A folder that another process made may
/// not have been synced by it yet, so that its being there is not enough.
#[derive(Debug, Default)]
pub(super) struct Folders {
    synced: Mutex<HashSet<PathBuf>>,
}

impl Folders {
    /// Makes the folders from `root` down to `folder`, which lies in it. Below the root a symbolic link counts as a
    /// file that is in the way.
    pub(super) fn ensure(&self, root: &Path, folder: &Path) -> io::Result<()> {
        let below = folder.strip_prefix(root).map_err(|_| io::Error::from(io::ErrorKind::InvalidInput))?;
        let mut at = root.to_path_buf();
        self.ensure_one(&at, || root.is_dir(), || fs::create_dir_all(root))?;
        for name in below.components() {
            at.push(name);
            let is_folder = || fs::symlink_metadata(&at).is_ok_and(|metadata| metadata.is_dir());
            self.ensure_one(&at, is_folder, || fs::create_dir(&at))?;
        }
        Ok(())
    }

    fn ensure_one(
        &self,
        folder: &Path,
        is_there: impl Fn() -> bool,
        create: impl FnOnce() -> io::Result<()>,
    ) -> io::Result<()> {
        let known = self.synced.lock().unwrap_or_else(PoisonError::into_inner).contains(folder);
        let there = is_there();
        if known && there {
            return Ok(());
        }
        if !there {
            match create() {
                Err(error) if error.kind() != io::ErrorKind::AlreadyExists || !is_there() => return Err(error),
                _ => {}
            }
        }
        sync(parent_of(folder))?;
        let mut synced = self.synced.lock().unwrap_or_else(PoisonError::into_inner);
        if synced.len() >= REMEMBERED {
            synced.clear();
        }
        synced.insert(folder.to_path_buf());
        Ok(())
    }

    /// Forgets a folder that was deleted, and all in it: one that is made there later is another.
    pub(super) fn forget(&self, folder: &Path) {
        self.synced.lock().unwrap_or_else(PoisonError::into_inner).retain(|known| !known.starts_with(folder));
    }
}

/// Makes a folder and those above it that are missing, with their entries on the disk.
pub(super) fn create_all(folder: &Path) -> io::Result<()> {
    let mut missing: Vec<&Path> = folder.ancestors().take_while(|at| !at.as_os_str().is_empty()).collect();
    missing.retain(|at| !at.is_dir());
    fs::create_dir_all(folder)?;
    // From the top down: an entry is of use only if the folder that holds it is found.
    missing.into_iter().rev().try_for_each(|made| sync(parent_of(made)))
}

/// The folder that holds another.
pub(super) fn parent_of(folder: &Path) -> &Path {
    match folder.parent() {
        Some(parent) if parent.as_os_str().is_empty() => Path::new("."),
        Some(parent) => parent,
        None => folder,
    }
}

/// Makes a folder's entries durable. Windows neither needs nor allows it.
pub(super) fn sync(folder: &Path) -> io::Result<()> {
    if !cfg!(unix) {
        return Ok(());
    }
    match File::open(folder).and_then(|folder| folder.sync_all()) {
        // One that may be passed through but not read, and filesystems that know no such thing: nothing more can be
        // done.
        Err(error)
            if matches!(
                error.kind(),
                io::ErrorKind::PermissionDenied | io::ErrorKind::InvalidInput | io::ErrorKind::Unsupported
            ) =>
        {
            tracing::debug!("the entries of {} cannot be synced: {error}", folder.display());
            Ok(())
        }
        outcome => outcome,
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed expectation ends the test")]

    use super::*;

    #[test]
    fn folders_are_made_again_after_they_were_deleted() {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path().join("root");
        let folders = Folders::default();
        folders.ensure(&root, &root.join("a/b")).unwrap();
        fs::remove_dir_all(root.join("a")).unwrap();
        folders.ensure(&root, &root.join("a/b")).unwrap();
        assert!(root.join("a/b").is_dir());
        folders.forget(&root.join("a"));
        assert_eq!(folders.synced.lock().unwrap().iter().collect::<Vec<_>>(), [&root]);
    }

    #[test]
    fn a_folder_that_somebody_else_made_is_synced_once() {
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir_all(dir.path().join("a/b")).unwrap();
        let folders = Folders::default();
        folders.ensure(dir.path(), &dir.path().join("a/b")).unwrap();
        assert_eq!(folders.synced.lock().unwrap().len(), 3, "the root and both folders");
    }

    #[cfg(unix)]
    #[test]
    fn a_link_in_the_way_is_not_followed() {
        let dir = tempfile::tempdir().unwrap();
        let (root, outside) = (dir.path().join("root"), dir.path().join("outside"));
        fs::create_dir_all(&outside).unwrap();
        fs::create_dir_all(&root).unwrap();
        std::os::unix::fs::symlink(&outside, root.join("a")).unwrap();
        assert!(Folders::default().ensure(&root, &root.join("a/b")).is_err());
        assert!(!outside.join("b").exists());
    }
}
