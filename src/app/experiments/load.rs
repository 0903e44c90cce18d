//! Brings experiments, runs and values in, and keeps them up to date with the workspace.
//!
//! Invariants: a task works on a snapshot of the table's skeleton, whose slots never change their meaning while the
//! table lives; when the table is replaced, the tasks that worked on the old one are abandoned.

use std::sync::Arc;

use crate::backend::Tracking;
use crate::domain::filter::{Filter, OrderBy};
use crate::domain::{
    ColumnInfo, ColumnKey, ColumnValues, ExperimentId, Revision, Run, RunId, RunRow, RunSearch, ViewType,
};

use super::super::{
    Command, Context, Event, ExperimentSummary, Loadable, NavigateCommand, Route, TaskKey, Titled as _, UserError,
    WindowCommand,
};
use super::filter_text;
use super::sparklines;
use super::table::{RunsTable, Skeleton};
use super::tree::{Expansion, Order, Slot};
use super::{ExperimentsCommand, send};

/// Columns read in one go, so that the first of many come soon.
const COLUMNS_PER_BATCH: usize = 8;
/// Runs whose values are read again one by one; beyond that whole columns are.
const MERGE_LIMIT: usize = 2_000;

/// Names this screen's tasks.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum ExperimentsTask {
    List,
    Table,
    Refresh,
    Order,
    Columns,
    Sparklines,
    Summary,
    Copy,
}

/// What this screen's tasks bring.
#[derive(Debug)]
pub enum ExperimentsEvent {
    List(Result<Vec<ExperimentSummary>, UserError>),
    Table(Result<Box<RunsTable>, UserError>),
    Refreshed(Result<Box<Refreshed>, UserError>),
    Ordered(Result<Order, UserError>),
    Columns { asked: Vec<ColumnKey>, result: Result<ColumnBatch, UserError> },
    Sparklines { metric: Arc<str>, asked: Vec<(RunId, Revision)>, result: Result<Vec<(RunId, Vec<f64>)>, UserError> },
    Summary(Result<Arc<Run>, UserError>),
    Copied { text: Result<String, UserError>, run_count: usize },
}

/// What changed since the table's revision.
#[derive(Debug)]
pub struct Refreshed {
    list: Vec<ExperimentSummary>,
    rows: Vec<RunRow>,
    revision: Revision,
    infos: Vec<ColumnInfo>,
    keys: Vec<ColumnKey>,
    values: Vec<ColumnValues>,
}

/// Whole columns and the revision that they are at least as new as.
#[derive(Debug)]
pub struct ColumnBatch {
    columns: Vec<(ColumnKey, ColumnValues)>,
    revision: Revision,
}

fn task(task: ExperimentsTask) -> TaskKey {
    TaskKey::Experiments(task)
}

/// The person came to the screen.
pub(super) fn come_to(cx: &mut Context<'_>, experiments: &[ExperimentId]) {
    if cx.backend().is_none() {
        return;
    }
    let is_fresh = cx.state.experiments.list.is_empty();
    if is_fresh {
        load_list(cx);
    }
    if experiments.is_empty() {
        choose_by_itself(cx);
    } else if cx.state.experiments.chosen != experiments {
        show(cx, experiments.to_vec());
    } else if !is_fresh {
        request_refresh(cx);
    }
}

/// Without a choice: the experiments that were shown last, else the one with the newest change that has runs.
fn choose_by_itself(cx: &mut Context<'_>) {
    let state = &cx.state.experiments;
    let Some(list) = state.list.value() else { return };
    let exists = |id: i64| list.iter().any(|summary| summary.experiment.id.0 == id);
    let mut choice: Vec<ExperimentId> =
        state.view.last.iter().filter(|&&id| exists(id)).map(|&id| ExperimentId(id)).collect();
    if choice.is_empty() {
        let best = list
            .iter()
            .filter(|summary| summary.experiment.lifecycle_stage == crate::domain::LifecycleStage::Active)
            .max_by_key(|summary| (summary.run_count > 0, summary.experiment.updated_at, summary.experiment.id));
        choice.extend(best.map(|summary| summary.experiment.id));
    }
    if !choice.is_empty() {
        cx.send(Command::Navigate(NavigateCommand::Replace(Route::Experiments { experiments: choice })));
    }
}

