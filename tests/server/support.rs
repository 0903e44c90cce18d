//! A server over a fresh workspace, and a client that is as plain as possible.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

use proofmark::server::{Config, RunningServer, spawn};
use proofmark::store::{OpenMode, Store};
use serde_json::{Value, json};
use tempfile::TempDir;

pub(crate) const API: &str = "/api/2.0/mlflow";
pub(crate) const AJAX: &str = "/ajax-api/2.0/mlflow";
pub(crate) const PROXY: &str = "/api/2.0/mlflow-artifacts/artifacts";

/// A running server and its workspace.
pub(crate) struct TestServer {
    pub(crate) server: RunningServer,
    pub(crate) store: Store,
    pub(crate) folder: TempDir,
    client: reqwest::blocking::Client,
}

/// An answer.
#[derive(Debug, Clone)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: reqwest::header::HeaderMap,
    pub(crate) bytes: Vec<u8>,
}

impl Reply {
    /// The body as JSON; `Null` when it is none.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.bytes).unwrap_or_default()
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.bytes).into_owned()
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    /// The body of a success.
    #[track_caller]
    pub(crate) fn ok(&self) -> Value {
        assert_eq!(self.status, 200, "{}", self.text());
        self.json()
    }

    /// The message of a refusal with a status and code.
    #[track_caller]
    pub(crate) fn refused(&self, status: u16, code: &str) -> String {
        let answer = self.json();
        assert_eq!((self.status, answer["error_code"].as_str()), (status, Some(code)), "{}", self.text());
        answer["message"].as_str().unwrap_or_default().to_owned()
    }

    /// The message of MLflow's commonest refusal.
    #[track_caller]
    pub(crate) fn invalid(&self) -> String {
        self.refused(400, "INVALID_PARAMETER_VALUE")
    }

    #[track_caller]
    pub(crate) fn absent(&self) -> String {
        self.refused(404, "RESOURCE_DOES_NOT_EXIST")
    }
}

impl TestServer {
    pub(crate) fn start() -> Self {
        Self::start_with(Config::default())
    }

    /// Starts on a free port, whatever the configuration says of ports.
    pub(crate) fn start_with(config: Config) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&folder.path().join("workspace"), OpenMode::CreateOrOpen).unwrap();
        let server = spawn(store.clone(), Config { port: 0, ..config }).unwrap();
        let client = reqwest::blocking::Client::builder()
            .timeout(Duration::from_mins(1))
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .unwrap();
        Self { server, store, folder, client }
    }

    pub(crate) fn url(&self) -> String {
        self.server.url()
    }

    pub(crate) fn request(&self, method: &str, path: &str) -> reqwest::blocking::RequestBuilder {
        self.client.request(method.parse().unwrap(), format!("{}{path}", self.url()))
    }

    pub(crate) fn send(request: reqwest::blocking::RequestBuilder) -> Reply {
        let response = request.send().unwrap();
        Reply {
            status: response.status().as_u16(),
            headers: response.headers().clone(),
            bytes: response.bytes().unwrap().to_vec(),
        }
    }

    pub(crate) fn call(&self, method: &str, path: &str, body: &Value) -> Reply {
        Self::send(self.request(method, path).json(body))
    }

    /// Posts to an endpoint of the API.
    #[expect(clippy::needless_pass_by_value, reason = "so that calls need no `&` before `json!`")]
    pub(crate) fn post(&self, endpoint: &str, body: Value) -> Reply {
        self.call("POST", &format!("{API}{endpoint}"), &body)
    }

    /// Gets an endpoint of the API.
    pub(crate) fn get(&self, endpoint: &str) -> Reply {
        Self::send(self.request("GET", &format!("{API}{endpoint}")))
    }

    /// Gets an address as it is.
    pub(crate) fn fetch(&self, path: &str) -> Reply {
        Self::send(self.request("GET", path))
    }

    pub(crate) fn put(&self, path: &str, body: impl Into<reqwest::blocking::Body>) -> Reply {
        Self::send(self.request("PUT", path).body(body))
    }

    pub(crate) fn delete(&self, path: &str) -> Reply {
        Self::send(self.request("DELETE", path))
    }

    /// A new experiment's id.
    pub(crate) fn experiment(&self, name: &str) -> String {
        self.post("/experiments/create", json!({"name": name})).ok()["experiment_id"].as_str().unwrap().to_owned()
    }

    /// A new run's id.
    pub(crate) fn run(&self, experiment: &str) -> String {
        let created = self.post("/runs/create", json!({"experiment_id": experiment, "start_time": 1000})).ok();
        created["run"]["info"]["run_id"].as_str().unwrap().to_owned()
    }

    /// What the server says of a run.
    pub(crate) fn read_run(&self, run: &str) -> Value {
        self.get(&format!("/runs/get?run_id={run}")).ok()["run"].clone()
    }

    /// Sends bytes as they are and returns all that comes back until the server closes.
    pub(crate) fn raw(&self, bytes: &[u8]) -> String {
        let mut stream = self.connect();
        stream.write_all(bytes).unwrap();
        let mut answer = Vec::new();
        // A server that closes before it has read everything may reset the connection.
        let _ = stream.read_to_end(&mut answer);
        String::from_utf8_lossy(&answer).into_owned()
    }

    pub(crate) fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(self.server.address()).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
        stream
    }
}

/// The keys and values of a list of `{key, value}`, sorted.
pub(crate) fn pairs(list: &Value) -> Vec<(String, String)> {
    let text = |entry: &Value, name: &str| match &entry[name] {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    let mut pairs: Vec<_> = list
        .as_array()
        .map(|list| list.iter().map(|entry| (text(entry, "key"), text(entry, "value"))).collect())
        .unwrap_or_default();
    pairs.sort();
    pairs
}

/// Owned pairs for comparison with [`pairs`].
pub(crate) fn expected(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
}
