//! The bar above the screens: back and forward, where we are, the way to everything.

use egui::{Align, Frame, Layout, Margin, Panel, Role, Sense, Stroke, StrokeKind, Ui, WidgetInfo, vec2};

use crate::app::palette::PaletteCommand;
use crate::app::{Command, Commands, NavigateCommand, Route, State, WindowCommand};
use crate::ui::screens::crumbs;
use crate::ui::theme::{fonts, icons, scale, tokens};
use crate::ui::widgets::{IconButton, in_rect_ui, kbd_ui};

/// How wide the field that opens the palette is.
const SEARCH_WIDTH: f32 = 260.0;

pub(super) fn top_bar_ui(ui: &mut Ui, state: &State, commands: &mut Commands) {
    let (t, s) = (tokens(ui), scale());
    let frame = Frame::new().fill(t.panel).inner_margin(Margin::symmetric(12, 0));
    Panel::top("top bar").exact_size(s.top_bar).frame(frame).show(ui, |ui| {
        ui.allocate_ui_with_layout(ui.available_size(), Layout::left_to_right(Align::Center), |ui| {
            ui.spacing_mut().item_spacing.x = s.space_xs;
            history_ui(ui, state, commands);
            ui.add_space(s.space_xs);
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                if matches!(state.route(), Route::Experiments { .. }) {
                    let inspector =
                        IconButton::new(icons::PANEL_RIGHT, "Inspector").selected(state.settings.inspector_open);
                    let shortcut = super::shortcut_map::shortcut_text("view.inspector");
                    let inspector = shortcut.as_deref().map_or(inspector, |keys| {
                        IconButton::new(icons::PANEL_RIGHT, "Inspector")
                            .selected(state.settings.inspector_open)
                            .shortcut(keys)
                    });
                    if ui.add(inspector).clicked() {
                        commands.send(Command::Window(WindowCommand::ToggleInspector));
                    }
                    ui.add_space(s.space_xs);
                }
                search_ui(ui, commands);
                ui.add_space(s.space_md);
                ui.with_layout(Layout::left_to_right(Align::Center), |ui| breadcrumb_ui(ui, state, commands));
            });
        });
    });
}

fn history_ui(ui: &mut Ui, state: &State, commands: &mut Commands) {
    let back =
        IconButton::new(icons::CHEVRON_LEFT, "Back").shortcut("Alt+Left").enabled(state.navigation.can_go_back());
    if ui.add(back).clicked() {
        commands.send(Command::Navigate(NavigateCommand::Back));
    }
    let forward = IconButton::new(icons::CHEVRON_RIGHT, "Forward")
        .shortcut("Alt+Right")
        .enabled(state.navigation.can_go_forward());
    if ui.add(forward).clicked() {
        commands.send(Command::Navigate(NavigateCommand::Forward));
    }
}

/// Looks like a field, opens the palette.
fn search_ui(ui: &mut Ui, commands: &mut Commands) {
    let (t, s) = (tokens(ui), scale());
    let width = SEARCH_WIDTH.min((ui.available_width() * 0.5).max(120.0));
    let (rect, response) = ui.allocate_exact_size(vec2(width, s.control_height), Sense::click());
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, "Find anything"));
    let stroke = match (response.has_focus(), response.hovered()) {
        (true, _) => Stroke::new(s.focus_ring, t.focus),
        (_, true) => Stroke::new(s.hairline, t.control),
        _ => Stroke::new(s.hairline, t.border),
    };
    ui.painter().rect(rect, s.radius, t.sunken, stroke, StrokeKind::Inside);
    let sign = egui::Rect::from_min_size(rect.min + vec2(s.space_sm, 0.0), vec2(s.icon, rect.height()));
    icons::SEARCH.paint(ui.painter(), sign, 14.0, t.text_muted);
    let inner = egui::Rect::from_min_max(egui::pos2(sign.right() + 6.0, rect.top()), rect.max - vec2(6.0, 0.0));
    in_rect_ui(ui, inner, Layout::right_to_left(Align::Center), |ui| {
        kbd_ui(ui, "Ctrl+K");
        ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
            ui.add(egui::Label::new(fonts::body("Find anything").color(t.text_muted)).truncate());
        });
    });
    if response.on_hover_cursor(egui::CursorIcon::Text).clicked() {
        commands.send(Command::Palette(PaletteCommand::Open));
    }
}

fn breadcrumb_ui(ui: &mut Ui, state: &State, commands: &mut Commands) {
    let (t, s) = (tokens(ui), scale());
    ui.spacing_mut().item_spacing.x = 2.0;
    let crumbs = crumbs(state);
    let last = crumbs.len().saturating_sub(1);
    for (index, crumb) in crumbs.iter().enumerate() {
        if index > 0 {
            let (rect, _) = ui.allocate_exact_size(vec2(14.0, s.icon), Sense::hover());
            icons::CHEVRON_RIGHT.paint(ui.painter(), rect, 12.0, t.text_disabled);
        }
        let is_last = index == last;
        let text = if is_last { fonts::body_strong(&crumb.text) } else { fonts::body(&crumb.text).color(t.text_muted) };
        // The last one gets what is left, the others at most a third.
        let room = if is_last { ui.available_width() } else { (ui.available_width() / 3.0).min(220.0) };
        if room < 24.0 {
            break;
        }
        let response = ui.scope(|ui| {
            ui.set_max_width(room);
            let sense = if crumb.route.is_some() && !is_last { Sense::click() } else { Sense::hover() };
            ui.add(egui::Label::new(text).truncate().sense(sense))
        });
        let response = response.inner;
        if let Some(route) = crumb.route.as_ref().filter(|_| !is_last) {
            let response = response.on_hover_cursor(egui::CursorIcon::PointingHand);
            if response.clicked() {
                commands.send(Command::Navigate(NavigateCommand::Go(route.clone())));
            }
        }
    }
}
