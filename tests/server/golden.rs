//! Replays 445 exchanges that were recorded from the stock server and compares the answers. What differs must be listed
//! in `differences` with its reason, and what is listed must differ.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::differences;
use crate::support::TestServer;

struct Exchange {
    id: String,
    status: i64,
    answer: Value,
}

fn read(path: &Path) -> Vec<Exchange> {
    // Python writes NaN bare, at the end of a line.
    let text =
        std::fs::read_to_string(path).unwrap().replace(": NaN\n", ": \"NaN\"\n").replace(": NaN,\n", ": \"NaN\",\n");
    let recorded: Vec<Value> = serde_json::from_str(&text).unwrap();
    recorded
        .into_iter()
        .map(|entry| Exchange {
            id: entry["id"].as_str().unwrap().to_owned(),
            status: entry["status"].as_i64().unwrap(),
            answer: differences::without_made_up_names(entry["norm"].clone()),
        })
        .collect()
}

#[test]
fn answers_are_those_of_the_stock_server() {
    let shared = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared");
    let (probe, golden) = (shared.join("tools/mlflow_probe.py"), shared.join("golden/mlflow/stock318.json"));
    if !probe.exists() || !golden.exists() {
        say("skipped: no recorded exchanges beside the package");
        return;
    }
    if Command::new("python3").arg("--version").output().is_err() {
        assert!(std::env::var_os("PROOFMARK_CI").is_none(), "python3 is needed to replay the recorded exchanges");
        say("skipped: no python3");
        return;
    }

    let server = TestServer::start();
    let out = server.folder.path().join("replayed.json");
    let replay = Command::new("python3").arg(&probe).arg(server.url()).arg(&out).output().unwrap();
    assert!(replay.status.success(), "{}", String::from_utf8_lossy(&replay.stderr));

    let ours: BTreeMap<String, Exchange> =
        read(&out).into_iter().map(|exchange| (exchange.id.clone(), exchange)).collect();
    let mut unlisted = Vec::new();
    let mut differing = Vec::new();
    let mut replayed = 0;
    for stock in read(&golden) {
        let Some(ours) = ours.get(&stock.id) else {
            unlisted.push(format!("{}: not replayed", stock.id));
            continue;
        };
        replayed += 1;
        let expected = differences::follow(&stock.id, stock.answer);
        if stock.status == ours.status && (expected == ours.answer || differences::by_chance(&stock.id)) {
            continue;
        }
        if differences::reason(&stock.id).is_none() {
            unlisted.push(format!(
                "{}\n    stock {} {}\n    ours  {} {}",
                stock.id,
                stock.status,
                shortened(&expected),
                ours.status,
                shortened(&ours.answer)
            ));
        }
        differing.push(stock.id);
    }
    let stale = differences::stale(&differing);
    assert!(replayed > 440, "only {replayed} exchanges were replayed");
    assert!(unlisted.is_empty(), "{} unlisted differences:\n{}", unlisted.len(), unlisted.join("\n"));
    assert!(stale.is_empty(), "listed, but no longer different: {stale:?}");
}

fn shortened(answer: &Value) -> String {
    answer.to_string().chars().take(700).collect()
}

fn say(words: &str) {
    use std::io::Write as _;
    let _ = writeln!(std::io::stdout(), "{words}");
}
