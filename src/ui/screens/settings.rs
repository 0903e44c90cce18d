//! Settings: few, each applied at once.

use egui::{Align, Frame, Label, Layout, Margin, ScrollArea, Ui, vec2};

use crate::app::requests::Confirm;
use crate::app::settings::{RowDensity, SettingsCommand, ThemeChoice, UI_SCALE_RANGE};
use crate::app::{Command, Commands, ServerStatus, State, WindowCommand};
use crate::ui::theme::{fonts, icons, scale, tokens};
use crate::ui::widgets::{Button, Copyable, IconButton, TextField, Toggle, hairline_ui, section_ui, segmented_ui};

const PAGE: f32 = 720.0;

/// What is being typed.
#[derive(Default)]
pub(super) struct SettingsUi {
    /// The port as text while its field has the keyboard.
    port: Option<String>,
}

impl SettingsUi {
    pub(super) fn ui(&mut self, ui: &mut Ui, state: &State, commands: &mut Commands) {
        let s = scale();
        ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
            let width = (ui.available_width() - 2.0 * s.space_xl).min(PAGE);
            let margin = Margin {
                left: s.space_xl as i8,
                right: s.space_xl as i8,
                top: s.space_lg as i8,
                bottom: s.space_xl as i8,
            };
            Frame::new().inner_margin(margin).show(ui, |ui| {
                ui.set_max_width(width);
                ui.set_min_width(width);
                ui.spacing_mut().item_spacing.y = s.space_xs;
                let title = ui.label(fonts::title("Settings"));
                title.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Heading, true, "Settings"));
                ui.add_space(s.space_lg);
                look_ui(ui, state, commands);
                ui.add_space(s.space_xl);
                self.server_ui(ui, state, commands);
                ui.add_space(s.space_xl);
                places_ui(ui, state);
                ui.add_space(s.space_xl);
                if ui.add(Button::secondary("Reset all settings").icon(icons::ROTATE_CCW)).clicked() {
                    commands.send(ask_reset());
                }
            });
        });
    }

    fn server_ui(&mut self, ui: &mut Ui, state: &State, commands: &mut Commands) {
        let settings = &state.settings;
        section_ui(ui, "Tracking server", |_| {});
        row_ui(ui, "Run with the window", "Python on this machine can log while the window is open", |ui| {
            let mut is_on = settings.server_enabled;
            if ui.add(Toggle::new(&mut is_on, "Run the tracking server with the window")).changed() {
                commands.send(Command::Settings(SettingsCommand::SetServerEnabled(is_on)));
            }
        });
        row_ui(ui, "Port", "The next free one is taken when it is in use", |ui| self.port_ui(ui, state, commands));
        row_ui(ui, "Address", "Only this machine can reach it", |ui| server_state_ui(ui, &state.server));
    }

    fn port_ui(&mut self, ui: &mut Ui, state: &State, commands: &mut Commands) {
        let current = state.settings.server_port;
        let mut text = self.port.clone().unwrap_or_else(|| current.to_string());
        let is_wrong = parse_port(&text).is_none();
        let field = TextField::new(&mut text, "Tracking server port").width(96.0).error(is_wrong).show(ui);
        if is_wrong {
            ui.label(fonts::small("1 to 65535").color(tokens(ui).error));
        }
        if field.has_focus() || field.changed() {
            self.port = Some(text.clone());
        }
        if field.lost_focus() {
            self.port = None;
            if let Some(port) = parse_port(&text).filter(|port| *port != current) {
                commands.send(Command::Settings(SettingsCommand::SetServerPort(port)));
            }
        }
    }
}

/// A port that can be listened on.
fn parse_port(text: &str) -> Option<u16> {
    text.trim().parse::<u16>().ok().filter(|port| *port != 0)
}

fn ask_reset() -> Command {
    Command::Window(WindowCommand::Ask(Confirm {
        title: "Reset all settings".to_owned(),
        text: "Theme, size, tables and server go back to how they were at first. Workspaces and runs are not touched."
            .to_owned(),
        confirm_label: "Reset settings".to_owned(),
        is_destructive: false,
        typed: None,
        then: Box::new(Command::Settings(SettingsCommand::ResetAll)),
    }))
}

