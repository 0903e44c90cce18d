//! Everything the window draws from: one owner, changed only in `App::tick`.

use std::path::PathBuf;

use crate::domain::Revision;
use crate::tasks::Job;

use super::Loadable;
use super::edit::Edits;
use super::experiments::ExperimentsState;
use super::home::HomeState;
use super::palette::Palette;
use super::requests::{Confirm, UiRequest};
use super::route::{Navigation, Route};
use super::run_page::RunPageState;
use super::server::ServerStatus;
use super::settings::Settings;
use super::toasts::Toasts;
use super::undo::UndoStack;

/// The application's state. `Default` is a fresh start without a workspace, for tests and pictures.
#[derive(Debug, Clone, Default)]
pub struct State {
    /// Unix milliseconds at the start of this tick.
    pub now_ms: i64,
    pub workspace: Loadable<OpenWorkspace>,
    /// The folder that is open, being opened, or could not be opened.
    pub workspace_path: Option<PathBuf>,
    /// The newest revision that the screens have been told of.
    pub revision: Revision,
    pub server: ServerStatus,
    pub navigation: Navigation,
    pub settings: Settings,
    /// The file that keeps them; `None`: nothing is remembered.
    pub settings_path: Option<PathBuf>,
    pub toasts: Toasts,
    /// Background work that has run long enough to be shown, oldest first.
    pub jobs: Vec<Job>,
    pub palette: Palette,
    pub shortcuts_open: bool,
    pub confirm: Option<Confirm>,
    pub undo: UndoStack,
    pub edits: Edits,
    /// What the window has been asked for and has not fetched yet.
    pub requests: Vec<UiRequest>,
    /// The name that the operating system gives the person.
    pub user: String,
    pub home: HomeState,
    pub experiments: ExperimentsState,
    pub run_page: RunPageState,
}

/// A workspace as the window shows it.
#[derive(Debug, Clone, PartialEq)]
pub struct OpenWorkspace {
    pub root: PathBuf,
    /// Why nothing can be written, when nothing can.
    pub read_only: Option<String>,
    pub experiment_count: u64,
    pub run_count: u64,
}

impl OpenWorkspace {
    /// The name of its folder.
    pub fn name(&self) -> String {
        self.root
            .file_name()
            .map_or_else(|| self.root.display().to_string(), |name| name.to_string_lossy().into_owned())
    }
}

impl State {
    /// The place that is shown.
    pub fn route(&self) -> &Route {
        self.navigation.current()
    }

    /// The open workspace; the previous one while another is being opened.
    pub fn open_workspace(&self) -> Option<&OpenWorkspace> {
        self.workspace.value()
    }

    /// Whether stored data can be changed, and why not.
    pub fn can_write(&self) -> Result<(), &str> {
        match self.open_workspace() {
            None => Err("No workspace is open"),
            Some(OpenWorkspace { read_only: Some(reason), .. }) => Err(reason),
            Some(_) => Ok(()),
        }
    }
}
