//! Runs and what they log.

use std::sync::{Mutex, PoisonError};

use crate::domain::Tag;
use crate::server::error::ApiResult;
use crate::server::router::{Call, caller};
use crate::store::Store;
use crate::wire::{
    self, CreateRun, EMPTY, LogBatch, LogInputs, LogMetric, LogModel, LogOutputs, LogParam, RunAnswer, RunInfoAnswer,
    RunPage, SearchRuns, SetTag, UpdateRun,
};

pub(in crate::server) fn create(store: &Store, call: &Call) -> ApiResult<Vec<u8>> {
    let CreateRun { experiment, run } = call.read(CreateRun::read)?;
    let run = store.create_run(&caller(&run.user), experiment, run.clone())?;
    Ok(wire::to_json(&RunAnswer::created(&run)))
}

pub(in crate::server) fn get(store: &Store, call: &Call) -> ApiResult<Vec<u8>> {
    let run = store.run(&call.read(wire::read_run_id)?)?;
    Ok(wire::to_json(&RunAnswer::read(&run)))
}

pub(in crate::server) fn update(store: &Store, call: &Call) -> ApiResult<Vec<u8>> {
    let UpdateRun { run, update } = call.read(UpdateRun::read)?;
    let info = store.update_run(&caller(""), &run, &update)?;
    Ok(wire::to_json(&RunInfoAnswer::from(&info)))
}

pub(in crate::server) fn delete(store: &Store, call: &Call) -> ApiResult<Vec<u8>> {
    store.delete_runs(&caller(""), &[call.read(wire::read_run_id)?])?;
    Ok(EMPTY.to_vec())
}

pub(in crate::server) fn restore(store: &Store, call: &Call) -> ApiResult<Vec<u8>> {
    store.restore_runs(&caller(""), &[call.read(wire::read_run_id)?])?;
    Ok(EMPTY.to_vec())
}

pub(in crate::server) fn search(store: &Store, call: &Call) -> ApiResult<Vec<u8>> {
    let SearchRuns(search) = call.read(SearchRuns::read)?;
    if search.experiment_ids.is_empty() {
        return Ok(EMPTY.to_vec());
    }
    let page = store.search_runs(&search)?;
    let next = page.has_more.then(|| wire::encode_offset(search.offset + page.items.len()));
    Ok(wire::to_json(&RunPage::new(page.items.iter().map(|run| &**run), next)))
}

pub(in crate::server) fn log_metric(store: &Store, call: &Call) -> ApiResult<Vec<u8>> {
    let LogMetric { run, metric } = call.read(LogMetric::read)?;
    store.log_metric(&caller(""), &run, &metric)?;
    Ok(EMPTY.to_vec())
}

pub(in crate::server) fn log_param(store: &Store, call: &Call) -> ApiResult<Vec<u8>> {
    let LogParam { run, param } = call.read(LogParam::read)?;
    store.log_param(&caller(""), &run, &param)?;
    Ok(EMPTY.to_vec())
}

pub(in crate::server) fn set_tag(store: &Store, call: &Call) -> ApiResult<Vec<u8>> {
    let SetTag { run, tag } = call.read(SetTag::read)?;
    store.set_tag(&caller(""), &run, &tag)?;
    Ok(EMPTY.to_vec())
}

pub(in crate::server) fn delete_tag(store: &Store, call: &Call) -> ApiResult<Vec<u8>> {
    let (run, key) = call.read(wire::read_delete_tag)?;
    store.delete_tag(&caller(""), &run, &key)?;
    Ok(EMPTY.to_vec())
}

pub(in crate::server) fn log_batch(store: &Store, call: &Call) -> ApiResult<Vec<u8>> {
    let LogBatch { run, metrics, params, tags } = LogBatch::read(call.body())?;
    store.log_batch(&caller(""), &run, &metrics, &params, &tags)?;
    Ok(EMPTY.to_vec())
}

pub(in crate::server) fn log_inputs(store: &Store, call: &Call) -> ApiResult<Vec<u8>> {
    let LogInputs { run, datasets, models } = call.read(LogInputs::read)?;
    store.log_inputs(&caller(""), &run, &datasets, &models)?;
    Ok(EMPTY.to_vec())
}

pub(in crate::server) fn log_outputs(store: &Store, call: &Call) -> ApiResult<Vec<u8>> {
    let LogOutputs { run, models } = call.read(LogOutputs::read)?;
    store.log_outputs(&caller(""), &run, &models)?;
    Ok(EMPTY.to_vec())
}

pub(in crate::server) fn log_model(store: &Store, call: &Call) -> ApiResult<Vec<u8>> {
    // The list is read, lengthened and written; two calls at once must not lose one another's entry.
    static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());
    let model = call.read(LogModel::read)?;
    let _turn = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    let value = model.appended_to(store.run(&model.run)?.tag(LogModel::TAG))?;
    store.set_tag(&caller(""), &model.run, &Tag { key: LogModel::TAG.to_owned(), value })?;
    Ok(EMPTY.to_vec())
}
