//! What is kept between starts: the settings, and per workspace the place and the views.
//!
//! Invariant: files are written off the UI thread, a little after the last change, and once more at the end; a
//! views file that cannot be read costs the views and nothing else.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use super::experiments::ExperimentsView;
use super::run_page::RunPageView;
use super::settings::{self, Settings, write_atomically};
use super::{Context, Event, Route, State, TaskKey, UserError};

/// How long after a change things are written.
const WRITE_AFTER: Duration = Duration::from_secs(1);
/// Workspaces whose views are kept.
const VIEWS_LIMIT: usize = 50;
const VERSION: u32 = 1;

/// What was written, or not.
#[derive(Debug)]
pub enum PersistEvent {
    Written(Result<(), UserError>),
}

/// The place and the views of one workspace.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Views {
    route: Route,
    experiments: ExperimentsView,
    run_page: RunPageView,
}

impl Views {
    fn of(state: &State) -> Self {
        Self {
            route: state.route().clone(),
            experiments: state.experiments.view.clone(),
            run_page: state.run_page.view.clone(),
        }
    }

    fn is_of(&self, state: &State) -> bool {
        self.route == *state.route()
            && self.experiments == state.experiments.view
            && self.run_page == state.run_page.view
    }
}

/// One workspace in the views file. The views stay as they are read, so that one that this version cannot read is
/// kept for the version that wrote it.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
struct StoredViews {
    /// When it was last used, Unix milliseconds.
    used_at: i64,
    route: String,
    experiments: serde_json::Value,
    run_page: serde_json::Value,
}

#[derive(Serialize, Deserialize)]
struct ViewsFile {
    version: u32,
    workspaces: BTreeMap<PathBuf, StoredViews>,
}

/// What is on disk, and what is not yet.
#[derive(Debug, Default)]
pub(super) struct Persist {
    settings_path: Option<PathBuf>,
    written_settings: Settings,
    written_views: Views,
    stored: BTreeMap<PathBuf, StoredViews>,
    changed_at: Option<Instant>,
}

impl Persist {
    /// Reads what is there. The text says what could not be read.
    pub(super) fn load(settings_path: Option<PathBuf>) -> (Self, Settings, Option<String>) {
        let (settings, problem) = settings_path.as_deref().map_or_else(|| (Settings::default(), None), settings::load);
        let stored = settings_path.as_deref().map(views_path).and_then(|path| read_views(&path)).unwrap_or_default();
        let persist = Self {
            settings_path,
            written_settings: settings.clone(),
            stored,
            written_views: Views::default(),
            changed_at: None,
        };
        (persist, settings, problem)
    }

    /// Puts the views of a workspace in place, and tells where the person was.
    pub(super) fn restore(&mut self, state: &mut State, root: &Path) -> Option<Route> {
        let stored = self.stored.get(root).cloned().unwrap_or_default();
        state.experiments.view = serde_json::from_value(stored.experiments).unwrap_or_default();
        state.run_page.view = serde_json::from_value(stored.run_page).unwrap_or_default();
        self.written_views = Views::of(state);
        stored.route.parse().ok()
    }

    /// Notes the views of the open workspace, to be written.
    pub(super) fn remember(&mut self, state: &State) {
        let Some(workspace) = state.open_workspace() else { return };
        let views = Views::of(state);
        let stored = StoredViews {
            used_at: state.now_ms,
            route: views.route.to_string(),
            experiments: serde_json::to_value(&views.experiments).unwrap_or_default(),
            run_page: serde_json::to_value(&views.run_page).unwrap_or_default(),
        };
        self.stored.insert(workspace.root.clone(), stored);
        while self.stored.len() > VIEWS_LIMIT {
            let Some(oldest) = self.stored.iter().min_by_key(|(_, views)| views.used_at).map(|(path, _)| path.clone())
            else {
                break;
            };
            self.stored.remove(&oldest);
        }
        self.written_views = views;
    }

    /// Whether something is not on disk yet.
    fn is_dirty(&self, state: &State) -> bool {
        state.settings != self.written_settings
            || (state.open_workspace().is_some() && !self.written_views.is_of(state))
    }

    /// What to write, as a job for any thread; `None` when there is nowhere to.
    fn writing(&mut self, state: &State) -> Option<impl FnOnce() -> std::io::Result<()> + Send + use<>> {
        let path = self.settings_path.clone()?;
        self.remember(state);
        self.written_settings = state.settings.clone();
        let settings = state.settings.clone();
        let views = ViewsFile { version: VERSION, workspaces: self.stored.clone() };
        Some(move || {
            settings::save(&path, &settings)?;
            write_atomically(&views_path(&path), &serde_json::to_vec_pretty(&views)?)
        })
    }

    /// Writes now, on this thread; for the end of the program.
    pub(super) fn flush(&mut self, state: &State) {
        if self.is_dirty(state)
            && let Some(write) = self.writing(state)
            && let Err(error) = write()
        {
            tracing::warn!(%error, "the settings could not be written");
        }
    }
}

/// Writes what changed, when it has rested. Returns when to ask again.
pub(super) fn tick(cx: &mut Context<'_>) -> Option<Duration> {
    let persist = &mut cx.services.persist;
    persist.settings_path.as_ref()?;
    if !persist.is_dirty(cx.state) {
        persist.changed_at = None;
        return None;
    }
    let changed_at = *persist.changed_at.get_or_insert_with(Instant::now);
    if let Some(rest) = WRITE_AFTER.checked_sub(changed_at.elapsed())
        && !rest.is_zero()
    {
        return Some(rest);
    }
    persist.changed_at = None;
    if let Some(write) = persist.writing(cx.state) {
        cx.start(
            TaskKey::Persist,
            "Saving settings",
            move |_| {
                write().map_err(|error| {
                    UserError::new("The settings could not be saved", error.to_string())
                        .with_advice("They hold until the window is closed")
                })
            },
            |result| Event::Persist(PersistEvent::Written(result)),
        );
    }
    None
}

pub(super) fn apply(cx: &mut Context<'_>, event: PersistEvent) {
    match event {
        PersistEvent::Written(Ok(())) => {}
        PersistEvent::Written(Err(error)) => cx.toast_error(&error),
    }
}

fn views_path(settings_path: &Path) -> PathBuf {
    settings_path.with_file_name("views.json")
}

fn read_views(path: &Path) -> Option<BTreeMap<PathBuf, StoredViews>> {
    let file: ViewsFile = serde_json::from_slice(&std::fs::read(path).ok()?).ok()?;
    (file.version == VERSION).then_some(file.workspaces)
}
