//! Runs on the wire.

use serde::Serialize;

use super::dataset::{DatasetInputJson, ModelInputJson, ModelOutputJson};
use super::experiment::{TagJson, read_limit, read_view};
use super::fields::Fields;
use super::metric::MetricJson;
use super::{Result, WireError, decode_offset};
use crate::domain::filter::{Subject, parse_mlflow, parse_mlflow_order};
use crate::domain::validate;
use crate::domain::{
    ExperimentId, MetricSummary, NewRun, Param, Run, RunId, RunInfo, RunSearch, RunStatus, RunUpdate, Tag, tag_key,
};

const STATUSES: [(&str, i64, RunStatus); 5] = [
    ("RUNNING", 1, RunStatus::Running),
    ("SCHEDULED", 2, RunStatus::Scheduled),
    ("FINISHED", 3, RunStatus::Finished),
    ("FAILED", 4, RunStatus::Failed),
    ("KILLED", 5, RunStatus::Killed),
];

/// Runs on a page when the client names no number.
const DEFAULT_PAGE: i64 = 1000;

/// A request to create a run.
#[derive(Debug, Clone, PartialEq)]
pub struct CreateRun {
    pub experiment: ExperimentId,
    pub run: NewRun,
}

impl CreateRun {
    pub fn read(fields: &Fields<'_>) -> Result<Self> {
        let experiment = fields.text("experiment_id")?.filter(|id| !id.is_empty());
        let started_at = fields.int("start_time")?;
        let name = fields.text("run_name")?.filter(|name| !name.is_empty());
        let user = fields.text("user_id")?.unwrap_or_default();
        let tags = fields.pairs("tags", validate::MAX_ENTRIES_PER_REQUEST, |key, value| Tag { key, value })?;
        validate::user(&user)?;
        // A run that names no experiment belongs to none: writing it into the default one would surprise.
        let experiment = experiment.ok_or_else(|| fields.missing("experiment_id"))?;
        let experiment = validate::experiment_id(&experiment)?;
        let tags: Vec<Tag> = tags.into_iter().map(validate::created_run_tag).collect::<validate::Check<_>>()?;
        let named = tags.iter().find(|tag| tag.key == tag_key::RUN_NAME && !tag.value.is_empty());
        if let (Some(name), Some(tag)) = (&name, named)
            && *name != tag.value
        {
            return Err(WireError::invalid(format!(
                "Both 'run_name' argument and 'mlflow.runName' tag are specified, but with different values \
                 (run_name='{name}', mlflow.runName='{}').",
                tag.value
            )));
        }
        // The wire cannot tell "no start time" from 1970, and neither can the clients.
        let started_at = Some(started_at.unwrap_or(0));
        Ok(Self { experiment, run: NewRun { name, user, started_at, tags } })
    }
}

/// A request to change a run's own fields.
#[derive(Debug, Clone, PartialEq)]
pub struct UpdateRun {
    pub run: RunId,
    pub update: RunUpdate,
}

impl UpdateRun {
    pub fn read(fields: &Fields<'_>) -> Result<Self> {
        let run = read_run_id(fields)?;
        let ended_at = fields.int("end_time")?;
        let status = fields.choice("status", &STATUSES)?;
        let name = fields.text("run_name")?.filter(|name| !name.is_empty());
        Ok(Self { run, update: RunUpdate { status, ended_at, name } })
    }
}

/// Reads the id that most calls name.
pub fn read_run_id(fields: &Fields<'_>) -> Result<RunId> {
    Ok(RunId::new(fields.run_id()?))
}

/// Reads which tag of which run to remove.
pub fn read_delete_tag(fields: &Fields<'_>) -> Result<(RunId, String)> {
    Ok((read_run_id(fields)?, fields.required_text("key")?))
}

/// A search over runs.
#[derive(Debug, Clone)]
pub struct SearchRuns(pub RunSearch);

impl SearchRuns {
    pub fn read(fields: &Fields<'_>) -> Result<Self> {
        let experiments = fields.texts("experiment_ids")?;
        let filter = fields.text("filter")?.unwrap_or_default();
        let limit = fields.int("max_results")?;
        if let Some(limit) = limit.filter(|limit| *limit > validate::MAX_SEARCH_RESULTS) {
            return Err(WireError::invalid(format!(
                "Invalid value {limit} for parameter 'max_results' supplied:  Hint: Value was of type 'int'. See the \
                 API docs for more information about request parameters."
            )));
        }
        let order_by = fields.texts("order_by")?;
        let view = read_view(fields, "run_view_type")?;
        let page_token = fields.text("page_token")?;
        let limit = read_limit(limit.unwrap_or(DEFAULT_PAGE))?;
        let offset = decode_offset(page_token.as_deref())?;
        let filter = parse_mlflow(&filter, Subject::Runs)?;
        let experiment_ids =
            experiments.iter().map(|id| validate::experiment_id(id)).collect::<validate::Check<Vec<_>>>()?;
        let order_by = parse_mlflow_order(&order_by, Subject::Runs)?;
        Ok(Self(RunSearch { experiment_ids, filter, view, order_by, offset, limit }))
    }
}

