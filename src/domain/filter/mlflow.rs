//! MLflow's search grammar: conditions joined by `AND`.
//!
//! Clients show the error messages to people and tests compare them, so they are MLflow's own, oddities included. Where
//! MLflow answers with an internal error, ours says what is wrong with the input.

use std::ops::Range;

use super::ast::{Comparison, Condition, Expr, Field, Filter, MetricAggregate, Operator, Subject, Value};
use super::error::{FilterError, MAX_CONDITIONS, MAX_LIST_VALUES, check_length, too_many_conditions, too_many_values};
use super::fields::{AttributeKind, DATASET_FIELDS, Entity, mlflow_attribute};
use super::lexer::{Token, TokenKind, split_name, tokens, unquote};
use super::parser::is_keyword;

const METRIC_COMPARATORS: &str = "{'>=', '=', '>', '<', '!=', '<='}";
const PARAM_COMPARATORS: &str = "{'ILIKE', '=', 'IS NULL', 'LIKE', '!=', 'IS NOT NULL'}";
const TEXT_COMPARATORS: &str = "{'ILIKE', '=', 'IN', 'LIKE', '!=', 'NOT IN'}";

/// Parses a filter in MLflow's grammar. Fields are those of the subject.
pub fn parse_mlflow(input: &str, subject: Subject) -> Result<Filter, FilterError> {
    check_length(input)?;
    let tokens = tokens(input);
    refuse_several_statements(input, &tokens)?;
    let clauses = Clauses { input, tokens: &tokens, subject }.collect()?;
    let mut values = 0;
    let mut parsed = Vec::with_capacity(clauses.len());
    for clause in &clauses {
        parsed.push(ParsedClause::new(input, subject, clause)?);
        values += clause.list.len();
        if values > MAX_LIST_VALUES {
            return Err(too_many_values(clause.span.clone()));
        }
    }
    // MLflow looks at the operators only after all values.
    let mut conditions = parsed.into_iter().map(|clause| clause.finish(subject).map(Expr::Condition));
    let first = conditions.next().transpose()?;
    let mut rest = conditions.collect::<Result<Vec<_>, _>>()?;
    let expr = match first {
        Some(first) if !rest.is_empty() => {
            rest.insert(0, first);
            Some(Expr::And(rest))
        }
        single => single,
    };
    Ok(Filter { expr })
}

fn refuse_several_statements(input: &str, tokens: &[Token]) -> Result<(), FilterError> {
    let semicolon = tokens.iter().position(|token| token.text(input) == ";");
    match semicolon {
        Some(at) if at + 1 < tokens.len() => Err(FilterError::new(
            format!(
                "Search filter contained multiple expression {}. Provide AND-ed expression list.",
                python_repr(input)
            ),
            tokens.get(at).map_or(0..0, |token| token.span.clone()),
        )),
        _ => Ok(()),
    }
}

/// One condition as written.
struct Clause<'a> {
    span: Range<usize>,
    left: &'a Token,
    /// Upper case, with single spaces.
    operator: String,
    operator_span: Range<usize>,
    /// Missing for `IS NULL` and for lists.
    right: Option<&'a Token>,
    list: Vec<&'a Token>,
    list_span: Option<Range<usize>>,
}

/// Groups tokens into clauses.
struct Clauses<'a> {
    input: &'a str,
    tokens: &'a [Token],
    subject: Subject,
}

