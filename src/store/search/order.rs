//! Orders as SQL: missing values last, NaN behind the numbers and before the missing, in both directions.

use rusqlite::types::Value as SqlValue;

use super::condition::{attribute_column, summary_column};
use super::query::{Piece, Query};
use crate::domain::filter::{Field, OrderBy, Subject};
use crate::store::{Result, StoreError};

/// SQLite joins at most 64 tables.
const MAX_JOINS: usize = 50;

impl Query<'_> {
    /// Adds the keys of an order over runs or experiments.
    pub(super) fn order(&mut self, order: &[OrderBy]) -> Result<()> {
        for key in order {
            self.order_key(key)?;
        }
        Ok(())
    }

    /// Adds a key of an order over logged models; a metric may be narrowed to a dataset.
    pub(super) fn order_models(&mut self, order: &OrderBy, dataset: Option<&str>, digest: Option<&str>) -> Result<()> {
        let Field::Metric { key, .. } = &order.field else { return self.order_key(order) };
        let Some(key_id) = self.key_id(key)? else { return Ok(()) };
        // The newest value counts, as in MLflow: by time, then step.
        let mut newest = Piece::default();
        newest.push(
            "(SELECT CASE WHEN y.is_nan THEN 'NaN' ELSE y.value END FROM logged_model_metric y \
                     WHERE y.model_id = r.id AND y.key_id = ?",
        );
        newest.bind(SqlValue::Integer(key_id));
        for (column, wanted) in [("y.dataset_name", dataset), ("y.dataset_digest", digest)] {
            if let Some(wanted) = wanted {
                newest.push(" AND ");
                newest.push(column);
                newest.push(" = ?");
                newest.bind_text(wanted);
            }
        }
        newest.push(" ORDER BY y.timestamp DESC, y.step DESC, y.run_id LIMIT 1)");
        // Texts sort behind numbers, so NaN needs its own rank before the value is compared.
        let direction = direction(order.ascending);
        let sql = newest.sql;
        self.order_by(&format!(
            "CASE typeof({sql}) WHEN 'null' THEN 2 WHEN 'text' THEN 1 ELSE 0 END, {sql} {direction}"
        ));
        self.order.values.extend(newest.values.clone());
        self.order.values.extend(newest.values);
        Ok(())
    }

    fn order_key(&mut self, key: &OrderBy) -> Result<()> {
        let direction = direction(key.ascending);
        match (&key.field, self.subject) {
            (Field::Attribute("experiment_id"), Subject::Experiments) => self.order_by(&format!("r.id {direction}")),
            (Field::Attribute(name), subject) => {
                let column = attribute_column(subject, name)?;
                let sql = column.sql;
                if column.can_be_missing {
                    self.order_by(&format!("{sql} IS NULL, {sql} {direction}"));
                } else {
                    self.order_by(&format!("{sql} {direction}"));
                }
            }
            (Field::Metric { key, aggregate }, Subject::Runs) => {
                let value = summary_column(*aggregate);
                if let Some(table) = self.join("metric_summary", key)? {
                    let value = value.replacen('x', &table, 1);
                    self.order_by(&format!(
                        "CASE WHEN {table}.run_id IS NULL THEN 2 WHEN {value} IS NULL THEN 1 ELSE 0 END, \
                         {value} {direction}"
                    ));
                }
            }
            (Field::Param(key), Subject::Runs) => self.order_by_text("param", key, direction)?,
            (Field::Tag(key), Subject::Runs) => self.order_by_text("tag", key, direction)?,
            (field, _) => return Err(StoreError::invalid(format!("Cannot sort by {field} here."))),
        }
        Ok(())
    }

    fn order_by_text(&mut self, table: &str, key: &str, direction: &str) -> Result<()> {
        if let Some(table) = self.join(table, key)? {
            self.order_by(&format!("{table}.value IS NULL, {table}.value {direction}"));
        }
        Ok(())
    }

    /// Joins what runs hold under a key; nothing to join if nobody ever used the key.
    fn join(&mut self, table: &str, key: &str) -> Result<Option<String>> {
        let Some(key_id) = self.key_id(key)? else { return Ok(None) };
        self.join_count += 1;
        if self.join_count > MAX_JOINS {
            return Err(StoreError::invalid(format!(
                "An order can have at most {MAX_JOINS} metrics, params and tags."
            )));
        }
        let name = format!("o{}", self.join_count);
        self.joins.push(&format!(
            " LEFT JOIN {table} {name} ON {name}.experiment_id = r.experiment_id AND {name}.key_id = ? AND \
             {name}.run_id = r.id"
        ));
        self.joins.bind(SqlValue::Integer(key_id));
        Ok(Some(name))
    }

    fn order_by(&mut self, sql: &str) {
        if !self.order.sql.is_empty() {
            self.order.push(", ");
        }
        self.order.push(sql);
    }
}

const fn direction(ascending: bool) -> &'static str {
    if ascending { "ASC" } else { "DESC" }
}
