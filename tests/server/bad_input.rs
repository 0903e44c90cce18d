//! Input that is wrong, huge, cut off or hostile: refused with MLflow's code and a clear message, nothing stored in
//! part, and the server goes on.

use std::io::{Read as _, Write as _};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::support::{AJAX, API, PROXY, Reply, TestServer};

fn post_raw(server: &TestServer, endpoint: &str, body: impl Into<Vec<u8>>) -> Reply {
    let request = server.request("POST", &format!("{API}{endpoint}"));
    TestServer::send(request.header("Content-Type", "application/json").body(body.into()))
}

#[test]
fn malformed_json_is_told_as_what_is_missing() {
    let server = TestServer::start();
    for body in ["", "{", "null", "{\"name\": }", "\u{feff}{}", "{\"name\": \"a\"", "'x'"] {
        let message = post_raw(&server, "/experiments/create", body).invalid();
        assert!(message.starts_with("Missing value for required parameter 'name'."), "{body}: {message}");
    }
    post_raw(&server, "/experiments/create", "[1]").invalid();
    post_raw(&server, "/experiments/create", vec![b'{', 0xff, 0xfe]).invalid();
    assert_eq!(server.post("/experiments/search", json!({"max_results": 9})).ok()["experiments"][0]["name"], "Default");
}

#[test]
fn hostile_json_costs_nothing() {
    let server = TestServer::start();
    let started = Instant::now();
    let deep = "[".repeat(500_000);
    post_raw(&server, "/experiments/create", format!("{{\"name\": {deep}")).invalid();
    let nested = format!("{{\"tags\": {}{}, \"name\": \"n\"}}", "[".repeat(100_000), "]".repeat(100_000));
    post_raw(&server, "/experiments/create", nested).invalid();
    let objects = format!("{{\"name\": {}1{}}}", "{\"a\":".repeat(100_000), "}".repeat(100_000));
    post_raw(&server, "/experiments/create", objects).invalid();
    let filter = vec!["metrics.m > 0"; 300].join(" AND ");
    let reply = server.post("/runs/search", json!({"experiment_ids": ["0"], "filter": filter}));
    assert!(reply.status < 500, "{}", reply.text());
    assert!(started.elapsed() < Duration::from_secs(10));
    assert_eq!(server.fetch("/health").text(), "OK");
}

#[test]
fn fields_of_the_wrong_type_are_named() {
    let server = TestServer::start();
    let run = server.run("0");
    for (endpoint, body, words) in [
        (
            "/experiments/create",
            json!({"name": 123}),
            "Invalid value 123 for parameter 'name' supplied:  Hint: Value was of type 'int'.",
        ),
        ("/experiments/create", json!({"name": "a", "tags": "x"}), "'tags'"),
        ("/experiments/create", json!({"name": "a", "tags": [{"key": 1}]}), "'tags[0].key'"),
        (
            "/runs/log-metric",
            json!({"run_id": run, "key": "k", "value": "abc", "timestamp": 1}),
            "Invalid value \"abc\" for parameter 'value'",
        ),
        ("/runs/log-metric", json!({"run_id": run, "key": "k", "value": {}, "timestamp": 1}), "'value'"),
        (
            "/runs/log-metric",
            json!({"run_id": run, "key": "k", "value": 1, "timestamp": 1, "step": 1.5}),
            "Invalid value 1.5 for parameter 'step'",
        ),
        (
            "/runs/log-metric",
            json!({"run_id": run, "key": "k", "value": 1, "timestamp": 1, "step": 18_446_744_073_709_551_615_u64}),
            "'step'",
        ),
        (
            "/runs/log-metric",
            json!({"run_id": run, "key": "k", "value": 1, "timestamp": null}),
            "Missing value for required parameter 'timestamp'",
        ),
        (
            "/runs/log-metric",
            json!({"run_id": run, "key": "k", "value": 1, "timestamp": -1}),
            "Timestamp must be a nonnegative long",
        ),
        ("/runs/log-metric", json!({"run_id": 5, "key": "k", "value": 1, "timestamp": 1}), "'run_id'"),
        (
            "/runs/log-parameter",
            json!({"run_id": run, "key": "k", "value": 3}),
            "Invalid value 3 for parameter 'value'",
        ),
        (
            "/runs/set-tag",
            json!({"run_id": run, "key": "", "value": "v"}),
            "Missing value for required parameter 'key'",
        ),
        ("/runs/log-batch", json!({"run_id": run, "metrics": {}}), "'metrics'"),
        ("/runs/log-batch", json!({"run_id": run, "metrics": [1]}), "'metrics[0]'"),
        ("/runs/log-inputs", json!({"run_id": run, "datasets": [{"tags": []}]}), "'datasets[0].dataset'"),
    ] {
        let message = server.post(endpoint, body).invalid();
        assert!(message.contains(words), "{message}");
    }
    assert_eq!(server.read_run(&run)["data"].get("metrics"), None);
}

