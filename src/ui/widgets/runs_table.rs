//! The runs table: a header that stays, the run's name that stays, and only the cells in sight drawn.
//!
//! Invariants: what is drawn depends on the state and nothing else, so scroll and selection do not move when runs come
//! in (the first line in sight keeps its place); every line and cell is identified by its run, never by its position;
//! nothing is computed per run, only per line in sight.

use std::ops::Range;
use std::sync::Arc;

use egui::{Context, EventFilter, Id, Key, Modifiers, Rect, Sense, Stroke, Ui, vec2};
use egui_table::{CellInfo, HeaderCellInfo, HeaderRow, PrefetchInfo, Table, TableDelegate, TableState};

use super::runs_table_cells::Cells;
use super::runs_table_header::HeaderUi;
use crate::app::experiments::tree::Order;
use crate::app::experiments::{
    Column, ColumnId, ExperimentNames, ExperimentsCommand, ExperimentsState, Lines as _, Pick, RunsTable, RunsView,
    Step, Visible,
};
use crate::domain::{ColumnInfo, RunId, RunStatus};
use crate::ui::theme::{scale, tokens};

/// How high the header is, in points: the name, and below it what kind of column it is.
const HEADER_HEIGHT: f32 = 42.0;
/// Columns loaded beyond those in sight, so that scrolling sideways finds them there.
const COLUMNS_AHEAD: usize = 3;

/// What the table remembers between frames; nothing of it is worth saving.
#[derive(Default)]
pub struct RunsTableUi {
    memo: ColumnsMemo,
    order: Option<Arc<Order>>,
    query: Option<RunsView>,
    /// The first line in sight and its position when it was drawn.
    anchor: Option<(RunId, usize)>,
    scrolled: u64,
    header: HeaderUi,
    names: Option<(usize, ExperimentNames)>,
}

/// The shown columns, computed when the set-up or the list of columns changes.
#[derive(Default)]
struct ColumnsMemo {
    infos: Option<Arc<Vec<ColumnInfo>>>,
    view: Option<RunsView>,
    several: bool,
    columns: Arc<Vec<Column>>,
    ids: Arc<Vec<Id>>,
}

impl ColumnsMemo {
    fn update(&mut self, infos: &Arc<Vec<ColumnInfo>>, view: &RunsView, several: bool) {
        let same_infos = self.infos.as_ref().is_some_and(|known| Arc::ptr_eq(known, infos));
        let same_view = self.view.as_ref().is_some_and(|known| {
            known.columns == view.columns && known.order == view.order && known.varying_only == view.varying_only
        });
        if same_infos && same_view && self.several == several {
            return;
        }
        let columns = view.shown_columns(infos, several);
        self.ids = Arc::new(columns.iter().map(|column| Id::unique(("runs column", &column.id))).collect());
        self.columns = Arc::new(columns);
        self.infos = Some(Arc::clone(infos));
        self.view = Some(view.clone());
        self.several = several;
    }
}

/// What the table is told apart from the state of the screen.
#[derive(Debug, Clone, Copy)]
pub struct TableOptions {
    /// Unix milliseconds.
    pub now_ms: i64,
    pub row_height: f32,
    pub can_write: bool,
}

impl RunsTableUi {
    /// The columns that were drawn last.
    pub fn columns(&self) -> &[Column] {
        &self.memo.columns
    }

