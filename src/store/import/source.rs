//! Finding out what a path holds.

use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use super::Source;
use super::artifacts::read_sorted;
use super::database::Database;
use super::file_store::FileStore;
use super::meta::Meta;
use crate::store::{Result, StoreError};

/// Opens what can be imported from `path`, or says clearly what is there instead.
pub(super) fn open(path: &Path) -> Result<Box<dyn Source>> {
    let shown = path.display();
    let path = &std::path::absolute(path).unwrap_or_else(|_| path.to_path_buf());
    if path.is_file() {
        if header_is_sqlite(path) {
            return Ok(Box::new(Database::open(path)?));
        }
        return Err(nothing(&format!("{shown} is a file, but no SQLite database")));
    }
    if !path.is_dir() {
        return Err(nothing(&format!("There is nothing at {shown}")));
    }
    if path.join("proofmark.db").is_file() {
        return Err(nothing(&format!("{shown} is a workspace of this program, which can be opened as it is")));
    }
    let folder = [path.clone(), path.join("mlruns")].into_iter().find(|folder| is_file_store(folder));
    let database = ["mlflow.db", "mlruns.db"].map(|name| path.join(name)).into_iter().find(|file| file.is_file());
    match (folder, database) {
        (Some(folder), None) => Ok(Box::new(FileStore::new(folder))),
        (None, Some(database)) => Ok(Box::new(Database::open(&database)?)),
        (Some(folder), Some(database)) => Err(StoreError::invalid(format!(
            "There are runs in both {} and {}: name the one to import",
            folder.display(),
            database.display()
        ))),
        (None, None) => Err(nothing(&describe(path))),
    }
}

fn nothing(what: &str) -> StoreError {
    StoreError::invalid(format!(
        "{what}. An import needs an mlruns folder, a folder that has one, or an mlflow.db file."
    ))
}

fn header_is_sqlite(path: &Path) -> bool {
    let mut header = [0; 16];
    File::open(path).and_then(|mut file| file.read_exact(&mut header)).is_ok() && header == *b"SQLite format 3\0"
}

/// Whether the folder holds experiments of MLflow's file store.
fn is_file_store(folder: &Path) -> bool {
    let has_experiments =
        |folder: &Path| read_sorted(folder).is_ok_and(|paths| paths.iter().any(|path| is_experiment(path)));
    has_experiments(folder) || has_experiments(&folder.join(".trash"))
}

fn is_experiment(folder: &Path) -> bool {
    // One whose meta.yaml is damaged still counts, as long as its name is an experiment's.
    let named = folder.file_name().and_then(|name| name.to_str()).is_some_and(|name| name.parse::<i64>().is_ok());
    let meta = folder.join("meta.yaml");
    meta.is_file() && (named || Meta::read(&meta).is_ok_and(|meta| meta.text("run_id").is_none()))
}

fn describe(path: &Path) -> String {
    let shown = path.display();
    let parent = |path: &Path| path.parent().map_or_else(PathBuf::new, Path::to_path_buf);
    match Meta::read(&path.join("meta.yaml")) {
        Ok(meta) if meta.text("run_id").or_else(|| meta.text("run_uuid")).is_some() => {
            format!("{shown} is a single run; import {}", parent(&parent(path)).display())
        }
        Ok(meta) if meta.text("experiment_id").is_some() => {
            format!("{shown} is a single experiment; import {}", parent(path).display())
        }
        _ => format!("{shown} holds no runs of MLflow"),
    }
}
