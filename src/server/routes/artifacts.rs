//! Artifacts: through the proxy under their full path, or relative to a run or a logged model.

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, Uri};
use axum::response::Response;
use percent_encoding::percent_decode_str;

use crate::domain::{LoggedModelId, RunId};
use crate::server::error::{ApiError, ApiResult};
use crate::server::router::{AppState, Call, Shared};
use crate::server::{MAX_UPLOAD_ARTIFACT, artifacts, limits, reply};
use crate::store::Store;
use crate::wire::{self, Body as WireBody, EMPTY, ErrorCode, FileList, ListArtifacts};

/// The folder of a run or model below the root of all artifacts.
fn folder(artifact_uri: &str) -> ApiResult<&str> {
    match artifact_uri.strip_prefix("mlflow-artifacts:") {
        Some(path) if !path.starts_with("//") => Ok(path.trim_start_matches('/')),
        _ => Err(ApiError::invalid(format!(
            "The artifacts lie at {artifact_uri}, which this server does not reach; open them there."
        ))),
    }
}

/// A path within a folder. The relative part is judged on its own and before anything is looked up, so that it cannot
/// lead into a neighbour's folder.
fn within(store: &Store, relative: &str, folder: impl FnOnce() -> ApiResult<String>) -> ApiResult<String> {
    let relative = store.artifacts().resolve(relative)?;
    let folder = folder()?;
    Ok(match relative.relative() {
        "" => folder,
        relative => format!("{folder}/{relative}"),
    })
}

fn in_run(store: &Store, run: &RunId, relative: &str) -> ApiResult<String> {
    within(store, relative, || Ok(folder(&store.run(run)?.info.artifact_uri)?.to_owned()))
}

fn in_model(store: &Store, model: &LoggedModelId, relative: &str) -> ApiResult<String> {
    within(store, relative, || Ok(folder(&store.logged_model(model)?.artifact_uri)?.to_owned()))
}

fn list(store: &Store, root_uri: &str, relative: Option<&str>) -> ApiResult<Vec<u8>> {
    let root = folder(root_uri)?;
    let path = within(store, relative.unwrap_or_default(), || Ok(root.to_owned()))?;
    let shown = path.strip_prefix(root).unwrap_or_default().trim_start_matches('/');
    let mut files = FileList::new(Some(root_uri));
    for entry in store.artifacts().list(&path)? {
        let path = if shown.is_empty() { entry.name } else { format!("{shown}/{}", entry.name) };
        files.push(path, entry.is_dir, entry.size_bytes);
    }
    Ok(wire::to_json(&files))
}

pub(in crate::server) fn list_run(store: &Store, call: &Call) -> ApiResult<Vec<u8>> {
    let ListArtifacts { run, path } = call.read(ListArtifacts::read)?;
    if let Some(path) = &path {
        store.artifacts().resolve(path)?;
    }
    list(store, &store.run(&run)?.info.artifact_uri, path.as_deref())
}

pub(in crate::server) fn list_model(store: &Store, call: &Call) -> ApiResult<Vec<u8>> {
    let path = call.read(|fields| fields.text("artifact_directory_path"))?;
    let model = store.logged_model(&LoggedModelId::new(call.path("model_id")))?;
    list(store, &model.artifact_uri, path.as_deref())
}

pub(in crate::server) fn list_proxied(store: &Store, call: &Call) -> ApiResult<Vec<u8>> {
    let path = call.read(|fields| fields.text("path"))?.unwrap_or_default();
    let mut files = FileList::new(None);
    for entry in store.artifacts().list(&path)? {
        files.push(entry.name, entry.is_dir, entry.size_bytes);
    }
    Ok(wire::to_json(&files))
}

/// The path of a file as it stands in an address, decoded once.
fn sent_path(uri: &Uri) -> ApiResult<String> {
    let sent = uri.path().strip_prefix("/artifacts/").unwrap_or_default();
    match percent_decode_str(sent).decode_utf8() {
        Ok(path) => Ok(path.into_owned()),
        Err(_) => Err(ApiError::invalid("Invalid path")),
    }
}

pub(in crate::server) async fn download(State(state): State<Shared>, uri: Uri, headers: HeaderMap) -> ApiResult {
    artifacts::send(&state, sent_path(&uri)?, &headers).await
}

