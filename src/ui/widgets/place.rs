//! Drawing in a given rectangle, inside something that has already taken its space.

use egui::{Layout, Rect, Ui, UiBuilder};

/// Draws in `rect` without moving the cursor, unlike `Ui::put` and `Ui::scope_builder`: for what lies on a row or a
/// field whose space is allocated. Returns what `contents_ui` returned.
pub fn in_rect_ui<R>(ui: &mut Ui, rect: Rect, layout: Layout, contents_ui: impl FnOnce(&mut Ui) -> R) -> R {
    let mut child = ui.new_child(UiBuilder::new().max_rect(rect).layout(layout));
    contents_ui(&mut child)
}
