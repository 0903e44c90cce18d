//! The store as several processes and crashes see it.

#![expect(clippy::unwrap_used, reason = "a failed expectation ends the test")]

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::channel;
use std::time::Duration;

use proofmark::domain::{Actor, Channel, ExperimentId, Metric, MetricPoint, NewRun, Param, RunId};
use proofmark::store::{OpenMode, Store};

/// Long enough for a slow machine, short enough to fail in time.
const DEADLINE: Duration = Duration::from_mins(1);

/// Names the workspace to a process of this program that plays a writer.
const WORKSPACE: &str = "PROOFMARK_TEST_WORKSPACE";

fn actor() -> Actor {
    Actor::new("tester", Channel::Rest)
}

fn open(root: &Path) -> Store {
    Store::open(root, OpenMode::CreateOrOpen).unwrap()
}

fn new_run(store: &Store) -> RunId {
    store.create_run(&actor(), ExperimentId::DEFAULT, NewRun::default()).unwrap().info.id
}

fn metric(step: i64) -> Metric {
    let point = MetricPoint { step, timestamp: step, value: step as f64 };
    Metric { key: "m".to_owned(), point, model_id: None, dataset: None }
}

/// Starts this program again as a writer: it makes a run, prints its id, logs steps one after the other, and prints
/// each step once it is acknowledged.
fn start_writer(root: &Path) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "child_writer", "--nocapture", "--test-threads=1"])
        .env(WORKSPACE, root)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

/// The run and the acknowledged steps that a writer printed until it ended.
fn read_all(child: &mut Child) -> (RunId, Vec<i64>) {
    let mut run = None;
    let mut steps = Vec::new();
    for line in BufReader::new(child.stdout.take().unwrap()).lines() {
        let Ok(line) = line else { break };
        if let Some(id) = line.strip_prefix("run ") {
            run = Some(RunId::new(id));
        } else if let Some(step) = line.strip_prefix("step ") {
            // A line cut short by the kill ends without the full stop.
            if let Some(step) = step.strip_suffix('.') {
                steps.push(step.parse().unwrap());
            }
        }
    }
    (run.unwrap(), steps)
}

/// The part of another process, which the tests below start; by itself it does nothing.
#[test]
fn child_writer() {
    let Some(root) = std::env::var_os(WORKSPACE) else { return };
    let store = open(Path::new(&root));
    let run = new_run(&store);
    let mut out = std::io::stdout();
    writeln!(out, "\nrun {run}").unwrap();
    for step in 0..100_000 {
        if step % 10 == 9 {
            // A batch, of which a crash must leave all or nothing.
            let batch: Vec<Metric> = (0..20).map(|part| metric(1_000_000 + step * 20 + part)).collect();
            let param = Param { key: format!("p{step}"), value: "1".to_owned() };
            store.log_batch(&actor(), &run, &batch, &[param], &[]).unwrap();
        } else {
            store.log_metric(&actor(), &run, &metric(step)).unwrap();
        }
        writeln!(out, "step {step}.").unwrap();
        out.flush().unwrap();
    }
}

/// Everything acknowledged is there, batches are whole, and SQLite finds nothing wrong.
fn check(root: &Path, run: &RunId, steps: &[i64]) {
    let store = open(root);
    let stored: Vec<i64> = store.metric_points(run, "m", None).unwrap().iter().map(|point| point.step).collect();
    let whole = store.run(run).unwrap();
    for step in steps {
        if step % 10 == 9 {
            assert!(whole.params.iter().any(|param| param.key == format!("p{step}")), "param of step {step}");
            assert!(stored.binary_search(&(1_000_000 + step * 20)).is_ok(), "batch of step {step}");
        } else {
            assert!(stored.binary_search(step).is_ok(), "step {step} was acknowledged and is lost");
        }
    }
    let in_batches = stored.iter().filter(|step| **step >= 1_000_000).count();
    assert_eq!(in_batches, whole.params.len() * 20, "no batch is half there");
    assert_eq!(whole.metrics[0].count, stored.len() as u64, "the summary agrees with the points");
    drop(store);
    let sql = rusqlite::Connection::open(root.join("proofmark.db")).unwrap();
    let verdict: String = sql.query_row("PRAGMA integrity_check", [], |row| row.get(0)).unwrap();
    assert_eq!(verdict, "ok");
    let broken: i64 = sql.query_row("SELECT count(*) FROM pragma_foreign_key_check", [], |row| row.get(0)).unwrap();
    assert_eq!(broken, 0);
}

