//! Logged models: their status, params, tags and metrics, and their bin.
//!
//! Invariant: a model in the bin is as unknown to all calls but deleting it again.

use rusqlite::{Connection, OptionalExtension as _, Row, params};

use super::batch::tag_change;
use super::cache::KeyNames;
use super::metrics::ModelPoint;
use super::names::{random_id, random_name};
use super::runs::{RunRef, id_list};
use super::writer::{Entry, Tx};
use super::{Result, Store, StoreError, experiments};
use crate::domain::{
    Actor, DatasetRef, ExperimentId, LoggedModel, LoggedModelId, LoggedModelStatus, Metric, MetricPoint, ModelMetric,
    NewLoggedModel, Param, RunId, Tag, validate,
};

impl Store {
    pub fn create_logged_model(
        &self,
        actor: &Actor,
        experiment: ExperimentId,
        new: NewLoggedModel,
    ) -> Result<LoggedModel> {
        let actor = actor.clone();
        let name = new.name.filter(|name| !name.is_empty()).unwrap_or_else(random_name);
        validate::logged_model_name(&name)?;
        let params = new.params.into_iter().map(validate::logged_model_param).collect::<validate::Check<Vec<_>>>()?;
        let tags = new.tags.into_iter().map(validate::logged_model_tag).collect::<validate::Check<Vec<_>>>()?;
        let (model_type, source_run_id) = (new.model_type, new.source_run_id);
        let id = LoggedModelId::new(format!("m-{}", random_id()));
        let created = id.clone();
        self.write(move |tx| {
            let place = experiments::require_active(tx.sql(), experiment.0)?;
            let artifact_uri = usual_artifact_uri(&place.artifact_location, &id);
            let revision = tx.revision()? as i64;
            let row = tx
                .sql()
                .prepare_cached(
                    "INSERT INTO logged_model (model_id, experiment_id, name, artifact_uri, created_at, updated_at,
                                               status, model_type, source_run_id, revision)
                     VALUES (?1, ?2, ?3, ?4, ?5, ?5, 'PENDING', ?6, ?7, ?8)",
                )?
                .insert(params![
                    id.as_str(),
                    experiment.0,
                    name,
                    artifact_uri,
                    tx.now,
                    model_type,
                    source_run_id.as_ref().map(RunId::as_str),
                    revision
                ])?;
            for param in &params {
                put_param(tx, row, param)?;
            }
            for tag in &tags {
                put_tag(tx, row, tag)?;
            }
            record(tx, &actor, "create", &id, &name)
        })?;
        self.logged_model(&created)
    }

    pub fn logged_model(&self, id: &LoggedModelId) -> Result<LoggedModel> {
        self.read(|sql| {
            let row = find(sql, id)?;
            load_all(sql, &self.inner.keys, &[row])?.pop().ok_or_else(|| unknown(id))
        })
    }

    pub fn set_logged_model_status(
        &self,
        actor: &Actor,
        id: &LoggedModelId,
        status: LoggedModelStatus,
    ) -> Result<LoggedModel> {
        let (actor, model) = (actor.clone(), id.clone());
        self.write(move |tx| {
            let row = find(tx.sql(), &model)?;
            let revision = tx.revision()? as i64;
            tx.sql()
                .prepare_cached("UPDATE logged_model SET status = ?2, updated_at = ?3, revision = ?4 WHERE id = ?1")?
                .execute(params![row, status_word(status), tx.now, revision])?;
            record(tx, &actor, "set status", &model, status_word(status))
        })?;
        self.logged_model(id)
    }

    /// Puts the model in the bin. Deleting twice is no error.
    pub fn delete_logged_model(&self, actor: &Actor, id: &LoggedModelId) -> Result<()> {
        let (actor, id) = (actor.clone(), id.clone());
        self.write(move |tx| {
            let found: Option<(i64, bool)> = tx
                .sql()
                .prepare_cached("SELECT id, deleted FROM logged_model WHERE model_id = ?1")?
                .query_row([id.as_str()], |row| Ok((row.get(0)?, row.get(1)?)))
                .optional()?;
            let (row, deleted) = found.ok_or_else(|| unknown(&id))?;
            if deleted {
                return Ok(());
            }
            let revision = tx.revision()? as i64;
            tx.sql()
                .prepare_cached("UPDATE logged_model SET deleted = 1, updated_at = ?2, revision = ?3 WHERE id = ?1")?
                .execute(params![row, tx.now, revision])?;
            record(tx, &actor, "delete", &id, "")
        })
    }

    pub fn set_logged_model_tags(&self, actor: &Actor, id: &LoggedModelId, tags: &[Tag]) -> Result<LoggedModel> {
        let tags = tags.iter().cloned().map(validate::logged_model_tag).collect::<validate::Check<Vec<_>>>()?;
        let (actor, model) = (actor.clone(), id.clone());
        self.write(move |tx| {
            let row = find(tx.sql(), &model)?;
            let mut changes = Vec::new();
            for tag in &tags {
                let old = put_tag(tx, row, tag)?;
                if old.as_ref() != Some(&tag.value) {
                    changes.push(tag_change(&tag.key, old.as_deref(), Some(&tag.value)));
                }
            }
            if changes.is_empty() {
                return Ok(());
            }
            touch(tx, row)?;
            record(tx, &actor, "set tag", &model, &changes.join("\n"))
        })?;
        self.logged_model(id)
    }

    pub fn delete_logged_model_tag(&self, actor: &Actor, id: &LoggedModelId, key: &str) -> Result<()> {
        let (actor, model, name) = (actor.clone(), id.clone(), key.to_owned());
        self.write(move |tx| {
            let row = find(tx.sql(), &model)?;
            let key = tx.key_id(&name)?;
            let old: Option<String> = tx
                .sql()
                .prepare_cached("DELETE FROM logged_model_tag WHERE model_id = ?1 AND key_id = ?2 RETURNING value")?
                .query_row([row, key], |row| row.get(0))
                .optional()?;
            let Some(old) = old else {
                return Err(StoreError::not_found(format!(
                    "No tag with key '{name}' found for model with ID '{model}'."
                )));
            };
            touch(tx, row)?;
            record(tx, &actor, "delete tag", &model, &tag_change(&name, Some(&old), None))
        })
    }

    pub fn log_logged_model_params(&self, actor: &Actor, id: &LoggedModelId, params: &[Param]) -> Result<()> {
        let params = params.iter().cloned().map(validate::logged_model_param).collect::<validate::Check<Vec<_>>>()?;
        let (actor, model) = (actor.clone(), id.clone());
        self.write(move |tx| {
            let row = find(tx.sql(), &model)?;
            let mut new = Vec::new();
            for param in &params {
                match put_param(tx, row, param)? {
                    None => new.push(param.key.as_str()),
                    Some(old) if old != param.value => {
                        return Err(StoreError::invalid(format!(
                            "Changing param values is not allowed. Param with key='{}' was already logged with \
                             value='{old}' for model ID='{model}'. Attempted logging new value '{}'.",
                            param.key, param.value
                        )));
                    }
                    Some(_) => {}
                }
            }
            if new.is_empty() {
                return Ok(());
            }
            touch(tx, row)?;
            record(tx, &actor, "log", &model, &format!("params: {}", new.join(", ")))
        })
    }
}

