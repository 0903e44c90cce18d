//! The rows of the runs table.
//!
//! Invariant: a row tells everything that the table shows without columns; rows of one answer are of one snapshot.

use std::collections::HashMap;

use rusqlite::{Connection, OptionalExtension as _, ToSql};

use super::runs::{INFO_COLUMNS, id_list, info_from};
use super::{Result, Revision, RunRow, Store};
use crate::domain::{ExperimentId, RunId, ViewType, tag_key};

/// The run is of one of the experiments asked for.
const WANTED: &str = "r.experiment_id IN (SELECT value FROM json_each(?1))";

/// Up to how many rows their tags are looked up one by one.
const FEW: usize = 200;

impl Store {
    /// Newest first.
    pub fn run_rows(&self, experiments: &[ExperimentId], view: ViewType) -> Result<Vec<RunRow>> {
        let condition = format!("{WANTED} AND r.{}", super::view_condition(view));
        self.read(|sql| rows(sql, experiments, &condition, &[]))
    }

    /// Rows changed after `since`, whatever their stage (a row that left the view is told by its stage).
    pub fn run_rows_since(&self, experiments: &[ExperimentId], since: Revision) -> Result<Vec<RunRow>> {
        // The plus keeps SQLite from looking through all runs of the experiments instead of the newest changes.
        let condition = format!("r.revision > ?2 AND +{WANTED}");
        self.read(|sql| rows(sql, experiments, &condition, &[&(since as i64)]))
    }
}

fn rows(
    sql: &Connection,
    experiments: &[ExperimentId],
    condition: &str,
    parameters: &[&dyn ToSql],
) -> Result<Vec<RunRow>> {
    let wanted = id_list(experiments.iter().map(|id| id.0));
    let mut all: Vec<&dyn ToSql> = vec![&wanted];
    all.extend(parameters);
    let mut statement = sql.prepare_cached(&format!(
        "SELECT {INFO_COLUMNS}, r.revision, r.id FROM run r WHERE {condition} ORDER BY r.started_at DESC, r.run_id"
    ))?;
    let mut rows: Vec<(i64, RunRow)> = statement
        .query_map(all.as_slice(), |row| {
            let run = RunRow {
                info: info_from(row)?,
                revision: row.get::<_, i64>(9)? as Revision,
                parent: None,
                note: false,
                source: None,
                git_commit: None,
            };
            Ok((row.get(10)?, run))
        })?
        .collect::<rusqlite::Result<_>>()?;
    fill(sql, &mut rows, tag_key::PARENT_RUN_ID, |row, value| row.parent = Some(RunId::new(value)))?;
    fill(sql, &mut rows, tag_key::NOTE, |row, value| row.note = !value.is_empty())?;
    fill(sql, &mut rows, tag_key::SOURCE_NAME, |row, value| row.source = Some(value.to_owned()))?;
    fill(sql, &mut rows, tag_key::GIT_COMMIT, |row, value| row.git_commit = Some(value.to_owned()))?;
    Ok(rows.into_iter().map(|(_, row)| row).collect())
}

/// Gives each row that has the tag its value: looked up if rows are few, else by going through the tag once.
fn fill(sql: &Connection, rows: &mut [(i64, RunRow)], tag: &str, set: impl Fn(&mut RunRow, &str)) -> Result<()> {
    let Some(key) = key_id(sql, tag)? else { return Ok(()) };
    if rows.len() <= FEW {
        let mut statement =
            sql.prepare_cached("SELECT value FROM tag WHERE experiment_id = ?1 AND key_id = ?2 AND run_id = ?3")?;
        for (id, row) in rows {
            let mut found = statement.query([row.info.experiment_id.0, key, *id])?;
            if let Some(found) = found.next()? {
                set(row, found.get_ref(0)?.as_str().map_err(rusqlite::Error::from)?);
            }
        }
        return Ok(());
    }
    let mut by_id: HashMap<i64, &mut RunRow> = HashMap::with_capacity(rows.len());
    let mut experiments: Vec<i64> = Vec::new();
    for (id, row) in rows {
        let experiment = row.info.experiment_id.0;
        if !experiments.contains(&experiment) {
            experiments.push(experiment);
        }
        by_id.insert(*id, row);
    }
    let mut statement = sql.prepare_cached("SELECT run_id, value FROM tag WHERE experiment_id = ?1 AND key_id = ?2")?;
    for experiment in experiments {
        let mut found = statement.query([experiment, key])?;
        while let Some(found) = found.next()? {
            if let Some(row) = by_id.get_mut(&found.get(0)?) {
                set(row, found.get_ref(1)?.as_str().map_err(rusqlite::Error::from)?);
            }
        }
    }
    Ok(())
}

/// The number of a key, if anything ever used it.
pub(super) fn key_id(sql: &Connection, name: &str) -> Result<Option<i64>> {
    Ok(sql.prepare_cached("SELECT id FROM key WHERE name = ?1")?.query_row([name], |row| row.get(0)).optional()?)
}
