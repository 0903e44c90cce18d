//! The tracking server inside the window: started with the workspace, stopped with it.
//!
//! Invariant: starting and stopping wait for connections and happen off the UI thread.

use crate::server::{Config, RunningServer, ServerError, spawn};

use super::settings::SettingsCommand;
use super::{Command, Context, Event, ServerCommand, TaskKey, UserError};

/// How the embedded server is.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum ServerStatus {
    /// Not wanted, or no workspace is open.
    #[default]
    Off,
    Starting,
    Running {
        /// Such as `http://127.0.0.1:5000`.
        url: String,
        /// Such as `Port 5000 was taken, using 5001`.
        note: Option<String>,
    },
    Failed {
        reason: String,
    },
}

impl ServerStatus {
    /// The address for clients, while running.
    pub fn url(&self) -> Option<&str> {
        match self {
            Self::Running { url, .. } => Some(url),
            _ => None,
        }
    }
}

/// What the server's tasks bring.
#[derive(Debug)]
pub enum ServerEvent {
    Started(Result<RunningServer, UserError>),
}

pub(super) fn handle(cx: &mut Context<'_>, command: &ServerCommand) {
    match command {
        ServerCommand::Start => cx.send(Command::Settings(SettingsCommand::SetServerEnabled(true))),
        ServerCommand::Stop => cx.send(Command::Settings(SettingsCommand::SetServerEnabled(false))),
        ServerCommand::Restart => start(cx),
    }
}

/// Starts the server over the open workspace, in place of one that runs. Does nothing when it is not wanted.
pub(super) fn start(cx: &mut Context<'_>) {
    let store = cx.services.store.clone();
    let (Some(store), true, true) = (store, cx.services.may_serve, cx.state.settings.server_enabled) else {
        stop(cx);
        return;
    };
    let older = cx.services.server.take();
    let port = cx.state.settings.server_port;
    cx.state.server = ServerStatus::Starting;
    cx.start(
        TaskKey::Server,
        "Starting the tracking server",
        move |_| {
            // Its port is wanted again.
            if let Some(older) = older {
                older.stop();
            }
            let config = Config { port, port_fallback: true, ..Config::default() };
            spawn(store, config).map_err(|error| failed(&error))
        },
        |result| Event::Server(ServerEvent::Started(result)),
    );
}

fn failed(error: &ServerError) -> UserError {
    UserError::new("The tracking server could not start", error.to_string())
        .with_advice("Choose another port in the settings")
        .with_retry(Command::Server(ServerCommand::Restart))
}

/// Stops the server; what it is doing may end, off the UI thread.
pub(super) fn stop(cx: &mut Context<'_>) {
    cx.abandon(&TaskKey::Server);
    if let Some(server) = cx.services.server.take() {
        cx.tasks.dispose(server);
    }
    cx.state.server = ServerStatus::Off;
}

pub(super) fn apply(cx: &mut Context<'_>, event: ServerEvent) {
    let ServerEvent::Started(result) = event;
    match result {
        Ok(server) => {
            let note = server
                .port_moved_from()
                .map(|wanted| format!("Port {wanted} was taken, using {}", server.address().port()));
            if let Some(note) = &note {
                cx.toast_warning(note);
            }
            cx.state.server = ServerStatus::Running { url: server.url(), note };
            cx.services.server = Some(server);
        }
        Err(error) => {
            cx.state.server = ServerStatus::Failed { reason: error.detail.clone() };
            cx.toast_error(&error);
        }
    }
}
