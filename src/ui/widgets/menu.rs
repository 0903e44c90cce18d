//! Menus: rows with an icon, words and the keys that do the same.

use egui::{
    Color32, FontId, Frame, InnerResponse, Margin, Popup, PopupCloseBehavior, Response, Role, Sense, Ui, WidgetInfo,
    vec2,
};

use super::kbd::kbd_ui;
use super::place::in_rect_ui;
use crate::ui::theme::{Icon, fonts, scale, tokens};

/// One row of a menu.
#[must_use = "call show"]
pub struct MenuItem<'a> {
    text: &'a str,
    icon: Option<Icon>,
    shortcut: Option<&'a str>,
    is_enabled: bool,
    is_danger: bool,
    is_checked: Option<bool>,
}

impl<'a> MenuItem<'a> {
    pub fn new(text: &'a str) -> Self {
        Self { text, icon: None, shortcut: None, is_enabled: true, is_danger: false, is_checked: None }
    }

    pub fn icon(mut self, icon: Icon) -> Self {
        self.icon = Some(icon);
        self
    }

    pub fn shortcut(mut self, shortcut: Option<&'a str>) -> Self {
        self.shortcut = shortcut;
        self
    }

    pub fn enabled(mut self, is_enabled: bool) -> Self {
        self.is_enabled = is_enabled;
        self
    }

    /// Destroys something.
    pub fn danger(mut self) -> Self {
        self.is_danger = true;
        self
    }

    /// A row that is switched on or off; it does not close the menu.
    pub fn checked(mut self, is_checked: bool) -> Self {
        self.is_checked = Some(is_checked);
        self
    }

    /// Draws the row; true when it was chosen. Choosing closes the menu, unless the row is a switch.
    pub fn show(self, ui: &mut Ui) -> bool {
        let (t, s) = (tokens(ui), scale());
        let font = FontId::new(s.type_body, egui::FontFamily::Proportional);
        let galley = ui.painter().layout_no_wrap(self.text.to_owned(), font, Color32::PLACEHOLDER);
        let keys = self.shortcut.map_or(0.0, |keys| 24.0 + keys.len() as f32 * 9.0);
        let content = (s.space_sm * 2.0 + s.icon + s.space_sm + galley.size().x + keys).max(180.0);
        // Measured first, then all rows are as wide as the widest.
        let width = if ui.is_sizing_pass() { content } else { ui.available_width().max(content) };
        let sense = if self.is_enabled { Sense::click() } else { Sense::hover() };
        let (rect, response) = ui.allocate_exact_size(vec2(width, s.control_height), sense);
        response.widget_info(|| match self.is_checked {
            Some(is_checked) => WidgetInfo::selected(Role::CheckBox, self.is_enabled, is_checked, self.text),
            None => WidgetInfo::labeled(Role::Button, self.is_enabled, self.text),
        });
        let color = match (self.is_enabled, self.is_danger) {
            (false, _) => t.text_disabled,
            (true, true) => t.error,
            _ => t.text,
        };
        if self.is_enabled && (response.hovered() || response.has_focus()) {
            ui.painter().rect_filled(rect, s.radius_small, if self.is_danger { t.error_bg } else { t.hover });
        }
        let sign = egui::Rect::from_min_size(rect.min + vec2(s.space_sm, 0.0), vec2(s.icon, rect.height()));
        let icon = if self.is_checked == Some(true) { Some(crate::ui::theme::icons::CHECK) } else { self.icon };
        if let Some(icon) = icon {
            let icon_color = if self.is_danger || !self.is_enabled { color } else { t.text_muted };
            icon.paint(ui.painter(), sign, s.icon, icon_color);
        }
        let at = egui::pos2(sign.right() + s.space_sm, rect.center().y - galley.size().y / 2.0);
        ui.painter().galley_with_override_text_color(at, galley, color);
        if let Some(keys) = self.shortcut {
            let layout = egui::Layout::right_to_left(egui::Align::Center);
            let place = rect.shrink2(vec2(s.space_sm, 0.0));
            in_rect_ui(ui, place, layout, |ui| kbd_ui(ui, keys));
        }
        let is_chosen = response.clicked();
        if is_chosen && self.is_checked.is_none() {
            ui.close();
        }
        is_chosen
    }
}

/// A hairline between groups of rows.
pub fn menu_separator_ui(ui: &mut Ui) {
    let (t, s) = (tokens(ui), scale());
    let width = if ui.is_sizing_pass() { 0.0 } else { ui.available_width() };
    let (rect, _) = ui.allocate_exact_size(vec2(width, 9.0), Sense::hover());
    ui.painter().hline(rect.x_range(), rect.center().y, egui::Stroke::new(s.hairline, t.hairline));
}

/// A heading inside a menu.
pub fn menu_heading_ui(ui: &mut Ui, text: &str) {
    let (t, s) = (tokens(ui), scale());
    ui.horizontal(|ui| {
        ui.add_space(s.space_sm);
        ui.label(fonts::small(text).color(t.text_muted));
    });
}

/// Opens a menu under a button when it is clicked.
pub fn menu_under<R>(button: &Response, rows_ui: impl FnOnce(&mut Ui) -> R) -> Option<InnerResponse<R>> {
    Popup::menu(button).gap(4.0).show(|ui| {
        ui.spacing_mut().item_spacing.y = 0.0;
        rows_ui(ui)
    })
}

/// Like `menu_under`, for menus with fields and switches: stays open until a click elsewhere.
pub fn panel_under<R>(button: &Response, contents_ui: impl FnOnce(&mut Ui) -> R) -> Option<InnerResponse<R>> {
    Popup::menu(button)
        .gap(4.0)
        .close_behavior(PopupCloseBehavior::CloseOnClickOutside)
        .show(|ui| Frame::new().inner_margin(Margin::same(scale().space_sm as i8)).show(ui, contents_ui).inner)
}

/// Opens a menu where a thing was right-clicked.
pub fn context_menu<R>(target: &Response, rows_ui: impl FnOnce(&mut Ui) -> R) -> Option<InnerResponse<R>> {
    Popup::context_menu(target).show(|ui| {
        ui.spacing_mut().item_spacing.y = 0.0;
        rows_ui(ui)
    })
}
