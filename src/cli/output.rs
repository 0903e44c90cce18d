//! How results are written: aligned text for people, CSV and JSON for programs.

use std::io::{self, Write};

/// The forms a listing can take.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Form {
    #[default]
    Text,
    Csv,
    Json,
}

/// Chooses the form of a listing.
#[derive(Debug, Clone, Copy, Default, clap::Args)]
pub(super) struct FormArgs {
    /// Write JSON
    #[arg(long, conflicts_with = "csv")]
    json: bool,
    /// Write CSV
    #[arg(long)]
    csv: bool,
}

impl FormArgs {
    pub(super) fn form(self) -> Form {
        match (self.json, self.csv) {
            (true, _) => Form::Json,
            (_, true) => Form::Csv,
            _ => Form::Text,
        }
    }
}

/// A table of texts under their headings.
#[derive(Debug, Default)]
pub(super) struct Table {
    headings: Vec<String>,
    pub(super) rows: Vec<Vec<String>>,
    /// Columns that hold numbers and are set to the right in text.
    numeric: Vec<bool>,
}

impl Table {
    /// A table; `numeric` are the positions of the columns that are set to the right.
    pub(super) fn new(
        headings: impl IntoIterator<Item = impl Into<String>>,
        rows: Vec<Vec<String>>,
        numeric: &[usize],
    ) -> Self {
        let headings: Vec<String> = headings.into_iter().map(Into::into).collect();
        let numeric = (0..headings.len()).map(|i| numeric.contains(&i)).collect();
        Self { headings, rows, numeric }
    }

    /// Writes it as CSV or as text.
    pub(super) fn write(&self, form: Form, out: &mut dyn Write) -> anyhow::Result<()> {
        Ok(if form == Form::Csv { self.write_csv(out) } else { self.write_text(out) }?)
    }

    /// Writes RFC 4180 CSV, with `\n` between the lines.
    fn write_csv(&self, out: &mut dyn Write) -> io::Result<()> {
        for row in std::iter::once(&self.headings).chain(&self.rows) {
            let fields: Vec<String> = row.iter().map(|field| csv_field(field)).collect();
            writeln!(out, "{}", fields.join(","))?;
        }
        Ok(())
    }

    /// Writes columns padded to their widest cell; control characters are shown as spaces.
    fn write_text(&self, out: &mut dyn Write) -> io::Result<()> {
        let lines: Vec<Vec<String>> = std::iter::once(&self.headings)
            .chain(&self.rows)
            .map(|row| row.iter().map(|c| one_line(c)).collect())
            .collect();
        let width = |column: usize| {
            lines.iter().filter_map(|line| line.get(column)).map(|cell| cell.chars().count()).max().unwrap_or(0)
        };
        let widths: Vec<usize> = (0..self.headings.len()).map(width).collect();
        for line in &lines {
            let cells: Vec<String> = line
                .iter()
                .zip(&widths)
                .enumerate()
                .map(|(i, (cell, &width))| {
                    if self.numeric.get(i).copied().unwrap_or(false) {
                        format!("{cell:>width$}")
                    } else {
                        format!("{cell:<width$}")
                    }
                })
                .collect();
            writeln!(out, "{}", cells.join("  ").trim_end())?;
        }
        Ok(())
    }
}

fn csv_field(text: &str) -> String {
    if text.contains([',', '"', '\n', '\r']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text.to_owned() }
}

