//! Completion for the filter bar: what can stand at the cursor, by the tokens before it.

use std::ops::Range;
use std::sync::Arc;

use super::ast::Subject;
use super::fields::{AttributeKind, Entity, attributes, find_attribute};
use super::lexer::{Token, TokenKind, split_name, tokens};
use super::parser::is_keyword;
use super::print::quoted_key;

/// What exists where the filter is used. The keys are offered in the order given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Vocabulary {
    pub subject: Subject,
    pub metrics: Vec<Arc<str>>,
    pub params: Vec<Arc<str>>,
    pub tags: Vec<Arc<str>>,
}

/// What a completion is, for its icon and its place in the list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CompletionKind {
    Attribute,
    /// A prefix such as `metrics.`, after which keys follow.
    Prefix,
    Metric,
    Param,
    Tag,
    Function,
    Operator,
    Keyword,
    Value,
}

/// A text that can replace a part of the input.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Completion {
    /// Bytes of the input.
    pub replace: Range<usize>,
    pub text: String,
    pub kind: CompletionKind,
}

/// Most completions that are offered.
const MAX_COMPLETIONS: usize = 50;

/// What can stand at the cursor (a byte offset), best first.
pub fn complete(input: &str, cursor: usize, vocabulary: &Vocabulary) -> Vec<Completion> {
    let mut cursor = cursor.min(input.len());
    while !input.is_char_boundary(cursor) {
        cursor -= 1;
    }
    let tokens = tokens(input);
    let is_touched = |token: &&Token| {
        let is_word = matches!(token.kind, TokenKind::Name | TokenKind::Unterminated | TokenKind::Quoted);
        is_word && token.span.start < cursor && cursor <= token.span.end
    };
    let touched = tokens.iter().find(is_touched);
    let start = touched.map_or(cursor, |token| token.span.start);
    let end = match touched {
        // What follows an open quote is not meant to be lost.
        Some(token) if token.kind == TokenKind::Unterminated => cursor,
        Some(token) => token.span.end,
        None => cursor,
    };
    let before = tokens.iter().take_while(|token| token.span.end <= start && token.span.start < cursor);
    let expected = expected_after(input, before, vocabulary.subject);
    let prefix = input.get(start..cursor).unwrap_or_default();
    let mut found = candidates(&expected, prefix, vocabulary);
    // Where the word begins as typed comes before where it is merely contained.
    found.sort_by_key(|candidate| candidate.rank);
    found.truncate(MAX_COMPLETIONS);
    found
        .into_iter()
        .map(|candidate| Completion { replace: start..end, text: candidate.text, kind: candidate.kind })
        .collect()
}

/// What the grammar allows next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Expected {
    Operand,
    /// The metric of `min(`.
    Metric,
    Operator(ValueKind),
    Value(ValueKind),
    List(ValueKind),
    Null,
    Connector,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum ValueKind {
    Number,
    Flexible,
    Text,
    Word(&'static [&'static str]),
    Time,
    Duration,
}

fn expected_after<'a>(input: &str, tokens: impl Iterator<Item = &'a Token>, subject: Subject) -> Expected {
    let mut state = Expected::Operand;
    let mut after_function = false;
    for token in tokens {
        let word = |word| token.is_word(input, word);
        let is_function = ["min", "max", "first", "last"].into_iter().any(word);
        state = match state {
            Expected::Operand if token.kind == TokenKind::Open && after_function => Expected::Metric,
            Expected::Operand if token.kind == TokenKind::Open || word("NOT") || is_function => Expected::Operand,
            Expected::Operand => value_kind(token, input, subject).map_or(Expected::Connector, Expected::Operator),
            Expected::Metric => Expected::Operator(ValueKind::Number),
            Expected::Operator(_) if word("IS") => Expected::Null,
            Expected::Operator(kind) if word("IN") => Expected::List(kind),
            Expected::Operator(kind) if token.kind == TokenKind::Close || word("NOT") => Expected::Operator(kind),
            Expected::Operator(kind) => Expected::Value(kind),
            Expected::Null if word("NOT") => Expected::Null,
            Expected::List(kind) if token.kind != TokenKind::Close => Expected::List(kind),
            Expected::Connector if word("AND") || word("OR") => Expected::Operand,
            Expected::Value(_) | Expected::List(_) | Expected::Null | Expected::Connector => Expected::Connector,
        };
        after_function = is_function;
    }
    state
}

fn value_kind(token: &Token, input: &str, subject: Subject) -> Option<ValueKind> {
    if token.kind != TokenKind::Name || is_keyword(input, token) {
        return None;
    }
    let (prefix, key) = split_name(token.text(input));
    let entity = prefix.map_or(Some(Entity::Attribute), |prefix| Entity::parse(&prefix.to_lowercase()))?;
    Some(match entity {
        Entity::Metric => ValueKind::Number,
        Entity::Param | Entity::Tag => ValueKind::Flexible,
        Entity::Dataset => ValueKind::Text,
        Entity::Attribute => match find_attribute(subject, &key)?.kind {
            AttributeKind::Text => ValueKind::Text,
            AttributeKind::Word(words) => ValueKind::Word(words),
            AttributeKind::Time => ValueKind::Time,
            AttributeKind::Duration => ValueKind::Duration,
        },
    })
}

struct Candidate {
    text: String,
    kind: CompletionKind,
    rank: u8,
}

/// Collects what fits what was typed so far.
struct Matches {
    typed: String,
    found: Vec<Candidate>,
}

impl Matches {
    fn new(typed: &str) -> Self {
        Self { typed: typed.to_lowercase(), found: Vec::new() }
    }

