//! Prints a filter in our grammar; parsing what was printed gives the filter back.

use std::fmt::{self, Display, Formatter};

use super::ast::{Comparison, Condition, Expr, Field, Filter, MetricAggregate, Operator, OrderBy, Value};
use super::lexer::is_bare;

impl Display for Filter {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        self.expr.as_ref().map_or(Ok(()), |expr| expr.fmt(f))
    }
}

impl Display for Expr {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::And(parts) => joined(f, parts, " AND ", |part| matches!(part, Self::And(_) | Self::Or(_))),
            Self::Or(parts) => joined(f, parts, " OR ", |part| matches!(part, Self::Or(_))),
            Self::Not(inner) => match **inner {
                Self::And(_) | Self::Or(_) => write!(f, "NOT ({inner})"),
                Self::Not(_) | Self::Condition(_) => write!(f, "NOT {inner}"),
            },
            Self::Condition(condition) => condition.fmt(f),
        }
    }
}

fn joined(f: &mut Formatter<'_>, parts: &[Expr], word: &str, in_parentheses: fn(&Expr) -> bool) -> fmt::Result {
    for (index, part) in parts.iter().enumerate() {
        if index > 0 {
            f.write_str(word)?;
        }
        if in_parentheses(part) {
            write!(f, "({part})")?;
        } else {
            part.fmt(f)?;
        }
    }
    Ok(())
}

impl Display for Condition {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let Self { field, comparison } = self;
        write!(f, "{field} ")?;
        match comparison {
            // A bare number of milliseconds would not say its unit.
            Comparison::Compare(operator, Value::Integer(ms)) if *field == Field::Attribute("duration") => {
                write!(f, "{operator} {ms}ms")
            }
            Comparison::Compare(operator, value) => write!(f, "{operator} {value}"),
            Comparison::In(values) => list(f, "IN", values),
            Comparison::NotIn(values) => list(f, "NOT IN", values),
            Comparison::IsNull => f.write_str("IS NULL"),
            Comparison::IsNotNull => f.write_str("IS NOT NULL"),
        }
    }
}

fn list(f: &mut Formatter<'_>, word: &str, values: &[String]) -> fmt::Result {
    write!(f, "{word} (")?;
    for (index, value) in values.iter().enumerate() {
        let comma = if index > 0 { ", " } else { "" };
        write!(f, "{comma}{}", quoted(value))?;
    }
    f.write_str(")")
}

impl Display for Field {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Attribute(name) => f.write_str(name),
            Self::Metric { key, aggregate } => {
                let key = quoted_key(key);
                match aggregate {
                    MetricAggregate::Last => write!(f, "metrics.{key}"),
                    MetricAggregate::First => write!(f, "first(metrics.{key})"),
                    MetricAggregate::Min => write!(f, "min(metrics.{key})"),
                    MetricAggregate::Max => write!(f, "max(metrics.{key})"),
                }
            }
            Self::Param(key) => write!(f, "params.{}", quoted_key(key)),
            Self::Tag(key) => write!(f, "tags.{}", quoted_key(key)),
            Self::Dataset(name) => write!(f, "dataset.{name}"),
        }
    }
}

impl Display for OrderBy {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.field, if self.ascending { "ASC" } else { "DESC" })
    }
}

impl Display for Operator {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Eq => "=",
            Self::Ne => "!=",
            Self::Lt => "<",
            Self::Le => "<=",
            Self::Gt => ">",
            Self::Ge => ">=",
            Self::Like => "LIKE",
            Self::ILike => "ILIKE",
            Self::Matches => "MATCHES",
            Self::Contains => "CONTAINS",
        })
    }
}

impl Display for Value {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            // Debug keeps the point that tells a number from a whole number.
            Self::Number(number) if number.is_finite() => write!(f, "{number:?}"),
            Self::Number(number) if number.is_sign_negative() => f.write_str("-1e999"),
            Self::Number(_) => f.write_str("1e999"),
            Self::Integer(integer) => write!(f, "{integer}"),
            Self::Text(text) => f.write_str(&quoted(text)),
        }
    }
}

fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

/// A key as it must be written behind its prefix.
pub(super) fn quoted_key(key: &str) -> String {
    if !key.is_empty() && key.chars().all(is_bare) { key.to_owned() } else { format!("`{}`", key.replace('`', "``")) }
}
