//! Runs, their bin, their rows, and reading them together.

use std::sync::Arc;

use super::*;
use crate::domain::{LifecycleStage, RunStatus, RunUpdate, ViewType};
use crate::store::StoreErrorKind;

fn named(name: Option<&str>, tags: Vec<Tag>) -> NewRun {
    NewRun { name: name.map(str::to_owned), user: "u".into(), started_at: Some(1_234_567), tags }
}

#[test]
fn a_run_is_created_with_its_name_as_the_last_tag() {
    let store = workspace();
    let new = named(Some("rn"), vec![tag("mlflow.user", "u"), tag("t", "1")]);
    let run = store.create_run(&ada(), ExperimentId::DEFAULT, new).unwrap();
    assert_eq!(run.tags, [tag("mlflow.user", "u"), tag("t", "1"), tag("mlflow.runName", "rn")]);
    assert_eq!(run.info.status, RunStatus::Running);
    assert_eq!(run.info.artifact_uri, format!("mlflow-artifacts:/0/{}/artifacts", run.info.id));
    assert_eq!(*store.run(&run.info.id).unwrap(), run);
}

#[test]
fn a_nameless_run_is_named_after_its_tag_or_at_random() {
    let store = workspace();
    let tagged = named(None, vec![tag("mlflow.runName", "tagged")]);
    assert_eq!(store.create_run(&ada(), ExperimentId::DEFAULT, tagged).unwrap().info.name, "tagged");
    let run = store.create_run(&ada(), ExperimentId::DEFAULT, NewRun::default()).unwrap();
    assert_eq!(run.info.name.split('-').count(), 3);
    assert_eq!(run.tag("mlflow.runName"), Some(run.info.name.as_str()));
    let mismatch = named(Some("a"), vec![tag("mlflow.runName", "b")]);
    let error = refused(store.create_run(&ada(), ExperimentId::DEFAULT, mismatch));
    assert_eq!(
        error.message,
        "Both 'run_name' argument and 'mlflow.runName' tag are specified, but with different values (run_name='a', \
         mlflow.runName='b')."
    );
}

#[test]
fn name_and_name_tag_stay_in_step() {
    let store = workspace();
    let id = store.new_run();
    store.set_tag(&ada(), &id, &tag("mlflow.runName", "renamed")).unwrap();
    assert_eq!(store.run(&id).unwrap().info.name, "renamed");
    let update = RunUpdate { name: Some("new".into()), ..RunUpdate::default() };
    assert_eq!(store.update_run(&ada(), &id, &update).unwrap().name, "new");
    assert_eq!(store.run(&id).unwrap().tag("mlflow.runName"), Some("new"));
    store.edit_tags(&ada(), &[(id.clone(), "mlflow.runName".into(), Some("again".into()))]).unwrap();
    assert_eq!(store.run(&id).unwrap().info.name, "again");
}

#[test]
fn an_update_changes_what_it_names_and_nothing_else() {
    let store = workspace();
    let id = store.new_run();
    let name = store.run(&id).unwrap().info.name.clone();
    let update = RunUpdate { status: Some(RunStatus::Finished), ended_at: Some(9_999), name: None };
    let info = store.update_run(&ada(), &id, &update).unwrap();
    assert_eq!((info.status, info.ended_at, info.name.as_str()), (RunStatus::Finished, Some(9_999), name.as_str()));
    assert_eq!(store.run(&id).unwrap().info, info);
    let before = store.revision();
    store.update_run(&ada(), &id, &RunUpdate::default()).unwrap();
    assert_eq!(store.revision(), before, "an update that changes nothing is no change");
}

#[test]
fn a_run_in_the_bin_can_be_read_but_not_changed() {
    let store = workspace();
    let id = store.new_run();
    store.delete_runs(&ada(), std::slice::from_ref(&id)).unwrap();
    store.delete_runs(&ada(), std::slice::from_ref(&id)).unwrap();
    assert_eq!(store.run(&id).unwrap().info.lifecycle_stage, LifecycleStage::Deleted);
    let message = format!("The run {id} must be in the 'active' state. Current state is deleted.");
    let refusals = [
        refused(store.log_metric(&ada(), &id, &metric("m", point(0, 1, 1.0)))),
        refused(store.log_param(&ada(), &id, &param("p", "1"))),
        refused(store.set_tag(&ada(), &id, &tag("t", "1"))),
        refused(store.delete_tag(&ada(), &id, "mlflow.runName")),
        refused(store.log_batch(&ada(), &id, &[], &[], &[])),
        refused(store.log_inputs(&ada(), &id, &[], &[])),
        refused(store.update_run(&ada(), &id, &RunUpdate::default()).map(|_| ())),
    ];
    for refusal in refusals {
        assert_eq!((refusal.kind, refusal.message.as_str()), (StoreErrorKind::InvalidState, message.as_str()));
    }
    store.restore_runs(&ada(), std::slice::from_ref(&id)).unwrap();
    store.restore_runs(&ada(), std::slice::from_ref(&id)).unwrap();
    store.log_param(&ada(), &id, &param("p", "1")).unwrap();
}

#[test]
fn deleting_many_runs_is_all_or_nothing() {
    let store = workspace();
    let id = store.new_run();
    let unknown = RunId::new("eeee");
    let error = refused(store.delete_runs(&ada(), &[id.clone(), unknown]));
    assert_eq!((error.kind, error.message.as_str()), (StoreErrorKind::NotFound, "Run with id=eeee not found"));
    assert_eq!(store.run(&id).unwrap().info.lifecycle_stage, LifecycleStage::Active);
}

