//! Runs: their own fields, their bin, and reading them whole.
//!
//! Invariants: a run's name and its tag `mlflow.runName` say the same; a run in the bin takes no changes but its
//! restoring; each change gives the run's row the revision of its commit.

use std::collections::HashMap;
use std::sync::Arc;

use rusqlite::{Connection, OptionalExtension as _, Row, params};

use super::batch::put_tag;
use super::names::{random_id, random_name};
use super::writer::{Entry, Tx};
use super::{Result, Store, StoreError, StoreErrorKind, experiments};
use crate::domain::{
    Actor, ExperimentId, LifecycleStage, NewRun, Run, RunId, RunInfo, RunStatus, RunUpdate, Tag, tag_key, validate,
};

impl Store {
    pub fn create_run(&self, actor: &Actor, experiment: ExperimentId, new: NewRun) -> Result<Run> {
        let actor = actor.clone();
        let NewRun { name, user, started_at, tags } = new;
        let mut tags = tags.into_iter().map(validate::created_run_tag).collect::<std::result::Result<Vec<_>, _>>()?;
        let name = agreed_name(name, &mut tags)?;
        self.write(move |tx| {
            let place = experiments::require_active(tx.sql(), experiment.0)?;
            let id = random_id();
            let artifact_uri = format!("{}/{id}/artifacts", place.artifact_location.trim_end_matches('/'));
            let revision = tx.revision()? as i64;
            let row = tx
                .sql()
                .prepare_cached(
                    "INSERT INTO run (run_id, experiment_id, name, user, status, started_at, artifact_uri, revision)
                     VALUES (?1, ?2, ?3, ?4, 'RUNNING', ?5, ?6, ?7)",
                )?
                .insert(params![id, experiment.0, name, user, started_at, artifact_uri, revision])?;
            let run = RunRef { row, experiment: experiment.0, deleted: false };
            for tag in &tags {
                put_tag(tx, &run, &tag.key, &tag.value)?;
            }
            record(tx, &actor, "create", &id, &name)?;
            let info = RunInfo {
                id: RunId::new(id),
                experiment_id: experiment,
                name,
                user,
                status: RunStatus::Running,
                started_at,
                ended_at: None,
                artifact_uri,
                lifecycle_stage: LifecycleStage::Active,
            };
            Ok(Run {
                info,
                metrics: Vec::new(),
                params: Vec::new(),
                tags,
                datasets: Vec::new(),
                model_inputs: Vec::new(),
                model_outputs: Vec::new(),
            })
        })
    }

    pub fn run(&self, id: &RunId) -> Result<Arc<Run>> {
        self.read(|sql| {
            let found: Option<(i64, i64)> = sql
                .prepare_cached("SELECT id, revision FROM run WHERE run_id = ?1")?
                .query_row([id.as_str()], |row| Ok((row.get(0)?, row.get(1)?)))
                .optional()?;
            let found = found.ok_or_else(|| unknown(id.as_str()))?;
            self.load_runs(sql, &[found])?.pop().ok_or_else(|| unknown(id.as_str()))
        })
    }

    pub fn update_run(&self, actor: &Actor, id: &RunId, update: &RunUpdate) -> Result<RunInfo> {
        let (actor, id, update) = (actor.clone(), id.clone(), update.clone());
        self.write(move |tx| {
            let run = active(tx.sql(), id.as_str())?;
            let old = info(tx.sql(), run.row)?;
            let mut new = old.clone();
            new.status = update.status.unwrap_or(old.status);
            new.ended_at = update.ended_at.or(old.ended_at);
            let mut retagged = false;
            if let Some(name) = update.name.filter(|name| !name.is_empty()) {
                let tag = validate::run_tag("", Tag { key: tag_key::RUN_NAME.to_owned(), value: name })?;
                let tagged = put_tag(tx, &run, &tag.key, &tag.value)?;
                retagged = tagged.as_ref() != Some(&tag.value);
                new.name = tag.value;
            }
            if new == old && !retagged {
                return Ok(new);
            }
            let revision = tx.revision()? as i64;
            tx.sql()
                .prepare_cached("UPDATE run SET status = ?2, ended_at = ?3, name = ?4, revision = ?5 WHERE id = ?1")?
                .execute(params![run.row, new.status.as_str(), new.ended_at, new.name, revision])?;
            record(tx, &actor, "update", id.as_str(), &update_detail(&old, &new))?;
            Ok(new)
        })
    }