pub(super) fn usual_artifact_uri(experiment_location: &str, id: &LoggedModelId) -> String {
    format!("{}/models/{id}/artifacts", experiment_location.trim_end_matches('/'))
}

fn unknown(id: &LoggedModelId) -> StoreError {
    StoreError::not_found(format!("Logged model with ID '{id}' not found."))
}

/// The row of a model that is not in the bin.
fn find(sql: &Connection, id: &LoggedModelId) -> Result<i64> {
    sql.prepare_cached("SELECT id FROM logged_model WHERE model_id = ?1 AND deleted = 0")?
        .query_row([id.as_str()], |row| row.get(0))
        .optional()?
        .ok_or_else(|| unknown(id))
}

/// Gives the model's row the revision of this commit.
pub(super) fn touch(tx: &mut Tx<'_>, row: i64) -> Result<()> {
    let revision = tx.revision()? as i64;
    tx.sql().prepare_cached("UPDATE logged_model SET revision = ?2 WHERE id = ?1")?.execute([row, revision])?;
    Ok(())
}

pub(super) fn record(
    tx: &mut Tx<'_>,
    actor: &Actor,
    action: &'static str,
    id: &LoggedModelId,
    detail: &str,
) -> Result<()> {
    tx.record(actor, &Entry { action, subject: "logged model", subject_id: id.as_str(), detail })
}

