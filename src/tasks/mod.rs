//! Background jobs: work off the UI thread, with a typed key, a generation, progress and a cancel token.
//!
//! Invariants: the newest task of a key wins (an older one is told to stop and its result is dropped); a panic in a
//! task becomes a failure of that task and of nothing else; results wait in a bounded channel and the *worker* waits
//! when it is full, never the owner of [`Tasks`]. Nothing here knows what the work is about.

mod detached;
mod op_queue;
#[cfg(test)]
mod tests;

use std::any::Any;
use std::collections::HashMap;
use std::fmt;
use std::hash::Hash;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, TryRecvError, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use tokio::runtime::Handle;

pub use detached::run_detached;
pub use op_queue::OpQueue;
/// The runtime that tasks run on, under a name that others may use without naming its crate.
pub use tokio::runtime::Handle as RuntimeHandle;

/// Results that may wait to be drained before workers wait.
const CHANNEL_CAPACITY: usize = 1024;
/// A task that reports progress in a tight loop wakes the window at most this often.
const PROGRESS_WAKE_INTERVAL: Duration = Duration::from_millis(100);

/// Tells the owner that something is ready to be drained. Called from any thread.
#[derive(Clone)]
pub struct Waker(Arc<dyn Fn() + Send + Sync>);

impl Waker {
    /// A waker that calls `wake`, which must be cheap and must not block.
    pub fn new(wake: impl Fn() + Send + Sync + 'static) -> Self {
        Self(Arc::new(wake))
    }

    /// Calls the callback.
    pub fn wake(&self) {
        (self.0)();
    }
}

impl Default for Waker {
    /// A waker that does nothing, for owners that poll.
    fn default() -> Self {
        Self::new(|| ())
    }
}

impl fmt::Debug for Waker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Waker")
    }
}

/// A flag that tells work to stop; clones share it.
#[derive(Debug, Clone, Default)]
pub struct CancelToken(Arc<AtomicBool>);

impl CancelToken {
    pub fn cancel(&self) {
        self.0.store(true, Ordering::Release);
    }

    pub fn is_cancelled(&self) -> bool {
        self.0.load(Ordering::Acquire)
    }
}

/// How far a task is.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Progress {
    /// Between 0 and 1; `None` while unknown.
    pub fraction: Option<f32>,
    pub text: String,
}

/// Why a task brought no value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TaskFailure<Error> {
    /// The work's own error.
    Failed(Error),
    /// A person stopped it.
    Cancelled,
    /// The work panicked; the text is the panic's message.
    Panicked(String),
}

/// What running work may ask of its surroundings.
#[derive(Debug)]
pub struct TaskContext {
    cancel: CancelToken,
    progress: Arc<Mutex<Progress>>,
    waker: Waker,
    last_wake: Mutex<Option<Instant>>,
}

impl TaskContext {
    /// A context outside any task, for calling the same functions from tests and the command line.
    pub fn detached() -> Self {
        Self {
            cancel: CancelToken::default(),
            progress: Arc::default(),
            waker: Waker::default(),
            last_wake: Mutex::new(None),
        }
    }

    /// Whether the result is no longer wanted. Long work asks between its steps.
    pub fn is_cancelled(&self) -> bool {
        self.cancel.is_cancelled()
    }

    /// The token itself, for handing on.
    pub fn cancel_token(&self) -> CancelToken {
        self.cancel.clone()
    }

    /// Says how far the work is (0 to 1) and at what. Returns whether to go on.
    pub fn progress(&self, fraction: f32, text: &str) -> bool {
        let now = Instant::now();
        {
            let mut progress = self.progress.lock().unwrap_or_else(PoisonError::into_inner);
            progress.fraction = fraction.is_finite().then(|| fraction.clamp(0.0, 1.0));
            if progress.text != text {
                text.clone_into(&mut progress.text);
            }
        }
        let mut last = self.last_wake.lock().unwrap_or_else(PoisonError::into_inner);
        if last.is_none_or(|at| now.duration_since(at) >= PROGRESS_WAKE_INTERVAL) {
            *last = Some(now);
            self.waker.wake();
        }
        !self.is_cancelled()
    }
}

/// Names one start of a task; never used twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct JobId(pub u64);

/// What a status bar shows of a running task.
#[derive(Debug, Clone, PartialEq)]
pub struct Job {
    pub id: JobId,
    pub label: String,
    pub progress: Progress,
    /// Whether somebody asked it to stop.
    pub is_stopping: bool,
}

#[derive(Debug)]
struct Running {
    id: JobId,
    label: String,
    cancel: CancelToken,
    progress: Arc<Mutex<Progress>>,
    started: Instant,
}

struct Message<K, E> {
    key: K,
    id: JobId,
    event: E,
}

/// The running tasks of one owner. `K` tells tasks apart, `E` is what their results become.
pub struct Tasks<K, E> {
    runtime: Handle,
    waker: Waker,
    sender: SyncSender<Message<K, E>>,
    receiver: Receiver<Message<K, E>>,
    running: HashMap<K, Running>,
    next_id: AtomicU64,
}

