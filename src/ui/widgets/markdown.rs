//! Markdown that was read into blocks, drawn: headings, lists, tables, code. Links open in the browser on a click.

use egui::text::LayoutJob;
use egui::{Align, FontFamily, FontId, Frame, Label, Margin, RichText, Sense, Stroke, TextFormat, Ui};

use crate::app::run_page::markdown::{Block, Span};
use crate::ui::theme::{fonts, scale, tokens};

/// Draws the blocks one below the other in the width that is there.
pub fn markdown_ui(ui: &mut Ui, blocks: &[Block]) {
    let (t, s) = (tokens(ui), scale());
    ui.spacing_mut().item_spacing.y = s.space_sm;
    for (index, block) in blocks.iter().enumerate() {
        match block {
            Block::Heading { level, spans } => {
                if index > 0 {
                    ui.add_space(s.space_xs);
                }
                let size = match level {
                    1 => s.type_title,
                    2 => s.type_section,
                    _ => s.type_body,
                };
                let text: String = spans.iter().map(|span| span.text.as_str()).collect();
                let font = FontId::new(size, fonts::semibold());
                let label = ui.add(Label::new(RichText::new(&text).font(font)).wrap());
                label.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Heading, true, &text));
            }
            Block::Paragraph { indent, spans } => indented_ui(ui, *indent, |ui| spans_ui(ui, spans)),
            Block::Item { indent, marker, spans } => indented_ui(ui, *indent, |ui| {
                ui.horizontal_top(|ui| {
                    ui.spacing_mut().item_spacing.x = s.space_sm;
                    ui.label(fonts::body(marker).color(t.text_muted));
                    ui.vertical(|ui| spans_ui(ui, spans));
                });
            }),
            Block::Quote { spans } => {
                let margin = Margin { left: s.space_md as i8, ..Margin::ZERO };
                let shown = Frame::new().inner_margin(margin).show(ui, |ui| spans_ui(ui, spans));
                let rect = shown.response.rect;
                ui.painter().vline(rect.left() + 2.0, rect.y_range(), Stroke::new(s.focus_ring, t.border));
            }
            Block::Code { text, .. } => {
                let frame = Frame::new().fill(t.sunken).corner_radius(s.radius_small);
                frame.inner_margin(Margin::same(s.space_sm as i8)).show(ui, |ui| {
                    ui.set_min_width(ui.available_width());
                    ui.add(Label::new(fonts::mono(text)).wrap());
                });
            }
            Block::Table { rows, right_aligned } => {
                ui.push_id(index, |ui| table_ui(ui, rows, right_aligned));
            }
            Block::Rule => super::hairline_ui(ui),
        }
    }
}

fn indented_ui(ui: &mut Ui, indent: usize, contents_ui: impl FnOnce(&mut Ui)) {
    let left = (indent.min(6) as f32 * scale().space_lg) as i8;
    Frame::new().inner_margin(Margin { left, ..Margin::ZERO }).show(ui, contents_ui);
}

fn spans_ui(ui: &mut Ui, spans: &[Span]) {
    let link = spans.iter().find_map(|span| span.link.as_deref());
    let mut label = Label::new(layout(ui, spans, false)).wrap();
    if link.is_some() {
        label = label.sense(Sense::click());
    }
    let response = ui.add(label);
    if let Some(link) = link.filter(|link| link.starts_with("http://") || link.starts_with("https://")) {
        let response = response.on_hover_cursor(egui::CursorIcon::PointingHand);
        if response.clicked() {
            ui.ctx().open_url(egui::OpenUrl::new_tab(link));
        }
        response.on_hover_text(link);
    }
}

fn layout(ui: &Ui, spans: &[Span], is_strong: bool) -> LayoutJob {
    let (t, s) = (tokens(ui), scale());
    let mut job = LayoutJob::default();
    for span in spans {
        let family = match (span.is_code, span.is_bold || is_strong) {
            (true, _) => FontFamily::Monospace,
            (false, true) => fonts::semibold(),
            (false, false) => FontFamily::Proportional,
        };
        let color = if span.link.is_some() { t.text_link } else { t.text };
        let size = if span.is_code { s.type_mono } else { s.type_body };
        let mut format = TextFormat::simple(FontId::new(size, family), color);
        format.italics = span.is_italic;
        format.valign = Align::Center;
        if span.is_code {
            format.background = t.sunken;
        }
        if span.is_struck {
            format.strikethrough = Stroke::new(s.hairline, color);
        }
        job.append(&span.text, 0.0, format);
    }
    job
}

fn table_ui(ui: &mut Ui, rows: &[Vec<Vec<Span>>], right_aligned: &[bool]) {
    egui::Grid::new("markdown table").striped(false).spacing(egui::vec2(scale().space_lg, scale().space_xs)).show(
        ui,
        |ui| {
            for (row, cells) in rows.iter().enumerate() {
                for (column, spans) in cells.iter().enumerate() {
                    let is_right = right_aligned.get(column).copied().unwrap_or_default();
                    let align = if is_right { Align::Max } else { Align::Min };
                    ui.with_layout(egui::Layout::top_down(align), |ui| {
                        ui.add(Label::new(layout(ui, spans, row == 0)).extend());
                    });
                }
                ui.end_row();
            }
        },
    );
}
