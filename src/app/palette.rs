//! The command palette: commands, experiments, runs and recent workspaces, found by a few letters.
//!
//! Commands are matched at once; experiments and runs, of which there may be many, in a task whose result joins the
//! list when it still fits what is typed.

use std::cmp::Reverse;
use std::sync::Arc;

use nucleo_matcher::pattern::{CaseMatching, Normalization, Pattern};
use nucleo_matcher::{Config, Matcher, Utf32Str};

use crate::backend::{BackendError, Tracking};
use crate::domain::{ExperimentId, Revision, RunId, ViewType};

use super::actions::{self, ActionId};
use super::route::Route;
use super::{Command, Context, Event, NavigateCommand, State, TaskKey, Titled as _, UserError, WorkspaceCommand};

/// Lines that are kept; nobody reads on after that.
const LIMIT: usize = 60;

/// What a person does in the palette.
#[derive(Debug, Clone, PartialEq)]
pub enum PaletteCommand {
    Open,
    Close,
    SetQuery(String),
    /// Moves the selection by some lines, staying within the list.
    Move(i32),
    /// Runs the selected line, or the one with this index.
    Run(Option<usize>),
}

/// The palette as it stands.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Palette {
    pub is_open: bool,
    pub query: String,
    /// Best match first.
    pub items: Vec<PaletteItem>,
    pub selected: usize,
    /// Whether a search is under way that may add items.
    pub is_searching: bool,
    /// Names of experiments and runs, as of when they were read.
    index: Option<Arc<Index>>,
}

/// What kind of thing a line is; decides its icon and its heading.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PaletteKind {
    Action(ActionId),
    Experiment,
    Run,
    Workspace,
    Address,
}

/// One line.
#[derive(Debug, Clone, PartialEq)]
pub struct PaletteItem {
    pub kind: PaletteKind,
    pub text: String,
    /// Quieter words beside it: a shortcut, an experiment, a path.
    pub detail: String,
    /// Character positions in `text` that matched, ascending.
    pub matched: Vec<u32>,
    /// Why it cannot be done now.
    pub unavailable: Option<String>,
    pub command: Command,
    /// How well it matches; higher is better. Comparable within one list only.
    pub score: u32,
}

/// What the palette's tasks bring.
#[derive(Debug)]
pub enum PaletteEvent {
    Indexed(Result<Index, UserError>),
    Found { query: String, result: Result<Vec<PaletteItem>, UserError> },
}

/// The names of all experiments and runs of a revision.
#[derive(Debug, PartialEq, Default)]
pub struct Index {
    revision: Revision,
    experiments: Vec<(ExperimentId, String, u64)>,
    /// Newest first, with the index of the experiment.
    runs: Vec<(RunId, String, usize)>,
}

pub(super) fn handle(cx: &mut Context<'_>, command: PaletteCommand) {
    match command {
        PaletteCommand::Open => {
            let revision = cx.revision();
            let index = cx.state.palette.index.take().filter(|index| index.revision == revision);
            cx.state.palette = Palette { is_open: true, index, ..Palette::default() };
            read_names(cx);
            search(cx);
        }
        PaletteCommand::Close => close(cx),
        PaletteCommand::SetQuery(query) => {
            if cx.state.palette.query != query {
                cx.state.palette.query = query;
                cx.state.palette.selected = 0;
                search(cx);
            }
        }
        PaletteCommand::Move(by) => {
            let palette = &mut cx.state.palette;
            let last = palette.items.len().saturating_sub(1);
            palette.selected = palette.selected.saturating_add_signed(by as isize).min(last);
        }
        PaletteCommand::Run(index) => {
            let palette = &cx.state.palette;
            let Some(item) = palette.items.get(index.unwrap_or(palette.selected)).cloned() else { return };
            if let Some(reason) = item.unavailable {
                cx.toast_info(&reason);
                return;
            }
            close(cx);
            cx.send(item.command);
        }
    }
}

fn close(cx: &mut Context<'_>) {
    cx.abandon(&TaskKey::Palette);
    cx.abandon(&TaskKey::PaletteIndex);
    let index = cx.state.palette.index.take();
    cx.state.palette = Palette { index, ..Palette::default() };
}

pub(super) fn apply(cx: &mut Context<'_>, event: PaletteEvent) {
    match event {
        PaletteEvent::Indexed(Ok(index)) => {
            cx.state.palette.index = Some(Arc::new(index));
            search_stored(cx);
        }
        PaletteEvent::Indexed(Err(error)) => {
            cx.state.palette.is_searching = false;
            cx.toast_error(&error);
        }
        PaletteEvent::Found { query, result } if query == cx.state.palette.query => {
            cx.state.palette.is_searching = false;
            match result {
                Ok(items) => add(&mut cx.state.palette, items),
                Err(error) => cx.toast_error(&error),
            }
        }
        PaletteEvent::Found { .. } => {}
    }
}

fn add(palette: &mut Palette, items: Vec<PaletteItem>) {
    let chosen = palette.items.get(palette.selected).map(|item| item.command.clone());
    palette.items.extend(items);
    rank(&mut palette.items);
    // What the person had walked to stays under the cursor; the first line is where nobody walked yet.
    if palette.selected > 0
        && let Some(place) = palette.items.iter().position(|item| Some(&item.command) == chosen.as_ref())
    {
        palette.selected = place;
    }
}

