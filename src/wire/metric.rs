//! Metrics and their histories on the wire.

use serde::{Serialize, Serializer};

use super::fields::Fields;
use super::{Double, Result, WireError, decode_offset};
use crate::domain::{LoggedModelId, MetricPoint, MetricSummary, ModelMetric, RunId};

/// Points on a page when the client names no number: all of them, as MLflow answers.
const NO_LIMIT: usize = i64::MAX as usize;
/// Points that `get-history-bulk` returns at most, and runs it may be asked for.
const MAX_BULK_POINTS: usize = 25_000;
const MAX_BULK_RUNS: usize = 100;
/// Points a run that `get-history-bulk-interval` returns at most.
const MAX_INTERVAL_POINTS: i64 = 2500;

/// A metric as an answer shows it.
#[derive(Debug, Serialize)]
pub(super) struct MetricJson<'a> {
    key: &'a str,
    value: Double,
    timestamp: i64,
    step: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    dataset_name: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    dataset_digest: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    model_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    run_id: Option<&'a str>,
}

impl<'a> MetricJson<'a> {
    fn point(key: &'a str, point: &MetricPoint) -> Self {
        Self {
            key,
            value: Double(point.value),
            timestamp: point.timestamp,
            step: point.step,
            dataset_name: None,
            dataset_digest: None,
            model_id: None,
            run_id: None,
        }
    }

    /// A metric of a logged model.
    pub(super) fn of_model(metric: &'a ModelMetric) -> Self {
        let dataset = metric.metric.dataset.as_ref();
        Self {
            dataset_name: dataset.map(|dataset| dataset.name.as_str()),
            dataset_digest: dataset.map(|dataset| dataset.digest.as_str()),
            model_id: metric.metric.model_id.as_ref().map(LoggedModelId::as_str),
            run_id: Some(metric.run_id.as_str()),
            ..Self::point(&metric.metric.key, &metric.metric.point)
        }
    }
}

impl<'a> From<&'a MetricSummary> for MetricJson<'a> {
    /// The value that MLflow calls the metric's.
    fn from(summary: &'a MetricSummary) -> Self {
        Self::point(&summary.key, &summary.last)
    }
}

/// A request for one metric's history.
#[derive(Debug, Clone, PartialEq)]
pub struct GetHistory {
    pub run: RunId,
    pub key: String,
    pub offset: usize,
    pub limit: usize,
}

impl GetHistory {
    pub fn read(fields: &Fields<'_>) -> Result<Self> {
        let run = super::read_run_id(fields)?;
        let key = fields.required_text("metric_key")?;
        let page_token = fields.text("page_token")?;
        let limit = match fields.int("max_results")? {
            None => NO_LIMIT,
            Some(limit) => usize::try_from(limit).ok().filter(|limit| *limit > 0).ok_or_else(|| {
                WireError::invalid(format!(
                    "Invalid value {limit} for parameter 'max_results' supplied. It must be a positive integer."
                ))
            })?,
        };
        Ok(Self { run, key, offset: decode_offset(page_token.as_deref())?, limit })
    }
}

/// The answer that holds a page of a history.
#[derive(Debug, Serialize)]
pub struct HistoryPage<'a> {
    #[serde(skip_serializing_if = "Points::is_empty")]
    metrics: Points<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_page_token: Option<String>,
}

impl<'a> HistoryPage<'a> {
    pub fn new(key: &'a str, points: &'a [MetricPoint], next_page_token: Option<String>) -> Self {
        Self { metrics: Points { key, points }, next_page_token }
    }
}

/// Points that become entries of the answer only while it is written.
#[derive(Debug)]
struct Points<'a> {
    key: &'a str,
    points: &'a [MetricPoint],
}

impl Points<'_> {
    fn is_empty(&self) -> bool {
        self.points.is_empty()
    }
}

impl Serialize for Points<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        serializer.collect_seq(self.points.iter().map(|point| MetricJson::point(self.key, point)))
    }
}

/// The answer that holds the points of several runs.
#[derive(Serialize)]
struct BulkPage<'a> {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    metrics: Vec<MetricJson<'a>>,
}

/// A request for the histories of one metric of several runs.
#[derive(Debug, Clone, PartialEq)]
pub struct BulkHistory {
    /// In the order of their ids.
    pub runs: Vec<RunId>,
    pub key: String,
    /// Points over all runs.
    pub limit: usize,
}

