//! The artifact browser: a tree of what the run logged and of its models, and a preview of the selected file.
//!
//! Folders are listed when they are opened; a file is read when it is selected, up to a limit that the person can lift.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::ops::Range;
use std::path::PathBuf;
use std::sync::Arc;

use crate::backend::{ArtifactEntry, ArtifactOwner};
use crate::explore::{Column, Preview, RowCount, Rows};

use super::super::requests::{DialogPurpose, FileDialog, FileDialogKind};
use super::super::{Command, Context, Event, Loadable, TaskKey, Titled as _, UserError, WindowCommand};
use super::preview::{ArtifactPreview, Limits, PreviewKind, read};
use super::{RunPageCommand, RunPageEvent, RunPageTask};

/// Rows of a table preview that are read at a time.
pub const ROWS_PER_CHUNK: u64 = 200;
/// Chunks kept; scrolling further forgets the ones furthest away.
const MAX_CHUNKS: usize = 24;
/// Bytes read between two looks at whether counting is still wanted.
const COUNT_STEP_BYTES: u64 = 32 << 20;

/// Names a file or folder; an empty path is the root of what the owner logged.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ArtifactRef {
    pub owner: ArtifactOwner,
    pub path: String,
}

impl ArtifactRef {
    /// The last part of the path.
    pub fn name(&self) -> &str {
        self.path.rsplit('/').next().unwrap_or(&self.path)
    }

    fn child(&self, entry: &ArtifactEntry) -> Self {
        Self { owner: self.owner.clone(), path: entry.path.clone() }
    }
}

/// One visible row of the tree.
#[derive(Debug, Clone, PartialEq)]
pub struct TreeRow {
    pub artifact: ArtifactRef,
    pub depth: usize,
    pub name: String,
    pub is_dir: bool,
    pub is_open: bool,
    pub is_loading: bool,
    /// Why the folder's content is not here.
    pub error: Option<String>,
    /// Bytes; `None` for a folder.
    pub size: Option<u64>,
}

/// What the browser knows.
#[derive(Debug, Clone, Default)]
pub struct ArtifactsState {
    roots: Vec<(ArtifactRef, String)>,
    folders: HashMap<ArtifactRef, Loadable<Arc<[ArtifactEntry]>>>,
    open: HashSet<ArtifactRef>,
    rows: Arc<[TreeRow]>,
    selected: Option<ArtifactRef>,
    pub preview: Loadable<Arc<ArtifactPreview>>,
    pub table: Option<TableState>,
    is_forced: bool,
    next_id: u64,
}

impl ArtifactsState {
    /// The tree as it is unfolded now.
    pub fn rows(&self) -> &Arc<[TreeRow]> {
        &self.rows
    }

    pub fn selected(&self) -> Option<&ArtifactRef> {
        self.selected.as_ref()
    }

    /// Whether it is known that nothing was logged.
    pub fn is_known_empty(&self) -> bool {
        self.roots.len() == 1
            && self.roots.iter().all(|(root, _)| {
                self.folders.get(root).is_some_and(|folder| matches!(folder, Loadable::Ready(list) if list.is_empty()))
            })
    }

    /// The listing of the run's own root, for its loading and error states.
    pub fn root(&self) -> Option<&Loadable<Arc<[ArtifactEntry]>>> {
        self.roots.first().and_then(|(root, _)| self.folders.get(root))
    }

    /// What lies in a folder, when it has been listed.
    pub fn folder(&self, folder: &ArtifactRef) -> Option<&Loadable<Arc<[ArtifactEntry]>>> {
        self.folders.get(folder)
    }

    fn rebuild_rows(&mut self) {
        let mut rows = Vec::new();
        let has_models = self.roots.len() > 1;
        for (root, name) in &self.roots {
            if has_models {
                self.push_folder(&mut rows, root, name, 0);
            } else {
                // A lone root would be a level that says nothing.
                self.push_children(&mut rows, root, 0);
            }
        }
        self.rows = rows.into();
    }

    fn push_folder(&self, rows: &mut Vec<TreeRow>, folder: &ArtifactRef, name: &str, depth: usize) {
        let is_open = self.open.contains(folder);
        let listing = self.folders.get(folder);
        rows.push(TreeRow {
            artifact: folder.clone(),
            depth,
            name: name.to_owned(),
            is_dir: true,
            is_open,
            is_loading: listing.is_some_and(|listing| listing.is_loading() && listing.value().is_none()),
            error: listing.and_then(|listing| listing.error()).map(|error| error.detail.clone()),
            size: None,
        });
        if is_open {
            self.push_children(rows, folder, depth + 1);
        }
    }

