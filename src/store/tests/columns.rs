//! The columns of the runs table.

use super::*;
use crate::domain::filter::MetricAggregate;
use crate::store::{ColumnInfo, ColumnKey, ColumnValues};

fn column<'a>(columns: &'a [ColumnInfo], key: &ColumnKey) -> &'a ColumnInfo {
    columns.iter().find(|column| column.key == *key).unwrap()
}

#[test]
fn columns_tell_how_many_runs_have_them_and_whether_they_vary() {
    let store = workspace();
    let runs: Vec<RunId> = (0..3).map(|_| store.new_run()).collect();
    for (number, run) in runs.iter().enumerate() {
        let params = [param("same", "1"), param("differs", &number.to_string())];
        store.log_batch(&ada(), run, &[metric("m", point(0, 1, 0.5))], &params, &[tag("t", "x")]).unwrap();
    }
    store.log_param(&ada(), &runs[0], &param("some", "1")).unwrap();
    let columns = store.run_columns(&[ExperimentId::DEFAULT]).unwrap();
    let expect = |key: ColumnKey, run_count: u64, varies: bool| {
        assert_eq!(column(&columns, &key), &ColumnInfo { key: key.clone(), run_count, varies });
    };
    expect(ColumnKey::Param("same".into()), 3, false);
    expect(ColumnKey::Param("differs".into()), 3, true);
    expect(ColumnKey::Param("some".into()), 1, true);
    expect(ColumnKey::Metric("m".into()), 3, false);
    expect(ColumnKey::Tag("t".into()), 3, false);

    store.log_metric(&ada(), &runs[0], &metric("m", point(1, 1, 0.7))).unwrap();
    let columns = store.run_columns(&[ExperimentId::DEFAULT]).unwrap();
    assert!(column(&columns, &ColumnKey::Metric("m".into())).varies);

    // Runs in the bin do not count.
    store.delete_runs(&ada(), &runs[..1]).unwrap();
    let columns = store.run_columns(&[ExperimentId::DEFAULT]).unwrap();
    assert!(!columns.iter().any(|column| column.key == ColumnKey::Param("some".into())));
    let same = column(&columns, &ColumnKey::Metric("m".into()));
    assert_eq!((same.run_count, same.varies), (2, false));
}

#[test]
fn a_removed_tag_leaves_no_column() {
    let store = workspace();
    let run = store.new_run();
    store.set_tag(&ada(), &run, &tag("t", "x")).unwrap();
    store.delete_tag(&ada(), &run, "t").unwrap();
    let columns = store.run_columns(&[ExperimentId::DEFAULT]).unwrap();
    assert_eq!(columns.len(), 1, "only the name's tag: {columns:?}");
}

#[test]
fn columns_are_those_of_the_experiments_asked_for() {
    let store = workspace();
    let other = store.experiment_named("other");
    let (here, there) = (store.new_run(), store.new_run_in(other));
    store.log_param(&ada(), &here, &param("p", "here")).unwrap();
    store.log_param(&ada(), &there, &param("p", "there")).unwrap();
    let key = ColumnKey::Param("p".into());
    let texts = |experiments: &[ExperimentId]| match store.column_values(experiments, &key).unwrap() {
        ColumnValues::Text(values) => values.iter().map(|(_, value)| value.to_string()).collect::<Vec<_>>(),
        ColumnValues::Metric(_) => panic!("a param is text"),
    };
    assert_eq!(texts(&[other]), ["there"]);
    assert_eq!(texts(&[ExperimentId::DEFAULT, other]), ["here", "there"]);
    let columns = store.run_columns(&[ExperimentId::DEFAULT, other]).unwrap();
    assert!(column(&columns, &key).varies);
    assert!(store.run_columns(&[]).unwrap().is_empty());
}

#[test]
fn a_metric_cell_knows_all_aggregates() {
    let store = workspace();
    let run = store.new_run();
    store.log_points(&run, "m", &[point(0, 0, 3.0), point(1, 1, 1.0), point(2, 2, 5.0), point(3, 3, 4.0)]);
    let key = ColumnKey::Metric("m".into());
    let all = store.column_values(&[ExperimentId::DEFAULT], &key).unwrap();
    assert_eq!(all, store.column_values_of_runs(&[run, RunId::new("zz")], &[key]).unwrap()[0]);
    let ColumnValues::Metric(cells) = all else { panic!("a metric has cells") };
    let cell = cells[0].1;
    assert_eq!(
        [MetricAggregate::First, MetricAggregate::Last, MetricAggregate::Min, MetricAggregate::Max]
            .map(|aggregate| cell.value(aggregate)),
        [3.0, 4.0, 1.0, 5.0]
    );
    assert_eq!((cell.last_step, cell.min_step, cell.max_step, cell.count), (3, 1, 2, 4));
}

#[test]
fn an_unknown_column_is_empty() {
    let store = workspace();
    let keys = [ColumnKey::Metric("zz".into()), ColumnKey::Tag("zz".into())];
    let values = store.column_values_of_runs(&[store.new_run()], &keys).unwrap();
    assert_eq!(values, [ColumnValues::Metric(Vec::new()), ColumnValues::Text(Vec::new())]);
}
