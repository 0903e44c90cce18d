//! Who may talk to the server: checks of the Host and Origin headers, preflight answers, and headers on every answer.
//!
//! There is no login on a loopback address, so a web page in the user's browser is the stranger to keep out. Its
//! requests carry its own name: as Host when it has pointed that name to this machine (DNS rebinding), as Origin when
//! it calls us from elsewhere.

use axum::extract::{Request, State};
use axum::http::header;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode};
use axum::middleware::Next;
use axum::response::Response;

use super::Config;
use super::reply;

const INVALID_HOST: &str = "Invalid Host header - possible DNS rebinding attack detected";
const CROSS_ORIGIN: &str = "Cross-origin request blocked";
/// For how many seconds a browser may remember a preflight answer.
const PREFLIGHT_AGE: HeaderValue = HeaderValue::from_static("600");
const METHODS: HeaderValue = HeaderValue::from_static("GET, POST, PUT, DELETE, OPTIONS, PATCH");
const LOOPBACK: [&str; 3] = ["localhost", "127.0.0.1", "[::1]"];

/// The names under which clients may reach the server, and the pages that may write.
#[derive(Debug, Clone)]
pub(super) struct Policy {
    hosts: Vec<String>,
    origins: Vec<String>,
}

impl Policy {
    pub(super) fn new(config: &Config) -> Self {
        let lower = |texts: &[String]| texts.iter().map(|text| text.trim().to_ascii_lowercase()).collect();
        Self { hosts: lower(&config.allowed_hosts), origins: lower(&config.allowed_origins) }
    }

    fn allows_host(&self, host: &str) -> bool {
        let host = host.to_ascii_lowercase();
        let Some((name, _)) = split_host(&host) else { return false };
        LOOPBACK.contains(&name) || self.hosts.iter().any(|allowed| *allowed == host || allowed == name)
    }

    fn allows_origin(&self, origin: &str) -> bool {
        let origin = origin.to_ascii_lowercase();
        let own = origin
            .strip_prefix("http://")
            .or_else(|| origin.strip_prefix("https://"))
            .and_then(split_host)
            .is_some_and(|(name, _)| LOOPBACK.contains(&name));
        own || self.origins.contains(&origin)
    }
}

/// Name and port of a Host header; anything more, such as a user name, a path or a second colon, is none.
fn split_host(host: &str) -> Option<(&str, Option<u16>)> {
    let (name, port) = match host.rsplit_once(':') {
        Some((name, port)) if !port.contains(']') => (name, Some(port)),
        _ => (host, None),
    };
    let port = match port {
        Some(port) if port.bytes().all(|digit| digit.is_ascii_digit()) => Some(port.parse::<u16>().ok()?),
        Some(_) => return None,
        None => None,
    };
    let plain = |text: &str| text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-'));
    let valid = match name.strip_prefix('[').and_then(|name| name.strip_suffix(']')) {
        Some(address) => address.bytes().all(|byte| byte.is_ascii_hexdigit() || matches!(byte, b':' | b'.')),
        None => plain(name),
    };
    (valid && !name.is_empty()).then_some((name, port))
}

/// Checks a request, passes it on, and sets the headers that every answer carries.
pub(super) async fn guard(State(policy): State<Policy>, request: Request, next: Next) -> Response {
    let origin = request.headers().get(header::ORIGIN).cloned();
    let mut response = match refusal(&policy, &request) {
        Some(response) => {
            super::limits::drain(request.into_body()).await;
            response
        }
        None if is_preflight(&request) => preflight(&policy, request.headers()),
        None => next.run(request).await,
    };
    let headers = response.headers_mut();
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(header::X_FRAME_OPTIONS, HeaderValue::from_static("SAMEORIGIN"));
    // Nothing of ours is a page; should a browser open an answer as one, it may load and run nothing.
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static("default-src 'none'; sandbox"));
    headers.append(header::VARY, HeaderValue::from_static("Origin"));
    if let Some(origin) = origin.filter(|origin| origin.to_str().is_ok_and(|origin| policy.allows_origin(origin))) {
        headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
        headers.insert(header::ACCESS_CONTROL_ALLOW_CREDENTIALS, HeaderValue::from_static("true"));
        headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, HeaderValue::from_static("*"));
    }
    response
}

