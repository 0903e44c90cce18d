//! Searches: filters and orders turned into SQL.
//!
//! Invariants: what a user wrote reaches SQLite only as a bound value; every condition is true or false, never NULL, so
//! that `NOT` is the opposite; equal keys fall back to the newest first and then the id, so that pages never overlap.

mod condition;
mod functions;
mod order;
mod query;

#[cfg(test)]
mod evaluate;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use rusqlite::Connection;
use rusqlite::types::Value as SqlValue;

pub(super) use functions::register as register_functions;

use super::{Result, Store, experiments, logged_models};
use crate::domain::filter::{Filter, Subject};
use crate::domain::{
    Experiment, ExperimentId, ExperimentSearch, LoggedModel, LoggedModelOrder, LoggedModelSearch, Page, Run, RunId,
    RunSearch, ViewType,
};
use query::Query;

/// Statements up to this length are kept prepared; longer ones are hardly repeated.
const MAX_CACHED_SQL: usize = 4_096;

impl Store {
    /// One page of runs. Values may be shared with a cache, hence the `Arc`.
    pub fn search_runs(&self, search: &RunSearch) -> Result<Page<Arc<Run>>> {
        self.read(|sql| {
            let mut query = run_query(sql, search)?;
            query.page(search.offset, search.limit);
            let rows = query.rows(sql, "r.id, r.revision", |row| Ok((row.get(0)?, row.get(1)?)))?;
            let (rows, has_more) = cut(rows, search.limit);
            Ok(Page { items: self.load_runs(sql, &rows)?, has_more })
        })
    }

    /// The ids of all runs that match, in order, without their data; `offset` and `limit` are not looked at.
    pub fn search_run_ids(&self, search: &RunSearch) -> Result<Vec<RunId>> {
        self.read(|sql| {
            let query = run_query(sql, search)?;
            query.rows(sql, "r.run_id", |row| Ok(RunId::new(row.get_ref(0)?.as_str()?)))
        })
    }

    /// One page of experiments.
    pub fn search_experiments(&self, search: &ExperimentSearch) -> Result<Page<Experiment>> {
        self.read(|sql| {
            let mut query = Query::new(sql, Subject::Experiments, "experiment");
            query.restrict(view_condition(search.view));
            filter(&mut query, &search.filter)?;
            query.order(&search.order_by)?;
            query.page(search.offset, search.limit);
            let rows = query.rows(sql, "r.id", |row| row.get(0))?;
            let (rows, has_more) = cut(rows, search.limit);
            Ok(Page { items: experiments::load_all(sql, &rows)?, has_more })
        })
    }

    /// One page of logged models that are not in the bin.
    pub fn search_logged_models(&self, search: &LoggedModelSearch) -> Result<Page<LoggedModel>> {
        self.read(|sql| {
            let mut query = Query::new(sql, Subject::LoggedModels, "logged_model");
            restrict_experiments(&mut query, &search.experiment_ids);
            query.restrict("r.deleted = 0");
            query.datasets = &search.datasets;
            filter(&mut query, &search.filter)?;
            if !search.datasets.is_empty() && !query.has_metric_condition {
                query.restrict_to_models_with_metrics();
            }
            for LoggedModelOrder { order, dataset_name, dataset_digest } in &search.order_by {
                query.order_models(order, dataset_name.as_deref(), dataset_digest.as_deref())?;
            }
            query.page(search.offset, search.limit);
            let rows = query.rows(sql, "r.id", |row| row.get(0))?;
            let (rows, has_more) = cut(rows, search.limit);
            Ok(Page { items: logged_models::load_all(sql, &self.inner.keys, &rows)?, has_more })
        })
    }
}

fn run_query<'a>(sql: &'a Connection, search: &RunSearch) -> Result<Query<'a>> {
    let mut query = Query::new(sql, Subject::Runs, "run");
    restrict_experiments(&mut query, &search.experiment_ids);
    query.restrict(view_condition(search.view));
    filter(&mut query, &search.filter)?;
    query.order(&search.order_by)?;
    Ok(query)
}

fn filter(query: &mut Query<'_>, filter: &Filter) -> Result<()> {
    match &filter.expr {
        Some(expr) => query.filter(expr),
        None => Ok(()),
    }
}

/// A single experiment is compared with `=`, because only then does the index also give the usual order.
fn restrict_experiments(query: &mut Query<'_>, experiments: &[ExperimentId]) {
    if let [only] = experiments {
        query.restrict_with("r.experiment_id = ?", SqlValue::Integer(only.0));
    } else {
        let list = super::runs::id_list(experiments.iter().map(|id| id.0));
        query.restrict_with("r.experiment_id IN (SELECT value FROM json_each(?))", SqlValue::Text(list));
    }
}

const fn view_condition(view: ViewType) -> &'static str {
    match view {
        ViewType::ActiveOnly => "r.deleted = 0",
        ViewType::DeletedOnly => "r.deleted <> 0",
        ViewType::All => "r.deleted >= 0",
    }
}

/// The rows of the page, and whether one more was found.
fn cut<T>(mut rows: Vec<T>, limit: usize) -> (Vec<T>, bool) {
    let has_more = rows.len() > limit;
    rows.truncate(limit);
    (rows, has_more)
}
