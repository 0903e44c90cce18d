//! The experiments at the left: found by name, chosen one or several at a time, made, renamed, binned.

use egui::{Align, FontFamily, Layout, Rect, Role, ScrollArea, Sense, Ui, WidgetInfo, vec2};

use crate::app::experiments::{Dialog, ExperimentsCommand, Stage};
use crate::app::{Edit, ExperimentSummary, State};
use crate::domain::LifecycleStage;
use crate::ui::theme::{fonts, icons, scale, tokens};
use crate::ui::widgets::{
    IconButton, MenuItem, TextField, context_menu, format, menu_heading_ui, menu_separator_ui, menu_under,
    skeleton_rows_ui,
};

const ROW: f32 = 30.0;

/// Draws the list. `edits` in the menus go straight to the application.
pub(super) fn list_ui(ui: &mut Ui, state: &State, search: &mut String, out: &mut Vec<ExperimentsCommand>) {
    let s = scale();
    let screen = &state.experiments;
    ui.spacing_mut().item_spacing.y = s.space_xs;
    heading_ui(ui, state, out);
    TextField::search(search, "Search experiments").width(ui.available_width()).show(ui);
    ui.add_space(s.space_xs);
    let Some(list) = screen.list.value() else {
        if screen.list.error().is_none() {
            skeleton_rows_ui(ui, 6);
        }
        return;
    };
    let wanted = search.trim().to_lowercase();
    let found: Vec<&ExperimentSummary> = list
        .iter()
        .filter(|summary| {
            let is_deleted = summary.experiment.lifecycle_stage == LifecycleStage::Deleted;
            let in_stage = match screen.view.list_stage {
                Stage::Active => !is_deleted,
                Stage::Deleted => is_deleted,
                Stage::All => true,
            };
            in_stage && (wanted.is_empty() || summary.experiment.name.to_lowercase().contains(&wanted))
        })
        .collect();
    if found.is_empty() {
        let text = match (wanted.is_empty(), screen.view.list_stage) {
            (false, _) => "No experiment has this name",
            (true, Stage::Deleted) => "The bin is empty",
            (true, _) => "No experiments yet",
        };
        ui.add_space(s.space_sm);
        ui.label(fonts::small(text).color(tokens(ui).text_muted));
        return;
    }
    ui.spacing_mut().item_spacing.y = 0.0;
    ScrollArea::vertical().auto_shrink(false).show_rows(ui, ROW, found.len(), |ui, range| {
        for summary in found.get(range).unwrap_or_default() {
            experiment_ui(ui, state, summary, out);
        }
    });
}

fn heading_ui(ui: &mut Ui, state: &State, out: &mut Vec<ExperimentsCommand>) {
    let t = tokens(ui);
    let stage = state.experiments.view.list_stage;
    ui.horizontal(|ui| {
        ui.add_space(scale().space_xs);
        let heading = match stage {
            Stage::Active => "Experiments",
            Stage::Deleted => "Experiments in the bin",
            Stage::All => "All experiments",
        };
        ui.label(fonts::small_strong(heading).color(t.text_muted));
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            ui.spacing_mut().item_spacing.x = 0.0;
            let can_write = state.can_write().is_ok();
            let more = ui.add(IconButton::new(icons::ELLIPSIS, "More for experiments").small());
            menu_under(&more, |ui| {
                menu_heading_ui(ui, "Show");
                for choice in Stage::ALL {
                    let text = if choice == Stage::Deleted { "In the bin" } else { choice.title() };
                    if MenuItem::new(text).checked(choice == stage).show(ui) {
                        out.push(ExperimentsCommand::SetListStage(choice));
                    }
                }
            });
            ui.add_space(4.0);
            if ui.add(IconButton::new(icons::PLUS, "New experiment").small().enabled(can_write)).clicked() {
                out.push(ExperimentsCommand::AskDialog(Dialog::NewExperiment));
            }
        });
    });
}

