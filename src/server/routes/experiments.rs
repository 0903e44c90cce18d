//! Experiments and the datasets that their runs read.

use crate::server::error::{ApiError, ApiResult};
use crate::server::router::{Call, caller};
use crate::store::{Store, StoreErrorKind};
use crate::wire::{
    self, CreateExperiment, DatasetSummaries, EMPTY, ExperimentAnswer, ExperimentPage, ExperimentTag, RenameExperiment,
    SearchExperiments,
};

pub(in crate::server) fn create(store: &Store, call: &Call) -> ApiResult<Vec<u8>> {
    let CreateExperiment(new) = call.read(CreateExperiment::read)?;
    Ok(wire::created_experiment(store.create_experiment(&caller(""), new)?))
}

pub(in crate::server) fn get(store: &Store, call: &Call) -> ApiResult<Vec<u8>> {
    let experiment = store.experiment(call.read(wire::read_experiment_id)?)?;
    Ok(wire::to_json(&ExperimentAnswer::from(&experiment)))
}

pub(in crate::server) fn get_by_name(store: &Store, call: &Call) -> ApiResult<Vec<u8>> {
    let name = call.read(wire::read_experiment_name)?;
    let experiment = store.experiment_by_name(&name).map_err(|error| match error.kind {
        // The client creates the experiment when it reads this.
        StoreErrorKind::NotFound => ApiError::not_found(format!("Could not find experiment with name '{name}'")),
        _ => error.into(),
    })?;
    Ok(wire::to_json(&ExperimentAnswer::from(&experiment)))
}

pub(in crate::server) fn search(store: &Store, call: &Call) -> ApiResult<Vec<u8>> {
    let SearchExperiments(search) = call.read(SearchExperiments::read)?;
    let page = store.search_experiments(&search)?;
    let next = page.has_more.then(|| wire::encode_offset(search.offset + page.items.len()));
    Ok(wire::to_json(&ExperimentPage::new(&page.items, next)))
}

pub(in crate::server) fn rename(store: &Store, call: &Call) -> ApiResult<Vec<u8>> {
    let RenameExperiment { id, name } = call.read(RenameExperiment::read)?;
    store.rename_experiment(&caller(""), id, &name)?;
    Ok(EMPTY.to_vec())
}

pub(in crate::server) fn delete(store: &Store, call: &Call) -> ApiResult<Vec<u8>> {
    store.delete_experiment(&caller(""), call.read(wire::read_experiment_id)?)?;
    Ok(EMPTY.to_vec())
}

pub(in crate::server) fn restore(store: &Store, call: &Call) -> ApiResult<Vec<u8>> {
    store.restore_experiment(&caller(""), call.read(wire::read_experiment_id)?)?;
    Ok(EMPTY.to_vec())
}

pub(in crate::server) fn set_tag(store: &Store, call: &Call) -> ApiResult<Vec<u8>> {
    let ExperimentTag { id, tag } = call.read(ExperimentTag::read)?;
    store.set_experiment_tag(&caller(""), id, &tag)?;
    Ok(EMPTY.to_vec())
}

pub(in crate::server) fn delete_tag(store: &Store, call: &Call) -> ApiResult<Vec<u8>> {
    let (id, key) = call.read(|fields| Ok((wire::read_experiment_id(fields)?, fields.required_text("key")?)))?;
    store.delete_experiment_tag(&caller(""), id, &key)?;
    Ok(EMPTY.to_vec())
}

pub(in crate::server) fn search_datasets(store: &Store, call: &Call) -> ApiResult<Vec<u8>> {
    let summaries = store.search_datasets(&call.read(wire::read_search_datasets)?)?;
    Ok(wire::to_json(&DatasetSummaries::from(summaries.as_slice())))
}
