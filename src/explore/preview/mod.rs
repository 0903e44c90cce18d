//! A table file as a virtual table: its columns at once, its rows by range.
//!
//! Null and empty text are different cells, numbers keep their type, and what does not fit its column is shown as it
//! stands and said, with row and column. Rows are numbered from 0 behind the header.

mod csv;
mod csv_scan;
mod parquet;

use std::ops::Range;
use std::path::{Path, PathBuf};

/// A column of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    pub name: String,
    pub kind: ColumnKind,
    /// The type in the engine's words, such as `i64` or `datetime[μs]`.
    pub type_name: String,
}

/// How a column's cells are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ColumnKind {
    Integer,
    Float,
    Boolean,
    Text,
    /// Dates, times and durations.
    Temporal,
    /// Lists, structs, bytes and whatever else has no plain form.
    Other,
}

/// One value. A missing one is not the same as an empty text.
#[derive(Debug, Clone, PartialEq)]
pub enum Cell {
    Null,
    Integer(i128),
    Float(f64),
    Boolean(bool),
    Text(String),
    /// A value that does not fit its column's type, as it stands in the file.
    Misfit(String),
}

/// How many rows there are, as far as the file has been read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RowCount {
    Exact(u64),
    AtLeast(u64),
}

impl RowCount {
    /// The rows known of.
    pub fn known(self) -> u64 {
        match self {
            Self::Exact(count) | Self::AtLeast(count) => count,
        }
    }
}

/// Something odd about a row that did not keep it from being shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RowIssue {
    pub row: u64,
    pub column: Option<String>,
    pub message: String,
}

/// A stretch of rows.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Rows {
    /// The number of the first row.
    pub start: u64,
    /// One vector a row, one cell a column.
    pub cells: Vec<Vec<Cell>>,
    pub issues: Vec<RowIssue>,
}

/// Why a table could not be read.
#[derive(Debug, thiserror::Error)]
pub enum PreviewError {
    #[error("the file cannot be read: {error} ({})", path.display())]
    Io { path: PathBuf, error: std::io::Error },
    #[error("the file is empty: it has no header and no rows")]
    Empty,
    #[error("the file is encoded in UTF-16; save it as UTF-8 to look at it here")]
    Utf16,
    #[error("row {row}, column {column}: a quoted field is opened and not closed within {limit_mb} MB")]
    UnclosedQuote { row: u64, column: usize, limit_mb: usize },
    #[error("row {row} is longer than {limit_mb} MB; this does not look like a table")]
    RowTooLong { row: u64, limit_mb: usize },
    #[error("this is not a readable Parquet file: {reason}")]
    Parquet { reason: String },
    #[error("no table can be read from a file that ends in “{extension}”")]
    UnknownFormat { extension: String },
}

enum Source {
    Csv(csv::CsvSource),
    Parquet(parquet::ParquetSource),
}

/// An open table file. Cheap to keep; calls block and belong on a worker thread.
pub struct Preview {
    columns: Vec<Column>,
    source: Source,
}

impl Preview {
    /// Whether a file name is one that [`Self::open`] knows.
    pub fn supports(path: &Path) -> bool {
        matches!(extension(path).as_str(), "csv" | "tsv" | "tab" | "parquet" | "pq")
    }

    /// Opens a table and reads its columns, from the head (CSV) or the footer (Parquet) alone.
    pub fn open(path: &Path) -> Result<Self, PreviewError> {
        match extension(path).as_str() {
            "csv" | "tsv" | "tab" => {
                let (columns, source) = csv::CsvSource::open(path)?;
                Ok(Self { columns, source: Source::Csv(source) })
            }
            "parquet" | "pq" => {
                let (columns, source) = parquet::ParquetSource::open(path)?;
                Ok(Self { columns, source: Source::Parquet(source) })
            }
            other => Err(PreviewError::UnknownFormat { extension: other.to_owned() }),
        }
    }

    /// The columns in the order of the file.
    pub fn columns(&self) -> &[Column] {
        &self.columns
    }

    /// What the file is, in a few words, such as `CSV separated by ;`.
    pub fn format(&self) -> String {
        match &self.source {
            Source::Csv(source) => source.format(),
            Source::Parquet(_) => "Parquet".to_owned(),
        }
    }

    /// The rows counted so far.
    pub fn row_count(&self) -> RowCount {
        match &self.source {
            Source::Csv(source) => source.row_count(),
            Source::Parquet(source) => RowCount::Exact(source.row_count()),
        }
    }

    /// Reads on for at most `budget_bytes` to count rows; a Parquet file knows its count already.
    pub fn count_further(&self, budget_bytes: u64) -> Result<RowCount, PreviewError> {
        match &self.source {
            Source::Csv(source) => source.count_further(budget_bytes),
            Source::Parquet(_) => Ok(self.row_count()),
        }
    }

    /// The rows of a range, as far as they exist.
    pub fn rows(&self, range: Range<u64>) -> Result<Rows, PreviewError> {
        match &self.source {
            Source::Csv(source) => source.rows(&self.columns, range),
            Source::Parquet(source) => source.rows(range),
        }
    }
}

fn extension(path: &Path) -> String {
    path.extension().map(|extension| extension.to_string_lossy().to_lowercase()).unwrap_or_default()
}

#[cfg(test)]
mod tests;
