//! Histories, reduced histories and summaries, each against the plain way of computing it.

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::*;
use crate::domain::MetricSummary;
use crate::store::ReducedHistory;

/// A point in a form that can be compared and put into sets, NaN included.
type Exact = (i64, i64, u64);

fn exact(point: &MetricPoint) -> Exact {
    (point.step, point.timestamp, if point.value.is_nan() { f64::NAN.to_bits() } else { point.value.to_bits() })
}

/// What is stored of these points: each once, in order.
fn stored(points: &[MetricPoint]) -> Vec<MetricPoint> {
    let mut sorted = points.to_vec();
    sorted.sort_by(MetricPoint::recency);
    sorted.dedup_by(|a, b| a.recency(b).is_eq());
    sorted
}

/// The summary computed from all points.
fn plain_summary(key: &str, points: &[MetricPoint]) -> MetricSummary {
    let stored = stored(points);
    let numbers: Vec<MetricPoint> = stored.iter().copied().filter(|point| !point.value.is_nan()).collect();
    let extreme = |better: fn(f64, f64) -> bool| {
        numbers.iter().copied().reduce(|best, point| if better(point.value, best.value) { point } else { best })
    };
    MetricSummary {
        key: key.to_owned(),
        count: stored.len() as u64,
        nan_count: (stored.len() - numbers.len()) as u64,
        first: stored[0],
        last: stored[stored.len() - 1],
        min: extreme(|a, b| a < b),
        max: extreme(|a, b| a > b),
    }
}

/// Holds for every reduced history, whatever the buckets are.
fn check_reduced(reduced: &ReducedHistory, all: &[MetricPoint], buckets: usize) {
    let known: BTreeSet<Exact> = all.iter().map(exact).collect();
    assert_eq!(reduced.total, all.len() as u64);
    assert!(reduced.points.iter().all(|point| known.contains(&exact(point))), "every point was logged");
    assert!(reduced.points.is_sorted_by(|a, b| a.recency(b).is_lt()), "in order, none twice");
    assert!(reduced.points.len() <= 2 * buckets, "{} points for {buckets} buckets", reduced.points.len());
    let Some(first) = all.first() else {
        return assert!(reduced.points.is_empty());
    };
    assert_eq!(exact(&reduced.points[0]), exact(first));
    assert_eq!(exact(&reduced.points[reduced.points.len() - 1]), exact(&all[all.len() - 1]));
    let extremes = |points: &[MetricPoint]| {
        let numbers = points.iter().map(|point| point.value).filter(|value| !value.is_nan());
        numbers.fold(None, |range: Option<(f64, f64)>, value| {
            Some(range.map_or((value, value), |(low, high)| (low.min(value), high.max(value))))
        })
    };
    assert_eq!(extremes(&reduced.points), extremes(all), "nothing sticks out of the envelope");
    assert_eq!(reduced.exact, reduced.points.len() == all.len());
    if all.len() <= 2 * buckets {
        assert!(reduced.exact);
    }
}

fn value() -> impl Strategy<Value = f64> {
    prop_oneof![
        8 => (-50..50i32).prop_map(|value| f64::from(value) / 4.0),
        1 => Just(f64::NAN),
        1 => prop_oneof![Just(f64::INFINITY), Just(f64::NEG_INFINITY)],
    ]
}

fn any_point() -> impl Strategy<Value = MetricPoint> {
    (-20..60i64, 0..6i64, value()).prop_map(|(step, timestamp, value)| point(step, timestamp, value))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, ..ProptestConfig::default() })]

    #[test]
    fn summaries_pages_and_histories_agree_with_the_points(
        batches in prop::collection::vec(prop::collection::vec(any_point(), 1..40), 1..12),
        buckets in 2..20usize,
        low in -25..60i64,
        width in 0..60i64,
    ) {
        // Pages of four blocks of two points, so that a few hundred points fill and outgrow many.
        let store = workspace_with(PageSizes { block: 2, blocks: 4 });
        let id = store.new_run();
        for batch in &batches {
            store.log_points(&id, "m", batch);
        }
        let logged: Vec<MetricPoint> = batches.concat();
        let all = stored(&logged);
        let read = store.metric_points(&id, "m", None).unwrap();
        prop_assert_eq!(read.iter().map(exact).collect::<Vec<_>>(), all.iter().map(exact).collect::<Vec<_>>());

        // Debug text, because NaN is not equal to itself.
        let summary = format!("{:?}", store.run(&id).unwrap().metrics[0]);
        prop_assert_eq!(summary, format!("{:?}", plain_summary("m", &logged)));

        let in_range: Vec<MetricPoint> =
            all.iter().copied().filter(|point| (low..=low + width).contains(&point.step)).collect();
        check_reduced(&reduce_small(&store, &id, None, buckets), &all, buckets);
        check_reduced(&reduce_small(&store, &id, Some((low, low + width)), buckets), &in_range, buckets);

        let mut by_time = all.clone();
        by_time.sort_by(|a, b| a.timestamp.cmp(&b.timestamp).then_with(|| a.recency(b)));
        let mut paged = Vec::new();
        loop {
            let page = store.metric_history(&id, "m", paged.len(), 7).unwrap();
            paged.extend(page.items);
            if !page.has_more {
                break;
            }
        }
        prop_assert_eq!(paged.iter().map(exact).collect::<Vec<_>>(), by_time.iter().map(exact).collect::<Vec<_>>());
        check_pages(&store, &id);
    }
}

