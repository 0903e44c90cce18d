//! Runs: one execution of training code, with its parameters, metrics, tags, inputs and outputs.

use super::{DatasetInput, ExperimentId, LifecycleStage, LoggedModelId, MetricSummary, Param, RunId, Tag};

/// Tag keys that the MLflow client gives a meaning to.
pub mod tag_key {
    pub const RUN_NAME: &str = "mlflow.runName";
    pub const PARENT_RUN_ID: &str = "mlflow.parentRunId";
    pub const USER: &str = "mlflow.user";
    pub const NOTE: &str = "mlflow.note.content";
    pub const SOURCE_NAME: &str = "mlflow.source.name";
    pub const SOURCE_TYPE: &str = "mlflow.source.type";
    pub const GIT_COMMIT: &str = "mlflow.source.git.commit";
    pub const GIT_BRANCH: &str = "mlflow.source.git.branch";
    pub const GIT_REPO_URL: &str = "mlflow.source.git.repoURL";
    pub const DATASET_CONTEXT: &str = "mlflow.data.context";
    pub const LOGGED_ARTIFACTS: &str = "mlflow.loggedArtifacts";
}

/// Where a run stands. Unknown numbers and words are refused at the border.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum RunStatus {
    Running,
    Scheduled,
    Finished,
    Failed,
    Killed,
}

impl RunStatus {
    pub const ALL: [Self; 5] = [Self::Running, Self::Scheduled, Self::Finished, Self::Failed, Self::Killed];

    /// The word on the wire and in filters, such as `FINISHED`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Running => "RUNNING",
            Self::Scheduled => "SCHEDULED",
            Self::Finished => "FINISHED",
            Self::Failed => "FAILED",
            Self::Killed => "KILLED",
        }
    }

    /// The status that a wire word names.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.as_str() == word)
    }

    /// Whether nothing more is expected of the run.
    pub const fn is_terminal(self) -> bool {
        matches!(self, Self::Finished | Self::Failed | Self::Killed)
    }
}

/// A run's own fields. Times are Unix milliseconds, UTC.
#[derive(Debug, Clone, PartialEq)]
pub struct RunInfo {
    pub id: RunId,
    pub experiment_id: ExperimentId,
    pub name: String,
    pub user: String,
    pub status: RunStatus,
    pub started_at: Option<i64>,
    pub ended_at: Option<i64>,
    /// Such as `mlflow-artifacts:/1/<run>/artifacts`.
    pub artifact_uri: String,
    pub lifecycle_stage: LifecycleStage,
}

/// A run with everything but its metric histories and artifacts.
#[derive(Debug, Clone, PartialEq)]
pub struct Run {
    pub info: RunInfo,
    /// One per key, in the order in which the keys were first logged.
    pub metrics: Vec<MetricSummary>,
    pub params: Vec<Param>,
    pub tags: Vec<Tag>,
    pub datasets: Vec<DatasetInput>,
    pub model_inputs: Vec<LoggedModelId>,
    pub model_outputs: Vec<ModelOutput>,
}

impl Run {
    /// The value of a tag, if the run has it.
    pub fn tag(&self, key: &str) -> Option<&str> {
        self.tags.iter().find(|tag| tag.key == key).map(|tag| tag.value.as_str())
    }
}

/// A logged model that a run produced, and the training step at which it did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModelOutput {
    pub model_id: LoggedModelId,
    pub step: i64,
}

/// What a caller gives to create a run.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct NewRun {
    /// `None`: the tag `mlflow.runName`, else a random `adjective-animal-NNN`.
    pub name: Option<String>,
    pub user: String,
    pub started_at: Option<i64>,
    pub tags: Vec<Tag>,
}

/// Changes to a run's own fields; `None` leaves a field as it is.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct RunUpdate {
    pub status: Option<RunStatus>,
    pub ended_at: Option<i64>,
    pub name: Option<String>,
}
