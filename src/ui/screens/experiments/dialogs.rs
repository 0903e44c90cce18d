//! The screen's questions: names for experiments and runs, tags for runs.

use egui::{Id, Key, Ui};

use crate::app::Edit;
use crate::app::experiments::{Dialog, ExperimentsCommand, ExperimentsState, names_by_pattern};
use crate::domain::{ColumnKey, ExperimentId};
use crate::ui::theme::{fonts, scale, tokens};
use crate::ui::widgets::{Button, TextField, buttons_ui, dialog_ui, format};

/// What has been typed so far.
#[derive(Default)]
pub(super) struct Dialogs {
    open: Option<Dialog>,
    name: String,
    key: String,
    value: String,
    is_fresh: bool,
}

impl Dialogs {
    /// Draws the question that is asked, if one is.
    pub(super) fn ui(&mut self, ui: &Ui, state: &ExperimentsState, out: &mut Vec<ExperimentsCommand>) {
        if self.open != state.dialog {
            self.open.clone_from(&state.dialog);
            self.is_fresh = true;
            self.key.clear();
            self.value.clear();
            self.name = match &self.open {
                Some(Dialog::RenameExperiment(id)) => state.experiment_names().remove(id).unwrap_or_default(),
                Some(Dialog::RenameRuns) => match state.selected_rows().as_slice() {
                    [only] => only.info.name.clone(),
                    _ => "{name}".to_owned(),
                },
                _ => String::new(),
            };
        }
        match self.open.clone() {
            None => {}
            Some(Dialog::NewExperiment) => self.experiment_ui(ui, state, None, out),
            Some(Dialog::RenameExperiment(id)) => self.experiment_ui(ui, state, Some(id), out),
            Some(Dialog::RenameRuns) => self.rename_ui(ui, state, out),
            Some(Dialog::TagRuns) => self.tag_ui(ui, state, out),
        }
        self.is_fresh = false;
    }

    fn experiment_ui(
        &mut self,
        ui: &Ui,
        state: &ExperimentsState,
        renamed: Option<ExperimentId>,
        out: &mut Vec<ExperimentsCommand>,
    ) {
        let (title, verb) =
            if renamed.is_some() { ("Rename experiment", "Rename") } else { ("New experiment", "Create") };
        let is_fresh = self.is_fresh;
        let name = &mut self.name;
        let (done, is_dismissed) = dialog_ui(ui.ctx(), Id::unique("experiment name"), title, 420.0, |ui| {
            let is_taken = state
                .experiment_names()
                .iter()
                .any(|(id, other)| Some(*id) != renamed && other.as_str() == name.trim());
            let width = ui.available_width();
            let field = TextField::new(name, "Name").width(width).error(is_taken).show(ui);
            if is_fresh {
                field.request_focus();
            }
            let problem = match (name.trim().is_empty(), is_taken) {
                (true, _) => "Type a name first",
                (_, true) => "An experiment has this name already, perhaps one in the bin",
                _ => "",
            };
            hint_ui(ui, if is_taken { problem } else { "" }, is_taken);
            let is_entered = field.lost_focus() && ui.input(|input| input.key_pressed(Key::Enter));
            answer_ui(ui, verb, problem, is_entered)
        });
        match done {
            Some(true) => {
                let name = self.name.trim().to_owned();
                let edit = match renamed {
                    Some(experiment) => Edit::RenameExperiment { experiment, name },
                    None => Edit::CreateExperiment { name },
                };
                out.extend([ExperimentsCommand::Edit(edit), ExperimentsCommand::CloseDialog]);
            }
            Some(false) => out.push(ExperimentsCommand::CloseDialog),
            None if is_dismissed => out.push(ExperimentsCommand::CloseDialog),
            None => {}
        }
    }

    fn rename_ui(&mut self, ui: &Ui, state: &ExperimentsState, out: &mut Vec<ExperimentsCommand>) {
        let rows = state.selected_rows();
        let title = format!("Rename {}", format::counted(rows.len(), "run", "runs"));
        let is_fresh = self.is_fresh;
        let pattern = &mut self.name;
        let (done, is_dismissed) = dialog_ui(ui.ctx(), Id::unique("rename runs"), &title, 460.0, |ui| {
            let t = tokens(ui);
            let names = names_by_pattern(pattern, &rows);
            let width = ui.available_width();
            let field = TextField::new(pattern, "New name").width(width).error(names.is_err()).show(ui);
            if is_fresh {
                field.request_focus();
            }
            let problem = match &names {
                Ok(_) => String::new(),
                Err(problem) => problem.to_string(),
            };
            let help = "{name} is the old name, {n} counts, {n:3} with zeros in front, {id} and {user} are the run's";
            hint_ui(ui, if problem.is_empty() { help } else { &problem }, !problem.is_empty());
            for (row, (_, name)) in rows.iter().zip(names.iter().flatten()).take(3) {
                let line = format!("{}  becomes  {name}", row.info.name);
                ui.add(egui::Label::new(fonts::small(line).color(t.text_secondary)).truncate());
            }
            let is_entered = field.lost_focus() && ui.input(|input| input.key_pressed(Key::Enter));
            answer_ui(ui, &title, &problem, is_entered)
        });
        match done {
            Some(true) => out.push(ExperimentsCommand::RenameSelected { pattern: self.name.clone() }),
            Some(false) => out.push(ExperimentsCommand::CloseDialog),
            None if is_dismissed => out.push(ExperimentsCommand::CloseDialog),
            None => {}
        }
    }

