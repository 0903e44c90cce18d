//! The cells of the runs table. Each is painted straight from the values in memory; only those in sight exist.

use std::sync::Arc;

use egui::{
    Align2, Color32, FontFamily, FontId, Galley, Id, Rect, Response, Role, Sense, Ui, UiBuilder, WidgetInfo, vec2,
};
use jiff::tz::TimeZone;

use super::chart::sparkline_ui;
use super::runs_table::TableOptions;
use super::{IconButton, format, run_status_badge};
use crate::app::experiments::columns::step_of;
use crate::app::experiments::format::Written;
use crate::app::experiments::table::LoadedColumn;
use crate::app::experiments::tree::Line;
use crate::app::experiments::{
    Aggregate, Attribute, Column, ColumnId, ExperimentNames, ExperimentsCommand, ExperimentsState, Pick, RunsTable,
};
use crate::domain::{LifecycleStage, RunRow, RunStatus};
use crate::ui::theme::{icons, scale, tokens};

/// Room at both sides of a cell, in points.
pub(super) const PAD: f32 = 8.0;
/// How far a child stands to the right of its parent.
const INDENT: f32 = 16.0;
/// How much of a cell a curve takes.
const SPARKLINE_WIDTH: f32 = 56.0;

/// What cells are drawn from.
pub(super) struct Cells<'a> {
    pub(super) state: &'a ExperimentsState,
    pub(super) table: &'a RunsTable,
    pub(super) columns: &'a [Column],
    pub(super) ids: &'a [Id],
    pub(super) names: &'a ExperimentNames,
    pub(super) zone: &'a TimeZone,
    pub(super) options: TableOptions,
}

/// A text in a cell.
#[derive(Clone, Copy)]
struct Text<'a> {
    shown: &'a str,
    color: Color32,
    is_mono: bool,
    is_number: bool,
}

