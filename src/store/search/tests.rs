#![expect(clippy::unwrap_used, reason = "tests")]

use proptest::prelude::*;
use tempfile::TempDir;

use super::evaluate;
use crate::domain::filter::{
    Comparison, Condition, Expr, Field, Filter, MetricAggregate, Operator, OrderBy, Subject, Value, parse,
    parse_mlflow, parse_mlflow_order,
};
use crate::domain::{
    Actor, Channel, Dataset, DatasetInput, DatasetRef, ExperimentId, ExperimentSearch, LifecycleStage,
    LoggedModelOrder, LoggedModelSearch, LoggedModelStatus, Metric, MetricPoint, NewExperiment, NewLoggedModel, NewRun,
    Param, Run, RunId, RunSearch, RunStatus, Tag, ViewType, tag_key,
};
use crate::store::{ImportedRun, OpenMode, Store};

fn store() -> (TempDir, Store) {
    let dir = TempDir::new().unwrap();
    let store = Store::open(dir.path(), OpenMode::CreateOrOpen).unwrap();
    (dir, store)
}

fn actor() -> Actor {
    Actor::new("tester", Channel::Window)
}

fn tag(key: &str, value: &str) -> Tag {
    Tag { key: key.to_owned(), value: value.to_owned() }
}

fn param(key: &str, value: &str) -> Param {
    Param { key: key.to_owned(), value: value.to_owned() }
}

fn metric(key: &str, value: f64) -> Metric {
    Metric { key: key.to_owned(), point: MetricPoint { step: 0, timestamp: 1, value }, model_id: None, dataset: None }
}

fn search(filter: &str, order: &[&str]) -> RunSearch {
    let order: Vec<String> = order.iter().map(|&clause| clause.to_owned()).collect();
    RunSearch {
        experiment_ids: vec![ExperimentId::DEFAULT],
        filter: parse(filter, Subject::Runs, 0).unwrap(),
        order_by: parse_mlflow_order(&order, Subject::Runs).unwrap(),
        limit: 100,
        ..RunSearch::default()
    }
}

/// The names of the runs found, in order.
fn names(store: &Store, search: &RunSearch) -> Vec<String> {
    store.search_runs(search).unwrap().items.iter().map(|run| run.info.name.clone()).collect()
}

fn add_run(store: &Store, name: &str, started_at: i64, metrics: &[Metric], params: &[Param], tags: &[Tag]) -> RunId {
    let new = NewRun { name: Some(name.to_owned()), started_at: Some(started_at), ..NewRun::default() };
    let id = store.create_run(&actor(), ExperimentId::DEFAULT, new).unwrap().info.id;
    store.log_batch(&actor(), &id, metrics, params, tags).unwrap();
    id
}

#[test]
fn runs_are_found_by_what_they_hold_and_come_newest_first() {
    let (_dir, store) = store();
    add_run(&store, "a", 1, &[metric("loss", 0.5)], &[param("lr", "0.01")], &[tag("kind", "Base")]);
    add_run(&store, "b", 2, &[metric("loss", f64::NAN)], &[param("lr", "1e-2")], &[]);
    add_run(&store, "c", 3, &[], &[param("lr", "high")], &[tag("kind", "base'; DROP TABLE run; --")]);
    for (filter, expected) in [
        ("", vec!["c", "b", "a"]),
        ("metrics.loss < 1", vec!["a"]),
        ("metrics.loss != 1", vec!["b", "a"]),
        ("metrics.loss IS NULL", vec!["c"]),
        ("NOT metrics.loss < 1", vec!["c", "b"]),
        ("min(metrics.loss) <= 0.5", vec!["a"]),
        ("params.lr = '0.01'", vec!["a"]),
        ("params.lr = 0.01", vec!["b", "a"]),
        ("params.lr > 0", vec!["b", "a"]),
        ("NOT params.lr > 0", vec!["c"]),
        ("tags.kind LIKE 'base%'", vec!["c"]),
        ("tags.kind ILIKE 'BASE%'", vec!["c", "a"]),
        ("tags.kind != 'Base'", vec!["c"]),
        ("tags.kind = 'base''; DROP TABLE run; --'", vec!["c"]),
        ("tags.kind MATCHES '^[A-Z]'", vec!["a"]),
        ("tags.unheard IS NULL AND tags.unheard != 'x'", vec![]),
        ("NOT tags.unheard = 'x'", vec!["c", "b", "a"]),
        ("name IN ('a', 'c') OR start_time = 2", vec!["c", "b", "a"]),
        ("end_time > 0 OR end_time <= 0", vec![]),
        ("NOT end_time > 0", vec!["c", "b", "a"]),
        ("status = RUNNING AND B", vec!["b"]),
    ] {
        assert_eq!(names(&store, &search(filter, &[])), expected, "{filter}");
    }
}

