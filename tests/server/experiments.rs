//! Experiments and the datasets of their runs.

use serde_json::{Value, json};

use crate::support::{AJAX, TestServer, expected, pairs};

#[test]
fn an_experiment_lives_and_dies() {
    let server = TestServer::start();
    let created =
        server.post("/experiments/create", json!({"name": "wine", "tags": [{"key": "team", "value": "quality"}]})).ok();
    let id = created["experiment_id"].as_str().unwrap().to_owned();

    let read = server.get(&format!("/experiments/get?experiment_id={id}")).ok()["experiment"].clone();
    assert_eq!(read["name"], "wine");
    assert_eq!(read["artifact_location"], format!("mlflow-artifacts:/{id}"));
    assert_eq!(read["lifecycle_stage"], "active");
    assert!(read["creation_time"].as_i64().unwrap() > 1_700_000_000_000);
    assert_eq!(pairs(&read["tags"]), expected(&[("team", "quality")]));
    assert_eq!(server.get("/experiments/get-by-name?experiment_name=wine").ok()["experiment"], read);
    assert_eq!(server.fetch(&format!("{AJAX}/experiments/get?experiment_id={id}")).ok()["experiment"], read);

    assert_eq!(
        server.post("/experiments/update", json!({"experiment_id": id, "new_name": "red wine"})).ok(),
        json!({})
    );
    let tag = json!({"experiment_id": id, "key": "stage", "value": "first"});
    assert_eq!(server.post("/experiments/set-experiment-tag", tag).ok(), json!({}));
    let tag = json!({"experiment_id": id, "key": "team"});
    assert_eq!(server.post("/experiments/delete-experiment-tag", tag).ok(), json!({}));
    let read = server.get(&format!("/experiments/get?experiment_id={id}")).ok()["experiment"].clone();
    assert_eq!((&read["name"], pairs(&read["tags"])), (&json!("red wine"), expected(&[("stage", "first")])));

    let run = server.run(&id);
    assert_eq!(server.post("/experiments/delete", json!({"experiment_id": id})).ok(), json!({}));
    let read = server.get("/experiments/get-by-name?experiment_name=red%20wine").ok();
    assert_eq!(read["experiment"]["lifecycle_stage"], "deleted");
    assert_eq!(server.read_run(&run)["info"]["lifecycle_stage"], "deleted");
    assert_eq!(server.post("/experiments/restore", json!({"experiment_id": id})).ok(), json!({}));
    assert_eq!(server.read_run(&run)["info"]["lifecycle_stage"], "active");
}

#[test]
fn refusals_say_what_is_wrong() {
    let server = TestServer::start();
    server.experiment("a");
    let deleted = server.experiment("gone");
    server.post("/experiments/delete", json!({"experiment_id": deleted})).ok();

    let message = server.post("/experiments/create", json!({"name": "a"})).refused(400, "RESOURCE_ALREADY_EXISTS");
    assert!(message.starts_with("Experiment(name=a) already exists."), "{message}");
    server.post("/experiments/create", json!({"name": "gone"})).refused(400, "RESOURCE_ALREADY_EXISTS");
    assert_eq!(server.post("/experiments/create", json!({"name": "   "})).invalid(), "Invalid experiment name: '   '");
    assert_eq!(
        server.post("/experiments/create", json!({"name": "x".repeat(501)})).invalid(),
        "'name' exceeds the maximum length of 500 characters"
    );
    assert_eq!(server.get("/experiments/get?experiment_id=99").absent(), "No Experiment with id=99 exists");
    assert_eq!(
        server.get("/experiments/get?experiment_id=x").invalid(),
        "Invalid experiment ID 'x'. Experiment ID must be a valid integer."
    );
    assert_eq!(
        server.get("/experiments/get-by-name?experiment_name=b").absent(),
        "Could not find experiment with name 'b'"
    );
    for endpoint in ["delete", "restore", "update", "set-experiment-tag", "delete-experiment-tag"] {
        let body = json!({"experiment_id": "99", "new_name": "n", "key": "k", "value": "v"});
        server.post(&format!("/experiments/{endpoint}"), body).absent();
    }
    server.post("/experiments/update", json!({"experiment_id": deleted, "new_name": "n"})).invalid();
    server
        .post("/experiments/set-experiment-tag", json!({"experiment_id": deleted, "key": "k", "value": "v"}))
        .invalid();
    server.post("/experiments/delete", json!({"experiment_id": deleted})).absent();
    server
        .post("/experiments/update", json!({"experiment_id": "1", "new_name": "gone"}))
        .refused(400, "RESOURCE_ALREADY_EXISTS");
    assert_eq!(server.get("/experiments/get?experiment_id=1").ok()["experiment"]["name"], "a");
}

