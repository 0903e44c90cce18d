//! Parquet by row range: the footer tells schema and count, a range reads the row groups that it touches.

use std::fs::File;
use std::ops::Range;
use std::path::{Path, PathBuf};

use polars::prelude::{AnyValue, ParquetReader, PolarsError, SerReader as _};

use super::csv::kind_of;
use super::{Cell, Column, PreviewError, Rows};

/// Longer nested and binary values are cut for display, and say so.
const MAX_DISPLAY_CHARS: usize = 2000;

pub(super) struct ParquetSource {
    path: PathBuf,
    n_rows: u64,
}

impl ParquetSource {
    pub(super) fn open(path: &Path) -> Result<(Vec<Column>, Self), PreviewError> {
        let mut reader = ParquetReader::new(open_file(path)?);
        let n_rows = reader.num_rows().map_err(unreadable)? as u64;
        // An empty slice gives the types as the engine reads them, logical ones included.
        let empty = ParquetReader::new(open_file(path)?).with_slice(Some((0, 0))).finish().map_err(unreadable)?;
        let columns = empty
            .columns()
            .iter()
            .map(|column| {
                let (kind, type_name) = kind_of(column.dtype());
                Column { name: column.name().to_string(), kind, type_name }
            })
            .collect();
        Ok((columns, Self { path: path.to_owned(), n_rows }))
    }

    pub(super) fn row_count(&self) -> u64 {
        self.n_rows
    }

    pub(super) fn rows(&self, range: Range<u64>) -> Result<Rows, PreviewError> {
        let end = range.end.min(self.n_rows);
        let mut rows = Rows { start: range.start, ..Rows::default() };
        if range.start >= end {
            return Ok(rows);
        }
        let length = (end - range.start) as usize;
        let frame = ParquetReader::new(open_file(&self.path)?)
            .with_slice(Some((range.start as usize, length)))
            .finish()
            .map_err(unreadable)?;
        rows.cells = (0..frame.height())
            .map(|row| {
                let cells =
                    frame.columns().iter().map(|column| column.get(row).map_or(Cell::Null, |value| cell(&value)));
                cells.collect()
            })
            .collect();
        Ok(rows)
    }
}

fn open_file(path: &Path) -> Result<File, PreviewError> {
    File::open(path).map_err(|error| PreviewError::Io { path: path.to_owned(), error })
}

#[expect(clippy::needless_pass_by_value, reason = "the shape of map_err")]
fn unreadable(error: PolarsError) -> PreviewError {
    PreviewError::Parquet { reason: error.to_string() }
}

fn cell(value: &AnyValue<'_>) -> Cell {
    match value {
        AnyValue::Null => Cell::Null,
        AnyValue::Boolean(value) => Cell::Boolean(*value),
        AnyValue::String(text) => Cell::Text((*text).to_owned()),
        AnyValue::StringOwned(text) => Cell::Text(text.to_string()),
        AnyValue::Float32(value) => Cell::Float(f64::from(*value)),
        AnyValue::Float64(value) => Cell::Float(*value),
        AnyValue::Binary(bytes) => Cell::Text(binary(bytes)),
        AnyValue::BinaryOwned(bytes) => Cell::Text(binary(bytes)),
        other if other.is_integer() => other.extract::<i128>().map_or_else(|| Cell::Text(shown(other)), Cell::Integer),
        other => Cell::Text(shown(other)),
    }
}

fn shown(value: &AnyValue<'_>) -> String {
    let text = value.to_string();
    match text.char_indices().nth(MAX_DISPLAY_CHARS) {
        Some((end, _)) => format!("{}… ({} bytes in all)", text.get(..end).unwrap_or_default(), text.len()),
        None => text,
    }
}

fn binary(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    let mut text = format!("{} bytes:", bytes.len());
    for byte in bytes.iter().take(16) {
        // Writing to a String cannot fail.
        let _ = write!(text, " {byte:02x}");
    }
    if bytes.len() > 16 {
        text.push_str(" …");
    }
    text
}