#[test]
fn orders_put_nan_behind_numbers_and_missing_last_in_both_directions() {
    let (_dir, store) = store();
    for (name, start, value) in [("a", 1, Some(2.0)), ("b", 2, Some(f64::NAN)), ("c", 3, None), ("d", 4, Some(1.0))] {
        let metrics: Vec<Metric> = value.map(|value| metric("m", value)).into_iter().collect();
        add_run(&store, name, start, &metrics, &[], &[]);
    }
    for (order, expected) in [
        (vec!["metrics.m"], ["d", "a", "b", "c"]),
        (vec!["metrics.m DESC"], ["a", "d", "b", "c"]),
        (vec!["metrics.unheard"], ["d", "c", "b", "a"]),
        (vec!["start_time"], ["a", "b", "c", "d"]),
        (vec!["end_time", "run_name DESC"], ["d", "c", "b", "a"]),
        (vec!["status", "tags.`mlflow.runName` DESC"], ["d", "c", "b", "a"]),
    ] {
        assert_eq!(names(&store, &search("", &order)), expected, "{order:?}");
    }
}

#[test]
fn pages_follow_each_other_without_gaps() {
    let (_dir, store) = store();
    for index in 0..25 {
        add_run(&store, &format!("r{index:02}"), 7, &[], &[], &[]);
    }
    let mut found = Vec::new();
    let mut page = RunSearch { limit: 10, ..search("", &[]) };
    loop {
        let answer = store.search_runs(&page).unwrap();
        found.extend(answer.items.iter().map(|run| run.info.id.clone()));
        if !answer.has_more {
            break;
        }
        page.offset += page.limit;
    }
    let mut sorted = found.clone();
    sorted.sort();
    assert_eq!(found, sorted);
    assert_eq!(found.len(), 25);
    assert_eq!(store.search_run_ids(&search("", &[])).unwrap(), found);
    let exact = RunSearch { limit: 25, ..search("", &[]) };
    assert!(!store.search_runs(&exact).unwrap().has_more);
}

#[test]
fn views_and_experiments_narrow_the_search() {
    let (_dir, store) = store();
    let gone = add_run(&store, "gone", 1, &[], &[], &[]);
    add_run(&store, "here", 2, &[], &[], &[]);
    store.delete_runs(&actor(), &[gone]).unwrap();
    let view = |view| RunSearch { view, ..search("", &[]) };
    assert_eq!(names(&store, &view(ViewType::ActiveOnly)), ["here"]);
    assert_eq!(names(&store, &view(ViewType::DeletedOnly)), ["gone"]);
    assert_eq!(names(&store, &view(ViewType::All)), ["here", "gone"]);
    let other =
        store.create_experiment(&actor(), NewExperiment { name: "other".to_owned(), ..NewExperiment::default() });
    let other = other.unwrap();
    let among = |ids: &[ExperimentId]| RunSearch { experiment_ids: ids.to_vec(), ..search("", &[]) };
    assert_eq!(names(&store, &among(&[other])).len(), 0);
    assert_eq!(names(&store, &among(&[])).len(), 0);
    assert_eq!(names(&store, &among(&[other, ExperimentId::DEFAULT])), ["here"]);
}

#[test]
fn long_filters_and_orders_are_answered() {
    let (_dir, store) = store();
    add_run(&store, "a", 1, &[metric("m", 1.0)], &[], &[]);
    let conditions = vec!["metrics.m > 0"; 900].join(" AND ");
    assert_eq!(names(&store, &search(&conditions, &[])), ["a"]);
    let any = vec!["metrics.m < 0"; 900].join(" OR ");
    assert_eq!(names(&store, &search(&format!("{any} OR a"), &[])), ["a"]);
    let list = format!("run_id NOT IN ({})", vec!["'x'"; 9_000].join(","));
    assert_eq!(names(&store, &search(&list, &[])), ["a"]);
    let order: Vec<String> = (0..50).map(|index| format!("metrics.m{index}")).collect();
    assert_eq!(names(&store, &search("", &order.iter().map(String::as_str).collect::<Vec<_>>())), ["a"]);
}

