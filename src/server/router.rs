//! Every endpoint, and how a request reaches its handler.
//!
//! Handlers are plain functions of the store and the request; they run on a blocking thread, where they may also read
//! and write JSON. Everything under `/api` is there a second time under `/ajax-api`, as in MLflow.

use std::sync::Arc;

use axum::Router;
use axum::extract::{FromRequest, FromRequestParts as _, Path, Request, State};
use axum::http::request::Parts;
use axum::http::{Method, StatusCode, Uri, header};
use axum::middleware::from_fn_with_state;
use axum::response::{IntoResponse as _, Response};
use axum::routing::{MethodFilter as On, MethodRouter, get, on, post};
use bytes::Bytes;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::error::{ApiError, ApiResult};
use super::routes::{artifacts, experiments, history, logged_models, runs, system};
use super::security::{Policy, guard};
use super::{Config, limits, reply};
use crate::domain::{Actor, Channel};
use crate::store::Store;
use crate::wire::{self, Body, ErrorCode, Fields};

/// What handlers share.
pub struct AppState {
    pub(super) store: Store,
    policy: Policy,
    writers: Arc<Semaphore>,
}

impl AppState {
    pub fn new(store: Store, config: &Config) -> Self {
        Self { store, policy: Policy::new(config), writers: Arc::new(Semaphore::new(limits::MAX_WRITERS)) }
    }

    /// Runs a blocking piece of work that needs the store.
    pub(super) async fn blocking<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Store) -> ApiResult<T> + Send + 'static,
    ) -> ApiResult<T> {
        self.run(None, work).await
    }

    /// Runs a blocking piece of work that changes the workspace. Such work waits for its commit and keeps its thread
    /// meanwhile, so some threads are left to those who read.
    pub(super) async fn writing<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Store) -> ApiResult<T> + Send + 'static,
    ) -> ApiResult<T> {
        let turn = Arc::clone(&self.writers).acquire_owned().await.ok();
        self.run(turn, work).await
    }

    async fn run<T: Send + 'static>(
        &self,
        turn: Option<OwnedSemaphorePermit>,
        work: impl FnOnce(&Store) -> ApiResult<T> + Send + 'static,
    ) -> ApiResult<T> {
        let store = self.store.clone();
        // The turn goes with the work, which goes on when its client has gone away.
        let work = move || {
            let _turn = turn;
            work(&store)
        };
        tokio::task::spawn_blocking(work).await.unwrap_or_else(|error| {
            tracing::error!(%error, "a handler ended abnormally");
            Err(ApiError::new(ErrorCode::InternalError, "The request failed inside the server; see its log."))
        })
    }
}

pub(super) type Shared = Arc<AppState>;

/// Builds the whole service.
pub fn build_router(state: Shared) -> Router {
    let api = tracking();
    let proxy = artifact_proxy();
    let info = || get(system::server_info);
    Router::new()
        .route("/health", get(system::health))
        .route("/version", get(system::version))
        .route("/api/3.0/mlflow/server-info", info())
        .route("/ajax-api/3.0/mlflow/server-info", info())
        .route("/get-artifact", get(artifacts::get_artifact))
        .nest("/api/2.0/mlflow", api.clone())
        .nest("/ajax-api/2.0/mlflow", api.merge(web_only()))
        .nest("/api/2.0/mlflow-artifacts", proxy.clone())
        .nest("/ajax-api/2.0/mlflow-artifacts", proxy)
        .fallback(not_found)
        .method_not_allowed_fallback(wrong_method)
        .layer(from_fn_with_state(state.policy.clone(), guard))
        .with_state(state)
}

