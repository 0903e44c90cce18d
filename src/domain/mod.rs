//! Plain values and rules of the field: experiments, runs, metrics, datasets, logged models, and the filter language.
//!
//! Invariant: nothing here does IO, knows a wire format, or depends on another module.

pub mod filter;
pub mod validate;

mod actor;
mod dataset;
mod experiment;
mod id;
mod logged_model;
mod metric;
mod run;
mod runs_table;
mod search;

pub use actor::{Actor, Channel};
pub use dataset::{Dataset, DatasetInput, DatasetSummary};
pub use experiment::{Experiment, NewExperiment};
pub use id::{ExperimentId, LoggedModelId, RunId};
pub use logged_model::{LoggedModel, LoggedModelStatus, NewLoggedModel};
pub use metric::{DatasetRef, Metric, MetricPoint, MetricSummary, ModelMetric, compare_nan_lowest};
pub use run::{ModelOutput, NewRun, Run, RunInfo, RunStatus, RunUpdate, tag_key};
pub use runs_table::{ColumnInfo, ColumnKey, ColumnValues, MetricCell, ReducedHistory, Revision, RunRow};
pub use search::{ExperimentSearch, LoggedModelOrder, LoggedModelSearch, Page, RunSearch, ViewType};

/// A key and its value, both text.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Tag {
    pub key: String,
    pub value: String,
}

/// A parameter: written once, never changed.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Param {
    pub key: String,
    pub value: String,
}

/// Whether a thing is in use or in the bin.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum LifecycleStage {
    Active,
    Deleted,
}

impl LifecycleStage {
    /// The word on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Deleted => "deleted",
        }
    }
}
