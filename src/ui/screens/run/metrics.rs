//! The charts of the run's metrics, grouped by the part of their name before the slash.
//!
//! Only charts on screen are drawn and asked for; the others are empty places of the right size.

use std::collections::HashMap;
use std::sync::Arc;

use egui::{Align, Frame, Label, Layout, Margin, Rect, ScrollArea, Sense, Stroke, Ui, UiBuilder, vec2};

use crate::app::run_page::{LoadedSeries, MetricChart, RunPageCommand, SYSTEM_PREFIX, is_system_metric};
use crate::app::{Command, Commands};
use crate::domain::MetricSummary;
use crate::stats::series::{Sample, XAxis, Zoom};
use crate::stats::smooth::Smoothing;
use crate::ui::theme::{fonts, icons, scale, series_look, tokens};
use crate::ui::widgets::chart::{Chart, ChartMemo, ChartSeries, data_table_ui};
use crate::ui::widgets::{
    Button, IconButton, Placeholder, TextField, exact_on_hover_ui, format, segmented_ui, select_ui,
};

use super::Page;

const LEAST_CARD_WIDTH: f32 = 380.0;
const CARD_HEIGHT: f32 = 252.0;
const WIDE_CARD_HEIGHT: f32 = 440.0;
/// Narrower than this, smoothing gets a row of its own.
const ONE_TOOLBAR_FROM: f32 = 1160.0;

#[derive(Default)]
pub(super) struct MetricsUi {
    filter: String,
    memos: HashMap<Arc<str>, ChartMemo>,
    /// The chart that takes the whole width.
    wide: Option<Arc<str>>,
    /// Where the crosshair stands, shared by all charts.
    crosshair: Option<f64>,
    /// The smoothing of each kind, as it was last set, so that switching back finds it again.
    weight: Option<f64>,
}

/// A metric with its key in a form that is cheap to keep.
struct Entry<'a> {
    key: Arc<str>,
    metric: &'a MetricSummary,
}

impl MetricsUi {
    /// Shows the charts with this in their name.
    pub(super) fn show_only(&mut self, key: String) {
        self.filter = key;
    }

    /// What stays when another run is shown: the filter and what is wide, so that runs can be leafed through.
    pub(super) fn for_another_run(self) -> Self {
        Self { filter: self.filter, wide: self.wide, ..Self::default() }
    }

