//! The experiments and their runs: what the screen knows, what can be asked of it, and how it follows the workspace.
//!
//! The table's values live in [`table`], its set-up in [`view`], the order of its lines in [`tree`]; `load` brings data
//! in, `handlers` carries commands out. Invariant: nothing here waits; whatever reads the workspace or sorts runs in a
//! task, and its result is dropped when the person has moved on.

mod bulk;
pub mod columns;
pub mod filter_text;
#[cfg(test)]
mod fixture;
pub mod format;
mod handlers;
mod load;
pub mod selection;
mod sparklines;
pub mod synthetic;
pub mod table;
pub mod tree;
pub mod view;

use std::collections::{BTreeMap, HashSet};
use std::sync::{Arc, LazyLock};

use serde::{Deserialize, Serialize};

pub use bulk::{ExperimentNames, InvalidPattern, names as names_by_pattern};
pub use columns::{Aggregate, Attribute, Better, Column, ColumnGroup, ColumnId, ColumnSetting};
pub use filter_text::FilterProblem;
pub use load::{ExperimentsEvent, ExperimentsTask};
pub use selection::{Lines, Pick, Selection, Step};
pub use sparklines::Sparklines;
pub use table::RunsTable;
pub use view::{RunsView, SortKey, Stage};

use crate::domain::filter::Filter;
use crate::domain::{ColumnKey, ExperimentId, Revision, Run, RunId};

use super::actions::{Action, ActionGroup, Key, Modifiers, Shortcut};
use super::{Command, Context, Edit, ExperimentSummary, Loadable, OpQueue, Route, State};

/// What this screen knows.
#[derive(Debug, Clone, Default)]
pub struct ExperimentsState {
    pub view: ExperimentsView,
    /// All experiments, those in the bin too.
    pub list: Loadable<Arc<Vec<ExperimentSummary>>>,
    /// The experiments whose runs are shown.
    pub chosen: Vec<ExperimentId>,
    pub table: Loadable<RunsTable>,
    /// The filter in force: that of the last text which could be read.
    pub filter: Filter,
    /// Why the text in the bar cannot be used.
    pub problem: Option<FilterProblem>,
    /// Whether the lines are being searched or sorted anew.
    pub is_ordering: bool,
    pub selection: Selection,
    /// The run that has the keyboard, in full.
    pub summary: Loadable<Arc<Run>>,
    pub sparklines: Sparklines,
    pub dialog: Option<Dialog>,
    /// A line to bring into sight; the number grows with each wish.
    pub scroll_to: Option<(RunId, u64)>,
    /// Grows each time the keyboard is wanted in the filter bar.
    pub filter_focus_wishes: u64,
    /// What the screen shows at the moment.
    pub(super) visible: Visible,
    pub(super) failed_columns: HashSet<ColumnKey>,
    pub(super) refresh: OpQueue<()>,
    /// A search is asked for or under way, so that an order alone must not replace it.
    pub(super) search_wanted: bool,
}

/// How the person arranged this screen; kept between starts, per workspace.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct ExperimentsView {
    /// The set-up of the table for each set of experiments, by their ids in ascending order with commas.
    pub views: BTreeMap<String, RunsView>,
    /// The experiments that were shown last.
    pub last: Vec<i64>,
    /// Filters that were used, newest first.
    pub filter_history: Vec<String>,
    pub list_stage: Stage,
}

/// What is being asked of the person. The words typed so far are the window's own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Dialog {
    NewExperiment,
    RenameExperiment(ExperimentId),
    /// New names for the chosen runs.
    RenameRuns,
    /// Tags for the chosen runs.
    TagRuns,
}

/// What the screen has in sight; its values are loaded, and no others.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Visible {
    pub columns: Vec<ColumnKey>,
    /// Metrics drawn as sparklines, and the runs in sight.
    pub sparklines: Vec<Arc<str>>,
    pub runs: Vec<RunId>,
}

