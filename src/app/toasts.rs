//! Short messages in a corner of the window. Errors stay until dismissed; the rest fade by themselves.

use super::{Command, Context, UserError, window};

/// How long a message that is no error stays, in milliseconds.
const LIFETIME_MS: i64 = 6_000;
/// Messages kept at once; the oldest go first.
const LIMIT: usize = 50;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Severity {
    Info,
    Success,
    Warning,
    Error,
}

/// Names one toast.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ToastId(pub u64);

/// One message.
#[derive(Debug, Clone, PartialEq)]
pub struct Toast {
    pub id: ToastId,
    pub severity: Severity,
    pub text: String,
    /// More, shown when opened; copied by the copy button.
    pub details: Option<String>,
    /// A button with its label.
    pub action: Option<(String, Box<Command>)>,
    pub is_open: bool,
    /// Unix milliseconds at which it goes by itself; `None`: stays.
    pub expires_at: Option<i64>,
    /// How often the same message came.
    pub count: u32,
}

/// What a person does with toasts.
#[derive(Debug, Clone, PartialEq)]
pub enum ToastCommand {
    /// Shows a message; for screens that have something to say.
    Show {
        severity: Severity,
        text: String,
    },
    /// Opens or closes the details.
    ToggleDetails(ToastId),
    CopyDetails(ToastId),
    Dismiss(ToastId),
    DismissAll,
}

/// The messages that are shown, oldest first.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Toasts {
    list: Vec<Toast>,
    next_id: u64,
}

impl Toasts {
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = &Toast> {
        self.list.iter()
    }

    pub fn get(&self, id: ToastId) -> Option<&Toast> {
        self.list.iter().find(|toast| toast.id == id)
    }

    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    pub fn len(&self) -> usize {
        self.list.len()
    }

    /// Shows a message. The same message again counts up instead of piling up.
    pub fn show(&mut self, now_ms: i64, severity: Severity, text: impl Into<String>) -> ToastId {
        self.push(now_ms, severity, text.into(), None, None)
    }

    /// Shows a message with a button.
    pub fn show_with_action(
        &mut self,
        now_ms: i64,
        severity: Severity,
        text: impl Into<String>,
        action: (String, Command),
    ) -> ToastId {
        self.push(now_ms, severity, text.into(), None, Some((action.0, Box::new(action.1))))
    }

    /// Shows an error; nothing when it only says that a person stopped the work.
    pub fn show_error(&mut self, now_ms: i64, error: &UserError) {
        if error.is_cancelled {
            return;
        }
        let action = error.retry.clone().map(|retry| ("Try again".to_owned(), retry));
        let mut details = error.detail.clone();
        if let Some(advice) = &error.advice {
            details = format!("{details}\n{advice}");
        }
        self.push(now_ms, Severity::Error, error.title.clone(), Some(details), action);
    }

    fn push(
        &mut self,
        now_ms: i64,
        severity: Severity,
        text: String,
        details: Option<String>,
        action: Option<(String, Box<Command>)>,
    ) -> ToastId {
        let expires_at = (severity != Severity::Error).then(|| now_ms.saturating_add(LIFETIME_MS));
        if let Some(same) = self
            .list
            .iter_mut()
            .find(|toast| toast.severity == severity && toast.text == text && toast.details == details)
        {
            same.count = same.count.saturating_add(1);
            same.expires_at = expires_at;
            same.action = action;
            return same.id;
        }
        self.next_id += 1;
        let id = ToastId(self.next_id);
        self.list.push(Toast { id, severity, text, details, action, is_open: false, expires_at, count: 1 });
        if self.list.len() > LIMIT {
            self.list.remove(0);
        }
        id
    }

    pub fn dismiss(&mut self, id: ToastId) {
        self.list.retain(|toast| toast.id != id);
    }

    pub fn dismiss_all(&mut self) {
        self.list.clear();
    }

    pub(super) fn toggle_details(&mut self, now_ms: i64, id: ToastId) {
        if let Some(toast) = self.list.iter_mut().find(|toast| toast.id == id) {
            toast.is_open = !toast.is_open;
            // Nobody reads against the clock: what was opened stays until it is closed again.
            toast.expires_at =
                (!toast.is_open && toast.severity != Severity::Error).then(|| now_ms.saturating_add(LIFETIME_MS));
        }
    }

    /// Drops what has had its time. Returns when the next one goes.
    pub(super) fn expire(&mut self, now_ms: i64) -> Option<i64> {
        self.list.retain(|toast| toast.expires_at.is_none_or(|at| at > now_ms));
        self.list.iter().filter_map(|toast| toast.expires_at).min()
    }
}

pub(super) fn handle(cx: &mut Context<'_>, command: ToastCommand) {
    let now_ms = cx.state.now_ms;
    let toasts = &mut cx.state.toasts;
    match command {
        ToastCommand::Show { severity, text } => {
            toasts.show(now_ms, severity, text);
        }
        ToastCommand::ToggleDetails(id) => toasts.toggle_details(now_ms, id),
        ToastCommand::CopyDetails(id) => {
            if let Some(toast) = toasts.get(id) {
                let text = match &toast.details {
                    Some(details) => format!("{}\n{details}", toast.text),
                    None => toast.text.clone(),
                };
                window::copy(cx, text, "Details copied");
            }
        }
        ToastCommand::Dismiss(id) => toasts.dismiss(id),
        ToastCommand::DismissAll => toasts.dismiss_all(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_stay_and_the_rest_go_after_a_while() {
        let mut toasts = Toasts::default();
        toasts.show(0, Severity::Info, "Copied");
        toasts.show_error(0, &UserError::new("No", "why"));
        assert_eq!(toasts.expire(LIFETIME_MS - 1), Some(LIFETIME_MS));
        assert_eq!(toasts.expire(LIFETIME_MS), None);
        assert_eq!(toasts.iter().map(|toast| toast.text.as_str()).collect::<Vec<_>>(), ["No"]);
    }

    #[test]
    fn the_same_message_counts_up() {
        let mut toasts = Toasts::default();
        toasts.show(0, Severity::Info, "Copied");
        toasts.show(5_000, Severity::Info, "Copied");
        assert_eq!(toasts.iter().map(|toast| toast.count).collect::<Vec<_>>(), [2]);
        assert_eq!(toasts.expire(6_000), Some(11_000));
    }

    #[test]
    fn an_opened_message_waits_for_its_reader() {
        let mut toasts = Toasts::default();
        let id = toasts.show(0, Severity::Warning, "Careful");
        toasts.toggle_details(1, id);
        assert_eq!(toasts.expire(1_000_000), None);
        assert_eq!(toasts.len(), 1);
    }

    #[test]
    fn stopping_something_is_no_error() {
        let mut toasts = Toasts::default();
        toasts.show_error(0, &UserError { is_cancelled: true, ..UserError::new("Stopped", "") });
        assert!(toasts.is_empty());
    }
}
