//! `proofmark import` on a folder of MLflow's file store.

use std::path::Path;

use serde_json::Value;

use super::{path, proofmark, stderr, stdout};

const RUN: &str = "0123456789abcdef0123456789abcdef";

/// An experiment with one run, as the file store of MLflow 2 writes it.
fn file_store(root: &Path) {
    let experiment = root.join("mlruns/1");
    for folder in ["metrics", "params", "tags", "artifacts"] {
        std::fs::create_dir_all(experiment.join(RUN).join(folder)).expect("a folder");
    }
    let write = |file: &str, text: &str| std::fs::write(experiment.join(file), text).expect("a file");
    let meta = [
        "artifact_location: ./mlruns/1",
        "creation_time: 1700000000000",
        "experiment_id: '1'",
        "last_update_time: 1700000000000",
        "lifecycle_stage: active",
        "name: old work",
        "",
    ];
    write("meta.yaml", &meta.join("\n"));
    let artifact_uri = format!("artifact_uri: {}", experiment.join(RUN).join("artifacts").display());
    let run_id = format!("run_id: {RUN}");
    let meta = [
        artifact_uri.as_str(),
        "end_time: 1700000060000",
        "experiment_id: '1'",
        "lifecycle_stage: active",
        run_id.as_str(),
        "run_name: kept",
        "start_time: 1700000000000",
        "status: 3",
        "user_id: mara",
        "",
    ];
    write(&format!("{RUN}/meta.yaml"), &meta.join("\n"));
    write(&format!("{RUN}/metrics/rmse"), "1700000000001 0.75 0\n1700000000002 0.5 1\n");
    write(&format!("{RUN}/params/depth"), "6");
    write(&format!("{RUN}/tags/mlflow.runName"), "kept");
    write(&format!("{RUN}/artifacts/note.txt"), "hello");
}

#[test]
fn an_mlruns_folder_is_imported_once() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    file_store(folder.path());
    let workspace = folder.path().join("workspace");
    let import = || {
        let output = proofmark(&["import", path(&folder.path().join("mlruns")), "-w", path(&workspace)]);
        assert!(output.status.success(), "{}", stderr(&output));
        stdout(&output)
    };
    let first = import();
    assert!(first.starts_with("Imported 1 runs"), "{first}");
    assert!(first.contains("2 metric points") && first.contains("1 artifacts"), "{first}");
    let second = import();
    assert!(second.starts_with("Imported 0 runs") && second.contains("1 were here already"), "{second}");
    let found = stdout(&proofmark(&["runs", "--json", "-w", path(&workspace)]));
    let found: Value = serde_json::from_str(&found).expect("JSON");
    assert_eq!(found.as_array().map(Vec::len), Some(1));
    assert_eq!(found[0]["run_name"], "kept");
    assert_eq!(found[0]["metrics"]["rmse"], 0.5);
    assert_eq!(found[0]["params"]["depth"], "6");
    assert_eq!(found[0]["status"], "FINISHED");
}

#[test]
fn importing_from_nowhere_fails_and_says_so() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let nowhere = folder.path().join("nothing");
    let output = proofmark(&["import", path(&nowhere), "-w", path(&folder.path().join("w"))]);
    assert_eq!(output.status.code(), Some(1));
    assert!(stderr(&output).contains("the import failed"), "{}", stderr(&output));
}
