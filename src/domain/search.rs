//! Questions to the store: what to find, in which order, which page.

use super::filter::{Filter, OrderBy};
use super::{DatasetRef, ExperimentId};

/// Which lifecycle stages a search returns.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum ViewType {
    #[default]
    ActiveOnly,
    DeletedOnly,
    All,
}

/// A search over runs. Without an order: start time descending, then run id.
#[derive(Debug, Clone, Default)]
pub struct RunSearch {
    pub experiment_ids: Vec<ExperimentId>,
    pub filter: Filter,
    pub view: ViewType,
    pub order_by: Vec<OrderBy>,
    pub offset: usize,
    pub limit: usize,
}

/// A search over experiments. Without an order: creation time descending, then id.
#[derive(Debug, Clone, Default)]
pub struct ExperimentSearch {
    pub filter: Filter,
    pub view: ViewType,
    pub order_by: Vec<OrderBy>,
    pub offset: usize,
    pub limit: usize,
}

/// A search over logged models. Without an order: creation time descending, then id.
#[derive(Debug, Clone, Default)]
pub struct LoggedModelSearch {
    pub experiment_ids: Vec<ExperimentId>,
    pub filter: Filter,
    /// Metric conditions count only metrics logged on one of these; empty: on any or none.
    pub datasets: Vec<DatasetRef>,
    pub order_by: Vec<LoggedModelOrder>,
    pub offset: usize,
    pub limit: usize,
}

/// One key of a logged-model order; a metric may be narrowed to one dataset.
#[derive(Debug, Clone)]
pub struct LoggedModelOrder {
    pub order: OrderBy,
    pub dataset_name: Option<String>,
    pub dataset_digest: Option<String>,
}

/// One page of answers.
#[derive(Debug, Clone, PartialEq)]
pub struct Page<T> {
    pub items: Vec<T>,
    /// Whether a further page exists behind this one.
    pub has_more: bool,
}