impl<K, E> Tasks<K, E>
where
    K: Clone + Eq + Hash + Send + 'static,
    E: Send + 'static,
{
    /// Tasks that run on the blocking threads of `runtime`; `waker` is called when a result is ready.
    pub fn new(runtime: Handle, waker: Waker) -> Self {
        let (sender, receiver) = sync_channel(CHANNEL_CAPACITY);
        Self { runtime, waker, sender, receiver, running: HashMap::new(), next_id: AtomicU64::new(1) }
    }

    /// Starts `work` under `key`; a task that runs under the same key is told to stop and its result is dropped.
    /// `deliver` turns the outcome into an event; both run on a worker thread.
    pub fn start<T, Error>(
        &mut self,
        key: K,
        label: impl Into<String>,
        work: impl FnOnce(&TaskContext) -> Result<T, Error> + Send + 'static,
        deliver: impl FnOnce(Result<T, TaskFailure<Error>>) -> E + Send + 'static,
    ) -> JobId {
        let id = JobId(self.next_id.fetch_add(1, Ordering::Relaxed));
        let cancel = CancelToken::default();
        let progress = Arc::new(Mutex::new(Progress::default()));
        let context = TaskContext {
            cancel: cancel.clone(),
            progress: Arc::clone(&progress),
            waker: self.waker.clone(),
            last_wake: Mutex::new(None),
        };
        let running = Running { id, label: label.into(), cancel, progress, started: Instant::now() };
        if let Some(older) = self.running.insert(key.clone(), running) {
            older.cancel.cancel();
        }
        let sender = self.sender.clone();
        let waker = self.waker.clone();
        self.runtime.spawn_blocking(move || {
            let outcome = match catch_unwind(AssertUnwindSafe(|| work(&context))) {
                Ok(Ok(value)) => Ok(value),
                Ok(Err(_)) if context.is_cancelled() => Err(TaskFailure::Cancelled),
                Ok(Err(error)) => Err(TaskFailure::Failed(error)),
                Err(panic) => Err(TaskFailure::Panicked(panic_message(panic.as_ref()))),
            };
            let event = deliver(outcome);
            // The owner is gone when this fails: there is nobody left to tell.
            if sender.send(Message { key, id, event }).is_ok() {
                waker.wake();
            }
        });
        id
    }

    /// The next result that is still wanted, if one is ready. Never waits.
    pub fn next_event(&mut self) -> Option<E> {
        loop {
            match self.receiver.try_recv() {
                Ok(message) => {
                    if self.running.get(&message.key).is_some_and(|running| running.id == message.id) {
                        self.running.remove(&message.key);
                        return Some(message.event);
                    }
                    self.dispose(message.event);
                }
                Err(TryRecvError::Empty | TryRecvError::Disconnected) => return None,
            }
        }
    }

    /// Drops a value on a worker thread: for values that are large, or whose end waits for something.
    pub fn dispose(&self, value: impl Send + 'static) {
        self.runtime.spawn_blocking(move || drop(value));
    }

    /// Asks the task under `key` to stop. It still delivers: what it finished, or that it was cancelled.
    pub fn cancel(&self, key: &K) {
        if let Some(running) = self.running.get(key) {
            running.cancel.cancel();
        }
    }

    /// As [`Self::cancel`], by the id that [`Self::jobs`] told.
    pub fn cancel_job(&self, id: JobId) {
        if let Some(running) = self.running.values().find(|running| running.id == id) {
            running.cancel.cancel();
        }
    }

    /// Stops the tasks that `is_unwanted` names and drops what they bring.
    pub fn abandon(&mut self, is_unwanted: impl Fn(&K) -> bool) {
        self.running.retain(|key, running| {
            let drop = is_unwanted(key);
            if drop {
                running.cancel.cancel();
            }
            !drop
        });
    }

    /// Whether a task runs under `key`.
    pub fn is_running(&self, key: &K) -> bool {
        self.running.contains_key(key)
    }

    /// Whether any task runs whose result is still wanted.
    pub fn is_busy(&self) -> bool {
        !self.running.is_empty()
    }

    /// The tasks that have run for at least `min_age`, oldest first.
    pub fn jobs(&self, min_age: Duration) -> Vec<Job> {
        let mut jobs: Vec<Job> = self
            .running
            .values()
            .filter(|running| running.started.elapsed() >= min_age)
            .map(|running| Job {
                id: running.id,
                label: running.label.clone(),
                progress: running.progress.lock().unwrap_or_else(PoisonError::into_inner).clone(),
                is_stopping: running.cancel.is_cancelled(),
            })
            .collect();
        jobs.sort_by_key(|job| job.id);
        jobs
    }
}

impl<K, E> Drop for Tasks<K, E> {
    fn drop(&mut self) {
        for running in self.running.values() {
            running.cancel.cancel();
        }
    }
}

impl<K, E> fmt::Debug for Tasks<K, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tasks").field("running", &self.running.len()).finish_non_exhaustive()
    }
}

fn panic_message(panic: &(dyn Any + Send)) -> String {
    panic
        .downcast_ref::<&str>()
        .map(ToString::to_string)
        .or_else(|| panic.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "no message".to_owned())
}
