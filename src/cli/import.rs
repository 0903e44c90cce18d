//! `proofmark import`: brings in what MLflow wrote before.

use std::io::Write;
use std::ops::ControlFlow;
use std::path::PathBuf;

use anyhow::Context as _;

use super::{Global, output, workspace};
use crate::domain::{Actor, Channel};
use crate::store::{OpenMode, import};

#[derive(Debug, clap::Args)]
pub(super) struct ImportArgs {
    /// An mlruns folder, a folder that has one, or an mlflow.db file of MLflow 2 or 3
    path: PathBuf,
}

/// Imports; importing again adds what is new. What was left out is listed, and is no failure.
pub(super) fn run(global: &Global, args: &ImportArgs, out: &mut dyn Write) -> anyhow::Result<()> {
    let store = global.open(OpenMode::CreateOrOpen)?;
    let actor = Actor::new(workspace::user_name(), Channel::Import);
    let bar = output::progress_bar();
    let report = import(&store, &actor, &args.path, &|progress| {
        bar.set_position(progress.runs_done * 1_000 / progress.runs_total.max(1));
        bar.set_message(progress.current.to_owned());
        ControlFlow::Continue(())
    });
    bar.finish_and_clear();
    let report = report.context("the import failed")?;
    writeln!(
        out,
        "Imported {} runs ({} more were completed, {} were here already) with {} metric points, {} models and {} \
         artifacts from {} experiments",
        report.runs_added,
        report.runs_updated,
        report.runs_unchanged,
        report.metric_points,
        report.models_added,
        report.artifacts_copied,
        report.experiments
    )?;
    if report.artifacts_elsewhere > 0 {
        writeln!(out, "The artifacts of {} lie in remote storage and stay there", report.artifacts_elsewhere)?;
    }
    if !report.skipped.is_empty() {
        writeln!(out, "Left out:")?;
        for skipped in &report.skipped {
            writeln!(out, "  {}: {}", skipped.what, skipped.why)?;
        }
    }
    Ok(())
}
