//! Experiments in pictures: empty, loading, failed, full, very full, with names that test the room.

use std::sync::Arc;

use egui::{Theme, Vec2};
use egui_kittest::kittest::Queryable as _;
use egui_kittest::{Harness, SnapshotResults};
use proofmark::app::experiments::synthetic::{Parts, experiment};
use proofmark::app::experiments::{
    Aggregate, ColumnId, ExperimentsState, FilterProblem, Lines as _, Pick, RunsView, SortKey,
};
use proofmark::app::{Loadable, Route, State, UserError};
use proofmark::domain::{
    ColumnKey, ColumnValues, ExperimentId, LifecycleStage, MetricCell, MetricPoint, MetricSummary, Param, Run, RunId,
    RunInfo, RunRow, RunStatus, Tag,
};

use crate::support::{LARGE, NOW_MS, PreviewApp, SMALL, has_gpu, open_state, preview, snapshots};

const EXPERIMENT: ExperimentId = ExperimentId(1);
const MINUTE: i64 = 60_000;

fn run(number: usize, name: &str, status: RunStatus, minutes_ago: i64, parent: Option<usize>) -> RunRow {
    let started = NOW_MS - minutes_ago * MINUTE;
    let user = ["ada", "grace", "linus"][number % 3];
    RunRow {
        info: RunInfo {
            id: id(number),
            experiment_id: EXPERIMENT,
            name: name.to_owned(),
            user: user.to_owned(),
            status,
            started_at: Some(started),
            ended_at: status.is_terminal().then_some(started + 41_000 + number as i64 * 7_300),
            artifact_uri: String::new(),
            lifecycle_stage: LifecycleStage::Active,
        },
        parent: parent.map(id),
        note: number == 3,
        source: Some("/home/ada/wine/train.py".to_owned()),
        git_commit: Some("9fceb02d0ae598e95dc970b74767f19372d61af8".to_owned()),
        revision: 1,
    }
}

fn id(number: usize) -> RunId {
    RunId::new(format!("{:032x}", number as u128 * 0x9e37_79b9_7f4a_7c15_1234))
}

fn names(rows: &[RunRow]) -> Vec<RunId> {
    rows.iter().map(|row| row.info.id.clone()).collect()
}

fn metric(key: &str, ids: &[RunId], value: impl Fn(usize) -> Option<f64>) -> (ColumnKey, ColumnValues) {
    let cells = ids.iter().enumerate().filter_map(|(at, id)| {
        let last = value(at)?;
        let spread = if last.is_nan() { 0.1 } else { last.abs() * 0.2 };
        let cell = MetricCell {
            first: last + spread,
            last,
            min: if last.is_nan() { 0.31 } else { last - spread / 5.0 },
            max: last + spread,
            last_step: 200,
            min_step: 180,
            max_step: 0,
            count: 201,
        };
        Some((id.clone(), cell))
    });
    (ColumnKey::Metric(key.into()), ColumnValues::Metric(cells.collect()))
}

fn param(key: &str, ids: &[RunId], value: impl Fn(usize) -> Option<String>) -> (ColumnKey, ColumnValues) {
    let texts = ids.iter().enumerate().filter_map(|(at, id)| Some((id.clone(), value(at)?.into())));
    (ColumnKey::Param(key.into()), ColumnValues::Text(texts.collect()))
}

fn tag(key: &str, ids: &[RunId], value: impl Fn(usize) -> Option<String>) -> (ColumnKey, ColumnValues) {
    let (_, values) = param(key, ids, value);
    (ColumnKey::Tag(key.into()), values)
}

/// Numbers that look measured and are always the same.
fn noise(at: usize, salt: usize) -> f64 {
    let x = (at * 37 + salt * 101 + 11) as f64;
    (x.sin() * 43_758.545).fract().abs()
}