#[test]
fn a_bare_nan_or_infinity_is_refused_and_not_stored_as_zero() {
    let server = TestServer::start();
    let run = server.run("0");
    for value in ["NaN", "Infinity", "-Infinity", "1e999"] {
        let body = format!("{{\"run_id\":\"{run}\",\"key\":\"m\",\"value\":{value},\"timestamp\":1}}");
        post_raw(&server, "/runs/log-metric", body).invalid();
    }
    assert_eq!(server.read_run(&run)["data"].get("metrics"), None);
}

#[test]
fn unknown_fields_are_ignored_and_both_spellings_refused() {
    let server = TestServer::start();
    server.post("/experiments/create", json!({"name": "uf", "zzz": [1, {"a": null}]})).ok();
    server.post("/experiments/create", json!({"name": "cc", "artifactLocation": "s3://b/c"})).ok();
    let both = json!({"name": "x", "artifactLocation": "s3://b/c", "artifact_location": "s3://b/d"});
    assert_eq!(
        server.post("/experiments/create", both).invalid(),
        "Request specifies both 'artifact_location' and 'artifactLocation'; provide only one of them."
    );
    let run = server.run("0");
    let both = json!({"run_id": run, "runId": run, "tags": [{"key": "t", "value": "v"}]});
    assert!(server.post("/runs/log-batch", both).invalid().contains("both"));
}

#[test]
fn keys_that_are_too_long_or_no_names_are_refused() {
    let server = TestServer::start();
    let run = server.run("0");
    let long = "k".repeat(251);
    for key in [long.as_str(), "a#b", "../x", "/x", "a//b", "a\0b", "a\nb", "."] {
        for (endpoint, body) in [
            ("/runs/log-metric", json!({"run_id": run, "key": key, "value": 1, "timestamp": 1})),
            ("/runs/log-parameter", json!({"run_id": run, "key": key, "value": "v"})),
            ("/runs/set-tag", json!({"run_id": run, "key": key, "value": "v"})),
            (
                "/runs/log-batch",
                json!({"run_id": run, "tags": [{"key": "ok", "value": "v"}, {"key": key, "value": "v"}]}),
            ),
            ("/experiments/set-experiment-tag", json!({"experiment_id": "0", "key": key, "value": "v"})),
        ] {
            server.post(endpoint, body).invalid();
        }
    }
    let data = server.read_run(&run)["data"].clone();
    assert_eq!(data["tags"].as_array().unwrap().len(), 1, "only the run's name: {data}");
    server
        .post("/experiments/set-experiment-tag", json!({"experiment_id": "0", "key": "k", "value": "v".repeat(20_001)}))
        .invalid();
}

