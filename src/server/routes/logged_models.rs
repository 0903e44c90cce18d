//! Logged models.

use crate::domain::LoggedModelId;
use crate::server::error::ApiResult;
use crate::server::router::{Call, caller};
use crate::store::Store;
use crate::wire::{
    self, CreateLoggedModel, EMPTY, FinalizeLoggedModel, LogModelParams, LoggedModelAnswer, LoggedModelPage,
    SearchLoggedModels, SetLoggedModelTags,
};

fn id(call: &Call) -> LoggedModelId {
    LoggedModelId::new(call.path("model_id"))
}

pub(in crate::server) fn create(store: &Store, call: &Call) -> ApiResult<Vec<u8>> {
    let CreateLoggedModel { experiment, model } = call.read(CreateLoggedModel::read)?;
    let model = store.create_logged_model(&caller(""), experiment, model)?;
    Ok(wire::to_json(&LoggedModelAnswer::from(&model)))
}

pub(in crate::server) fn get(store: &Store, call: &Call) -> ApiResult<Vec<u8>> {
    Ok(wire::to_json(&LoggedModelAnswer::from(&store.logged_model(&id(call))?)))
}

pub(in crate::server) fn finalize(store: &Store, call: &Call) -> ApiResult<Vec<u8>> {
    let FinalizeLoggedModel(status) = call.read(FinalizeLoggedModel::read)?;
    let model = store.set_logged_model_status(&caller(""), &id(call), status)?;
    Ok(wire::to_json(&LoggedModelAnswer::from(&model)))
}

pub(in crate::server) fn delete(store: &Store, call: &Call) -> ApiResult<Vec<u8>> {
    store.delete_logged_model(&caller(""), &id(call))?;
    Ok(EMPTY.to_vec())
}

pub(in crate::server) fn set_tags(store: &Store, call: &Call) -> ApiResult<Vec<u8>> {
    let SetLoggedModelTags(tags) = call.read(SetLoggedModelTags::read)?;
    store.set_logged_model_tags(&caller(""), &id(call), &tags)?;
    Ok(EMPTY.to_vec())
}

pub(in crate::server) fn delete_tag(store: &Store, call: &Call) -> ApiResult<Vec<u8>> {
    store.delete_logged_model_tag(&caller(""), &id(call), call.path("tag_key"))?;
    Ok(EMPTY.to_vec())
}

pub(in crate::server) fn log_params(store: &Store, call: &Call) -> ApiResult<Vec<u8>> {
    let LogModelParams(params) = call.read(LogModelParams::read)?;
    store.log_logged_model_params(&caller(""), &id(call), &params)?;
    Ok(EMPTY.to_vec())
}

pub(in crate::server) fn search(store: &Store, call: &Call) -> ApiResult<Vec<u8>> {
    let request = call.read(SearchLoggedModels::read)?;
    let page = store.search_logged_models(&request.search)?;
    let next = page.has_more.then(|| request.next_page_token());
    Ok(wire::to_json(&LoggedModelPage::new(&page.items, next)))
}
