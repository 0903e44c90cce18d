//! MLflow's error answers.
//!
//! Bad input never becomes a 5xx status: the Python client repeats those for minutes.

use serde::{Deserialize, Serialize};

use crate::domain::filter::FilterError;
use crate::domain::validate::InvalidInput;

/// The words that MLflow clients know for what went wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ErrorCode {
    InvalidParameterValue,
    BadRequest,
    ResourceDoesNotExist,
    ResourceAlreadyExists,
    EndpointNotFound,
    PermissionDenied,
    NotImplemented,
    TemporarilyUnavailable,
    ResourceExhausted,
    InternalError,
}

impl ErrorCode {
    /// The word on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::InvalidParameterValue => "INVALID_PARAMETER_VALUE",
            Self::BadRequest => "BAD_REQUEST",
            Self::ResourceDoesNotExist => "RESOURCE_DOES_NOT_EXIST",
            Self::ResourceAlreadyExists => "RESOURCE_ALREADY_EXISTS",
            Self::EndpointNotFound => "ENDPOINT_NOT_FOUND",
            Self::PermissionDenied => "PERMISSION_DENIED",
            Self::NotImplemented => "NOT_IMPLEMENTED",
            Self::TemporarilyUnavailable => "TEMPORARILY_UNAVAILABLE",
            Self::ResourceExhausted => "RESOURCE_EXHAUSTED",
            Self::InternalError => "INTERNAL_ERROR",
        }
    }

    /// The HTTP status that goes with the code where nothing else is said.
    pub const fn status(self) -> u16 {
        match self {
            Self::InvalidParameterValue | Self::BadRequest | Self::ResourceAlreadyExists => 400,
            Self::PermissionDenied => 403,
            Self::ResourceDoesNotExist | Self::EndpointNotFound => 404,
            Self::ResourceExhausted => 429,
            Self::InternalError => 500,
            Self::NotImplemented => 501,
            Self::TemporarilyUnavailable => 503,
        }
    }

    /// The SQL state and class that newer servers add to most errors.
    const fn details(self) -> Option<(&'static str, &'static str)> {
        match self {
            Self::NotImplemented => None,
            Self::InvalidParameterValue | Self::BadRequest => Some(("KAM00", "INVALID_PARAMETER_VALUE")),
            Self::ResourceDoesNotExist => Some(("KAM00", "RESOURCE_NOT_FOUND")),
            Self::InternalError => Some(("XXM00", "CLIENT_INTERNAL_ERROR")),
            other => Some(("KAM00", other.as_str())),
        }
    }
}

/// A refusal or failure as a client sees it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}: {message}", code.as_str())]
pub struct WireError {
    pub code: ErrorCode,
    pub message: String,
}

impl WireError {
    pub fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        Self { code, message: bounded(message.into()) }
    }

    pub fn invalid(message: impl Into<String>) -> Self {
        Self::new(ErrorCode::InvalidParameterValue, message)
    }

    /// The answer's body.
    pub fn to_json(&self) -> Vec<u8> {
        super::to_json(&ErrorJson {
            error_code: self.code.as_str(),
            message: &self.message,
            sqlstate: self.code.details().map(|(state, _)| state),
            error_class: self.code.details().map(|(_, class)| class),
        })
    }

    /// The code and message of an error answer, if it is one.
    pub fn parse(body: &[u8]) -> Option<(String, String)> {
        #[derive(Deserialize)]
        struct Received {
            error_code: String,
            #[serde(default)]
            message: String,
        }
        let Received { error_code, message } = serde_json::from_slice(body).ok()?;
        Some((error_code, message))
    }
}

/// What quotes an input is cut where it is quoted; this is for all the rest. The end is kept, as it often says what is
/// wrong.
fn bounded(message: String) -> String {
    const LONGEST: usize = 4000;
    const HEAD: usize = 3000;
    if message.len() <= 4 * LONGEST {
        return message;
    }
    let head: String = message.chars().take(HEAD).collect();
    let mut tail: Vec<char> = message.chars().rev().take(LONGEST - HEAD).collect();
    tail.reverse();
    format!("{head}…{}", tail.into_iter().collect::<String>())
}

impl From<InvalidInput> for WireError {
    fn from(error: InvalidInput) -> Self {
        Self::invalid(error.message)
    }
}

impl From<FilterError> for WireError {
    fn from(error: FilterError) -> Self {
        Self::invalid(error.message)
    }
}

#[derive(Serialize)]
struct ErrorJson<'a> {
    error_code: &'a str,
    message: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    sqlstate: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error_class: Option<&'a str>,
}
