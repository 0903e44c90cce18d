//! The tracking server over real HTTP: recorded exchanges of the stock server replayed, every endpoint, bad input,
//! strangers, and many clients at once.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a failed expectation ends the test")]

mod artifacts;
mod bad_input;
mod clients;
mod differences;
mod experiments;
mod golden;
mod history;
mod logged_models;
mod runs;
mod security;
mod support;