fn look_ui(ui: &mut Ui, state: &State, commands: &mut Commands) {
    let settings = &state.settings;
    section_ui(ui, "Look", |_| {});
    row_ui(ui, "Theme", "", |ui| {
        let choices = [(ThemeChoice::System, "System"), (ThemeChoice::Light, "Light"), (ThemeChoice::Dark, "Dark")];
        if let Some(theme) = segmented_ui(ui, "Theme", &choices, settings.theme) {
            commands.send(Command::Settings(SettingsCommand::SetTheme(theme)));
        }
    });
    row_ui(ui, "Size", "Ctrl and + or − does the same anywhere", |ui| size_ui(ui, settings.ui_scale, commands));
    row_ui(ui, "Table rows", "", |ui| {
        let choices = [(RowDensity::Compact, "Compact"), (RowDensity::Normal, "Normal"), (RowDensity::Roomy, "Roomy")];
        if let Some(density) = segmented_ui(ui, "Table rows", &choices, settings.row_density) {
            commands.send(Command::Settings(SettingsCommand::SetRowDensity(density)));
        }
    });
    row_ui(ui, "Words in the rail", "Names beside the icons at the left", |ui| {
        let mut has_words = settings.rail_words;
        if ui.add(Toggle::new(&mut has_words, "Words in the rail")).changed() {
            commands.send(Command::Settings(SettingsCommand::SetRailWords(has_words)));
        }
    });
}

fn size_ui(ui: &mut Ui, current: f32, commands: &mut Commands) {
    let s = scale();
    ui.spacing_mut().item_spacing.x = s.space_xs;
    let can_grow = current < *UI_SCALE_RANGE.end();
    let can_shrink = current > *UI_SCALE_RANGE.start();
    // From the right: the row is laid out that way.
    if ui.add(IconButton::new(icons::PLUS, "Larger").enabled(can_grow)).clicked() {
        commands.send(Command::Settings(SettingsCommand::ZoomIn));
    }
    let text = format!("{} %", (current * 100.0).round());
    ui.allocate_ui_with_layout(
        vec2(48.0, s.control_height),
        Layout::centered_and_justified(egui::Direction::LeftToRight),
        |ui| {
            ui.label(fonts::body(text));
        },
    );
    if ui.add(IconButton::new(icons::MINUS, "Smaller").enabled(can_shrink)).clicked() {
        commands.send(Command::Settings(SettingsCommand::ZoomOut));
    }
    if (current - 1.0).abs() > 0.001 && ui.add(Button::quiet("Reset").small()).clicked() {
        commands.send(Command::Settings(SettingsCommand::ResetZoom));
    }
}

fn server_state_ui(ui: &mut Ui, server: &ServerStatus) {
    let t = tokens(ui);
    match server {
        ServerStatus::Off => _ = ui.label(fonts::body("Off").color(t.text_muted)),
        ServerStatus::Starting => _ = ui.label(fonts::body("Starting").color(t.text_muted)),
        ServerStatus::Running { url, .. } => _ = ui.add(Copyable::new(url, "Copy tracking address")),
        ServerStatus::Failed { reason } => _ = ui.add(Label::new(fonts::body(reason).color(t.error)).wrap()),
    }
}

/// Where things lie on this machine.
fn places_ui(ui: &mut Ui, state: &State) {
    section_ui(ui, "Files", |_| {});
    if let Some(path) = &state.workspace_path {
        row_ui(ui, "Workspace", "The database and the artifacts", |ui| path_ui(ui, path, "Copy workspace path"));
    }
    if let Some(path) = &state.settings_path {
        row_ui(ui, "Settings", "", |ui| path_ui(ui, path, "Copy settings path"));
    }
    row_ui(ui, "Version", "", |ui| _ = ui.label(fonts::body(env!("CARGO_PKG_VERSION"))));
}

fn path_ui(ui: &mut Ui, path: &std::path::Path, name: &str) {
    ui.add(Copyable::new(&path.display().to_string(), name));
}

/// A setting: what it is at the left, its control at the right.
fn row_ui(ui: &mut Ui, name: &str, note: &str, control_ui: impl FnOnce(&mut Ui)) {
    let t = tokens(ui);
    let height = if note.is_empty() { 40.0 } else { 48.0 };
    let size = vec2(ui.available_width(), height);
    ui.allocate_ui_with_layout(size, Layout::left_to_right(Align::Center), |ui| {
        ui.set_min_size(size);
        let words = ui.available_width() * 0.5;
        ui.allocate_ui_with_layout(vec2(words, height), Layout::top_down(Align::Min), |ui| {
            ui.set_min_width(words);
            ui.spacing_mut().item_spacing.y = 1.0;
            ui.add_space(if note.is_empty() { 11.0 } else { 6.0 });
            ui.add(Label::new(fonts::body(name)).truncate());
            if !note.is_empty() {
                ui.add(Label::new(fonts::small(note).color(t.text_muted)).truncate());
            }
        });
        ui.with_layout(Layout::right_to_left(Align::Center), control_ui);
    });
    hairline_ui(ui);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_port_is_a_port() {
        assert_eq!(parse_port(" 5000 "), Some(5000));
        for wrong in ["", "0", "65536", "-1", "five"] {
            assert_eq!(parse_port(wrong), None, "{wrong}");
        }
    }
}
