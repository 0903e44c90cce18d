//! The entry for importers: whole experiments, runs and logged models under the ids and times they had elsewhere.
//!
//! Invariant: importing the same thing again adds only what is missing; nothing that is here already is changed.

use rusqlite::{Connection, OptionalExtension as _, params};

use super::batch::{put_param, put_tag};
use super::inputs::{put_dataset_input, put_model_input, put_model_output};
use super::metrics::{ModelPoint, Series, write_series};
use super::runs::{self, RunRef};
use super::writer::Tx;
use super::{Result, Store, experiments, logged_models};
use crate::domain::{
    Actor, DatasetInput, Experiment, ExperimentId, LifecycleStage, LoggedModel, LoggedModelId, Metric, MetricPoint,
    ModelOutput, Param, RunId, RunStatus, Tag, validate,
};

/// A run as it stood elsewhere.
#[derive(Debug, Clone, PartialEq)]
pub struct ImportedRun {
    pub id: RunId,
    /// The experiment here, as `import_experiment` answered it.
    pub experiment_id: ExperimentId,
    pub name: String,
    pub user: String,
    pub status: RunStatus,
    pub started_at: Option<i64>,
    pub ended_at: Option<i64>,
    pub lifecycle_stage: LifecycleStage,
    /// `None`: below the experiment's artifact location, as for a new run.
    pub artifact_uri: Option<String>,
    pub params: Vec<Param>,
    pub tags: Vec<Tag>,
    /// Whole histories, in any order; one entry a key.
    pub metrics: Vec<(String, Vec<MetricPoint>)>,
    pub datasets: Vec<DatasetInput>,
    pub model_inputs: Vec<LoggedModelId>,
    pub model_outputs: Vec<ModelOutput>,
}

/// What importing one thing changed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ImportOutcome {
    /// Whether the run or model itself is new here.
    pub created: bool,
    pub params: u64,
    pub tags: u64,
    pub points: u64,
    pub inputs: u64,
    pub outputs: u64,
}

impl ImportOutcome {
    /// Whether anything was added.
    pub fn changed(&self) -> bool {
        *self != Self::default()
    }
}

impl Store {
    /// Brings an experiment here and answers the id that it has here and whether it is new: an experiment of the same
    /// name is taken as the same; else it keeps its id if that is free. Its tags are added where missing.
    /// `artifact_location` must be one that may be stored; `None` gives it the usual one.
    pub fn import_experiment(
        &self,
        actor: &Actor,
        experiment: &Experiment,
        artifact_location: Option<&str>,
    ) -> Result<(ExperimentId, bool)> {
        validate::experiment_name(&experiment.name)?;
        if let Some(location) = artifact_location {
            validate::artifact_location(location)?;
        }
        let (actor, experiment) = (actor.clone(), experiment.clone());
        let location = artifact_location.unwrap_or_default().to_owned();
        self.write(move |tx| {
            let known: Option<i64> = tx
                .sql()
                .prepare_cached("SELECT id FROM experiment WHERE name = ?1")?
                .query_row([&experiment.name], |row| row.get(0))
                .optional()?;
            let (id, is_new) = match known {
                Some(id) => (id, false),
                None => (free_id(tx.sql(), experiment.id.0)?, true),
            };
            if is_new {
                let deleted = experiment.lifecycle_stage == LifecycleStage::Deleted;
                let times = (experiment.created_at, experiment.updated_at);
                experiments::insert(tx, id, &experiment.name, &location, deleted, Some(times))?;
                let detail = format!("{} (there: id {})", experiment.name, experiment.id);
                experiments::record(tx, &actor, "import", id, &detail)?;
            }
            for tag in &experiment.tags {
                let has = tx
                    .sql()
                    .prepare_cached("SELECT 1 FROM experiment_tag WHERE experiment_id = ?1 AND key = ?2")?
                    .exists(params![id, tag.key])?;
                if !has {
                    experiments::put_tag(tx, id, tag)?;
                }
            }
            Ok((ExperimentId(id), is_new))
        })
    }

