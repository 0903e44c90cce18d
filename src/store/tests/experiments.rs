//! Experiments, their tags and their bin.

use super::*;
use crate::domain::LifecycleStage;
use crate::store::StoreErrorKind;

#[test]
fn a_new_workspace_has_the_default_experiment() {
    let store = workspace();
    let default = store.experiment(ExperimentId::DEFAULT).unwrap();
    assert_eq!(default.name, "Default");
    assert_eq!(default.artifact_location, "mlflow-artifacts:/0");
    assert_eq!(default.lifecycle_stage, LifecycleStage::Active);
}

#[test]
fn experiments_are_numbered_and_found_by_id_and_name() {
    let store = workspace();
    let new = NewExperiment { name: "wine".into(), artifact_location: None, tags: vec![tag("b", "1"), tag("a", "2")] };
    let id = store.create_experiment(&ada(), new).unwrap();
    assert_eq!(id, ExperimentId(1));
    let found = store.experiment_by_name("wine").unwrap();
    assert_eq!(found, store.experiment(id).unwrap());
    assert_eq!(found.artifact_location, "mlflow-artifacts:/1");
    assert_eq!(found.tags, [tag("b", "1"), tag("a", "2")], "tags keep their order");
    let elsewhere =
        NewExperiment { name: "elsewhere".into(), artifact_location: Some("s3://bucket/loc".into()), tags: Vec::new() };
    let id = store.create_experiment(&ada(), elsewhere).unwrap();
    assert_eq!(store.experiment(id).unwrap().artifact_location, "s3://bucket/loc");
}

#[test]
fn unknown_experiments_are_said_in_mlflows_words() {
    let store = workspace();
    let error = refused(store.experiment(ExperimentId(99_999)));
    assert_eq!((error.kind, error.message.as_str()), (StoreErrorKind::NotFound, "No Experiment with id=99999 exists"));
    let error = refused(store.experiment_by_name("nope"));
    assert_eq!(error.message, "Could not find experiment with name 'nope'");
}

#[test]
fn a_name_is_taken_even_in_the_bin() {
    let store = workspace();
    let id = store.experiment_named("wine");
    let again = || NewExperiment { name: "wine".into(), ..NewExperiment::default() };
    let error = refused(store.create_experiment(&ada(), again()));
    assert_eq!(error.kind, StoreErrorKind::AlreadyExists);
    assert!(error.message.starts_with("Experiment(name=wine) already exists."));
    store.delete_experiment(&ada(), id).unwrap();
    let error = refused(store.create_experiment(&ada(), again()));
    assert!(error.message.contains("in the bin"));
    let error = refused(store.rename_experiment(&ada(), ExperimentId::DEFAULT, "wine"));
    assert_eq!(error.kind, StoreErrorKind::AlreadyExists);
}

#[test]
fn artifacts_may_not_be_put_on_the_servers_disk() {
    let store = workspace();
    for location in ["file:///etc", "/etc", "relative/path", "mlflow-artifacts:/../../x", "runs:/x", "http://host/x"] {
        let new = NewExperiment { name: "bad".into(), artifact_location: Some(location.to_owned()), tags: Vec::new() };
        let error = refused(store.create_experiment(&ada(), new));
        assert_eq!(error.kind, StoreErrorKind::InvalidParameter, "{location}");
    }
    assert!(store.experiment_by_name("bad").is_err());
}

#[test]
fn deleting_takes_active_runs_along_and_restoring_brings_just_those_back() {
    let store = workspace();
    let id = store.experiment_named("wine");
    let (kept, binned_before) = (store.new_run_in(id), store.new_run_in(id));
    store.delete_runs(&ada(), std::slice::from_ref(&binned_before)).unwrap();
    store.delete_experiment(&ada(), id).unwrap();
    assert_eq!(store.experiment(id).unwrap().lifecycle_stage, LifecycleStage::Deleted);
    assert_eq!(store.run(&kept).unwrap().info.lifecycle_stage, LifecycleStage::Deleted);
    let error = refused(store.create_run(&ada(), id, NewRun::default()));
    assert_eq!(error.message, "The experiment 1 must be in the 'active' state. Current state is deleted.");
    assert_eq!(refused(store.delete_experiment(&ada(), id)).kind, StoreErrorKind::NotFound);
    assert_eq!(refused(store.rename_experiment(&ada(), id, "x")).message, "Cannot rename a non-active experiment.");
    assert_eq!(refused(store.set_experiment_tag(&ada(), id, &tag("a", "b"))).kind, StoreErrorKind::InvalidState);

    store.restore_experiment(&ada(), id).unwrap();
    assert_eq!(store.run(&kept).unwrap().info.lifecycle_stage, LifecycleStage::Active);
    assert_eq!(store.run(&binned_before).unwrap().info.lifecycle_stage, LifecycleStage::Deleted);
    assert_eq!(refused(store.restore_experiment(&ada(), id)).message, "No Experiment with id=1 exists");
}

#[test]
fn tags_are_set_replaced_and_removed() {
    let store = workspace();
    let id = store.experiment_named("wine");
    store.set_experiment_tag(&ada(), id, &tag("k", "1")).unwrap();
    store.set_experiment_tag(&ada(), id, &tag("k", "2")).unwrap();
    assert_eq!(store.experiment(id).unwrap().tags, [tag("k", "2")]);
    store.delete_experiment_tag(&ada(), id, "k").unwrap();
    assert!(store.experiment(id).unwrap().tags.is_empty());
    let error = refused(store.delete_experiment_tag(&ada(), id, "k"));
    assert_eq!(error.message, "No tag with name: k in experiment with id 1");
}

#[test]
fn active_runs_are_counted() {
    let store = workspace();
    let id = store.experiment_named("wine");
    let run = store.new_run_in(id);
    store.new_run_in(id);
    store.delete_runs(&ada(), &[run]).unwrap();
    assert_eq!(store.run_counts().unwrap(), [(ExperimentId::DEFAULT, 0), (id, 1)]);
}

#[test]
fn every_change_leaves_a_line_in_the_history_and_refused_ones_none() {
    let store = workspace();
    let id = store.experiment_named("wine");
    store.rename_experiment(&ada(), id, "wine 2").unwrap();
    store.set_experiment_tag(&ada(), id, &tag("k", "1")).unwrap();
    refused(store.delete_experiment_tag(&ada(), id, "zz"));
    store.delete_experiment(&ada(), id).unwrap();
    assert_eq!(
        store.history_lines(),
        [
            "rest|ada|create|experiment|wine",
            "rest|ada|rename|experiment|\"wine\" -> \"wine 2\"",
            "rest|ada|set tag|experiment|tag \"k\": \"1\"",
            "rest|ada|delete|experiment|with 0 runs",
        ]
    );
}
