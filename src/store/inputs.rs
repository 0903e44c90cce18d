//! Datasets and models that runs read, and models that they wrote.
//!
//! Invariant: within an experiment a dataset's name and digest identify it; what was first stored of it stays.

use std::collections::HashMap;

use rusqlite::{Connection, OptionalExtension as _, params};

use super::runs::{RunRef, active, id_list, record, touch};
use super::writer::Tx;
use super::{Result, Store};
use crate::domain::{
    Actor, Dataset, DatasetInput, DatasetSummary, ExperimentId, LoggedModelId, ModelOutput, Run, RunId, Tag, tag_key,
    validate,
};

/// How many lines a list of datasets has at most, as in MLflow; it has no pages.
const MAX_SUMMARIES: usize = 1_000;

impl Store {
    pub fn log_inputs(
        &self,
        actor: &Actor,
        run: &RunId,
        datasets: &[DatasetInput],
        models: &[LoggedModelId],
    ) -> Result<()> {
        for input in datasets {
            validate::dataset_input(input)?;
        }
        let (actor, id) = (actor.clone(), run.clone());
        let (datasets, models) = (datasets.to_vec(), models.to_vec());
        self.write(move |tx| {
            let run = active(tx.sql(), id.as_str())?;
            let mut changes = Vec::new();
            for input in &datasets {
                if put_dataset_input(tx, &run, input)? {
                    changes.push(format!("dataset {:?} {}", input.dataset.name, input.dataset.digest));
                }
            }
            for model in &models {
                if put_model_input(tx, &run, model)? {
                    changes.push(format!("model {model}"));
                }
            }
            if !changes.is_empty() {
                touch(tx, &run)?;
                record(tx, &actor, "log inputs", id.as_str(), &changes.join("\n"))?;
            }
            Ok(())
        })
    }

    pub fn log_outputs(&self, actor: &Actor, run: &RunId, models: &[ModelOutput]) -> Result<()> {
        let (actor, id, models) = (actor.clone(), run.clone(), models.to_vec());
        self.write(move |tx| {
            let run = active(tx.sql(), id.as_str())?;
            let mut changes = Vec::new();
            for output in &models {
                if put_model_output(tx, &run, output)? {
                    changes.push(format!("model {} at step {}", output.model_id, output.step));
                }
            }
            if !changes.is_empty() {
                touch(tx, &run)?;
                record(tx, &actor, "log outputs", id.as_str(), &changes.join("\n"))?;
            }
            Ok(())
        })
    }

    /// The datasets that runs of these experiments read, each once for every context it was read in; the first
    /// thousand of them.
    pub fn search_datasets(&self, experiments: &[ExperimentId]) -> Result<Vec<DatasetSummary>> {
        self.read(|sql| {
            let mut statement = sql.prepare_cached(&format!(
                "SELECT DISTINCT d.experiment_id, d.name, d.digest, t.value
                 FROM dataset d
                 JOIN run_dataset i ON i.dataset_id = d.id
                 JOIN run r ON r.id = i.run_id AND r.deleted = 0
                 LEFT JOIN run_dataset_tag t ON t.run_id = i.run_id AND t.dataset_id = d.id AND t.key = ?2
                 WHERE d.experiment_id IN (SELECT value FROM json_each(?1))
                 ORDER BY d.experiment_id, d.name, d.digest, t.value LIMIT {MAX_SUMMARIES}"
            ))?;
            let wanted = id_list(experiments.iter().map(|id| id.0));
            let rows = statement.query_map(params![wanted, tag_key::DATASET_CONTEXT], |row| {
                Ok(DatasetSummary {
                    experiment_id: ExperimentId(row.get(0)?),
                    name: row.get(1)?,
                    digest: row.get(2)?,
                    context: row.get(3)?,
                })
            })?;
            Ok(rows.collect::<rusqlite::Result<_>>()?)
        })
    }
}

/// Says whether anything was new.
pub(super) fn put_dataset_input(tx: &mut Tx<'_>, run: &RunRef, input: &DatasetInput) -> Result<bool> {
    let dataset = dataset_id(tx, run.experiment, &input.dataset)?;
    let known = tx
        .sql()
        .prepare_cached("SELECT 1 FROM run_dataset WHERE run_id = ?1 AND dataset_id = ?2")?
        .exists([run.row, dataset])?;
    if !known {
        let position = tx.position()?;
        tx.sql()
            .prepare_cached("INSERT INTO run_dataset (run_id, dataset_id, position) VALUES (?1, ?2, ?3)")?
            .execute([run.row, dataset, position])?;
    }
    let mut changed = !known;
    for tag in &input.tags {
        let same = tx
            .sql()
            .prepare_cached(
                "SELECT 1 FROM run_dataset_tag WHERE run_id = ?1 AND dataset_id = ?2 AND key = ?3 AND value = ?4",
            )?
            .exists(params![run.row, dataset, tag.key, tag.value])?;
        if !same {
            let position = tx.position()?;
            tx.sql()
                .prepare_cached(
                    "INSERT INTO run_dataset_tag (run_id, dataset_id, key, value, position)
                     VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT DO UPDATE SET value = ?4",
                )?
                .execute(params![run.row, dataset, tag.key, tag.value, position])?;
            changed = true;
        }
    }
    Ok(changed)
}

