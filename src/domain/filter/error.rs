//! Why a filter is refused.

use std::ops::Range;

/// What is wrong with a filter, and where.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct FilterError {
    pub message: String,
    /// The offending part in bytes of the input; empty at the end of the input when something is missing there.
    pub span: Range<usize>,
}

impl FilterError {
    pub(super) fn new(message: impl Into<String>, span: Range<usize>) -> Self {
        Self { message: message.into(), span }
    }
}

/// Most conditions that one filter may have.
pub(super) const MAX_CONDITIONS: usize = 1_000;

/// Most values that the lists of one filter may have together.
pub(super) const MAX_LIST_VALUES: usize = 10_000;

/// Longest filter in bytes.
pub(super) const MAX_BYTES: usize = 1 << 20;

/// Refuses what no person writes before time is spent on it.
pub(super) fn check_length(input: &str) -> Result<(), FilterError> {
    if input.len() > MAX_BYTES {
        let message = format!("The filter has {} bytes; at most {MAX_BYTES} are allowed", input.len());
        return Err(FilterError::new(message, 0..0));
    }
    Ok(())
}

pub(super) fn too_many_conditions(span: Range<usize>) -> FilterError {
    FilterError::new(format!("A filter can have at most {MAX_CONDITIONS} conditions"), span)
}

pub(super) fn too_many_values(span: Range<usize>) -> FilterError {
    FilterError::new(format!("The lists of a filter can have at most {MAX_LIST_VALUES} values together"), span)
}
