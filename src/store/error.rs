//! What can go wrong in the store, in words for a person.

use rusqlite::ErrorCode;

/// What is said of a database file that cannot be opened at all.
pub(super) const CANNOT_OPEN: &str = "The workspace's database file could not be opened.";

/// What is said of a read that was stopped.
const TOOK_TOO_LONG: &str = "The answer took too long to find and the search was stopped. Narrow it: fewer experiments, \
                             a simpler filter, or a shorter stretch.";

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

    pub(super) fn internal(message: impl Into<String>) -> Self {
        Self::new(StoreErrorKind::Internal, message)
    }
}

impl From<crate::domain::validate::InvalidInput> for StoreError {
    fn from(error: crate::domain::validate::InvalidInput) -> Self {
        Self::invalid(error.message)
    }
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        match error.sqlite_error_code() {
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Self::new(
                StoreErrorKind::Busy,
                "The workspace is busy: another program is writing to it. Try again in a moment.",
            ),
            Some(ErrorCode::ReadOnly) => {
                Self::new(StoreErrorKind::ReadOnly, "The workspace can be read but not written.")
            }
            Some(ErrorCode::DiskFull) => Self::new(
                StoreErrorKind::DiskFull,
                "The disk that holds the workspace is full. Nothing of this change was stored: free some space and try \
                 again.",
            ),
            Some(ErrorCode::DatabaseCorrupt) => {
                tracing::error!(%error, "the database is damaged");
                Self::new(
                    StoreErrorKind::Corrupt,
                    "The workspace's database is damaged. Do not write to it: copy the folder, then restore a backup, \
                     or recover what can be read with `sqlite3 proofmark.db .recover`.",
                )
            }
            Some(ErrorCode::NotADatabase) => Self::new(
                StoreErrorKind::NotAWorkspace,
                "proofmark.db is not a database of this program: the folder is not a workspace.",
            ),
            // A reader past its time; see `readers`.
            Some(ErrorCode::OperationInterrupted) => Self::invalid(TOOK_TOO_LONG),
            Some(ErrorCode::TooBig) => Self::invalid("A text is larger than the workspace's database can hold."),
            // SQLite's words may hold statements and what users wrote: they are for the log, not for clients.
            code => {
                tracing::error!(%error, "the database reported an error");
                match code {
                    Some(ErrorCode::CannotOpen) => Self::internal(CANNOT_OPEN),
                    Some(ErrorCode::SystemIoFailure) => Self::internal(
                        "The workspace's database could not be read from the disk or written to it. Look at the state \
                         of the disk; the program's log says more.",
                    ),
                    _ => Self::internal(
                        "The workspace's database reported an unexpected error; the program's log says which.",
                    ),
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statements_do_not_reach_the_caller() {
        let code = rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_ERROR);
        let error = rusqlite::Error::SqlInputError {
            error: code,
            msg: "no such column: secret".to_owned(),
            sql: "SELECT secret FROM run".to_owned(),
            offset: 7,
        };
        let error = StoreError::from(error);
        assert_eq!(error.kind, StoreErrorKind::Internal);
        assert!(!error.message.contains("secret"), "{error}");
    }
}
