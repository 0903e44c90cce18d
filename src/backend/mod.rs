//! What the window needs of a tracking backend, whichever it is.
//!
//! Invariants: all calls block and are made from tasks, never from a frame; a write that returned `Ok` is kept; a
//! backend says beforehand ([`Capabilities`]) what it cannot do, so that buttons can be off with a reason.

mod error;
pub mod local;

use std::path::PathBuf;
use std::sync::Arc;

pub use error::{BackendError, BackendErrorKind};

use crate::domain::{
    ColumnInfo, ColumnKey, ColumnValues, DatasetSummary, Experiment, ExperimentId, LoggedModel, LoggedModelId,
    LoggedModelSearch, MetricPoint, Page, ReducedHistory, Revision, Run, RunId, RunRow, RunSearch, RunUpdate, Tag,
    ViewType,
};

/// What backend calls return.
pub type Result<T> = std::result::Result<T, BackendError>;

/// What a backend can do, and why not what it cannot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Capabilities {
    /// `None` when writing is possible, else the reason, as a sentence without a full stop.
    pub why_read_only: Option<String>,
}

impl Capabilities {
    /// Whether runs and experiments can be changed.
    pub fn can_write(&self) -> bool {
        self.why_read_only.is_none()
    }
}

/// An experiment with the number of its active runs.
#[derive(Debug, Clone, PartialEq)]
pub struct ExperimentSummary {
    pub experiment: Experiment,
    pub run_count: u64,
}

/// Whose artifacts.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum ArtifactOwner {
    Run(RunId),
    LoggedModel(LoggedModelId),
}

/// A file or folder among artifacts. Paths use `/` and are relative to the owner's artifact root.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ArtifactEntry {
    pub path: String,
    pub is_dir: bool,
    /// Bytes; `None` for a folder.
    pub size: Option<u64>,
}

impl ArtifactEntry {
    /// The last part of the path.
    pub fn name(&self) -> &str {
        self.path.rsplit('/').next().unwrap_or(&self.path)
    }
}

/// The beginning of an artifact's bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ArtifactBytes {
    pub bytes: Vec<u8>,
    /// The size of the whole file in bytes.
    pub total: u64,
}

impl ArtifactBytes {
    /// Whether the whole file is here.
    pub fn is_complete(&self) -> bool {
        self.bytes.len() as u64 == self.total
    }
}

/// Called after each change, by whoever made it, on a thread of the backend. Must be cheap.
pub type ChangeListener = Box<dyn Fn(Revision) + Send + Sync>;

/// Ends the calls to a change listener when dropped.
pub struct Subscription(#[expect(dead_code, reason = "kept for its drop")] Box<dyn std::any::Any + Send>);

impl Subscription {
    /// Keeps `guard` alive as long as the subscription.
    pub fn new(guard: impl Send + 'static) -> Self {
        Self(Box::new(guard))
    }
}

impl std::fmt::Debug for Subscription {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Subscription")
    }
}

/// Experiments, runs and what hangs on them. Empty `experiments` means none, not all.
pub trait Tracking: Send + Sync {
    /// What can be done here.
    fn capabilities(&self) -> Capabilities;
    /// The newest revision that is known.
    fn revision(&self) -> Revision;
    /// Calls `listener` after each change until the subscription is dropped.
    fn subscribe(&self, listener: ChangeListener) -> Subscription;

    // Experiments

    /// All experiments of a view, newest first, with their run counts.
    fn experiments(&self, view: ViewType) -> Result<Vec<ExperimentSummary>>;
    fn experiment(&self, id: ExperimentId) -> Result<Experiment>;
    fn create_experiment(&self, name: &str) -> Result<ExperimentId>;
    fn rename_experiment(&self, id: ExperimentId, name: &str) -> Result<()>;
    fn delete_experiment(&self, id: ExperimentId) -> Result<()>;
    fn restore_experiment(&self, id: ExperimentId) -> Result<()>;
    /// Sets (`Some`) or removes (`None`) a tag of an experiment.
    fn edit_experiment_tag(&self, id: ExperimentId, key: &str, value: Option<&str>) -> Result<()>;

    // The runs table

    fn run_rows(&self, experiments: &[ExperimentId], view: ViewType) -> Result<Vec<RunRow>>;
    /// Rows changed after `since`, whatever their stage.
    fn run_rows_since(&self, experiments: &[ExperimentId], since: Revision) -> Result<Vec<RunRow>>;
    fn run_columns(&self, experiments: &[ExperimentId]) -> Result<Vec<ColumnInfo>>;
    fn column_values(&self, experiments: &[ExperimentId], column: &ColumnKey) -> Result<ColumnValues>;
    fn column_values_of_runs(&self, runs: &[RunId], columns: &[ColumnKey]) -> Result<Vec<ColumnValues>>;
    fn sparklines(&self, runs: &[RunId], key: &str, points: usize) -> Result<Vec<(RunId, Vec<f64>)>>;
    fn search_run_ids(&self, search: &RunSearch) -> Result<Vec<RunId>>;
    fn search_runs(&self, search: &RunSearch) -> Result<Page<Arc<Run>>>;

    // One run

    fn run(&self, id: &RunId) -> Result<Arc<Run>>;
    fn metric_points(&self, run: &RunId, key: &str, steps: Option<(i64, i64)>) -> Result<Vec<MetricPoint>>;
    fn metric_reduced(
        &self,
        run: &RunId,
        key: &str,
        steps: Option<(i64, i64)>,
        buckets: usize,
    ) -> Result<ReducedHistory>;
    fn update_run(&self, id: &RunId, update: &RunUpdate) -> Result<()>;
    fn delete_runs(&self, ids: &[RunId]) -> Result<()>;
    fn restore_runs(&self, ids: &[RunId]) -> Result<()>;
    /// Sets (`Some`) or removes (`None`) tags on many runs, all or none. The note is the tag `mlflow.note.content`.
    fn edit_tags(&self, edits: &[(RunId, String, Option<String>)]) -> Result<()>;
    /// The tags of runs, in the order asked for.
    fn tags_of_runs(&self, ids: &[RunId]) -> Result<Vec<(RunId, Vec<Tag>)>> {
        ids.iter().map(|id| Ok((id.clone(), self.run(id)?.tags.clone()))).collect()
    }

    // Datasets, models, artifacts

    fn datasets(&self, experiments: &[ExperimentId]) -> Result<Vec<DatasetSummary>>;
    fn logged_models(&self, search: &LoggedModelSearch) -> Result<Page<LoggedModel>>;
    fn logged_model(&self, id: &LoggedModelId) -> Result<LoggedModel>;
    /// What lies directly in a folder (`""` is the root): folders first, then by name.
    fn artifacts(&self, owner: &ArtifactOwner, folder: &str) -> Result<Vec<ArtifactEntry>>;
    /// The first `max_bytes` bytes of a file.
    fn read_artifact(&self, owner: &ArtifactOwner, path: &str, max_bytes: u64) -> Result<ArtifactBytes>;
    /// Where the file lies on this machine, for programs that open files themselves.
    fn artifact_file(&self, owner: &ArtifactOwner, path: &str) -> Result<PathBuf>;
}
