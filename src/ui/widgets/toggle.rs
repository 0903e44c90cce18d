//! A switch: on or off, at once.

use egui::{Response, Role, Sense, Stroke, StrokeKind, Ui, Widget, WidgetInfo, vec2};

use super::button::focus_ring;
use crate::ui::theme::{scale, tokens};

/// A switch over a value.
#[must_use = "add it to a ui"]
pub struct Toggle<'a> {
    is_on: &'a mut bool,
    name: &'a str,
}

impl<'a> Toggle<'a> {
    /// `name` is what a screen reader says; words for the eye stand beside it.
    pub fn new(is_on: &'a mut bool, name: &'a str) -> Self {
        Self { is_on, name }
    }
}

impl Widget for Toggle<'_> {
    fn ui(self, ui: &mut Ui) -> Response {
        let (t, s) = (tokens(ui), scale());
        let (rect, mut response) = ui.allocate_exact_size(vec2(34.0, 20.0), Sense::click());
        if response.clicked() {
            *self.is_on = !*self.is_on;
            response.mark_changed();
        }
        let is_on = *self.is_on;
        response.widget_info(|| WidgetInfo::selected(Role::Switch, ui.is_enabled(), is_on, self.name));
        if ui.is_rect_visible(rect) {
            let (fill, stroke, knob) =
                if is_on { (t.accent, t.accent, t.text_on_accent) } else { (t.sunken, t.control, t.control) };
            let radius = rect.height() / 2.0;
            ui.painter().rect(rect, radius, fill, Stroke::new(s.hairline, stroke), StrokeKind::Inside);
            let x = if is_on { rect.right() - radius } else { rect.left() + radius };
            ui.painter().circle_filled(egui::pos2(x, rect.center().y), radius - 4.0, knob);
            focus_ring(ui, &response);
        }
        response
    }
}
