//! Data and code: what the run read, which code ran, which models came out.

use egui::{Frame, Margin, ScrollArea, Ui};

use crate::app::run_page::mlmodel::SignatureColumn;
use crate::app::run_page::{ArtifactRef, RunPageCommand};
use crate::app::{ArtifactOwner, Command, Commands, NavigateCommand, Route, RunTab};
use crate::domain::{DatasetInput, LoggedModel, LoggedModelStatus, tag_key};
use crate::ui::theme::{fonts, icons, scale, tokens};
use crate::ui::time_zone;
use crate::ui::widgets::{
    Button, Copyable, KeyValues, Placeholder, StatusBadge, Tone, card_ui, format, number_ui, section_ui,
};

use super::rows::{Column, copy_on_click_ui, rows_ui};
use super::{Page, nothing_ui};

/// Wider, names and types would stand too far apart.
const MAX_WIDTH: f32 = 960.0;

pub(super) fn data_ui(ui: &mut Ui, page: Page<'_>, commands: &mut Commands) {
    let s = scale();
    let run = &page.details.run;
    let has_code = CODE.iter().any(|(_, key)| run.tag(key).is_some());
    if run.datasets.is_empty() && page.details.models.is_empty() && !has_code {
        let text = "Log a dataset with mlflow.log_input, or run the script from a git repository, and it is told here";
        Placeholder::empty(icons::DATABASE, "Nothing is known of data, code and models", text).show(ui);
        return;
    }
    ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
        Frame::new().inner_margin(Margin::same(s.space_lg as i8)).show(ui, |ui| {
            ui.set_max_width(ui.available_width().min(MAX_WIDTH));
            code_ui(ui, page);
            ui.add_space(s.space_xl);
            section_ui(ui, "Datasets", |_| {});
            if run.datasets.is_empty() {
                nothing_ui(ui, "The run logged no dataset. mlflow.log_input records which data a run saw");
            }
            for (index, input) in run.datasets.iter().enumerate() {
                ui.push_id(("dataset", index), |ui| card_ui(ui, |ui| dataset_ui(ui, page, index, input)));
                ui.add_space(s.space_md);
            }
            ui.add_space(s.space_lg);
            section_ui(ui, "Models", |_| {});
            if page.details.models.is_empty() {
                nothing_ui(ui, "The run logged no model");
            }
            for model in &page.details.models {
                ui.push_id(model.id.as_str(), |ui| card_ui(ui, |ui| model_ui(ui, page, model, commands)));
                ui.add_space(s.space_md);
            }
        });
    });
}

const CODE: [(&str, &str); 5] = [
    ("Source", tag_key::SOURCE_NAME),
    ("Kind", tag_key::SOURCE_TYPE),
    ("Commit", tag_key::GIT_COMMIT),
    ("Branch", tag_key::GIT_BRANCH),
    ("Repository", tag_key::GIT_REPO_URL),
];

fn code_ui(ui: &mut Ui, page: Page<'_>) {
    section_ui(ui, "Code", |_| {});
    let run = &page.details.run;
    let mut is_known = false;
    let mut rows = KeyValues::new(ui, 96.0);
    for (label, key) in CODE {
        if let Some(value) = run.tag(key) {
            is_known = true;
            rows.copyable(label, value);
        }
    }
    if !is_known {
        nothing_ui(ui, "The run says nothing of its code");
    } else if run.tag(tag_key::GIT_COMMIT).is_none() {
        nothing_ui(ui, "No commit: the script was not in a git repository, or the client could not read it");
    }
}

fn dataset_ui(ui: &mut Ui, page: Page<'_>, index: usize, input: &DatasetInput) {
    let s = scale();
    let dataset = &input.dataset;
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing.x = s.space_md;
        ui.label(fonts::body_strong(&dataset.name));
        ui.add(Copyable::new(format::short_id(&dataset.digest), "Copy digest").copies(&dataset.digest));
        if let Some(context) = input.tags.iter().find(|tag| tag.key == tag_key::DATASET_CONTEXT) {
            ui.add(StatusBadge::new(Tone::Idle, &context.value).icon(icons::TAG));
        }
    });
    ui.add_space(s.space_xs);
    let mut rows = KeyValues::new(ui, 120.0);
    rows.text("Source type", &dataset.source_type);
    let Some(facts) = page.details.dataset_facts.get(index) else { return };
    for (label, value) in &facts.facts {
        rows.copyable(label, value);
    }
    columns_ui(ui, "Columns", &facts.columns);
}

/// A table of names and types, when there is any.
pub(super) fn columns_ui(ui: &mut Ui, title: &str, columns: &[SignatureColumn]) {
    if columns.is_empty() {
        return;
    }
    let t = tokens(ui);
    ui.add_space(scale().space_sm);
    ui.label(fonts::small_strong(format!("{title} ({})", format::count(columns.len()))));
    ui.push_id(title, |ui| {
        let layout = [Column::rest("Name"), Column::text("Type", 180.0), Column::text("", 90.0)];
        rows_ui(ui, &layout, columns.len(), |ui, row, column| {
            let Some(shown) = columns.get(row) else { return };
            match column {
                0 if shown.name.is_empty() => {
                    ui.label(fonts::body("(unnamed)").color(t.text_muted));
                }
                0 => {
                    copy_on_click_ui(ui, &shown.name, fonts::body(&shown.name));
                }
                1 => {
                    ui.label(fonts::mono(&shown.type_name));
                }
                _ if !shown.is_required => {
                    ui.label(fonts::small("optional").color(t.text_muted));
                }
                _ => {}
            }
        });
    });
}

fn model_ui(ui: &mut Ui, page: Page<'_>, model: &LoggedModel, commands: &mut Commands) {
    let s = scale();
    let zone = time_zone(ui);
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing.x = s.space_md;
        ui.label(fonts::body_strong(&model.name));
        ui.add(Copyable::new(format::short_id(model.id.as_str()), "Copy model id").copies(model.id.as_str()));
        let (tone, word) = match model.status {
            LoggedModelStatus::Ready => (Tone::Ok, "Ready"),
            LoggedModelStatus::Pending => (Tone::Live, "Files are arriving"),
            LoggedModelStatus::UploadFailed => (Tone::Error, "Upload failed"),
            LoggedModelStatus::Unspecified => (Tone::Idle, "No status"),
        };
        ui.add(StatusBadge::new(tone, word));
        if ui.add(Button::quiet("Show files").small().icon(icons::FOLDER_OPEN)).clicked() {
            let root = ArtifactRef { owner: ArtifactOwner::LoggedModel(model.id.clone()), path: String::new() };
            commands.send(Command::Run(RunPageCommand::SelectArtifact(root)));
            let route = Route::Run { run: page.id().clone(), tab: RunTab::Artifacts };
            commands.send(Command::Navigate(NavigateCommand::Go(route)));
        }
    });
    let output = page.details.run.model_outputs.iter().find(|output| output.model_id == model.id);
    let mut rows = KeyValues::new(ui, 120.0);
    rows.text("Role", if output.is_some() { "Made by this run" } else { "Read by this run" });
    if let Some(output) = output {
        rows.text("At step", &format::integer(output.step));
    }
    if !model.model_type.is_empty() {
        rows.text("Type", &model.model_type);
    }
    rows.text("Created", &format::exact_time(model.created_at, &zone));
    for metric in model.metrics.iter().take(50) {
        rows.row(&metric.metric.key, |ui| {
            number_ui(ui, metric.metric.point.value, 6);
        });
    }
}