    /// Draws the table into the room that is left, and says what the person did.
    pub fn show(
        &mut self,
        ui: &mut Ui,
        state: &ExperimentsState,
        options: TableOptions,
        out: &mut Vec<ExperimentsCommand>,
    ) {
        let Some(table) = state.table.value() else { return };
        let view = state.runs_view();
        self.memo.update(table.infos(), view, state.shows_several());
        let (columns, ids) = (Arc::clone(&self.memo.columns), Arc::clone(&self.memo.ids));
        let sticky = columns.iter().take_while(|column| column.pinned).count();
        let room = ui.available_width();
        let sticky = fitting_sticky(&columns, sticky, room);
        // The name stays in sight whole, and leaves room for what it is the name of.
        let width = |at: usize, column: &Column| {
            if at == 0 { column.width.min((room - 120.0).max(64.0)) } else { column.width }
        };
        let drawn_widths: Vec<f32> = columns.iter().enumerate().map(|(at, column)| width(at, column)).collect();

        let place = ui.available_rect_before_wrap();
        keep_requests_from_above(ui, place);
        let focus_id = Id::unique("runs table");
        let focus = ui.interact(place, focus_id, Sense::focusable_noninteractive());
        focus.widget_info(|| {
            let name = format!("Runs, {} lines", table.order().len());
            egui::WidgetInfo::labeled(egui::Role::Table, true, name)
        });
        keyboard_ui(ui, &focus, table.order().len(), place.height() / options.row_height, out);

        let mut egui_table = Table::new()
            .id_salt("runs")
            .num_rows(table.order().len() as u64)
            .num_sticky_cols(sticky)
            .headers([HeaderRow::new(HEADER_HEIGHT)])
            .columns(
                drawn_widths
                    .iter()
                    .zip(ids.iter())
                    .map(|(width, id)| egui_table::Column::new(*width).range(48.0..=1600.0).id(*id))
                    .collect::<Vec<_>>(),
            );
        let shift = self.follow(state, table, view, options.row_height);
        if let Some(row) = self.row_to_show(state, table) {
            let row = row as u64;
            egui_table = egui_table.scroll_to_row(row, None);
        } else if shift == Shift::Top && !table.order().is_empty() {
            egui_table = egui_table.scroll_to_row(0, Some(egui::Align::TOP));
        }

        let table_id = egui_table.get_id(ui);
        let mut widths = TableState::load(ui, table_id).unwrap_or_default();
        widths.col_widths = ids.iter().copied().zip(drawn_widths.iter().copied()).collect();
        widths.store(ui, table_id);

        let names = self.names(state);
        let zone = crate::ui::time_zone(ui);
        let pointer = ui.rect_contains_pointer(place).then(|| ui.ctx().pointer_hover_pos()).flatten();
        let mut draw = Draw {
            cells: Cells { state, table, columns: &columns, ids: &ids, names: &names, zone: &zone, options },
            header: &mut self.header,
            view,
            pointer,
            shift: match shift {
                Shift::By(points) => points,
                Shift::None | Shift::Top => 0.0,
            },
            in_scrolled_part: true,
            last_row: None,
            focus_id,
            visible_rows: 0..0,
            visible_columns: 0..0,
            anchor: None,
            has_running: false,
            out,
        };
        // Columns are told apart by their alignment; a line shows only where one can be dragged.
        let lines = std::mem::replace(&mut ui.visuals_mut().widgets.noninteractive.bg_stroke, Stroke::NONE);
        egui_table.show(ui, &mut draw);
        ui.visuals_mut().widgets.noninteractive.bg_stroke = lines;
        let Draw { visible_rows, visible_columns, anchor, has_running, .. } = draw;
        self.anchor = anchor;
        if has_running {
            // A duration that grows is the only thing here that moves by itself.
            ui.ctx().request_repaint_after(std::time::Duration::from_secs(1));
        }
        self.header.finish_ui(ui, &columns, place, out);
        report_widths(ui, table_id, &columns, &ids, &drawn_widths, out);
        report_visible(state, table, &columns, sticky, &visible_columns, &visible_rows, out);
    }

    fn names(&mut self, state: &ExperimentsState) -> ExperimentNames {
        if !state.shows_several() {
            return ExperimentNames::new();
        }
        let key = state.list.value().map_or(0, |list| Arc::as_ptr(list) as usize);
        if self.names.as_ref().is_none_or(|(known, _)| *known != key) {
            self.names = Some((key, state.experiment_names()));
        }
        self.names.as_ref().map(|(_, names)| names.clone()).unwrap_or_default()
    }

