//! Headings of sections, and the cards that sections may stand in.

use egui::{Align, Frame, Layout, Margin, Stroke, Ui, vec2};

use crate::ui::theme::{fonts, scale, tokens};

/// A heading with room for quiet actions at the right.
pub fn section_ui(ui: &mut Ui, heading: &str, actions_ui: impl FnOnce(&mut Ui)) {
    let s = scale();
    let width = ui.available_width();
    ui.allocate_ui_with_layout(vec2(width, s.control_height), Layout::left_to_right(Align::Center), |ui| {
        ui.set_min_size(vec2(width, s.control_height));
        let label = ui.label(fonts::section(heading));
        label.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Heading, true, heading));
        ui.with_layout(Layout::right_to_left(Align::Center), actions_ui);
    });
}

/// A card: hairline border, no shadow.
pub fn card_ui<R>(ui: &mut Ui, contents_ui: impl FnOnce(&mut Ui) -> R) -> R {
    let (t, s) = (tokens(ui), scale());
    Frame::new()
        .fill(t.card)
        .stroke(Stroke::new(s.hairline, t.border))
        .corner_radius(s.radius)
        .inner_margin(Margin::same(s.space_lg as i8))
        .show(ui, |ui| {
            ui.set_min_width(ui.available_width());
            contents_ui(ui)
        })
        .inner
}

/// A hairline over the whole width.
pub fn hairline_ui(ui: &mut Ui) {
    let (t, s) = (tokens(ui), scale());
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), s.hairline), egui::Sense::hover());
    ui.painter().hline(rect.x_range(), rect.center().y, Stroke::new(s.hairline, t.hairline));
}
