//! A button that is only an icon: its name is its tooltip and what a screen reader says.

use egui::{Color32, Response, Role, Sense, Ui, Widget, WidgetInfo, vec2};

use super::button::focus_ring;
use super::kbd::tooltip_with_shortcut;
use crate::ui::theme::{Icon, scale, tokens};

/// An icon to press.
#[must_use = "add it to a ui"]
pub struct IconButton<'a> {
    icon: Icon,
    name: &'a str,
    shortcut: Option<&'a str>,
    color: Option<Color32>,
    is_selected: Option<bool>,
    is_enabled: bool,
    is_small: bool,
}

impl<'a> IconButton<'a> {
    /// `name` says what pressing it does, such as "Copy address".
    pub fn new(icon: Icon, name: &'a str) -> Self {
        Self { icon, name, shortcut: None, color: None, is_selected: None, is_enabled: true, is_small: false }
    }

    /// Shown beside the name on hover.
    pub fn shortcut(mut self, text: &'a str) -> Self {
        self.shortcut = Some(text);
        self
    }

    /// Instead of the quiet text colour.
    pub fn color(mut self, color: Color32) -> Self {
        self.color = Some(color);
        self
    }

    /// Makes it a toggle.
    pub fn selected(mut self, is_selected: bool) -> Self {
        self.is_selected = Some(is_selected);
        self
    }

    pub fn enabled(mut self, is_enabled: bool) -> Self {
        self.is_enabled = is_enabled;
        self
    }

    /// For rows of tables and lists.
    pub fn small(mut self) -> Self {
        self.is_small = true;
        self
    }
}

impl Widget for IconButton<'_> {
    fn ui(self, ui: &mut Ui) -> Response {
        let (t, s) = (tokens(ui), scale());
        let side = if self.is_small { 20.0 } else { s.control_height };
        let is_enabled = self.is_enabled && ui.is_enabled();
        let sense = if is_enabled { Sense::click() } else { Sense::hover() };
        let (rect, response) = ui.allocate_exact_size(vec2(side, side), sense);
        response.widget_info(|| match self.is_selected {
            Some(is_selected) => WidgetInfo::selected(Role::Button, is_enabled, is_selected, self.name),
            None => WidgetInfo::labeled(Role::Button, is_enabled, self.name),
        });
        if ui.is_rect_visible(rect) {
            let is_selected = self.is_selected == Some(true);
            let fill = match (is_enabled, response.is_pointer_button_down_on(), response.hovered(), is_selected) {
                (true, true, ..) => t.pressed,
                (true, _, _, true) => t.selected,
                (true, _, true, _) => t.hover,
                _ => Color32::TRANSPARENT,
            };
            ui.painter().rect_filled(rect, s.radius, fill);
            focus_ring(ui, &response);
            let color = match (is_enabled, is_selected, response.hovered()) {
                (false, ..) => t.text_disabled,
                (_, true, _) => t.text_link,
                (.., true) => t.text,
                _ => self.color.unwrap_or(t.text_muted),
            };
            self.icon.paint(ui.painter(), rect, if self.is_small { 14.0 } else { s.icon }, color);
        }
        tooltip_with_shortcut(response, self.name, self.shortcut)
    }
}
