//! The meaning of filters and orders, said once more over whole runs and without SQL, for tests to compare with.

use std::cmp::Ordering;

use crate::domain::filter::{
    Comparison, Condition, Expr, Field, Filter, Like, MetricAggregate, Operator, OrderBy, Value, compile_regex,
    contains_ignoring_case, number_of,
};
use crate::domain::{Run, tag_key};

/// Whether a run matches.
pub(super) fn matches(filter: &Filter, run: &Run) -> bool {
    filter.expr.as_ref().is_none_or(|expr| holds(expr, run))
}

fn holds(expr: &Expr, run: &Run) -> bool {
    match expr {
        Expr::And(parts) => parts.iter().all(|part| holds(part, run)),
        Expr::Or(parts) => parts.iter().any(|part| holds(part, run)),
        Expr::Not(inner) => !holds(inner, run),
        Expr::Condition(Condition { field, comparison }) => {
            let values = values(field, run);
            match comparison {
                Comparison::IsNull => values.is_empty(),
                Comparison::IsNotNull => !values.is_empty(),
                _ => values.iter().any(|value| test(value, comparison)),
            }
        }
    }
}

/// What a run has in a field; only datasets can be several.
#[derive(Debug, Clone, PartialEq)]
enum Has {
    Number(f64),
    Integer(i64),
    Text(String),
}

fn values(field: &Field, run: &Run) -> Vec<Has> {
    let text = |text: &str| vec![Has::Text(text.to_owned())];
    let integer = |value: Option<i64>| value.into_iter().map(Has::Integer).collect();
    let info = &run.info;
    match field {
        Field::Attribute("run_id") => text(info.id.as_str()),
        Field::Attribute("run_name") => text(&info.name),
        Field::Attribute("status") => text(info.status.as_str()),
        Field::Attribute("user_id") => text(&info.user),
        Field::Attribute("artifact_uri") => text(&info.artifact_uri),
        Field::Attribute("start_time") => integer(info.started_at),
        Field::Attribute("end_time") => integer(info.ended_at),
        Field::Attribute("duration") => integer(info.ended_at.zip(info.started_at).map(|(end, start)| end - start)),
        Field::Attribute(name) => unreachable!("{name}"),
        Field::Metric { key, aggregate } => {
            let found = run.metrics.iter().find(|metric| metric.key == *key);
            let value = found.map(|metric| match aggregate {
                MetricAggregate::Last => metric.last.value,
                MetricAggregate::First => metric.first.value,
                MetricAggregate::Min => metric.min.map_or(f64::NAN, |point| point.value),
                MetricAggregate::Max => metric.max.map_or(f64::NAN, |point| point.value),
            });
            value.into_iter().map(Has::Number).collect()
        }
        Field::Param(key) => run.params.iter().filter(|p| p.key == *key).map(|p| Has::Text(p.value.clone())).collect(),
        Field::Tag(key) => run.tag(key).map(|value| Has::Text(value.to_owned())).into_iter().collect(),
        Field::Dataset(name) => run
            .datasets
            .iter()
            .filter_map(|input| match *name {
                "name" => Some(input.dataset.name.clone()),
                "digest" => Some(input.dataset.digest.clone()),
                _ => input.tags.iter().find(|tag| tag.key == tag_key::DATASET_CONTEXT).map(|tag| tag.value.clone()),
            })
            .map(Has::Text)
            .collect(),
    }
}

fn test(has: &Has, comparison: &Comparison) -> bool {
    match (has, comparison) {
        (Has::Text(text), Comparison::In(values)) => values.contains(text),
        (Has::Text(text), Comparison::NotIn(values)) => !values.contains(text),
        (Has::Text(text), Comparison::Compare(operator, Value::Text(value))) => match operator {
            Operator::Eq => text == value,
            Operator::Ne => text != value,
            Operator::Like => Like::new(value, false).matches(text),
            Operator::ILike => Like::new(value, true).matches(text),
            Operator::Contains => contains_ignoring_case(text, value),
            Operator::Matches => compile_regex(value).is_ok_and(|regex| regex.is_match(text)),
            Operator::Lt | Operator::Le | Operator::Gt | Operator::Ge => unreachable!("texts have no order"),
        },
        (Has::Text(text), Comparison::Compare(operator, Value::Number(value))) => {
            number_of(text).is_some_and(|number| ordered(number.partial_cmp(value), *operator))
        }
        (Has::Number(number), Comparison::Compare(operator, Value::Number(value))) => {
            ordered(number.partial_cmp(value), *operator)
        }
        (Has::Integer(integer), Comparison::Compare(operator, Value::Integer(value))) => {
            ordered(Some(integer.cmp(value)), *operator)
        }
        (Has::Integer(integer), Comparison::Compare(operator, Value::Number(value))) => {
            ordered((*integer as f64).partial_cmp(value), *operator)
        }
        _ => unreachable!("{has:?} {comparison:?}"),
    }
}

fn ordered(ordering: Option<Ordering>, operator: Operator) -> bool {
    match operator {
        Operator::Eq => ordering == Some(Ordering::Equal),
        Operator::Ne => ordering != Some(Ordering::Equal),
        Operator::Lt => ordering == Some(Ordering::Less),
        Operator::Le => matches!(ordering, Some(Ordering::Less | Ordering::Equal)),
        Operator::Gt => ordering == Some(Ordering::Greater),
        Operator::Ge => matches!(ordering, Some(Ordering::Greater | Ordering::Equal)),
        _ => unreachable!("{operator:?} is no comparison of numbers"),
    }
}

/// Which of two runs comes first.
pub(super) fn compare(order: &[OrderBy], a: &Run, b: &Run) -> Ordering {
    for OrderBy { field, ascending } in order {
        let (left, right) = (values(field, a), values(field, b));
        let (left, right) = (left.first(), right.first());
        let ordering = rank(left).cmp(&rank(right)).then_with(|| {
            let ordering = match (left, right) {
                (Some(Has::Number(left)), Some(Has::Number(right))) => {
                    left.partial_cmp(right).unwrap_or(Ordering::Equal)
                }
                (Some(Has::Integer(left)), Some(Has::Integer(right))) => left.cmp(right),
                (Some(Has::Text(left)), Some(Has::Text(right))) => left.cmp(right),
                _ => Ordering::Equal,
            };
            if *ascending { ordering } else { ordering.reverse() }
        });
        if ordering != Ordering::Equal {
            return ordering;
        }
    }
    b.info.started_at.cmp(&a.info.started_at).then_with(|| a.info.id.cmp(&b.info.id))
}

/// Values, then NaN, then what is missing.
fn rank(value: Option<&Has>) -> u8 {
    match value {
        None => 2,
        Some(Has::Number(number)) if number.is_nan() => 1,
        Some(_) => 0,
    }
}
