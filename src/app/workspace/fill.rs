//! Filling the open workspace: with the demo, or with runs from elsewhere.

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use crate::demo::{DEFAULT_SEED, DemoOptions, fill as write_demo};
use crate::domain::{Actor, Channel};
use crate::store::Store;
use crate::tasks::TaskContext;

use super::super::route::Route;
use super::super::{Command, Context, Event, NavigateCommand, TaskKey, UserError};
use super::WorkspaceEvent;

/// What was added.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FillReport {
    /// Such as `60 runs in 3 experiments`.
    pub text: String,
    /// What was left out and why, one line each.
    pub problems: Vec<String>,
}

pub(super) fn demo(cx: &mut Context<'_>) {
    let now_ms = cx.now_ms();
    let retry = Command::Workspace(super::WorkspaceCommand::FillWithDemo);
    fill(cx, TaskKey::Demo, "Filling the workspace with a demo".to_owned(), move |store, task| {
        fill_with_demo(store, now_ms, task)
            .map_err(|detail| UserError::new("The demo could not be written", detail).with_retry(retry))
    });
}

pub(super) fn import(cx: &mut Context<'_>, path: PathBuf) {
    let label = format!("Importing {}", path.display());
    let retry = Command::Workspace(super::WorkspaceCommand::Import(path.clone()));
    let actor = Actor::new(cx.state.user.clone(), Channel::Import);
    fill(cx, TaskKey::Import, label, move |store, task| {
        import_from(store, &actor, &path, task).map_err(|detail| {
            UserError::new("The import failed", detail)
                .with_advice("What was imported so far is kept; importing again adds the rest")
                .with_retry(retry)
        })
    });
}

fn fill(
    cx: &mut Context<'_>,
    key: TaskKey,
    label: String,
    work: impl FnOnce(&Store, &TaskContext) -> Result<FillReport, UserError> + Send + 'static,
) {
    if cx.is_running(&key) {
        cx.toast_info("That is already under way");
        return;
    }
    if let Err(reason) = cx.state.can_write().map_err(ToOwned::to_owned) {
        cx.toast_warning(&reason);
        return;
    }
    let Some(store) = cx.services.store.clone() else { return };
    cx.start(key, label, move |task| work(&store, task), |result| Event::Workspace(WorkspaceEvent::Filled(result)));
}

pub(super) fn finished(cx: &mut Context<'_>, result: Result<FillReport, UserError>) {
    match result {
        Ok(FillReport { text, problems }) => {
            let show = Command::Navigate(NavigateCommand::Go(Route::Experiments { experiments: Vec::new() }));
            cx.toast_with_action(&format!("Added {text}"), ("Show".to_owned(), show));
            if !problems.is_empty() {
                let n = problems.len();
                cx.toast_error(&UserError::new(
                    if n == 1 { "1 thing was left out".to_owned() } else { format!("{n} things were left out") },
                    problems.join("\n"),
                ));
            }
        }
        Err(error) => cx.toast_error(&error),
    }
}

fn fill_with_demo(store: &Store, now_ms: i64, task: &TaskContext) -> Result<FillReport, String> {
    let options = DemoOptions { seed: DEFAULT_SEED, now_ms };
    let report =
        write_demo(store, options, &|part, run| task.progress(part, run)).map_err(|error| error.to_string())?;
    let text = if report.runs == 0 {
        "nothing: the demo is here already".to_owned()
    } else {
        format!("{} runs in {} experiments", report.runs, report.experiments)
    };
    Ok(FillReport { text, problems: Vec::new() })
}

fn import_from(store: &Store, actor: &Actor, path: &Path, task: &TaskContext) -> Result<FillReport, String> {
    let report = crate::store::import(store, actor, path, &|progress| {
        let fraction = progress.runs_done as f32 / progress.runs_total.max(1) as f32;
        if task.progress(fraction, progress.current) { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    })
    .map_err(|error| error.to_string())?;
    let text = if report.runs_added + report.runs_updated == 0 {
        format!("nothing: {} runs are here already", report.runs_unchanged)
    } else {
        format!("{} runs; {} more got what was missing", report.runs_added, report.runs_updated)
    };
    let problems = report.skipped.iter().map(|skipped| format!("{}: {}", skipped.what, skipped.why)).collect();
    Ok(FillReport { text, problems })
}
