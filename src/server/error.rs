//! Failures as answers.

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};

use super::limits::BodyError;
use super::reply;
use crate::store::{StoreError, StoreErrorKind};
use crate::wire::{ErrorCode, WireError};

/// A failure with its HTTP status.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ApiError {
    pub(super) status: StatusCode,
    pub(super) error: WireError,
}

/// What handlers return.
pub(super) type ApiResult<T = Response> = Result<T, ApiError>;

impl ApiError {
    pub(super) fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        WireError::new(code, message).into()
    }

    pub(super) fn invalid(message: impl Into<String>) -> Self {
        Self::new(ErrorCode::InvalidParameterValue, message)
    }

    pub(super) fn not_found(message: impl Into<String>) -> Self {
        Self::new(ErrorCode::ResourceDoesNotExist, message)
    }

    /// The same refusal under another HTTP status.
    pub(super) fn with_status(self, status: StatusCode) -> Self {
        Self { status, ..self }
    }
}

impl From<WireError> for ApiError {
    fn from(error: WireError) -> Self {
        let status = StatusCode::from_u16(error.code.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        Self { status, error }
    }
}

impl From<StoreError> for ApiError {
    fn from(error: StoreError) -> Self {
        let StoreError { kind, message } = error;
        match kind {
            // A wrong state, too, is the client's mistake and so no 5xx, although MLflow's INVALID_STATE is one.
            StoreErrorKind::InvalidParameter | StoreErrorKind::InvalidState => Self::invalid(message),
            StoreErrorKind::NotFound => Self::not_found(message),
            StoreErrorKind::AlreadyExists => Self::new(ErrorCode::ResourceAlreadyExists, message),
            StoreErrorKind::ReadOnly => Self::new(ErrorCode::PermissionDenied, message),
            // Trying again helps, and clients do so on this status.
            StoreErrorKind::Busy => Self::new(ErrorCode::TemporarilyUnavailable, message),
            // Trying again does not help until somebody makes room; clients do not repeat on this status.
            StoreErrorKind::DiskFull => {
                Self::new(ErrorCode::ResourceExhausted, message).with_status(StatusCode::INSUFFICIENT_STORAGE)
            }
            StoreErrorKind::NotAWorkspace
            | StoreErrorKind::NewerVersion
            | StoreErrorKind::Corrupt
            | StoreErrorKind::Internal => {
                tracing::error!(%message, ?kind, "a request failed");
                Self::new(ErrorCode::InternalError, message)
            }
        }
    }
}

impl From<BodyError> for ApiError {
    fn from(error: BodyError) -> Self {
        match error {
            BodyError::TooLarge { limit } => {
                Self::invalid(format!("The request body is larger than {} MiB.", limit / (1024 * 1024)))
                    .with_status(StatusCode::PAYLOAD_TOO_LARGE)
            }
            BodyError::Incomplete => Self::invalid("The request body ended early or came too slowly.")
                .with_status(StatusCode::REQUEST_TIMEOUT),
        }
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        reply::json_with(self.status, self.error.to_json())
    }
}
