//! A line the size of a word.

use egui::{Color32, Pos2, Response, Role, Sense, Shape, Stroke, Ui, Vec2, WidgetInfo};

use crate::stats::decimate::finite_bounds;
use crate::ui::widgets::format;

/// Draws values at even distances; its name tells the last one. NaN and infinities are gaps.
pub fn sparkline_ui(ui: &mut Ui, name: &str, values: &[f64], size: Vec2, color: Color32) -> Response {
    let (rect, response) = ui.allocate_exact_size(size, Sense::hover());
    response.widget_info(|| {
        let last = values.last().map_or_else(|| "no values".to_owned(), |last| format::significant(*last, 6));
        WidgetInfo::labeled(Role::Image, true, format!("Course of {name}: last value {last}"))
    });
    let Some((lo, hi)) = finite_bounds(values.iter().copied()).filter(|_| ui.is_rect_visible(rect)) else {
        return response;
    };
    let area = rect.shrink2(Vec2::new(2.0, 3.0));
    let place = |(index, value): (usize, &f64)| {
        let x = if values.len() > 1 { index as f32 / (values.len() - 1) as f32 } else { 0.5 };
        let y = if hi > lo { ((value - lo) / (hi - lo)) as f32 } else { 0.5 };
        Pos2::new(area.left() + x * area.width(), area.bottom() - y * area.height())
    };
    let placed: Vec<(usize, &f64)> = values.iter().enumerate().collect();
    for stretch in placed.split(|(_, value)| !value.is_finite()) {
        let points: Vec<Pos2> = stretch.iter().map(|pair| place(*pair)).collect();
        match points.as_slice() {
            [] => {}
            [only] => {
                ui.painter().circle_filled(*only, 1.5, color);
            }
            _ => {
                ui.painter().add(Shape::line(points, Stroke::new(1.2, color)));
            }
        }
    }
    if let Some(last) = placed.iter().rev().find(|(_, value)| value.is_finite()) {
        ui.painter().circle_filled(place(*last), 1.8, color);
    }
    response
}
