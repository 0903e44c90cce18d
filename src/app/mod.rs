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
pub mod palette;
pub mod requests;
pub mod route;
pub mod run_page;
pub mod server;
pub mod settings;
mod state;
pub mod toasts;
pub mod undo;
pub mod workspace;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::runtime::Handle;

pub use crate::backend::{
    ArtifactBytes, ArtifactEntry, ArtifactOwner, BackendError, BackendErrorKind, ExperimentSummary, Tracking,
};
pub use crate::tasks::{Job, JobId, OpQueue, Progress, TaskContext, Waker};
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

use crate::store::Store;
use crate::tasks::Tasks;

/// Results taken in during one tick; the rest wait for the next.
const EVENTS_PER_TICK: usize = 64;
/// Work shorter than this is not shown as a job.
const SHOW_JOB_AFTER: Duration = Duration::from_millis(300);

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
#[derive(Default)]
pub(crate) struct Services {
    store: Option<Store>,
    backend: Option<Arc<dyn Tracking>>,
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
    pub fn new(config: AppConfig, runtime: Handle, waker: Waker) -> Self {
        let AppConfig { workspace: _, settings_path: _, clock, user, server: _ } = config;
        let state = State { now_ms: clock.now_ms(), user, ..State::default() };
        Self { state, tasks: Tasks::new(runtime, waker), services: Services::default(), clock }
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
        for _ in 0..EVENTS_PER_TICK {
            let Some(event) = self.tasks.next_event() else { break };
            self.with_context(|cx| apply(cx, event));
        }
        for (command, caller) in commands.into().into_list() {
            tracing::debug!(?command, %caller, "command");
            self.with_context(|cx| handle(cx, command));
        }
        self.state.toasts.expire(self.state.now_ms);
        self.state.jobs = self.tasks.jobs(SHOW_JOB_AFTER);
        Tick { again_after: None }
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

    fn with_context(&mut self, act: impl FnOnce(&mut Context<'_>)) {
        let mut cx = Context {
            state: &mut self.state,
            tasks: &mut self.tasks,
            services: &mut self.services,
            follow_ups: Vec::new(),
        };
        act(&mut cx);
        while !cx.follow_ups.is_empty() {
            for command in std::mem::take(&mut cx.follow_ups) {
                handle(&mut cx, command);
            }
        }
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
        Command::Navigate(_)
        | Command::Undo
        | Command::Redo
        | Command::Settings(_)
        | Command::Toast(_)
        | Command::Window(_)
        | Command::CancelJob(_)
        | Command::Action(_) => {}
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
    }
}
