//! Experiments: named groups of runs, with tags and a bin.
//!
//! Invariant: a name belongs to one experiment, also while that is in the bin.

use rusqlite::{Connection, OptionalExtension as _, Row, params};

use super::writer::{Entry, Tx};
use super::{Result, Store, StoreError, StoreErrorKind};
use crate::domain::{Actor, Experiment, ExperimentId, LifecycleStage, NewExperiment, Tag, validate};

impl Store {
    pub fn create_experiment(&self, actor: &Actor, new: NewExperiment) -> Result<ExperimentId> {
        let actor = actor.clone();
        validate::experiment_name(&new.name)?;
        if let Some(location) = &new.artifact_location {
            validate::artifact_location(location)?;
        }
        for tag in &new.tags {
            validate::experiment_tag(tag)?;
        }
        self.write(move |tx| {
            refuse_taken_name(tx.sql(), &new.name)?;
            let id = next_id(tx.sql())?;
            let location = new.artifact_location.unwrap_or_default();
            insert(tx, id, &new.name, &location, false, None)?;
            for tag in &new.tags {
                put_tag(tx, id, tag)?;
            }
            record(tx, &actor, "create", id, &new.name)?;
            Ok(ExperimentId(id))
        })
    }

    pub fn experiment(&self, id: ExperimentId) -> Result<Experiment> {
        self.read(|sql| load(sql, id.0)?.ok_or_else(|| unknown(id.0)))
    }

    pub fn experiment_by_name(&self, name: &str) -> Result<Experiment> {
        self.read(|sql| {
            let id: Option<i64> = sql
                .prepare_cached("SELECT id FROM experiment WHERE name = ?1")?
                .query_row([name], |row| row.get(0))
                .optional()?;
            let found = match id {
                Some(id) => load(sql, id)?,
                None => None,
            };
            found.ok_or_else(|| StoreError::not_found(format!("Could not find experiment with name '{name}'")))
        })
    }

    pub fn rename_experiment(&self, actor: &Actor, id: ExperimentId, name: &str) -> Result<()> {
        validate::experiment_name(name)?;
        let (actor, name) = (actor.clone(), name.to_owned());
        self.write(move |tx| {
            let old = state(tx.sql(), id.0)?;
            if old.deleted {
                return Err(StoreError::new(StoreErrorKind::InvalidState, "Cannot rename a non-active experiment."));
            }
            if old.name == name {
                return Ok(());
            }
            refuse_taken_name(tx.sql(), &name)?;
            let revision = tx.revision()? as i64;
            tx.sql()
                .prepare_cached("UPDATE experiment SET name = ?2, updated_at = ?3, revision = ?4 WHERE id = ?1")?
                .execute(params![id.0, name, tx.now, revision])?;
            record(tx, &actor, "rename", id.0, &format!("{:?} -> {name:?}", old.name))
        })
    }

    /// Puts the experiment and its active runs in the bin.
    pub fn delete_experiment(&self, actor: &Actor, id: ExperimentId) -> Result<()> {
        let actor = actor.clone();
        self.write(move |tx| {
            if state(tx.sql(), id.0)?.deleted {
                return Err(unknown(id.0));
            }
            set_deleted(tx, id.0, true)?;
            let revision = tx.revision()? as i64;
            let runs = tx
                .sql()
                .prepare_cached(
                    "UPDATE run SET deleted = 2, deleted_at = ?2, revision = ?3 WHERE experiment_id = ?1 AND deleted = 0",
                )?
                .execute(params![id.0, tx.now, revision])?;
            record(tx, &actor, "delete", id.0, &format!("with {runs} runs"))
        })
    }

    /// Takes the experiment out of the bin, and the runs that went with it.
    pub fn restore_experiment(&self, actor: &Actor, id: ExperimentId) -> Result<()> {
        let actor = actor.clone();
        self.write(move |tx| {
            if !state(tx.sql(), id.0)?.deleted {
                return Err(unknown(id.0));
            }
            set_deleted(tx, id.0, false)?;
            let revision = tx.revision()? as i64;
            let runs = tx
                .sql()
                .prepare_cached(
                    "UPDATE run SET deleted = 0, deleted_at = NULL, revision = ?2 WHERE experiment_id = ?1 AND deleted = 2",
                )?
                .execute(params![id.0, revision])?;
            record(tx, &actor, "restore", id.0, &format!("with {runs} runs"))
        })
    }

