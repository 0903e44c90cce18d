//! Copying artifacts from where MLflow kept them.
//!
//! Invariant: only files below the folder of the run or model itself are read; links are not followed, so that a source
//! cannot bring in files of its choice.

use std::fs::{self, File};
use std::io;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use super::{ArtifactPlace, Import};
use crate::store::{Result, StoreError, StoreErrorKind};

/// Deepest folder that is copied.
const MAX_DEPTH: usize = 64;

impl Import<'_> {
    /// Copies the files that are not here yet. What cannot be copied is named in the report.
    pub(super) fn copy_folder(&mut self, folder: &Path, target: &str, owner: &str) -> Result<ControlFlow<()>> {
        let mut pending = vec![(folder.to_path_buf(), target.to_owned(), 0)];
        while let Some((folder, target, depth)) = pending.pop() {
            let what = |name: &str| format!("artifact {name} of {owner}");
            let entries = match read_sorted(&folder) {
                Ok(entries) => entries,
                Err(error) => {
                    self.report.skip(what(&folder.display().to_string()), error.to_string());
                    continue;
                }
            };
            for path in entries {
                let Some(name) = path.file_name().and_then(|name| name.to_str()) else {
                    self.report.skip(what(&path.display().to_string()), "its name is not Unicode");
                    continue;
                };
                let target = format!("{target}/{name}");
                match fs::symlink_metadata(&path) {
                    Ok(metadata) if metadata.is_dir() && depth < MAX_DEPTH => pending.push((path, target, depth + 1)),
                    Ok(metadata) if metadata.is_file() => {
                        if self.step(name).is_break() {
                            return Ok(ControlFlow::Break(()));
                        }
                        if let Some(why) = self.copy_file(&path, &target)? {
                            self.report.skip(what(name), why);
                        }
                    }
                    Ok(metadata) if metadata.is_symlink() => {
                        self.report.skip(what(name), "it is a symbolic link, and links are not followed");
                    }
                    Ok(metadata) if metadata.is_dir() => self.report.skip(what(name), "it lies too deep"),
                    Ok(_) => self.report.skip(what(name), "it is neither a file nor a folder"),
                    Err(error) => self.report.skip(what(name), error.to_string()),
                }
            }
        }
        Ok(ControlFlow::Continue(()))
    }

    /// Why the file could not be copied, if so. A full disk ends the import.
    fn copy_file(&mut self, path: &Path, target: &str) -> Result<Option<String>> {
        let artifacts = self.store.artifacts();
        match artifacts.resolve(target) {
            Ok(resolved) if resolved.absolute().exists() => return Ok(None),
            Ok(_) => {}
            Err(error) => return Ok(Some(error.message)),
        }
        let mut source = match File::open(path) {
            Ok(source) => source,
            Err(error) => return Ok(Some(error.to_string())),
        };
        let copied = artifacts.begin_write(target).and_then(|mut writer| {
            let bytes = io::copy(&mut source, &mut writer).map_err(|error| {
                let full = matches!(error.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded);
                let kind = if full { StoreErrorKind::DiskFull } else { StoreErrorKind::InvalidParameter };
                StoreError::new(kind, format!("Could not copy {}: {error}", path.display()))
            })?;
            writer.finish()?;
            Ok(bytes)
        });
        match copied {
            Ok(bytes) => {
                self.report.artifacts_copied += 1;
                self.report.artifact_bytes += bytes;
                Ok(None)
            }
            Err(error) if super::is_about_input(&error) => Ok(Some(error.message)),
            Err(error) => Err(error),
        }
    }
}

pub(super) fn read_sorted(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut paths: Vec<PathBuf> = fs::read_dir(folder)?.flatten().map(|entry| entry.path()).collect();
    paths.sort();
    Ok(paths)
}

/// Finds the folder that an artifact address means. `base` is where the source lies; folders that were moved together
/// with it are found there. `owner` is the id of the run or model, which must be part of the path: an address that
/// leads anywhere else is not believed.
pub(super) fn locate(address: &str, base: &Path, owner: &str) -> ArtifactPlace {
    let Some(local) = local_path(address) else {
        return match address.split_once(":/") {
            Some(("mlflow-artifacts", rest)) => {
                let rest = match rest.strip_prefix('/') {
                    // `mlflow-artifacts://host/path`
                    Some(with_host) => with_host.split_once('/').map_or("", |(_, path)| path),
                    None => rest,
                };
                first_folder([base.join("mlartifacts").join(rest), base.join("mlruns").join(rest)], owner)
            }
            _ => ArtifactPlace::Elsewhere(address.to_owned()),
        };
    };
    // The end of the path, from the folder that MLflow names, for a source that was moved.
    let parts: Vec<_> = local.components().collect();
    let moved = parts.iter().rposition(|part| matches!(part.as_os_str().to_str(), Some("mlruns" | "mlartifacts")));
    let moved = moved.and_then(|at| parts.get(at..)).map(|parts| base.join(parts.iter().collect::<PathBuf>()));
    first_folder([base.join(&local)].into_iter().chain(moved), owner)
}

fn first_folder(candidates: impl IntoIterator<Item = PathBuf>, owner: &str) -> ArtifactPlace {
    let is_own = |path: &PathBuf| {
        let climbs = path.components().any(|part| matches!(part, std::path::Component::ParentDir));
        !climbs && path.components().any(|part| part.as_os_str() == owner) && path.is_dir()
    };
    candidates.into_iter().find(is_own).map_or(ArtifactPlace::Nowhere, ArtifactPlace::Here)
}

/// The path that a local address means; `None` for other kinds of storage.
fn local_path(address: &str) -> Option<PathBuf> {
    if let Some(rest) = address.strip_prefix("file:") {
        let path = rest.strip_prefix("//").map_or(rest, |rest| rest.strip_prefix("localhost").unwrap_or(rest));
        return Some(PathBuf::from(percent_encoding::percent_decode_str(path).decode_utf8_lossy().into_owned()));
    }
    let is_uri = address.split_once(":/").is_some_and(|(scheme, _)| {
        scheme.len() > 1 && scheme.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.'))
    });
    (!is_uri && !address.is_empty()).then(|| PathBuf::from(address))
}

/// As [`locate`], for the folder of an experiment, which is only looked at, not copied.
pub(super) fn locate_experiment(address: &str, base: &Path) -> ArtifactPlace {
    match local_path(address) {
        _ if address.starts_with("mlflow-artifacts:") => ArtifactPlace::Here(base.to_path_buf()),
        None if address.is_empty() => ArtifactPlace::Nowhere,
        None => ArtifactPlace::Elsewhere(address.to_owned()),
        Some(path) => match path.file_name().and_then(|name| name.to_str()) {
            Some(last) => match locate(address, base, last) {
                ArtifactPlace::Nowhere if base.join("mlruns").is_dir() => {
                    first_folder([base.join("mlruns").join(last)], last)
                }
                place => place,
            },
            None => ArtifactPlace::Nowhere,
        },
    }
}
