//! Reading runs whole, many at a time.
//!
//! Invariant: what comes from memory is exactly what the snapshot would say.
//!
//! What runs hold is clustered by key. Runs that were made one after the other (a page of a search, as a rule) are
//! therefore read key by key, in ranges of rows; scattered ones by the index that leads from a run to its rows.

use std::collections::HashMap;
use std::sync::Arc;

use rusqlite::{Connection, Row, Statement, params};

use super::metrics::{Kind, SUMMARY_COLUMNS, Summary};
use super::runs::{id_list, info_from};
use super::{Result, Store};
use crate::domain::{MetricSummary, Param, Run, RunInfo, Tag};

/// Runs that are read at a time, so that a huge page needs little memory besides the runs themselves.
const SLICE: usize = 2_000;

/// From how many runs on it pays to read key by key.
const MANY: usize = 32;

/// Up to how many rows may lie in the range of a run that is wanted.
const SPREAD: i64 = 4;

impl Store {
    /// The runs of these rows, each as of the given revision (which the snapshot must hold), in the order given; rows
    /// that are not there are left out. Those that were read lately come from memory.
    pub(super) fn load_runs(&self, sql: &Connection, rows: &[(i64, i64)]) -> Result<Vec<Arc<Run>>> {
        let mut found: Vec<Option<Arc<Run>>> =
            rows.iter().map(|(row, revision)| self.inner.runs.get(*row, *revision)).collect();
        let mut missing: Vec<(i64, i64)> =
            rows.iter().zip(&found).filter(|(_, found)| found.is_none()).map(|(row, _)| *row).collect();
        // Neighbours together.
        missing.sort_unstable();
        let mut loaded: HashMap<i64, Arc<Run>> = HashMap::with_capacity(missing.len());
        for slice in missing.chunks(SLICE) {
            let revisions: HashMap<i64, i64> = slice.iter().copied().collect();
            for (row, run) in self.read_runs(sql, slice)? {
                let run = Arc::new(run);
                if let Some(revision) = revisions.get(&row) {
                    self.inner.runs.put(row, *revision, &run);
                }
                loaded.insert(row, run);
            }
        }
        for ((row, _), found) in rows.iter().zip(&mut found) {
            if found.is_none() {
                *found = loaded.get(row).cloned();
            }
        }
        Ok(found.into_iter().flatten().collect())
    }

    fn read_runs(&self, sql: &Connection, rows: &[(i64, i64)]) -> Result<HashMap<i64, Run>> {
        let wanted = id_list(rows.iter().map(|(row, _)| *row));
        let mut drafts: HashMap<i64, Draft> = HashMap::with_capacity(rows.len());
        let mut statement = sql.prepare_cached(
            "SELECT run_id, experiment_id, name, user, status, started_at, ended_at, artifact_uri, deleted, id
             FROM run WHERE id IN (SELECT value FROM json_each(?1))",
        )?;
        let mut found = statement.query([&wanted])?;
        while let Some(row) = found.next()? {
            drafts.insert(row.get(9)?, Draft::new(info_from(row)?));
        }
        let ranges = ranges(&drafts);
        let scope = Scope { sql, wanted: &wanted, ranges: &ranges };
        self.read_kind(&scope, &PARAMS, &mut drafts, |draft, key, row| {
            draft.params.push((row.get(2)?, Param { key: key.to_owned(), value: row.get(3)? }));
            Ok(())
        })?;
        self.read_kind(&scope, &TAGS, &mut drafts, |draft, key, row| {
            draft.tags.push((row.get(2)?, Tag { key: key.to_owned(), value: row.get(3)? }));
            Ok(())
        })?;
        self.read_kind(&scope, &METRICS, &mut drafts, |draft, key, row| {
            let summary = Summary::from_row(row, 2)?;
            draft.metrics.push((summary.position(), summary.into_domain(key.to_owned())));
            Ok(())
        })?;
        let mut runs = drafts.into_iter().map(|(row, draft)| (row, draft.finish())).collect();
        super::inputs::fill(sql, &wanted, &mut runs)?;
        Ok(runs)
    }

