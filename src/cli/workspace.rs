//! Which workspace a command works on, for whom, and when.

use std::path::PathBuf;

use anyhow::Context as _;

use super::Global;
use crate::app::paths::default_workspace;
use crate::store::{OpenMode, Store};

impl Global {
    /// The folder that was named, or the one in the user's data folder.
    pub(super) fn workspace_dir(&self) -> anyhow::Result<PathBuf> {
        if let Some(named) = &self.workspace {
            return Ok(named.clone());
        }
        default_workspace().context("no user data folder was found; name a workspace with --workspace DIR")
    }

    /// Opens the workspace; `mode` decides whether one is made where there is none.
    pub(super) fn open(&self, mode: OpenMode) -> anyhow::Result<Store> {
        let root = self.workspace_dir()?;
        Store::open(&root, mode).with_context(|| format!("the workspace could not be opened: {}", root.display()))
    }
}

/// The name that the operating system gives the person; empty when it gives none.
pub(super) fn user_name() -> String {
    ["USER", "USERNAME", "LOGNAME"].into_iter().find_map(|key| std::env::var(key).ok()).unwrap_or_default()
}

/// The time of day, Unix milliseconds, UTC.
pub(super) fn now_ms() -> i64 {
    jiff::Timestamp::now().as_millisecond()
}
