//! The application as its users know it: commands go in, the state comes out. Over real workspaces in temporary
//! folders.
#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use super::requests::{DialogPurpose, FileDialog, FileDialogKind};
use super::settings::{SettingsCommand, ThemeChoice};
use super::*;
use crate::domain::{Actor, Channel, ExperimentId, NewRun, RunId, tag_key};

const PATIENCE: Duration = Duration::from_secs(20);
const NOW: i64 = 1_760_000_000_000;

/// An application over a temporary folder, with the runtime it needs.
struct Fixture {
    app: App,
    dir: tempfile::TempDir,
    _runtime: tokio::runtime::Runtime,
}

impl Fixture {
    fn new() -> Self {
        let fixture = Self::unopened(tempfile::tempdir().unwrap(), false);
        fixture.opened()
    }

    fn unopened(dir: tempfile::TempDir, server: bool) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).build().unwrap();
        let config = AppConfig {
            workspace: Some(dir.path().join("workspace")),
            settings_path: Some(dir.path().join("config/settings.json")),
            clock: Arc::new(FixedClock::new(NOW)),
            user: "ada".to_owned(),
            server,
        };
        let app = App::new(config, runtime.handle().clone(), Waker::default());
        Self { app, dir, _runtime: runtime }
    }

    fn opened(mut self) -> Self {
        self.wait(|state| state.workspace.is_ready());
        self
    }

    /// Ends the program and starts it again over the same files.
    fn restarted(self) -> Self {
        let Self { app, dir, _runtime } = self;
        drop(app);
        Self::unopened(dir, false).opened()
    }

    fn send(&mut self, command: Command) {
        self.app.tick(command);
    }

    #[track_caller]
    fn wait(&mut self, is_done: impl Fn(&State) -> bool) {
        assert!(self.app.wait_until(PATIENCE, is_done), "not reached: {:#?}", self.app.state());
    }

    /// Sends an edit and waits until it is written.
    #[track_caller]
    fn edit(&mut self, edit: Edit) {
        self.send(Command::Edit(edit));
        self.wait(|state| !state.edits.is_busy());
    }

    #[track_caller]
    fn undo(&mut self) {
        self.send(Command::Undo);
        self.wait(|state| !state.edits.is_busy());
    }

    #[track_caller]
    fn redo(&mut self) {
        self.send(Command::Redo);
        self.wait(|state| !state.edits.is_busy());
    }

    fn backend(&self) -> Arc<dyn Tracking> {
        self.app.services.backend.clone().unwrap()
    }

    /// A run that somebody else logged.
    fn log_run(&self, name: &str) -> RunId {
        let actor = Actor::new("grace", Channel::Rest);
        let new = NewRun { name: Some(name.to_owned()), started_at: Some(NOW - 1000), ..NewRun::default() };
        self.app.services.store.as_ref().unwrap().create_run(&actor, ExperimentId::DEFAULT, new).unwrap().info.id
    }

    fn has_toast(&self, text: &str) -> bool {
        self.app.state().toasts.iter().any(|toast| toast.text.contains(text))
    }
}

fn workspace_name(state: &State) -> Option<String> {
    state.open_workspace().map(OpenWorkspace::name)
}

#[test]
fn the_first_start_makes_a_workspace() {
    let fixture = Fixture::new();
    let state = fixture.app.state();
    assert_eq!(workspace_name(state).as_deref(), Some("workspace"));
    assert_eq!(state.can_write(), Ok(()));
    assert_eq!(state.settings.recent_workspaces.len(), 1);
}

#[test]
fn a_folder_that_is_no_workspace_is_refused_with_advice_and_the_open_one_stays() {
    let mut fixture = Fixture::new();
    let other = fixture.dir.path().join("other");
    std::fs::create_dir(&other).unwrap();
    std::fs::write(other.join("thesis.txt"), "important").unwrap();
    fixture.send(Command::Workspace(WorkspaceCommand::Open(other.clone())));
    fixture.wait(|state| !state.toasts.is_empty() && !state.workspace.is_loading());
    assert_eq!(workspace_name(fixture.app.state()).as_deref(), Some("workspace"));
    let toast = fixture.app.state().toasts.iter().next().unwrap().clone();
    assert_eq!(toast.severity, toasts::Severity::Error);
    assert!(toast.details.unwrap().contains("create a new workspace"));
    assert!(toast.action.is_some(), "it can be tried again");
    assert_eq!(std::fs::read_dir(&other).unwrap().count(), 1, "nothing was written there");
}

