//! The filter language: MLflow's search grammar, and ours, which adds `OR`, `NOT`, parentheses and relative dates.
//!
//! Both parse to one [`Filter`]; the store turns it into SQL. Positions in errors are byte offsets into the input.

mod ast;

pub use ast::{Comparison, Condition, Expr, Field, Filter, MetricAggregate, Operator, OrderBy, Subject, Value};
