//! Home: how to log here, what happened since yesterday, which workspaces were used.

use std::path::{Path, PathBuf};

use egui::{Align, FontId, Frame, Label, Layout, Margin, Role, ScrollArea, Sense, Stroke, Ui, WidgetInfo, vec2};

use crate::app::home::{HomeSummary, python_snippet};
use crate::app::{
    Command, Commands, HomeCommand, Loadable, NavigateCommand, OpenWorkspace, Route, ServerCommand, ServerStatus,
    State, WorkspaceCommand,
};
use crate::domain::Run;
use crate::ui::theme::{Icon, fonts, icons, scale, tokens};
use crate::ui::time_zone;
use crate::ui::widgets::{
    Button, Copyable, IconButton, MenuItem, Placeholder, StateAction, StatusBadge, Tone, card_ui, format, in_rect_ui,
    menu_under, refresh_line_ui, run_status_badge, section_ui, skeleton_rows_ui,
};

/// The widest that the page gets; wider windows leave the rest free.
const PAGE: f32 = 1120.0;
/// The column at the right, where there is room for two.
const SIDE: f32 = 320.0;
/// Below this the columns stand under each other.
const TWO_COLUMNS: f32 = 860.0;

pub(super) fn home_ui(ui: &mut Ui, state: &State, commands: &mut Commands) {
    let Some(workspace) = state.workspace.value() else { return };
    let s = scale();
    ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
        let width = (ui.available_width() - 2.0 * s.space_xl).min(PAGE);
        let margin =
            Margin { left: s.space_xl as i8, right: s.space_xl as i8, top: s.space_lg as i8, bottom: s.space_xl as i8 };
        Frame::new().inner_margin(margin).show(ui, |ui| {
            ui.set_max_width(width);
            ui.set_min_width(width);
            ui.spacing_mut().item_spacing.y = s.space_sm;
            header_ui(ui, state, workspace, commands);
            ui.add_space(s.space_lg);
            if width < TWO_COLUMNS || recent_workspaces(state).next().is_none() {
                main_ui(ui, state, workspace, commands);
                ui.add_space(s.space_xl);
                recent_workspaces_ui(ui, state, commands);
                return;
            }
            ui.horizontal_top(|ui| {
                ui.spacing_mut().item_spacing.x = s.space_xxl;
                let main = width - SIDE - s.space_xxl;
                ui.vertical(|ui| {
                    ui.set_width(main);
                    main_ui(ui, state, workspace, commands);
                });
                ui.vertical(|ui| {
                    ui.set_width(SIDE);
                    recent_workspaces_ui(ui, state, commands);
                });
            });
        });
    });
}

/// The workspace: its name, its folder, what it holds, what can be done with it.
fn header_ui(ui: &mut Ui, state: &State, workspace: &OpenWorkspace, commands: &mut Commands) {
    let (t, s) = (tokens(ui), scale());
    let top = ui.cursor().min;
    let actions = egui::Rect::from_min_size(top, vec2(ui.available_width(), s.control_height));
    let builder = egui::UiBuilder::new().max_rect(actions).layout(Layout::right_to_left(Align::Center));
    let actions = ui.new_child(builder);
    let actions_width = actions_ui(actions, state, commands);
    ui.vertical(|ui| {
        ui.set_width((ui.available_width() - actions_width - s.space_lg).max(120.0));
        ui.spacing_mut().item_spacing.y = 2.0;
        let name = workspace.name();
        let title = ui.add(Label::new(fonts::title(&name)).truncate());
        title.widget_info(|| WidgetInfo::labeled(Role::Heading, true, &name));
        ui.add(Copyable::new(&workspace.root.display().to_string(), "Copy path"));
        let holds = format!(
            "{} · {}",
            format::counted(workspace.run_count as usize, "run", "runs"),
            format::counted(workspace.experiment_count as usize, "experiment", "experiments"),
        );
        ui.label(fonts::small(holds).color(t.text_muted));
        if let Some(reason) = &workspace.read_only {
            ui.add_space(s.space_xs);
            ui.horizontal(|ui| {
                ui.add(StatusBadge::new(Tone::Warn, "Read-only").icon(icons::LOCK));
                ui.add(Label::new(fonts::small(reason).color(t.text_secondary)).truncate());
            });
        }
    });
}

