//! The folder of a logged model, in MLflow's layout, loadable by `mlflow.pyfunc.load_model` without a pickle in it.

use serde_json::json;

use super::wine;

/// A file of the folder: its path within it, and its content.
pub(super) type ModelFile = (&'static str, String);

/// What the files say of their model.
pub(super) struct ModelCard<'a> {
    pub(super) model_id: &'a str,
    pub(super) run_id: &'a str,
    pub(super) name: &'a str,
    /// Added to each prediction.
    pub(super) shift: f64,
    /// When it was made, Unix milliseconds.
    pub(super) created_at: i64,
}

/// All files of a model's folder; `MLmodel` comes last, since its presence says that the model is whole.
pub(super) fn files(card: &ModelCard<'_>) -> Vec<ModelFile> {
    let coefficients: serde_json::Map<String, serde_json::Value> =
        wine::COLUMNS.iter().map(|column| (column.name.to_owned(), json!(column.weight))).collect();
    let weights = json!({ "intercept": wine::INTERCEPT + card.shift, "coefficients": coefficients });
    let row: Vec<f64> = vec![6.9, 0.28, 0.33, 6.4, 0.045, 35.0, 138.0, 0.994, 3.19, 0.49, 10.5];
    let example = json!({ "columns": wine::COLUMNS.map(|column| column.name), "data": [row] });
    vec![
        ("weights.json", pretty(&weights)),
        ("code/wine_model.py", include_str!("../../assets/demo/wine_model.py").to_owned()),
        ("input_example.json", pretty(&example)),
        ("requirements.txt", "mlflow==3.17.2\npandas==2.3.3\n".to_owned()),
        (
            "python_env.yaml",
            "python: 3.12.8\nbuild_dependencies:\n- pip==25.0\n- setuptools\n- wheel\ndependencies:\n- -r \
             requirements.txt\n"
                .to_owned(),
        ),
        (
            "conda.yaml",
            "channels:\n- conda-forge\ndependencies:\n- python=3.12.8\n- pip<=25.0\n- pip:\n  - mlflow==3.17.2\n  - \
             pandas==2.3.3\nname: mlflow-env\n"
                .to_owned(),
        ),
        ("MLmodel", ml_model(card)),
    ]
}

fn ml_model(card: &ModelCard<'_>) -> String {
    let inputs: Vec<_> =
        wine::COLUMNS.iter().map(|c| json!({"type": "double", "name": c.name, "required": true})).collect();
    let inputs = json!(inputs).to_string();
    let created = jiff::Timestamp::from_millisecond(card.created_at)
        .map(|time| time.strftime("%Y-%m-%d %H:%M:%S.%6f").to_string())
        .unwrap_or_default();
    let ModelCard { model_id, run_id, name, .. } = card;
    format!(
        "artifact_path: {name}\nflavors:\n  python_function:\n    code: code\n    data: weights.json\n    env:\n      conda: \
         conda.yaml\n      virtualenv: python_env.yaml\n    loader_module: wine_model\n    python_version: \
         3.12.8\nmlflow_version: 3.17.2\nmodel_id: {model_id}\nmodel_uuid: {model_id}\nrun_id: {run_id}\nsaved_input_example_info:\n  \
         artifact_path: input_example.json\n  pandas_orient: split\n  type: dataframe\nsignature:\n  inputs: '{inputs}'\n  \
         outputs: '[{{\"type\": \"double\", \"required\": true}}]'\n  params: null\nutc_time_created: '{created}'\n"
    )
}

/// JSON as people read it.
pub(super) fn pretty(value: &serde_json::Value) -> String {
    // `{:#}` of a JSON value is indented JSON.
    format!("{value:#}\n")
}