    /// Brings a run here under its own id, in one transaction. A run that is here already gets the params, tags,
    /// points, inputs and outputs that it lacks, and its end if it had not ended; what it has stays.
    pub fn import_run(&self, actor: &Actor, run: ImportedRun) -> Result<ImportOutcome> {
        validate::run_id(run.id.as_str())?;
        let actor = actor.clone();
        let series: Vec<Series> = run
            .metrics
            .iter()
            .map(|(key, points)| {
                let mut points = points.clone();
                points.sort_by(MetricPoint::recency);
                Series { key: key.clone(), points }
            })
            .collect();
        self.write(move |tx| {
            let (place, created) = place_run(tx, &run)?;
            let mut outcome = ImportOutcome { created, ..ImportOutcome::default() };
            let ended = !created && end_run(tx, &place, &run)?;
            for param in &run.params {
                outcome.params += u64::from(put_param(tx, &place, param)?.is_none());
            }
            for tag in &run.tags {
                if !has_tag(tx.sql(), &place, &tag.key)? {
                    put_tag(tx, &place, &tag.key, &tag.value)?;
                    outcome.tags += 1;
                }
            }
            for series in &series {
                outcome.points += write_series(tx, &place, series)?;
            }
            for input in &run.datasets {
                outcome.inputs += u64::from(put_dataset_input(tx, &place, input)?);
            }
            for model in &run.model_inputs {
                outcome.inputs += u64::from(put_model_input(tx, &place, model)?);
            }
            for output in &run.model_outputs {
                outcome.outputs += u64::from(put_model_output(tx, &place, output)?);
            }
            if outcome.changed() || ended {
                runs::touch(tx, &place)?;
                let detail = format!(
                    "{} params, {} tags, {} points, {} inputs, {} outputs",
                    outcome.params, outcome.tags, outcome.points, outcome.inputs, outcome.outputs
                );
                runs::record(tx, &actor, "import", run.id.as_str(), &detail)?;
            }
            Ok(outcome)
        })
    }

    /// Brings a logged model here under its own id; its metrics come with `metrics` (those name the run and dataset).
    /// `model.artifact_uri` empty: below the experiment's artifact location. Metrics of runs that are not here are
    /// left out, so import the runs first.
    pub fn import_logged_model(
        &self,
        actor: &Actor,
        model: LoggedModel,
        metrics: Vec<(RunId, Metric)>,
    ) -> Result<ImportOutcome> {
        validate::run_id(model.id.as_str())?;
        let actor = actor.clone();
        self.write(move |tx| {
            let (row, created) = place_model(tx, &model)?;
            let mut outcome = ImportOutcome { created, ..ImportOutcome::default() };
            for param in &model.params {
                outcome.params += u64::from(logged_models::put_param(tx, row, param)?.is_none());
            }
            for tag in &model.tags {
                let key = tx.key_id(&tag.key)?;
                let has = tx
                    .sql()
                    .prepare_cached("SELECT 1 FROM logged_model_tag WHERE model_id = ?1 AND key_id = ?2")?
                    .exists([row, key])?;
                if !has {
                    logged_models::put_tag(tx, row, tag)?;
                    outcome.tags += 1;
                }
            }
            for (run, metric) in metrics {
                let Some(run) = runs::find_if_any(tx.sql(), run.as_str())? else { continue };
                let point = ModelPoint {
                    key: metric.key,
                    point: metric.point,
                    model: model.id.clone(),
                    dataset: metric.dataset,
                };
                outcome.points += u64::from(logged_models::write_point_at(tx, row, &run, &point)?);
            }
            if outcome.changed() {
                logged_models::touch(tx, row)?;
                logged_models::record(tx, &actor, "import", &model.id, &model.name)?;
            }
            Ok(outcome)
        })
    }
}

