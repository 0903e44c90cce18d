//! Conditions as SQL.

use rusqlite::types::Value as SqlValue;

use super::query::{Piece, Query};
use crate::domain::filter::Subject;
use crate::domain::filter::{Comparison, Condition, Expr, Field, MetricAggregate, Operator, Value};
use crate::domain::tag_key;
use crate::store::{Result, StoreError};

impl Query<'_> {
    /// Writes an expression. Long chains become balanced trees, because SQLite limits how deep one may be.
    pub(super) fn expr(&mut self, expr: &Expr, out: &mut Piece) -> Result<()> {
        match expr {
            Expr::And(parts) => self.chain(parts, " AND ", "1", out),
            Expr::Or(parts) => self.chain(parts, " OR ", "0", out),
            Expr::Not(inner) => {
                out.push("NOT (");
                self.expr(inner, out)?;
                out.push(")");
                Ok(())
            }
            Expr::Condition(condition) => self.condition(condition, out),
        }
    }

    fn chain(&mut self, parts: &[Expr], word: &str, empty: &str, out: &mut Piece) -> Result<()> {
        match parts {
            [] => {
                out.push(empty);
                Ok(())
            }
            [only] => {
                out.push("(");
                self.expr(only, out)?;
                out.push(")");
                Ok(())
            }
            _ => {
                let (left, right) = parts.split_at(parts.len() / 2);
                out.push("(");
                self.chain(left, word, empty, out)?;
                out.push(word);
                self.chain(right, word, empty, out)?;
                out.push(")");
                Ok(())
            }
        }
    }

    fn condition(&mut self, condition: &Condition, out: &mut Piece) -> Result<()> {
        let Condition { field, comparison } = condition;
        match (self.subject, field) {
            (_, Field::Attribute(name)) => {
                let column = attribute_column(self.subject, name)?;
                attribute_condition(column, comparison, out)
            }
            (Subject::Runs, Field::Metric { key, aggregate }) => {
                let rows =
                    "metric_summary x WHERE x.experiment_id = r.experiment_id AND x.run_id = r.id AND x.key_id = ?";
                self.keyed(rows, key, comparison, out, |out| metric_test(summary_column(*aggregate), comparison, out))
            }
            (Subject::Runs, Field::Param(key)) => {
                let rows = "param x WHERE x.experiment_id = r.experiment_id AND x.run_id = r.id AND x.key_id = ?";
                self.keyed(rows, key, comparison, out, |out| text_test("x.value", comparison, out))
            }
            (Subject::Runs, Field::Tag(key)) => {
                let rows = "tag x WHERE x.experiment_id = r.experiment_id AND x.run_id = r.id AND x.key_id = ?";
                self.keyed(rows, key, comparison, out, |out| text_test("x.value", comparison, out))
            }
            (Subject::Runs, Field::Dataset(name)) => dataset_condition(name, comparison, out),
            (Subject::Experiments, Field::Tag(key)) => {
                let rows = "experiment_tag x WHERE x.experiment_id = r.id AND x.key = ?";
                let key = SqlValue::Text(key.clone());
                exists(rows, Some(key), comparison, out, |out| text_test("x.value", comparison, out))
            }
            (Subject::LoggedModels, Field::Param(key)) => {
                let rows = "logged_model_param x WHERE x.model_id = r.id AND x.key_id = ?";
                self.keyed(rows, key, comparison, out, |out| text_test("x.value", comparison, out))
            }
            (Subject::LoggedModels, Field::Tag(key)) => {
                let rows = "logged_model_tag x WHERE x.model_id = r.id AND x.key_id = ?";
                self.keyed(rows, key, comparison, out, |out| text_test("x.value", comparison, out))
            }
            (Subject::LoggedModels, Field::Metric { key, aggregate }) => {
                self.has_metric_condition = true;
                self.model_metric(key, *aggregate, comparison, out)
            }
            _ => Err(StoreError::invalid(format!("There is no field {field} here."))),
        }
    }

    /// A condition on what is kept under a key; nothing is if nobody ever used the key.
    fn keyed(
        &self,
        rows: &str,
        key: &str,
        comparison: &Comparison,
        out: &mut Piece,
        test: impl FnOnce(&mut Piece) -> Result<()>,
    ) -> Result<()> {
        if let Some(id) = self.key_id(key)? {
            return exists(rows, Some(SqlValue::Integer(id)), comparison, out, test);
        }
        // Still looked at, so that a comparison that makes no sense is refused either way.
        if !matches!(comparison, Comparison::IsNull | Comparison::IsNotNull) {
            test(&mut Piece::default())?;
        }
        out.push(if *comparison == Comparison::IsNull { "1" } else { "0" });
        Ok(())
    }

    /// A logged model may have many values of a metric. As in MLflow, any of them will do; an aggregate looks at all.
    fn model_metric(
        &self,
        key: &str,
        aggregate: MetricAggregate,
        comparison: &Comparison,
        out: &mut Piece,
    ) -> Result<()> {
        let mut datasets = Piece::default();
        self.on_datasets(&mut datasets);
        let value = "CASE WHEN x.is_nan THEN NULL ELSE x.value END";
        let (rows, order) = match aggregate {
            MetricAggregate::Last => ("logged_model_metric x WHERE x.model_id = r.id AND x.key_id = ?", ""),
            MetricAggregate::First => ("", "x.step, x.timestamp, x.is_nan DESC, x.value"),
            MetricAggregate::Min => ("", "x.is_nan, x.value"),
            MetricAggregate::Max => ("", "x.is_nan, x.value DESC"),
        };
        if order.is_empty() {
            return self.keyed(rows, key, comparison, out, |out| {
                metric_test(value, comparison, out)?;
                out.push(&datasets.sql);
                out.values.extend(datasets.values);
                Ok(())
            });
        }
        let rows = format!(
            "(SELECT {value} AS value FROM logged_model_metric x WHERE x.model_id = r.id AND x.key_id = ?{} ORDER BY \
             {order} LIMIT 1) x WHERE 1",
            datasets.sql
        );
        let mut inner = Piece::default();
        self.keyed(&rows, key, comparison, &mut inner, |out| {
            out.values.extend(datasets.values);
            metric_test("x.value", comparison, out)
        })?;
        out.push(&inner.sql);
        out.values.extend(inner.values);
        Ok(())
    }
}

