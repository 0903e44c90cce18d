//! The text of the filter bar: parsing it, and the quick filters that put conditions into it and take them out.

use crate::domain::filter::{Filter, FilterError, Subject};

/// Why a filter cannot be used, and which bytes of the text are to blame.
pub type FilterProblem = FilterError;

/// Parses the text; the empty text matches everything. `now` is what relative dates count from, in Unix milliseconds.
pub fn parse(text: &str, now: i64) -> Result<Filter, FilterProblem> {
    crate::domain::filter::parse(text, Subject::Runs, now)
}

/// A filter that one click adds or takes away.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct QuickFilter {
    pub title: &'static str,
    pub clause: &'static str,
}

/// The filters that people want most often.
pub const QUICK_FILTERS: [QuickFilter; 4] = [
    QuickFilter { title: "Running", clause: "status = 'RUNNING'" },
    QuickFilter { title: "Failed", clause: "status = 'FAILED'" },
    QuickFilter { title: "Last 24 hours", clause: "start_time > -24h" },
    QuickFilter { title: "Finished", clause: "status = 'FINISHED'" },
];

/// What the help shows: a filter and what it finds.
pub const EXAMPLES: [(&str, &str); 8] = [
    ("metrics.accuracy > 0.9", "the last value of a metric"),
    ("min(metrics.val_loss) < 0.2", "its smallest value"),
    ("params.optimizer = 'adam'", "a parameter, which is text"),
    ("(metrics.\"val loss\" < 0.2 OR params.lr IN ('0.1', '0.01'))", "names with spaces, OR, lists"),
    ("tags.stage IS NULL", "runs without a tag"),
    ("run_name LIKE 'sweep-%'", "part of a name"),
    ("start_time > -7d AND status != 'FAILED'", "the last seven days"),
    ("NOT (user_id = 'ada')", "everything else"),
];

const AND: &str = " AND ";

/// Whether the text asks for a clause at its top level.
pub fn has_clause(text: &str, clause: &str) -> bool {
    clauses(text).any(|part| part == clause)
}

/// Adds a clause with `AND`, or takes it away.
pub fn toggle_clause(text: &str, clause: &str) -> String {
    let text = text.trim();
    if text.is_empty() {
        return clause.to_owned();
    }
    if has_clause(text, clause) {
        return clauses(text).filter(|part| *part != clause).collect::<Vec<_>>().join(AND);
    }
    // `a OR b AND c` would mean something else than what was there and c.
    if parts(text, " OR ").count() > 1 { format!("({text}){AND}{clause}") } else { format!("{text}{AND}{clause}") }
}

fn clauses(text: &str) -> impl Iterator<Item = &str> {
    // Where an OR stands beside them, the conditions are not what the whole asks for.
    let whole = parts(text, " OR ").count() > 1;
    parts(text, if whole { "\0" } else { AND }).map(str::trim)
}

/// Splits at a word outside quotes and parentheses, in any case of letters.
fn parts<'a>(text: &'a str, word: &'a str) -> impl Iterator<Item = &'a str> {
    let mut cuts = vec![0];
    let (mut quote, mut depth) = (None, 0_usize);
    let mut skip_to = 0;
    for (at, c) in text.char_indices() {
        match (quote, c) {
            (Some(open), c) if c == open => quote = None,
            (Some(_), _) => {}
            (None, '\'' | '"' | '`') => quote = Some(c),
            (None, '(') => depth += 1,
            (None, ')') => depth = depth.saturating_sub(1),
            (None, _) => {
                let found = depth == 0
                    && at >= skip_to
                    && text.get(at..at + word.len()).is_some_and(|here| here.eq_ignore_ascii_case(word));
                if found {
                    skip_to = at + word.len();
                    cuts.push(at);
                    cuts.push(skip_to);
                }
            }
        }
    }
    cuts.push(text.len());
    (0..cuts.len() / 2).filter_map(move |at| text.get(*cuts.get(2 * at)?..*cuts.get(2 * at + 1)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    const RUNNING: &str = "status = 'RUNNING'";

    #[test]
    fn a_quick_filter_goes_in_and_comes_out() {
        assert_eq!(toggle_clause("", RUNNING), RUNNING);
        assert_eq!(toggle_clause("metrics.a > 1", RUNNING), "metrics.a > 1 AND status = 'RUNNING'");
        assert_eq!(toggle_clause("metrics.a > 1 AND status = 'RUNNING' and b = 2", RUNNING), "metrics.a > 1 AND b = 2");
        assert_eq!(toggle_clause(RUNNING, RUNNING), "");
    }

    #[test]
    fn an_or_is_put_in_parentheses_first() {
        assert_eq!(toggle_clause("a = 1 OR b = 2", RUNNING), "(a = 1 OR b = 2) AND status = 'RUNNING'");
        assert!(!has_clause("a = 1 OR status = 'RUNNING'", RUNNING));
        assert!(has_clause("(a = 1 OR b = 2) AND status = 'RUNNING'", RUNNING));
    }

    #[test]
    fn words_inside_quotes_do_not_count() {
        assert!(!has_clause("tags.note = 'x AND status = ''RUNNING'' AND y'", RUNNING));
        assert_eq!(toggle_clause("a = 'this OR that'", "b = 1"), "a = 'this OR that' AND b = 1");
        assert_eq!(toggle_clause("tags.\"日 AND 本\" = 'x'", "b = 1"), "tags.\"日 AND 本\" = 'x' AND b = 1");
    }

    #[test]
    fn no_text_matches_everything() {
        assert_eq!(parse("  ", 0), Ok(Filter::default()));
    }

    #[test]
    fn what_the_help_and_the_quick_filters_say_can_be_read() {
        let quick = QUICK_FILTERS.iter().map(|quick| quick.clause);
        for text in EXAMPLES.iter().map(|(example, _)| *example).chain(quick) {
            assert_eq!(parse(text, 0).err(), None, "{text}");
        }
    }
}
