//! Datasets that runs read.

use super::Tag;

/// A dataset as the client describes it; identified by name and digest within an experiment.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Dataset {
    pub name: String,
    pub digest: String,
    pub source_type: String,
    /// JSON that says where it came from; its form depends on `source_type`.
    pub source: String,
    /// JSON of the column types, when logged.
    pub schema: Option<String>,
    /// JSON such as `{"num_rows": 4898, "num_elements": 58776}`, when logged.
    pub profile: Option<String>,
}

/// A dataset as an input of a run, with tags such as `mlflow.data.context`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DatasetInput {
    pub dataset: Dataset,
    pub tags: Vec<Tag>,
}

/// One line of the list of an experiment's datasets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DatasetSummary {
    pub experiment_id: super::ExperimentId,
    pub name: String,
    pub digest: String,
    pub context: Option<String>,
}
