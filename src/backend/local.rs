//! The embedded workspace as a backend. The only file here that names the store.

use std::io::Read as _;
use std::path::PathBuf;
use std::sync::Arc;

use crate::domain::{
    Actor, ColumnInfo, ColumnKey, ColumnValues, DatasetSummary, Experiment, ExperimentId, ExperimentSearch,
    LoggedModel, LoggedModelId, LoggedModelSearch, MetricPoint, NewExperiment, Page, ReducedHistory, Revision, Run,
    RunId, RunRow, RunSearch, RunUpdate, Tag, ViewType,
};
use crate::store::{Store, StoreError, StoreErrorKind};

use super::{
    ArtifactBytes, ArtifactEntry, ArtifactOwner, BackendError, BackendErrorKind, Capabilities, ChangeListener,
    ExperimentSummary, Result, Subscription, Tracking,
};

/// Experiments asked for at a time while listing them all.
const EXPERIMENT_PAGE: usize = 1000;

/// The embedded workspace, written to in one actor's name.
pub struct LocalBackend {
    store: Store,
    actor: Actor,
    why_read_only: Option<String>,
}

impl LocalBackend {
    /// A backend over an open workspace; `why_read_only` comes from the workspace's own description.
    pub fn new(store: Store, actor: Actor, why_read_only: Option<String>) -> Self {
        Self { store, actor, why_read_only }
    }

    /// The path below the workspace's artifacts of something that belongs to `owner`.
    fn artifact_path(&self, owner: &ArtifactOwner, path: &str) -> Result<String> {
        let uri = match owner {
            ArtifactOwner::Run(id) => self.store.run(id)?.info.artifact_uri.clone(),
            ArtifactOwner::LoggedModel(id) => self.store.logged_model(id)?.artifact_uri,
        };
        let Some(folder) = uri.strip_prefix("mlflow-artifacts:") else {
            return Err(BackendError::new(
                BackendErrorKind::Unsupported,
                format!("The artifacts lie outside the workspace, at {uri}"),
            ));
        };
        Ok(format!("{}/{path}", folder.trim_matches('/')))
    }
}

impl From<StoreError> for BackendError {
    fn from(error: StoreError) -> Self {
        let kind = match error.kind {
            StoreErrorKind::InvalidParameter => BackendErrorKind::InvalidParameter,
            StoreErrorKind::NotFound => BackendErrorKind::NotFound,
            StoreErrorKind::AlreadyExists => BackendErrorKind::AlreadyExists,
            StoreErrorKind::InvalidState => BackendErrorKind::InvalidState,
            StoreErrorKind::Busy => BackendErrorKind::Busy,
            StoreErrorKind::ReadOnly => BackendErrorKind::ReadOnly,
            StoreErrorKind::DiskFull => BackendErrorKind::DiskFull,
            StoreErrorKind::NotAWorkspace => BackendErrorKind::NotAWorkspace,
            StoreErrorKind::NewerVersion => BackendErrorKind::NewerVersion,
            StoreErrorKind::Corrupt => BackendErrorKind::Corrupt,
            StoreErrorKind::Internal => BackendErrorKind::Internal,
        };
        Self::new(kind, error.message)
    }
}

fn io_error(path: &str, error: &std::io::Error) -> BackendError {
    let kind = match error.kind() {
        std::io::ErrorKind::NotFound => BackendErrorKind::NotFound,
        std::io::ErrorKind::StorageFull => BackendErrorKind::DiskFull,
        _ => BackendErrorKind::Internal,
    };
    BackendError::new(kind, format!("Cannot read the artifact: {error} ({path})"))
}

impl Tracking for LocalBackend {
    fn capabilities(&self) -> Capabilities {
        Capabilities { why_read_only: self.why_read_only.clone() }
    }

    fn revision(&self) -> Revision {
        self.store.revision()
    }

    fn subscribe(&self, listener: ChangeListener) -> Subscription {
        Subscription::new(self.store.subscribe(listener))
    }

    fn experiments(&self, view: ViewType) -> Result<Vec<ExperimentSummary>> {
        let counts: std::collections::HashMap<ExperimentId, u64> = self.store.run_counts()?.into_iter().collect();
        let mut all = Vec::new();
        loop {
            let search =
                ExperimentSearch { view, offset: all.len(), limit: EXPERIMENT_PAGE, ..ExperimentSearch::default() };
            let page = self.store.search_experiments(&search)?;
            let is_last = !page.has_more || page.items.is_empty();
            all.extend(page.items.into_iter().map(|experiment| ExperimentSummary {
                run_count: counts.get(&experiment.id).copied().unwrap_or(0),
                experiment,
            }));
            if is_last {
                return Ok(all);
            }
        }
    }

    fn experiment(&self, id: ExperimentId) -> Result<Experiment> {
        Ok(self.store.experiment(id)?)
    }

    fn create_experiment(&self, name: &str) -> Result<ExperimentId> {
        let new = NewExperiment { name: name.to_owned(), ..NewExperiment::default() };
        Ok(self.store.create_experiment(&self.actor, new)?)
    }

    fn rename_experiment(&self, id: ExperimentId, name: &str) -> Result<()> {
        Ok(self.store.rename_experiment(&self.actor, id, name)?)
    }

    fn delete_experiment(&self, id: ExperimentId) -> Result<()> {
        Ok(self.store.delete_experiment(&self.actor, id)?)
    }