/// `rows` is a FROM clause with conditions that a test can be added to.
fn exists(
    rows: &str,
    key: Option<SqlValue>,
    comparison: &Comparison,
    out: &mut Piece,
    test: impl FnOnce(&mut Piece) -> Result<()>,
) -> Result<()> {
    out.push(if *comparison == Comparison::IsNull { "NOT EXISTS (SELECT 1 FROM " } else { "EXISTS (SELECT 1 FROM " });
    out.push(rows);
    if let Some(key) = key {
        out.bind(key);
    }
    if !matches!(comparison, Comparison::IsNull | Comparison::IsNotNull) {
        out.push(" AND ");
        test(out)?;
    }
    out.push(")");
    Ok(())
}

fn dataset_condition(name: &str, comparison: &Comparison, out: &mut Piece) -> Result<()> {
    match name {
        "context" => {
            let rows = "run_dataset_tag x WHERE x.run_id = r.id AND x.key = ?";
            let key = SqlValue::Text(tag_key::DATASET_CONTEXT.to_owned());
            exists(rows, Some(key), comparison, out, |out| text_test("x.value", comparison, out))
        }
        "name" | "digest" => {
            let rows = "run_dataset u JOIN dataset x ON x.id = u.dataset_id WHERE u.run_id = r.id";
            let column = if name == "name" { "x.name" } else { "x.digest" };
            exists(rows, None, comparison, out, |out| text_test(column, comparison, out))
        }
        _ => Err(StoreError::invalid(format!("There is no dataset.{name}."))),
    }
}

/// A column of the subject's own table.
#[derive(Debug, Clone, Copy)]
pub(super) struct Column {
    pub(super) sql: &'static str,
    pub(super) is_text: bool,
    pub(super) can_be_missing: bool,
}

/// Where an attribute is kept.
pub(super) fn attribute_column(subject: Subject, name: &str) -> Result<Column> {
    let text = |sql| Column { sql, is_text: true, can_be_missing: false };
    let number = |sql| Column { sql, is_text: false, can_be_missing: false };
    let optional = |column: Column| Column { can_be_missing: true, ..column };
    Ok(match (subject, name) {
        (_, "name") | (Subject::Runs, "run_name") => text("r.name"),
        (_, "status") => text("r.status"),
        (Subject::Experiments, "creation_time") | (Subject::LoggedModels, "creation_timestamp") => {
            number("r.created_at")
        }
        (Subject::Experiments, "last_update_time") | (Subject::LoggedModels, "last_updated_timestamp") => {
            number("r.updated_at")
        }
        (Subject::Runs, "run_id") => text("r.run_id"),
        (Subject::Runs, "user_id") => text("r.user"),
        (Subject::Runs, "artifact_uri") => text("r.artifact_uri"),
        (Subject::Runs, "start_time") => optional(number("r.started_at")),
        (Subject::Runs, "end_time") => optional(number("r.ended_at")),
        (Subject::Runs, "duration") => optional(number("(r.ended_at - r.started_at)")),
        (Subject::Experiments, "experiment_id") => text("CAST(r.id AS TEXT)"),
        (Subject::LoggedModels, "model_id") => text("r.model_id"),
        (Subject::LoggedModels, "model_type") => text("r.model_type"),
        (Subject::LoggedModels, "source_run_id") => optional(text("r.source_run_id")),
        _ => return Err(StoreError::invalid(format!("There is no attribute {name} here."))),
    })
}

