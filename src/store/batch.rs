//! What clients log on runs: metrics, params and tags.
//!
//! Invariants: a call is stored whole or not at all; a param never changes; keys keep the order in which they were
//! first logged; what changes nothing (a param or tag that is there, a duplicate point) leaves the run's revision.

use rusqlite::{OptionalExtension as _, params};

use super::metrics::{self, Kind, ModelPoint, Series, count_use, discount_use, note_change, write_series};
use super::runs::{RunRef, active, record, touch};
use super::writer::Tx;
use super::{Result, Store, StoreError};
use crate::domain::validate::{self, python_text};
use crate::domain::{Actor, Metric, Param, RunId, Tag, tag_key};

impl Store {
    /// Logs metrics, params and tags on a run, all or nothing.
    pub fn log_batch(
        &self,
        actor: &Actor,
        run: &RunId,
        metrics: &[Metric],
        params: &[Param],
        tags: &[Tag],
    ) -> Result<()> {
        for (index, metric) in metrics.iter().enumerate() {
            // The path is only needed for the message.
            if validate::metric("", metric).is_err() {
                validate::metric(&format!("metrics[{index}]"), metric)?;
            }
        }
        validate::unique_params(params)?;
        let params = checked(params, "params", validate::param)?;
        let tags = checked(tags, "tags", validate::run_tag)?;
        self.log(actor, run, metrics, params, tags, false)
    }

    pub fn log_metric(&self, actor: &Actor, run: &RunId, metric: &Metric) -> Result<()> {
        validate::metric("", metric)?;
        self.log(actor, run, std::slice::from_ref(metric), Vec::new(), Vec::new(), false)
    }

    pub fn log_param(&self, actor: &Actor, run: &RunId, param: &Param) -> Result<()> {
        let param = validate::param("", param.clone())?;
        self.log(actor, run, &[], vec![param], Vec::new(), true)
    }

    pub fn set_tag(&self, actor: &Actor, run: &RunId, tag: &Tag) -> Result<()> {
        let tag = validate::run_tag("", tag.clone())?;
        self.log(actor, run, &[], Vec::new(), vec![tag], false)
    }

    pub fn delete_tag(&self, actor: &Actor, run: &RunId, key: &str) -> Result<()> {
        let (actor, id, key) = (actor.clone(), run.clone(), key.to_owned());
        self.write(move |tx| {
            let run = active(tx.sql(), id.as_str())?;
            let Some(old) = remove_tag(tx, &run, &key)? else {
                return Err(StoreError::not_found(format!("No tag with name: {key} in run with id {id}")));
            };
            touch(tx, &run)?;
            record(tx, &actor, "delete tag", id.as_str(), &tag_change(&key, Some(&old), None))
        })
    }

    /// Sets (`Some`) or removes (`None`) tags on many runs in one transaction; undo uses it too.
    pub fn edit_tags(&self, actor: &Actor, edits: &[(RunId, String, Option<String>)]) -> Result<()> {
        let actor = actor.clone();
        let mut checked = Vec::with_capacity(edits.len());
        for (run, key, value) in edits {
            let value = match value {
                Some(value) => Some(validate::run_tag("", Tag { key: key.clone(), value: value.clone() })?.value),
                None => None,
            };
            checked.push((run.clone(), key.clone(), value));
        }
        self.write(move |tx| {
            for (id, key, value) in &checked {
                let run = active(tx.sql(), id.as_str())?;
                let old = match value {
                    Some(value) => put_tag_and_name(tx, &run, key, value)?,
                    None => remove_tag(tx, &run, key)?,
                };
                if old != *value {
                    touch(tx, &run)?;
                    let change = tag_change(key, old.as_deref(), value.as_deref());
                    record(tx, &actor, if value.is_some() { "set tag" } else { "delete tag" }, id.as_str(), &change)?;
                }
            }
            Ok(())
        })
    }

    fn log(
        &self,
        actor: &Actor,
        run: &RunId,
        metrics: &[Metric],
        params: Vec<Param>,
        tags: Vec<Tag>,
        single_param: bool,
    ) -> Result<()> {
        let (actor, id) = (actor.clone(), run.clone());
        let (series, model_points) = metrics::group(metrics);
        self.write(move |tx| {
            let run = active(tx.sql(), id.as_str())?;
            let mut changes = Vec::new();
            let new_params = put_params(tx, &run, id.as_str(), &params, single_param)?;
            if !new_params.is_empty() {
                changes.push(format!("params: {}", new_params.join(", ")));
            }
            let points = write_points(tx, &run, &series, &model_points)?;
            for tag in &tags {
                let old = put_tag_and_name(tx, &run, &tag.key, &tag.value)?;
                if old.as_ref() != Some(&tag.value) {
                    changes.push(tag_change(&tag.key, old.as_deref(), Some(&tag.value)));
                }
            }
            if points > 0 || !changes.is_empty() {
                touch(tx, &run)?;
            }
            if !changes.is_empty() {
                record(tx, &actor, "log", id.as_str(), &changes.join("\n"))?;
            }
            Ok(())
        })
    }
}

fn checked<T: Clone>(items: &[T], name: &str, check: impl Fn(&str, T) -> validate::Check<T>) -> Result<Vec<T>> {
    items
        .iter()
        .enumerate()
        .map(|(index, item)| {
            check("", item.clone())
                .or_else(|_| check(&format!("{name}[{index}]"), item.clone()))
                .map_err(StoreError::from)
        })
        .collect()
}

