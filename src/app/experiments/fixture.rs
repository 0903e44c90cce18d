//! Small runs for the tests of this folder.

use crate::domain::{ExperimentId, LifecycleStage, MetricCell, RunId, RunInfo, RunRow, RunStatus};

/// A finished run of experiment 1 by `ada`.
pub(super) fn row(id: &str, name: &str) -> RunRow {
    RunRow {
        info: RunInfo {
            id: RunId::new(id),
            experiment_id: ExperimentId(1),
            name: name.to_owned(),
            user: "ada".to_owned(),
            status: RunStatus::Finished,
            started_at: Some(0),
            ended_at: Some(1_500),
            artifact_uri: String::new(),
            lifecycle_stage: LifecycleStage::Active,
        },
        parent: None,
        note: false,
        source: None,
        git_commit: None,
        revision: 1,
    }
}

/// A metric that was logged once.
pub(super) fn cell(value: f64) -> MetricCell {
    MetricCell { first: value, last: value, min: value, max: value, last_step: 0, min_step: 0, max_step: 0, count: 1 }
}
