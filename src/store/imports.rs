//! The entry for importers: whole experiments, runs and logged models under the ids and times they had elsewhere.
//!
//! Invariant: importing the same thing again adds only what is missing; nothing that is here already is changed.

use super::{Result, Store};
use crate::domain::{
    Actor, DatasetInput, Experiment, ExperimentId, LifecycleStage, LoggedModel, LoggedModelId, Metric, MetricPoint,
    ModelOutput, Param, RunId, RunStatus, Tag,
};

/// A run as it stood elsewhere.
#[derive(Debug, Clone, PartialEq)]
pub struct ImportedRun {
    pub id: RunId,
    /// The experiment here, as `import_experiment` answered it.
    pub experiment_id: ExperimentId,
    pub name: String,
    pub user: String,
    pub status: RunStatus,
    pub started_at: Option<i64>,
    pub ended_at: Option<i64>,
    pub lifecycle_stage: LifecycleStage,
    /// `None`: below the experiment's artifact location, as for a new run.
    pub artifact_uri: Option<String>,
    pub params: Vec<Param>,
    pub tags: Vec<Tag>,
    /// Whole histories, in any order; one entry a key.
    pub metrics: Vec<(String, Vec<MetricPoint>)>,
    pub datasets: Vec<DatasetInput>,
    pub model_inputs: Vec<LoggedModelId>,
    pub model_outputs: Vec<ModelOutput>,
}

/// What importing one thing changed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ImportOutcome {
    /// Whether the run or model itself is new here.
    pub created: bool,
    pub params: u64,
    pub tags: u64,
    pub points: u64,
    pub inputs: u64,
    pub outputs: u64,
}

impl ImportOutcome {
    /// Whether anything was added.
    pub fn changed(&self) -> bool {
        *self != Self::default()
    }
}

#[expect(unused_variables, clippy::todo, reason = "bodies follow")]
impl Store {
    /// Brings an experiment here and answers the id that it has here and whether it is new: an experiment of the same
    /// name is taken as the same; else it keeps its id if that is free. Its tags are added where missing.
    /// `artifact_location` must be one that may be stored; `None` gives it the usual one.
    pub fn import_experiment(
        &self,
        actor: &Actor,
        experiment: &Experiment,
        artifact_location: Option<&str>,
    ) -> Result<(ExperimentId, bool)> {
        todo!()
    }

    /// Brings a run here under its own id, in one transaction. A run that is here already gets the params, tags,
    /// points, inputs and outputs that it lacks; what it has stays.
    pub fn import_run(&self, actor: &Actor, run: ImportedRun) -> Result<ImportOutcome> {
        todo!()
    }

    /// Brings a logged model here under its own id; its metrics come with `metrics` (those name the run and dataset).
    /// `model.artifact_uri` empty: below the experiment's artifact location.
    pub fn import_logged_model(
        &self,
        actor: &Actor,
        model: LoggedModel,
        metrics: Vec<(RunId, Metric)>,
    ) -> Result<ImportOutcome> {
        todo!()
    }
}