/// The answer that holds one run.
#[derive(Debug, Serialize)]
pub struct RunAnswer<'a> {
    run: RunJson<'a>,
}

impl<'a> RunAnswer<'a> {
    /// The answer to reading a run.
    pub fn read(run: &'a Run) -> Self {
        Self { run: RunJson::from(run) }
    }

    /// The answer to creating a run, which says nothing of outputs yet.
    pub fn created(run: &'a Run) -> Self {
        Self { run: RunJson { outputs: None, ..RunJson::from(run) } }
    }
}

/// The answer that holds a run's own fields.
#[derive(Debug, Serialize)]
pub struct RunInfoAnswer<'a> {
    run_info: RunInfoJson<'a>,
}

impl<'a> From<&'a RunInfo> for RunInfoAnswer<'a> {
    fn from(info: &'a RunInfo) -> Self {
        Self { run_info: info.into() }
    }
}

/// The answer that holds a page of runs.
#[derive(Debug, Serialize)]
pub struct RunPage<'a> {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    runs: Vec<RunJson<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_page_token: Option<String>,
}

impl<'a> RunPage<'a> {
    pub fn new(runs: impl Iterator<Item = &'a Run>, next_page_token: Option<String>) -> Self {
        Self { runs: runs.map(RunJson::from).collect(), next_page_token }
    }
}

#[derive(Debug, Serialize)]
struct RunJson<'a> {
    info: RunInfoJson<'a>,
    data: RunDataJson<'a>,
    inputs: RunInputsJson<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    outputs: Option<RunOutputsJson<'a>>,
}

impl<'a> From<&'a Run> for RunJson<'a> {
    fn from(run: &'a Run) -> Self {
        Self {
            info: (&run.info).into(),
            data: RunDataJson { metrics: &run.metrics, params: &run.params, tags: &run.tags },
            inputs: RunInputsJson {
                dataset_inputs: run.datasets.iter().map(Into::into).collect(),
                model_inputs: run.model_inputs.iter().map(Into::into).collect(),
            },
            outputs: Some(RunOutputsJson { model_outputs: run.model_outputs.iter().map(Into::into).collect() }),
        }
    }
}

#[derive(Debug, Serialize)]
struct RunInfoJson<'a> {
    run_uuid: &'a str,
    run_id: &'a str,
    experiment_id: String,
    run_name: &'a str,
    user_id: &'a str,
    status: &'static str,
    start_time: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    end_time: Option<i64>,
    artifact_uri: &'a str,
    lifecycle_stage: &'static str,
}

impl<'a> From<&'a RunInfo> for RunInfoJson<'a> {
    fn from(info: &'a RunInfo) -> Self {
        Self {
            run_uuid: info.id.as_str(),
            run_id: info.id.as_str(),
            experiment_id: info.experiment_id.to_string(),
            run_name: &info.name,
            user_id: &info.user,
            status: info.status.as_str(),
            start_time: info.started_at.unwrap_or(0),
            end_time: info.ended_at,
            artifact_uri: &info.artifact_uri,
            lifecycle_stage: info.lifecycle_stage.as_str(),
        }
    }
}

#[derive(Debug, Serialize)]
struct RunDataJson<'a> {
    #[serde(skip_serializing_if = "<[_]>::is_empty", serialize_with = "super::each::<_, MetricJson<'_>, _>")]
    metrics: &'a [MetricSummary],
    #[serde(skip_serializing_if = "<[_]>::is_empty", serialize_with = "super::each::<_, TagJson<'_>, _>")]
    params: &'a [Param],
    #[serde(skip_serializing_if = "<[_]>::is_empty", serialize_with = "super::each::<_, TagJson<'_>, _>")]
    tags: &'a [Tag],
}

#[derive(Debug, Serialize)]
struct RunInputsJson<'a> {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    dataset_inputs: Vec<DatasetInputJson<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    model_inputs: Vec<ModelInputJson<'a>>,
}

#[derive(Debug, Serialize)]
struct RunOutputsJson<'a> {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    model_outputs: Vec<ModelOutputJson<'a>>,
}
