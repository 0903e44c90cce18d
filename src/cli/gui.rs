//! `proofmark`: the window. The only file of the command line that knows the window's code.

use anyhow::bail;

use super::Global;

/// Opens the window and returns when it is closed.
pub(super) fn run(global: &Global) -> anyhow::Result<()> {
    if !has_display() {
        bail!(
            "no display was found (neither WAYLAND_DISPLAY nor DISPLAY is set); `proofmark serve` runs the tracking \
             server without a window, `proofmark runs` lists runs"
        );
    }
    let _root = global.workspace_dir()?;
    bail!("this build has no window yet")
}

/// Whether a window can be shown: always outside Linux and the BSDs, which tell by the environment.
fn has_display() -> bool {
    let named = |key| std::env::var_os(key).is_some_and(|value| !value.is_empty());
    !cfg!(all(unix, not(target_os = "macos"))) || named("WAYLAND_DISPLAY") || named("DISPLAY")
}