fn show(cx: &mut Context<'_>, experiments: Vec<ExperimentId>) {
    let state = &mut cx.state.experiments;
    state.view.last = experiments.iter().map(|id| id.0).collect();
    state.chosen = experiments;
    state.table.clear();
    state.selection = super::Selection::default();
    state.summary.clear();
    state.sparklines.clear();
    state.dialog = None;
    state.visible = super::Visible::default();
    load_table(cx);
}

pub(super) fn load_list(cx: &mut Context<'_>) {
    let Some(backend) = cx.backend() else { return };
    cx.state.experiments.list.start_loading();
    cx.start(
        task(ExperimentsTask::List),
        "Read the experiments",
        move |_| backend.experiments(ViewType::All).titled("The experiments could not be read"),
        |result| Event::Experiments(ExperimentsEvent::List(result.map_err(with_reload))),
    );
}

fn with_reload(error: UserError) -> UserError {
    error.with_retry(send(ExperimentsCommand::Reload))
}

/// Reads the filter's text anew: relative dates move on.
fn read_filter(cx: &mut Context<'_>) {
    let now = cx.now_ms();
    let state = &mut cx.state.experiments;
    match filter_text::parse(&state.runs_view().filter, now) {
        Ok(filter) => {
            state.filter = filter;
            state.problem = None;
        }
        Err(problem) => state.problem = Some(problem),
    }
}

/// Reads the rows of the chosen experiments and puts them in order, all off this thread.
pub(super) fn load_table(cx: &mut Context<'_>) {
    let Some(backend) = cx.backend() else { return };
    for old in [
        ExperimentsTask::Refresh,
        ExperimentsTask::Order,
        ExperimentsTask::Columns,
        ExperimentsTask::Sparklines,
        ExperimentsTask::Summary,
    ] {
        cx.abandon(&task(old));
    }
    cx.state.experiments.filter = Filter::default();
    read_filter(cx);
    let state = &mut cx.state.experiments;
    state.refresh.clear();
    state.failed_columns.clear();
    state.is_ordering = false;
    state.search_wanted = false;
    state.table.start_loading();
    let experiments = state.chosen.clone();
    let view = state.runs_view().stage.view_type();
    let query = Query::of(state, true);
    let work = move || {
        let revision = backend.revision();
        let rows = backend.run_rows(&experiments, view).titled("The runs could not be read")?;
        let infos = backend.run_columns(&experiments).titled("The columns could not be read")?;
        let mut table = RunsTable::new(experiments, view, rows, infos, revision);
        let order = query.run(backend.as_ref(), table.skeleton(), Vec::new())?;
        table.set_order(Arc::new(order));
        Ok(Box::new(table))
    };
    cx.start(
        task(ExperimentsTask::Table),
        "Read the runs",
        move |_| work(),
        |result| Event::Experiments(ExperimentsEvent::Table(result.map_err(with_reload))),
    );
}

/// How to put lines in order.
struct Query {
    /// `None`: the runs that match are known, only their places change.
    search: Option<RunSearch>,
    expansion: Expansion,
    nested: bool,
}

impl Query {
    fn of(state: &super::ExperimentsState, search: bool) -> Self {
        let view = state.runs_view();
        let order_by: Vec<OrderBy> = view.order_by();
        Self {
            search: search.then(|| RunSearch {
                experiment_ids: state.chosen.clone(),
                filter: state.filter.clone(),
                view: view.stage.view_type(),
                order_by,
                offset: 0,
                limit: i32::MAX as usize,
            }),
            expansion: view.expansion(),
            nested: view.nested,
        }
    }

    fn run(self, backend: &dyn Tracking, skeleton: &Skeleton, known: Vec<Slot>) -> Result<Order, UserError> {
        let ranked = match self.search {
            Some(search) => {
                let ids = backend.search_run_ids(&search).titled("The runs could not be searched")?;
                ids.iter().filter_map(|id| skeleton.slots.get(id).copied()).collect()
            }
            None => known,
        };
        Ok(Order::compute(&skeleton.forest, &skeleton.ids, ranked, &self.expansion, self.nested))
    }
}

