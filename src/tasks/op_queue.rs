//! A queue for one repeated operation: at most one runs, at most one more is asked for, and the newest request wins.
//!
//! This is what a refresh, a filter box and a poller need: however often they ask, work neither piles up nor starves.

/// The state of one repeated operation with arguments `Args`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpQueue<Args> {
    requested: Option<Args>,
    is_running: bool,
}

impl<Args> Default for OpQueue<Args> {
    fn default() -> Self {
        Self { requested: None, is_running: false }
    }
}

impl<Args> OpQueue<Args> {
    /// Asks for a run with `args`, in place of one that was asked for and has not started.
    pub fn request(&mut self, args: Args) {
        self.requested = Some(args);
    }

    /// The arguments to start with now, unless a run is under way or none is asked for.
    #[must_use]
    pub fn start(&mut self) -> Option<Args> {
        if self.is_running {
            return None;
        }
        let args = self.requested.take()?;
        self.is_running = true;
        Some(args)
    }

    /// To be called when a run has ended, well or not; then ask [`Self::start`] again.
    pub fn finished(&mut self) {
        self.is_running = false;
    }

    /// Whether a run is under way.
    pub fn is_running(&self) -> bool {
        self.is_running
    }

    /// Whether a run is asked for that has not started.
    pub fn is_requested(&self) -> bool {
        self.requested.is_some()
    }

    /// Forgets what is asked for and what runs (whose result the caller drops).
    pub fn clear(&mut self) {
        *self = Self::default();
    }
}

#[cfg(test)]
mod tests {
    use super::OpQueue;

    #[test]
    fn one_runs_and_the_newest_request_waits() {
        let mut queue = OpQueue::default();
        queue.request(1);
        assert_eq!(queue.start(), Some(1));
        queue.request(2);
        queue.request(3);
        assert_eq!(queue.start(), None, "one is under way");
        queue.finished();
        assert_eq!(queue.start(), Some(3), "the newest wins");
        queue.finished();
        assert_eq!(queue.start(), None, "nothing is asked for");
    }

    #[test]
    fn clearing_allows_a_fresh_start() {
        let mut queue = OpQueue::default();
        queue.request(1);
        assert_eq!(queue.start(), Some(1));
        queue.clear();
        queue.request(2);
        assert_eq!(queue.start(), Some(2));
    }
}