/// Stores points on the run and, where they name one, on a logged model; answers how many changed something.
fn write_points(tx: &mut Tx<'_>, run: &RunRef, series: &[Series], model_points: &[ModelPoint]) -> Result<u64> {
    let mut added = 0;
    for series in series {
        added += write_series(tx, run, series)?;
    }
    for point in model_points {
        super::logged_models::write_point(tx, run, point)?;
    }
    Ok(added)
}

/// Stores the params that the run lacks and answers their keys; refuses to change one.
fn put_params(tx: &mut Tx<'_>, run: &RunRef, id: &str, params: &[Param], single: bool) -> Result<Vec<String>> {
    let mut new = Vec::new();
    let mut conflicts: Vec<(&Param, String)> = Vec::new();
    for param in params {
        match put_param(tx, run, param)? {
            None => new.push(param.key.clone()),
            Some(old) if old != param.value => conflicts.push((param, old)),
            Some(_) => {}
        }
    }
    let Some((param, old)) = conflicts.first() else { return Ok(new) };
    if single {
        return Err(StoreError::invalid(format!(
            "Changing param values is not allowed. Param with key='{}' was already logged with value='{old}' for run \
             ID='{id}'. Attempted logging new value '{}'.",
            param.key, param.value
        )));
    }
    let list: Vec<String> = conflicts
        .iter()
        .map(|(param, old)| {
            format!(
                "{{'key': {}, 'old_value': {}, 'new_value': {}}}",
                python_text(&param.key),
                python_text(old),
                python_text(&param.value)
            )
        })
        .collect();
    Err(StoreError::invalid(format!(
        "Changing param values is not allowed. Params were already logged='[{}]' for run ID='{id}'.",
        list.join(", ")
    )))
}

/// Stores a param unless the run has it; answers the value it has, if so.
pub(super) fn put_param(tx: &mut Tx<'_>, run: &RunRef, param: &Param) -> Result<Option<String>> {
    let key = tx.key_id(&param.key)?;
    let old: Option<String> = tx
        .sql()
        .prepare_cached("SELECT value FROM param WHERE experiment_id = ?1 AND key_id = ?2 AND run_id = ?3")?
        .query_row([run.experiment, key, run.row], |row| row.get(0))
        .optional()?;
    if old.is_none() {
        let position = tx.position()?;
        tx.sql()
            .prepare_cached(
                "INSERT INTO param (experiment_id, key_id, run_id, value, position) VALUES (?1, ?2, ?3, ?4, ?5)",
            )?
            .execute(params![run.experiment, key, run.row, param.value, position])?;
        count_use(tx, run.experiment, Kind::Param, key, Some(&param.value))?;
    }
    Ok(old)
}

/// Sets a tag and answers its old value; leaves the run's row alone.
pub(super) fn put_tag(tx: &mut Tx<'_>, run: &RunRef, key: &str, value: &str) -> Result<Option<String>> {
    let key = tx.key_id(key)?;
    let old: Option<String> = tx
        .sql()
        .prepare_cached("SELECT value FROM tag WHERE experiment_id = ?1 AND key_id = ?2 AND run_id = ?3")?
        .query_row([run.experiment, key, run.row], |row| row.get(0))
        .optional()?;
    if old.as_deref() == Some(value) {
        return Ok(old);
    }
    if old.is_some() {
        tx.sql()
            .prepare_cached("UPDATE tag SET value = ?4 WHERE experiment_id = ?1 AND key_id = ?2 AND run_id = ?3")?
            .execute(params![run.experiment, key, run.row, value])?;
        note_change(tx, run.experiment, Kind::Tag, key)?;
    } else {
        let position = tx.position()?;
        tx.sql()
            .prepare_cached(
                "INSERT INTO tag (experiment_id, key_id, run_id, value, position) VALUES (?1, ?2, ?3, ?4, ?5)",
            )?
            .execute(params![run.experiment, key, run.row, value, position])?;
        count_use(tx, run.experiment, Kind::Tag, key, Some(value))?;
    }
    Ok(old)
}

/// As `put_tag`; the tag that names the run renames it too.
fn put_tag_and_name(tx: &mut Tx<'_>, run: &RunRef, key: &str, value: &str) -> Result<Option<String>> {
    let old = put_tag(tx, run, key, value)?;
    if key == tag_key::RUN_NAME && old.as_deref() != Some(value) {
        tx.sql().prepare_cached("UPDATE run SET name = ?2 WHERE id = ?1")?.execute(params![run.row, value])?;
    }
    Ok(old)
}

fn remove_tag(tx: &mut Tx<'_>, run: &RunRef, key: &str) -> Result<Option<String>> {
    let key = tx.key_id(key)?;
    let old: Option<String> = tx
        .sql()
        .prepare_cached("DELETE FROM tag WHERE experiment_id = ?1 AND key_id = ?2 AND run_id = ?3 RETURNING value")?
        .query_row([run.experiment, key, run.row], |row| row.get(0))
        .optional()?;
    if old.is_some() {
        discount_use(tx, run.experiment, Kind::Tag, key)?;
    }
    Ok(old)
}

/// How the history tells a change of a tag.
pub(super) fn tag_change(key: &str, old: Option<&str>, new: Option<&str>) -> String {
    match (old, new) {
        (Some(old), Some(new)) => format!("tag {key:?}: {old:?} -> {new:?}"),
        (None, Some(new)) => format!("tag {key:?}: {new:?}"),
        (Some(old), None) => format!("tag {key:?} removed, was {old:?}"),
        (None, None) => format!("tag {key:?}"),
    }
}
