//! What belongs to no domain: clipboard, dialogs, questions, files written outside the workspace.

use std::path::PathBuf;

use crate::backend::ArtifactOwner;

use super::requests::{DialogPurpose, FileDialog, UiRequest};
use super::settings::write_atomically;
use super::{Command, Context, Event, TaskKey, Titled as _, UserError, WindowCommand, WorkspaceCommand};

/// What the window's tasks bring.
#[derive(Debug)]
pub enum WindowEvent {
    /// A file was written, or not.
    Saved { target: PathBuf, result: Result<(), UserError> },
}

pub(super) fn handle(cx: &mut Context<'_>, command: WindowCommand) {
    match command {
        WindowCommand::CopyText(text) => copy(cx, text, "Copied"),
        WindowCommand::OpenUrl(url) => cx.state.requests.push(UiRequest::OpenUrl(url)),
        WindowCommand::Reveal(path) => cx.state.requests.push(UiRequest::Reveal(path)),
        WindowCommand::ShowDialog(dialog) => cx.state.requests.push(UiRequest::FileDialog(dialog)),
        WindowCommand::DialogAnswered { dialog, path } => {
            if let Some(path) = path {
                dialog_answered(cx, dialog, path);
            }
        }
        WindowCommand::Ask(confirm) => cx.state.confirm = Some(confirm),
        WindowCommand::ConfirmYes => {
            if let Some(confirm) = cx.state.confirm.take() {
                cx.send(*confirm.then);
            }
        }
        WindowCommand::ConfirmNo => cx.state.confirm = None,
        WindowCommand::ShowShortcuts(is_open) => cx.state.shortcuts_open = is_open,
        WindowCommand::ToggleInspector => cx.state.settings.inspector_open = !cx.state.settings.inspector_open,
        WindowCommand::SaveArtifact { owner, path, target } => save_artifact(cx, owner, path, target),
        WindowCommand::Quit => cx.state.requests.push(UiRequest::Quit),
    }
}

pub(super) fn apply(cx: &mut Context<'_>, event: WindowEvent) {
    match event {
        WindowEvent::Saved { target, result: Ok(()) } => {
            let name = target.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
            let folder = target.parent().map(PathBuf::from).unwrap_or(target);
            cx.toast_with_action(
                &format!("Saved {name}"),
                ("Show".to_owned(), Command::Window(WindowCommand::Reveal(folder))),
            );
        }
        WindowEvent::Saved { result: Err(error), .. } => cx.toast_error(&error),
    }
}

/// Puts a text on the clipboard and says so.
pub(super) fn copy(cx: &mut Context<'_>, text: String, said: &str) {
    cx.state.requests.push(UiRequest::CopyText(text));
    cx.toast_info(said);
}

fn dialog_answered(cx: &mut Context<'_>, dialog: FileDialog, path: PathBuf) {
    match dialog.purpose {
        DialogPurpose::OpenWorkspace => cx.send(Command::Workspace(WorkspaceCommand::Open(path))),
        DialogPurpose::CreateWorkspace => cx.send(Command::Workspace(WorkspaceCommand::Create(path))),
        DialogPurpose::Import => cx.send(Command::Workspace(WorkspaceCommand::Import(path))),
        DialogPurpose::SaveArtifact { owner, path: artifact } => save_artifact(cx, owner, artifact, path),
        DialogPurpose::SaveText { text } => {
            let target = path.clone();
            cx.start(
                TaskKey::SaveFile(path.clone()),
                format!("Saving {}", path.display()),
                move |_| {
                    write_atomically(&path, text.as_bytes())
                        .map_err(|error| UserError::new("The file could not be written", error.to_string()))
                },
                move |result| Event::Window(WindowEvent::Saved { target, result }),
            );
        }
    }
}

fn save_artifact(cx: &mut Context<'_>, owner: ArtifactOwner, path: String, target: PathBuf) {
    const FAILED: &str = "The artifact could not be saved";
    let Some(backend) = cx.backend() else { return };
    let retry = Command::Window(WindowCommand::SaveArtifact {
        owner: owner.clone(),
        path: path.clone(),
        target: target.clone(),
    });
    let saved_to = target.clone();
    cx.start(
        TaskKey::SaveFile(target.clone()),
        format!("Saving {path}"),
        move |_| {
            let source = backend.artifact_file(&owner, &path).titled(FAILED)?;
            std::fs::copy(source, &target)
                .map(|_| ())
                .map_err(|error| UserError::new(FAILED, format!("{error} ({})", target.display())).with_retry(retry))
        },
        move |result| Event::Window(WindowEvent::Saved { target: saved_to, result }),
    );
}
