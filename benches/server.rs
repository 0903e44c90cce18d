//! Calls of the tracking server over loopback HTTP, with durable commits: what a training script waits for.
//!
//! The client is part of what is measured; `benches/compare_mlflow.sh` measures against `mlflow server` with one client
//! for both.
#![expect(clippy::unwrap_used, reason = "a bench that cannot prepare its data has nothing to measure")]

mod support;

use std::time::Duration;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use proofmark::server::{Config, RunningServer, spawn};
use proofmark::store::{OpenMode, Store};
use reqwest::blocking::Client;
use serde_json::{Value, json};
use support::{Width, workspace};

struct Target {
    server: RunningServer,
    client: Client,
}

impl Target {
    fn over(store: Store) -> Self {
        let server = spawn(store, Config { port: 0, ..Config::default() }).unwrap();
        Self { server, client: Client::builder().tcp_nodelay(true).build().unwrap() }
    }

    fn post(&self, endpoint: &str, body: &Value) -> Value {
        let url = format!("{}/api/2.0/mlflow/{endpoint}", self.server.url());
        let answer = self.client.post(url).json(body).send().unwrap();
        assert!(answer.status().is_success(), "{}", answer.text().unwrap());
        answer.json().unwrap()
    }

    /// Sends a search and reads the answer to its end, without taking it apart.
    fn search(&self, body: &Value) -> usize {
        let url = format!("{}/api/2.0/mlflow/runs/search", self.server.url());
        let answer = self.client.post(url).json(body).send().unwrap();
        assert!(answer.status().is_success());
        answer.bytes().unwrap().len()
    }

    fn run(&self) -> String {
        let made = self.post("runs/create", &json!({"experiment_id": "0", "start_time": 1_700_000_000_000_i64}));
        made["run"]["info"]["run_id"].as_str().unwrap().to_owned()
    }
}

fn writes(criterion: &mut Criterion) {
    let folder = tempfile::tempdir().unwrap();
    let target = Target::over(Store::open(folder.path(), OpenMode::CreateOrOpen).unwrap());
    let run = target.run();
    let mut step = 0_i64;
    criterion.bench_function("log-metric", |bencher| {
        bencher.iter(|| {
            step += 1;
            let body = json!({"run_id": run, "key": "loss", "value": 1.0, "timestamp": 1_700_000_000_000 + step, "step": step});
            target.post("runs/log-metric", &body)
        });
    });
    let run = target.run();
    let mut start = 0_i64;
    let mut group = criterion.benchmark_group("log-batch");
    group.throughput(Throughput::Elements(1000));
    group.bench_function("1000 metrics of 10 keys", |bencher| {
        bencher.iter(|| {
            let metric = |i: i64| {
                json!({"key": format!("m{}", i % 10), "value": 0.5, "timestamp": 1_700_000_000_000 + start + i, "step": start + i})
            };
            let metrics: Vec<Value> = (0..1000).map(metric).collect();
            start += 1000;
            target.post("runs/log-batch", &json!({"run_id": run, "metrics": metrics}))
        });
    });
    group.finish();

    let run = target.run();
    for batch in 0..20_i64 {
        let metric = |i: i64| json!({"key": "m", "value": 0.5, "timestamp": 1_700_000_000_000 + i, "step": i});
        let metrics: Vec<Value> = (batch * 1000..(batch + 1) * 1000).map(metric).collect();
        target.post("runs/log-batch", &json!({"run_id": run, "metrics": metrics}));
    }
    let url = format!(
        "{}/api/2.0/mlflow/metrics/get-history?run_id={run}&metric_key=m&max_results=25000",
        target.server.url()
    );
    criterion.bench_function("get-history of 20,000 points", |bencher| {
        bencher.iter(|| target.client.get(&url).send().unwrap().bytes().unwrap().len());
    });
}

fn searches(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("runs-search");
    group.sample_size(10).measurement_time(Duration::from_secs(5));
    for runs in [1_000_usize, 10_000, 100_000] {
        let folder = tempfile::tempdir().unwrap();
        let (store, experiment) = workspace(folder.path(), runs, Width { metrics: 10, params: 10 });
        let target = Target::over(store);
        let ids = [experiment.to_string()];
        for (name, body) in [
            ("first 1000", json!({"experiment_ids": ids, "max_results": 1000})),
            ("by metric", json!({"experiment_ids": ids, "max_results": 1000, "order_by": ["metrics.m0 DESC"]})),
            (
                "filtered",
                json!({"experiment_ids": ids, "max_results": 1000,
                    "filter": "metrics.m0 > 0.5 AND params.p0 != '7' AND tags.team = 't3'"}),
            ),
            ("all, up to 10,000", json!({"experiment_ids": ids, "max_results": runs.min(10_000)})),
        ] {
            group.bench_with_input(BenchmarkId::new(name, runs), &body, |bencher, body| {
                bencher.iter(|| target.search(body));
            });
        }
    }
    group.finish();
}

criterion_group!(benches, writes, searches);
criterion_main!(benches);
