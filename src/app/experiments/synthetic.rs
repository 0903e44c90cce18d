//! States of the screen made from values instead of a workspace: for tests, pictures and benches.

use std::collections::HashSet;
use std::sync::Arc;

use super::tree::Order;
use super::view::RunsView;
use super::{ExperimentsState, RunsTable, view_key};
use crate::app::{ExperimentSummary, Loadable};
use crate::domain::{
    ColumnInfo, ColumnKey, ColumnValues, Experiment, ExperimentId, LifecycleStage, MetricCell, RunId, RunInfo, RunRow,
    RunStatus,
};

/// An experiment as the list shows it.
pub fn experiment(id: i64, name: &str, run_count: u64) -> ExperimentSummary {
    ExperimentSummary {
        experiment: Experiment {
            id: ExperimentId(id),
            name: name.to_owned(),
            artifact_location: String::new(),
            lifecycle_stage: LifecycleStage::Active,
            created_at: 0,
            updated_at: 0,
            tags: Vec::new(),
        },
        run_count,
    }
}

/// Everything that a table of runs is made of.
#[derive(Debug, Clone, Default)]
pub struct Parts {
    pub list: Vec<ExperimentSummary>,
    pub chosen: Vec<ExperimentId>,
    /// In the order in which they are to be shown.
    pub rows: Vec<RunRow>,
    pub columns: Vec<(ColumnKey, ColumnValues)>,
    pub view: RunsView,
}

impl ExperimentsState {
    /// The screen as it stands when these parts have been loaded.
    pub fn from_parts(parts: Parts) -> Self {
        let Parts { list, chosen, rows, columns, view } = parts;
        let run_count = rows.len();
        let infos = columns.iter().map(|(key, values)| info(key, values, run_count)).collect();
        let mut table = RunsTable::new(chosen.clone(), view.stage.view_type(), rows, infos, 1);
        // The first columns are in sight first: they are loaded last, so that they are kept when there are too many.
        for (key, values) in columns.into_iter().rev() {
            table.set_column(key, values, 1, &[]);
        }
        let skeleton = table.skeleton();
        let ranked = (0..run_count as u32).collect();
        let order = Order::compute(&skeleton.forest, &skeleton.ids, ranked, &view.expansion(), view.nested);
        table.set_order(Arc::new(order));
        let mut state =
            Self { list: Loadable::Ready(Arc::new(list)), table: Loadable::Ready(table), chosen, ..Self::default() };
        state.view.views.insert(view_key(&state.chosen), view);
        state
    }

    /// So many runs with so many columns, all of them shown; the same at every call. `now_ms` in Unix milliseconds.
    pub fn synthetic(run_count: usize, column_count: usize, now_ms: i64) -> Self {
        let id = ExperimentId(1);
        let rows: Vec<RunRow> = (0..run_count).map(|number| synthetic_row(number, id, now_ms)).collect();
        let columns = (0..column_count).map(|column| synthetic_column(column, &rows)).collect();
        let list = vec![experiment(1, "sweep", run_count as u64)];
        let view = RunsView { varying_only: false, ..RunsView::default() };
        Self::from_parts(Parts { list, chosen: vec![id], rows, columns, view })
    }
}

fn info(key: &ColumnKey, values: &ColumnValues, run_count: usize) -> ColumnInfo {
    let (count, differ) = match values {
        ColumnValues::Metric(values) => {
            let first = values.first().map(|(_, cell)| cell.last);
            (values.len(), values.iter().any(|(_, cell)| Some(cell.last) != first))
        }
        ColumnValues::Text(values) => {
            let different: HashSet<&str> = values.iter().map(|(_, text)| text.as_ref()).collect();
            (values.len(), different.len() > 1)
        }
    };
    ColumnInfo { key: key.clone(), run_count: count as u64, varies: differ || (count > 0 && count < run_count) }
}

fn synthetic_row(number: usize, experiment_id: ExperimentId, now_ms: i64) -> RunRow {
    let started = now_ms - number as i64 * 61_000;
    let status = match number % 17 {
        0 if number < 40 => RunStatus::Running,
        5 => RunStatus::Failed,
        11 => RunStatus::Killed,
        _ => RunStatus::Finished,
    };
    RunRow {
        info: RunInfo {
            id: RunId::new(format!("{:032x}", mix(number as u64))),
            experiment_id,
            name: format!("sweep-{number:05}"),
            user: ["ada", "grace", "linus"].get(number % 3).copied().unwrap_or_default().to_owned(),
            status,
            started_at: Some(started),
            ended_at: status.is_terminal().then_some(started + 40_000 + (mix(number as u64) % 90_000) as i64),
            artifact_uri: String::new(),
            lifecycle_stage: LifecycleStage::Active,
        },
        parent: None,
        note: false,
        source: Some("train.py".to_owned()),
        git_commit: None,
        revision: 1,
    }
}

fn synthetic_column(column: usize, rows: &[RunRow]) -> (ColumnKey, ColumnValues) {
    let value = |row: usize| mix((row * 1_009 + column * 7) as u64) as f64 / u64::MAX as f64;
    if column.is_multiple_of(2) {
        let cell = |row: usize| {
            let last = value(row);
            MetricCell {
                first: last * 1.5,
                last,
                min: last * 0.9,
                max: last * 1.6,
                last_step: 100,
                min_step: 80,
                max_step: 2,
                count: 100,
            }
        };
        let values = rows.iter().enumerate().map(|(at, row)| (row.info.id.clone(), cell(at))).collect();
        (ColumnKey::Metric(format!("metric_{column:03}").into()), ColumnValues::Metric(values))
    } else {
        let text = |row: usize| -> Arc<str> { format!("{:.4}", value(row) / 10.0).into() };
        let values = rows.iter().enumerate().map(|(at, row)| (row.info.id.clone(), text(at))).collect();
        (ColumnKey::Param(format!("param_{column:03}").into()), ColumnValues::Text(values))
    }
}

/// Spreads numbers evenly and always in the same way.
fn mix(number: u64) -> u64 {
    let mut x = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::expect_used, reason = "a test may panic")]

    use super::*;

    #[test]
    fn a_synthetic_table_is_whole_and_always_the_same() {
        let state = ExperimentsState::synthetic(50, 6, 1_000_000);
        let table = state.table.value().expect("a table");
        assert_eq!((table.run_count(), table.order().len(), table.loaded_columns().len()), (50, 50, 6));
        assert!(table.infos().iter().all(|info| info.varies && info.run_count == 50));
        let again = ExperimentsState::synthetic(50, 6, 1_000_000);
        assert_eq!(table.row(7), again.table.value().and_then(|table| table.row(7)));
    }
}
