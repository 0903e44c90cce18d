//! The header of the runs table: names, what is shown of a metric, the sort with its order, and what can be done.

use egui::{FontFamily, Rect, Response, Role, Sense, Stroke, Ui, WidgetInfo, vec2};

use super::runs_table_cells::{Cells, PAD, galley};
use super::{MenuItem, context_menu, menu_heading_ui, menu_separator_ui};
use crate::app::experiments::{Aggregate, Better, Column, ColumnGroup, ColumnId, ExperimentsCommand, RunsView};
use crate::ui::theme::{fonts, icons, scale, tokens};

/// How wide menus of the table are, in points.
pub(super) const MENU: f32 = 240.0;

/// What the header remembers between frames: a column that is being dragged.
#[derive(Default)]
pub(super) struct HeaderUi {
    dragged: Option<ColumnId>,
    /// Where the headers in sight stand, left to right, by position of the column.
    places: Vec<(usize, Rect)>,
}

/// The second line of a header: the kind of column, or what is shown of a metric.
fn kind(column: &Column) -> String {
    match &column.id {
        ColumnId::Attribute(_) => String::new(),
        ColumnId::Metric(_) if column.aggregate == Aggregate::Best => match column.better {
            Better::Lower => "best, low".to_owned(),
            Better::Higher => "best, high".to_owned(),
        },
        ColumnId::Metric(_) => column.aggregate.title().to_owned(),
        ColumnId::Param(_) => "parameter".to_owned(),
        ColumnId::Tag(_) => "tag".to_owned(),
    }
}

impl HeaderUi {
    /// Draws the header of one column.
    pub(super) fn cell_ui(
        &mut self,
        ui: &mut Ui,
        at: usize,
        column: &Column,
        view: &RunsView,
        cells: &Cells<'_>,
        out: &mut Vec<ExperimentsCommand>,
    ) {
        let (t, s) = (tokens(ui), scale());
        let rect = ui.max_rect();
        let Some(id) = cells.ids.get(at) else { return };
        self.places.push((at, rect));
        ui.painter().rect_filled(rect, 0.0, t.panel);
        ui.painter().hline(rect.x_range(), rect.bottom() - 0.5, Stroke::new(s.hairline, t.border));
        let edge = rect.y_range().shrink(11.0);
        ui.painter().vline(rect.right() - 0.5, edge, Stroke::new(s.hairline, t.hairline));

        let response = ui.interact(rect.shrink2(vec2(4.0, 0.0)), id.with("header"), Sense::click_and_drag());
        let sort = view.sort_of(&column.id);
        let kind = kind(column);
        response.widget_info(|| {
            let direction = match sort {
                Some((number, true)) => format!(", ascending, key {number}"),
                Some((number, false)) => format!(", descending, key {number}"),
                None => String::new(),
            };
            WidgetInfo::labeled(Role::ColumnHeader, true, format!("Sort by {}{direction}", column.id.title()))
        });
        if response.hovered() {
            ui.painter().rect_filled(rect.shrink2(vec2(1.0, 1.0)), s.radius_small, t.hover);
        }

        let is_number = is_number(column, cells);
        let inner = rect.shrink2(vec2(PAD, 0.0));
        let has_kind = !kind.is_empty();
        let top = if has_kind { rect.top() + 4.0 } else { rect.center().y - 8.0 };
        let mut room = inner.width();
        let mark = sort.map(|(number, ascending)| sort_mark(ui, inner, top, number, ascending, view.sort.len()));
        room -= mark.unwrap_or(0.0);
        let name = galley(ui, column.id.title(), fonts::medium(), s.type_small, t.text_secondary, room.max(0.0));
        if ui.is_sizing_pass() {
            let wide = galley(ui, column.id.title(), fonts::medium(), s.type_small, t.text, f32::INFINITY);
            ui.allocate_space(vec2(wide.size().x + 2.0 * PAD + mark.unwrap_or(0.0), 1.0));
        }
        let is_cut = name.elided;
        let x = if is_number && mark.is_none() { inner.right() - name.size().x } else { inner.left() };
        // A number's header ends where the numbers end; the sort mark takes its place while there is one.
        let x = if is_number && mark.is_some() { inner.left() + (room - name.size().x).max(0.0) } else { x };
        ui.painter().galley(egui::pos2(x, top), name, t.text_secondary);
        if has_kind {
            let small = galley(ui, &kind, FontFamily::Proportional, s.type_small, t.text_muted, inner.width());
            let x = if is_number { inner.right() - small.size().x } else { inner.left() };
            ui.painter().galley(egui::pos2(x, top + 17.0), small, t.text_muted);
        }
        if column.pinned && column.id != ColumnId::NAME {
            let place = Rect::from_min_size(rect.left_bottom() - vec2(-PAD, 19.0), vec2(14.0, 14.0));
            icons::PIN.paint(ui.painter(), place, 11.0, t.text_muted);
        }

        if response.drag_started() && column.id != ColumnId::NAME {
            self.dragged = Some(column.id.clone());
        }
        if response.clicked() {
            let add = ui.input(|input| input.modifiers.shift);
            out.push(ExperimentsCommand::ToggleSort { column: column.id.clone(), add });
        }
        let has_sort = sort.is_some();
        header_menu_ui(&response, column, has_sort, !view.sort.is_empty(), out);
        if response.contains_pointer() && self.dragged.is_none() && !response.context_menu_opened() {
            let text = hover_text(column, is_cut);
            response.on_hover_text(text);
        }
    }

