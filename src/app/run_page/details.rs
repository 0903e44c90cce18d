//! The run itself and its relatives: parent, children, neighbours in the experiment.
//!
//! The other runs are read once and then only where they changed; when the run itself is among the changed ones, its
//! details and charts follow. So a live run costs one small query a change.

use std::collections::HashMap;
use std::sync::Arc;

use crate::backend::{BackendErrorKind, Tracking};
use crate::domain::{
    Dataset, DatasetInput, ExperimentId, LifecycleStage, LoggedModel, MetricSummary, Revision, Run, RunId, RunRow,
    RunStatus, ViewType, tag_key,
};

use super::super::{Context, Event, TaskKey, Titled as _, UserError};
use super::markdown::{self, Block};
use super::mlmodel::{self, DatasetFacts};
use super::{RunPageCommand, RunPageEvent, RunPageTask, artifacts, charts};

/// Values kept of each metric for the small line in the table.
const SPARKLINE_POINTS: usize = 48;
/// Metrics beyond this many have no small line; a run with thousands of keys would wait for them.
const MAX_SPARKLINES: usize = 200;

/// A run with what surrounds it.
#[derive(Debug, Clone, PartialEq)]
pub struct Details {
    pub run: Arc<Run>,
    /// What the workspace stood at before the run was read.
    revision: Revision,
    pub experiment_name: String,
    /// The parent named by the run's tag; `None` when it has none or the parent is gone.
    pub parent: Option<Relative>,
    /// Models that the run produced or read, in that order; missing ones are left out.
    pub models: Vec<LoggedModel>,
    /// What each dataset of the run says of itself, in the order of the run's datasets.
    pub dataset_facts: Vec<DatasetFacts>,
    /// The note, read as Markdown.
    pub note: Vec<Block>,
    /// By metric key.
    pub sparklines: HashMap<String, Vec<f64>>,
}

impl Details {
    /// The small line of a metric, when nothing was logged since it was made.
    fn unchanged_sparkline(&self, metric: &MetricSummary) -> Option<&Vec<f64>> {
        self.run.metrics.iter().find(|known| *known == metric)?;
        self.sparklines.get(&metric.key)
    }
}

/// Another run, as a link.
#[derive(Debug, Clone, PartialEq)]
pub struct Relative {
    pub id: RunId,
    pub name: String,
    pub status: RunStatus,
}

/// The runs of the experiment, newest first as in the runs table.
#[derive(Debug, Clone, PartialEq)]
pub struct Family {
    experiment: ExperimentId,
    revision: Revision,
    rows: Vec<RunRow>,
    pub children: Vec<Relative>,
    /// The run above in the table (newer), and the one below (older).
    pub previous: Option<Relative>,
    pub next: Option<Relative>,
}

/// Reads the run again; what is shown stays meanwhile.
pub(super) fn load(cx: &mut Context<'_>) {
    let (Some(backend), Some(run)) = (cx.backend(), cx.state.run_page.run_id.clone()) else { return };
    if cx.is_running(&TaskKey::Run(RunPageTask::Details)) {
        // Let finish and read once more: a run that changes faster than it is read would never be shown.
        cx.state.run_page.details_again = true;
        return;
    }
    cx.state.run_page.details_again = false;
    cx.state.run_page.details.start_loading();
    let before = cx.state.run_page.details.value().cloned();
    let id = run.clone();
    cx.start(
        TaskKey::Run(RunPageTask::Details),
        "Read the run",
        move |_| {
            read(backend.as_ref(), &id, before.as_deref())
                .map(Arc::new)
                .map_err(|error| error.with_retry(reload_command()))
        },
        move |result| Event::Run(RunPageEvent::Details { run, result }),
    );
}

fn reload_command() -> super::super::Command {
    super::super::Command::Run(RunPageCommand::Reload)
}

