//! The frame of the window: rail, palette, shortcuts, messages, questions, settings.

use egui::{Key, Modifiers, Theme};
use egui_kittest::kittest::Queryable as _;
use proofmark::app::actions::actions;
use proofmark::app::settings::{SettingsCommand, ThemeChoice};
use proofmark::app::toasts::{Severity, ToastCommand};
use proofmark::app::{Command, Confirm, Job, JobId, NavigateCommand, Progress, Route, State, UserError, WindowCommand};
use proofmark::ui::theme::Icon;

use crate::support::{LARGE, NOW_MS, Program, open_state, preview, snapshots};

fn at(route: Route) -> State {
    let mut state = open_state();
    state.navigation.replace(route);
    state
}

#[test]
fn pictures_of_settings() {
    snapshots("settings", |size, theme| {
        let mut state = at(Route::Settings);
        state.settings_path = Some("/home/ada/.config/proofmark/settings.json".into());
        state.settings.theme = if theme == Theme::Light { ThemeChoice::Light } else { ThemeChoice::Dark };
        state.settings.rail_words = true;
        preview(state, size, theme)
    });
}

#[test]
fn pictures_of_messages_and_jobs() {
    snapshots("messages", |size, theme| {
        let mut state = open_state();
        state.toasts.show(NOW_MS, Severity::Info, "Copied");
        state.toasts.show_with_action(NOW_MS, Severity::Success, "3 runs deleted", ("Undo".to_owned(), Command::Undo));
        state.toasts.show(NOW_MS, Severity::Warning, "Port 5000 was taken, using 5001");
        state.toasts.show_error(
            NOW_MS,
            &UserError::new("The import failed", "/data/mlflow.db: no such table: runs").with_retry(Command::Undo),
        );
        let progress = |fraction, text: &str| Progress { fraction, text: text.to_owned() };
        state.jobs = vec![
            Job {
                id: JobId(1),
                label: "Importing /data/mlruns".to_owned(),
                progress: progress(Some(0.41), "214 of 520 runs"),
                is_stopping: false,
            },
            Job {
                id: JobId(2),
                label: "Saving metrics.csv".to_owned(),
                progress: progress(None, ""),
                is_stopping: false,
            },
        ];
        preview(state, size, theme)
    });
}

#[test]
fn pictures_of_the_jobs_under_way() {
    snapshots("jobs", |size, theme| {
        let mut state = open_state();
        let progress = |fraction, text: &str| Progress { fraction, text: text.to_owned() };
        let job = |id, label: &str, progress, is_stopping| Job {
            id: JobId(id),
            label: label.to_owned(),
            progress,
            is_stopping,
        };
        state.jobs = vec![
            job(1, "Importing /data/mlruns", progress(Some(0.41), "214 of 520 runs"), false),
            job(2, "Filling the workspace with a demo of three experiments", progress(Some(0.9), "metrics"), true),
            job(3, "Saving metrics.csv", progress(None, ""), false),
        ];
        let mut harness = preview(state, size, theme);
        harness.get_by_label_contains("3 jobs").click();
        harness.run();
        harness
    });
}

#[test]
fn pictures_of_a_menu() {
    snapshots("menu", |size, theme| {
        let mut harness = preview(open_state(), size, theme);
        harness.get_by_label("Workspace").click();
        harness.run();
        harness
    });
}

#[test]
fn a_job_can_be_stopped() {
    let mut state = open_state();
    let progress = Progress { fraction: None, text: String::new() };
    state.jobs = vec![Job { id: JobId(7), label: "Importing".to_owned(), progress, is_stopping: false }];
    let mut harness = preview(state, LARGE, Theme::Light);
    harness.get_by_label("Importing").click();
    harness.run();
    harness.get_by_label("Stop this job").click();
    harness.run();
    assert!(harness.state().0.sent.iter().any(|command| *command == Command::CancelJob(JobId(7))));
}

#[test]
fn pictures_of_a_question() {
    snapshots("question", |size, theme| {
        let mut state = open_state();
        state.confirm = Some(Confirm {
            title: "Delete experiment wine-tuning for good".to_owned(),
            text: "Its 48 runs with their metrics and artifacts are removed from the disk. This cannot be undone."
                .to_owned(),
            confirm_label: "Delete for good".to_owned(),
            is_destructive: true,
            typed: Some("wine-tuning".to_owned()),
            then: Box::new(Command::Undo),
        });
        preview(state, size, theme)
    });
}

