//! The binary as a person or a script uses it: exit codes, output, messages.

#![expect(clippy::expect_used, reason = "a failed expectation ends the test")]

mod import;
#[cfg(target_os = "linux")]
mod window;

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::OnceLock;

use serde_json::Value;

/// The binary with no display and an own home, so that nothing of the machine leaks in.
fn proofmark(args: &[&str]) -> Output {
    let home = tempfile::tempdir().expect("a temporary folder");
    Command::new(env!("CARGO_BIN_EXE_proofmark"))
        .args(args)
        .env("HOME", home.path())
        .env_remove("XDG_DATA_HOME")
        .env_remove("DISPLAY")
        .env_remove("WAYLAND_DISPLAY")
        .output()
        .expect("the binary runs")
}

fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).expect("UTF-8 output")
}

fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).expect("UTF-8 messages")
}

#[test]
fn version_names_the_program() {
    let output = proofmark(&["--version"]);
    assert!(output.status.success());
    assert_eq!(stdout(&output), format!("proofmark {}\n", env!("CARGO_PKG_VERSION")));
}

#[test]
fn wrong_usage_exits_with_two() {
    assert_eq!(proofmark(&["no-such-command"]).status.code(), Some(2));
}

#[cfg(target_os = "linux")]
#[test]
fn without_a_display_the_window_points_to_serve() {
    let output = proofmark(&[]);
    assert_eq!(output.status.code(), Some(1));
    assert!(stderr(&output).contains("proofmark serve"), "{}", stderr(&output));
}

/// A workspace with the demo, made once for all tests; they only read it.
fn demo() -> &'static Path {
    static DEMO: OnceLock<(tempfile::TempDir, PathBuf)> = OnceLock::new();
    let (_, workspace) = DEMO.get_or_init(|| {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let workspace = folder.path().join("demo");
        let output = proofmark(&["demo", "-w", path(&workspace)]);
        assert!(output.status.success(), "{}", stderr(&output));
        assert!(stdout(&output).contains("3 experiments and 60 runs"), "{}", stdout(&output));
        (folder, workspace)
    });
    workspace
}

fn path(path: &Path) -> &str {
    path.to_str().expect("a path in UTF-8")
}

/// What a command on the demo prints; it must succeed.
fn on_demo(args: &[&str]) -> String {
    let output = proofmark(&[&["--workspace", path(demo())], args].concat());
    assert!(output.status.success(), "{args:?}: {}", stderr(&output));
    stdout(&output)
}

fn json(args: &[&str]) -> Value {
    serde_json::from_str(&on_demo(args)).expect("JSON")
}

fn texts<'a>(found: &'a Value, key: &str) -> Vec<&'a str> {
    found.as_array().expect("a list").iter().filter_map(|one| one[key].as_str()).collect()
}

#[test]
fn filling_twice_adds_nothing() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let fill = || stdout(&proofmark(&["demo", "-w", path(folder.path()), "--seed", "3"]));
    assert!(fill().contains("60 runs"));
    assert!(fill().contains("nothing was added"));
    let runs = stdout(&proofmark(&["runs", "--csv", "-c", "params.model", "-w", path(folder.path())]));
    assert_eq!(runs.lines().count(), 61);
}

#[test]
fn experiments_are_listed_in_three_forms() {
    let found = json(&["experiments", "--json", "--order-by", "name ASC", "--filter", "name LIKE 'wine%'"]);
    assert_eq!(texts(&found, "name"), ["wine-quality-baselines", "wine-quality-deep", "wine-quality-tuning"]);
    assert_eq!(found[0]["runs"], 14);
    let csv = on_demo(&["experiments", "--csv"]);
    assert!(csv.starts_with("experiment_id,name,runs,created,updated,stage\n"), "{csv}");
    assert!(on_demo(&["experiments"]).contains("wine-quality-tuning"));
}

#[test]
fn runs_are_found_ordered_and_limited() {
    let filter = "metrics.val_rmse < 0.65 AND (params.model = 'ExtraTreesRegressor' OR tags.best = 'true')";
    let args = ["runs", "--json", "-e", "wine-quality-tuning", "--filter", filter];
    let found = json(&[&args[..], &["--order-by", "metrics.val_rmse ASC", "-n", "5"]].concat());
    let values: Vec<f64> =
        found.as_array().expect("a list").iter().filter_map(|run| run["metrics"]["val_rmse"].as_f64()).collect();
    assert_eq!(values.len(), 5);
    assert!(values.windows(2).all(|pair| pair[0] <= pair[1]) && values.iter().all(|&value| value < 0.65));
}

#[test]
fn the_csv_of_runs_has_every_key_as_a_column() {
    let csv = on_demo(&["runs", "--csv", "-e", "wine-quality-baselines"]);
    let heading = csv.lines().next().expect("a heading");
    for column in ["run_id", "metrics.test_rmse", "params.n_estimators", "tags.mlflow.user"] {
        assert!(heading.split(',').any(|name| name == column), "{column} is not in {heading}");
    }
}

#[test]
fn a_run_is_shown_with_its_history() {
    let found = json(&["runs", "--json", "-f", "run_name = 'ft-transformer-large'"]);
    let id = texts(&found, "run_id")[0];
    let shown = on_demo(&["run", id]);
    for word in ["ft-transformer-large", "train/loss", "120000", "optimizer", "wine-quality-train"] {
        assert!(shown.contains(word), "{word} is not in:\n{shown}");
    }
    let history = on_demo(&["run", id, "--history", "val/rmse", "--csv"]);
    assert!(history.starts_with("step,time,value\n0,20") && history.lines().count() > 100, "{history}");
    let missing = proofmark(&["-w", path(demo()), "run", id, "--history", "nothing"]);
    assert_eq!(missing.status.code(), Some(1));
    assert!(stderr(&missing).contains("no metric nothing"), "{}", stderr(&missing));
}

#[test]
fn numbers_that_json_does_not_know_are_written_as_words() {
    let found = json(&["runs", "--json", "-f", "run_name = 'mlp-256, rate too high'"]);
    assert_eq!(found[0]["metrics"]["train/loss"], "NaN");
}

#[test]
fn a_filter_that_is_not_understood_is_marked() {
    let output = proofmark(&["-w", path(demo()), "runs", "-f", "metrics.rmse >> 1"]);
    assert_eq!(output.status.code(), Some(1));
    let said = stderr(&output);
    assert!(said.contains("metrics.rmse >> 1\n") && said.contains('^'), "{said}");
}

#[test]
fn a_listing_makes_no_workspace() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let nowhere = folder.path().join("nowhere");
    let output = proofmark(&["runs", "-w", path(&nowhere)]);
    assert_eq!(output.status.code(), Some(1));
    assert!(stderr(&output).contains("nowhere") && !nowhere.exists(), "{}", stderr(&output));
}

#[test]
fn serving_other_machines_needs_to_be_meant() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let output = proofmark(&["serve", "-w", path(folder.path()), "--host", "0.0.0.0", "--port", "0"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(stderr(&output).contains("other machines"), "{}", stderr(&output));
}
