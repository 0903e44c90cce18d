#![expect(clippy::unwrap_used, reason = "tests")]

use std::sync::Arc;

use proptest::prelude::*;

use super::*;

/// 2026-05-20 12:00 UTC.
const NOW: i64 = 1_779_278_400_000;
const DAY: i64 = 86_400_000;

fn ours(input: &str) -> Filter {
    parse(input, Subject::Runs, NOW).unwrap_or_else(|error| panic!("{input}: {error}"))
}

fn mlflow(input: &str) -> Filter {
    parse_mlflow(input, Subject::Runs).unwrap_or_else(|error| panic!("{input}: {error}"))
}

fn condition(field: Field, comparison: Comparison) -> Filter {
    Filter { expr: Some(Expr::Condition(Condition { field, comparison })) }
}

fn metric(key: &str, aggregate: MetricAggregate) -> Field {
    Field::Metric { key: key.to_owned(), aggregate }
}

fn text(text: &str) -> Value {
    Value::Text(text.to_owned())
}

const MLFLOW_RUN_FILTERS: &[&str] = &[
    "",
    "  ",
    "metrics.b > 0.5",
    "metrics.\"b\" <= 1",
    "metrics.`a/b c:d-e_f.g` = 1.5",
    "metric.b != -1",
    "`metrics`.b < 1e3",
    "params.p = '1'",
    "params.p = \"1\"",
    "param.p LIKE '%1%'",
    "parameters.p ilike 'x'",
    "params.zz IS NULL",
    "params.p is not null",
    "tags.t != '2'",
    "tags.mlflow.user ILIKE 'U%'",
    "tags.mlflow.parentRunId = 'abc'",
    "attributes.status = 'FINISHED'",
    "status = 'FINISHED'",
    "status = 'nonsense'",
    "attributes.run_id IN ('a', \"b\")",
    "run_id NOT IN ('a')",
    "attributes.start_time > 0",
    "start_time >= 1.5",
    "created < 99999999999999999999",
    "attributes.run_name LIKE '%n%'",
    "attributes.`Run name` = 'n2'",
    "run.`run name` = 'it''s'",
    "user_id = 'u'",
    "attr.artifact_uri LIKE '%art%'",
    "dataset.name = 'ds'",
    "datasets.context IN ('train','x')",
    "metrics.b > 0 and params.p = '1' AND tags.t = '1'",
    "tags.mlflow.loggedArtifacts LIKE '%\"path\"%:%\"tab.json\",%\"type\"%:%\"table\"%' and attributes.run_id IN ('x')",
];

#[test]
fn every_mlflow_filter_means_the_same_in_ours() {
    for input in MLFLOW_RUN_FILTERS {
        assert_eq!(ours(input), mlflow(input), "{input}");
    }
    for input in ["name = mod AND status = READY", "params.lr = 0.01", "tags.k IN ('a')", "creation_time > 5"] {
        let theirs = parse_mlflow(input, Subject::LoggedModels).unwrap();
        assert_eq!(parse(input, Subject::LoggedModels, NOW).unwrap(), theirs, "{input}");
    }
    for input in ["experiment_id IN ('0','1')", "tags.k IS NOT NULL", "creation_time > 0 AND last_update_time > 0"] {
        let theirs = parse_mlflow(input, Subject::Experiments).unwrap();
        assert_eq!(parse(input, Subject::Experiments, NOW).unwrap(), theirs, "{input}");
    }
}

#[test]
fn mlflow_fields_have_their_canonical_names() {
    let eq = |value: &str| Comparison::Compare(Operator::Eq, text(value));
    assert_eq!(mlflow("attributes.`Run name` = 'n'"), condition(Field::Attribute("run_name"), eq("n")));
    assert_eq!(
        mlflow("Created > 5"),
        condition(Field::Attribute("start_time"), Comparison::Compare(Operator::Gt, Value::Integer(5)))
    );
    assert_eq!(
        mlflow("metrics.`a b` > 5"),
        condition(metric("a b", MetricAggregate::Last), Comparison::Compare(Operator::Gt, Value::Number(5.0)))
    );
    assert_eq!(mlflow("tags.mlflow.user = 'u'"), condition(Field::Tag("mlflow.user".to_owned()), eq("u")));
}

