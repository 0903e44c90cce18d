//! CSV by row range: a checkpoint every few hundred rows says where in the file they start.
//!
//! The index grows as far as anyone has looked, so the first rows of a file of gigabytes are there at once. Column
//! types are inferred by Polars from the head; cells are split here, because Polars tells neither the row of a fault
//! nor an empty text from a missing one.

use std::fs::File;
use std::io::{Cursor, Read as _, Seek as _, SeekFrom};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use polars::prelude::{CsvParseOptions, CsvReadOptions, DataType, SerReader as _};

use super::csv_scan::{Field, MAX_RECORD_BYTES, Scanner, records, sniff_separator, split};
use super::{Cell, Column, ColumnKind, PreviewError, RowCount, RowIssue, Rows};

/// How much of the head decides separator, header and types.
const HEAD_BYTES: usize = 256 << 10;
const HEAD_RECORDS: usize = 1000;
const ROWS_PER_CHECKPOINT: u64 = 256;
const BLOCK_BYTES: usize = 1 << 20;

pub(super) struct CsvSource {
    path: PathBuf,
    separator: u8,
    index: Mutex<Index>,
}

/// What is known of where rows start.
struct Index {
    /// `checkpoints[i]` is where row `i * ROWS_PER_CHECKPOINT` starts.
    checkpoints: Vec<u64>,
    /// Rows that end before `scanned_to`.
    n_rows: u64,
    /// The end of the last row counted.
    scanned_to: u64,
    complete: bool,
}

impl CsvSource {
    pub(super) fn open(path: &Path) -> Result<(Vec<Column>, Self), PreviewError> {
        let io = |error| PreviewError::Io { path: path.to_owned(), error };
        let mut file = File::open(path).map_err(io)?;
        let size = file.metadata().map_err(io)?.len();
        let mut head = Vec::with_capacity(HEAD_BYTES.min(size as usize));
        file.by_ref().take(HEAD_BYTES as u64).read_to_end(&mut head).map_err(io)?;
        if head.starts_with(&[0xff, 0xfe]) || head.starts_with(&[0xfe, 0xff]) {
            return Err(PreviewError::Utf16);
        }
        let bom = if head.starts_with(b"\xef\xbb\xbf") { 3 } else { 0 };
        let body = head.get(bom..).unwrap_or_default();
        let preferred = (!super::extension(path).starts_with('c')).then_some(b'\t');
        let separator = sniff_separator(body, preferred);

        let mut sample: Vec<&[u8]> = records(body, separator).take(HEAD_RECORDS).collect();
        let sample_bytes: usize = sample.iter().map(|record| record.len()).sum();
        // A record cut off by the end of the head says nothing about types.
        if (head.len() as u64) < size && sample.len() > 1 && bom + sample_bytes == head.len() {
            sample.pop();
        }
        let first = *sample.first().ok_or(PreviewError::Empty)?;
        let header = split(first, separator);
        let second = sample.get(1).map(|record| split(record, separator));
        let has_header = looks_like_header(&header, second.as_deref());
        let types = infer_types(&sample.concat(), separator, has_header, header.len());
        let columns = header
            .into_iter()
            .zip(types)
            .enumerate()
            .map(|(index, (field, (kind, type_name)))| {
                let named = has_header && !field.text.trim().is_empty();
                let name = if named { field.text } else { format!("column {}", index + 1) };
                Column { name, kind, type_name }
            })
            .collect();

        let start = if has_header { (bom + first.len()) as u64 } else { bom as u64 };
        let index = Index { checkpoints: vec![start], n_rows: 0, scanned_to: start, complete: false };
        let source = Self { path: path.to_owned(), separator, index: Mutex::new(index) };
        source.extend(u64::MAX, HEAD_BYTES as u64)?;
        Ok((columns, source))
    }

    pub(super) fn format(&self) -> String {
        match self.separator {
            b',' => "CSV".to_owned(),
            b'\t' => "CSV separated by tabs".to_owned(),
            other => format!("CSV separated by {}", char::from(other)),
        }
    }

    pub(super) fn row_count(&self) -> RowCount {
        let index = self.lock();
        if index.complete { RowCount::Exact(index.n_rows) } else { RowCount::AtLeast(index.n_rows) }
    }

