//! Does what the application asks of the window: clipboard, links, file manager, file dialogs, the end.
//!
//! File dialogs run on a thread of their own and answer through a channel; the window never waits for them.

use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::time::{Duration, Instant};

use egui::{Context, OpenUrl, ViewportCommand};

use super::WindowUi;
use crate::app::requests::{FileDialog, FileDialogKind};
use crate::app::{Command, UiRequest, WindowCommand, run_detached};

/// A dialog that is gone faster than this was never seen: the system could not show one.
const TOO_FAST: Duration = Duration::from_millis(250);
/// Answers that may wait; a person answers one at a time.
const WAITING: usize = 16;

/// What came of a dialog.
struct Answered {
    dialog: FileDialog,
    path: Option<PathBuf>,
    was_shown: bool,
}

/// The dialogs under way.
pub(super) struct Dialogs {
    sender: SyncSender<Answered>,
    receiver: Receiver<Answered>,
    not_shown: Vec<FileDialog>,
}

impl Default for Dialogs {
    fn default() -> Self {
        let (sender, receiver) = sync_channel(WAITING);
        Self { sender, receiver, not_shown: Vec::new() }
    }
}

impl Dialogs {
    /// The answers that have come in.
    pub(super) fn answers(&mut self) -> Vec<Command> {
        let mut commands = Vec::new();
        while let Ok(Answered { dialog, path, was_shown }) = self.receiver.try_recv() {
            if was_shown {
                commands.push(Command::Window(WindowCommand::DialogAnswered { dialog, path }));
            } else {
                self.not_shown.push(dialog);
            }
        }
        commands
    }

    /// Does what was asked.
    pub(super) fn carry_out(&mut self, ctx: &Context, requests: Vec<UiRequest>, window: &mut WindowUi) {
        for request in requests {
            match request {
                UiRequest::CopyText(text) => ctx.copy_text(text),
                UiRequest::OpenUrl(url) => ctx.open_url(OpenUrl::new_tab(url)),
                UiRequest::Reveal(path) => reveal(path),
                UiRequest::FileDialog(dialog) => self.show(ctx, dialog),
                UiRequest::Quit => ctx.send_viewport_cmd(ViewportCommand::Close),
            }
        }
        for dialog in self.not_shown.drain(..) {
            window.prompt.ask(dialog);
        }
    }

    fn show(&self, ctx: &Context, dialog: FileDialog) {
        let (sender, ctx) = (self.sender.clone(), ctx.clone());
        run_detached("file dialog", move || {
            let started = Instant::now();
            let path = ask(&dialog);
            let was_shown = path.is_some() || started.elapsed() > TOO_FAST;
            // Nobody listens once the window is gone.
            let _ = sender.send(Answered { dialog, path, was_shown });
            ctx.request_repaint();
        });
    }
}

/// Shows the system's dialog and waits for the person.
fn ask(dialog: &FileDialog) -> Option<PathBuf> {
    let mut native = rfd::FileDialog::new().set_title(&dialog.title);
    if let Some(start) = &dialog.start_in {
        native = native.set_directory(start);
    }
    match &dialog.kind {
        FileDialogKind::Folder => native.pick_folder(),
        FileDialogKind::OpenFile { filters } => {
            for (name, extensions) in filters {
                native = native.add_filter(name, extensions);
            }
            native.pick_file()
        }
        FileDialogKind::SaveFile { suggested_name } => native.set_file_name(suggested_name).save_file(),
    }
}

/// Opens the file manager at a folder, or at the folder of a file.
fn reveal(path: PathBuf) {
    run_detached("file manager", move || {
        let folder = if path.is_dir() { path } else { path.parent().map(Path::to_path_buf).unwrap_or(path) };
        let program = if cfg!(target_os = "macos") {
            "open"
        } else if cfg!(windows) {
            "explorer"
        } else {
            "xdg-open"
        };
        if let Err(error) = std::process::Command::new(program).arg(&folder).status() {
            tracing::warn!(%error, folder = %folder.display(), "the file manager could not be opened");
        }
    });
}
