//! The run that has the keyboard, in short: what it is, how it went, what it was given.

use egui::{Align, Label, Layout, Role, ScrollArea, Ui, WidgetInfo};

use crate::app::experiments::RunsTable;
use crate::app::{Command, Commands, NavigateCommand, Route, State};
use crate::domain::{MetricSummary, Run, RunRow, RunStatus, tag_key};
use crate::ui::theme::{fonts, scale, tokens};
use crate::ui::time_zone;
use crate::ui::widgets::{
    Button, Copyable, KeyValues, StatusBadge, Tone, exact_on_hover_ui, format, run_status_badge, section_ui,
    skeleton_rows_ui,
};

/// A running run that logged nothing for so long is said to have gone quiet.
const QUIET_AFTER_MS: i64 = 10 * 60_000;
const LABELS: f32 = 84.0;

/// Draws the inspector.
pub(super) fn inspector_ui(ui: &mut Ui, state: &State, commands: &mut Commands) {
    let screen = &state.experiments;
    let row =
        screen.table.value().zip(screen.selection.focus()).and_then(|(table, id)| Some((table, table.row_of(id)?)));
    let Some((table, row)) = row else {
        hint_ui(ui);
        return;
    };
    ui.spacing_mut().item_spacing.y = scale().space_xs;
    header_ui(ui, row, commands);
    ui.add_space(scale().space_xs);
    ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
        let summary = screen.summary.value().filter(|run| run.info.id == row.info.id);
        facts_ui(ui, state, table, row, summary.map(AsRef::as_ref), commands);
        match (summary, screen.summary.error()) {
            (Some(run), _) => details_ui(ui, run),
            (None, Some(error)) => {
                ui.label(fonts::small(&error.title).color(tokens(ui).error));
                ui.add(Label::new(fonts::small(&error.detail).color(tokens(ui).text_muted)).wrap());
            }
            (None, None) => {
                ui.add_space(scale().space_md);
                skeleton_rows_ui(ui, 5);
            }
        }
    });
}

fn hint_ui(ui: &mut Ui) {
    let t = tokens(ui);
    ui.add_space(scale().space_xs);
    ui.label(fonts::small_strong("No run in focus").color(t.text_muted));
    let text = "Click a run or use the arrow keys to see its parameters and metrics here";
    ui.add(Label::new(fonts::small(text).color(t.text_muted)).wrap());
}

fn header_ui(ui: &mut Ui, row: &RunRow, commands: &mut Commands) {
    let name = if row.info.name.is_empty() { row.info.id.as_str() } else { &row.info.name };
    let size = egui::vec2(ui.available_width(), scale().control_height);
    ui.allocate_ui_with_layout(size, Layout::right_to_left(Align::Center), |ui| {
        if ui.add(Button::secondary("Open").small().tooltip("Open the run's page")).clicked() {
            commands.send(Command::Navigate(NavigateCommand::Go(Route::run(row.info.id.clone()))));
        }
        ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
            let title = ui.add(Label::new(fonts::section(name)).truncate()).on_hover_text(name);
            title.widget_info(|| WidgetInfo::labeled(Role::Heading, true, name));
        });
    });
}

fn facts_ui(ui: &mut Ui, state: &State, table: &RunsTable, row: &RunRow, run: Option<&Run>, commands: &mut Commands) {
    let zone = time_zone(ui);
    let info = &row.info;
    ui.horizontal(|ui| {
        ui.add(run_status_badge(info.status));
        let latest = run.and_then(|run| run.metrics.iter().map(|metric| metric.last.timestamp).max());
        if let (RunStatus::Running, Some(latest)) = (info.status, latest)
            && state.now_ms.saturating_sub(latest) > QUIET_AFTER_MS
        {
            let words = format!("Quiet for {}", format::duration(state.now_ms.saturating_sub(latest)));
            ui.add(StatusBadge::new(Tone::Warn, &words))
                .on_hover_text("The last metric came so long ago. The run may have stopped without saying so");
        }
    });
    ui.add_space(scale().space_xs);
    let mut facts = KeyValues::new(ui, LABELS);
    if let Some(at) = info.started_at {
        facts.row("Started", |ui| {
            exact_on_hover_ui(ui, &format::relative_time(at, state.now_ms, &zone), &format::exact_time(at, &zone));
        });
        let end = if info.status == RunStatus::Running { Some(state.now_ms) } else { info.ended_at };
        if let Some(end) = end {
            facts.text("Duration", &format::duration(end.saturating_sub(at)));
        }
    }
    if !info.user.is_empty() {
        facts.text("User", &info.user);
    }
    if let Some(parent) = &row.parent {
        facts.row("Parent", |ui| {
            let name = table.row_of(parent).map_or_else(|| format::short_id(parent.as_str()), |row| &row.info.name);
            let link = Label::new(fonts::body(name).color(tokens(ui).text_link)).truncate().sense(egui::Sense::click());
            let link = ui.add(link).on_hover_cursor(egui::CursorIcon::PointingHand);
            link.widget_info(|| WidgetInfo::labeled(Role::Link, true, format!("Open the parent run {name}")));
            if link.clicked() {
                commands.send(Command::Navigate(NavigateCommand::Go(Route::run(parent.clone()))));
            }
        });
    }
    if let Some(source) = &row.source {
        let file = source.rsplit(['/', '\\']).next().unwrap_or(source);
        facts.row("Source", |ui| {
            ui.add(Copyable::new(file, "Copy source").copies(source)).on_hover_text(source);
        });
    }
    if let Some(commit) = &row.git_commit {
        facts.row("Commit", |ui| {
            ui.add(Copyable::new(format::short_id(commit), "Copy commit").copies(commit)).on_hover_text(commit);
        });
    }
    facts.row("Run ID", |ui| {
        let id = info.id.as_str();
        ui.add(Copyable::new(format::short_id(id), "Copy run ID").copies(id)).on_hover_text(id);
    });
}

