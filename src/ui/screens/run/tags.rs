//! The run's tags: shown, added, changed and removed, each with undo.

use egui::{Key, Ui};

use crate::app::edit::Edit;
use crate::app::{Command, Commands};
use crate::domain::{Tag, tag_key};
use crate::ui::theme::{fonts, icons, scale, tokens};
use crate::ui::widgets::{Button, IconButton, TextField, format, section_ui};

use super::rows::{Column, copy_on_click_ui, rows_ui};
use super::{Page, nothing_ui};

/// Tags that clients set for themselves start with this.
const RESERVED: &str = "mlflow.";

/// The half-typed tag.
#[derive(Default)]
pub(super) struct TagsUi {
    editing: Option<Editing>,
    shows_reserved: bool,
}

struct Editing {
    /// The key as it is stored; `None` for a new tag.
    original: Option<String>,
    key: String,
    value: String,
    is_new_frame: bool,
}

impl TagsUi {
    pub(super) fn ui(&mut self, ui: &mut Ui, page: Page<'_>, commands: &mut Commands) {
        let tags = &page.details.run.tags;
        let why_not = page.why_read_only();
        let n_reserved = tags.iter().filter(|tag| tag.key.starts_with(RESERVED)).count();
        section_ui(ui, "Tags", |ui| {
            let add = Button::quiet("Add tag").small().icon(icons::PLUS);
            if ui.add(add.enabled(why_not.is_none(), why_not.unwrap_or_default())).clicked() {
                self.editing =
                    Some(Editing { original: None, key: String::new(), value: String::new(), is_new_frame: true });
            }
            if n_reserved > 0 {
                let text = if self.shows_reserved { "Hide mlflow tags" } else { "Show mlflow tags" };
                let tooltip = format::counted(n_reserved, "tag set by the client", "tags set by the client");
                if ui.add(Button::quiet(text).small().tooltip(&tooltip)).clicked() {
                    self.shows_reserved = !self.shows_reserved;
                }
            }
        });
        if self.editing.is_some() {
            self.editing_ui(ui, page, commands);
        }
        let shown: Vec<&Tag> =
            tags.iter().filter(|tag| self.shows_reserved || !tag.key.starts_with(RESERVED)).collect();
        if shown.is_empty() {
            if self.editing.is_none() {
                nothing_ui(ui, "No tags. A tag marks what a run is for, such as “candidate”");
            }
            return;
        }
        self.table_ui(ui, page, &shown, commands);
    }

    fn table_ui(&mut self, ui: &mut Ui, page: Page<'_>, shown: &[&Tag], commands: &mut Commands) {
        let can_write = page.why_read_only().is_none();
        ui.push_id("tags", |ui| {
            let columns = [Column::rest("Tag"), Column::rest("Value"), Column::number("", 52.0)];
            rows_ui(ui, &columns, shown.len(), |ui, row, column| {
                let Some(tag) = shown.get(row) else { return };
                match column {
                    0 => {
                        copy_on_click_ui(ui, &tag.key, fonts::body(&tag.key));
                    }
                    1 => {
                        copy_on_click_ui(ui, &tag.value, fonts::body(tag.value.lines().next().unwrap_or_default()));
                    }
                    _ => {
                        // The name has a field of its own, and the client relies on its tag.
                        let can_remove = can_write && tag.key != tag_key::RUN_NAME;
                        let remove = format!("Remove tag {}", tag.key);
                        if ui.add(IconButton::new(icons::TRASH_2, &remove).small().enabled(can_remove)).clicked() {
                            send(commands, page, vec![(tag.key.clone(), None)]);
                        }
                        let edit = format!("Edit tag {}", tag.key);
                        if ui.add(IconButton::new(icons::PENCIL, &edit).small().enabled(can_write)).clicked() {
                            self.editing = Some(Editing {
                                original: Some(tag.key.clone()),
                                key: tag.key.clone(),
                                value: tag.value.clone(),
                                is_new_frame: true,
                            });
                        }
                    }
                }
            });
        });
    }

    fn editing_ui(&mut self, ui: &mut Ui, page: Page<'_>, commands: &mut Commands) {
        let (t, s) = (tokens(ui), scale());
        let Some(editing) = &mut self.editing else { return };
        let key = editing.key.trim();
        let is_taken = editing.original.as_deref() != Some(key) && page.details.run.tag(key).is_some();
        let (mut is_saved, mut is_cancelled) = (false, false);
        ui.horizontal(|ui| {
            ui.spacing_mut().item_spacing.x = s.space_xs;
            let half = ((ui.available_width() - 140.0) / 2.0).max(60.0);
            let key_field = TextField::new(&mut editing.key, "Tag name").hint("Name").width(half).show(ui);
            let value_field = TextField::new(&mut editing.value, "Tag value").hint("Value").width(half).show(ui);
            if std::mem::take(&mut editing.is_new_frame) {
                if editing.original.is_some() { value_field.request_focus() } else { key_field.request_focus() }
            }
            let has_keys = |key| {
                [&key_field, &value_field].iter().any(|field| field.has_focus() || field.lost_focus())
                    && ui.input(|input| input.key_pressed(key))
            };
            let (enter, escape) = (has_keys(Key::Enter), has_keys(Key::Escape));
            let can_save = !editing.key.trim().is_empty();
            let save = Button::primary("Save").enabled(can_save, "A tag needs a name").tooltip("Save tag");
            is_saved = (ui.add(save).clicked() || enter) && can_save;
            is_cancelled = ui.add(Button::quiet("Cancel")).clicked() || escape;
        });
        if is_taken {
            ui.label(fonts::small("The run has this tag already; saving replaces its value").color(t.warn));
        }
        if is_saved {
            let key = editing.key.trim().to_owned();
            let mut edits = vec![(key.clone(), Some(editing.value.clone()))];
            edits.extend(editing.original.take().filter(|original| *original != key).map(|original| (original, None)));
            send(commands, page, edits);
        }
        if is_saved || is_cancelled {
            self.editing = None;
        }
    }
}

fn send(commands: &mut Commands, page: Page<'_>, edits: Vec<(String, Option<String>)>) {
    let run = page.id();
    let edits = edits.into_iter().map(|(key, value)| (run.clone(), key, value)).collect();
    commands.send(Command::Edit(Edit::Tags(edits)));
}
