//! The rows of the runs table.
//!
//! Invariant: a row tells everything that the table shows without columns; rows of one answer are of one snapshot.

use rusqlite::{Connection, OptionalExtension as _, ToSql};

use super::runs::{INFO_COLUMNS, id_list, info_from};
use super::{Result, Revision, RunRow, Store};
use crate::domain::{ExperimentId, RunId, ViewType, tag_key};

impl Store {
    /// Newest first.
    pub fn run_rows(&self, experiments: &[ExperimentId], view: ViewType) -> Result<Vec<RunRow>> {
        let condition = super::view_condition(view);
        self.read(|sql| rows(sql, experiments, &format!("r.{condition}"), &[]))
    }

    /// Rows changed after `since`, whatever their stage (a row that left the view is told by its stage).
    pub fn run_rows_since(&self, experiments: &[ExperimentId], since: Revision) -> Result<Vec<RunRow>> {
        self.read(|sql| rows(sql, experiments, "r.revision > ?6", &[&(since as i64)]))
    }
}

fn rows(
    sql: &Connection,
    experiments: &[ExperimentId],
    condition: &str,
    parameters: &[&dyn ToSql],
) -> Result<Vec<RunRow>> {
    let wanted = id_list(experiments.iter().map(|id| id.0));
    let key = |name: &str| -> Result<i64> { Ok(key_id(sql, name)?.unwrap_or(-1)) };
    let keys =
        [key(tag_key::PARENT_RUN_ID)?, key(tag_key::NOTE)?, key(tag_key::SOURCE_NAME)?, key(tag_key::GIT_COMMIT)?];
    let mut all: Vec<&dyn ToSql> = vec![&wanted];
    all.extend(keys.iter().map(|key| key as &dyn ToSql));
    all.extend(parameters);
    let tag = |number: usize| {
        format!(
            "(SELECT value FROM tag t WHERE t.experiment_id = r.experiment_id AND t.key_id = ?{number} \
             AND t.run_id = r.id)"
        )
    };
    let mut statement = sql.prepare_cached(&format!(
        "SELECT {INFO_COLUMNS}, r.revision, {}, coalesce({}, '') <> '', {}, {}
         FROM run r WHERE r.experiment_id IN (SELECT value FROM json_each(?1)) AND {condition}
         ORDER BY r.started_at DESC, r.run_id",
        tag(2),
        tag(3),
        tag(4),
        tag(5),
    ))?;
    let rows = statement.query_map(all.as_slice(), |row| {
        Ok(RunRow {
            info: info_from(row)?,
            revision: row.get::<_, i64>(9)? as Revision,
            parent: row.get::<_, Option<String>>(10)?.map(RunId::new),
            note: row.get(11)?,
            source: row.get(12)?,
            git_commit: row.get(13)?,
        })
    })?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// The number of a key, if anything ever used it.
pub(super) fn key_id(sql: &Connection, name: &str) -> Result<Option<i64>> {
    Ok(sql.prepare_cached("SELECT id FROM key WHERE name = ?1")?.query_row([name], |row| row.get(0)).optional()?)
}