    pub(super) fn ui(&mut self, ui: &mut Ui, page: Page<'_>, is_system: bool, commands: &mut Commands) {
        let s = scale();
        let all = || page.details.run.metrics.iter().filter(|metric| is_system_metric(&metric.key) == is_system);
        if all().next().is_none() {
            let placeholder = if is_system {
                let text = "Switch them on with mlflow.enable_system_metrics_logging() before the run starts";
                Placeholder::empty(icons::CPU, "No system metrics were logged", text)
            } else {
                let is_over = page.details.run.info.status.is_terminal();
                let text = "Charts appear here as soon as the run logs a metric, while it runs";
                let text = if is_over { "The run ended without logging one" } else { text };
                Placeholder::empty(icons::CHART_LINE, if is_over { "No metrics" } else { "No metrics yet" }, text)
            };
            placeholder.show(ui);
            send_shown(page, Vec::new(), commands);
            return;
        }
        Frame::new().inner_margin(Margin::symmetric(s.space_lg as i8, s.space_sm as i8)).show(ui, |ui| {
            self.toolbar_ui(ui, page, commands);
        });
        let filter = self.filter.to_lowercase();
        let shown: Vec<Entry<'_>> = all()
            .filter(|metric| metric.key.to_lowercase().contains(&filter))
            .map(|metric| Entry { key: Arc::from(metric.key.as_str()), metric })
            .collect();
        if shown.is_empty() {
            let text = format!(
                "None of the {} has “{}” in its name",
                format::counted(all().count(), "metric", "metrics"),
                self.filter
            );
            Placeholder::empty(icons::SEARCH, "No metric found", &text).show(ui);
            send_shown(page, Vec::new(), commands);
            return;
        }
        let mut on_screen = Vec::new();
        let mut crosshair = None;
        ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
            let margin = Margin { left: s.space_lg as i8, right: s.space_lg as i8, top: 0, bottom: s.space_lg as i8 };
            Frame::new().inner_margin(margin).show(ui, |ui| {
                for (group, entries) in groups(&shown, is_system) {
                    self.group_ui(ui, page, group, &entries, &mut on_screen, &mut crosshair, commands);
                }
            });
        });
        self.crosshair = crosshair;
        // A run may have thousands of metrics; what is off screen is made again when it comes back.
        self.memos.retain(|key, _| on_screen.contains(key));
        send_shown(page, on_screen, commands);
    }

    fn toolbar_ui(&mut self, ui: &mut Ui, page: Page<'_>, commands: &mut Commands) {
        let s = scale();
        let view = &page.state.run_page.view;
        let mut send = |command| commands.send(Command::Run(command));
        let is_narrow = ui.available_width() < ONE_TOOLBAR_FROM;
        ui.horizontal(|ui| {
            ui.spacing_mut().item_spacing.x = s.space_sm;
            TextField::search(&mut self.filter, "Search charts").width(200.0).show(ui);
            let axes = [(XAxis::Step, "Step"), (XAxis::Relative, "Relative"), (XAxis::Wall, "Wall time")];
            if let Some(x_axis) = segmented_ui(ui, "X axis", &axes, view.x_axis) {
                send(RunPageCommand::SetXAxis(x_axis));
            }
            let can_log_x = view.x_axis != XAxis::Wall;
            ui.add_enabled_ui(can_log_x, |ui| {
                let mut log_x = view.log_x;
                if ui.checkbox(&mut log_x, "Log x").changed() {
                    send(RunPageCommand::SetLogX(log_x));
                }
            });
            let mut log_y = view.log_y;
            if ui.checkbox(&mut log_y, "Log y").changed() {
                send(RunPageCommand::SetLogY(log_y));
            }
            let mut is_linked = view.link_zoom;
            if ui.checkbox(&mut is_linked, "Link zoom").on_hover_text("All charts show the same range of x").changed() {
                send(RunPageCommand::LinkZoom(is_linked));
            }
            if !is_narrow && let Some(smoothing) = self.smoothing_ui(ui, view.smoothing) {
                send(RunPageCommand::SetSmoothing(smoothing));
            }
        });
        if is_narrow {
            ui.add_space(s.space_xs);
            ui.horizontal(|ui| {
                if let Some(smoothing) = self.smoothing_ui(ui, view.smoothing) {
                    send(RunPageCommand::SetSmoothing(smoothing));
                }
            });
        }
    }

    fn smoothing_ui(&mut self, ui: &mut Ui, current: Smoothing) -> Option<Smoothing> {
        let kind = SmoothingKind::of(current);
        let choices = [
            (SmoothingKind::None, "None"),
            (SmoothingKind::Ema, "EMA"),
            (SmoothingKind::TimeEma, "EMA by distance"),
            (SmoothingKind::Gaussian, "Gaussian"),
            (SmoothingKind::Mean, "Centred mean"),
        ];
        if let Some(kind) = select_ui(ui, "Smoothing", &choices, kind) {
            return Some(kind.with(self.weight.unwrap_or(0.9)));
        }
        let t = tokens(ui);
        // The rail takes the ground of buttons, which is that of the window here.
        ui.visuals_mut().widgets.inactive.bg_fill = t.border;
        ui.visuals_mut().selection.bg_fill = t.accent;
        ui.visuals_mut().slider_trailing_fill = true;
        let mut changed = None;
        match current {
            Smoothing::None => {}
            Smoothing::Ema(mut weight) | Smoothing::TimeWeightedEma(mut weight) => {
                let slider = egui::Slider::new(&mut weight, 0.0..=0.999).fixed_decimals(3);
                if ui.add(slider).accessible_name("Smoothing weight").changed() {
                    self.weight = Some(weight);
                    changed = Some(kind.with(weight));
                }
            }
            Smoothing::Gaussian(mut sigma) => {
                let slider = egui::Slider::new(&mut sigma, 0.5..=50.0).logarithmic(true).suffix(" points");
                if ui.add(slider).accessible_name("Standard deviation").changed() {
                    changed = Some(Smoothing::Gaussian(sigma));
                }
            }
            Smoothing::CentredMean(mut window) => {
                let slider = egui::Slider::new(&mut window, 3..=501).logarithmic(true).suffix(" points");
                if ui.add(slider).accessible_name("Window").changed() {
                    changed = Some(Smoothing::CentredMean(window | 1));
                }
            }
        }
        changed
    }

    #[expect(clippy::too_many_arguments, reason = "what a card sends and what it tells are collected by the caller")]
    fn group_ui(
        &mut self,
        ui: &mut Ui,
        page: Page<'_>,
        group: &str,
        entries: &[&Entry<'_>],
        on_screen: &mut Vec<Arc<str>>,
        crosshair: &mut Option<f64>,
        commands: &mut Commands,
    ) {
        let (t, s) = (tokens(ui), scale());
        let is_open = !page.state.run_page.view.closed_groups.contains(group);
        ui.add_space(s.space_sm);
        let row = ui.horizontal(|ui| {
            ui.spacing_mut().item_spacing.x = s.space_xs;
            let icon = if is_open { icons::CHEVRON_DOWN } else { icons::CHEVRON_RIGHT };
            let name = format!("{} group {group}", if is_open { "Close" } else { "Open" });
            let chevron = ui.add(IconButton::new(icon, &name).small()).clicked();
            let label = ui.add(Label::new(fonts::section(group)).sense(Sense::click()));
            ui.label(fonts::small(format::count(entries.len())).color(t.text_muted));
            chevron || label.clicked()
        });
        if row.inner {
            commands.send(Command::Run(RunPageCommand::ToggleGroup(group.to_owned())));
        }
        ui.add_space(s.space_xs);
        if !is_open {
            return;
        }
        let width = ui.available_width();
        let per_row = ((width + s.space_md) / (LEAST_CARD_WIDTH + s.space_md)).floor().max(1.0);
        let narrow = (width - s.space_md * (per_row - 1.0)) / per_row;
        let is_wide = |entry: &Entry<'_>| self.wide.as_deref() == Some(&*entry.key) || entries.len() == 1;
        // A wide chart is a row of its own; the others fill rows between.
        let mut lines: Vec<Vec<&Entry<'_>>> = Vec::new();
        for entry in entries {
            let fits = lines.last().is_some_and(|line| {
                (line.len() as f32) < per_row && !line.iter().any(|entry| is_wide(entry)) && !is_wide(entry)
            });
            match lines.last_mut().filter(|_| fits) {
                Some(line) => line.push(entry),
                None => lines.push(vec![entry]),
            }
        }
        let lines: Vec<(bool, Vec<&Entry<'_>>)> =
            lines.into_iter().map(|line| (line.iter().any(|entry| is_wide(entry)), line)).collect();
        for (is_wide, line) in lines {
            let is_alone = entries.len() == 1 && self.wide.as_deref() != line.first().map(|entry| &*entry.key);
            let height = if is_wide && !is_alone { WIDE_CARD_HEIGHT } else { CARD_HEIGHT };
            let (rect, _) = ui.allocate_exact_size(vec2(width, height), Sense::hover());
            ui.add_space(s.space_md - ui.spacing().item_spacing.y);
            if !ui.is_rect_visible(rect) {
                continue;
            }
            for (index, entry) in line.iter().enumerate() {
                let card_width = if is_wide { width } else { narrow };
                let left = rect.left() + index as f32 * (narrow + s.space_md);
                let place = Rect::from_min_size(egui::pos2(left, rect.top()), vec2(card_width, height));
                on_screen.push(Arc::clone(&entry.key));
                let builder = UiBuilder::new().max_rect(place).id_salt(("chart", &*entry.key));
                self.card_ui(&mut ui.new_child(builder), page, entry, crosshair, commands);
            }
        }
    }

    fn card_ui(
        &mut self,
        ui: &mut Ui,
        page: Page<'_>,
        entry: &Entry<'_>,
        crosshair: &mut Option<f64>,
        commands: &mut Commands,
    ) {
        let (t, s) = (tokens(ui), scale());
        let rect = ui.max_rect();
        ui.painter().rect(rect, s.radius, t.card, Stroke::new(s.hairline, t.border), egui::StrokeKind::Inside);
        let inner = rect.shrink2(vec2(s.space_md, s.space_sm));
        let mut card = ui.new_child(UiBuilder::new().max_rect(inner));
        {
            let ui = &mut card;
            let chart = page.state.run_page.charts.get(&entry.key);
            let has_table = page.state.run_page.charts.tables.contains(&entry.key);
            self.card_header_ui(ui, entry, chart, has_table, commands);
            let height = ui.available_height();
            let Some(series) = chart.and_then(|chart| chart.series.value()) else {
                no_series_ui(ui, chart, height, commands);
                return;
            };
            if has_table {
                data_table_ui(ui, &entry.key, &series.prepared, height);
                return;
            }
            let (zoom, is_loading) =
                chart.map_or((Zoom::default(), false), |chart| (chart.zoom, chart.series.is_loading()));
            let shared = self.crosshair;
            let memo = self.memos.entry(Arc::clone(&entry.key)).or_default();
            let (total, is_reduced) = series.truth(zoom);
            let LoadedSeries { prepared, revision, .. } = &**series;
            let lines = [ChartSeries {
                name: &entry.key,
                look: series_look(ui, 0),
                data: prepared,
                revision: *revision,
                total,
                is_reduced,
            }];
            let output = Chart::new(&entry.key, &lines)
                .zoom(zoom)
                .height(height)
                .shared_crosshair(shared)
                .refreshing(is_loading && !zoom.is_all())
                .ui(ui, memo);
            *crosshair = output.crosshair.or(*crosshair);
            if let Some(zoom) = output.zoom {
                commands.send(Command::Run(RunPageCommand::Zoom { key: Arc::clone(&entry.key), zoom }));
            }
        }
    }

    fn card_header_ui(
        &mut self,
        ui: &mut Ui,
        entry: &Entry<'_>,
        chart: Option<&MetricChart>,
        has_table: bool,
        commands: &mut Commands,
    ) {
        let s = scale();
        let key = &entry.key;
        let width = ui.available_width();
        ui.allocate_ui_with_layout(vec2(width, 24.0), Layout::right_to_left(Align::Center), |ui| {
            ui.set_min_size(vec2(width, 24.0));
            ui.spacing_mut().item_spacing.x = s.space_xs;
            let is_wide = self.wide.as_ref() == Some(key);
            let size = format!("{} chart {key}", if is_wide { "Shrink" } else { "Enlarge" });
            if ui.add(IconButton::new(icons::MAXIMIZE_2, &size).small().selected(is_wide)).clicked() {
                self.wide = (!is_wide).then(|| Arc::clone(key));
            }
            let table = format!("View data of {key}");
            if ui.add(IconButton::new(icons::TABLE, &table).small().selected(has_table)).clicked() {
                commands.send(Command::Run(RunPageCommand::ToggleDataTable(Arc::clone(key))));
            }
            let copy = format!("Copy data of {key}");
            if has_table
                && let Some(series) = chart.and_then(|chart| chart.series.value())
                && ui.add(IconButton::new(icons::COPY, &copy).small()).clicked()
            {
                ui.ctx().copy_text(data_tsv(series));
            }
            if chart.is_some_and(|chart| !chart.zoom.is_all()) {
                let reset = format!("Show all of {key}");
                if ui.add(IconButton::new(icons::ROTATE_CCW, &reset).small()).clicked() {
                    let zoom = Zoom::default();
                    commands.send(Command::Run(RunPageCommand::Zoom { key: Arc::clone(key), zoom }));
                }
            }
            let last = entry.metric.last.value;
            exact_on_hover_ui(ui, &format::significant(last, 5), &format::full(last));
            ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                ui.add(Label::new(fonts::body_strong(&**key)).truncate()).on_hover_text(&**key);
            });
        });
    }
}

