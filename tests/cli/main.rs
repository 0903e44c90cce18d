//! The binary as a person or a script uses it: exit codes, output, messages.

use std::process::{Command, Output};

/// The binary with no display and an own home, so that nothing of the machine leaks in.
fn proofmark(args: &[&str]) -> Output {
    let home = tempfile::tempdir().expect("a temporary folder");
    Command::new(env!("CARGO_BIN_EXE_proofmark"))
        .args(args)
        .env("HOME", home.path())
        .env_remove("XDG_DATA_HOME")
        .env_remove("DISPLAY")
        .env_remove("WAYLAND_DISPLAY")
        .output()
        .expect("the binary runs")
}

fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).expect("UTF-8 output")
}

fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).expect("UTF-8 messages")
}

#[test]
fn version_names_the_program() {
    let output = proofmark(&["--version"]);
    assert!(output.status.success());
    assert_eq!(stdout(&output), format!("proofmark {}\n", env!("CARGO_PKG_VERSION")));
}

#[test]
fn wrong_usage_exits_with_two() {
    assert_eq!(proofmark(&["no-such-command"]).status.code(), Some(2));
}

#[cfg(target_os = "linux")]
#[test]
fn without_a_display_the_window_points_to_serve() {
    let output = proofmark(&[]);
    assert_eq!(output.status.code(), Some(1));
    assert!(stderr(&output).contains("proofmark serve"), "{}", stderr(&output));
}
