//! What the application asks of the window: dialogs, the clipboard, links. The window does it and answers by command.

use std::path::PathBuf;

use crate::backend::ArtifactOwner;

use super::Command;

/// Something only the window can do; taken with `App::take_requests`.
#[derive(Debug, Clone, PartialEq)]
pub enum UiRequest {
    CopyText(String),
    OpenUrl(String),
    Reveal(PathBuf),
    /// To be shown off the UI thread and answered with `WindowCommand::DialogAnswered`.
    FileDialog(FileDialog),
    /// Close the window for good.
    Quit,
}

/// A question for a file or folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileDialog {
    pub title: String,
    pub kind: FileDialogKind,
    pub purpose: DialogPurpose,
    /// Where to start.
    pub start_in: Option<PathBuf>,
}

/// What may be chosen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FileDialogKind {
    Folder,
    OpenFile {
        /// Such as `("SQLite database", ["db", "sqlite"])`.
        filters: Vec<(String, Vec<String>)>,
    },
    SaveFile {
        suggested_name: String,
    },
}

/// What is done with the answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DialogPurpose {
    OpenWorkspace,
    CreateWorkspace,
    Import,
    SaveArtifact {
        owner: ArtifactOwner,
        path: String,
    },
    /// Writes text that is already there, such as a table as CSV.
    SaveText {
        text: String,
    },
}

/// A question before something is done.
#[derive(Debug, Clone, PartialEq)]
pub struct Confirm {
    pub title: String,
    pub text: String,
    /// The verb on the button.
    pub confirm_label: String,
    pub is_destructive: bool,
    /// What has to be typed first, such as the name of what is destroyed.
    pub typed: Option<String>,
    pub then: Box<Command>,
}
