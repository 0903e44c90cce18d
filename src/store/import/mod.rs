//! Import of what MLflow left behind: an `mlruns/` folder or an `mlflow.db` file of MLflow 2 and 3.
//!
//! Invariants: nothing at the source is written; importing again adds what is new and duplicates nothing; what cannot
//! be read is named in the report, and the rest is imported. Registered models are not imported yet.

mod artifacts;
mod database;
mod file_store;
mod meta;
mod source;

#[cfg(test)]
mod tests;

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use super::{ImportedRun, Result, Store, StoreError};
use crate::domain::{Actor, Experiment, ExperimentId, LoggedModel, Metric, RunId};

/// How far an import has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ImportProgress<'a> {
    pub runs_done: u64,
    pub runs_total: u64,
    /// What is being imported now, such as a run's name.
    pub current: &'a str,
}

/// Something that was left out, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Skipped {
    pub what: String,
    pub why: String,
}

/// What an import did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ImportReport {
    /// Experiments seen, and how many of them are new here.
    pub experiments: u64,
    pub experiments_added: u64,
    pub runs_added: u64,
    /// Runs that were here already and got something that was missing.
    pub runs_updated: u64,
    pub runs_unchanged: u64,
    pub models_added: u64,
    pub metric_points: u64,
    pub artifacts_copied: u64,
    pub artifact_bytes: u64,
    /// Runs and models whose artifacts lie in remote storage: they keep their addresses and are not copied.
    pub artifacts_elsewhere: u64,
    pub skipped: Vec<Skipped>,
    /// Whether it was stopped before the end; importing again goes on.
    pub cancelled: bool,
}

impl ImportReport {
    fn skip(&mut self, what: impl Into<String>, why: impl Into<String>) {
        self.skipped.push(Skipped { what: what.into(), why: why.into() });
    }
}

/// Imports what lies at `path`: an `mlruns` folder, a folder that has one, or an MLflow SQLite database.
///
/// `progress` is called before each run and file, and stops the import by answering `Break`.
pub fn import(
    store: &Store,
    actor: &Actor,
    path: &Path,
    progress: &dyn Fn(ImportProgress<'_>) -> ControlFlow<()>,
) -> Result<ImportReport> {
    let mut source = source::open(path)?;
    let runs_total = source.run_count()?;
    let mut import = Import {
        store,
        actor,
        progress,
        runs_total,
        runs_done: 0,
        report: ImportReport::default(),
        without_artifacts: Vec::new(),
    };
    let flow = import.all(source.as_mut())?;
    import.report.cancelled = flow.is_break();
    if !import.without_artifacts.is_empty() {
        let names = import.without_artifacts.join(", ");
        import.report.skip(
            format!("artifacts of the experiments {names}"),
            "their folders are not there: nothing was logged to them, or they were moved",
        );
    }
    Ok(import.report)
}

/// A place that runs are read from.
trait Source {
    /// How many runs there are, damaged ones included.
    fn run_count(&mut self) -> Result<u64>;
    /// All experiments; what cannot be read is named in the report.
    fn experiments(&mut self, report: &mut ImportReport) -> Result<Vec<SourceExperiment>>;
    /// The keys of an experiment's runs.
    fn runs(&mut self, experiment: &SourceExperiment) -> Result<Vec<String>>;
    /// One run, or why it cannot be read.
    fn run(&mut self, experiment: &SourceExperiment, key: &str) -> std::result::Result<SourceRun, String>;
    /// The keys of an experiment's logged models.
    fn models(&mut self, experiment: &SourceExperiment) -> Result<Vec<String>>;
    /// One logged model, or why it cannot be read.
    fn model(&mut self, experiment: &SourceExperiment, key: &str) -> std::result::Result<SourceModel, String>;
}

struct SourceExperiment {
    experiment: Experiment,
    /// Where it is kept, for sources that are folders.
    folder: PathBuf,
    artifacts: ArtifactPlace,
}

struct SourceRun {
    run: ImportedRun,
    artifacts: ArtifactPlace,
    /// Parts that could not be read, such as one metric.
    damage: Vec<Skipped>,
}

struct SourceModel {
    model: LoggedModel,
    metrics: Vec<(RunId, Metric)>,
    artifacts: ArtifactPlace,
    damage: Vec<Skipped>,
}

/// Where something's artifacts are.
#[derive(Debug, Clone, PartialEq, Eq)]
enum ArtifactPlace {
    /// A folder that exists.
    Here(PathBuf),
    /// A local folder that does not exist, or none at all.
    Nowhere,
    /// An address of another kind of storage.
    Elsewhere(String),
}

impl ArtifactPlace {
    fn address(&self) -> Option<String> {
        match self {
            Self::Elsewhere(address) => Some(address.clone()),
            Self::Here(_) | Self::Nowhere => None,
        }
    }
}

struct Import<'a> {
    store: &'a Store,
    actor: &'a Actor,
    progress: &'a dyn Fn(ImportProgress<'_>) -> ControlFlow<()>,
    runs_total: u64,
    runs_done: u64,
    report: ImportReport,
    /// Names of experiments that have runs, but no folder for their artifacts.
    without_artifacts: Vec<String>,
}

