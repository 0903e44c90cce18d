//! What a right-click on a line of the runs table offers.

use egui::Response;

use super::runs_table_cells::Cells;
use super::{MenuItem, context_menu, format, menu_separator_ui};
use crate::app::experiments::{Dialog, ExperimentsCommand};
use crate::domain::{LifecycleStage, RunRow};
use crate::ui::theme::icons;

/// The menu of a line; it acts on all chosen runs when the line is one of them.
pub(super) fn row_menu_ui(response: &Response, cells: &Cells<'_>, row: &RunRow, out: &mut Vec<ExperimentsCommand>) {
    use ExperimentsCommand as C;
    context_menu(response, |ui| {
        ui.set_max_width(super::runs_table_header::MENU);
        let run = &row.info.id;
        let count = cells.state.selection.len().max(1);
        let what = format::counted(count, "run", "runs");
        let can_write = cells.options.can_write;
        let mut chosen = None;
        let mut item = |ui: &mut egui::Ui, item: MenuItem<'_>, command: C| {
            if item.show(ui) {
                chosen = Some(command);
            }
        };
        item(ui, MenuItem::new("Open").icon(icons::MAXIMIZE_2).shortcut(Some("Enter")), C::OpenFocused);
        let has_children = cells
            .table
            .slot(run)
            .and_then(|slot| cells.table.order().position(slot))
            .and_then(|position| cells.table.order().line(position))
            .is_some_and(|line| line.children > 0);
        if has_children {
            let select = MenuItem::new("Select with children").icon(icons::LIST_TREE);
            item(ui, select, C::SelectChildren(run.clone()));
        }
        menu_separator_ui(ui);
        let tag = MenuItem::new("Tag…").icon(icons::TAG).shortcut(Some("T")).enabled(can_write);
        item(ui, tag, C::AskDialog(Dialog::TagRuns));
        let rename = MenuItem::new("Rename…").icon(icons::PENCIL).shortcut(Some("F2")).enabled(can_write);
        item(ui, rename, C::AskDialog(Dialog::RenameRuns));
        let copy = format!("Copy {what} as a table");
        item(ui, MenuItem::new(&copy).icon(icons::COPY).shortcut(Some("Ctrl+C")), C::CopySelection);
        if MenuItem::new("Copy run ID").icon(icons::COPY).show(ui) {
            ui.ctx().copy_text(run.to_string());
        }
        menu_separator_ui(ui);
        if row.info.lifecycle_stage == LifecycleStage::Deleted {
            let restore = format!("Restore {what}");
            item(ui, MenuItem::new(&restore).icon(icons::ROTATE_CCW).enabled(can_write), C::RestoreSelected);
        } else {
            let delete = format!("Delete {what}");
            let row = MenuItem::new(&delete).icon(icons::TRASH_2).shortcut(Some("Delete")).danger().enabled(can_write);
            item(ui, row, C::DeleteSelected);
        }
        out.extend(chosen);
    });
}
