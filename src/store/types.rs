//! The plain values of opening a workspace.

use std::path::PathBuf;

/// How to open a workspace.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum OpenMode {
    /// Create the folder and the database where there is none.
    #[default]
    CreateOrOpen,
    /// Refuse a folder that is not a workspace.
    OpenExisting,
    /// Never write; also used for a database that is newer than the program or on a read-only disk.
    ReadOnly,
}

/// What a workspace says of itself.
#[derive(Debug, Clone, PartialEq)]
pub struct WorkspaceInfo {
    pub root: PathBuf,
    /// Whether writes are refused, and why.
    pub read_only: Option<String>,
    pub schema_version: u32,
    pub experiment_count: u64,
    pub run_count: u64,
}
