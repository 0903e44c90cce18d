//! Splitting CSV (RFC 4180, as tolerant as spreadsheets are) into records and fields, byte by byte.
//!
//! A quote opens a quoted field only at the field's start, so a stray inch sign does no harm. Records end at `\n`,
//! `\r\n` or the end of the input; blank lines are no records.

use super::PreviewError;

/// No record may be longer; a file without line ends or with an unclosed quote would otherwise be read whole.
pub(super) const MAX_RECORD_BYTES: usize = 16 << 20;

/// Where in a record the scanner stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    RecordStart,
    FieldStart,
    Unquoted,
    Quoted,
    /// Behind a quote inside a quoted field: the end of it, or the first of a doubled one.
    AfterQuote,
}

/// Finds the ends of records in a stream that arrives in blocks.
#[derive(Debug, Clone)]
pub(super) struct Scanner {
    separator: u8,
    place: Place,
    field: usize,
}

impl Scanner {
    pub(super) fn new(separator: u8) -> Self {
        Self { separator, place: Place::RecordStart, field: 0 }
    }

    /// The number of bytes up to and including the next record's end, or `None` when the block ends before.
    /// Blank lines are passed over and belong to the record behind them.
    pub(super) fn next_end(&mut self, block: &[u8]) -> Option<usize> {
        let mut at = 0;
        while let Some(&byte) = block.get(at) {
            at += 1;
            match self.place {
                Place::Quoted => {
                    if byte == b'"' {
                        self.place = Place::AfterQuote;
                    } else if let Some(skip) = block.get(at..).and_then(|rest| memchr::memchr(b'"', rest)) {
                        at += skip;
                    } else {
                        at = block.len();
                    }
                }
                Place::RecordStart if byte == b'\n' || byte == b'\r' => {}
                _ if byte == b'\n' => {
                    *self = Self::new(self.separator);
                    return Some(at);
                }
                _ if byte == self.separator => {
                    self.place = Place::FieldStart;
                    self.field += 1;
                }
                Place::RecordStart | Place::FieldStart | Place::AfterQuote if byte == b'"' => {
                    self.place = Place::Quoted;
                }
                _ => {
                    self.place = Place::Unquoted;
                    let rest = block.get(at..).unwrap_or_default();
                    at += memchr::memchr2(self.separator, b'\n', rest).unwrap_or(rest.len());
                }
            }
        }
        None
    }

    /// Whether the input so far ends within a record that is not blank.
    pub(super) fn is_within_record(&self) -> bool {
        self.place != Place::RecordStart
    }

    /// The error of a record that does not end within the limit.
    pub(super) fn too_long(&self, row: u64) -> PreviewError {
        let limit_mb = MAX_RECORD_BYTES >> 20;
        if self.place == Place::Quoted {
            PreviewError::UnclosedQuote { row, column: self.field + 1, limit_mb }
        } else {
            PreviewError::RowTooLong { row, limit_mb }
        }
    }
}

/// A field's text and whether it was quoted (an empty field without quotes is a missing value).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Field {
    pub(super) text: String,
    pub(super) quoted: bool,
    pub(super) valid_utf8: bool,
}

/// Splits one record, its line end included or not, into fields.
pub(super) fn split(record: &[u8], separator: u8) -> Vec<Field> {
    let start = record.iter().position(|byte| !matches!(byte, b'\n' | b'\r')).unwrap_or(record.len());
    let record = record.get(start..).unwrap_or_default();
    let record = record.strip_suffix(b"\n").unwrap_or(record);
    let record = record.strip_suffix(b"\r").unwrap_or(record);
    let mut fields = Vec::new();
    let mut rest = Some(record);
    while let Some(input) = rest {
        let (field, after) = split_one(input, separator);
        fields.push(field);
        rest = after;
    }
    fields
}

/// Takes the first field; what is left behind its separator, if there is one.
fn split_one(input: &[u8], separator: u8) -> (Field, Option<&[u8]>) {
    let Some(mut inside) = input.strip_prefix(b"\"") else {
        let end = memchr::memchr(separator, input).unwrap_or(input.len());
        return (field(input.get(..end).unwrap_or_default().to_vec(), false), input.get(end + 1..));
    };
    let mut text = Vec::new();
    loop {
        let end = memchr::memchr(b'"', inside).unwrap_or(inside.len());
        text.extend_from_slice(inside.get(..end).unwrap_or_default());
        let behind = inside.get(end + 1..).unwrap_or_default();
        if behind.first() == Some(&b'"') {
            text.push(b'"');
            inside = behind.get(1..).unwrap_or_default();
        } else {
            // Text behind the closing quote is kept, as spreadsheets do.
            let tail = memchr::memchr(separator, behind).unwrap_or(behind.len());
            text.extend_from_slice(behind.get(..tail).unwrap_or_default());
            return (field(text, true), behind.get(tail + 1..));
        }
    }
}

fn field(bytes: Vec<u8>, quoted: bool) -> Field {
    match String::from_utf8(bytes) {
        Ok(text) => Field { text, quoted, valid_utf8: true },
        Err(error) => Field { text: String::from_utf8_lossy(error.as_bytes()).into_owned(), quoted, valid_utf8: false },
    }
}

/// The separator that splits the head of a file into the most regular table.
pub(super) fn sniff_separator(head: &[u8], preferred: Option<u8>) -> u8 {
    const CANDIDATES: [u8; 4] = [b',', b';', b'\t', b'|'];
    let score = |separator: u8| {
        let mut counts: Vec<usize> = records(head, separator).take(50).map(|r| split(r, separator).len()).collect();
        counts.sort_unstable();
        let modal = counts.chunk_by(|a, b| a == b).max_by_key(|chunk| chunk.len());
        let (agreeing, n_fields) = modal.map_or((0, 0), |chunk| (chunk.len(), chunk.first().copied().unwrap_or(0)));
        let regular = agreeing as f64 / counts.len().max(1) as f64;
        (if n_fields < 2 { 0 } else { (regular * 1000.0) as usize }, Some(separator) == preferred, n_fields)
    };
    // `max_by_key` keeps the last of equals; commas are tried last so that they win ties.
    CANDIDATES.into_iter().rev().max_by_key(|separator| score(*separator)).unwrap_or(b',')
}

/// The complete records at the head of a file; the last one too when the file ends with it.
pub(super) fn records(head: &[u8], separator: u8) -> impl Iterator<Item = &[u8]> {
    let mut rest = head;
    std::iter::from_fn(move || {
        let mut scanner = Scanner::new(separator);
        let end = match scanner.next_end(rest) {
            Some(end) => end,
            None if scanner.is_within_record() => rest.len(),
            None => return None,
        };
        let (record, after) = rest.split_at_checked(end)?;
        rest = after;
        Some(record)
    })
}
