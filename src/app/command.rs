//! What can be asked of the application: plain values, grouped by domain, each group handled in its own file.
//!
//! Buttons, menus, shortcuts, the palette, tests and the command line all send these and nothing else.

use std::panic::Location;
use std::path::PathBuf;

use crate::backend::ArtifactOwner;
use crate::tasks::JobId;

use super::actions::ActionId;
use super::edit::Edit;
use super::experiments::ExperimentsCommand;
use super::palette::PaletteCommand;
use super::requests::{Confirm, FileDialog};
use super::route::Route;
use super::run_page::RunPageCommand;
use super::settings::SettingsCommand;
use super::toasts::ToastCommand;

/// One request to the application.
#[derive(Debug, Clone, PartialEq)]
pub enum Command {
    Navigate(NavigateCommand),
    Workspace(WorkspaceCommand),
    Home(HomeCommand),
    Experiments(ExperimentsCommand),
    Run(RunPageCommand),
    /// Changes stored data, with undo.
    Edit(Edit),
    Undo,
    Redo,
    Server(ServerCommand),
    Settings(SettingsCommand),
    Palette(PaletteCommand),
    Toast(ToastCommand),
    Window(WindowCommand),
    /// Stops a background job.
    CancelJob(JobId),
    /// Does what a declared action does, when it is available; else says why not.
    Action(ActionId),
}

/// Where to go.
#[derive(Debug, Clone, PartialEq)]
pub enum NavigateCommand {
    Go(Route),
    /// As `Go`, without a step to go back to.
    Replace(Route),
    Back,
    Forward,
    /// Parses an address such as `proofmark://run/…` and goes there.
    OpenAddress(String),
}

/// The workspace as a whole.
#[derive(Debug, Clone, PartialEq)]
pub enum WorkspaceCommand {
    /// Opens a folder that is a workspace.
    Open(PathBuf),
    /// Makes a workspace in a folder, or opens the one that is there.
    Create(PathBuf),
    /// Asks for a folder, then opens or creates.
    AskOpen,
    AskCreate,
    /// Opens the default workspace, making it where there is none.
    OpenDefault,
    /// Tries again what failed.
    Retry,
    Close,
    ForgetRecent(PathBuf),
    FillWithDemo,
    /// Asks for an `mlruns` folder or an `mlflow.db` file, then imports it.
    AskImportFolder,
    AskImportFile,
    Import(PathBuf),
}

/// The start page.
#[derive(Debug, Clone, PartialEq)]
pub enum HomeCommand {
    /// Counts again what happened since yesterday.
    Refresh,
    CopySnippet,
    CopyTrackingUrl,
}

/// The embedded tracking server.
#[derive(Debug, Clone, PartialEq)]
pub enum ServerCommand {
    Start,
    Stop,
    Restart,
}

/// The window and what belongs to no domain.
#[derive(Debug, Clone, PartialEq)]
pub enum WindowCommand {
    CopyText(String),
    /// Opens a link in the browser.
    OpenUrl(String),
    /// Shows a file or folder in the file manager.
    Reveal(PathBuf),
    /// Asks the person for a file or folder.
    ShowDialog(FileDialog),
    /// The answer to a file dialog; `None`: dismissed.
    DialogAnswered {
        dialog: FileDialog,
        path: Option<PathBuf>,
    },
    /// Asks before doing.
    Ask(Confirm),
    ConfirmYes,
    ConfirmNo,
    ShowShortcuts(bool),
    ToggleInspector,
    /// Copies an artifact to a place outside the workspace.
    SaveArtifact {
        owner: ArtifactOwner,
        path: String,
        target: PathBuf,
    },
    Quit,
}

/// Collects commands while drawing, each with the place in the code that sent it.
#[derive(Debug, Default)]
pub struct Commands {
    list: Vec<(Command, &'static Location<'static>)>,
}

impl Commands {
    pub fn new() -> Self {
        Self::default()
    }

    /// Asks for something; it is done before the next frame.
    #[track_caller]
    pub fn send(&mut self, command: Command) {
        self.list.push((command, Location::caller()));
    }

    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    pub fn len(&self) -> usize {
        self.list.len()
    }

    /// The commands in the order they were sent, to look at.
    pub fn iter(&self) -> impl Iterator<Item = &Command> {
        self.list.iter().map(|(command, _)| command)
    }

    /// Takes everything out, in order.
    #[must_use]
    pub fn take(&mut self) -> Self {
        std::mem::take(self)
    }

    /// The commands and who sent them.
    pub(super) fn into_list(self) -> Vec<(Command, &'static Location<'static>)> {
        self.list
    }
}

impl From<Vec<Command>> for Commands {
    #[track_caller]
    fn from(commands: Vec<Command>) -> Self {
        let caller = Location::caller();
        Self { list: commands.into_iter().map(|command| (command, caller)).collect() }
    }
}

impl From<Command> for Commands {
    #[track_caller]
    fn from(command: Command) -> Self {
        Self::from(vec![command])
    }
}
