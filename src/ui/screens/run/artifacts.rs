//! The artifact browser: the tree left, the preview right, the arrow keys to leaf through.

use std::sync::Arc;

use egui::{
    Align2, FontFamily, FontId, Frame, Key, Margin, Panel, Rect, Role, ScrollArea, Sense, Ui, WidgetInfo, vec2,
};

use crate::app::run_page::{RunPageCommand, TreeRow};
use crate::app::{Command, Commands};
use crate::ui::theme::{icons, scale, tokens};
use crate::ui::widgets::{Placeholder, StateAction, format, skeleton_rows_ui};

use super::preview::PreviewUi;
use super::rows::paint_elided;
use super::{Page, file_icon};

const TREE_WIDTH: f32 = 288.0;

#[derive(Default)]
pub(super) struct ArtifactsUi {
    preview: PreviewUi,
    /// Whether the keyboard moved the selection, so that it has to be brought into view.
    follows_selection: bool,
}

impl ArtifactsUi {
    pub(super) fn ui(&mut self, ui: &mut Ui, page: Page<'_>, commands: &mut Commands) {
        let (t, s) = (tokens(ui), scale());
        let browser = &page.state.run_page.artifacts;
        if browser.is_known_empty() {
            let text = "Files that the run logs, such as plots, tables and models, can be looked at here";
            Placeholder::empty(icons::PACKAGE, "No artifacts yet", text).show(ui);
            return;
        }
        let root = browser.root();
        if let Some(error) = root.and_then(|root| root.error()).filter(|_| browser.rows().is_empty()) {
            let placeholder = Placeholder::error(&error.title, &error.detail).action("Retry");
            if placeholder.details(&error.details()).show(ui) == Some(StateAction::Primary) {
                commands.send(Command::Run(RunPageCommand::Reload));
            }
            return;
        }
        self.keys(ui, page, commands);
        let frame = Frame::new().fill(t.panel).inner_margin(Margin {
            left: s.space_sm as i8,
            right: 0,
            top: s.space_sm as i8,
            bottom: 0,
        });
        Panel::left("artifact tree").default_size(TREE_WIDTH).size_range(160.0..=560.0).frame(frame).show(ui, |ui| {
            if browser.rows().is_empty() {
                skeleton_rows_ui(ui, 6);
            } else {
                self.tree_ui(ui, page, browser.rows(), commands);
            }
        });
        let margin = Margin { left: s.space_lg as i8, right: s.space_lg as i8, top: s.space_md as i8, bottom: 0 };
        Frame::new().inner_margin(margin).show(ui, |ui| self.preview.ui(ui, page, commands));
    }

    fn keys(&mut self, ui: &Ui, page: Page<'_>, commands: &mut Commands) {
        if ui.text_edit_focused() || page.state.palette.is_open || page.state.confirm.is_some() {
            return;
        }
        let browser = &page.state.run_page.artifacts;
        let row = browser.rows().iter().find(|row| browser.selected() == Some(&row.artifact));
        let (down, up, toggle) = ui.input(|input| {
            let plain = !input.modifiers.any();
            let opens = row.is_some_and(|row| row.is_dir)
                && (input.key_pressed(Key::ArrowRight) && row.is_some_and(|row| !row.is_open)
                    || input.key_pressed(Key::ArrowLeft) && row.is_some_and(|row| row.is_open));
            (plain && input.key_pressed(Key::ArrowDown), plain && input.key_pressed(Key::ArrowUp), plain && opens)
        });
        for (is_pressed, by) in [(down, 1), (up, -1)] {
            if is_pressed {
                self.follows_selection = true;
                commands.send(Command::Run(RunPageCommand::StepArtifact(by)));
            }
        }
        if let Some(row) = row.filter(|_| toggle) {
            commands.send(Command::Run(RunPageCommand::ToggleFolder(row.artifact.clone())));
        }
    }

    fn tree_ui(&mut self, ui: &mut Ui, page: Page<'_>, rows: &Arc<[TreeRow]>, commands: &mut Commands) {
        let s = scale();
        let selected = page.state.run_page.artifacts.selected();
        let position = rows.iter().position(|row| selected == Some(&row.artifact));
        let height = s.row_normal;
        ui.spacing_mut().item_spacing.y = 0.0;
        let mut area = ScrollArea::vertical().auto_shrink(false).id_salt("tree");
        if std::mem::take(&mut self.follows_selection)
            && let Some(position) = position
        {
            let middle = position as f32 * height - ui.available_height() / 2.0;
            area = area.vertical_scroll_offset(middle.max(0.0));
        }
        area.show_rows(ui, height, rows.len(), |ui, range| {
            for row in rows.get(range).unwrap_or_default() {
                let is_selected = selected == Some(&row.artifact);
                ui.push_id(&row.artifact, |ui| tree_row_ui(ui, row, is_selected, commands));
            }
        });
    }
}

fn tree_row_ui(ui: &mut Ui, row: &TreeRow, is_selected: bool, commands: &mut Commands) {
    let (t, s) = (tokens(ui), scale());
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), s.row_normal), Sense::click());
    response.widget_info(|| WidgetInfo::selected(Role::TreeItem, true, is_selected, &row.name));
    let fill = match (is_selected, response.hovered()) {
        (true, true) => t.selected_hover,
        (true, false) => t.selected,
        (false, true) => t.hover,
        (false, false) => t.panel,
    };
    ui.painter().rect_filled(rect, s.radius_small, fill);
    let mut inner = rect.shrink2(vec2(s.space_xs, 0.0));
    inner.min.x += row.depth as f32 * s.space_lg;
    let place = Rect::from_min_size(inner.min, vec2(s.icon, inner.height()));
    let icon = match (row.is_dir, row.is_open) {
        (true, true) => icons::CHEVRON_DOWN,
        (true, false) => icons::CHEVRON_RIGHT,
        (false, _) => file_icon(&row.name),
    };
    let color = if row.error.is_some() { t.error } else { t.text_muted };
    icon.paint(ui.painter(), place, s.icon, color);
    inner.min.x = place.right() + s.space_xs;
    let about = match row.size {
        Some(size) => format::bytes(size),
        None if row.is_loading => "loading".to_owned(),
        None => String::new(),
    };
    let font = FontId::new(s.type_small, FontFamily::Proportional);
    let right = egui::pos2(inner.right(), inner.center().y);
    let taken = ui.painter().text(right, Align2::RIGHT_CENTER, about, font, t.text_muted);
    inner.max.x = taken.left() - s.space_sm;
    paint_elided(ui, inner, &row.name, t.text);
    if let Some(error) = &row.error {
        response.clone().on_hover_text(error);
    }
    if response.clicked() {
        commands.send(Command::Run(RunPageCommand::SelectArtifact(row.artifact.clone())));
        if row.is_dir {
            commands.send(Command::Run(RunPageCommand::ToggleFolder(row.artifact.clone())));
        }
    }
}
