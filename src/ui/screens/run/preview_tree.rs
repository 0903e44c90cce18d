//! JSON and YAML as a tree that folds; only the visible rows are laid out.

use std::collections::HashSet;

use egui::{Align, Label, Layout, Role, ScrollArea, Sense, Ui, UiBuilder, WidgetInfo, vec2};

use crate::app::run_page::tree::{NodeValue, TreeNode};
use crate::ui::theme::{fonts, icons, scale, tokens};
use crate::ui::widgets::{Button, format};

/// Larger trees start with everything below the first level folded.
const OPEN_UP_TO: usize = 400;
const MAX_VALUE_CHARS: usize = 2000;

#[derive(Default)]
pub(super) struct TreeUi {
    folded: Option<HashSet<usize>>,
    /// The nodes on show, made again when something is folded.
    rows: Vec<usize>,
}

impl TreeUi {
    pub(super) fn ui(&mut self, ui: &mut Ui, nodes: &[TreeNode]) {
        if self.folded.is_none() {
            let fold_all = nodes.len() > OPEN_UP_TO;
            self.fold(nodes, |node| fold_all && node.depth > 0);
        }
        ui.horizontal(|ui| {
            if ui.add(Button::quiet("Unfold all").small()).clicked() {
                self.fold(nodes, |_| false);
            }
            if ui.add(Button::quiet("Fold all").small()).clicked() {
                self.fold(nodes, |node| node.depth > 0);
            }
            let t = tokens(ui);
            ui.label(fonts::small(format::counted(nodes.len(), "value", "values")).color(t.text_muted));
        });
        let mut toggled = None;
        ui.spacing_mut().item_spacing.y = 0.0;
        ScrollArea::vertical().id_salt("tree view").auto_shrink(false).show_rows(
            ui,
            scale().row_compact,
            self.rows.len(),
            |ui, range| {
                for index in self.rows.get(range).unwrap_or_default() {
                    let Some(node) = nodes.get(*index) else { continue };
                    let is_folded = self.folded.as_ref().is_some_and(|folded| folded.contains(index));
                    if ui.push_id(index, |ui| node_ui(ui, node, is_folded)).inner {
                        toggled = Some(*index);
                    }
                }
            },
        );
        if let (Some(index), Some(folded)) = (toggled, &mut self.folded) {
            if !folded.remove(&index) {
                folded.insert(index);
            }
            self.rebuild(nodes);
        }
    }

    fn fold(&mut self, nodes: &[TreeNode], is_folded: impl Fn(&TreeNode) -> bool) {
        let branches = nodes.iter().enumerate().filter(|(_, node)| node.value.is_branch() && is_folded(node));
        self.folded = Some(branches.map(|(index, _)| index).collect());
        self.rebuild(nodes);
    }

    fn rebuild(&mut self, nodes: &[TreeNode]) {
        self.rows.clear();
        let mut at = 0;
        while let Some(node) = nodes.get(at) {
            self.rows.push(at);
            let is_folded = self.folded.as_ref().is_some_and(|folded| folded.contains(&at));
            at = if is_folded { node.end.max(at + 1) } else { at + 1 };
        }
    }
}

/// Draws a node; whether it was folded or unfolded.
fn node_ui(ui: &mut Ui, node: &TreeNode, is_folded: bool) -> bool {
    let (t, s) = (tokens(ui), scale());
    let is_branch = node.value.is_branch();
    let sense = if is_branch { Sense::click() } else { Sense::hover() };
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), s.row_compact), sense);
    let value = value_text(&node.value);
    let name = if node.key.is_empty() { value.clone() } else { format!("{}: {value}", node.key) };
    response.widget_info(|| WidgetInfo::selected(Role::TreeItem, true, !is_folded, &name));
    if response.hovered() {
        ui.painter().rect_filled(rect, s.radius_small, t.hover);
    }
    let mut inner = rect;
    inner.min.x += node.depth as f32 * s.space_lg;
    let mut row = ui.new_child(UiBuilder::new().max_rect(inner).layout(Layout::left_to_right(Align::Center)));
    {
        let ui = &mut row;
        ui.spacing_mut().item_spacing.x = s.space_xs;
        if is_branch {
            let icon = if is_folded { icons::CHEVRON_RIGHT } else { icons::CHEVRON_DOWN };
            icon.ui(ui, t.text_muted);
        } else {
            ui.add_space(s.icon + s.space_xs);
        }
        if !node.key.is_empty() {
            ui.add(Label::new(fonts::mono(format!("{}:", node.key)).color(t.text_muted)).selectable(false));
        }
        let color = match &node.value {
            NodeValue::Text(_) => t.text,
            NodeValue::Number(_) | NodeValue::Boolean(_) => t.text_link,
            NodeValue::Null => t.text_disabled,
            NodeValue::Object(_) | NodeValue::List(_) => t.text_muted,
        };
        ui.add(Label::new(fonts::mono(&value).color(color)).truncate().selectable(!is_branch));
    }
    response.clicked()
}

fn value_text(value: &NodeValue) -> String {
    match value {
        NodeValue::Object(n) => format!("{{{}}}", format::counted(*n, "key", "keys")),
        NodeValue::List(n) => format!("[{}]", format::counted(*n, "value", "values")),
        NodeValue::Text(text) => {
            let mut shown: String = text.chars().take(MAX_VALUE_CHARS).collect();
            shown = shown.replace('\n', " ");
            if shown.is_empty() { "\"\"".to_owned() } else { shown }
        }
        NodeValue::Number(text) => text.clone(),
        NodeValue::Boolean(value) => value.to_string(),
        NodeValue::Null => "null".to_owned(),
    }
}