/// The menus at the right of the header; returns how wide they are.
fn actions_ui(mut ui: Ui, state: &State, commands: &mut Commands) -> f32 {
    let import = ui.add(Button::secondary("Import").icon(icons::IMPORT).trailing(icons::CHEVRON_DOWN));
    import_menu_ui(&import, state, commands);
    let open = ui.add(Button::secondary("Workspace").icon(icons::HARD_DRIVE).trailing(icons::CHEVRON_DOWN));
    workspace_menu_ui(&open, commands);
    import.rect.right() - open.rect.left()
}

fn import_menu_ui(button: &egui::Response, state: &State, commands: &mut Commands) {
    let can_write = state.can_write().is_ok();
    menu_under(button, |ui| {
        if MenuItem::new("An mlruns folder…").icon(icons::FOLDER).enabled(can_write).show(ui) {
            commands.send(Command::Workspace(WorkspaceCommand::AskImportFolder));
        }
        if MenuItem::new("An mlflow.db file…").icon(icons::DATABASE).enabled(can_write).show(ui) {
            commands.send(Command::Workspace(WorkspaceCommand::AskImportFile));
        }
        if MenuItem::new("The demo").icon(icons::SPARKLES).enabled(can_write).show(ui) {
            commands.send(Command::Workspace(WorkspaceCommand::FillWithDemo));
        }
    });
}

fn workspace_menu_ui(button: &egui::Response, commands: &mut Commands) {
    menu_under(button, |ui| {
        if MenuItem::new("Open…").icon(icons::FOLDER_OPEN).shortcut(Some("Ctrl+O")).show(ui) {
            commands.send(Command::Workspace(WorkspaceCommand::AskOpen));
        }
        if MenuItem::new("Create…").icon(icons::FOLDER_PLUS).shortcut(Some("Ctrl+Shift+N")).show(ui) {
            commands.send(Command::Workspace(WorkspaceCommand::AskCreate));
        }
        if MenuItem::new("Show in the file manager").icon(icons::FOLDER).show(ui) {
            commands.send(Command::Action("workspace.reveal"));
        }
        if MenuItem::new("Close").icon(icons::X).show(ui) {
            commands.send(Command::Workspace(WorkspaceCommand::Close));
        }
    });
}

fn main_ui(ui: &mut Ui, state: &State, workspace: &OpenWorkspace, commands: &mut Commands) {
    let s = scale();
    log_here_ui(ui, state, commands);
    ui.add_space(s.space_xl);
    if workspace.run_count == 0 {
        no_runs_ui(ui, state, commands);
    } else {
        activity_ui(ui, state, commands);
    }
}

/// The tracking address and the lines that log a first run.
fn log_here_ui(ui: &mut Ui, state: &State, commands: &mut Commands) {
    let s = scale();
    section_ui(ui, "Log from Python", |ui| match &state.server {
        ServerStatus::Running { .. } => _ = ui.add(StatusBadge::new(Tone::Ok, "Listening").icon(icons::RADIO)),
        ServerStatus::Starting => _ = ui.add(StatusBadge::new(Tone::Idle, "Starting").icon(icons::HOURGLASS)),
        ServerStatus::Off => _ = ui.add(StatusBadge::new(Tone::Idle, "Off").icon(icons::CLOUD_OFF)),
        ServerStatus::Failed { .. } => _ = ui.add(StatusBadge::new(Tone::Error, "Failed")),
    });
    card_ui(ui, |ui| {
        ui.spacing_mut().item_spacing.y = s.space_sm;
        match &state.server {
            ServerStatus::Running { url, note } => running_ui(ui, state, url, note.as_deref(), commands),
            ServerStatus::Starting => skeleton_rows_ui(ui, 3),
            ServerStatus::Off => {
                let text = "The tracking server is off. Turn it on so that Python on this machine can log here.";
                server_problem_ui(ui, text, ("Turn on", icons::PLAY), ServerCommand::Start, commands);
            }
            ServerStatus::Failed { reason } => {
                server_problem_ui(ui, reason, ("Try again", icons::REFRESH_CW), ServerCommand::Restart, commands);
            }
        }
    });
}

