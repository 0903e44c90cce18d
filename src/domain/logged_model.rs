//! Logged models: MLflow 3's first-class models, which exist before and beside the registry.

use super::{ExperimentId, LoggedModelId, ModelMetric, Param, RunId, Tag};

/// Whether a logged model's files have arrived.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum LoggedModelStatus {
    Unspecified,
    Pending,
    Ready,
    UploadFailed,
}

/// A logged model with its parameters, tags and metrics. Times are Unix milliseconds, UTC.
#[derive(Debug, Clone, PartialEq)]
pub struct LoggedModel {
    pub id: LoggedModelId,
    pub experiment_id: ExperimentId,
    pub name: String,
    /// Such as `mlflow-artifacts:/1/models/m-…/artifacts`.
    pub artifact_uri: String,
    pub created_at: i64,
    pub updated_at: i64,
    pub status: LoggedModelStatus,
    pub model_type: String,
    pub source_run_id: Option<RunId>,
    pub params: Vec<Param>,
    pub tags: Vec<Tag>,
    pub metrics: Vec<ModelMetric>,
}

/// What a caller gives to create a logged model.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct NewLoggedModel {
    /// `None`: a random name.
    pub name: Option<String>,
    pub model_type: String,
    pub source_run_id: Option<RunId>,
    pub params: Vec<Param>,
    pub tags: Vec<Tag>,
}
