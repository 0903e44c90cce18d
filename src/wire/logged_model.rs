//! Logged models on the wire.

use serde::{Deserialize, Serialize};

use super::experiment::TagJson;
use super::fields::Fields;
use super::metric::MetricJson;
use super::page_token::{base64_decode, base64_encode};
use super::{Result, WireError};
use crate::domain::filter::{Subject, parse_mlflow, parse_mlflow_order};
use crate::domain::validate;
use crate::domain::{
    DatasetRef, ExperimentId, LoggedModel, LoggedModelOrder, LoggedModelSearch, LoggedModelStatus, NewLoggedModel,
    Param, RunId, Tag,
};

const STATUSES: [(&str, i64, LoggedModelStatus); 4] = [
    ("LOGGED_MODEL_STATUS_UNSPECIFIED", 0, LoggedModelStatus::Unspecified),
    ("LOGGED_MODEL_PENDING", 1, LoggedModelStatus::Pending),
    ("LOGGED_MODEL_READY", 2, LoggedModelStatus::Ready),
    ("LOGGED_MODEL_UPLOAD_FAILED", 3, LoggedModelStatus::UploadFailed),
];

/// Models on a page when the client names no number, and at most.
const DEFAULT_PAGE: i64 = 50;
const MAX_PAGE: i64 = 1000;
/// Datasets and orders that one search may name; each becomes a part of one query.
const MAX_DATASETS: usize = 100;
const MAX_ORDERS: usize = 50;

/// The word for a status.
pub fn status_word(status: LoggedModelStatus) -> &'static str {
    STATUSES.iter().find(|(_, _, known)| *known == status).map_or("LOGGED_MODEL_STATUS_UNSPECIFIED", |entry| entry.0)
}

/// A request to create a logged model.
#[derive(Debug, Clone, PartialEq)]
pub struct CreateLoggedModel {
    pub experiment: ExperimentId,
    pub model: NewLoggedModel,
}

impl CreateLoggedModel {
    pub fn read(fields: &Fields<'_>) -> Result<Self> {
        let experiment = fields.required_text("experiment_id")?;
        let name = fields.text("name")?.filter(|name| !name.is_empty());
        let model_type = fields.text("model_type")?.unwrap_or_default();
        let source_run_id = fields.text("source_run_id")?.filter(|id| !id.is_empty()).map(RunId::new);
        let params = read_params(fields)?;
        let tags = read_tags(fields)?;
        if let Some(name) = &name {
            validate::logged_model_name(name)?;
        }
        validate::logged_model_origin(&model_type, source_run_id.as_ref().map(RunId::as_str))?;
        let experiment = validate::experiment_id(&experiment)?;
        Ok(Self { experiment, model: NewLoggedModel { name, model_type, source_run_id, params, tags } })
    }
}

fn read_params(fields: &Fields<'_>) -> Result<Vec<Param>> {
    let params = fields.pairs("params", validate::MAX_ENTRIES_PER_REQUEST, |key, value| Param { key, value })?;
    Ok(params.into_iter().map(validate::logged_model_param).collect::<validate::Check<_>>()?)
}

fn read_tags(fields: &Fields<'_>) -> Result<Vec<Tag>> {
    let tags = fields.pairs("tags", validate::MAX_ENTRIES_PER_REQUEST, |key, value| Tag { key, value })?;
    Ok(tags.into_iter().map(validate::logged_model_tag).collect::<validate::Check<_>>()?)
}

/// A request to say whether a model's files have arrived.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FinalizeLoggedModel(pub LoggedModelStatus);

impl FinalizeLoggedModel {
    pub fn read(fields: &Fields<'_>) -> Result<Self> {
        fields.choice("status", &STATUSES)?.map(Self).ok_or_else(|| fields.missing("status"))
    }
}

/// A request to set tags of a logged model.
#[derive(Debug, Clone, PartialEq)]
pub struct SetLoggedModelTags(pub Vec<Tag>);