    pub fn set_experiment_tag(&self, actor: &Actor, id: ExperimentId, tag: &Tag) -> Result<()> {
        validate::experiment_tag(tag)?;
        let (actor, tag) = (actor.clone(), tag.clone());
        self.write(move |tx| {
            require_active(tx.sql(), id.0)?;
            let old = put_tag(tx, id.0, &tag)?;
            let detail = super::batch::tag_change(&tag.key, old.as_deref(), Some(&tag.value));
            record(tx, &actor, "set tag", id.0, &detail)
        })
    }

    pub fn delete_experiment_tag(&self, actor: &Actor, id: ExperimentId, key: &str) -> Result<()> {
        let (actor, key) = (actor.clone(), key.to_owned());
        self.write(move |tx| {
            require_active(tx.sql(), id.0)?;
            let old: Option<String> = tx
                .sql()
                .prepare_cached("DELETE FROM experiment_tag WHERE experiment_id = ?1 AND key = ?2 RETURNING value")?
                .query_row(params![id.0, key], |row| row.get(0))
                .optional()?;
            let Some(old) = old else {
                return Err(StoreError::not_found(format!("No tag with name: {key} in experiment with id {}", id.0)));
            };
            touch(tx, id.0)?;
            record(tx, &actor, "delete tag", id.0, &super::batch::tag_change(&key, Some(&old), None))
        })
    }

    /// How many active runs each experiment has.
    pub fn run_counts(&self) -> Result<Vec<(ExperimentId, u64)>> {
        self.read(|sql| {
            let mut statement = sql.prepare_cached(
                "SELECT e.id, (SELECT count(*) FROM run r WHERE r.experiment_id = e.id AND r.deleted = 0)
                 FROM experiment e ORDER BY e.id",
            )?;
            let rows = statement.query_map([], |row| Ok((ExperimentId(row.get(0)?), row.get::<_, i64>(1)? as u64)))?;
            Ok(rows.collect::<rusqlite::Result<_>>()?)
        })
    }
}

/// What writes need to know of an experiment.
pub(super) struct State {
    pub(super) name: String,
    pub(super) artifact_location: String,
    pub(super) deleted: bool,
}

pub(super) fn state(sql: &Connection, id: i64) -> Result<State> {
    sql.prepare_cached("SELECT name, artifact_location, deleted FROM experiment WHERE id = ?1")?
        .query_row([id], |row| Ok(State { name: row.get(0)?, artifact_location: row.get(1)?, deleted: row.get(2)? }))
        .optional()?
        .ok_or_else(|| unknown(id))
}

/// As `state`, refusing an experiment in the bin.
pub(super) fn require_active(sql: &Connection, id: i64) -> Result<State> {
    let state = state(sql, id)?;
    if state.deleted {
        return Err(StoreError::new(
            StoreErrorKind::InvalidState,
            format!("The experiment {id} must be in the 'active' state. Current state is deleted."),
        ));
    }
    Ok(state)
}

pub(super) fn unknown(id: i64) -> StoreError {
    StoreError::not_found(format!("No Experiment with id={id} exists"))
}

/// The number after the greatest in use. Huge ones do not count: imported experiments may bring random numbers.
pub(super) fn next_id(sql: &Connection) -> Result<i64> {
    const HUGE: i64 = 1_000_000_000_000;
    Ok(sql
        .prepare_cached("SELECT coalesce(max(id), -1) + 1 FROM experiment WHERE id < ?1")?
        .query_row([HUGE], |row| row.get(0))?)
}

fn refuse_taken_name(sql: &Connection, name: &str) -> Result<()> {
    let deleted: Option<bool> = sql
        .prepare_cached("SELECT deleted FROM experiment WHERE name = ?1")?
        .query_row([name], |row| row.get(0))
        .optional()?;
    let hint = match deleted {
        None => return Ok(()),
        Some(true) => " It is in the bin: restore it, or choose another name.",
        Some(false) => "",
    };
    Err(StoreError::new(StoreErrorKind::AlreadyExists, format!("Experiment(name={name}) already exists.{hint}")))
}

