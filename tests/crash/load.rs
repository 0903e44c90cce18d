//! The load under which the server is killed, and what must hold of it afterwards.
//!
//! Each writer makes a run of its own and repeats: one metric, one batch, one file. What the server answered with 200
//! is written down. A batch is recognisable by its number in all of its parts, so that half of one would show.

use std::collections::BTreeMap;
use std::time::Duration;

use proofmark::domain::RunId;
use proofmark::store::Store;
use reqwest::blocking::{Client, Response};
use serde_json::{Value, json};

/// Metrics, params and tags of one batch, each.
const PARTS: i64 = 12;

/// What one run was promised.
#[derive(Debug, Default)]
pub(crate) struct Promises {
    run: String,
    /// Steps of the metric `single`.
    singles: Vec<i64>,
    /// Numbers of batches, and of those that were sent without an answer.
    batches: Vec<i64>,
    files: Vec<i64>,
}

/// Everything that was acknowledged so far.
#[derive(Debug, Default)]
pub(crate) struct Acknowledged(Vec<Promises>);

impl Acknowledged {
    pub(crate) fn add(&mut self, promises: Option<Promises>) {
        self.0.extend(promises);
    }

    pub(crate) fn writes(&self) -> u64 {
        self.0.iter().map(|p| (1 + p.singles.len() + p.batches.len() + p.files.len()) as u64).sum()
    }
}

/// A client that writes until nobody answers.
pub(crate) struct Writer {
    client: Client,
    url: String,
    name: String,
}

impl Writer {
    pub(crate) fn new(url: &str, round: u64, number: usize) -> Self {
        let client = Client::builder().timeout(Duration::from_secs(10)).build().expect("a client");
        Self { client, url: url.to_owned(), name: format!("round {round}, writer {number}") }
    }

    /// `None` when not even the run was made.
    pub(crate) fn write_until_the_server_is_gone(self) -> Option<Promises> {
        let body = json!({"experiment_id": "0", "run_name": self.name, "start_time": 1_700_000_000_000_i64});
        let answer: Value = self.post("runs/create", &body)?.json().ok()?;
        let run = answer["run"]["info"]["run_id"].as_str().expect("a run has an id").to_owned();
        let mut kept = Promises { run, ..Promises::default() };
        for number in 0.. {
            if self.write_round(number, &mut kept).is_none() {
                break;
            }
        }
        Some(kept)
    }

    fn write_round(&self, number: i64, kept: &mut Promises) -> Option<()> {
        let run = kept.run.clone();
        let time = 1_700_000_000_000 + number;
        self.post(
            "runs/log-metric",
            &json!({"run_id": run, "key": "single", "value": number, "timestamp": time, "step": number}),
        )?;
        kept.singles.push(number);

        let metrics: Vec<Value> = (0..PARTS)
            .map(|part| json!({"key": format!("part{part}"), "value": number, "timestamp": time, "step": number}))
            .collect();
        let texts = |prefix: &str| -> Vec<Value> {
            (0..PARTS).map(|part| json!({"key": format!("{prefix}{number}.{part}"), "value": "x"})).collect()
        };
        self.post(
            "runs/log-batch",
            &json!({"run_id": run, "metrics": metrics, "params": texts("p"), "tags": texts("t")}),
        )?;
        kept.batches.push(number);

        let content = file_content(&run, number);
        let path = format!("{}/api/2.0/mlflow-artifacts/artifacts/0/{run}/artifacts/{number}.bin", self.url);
        accepted(self.client.put(path).body(content).send())?;
        kept.files.push(number);
        Some(())
    }

    fn post(&self, endpoint: &str, body: &Value) -> Option<Response> {
        accepted(self.client.post(format!("{}/api/2.0/mlflow/{endpoint}", self.url)).json(body).send())
    }
}

/// The answer if there was one; an answer that is no success is a bug of the server, killed or not.
fn accepted(answer: reqwest::Result<Response>) -> Option<Response> {
    let answer = answer.ok()?;
    let status = answer.status();
    assert!(status.is_success(), "{status}: {}", answer.text().unwrap_or_default());
    // The body must have arrived whole to count as an acknowledgement.
    Some(answer)
}

/// Large enough that a kill can fall into the middle of its writing.
fn file_content(run: &str, number: i64) -> Vec<u8> {
    format!("{run} {number}\n").into_bytes().repeat(4_000)
}

/// What does not hold: acknowledged and missing, or half there.
pub(crate) fn problems(store: &Store, acknowledged: &Acknowledged) -> Vec<String> {
    acknowledged.0.iter().flat_map(|promises| problems_of(store, promises)).collect()
}

fn problems_of(store: &Store, promises: &Promises) -> Vec<String> {
    let name = &promises.run;
    let id = RunId::new(name.as_str());
    let Ok(run) = store.run(&id) else { return vec![format!("the run {name} is gone")] };
    let mut problems = Vec::new();
    let steps = |key: &str| -> Vec<i64> {
        let points = store.metric_points(&id, key, None).expect("a readable history");
        points.iter().map(|point| point.step).collect()
    };
    let singles = steps("single");
    problems.extend(missing(&promises.singles, &singles).map(|step| format!("{name}: metric step {step} is gone")));

    // Each part of a batch, counted by the batch's number: all are there or none.
    let mut seen: BTreeMap<i64, i64> = BTreeMap::new();
    for part in 0..PARTS {
        for number in steps(&format!("part{part}")) {
            *seen.entry(number).or_default() += 1;
        }
    }
    let texts = run.params.iter().map(|p| &p.key).chain(run.tags.iter().map(|t| &t.key));
    for key in texts {
        let number = key.get(1..).and_then(|rest| rest.split_once('.')).and_then(|(number, _)| number.parse().ok());
        if let Some(number) = number {
            *seen.entry(number).or_default() += 1;
        }
    }
    for (number, count) in &seen {
        if *count != 3 * PARTS {
            problems.push(format!("{name}: batch {number} has {count} of its {} parts", 3 * PARTS));
        }
    }
    let batches: Vec<i64> = seen.into_keys().collect();
    problems.extend(missing(&promises.batches, &batches).map(|number| format!("{name}: batch {number} is gone")));

    // Files: every one that is seen is whole, whether or not it was acknowledged.
    let folder = format!("0/{name}/artifacts");
    let listed = store.artifacts().list(&folder).unwrap_or_default();
    let mut files = Vec::new();
    for entry in listed {
        let number: i64 = entry.name.trim_end_matches(".bin").parse().expect("only files of this test");
        let path = store.artifacts().root().join(&folder).join(&entry.name);
        if std::fs::read(path).expect("a readable file") != file_content(name, number) {
            problems.push(format!("{name}: file {number} is not whole"));
        }
        files.push(number);
    }
    problems.extend(missing(&promises.files, &files).map(|number| format!("{name}: file {number} is gone")));
    problems
}

fn missing(promised: &[i64], found: &[i64]) -> impl Iterator<Item = i64> {
    let found: std::collections::HashSet<i64> = found.iter().copied().collect();
    promised.iter().copied().filter(move |number| !found.contains(number)).collect::<Vec<_>>().into_iter()
}
