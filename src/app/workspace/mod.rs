//! Opening, creating and closing workspaces, and telling the screens of changes in the open one.
//!
//! Invariant: an open workspace stays open until another one is; what belonged to it (tasks, undo, views) ends with
//! it and never reaches the next.

mod fill;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use crate::backend::local::LocalBackend;
use crate::backend::{BackendError, Tracking};
use crate::domain::{Actor, Channel, Revision};
use crate::store::{OpenMode, Store, StoreErrorKind};
use crate::tasks::Waker;

use super::requests::{DialogPurpose, FileDialog, FileDialogKind};
use super::state::OpenWorkspace;
use super::{
    Command, Context, Event, Loadable, Route, TaskKey, Titled as _, UserError, WindowCommand, WorkspaceCommand,
    experiments, home, navigate, run_page, server,
};

pub use fill::FillReport;

/// Changes reach the screens at most this often.
const NOTIFY_INTERVAL: Duration = Duration::from_millis(100);

/// What the workspace's tasks bring.
#[derive(Debug)]
pub enum WorkspaceEvent {
    Opened { path: PathBuf, result: Result<Opened, UserError> },
    Info(Result<OpenWorkspace, UserError>),
    Filled(Result<FillReport, UserError>),
}

/// A workspace that was opened off the UI thread.
pub struct Opened {
    info: OpenWorkspace,
    store: Store,
    backend: Arc<dyn Tracking>,
}

impl std::fmt::Debug for Opened {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Opened").field("info", &self.info).finish_non_exhaustive()
    }
}

/// Collects changes between ticks: any thread tells, the owner looks.
#[derive(Debug, Default)]
pub(super) struct ChangeSignal {
    revision: AtomicU64,
    is_pending: AtomicBool,
}

impl ChangeSignal {
    /// Notes a revision; wakes the owner once until it has looked.
    fn notify(&self, revision: Revision, waker: &Waker) {
        self.revision.fetch_max(revision, Ordering::AcqRel);
        if !self.is_pending.swap(true, Ordering::AcqRel) {
            waker.wake();
        }
    }
}

/// When the screens were last told of changes.
#[derive(Debug, Default)]
pub(super) struct Changes {
    signal: Arc<ChangeSignal>,
    told_at: Option<Instant>,
    /// Whether something changed while the runs were being counted.
    is_info_outdated: bool,
}

pub(super) fn handle(cx: &mut Context<'_>, command: WorkspaceCommand) {
    match command {
        WorkspaceCommand::Open(path) => open(cx, path, OpenMode::OpenExisting),
        WorkspaceCommand::Create(path) => open(cx, path, OpenMode::CreateOrOpen),
        WorkspaceCommand::OpenDefault => {
            if let Some(path) = super::paths::default_workspace() {
                open(cx, path, OpenMode::CreateOrOpen);
            } else {
                let error = UserError::new("There is no default workspace", "This account has no home folder")
                    .with_advice("Open or create a workspace in a folder of your choice");
                not_opened(cx, error);
            }
        }
        WorkspaceCommand::Retry => {
            if let Some(retry) = cx.state.workspace.error().and_then(|error| error.retry.clone()) {
                cx.send(*retry);
            }
        }
        WorkspaceCommand::Close => close(cx),
        WorkspaceCommand::ForgetRecent(path) => {
            cx.state.settings.recent_workspaces.retain(|recent| *recent != path);
        }
        WorkspaceCommand::AskOpen => ask_folder(cx, "Open a workspace", DialogPurpose::OpenWorkspace),
        WorkspaceCommand::AskCreate => {
            ask_folder(cx, "Choose an empty folder for the new workspace", DialogPurpose::CreateWorkspace);
        }
        WorkspaceCommand::AskImportFolder => ask_folder(cx, "Import an mlruns folder", DialogPurpose::Import),
        WorkspaceCommand::AskImportFile => {
            let filters = vec![
                ("MLflow database".to_owned(), vec!["db".to_owned(), "sqlite".to_owned(), "sqlite3".to_owned()]),
                ("All files".to_owned(), vec!["*".to_owned()]),
            ];
            ask(cx, "Import an MLflow database", FileDialogKind::OpenFile { filters }, DialogPurpose::Import);
        }
        WorkspaceCommand::FillWithDemo => fill::demo(cx),
        WorkspaceCommand::Import(path) => fill::import(cx, path),
    }
}

