//! The stock MLflow client, unmodified, against the spawned server: each Python script beside this file is one test.
//!
//! The interpreter comes from `PROOFMARK_PYTHON`, else from the cache where `.ci/run` puts it. Without one the tests
//! say so and pass, unless `PROOFMARK_CI=1`, under which they fail.

#![expect(
    clippy::expect_used,
    clippy::print_stderr,
    reason = "a failed expectation ends the test; a skipped one says so"
)]

mod server;

use std::io::{BufRead as _, BufReader, Read as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use server::Server;

/// Where the interpreter is looked for.
fn python() -> Option<PathBuf> {
    let named = std::env::var_os("PROOFMARK_PYTHON").map(PathBuf::from);
    let home = std::env::var_os("HOME").map(|home| Path::new(&home).join(".cache"));
    let cache = std::env::var_os("XDG_CACHE_HOME").map(PathBuf::from).or(home);
    let cached = cache.map(|cache| cache.join("proofmark/python-mlflow-3.17.2/bin/python"));
    let found = named.or(cached).filter(|path| path.is_file());
    if found.is_none() {
        let word = "no Python with mlflow 3.17.2 was found; set PROOFMARK_PYTHON or run .ci/run once";
        assert!(std::env::var_os("PROOFMARK_CI").is_none_or(|value| value != "1"), "{word}");
        eprintln!("skipped: {word}");
    }
    found
}

/// The wine-quality table: beside the package, where the project keeps its shared data, if it is there.
fn wine() -> Option<PathBuf> {
    let named = std::env::var_os("PROOFMARK_WINE").map(PathBuf::from);
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    let beside = ["..", "../.."].map(|up| package.join(up).join("shared/data/wine-quality.csv"));
    named.into_iter().chain(beside).find(|path| path.is_file())
}

fn script(name: &str, python: &Path, url: &str, folder: &Path) -> Command {
    let scripts = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/client");
    let mut command = Command::new(python);
    // -B: no compiled files beside the sources.
    command.arg("-B").arg(scripts.join(name)).current_dir(folder).env("MLFLOW_TRACKING_URI", url);
    command.env("TMPDIR", folder).env_remove("MLFLOW_EXPERIMENT_NAME").env_remove("MLFLOW_RUN_ID");
    if let Some(wine) = wine() {
        command.env("PROOFMARK_WINE", wine);
    }
    command
}

/// Runs a script against a server over a fresh workspace.
fn passes(name: &str) {
    let Some(python) = python() else { return };
    let folder = tempfile::tempdir().expect("a temporary folder");
    let server = Server::start(&folder.path().join("workspace"), 0);
    passes_on(&server, name, &python, folder.path());
}

fn passes_on(server: &Server, name: &str, python: &Path, folder: &Path) {
    let output = script(name, python, &server.url, folder).output().expect("Python runs");
    let said = format!("{}\n{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{name}:\n{said}");
    assert!(said.contains("passed"), "{name} did not reach its end:\n{said}");
}

#[test]
fn the_fluent_api_works() {
    passes("fluent.py");
}

#[test]
fn every_call_of_the_client_works() {
    passes("client_api.py");
}

#[test]
fn search_filters_orders_and_pages() {
    passes("search.py");
}

#[test]
fn artifacts_go_up_and_come_down() {
    passes("artifacts.py");
}

#[test]
fn logged_models_are_kept_and_loaded() {
    passes("logged_models.py");
}

#[test]
fn autolog_of_scikit_learn_records_its_training() {
    passes("autolog.py");
}

#[test]
fn system_metrics_arrive() {
    passes("system_metrics.py");
}

#[test]
fn ten_writers_at_once_lose_nothing() {
    passes("writers.py");
}

#[test]
fn the_demo_is_what_it_claims_to_be() {
    let Some(python) = python() else { return };
    let folder = tempfile::tempdir().expect("a temporary folder");
    let workspace = folder.path().join("workspace");
    let filled = Command::new(env!("CARGO_BIN_EXE_proofmark")).arg("demo").arg("-w").arg(&workspace).output();
    assert!(filled.expect("the binary runs").status.success());
    let server = Server::start(&workspace, 0);
    passes_on(&server, "demo.py", &python, folder.path());
}

/// The steps that the writer was told are kept, as it prints them.
struct Writer {
    process: Child,
    lines: std::io::Lines<BufReader<std::process::ChildStdout>>,
}

impl Writer {
    fn wait_for_step(&mut self, step: u32) {
        let wanted = format!("step {step}");
        for line in self.lines.by_ref() {
            if line.expect("readable output") == wanted {
                return;
            }
        }
        let mut said = String::new();
        if let Some(errors) = &mut self.process.stderr {
            errors.read_to_string(&mut said).expect("readable messages");
        }
        panic!("the writer ended before {wanted}:\n{said}");
    }
}

#[cfg(unix)]
#[test]
fn a_restart_midway_loses_nothing_and_the_writer_goes_on() {
    let Some(python) = python() else { return };
    let folder = tempfile::tempdir().expect("a temporary folder");
    let workspace = folder.path().join("workspace");
    let mut server = Server::start(&workspace, 0);
    let port = server.port();
    let mut process = script("restart.py", &python, &server.url, folder.path())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("Python runs");
    let lines = BufReader::new(process.stdout.take().expect("piped output")).lines();
    let mut writer = Writer { process, lines };
    for step in [20, 60] {
        writer.wait_for_step(step);
        assert!(server.terminate(), "the server did not stop cleanly");
        server = Server::start(&workspace, port);
        assert_eq!(server.port(), port, "the port was free again");
    }
    writer.wait_for_step(119);
    let output = writer.process.wait_with_output().expect("Python ends");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}
