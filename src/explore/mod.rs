//! Looking into tables on disk, over Polars: here the previews of CSV and Parquet files.
//!
//! Invariant: a preview reads the part that is asked for and never the whole of a large file.

mod preview;

pub use preview::{Cell, Column, ColumnKind, Preview, PreviewError, RowCount, RowIssue, Rows};
