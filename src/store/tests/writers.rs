//! Many writers at once, group commit, and telling listeners.

use std::sync::mpsc::channel;
use std::time::{Duration, Instant};

use super::*;
use crate::store::StoreErrorKind;

/// Long enough for a slow machine, short enough to fail in time.
const DEADLINE: Duration = Duration::from_secs(20);

#[test]
fn ten_writers_lose_nothing_and_disturb_nobody() {
    let store = workspace();
    let runs: Vec<RunId> = (0..10).map(|_| store.new_run()).collect();
    std::thread::scope(|scope| {
        for run in &runs {
            let store = store.store.clone();
            scope.spawn(move || {
                for step in 0..50 {
                    store.log_metric(&ada(), run, &metric("m", point(step, step, step as f64))).unwrap();
                    // Every fifth call fails, alone.
                    if step % 5 == 0 {
                        refused(store.log_metric(&ada(), &RunId::new("eeee"), &metric("m", point(0, 0, 0.0))));
                        refused(store.delete_tag(&ada(), run, "never set"));
                    }
                }
            });
        }
    });
    for run in &runs {
        assert_eq!(store.run(run).unwrap().metrics[0].count, 50);
    }
}

#[test]
fn a_change_that_fails_in_a_group_takes_nothing_with_it() {
    let store = workspace();
    let id = store.new_run();
    let (entered, gate_reached) = channel::<()>();
    let (open, gate) = channel::<()>();
    std::thread::scope(|scope| {
        // Holds the writer so that the next calls share one commit.
        let blocker = store.store.clone();
        scope.spawn(move || {
            blocker
                .write(move |_| {
                    entered.send(()).unwrap();
                    gate.recv().unwrap();
                    Ok(())
                })
                .unwrap();
        });
        gate_reached.recv_timeout(DEADLINE).unwrap();
        let (sent, all_sent) = channel::<()>();
        for number in 0..6 {
            let (store, id, sent) = (store.store.clone(), id.clone(), sent.clone());
            scope.spawn(move || {
                sent.send(()).unwrap();
                if number % 2 == 0 {
                    store.log_param(&ada(), &id, &param(&format!("p{number}"), "1")).unwrap();
                } else {
                    let failed = store.write(move |tx| {
                        let run = crate::store::runs::find(tx.sql(), id.as_str())?;
                        crate::store::batch::put_param(tx, &run, &param(&format!("p{number}"), "1"))?;
                        Err::<(), _>(StoreError::invalid("changed my mind"))
                    });
                    assert_eq!(refused(failed).message, "changed my mind");
                }
            });
        }
        for _ in 0..6 {
            all_sent.recv_timeout(DEADLINE).unwrap();
        }
        open.send(()).unwrap();
    });
    let run = store.run(&id).unwrap();
    let mut keys: Vec<&str> = run.params.iter().map(|param| param.key.as_str()).collect();
    keys.sort_unstable();
    assert_eq!(keys, ["p0", "p2", "p4"]);
    store.log_param(&ada(), &id, &param("p1", "1")).unwrap();
    assert_eq!(store.run(&id).unwrap().params.last().unwrap().key, "p1");
}

#[test]
fn a_change_that_panics_is_undone_and_the_writer_goes_on() {
    let store = workspace();
    let id = store.new_run();
    let run = id.clone();
    let error = refused(store.write(move |tx| -> crate::store::Result<()> {
        let run = crate::store::runs::find(tx.sql(), run.as_str())?;
        crate::store::batch::put_param(tx, &run, &param("half", "1"))?;
        panic!("a mistake in the program")
    }));
    assert_eq!(error.kind, StoreErrorKind::Internal);
    store.log_param(&ada(), &id, &param("p", "1")).unwrap();
    assert_eq!(store.run(&id).unwrap().params, [param("p", "1")]);
}

#[test]
fn listeners_hear_of_changes_until_they_leave() {
    let store = workspace();
    let (told, heard) = channel();
    let subscription = store.subscribe(Box::new(move |revision| told.send(revision).unwrap()));
    let id = store.new_run();
    let target = store.revision();
    while heard.recv_timeout(DEADLINE).unwrap() < target {}
    store.log_batch(&ada(), &id, &[], &[], &[]).unwrap();
    drop(subscription);
    store.set_tag(&ada(), &id, &tag("t", "1")).unwrap();
    assert!(heard.recv_timeout(DEADLINE).is_err(), "the sender is gone with the subscription");
}

