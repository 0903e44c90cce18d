//! The demo's artifacts: what a run of each kind leaves behind, as paths and bytes.

use std::fmt::Write as _;

use image::ImageError;
use serde_json::json;

use super::dice::Dice;
use super::model::pretty;
use super::pictures;
use super::plan::{Files, RunPlan};
use super::wine::{self, Wine};
use crate::domain::RunStatus;

/// A file: its path below the run's artifacts, and its content.
pub(super) type File = (String, Vec<u8>);

/// The file that is marked as a table for `mlflow.load_table`.
pub(super) const TABLE: &str = "evaluation/examples.json";

/// The artifacts of a run. `siblings` are the other runs of its experiment, for the table of a search.
pub(super) fn files(run: &RunPlan, siblings: &[RunPlan], seed: u64) -> Result<Vec<File>, ImageError> {
    let mut dice = Dice::new(seed, &format!("files of {} at {}", run.name, run.params.len()));
    match run.files {
        Files::None => Ok(Vec::new()),
        Files::FailureLog => Ok(vec![text("logs/error.log", failure_log(run))]),
        Files::Evaluation => evaluation(run, &mut dice),
        Files::Search => search(run, siblings),
        Files::Training => training(run, &mut dice),
    }
}

fn text(path: &str, content: impl Into<String>) -> File {
    (path.to_owned(), content.into().into_bytes())
}

fn evaluation(run: &RunPlan, dice: &mut Dice) -> Result<Vec<File>, ImageError> {
    let error = run.last("test_rmse").unwrap_or(0.75);
    let wines: Vec<Wine> = (0..200).map(|_| Wine::new(dice)).collect();
    let predictions: Vec<(f64, f64)> =
        wines.iter().map(|wine| (wine.quality as f64, wine.quality as f64 + error * dice.normal())).collect();
    let metrics: serde_json::Map<String, serde_json::Value> =
        run.series.iter().filter_map(|series| Some((series.key.clone(), json!(series.points.last()?.value)))).collect();
    let importance: Vec<(&str, f64)> = {
        let mut bars: Vec<(&str, f64)> = wine::COLUMNS
            .iter()
            .map(|column| (column.name, (0.1 + column.weight.abs().ln_1p() * dice.between(0.05, 0.3)) / 3.0))
            .collect();
        bars.sort_by(|a, b| f64::total_cmp(&b.1, &a.1));
        bars
    };
    let mut files = vec![
        text("metrics.json", pretty(&json!(metrics))),
        text("evaluation/predictions.csv", predictions_csv(&wines, &predictions)),
        text(TABLE, examples_json(&wines, &predictions)),
        text("evaluation/feature_importance.csv", importance_csv(&importance)),
        text("plots/feature_importance.svg", pictures::bars_svg("Permutation importance", &importance)),
        ("plots/predicted_against_true.png".to_owned(), pictures::scatter_png(&predictions)?),
        ("plots/confusion.jpg".to_owned(), pictures::heat_map_jpeg(&confusion(&predictions))?),
        text("report.md", report(run, &importance)),
        text("requirements.txt", "mlflow==3.17.2\nnumpy==2.3.5\npandas==2.3.3\nscikit-learn==1.7.2\n"),
        text("logs/train.log", short_log(run)),
    ];
    files.push(("data/sample.parquet".to_owned(), include_bytes!("../../assets/demo/wine-sample.parquet").to_vec()));
    Ok(files)
}

fn search(run: &RunPlan, siblings: &[RunPlan]) -> Result<Vec<File>, ImageError> {
    let trials: Vec<&RunPlan> =
        siblings.iter().filter(|other| other.parent.as_deref() == Some(run.name.as_str())).collect();
    let mut keys: Vec<&str> = Vec::new();
    for (key, _) in trials.iter().flat_map(|trial| &trial.params) {
        if !keys.contains(&key.as_str()) {
            keys.push(key);
        }
    }
    let mut csv = format!("trial,status,val_rmse,{}\n", keys.join(","));
    for trial in &trials {
        let value =
            |key: &&str| trial.params.iter().find(|param| param.0 == **key).map_or("", |param| param.1.as_str());
        let values: Vec<&str> = keys.iter().map(value).collect();
        let score = trial.last("val_rmse").map(|score| score.to_string()).unwrap_or_default();
        // Names of trials hold commas.
        let _infallible = writeln!(csv, "\"{}\",{},{score},{}", trial.name, trial.status.as_str(), values.join(","));
    }
    let best = trials.iter().find(|trial| trial.tags.iter().any(|tag| tag.0 == "best"));
    let settings: serde_json::Map<String, serde_json::Value> = best
        .map(|best| best.params.iter().map(|(key, value)| (key.clone(), json!(value))).collect())
        .unwrap_or_default();
    let scores: Vec<f64> = trials.iter().filter_map(|trial| trial.last("val_rmse")).collect();
    let so_far = run.series.iter().find(|series| series.key == "best_so_far");
    let so_far: Vec<f64> =
        so_far.map(|series| series.points.iter().map(|point| point.value).collect()).unwrap_or_default();
    Ok(vec![
        text("trials.csv", csv),
        text("best_params.json", pretty(&json!(settings))),
        ("plots/trials.png".to_owned(), pictures::curves_png(&[scores, so_far])?),
        text(
            "search_space.yaml",
            "learning_rate: {low: 0.0001, high: 0.4, log: true}\nmax_depth: {low: 3, high: 10}\nsubsample: {low: 0.5, high: 1.0}\n",
        ),
    ])
}

