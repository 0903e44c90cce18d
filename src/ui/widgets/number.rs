//! A number: rounded to what can be read, exact on hover, exact in the clipboard.

use egui::{FontFamily, FontId, Response, Role, Sense, Ui, WidgetInfo};

use super::format;
use crate::ui::theme::{scale, tokens};

/// Draws a number to so many significant digits; hovering tells it to the last bit, and a click copies that.
pub fn number_ui(ui: &mut Ui, value: f64, digits: usize) -> Response {
    let shown = format::significant(value, digits);
    exact_on_hover_ui(ui, &shown, &format::full(value))
}

/// Draws a rounded text; hovering shows the exact one, and a click copies that.
pub fn exact_on_hover_ui(ui: &mut Ui, shown: &str, exact: &str) -> Response {
    let (t, s) = (tokens(ui), scale());
    let galley =
        ui.painter().layout_no_wrap(shown.to_owned(), FontId::new(s.type_body, FontFamily::Proportional), t.text);
    let (rect, response) = ui.allocate_exact_size(galley.size(), Sense::click());
    response.widget_info(|| WidgetInfo::labeled(Role::Label, true, shown));
    ui.painter().galley(rect.min, galley, t.text);
    if response.clicked() {
        ui.ctx().copy_text(exact.to_owned());
    }
    response.on_hover_text(exact)
}

/// A time told as a person would, with the exact one on hover. Times in Unix milliseconds.
pub fn time_ui(ui: &mut Ui, at: i64, now: i64, zone: &jiff::tz::TimeZone) -> Response {
    let (t, s) = (tokens(ui), scale());
    let shown = format::relative_time(at, now, zone);
    let galley =
        ui.painter().layout_no_wrap(shown.clone(), FontId::new(s.type_small, FontFamily::Proportional), t.text_muted);
    let (rect, response) = ui.allocate_exact_size(galley.size(), Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Role::Label, true, &shown));
    ui.painter().galley(rect.min, galley, t.text_muted);
    response.on_hover_text(format::exact_time(at, zone))
}
