//! The page of one run: its state, what can be asked of it, and who carries that out.
//!
//! Invariant: everything kept here belongs to the run named by [`RunPageState::run_id`]; a result for another run is
//! dropped. Only charts that are on screen are fetched, and what changed in the store reaches them without touching
//! tab, zoom or scroll position.

mod artifacts;
mod charts;
mod details;
pub mod markdown;
pub mod mlmodel;
pub mod preview;
pub mod tree;
mod view;

use std::ops::Range;
use std::sync::Arc;

use crate::domain::{Revision, RunId};
use crate::stats::series::{XAxis, Zoom};
use crate::stats::smooth::Smoothing;

use super::actions::{Action, ActionGroup, Key, Modifiers, Shortcut};
use super::{Command, Context, Loadable, NavigateCommand, Route, State, TaskKey, UserError, WindowCommand};

pub use crate::explore::{Cell, Column, ColumnKind, RowCount, RowIssue, Rows};
pub use artifacts::{ArtifactRef, ArtifactsState, ROWS_PER_CHUNK, TableState, TreeRow};
pub use charts::{ChartsState, LoadedSeries, MetricChart, SYSTEM_PREFIX, is_system_metric};
pub use details::{Details, Family, Relative};
pub use view::RunPageView;

/// What this screen knows.
#[derive(Debug, Clone, Default)]
pub struct RunPageState {
    pub view: RunPageView,
    /// The run that everything below is about.
    pub run_id: Option<RunId>,
    pub details: Loadable<Arc<Details>>,
    /// The other runs of the experiment, as far as this page needs them.
    pub family: Loadable<Arc<Family>>,
    pub charts: ChartsState,
    pub artifacts: ArtifactsState,
    /// Whether something changed while the details or the family were being read.
    details_again: bool,
    family_again: bool,
}

/// What can be asked of this screen.
#[derive(Debug, Clone, PartialEq)]
pub enum RunPageCommand {
    /// Reads everything again.
    Reload,
    /// The charts that are on screen now, by metric key; others are not fetched.
    ShowCharts(Vec<Arc<str>>),
    Zoom {
        key: Arc<str>,
        zoom: Zoom,
    },
    SetXAxis(XAxis),
    SetLogX(bool),
    SetLogY(bool),
    SetSmoothing(Smoothing),
    /// Whether all charts share one range of x.
    LinkZoom(bool),
    ToggleDataTable(Arc<str>),
    /// Opens or closes a group of charts.
    ToggleGroup(String),
    /// Opens or closes a folder in the artifact tree.
    ToggleFolder(ArtifactRef),
    SelectArtifact(ArtifactRef),
    /// Selects the next (`1`) or previous (`-1`) row of the artifact tree.
    StepArtifact(isize),
    /// Reads a large artifact after all.
    LoadAnyway,
    /// The rows of the table preview that are on screen.
    ShowRows(Range<u64>),
    /// Counts the rows of the table preview to the end.
    CountRows,
    /// Asks where to save the selected artifact.
    SaveArtifact,
    CopyArtifactPath,
    /// Shows the selected artifact in the file manager.
    RevealArtifact,
}

/// What this screen's tasks bring. Each names the run it was asked for.
#[derive(Debug)]
pub enum RunPageEvent {
    Details { run: RunId, result: Result<Arc<Details>, UserError> },
    Family { run: RunId, result: Result<Arc<Family>, UserError> },
    Chart { run: RunId, key: Arc<str>, result: Result<Arc<LoadedSeries>, UserError> },
    Artifacts { run: RunId, event: artifacts::ArtifactsEvent },
}

/// Names this screen's tasks.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum RunPageTask {
    Details,
    Family,
    Chart(Arc<str>),
    Folder(ArtifactRef),
    Preview,
    Rows,
    CountRows,
    Reveal,
}

/// What a person can trigger here.
pub static ACTIONS: &[Action] = &[
    Action {
        id: "run.previous",
        group: ActionGroup::Run,
        text: "Previous run",
        tooltip: "Opens the run that was started after this one",
        shortcuts: &[Shortcut::new(Modifiers::ALT, Key::Up)],
        icon: "chevron-up",
        available: |state| neighbour(state, true).map(|_| ()).ok_or("There is no newer run"),
        command: |state| go_to(state, true),
    },
    Action {
        id: "run.next",
        group: ActionGroup::Run,
        text: "Next run",
        tooltip: "Opens the run that was started before this one",
        shortcuts: &[Shortcut::new(Modifiers::ALT, Key::Down)],
        icon: "chevron-down",
        available: |state| neighbour(state, false).map(|_| ()).ok_or("There is no older run"),
        command: |state| go_to(state, false),
    },
    Action {
        id: "run.copy-id",
        group: ActionGroup::Run,
        text: "Copy run id",
        tooltip: "Puts the id of the open run on the clipboard",
        shortcuts: &[],
        icon: "copy",
        available: |state| open_run(state).map(|_| ()).ok_or("No run is open"),
        command: |state| {
            Command::Window(WindowCommand::CopyText(open_run(state).map(ToString::to_string).unwrap_or_default()))
        },
    },
];

