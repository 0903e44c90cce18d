//! What a handler gets: the state, the means to start work, and a few helpers.

use std::sync::Arc;

use crate::backend::Tracking;
use crate::domain::Revision;
use crate::tasks::{TaskContext, Tasks};

use super::toasts::Severity;
use super::undo::UndoEntry;
use super::{Command, Event, Services, State, TaskKey, UserError};

/// Borrowed from the application for one command or event.
pub struct Context<'a> {
    pub state: &'a mut State,
    pub(super) tasks: &'a mut Tasks<TaskKey, Event>,
    pub(super) services: &'a mut Services,
    /// Carried out right after this handler, in order.
    pub(super) follow_ups: Vec<Command>,
}

impl Context<'_> {
    /// The open workspace's backend; `None` while none is open.
    pub fn backend(&self) -> Option<Arc<dyn Tracking>> {
        self.services.backend.clone()
    }

    /// The newest revision that the screens have been told of.
    pub fn revision(&self) -> Revision {
        self.state.revision
    }

    /// Unix milliseconds at the start of this tick.
    pub fn now_ms(&self) -> i64 {
        self.state.now_ms
    }

    /// Starts work off the UI thread. A task that runs under the same key is stopped and its result dropped. `wrap`
    /// gets the value or the error, also when the work panics or is cancelled, so a `Loadable` never stays loading.
    pub fn start<T: 'static>(
        &mut self,
        key: TaskKey,
        label: impl Into<String>,
        work: impl FnOnce(&TaskContext) -> Result<T, UserError> + Send + 'static,
        wrap: impl FnOnce(Result<T, UserError>) -> Event + Send + 'static,
    ) {
        self.tasks.start(key, label, work, move |outcome| wrap(outcome.map_err(UserError::from)));
    }

    /// Whether a task runs under `key`.
    pub fn is_running(&self, key: &TaskKey) -> bool {
        self.tasks.is_running(key)
    }

    /// Stops a task and drops what it brings.
    pub fn abandon(&mut self, key: &TaskKey) {
        self.tasks.abandon(|running| running == key);
    }

    /// Sends a command that is carried out right after this handler.
    pub fn send(&mut self, command: Command) {
        self.follow_ups.push(command);
    }

    /// Records a step that can be undone. For changes of views; edits record themselves.
    pub fn push_undo(&mut self, label: impl Into<String>, undo: Command, redo: Command) {
        self.state.undo.push(UndoEntry { label: label.into(), undo, redo });
    }

    pub fn toast_info(&mut self, text: &str) {
        self.state.toasts.show(self.state.now_ms, Severity::Info, text);
    }

    pub fn toast_success(&mut self, text: &str) {
        self.state.toasts.show(self.state.now_ms, Severity::Success, text);
    }

    pub fn toast_warning(&mut self, text: &str) {
        self.state.toasts.show(self.state.now_ms, Severity::Warning, text);
    }

    pub fn toast_error(&mut self, error: &UserError) {
        self.state.toasts.show_error(self.state.now_ms, error);
    }

    /// Shows a message with a button.
    pub fn toast_with_action(&mut self, text: &str, action: (String, Command)) {
        self.state.toasts.show_with_action(self.state.now_ms, Severity::Success, text, action);
    }
}