/// Puts the lines in order off this thread; with `search` the runs that match are found anew.
pub(super) fn reorder(cx: &mut Context<'_>, search: bool) {
    let Some(backend) = cx.backend() else { return };
    if search {
        read_filter(cx);
    }
    let state = &mut cx.state.experiments;
    if state.table.value().is_none() || state.table.is_loading() {
        return;
    }
    state.search_wanted |= search;
    state.is_ordering = true;
    let query = Query::of(state, state.search_wanted);
    let Some(table) = state.table.value() else { return };
    let skeleton = table.skeleton().clone();
    let known = if query.search.is_some() { Vec::new() } else { table.order().matched().to_vec() };
    cx.start(
        task(ExperimentsTask::Order),
        "Search the runs",
        move |_| query.run(backend.as_ref(), &skeleton, known),
        |result| Event::Experiments(ExperimentsEvent::Ordered(result)),
    );
}

/// Stored data changed: reads what is new, once the refresh under way has ended.
pub(super) fn request_refresh(cx: &mut Context<'_>) {
    if cx.state.experiments.chosen.is_empty() {
        if !cx.is_running(&task(ExperimentsTask::List)) {
            load_list(cx);
        }
        return;
    }
    cx.state.experiments.refresh.request(());
    start_refresh(cx);
}

fn start_refresh(cx: &mut Context<'_>) {
    let Some(backend) = cx.backend() else { return };
    let state = &mut cx.state.experiments;
    // While the table is being read it will be new enough.
    let Loadable::Ready(table) = &state.table else { return };
    if state.refresh.start().is_none() {
        return;
    }
    let experiments = state.chosen.clone();
    let since = table.revision();
    let keys = table.loaded_columns();
    let work = move || {
        let revision = backend.revision();
        let list = backend.experiments(ViewType::All).titled("The experiments could not be read")?;
        let rows = backend.run_rows_since(&experiments, since).titled("The runs could not be read")?;
        let infos = backend.run_columns(&experiments).titled("The columns could not be read")?;
        let ids: Vec<RunId> = rows.iter().map(|row| row.info.id.clone()).collect();
        let values = read_values(backend.as_ref(), &experiments, &ids, &keys)?;
        Ok(Box::new(Refreshed { list, rows, revision, infos, keys, values }))
    };
    cx.start(
        task(ExperimentsTask::Refresh),
        "Bring the runs up to date",
        move |_| work(),
        |result| Event::Experiments(ExperimentsEvent::Refreshed(result)),
    );
}

/// The values of some runs; of a great many it is cheaper to read the columns whole.
fn read_values(
    backend: &dyn Tracking,
    experiments: &[ExperimentId],
    ids: &[RunId],
    keys: &[ColumnKey],
) -> Result<Vec<ColumnValues>, UserError> {
    const TITLE: &str = "The values could not be read";
    if ids.is_empty() || keys.is_empty() {
        Ok(Vec::new())
    } else if ids.len() <= MERGE_LIMIT {
        backend.column_values_of_runs(ids, keys).titled(TITLE)
    } else {
        keys.iter().map(|key| backend.column_values(experiments, key).titled(TITLE)).collect()
    }
}

/// Loads the columns in sight that are not here yet, a few at a time.
pub(super) fn load_columns(cx: &mut Context<'_>) {
    let Some(backend) = cx.backend() else { return };
    if cx.is_running(&task(ExperimentsTask::Columns)) {
        return;
    }
    let state = &mut cx.state.experiments;
    let Loadable::Ready(table) = &mut state.table else { return };
    table.touch(&state.visible.columns);
    let asked: Vec<ColumnKey> = state
        .visible
        .columns
        .iter()
        .filter(|key| table.column(key).is_none() && !state.failed_columns.contains(key))
        .take(COLUMNS_PER_BATCH)
        .cloned()
        .collect();
    if asked.is_empty() {
        return;
    }
    let experiments = state.chosen.clone();
    let keys = asked.clone();
    let work = move || {
        let revision = backend.revision();
        let read = |key: ColumnKey| {
            let values = backend.column_values(&experiments, &key).titled("The column could not be read")?;
            Ok((key, values))
        };
        Ok(ColumnBatch { columns: keys.into_iter().map(read).collect::<Result<_, UserError>>()?, revision })
    };
    cx.start(
        task(ExperimentsTask::Columns),
        "Read columns",
        move |_| work(),
        move |result| Event::Experiments(ExperimentsEvent::Columns { asked, result }),
    );
}

