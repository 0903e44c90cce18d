//! The data behind the charts: fetched for the charts on screen, prepared off the UI thread.
//!
//! A short series is fetched whole. A long one comes reduced to its extremes, with the zoomed part in finer detail, and
//! is fetched whole only where every point is needed (smoothing, axes of time, a logarithmic x). While anything is
//! fetched, the previous shape stays.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use crate::backend::Tracking;
use crate::domain::{MetricPoint, MetricSummary, RunId};
use crate::stats::series::{Prepared, Sample, SeriesSpec, XAxis, Zoom};

use super::super::{Context, Event, Loadable, TaskKey, Titled as _, UserError};
use super::{RunPageEvent, RunPageTask};

/// Extremes asked for at a time: more than twice as many buckets as a chart has pixels.
const BUCKETS: usize = 4096;
/// Charts that were on screen lately keep their data.
const KEEP_CHARTS: usize = 48;

/// Metric keys of the machine rather than of the model start with this.
pub const SYSTEM_PREFIX: &str = "system/";

/// Whether a metric tells about the machine.
pub fn is_system_metric(key: &str) -> bool {
    key.starts_with(SYSTEM_PREFIX)
}

/// All charts of the run.
#[derive(Debug, Clone, Default)]
pub struct ChartsState {
    /// The charts on screen.
    shown: Vec<Arc<str>>,
    charts: HashMap<Arc<str>, MetricChart>,
    /// Charts that show their points as a table.
    pub tables: BTreeSet<Arc<str>>,
    next_revision: u64,
}

impl ChartsState {
    /// What is known of a metric's chart.
    pub fn get(&self, key: &str) -> Option<&MetricChart> {
        self.charts.get(key)
    }

    /// The charts that were last said to be on screen.
    pub fn shown(&self) -> &[Arc<str>] {
        &self.shown
    }
}

/// One chart.
#[derive(Debug, Clone, Default)]
pub struct MetricChart {
    pub series: Loadable<Arc<LoadedSeries>>,
    pub zoom: Zoom,
    /// What was last asked for; asked again only when it differs.
    asked: Option<Ask>,
}

/// What decides the content of a chart.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Ask {
    spec: SeriesSpec,
    /// The steps that a zoom shows, when the axis counts steps.
    steps: Option<(i64, i64)>,
    /// The points logged.
    count: u64,
}

/// A series ready to be drawn.
#[derive(Debug, Clone)]
pub struct LoadedSeries {
    pub prepared: Prepared,
    /// Never the same for two different contents.
    pub revision: u64,
    /// The points logged, of which `points` may be a reduced form.
    pub total: u64,
    /// In (step, time) order.
    points: Arc<[MetricPoint]>,
    fineness: Fineness,
}

/// How much of a series is here.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Fineness {
    Complete,
    /// The extremes of the whole, and a stretch of steps in more detail.
    Reduced(Option<Detail>),
}

#[derive(Debug, Clone, Copy, PartialEq)]
struct Detail {
    steps: (i64, i64),
    /// Points logged within `steps`.
    total: u64,
    /// Whether each of them is here.
    is_exact: bool,
}

impl Detail {
    /// Whether the stretch shows a range at least as finely as a screen can.
    fn serves(&self, (lo, hi): (i64, i64)) -> bool {
        let contains = lo >= self.steps.0 && hi <= self.steps.1;
        let width = |(lo, hi): (i64, i64)| hi.saturating_sub(lo);
        contains && (self.is_exact || width(self.steps) <= width((lo, hi)).saturating_mul(3))
    }
}

impl LoadedSeries {
    /// Prepares points that are all there are.
    pub fn complete(points: Arc<[MetricPoint]>, spec: SeriesSpec, revision: u64) -> Self {
        let total = points.len() as u64;
        Self { prepared: prepare(&points, spec), revision, total, points, fineness: Fineness::Complete }
    }

