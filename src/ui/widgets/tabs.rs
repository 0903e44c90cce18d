//! Tabs: which part of a thing is shown. Returns the tab that was chosen and leaves the choice to the caller.

use egui::{FontId, Role, Sense, Stroke, Ui, WidgetInfo, vec2};

use super::button::focus_ring;
use super::format;
use crate::ui::theme::{fonts, scale, tokens};

/// One tab: its value, its words and, where it helps, how many things are behind it.
#[derive(Debug, Clone, Copy)]
pub struct Tab<'a, T> {
    pub value: T,
    pub text: &'a str,
    pub count: Option<usize>,
}

impl<'a, T> Tab<'a, T> {
    pub const fn new(value: T, text: &'a str) -> Self {
        Self { value, text, count: None }
    }

    /// Shows how many things are behind the tab.
    #[must_use]
    pub const fn with_count(mut self, count: usize) -> Self {
        self.count = Some(count);
        self
    }
}

/// Draws a row of tabs over a hairline; the value of the tab that was clicked, if it is another one.
pub fn tabs_ui<T: Copy + PartialEq>(ui: &mut Ui, tabs: &[Tab<'_, T>], selected: T) -> Option<T> {
    let (t, s) = (tokens(ui), scale());
    let mut chosen = None;
    let row = ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = s.space_lg;
        for tab in tabs {
            let is_selected = tab.value == selected;
            if tab_ui(ui, tab, is_selected) && !is_selected {
                chosen = Some(tab.value);
            }
        }
    });
    let line = row.response.rect.bottom();
    ui.painter().hline(ui.max_rect().x_range(), line, Stroke::new(s.hairline, t.hairline));
    chosen
}

fn tab_ui<T>(ui: &mut Ui, tab: &Tab<'_, T>, is_selected: bool) -> bool {
    let (t, s) = (tokens(ui), scale());
    let text = ui.painter().layout_no_wrap(
        tab.text.to_owned(),
        FontId::new(s.type_body, fonts::medium()),
        egui::Color32::PLACEHOLDER,
    );
    let count = tab.count.map(|count| {
        ui.painter().layout_no_wrap(
            format::count(count),
            FontId::new(s.type_small, egui::FontFamily::Proportional),
            t.text_muted,
        )
    });
    let width = text.size().x + count.as_ref().map_or(0.0, |count| count.size().x + 6.0);
    let (rect, response) = ui.allocate_exact_size(vec2(width, 34.0), Sense::click());
    response.widget_info(|| WidgetInfo::selected(Role::Tab, true, is_selected, tab.text));
    if ui.is_rect_visible(rect) {
        let color = if is_selected || response.hovered() { t.text } else { t.text_muted };
        let text_width = text.size().x;
        let at = egui::pos2(rect.left(), rect.center().y - text.size().y / 2.0);
        ui.painter().galley_with_override_text_color(at, text, color);
        if let Some(count) = count {
            ui.painter().galley(
                egui::pos2(rect.left() + text_width + 6.0, rect.center().y - count.size().y / 2.0),
                count,
                t.text_muted,
            );
        }
        if is_selected {
            ui.painter().hline(rect.x_range(), rect.bottom() - 1.0, Stroke::new(2.0, t.accent));
        } else if response.hovered() {
            ui.painter().hline(rect.x_range(), rect.bottom() - 1.0, Stroke::new(2.0, t.border));
        }
        focus_ring(ui, &response);
    }
    response.clicked()
}
