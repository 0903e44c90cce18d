//! The rail: the places of the program, settings at its foot.

use egui::{Align, FontId, Frame, Layout, Margin, Panel, Role, Sense, Ui, WidgetInfo, vec2};

use super::{Place, place_of};
use crate::app::{Command, Commands, NavigateCommand, Route, State};
use crate::ui::theme::{Icon, fonts, icons, scale, tokens};
use crate::ui::widgets::tooltip_with_shortcut;

/// One place: where it leads, its sign, its word, its keys.
struct Entry {
    place: Place,
    icon: Icon,
    name: &'static str,
    action: &'static str,
}

const TOP: [Entry; 2] = [
    Entry { place: Place::Home, icon: icons::HOUSE, name: "Home", action: "go.home" },
    Entry { place: Place::Experiments, icon: icons::FLASK_CONICAL, name: "Experiments", action: "go.experiments" },
];
const BOTTOM: Entry = Entry { place: Place::Settings, icon: icons::SETTINGS, name: "Settings", action: "go.settings" };

pub(super) fn rail_ui(ui: &mut Ui, state: &State, commands: &mut Commands) {
    let (t, s) = (tokens(ui), scale());
    let has_words = state.settings.rail_words;
    let width = if has_words { s.rail_wide } else { s.rail_narrow };
    let frame = Frame::new().fill(t.rail).inner_margin(Margin::symmetric(8, 8));
    Panel::left("rail").resizable(false).exact_size(width).frame(frame).show(ui, |ui| {
        ui.spacing_mut().item_spacing.y = s.space_xs;
        for entry in &TOP {
            entry_ui(ui, state, entry, has_words, commands);
        }
        ui.with_layout(Layout::bottom_up(Align::Min), |ui| entry_ui(ui, state, &BOTTOM, has_words, commands));
    });
}

fn entry_ui(ui: &mut Ui, state: &State, entry: &Entry, has_words: bool, commands: &mut Commands) {
    let (t, s) = (tokens(ui), scale());
    let is_selected = place_of(state.route()) == entry.place;
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), 32.0), Sense::click());
    response.widget_info(|| WidgetInfo::selected(Role::Button, true, is_selected, entry.name));
    let fill = match (is_selected, response.hovered()) {
        (true, true) => t.selected_hover,
        (true, false) => t.selected,
        (false, true) => t.pressed,
        _ => egui::Color32::TRANSPARENT,
    };
    ui.painter().rect_filled(rect, s.radius, fill);
    let color = if is_selected { t.text_link } else { t.text_secondary };
    let icon_width = if has_words { 32.0 } else { rect.width() };
    let sign = egui::Rect::from_min_size(rect.min, vec2(icon_width, rect.height()));
    entry.icon.paint(ui.painter(), sign, 18.0, color);
    if has_words {
        let font = FontId::new(s.type_body, fonts::medium());
        let text_color = if is_selected { t.text } else { t.text_secondary };
        let galley = ui.painter().layout_no_wrap(entry.name.to_owned(), font, text_color);
        ui.painter().galley(
            egui::pos2(sign.right() + s.space_xs, rect.center().y - galley.size().y / 2.0),
            galley,
            text_color,
        );
    }
    if response.has_focus() {
        ui.painter().rect_stroke(rect, s.radius, egui::Stroke::new(s.focus_ring, t.focus), egui::StrokeKind::Outside);
    }
    if response.clicked() && !is_selected_exactly(state, entry.place) {
        commands.send(Command::Navigate(NavigateCommand::Go(route_to(entry.place))));
    }
    let shortcut = super::shortcut_map::shortcut_text(entry.action);
    if !has_words || shortcut.is_some() {
        tooltip_with_shortcut(response, entry.name, shortcut.as_deref());
    }
}

fn route_to(place: Place) -> Route {
    match place {
        Place::Home => Route::Home,
        Place::Experiments => Route::Experiments { experiments: Vec::new() },
        Place::Settings => Route::Settings,
    }
}

/// A run page belongs to Experiments, yet pressing the rail there leads back to the table.
fn is_selected_exactly(state: &State, place: Place) -> bool {
    place_of(state.route()) == place && !matches!(state.route(), Route::Run { .. })
}