fn read(backend: &dyn Tracking, id: &RunId, before: Option<&Details>) -> Result<Details, UserError> {
    let revision = backend.revision();
    let run = backend.run(id).titled("The run could not be read")?;
    let experiment = backend.experiment(run.info.experiment_id).titled("The run's experiment could not be read")?;
    let parent = run.tag(tag_key::PARENT_RUN_ID).and_then(|parent| {
        // A parent that is gone is no reason not to show the child.
        let parent = backend.run(&RunId::new(parent)).ok()?;
        Some(Relative { id: parent.info.id.clone(), name: parent.info.name.clone(), status: parent.info.status })
    });
    let mut ids: Vec<_> = run.model_outputs.iter().map(|output| output.model_id.clone()).collect();
    ids.extend(run.model_inputs.iter().cloned());
    let mut models = Vec::with_capacity(ids.len());
    for model in ids {
        match backend.logged_model(&model) {
            Ok(model) => models.push(model),
            Err(error) if error.kind == BackendErrorKind::NotFound => {}
            Err(error) => return Err(UserError::from_backend("A model of the run could not be read", &error)),
        }
    }
    let mut sparklines = HashMap::new();
    for metric in run.metrics.iter().filter(|metric| metric.count > 1).take(MAX_SPARKLINES) {
        if let Some(values) = before.and_then(|before| before.unchanged_sparkline(metric)) {
            sparklines.insert(metric.key.clone(), values.clone());
            continue;
        }
        let found = backend.sparklines(std::slice::from_ref(id), &metric.key, SPARKLINE_POINTS);
        for (_, values) in found.titled("The run's metrics could not be read")? {
            sparklines.insert(metric.key.clone(), values);
        }
    }
    let note = run.tag(tag_key::NOTE).map(markdown::parse).unwrap_or_default();
    let facts = |input: &DatasetInput| {
        let Dataset { schema, profile, source, .. } = &input.dataset;
        mlmodel::dataset_facts(schema.as_deref(), profile.as_deref(), source)
    };
    let dataset_facts = run.datasets.iter().map(facts).collect();
    Ok(Details { run, revision, experiment_name: experiment.name, parent, models, dataset_facts, note, sparklines })
}

pub(super) fn apply(cx: &mut Context<'_>, result: Result<Arc<Details>, UserError>) {
    let before = cx.state.run_page.details.value().map(|details| details.models.len());
    cx.state.run_page.details.finish(result);
    charts::refresh(cx);
    if cx.state.run_page.details_again {
        load(cx);
    }
    if cx.state.run_page.details.value().map(|details| details.models.len()) != before {
        artifacts::load_roots(cx);
    }
    if cx.state.run_page.details.is_ready() && cx.state.run_page.family.is_empty() {
        load_family(cx);
    }
}

/// Reads the other runs of the experiment: all of them the first time, then what changed.
pub(super) fn load_family(cx: &mut Context<'_>) {
    let page = &mut cx.state.run_page;
    let (Some(run), Some(experiment)) =
        (page.run_id.clone(), page.details.value().map(|details| details.run.info.experiment_id))
    else {
        // The run is not there yet, or it could not be read: then it is tried again with each change.
        if page.details.error().is_some() {
            load(cx);
        }
        return;
    };
    let before = page.family.value().filter(|family| family.experiment == experiment).cloned();
    let key = TaskKey::Run(RunPageTask::Family);
    let Some(backend) = cx.backend() else { return };
    if cx.is_running(&key) {
        cx.state.run_page.family_again = true;
        return;
    }
    cx.state.run_page.family_again = false;
    cx.state.run_page.family.start_loading();
    let id = run.clone();
    cx.start(
        key,
        "Read the run's neighbours",
        move |_| read_family(backend.as_ref(), &id, experiment, before.as_deref()).map(Arc::new),
        move |result| Event::Run(RunPageEvent::Family { run, result }),
    );
}

pub(super) fn apply_family(cx: &mut Context<'_>, result: Result<Arc<Family>, UserError>) {
    cx.state.run_page.family.finish(result);
    let page = &cx.state.run_page;
    let known = page.details.value().map_or(0, |details| details.revision);
    let changed_at = page.family.value().zip(page.run_id.as_ref()).and_then(|(family, id)| family.revision_of(id));
    if changed_at.is_some_and(|revision| revision > known) {
        load(cx);
        artifacts::refresh(cx);
    }
    if cx.state.run_page.family_again {
        load_family(cx);
    }
}