/// What can be asked of this screen.
#[derive(Debug, Clone, PartialEq)]
pub enum ExperimentsCommand {
    /// Shows the runs of these experiments.
    Show(Vec<ExperimentId>),
    /// Adds an experiment to those shown, or takes it away.
    ToggleExperiment(ExperimentId),
    SetListStage(Stage),
    /// Reads everything again.
    Reload,

    SetFilter(String),
    /// The person is done typing: the filter goes into the history.
    CommitFilter,
    ToggleClause(&'static str),
    FocusFilter,
    SetStage(Stage),

    ToggleSort {
        column: ColumnId,
        add: bool,
    },
    SetSort {
        column: ColumnId,
        ascending: bool,
        add: bool,
    },
    RemoveSort(ColumnId),
    ClearSort,

    ShowColumn {
        column: ColumnId,
        shown: bool,
    },
    PinColumn {
        column: ColumnId,
        pinned: bool,
    },
    MoveColumn {
        column: ColumnId,
        /// `None`: to the end.
        before: Option<ColumnId>,
    },
    SetWidths(Vec<(ColumnId, f32)>),
    SetAggregate {
        column: ColumnId,
        aggregate: Aggregate,
    },
    SetBetter {
        column: ColumnId,
        better: Better,
    },
    SetSparkline {
        column: ColumnId,
        shown: bool,
    },
    ResetColumns,
    SetVaryingOnly(bool),

    SetNested(bool),
    Expand {
        run: RunId,
        open: bool,
    },
    ExpandAll(bool),

    Pick {
        run: RunId,
        pick: Pick,
    },
    Step {
        step: Step,
        extend: bool,
    },
    /// Chooses the run that has the keyboard, or lets it go.
    ToggleFocused,
    /// Opens or closes the run that has the keyboard, or goes to its parent or first child.
    ExpandFocused(bool),
    SelectAll,
    SelectChildren(RunId),
    ClearSelection,
    OpenFocused,

    Visible(Visible),
    CopySelection,
    /// Changes stored data, with undo.
    Edit(Edit),
    AskDialog(Dialog),
    CloseDialog,
    /// Gives the chosen runs a tag.
    TagSelected {
        key: String,
        value: String,
    },
    UntagSelected {
        key: String,
    },
    /// Names the chosen runs by a pattern; see [`names_by_pattern`].
    RenameSelected {
        pattern: String,
    },
    DeleteSelected,
    RestoreSelected,
}

static DEFAULT_VIEW: LazyLock<RunsView> = LazyLock::new(RunsView::default);

impl ExperimentsState {
    /// What the screen has in sight.
    pub fn visible(&self) -> &Visible {
        &self.visible
    }

    /// The set-up of the table that is shown.
    pub fn runs_view(&self) -> &RunsView {
        self.view.views.get(&view_key(&self.chosen)).unwrap_or(&DEFAULT_VIEW)
    }

    pub(super) fn runs_view_mut(&mut self) -> &mut RunsView {
        self.view.views.entry(view_key(&self.chosen)).or_default()
    }

    /// Whether runs of several experiments are shown.
    pub fn shows_several(&self) -> bool {
        self.chosen.len() > 1
    }

    /// What experiments are called.
    pub fn experiment_names(&self) -> ExperimentNames {
        let list = self.list.value().map(|list| list.as_slice()).unwrap_or_default();
        list.iter().map(|summary| (summary.experiment.id, summary.experiment.name.clone())).collect()
    }

    /// The chosen runs as they are, in the order of their lines.
    pub fn selected_rows(&self) -> Vec<Arc<crate::domain::RunRow>> {
        let Some(table) = self.table.value() else { return Vec::new() };
        self.selection.in_order(table).iter().filter_map(|id| table.row_of(id).cloned()).collect()
    }
}

/// The name under which the set-up for some experiments is kept.
fn view_key(experiments: &[ExperimentId]) -> String {
    let mut ids: Vec<i64> = experiments.iter().map(|id| id.0).collect();
    ids.sort_unstable();
    ids.dedup();
    ids.iter().map(i64::to_string).collect::<Vec<_>>().join(",")
}

const fn key(key: Key) -> Shortcut {
    Shortcut::new(Modifiers::NONE, key)
}

fn here(state: &State) -> Result<(), &'static str> {
    match state.route() {
        Route::Experiments { .. } => Ok(()),
        _ => Err("Go to the experiments first"),
    }
}