impl<'a> Clauses<'a> {
    fn collect(&self) -> Result<Vec<Clause<'a>>, FilterError> {
        let mut clauses = Vec::new();
        let mut invalid: Vec<Range<usize>> = Vec::new();
        let mut at = 0;
        let mut joined = true;
        while let Some(token) = self.tokens.get(at) {
            // A few are enough to see what is wrong, and each may have been looked for to the end of the input.
            if invalid.len() >= 20 {
                break;
            }
            if token.is_word(self.input, "AND") {
                // An AND needs a condition on both sides.
                if joined || at + 1 == self.tokens.len() {
                    invalid.push(token.span.clone());
                }
                joined = true;
                at += 1;
            } else if let Some((clause, after)) = self.clause_at(at)? {
                if !joined {
                    invalid.push(clause.span.clone());
                }
                joined = false;
                clauses.push(clause);
                at = after;
                if clauses.len() > MAX_CONDITIONS {
                    return Err(too_many_conditions(token.span.clone()));
                }
            } else {
                let span = self.group_at(at);
                at = self
                    .tokens
                    .iter()
                    .skip(at)
                    .position(|token| token.span.start >= span.end)
                    .map_or(self.tokens.len(), |ahead| at + ahead);
                invalid.push(span);
                joined = true;
            }
        }
        match invalid.first() {
            None => Ok(clauses),
            Some(first) => Err(FilterError::new(self.invalid_clauses(&invalid), first.clone())),
        }
    }

    /// The condition that begins at a token, and the index of the token behind it.
    fn clause_at(&self, at: usize) -> Result<Option<(Clause<'a>, usize)>, FilterError> {
        let input = self.input;
        let Some(left) = self.tokens.get(at) else { return Ok(None) };
        if !matches!(left.kind, TokenKind::Name | TokenKind::Quoted | TokenKind::Number) {
            return Ok(None);
        }
        let word = |ahead: usize, word| self.tokens.get(at + ahead).is_some_and(|token| token.is_word(input, word));
        let Some(second) = self.tokens.get(at + 1) else { return Ok(None) };
        let clause = |operator: &str, last: &Token, right| Clause {
            span: left.span.start..last.span.end,
            left,
            operator: operator.to_owned(),
            operator_span: second.span.clone(),
            right,
            list: Vec::new(),
            list_span: None,
        };
        if word(1, "IS") {
            let (operator, length) = if word(2, "NULL") {
                ("IS NULL", 3)
            } else if word(2, "NOT") && word(3, "NULL") {
                ("IS NOT NULL", 4)
            } else {
                return Ok(None);
            };
            let Some(last) = self.tokens.get(at + length - 1) else { return Ok(None) };
            return Ok(Some((clause(operator, last, None), at + length)));
        }
        let (in_operator, list_at) = if word(1, "IN") {
            ("IN", at + 2)
        } else if word(1, "NOT") && word(2, "IN") {
            ("NOT IN", at + 3)
        } else {
            ("", 0)
        };
        if !in_operator.is_empty() {
            let Some((list, span, after)) = self.list_at(list_at)? else { return Ok(None) };
            let clause = Clause {
                span: left.span.start..span.end,
                list,
                list_span: Some(span),
                ..clause(in_operator, second, None)
            };
            return Ok(Some((clause, after)));
        }
        let is_like = word(1, "LIKE") || word(1, "ILIKE");
        if second.kind != TokenKind::Operator && !is_like {
            return Ok(None);
        }
        let Some(right) = self.tokens.get(at + 2) else { return Ok(None) };
        let is_value = matches!(right.kind, TokenKind::Name | TokenKind::Quoted | TokenKind::Number);
        if !is_value || is_keyword(input, right) {
            return Ok(None);
        }
        Ok(Some((clause(&second.text(input).to_ascii_uppercase(), right, Some(right)), at + 3)))
    }

    /// A list in parentheses: its values, its span, and the index of the token behind it.
    #[expect(clippy::type_complexity, reason = "used once")]
    fn list_at(&self, open: usize) -> Result<Option<(Vec<&'a Token>, Range<usize>, usize)>, FilterError> {
        let Some(first) = self.tokens.get(open).filter(|token| token.kind == TokenKind::Open) else {
            return Ok(None);
        };
        let Some(length) = self.tokens.iter().skip(open).position(|token| token.kind == TokenKind::Close) else {
            return Ok(None);
        };
        let inner = self.tokens.get(open + 1..open + length).unwrap_or_default();
        let span = first.span.start..self.tokens.get(open + length).map_or(first.span.end, |last| last.span.end);
        let error = |message: &str| {
            Err(FilterError::new(format!("While parsing a list in the query, {message}"), span.clone()))
        };
        if inner.is_empty() {
            return error("expected a non-empty list of string values, but got empty list");
        }
        let mut values = Vec::with_capacity(inner.len() / 2 + 1);
        for (index, token) in inner.iter().enumerate() {
            match (index % 2, token.kind) {
                (0, TokenKind::Quoted) => values.push(token),
                (1, TokenKind::Comma) => {}
                (0, TokenKind::Number) => {
                    let text = self.input.get(span.clone()).unwrap_or_default();
                    return error(&format!(
                        "expected string value, punctuation, or whitespace, but got different type in list: {text}"
                    ));
                }
                _ => return error("expected a non-empty list of string values, but got ill-formed list."),
            }
        }
        Ok(Some((values, span, open + length + 1)))
    }

    /// The text that an invalid clause is shown as: a whole parenthesis, or one token.
    fn group_at(&self, at: usize) -> Range<usize> {
        let Some(first) = self.tokens.get(at) else { return 0..0 };
        if first.kind == TokenKind::Open {
            let mut depth = 0_usize;
            for token in self.tokens.iter().skip(at) {
                match token.kind {
                    TokenKind::Open => depth += 1,
                    TokenKind::Close => depth = depth.saturating_sub(1),
                    _ => {}
                }
                if depth == 0 {
                    return first.span.start..token.span.end;
                }
            }
        }
        first.span.clone()
    }

    fn invalid_clauses(&self, invalid: &[Range<usize>]) -> String {
        let texts = invalid.iter().map(|span| self.input.get(span.clone()).unwrap_or_default());
        match self.subject {
            Subject::Runs => {
                let quoted: Vec<String> = texts.map(|text| format!("'{text}'")).collect();
                format!("Invalid clause(s) in filter string: {}", quoted.join(", "))
            }
            Subject::Experiments => {
                format!("Invalid clause(s) in filter string: {}", texts.collect::<Vec<_>>().join(", "))
            }
            Subject::LoggedModels => format!(
                "Invalid filter string: {}. Expected a list of comparisons separated by 'AND' (e.g. 'metrics.loss > \
                 0.1 AND params.lr = 0.01').",
                python_repr(self.input)
            ),
        }
    }
}

