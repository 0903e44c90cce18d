//! Telling listeners that something changed, whichever process changed it.
//!
//! Invariant: listeners are called on the watcher's own thread, only when the revision has grown, and with the newest
//! revision; several commits in a row may be told as one.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use rusqlite::Connection;

use super::{ChangeListener, Result, Revision, StoreError};

/// How often the file is asked whether another process changed it.
const POLL_INTERVAL: Duration = Duration::from_millis(200);

/// What the watcher, the writer and the listeners share.
#[derive(Default)]
pub(super) struct Shared {
    revision: AtomicU64,
    listeners: Mutex<Listeners>,
}

#[derive(Default)]
struct Listeners {
    next_id: u64,
    by_id: BTreeMap<u64, Arc<ChangeListener>>,
}

impl Shared {
    pub(super) fn revision(&self) -> Revision {
        self.revision.load(Ordering::Acquire)
    }

    /// Notes a revision; says whether it is news.
    pub(super) fn advance(&self, revision: Revision) -> bool {
        self.revision.fetch_max(revision, Ordering::AcqRel) < revision
    }

    pub(super) fn subscribe(self: &Arc<Self>, listener: ChangeListener) -> Subscription {
        let mut listeners = self.listeners.lock().unwrap_or_else(PoisonError::into_inner);
        let id = listeners.next_id;
        listeners.next_id += 1;
        listeners.by_id.insert(id, Arc::new(listener));
        Subscription { shared: Arc::clone(self), id }
    }

    fn notify(&self) {
        // Called outside the lock, so that a listener may subscribe or end a subscription.
        let listeners: Vec<_> =
            self.listeners.lock().unwrap_or_else(PoisonError::into_inner).by_id.values().cloned().collect();
        let revision = self.revision();
        for listener in listeners {
            listener(revision);
        }
    }
}

/// Keeps a change listener alive.
pub struct Subscription {
    shared: Arc<Shared>,
    id: u64,
}

impl Drop for Subscription {
    fn drop(&mut self) {
        self.shared.listeners.lock().unwrap_or_else(PoisonError::into_inner).by_id.remove(&self.id);
    }
}

/// The thread that calls the listeners; dropping the handle ends it.
pub(super) struct Watcher {
    wake: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Watcher {
    pub(super) fn start(connection: Connection, shared: Arc<Shared>) -> Result<Self> {
        let (wake, woken) = channel();
        let thread = std::thread::Builder::new()
            .name("store-watcher".to_owned())
            .spawn(move || watch(&connection, &shared, &woken))
            .map_err(|error| StoreError::internal(format!("The store's watcher cannot start: {error}.")))?;
        Ok(Self { wake: Some(wake), thread: Some(thread) })
    }

    /// A sender with which the writer wakes the watcher after a commit.
    pub(super) fn waker(&self) -> Option<Sender<()>> {
        self.wake.clone()
    }
}

impl Drop for Watcher {
    fn drop(&mut self) {
        drop(self.wake.take());
        if let Some(thread) = self.thread.take()
            && thread.thread().id() != std::thread::current().id()
        {
            // A panic of a listener ends the watcher; there is nobody left to tell.
            let _ = thread.join();
        }
    }
}

fn watch(connection: &Connection, shared: &Shared, woken: &Receiver<()>) {
    let mut file_version = data_version(connection);
    let mut told = shared.revision();
    loop {
        match woken.recv_timeout(POLL_INTERVAL) {
            Ok(()) => while woken.try_recv().is_ok() {},
            Err(RecvTimeoutError::Timeout) => {
                let now = data_version(connection);
                if now != file_version {
                    file_version = now;
                    if let Some(revision) = stored_revision(connection) {
                        shared.advance(revision);
                    }
                }
            }
            Err(RecvTimeoutError::Disconnected) => return,
        }
        let newest = shared.revision();
        if newest > told {
            told = newest;
            shared.notify();
        }
    }
}

/// SQLite's counter of changes that other connections made to the file. `None` while the file cannot be asked.
fn data_version(connection: &Connection) -> Option<i64> {
    connection.pragma_query_value(None, "data_version", |row| row.get(0)).ok()
}

/// The revision in the database.
pub(super) fn stored_revision(connection: &Connection) -> Option<Revision> {
    connection
        .prepare_cached("SELECT revision FROM workspace WHERE id = 1")
        .and_then(|mut statement| statement.query_row([], |row| row.get::<_, i64>(0)))
        .ok()
        .map(|revision| revision as Revision)
}