#[test]
fn another_opening_of_the_same_folder_hears_of_changes_and_sees_them() {
    let store = workspace();
    let other = Store::open(store.folder.path(), OpenMode::OpenExisting).unwrap();
    let (told, heard) = channel();
    let _subscription = other.subscribe(Box::new(move |revision| told.send(revision).unwrap()));
    let started = Instant::now();
    let id = store.new_run();
    let target = store.revision();
    while heard.recv_timeout(DEADLINE).unwrap() < target {}
    assert!(started.elapsed() < DEADLINE);
    assert_eq!(other.revision(), target);
    assert!(other.run(&id).is_ok());
    other.set_tag(&ada(), &id, &tag("t", "1")).unwrap();
    assert_eq!(store.run(&id).unwrap().tag("t"), Some("1"));
}

#[test]
fn a_listener_may_drop_the_last_handle() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path(), OpenMode::CreateOrOpen).unwrap();
    let (told, heard) = channel();
    let held = std::sync::Mutex::new(Some(store.clone()));
    let subscription = store.subscribe(Box::new(move |_| {
        drop(held.lock().unwrap().take());
        told.send(()).unwrap();
    }));
    store.create_run(&ada(), ExperimentId::DEFAULT, NewRun::default()).unwrap();
    drop(store);
    heard.recv_timeout(DEADLINE).unwrap();
    drop(subscription);
}

#[test]
fn a_full_disk_is_said_to_be_full_and_nothing_is_half_written() {
    let store = workspace();
    let id = store.new_run();
    let limit_pages = |pages: i64| {
        store
            .write(move |tx| Ok(tx.sql().pragma_update_and_check(None, "max_page_count", pages, |_| Ok(()))?))
            .unwrap();
    };
    limit_pages(1);
    let batch: Vec<Metric> = (0..20_000).map(|step| metric("m", point(step, step, 1.0))).collect();
    let error = refused(store.log_batch(&ada(), &id, &batch, &[param("p", "1")], &[]));
    assert_eq!(error.kind, StoreErrorKind::DiskFull);
    assert!(store.run(&id).unwrap().params.is_empty() && store.run(&id).unwrap().metrics.is_empty());
    limit_pages(1_000_000);
    store.log_batch(&ada(), &id, &batch, &[param("p", "1")], &[]).unwrap();
    assert_eq!(store.run(&id).unwrap().metrics[0].count, 20_000);
}

#[test]
fn a_writer_under_load_lets_another_opening_of_the_folder_have_its_turn() {
    let store = workspace();
    let other = Store::open(store.folder.path(), OpenMode::OpenExisting).unwrap();
    let (mine, theirs) = (store.new_run(), store.new_run());
    let done = std::sync::atomic::AtomicBool::new(false);
    std::thread::scope(|scope| {
        for _ in 0..2 {
            let (store, id, done) = (store.store.clone(), mine.clone(), &done);
            scope.spawn(move || {
                while !done.load(std::sync::atomic::Ordering::Relaxed) {
                    let id = id.clone();
                    // A slow change, so that the lock is free only for the moment between two commits.
                    store
                        .write(move |tx| {
                            let started = Instant::now();
                            while started.elapsed() < Duration::from_millis(25) {
                                std::hint::spin_loop();
                            }
                            let run = crate::store::runs::find(tx.sql(), id.as_str())?;
                            crate::store::runs::touch(tx, &run)
                        })
                        .unwrap();
                }
            });
        }
        let started = Instant::now();
        let outcomes: Vec<_> =
            (0..10).map(|step| other.set_tag(&ada(), &theirs, &tag("t", &step.to_string()))).collect();
        let took = started.elapsed();
        done.store(true, std::sync::atomic::Ordering::Relaxed);
        for outcome in outcomes {
            outcome.unwrap();
        }
        // A turn comes about every tenth of a second; by luck alone it takes many times that.
        assert!(took < Duration::from_secs(8), "{took:?}");
    });
}
