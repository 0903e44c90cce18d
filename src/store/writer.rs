//! The one thread that writes, with group commit.
//!
//! Invariants: a caller is answered only after the commit that holds its change; a caller whose change fails loses
//! only its own change, never that of another in the same commit.

use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use rusqlite::{Connection, OptionalExtension as _};

use super::metric_pages::PageSizes;
use super::{Result, Revision, StoreError, StoreErrorKind, schema};
use crate::domain::Actor;

/// The most changes that share one commit; bounds how long the first of them waits.
const GROUP_LIMIT: usize = 512;

/// Positions that one commit may hand out, as a power of two.
const POSITION_BITS: u32 = 24;

/// After this long with hardly a gap between commits, other processes get a turn.
const FAIR_SHARE: Duration = Duration::from_millis(50);

/// The turn of other processes: longer than their wait between two looks at the lock.
const FAIR_PAUSE: Duration = Duration::from_millis(2);

/// How long the end waits for readers of other processes that still need the write-ahead log.
const LAST_CHECKPOINT_PATIENCE: Duration = Duration::from_millis(250);

/// The handle to the writer thread; dropping it finishes what has queued up and ends the thread.
pub(super) struct Writer {
    queue: Option<Sender<Box<dyn Job>>>,
    thread: Option<JoinHandle<()>>,
}

impl Writer {
    /// Starts the thread. `version` is the database's, and `committed` is called after each commit that changed
    /// something.
    pub(super) fn start(
        connection: Connection,
        version: u32,
        sizes: PageSizes,
        committed: impl Fn(Revision) + Send + 'static,
    ) -> Result<Self> {
        let (queue, jobs) = channel();
        let thread = std::thread::Builder::new()
            .name("store-writer".to_owned())
            .spawn(move || Loop { connection, version, keys: HashMap::new(), sizes, committed }.run(&jobs))
            .map_err(|error| StoreError::internal(format!("The store's writer cannot start: {error}.")))?;
        Ok(Self { queue: Some(queue), thread: Some(thread) })
    }

    /// Queues a change and waits until it is durable.
    pub(super) fn write<T: Send + 'static>(
        &self,
        change: impl FnOnce(&mut Tx<'_>) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let stopped = || StoreError::internal("The store's writer has stopped; open the workspace again.");
        let (reply, answer) = sync_channel(1);
        let job = TypedJob { change: Some(change), outcome: None, reply };
        let queue = self.queue.as_ref().ok_or_else(stopped)?;
        queue.send(Box::new(job)).map_err(|_| stopped())?;
        answer.recv().map_err(|_| StoreError::internal("The change failed unexpectedly; nothing of it was stored."))?
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        drop(self.queue.take());
        if let Some(thread) = self.thread.take()
            && thread.thread().id() != std::thread::current().id()
        {
            // A panic of the thread was reported to its callers already.
            let _ = thread.join();
        }
    }
}

