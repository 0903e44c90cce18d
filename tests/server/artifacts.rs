//! Files through the server.

use std::io::Read as _;

use serde_json::json;

use crate::support::{AJAX, API, PROXY, TestServer};

#[test]
fn a_file_goes_up_and_comes_down() {
    let server = TestServer::start();
    let run = server.run("0");
    let root = format!("0/{run}/artifacts");
    for (path, content) in [("d/a.txt", "hello"), ("b%20b.json", "{}"), ("empty", "")] {
        let reply = server.put(&format!("{PROXY}/{root}/{path}"), content);
        assert_eq!((reply.status, reply.text().as_str()), (200, ""), "{path}");
    }
    let reply = server.fetch(&format!("{PROXY}/{root}/d/a.txt"));
    assert_eq!((reply.status, reply.text().as_str()), (200, "hello"));
    assert_eq!(reply.header("content-type"), "text/plain");
    assert_eq!(reply.header("content-disposition"), "attachment; filename=a.txt");
    assert_eq!(reply.header("x-content-type-options"), "nosniff");
    assert_eq!(reply.header("accept-ranges"), "bytes");
    assert_eq!(server.fetch(&format!("{PROXY}/{root}/b%20b.json")).text(), "{}");
    assert_eq!(server.fetch(&format!("{PROXY}/{root}/empty")).status, 200);
    assert_eq!(server.fetch(&format!("/get-artifact?run_id={run}&path=d%2Fa.txt")).text(), "hello");

    assert_eq!(
        server.fetch(&format!("{PROXY}?path={root}")).ok(),
        json!({"files": [{"path": "b b.json", "is_dir": false, "file_size": 2}, {"path": "d", "is_dir": true},
                         {"path": "empty", "is_dir": false}]})
    );
    assert_eq!(
        server.get(&format!("/artifacts/list?run_id={run}&path=d")).ok(),
        json!({"root_uri": format!("mlflow-artifacts:/{root}"),
               "files": [{"path": "d/a.txt", "is_dir": false, "file_size": 5}]})
    );
    for nothing in [format!("{root}/d/a.txt"), "nope".to_owned()] {
        assert_eq!(server.fetch(&format!("{PROXY}?path={nothing}")).ok(), json!({}));
    }

    assert_eq!(server.delete(&format!("{PROXY}/{root}/d/a.txt")).ok(), json!({}));
    assert_eq!(server.delete(&format!("{PROXY}/{root}/d/a.txt")).ok(), json!({}));
    let message = server.fetch(&format!("{PROXY}/{root}/d/a.txt")).absent();
    assert_eq!(message, format!("No such artifact: '{root}/d/a.txt'"));
}

#[test]
fn a_part_of_a_file_can_be_asked_for() {
    let server = TestServer::start();
    let address = format!("{PROXY}/0/x.bin");
    server.put(&address, "0123456789");
    let part = |range: &str| TestServer::send(server.request("GET", &address).header("Range", range));
    for (range, content, place) in [
        ("bytes=1-2", "12", "bytes 1-2/10"),
        ("bytes=7-", "789", "bytes 7-9/10"),
        ("bytes=-3", "789", "bytes 7-9/10"),
        ("bytes=0-99", "0123456789", "bytes 0-9/10"),
    ] {
        let reply = part(range);
        assert_eq!((reply.status, reply.text().as_str(), reply.header("content-range")), (206, content, place));
    }
    let beyond = part("bytes=10-");
    assert_eq!((beyond.status, beyond.header("content-range"), beyond.bytes.len()), (416, "bytes */10", 0));
    assert_eq!((part("bytes=0-1,4-5").status, part("nonsense").status), (200, 200));

    let tag = server.fetch(&address).header("etag").to_owned();
    let known = TestServer::send(server.request("GET", &address).header("If-None-Match", &tag));
    assert_eq!((known.status, known.bytes.len()), (304, 0));
    let changed = server.request("GET", &address).header("Range", "bytes=1-2").header("If-Range", "\"other\"");
    assert_eq!(TestServer::send(changed).status, 200);
}

#[test]
fn a_file_replaces_an_older_one_whole() {
    let server = TestServer::start();
    let address = format!("{PROXY}/0/x.txt");
    server.put(&address, "a longer content");
    server.put(&address, "short");
    assert_eq!(server.fetch(&address).text(), "short");
}