#[test]
fn mlflow_errors_are_in_mlflows_words() {
    let attributes = "Invalid attribute key 'foo' specified. Valid keys are '{'status', 'run_id', 'created', \
                      'run_name', 'Created', 'Run Name', 'start_time', 'artifact_uri', 'end_time', 'Run name', \
                      'user_id', 'run name'}'";
    for (input, message) in [
        ("metrics.b > 'x'", "Expected numeric value type for metric. Found 'x'"),
        (
            "params.p > '1'",
            "Invalid comparator '>' not one of '{'ILIKE', '=', 'IS NULL', 'LIKE', '!=', 'IS NOT NULL'}'",
        ),
        ("params.p = 1", "Expected a quoted string value for parameter (e.g. 'my-value'). Got value 1"),
        (
            "params.p = x",
            "Parameter value is either not quoted or unidentified quote types used for string value x. Use either \
             single or double quotes.",
        ),
        ("attributes.foo = 'x'", attributes),
        (
            "attributes.status IN ('FINISHED')",
            "Only ['run_id'] attributes support comparison with a list of quoted string values.",
        ),
        ("dataset.foo = 'x'", "Invalid dataset key 'foo' specified. Valid keys are '{'digest', 'context', 'name'}'"),
        ("metrics.b > 0 OR metrics.b < 0", "Invalid clause(s) in filter string: 'OR'"),
        ("NOT metrics.b > 0", "Invalid clause(s) in filter string: 'NOT'"),
        ("(metrics.b > 0)", "Invalid clause(s) in filter string: '(metrics.b > 0)'"),
        (
            "metrics.b > 0; metrics.b < 0",
            "Search filter contained multiple expression 'metrics.b > 0; metrics.b < 0'. Provide AND-ed expression \
             list.",
        ),
        ("this is junk", "Invalid clause(s) in filter string: 'this', 'is', 'junk'"),
        ("tags.t = 1", "Expected a quoted string value for tag (e.g. 'my-value'). Got value 1"),
        (
            "foo.bar = 'x'",
            "Invalid entity type 'foo'. Valid values are ['metric', 'parameter', 'tag', 'attribute', 'dataset']",
        ),
        ("status IS NULL", "IS NULL / IS NOT NULL is only supported for tags and params, not for 'attribute' 'status'"),
        ("metrics.b IS NULL", "IS NULL / IS NOT NULL is only supported for tags and params, not for 'metric' 'b'"),
        ("metrics.b == 1", "Invalid comparator '==' not one of '{'>=', '=', '>', '<', '!=', '<='}"),
        (
            "run_id IN ()",
            "While parsing a list in the query, expected a non-empty list of string values, but got empty list",
        ),
    ] {
        assert_eq!(parse_mlflow(input, Subject::Runs).unwrap_err().message, message, "{input}");
    }
    for (input, message) in [
        (
            "foo = 'x'",
            "Invalid attribute key 'foo' specified. Valid keys are '{'last_update_time', 'creation_time', 'name', \
             'experiment_id'}'",
        ),
        ("name = 'a' OR name = 'b'", "Invalid clause(s) in filter string: OR"),
        ("experiment_id = 'x'", "Invalid experiment ID 'x'. Experiment ID must be a valid integer."),
    ] {
        assert_eq!(parse_mlflow(input, Subject::Experiments).unwrap_err().message, message, "{input}");
    }
    for (input, message) in [
        ("status = 'LOGGED_MODEL_READY'", "Unknown model status in filter: 'LOGGED_MODEL_READY'"),
        (
            "metrics.a LIKE 1",
            "Invalid comparison operator for metrics.a: 'LIKE'. Expected one of ('<', '<=', '>', '>=', '=', '!=').",
        ),
    ] {
        assert_eq!(parse_mlflow(input, Subject::LoggedModels).unwrap_err().message, message, "{input}");
    }
}

