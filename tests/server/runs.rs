//! Runs and what they log.

use serde_json::{Value, json};

use crate::support::{TestServer, expected, pairs};

#[test]
fn a_run_is_created_with_what_it_was_given() {
    let server = TestServer::start();
    let created = server
        .post(
            "/runs/create",
            json!({"experiment_id": "0", "user_id": "ada", "start_time": 1_234_567, "run_name": "first",
                   "tags": [{"key": "t", "value": "1"}]}),
        )
        .ok()["run"]
        .clone();
    let info = &created["info"];
    assert_eq!(info["run_id"].as_str().unwrap().len(), 32);
    assert_eq!(info["run_id"], info["run_uuid"]);
    assert_eq!(
        (&info["run_name"], &info["user_id"], &info["start_time"], &info["status"], &info["lifecycle_stage"]),
        (&json!("first"), &json!("ada"), &json!(1_234_567), &json!("RUNNING"), &json!("active"))
    );
    let run = info["run_id"].as_str().unwrap();
    assert_eq!(info["artifact_uri"], format!("mlflow-artifacts:/0/{run}/artifacts"));
    assert_eq!(pairs(&created["data"]["tags"]), expected(&[("mlflow.runName", "first"), ("t", "1")]));
    assert_eq!((created.get("outputs"), &created["inputs"]), (None, &json!({})));

    let read = server.read_run(run);
    assert_eq!((&read["info"], &read["outputs"]), (info, &json!({})));
    assert_eq!(server.get(&format!("/runs/get?run_uuid={run}")).ok()["run"], read);
}

#[test]
fn a_run_without_a_name_gets_one() {
    let server = TestServer::start();
    let run = server.read_run(&server.run("0"));
    let name = run["info"]["run_name"].as_str().unwrap();
    assert_eq!(name.split('-').count(), 3, "{name}");
    assert_eq!(pairs(&run["data"]["tags"]), expected(&[("mlflow.runName", name)]));
}

#[test]
fn creating_a_run_is_refused_where_it_would_be_wrong() {
    let server = TestServer::start();
    let deleted = server.experiment("gone");
    server.post("/experiments/delete", json!({"experiment_id": deleted})).ok();
    let create = |body: Value| server.post("/runs/create", body);
    assert_eq!(create(json!({"experiment_id": "99"})).absent(), "No Experiment with id=99 exists");
    assert_eq!(
        create(json!({"experiment_id": deleted})).invalid(),
        format!("The experiment {deleted} must be in the 'active' state. Current state is deleted.")
    );
    assert!(create(json!({})).invalid().contains("'experiment_id'"));
    assert!(create(json!({"experiment_id": "0", "start_time": "x"})).invalid().contains("'start_time'"));
    let tags = json!([{"key": "mlflow.runName", "value": "b"}]);
    assert!(
        create(json!({"experiment_id": "0", "run_name": "a", "tags": tags})).invalid().contains("different values")
    );
    assert_eq!(server.post("/runs/search", json!({"experiment_ids": ["0"]})).ok(), json!({}));
}

#[test]
fn a_run_is_updated_deleted_and_restored() {
    let server = TestServer::start();
    let run = server.run("0");
    let update = |body: Value| server.post("/runs/update", body);
    let info = update(json!({"run_id": run, "status": "FINISHED", "end_time": 9999, "run_name": "new"})).ok();
    let info = &info["run_info"];
    assert_eq!(
        (&info["status"], &info["end_time"], &info["run_name"]),
        (&json!("FINISHED"), &json!(9999), &json!("new"))
    );
    assert_eq!(pairs(&server.read_run(&run)["data"]["tags"]), expected(&[("mlflow.runName", "new")]));
    assert_eq!(update(json!({"run_id": run, "status": 4})).ok()["run_info"]["status"], "FAILED");
    assert!(update(json!({"run_id": run, "status": "NOPE"})).invalid().contains("'status'"));

    assert_eq!(server.post("/runs/delete", json!({"run_id": run})).ok(), json!({}));
    assert_eq!(server.post("/runs/delete", json!({"run_id": run})).ok(), json!({}));
    let refusal = format!("The run {run} must be in the 'active' state. Current state is deleted.");
    let metric = json!({"run_id": run, "key": "m", "value": 1, "timestamp": 1});
    let pair = json!({"run_id": run, "key": "m", "value": "1"});
    for (endpoint, body) in [
        ("log-metric", metric.clone()),
        ("log-parameter", pair.clone()),
        ("set-tag", pair.clone()),
        ("delete-tag", pair),
        ("update", json!({"run_id": run, "status": "FINISHED"})),
        ("log-batch", json!({"run_id": run, "metrics": [metric]})),
        ("log-inputs", json!({"run_id": run})),
    ] {
        assert_eq!(server.post(&format!("/runs/{endpoint}"), body).invalid(), refusal, "{endpoint}");
    }
    assert_eq!(server.read_run(&run)["info"]["lifecycle_stage"], "deleted");
    assert_eq!(server.post("/runs/restore", json!({"run_id": run})).ok(), json!({}));
    assert_eq!(server.read_run(&run)["info"]["lifecycle_stage"], "active");
}