fn tuning_rows() -> Vec<RunRow> {
    let mut rows = vec![
        run(1, "gradient-boosting-final", RunStatus::Running, 3, None),
        run(2, "gradient-boosting-sweep", RunStatus::Finished, 95, None),
    ];
    for trial in 0..6 {
        let status = if trial == 4 { RunStatus::Failed } else { RunStatus::Finished };
        rows.push(run(3 + trial, &format!("trial-{:02}", trial + 1), status, 94 - trial as i64 * 3, Some(2)));
    }
    rows.push(run(10, "random-forest-sweep", RunStatus::Finished, 60 * 5, None));
    for trial in 0..4 {
        rows.push(run(
            11 + trial,
            &format!("forest-{:03}", 100 * (trial + 1)),
            RunStatus::Finished,
            60 * 5 - trial as i64,
            Some(10),
        ));
    }
    let rest = [
        ("elastic-net", RunStatus::Finished),
        ("svm-rbf", RunStatus::Killed),
        ("mlp-2x64", RunStatus::Finished),
        ("mlp-3x128-dropout", RunStatus::Finished),
        ("mlp-3x256", RunStatus::Failed),
        ("linear-baseline", RunStatus::Finished),
        ("mean-baseline", RunStatus::Finished),
        ("nightly-2026-11-18", RunStatus::Scheduled),
    ];
    for (at, (name, status)) in rest.into_iter().enumerate() {
        rows.push(run(20 + at, name, status, 60 * (9 + 17 * at as i64), None));
    }
    rows
}

fn columns(rows: &[RunRow]) -> Vec<(ColumnKey, ColumnValues)> {
    let ids = names(rows);
    let is_done = |at: usize| rows[at].info.status != RunStatus::Scheduled;
    vec![
        metric("val_rmse", &ids, |at| match at {
            6 => Some(f64::NAN),
            _ => is_done(at).then(|| 0.58 + noise(at, 1) * 0.16),
        }),
        metric("val_mae", &ids, |at| match at {
            6 => Some(f64::NAN),
            _ => is_done(at).then(|| 0.41 + noise(at, 2) * 0.12),
        }),
        metric("r2", &ids, |at| (is_done(at) && at != 6).then(|| 0.21 + noise(at, 3) * 0.31)),
        metric("training_log_loss", &ids, |at| {
            (is_done(at) && !at.is_multiple_of(5)).then(|| 0.000_8 + noise(at, 4) * 0.9)
        }),
        param("model", &ids, |at| {
            Some(
                ["xgboost", "random_forest", "mlp"][if at < 8 {
                    0
                } else if at < 13 {
                    1
                } else {
                    2
                }]
                .to_owned(),
            )
        }),
        param("learning_rate", &ids, |at| (at < 8).then(|| ["0.1", "0.05", "0.3", "0.01"][at % 4].to_owned())),
        param("max_depth", &ids, |at| (at < 13).then(|| (3 + at % 6).to_string())),
        param("n_estimators", &ids, |at| (at < 13).then(|| (100 * (1 + at % 5)).to_string())),
        param("random_state", &ids, |_| Some("42".to_owned())),
        tag("stage", &ids, |at| (at % 7 == 0).then(|| "candidate".to_owned())),
    ]
}

fn list() -> Vec<proofmark::app::ExperimentSummary> {
    vec![
        experiment(1, "wine-tuning", 21),
        experiment(2, "wine-baselines", 6),
        experiment(3, "churn-2026-q4", 1_204),
        experiment(4, "fraud-scoring", 87),
        experiment(0, "Default", 0),
    ]
}

fn with(experiments: ExperimentsState) -> State {
    let mut state = open_state();
    state.experiments = experiments;
    let chosen = state.experiments.chosen.clone();
    state.navigation.go(Route::Experiments { experiments: chosen });
    state
}

fn curve(at: usize) -> Vec<f64> {
    (0..40).map(|x| 0.58 + 0.3 * (-f64::from(x) / 9.0).exp() + noise(x as usize, at) * 0.02).collect()
}

fn full() -> State {
    let rows = tuning_rows();
    let columns = columns(&rows);
    let rmse = ColumnId::Metric("val_rmse".into());
    let mut view = RunsView { sort: vec![SortKey { column: rmse.clone(), ascending: true }], ..RunsView::default() };
    view.set_aggregate(&rmse, Aggregate::Best);
    view.setting_mut(&rmse).sparkline = true;
    view.setting_mut(&rmse).width = Some(168.0);
    view.set_expanded(&id(2), true);
    let ids = names(&rows);
    let parts = Parts { list: list(), chosen: vec![EXPERIMENT], rows, columns, view };
    let mut experiments = ExperimentsState::from_parts(parts);
    let asked: Vec<_> = ids.iter().map(|id| (id.clone(), 1)).collect();
    let curves = ids.iter().enumerate().map(|(at, id)| (id.clone(), curve(at))).collect();
    experiments.sparklines.insert(&"val_rmse".into(), &asked, curves);
    focus(&mut experiments, 1);
    with(experiments)
}

