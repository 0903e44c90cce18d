//! `proofmark run RUN_ID`: one run in full, or the history of one of its metrics.

use std::io::Write;

use serde_json::{Value, json};

use super::output::{Form, FormArgs, Table, duration, json_number, local, number, utc};
use super::{Global, output};
use crate::domain::{MetricPoint, Run, RunId};
use crate::store::OpenMode;

#[derive(Debug, clap::Args)]
pub(super) struct RunArgs {
    /// The run's id
    run_id: String,
    /// Write every point of this metric
    #[arg(long, value_name = "KEY")]
    history: Option<String>,
    #[command(flatten)]
    form: FormArgs,
}

pub(super) fn run(global: &Global, args: &RunArgs, out: &mut dyn Write) -> anyhow::Result<()> {
    let store = global.open(OpenMode::OpenExisting)?;
    let id = RunId::new(args.run_id.as_str());
    let found = store.run(&id)?;
    let form = args.form.form();
    if let Some(key) = &args.history {
        if !found.metrics.iter().any(|metric| metric.key == *key) {
            let keys: Vec<&str> = found.metrics.iter().map(|metric| metric.key.as_str()).collect();
            anyhow::bail!("the run has no metric {key}; it has: {}", keys.join(", "));
        }
        return history(&store.metric_points(&id, key, None)?, form, out);
    }
    match form {
        Form::Json => output::write_json(out, &to_json(&found)),
        Form::Csv => values(&found).write(Form::Csv, out),
        Form::Text => describe(&found, out),
    }
}

fn history(points: &[MetricPoint], form: Form, out: &mut dyn Write) -> anyhow::Result<()> {
    if form == Form::Json {
        let point = |p: &MetricPoint| json!({"step": p.step, "timestamp": p.timestamp, "value": json_number(p.value)});
        return output::write_json(out, &points.iter().map(point).collect());
    }
    let time = |millis| if form == Form::Csv { utc(Some(millis)) } else { local(Some(millis)) };
    let row = |p: &MetricPoint| vec![p.step.to_string(), time(p.timestamp), number(p.value)];
    Table::new(["step", "time", "value"], points.iter().map(row).collect(), &[0, 2]).write(form, out)
}

/// One line for each value: what kind it is, its key, the value.
fn values(run: &Run) -> Table {
    let mut rows: Vec<Vec<String>> = Vec::new();
    for metric in &run.metrics {
        rows.push(vec!["metric".into(), metric.key.clone(), number(metric.last.value)]);
    }
    rows.extend(run.params.iter().map(|param| vec!["param".into(), param.key.clone(), param.value.clone()]));
    rows.extend(run.tags.iter().map(|tag| vec!["tag".into(), tag.key.clone(), tag.value.clone()]));
    Table::new(["kind", "key", "value"], rows, &[])
}

fn describe(run: &Run, out: &mut dyn Write) -> anyhow::Result<()> {
    let info = &run.info;
    let took =
        info.started_at.zip(info.ended_at).map(|(start, end)| duration(end.saturating_sub(start))).unwrap_or_default();
    let facts = [
        ("run", info.id.to_string()),
        ("name", info.name.clone()),
        ("experiment", info.experiment_id.to_string()),
        ("status", format!("{} ({})", info.status.as_str(), info.lifecycle_stage.as_str())),
        ("user", info.user.clone()),
        ("started", local(info.started_at)),
        ("ended", local(info.ended_at)),
        ("duration", took),
        ("artifacts", info.artifact_uri.clone()),
    ];
    for (name, value) in facts.iter().filter(|fact| !fact.1.is_empty()) {
        writeln!(out, "{name:<11} {value}")?;
    }
    let optional = |point: Option<MetricPoint>| point.map(|point| number(point.value)).unwrap_or_default();
    let metric = |m: &crate::domain::MetricSummary| {
        vec![
            m.key.clone(),
            number(m.last.value),
            optional(m.min),
            optional(m.max),
            m.last.step.to_string(),
            m.count.to_string(),
        ]
    };
    section(
        out,
        &Table::new(
            ["metric", "last", "min", "max", "step", "points"],
            run.metrics.iter().map(metric).collect(),
            &[1, 2, 3, 4, 5],
        ),
    )?;
    let params = run.params.iter().map(|param| vec![param.key.clone(), param.value.clone()]);
    section(out, &Table::new(["param", "value"], params.collect(), &[]))?;
    let tags = run.tags.iter().map(|tag| vec![tag.key.clone(), tag.value.clone()]);
    section(out, &Table::new(["tag", "value"], tags.collect(), &[]))?;
    let datasets = run.datasets.iter().map(|input| {
        let context = input.tags.iter().find(|tag| tag.key == crate::domain::tag_key::DATASET_CONTEXT);
        vec![
            input.dataset.name.clone(),
            input.dataset.digest.clone(),
            context.map(|tag| tag.value.clone()).unwrap_or_default(),
        ]
    });
    section(out, &Table::new(["dataset", "digest", "context"], datasets.collect(), &[]))?;
    let models = run.model_outputs.iter().map(|output| vec![output.model_id.to_string(), output.step.to_string()]);
    section(out, &Table::new(["logged model", "step"], models.collect(), &[1]))
}

/// A table with an empty line above it; nothing when it has no rows.
fn section(out: &mut dyn Write, table: &Table) -> anyhow::Result<()> {
    if table.rows.is_empty() {
        return Ok(());
    }
    writeln!(out)?;
    table.write(Form::Text, out)
}

/// A run as JSON: times in Unix milliseconds, metrics by their last value.
pub(super) fn to_json(run: &Run) -> Value {
    let info = &run.info;
    let metrics: serde_json::Map<_, _> =
        run.metrics.iter().map(|metric| (metric.key.clone(), json_number(metric.last.value))).collect();
    let params: serde_json::Map<_, _> =
        run.params.iter().map(|param| (param.key.clone(), Value::from(param.value.clone()))).collect();
    let dataset = |input: &crate::domain::DatasetInput| {
        json!({
            "name": input.dataset.name,
            "digest": input.dataset.digest,
            "source_type": input.dataset.source_type,
            "tags": output::tags_json(&input.tags),
        })
    };
    json!({
        "run_id": info.id.as_str(),
        "run_name": info.name,
        "experiment_id": info.experiment_id.to_string(),
        "status": info.status.as_str(),
        "start_time": info.started_at,
        "end_time": info.ended_at,
        "user": info.user,
        "artifact_uri": info.artifact_uri,
        "lifecycle_stage": info.lifecycle_stage.as_str(),
        "metrics": metrics,
        "params": params,
        "tags": output::tags_json(&run.tags),
        "datasets": run.datasets.iter().map(dataset).collect::<Vec<_>>(),
        "logged_models": run.model_outputs.iter().map(|output| output.model_id.as_str()).collect::<Vec<_>>(),
    })
}
