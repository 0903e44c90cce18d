//! A table file, row by row as it comes on screen.

use egui::{Align, Frame, Label, Layout, Margin, Stroke, Ui, UiBuilder};
use egui_table::{CellInfo, Column, HeaderCellInfo, HeaderRow, PrefetchInfo, Table, TableDelegate};

use crate::app::run_page::{Cell, Column as TableColumn, ColumnKind, RowCount, RunPageCommand, TableState};
use crate::app::{Command, Commands};
use crate::ui::theme::{fonts, icons, scale, tokens};
use crate::ui::widgets::{Button, Placeholder, exact_on_hover_ui, format, skeleton_rows_ui};

const MAX_CELL_CHARS: usize = 400;
/// A column does not start wider than this many characters of its texts.
const SIZING_CHARS: usize = 40;

pub(super) fn table_ui(ui: &mut Ui, table: &TableState, commands: &mut Commands) {
    let (t, s) = (tokens(ui), scale());
    if let Some(error) = &table.error {
        Placeholder::error(&error.title, &error.detail).details(&error.details()).show(ui);
        return;
    }
    if table.row_count.known() > 0 && !table.has_rows() {
        // Columns take their widths from the first rows they are drawn with.
        skeleton_rows_ui(ui, 10);
        return;
    }
    let n_issues = table.issues().count();
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = s.space_md;
        let columns = format::counted(table.columns().len(), "column", "columns");
        let rows = match table.row_count {
            RowCount::Exact(count) => format::counted(count as usize, "row", "rows"),
            RowCount::AtLeast(count) => format!("at least {}", format::counted(count as usize, "row", "rows")),
        };
        ui.label(fonts::small(format!("{rows}, {columns}, {}", table.format)).color(t.text_muted));
        if let RowCount::AtLeast(_) = table.row_count {
            if table.is_counting {
                ui.label(fonts::small("counting").color(t.text_muted));
            } else if ui.add(Button::quiet("Count all rows").small()).clicked() {
                commands.send(Command::Run(RunPageCommand::CountRows));
            }
        }
        if n_issues > 0 {
            icons::TRIANGLE_ALERT.ui(ui, t.warn);
            let text = format::counted(n_issues, "oddity in the rows read", "oddities in the rows read");
            ui.label(fonts::small(text).color(t.warn)).on_hover_ui(|ui| {
                for issue in table.issues().take(20) {
                    let column = issue.column.as_ref().map(|column| format!(", column {column}")).unwrap_or_default();
                    ui.label(fonts::small(format!("Row {}{column}: {}", issue.row, issue.message)));
                }
                if n_issues > 20 {
                    ui.label(fonts::small(format!("and {} more", format::count(n_issues - 20))));
                }
            });
        }
    });
    ui.add_space(s.space_sm);
    let digits = table.row_count.known().to_string().len() as f32;
    let mut columns = vec![Column::new(24.0 + digits * 8.0).resizable(false).id(egui::Id::unique("row number"))];
    columns.extend(table.columns().iter().enumerate().map(|(index, column)| {
        let width = 40.0 + 7.5 * column.name.chars().count().max(column.type_name.len()) as f32;
        Column::new(width.clamp(88.0, 280.0)).range(72.0..=1200.0).id(egui::Id::unique((table.id, index)))
    }));
    // More rows than are known appear while they are scrolled to.
    let n_rows = match table.row_count {
        RowCount::Exact(count) => count,
        RowCount::AtLeast(count) => count + 1,
    };
    let mut delegate = Delegate { table, commands };
    Table::new()
        .id_salt(("preview", table.id))
        .num_rows(n_rows)
        .columns(columns)
        .num_sticky_cols(1)
        .headers([HeaderRow::new(42.0)])
        .show(ui, &mut delegate);
}

struct Delegate<'a> {
    table: &'a TableState,
    commands: &'a mut Commands,
}

