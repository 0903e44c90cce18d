//! The parsed form of a filter and of an order.

/// What kind of thing a filter is about; decides which fields exist.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Subject {
    Runs,
    Experiments,
    LoggedModels,
}

/// A whole filter. The default matches everything.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Filter {
    pub expr: Option<Expr>,
}

/// A boolean expression over conditions.
#[derive(Debug, Clone, PartialEq)]
pub enum Expr {
    And(Vec<Expr>),
    Or(Vec<Expr>),
    Not(Box<Expr>),
    Condition(Condition),
}

/// A field and what is asked of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Condition {
    pub field: Field,
    pub comparison: Comparison,
}

/// Which point of a metric's history a condition or an order looks at. MLflow always means `Last`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub enum MetricAggregate {
    #[default]
    Last,
    First,
    Min,
    Max,
}

/// What a condition or an order looks at.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Field {
    /// A column of the subject by its canonical name, such as `run_id`, `status`, `start_time`, `name`.
    Attribute(&'static str),
    Metric {
        key: String,
        aggregate: MetricAggregate,
    },
    Param(String),
    Tag(String),
    /// `name`, `digest` or `context` of a run's datasets.
    Dataset(&'static str),
}

/// What is asked of a field.
///
/// A field that is missing satisfies `IsNull` and nothing else, not even `Ne` and `NotIn`; a metric that is NaN
/// satisfies `Ne`. A dataset condition holds if it does for any dataset of the run. A param or tag compared with a
/// number is read as one, and is missing if it is none.
#[derive(Debug, Clone, PartialEq)]
pub enum Comparison {
    Compare(Operator, Value),
    In(Vec<String>),
    NotIn(Vec<String>),
    IsNull,
    IsNotNull,
}

/// A comparison operator. `Like` is case-sensitive, `ILike` is not; both know `%` and `_`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Operator {
    Eq,
    Ne,
    Lt,
    Le,
    Gt,
    Ge,
    Like,
    ILike,
    /// Regular expression, found anywhere in the text; ours only.
    Matches,
    /// Part of the text in any case; ours only.
    Contains,
}

/// A literal.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    Number(f64),
    /// A whole number that must not lose digits, such as a time in milliseconds.
    Integer(i64),
    Text(String),
}

/// One key of an order. Missing values come last, NaN after the numbers and before the missing.
#[derive(Debug, Clone, PartialEq)]
pub struct OrderBy {
    pub field: Field,
    pub ascending: bool,
}
