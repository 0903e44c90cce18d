#![expect(clippy::unwrap_used, reason = "tests")]

use std::cell::Cell;
use std::collections::BTreeMap;
use std::fs;
use std::sync::Arc;

use rusqlite::Connection;
use tempfile::TempDir;

use super::*;
use crate::domain::{
    Channel, ExperimentSearch, LifecycleStage, LoggedModelId, LoggedModelSearch, LoggedModelStatus, Run, RunSearch,
    RunStatus, ViewType,
};
use crate::store::OpenMode;

/// A copy of a fixture, and a workspace to import it into.
struct World {
    dir: TempDir,
    store: Store,
}

impl World {
    /// The fixtures were written by MLflow 2.14.3 and 3.17.2, and then moved.
    fn new(fixture: &str) -> Self {
        let dir = TempDir::new().unwrap();
        let from = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/store/fixtures").join(fixture);
        copy(&from, &dir.path().join("source"));
        let store = Store::open(&dir.path().join("workspace"), OpenMode::CreateOrOpen).unwrap();
        Self { dir, store }
    }

    fn source(&self) -> PathBuf {
        self.dir.path().join("source")
    }

    fn import(&self) -> ImportReport {
        self.import_from(&self.source()).unwrap()
    }

    fn import_from(&self, path: &Path) -> Result<ImportReport> {
        import(&self.store, &Actor::new("tester", Channel::Import), path, &|_| ControlFlow::Continue(()))
    }

    fn runs(&self) -> Vec<Arc<Run>> {
        let all = ExperimentSearch { view: ViewType::All, limit: 100, ..ExperimentSearch::default() };
        let experiments = self.store.search_experiments(&all).unwrap().items;
        let search = RunSearch {
            experiment_ids: experiments.iter().map(|experiment| experiment.id).collect(),
            view: ViewType::All,
            limit: 100,
            ..RunSearch::default()
        };
        self.store.search_runs(&search).unwrap().items
    }

    fn run(&self, name: &str) -> Arc<Run> {
        self.runs().into_iter().find(|run| run.info.name == name).unwrap()
    }

    /// The folder of the run of that name at a source that is a folder.
    fn run_folder(&self, name: &str) -> PathBuf {
        let tagged =
            |folder: &PathBuf| fs::read_to_string(folder.join("tags/mlflow.runName")).is_ok_and(|found| found == name);
        files(&self.source()).into_keys().filter_map(|file| file.parent().map(Path::to_path_buf)).find(tagged).unwrap()
    }

    fn database(&self, sql: &str) {
        Connection::open(self.source().join("mlflow.db")).unwrap().execute_batch(sql).unwrap();
    }
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let to = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &to);
        } else {
            fs::copy(entry.path(), to).unwrap();
        }
    }
}

/// All files below a folder and what is in them.
fn files(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path));
        } else {
            found.insert(path.clone(), fs::read(&path).unwrap());
        }
    }
    found
}

fn whats(report: &ImportReport) -> Vec<&str> {
    report.skipped.iter().map(|skipped| skipped.what.as_str()).collect()
}

const FIXTURES: [&str; 4] = ["v2-folder", "v3-folder", "v2-database", "v3-database"];

#[test]
fn everything_arrives_once_and_the_source_stays_as_it_was() {
    for fixture in FIXTURES {
        let world = World::new(fixture);
        let before = files(&world.source());
        let is_v3 = fixture.starts_with("v3");
        let report = world.import();
        let expected = ImportReport {
            experiments: 3,
            experiments_added: 2,
            runs_added: 5,
            models_added: u64::from(is_v3),
            metric_points: if is_v3 { 54 } else { 53 },
            artifacts_copied: if is_v3 { 3 } else { 2 },
            artifact_bytes: report.artifact_bytes,
            // A database does not say whether the folders of experiments without artifacts were ever made.
            skipped: report.skipped.clone(),
            ..ImportReport::default()
        };
        assert_eq!(report, expected, "{fixture}");
        let is_folder_note = |skipped: &Skipped| skipped.why.starts_with("their folders are not there");
        assert!(report.skipped.iter().all(is_folder_note), "{fixture}: {report:?}");
        assert_eq!(report.skipped.is_empty(), fixture.ends_with("folder"), "{fixture}: {report:?}");

        let again = world.import();
        assert_eq!((again.runs_added, again.runs_updated, again.runs_unchanged), (0, 0, 5), "{fixture}");
        assert_eq!((again.experiments_added, again.models_added, again.metric_points), (0, 0, 0), "{fixture}");
        assert_eq!(again.artifacts_copied, 0, "{fixture}");
        assert_eq!(files(&world.source()), before, "{fixture}");
    }
}

