//! The head of the page: name, status, how long, who, when, from which code; the way to relatives and neighbours.

use egui::{Align, Key, Label, Layout, Sense, Ui, vec2};

use crate::app::edit::Edit;
use crate::app::run_page::Relative;
use crate::app::{Command, Commands, Confirm, NavigateCommand, Route, RunTab, WindowCommand};
use crate::domain::{LifecycleStage, tag_key};
use crate::ui::theme::{fonts, icons, scale, tokens};
use crate::ui::time_zone;
use crate::ui::widgets::{
    Button, Copyable, IconButton, MenuItem, StatusBadge, TextField, Tone, format, menu_under, run_status_badge, time_ui,
};

use super::Page;

/// Longer names of experiments and parents are cut in the line of facts.
const MAX_LINK_CHARS: usize = 40;

/// The half-typed name.
#[derive(Default)]
pub(super) struct HeaderUi {
    name: Option<String>,
}

impl HeaderUi {
    pub(super) fn ui(&mut self, ui: &mut Ui, page: Page<'_>, commands: &mut Commands) {
        let s = scale();
        let width = ui.available_width();
        ui.allocate_ui_with_layout(vec2(width, 32.0), Layout::right_to_left(Align::Center), |ui| {
            ui.set_min_size(vec2(width, 32.0));
            ui.spacing_mut().item_spacing.x = s.space_xs;
            menu_ui(ui, page, commands);
            neighbours_ui(ui, page, commands);
            ui.add_space(s.space_md);
            ui.with_layout(Layout::left_to_right(Align::Center), |ui| self.name_ui(ui, page, commands));
        });
        facts_ui(ui, page, commands);
    }

    fn name_ui(&mut self, ui: &mut Ui, page: Page<'_>, commands: &mut Commands) {
        let s = scale();
        let info = &page.details.run.info;
        ui.spacing_mut().item_spacing.x = s.space_sm;
        if let Some(name) = &mut self.name {
            let response = TextField::new(name, "Run name").width(360.0).show(ui);
            if response.gained_focus() || !response.has_focus() && !response.lost_focus() {
                response.request_focus();
            }
            let (enter, escape) = ui.input(|input| (input.key_pressed(Key::Enter), input.key_pressed(Key::Escape)));
            let save = ui.add(Button::primary("Rename")).clicked() || enter;
            if save {
                let name = name.trim().to_owned();
                if !name.is_empty() && name != info.name {
                    commands.send(Command::Edit(Edit::RenameRun { run: page.id().clone(), name }));
                }
                self.name = None;
            } else if ui.add(Button::quiet("Cancel")).clicked() || escape {
                self.name = None;
            }
            return;
        }
        let room = (ui.available_width() - 220.0).max(120.0);
        ui.scope(|ui| {
            ui.set_max_width(room);
            ui.add(Label::new(fonts::title(&info.name)).truncate()).on_hover_text(&info.name);
        });
        let rename = IconButton::new(icons::PENCIL, "Rename run").small().enabled(page.why_read_only().is_none());
        if ui.add(rename).clicked() {
            self.name = Some(info.name.clone());
        }
        ui.add(run_status_badge(info.status));
        if info.lifecycle_stage == LifecycleStage::Deleted {
            ui.add(StatusBadge::new(Tone::Warn, "In the bin").icon(icons::TRASH_2));
        }
    }
}

fn neighbours_ui(ui: &mut Ui, page: Page<'_>, commands: &mut Commands) {
    let family = page.state.run_page.family.value();
    let mut go = |ui: &mut Ui, icon, name: &str, to: Option<&Relative>| {
        let text = to.map_or_else(|| name.to_owned(), |to| format!("{name}: {}", to.name));
        if ui.add(IconButton::new(icon, &text).enabled(to.is_some())).clicked()
            && let (Some(to), Route::Run { tab, .. }) = (to, page.state.route())
        {
            let route = Route::Run { run: to.id.clone(), tab: *tab };
            commands.send(Command::Navigate(NavigateCommand::Go(route)));
        }
    };
    go(ui, icons::CHEVRON_DOWN, "Next run", family.and_then(|family| family.next.as_ref()));
    go(ui, icons::CHEVRON_UP, "Previous run", family.and_then(|family| family.previous.as_ref()));
}

