//! What can be undone and done again.

use super::edit::{self, Origin};
use super::{Command, Context};

/// Steps that are kept.
const LIMIT: usize = 200;

/// One step: what to send to take it back, and what to send to do it again.
#[derive(Debug, Clone, PartialEq)]
pub struct UndoEntry {
    /// Such as `delete 3 runs`: follows the word "Undo".
    pub label: String,
    pub undo: Command,
    pub redo: Command,
}

/// Both directions of the history of changes.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct UndoStack {
    done: Vec<UndoEntry>,
    undone: Vec<UndoEntry>,
}

impl UndoStack {
    /// Records a new step; what was undone before can no longer be redone.
    pub fn push(&mut self, entry: UndoEntry) {
        self.done.push(entry);
        self.undone.clear();
        if self.done.len() > LIMIT {
            self.done.remove(0);
        }
    }

    /// The label of what undo would take back.
    pub fn undo_label(&self) -> Option<&str> {
        self.done.last().map(|entry| entry.label.as_str())
    }

    /// The label of what redo would do again.
    pub fn redo_label(&self) -> Option<&str> {
        self.undone.last().map(|entry| entry.label.as_str())
    }

    /// Moves the last step to the undone ones and tells what to send.
    pub(super) fn step_back(&mut self) -> Option<UndoEntry> {
        let entry = self.done.pop()?;
        self.undone.push(entry.clone());
        Some(entry)
    }

    /// Moves the last undone step back and tells what to send.
    pub(super) fn step_forward(&mut self) -> Option<UndoEntry> {
        let entry = self.undone.pop()?;
        self.done.push(entry.clone());
        Some(entry)
    }

    pub fn clear(&mut self) {
        *self = Self::default();
    }
}

/// Takes the last step back. An edit that fails puts the step back in its place.
pub(super) fn undo(cx: &mut Context<'_>) {
    match cx.state.undo.step_back() {
        Some(UndoEntry { undo: Command::Edit(edit), .. }) => edit::handle(cx, edit, Origin::Undo),
        Some(UndoEntry { undo, .. }) => cx.send(undo),
        None => cx.toast_info("Nothing to undo"),
    }
}

/// Does the last undone step again.
pub(super) fn redo(cx: &mut Context<'_>) {
    match cx.state.undo.step_forward() {
        Some(UndoEntry { redo: Command::Edit(edit), .. }) => edit::handle(cx, edit, Origin::Redo),
        Some(UndoEntry { redo, .. }) => cx.send(redo),
        None => cx.toast_info("Nothing to do again"),
    }
}

#[cfg(test)]
mod tests {
    use super::super::{HomeCommand, ServerCommand};
    use super::*;

    fn entry(label: &str) -> UndoEntry {
        UndoEntry {
            label: label.to_owned(),
            undo: Command::Home(HomeCommand::Refresh),
            redo: Command::Server(ServerCommand::Restart),
        }
    }

    #[test]
    fn steps_go_back_and_forward_in_order() {
        let mut stack = UndoStack::default();
        stack.push(entry("a"));
        stack.push(entry("b"));
        assert_eq!(stack.step_back().map(|entry| entry.label).as_deref(), Some("b"));
        assert_eq!((stack.undo_label(), stack.redo_label()), (Some("a"), Some("b")));
        assert_eq!(stack.step_forward().map(|entry| entry.label).as_deref(), Some("b"));
        assert_eq!((stack.undo_label(), stack.redo_label()), (Some("b"), None));
    }

    #[test]
    fn a_new_step_forgets_what_was_undone() {
        let mut stack = UndoStack::default();
        stack.push(entry("a"));
        stack.step_back();
        stack.push(entry("b"));
        assert_eq!((stack.undo_label(), stack.redo_label()), (Some("b"), None));
    }
}
