//! `proofmark`: the window. The only file of the command line that knows the window's code.

use std::sync::Arc;

use anyhow::{Context as _, anyhow, bail};

use super::{Global, workspace};
use crate::app::{AppConfig, SystemClock, paths};

/// Opens the window and returns when it is closed.
pub(super) fn run(global: &Global) -> anyhow::Result<()> {
    if !has_display() {
        bail!(
            "no display was found (neither WAYLAND_DISPLAY nor DISPLAY is set). `proofmark serve` runs the tracking \
             server without a window; `proofmark runs` lists runs"
        );
    }
    let config = AppConfig {
        workspace: global.workspace.clone(),
        settings_path: paths::default_settings(),
        clock: Arc::new(SystemClock),
        user: workspace::user_name(),
        server: true,
    };
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .thread_name("tasks")
        .enable_all()
        .build()
        .context("the threads for background work could not be started")?;
    let closed = crate::ui::run(config, runtime.handle().clone()).map_err(|error| {
        anyhow!("the window could not be opened: {error}. `proofmark serve` runs the tracking server without one")
    });
    // Closing does not wait for an import to end: what was acknowledged is on disk.
    runtime.shutdown_timeout(std::time::Duration::from_secs(2));
    closed
}

/// Whether a window can be shown: always outside Linux and the BSDs, which tell by the environment.
fn has_display() -> bool {
    let named = |key| std::env::var_os(key).is_some_and(|value| !value.is_empty());
    !cfg!(all(unix, not(target_os = "macos"))) || named("WAYLAND_DISPLAY") || named("DISPLAY")
}