    fn push_children(&self, rows: &mut Vec<TreeRow>, folder: &ArtifactRef, depth: usize) {
        let Some(entries) = self.folders.get(folder).and_then(Loadable::value) else { return };
        for entry in entries.iter() {
            let artifact = folder.child(entry);
            if entry.is_dir {
                self.push_folder(rows, &artifact, entry.name(), depth);
            } else {
                rows.push(TreeRow {
                    artifact,
                    depth,
                    name: entry.name().to_owned(),
                    is_dir: false,
                    is_open: false,
                    is_loading: false,
                    error: None,
                    size: entry.size,
                });
            }
        }
    }

    fn is_dir(&self, artifact: &ArtifactRef) -> bool {
        self.rows.iter().any(|row| row.is_dir && row.artifact == *artifact)
    }
}

/// A table preview: its columns at once, its rows as they come on screen.
#[derive(Clone)]
pub struct TableState {
    /// Tells one opened table from another.
    pub id: u64,
    source: Arc<Preview>,
    pub format: String,
    pub row_count: RowCount,
    chunks: BTreeMap<u64, Arc<Rows>>,
    wanted: Range<u64>,
    pub error: Option<UserError>,
    pub is_counting: bool,
}

impl std::fmt::Debug for TableState {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TableState").field("id", &self.id).field("row_count", &self.row_count).finish_non_exhaustive()
    }
}

impl TableState {
    pub fn columns(&self) -> &[Column] {
        self.source.columns()
    }

    /// A row, when it has been read.
    pub fn row(&self, row: u64) -> Option<&[crate::explore::Cell]> {
        let chunk = self.chunks.get(&(row / ROWS_PER_CHUNK))?;
        chunk.cells.get((row % ROWS_PER_CHUNK) as usize).map(Vec::as_slice)
    }

    /// Whether any rows have been read.
    pub fn has_rows(&self) -> bool {
        !self.chunks.is_empty()
    }

    /// What is odd about the rows that have been read.
    pub fn issues(&self) -> impl Iterator<Item = &crate::explore::RowIssue> {
        self.chunks.values().flat_map(|chunk| &chunk.issues)
    }

    /// Whether rows on screen are not here and not yet asked for.
    pub fn needs(&self, rows: &Range<u64>) -> bool {
        let chunks = |rows: &Range<u64>| rows.start / ROWS_PER_CHUNK..=rows.end.saturating_sub(1) / ROWS_PER_CHUNK;
        chunks(rows) != chunks(&self.wanted)
    }

    /// The chunks that the wanted rows lie in and that are not here.
    fn missing(&self) -> Option<u64> {
        let first = self.wanted.start / ROWS_PER_CHUNK;
        let last = self.wanted.end.saturating_sub(1) / ROWS_PER_CHUNK;
        (first..=last).find(|chunk| !self.chunks.contains_key(chunk))
    }
}

/// What the browser's tasks bring.
#[derive(Debug)]
pub enum ArtifactsEvent {
    Folder { folder: ArtifactRef, result: Result<Arc<[ArtifactEntry]>, UserError> },
    Preview { artifact: ArtifactRef, result: Result<ArtifactPreview, UserError> },
    Rows { table: u64, chunk: u64, result: Result<(Rows, RowCount), UserError> },
    Counted { table: u64, result: Result<RowCount, UserError> },
    File { result: Result<PathBuf, UserError> },
}

fn start<T: Send + 'static>(
    cx: &mut Context<'_>,
    task: RunPageTask,
    label: String,
    work: impl FnOnce(&super::super::TaskContext) -> Result<T, UserError> + Send + 'static,
    wrap: impl FnOnce(Result<T, UserError>) -> ArtifactsEvent + Send + 'static,
) {
    let Some(run) = cx.state.run_page.run_id.clone() else { return };
    cx.start(TaskKey::Run(task), label, work, move |result| {
        Event::Run(RunPageEvent::Artifacts { run, event: wrap(result) })
    });
}

/// Lists the roots: the run's own artifacts and one for each of its models.
pub(super) fn load_roots(cx: &mut Context<'_>) {
    let Some(run) = cx.state.run_page.run_id.clone() else { return };
    let mut roots = vec![(ArtifactRef { owner: ArtifactOwner::Run(run), path: String::new() }, "Run".to_owned())];
    if let Some(details) = cx.state.run_page.details.value() {
        for model in &details.models {
            let owner = ArtifactOwner::LoggedModel(model.id.clone());
            roots.push((ArtifactRef { owner, path: String::new() }, format!("Model {}", model.name)));
        }
    }
    let browser = &mut cx.state.run_page.artifacts;
    if browser.roots != roots {
        browser.open.extend(roots.iter().map(|(root, _)| root.clone()));
        browser.roots = roots;
    }
    refresh(cx);
}