    /// The points that stand behind what a zoom shows, and whether only their extremes are here.
    pub fn truth(&self, zoom: Zoom) -> (u64, bool) {
        let steps = zoomed_steps(zoom, self.prepared.spec());
        match (self.fineness, steps) {
            (Fineness::Complete, _) => (self.total, false),
            (Fineness::Reduced(Some(detail)), Some(steps)) if detail.serves(steps) => (detail.total, !detail.is_exact),
            (Fineness::Reduced(_), _) => (self.total, true),
        }
    }
}

fn prepare(points: &[MetricPoint], spec: SeriesSpec) -> Prepared {
    let origin = points.iter().map(|point| point.timestamp).min().unwrap_or(0);
    let samples = points.iter().map(|point| Sample { step: point.step, time_ms: point.timestamp, value: point.value });
    Prepared::new(samples, origin, spec)
}

/// Says which charts are on screen.
pub(super) fn show(cx: &mut Context<'_>, keys: Vec<Arc<str>>) {
    let charts = &mut cx.state.run_page.charts;
    if charts.charts.len() > KEEP_CHARTS {
        // A zoom is small and stays; the points go.
        for (key, chart) in &mut charts.charts {
            if !keys.contains(key) && !charts.shown.contains(key) {
                chart.series.clear();
                chart.asked = None;
            }
        }
    }
    charts.shown = keys;
    refresh(cx);
}

/// Zooms one chart, or all in x when they are linked.
pub(super) fn zoom(cx: &mut Context<'_>, key: &Arc<str>, zoom: Zoom) {
    let page = &mut cx.state.run_page;
    page.charts.charts.entry(Arc::clone(key)).or_default().zoom = zoom;
    if page.view.link_zoom {
        for chart in page.charts.charts.values_mut() {
            chart.zoom.x = zoom.x;
        }
    }
    refresh(cx);
}

/// Makes sure that what failed is tried again.
pub(super) fn forget_failures(cx: &mut Context<'_>) {
    for chart in cx.state.run_page.charts.charts.values_mut().filter(|chart| chart.series.error().is_some()) {
        chart.asked = None;
    }
}

/// Zooms are in the coordinates of the axes, so they end when an axis changes.
pub(super) fn axes_changed(cx: &mut Context<'_>) {
    for chart in cx.state.run_page.charts.charts.values_mut() {
        chart.zoom = Zoom::default();
    }
    refresh(cx);
}

/// Fetches or prepares what the charts on screen lack.
pub(super) fn refresh(cx: &mut Context<'_>) {
    let (Some(backend), Some(run)) = (cx.backend(), cx.state.run_page.run_id.clone()) else { return };
    let spec = cx.state.run_page.view.spec();
    for key in cx.state.run_page.charts.shown.clone() {
        let page = &mut cx.state.run_page;
        let summary = page
            .details
            .value()
            .and_then(|details| details.run.metrics.iter().find(|metric| metric.key.as_str() == &*key).cloned());
        let Some(summary) = summary else { continue };
        let chart = page.charts.charts.entry(Arc::clone(&key)).or_default();
        let ask = Ask { spec, steps: zoomed_steps(chart.zoom, spec), count: summary.count };
        let task = TaskKey::Run(RunPageTask::Chart(Arc::clone(&key)));
        let only_grew = chart.asked.is_some_and(|asked| Ask { count: ask.count, ..asked } == ask);
        // What is being read for fewer points is let finish, else a fast run would never show anything.
        if chart.asked == Some(ask) || (only_grew && cx.tasks.is_running(&task)) {
            continue;
        }
        let request = Request { ask, summary };
        let known = chart.series.value().cloned();
        chart.asked = Some(ask);
        if known.as_ref().is_some_and(|known| request.is_met_by(known)) {
            continue;
        }
        chart.series.start_loading();
        page.charts.next_revision += 1;
        let revision = page.charts.next_revision;
        let backend = Arc::clone(&backend);
        let (id, wanted) = (run.clone(), Arc::clone(&key));
        let run = run.clone();
        cx.start(
            task,
            format!("Read {key}"),
            move |_| request.load(backend.as_ref(), &id, known.as_deref(), revision).map(Arc::new),
            move |result| Event::Run(RunPageEvent::Chart { run, key: wanted, result }),
        );
    }
}