    /// Puts runs in the bin; all or none. Deleting twice is no error.
    pub fn delete_runs(&self, actor: &Actor, ids: &[RunId]) -> Result<()> {
        self.set_deleted(actor, ids, true)
    }

    /// Takes runs out of the bin; all or none. Restoring twice is no error.
    pub fn restore_runs(&self, actor: &Actor, ids: &[RunId]) -> Result<()> {
        self.set_deleted(actor, ids, false)
    }

    fn set_deleted(&self, actor: &Actor, ids: &[RunId], deleted: bool) -> Result<()> {
        let (actor, ids) = (actor.clone(), ids.to_vec());
        self.write(move |tx| {
            for id in &ids {
                let run = find(tx.sql(), id.as_str())?;
                if run.deleted == deleted {
                    continue;
                }
                let revision = tx.revision()? as i64;
                let at = deleted.then_some(tx.now);
                tx.sql()
                    .prepare_cached("UPDATE run SET deleted = ?2, deleted_at = ?3, revision = ?4 WHERE id = ?1")?
                    .execute(params![run.row, deleted, at, revision])?;
                record(tx, &actor, if deleted { "delete" } else { "restore" }, id.as_str(), "")?;
            }
            Ok(())
        })
    }
}

/// What writes need to know of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct RunRef {
    pub(super) row: i64,
    pub(super) experiment: i64,
    pub(super) deleted: bool,
}

/// The run of that public id, in the bin or not.
pub(super) fn find(sql: &Connection, id: &str) -> Result<RunRef> {
    find_if_any(sql, id)?.ok_or_else(|| unknown(id))
}

/// As `find`; an unknown id is no error.
pub(super) fn find_if_any(sql: &Connection, id: &str) -> Result<Option<RunRef>> {
    Ok(sql
        .prepare_cached("SELECT id, experiment_id, deleted <> 0 FROM run WHERE run_id = ?1")?
        .query_row([id], |row| Ok(RunRef { row: row.get(0)?, experiment: row.get(1)?, deleted: row.get(2)? }))
        .optional()?)
}

/// As `find`, refusing a run in the bin.
pub(super) fn active(sql: &Connection, id: &str) -> Result<RunRef> {
    let run = find(sql, id)?;
    if run.deleted {
        return Err(StoreError::new(
            StoreErrorKind::InvalidState,
            format!("The run {id} must be in the 'active' state. Current state is deleted."),
        ));
    }
    Ok(run)
}

pub(super) fn unknown(id: &str) -> StoreError {
    StoreError::not_found(format!("Run with id={id} not found"))
}

/// Gives the run's row the revision of this commit.
pub(super) fn touch(tx: &mut Tx<'_>, run: &RunRef) -> Result<()> {
    let revision = tx.revision()? as i64;
    tx.sql().prepare_cached("UPDATE run SET revision = ?2 WHERE id = ?1")?.execute([run.row, revision])?;
    Ok(())
}

/// Row ids as a JSON list, for `IN (SELECT value FROM json_each(?))`.
pub(super) fn id_list(ids: impl Iterator<Item = i64>) -> String {
    let mut list = String::from("[");
    for id in ids {
        if list.len() > 1 {
            list.push(',');
        }
        list.push_str(&id.to_string());
    }
    list.push(']');
    list
}