    /// Offers a text that is recognised by a name.
    fn offer(&mut self, name: &str, text: &str, kind: CompletionKind) {
        let name = name.to_lowercase();
        let rank = if name.starts_with(&self.typed) {
            0
        } else if name.contains(&self.typed) {
            1
        } else {
            return;
        };
        self.found.push(Candidate { text: text.to_owned(), kind, rank });
    }

    fn offer_all(&mut self, texts: &[&str], kind: CompletionKind) {
        for text in texts {
            self.offer(text.trim_matches(['\'', '-']), text, kind);
        }
    }
}

fn candidates(expected: &Expected, prefix: &str, vocabulary: &Vocabulary) -> Vec<Candidate> {
    let unquoted = prefix.trim_start_matches(['\'', '"', '-']);
    let mut matches = Matches::new(unquoted);
    match expected {
        Expected::Operand => return operands(prefix, vocabulary),
        Expected::Metric => {
            let typed = prefix.split_once('.').map_or(prefix, |(_, key)| key).trim_start_matches(['`', '"']);
            matches = Matches::new(typed);
            offer_keys(&mut matches, "metrics", &vocabulary.metrics, CompletionKind::Metric);
        }
        Expected::Operator(kind) => {
            let comparisons: &[&str] = match kind {
                ValueKind::Number | ValueKind::Time | ValueKind::Duration => &[">", ">=", "<", "<=", "=", "!="],
                ValueKind::Text | ValueKind::Word(_) => {
                    &["=", "!=", "CONTAINS", "LIKE", "ILIKE", "MATCHES", "IN", "NOT IN"]
                }
                ValueKind::Flexible => {
                    &["=", "!=", "CONTAINS", "LIKE", "ILIKE", "MATCHES", "IN", "NOT IN", ">", ">=", "<", "<="]
                }
            };
            matches.offer_all(comparisons, CompletionKind::Operator);
            matches.offer_all(&["IS NULL", "IS NOT NULL"], CompletionKind::Operator);
        }
        Expected::Value(kind) | Expected::List(kind) => match kind {
            ValueKind::Word(words) => {
                for word in *words {
                    matches.offer(word, &format!("'{word}'"), CompletionKind::Value);
                }
            }
            ValueKind::Time => {
                matches.offer_all(&["-1h", "-24h", "-7d", "-30d", "'today'", "'yesterday'"], CompletionKind::Value);
            }
            ValueKind::Duration => matches.offer_all(&["30s", "10m", "1h", "1d"], CompletionKind::Value),
            ValueKind::Number | ValueKind::Text | ValueKind::Flexible => {}
        },
        Expected::Null => matches.offer_all(&["NULL", "NOT NULL"], CompletionKind::Keyword),
        Expected::Connector => matches.offer_all(&["AND", "OR"], CompletionKind::Keyword),
    }
    matches.found
}

fn operands(prefix: &str, vocabulary: &Vocabulary) -> Vec<Candidate> {
    let subject = vocabulary.subject;
    if let Some((entity, key)) = prefix.split_once('.') {
        let mut matches = Matches::new(key.trim_start_matches(['`', '"']));
        match Entity::parse(&entity.trim_matches('`').to_lowercase()) {
            Some(Entity::Metric) if subject != Subject::Experiments => {
                offer_keys(&mut matches, entity, &vocabulary.metrics, CompletionKind::Metric);
            }
            Some(Entity::Param) if subject != Subject::Experiments => {
                offer_keys(&mut matches, entity, &vocabulary.params, CompletionKind::Param);
            }
            Some(Entity::Tag) => offer_keys(&mut matches, entity, &vocabulary.tags, CompletionKind::Tag),
            Some(Entity::Dataset) if subject == Subject::Runs => {
                for field in super::fields::DATASET_FIELDS {
                    matches.offer(field, &format!("{entity}.{field}"), CompletionKind::Attribute);
                }
            }
            Some(Entity::Attribute) => {
                for attribute in attributes(subject) {
                    matches.offer(attribute.name, &format!("{entity}.{}", attribute.name), CompletionKind::Attribute);
                }
            }
            _ => {}
        }
        return matches.found;
    }
    let mut matches = Matches::new(prefix.trim_start_matches(['`', '"']));
    for attribute in attributes(subject) {
        matches.offer(attribute.name, attribute.name, CompletionKind::Attribute);
    }
    let prefixes: &[&str] = match subject {
        Subject::Runs => &["metrics.", "params.", "tags.", "dataset."],
        Subject::Experiments => &["tags."],
        Subject::LoggedModels => &["metrics.", "params.", "tags."],
    };
    matches.offer_all(prefixes, CompletionKind::Prefix);
    if !prefix.is_empty() {
        // A key can be found without remembering what kind of thing it is.
        if subject != Subject::Experiments {
            offer_keys(&mut matches, "metrics", &vocabulary.metrics, CompletionKind::Metric);
            offer_keys(&mut matches, "params", &vocabulary.params, CompletionKind::Param);
        }
        offer_keys(&mut matches, "tags", &vocabulary.tags, CompletionKind::Tag);
    }
    if subject != Subject::Experiments {
        matches.offer_all(&["min(", "max(", "first("], CompletionKind::Function);
    }
    matches.offer_all(&["NOT", "last 7 days"], CompletionKind::Keyword);
    matches.found
}

fn offer_keys(matches: &mut Matches, prefix: &str, keys: &[Arc<str>], kind: CompletionKind) {
    for key in keys {
        matches.offer(key, &format!("{prefix}.{}", quoted_key(key)), kind);
    }
}