pub(super) fn apply(cx: &mut Context<'_>, key: &Arc<str>, result: Result<Arc<LoadedSeries>, UserError>) {
    if let Some(chart) = cx.state.run_page.charts.charts.get_mut(key) {
        chart.series.finish(result);
    }
    refresh(cx);
}

/// The steps that a zoom shows, when the axis counts steps.
fn zoomed_steps(zoom: Zoom, spec: SeriesSpec) -> Option<(i64, i64)> {
    let (lo, hi) = zoom.x.filter(|_| spec.x_axis == XAxis::Step && !spec.log_x)?;
    Some((lo.floor() as i64, hi.ceil() as i64))
}

/// What a chart needs.
struct Request {
    ask: Ask,
    summary: MetricSummary,
}

impl Request {
    fn needs_all_points(&self) -> bool {
        let spec = self.ask.spec;
        spec.x_axis != XAxis::Step || spec.log_x || !spec.smoothing.is_none()
    }

    /// Points are never taken away, so more than expected only means that news arrived meanwhile.
    fn is_current(&self, known: &LoadedSeries) -> bool {
        known.total >= self.ask.count
    }

    fn is_met_by(&self, known: &LoadedSeries) -> bool {
        let is_fine_enough = match (known.fineness, self.ask.steps) {
            (Fineness::Complete, _) => true,
            (Fineness::Reduced(_), None) => !self.needs_all_points(),
            (Fineness::Reduced(detail), Some(steps)) => detail.is_some_and(|detail| detail.serves(steps)),
        };
        known.prepared.spec() == self.ask.spec && self.is_current(known) && is_fine_enough
    }

    fn load(
        &self,
        backend: &dyn Tracking,
        run: &RunId,
        known: Option<&LoadedSeries>,
        revision: u64,
    ) -> Result<LoadedSeries, UserError> {
        const TITLE: &str = "The metric's history could not be read";
        let (key, spec) = (self.summary.key.as_str(), self.ask.spec);
        if let Some(points) = known.and_then(|known| self.continued(backend, run, known)) {
            return Ok(LoadedSeries::complete(points, spec, revision));
        }
        if self.needs_all_points() {
            let points = backend.metric_points(run, key, None).titled(TITLE)?;
            return Ok(LoadedSeries::complete(points.into(), spec, revision));
        }
        let whole = backend.metric_reduced(run, key, None, BUCKETS).titled(TITLE)?;
        if whole.exact {
            return Ok(LoadedSeries::complete(whole.points.into(), spec, revision));
        }
        let mut points = whole.points;
        let mut detail = None;
        if let Some((lo, hi)) = self.ask.steps {
            // Half a screen more on each side, so that a small pan needs nothing new.
            let margin = hi.saturating_sub(lo) / 2;
            let steps = (lo.saturating_sub(margin), hi.saturating_add(margin));
            let finer = backend.metric_reduced(run, key, Some(steps), BUCKETS).titled(TITLE)?;
            detail = Some(Detail { steps, total: finer.total, is_exact: finer.exact });
            points.retain(|point| point.step < steps.0 || point.step > steps.1);
            let at = points.partition_point(|point| point.step < steps.0);
            points.splice(at..at, finer.points);
        }
        let prepared = prepare(&points, spec);
        let fineness = Fineness::Reduced(detail);
        Ok(LoadedSeries { prepared, revision, total: whole.total, points: points.into(), fineness })
    }

    /// All points, from those known and the ones logged since; `None` when that does not add up.
    fn continued(&self, backend: &dyn Tracking, run: &RunId, known: &LoadedSeries) -> Option<Arc<[MetricPoint]>> {
        if known.fineness != Fineness::Complete {
            return None;
        }
        if self.is_current(known) {
            return Some(Arc::clone(&known.points));
        }
        let from = known.points.last()?.step;
        let newer = backend.metric_points(run, &self.summary.key, Some((from, i64::MAX))).ok()?;
        let kept = known.points.partition_point(|point| point.step < from);
        let points: Vec<MetricPoint> = known.points.get(..kept)?.iter().copied().chain(newer).collect();
        // Points logged at earlier steps show in the count; then all are read again.
        (points.len() as u64 >= self.summary.count).then(|| points.into())
    }
}
