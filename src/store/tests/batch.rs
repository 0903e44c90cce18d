//! What clients log on runs, and what is refused.

use super::*;
use crate::domain::{DatasetRef, LoggedModelId};
use crate::store::StoreErrorKind;

#[test]
fn params_metrics_and_tags_keep_the_order_in_which_they_came() {
    let store = workspace();
    let id = store.new_run();
    store.log_param(&ada(), &id, &param("z", "1")).unwrap();
    store.log_metric(&ada(), &id, &metric("loss", point(0, 1, 1.0))).unwrap();
    store
        .log_batch(
            &ada(),
            &id,
            &[metric("b", point(0, 1, 1.0)), metric("a", point(0, 1, 1.0)), metric("b", point(1, 2, 2.0))],
            &[param("y", "2"), param("x", "3")],
            &[tag("t2", "1"), tag("t1", "1")],
        )
        .unwrap();
    store.set_tag(&ada(), &id, &tag("t2", "again")).unwrap();
    let run = store.run(&id).unwrap();
    let (metrics, params, tags) = keys_of(&run);
    assert_eq!(metrics, ["loss", "b", "a"]);
    assert_eq!(params, ["z", "y", "x"]);
    assert_eq!(tags, ["mlflow.runName", "t2", "t1"]);
}

#[test]
fn a_param_can_be_logged_again_but_not_changed() {
    let store = workspace();
    let id = store.new_run();
    store.log_param(&ada(), &id, &param("p", "1")).unwrap();
    store.log_param(&ada(), &id, &param("p", "1")).unwrap();
    let error = refused(store.log_param(&ada(), &id, &param("p", "2")));
    assert_eq!(error.kind, StoreErrorKind::InvalidParameter);
    assert_eq!(
        error.message,
        format!(
            "Changing param values is not allowed. Param with key='p' was already logged with value='1' for run \
             ID='{id}'. Attempted logging new value '2'."
        )
    );
}

#[test]
fn a_batch_with_one_bad_param_stores_nothing() {
    let store = workspace();
    let id = store.new_run();
    store.log_param(&ada(), &id, &param("p", "1")).unwrap();
    let before = store.run(&id).unwrap();
    let error = refused(store.log_batch(
        &ada(),
        &id,
        &[metric("atom", point(0, 1, 1.0))],
        &[param("fresh", "1"), param("p", "zzz")],
        &[tag("atomt", "1")],
    ));
    assert_eq!(
        error.message,
        format!(
            "Changing param values is not allowed. Params were already logged='[{{'key': 'p', 'old_value': '1', \
             'new_value': 'zzz'}}]' for run ID='{id}'."
        )
    );
    assert_eq!(store.run(&id).unwrap(), before);
    assert!(store.metric_points(&id, "atom", None).unwrap().is_empty());
    let error = refused(store.log_batch(&ada(), &id, &[], &[param("d", "1"), param("d", "1")], &[]));
    assert!(error.message.starts_with("Duplicate parameter keys have been submitted: ['d']."));
}

#[test]
fn bad_keys_are_named_by_their_place_in_the_batch() {
    let store = workspace();
    let id = store.new_run();
    let metrics = [metric("ok", point(0, 1, 1.0)), metric("a#b", point(0, 1, 1.0))];
    let error = refused(store.log_batch(&ada(), &id, &metrics, &[], &[]));
    assert!(error.message.starts_with("Invalid value \"a#b\" for parameter 'metrics[1].name' supplied"));
    let error = refused(store.log_metric(&ada(), &id, &metric("m", point(0, -1, 1.5))));
    assert!(error.message.starts_with("Invalid value -1 for parameter 'timestamp' supplied"));
}

#[test]
fn long_values_are_cut_as_mlflow_cuts_them() {
    let store = workspace();
    let id = store.new_run();
    store.log_param(&ada(), &id, &param("p", &"ü".repeat(6_001))).unwrap();
    store.set_tag(&ada(), &id, &tag("t", &"x".repeat(8_001))).unwrap();
    store.set_tag(&ada(), &id, &tag("nul", "a\0b")).unwrap();
    let run = store.run(&id).unwrap();
    assert_eq!(run.params[0].value.chars().count(), 6_000);
    assert_eq!(run.tag("t").unwrap().len(), 8_000);
    assert_eq!(run.tag("nul"), Some("a\0b"));
}

#[test]
fn the_latest_metric_is_the_one_of_the_highest_step_then_time_then_value() {
    let store = workspace();
    let id = store.new_run();
    for logged in [
        point(0, 1000, 1.5),
        point(0, 1000, 1.5),
        point(1, 1001, 2.5),
        point(1, 900, 9.0),
        point(1, 1001, 2.0),
        point(-3, 5000, 7.0),
    ] {
        store.log_metric(&ada(), &id, &metric("m", logged)).unwrap();
    }
    let summary = store.run(&id).unwrap().metrics[0].clone();
    assert_eq!((summary.count, summary.nan_count), (5, 0));
    assert_eq!((summary.first, summary.last), (point(-3, 5000, 7.0), point(1, 1001, 2.5)));
    assert_eq!((summary.min, summary.max), (Some(point(0, 1000, 1.5)), Some(point(1, 900, 9.0))));
    let history = store.metric_history(&id, "m", 0, 100).unwrap();
    assert_eq!(
        history.items,
        [point(1, 900, 9.0), point(0, 1000, 1.5), point(1, 1001, 2.0), point(1, 1001, 2.5), point(-3, 5000, 7.0)]
    );
}

