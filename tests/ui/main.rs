//! The window, as a person uses it: found by what it says, and compared with pictures.

#![expect(clippy::unwrap_used, clippy::panic, clippy::print_stderr, reason = "a test stops at the first surprise")]

mod experiments;
mod experiments_pictures;
mod home;
mod run;
mod shell;
mod support;
mod widgets;
