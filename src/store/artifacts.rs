//! Artifact files: what runs and logged models leave behind, as plain files below one folder.
//!
//! Paths come from the network, so every path is checked here and nowhere else. Invariants: nothing outside the root
//! is read or written, symbolic links below the root are never followed, and a file appears under its name only when
//! all of its bytes are on the disk. What metadata belongs to a file is not known here.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::folders::{self, Folders};
use super::{Result, StoreError, StoreErrorKind};

/// Folder below the root that holds files still being written; on the same filesystem, so that a rename is enough.
const INCOMING: &str = ".incoming";

/// How often a path is percent-decoded before it is judged; what is still encoded after that is refused.
const MAX_DECODINGS: usize = 10;

/// Longest name of a file or folder in bytes on the filesystems in use.
const MAX_NAME_BYTES: usize = 255;

/// Longest path below the root in bytes and in names; far more than anybody needs, and what every system can hold.
const MAX_PATH_BYTES: usize = 1_024;
const MAX_PATH_NAMES: usize = 64;

/// The folder of artifacts of a workspace.
#[derive(Debug)]
pub struct Artifacts {
    root: PathBuf,
    folders: Arc<Folders>,
    /// Why writes are refused, if they are.
    read_only: Option<String>,
}

/// A checked path: relative to the root, in normal form, and where it lies on the disk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ArtifactPath {
    relative: String,
    absolute: PathBuf,
}

impl ArtifactPath {
    /// The path below the root with `/` between names; empty for the root.
    pub fn relative(&self) -> &str {
        &self.relative
    }

    /// Where it lies on the disk. It need not exist.
    pub fn absolute(&self) -> &Path {
        &self.absolute
    }

    /// The last name; empty for the root.
    pub fn name(&self) -> &str {
        self.relative.rsplit('/').next().unwrap_or_default()
    }
}

/// One line of a folder's list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ArtifactEntry {
    pub name: String,
    pub is_dir: bool,
    /// Zero for folders.
    pub size_bytes: u64,
}

impl Artifacts {
    /// The artifacts below `root`, which need not exist yet. `read_only` says why writes are refused, if they are.
    pub fn new(root: PathBuf, read_only: Option<String>) -> Self {
        Self { root, folders: Arc::default(), read_only }
    }

    /// Makes the folder itself, so that nothing has to before the first file.
    pub(super) fn create(&self) -> Result<()> {
        self.check_writable()?;
        self.folders.ensure(&self.root, &self.root).map_err(|error| io_error("make the folder of", "", &error))
    }

    /// The folder itself.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Checks a path that came from outside, percent-encoded or not. Files that exist are reached only through real
    /// folders: a symbolic link on the way is an error.
    pub fn resolve(&self, relative: &str) -> Result<ArtifactPath> {
        if relative.len() > MAX_PATH_BYTES {
            return Err(invalid_path());
        }
        check_text(relative)?;
        let names: Vec<&str> = relative.split('/').filter(|name| !name.is_empty()).collect();
        if names.len() > MAX_PATH_NAMES {
            return Err(invalid_path());
        }
        if names.first().is_some_and(|name| name.eq_ignore_ascii_case(INCOMING)) {
            return Err(invalid_path());
        }
        let mut absolute = self.root.clone();
        for name in &names {
            check_name(name)?;
            absolute.push(name);
            if fs::symlink_metadata(&absolute).is_ok_and(|metadata| metadata.is_symlink()) {
                return Err(is_link(name));
            }
        }
        Ok(ArtifactPath { relative: names.join("/"), absolute })
    }

    /// The files and folders in a folder, sorted by name. A file or an unknown path has none; links are left out.
    pub fn list(&self, relative: &str) -> Result<Vec<ArtifactEntry>> {
        let path = self.resolve(relative)?;
        let reader = match fs::read_dir(&path.absolute) {
            Ok(reader) => reader,
            Err(error) if is_absent(&error) => return Ok(Vec::new()),
            Err(error) => return Err(io_error("list the folder", &path.relative, &error)),
        };
        let mut entries = Vec::new();
        for entry in reader {
            let entry = entry.map_err(|error| io_error("list the folder", &path.relative, &error))?;
            // A file may vanish between the list and the look at it.
            let Ok(metadata) = entry.metadata() else { continue };
            let name = entry.file_name().to_string_lossy().into_owned();
            let hidden = path.relative.is_empty() && name.eq_ignore_ascii_case(INCOMING);
            if hidden || !(metadata.is_dir() || metadata.is_file()) {
                continue;
            }
            let size_bytes = if metadata.is_dir() { 0 } else { metadata.len() };
            entries.push(ArtifactEntry { name, is_dir: metadata.is_dir(), size_bytes });
        }
        entries.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(entries)
    }

