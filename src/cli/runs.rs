//! `proofmark runs`: the runs table, headless.

use std::collections::{BTreeSet, HashMap};
use std::io::Write;
use std::sync::Arc;

use super::output::{Form, FormArgs, Table, duration, local, number, utc};
use super::query::{self, PAGE, ViewArgs};
use super::{Global, output, run};
use crate::domain::filter::Subject;
use crate::domain::{ExperimentId, Run, RunSearch};
use crate::store::{OpenMode, Store};

#[derive(Debug, clap::Args)]
pub(super) struct RunsArgs {
    /// An experiment by name or id; may be given several times. Without it, all of them
    #[arg(long, short, value_name = "NAME")]
    experiment: Vec<String>,
    /// Such as "metrics.rmse < 0.7 AND (params.depth = '6' OR tags.best = 'true')"
    #[arg(long, short)]
    filter: Option<String>,
    /// Such as "metrics.rmse ASC"; may be given several times. Without it, newest first
    #[arg(long = "order-by", value_name = "ORDER")]
    order_by: Vec<String>,
    /// Columns besides the usual ones, such as metrics.rmse,params.depth,tags.team
    #[arg(long, short, value_delimiter = ',', value_name = "COLUMN")]
    columns: Vec<String>,
    /// At most so many
    #[arg(long, short = 'n', default_value_t = usize::MAX, hide_default_value = true)]
    limit: usize,
    #[command(flatten)]
    view: ViewArgs,
    #[command(flatten)]
    form: FormArgs,
}

pub(super) fn run(global: &Global, args: &RunsArgs, out: &mut dyn Write) -> anyhow::Result<()> {
    let columns = args.columns.iter().map(|text| Column::parse(text)).collect::<anyhow::Result<Vec<_>>>()?;
    let store = global.open(OpenMode::OpenExisting)?;
    let experiments = query::experiments(&store, &args.experiment)?;
    let search = RunSearch {
        experiment_ids: experiments.iter().map(|experiment| experiment.0).collect(),
        filter: query::filter(args.filter.as_deref(), Subject::Runs)?,
        view: args.view.view(),
        order_by: query::order(&args.order_by, Subject::Runs)?,
        ..RunSearch::default()
    };
    let found = search_all(&store, &search, args.limit)?;
    let names: HashMap<ExperimentId, String> = experiments.into_iter().collect();
    match args.form.form() {
        Form::Json => output::write_json(out, &found.iter().map(|found| run::to_json(found)).collect()),
        Form::Csv => csv(&found, &names, &columns).write(Form::Csv, out),
        Form::Text => text(&found, &names, &columns).write(Form::Text, out),
    }
}

fn search_all(store: &Store, search: &RunSearch, limit: usize) -> anyhow::Result<Vec<Arc<Run>>> {
    let mut found = Vec::new();
    while found.len() < limit {
        let page = store.search_runs(&RunSearch {
            offset: found.len(),
            limit: PAGE.min(limit - found.len()),
            ..search.clone()
        })?;
        found.extend(page.items);
        if !page.has_more {
            break;
        }
    }
    Ok(found)
}

/// A column that was asked for.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Column {
    Metric(String),
    Param(String),
    Tag(String),
}

impl Column {
    fn parse(text: &str) -> anyhow::Result<Self> {
        match text.split_once('.') {
            Some(("metric" | "metrics", key)) if !key.is_empty() => Ok(Self::Metric(key.into())),
            Some(("param" | "params", key)) if !key.is_empty() => Ok(Self::Param(key.into())),
            Some(("tag" | "tags", key)) if !key.is_empty() => Ok(Self::Tag(key.into())),
            _ => anyhow::bail!("a column is metrics.KEY, params.KEY or tags.KEY, not {text}"),
        }
    }

    fn heading(&self) -> String {
        match self {
            Self::Metric(key) => format!("metrics.{key}"),
            Self::Param(key) => format!("params.{key}"),
            Self::Tag(key) => format!("tags.{key}"),
        }
    }

