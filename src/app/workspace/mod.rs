//! Opening, creating and closing workspaces.

use std::path::PathBuf;
use std::sync::Arc;

use crate::backend::Tracking;
use crate::store::Store;

use super::state::OpenWorkspace;
use super::{Context, UserError, WorkspaceCommand};

/// What the workspace's tasks bring.
#[derive(Debug)]
pub enum WorkspaceEvent {
    Opened { path: PathBuf, result: Result<Opened, UserError> },
    Info(Result<OpenWorkspace, UserError>),
}

/// A workspace that was opened off the UI thread.
pub struct Opened {
    pub(super) info: OpenWorkspace,
    pub(super) store: Store,
    pub(super) backend: Arc<dyn Tracking>,
}

impl std::fmt::Debug for Opened {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Opened").field("info", &self.info).finish_non_exhaustive()
    }
}

pub(super) fn handle(_cx: &mut Context<'_>, _command: WorkspaceCommand) {}

pub(super) fn apply(_cx: &mut Context<'_>, _event: WorkspaceEvent) {}