/// Best first; among equals the order in which they came.
fn rank(items: &mut Vec<PaletteItem>) {
    items.sort_by_key(|item| Reverse(item.score));
    items.truncate(LIMIT);
}

fn search(cx: &mut Context<'_>) {
    let mut items = local_items(cx.state);
    rank(&mut items);
    cx.state.palette.items = items;
    search_stored(cx);
}

/// Reads the names once; typing does not start it again.
fn read_names(cx: &mut Context<'_>) {
    if cx.state.palette.index.is_some() {
        return;
    }
    let Some(backend) = cx.backend() else { return };
    cx.start(
        TaskKey::PaletteIndex,
        "Reading the names of runs",
        move |_| read_index(backend.as_ref()).titled("Runs could not be searched"),
        |result| Event::Palette(PaletteEvent::Indexed(result)),
    );
}

/// Looks for what is typed among experiments and runs, once their names are there.
fn search_stored(cx: &mut Context<'_>) {
    cx.abandon(&TaskKey::Palette);
    let query = cx.state.palette.query.clone();
    let is_wanted = cx.state.palette.is_open && !query.trim().is_empty();
    cx.state.palette.is_searching =
        is_wanted && (cx.state.palette.index.is_some() || cx.is_running(&TaskKey::PaletteIndex));
    let Some(index) = cx.state.palette.index.clone().filter(|_| is_wanted) else { return };
    let looked_for = query.clone();
    cx.start(
        TaskKey::Palette,
        "Searching",
        move |task| Ok(if task.is_cancelled() { Vec::new() } else { stored_items(&index, &looked_for) }),
        |result| Event::Palette(PaletteEvent::Found { query, result }),
    );
}

fn read_index(backend: &dyn Tracking) -> Result<Index, BackendError> {
    let revision = backend.revision();
    let experiments: Vec<(ExperimentId, String, u64)> = backend
        .experiments(ViewType::ActiveOnly)?
        .into_iter()
        .map(|summary| (summary.experiment.id, summary.experiment.name, summary.run_count))
        .collect();
    let ids: Vec<ExperimentId> = experiments.iter().map(|(id, _, _)| *id).collect();
    let place: std::collections::HashMap<ExperimentId, usize> =
        ids.iter().enumerate().map(|(place, id)| (*id, place)).collect();
    let mut rows = backend.run_rows(&ids, ViewType::ActiveOnly)?;
    rows.sort_by_key(|row| Reverse(row.info.started_at));
    let runs = rows
        .into_iter()
        .filter_map(|row| Some((row.info.id, row.info.name, *place.get(&row.info.experiment_id)?)))
        .collect();
    Ok(Index { revision, experiments, runs })
}

/// Matches texts against what is typed.
struct Finder {
    matcher: Matcher,
    pattern: Pattern,
    is_empty: bool,
    buffer: Vec<char>,
}

impl Finder {
    fn new(query: &str) -> Self {
        Self {
            matcher: Matcher::new(Config::DEFAULT),
            pattern: Pattern::parse(query, CaseMatching::Ignore, Normalization::Smart),
            is_empty: query.trim().is_empty(),
            buffer: Vec::new(),
        }
    }

    fn score(&mut self, text: &str) -> Option<u32> {
        if self.is_empty {
            return Some(0);
        }
        self.pattern.score(Utf32Str::new(text, &mut self.buffer), &mut self.matcher)
    }

    fn positions(&mut self, text: &str) -> Vec<u32> {
        let mut positions = Vec::new();
        if !self.is_empty {
            self.pattern.indices(Utf32Str::new(text, &mut self.buffer), &mut self.matcher, &mut positions);
            positions.sort_unstable();
            positions.dedup();
        }
        positions
    }
}

/// What can be matched at once: an address, commands, recent workspaces.
fn local_items(state: &State) -> Vec<PaletteItem> {
    let query = state.palette.query.as_str();
    let mut finder = Finder::new(query);
    let mut items = Vec::new();
    if let Ok(route) = query.parse::<Route>() {
        items.push(PaletteItem {
            kind: PaletteKind::Address,
            text: format!("Go to {route}"),
            detail: String::new(),
            matched: Vec::new(),
            unavailable: None,
            command: Command::Navigate(NavigateCommand::Go(route)),
            score: u32::MAX,
        });
    }
    for action in actions::actions().filter(|action| action.id != "palette.open") {
        let Some(score) = finder.score(action.text) else { continue };
        let unavailable = (action.available)(state).err().map(ToOwned::to_owned);
        items.push(PaletteItem {
            kind: PaletteKind::Action(action.id),
            text: action.text.to_owned(),
            detail: action.shortcuts.first().map(ToString::to_string).unwrap_or_default(),
            matched: finder.positions(action.text),
            // What can be done stands before what cannot, at the same match.
            score: score.saturating_mul(2) + u32::from(unavailable.is_none()),
            unavailable,
            command: Command::Action(action.id),
        });
    }
    let open = state.open_workspace().map(|workspace| workspace.root.as_path());
    for path in state.settings.recent_workspaces.iter().filter(|path| Some(path.as_path()) != open) {
        let text = format!("Open {}", path.file_name().unwrap_or(path.as_os_str()).to_string_lossy());
        let Some(score) = finder.score(&text) else { continue };
        items.push(PaletteItem {
            kind: PaletteKind::Workspace,
            detail: path.display().to_string(),
            matched: finder.positions(&text),
            unavailable: None,
            command: Command::Workspace(WorkspaceCommand::Open(path.clone())),
            score: score.saturating_mul(2),
            text,
        });
    }
    items
}

