//! `proofmark serve`: the tracking server without a window.

use std::io::Write;
use std::net::IpAddr;

use super::Global;
use crate::store::OpenMode;

#[derive(Debug, clap::Args)]
pub(super) struct ServeArgs {
    /// The address to listen on; anything but loopback opens the server to the network, without a password
    #[arg(long, default_value = "127.0.0.1")]
    pub(super) host: IpAddr,
    /// The port; 0 takes a free one
    #[arg(long, default_value_t = 5000)]
    pub(super) port: u16,
}

/// Serves until Ctrl-C or SIGTERM.
pub(super) fn run(global: &Global, args: &ServeArgs, out: &mut dyn Write) -> anyhow::Result<()> {
    let _store = global.open(OpenMode::CreateOrOpen)?;
    writeln!(out, "{}:{}", args.host, args.port)?;
    anyhow::bail!("this build has no server yet")
}
