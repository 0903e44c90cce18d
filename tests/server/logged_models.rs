//! Logged models.

use serde_json::{Value, json};

use crate::support::{AJAX, API, PROXY, TestServer, expected, pairs};

fn create(server: &TestServer, name: &str) -> String {
    let created = server.post("/logged-models", json!({"experiment_id": "0", "name": name})).ok();
    created["model"]["info"]["model_id"].as_str().unwrap().to_owned()
}

fn read(server: &TestServer, id: &str) -> Value {
    server.get(&format!("/logged-models/{id}")).ok()["model"].clone()
}

#[test]
fn a_model_is_logged_and_made_ready() {
    let server = TestServer::start();
    let run = server.run("0");
    let model = server
        .post(
            "/logged-models",
            json!({"experiment_id": "0", "name": "forest", "model_type": "classifier", "source_run_id": run,
                   "params": [{"key": "p", "value": "v"}], "tags": [{"key": "t", "value": "v"}]}),
        )
        .ok()["model"]
        .clone();
    let info = &model["info"];
    let id = info["model_id"].as_str().unwrap().to_owned();
    assert!(id.starts_with("m-") && id.len() == 34, "{id}");
    assert_eq!(info["artifact_uri"], format!("mlflow-artifacts:/0/models/{id}/artifacts"));
    assert_eq!(
        (&info["status"], &info["name"], &info["model_type"], &info["source_run_id"]),
        (&json!("LOGGED_MODEL_PENDING"), &json!("forest"), &json!("classifier"), &json!(run))
    );
    assert_eq!(pairs(&model["data"]["params"]), expected(&[("p", "v")]));

    let path = format!("{API}/logged-models/{id}");
    let ready = server.call("PATCH", &path, &json!({"model_id": id, "status": "LOGGED_MODEL_READY"})).ok();
    assert_eq!(ready["model"]["info"]["status"], "LOGGED_MODEL_READY");
    let failed = server.call("PATCH", &path, &json!({"model_id": id, "status": 3})).ok();
    assert_eq!(failed["model"]["info"]["status"], "LOGGED_MODEL_UPLOAD_FAILED");
    assert!(server.call("PATCH", &path, &json!({"model_id": id, "status": "X"})).invalid().contains("'status'"));

    server.call("PATCH", &format!("{path}/tags"), &json!({"tags": [{"key": "x", "value": "y"}]})).ok();
    server
        .call("POST", &format!("{path}/params"), &json!({"model_id": id, "params": [{"key": "q", "value": "w"}]}))
        .ok();
    server.delete(&format!("{path}/tags/t")).ok();
    server.delete(&format!("{path}/tags/t")).absent();
    let metric = json!({"run_id": run, "key": "acc", "value": 0.5, "timestamp": 5, "step": 3, "model_id": id,
        "dataset_name": "ds", "dataset_digest": "d1"});
    server.post("/runs/log-metric", metric).ok();
    let model = read(&server, &id);
    assert_eq!(pairs(&model["info"]["tags"]), expected(&[("x", "y")]));
    assert_eq!(pairs(&model["data"]["params"]), expected(&[("p", "v"), ("q", "w")]));
    assert_eq!(
        model["data"]["metrics"],
        json!([{"key": "acc", "value": 0.5, "timestamp": 5, "step": 3, "dataset_name": "ds", "dataset_digest": "d1",
                "model_id": id, "run_id": run}])
    );
}

#[test]
fn refusals_say_what_is_wrong() {
    let server = TestServer::start();
    let run = server.run("0");
    let unknown = format!("m-{}", "0".repeat(32));
    assert_eq!(
        server.get(&format!("/logged-models/{unknown}")).absent(),
        format!("Logged model with ID '{unknown}' not found.")
    );
    let path = format!("{API}/logged-models/{unknown}");
    server.call("PATCH", &path, &json!({"model_id": unknown, "status": 2})).absent();
    server.call("PATCH", &format!("{path}/tags"), &json!({"tags": [{"key": "x", "value": "y"}]})).absent();
    server
        .call("POST", &format!("{path}/params"), &json!({"model_id": unknown, "params": [{"key": "x", "value": "y"}]}))
        .absent();
    assert!(server.post("/logged-models", json!({"name": "x"})).invalid().contains("'experiment_id'"));
    server.post("/logged-models", json!({"experiment_id": "99"})).absent();
    let message = server.post("/logged-models", json!({"experiment_id": "0", "name": "a/b"})).invalid();
    assert!(message.starts_with("Invalid model name ('a/b') provided."), "{message}");
    let metric = json!({"run_id": run, "key": "acc", "value": 0.5, "timestamp": 5, "model_id": unknown});
    let refused = server.post("/runs/log-metric", metric);
    assert!((400..500).contains(&refused.status), "{}", refused.text());
    assert_eq!(server.read_run(&run)["data"].get("metrics"), None, "nothing of a refused metric is stored");
}

