//! The binary: reads the command line, runs it, turns an error into an exit code.

use std::process::ExitCode;

fn main() -> ExitCode {
    proofmark::cli::main()
}