#[test]
fn unknown_runs_are_not_found() {
    let server = TestServer::start();
    let unknown = "e".repeat(32);
    let words = format!("Run with id={unknown} not found");
    assert_eq!(server.get(&format!("/runs/get?run_id={unknown}")).absent(), words);
    for (endpoint, body) in [
        ("update", json!({"status": "FINISHED"})),
        ("delete", json!({})),
        ("restore", json!({})),
        ("log-metric", json!({"key": "k", "value": 1, "timestamp": 1})),
        ("log-parameter", json!({"key": "k", "value": "v"})),
        ("set-tag", json!({"key": "k", "value": "v"})),
        ("delete-tag", json!({"key": "k"})),
        ("log-batch", json!({"tags": [{"key": "k", "value": "v"}]})),
        ("log-inputs", json!({"datasets": []})),
        ("outputs", json!({"models": [{"model_id": "m-1"}]})),
    ] {
        let mut body = body;
        body["run_id"] = json!(unknown);
        assert_eq!(server.post(&format!("/runs/{endpoint}"), body).absent(), words, "{endpoint}");
    }
}

#[test]
fn the_latest_metric_is_the_one_of_the_highest_step() {
    let server = TestServer::start();
    let run = server.run("0");
    for (step, timestamp, value) in [(0, 1000, 1.5), (1, 1001, 2.5), (1, 900, 9.0), (1, 1001, 2.0), (-3, 5000, 7.0)] {
        let body = json!({"run_id": run, "key": "m", "value": value, "timestamp": timestamp, "step": step});
        assert_eq!(server.post("/runs/log-metric", body).ok(), json!({}));
    }
    assert_eq!(
        server.read_run(&run)["data"]["metrics"],
        json!([{"key": "m", "value": 2.5, "timestamp": 1001, "step": 1}])
    );
}

#[test]
fn values_that_json_cannot_hold_come_back_as_mlflow_gives_them() {
    let server = TestServer::start();
    let run = server.run("0");
    for (key, value, back) in [
        ("nan", json!("NaN"), json!("NaN")),
        ("inf", json!("Infinity"), json!(f64::MAX)),
        ("ninf", json!("-Infinity"), json!(f64::MIN)),
        ("text", json!("3.25"), json!(3.25)),
        ("bool", json!(true), json!(1.0)),
        ("exact", json!(0.1 + 0.2), json!(0.1 + 0.2)),
    ] {
        server.post("/runs/log-metric", json!({"run_id": run, "key": key, "value": value, "timestamp": 1})).ok();
        let read = server.read_run(&run);
        let metric = read["data"]["metrics"].as_array().unwrap().iter().find(|metric| metric["key"] == key).unwrap();
        assert_eq!(metric["value"], back, "{key}");
    }
}

#[test]
fn a_parameter_is_written_once() {
    let server = TestServer::start();
    let run = server.run("0");
    let log = |value: &str| server.post("/runs/log-parameter", json!({"run_id": run, "key": "p", "value": value}));
    log("1").ok();
    log("1").ok();
    assert_eq!(
        log("2").invalid(),
        format!(
            "Changing param values is not allowed. Param with key='p' was already logged with value='1' for run \
             ID='{run}'. Attempted logging new value '2'."
        )
    );
    let batch = json!({"run_id": run, "metrics": [{"key": "m", "value": 1, "timestamp": 1}],
        "params": [{"key": "q", "value": "1"}, {"key": "p", "value": "zzz"}], "tags": [{"key": "t", "value": "1"}]});
    assert_eq!(
        server.post("/runs/log-batch", batch).invalid(),
        format!(
            "Changing param values is not allowed. Params were already logged='[{{'key': 'p', 'old_value': '1', \
             'new_value': 'zzz'}}]' for run ID='{run}'."
        )
    );
    let data = server.read_run(&run)["data"].clone();
    assert_eq!(pairs(&data["params"]), expected(&[("p", "1")]));
    assert_eq!((data.get("metrics"), data["tags"].as_array().unwrap().len()), (None, 1));

    server.post("/runs/log-parameter", json!({"run_id": run, "key": "long", "value": "x".repeat(6001)})).ok();
    let params = pairs(&server.read_run(&run)["data"]["params"]);
    assert_eq!(params[0].1.len(), 6000);
}

