//! The points of a chart as a table, for reading exact values and for those who cannot see the line.

use egui::{Align, Label, Layout, ScrollArea, Ui, Vec2};
use jiff::tz::TimeZone;

use crate::stats::series::Prepared;
use crate::ui::theme::{fonts, scale, tokens};
use crate::ui::widgets::format;

/// Shows every point in the order of the axis; only the visible rows are laid out.
pub fn data_table_ui(ui: &mut Ui, title: &str, data: &Prepared, height: f32) {
    let s = scale();
    let t = tokens(ui);
    let has_smoothed = data.smoothed().is_some();
    let mut columns: Vec<(&str, f32)> = vec![("Step", 90.0), ("Value", 150.0)];
    if has_smoothed {
        columns.push(("Smoothed", 150.0));
    }
    columns.push(("Time (UTC)", 190.0));
    let row_ui = |ui: &mut Ui, cells: &[String], color| {
        ui.horizontal(|ui| {
            for (text, (_, width)) in cells.iter().zip(&columns) {
                let size = Vec2::new(*width, s.row_compact);
                ui.allocate_ui_with_layout(size, Layout::right_to_left(Align::Center), |ui| {
                    ui.set_min_size(size);
                    ui.add(Label::new(fonts::small(text).color(color)).truncate());
                });
            }
        });
    };
    ui.allocate_ui(Vec2::new(ui.available_width(), height), |ui| {
        ui.set_min_height(height);
        ui.spacing_mut().item_spacing.y = 0.0;
        let header: Vec<String> = columns.iter().map(|(name, _)| (*name).to_owned()).collect();
        row_ui(ui, &header, t.text_muted);
        ScrollArea::vertical().id_salt((title, "data")).auto_shrink(false).show_rows(
            ui,
            s.row_compact,
            data.len(),
            |ui, rows| {
                for index in rows {
                    let Some(sample) = data.logged(index) else { continue };
                    let mut cells = vec![format::integer(sample.step), format::full(sample.value)];
                    if has_smoothed {
                        cells.push(
                            data.smoothed_value(index).map(|value| format::significant(value, 8)).unwrap_or_default(),
                        );
                    }
                    cells.push(format::exact_time(sample.time_ms, &TimeZone::UTC));
                    row_ui(ui, &cells, t.text);
                }
            },
        );
    });
}
