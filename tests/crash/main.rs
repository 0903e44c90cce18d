//! Kills the server under load at random moments and looks whether what it had acknowledged is there.
//!
//! A dozen kills by default; `PROOFMARK_KILLS=500` for the long form, `PROOFMARK_KILL_SEED` to repeat one. SIGKILL
//! proves that no acknowledged write lives only in the process; it cannot prove what a loss of power would do.

#![expect(
    clippy::expect_used,
    clippy::print_stdout,
    reason = "a failed expectation ends the test; its figures are printed"
)]

mod load;

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use load::{Acknowledged, Writer};
use proofmark::store::{OpenMode, Store};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng as _, SeedableRng as _};

/// Clients that write at the same time.
const WRITERS: usize = 4;

fn setting(name: &str, otherwise: u64) -> u64 {
    std::env::var(name).ok().map_or(otherwise, |text| text.parse().expect("a whole number"))
}

/// The server as a child that dies with the test.
struct Server(Child);

impl Server {
    fn start(workspace: &Path) -> (Self, String) {
        let mut process = Command::new(env!("CARGO_BIN_EXE_proofmark"))
            .arg("serve")
            .arg("--workspace")
            .arg(workspace)
            .args(["--port", "0"])
            .stdout(Stdio::piped())
            .spawn()
            .expect("the binary starts");
        let mut first = String::new();
        let mut lines = BufReader::new(process.stdout.take().expect("piped output"));
        lines.read_line(&mut first).expect("the first line");
        let url = first.split_whitespace().find(|word| word.starts_with("http://")).expect("an address").to_owned();
        (Self(process), url)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // On Unix this is SIGKILL. It may have ended already.
        let _ended = self.0.kill();
        let _reaped = self.0.wait();
    }
}

fn check_database(workspace: &Path) {
    let path = workspace.join("proofmark.db");
    let database = rusqlite::Connection::open(path).expect("the database opens");
    let verdict: String = database.query_row("PRAGMA integrity_check", [], |row| row.get(0)).expect("a verdict");
    assert_eq!(verdict, "ok");
    let broken: i64 = database
        .query_row("SELECT count(*) FROM pragma_foreign_key_check", [], |row| row.get(0))
        .expect("a count of broken references");
    assert_eq!(broken, 0, "rows point to rows that are not there");
}

/// Unfinished uploads must not be seen under any name that a client used.
fn check_acknowledged(workspace: &Path, acknowledged: &Acknowledged, round: u64) {
    let store = Store::open(workspace, OpenMode::OpenExisting).expect("the workspace opens after a kill");
    let problems = load::problems(&store, acknowledged);
    assert!(problems.is_empty(), "after kill {round}:\n  {}", problems.join("\n  "));
}

#[test]
fn acknowledged_writes_survive_kills_at_random_moments() {
    let kills = setting("PROOFMARK_KILLS", 12);
    let seed = setting("PROOFMARK_KILL_SEED", 20_260_501);
    let mut dice = ChaCha8Rng::seed_from_u64(seed);
    let folder = tempfile::tempdir().expect("a temporary folder");
    let workspace = folder.path().join("workspace");
    let mut acknowledged = Acknowledged::default();
    for round in 1..=kills {
        let (server, url) = Server::start(&workspace);
        let until = Duration::from_millis(20 + dice.next_u64() % 400);
        let writers: Vec<_> = (0..WRITERS)
            .map(|number| {
                let writer = Writer::new(&url, round, number);
                std::thread::spawn(move || writer.write_until_the_server_is_gone())
            })
            .collect();
        // The moment of the kill is the one thing here that is meant to be left to the clock.
        std::thread::sleep(until);
        drop(server);
        for writer in writers {
            acknowledged.add(writer.join().expect("a writer ends by itself"));
        }
        if round % 10 == 0 || round == kills {
            check_acknowledged(&workspace, &acknowledged, round);
        }
    }
    check_database(&workspace);
    assert!(acknowledged.writes() > kills, "the load was too light to mean anything: {}", acknowledged.writes());
    println!(
        "{kills} kills, {} acknowledged writes, none lost, none half-written (seed {seed})",
        acknowledged.writes()
    );
}
