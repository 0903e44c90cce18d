//! The messages in the corner, drawn from the application's list.

use egui::Ui;

use crate::app::toasts::{Severity, ToastCommand, ToastId};
use crate::app::{Command, Commands, State};
use crate::ui::theme::scale;
use crate::ui::widgets::{ToastAction, ToastView, Tone, toasts_ui as stack_ui};

pub(super) fn toasts_ui(ui: &Ui, state: &State, commands: &mut Commands) {
    let views: Vec<ToastView<'_>> = state
        .toasts
        .iter()
        .map(|toast| ToastView {
            id: toast.id.0,
            tone: match toast.severity {
                Severity::Info => Tone::Idle,
                Severity::Success => Tone::Ok,
                Severity::Warning => Tone::Warn,
                Severity::Error => Tone::Error,
            },
            title: &toast.text,
            count: toast.count,
            details: toast.details.as_deref(),
            is_open: toast.is_open,
            action: toast.action.as_ref().map(|(words, _)| words.as_str()),
        })
        .collect();
    match stack_ui(ui, &views, scale().status_bar) {
        Some(ToastAction::Closed(id)) => commands.send(Command::Toast(ToastCommand::Dismiss(ToastId(id)))),
        Some(ToastAction::Toggled(id)) => commands.send(Command::Toast(ToastCommand::ToggleDetails(ToastId(id)))),
        Some(ToastAction::Copied(id)) => commands.send(Command::Toast(ToastCommand::CopyDetails(ToastId(id)))),
        Some(ToastAction::Acted(id)) => {
            if let Some((_, command)) = state.toasts.get(ToastId(id)).and_then(|toast| toast.action.as_ref()) {
                commands.send((**command).clone());
            }
            commands.send(Command::Toast(ToastCommand::Dismiss(ToastId(id))));
        }
        None => {}
    }
}
