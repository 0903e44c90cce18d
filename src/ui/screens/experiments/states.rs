//! What the screen shows when there are no runs to show: nothing yet, on its way, failed, or filtered out.

use egui::{Frame, Label, Margin, Stroke, Ui};

use crate::app::experiments::{ExperimentsCommand, Stage};
use crate::app::{Command, Commands, ServerStatus, State, UserError};
use crate::ui::theme::{fonts, icons, scale, tokens};
use crate::ui::widgets::{Button, Placeholder, StateAction, skeleton_rows_ui};

/// Draws what stands in place of toolbar and table, if anything does.
pub(super) fn instead_of_all_ui(ui: &mut Ui, state: &State, out: &mut Vec<ExperimentsCommand>) -> bool {
    let screen = &state.experiments;
    if let (None, Some(error)) = (screen.list.value(), screen.list.error()) {
        error_ui(ui, error, out);
        return true;
    }
    if screen.chosen.is_empty() && screen.list.value().is_none() {
        Frame::new().inner_margin(Margin::same(16)).show(ui, |ui| skeleton_rows_ui(ui, 12));
        return true;
    }
    if screen.chosen.is_empty() {
        let placeholder = Placeholder::empty(
            icons::FLASK_CONICAL,
            "No experiment is chosen",
            "Choose one at the left to see its runs. Ctrl+click shows the runs of several together",
        );
        _ = placeholder.show(ui);
        return true;
    }
    false
}

fn error_ui(ui: &mut Ui, error: &UserError, out: &mut Vec<ExperimentsCommand>) {
    let text = match &error.advice {
        Some(advice) => format!("{}. {advice}", error.detail),
        None => error.detail.clone(),
    };
    let details = error.details();
    let placeholder = Placeholder::error(&error.title, &text).action("Retry").details(&details);
    if placeholder.show(ui) == Some(StateAction::Primary) {
        out.push(ExperimentsCommand::Reload);
    }
}

/// Draws what stands in place of the table, if anything does.
pub(super) fn instead_of_table_ui(
    ui: &mut Ui,
    state: &State,
    commands: &mut Commands,
    out: &mut Vec<ExperimentsCommand>,
) -> bool {
    let screen = &state.experiments;
    let Some(table) = screen.table.value() else {
        if let Some(error) = screen.table.error() {
            error_ui(ui, error, out);
        } else {
            Frame::new().inner_margin(Margin::symmetric(12, 8)).show(ui, |ui| skeleton_rows_ui(ui, 18));
        }
        return true;
    };
    if table.run_count() == 0 {
        match screen.runs_view().stage {
            Stage::Deleted => {
                let placeholder = Placeholder::empty(
                    icons::TRASH_2,
                    "The bin is empty",
                    "Deleted runs come here and can be restored",
                )
                .action("Show active runs");
                if placeholder.show(ui) == Some(StateAction::Primary) {
                    out.push(ExperimentsCommand::SetStage(Stage::Active));
                }
            }
            Stage::Active | Stage::All => first_run_ui(ui, state, commands),
        }
        return true;
    }
    if table.order().is_empty() && !screen.is_ordering && !screen.runs_view().filter.trim().is_empty() {
        let placeholder = Placeholder::empty(
            icons::LIST_FILTER,
            "No run matches the filter",
            "Change a condition, or clear the filter to see every run",
        )
        .action("Clear the filter");
        if placeholder.show(ui) == Some(StateAction::Primary) {
            out.push(ExperimentsCommand::SetFilter(String::new()));
        }
        return true;
    }
    false
}

/// The lines of Python that log a first run into this experiment.
fn snippet(state: &State) -> Option<String> {
    let url = state.server.url()?;
    let names = state.experiments.experiment_names();
    let name = state.experiments.chosen.first().and_then(|id| names.get(id)).cloned().unwrap_or_default();
    let name = name.replace('\\', "\\\\").replace('"', "\\\"");
    Some(format!(
        "import mlflow\n\nmlflow.set_tracking_uri(\"{url}\")\nmlflow.set_experiment(\"{name}\")\n\nwith mlflow.start_run():\n    mlflow.log_param(\"lr\", 0.01)\n    mlflow.log_metric(\"loss\", 0.42)\n"
    ))
}

fn first_run_ui(ui: &mut Ui, state: &State, commands: &mut Commands) {
    let (t, s) = (tokens(ui), scale());
    let width = ui.available_width().min(520.0);
    ui.vertical_centered(|ui| {
        ui.set_max_width(width);
        ui.spacing_mut().item_spacing.y = s.space_sm;
        ui.add_space((ui.available_height() * 0.12).clamp(s.space_lg, 120.0));
        let (rect, _) = ui.allocate_exact_size(egui::Vec2::splat(s.icon_large), egui::Sense::hover());
        icons::FLASK_CONICAL.paint(ui.painter(), rect, s.icon_large, t.text_muted);
        ui.label(fonts::section("No runs yet"));
        let text = "Runs appear here the moment they are logged. Point the MLflow client at this workspace";
        ui.add(Label::new(fonts::body(text).color(t.text_muted)).wrap().halign(egui::Align::Center));
        ui.add_space(s.space_xs);
        let Some(code) = snippet(state) else {
            let text = match &state.server {
                ServerStatus::Failed { .. } => "The tracking server could not be started; see the status bar",
                _ => "Start the tracking server to log from Python",
            };
            ui.label(fonts::body(text).color(t.text_secondary));
            if ui.add(Button::primary("Start the tracking server")).clicked() {
                commands.send(Command::Server(crate::app::ServerCommand::Start));
            }
            return;
        };
        let frame = Frame::new()
            .fill(t.sunken)
            .stroke(Stroke::new(s.hairline, t.hairline))
            .corner_radius(s.radius)
            .inner_margin(Margin::same(12));
        frame.show(ui, |ui| {
            ui.set_width(width - 24.0);
            ui.with_layout(egui::Layout::top_down(egui::Align::Min), |ui| {
                ui.add(Label::new(fonts::mono(code.trim_end()).color(t.text)).wrap());
            });
        });
        if ui.add(Button::primary("Copy the code").icon(icons::COPY)).clicked() {
            ui.ctx().copy_text(code);
        }
    });
}
