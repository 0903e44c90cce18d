//! The page of one run: header, tabs, and what each tab shows.
//!
//! Half-typed texts and scroll positions live here; everything else comes from the application's state.

mod artifacts;
mod data;
mod header;
mod metrics;
mod note;
mod overview;
mod preview;
mod preview_table;
mod preview_tree;
mod rows;
mod tags;

use egui::{Frame, Margin, Ui};

use crate::app::run_page::{Details, RunPageCommand, is_system_metric};
use crate::app::{Command, Commands, Loadable, NavigateCommand, Route, RunTab, State};
use crate::domain::RunId;
use crate::ui::theme::{icons, scale};
use crate::ui::widgets::{Placeholder, StateAction, Tab, skeleton_rows_ui, tabs_ui};

/// What drawing the page needs to remember.
#[derive(Default)]
pub(super) struct RunUi {
    /// The run that the half-typed texts belong to.
    run: Option<RunId>,
    header: header::HeaderUi,
    overview: overview::OverviewUi,
    metrics: metrics::MetricsUi,
    artifacts: artifacts::ArtifactsUi,
}

/// What every part of the page gets.
#[derive(Clone, Copy)]
struct Page<'a> {
    state: &'a State,
    details: &'a Details,
}

impl Page<'_> {
    fn id(&self) -> &RunId {
        &self.details.run.info.id
    }

    /// Why nothing can be changed, if so.
    fn why_read_only(&self) -> Option<&str> {
        self.state.can_write().err()
    }
}

impl RunUi {
    /// Draws the page of the run that the route names.
    pub(super) fn ui(&mut self, ui: &mut Ui, state: &State, commands: &mut Commands) {
        let Route::Run { run, tab } = state.route() else { return };
        if self.run.as_ref() != Some(run) {
            let metrics = std::mem::take(&mut self.metrics).for_another_run();
            *self = Self { run: Some(run.clone()), metrics, ..Self::default() };
        }
        let Some(details) = state.run_page.details.value().filter(|details| details.run.info.id == *run) else {
            no_run_ui(ui, &state.run_page.details, commands);
            return;
        };
        let page = Page { state, details };
        let s = scale();
        let margin = Margin { left: s.space_lg as i8, right: s.space_lg as i8, top: s.space_md as i8, bottom: 0 };
        Frame::new().inner_margin(margin).show(ui, |ui| {
            self.header.ui(ui, page, commands);
            ui.add_space(s.space_sm);
            if let Some(chosen) = tabs_ui(ui, &tabs(page), *tab) {
                let route = Route::Run { run: run.clone(), tab: chosen };
                commands.send(Command::Navigate(NavigateCommand::Replace(route)));
            }
        });
        ui.push_id((run.as_str(), tab.as_str()), |ui| match tab {
            RunTab::Overview => {
                self.overview.ui(ui, page, commands);
                if let Some(key) = self.overview.take_wanted_metric() {
                    self.metrics.show_only(key);
                }
            }
            RunTab::Metrics => self.metrics.ui(ui, page, false, commands),
            RunTab::Artifacts => self.artifacts.ui(ui, page, commands),
            RunTab::Data => data::data_ui(ui, page, commands),
            RunTab::System => self.metrics.ui(ui, page, true, commands),
        });
    }
}

fn tabs(page: Page<'_>) -> [Tab<'static, RunTab>; 5] {
    let metrics = &page.details.run.metrics;
    let n_system = metrics.iter().filter(|metric| is_system_metric(&metric.key)).count();
    [
        Tab::new(RunTab::Overview, "Overview"),
        Tab::new(RunTab::Metrics, "Metrics").with_count(metrics.len() - n_system),
        Tab::new(RunTab::Artifacts, "Artifacts"),
        Tab::new(RunTab::Data, "Data and code"),
        Tab::new(RunTab::System, "System").with_count(n_system),
    ]
}

/// The page while the run is not there: being read for the first time, or not to be had.
fn no_run_ui(ui: &mut Ui, details: &Loadable<std::sync::Arc<Details>>, commands: &mut Commands) {
    let s = scale();
    if let Some(error) = details.error() {
        let text = match &error.advice {
            Some(advice) => format!("{}. {advice}", error.detail),
            None => error.detail.clone(),
        };
        let placeholder = Placeholder::error(&error.title, &text).action("Retry").second_action("Go to experiments");
        match placeholder.details(&error.details()).show(ui) {
            Some(StateAction::Primary) => commands.send(Command::Run(RunPageCommand::Reload)),
            Some(StateAction::Secondary) => {
                let route = Route::Experiments { experiments: Vec::new() };
                commands.send(Command::Navigate(NavigateCommand::Go(route)));
            }
            None => {}
        }
        return;
    }
    Frame::new().inner_margin(Margin::same(s.space_lg as i8)).show(ui, |ui| {
        ui.add_space(s.space_sm);
        skeleton_rows_ui(ui, 12);
    });
}

/// A quiet line where a part of the page has nothing.
fn nothing_ui(ui: &mut Ui, text: &str) {
    let t = crate::ui::theme::tokens(ui);
    ui.label(crate::ui::theme::fonts::body(text).color(t.text_muted));
}

/// The icon of a file by its name.
fn file_icon(name: &str) -> crate::ui::theme::Icon {
    let extension = name.rsplit_once('.').map(|(_, extension)| extension.to_lowercase()).unwrap_or_default();
    match extension.as_str() {
        "csv" | "tsv" | "parquet" | "pq" | "tab" => icons::FILE_SPREADSHEET,
        "json" | "yaml" | "yml" | "ipynb" => icons::FILE_JSON,
        "png" | "jpg" | "jpeg" | "gif" | "svg" => icons::FILE_IMAGE,
        "md" | "txt" | "log" | "html" => icons::FILE_TEXT,
        "py" | "r" | "sh" | "toml" | "ini" | "cfg" => icons::FILE_CODE,
        _ if name == "MLmodel" => icons::BOX,
        _ => icons::FILE,
    }
}