/// A queued change of unknown result type.
trait Job: Send {
    /// Makes the change; an error says why it failed.
    fn run(&mut self, tx: &mut Tx<'_>) -> Result<()>;
    /// Tells the caller; `commit` says how the commit went, and matters only if the change succeeded.
    fn answer(self: Box<Self>, commit: Result<()>);
}

struct TypedJob<T, F> {
    change: Option<F>,
    outcome: Option<Result<T>>,
    reply: SyncSender<Result<T>>,
}

impl<T, F> Job for TypedJob<T, F>
where
    T: Send,
    F: FnOnce(&mut Tx<'_>) -> Result<T> + Send,
{
    fn run(&mut self, tx: &mut Tx<'_>) -> Result<()> {
        let Some(change) = self.change.take() else { return Ok(()) };
        let outcome = catch_unwind(AssertUnwindSafe(|| change(tx)))
            .unwrap_or_else(|_| Err(StoreError::internal("The change failed unexpectedly; nothing of it was stored.")));
        let result = outcome.as_ref().map(|_| ()).map_err(Clone::clone);
        self.outcome = Some(outcome);
        result
    }

    fn answer(self: Box<Self>, commit: Result<()>) {
        let outcome = match (self.outcome, commit) {
            (Some(Err(error)), _) | (_, Err(error)) => Err(error),
            (Some(Ok(value)), Ok(())) => Ok(value),
            (None, Ok(())) => Err(StoreError::internal("The change was not made.")),
        };
        // A caller that no longer waits needs no answer.
        let _ = self.reply.send(outcome);
    }
}

struct Loop<C> {
    connection: Connection,
    version: u32,
    keys: HashMap<String, i64>,
    sizes: PageSizes,
    committed: C,
}

impl<C: Fn(Revision)> Loop<C> {
    fn run(mut self, jobs: &Receiver<Box<dyn Job>>) {
        let mut busy_since = Instant::now();
        let mut group_ended = busy_since;
        while let Ok(first) = jobs.recv() {
            let now = Instant::now();
            if now - group_ended >= FAIR_PAUSE {
                // The queue was empty for long enough.
                busy_since = now;
            } else if now - busy_since >= FAIR_SHARE {
                // Fairness: SQLite has no queue for its lock. Whoever waits for it looks now and then, and would find
                // it taken again and again until it gives up.
                std::thread::sleep(FAIR_PAUSE);
                busy_since = Instant::now();
            }
            let mut group = vec![first];
            while group.len() < GROUP_LIMIT
                && let Ok(next) = jobs.try_recv()
            {
                group.push(next);
            }
            self.commit_group(group);
            group_ended = Instant::now();
        }
        self.merge_log();
    }

    /// Brings what lies in the write-ahead log into the database file, so that the file alone is whole once the
    /// workspace is closed. If another process still reads an older state, the log stays, and nothing is lost.
    fn merge_log(&mut self) {
        let outcome = schema::wait_when_busy(&mut self.connection, LAST_CHECKPOINT_PATIENCE).and_then(|()| {
            Ok(self.connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get::<_, bool>(0))?)
        });
        match outcome {
            Ok(false) => {}
            Ok(true) => tracing::debug!("the write-ahead log stays: another process uses it"),
            Err(error) => tracing::warn!("the write-ahead log could not be merged: {error}"),
        }
    }

    /// Begins a transaction, provided that the database still has the form that this program writes.
    fn begin(&self) -> Result<()> {
        self.connection.execute_batch("BEGIN IMMEDIATE")?;
        let version: i64 = self.connection.prepare_cached("PRAGMA user_version")?.query_row([], |row| row.get(0))?;
        if version == i64::from(self.version) {
            return Ok(());
        }
        // A newer program brought the workspace up to date while this one had it open.
        let version = u32::try_from(version).unwrap_or_default();
        Err(StoreError::new(StoreErrorKind::NewerVersion, schema::newer_message(version)))
    }

    fn commit_group(&mut self, group: Vec<Box<dyn Job>>) {
        if let Err(error) = self.begin() {
            if !self.connection.is_autocommit() {
                // Nothing was changed yet.
                let _ = self.connection.execute_batch("ROLLBACK");
            }
            for job in group {
                job.answer(Err(error.clone()));
            }
            return;
        }
        let alone = group.len() == 1;
        let mut written: Vec<Box<dyn Job>> = Vec::with_capacity(group.len());
        let mut tx = Tx {
            connection: &self.connection,
            keys: &mut self.keys,
            revision: None,
            next_position: 0,
            now: super::now_ms(),
            sizes: self.sizes,
        };
        let mut rest = group.into_iter();
        let mut lost = None;
        for mut job in rest.by_ref() {
            match tx.run_apart(job.as_mut(), alone) {
                Ok(true) => written.push(job),
                Ok(false) => job.answer(Ok(())),
                Err(error) => {
                    lost = Some(error.clone());
                    job.answer(Err(error));
                    break;
                }
            }
        }
        let revision = tx.revision;
        let result = match lost {
            Some(error) => Err(error),
            None if written.is_empty() => Ok(()),
            None => self.connection.execute_batch("COMMIT").map_err(StoreError::from),
        };
        if !self.connection.is_autocommit() {
            // Nothing to keep, or the commit failed: the caller hears of it below.
            let _ = self.connection.execute_batch("ROLLBACK");
        }
        if result.is_err() || written.is_empty() {
            self.keys.clear();
        } else if let Some(revision) = revision {
            (self.committed)(revision);
        }
        for job in written.into_iter().chain(rest) {
            job.answer(result.clone());
        }
    }
}

/// An open write transaction, as one change sees it.
pub(super) struct Tx<'c> {
    connection: &'c Connection,
    keys: &'c mut HashMap<String, i64>,
    revision: Option<Revision>,
    next_position: i64,
    /// The time of the change in Unix milliseconds.
    pub(super) now: i64,
    pub(super) sizes: PageSizes,
}

