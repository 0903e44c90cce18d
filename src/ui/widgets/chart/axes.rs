//! Where the plot lies, how numbers become pixels, and the grid with its labels.

use egui::{Align2, Color32, FontFamily, FontId, Painter, Pos2, Rect, Stroke, Ui};

use crate::stats::axis::{Tick, ticks};
use crate::stats::series::{SeriesSpec, XAxis, Zoom};
use crate::ui::theme::{scale, tokens};

use super::{x_kind, y_kind};

/// A pixel further away than this is not told apart from one at infinity; beyond it single precision fails.
const FAR: f32 = 1e5;

/// The ranges of both axes, never empty.
#[derive(Clone, Copy)]
pub(super) struct Ranges {
    x: (f64, f64),
    y: (f64, f64),
}

impl Ranges {
    pub(super) fn new(x: Option<(f64, f64)>, y: Option<(f64, f64)>, zoom: Zoom) -> Self {
        let x = widen(x.unwrap_or((0.0, 1.0)), 0.5);
        let (lo, hi) = widen(y.unwrap_or((0.0, 1.0)), 0.0);
        // Room so that the line does not stick to the frame; a chosen range is taken as it is.
        let margin = if zoom.y.is_some() { 0.0 } else { (hi - lo) * 0.05 };
        Self { x, y: (lo - margin, hi + margin) }
    }
}

/// Gives a range of one value some width around it.
fn widen((lo, hi): (f64, f64), least: f64) -> (f64, f64) {
    if hi > lo {
        return (lo, hi);
    }
    let half = if least > 0.0 { least } else { (lo.abs() * 0.05).max(1e-12) };
    if lo == 0.0 && least == 0.0 { (-1.0, 1.0) } else { (lo - half, lo + half) }
}

/// The laid out plot of one frame.
pub(super) struct Frame {
    pub(super) plot: Rect,
    pub(super) x: (f64, f64),
    pub(super) y: (f64, f64),
    pub(super) spec: SeriesSpec,
    x_ticks: Vec<Tick>,
    y_ticks: Vec<Tick>,
}

impl Frame {
    /// Makes room for the labels around the plot.
    pub(super) fn layout(ui: &Ui, rect: Rect, spec: SeriesSpec, ranges: Ranges) -> Self {
        let s = scale();
        let font = label_font();
        let line = ui.fonts_mut(|fonts| fonts.row_height(&font));
        let y_ticks = ticks(y_kind(spec), ranges.y.0, ranges.y.1, (rect.height() / 22.0) as usize);
        let width = |text: &str| {
            ui.fonts_mut(|fonts| fonts.layout_no_wrap(text.to_owned(), font.clone(), Color32::PLACEHOLDER).rect.width())
        };
        let widest = y_ticks.iter().map(|tick| width(&tick.label)).fold(0.0, f32::max);
        let left = rect.left() + widest + s.space_sm;
        let plot = Rect::from_min_max(
            Pos2::new(left.min(rect.right() - 20.0), rect.top() + line / 2.0),
            Pos2::new(rect.right() - s.space_md, rect.bottom() - line - s.space_xs),
        );
        let max_ticks = (plot.width() / if spec.x_axis == XAxis::Step { 72.0 } else { 96.0 }) as usize;
        let x_ticks = ticks(x_kind(spec), ranges.x.0, ranges.x.1, max_ticks);
        Self { plot, x: ranges.x, y: ranges.y, spec, x_ticks, y_ticks }
    }

    /// The pixel column of an x.
    pub(super) fn px(&self, x: f64) -> f32 {
        let share = ((x - self.x.0) / (self.x.1 - self.x.0)) as f32;
        (self.plot.left() + share * self.plot.width()).clamp(-FAR, FAR)
    }

    /// The pixel row of a y.
    pub(super) fn py(&self, y: f64) -> f32 {
        let share = ((y - self.y.0) / (self.y.1 - self.y.0)) as f32;
        (self.plot.bottom() - share * self.plot.height()).clamp(-FAR, FAR)
    }

    /// The x at a pixel column.
    pub(super) fn x_at(&self, px: f32) -> f64 {
        self.x.0 + f64::from((px - self.plot.left()) / self.plot.width()) * (self.x.1 - self.x.0)
    }

    /// The y at a pixel row.
    pub(super) fn y_at(&self, py: f32) -> f64 {
        self.y.0 + f64::from((self.plot.bottom() - py) / self.plot.height()) * (self.y.1 - self.y.0)
    }

    /// The grid, the base line and the labels.
    pub(super) fn paint(&self, ui: &Ui, painter: &Painter) {
        let t = tokens(ui);
        let s = scale();
        let grid = Stroke::new(s.hairline, t.chart_grid);
        for tick in &self.y_ticks {
            let y = self.py(tick.at).round();
            painter.hline(self.plot.x_range(), y, grid);
            let at = Pos2::new(self.plot.left() - s.space_xs, y);
            painter.text(at, Align2::RIGHT_CENTER, &tick.label, label_font(), t.text_muted);
        }
        let base = self.plot.bottom().round();
        painter.hline(self.plot.x_range(), base, Stroke::new(s.hairline, t.chart_axis));
        let mut free_from = f32::NEG_INFINITY;
        for tick in &self.x_ticks {
            let x = self.px(tick.at).round();
            painter.vline(x, self.plot.top()..=base, grid);
            let galley = painter.layout_no_wrap(tick.label.clone(), label_font(), t.text_muted);
            let right_end = self.plot.right() + s.space_md - galley.rect.width();
            let left = (x - galley.rect.width() / 2.0).min(right_end);
            // A label that would run into its neighbour is left out; its grid line stays.
            if left >= free_from {
                free_from = left + galley.rect.width() + s.space_sm;
                painter.galley(Pos2::new(left, base + s.space_xs / 2.0), galley, t.text_muted);
            }
        }
    }
}

/// The font of axis labels and notes.
pub(super) fn label_font() -> FontId {
    FontId::new(scale().type_small - 1.0, FontFamily::Proportional)
}