/// A clause whose field and values are known to be good; the operator still is not.
struct ParsedClause {
    field: Field,
    entity: Entity,
    operator: String,
    operator_span: Range<usize>,
    value: ClauseValue,
}

enum ClauseValue {
    None,
    One(Value),
    List(Vec<String>),
}

impl ParsedClause {
    fn new(input: &str, subject: Subject, clause: &Clause<'_>) -> Result<Self, FilterError> {
        let left = clause.left.text(input);
        let is_identifier = match clause.left.kind {
            TokenKind::Name => true,
            TokenKind::Quoted => left.starts_with('"'),
            _ => false,
        };
        if !is_identifier {
            return Err(FilterError::new(
                format!("Invalid comparison clause. Expected 'Identifier' found '{left}'"),
                clause.left.span.clone(),
            ));
        }
        let (entity, field) = parse_field(left, subject, FieldUse::Filter)
            .map_err(|message| FilterError::new(message, clause.left.span.clone()))?;
        let parsed = Self {
            field,
            entity,
            operator: clause.operator.clone(),
            operator_span: clause.operator_span.clone(),
            value: ClauseValue::None,
        };
        if clause.operator.starts_with("IS") {
            return parsed.null_check(subject, input, clause);
        }
        let value = match (clause.right, &clause.list_span) {
            (Some(right), _) => ClauseValue::One(parsed.value(subject, input, right)?),
            (None, Some(span)) => {
                parsed.list_allowed(subject, input, span)?;
                ClauseValue::List(clause.list.iter().map(|token| unquote(token.text(input)).into_owned()).collect())
            }
            (None, None) => ClauseValue::None,
        };
        Ok(Self { value, ..parsed })
    }

    fn null_check(self, subject: Subject, input: &str, clause: &Clause<'_>) -> Result<Self, FilterError> {
        let key = split_name(clause.left.text(input)).1;
        let message = match (subject, self.entity) {
            (Subject::Runs, Entity::Tag | Entity::Param) | (Subject::Experiments, Entity::Tag) => return Ok(self),
            (Subject::Runs, entity) => format!(
                "IS NULL / IS NOT NULL is only supported for tags and params, not for '{}' '{key}'",
                entity.mlflow_name()
            ),
            (Subject::Experiments, _) => {
                format!("IS NULL / IS NOT NULL is only supported for tags, not for attribute '{key}'")
            }
            (Subject::LoggedModels, _) => format!(
                "Invalid comparison: {}. Expected a comparison with 3 tokens.",
                input.get(clause.span.clone()).unwrap_or_default()
            ),
        };
        Err(FilterError::new(message, clause.span.clone()))
    }