/// The columns that [`info_from`] reads, in its order.
pub(super) const INFO_COLUMNS: &str =
    "r.run_id, r.experiment_id, r.name, r.user, r.status, r.started_at, r.ended_at, r.artifact_uri, r.deleted";

/// A run's own fields from a row that begins with [`INFO_COLUMNS`].
pub(super) fn info_from(row: &Row<'_>) -> rusqlite::Result<RunInfo> {
    let status = row.get_ref(4)?.as_str()?;
    let status = RunStatus::parse(status).ok_or_else(|| {
        rusqlite::Error::FromSqlConversionFailure(
            4,
            rusqlite::types::Type::Text,
            format!("unknown run status {status:?}").into(),
        )
    })?;
    Ok(RunInfo {
        id: RunId::new(row.get_ref(0)?.as_str()?),
        experiment_id: ExperimentId(row.get(1)?),
        name: row.get(2)?,
        user: row.get(3)?,
        status,
        started_at: row.get(5)?,
        ended_at: row.get(6)?,
        artifact_uri: row.get(7)?,
        lifecycle_stage: if row.get::<_, i64>(8)? == 0 { LifecycleStage::Active } else { LifecycleStage::Deleted },
    })
}

fn info(sql: &Connection, row: i64) -> Result<RunInfo> {
    Ok(sql.prepare_cached(&format!("SELECT {INFO_COLUMNS} FROM run r WHERE r.id = ?1"))?.query_row([row], info_from)?)
}

/// The run's name from the argument, else from its tag, else a random one; puts the tag in step.
fn agreed_name(name: Option<String>, tags: &mut Vec<Tag>) -> Result<String> {
    // Of a tag given twice the last counts, as if they had been set one after the other.
    let mut last: HashMap<String, usize> = HashMap::new();
    let mut kept: Vec<Tag> = Vec::with_capacity(tags.len() + 1);
    for tag in tags.drain(..) {
        match last.get(&tag.key).and_then(|index| kept.get_mut(*index)) {
            Some(earlier) => earlier.value = tag.value,
            None => {
                last.insert(tag.key.clone(), kept.len());
                kept.push(tag);
            }
        }
    }
    *tags = kept;
    let tagged = tags.iter().find(|tag| tag.key == tag_key::RUN_NAME && !tag.value.is_empty()).map(|tag| &tag.value);
    let name = match (name.filter(|name| !name.is_empty()), tagged) {
        (Some(name), Some(tagged)) if name != *tagged => {
            return Err(StoreError::invalid(format!(
                "Both 'run_name' argument and 'mlflow.runName' tag are specified, but with different values \
                 (run_name='{name}', mlflow.runName='{tagged}')."
            )));
        }
        (Some(name), _) => name,
        (None, Some(tagged)) => tagged.clone(),
        (None, None) => random_name(),
    };
    let tag = validate::created_run_tag(Tag { key: tag_key::RUN_NAME.to_owned(), value: name })?;
    let name = tag.value.clone();
    match tags.iter_mut().find(|tag| tag.key == tag_key::RUN_NAME) {
        Some(old) => *old = tag,
        None => tags.push(tag),
    }
    Ok(name)
}

fn update_detail(old: &RunInfo, new: &RunInfo) -> String {
    let mut lines = Vec::new();
    if old.status != new.status {
        lines.push(format!("status: {} -> {}", old.status.as_str(), new.status.as_str()));
    }
    if old.ended_at != new.ended_at {
        let time = |time: Option<i64>| time.map_or_else(|| "none".to_owned(), |time| time.to_string());
        lines.push(format!("end time: {} -> {}", time(old.ended_at), time(new.ended_at)));
    }
    if old.name != new.name {
        lines.push(format!("name: {:?} -> {:?}", old.name, new.name));
    }
    lines.join("\n")
}

pub(super) fn record(tx: &mut Tx<'_>, actor: &Actor, action: &'static str, id: &str, detail: &str) -> Result<()> {
    tx.record(actor, &Entry { action, subject: "run", subject_id: id, detail })
}
