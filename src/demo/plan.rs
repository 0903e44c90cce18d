//! What the demo holds, as plain values: experiments, their runs and what each run has. Nothing is written here.

use super::dice::Dice;
use crate::domain::{MetricPoint, RunStatus};

/// An experiment to be made, parents before their children.
pub(super) struct ExperimentPlan {
    pub(super) name: &'static str,
    pub(super) note: &'static str,
    pub(super) runs: Vec<RunPlan>,
}

/// A run to be made.
pub(super) struct RunPlan {
    pub(super) name: String,
    /// The name of a run that stands before it in the same experiment.
    pub(super) parent: Option<String>,
    pub(super) user: &'static str,
    pub(super) status: RunStatus,
    /// Unix milliseconds.
    pub(super) started_at: i64,
    pub(super) ended_at: Option<i64>,
    pub(super) script: &'static str,
    pub(super) commit: String,
    pub(super) params: Vec<(String, String)>,
    pub(super) tags: Vec<(String, String)>,
    pub(super) note: Option<String>,
    pub(super) series: Vec<Series>,
    pub(super) datasets: &'static [Split],
    pub(super) files: Files,
    pub(super) model: Option<ModelPlan>,
}

/// A metric with its points in step order.
pub(super) struct Series {
    pub(super) key: String,
    pub(super) points: Vec<MetricPoint>,
}

/// A part of the wine data that a run read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Split {
    Train,
    Validation,
    Test,
}

/// Which artifacts a run leaves behind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Files {
    /// Nothing: it has not got that far.
    None,
    /// A log with the reason why it ended early.
    FailureLog,
    /// Tables, pictures and a report about one model.
    Evaluation,
    /// The table of a search's trials and its winner.
    Search,
    /// Checkpoints, a long log, curves.
    Training,
}

/// A logged model of a run.
pub(super) struct ModelPlan {
    pub(super) name: String,
    /// What is added to each prediction, so that models differ.
    pub(super) shift: f64,
    /// Whether its files arrived.
    pub(super) uploaded: bool,
}

/// Milliseconds in a minute.
pub(super) const MINUTE: i64 = 60_000;
/// Milliseconds in an hour.
pub(super) const HOUR: i64 = 60 * MINUTE;
/// Milliseconds in a day.
pub(super) const DAY: i64 = 24 * HOUR;

pub(super) const SPLITS: &[Split] = &[Split::Train, Split::Validation, Split::Test];

/// Pairs of texts from pairs of anything that has a text.
pub(super) fn pairs<const N: usize>(items: [(&str, String); N]) -> Vec<(String, String)> {
    items.into_iter().map(|(key, value)| (key.to_owned(), value)).collect()
}

impl RunPlan {
    /// A finished run with nothing in it yet.
    pub(super) fn new(name: impl Into<String>, started_at: i64, duration: i64, dice: &mut Dice) -> Self {
        Self {
            name: name.into(),
            parent: None,
            user: "mara",
            status: RunStatus::Finished,
            started_at,
            ended_at: Some(started_at + duration),
            script: "train.py",
            commit: dice.hex(40),
            params: Vec::new(),
            tags: Vec::new(),
            note: None,
            series: Vec::new(),
            datasets: SPLITS,
            files: Files::None,
            model: None,
        }
    }

    /// Adds a metric with one point, at the end of the run.
    pub(super) fn value(&mut self, key: &str, value: f64) {
        let timestamp = self.ended_at.unwrap_or(self.started_at);
        let points = vec![MetricPoint { step: 0, timestamp, value }];
        self.series.push(Series { key: key.to_owned(), points });
    }

    /// Adds a metric with a value for every `stride` steps, spread evenly over `millis` from the start of the run;
    /// nothing when there is no value.
    pub(super) fn curve(&mut self, key: &str, values: Vec<f64>, stride: i64, millis: i64) {
        if values.is_empty() {
            return;
        }
        let count = values.len().max(1) as i64;
        let at = |i: i64| self.started_at + millis * (i + 1) / count;
        let point = |(i, value): (usize, f64)| MetricPoint { step: i as i64 * stride, timestamp: at(i as i64), value };
        let points = values.into_iter().enumerate().map(point).collect();
        self.series.push(Series { key: key.to_owned(), points });
    }

    /// The run as one that ended otherwise than well, at the same time.
    pub(super) fn ended(mut self, status: RunStatus, note: &str) -> Self {
        self.status = status;
        self.note = Some(note.to_owned());
        self.files = Files::FailureLog;
        self.model = None;
        self
    }

    /// The run as one that still goes on.
    pub(super) fn running(mut self) -> Self {
        self.status = RunStatus::Running;
        self.ended_at = None;
        self.model = None;
        self
    }

    /// The last value of a metric.
    pub(super) fn last(&self, key: &str) -> Option<f64> {
        self.series.iter().find(|series| series.key == key)?.points.last().map(|point| point.value)
    }
}
