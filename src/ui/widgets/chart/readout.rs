//! What a chart says in words: the values under the crosshair, how true the picture is, and a summary for those who
//! cannot see it.

use egui::{Align2, CornerRadius, Painter, Pos2, Rect, Stroke, StrokeKind, Ui, Vec2};
use jiff::tz::TimeZone;

use crate::stats::series::{Sample, XAxis};
use crate::ui::theme::{scale, tokens};
use crate::ui::widgets::format;

use super::ChartSeries;
use super::axes::{Frame, label_font};
use super::memo::ChartMemo;

/// The room that the line under the plot takes.
pub(super) fn note_height(ui: &Ui) -> f32 {
    ui.fonts_mut(|fonts| fonts.row_height(&label_font())) + scale().space_xs
}

/// What is said about the drawing: `exact`, or which points stand behind it.
fn truth(series: &[ChartSeries<'_>], memo: &ChartMemo) -> String {
    let lines = || (0..series.len()).filter_map(|index| memo.lines(index));
    let held: u64 = series.iter().map(|series| series.data.len() as u64).sum();
    let total: u64 = series.iter().map(|series| series.total).sum();
    if series.iter().any(|series| series.is_reduced) {
        return format!("all {} points, min–max per pixel", format::count(total as usize));
    }
    let shown: usize = lines().map(|lines| lines.raw.total).sum();
    let points = format::counted(shown, "point", "points");
    match (lines().all(|lines| lines.raw.exact), shown as u64 == held) {
        (true, _) => format!("exact, {points}"),
        (false, true) => format!("all {points}, min–max per pixel"),
        (false, false) => format!("all {points} in view, min–max per pixel"),
    }
}

/// What could not be drawn, if anything.
fn left_out(series: &[ChartSeries<'_>], memo: &ChartMemo) -> Vec<String> {
    let hidden: usize = series.iter().map(|series| series.data.hidden_x() + series.data.hidden_y()).sum();
    let lines = || (0..series.len()).filter_map(|index| memo.lines(index));
    let hidden_y: usize = series.iter().map(|series| series.data.hidden_y()).sum();
    // On a logarithmic axis values that are not above zero are gaps too; they are named by their own count.
    let nan = lines().map(|lines| lines.raw.nan_count).sum::<usize>().saturating_sub(hidden_y);
    let infinite = lines().map(|lines| lines.raw.pos_inf_count + lines.raw.neg_inf_count).sum::<usize>();
    let mut notes = Vec::new();
    if hidden > 0 {
        notes.push(format!("{} ≤ 0 not shown", format::counted(hidden, "value", "values")));
    }
    if nan > 0 {
        notes.push(format!("{} NaN", format::count(nan)));
    }
    if infinite > 0 {
        notes.push(format!("{} infinite", format::count(infinite)));
    }
    notes
}

/// The line under the plot: left what is missing, right how true the picture is.
pub(super) fn notes(
    ui: &Ui,
    painter: &Painter,
    rect: Rect,
    frame: &Frame,
    series: &[ChartSeries<'_>],
    memo: &ChartMemo,
    is_refreshing: bool,
) {
    let t = tokens(ui);
    let missing = left_out(series, memo).join(" · ");
    let mut truth = truth(series, memo);
    if is_refreshing {
        truth.push_str(", updating");
    }
    let right = Pos2::new(frame.plot.right(), rect.bottom());
    let badge = painter.text(right, Align2::RIGHT_BOTTOM, truth, label_font(), t.text_muted);
    let left = Pos2::new(frame.plot.left(), rect.bottom());
    if !missing.is_empty() {
        let room = (badge.left() - left.x - scale().space_sm).max(0.0);
        let galley = painter.layout_no_wrap(missing, label_font(), t.warn);
        let clip =
            Rect::from_min_size(left - Vec2::new(0.0, galley.rect.height()), Vec2::new(room, galley.rect.height()));
        painter.with_clip_rect(clip).galley(clip.min, galley, t.warn);
    }
}

/// The words for one point: `0.4312`, with the raw value where the line is smoothed.
fn value_text(series: &ChartSeries<'_>, index: usize, sample: Sample) -> String {
    let raw = format::significant(sample.value, 6);
    match series.data.smoothed_value(index).filter(|value| value.is_finite()) {
        Some(smoothed) => format!("{} (raw {raw})", format::significant(smoothed, 6)),
        None => raw,
    }
}

/// Where the crosshair stands, in words of the axis.
fn place_text(sample: Sample, frame: &Frame) -> String {
    let time = || format::exact_time(sample.time_ms, &TimeZone::UTC);
    match frame.spec.x_axis {
        XAxis::Step => format!("step {}", format::integer(sample.step)),
        XAxis::Relative | XAxis::Wall => format!("{} · step {}", time(), format::integer(sample.step)),
    }
}

/// The line at the crosshair, a dot on each series and, in the chart that the pointer is in, the values.
pub(super) fn crosshair(ui: &Ui, painter: &Painter, frame: &Frame, series: &[ChartSeries<'_>], x: f64, is_here: bool) {
    let t = tokens(ui);
    let hits: Vec<_> = series
        .iter()
        .filter_map(|series| {
            let index = series.data.nearest(x)?;
            let point = series.data.raw().get(index).copied()?;
            Some((series, index, point, series.data.logged(index)?))
        })
        .collect();
    let Some(nearest) = hits.iter().min_by(|a, b| (a.2[0] - x).abs().total_cmp(&(b.2[0] - x).abs())) else { return };
    let column = frame.px(nearest.2[0]);
    if column < frame.plot.left() - 1.0 || column > frame.plot.right() + 1.0 {
        return;
    }
    painter.vline(column.round(), frame.plot.y_range(), Stroke::new(1.0, t.chart_crosshair.gamma_multiply(0.6)));
    for (series, _, point, _) in &hits {
        if point[1].is_finite() {
            let at = Pos2::new(frame.px(point[0]), frame.py(point[1]));
            if frame.plot.expand(2.0).contains(at) {
                painter.circle(at, 3.2, series.look.color, Stroke::new(1.5, t.card));
            }
        }
    }
    let mut rows = vec![(None, place_text(nearest.3, frame))];
    if is_here && frame.spec.x_axis == XAxis::Step {
        rows.push((None, format::exact_time(nearest.3.time_ms, &TimeZone::UTC)));
    }
    for (series, index, _, sample) in hits.iter().take(12) {
        let value = value_text(series, *index, *sample);
        let text = if hits.len() > 1 { format!("{}  {value}", series.name) } else { value };
        rows.push((Some(series.look.color), text));
    }
    if hits.len() > 12 {
        rows.push((None, format!("and {} more", hits.len() - 12)));
    }
    readout_box(ui, painter, frame, column, &rows);
}

fn readout_box(ui: &Ui, painter: &Painter, frame: &Frame, column: f32, rows: &[(Option<egui::Color32>, String)]) {
    let t = tokens(ui);
    let s = scale();
    let galleys: Vec<_> = rows
        .iter()
        .map(|(color, text)| {
            let ink = if color.is_some() { t.text } else { t.text_muted };
            (*color, painter.layout_no_wrap(text.clone(), label_font(), ink))
        })
        .collect();
    let swatch = s.space_md;
    let width = galleys
        .iter()
        .map(|(color, galley)| galley.rect.width() + if color.is_some() { swatch } else { 0.0 })
        .fold(0.0, f32::max);
    let height: f32 = galleys.iter().map(|(_, galley)| galley.rect.height()).sum();
    let size = Vec2::new(width + 2.0 * s.space_sm, height + s.space_sm);
    let fits_right = column + s.space_sm + size.x <= frame.plot.right();
    let left = if fits_right { column + s.space_sm } else { column - s.space_sm - size.x };
    let rect = Rect::from_min_size(Pos2::new(left.max(frame.plot.left()), frame.plot.top() + s.space_xs), size);
    let radius = CornerRadius::same(s.radius_small as u8);
    painter.rect(rect, radius, t.popup, Stroke::new(s.hairline, t.border), StrokeKind::Inside);
    let mut at = rect.min + Vec2::new(s.space_sm, s.space_xs);
    for (color, galley) in galleys {
        let row = galley.rect.height();
        let mut x = at.x;
        if let Some(color) = color {
            painter.circle_filled(Pos2::new(x + 3.0, at.y + row / 2.0), 3.0, color);
            x += swatch;
        }
        painter.galley(Pos2::new(x, at.y), galley, t.text);
        at.y += row;
    }
}

/// The chart in words.
pub(super) fn summary(series: &[ChartSeries<'_>], memo: &ChartMemo, crosshair: Option<f64>, frame: &Frame) -> String {
    if series.iter().all(|series| series.data.is_empty()) {
        return "no points".to_owned();
    }
    let mut parts = Vec::new();
    for series in series.iter().take(20) {
        if let Some(last) = series.data.samples().last() {
            let value = format::significant(last.value, 6);
            parts.push(format!("{}: last value {value} at step {}", series.name, format::integer(last.step)));
        }
    }
    if series.len() > 20 {
        parts.push(format!("and {} more series", series.len() - 20));
    }
    parts.push(truth(series, memo));
    parts.extend(left_out(series, memo));
    if let Some(x) = crosshair {
        for series in series.iter().take(20) {
            if let Some((index, sample)) =
                series.data.nearest(x).and_then(|index| Some((index, series.data.logged(index)?)))
            {
                let value = value_text(series, index, sample);
                parts.push(format!("at {}: {} {value}", place_text(sample, frame), series.name));
            }
        }
    }
    parts.join("; ")
}
