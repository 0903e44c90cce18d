#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use std::sync::mpsc;
use std::time::{Duration, Instant};

use super::{TaskFailure, Tasks, Waker};

type Outcome = Result<u32, TaskFailure<String>>;

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread().worker_threads(1).build().unwrap()
}

fn wait_for(tasks: &mut Tasks<&'static str, Outcome>) -> Outcome {
    let deadline = Instant::now() + Duration::from_secs(10);
    while Instant::now() < deadline {
        if let Some(event) = tasks.next_event() {
            return event;
        }
        std::thread::yield_now();
    }
    panic!("no event within the deadline");
}

#[test]
fn a_result_is_delivered_and_the_owner_is_woken() {
    let runtime = runtime();
    let (woken, wakes) = mpsc::channel();
    let waker = Waker::new(move || {
        let _ = woken.send(());
    });
    let mut tasks = Tasks::new(runtime.handle().clone(), waker);
    tasks.start("a", "Work", |_| Ok(7), |outcome: Outcome| outcome);
    wakes.recv_timeout(Duration::from_secs(10)).unwrap();
    assert_eq!(wait_for(&mut tasks), Ok(7));
    assert!(!tasks.is_busy());
}

#[test]
fn the_newest_task_of_a_key_wins_and_the_older_is_told_to_stop() {
    let runtime = runtime();
    let mut tasks = Tasks::new(runtime.handle().clone(), Waker::default());
    let (saw_cancel, cancelled) = mpsc::channel();
    tasks.start(
        "a",
        "Old",
        move |context| {
            while !context.is_cancelled() {
                std::thread::yield_now();
            }
            saw_cancel.send(()).unwrap();
            Ok(1)
        },
        |outcome: Outcome| outcome,
    );
    let (go, wait) = mpsc::channel::<()>();
    tasks.start(
        "a",
        "New",
        move |_| {
            wait.recv().unwrap();
            Ok(2)
        },
        |outcome: Outcome| outcome,
    );
    cancelled.recv_timeout(Duration::from_secs(10)).unwrap();
    go.send(()).unwrap();
    assert_eq!(wait_for(&mut tasks), Ok(2));
    assert_eq!(tasks.next_event(), None, "the stale result is dropped");
}

#[test]
fn a_panic_becomes_a_failure_of_that_task() {
    let runtime = runtime();
    let mut tasks = Tasks::new(runtime.handle().clone(), Waker::default());
    tasks.start("a", "Work", |_| -> Result<u32, String> { panic!("lost the plot") }, |outcome: Outcome| outcome);
    assert_eq!(wait_for(&mut tasks), Err(TaskFailure::Panicked("lost the plot".to_owned())));
    tasks.start("b", "Work", |_| Ok(1), |outcome: Outcome| outcome);
    assert_eq!(wait_for(&mut tasks), Ok(1), "others go on");
}

#[test]
fn a_cancelled_task_says_so_and_its_progress_is_seen() {
    let runtime = runtime();
    let mut tasks = Tasks::new(runtime.handle().clone(), Waker::default());
    let (started, has_started) = mpsc::channel();
    let id = tasks.start(
        "a",
        "Count",
        move |context| {
            context.progress(0.25, "a quarter");
            started.send(()).unwrap();
            while context.progress(0.25, "a quarter") {
                std::thread::yield_now();
            }
            Err("stopped".to_owned())
        },
        |outcome: Outcome| outcome,
    );
    has_started.recv_timeout(Duration::from_secs(10)).unwrap();
    let jobs = tasks.jobs(Duration::ZERO);
    let [job] = jobs.as_slice() else { panic!("one job, not {jobs:?}") };
    assert_eq!((job.id, job.progress.fraction, job.progress.text.as_str()), (id, Some(0.25), "a quarter"));
    assert!(tasks.jobs(Duration::MAX).is_empty(), "short jobs are not shown");
    tasks.cancel_job(id);
    assert_eq!(wait_for(&mut tasks), Err(TaskFailure::Cancelled));
}

#[test]
fn an_abandoned_task_brings_nothing() {
    let runtime = runtime();
    let mut tasks = Tasks::new(runtime.handle().clone(), Waker::default());
    let (go, wait) = mpsc::channel::<()>();
    tasks.start(
        "a",
        "Work",
        move |_| {
            wait.recv().unwrap();
            Ok(1)
        },
        |outcome: Outcome| outcome,
    );
    tasks.abandon(|key| *key == "a");
    go.send(()).unwrap();
    tasks.start("b", "Work", |_| Ok(2), |outcome: Outcome| outcome);
    assert_eq!(wait_for(&mut tasks), Ok(2));
    assert!(!tasks.is_busy());
}

#[test]
fn a_full_channel_holds_back_workers_and_loses_nothing() {
    let runtime = runtime();
    let mut tasks: Tasks<u32, u32> = Tasks::new(runtime.handle().clone(), Waker::default());
    let count = super::CHANNEL_CAPACITY as u32 + 100;
    for n in 0..count {
        tasks.start(n, "Work", move |_| Ok::<u32, String>(n), |outcome| outcome.unwrap());
    }
    let deadline = Instant::now() + Duration::from_secs(30);
    let mut seen = 0;
    while seen < count && Instant::now() < deadline {
        seen += u32::from(tasks.next_event().is_some());
    }
    assert_eq!(seen, count);
}
