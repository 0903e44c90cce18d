//! Bringing things here from elsewhere, once and again.

use super::*;
use crate::domain::{
    Dataset, DatasetInput, DatasetRef, Experiment, LifecycleStage, LoggedModel, LoggedModelId, LoggedModelStatus,
    ModelOutput, RunStatus,
};
use crate::store::{ImportOutcome, ImportedRun};

fn importer() -> Actor {
    Actor::new("ada", Channel::Import)
}

fn experiment(id: i64, name: &str) -> Experiment {
    Experiment {
        id: ExperimentId(id),
        name: name.to_owned(),
        artifact_location: String::new(),
        lifecycle_stage: LifecycleStage::Active,
        created_at: 5,
        updated_at: 6,
        tags: vec![tag("k", "v")],
    }
}

fn run(experiment_id: ExperimentId) -> ImportedRun {
    ImportedRun {
        id: RunId::new("0123456789abcdef0123456789abcdef"),
        experiment_id,
        name: "old".into(),
        user: "u".into(),
        status: RunStatus::Running,
        started_at: Some(10),
        ended_at: None,
        lifecycle_stage: LifecycleStage::Active,
        artifact_uri: None,
        params: vec![param("p", "1")],
        tags: vec![tag("mlflow.runName", "old")],
        metrics: vec![("m".into(), vec![point(1, 11, 0.5), point(0, 10, 1.0), point(0, 10, 1.0)])],
        datasets: vec![DatasetInput {
            dataset: Dataset {
                name: "ds".into(),
                digest: "d".into(),
                source_type: "s".into(),
                source: "{}".into(),
                schema: None,
                profile: None,
            },
            tags: Vec::new(),
        }],
        model_inputs: vec![LoggedModelId::new("m-1")],
        model_outputs: vec![ModelOutput { model_id: LoggedModelId::new("m-2"), step: 1 }],
    }
}

#[test]
fn an_experiment_keeps_its_id_and_times_where_it_can() {
    let store = workspace();
    assert_eq!(store.import_experiment(&importer(), &experiment(7, "wine"), None).unwrap(), (ExperimentId(7), true));
    let here = store.experiment(ExperimentId(7)).unwrap();
    assert_eq!((here.created_at, here.updated_at, here.artifact_location.as_str()), (5, 6, "mlflow-artifacts:/7"));
    assert_eq!(here.tags, [tag("k", "v")]);
    let (id, new) = store.import_experiment(&importer(), &experiment(7, "other"), None).unwrap();
    assert_eq!((id, new), (ExperimentId(8), true), "the id is taken");
    let (id, new) = store.import_experiment(&importer(), &experiment(3, "wine"), None).unwrap();
    assert_eq!((id, new), (ExperimentId(7), false), "the same name is the same experiment");
    let (id, new) = store.import_experiment(&importer(), &experiment(0, "Default"), None).unwrap();
    assert_eq!((id, new), (ExperimentId::DEFAULT, false));
}

#[test]
fn a_run_is_imported_whole_and_a_second_time_not_at_all() {
    let store = workspace();
    let imported = run(ExperimentId::DEFAULT);
    let outcome = store.import_run(&importer(), imported.clone()).unwrap();
    assert_eq!(outcome, ImportOutcome { created: true, params: 1, tags: 1, points: 2, inputs: 2, outputs: 1 });
    let here = store.run(&imported.id).unwrap();
    assert_eq!((here.info.name.as_str(), here.info.started_at), ("old", Some(10)));
    assert_eq!(here.info.artifact_uri, format!("mlflow-artifacts:/0/{}/artifacts", imported.id));
    assert_eq!((here.metrics[0].count, here.metrics[0].last), (2, point(1, 11, 0.5)));
    assert_eq!(here.datasets, imported.datasets);
    let before = store.revision();
    let outcome = store.import_run(&importer(), imported).unwrap();
    assert!(!outcome.changed());
    assert_eq!(store.revision(), before);
}

#[test]
fn importing_again_adds_what_is_new_and_changes_nothing_else() {
    let store = workspace();
    let mut imported = run(ExperimentId::DEFAULT);
    store.import_run(&importer(), imported.clone()).unwrap();
    store.set_tag(&ada(), &imported.id, &tag("mine", "1")).unwrap();
    imported.params = vec![param("p", "changed there"), param("q", "2")];
    imported.tags.push(tag("mine", "theirs"));
    imported.metrics[0].1.push(point(2, 12, 0.25));
    imported.status = RunStatus::Finished;
    imported.ended_at = Some(99);
    let outcome = store.import_run(&importer(), imported.clone()).unwrap();
    assert_eq!(outcome, ImportOutcome { params: 1, points: 1, ..ImportOutcome::default() });
    let here = store.run(&imported.id).unwrap();
    assert_eq!(here.params, [param("p", "1"), param("q", "2")]);
    assert_eq!(here.tag("mine"), Some("1"));
    assert_eq!((here.info.status, here.info.ended_at), (RunStatus::Finished, Some(99)), "it has ended since");
}

#[test]
fn a_deleted_run_arrives_in_the_bin() {
    let store = workspace();
    let imported = ImportedRun { lifecycle_stage: LifecycleStage::Deleted, ..run(ExperimentId::DEFAULT) };
    store.import_run(&importer(), imported.clone()).unwrap();
    assert_eq!(store.run(&imported.id).unwrap().info.lifecycle_stage, LifecycleStage::Deleted);
}

#[test]
fn an_id_that_could_leave_the_artifact_folder_is_refused() {
    let store = workspace();
    let imported = ImportedRun { id: RunId::new("../../etc"), ..run(ExperimentId::DEFAULT) };
    assert!(store.import_run(&importer(), imported).is_err());
}

#[test]
fn a_model_is_imported_with_its_metrics_once() {
    let store = workspace();
    let imported = run(ExperimentId::DEFAULT);
    store.import_run(&importer(), imported.clone()).unwrap();
    let model = LoggedModel {
        id: LoggedModelId::new("m-0123"),
        experiment_id: ExperimentId::DEFAULT,
        name: "mod".into(),
        artifact_uri: String::new(),
        created_at: 1,
        updated_at: 2,
        status: LoggedModelStatus::Ready,
        model_type: String::new(),
        source_run_id: Some(imported.id.clone()),
        params: vec![param("p", "1")],
        tags: vec![tag("t", "1")],
        metrics: Vec::new(),
    };
    let measured = Metric {
        dataset: Some(DatasetRef { name: "ds".into(), digest: "d".into() }),
        ..metric("acc", point(0, 1, 0.9))
    };
    let metrics = vec![(imported.id.clone(), measured.clone()), (RunId::new("unknown"), measured)];
    let outcome = store.import_logged_model(&importer(), model.clone(), metrics.clone()).unwrap();
    assert_eq!(outcome, ImportOutcome { created: true, params: 1, tags: 1, points: 1, ..ImportOutcome::default() });
    assert!(!store.import_logged_model(&importer(), model.clone(), metrics).unwrap().changed());
    let here = store.logged_model(&model.id).unwrap();
    assert_eq!((here.created_at, here.status, here.metrics.len()), (1, LoggedModelStatus::Ready, 1));
    assert_eq!(here.artifact_uri, "mlflow-artifacts:/0/models/m-0123/artifacts");
}

#[test]
fn a_huge_imported_id_does_not_make_later_ones_huge() {
    let store = workspace();
    let huge = i64::MAX;
    assert_eq!(store.import_experiment(&importer(), &experiment(huge, "wine"), None).unwrap().0, ExperimentId(huge));
    assert_eq!(store.experiment_named("next"), ExperimentId(1));
}