/// Experiments and runs that match, best first.
fn stored_items(index: &Index, query: &str) -> Vec<PaletteItem> {
    let mut finder = Finder::new(query);
    let mut best: Vec<(u32, Stored<'_>)> = Vec::new();
    for (id, name, run_count) in &index.experiments {
        if let Some(score) = finder.score(name) {
            best.push((score.saturating_mul(2) + 1, Stored::Experiment { id: *id, name, run_count: *run_count }));
        }
    }
    for (id, name, experiment) in &index.runs {
        let score = finder.score(name).or_else(|| id.as_str().starts_with(query.trim()).then_some(u32::MAX / 4));
        if let Some(score) = score {
            best.push((score.saturating_mul(2), Stored::Run { id, name, experiment: *experiment }));
        }
    }
    best.sort_by_key(|(score, _)| Reverse(*score));
    best.truncate(LIMIT);
    best.into_iter().map(|(score, stored)| stored.into_item(score, index, &mut finder)).collect()
}

enum Stored<'a> {
    Experiment { id: ExperimentId, name: &'a str, run_count: u64 },
    Run { id: &'a RunId, name: &'a str, experiment: usize },
}

impl Stored<'_> {
    fn into_item(self, score: u32, index: &Index, finder: &mut Finder) -> PaletteItem {
        match self {
            Self::Experiment { id, name, run_count } => PaletteItem {
                kind: PaletteKind::Experiment,
                text: name.to_owned(),
                detail: if run_count == 1 { "1 run".to_owned() } else { format!("{run_count} runs") },
                matched: finder.positions(name),
                unavailable: None,
                command: Command::Navigate(NavigateCommand::Go(Route::experiment(id))),
                score,
            },
            Self::Run { id, name, experiment } => PaletteItem {
                kind: PaletteKind::Run,
                text: name.to_owned(),
                detail: index.experiments.get(experiment).map(|(_, name, _)| name.clone()).unwrap_or_default(),
                matched: finder.positions(name),
                unavailable: None,
                command: Command::Navigate(NavigateCommand::Go(Route::run(id.clone()))),
                score,
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn state(query: &str) -> State {
        let mut state = State::default();
        state.palette.query = query.to_owned();
        state.settings.recent_workspaces = vec!["/data/wine".into()];
        state
    }

    #[test]
    fn a_few_letters_find_a_command() {
        let mut items = local_items(&state("ch theme"));
        rank(&mut items);
        assert_eq!(items.first().map(|item| item.kind), Some(PaletteKind::Action("view.theme")));
    }

    #[test]
    fn what_cannot_be_done_says_why_and_comes_after_what_can() {
        let mut items = local_items(&state(""));
        rank(&mut items);
        let first_off = items.iter().position(|item| item.unavailable.is_some());
        let last_on =
            items.iter().rposition(|item| matches!(item.kind, PaletteKind::Action(_)) && item.unavailable.is_none());
        assert!(last_on < first_off, "{last_on:?} {first_off:?}");
    }

    #[test]
    fn an_address_is_offered_first() {
        let mut items = local_items(&state("proofmark://run/abc/metrics"));
        rank(&mut items);
        assert_eq!(items.first().map(|item| item.kind), Some(PaletteKind::Address));
    }

    #[test]
    fn recent_workspaces_are_found_by_their_folder() {
        let mut items = local_items(&state("wine"));
        rank(&mut items);
        assert_eq!(
            items.first().map(|item| (item.kind, item.detail.as_str())),
            Some((PaletteKind::Workspace, "/data/wine"))
        );
    }

    #[test]
    fn runs_and_experiments_are_found_with_the_letters_that_matched() {
        let index = Index {
            revision: 1,
            experiments: vec![(ExperimentId(1), "wine tuning".to_owned(), 2)],
            runs: vec![
                (RunId::new("aa"), "bold-crane-1".to_owned(), 0),
                (RunId::new("bb"), "wine-forest".to_owned(), 0),
            ],
        };
        let items = stored_items(&index, "wine");
        let found: Vec<_> = items.iter().map(|item| (item.kind, item.matched.as_slice())).collect();
        assert_eq!(found, [(PaletteKind::Experiment, &[0, 1, 2, 3][..]), (PaletteKind::Run, &[0, 1, 2, 3][..])]);
        let by_id = stored_items(&index, "bb");
        assert_eq!(by_id.first().map(|item| item.text.as_str()), Some("wine-forest"));
    }
}
