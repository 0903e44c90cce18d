//! Above the runs: the filter and what the table shows, then what it found, or what can be done with the chosen runs.

use egui::{Align, Layout, Role, Sense, Stroke, StrokeKind, Ui, WidgetInfo, vec2};

use crate::app::State;
use crate::app::experiments::{Dialog, ExperimentsCommand, ExperimentsState, Stage, filter_text};
use crate::ui::theme::{fonts, icons, scale, tokens};
use crate::ui::widgets::column_picker::ColumnPicker;
use crate::ui::widgets::filter_bar::FilterBar;
use crate::ui::widgets::{Button, IconButton, MenuItem, format, menu_separator_ui, menu_under, panel_under};

/// How high the line under the filter is.
const SECOND_LINE: f32 = 30.0;

/// The filter bar and the controls of the table.
pub(super) fn toolbar_ui(
    ui: &mut Ui,
    state: &State,
    filter: &mut FilterBar,
    picker: &mut ColumnPicker,
    out: &mut Vec<ExperimentsCommand>,
) {
    use ExperimentsCommand as C;
    let screen = &state.experiments;
    let view = screen.runs_view();
    ui.allocate_ui_with_layout(
        vec2(ui.available_width(), scale().control_height),
        Layout::right_to_left(Align::Center),
        |ui| {
            ui.spacing_mut().item_spacing.x = scale().space_xs;
            let more = ui.add(IconButton::new(icons::ELLIPSIS, "More for the table"));
            menu_under(&more, |ui| more_ui(ui, screen, out));
            let columns = if ui.available_width() < 620.0 {
                ui.add(IconButton::new(icons::COLUMNS_3, "Columns"))
            } else {
                ui.add(Button::quiet("Columns").icon(icons::COLUMNS_3))
            };
            panel_under(&columns, |ui| picker.ui(ui, screen, out));
            let nested = IconButton::new(icons::LIST_TREE, "Nest child runs").selected(view.nested);
            if ui.add(nested).clicked() {
                out.push(C::SetNested(!view.nested));
            }
            let stage = Button::quiet(view.stage.title()).trailing(icons::CHEVRON_DOWN).tooltip("Which runs are shown");
            let stage = ui.add(stage);
            menu_under(&stage, |ui| {
                for choice in Stage::ALL {
                    let text = match choice {
                        Stage::Active => "Active runs",
                        Stage::Deleted => "Deleted runs",
                        Stage::All => "All runs",
                    };
                    if MenuItem::new(text).checked(choice == view.stage).show(ui) {
                        out.push(C::SetStage(choice));
                        ui.close();
                    }
                }
            });
            ui.add_space(scale().space_xs);
            let width = ui.available_width();
            filter.ui(ui, screen, width, out);
        },
    );
}

fn more_ui(ui: &mut Ui, screen: &ExperimentsState, out: &mut Vec<ExperimentsCommand>) {
    use ExperimentsCommand as C;
    let view = screen.runs_view();
    let mut item = |ui: &mut Ui, item: MenuItem<'_>, command: C| {
        if item.show(ui) {
            out.push(command);
        }
    };
    item(ui, MenuItem::new("Unfold all").icon(icons::CHEVRON_DOWN).enabled(view.nested), C::ExpandAll(true));
    item(ui, MenuItem::new("Fold all").icon(icons::CHEVRON_RIGHT).enabled(view.nested), C::ExpandAll(false));
    menu_separator_ui(ui);
    item(ui, MenuItem::new("Clear the sort").icon(icons::ARROW_UP_DOWN).enabled(!view.sort.is_empty()), C::ClearSort);
    item(ui, MenuItem::new("Reset columns").icon(icons::COLUMNS_3), C::ResetColumns);
    menu_separator_ui(ui);
    item(ui, MenuItem::new("Select all that match").icon(icons::SQUARE_CHECK).shortcut(Some("Ctrl+A")), C::SelectAll);
    item(ui, MenuItem::new("Reload").icon(icons::REFRESH_CW).shortcut(Some("F5")), C::Reload);
}

/// What was found, or why the filter cannot be used, or what can be done with the chosen runs.
pub(super) fn second_line_ui(ui: &mut Ui, state: &State, out: &mut Vec<ExperimentsCommand>) {
    let screen = &state.experiments;
    let size = vec2(ui.available_width(), SECOND_LINE);
    ui.allocate_ui_with_layout(size, Layout::left_to_right(Align::Center), |ui| {
        ui.set_min_size(size);
        if screen.selection.is_empty() {
            found_ui(ui, screen, out);
        } else {
            selection_ui(ui, state, out);
        }
    });
}

