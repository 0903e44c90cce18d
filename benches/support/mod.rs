//! Workspaces of the sizes that the benches need.
#![expect(clippy::unwrap_used, reason = "a bench that cannot prepare its data has nothing to measure")]

use std::path::Path;

use proofmark::domain::{
    Actor, Channel, ExperimentId, LifecycleStage, MetricPoint, NewExperiment, Param, RunId, RunStatus, Tag,
};
use proofmark::store::{ImportedRun, OpenMode, Store};

/// Threads that fill, so that commits are shared.
const FILLERS: usize = 16;

/// How many keys each run gets of each kind.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Width {
    pub(crate) metrics: usize,
    pub(crate) params: usize,
}

/// An open workspace in `folder` with an experiment of `runs` runs.
pub(crate) fn workspace(folder: &Path, runs: usize, width: Width) -> (Store, ExperimentId) {
    let store = Store::open(folder, OpenMode::CreateOrOpen).unwrap();
    let actor = Actor::new("bench", Channel::Import);
    let new = NewExperiment { name: format!("{runs} runs"), ..NewExperiment::default() };
    let experiment = store.create_experiment(&actor, new).unwrap();
    std::thread::scope(|scope| {
        for filler in 0..FILLERS {
            let (store, actor) = (&store, &actor);
            scope.spawn(move || {
                for number in (filler..runs).step_by(FILLERS) {
                    store.import_run(actor, run(number, experiment, width)).unwrap();
                }
            });
        }
    });
    (store, experiment)
}

fn run(number: usize, experiment_id: ExperimentId, width: Width) -> ImportedRun {
    let started_at = 1_700_000_000_000 + number as i64 * 60_000;
    // Spread evenly and without order, the same in every run of the bench.
    let value = |key: usize| ((number * 7919 + key * 104_729) % 10_007) as f64 / 10_007.0;
    let point = |key| MetricPoint { step: 0, timestamp: started_at, value: value(key) };
    ImportedRun {
        id: RunId::new(format!("{number:032x}")),
        experiment_id,
        name: format!("run-{number:05}"),
        user: "bench".to_owned(),
        status: RunStatus::Finished,
        started_at: Some(started_at),
        ended_at: Some(started_at + 50_000),
        lifecycle_stage: LifecycleStage::Active,
        artifact_uri: None,
        params: (0..width.params)
            .map(|key| Param { key: format!("p{key}"), value: format!("{}", (number + key) % 100) })
            .collect(),
        tags: vec![Tag { key: "team".to_owned(), value: format!("t{}", number % 7) }],
        metrics: (0..width.metrics).map(|key| (format!("m{key}"), vec![point(key)])).collect(),
        datasets: Vec::new(),
        model_inputs: Vec::new(),
        model_outputs: Vec::new(),
    }
}
