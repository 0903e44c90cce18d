//! The command line: the window, the server, the demo, and a headless twin of each screen.
//!
//! One file a subcommand. Each takes its parsed arguments and a place to write to, and returns an error whose first
//! line says what failed; only [`main`] prints errors and chooses exit codes: 0 done, 1 failed, 2 wrong usage.

mod demo;
mod experiments;
mod gui;
mod import;
mod output;
mod query;
mod run;
mod runs;
mod serve;
mod workspace;

use std::ffi::OsString;
use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};

/// A native workbench for machine-learning experiments, with an MLflow-compatible tracking server inside.
///
/// Without a command it opens the window.
#[derive(Debug, Parser)]
#[command(name = "proofmark", version, max_term_width = 100)]
struct Cli {
    #[command(flatten)]
    global: Global,
    #[command(subcommand)]
    command: Option<Command>,
}

/// What every command takes.
#[derive(Debug, Args)]
struct Global {
    /// The workspace's folder; without it, the one in your user data folder
    #[arg(long, short = 'w', value_name = "DIR", global = true)]
    workspace: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve the MLflow tracking API without a window
    Serve(serve::ServeArgs),
    /// Fill the workspace with a demo: three experiments about wine, sixty runs
    Demo(demo::DemoArgs),
    /// Import the runs of an mlruns folder or an mlflow.db file
    Import(import::ImportArgs),
    /// List experiments
    Experiments(experiments::ExperimentsArgs),
    /// List runs, found by a filter
    Runs(runs::RunsArgs),
    /// Show one run, or the history of one of its metrics
    Run(run::RunArgs),
}

/// Runs the program with the process's arguments.
pub fn main() -> ExitCode {
    run_with(std::env::args_os(), &mut std::io::stdout().lock())
}

/// Runs the program with `args`, the first of which is the program's name; results go to `out`, errors to standard
/// error.
fn run_with(args: impl IntoIterator<Item = OsString>, out: &mut dyn Write) -> ExitCode {
    let cli = match Cli::try_parse_from(args) {
        Ok(cli) => cli,
        Err(error) => {
            // Help and version come this way too; clap knows which stream and code each wants.
            let printed = error.print();
            let code = if printed.is_ok() { error.exit_code() } else { 1 };
            return ExitCode::from(u8::try_from(code).unwrap_or(1));
        }
    };
    start_logging();
    match dispatch(cli, out).and_then(|()| Ok(out.flush()?)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) if output::is_closed_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            // Nothing is left to do where even standard error is gone.
            let _printed = writeln!(std::io::stderr(), "proofmark: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn dispatch(cli: Cli, out: &mut dyn Write) -> anyhow::Result<()> {
    let Cli { global, command } = cli;
    match command {
        None => gui::run(&global),
        Some(Command::Serve(args)) => serve::run(&global, args, out),
        Some(Command::Demo(args)) => demo::run(&global, &args, out),
        Some(Command::Import(args)) => import::run(&global, &args, out),
        Some(Command::Experiments(args)) => experiments::run(&global, &args, out),
        Some(Command::Runs(args)) => runs::run(&global, &args, out),
        Some(Command::Run(args)) => run::run(&global, &args, out),
    }
}

/// Warnings and errors go to standard error; `PROOFMARK_LOG=debug` (or any filter of `tracing`) shows more.
fn start_logging() {
    let filter = tracing_subscriber::EnvFilter::try_from_env("PROOFMARK_LOG")
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("warn"));
    let installed = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).try_init();
    if let Err(error) = installed {
        tracing::debug!("logging was set up before: {error}");
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test that fails here has failed")]

    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_declared_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn the_workspace_may_be_named_before_or_after_the_command() {
        for args in [["proofmark", "--workspace", "/x", "serve"], ["proofmark", "serve", "--workspace", "/x"]] {
            let cli = Cli::try_parse_from(args).unwrap();
            assert_eq!(cli.global.workspace.unwrap(), PathBuf::from("/x"));
        }
    }

    #[test]
    fn no_command_means_the_window() {
        assert!(Cli::try_parse_from(["proofmark"]).unwrap().command.is_none());
    }
}