    /// The run's value; empty where it has none.
    fn cell(&self, run: &Run) -> String {
        let text = match self {
            Self::Metric(key) => {
                return run.metrics.iter().find(|m| m.key == *key).map(|m| number(m.last.value)).unwrap_or_default();
            }
            Self::Param(key) => run.params.iter().find(|param| param.key == *key).map(|param| param.value.as_str()),
            Self::Tag(key) => run.tag(key),
        };
        text.unwrap_or_default().to_owned()
    }
}

/// Everything that any of the runs has, in the order metrics, params, tags, each by key.
fn every_column(runs: &[Arc<Run>]) -> Vec<Column> {
    let mut columns = BTreeSet::new();
    for run in runs {
        columns.extend(run.metrics.iter().map(|metric| Column::Metric(metric.key.clone())));
        columns.extend(run.params.iter().map(|param| Column::Param(param.key.clone())));
        columns.extend(run.tags.iter().map(|tag| Column::Tag(tag.key.clone())));
    }
    columns.into_iter().collect()
}

fn name_of(names: &HashMap<ExperimentId, String>, id: ExperimentId) -> String {
    names.get(&id).cloned().unwrap_or_default()
}

fn csv(runs: &[Arc<Run>], names: &HashMap<ExperimentId, String>, asked: &[Column]) -> Table {
    let columns = if asked.is_empty() { every_column(runs) } else { asked.to_vec() };
    let fixed = [
        "run_id",
        "run_name",
        "experiment_id",
        "experiment_name",
        "status",
        "start_time",
        "end_time",
        "user",
        "artifact_uri",
        "stage",
    ];
    let headings = fixed.into_iter().map(str::to_owned).chain(columns.iter().map(Column::heading));
    let row = |run: &Arc<Run>| {
        let info = &run.info;
        let mut row = vec![
            info.id.to_string(),
            info.name.clone(),
            info.experiment_id.to_string(),
            name_of(names, info.experiment_id),
            info.status.as_str().to_owned(),
            utc(info.started_at),
            utc(info.ended_at),
            info.user.clone(),
            info.artifact_uri.clone(),
            info.lifecycle_stage.as_str().to_owned(),
        ];
        row.extend(columns.iter().map(|column| column.cell(run)));
        row
    };
    Table::new(headings, runs.iter().map(row).collect(), &[])
}

fn text(runs: &[Arc<Run>], names: &HashMap<ExperimentId, String>, columns: &[Column]) -> Table {
    let fixed = ["run_id", "run_name", "experiment", "status", "started", "duration"];
    let headings = fixed.into_iter().map(str::to_owned).chain(columns.iter().map(Column::heading));
    let row = |run: &Arc<Run>| {
        let info = &run.info;
        let took = info.started_at.zip(info.ended_at).map(|(start, end)| duration(end.saturating_sub(start)));
        let mut row = vec![
            info.id.to_string(),
            info.name.clone(),
            name_of(names, info.experiment_id),
            info.status.as_str().to_owned(),
            local(info.started_at),
            took.unwrap_or_default(),
        ];
        row.extend(columns.iter().map(|column| column.cell(run)));
        row
    };
    let metric = |(i, column): (usize, &Column)| matches!(column, Column::Metric(_)).then_some(fixed.len() + i);
    let right: Vec<usize> = std::iter::once(5).chain(columns.iter().enumerate().filter_map(metric)).collect();
    Table::new(headings, runs.iter().map(row).collect(), &right)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test that fails here has failed")]

    use super::*;

    #[test]
    fn columns_are_named_as_in_filters() {
        assert_eq!(Column::parse("metrics.val/rmse").unwrap(), Column::Metric("val/rmse".into()));
        assert_eq!(Column::parse("tag.mlflow.user").unwrap().heading(), "tags.mlflow.user");
        assert!(Column::parse("rmse").is_err() && Column::parse("params.").is_err());
    }
}