#[test]
fn a_deleted_model_is_gone() {
    let server = TestServer::start();
    let id = create(&server, "gone");
    server.delete(&format!("{API}/logged-models/{id}")).ok();
    server.get(&format!("/logged-models/{id}")).absent();
    assert_eq!(server.post("/logged-models/search", json!({"experiment_ids": ["0"]})).ok(), json!({}));
}

fn names(answer: &Value) -> Vec<&str> {
    answer["models"]
        .as_array()
        .map(|list| list.iter().map(|model| model["info"]["name"].as_str().unwrap()).collect())
        .unwrap_or_default()
}

#[test]
fn a_search_filters_orders_and_pages() {
    let server = TestServer::start();
    let run = server.run("0");
    for (name, accuracy) in [("a", 0.2), ("b", 0.9), ("c", 0.5)] {
        let id = create(&server, name);
        let metric = json!({"run_id": run, "key": "acc", "value": accuracy, "timestamp": 1, "model_id": id,
            "dataset_name": "ds", "dataset_digest": "1"});
        server.post("/runs/log-metric", metric).ok();
    }
    let search = |body: Value| {
        let mut body = body;
        body["experiment_ids"] = json!(["0"]);
        server.post("/logged-models/search", body)
    };
    let by_accuracy = json!([{"field_name": "metrics.acc", "ascending": false}]);
    assert_eq!(names(&search(json!({"order_by": by_accuracy})).ok()), ["b", "c", "a"]);
    assert_eq!(names(&search(json!({"filter": "metrics.acc > 0.4 AND name != 'c'"})).ok()), ["b"]);
    assert_eq!(
        names(&search(json!({"filter": "metrics.acc > 0.4", "datasets": [{"dataset_name": "other"}]})).ok()),
        [""; 0]
    );

    let first = search(json!({"order_by": by_accuracy, "max_results": 2})).ok();
    assert_eq!(names(&first), ["b", "c"]);
    let token = &first["next_page_token"];
    assert_eq!(names(&search(json!({"order_by": by_accuracy, "max_results": 2, "page_token": token})).ok()), ["a"]);
    assert!(search(json!({"max_results": 2, "page_token": token})).invalid().contains("order"));

    for (body, words) in [
        (json!({"filter": "zz = 'x'"}), "zz"),
        (json!({"filter": "status = 'LOGGED_MODEL_READY'"}), "Unknown model status"),
        (json!({"order_by": [{"field_name": "zz"}]}), "Invalid order by field name: zz"),
        (json!({"datasets": [{"dataset_digest": "1"}]}), "`dataset_name`"),
        (json!({"page_token": "!!!"}), "Invalid page token"),
    ] {
        let message = search(body).invalid();
        assert!(message.contains(words), "{message}");
    }
    assert!(server.post("/logged-models/search", json!({})).invalid().contains("'experiment_ids'"));
}

#[test]
fn files_of_a_model_are_listed_and_fetched() {
    let server = TestServer::start();
    let id = create(&server, "files");
    let folder = format!("0/models/{id}/artifacts");
    assert_eq!(server.put(&format!("{PROXY}/{folder}/sub/MLmodel"), "flavors: {}").status, 200);
    let list = server.get(&format!("/logged-models/{id}/artifacts/directories")).ok();
    assert_eq!(list["root_uri"], format!("mlflow-artifacts:/{folder}"));
    assert_eq!(list["files"], json!([{"path": "sub", "is_dir": true}]));
    let list = server.get(&format!("/logged-models/{id}/artifacts/directories?artifact_directory_path=sub")).ok();
    assert_eq!(list["files"], json!([{"path": "sub/MLmodel", "is_dir": false, "file_size": 11}]));

    let file =
        |path: &str| server.fetch(&format!("{AJAX}/logged-models/{id}/artifacts/files?artifact_file_path={path}"));
    assert_eq!(file("sub/MLmodel").text(), "flavors: {}");
    file("sub/none").absent();
    assert_eq!(file("../../../etc/passwd").invalid(), "Invalid path");
    file("").refused(400, "BAD_REQUEST");
}