    fn is_numeric(&self, subject: Subject) -> bool {
        match &self.field {
            Field::Metric { .. } => true,
            Field::Attribute(name) => {
                mlflow_attribute(subject, name).is_some_and(|attribute| attribute.kind == AttributeKind::Time)
            }
            _ => false,
        }
    }

    fn value(&self, subject: Subject, input: &str, token: &Token) -> Result<Value, FilterError> {
        let text = token.text(input);
        let error = |message: String| Err(FilterError::new(message, token.span.clone()));
        if self.is_numeric(subject) {
            let Some(number) = number(text).filter(|_| token.kind == TokenKind::Number) else {
                return error(match &self.field {
                    Field::Attribute(name) => {
                        format!("Expected numeric value type for numeric attribute: {name}. Found {text}")
                    }
                    _ => format!("Expected numeric value type for metric. Found {text}"),
                });
            };
            return match (&self.field, integer(text)) {
                (Field::Attribute(_), Some(integer)) => Ok(Value::Integer(integer)),
                (Field::Attribute(name), None) if subject == Subject::Experiments => {
                    error(format!("Invalid value for numeric attribute '{name}': '{text}'"))
                }
                _ => Ok(Value::Number(number)),
            };
        }
        let value = unquote(text).into_owned();
        match token.kind {
            TokenKind::Quoted => {}
            _ if subject == Subject::LoggedModels && is_plain_value(text) => {}
            TokenKind::Name => {
                return error(format!(
                    "Parameter value is either not quoted or unidentified quote types used for string value {text}. Use \
                     either single or double quotes."
                ));
            }
            _ => {
                return error(match self.entity {
                    Entity::Attribute => format!("Expected a quoted string value for attributes. Got value {text}"),
                    Entity::Dataset => {
                        format!("Expected a quoted string value for dataset attributes. Got value {text}")
                    }
                    entity => format!(
                        "Expected a quoted string value for {} (e.g. 'my-value'). Got value {text}",
                        entity.mlflow_name()
                    ),
                });
            }
        }
        self.check_word(subject, &value, token.span.clone())?;
        Ok(Value::Text(value))
    }

    /// Refuses values that no experiment or model can have.
    fn check_word(&self, subject: Subject, value: &str, span: Range<usize>) -> Result<(), FilterError> {
        let exact = matches!(self.operator.as_str(), "=" | "!=" | "IN" | "NOT IN");
        match (&self.field, subject) {
            (Field::Attribute("experiment_id"), Subject::Experiments) if exact && value.parse::<i64>().is_err() => {
                Err(FilterError::new(
                    format!("Invalid experiment ID '{value}'. Experiment ID must be a valid integer."),
                    span,
                ))
            }
            (Field::Attribute("status"), Subject::LoggedModels) => match mlflow_attribute(subject, "status") {
                Some(attribute)
                    if exact && !matches!(attribute.kind, AttributeKind::Word(words) if words.contains(&value)) =>
                {
                    Err(FilterError::new(format!("Unknown model status in filter: '{value}'"), span))
                }
                _ => Ok(()),
            },
            _ => Ok(()),
        }
    }

    fn list_allowed(&self, subject: Subject, input: &str, span: &Range<usize>) -> Result<(), FilterError> {
        let text = input.get(span.clone()).unwrap_or_default();
        let error = |message: String| Err(FilterError::new(message, span.clone()));
        if subject == Subject::LoggedModels {
            return Ok(());
        }
        match (&self.field, subject) {
            (Field::Dataset(_), _)
            | (Field::Attribute("run_id"), Subject::Runs)
            | (Field::Attribute("experiment_id"), Subject::Experiments) => Ok(()),
            (Field::Metric { .. }, _) => error(format!("Expected numeric value type for metric. Found {text}")),
            (Field::Param(_) | Field::Tag(_), _) => error(format!(
                "Expected a quoted string value for {} (e.g. 'my-value'). Got value {text}",
                self.entity.mlflow_name()
            )),
            (Field::Attribute(name), _) if self.is_numeric(subject) => {
                error(format!("Expected numeric value type for numeric attribute: {name}. Found {text}"))
            }
            (Field::Attribute(_), _) => {
                let key = if subject == Subject::Runs { "run_id" } else { "experiment_id" };
                error(format!("Only ['{key}'] attributes support comparison with a list of quoted string values."))
            }
        }
    }

