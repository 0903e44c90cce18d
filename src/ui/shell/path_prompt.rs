//! Asks for a path in words, for systems that can show no file dialog.

use egui::{Id, Key, Ui};

use crate::app::requests::{FileDialog, FileDialogKind};
use crate::app::{Command, Commands, WindowCommand};
use crate::ui::theme::{fonts, scale, tokens};
use crate::ui::widgets::{Button, TextField, buttons_ui, dialog_ui};

/// The question under way, if any.
#[derive(Default)]
pub(super) struct PathPrompt {
    asked: Option<FileDialog>,
    typed: String,
}

impl PathPrompt {
    /// Begins to ask.
    pub(super) fn ask(&mut self, dialog: FileDialog) {
        let start = dialog.start_in.as_ref().map(|path| path.display().to_string()).unwrap_or_default();
        self.typed = match &dialog.kind {
            FileDialogKind::SaveFile { suggested_name } if start.is_empty() => suggested_name.clone(),
            FileDialogKind::SaveFile { suggested_name } => format!("{start}/{suggested_name}"),
            _ if start.is_empty() => start,
            _ => format!("{start}/"),
        };
        self.asked = Some(dialog);
    }

    pub(super) fn is_open(&self) -> bool {
        self.asked.is_some()
    }

    pub(super) fn ui(&mut self, ui: &Ui, commands: &mut Commands) {
        let Some(dialog) = &self.asked else { return };
        let typed = &mut self.typed;
        let (answer, is_dismissed) = dialog_ui(ui, Id::unique("path prompt"), &dialog.title, 520.0, |ui| {
            let (t, s) = (tokens(ui), scale());
            let what = match dialog.kind {
                FileDialogKind::Folder => "This system showed no file dialog. Type the path of the folder",
                FileDialogKind::OpenFile { .. } | FileDialogKind::SaveFile { .. } => {
                    "This system showed no file dialog. Type the path of the file"
                }
            };
            ui.label(fonts::body(what).color(t.text_secondary));
            let width = ui.available_width();
            let field = TextField::new(typed, "Path").hint("/home/me/project").mono().width(width).show(ui);
            let is_ready = !typed.trim().is_empty();
            let is_entered = field.lost_focus() && ui.input(|input| input.key_pressed(Key::Enter));
            // Only now: asking for the keyboard again would hide that Enter just gave it back.
            if ui.memory(|memory| memory.focused().is_none()) {
                field.request_focus();
            }
            let mut answer = (is_entered && is_ready).then_some(true);
            ui.add_space(s.space_sm);
            buttons_ui(ui, |ui| {
                if ui.add(Button::primary("Use this path").enabled(is_ready, "Type a path first")).clicked() {
                    answer = Some(true);
                }
                if ui.add(Button::secondary("Cancel")).clicked() {
                    answer = Some(false);
                }
            });
            answer
        });
        let answer = answer.or(is_dismissed.then_some(false));
        let Some(is_given) = answer else { return };
        if let Some(dialog) = self.asked.take() {
            let path = is_given.then(|| self.typed.trim().into());
            commands.send(Command::Window(WindowCommand::DialogAnswered { dialog, path }));
        }
    }
}
