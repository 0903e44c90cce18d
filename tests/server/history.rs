//! Histories of metrics.

use serde_json::{Value, json};

use crate::support::{AJAX, API, TestServer};

fn steps(answer: &Value) -> Vec<i64> {
    answer["metrics"]
        .as_array()
        .map(|list| list.iter().map(|point| point["step"].as_i64().unwrap()).collect())
        .unwrap_or_default()
}

fn with_points(server: &TestServer, count: i64) -> String {
    let run = server.run("0");
    let metrics: Vec<Value> =
        (0..count).map(|step| json!({"key": "m", "value": step, "timestamp": 1000 - step, "step": step})).collect();
    server.post("/runs/log-batch", json!({"run_id": run, "metrics": metrics})).ok();
    run
}

#[test]
fn a_history_is_in_the_order_of_time_and_pages() {
    let server = TestServer::start();
    let run = with_points(&server, 5);
    let address = format!("/metrics/get-history?run_id={run}&metric_key=m");
    assert_eq!(steps(&server.get(&address).ok()), [4, 3, 2, 1, 0]);
    let first = server.get(&format!("{address}&max_results=3")).ok();
    assert_eq!((steps(&first), first["next_page_token"].as_str()), (vec![4, 3, 2], Some("eyJvZmZzZXQiOiAzfQ==")));
    let second = server.get(&format!("{address}&max_results=3&page_token=eyJvZmZzZXQiOiAzfQ%3D%3D")).ok();
    assert_eq!((steps(&second), &second["next_page_token"]), (vec![1, 0], &Value::Null));
    assert_eq!(second["metrics"][0], json!({"key": "m", "value": 1.0, "timestamp": 999, "step": 1}));
    assert_eq!(server.get("/metrics/get-history?run_id=unknown&metric_key=m").ok(), json!({}));
    assert!(server.get(&format!("{address}&max_results=0")).invalid().ends_with("must be a positive integer."));
    assert!(server.get(&format!("/metrics/get-history?run_id={run}")).invalid().contains("'metric_key'"));
}

#[test]
fn exact_duplicates_are_stored_once() {
    let server = TestServer::start();
    let run = server.run("0");
    let metric = json!({"key": "m", "value": 1, "timestamp": 1, "step": 1});
    server.post("/runs/log-batch", json!({"run_id": run, "metrics": [metric, metric]})).ok();
    server.post("/runs/log-batch", json!({"run_id": run, "metrics": [metric]})).ok();
    assert_eq!(steps(&server.get(&format!("/metrics/get-history?run_id={run}&metric_key=m")).ok()), [1]);
}

#[test]
fn histories_of_several_runs_come_at_once() {
    let server = TestServer::start();
    let mut runs = [with_points(&server, 3), with_points(&server, 2)];
    runs.sort();
    let address = format!("{AJAX}/metrics/get-history-bulk?run_id={}&run_id={}&metric_key=m", runs[1], runs[0]);
    let all = server.fetch(&address).ok();
    let of: Vec<&str> = all["metrics"].as_array().unwrap().iter().map(|p| p["run_id"].as_str().unwrap()).collect();
    assert_eq!(of.len(), 5);
    assert!(of.is_sorted());
    assert_eq!(steps(&server.fetch(&format!("{address}&max_results=4")).ok()).len(), 4);
    assert!(server.fetch(&format!("{AJAX}/metrics/get-history-bulk?metric_key=m")).invalid().contains("at least one"));
}

#[test]
fn a_long_history_is_thinned_evenly() {
    let server = TestServer::start();
    let run = with_points(&server, 1000);
    let address = format!("/metrics/get-history-bulk-interval?run_ids={run}&metric_key=m");
    let thinned = steps(&server.get(&format!("{address}&max_results=5")).ok());
    assert_eq!(thinned, [0, 200, 400, 600, 999]);
    let stretch = server.fetch(&format!("{API}{address}&start_step=10&end_step=12")).ok();
    assert_eq!(steps(&stretch), [10, 11, 12]);
    assert_eq!(stretch["metrics"][0]["run_id"], json!(run));
    for (wrong, words) in [
        ("&start_step=1", "both must be specified"),
        ("&start_step=5&end_step=1", "end_step must be greater"),
        ("&max_results=2501", "between 1 and 2500"),
        ("&max_results=0", "between 1 and 2500"),
        (&"&run_ids=x".repeat(100), "at most 100 run_ids. Received 101"),
    ] {
        let message = server.get(&format!("{address}{wrong}")).invalid();
        assert!(message.contains(words), "{message}");
    }
}
