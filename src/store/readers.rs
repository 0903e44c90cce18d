//! A few connections that only read, shared by all threads.
//!
//! Invariant: each use sees one consistent snapshot of the workspace, however many statements it runs.

use std::sync::{Condvar, Mutex, PoisonError};

use rusqlite::Connection;

use super::Result;
use super::schema::Database;

/// Connections are opened when first needed and kept.
pub(super) struct Readers {
    database: Database,
    state: Mutex<State>,
    returned: Condvar,
    limit: usize,
}

#[derive(Default)]
struct State {
    idle: Vec<Connection>,
    open: usize,
}

impl Readers {
    pub(super) fn new(database: Database) -> Self {
        let cores = std::thread::available_parallelism().map_or(2, std::num::NonZero::get);
        Self { database, state: Mutex::default(), returned: Condvar::new(), limit: cores.clamp(2, 4) }
    }

    /// Runs `query` on a snapshot, waiting for a connection if all are in use.
    pub(super) fn read<T>(&self, query: impl FnOnce(&Connection) -> Result<T>) -> Result<T> {
        let lease = self.lease()?;
        let Some(connection) = lease.connection.as_ref() else {
            return Err(super::StoreError::internal("A reader was used after its return."));
        };
        // Dropping the transaction rolls it back, which for a reader only ends the snapshot.
        let snapshot = connection.unchecked_transaction()?;
        let result = query(&snapshot);
        drop(snapshot);
        result
    }

    fn lease(&self) -> Result<Lease<'_>> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            if let Some(connection) = state.idle.pop() {
                return Ok(Lease { readers: self, connection: Some(connection) });
            }
            if state.open < self.limit {
                state.open += 1;
                drop(state);
                // The lease gives the place back if opening fails.
                let mut lease = Lease { readers: self, connection: None };
                lease.connection = Some(self.database.open_reader()?);
                return Ok(lease);
            }
            state = self.returned.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }
}

struct Lease<'a> {
    readers: &'a Readers,
    connection: Option<Connection>,
}

impl Drop for Lease<'_> {
    fn drop(&mut self) {
        let mut state = self.readers.state.lock().unwrap_or_else(PoisonError::into_inner);
        match self.connection.take() {
            Some(connection) if connection.is_autocommit() => state.idle.push(connection),
            _ => state.open -= 1,
        }
        drop(state);
        self.readers.returned.notify_one();
    }
}
