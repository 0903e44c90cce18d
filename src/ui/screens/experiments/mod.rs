//! Experiments: the list left, the runs centre, the run that has the keyboard right.

mod dialogs;
mod inspector;
mod list;
mod states;
mod toolbar;

use egui::{Frame, Margin, Panel, Ui};

use crate::app::experiments::ExperimentsCommand;
use crate::app::settings::RowDensity;
use crate::app::{Command, Commands, State};
use crate::ui::theme::{scale, tokens};
use crate::ui::widgets::column_picker::ColumnPicker;
use crate::ui::widgets::filter_bar::FilterBar;
use crate::ui::widgets::refresh_line_ui;
use crate::ui::widgets::runs_table::{RunsTableUi, TableOptions};

/// Below this width the list of experiments makes room for the runs.
const NARROW: f32 = 1000.0;

/// What only drawing needs.
#[derive(Default)]
pub(super) struct ExperimentsUi {
    search: String,
    filter: FilterBar,
    picker: ColumnPicker,
    table: RunsTableUi,
    dialogs: dialogs::Dialogs,
}

impl ExperimentsUi {
    /// Draws the screen.
    pub(super) fn ui(&mut self, ui: &mut Ui, state: &State, commands: &mut Commands) {
        let (t, s) = (tokens(ui), scale());
        let mut out = Vec::new();
        let width = ui.available_width();
        let list_width = if width < NARROW { 184.0 } else { 248.0 };
        let side = Frame::new().fill(t.panel).inner_margin(Margin::symmetric(s.space_sm as i8, s.space_sm as i8));
        Panel::left("experiments").default_size(list_width).size_range(150.0..=480.0).frame(side).show(ui, |ui| {
            list::list_ui(ui, state, &mut self.search, &mut out);
        });
        let has_runs = state.experiments.table.value().is_some_and(|table| table.run_count() > 0);
        if state.settings.inspector_open && has_runs {
            let inspector = if width < NARROW { 240.0 } else { s.inspector - 24.0 };
            Panel::right("run summary").default_size(inspector).size_range(200.0..=560.0).frame(side).show(ui, |ui| {
                inspector::inspector_ui(ui, state, commands);
            });
        }
        ui.spacing_mut().item_spacing.y = 0.0;
        self.runs_ui(ui, state, commands, &mut out);
        self.dialogs.ui(ui, &state.experiments, &mut out);
        for command in out {
            commands.send(Command::Experiments(command));
        }
    }

    fn runs_ui(&mut self, ui: &mut Ui, state: &State, commands: &mut Commands, out: &mut Vec<ExperimentsCommand>) {
        let s = scale();
        let screen = &state.experiments;
        if states::instead_of_all_ui(ui, state, out) {
            return;
        }
        let bars = Frame::new().inner_margin(Margin { left: 12, right: 12, top: 8, bottom: 0 });
        bars.show(ui, |ui| {
            ui.spacing_mut().item_spacing = egui::vec2(s.space_sm, s.space_xs);
            toolbar::toolbar_ui(ui, state, &mut self.filter, &mut self.picker, out);
            toolbar::second_line_ui(ui, state, out);
        });
        ui.add_space(s.space_xs);
        let place = ui.available_rect_before_wrap();
        if states::instead_of_table_ui(ui, state, commands, out) {
            return;
        }
        let row_height = match state.settings.row_density {
            RowDensity::Compact => s.row_compact,
            RowDensity::Normal => s.row_normal,
            RowDensity::Roomy => s.row_roomy,
        };
        let options = TableOptions { now_ms: state.now_ms, row_height, can_write: state.can_write().is_ok() };
        if screen.table.is_stale() {
            ui.set_opacity(0.6);
        }
        self.table.show(ui, screen, options, out);
        ui.set_opacity(1.0);
        if screen.is_ordering || screen.table.is_loading() {
            refresh_line_ui(ui, place, None);
        }
    }
}
