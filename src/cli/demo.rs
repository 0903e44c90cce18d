//! `proofmark demo`: fills a workspace with a plausible project.

use std::io::Write;

use anyhow::Context as _;

use super::{Global, output, workspace};
use crate::demo::{DEFAULT_SEED, DemoOptions, DemoReport, fill};
use crate::store::OpenMode;

#[derive(Debug, clap::Args)]
pub(super) struct DemoArgs {
    /// Another number gives other values
    #[arg(long, default_value_t = DEFAULT_SEED)]
    seed: u64,
}

/// Fills the workspace; filling it again adds nothing.
pub(super) fn run(global: &Global, args: &DemoArgs, out: &mut dyn Write) -> anyhow::Result<()> {
    let store = global.open(OpenMode::CreateOrOpen)?;
    let bar = output::progress_bar();
    let report = fill(&store, DemoOptions { seed: args.seed, now_ms: workspace::now_ms() }, &|part, run| {
        bar.set_position((f64::from(part) * 1000.0) as u64);
        bar.set_message(run.to_owned());
        true
    });
    bar.finish_and_clear();
    let DemoReport { experiments, runs, runs_kept, metric_points, artifacts, models } =
        report.context("the demo could not be written")?;
    let root = store.info()?.root;
    if runs == 0 && runs_kept > 0 {
        writeln!(out, "{} holds the demo already; nothing was added", root.display())?;
    } else {
        writeln!(
            out,
            "Added {experiments} experiments and {runs} runs with {metric_points} metric points, {artifacts} \
             artifacts and {models} models to {}",
            root.display()
        )?;
    }
    Ok(())
}