fn refusal(policy: &Policy, request: &Request) -> Option<Response> {
    // Probes of load balancers and containers come under any name and learn nothing.
    let probe = matches!(request.uri().path(), "/health" | "/version");
    if !probe && !host_allowed(policy, request) {
        return Some(reply::text(StatusCode::FORBIDDEN, INVALID_HOST));
    }
    let writes = !matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS);
    let foreign = request
        .headers()
        .get_all(header::ORIGIN)
        .iter()
        .any(|origin| !origin.to_str().is_ok_and(|origin| policy.allows_origin(origin)));
    if writes && foreign {
        return Some(reply::text(StatusCode::FORBIDDEN, CROSS_ORIGIN));
    }
    None
}

/// Exactly one Host header, which names us; so must the authority of an address in absolute form.
fn host_allowed(policy: &Policy, request: &Request) -> bool {
    let mut hosts = request.headers().get_all(header::HOST).iter();
    let (Some(host), None) = (hosts.next(), hosts.next()) else { return false };
    let named = host.to_str().is_ok_and(|host| policy.allows_host(host));
    named && request.uri().authority().is_none_or(|authority| policy.allows_host(authority.as_str()))
}

fn is_preflight(request: &Request) -> bool {
    *request.method() == Method::OPTIONS && request.headers().contains_key(header::ACCESS_CONTROL_REQUEST_METHOD)
}

fn preflight(policy: &Policy, headers: &HeaderMap) -> Response {
    const VARY: HeaderValue = HeaderValue::from_static("Access-Control-Request-Method, Access-Control-Request-Headers");
    let allowed = headers
        .get(header::ORIGIN)
        .is_some_and(|origin| origin.to_str().is_ok_and(|origin| policy.allows_origin(origin)));
    if !allowed {
        return reply::text(StatusCode::BAD_REQUEST, "Disallowed CORS origin");
    }
    let mut response = reply::text(StatusCode::OK, "OK");
    let answer = response.headers_mut();
    answer.insert(header::ACCESS_CONTROL_ALLOW_METHODS, METHODS);
    answer.insert(header::ACCESS_CONTROL_MAX_AGE, PREFLIGHT_AGE);
    answer.append(header::VARY, VARY);
    if let Some(asked) = headers.get(header::ACCESS_CONTROL_REQUEST_HEADERS) {
        answer.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, asked.clone());
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    fn policy(hosts: &[&str]) -> Policy {
        Policy::new(&Config {
            allowed_hosts: hosts.iter().map(ToString::to_string).collect(),
            allowed_origins: vec!["https://notebooks.example".to_owned()],
            ..Config::default()
        })
    }

    #[test]
    fn loopback_names_are_allowed_on_every_port() {
        for host in ["localhost", "LOCALHOST:80", "127.0.0.1:5000", "[::1]", "[::1]:5000"] {
            assert!(policy(&[]).allows_host(host), "{host}");
        }
    }

    #[test]
    fn other_names_and_tricks_are_not() {
        for host in [
            "",
            "evil.com",
            "127.0.0.1:5000@evil.com",
            "evil.com@127.0.0.1",
            "127.0.0.1.evil.com",
            "localhost.evil.com",
            "localhost:80:80",
            "localhost:",
            "localhost:x",
            "localhost:99999",
            "localhost/",
            "localhost#",
            "localhost ",
            "[::1",
            "[::1]x",
            "::1",
            "0.0.0.0:5000",
            "10.0.0.1",
            "2130706433",
        ] {
            assert!(!policy(&[]).allows_host(host), "{host}");
        }
    }

    #[test]
    fn given_names_are_added() {
        let policy = policy(&["tracking.lan", "other.lan:8443"]);
        for (host, allowed) in [
            ("tracking.lan", true),
            ("Tracking.LAN:5000", true),
            ("other.lan:8443", true),
            ("other.lan", false),
            ("x.tracking.lan", false),
            ("localhost", true),
        ] {
            assert_eq!(policy.allows_host(host), allowed, "{host}");
        }
    }

    #[test]
    fn pages_of_this_machine_and_named_ones_may_write() {
        let policy = policy(&[]);
        for (origin, allowed) in [
            ("http://localhost:3000", true),
            ("http://127.0.0.1", true),
            ("https://[::1]:8080", true),
            ("https://notebooks.example", true),
            ("http://notebooks.example", false),
            ("https://evil.com", false),
            ("http://localhost.evil.com", false),
            ("http://localhost@evil.com", false),
            ("null", false),
            ("file://", false),
            ("", false),
        ] {
            assert_eq!(policy.allows_origin(origin), allowed, "{origin}");
        }
    }
}