    fn restore_experiment(&self, id: ExperimentId) -> Result<()> {
        Ok(self.store.restore_experiment(&self.actor, id)?)
    }

    fn edit_experiment_tag(&self, id: ExperimentId, key: &str, value: Option<&str>) -> Result<()> {
        match value {
            Some(value) => {
                let tag = Tag { key: key.to_owned(), value: value.to_owned() };
                Ok(self.store.set_experiment_tag(&self.actor, id, &tag)?)
            }
            None => Ok(self.store.delete_experiment_tag(&self.actor, id, key)?),
        }
    }

    fn run_rows(&self, experiments: &[ExperimentId], view: ViewType) -> Result<Vec<RunRow>> {
        Ok(self.store.run_rows(experiments, view)?)
    }

    fn run_rows_since(&self, experiments: &[ExperimentId], since: Revision) -> Result<Vec<RunRow>> {
        Ok(self.store.run_rows_since(experiments, since)?)
    }

    fn run_columns(&self, experiments: &[ExperimentId]) -> Result<Vec<ColumnInfo>> {
        Ok(self.store.run_columns(experiments)?)
    }

    fn column_values(&self, experiments: &[ExperimentId], column: &ColumnKey) -> Result<ColumnValues> {
        Ok(self.store.column_values(experiments, column)?)
    }

    fn column_values_of_runs(&self, runs: &[RunId], columns: &[ColumnKey]) -> Result<Vec<ColumnValues>> {
        Ok(self.store.column_values_of_runs(runs, columns)?)
    }

    fn sparklines(&self, runs: &[RunId], key: &str, points: usize) -> Result<Vec<(RunId, Vec<f64>)>> {
        Ok(self.store.sparklines(runs, key, points)?)
    }

    fn search_run_ids(&self, search: &RunSearch) -> Result<Vec<RunId>> {
        Ok(self.store.search_run_ids(search)?)
    }

    fn search_runs(&self, search: &RunSearch) -> Result<Page<Arc<Run>>> {
        Ok(self.store.search_runs(search)?)
    }

    fn run(&self, id: &RunId) -> Result<Arc<Run>> {
        Ok(self.store.run(id)?)
    }

    fn metric_points(&self, run: &RunId, key: &str, steps: Option<(i64, i64)>) -> Result<Vec<MetricPoint>> {
        Ok(self.store.metric_points(run, key, steps)?)
    }

    fn metric_reduced(
        &self,
        run: &RunId,
        key: &str,
        steps: Option<(i64, i64)>,
        buckets: usize,
    ) -> Result<ReducedHistory> {
        Ok(self.store.metric_reduced(run, key, steps, buckets)?)
    }

    fn update_run(&self, id: &RunId, update: &RunUpdate) -> Result<()> {
        self.store.update_run(&self.actor, id, update)?;
        Ok(())
    }

    fn delete_runs(&self, ids: &[RunId]) -> Result<()> {
        Ok(self.store.delete_runs(&self.actor, ids)?)
    }

    fn restore_runs(&self, ids: &[RunId]) -> Result<()> {
        Ok(self.store.restore_runs(&self.actor, ids)?)
    }

    fn edit_tags(&self, edits: &[(RunId, String, Option<String>)]) -> Result<()> {
        Ok(self.store.edit_tags(&self.actor, edits)?)
    }

    fn datasets(&self, experiments: &[ExperimentId]) -> Result<Vec<DatasetSummary>> {
        Ok(self.store.search_datasets(experiments)?)
    }

    fn logged_models(&self, search: &LoggedModelSearch) -> Result<Page<LoggedModel>> {
        Ok(self.store.search_logged_models(search)?)
    }

    fn logged_model(&self, id: &LoggedModelId) -> Result<LoggedModel> {
        Ok(self.store.logged_model(id)?)
    }

    fn artifacts(&self, owner: &ArtifactOwner, folder: &str) -> Result<Vec<ArtifactEntry>> {
        let listing = self.store.artifacts().list(&self.artifact_path(owner, folder)?)?;
        let prefix = if folder.is_empty() { String::new() } else { format!("{}/", folder.trim_end_matches('/')) };
        let mut entries: Vec<ArtifactEntry> = listing
            .into_iter()
            .map(|entry| ArtifactEntry {
                path: format!("{prefix}{}", entry.name),
                is_dir: entry.is_dir,
                size: (!entry.is_dir).then_some(entry.size_bytes),
            })
            .collect();
        entries.sort_by(|a, b| b.is_dir.cmp(&a.is_dir).then_with(|| a.path.cmp(&b.path)));
        Ok(entries)
    }

    fn read_artifact(&self, owner: &ArtifactOwner, path: &str, max_bytes: u64) -> Result<ArtifactBytes> {
        let (file, total) = self.store.artifacts().open(&self.artifact_path(owner, path)?)?;
        let mut bytes = Vec::with_capacity(total.min(max_bytes) as usize);
        file.take(max_bytes).read_to_end(&mut bytes).map_err(|error| io_error(path, &error))?;
        Ok(ArtifactBytes { bytes, total })
    }

    fn artifact_file(&self, owner: &ArtifactOwner, path: &str) -> Result<PathBuf> {
        let relative = self.artifact_path(owner, path)?;
        // Opening it checks that it is a file and can be read.
        let _ = self.store.artifacts().open(&relative)?;
        Ok(self.store.artifacts().resolve(&relative)?.absolute().to_path_buf())
    }
}