fn menu_ui(ui: &mut Ui, page: Page<'_>, commands: &mut Commands) {
    let info = &page.details.run.info;
    let can_write = page.why_read_only().is_none();
    let button = ui.add(IconButton::new(icons::ELLIPSIS, "More about this run"));
    menu_under(&button, |ui| {
        if MenuItem::new("Copy run id").icon(icons::COPY).show(ui) {
            commands.send(Command::Window(WindowCommand::CopyText(info.id.to_string())));
        }
        if MenuItem::new("Copy artifact location").icon(icons::COPY).show(ui) {
            commands.send(Command::Window(WindowCommand::CopyText(info.artifact_uri.clone())));
        }
        if info.lifecycle_stage == LifecycleStage::Deleted {
            if MenuItem::new("Restore run").icon(icons::ROTATE_CCW).enabled(can_write).show(ui) {
                commands.send(Command::Edit(Edit::RestoreRuns(vec![info.id.clone()])));
            }
        } else if MenuItem::new("Delete run").icon(icons::TRASH_2).danger().enabled(can_write).show(ui) {
            commands.send(Command::Window(WindowCommand::Ask(Confirm {
                title: "Delete this run?".to_owned(),
                text: format!("“{}” goes to the bin. You can restore it", info.name),
                confirm_label: "Delete run".to_owned(),
                is_destructive: true,
                typed: None,
                then: Box::new(Command::Edit(Edit::DeleteRuns(vec![info.id.clone()]))),
            })));
        }
    });
}

/// One line of facts; it wraps where the window is narrow.
fn facts_ui(ui: &mut Ui, page: Page<'_>, commands: &mut Commands) {
    let s = scale();
    let (info, zone, now) = (&page.details.run.info, time_zone(ui), page.state.now_ms);
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing = vec2(s.space_lg, s.space_xs);
        let experiment = &page.details.experiment_name;
        if fact_link_ui(ui, "Experiment", experiment) {
            let route = Route::experiment(info.experiment_id);
            commands.send(Command::Navigate(NavigateCommand::Go(route)));
        }
        if let Some(parent) = &page.details.parent
            && fact_link_ui(ui, "Parent", &parent.name)
        {
            commands.send(Command::Navigate(NavigateCommand::Go(Route::run(parent.id.clone()))));
        }
        if let Some(started) = info.started_at {
            fact_ui(ui, "Started", |ui| {
                time_ui(ui, started, now, &zone);
            });
            let end = info.ended_at.or_else(|| (!info.status.is_terminal()).then_some(now));
            if let Some(end) = end {
                fact_ui(ui, "Duration", |ui| {
                    ui.label(fonts::small(format::duration(end.saturating_sub(started))));
                });
            }
        }
        if !info.user.is_empty() {
            fact_ui(ui, "By", |ui| {
                ui.label(fonts::small(&info.user));
            });
        }
        if let Some(commit) = page.details.run.tag(tag_key::GIT_COMMIT) {
            fact_ui(ui, "Commit", |ui| {
                ui.add(Copyable::new(format::short_id(commit), "Copy commit").copies(commit));
            });
        }
        fact_ui(ui, "Id", |ui| {
            let id = info.id.as_str();
            ui.add(Copyable::new(format::short_id(id), "Copy run id").copies(id));
        });
    });
}

fn fact_ui(ui: &mut Ui, label: &str, value_ui: impl FnOnce(&mut Ui)) {
    let t = tokens(ui);
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = scale().space_xs;
        ui.set_min_height(20.0);
        ui.label(fonts::small(label).color(t.text_muted));
        value_ui(ui);
    });
}

fn fact_link_ui(ui: &mut Ui, label: &str, text: &str) -> bool {
    let mut is_clicked = false;
    let shown = match text.char_indices().nth(MAX_LINK_CHARS) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    };
    fact_ui(ui, label, |ui| is_clicked = link_ui(ui, &shown).on_hover_text(text).clicked());
    is_clicked
}

/// A text that leads somewhere; it ends in `…` where the room ends.
pub(super) fn link_ui(ui: &mut Ui, text: &str) -> egui::Response {
    let t = tokens(ui);
    let label = Label::new(fonts::small(text).color(t.text_link)).truncate().sense(Sense::click());
    let response = ui.add(label).on_hover_cursor(egui::CursorIcon::PointingHand);
    response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Link, true, text));
    response
}

/// Opens the run at its metrics, at one that was chosen.
pub(super) fn metrics_route(page: Page<'_>) -> Command {
    let route = Route::Run { run: page.id().clone(), tab: RunTab::Metrics };
    Command::Navigate(NavigateCommand::Go(route))
}
