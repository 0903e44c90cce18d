//! Two columns: what, and its value. Labels share one width so that the values line up without a second pass.

use egui::{Align, Layout, Ui, vec2};

use super::copyable::Copyable;
use crate::ui::theme::{fonts, scale, tokens};

/// Draws rows of label and value.
pub struct KeyValues<'a> {
    ui: &'a mut Ui,
    label_width: f32,
}

impl<'a> KeyValues<'a> {
    /// All labels get `label_width` points; longer ones end in `…`.
    pub fn new(ui: &'a mut Ui, label_width: f32) -> Self {
        Self { ui, label_width }
    }

    /// A row with a text; a longer one wraps.
    pub fn text(&mut self, label: &str, value: &str) -> &mut Self {
        self.row(label, |ui| {
            ui.vertical(|ui| {
                // Where the label's line stands, also when the value has several.
                ui.add_space(3.0);
                ui.add(egui::Label::new(fonts::body(value)).wrap());
            });
        })
    }

    /// A row with something to copy.
    pub fn copyable(&mut self, label: &str, value: &str) -> &mut Self {
        self.row(label, |ui| {
            ui.add(Copyable::new(value, &format!("Copy {}", label.to_lowercase())));
        })
    }

    /// A row with anything.
    pub fn row(&mut self, label: &str, value_ui: impl FnOnce(&mut Ui)) -> &mut Self {
        let (t, s) = (tokens(self.ui), scale());
        self.ui.horizontal_top(|ui| {
            ui.spacing_mut().item_spacing.x = s.space_sm;
            ui.allocate_ui_with_layout(vec2(self.label_width, 22.0), Layout::left_to_right(Align::Center), |ui| {
                ui.set_min_size(vec2(self.label_width, 22.0));
                ui.add(egui::Label::new(fonts::small(label).color(t.text_muted)).truncate());
            });
            let width = ui.available_width();
            ui.allocate_ui_with_layout(
                vec2(width, 22.0),
                Layout::left_to_right(Align::Center).with_main_wrap(false),
                value_ui,
            );
        });
        self
    }
}
