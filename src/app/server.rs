//! The tracking server inside the window: started with the workspace, stopped with it.

use super::{Context, ServerCommand};

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
pub enum ServerEvent {}

pub(super) fn handle(_cx: &mut Context<'_>, _command: &ServerCommand) {}

pub(super) fn apply(_cx: &mut Context<'_>, event: ServerEvent) {
    match event {}
}
