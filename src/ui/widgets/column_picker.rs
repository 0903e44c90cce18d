//! Chooses which columns the runs table shows, in groups and by search; drags them into order, pins them.

use egui::{Role, ScrollArea, Sense, Ui, WidgetInfo, vec2};

use super::runs_table_cells::galley;
use super::{Button, IconButton, TextField, Toggle, format, hairline_ui};
use crate::app::experiments::{ColumnGroup, ColumnId, ExperimentsCommand, ExperimentsState};
use crate::domain::ColumnInfo;
use crate::ui::theme::{fonts, icons, scale, tokens};

const WIDTH: f32 = 320.0;
const ROW: f32 = 26.0;

/// The picker's half-typed search.
#[derive(Default)]
pub struct ColumnPicker {
    search: String,
}

/// One line of the picker.
enum Row<'a> {
    Group { group: ColumnGroup, shown: usize, count: usize },
    Column { id: &'a ColumnId, info: Option<&'a ColumnInfo>, is_shown: bool },
}

impl ColumnPicker {
    /// Draws the picker.
    pub fn ui(&mut self, ui: &mut Ui, state: &ExperimentsState, out: &mut Vec<ExperimentsCommand>) {
        let s = scale();
        let Some(table) = state.table.value() else { return };
        let view = state.runs_view();
        ui.set_width(WIDTH);
        ui.spacing_mut().item_spacing.y = s.space_xs;
        TextField::search(&mut self.search, "Search columns").width(WIDTH).show(ui);
        let mut varying = view.varying_only;
        let switch = ui.horizontal(|ui| {
            ui.label(fonts::body("Varying only"));
            let layout = egui::Layout::right_to_left(egui::Align::Center);
            ui.with_layout(layout, |ui| ui.add(Toggle::new(&mut varying, "Varying only"))).inner
        });
        let what = "Leave out metrics, parameters and tags that are the same or missing in every run";
        if switch.inner.on_hover_text(what).changed() {
            out.push(ExperimentsCommand::SetVaryingOnly(varying));
        }
        hairline_ui(ui);

        let infos = table.infos();
        let by_id: std::collections::HashMap<ColumnId, &ColumnInfo> =
            infos.iter().map(|info| (ColumnId::from(&info.key), info)).collect();
        let rule = view.rule(state.shows_several());
        let ids = view.arrange(infos);
        let rows = rows(&ids, &self.search, |id| {
            let info = by_id.get(id).copied();
            (info, view.shows(id, info, rule))
        });
        if rows.is_empty() {
            ui.label(fonts::body("No column has this name").color(tokens(ui).text_muted));
        }
        ui.spacing_mut().item_spacing.y = 0.0;
        ScrollArea::vertical().max_height(420.0).auto_shrink([false, true]).show_rows(
            ui,
            ROW,
            rows.len(),
            |ui, range| {
                ui.spacing_mut().item_spacing.y = 0.0;
                for row in rows.get(range).unwrap_or_default() {
                    match row {
                        Row::Group { group, shown, count } => group_ui(ui, *group, *shown, *count),
                        Row::Column { id, info, is_shown } => {
                            let pinned = view.column(id).pinned;
                            column_ui(ui, id, *info, *is_shown, pinned, table.run_count(), &ids, out);
                        }
                    }
                }
            },
        );
        hairline_ui(ui);
        ui.horizontal(|ui| {
            if ui.add(Button::quiet("Reset columns").icon(icons::ROTATE_CCW).small()).clicked() {
                out.push(ExperimentsCommand::ResetColumns);
            }
        });
    }
}

/// The lines that a search leaves, group by group.
fn rows<'a>(
    ids: &'a [ColumnId],
    search: &str,
    look: impl Fn(&ColumnId) -> (Option<&'a ColumnInfo>, bool),
) -> Vec<Row<'a>> {
    let search = search.trim().to_lowercase();
    let mut rows = Vec::new();
    for group in ColumnGroup::ALL {
        let columns: Vec<Row<'a>> = ids
            .iter()
            .filter(|id| id.group() == group && (search.is_empty() || id.title().to_lowercase().contains(&search)))
            .map(|id| {
                let (info, is_shown) = look(id);
                Row::Column { id, info, is_shown }
            })
            .collect();
        if !columns.is_empty() {
            let shown = columns.iter().filter(|row| matches!(row, Row::Column { is_shown: true, .. })).count();
            rows.push(Row::Group { group, shown, count: columns.len() });
            rows.extend(columns);
        }
    }
    rows
}

fn group_ui(ui: &mut Ui, group: ColumnGroup, shown: usize, count: usize) {
    let (t, s) = (tokens(ui), scale());
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), ROW), Sense::hover());
    let text = format!("{} · {} of {}", group.title(), format::count(shown), format::count(count));
    response.widget_info(|| WidgetInfo::labeled(Role::Heading, true, &text));
    let galley = galley(ui, &text, fonts::medium(), s.type_small, t.text_muted, rect.width());
    ui.painter().galley(egui::pos2(rect.left(), rect.bottom() - galley.size().y - 5.0), galley, t.text_muted);
}

