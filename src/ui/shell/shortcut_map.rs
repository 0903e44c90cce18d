//! The map of shortcuts, drawn from the declared actions.

use egui::{Id, ScrollArea, Ui, vec2};

use crate::app::actions::{self, ActionGroup, actions};
use crate::app::{Command, Commands, State, WindowCommand};
use crate::ui::theme::{fonts, scale, tokens};
use crate::ui::widgets::{TextField, dialog_ui, kbd_ui};

/// The keys of a declared action as text; the first of several.
pub(super) fn shortcut_text(action: &str) -> Option<String> {
    actions().find(|declared| declared.id == action)?.shortcuts.first().map(ToString::to_string)
}

const fn heading(group: ActionGroup) -> &'static str {
    match group {
        ActionGroup::General => "General",
        ActionGroup::Go => "Go to",
        ActionGroup::Workspace => "Workspace",
        ActionGroup::View => "View",
        ActionGroup::Experiments => "Experiments",
        ActionGroup::Run => "Run",
    }
}

const GROUPS: [ActionGroup; 6] = [
    ActionGroup::General,
    ActionGroup::Go,
    ActionGroup::Workspace,
    ActionGroup::View,
    ActionGroup::Experiments,
    ActionGroup::Run,
];

pub(super) fn shortcut_map_ui(ui: &Ui, state: &State, filter: &mut String, commands: &mut Commands) {
    if !state.shortcuts_open {
        filter.clear();
        return;
    }
    let s = scale();
    let height = ui.content_rect().height() - 220.0;
    let ((), is_dismissed) = dialog_ui(ui, Id::unique("shortcut map"), "Keyboard shortcuts", 720.0, |ui| {
        let width = ui.available_width();
        TextField::search(filter, "Filter shortcuts").width(width).show(ui);
        ui.add_space(s.space_xs);
        ScrollArea::vertical().max_height(height.clamp(160.0, 560.0)).auto_shrink([false, true]).show(ui, |ui| {
            let groups: Vec<_> = GROUPS
                .iter()
                .map(|group| (*group, matching(*group, filter)))
                .filter(|(_, list)| !list.is_empty())
                .collect();
            if groups.is_empty() {
                ui.label(fonts::body("Nothing matches").color(tokens(ui).text_muted));
                return;
            }
            // Two columns of about the same height.
            let total: usize = groups.iter().map(|(_, list)| list.len() + 2).sum();
            let mut columns: [Vec<&(ActionGroup, Vec<&actions::Action>)>; 2] = Default::default();
            let mut above = 0;
            for group in &groups {
                let [left, right] = &mut columns;
                if above * 2 < total {
                    left.push(group);
                } else {
                    right.push(group);
                }
                above += group.1.len() + 2;
            }
            ui.horizontal_top(|ui| {
                // The scroll bar floats over the right edge.
                let column_width = (ui.available_width() - s.space_md - s.space_xl) / 2.0;
                ui.spacing_mut().item_spacing.x = s.space_xl;
                for column in columns {
                    ui.vertical(|ui| {
                        ui.set_width(column_width);
                        for (group, list) in column {
                            group_ui(ui, *group, list);
                        }
                    });
                }
            });
        });
    });
    if is_dismissed {
        commands.send(Command::Window(WindowCommand::ShowShortcuts(false)));
    }
}

fn matching(group: ActionGroup, filter: &str) -> Vec<&'static actions::Action> {
    let wanted = filter.trim().to_lowercase();
    let is_wanted = |action: &&'static actions::Action| {
        let has_keys = !action.shortcuts.is_empty();
        let keys = action.shortcuts.iter().any(|keys| keys.to_string().to_lowercase().contains(&wanted));
        action.group == group && has_keys && (wanted.is_empty() || keys || action.text.to_lowercase().contains(&wanted))
    };
    actions().filter(is_wanted).collect()
}

fn group_ui(ui: &mut Ui, group: ActionGroup, list: &[&actions::Action]) {
    let (t, s) = (tokens(ui), scale());
    ui.spacing_mut().item_spacing.y = 2.0;
    ui.label(fonts::small_strong(heading(group)).color(t.text_muted));
    ui.add_space(2.0);
    for action in list {
        let size = vec2(ui.available_width(), 26.0);
        ui.allocate_ui_with_layout(size, egui::Layout::right_to_left(egui::Align::Center), |ui| {
            ui.set_min_size(size);
            ui.spacing_mut().item_spacing.x = 6.0;
            for (index, keys) in action.shortcuts.iter().take(2).enumerate().collect::<Vec<_>>().into_iter().rev() {
                kbd_ui(ui, &keys.to_string());
                if index > 0 {
                    ui.label(fonts::small("or").color(t.text_muted));
                }
            }
            ui.with_layout(egui::Layout::left_to_right(egui::Align::Center), |ui| {
                ui.add(egui::Label::new(fonts::body(action.text)).truncate());
            });
        });
    }
    ui.add_space(s.space_md);
}
