//! The columns of the runs table.

use std::sync::Arc;

use super::*;
use crate::domain::*;

#[expect(unused_variables, clippy::todo, reason = "bodies follow")]
impl Store {
    pub fn run_columns(&self, experiments: &[ExperimentId]) -> Result<Vec<ColumnInfo>> {
        todo!()
    }
    pub fn column_values(&self, experiments: &[ExperimentId], column: &ColumnKey) -> Result<ColumnValues> {
        todo!()
    }
    /// The values of many columns for a few runs (what changed since a revision).
    pub fn column_values_of_runs(&self, runs: &[RunId], columns: &[ColumnKey]) -> Result<Vec<ColumnValues>> {
        todo!()
    }
}
