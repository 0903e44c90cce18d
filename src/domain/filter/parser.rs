//! Our grammar: MLflow's, and `OR`, `NOT`, parentheses, more operators, dates, durations and bare words.
//!
//! ```text
//! filter    = or
//! or        = and { OR and }
//! and       = not { [AND] not }              AND may be left out between bare words
//! not       = NOT not | "(" or ")" | condition | "last" N unit | word
//! condition = field operator value | field [NOT] IN "(" value {"," value} ")" | field IS [NOT] NULL
//! field     = attribute | metrics.key | min|max|first|last "(" metrics.key ")" | params.key | tags.key | dataset.name
//! operator  = = == != <> < <= > >= LIKE ILIKE CONTAINS MATCHES =~
//! ```

use std::ops::Range;

use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};

use super::ast::{Comparison, Condition, Expr, Field, Filter, MetricAggregate, Operator, Subject, Value};
use super::error::{FilterError, MAX_CONDITIONS, MAX_LIST_VALUES, check_length, too_many_conditions, too_many_values};
use super::fields::{
    AttributeKind, DATASET_FIELDS, Entity, attributes, canonical_attribute, find_attribute, name_attribute,
};
use super::lexer::{Token, TokenKind, split_name, tokens, unquote};
use super::mlflow::{integer, number};
use super::pattern::compile_regex;
use super::times::{When, parse_duration, parse_when, unit_ms};

/// How deep parentheses and `NOT` may nest.
const MAX_DEPTH: usize = 64;

/// Parses a filter in our grammar. Days begin at midnight UTC; `now` is in Unix milliseconds.
pub fn parse(input: &str, subject: Subject, now: i64) -> Result<Filter, FilterError> {
    let now = Timestamp::from_millisecond(now).unwrap_or(Timestamp::UNIX_EPOCH);
    parse_at(input, subject, &now.to_zoned(TimeZone::UTC))
}

/// Parses a filter in our grammar; named days and dates are those of the time zone of `now`.
pub fn parse_at(input: &str, subject: Subject, now: &Zoned) -> Result<Filter, FilterError> {
    check_length(input)?;
    let tokens = tokens(input);
    if tokens.is_empty() {
        return Ok(Filter::default());
    }
    let mut parser = Parser { input, tokens: &tokens, at: 0, subject, now, depth: 0, conditions: 0, values: 0 };
    let expr = parser.or()?;
    match parser.peek() {
        None => Ok(Filter { expr: Some(expr) }),
        Some(token) => Err(parser.unexpected(token, "AND, OR or the end")),
    }
}

/// The words that join, negate or compare, and therefore mean nothing else without quotes.
const KEYWORDS: [&str; 10] = ["AND", "OR", "NOT", "IN", "IS", "NULL", "LIKE", "ILIKE", "CONTAINS", "MATCHES"];

pub(super) fn is_keyword(input: &str, token: &Token) -> bool {
    KEYWORDS.iter().any(|keyword| token.is_word(input, keyword))
}

struct Parser<'a> {
    input: &'a str,
    tokens: &'a [Token],
    at: usize,
    subject: Subject,
    now: &'a Zoned,
    depth: usize,
    conditions: usize,
    values: usize,
}

/// A parsed operator that takes one value.
struct OperatorAt {
    operator: Operator,
    span: Range<usize>,
}

