//! The headless application: it owns the [`State`], carries out [`Command`]s, starts background work and takes in
//! what that brings. The window draws from `&State` and sends commands; so do tests.
//!
//! Invariants: the state changes only in [`App::tick`], which never waits for a disk, a network or another thread;
//! results of work that is no longer wanted are dropped; nothing here knows how the window draws.

pub mod actions;
mod clock;
mod command;
mod context;
pub mod edit;
mod error;
mod event;
pub mod experiments;
pub mod home;
mod loadable;
mod navigate;
pub mod palette;
pub mod paths;
pub mod persist;
pub mod requests;
pub mod route;
pub mod run_page;
pub mod server;
pub mod settings;
mod state;
#[cfg(test)]
mod tests;
pub mod toasts;
pub mod undo;
pub mod window;
pub mod workspace;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

pub use crate::backend::{
    ArtifactBytes, ArtifactEntry, ArtifactOwner, BackendError, BackendErrorKind, ExperimentSummary, Tracking,
};
pub use crate::tasks::{Job, JobId, OpQueue, Progress, RuntimeHandle, TaskContext, Waker, run_detached};
pub use clock::{Clock, FixedClock, SystemClock};
pub use command::{Command, Commands, HomeCommand, NavigateCommand, ServerCommand, WindowCommand, WorkspaceCommand};
pub use context::Context;
pub use edit::Edit;
pub use error::{Titled, UserError};
pub use event::{Event, TaskKey};
pub use loadable::Loadable;
pub use requests::{Confirm, UiRequest};
pub use route::{Route, RunTab};
pub use server::ServerStatus;
pub use state::{OpenWorkspace, State};

use crate::backend::Subscription;
use crate::server::RunningServer;
use crate::store::Store;
use crate::tasks::Tasks;

use settings::Settings;

/// Results taken in during one tick; the rest wait for the next.
const EVENTS_PER_TICK: usize = 64;
/// Work shorter than this is not shown as a job.
const SHOW_JOB_AFTER: Duration = Duration::from_millis(300);
/// How deep commands may cause commands.
const FOLLOW_UP_ROUNDS: usize = 16;

/// What an application is started with.
pub struct AppConfig {
    /// The workspace to open; `None`: the default one, made where there is none.
    pub workspace: Option<PathBuf>,
    /// The settings file; `None`: nothing is remembered.
    pub settings_path: Option<PathBuf>,
    pub clock: Arc<dyn Clock>,
    /// The name that the operating system gives the person.
    pub user: String,
    /// Whether the embedded server may start; the settings can still keep it off.
    pub server: bool,
}

/// Handles that are no plain state.
pub(crate) struct Services {
    store: Option<Store>,
    backend: Option<Arc<dyn Tracking>>,
    subscription: Option<Subscription>,
    server: Option<RunningServer>,
    /// Whether this application may run a server at all.
    may_serve: bool,
    changes: workspace::Changes,
    home_counted_at: Option<Instant>,
    persist: persist::Persist,
    waker: Waker,
}

/// What the owner of the loop should know after a tick.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tick {
    /// When to tick again if nothing else happens; `None`: only when woken.
    pub again_after: Option<Duration>,
}

/// The application.
pub struct App {
    state: State,
    tasks: Tasks<TaskKey, Event>,
    services: Services,
    clock: Arc<dyn Clock>,
}

impl App {
    /// Starts: reads the settings and begins to open the workspace. Background work runs on `runtime`; `waker` is
    /// called from any thread when there is something to [`Self::tick`] for.
    pub fn new(config: AppConfig, runtime: RuntimeHandle, waker: Waker) -> Self {
        let AppConfig { workspace, settings_path, clock, user, server } = config;
        let (persist, settings, problem) = persist::Persist::load(settings_path.clone());
        let mut state = State { now_ms: clock.now_ms(), user, settings, settings_path, ..State::default() };
        if let Some(problem) = problem {
            let error = UserError::new("The settings start afresh", problem)
                .with_advice("The next change writes a new settings file in its place");
            state.toasts.show_error(state.now_ms, &error);
        }
        let services = Services {
            store: None,
            backend: None,
            subscription: None,
            server: None,
            may_serve: server,
            changes: workspace::Changes::default(),
            home_counted_at: None,
            persist,
            waker: waker.clone(),
        };
        let mut app = Self { state, tasks: Tasks::new(runtime, waker), services, clock };
        let first = workspace.map_or_else(|| last_workspace(&app.state.settings), WorkspaceCommand::Create);
        app.with_context(|cx| workspace::handle(cx, first));
        app
    }

    /// What to draw.
    pub fn state(&self) -> &State {
        &self.state
    }

    /// Takes what the window is asked to do.
    pub fn take_requests(&mut self) -> Vec<UiRequest> {
        std::mem::take(&mut self.state.requests)
    }

