//! The embedded workspace: a folder with `proofmark.db` (SQLite) and `artifacts/`.
//!
//! Invariants: a write that returned `Ok` survives the loss of the process and of power; every write names an
//! [`Actor`] and is one transaction; nothing outside the workspace's folder is written. All calls block: call them
//! from a worker thread, never from a frame or an async task.

mod artifacts;
mod error;

use std::path::{Path, PathBuf};
use std::sync::Arc;

pub use artifacts::{ArtifactEntry, ArtifactPath, ArtifactWriter, Artifacts};
pub use error::{StoreError, StoreErrorKind};

pub use crate::domain::{ColumnInfo, ColumnKey, ColumnValues, MetricCell, ReducedHistory, Revision, RunRow};

use crate::domain::{
    Actor, DatasetInput, DatasetSummary, Experiment, ExperimentId, ExperimentSearch, LoggedModel, LoggedModelId,
    LoggedModelSearch, LoggedModelStatus, Metric, MetricPoint, ModelOutput, NewExperiment, NewLoggedModel, NewRun,
    Page, Param, Run, RunId, RunInfo, RunSearch, RunUpdate, Tag,
};

/// What store calls return.
pub type Result<T> = std::result::Result<T, StoreError>;

/// Called after each commit that any thread or process made, off the caller's thread.
pub type ChangeListener = Box<dyn Fn(Revision) + Send + Sync>;

/// An open workspace; clones share it.
#[derive(Clone)]
pub struct Store {
    _inner: Arc<()>,
}

/// How to open a workspace.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum OpenMode {
    /// Create the folder and the database where there is none.
    #[default]
    CreateOrOpen,
    /// Refuse a folder that is not a workspace.
    OpenExisting,
    /// Never write; also used for a database that is newer than the program or on a read-only disk.
    ReadOnly,
}

/// What a workspace says of itself.
#[derive(Debug, Clone, PartialEq)]
pub struct WorkspaceInfo {
    pub root: PathBuf,
    /// Whether writes are refused, and why.
    pub read_only: Option<String>,
    pub schema_version: u32,
    pub experiment_count: u64,
    pub run_count: u64,
}

#[expect(unused_variables, clippy::todo, reason = "bodies follow")]
impl Store {
    /// Opens the workspace in `root`.
    pub fn open(root: &Path, mode: OpenMode) -> Result<Self> {
        todo!()
    }
    /// What the workspace says of itself.
    pub fn info(&self) -> Result<WorkspaceInfo> {
        todo!()
    }
    /// The folder that holds artifacts; `mlflow-artifacts:/a/b` lies at `a/b` below it.
    pub fn artifact_root(&self) -> &Path {
        todo!()
    }
    /// The artifact files of the workspace.
    pub fn artifacts(&self) -> &Artifacts {
        todo!()
    }
    /// The newest revision that this process has seen.
    pub fn revision(&self) -> Revision {
        todo!()
    }
    /// Calls `listener` after each commit, by whichever process, until the returned guard is dropped.
    #[must_use]
    pub fn subscribe(&self, listener: ChangeListener) -> Subscription {
        todo!()
    }

    // Experiments
    pub fn create_experiment(&self, actor: &Actor, new: NewExperiment) -> Result<ExperimentId> {
        todo!()
    }
    pub fn experiment(&self, id: ExperimentId) -> Result<Experiment> {
        todo!()
    }
    pub fn experiment_by_name(&self, name: &str) -> Result<Experiment> {
        todo!()
    }
    pub fn search_experiments(&self, search: &ExperimentSearch) -> Result<Page<Experiment>> {
        todo!()
    }
    pub fn rename_experiment(&self, actor: &Actor, id: ExperimentId, name: &str) -> Result<()> {
        todo!()
    }
    /// Puts the experiment and its active runs in the bin.
    pub fn delete_experiment(&self, actor: &Actor, id: ExperimentId) -> Result<()> {
        todo!()
    }
    /// Takes the experiment out of the bin, and the runs that went with it.
    pub fn restore_experiment(&self, actor: &Actor, id: ExperimentId) -> Result<()> {
        todo!()
    }
    pub fn set_experiment_tag(&self, actor: &Actor, id: ExperimentId, tag: &Tag) -> Result<()> {
        todo!()
    }
    pub fn delete_experiment_tag(&self, actor: &Actor, id: ExperimentId, key: &str) -> Result<()> {
        todo!()
    }
    /// How many active runs each experiment has.
    pub fn run_counts(&self) -> Result<Vec<(ExperimentId, u64)>> {
        todo!()
    }

    // Runs
    pub fn create_run(&self, actor: &Actor, experiment: ExperimentId, new: NewRun) -> Result<Run> {
        todo!()
    }
    pub fn run(&self, id: &RunId) -> Result<Arc<Run>> {
        todo!()
    }
    pub fn update_run(&self, actor: &Actor, id: &RunId, update: &RunUpdate) -> Result<RunInfo> {
        todo!()
    }
    /// Puts runs in the bin; all or none. Deleting twice is no error.
    pub fn delete_runs(&self, actor: &Actor, ids: &[RunId]) -> Result<()> {
        todo!()
    }
    pub fn restore_runs(&self, actor: &Actor, ids: &[RunId]) -> Result<()> {
        todo!()
    }
    /// One page of runs. Values may be shared with a cache, hence the `Arc`.
    pub fn search_runs(&self, search: &RunSearch) -> Result<Page<Arc<Run>>> {
        todo!()
    }
    /// The ids of all runs that match, in order, without their data.
    pub fn search_run_ids(&self, search: &RunSearch) -> Result<Vec<RunId>> {
        todo!()
    }

