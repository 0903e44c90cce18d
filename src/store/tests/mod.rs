//! What the store promises, aggregate by aggregate, on workspaces in temporary folders.

#![expect(clippy::unwrap_used, reason = "a failed expectation ends the test")]

mod batch;
mod columns;
mod experiments;
mod history;
mod imports;
mod inputs;
mod logged_models;
mod opening;
mod runs;
mod writers;

use tempfile::TempDir;

use super::metric_pages::PageSizes;
use super::{OpenMode, Store, StoreError};
use crate::domain::{Actor, Channel, ExperimentId, Metric, MetricPoint, NewExperiment, NewRun, Param, Run, RunId, Tag};

/// A fresh workspace that is removed with the test.
struct Workspace {
    store: Store,
    folder: TempDir,
}

impl std::ops::Deref for Workspace {
    type Target = Store;

    fn deref(&self) -> &Store {
        &self.store
    }
}

fn workspace() -> Workspace {
    workspace_with(PageSizes::default())
}

fn workspace_with(sizes: PageSizes) -> Workspace {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open_with(folder.path(), OpenMode::CreateOrOpen, sizes).unwrap();
    Workspace { store, folder }
}

fn ada() -> Actor {
    Actor::new("ada", Channel::Rest)
}

impl Workspace {
    fn experiment_named(&self, name: &str) -> ExperimentId {
        self.create_experiment(&ada(), NewExperiment { name: name.to_owned(), ..NewExperiment::default() }).unwrap()
    }

    fn new_run(&self) -> RunId {
        self.new_run_in(ExperimentId::DEFAULT)
    }

    fn new_run_in(&self, experiment: ExperimentId) -> RunId {
        self.create_run(&ada(), experiment, NewRun::default()).unwrap().info.id
    }

    fn log_points(&self, run: &RunId, key: &str, points: &[MetricPoint]) {
        let metrics: Vec<Metric> = points.iter().map(|point| metric(key, *point)).collect();
        self.log_batch(&ada(), run, &metrics, &[], &[]).unwrap();
    }

    /// What the history says, oldest first: channel, actor, action, subject, detail.
    fn history_lines(&self) -> Vec<String> {
        self.read(|sql| {
            let mut statement =
                sql.prepare("SELECT channel, actor, action, subject, detail FROM history ORDER BY id")?;
            let rows = statement.query_map([], |row| {
                let texts: Vec<String> = (0..5).map(|at| row.get(at)).collect::<rusqlite::Result<_>>()?;
                Ok(texts.join("|"))
            })?;
            Ok(rows.collect::<rusqlite::Result<_>>()?)
        })
        .unwrap()
    }
}

fn point(step: i64, timestamp: i64, value: f64) -> MetricPoint {
    MetricPoint { step, timestamp, value }
}

fn metric(key: &str, point: MetricPoint) -> Metric {
    Metric { key: key.to_owned(), point, model_id: None, dataset: None }
}

fn param(key: &str, value: &str) -> Param {
    Param { key: key.to_owned(), value: value.to_owned() }
}

fn tag(key: &str, value: &str) -> Tag {
    Tag { key: key.to_owned(), value: value.to_owned() }
}

fn refused<T>(result: super::Result<T>) -> StoreError {
    match result {
        Ok(_) => panic!("this should have been refused"),
        Err(error) => error,
    }
}

fn keys_of(run: &Run) -> (Vec<&str>, Vec<&str>, Vec<&str>) {
    (
        run.metrics.iter().map(|metric| metric.key.as_str()).collect(),
        run.params.iter().map(|param| param.key.as_str()).collect(),
        run.tags.iter().map(|tag| tag.key.as_str()).collect(),
    )
}
