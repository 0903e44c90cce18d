//! The demo: a workspace full of a plausible project, written through the store's API as any client would.
//!
//! Three experiments about wine quality, sixty runs. Invariant: the same seed and the same `now_ms` give the same
//! names, values, times and files; only ids differ, since the store makes them. Filling twice adds nothing: what is
//! there by name is left alone, which also completes a filling that was stopped. An experiment of a demo's name that the
//! demo did not make is an error, and nothing is written.

mod baselines;
mod curves;
mod deep;
mod dice;
mod files;
mod model;
mod pictures;
mod plan;
mod tuning;
mod wine;
mod write;

use crate::store::{Store, StoreError};

/// The seed used where none is asked for.
pub const DEFAULT_SEED: u64 = 7;

/// What the demo depends on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DemoOptions {
    pub seed: u64,
    /// The time at which the story ends, Unix milliseconds, UTC: runs that are still going on go on now.
    pub now_ms: i64,
}

/// What was written.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DemoReport {
    pub experiments: usize,
    pub runs: usize,
    /// Runs that were there already and were left alone.
    pub runs_kept: usize,
    pub metric_points: usize,
    pub artifacts: usize,
    pub models: usize,
}

/// Why the demo was not written, or not to its end.
#[derive(Debug, thiserror::Error)]
pub enum DemoError {
    #[error(
        "an experiment named `{name}` is in the workspace and is not the demo's; rename it, or use another workspace"
    )]
    NameTaken { name: String },
    #[error("the demo's experiment `{name}` is in the bin; restore it first")]
    InBin { name: String },
    #[error("stopped after {runs} runs; filling again adds the rest")]
    Cancelled { runs: usize },
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("an artifact could not be written: {0}")]
    Artifact(#[from] std::io::Error),
    #[error("a picture could not be drawn: {0}")]
    Picture(#[from] image::ImageError),
}

/// Fills the workspace. `progress` gets the part done, from 0 to 1, and the name of the run being written; it returns
/// whether to go on.
pub fn fill(
    store: &Store,
    options: DemoOptions,
    progress: &dyn Fn(f32, &str) -> bool,
) -> Result<DemoReport, DemoError> {
    let DemoOptions { seed, now_ms } = options;
    let experiments = [baselines::plan(seed, now_ms), tuning::plan(seed, now_ms), deep::plan(seed, now_ms)];
    write::Writer::new(store, options, progress).write(&experiments)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test that fails here has failed")]

    use std::collections::BTreeSet;

    use super::plan::{ExperimentPlan, Files, RunPlan};
    use super::*;
    use crate::domain::RunStatus;

    const NOW: i64 = 1_780_000_000_000;

    fn plans() -> [ExperimentPlan; 3] {
        [baselines::plan(DEFAULT_SEED, NOW), tuning::plan(DEFAULT_SEED, NOW), deep::plan(DEFAULT_SEED, NOW)]
    }

    fn all_runs(plans: &[ExperimentPlan]) -> Vec<&RunPlan> {
        plans.iter().flat_map(|plan| &plan.runs).collect()
    }

    #[test]
    fn there_are_sixty_runs_with_every_status_and_kind_of_file() {
        let plans = plans();
        let runs = all_runs(&plans);
        assert_eq!(runs.len(), 60);
        for status in RunStatus::ALL {
            assert!(runs.iter().any(|run| run.status == status), "{status:?}");
        }
        for kind in [Files::None, Files::FailureLog, Files::Evaluation, Files::Search, Files::Training] {
            assert!(runs.iter().any(|run| run.files == kind), "{kind:?}");
        }
        assert!(runs.iter().filter(|run| run.parent.is_some()).count() >= 30);
    }

    #[test]
    fn some_series_are_long_and_some_are_not_finite() {
        let plans = plans();
        let series: Vec<_> = all_runs(&plans).into_iter().flat_map(|run| &run.series).collect();
        assert!(series.iter().any(|series| series.points.len() == 120_000));
        assert!(series.iter().any(|series| series.points.iter().any(|point| point.value.is_nan())));
        assert!(series.iter().any(|series| series.points.iter().any(|point| point.value.is_infinite())));
    }

    #[test]
    fn runs_are_told_apart_by_name_and_children_follow_their_parent() {
        for plan in plans() {
            let mut seen = BTreeSet::new();
            for run in &plan.runs {
                assert!(run.parent.as_ref().is_none_or(|parent| seen.contains(parent)), "{}", run.name);
                assert!(seen.insert(run.name.clone()), "{} twice in {}", run.name, plan.name);
            }
        }
    }

    #[test]
    fn times_are_in_order_and_not_in_the_future() {
        for run in all_runs(&plans()) {
            assert!(run.started_at <= NOW, "{}", run.name);
            assert!(run.ended_at.is_none_or(|ended| run.started_at <= ended && ended <= NOW), "{}", run.name);
            assert_eq!(run.ended_at.is_some(), run.status.is_terminal(), "{}", run.name);
            for series in &run.series {
                assert!(!series.points.is_empty(), "{}: {}", run.name, series.key);
                assert!(series.points.iter().all(|point| point.timestamp <= NOW), "{}: {}", run.name, series.key);
                assert!(series.points.windows(2).all(|pair| pair[0].step < pair[1].step), "{}", series.key);
            }
        }
    }

    #[test]
    fn every_file_is_made_and_no_two_share_a_path() {
        for plan in plans() {
            for run in &plan.runs {
                let files = files::files(run, &plan.runs, DEFAULT_SEED).unwrap();
                let paths: BTreeSet<&String> = files.iter().map(|file| &file.0).collect();
                assert_eq!(paths.len(), files.len(), "{}", run.name);
                assert!(files.iter().all(|file| !file.1.is_empty()), "{}", run.name);
            }
        }
    }

    #[test]
    fn the_same_seed_gives_the_same_demo() {
        let names = |seed| {
            let plan = tuning::plan(seed, NOW);
            plan.runs.iter().map(|run| (run.params.clone(), run.last("val_rmse").map(f64::to_bits))).collect::<Vec<_>>()
        };
        assert_eq!(names(1), names(1));
        assert_ne!(names(1), names(2));
    }
}