#[test]
fn a_failed_first_start_is_an_error_with_a_way_out() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("workspace"), "a file in the way").unwrap();
    let mut fixture = Fixture::unopened(dir, false);
    fixture.wait(|state| state.workspace.error().is_some());
    std::fs::remove_file(fixture.dir.path().join("workspace")).unwrap();
    fixture.send(Command::Workspace(WorkspaceCommand::Retry));
    fixture.wait(|state| state.workspace.is_ready());
}

#[test]
fn opening_another_workspace_leaves_nothing_of_the_first() {
    let mut fixture = Fixture::new();
    let run = fixture.log_run("a");
    fixture.edit(Edit::DeleteRuns(vec![run]));
    assert!(fixture.app.state().undo.undo_label().is_some());
    let second = fixture.dir.path().join("second");
    fixture.send(Command::Workspace(WorkspaceCommand::Create(second)));
    fixture.wait(|state| workspace_name(state).as_deref() == Some("second") && state.workspace.is_ready());
    let state = fixture.app.state();
    assert_eq!((state.undo.undo_label(), state.undo.redo_label()), (None, None));
    let recent: Vec<_> = state.settings.recent_workspaces.iter().filter_map(|path| path.file_name()).collect();
    assert_eq!(recent, ["second", "workspace"]);
    fixture.send(Command::Workspace(WorkspaceCommand::Close));
    assert!(fixture.app.state().workspace.is_empty());
    assert!(fixture.app.state().can_write().is_err());
}

#[test]
fn of_two_workspaces_asked_for_at_once_the_last_is_opened() {
    let mut fixture = Fixture::new();
    let create = |name: &str| Command::Workspace(WorkspaceCommand::Create(fixture.dir.path().join(name)));
    fixture.app.tick(vec![create("second"), create("third")]);
    fixture.wait(|state| state.workspace.is_ready());
    assert_eq!(workspace_name(fixture.app.state()).as_deref(), Some("third"));
}

#[test]
fn settings_and_place_are_there_after_a_restart() {
    let mut fixture = Fixture::new();
    let place = Route::Run { run: fixture.log_run("a"), tab: RunTab::Metrics };
    fixture.send(Command::Settings(SettingsCommand::SetTheme(ThemeChoice::Dark)));
    fixture.send(Command::Navigate(NavigateCommand::Go(place.clone())));
    let fixture = fixture.restarted();
    assert_eq!(fixture.app.state().settings.theme, ThemeChoice::Dark);
    assert_eq!(fixture.app.state().route(), &place);
}

#[test]
fn a_broken_settings_file_is_said_and_survived() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::create_dir(dir.path().join("config")).unwrap();
    std::fs::write(dir.path().join("config/settings.json"), "{ not json").unwrap();
    let fixture = Fixture::unopened(dir, false).opened();
    assert!(fixture.has_toast("settings start afresh"));
    assert_eq!(fixture.app.state().settings.theme, ThemeChoice::System);
}

#[test]
fn a_run_that_a_client_logs_reaches_the_screens() {
    let mut fixture = Fixture::new();
    let before = fixture.app.state().revision;
    fixture.wait(|state| state.home.summary.is_ready());
    fixture.log_run("from a client");
    fixture.wait(|state| state.revision > before && state.open_workspace().is_some_and(|open| open.run_count == 1));
    fixture.wait(|state| state.home.summary.value().is_some_and(|summary| summary.started == 1));
    let summary = fixture.app.state().home.summary.value().unwrap();
    assert_eq!((summary.running, summary.failed), (1, 0));
    assert_eq!(summary.latest.iter().map(|run| run.info.name.as_str()).collect::<Vec<_>>(), ["from a client"]);
}

