//! What can be done to many runs at once, as pure rules: new names by pattern, tags, and the text that is copied.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::sync::Arc;

use super::columns::{Attribute, Column, ColumnId};
use super::format::{exact, exact_time};
use crate::domain::{ColumnValues, MetricCell, RunId, RunRow};

/// Why a pattern for names is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidPattern {
    #[error("The name is empty")]
    Empty,
    #[error("There is no {{{0}}}. Use {{name}}, {{n}}, {{id}} or {{user}}")]
    UnknownPlaceholder(String),
    #[error("A {{ has no }}")]
    Unclosed,
}

/// The names that a pattern gives: `{name}` the old name, `{n}` the number from 1 (`{n:3}` with zeros in front),
/// `{id}` the first eight characters of the id, `{user}`. A text without placeholders is the name itself.
pub fn names(pattern: &str, runs: &[Arc<RunRow>]) -> Result<Vec<(RunId, String)>, InvalidPattern> {
    if pattern.trim().is_empty() {
        return Err(InvalidPattern::Empty);
    }
    runs.iter().enumerate().map(|(at, run)| Ok((run.info.id.clone(), name(pattern, at + 1, run)?))).collect()
}

fn name(pattern: &str, number: usize, run: &RunRow) -> Result<String, InvalidPattern> {
    let mut out = String::new();
    let mut rest = pattern.trim();
    while let Some((before, after)) = rest.split_once('{') {
        out.push_str(before);
        let (placeholder, after) = after.split_once('}').ok_or(InvalidPattern::Unclosed)?;
        let (word, width) = placeholder.split_once(':').unwrap_or((placeholder, ""));
        match word {
            "name" => out.push_str(&run.info.name),
            "id" => out.extend(run.info.id.as_str().chars().take(8)),
            "user" => out.push_str(&run.info.user),
            "n" => {
                let width = width.parse::<usize>().unwrap_or(0).min(9);
                _ = write!(out, "{number:0width$}");
            }
            _ => return Err(InvalidPattern::UnknownPlaceholder(placeholder.to_owned())),
        }
        rest = after;
    }
    out.push_str(rest);
    Ok(out)
}

/// Runs as tab-separated text with a line of headings: every figure with all its digits, times in UTC.
pub(super) fn tsv(
    rows: &[Arc<RunRow>],
    columns: &[Column],
    values: &[(ColumnId, ColumnValues)],
    names: &ExperimentNames,
) -> String {
    let indexed: HashMap<&ColumnId, Indexed<'_>> =
        values.iter().map(|(id, values)| (id, Indexed::new(values))).collect();
    let mut out = String::new();
    for (at, column) in columns.iter().enumerate() {
        separate(&mut out, at);
        push_clean(&mut out, column.id.title());
        if column.id.is_metric() && column.aggregate != super::columns::Aggregate::Last {
            _ = write!(out, " ({})", column.aggregate.title());
        }
    }
    out.push('\n');
    for row in rows {
        for (at, column) in columns.iter().enumerate() {
            separate(&mut out, at);
            match &column.id {
                ColumnId::Attribute(attribute) => push_clean(&mut out, &attribute_text(*attribute, row, names)),
                id => match indexed.get(id) {
                    Some(Indexed::Metric(cells)) => {
                        if let Some(cell) = cells.get(&row.info.id) {
                            out.push_str(&exact(cell.value(column.figure())));
                        }
                    }
                    Some(Indexed::Text(texts)) => {
                        if let Some(text) = texts.get(&row.info.id) {
                            push_clean(&mut out, text);
                        }
                    }
                    None => {}
                },
            }
        }
        out.push('\n');
    }
    out
}

/// What experiments are called.
pub type ExperimentNames = HashMap<crate::domain::ExperimentId, String>;

enum Indexed<'a> {
    Metric(HashMap<&'a RunId, &'a MetricCell>),
    Text(HashMap<&'a RunId, &'a Arc<str>>),
}

impl<'a> Indexed<'a> {
    fn new(values: &'a ColumnValues) -> Self {
        match values {
            ColumnValues::Metric(values) => Self::Metric(values.iter().map(|(id, cell)| (id, cell)).collect()),
            ColumnValues::Text(values) => Self::Text(values.iter().map(|(id, text)| (id, text)).collect()),
        }
    }
}

fn separate(out: &mut String, at: usize) {
    if at > 0 {
        out.push('\t');
    }
}

/// A cell must not break the table that it stands in.
fn push_clean(out: &mut String, text: &str) {
    out.extend(text.chars().map(|c| if matches!(c, '\t' | '\n' | '\r') { ' ' } else { c }));
}

/// A run's own fact in full.
fn attribute_text(attribute: Attribute, row: &RunRow, names: &ExperimentNames) -> String {
    let info = &row.info;
    let time = |at: Option<i64>| at.map(exact_time).unwrap_or_default();
    match attribute {
        Attribute::Name => info.name.clone(),
        Attribute::Status => info.status.as_str().to_owned(),
        Attribute::Started => time(info.started_at),
        Attribute::Ended => time(info.ended_at),
        Attribute::Duration => match (info.started_at, info.ended_at) {
            (Some(start), Some(end)) => exact(end.saturating_sub(start) as f64 / 1000.0),
            _ => String::new(),
        },
        Attribute::Experiment => {
            names.get(&info.experiment_id).cloned().unwrap_or_else(|| info.experiment_id.to_string())
        }
        Attribute::User => info.user.clone(),
        Attribute::Source => row.source.clone().unwrap_or_default(),
        Attribute::Commit => row.git_commit.clone().unwrap_or_default(),
        Attribute::RunId => info.id.to_string(),
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]

    use super::super::columns::Aggregate;
    use super::super::fixture;
    use super::super::view::RunsView;
    use super::*;

    fn rows() -> Vec<Arc<RunRow>> {
        vec![Arc::new(fixture::row("0123456789", "first")), Arc::new(fixture::row("b", "second\tone"))]
    }

    fn named(pattern: &str) -> Result<Vec<String>, InvalidPattern> {
        Ok(names(pattern, &rows())?.into_iter().map(|(_, name)| name).collect())
    }

    #[test]
    fn a_pattern_names_each_run() {
        assert_eq!(named("trial {n:3} of {name}").unwrap(), ["trial 001 of first", "trial 002 of second\tone"]);
        assert_eq!(named("{id}").unwrap(), ["01234567", "b"]);
        assert_eq!(named(" plain ").unwrap(), ["plain", "plain"]);
    }

    #[test]
    fn a_wrong_pattern_is_refused_with_its_reason() {
        assert_eq!(named("  "), Err(InvalidPattern::Empty));
        assert_eq!(named("{lr}"), Err(InvalidPattern::UnknownPlaceholder("lr".to_owned())));
        assert_eq!(named("a {name"), Err(InvalidPattern::Unclosed));
    }

    #[test]
    fn copied_runs_keep_every_digit_and_stay_a_table() {
        let mut view = RunsView::default();
        let loss = ColumnId::Metric("loss".into());
        view.set_aggregate(&loss, Aggregate::Min);
        let columns = [view.column(&ColumnId::NAME), view.column(&loss)];
        let cell = MetricCell { min: 0.1 + 0.2, ..fixture::cell(1.0) };
        let values = [(loss, ColumnValues::Metric(vec![(RunId::new("b"), cell)]))];
        assert_eq!(
            tsv(&rows(), &columns, &values, &ExperimentNames::new()),
            "Run\tloss (min)\nfirst\t\nsecond one\t0.30000000000000004\n"
        );
    }
}
