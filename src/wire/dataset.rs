//! Datasets and models as inputs and outputs of runs.

use serde::Serialize;

use super::experiment::TagJson;
use super::fields::Fields;
use super::{Result, WireError};
use crate::domain::validate;
use crate::domain::{Dataset, DatasetInput, DatasetSummary, ExperimentId, LoggedModelId, ModelOutput, RunId, Tag};

/// Experiments whose datasets one request may list.
const MAX_EXPERIMENTS: usize = 20;

/// A request to note what a run read.
#[derive(Debug, Clone, PartialEq)]
pub struct LogInputs {
    pub run: RunId,
    pub datasets: Vec<DatasetInput>,
    pub models: Vec<LoggedModelId>,
}

impl LogInputs {
    pub fn read(fields: &Fields<'_>) -> Result<Self> {
        let run = super::read_run_id(fields)?;
        let datasets = fields
            .objects("datasets", validate::MAX_ENTRIES_PER_REQUEST)?
            .iter()
            .map(read_input)
            .collect::<Result<Vec<_>>>()?;
        let models = fields
            .objects("models", validate::MAX_ENTRIES_PER_REQUEST)?
            .iter()
            .map(read_model_id)
            .collect::<Result<Vec<_>>>()?;
        validate::run_id(run.as_str())?;
        for input in &datasets {
            validate::dataset_input(input)?;
        }
        Ok(Self { run, datasets, models })
    }
}

fn read_model_id(fields: &Fields<'_>) -> Result<LoggedModelId> {
    let id = fields.required_text("model_id")?;
    validate::model_id(&id)?;
    Ok(LoggedModelId::new(id))
}

fn read_input(fields: &Fields<'_>) -> Result<DatasetInput> {
    let dataset = fields.object("dataset")?.ok_or_else(|| fields.missing("dataset"))?;
    Ok(DatasetInput {
        dataset: Dataset {
            name: dataset.required_text("name")?,
            digest: dataset.required_text("digest")?,
            source_type: dataset.text("source_type")?.unwrap_or_default(),
            source: dataset.text("source")?.unwrap_or_default(),
            schema: dataset.text("schema")?.filter(|text| !text.is_empty()),
            profile: dataset.text("profile")?.filter(|text| !text.is_empty()),
        },
        tags: fields.pairs("tags", validate::MAX_ENTRIES_PER_REQUEST, |key, value| Tag { key, value })?,
    })
}

/// A request to note which models a run produced.
#[derive(Debug, Clone, PartialEq)]
pub struct LogOutputs {
    pub run: RunId,
    pub models: Vec<ModelOutput>,
}

impl LogOutputs {
    pub fn read(fields: &Fields<'_>) -> Result<Self> {
        let run = super::read_run_id(fields)?;
        let models = fields.objects("models", validate::MAX_ENTRIES_PER_REQUEST)?;
        if models.is_empty() {
            return Err(fields.missing("models"));
        }
        let models = models
            .iter()
            .map(|model| Ok(ModelOutput { model_id: read_model_id(model)?, step: model.int("step")?.unwrap_or(0) }))
            .collect::<Result<Vec<_>>>()?;
        Ok(Self { run, models })
    }
}

/// Reads which experiments' datasets to list.
pub fn read_search_datasets(fields: &Fields<'_>) -> Result<Vec<ExperimentId>> {
    let ids = fields.texts("experiment_ids")?;
    if ids.is_empty() {
        return Err(WireError::invalid("SearchDatasets request must specify at least one experiment_id."));
    }
    if ids.len() > MAX_EXPERIMENTS {
        return Err(WireError::invalid(format!(
            "SearchDatasets request cannot specify more than {MAX_EXPERIMENTS} experiment_ids. Received {} \
             experiment_ids.",
            ids.len()
        )));
    }
    Ok(ids.iter().map(|id| validate::experiment_id(id)).collect::<validate::Check<_>>()?)
}

/// The answer that lists datasets.
#[derive(Debug, Serialize)]
pub struct DatasetSummaries<'a> {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    dataset_summaries: Vec<SummaryJson<'a>>,
}

impl<'a> From<&'a [DatasetSummary]> for DatasetSummaries<'a> {
    fn from(summaries: &'a [DatasetSummary]) -> Self {
        let dataset_summaries = summaries
            .iter()
            .map(|summary| SummaryJson {
                experiment_id: summary.experiment_id.to_string(),
                name: &summary.name,
                digest: &summary.digest,
                context: summary.context.as_deref(),
            })
            .collect();
        Self { dataset_summaries }
    }
}

#[derive(Debug, Serialize)]
struct SummaryJson<'a> {
    experiment_id: String,
    name: &'a str,
    digest: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    context: Option<&'a str>,
}

/// A dataset as an input of a run.
#[derive(Debug, Serialize)]
pub struct DatasetInputJson<'a> {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    tags: Vec<TagJson<'a>>,
    dataset: DatasetJson<'a>,
}

#[derive(Debug, Serialize)]
struct DatasetJson<'a> {
    name: &'a str,
    digest: &'a str,
    source_type: &'a str,
    source: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    schema: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    profile: Option<&'a str>,
}

impl<'a> From<&'a DatasetInput> for DatasetInputJson<'a> {
    fn from(input: &'a DatasetInput) -> Self {
        let Dataset { name, digest, source_type, source, schema, profile } = &input.dataset;
        Self {
            tags: input.tags.iter().map(Into::into).collect(),
            dataset: DatasetJson {
                name,
                digest,
                source_type,
                source,
                schema: schema.as_deref(),
                profile: profile.as_deref(),
            },
        }
    }
}

#[derive(Debug, Serialize)]
pub(super) struct ModelInputJson<'a> {
    model_id: &'a str,
}

impl<'a> From<&'a LoggedModelId> for ModelInputJson<'a> {
    fn from(id: &'a LoggedModelId) -> Self {
        Self { model_id: id.as_str() }
    }
}

#[derive(Debug, Serialize)]
pub(super) struct ModelOutputJson<'a> {
    model_id: &'a str,
    step: i64,
}

impl<'a> From<&'a ModelOutput> for ModelOutputJson<'a> {
    fn from(output: &'a ModelOutput) -> Self {
        Self { model_id: output.model_id.as_str(), step: output.step }
    }
}
