//! What can be undone and done again.

use super::Command;

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