/// Experiments, runs, metrics and logged models.
fn tracking() -> Router<Shared> {
    Router::new()
        .route("/experiments/create", mutation(On::POST, experiments::create))
        .route("/experiments/get", endpoint(On::GET, experiments::get))
        .route("/experiments/get-by-name", endpoint(On::GET, experiments::get_by_name))
        .route(
            "/experiments/search",
            endpoint(On::POST, experiments::search).merge(endpoint(On::GET, experiments::search)),
        )
        .route("/experiments/update", mutation(On::POST, experiments::rename))
        .route("/experiments/delete", mutation(On::POST, experiments::delete))
        .route("/experiments/restore", mutation(On::POST, experiments::restore))
        .route("/experiments/set-experiment-tag", mutation(On::POST, experiments::set_tag))
        .route("/experiments/delete-experiment-tag", mutation(On::POST, experiments::delete_tag))
        .route("/runs/create", mutation(On::POST, runs::create))
        .route("/runs/get", endpoint(On::GET, runs::get))
        .route("/runs/update", mutation(On::POST, runs::update))
        .route("/runs/delete", mutation(On::POST, runs::delete))
        .route("/runs/restore", mutation(On::POST, runs::restore))
        .route("/runs/search", endpoint(On::POST, runs::search))
        .route("/runs/log-metric", mutation(On::POST, runs::log_metric))
        .route("/runs/log-parameter", mutation(On::POST, runs::log_param))
        .route("/runs/set-tag", mutation(On::POST, runs::set_tag))
        .route("/runs/delete-tag", mutation(On::POST, runs::delete_tag))
        .route("/runs/log-batch", mutation(On::POST, runs::log_batch))
        .route("/runs/log-inputs", mutation(On::POST, runs::log_inputs))
        .route("/runs/outputs", mutation(On::POST, runs::log_outputs))
        .route("/runs/log-model", mutation(On::POST, runs::log_model))
        .route("/metrics/get-history", endpoint(On::GET, history::get))
        .route("/metrics/get-history-bulk-interval", endpoint(On::GET, history::bulk_interval))
        .route("/logged-models", mutation(On::POST, logged_models::create))
        .route("/logged-models/search", endpoint(On::POST, logged_models::search))
        .route(
            "/logged-models/{model_id}",
            endpoint(On::GET, logged_models::get)
                .merge(mutation(On::PATCH, logged_models::finalize))
                .merge(mutation(On::DELETE, logged_models::delete)),
        )
        .route("/logged-models/{model_id}/tags", mutation(On::PATCH, logged_models::set_tags))
        .route("/logged-models/{model_id}/tags/{tag_key}", mutation(On::DELETE, logged_models::delete_tag))
        .route("/logged-models/{model_id}/params", mutation(On::POST, logged_models::log_params))
        .route("/logged-models/{model_id}/artifacts/directories", endpoint(On::GET, artifacts::list_model))
        .route("/artifacts/list", endpoint(On::GET, artifacts::list_run))
        .route("/artifacts/presigned-upload-url", endpoint(On::POST, artifacts::no_presigned_upload))
        .route("/artifacts/presigned-download-url", endpoint(On::POST, artifacts::no_presigned_download))
}

/// What only MLflow's web interface calls.
fn web_only() -> Router<Shared> {
    Router::new()
        .route("/experiments/search-datasets", endpoint(On::POST, experiments::search_datasets))
        .route("/metrics/get-history-bulk", endpoint(On::GET, history::bulk))
        .route("/logged-models/{model_id}/artifacts/files", get(artifacts::model_file))
        .route("/upload-artifact", post(artifacts::upload_artifact))
}

/// Files through the server.
fn artifact_proxy() -> Router<Shared> {
    Router::new()
        .route("/artifacts", endpoint(On::GET, artifacts::list_proxied))
        .route("/artifacts/{*path}", get(artifacts::download).put(artifacts::upload).delete(artifacts::delete))
        .route("/mpu/{step}/{*path}", post(artifacts::no_multipart))
        .route("/presigned/{*path}", get(artifacts::no_presigned))
}

/// What a handler gets.
pub(super) struct Call {
    body: Bytes,
    /// Set when the request's fields stand in the address.
    query: Option<String>,
    path: Vec<(String, String)>,
    _turn: Option<limits::Turn>,
}

impl Call {
    /// Reads the fields of the body or the query.
    pub(super) fn read<T>(&self, read: impl FnOnce(&Fields<'_>) -> wire::Result<T>) -> ApiResult<T> {
        let body = match &self.query {
            Some(query) => Body::from_query(query),
            None => Body::from_json(&self.body)?,
        };
        Ok(read(&body.fields())?)
    }

    /// The body as it came.
    pub(super) fn body(&self) -> &[u8] {
        &self.body
    }

    /// A part of the path.
    pub(super) fn path(&self, name: &str) -> &str {
        self.path.iter().find(|(key, _)| key == name).map_or("", |(_, value)| value.as_str())
    }
}

impl FromRequest<Shared> for Call {
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &Shared) -> Result<Self, Self::Rejection> {
        let (mut parts, body) = request.into_parts();
        let path = path_parameters(&mut parts, state).await?;
        let query = parts.uri.query().unwrap_or_default();
        if parts.method == Method::GET && !query.is_empty() {
            return Ok(Self { body: Bytes::new(), query: Some(query.to_owned()), path, _turn: None });
        }
        // Only a script on a page of ours can send this type, so it also keeps foreign forms out.
        if parts.method == Method::POST || parts.method == Method::PUT {
            let content_type = parts.headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
            if let Err(error) = check_content_type(content_type) {
                limits::drain(body).await;
                return Err(error);
            }
        }
        let (body, turn) = limits::read_body(body, limits::MAX_JSON_BODY).await?;
        Ok(Self { body, query: None, path, _turn: turn })
    }
}