fn one_line(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

/// A number as short as it can be read back exactly; NaN and the infinities by name.
pub(super) fn number(value: f64) -> String {
    if value.is_nan() {
        "NaN".into()
    } else if value.is_infinite() {
        if value > 0.0 { "Infinity".into() } else { "-Infinity".into() }
    } else {
        let magnitude = value.abs();
        if magnitude != 0.0 && !(1e-5..1e16).contains(&magnitude) { format!("{value:e}") } else { format!("{value}") }
    }
}

/// A number as JSON; JSON has no NaN and no infinities, so these are their names.
pub(super) fn json_number(value: f64) -> serde_json::Value {
    serde_json::Number::from_f64(value).map_or_else(|| number(value).into(), serde_json::Value::Number)
}

/// Writes a JSON value, indented, with a line's end.
pub(super) fn write_json(out: &mut dyn Write, value: &serde_json::Value) -> anyhow::Result<()> {
    serde_json::to_writer_pretty(&mut *out, value)?;
    Ok(writeln!(out)?)
}

/// Tags as a JSON object.
pub(super) fn tags_json(tags: &[crate::domain::Tag]) -> serde_json::Value {
    tags.iter().map(|tag| (tag.key.clone(), serde_json::Value::from(tag.value.clone()))).collect()
}

/// Unix milliseconds as UTC in ISO 8601, such as `2026-05-04T10:00:00.123Z`; nothing for a time outside the calendar.
pub(super) fn utc(millis: Option<i64>) -> String {
    millis
        .and_then(|millis| jiff::Timestamp::from_millisecond(millis).ok())
        .map(|time| time.to_string())
        .unwrap_or_default()
}

/// Unix milliseconds as local time for reading, to the second.
pub(super) fn local(millis: Option<i64>) -> String {
    millis
        .and_then(|millis| jiff::Timestamp::from_millisecond(millis).ok())
        .map(|time| time.to_zoned(jiff::tz::TimeZone::system()).strftime("%Y-%m-%d %H:%M:%S").to_string())
        .unwrap_or_default()
}

/// A stretch of milliseconds for reading: `850 ms`, `12.3 s`, `4 min 05 s`, `2 h 10 min`.
pub(super) fn duration(millis: i64) -> String {
    let secs = millis / 1000;
    match millis {
        ..0 => String::new(),
        0..1000 => format!("{millis} ms"),
        1000..60_000 => format!("{secs}.{} s", millis % 1000 / 100),
        60_000..3_600_000 => format!("{} min {:02} s", secs / 60, secs % 60),
        _ => format!("{} h {:02} min", secs / 3600, secs % 3600 / 60),
    }
}

/// A bar of a thousand parts with a message, on standard error; hidden where that is no terminal.
pub(super) fn progress_bar() -> indicatif::ProgressBar {
    let bar = indicatif::ProgressBar::new(1000);
    // The template is a constant that a test tries.
    if let Ok(style) = indicatif::ProgressStyle::with_template(BAR) {
        bar.set_style(style);
    }
    bar
}

const BAR: &str = "{bar:32} {percent:>3} % {elapsed} {wide_msg}";

/// Whether the reader of our output went away (`proofmark runs | head`), which is no failure.
pub(super) fn is_closed_pipe(error: &anyhow::Error) -> bool {
    error.chain().any(|cause| {
        cause.downcast_ref::<io::Error>().is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe)
            || cause.downcast_ref::<serde_json::Error>().and_then(serde_json::Error::io_error_kind)
                == Some(io::ErrorKind::BrokenPipe)
    })
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test that fails here has failed")]

    use super::*;

    fn table() -> Table {
        let rows = vec![vec!["a, \"b\"".into(), "0.5".into()], vec!["two\nlines".into(), "12".into()]];
        Table::new(["name", "rmse"], rows, &[1])
    }

    #[test]
    fn csv_quotes_what_needs_it() {
        let mut out = Vec::new();
        table().write_csv(&mut out).unwrap();
        assert_eq!(String::from_utf8(out).unwrap(), "name,rmse\n\"a, \"\"b\"\"\",0.5\n\"two\nlines\",12\n");
    }

    #[test]
    fn text_is_aligned_and_stays_on_one_line() {
        let mut out = Vec::new();
        table().write_text(&mut out).unwrap();
        assert_eq!(String::from_utf8(out).unwrap(), "name       rmse\na, \"b\"      0.5\ntwo lines    12\n");
    }

    #[test]
    fn numbers_come_back_exactly() {
        for value in [0.1, 1.0 / 3.0, 5e-324, f64::MAX, -0.0, 1e16, 123_456_789.125] {
            assert_eq!(number(value).parse::<f64>().unwrap().to_bits(), value.to_bits());
        }
        assert_eq!([number(f64::NAN), number(f64::NEG_INFINITY)], ["NaN", "-Infinity"]);
        assert_eq!(json_number(f64::INFINITY), serde_json::json!("Infinity"));
    }

    #[test]
    fn the_progress_bar_is_drawn() {
        assert!(indicatif::ProgressStyle::with_template(BAR).is_ok());
    }

    #[test]
    fn durations_read_well() {
        let read: Vec<String> = [850, 12_340, 245_000, 7_830_000].map(duration).into();
        assert_eq!(read, ["850 ms", "12.3 s", "4 min 05 s", "2 h 10 min"]);
    }

    #[test]
    fn times_are_written_in_utc() {
        assert_eq!(utc(Some(1_700_000_000_123)), "2023-11-14T22:13:20.123Z");
        assert_eq!([utc(None), utc(Some(i64::MAX))], ["", ""]);
    }
}