    /// Opens a file for reading; with its size in bytes.
    pub fn open(&self, relative: &str) -> Result<(File, u64)> {
        let path = self.resolve(relative)?;
        let missing = || StoreError::not_found(format!("No such artifact: '{}'", path.relative));
        // What is opened is judged by its handle, since what lies under the name may change between two looks at it.
        // The look before keeps devices from being opened at all.
        let is_dir =
            || StoreError::invalid(format!("Artifact path refers to a directory, not a file: '{}'", path.relative));
        match fs::symlink_metadata(&path.absolute) {
            Ok(metadata) if metadata.is_dir() => return Err(is_dir()),
            Ok(metadata) if !metadata.is_file() => return Err(missing()),
            _ => {}
        }
        let file = match open_itself(&path.absolute, OpenOptions::new().read(true)) {
            Ok(file) => file,
            Err(error) if is_absent(&error) => return Err(missing()),
            Err(error) if is_link_error(&error) => return Err(is_link(path.name())),
            Err(error) => return Err(io_error("read", &path.relative, &error)),
        };
        let metadata = file.metadata().map_err(|error| io_error("read", &path.relative, &error))?;
        match metadata.file_type() {
            kind if kind.is_file() => Ok((file, metadata.len())),
            kind if kind.is_dir() => Err(is_dir()),
            _ => Err(missing()),
        }
    }

    /// Starts a file. Nothing is visible under its name before [`ArtifactWriter::finish`]; dropping the writer
    /// discards what was written.
    pub fn begin_write(&self, relative: &str) -> Result<ArtifactWriter> {
        self.check_writable()?;
        let target = self.resolve(relative)?;
        if target.relative.is_empty() || relative.ends_with('/') {
            return Err(StoreError::invalid("Artifact path must include a filename (cannot end with '/')."));
        }
        if target.absolute.is_dir() {
            return Err(StoreError::invalid(format!("Invalid path: '{}' is a folder", target.relative)));
        }
        let incoming = self.root.join(INCOMING);
        fs::create_dir_all(&incoming).map_err(|error| io_error("write", &target.relative, &error))?;
        let (temporary, file) =
            create_locked(&incoming).map_err(|error| io_error("write", &target.relative, &error))?;
        let (root, folders) = (self.root.clone(), Arc::clone(&self.folders));
        Ok(ArtifactWriter { root, folders, target, temporary, file, finished: false })
    }

    /// Deletes a file or a folder with all that is in it. What is not there is no error.
    pub fn delete(&self, relative: &str) -> Result<()> {
        self.check_writable()?;
        let path = self.resolve(relative)?;
        if path.relative.is_empty() {
            return Err(StoreError::invalid("Invalid path: the artifact folder itself cannot be deleted"));
        }
        let deleted = match fs::symlink_metadata(&path.absolute) {
            Ok(metadata) if metadata.is_dir() => fs::remove_dir_all(&path.absolute),
            Ok(_) => fs::remove_file(&path.absolute),
            Err(error) => Err(error),
        };
        self.folders.forget(&path.absolute);
        match deleted {
            Ok(()) => folders::sync(folders::parent_of(&path.absolute)),
            Err(error) if is_absent(&error) => Ok(()),
            Err(error) => Err(error),
        }
        .map_err(|error| io_error("delete", &path.relative, &error))
    }

    /// Removes what writers of processes that ended midway have left. Files of living writers, also those of other
    /// processes on the same workspace, are locked and stay.
    pub fn remove_leftovers(&self) -> Result<()> {
        self.check_writable()?;
        let incoming = self.root.join(INCOMING);
        let reader = match fs::read_dir(&incoming) {
            Ok(reader) => reader,
            Err(error) if is_absent(&error) => return Ok(()),
            Err(error) => return Err(io_error("clean up", INCOMING, &error)),
        };
        for entry in reader.flatten() {
            let path = entry.path();
            let Ok(file) = open_itself(&path, OpenOptions::new().write(true)) else { continue };
            if file.try_lock().is_ok()
                && let Err(error) = fs::remove_file(&path)
            {
                tracing::warn!("could not remove the unfinished file {}: {error}", path.display());
            }
        }
        Ok(())
    }

    fn check_writable(&self) -> Result<()> {
        match &self.read_only {
            None => Ok(()),
            Some(reason) => Err(StoreError::new(StoreErrorKind::ReadOnly, reason.clone())),
        }
    }
}

/// A file on its way; see [`Artifacts::begin_write`].
#[derive(Debug)]
pub struct ArtifactWriter {
    root: PathBuf,
    folders: Arc<Folders>,
    target: ArtifactPath,
    temporary: PathBuf,
    file: File,
    finished: bool,
}

impl ArtifactWriter {
    /// Makes the file appear under its name, replacing an older one; on the disk when this returns.
    pub fn finish(mut self) -> Result<()> {
        let result = self.publish().map_err(|error| io_error("write", &self.target.relative, &error));
        self.finished = result.is_ok();
        result
    }

