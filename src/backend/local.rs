//! The embedded workspace as a backend. The only file here that names the store.

use std::io::Read as _;
use std::path::{Path, PathBuf};
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

    fn artifact_dir(&self, owner: &ArtifactOwner) -> Result<PathBuf> {
        let uri = match owner {
            ArtifactOwner::Run(id) => self.store.run(id)?.info.artifact_uri.clone(),
            ArtifactOwner::LoggedModel(id) => self.store.logged_model(id)?.artifact_uri,
        };
        let Some(relative) = uri.strip_prefix("mlflow-artifacts:") else {
            return Err(BackendError::new(
                BackendErrorKind::Unsupported,
                format!("The artifacts lie outside the workspace, at {uri}"),
            ));
        };
        join_below(self.store.artifact_root(), relative.trim_start_matches('/'))
    }

    fn artifact_path(&self, owner: &ArtifactOwner, path: &str) -> Result<PathBuf> {
        let dir = self.artifact_dir(owner)?;
        let joined = join_below(&dir, path)?;
        // A link that a client's tool left in the folder must not lead outside it.
        if let (Ok(real), Ok(root)) = (joined.canonicalize(), self.store.artifact_root().canonicalize())
            && !real.starts_with(root)
        {
            return Err(BackendError::new(
                BackendErrorKind::InvalidParameter,
                format!("The artifact path leads outside the workspace: {path}"),
            ));
        }
        Ok(joined)
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

/// Joins a `/`-separated relative path to `root`, refusing every part that could lead out of it.
fn join_below(root: &Path, relative: &str) -> Result<PathBuf> {
    let mut path = root.to_path_buf();
    for part in relative.split('/').filter(|part| !part.is_empty()) {
        if part == "." || part == ".." || part.contains(['\\', ':', '\0']) {
            return Err(BackendError::new(
                BackendErrorKind::InvalidParameter,
                format!("Not an artifact path: {relative}"),
            ));
        }
        path.push(part);
    }
    Ok(path)
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
        let dir = self.artifact_path(owner, folder)?;
        let listing = match std::fs::read_dir(&dir) {
            Ok(listing) => listing,
            // A run that logged no artifact has no folder.
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(io_error(folder, &error)),
        };
        let mut entries = Vec::new();
        for entry in listing {
            let entry = entry.map_err(|error| io_error(folder, &error))?;
            let Ok(kind) = entry.file_type() else { continue };
            // Links may lead anywhere, and names that are not text cannot be asked for.
            let Ok(name) = entry.file_name().into_string() else { continue };
            if kind.is_symlink() {
                continue;
            }
            let path = if folder.is_empty() { name } else { format!("{}/{name}", folder.trim_end_matches('/')) };
            let size = if kind.is_dir() { None } else { entry.metadata().ok().map(|metadata| metadata.len()) };
            entries.push(ArtifactEntry { path, is_dir: kind.is_dir(), size });
        }
        entries.sort_by(|a, b| b.is_dir.cmp(&a.is_dir).then_with(|| a.path.cmp(&b.path)));
        Ok(entries)
    }

    fn read_artifact(&self, owner: &ArtifactOwner, path: &str, max_bytes: u64) -> Result<ArtifactBytes> {
        let file = std::fs::File::open(self.artifact_path(owner, path)?).map_err(|error| io_error(path, &error))?;
        let total = file.metadata().map_err(|error| io_error(path, &error))?.len();
        let mut bytes = Vec::with_capacity(total.min(max_bytes) as usize);
        file.take(max_bytes).read_to_end(&mut bytes).map_err(|error| io_error(path, &error))?;
        Ok(ArtifactBytes { bytes, total })
    }

    fn artifact_file(&self, owner: &ArtifactOwner, path: &str) -> Result<PathBuf> {
        let file = self.artifact_path(owner, path)?;
        if file.is_file() {
            Ok(file)
        } else {
            Err(BackendError::new(BackendErrorKind::NotFound, format!("There is no artifact file {path}")))
        }
    }
}