impl Cells<'_> {
    /// Draws one cell.
    pub(super) fn cell_ui(
        &self,
        ui: &mut Ui,
        position: usize,
        col_nr: usize,
        is_hovered: bool,
        out: &mut Vec<ExperimentsCommand>,
    ) {
        let (Some(line), Some(column), Some(id)) =
            (self.table.order().line(position), self.columns.get(col_nr), self.ids.get(col_nr))
        else {
            return;
        };
        let Some(row) = self.table.row(line.slot) else { return };
        let id = id.with(line.slot);
        match &column.id {
            ColumnId::Attribute(Attribute::Name) => self.name_ui(ui, id, line, row, is_hovered, out),
            ColumnId::Attribute(attribute) => self.attribute_ui(ui, id, *attribute, line, row),
            ColumnId::Metric(_) => self.metric_ui(ui, id, column, line, row),
            ColumnId::Param(_) | ColumnId::Tag(_) => self.text_ui(ui, id, column, line),
        }
    }

    fn color(ui: &Ui, line: &Line, row: &RunRow) -> Color32 {
        let t = tokens(ui);
        let is_quiet = !line.matched || row.info.lifecycle_stage == LifecycleStage::Deleted;
        if is_quiet { t.text_muted } else { t.text }
    }

    fn name_ui(
        &self,
        ui: &mut Ui,
        id: Id,
        line: &Line,
        row: &RunRow,
        is_hovered: bool,
        out: &mut Vec<ExperimentsCommand>,
    ) {
        let (t, s) = (tokens(ui), scale());
        let rect = ui.max_rect();
        let run = &row.info.id;
        let name = if row.info.name.is_empty() { run.as_str() } else { &row.info.name };
        let mut x = rect.left() + PAD;
        let square =
            |x: f32, side: f32| Rect::from_min_size(egui::pos2(x, rect.center().y - side / 2.0), vec2(side, side));

        let is_chosen = self.state.selection.contains(run);
        let tick = square(x, 18.0);
        let response = ui.interact(tick.expand(3.0), id.with("tick"), Sense::click());
        response.widget_info(|| WidgetInfo::selected(Role::CheckBox, true, is_chosen, format!("Select {name}")));
        if is_chosen || is_hovered || response.has_focus() {
            let icon = if is_chosen { icons::SQUARE_CHECK } else { icons::SQUARE };
            icon.paint(ui.painter(), tick, s.icon, if is_chosen { t.accent } else { t.text_muted });
        }
        if response.clicked() {
            let pick = if ui.input(|input| input.modifiers.shift) { Pick::AddRange } else { Pick::Toggle };
            out.push(ExperimentsCommand::Pick { run: run.clone(), pick });
        }
        x = tick.right() + 4.0 + f32::from(line.depth) * INDENT;

        let has_tree = self.state.runs_view().nested && self.table.skeleton().forest.has_children();
        if has_tree {
            if fold_ui(ui, id, line, square(x, 18.0), name) {
                out.push(ExperimentsCommand::Expand { run: run.clone(), open: !line.open });
            }
            x += 20.0;
        }
        if row.info.status == RunStatus::Running {
            ui.painter().circle_filled(square(x, 8.0).center(), 4.0, t.live);
            x += 14.0;
        }

        let mut right = rect.right() - PAD;
        if is_hovered {
            let place = square(right - 20.0, 20.0);
            if ui.put(place, IconButton::new(icons::MAXIMIZE_2, &format!("Open {name}")).small()).clicked() {
                out.push(ExperimentsCommand::Pick { run: run.clone(), pick: Pick::Only });
                out.push(ExperimentsCommand::OpenFocused);
            }
            right -= 24.0;
        } else if row.info.lifecycle_stage == LifecycleStage::Deleted {
            icons::TRASH_2.paint(ui.painter(), square(right - 16.0, 16.0), 14.0, t.text_muted);
            right -= 20.0;
        } else if row.note {
            icons::NOTEBOOK_PEN.paint(ui.painter(), square(right - 16.0, 16.0), 13.0, t.text_muted);
            right -= 20.0;
        }
        if line.children > 0 {
            let count = galley(
                ui,
                &format::count(line.children as usize),
                FontFamily::Proportional,
                s.type_small,
                t.text_muted,
                f32::INFINITY,
            );
            right -= count.size().x;
            ui.painter().galley(egui::pos2(right, rect.center().y - count.size().y / 2.0), count, t.text_muted);
            right -= 6.0;
        }

        let color = Self::color(ui, line, row);
        let font = if line.children > 0 { crate::ui::theme::fonts::medium() } else { FontFamily::Proportional };
        let text = galley(ui, name, font, s.type_body, color, (right - x).max(0.0));
        if ui.is_sizing_pass() {
            let wide = galley(ui, name, FontFamily::Proportional, s.type_body, color, f32::INFINITY);
            ui.allocate_space(vec2(x - rect.left() + wide.size().x.min(480.0) + PAD + 24.0, 1.0));
        }
        let is_cut = text.elided;
        let place = Rect::from_min_size(
            egui::pos2(x, rect.center().y - text.size().y / 2.0),
            vec2(text.size().x.min((right - x).max(0.0)), text.size().y),
        );
        ui.painter().galley(place.min, text, color);
        let response = ui.interact(place, id, Sense::hover());
        response.widget_info(|| WidgetInfo::selected(Role::Row, true, is_chosen, name));
        if is_cut && response.contains_pointer() {
            response.on_hover_text(name);
        }
    }

    fn attribute_ui(&self, ui: &mut Ui, id: Id, attribute: Attribute, line: &Line, row: &RunRow) {
        let t = tokens(ui);
        let color = Self::color(ui, line, row);
        let quiet = Text { shown: "", color: t.text_secondary, is_mono: false, is_number: false };
        let info = &row.info;
        let time_ui = |ui: &mut Ui, at: Option<i64>| {
            let Some(at) = at else { return };
            let shown = format::relative_time(at, self.options.now_ms, self.zone);
            let response = text_ui(ui, id, &Text { shown: &shown, ..quiet });
            hover(response, || format::exact_time(at, self.zone));
        };
        match attribute {
            Attribute::Name => {}
            Attribute::Status => {
                ui.add_space(PAD);
                ui.add(run_status_badge(info.status).plain());
            }
            Attribute::Started => time_ui(ui, info.started_at),
            Attribute::Ended => time_ui(ui, info.ended_at),
            Attribute::Duration => {
                let is_running = info.status == RunStatus::Running;
                let end = if is_running { Some(self.options.now_ms) } else { info.ended_at };
                let Some((start, end)) = info.started_at.zip(end) else { return };
                let shown = format::duration(end.saturating_sub(start));
                let color = if is_running { t.live } else { color };
                text_ui(ui, id, &Text { shown: &shown, color, is_mono: false, is_number: true });
            }
            Attribute::Experiment => {
                let name = self.names.get(&info.experiment_id).cloned();
                let name = name.unwrap_or_else(|| info.experiment_id.to_string());
                plain_ui(ui, id, &Text { shown: &name, ..quiet });
            }
            Attribute::User => plain_ui(ui, id, &Text { shown: &info.user, ..quiet }),
            Attribute::Source => {
                let source = row.source.as_deref().unwrap_or_default();
                let file = source.rsplit(['/', '\\']).next().unwrap_or(source);
                let response = text_ui(ui, id, &Text { shown: file, ..quiet });
                hover(response, || source.to_owned());
            }
            Attribute::Commit => {
                let commit = row.git_commit.as_deref().unwrap_or_default();
                let short = format::short_id(commit);
                let response = text_ui(ui, id, &Text { shown: short, is_mono: true, ..quiet });
                hover(response, || commit.to_owned());
            }
            Attribute::RunId => {
                plain_ui(ui, id, &Text { shown: info.id.as_str(), is_mono: true, ..quiet });
            }
        }
    }

    fn metric_ui(&self, ui: &mut Ui, id: Id, column: &Column, line: &Line, row: &RunRow) {
        let Some(loaded) = self.loaded(ui, column) else { return };
        let Some(cell) = loaded.metric(line.slot) else { return };
        let figure = column.figure();
        let value = cell.value(figure);
        let shown = written(loaded, column, value);
        let t = tokens(ui);
        let color = if value.is_finite() { Self::color(ui, line, row) } else { t.warn };
        let curve = match (&column.id, column.sparkline) {
            (ColumnId::Metric(metric), true) => self.state.sparklines.get(metric, &row.info.id),
            _ => None,
        };
        if let Some(values) = curve {
            let rect = ui.max_rect();
            let width = SPARKLINE_WIDTH.min(rect.width() / 2.0 - PAD);
            let place = Rect::from_min_size(rect.left_top() + vec2(PAD, 2.0), vec2(width, rect.height() - 4.0));
            let mut place_ui = ui.new_child(UiBuilder::new().max_rect(place).id_salt(id));
            sparkline_ui(&mut place_ui, column.id.title(), values, place.size(), t.accent);
        }
        let response = number_ui(ui, id, &shown, color, || {
            let curve = curve.map_or_else(String::new, |values| format!(", curve of {} points", values.len()));
            format!("{} {shown}{curve}", column.id.title())
        });
        if ui.is_sizing_pass() && column.sparkline {
            ui.allocate_space(vec2(SPARKLINE_WIDTH + PAD, 1.0));
        }
        hover(response, || {
            let step = step_of(cell, figure).map_or_else(String::new, |step| format!(" at step {step}"));
            let points = format::counted(cell.count as usize, "point", "points");
            let name = if column.aggregate == Aggregate::Best {
                format!("best ({})", column.better.title())
            } else {
                column.aggregate.title().to_owned()
            };
            format!(
                "{} = {}\n{name}{step}, of {points}\nfirst {}, last {}, min {}, max {}",
                column.id.title(),
                format::full(value),
                format::full(cell.first),
                format::full(cell.last),
                format::full(cell.min),
                format::full(cell.max),
            )
        });
    }

    fn text_ui(&self, ui: &mut Ui, id: Id, column: &Column, line: &Line) {
        let Some(loaded) = self.loaded(ui, column) else { return };
        let Some(text) = loaded.text(line.slot) else { return };
        let t = tokens(ui);
        let color = if line.matched { t.text_secondary } else { t.text_muted };
        plain_ui(ui, id, &Text { shown: text, color, is_mono: false, is_number: loaded.numeric });
    }

    /// The column's values; while they are on their way a bar stands in each cell.
    fn loaded(&self, ui: &Ui, column: &Column) -> Option<&LoadedColumn> {
        let loaded = column.id.key().and_then(|key| self.table.column(&key));
        if loaded.is_none() {
            let t = tokens(ui);
            let rect = ui.max_rect().shrink2(vec2(PAD, 0.0));
            let bar = Align2::RIGHT_CENTER.align_size_within_rect(vec2(rect.width() * 0.5, 8.0), rect);
            ui.painter().rect_filled(bar, scale().radius_small, t.skeleton);
        }
        loaded
    }
}