    pub(super) fn count_further(&self, budget_bytes: u64) -> Result<RowCount, PreviewError> {
        self.extend(u64::MAX, budget_bytes)?;
        Ok(self.row_count())
    }

    pub(super) fn rows(&self, columns: &[Column], range: Range<u64>) -> Result<Rows, PreviewError> {
        self.extend(range.end, u64::MAX)?;
        let (start_byte, start_row, end) = {
            let index = self.lock();
            let checkpoint = range.start / ROWS_PER_CHECKPOINT;
            match index.checkpoints.get(checkpoint as usize) {
                Some(at) => (*at, checkpoint * ROWS_PER_CHECKPOINT, range.end.min(index.n_rows)),
                None => return Ok(Rows { start: range.start, ..Rows::default() }),
            }
        };
        let mut rows = Rows { start: range.start, ..Rows::default() };
        self.for_each_record(start_byte, start_row, end, |row, record| {
            if row >= range.start {
                let fields = split(record, self.separator);
                let cells = typed(fields, columns, row, &mut rows.issues);
                rows.cells.push(cells);
            }
        })?;
        Ok(rows)
    }

    fn lock(&self) -> MutexGuard<'_, Index> {
        // The index is only ever appended to in whole steps, so a panic elsewhere leaves it usable.
        self.index.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Counts on until `n_rows` are known, `budget` bytes are read, or the file ends.
    fn extend(&self, n_rows: u64, budget: u64) -> Result<(), PreviewError> {
        let mut index = self.lock();
        if index.complete || index.n_rows >= n_rows {
            return Ok(());
        }
        let mut file = self.open_at(index.scanned_to)?;
        let mut scanner = Scanner::new(self.separator);
        let mut block = vec![0; BLOCK_BYTES];
        let (mut read_total, mut record_bytes) = (0, 0);
        while read_total < budget && index.n_rows < n_rows {
            let read = self.read(&mut file, &mut block)?;
            if read == 0 {
                if scanner.is_within_record() {
                    index.finish_row(record_bytes as u64);
                }
                index.complete = true;
                return Ok(());
            }
            read_total += read as u64;
            let mut rest = block.get(..read).unwrap_or_default();
            while let Some(end) = scanner.next_end(rest) {
                index.finish_row((record_bytes + end) as u64);
                record_bytes = 0;
                rest = rest.get(end..).unwrap_or_default();
            }
            record_bytes += rest.len();
            if record_bytes > MAX_RECORD_BYTES {
                return Err(scanner.too_long(index.n_rows));
            }
        }
        Ok(())
    }

    /// Reads records from a checkpoint up to row `end`.
    fn for_each_record(
        &self,
        start_byte: u64,
        start_row: u64,
        end: u64,
        mut act: impl FnMut(u64, &[u8]),
    ) -> Result<(), PreviewError> {
        let mut file = self.open_at(start_byte)?;
        let mut pending: Vec<u8> = Vec::new();
        let mut scanner = Scanner::new(self.separator);
        let mut block = vec![0; BLOCK_BYTES.min(128 << 10)];
        let mut row = start_row;
        while row < end {
            let read = self.read(&mut file, &mut block)?;
            if read == 0 {
                if scanner.is_within_record() {
                    act(row, &pending);
                }
                return Ok(());
            }
            let mut rest = block.get(..read).unwrap_or_default();
            while row < end
                && let Some(at) = scanner.next_end(rest)
            {
                pending.extend_from_slice(rest.get(..at).unwrap_or_default());
                act(row, &pending);
                pending.clear();
                row += 1;
                rest = rest.get(at..).unwrap_or_default();
            }
            pending.extend_from_slice(rest);
            if pending.len() > MAX_RECORD_BYTES + BLOCK_BYTES {
                return Err(scanner.too_long(row));
            }
        }
        Ok(())
    }

    fn open_at(&self, offset: u64) -> Result<File, PreviewError> {
        let mut file = File::open(&self.path).map_err(|error| self.io(error))?;
        file.seek(SeekFrom::Start(offset)).map_err(|error| self.io(error))?;
        Ok(file)
    }

    fn read(&self, file: &mut File, block: &mut [u8]) -> Result<usize, PreviewError> {
        file.read(block).map_err(|error| self.io(error))
    }

    fn io(&self, error: std::io::Error) -> PreviewError {
        PreviewError::Io { path: self.path.clone(), error }
    }
}