#[test]
fn experiments_are_found_by_name_time_and_tag() {
    let (_dir, store) = store();
    for (name, value) in [("wine", "x"), ("Wine 2", "y"), ("beer", "x")] {
        let new = NewExperiment { name: name.to_owned(), tags: vec![tag("k", value)], ..NewExperiment::default() };
        store.create_experiment(&actor(), new).unwrap();
    }
    let names = |filter: &str, order: &[String]| -> Vec<String> {
        let search = ExperimentSearch {
            filter: parse_mlflow(filter, Subject::Experiments).unwrap(),
            order_by: parse_mlflow_order(order, Subject::Experiments).unwrap(),
            limit: 10,
            ..ExperimentSearch::default()
        };
        store.search_experiments(&search).unwrap().items.into_iter().map(|found| found.name).collect()
    };
    let by_name = ["name".to_owned()];
    assert_eq!(names("name LIKE 'wine%'", &by_name), ["wine"]);
    assert_eq!(names("name ILIKE 'wine%'", &by_name), ["Wine 2", "wine"]);
    assert_eq!(names("tags.k = 'x'", &by_name), ["beer", "wine"]);
    assert_eq!(names("tags.k IS NULL", &by_name), ["Default"]);
    assert_eq!(names("experiment_id IN ('0', '1')", &["experiment_id DESC".to_owned()]), ["wine", "Default"]);
    assert_eq!(names("creation_time > 0 AND last_update_time > 0", &by_name).len(), 4);
}

#[test]
fn logged_models_are_found_by_their_metrics_on_datasets() {
    let (_dir, store) = store();
    let run = add_run(&store, "r", 1, &[], &[], &[]);
    let mut models = Vec::new();
    for (name, dataset, values) in [("m1", "train", [0.5, 0.7]), ("m2", "test", [0.9, f64::NAN])] {
        let new = NewLoggedModel {
            name: Some(name.to_owned()),
            params: vec![param("p", "0.5")],
            tags: vec![tag("t", name)],
            ..NewLoggedModel::default()
        };
        let id = store.create_logged_model(&actor(), ExperimentId::DEFAULT, new).unwrap().id;
        for (step, value) in (0..).zip(values) {
            let metric = Metric {
                key: "acc".to_owned(),
                point: MetricPoint { step, timestamp: step, value },
                model_id: Some(id.clone()),
                dataset: Some(DatasetRef { name: dataset.to_owned(), digest: "d".to_owned() }),
            };
            store.log_metric(&actor(), &run, &metric).unwrap();
        }
        models.push(id);
    }
    store
        .create_logged_model(
            &actor(),
            ExperimentId::DEFAULT,
            NewLoggedModel { name: Some("m3".to_owned()), ..NewLoggedModel::default() },
        )
        .unwrap();
    store.set_logged_model_status(&actor(), &models[0], LoggedModelStatus::Ready).unwrap();
    let names = |filter: &str, datasets: &[(&str, &str)], order: Option<(&str, Option<&str>)>| -> Vec<String> {
        let dataset =
            |(name, digest): &(&str, &str)| DatasetRef { name: (*name).to_owned(), digest: (*digest).to_owned() };
        let search = LoggedModelSearch {
            experiment_ids: vec![ExperimentId::DEFAULT],
            filter: parse(filter, Subject::LoggedModels, 0).unwrap(),
            datasets: datasets.iter().map(dataset).collect(),
            order_by: order
                .map(|(clause, dataset)| LoggedModelOrder {
                    order: parse_mlflow_order(&[clause.to_owned()], Subject::LoggedModels).unwrap().remove(0),
                    dataset_name: dataset.map(str::to_owned),
                    dataset_digest: None,
                })
                .into_iter()
                .collect(),
            limit: 10,
            ..LoggedModelSearch::default()
        };
        store.search_logged_models(&search).unwrap().items.into_iter().map(|found| found.name).collect()
    };
    let by_name = Some(("name", None));
    assert_eq!(names("metrics.acc > 0.6", &[], by_name), ["m1", "m2"]);
    assert_eq!(names("metrics.acc > 0.6", &[("train", "")], by_name), ["m1"]);
    assert_eq!(names("metrics.acc > 0.6", &[("train", "other")], by_name).len(), 0);
    assert_eq!(names("", &[("test", "d")], by_name), ["m2"]);
    assert_eq!(names("max(metrics.acc) < 0.8", &[], by_name), ["m1"]);
    assert_eq!(names("min(metrics.acc) >= 0.9", &[("test", "")], by_name), ["m2"]);
    assert_eq!(names("metrics.acc IS NULL", &[], by_name), ["m3"]);
    assert_eq!(names("status = READY", &[], by_name), ["m1"]);
    assert_eq!(names("params.p = 0.5 AND tags.t != 'm1'", &[], by_name), ["m2"]);
    assert_eq!(names("source_run_id IS NULL AND name LIKE 'm%'", &[], by_name).len(), 3);
    // The newest value of m2 is NaN, that of m3 is missing.
    assert_eq!(names("", &[], Some(("metrics.acc DESC", None))), ["m1", "m2", "m3"]);
    assert_eq!(names("", &[], Some(("metrics.acc", Some("test"))))[0], "m2");
}

