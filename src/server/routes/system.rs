//! Whether the server is there, and what it can do.

use axum::http::StatusCode;
use axum::response::Response;

use crate::server::reply;
use crate::wire::{SERVER_INFO, VERSION};

pub(in crate::server) async fn health() -> Response {
    reply::text(StatusCode::OK, "OK")
}

pub(in crate::server) async fn version() -> Response {
    reply::text(StatusCode::OK, VERSION)
}

pub(in crate::server) async fn server_info() -> Response {
    reply::json(SERVER_INFO)
}
