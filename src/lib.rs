//! Proofmark: a native workbench for people who build, approve and watch machine-learning models.
//!
//! The map of the house; `ARCHITECTURE.md` says which room may use which.

pub mod app;
pub mod backend;
pub mod cli;
pub mod demo;
pub mod domain;
pub mod explore;
pub mod server;
pub mod stats;
pub mod store;
pub mod tasks;
pub mod ui;
pub mod wire;