#[test]
fn undo_and_redo_of_every_edit_return_the_same_state() {
    let mut fixture = Fixture::new();
    let (a, b) = (fixture.log_run("a"), fixture.log_run("b"));
    let backend = fixture.backend();
    backend.edit_tags(&[(a.clone(), "team".to_owned(), Some("red".to_owned()))]).unwrap();
    let experiment = backend.create_experiment("wine").unwrap();
    let edits = [
        Edit::DeleteRuns(vec![a.clone(), b.clone()]),
        Edit::RenameRun { run: a.clone(), name: "renamed".to_owned() },
        Edit::RenameRuns(vec![(a.clone(), "first".to_owned()), (b.clone(), "second".to_owned())]),
        Edit::Tags(vec![
            (a.clone(), "team".to_owned(), Some("blue".to_owned())),
            (b.clone(), "team".to_owned(), Some("blue".to_owned())),
            (a.clone(), tag_key::NOTE.to_owned(), Some("# Note".to_owned())),
        ]),
        Edit::Tags(vec![(a.clone(), "team".to_owned(), None)]),
        Edit::Note { run: b.clone(), text: "Looks overfitted".to_owned() },
        Edit::RenameExperiment { experiment, name: "wine tuning".to_owned() },
        Edit::ExperimentTag { experiment, key: "owner".to_owned(), value: Some("ada".to_owned()) },
        Edit::DeleteExperiment(experiment),
    ];
    for edit in edits {
        let read = || {
            let run = |id: &RunId| {
                let run = backend.run(id).unwrap();
                let mut tags = run.tags.clone();
                tags.sort_by(|x, y| x.key.cmp(&y.key));
                (run.info.name.clone(), run.info.lifecycle_stage, tags)
            };
            let experiment = backend.experiment(experiment).unwrap();
            (run(&a), run(&b), experiment.name, experiment.lifecycle_stage, experiment.tags)
        };
        let before = read();
        fixture.edit(edit.clone());
        let after = read();
        assert_ne!(before, after, "{edit:?}");
        fixture.undo();
        assert_eq!(read(), before, "undo of {edit:?}");
        fixture.redo();
        assert_eq!(read(), after, "redo of {edit:?}");
        fixture.undo();
    }
    assert!(fixture.app.state().toasts.iter().all(|toast| toast.severity != toasts::Severity::Error));
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig { cases: 12, ..Default::default() })]

    /// However edits follow each other: undoing all of them gives the beginning, doing all again gives the end.
    #[test]
    fn undoing_all_and_doing_all_again_returns_both_ends(steps in proptest::collection::vec((0..5_u8, 0..3_usize, 0..3_u8), 1..12)) {
        let mut fixture = Fixture::new();
        let runs: Vec<RunId> = ["a", "b", "c"].into_iter().map(|name| fixture.log_run(name)).collect();
        let backend = fixture.backend();
        let read = || -> Vec<_> {
            runs.iter()
                .map(|id| {
                    let run = backend.run(id).unwrap();
                    let mut tags: Vec<_> = run.tags.iter().map(|tag| (tag.key.clone(), tag.value.clone())).collect();
                    tags.sort();
                    (run.info.name.clone(), run.info.lifecycle_stage, tags)
                })
                .collect()
        };
        let beginning = read();
        for (kind, which, value) in steps {
            let run = runs[which].clone();
            fixture.edit(match kind {
                0 => Edit::DeleteRuns(vec![run]),
                1 => Edit::RestoreRuns(vec![run]),
                2 => Edit::RenameRun { run, name: format!("name {value}") },
                3 => Edit::Tags(vec![(run, "team".to_owned(), (value > 0).then(|| value.to_string()))]),
                _ => Edit::Note { run, text: "x".repeat(usize::from(value)) },
            });
        }
        let end = read();
        while fixture.app.state().undo.undo_label().is_some() {
            fixture.undo();
        }
        proptest::prop_assert_eq!(read(), beginning);
        while fixture.app.state().undo.redo_label().is_some() {
            fixture.redo();
        }
        proptest::prop_assert_eq!(read(), end);
    }
}

#[test]
fn making_an_experiment_can_be_undone_and_done_again() {
    let mut fixture = Fixture::new();
    let backend = fixture.backend();
    let names = || {
        let all = backend.experiments(crate::domain::ViewType::ActiveOnly).unwrap();
        all.into_iter().map(|summary| summary.experiment.name).filter(|name| name != "Default").collect::<Vec<_>>()
    };
    fixture.edit(Edit::CreateExperiment { name: "wine".to_owned() });
    assert_eq!(names(), ["wine"]);
    fixture.undo();
    assert!(names().is_empty());
    fixture.redo();
    assert_eq!(names(), ["wine"]);
}

#[test]
fn an_edit_that_fails_says_so_and_leaves_no_step() {
    let mut fixture = Fixture::new();
    fixture.edit(Edit::RenameRun { run: RunId::new("nobody"), name: "x".to_owned() });
    assert_eq!(fixture.app.state().undo.undo_label(), None);
    let toast = fixture.app.state().toasts.iter().next().unwrap();
    assert_eq!(toast.severity, toasts::Severity::Error);
    assert!(toast.text.contains("Could not rename the run"), "{}", toast.text);
}