pub(in crate::server) async fn upload(State(state): State<Shared>, uri: Uri, body: Body) -> ApiResult {
    let path = match sent_path(&uri) {
        Ok(path) => path,
        Err(error) => {
            limits::drain(body).await;
            return Err(error);
        }
    };
    artifacts::receive(&state, path, body).await?;
    Ok(Response::new(Body::empty()))
}

pub(in crate::server) async fn delete(State(state): State<Shared>, uri: Uri) -> ApiResult {
    let path = sent_path(&uri)?;
    state.writing(move |store| Ok(store.artifacts().delete(&path)?)).await?;
    Ok(reply::json(EMPTY))
}

pub(in crate::server) async fn get_artifact(State(state): State<Shared>, uri: Uri, headers: HeaderMap) -> ApiResult {
    let query = WireBody::from_query(uri.query().unwrap_or_default());
    let ListArtifacts { run, path } = ListArtifacts::read(&query.fields())?;
    let path = path.ok_or_else(|| query.fields().missing("path"))?;
    let path = state.blocking(move |store| in_run(store, &run, &path)).await?;
    artifacts::send(&state, path, &headers).await
}

pub(in crate::server) async fn model_file(
    State(state): State<Shared>,
    axum::extract::Path(id): axum::extract::Path<String>,
    uri: Uri,
    headers: HeaderMap,
) -> ApiResult {
    let query = WireBody::from_query(uri.query().unwrap_or_default());
    let path = query.fields().text("artifact_file_path")?.filter(|path| !path.is_empty()).ok_or_else(|| {
        ApiError::new(ErrorCode::BadRequest, "Request must include the \"artifact_file_path\" query parameter.")
    })?;
    let path = state.blocking(move |store| in_model(store, &LoggedModelId::new(id), &path)).await?;
    artifacts::send(&state, path, &headers).await
}

/// The upload of MLflow's web interface: a small file to a run's folder.
pub(in crate::server) async fn upload_artifact(State(state): State<Shared>, request: Request) -> ApiResult {
    let (parts, body) = request.into_parts();
    let target = upload_target(&state, parts.uri.query().unwrap_or_default()).await;
    let target = match target {
        Ok(target) => target,
        Err(error) => {
            limits::drain(body).await;
            return Err(error);
        }
    };
    let data = artifacts::receive_small(body, MAX_UPLOAD_ARTIFACT).await?;
    if data.is_empty() {
        return Err(ApiError::invalid("Request must specify data."));
    }
    artifacts::receive(&state, target, Body::from(data)).await?;
    Ok(Response::new(Body::empty()))
}

async fn upload_target(state: &AppState, query: &str) -> ApiResult<String> {
    let query = WireBody::from_query(query);
    let fields = query.fields();
    let run = fields.run_id().map_err(|_| ApiError::invalid("Request must specify run_uuid."))?;
    let path = fields
        .text("path")?
        .filter(|path| !path.is_empty())
        .ok_or_else(|| ApiError::invalid("Request must specify path."))?;
    state.blocking(move |store| in_run(store, &RunId::new(run), &path)).await
}

pub(in crate::server) async fn no_multipart(body: Body) -> ApiError {
    limits::drain(body).await;
    ApiError::new(ErrorCode::NotImplemented, "Multipart upload is not supported for the current artifact repository")
}

pub(in crate::server) async fn no_presigned() -> ApiError {
    ApiError::new(ErrorCode::NotImplemented, "Multipart download is not supported for the current artifact repository")
}

pub(in crate::server) fn no_presigned_upload(_: &Store, call: &Call) -> ApiResult<Vec<u8>> {
    refuse_presigned(call, "upload")
}

pub(in crate::server) fn no_presigned_download(_: &Store, call: &Call) -> ApiResult<Vec<u8>> {
    refuse_presigned(call, "download")
}

fn refuse_presigned(call: &Call, direction: &str) -> ApiResult<Vec<u8>> {
    call.read(|fields| fields.required_text("path"))?;
    Err(ApiError::invalid(format!(
        "Presigned {direction} is not supported for proxied artifact storage (artifact URI scheme: \
         mlflow-artifacts). This endpoint requires a direct cloud storage artifact URI."
    )))
}
