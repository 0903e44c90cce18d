//! Logged models.

use super::*;
use crate::domain::{DatasetRef, LoggedModelId, LoggedModelStatus, NewLoggedModel};
use crate::store::StoreErrorKind;

fn new_model(name: Option<&str>) -> NewLoggedModel {
    NewLoggedModel {
        name: name.map(str::to_owned),
        model_type: "agent".into(),
        source_run_id: None,
        params: vec![param("p", "v")],
        tags: vec![tag("t", "v")],
    }
}

#[test]
fn a_model_is_created_pending_and_finished_later() {
    let store = workspace();
    let model = store.create_logged_model(&ada(), ExperimentId::DEFAULT, new_model(Some("mod"))).unwrap();
    assert!(model.id.as_str().starts_with("m-") && model.id.as_str().len() == 34);
    assert_eq!(model.artifact_uri, format!("mlflow-artifacts:/0/models/{}/artifacts", model.id));
    assert_eq!((model.status, model.name.as_str()), (LoggedModelStatus::Pending, "mod"));
    assert_eq!((model.params.as_slice(), model.tags.as_slice()), (&[param("p", "v")][..], &[tag("t", "v")][..]));
    let ready = store.set_logged_model_status(&ada(), &model.id, LoggedModelStatus::Ready).unwrap();
    assert_eq!(ready.status, LoggedModelStatus::Ready);
    assert_eq!(store.logged_model(&model.id).unwrap(), ready);
    let nameless = store.create_logged_model(&ada(), ExperimentId::DEFAULT, new_model(None)).unwrap();
    assert_eq!(nameless.name.split('-').count(), 3);
    let error = refused(store.create_logged_model(&ada(), ExperimentId::DEFAULT, new_model(Some("a/b"))));
    assert!(error.message.starts_with("Invalid model name ('a/b') provided."));
}

#[test]
fn a_deleted_model_is_unknown_and_deleting_twice_is_no_error() {
    let store = workspace();
    let model = store.create_logged_model(&ada(), ExperimentId::DEFAULT, new_model(None)).unwrap();
    store.delete_logged_model(&ada(), &model.id).unwrap();
    store.delete_logged_model(&ada(), &model.id).unwrap();
    let error = refused(store.logged_model(&model.id));
    assert_eq!(error.kind, StoreErrorKind::NotFound);
    assert_eq!(error.message, format!("Logged model with ID '{}' not found.", model.id));
    assert!(store.delete_logged_model(&ada(), &LoggedModelId::new("m-0")).is_err());
}

#[test]
fn tags_change_and_params_do_not() {
    let store = workspace();
    let id = store.create_logged_model(&ada(), ExperimentId::DEFAULT, new_model(None)).unwrap().id;
    let model = store.set_logged_model_tags(&ada(), &id, &[tag("x", "y"), tag("t", "w")]).unwrap();
    assert_eq!(model.tags, [tag("t", "w"), tag("x", "y")]);
    store.delete_logged_model_tag(&ada(), &id, "x").unwrap();
    let error = refused(store.delete_logged_model_tag(&ada(), &id, "x"));
    assert_eq!(error.message, format!("No tag with key 'x' found for model with ID '{id}'."));
    store.log_logged_model_params(&ada(), &id, &[param("p", "v"), param("q", "1")]).unwrap();
    assert!(store.log_logged_model_params(&ada(), &id, &[param("r", "1"), param("p", "w")]).is_err());
    assert_eq!(store.logged_model(&id).unwrap().params, [param("p", "v"), param("q", "1")]);
}

#[test]
fn metrics_on_a_model_belong_to_the_run_and_to_the_model() {
    let store = workspace();
    let run = store.new_run();
    let id = store.create_logged_model(&ada(), ExperimentId::DEFAULT, new_model(None)).unwrap().id;
    let measured = Metric {
        model_id: Some(id.clone()),
        dataset: Some(DatasetRef { name: "ds".into(), digest: "d1".into() }),
        ..metric("acc", point(3, 5, 0.5))
    };
    let plain = Metric { model_id: Some(id.clone()), ..metric("nan", point(0, 1, f64::NAN)) };
    store.log_batch(&ada(), &run, &[measured.clone(), plain], &[], &[]).unwrap();
    store.log_metric(&ada(), &run, &measured).unwrap();
    let metrics = store.logged_model(&id).unwrap().metrics;
    assert_eq!(metrics.len(), 2);
    assert_eq!((&metrics[0].metric, &metrics[0].run_id), (&measured, &run));
    assert!(metrics[1].metric.point.value.is_nan() && metrics[1].metric.dataset.is_none());
    assert_eq!(store.metric_points(&run, "acc", None).unwrap(), [point(3, 5, 0.5)]);
}
