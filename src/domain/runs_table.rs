//! The runs table: light rows, columns that come one by one, and reduced histories.

use std::sync::Arc;

use super::filter::MetricAggregate;
use super::{MetricPoint, RunId, RunInfo};

/// A number that grows with every committed change, across all processes that share the workspace.
pub type Revision = u64;

/// One line of the runs table: everything but params, tags and metrics, which come as columns.
#[derive(Debug, Clone, PartialEq)]
pub struct RunRow {
    pub info: RunInfo,
    pub parent: Option<RunId>,
    pub note: bool,
    pub source: Option<String>,
    pub git_commit: Option<String>,
    /// The workspace revision of the run's last change.
    pub revision: Revision,
}

/// A column that the runs table can show, with what is needed to hide it when it tells nothing.
#[derive(Debug, Clone, PartialEq)]
pub struct ColumnInfo {
    pub key: ColumnKey,
    /// Runs that have a value.
    pub run_count: u64,
    /// Whether at least two runs differ, or some have none.
    pub varies: bool,
}

/// What a column shows.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ColumnKey {
    Metric(Arc<str>),
    Param(Arc<str>),
    Tag(Arc<str>),
}

/// The values of a column for the runs that have one.
#[derive(Debug, Clone, PartialEq)]
pub enum ColumnValues {
    Metric(Vec<(RunId, MetricCell)>),
    Text(Vec<(RunId, Arc<str>)>),
}

/// What a metric column needs of one run: all four aggregates and how many points there are.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MetricCell {
    pub first: f64,
    pub last: f64,
    pub min: f64,
    pub max: f64,
    pub last_step: i64,
    pub min_step: i64,
    pub max_step: i64,
    pub count: u64,
}

impl MetricCell {
    /// The value that an aggregate names.
    pub fn value(&self, aggregate: MetricAggregate) -> f64 {
        match aggregate {
            MetricAggregate::Last => self.last,
            MetricAggregate::First => self.first,
            MetricAggregate::Min => self.min,
            MetricAggregate::Max => self.max,
        }
    }
}

/// A min-max reduced stretch of a metric's history: at most two points per bucket, in step order, with the true
/// first and last points. `exact` when every point of the stretch is here.
#[derive(Debug, Clone, PartialEq)]
pub struct ReducedHistory {
    pub points: Vec<MetricPoint>,
    pub total: u64,
    pub exact: bool,
}