    fn tag_ui(&mut self, ui: &Ui, state: &ExperimentsState, out: &mut Vec<ExperimentsCommand>) {
        let what = format::counted(state.selection.len(), "run", "runs");
        let title = format!("Tag {what}");
        let is_fresh = self.is_fresh;
        let (key, value) = (&mut self.key, &mut self.value);
        let mut removed = None;
        let (done, is_dismissed) = dialog_ui(ui.ctx(), Id::unique("tag runs"), &title, 460.0, |ui| {
            let t = tokens(ui);
            let width = ui.available_width();
            ui.label(fonts::small("Key").color(t.text_muted));
            let key_field = TextField::new(key, "Tag key").width(width).show(ui);
            if is_fresh {
                key_field.request_focus();
            }
            ui.label(fonts::small("Value").color(t.text_muted));
            let value_field = TextField::new(value, "Tag value").width(width).show(ui);
            let known = known_tags(state);
            if !known.is_empty() {
                ui.add_space(scale().space_xs);
                ui.label(fonts::small("Tags used in these experiments").color(t.text_muted));
                ui.horizontal_wrapped(|ui| {
                    for tag in known.iter().take(12) {
                        if ui.add(Button::secondary(tag).small()).clicked() {
                            key.clone_from(tag);
                            value_field.request_focus();
                        }
                    }
                });
            }
            let is_removable = known.iter().any(|tag| tag == key.trim());
            let problem = if key.trim().is_empty() { "Type a key first" } else { "" };
            let is_entered = [&key_field, &value_field].iter().any(|field| field.lost_focus())
                && ui.input(|input| input.key_pressed(Key::Enter));
            ui.add_space(scale().space_sm);
            let mut answer = (is_entered && problem.is_empty()).then_some(true);
            buttons_ui(ui, |ui| {
                if ui.add(Button::primary(&title).enabled(problem.is_empty(), problem)).clicked() {
                    answer = Some(true);
                }
                let remove = Button::secondary("Remove tag").enabled(is_removable, "Name a tag that the runs have");
                if ui.add(remove).clicked() {
                    removed = Some(key.trim().to_owned());
                }
                if ui.add(Button::secondary("Cancel")).clicked() {
                    answer = Some(false);
                }
            });
            answer
        });
        if let Some(key) = removed {
            out.push(ExperimentsCommand::UntagSelected { key });
        } else {
            match done {
                Some(true) => {
                    let (key, value) = (self.key.trim().to_owned(), self.value.clone());
                    out.push(ExperimentsCommand::TagSelected { key, value });
                }
                Some(false) => out.push(ExperimentsCommand::CloseDialog),
                None if is_dismissed => out.push(ExperimentsCommand::CloseDialog),
                None => {}
            }
        }
    }
}

fn known_tags(state: &ExperimentsState) -> Vec<String> {
    let Some(table) = state.table.value() else { return Vec::new() };
    table
        .infos()
        .iter()
        .filter_map(|info| match &info.key {
            ColumnKey::Tag(key) if !key.starts_with("mlflow.") => Some(key.to_string()),
            _ => None,
        })
        .collect()
}

fn hint_ui(ui: &mut Ui, text: &str, is_problem: bool) {
    let t = tokens(ui);
    if !text.is_empty() {
        let color = if is_problem { t.error } else { t.text_muted };
        ui.add(egui::Label::new(fonts::small(text).color(color)).wrap());
    }
}

/// The buttons; `Some(true)` when the person agreed.
fn answer_ui(ui: &mut Ui, verb: &str, problem: &str, is_entered: bool) -> Option<bool> {
    ui.add_space(scale().space_sm);
    let is_ready = problem.is_empty();
    let mut answer = (is_entered && is_ready).then_some(true);
    buttons_ui(ui, |ui| {
        if ui.add(Button::primary(verb).enabled(is_ready, problem)).clicked() {
            answer = Some(true);
        }
        if ui.add(Button::secondary("Cancel")).clicked() {
            answer = Some(false);
        }
    });
    answer
}