    /// How far the first line in sight moved since the last frame, so that the view moves with it.
    fn follow(&mut self, state: &ExperimentsState, table: &RunsTable, view: &RunsView, row_height: f32) -> Shift {
        let order = table.order();
        if self.order.as_ref().is_some_and(|known| Arc::ptr_eq(known, order)) {
            return Shift::None;
        }
        let is_first = self.order.is_none();
        self.order = Some(Arc::clone(order));
        let same_query = self.query.as_ref().is_some_and(|known| known.same_query(view) && known.nested == view.nested);
        if !state.is_ordering {
            self.query = Some(view.clone());
        }
        if is_first {
            return Shift::None;
        }
        if !same_query {
            return Shift::Top;
        }
        let Some((run, before)) = &self.anchor else { return Shift::None };
        match table.position_of(run) {
            Some(now) if *before > 0 && now != *before => Shift::By((now as f32 - *before as f32) * row_height),
            _ => Shift::None,
        }
    }

    fn row_to_show(&mut self, state: &ExperimentsState, table: &RunsTable) -> Option<usize> {
        let (run, serial) = state.scroll_to.as_ref()?;
        if *serial == self.scrolled {
            return None;
        }
        self.scrolled = *serial;
        table.position_of(run)
    }
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Shift {
    None,
    Top,
    By(f32),
}

/// Pinned columns that leave room for others; the name is always among them.
fn fitting_sticky(columns: &[Column], pinned: usize, room: f32) -> usize {
    let mut used = 0.0;
    let fitting = columns
        .iter()
        .take(pinned)
        .take_while(|column| {
            used += column.width;
            used <= room - 160.0
        })
        .count();
    fitting.max(1).min(columns.len())
}

/// A text cursor above the table asks to be scrolled into view, and the next area that scrolls answers: without one
/// that cannot move, typing in the filter would move the table.
fn keep_requests_from_above(ui: &mut Ui, place: egui::Rect) {
    let nowhere = egui::Rect::from_min_size(place.min, egui::Vec2::ZERO);
    let mut child = ui.new_child(egui::UiBuilder::new().max_rect(nowhere));
    egui::ScrollArea::neither().id_salt("requests from above").show(&mut child, |_| {});
}

/// Arrows, Home, End, Page up and down, Space and Enter, while no text is being typed.
fn keyboard_ui(ui: &Ui, focus: &egui::Response, lines: usize, page: f32, out: &mut Vec<ExperimentsCommand>) {
    let focused = ui.memory(egui::Memory::focused);
    if focused.is_some_and(|id| id != focus.id)
        || ui.ctx().any_popup_open()
        || lines == 0
        || ui.ctx().memory(|memory| memory.top_modal_layer().is_some())
    {
        return;
    }
    if focus.has_focus() {
        let filter = EventFilter { horizontal_arrows: true, vertical_arrows: true, ..EventFilter::default() };
        ui.memory_mut(|memory| memory.set_focus_lock_filter(focus.id, filter));
    }
    let page = (page as i64 - 2).max(1);
    let steps = [
        (Key::ArrowDown, Step::Lines(1)),
        (Key::ArrowUp, Step::Lines(-1)),
        (Key::PageDown, Step::Lines(page)),
        (Key::PageUp, Step::Lines(-page)),
        (Key::Home, Step::First),
        (Key::End, Step::Last),
    ];
    ui.input_mut(|input| {
        for (key, step) in steps {
            for (modifiers, extend) in [(Modifiers::SHIFT, true), (Modifiers::NONE, false)] {
                for _ in 0..input.count_and_consume_key(modifiers, key) {
                    out.push(ExperimentsCommand::Step { step, extend });
                }
            }
        }
        for (key, open) in [(Key::ArrowRight, true), (Key::ArrowLeft, false)] {
            if input.consume_key(Modifiers::NONE, key) {
                out.push(ExperimentsCommand::ExpandFocused(open));
            }
        }
        if input.consume_key(Modifiers::NONE, Key::Space) {
            out.push(ExperimentsCommand::ToggleFocused);
        }
        if input.consume_key(Modifiers::NONE, Key::Enter) {
            out.push(ExperimentsCommand::OpenFocused);
        }
    });
}

fn report_widths(
    ui: &Ui,
    table_id: Id,
    columns: &[Column],
    ids: &[Id],
    drawn: &[f32],
    out: &mut Vec<ExperimentsCommand>,
) {
    let Some(state) = TableState::load(ui, table_id) else { return };
    let changed: Vec<(ColumnId, f32)> = columns
        .iter()
        .zip(ids.iter().zip(drawn))
        .filter_map(|(column, (id, drawn))| {
            let width = state.col_widths.get(id)?.round();
            ((width - drawn).abs() >= 1.0).then(|| (column.id.clone(), width))
        })
        .collect();
    if !changed.is_empty() {
        out.push(ExperimentsCommand::SetWidths(changed));
    }
}

fn report_visible(
    state: &ExperimentsState,
    table: &RunsTable,
    columns: &[Column],
    sticky: usize,
    visible_columns: &Range<usize>,
    visible_rows: &Range<usize>,
    out: &mut Vec<ExperimentsCommand>,
) {
    let from = visible_columns.start.saturating_sub(COLUMNS_AHEAD).max(sticky);
    let to = (visible_columns.end + COLUMNS_AHEAD).min(columns.len());
    let in_sight = columns.iter().take(sticky).chain(columns.get(from..to).unwrap_or_default());
    let mut visible = Visible::default();
    for column in in_sight {
        visible.columns.extend(column.id.key());
        if let (ColumnId::Metric(metric), true) = (&column.id, column.sparkline) {
            visible.sparklines.push(Arc::clone(metric));
        }
    }
    if !visible.sparklines.is_empty() {
        visible.runs = visible_rows.clone().filter_map(|position| table.id_at(position).cloned()).collect();
    }
    if *state.visible() != visible {
        out.push(ExperimentsCommand::Visible(visible));
    }
}

/// Draws what egui_table asks for.
struct Draw<'a> {
    cells: Cells<'a>,
    header: &'a mut HeaderUi,
    view: &'a RunsView,
    pointer: Option<egui::Pos2>,
    /// How far to scroll so that the first line in sight stays where it was.
    shift: f32,
    /// The scrolled part is drawn first, then the sticky one.
    in_scrolled_part: bool,
    last_row: Option<u64>,
    focus_id: Id,
    visible_rows: Range<usize>,
    visible_columns: Range<usize>,
    anchor: Option<(RunId, usize)>,
    has_running: bool,
    out: &'a mut Vec<ExperimentsCommand>,
}