#[expect(clippy::too_many_arguments, reason = "one line of a list, drawn in one place")]
fn column_ui(
    ui: &mut Ui,
    id: &ColumnId,
    info: Option<&ColumnInfo>,
    is_shown: bool,
    is_pinned: bool,
    run_count: usize,
    ids: &[ColumnId],
    out: &mut Vec<ExperimentsCommand>,
) {
    let (t, s) = (tokens(ui), scale());
    let title = id.title();
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), ROW), Sense::click());
    let can_hide = *id != ColumnId::NAME;
    response.widget_info(|| WidgetInfo::selected(Role::CheckBox, can_hide, is_shown, format!("Show {title}")));
    if response.hovered() || response.has_focus() {
        ui.painter().rect_filled(rect, s.radius_small, t.hover);
    }
    let sign = egui::Rect::from_min_size(rect.min + vec2(4.0, 0.0), vec2(18.0, ROW));
    let icon = if is_shown { icons::SQUARE_CHECK } else { icons::SQUARE };
    let color = match (can_hide, is_shown) {
        (false, _) => t.text_disabled,
        (true, true) => t.accent,
        (true, false) => t.text_muted,
    };
    icon.paint(ui.painter(), sign, s.icon, color);
    let mut right = rect.right() - 4.0;
    if can_hide && (response.contains_pointer() || is_pinned) {
        right -= 22.0;
        let place = egui::Rect::from_min_size(egui::pos2(right, rect.center().y - 10.0), vec2(20.0, 20.0));
        let (icon, verb) = if is_pinned { (icons::PIN_OFF, "Let go") } else { (icons::PIN, "Pin") };
        if ui.put(place, IconButton::new(icon, &format!("{verb} {title}")).small()).clicked() {
            out.push(ExperimentsCommand::PinColumn { column: id.clone(), pinned: !is_pinned });
        }
    }
    if can_hide && response.contains_pointer() {
        let at = ids.iter().position(|other| other == id);
        for (icon, verb, before) in [
            (icons::CHEVRON_DOWN, "Move down", at.and_then(|at| ids.get(at + 2)).cloned()),
            (icons::CHEVRON_UP, "Move up", at.and_then(|at| ids.get(at.checked_sub(1)?)).cloned()),
        ] {
            right -= 22.0;
            let place = egui::Rect::from_min_size(egui::pos2(right, rect.center().y - 10.0), vec2(20.0, 20.0));
            if ui.put(place, IconButton::new(icon, &format!("{verb} {title}")).small()).clicked() {
                out.push(ExperimentsCommand::MoveColumn { column: id.clone(), before });
            }
        }
    } else if let Some(info) = info
        && (info.run_count as usize) < run_count
    {
        let share = format!("{} of {}", format::count(info.run_count as usize), format::count(run_count));
        let galley = galley(ui, &share, egui::FontFamily::Proportional, s.type_small, t.text_muted, 120.0);
        right -= galley.size().x + 2.0;
        ui.painter().galley(egui::pos2(right, rect.center().y - galley.size().y / 2.0), galley, t.text_muted);
    } else if info.is_some_and(|info| !info.varies) {
        let galley = galley(ui, "constant", egui::FontFamily::Proportional, s.type_small, t.text_muted, 120.0);
        right -= galley.size().x + 2.0;
        ui.painter().galley(egui::pos2(right, rect.center().y - galley.size().y / 2.0), galley, t.text_muted);
    }
    let left = sign.right() + 6.0;
    let name = galley(ui, title, egui::FontFamily::Proportional, s.type_body, t.text, (right - 6.0 - left).max(0.0));
    let is_cut = name.elided;
    ui.painter().galley(egui::pos2(left, rect.center().y - name.size().y / 2.0), name, t.text);
    if response.clicked() && can_hide {
        out.push(ExperimentsCommand::ShowColumn { column: id.clone(), shown: !is_shown });
    }
    if is_cut {
        response.on_hover_text(title);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_search_leaves_the_columns_with_that_text() {
        let ids: Vec<ColumnId> = ["train_loss", "val_LOSS", "accuracy", "loss_scale", "log_loss"]
            .into_iter()
            .map(|key| ColumnId::Metric(key.into()))
            .collect();
        let found = rows(&ids, " loss", |_| (None, true));
        assert_eq!(found.iter().filter(|row| matches!(row, Row::Column { .. })).count(), 4);
        assert!(matches!(found.first(), Some(Row::Group { group: ColumnGroup::Metrics, shown: 4, count: 4 })));
        assert!(rows(&ids, "nothing", |_| (None, true)).is_empty());
    }
}