impl Import<'_> {
    fn all(&mut self, source: &mut dyn Source) -> Result<ControlFlow<()>> {
        for experiment in source.experiments(&mut self.report)? {
            if self.experiment(source, &experiment)?.is_break() {
                return Ok(ControlFlow::Break(()));
            }
        }
        Ok(ControlFlow::Continue(()))
    }

    fn experiment(&mut self, source: &mut dyn Source, found: &SourceExperiment) -> Result<ControlFlow<()>> {
        let name = &found.experiment.name;
        let (id, is_new) = match self.store.import_experiment(self.actor, &found.experiment, None) {
            Ok(imported) => imported,
            Err(error) if is_about_input(&error) => {
                self.report.skip(format!("experiment {name}"), error.message);
                return Ok(ControlFlow::Continue(()));
            }
            Err(error) => return Err(error),
        };
        self.report.experiments += 1;
        self.report.experiments_added += u64::from(is_new);
        let keys = source.runs(found)?;
        if found.artifacts == ArtifactPlace::Nowhere && !keys.is_empty() {
            self.without_artifacts.push(name.clone());
        }
        for key in keys {
            if self.step(&key).is_break() {
                return Ok(ControlFlow::Break(()));
            }
            let imported = match source.run(found, &key) {
                Ok(run) => self.run(id, run),
                Err(why) => {
                    self.report.skip(format!("run {key} of {name}"), why);
                    Ok(ControlFlow::Continue(()))
                }
            };
            self.runs_done += 1;
            if self.refused(format!("run {key} of {name}"), imported)?.is_break() {
                return Ok(ControlFlow::Break(()));
            }
        }
        for key in source.models(found)? {
            if self.step(&key).is_break() {
                return Ok(ControlFlow::Break(()));
            }
            let imported = match source.model(found, &key) {
                Ok(model) => self.model(id, model),
                Err(why) => {
                    self.report.skip(format!("model {key} of {name}"), why);
                    Ok(ControlFlow::Continue(()))
                }
            };
            if self.refused(format!("model {key} of {name}"), imported)?.is_break() {
                return Ok(ControlFlow::Break(()));
            }
        }
        Ok(ControlFlow::Continue(()))
    }

    fn step(&self, current: &str) -> ControlFlow<()> {
        let (runs_done, runs_total) = (self.runs_done, self.runs_total.max(self.runs_done));
        (self.progress)(ImportProgress { runs_done, runs_total, current })
    }

    /// Notes what the store refused because of the input; anything else ends the import.
    fn refused(&mut self, what: String, result: Result<ControlFlow<()>>) -> Result<ControlFlow<()>> {
        match result {
            Err(error) if is_about_input(&error) => {
                self.report.skip(what, error.message);
                Ok(ControlFlow::Continue(()))
            }
            result => result,
        }
    }

    fn run(&mut self, experiment: ExperimentId, found: SourceRun) -> Result<ControlFlow<()>> {
        let SourceRun { mut run, artifacts, damage } = found;
        let id = run.id.clone();
        run.experiment_id = experiment;
        run.artifact_uri = artifacts.address();
        let outcome = self.store.import_run(self.actor, run)?;
        match (outcome.created, outcome.changed()) {
            (true, _) => self.report.runs_added += 1,
            (false, true) => self.report.runs_updated += 1,
            (false, false) => self.report.runs_unchanged += 1,
        }
        self.report.metric_points += outcome.points;
        self.report.skipped.extend(damage);
        self.artifacts(&artifacts, &format!("run {id}"), |store| Ok(store.run(&id)?.info.artifact_uri.clone()))
    }

    fn model(&mut self, experiment: ExperimentId, found: SourceModel) -> Result<ControlFlow<()>> {
        let SourceModel { mut model, metrics, artifacts, damage } = found;
        let id = model.id.clone();
        model.experiment_id = experiment;
        model.artifact_uri = artifacts.address().unwrap_or_default();
        let outcome = self.store.import_logged_model(self.actor, model, metrics)?;
        self.report.models_added += u64::from(outcome.created);
        self.report.skipped.extend(damage);
        self.artifacts(&artifacts, &format!("model {id}"), |store| Ok(store.logged_model(&id)?.artifact_uri))
    }

    fn artifacts(
        &mut self,
        place: &ArtifactPlace,
        owner: &str,
        uri: impl FnOnce(&Store) -> Result<String>,
    ) -> Result<ControlFlow<()>> {
        match place {
            ArtifactPlace::Nowhere => Ok(ControlFlow::Continue(())),
            ArtifactPlace::Elsewhere(_) => {
                self.report.artifacts_elsewhere += 1;
                Ok(ControlFlow::Continue(()))
            }
            ArtifactPlace::Here(folder) => {
                let uri = uri(self.store)?;
                let Some(target) = uri.strip_prefix("mlflow-artifacts:/") else {
                    self.report.skip(format!("artifacts of {owner}"), format!("they belong at {uri} here"));
                    return Ok(ControlFlow::Continue(()));
                };
                self.copy_folder(folder, target.trim_start_matches('/'), owner)
            }
        }
    }
}

/// Whether an error is about one thing's input rather than about the workspace.
fn is_about_input(error: &StoreError) -> bool {
    use super::StoreErrorKind::{AlreadyExists, InvalidParameter, InvalidState, NotFound};
    matches!(error.kind, InvalidParameter | NotFound | AlreadyExists | InvalidState)
}

/// The name of a run that nobody named.
fn source_name(id: &str) -> String {
    format!("run-{}", id.chars().take(8).collect::<String>())
}