fn with_selection(state: &State) -> Result<(), &'static str> {
    here(state)?;
    if state.experiments.selection.is_empty() { Err("Choose runs first") } else { Ok(()) }
}

fn to_change_selection(state: &State) -> Result<(), &'static str> {
    with_selection(state)?;
    state.can_write().map_err(|_| "The workspace is read-only")
}

fn to_write(state: &State) -> Result<(), &'static str> {
    state.can_write().map_err(|_| "The workspace is read-only, or none is open")
}

fn send(command: ExperimentsCommand) -> Command {
    Command::Experiments(command)
}

/// What a person can trigger here.
pub static ACTIONS: &[Action] = &[
    Action {
        id: "experiment.new",
        group: ActionGroup::Experiments,
        text: "New experiment…",
        tooltip: "Make an empty experiment",
        shortcuts: &[],
        icon: "plus",
        available: to_write,
        command: |_| send(ExperimentsCommand::AskDialog(Dialog::NewExperiment)),
    },
    Action {
        id: "runs.filter",
        group: ActionGroup::Experiments,
        text: "Filter runs",
        tooltip: "Put the keyboard in the filter bar",
        shortcuts: &[key(Key::Char('/'))],
        icon: "list-filter",
        available: here,
        command: |_| send(ExperimentsCommand::FocusFilter),
    },
    Action {
        id: "runs.select-all",
        group: ActionGroup::Experiments,
        text: "Select all runs that match",
        tooltip: "Choose every run that the filter lets through, folded ones too",
        shortcuts: &[Shortcut::new(Modifiers::COMMAND, Key::Char('A'))],
        icon: "square-check",
        available: here,
        command: |_| send(ExperimentsCommand::SelectAll),
    },
    Action {
        id: "runs.clear-selection",
        group: ActionGroup::Experiments,
        text: "Clear the selection",
        tooltip: "Choose no run",
        shortcuts: &[key(Key::Escape)],
        icon: "x",
        available: with_selection,
        command: |_| send(ExperimentsCommand::ClearSelection),
    },
    Action {
        id: "runs.tag",
        group: ActionGroup::Experiments,
        text: "Tag runs…",
        tooltip: "Add or remove a tag on the chosen runs",
        shortcuts: &[key(Key::Char('T'))],
        icon: "tag",
        available: to_change_selection,
        command: |_| send(ExperimentsCommand::AskDialog(Dialog::TagRuns)),
    },
    Action {
        id: "runs.rename",
        group: ActionGroup::Experiments,
        text: "Rename runs…",
        tooltip: "Give the chosen runs new names, by a pattern if you like",
        shortcuts: &[key(Key::Function(2))],
        icon: "pencil",
        available: to_change_selection,
        command: |_| send(ExperimentsCommand::AskDialog(Dialog::RenameRuns)),
    },
    Action {
        id: "runs.copy",
        group: ActionGroup::Experiments,
        text: "Copy runs as a table",
        tooltip: "Tab-separated text with the columns that are shown, every digit kept",
        shortcuts: &[Shortcut::new(Modifiers::COMMAND, Key::Char('C'))],
        icon: "copy",
        available: with_selection,
        command: |_| send(ExperimentsCommand::CopySelection),
    },
    Action {
        id: "runs.delete",
        group: ActionGroup::Experiments,
        text: "Delete runs",
        tooltip: "Put the chosen runs in the bin",
        shortcuts: &[key(Key::Delete)],
        icon: "trash-2",
        available: to_change_selection,
        command: |_| send(ExperimentsCommand::DeleteSelected),
    },
    Action {
        id: "runs.restore",
        group: ActionGroup::Experiments,
        text: "Restore runs",
        tooltip: "Take the chosen runs out of the bin",
        shortcuts: &[],
        icon: "rotate-ccw",
        available: to_change_selection,
        command: |_| send(ExperimentsCommand::RestoreSelected),
    },
    Action {
        id: "runs.expand-all",
        group: ActionGroup::Experiments,
        text: "Unfold all nested runs",
        tooltip: "Show the children of every run",
        shortcuts: &[],
        icon: "list-tree",
        available: here,
        command: |_| send(ExperimentsCommand::ExpandAll(true)),
    },
    Action {
        id: "runs.collapse-all",
        group: ActionGroup::Experiments,
        text: "Fold all nested runs",
        tooltip: "Hide the children of every run",
        shortcuts: &[],
        icon: "list-tree",
        available: here,
        command: |_| send(ExperimentsCommand::ExpandAll(false)),
    },
    Action {
        id: "runs.reload",
        group: ActionGroup::Experiments,
        text: "Reload runs",
        tooltip: "Read the runs again",
        shortcuts: &[key(Key::Function(5))],
        icon: "refresh-cw",
        available: here,
        command: |_| send(ExperimentsCommand::Reload),
    },
];

