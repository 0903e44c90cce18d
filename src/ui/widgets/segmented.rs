//! A choice among a few short words, all of them visible.

use egui::{FontId, Role, Sense, Stroke, StrokeKind, Ui, WidgetInfo, vec2};

use super::button::focus_ring;
use crate::ui::theme::{fonts, scale, tokens};

/// Draws the choice; the value that was clicked, if it is another one. `name` tells a screen reader what is chosen.
pub fn segmented_ui<T: Copy + PartialEq>(ui: &mut Ui, name: &str, choices: &[(T, &str)], selected: T) -> Option<T> {
    let (t, s) = (tokens(ui), scale());
    let font = FontId::new(s.type_small, fonts::medium());
    let (height, pad, inset) = (s.control_height, s.space_md, 2.0);
    let galleys: Vec<_> = choices
        .iter()
        .map(|(_, word)| ui.painter().layout_no_wrap((*word).to_owned(), font.clone(), egui::Color32::PLACEHOLDER))
        .collect();
    let width: f32 = galleys.iter().map(|galley| galley.size().x + 2.0 * pad).sum::<f32>() + 2.0 * inset;
    let (rect, group) = ui.allocate_exact_size(vec2(width, height), Sense::hover());
    group.widget_info(|| WidgetInfo::labeled(Role::RadioGroup, ui.is_enabled(), name));
    ui.painter().rect(rect, s.radius, t.idle_bg, Stroke::new(s.hairline, t.hairline), StrokeKind::Inside);
    let mut chosen = None;
    let mut x = rect.left() + inset;
    for (index, ((value, word), galley)) in choices.iter().zip(galleys).enumerate() {
        let part = egui::Rect::from_min_size(
            egui::pos2(x, rect.top() + inset),
            vec2(galley.size().x + 2.0 * pad, height - 2.0 * inset),
        );
        x = part.right();
        let is_selected = *value == selected;
        let response = ui.interact(part, group.id.with(index), Sense::click());
        response.widget_info(|| WidgetInfo::selected(Role::RadioButton, ui.is_enabled(), is_selected, word));
        if is_selected {
            ui.painter().rect(part, s.radius_small, t.card, Stroke::new(s.hairline, t.border), StrokeKind::Inside);
        }
        focus_ring(ui, &response);
        let color = if is_selected || response.hovered() { t.text } else { t.text_muted };
        let at = part.center() - galley.size() / 2.0;
        ui.painter().galley_with_override_text_color(at, galley, color);
        if response.clicked() && !is_selected {
            chosen = Some(*value);
        }
    }
    chosen
}
