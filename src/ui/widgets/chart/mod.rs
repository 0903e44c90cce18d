//! The line chart: every extreme shown, exact on zoom, readable without a pointer.
//!
//! It paints by itself instead of using a plotting crate, because those walk every point in every frame, have no
//! logarithmic axes and say nothing to a screen reader. Series come prepared (`stats::series`); what a frame costs is
//! bounded by the width in pixels: envelopes are memoised by (data revision, range, width) in [`ChartMemo`].
//!
//! Keys while focused: left and right step from point to point, `+` and `−` zoom, `0` or Home shows all, Esc ends.

mod axes;
mod data_table;
mod interaction;
mod memo;
mod paint;
mod readout;
mod sparkline;

use egui::{Rect, Response, Role, Sense, Ui, Vec2, WidgetInfo};

use crate::domain::MetricPoint;
use crate::stats::axis::AxisKind;
use crate::stats::series::{Prepared, Sample, SeriesSpec, XAxis, Zoom};
use crate::ui::theme::{SeriesLook, scale, tokens};

pub use data_table::data_table_ui;
pub use memo::ChartMemo;
pub use sparkline::sparkline_ui;

/// One line of a chart.
pub struct ChartSeries<'a> {
    pub name: &'a str,
    pub look: SeriesLook,
    pub data: &'a Prepared,
    /// Changes whenever `data` does, and is never the same for two different contents.
    pub revision: u64,
    /// How many points were logged; more than `data` holds when that is a reduced form.
    pub total: u64,
    /// Whether `data` is already reduced to extremes, so that more detail exists than is here.
    pub is_reduced: bool,
}

/// What happened in a chart this frame.
pub struct ChartOutput {
    pub response: Response,
    /// The zoom that the person asked for.
    pub zoom: Option<Zoom>,
    /// Where the crosshair stands, in plot coordinates, when this chart has it.
    pub crosshair: Option<f64>,
    /// The range of x that is shown and how many pixels it takes.
    pub shown_x: Option<(f64, f64)>,
    pub width_px: usize,
}

/// A chart to be drawn; borrowed for one frame.
pub struct Chart<'a> {
    title: &'a str,
    series: &'a [ChartSeries<'a>],
    zoom: Zoom,
    height: f32,
    /// A crosshair that another chart with the same x axis asks for.
    shared_crosshair: Option<f64>,
    is_refreshing: bool,
}

impl<'a> Chart<'a> {
    /// A chart of series that share one [`SeriesSpec`].
    pub fn new(title: &'a str, series: &'a [ChartSeries<'a>]) -> Self {
        Self { title, series, zoom: Zoom::default(), height: 200.0, shared_crosshair: None, is_refreshing: false }
    }

    #[must_use]
    pub fn zoom(mut self, zoom: Zoom) -> Self {
        self.zoom = zoom;
        self
    }

    #[must_use]
    pub fn height(mut self, height: f32) -> Self {
        self.height = height;
        self
    }

    #[must_use]
    pub fn shared_crosshair(mut self, x: Option<f64>) -> Self {
        self.shared_crosshair = x;
        self
    }

    /// Says that newer or finer data is on its way.
    #[must_use]
    pub fn refreshing(mut self, is_refreshing: bool) -> Self {
        self.is_refreshing = is_refreshing;
        self
    }

    /// Draws the chart over the available width.
    pub fn ui(self, ui: &mut Ui, memo: &mut ChartMemo) -> ChartOutput {
        let size = Vec2::new(ui.available_width().max(80.0), self.height);
        let (rect, response) = ui.allocate_exact_size(size, Sense::click_and_drag());
        let spec = self.spec();
        let ends = Rect::from_min_max(rect.min, rect.max - Vec2::new(0.0, readout::note_height(ui)));
        let frame = axes::Frame::layout(ui, ends, spec, self.ranges(memo));
        let plot = frame.plot;
        let width_px = (plot.width() * ui.pixels_per_point()).round().max(1.0) as usize;
        memo.update(self.series, frame.x, width_px);

        let acted = interaction::read(ui, &response, &frame, self.zoom, self.series, memo);
        let crosshair = acted.crosshair.or(self.shared_crosshair);
        if ui.is_rect_visible(rect) {
            let t = tokens(ui);
            let painter = ui.painter_at(rect.expand(scale().focus_ring));
            frame.paint(ui, &painter);
            let inside = painter.with_clip_rect(plot.expand(1.0));
            for (index, series) in self.series.iter().enumerate() {
                if let Some(lines) = memo.lines(index) {
                    paint::series(&inside, &frame, series, lines, self.series.len() > 1);
                }
            }
            paint::selection(&inside, acted.selecting, t);
            if let Some(x) = crosshair {
                readout::crosshair(ui, &painter, &frame, self.series, x, acted.crosshair.is_some());
            }
            readout::notes(ui, &painter, rect, &frame, self.series, memo, self.is_refreshing);
            if response.has_focus() {
                paint::focus_ring(&painter, rect, t);
            }
        }
        let summary = readout::summary(self.series, memo, crosshair, &frame);
        response.widget_info(|| WidgetInfo::labeled(Role::GraphicsDocument, true, format!("Chart of {}", self.title)));
        ui.ctx().accesskit_node_builder(response.id, |node| {
            node.set_value(summary);
            node.set_role_description("chart");
        });
        ChartOutput { response, zoom: acted.zoom, crosshair: acted.crosshair, shown_x: Some(frame.x), width_px }
    }

    fn spec(&self) -> SeriesSpec {
        self.series.first().map(|series| series.data.spec()).unwrap_or_default()
    }

    /// The ranges to show: the zoom where there is one, else all data; y fits what x shows.
    fn ranges(&self, memo: &mut ChartMemo) -> axes::Ranges {
        let x = self.zoom.x.or_else(|| {
            let bounds = self.series.iter().filter_map(|series| series.data.x_bounds());
            bounds.reduce(|(lo, hi), (a, b)| (lo.min(a), hi.max(b)))
        });
        let y = self.zoom.y.or_else(|| memo.y_bounds(self.series, self.zoom.x));
        axes::Ranges::new(x, y, self.zoom)
    }
}

/// The samples of logged points, for [`Prepared::new`].
pub fn samples(points: &[MetricPoint]) -> impl Iterator<Item = Sample> + '_ {
    points.iter().map(|point| Sample { step: point.step, time_ms: point.timestamp, value: point.value })
}

/// The unit of the x axis.
fn x_kind(spec: SeriesSpec) -> AxisKind {
    match (spec.x_axis, spec.log_x) {
        (XAxis::Step, false) => AxisKind::Integer,
        (XAxis::Step, true) => AxisKind::Log10,
        (XAxis::Relative, false) => AxisKind::Duration,
        (XAxis::Relative, true) => AxisKind::LogDuration,
        (XAxis::Wall, _) => AxisKind::Time,
    }
}

/// The unit of the y axis.
fn y_kind(spec: SeriesSpec) -> AxisKind {
    if spec.log_y { AxisKind::Log10 } else { AxisKind::Linear }
}