#[test]
fn batches_that_are_too_large_are_refused_whole() {
    let server = TestServer::start();
    let run = server.run("0");
    let metrics = |count: usize| -> Vec<Value> {
        (0..count).map(|at| json!({"key": "m", "value": 1, "timestamp": at, "step": at})).collect()
    };
    let pairs =
        |count: usize| -> Vec<Value> { (0..count).map(|at| json!({"key": format!("k{at}"), "value": "v"})).collect() };
    for (body, words) in [
        (json!({"metrics": metrics(1001)}), "at most 1000 metrics. Got 1001 metrics."),
        (json!({"params": pairs(101)}), "at most 100 params. Got 101 params."),
        (json!({"tags": pairs(101)}), "at most 100 tags. Got 101 tags."),
        (json!({"metrics": metrics(950), "params": pairs(51)}), "at most 1000 metrics, params, and tags."),
        (json!({"params": [{"key": "d", "value": "1"}, {"key": "d", "value": "1"}]}), "Duplicate parameter keys"),
        (
            json!({"metrics": [{"key": "ok", "value": 1, "timestamp": 1}, {"key": "a#b", "value": 1, "timestamp": 1}]}),
            "'metrics[1].name'",
        ),
    ] {
        let mut body = body;
        body["run_id"] = json!(run);
        let message = server.post("/runs/log-batch", body).invalid();
        assert!(message.contains(words), "{message}");
    }
    let data = server.read_run(&run)["data"].clone();
    assert_eq!((data.get("metrics"), data.get("params")), (None, None));
}

#[test]
fn the_content_type_must_be_json() {
    let server = TestServer::start();
    let send = |content_type: Option<&str>| {
        let request = server.request("POST", &format!("{API}/experiments/create")).body("{\"name\":\"x\"}");
        TestServer::send(match content_type {
            Some(content_type) => request.header("Content-Type", content_type),
            None => request,
        })
    };
    assert_eq!(send(None).invalid(), "Bad Request. Content-Type header is missing.");
    for other in ["text/plain", "application/x-www-form-urlencoded", "<script>alert(1)</script>", "application/jsonx"] {
        assert_eq!(send(Some(other)).invalid(), "Bad Request. Content-Type must be one of ['application/json'].");
    }
    send(Some("application/json; charset=utf-8")).ok();
}

#[test]
fn bodies_above_the_limit_are_refused() {
    let server = TestServer::start();
    let name = server.post("/experiments/create", json!({"name": "x".repeat(5_000_000)}));
    assert_eq!(name.invalid(), "'name' exceeds the maximum length of 500 characters");
    let huge = vec![b' '; proofmark::server::MAX_JSON_BODY + 1];
    assert_eq!(
        post_raw(&server, "/experiments/create", huge).refused(413, "INVALID_PARAMETER_VALUE"),
        "The request body is larger than 36 MiB."
    );
    // Without an announced length, too.
    let chunked = reqwest::blocking::Body::new(std::io::repeat(b' ').take(proofmark::server::MAX_JSON_BODY as u64 + 1));
    let request =
        server.request("POST", &format!("{API}/experiments/create")).header("Content-Type", "application/json");
    TestServer::send(request.body(chunked)).refused(413, "INVALID_PARAMETER_VALUE");
    assert_eq!(server.fetch("/health").text(), "OK");
}

#[test]
fn the_largest_legal_dataset_fits() {
    let server = TestServer::start();
    let run = server.run("0");
    let dataset = |profile: String| json!({"run_id": run, "datasets": [{"dataset": {"name": "n", "digest": "d", "source_type": "t", "source": "s", "profile": profile}}]});
    server.post("/runs/log-inputs", dataset("\"".repeat(16_777_215))).ok();
    let message = server.post("/runs/log-inputs", dataset("x".repeat(16_777_216))).invalid();
    assert_eq!(message, "'profile' exceeds the maximum length of 16777215 characters");
}