/// Loads the curves in sight that are missing or behind, one metric at a time.
pub(super) fn load_sparklines(cx: &mut Context<'_>) {
    let Some(backend) = cx.backend() else { return };
    if cx.is_running(&task(ExperimentsTask::Sparklines)) {
        return;
    }
    let state = &cx.state.experiments;
    let Some(table) = state.table.value() else { return };
    let outdated = |metric: &Arc<str>| -> Vec<(RunId, Revision)> {
        let rows = state.visible.runs.iter().filter_map(|id| table.row_of(id));
        rows.filter(|row| !state.sparklines.is_current(metric, &row.info.id, row.revision))
            .map(|row| (row.info.id.clone(), row.revision))
            .collect()
    };
    let next = state.visible.sparklines.iter().map(|metric| (metric, outdated(metric)));
    let Some((metric, asked)) = next.into_iter().find(|(_, asked)| !asked.is_empty()) else { return };
    let metric = Arc::clone(metric);
    let key = Arc::clone(&metric);
    let ids: Vec<RunId> = asked.iter().map(|(id, _)| id.clone()).collect();
    cx.start(
        task(ExperimentsTask::Sparklines),
        "Read curves",
        move |_| backend.sparklines(&ids, &key, sparklines::POINTS).titled("The curves could not be read"),
        move |result| Event::Experiments(ExperimentsEvent::Sparklines { metric, asked, result }),
    );
}

/// Loads the run that has the keyboard, in full.
pub(super) fn load_summary(cx: &mut Context<'_>) {
    let Some(backend) = cx.backend() else { return };
    let state = &mut cx.state.experiments;
    let Some(id) = state.selection.focus().cloned() else {
        state.summary.clear();
        cx.abandon(&task(ExperimentsTask::Summary));
        return;
    };
    if state.summary.value().is_some_and(|run| run.info.id != id) {
        state.summary.clear();
    }
    state.summary.start_loading();
    cx.start(
        task(ExperimentsTask::Summary),
        "Read the run",
        move |_| backend.run(&id).titled("The run could not be read"),
        |result| Event::Experiments(ExperimentsEvent::Summary(result)),
    );
}

/// Copies the chosen runs as text with every column that is shown.
pub(super) fn copy_selection(cx: &mut Context<'_>) {
    let Some(backend) = cx.backend() else { return };
    let state = &cx.state.experiments;
    let Some(table) = state.table.value() else { return };
    let columns = state.runs_view().shown_columns(table.infos(), state.shows_several());
    let rows = state.selected_rows();
    let names = state.experiment_names();
    let run_count = rows.len();
    let work = move || {
        let ids: Vec<RunId> = rows.iter().map(|row| row.info.id.clone()).collect();
        let (with_key, keys): (Vec<_>, Vec<_>) =
            columns.iter().filter_map(|column| Some((column.id.clone(), column.id.key()?))).unzip();
        let values = if keys.is_empty() {
            Vec::new()
        } else {
            backend.column_values_of_runs(&ids, &keys).titled("The values could not be read")?
        };
        let values: Vec<_> = with_key.into_iter().zip(values).collect();
        Ok(super::bulk::tsv(&rows, &columns, &values, &names))
    };
    cx.start(
        task(ExperimentsTask::Copy),
        "Copy runs",
        move |_| work(),
        move |text| Event::Experiments(ExperimentsEvent::Copied { text, run_count }),
    );
}