#[test]
fn tags_change_and_go() {
    let server = TestServer::start();
    let run = server.run("0");
    let set = |key: &str, value: &str| server.post("/runs/set-tag", json!({"run_id": run, "key": key, "value": value}));
    set("t", "1").ok();
    set("t", "2").ok();
    set("long", &"ü".repeat(8001)).ok();
    set("mlflow.runName", "renamed").ok();
    let read = server.read_run(&run);
    assert_eq!(read["info"]["run_name"], "renamed");
    let tags = pairs(&read["data"]["tags"]);
    assert_eq!(tags.iter().map(|(key, _)| key.as_str()).collect::<Vec<_>>(), ["long", "mlflow.runName", "t"]);
    assert_eq!((tags[0].1.chars().count(), tags[2].1.as_str()), (8000, "2"));

    let delete = || server.post("/runs/delete-tag", json!({"run_id": run, "key": "t"}));
    delete().ok();
    assert_eq!(delete().absent(), format!("No tag with name: t in run with id {run}"));
}

#[test]
fn a_batch_stores_all_it_holds() {
    let server = TestServer::start();
    let run = server.run("0");
    let metrics: Vec<Value> =
        (0..898).map(|step| json!({"key": "m", "value": step, "timestamp": step, "step": step})).collect();
    let batch = json!({"run_id": run, "metrics": metrics, "params": [{"key": "p", "value": "v"}],
        "tags": [{"key": "t", "value": "v"}]});
    assert_eq!(server.post("/runs/log-batch", batch).ok(), json!({}));
    let data = server.read_run(&run)["data"].clone();
    assert_eq!(data["metrics"][0]["step"], 897);
    assert_eq!(pairs(&data["params"]), expected(&[("p", "v")]));
    let history = server.get(&format!("/metrics/get-history?run_id={run}&metric_key=m")).ok();
    assert_eq!(history["metrics"].as_array().unwrap().len(), 898);
    assert_eq!(server.post("/runs/log-batch", json!({"run_id": run})).ok(), json!({}));
}

#[test]
fn inputs_and_outputs_of_a_run_are_kept() {
    let server = TestServer::start();
    let run = server.run("0");
    let model = server.post("/logged-models", json!({"experiment_id": "0", "source_run_id": run})).ok();
    let model = model["model"]["info"]["model_id"].as_str().unwrap().to_owned();
    let dataset = json!({"name": "wine", "digest": "d1", "source_type": "local", "source": "{}", "schema": "{}"});
    let tags = json!([{"key": "mlflow.data.context", "value": "train"}]);
    let inputs = json!({"run_id": run, "datasets": [{"tags": tags, "dataset": dataset}],
        "models": [{"model_id": model}]});
    server.post("/runs/log-inputs", inputs.clone()).ok();
    server.post("/runs/log-inputs", inputs).ok();
    server.post("/runs/outputs", json!({"run_id": run, "models": [{"model_id": model, "step": 3}]})).ok();

    let read = server.read_run(&run);
    assert_eq!(read["inputs"]["dataset_inputs"], json!([{"tags": tags, "dataset": dataset}]));
    assert_eq!(read["inputs"]["model_inputs"][0], json!({"model_id": model}));
    assert_eq!(read["outputs"]["model_outputs"], json!([{"model_id": model, "step": 3}]));

    assert!(server.post("/runs/outputs", json!({"run_id": run})).invalid().contains("'models'"));
    let long = json!({"run_id": run, "datasets": [{"dataset": {"name": "x".repeat(501), "digest": "d"}}]});
    assert_eq!(server.post("/runs/log-inputs", long).invalid(), "'name' exceeds the maximum length of 500 characters");
}