impl TableDelegate for Draw<'_> {
    fn prepare(&mut self, info: &PrefetchInfo) {
        self.visible_columns = info.visible_columns.clone();
        self.visible_rows = info.visible_rows.start as usize..info.visible_rows.end as usize;
        let first = self.visible_rows.start;
        self.anchor = self.cells.table.id_at(first).map(|run| (run.clone(), first));
    }

    fn header_cell_ui(&mut self, ui: &mut Ui, cell: &HeaderCellInfo) {
        let Some(column) = self.cells.columns.get(cell.col_range.start) else { return };
        self.header.cell_ui(ui, cell.col_range.start, column, self.view, &self.cells, self.out);
    }

    fn row_ui(&mut self, ui: &mut Ui, row_nr: u64) {
        if self.last_row.is_some_and(|last| row_nr <= last) {
            self.in_scrolled_part = false;
        }
        self.last_row = Some(row_nr);
        if self.in_scrolled_part && self.shift != 0.0 {
            ui.scroll_with_delta_animation(vec2(0.0, -self.shift), egui::style::ScrollAnimation::none());
            self.shift = 0.0;
            ui.ctx().request_discard("runs came in above the first line in sight");
        }
        let Some(line) = self.cells.table.order().line(row_nr as usize).copied() else { return };
        let Some(row) = self.cells.table.row(line.slot) else { return };
        self.has_running |= row.info.status == RunStatus::Running;
        let rect = ui.max_rect();
        let id = self.focus_id.with((line.slot, self.in_scrolled_part));
        let response = ui.interact(rect.intersect(ui.clip_rect()), id, Sense::click());
        self.row_ground_ui(ui, rect, &row.info.id);
        self.row_actions_ui(ui, &response, row);
    }

    fn cell_ui(&mut self, ui: &mut Ui, cell: &CellInfo) {
        let is_hovered = self.is_hovered(ui.max_rect());
        self.cells.cell_ui(ui, cell.row_nr as usize, cell.col_nr, is_hovered, self.out);
    }

    fn default_row_height(&self) -> f32 {
        self.cells.options.row_height
    }

    fn row_top_offset(&self, _ctx: &Context, _table_id: Id, row_nr: u64) -> f32 {
        row_nr as f32 * self.cells.options.row_height
    }
}