#[test]
fn pictures_of_the_shortcut_map() {
    snapshots("shortcuts", |size, theme| {
        let mut state = open_state();
        state.shortcuts_open = true;
        preview(state, size, theme)
    });
}

#[test]
fn pictures_of_the_palette() {
    // Searched by the program, drawn over a state whose paths are the same on every machine.
    let mut program = Program::start(LARGE, Theme::Light);
    program.harness.key_press_modifiers(Modifiers::COMMAND, Key::K);
    program.wait("the palette is open", |state| state.palette.is_open);
    for letter in "work".chars() {
        program.harness.event(egui::Event::Text(letter.to_string()));
        program.harness.step();
    }
    program.wait("the search is over", |state| state.palette.query == "work" && !state.palette.is_searching);
    let palette = program.state().palette.clone();
    snapshots("palette", |size, theme| {
        let mut state = open_state();
        state.palette = palette.clone();
        preview(state, size, theme)
    });
}

#[test]
fn every_declared_action_has_an_icon() {
    for action in actions() {
        assert!(Icon::by_name(action.icon).is_some(), "{} wants {}", action.id, action.icon);
    }
}

#[test]
fn the_palette_is_reached_and_left_by_the_keyboard() {
    let mut program = Program::start(LARGE, Theme::Light);
    program.harness.key_press_modifiers(Modifiers::COMMAND, Key::P);
    program.wait("the palette is open", |state| state.palette.is_open);
    for letter in "settings".chars() {
        program.harness.event(egui::Event::Text(letter.to_string()));
        program.harness.step();
    }
    program.wait("it has been found", |state| state.palette.items.first().is_some_and(|item| item.text == "Settings"));
    program.harness.key_press(Key::Enter);
    program.wait("settings are shown", |state| *state.route() == Route::Settings && !state.palette.is_open);
    program.harness.key_press_modifiers(Modifiers::ALT, Key::ArrowLeft);
    program.wait("home is shown again", |state| *state.route() == Route::Home);
    program.harness.key_press_modifiers(Modifiers::COMMAND, Key::K);
    program.wait("the palette is open", |state| state.palette.is_open);
    program.harness.key_press(Key::Escape);
    program.wait("the palette is closed", |state| !state.palette.is_open);
}

#[test]
fn the_rail_leads_to_the_places() {
    let mut program = Program::start(LARGE, Theme::Light);
    program.harness.get_by_label("Experiments").click();
    program.wait("experiments are shown", |state| matches!(state.route(), Route::Experiments { .. }));
    program.harness.get_by_label("Settings").click();
    program.wait("settings are shown", |state| *state.route() == Route::Settings);
    program.harness.get_by_label("Back").click();
    program.wait("experiments are shown again", |state| matches!(state.route(), Route::Experiments { .. }));
}

#[test]
fn the_question_mark_opens_the_map_and_escape_closes_it() {
    let mut program = Program::start(LARGE, Theme::Light);
    program.harness.key_press_modifiers(Modifiers::SHIFT, Key::Questionmark);
    program.wait("the map is open", |state| state.shortcuts_open);
    program.harness.get_by_label("Keyboard shortcuts");
    program.harness.key_press(Key::Escape);
    program.wait("the map is closed", |state| !state.shortcuts_open);
}

#[test]
fn the_theme_changes_at_once_and_is_kept() {
    let mut program = Program::start(LARGE, Theme::Light);
    program.harness.state_mut().send(Command::Navigate(NavigateCommand::Go(Route::Settings)));
    program.wait("settings are shown", |state| *state.route() == Route::Settings);
    program.harness.get_by_label("Dark").click();
    program.wait("the dark theme is chosen", |state| state.settings.theme == ThemeChoice::Dark);
    assert_eq!(program.harness.ctx.theme(), Theme::Dark);
}

#[test]
fn everything_grows_with_the_keyboard() {
    let mut program = Program::start(LARGE, Theme::Light);
    program.harness.key_press_modifiers(Modifiers::COMMAND, Key::Plus);
    program.wait("the scale is larger", |state| state.settings.ui_scale > 1.0);
    let scale = program.state().settings.ui_scale;
    assert!((program.harness.ctx.zoom_factor() - scale).abs() < 1e-6);
    program.harness.key_press_modifiers(Modifiers::COMMAND, Key::Num0);
    program.wait("the scale is as before", |state| (state.settings.ui_scale - 1.0).abs() < 1e-6);
}

