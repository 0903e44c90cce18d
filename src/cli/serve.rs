//! `proofmark serve`: the tracking server without a window.
//!
//! The first line on standard output holds the address and is written when the server answers, so that a script can
//! wait for it.

use std::io::Write;

use anyhow::Context as _;

use super::Global;
use crate::server::{Config, spawn};
use crate::store::OpenMode;

#[derive(Debug, clap::Args)]
pub(super) struct ServeArgs {
    /// The address to listen on: an IP address or localhost
    #[arg(long, default_value = "127.0.0.1")]
    host: String,
    /// The port; when it is taken the next free one, said; 0 takes any free one
    #[arg(long, default_value_t = 5000)]
    port: u16,
    /// A name under which clients may reach the server, besides those of this machine; needed to serve other
    /// machines, which can then change the workspace without a password
    #[arg(long, value_name = "NAME[:PORT]", value_delimiter = ',')]
    allowed_hosts: Vec<String>,
    /// A web page, besides those of this machine, whose scripts may change data
    #[arg(long, value_name = "ORIGIN", value_delimiter = ',')]
    allowed_origins: Vec<String>,
}

/// Serves until Ctrl-C or SIGTERM; requests that run are answered first.
pub(super) fn run(global: &Global, args: ServeArgs, out: &mut dyn Write) -> anyhow::Result<()> {
    let ServeArgs { host, port, allowed_hosts, allowed_origins } = args;
    let store = global.open(OpenMode::CreateOrOpen)?;
    let info = store.info().context("the workspace could not be read")?;
    let config = Config { host, port, port_fallback: true, allowed_hosts, allowed_origins };
    // The signals are caught before the address is told, so that whoever reads it may stop the server at once.
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .context("the signal handler could not be started")?;
    let signal = {
        let _entered = runtime.enter();
        StopSignal::new()?
    };
    let server = spawn(store, config)?;
    writeln!(out, "Proofmark serves {} on {}", info.root.display(), server.url())?;
    if let Some(wanted) = server.port_moved_from() {
        writeln!(out, "Port {wanted} is taken by another program; this is the next free one")?;
    }
    if let Some(reason) = &info.read_only {
        writeln!(out, "The workspace can only be read: {reason}")?;
    }
    writeln!(out, "In Python: mlflow.set_tracking_uri(\"{}\"). Ctrl-C stops the server", server.url())?;
    out.flush()?;
    runtime.block_on(signal.received());
    server.stop();
    Ok(())
}

/// Ctrl-C, and on Unix SIGTERM, caught from the moment this is made.
struct StopSignal {
    #[cfg(unix)]
    interrupt: tokio::signal::unix::Signal,
    #[cfg(unix)]
    terminate: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl StopSignal {
    fn new() -> anyhow::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        let caught = |kind| signal(kind).context("signals cannot be caught");
        Ok(Self { interrupt: caught(SignalKind::interrupt())?, terminate: caught(SignalKind::terminate())? })
    }

    async fn received(mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}

#[cfg(not(unix))]
impl StopSignal {
    fn new() -> anyhow::Result<Self> {
        Ok(Self {})
    }

    async fn received(self) {
        // Without a signal handler nothing but the end of the process stops the server.
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}
