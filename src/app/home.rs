//! The start page: how to log from Python, and what happened since yesterday.

use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::backend::{BackendError, Tracking};
use crate::domain::filter::{Comparison, Condition, Expr, Field, Filter, Operator, Value};
use crate::domain::{ExperimentId, Run, RunSearch, RunStatus, ViewType};

use super::{Context, Event, HomeCommand, Loadable, Route, State, TaskKey, Titled as _, UserError, window};

const DAY_MS: i64 = 24 * 60 * 60 * 1000;
/// More runs than a workspace holds.
const ALL: usize = u32::MAX as usize;
/// The counts follow changes at most this often: each looks through all runs.
const RECOUNT_INTERVAL: Duration = Duration::from_millis(500);
/// Runs listed as the newest.
const LATEST: usize = 8;

/// What the start page knows.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct HomeState {
    pub summary: Loadable<HomeSummary>,
    /// Whether something changed since the summary was counted.
    is_outdated: bool,
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

impl HomeSummary {
    /// Whether nothing happened since yesterday.
    pub fn is_quiet(&self) -> bool {
        self.started + self.finished + self.failed + self.running == 0
    }
}

/// What the start page's tasks bring.
#[derive(Debug)]
pub enum HomeEvent {
    Summary(Result<HomeSummary, UserError>),
}

/// The five lines of Python that log a first run here; `None` while no server runs.
pub fn python_snippet(state: &State) -> Option<String> {
    let url = state.server.url()?;
    Some(format!(
        "import mlflow\n\
         mlflow.set_tracking_uri(\"{url}\")\n\
         mlflow.set_experiment(\"my-experiment\")\n\
         mlflow.autolog()\n\
         # train as usual: model.fit(X, y)\n"
    ))
}

pub(super) fn handle(cx: &mut Context<'_>, command: &HomeCommand) {
    match command {
        HomeCommand::Refresh => refresh(cx),
        HomeCommand::CopySnippet => match python_snippet(cx.state) {
            Some(text) => window::copy(cx, text, "Snippet copied"),
            None => cx.toast_warning("The tracking server is not running"),
        },
        HomeCommand::CopyTrackingUrl => match cx.state.server.url().map(ToOwned::to_owned) {
            Some(url) => window::copy(cx, url, "Tracking address copied"),
            None => cx.toast_warning("The tracking server is not running"),
        },
    }
}

pub(super) fn apply(cx: &mut Context<'_>, event: HomeEvent) {
    match event {
        HomeEvent::Summary(result) => cx.state.home.summary.finish(result),
    }
}

pub(super) fn on_workspace_changed(cx: &mut Context<'_>) {
    cx.state.home.is_outdated = true;
}

/// Counts again after changes, while somebody looks. Returns when to look again.
pub(super) fn tick(cx: &mut Context<'_>) -> Option<Duration> {
    // A count under way wakes the application when it ends.
    if !cx.state.home.is_outdated || *cx.state.route() != Route::Home || cx.is_running(&TaskKey::HomeSummary) {
        return None;
    }
    if let Some(rest) = cx.services.home_counted_at.and_then(|at| RECOUNT_INTERVAL.checked_sub(at.elapsed()))
        && !rest.is_zero()
    {
        return Some(rest);
    }
    refresh(cx);
    None
}

pub(super) fn refresh(cx: &mut Context<'_>) {
    cx.state.home.is_outdated = false;
    cx.services.home_counted_at = Some(Instant::now());
    let Some(backend) = cx.backend() else {
        cx.state.home.summary.clear();
        return;
    };
    let since = cx.now_ms().saturating_sub(DAY_MS);
    // A recount behind a summary that is shown is no loading that anybody waits for.
    if cx.state.home.summary.value().is_none() {
        cx.state.home.summary.start_loading();
    }
    cx.start(
        TaskKey::HomeSummary,
        "Counting what happened",
        move |_| summarise(backend.as_ref(), since).titled("The runs could not be counted"),
        |result| Event::Home(HomeEvent::Summary(result)),
    );
}

fn summarise(backend: &dyn Tracking, since: i64) -> Result<HomeSummary, BackendError> {
    let experiments: Vec<ExperimentId> =
        backend.experiments(ViewType::ActiveOnly)?.into_iter().map(|summary| summary.experiment.id).collect();
    let count = |conditions: Vec<Condition>| -> Result<u64, BackendError> {
        let expr = Expr::And(conditions.into_iter().map(Expr::Condition).collect());
        let search = RunSearch {
            experiment_ids: experiments.clone(),
            filter: Filter { expr: Some(expr) },
            limit: ALL,
            ..RunSearch::default()
        };
        Ok(backend.search_run_ids(&search)?.len() as u64)
    };
    let ended = |status: RunStatus| count(vec![since_condition("end_time", since), status_is(status)]);
    let latest = RunSearch { experiment_ids: experiments.clone(), limit: LATEST, ..RunSearch::default() };
    Ok(HomeSummary {
        since,
        started: count(vec![since_condition("start_time", since)])?,
        finished: ended(RunStatus::Finished)?,
        failed: ended(RunStatus::Failed)? + ended(RunStatus::Killed)?,
        running: count(vec![status_is(RunStatus::Running)])?,
        latest: backend.search_runs(&latest)?.items,
    })
}

fn since_condition(field: &'static str, since: i64) -> Condition {
    Condition { field: Field::Attribute(field), comparison: Comparison::Compare(Operator::Ge, Value::Integer(since)) }
}

fn status_is(status: RunStatus) -> Condition {
    Condition {
        field: Field::Attribute("status"),
        comparison: Comparison::Compare(Operator::Eq, Value::Text(status.as_str().to_owned())),
    }
}