async fn path_parameters(parts: &mut Parts, state: &Shared) -> ApiResult<Vec<(String, String)>> {
    match Path::from_request_parts(parts, state).await {
        Ok(Path(path)) => Ok(path),
        Err(_) => Err(ApiError::invalid("The address is not valid UTF-8.")),
    }
}

fn check_content_type(content_type: Option<&str>) -> ApiResult<()> {
    let Some(content_type) = content_type else {
        return Err(ApiError::invalid("Bad Request. Content-Type header is missing."));
    };
    let essence = content_type.split(';').next().unwrap_or_default().trim();
    if essence.eq_ignore_ascii_case("application/json") {
        Ok(())
    } else {
        Err(ApiError::invalid("Bad Request. Content-Type must be one of ['application/json']."))
    }
}

/// A handler that reads fields, changes nothing and answers JSON.
fn endpoint(method: On, run: fn(&Store, &Call) -> ApiResult<Vec<u8>>) -> MethodRouter<Shared> {
    on(method, move |State(state): State<Shared>, call: Call| async move {
        match state.blocking(move |store| run(store, &call)).await {
            Ok(body) => reply::json(body),
            Err(error) => error.into_response(),
        }
    })
}

/// A handler that reads fields, changes the workspace and answers JSON.
fn mutation(method: On, run: fn(&Store, &Call) -> ApiResult<Vec<u8>>) -> MethodRouter<Shared> {
    on(method, move |State(state): State<Shared>, call: Call| async move {
        match state.writing(move |store| run(store, &call)).await {
            Ok(body) => reply::json(body),
            Err(error) => error.into_response(),
        }
    })
}

/// Who calls: a program whose user, if any, is said in the request's own fields.
pub(super) fn caller(name: &str) -> Actor {
    Actor::new(name, Channel::Rest)
}

async fn not_found(method: Method, uri: Uri) -> Response {
    let message = format!("There is no endpoint {method} {} on this server.", uri.path());
    ApiError::from(wire::WireError::new(ErrorCode::EndpointNotFound, message)).into_response()
}

async fn wrong_method(method: Method, uri: Uri) -> Response {
    let message = format!("The endpoint {} does not know the method {method}.", uri.path());
    ApiError::new(ErrorCode::EndpointNotFound, message).with_status(StatusCode::METHOD_NOT_ALLOWED).into_response()
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed expectation ends the test")]

    use std::sync::RwLock;
    use std::time::Duration;

    use super::*;
    use crate::store::OpenMode;

    #[test]
    fn writers_that_wait_leave_threads_to_readers() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&folder.path().join("workspace"), OpenMode::CreateOrOpen).unwrap();
        let state = Arc::new(AppState::new(store, &Config::default()));
        let runtime = tokio::runtime::Builder::new_current_thread()
            .max_blocking_threads(limits::MAX_BLOCKING_THREADS)
            .enable_all()
            .build()
            .unwrap();
        let gate = Arc::new(RwLock::new(()));
        let closed = gate.write().unwrap();
        let writers = runtime.block_on(async {
            let writers: Vec<_> = (0..2 * limits::MAX_BLOCKING_THREADS)
                .map(|_| {
                    let (state, gate) = (Arc::clone(&state), Arc::clone(&gate));
                    tokio::spawn(async move {
                        state
                            .writing(move |_| {
                                drop(gate.read());
                                Ok(())
                            })
                            .await
                    })
                })
                .collect();
            // All writers have had their turn to start.
            tokio::task::yield_now().await;
            let read = tokio::time::timeout(Duration::from_secs(20), state.blocking(|_| Ok(7))).await;
            assert_eq!(read.ok(), Some(Ok(7)));
            writers
        });
        drop(closed);
        runtime.block_on(async {
            for writer in writers {
                assert_eq!(writer.await.unwrap(), Ok(()));
            }
        });
    }
}
