//! The page of one run: state, commands, handlers.

use serde::{Deserialize, Serialize};

use crate::domain::Revision;

use super::actions::Action;
use super::{Context, Route};

/// What this screen knows.
#[derive(Debug, Clone, Default)]
pub struct RunPageState {
    pub view: RunPageView,
}

/// How the person arranged this screen; kept between starts, per workspace.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct RunPageView {}

/// What can be asked of this screen.
#[derive(Debug, Clone, PartialEq)]
pub enum RunPageCommand {}

/// What this screen's tasks bring.
#[derive(Debug)]
pub enum RunPageEvent {}

/// Names this screen's tasks.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum RunPageTask {}

/// What a person can trigger here.
pub static ACTIONS: &[Action] = &[];

/// Carries out a command.
#[expect(clippy::needless_pass_by_value, reason = "handlers own their command")]
pub fn handle(_cx: &mut Context<'_>, command: RunPageCommand) {
    match command {}
}

/// Takes in what a task brought.
#[expect(clippy::needless_pass_by_value, reason = "handlers own their event")]
pub fn apply(_cx: &mut Context<'_>, event: RunPageEvent) {
    match event {}
}

/// Called when the person came to a place, after the state knows it.
pub fn on_route_changed(_cx: &mut Context<'_>, _route: &Route) {}

/// Called when stored data changed, at most about ten times a second.
pub fn on_workspace_changed(_cx: &mut Context<'_>, _revision: Revision) {}

/// Called when another workspace was opened, or none is open any more. The state is empty and the view restored.
pub fn on_workspace_opened(_cx: &mut Context<'_>) {}
