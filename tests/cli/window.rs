//! The real window on a virtual display: it opens, draws, serves its workspace, and closes by its shortcut.

#![expect(clippy::print_stderr, reason = "a skipped test says so")]

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use proofmark::domain::{Actor, Channel, NewExperiment};
use proofmark::store::{OpenMode, Store};

/// Long enough for software rendering on a busy machine.
const DEADLINE: Duration = Duration::from_mins(1);

/// The experiment that tells this workspace's server from any other on the machine.
const EXPERIMENT: &str = "seen through the window's own server";

/// A child process that ends with the test.
struct Ends(Child);

impl Drop for Ends {
    fn drop(&mut self) {
        // A child that is gone already is what is wanted.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Asks again until there is an answer.
fn wait_for<T>(what: &str, mut ask: impl FnMut() -> Option<T>) -> T {
    let began = Instant::now();
    loop {
        if let Some(answer) = ask() {
            return answer;
        }
        assert!(began.elapsed() < DEADLINE, "{what} did not come about within {DEADLINE:?}");
        std::thread::park_timeout(Duration::from_millis(50));
    }
}

fn has(tool: &str) -> bool {
    Command::new(tool).arg("-version").stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok()
}

/// A virtual display and its name, or `None` where the tools for it are missing.
fn display() -> Option<(Ends, String)> {
    let missing: Vec<&str> = ["Xvfb", "xdotool", "import"].into_iter().filter(|tool| !has(tool)).collect();
    if !missing.is_empty() {
        assert!(std::env::var_os("PROOFMARK_CI").is_none(), "missing: {missing:?}");
        eprintln!("skipped: the window is not tried without {missing:?}");
        return None;
    }
    let mut server = Command::new("Xvfb")
        .args(["-displayfd", "1", "-screen", "0", "1440x900x24", "-nolisten", "tcp"])
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("Xvfb starts");
    let mut number = String::new();
    BufReader::new(server.stdout.take().expect("a pipe")).read_line(&mut number).expect("Xvfb names its display");
    Some((Ends(server), format!(":{}", number.trim())))
}

/// The distinct colours on the display; a blank one has one or two.
fn colours(display: &str, picture: &Path) -> usize {
    let taken = Command::new("import").env("DISPLAY", display).args(["-window", "root"]).arg(picture).status();
    assert!(taken.expect("import runs").success());
    let image = image::open(picture).expect("a picture").to_rgb8();
    image.pixels().map(|pixel| pixel.0).collect::<std::collections::HashSet<_>>().len()
}

/// Whether a server on this port knows the experiment.
fn serves(port: u16) -> bool {
    let url = format!("http://127.0.0.1:{port}/api/2.0/mlflow/experiments/get-by-name");
    let client = reqwest::blocking::Client::builder().timeout(Duration::from_secs(2)).build().expect("a client");
    client.get(url).query(&[("experiment_name", EXPERIMENT)]).send().is_ok_and(|answer| answer.status().is_success())
}

#[test]
fn the_window_opens_draws_serves_and_closes() {
    let Some((_server, display)) = display() else { return };
    let home = tempfile::tempdir().expect("a temporary folder");
    let workspace = home.path().join("workspace");
    let store = Store::open(&workspace, OpenMode::CreateOrOpen).expect("a workspace");
    let named = NewExperiment { name: EXPERIMENT.into(), ..NewExperiment::default() };
    store.create_experiment(&Actor::new("ada", Channel::CommandLine), named).expect("an experiment");
    drop(store);

    let mut window = Ends(
        Command::new(env!("CARGO_BIN_EXE_proofmark"))
            .arg("--workspace")
            .arg(&workspace)
            .env("DISPLAY", &display)
            .env_remove("WAYLAND_DISPLAY")
            .env("HOME", home.path())
            .env("XDG_CONFIG_HOME", home.path().join("config"))
            .env("LIBGL_ALWAYS_SOFTWARE", "1")
            .stderr(Stdio::null())
            .spawn()
            .expect("the binary starts"),
    );
    let picture = home.path().join("window.png");
    wait_for("a drawn window", || (colours(&display, &picture) > 20).then_some(()));
    wait_for("the server in the window", || (5000..5100).any(serves).then_some(()));

    wait_for("the end of the program", || {
        // Without a window manager nothing has the keyboard until the pointer points at it.
        let pressed = Command::new("xdotool")
            .env("DISPLAY", &display)
            .args(["search", "--name", "^Proofmark$", "windowfocus", "key", "ctrl+q"])
            .stderr(Stdio::null())
            .status();
        assert!(pressed.is_ok(), "xdotool runs");
        window.0.try_wait().expect("a child of ours")
    });
    let status = window.0.wait().expect("a child of ours");
    assert!(status.success(), "the window ended with {status}");
}