#[test]
fn what_cannot_be_undone_must_be_typed() {
    let mut state = open_state();
    state.confirm = Some(Confirm {
        title: "Delete wine".to_owned(),
        text: "For good.".to_owned(),
        confirm_label: "Delete".to_owned(),
        is_destructive: true,
        typed: Some("wine".to_owned()),
        then: Box::new(Command::Undo),
    });
    let mut harness = preview(state, LARGE, Theme::Light);
    harness.get_by_label("Delete").click();
    harness.run();
    assert!(harness.state().0.sent.is_empty(), "the name was not typed");
    harness.event(egui::Event::Text("wine".to_owned()));
    harness.run();
    harness.key_press(Key::Enter);
    harness.run();
    assert!(harness.state().0.sent.iter().any(|command| *command == Command::Window(WindowCommand::ConfirmYes)));
}

#[test]
fn typing_in_a_field_triggers_no_shortcut() {
    let mut state = at(Route::Settings);
    state.settings.ui_scale = 1.0;
    let mut harness = preview(state, LARGE, Theme::Light);
    harness.get_by_label("Tracking server port").focus();
    harness.run();
    harness.key_press_modifiers(Modifiers::SHIFT, Key::Questionmark);
    harness.run();
    assert!(!harness.state().0.sent.iter().any(|command| matches!(command, Command::Action("help.shortcuts"))));
    harness.key_press_modifiers(Modifiers::COMMAND, Key::K);
    harness.run();
    assert!(harness.state().0.sent.iter().any(|command| matches!(command, Command::Action("palette.open"))));
}

#[test]
fn a_new_port_is_sent_once_it_is_entered() {
    let mut harness = preview(at(Route::Settings), LARGE, Theme::Light);
    harness.get_by_label("Tracking server port").focus();
    harness.run();
    harness.key_press_modifiers(Modifiers::COMMAND, Key::A);
    harness.event(egui::Event::Text("5055".to_owned()));
    harness.run();
    assert!(harness.state().0.sent.is_empty(), "not while typing");
    harness.key_press(Key::Enter);
    harness.run();
    assert!(
        harness
            .state()
            .0
            .sent
            .iter()
            .any(|command| *command == Command::Settings(SettingsCommand::SetServerPort(5055)))
    );
}

#[test]
fn nothing_is_drawn_again_while_nothing_happens() {
    let harness = preview(open_state(), LARGE, Theme::Light);
    let viewport = &harness.output().viewport_output[&egui::ViewportId::ROOT];
    assert!(viewport.repaint_delay > std::time::Duration::from_secs(5), "repaints after {:?}", viewport.repaint_delay);
}

#[test]
fn a_message_goes_after_its_time_and_an_error_stays() {
    let mut program = Program::start(LARGE, Theme::Light);
    let show = |severity, text: &str| Command::Toast(ToastCommand::Show { severity, text: text.to_owned() });
    program.harness.state_mut().send(show(Severity::Info, "Copied"));
    program.harness.state_mut().send(show(Severity::Error, "The import failed"));
    program.wait("both are shown", |state| state.toasts.len() == 2);
    program.harness.get_by_label("Copied");
    program.clock.advance(10_000);
    program.wait("one is gone", |state| state.toasts.len() == 1);
    assert!(program.harness.query_by_label("Copied").is_none());
    program.harness.get_by_label("Close message").click();
    program.wait("the other is gone", |state| state.toasts.is_empty());
}

#[test]
fn settings_are_on_disk_soon_after_they_change() {
    let mut program = Program::start(LARGE, Theme::Light);
    program.harness.key_press_modifiers(Modifiers::COMMAND, Key::Backslash);
    program.wait("the rail has words", |state| state.settings.rail_words);
    let file = program.folder.path().join("settings.json");
    let clock = std::sync::Arc::clone(&program.clock);
    program.wait("the file says so", move |_| {
        clock.advance(100);
        std::fs::read_to_string(&file).is_ok_and(|text| text.contains("\"rail_words\": true"))
    });
}