/// Carries out a command.
pub fn handle(cx: &mut Context<'_>, command: ExperimentsCommand) {
    handlers::handle(cx, command);
}

/// Takes in what a task brought.
pub fn apply(cx: &mut Context<'_>, event: ExperimentsEvent) {
    load::apply(cx, event);
}

/// Called when the person came to a place, after the state knows it.
pub fn on_route_changed(cx: &mut Context<'_>, route: &Route) {
    if let Route::Experiments { experiments } = route {
        load::come_to(cx, experiments);
    }
}

/// Called when stored data changed, at most about ten times a second.
pub fn on_workspace_changed(cx: &mut Context<'_>, _revision: Revision) {
    if here(cx.state).is_ok() {
        load::request_refresh(cx);
    }
}

/// Called when another workspace was opened, or none is open any more. The state is empty and the view restored.
pub fn on_workspace_opened(cx: &mut Context<'_>) {
    let views = &mut cx.state.experiments.view.views;
    *views = std::mem::take(views).into_iter().map(|(key, view)| (key, view.upgraded())).collect();
    let route = cx.state.route().clone();
    on_route_changed(cx, &route);
}

#[cfg(test)]
mod tests {
    #![expect(clippy::expect_used, reason = "a test may panic")]

    use super::*;

    #[test]
    fn the_set_up_belongs_to_a_set_of_experiments() {
        assert_eq!(view_key(&[ExperimentId(3), ExperimentId(1), ExperimentId(3)]), "1,3");
        let mut state = ExperimentsState { chosen: vec![ExperimentId(2)], ..ExperimentsState::default() };
        state.runs_view_mut().filter = "status = 'FAILED'".to_owned();
        state.chosen = vec![ExperimentId(1)];
        assert_eq!(state.runs_view().filter, "");
        state.chosen = vec![ExperimentId(2)];
        assert_eq!(state.runs_view().filter, "status = 'FAILED'");
    }

    #[test]
    fn the_set_up_survives_a_restart() {
        let mut state = ExperimentsState { chosen: vec![ExperimentId(2)], ..ExperimentsState::default() };
        let loss = ColumnId::Metric("val loss".into());
        let view = state.runs_view_mut();
        view.toggle_sort(&loss, false);
        view.setting_mut(&loss).width = Some(140.0);
        view.set_aggregate(&loss, Aggregate::Best);
        view.set_expanded(&RunId::new("a"), true);
        let text = serde_json::to_string(&state.view).expect("a view is plain data");
        let again: ExperimentsView = serde_json::from_str(&text).expect("what was written can be read");
        assert_eq!(again, state.view);
    }

    #[test]
    fn what_a_newer_program_added_to_a_view_is_ignored() {
        let text = r#"{"views":{"1":{"version":9,"filter":"x","added_later":[1]}},"also_new":true}"#;
        let view: ExperimentsView = serde_json::from_str(text).expect("unknown fields are no error");
        assert_eq!(view.views.get("1").map(|view| view.filter.as_str()), Some("x"));
    }
}
