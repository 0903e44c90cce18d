//! The window: the only module that knows egui.
//!
//! Everything here draws from the application's state and answers with commands; nothing here reads a file, asks a
//! database or waits. A drawing function may run twice in one frame and therefore has no effects of its own.

pub mod theme;
pub mod widgets;