#[test]
fn mlflow_orders_are_read_as_mlflow_reads_them() {
    let order =
        |clause: &str| parse_mlflow_order(&[clause.to_owned()], Subject::Runs).map(|order| order[0].to_string());
    for (clause, expected) in [
        ("metrics.b DESC", "metrics.b DESC"),
        ("metrics.b", "metrics.b ASC"),
        ("tags.t desc", "tags.t DESC"),
        ("metrics.`m nan` ASC", "metrics.`m nan` ASC"),
        ("params.\"a b\"", "params.`a b` ASC"),
        ("attributes.end_time DESC", "end_time DESC"),
        ("created DESC", "start_time DESC"),
        ("attribute.run_name", "run_name ASC"),
    ] {
        assert_eq!(order(clause).unwrap(), expected);
    }
    for (clause, message) in [
        ("metrics.b SIDEWAYS", "Invalid ordering key in order_by clause 'metrics.b SIDEWAYS'."),
        ("metrics.b DESC x", "Invalid order_by clause 'metrics.b DESC x'. Could not be parsed."),
        ("", "Invalid order_by clause ''. Could not be parsed."),
        (
            "foo",
            "Invalid attribute key 'foo' specified. Valid keys are '{'status', 'run_id', 'created', 'run_name', \
             'Created', 'start_time', 'artifact_uri', 'end_time', 'user_id'}'",
        ),
    ] {
        assert_eq!(order(clause).unwrap_err().message, message);
    }
    let twice = ["start_time".to_owned(), "start_time".to_owned()];
    assert_eq!(
        parse_mlflow_order(&twice, Subject::Runs).unwrap_err().message,
        "`order_by` contains duplicate fields: ['start_time', 'start_time']"
    );
    let models = parse_mlflow_order(&["metrics.acc".to_owned(), "creation_time".to_owned()], Subject::LoggedModels);
    assert_eq!(models.unwrap()[1].field, Field::Attribute("creation_timestamp"));
    assert_eq!(
        parse_mlflow_order(&["zz".to_owned()], Subject::LoggedModels).unwrap_err().message,
        "Invalid order by field name: zz"
    );
}

#[test]
fn our_grammar_reads_more() {
    let days_ago = |days: i64| NOW - days * DAY;
    let midnight = NOW - DAY / 2;
    for (input, printed) in [
        (
            "metrics.b > 0 OR metrics.b < 0 AND status = FINISHED",
            "metrics.b > 0.0 OR metrics.b < 0.0 AND status = 'FINISHED'",
        ),
        ("not (a or b)", "NOT (run_name CONTAINS 'a' OR run_name CONTAINS 'b')"),
        ("resnet 50-epochs", "run_name CONTAINS 'resnet' AND run_name CONTAINS '50-epochs'"),
        ("\"two words\" AND status = killed", "run_name CONTAINS 'two words' AND status = 'KILLED'"),
        ("min(metrics.`val loss`) < 0.1", "min(metrics.`val loss`) < 0.1"),
        ("MAX ( metrics.acc ) >= 1 AND last(metrics.a) = 2", "max(metrics.acc) >= 1.0 AND metrics.a = 2.0"),
        ("metrics.b IS NULL or end_time is not null", "metrics.b IS NULL OR end_time IS NOT NULL"),
        ("name in (a, 'b c', 3)", "run_name IN ('a', 'b c', '3')"),
        ("params.lr < 1e-3 and params.opt = adam", "params.lr < 0.001 AND params.opt = 'adam'"),
        ("tags.x =~ '^v[0-9]+$'", "tags.x MATCHES '^v[0-9]+$'"),
        ("params.model contains res", "params.model CONTAINS 'res'"),
        ("metrics.b == 1 and metrics.b <> 2", "metrics.b = 1.0 AND metrics.b != 2.0"),
        ("duration > 10m", "duration > 600000ms"),
        ("duration <= 1.5h", "duration <= 5400000ms"),
        ("start_time > -7d", &format!("start_time > {}", days_ago(7))),
        ("started >= '2 weeks ago'", &format!("start_time >= {}", days_ago(14))),
        ("last 7 days", &format!("start_time >= {}", days_ago(7))),
        ("last 24h and status = FAILED", &format!("start_time >= {} AND status = 'FAILED'", days_ago(1))),
        ("start_time > 'yesterday'", &format!("start_time > {}", midnight - DAY)),
        ("start_time = today", &format!("start_time >= {midnight} AND start_time < {}", midnight + DAY)),
        ("start_time <= 2026-05-19", &format!("start_time < {midnight}")),
        ("start_time != '2026-05'", "start_time < 1777593600000 OR start_time >= 1780272000000"),
        ("end_time < '2026-05-20 12:00'", &format!("end_time < {NOW}")),
        ("end_time < '2026-05-20T14:00:00+02:00'", &format!("end_time < {NOW}")),
        ("(((status = 'RUNNING')))", "status = 'RUNNING'"),
        ("NOT NOT tags.a LIKE 'x%'", "NOT NOT tags.a LIKE 'x%'"),
        (
            "(a OR b) AND (c AND d)",
            "(run_name CONTAINS 'a' OR run_name CONTAINS 'b') AND (run_name CONTAINS 'c' AND run_name CONTAINS 'd')",
        ),
    ] {
        assert_eq!(ours(input).to_string(), printed, "{input}");
    }
}

