//! Which workspace a command works on, and in whose name.

use std::path::PathBuf;

use anyhow::Context as _;

use super::Global;
use crate::app::paths::default_workspace;
use crate::domain::{Actor, Channel};
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

/// The user of the operating system, acting on the command line.
pub(super) fn actor() -> Actor {
    let name = ["USER", "USERNAME", "LOGNAME"].into_iter().find_map(|key| std::env::var(key).ok());
    Actor::new(name.unwrap_or_default(), Channel::CommandLine)
}

/// The time of day, Unix milliseconds, UTC.
pub(super) fn now_ms() -> i64 {
    jiff::Timestamp::now().as_millisecond()
}