impl SetLoggedModelTags {
    pub fn read(fields: &Fields<'_>) -> Result<Self> {
        read_tags(fields).map(Self)
    }
}

/// A request to add parameters to a logged model.
#[derive(Debug, Clone, PartialEq)]
pub struct LogModelParams(pub Vec<Param>);

impl LogModelParams {
    pub fn read(fields: &Fields<'_>) -> Result<Self> {
        // The path names the model, too, but clients are used to being told.
        fields.required_text("model_id")?;
        let params = read_params(fields)?;
        validate::unique_params(&params)?;
        Ok(Self(params))
    }
}

/// A search over logged models.
#[derive(Debug, Clone)]
pub struct SearchLoggedModels {
    pub search: LoggedModelSearch,
    question: Question,
}

/// What was asked; a page token holds it, so that it cannot be used with another question.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Question {
    experiment_ids: Vec<String>,
    filter_string: Option<String>,
    order_by: Option<Vec<OrderJson>>,
    #[serde(default)]
    offset: usize,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct OrderJson {
    field_name: String,
    ascending: bool,
    dataset_name: Option<String>,
    dataset_digest: Option<String>,
}

impl SearchLoggedModels {
    pub fn read(fields: &Fields<'_>) -> Result<Self> {
        let experiment_ids = fields.texts("experiment_ids")?;
        if experiment_ids.is_empty() {
            return Err(fields.missing("experiment_ids"));
        }
        let filter_string = fields.text("filter")?.filter(|filter| !filter.is_empty());
        let datasets =
            fields.objects("datasets", MAX_DATASETS)?.iter().map(read_dataset).collect::<Result<Vec<_>>>()?;
        let limit = match fields.int("max_results")?.unwrap_or(DEFAULT_PAGE) {
            0 => 100,
            limit => super::experiment::read_limit(limit)?.min(MAX_PAGE as usize),
        };
        let order_by = fields.objects("order_by", MAX_ORDERS)?.iter().map(read_order).collect::<Result<Vec<_>>>()?;
        let page_token = fields.text("page_token")?.filter(|token| !token.is_empty());

        let order = order_by.iter().map(parse_order).collect::<Result<Vec<_>>>()?;
        let mut question =
            Question { experiment_ids, filter_string, order_by: (!order_by.is_empty()).then_some(order_by), offset: 0 };
        if let Some(token) = page_token {
            question.offset = question.offset_of(&token)?;
        }
        let experiments = question
            .experiment_ids
            .iter()
            .map(|id| validate::experiment_id(id))
            .collect::<validate::Check<Vec<_>>>()?;
        let search = LoggedModelSearch {
            experiment_ids: experiments,
            filter: parse_mlflow(question.filter_string.as_deref().unwrap_or_default(), Subject::LoggedModels)?,
            datasets,
            order_by: order,
            offset: question.offset,
            limit,
        };
        Ok(Self { search, question })
    }

    /// The token of the page behind this one.
    pub fn next_page_token(&self) -> String {
        let next = Question { offset: self.search.offset + self.search.limit, ..self.question.clone() };
        base64_encode(&super::to_json(&next))
    }
}

impl Question {
    fn offset_of(&self, token: &str) -> Result<usize> {
        let asked: Self = base64_decode(token)
            .and_then(|bytes| serde_json::from_slice(&bytes).ok())
            .ok_or_else(|| WireError::invalid(format!("Invalid page token: {}", validate::shown(token))))?;
        let mismatch = |what: &str| {
            WireError::invalid(format!("{what} in the page token does not match the one that is asked for."))
        };
        if asked.experiment_ids != self.experiment_ids {
            return Err(mismatch("The list of experiments"));
        }
        if asked.filter_string != self.filter_string {
            return Err(mismatch("The filter"));
        }
        if asked.order_by != self.order_by {
            return Err(mismatch("The order"));
        }
        Ok(asked.offset)
    }
}

