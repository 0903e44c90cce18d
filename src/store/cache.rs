//! Runs that were read lately, and the names of keys, kept in memory.
//!
//! Invariants: a cached run is only ever used for the revision it was read at; a key's name never changes.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use rusqlite::Connection;

use super::Result;
use crate::domain::Run;

/// About how many bytes of runs are kept.
const CACHE_BYTES: usize = 24 << 20;

/// Runs by their row, in two generations: what is used again moves to the young one, and when that is half the size
/// the old one is dropped.
#[derive(Default)]
pub(super) struct RunCache {
    state: Mutex<Generations>,
}

#[derive(Default)]
struct Generations {
    young: HashMap<i64, Cached>,
    young_bytes: usize,
    old: HashMap<i64, Cached>,
}

struct Cached {
    revision: i64,
    bytes: usize,
    run: Arc<Run>,
}

impl RunCache {
    /// The run of that row, if it is kept as of exactly that revision.
    pub(super) fn get(&self, row: i64, revision: i64) -> Option<Arc<Run>> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(cached) = state.young.get(&row) {
            return (cached.revision == revision).then(|| Arc::clone(&cached.run));
        }
        let cached = state.old.remove(&row)?;
        if cached.revision != revision {
            return None;
        }
        let run = Arc::clone(&cached.run);
        state.keep(row, cached);
        Some(run)
    }

    /// Keeps a run unless a newer state of it is kept.
    pub(super) fn put(&self, row: i64, revision: i64, run: &Arc<Run>) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let newer = |cached: Option<&Cached>| cached.is_some_and(|cached| cached.revision > revision);
        if newer(state.young.get(&row)) || newer(state.old.get(&row)) {
            return;
        }
        let cached = Cached { revision, bytes: approximate_bytes(run), run: Arc::clone(run) };
        state.keep(row, cached);
    }
}

impl Generations {
    fn keep(&mut self, row: i64, cached: Cached) {
        self.young_bytes += cached.bytes;
        if let Some(replaced) = self.young.insert(row, cached) {
            self.young_bytes -= replaced.bytes;
        }
        if self.young_bytes > CACHE_BYTES / 2 {
            self.old = std::mem::take(&mut self.young);
            self.young_bytes = 0;
        }
    }
}

fn approximate_bytes(run: &Run) -> usize {
    let texts = |pair: (&String, &String)| 64 + pair.0.len() + pair.1.len();
    let info = 400 + run.info.name.len() + run.info.user.len() + run.info.artifact_uri.len();
    let params: usize = run.params.iter().map(|param| texts((&param.key, &param.value))).sum();
    let tags: usize = run.tags.iter().map(|tag| texts((&tag.key, &tag.value))).sum();
    let metrics: usize = run.metrics.iter().map(|metric| 200 + metric.key.len()).sum();
    let datasets: usize = run
        .datasets
        .iter()
        .map(|input| {
            let dataset = &input.dataset;
            let optional = |text: &Option<String>| text.as_ref().map_or(0, String::len);
            300 + dataset.name.len()
                + dataset.source.len()
                + optional(&dataset.schema)
                + optional(&dataset.profile)
                + input.tags.iter().map(|tag| texts((&tag.key, &tag.value))).sum::<usize>()
        })
        .sum();
    info + params + tags + metrics + datasets + 100 * (run.model_inputs.len() + run.model_outputs.len())
}

/// The names of interned keys. They grow with the keys in use.
#[derive(Default)]
pub(super) struct KeyNames {
    names: RwLock<HashMap<i64, Arc<str>>>,
}

impl KeyNames {
    /// The names of all keys that `sql`'s snapshot can refer to.
    pub(super) fn resolve(&self, sql: &Connection, key: i64) -> Result<Arc<str>> {
        if let Some(name) = self.names.read().unwrap_or_else(PoisonError::into_inner).get(&key) {
            return Ok(Arc::clone(name));
        }
        let name: String =
            sql.prepare_cached("SELECT name FROM key WHERE id = ?1")?.query_row([key], |row| row.get(0))?;
        let name: Arc<str> = name.into();
        self.names.write().unwrap_or_else(PoisonError::into_inner).insert(key, Arc::clone(&name));
        Ok(name)
    }
}