/// Takes in what a task brought.
pub(super) fn apply(cx: &mut Context<'_>, event: ExperimentsEvent) {
    match event {
        ExperimentsEvent::List(result) => {
            cx.state.experiments.list.finish(result.map(Arc::new));
            if cx.state.experiments.chosen.is_empty() && super::here(cx.state).is_ok() {
                choose_by_itself(cx);
            }
        }
        ExperimentsEvent::Table(result) => {
            cx.state.experiments.table.finish(result.map(|table| *table));
            table_changed(cx);
        }
        ExperimentsEvent::Refreshed(result) => refreshed(cx, result),
        ExperimentsEvent::Ordered(result) => {
            let state = &mut cx.state.experiments;
            state.is_ordering = false;
            state.search_wanted = false;
            match result {
                Ok(order) => {
                    if let Some(table) = state.table.value_mut() {
                        table.set_order(Arc::new(order));
                    }
                }
                Err(error) => cx.toast_error(&error.with_retry(send(ExperimentsCommand::Reload))),
            }
        }
        ExperimentsEvent::Columns { asked, result } => columns_came(cx, asked, result),
        ExperimentsEvent::Sparklines { metric, asked, result } => match result {
            Ok(found) => {
                cx.state.experiments.sparklines.insert(&metric, &asked, found);
                load_sparklines(cx);
            }
            Err(error) => {
                // Not asked for again until the run changes: a curve is not worth a loop of failures.
                cx.state.experiments.sparklines.insert(&metric, &asked, Vec::new());
                cx.toast_error(&error);
            }
        },
        ExperimentsEvent::Summary(result) => cx.state.experiments.summary.finish(result),
        ExperimentsEvent::Copied { text, run_count } => match text {
            Ok(text) => {
                cx.send(Command::Window(WindowCommand::CopyText(text)));
                cx.toast_info(&format!("Copied {run_count} {}", if run_count == 1 { "run" } else { "runs" }));
            }
            Err(error) => cx.toast_error(&error),
        },
    }
}

fn columns_came(cx: &mut Context<'_>, asked: Vec<ColumnKey>, result: Result<ColumnBatch, UserError>) {
    let state = &mut cx.state.experiments;
    match result {
        Ok(ColumnBatch { columns, revision }) => {
            let Some(table) = state.table.value_mut() else { return };
            let mut is_behind = false;
            for (key, values) in columns {
                table.set_column(key.clone(), values, revision, &state.visible.columns);
                is_behind |= !table.stale_runs(&key).is_empty();
            }
            if is_behind {
                table.rewind(revision);
                request_refresh(cx);
            }
        }
        Err(error) => {
            state.failed_columns.extend(asked);
            cx.toast_error(&error.with_retry(send(ExperimentsCommand::Reload)));
        }
    }
    load_columns(cx);
}

fn refreshed(cx: &mut Context<'_>, result: Result<Box<Refreshed>, UserError>) {
    let state = &mut cx.state.experiments;
    state.refresh.finished();
    match result {
        Ok(refreshed) => {
            let Refreshed { list, rows, revision, infos, keys, values } = *refreshed;
            state.list.finish(Ok(Arc::new(list)));
            let Some(table) = state.table.value_mut() else { return };
            let ids: Vec<RunId> = rows.iter().map(|row| row.info.id.clone()).collect();
            let applied = table.apply_rows(rows, revision);
            table.merge_values(&ids, &keys, values, revision);
            table.set_infos(infos);
            if !ids.is_empty() {
                // Any new value can move a run, or let it through the filter.
                let depends = !state.runs_view().sort.is_empty() || state.filter != Filter::default();
                let focus_changed = state.selection.focus().is_some_and(|focus| ids.contains(focus));
                if applied.structure || depends {
                    reorder(cx, true);
                }
                if focus_changed {
                    load_summary(cx);
                }
            }
            table_changed(cx);
        }
        Err(error) => cx.toast_error(&error.with_retry(send(ExperimentsCommand::Reload))),
    }
    start_refresh(cx);
}

/// After the table has new rows: what left is no longer chosen, what is in sight is loaded.
fn table_changed(cx: &mut Context<'_>) {
    let state = &mut cx.state.experiments;
    let Some(table) = state.table.value() else { return };
    let focus = state.selection.focus().cloned();
    state.selection.retain(|id| table.slot(id).is_some());
    if state.selection.focus() != focus.as_ref() {
        load_summary(cx);
    }
    load_columns(cx);
    load_sparklines(cx);
}