fn ask_folder(cx: &mut Context<'_>, title: &str, purpose: DialogPurpose) {
    ask(cx, title, FileDialogKind::Folder, purpose);
}

fn ask(cx: &mut Context<'_>, title: &str, kind: FileDialogKind, purpose: DialogPurpose) {
    let start_in = cx.state.workspace_path.as_deref().and_then(Path::parent).filter(|_| kind == FileDialogKind::Folder);
    let dialog = FileDialog { title: title.to_owned(), start_in: start_in.map(Path::to_path_buf), kind, purpose };
    cx.send(Command::Window(WindowCommand::ShowDialog(dialog)));
}

/// Begins to open a folder. What is open stays so until this has worked.
pub(super) fn open(cx: &mut Context<'_>, path: PathBuf, mode: OpenMode) {
    let actor = Actor::new(cx.state.user.clone(), Channel::Window);
    cx.state.workspace.start_loading();
    cx.state.workspace_path = Some(path.clone());
    let folder = path.clone();
    cx.start(
        TaskKey::OpenWorkspace,
        format!("Opening {}", path.display()),
        move |_| {
            open_store(&folder, mode, actor).titled("The workspace could not be opened").map_err(|error| {
                let again = match mode {
                    OpenMode::CreateOrOpen => WorkspaceCommand::Create(folder.clone()),
                    OpenMode::OpenExisting | OpenMode::ReadOnly => WorkspaceCommand::Open(folder.clone()),
                };
                error.with_retry(Command::Workspace(again))
            })
        },
        move |result| Event::Workspace(WorkspaceEvent::Opened { path, result }),
    );
}

/// Opens for writing, or for reading only where writing is impossible.
fn open_store(path: &Path, mode: OpenMode, actor: Actor) -> Result<Opened, BackendError> {
    let store = match Store::open(path, mode) {
        Err(error) if matches!(error.kind, StoreErrorKind::ReadOnly | StoreErrorKind::NewerVersion) => {
            // The first error says more than that of a second try that fails as well.
            Store::open(path, OpenMode::ReadOnly).map_err(|_| error)?
        }
        opened => opened?,
    };
    let info = describe(&store)?;
    let backend = LocalBackend::new(store.clone(), actor, info.read_only.clone());
    Ok(Opened { info, store, backend: Arc::new(backend) })
}

fn describe(store: &Store) -> Result<OpenWorkspace, BackendError> {
    let info = store.info()?;
    Ok(OpenWorkspace {
        root: info.root,
        read_only: info.read_only,
        experiment_count: info.experiment_count,
        run_count: info.run_count,
    })
}

pub(super) fn apply(cx: &mut Context<'_>, event: WorkspaceEvent) {
    match event {
        WorkspaceEvent::Opened { result: Ok(opened), .. } => opened_ok(cx, opened),
        WorkspaceEvent::Opened { result: Err(error), .. } => not_opened(cx, error),
        WorkspaceEvent::Info(result) => info_counted(cx, result),
        WorkspaceEvent::Filled(result) => fill::finished(cx, result),
    }
}

fn opened_ok(cx: &mut Context<'_>, opened: Opened) {
    let is_first = cx.services.backend.is_none();
    leave(cx);
    let Opened { info, store, backend } = opened;
    cx.state.settings.remember_workspace(&info.root);
    if let Some(reason) = &info.read_only {
        cx.toast_warning(&format!("The workspace is open for reading only. {reason}"));
    }
    let place = cx.services.persist.restore(cx.state, &info.root);
    cx.state.workspace_path = Some(info.root.clone());
    cx.state.workspace = Loadable::Ready(info);
    cx.state.revision = backend.revision();
    let signal = Arc::new(ChangeSignal::default());
    let waker = cx.services.waker.clone();
    let told = Arc::clone(&signal);
    cx.services.subscription = Some(backend.subscribe(Box::new(move |revision| told.notify(revision, &waker))));
    cx.services.changes = Changes { signal, ..Changes::default() };
    cx.services.store = Some(store);
    cx.services.backend = Some(backend);
    // On the first start the person returns to where they were, unless an address brought them elsewhere.
    if is_first
        && *cx.state.route() == Route::Home
        && let Some(place) = place
    {
        cx.state.navigation.replace(place);
    }
    experiments::on_workspace_opened(cx);
    run_page::on_workspace_opened(cx);
    navigate::route_changed(cx);
    server::start(cx);
}