fn found_ui(ui: &mut Ui, screen: &ExperimentsState, out: &mut Vec<ExperimentsCommand>) {
    let t = tokens(ui);
    if let Some(problem) = &screen.problem {
        icons::CIRCLE_ALERT.ui(ui, t.error);
        ui.add(egui::Label::new(fonts::small(&problem.message).color(t.error)).truncate());
        return;
    }
    let Some(table) = screen.table.value() else { return };
    let all = table.run_count();
    let shown = table.order().matched().len();
    let text = if shown == all {
        format::counted(all, "run", "runs")
    } else {
        format!("{} of {}", format::count(shown), format::counted(all, "run", "runs"))
    };
    ui.label(fonts::small_strong(text).color(t.text_secondary));
    ui.add_space(scale().space_xs);
    let filter = &screen.runs_view().filter;
    if table.run_count() == 0 && filter.is_empty() {
        return;
    }
    for quick in filter_text::QUICK_FILTERS {
        let is_on = filter_text::has_clause(filter, quick.clause);
        if chip_ui(ui, quick.title, is_on).on_hover_text(quick.clause).clicked() {
            out.push(ExperimentsCommand::ToggleClause(quick.clause));
        }
    }
}

/// A small switch with a word on it.
fn chip_ui(ui: &mut Ui, text: &str, is_on: bool) -> egui::Response {
    let (t, s) = (tokens(ui), scale());
    let font = egui::FontId::new(s.type_small, fonts::medium());
    let color = if is_on { t.text_link } else { t.text_secondary };
    let galley = ui.painter().layout_no_wrap(text.to_owned(), font, color);
    let (rect, response) = ui.allocate_exact_size(vec2(galley.size().x + 16.0, 22.0), Sense::click());
    response.widget_info(|| WidgetInfo::selected(Role::CheckBox, true, is_on, text));
    let fill = match (is_on, response.hovered()) {
        (true, _) => t.selected,
        (false, true) => t.hover,
        (false, false) => egui::Color32::TRANSPARENT,
    };
    let stroke = if response.has_focus() {
        Stroke::new(s.focus_ring, t.focus)
    } else {
        Stroke::new(s.hairline, if is_on { t.accent } else { t.border })
    };
    ui.painter().rect(rect, 11.0, fill, stroke, StrokeKind::Inside);
    ui.painter().galley(rect.center() - galley.size() / 2.0, galley, color);
    response
}

fn selection_ui(ui: &mut Ui, state: &State, out: &mut Vec<ExperimentsCommand>) {
    use ExperimentsCommand as C;
    let (t, s) = (tokens(ui), scale());
    let screen = &state.experiments;
    let ground = ui.max_rect().expand2(vec2(4.0, 0.0));
    ui.painter().rect_filled(ground, s.radius, t.selected);
    ui.add_space(s.space_xs);
    let count = screen.selection.len();
    ui.label(fonts::small_strong(format::counted(count, "run selected", "runs selected")).color(t.text));
    ui.add_space(s.space_xs);
    ui.spacing_mut().item_spacing.x = 2.0;
    let why_not = state.can_write().err().unwrap_or_default();
    let can_write = why_not.is_empty();
    let mut button = |ui: &mut Ui, button: Button<'_>, command: C| {
        if ui.add(button.small()).clicked() {
            out.push(command);
        }
    };
    let tag = Button::quiet("Tag").icon(icons::TAG).enabled(can_write, why_not);
    button(ui, tag, C::AskDialog(Dialog::TagRuns));
    let rename = Button::quiet("Rename").icon(icons::PENCIL).enabled(can_write, why_not);
    button(ui, rename, C::AskDialog(Dialog::RenameRuns));
    button(ui, Button::quiet("Copy").icon(icons::COPY).tooltip("Copy as a table, every digit kept"), C::CopySelection);
    let stage = screen.runs_view().stage;
    if stage != Stage::Active {
        let restore = Button::quiet("Restore").icon(icons::ROTATE_CCW).enabled(can_write, why_not);
        button(ui, restore, C::RestoreSelected);
    }
    if stage != Stage::Deleted {
        let delete = Button::quiet("Delete").icon(icons::TRASH_2).enabled(can_write, why_not);
        button(ui, delete.tooltip("Put in the bin; can be undone"), C::DeleteSelected);
    }
    let all = screen.table.value().map_or(0, |table| table.order().matched().len());
    ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
        ui.spacing_mut().item_spacing.x = 2.0;
        ui.add_space(s.space_xs);
        let clear = IconButton::new(icons::X, "Clear the selection").small().shortcut("Esc");
        if ui.add(clear).clicked() {
            out.push(C::ClearSelection);
        }
        let text = format!("Select all {}", format::count(all));
        if count < all && ui.add(Button::quiet(&text).small()).clicked() {
            out.push(C::SelectAll);
        }
    });
}