/// Gives the run on a line the keyboard and fills the inspector with it.
fn focus(experiments: &mut ExperimentsState, line: usize) {
    let Some(table) = experiments.table.value() else { return };
    let row = table.row_of(table.id_at(line).unwrap()).unwrap();
    let metric = |key: &str, value: f64| {
        let point = |step, value| MetricPoint { step, timestamp: NOW_MS - MINUTE, value };
        MetricSummary {
            key: key.to_owned(),
            count: 201,
            nan_count: 0,
            first: point(0, value * 1.4),
            last: point(200, value),
            min: Some(point(180, value * 0.98)),
            max: Some(point(0, value * 1.4)),
        }
    };
    let pair = |key: &str, value: &str| Param { key: key.to_owned(), value: value.to_owned() };
    let run = Run {
        info: row.info.clone(),
        metrics: vec![
            metric("val_rmse", 0.602_134),
            metric("val_mae", 0.443_07),
            metric("r2", 0.398),
            metric("training_log_loss", 0.0137),
        ],
        params: vec![
            pair("model", "xgboost"),
            pair("learning_rate", "0.05"),
            pair("max_depth", "6"),
            pair("n_estimators", "400"),
            pair("random_state", "42"),
        ],
        tags: vec![Tag { key: "stage".to_owned(), value: "candidate".to_owned() }],
        datasets: Vec::new(),
        model_inputs: Vec::new(),
        model_outputs: Vec::new(),
    };
    experiments.selection.set_focus(Some(run.info.id.clone()));
    experiments.summary = Loadable::Ready(Arc::new(run));
}

fn select(experiments: &mut ExperimentsState, from: usize, to: usize) {
    let Some(table) = experiments.table.value() else { return };
    let (from, to) = (table.id_at(from).unwrap().clone(), table.id_at(to).unwrap().clone());
    experiments.selection.pick(table, &from, Pick::Only);
    experiments.selection.pick(table, &to, Pick::Range);
}

#[test]
fn pictures_of_an_experiment_without_runs() {
    snapshots("experiments-empty", |size, theme| {
        let parts = Parts { list: list(), chosen: vec![EXPERIMENT], ..Parts::default() };
        preview(with(ExperimentsState::from_parts(parts)), size, theme)
    });
}

#[test]
fn pictures_of_loading() {
    snapshots("experiments-loading", |size, theme| {
        let mut experiments = ExperimentsState::default();
        experiments.chosen = vec![EXPERIMENT];
        let mut state = with(experiments);
        state.experiments.list.start_loading();
        state.experiments.table.start_loading();
        preview(state, size, theme)
    });
}

#[test]
fn pictures_of_a_failure() {
    snapshots("experiments-error", |size, theme| {
        let parts = Parts { list: list(), chosen: vec![EXPERIMENT], ..Parts::default() };
        let mut state = with(ExperimentsState::from_parts(parts));
        let error = UserError::new("The runs could not be read", "The database is locked by another program")
            .with_advice("Another program holds the workspace. Try again in a moment");
        state.experiments.table = Loadable::Failed { error, previous: None };
        preview(state, size, theme)
    });
}

#[test]
fn pictures_of_runs() {
    snapshots("experiments-full", |size, theme| preview(full(), size, theme));
}

#[test]
fn pictures_of_chosen_runs() {
    snapshots("experiments-selection", |size, theme| {
        let mut state = full();
        select(&mut state.experiments, 2, 5);
        preview(state, size, theme)
    });
}

