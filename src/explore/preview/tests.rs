//! Previews of tables, as a person meets them.
#![expect(clippy::unwrap_used, reason = "tests stop where something is not as they say")]

use polars::prelude::{Column as PolarsColumn, DataFrame, ParquetWriter};

use super::*;

fn file(name: &str, content: &[u8]) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    std::fs::write(&path, content).unwrap();
    (folder, path)
}

fn open(content: &str) -> (tempfile::TempDir, Preview) {
    let (folder, path) = file("table.csv", content.as_bytes());
    (folder, Preview::open(&path).unwrap())
}

fn kinds(preview: &Preview) -> Vec<ColumnKind> {
    preview.columns().iter().map(|column| column.kind).collect()
}

#[test]
fn the_separator_is_found_and_types_are_inferred() {
    for (separator, format) in
        [(",", "CSV"), (";", "CSV separated by ;"), ("\t", "CSV separated by tabs"), ("|", "CSV separated by |")]
    {
        let text = "name,count,share,ok\nRiesling,3,0.5,true\nMerlot,4,1.25,false\n".replace(',', separator);
        let (_folder, preview) = open(&text);
        assert_eq!(preview.format(), format);
        assert_eq!(
            kinds(&preview),
            [ColumnKind::Text, ColumnKind::Integer, ColumnKind::Float, ColumnKind::Boolean],
            "{separator}"
        );
        let rows = preview.rows(1..2).unwrap();
        assert_eq!(
            rows.cells,
            [[Cell::Text("Merlot".into()), Cell::Integer(4), Cell::Float(1.25), Cell::Boolean(false)]]
        );
        assert_eq!(preview.row_count(), RowCount::Exact(2));
    }
}

#[test]
fn a_missing_value_is_not_an_empty_text() {
    let (_folder, preview) = open("a,b\nx,1\n,2\n\"\",\n");
    let rows = preview.rows(0..9).unwrap();
    assert_eq!(rows.cells[1], [Cell::Null, Cell::Integer(2)]);
    assert_eq!(rows.cells[2], [Cell::Text(String::new()), Cell::Null]);
}

#[test]
fn quotes_line_breaks_and_inch_signs_are_read_as_meant() {
    let (_folder, preview) = open("a,b\r\n\"two\nlines, \"\"quoted\"\"\",3.5\" disk\r\n\r\nlast,row");
    let rows = preview.rows(0..9).unwrap();
    assert_eq!(rows.cells[0], [Cell::Text("two\nlines, \"quoted\"".into()), Cell::Text("3.5\" disk".into())]);
    assert_eq!(rows.cells[1], [Cell::Text("last".into()), Cell::Text("row".into())]);
    assert_eq!(preview.row_count(), RowCount::Exact(2));
}

#[test]
fn faults_are_told_with_row_and_column_and_the_row_is_still_shown() {
    let mut text = String::from("n,m\n");
    for row in 0..1500 {
        text.push_str(&format!("{row},1\n"));
    }
    text.push_str("oops,1\n7\n8,9,10\n");
    let (_folder, preview) = open(&text);
    let rows = preview.rows(1500..1503).unwrap();
    assert_eq!(rows.cells[0][0], Cell::Misfit("oops".into()));
    assert_eq!(rows.issues.len(), 3, "{:?}", rows.issues);
    assert_eq!((rows.issues[0].row, rows.issues[0].column.as_deref()), (1500, Some("n")));
    assert!(rows.issues[1].message.contains("1 fields"), "{}", rows.issues[1].message);
    assert!(rows.issues[2].message.ends_with("not shown: 10"), "{}", rows.issues[2].message);
    assert_eq!(rows.cells[1], [Cell::Integer(7), Cell::Null]);
}

#[test]
fn bytes_that_are_not_utf8_are_said() {
    let (_folder, path) = file("table.csv", b"a,b\ncaf\xe9,1\n");
    let rows = Preview::open(&path).unwrap().rows(0..1).unwrap();
    assert_eq!(rows.cells[0][0], Cell::Text("caf\u{fffd}".into()));
    assert_eq!(rows.issues.len(), 1);
}

#[test]
fn any_row_of_a_large_file_is_found_without_reading_it_whole_first() {
    let mut text = String::from("row,text\n");
    for row in 0..200_000 {
        text.push_str(&format!("{row},\"some text, number {row}\"\n"));
    }
    let (_folder, preview) = open(&text);
    assert!(matches!(preview.row_count(), RowCount::AtLeast(known) if known < 200_000), "{:?}", preview.row_count());
    for row in [0, 255, 256, 257, 123_456, 199_999] {
        let rows = preview.rows(row..row + 2).unwrap();
        assert_eq!(rows.cells[0][0], Cell::Integer(i128::from(row)));
        assert_eq!(rows.cells.len(), if row == 199_999 { 1 } else { 2 });
    }
    assert_eq!(preview.count_further(u64::MAX).unwrap(), RowCount::Exact(200_000));
    assert!(preview.rows(300_000..300_010).unwrap().cells.is_empty());
}

#[test]
fn a_file_without_header_keeps_its_first_row() {
    let (_folder, preview) = open("1,2\n3,4\n");
    assert_eq!(preview.columns()[0].name, "column 1");
    assert_eq!(preview.rows(0..9).unwrap().cells.len(), 2);
}

#[test]
fn files_that_hold_no_table_are_refused_with_the_reason() {
    let error = |name: &str, content: &[u8]| {
        let (_folder, path) = file(name, content);
        Preview::open(&path).err().unwrap().to_string()
    };
    assert!(error("a.csv", b"").contains("empty"));
    assert!(error("a.csv", b"\xff\xfea\0").contains("UTF-16"));
    assert!(error("a.parquet", b"not parquet at all").contains("Parquet"));
    assert!(error("a.pkl", b"\x80\x04").contains("pkl"));
    let mut unclosed = b"a,b\n1,\"open".to_vec();
    unclosed.resize(20 << 20, b'x');
    let (_folder, path) = file("b.csv", &unclosed);
    let preview = Preview::open(&path).unwrap();
    let message = preview.rows(0..1).unwrap_err().to_string();
    assert!(message.contains("row 0, column 2"), "{message}");
}

#[test]
fn parquet_is_read_by_range_with_types_and_nulls() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("t.parquet");
    let numbers: Vec<Option<i64>> = (0..5000).map(|row| (row % 10 != 3).then_some(row)).collect();
    let texts: Vec<String> = (0..5000).map(|row| if row == 0 { String::new() } else { format!("t{row}") }).collect();
    let columns = vec![PolarsColumn::new("n".into(), numbers), PolarsColumn::new("t".into(), texts)];
    let mut frame = DataFrame::new(5000, columns).unwrap();
    ParquetWriter::new(std::fs::File::create(&path).unwrap())
        .with_row_group_size(Some(1000))
        .finish(&mut frame)
        .unwrap();

    let preview = Preview::open(&path).unwrap();
    assert_eq!(preview.row_count(), RowCount::Exact(5000));
    assert_eq!(kinds(&preview), [ColumnKind::Integer, ColumnKind::Text]);
    let rows = preview.rows(1999..2004).unwrap();
    assert_eq!(rows.cells[0], [Cell::Integer(1999), Cell::Text("t1999".into())]);
    assert_eq!(rows.cells[4], [Cell::Null, Cell::Text("t2003".into())]);
    assert_eq!(preview.rows(0..1).unwrap().cells[0][1], Cell::Text(String::new()));
    assert!(preview.rows(4999..6000).unwrap().cells.len() == 1);
}
