//! The spawned server of these tests: started, told to stop, started again, killed at the end.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// `proofmark serve` as a process of its own.
pub(crate) struct Server {
    process: Child,
    pub(crate) url: String,
}

impl Server {
    /// Starts it over `workspace`; returns when it has told its address, that is, when it answers.
    pub(crate) fn start(workspace: &Path, port: u16) -> Self {
        let mut process = Command::new(env!("CARGO_BIN_EXE_proofmark"))
            .arg("serve")
            .arg("--workspace")
            .arg(workspace)
            .args(["--port", &port.to_string()])
            .stdout(Stdio::piped())
            .spawn()
            .expect("the binary starts");
        let mut lines = BufReader::new(process.stdout.take().expect("piped output"));
        let mut first = String::new();
        lines.read_line(&mut first).expect("the first line");
        let url = first.split_whitespace().find(|word| word.starts_with("http://")).map(str::to_owned);
        let url = url.unwrap_or_else(|| panic!("the first line has no address: {first:?}"));
        // The rest is read away, so that the server never waits for its reader.
        std::thread::spawn(move || std::io::copy(&mut lines, &mut std::io::sink()));
        Self { process, url }
    }

    pub(crate) fn port(&self) -> u16 {
        self.url.rsplit(':').next().and_then(|port| port.parse().ok()).expect("an address with a port")
    }

    /// SIGTERM, as a service manager sends it; waits for the end and returns whether it was a clean one.
    #[cfg(unix)]
    pub(crate) fn terminate(mut self) -> bool {
        let sent = Command::new("kill").args(["-TERM", &self.process.id().to_string()]).status();
        assert!(sent.expect("kill runs").success());
        let deadline = Instant::now() + Duration::from_secs(20);
        while Instant::now() < deadline {
            if let Some(status) = self.process.try_wait().expect("a child of ours") {
                return status.success();
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        false
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended already.
        let _ended = self.process.kill();
        let _reaped = self.process.wait();
    }
}