fn names(answer: &Value) -> Vec<&str> {
    answer["experiments"]
        .as_array()
        .map(|list| list.iter().map(|experiment| experiment["name"].as_str().unwrap()).collect())
        .unwrap_or_default()
}

#[test]
fn a_search_filters_orders_and_pages() {
    let server = TestServer::start();
    for name in ["a1", "a2", "a3", "b1"] {
        server.experiment(name);
    }
    let deleted = server.experiment("a4");
    server.post("/experiments/delete", json!({"experiment_id": deleted})).ok();

    let search = |body: Value| server.post("/experiments/search", body).ok();
    let filter = json!({"max_results": 2, "filter": "name LIKE 'a%'", "order_by": ["name ASC"]});
    let first = search(filter.clone());
    assert_eq!(names(&first), ["a1", "a2"]);
    let mut next = filter;
    next["page_token"] = first["next_page_token"].clone();
    let second = search(next);
    assert_eq!((names(&second), &second["next_page_token"]), (vec!["a3"], &Value::Null));

    // Newest first; those of one millisecond by their ids.
    let all = search(json!({"max_results": 9}));
    let order: Vec<_> = all["experiments"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| {
            let id: i64 = one["experiment_id"].as_str().unwrap().parse().unwrap();
            (std::cmp::Reverse(one["creation_time"].as_i64().unwrap()), id)
        })
        .collect();
    assert!(order.is_sorted(), "{order:?}");
    let mut unordered = names(&all);
    unordered.sort_unstable();
    assert_eq!(unordered, ["Default", "a1", "a2", "a3", "b1"]);
    assert_eq!(names(&search(json!({"max_results": 9, "view_type": "DELETED_ONLY"}))), ["a4"]);
    assert_eq!(names(&search(json!({"max_results": 9, "view_type": 3}))).len(), 6);
    assert_eq!(names(&server.get("/experiments/search?max_results=1&order_by=name%20ASC").ok()), ["Default"]);

    for (body, words) in [
        (json!({}), "Invalid value 0 for parameter 'max_results' supplied. It must be a positive integer"),
        (json!({"max_results": 50_001}), "It must be at most 50000"),
        (json!({"max_results": 5, "filter": "name = 'a' OR name = 'b'"}), "Invalid clause(s) in filter string"),
        (json!({"max_results": 5, "page_token": "bm90anNvbg=="}), "decoded value=b'notjson'"),
        (json!({"max_results": 5, "view_type": "SOME"}), "parameter 'view_type'"),
    ] {
        let message = server.post("/experiments/search", body).invalid();
        assert!(message.contains(words), "{message}");
    }
}

#[test]
fn datasets_of_an_experiment_are_listed() {
    let server = TestServer::start();
    let experiment = server.experiment("data");
    let run = server.run(&experiment);
    let input = json!({"run_id": run, "datasets": [{
        "tags": [{"key": "mlflow.data.context", "value": "train"}],
        "dataset": {"name": "wine", "digest": "d1", "source_type": "local", "source": "{}"}}]});
    server.post("/runs/log-inputs", input).ok();

    let search = |body: Value| server.call("POST", &format!("{AJAX}/experiments/search-datasets"), &body);
    assert_eq!(
        search(json!({"experiment_ids": [experiment]})).ok()["dataset_summaries"],
        json!([{"experiment_id": experiment, "name": "wine", "digest": "d1", "context": "train"}])
    );
    assert!(search(json!({})).invalid().contains("at least one experiment_id"));
    assert!(search(json!({"experiment_ids": vec!["1"; 21]})).invalid().contains("more than 20"));
}