#[test]
fn edits_are_written_in_the_order_they_were_asked_for() {
    let mut fixture = Fixture::new();
    let run = fixture.log_run("a");
    let commands: Vec<Command> =
        (0..20).map(|n| Command::Edit(Edit::RenameRun { run: run.clone(), name: format!("name {n}") })).collect();
    fixture.app.tick(commands);
    fixture.wait(|state| !state.edits.is_busy());
    assert_eq!(fixture.backend().run(&run).unwrap().info.name, "name 19");
    for _ in 0..20 {
        fixture.undo();
    }
    assert_eq!(fixture.backend().run(&run).unwrap().info.name, "a");
}

#[test]
fn the_server_starts_with_the_workspace_and_says_when_its_port_was_taken() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port();
    let dir = tempfile::tempdir().unwrap();
    std::fs::create_dir(dir.path().join("config")).unwrap();
    let settings = settings::Settings { server_port: port, ..settings::Settings::default() };
    settings::save(&dir.path().join("config/settings.json"), &settings).unwrap();
    let mut fixture = Fixture::unopened(dir, true).opened();
    fixture.wait(|state| state.server.url().is_some());
    let state = fixture.app.state();
    let ServerStatus::Running { note: Some(note), url } = &state.server else { panic!("{:?}", state.server) };
    assert!(note.contains(&format!("Port {port} was taken")), "{note}");
    let snippet = home::python_snippet(state).unwrap();
    assert!(snippet.contains(&format!("set_tracking_uri(\"{url}\")")), "{snippet}");
    assert_eq!(snippet.lines().count(), 5);
    fixture.send(Command::Home(HomeCommand::CopySnippet));
    assert_eq!(fixture.app.take_requests(), [UiRequest::CopyText(snippet)]);
    fixture.send(Command::Server(ServerCommand::Stop));
    assert_eq!(fixture.app.state().server, ServerStatus::Off);
    assert!(!fixture.app.state().settings.server_enabled);
}

/// Posts JSON as a client would and returns the status line.
fn post(url: &str, path: &str, json: &str) -> String {
    use std::io::{Read as _, Write as _};
    let address = url.strip_prefix("http://").unwrap();
    let mut stream = std::net::TcpStream::connect(address).unwrap();
    let length = json.len();
    let request = format!(
        "POST {path} HTTP/1.1\r\nHost: {address}\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\
         Connection: close\r\n\r\n{json}"
    );
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer.lines().next().unwrap_or_default().to_owned()
}

