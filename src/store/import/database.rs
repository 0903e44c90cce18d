//! MLflow's SQLite database, of any version that has runs.
//!
//! Tables and columns came over the years: what a file lacks is read as absent. Only names from this file ever become
//! part of a statement.

use std::collections::{HashMap, HashSet};
use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::types::ValueRef;
use rusqlite::{Connection, OpenFlags, Row, params};

use super::artifacts::{locate, locate_experiment};
use super::file_store::{lifecycle, model_status, run_status};
use super::{ImportReport, Source, SourceExperiment, SourceModel, SourceRun};
use crate::domain::{
    Dataset, DatasetInput, DatasetRef, Experiment, ExperimentId, LoggedModel, LoggedModelId, Metric, MetricPoint,
    ModelOutput, Param, RunId, Tag, tag_key,
};
use crate::store::{ImportedRun, Result, StoreError};

/// How long a server that is writing is waited for.
const BUSY_TIMEOUT: Duration = Duration::from_secs(10);

pub(super) struct Database {
    connection: Connection,
    /// The folder that relative artifact paths start from.
    base: PathBuf,
    /// Tables and their columns, in lower case.
    columns: HashMap<String, HashSet<String>>,
}

impl Database {
    pub(super) fn open(path: &Path) -> Result<Self> {
        let shown = path.display();
        let failed = |error: &dyn std::fmt::Display| StoreError::invalid(format!("{shown} cannot be read: {error}"));
        let mut header = [0; 19];
        let read = fs::File::open(path).and_then(|mut file| file.read_exact(&mut header));
        read.map_err(|error| failed(&error))?;
        // In write-ahead mode even reading writes files beside the database, unless it is promised not to change.
        let uses_wal = header.last() == Some(&2);
        if uses_wal && has_content(path, "-wal") {
            return Err(StoreError::invalid(format!(
                "{shown} is in use or was not closed properly: its newest changes are in {shown}-wal. Stop the MLflow \
                 server and try again"
            )));
        }
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX | OpenFlags::SQLITE_OPEN_URI;
        let connection = Connection::open_with_flags(uri(path, uses_wal), flags).map_err(|error| failed(&error))?;
        connection.busy_timeout(BUSY_TIMEOUT)?;
        let columns = read_schema(&connection).map_err(|error| failed(&error))?;
        if let Some(missing) = ["experiments", "runs"].iter().find(|table| !columns.contains_key(**table)) {
            return Err(StoreError::invalid(format!(
                "{shown} is an SQLite database, but none of MLflow's: it has no table {missing}"
            )));
        }
        let base = path.parent().unwrap_or(path).to_path_buf();
        Ok(Self { connection, base, columns })
    }

    fn has(&self, table: &str) -> bool {
        self.columns.contains_key(table)
    }

    /// `SELECT` of columns of a table, NULL for those that it lacks; `None` if there is no such table.
    fn select(&self, table: &str, columns: &[&str], rest: &str) -> Option<String> {
        let known = self.columns.get(table)?;
        let list: Vec<String> = columns
            .iter()
            .map(|column| if known.contains(*column) { format!("\"{column}\"") } else { "NULL".to_owned() })
            .collect();
        Some(format!("SELECT {} FROM {table} {rest}", list.join(", ")))
    }

