//! Opening folders of every kind.

use rusqlite::Connection;

use super::*;
use crate::store::StoreErrorKind;

#[test]
fn opening_creates_a_workspace_and_finds_it_again() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("deep/workspace");
    let store = Store::open(&root, OpenMode::CreateOrOpen).unwrap();
    let run = store.create_run(&ada(), ExperimentId::DEFAULT, NewRun::default()).unwrap();
    let info = store.info().unwrap();
    assert_eq!((info.root.as_path(), info.read_only, info.schema_version), (root.as_path(), None, 1));
    assert_eq!((info.experiment_count, info.run_count), (1, 1));
    assert_eq!(store.artifact_root(), root.join("artifacts"));
    drop(store);
    let store = Store::open(&root, OpenMode::OpenExisting).unwrap();
    assert_eq!(*store.run(&run.info.id).unwrap(), run);
}

#[test]
fn what_is_not_a_workspace_is_refused_and_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("proofmark.db");
    let refusal = |mode| refused(Store::open(folder.path(), mode));
    let error = refusal(OpenMode::OpenExisting);
    assert_eq!(error.kind, StoreErrorKind::NotAWorkspace);
    assert!(error.message.contains("no proofmark.db"), "{error}");
    assert!(!path.exists());

    std::fs::write(&path, b"this is a text that somebody wrote, and quite a long one so that it fills a header")
        .unwrap();
    assert_eq!(refusal(OpenMode::CreateOrOpen).kind, StoreErrorKind::NotAWorkspace);
    assert_eq!(refusal(OpenMode::ReadOnly).kind, StoreErrorKind::NotAWorkspace);

    std::fs::remove_file(&path).unwrap();
    let foreign = Connection::open(&path).unwrap();
    foreign.execute_batch("CREATE TABLE theirs (id INTEGER)").unwrap();
    drop(foreign);
    let error = refusal(OpenMode::CreateOrOpen);
    assert_eq!(error.kind, StoreErrorKind::NotAWorkspace);
    assert!(error.message.contains("belongs to another program"), "{error}");
    let foreign = Connection::open(&path).unwrap();
    let mode: String = foreign.pragma_query_value(None, "journal_mode", |row| row.get(0)).unwrap();
    assert_eq!(mode, "delete", "the foreign file was not touched");

    let file = folder.path().join("file");
    std::fs::write(&file, b"x").unwrap();
    assert_eq!(refused(Store::open(&file, OpenMode::CreateOrOpen)).kind, StoreErrorKind::NotAWorkspace);
}

#[test]
fn mlflows_own_folder_is_answered_with_the_way_to_import_it() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("mlflow.db"), b"").unwrap();
    let error = refused(Store::open(folder.path(), OpenMode::OpenExisting));
    assert!(error.message.contains("import"), "{error}");
}

#[test]
fn reading_only_reads_and_refuses_to_write() {
    let writer = workspace();
    let id = writer.new_run();
    let reader = Store::open(writer.folder.path(), OpenMode::ReadOnly).unwrap();
    assert_eq!(reader.run(&id).unwrap(), writer.run(&id).unwrap());
    assert!(reader.info().unwrap().read_only.is_some());
    let error = refused(reader.set_tag(&ada(), &id, &tag("t", "1")));
    assert_eq!(error.kind, StoreErrorKind::ReadOnly);
}

#[test]
fn a_newer_workspace_is_read_but_not_written() {
    let folder = tempfile::tempdir().unwrap();
    drop(Store::open(folder.path(), OpenMode::CreateOrOpen).unwrap());
    let newer = Connection::open(folder.path().join("proofmark.db")).unwrap();
    newer.pragma_update(None, "user_version", 999).unwrap();
    drop(newer);
    let store = Store::open(folder.path(), OpenMode::CreateOrOpen).unwrap();
    let info = store.info().unwrap();
    assert_eq!(info.schema_version, 999);
    assert!(info.read_only.unwrap().contains("newer version of Proofmark"));
    let error = refused(store.create_run(&ada(), ExperimentId::DEFAULT, NewRun::default()));
    assert_eq!(error.kind, StoreErrorKind::ReadOnly);
    assert!(error.message.contains("Update Proofmark"), "{error}");
}

#[test]
fn a_damaged_database_is_said_to_be_damaged() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path(), OpenMode::CreateOrOpen).unwrap();
    for number in 0..200 {
        let new = NewExperiment { name: format!("{number:0100}"), ..NewExperiment::default() };
        store.create_experiment(&ada(), new).unwrap();
    }
    drop(store);
    let path = folder.path().join("proofmark.db");
    let mut bytes = std::fs::read(&path).unwrap();
    bytes[8192..].fill(0xa5);
    std::fs::write(&path, bytes).unwrap();
    let outcome = Store::open(folder.path(), OpenMode::OpenExisting).and_then(|store| store.info());
    assert_eq!(refused(outcome).kind, StoreErrorKind::Corrupt);
}

#[test]
fn an_empty_file_left_by_a_crash_becomes_a_workspace() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("proofmark.db"), b"").unwrap();
    let store = Store::open(folder.path(), OpenMode::CreateOrOpen).unwrap();
    assert!(store.experiment(ExperimentId::DEFAULT).is_ok());
}

#[test]
fn a_folder_name_may_hold_any_character() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("50% of ü? #1 &c");
    let store = Store::open(&root, OpenMode::CreateOrOpen).unwrap();
    let run = store.create_run(&ada(), ExperimentId::DEFAULT, NewRun::default()).unwrap();
    drop(store);
    let store = Store::open(&root, OpenMode::ReadOnly).unwrap();
    assert!(store.run(&run.info.id).is_ok());
}

#[test]
fn a_closed_workspace_is_whole_in_its_database_file_alone() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path(), OpenMode::CreateOrOpen).unwrap();
    // A reader that stays, as another process would: SQLite itself merges the log only after the last one.
    let reader = Connection::open(folder.path().join("proofmark.db")).unwrap();
    let count = |sql: &Connection| -> i64 { sql.query_row("SELECT count(*) FROM run", [], |row| row.get(0)).unwrap() };
    assert_eq!(count(&reader), 0);
    store.create_run(&ada(), ExperimentId::DEFAULT, NewRun::default()).unwrap();
    drop(store);
    let copy = folder.path().join("copy.db");
    std::fs::copy(folder.path().join("proofmark.db"), &copy).unwrap();
    assert_eq!(count(&Connection::open(&copy).unwrap()), 1);
    assert_eq!(count(&reader), 1);
}

#[test]
fn a_workspace_that_a_newer_program_took_over_is_written_no_more() {
    let store = workspace();
    let run = store.new_run();
    let newer = Connection::open(store.folder.path().join("proofmark.db")).unwrap();
    newer.pragma_update(None, "user_version", 999).unwrap();
    let error = refused(store.set_tag(&ada(), &run, &tag("t", "1")));
    assert_eq!(error.kind, StoreErrorKind::NewerVersion);
    assert!(error.message.contains("Update Proofmark"), "{error}");
    assert_eq!(store.run(&run).unwrap().tag("t"), None);
    newer.execute_batch("BEGIN IMMEDIATE; ROLLBACK").unwrap();
}

#[test]
fn opening_makes_the_artifact_folder() {
    let store = workspace();
    assert!(store.artifact_root().is_dir());
}