impl Draw<'_> {
    fn is_hovered(&self, rect: Rect) -> bool {
        self.pointer.is_some_and(|at| rect.y_range().contains(at.y) && at.y < rect.bottom())
    }

    fn row_ground_ui(&self, ui: &Ui, rect: Rect, run: &RunId) {
        let (t, s) = (tokens(ui), scale());
        let selection = &self.cells.state.selection;
        let ground = match (selection.contains(run), self.is_hovered(rect)) {
            (true, true) => Some(t.selected_hover),
            (true, false) => Some(t.selected),
            (false, true) => Some(t.hover),
            (false, false) => None,
        };
        if let Some(ground) = ground {
            ui.painter().rect_filled(rect, 0.0, ground);
        }
        if selection.focus() == Some(run) {
            let inner = rect.intersect(ui.clip_rect());
            ui.painter().hline(inner.x_range(), rect.top() + 0.5, Stroke::new(s.hairline, t.focus));
            ui.painter().hline(inner.x_range(), rect.bottom() - 0.5, Stroke::new(s.hairline, t.focus));
            if !self.in_scrolled_part {
                let bar = Rect::from_min_size(rect.min, vec2(3.0, rect.height()));
                ui.painter().rect_filled(bar, 0.0, t.focus);
            }
        }
    }

    fn row_actions_ui(&mut self, ui: &Ui, response: &egui::Response, row: &crate::domain::RunRow) {
        let run = &row.info.id;
        if response.double_clicked() {
            self.out.push(ExperimentsCommand::Pick { run: run.clone(), pick: Pick::Only });
            self.out.push(ExperimentsCommand::OpenFocused);
        } else if response.clicked() {
            let modifiers = ui.input(|input| input.modifiers);
            let pick = match (modifiers.command, modifiers.shift) {
                (true, true) => Pick::AddRange,
                (true, false) => Pick::Toggle,
                (false, true) => Pick::Range,
                (false, false) => Pick::Only,
            };
            self.out.push(ExperimentsCommand::Pick { run: run.clone(), pick });
            ui.memory_mut(|memory| memory.request_focus(self.focus_id));
        } else if response.secondary_clicked() && !self.cells.state.selection.contains(run) {
            self.out.push(ExperimentsCommand::Pick { run: run.clone(), pick: Pick::Only });
        }
        super::runs_table_menu::row_menu_ui(response, &self.cells, row, self.out);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn column(width: f32) -> Column {
        Column { width, ..RunsView::default().column(&ColumnId::NAME) }
    }

    #[test]
    fn pinned_columns_never_take_all_the_room() {
        let columns = [column(240.0), column(200.0), column(200.0)];
        assert_eq!(fitting_sticky(&columns, 3, 1000.0), 3);
        assert_eq!(fitting_sticky(&columns, 3, 640.0), 2);
        assert_eq!(fitting_sticky(&columns, 3, 200.0), 1);
    }
}