    /// All rows of a table for one key; none if there is no such table.
    fn rows<T>(
        &self,
        table: &str,
        columns: &[&str],
        (key_column, key): (&str, &str),
        read: impl Fn(&Row<'_>) -> std::result::Result<T, String>,
    ) -> std::result::Result<Vec<T>, String> {
        let has_key = self.columns.get(table).is_some_and(|known| known.contains(key_column));
        let sql = self.select(table, columns, &format!("WHERE \"{key_column}\" = ?1")).filter(|_| has_key);
        let Some(sql) = sql else { return Ok(Vec::new()) };
        let damaged = |error: rusqlite::Error| format!("table {table}: {error}");
        let mut statement = self.connection.prepare_cached(&sql).map_err(damaged)?;
        let mut rows = statement.query([key]).map_err(damaged)?;
        let mut found = Vec::new();
        while let Some(row) = rows.next().map_err(damaged)? {
            found.push(read(row).map_err(|why| format!("table {table}: {why}"))?);
        }
        Ok(found)
    }

    fn keys(&self, table: &str, column: &str, order: &str, experiment: ExperimentId) -> Result<Vec<String>> {
        let rest = format!("WHERE experiment_id = ?1 ORDER BY {order}");
        let Some(sql) = self.select(table, &[column], &rest) else { return Ok(Vec::new()) };
        let mut statement = self.connection.prepare(&sql).map_err(|error| unreadable(table, &error))?;
        let rows = statement.query_map([experiment.0], |row| Ok(text(row, 0).unwrap_or_default()));
        rows.and_then(Iterator::collect).map_err(|error| unreadable(table, &error))
    }

    fn datasets(&self, run: &str) -> std::result::Result<Vec<DatasetInput>, String> {
        if !self.has("inputs") || !self.has("datasets") {
            return Ok(Vec::new());
        }
        let inputs =
            self.rows("inputs", &["input_uuid", "source_id", "source_type"], ("destination_id", run), |row| {
                Ok((required(row, 0)?, required(row, 1)?, text(row, 2)))
            })?;
        let columns = ["name", "digest", "dataset_source_type", "dataset_source", "dataset_schema", "dataset_profile"];
        let mut found = Vec::new();
        for (input, dataset, kind) in inputs {
            if kind.as_deref() != Some("DATASET") {
                continue;
            }
            let read = self.rows("datasets", &columns, ("dataset_uuid", &dataset), |row| {
                Ok(Dataset {
                    name: required(row, 0)?,
                    digest: required(row, 1)?,
                    source_type: text(row, 2).unwrap_or_default(),
                    source: text(row, 3).unwrap_or_default(),
                    schema: text(row, 4),
                    profile: text(row, 5),
                })
            })?;
            let tags = self.rows("input_tags", &["name", "value"], ("input_uuid", &input), |row| {
                Ok(Tag { key: required(row, 0)?, value: text(row, 1).unwrap_or_default() })
            })?;
            found.extend(read.into_iter().map(|dataset| DatasetInput { dataset, tags: tags.clone() }));
        }
        Ok(found)
    }

    /// Models that a run read and wrote; both are kept as inputs, by the run.
    fn models_of_run(&self, run: &str) -> std::result::Result<(Vec<LoggedModelId>, Vec<ModelOutput>), String> {
        let columns = ["source_type", "destination_type", "destination_id", "step"];
        let links = self.rows("inputs", &columns, ("source_id", run), |row| {
            Ok((text(row, 0), text(row, 1), required(row, 2)?, integer(row, 3)?.unwrap_or_default()))
        })?;
        let (mut inputs, mut outputs) = (Vec::new(), Vec::new());
        for (source, destination, model, step) in links {
            match (source.as_deref(), destination.as_deref()) {
                (Some("RUN_INPUT"), Some("MODEL_INPUT")) => inputs.push(LoggedModelId::new(model)),
                (Some("RUN_OUTPUT"), Some("MODEL_OUTPUT")) => {
                    outputs.push(ModelOutput { model_id: LoggedModelId::new(model), step });
                }
                _ => {}
            }
        }
        Ok((inputs, outputs))
    }

    fn texts(
        &self,
        table: &str,
        key: &str,
        value: &str,
        by: (&str, &str),
    ) -> std::result::Result<Vec<(String, String)>, String> {
        self.rows(table, &[key, value], by, |row| Ok((required(row, 0)?, text(row, 1).unwrap_or_default())))
    }

    fn metrics(&self, run: &str) -> std::result::Result<Vec<(String, Vec<MetricPoint>)>, String> {
        let columns = ["key", "value", "timestamp", "step", "is_nan"];
        let rows = self.rows("metrics", &columns, ("run_uuid", run), |row| {
            let is_nan = integer(row, 4)?.unwrap_or_default() != 0;
            let value = if is_nan { f64::NAN } else { real(row, 1)?.unwrap_or(f64::NAN) };
            let (timestamp, step) = (integer(row, 2)?.unwrap_or_default(), integer(row, 3)?.unwrap_or_default());
            Ok((required(row, 0)?, MetricPoint { step, timestamp, value }))
        })?;
        let mut places: HashMap<String, usize> = HashMap::new();
        let mut metrics: Vec<(String, Vec<MetricPoint>)> = Vec::new();
        for (key, point) in rows {
            let place = *places.entry(key.clone()).or_insert(metrics.len());
            match metrics.get_mut(place) {
                Some((_, points)) => points.push(point),
                None => metrics.push((key, vec![point])),
            }
        }
        Ok(metrics)
    }
}

impl Source for Database {
    fn run_count(&mut self) -> Result<u64> {
        let count = self.connection.query_row("SELECT count(*) FROM runs", [], |row| row.get::<_, i64>(0));
        count.map(|count| count as u64).map_err(|error| unreadable("runs", &error))
    }