#[test]
fn pictures_of_ten_thousand_runs() {
    snapshots("experiments-10000", |size, theme| {
        let mut state = with(ExperimentsState::synthetic(10_000, 60, NOW_MS));
        if let Loadable::Ready(workspace) = &mut state.workspace {
            workspace.run_count = 10_000;
        }
        focus(&mut state.experiments, 3);
        preview(state, size, theme)
    });
}

#[test]
fn pictures_of_long_and_foreign_names() {
    snapshots("experiments-names", |size, theme| {
        let long = "a run whose name goes on and on because somebody put every hyperparameter of the search into it: depth=4 eta=0.1 subsample=0.8 colsample=0.7 alpha=0.01 lambda=1.0 seed=42 fold=3 of 5 on the cleaned data";
        let rows = vec![
            run(1, long, RunStatus::Running, 1, None),
            run(2, "ワイン品質-ランダムフォレスト", RunStatus::Finished, 60, None),
            run(3, "品质评估 第二轮", RunStatus::Finished, 61, Some(2)),
            run(4, "Überprüfung größer ≤ 5 %", RunStatus::Failed, 62, Some(2)),
            run(5, "", RunStatus::Finished, 63, Some(99)),
        ];
        let ids = names(&rows);
        let long_key = "validation/segment=premium/region=emea/mean_absolute_percentage_error";
        let columns = vec![
            metric(long_key, &ids, |at| Some(12.0 + noise(at, 9))),
            metric("tiny", &ids, |at| Some(1.0e-9 * (1.0 + noise(at, 8)))),
            metric("huge", &ids, |at| Some(1.0e12 * noise(at, 7))),
            param("preprocessing_pipeline", &ids, |at| {
                Some(format!("StandardScaler(with_mean=True)|PolynomialFeatures(degree={at})|SelectKBest(k=20)"))
            }),
            param("モデル", &ids, |at| Some(["線形", "森"][at % 2].to_owned())),
        ];
        let mut view = RunsView::default();
        view.set_all_expanded(true);
        let mut all = list();
        all.insert(1, experiment(9, &format!("{long} in an experiment of the same kind"), 5));
        all.insert(2, experiment(8, "売上予測-東京-2026年度", 12));
        let mut state =
            with(ExperimentsState::from_parts(Parts { list: all, chosen: vec![EXPERIMENT], rows, columns, view }));
        focus(&mut state.experiments, 0);
        preview(state, size, theme)
    });
}

fn once(name: &str, size: Vec2, theme: Theme, harness: impl FnOnce(Vec2, Theme) -> Harness<'static, PreviewApp>) {
    if !has_gpu() {
        return;
    }
    let mut results = SnapshotResults::new();
    let mut harness = harness(size, theme);
    harness.snapshot(name);
    results.extend_harness(&mut harness);
    results.unwrap();
}

#[test]
fn a_picture_of_the_column_picker() {
    once("experiments-columns", LARGE, Theme::Light, |size, theme| {
        let mut harness = preview(full(), size, theme);
        harness.get_by_label("Columns").click();
        harness.run();
        harness
    });
}

#[test]
fn a_picture_of_a_header_menu() {
    once("experiments-header-menu", LARGE, Theme::Dark, |size, theme| {
        let mut harness = preview(full(), size, theme);
        harness.get_by_label_contains("Sort by val_rmse").click_secondary();
        harness.run();
        harness
    });
}

#[test]
fn a_picture_of_a_wrong_filter() {
    once("experiments-wrong-filter", SMALL, Theme::Dark, |size, theme| {
        let mut state = full();
        let text = "metrics.val_rmse < 0.6 AND parms.max_depth = '6'";
        let view = state.experiments.view.views.values_mut().next().unwrap();
        text.clone_into(&mut view.filter);
        let start = text.find("parms").unwrap();
        state.experiments.problem = Some(FilterProblem {
            message: "There is no parms. Use metrics, params, tags, dataset or an attribute such as status".to_owned(),
            span: start..start + 5,
        });
        preview(state, size, theme)
    });
}

#[test]
fn a_picture_of_a_dialog() {
    once("experiments-tag", LARGE, Theme::Light, |size, theme| {
        let mut state = full();
        select(&mut state.experiments, 2, 4);
        state.experiments.dialog = Some(proofmark::app::experiments::Dialog::TagRuns);
        preview(state, size, theme)
    });
}