/// The wanted id if no experiment has it, else the next free one.
fn free_id(sql: &Connection, wanted: i64) -> Result<i64> {
    let taken = wanted < 0 || sql.prepare_cached("SELECT 1 FROM experiment WHERE id = ?1")?.exists([wanted])?;
    if !taken {
        return Ok(wanted);
    }
    experiments::next_id(sql)
}

/// The run's row, and whether it was made.
fn place_run(tx: &mut Tx<'_>, run: &ImportedRun) -> Result<(RunRef, bool)> {
    if let Some(known) = runs::find_if_any(tx.sql(), run.id.as_str())? {
        return Ok((known, false));
    }
    let home = experiments::state(tx.sql(), run.experiment_id.0)?;
    let usual = format!("{}/{}/artifacts", home.artifact_location.trim_end_matches('/'), run.id);
    let revision = tx.revision()? as i64;
    // A run in the bin of an experiment in the bin went there with it, as far as anyone can tell.
    let deleted = match (run.lifecycle_stage, home.deleted) {
        (LifecycleStage::Active, false) => 0,
        (LifecycleStage::Deleted, false) => 1,
        (_, true) => 2,
    };
    let row = tx
        .sql()
        .prepare_cached(
            "INSERT INTO run (run_id, experiment_id, name, user, status, started_at, ended_at, artifact_uri, deleted,
                              deleted_at, revision)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
        )?
        .insert(params![
            run.id.as_str(),
            run.experiment_id.0,
            run.name,
            run.user,
            run.status.as_str(),
            run.started_at,
            run.ended_at,
            run.artifact_uri.as_ref().unwrap_or(&usual),
            deleted,
            (deleted > 0).then_some(tx.now),
            revision
        ])?;
    Ok((RunRef { row, experiment: run.experiment_id.0, deleted: deleted > 0 }, true))
}

/// Ends a run that was still going on when it was imported before; says whether it did.
fn end_run(tx: &Tx<'_>, place: &RunRef, run: &ImportedRun) -> Result<bool> {
    if !run.status.is_terminal() {
        return Ok(false);
    }
    let changed = tx
        .sql()
        .prepare_cached(
            "UPDATE run SET status = ?2, ended_at = coalesce(ended_at, ?3)
             WHERE id = ?1 AND status IN ('RUNNING', 'SCHEDULED')",
        )?
        .execute(params![place.row, run.status.as_str(), run.ended_at])?;
    Ok(changed > 0)
}

fn has_tag(sql: &Connection, run: &RunRef, key: &str) -> Result<bool> {
    Ok(sql
        .prepare_cached(
            "SELECT 1 FROM tag WHERE experiment_id = ?1 AND run_id = ?3
             AND key_id = (SELECT id FROM key WHERE name = ?2)",
        )?
        .exists(params![run.experiment, key, run.row])?)
}

/// The model's row, and whether it was made.
fn place_model(tx: &mut Tx<'_>, model: &LoggedModel) -> Result<(i64, bool)> {
    let known: Option<i64> = tx
        .sql()
        .prepare_cached("SELECT id FROM logged_model WHERE model_id = ?1")?
        .query_row([model.id.as_str()], |row| row.get(0))
        .optional()?;
    if let Some(row) = known {
        return Ok((row, false));
    }
    let home = experiments::state(tx.sql(), model.experiment_id.0)?;
    let usual = logged_models::usual_artifact_uri(&home.artifact_location, &model.id);
    let artifact_uri = if model.artifact_uri.is_empty() { &usual } else { &model.artifact_uri };
    let revision = tx.revision()? as i64;
    let row = tx
        .sql()
        .prepare_cached(
            "INSERT INTO logged_model (model_id, experiment_id, name, artifact_uri, created_at, updated_at, status,
                                       model_type, source_run_id, revision)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
        )?
        .insert(params![
            model.id.as_str(),
            model.experiment_id.0,
            model.name,
            artifact_uri,
            model.created_at,
            model.updated_at,
            logged_models::status_word(model.status),
            model.model_type,
            model.source_run_id.as_ref().map(RunId::as_str),
            revision
        ])?;
    Ok((row, true))
}