/// Adds the row; an empty location stands for the usual one. `times`: creation and last update, else now.
pub(super) fn insert(
    tx: &mut Tx<'_>,
    id: i64,
    name: &str,
    location: &str,
    deleted: bool,
    times: Option<(i64, i64)>,
) -> Result<()> {
    let usual = format!("mlflow-artifacts:/{id}");
    let location = if location.is_empty() { usual.as_str() } else { location };
    let (created_at, updated_at) = times.unwrap_or((tx.now, tx.now));
    let revision = tx.revision()? as i64;
    tx.sql()
        .prepare_cached(
            "INSERT INTO experiment (id, name, artifact_location, deleted, created_at, updated_at, revision)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        )?
        .execute(params![id, name, location, deleted, created_at, updated_at, revision])?;
    Ok(())
}

/// Sets a tag and answers its old value.
pub(super) fn put_tag(tx: &mut Tx<'_>, id: i64, tag: &Tag) -> Result<Option<String>> {
    let old: Option<String> = tx
        .sql()
        .prepare_cached("SELECT value FROM experiment_tag WHERE experiment_id = ?1 AND key = ?2")?
        .query_row(params![id, tag.key], |row| row.get(0))
        .optional()?;
    if old.as_ref() == Some(&tag.value) {
        return Ok(old);
    }
    let position = tx.position()?;
    tx.sql()
        .prepare_cached(
            "INSERT INTO experiment_tag (experiment_id, key, value, position) VALUES (?1, ?2, ?3, ?4)
             ON CONFLICT DO UPDATE SET value = ?3",
        )?
        .execute(params![id, tag.key, tag.value, position])?;
    touch(tx, id)?;
    Ok(old)
}

fn touch(tx: &mut Tx<'_>, id: i64) -> Result<()> {
    let revision = tx.revision()? as i64;
    tx.sql().prepare_cached("UPDATE experiment SET revision = ?2 WHERE id = ?1")?.execute([id, revision])?;
    Ok(())
}

fn set_deleted(tx: &mut Tx<'_>, id: i64, deleted: bool) -> Result<()> {
    let revision = tx.revision()? as i64;
    tx.sql()
        .prepare_cached("UPDATE experiment SET deleted = ?2, updated_at = ?3, revision = ?4 WHERE id = ?1")?
        .execute(params![id, deleted, tx.now, revision])?;
    Ok(())
}

pub(super) fn record(tx: &mut Tx<'_>, actor: &Actor, action: &'static str, id: i64, detail: &str) -> Result<()> {
    tx.record(actor, &Entry { action, subject: "experiment", subject_id: &id.to_string(), detail })
}

fn load(sql: &Connection, id: i64) -> Result<Option<Experiment>> {
    Ok(load_all(sql, &[id])?.pop())
}

/// The experiments of these ids, in the order given; unknown ids are left out.
pub(super) fn load_all(sql: &Connection, ids: &[i64]) -> Result<Vec<Experiment>> {
    let mut experiments = Vec::with_capacity(ids.len());
    let mut statement = sql.prepare_cached(
        "SELECT id, name, artifact_location, deleted, created_at, updated_at FROM experiment WHERE id = ?1",
    )?;
    let mut tags =
        sql.prepare_cached("SELECT key, value FROM experiment_tag WHERE experiment_id = ?1 ORDER BY position")?;
    for id in ids {
        let Some(mut experiment) = statement.query_row([id], from_row).optional()? else { continue };
        experiment.tags = tags
            .query_map([id], |row| Ok(Tag { key: row.get(0)?, value: row.get(1)? }))?
            .collect::<rusqlite::Result<_>>()?;
        experiments.push(experiment);
    }
    Ok(experiments)
}

fn from_row(row: &Row<'_>) -> rusqlite::Result<Experiment> {
    Ok(Experiment {
        id: ExperimentId(row.get(0)?),
        name: row.get(1)?,
        artifact_location: row.get(2)?,
        lifecycle_stage: if row.get(3)? { LifecycleStage::Deleted } else { LifecycleStage::Active },
        created_at: row.get(4)?,
        updated_at: row.get(5)?,
        tags: Vec::new(),
    })
}