#[test]
fn a_client_that_stops_in_the_middle_leaves_nothing() {
    let server = TestServer::start();
    let run = server.run("0");
    let body = format!("{{\"run_id\":\"{run}\",\"key\":\"m\",\"value\":1,\"timestamp\":1}}");
    let mut stream = server.connect();
    write!(
        stream,
        "POST {API}/runs/log-metric HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        body.len() + 10
    )
    .unwrap();
    drop(stream);

    let mut stream = server.connect();
    write!(stream, "PUT {PROXY}/0/half.bin HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3000000\r\n\r\n").unwrap();
    stream.write_all(&vec![7; 2_000_000]).unwrap();
    drop(stream);

    let mut stream = server.connect();
    write!(
        stream,
        "PUT {PROXY}/0/chunks.bin HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel"
    )
    .unwrap();
    drop(stream);

    // The answer to a later request proves that the server goes on; files are gone once their connection has ended.
    assert_eq!(server.read_run(&run)["data"].get("metrics"), None);
    let incoming = server.store.artifacts().root().join(".incoming");
    let deadline = Instant::now() + Duration::from_secs(20);
    let leftovers = || std::fs::read_dir(&incoming).map(Iterator::count).unwrap_or_default();
    while leftovers() > 0 && Instant::now() < deadline {
        std::thread::yield_now();
    }
    assert_eq!(leftovers(), 0);
    assert_eq!(server.fetch(&format!("{PROXY}?path=0")).ok(), json!({}));
}

#[test]
fn what_is_no_http_does_not_disturb() {
    let server = TestServer::start();
    for bytes in [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03".as_slice(),
        b"GET /health HTTP/1.1\r\nHost: localhost\r\nContent-Length: x\r\n\r\n",
        b"GET /health HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\nConnection: close\r\n\r\n0\r\n\r\n",
        b"\r\n\r\n\r\n",
        b"FROB\0NICATE / HTTP/9.9\r\n\r\n",
    ] {
        let mut stream = server.connect();
        let _ = stream.write_all(bytes);
        let _ = stream.shutdown(std::net::Shutdown::Write);
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer);
        let answer = String::from_utf8_lossy(&answer);
        assert!(!answer.contains(" 50"), "{answer}");
    }
    let headers = "X-Filler: 0123456789\r\n".repeat(100_000);
    let answer = server.raw(format!("GET /health HTTP/1.1\r\nHost: localhost\r\n{headers}\r\n").as_bytes());
    assert!(answer.is_empty() || answer.contains(" 431 "), "{}", answer.chars().take(200).collect::<String>());
    assert_eq!(server.fetch("/health").text(), "OK");
}

#[test]
fn unknown_endpoints_answer_json() {
    let server = TestServer::start();
    for path in [
        "/",
        "/nope",
        "/graphql",
        "/api/2.0/mlflow/nope",
        "/api/3.0/mlflow/traces/x",
        "/ajax-api/2.0/mlflow/gateway-proxy",
        "/api/2.0/mlflow/registered-models/search",
        "/api/2.0/mlflow/model-versions/get",
        "/api/2.0/mlflow/webhooks",
        "/v1/traces",
    ] {
        let reply = server.fetch(path);
        assert!(reply.refused(404, "ENDPOINT_NOT_FOUND").contains(path), "{path}");
        assert_eq!(reply.header("content-type"), "application/json");
        server.call("POST", path, &json!({})).refused(404, "ENDPOINT_NOT_FOUND");
    }
    let wrong = server.fetch(&format!("{API}/experiments/create"));
    wrong.refused(405, "ENDPOINT_NOT_FOUND");
    assert_eq!(wrong.header("allow"), "POST");
}