#[test]
fn a_run_arrives_whole() {
    for fixture in FIXTURES {
        let world = World::new(fixture);
        world.import();
        let run = world.run("base line");
        let info = &run.info;
        assert_eq!((info.status, info.lifecycle_stage), (RunStatus::Finished, LifecycleStage::Active), "{fixture}");
        assert_eq!((info.started_at, info.ended_at), (Some(1_700_000_000_000), Some(1_700_000_100_000)));
        assert_eq!(info.user, "ada");
        let param = |key: &str| run.params.iter().find(|param| param.key == key).map(|param| param.value.as_str());
        assert_eq!(
            [param("lr"), param("multi"), param("empty")],
            [Some("0.01"), Some("line one\nline two"), Some("")],
            "{fixture}"
        );
        assert_eq!([run.tag("kind"), run.tag("a/b"), run.tag("kanji")], [Some("a: b"), Some("nested key"), Some("図")]);
        let metric = |key: &str| run.metrics.iter().find(|metric| metric.key == key).unwrap();
        assert_eq!((metric("loss").count, metric("loss").last.value, metric("loss").last.step), (50, 0.02, 49));
        assert_eq!((metric("val/acc").count, metric("val/acc").nan_count), (2, 1));
        // The database cannot hold infinity.
        let infinite = if fixture.ends_with("folder") { f64::INFINITY } else { f64::MAX };
        assert_eq!((metric("inf").last.value, metric("inf").last.step), (infinite, -1), "{fixture}");
        let input = &run.datasets[0];
        assert_eq!((input.dataset.name.as_str(), input.dataset.digest.as_str()), ("wine.csv", "abc123"));
        assert_eq!(input.dataset.profile.as_deref(), Some("{\"num_rows\": 10}"));
        assert_eq!((input.tags[0].key.as_str(), input.tags[0].value.as_str()), ("mlflow.data.context", "train"));
        let artifacts = info.artifact_uri.strip_prefix("mlflow-artifacts:/").unwrap();
        let file = world.store.artifacts().resolve(&format!("{artifacts}/notes/hello.txt")).unwrap();
        assert_eq!(fs::read_to_string(file.absolute()).unwrap(), "hello", "{fixture}");

        let child = world.run("child");
        assert_eq!(child.tag("mlflow.parentRunId"), Some(info.id.as_str()));
        assert_eq!(child.info.status, RunStatus::Failed);
        assert_eq!(world.run("binned").info.lifecycle_stage, LifecycleStage::Deleted);
        assert_eq!(world.run("in gone").info.lifecycle_stage, LifecycleStage::Deleted);
        assert_eq!(world.run("in default").info.experiment_id, ExperimentId::DEFAULT);
        let wine = world.store.experiment(info.experiment_id).unwrap();
        assert_eq!(wine.name, "wine");
        let tag = |key: &str| wine.tags.iter().find(|tag| tag.key == key).map(|tag| tag.value.as_str());
        assert_eq!([tag("team"), tag("mlflow.note.content")], [Some("größe"), Some("# Wine\nnotes")], "{fixture}");
        let gone = world.store.experiment_by_name("gone").unwrap();
        assert_eq!(gone.lifecycle_stage, LifecycleStage::Deleted);
    }
}

#[test]
fn logged_models_arrive_with_their_metrics_and_links() {
    for fixture in ["v3-folder", "v3-database"] {
        let world = World::new(fixture);
        world.import();
        let run = world.run("base line");
        let search = LoggedModelSearch {
            experiment_ids: vec![run.info.experiment_id],
            limit: 10,
            ..LoggedModelSearch::default()
        };
        let models = world.store.search_logged_models(&search).unwrap().items;
        let [model] = models.as_slice() else { panic!("{fixture}: {models:?}") };
        assert_eq!((model.name.as_str(), model.status), ("clf", LoggedModelStatus::Ready), "{fixture}");
        assert_eq!(model.source_run_id.as_ref(), Some(&run.info.id));
        assert_eq!((model.params[0].value.as_str(), model.tags[0].value.as_str()), ("3", "x"));
        let metric = &model.metrics[0];
        assert_eq!((metric.metric.point.value, metric.metric.point.step), (0.9, 3), "{fixture}");
        assert_eq!(metric.metric.dataset.as_ref().map(|dataset| dataset.name.as_str()), Some("wine.csv"));
        assert_eq!(
            run.model_outputs.iter().map(|output| (&output.model_id, output.step)).collect::<Vec<_>>(),
            [(&model.id, 3)]
        );
        assert_eq!(world.run("child").model_inputs, [LoggedModelId::new(model.id.as_str())]);
        let artifacts = model.artifact_uri.strip_prefix("mlflow-artifacts:/").unwrap();
        assert_eq!(world.store.artifacts().list(artifacts).unwrap()[0].name, "MLmodel", "{fixture}");
    }
}