    fn publish(&mut self) -> io::Result<()> {
        self.file.sync_all()?;
        let parent = self.target.absolute.parent().unwrap_or(&self.root).to_path_buf();
        self.folders.ensure(&self.root, &parent)?;
        fs::rename(&self.temporary, &self.target.absolute)?;
        folders::sync(&parent)
    }
}

impl Write for ArtifactWriter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

impl Drop for ArtifactWriter {
    fn drop(&mut self) {
        if !self.finished {
            // What cannot be removed now is removed when the workspace is next opened.
            let _ = fs::remove_file(&self.temporary);
        }
    }
}

/// Refuses a path as a whole. Decoded again and again, because each layer between client and disk may decode once.
fn check_text(path: &str) -> Result<()> {
    let mut text = path.to_owned();
    for _ in 0..=MAX_DECODINGS {
        check_decoded(&text)?;
        let decoded = percent_encoding::percent_decode_str(&text).decode_utf8().map_err(|_| invalid_path())?;
        if decoded == text {
            return Ok(());
        }
        text = decoded.into_owned();
    }
    Err(invalid_path())
}

fn check_decoded(text: &str) -> Result<()> {
    let is_file_uri = text.get(..5).is_some_and(|scheme| scheme.eq_ignore_ascii_case("file:"));
    let odd = |c: char| matches!(c, '\\' | '#' | '?') || c.is_control();
    if text.starts_with('/') || is_file_uri || text.contains(odd) {
        return Err(invalid_path());
    }
    for name in text.split('/') {
        let mut bytes = name.bytes();
        let drive = bytes.next().is_some_and(|b| b.is_ascii_alphabetic()) && bytes.next() == Some(b':');
        if name == "." || name == ".." || drive {
            return Err(invalid_path());
        }
    }
    Ok(())
}

/// Refuses a single name that a filesystem cannot hold.
fn check_name(name: &str) -> Result<()> {
    if name.len() > MAX_NAME_BYTES {
        let start: String = name.chars().take(40).collect();
        return Err(StoreError::invalid(format!(
            "Invalid path: the name '{start}…' has {} bytes, and the filesystem holds at most {MAX_NAME_BYTES}",
            name.len()
        )));
    }
    if cfg!(windows) && (name.contains(['<', '>', ':', '"', '|', '*']) || name.ends_with(['.', ' '])) {
        return Err(StoreError::invalid(format!("Invalid path: Windows cannot hold the name '{name}'")));
    }
    Ok(())
}

/// The words that MLflow has for a path it does not accept.
fn invalid_path() -> StoreError {
    StoreError::invalid("Invalid path")
}

fn is_link(name: &str) -> StoreError {
    StoreError::invalid(format!(
        "Invalid path: '{name}' is a symbolic link, and links are not followed among artifacts"
    ))
}

/// Opens what lies under the name itself: a symbolic link is an error, and a pipe does not wait for its other end.
#[cfg(unix)]
fn open_itself(path: &Path, options: &mut OpenOptions) -> io::Result<File> {
    use std::os::unix::fs::OpenOptionsExt as _;
    options.custom_flags(libc::O_NOFOLLOW | libc::O_NONBLOCK).open(path)
}

/// The same where links need rights to make, and pipes have no place among files.
#[cfg(not(unix))]
fn open_itself(path: &Path, options: &mut OpenOptions) -> io::Result<File> {
    options.open(path)
}

#[cfg(unix)]
fn is_link_error(error: &io::Error) -> bool {
    error.raw_os_error() == Some(libc::ELOOP)
}

#[cfg(not(unix))]
fn is_link_error(_: &io::Error) -> bool {
    false
}

fn is_absent(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory)
}

fn io_error(act: &str, relative: &str, error: &io::Error) -> StoreError {
    let kind = match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => StoreErrorKind::DiskFull,
        io::ErrorKind::ReadOnlyFilesystem => StoreErrorKind::ReadOnly,
        io::ErrorKind::InvalidFilename
        | io::ErrorKind::NotADirectory
        | io::ErrorKind::IsADirectory
        | io::ErrorKind::AlreadyExists => StoreErrorKind::InvalidParameter,
        _ => StoreErrorKind::Internal,
    };
    StoreError::new(kind, format!("Could not {act} the artifact '{relative}': {error}"))
}

/// A new file under a name of its own, locked for as long as it is open.
fn create_locked(folder: &Path) -> io::Result<(PathBuf, File)> {
    loop {
        let path = folder.join(uuid::Uuid::new_v4().simple().to_string());
        let file = OpenOptions::new().write(true).create_new(true).open(&path)?;
        match file.lock() {
            Ok(()) => {}
            // Without locks nobody removes leftovers either, so nothing is lost.
            Err(error) if error.kind() == io::ErrorKind::Unsupported => {}
            Err(error) => return Err(error),
        }
        // A process that cleaned up may have taken the file between its birth and its lock.
        if fs::symlink_metadata(&path).is_ok() {
            return Ok((path, file));
        }
    }
}

#[cfg(test)]
mod tests;
