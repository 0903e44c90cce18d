//! Keys as they stand on the keyboard: `Ctrl` `K`.

use egui::{FontId, Response, Sense, Stroke, StrokeKind, Ui, vec2};

use crate::ui::theme::{fonts, scale, tokens};

/// Draws a shortcut such as `Ctrl+Shift+K` as key caps.
pub fn kbd_ui(ui: &mut Ui, shortcut: &str) -> Response {
    let (t, s) = (tokens(ui), scale());
    let font = FontId::new(s.type_small - 1.0, fonts::medium());
    let keys = keys_of(shortcut);
    let mut galleys = Vec::with_capacity(keys.len());
    let (height, pad, gap) = (18.0_f32, 5.0, 3.0);
    let mut width = 0.0;
    for key in keys {
        let galley = ui.painter().layout_no_wrap(key.to_owned(), font.clone(), t.text_muted);
        let cap = (galley.size().x + 2.0 * pad).max(height);
        width += cap + if galleys.is_empty() { 0.0 } else { gap };
        galleys.push((galley, cap));
    }
    let (rect, response) = ui.allocate_exact_size(vec2(width, height), Sense::hover());
    response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Label, true, shortcut));
    if ui.is_rect_visible(rect) {
        let mut x = rect.left();
        for (galley, cap) in galleys {
            let key = egui::Rect::from_min_size(egui::pos2(x, rect.top()), vec2(cap, height));
            ui.painter().rect(key, s.radius_small, t.sunken, Stroke::new(s.hairline, t.border), StrokeKind::Inside);
            let at = key.center() - galley.size() / 2.0;
            ui.painter().galley(at, galley, t.text_muted);
            x += cap + gap;
        }
    }
    response
}

/// The caps of a shortcut; a plus at the end is a key, not a separator.
fn keys_of(shortcut: &str) -> Vec<&str> {
    match shortcut.strip_suffix('+') {
        Some("") => vec!["+"],
        Some(held) => held.trim_end_matches('+').split('+').chain(std::iter::once("+")).collect(),
        None => shortcut.split('+').collect(),
    }
}

/// A tooltip with a name and, beside it, its keys.
pub fn tooltip_with_shortcut(response: Response, name: &str, shortcut: Option<&str>) -> Response {
    match shortcut {
        Some(shortcut) => response.on_hover_ui(|ui| {
            ui.horizontal(|ui| {
                ui.label(name);
                kbd_ui(ui, shortcut);
            });
        }),
        None => response.on_hover_text(name),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_plus_key_is_no_separator() {
        assert_eq!(keys_of("Ctrl+Shift+K"), ["Ctrl", "Shift", "K"]);
        assert_eq!(keys_of("Ctrl++"), ["Ctrl", "+"]);
        assert_eq!(keys_of("+"), ["+"]);
        assert_eq!(keys_of("?"), ["?"]);
    }
}