#[test]
fn a_run_is_read_once_for_each_state_of_it() {
    let store = workspace();
    let id = store.new_run();
    let first = store.run(&id).unwrap();
    assert!(Arc::ptr_eq(&first, &store.run(&id).unwrap()));
    store.set_tag(&ada(), &id, &tag("t", "1")).unwrap();
    let second = store.run(&id).unwrap();
    assert_eq!(second.tag("t"), Some("1"));
    assert_eq!(first.tag("t"), None, "what was handed out stays as it was");
}

#[test]
fn many_runs_are_loaded_in_the_order_asked_for() {
    let store = workspace();
    let ids: Vec<RunId> = (0..30)
        .map(|number| {
            let id = store.new_run();
            store.log_param(&ada(), &id, &param("n", &number.to_string())).unwrap();
            id
        })
        .collect();
    let loaded = store
        .read(|sql| {
            let mut rows: Vec<(i64, i64)> = sql
                .prepare("SELECT id, revision FROM run ORDER BY id DESC")?
                .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?
                .collect::<rusqlite::Result<_>>()?;
            rows.push((4711, 1));
            store.load_runs(sql, &rows)
        })
        .unwrap();
    let expected: Vec<&RunId> = ids.iter().rev().collect();
    assert_eq!(loaded.iter().map(|run| &run.info.id).collect::<Vec<_>>(), expected);
    assert_eq!(loaded[0].params, [param("n", "29")]);
}

#[test]
fn rows_tell_parent_note_source_and_commit() {
    let store = workspace();
    let parent = store.new_run();
    let tags = vec![
        tag("mlflow.parentRunId", parent.as_str()),
        tag("mlflow.note.content", "hello"),
        tag("mlflow.source.name", "train.py"),
        tag("mlflow.source.git.commit", "abc"),
    ];
    let child = store.create_run(&ada(), ExperimentId::DEFAULT, named(Some("child"), tags)).unwrap();
    let rows = store.run_rows(&[ExperimentId::DEFAULT], ViewType::ActiveOnly).unwrap();
    assert_eq!(rows.len(), 2);
    let row = rows.iter().find(|row| row.info.id == child.info.id).unwrap();
    assert_eq!(row.info, child.info);
    assert_eq!(row.parent.as_ref(), Some(&parent));
    assert!(row.note);
    assert_eq!((row.source.as_deref(), row.git_commit.as_deref()), (Some("train.py"), Some("abc")));
    let row = rows.iter().find(|row| row.info.id == parent).unwrap();
    assert_eq!((row.parent.as_ref(), row.note, row.source.as_deref()), (None, false, None));
}

#[test]
fn rows_changed_since_a_revision_include_those_that_left_the_view() {
    let store = workspace();
    let (first, second) = (store.new_run(), store.new_run());
    let seen = store.revision();
    let all = [ExperimentId::DEFAULT];
    assert!(store.run_rows_since(&all, seen).unwrap().is_empty());
    store.log_metric(&ada(), &second, &metric("m", point(0, 1, 1.0))).unwrap();
    store.delete_runs(&ada(), std::slice::from_ref(&first)).unwrap();
    let changed = store.run_rows_since(&all, seen).unwrap();
    assert_eq!(changed.len(), 2);
    assert!(changed.iter().all(|row| row.revision > seen && row.revision <= store.revision()));
    assert_eq!(store.run_rows(&all, ViewType::ActiveOnly).unwrap().len(), 1);
    assert_eq!(store.run_rows(&all, ViewType::DeletedOnly).unwrap()[0].info.id, first);
    assert_eq!(store.run_rows(&all, ViewType::All).unwrap().len(), 2);
}

#[test]
fn runs_read_together_are_the_same_as_read_one_by_one() {
    let store = workspace();
    let other = store.experiment_named("other");
    let ids: Vec<RunId> = (0..120)
        .map(|number: i64| {
            let id = store.new_run_in(if number % 3 == 0 { other } else { ExperimentId::DEFAULT });
            let metrics =
                [metric(&format!("m{}", number % 5), point(0, 1, number as f64)), metric("all", point(0, 1, 1.0))];
            let params = [param(&format!("p{}", number % 7), "1"), param("all", &number.to_string())];
            store.log_batch(&ada(), &id, &metrics, &params, &[tag("t", "1")]).unwrap();
            id
        })
        .collect();
    store.delete_runs(&ada(), &ids[..2]).unwrap();
    // Openings of their own, so that nothing comes from memory.
    let together = Store::open(store.folder.path(), OpenMode::ReadOnly).unwrap();
    let apart = Store::open(store.folder.path(), OpenMode::ReadOnly).unwrap();
    for step in [1, 2, 7_i64] {
        let loaded = together
            .read(|sql| {
                let rows: Vec<(i64, i64)> = sql
                    .prepare("SELECT id, revision FROM run WHERE id % ?1 = 0 ORDER BY run_id")?
                    .query_map([step], |row| Ok((row.get(0)?, row.get(1)?)))?
                    .collect::<rusqlite::Result<_>>()?;
                together.load_runs(sql, &rows)
            })
            .unwrap();
        assert_eq!(loaded.len() as i64, 120 / step);
        for run in loaded {
            assert_eq!(run, apart.run(&run.info.id).unwrap());
        }
    }
}
