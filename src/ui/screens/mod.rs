//! The screens. Each is a struct that keeps what only drawing needs (a half-typed field) and has
//! `fn ui(&mut self, ui: &mut Ui, state: &State, commands: &mut Commands)`, which fills the space under the top bar.
//!
//! A screen without an open workspace is not drawn: the shell says what is wrong and how to open one.

mod experiments;
mod home;
mod no_workspace;
mod run;
mod settings;

use egui::Ui;

use crate::app::{Commands, Loadable, Route, State};

/// All screens; a screen keeps its half-typed fields while another one is shown.
#[derive(Default)]
pub(super) struct Screens {
    experiments: experiments::ExperimentsUi,
    settings: settings::SettingsUi,
    run: run::RunUi,
}

impl Screens {
    /// Draws the screen of the current place.
    pub(super) fn ui(&mut self, ui: &mut Ui, state: &State, commands: &mut Commands) {
        // Each place keeps its own ids, so that one screen's scrolling never moves another's.
        let place = std::mem::discriminant(state.route());
        ui.push_id(place, |ui| match state.route() {
            Route::Settings => self.settings.ui(ui, state, commands),
            _ if !matches!(state.workspace, Loadable::Ready(_)) && state.workspace.value().is_none() => {
                no_workspace::no_workspace_ui(ui, state, commands);
            }
            Route::Home => home::home_ui(ui, state, commands),
            Route::Experiments { .. } => self.experiments.ui(ui, state, commands),
            Route::Run { .. } => self.run.ui(ui, state, commands),
        });
    }
}

/// One step of the way to the current place.
pub(super) struct Crumb {
    pub(super) text: String,
    /// Where it leads; `None` for what is no place of its own.
    pub(super) route: Option<Route>,
}

impl Crumb {
    fn new(text: impl Into<String>, route: Option<Route>) -> Self {
        Self { text: text.into(), route }
    }
}

/// The way to the current place, from the workspace down.
pub(super) fn crumbs(state: &State) -> Vec<Crumb> {
    let workspace = state.workspace.value().map_or_else(|| "Proofmark".to_owned(), crate::app::OpenWorkspace::name);
    let mut crumbs = vec![Crumb::new(workspace, Some(Route::Home))];
    let experiments = || Crumb::new("Experiments", Some(Route::Experiments { experiments: Vec::new() }));
    match state.route() {
        Route::Home => crumbs.push(Crumb::new("Home", None)),
        Route::Settings => crumbs.push(Crumb::new("Settings", None)),
        Route::Experiments { .. } => {
            crumbs.push(experiments());
            crumbs.extend(chosen_experiments(state).map(|name| Crumb::new(name, None)));
        }
        Route::Run { run, .. } => {
            crumbs.push(experiments());
            let details = state.run_page.details.value().filter(|details| details.run.info.id == *run);
            if let Some(details) = details {
                let experiment = Route::experiment(details.run.info.experiment_id);
                crumbs.push(Crumb::new(details.experiment_name.as_str(), Some(experiment)));
                if let Some(parent) = &details.parent {
                    crumbs.push(Crumb::new(parent.name.as_str(), Some(Route::run(parent.id.clone()))));
                }
            }
            crumbs.push(Crumb::new(details.map_or(run.as_str(), |details| details.run.info.name.as_str()), None));
        }
    }
    crumbs
}

/// The name of the one experiment whose runs are shown, or how many there are.
fn chosen_experiments(state: &State) -> Option<String> {
    let list = state.experiments.list.value()?;
    match state.experiments.chosen.as_slice() {
        [] => None,
        [only] => {
            list.iter().find(|summary| summary.experiment.id == *only).map(|summary| summary.experiment.name.clone())
        }
        several => Some(format!("{} experiments", several.len())),
    }
}
