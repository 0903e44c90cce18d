//! The embedded workspace: a folder with `proofmark.db` (SQLite) and `artifacts/`.
//!
//! Invariants: a write that returned `Ok` survives the loss of the process and of power; every write names an
//! [`Actor`](crate::domain::Actor) and is one transaction; nothing outside the workspace's folder is written. All calls
//! block: call them from a worker thread, never from a frame or an async task.
//!
//! Writes queue for one thread ([`writer`]), which commits them in groups. Reads share a few connections
//! ([`readers`]), each on its own snapshot. The schema and its conventions are in `migrations/`.

mod artifacts;
mod batch;
mod cache;
mod changes;
mod columns;
mod error;
mod experiments;
mod folders;
mod import;
mod imports;
mod inputs;
mod logged_models;
mod metric_history;
mod metric_pages;
mod metrics;
mod names;
mod readers;
mod rows;
mod run_loading;
mod runs;
mod schema;
mod search;
#[cfg(test)]
mod tests;
mod types;
mod writer;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use rusqlite::Connection;

pub use artifacts::{ArtifactEntry, ArtifactPath, ArtifactWriter, Artifacts};
pub use changes::Subscription;
pub use error::{StoreError, StoreErrorKind};
pub use import::{ImportProgress, ImportReport, Skipped, import};
pub use imports::{ImportOutcome, ImportedRun};
pub use types::{OpenMode, WorkspaceInfo};

pub use crate::domain::{ColumnInfo, ColumnKey, ColumnValues, MetricCell, ReducedHistory, Revision, RunRow};

/// What store calls return.
pub type Result<T> = std::result::Result<T, StoreError>;

/// Called after each commit that any thread or process made, off the caller's thread.
pub type ChangeListener = Box<dyn Fn(Revision) + Send + Sync>;

/// An open workspace; clones share it.
#[derive(Clone)]
pub struct Store {
    inner: Arc<Inner>,
}

/// The writer comes before the watcher: it holds a way to wake it, and the watcher ends when none is left.
struct Inner {
    root: PathBuf,
    artifacts: Artifacts,
    database: schema::Database,
    writer: Option<writer::Writer>,
    readers: readers::Readers,
    changes: Arc<changes::Shared>,
    _watcher: changes::Watcher,
    runs: cache::RunCache,
    keys: cache::KeyNames,
}

impl Store {
    /// Opens the workspace in `root`.
    pub fn open(root: &Path, mode: OpenMode) -> Result<Self> {
        Self::open_with(root, mode, metric_pages::PageSizes::default())
    }

    /// As `open`, with the sizes of metric pages, which tests make small.
    fn open_with(root: &Path, mode: OpenMode, sizes: metric_pages::PageSizes) -> Result<Self> {
        let database = schema::Database::prepare(root, mode, now_ms())?;
        let changes = Arc::new(changes::Shared::default());
        let watching = database.open_reader()?;
        if let Some(revision) = changes::stored_revision(&watching) {
            changes.advance(revision);
        }
        let watcher = changes::Watcher::start(watching, Arc::clone(&changes))?;
        let writer = match database.read_only {
            Some(_) => None,
            None => {
                let (shared, waker) = (Arc::clone(&changes), watcher.waker());
                Some(writer::Writer::start(database.open_writer()?, database.version, sizes, move |revision| {
                    shared.advance(revision);
                    if let Some(waker) = &waker {
                        // The watcher ends only after the writer.
                        let _ = waker.send(());
                    }
                })?)
            }
        };
        let artifacts = Artifacts::new(root.join("artifacts"), database.read_only.clone());
        if writer.is_some() {
            // Entries of the database and of the folders; whatever made them may have ended before it synced them.
            for folder in [root, folders::parent_of(root)] {
                if let Err(error) = folders::sync(folder) {
                    tracing::warn!("could not sync the folder {}: {error}", folder.display());
                }
            }
            if let Err(error) = artifacts.create().and_then(|()| artifacts.remove_leftovers()) {
                tracing::warn!("could not prepare the artifact folder: {error}");
            }
        }
        let inner = Inner {
            root: root.to_path_buf(),
            artifacts,
            readers: readers::Readers::new(database.clone()),
            database,
            writer,
            changes,
            _watcher: watcher,
            runs: cache::RunCache::default(),
            keys: cache::KeyNames::default(),
        };
        Ok(Self { inner: Arc::new(inner) })
    }

    /// What the workspace says of itself.
    pub fn info(&self) -> Result<WorkspaceInfo> {
        self.read(|sql| {
            let count =
                |query: &str| -> Result<u64> { Ok(sql.query_row(query, [], |row| row.get::<_, i64>(0))? as u64) };
            Ok(WorkspaceInfo {
                root: self.inner.root.clone(),
                read_only: self.inner.database.read_only.clone(),
                schema_version: self.inner.database.version,
                experiment_count: count("SELECT count(*) FROM experiment WHERE deleted = 0")?,
                run_count: count("SELECT count(*) FROM run WHERE deleted = 0")?,
            })
        })
    }

    /// The folder that holds artifacts; `mlflow-artifacts:/a/b` lies at `a/b` below it.
    pub fn artifact_root(&self) -> &Path {
        self.inner.artifacts.root()
    }

    /// The artifact files of the workspace.
    pub fn artifacts(&self) -> &Artifacts {
        &self.inner.artifacts
    }

    /// The newest revision that this process has seen.
    pub fn revision(&self) -> Revision {
        self.inner.changes.revision()
    }

    /// Calls `listener` after each commit, by whichever process, until the returned guard is dropped.
    #[must_use]
    pub fn subscribe(&self, listener: ChangeListener) -> Subscription {
        self.inner.changes.subscribe(listener)
    }

    /// Runs `query` on a consistent snapshot.
    fn read<T>(&self, query: impl FnOnce(&Connection) -> Result<T>) -> Result<T> {
        self.inner.readers.read(query)
    }

    /// Runs `change` on the writer thread and waits until it is durable.
    fn write<T: Send + 'static>(
        &self,
        change: impl FnOnce(&mut writer::Tx<'_>) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let Some(writer) = &self.inner.writer else {
            let reason = self.inner.database.read_only.as_deref().unwrap_or_default();
            return Err(StoreError::new(
                StoreErrorKind::ReadOnly,
                format!("The workspace can be read but not changed. {reason}"),
            ));
        };
        writer.write(change)
    }
}

/// Now, in Unix milliseconds.
fn now_ms() -> i64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |elapsed| elapsed.as_millis() as i64)
}

/// Which rows a view shows, as a condition on a `deleted` column.
fn view_condition(view: crate::domain::ViewType) -> &'static str {
    match view {
        crate::domain::ViewType::ActiveOnly => "deleted = 0",
        crate::domain::ViewType::DeletedOnly => "deleted > 0",
        crate::domain::ViewType::All => "deleted >= 0",
    }
}
