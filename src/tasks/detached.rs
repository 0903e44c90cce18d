//! Work whose result nobody collects, such as asking the system to show a dialog.

/// Runs `work` on a thread of its own, named after what it does. A system that can start no thread is logged.
pub fn run_detached(name: &str, work: impl FnOnce() + Send + 'static) {
    if let Err(error) = std::thread::Builder::new().name(name.to_owned()).spawn(work) {
        tracing::warn!(%error, name, "no thread could be started");
    }
}
