//! What can go wrong in the store, in words for a person.

/// What a caller can do something about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum StoreErrorKind {
    /// The input breaks a rule; nothing was written.
    InvalidParameter,
    NotFound,
    AlreadyExists,
    /// The thing is in a state that forbids the act, such as a deleted run.
    InvalidState,
    /// Another process holds the database; trying again helps.
    Busy,
    /// The workspace is open for reading only.
    ReadOnly,
    DiskFull,
    /// The folder holds something else.
    NotAWorkspace,
    /// The database was written by a newer version of the program.
    NewerVersion,
    /// The database is damaged.
    Corrupt,
    /// Anything else that the operating system or SQLite said.
    Internal,
}

/// An error of the store. The message says what failed, why, and where it helps what to do next.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{message}")]
pub struct StoreError {
    pub kind: StoreErrorKind,
    pub message: String,
}

impl StoreError {
    pub fn new(kind: StoreErrorKind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into() }
    }

    pub fn invalid(message: impl Into<String>) -> Self {
        Self::new(StoreErrorKind::InvalidParameter, message)
    }

    pub fn not_found(message: impl Into<String>) -> Self {
        Self::new(StoreErrorKind::NotFound, message)
    }
}

impl From<crate::domain::validate::InvalidInput> for StoreError {
    fn from(error: crate::domain::validate::InvalidInput) -> Self {
        Self::invalid(error.message)
    }
}
