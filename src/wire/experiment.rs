//! Experiments on the wire.

use serde::Serialize;

use super::fields::Fields;
use super::{Result, decode_offset};
use crate::domain::filter::{Subject, parse_mlflow, parse_mlflow_order};
use crate::domain::validate;
use crate::domain::{Experiment, ExperimentId, ExperimentSearch, NewExperiment, Tag, ViewType};

/// A request to create an experiment.
#[derive(Debug, Clone, PartialEq)]
pub struct CreateExperiment(pub NewExperiment);

impl CreateExperiment {
    pub fn read(fields: &Fields<'_>) -> Result<Self> {
        let name = fields.required_text("name")?;
        let artifact_location = fields.text("artifact_location")?.filter(|location| !location.is_empty());
        let tags = fields.pairs("tags", validate::MAX_ENTRIES_PER_REQUEST, |key, value| Tag { key, value })?;
        if let Some(location) = &artifact_location {
            validate::artifact_location(location)?;
        }
        validate::experiment_name(&name)?;
        for tag in &tags {
            validate::experiment_tag(tag)?;
        }
        Ok(Self(NewExperiment { name, artifact_location, tags }))
    }
}

/// Reads the id that most calls name.
pub fn read_experiment_id(fields: &Fields<'_>) -> Result<ExperimentId> {
    Ok(validate::experiment_id(&fields.required_text("experiment_id")?)?)
}

/// Reads the name to look up.
pub fn read_experiment_name(fields: &Fields<'_>) -> Result<String> {
    fields.required_text("experiment_name")
}

/// A request to rename an experiment.
#[derive(Debug, Clone, PartialEq)]
pub struct RenameExperiment {
    pub id: ExperimentId,
    pub name: String,
}

impl RenameExperiment {
    pub fn read(fields: &Fields<'_>) -> Result<Self> {
        let id = read_experiment_id(fields)?;
        let name = fields.required_text("new_name")?;
        validate::experiment_name(&name)?;
        Ok(Self { id, name })
    }
}

/// A request to set an experiment's tag, or without a value to remove it.
#[derive(Debug, Clone, PartialEq)]
pub struct ExperimentTag {
    pub id: ExperimentId,
    pub tag: Tag,
}

impl ExperimentTag {
    pub fn read(fields: &Fields<'_>) -> Result<Self> {
        let id = read_experiment_id(fields)?;
        let key = fields.required_text("key")?;
        let tag = Tag { key, value: fields.text("value")?.unwrap_or_default() };
        validate::experiment_tag(&tag)?;
        Ok(Self { id, tag })
    }
}

/// A search over experiments.
#[derive(Debug, Clone)]
pub struct SearchExperiments(pub ExperimentSearch);

impl SearchExperiments {
    pub fn read(fields: &Fields<'_>) -> Result<Self> {
        let view = read_view(fields, "view_type")?;
        let limit = fields.int("max_results")?.unwrap_or(0);
        let order_by = fields.texts("order_by")?;
        let filter = fields.text("filter")?.unwrap_or_default();
        let page_token = fields.text("page_token")?;
        let limit = read_limit(limit)?;
        if limit > validate::MAX_SEARCH_RESULTS as usize {
            return Err(super::WireError::invalid(format!(
                "Invalid value {limit} for parameter 'max_results' supplied. It must be at most {}",
                validate::MAX_SEARCH_RESULTS
            )));
        }
        Ok(Self(ExperimentSearch {
            filter: parse_mlflow(&filter, Subject::Experiments)?,
            view,
            order_by: parse_mlflow_order(&order_by, Subject::Experiments)?,
            offset: decode_offset(page_token.as_deref())?,
            limit,
        }))
    }
}

/// Which lifecycle stages to return.
pub(super) fn read_view(fields: &Fields<'_>, name: &str) -> Result<ViewType> {
    const VIEWS: [(&str, i64, ViewType); 3] = [
        ("ACTIVE_ONLY", 1, ViewType::ActiveOnly),
        ("DELETED_ONLY", 2, ViewType::DeletedOnly),
        ("ALL", 3, ViewType::All),
    ];
    Ok(fields.choice(name, &VIEWS)?.unwrap_or_default())
}

/// A page's size, at least one.
pub(super) fn read_limit(limit: i64) -> Result<usize> {
    usize::try_from(limit).ok().filter(|limit| *limit > 0).ok_or_else(|| {
        super::WireError::invalid(format!(
            "Invalid value {limit} for parameter 'max_results' supplied. It must be a positive integer"
        ))
    })
}

/// The answer to creating an experiment.
pub fn created_experiment(id: ExperimentId) -> Vec<u8> {
    format!("{{\"experiment_id\":\"{id}\"}}").into_bytes()
}

/// The answer that holds one experiment.
#[derive(Debug, Serialize)]
pub struct ExperimentAnswer<'a> {
    experiment: ExperimentJson<'a>,
}

impl<'a> From<&'a Experiment> for ExperimentAnswer<'a> {
    fn from(experiment: &'a Experiment) -> Self {
        Self { experiment: experiment.into() }
    }
}

/// The answer that holds a page of experiments.
#[derive(Debug, Serialize)]
pub struct ExperimentPage<'a> {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    experiments: Vec<ExperimentJson<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_page_token: Option<String>,
}

impl<'a> ExperimentPage<'a> {
    pub fn new(experiments: &'a [Experiment], next_page_token: Option<String>) -> Self {
        Self { experiments: experiments.iter().map(Into::into).collect(), next_page_token }
    }
}

#[derive(Debug, Serialize)]
struct ExperimentJson<'a> {
    experiment_id: String,
    name: &'a str,
    artifact_location: &'a str,
    lifecycle_stage: &'static str,
    last_update_time: i64,
    creation_time: i64,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    tags: Vec<TagJson<'a>>,
    /// Every server without workspaces in MLflow's sense says this.
    workspace: &'static str,
}

impl<'a> From<&'a Experiment> for ExperimentJson<'a> {
    fn from(experiment: &'a Experiment) -> Self {
        Self {
            experiment_id: experiment.id.to_string(),
            name: &experiment.name,
            artifact_location: &experiment.artifact_location,
            lifecycle_stage: experiment.lifecycle_stage.as_str(),
            last_update_time: experiment.updated_at,
            creation_time: experiment.created_at,
            tags: experiment.tags.iter().map(Into::into).collect(),
            workspace: "default",
        }
    }
}

/// A key and its value.
#[derive(Debug, Serialize)]
pub(super) struct TagJson<'a> {
    key: &'a str,
    value: &'a str,
}

impl<'a> From<&'a Tag> for TagJson<'a> {
    fn from(tag: &'a Tag) -> Self {
        Self { key: &tag.key, value: &tag.value }
    }
}

impl<'a> From<&'a crate::domain::Param> for TagJson<'a> {
    fn from(param: &'a crate::domain::Param) -> Self {
        Self { key: &param.key, value: &param.value }
    }
}