/// A card while its series is not there.
fn no_series_ui(ui: &mut Ui, chart: Option<&MetricChart>, height: f32, commands: &mut Commands) {
    let (t, s) = (tokens(ui), scale());
    if let Some(error) = chart.and_then(|chart| chart.series.error()) {
        ui.label(fonts::body_strong(&error.title).color(t.error));
        ui.add(Label::new(fonts::small(&error.detail)).wrap());
        if ui.add(Button::secondary("Retry").small()).clicked() {
            commands.send(Command::Run(RunPageCommand::Reload));
        }
        return;
    }
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), height), Sense::hover());
    ui.painter().rect_filled(rect.shrink2(vec2(0.0, s.space_sm)), s.radius_small, t.skeleton.gamma_multiply(0.5));
}

/// The points of a series as a table to paste elsewhere, at full precision.
fn data_tsv(series: &LoadedSeries) -> String {
    let line = |sample: &Sample| format!("{}\t{}\t{}", sample.step, sample.time_ms, format::full(sample.value));
    let mut lines = vec!["step\ttimestamp\tvalue".to_owned()];
    lines.extend(series.prepared.samples().iter().map(line));
    lines.join("\n")
}

fn send_shown(page: Page<'_>, keys: Vec<Arc<str>>, commands: &mut Commands) {
    if page.state.run_page.charts.shown() != keys.as_slice() {
        commands.send(Command::Run(RunPageCommand::ShowCharts(keys)));
    }
}

