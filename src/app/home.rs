//! The start page: how to log from Python, and what happened since yesterday.

use std::sync::Arc;

use crate::domain::Run;

use super::{Context, Event, HomeCommand, Loadable, State, TaskKey, UserError};

/// What the start page knows.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct HomeState {
    pub summary: Loadable<HomeSummary>,
}

/// What happened since this time yesterday.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct HomeSummary {
    /// Unix milliseconds from which on things count.
    pub since: i64,
    pub started: u64,
    pub finished: u64,
    /// Failed or killed.
    pub failed: u64,
    /// Running now, whenever they started.
    pub running: u64,
    /// The newest runs of all, newest first.
    pub latest: Vec<Arc<Run>>,
}

/// What the start page's tasks bring.
#[derive(Debug)]
pub enum HomeEvent {
    Summary(Result<HomeSummary, UserError>),
}

/// The lines of Python that log a first run here; `None` while no server runs.
pub fn python_snippet(state: &State) -> Option<String> {
    let url = state.server.url()?;
    Some(format!(
        "import mlflow\n\nmlflow.set_tracking_uri(\"{url}\")\nmlflow.set_experiment(\"my-experiment\")\nmlflow.autolog()\n"
    ))
}

pub(super) fn handle(_cx: &mut Context<'_>, _command: &HomeCommand) {}

pub(super) fn apply(cx: &mut Context<'_>, event: HomeEvent) {
    match event {
        HomeEvent::Summary(result) => cx.state.home.summary.finish(result),
    }
}

pub(super) fn refresh(_cx: &mut Context<'_>) {
    let _ = (Event::Home, TaskKey::HomeSummary);
}
