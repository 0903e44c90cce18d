//! Many clients at once, two servers over one workspace, and stopping.

use std::collections::BTreeSet;
use std::io::{Read as _, Write as _};
use std::time::{Duration, Instant};

use proofmark::server::{Config, spawn};
use proofmark::store::{OpenMode, Store};
use serde_json::json;

use crate::support::{API, TestServer};

#[test]
fn ten_writers_lose_nothing() {
    const WRITERS: usize = 10;
    const POINTS: usize = 50;
    let server = TestServer::start();
    let shared = server.run("0");
    std::thread::scope(|scope| {
        for writer in 0..WRITERS {
            let (server, shared) = (&server, &shared);
            scope.spawn(move || {
                let own = server.run("0");
                for step in 0..POINTS {
                    let key = format!("m{writer}");
                    let metric = json!({"run_id": shared, "key": key, "value": step, "timestamp": step, "step": step});
                    server.post("/runs/log-metric", metric).ok();
                    let batch = json!({"run_id": own, "params": [{"key": format!("p{step}"), "value": "v"}]});
                    server.post("/runs/log-batch", batch).ok();
                }
                assert_eq!(server.read_run(&own)["data"]["params"].as_array().unwrap().len(), POINTS);
            });
        }
    });
    for writer in 0..WRITERS {
        let history = server.get(&format!("/metrics/get-history?run_id={shared}&metric_key=m{writer}")).ok();
        let steps: BTreeSet<i64> =
            history["metrics"].as_array().unwrap().iter().map(|point| point["step"].as_i64().unwrap()).collect();
        assert_eq!(steps.len(), POINTS);
    }
    let runs = server.post("/runs/search", json!({"experiment_ids": ["0"]})).ok();
    assert_eq!(runs["runs"].as_array().unwrap().len(), WRITERS + 1);
}

#[test]
fn only_one_of_many_creates_an_experiment() {
    let server = TestServer::start();
    let replies: Vec<u16> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..8)
            .map(|_| scope.spawn(|| server.post("/experiments/create", json!({"name": "same"})).status))
            .collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    assert_eq!(replies.iter().filter(|status| **status == 200).count(), 1, "{replies:?}");
    assert_eq!(replies.iter().filter(|status| **status == 400).count(), 7, "{replies:?}");
}

#[test]
fn two_servers_share_a_workspace() {
    let first = TestServer::start();
    // A store of its own, as in another process.
    let store = Store::open(&first.folder.path().join("workspace"), OpenMode::OpenExisting).unwrap();
    let second = spawn(store, Config { port: 0, ..Config::default() }).unwrap();
    let client = reqwest::blocking::Client::builder().no_proxy().build().unwrap();
    let run = first.run("0");
    for step in 0..20 {
        let metric = json!({"run_id": run, "key": "m", "value": step, "timestamp": step, "step": step});
        if step % 2 == 0 {
            first.post("/runs/log-metric", metric).ok();
        } else {
            let url = format!("{}{API}/runs/log-metric", second.url());
            assert_eq!(client.post(url).json(&metric).send().unwrap().status(), 200);
        }
    }
    let url = format!("{}{API}/runs/get?run_id={run}", second.url());
    let read: serde_json::Value = client.get(url).send().unwrap().json().unwrap();
    assert_eq!(read["run"]["data"]["metrics"][0]["step"], 19);
    assert_eq!(first.read_run(&run), read["run"]);
}

#[test]
fn an_answer_follows_at_once_on_a_kept_connection() {
    let server = TestServer::start();
    let mut stream = server.connect();
    let mut times = Vec::new();
    for _ in 0..20 {
        let started = Instant::now();
        stream.write_all(b"GET /version HTTP/1.1\r\nHost: localhost\r\n\r\n").unwrap();
        let mut buffer = [0; 4096];
        let count = stream.read(&mut buffer).unwrap();
        assert!(buffer[..count].starts_with(b"HTTP/1.1 200"));
        times.push(started.elapsed());
    }
    times.sort();
    // Nagle's algorithm against delayed acknowledgements would make it 40 ms.
    assert!(times[10] < Duration::from_millis(30), "{times:?}");
}

#[test]
fn a_client_that_sends_nothing_keeps_nobody_waiting() {
    let server = TestServer::start();
    let idle: Vec<_> = (0..100).map(|_| server.connect()).collect();
    let mut slow = server.connect();
    write!(slow, "POST {API}/runs/create HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n{{").unwrap();
    assert_eq!(server.run("0").len(), 32);
    drop((idle, slow));
}

#[test]
fn a_stopped_server_finishes_what_it_does_and_frees_its_port() {
    let server = TestServer::start();
    let address = server.server.address();
    let run = server.run("0");
    let store = server.store.clone();
    let TestServer { server: running, folder, .. } = server;
    let started = Instant::now();
    running.stop();
    assert!(started.elapsed() < Duration::from_secs(4), "idle connections do not delay the end");
    assert!(std::net::TcpStream::connect(address).is_err());
    let again = spawn(store, Config { port: address.port(), port_fallback: false, ..Config::default() }).unwrap();
    let client = reqwest::blocking::Client::builder().no_proxy().build().unwrap();
    let reply = client.get(format!("{}{API}/runs/get?run_id={run}", again.url())).send().unwrap();
    assert_eq!(reply.status(), 200);
    drop((again, folder));
}
