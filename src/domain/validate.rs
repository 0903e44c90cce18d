//! Rules for names, keys, values and sizes, with MLflow's limits and words.

/// Why an input is refused, in the words that a client sees.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct InvalidInput {
    pub message: String,
}
