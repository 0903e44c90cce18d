//! The overview: what was measured, what was set, what is noted, tagged and related.

use egui::{Frame, Margin, ScrollArea, Ui, vec2};

use crate::app::run_page::{Relative, is_system_metric};
use crate::app::{Command, Commands, NavigateCommand, Route, RunTab};
use crate::domain::{MetricSummary, Param};
use crate::ui::theme::{fonts, scale, tokens};
use crate::ui::time_zone;
use crate::ui::widgets::chart::sparkline_ui;
use crate::ui::widgets::{
    Button, KeyValues, TextField, exact_on_hover_ui, format, number_ui, run_status_badge, section_ui,
};

use super::header::{link_ui, metrics_route};
use super::rows::{Column, copy_on_click_ui, rows_ui};
use super::{Page, note, nothing_ui, tags};

/// Narrower than this, the two columns stand below each other.
const TWO_COLUMNS_FROM: f32 = 860.0;
const SIDE_SHARE: f32 = 0.36;

#[derive(Default)]
pub(super) struct OverviewUi {
    param_filter: String,
    metric_filter: String,
    /// The metric whose chart was asked for.
    wanted_metric: Option<String>,
    note: note::NoteUi,
    tags: tags::TagsUi,
}

impl OverviewUi {
    pub(super) fn ui(&mut self, ui: &mut Ui, page: Page<'_>, commands: &mut Commands) {
        let s = scale();
        ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
            Frame::new().inner_margin(Margin::same(s.space_lg as i8)).show(ui, |ui| {
                let width = ui.available_width();
                if width < TWO_COLUMNS_FROM {
                    self.main_ui(ui, page, commands);
                    ui.add_space(s.space_xl);
                    self.side_ui(ui, page, commands);
                    return;
                }
                let side = (width * SIDE_SHARE).clamp(300.0, 480.0);
                ui.horizontal_top(|ui| {
                    ui.spacing_mut().item_spacing.x = 0.0;
                    column_ui(ui, width - side - s.space_xl, |ui| self.main_ui(ui, page, commands));
                    ui.add_space(s.space_xl);
                    column_ui(ui, side, |ui| self.side_ui(ui, page, commands));
                });
            });
        });
    }

    /// The metric whose chart was asked for, once.
    pub(super) fn take_wanted_metric(&mut self) -> Option<String> {
        self.wanted_metric.take()
    }

    fn main_ui(&mut self, ui: &mut Ui, page: Page<'_>, commands: &mut Commands) {
        let s = scale();
        self.metrics_ui(ui, page, commands);
        ui.add_space(s.space_xl);
        self.params_ui(ui, page);
    }

    fn side_ui(&mut self, ui: &mut Ui, page: Page<'_>, commands: &mut Commands) {
        let s = scale();
        self.note.ui(ui, page, commands);
        ui.add_space(s.space_lg);
        self.tags.ui(ui, page, commands);
        ui.add_space(s.space_lg);
        about_ui(ui, page, commands);
        children_ui(ui, page, commands);
    }

    fn metrics_ui(&mut self, ui: &mut Ui, page: Page<'_>, commands: &mut Commands) {
        let (system, metrics): (Vec<_>, Vec<_>) =
            page.details.run.metrics.iter().partition(|metric| is_system_metric(&metric.key));
        section_ui(ui, "Metrics", |ui| {
            if !metrics.is_empty() {
                if ui.add(Button::quiet("Copy table").small()).clicked() {
                    ui.ctx().copy_text(metrics_tsv(&page.details.run.metrics));
                }
                TextField::search(&mut self.metric_filter, "Search metrics").width(200.0).show(ui);
            }
        });
        if metrics.is_empty() {
            nothing_ui(ui, "No metrics yet. They appear here as soon as the run logs one");
            return;
        }
        let filter = self.metric_filter.to_lowercase();
        let shown: Vec<&MetricSummary> =
            metrics.iter().copied().filter(|metric| metric.key.to_lowercase().contains(&filter)).collect();
        if shown.is_empty() {
            nothing_ui(ui, "No metric has this in its name");
            return;
        }
        ui.push_id("metrics", |ui| {
            let is_wide = ui.available_width() > 640.0;
            let mut columns = vec![Column::rest("Metric"), Column::text("", 96.0), Column::number("Last", 96.0)];
            columns.extend([Column::number("Min", 96.0), Column::number("Max", 96.0)]);
            if is_wide {
                columns.push(Column::number("First", 96.0));
            }
            columns.push(Column::number("Step", 84.0));
            let last = columns.len() - 1;
            rows_ui(ui, &columns, shown.len(), |ui, row, column| {
                let Some(metric) = shown.get(row) else { return };
                match column {
                    0 => {
                        if link_ui(ui, &metric.key).on_hover_text(format!("{}\nShow its chart", metric.key)).clicked() {
                            self.wanted_metric = Some(metric.key.clone());
                            commands.send(metrics_route(page));
                        }
                    }
                    1 => course_ui(ui, page, &metric.key),
                    2 => number_cell_ui(ui, Some(metric.last.value)),
                    3 => number_cell_ui(ui, metric.min.map(|point| point.value)),
                    4 => number_cell_ui(ui, metric.max.map(|point| point.value)),
                    5 if column != last => number_cell_ui(ui, Some(metric.first.value)),
                    _ => {
                        let points = format::counted(metric.count as usize, "point", "points");
                        let step = format::integer(metric.last.step);
                        exact_on_hover_ui(ui, &step, &metric.last.step.to_string()).on_hover_text(points);
                    }
                }
            });
        });
        if !system.is_empty() {
            ui.add_space(scale().space_xs);
            let count = format::counted(system.len(), "metric of the machine is", "metrics of the machine are");
            nothing_ui(ui, &format!("{count} under System"));
        }
    }

    fn params_ui(&mut self, ui: &mut Ui, page: Page<'_>) {
        let t = tokens(ui);
        let params = &page.details.run.params;
        section_ui(ui, "Parameters", |ui| {
            if !params.is_empty() {
                if ui.add(Button::quiet("Copy table").small()).clicked() {
                    let line = |param: &Param| format!("{}\t{}", param.key, param.value);
                    ui.ctx().copy_text(params.iter().map(line).collect::<Vec<_>>().join("\n"));
                }
                TextField::search(&mut self.param_filter, "Search parameters").width(200.0).show(ui);
            }
        });
        if params.is_empty() {
            nothing_ui(ui, "No parameters were logged");
            return;
        }
        let filter = self.param_filter.to_lowercase();
        let is_match =
            |param: &&Param| param.key.to_lowercase().contains(&filter) || param.value.to_lowercase().contains(&filter);
        let shown: Vec<&Param> = params.iter().filter(is_match).collect();
        if shown.is_empty() {
            nothing_ui(ui, "No parameter has this in its name or value");
            return;
        }
        ui.push_id("params", |ui| {
            rows_ui(ui, &[Column::rest("Parameter"), Column::rest("Value")], shown.len(), |ui, row, column| {
                let Some(param) = shown.get(row) else { return };
                if column == 0 {
                    copy_on_click_ui(ui, &param.key, fonts::body(&param.key));
                } else if param.value.is_empty() {
                    ui.label(fonts::body("(empty)").color(t.text_muted));
                } else {
                    // Only the first line; the whole value is on hover and in the clipboard.
                    let line = param.value.lines().next().unwrap_or_default();
                    copy_on_click_ui(ui, &param.value, fonts::mono(line));
                }
            });
        });
    }
}

