//! The parts of one search statement, and its bound values in the order in which they stand in the text.

use rusqlite::types::Value as SqlValue;
use rusqlite::{Connection, OptionalExtension as _, Row, params_from_iter};

use super::MAX_CACHED_SQL;
use crate::domain::DatasetRef;
use crate::domain::filter::{Expr, Subject};
use crate::store::Result;

/// A piece of SQL with the values that its `?` stand for.
#[derive(Debug, Default)]
pub(super) struct Piece {
    pub(super) sql: String,
    pub(super) values: Vec<SqlValue>,
}

impl Piece {
    pub(super) fn push(&mut self, sql: &str) {
        self.sql.push_str(sql);
    }

    pub(super) fn bind(&mut self, value: SqlValue) {
        self.values.push(value);
    }

    pub(super) fn bind_text(&mut self, text: &str) {
        self.values.push(SqlValue::Text(text.to_owned()));
    }
}

/// A search over one table, which the statement calls `r`.
pub(super) struct Query<'a> {
    pub(super) connection: &'a Connection,
    pub(super) subject: Subject,
    table: &'static str,
    pub(super) joins: Piece,
    conditions: Piece,
    pub(super) order: Piece,
    page: Option<(i64, i64)>,
    /// Metrics of logged models count only if they were measured on one of these; empty: all count.
    pub(super) datasets: &'a [DatasetRef],
    pub(super) has_metric_condition: bool,
    pub(super) join_count: usize,
}

impl<'a> Query<'a> {
    pub(super) fn new(connection: &'a Connection, subject: Subject, table: &'static str) -> Self {
        Self {
            connection,
            subject,
            table,
            joins: Piece::default(),
            conditions: Piece::default(),
            order: Piece::default(),
            page: None,
            datasets: &[],
            has_metric_condition: false,
            join_count: 0,
        }
    }

    /// Adds a condition without values.
    pub(super) fn restrict(&mut self, sql: &str) {
        self.conditions.push(if self.conditions.sql.is_empty() { " WHERE " } else { " AND " });
        self.conditions.push(sql);
    }

    /// Adds a condition with one value.
    pub(super) fn restrict_with(&mut self, sql: &str, value: SqlValue) {
        self.restrict(sql);
        self.conditions.bind(value);
    }

    /// Adds a filter.
    pub(super) fn filter(&mut self, expr: &Expr) -> Result<()> {
        let mut piece = Piece::default();
        self.expr(expr, &mut piece)?;
        self.restrict("(");
        self.conditions.push(&piece.sql);
        self.conditions.push(")");
        self.conditions.values.extend(piece.values);
        Ok(())
    }

    /// Adds the condition that a logged model has a metric on one of the datasets.
    pub(super) fn restrict_to_models_with_metrics(&mut self) {
        let mut piece = Piece::default();
        piece.push("EXISTS (SELECT 1 FROM logged_model_metric x WHERE x.model_id = r.id");
        self.on_datasets(&mut piece);
        piece.push(")");
        self.restrict(&piece.sql);
        self.conditions.values.extend(piece.values);
    }

    /// Narrows `x`, a metric of a logged model, to the datasets of the search.
    pub(super) fn on_datasets(&self, piece: &mut Piece) {
        for (index, dataset) in self.datasets.iter().enumerate() {
            piece.push(if index == 0 { " AND (" } else { " OR " });
            piece.push("(x.dataset_name = ?");
            piece.bind_text(&dataset.name);
            if !dataset.digest.is_empty() {
                piece.push(" AND x.dataset_digest = ?");
                piece.bind_text(&dataset.digest);
            }
            piece.push(")");
        }
        if !self.datasets.is_empty() {
            piece.push(")");
        }
    }

    /// Asks for one page, and one row more to see whether there is another.
    pub(super) fn page(&mut self, offset: usize, limit: usize) {
        let count = |number: usize| i64::try_from(number).unwrap_or(i64::MAX);
        self.page = Some((count(limit).saturating_add(1), count(offset)));
    }

    /// The id of a key, if anything in the workspace has it.
    pub(super) fn key_id(&self, key: &str) -> Result<Option<i64>> {
        Ok(self
            .connection
            .prepare_cached("SELECT id FROM key WHERE name = ?1")?
            .query_row([key], |row| row.get(0))
            .optional()?)
    }

    /// Runs the search and reads the given columns of each row.
    pub(super) fn rows<T>(
        self,
        connection: &Connection,
        columns: &str,
        read: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Vec<T>> {
        let usual = self.usual_order();
        let comma = if self.order.sql.is_empty() { "" } else { ", " };
        let limit = if self.page.is_some() { " LIMIT ? OFFSET ?" } else { "" };
        let sql = format!(
            "SELECT {columns} FROM {} r{}{} ORDER BY {}{comma}{usual}{limit}",
            self.table, self.joins.sql, self.conditions.sql, self.order.sql
        );
        let page = self.page.into_iter().flat_map(|(limit, offset)| [limit, offset]).map(SqlValue::Integer);
        let values = [self.joins.values, self.conditions.values, self.order.values].into_iter().flatten().chain(page);
        let rows = if sql.len() <= MAX_CACHED_SQL {
            let mut statement = connection.prepare_cached(&sql)?;
            let rows = statement.query_map(params_from_iter(values), read)?;
            rows.collect::<rusqlite::Result<Vec<T>>>()?
        } else {
            let mut statement = connection.prepare(&sql)?;
            let rows = statement.query_map(params_from_iter(values), read)?;
            rows.collect::<rusqlite::Result<Vec<T>>>()?
        };
        Ok(rows)
    }

    /// The order of rows whose keys are equal. SQLite puts missing values last when descending.
    fn usual_order(&self) -> &'static str {
        match self.subject {
            Subject::Runs => "r.started_at DESC, r.run_id",
            Subject::Experiments => "r.created_at DESC, r.id",
            Subject::LoggedModels => "r.created_at DESC, r.model_id",
        }
    }
}
