//! The tracking server: MLflow's REST interface over a [`Store`].
//!
//! [`spawn`] binds a loopback port and serves from a runtime of its own, for the window and for `proofmark serve`
//! alike. A handler reads its request with [`crate::wire`], runs one blocking store call off the reactor, and writes
//! the answer; it holds no state of its own, so any number of servers may share a workspace.
//!
//! What a client can do to the server is bounded: connections, the size of a body and the time it may take, and the
//! calls that run at once. `router` lists every endpoint.

mod artifacts;
mod connection;
mod error;
mod limits;
mod reply;
mod router;
mod routes;
mod security;

use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener};
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use tokio::sync::watch;

use crate::store::Store;

pub use limits::{MAX_JSON_BODY, MAX_UPLOAD_ARTIFACT};
pub use router::build_router;

/// How long requests that run may still take when the server stops.
const STOP_PATIENCE: Duration = Duration::from_secs(5);
/// Ports that are tried after the one that is taken.
const NEXT_PORTS: u16 = 50;

/// Where and for whom to serve.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    /// An IP address or `localhost`.
    pub host: String,
    /// `0`: any free port.
    pub port: u16,
    /// Whether to take the next free port when `port` is taken.
    pub port_fallback: bool,
    /// Names, besides those of this machine's loopback, under which clients may reach the server: `name` for every
    /// port, or `name:port`. Must be given to serve on an address that other machines can reach.
    pub allowed_hosts: Vec<String>,
    /// Web pages, besides those of this machine, whose scripts may change data, such as `https://notebooks.example`.
    pub allowed_origins: Vec<String>,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            host: Ipv4Addr::LOCALHOST.to_string(),
            port: 5000,
            port_fallback: true,
            allowed_hosts: Vec::new(),
            allowed_origins: Vec::new(),
        }
    }
}

/// Why a server could not start.
#[derive(Debug, thiserror::Error)]
pub enum ServerError {
    #[error("'{0}' is not an address to serve on; use an IP address such as 127.0.0.1, or localhost")]
    Host(String),
    #[error(
        "{0} can be reached from other machines, and whoever reaches the server can change the workspace. Serve on \
         127.0.0.1, or name the hosts under which clients may reach it"
    )]
    Exposed(IpAddr),
    #[error("port {port} on {host} is taken by another program")]
    PortTaken { host: IpAddr, port: u16 },
    #[error("cannot listen on {address}: {source}")]
    Listen { address: SocketAddr, source: std::io::Error },
    #[error("cannot start the server's threads: {0}")]
    Threads(std::io::Error),
}

/// A server that runs until it is stopped or dropped.
#[derive(Debug)]
pub struct RunningServer {
    address: SocketAddr,
    requested_port: u16,
    stop: watch::Sender<bool>,
    thread: Option<JoinHandle<()>>,
}

impl RunningServer {
    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The address for clients, such as `http://127.0.0.1:5000`.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The port that was asked for when another had to be taken.
    pub fn port_moved_from(&self) -> Option<u16> {
        (self.requested_port != 0 && self.requested_port != self.address.port()).then_some(self.requested_port)
    }

    /// Refuses new connections, lets running requests end for a few seconds, and returns when all is quiet.
    pub fn stop(mut self) {
        self.shut_down();
    }

    /// Waits until the server has ended, which it does only when it is stopped from elsewhere.
    pub fn wait(mut self) {
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }

    /// A handle that stops the server from another thread, such as a signal handler.
    pub fn stopper(&self) -> Stopper {
        Stopper(self.stop.clone())
    }

    fn shut_down(&mut self) {
        self.stop.send_replace(true);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

impl Drop for RunningServer {
    fn drop(&mut self) {
        self.shut_down();
    }
}

/// Stops a server from elsewhere.
#[derive(Debug, Clone)]
pub struct Stopper(watch::Sender<bool>);

impl Stopper {
    /// Asks the server to stop and returns at once.
    pub fn stop(&self) {
        self.0.send_replace(true);
    }
}

/// Starts a server over a workspace. It listens when this returns.
#[expect(clippy::needless_pass_by_value, reason = "a server owns its configuration; callers have no more use for it")]
pub fn spawn(store: Store, config: Config) -> Result<RunningServer, ServerError> {
    let listener = bind(&config)?;
    let address = listener
        .local_addr()
        .map_err(|source| ServerError::Listen { address: SocketAddr::from((Ipv4Addr::UNSPECIFIED, 0)), source })?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .max_blocking_threads(limits::MAX_BLOCKING_THREADS)
        .thread_name("server")
        .enable_all()
        .build()
        .map_err(ServerError::Threads)?;
    let (stop, stopped) = watch::channel(false);
    let requested_port = config.port;
    let state = Arc::new(router::AppState::new(store, &config));
    let thread = std::thread::Builder::new()
        .name("server-main".to_owned())
        .spawn(move || {
            runtime.block_on(connection::serve(listener, build_router(state), stopped));
            // Store calls that still run are waited for, so that nobody is told of a write that did not happen.
            runtime.shutdown_timeout(STOP_PATIENCE);
        })
        .map_err(ServerError::Threads)?;
    tracing::info!(%address, "serving");
    Ok(RunningServer { address, requested_port, stop, thread: Some(thread) })
}

/// Binds the wished port or, where allowed, one of the next.
fn bind(config: &Config) -> Result<TcpListener, ServerError> {
    let host = match config.host.trim_start_matches('[').trim_end_matches(']') {
        "localhost" => IpAddr::V4(Ipv4Addr::LOCALHOST),
        host => host.parse().map_err(|_| ServerError::Host(config.host.clone()))?,
    };
    if !host.is_loopback() && config.allowed_hosts.is_empty() {
        return Err(ServerError::Exposed(host));
    }
    let last = if config.port_fallback { config.port.saturating_add(NEXT_PORTS) } else { config.port };
    for port in (config.port..=last).chain(config.port_fallback.then_some(0)) {
        let address = SocketAddr::from((host, port));
        match TcpListener::bind(address) {
            Ok(listener) => {
                listener.set_nonblocking(true).map_err(|source| ServerError::Listen { address, source })?;
                return Ok(listener);
            }
            // A port below 1024 is refused rather than taken; the next ones may be as well.
            Err(error) if error.kind() == std::io::ErrorKind::AddrInUse => {}
            Err(source) => return Err(ServerError::Listen { address, source }),
        }
    }
    Err(ServerError::PortTaken { host, port: config.port })
}