#[test]
fn named_days_are_those_of_the_time_zone() {
    let now: jiff::Zoned = "2026-05-20T01:00+02:00[Europe/Paris]".parse().unwrap_or_else(|_| {
        let zone = jiff::tz::TimeZone::fixed(jiff::tz::offset(2));
        "2026-05-19T23:00Z".parse::<jiff::Timestamp>().unwrap().to_zoned(zone)
    });
    let filter = parse_at("start_time >= today", Subject::Runs, &now).unwrap();
    assert_eq!(filter.to_string(), format!("start_time >= {}", NOW - 14 * 3_600_000));
}

#[test]
fn our_errors_say_what_is_expected_and_where() {
    for (input, message, span) in [
        ("metrics.b >", "Expected a number at the end", 11..11),
        ("metrics.b", "Expected an operator after metrics.b at the end", 9..9),
        ("metrics.b > 'x'", "Expected a number, found 'x'", 12..15),
        ("metrics.b LIKE 'x'", "metrics.b is a number: compare it with = != < <= > >=", 10..14),
        ("status < 'x'", "status is text: compare it with = != LIKE ILIKE CONTAINS MATCHES IN", 7..8),
        ("status = done", "Expected one of RUNNING, SCHEDULED, FINISHED, FAILED, KILLED, found done", 9..13),
        ("(a OR b", "This parenthesis is never closed", 0..1),
        ("a)", "Expected AND, OR or the end, found )", 1..2),
        ("metrics.b > 1 metrics.c > 2", "Expected AND, OR or the end, found metrics.c", 14..23),
        ("a AND", "Expected a condition at the end", 5..5),
        ("tags.a = 'x", "The quote ' is never closed", 9..11),
        ("tags.a = ;", "Expected a text such as 'a' or a number, found ;", 9..10),
        ("start_time > 7d", "Expected a time; for 7d ago write -7d", 13..15),
        ("duration > 10", "Expected a duration, such as 90s, 10m or 1.5h, found 10", 11..13),
        ("tags.a NOT LIKE 'x'", "NOT goes before the field here, such as NOT tags.a LIKE 'x%'", 7..10),
        ("params.a < x", "Expected a number after <, found x", 11..12),
        (
            "params.a = params.b",
            "Expected a text such as 'a' (fields are not compared with fields), found params.b",
            11..19,
        ),
        ("min(params.a) > 1", "Expected a metric, such as metrics.loss, found params.a", 4..12),
        (
            "größe = 1",
            "There is no field größe; there are run_name, run_id, status, user_id, start_time, end_time, duration, artifact_uri and names after metrics., params., tags., dataset.",
            0..7,
        ),
        ("last 7", "Expected a unit of time, such as days at the end", 6..6),
    ] {
        let error = parse(input, Subject::Runs, NOW).unwrap_err();
        assert_eq!((error.message.as_str(), error.span), (message, span), "{input}");
    }
    let error = parse("tags.a MATCHES '('", Subject::Runs, NOW).unwrap_err();
    assert!(error.message.starts_with("Not a regular expression: "), "{error}");
    assert_eq!(error.span, 15..18);
}

#[test]
fn huge_filters_are_answered_or_refused_at_once() {
    let many = |count: usize| vec!["metrics.a > 1"; count].join(" AND ");
    assert!(parse_mlflow(&many(900), Subject::Runs).is_ok());
    assert!(parse(&many(900), Subject::Runs, NOW).is_ok());
    assert!(parse_mlflow(&many(5_000), Subject::Runs).is_err());
    assert!(parse(&many(5_000), Subject::Runs, NOW).is_err());
    for deep in ["(".repeat(100_000), "NOT ".repeat(100_000), format!("{}a{}", "(".repeat(300), ")".repeat(300))] {
        let message = parse(&deep, Subject::Runs, NOW).unwrap_err().message;
        assert_eq!(message, "More than 64 levels of parentheses and NOT");
        assert!(parse_mlflow(&deep, Subject::Runs).is_err());
    }
    let list = format!("run_id IN ({})", vec!["'a'"; 20_000].join(","));
    assert!(parse_mlflow(&list, Subject::Runs).is_err());
    assert!(parse(&list, Subject::Runs, NOW).is_err());
    assert!(parse(&"x".repeat(2 << 20), Subject::Runs, NOW).is_err());
}