    // What runs hold. `log_batch` is all or nothing.
    pub fn log_batch(
        &self,
        actor: &Actor,
        run: &RunId,
        metrics: &[Metric],
        params: &[Param],
        tags: &[Tag],
    ) -> Result<()> {
        todo!()
    }
    pub fn log_metric(&self, actor: &Actor, run: &RunId, metric: &Metric) -> Result<()> {
        todo!()
    }
    pub fn log_param(&self, actor: &Actor, run: &RunId, param: &Param) -> Result<()> {
        todo!()
    }
    pub fn set_tag(&self, actor: &Actor, run: &RunId, tag: &Tag) -> Result<()> {
        todo!()
    }
    pub fn delete_tag(&self, actor: &Actor, run: &RunId, key: &str) -> Result<()> {
        todo!()
    }
    /// Sets (`Some`) or removes (`None`) tags on many runs in one transaction; undo uses it too.
    pub fn edit_tags(&self, actor: &Actor, edits: &[(RunId, String, Option<String>)]) -> Result<()> {
        todo!()
    }
    pub fn log_inputs(
        &self,
        actor: &Actor,
        run: &RunId,
        datasets: &[DatasetInput],
        models: &[LoggedModelId],
    ) -> Result<()> {
        todo!()
    }
    pub fn log_outputs(&self, actor: &Actor, run: &RunId, models: &[ModelOutput]) -> Result<()> {
        todo!()
    }
    pub fn search_datasets(&self, experiments: &[ExperimentId]) -> Result<Vec<DatasetSummary>> {
        todo!()
    }

    // Metric histories
    /// Points in MLflow's order (timestamp, step, value); an unknown run or key has none.
    pub fn metric_history(&self, run: &RunId, key: &str, offset: usize, limit: usize) -> Result<Page<MetricPoint>> {
        todo!()
    }
    /// Points in (step, timestamp, value) order within a closed range of steps.
    pub fn metric_points(&self, run: &RunId, key: &str, steps: Option<(i64, i64)>) -> Result<Vec<MetricPoint>> {
        todo!()
    }
    /// As `metric_points`, reduced to at most `buckets` min-max pairs.
    pub fn metric_reduced(
        &self,
        run: &RunId,
        key: &str,
        steps: Option<(i64, i64)>,
        buckets: usize,
    ) -> Result<ReducedHistory> {
        todo!()
    }

    // The runs table
    pub fn run_rows(&self, experiments: &[ExperimentId], view: crate::domain::ViewType) -> Result<Vec<RunRow>> {
        todo!()
    }
    /// Rows changed after `since`, whatever their stage (a row that left the view is told by its stage).
    pub fn run_rows_since(&self, experiments: &[ExperimentId], since: Revision) -> Result<Vec<RunRow>> {
        todo!()
    }
    pub fn run_columns(&self, experiments: &[ExperimentId]) -> Result<Vec<ColumnInfo>> {
        todo!()
    }
    pub fn column_values(&self, experiments: &[ExperimentId], column: &ColumnKey) -> Result<ColumnValues> {
        todo!()
    }
    /// The values of many columns for a few runs (what changed since a revision).
    pub fn column_values_of_runs(&self, runs: &[RunId], columns: &[ColumnKey]) -> Result<Vec<ColumnValues>> {
        todo!()
    }
    /// At most `points` values a run, spread over its history, for drawing in a cell.
    pub fn sparklines(&self, runs: &[RunId], key: &str, points: usize) -> Result<Vec<(RunId, Vec<f64>)>> {
        todo!()
    }

    // Logged models
    pub fn create_logged_model(
        &self,
        actor: &Actor,
        experiment: ExperimentId,
        new: NewLoggedModel,
    ) -> Result<LoggedModel> {
        todo!()
    }
    pub fn logged_model(&self, id: &LoggedModelId) -> Result<LoggedModel> {
        todo!()
    }
    pub fn set_logged_model_status(
        &self,
        actor: &Actor,
        id: &LoggedModelId,
        status: LoggedModelStatus,
    ) -> Result<LoggedModel> {
        todo!()
    }
    pub fn delete_logged_model(&self, actor: &Actor, id: &LoggedModelId) -> Result<()> {
        todo!()
    }
    pub fn set_logged_model_tags(&self, actor: &Actor, id: &LoggedModelId, tags: &[Tag]) -> Result<LoggedModel> {
        todo!()
    }
    pub fn delete_logged_model_tag(&self, actor: &Actor, id: &LoggedModelId, key: &str) -> Result<()> {
        todo!()
    }
    pub fn log_logged_model_params(&self, actor: &Actor, id: &LoggedModelId, params: &[Param]) -> Result<()> {
        todo!()
    }
    pub fn search_logged_models(&self, search: &LoggedModelSearch) -> Result<Page<LoggedModel>> {
        todo!()
    }

    // Import: writes whole runs under the ids and times they had elsewhere. See `import`.
}

/// Keeps a change listener alive.
pub struct Subscription {
    _inner: (),
}