    /// Takes in what background work brought, then carries out `commands` in order. Never waits.
    pub fn tick(&mut self, commands: impl Into<Commands>) -> Tick {
        self.state.now_ms = self.clock.now_ms();
        let mut is_full = true;
        for _ in 0..EVENTS_PER_TICK {
            let Some(event) = self.tasks.next_event() else {
                is_full = false;
                break;
            };
            self.with_context(|cx| apply(cx, event));
        }
        for (command, caller) in commands.into().into_list() {
            tracing::debug!(?command, %caller, "command");
            self.with_context(|cx| handle(cx, command));
        }
        let look_again =
            [self.with_context(workspace::tick), self.with_context(home::tick), self.with_context(persist::tick)];
        let now_ms = self.state.now_ms;
        let toast = self.state.toasts.expire(now_ms).map(|at| Duration::from_millis((at - now_ms).max(1) as u64));
        let jobs = self.refresh_jobs();
        let more = is_full.then_some(Duration::ZERO);
        Tick { again_after: look_again.into_iter().chain([toast, jobs, more]).flatten().min() }
    }

    /// Lists the jobs that are worth showing. Returns when one that is not yet would be.
    fn refresh_jobs(&mut self) -> Option<Duration> {
        let jobs = self.tasks.jobs(SHOW_JOB_AFTER);
        if self.state.jobs != jobs {
            self.state.jobs = jobs;
        }
        self.tasks.is_busy().then_some(SHOW_JOB_AFTER)
    }

    /// Ticks until `is_done` or the deadline. For tests and the command line; returns whether it was done in time.
    pub fn wait_until(&mut self, timeout: Duration, is_done: impl Fn(&State) -> bool) -> bool {
        let deadline = Instant::now() + timeout;
        loop {
            self.tick(Commands::new());
            if is_done(&self.state) {
                return true;
            }
            if Instant::now() >= deadline {
                return false;
            }
            std::thread::park_timeout(Duration::from_millis(1));
        }
    }

    fn with_context<T>(&mut self, act: impl FnOnce(&mut Context<'_>) -> T) -> T {
        let mut cx = Context {
            state: &mut self.state,
            tasks: &mut self.tasks,
            services: &mut self.services,
            follow_ups: Vec::new(),
        };
        let value = act(&mut cx);
        for _ in 0..FOLLOW_UP_ROUNDS {
            if cx.follow_ups.is_empty() {
                return value;
            }
            for command in std::mem::take(&mut cx.follow_ups) {
                handle(&mut cx, command);
            }
        }
        // A handler that answers itself would never end; a person's command causes a handful.
        tracing::error!(commands = ?cx.follow_ups, "commands cause each other without end");
        value
    }
}

impl Drop for App {
    fn drop(&mut self) {
        self.services.persist.flush(&self.state);
    }
}

/// The workspace that was used last, while its folder is there; else the default one.
fn last_workspace(settings: &Settings) -> WorkspaceCommand {
    match settings.recent_workspaces.first() {
        Some(path) if path.is_dir() => WorkspaceCommand::Open(path.clone()),
        _ => WorkspaceCommand::OpenDefault,
    }
}

fn handle(cx: &mut Context<'_>, command: Command) {
    match command {
        Command::Workspace(command) => workspace::handle(cx, command),
        Command::Home(command) => home::handle(cx, &command),
        Command::Experiments(command) => experiments::handle(cx, command),
        Command::Run(command) => run_page::handle(cx, command),
        Command::Edit(edit) => edit::handle(cx, edit, edit::Origin::Person),
        Command::Server(command) => server::handle(cx, &command),
        Command::Palette(command) => palette::handle(cx, command),
        Command::Navigate(command) => navigate::handle(cx, command),
        Command::Undo => undo::undo(cx),
        Command::Redo => undo::redo(cx),
        Command::Settings(command) => settings::handle(cx, &command),
        Command::Toast(command) => toasts::handle(cx, command),
        Command::Window(command) => window::handle(cx, command),
        Command::CancelJob(id) => cx.tasks.cancel_job(id),
        Command::Action(id) => actions::run(cx, id),
    }
}

fn apply(cx: &mut Context<'_>, event: Event) {
    match event {
        Event::Workspace(event) => workspace::apply(cx, event),
        Event::Home(event) => home::apply(cx, event),
        Event::Experiments(event) => experiments::apply(cx, event),
        Event::Run(event) => run_page::apply(cx, event),
        Event::Edit(event) => edit::apply(cx, event),
        Event::Server(event) => server::apply(cx, event),
        Event::Palette(event) => palette::apply(cx, event),
        Event::Window(event) => window::apply(cx, event),
        Event::Persist(event) => persist::apply(cx, event),
    }
}