fn experiment_ui(ui: &mut Ui, state: &State, summary: &ExperimentSummary, out: &mut Vec<ExperimentsCommand>) {
    use ExperimentsCommand as C;
    let (t, s) = (tokens(ui), scale());
    let id = summary.experiment.id;
    let name = &summary.experiment.name;
    let chosen = &state.experiments.chosen;
    let is_chosen = chosen.contains(&id);
    let is_deleted = summary.experiment.lifecycle_stage == LifecycleStage::Deleted;
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), ROW), Sense::click());
    response.widget_info(|| {
        let runs = format::counted(summary.run_count as usize, "run", "runs");
        WidgetInfo::selected(Role::ListItem, true, is_chosen, format!("{name}, {runs}"))
    });
    let ground = match (is_chosen, response.contains_pointer() || response.has_focus()) {
        (true, true) => Some(t.selected_hover),
        (true, false) => Some(t.selected),
        (false, true) => Some(t.hover),
        _ => None,
    };
    if let Some(ground) = ground {
        ui.painter().rect_filled(rect, s.radius, ground);
    }

    let mut left = rect.left() + s.space_sm;
    // Ticks come into view when there is more than one to tick, or where the pointer is.
    let tick = Rect::from_center_size(egui::pos2(left + 8.0, rect.center().y), vec2(20.0, 20.0));
    let shows_tick = chosen.len() > 1 || (response.contains_pointer() && !is_chosen);
    let tick_response = ui.interact(tick, response.id.with("tick"), Sense::click());
    tick_response
        .widget_info(|| WidgetInfo::selected(Role::CheckBox, true, is_chosen, format!("Show runs of {name} too")));
    if shows_tick {
        let icon = if is_chosen { icons::SQUARE_CHECK } else { icons::SQUARE };
        icon.paint(ui.painter(), tick, s.icon, if is_chosen { t.accent } else { t.text_muted });
    } else {
        let icon = if is_deleted { icons::TRASH_2 } else { icons::FLASK_CONICAL };
        icon.paint(ui.painter(), tick, 15.0, if is_chosen { t.text } else { t.text_muted });
    }
    left += 24.0;

    let count = format::count(summary.run_count as usize);
    let count = line(ui, &count, FontFamily::Proportional, s.type_small, t.text_muted, 80.0);
    let right = rect.right() - s.space_sm - count.size().x;
    ui.painter().galley(egui::pos2(right, rect.center().y - count.size().y / 2.0), count, t.text_muted);
    let family = if is_chosen { fonts::medium() } else { FontFamily::Proportional };
    let color = if is_deleted { t.text_muted } else { t.text };
    let text = line(ui, name, family, s.type_body, color, (right - s.space_sm - left).max(0.0));
    let is_cut = text.elided;
    ui.painter().galley(egui::pos2(left, rect.center().y - text.size().y / 2.0), text, color);

    if tick_response.clicked() {
        out.push(C::ToggleExperiment(id));
    } else if response.clicked() {
        if ui.input(|input| input.modifiers.command || input.modifiers.shift) {
            out.push(C::ToggleExperiment(id));
        } else {
            out.push(C::Show(vec![id]));
        }
    }
    menu_ui(&response, state, summary, out);
    if is_cut {
        response.on_hover_text(name);
    }
}

fn menu_ui(response: &egui::Response, state: &State, summary: &ExperimentSummary, out: &mut Vec<ExperimentsCommand>) {
    use ExperimentsCommand as C;
    let id = summary.experiment.id;
    let is_deleted = summary.experiment.lifecycle_stage == LifecycleStage::Deleted;
    let can_write = state.can_write().is_ok();
    context_menu(response, |ui| {
        if MenuItem::new("Show only this").icon(icons::EYE).show(ui) {
            out.push(C::Show(vec![id]));
        }
        let is_chosen = state.experiments.chosen.contains(&id);
        let with = if is_chosen { "Take its runs out of the table" } else { "Show its runs too" };
        if MenuItem::new(with).icon(icons::LAYERS).shortcut(Some("Ctrl+click")).show(ui) {
            out.push(C::ToggleExperiment(id));
        }
        if MenuItem::new("Copy experiment ID").icon(icons::COPY).show(ui) {
            ui.ctx().copy_text(id.to_string());
        }
        menu_separator_ui(ui);
        if MenuItem::new("Rename…").icon(icons::PENCIL).enabled(can_write && !is_deleted).show(ui) {
            out.push(C::AskDialog(Dialog::RenameExperiment(id)));
        }
        if is_deleted {
            if MenuItem::new("Restore experiment").icon(icons::ROTATE_CCW).enabled(can_write).show(ui) {
                out.push(C::Edit(Edit::RestoreExperiment(id)));
            }
        } else if MenuItem::new("Delete experiment").icon(icons::TRASH_2).danger().enabled(can_write).show(ui) {
            out.push(C::Edit(Edit::DeleteExperiment(id)));
        }
    });
}

/// One line that ends in `…` where the room ends.
fn line(
    ui: &Ui,
    text: &str,
    family: FontFamily,
    size: f32,
    color: egui::Color32,
    width: f32,
) -> std::sync::Arc<egui::Galley> {
    crate::ui::widgets::runs_table_cells::galley(ui, text, family, size, color, width)
}
