//! Datasets and models that runs read and wrote.

use super::*;
use crate::domain::{Dataset, DatasetInput, DatasetSummary, LoggedModelId, ModelOutput};

fn dataset(name: &str, context: Option<&str>) -> DatasetInput {
    DatasetInput {
        dataset: Dataset {
            name: name.to_owned(),
            digest: "d1".to_owned(),
            source_type: "code".to_owned(),
            source: "{}".to_owned(),
            schema: Some("{}".to_owned()),
            profile: None,
        },
        tags: context.map(|context| tag("mlflow.data.context", context)).into_iter().collect(),
    }
}

#[test]
fn inputs_and_outputs_are_kept_in_order_and_once() {
    let store = workspace();
    let run = store.new_run();
    let (first, second) = (dataset("zz", Some("train")), dataset("aa", None));
    let model = LoggedModelId::new("m-1");
    for _ in 0..2 {
        store.log_inputs(&ada(), &run, &[first.clone(), second.clone()], std::slice::from_ref(&model)).unwrap();
        let output = ModelOutput { model_id: model.clone(), step: 3 };
        store.log_outputs(&ada(), &run, &[output]).unwrap();
    }
    let read = store.run(&run).unwrap();
    assert_eq!(read.datasets, [first, second]);
    assert_eq!(read.model_inputs, std::slice::from_ref(&model));
    assert_eq!(read.model_outputs, [ModelOutput { model_id: model, step: 3 }]);
}

#[test]
fn logging_the_same_inputs_again_is_no_change() {
    let store = workspace();
    let run = store.new_run();
    store.log_inputs(&ada(), &run, &[dataset("ds", Some("train"))], &[]).unwrap();
    let before = store.revision();
    store.log_inputs(&ada(), &run, &[dataset("ds", Some("train"))], &[]).unwrap();
    assert_eq!(store.revision(), before);
    store.log_inputs(&ada(), &run, &[dataset("ds", Some("eval"))], &[]).unwrap();
    assert_eq!(store.run(&run).unwrap().datasets[0].tags, [tag("mlflow.data.context", "eval")]);
}

#[test]
fn datasets_are_listed_once_for_each_context() {
    let store = workspace();
    for context in [Some("train"), Some("eval"), Some("train"), None] {
        let run = store.new_run();
        store.log_inputs(&ada(), &run, &[dataset("ds", context)], &[]).unwrap();
    }
    let binned = store.new_run();
    store.log_inputs(&ada(), &binned, &[dataset("gone", None)], &[]).unwrap();
    store.delete_runs(&ada(), &[binned]).unwrap();
    let found = store.search_datasets(&[ExperimentId::DEFAULT]).unwrap();
    let summary = |context: Option<&str>| DatasetSummary {
        experiment_id: ExperimentId::DEFAULT,
        name: "ds".into(),
        digest: "d1".into(),
        context: context.map(str::to_owned),
    };
    assert_eq!(found, [summary(None), summary(Some("eval")), summary(Some("train"))]);
}

#[test]
fn at_most_a_thousand_datasets_are_listed() {
    let store = workspace();
    let run = store.new_run();
    let many: Vec<DatasetInput> = (0..1_001).map(|number| dataset(&format!("{number:04}"), None)).collect();
    store.log_inputs(&ada(), &run, &many, &[]).unwrap();
    let found = store.search_datasets(&[ExperimentId::DEFAULT]).unwrap();
    assert_eq!((found.len(), found[999].name.as_str()), (1_000, "0999"));
}