    fn experiments(&mut self, report: &mut ImportReport) -> Result<Vec<SourceExperiment>> {
        let columns = [
            "experiment_id",
            "name",
            "artifact_location",
            "lifecycle_stage",
            "creation_time",
            "last_update_time",
            "workspace",
        ];
        let sql = self.select("experiments", &columns, "ORDER BY experiment_id").unwrap_or_default();
        let mut statement = self.connection.prepare(&sql).map_err(|error| unreadable("experiments", &error))?;
        let mut rows = statement.query([]).map_err(|error| unreadable("experiments", &error))?;
        let mut experiments = Vec::new();
        while let Some(row) = rows.next().map_err(|error| unreadable("experiments", &error))? {
            match read_experiment(row) {
                Ok(mut experiment) => {
                    let by = ("experiment_id", experiment.id.to_string());
                    match self.texts("experiment_tags", "key", "value", (by.0, &by.1)) {
                        Ok(tags) => experiment.tags = tags.into_iter().map(|(key, value)| Tag { key, value }).collect(),
                        Err(why) => report.skip(format!("tags of experiment {}", experiment.name), why),
                    }
                    let artifacts = locate_experiment(&experiment.artifact_location, &self.base);
                    experiments.push(SourceExperiment { experiment, folder: self.base.clone(), artifacts });
                }
                Err(why) => report.skip(format!("experiment {}", text(row, 0).unwrap_or_default()), why),
            }
        }
        Ok(experiments)
    }

    fn runs(&mut self, experiment: &SourceExperiment) -> Result<Vec<String>> {
        self.keys("runs", "run_uuid", "start_time, run_uuid", experiment.experiment.id)
    }

    fn run(&mut self, experiment: &SourceExperiment, key: &str) -> std::result::Result<SourceRun, String> {
        let columns = ["name", "user_id", "status", "start_time", "end_time", "lifecycle_stage", "artifact_uri"];
        let tags = self.texts("tags", "key", "value", ("run_uuid", key))?;
        let mut tags: Vec<Tag> = tags.into_iter().map(|(key, value)| Tag { key, value }).collect();
        let tagged_name = tags.iter().find(|tag| tag.key == tag_key::RUN_NAME).map(|tag| tag.value.clone());
        let mut found = self.rows("runs", &columns, ("run_uuid", key), |row| {
            let name = text(row, 0).filter(|name| !name.is_empty()).or_else(|| tagged_name.clone());
            let run = ImportedRun {
                id: RunId::new(key),
                experiment_id: experiment.experiment.id,
                name: name.unwrap_or_else(|| super::source_name(key)),
                user: text(row, 1).unwrap_or_default(),
                status: run_status(&required(row, 2)?)?,
                started_at: integer(row, 3)?,
                ended_at: integer(row, 4)?,
                lifecycle_stage: lifecycle(text(row, 5).as_deref()),
                artifact_uri: None,
                params: Vec::new(),
                tags: Vec::new(),
                metrics: Vec::new(),
                datasets: Vec::new(),
                model_inputs: Vec::new(),
                model_outputs: Vec::new(),
            };
            Ok((run, text(row, 6).unwrap_or_default()))
        })?;
        let (mut run, address) = found.pop().ok_or("it is not in the table of runs any more")?;
        if tagged_name.is_none() {
            tags.push(Tag { key: tag_key::RUN_NAME.to_owned(), value: run.name.clone() });
        }
        run.tags = tags;
        let params = self.texts("params", "key", "value", ("run_uuid", key))?;
        run.params = params.into_iter().map(|(key, value)| Param { key, value }).collect();
        run.metrics = self.metrics(key)?;
        run.datasets = self.datasets(key)?;
        (run.model_inputs, run.model_outputs) = self.models_of_run(key)?;
        let artifacts = locate(&address, &self.base, key);
        Ok(SourceRun { run, artifacts, damage: Vec::new() })
    }