/// Reads a request for whole histories.
pub fn read_bulk_history(fields: &Fields<'_>) -> Result<BulkHistory> {
    let mut ids = fields.texts("run_id")?;
    if ids.is_empty() {
        return Err(WireError::invalid("GetMetricHistoryBulk request must specify at least one run_id."));
    }
    if ids.len() > MAX_BULK_RUNS {
        return Err(WireError::invalid(format!(
            "GetMetricHistoryBulk request cannot specify more than {MAX_BULK_RUNS} run_ids. Received {} run_ids.",
            ids.len()
        )));
    }
    let key = fields
        .text("metric_key")?
        .ok_or_else(|| WireError::invalid("GetMetricHistoryBulk request must specify a metric_key."))?;
    let limit = super::experiment::read_limit(fields.int("max_results")?.unwrap_or(MAX_BULK_POINTS as i64))?;
    ids.sort_unstable();
    ids.dedup();
    Ok(BulkHistory { runs: ids.into_iter().map(RunId::new).collect(), key, limit: limit.min(MAX_BULK_POINTS) })
}

/// A request for evenly thinned histories of several runs.
#[derive(Debug, Clone, PartialEq)]
pub struct BulkInterval {
    pub runs: Vec<RunId>,
    pub key: String,
    /// First and last step.
    pub steps: Option<(i64, i64)>,
    /// Points a run.
    pub limit: usize,
}

impl BulkInterval {
    pub fn read(fields: &Fields<'_>) -> Result<Self> {
        let ids = fields.texts("run_ids")?;
        if ids.is_empty() {
            return Err(fields.missing("run_ids"));
        }
        if ids.len() > MAX_BULK_RUNS {
            return Err(WireError::invalid(format!(
                "GetMetricHistoryBulkInterval request must specify at most {MAX_BULK_RUNS} run_ids. Received {} \
                 run_ids. See the API docs for more information about request parameters.",
                ids.len()
            )));
        }
        let key = fields.required_text("metric_key")?;
        let steps = match (fields.int("start_step")?, fields.int("end_step")?) {
            (None, None) => None,
            (Some(start), Some(end)) if start > end => {
                return Err(WireError::invalid(format!(
                    "end_step must be greater than start_step. Found start_step={start} and end_step={end}."
                )));
            }
            (Some(start), Some(end)) => Some((start, end)),
            _ => {
                return Err(WireError::invalid(
                    "If either start step or end step are specified, both must be specified.",
                ));
            }
        };
        let limit = fields.int("max_results")?.unwrap_or(MAX_INTERVAL_POINTS);
        if !(1..=MAX_INTERVAL_POINTS).contains(&limit) {
            return Err(WireError::invalid(format!(
                "max_results must be between 1 and {MAX_INTERVAL_POINTS}. See the API docs for more information about \
                 request parameters."
            )));
        }
        Ok(Self { runs: ids.into_iter().map(RunId::new).collect(), key, steps, limit: limit as usize })
    }
}

/// At most `limit` points, spread evenly over the sequence: the first of each of `limit` buckets whose sizes differ by
/// one at most, and the last point of all.
pub fn sample_evenly(points: &[MetricPoint], limit: usize) -> Vec<MetricPoint> {
    let Some(last) = points.last() else { return Vec::new() };
    if points.len() <= limit {
        return points.to_vec();
    }
    let (size, longer) = (points.len() / limit, points.len() % limit);
    // The first buckets take what does not divide evenly.
    let start = |bucket: usize| bucket * size + bucket.min(longer);
    let mut sample: Vec<MetricPoint> = (0..limit).filter_map(|bucket| points.get(start(bucket)).copied()).collect();
    if let Some(end) = sample.last_mut() {
        *end = *last;
    }
    sample
}

/// The points of one run in an answer about several.
#[derive(Debug, Clone, PartialEq)]
pub struct RunPoints {
    pub run: RunId,
    pub points: Vec<MetricPoint>,
}

impl RunPoints {
    /// The answer that holds the points of several runs.
    pub fn answer(key: &str, runs: &[Self]) -> Vec<u8> {
        let metrics = runs
            .iter()
            .flat_map(|run| {
                run.points
                    .iter()
                    .map(|point| MetricJson { run_id: Some(run.run.as_str()), ..MetricJson::point(key, point) })
            })
            .collect();
        super::to_json(&BulkPage { metrics })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn points(count: usize) -> Vec<MetricPoint> {
        (0..count).map(|at| MetricPoint { step: at as i64, timestamp: 0, value: at as f64 }).collect()
    }

    fn steps(count: usize, limit: usize) -> Vec<i64> {
        sample_evenly(&points(count), limit).iter().map(|point| point.step).collect()
    }

    #[test]
    fn a_sample_holds_the_first_of_each_bucket_and_the_end() {
        assert_eq!(steps(5, 2), [0, 4]);
        assert_eq!(steps(10, 3), [0, 4, 9]);
        assert_eq!(steps(10, 4), [0, 3, 6, 9]);
        assert_eq!(steps(3, 3), [0, 1, 2]);
        assert_eq!(steps(3, 1), [2]);
        assert_eq!(steps(0, 3), [0; 0]);
    }
}