#[test]
fn paths_that_lead_out_are_refused() {
    let server = TestServer::start();
    let run = server.run("0");
    let secret = server.folder.path().join("secret.txt");
    std::fs::write(&secret, "secret").unwrap();
    let outside = [
        "../secret.txt",
        "..%2fsecret.txt",
        "%2e%2e/secret.txt",
        "%2e%2e%2fsecret.txt",
        "%252e%252e%252fsecret.txt",
        "%25252e%25252e/secret.txt",
        "0/../../secret.txt",
        "0/..%2f../secret.txt",
        "..;/secret.txt/../../x",
        "..%5csecret.txt",
        "0%5c..%5csecret.txt",
        "C:%5cx",
        "C:/x",
        "c:x",
        "%2fetc/passwd",
        "/etc/passwd",
        "file:///etc/passwd",
        "file:etc",
        "a%00b",
        "a%2500b",
        "x%23y/../../z",
        "./x",
        "0/./x",
        "%ff",
        "x%0ay",
    ];
    for path in outside {
        for method in ["GET", "PUT", "DELETE"] {
            // Sent as it is: a client library would tidy the path up.
            let answer = server.raw(
                format!("{method} {PROXY}/{path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
                    .as_bytes(),
            );
            let status = answer.split(' ').nth(1).unwrap_or_default().to_owned();
            assert!(status == "400" || status == "404", "{method} {path}: {answer}");
            assert!(method == "GET" || status == "400", "{method} {path}: {answer}");
            assert!(!answer.contains("secret\r\n") && !answer.ends_with("secret"), "{path}");
        }
        if path == "%ff" {
            // In a query it stands for the replacement character, which is a name like any other.
            continue;
        }
        for address in [
            format!("{PROXY}?path={path}"),
            format!("{API}/artifacts/list?run_id={run}&path={path}"),
            format!("/get-artifact?run_id={run}&path={path}"),
        ] {
            let answer = server
                .raw(format!("GET {address} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").as_bytes());
            assert!(answer.starts_with("HTTP/1.1 400") || answer.starts_with("HTTP/1.1 404"), "{address}: {answer}");
        }
        let answer = server.raw(
            format!("POST {AJAX}/upload-artifact?run_uuid={run}&path={path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\nConnection: close\r\n\r\nx")
                .as_bytes(),
        );
        assert!(answer.starts_with("HTTP/1.1 400"), "{path}: {answer}");
    }
    assert_eq!(std::fs::read_to_string(&secret).unwrap(), "secret");
    server.get("/artifacts/list?run_id=..%2f..%2fetc").absent();
    server.get("/runs/get?run_id=..%2f..%2fetc").absent();
}

#[cfg(unix)]
#[test]
fn links_among_artifacts_are_not_followed() {
    let server = TestServer::start();
    let outside = server.folder.path().join("outside");
    std::fs::create_dir(&outside).unwrap();
    std::fs::write(outside.join("x.txt"), "secret").unwrap();
    server.put(&format!("{PROXY}/0/real.txt"), "x");
    let inside = server.store.artifacts().root().join("0");
    std::os::unix::fs::symlink(&outside, inside.join("folder")).unwrap();
    std::os::unix::fs::symlink(outside.join("x.txt"), inside.join("file.txt")).unwrap();
    for path in ["folder/x.txt", "file.txt"] {
        assert!(server.fetch(&format!("{PROXY}/0/{path}")).invalid().contains("symbolic link"));
        server.put(&format!("{PROXY}/0/{path}"), "changed").invalid();
        server.delete(&format!("{PROXY}/0/{path}")).invalid();
    }
    assert_eq!(std::fs::read_to_string(outside.join("x.txt")).unwrap(), "secret");
    assert_eq!(
        server.fetch(&format!("{PROXY}?path=0")).ok(),
        json!({"files": [{"path": "real.txt", "is_dir": false, "file_size": 1}]})
    );
}

#[test]
fn artifact_locations_on_this_machine_are_refused() {
    let server = TestServer::start();
    for location in [
        "file:///etc",
        "/etc",
        "etc",
        "../x",
        "C:\\x",
        "mlflow-artifacts:/../../x",
        "mlflow-artifacts:/a/%2e%2e/b",
        "mlflow-artifacts://evil.com/x",
        "http:///#/../../../etc/",
        "http:///;..%2f..%2fetc",
        "http://169.254.169.254/",
        "https://h/x",
        "ftp://h/x",
        "runs:/x",
        "s3://b/x#frag",
        "s3://b/../x",
    ] {
        let message = server.post("/experiments/create", json!({"name": "x", "artifact_location": location})).invalid();
        assert!(!message.is_empty(), "{location}");
    }
    server.get("/experiments/get-by-name?experiment_name=x").absent();
}

#[test]
fn long_lists_are_refused_before_they_are_read() {
    let server = TestServer::start();
    let run = server.run("0");
    let pairs: Vec<Value> = (0..1001).map(|at| json!({"key": format!("k{at}"), "value": "v"})).collect();
    let datasets = vec![json!({"dataset_name": "d"}); 101];
    let orders = vec![json!({"field_name": "metrics.m"}); 51];
    let models = vec![json!({"model_id": "m"}); 1001];
    for (endpoint, body, words) in [
        ("/runs/create", json!({"experiment_id": "0", "tags": pairs}), "'tags' can hold at most 1000 entries"),
        ("/experiments/create", json!({"name": "x", "tags": pairs}), "'tags' can hold at most 1000 entries"),
        ("/logged-models", json!({"experiment_id": "0", "params": pairs}), "'params' can hold at most 1000"),
        ("/logged-models", json!({"experiment_id": "0", "tags": pairs}), "'tags' can hold at most 1000"),
        ("/logged-models/search", json!({"experiment_ids": ["0"], "datasets": datasets}), "at most 100 entries"),
        ("/logged-models/search", json!({"experiment_ids": ["0"], "order_by": orders}), "at most 50 entries"),
        ("/runs/log-inputs", json!({"run_id": run, "models": models}), "'models' can hold at most 1000"),
        ("/runs/outputs", json!({"run_id": run, "models": models}), "'models' can hold at most 1000"),
    ] {
        let message = server.post(endpoint, body).invalid();
        assert!(message.contains(words), "{message}");
    }
    let legal = json!({"experiment_ids": ["0"], "datasets": &datasets[..100], "order_by": &orders[..50]});
    server.post("/logged-models/search", legal).ok();
    let metrics = format!("{{\"run_id\":\"{run}\",\"metrics\":[{}{{}}]}}", "{},".repeat(2_000_000));
    let message = post_raw(&server, "/runs/log-batch", metrics).invalid();
    assert!(message.contains("at most 1000 metrics. Got 2000001 metrics."), "{message}");
}

#[test]
fn texts_without_a_limit_of_mlflow_have_one_of_ours() {
    let server = TestServer::start();
    let run = server.run("0");
    let long = "x".repeat(501);
    let dataset = json!({"dataset": {"name": "n", "digest": "d", "source_type": long, "source": "s"}});
    for (endpoint, body, words) in [
        ("/runs/create", json!({"experiment_id": "0", "user_id": "u".repeat(257)}), "'user_id' exceeds"),
        ("/logged-models", json!({"experiment_id": "0", "model_type": long}), "'model_type' exceeds"),
        ("/logged-models", json!({"experiment_id": "0", "source_run_id": long}), "'source_run_id' exceeds"),
        ("/runs/log-inputs", json!({"run_id": run, "datasets": [dataset]}), "'source_type' exceeds"),
        ("/runs/log-inputs", json!({"run_id": run, "models": [{"model_id": long}]}), "'model_id' exceeds"),
        ("/runs/outputs", json!({"run_id": run, "models": [{"model_id": long}]}), "'model_id' exceeds"),
    ] {
        let message = server.post(endpoint, body).invalid();
        assert!(message.contains(words), "{message}");
    }
}

#[test]
fn errors_repeat_only_the_start_of_a_long_input() {
    let server = TestServer::start();
    let run = server.run("0");
    let long = "é".repeat(1_000_000);
    for (endpoint, body) in [
        ("/experiments/delete", json!({"experiment_id": long})),
        ("/runs/delete", json!({"run_id": long})),
        ("/runs/delete-tag", json!({"run_id": run, "key": long})),
        ("/runs/log-metric", json!({"run_id": run, "key": "#".repeat(1_000_000), "value": 1, "timestamp": 1})),
        ("/runs/log-batch", json!({"run_id": long})),
        ("/runs/search", json!({"experiment_ids": ["0"], "filter": long})),
        ("/runs/search", json!({"experiment_ids": ["0"], "order_by": [long]})),
        ("/logged-models", json!({"experiment_id": "0", "name": format!("/{long}")})),
        ("/experiments/create", json!({"name": "x", "artifact_location": format!("runs:{long}")})),
    ] {
        let reply = server.post(endpoint, body);
        assert!((400..500).contains(&reply.status), "{endpoint}: {}", reply.status);
        assert!(reply.bytes.len() < 20_000, "{endpoint}: {} bytes", reply.bytes.len());
    }
}
