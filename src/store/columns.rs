//! The columns of the runs table.
//!
//! Invariant: reading a column touches only its own range of rows, however many columns there are.

use std::collections::BTreeMap;
use std::sync::Arc;

use rusqlite::{Connection, Row};

use super::metrics::Kind;
use super::rows::key_id;
use super::runs::{RunRef, find_if_any};
use super::{ColumnInfo, ColumnKey, ColumnValues, MetricCell, Result, Store};
use crate::domain::{ExperimentId, RunId};

impl Store {
    /// Every key that an active run of these experiments has, ordered by kind and name.
    pub fn run_columns(&self, experiments: &[ExperimentId]) -> Result<Vec<ColumnInfo>> {
        self.read(|sql| {
            let mut total = 0;
            let mut columns: BTreeMap<(i64, i64), Counted> = BTreeMap::new();
            for experiment in experiments {
                let (active, binned) = count_runs(sql, experiment.0)?;
                total += active;
                for used in keys_in_use(sql, experiment.0, binned > 0)? {
                    let column = columns.entry((used.kind, used.key)).or_default();
                    column.runs += used.runs;
                    column.constant = match column.experiments.is_empty() {
                        true => used.constant,
                        false => column.constant.filter(|hash| used.constant == Some(*hash)),
                    };
                    column.experiments.push((experiment.0, binned > 0));
                }
            }
            let mut infos = Vec::with_capacity(columns.len());
            for ((kind, key), column) in columns {
                let varies =
                    column.runs < total || (column.constant.is_none() && differs(sql, kind, key, &column.experiments)?);
                let name = self.inner.keys.resolve(sql, key)?;
                infos.push(ColumnInfo { key: column_key(kind, name), run_count: column.runs, varies });
            }
            infos.sort_by(|a, b| a.key.cmp(&b.key));
            Ok(infos)
        })
    }

    /// One column, for all runs of these experiments whatever their stage.
    pub fn column_values(&self, experiments: &[ExperimentId], column: &ColumnKey) -> Result<ColumnValues> {
        self.read(|sql| {
            let mut values = empty(column);
            let Some(key) = key_id(sql, key_name(column))? else { return Ok(values) };
            let table = table(column);
            let mut statement = sql.prepare_cached(&format!(
                "SELECT r.run_id, {} FROM {table} v JOIN run r ON r.id = v.run_id
                 WHERE v.experiment_id = ?1 AND v.key_id = ?2",
                value_columns(column)
            ))?;
            for experiment in experiments {
                let mut rows = statement.query([experiment.0, key])?;
                while let Some(row) = rows.next()? {
                    let run = RunId::new(row.get_ref(0)?.as_str().map_err(rusqlite::Error::from)?);
                    push(&mut values, run, row, 1)?;
                }
            }
            Ok(values)
        })
    }

    /// The values of many columns for a few runs (what changed since a revision); unknown runs are left out.
    pub fn column_values_of_runs(&self, runs: &[RunId], columns: &[ColumnKey]) -> Result<Vec<ColumnValues>> {
        self.read(|sql| {
            let mut found: Vec<(&RunId, RunRef)> = Vec::with_capacity(runs.len());
            for id in runs {
                if let Some(run) = find_if_any(sql, id.as_str())? {
                    found.push((id, run));
                }
            }
            columns.iter().map(|column| cells(sql, column, &found)).collect()
        })
    }
}

#[derive(Default)]
struct Counted {
    runs: u64,
    /// The hash of the only value that was ever written, if that is all there was.
    constant: Option<i64>,
    /// With whether the experiment has runs in the bin.
    experiments: Vec<(i64, bool)>,
}

/// A key that active runs of an experiment have.
struct Used {
    kind: i64,
    key: i64,
    runs: u64,
    constant: Option<i64>,
}

fn cells(sql: &Connection, column: &ColumnKey, runs: &[(&RunId, RunRef)]) -> Result<ColumnValues> {
    let mut values = empty(column);
    let Some(key) = key_id(sql, key_name(column))? else { return Ok(values) };
    let mut statement = sql.prepare_cached(&format!(
        "SELECT {} FROM {} v WHERE v.experiment_id = ?1 AND v.key_id = ?2 AND v.run_id = ?3",
        value_columns(column),
        table(column)
    ))?;
    for (id, run) in runs {
        let mut rows = statement.query([run.experiment, key, run.row])?;
        if let Some(row) = rows.next()? {
            push(&mut values, (*id).clone(), row, 0)?;
        }
    }
    Ok(values)
}

/// Active runs, and runs in the bin.
fn count_runs(sql: &Connection, experiment: i64) -> Result<(u64, u64)> {
    Ok(sql
        .prepare_cached(
            "SELECT count(*) FILTER (WHERE deleted = 0), count(*) FILTER (WHERE deleted <> 0)
             FROM run WHERE experiment_id = ?1",
        )?
        .query_row([experiment], |row| Ok((row.get::<_, i64>(0)? as u64, row.get::<_, i64>(1)? as u64)))?)
}

