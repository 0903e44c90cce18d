//! Strangers: other names for this machine, pages of other sites, and what a browser is told.

use proofmark::server::{Config, ServerError, spawn};
use serde_json::json;

use crate::support::{API, PROXY, TestServer};

fn with_host(server: &TestServer, path: &str, host: &str) -> String {
    server.raw(format!("GET {path} HTTP/1.1\r\n{host}Connection: close\r\n\r\n").as_bytes())
}

#[test]
fn only_names_of_this_machine_are_served() {
    let server = TestServer::start();
    let port = server.server.address().port();
    let path = format!("{API}/experiments/get?experiment_id=0");
    for host in ["localhost".to_owned(), format!("127.0.0.1:{port}"), "[::1]:9".to_owned(), "LocalHost:1".to_owned()] {
        let answer = with_host(&server, &path, &format!("Host: {host}\r\n"));
        assert!(answer.starts_with("HTTP/1.1 200"), "{host}: {answer}");
    }
    for host in [
        "Host: evil.com\r\n".to_owned(),
        format!("Host: 127.0.0.1:{port}@evil.com\r\n"),
        format!("Host: evil.com@127.0.0.1:{port}\r\n"),
        "Host: localhost.evil.com\r\n".to_owned(),
        "Host: 10.evil.com\r\n".to_owned(),
        "Host: 192.168.1.2\r\n".to_owned(),
        "Host: \r\n".to_owned(),
        String::new(),
        "Host: localhost\r\nHost: evil.com\r\n".to_owned(),
    ] {
        let answer = with_host(&server, &path, &host);
        let refused = answer.starts_with("HTTP/1.1 403")
            && answer.ends_with("Invalid Host header - possible DNS rebinding attack detected");
        assert!(refused || answer.starts_with("HTTP/1.1 400"), "{host}: {answer}");
    }
    let absolute = with_host(&server, &format!("http://evil.com{path}"), "Host: localhost\r\n");
    assert!(absolute.starts_with("HTTP/1.1 403"), "{absolute}");
    for probe in ["/health", "/version"] {
        assert!(with_host(&server, probe, "Host: evil.com\r\n").starts_with("HTTP/1.1 200"));
    }
}

#[test]
fn names_can_be_added() {
    let hosts = vec!["tracking.lan".to_owned()];
    let server = TestServer::start_with(Config { allowed_hosts: hosts, ..Config::default() });
    let path = format!("{API}/experiments/get?experiment_id=0");
    assert!(with_host(&server, &path, "Host: tracking.lan:5000\r\n").starts_with("HTTP/1.1 200"));
    assert!(with_host(&server, &path, "Host: other.lan\r\n").starts_with("HTTP/1.1 403"));
}

#[test]
fn pages_of_other_sites_cannot_write() {
    let server = TestServer::start();
    for origin in ["http://evil.com", "null", "file://", "http://localhost.evil.com", "http://localhost@evil.com", "x"]
    {
        let request = server.request("POST", &format!("{API}/experiments/create")).header("Origin", origin);
        let reply = TestServer::send(request.json(&json!({"name": "x"})));
        assert_eq!((reply.status, reply.text().as_str()), (403, "Cross-origin request blocked"), "{origin}");
        assert_eq!(reply.header("access-control-allow-origin"), "");
        for method in ["PUT", "DELETE"] {
            let request = server.request(method, &format!("{PROXY}/0/x")).header("Origin", origin);
            assert_eq!(TestServer::send(request).status, 403, "{method} {origin}");
        }
    }
    server.get("/experiments/get-by-name?experiment_name=x").absent();
    let read =
        server.request("GET", &format!("{API}/experiments/get?experiment_id=0")).header("Origin", "http://evil.com");
    let reply = TestServer::send(read);
    assert_eq!((reply.status, reply.header("access-control-allow-origin")), (200, ""));
}

