//! A few connections that only read, shared by all threads.
//!
//! Invariant: each use sees one consistent snapshot of the workspace, however many statements it runs.

use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};

use rusqlite::Connection;

use super::schema::Database;
use super::{Result, StoreError};

/// How long one read may take. Readers are few: one that never ends would keep the others from their answers.
const READ_LIMIT: Duration = Duration::from_secs(30);

/// How many of SQLite's instructions pass between two looks at the clock; some tens of microseconds, as a rule.
const INSTRUCTIONS_PER_LOOK: i32 = 1_000;

/// Connections are opened when first needed and kept.
pub(super) struct Readers {
    database: Database,
    state: Mutex<State>,
    returned: Condvar,
    limit: usize,
}

#[derive(Default)]
struct State {
    idle: Vec<Reader>,
    open: usize,
}

/// A connection that stops what it does when its time is over.
struct Reader {
    connection: Connection,
    deadline: Arc<Mutex<Instant>>,
}

impl Reader {
    fn open(database: &Database) -> Result<Self> {
        let mut connection = database.open_reader()?;
        let deadline = Arc::new(Mutex::new(Instant::now() + READ_LIMIT));
        let looked_at = Arc::clone(&deadline);
        let is_over = move || Instant::now() > *looked_at.lock().unwrap_or_else(PoisonError::into_inner);
        connection.progress_handler(INSTRUCTIONS_PER_LOOK, Some(is_over))?;
        Ok(Self { connection, deadline })
    }
}

impl Readers {
    pub(super) fn new(database: Database) -> Self {
        let cores = std::thread::available_parallelism().map_or(4, std::num::NonZero::get);
        // More than cores on a small machine, so that a few slow searches do not stop all else.
        Self { database, state: Mutex::default(), returned: Condvar::new(), limit: cores.clamp(4, 8) }
    }

    /// Runs `query` on a snapshot, waiting for a connection if all are in use. What takes too long is stopped.
    pub(super) fn read<T>(&self, query: impl FnOnce(&Connection) -> Result<T>) -> Result<T> {
        self.read_within(READ_LIMIT, query)
    }

    fn read_within<T>(&self, limit: Duration, query: impl FnOnce(&Connection) -> Result<T>) -> Result<T> {
        let lease = self.lease()?;
        let Some(Reader { connection, deadline }) = lease.reader.as_ref() else {
            return Err(StoreError::internal("A reader was used after its return."));
        };
        *deadline.lock().unwrap_or_else(PoisonError::into_inner) = Instant::now() + limit;
        // Dropping the transaction rolls it back, which for a reader only ends the snapshot.
        let snapshot = connection.unchecked_transaction()?;
        let result = query(&snapshot);
        drop(snapshot);
        result
    }

    fn lease(&self) -> Result<Lease<'_>> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            if let Some(reader) = state.idle.pop() {
                return Ok(Lease { readers: self, reader: Some(reader) });
            }
            if state.open < self.limit {
                state.open += 1;
                drop(state);
                // The lease gives the place back if opening fails.
                let mut lease = Lease { readers: self, reader: None };
                lease.reader = Some(Reader::open(&self.database)?);
                return Ok(lease);
            }
            state = self.returned.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }
}

struct Lease<'a> {
    readers: &'a Readers,
    reader: Option<Reader>,
}

impl Drop for Lease<'_> {
    fn drop(&mut self) {
        let mut state = self.readers.state.lock().unwrap_or_else(PoisonError::into_inner);
        match self.reader.take() {
            Some(reader) if reader.connection.is_autocommit() => state.idle.push(reader),
            _ => state.open -= 1,
        }
        drop(state);
        self.readers.returned.notify_one();
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed expectation ends the test")]

    use super::*;
    use crate::store::{OpenMode, Store, StoreErrorKind};

    #[test]
    fn a_read_that_takes_too_long_is_stopped_and_its_connection_serves_again() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path(), OpenMode::CreateOrOpen).unwrap();
        let count = |limit: Duration, to: i64| {
            store.inner.readers.read_within(limit, |sql| {
                let query = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?1)
                             SELECT count(*) FROM n";
                Ok(sql.query_row(query, [to], |row| row.get::<_, i64>(0))?)
            })
        };
        let error = count(Duration::from_millis(1), i64::MAX).unwrap_err();
        assert_eq!(error.kind, StoreErrorKind::InvalidParameter);
        assert!(error.message.contains("took too long"), "{error}");
        assert_eq!(count(READ_LIMIT, 10_000).unwrap(), 10_000);
    }
}