// SQL and the evaluator agree on random runs, filters and orders.

const KEYS: [&str; 3] = ["a", "b c", "never"];
const TEXTS: [&str; 8] = ["x", "X", "xy%", "0.5", "-1e3", "Ü_", "", "nan"];
const NUMBERS: [f64; 6] = [0.0, 0.5, -1.0, -1e3, f64::INFINITY, 1e300];

fn any_of<T: Clone + std::fmt::Debug + 'static>(values: &[T]) -> impl Strategy<Value = T> + use<T> {
    prop::sample::select(values.to_vec())
}

fn any_points() -> impl Strategy<Value = Vec<MetricPoint>> {
    let value = prop_oneof![4 => any_of(&NUMBERS), 1 => Just(f64::NAN), 1 => Just(f64::NEG_INFINITY)];
    prop::collection::vec((0..3_i64, 0..3_i64, value), 1..4).prop_map(|points| {
        points.into_iter().map(|(step, timestamp, value)| MetricPoint { step, timestamp, value }).collect()
    })
}

fn any_run() -> impl Strategy<Value = ImportedRun> {
    let texts = || prop::collection::btree_map(any_of(&KEYS[..2]), any_of(&TEXTS), 0..3);
    let metrics = prop::collection::btree_map(any_of(&KEYS[..2]), any_points(), 0..3);
    let datasets = prop::collection::btree_map(any_of(&TEXTS[..3]), prop::option::of(any_of(&TEXTS)), 0..3);
    let times = (prop::option::of(0..4_i64), prop::option::of(2..6_i64));
    let text = || any_of(&TEXTS);
    (texts(), texts(), metrics, datasets, times, (text(), text(), any_of(&RunStatus::ALL), any::<bool>())).prop_map(
        |(params, tags, metrics, datasets, (started_at, ended_at), (name, user, status, deleted))| ImportedRun {
            id: RunId::new("unset"),
            experiment_id: ExperimentId::DEFAULT,
            name: name.to_owned(),
            user: user.to_owned(),
            status,
            started_at,
            ended_at,
            lifecycle_stage: if deleted { LifecycleStage::Deleted } else { LifecycleStage::Active },
            artifact_uri: None,
            params: params.into_iter().map(|(key, value)| param(key, value)).collect(),
            tags: tags.into_iter().map(|(key, value)| tag(key, value)).collect(),
            metrics: metrics.into_iter().map(|(key, points)| (key.to_owned(), points)).collect(),
            datasets: datasets
                .into_iter()
                .map(|(name, context)| DatasetInput {
                    dataset: Dataset {
                        name: name.to_owned(),
                        digest: format!("d{name}"),
                        source_type: "local".to_owned(),
                        source: "{}".to_owned(),
                        schema: None,
                        profile: None,
                    },
                    tags: context.map(|context| tag(tag_key::DATASET_CONTEXT, context)).into_iter().collect(),
                })
                .collect(),
            model_inputs: Vec::new(),
            model_outputs: Vec::new(),
        },
    )
}

fn any_field() -> impl Strategy<Value = Field> {
    use MetricAggregate::{First, Last, Max, Min};
    let key = || any_of(&KEYS).prop_map(str::to_owned);
    prop_oneof![
        any_of(&["run_name", "run_id", "status", "user_id", "artifact_uri"]).prop_map(Field::Attribute),
        any_of(&["start_time", "end_time", "duration"]).prop_map(Field::Attribute),
        (key(), any_of(&[Last, First, Min, Max])).prop_map(|(key, aggregate)| Field::Metric { key, aggregate }),
        key().prop_map(Field::Param),
        key().prop_map(Field::Tag),
        any_of(&["name", "digest", "context"]).prop_map(Field::Dataset),
    ]
}

