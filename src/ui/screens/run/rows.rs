//! Rows of cells inside a longer page: only the visible ones are laid out, whatever their number.

use egui::text::{LayoutJob, TextWrapping};
use egui::{
    Align, Color32, FontFamily, FontId, Label, Layout, Rect, Response, RichText, Sense, Stroke, Ui, UiBuilder, vec2,
};

use crate::ui::theme::{fonts, scale, tokens};

/// The columns of a small table; widths in points, one of them takes what is left.
#[derive(Clone, Copy)]
pub(super) struct Column {
    pub(super) title: &'static str,
    /// `None`: what is left, shared evenly.
    pub(super) width: Option<f32>,
    pub(super) is_number: bool,
}

impl Column {
    pub(super) const fn rest(title: &'static str) -> Self {
        Self { title, width: None, is_number: false }
    }

    pub(super) const fn text(title: &'static str, width: f32) -> Self {
        Self { title, width: Some(width), is_number: false }
    }

    pub(super) const fn number(title: &'static str, width: f32) -> Self {
        Self { title, width: Some(width), is_number: true }
    }
}

fn widths(columns: &[Column], available: f32) -> Vec<f32> {
    let fixed: f32 = columns.iter().filter_map(|column| column.width).sum();
    let n_rest = columns.iter().filter(|column| column.width.is_none()).count().max(1);
    let rest = ((available - fixed) / n_rest as f32).max(80.0);
    columns.iter().map(|column| column.width.unwrap_or(rest)).collect()
}

/// Draws a header and `n_rows` rows; `cell_ui` gets the row, the column and a place of the right size.
pub(super) fn rows_ui(ui: &mut Ui, columns: &[Column], n_rows: usize, mut cell_ui: impl FnMut(&mut Ui, usize, usize)) {
    let (t, s) = (tokens(ui), scale());
    let widths = widths(columns, ui.available_width());
    ui.spacing_mut().item_spacing.y = 0.0;
    let (header, _) = ui.allocate_exact_size(vec2(ui.available_width(), s.row_normal), Sense::hover());
    cells(ui, header, columns, &widths, |ui, column| {
        let title = columns.get(column).map_or("", |column| column.title);
        ui.add(Label::new(fonts::small_strong(title).color(t.text_muted)).truncate());
    });
    ui.painter().hline(header.x_range(), header.bottom(), Stroke::new(s.hairline, t.border));

    let (above, shown, below) = visible(ui, n_rows, s.row_normal);
    ui.add_space(above);
    for row in shown {
        let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), s.row_normal), Sense::hover());
        if response.contains_pointer() {
            ui.painter().rect_filled(rect, 0.0, t.hover);
        }
        cells(ui, rect, columns, &widths, |ui, column| cell_ui(ui, row, column));
        ui.painter().hline(rect.x_range(), rect.bottom(), Stroke::new(s.hairline, t.hairline));
    }
    ui.add_space(below);
}

/// The space above, the rows on screen, the space below.
fn visible(ui: &Ui, n_rows: usize, height: f32) -> (f32, std::ops::Range<usize>, f32) {
    let top = ui.cursor().top();
    let clip = ui.clip_rect();
    let first = (((clip.top() - top) / height).floor().max(0.0) as usize).min(n_rows);
    let last = (((clip.bottom() - top) / height).ceil().max(0.0) as usize).clamp(first, n_rows);
    (first as f32 * height, first..last, (n_rows - last) as f32 * height)
}

fn cells(ui: &mut Ui, row: Rect, columns: &[Column], widths: &[f32], mut cell_ui: impl FnMut(&mut Ui, usize)) {
    let s = scale();
    let mut left = row.left();
    for (index, (column, width)) in columns.iter().zip(widths).enumerate() {
        let rect = Rect::from_min_size(egui::pos2(left, row.top()), vec2(*width, row.height()));
        left += width;
        let inner = rect.shrink2(vec2(s.space_xs, 0.0));
        let layout =
            if column.is_number { Layout::right_to_left(Align::Center) } else { Layout::left_to_right(Align::Center) };
        // A child of its own, since a scope would move the cursor up to the end of its text.
        let mut cell = ui.new_child(UiBuilder::new().max_rect(inner).layout(layout).id_salt(index));
        cell.shrink_clip_rect(rect);
        cell_ui(&mut cell, index);
    }
}

/// Paints a text that ends in `…` where the rectangle ends. It is no widget: what it stands on carries the name.
pub(super) fn paint_elided(ui: &Ui, rect: Rect, text: &str, color: Color32) {
    let font = FontId::new(scale().type_body, FontFamily::Proportional);
    let mut job = LayoutJob::simple_singleline(text.to_owned(), font, color);
    job.wrap = TextWrapping::truncate_at_width(rect.width().max(0.0));
    let galley = ui.painter().layout_job(job);
    let at = egui::pos2(rect.left(), rect.center().y - galley.size().y / 2.0);
    ui.painter().galley(at, galley, color);
}

/// A text that ends in `…` where it does not fit: whole on hover, copied by a click.
pub(super) fn copy_on_click_ui(ui: &mut Ui, text: &str, style: RichText) -> Response {
    let response = ui.add(Label::new(style).truncate().sense(Sense::click()));
    if response.clicked() {
        ui.ctx().copy_text(text.to_owned());
    }
    response.on_hover_ui(|ui| {
        ui.set_max_width(480.0);
        ui.label(text);
        ui.label(fonts::small("Click to copy"));
    })
}