/// As `metric_reduced`, using pages however short the series.
fn reduce_small(store: &Workspace, id: &RunId, steps: Option<(i64, i64)>, buckets: usize) -> ReducedHistory {
    store.read(|sql| crate::store::metric_history::reduced_by_pages(sql, id, "m", steps, buckets)).unwrap()
}

/// Pages cover as many points as they say, and never the same twice.
fn check_pages(store: &Workspace, id: &RunId) {
    let (paged, counted, held): (i64, i64, i64) = store
        .read(|sql| {
            Ok(sql.query_row(
                "SELECT (SELECT paged FROM metric_summary m WHERE m.run_id = r.id),
                        (SELECT coalesce(sum(count), 0) FROM metric_page p WHERE p.run_id = r.id),
                        (SELECT count(*) FROM metric_page g JOIN metric_point p ON p.run_id = g.run_id
                            AND (p.step, p.timestamp) >= (g.first_step, g.first_timestamp)
                            AND (p.step, p.timestamp) <= (g.last_step, g.last_timestamp) WHERE g.run_id = r.id)
                 FROM run r WHERE r.run_id = ?1",
                [id.as_str()],
                |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)),
            )?)
        })
        .unwrap();
    assert_eq!((paged, counted), (held, held));
}

#[test]
fn a_long_series_is_reduced_from_pages_and_exact_on_zoom() {
    let store = workspace_with(PageSizes { block: 16, blocks: 16 });
    let id = store.new_run();
    let value = |step: i64| if step == 77_777 { 1e9 } else { ((step * 7919) % 1000) as f64 };
    let all: Vec<MetricPoint> = (0..100_000).map(|step| point(step, step, value(step))).collect();
    for part in all.chunks(10_000) {
        store.log_points(&id, "m", part);
    }
    let reduced = store.metric_reduced(&id, "m", None, 500).unwrap();
    check_reduced(&reduced, &all, 500);
    assert!(reduced.points.len() > 700, "the detail is used: {}", reduced.points.len());
    assert!(reduced.points.iter().any(|point| point.value == 1e9), "a lone spike is kept");
    let zoomed = store.metric_reduced(&id, "m", Some((50_000, 50_400)), 500).unwrap();
    assert_eq!((zoomed.points.as_slice(), zoomed.exact), (&all[50_000..=50_400], true));
    let half = store.metric_reduced(&id, "m", Some((10_001, 60_003)), 300).unwrap();
    check_reduced(&half, &all[10_001..=60_003], 300);
}

#[test]
fn a_sparse_tail_behind_a_dense_start_keeps_its_detail() {
    let store = workspace_with(PageSizes { block: 16, blocks: 16 });
    let id = store.new_run();
    let mut all: Vec<MetricPoint> = (0..60_000).map(|step| point(step, step, 0.0)).collect();
    all.extend((0..100).map(|number| point(1_000_000 + number * 100_000, 60_000 + number, number as f64)));
    store.log_points(&id, "m", &all);
    let reduced = store.metric_reduced(&id, "m", None, 400).unwrap();
    check_reduced(&reduced, &all, 400);
    let tail = reduced.points.iter().filter(|point| point.step >= 1_000_000).count();
    assert_eq!(tail, 100);
}

#[test]
fn a_series_all_at_one_step_is_spread_over_its_times() {
    let store = workspace_with(PageSizes { block: 16, blocks: 16 });
    let id = store.new_run();
    let all: Vec<MetricPoint> = (0..50_000).map(|time| point(0, time, (time % 100) as f64)).collect();
    store.log_points(&id, "m", &all);
    let reduced = store.metric_reduced(&id, "m", None, 200).unwrap();
    check_reduced(&reduced, &all, 200);
    assert!(reduced.points.len() > 150);
}

#[test]
fn unknown_series_are_empty() {
    let store = workspace();
    let id = store.new_run();
    for (run, key) in [(&id, "zz"), (&RunId::new("eeee"), "m")] {
        let page = store.metric_history(run, key, 0, 10).unwrap();
        assert!(page.items.is_empty() && !page.has_more);
        assert!(store.metric_points(run, key, None).unwrap().is_empty());
        let reduced = store.metric_reduced(run, key, None, 10).unwrap();
        assert_eq!((reduced.points.len(), reduced.total, reduced.exact), (0, 0, true));
    }
}

#[test]
fn the_extremes_of_the_number_line_can_be_steps() {
    let store = workspace_with(PageSizes { block: 2, blocks: 2 });
    let id = store.new_run();
    let mut all = vec![point(i64::MIN, 0, 1.0), point(i64::MAX, i64::MAX, 2.0)];
    all.extend((0..20).map(|step| point(step, 0, step as f64)));
    store.log_points(&id, "m", &all);
    check_reduced(&reduce_small(&store, &id, None, 4), &stored(&all), 4);
    check_pages(&store, &id);
}

#[test]
fn sparklines_hold_at_most_as_many_values_as_asked_for() {
    let store = workspace();
    let (long, short, none) = (store.new_run(), store.new_run(), store.new_run());
    let points: Vec<MetricPoint> = (0..20_000).map(|step| point(step, step, step as f64)).collect();
    store.log_points(&long, "m", &points);
    store.log_points(&short, "m", &points[..3]);
    let lines = store.sparklines(&[long.clone(), none, short.clone()], "m", 40).unwrap();
    assert_eq!(lines.len(), 2);
    assert_eq!((&lines[0].0, &lines[1].0), (&long, &short));
    assert!(lines[0].1.len() <= 40 && lines[0].1.len() > 20);
    assert_eq!((lines[0].1[0], *lines[0].1.last().unwrap()), (0.0, 19_999.0));
    assert_eq!(lines[1].1, [0.0, 1.0, 2.0]);
}
