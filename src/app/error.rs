//! Errors as a person sees them: what failed, why, what to do.

use crate::backend::{BackendError, BackendErrorKind};
use crate::tasks::TaskFailure;

use super::Command;

/// An error to show.
#[derive(Debug, Clone, PartialEq)]
pub struct UserError {
    /// What failed, such as `The run could not be deleted`.
    pub title: String,
    /// Why, as told by whoever refused.
    pub detail: String,
    /// What to do about it.
    pub advice: Option<String>,
    /// What to send to try again.
    pub retry: Option<Box<Command>>,
    /// Whether a person stopped the work: nothing to complain about.
    pub is_cancelled: bool,
}

impl UserError {
    pub fn new(title: impl Into<String>, detail: impl Into<String>) -> Self {
        Self { title: title.into(), detail: detail.into(), advice: None, retry: None, is_cancelled: false }
    }

    /// Adds what to do.
    #[must_use]
    pub fn with_advice(mut self, advice: impl Into<String>) -> Self {
        self.advice = Some(advice.into());
        self
    }

    /// Adds what to send to try again.
    #[must_use]
    pub fn with_retry(mut self, retry: Command) -> Self {
        self.retry = Some(Box::new(retry));
        self
    }

    /// A backend's refusal to do what `title` says could not be done.
    pub fn from_backend(title: impl Into<String>, error: &BackendError) -> Self {
        let advice = match error.kind {
            BackendErrorKind::Busy => "Another program holds the workspace. Try again in a moment",
            BackendErrorKind::ReadOnly => "Open a workspace that you may write to",
            BackendErrorKind::DiskFull => "Free some space on the disk and try again",
            BackendErrorKind::NotAWorkspace => "Open another folder, or create a new workspace in an empty one",
            BackendErrorKind::NewerVersion => "Update Proofmark, or open another workspace",
            BackendErrorKind::Corrupt => "Restore the workspace from a backup, or open another one",
            BackendErrorKind::NotFound => "It may have been deleted meanwhile. Reload, or look in the bin",
            BackendErrorKind::InvalidParameter
            | BackendErrorKind::AlreadyExists
            | BackendErrorKind::InvalidState
            | BackendErrorKind::Unsupported
            | BackendErrorKind::Internal => "",
        };
        let mut user_error = Self::new(title, error.message.clone());
        if !advice.is_empty() {
            user_error.advice = Some(advice.to_owned());
        }
        user_error
    }

    /// Everything, for the clipboard.
    pub fn details(&self) -> String {
        let mut text = format!("{}\n{}", self.title, self.detail);
        if let Some(advice) = &self.advice {
            text.push('\n');
            text.push_str(advice);
        }
        text
    }
}

impl From<BackendError> for UserError {
    /// For tasks whose title is added later with [`Titled::titled`] or is plain from the place.
    fn from(error: BackendError) -> Self {
        Self::from_backend("That did not work", &error)
    }
}

impl From<TaskFailure<Self>> for UserError {
    fn from(failure: TaskFailure<Self>) -> Self {
        match failure {
            TaskFailure::Failed(error) => error,
            TaskFailure::Cancelled => {
                Self { is_cancelled: true, ..Self::new("Stopped", "The work was stopped before its end") }
            }
            TaskFailure::Panicked(message) => Self::new("Something broke inside Proofmark", message)
                .with_advice("Nothing was lost. Copy the details and report them"),
        }
    }
}

/// Gives backend errors their title: `backend.run(&id).titled("The run could not be read")?`.
pub trait Titled<T> {
    /// Says what could not be done.
    fn titled(self, title: &str) -> Result<T, UserError>;
}

impl<T> Titled<T> for Result<T, BackendError> {
    fn titled(self, title: &str) -> Result<T, UserError> {
        self.map_err(|error| UserError::from_backend(title, &error))
    }
}
