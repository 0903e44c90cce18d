//! Home: empty, with runs, with a workspace that cannot be opened.

use std::sync::Arc;

use egui::Theme;
use egui_kittest::kittest::Queryable as _;
use proofmark::app::home::HomeSummary;
use proofmark::app::{
    Command, HomeCommand, Loadable, NavigateCommand, OpenWorkspace, Route, ServerStatus, State, UserError,
    WorkspaceCommand,
};
use proofmark::domain::{ExperimentId, LifecycleStage, Run, RunId, RunInfo, RunStatus};

use crate::support::{LARGE, NOW_MS, has_gpu, open_state, preview, snapshots};

fn run(number: usize, name: &str, status: RunStatus, minutes_ago: i64) -> Arc<Run> {
    let started = NOW_MS - minutes_ago * 60_000;
    Arc::new(Run {
        info: RunInfo {
            id: RunId::new(format!("{number:032x}")),
            experiment_id: ExperimentId(1),
            name: name.to_owned(),
            user: "ada".to_owned(),
            status,
            started_at: Some(started),
            ended_at: status.is_terminal().then_some(started + 90_000),
            artifact_uri: String::new(),
            lifecycle_stage: LifecycleStage::Active,
        },
        metrics: Vec::new(),
        params: Vec::new(),
        tags: Vec::new(),
        datasets: Vec::new(),
        model_inputs: Vec::new(),
        model_outputs: Vec::new(),
    })
}

fn full_state() -> State {
    let mut state = open_state();
    if let Loadable::Ready(workspace) = &mut state.workspace {
        (workspace.experiment_count, workspace.run_count) = (3, 1204);
    }
    let latest = vec![
        run(1, "gradient-boosting-depth-6", RunStatus::Running, 1),
        run(2, "gradient-boosting-depth-4", RunStatus::Finished, 7),
        run(
            3,
            "a run whose name goes on and on, because somebody put every hyperparameter of the search into it: depth=4 eta=0.1 subsample=0.8 colsample=0.7 alpha=0.01",
            RunStatus::Finished,
            44,
        ),
        run(4, "качество-вина-случайный-лес", RunStatus::Finished, 60 * 3),
        run(5, "logistic-baseline", RunStatus::Failed, 60 * 9),
        run(6, "nightly-sweep", RunStatus::Killed, 60 * 26),
        run(7, "random-forest-300", RunStatus::Scheduled, 60 * 24 * 3),
        run(8, "first-try", RunStatus::Finished, 60 * 24 * 400),
    ];
    state.home.summary = Loadable::Ready(HomeSummary {
        since: NOW_MS - 86_400_000,
        started: 41,
        finished: 36,
        failed: 2,
        running: 1,
        latest,
    });
    state
}

fn failed_state(title: &str, detail: &str, advice: &str) -> State {
    let mut state = open_state();
    state.server = ServerStatus::Off;
    let error = UserError::new(title, detail)
        .with_advice(advice)
        .with_retry(Command::Workspace(WorkspaceCommand::Open("/home/ada/projects/wine-quality".into())));
    state.workspace = Loadable::Failed { error, previous: None };
    state
}

#[test]
fn pictures_of_an_empty_home() {
    snapshots("home-empty", |size, theme| preview(open_state(), size, theme));
}

#[test]
fn pictures_of_home_with_runs() {
    snapshots("home-full", |size, theme| preview(full_state(), size, theme));
}

#[test]
fn pictures_of_home_at_twice_the_size() {
    // The large window at 200 % has this many points.
    let half = LARGE / 2.0;
    if has_gpu() {
        preview(full_state(), half, Theme::Dark).snapshot("home-double");
    }
}

#[test]
fn pictures_of_a_workspace_that_cannot_be_opened() {
    snapshots("home-failed", |size, theme| {
        let detail = "/home/ada/projects/wine-quality/proofmark.db was written by a newer version of Proofmark (schema 12, this program knows up to 7)";
        preview(
            failed_state("The workspace could not be opened", detail, "Update Proofmark, or open another workspace"),
            size,
            theme,
        )
    });
}

#[test]
fn pictures_of_home_without_a_server_and_without_writing() {
    snapshots("home-read-only", |size, theme| {
        let mut state = full_state();
        if let Loadable::Ready(workspace) = &mut state.workspace {
            workspace.read_only = Some("The folder /home/ada/projects/wine-quality belongs to root".to_owned());
        }
        state.server = ServerStatus::Failed { reason: "No port from 5000 to 5100 is free".to_owned() };
        preview(state, size, theme)
    });
}

#[test]
fn an_empty_workspace_offers_the_demo() {
    let mut harness = preview(open_state(), LARGE, Theme::Light);
    harness.get_by_label("Fill with a demo").click();
    harness.run();
    assert!(
        harness.state().0.sent.iter().any(|command| *command == Command::Workspace(WorkspaceCommand::FillWithDemo))
    );
}

#[test]
fn the_address_and_the_lines_of_python_can_be_copied() {
    let mut harness = preview(open_state(), LARGE, Theme::Light);
    harness.get_by_label("Copy these lines").click();
    harness.run();
    assert!(harness.state().0.sent.iter().any(|command| *command == Command::Home(HomeCommand::CopySnippet)));
    harness.get_by_label_contains("set_tracking_uri(\"http://127.0.0.1:5000\")");
}

#[test]
fn a_run_of_the_list_leads_to_its_page() {
    let mut harness = preview(full_state(), LARGE, Theme::Light);
    harness.get_by_label("Open run logistic-baseline").click();
    harness.run();
    let wanted = Command::Navigate(NavigateCommand::Go(Route::run(RunId::new(format!("{:032x}", 5)))));
    assert!(harness.state().0.sent.iter().any(|command| *command == wanted));
}

#[test]
fn a_workspace_that_cannot_be_opened_says_what_to_do() {
    let mut harness = preview(failed_state("The workspace could not be opened", "why", "Do this"), LARGE, Theme::Light);
    harness.get_by_label("why");
    harness.get_by_label("Do this");
    harness.get_by_label("Try again").click();
    harness.run();
    assert!(harness.state().0.sent.iter().any(|command| *command == Command::Workspace(WorkspaceCommand::Retry)));
}

#[test]
fn a_workspace_of_which_nothing_can_be_written_offers_no_demo() {
    let mut state = open_state();
    state.workspace = Loadable::Ready(OpenWorkspace {
        root: "/data".into(),
        read_only: Some("The disk is write-protected".to_owned()),
        experiment_count: 0,
        run_count: 0,
    });
    let harness = preview(state, LARGE, Theme::Light);
    assert!(harness.query_by_label("Fill with a demo").is_none());
    assert_eq!(harness.get_all_by_label("Read-only").count(), 2, "on the page and in the status bar");
}