fn server_problem_ui(
    ui: &mut Ui,
    text: &str,
    (verb, icon): (&str, Icon),
    command: ServerCommand,
    commands: &mut Commands,
) {
    let t = tokens(ui);
    ui.add(Label::new(fonts::body(text).color(t.text_secondary)).wrap());
    if ui.add(Button::primary(verb).icon(icon)).clicked() {
        commands.send(Command::Server(command));
    }
}

fn running_ui(ui: &mut Ui, state: &State, url: &str, note: Option<&str>, commands: &mut Commands) {
    let (t, s) = (tokens(ui), scale());
    ui.horizontal(|ui| {
        ui.label(fonts::small("Tracking address").color(t.text_muted));
        ui.add(Copyable::new(url, "Copy tracking address").large());
    });
    if let Some(note) = note {
        ui.label(fonts::small(note).color(t.warn));
    }
    let Some(snippet) = python_snippet(state) else { return };
    let frame = Frame::new().fill(t.sunken).stroke(Stroke::new(s.hairline, t.hairline)).corner_radius(s.radius_small);
    let code = frame.inner_margin(Margin::same(s.space_md as i8)).show(ui, |ui| {
        ui.set_min_width(ui.available_width());
        let job = python_job(ui, snippet.trim_end());
        ui.add(Label::new(job).wrap().selectable(true));
    });
    let corner = code.response.rect.right_top() + vec2(-s.control_height - 6.0, 6.0);
    let place = egui::Rect::from_min_size(corner, vec2(s.control_height, s.control_height));
    let copy = in_rect_ui(ui, place, Layout::default(), |ui| ui.add(IconButton::new(icons::COPY, "Copy these lines")));
    if copy.clicked() {
        commands.send(Command::Home(HomeCommand::CopySnippet));
    }
}

/// Python with its keywords and texts set apart: enough for five lines, no language server.
fn python_job(ui: &Ui, code: &str) -> egui::text::LayoutJob {
    let (t, s) = (tokens(ui), scale());
    let font = FontId::new(s.type_mono, egui::FontFamily::Monospace);
    let mut job = egui::text::LayoutJob::default();
    let mut append = |text: &str, color| {
        job.append(
            text,
            0.0,
            egui::TextFormat { line_height: Some(19.0), ..egui::TextFormat::simple(font.clone(), color) },
        );
    };
    for line in code.split_inclusive('\n') {
        if line.starts_with('#') {
            append(line, t.text_muted);
            continue;
        }
        for (index, part) in line.split('"').enumerate() {
            if index % 2 == 1 {
                append(&format!("\"{part}\""), t.ok);
                continue;
            }
            for piece in part.split_inclusive(' ') {
                let color = if piece == "import " { t.text_link } else { t.text };
                append(piece, color);
            }
        }
    }
    job
}

fn no_runs_ui(ui: &mut Ui, state: &State, commands: &mut Commands) {
    ui.allocate_ui(vec2(ui.available_width(), 240.0), |ui| {
        let text = "Run the lines above in front of your training code, or fill this workspace with a demo of three experiments and 60 runs.";
        let mut empty = Placeholder::empty(icons::FLASK_CONICAL, "No runs yet", text);
        if state.can_write().is_ok() {
            empty = empty.action("Fill with a demo");
        }
        if empty.show(ui) == Some(StateAction::Primary) {
            commands.send(Command::Workspace(WorkspaceCommand::FillWithDemo));
        }
    });
}