    /// Calls `add` with the key and row of everything of one kind that the runs hold.
    fn read_kind(
        &self,
        scope: &Scope<'_>,
        kind: &TableOfKind,
        drafts: &mut HashMap<i64, Draft>,
        add: impl Fn(&mut Draft, &str, &Row<'_>) -> rusqlite::Result<()>,
    ) -> Result<()> {
        let TableOfKind { kind, table, columns } = *kind;
        let mut latest: Option<(i64, Arc<str>)> = None;
        let mut read = |statement: &mut Statement<'_>, parameters: &[&dyn rusqlite::ToSql]| -> Result<()> {
            let mut rows = statement.query(parameters)?;
            while let Some(row) = rows.next()? {
                // A range may hold runs that nobody asked for.
                let Some(draft) = drafts.get_mut(&row.get(0)?) else { continue };
                let key: i64 = row.get(1)?;
                let (_, name) = match latest.take() {
                    Some(known) if known.0 == key => latest.insert(known),
                    _ => latest.insert((key, self.inner.keys.resolve(scope.sql, key)?)),
                };
                add(draft, name, row)?;
            }
            Ok(())
        };
        if scope.ranges.is_empty() {
            let mut statement = scope.sql.prepare_cached(&format!(
                "SELECT run_id, key_id, {columns} FROM {table} WHERE run_id IN (SELECT value FROM json_each(?1))"
            ))?;
            return read(&mut statement, params![scope.wanted]);
        }
        let mut keys = scope.sql.prepare_cached("SELECT key_id FROM key_use WHERE experiment_id = ?1 AND kind = ?2")?;
        let mut statement = scope.sql.prepare_cached(&format!(
            "SELECT run_id, key_id, {columns} FROM {table}
             WHERE experiment_id = ?1 AND key_id = ?2 AND run_id BETWEEN ?3 AND ?4"
        ))?;
        for (experiment, first, last) in scope.ranges {
            let mut keys = keys.query([*experiment, kind as i64])?;
            while let Some(key) = keys.next()? {
                read(&mut statement, params![experiment, key.get::<_, i64>(0)?, first, last])?;
            }
        }
        Ok(())
    }
}

/// What to read.
struct Scope<'a> {
    sql: &'a Connection,
    /// The rows of the runs, as a JSON list.
    wanted: &'a str,
    /// Experiment, first and last row, if the runs are to be read key by key.
    ranges: &'a [(i64, i64, i64)],
}

/// Where one kind of thing that runs hold is stored; the first of the columns is the position.
struct TableOfKind {
    kind: Kind,
    table: &'static str,
    columns: &'static str,
}

const PARAMS: TableOfKind = TableOfKind { kind: Kind::Param, table: "param", columns: "position, value" };
const TAGS: TableOfKind = TableOfKind { kind: Kind::Tag, table: "tag", columns: "position, value" };
const METRICS: TableOfKind = TableOfKind { kind: Kind::Metric, table: "metric_summary", columns: SUMMARY_COLUMNS };

/// The range of rows of each experiment's runs; none if the runs are few or far apart.
fn ranges(drafts: &HashMap<i64, Draft>) -> Vec<(i64, i64, i64)> {
    let mut by_experiment: HashMap<i64, (i64, i64, i64)> = HashMap::new();
    for (row, draft) in drafts {
        let (first, last, count) = by_experiment.entry(draft.info.experiment_id.0).or_insert((*row, *row, 0));
        *first = (*first).min(*row);
        *last = (*last).max(*row);
        *count += 1;
    }
    let dense = by_experiment.values().all(|(first, last, count)| last - first < count * SPREAD);
    if drafts.len() < MANY || !dense {
        return Vec::new();
    }
    by_experiment.into_iter().map(|(experiment, (first, last, _))| (experiment, first, last)).collect()
}

/// A run whose things come in any order, each with its position.
struct Draft {
    info: RunInfo,
    params: Vec<(i64, Param)>,
    tags: Vec<(i64, Tag)>,
    metrics: Vec<(i64, MetricSummary)>,
}

impl Draft {
    fn new(info: RunInfo) -> Self {
        Self { info, params: Vec::new(), tags: Vec::new(), metrics: Vec::new() }
    }

    fn finish(self) -> Run {
        Run {
            info: self.info,
            metrics: in_order(self.metrics),
            params: in_order(self.params),
            tags: in_order(self.tags),
            datasets: Vec::new(),
            model_inputs: Vec::new(),
            model_outputs: Vec::new(),
        }
    }
}

fn in_order<T>(mut items: Vec<(i64, T)>) -> Vec<T> {
    items.sort_unstable_by_key(|(position, _)| *position);
    items.into_iter().map(|(_, item)| item).collect()
}