#[test]
fn importing_again_adds_what_is_new() {
    let world = World::new("v3-folder");
    world.import();
    let folder = world.run_folder("in default");
    for sub in ["metrics/deep", "artifacts"] {
        fs::create_dir_all(folder.join(sub)).unwrap();
    }
    fs::write(folder.join("metrics/deep/loss"), "1 0.5 0\n2 0.25 1\n").unwrap();
    fs::write(folder.join("artifacts/late.txt"), "late").unwrap();
    let meta = fs::read_to_string(folder.join("meta.yaml")).unwrap();
    let ended = meta.replace("end_time: null", "end_time: 1700000007000").replace("status: 1", "status: 3");
    fs::write(folder.join("meta.yaml"), ended).unwrap();
    let report = world.import();
    assert_eq!((report.runs_added, report.runs_updated, report.runs_unchanged), (0, 1, 4));
    assert_eq!((report.metric_points, report.artifacts_copied), (2, 1));
    let run = world.run("in default");
    assert_eq!((run.info.status, run.info.ended_at), (RunStatus::Finished, Some(1_700_000_007_000)));
    assert_eq!(run.metrics[0].last.value, 0.25);
}

#[test]
fn what_is_damaged_is_named_and_the_rest_is_imported() {
    let world = World::new("v3-folder");
    let (child, base) = (world.run_folder("child"), world.run_folder("base line"));
    fs::write(child.join("meta.yaml"), "status: [").unwrap();
    fs::write(base.join("metrics/inf"), "17 inf -1\nhalf a li").unwrap();
    fs::write(base.join("tags/kanji"), b"\xff\xfe").unwrap();
    let nameless = child.with_file_name("0123456789abcdef0123456789abcdef");
    fs::create_dir(&nameless).unwrap();
    let report = world.import();
    assert_eq!(report.runs_added, 4);
    let base_id = base.file_name().unwrap().to_str().unwrap();
    let child_id = child.file_name().unwrap().to_str().unwrap();
    assert_eq!(
        whats(&report),
        {
            let mut expected = vec![
                format!("run {child_id} of wine"),
                "run 0123456789abcdef0123456789abcdef of wine".to_owned(),
                format!("tag kanji of run {base_id}"),
                format!("metric inf of run {base_id}"),
            ];
            expected.sort_by_key(|what| whats(&report).iter().position(|found| found == what));
            expected
        },
        "{report:?}"
    );
    assert!(report.skipped.iter().any(|skipped| skipped.why.contains("the first is line 2")));
    let run = world.run("base line");
    assert_eq!(run.metrics.iter().find(|metric| metric.key == "inf").unwrap().count, 1);
}

#[test]
fn a_damaged_run_of_a_database_is_named_and_the_rest_is_imported() {
    let world = World::new("v3-database");
    world.database(
        "PRAGMA ignore_check_constraints = ON;
         UPDATE runs SET status = 'ODD' WHERE name = 'child';
         UPDATE runs SET start_time = 'soon' WHERE name = 'binned';",
    );
    let report = world.import();
    assert_eq!(report.runs_added, 3);
    let why: Vec<&str> = report.skipped.iter().map(|skipped| skipped.why.as_str()).collect();
    assert!(why.contains(&"table runs: the status \"ODD\" is not known"), "{why:?}");
    assert!(why.contains(&"table runs: \"soon\" is no whole number"), "{why:?}");
}

#[test]
fn tables_and_columns_that_a_database_lacks_are_no_obstacle() {
    let world = World::new("v2-database");
    world.database(
        "PRAGMA foreign_keys = OFF;
         DROP TABLE inputs; DROP TABLE experiment_tags; DROP TABLE params;
         ALTER TABLE experiments DROP COLUMN creation_time;
         CREATE TABLE m AS SELECT key, value, timestamp, run_uuid FROM metrics; DROP TABLE metrics;
         ALTER TABLE m RENAME TO metrics;",
    );
    let report = world.import();
    assert_eq!(report.runs_added, 5);
    let run = world.run("base line");
    assert_eq!((run.params.len(), run.datasets.len(), run.metrics.len()), (0, 0, 3));
}