#[test]
fn what_a_client_logs_over_http_reaches_the_state() {
    let dir = tempfile::tempdir().unwrap();
    let mut fixture = Fixture::unopened(dir, true).opened();
    fixture.wait(|state| state.server.url().is_some());
    let url = fixture.app.state().server.url().unwrap().to_owned();
    let before = fixture.app.state().revision;
    let status = post(&url, "/api/2.0/mlflow/runs/create", r#"{"experiment_id":"0","run_name":"live"}"#);
    assert!(status.contains("200"), "{status}");
    fixture.wait(|state| state.revision > before && state.open_workspace().is_some_and(|open| open.run_count == 1));
    // After a restart of the server the same workspace answers, if need be at another port.
    fixture.send(Command::Server(ServerCommand::Restart));
    assert_eq!(fixture.app.state().server, ServerStatus::Starting);
    fixture.wait(|state| state.server.url().is_some());
}

#[test]
fn a_dialog_is_asked_for_and_its_answer_opens_the_workspace() {
    let mut fixture = Fixture::new();
    fixture.send(Command::Action("workspace.create"));
    let requests = fixture.app.take_requests();
    let [UiRequest::FileDialog(dialog)] = requests.as_slice() else { panic!("{requests:?}") };
    assert_eq!((&dialog.kind, &dialog.purpose), (&FileDialogKind::Folder, &DialogPurpose::CreateWorkspace));
    let answer = |path: Option<&Path>| {
        Command::Window(WindowCommand::DialogAnswered { dialog: dialog.clone(), path: path.map(Path::to_path_buf) })
    };
    fixture.send(answer(None));
    assert!(!fixture.app.state().workspace.is_loading(), "dismissed");
    let third = fixture.dir.path().join("third");
    fixture.send(answer(Some(&third)));
    fixture.wait(|state| workspace_name(state).as_deref() == Some("third"));
}

#[test]
fn text_is_saved_where_the_person_said() {
    let mut fixture = Fixture::new();
    let target = fixture.dir.path().join("table.csv");
    let dialog = FileDialog {
        title: "Save".to_owned(),
        kind: FileDialogKind::SaveFile { suggested_name: "table.csv".to_owned() },
        purpose: DialogPurpose::SaveText { text: "a,b\n".to_owned() },
        start_in: None,
    };
    fixture.send(Command::Window(WindowCommand::DialogAnswered { dialog, path: Some(target.clone()) }));
    fixture.wait(|state| !state.toasts.is_empty());
    assert_eq!(std::fs::read_to_string(target).unwrap(), "a,b\n");
    assert!(fixture.has_toast("Saved table.csv"));
}

#[test]
fn an_action_that_cannot_be_done_says_why() {
    let mut fixture = Fixture::new();
    fixture.send(Command::Action("edit.undo"));
    assert!(fixture.has_toast("Nothing to undo"));
}

#[test]
fn asking_before_doing_does_it_only_after_yes() {
    let mut fixture = Fixture::new();
    let confirm = || Confirm {
        title: "Close?".to_owned(),
        text: String::new(),
        confirm_label: "Close".to_owned(),
        is_destructive: true,
        typed: None,
        then: Box::new(Command::Workspace(WorkspaceCommand::Close)),
    };
    fixture.send(Command::Window(WindowCommand::Ask(confirm())));
    fixture.send(Command::Window(WindowCommand::ConfirmNo));
    assert!(fixture.app.state().workspace.is_ready());
    fixture.send(Command::Window(WindowCommand::Ask(confirm())));
    fixture.send(Command::Window(WindowCommand::ConfirmYes));
    assert!(fixture.app.state().workspace.is_empty());
    assert_eq!(fixture.app.state().confirm, None);
}

#[test]
fn the_palette_finds_a_run_and_goes_there() {
    let mut fixture = Fixture::new();
    let run = fixture.log_run("bold-crane-7");
    fixture.send(Command::Palette(palette::PaletteCommand::Open));
    fixture.send(Command::Palette(palette::PaletteCommand::SetQuery("crane".to_owned())));
    fixture.wait(|state| state.palette.items.iter().any(|item| item.kind == palette::PaletteKind::Run));
    let place =
        fixture.app.state().palette.items.iter().position(|item| item.kind == palette::PaletteKind::Run).unwrap();
    fixture.send(Command::Palette(palette::PaletteCommand::Run(Some(place))));
    assert_eq!(fixture.app.state().route(), &Route::run(run));
    assert!(!fixture.app.state().palette.is_open);
}

#[test]
fn an_address_brings_the_person_there_and_nonsense_does_not() {
    let mut fixture = Fixture::new();
    let go = |text: &str| Command::Navigate(NavigateCommand::OpenAddress(text.to_owned()));
    fixture.send(go("proofmark://experiments/0"));
    assert_eq!(fixture.app.state().route(), &Route::experiment(ExperimentId::DEFAULT));
    fixture.send(go("https://example.com"));
    assert_eq!(fixture.app.state().route(), &Route::experiment(ExperimentId::DEFAULT));
    assert!(fixture.has_toast("Not an address"));
    fixture.send(Command::Navigate(NavigateCommand::Back));
    assert_eq!(fixture.app.state().route(), &Route::Home);
}

#[test]
fn an_idle_application_asks_for_nothing() {
    let mut fixture = Fixture::new();
    fixture.send(Command::Settings(SettingsCommand::ZoomIn));
    let deadline = std::time::Instant::now() + PATIENCE;
    while fixture.app.tick(Commands::new()).again_after.is_some() {
        assert!(std::time::Instant::now() < deadline, "never idle");
        std::thread::park_timeout(Duration::from_millis(1));
    }
    let saved = settings::load(&fixture.dir.path().join("config/settings.json")).0;
    assert_eq!(saved.ui_scale, 1.1, "what changed was written before the rest");
}

#[test]
fn the_scale_stays_within_what_a_window_can_take() {
    let mut fixture = Fixture::new();
    for (asked, got) in [(100.0, 3.0), (0.0, 0.5), (f32::NAN, 0.5), (1.256, 1.26)] {
        fixture.send(Command::Settings(SettingsCommand::SetUiScale(asked)));
        assert_eq!(fixture.app.state().settings.ui_scale, got, "{asked}");
    }
}