fn details_ui(ui: &mut Ui, run: &Run) {
    let t = tokens(ui);
    if let Some(note) = run.tag(tag_key::NOTE).filter(|note| !note.trim().is_empty()) {
        heading_ui(ui, "Note", None);
        let short: String = note.chars().take(400).collect();
        ui.add(Label::new(fonts::body(short).color(t.text_secondary)).wrap());
    }
    let metrics: Vec<&MetricSummary> = run.metrics.iter().filter(|metric| !metric.key.starts_with("system/")).collect();
    if !metrics.is_empty() {
        heading_ui(ui, "Metrics", Some(metrics.len()));
        for metric in metrics {
            metric_ui(ui, metric);
        }
    }
    if !run.params.is_empty() {
        heading_ui(ui, "Parameters", Some(run.params.len()));
        for param in &run.params {
            pair_ui(ui, &param.key, &param.value);
        }
    }
    let tags: Vec<_> = run.tags.iter().filter(|tag| !tag.key.starts_with("mlflow.")).collect();
    if !tags.is_empty() {
        heading_ui(ui, "Tags", Some(tags.len()));
        for tag in tags {
            pair_ui(ui, &tag.key, &tag.value);
        }
    }
    if !run.datasets.is_empty() {
        heading_ui(ui, "Datasets", Some(run.datasets.len()));
        for input in &run.datasets {
            pair_ui(ui, &input.dataset.name, &input.dataset.digest);
        }
    }
}

fn heading_ui(ui: &mut Ui, text: &str, count: Option<usize>) {
    ui.add_space(scale().space_sm);
    section_ui(ui, text, |ui| {
        if let Some(count) = count {
            ui.label(fonts::small(format::count(count)).color(tokens(ui).text_muted));
        }
    });
}

/// A metric's last value, with the rest of what is known of it on hover.
fn metric_ui(ui: &mut Ui, metric: &MetricSummary) {
    let value = metric.last.value;
    let point = |point: Option<crate::domain::MetricPoint>| {
        point.map_or_else(|| "none".to_owned(), |point| format!("{} at step {}", format::full(point.value), point.step))
    };
    let more = format!(
        "{} = {}\nlast at step {}, of {}\nmin {}\nmax {}",
        metric.key,
        format::full(value),
        metric.last.step,
        format::counted(metric.count as usize, "point", "points"),
        point(metric.min),
        point(metric.max),
    );
    line_ui(ui, &metric.key, &format::significant(value, 5), &more);
}

fn pair_ui(ui: &mut Ui, key: &str, value: &str) {
    line_ui(ui, key, value, &format!("{key} = {value}"));
}

/// A key at the left, its value at the right, both cut where they meet.
fn line_ui(ui: &mut Ui, key: &str, value: &str, more: &str) {
    use crate::ui::widgets::runs_table_cells::galley;
    let (t, s) = (tokens(ui), scale());
    let (rect, response) = ui.allocate_exact_size(egui::vec2(ui.available_width(), 22.0), egui::Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Role::Label, true, format!("{key}: {value}")));
    if response.contains_pointer() {
        ui.painter().rect_filled(rect.expand2(egui::vec2(4.0, 0.0)), s.radius_small, t.hover);
    }
    let family = egui::FontFamily::Proportional;
    let value = galley(ui, value, family.clone(), s.type_body, t.text, rect.width() * 0.6);
    let room = rect.width() - value.size().x - s.space_md;
    let key = galley(ui, key, family, s.type_small, t.text_muted, room.max(0.0));
    ui.painter().galley(egui::pos2(rect.left(), rect.center().y - key.size().y / 2.0), key, t.text_muted);
    let at = egui::pos2(rect.right() - value.size().x, rect.center().y - value.size().y / 2.0);
    ui.painter().galley(at, value, t.text);
    response.on_hover_text(more);
}