fn attribute_condition(column: Column, comparison: &Comparison, out: &mut Piece) -> Result<()> {
    match comparison {
        Comparison::IsNull | Comparison::IsNotNull => {
            out.push(column.sql);
            out.push(if *comparison == Comparison::IsNull { " IS NULL" } else { " IS NOT NULL" });
        }
        _ => {
            // A comparison with a missing value would be NULL, and so would its opposite.
            if column.can_be_missing {
                out.push("(");
                out.push(column.sql);
                out.push(" IS NOT NULL AND ");
            }
            if column.is_text {
                text_test(column.sql, comparison, out)?;
            } else {
                number_test(column.sql, comparison, out)?;
            }
            if column.can_be_missing {
                out.push(")");
            }
        }
    }
    Ok(())
}

/// The column of a metric's summary that an aggregate means. NULL stands for NaN.
pub(super) const fn summary_column(aggregate: MetricAggregate) -> &'static str {
    match aggregate {
        MetricAggregate::Last => "x.last_value",
        MetricAggregate::First => "x.first_value",
        MetricAggregate::Min => "x.min_value",
        MetricAggregate::Max => "x.max_value",
    }
}

/// A test of a metric's value, which is NULL for NaN: NaN differs from every number and is nothing else.
fn metric_test(column: &str, comparison: &Comparison, out: &mut Piece) -> Result<()> {
    let is_ne = matches!(comparison, Comparison::Compare(Operator::Ne, _));
    out.push(if is_ne { "(" } else { "" });
    if is_ne {
        out.push(column);
        out.push(" IS NULL OR ");
    }
    number_test(column, comparison, out)?;
    out.push(if is_ne { ")" } else { "" });
    Ok(())
}

fn number_test(column: &str, comparison: &Comparison, out: &mut Piece) -> Result<()> {
    let Comparison::Compare(operator, value) = comparison else {
        return Err(mismatch("IN works on text."));
    };
    let value = match value {
        Value::Integer(integer) => SqlValue::Integer(*integer),
        // NaN would be bound as NULL.
        Value::Number(number) if number.is_nan() => {
            out.push(if *operator == Operator::Ne { "1" } else { "0" });
            return Ok(());
        }
        Value::Number(number) => SqlValue::Real(*number),
        Value::Text(_) => return Err(mismatch("A number is compared with a text.")),
    };
    out.push(column);
    out.push(match operator {
        Operator::Eq => " = ?",
        Operator::Ne => " <> ?",
        Operator::Lt => " < ?",
        Operator::Le => " <= ?",
        Operator::Gt => " > ?",
        Operator::Ge => " >= ?",
        Operator::Like | Operator::ILike | Operator::Matches | Operator::Contains => {
            return Err(mismatch("A number is compared as a text."));
        }
    });
    out.bind(value);
    Ok(())
}

/// A test of a text that is there.
fn text_test(column: &str, comparison: &Comparison, out: &mut Piece) -> Result<()> {
    match comparison {
        Comparison::In(values) | Comparison::NotIn(values) => {
            out.push(column);
            out.push(if matches!(comparison, Comparison::In(_)) { " IN (" } else { " NOT IN (" });
            for (index, value) in values.iter().enumerate() {
                out.push(if index == 0 { "?" } else { ",?" });
                out.bind_text(value);
            }
            out.push(")");
        }
        Comparison::Compare(_, Value::Number(_) | Value::Integer(_)) => {
            // Text that is no number is as good as missing.
            let number = format!("filter_number({column})");
            out.push("(");
            number_test(&number, comparison, out)?;
            out.push(") IS TRUE");
        }
        Comparison::Compare(operator, Value::Text(text)) => {
            let function = match operator {
                Operator::Eq | Operator::Ne => {
                    out.push(column);
                    out.push(if *operator == Operator::Eq { " = ?" } else { " <> ?" });
                    out.bind_text(text);
                    return Ok(());
                }
                Operator::Like => "filter_like(?, ",
                Operator::ILike => "filter_ilike(?, ",
                Operator::Contains => "filter_contains(?, ",
                Operator::Matches => "filter_matches(?, ",
                Operator::Lt | Operator::Le | Operator::Gt | Operator::Ge => {
                    return Err(mismatch("Texts have no order in filters."));
                }
            };
            out.push(function);
            out.bind_text(text);
            out.push(column);
            out.push(")");
        }
        Comparison::IsNull | Comparison::IsNotNull => out.push("1"),
    }
    Ok(())
}

fn mismatch(why: &str) -> StoreError {
    StoreError::invalid(format!("The filter cannot be answered. {why}"))
}