#[test]
fn older_clients_note_models_in_a_tag() {
    let server = TestServer::start();
    let run = server.run("0");
    let model = json!({"run_id": run, "artifact_path": "model", "utc_time_created": "now", "flavors": {"sklearn": {}}});
    let log = |model: &Value| server.post("/runs/log-model", json!({"run_id": run, "model_json": model.to_string()}));
    log(&model).ok();
    log(&model).ok();
    let tags = pairs(&server.read_run(&run)["data"]["tags"]);
    let (_, history) = tags.iter().find(|(key, _)| key == "mlflow.log-model.history").unwrap();
    assert_eq!(serde_json::from_str::<Value>(history).unwrap(), json!([model, model]));
    assert!(log(&json!({"run_id": run})).invalid().contains("missing mandatory fields"));
    assert!(
        server.post("/runs/log-model", json!({"run_id": run, "model_json": "{"})).invalid().contains("not a valid")
    );
}

fn ids(answer: &Value) -> Vec<&str> {
    answer["runs"]
        .as_array()
        .map(|list| list.iter().map(|run| run["info"]["run_id"].as_str().unwrap()).collect())
        .unwrap_or_default()
}

#[test]
fn a_search_filters_orders_and_pages() {
    let server = TestServer::start();
    let experiment = server.experiment("search");
    let losses = [0.3, 0.1, 0.2];
    let runs: Vec<String> = (0..4)
        .map(|at| {
            let created =
                server.post("/runs/create", json!({"experiment_id": experiment, "start_time": 1000 + at})).ok();
            let run = created["run"]["info"]["run_id"].as_str().unwrap().to_owned();
            if at < 3 {
                let batch = json!({"run_id": run, "metrics": [{"key": "loss", "value": losses[at], "timestamp": 1}],
                    "params": [{"key": "depth", "value": at.to_string()}]});
                server.post("/runs/log-batch", batch).ok();
            }
            run
        })
        .collect();
    let search = |body: Value| {
        let mut body = body;
        body["experiment_ids"] = json!([experiment]);
        server.post("/runs/search", body).ok()
    };
    let [a, b, c, d] = [&runs[0], &runs[1], &runs[2], &runs[3]];
    assert_eq!(ids(&search(json!({}))), [d, c, b, a]);
    assert_eq!(ids(&search(json!({"order_by": ["metrics.loss ASC"]}))), [b, c, a, d]);
    assert_eq!(ids(&search(json!({"order_by": ["metrics.loss DESC"]}))), [a, c, b, d]);
    assert_eq!(ids(&search(json!({"filter": "metrics.loss < 0.25 AND params.depth = '2'"}))), [c]);
    assert_eq!(ids(&search(json!({"filter": format!("attributes.run_id IN ('{a}', '{d}')")}))), [d, a]);

    let first = search(json!({"max_results": 3}));
    assert_eq!(ids(&first), [d, c, b]);
    let second = search(json!({"max_results": 3, "page_token": first["next_page_token"]}));
    assert_eq!((ids(&second), &second["next_page_token"]), (vec![a.as_str()], &Value::Null));

    server.post("/runs/delete", json!({"run_id": a})).ok();
    assert_eq!(ids(&search(json!({"run_view_type": "DELETED_ONLY"}))), [a]);
    assert_eq!(ids(&search(json!({"run_view_type": "ALL"}))).len(), 4);
    assert_eq!(server.post("/runs/search", json!({})).ok(), json!({}));
    assert_eq!(server.post("/runs/search", json!({"experiment_ids": ["999"]})).ok(), json!({}));
}

#[test]
fn a_search_that_makes_no_sense_is_refused() {
    let server = TestServer::start();
    for (body, words) in [
        (json!({"max_results": 0}), "It must be a positive integer"),
        (json!({"max_results": 50_001}), "Invalid value 50001 for parameter 'max_results'"),
        (json!({"filter": "metrics.b > 0 OR metrics.b < 0"}), "Invalid clause(s) in filter string: 'OR'"),
        (json!({"filter": "metrics.b > 'x'"}), "Expected numeric value type for metric."),
        (json!({"order_by": ["foo"]}), "Invalid attribute key 'foo' specified"),
        (json!({"order_by": ["start_time", "start_time"]}), "duplicate"),
        (json!({"page_token": "!!!"}), "Invalid page token, decoded value=b''"),
        (json!({"run_view_type": 9}), "'run_view_type'"),
        (json!({"experiment_ids": "0"}), "Hint: Value was of type 'str'"),
        (json!({"experiment_ids": ["abc"]}), "Invalid experiment ID 'abc'"),
    ] {
        let mut body = body;
        if body.get("experiment_ids").is_none() {
            body["experiment_ids"] = json!(["0"]);
        }
        let message = server.post("/runs/search", body.clone()).invalid();
        assert!(message.contains(words), "{body}: {message}");
    }
}