fn keys_in_use(sql: &Connection, experiment: i64, some_in_bin: bool) -> Result<Vec<Used>> {
    let mut statement = sql.prepare_cached(
        "SELECT kind, key_id, run_count, iif(varied, NULL, value_hash) FROM key_use
         WHERE experiment_id = ?1 AND run_count > 0",
    )?;
    let used = |row: &Row<'_>| {
        Ok(Used { kind: row.get(0)?, key: row.get(1)?, runs: row.get::<_, i64>(2)? as u64, constant: row.get(3)? })
    };
    let mut all: Vec<Used> = statement.query_map([experiment], used)?.collect::<rusqlite::Result<_>>()?;
    if !some_in_bin {
        return Ok(all);
    }
    // The counts know nothing of the bin: take off what lies in it, which is little.
    let mut binned: BTreeMap<(i64, i64), u64> = BTreeMap::new();
    for (kind, table) in [(Kind::Metric, "metric_summary"), (Kind::Param, "param"), (Kind::Tag, "tag")] {
        let mut statement = sql.prepare_cached(&format!(
            "SELECT v.key_id, count(*) FROM run r JOIN {table} v ON v.run_id = r.id
             WHERE r.experiment_id = ?1 AND r.deleted <> 0 GROUP BY v.key_id"
        ))?;
        let mut rows = statement.query([experiment])?;
        while let Some(row) = rows.next()? {
            binned.insert((kind as i64, row.get(0)?), row.get::<_, i64>(1)? as u64);
        }
    }
    for used in &mut all {
        used.runs = used.runs.saturating_sub(binned.get(&(used.kind, used.key)).copied().unwrap_or(0));
    }
    all.retain(|used| used.runs > 0);
    Ok(all)
}

/// Whether two active runs that have the key have different values. Stops at the first difference.
fn differs(sql: &Connection, kind: i64, key: i64, experiments: &[(i64, bool)]) -> Result<bool> {
    let (table, value) = match kind {
        kind if kind == Kind::Metric as i64 => ("metric_summary", "v.last_value"),
        kind if kind == Kind::Param as i64 => ("param", "v.value"),
        _ => ("tag", "v.value"),
    };
    let mut sample: Option<rusqlite::types::Value> = None;
    for (experiment, some_in_bin) in experiments {
        let binned = if *some_in_bin { "AND (SELECT deleted FROM run WHERE id = v.run_id) = 0" } else { "" };
        let mut statement = sql.prepare_cached(&format!(
            "SELECT {value} FROM {table} v WHERE v.experiment_id = ?1 AND v.key_id = ?2 {binned}"
        ))?;
        let mut rows = statement.query([*experiment, key])?;
        while let Some(row) = rows.next()? {
            let value = row.get_ref(0)?;
            match &sample {
                None => sample = Some(value.try_into().map_err(rusqlite::Error::from)?),
                Some(sample) if rusqlite::types::ValueRef::from(sample) != value => return Ok(true),
                Some(_) => {}
            }
        }
    }
    Ok(false)
}

fn column_key(kind: i64, name: Arc<str>) -> ColumnKey {
    match kind {
        kind if kind == Kind::Metric as i64 => ColumnKey::Metric(name),
        kind if kind == Kind::Param as i64 => ColumnKey::Param(name),
        _ => ColumnKey::Tag(name),
    }
}

fn key_name(column: &ColumnKey) -> &str {
    match column {
        ColumnKey::Metric(name) | ColumnKey::Param(name) | ColumnKey::Tag(name) => name,
    }
}

fn table(column: &ColumnKey) -> &'static str {
    match column {
        ColumnKey::Metric(_) => "metric_summary",
        ColumnKey::Param(_) => "param",
        ColumnKey::Tag(_) => "tag",
    }
}

fn value_columns(column: &ColumnKey) -> &'static str {
    match column {
        ColumnKey::Metric(_) => {
            "v.first_value, v.last_value, v.min_value, v.max_value, v.last_step, coalesce(v.min_step, v.first_step), \
             coalesce(v.max_step, v.first_step), v.count"
        }
        ColumnKey::Param(_) | ColumnKey::Tag(_) => "v.value",
    }
}

fn empty(column: &ColumnKey) -> ColumnValues {
    match column {
        ColumnKey::Metric(_) => ColumnValues::Metric(Vec::new()),
        ColumnKey::Param(_) | ColumnKey::Tag(_) => ColumnValues::Text(Vec::new()),
    }
}

/// Adds the value in the row's columns from `at` on.
fn push(values: &mut ColumnValues, run: RunId, row: &Row<'_>, at: usize) -> Result<()> {
    match values {
        ColumnValues::Text(texts) => {
            texts.push((run, row.get_ref(at)?.as_str().map_err(rusqlite::Error::from)?.into()));
        }
        ColumnValues::Metric(cells) => {
            let number = |at: usize| -> Result<f64> { Ok(row.get::<_, Option<f64>>(at)?.unwrap_or(f64::NAN)) };
            cells.push((
                run,
                MetricCell {
                    first: number(at)?,
                    last: number(at + 1)?,
                    min: number(at + 2)?,
                    max: number(at + 3)?,
                    last_step: row.get(at + 4)?,
                    min_step: row.get(at + 5)?,
                    max_step: row.get(at + 6)?,
                    count: row.get::<_, i64>(at + 7)? as u64,
                },
            ));
        }
    }
    Ok(())
}