fn open_run(state: &State) -> Option<&RunId> {
    match state.route() {
        Route::Run { run, .. } => Some(run),
        _ => None,
    }
}

fn neighbour(state: &State, is_newer: bool) -> Option<&Relative> {
    open_run(state)?;
    let family = state.run_page.family.value()?;
    if is_newer { family.previous.as_ref() } else { family.next.as_ref() }
}

/// Opens a neighbour at the tab that is open now.
fn go_to(state: &State, is_newer: bool) -> Command {
    let route = match (neighbour(state, is_newer), state.route()) {
        (Some(run), Route::Run { tab, .. }) => Route::Run { run: run.id.clone(), tab: *tab },
        (_, route) => route.clone(),
    };
    Command::Navigate(NavigateCommand::Go(route))
}

/// Carries out a command.
pub fn handle(cx: &mut Context<'_>, command: RunPageCommand) {
    match command {
        RunPageCommand::Reload => reload(cx),
        RunPageCommand::ShowCharts(keys) => charts::show(cx, keys),
        RunPageCommand::Zoom { key, zoom } => charts::zoom(cx, &key, zoom),
        RunPageCommand::SetXAxis(x_axis) => {
            cx.state.run_page.view.x_axis = x_axis;
            charts::axes_changed(cx);
        }
        RunPageCommand::SetLogX(is_log) => {
            cx.state.run_page.view.log_x = is_log;
            charts::axes_changed(cx);
        }
        RunPageCommand::SetLogY(is_log) => {
            cx.state.run_page.view.log_y = is_log;
            charts::axes_changed(cx);
        }
        RunPageCommand::SetSmoothing(smoothing) => {
            cx.state.run_page.view.smoothing = smoothing;
            charts::refresh(cx);
        }
        RunPageCommand::LinkZoom(is_linked) => cx.state.run_page.view.link_zoom = is_linked,
        RunPageCommand::ToggleDataTable(key) => {
            let tables = &mut cx.state.run_page.charts.tables;
            if !tables.remove(&key) {
                tables.insert(key);
            }
        }
        RunPageCommand::ToggleGroup(group) => {
            let closed = &mut cx.state.run_page.view.closed_groups;
            if !closed.remove(&group) {
                closed.insert(group);
            }
        }
        RunPageCommand::ToggleFolder(folder) => artifacts::toggle_folder(cx, folder),
        RunPageCommand::SelectArtifact(artifact) => artifacts::select(cx, artifact),
        RunPageCommand::StepArtifact(by) => artifacts::step(cx, by),
        RunPageCommand::LoadAnyway => artifacts::load_anyway(cx),
        RunPageCommand::ShowRows(rows) => artifacts::show_rows(cx, &rows),
        RunPageCommand::CountRows => artifacts::count_rows(cx),
        RunPageCommand::SaveArtifact => artifacts::save(cx),
        RunPageCommand::CopyArtifactPath => artifacts::copy_path(cx),
        RunPageCommand::RevealArtifact => artifacts::reveal(cx),
    }
}

/// Takes in what a task brought.
pub fn apply(cx: &mut Context<'_>, event: RunPageEvent) {
    let is_current = |state: &State, run: &RunId| state.run_page.run_id.as_ref() == Some(run);
    match event {
        RunPageEvent::Details { run, result } if is_current(cx.state, &run) => details::apply(cx, result),
        RunPageEvent::Family { run, result } if is_current(cx.state, &run) => details::apply_family(cx, result),
        RunPageEvent::Chart { run, key, result } if is_current(cx.state, &run) => charts::apply(cx, &key, result),
        RunPageEvent::Artifacts { run, event } if is_current(cx.state, &run) => artifacts::apply(cx, event),
        _ => {}
    }
}

/// Called when the person came to a place, after the state knows it.
pub fn on_route_changed(cx: &mut Context<'_>, route: &Route) {
    let Route::Run { run, .. } = route else { return };
    if cx.state.run_page.run_id.as_ref() == Some(run) {
        // Coming back: what is here is shown at once and refreshed.
        details::load(cx);
        details::load_family(cx);
        return;
    }
    for task in
        [RunPageTask::Details, RunPageTask::Family, RunPageTask::Preview, RunPageTask::Rows, RunPageTask::CountRows]
    {
        cx.abandon(&TaskKey::Run(task));
    }
    let view = std::mem::take(&mut cx.state.run_page.view);
    cx.state.run_page = RunPageState { view, run_id: Some(run.clone()), ..RunPageState::default() };
    reload(cx);
}

/// Called when stored data changed, at most about ten times a second.
pub fn on_workspace_changed(cx: &mut Context<'_>, _revision: Revision) {
    if matches!(cx.state.route(), Route::Run { .. }) {
        details::load_family(cx);
    }
}

/// Called when another workspace was opened, or none is open any more. The state is empty and the view restored.
pub fn on_workspace_opened(cx: &mut Context<'_>) {
    let route = cx.state.route().clone();
    cx.state.run_page.run_id = None;
    on_route_changed(cx, &route);
}

fn reload(cx: &mut Context<'_>) {
    charts::forget_failures(cx);
    details::load(cx);
    details::load_family(cx);
    artifacts::load_roots(cx);
}
