//! Handlers, one file a resource. Each converts with [`crate::wire`], calls the store once, and answers.

pub(super) mod artifacts;
pub(super) mod experiments;
pub(super) mod history;
pub(super) mod logged_models;
pub(super) mod runs;
pub(super) mod system;