fn training(run: &RunPlan, dice: &mut Dice) -> Result<Vec<File>, ImageError> {
    let curve = |key: &str| -> Vec<f64> {
        let series = run.series.iter().find(|series| series.key == key);
        series.map(|series| series.points.iter().map(|point| point.value).collect()).unwrap_or_default()
    };
    let validation = curve("val/rmse");
    let frames: Vec<f64> = validation.iter().copied().step_by((validation.len() / 16).max(1)).take(16).collect();
    let mut files = vec![
        ("plots/validation.png".to_owned(), pictures::curves_png(std::slice::from_ref(&validation))?),
        ("plots/validation.gif".to_owned(), pictures::animation_gif(&frames)?),
        text("config.yaml", config(run)),
        text("logs/train.log", long_log(run)),
    ];
    if run.status == RunStatus::Finished {
        for part in 1..=3 {
            let bytes: Vec<u8> = (0..8_192).flat_map(|_| dice.bits().to_le_bytes()).collect();
            files.push((format!("checkpoints/part-{part}-of-3.bin"), bytes));
        }
    }
    Ok(files)
}

fn predictions_csv(wines: &[Wine], predictions: &[(f64, f64)]) -> String {
    let mut csv = String::new();
    for column in &wine::COLUMNS {
        csv.push_str(column.name);
        csv.push(',');
    }
    csv.push_str("quality,prediction\n");
    for (wine, (truth, predicted)) in wines.iter().zip(predictions) {
        for value in &wine.values {
            let _infallible = write!(csv, "{value},");
        }
        let _infallible = writeln!(csv, "{truth},{predicted:.4}");
    }
    csv
}

fn examples_json(wines: &[Wine], predictions: &[(f64, f64)]) -> String {
    let row = |(wine, (truth, predicted)): (&Wine, &(f64, f64))| {
        let alcohol = wine.values.last().copied().unwrap_or_default();
        json!([alcohol, truth, predicted, (predicted - truth).abs()])
    };
    let data: Vec<_> = wines.iter().zip(predictions).take(40).map(row).collect();
    pretty(&json!({ "columns": ["alcohol", "quality", "prediction", "absolute_error"], "data": data }))
}

fn importance_csv(bars: &[(&str, f64)]) -> String {
    let mut csv = "feature,importance\n".to_owned();
    for (name, value) in bars {
        let _infallible = writeln!(csv, "{name},{value:.5}");
    }
    csv
}

/// How often each true quality, 3 to 9, was predicted as each.
fn confusion(predictions: &[(f64, f64)]) -> Vec<Vec<u32>> {
    let class = |quality: f64| (quality.round().clamp(3.0, 9.0) - 3.0) as usize;
    let mut counts = vec![vec![0; 7]; 7];
    for &(truth, predicted) in predictions {
        if let Some(count) = counts.get_mut(class(truth)).and_then(|row| row.get_mut(class(predicted))) {
            *count += 1;
        }
    }
    counts
}

fn report(run: &RunPlan, importance: &[(&str, f64)]) -> String {
    let metric = |key: &str| run.last(key).map(|value| format!("{value:.4}")).unwrap_or_default();
    let mut text = format!("# {}\n\nTrained on 60 %, judged on 20 % of {} wines.\n\n", run.name, wine::ROWS);
    text.push_str("| | train | validation | test |\n|---|---:|---:|---:|\n");
    for kind in ["rmse", "mae", "r2"] {
        let [train, val, test] = ["train", "val", "test"].map(|split| metric(&format!("{split}_{kind}")));
        let _infallible = writeln!(text, "| {} | {train} | {val} | {test} |", kind.to_uppercase());
    }
    text.push_str("\n## What matters most\n\n");
    for (name, value) in importance.iter().take(3) {
        let _infallible = writeln!(text, "1. **{name}** ({value:.3})");
    }
    text.push_str("\n![Predicted against true](plots/predicted_against_true.png)\n\n```python\nmodel = mlflow.pyfunc.load_model(\"runs:/<run>/model\")\n```\n");
    text
}

fn short_log(run: &RunPlan) -> String {
    let mut log = format!(
        "INFO  reading winequality-white.csv: {} rows, 12 columns\nINFO  splitting 60 / 20 / 20, random_state=42\n",
        wine::ROWS
    );
    for (key, value) in &run.params {
        let _infallible = writeln!(log, "DEBUG {key} = {value}");
    }
    let _infallible = writeln!(log, "INFO  fitted in {:.2} s", run.last("fit_seconds").unwrap_or_default());
    log
}

fn failure_log(run: &RunPlan) -> String {
    let mut log = short_log(run);
    let note = run.note.as_deref().unwrap_or_default();
    let word = if run.status == RunStatus::Killed { "WARN " } else { "ERROR" };
    let _infallible = writeln!(log, "{word} {}", note.replace("\n\n", "\n      "));
    log
}

/// A line for every tenth step: for the longest run close to a megabyte, so that previews have something to refuse.
fn long_log(run: &RunPlan) -> String {
    let mut log = String::new();
    let Some(series) = run.series.iter().find(|series| series.key == "train/loss") else { return log };
    for point in series.points.iter().step_by(10) {
        let time = jiff::Timestamp::from_millisecond(point.timestamp).unwrap_or_default();
        let _infallible =
            writeln!(log, "{} step {:>6}  loss {:.5}", time.strftime("%Y-%m-%d %H:%M:%S"), point.step, point.value);
    }
    log
}

fn config(run: &RunPlan) -> String {
    let mut yaml = "data:\n  name: wine-quality\n  split: [0.6, 0.2, 0.2]\ntraining:\n".to_owned();
    for (key, value) in &run.params {
        let _infallible = writeln!(yaml, "  {key}: {value}");
    }
    yaml
}