#[test]
fn names_of_all_kinds_come_back() {
    let server = TestServer::start();
    for (name, disposition) in [
        ("daten%20%C3%BC.csv", "attachment; filename=\"daten .csv\"; filename*=UTF-8''daten%20%C3%BC.csv"),
        ("a%22b.txt", "attachment; filename=\"a\\\"b.txt\""),
    ] {
        let address = format!("{PROXY}/0/{name}");
        assert_eq!(server.put(&address, "x").status, 200, "{name}");
        let reply = server.fetch(&address);
        assert_eq!((reply.status, reply.header("content-disposition")), (200, disposition));
    }
}

#[test]
fn what_is_no_file_is_refused() {
    let server = TestServer::start();
    server.put(&format!("{PROXY}/0/d/x.txt"), "x");
    assert!(server.fetch(&format!("{PROXY}/0/d")).invalid().contains("refers to a directory"));
    assert!(server.put(&format!("{PROXY}/0/d/"), "x").invalid().contains("cannot end with '/'"));
    server.put(&format!("{PROXY}/0/d"), "x").invalid();
    server.put(&format!("{PROXY}/0/d/x.txt/y"), "x").invalid();
    server.put(&format!("{PROXY}/0/{}", "n".repeat(300)), "x").invalid();
    assert_eq!(server.fetch(&format!("{PROXY}/0/d/x.txt")).text(), "x");
}

#[test]
fn transfers_in_parts_are_not_there() {
    let server = TestServer::start();
    let run = server.run("0");
    for step in ["create", "complete", "abort"] {
        server
            .call("POST", &format!("/api/2.0/mlflow-artifacts/mpu/{step}/0/x"), &json!({"path": "x"}))
            .refused(501, "NOT_IMPLEMENTED");
    }
    server.fetch("/api/2.0/mlflow-artifacts/presigned/0/x").refused(501, "NOT_IMPLEMENTED");
    for direction in ["upload", "download"] {
        let endpoint = format!("/artifacts/presigned-{direction}-url");
        assert!(server.post(&endpoint, json!({"run_id": run, "path": "x"})).invalid().contains("not supported"));
    }
}

#[test]
fn the_web_interface_uploads_small_files() {
    let server = TestServer::start();
    let run = server.run("0");
    let upload = |query: &str, body: Vec<u8>| {
        TestServer::send(server.request("POST", &format!("{AJAX}/upload-artifact{query}")).body(body))
    };
    let query = format!("?run_uuid={run}&path=up/x.txt");
    assert_eq!(upload(&query, b"abc".to_vec()).status, 200);
    assert_eq!(server.fetch(&format!("/get-artifact?run_uuid={run}&path=up/x.txt")).text(), "abc");
    assert_eq!(upload("?path=x", b"a".to_vec()).invalid(), "Request must specify run_uuid.");
    assert_eq!(upload(&format!("?run_uuid={run}"), b"a".to_vec()).invalid(), "Request must specify path.");
    assert_eq!(upload(&query, Vec::new()).invalid(), "Request must specify data.");
    assert!(upload(&query, vec![0; 10 * 1024 * 1024 + 1]).invalid().contains("too large"));
    upload(&format!("?run_uuid={run}&path=../x"), b"a".to_vec()).invalid();
    upload("?run_uuid=unknown&path=x", b"a".to_vec()).absent();
    assert_eq!(server.fetch(&format!("/get-artifact?run_uuid={run}&path=up/x.txt")).text(), "abc");
}

#[test]
fn large_files_are_streamed() {
    const SIZE: usize = 40 * 1024 * 1024;
    let server = TestServer::start();
    let content: Vec<u8> = (0..SIZE).map(|at| (at * 31 % 251) as u8).collect();
    let address = format!("{PROXY}/0/large.bin");
    assert_eq!(server.put(&address, content.clone()).status, 200);
    let mut received = Vec::new();
    server.request("GET", &address).send().unwrap().read_to_end(&mut received).unwrap();
    assert!(received == content, "{} bytes came back", received.len());
}

#[test]
fn artifacts_elsewhere_are_not_fetched_by_the_server() {
    let server = TestServer::start();
    let created = server.post("/experiments/create", json!({"name": "s3", "artifact_location": "s3://bucket/x"})).ok();
    let run = server.run(created["experiment_id"].as_str().unwrap());
    assert!(server.get(&format!("/artifacts/list?run_id={run}")).invalid().contains("s3://bucket/x"));
    server.fetch(&format!("/get-artifact?run_id={run}&path=x")).invalid();
    let upload =
        TestServer::send(server.request("POST", &format!("{AJAX}/upload-artifact?run_uuid={run}&path=x")).body("x"));
    upload.invalid();
    assert!(server.fetch(&format!("{API}/artifacts/list")).invalid().contains("'run_id'"));
}
