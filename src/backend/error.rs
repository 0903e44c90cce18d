//! What can go wrong between the window and a backend, in words for a person.

/// What the caller can do something about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum BackendErrorKind {
    /// The input breaks a rule; nothing was written.
    InvalidParameter,
    NotFound,
    AlreadyExists,
    /// The thing is in a state that forbids the act, such as a deleted run.
    InvalidState,
    /// Somebody else holds the resource; trying again helps.
    Busy,
    /// Writing is refused: a read-only workspace or missing rights.
    ReadOnly,
    DiskFull,
    /// The folder holds something else.
    NotAWorkspace,
    /// Written by a newer version of the program.
    NewerVersion,
    /// The database is damaged.
    Corrupt,
    /// The backend does not know how to do this.
    Unsupported,
    /// Anything else.
    Internal,
}

impl BackendErrorKind {
    /// Whether doing the same again may help.
    pub const fn is_transient(self) -> bool {
        matches!(self, Self::Busy | Self::DiskFull | Self::Internal)
    }
}

/// An error of a backend. The message says what failed and why.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct BackendError {
    pub kind: BackendErrorKind,
    pub message: String,
}

impl BackendError {
    pub fn new(kind: BackendErrorKind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into() }
    }
}