/// Metrics by the part of their name before the last slash; system metrics by the machine's part they tell of.
fn groups<'a, 'b>(entries: &'a [Entry<'b>], is_system: bool) -> Vec<(&'a str, Vec<&'a Entry<'b>>)> {
    let mut groups: Vec<(&str, Vec<&Entry<'_>>)> = Vec::new();
    let mut places: HashMap<&str, usize> = HashMap::new();
    for entry in entries {
        let name = if is_system {
            let rest = entry.key.strip_prefix(SYSTEM_PREFIX).unwrap_or(&entry.key);
            rest.split(['_', '/']).next().unwrap_or(rest)
        } else {
            entry.key.rsplit_once('/').map_or("Metrics", |(prefix, _)| prefix)
        };
        let place = *places.entry(name).or_insert(groups.len());
        match groups.get_mut(place) {
            Some((_, members)) => members.push(entry),
            None => groups.push((name, vec![entry])),
        }
    }
    // Metrics without a prefix first, the rest in the order of the names.
    groups.sort_by_key(|(name, _)| (*name != "Metrics", *name));
    groups
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum SmoothingKind {
    None,
    Ema,
    TimeEma,
    Gaussian,
    Mean,
}

impl SmoothingKind {
    fn of(smoothing: Smoothing) -> Self {
        match smoothing {
            Smoothing::None => Self::None,
            Smoothing::Ema(_) => Self::Ema,
            Smoothing::TimeWeightedEma(_) => Self::TimeEma,
            Smoothing::Gaussian(_) => Self::Gaussian,
            Smoothing::CentredMean(_) => Self::Mean,
        }
    }

    fn with(self, weight: f64) -> Smoothing {
        match self {
            Self::None => Smoothing::None,
            Self::Ema => Smoothing::Ema(weight),
            Self::TimeEma => Smoothing::TimeWeightedEma(weight),
            Self::Gaussian => Smoothing::Gaussian(4.0),
            Self::Mean => Smoothing::CentredMean(11),
        }
    }
}