    /// After all headers: shows where a dragged column would go, and moves it there when it is let go.
    pub(super) fn finish_ui(&mut self, ui: &Ui, columns: &[Column], place: Rect, out: &mut Vec<ExperimentsCommand>) {
        let places = std::mem::take(&mut self.places);
        let Some(dragged) = self.dragged.clone() else { return };
        let Some(pointer) = ui.ctx().pointer_latest_pos() else { return };
        let target = places.iter().find(|(_, rect)| rect.x_range().contains(pointer.x));
        let Some((at, rect)) = target.copied() else {
            if ui.input(|input| !input.pointer.any_down()) {
                self.dragged = None;
            }
            return;
        };
        let is_after = pointer.x > rect.center().x;
        let before = if is_after { at + 1 } else { at }.max(1);
        let (t, s) = (tokens(ui), scale());
        ui.ctx().set_cursor_icon(egui::CursorIcon::Grabbing);
        let x = if is_after { rect.right() } else { rect.left() };
        ui.painter().vline(x, place.y_range(), Stroke::new(s.focus_ring, t.accent));
        if ui.input(|input| !input.pointer.any_down()) {
            self.dragged = None;
            let before = columns.get(before).map(|column| column.id.clone());
            if before.as_ref() != Some(&dragged) {
                out.push(ExperimentsCommand::MoveColumn { column: dragged, before });
            }
        }
    }
}

fn is_number(column: &Column, cells: &Cells<'_>) -> bool {
    match &column.id {
        ColumnId::Metric(_) | ColumnId::Attribute(crate::app::experiments::Attribute::Duration) => true,
        ColumnId::Attribute(_) => false,
        id => id.key().and_then(|key| cells.table.column(&key)).is_some_and(|column| column.numeric),
    }
}

/// The arrow of a sorted column, with its number when there are several. Returns the room it takes.
fn sort_mark(ui: &Ui, inner: Rect, top: f32, number: usize, ascending: bool, keys: usize) -> f32 {
    let (t, s) = (tokens(ui), scale());
    let mut x = inner.right();
    if keys > 1 {
        let digits = galley(ui, &number.to_string(), fonts::medium(), s.type_small, t.text_link, f32::INFINITY);
        x -= digits.size().x;
        ui.painter().galley(egui::pos2(x, top), digits, t.text_link);
    }
    let icon = if ascending { icons::ARROW_UP } else { icons::ARROW_DOWN };
    let place = Rect::from_min_size(egui::pos2(x - 15.0, top), vec2(14.0, 16.0));
    icon.paint(ui.painter(), place, 13.0, t.text_link);
    inner.right() - place.left() + 2.0
}

fn hover_text(column: &Column, is_cut: bool) -> String {
    let mut text = String::new();
    if is_cut || column.id.group() != ColumnGroup::Attributes {
        text.push_str(column.id.title());
        text.push('\n');
    }
    if column.id.is_metric() {
        text.push_str(column.aggregate.title());
        text.push_str(" of its values, ");
        text.push_str(column.better.title());
        text.push('\n');
    }
    text.push_str("Click to sort, Shift to add a key, drag to move, right-click for more");
    text
}

fn header_menu_ui(
    response: &Response,
    column: &Column,
    is_key: bool,
    is_sorted: bool,
    out: &mut Vec<ExperimentsCommand>,
) {
    use ExperimentsCommand as C;
    context_menu(response, |ui| {
        ui.set_max_width(MENU);
        let id = &column.id;
        let mut item = |ui: &mut Ui, item: MenuItem<'_>, command: C| {
            if item.show(ui) {
                out.push(command);
            }
        };
        let sort = |ascending, add| C::SetSort { column: id.clone(), ascending, add };
        item(ui, MenuItem::new("Sort ascending").icon(icons::ARROW_UP), sort(true, false));
        item(ui, MenuItem::new("Sort descending").icon(icons::ARROW_DOWN), sort(false, false));
        if is_sorted && !is_key {
            item(
                ui,
                MenuItem::new("Add to the sort").icon(icons::PLUS),
                C::ToggleSort { column: id.clone(), add: true },
            );
        }
        if is_key {
            item(ui, MenuItem::new("Take out of the sort").icon(icons::MINUS), C::RemoveSort(id.clone()));
        }
        if id.is_metric() {
            menu_separator_ui(ui);
            menu_heading_ui(ui, "Show");
            for aggregate in Aggregate::ALL {
                let title = sentence(aggregate.title());
                let row = MenuItem::new(&title).checked(column.aggregate == aggregate);
                item(ui, row, C::SetAggregate { column: id.clone(), aggregate });
            }
            menu_separator_ui(ui);
            for better in [Better::Lower, Better::Higher] {
                let title = sentence(better.title());
                let row = MenuItem::new(&title).checked(column.better == better);
                item(ui, row, C::SetBetter { column: id.clone(), better });
            }
            let row = MenuItem::new("Curve in each cell").checked(column.sparkline);
            item(ui, row, C::SetSparkline { column: id.clone(), shown: !column.sparkline });
        }
        if *id != ColumnId::NAME {
            menu_separator_ui(ui);
            let (title, icon) =
                if column.pinned { ("Let go", icons::PIN_OFF) } else { ("Pin to the left", icons::PIN) };
            item(ui, MenuItem::new(title).icon(icon), C::PinColumn { column: id.clone(), pinned: !column.pinned });
            item(
                ui,
                MenuItem::new("Hide column").icon(icons::EYE_OFF),
                C::ShowColumn { column: id.clone(), shown: false },
            );
        }
    });
}

fn sentence(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}
