//! The bar below the screens: what is open, where to log to, what is being done, whether it is kept.

use egui::text::{LayoutJob, TextWrapping};
use egui::{Align, FontFamily, FontId, Frame, Layout, Margin, Panel, Role, Sense, Ui, WidgetInfo, vec2};

use crate::app::{Command, Commands, HomeCommand, Job, Loadable, ServerCommand, ServerStatus, State};
use crate::ui::theme::{Icon, fonts, icons, scale, tokens};
use crate::ui::widgets::{Button, IconButton, Tone, format, hairline_ui, panel_under};

pub(super) fn status_bar_ui(ui: &mut Ui, state: &State, commands: &mut Commands) {
    let (t, s) = (tokens(ui), scale());
    let frame = Frame::new().fill(t.bar).inner_margin(Margin::symmetric(12, 0));
    Panel::bottom("status bar").exact_size(s.status_bar).frame(frame).show(ui, |ui| {
        ui.allocate_ui_with_layout(ui.available_size(), Layout::left_to_right(Align::Center), |ui| {
            ui.spacing_mut().item_spacing.x = s.space_lg;
            workspace_ui(ui, state);
            server_ui(ui, state, commands);
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                ui.spacing_mut().item_spacing.x = s.space_lg;
                kept_ui(ui, state);
                jobs_ui(ui, state, commands);
            });
        });
    });
}

/// An icon with words, the unit that the bar is made of.
fn item_ui(ui: &mut Ui, icon: Icon, tone: Option<Tone>, text: &str) -> egui::Response {
    let (t, s) = (tokens(ui), scale());
    let (side, gap) = (13.0, 6.0);
    let font = FontId::new(s.type_small, FontFamily::Proportional);
    let mut job = LayoutJob::simple_singleline(text.to_owned(), font, t.text_secondary);
    job.wrap = TextWrapping::truncate_at_width((ui.available_width() - side - gap).max(0.0));
    let galley = ui.painter().layout_job(job);
    let (rect, response) = ui.allocate_exact_size(vec2(side + gap + galley.size().x, 20.0), Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Role::Label, true, text));
    let sign = egui::Rect::from_min_size(rect.min, vec2(side, rect.height()));
    icon.paint(ui.painter(), sign, side, tone.map_or(t.text_muted, |tone| tone.color(t)));
    ui.painter().galley(
        egui::pos2(sign.right() + gap, rect.center().y - galley.size().y / 2.0),
        galley,
        t.text_secondary,
    );
    response
}

fn workspace_ui(ui: &mut Ui, state: &State) {
    let Some(path) = &state.workspace_path else {
        item_ui(ui, icons::HARD_DRIVE, None, "No workspace");
        return;
    };
    let path = path.display().to_string();
    match &state.workspace {
        Loadable::Ready(workspace) => {
            item_ui(ui, icons::HARD_DRIVE, None, &format!("Local · {}", workspace.name())).on_hover_text(path);
        }
        Loadable::Failed { .. } => {
            item_ui(ui, icons::TRIANGLE_ALERT, Some(Tone::Error), "Workspace not open").on_hover_text(path);
        }
        Loadable::Loading { .. } | Loadable::Empty => {
            item_ui(ui, icons::HOURGLASS, None, "Opening").on_hover_text(path);
        }
    }
}

fn server_ui(ui: &mut Ui, state: &State, commands: &mut Commands) {
    match &state.server {
        ServerStatus::Off => {
            if state.open_workspace().is_some() {
                item_ui(ui, icons::CLOUD_OFF, None, "Tracking server off");
            }
        }
        ServerStatus::Starting => {
            item_ui(ui, icons::HOURGLASS, None, "Tracking server starting");
        }
        ServerStatus::Running { url, note } => {
            ui.scope(|ui| {
                ui.spacing_mut().item_spacing.x = 2.0;
                let shown = url.strip_prefix("http://").unwrap_or(url);
                let item = item_ui(ui, icons::RADIO, Some(Tone::Ok), &format!("Tracking on {shown}"));
                if let Some(note) = note {
                    item.on_hover_text(note);
                }
                if ui.add(IconButton::new(icons::COPY, "Copy tracking address").small()).clicked() {
                    commands.send(Command::Home(HomeCommand::CopyTrackingUrl));
                }
            });
        }
        ServerStatus::Failed { reason } => {
            item_ui(ui, icons::TRIANGLE_ALERT, Some(Tone::Error), "Tracking server failed").on_hover_text(reason);
            if ui.add(Button::quiet("Try again").small()).clicked() {
                commands.send(Command::Server(ServerCommand::Restart));
            }
        }
    }
}

