//! What background work brings back, grouped as the commands are, and the names of that work.

use std::path::PathBuf;

use super::edit::EditEvent;
use super::experiments::{ExperimentsEvent, ExperimentsTask};
use super::home::HomeEvent;
use super::palette::PaletteEvent;
use super::persist::PersistEvent;
use super::run_page::{RunPageEvent, RunPageTask};
use super::server::ServerEvent;
use super::window::WindowEvent;
use super::workspace::WorkspaceEvent;

/// The outcome of a task.
#[derive(Debug)]
pub enum Event {
    Workspace(WorkspaceEvent),
    Home(HomeEvent),
    Experiments(ExperimentsEvent),
    Run(RunPageEvent),
    Edit(EditEvent),
    Server(ServerEvent),
    Palette(PaletteEvent),
    Window(WindowEvent),
    Persist(PersistEvent),
}

/// Names a task; at most one result per key is wanted at a time.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum TaskKey {
    OpenWorkspace,
    /// Counts of the workspace after a change.
    WorkspaceInfo,
    Demo,
    Import,
    SaveFile(PathBuf),
    Persist,
    Edit,
    Server,
    HomeSummary,
    Palette,
    PaletteIndex,
    Experiments(ExperimentsTask),
    Run(RunPageTask),
}

impl TaskKey {
    /// Whether the task belongs to the open workspace and ends with it.
    pub(super) fn is_of_workspace(&self) -> bool {
        !matches!(self, Self::OpenWorkspace | Self::Server | Self::SaveFile(_) | Self::Persist)
    }
}