#[test]
fn nan_and_infinities_survive() {
    let store = workspace();
    let id = store.new_run();
    let values = [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, f64::NAN];
    for (step, value) in values.into_iter().enumerate() {
        store.log_metric(&ada(), &id, &metric("m", point(step as i64, 1, value))).unwrap();
    }
    store.log_metric(&ada(), &id, &metric("nan", point(0, 1, f64::NAN))).unwrap();
    store.log_metric(&ada(), &id, &metric("nan", point(0, 1, f64::NAN))).unwrap();
    let points = store.metric_points(&id, "m", None).unwrap();
    assert!(points[0].value.is_nan());
    assert_eq!((points[1].value, points[2].value), (f64::INFINITY, f64::NEG_INFINITY));
    let run = store.run(&id).unwrap();
    assert_eq!((run.metrics[0].count, run.metrics[0].nan_count), (4, 2));
    assert!(run.metrics[0].last.value.is_nan());
    assert_eq!(run.metrics[0].max, Some(point(1, 1, f64::INFINITY)));
    assert_eq!((run.metrics[1].count, run.metrics[1].min, run.metrics[1].max), (1, None, None));
}

#[test]
fn what_changes_nothing_is_no_change() {
    let store = workspace();
    let id = store.new_run();
    let batch = || {
        store.log_batch(&ada(), &id, &[metric("m", point(0, 1, 1.0))], &[param("p", "1")], &[tag("t", "1")]).unwrap();
    };
    batch();
    let (revision, lines) = (store.revision(), store.history_lines().len());
    batch();
    assert_eq!((store.revision(), store.history_lines().len()), (revision, lines));
}

#[test]
fn tags_are_edited_on_many_runs_at_once_or_not_at_all() {
    let store = workspace();
    let (first, second) = (store.new_run(), store.new_run());
    store.set_tag(&ada(), &second, &tag("k", "old")).unwrap();
    let edits = [(first.clone(), "k".to_owned(), Some("new".to_owned())), (second.clone(), "k".to_owned(), None)];
    store.edit_tags(&ada(), &edits).unwrap();
    assert_eq!(store.run(&first).unwrap().tag("k"), Some("new"));
    assert_eq!(store.run(&second).unwrap().tag("k"), None);
    store.edit_tags(&ada(), &[(second.clone(), "k".to_owned(), None)]).unwrap();
    store.delete_runs(&ada(), std::slice::from_ref(&second)).unwrap();
    let edits = [(first.clone(), "k".to_owned(), None), (second, "k".to_owned(), Some("x".to_owned()))];
    assert_eq!(refused(store.edit_tags(&ada(), &edits)).kind, StoreErrorKind::InvalidState);
    assert_eq!(store.run(&first).unwrap().tag("k"), Some("new"));
}

#[test]
fn deleting_an_unknown_tag_says_so() {
    let store = workspace();
    let id = store.new_run();
    let error = refused(store.delete_tag(&ada(), &id, "tg"));
    assert_eq!(error.message, format!("No tag with name: tg in run with id {id}"));
    store.set_tag(&ada(), &id, &tag("tg", "1")).unwrap();
    store.delete_tag(&ada(), &id, "tg").unwrap();
    assert_eq!(store.run(&id).unwrap().tag("tg"), None);
}

#[test]
fn the_history_tells_old_and_new_values_but_no_points() {
    let store = workspace();
    let id = store.new_run();
    let lines = store.history_lines().len();
    store.log_metric(&ada(), &id, &metric("m", point(0, 1, 1.0))).unwrap();
    store.log_batch(&ada(), &id, &[], &[param("p", "1"), param("q", "2")], &[tag("t", "1")]).unwrap();
    store.set_tag(&Actor::new("bo", Channel::Window), &id, &tag("t", "2")).unwrap();
    store.delete_tag(&ada(), &id, "t").unwrap();
    assert_eq!(
        store.history_lines().split_off(lines),
        [
            "rest|ada|log|run|params: p, q\ntag \"t\": \"1\"",
            "window|bo|log|run|tag \"t\": \"1\" -> \"2\"",
            "rest|ada|delete tag|run|tag \"t\" removed, was \"2\"",
        ]
    );
}

#[test]
fn a_metric_of_an_unknown_model_is_refused_whole() {
    let store = workspace();
    let id = store.new_run();
    let strange = Metric {
        model_id: Some(LoggedModelId::new("m-0")),
        dataset: Some(DatasetRef { name: "d".into(), digest: "1".into() }),
        ..metric("acc", point(0, 1, 1.0))
    };
    let error = refused(store.log_metric(&ada(), &id, &strange));
    assert_eq!(error.kind, StoreErrorKind::InvalidParameter);
    assert!(store.metric_points(&id, "acc", None).unwrap().is_empty());
}