/// The sign that folds and unfolds a parent, or says that a parent is missing; true when it was clicked.
fn fold_ui(ui: &Ui, id: Id, line: &Line, place: Rect, name: &str) -> bool {
    let t = tokens(ui);
    if line.children > 0 {
        let response = ui.interact(place, id.with("fold"), Sense::click());
        let verb = if line.open { "Fold" } else { "Unfold" };
        response.widget_info(|| WidgetInfo::labeled(Role::Button, true, format!("{verb} {name}")));
        let icon = if line.open { icons::CHEVRON_DOWN } else { icons::CHEVRON_RIGHT };
        let color = if response.hovered() { t.text } else { t.text_muted };
        icon.paint(ui.painter(), place, 16.0, color);
        return response.clicked();
    }
    if line.orphan {
        let response = ui.interact(place, id.with("orphan"), Sense::hover());
        icons::UNLINK.paint(ui.painter(), place, 13.0, t.text_muted);
        if response.contains_pointer() {
            response.on_hover_text("Its parent run is not in this table");
        }
    }
    false
}

/// How a figure stands in its column.
pub(super) fn written(loaded: &LoadedColumn, column: &Column, value: f64) -> String {
    match loaded.format(column.figure()).written(value) {
        Written::Fixed(decimals) => format::fixed(value, decimals),
        Written::Significant(digits) => format::significant(value, digits),
    }
}