impl Index {
    fn finish_row(&mut self, n_bytes: u64) {
        self.n_rows += 1;
        self.scanned_to += n_bytes;
        if self.n_rows.is_multiple_of(ROWS_PER_CHECKPOINT) {
            self.checkpoints.push(self.scanned_to);
        }
    }
}

/// A first row is a header unless it holds a number where the second row holds one too.
fn looks_like_header(first: &[Field], second: Option<&[Field]>) -> bool {
    let is_number = |field: &Field| field.text.trim().parse::<f64>().is_ok();
    let Some(second) = second else { return !first.iter().any(is_number) };
    !first.iter().zip(second).any(|(a, b)| is_number(a) && is_number(b))
}

/// Types of the columns as Polars infers them from the sample; text where it cannot read it.
fn infer_types(sample: &[u8], separator: u8, has_header: bool, n_columns: usize) -> Vec<(ColumnKind, String)> {
    let parse = CsvParseOptions::default()
        .with_separator(separator)
        .with_try_parse_dates(true)
        .with_truncate_ragged_lines(true);
    let frame = CsvReadOptions::default()
        .with_has_header(has_header)
        .with_infer_schema_length(Some(HEAD_RECORDS))
        .with_ignore_errors(true)
        .with_parse_options(parse)
        .into_reader_with_file_handle(Cursor::new(sample))
        .finish();
    let mut types: Vec<(ColumnKind, String)> = match frame {
        Ok(frame) => frame.columns().iter().map(|column| kind_of(column.dtype())).collect(),
        Err(_) => Vec::new(),
    };
    types.resize(n_columns, (ColumnKind::Text, "str".to_owned()));
    types
}

/// How a Polars type is shown, and its name.
pub(super) fn kind_of(data_type: &DataType) -> (ColumnKind, String) {
    let kind = match data_type {
        DataType::Boolean => ColumnKind::Boolean,
        DataType::String | DataType::Categorical(..) | DataType::Enum(..) => ColumnKind::Text,
        other if other.is_integer() => ColumnKind::Integer,
        other if other.is_float() => ColumnKind::Float,
        other if other.is_temporal() => ColumnKind::Temporal,
        _ => ColumnKind::Other,
    };
    (kind, data_type.to_string())
}

fn typed(fields: Vec<Field>, columns: &[Column], row: u64, issues: &mut Vec<RowIssue>) -> Vec<Cell> {
    let n_fields = fields.len();
    if n_fields != columns.len() {
        let extra: Vec<&str> = fields.iter().skip(columns.len()).map(|field| field.text.as_str()).collect();
        let message = if extra.is_empty() {
            format!("{n_fields} fields where the header has {}; the rest is shown as null", columns.len())
        } else {
            format!("{n_fields} fields where the header has {}; not shown: {}", columns.len(), extra.join(", "))
        };
        issues.push(RowIssue { row, column: None, message });
    }
    let mut cells: Vec<Cell> =
        fields.into_iter().zip(columns).map(|(field, column)| cell(field, column, row, issues)).collect();
    cells.resize(columns.len(), Cell::Null);
    cells
}

fn cell(field: Field, column: &Column, row: u64, issues: &mut Vec<RowIssue>) -> Cell {
    if !field.valid_utf8 {
        let message = "bytes that are not UTF-8 are shown as \u{fffd}".to_owned();
        issues.push(RowIssue { row, column: Some(column.name.clone()), message });
    }
    if field.text.is_empty() && !field.quoted {
        return Cell::Null;
    }
    let trimmed = field.text.trim();
    let parsed = match column.kind {
        ColumnKind::Integer => trimmed.parse().ok().map(Cell::Integer),
        ColumnKind::Float => trimmed.parse().ok().map(Cell::Float),
        ColumnKind::Boolean => match trimmed.to_ascii_lowercase().as_str() {
            "true" => Some(Cell::Boolean(true)),
            "false" => Some(Cell::Boolean(false)),
            _ => None,
        },
        ColumnKind::Text | ColumnKind::Temporal | ColumnKind::Other => return Cell::Text(field.text),
    };
    parsed.unwrap_or_else(|| {
        let message = format!("“{}” is not of type {}", field.text, column.type_name);
        issues.push(RowIssue { row, column: Some(column.name.clone()), message });
        Cell::Misfit(field.text)
    })
}