#[test]
fn artifacts_that_lie_elsewhere_keep_their_address() {
    let world = World::new("v3-database");
    world.database("UPDATE runs SET artifact_uri = 's3://bucket/x/artifacts' WHERE name = 'base line'");
    let report = world.import();
    assert_eq!((report.artifacts_elsewhere, report.artifacts_copied), (1, 1));
    assert_eq!(world.run("base line").info.artifact_uri, "s3://bucket/x/artifacts");
}

#[test]
fn an_address_that_leads_to_other_files_is_not_followed() {
    let world = World::new("v3-database");
    let secret = world.dir.path().join("secret");
    fs::create_dir(&secret).unwrap();
    fs::write(secret.join("key"), "secret").unwrap();
    let id = "2e67065a617143f5bc67cb4a7fc4fb0a";
    for address in [format!("file://{}", secret.display()), format!("{}/{id}/../secret", world.dir.path().display())] {
        world.database(&format!("UPDATE runs SET artifact_uri = '{address}' WHERE name = 'base line'"));
        assert_eq!(world.import().artifacts_copied, u64::from(address.starts_with("file")), "{address}");
    }
    let copied = files(world.store.artifact_root());
    assert!(copied.keys().all(|path| !path.ends_with("key")), "{copied:?}");
}

#[cfg(unix)]
#[test]
fn links_at_the_source_are_not_followed() {
    let world = World::new("v3-folder");
    let artifacts = world.run_folder("base line").join("artifacts");
    fs::write(world.dir.path().join("secret"), "secret").unwrap();
    std::os::unix::fs::symlink(world.dir.path().join("secret"), artifacts.join("link")).unwrap();
    let report = world.import();
    assert_eq!(report.artifacts_copied, 3);
    assert!(whats(&report)[0].starts_with("artifact link of run "), "{report:?}");
}

#[test]
fn an_import_that_is_stopped_goes_on_the_next_time() {
    let world = World::new("v3-folder");
    let steps = Cell::new(0);
    let stop = |progress: ImportProgress<'_>| {
        assert_eq!(progress.runs_total, 5);
        steps.set(steps.get() + 1);
        if steps.get() > 3 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    };
    let actor = Actor::new("tester", Channel::Import);
    let report = import(&world.store, &actor, &world.source(), &stop).unwrap();
    assert!(report.cancelled);
    assert!(report.runs_added < 5);
    let rest = world.import();
    assert_eq!(rest.runs_added + report.runs_added, 5);
    assert!(!rest.cancelled);
}

#[test]
fn a_path_may_be_the_folder_its_parent_or_the_file() {
    let world = World::new("v3-folder");
    assert_eq!(world.import_from(&world.source().join("mlruns")).unwrap().runs_added, 5);
    let world = World::new("v2-database");
    assert_eq!(world.import_from(&world.source().join("mlflow.db")).unwrap().runs_added, 5);
}

#[test]
fn what_is_nothing_to_import_is_said() {
    let world = World::new("v3-folder");
    let message = |path: &Path| world.import_from(path).unwrap_err().message;
    let run = world.run_folder("base line");
    assert!(message(&run).contains("is a single run; import"), "{}", message(&run));
    assert!(message(run.parent().unwrap()).contains("is a single experiment; import"));
    assert!(message(&run.join("meta.yaml")).contains("is a file, but no SQLite database"));
    assert!(message(&run.join("metrics")).contains("holds no runs of MLflow"));
    assert!(message(&world.source().join("nowhere")).contains("There is nothing at"));
    assert!(message(&world.dir.path().join("workspace")).contains("is a workspace of this program"));
    assert!(message(&world.dir.path().join("workspace/proofmark.db")).contains("none of MLflow's"));
    let mut broken = b"SQLite format 3\0".to_vec();
    broken.extend([7; 4_000]);
    let path = world.dir.path().join("broken.db");
    fs::write(&path, broken).unwrap();
    assert!(message(&path).contains("cannot be read"), "{}", message(&path));
    fs::copy(
        Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/store/fixtures/v2-database/mlflow.db"),
        world.source().join("mlflow.db"),
    )
    .unwrap();
    assert!(message(&world.source()).contains("name the one to import"));
}

#[test]
fn a_database_in_use_is_not_read_by_halves() {
    let world = World::new("v3-database");
    let path = world.source().join("mlflow.db");
    let writer = Connection::open(&path).unwrap();
    writer.pragma_update(None, "journal_mode", "WAL").unwrap();
    writer.execute("UPDATE runs SET user_id = 'bob'", []).unwrap();
    let error = world.import_from(&path).unwrap_err();
    assert!(error.message.contains("Stop the MLflow server"), "{error}");
    drop(writer);
    assert_eq!(world.import_from(&path).unwrap().runs_added, 5);
    assert_eq!(world.run("base line").info.user, "bob");
}