fn any_condition() -> impl Strategy<Value = Condition> {
    use Operator::{Contains, Eq, Ge, Gt, ILike, Le, Like, Lt, Matches, Ne};
    let number_operator = || any_of(&[Eq, Ne, Lt, Le, Gt, Ge]);
    let text = prop_oneof![
        (
            any_of(&[Eq, Ne, Like, ILike, Contains]),
            prop_oneof![any_of(&TEXTS), any_of(&["FINISHED", "%x%", "_", "ü%"])]
        )
            .prop_map(|(operator, text)| Comparison::Compare(operator, Value::Text(text.to_owned()))),
        any_of(&["^x", "[0-9]", "(?i)ü"]).prop_map(|text| Comparison::Compare(Matches, Value::Text(text.to_owned()))),
        (any::<bool>(), prop::collection::vec(any_of(&TEXTS).prop_map(str::to_owned), 1..3))
            .prop_map(|(not, values)| if not { Comparison::NotIn(values) } else { Comparison::In(values) }),
    ];
    let number =
        (number_operator(), any_of(&NUMBERS)).prop_map(|(op, number)| Comparison::Compare(op, Value::Number(number)));
    let integer = (number_operator(), -1..6_i64).prop_map(|(op, ms)| Comparison::Compare(op, Value::Integer(ms)));
    let null = any_of(&[Comparison::IsNull, Comparison::IsNotNull]);
    (any_field(), text, number, integer, null, 0..10_u8).prop_map(|(field, text, number, integer, null, choice)| {
        let comparison = match (&field, choice) {
            (_, 0 | 1) => null,
            (Field::Metric { .. }, _) | (Field::Param(_) | Field::Tag(_), 2..=4) => number,
            (Field::Attribute("start_time" | "end_time" | "duration"), _) => integer,
            _ => text,
        };
        Condition { field, comparison }
    })
}

fn any_expr() -> impl Strategy<Value = Expr> {
    any_condition().prop_map(Expr::Condition).prop_recursive(3, 12, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 2..4).prop_map(Expr::And),
            prop::collection::vec(inner.clone(), 2..4).prop_map(Expr::Or),
            inner.prop_map(|inner| Expr::Not(Box::new(inner))),
        ]
    })
}

fn any_order() -> impl Strategy<Value = Vec<OrderBy>> {
    let sortable = any_field().prop_filter("not a dataset", |field| !matches!(field, Field::Dataset(_)));
    prop::collection::vec((sortable, any::<bool>()).prop_map(|(field, ascending)| OrderBy { field, ascending }), 0..3)
}

fn any_view() -> impl Strategy<Value = ViewType> {
    any_of(&[ViewType::ActiveOnly, ViewType::DeletedOnly, ViewType::All])
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn sql_and_the_evaluator_agree(
        runs in prop::collection::vec(any_run(), 1..40),
        questions in prop::collection::vec((any_expr(), any_order(), any_view()), 60),
    ) {
        let (_dir, store) = store();
        let mut all: Vec<std::sync::Arc<Run>> = Vec::new();
        for (index, mut run) in runs.into_iter().enumerate() {
            // Ids that do not grow, so that their order is seen.
            run.id = RunId::new(format!("r{}", (index * 37) % 100));
            store.import_run(&actor(), run.clone()).unwrap();
            all.push(store.run(&run.id).unwrap());
        }
        for (expr, order_by, view) in questions {
            let filter = Filter { expr: Some(expr) };
            let printed = filter.to_string();
            // What people type goes through a parser; conditions that MLflow has are the same in its grammar.
            prop_assert_eq!(parse(&printed, Subject::Runs, 0), Ok(filter.clone()), "{}", printed);
            if let Ok(theirs) = parse_mlflow(&printed, Subject::Runs) {
                prop_assert_eq!(&theirs, &filter);
            }
            let is_seen = |run: &Run| match view {
                ViewType::ActiveOnly => run.info.lifecycle_stage == LifecycleStage::Active,
                ViewType::DeletedOnly => run.info.lifecycle_stage == LifecycleStage::Deleted,
                ViewType::All => true,
            };
            let mut expected: Vec<&Run> =
                all.iter().map(AsRef::as_ref).filter(|run| is_seen(run) && evaluate::matches(&filter, run)).collect();
            expected.sort_by(|a, b| evaluate::compare(&order_by, a, b));
            let expected: Vec<RunId> = expected.into_iter().map(|run| run.info.id.clone()).collect();
            let search = RunSearch { filter, order_by, view, limit: 1_000, ..search("", &[]) };
            let found = store.search_run_ids(&search).unwrap();
            prop_assert_eq!(found, expected, "{} ORDER BY {:?}", printed, search.order_by);
        }
    }
}