impl<'a> Parser<'a> {
    fn peek(&self) -> Option<&'a Token> {
        self.tokens.get(self.at)
    }

    fn peek_word(&self, ahead: usize, word: &str) -> bool {
        self.tokens.get(self.at + ahead).is_some_and(|token| token.is_word(self.input, word))
    }

    fn peek_kind(&self, ahead: usize) -> Option<TokenKind> {
        self.tokens.get(self.at + ahead).map(|token| token.kind)
    }

    fn text(&self, token: &Token) -> &'a str {
        token.text(self.input)
    }

    fn error<T>(message: impl Into<String>, span: &Range<usize>) -> Result<T, FilterError> {
        Err(FilterError::new(message, span.clone()))
    }

    fn unexpected(&self, token: &Token, expected: &str) -> FilterError {
        let text = self.text(token);
        let message = match token.kind {
            TokenKind::Unterminated => {
                let quote = text.chars().find(|c| matches!(c, '\'' | '"' | '`')).unwrap_or('\'');
                format!("The quote {quote} is never closed")
            }
            _ if expected.is_empty() => format!("Did not expect {text} here"),
            _ => format!("Expected {expected}, found {text}"),
        };
        FilterError::new(message, token.span.clone())
    }

    fn missing(&self, expected: &str) -> FilterError {
        let end = self.input.len();
        FilterError::new(format!("Expected {expected} at the end"), end..end)
    }

    fn expected_here(&self, expected: &str) -> FilterError {
        self.peek().map_or_else(|| self.missing(expected), |token| self.unexpected(token, expected))
    }

    fn or(&mut self) -> Result<Expr, FilterError> {
        let mut parts = vec![self.and()?];
        while self.peek_word(0, "OR") {
            self.at += 1;
            parts.push(self.and()?);
        }
        Ok(single_or(parts, Expr::Or))
    }

    fn and(&mut self) -> Result<Expr, FilterError> {
        let mut after_word = self.at_bare_word();
        let mut parts = vec![self.not()?];
        loop {
            if self.peek_word(0, "AND") {
                self.at += 1;
            } else if !(after_word && self.at_bare_word()) {
                break;
            }
            after_word = self.at_bare_word();
            parts.push(self.not()?);
        }
        Ok(single_or(parts, Expr::And))
    }

    fn not(&mut self) -> Result<Expr, FilterError> {
        let Some(token) = self.peek() else { return Err(self.missing("a condition")) };
        let is_not = self.peek_word(0, "NOT");
        if !is_not && token.kind != TokenKind::Open {
            return self.primary(token);
        }
        if self.depth >= MAX_DEPTH {
            return Self::error(format!("More than {MAX_DEPTH} levels of parentheses and NOT"), &token.span);
        }
        self.depth += 1;
        self.at += 1;
        let expr = if is_not {
            Expr::Not(Box::new(self.not()?))
        } else {
            let inner = self.or()?;
            match self.peek() {
                Some(close) if close.kind == TokenKind::Close => self.at += 1,
                Some(other) => return Err(self.unexpected(other, "AND, OR or )")),
                None => return Self::error("This parenthesis is never closed", &token.span),
            }
            inner
        };
        self.depth -= 1;
        Ok(expr)
    }

    fn primary(&mut self, token: &'a Token) -> Result<Expr, FilterError> {
        self.conditions += 1;
        if self.conditions > MAX_CONDITIONS {
            return Err(too_many_conditions(token.span.clone()));
        }
        if let Some(expr) = self.last_stretch()? {
            return Ok(expr);
        }
        if self.at_bare_word() {
            self.at += 1;
            let field = Field::Attribute(name_attribute(self.subject));
            let word = unquote(self.text(token)).into_owned();
            let comparison = Comparison::Compare(Operator::Contains, Value::Text(word));
            return Ok(Expr::Condition(Condition { field, comparison }));
        }
        let (field, span) = self.field(token)?;
        self.comparison(field, &span)
    }

    /// `last 7 days`, a condition of its own on the time of creation.
    fn last_stretch(&mut self) -> Result<Option<Expr>, FilterError> {
        if !self.peek_word(0, "last") {
            return Ok(None);
        }
        let [Some(last), Some(second)] = [self.peek(), self.tokens.get(self.at + 1)] else { return Ok(None) };
        let third = self.tokens.get(self.at + 2);
        let unit = third.filter(|token| unit_ms(self.text(token)).is_some());
        let (end, length) = match (second.kind, unit) {
            (TokenKind::Number, Some(unit)) => (unit, 3),
            (TokenKind::Number, None) => {
                return Err(match third {
                    Some(token) => self.unexpected(token, "a unit of time, such as days"),
                    None => self.missing("a unit of time, such as days"),
                });
            }
            (TokenKind::Name, _) => (second, 2),
            _ => return Ok(None),
        };
        let span = last.span.start..end.span.end;
        let Some(When::Moment(start)) = parse_when(self.input.get(span).unwrap_or_default(), self.now) else {
            return Ok(None);
        };
        self.at += length;
        let name = match self.subject {
            Subject::Runs => "start_time",
            Subject::Experiments => "creation_time",
            Subject::LoggedModels => "creation_timestamp",
        };
        Ok(Some(compare(Field::Attribute(name), Operator::Ge, Value::Integer(start))))
    }

    /// Whether a word that stands for part of a name is next: one that no operator follows and that is no field.
    fn at_bare_word(&self) -> bool {
        let Some(token) = self.peek() else { return false };
        let text = self.text(token);
        let is_word = match token.kind {
            TokenKind::Quoted | TokenKind::Number => true,
            TokenKind::Name => {
                let (entity, key) = split_name(text);
                let is_field = match entity.as_deref() {
                    Some(prefix) => Entity::parse(&prefix.to_lowercase()).is_some(),
                    None => find_attribute(self.subject, &key).is_some(),
                };
                !is_field && !is_keyword(self.input, token)
            }
            _ => false,
        };
        is_word
            && !self.operator_follows()
            && !(aggregate(text).is_some() && self.peek_kind(1) == Some(TokenKind::Open))
    }

    fn operator_follows(&self) -> bool {
        self.peek_kind(1) == Some(TokenKind::Operator)
            || ["IN", "IS", "LIKE", "ILIKE", "CONTAINS", "MATCHES"].iter().any(|word| self.peek_word(1, word))
            || (self.peek_word(1, "NOT")
                && ["IN", "LIKE", "ILIKE", "CONTAINS", "MATCHES"].iter().any(|word| self.peek_word(2, word)))
    }

    fn field(&mut self, token: &'a Token) -> Result<(Field, Range<usize>), FilterError> {
        let text = self.text(token);
        let is_name = token.kind == TokenKind::Name || (token.kind == TokenKind::Quoted && text.starts_with('"'));
        let aggregate = aggregate(text).filter(|_| self.peek_kind(1) == Some(TokenKind::Open));
        if !is_name || is_keyword(self.input, token) {
            return Err(self.unexpected(token, "a field, such as metrics.loss or status"));
        }
        self.at += 1;
        let Some(aggregate) = aggregate else {
            return Ok((self.named_field(token, MetricAggregate::Last)?, token.span.clone()));
        };
        self.at += 1;
        let Some(inner) = self.peek().filter(|inner| inner.kind == TokenKind::Name) else {
            return Err(self.expected_here("a metric, such as metrics.loss"));
        };
        let field = self.named_field(inner, aggregate)?;
        if !matches!(field, Field::Metric { .. }) {
            return Err(self.unexpected(inner, "a metric, such as metrics.loss"));
        }
        self.at += 1;
        let Some(close) = self.peek().filter(|close| close.kind == TokenKind::Close) else {
            return Err(self.expected_here(")"));
        };
        self.at += 1;
        Ok((field, token.span.start..close.span.end))
    }

    fn named_field(&self, token: &Token, aggregate: MetricAggregate) -> Result<Field, FilterError> {
        let text = self.text(token);
        let (prefix, key) = split_name(text);
        let entity = match prefix.as_deref() {
            None => Entity::Attribute,
            Some(prefix) => match (Entity::parse(&prefix.to_lowercase()), self.subject) {
                (Some(Entity::Dataset), Subject::Experiments | Subject::LoggedModels)
                | (Some(Entity::Metric | Entity::Param), Subject::Experiments)
                | (None, _) => return Self::error(self.unknown_field(text), &token.span),
                (Some(entity), _) => entity,
            },
        };
        match entity {
            Entity::Metric => Ok(Field::Metric { key: key.into_owned(), aggregate }),
            Entity::Param => Ok(Field::Param(key.into_owned())),
            Entity::Tag => Ok(Field::Tag(key.into_owned())),
            Entity::Dataset => match DATASET_FIELDS.into_iter().find(|name| name.eq_ignore_ascii_case(&key)) {
                Some(name) => Ok(Field::Dataset(name)),
                None => Self::error(
                    format!("There is no dataset.{key}; there are dataset.{}", DATASET_FIELDS.join(", dataset.")),
                    &token.span,
                ),
            },
            Entity::Attribute => match find_attribute(self.subject, &key) {
                Some(attribute) => Ok(Field::Attribute(attribute.name)),
                None => Self::error(self.unknown_field(text), &token.span),
            },
        }
    }

    fn unknown_field(&self, text: &str) -> String {
        let names: Vec<&str> = attributes(self.subject).iter().map(|attribute| attribute.name).collect();
        let prefixes = match self.subject {
            Subject::Runs => "metrics., params., tags., dataset.",
            Subject::Experiments => "tags.",
            Subject::LoggedModels => "metrics., params., tags.",
        };
        format!("There is no field {text}; there are {} and names after {prefixes}", names.join(", "))
    }

    fn comparison(&mut self, field: Field, span: &Range<usize>) -> Result<Expr, FilterError> {
        let condition = |comparison| Expr::Condition(Condition { field: field.clone(), comparison });
        if self.peek_word(0, "IS") {
            self.at += 1;
            let negated = self.peek_word(0, "NOT");
            self.at += usize::from(negated);
            if !self.peek_word(0, "NULL") {
                return Err(self.expected_here("NULL"));
            }
            self.at += 1;
            return Ok(condition(if negated { Comparison::IsNotNull } else { Comparison::IsNull }));
        }
        let negated = self.peek_word(0, "NOT");
        if self.peek_word(usize::from(negated), "IN") {
            self.at += 1 + usize::from(negated);
            let values = self.list(&field)?;
            return Ok(condition(if negated { Comparison::NotIn(values) } else { Comparison::In(values) }));
        }
        if negated {
            let here = self.peek().map_or(span.clone(), |token| token.span.clone());
            return Self::error("NOT goes before the field here, such as NOT tags.a LIKE 'x%'", &here);
        }
        let operator = self.operator(&field, span)?;
        let Some(value) = self.peek() else { return Err(self.missing(self.expected_value(&field))) };
        let expr = self.compared(field, &operator, value)?;
        self.at += 1;
        Ok(expr)
    }

    fn operator(&mut self, field: &Field, span: &Range<usize>) -> Result<OperatorAt, FilterError> {
        let shown = self.input.get(span.clone()).unwrap_or_default();
        let Some(token) = self.peek() else { return Err(self.missing(&format!("an operator after {shown}"))) };
        let text = self.text(token).to_ascii_uppercase();
        let operator = match text.as_str() {
            "=" | "==" => Operator::Eq,
            "!=" | "<>" => Operator::Ne,
            "<" => Operator::Lt,
            "<=" => Operator::Le,
            ">" => Operator::Gt,
            ">=" => Operator::Ge,
            "LIKE" => Operator::Like,
            "ILIKE" => Operator::ILike,
            "CONTAINS" => Operator::Contains,
            "MATCHES" | "=~" => Operator::Matches,
            _ => return Err(self.unexpected(token, &format!("an operator after {shown}"))),
        };
        let is_text = matches!(operator, Operator::Like | Operator::ILike | Operator::Contains | Operator::Matches);
        let is_order = matches!(operator, Operator::Lt | Operator::Le | Operator::Gt | Operator::Ge);
        let message = match self.kind(field) {
            FieldKind::Number | FieldKind::Time | FieldKind::Duration if is_text => {
                Some(format!("{shown} is a number: compare it with = != < <= > >="))
            }
            FieldKind::Word(_) | FieldKind::Text if is_order => {
                Some(format!("{shown} is text: compare it with = != LIKE ILIKE CONTAINS MATCHES IN"))
            }
            _ => None,
        };
        if let Some(message) = message {
            return Self::error(message, &token.span);
        }
        self.at += 1;
        Ok(OperatorAt { operator, span: token.span.clone() })
    }

    fn list(&mut self, field: &Field) -> Result<Vec<String>, FilterError> {
        if !matches!(self.kind(field), FieldKind::Text | FieldKind::Word(_) | FieldKind::Flexible) {
            let span = self.tokens.get(self.at.saturating_sub(1)).map_or(0..0, |token| token.span.clone());
            return Self::error("IN works on text; compare numbers with = != < <= > >=", &span);
        }
        let Some(open) = self.peek().filter(|token| token.kind == TokenKind::Open) else {
            return Err(self.expected_here("a list, such as ('a', 'b')"));
        };
        let mut values = Vec::new();
        loop {
            self.at += 1;
            let Some(token) = self.peek() else {
                return Self::error("This parenthesis is never closed", &open.span);
            };
            match token.kind {
                TokenKind::Quoted => values.push(unquote(self.text(token)).into_owned()),
                TokenKind::Name | TokenKind::Number => values.push(self.word_value(field, token)?),
                _ => return Err(self.unexpected(token, "a text such as 'a'")),
            }
            self.values += 1;
            if self.values > MAX_LIST_VALUES {
                return Err(too_many_values(token.span.clone()));
            }
            self.at += 1;
            match self.peek() {
                Some(token) if token.kind == TokenKind::Comma => {}
                Some(token) if token.kind == TokenKind::Close => break,
                Some(token) => return Err(self.unexpected(token, ", or )")),
                None => return Self::error("This parenthesis is never closed", &open.span),
            }
        }
        self.at += 1;
        Ok(values)
    }

    fn kind(&self, field: &Field) -> FieldKind {
        match field {
            Field::Metric { .. } => FieldKind::Number,
            Field::Param(_) | Field::Tag(_) => FieldKind::Flexible,
            Field::Dataset(_) => FieldKind::Text,
            Field::Attribute(name) => match canonical_attribute(self.subject, name).map(|attribute| attribute.kind) {
                Some(AttributeKind::Time) => FieldKind::Time,
                Some(AttributeKind::Duration) => FieldKind::Duration,
                Some(AttributeKind::Word(words)) => FieldKind::Word(words),
                Some(AttributeKind::Text) | None => FieldKind::Text,
            },
        }
    }

    fn expected_value(&self, field: &Field) -> &'static str {
        match self.kind(field) {
            FieldKind::Number => "a number",
            FieldKind::Time => "a time, such as -7d, 'yesterday', '2026-05-01' or milliseconds",
            FieldKind::Duration => "a duration, such as 90s, 10m or 1.5h",
            FieldKind::Text | FieldKind::Word(_) => "a text such as 'a'",
            FieldKind::Flexible => "a text such as 'a' or a number",
        }
    }

    fn compared(&self, field: Field, at: &OperatorAt, token: &Token) -> Result<Expr, FilterError> {
        let operator = at.operator;
        let is_value = matches!(token.kind, TokenKind::Name | TokenKind::Number | TokenKind::Quoted);
        if !is_value || is_keyword(self.input, token) {
            return Err(self.unexpected(token, self.expected_value(&field)));
        }
        let text = self.text(token);
        let literal = (token.kind == TokenKind::Number).then_some(text);
        match self.kind(&field) {
            FieldKind::Number => match literal.and_then(number) {
                Some(number) => Ok(compare(field, operator, Value::Number(number))),
                None => Err(self.unexpected(token, "a number")),
            },
            FieldKind::Time => self.compared_time(field, operator, token),
            FieldKind::Duration => match parse_duration(&unquote(text)) {
                Some(ms) => Ok(compare(field, operator, Value::Integer(ms))),
                None => Err(self.unexpected(token, self.expected_value(&field))),
            },
            FieldKind::Text | FieldKind::Word(_) => {
                let value = self.text_value(&field, operator, token)?;
                Ok(compare(field, operator, Value::Text(value)))
            }
            FieldKind::Flexible => {
                let is_order = matches!(operator, Operator::Lt | Operator::Le | Operator::Gt | Operator::Ge);
                let is_equality = matches!(operator, Operator::Eq | Operator::Ne);
                // MLflow compares the params of logged models as text even without quotes.
                let as_number = is_order || (is_equality && self.subject != Subject::LoggedModels);
                match literal.filter(|_| as_number).and_then(number) {
                    Some(number) => Ok(compare(field, operator, Value::Number(number))),
                    None if is_order => Self::error(
                        format!("Expected a number after {}, found {text}", at_text(self.input, at)),
                        &token.span,
                    ),
                    None => {
                        let value = self.text_value(&field, operator, token)?;
                        Ok(compare(field, operator, Value::Text(value)))
                    }
                }
            }
        }
    }

    fn compared_time(&self, field: Field, operator: Operator, token: &Token) -> Result<Expr, FilterError> {
        let text = self.text(token);
        if token.kind == TokenKind::Number {
            let value = match integer(text) {
                Some(integer) => Value::Integer(integer),
                None => Value::Number(number(text).unwrap_or(f64::NAN)),
            };
            if self.subject == Subject::Experiments && !matches!(value, Value::Integer(_)) {
                return Self::error("Expected a time in whole milliseconds", &token.span);
            }
            return Ok(compare(field, operator, value));
        }
        let unquoted = unquote(text);
        let Some(when) = parse_when(&unquoted, self.now) else {
            let hint = match parse_duration(&unquoted) {
                Some(_) => format!("Expected a time; for {unquoted} ago write -{unquoted}"),
                None => format!("Expected {}, found {text}", self.expected_value(&field)),
            };
            return Self::error(hint, &token.span);
        };
        let with = |operator, ms| compare(field.clone(), operator, Value::Integer(ms));
        Ok(match (when, operator) {
            (When::Moment(ms), operator) => with(operator, ms),
            // A day begins at midnight; what includes it includes all of it.
            (When::Stretch { start, end }, Operator::Eq) => {
                Expr::And(vec![with(Operator::Ge, start), with(Operator::Lt, end)])
            }
            (When::Stretch { start, end }, Operator::Ne) => {
                Expr::Or(vec![with(Operator::Lt, start), with(Operator::Ge, end)])
            }
            (When::Stretch { end, .. }, Operator::Le) => with(Operator::Lt, end),
            (When::Stretch { start, .. }, operator) => with(operator, start),
        })
    }

    fn text_value(&self, field: &Field, operator: Operator, token: &Token) -> Result<String, FilterError> {
        let value = match token.kind {
            TokenKind::Quoted => unquote(self.text(token)).into_owned(),
            _ if matches!(operator, Operator::Eq | Operator::Ne) => self.word_value(field, token)?,
            _ => self.plain_word(token)?,
        };
        if operator == Operator::Matches
            && let Err(error) = compile_regex(&value)
        {
            return Self::error(format!("Not a regular expression: {error}"), &token.span);
        }
        Ok(value)
    }

    /// A value without quotes. Words of a fixed list may be written in any case.
    fn word_value(&self, field: &Field, token: &Token) -> Result<String, FilterError> {
        let text = self.plain_word(token)?;
        match self.kind(field) {
            FieldKind::Word(words) => match words.iter().find(|word| word.eq_ignore_ascii_case(&text)) {
                Some(word) => Ok((*word).to_owned()),
                None => Err(self.unexpected(token, &format!("one of {}", words.join(", ")))),
            },
            _ => Ok(text),
        }
    }

    fn plain_word(&self, token: &Token) -> Result<String, FilterError> {
        let text = self.text(token);
        let is_field = split_name(text).0.is_some_and(|prefix| Entity::parse(&prefix).is_some());
        if is_field || text.contains(['`', '"']) {
            return Err(self.unexpected(token, "a text such as 'a' (fields are not compared with fields)"));
        }
        Ok(text.to_owned())
    }
}

/// What the values of a field are, as far as operators and literals go.
#[derive(Debug, Clone, Copy)]
enum FieldKind {
    Number,
    Time,
    Duration,
    Text,
    Word(&'static [&'static str]),
    /// Text that may be compared as a number.
    Flexible,
}

fn aggregate(word: &str) -> Option<MetricAggregate> {
    match word.to_ascii_lowercase().as_str() {
        "min" => Some(MetricAggregate::Min),
        "max" => Some(MetricAggregate::Max),
        "first" => Some(MetricAggregate::First),
        "last" => Some(MetricAggregate::Last),
        _ => None,
    }
}

fn at_text<'a>(input: &'a str, at: &OperatorAt) -> &'a str {
    input.get(at.span.clone()).unwrap_or_default()
}

fn compare(field: Field, operator: Operator, value: Value) -> Expr {
    Expr::Condition(Condition { field, comparison: Comparison::Compare(operator, value) })
}

fn single_or(mut parts: Vec<Expr>, many: fn(Vec<Expr>) -> Expr) -> Expr {
    match parts.pop() {
        Some(only) if parts.is_empty() => only,
        Some(last) => {
            parts.push(last);
            many(parts)
        }
        None => many(parts),
    }
}
