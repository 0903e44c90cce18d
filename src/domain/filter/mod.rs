//! The filter language: MLflow's search grammar, and ours, which adds `OR`, `NOT`, parentheses and relative dates.
//!
//! Both parse to one [`Filter`]; the store turns it into SQL. Every filter that MLflow's grammar accepts means the same
//! in ours, and a printed filter parses to itself in ours. Positions in errors are byte offsets into the input.

mod ast;
mod complete;
mod error;
mod fields;
mod lexer;
mod mlflow;
mod mlflow_order;
mod parser;
mod pattern;
mod print;
mod times;

pub use ast::{Comparison, Condition, Expr, Field, Filter, MetricAggregate, Operator, OrderBy, Subject, Value};
pub use complete::{Completion, CompletionKind, Vocabulary, complete};
pub use error::FilterError;
pub use fields::{Attribute, AttributeKind, attributes};
pub use mlflow::parse_mlflow;
pub use mlflow_order::parse_mlflow_order;
pub use parser::{parse, parse_at};
pub use pattern::{Like, compile_regex, contains_ignoring_case, number_of};

#[cfg(test)]
mod tests;
