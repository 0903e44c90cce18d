//! Filters and orders as they are typed on the command line, with errors that point at the character.

use anyhow::anyhow;
use jiff::Zoned;

use crate::domain::filter::{Filter, FilterError, OrderBy, Subject, parse_at, parse_mlflow_order};
use crate::domain::{ExperimentId, ViewType};
use crate::store::{Store, StoreErrorKind};

/// Which of the things in use and in the bin a listing shows.
#[derive(Debug, Clone, Copy, clap::Args)]
pub(super) struct ViewArgs {
    /// Only what is in the bin
    #[arg(long, conflicts_with = "all")]
    deleted: bool,
    /// What is in use and what is in the bin
    #[arg(long)]
    all: bool,
}

impl ViewArgs {
    pub(super) fn view(self) -> ViewType {
        match (self.deleted, self.all) {
            (true, _) => ViewType::DeletedOnly,
            (_, true) => ViewType::All,
            _ => ViewType::ActiveOnly,
        }
    }
}

/// Parses a filter of the window's language; days are those of this machine's time zone.
pub(super) fn filter(text: Option<&str>, subject: Subject) -> anyhow::Result<Filter> {
    let text = text.unwrap_or_default();
    parse_at(text, subject, &Zoned::now()).map_err(|error| pointed(text, &error))
}

/// Parses `metrics.rmse DESC` and the like.
pub(super) fn order(clauses: &[String], subject: Subject) -> anyhow::Result<Vec<OrderBy>> {
    parse_mlflow_order(clauses, subject).map_err(|error| anyhow!("the order is not understood: {}", error.message))
}

/// The message, the input below it and a mark below the part that is wrong.
fn pointed(text: &str, error: &FilterError) -> anyhow::Error {
    let before = text.get(..error.span.start).unwrap_or(text).chars().count();
    let wrong = text.get(error.span.clone()).unwrap_or_default().chars().count().max(1);
    let line: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    anyhow!("the filter is not understood: {}\n  {line}\n  {}{}", error.message, " ".repeat(before), "^".repeat(wrong))
}

/// The experiments that were named, by name or id; all in use when none was.
pub(super) fn experiments(store: &Store, named: &[String]) -> anyhow::Result<Vec<(ExperimentId, String)>> {
    if named.is_empty() {
        return Ok(all_experiments(store, ViewType::ActiveOnly)?.into_iter().map(|e| (e.id, e.name)).collect());
    }
    named.iter().map(|text| experiment(store, text)).collect()
}

fn experiment(store: &Store, text: &str) -> anyhow::Result<(ExperimentId, String)> {
    let found = match store.experiment_by_name(text) {
        Err(error) if error.kind == StoreErrorKind::NotFound => {
            let id = text.parse().map_err(|_| anyhow!("there is no experiment named {text}"))?;
            store.experiment(id)
        }
        other => other,
    };
    let found = found?;
    Ok((found.id, found.name))
}

/// Every experiment of a view, whatever the size of a page.
pub(super) fn all_experiments(store: &Store, view: ViewType) -> anyhow::Result<Vec<crate::domain::Experiment>> {
    let search = crate::domain::ExperimentSearch { view, limit: PAGE, ..Default::default() };
    let mut found = Vec::new();
    loop {
        let page =
            store.search_experiments(&crate::domain::ExperimentSearch { offset: found.len(), ..search.clone() })?;
        found.extend(page.items);
        if !page.has_more {
            return Ok(found);
        }
    }
}

/// Things asked of the store at once.
pub(super) const PAGE: usize = 1000;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_of_a_filter_is_marked_below_its_character() {
        let error = pointed("größe >> 1", &FilterError { message: "odd".into(), span: 8..10 });
        assert_eq!(error.to_string(), "the filter is not understood: odd\n  größe >> 1\n        ^^");
        let missing = pointed("a =", &FilterError { message: "odd".into(), span: 3..3 });
        assert!(missing.to_string().ends_with("  a =\n     ^"));
    }
}