#[test]
fn nothing_acknowledged_is_lost_when_the_writer_is_killed() {
    let folder = tempfile::tempdir().unwrap();
    for round in 0..3 {
        let mut child = start_writer(folder.path());
        let mut out = BufReader::new(child.stdout.take().unwrap());
        let (mut run, mut steps, mut line) = (None, Vec::new(), String::new());
        // Killed at another moment in each round, in the middle of its work.
        while steps.len() < 40 + 37 * round {
            line.clear();
            assert!(out.read_line(&mut line).unwrap() > 0, "the writer ended by itself");
            if let Some(id) = line.trim_end().strip_prefix("run ") {
                run = Some(RunId::new(id));
            } else if let Some(step) = line.trim_end().strip_prefix("step ").and_then(|it| it.strip_suffix('.')) {
                steps.push(step.parse().unwrap());
            }
        }
        child.kill().unwrap();
        child.wait().unwrap();
        for line in out.lines().map_while(std::io::Result::ok) {
            if let Some(step) = line.strip_prefix("step ").and_then(|it| it.strip_suffix('.')) {
                steps.push(step.parse().unwrap());
            }
        }
        check(folder.path(), &run.unwrap(), &steps);
    }
}

#[test]
fn two_processes_write_to_one_workspace_and_hear_of_each_other() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    let mine = new_run(&store);
    let (told, heard) = channel();
    let own = store.revision();
    let _subscription = store.subscribe(Box::new(move |revision| {
        // The test may have ended.
        let _ = told.send(revision);
    }));
    let mut child = start_writer(folder.path());
    let mut heard_of_child = false;
    for step in 0..200 {
        store.log_metric(&actor(), &mine, &metric(step)).unwrap();
    }
    while !heard_of_child {
        let revision = heard.recv_timeout(DEADLINE).unwrap_or_else(|_| panic!("no word of the other process"));
        heard_of_child = revision > own + 200;
    }
    child.kill().unwrap();
    let (theirs, steps) = read_all(&mut child);
    child.wait().unwrap();
    assert_eq!(store.run(&mine).unwrap().metrics[0].count, 200);
    drop(store);
    check(folder.path(), &theirs, &steps);
}

#[test]
fn many_processes_may_create_the_same_workspace_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let mut children: Vec<Child> = (0..4).map(|_| start_writer(folder.path())).collect();
    for child in &mut children {
        let mut out = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        while !line.starts_with("run ") {
            line.clear();
            assert!(out.read_line(&mut line).unwrap() > 0, "a writer could not start");
        }
    }
    for child in &mut children {
        child.kill().unwrap();
        child.wait().unwrap();
    }
    let info = open(folder.path()).info().unwrap();
    assert_eq!((info.experiment_count, info.run_count, info.read_only), (1, 4, None));
}

#[test]
fn a_busy_workspace_is_said_to_be_busy_and_works_again_afterwards() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    let run = new_run(&store);
    let other = rusqlite::Connection::open(folder.path().join("proofmark.db")).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let (told, heard) = channel();
    std::thread::scope(|scope| {
        let (store, run) = (store.clone(), run.clone());
        scope.spawn(move || told.send(store.log_metric(&actor(), &run, &metric(1))).unwrap());
        let outcome = heard.recv_timeout(DEADLINE).unwrap();
        assert_eq!(outcome.unwrap_err().kind, proofmark::store::StoreErrorKind::Busy);
    });
    other.execute_batch("ROLLBACK").unwrap();
    store.log_metric(&actor(), &run, &metric(1)).unwrap();
}