/// What happened since yesterday, and the newest runs.
fn activity_ui(ui: &mut Ui, state: &State, commands: &mut Commands) {
    let s = scale();
    let summary = &state.home.summary;
    section_ui(ui, "Since yesterday", |_| {});
    if let Some(error) = summary.error() {
        ui.allocate_ui(vec2(ui.available_width(), 240.0), |ui| {
            let text = [Some(error.detail.as_str()), error.advice.as_deref()]
                .into_iter()
                .flatten()
                .collect::<Vec<_>>()
                .join(". ");
            let details = error.details();
            if Placeholder::error(&error.title, &text).action("Try again").details(&details).show(ui).is_some() {
                commands.send(Command::Home(HomeCommand::Refresh));
            }
        });
        return;
    }
    let Some(counted) = summary.value() else {
        skeleton_rows_ui(ui, 6);
        return;
    };
    if matches!(summary, Loadable::Loading { .. }) {
        refresh_line_ui(ui, ui.available_rect_before_wrap(), None);
    }
    tiles_ui(ui, counted);
    ui.add_space(s.space_xl);
    let mut show_all = false;
    section_ui(ui, "Latest runs", |ui| {
        show_all = ui.add(Button::link("Show all").trailing(icons::ARROW_RIGHT)).clicked();
    });
    if show_all {
        commands.send(Command::Navigate(NavigateCommand::Go(Route::Experiments { experiments: Vec::new() })));
    }
    ui.spacing_mut().item_spacing.y = 0.0;
    for run in &counted.latest {
        run_row_ui(ui, state, run, commands);
    }
}

fn tiles_ui(ui: &mut Ui, summary: &HomeSummary) {
    let (t, s) = (tokens(ui), scale());
    let tiles = [
        ("Running now", summary.running, Tone::Live),
        ("Started", summary.started, Tone::Idle),
        ("Finished", summary.finished, Tone::Ok),
        ("Failed", summary.failed, Tone::Error),
    ];
    let gap = s.space_md;
    let width = (ui.available_width() - gap * 3.0) / 4.0;
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = gap;
        for (words, number, tone) in tiles {
            let (rect, response) = ui.allocate_exact_size(vec2(width, 76.0), Sense::hover());
            let text = format::count(number as usize);
            response.widget_info(|| WidgetInfo::labeled(Role::Label, true, format!("{words}: {text}")));
            ui.painter().rect(rect, s.radius, t.card, Stroke::new(s.hairline, t.border), egui::StrokeKind::Inside);
            // Nothing happened: nothing shouts.
            let color = if number == 0 || tone == Tone::Idle { t.text_muted } else { tone.color(t) };
            let number_color = if number == 0 { t.text_muted } else { t.text };
            let label = ui.painter().layout_no_wrap(
                words.to_owned(),
                FontId::new(s.type_small, egui::FontFamily::Proportional),
                t.text_muted,
            );
            let figure = ui.painter().layout_no_wrap(text, FontId::new(s.type_kpi, fonts::semibold()), number_color);
            let left = rect.left() + s.space_lg;
            let icon = if tone == Tone::Idle { icons::PLAY } else { tone.icon() };
            let sign = egui::Rect::from_min_size(egui::pos2(left, rect.top() + 14.0), vec2(14.0, 14.0));
            icon.paint(ui.painter(), sign, 14.0, color);
            ui.painter().galley(
                egui::pos2(sign.right() + 6.0, sign.center().y - label.size().y / 2.0),
                label,
                t.text_muted,
            );
            ui.painter().galley(egui::pos2(left, rect.bottom() - figure.size().y - 8.0), figure, number_color);
        }
    });
}

