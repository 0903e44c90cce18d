//! Metrics: numbers logged over steps and time.

use std::cmp::Ordering;

use super::LoggedModelId;

/// One logged point. The value may be NaN or infinite; the timestamp is Unix milliseconds, UTC.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MetricPoint {
    pub step: i64,
    pub timestamp: i64,
    pub value: f64,
}

impl MetricPoint {
    /// The order that decides which point is "last": step, then time, then value (NaN lowest).
    pub fn recency(&self, other: &Self) -> Ordering {
        (self.step, self.timestamp)
            .cmp(&(other.step, other.timestamp))
            .then_with(|| compare_nan_lowest(self.value, other.value))
    }
}

/// Orders numbers with NaN below all others.
pub fn compare_nan_lowest(a: f64, b: f64) -> Ordering {
    a.partial_cmp(&b).unwrap_or_else(|| b.is_nan().cmp(&a.is_nan()))
}

/// A metric as a client logs it: a point, and what it was measured on.
#[derive(Debug, Clone, PartialEq)]
pub struct Metric {
    pub key: String,
    pub point: MetricPoint,
    pub model_id: Option<LoggedModelId>,
    pub dataset: Option<DatasetRef>,
}

/// The name and digest of the dataset a metric was computed on.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct DatasetRef {
    pub name: String,
    pub digest: String,
}

/// A metric of a logged model, with the run that logged it.
#[derive(Debug, Clone, PartialEq)]
pub struct ModelMetric {
    pub metric: Metric,
    pub run_id: super::RunId,
}

/// What is known of one key of one run without reading its history.
#[derive(Debug, Clone, PartialEq)]
pub struct MetricSummary {
    pub key: String,
    /// Points stored; exact duplicates are stored once.
    pub count: u64,
    /// Points whose value is NaN.
    pub nan_count: u64,
    /// The earliest point by (step, timestamp, value).
    pub first: MetricPoint,
    /// The latest point by (step, timestamp, value): the one that MLflow calls the metric's value.
    pub last: MetricPoint,
    /// The smallest and largest value and where they were first reached; `None` while all are NaN.
    pub min: Option<MetricPoint>,
    pub max: Option<MetricPoint>,
}
