//! What stands in place of a screen while no workspace is open: opening, failed, closed.

use egui::{Layout, ScrollArea, Ui, vec2};

use crate::app::{Command, Commands, Loadable, State, UserError, WorkspaceCommand};
use crate::ui::theme::{fonts, icons, scale, tokens};
use crate::ui::widgets::{Button, Copyable, Placeholder, StateAction, skeleton_rows_ui};

use super::home::recent_workspaces_ui;

pub(super) fn no_workspace_ui(ui: &mut Ui, state: &State, commands: &mut Commands) {
    let s = scale();
    match &state.workspace {
        Loadable::Failed { error, .. } => failed_ui(ui, state, error, commands),
        Loadable::Empty if state.workspace_path.is_none() => closed_ui(ui, state, commands),
        Loadable::Empty | Loadable::Loading { .. } | Loadable::Ready(_) => {
            egui::Frame::new()
                .inner_margin(egui::Margin::same(s.space_xl as i8))
                .show(ui, |ui| skeleton_rows_ui(ui, 6));
        }
    }
}

/// The folder could not be opened: why, what to do, and the way to others.
fn failed_ui(ui: &mut Ui, state: &State, error: &UserError, commands: &mut Commands) {
    column_ui(ui, |ui| {
        let (t, s) = (tokens(ui), scale());
        let (rect, _) = ui.allocate_exact_size(vec2(s.icon_large, s.icon_large), egui::Sense::hover());
        icons::TRIANGLE_ALERT.paint(ui.painter(), rect, s.icon_large, t.error);
        ui.add_space(s.space_sm);
        ui.label(fonts::title(&error.title));
        if let Some(path) = &state.workspace_path {
            ui.add(Copyable::new(&path.display().to_string(), "Copy path"));
        }
        ui.add_space(s.space_xs);
        ui.add(egui::Label::new(fonts::body(&error.detail).color(t.text_secondary)).wrap());
        if let Some(advice) = &error.advice {
            ui.add(egui::Label::new(fonts::body(advice).color(t.text)).wrap());
        }
        ui.add_space(s.space_md);
        ui.horizontal_wrapped(|ui| {
            if error.retry.is_some() && ui.add(Button::primary("Try again").icon(icons::REFRESH_CW)).clicked() {
                commands.send(Command::Workspace(WorkspaceCommand::Retry));
            }
            if ui.add(Button::secondary("Open another…").icon(icons::FOLDER_OPEN)).clicked() {
                commands.send(Command::Workspace(WorkspaceCommand::AskOpen));
            }
            if ui.add(Button::secondary("Create…").icon(icons::FOLDER_PLUS)).clicked() {
                commands.send(Command::Workspace(WorkspaceCommand::AskCreate));
            }
            if ui.add(Button::quiet("Copy details").icon(icons::COPY)).clicked() {
                ui.ctx().copy_text(error.details());
            }
        });
        ui.add_space(s.space_xl);
        recent_workspaces_ui(ui, state, commands);
    });
}

fn closed_ui(ui: &mut Ui, state: &State, commands: &mut Commands) {
    if state.settings.recent_workspaces.is_empty() {
        let text = "A workspace is a folder with a database and the artifacts of your runs. Open one, or create it in an empty folder.";
        let chosen = Placeholder::empty(icons::HARD_DRIVE, "No workspace is open", text)
            .action("Create a workspace…")
            .second_action("Open…")
            .show(ui);
        match chosen {
            Some(StateAction::Primary) => commands.send(Command::Workspace(WorkspaceCommand::AskCreate)),
            Some(StateAction::Secondary) => commands.send(Command::Workspace(WorkspaceCommand::AskOpen)),
            None => {}
        }
        return;
    }
    column_ui(ui, |ui| {
        let (t, s) = (tokens(ui), scale());
        ui.label(fonts::title("No workspace is open"));
        ui.label(fonts::body("Open one of these, another folder, or create a new one").color(t.text_muted));
        ui.add_space(s.space_md);
        ui.horizontal(|ui| {
            if ui.add(Button::primary("Open…").icon(icons::FOLDER_OPEN)).clicked() {
                commands.send(Command::Workspace(WorkspaceCommand::AskOpen));
            }
            if ui.add(Button::secondary("Create…").icon(icons::FOLDER_PLUS)).clicked() {
                commands.send(Command::Workspace(WorkspaceCommand::AskCreate));
            }
        });
        ui.add_space(s.space_xl);
        recent_workspaces_ui(ui, state, commands);
    });
}

/// A column of reading width, in the middle of wide windows.
fn column_ui(ui: &mut Ui, contents_ui: impl FnOnce(&mut Ui)) {
    let s = scale();
    ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
        let width = (ui.available_width() - 2.0 * s.space_xl).min(560.0);
        let left = ((ui.available_width() - width) / 2.0).max(s.space_xl);
        ui.add_space((ui.available_height() * 0.12).clamp(s.space_lg, 96.0));
        ui.horizontal_top(|ui| {
            ui.add_space(left - ui.spacing().item_spacing.x);
            ui.allocate_ui_with_layout(vec2(width, 0.0), Layout::top_down(egui::Align::Min), |ui| {
                ui.set_width(width);
                contents_ui(ui);
            });
        });
    });
}
