//! Experiments: named groups of runs.

use super::{ExperimentId, LifecycleStage, Tag};

/// An experiment as it stands in the store. Times are Unix milliseconds, UTC.
#[derive(Debug, Clone, PartialEq)]
pub struct Experiment {
    pub id: ExperimentId,
    pub name: String,
    /// Where its runs' artifacts go, such as `mlflow-artifacts:/1`.
    pub artifact_location: String,
    pub lifecycle_stage: LifecycleStage,
    pub created_at: i64,
    pub updated_at: i64,
    pub tags: Vec<Tag>,
}

/// What a caller gives to create an experiment.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct NewExperiment {
    pub name: String,
    /// `None`: `mlflow-artifacts:/<id>`.
    pub artifact_location: Option<String>,
    pub tags: Vec<Tag>,
}