    fn models(&mut self, experiment: &SourceExperiment) -> Result<Vec<String>> {
        self.keys("logged_models", "model_id", "creation_timestamp_ms, model_id", experiment.experiment.id)
    }

    fn model(&mut self, experiment: &SourceExperiment, key: &str) -> std::result::Result<SourceModel, String> {
        let columns = [
            "name",
            "artifact_location",
            "creation_timestamp_ms",
            "last_updated_timestamp_ms",
            "status",
            "model_type",
            "source_run_id",
            "lifecycle_stage",
        ];
        let by = ("model_id", key);
        let mut found = self.rows("logged_models", &columns, by, |row| {
            if text(row, 7).as_deref() == Some("deleted") {
                return Err("it is in the bin there".to_owned());
            }
            let created_at = integer(row, 2)?.unwrap_or_default();
            Ok(LoggedModel {
                id: LoggedModelId::new(key),
                experiment_id: experiment.experiment.id,
                name: required(row, 0)?,
                artifact_uri: text(row, 1).unwrap_or_default(),
                created_at,
                updated_at: integer(row, 3)?.unwrap_or(created_at),
                status: model_status(&text(row, 4).unwrap_or_default()),
                model_type: text(row, 5).unwrap_or_default(),
                source_run_id: text(row, 6).filter(|id| !id.is_empty()).map(RunId::new),
                params: Vec::new(),
                tags: Vec::new(),
                metrics: Vec::new(),
            })
        })?;
        let mut model = found.pop().ok_or("it is not in the table of models any more")?;
        let params = self.texts("logged_model_params", "param_key", "param_value", by)?;
        model.params = params.into_iter().map(|(key, value)| Param { key, value }).collect();
        let tags = self.texts("logged_model_tags", "tag_key", "tag_value", by)?;
        model.tags = tags.into_iter().map(|(key, value)| Tag { key, value }).collect();
        let columns = [
            "metric_name",
            "metric_timestamp_ms",
            "metric_step",
            "metric_value",
            "run_id",
            "dataset_name",
            "dataset_digest",
        ];
        let metrics = self.rows("logged_model_metrics", &columns, by, |row| {
            let point = MetricPoint {
                step: integer(row, 2)?.unwrap_or_default(),
                timestamp: integer(row, 1)?.unwrap_or_default(),
                value: real(row, 3)?.unwrap_or(f64::NAN),
            };
            let dataset = text(row, 5).filter(|name| !name.is_empty());
            let dataset = dataset.map(|name| DatasetRef { name, digest: text(row, 6).unwrap_or_default() });
            let metric = Metric { key: required(row, 0)?, point, model_id: Some(LoggedModelId::new(key)), dataset };
            Ok((RunId::new(required(row, 4)?), metric))
        })?;
        let artifacts = locate(&model.artifact_uri, &self.base, key);
        Ok(SourceModel { model, metrics, artifacts, damage: Vec::new() })
    }
}

fn read_experiment(row: &Row<'_>) -> std::result::Result<Experiment, String> {
    let name = required(row, 1)?;
    // Servers with several workspaces may have a name in each.
    let workspace = text(row, 6).filter(|workspace| !workspace.is_empty() && workspace != "default");
    let created_at = integer(row, 4)?.unwrap_or_default();
    Ok(Experiment {
        id: ExperimentId(integer(row, 0)?.ok_or("it has no id")?),
        name: workspace.map_or(name.clone(), |workspace| format!("{workspace}/{name}")),
        artifact_location: text(row, 2).unwrap_or_default(),
        lifecycle_stage: lifecycle(text(row, 3).as_deref()),
        created_at,
        updated_at: integer(row, 5)?.unwrap_or(created_at),
        tags: Vec::new(),
    })
}

fn read_schema(connection: &Connection) -> rusqlite::Result<HashMap<String, HashSet<String>>> {
    let mut columns: HashMap<String, HashSet<String>> = HashMap::new();
    let mut statement = connection.prepare(
        "SELECT lower(t.name), lower(c.name) FROM sqlite_master t JOIN pragma_table_info(t.name) c WHERE t.type = 'table'",
    )?;
    let mut rows = statement.query(params![])?;
    while let Some(row) = rows.next()? {
        columns.entry(row.get(0)?).or_default().insert(row.get(1)?);
    }
    Ok(columns)
}

fn has_content(path: &Path, suffix: &str) -> bool {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    fs::metadata(PathBuf::from(name)).is_ok_and(|metadata| metadata.len() > 0)
}

fn uri(path: &Path, immutable: bool) -> String {
    use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
    const SPECIAL: &AsciiSet = &CONTROLS.add(b' ').add(b'%').add(b'?').add(b'#').add(b'\\');
    let text = path.to_string_lossy();
    let immutable = if immutable { "&immutable=1" } else { "" };
    format!("file:{}?mode=ro{immutable}", utf8_percent_encode(&text, SPECIAL))
}

fn unreadable(table: &str, error: &rusqlite::Error) -> StoreError {
    StoreError::invalid(format!("The table {table} of the MLflow database cannot be read: {error}"))
}

/// A value as text, whatever type it was stored as.
fn text(row: &Row<'_>, column: usize) -> Option<String> {
    match row.get_ref(column).ok()? {
        ValueRef::Null => None,
        ValueRef::Integer(integer) => Some(integer.to_string()),
        ValueRef::Real(real) => Some(real.to_string()),
        ValueRef::Text(text) | ValueRef::Blob(text) => Some(String::from_utf8_lossy(text).into_owned()),
    }
}

fn required(row: &Row<'_>, column: usize) -> std::result::Result<String, String> {
    let name = || row.as_ref().column_name(column).unwrap_or_default().to_owned();
    text(row, column).ok_or_else(|| format!("{} is missing", name()))
}

fn integer(row: &Row<'_>, column: usize) -> std::result::Result<Option<i64>, String> {
    match row.get_ref(column).map_err(|error| error.to_string())? {
        ValueRef::Null => Ok(None),
        ValueRef::Integer(integer) => Ok(Some(integer)),
        ValueRef::Real(real) if real.abs() < 9e15 => Ok(Some(real as i64)),
        _ => Err(format!("{:?} is no whole number", text(row, column).unwrap_or_default())),
    }
}

fn real(row: &Row<'_>, column: usize) -> std::result::Result<Option<f64>, String> {
    match row.get_ref(column).map_err(|error| error.to_string())? {
        ValueRef::Null => Ok(None),
        ValueRef::Real(real) => Ok(Some(real)),
        ValueRef::Integer(integer) => Ok(Some(integer as f64)),
        ValueRef::Text(_) | ValueRef::Blob(_) => {
            let text = text(row, column).unwrap_or_default();
            text.parse().map(Some).map_err(|_| format!("{text:?} is no number"))
        }
    }
}