    fn finish(self, subject: Subject) -> Result<Condition, FilterError> {
        let error = |message: String| Err(FilterError::new(message, self.operator_span.clone()));
        let operator = match self.operator.as_str() {
            "=" => Some(Operator::Eq),
            "!=" => Some(Operator::Ne),
            "<" => Some(Operator::Lt),
            "<=" => Some(Operator::Le),
            ">" => Some(Operator::Gt),
            ">=" => Some(Operator::Ge),
            "LIKE" => Some(Operator::Like),
            "ILIKE" => Some(Operator::ILike),
            _ => None,
        };
        let numeric = self.is_numeric(subject);
        let is_order = matches!(operator, Some(Operator::Lt | Operator::Le | Operator::Gt | Operator::Ge));
        let is_like = matches!(operator, Some(Operator::Like | Operator::ILike));
        let is_experiment_id = subject == Subject::Experiments && self.field == Field::Attribute("experiment_id");
        let comparison = match (self.value, operator) {
            (ClauseValue::One(value), Some(operator))
                if !(numeric && is_like || !numeric && is_order || is_experiment_id && is_like) =>
            {
                Comparison::Compare(operator, value)
            }
            (ClauseValue::List(values), _) if !numeric && self.operator == "IN" => Comparison::In(values),
            (ClauseValue::List(values), _) if !numeric && self.operator == "NOT IN" => Comparison::NotIn(values),
            (ClauseValue::None, _) if self.operator == "IS NULL" => Comparison::IsNull,
            (ClauseValue::None, _) if self.operator == "IS NOT NULL" => Comparison::IsNotNull,
            _ => return error(wrong_operator(subject, self.entity, &self.field, &self.operator, numeric)),
        };
        Ok(Condition { field: self.field, comparison })
    }
}

fn wrong_operator(subject: Subject, entity: Entity, field: &Field, operator: &str, numeric: bool) -> String {
    if subject == Subject::LoggedModels {
        let (name, key) = match field {
            Field::Attribute(name) => ("attributes", *name),
            Field::Metric { key, .. } => ("metrics", key.as_str()),
            Field::Param(key) => ("params", key.as_str()),
            Field::Tag(key) => ("tags", key.as_str()),
            Field::Dataset(name) => ("datasets", *name),
        };
        let operators =
            if numeric { "('<', '<=', '>', '>=', '=', '!=')" } else { "('=', '!=', 'LIKE', 'ILIKE', 'IN', 'NOT IN')" };
        return format!(
            "Invalid comparison operator for {name}.{key}: {}. Expected one of {operators}.",
            python_repr(operator)
        );
    }
    // The quotes that do not close are MLflow's.
    match (subject, entity) {
        (Subject::Experiments, Entity::Tag) => format!("Invalid comparator for tag: {operator}"),
        (Subject::Experiments, _) if *field == Field::Attribute("experiment_id") => {
            format!("Invalid comparator for experiment_id: {operator}")
        }
        (_, Entity::Metric) => format!("Invalid comparator '{operator}' not one of '{METRIC_COMPARATORS}"),
        (_, Entity::Param) => format!("Invalid comparator '{operator}' not one of '{PARAM_COMPARATORS}'"),
        (_, Entity::Tag) => format!("Invalid comparator '{operator}' not one of '{PARAM_COMPARATORS}"),
        (_, Entity::Attribute) if !numeric => {
            format!("Invalid comparator '{operator}' not one of '{TEXT_COMPARATORS}'")
        }
        _ => format!("Invalid comparator '{operator}' not one of '{TEXT_COMPARATORS}"),
    }
}

/// Whether a field is filtered or sorted by; the lists of valid attributes differ.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum FieldUse {
    Filter,
    Order,
}

