//! `proofmark experiments`: the list of experiments, headless.

use std::collections::HashMap;
use std::io::Write;

use serde_json::json;

use super::output::{Form, FormArgs, Table, local, utc};
use super::query::{self, PAGE, ViewArgs};
use super::{Global, output};
use crate::domain::filter::Subject;
use crate::domain::{Experiment, ExperimentSearch};
use crate::store::OpenMode;

#[derive(Debug, clap::Args)]
pub(super) struct ExperimentsArgs {
    /// Such as "name LIKE 'wine%' OR tags.team = 'cellar'"
    #[arg(long, short)]
    filter: Option<String>,
    /// Such as "name ASC"; may be given several times
    #[arg(long = "order-by", value_name = "ORDER")]
    order_by: Vec<String>,
    /// At most so many
    #[arg(long, short = 'n', default_value_t = usize::MAX, hide_default_value = true)]
    limit: usize,
    #[command(flatten)]
    view: ViewArgs,
    #[command(flatten)]
    form: FormArgs,
}

pub(super) fn run(global: &Global, args: &ExperimentsArgs, out: &mut dyn Write) -> anyhow::Result<()> {
    let store = global.open(OpenMode::OpenExisting)?;
    let search = ExperimentSearch {
        filter: query::filter(args.filter.as_deref(), Subject::Experiments)?,
        view: args.view.view(),
        order_by: query::order(&args.order_by, Subject::Experiments)?,
        ..ExperimentSearch::default()
    };
    let mut found: Vec<Experiment> = Vec::new();
    while found.len() < args.limit {
        let limit = PAGE.min(args.limit - found.len());
        let page = store.search_experiments(&ExperimentSearch { offset: found.len(), limit, ..search.clone() })?;
        found.extend(page.items);
        if !page.has_more {
            break;
        }
    }
    let counts: HashMap<_, _> = store.run_counts()?.into_iter().collect();
    let runs = |experiment: &Experiment| counts.get(&experiment.id).copied().unwrap_or(0);
    match args.form.form() {
        Form::Json => output::write_json(out, &found.iter().map(|e| to_json(e, runs(e))).collect()),
        form => {
            let time = if form == Form::Csv { utc } else { local };
            let row = |e: &Experiment| {
                let (created, updated) = (time(Some(e.created_at)), time(Some(e.updated_at)));
                vec![
                    e.id.to_string(),
                    e.name.clone(),
                    runs(e).to_string(),
                    created,
                    updated,
                    e.lifecycle_stage.as_str().into(),
                ]
            };
            let headings = ["experiment_id", "name", "runs", "created", "updated", "stage"];
            Table::new(headings, found.iter().map(row).collect(), &[0, 2]).write(form, out)
        }
    }
}

fn to_json(experiment: &Experiment, runs: u64) -> serde_json::Value {
    json!({
        "experiment_id": experiment.id.to_string(),
        "name": experiment.name,
        "artifact_location": experiment.artifact_location,
        "lifecycle_stage": experiment.lifecycle_stage.as_str(),
        "creation_time": experiment.created_at,
        "last_update_time": experiment.updated_at,
        "runs": runs,
        "tags": output::tags_json(&experiment.tags),
    })
}
