//! Reading the history of metrics, whole, in part or reduced.

use std::sync::Arc;

use super::*;
use crate::domain::*;

#[expect(unused_variables, clippy::todo, reason = "bodies follow")]
impl Store {
    /// Points in MLflow's order (timestamp, step, value); an unknown run or key has none.
    pub fn metric_history(&self, run: &RunId, key: &str, offset: usize, limit: usize) -> Result<Page<MetricPoint>> {
        todo!()
    }
    /// Points in (step, timestamp, value) order within a closed range of steps.
    pub fn metric_points(&self, run: &RunId, key: &str, steps: Option<(i64, i64)>) -> Result<Vec<MetricPoint>> {
        todo!()
    }
    /// As `metric_points`, reduced to at most `buckets` min-max pairs.
    pub fn metric_reduced(
        &self,
        run: &RunId,
        key: &str,
        steps: Option<(i64, i64)>,
        buckets: usize,
    ) -> Result<ReducedHistory> {
        todo!()
    }
    /// At most `points` values a run, spread over its history, for drawing in a cell.
    pub fn sparklines(&self, runs: &[RunId], key: &str, points: usize) -> Result<Vec<(RunId, Vec<f64>)>> {
        todo!()
    }
}