impl<'c> Tx<'c> {
    /// Runs a job so that its failure leaves no trace. `Err`: the whole transaction is gone.
    fn run_apart(&mut self, job: &mut dyn Job, alone: bool) -> Result<bool> {
        if !alone {
            self.connection.prepare_cached("SAVEPOINT change")?.execute([])?;
        }
        let (revision, position) = (self.revision, self.next_position);
        let result = job.run(self);
        if self.connection.is_autocommit() {
            // SQLite gave up the transaction, as it does when the disk is full, and with it all changes before.
            return Err(result.err().unwrap_or_else(|| StoreError::internal("The transaction was ended too early.")));
        }
        if result.is_ok() {
            if !alone {
                self.connection.prepare_cached("RELEASE change")?.execute([])?;
            }
            return Ok(true);
        }
        self.revision = revision;
        self.next_position = position;
        // Some of them may have been made by the failed change.
        self.keys.clear();
        if !alone {
            self.connection.execute_batch("ROLLBACK TO change; RELEASE change")?;
        }
        Ok(false)
    }

    pub(super) fn sql(&self) -> &'c Connection {
        self.connection
    }

    /// The revision of this commit; asking for it makes the commit count as a change.
    pub(super) fn revision(&mut self) -> Result<Revision> {
        if let Some(revision) = self.revision {
            return Ok(revision);
        }
        let revision: i64 = self
            .connection
            .prepare_cached("UPDATE workspace SET revision = revision + 1 WHERE id = 1 RETURNING revision")?
            .query_row([], |row| row.get(0))?;
        self.revision = Some(revision as Revision);
        Ok(revision as Revision)
    }

    /// A number greater than all positions handed out before.
    pub(super) fn position(&mut self) -> Result<i64> {
        let revision = self.revision()? as i64;
        if self.next_position >= 1 << POSITION_BITS {
            return Err(StoreError::internal("Too many changes at once; split them up."));
        }
        let position = (revision << POSITION_BITS) | self.next_position;
        self.next_position += 1;
        Ok(position)
    }

    /// The number of a key, which is made if new.
    pub(super) fn key_id(&mut self, name: &str) -> Result<i64> {
        if let Some(id) = self.keys.get(name) {
            return Ok(*id);
        }
        let known = self
            .connection
            .prepare_cached("SELECT id FROM key WHERE name = ?1")?
            .query_row([name], |row| row.get(0))
            .optional()?;
        let id = match known {
            Some(id) => id,
            None => self.connection.prepare_cached("INSERT INTO key (name) VALUES (?1)")?.insert([name])?,
        };
        // Keys are few in practice; a client that invents them without end must not fill the memory.
        if self.keys.len() >= 50_000 {
            self.keys.clear();
        }
        self.keys.insert(name.to_owned(), id);
        Ok(id)
    }

    /// Adds a row to the history.
    pub(super) fn record(&mut self, actor: &Actor, entry: &Entry<'_>) -> Result<()> {
        self.connection
            .prepare_cached(
                "INSERT INTO history (at, actor, channel, action, subject, subject_id, detail)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
            )?
            .execute((
                self.now,
                &actor.name,
                actor.channel.as_str(),
                entry.action,
                entry.subject,
                entry.subject_id,
                entry.detail,
            ))?;
        Ok(())
    }
}

/// What one row of the history says beside who, when and how.
pub(super) struct Entry<'a> {
    /// Such as `set tag`.
    pub(super) action: &'static str,
    /// `experiment`, `run` or `logged model`.
    pub(super) subject: &'static str,
    pub(super) subject_id: &'a str,
    pub(super) detail: &'a str,
}