fn column_ui(ui: &mut Ui, width: f32, contents_ui: impl FnOnce(&mut Ui)) {
    ui.allocate_ui_with_layout(vec2(width, 0.0), egui::Layout::top_down(egui::Align::Min), |ui| {
        ui.set_width(width);
        contents_ui(ui);
    });
}

fn course_ui(ui: &mut Ui, page: Page<'_>, key: &str) {
    if let Some(values) = page.details.sparklines.get(key) {
        let color = tokens(ui).text_muted;
        sparkline_ui(ui, key, values, vec2(84.0, 20.0), color);
    }
}

fn number_cell_ui(ui: &mut Ui, value: Option<f64>) {
    let t = tokens(ui);
    if let Some(value) = value {
        number_ui(ui, value, 6);
    } else {
        ui.label(fonts::body("null").color(t.text_disabled)).on_hover_text("Every value is NaN");
    }
}

fn metrics_tsv(metrics: &[MetricSummary]) -> String {
    let mut text = String::from("metric\tlast\tmin\tmax\tfirst\tlast step\tpoints\n");
    for metric in metrics {
        let cell = |value: Option<f64>| value.map(format::full).unwrap_or_default();
        let cells = [
            metric.key.clone(),
            cell(Some(metric.last.value)),
            cell(metric.min.map(|point| point.value)),
            cell(metric.max.map(|point| point.value)),
            cell(Some(metric.first.value)),
            metric.last.step.to_string(),
            metric.count.to_string(),
        ];
        text.push_str(&cells.join("\t"));
        text.push('\n');
    }
    text
}

/// Times, source, datasets and models in short; the whole is under "Data and code".
fn about_ui(ui: &mut Ui, page: Page<'_>, commands: &mut Commands) {
    let run = &page.details.run;
    let zone = time_zone(ui);
    section_ui(ui, "About", |_| {});
    let mut rows = KeyValues::new(ui, 96.0);
    rows.copyable("Run id", run.info.id.as_str());
    if let Some(started) = run.info.started_at {
        rows.text("Started", &format::exact_time(started, &zone));
    }
    if let Some(ended) = run.info.ended_at {
        rows.text("Ended", &format::exact_time(ended, &zone));
    }
    if let Some(source) = run.tag(crate::domain::tag_key::SOURCE_NAME) {
        rows.text("Source", source);
    }
    let data = Route::Run { run: page.id().clone(), tab: RunTab::Data };
    for (index, input) in run.datasets.iter().enumerate().take(5) {
        rows.row(if index == 0 { "Datasets" } else { "" }, |ui| {
            if link_ui(ui, &input.dataset.name).clicked() {
                commands.send(Command::Navigate(NavigateCommand::Go(data.clone())));
            }
        });
    }
    for (index, model) in page.details.models.iter().enumerate().take(5) {
        rows.row(if index == 0 { "Models" } else { "" }, |ui| {
            if link_ui(ui, &model.name).clicked() {
                commands.send(Command::Navigate(NavigateCommand::Go(data.clone())));
            }
        });
    }
}

fn children_ui(ui: &mut Ui, page: Page<'_>, commands: &mut Commands) {
    let Some(children) = page.state.run_page.family.value().map(|family| &family.children) else { return };
    if children.is_empty() {
        return;
    }
    ui.add_space(scale().space_lg);
    section_ui(ui, &format!("Child runs ({})", format::count(children.len())), |_| {});
    ui.push_id("children", |ui| {
        let columns = [Column::rest("Run"), Column::text("Status", 110.0)];
        rows_ui(ui, &columns, children.len(), |ui, row, column| {
            let Some(Relative { id, name, status }) = children.get(row) else { return };
            if column == 1 {
                ui.add(run_status_badge(*status).plain());
            } else if link_ui(ui, name).clicked() {
                commands.send(Command::Navigate(NavigateCommand::Go(Route::run(id.clone()))));
            }
        });
    });
}
