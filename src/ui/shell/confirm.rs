//! The question before an act that cannot be undone, drawn from the application's state.

use egui::Ui;

use crate::app::{Command, Commands, State, WindowCommand};
use crate::ui::widgets::{Answer, Confirm};

/// What has been typed so far.
#[derive(Default)]
pub(super) struct ConfirmUi {
    typing: String,
}

impl ConfirmUi {
    pub(super) fn ui(&mut self, ui: &Ui, state: &State, commands: &mut Commands) {
        let Some(question) = &state.confirm else {
            self.typing.clear();
            return;
        };
        let mut confirm = Confirm::new(&question.title, &question.text, &question.confirm_label);
        if question.is_destructive {
            confirm = confirm.danger();
        }
        if let Some(typed) = &question.typed {
            confirm = confirm.typed(typed);
        }
        match confirm.show(ui, &mut self.typing) {
            Some(Answer::Confirmed) => commands.send(Command::Window(WindowCommand::ConfirmYes)),
            Some(Answer::Cancelled) => commands.send(Command::Window(WindowCommand::ConfirmNo)),
            None => {}
        }
    }
}