/// Stores a param unless the model has it; answers the value it has, if so.
pub(super) fn put_param(tx: &mut Tx<'_>, model: i64, param: &Param) -> Result<Option<String>> {
    let key = tx.key_id(&param.key)?;
    let old: Option<String> = tx
        .sql()
        .prepare_cached("SELECT value FROM logged_model_param WHERE model_id = ?1 AND key_id = ?2")?
        .query_row([model, key], |row| row.get(0))
        .optional()?;
    if old.is_none() {
        let position = tx.position()?;
        tx.sql()
            .prepare_cached(
                "INSERT INTO logged_model_param (model_id, key_id, value, position) VALUES (?1, ?2, ?3, ?4)",
            )?
            .execute(params![model, key, param.value, position])?;
    }
    Ok(old)
}

/// Sets a tag and answers its old value.
pub(super) fn put_tag(tx: &mut Tx<'_>, model: i64, tag: &Tag) -> Result<Option<String>> {
    let key = tx.key_id(&tag.key)?;
    let old: Option<String> = tx
        .sql()
        .prepare_cached("SELECT value FROM logged_model_tag WHERE model_id = ?1 AND key_id = ?2")?
        .query_row([model, key], |row| row.get(0))
        .optional()?;
    if old.as_ref() != Some(&tag.value) {
        let position = tx.position()?;
        tx.sql()
            .prepare_cached(
                "INSERT INTO logged_model_tag (model_id, key_id, value, position) VALUES (?1, ?2, ?3, ?4)
                 ON CONFLICT DO UPDATE SET value = ?3",
            )?
            .execute(params![model, key, tag.value, position])?;
    }
    Ok(old)
}

/// Stores a point that names a logged model, and says whether it was new.
pub(super) fn write_point(tx: &mut Tx<'_>, run: &RunRef, point: &ModelPoint) -> Result<bool> {
    let model = find(tx.sql(), &point.model).map_err(|error| StoreError::invalid(error.message))?;
    let added = write_point_at(tx, model, run, point)?;
    if added {
        touch(tx, model)?;
    }
    Ok(added)
}

/// As `write_point`, for a model known by its row, whose revision is left alone.
pub(super) fn write_point_at(tx: &mut Tx<'_>, model: i64, run: &RunRef, point: &ModelPoint) -> Result<bool> {
    let key = tx.key_id(&point.key)?;
    let MetricPoint { step, timestamp, value } = point.point;
    let is_nan = value.is_nan();
    let (name, digest) = point.dataset.as_ref().map_or(("", ""), |set| (set.name.as_str(), set.digest.as_str()));
    let added = tx
        .sql()
        .prepare_cached(
            "INSERT OR IGNORE INTO logged_model_metric
                 (model_id, key_id, step, timestamp, is_nan, value, run_id, dataset_name, dataset_digest)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
        )?
        .execute(params![
            model,
            key,
            step,
            timestamp,
            is_nan,
            if is_nan { 0.0 } else { value },
            run.row,
            name,
            digest
        ])?;
    Ok(added > 0)
}

