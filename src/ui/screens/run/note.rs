//! The run's note: rendered, and as text while it is being changed.

use egui::{Key, TextEdit, Ui};

use crate::app::edit::Edit;
use crate::app::{Command, Commands};
use crate::domain::tag_key;
use crate::ui::theme::{icons, scale};
use crate::ui::widgets::{Button, markdown_ui, section_ui};

use super::{Page, nothing_ui};

/// The half-typed note.
#[derive(Default)]
pub(super) struct NoteUi {
    text: Option<String>,
}

impl NoteUi {
    pub(super) fn ui(&mut self, ui: &mut Ui, page: Page<'_>, commands: &mut Commands) {
        let s = scale();
        let stored = page.details.run.tag(tag_key::NOTE).unwrap_or_default();
        let is_editing = self.text.is_some();
        let why_not = page.why_read_only();
        section_ui(ui, "Note", |ui| {
            let edit = Button::quiet(if stored.is_empty() { "Add note" } else { "Edit note" }).small();
            let edit = edit.icon(icons::PENCIL).enabled(why_not.is_none(), why_not.unwrap_or_default());
            if !is_editing && ui.add(edit).clicked() {
                self.text = Some(stored.to_owned());
            }
        });
        let Some(text) = &mut self.text else {
            if page.details.note.is_empty() {
                nothing_ui(ui, "What should whoever opens this run know?");
            } else {
                markdown_ui(ui, &page.details.note);
            }
            return;
        };
        let field = TextEdit::multiline(text).desired_width(f32::INFINITY).desired_rows(6).hint_text("Markdown");
        let response = ui.add(field).accessible_name("Note");
        if !is_editing {
            response.request_focus();
        }
        let has_keys = response.has_focus() || response.lost_focus();
        let (save_key, cancel_key) = ui.input(|input| {
            let enter = input.modifiers.command && input.key_pressed(Key::Enter);
            (has_keys && enter, has_keys && input.key_pressed(Key::Escape))
        });
        ui.add_space(s.space_xs);
        let mut is_done = false;
        ui.horizontal(|ui| {
            if ui.add(Button::primary("Save note").tooltip("Ctrl+Enter")).clicked() || save_key {
                if text.as_str() != stored {
                    let edit = Edit::Note { run: page.id().clone(), text: text.clone() };
                    commands.send(Command::Edit(edit));
                }
                is_done = true;
            }
            is_done |= ui.add(Button::quiet("Cancel")).clicked() || cancel_key;
        });
        if is_done {
            self.text = None;
        }
    }
}