fn dataset_id(tx: &Tx<'_>, experiment: i64, dataset: &Dataset) -> Result<i64> {
    let known: Option<i64> = tx
        .sql()
        .prepare_cached("SELECT id FROM dataset WHERE experiment_id = ?1 AND name = ?2 AND digest = ?3")?
        .query_row(params![experiment, dataset.name, dataset.digest], |row| row.get(0))
        .optional()?;
    if let Some(id) = known {
        return Ok(id);
    }
    Ok(tx
        .sql()
        .prepare_cached(
            "INSERT INTO dataset (experiment_id, name, digest, source_type, source, schema, profile)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        )?
        .insert(params![
            experiment,
            dataset.name,
            dataset.digest,
            dataset.source_type,
            dataset.source,
            dataset.schema,
            dataset.profile
        ])?)
}

/// Says whether it was new.
pub(super) fn put_model_input(tx: &mut Tx<'_>, run: &RunRef, model: &LoggedModelId) -> Result<bool> {
    let known = tx
        .sql()
        .prepare_cached("SELECT 1 FROM run_model_input WHERE run_id = ?1 AND model_id = ?2")?
        .exists(params![run.row, model.as_str()])?;
    if !known {
        let position = tx.position()?;
        tx.sql()
            .prepare_cached("INSERT INTO run_model_input (run_id, model_id, position) VALUES (?1, ?2, ?3)")?
            .execute(params![run.row, model.as_str(), position])?;
    }
    Ok(!known)
}

/// Says whether it was new. A model that the run is known to have written keeps its step.
pub(super) fn put_model_output(tx: &mut Tx<'_>, run: &RunRef, output: &ModelOutput) -> Result<bool> {
    let known = tx
        .sql()
        .prepare_cached("SELECT 1 FROM run_model_output WHERE run_id = ?1 AND model_id = ?2")?
        .exists(params![run.row, output.model_id.as_str()])?;
    if !known {
        let position = tx.position()?;
        tx.sql()
            .prepare_cached("INSERT INTO run_model_output (run_id, model_id, step, position) VALUES (?1, ?2, ?3, ?4)")?
            .execute(params![run.row, output.model_id.as_str(), output.step, position])?;
    }
    Ok(!known)
}

/// Fills in the inputs and outputs of the runs whose rows the JSON list `wanted` names.
pub(super) fn fill(sql: &Connection, wanted: &str, runs: &mut HashMap<i64, Run>) -> Result<()> {
    fill_datasets(sql, wanted, runs)?;
    let mut statement = sql.prepare_cached(
        "SELECT run_id, model_id FROM run_model_input WHERE run_id IN (SELECT value FROM json_each(?1))
         ORDER BY run_id, position",
    )?;
    let mut rows = statement.query([wanted])?;
    while let Some(row) = rows.next()? {
        if let Some(run) = runs.get_mut(&row.get(0)?) {
            run.model_inputs.push(LoggedModelId::new(row.get_ref(1)?.as_str().map_err(rusqlite::Error::from)?));
        }
    }
    let mut statement = sql.prepare_cached(
        "SELECT run_id, model_id, step FROM run_model_output WHERE run_id IN (SELECT value FROM json_each(?1))
         ORDER BY run_id, position",
    )?;
    let mut rows = statement.query([wanted])?;
    while let Some(row) = rows.next()? {
        if let Some(run) = runs.get_mut(&row.get(0)?) {
            let model_id = LoggedModelId::new(row.get_ref(1)?.as_str().map_err(rusqlite::Error::from)?);
            run.model_outputs.push(ModelOutput { model_id, step: row.get(2)? });
        }
    }
    Ok(())
}

fn fill_datasets(sql: &Connection, wanted: &str, runs: &mut HashMap<i64, Run>) -> Result<()> {
    let mut statement = sql.prepare_cached(
        "SELECT i.run_id, i.dataset_id, d.name, d.digest, d.source_type, d.source, d.schema, d.profile
         FROM run_dataset i JOIN dataset d ON d.id = i.dataset_id
         WHERE i.run_id IN (SELECT value FROM json_each(?1)) ORDER BY i.run_id, i.position",
    )?;
    let mut tags = sql.prepare_cached(
        "SELECT key, value FROM run_dataset_tag WHERE run_id = ?1 AND dataset_id = ?2 ORDER BY position",
    )?;
    let mut rows = statement.query([wanted])?;
    while let Some(row) = rows.next()? {
        let (run, dataset): (i64, i64) = (row.get(0)?, row.get(1)?);
        let tags = tags
            .query_map([run, dataset], |row| Ok(Tag { key: row.get(0)?, value: row.get(1)? }))?
            .collect::<rusqlite::Result<_>>()?;
        let dataset = Dataset {
            name: row.get(2)?,
            digest: row.get(3)?,
            source_type: row.get(4)?,
            source: row.get(5)?,
            schema: row.get(6)?,
            profile: row.get(7)?,
        };
        if let Some(run) = runs.get_mut(&run) {
            run.datasets.push(DatasetInput { dataset, tags });
        }
    }
    Ok(())
}