/// Lists all open folders again.
pub(super) fn refresh(cx: &mut Context<'_>) {
    let browser = &cx.state.run_page.artifacts;
    let roots = browser.roots.iter().map(|(root, _)| root).filter(|root| !browser.folders.contains_key(root));
    let known = browser.folders.keys();
    let open: Vec<ArtifactRef> = known.chain(roots).filter(|folder| browser.open.contains(folder)).cloned().collect();
    for folder in open {
        list(cx, folder);
    }
}

fn list(cx: &mut Context<'_>, folder: ArtifactRef) {
    let Some(backend) = cx.backend() else { return };
    let browser = &mut cx.state.run_page.artifacts;
    browser.folders.entry(folder.clone()).or_default().start_loading();
    browser.rebuild_rows();
    let asked = folder.clone();
    start(
        cx,
        RunPageTask::Folder(folder.clone()),
        "List artifacts".to_owned(),
        move |_| {
            backend.artifacts(&asked.owner, &asked.path).map(Into::into).titled("The artifacts could not be listed")
        },
        move |result| ArtifactsEvent::Folder { folder, result },
    );
}

pub(super) fn toggle_folder(cx: &mut Context<'_>, folder: ArtifactRef) {
    let browser = &mut cx.state.run_page.artifacts;
    if browser.open.remove(&folder) {
        browser.rebuild_rows();
    } else {
        browser.open.insert(folder.clone());
        list(cx, folder);
    }
}

pub(super) fn select(cx: &mut Context<'_>, artifact: ArtifactRef) {
    let browser = &mut cx.state.run_page.artifacts;
    if browser.selected.as_ref() == Some(&artifact) && browser.preview.error().is_none() {
        return;
    }
    browser.is_forced = false;
    browser.selected = Some(artifact.clone());
    browser.table = None;
    browser.preview.clear();
    if browser.is_dir(&artifact) && browser.folder(&artifact).is_none() {
        list(cx, artifact);
    }
    load_preview(cx);
}

/// Selects the row `by` rows further; stops at the ends.
pub(super) fn step(cx: &mut Context<'_>, by: isize) {
    let browser = &cx.state.run_page.artifacts;
    let at =
        browser.selected.as_ref().and_then(|selected| browser.rows.iter().position(|row| row.artifact == *selected));
    let last = browser.rows.len().saturating_sub(1);
    let next = at.map_or(0, |at| at.saturating_add_signed(by).min(last));
    if let Some(row) = browser.rows.get(next) {
        let artifact = row.artifact.clone();
        select(cx, artifact);
    }
}

pub(super) fn load_anyway(cx: &mut Context<'_>) {
    cx.state.run_page.artifacts.is_forced = true;
    load_preview(cx);
}

fn load_preview(cx: &mut Context<'_>) {
    let browser = &mut cx.state.run_page.artifacts;
    let Some(artifact) = browser.selected.clone() else { return };
    let limits = if browser.is_forced { Limits::LIFTED } else { Limits::USUAL };
    browser.next_id += 1;
    let (id, is_dir) = (browser.next_id, browser.is_dir(&artifact));
    browser.preview.start_loading();
    let Some(backend) = cx.backend() else { return };
    let asked = artifact.clone();
    start(
        cx,
        RunPageTask::Preview,
        format!("Read {}", artifact.name()),
        move |_| {
            let retry = Command::Run(RunPageCommand::SelectArtifact(asked.clone()));
            read(backend.as_ref(), &asked, is_dir, limits, id).map_err(|error| error.with_retry(retry))
        },
        move |result| ArtifactsEvent::Preview { artifact, result },
    );
}

pub(super) fn apply(cx: &mut Context<'_>, event: ArtifactsEvent) {
    let browser = &mut cx.state.run_page.artifacts;
    match event {
        ArtifactsEvent::Folder { folder, result } => {
            browser.folders.entry(folder).or_default().finish(result);
            browser.rebuild_rows();
        }
        ArtifactsEvent::Preview { artifact, result } if browser.selected.as_ref() == Some(&artifact) => {
            if let Ok(ArtifactPreview { id, kind: PreviewKind::Table(source), .. }) = &result {
                browser.table = Some(TableState {
                    id: *id,
                    source: Arc::clone(source.preview()),
                    format: source.preview().format(),
                    row_count: source.preview().row_count(),
                    chunks: BTreeMap::new(),
                    wanted: 0..ROWS_PER_CHUNK,
                    error: None,
                    is_counting: false,
                });
            }
            browser.preview.finish(result.map(Arc::new));
            read_chunk(cx);
        }
        ArtifactsEvent::Rows { table, chunk, result } => rows_arrived(cx, table, chunk, result),
        ArtifactsEvent::Counted { table, result } => {
            if let Some(state) = browser.table.as_mut().filter(|state| state.id == table) {
                state.is_counting = false;
                match result {
                    Ok(count) => state.row_count = count,
                    Err(error) if error.is_cancelled => {}
                    Err(error) => state.error = Some(error),
                }
            }
        }
        ArtifactsEvent::File { result: Ok(path) } => cx.send(Command::Window(WindowCommand::Reveal(path))),
        ArtifactsEvent::File { result: Err(error) } => cx.toast_error(&error),
        ArtifactsEvent::Preview { .. } => {}
    }
}