fn read_dataset(fields: &Fields<'_>) -> Result<DatasetRef> {
    let name = fields
        .text("dataset_name")?
        .filter(|name| !name.is_empty())
        .ok_or_else(|| WireError::invalid("`dataset_name` in the `datasets` clause must be specified."))?;
    Ok(DatasetRef { name, digest: fields.text("dataset_digest")?.unwrap_or_default() })
}

fn read_order(fields: &Fields<'_>) -> Result<OrderJson> {
    Ok(OrderJson {
        field_name: fields.text("field_name")?.unwrap_or_default(),
        ascending: fields.boolean("ascending")?.unwrap_or(true),
        dataset_name: fields.text("dataset_name")?.filter(|text| !text.is_empty()),
        dataset_digest: fields.text("dataset_digest")?.filter(|text| !text.is_empty()),
    })
}

fn parse_order(order: &OrderJson) -> Result<LoggedModelOrder> {
    let direction = if order.ascending { "ASC" } else { "DESC" };
    let unknown = || WireError::invalid(format!("Invalid order by field name: {}", validate::shown(&order.field_name)));
    let parsed = parse_mlflow_order(&[format!("{} {direction}", order.field_name)], Subject::LoggedModels)
        .map_err(|_| unknown())?;
    if order.dataset_digest.is_some() && order.dataset_name.is_none() {
        return Err(WireError::invalid("`dataset_digest` can only be specified if `dataset_name` is also specified."));
    }
    Ok(LoggedModelOrder {
        order: parsed.into_iter().next().ok_or_else(unknown)?,
        dataset_name: order.dataset_name.clone(),
        dataset_digest: order.dataset_digest.clone(),
    })
}

/// The answer that holds one logged model.
#[derive(Debug, Serialize)]
pub struct LoggedModelAnswer<'a> {
    model: LoggedModelJson<'a>,
}

impl<'a> From<&'a LoggedModel> for LoggedModelAnswer<'a> {
    fn from(model: &'a LoggedModel) -> Self {
        Self { model: model.into() }
    }
}

/// The answer that holds a page of logged models.
#[derive(Debug, Serialize)]
pub struct LoggedModelPage<'a> {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    models: Vec<LoggedModelJson<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_page_token: Option<String>,
}

impl<'a> LoggedModelPage<'a> {
    pub fn new(models: &'a [LoggedModel], next_page_token: Option<String>) -> Self {
        Self { models: models.iter().map(Into::into).collect(), next_page_token }
    }
}

#[derive(Debug, Serialize)]
struct LoggedModelJson<'a> {
    info: InfoJson<'a>,
    data: DataJson<'a>,
}

#[derive(Debug, Serialize)]
struct InfoJson<'a> {
    model_id: &'a str,
    experiment_id: String,
    name: &'a str,
    creation_timestamp_ms: i64,
    last_updated_timestamp_ms: i64,
    artifact_uri: &'a str,
    status: &'static str,
    model_type: &'a str,
    source_run_id: &'a str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    tags: Vec<TagJson<'a>>,
}

#[derive(Debug, Serialize)]
struct DataJson<'a> {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    params: Vec<TagJson<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    metrics: Vec<MetricJson<'a>>,
}

impl<'a> From<&'a LoggedModel> for LoggedModelJson<'a> {
    fn from(model: &'a LoggedModel) -> Self {
        Self {
            info: InfoJson {
                model_id: model.id.as_str(),
                experiment_id: model.experiment_id.to_string(),
                name: &model.name,
                creation_timestamp_ms: model.created_at,
                last_updated_timestamp_ms: model.updated_at,
                artifact_uri: &model.artifact_uri,
                status: status_word(model.status),
                model_type: &model.model_type,
                source_run_id: model.source_run_id.as_ref().map_or("", RunId::as_str),
                tags: model.tags.iter().map(Into::into).collect(),
            },
            data: DataJson {
                params: model.params.iter().map(Into::into).collect(),
                metrics: model.metrics.iter().map(MetricJson::of_model).collect(),
            },
        }
    }
}
