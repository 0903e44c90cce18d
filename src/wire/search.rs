//! Filters and orders of searches.

use super::{Result, WireError};
use crate::domain::filter::{Filter, OrderBy, Subject};

pub(super) fn parse_mlflow(filter: &str, _subject: Subject) -> Result<Filter> {
    if filter.trim().is_empty() {
        return Ok(Filter::default());
    }
    Err(WireError::invalid("Filters are not understood yet."))
}

pub(super) fn parse_mlflow_order(order_by: &[String], _subject: Subject) -> Result<Vec<OrderBy>> {
    if order_by.is_empty() {
        return Ok(Vec::new());
    }
    Err(WireError::invalid("Orders are not understood yet."))
}