/// Says which rows of the table are on screen.
pub(super) fn show_rows(cx: &mut Context<'_>, rows: &Range<u64>) {
    if let Some(table) = &mut cx.state.run_page.artifacts.table {
        table.wanted = rows.clone();
        read_chunk(cx);
    }
}

fn read_chunk(cx: &mut Context<'_>) {
    let Some(table) = &cx.state.run_page.artifacts.table else { return };
    let Some(chunk) = table.missing().filter(|_| table.error.is_none()) else { return };
    if cx.is_running(&TaskKey::Run(RunPageTask::Rows)) {
        // What comes back starts the next one that is still wanted.
        return;
    }
    let (source, id) = (Arc::clone(&table.source), table.id);
    start(
        cx,
        RunPageTask::Rows,
        "Read rows".to_owned(),
        move |_| {
            let rows = source.rows(chunk * ROWS_PER_CHUNK..(chunk + 1) * ROWS_PER_CHUNK);
            let rows = rows.map_err(|error| UserError::new("The rows could not be read", error.to_string()))?;
            Ok((rows, source.row_count()))
        },
        move |result| ArtifactsEvent::Rows { table: id, chunk, result },
    );
}

fn rows_arrived(cx: &mut Context<'_>, id: u64, chunk: u64, result: Result<(Rows, RowCount), UserError>) {
    if let Some(table) = cx.state.run_page.artifacts.table.as_mut().filter(|table| table.id == id) {
        match result {
            Ok((rows, count)) => {
                table.row_count = count;
                table.chunks.insert(chunk, Arc::new(rows));
                let center = f64::midpoint(table.wanted.start as f64, table.wanted.end as f64) / ROWS_PER_CHUNK as f64;
                while table.chunks.len() > MAX_CHUNKS {
                    let distance = |chunk: u64| (chunk as f64 - center).abs();
                    let far = table.chunks.keys().copied().max_by(|a, b| distance(*a).total_cmp(&distance(*b)));
                    far.and_then(|far| table.chunks.remove(&far));
                }
            }
            Err(error) => table.error = Some(error),
        }
    }
    read_chunk(cx);
}

pub(super) fn count_rows(cx: &mut Context<'_>) {
    let Some(table) = &mut cx.state.run_page.artifacts.table else { return };
    table.is_counting = true;
    let (source, id) = (Arc::clone(&table.source), table.id);
    start(
        cx,
        RunPageTask::CountRows,
        "Count rows".to_owned(),
        move |task| loop {
            let count = source.count_further(COUNT_STEP_BYTES);
            let count = count.map_err(|error| UserError::new("The rows could not be counted", error.to_string()))?;
            if matches!(count, RowCount::Exact(_)) || task.is_cancelled() {
                return Ok(count);
            }
        },
        move |result| ArtifactsEvent::Counted { table: id, result },
    );
}

fn selected_file(cx: &Context<'_>) -> Option<ArtifactRef> {
    let browser = &cx.state.run_page.artifacts;
    browser.selected.clone().filter(|selected| !browser.is_dir(selected))
}

pub(super) fn save(cx: &mut Context<'_>) {
    let Some(ArtifactRef { owner, path }) = selected_file(cx) else { return };
    let suggested_name = path.rsplit('/').next().unwrap_or("artifact").to_owned();
    cx.send(Command::Window(WindowCommand::ShowDialog(FileDialog {
        title: format!("Save {suggested_name}"),
        kind: FileDialogKind::SaveFile { suggested_name },
        purpose: DialogPurpose::SaveArtifact { owner, path },
        start_in: None,
    })));
}

pub(super) fn copy_path(cx: &mut Context<'_>) {
    if let Some(artifact) = cx.state.run_page.artifacts.selected.clone() {
        cx.send(Command::Window(WindowCommand::CopyText(artifact.path)));
    }
}

pub(super) fn reveal(cx: &mut Context<'_>) {
    let (Some(backend), Some(artifact)) = (cx.backend(), cx.state.run_page.artifacts.selected.clone()) else { return };
    start(
        cx,
        RunPageTask::Reveal,
        "Find the file".to_owned(),
        move |_| backend.artifact_file(&artifact.owner, &artifact.path).titled("The file could not be found"),
        move |result| ArtifactsEvent::File { result },
    );
}
