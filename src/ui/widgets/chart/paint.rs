//! Lines, marks and selections as shapes.

use egui::{Color32, CornerRadius, Painter, Pos2, Rect, Shape, Stroke, StrokeKind};

use crate::stats::decimate::{Envelope, MarkKind};
use crate::ui::theme::{Dash, SeriesLook, Tokens, scale};

use super::ChartSeries;
use super::axes::Frame;
use super::memo::Lines;

/// How much of its colour the raw line keeps behind a smoothed one.
const FAINT: f32 = 0.28;
/// Single points are marked when there is this much room for each, in pixels.
const PIXELS_PER_MARKER: f32 = 14.0;

/// Draws a series: the raw line, faint when a smoothed one lies over it, and signs for values that have no place.
pub(super) fn series(painter: &Painter, frame: &Frame, series: &ChartSeries<'_>, lines: &Lines, is_one_of_many: bool) {
    let look = series.look;
    let dash = if is_one_of_many { look.dash } else { Dash::Solid };
    match &lines.smoothed {
        Some(smoothed) => {
            line(painter, frame, &lines.raw, Stroke::new(1.0, look.color.gamma_multiply(FAINT)), Dash::Solid);
            line(painter, frame, smoothed, Stroke::new(1.8, look.color), dash);
        }
        None => line(painter, frame, &lines.raw, Stroke::new(1.4, look.color), dash),
    }
    let n_shown = lines.raw.points.len().max(1);
    if lines.raw.exact && frame.plot.width() / n_shown as f32 >= PIXELS_PER_MARKER {
        let color = if lines.smoothed.is_some() { look.color.gamma_multiply(0.5) } else { look.color };
        for point in lines.raw.points.iter().filter(|point| point[1].is_finite()) {
            painter.circle_filled(Pos2::new(frame.px(point[0]), frame.py(point[1])), 2.2, color);
        }
    }
    marks(painter, frame, &lines.raw, look);
}

fn line(painter: &Painter, frame: &Frame, envelope: &Envelope, stroke: Stroke, dash: Dash) {
    for stretch in envelope.points.split(|point| !point[1].is_finite()) {
        let points: Vec<Pos2> = stretch.iter().map(|point| Pos2::new(frame.px(point[0]), frame.py(point[1]))).collect();
        match (points.as_slice(), dash) {
            ([], _) => {}
            // A point between two gaps is no line, but it is there.
            ([only], _) => {
                painter.circle_filled(*only, stroke.width.max(1.6), stroke.color);
            }
            (_, Dash::Solid) => {
                painter.add(Shape::line(points, stroke));
            }
            (points, Dash::Dashed) => {
                painter.extend(Shape::dashed_line(points, stroke, 6.0, 4.0));
            }
            (points, Dash::Dotted) => {
                painter.extend(Shape::dashed_line(points, stroke, 1.5, 3.0));
            }
        }
    }
}

/// Infinities point to the edge they lie beyond; NaN is a cross on the base line.
fn marks(painter: &Painter, frame: &Frame, envelope: &Envelope, look: SeriesLook) {
    let stroke = Stroke::new(1.2, look.color);
    let size = 3.0;
    for mark in &envelope.marks {
        let x = frame.px(mark.x);
        match mark.kind {
            MarkKind::PositiveInfinity => {
                let top = frame.plot.top() + 1.0;
                triangle(
                    painter,
                    [Pos2::new(x, top), Pos2::new(x - size, top + 5.0), Pos2::new(x + size, top + 5.0)],
                    look.color,
                );
            }
            MarkKind::NegativeInfinity => {
                let low = frame.plot.bottom() - 1.0;
                triangle(
                    painter,
                    [Pos2::new(x, low), Pos2::new(x - size, low - 5.0), Pos2::new(x + size, low - 5.0)],
                    look.color,
                );
            }
            MarkKind::NotANumber => {
                let center = Pos2::new(x, frame.plot.bottom() - size - 1.0);
                let reach = egui::vec2(size, size);
                let other = egui::vec2(size, -size);
                painter.line_segment([center - reach, center + reach], stroke);
                painter.line_segment([center - other, center + other], stroke);
            }
        }
    }
}

fn triangle(painter: &Painter, corners: [Pos2; 3], color: Color32) {
    painter.add(Shape::convex_polygon(corners.to_vec(), color, Stroke::NONE));
}

/// The rectangle that is being dragged.
pub(super) fn selection(painter: &Painter, selecting: Option<Rect>, t: &Tokens) {
    if let Some(rect) = selecting {
        let stroke = Stroke::new(scale().hairline, t.accent);
        painter.rect(rect, CornerRadius::ZERO, t.accent.gamma_multiply(0.12), stroke, StrokeKind::Inside);
    }
}

/// The ring that says that the chart has the keyboard.
pub(super) fn focus_ring(painter: &Painter, rect: Rect, t: &Tokens) {
    let s = scale();
    let stroke = Stroke::new(s.focus_ring, t.focus);
    painter.rect_stroke(rect, CornerRadius::same(s.radius_small as u8), stroke, StrokeKind::Outside);
}