/// One line of text that ends in `…` where the room ends.
pub(crate) fn galley(ui: &Ui, text: &str, family: FontFamily, size: f32, color: Color32, width: f32) -> Arc<Galley> {
    let first_line = text.split('\n').next().unwrap_or_default();
    let mut job = egui::text::LayoutJob::simple_singleline(first_line.to_owned(), FontId::new(size, family), color);
    job.wrap = egui::text::TextWrapping::truncate_at_width(width);
    ui.painter().layout_job(job)
}

/// A text that is on hover in full when it is cut.
fn plain_ui(ui: &mut Ui, id: Id, text: &Text<'_>) {
    let (response, is_cut) = paint(ui, id, text, || text.shown.to_owned());
    if is_cut && response.contains_pointer() {
        response.on_hover_text(text.shown);
    }
}

fn text_ui(ui: &mut Ui, id: Id, text: &Text<'_>) -> Response {
    paint(ui, id, text, || text.shown.to_owned()).0
}

fn number_ui(ui: &mut Ui, id: Id, shown: &str, color: Color32, label: impl Fn() -> String) -> Response {
    paint(ui, id, &Text { shown, color, is_mono: false, is_number: true }, label).0
}

fn paint(ui: &mut Ui, id: Id, text: &Text<'_>, label: impl Fn() -> String) -> (Response, bool) {
    let rect = ui.max_rect().shrink2(vec2(PAD, 0.0));
    let s = scale();
    let (family, size) =
        if text.is_mono { (FontFamily::Monospace, s.type_mono) } else { (FontFamily::Proportional, s.type_body) };
    if ui.is_sizing_pass() {
        let wide = galley(ui, text.shown, family.clone(), size, text.color, f32::INFINITY);
        ui.allocate_space(vec2(wide.size().x.min(480.0) + 2.0 * PAD, 1.0));
    }
    let galley = galley(ui, text.shown, family, size, text.color, rect.width());
    let align = if text.is_number { Align2::RIGHT_CENTER } else { Align2::LEFT_CENTER };
    let is_cut = galley.elided || text.shown.contains('\n');
    let place = align.align_size_within_rect(galley.size(), rect);
    ui.painter().galley(place.min, galley, text.color);
    let response = ui.interact(rect, id, Sense::hover());
    if !text.shown.is_empty() {
        response.widget_info(|| WidgetInfo::labeled(Role::Cell, true, label()));
    }
    (response, is_cut)
}

/// A text on hover that is made only when it is needed.
fn hover(response: Response, text: impl FnOnce() -> String) {
    if response.contains_pointer() {
        let text = text();
        if !text.is_empty() {
            response.on_hover_text(text);
        }
    }
}