/// The models of these rows, in the order given; unknown rows are left out.
pub(super) fn load_all(sql: &Connection, keys: &KeyNames, rows: &[i64]) -> Result<Vec<LoggedModel>> {
    let wanted = id_list(rows.iter().copied());
    let mut models = std::collections::HashMap::with_capacity(rows.len());
    let mut statement = sql.prepare_cached(
        "SELECT model_id, experiment_id, name, artifact_uri, created_at, updated_at, status, model_type,
                source_run_id, id
         FROM logged_model WHERE id IN (SELECT value FROM json_each(?1))",
    )?;
    let mut found = statement.query([&wanted])?;
    while let Some(row) = found.next()? {
        models.insert(row.get::<_, i64>(9)?, from_row(row)?);
    }
    let mut texts = |table: &str, push: &mut dyn FnMut(&mut LoggedModel, String, String)| -> Result<()> {
        let mut statement = sql.prepare_cached(&format!(
            "SELECT model_id, key_id, value FROM {table} WHERE model_id IN (SELECT value FROM json_each(?1))
             ORDER BY model_id, position"
        ))?;
        let mut found = statement.query([&wanted])?;
        while let Some(row) = found.next()? {
            if let Some(model) = models.get_mut(&row.get(0)?) {
                push(model, keys.resolve(sql, row.get(1)?)?.as_ref().to_owned(), row.get(2)?);
            }
        }
        Ok(())
    };
    texts("logged_model_param", &mut |model, key, value| model.params.push(Param { key, value }))?;
    texts("logged_model_tag", &mut |model, key, value| model.tags.push(Tag { key, value }))?;
    let mut statement = sql.prepare_cached(
        "SELECT m.step, m.timestamp, m.is_nan, m.value, m.model_id, m.key_id, m.dataset_name, m.dataset_digest, r.run_id
         FROM logged_model_metric m JOIN run r ON r.id = m.run_id
         WHERE m.model_id IN (SELECT value FROM json_each(?1))
         ORDER BY m.model_id, m.key_id, m.timestamp, m.step",
    )?;
    let mut found = statement.query([&wanted])?;
    while let Some(row) = found.next()? {
        let Some(model) = models.get_mut(&row.get(4)?) else { continue };
        let metric = metric_from(row, keys.resolve(sql, row.get(5)?)?.as_ref().to_owned(), &model.id)?;
        model.metrics.push(metric);
    }
    Ok(rows.iter().filter_map(|row| models.remove(row)).collect())
}

fn metric_from(row: &Row<'_>, key: String, model: &LoggedModelId) -> Result<ModelMetric> {
    let dataset = DatasetRef { name: row.get(6)?, digest: row.get(7)? };
    let known = !(dataset.name.is_empty() && dataset.digest.is_empty());
    let metric = Metric {
        key,
        point: super::metric_pages::point_from(row)?,
        model_id: Some(model.clone()),
        dataset: known.then_some(dataset),
    };
    Ok(ModelMetric { metric, run_id: RunId::new(row.get::<_, String>(8)?) })
}

fn from_row(row: &Row<'_>) -> Result<LoggedModel> {
    Ok(LoggedModel {
        id: LoggedModelId::new(row.get::<_, String>(0)?),
        experiment_id: ExperimentId(row.get(1)?),
        name: row.get(2)?,
        artifact_uri: row.get(3)?,
        created_at: row.get(4)?,
        updated_at: row.get(5)?,
        status: status_from(&row.get::<_, String>(6)?),
        model_type: row.get(7)?,
        source_run_id: row.get::<_, Option<String>>(8)?.map(RunId::new),
        params: Vec::new(),
        tags: Vec::new(),
        metrics: Vec::new(),
    })
}

/// The word in the database, which is also the one that filters know.
pub(super) fn status_word(status: LoggedModelStatus) -> &'static str {
    match status {
        LoggedModelStatus::Unspecified => "UNSPECIFIED",
        LoggedModelStatus::Pending => "PENDING",
        LoggedModelStatus::Ready => "READY",
        LoggedModelStatus::UploadFailed => "FAILED",
    }
}

fn status_from(word: &str) -> LoggedModelStatus {
    match word {
        "PENDING" => LoggedModelStatus::Pending,
        "READY" => LoggedModelStatus::Ready,
        "FAILED" => LoggedModelStatus::UploadFailed,
        _ => LoggedModelStatus::Unspecified,
    }
}
