//! MLflow's `order_by`: a field and perhaps `ASC` or `DESC`.

use super::ast::{Field, MetricAggregate, OrderBy, Subject};
use super::error::{FilterError, check_length};
use super::fields::{Entity, mlflow_attribute};
use super::lexer::{TokenKind, split_name, tokens};
use super::mlflow::{FieldUse, parse_field, python_repr};

/// Most keys that an order may have.
const MAX_KEYS: usize = 50;

/// Parses an order in MLflow's grammar. For logged models a field name needs no quotes, whatever is in it. Positions in errors are bytes of the offending clause.
pub fn parse_mlflow_order(clauses: &[String], subject: Subject) -> Result<Vec<OrderBy>, FilterError> {
    if clauses.len() > MAX_KEYS {
        return Err(FilterError::new(format!("`order_by` can have at most {MAX_KEYS} fields"), 0..0));
    }
    let mut order: Vec<OrderBy> = Vec::with_capacity(clauses.len());
    for clause in clauses {
        check_length(clause)?;
        let parsed = match subject {
            Subject::LoggedModels => parse_model_clause(clause),
            Subject::Runs | Subject::Experiments => parse_clause(clause, subject),
        }?;
        // A model's metric may stand twice, for two datasets.
        if subject != Subject::LoggedModels && order.iter().any(|earlier| earlier.field == parsed.field) {
            let list: Vec<String> = clauses.iter().map(|clause| python_repr(clause)).collect();
            return Err(FilterError::new(
                format!("`order_by` contains duplicate fields: [{}]", list.join(", ")),
                0..clause.len(),
            ));
        }
        order.push(parsed);
    }
    Ok(order)
}

fn parse_clause(clause: &str, subject: Subject) -> Result<OrderBy, FilterError> {
    let whole = 0..clause.len();
    let tokens = tokens(clause);
    let unparsed =
        || FilterError::new(format!("Invalid order_by clause '{clause}'. Could not be parsed."), whole.clone());
    let (name, direction) = match tokens.as_slice() {
        [name] => (name, None),
        [name, direction] if direction.kind == TokenKind::Name => (name, Some(direction)),
        _ => return Err(unparsed()),
    };
    let text = name.text(clause);
    if !(name.kind == TokenKind::Name || name.kind == TokenKind::Quoted && text.starts_with('"')) {
        return Err(unparsed());
    }
    let ascending = match direction {
        None => true,
        Some(token) if token.is_word(clause, "asc") => true,
        Some(token) if token.is_word(clause, "desc") => false,
        Some(token) => {
            return Err(FilterError::new(
                format!("Invalid ordering key in order_by clause '{clause}'."),
                token.span.clone(),
            ));
        }
    };
    let (entity, field) =
        parse_field(text, subject, FieldUse::Order).map_err(|message| FilterError::new(message, name.span.clone()))?;
    match (subject, entity) {
        (_, Entity::Dataset) => Err(FilterError::new("Invalid identifier type 'dataset'", name.span.clone())),
        (Subject::Experiments, Entity::Tag) => Err(FilterError::new("Invalid order_by entity: tag", name.span.clone())),
        _ => Ok(OrderBy { field, ascending }),
    }
}

fn parse_model_clause(clause: &str) -> Result<OrderBy, FilterError> {
    let error = |message: String| Err(FilterError::new(message, 0..clause.len()));
    let (name, ascending) = match clause.trim().rsplit_once(' ') {
        Some((name, word)) if word.eq_ignore_ascii_case("asc") => (name, true),
        Some((name, word)) if word.eq_ignore_ascii_case("desc") => (name, false),
        _ => (clause, true),
    };
    let (prefix, key) = split_name(name.trim());
    let field = match prefix.as_deref() {
        Some("metrics") => Field::Metric { key: key.into_owned(), aggregate: MetricAggregate::Last },
        Some(entity) => {
            return error(format!("Invalid order by field name: {entity}, only `metrics.<name>` is allowed."));
        }
        None => match mlflow_attribute(Subject::LoggedModels, &key) {
            Some(attribute) => Field::Attribute(attribute.name),
            None => return error(format!("Invalid order by field name: {key}")),
        },
    };
    Ok(OrderBy { field, ascending })
}