#[test]
fn pages_of_this_machine_may_write() {
    let server = TestServer::start();
    let origin = "http://localhost:3000";
    let request = server.request("POST", &format!("{API}/experiments/create")).header("Origin", origin);
    let reply = TestServer::send(request.json(&json!({"name": "x"})));
    assert_eq!((reply.status, reply.header("access-control-allow-origin")), (200, origin));

    let preflight = |origin: &str| {
        let request = server.request("OPTIONS", &format!("{API}/experiments/search"));
        let request = request.header("Origin", origin).header("Access-Control-Request-Method", "POST");
        TestServer::send(request.header("Access-Control-Request-Headers", "content-type"))
    };
    let allowed = preflight(origin);
    assert_eq!((allowed.status, allowed.header("access-control-allow-origin")), (200, origin));
    assert_eq!(allowed.header("access-control-allow-methods"), "GET, POST, PUT, DELETE, OPTIONS, PATCH");
    assert_eq!(allowed.header("access-control-allow-headers"), "content-type");
    assert_eq!(allowed.header("access-control-max-age"), "600");
    let foreign = preflight("http://evil.com");
    assert_eq!((foreign.status, foreign.header("access-control-allow-origin")), (400, ""));
}

#[test]
fn every_answer_says_how_a_browser_shall_take_it() {
    let server = TestServer::start();
    for path in ["/health", "/nope", "/api/2.0/mlflow/experiments/get?experiment_id=0", "/api/2.0/mlflow/runs/get"] {
        let reply = server.fetch(path);
        assert_eq!(reply.header("x-content-type-options"), "nosniff", "{path}");
        assert_eq!(reply.header("x-frame-options"), "SAMEORIGIN", "{path}");
        assert!(reply.header("content-security-policy").contains("sandbox"), "{path}");
    }
}

#[test]
fn pages_among_artifacts_are_not_shown_as_pages() {
    let server = TestServer::start();
    server.put(&format!("{PROXY}/0/page.html"), "<script>alert(1)</script>");
    let reply = server.fetch(&format!("{PROXY}/0/page.html"));
    assert_eq!(reply.header("content-disposition"), "attachment; filename=page.html");
    assert_eq!(reply.header("x-content-type-options"), "nosniff");
}

#[test]
fn a_refusal_does_not_echo_a_script() {
    let server = TestServer::start();
    let request = server.request("POST", &format!("{API}/experiments/create")).body("{}");
    let reply = TestServer::send(request.header("Content-Type", "<script>alert(1)</script>"));
    assert!(!reply.text().contains("script"), "{}", reply.text());
}

#[test]
fn other_machines_are_served_only_when_names_are_given() {
    let server = TestServer::start();
    for host in ["0.0.0.0", "::", "192.0.2.1"] {
        let config = Config { host: host.to_owned(), port: 0, ..Config::default() };
        let refused = spawn(server.store.clone(), config).unwrap_err();
        assert!(matches!(refused, ServerError::Exposed(_)), "{refused}");
    }
    let config = Config { host: "example.com".to_owned(), ..Config::default() };
    assert!(matches!(spawn(server.store.clone(), config), Err(ServerError::Host(_))));
    let hosts = vec!["tracking.lan".to_owned()];
    let config = Config { host: "0.0.0.0".to_owned(), port: 0, allowed_hosts: hosts, ..Config::default() };
    spawn(server.store.clone(), config).unwrap().stop();
}

#[test]
fn a_taken_port_is_passed_over_or_said() {
    let first = TestServer::start();
    let taken = first.server.address().port();
    let config = Config { port: taken, ..Config::default() };
    let second = spawn(first.store.clone(), config.clone()).unwrap();
    assert_ne!(second.address().port(), taken);
    assert_eq!(second.port_moved_from(), Some(taken));
    assert_eq!(first.server.port_moved_from(), None);
    let strict = Config { port_fallback: false, ..config };
    assert!(matches!(spawn(first.store.clone(), strict), Err(ServerError::PortTaken { port, .. }) if port == taken));
}