fn not_opened(cx: &mut Context<'_>, error: UserError) {
    let previous = std::mem::take(&mut cx.state.workspace).into_value();
    match previous {
        // What was open still is.
        Some(workspace) if cx.services.backend.is_some() => {
            cx.state.workspace_path = Some(workspace.root.clone());
            cx.state.workspace = Loadable::Ready(workspace);
            cx.toast_error(&error);
        }
        _ => cx.state.workspace = Loadable::Failed { error, previous: None },
    }
}

fn close(cx: &mut Context<'_>) {
    cx.abandon(&TaskKey::OpenWorkspace);
    leave(cx);
    cx.state.workspace_path = None;
    cx.state.workspace.clear();
    experiments::on_workspace_opened(cx);
    run_page::on_workspace_opened(cx);
    server::stop(cx);
}

/// Ends everything that belongs to the open workspace, the server apart, which is replaced or stopped after.
fn leave(cx: &mut Context<'_>) {
    if cx.services.backend.is_some() {
        cx.services.persist.remember(cx.state);
        cx.state.navigation = super::route::Navigation::default();
    }
    cx.tasks.abandon(TaskKey::is_of_workspace);
    cx.services.subscription = None;
    cx.services.backend = None;
    if let Some(store) = cx.services.store.take() {
        // Closing waits for what is being written.
        cx.tasks.dispose(store);
    }
    cx.state.revision = 0;
    cx.state.undo.clear();
    cx.state.edits.clear();
    cx.state.confirm = None;
    cx.state.home = home::HomeState::default();
    cx.state.experiments = experiments::ExperimentsState::default();
    cx.state.run_page = run_page::RunPageState::default();
    cx.state.palette = super::palette::Palette::default();
}

/// Tells the screens of changes since they were last told. Returns when to look again.
pub(super) fn tick(cx: &mut Context<'_>) -> Option<Duration> {
    let changes = &mut cx.services.changes;
    if !changes.signal.is_pending.load(Ordering::Acquire) {
        return None;
    }
    if let Some(rest) = changes.told_at.and_then(|at| NOTIFY_INTERVAL.checked_sub(at.elapsed()))
        && !rest.is_zero()
    {
        return Some(rest);
    }
    changes.told_at = Some(Instant::now());
    // Lowered before the number is read: a change in between raises it again and is not lost.
    changes.signal.is_pending.store(false, Ordering::Release);
    let revision = changes.signal.revision.load(Ordering::Acquire);
    if revision > cx.state.revision {
        cx.state.revision = revision;
        refresh_info(cx);
        home::on_workspace_changed(cx);
        experiments::on_workspace_changed(cx, revision);
        run_page::on_workspace_changed(cx, revision);
    }
    None
}

fn info_counted(cx: &mut Context<'_>, result: Result<OpenWorkspace, UserError>) {
    match result {
        Ok(info) => {
            if let Some(workspace) = cx.state.workspace.value_mut() {
                *workspace = info;
            }
        }
        // The counts are a courtesy; the next change asks again.
        Err(error) => tracing::debug!(?error, "the runs could not be counted"),
    }
    if std::mem::take(&mut cx.services.changes.is_info_outdated) {
        refresh_info(cx);
    }
}

fn refresh_info(cx: &mut Context<'_>) {
    if cx.is_running(&TaskKey::WorkspaceInfo) {
        cx.services.changes.is_info_outdated = true;
        return;
    }
    let Some(store) = cx.services.store.clone() else { return };
    cx.start(
        TaskKey::WorkspaceInfo,
        "Counting runs",
        move |_| describe(&store).map_err(UserError::from),
        |result| Event::Workspace(WorkspaceEvent::Info(result)),
    );
}