impl TableDelegate for Delegate<'_> {
    fn prepare(&mut self, info: &PrefetchInfo) {
        let rows = info.visible_rows.clone();
        if !rows.is_empty() && self.table.needs(&rows) {
            self.commands.send(Command::Run(RunPageCommand::ShowRows(rows)));
        }
    }

    fn header_cell_ui(&mut self, ui: &mut Ui, cell: &HeaderCellInfo) {
        let (t, s) = (tokens(ui), scale());
        let rect = ui.max_rect();
        ui.painter().rect_filled(rect, 0.0, t.bar);
        ui.painter().hline(rect.x_range(), rect.bottom(), Stroke::new(s.hairline, t.border));
        let Some(column) = cell.col_range.start.checked_sub(1).and_then(|index| self.table.columns().get(index)) else {
            return;
        };
        Frame::new().inner_margin(Margin::symmetric(s.space_sm as i8, s.space_xs as i8)).show(ui, |ui| {
            ui.spacing_mut().item_spacing.y = 0.0;
            let layout = Layout::top_down(if is_number(column) { Align::Max } else { Align::Min });
            ui.with_layout(layout, |ui| {
                fitted_ui(ui, fonts::small_strong(&column.name)).on_hover_text(&column.name);
                fitted_ui(ui, fonts::small(&column.type_name).color(t.text_muted));
            });
        });
    }

    fn cell_ui(&mut self, ui: &mut Ui, cell: &CellInfo) {
        let (t, s) = (tokens(ui), scale());
        let rect = ui.max_rect();
        ui.painter().hline(rect.x_range(), rect.bottom(), Stroke::new(s.hairline, t.hairline));
        let inner = rect.shrink2(egui::vec2(s.space_sm, 0.0));
        let column = cell.col_nr.checked_sub(1).and_then(|index| Some((index, self.table.columns().get(index)?)));
        let is_number = column.is_none_or(|(_, column)| is_number(column));
        let layout =
            if is_number { Layout::right_to_left(Align::Center) } else { Layout::left_to_right(Align::Center) };
        ui.scope_builder(UiBuilder::new().max_rect(inner).layout(layout), |ui| match column {
            None => {
                ui.label(fonts::small(format::count(cell.row_nr as usize)).color(t.text_muted));
            }
            Some((index, _)) => match self.table.row(cell.row_nr).and_then(|row| row.get(index)) {
                Some(value) => value_ui(ui, value),
                None => {
                    ui.label(fonts::small("…").color(t.text_disabled));
                }
            },
        });
    }

    fn default_row_height(&self) -> f32 {
        scale().row_compact
    }
}

fn is_number(column: &TableColumn) -> bool {
    matches!(column.kind, ColumnKind::Integer | ColumnKind::Float)
}

fn value_ui(ui: &mut Ui, value: &Cell) {
    let t = tokens(ui);
    match value {
        Cell::Null => {
            ui.label(fonts::small("null").color(t.text_disabled));
        }
        Cell::Integer(value) => {
            ui.label(fonts::body(value.to_string()));
        }
        Cell::Float(value) => {
            exact_on_hover_ui(ui, &format::significant(*value, 7), &format::full(*value));
        }
        Cell::Boolean(value) => {
            ui.label(fonts::body(value.to_string()));
        }
        Cell::Text(text) if text.is_empty() => {
            ui.label(fonts::small("\"\"").color(t.text_disabled)).on_hover_text("An empty text");
        }
        Cell::Text(text) => text_ui(ui, text, t.text),
        Cell::Misfit(text) => text_ui(ui, text, t.warn),
    }
}

/// A text that ends in `…` where its column ends, or that tells how wide the column should be.
fn fitted_ui(ui: &mut Ui, text: egui::RichText) -> egui::Response {
    let label = Label::new(text);
    ui.add(if ui.is_sizing_pass() { label.extend() } else { label.truncate() })
}

fn text_ui(ui: &mut Ui, text: &str, color: egui::Color32) {
    let line = text.lines().next().unwrap_or_default();
    let most = if ui.is_sizing_pass() { SIZING_CHARS } else { MAX_CELL_CHARS };
    let shown: String = line.chars().take(most).collect();
    fitted_ui(ui, fonts::body(shown).color(color)).on_hover_ui(|ui| {
        ui.set_max_width(480.0);
        ui.label(text.chars().take(4 * MAX_CELL_CHARS).collect::<String>());
    });
}