/// One run: status, name, who, when; the row leads to its page.
fn run_row_ui(ui: &mut Ui, state: &State, run: &Run, commands: &mut Commands) {
    let (t, s) = (tokens(ui), scale());
    let info = &run.info;
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), 32.0), Sense::click());
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, format!("Open run {}", info.name)));
    if response.clicked() {
        commands.send(Command::Navigate(NavigateCommand::Go(Route::run(info.id.clone()))));
    }
    if !ui.is_rect_visible(rect) {
        return;
    }
    if response.hovered() || response.has_focus() {
        ui.painter().rect_filled(rect.expand2(vec2(s.space_sm, 0.0)), s.radius_small, t.hover);
    }
    ui.painter().hline(rect.x_range(), rect.bottom(), Stroke::new(s.hairline, t.hairline));
    let (status, when, who) = (112.0, 116.0, 120.0);
    let column = |from: f32, width: f32| {
        egui::Rect::from_min_size(egui::pos2(from, rect.top()), vec2(width.max(0.0), rect.height()))
    };
    let cell = |ui: &mut Ui, place: egui::Rect, layout: Layout, contents_ui: &mut dyn FnMut(&mut Ui)| {
        in_rect_ui(ui, place, layout, contents_ui);
    };
    let left = Layout::left_to_right(Align::Center);
    cell(ui, column(rect.left(), status), left, &mut |ui| _ = ui.add(run_status_badge(info.status).plain()));
    let name_width = rect.width() - status - when - who - s.space_md;
    cell(ui, column(rect.left() + status, name_width), left, &mut |ui| {
        ui.add(Label::new(fonts::body(&info.name)).truncate().show_tooltip_when_elided(true));
    });
    cell(ui, column(rect.right() - when - who, who - s.space_sm), left, &mut |ui| {
        ui.add(Label::new(fonts::small(&info.user).color(t.text_muted)).truncate());
    });
    cell(ui, column(rect.right() - when, when), Layout::right_to_left(Align::Center), &mut |ui| {
        if let Some(at) = info.started_at {
            crate::ui::widgets::time_ui(ui, at, state.now_ms, &time_zone(ui));
        }
    });
}

/// The workspaces that were used before, newest first, without the one that this page is about.
fn recent_workspaces(state: &State) -> impl Iterator<Item = &Path> {
    let current = state.workspace_path.as_deref();
    state.settings.recent_workspaces.iter().map(PathBuf::as_path).filter(move |path| Some(*path) != current)
}

/// Lists the workspaces that were used before.
pub(super) fn recent_workspaces_ui(ui: &mut Ui, state: &State, commands: &mut Commands) {
    let s = scale();
    let recent: Vec<_> = recent_workspaces(state).collect();
    if recent.is_empty() {
        return;
    }
    section_ui(ui, "Recent workspaces", |_| {});
    ui.spacing_mut().item_spacing.y = 2.0;
    for path in recent {
        recent_row_ui(ui, path, commands);
    }
    ui.add_space(s.space_xs);
}

fn recent_row_ui(ui: &mut Ui, path: &Path, commands: &mut Commands) {
    let (t, s) = (tokens(ui), scale());
    let name = path.file_name().map_or_else(|| path.display().to_string(), |name| name.to_string_lossy().into_owned());
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), 44.0), Sense::click());
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, format!("Open workspace {name}")));
    let forget = egui::Rect::from_center_size(egui::pos2(rect.right() - 14.0, rect.center().y), vec2(20.0, 20.0));
    let is_near = ui.rect_contains_pointer(rect);
    if is_near || response.has_focus() {
        ui.painter().rect_filled(rect.expand2(vec2(s.space_sm, 0.0)), s.radius, t.hover);
    }
    let sign = egui::Rect::from_min_size(rect.min, vec2(s.icon, rect.height()));
    icons::FOLDER.paint(ui.painter(), sign, s.icon, t.text_muted);
    let text = egui::Rect::from_min_max(
        egui::pos2(sign.right() + s.space_md, rect.top() + 4.0),
        egui::pos2(forget.left() - 4.0, rect.bottom()),
    );
    in_rect_ui(ui, text, Layout::top_down(Align::Min), |ui| {
        ui.spacing_mut().item_spacing.y = 0.0;
        ui.add(Label::new(fonts::body(&name)).truncate());
        ui.add(Label::new(fonts::small(path.display().to_string()).color(t.text_muted)).truncate());
    });
    let forget_ui = |ui: &mut Ui| ui.add(IconButton::new(icons::X, "Take off this list").small());
    if is_near && in_rect_ui(ui, forget, Layout::default(), forget_ui).clicked() {
        commands.send(Command::Workspace(WorkspaceCommand::ForgetRecent(path.to_path_buf())));
    }
    if response.on_hover_text(path.display().to_string()).clicked() {
        commands.send(Command::Workspace(WorkspaceCommand::Open(path.to_path_buf())));
    }
}
