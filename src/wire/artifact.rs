//! Artifacts on the wire: listings. File contents are plain bodies and need no words.

use serde::Serialize;

use super::Result;
use super::fields::Fields;
use crate::domain::RunId;

/// A request to list a run's artifacts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListArtifacts {
    pub run: RunId,
    /// Relative to the run's folder; `None` is the folder itself.
    pub path: Option<String>,
}

impl ListArtifacts {
    pub fn read(fields: &Fields<'_>) -> Result<Self> {
        let run = super::read_run_id(fields)?;
        let path = fields.text("path")?.filter(|path| !path.is_empty());
        Ok(Self { run, path })
    }
}

/// The answer that lists files.
#[derive(Debug, Default, Serialize)]
pub struct FileList<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    root_uri: Option<&'a str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    files: Vec<FileJson>,
}

impl<'a> FileList<'a> {
    /// A list of the files in a folder; `root_uri` is said where a run or model was asked for.
    pub fn new(root_uri: Option<&'a str>) -> Self {
        Self { root_uri, files: Vec::new() }
    }

    /// Adds a file or folder; MLflow leaves out the size of an empty file.
    pub fn push(&mut self, path: String, is_dir: bool, size_bytes: u64) {
        let file_size = (!is_dir && size_bytes > 0).then_some(size_bytes);
        self.files.push(FileJson { path, is_dir, file_size });
    }
}

#[derive(Debug, Serialize)]
struct FileJson {
    path: String,
    is_dir: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    file_size: Option<u64>,
}