fn vocabulary() -> Vocabulary {
    let keys = |keys: &[&str]| keys.iter().map(|key| Arc::from(*key)).collect();
    Vocabulary {
        subject: Subject::Runs,
        metrics: keys(&["loss", "val loss", "val_acc"]),
        params: keys(&["lr"]),
        tags: keys(&["mlflow.user"]),
    }
}

/// The texts offered at the `|`, and the part of the input that they replace.
fn completions(marked: &str) -> (Vec<String>, String) {
    let cursor = marked.find('|').unwrap();
    let input = marked.replace('|', "");
    let found = complete(&input, cursor, &vocabulary());
    let replaced = found.first().map(|first| input[first.replace.clone()].to_owned()).unwrap_or_default();
    (found.into_iter().map(|completion| completion.text).collect(), replaced)
}

#[test]
fn completion_offers_what_can_stand_at_the_cursor() {
    for (marked, first, replaced) in [
        ("|", "run_name", ""),
        ("sta|", "status", "sta"),
        ("metrics.v|", "metrics.`val loss`", "metrics.v"),
        ("metrics.`val l|", "metrics.`val loss`", "metrics.`val l"),
        ("params.|", "params.lr", "params."),
        ("los|", "metrics.loss", "los"),
        ("status |", "=", ""),
        ("status = |", "'RUNNING'", ""),
        ("status = fin|", "'FINISHED'", "fin"),
        ("status = 'FI|", "'FINISHED'", "'FI"),
        ("status in ('FAILED', k|", "'KILLED'", "k"),
        ("status = 'FAILED' |", "AND", ""),
        ("status = 'FAILED' o|", "OR", "o"),
        ("start_time > |", "-1h", ""),
        ("min(|", "metrics.loss", ""),
        ("min(metrics.lo|", "metrics.loss", "metrics.lo"),
        ("min(metrics.loss) |", ">", ""),
        ("tags.a is |", "NULL", ""),
        ("a AND NOT (dur|", "duration", "dur"),
        ("dataset.|", "dataset.name", "dataset."),
    ] {
        let (texts, range) = completions(marked);
        assert_eq!(texts.first().map(String::as_str), Some(first), "{marked}: {texts:?}");
        assert_eq!(range, replaced, "{marked}");
    }
    assert_eq!(completions("metrics.loss > |").0, Vec::<String>::new());
}

fn key() -> impl Strategy<Value = String> {
    prop_oneof!["[a-z][a-z0-9_/.:-]{0,8}", "[a-zA-Z0-9 `\"'.ü图%-]{0,8}", Just(String::new())]
}

fn any_text() -> impl Strategy<Value = String> {
    prop_oneof!["[a-zA-Z0-9 %_'\"`();.ü-]{0,10}", ".{0,6}"]
}

fn finite() -> impl Strategy<Value = f64> {
    prop_oneof![any::<f64>().prop_filter("not NaN", |number| !number.is_nan()), (-100..100_i32).prop_map(f64::from)]
}

fn order_operator() -> impl Strategy<Value = Operator> {
    use Operator::{Eq, Ge, Gt, Le, Lt, Ne};
    prop::sample::select(vec![Eq, Ne, Lt, Le, Gt, Ge])
}

fn text_comparison() -> impl Strategy<Value = Comparison> {
    use Operator::{Contains, Eq, ILike, Like, Ne};
    prop_oneof![
        (prop::sample::select(vec![Eq, Ne, Like, ILike, Contains]), any_text())
            .prop_map(|(operator, text)| Comparison::Compare(operator, Value::Text(text))),
        prop::collection::vec(any_text(), 1..4).prop_map(Comparison::In),
        prop::collection::vec(any_text(), 1..4).prop_map(Comparison::NotIn),
        Just(Comparison::IsNull),
        Just(Comparison::IsNotNull),
    ]
}