impl Family {
    fn revision_of(&self, id: &RunId) -> Option<Revision> {
        self.rows.iter().find(|row| row.info.id == *id).map(|row| row.revision)
    }
}

fn read_family(
    backend: &dyn Tracking,
    id: &RunId,
    experiment: ExperimentId,
    before: Option<&Family>,
) -> Result<Family, UserError> {
    const TITLE: &str = "The other runs of the experiment could not be read";
    // Asked for before the rows: what is committed in between is then read twice, never missed.
    let revision = backend.revision();
    let rows = match before {
        None => backend.run_rows(&[experiment], ViewType::All).titled(TITLE)?,
        Some(family) => {
            let changed = backend.run_rows_since(&[experiment], family.revision).titled(TITLE)?;
            merge(&family.rows, changed)
        }
    };
    Ok(family_of(rows, id, experiment, revision))
}

fn merge(rows: &[RunRow], changed: Vec<RunRow>) -> Vec<RunRow> {
    let mut changed: HashMap<RunId, RunRow> = changed.into_iter().map(|row| (row.info.id.clone(), row)).collect();
    let mut merged: Vec<RunRow> =
        rows.iter().map(|row| changed.remove(&row.info.id).unwrap_or_else(|| row.clone())).collect();
    merged.extend(changed.into_values());
    merged
}

fn family_of(mut rows: Vec<RunRow>, id: &RunId, experiment: ExperimentId, revision: Revision) -> Family {
    rows.sort_by(|a, b| b.info.started_at.cmp(&a.info.started_at).then_with(|| a.info.id.cmp(&b.info.id)));
    let relative =
        |row: &RunRow| Relative { id: row.info.id.clone(), name: row.info.name.clone(), status: row.info.status };
    // A run in the bin is a neighbour only of itself.
    let shown: Vec<&RunRow> =
        rows.iter().filter(|row| row.info.lifecycle_stage == LifecycleStage::Active || row.info.id == *id).collect();
    let position = shown.iter().position(|row| row.info.id == *id);
    let at = |index: Option<usize>| index.and_then(|index| shown.get(index)).map(|row| relative(row));
    let previous = at(position.and_then(|index| index.checked_sub(1)));
    let next = at(position.map(|index| index + 1));
    let children = shown.iter().filter(|row| row.parent.as_ref() == Some(id)).map(|row| relative(row)).collect();
    Family { experiment, revision, rows, children, previous, next }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::RunInfo;

    fn row(id: &str, started_at: i64, parent: Option<&str>) -> RunRow {
        RunRow {
            info: RunInfo {
                id: RunId::new(id),
                experiment_id: ExperimentId(1),
                name: id.to_owned(),
                user: String::new(),
                status: RunStatus::Finished,
                started_at: Some(started_at),
                ended_at: None,
                artifact_uri: String::new(),
                lifecycle_stage: LifecycleStage::Active,
            },
            parent: parent.map(RunId::new),
            note: false,
            source: None,
            git_commit: None,
            revision: 1,
        }
    }

    fn names(relatives: &[Relative]) -> Vec<&str> {
        relatives.iter().map(|relative| relative.name.as_str()).collect()
    }

    #[test]
    fn neighbours_follow_the_order_of_the_table_and_skip_the_bin() {
        let mut deleted = row("deleted", 25, None);
        deleted.info.lifecycle_stage = LifecycleStage::Deleted;
        let rows = vec![row("old", 10, None), row("this", 20, None), deleted, row("new", 30, Some("this"))];
        let family = family_of(rows, &RunId::new("this"), ExperimentId(1), 7);
        assert_eq!(family.previous.map(|run| run.name), Some("new".to_owned()));
        assert_eq!(family.next.map(|run| run.name), Some("old".to_owned()));
        assert_eq!(names(&family.children), ["new"]);
    }

    #[test]
    fn changed_rows_replace_old_ones_and_new_ones_are_added() {
        let merged = merge(&[row("a", 1, None), row("b", 2, None)], vec![row("b", 5, None), row("c", 3, None)]);
        let family = family_of(merged, &RunId::new("a"), ExperimentId(1), 2);
        assert_eq!(family.rows.iter().map(|row| row.info.name.as_str()).collect::<Vec<_>>(), ["b", "c", "a"]);
    }
}