/// The field that a name means, or MLflow's words for why there is none.
pub(super) fn parse_field(name: &str, subject: Subject, usage: FieldUse) -> Result<(Entity, Field), String> {
    let (prefix, key) = split_name(name);
    let entity = match prefix.as_deref() {
        None => Entity::Attribute,
        Some(prefix) => parse_entity(prefix, subject)?,
    };
    let field = match entity {
        Entity::Metric => Field::Metric { key: key.into_owned(), aggregate: MetricAggregate::Last },
        Entity::Param => Field::Param(key.into_owned()),
        Entity::Tag => Field::Tag(key.into_owned()),
        Entity::Dataset => match DATASET_FIELDS.into_iter().find(|field| *field == key) {
            Some(field) => Field::Dataset(field),
            None => {
                return Err(format!(
                    "Invalid dataset key '{key}' specified. Valid keys are '{{'digest', 'context', 'name'}}'"
                ));
            }
        },
        Entity::Attribute => match mlflow_attribute(subject, &key) {
            Some(attribute) if usage == FieldUse::Filter || !key.contains(' ') => Field::Attribute(attribute.name),
            _ => {
                return Err(format!(
                    "Invalid attribute key '{key}' specified. Valid keys are '{}'",
                    attribute_keys(subject, usage)
                ));
            }
        },
    };
    Ok((entity, field))
}

fn parse_entity(prefix: &str, subject: Subject) -> Result<Entity, String> {
    let entity = Entity::parse(prefix);
    match (subject, entity) {
        (Subject::Runs, None) => Err(format!(
            "Invalid entity type '{prefix}'. Valid values are ['metric', 'parameter', 'tag', 'attribute', 'dataset']"
        )),
        (Subject::Runs, Some(entity)) | (Subject::Experiments, Some(entity @ (Entity::Attribute | Entity::Tag))) => {
            Ok(entity)
        }
        (Subject::Experiments, _) => {
            Err(format!("Invalid entity type '{prefix}'. Valid entity types are ('attribute', 'tag', 'tags')"))
        }
        (Subject::LoggedModels, Some(entity)) if entity != Entity::Dataset => Ok(entity),
        (Subject::LoggedModels, _) => Err(format!(
            "Invalid entity type: {}. Expected one of ['attributes', 'metrics', 'params', 'tags'].",
            python_repr(prefix)
        )),
    }
}

/// The valid attributes, as MLflow prints a set.
fn attribute_keys(subject: Subject, usage: FieldUse) -> &'static str {
    match (subject, usage) {
        (Subject::Runs, FieldUse::Filter) => {
            "{'status', 'run_id', 'created', 'run_name', 'Created', 'Run Name', 'start_time', 'artifact_uri', \
             'end_time', 'Run name', 'user_id', 'run name'}"
        }
        (Subject::Runs, FieldUse::Order) => {
            "{'status', 'run_id', 'created', 'run_name', 'Created', 'start_time', 'artifact_uri', 'end_time', \
             'user_id'}"
        }
        (Subject::Experiments, FieldUse::Filter) => "{'last_update_time', 'creation_time', 'name', 'experiment_id'}",
        (Subject::Experiments, FieldUse::Order) => "{'creation_time', 'last_update_time', 'experiment_id', 'name'}",
        (Subject::LoggedModels, _) => {
            "{'name', 'model_id', 'model_type', 'status', 'source_run_id', 'creation_timestamp', \
             'last_updated_timestamp'}"
        }
    }
}

/// Whether a value without quotes can only be a value.
fn is_plain_value(text: &str) -> bool {
    !text.contains(['`', '"']) && split_name(text).0.is_none_or(|prefix| Entity::parse(&prefix).is_none())
}

/// The number that a literal means; too large ones are infinite.
pub(super) fn number(text: &str) -> Option<f64> {
    text.parse().ok()
}

/// The whole number that a literal is, unless it has a fraction, an exponent or too many digits.
pub(super) fn integer(text: &str) -> Option<i64> {
    text.parse().ok()
}

/// A text as Python's `repr` shows it, which is how MLflow quotes input in messages.
pub(super) fn python_repr(text: &str) -> String {
    let quote = if text.contains('\'') && !text.contains('"') { '"' } else { '\'' };
    let mut shown = String::with_capacity(text.len() + 2);
    shown.push(quote);
    for c in text.chars() {
        match c {
            '\\' => shown.push_str("\\\\"),
            '\n' => shown.push_str("\\n"),
            '\r' => shown.push_str("\\r"),
            '\t' => shown.push_str("\\t"),
            c if c == quote => {
                shown.push('\\');
                shown.push(c);
            }
            c => shown.push(c),
        }
    }
    shown.push(quote);
    shown
}