fn kept_ui(ui: &mut Ui, state: &State) {
    let Some(workspace) = state.open_workspace() else { return };
    match &workspace.read_only {
        Some(reason) => {
            item_ui(ui, icons::LOCK, Some(Tone::Warn), "Read-only").on_hover_text(reason);
        }
        None if state.edits.is_busy() => {
            item_ui(ui, icons::SAVE, None, "Saving");
        }
        None => {
            item_ui(ui, icons::CHECK, None, "Saved")
                .on_hover_text("Every change is on disk before it is shown as done");
        }
    }
}

/// The one line for all jobs; pressing it lists them with a way to stop each.
fn jobs_ui(ui: &mut Ui, state: &State, commands: &mut Commands) {
    let (t, s) = (tokens(ui), scale());
    if state.jobs.is_empty() {
        return;
    }
    let words = match state.jobs.as_slice() {
        [only] => only.label.clone(),
        jobs => format::counted(jobs.len(), "job", "jobs"),
    };
    let share = mean_share(&state.jobs);
    let text = share.map_or_else(|| words.clone(), |share| format!("{words} {}", format::percent(share)));
    let button = ui.add(Button::quiet(&text).icon(icons::ACTIVITY).small());
    if let Some(share) = share {
        let line =
            egui::Rect::from_min_size(button.rect.left_bottom() - vec2(0.0, 1.0), vec2(button.rect.width(), 2.0));
        ui.painter().rect_filled(line, 1.0, t.pressed);
        ui.painter().rect_filled(egui::Rect::from_min_size(line.min, vec2(line.width() * share, 2.0)), 1.0, t.accent);
    }
    panel_under(&button, |ui| {
        ui.set_width(320.0);
        ui.spacing_mut().item_spacing.y = s.space_sm;
        for (index, job) in state.jobs.iter().enumerate() {
            if index > 0 {
                hairline_ui(ui);
            }
            job_ui(ui, job, commands);
        }
    });
}

fn job_ui(ui: &mut Ui, job: &Job, commands: &mut Commands) {
    let t = tokens(ui);
    ui.horizontal(|ui| {
        ui.vertical(|ui| {
            ui.set_width(ui.available_width() - 36.0);
            ui.add(egui::Label::new(fonts::body(&job.label)).truncate());
            let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), 3.0), Sense::hover());
            ui.painter().rect_filled(rect, 1.5, t.pressed);
            if let Some(share) = job.progress.fraction {
                let done = egui::Rect::from_min_size(rect.min, vec2(rect.width() * share.clamp(0.0, 1.0), 3.0));
                ui.painter().rect_filled(done, 1.5, t.accent);
            }
            let text = match job.progress.fraction.map(format::percent) {
                _ if job.is_stopping => "Stopping".to_owned(),
                Some(share) if job.progress.text.is_empty() => share,
                Some(share) => format!("{share} · {}", job.progress.text),
                None => job.progress.text.clone(),
            };
            if !text.is_empty() {
                ui.add(egui::Label::new(fonts::small(text).color(t.text_muted)).truncate());
            }
        });
        let stop = IconButton::new(icons::X, "Stop this job").enabled(!job.is_stopping);
        if ui.add(stop).clicked() {
            commands.send(Command::CancelJob(job.id));
        }
    });
}

/// The mean of what is known; `None` while nothing is.
fn mean_share(jobs: &[Job]) -> Option<f32> {
    let known: Vec<f32> = jobs.iter().filter_map(|job| job.progress.fraction).collect();
    (!known.is_empty()).then(|| known.iter().sum::<f32>() / known.len() as f32)
}