fn number_comparison() -> impl Strategy<Value = Comparison> {
    prop_oneof![
        4 => (order_operator(), finite()).prop_map(|(op, number)| Comparison::Compare(op, Value::Number(number))),
        1 => Just(Comparison::IsNull),
    ]
}

fn any_condition() -> impl Strategy<Value = Condition> {
    use MetricAggregate::{First, Last, Max, Min};
    let metric = (key(), prop::sample::select(vec![First, Last, Max, Min]))
        .prop_map(|(key, aggregate)| Field::Metric { key, aggregate });
    let time = prop::sample::select(vec!["start_time", "end_time", "duration"]).prop_map(Field::Attribute);
    let word = prop::sample::select(vec!["run_name", "run_id", "status", "user_id", "artifact_uri"])
        .prop_map(Field::Attribute);
    let dataset = prop::sample::select(vec!["name", "digest", "context"]).prop_map(Field::Dataset);
    let flexible = || prop_oneof![key().prop_map(Field::Param), key().prop_map(Field::Tag)];
    let integer = (order_operator(), any::<i64>()).prop_map(|(op, ms)| Comparison::Compare(op, Value::Integer(ms / 2)));
    prop_oneof![
        (metric, number_comparison()),
        (time, integer),
        (prop_oneof![word, dataset], text_comparison()),
        (flexible(), text_comparison()),
        (flexible(), number_comparison()),
    ]
    .prop_map(|(field, comparison)| Condition { field, comparison })
}

fn any_expr() -> impl Strategy<Value = Expr> {
    any_condition().prop_map(Expr::Condition).prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 2..4).prop_map(Expr::And),
            prop::collection::vec(inner.clone(), 2..4).prop_map(Expr::Or),
            inner.prop_map(|inner| Expr::Not(Box::new(inner))),
        ]
    })
}

/// Inputs that are nearly filters.
fn nearly_a_filter() -> impl Strategy<Value = String> {
    let pieces = vec![
        "metrics.",
        "params.a",
        "tags.`x y`",
        "status",
        "start_time",
        "=",
        "!=",
        ">",
        "LIKE",
        "IN",
        "NOT",
        "IS",
        "NULL",
        "AND",
        "OR",
        "(",
        ")",
        ",",
        "'a'",
        "\"b\"",
        "'",
        "`",
        "1",
        "-1e3",
        "-7d",
        "last",
        "days",
        "min(",
        ";",
        "ü",
        ".",
        "dataset.name",
        "foo",
        "=~",
        "CONTAINS",
        "yesterday",
        "duration",
        "10m",
        "created",
        "run_id",
        "ILIKE",
    ];
    prop::collection::vec((prop::sample::select(pieces), prop::sample::select(vec!["", " ", "  "])), 0..12)
        .prop_map(|pieces| pieces.into_iter().flat_map(|(piece, space)| [piece, space]).collect())
}

fn any_subject() -> impl Strategy<Value = Subject> {
    prop::sample::select(vec![Subject::Runs, Subject::Experiments, Subject::LoggedModels])
}

fn check_error(input: &str, error: &FilterError) {
    assert!(input.get(error.span.clone()).is_some(), "{input:?} {error:?}");
    assert!(!error.message.is_empty());
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_printed_filter_parses_to_itself(expr in any_expr()) {
        let filter = Filter { expr: Some(expr) };
        let printed = filter.to_string();
        let parsed = parse(&printed, Subject::Runs, NOW);
        prop_assert_eq!(parsed.as_ref(), Ok(&filter), "{}", printed);
    }

    #[test]
    fn no_input_panics_and_mlflow_filters_mean_the_same_in_ours(
        input in prop_oneof![3 => nearly_a_filter(), 1 => any::<String>()],
        subject in any_subject(),
        now in any::<i64>(),
    ) {
        let theirs = parse_mlflow(&input, subject);
        let ours = parse(&input, subject, now);
        if let Err(error) = &ours {
            check_error(&input, error);
        }
        match theirs {
            Ok(filter) => prop_assert_eq!(ours, Ok(filter)),
            Err(error) => check_error(&input, &error),
        }
        let _ = parse_mlflow_order(&[input], subject);
    }

    #[test]
    fn completion_never_panics_and_stays_in_the_input(input in nearly_a_filter(), cursor in 0..60_usize) {
        for completion in complete(&input, cursor, &vocabulary()) {
            prop_assert!(input.get(completion.replace).is_some());
        }
    }
}
