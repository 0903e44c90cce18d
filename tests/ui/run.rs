//! The page of a run over a real workspace: charts, tags, search, artifacts; found by what is read there.

use egui::accesskit::Role;
use egui::{Key, Modifiers, Theme, Vec2};
use egui_kittest::SnapshotResults;
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use proofmark::app::{Command, NavigateCommand, Route, RunTab, State};
use proofmark::domain::{
    Actor, Channel, Dataset, DatasetInput, Experiment, ExperimentId, LifecycleStage, LoggedModel, LoggedModelId,
    LoggedModelStatus, Metric, MetricPoint, ModelOutput, Param, RunId, RunStatus, Tag, tag_key,
};
use proofmark::stats::series::XAxis;
use proofmark::store::{ImportedRun, OpenMode, Store};

use crate::support::{LARGE, NOW_MS, Program, SMALL, has_gpu, step_until};

const RUN: &str = "3f2b8c1d5e6f47a89b0c1d2e3f405162";
const PARENT: &str = "aa2b8c1d5e6f47a89b0c1d2e3f405162";
const EMPTY: &str = "ee2b8c1d5e6f47a89b0c1d2e3f405162";
const MODEL: &str = "m-0123456789abcdef0123456789abcdef";
const N_LONG: i64 = 60_000;
const START_MS: i64 = NOW_MS - 3_600_000;

fn actor() -> Actor {
    Actor::new("ada", Channel::Rest)
}

fn points(n: i64, value: impl Fn(f64) -> f64) -> Vec<MetricPoint> {
    let point = |step: i64| MetricPoint {
        step,
        timestamp: START_MS + step * 3_000_000 / n.max(1),
        value: value(step as f64 / n as f64),
    };
    (0..n).map(point).collect()
}

fn metrics() -> Vec<(String, Vec<MetricPoint>)> {
    let noise = |x: f64| (x * 9173.0).sin() * 0.04 + (x * 711.0).sin() * 0.03;
    let mut long = points(N_LONG, |x| (x * 40.0).sin() + noise(x) * 5.0);
    long[41_234].value = 42.0;
    let val_loss =
        points(60, |x| if (0.4..0.5).contains(&x) { f64::NAN } else { 0.9 * (-2.2 * x).exp() + 0.21 + noise(x) });
    let series = vec![
        ("accuracy", points(60, |x| 0.93 - 0.45 * (-4.0 * x).exp() + noise(x) * 0.3)),
        ("train/loss", points(2000, |x| 1.1 * (-3.0 * x).exp() + 0.12 + noise(x) * (1.2 - x))),
        ("train/grad_norm", points(2000, |x| (2.0 - 3.0 * x + noise(x) * 8.0).exp())),
        ("train/signal", long),
        ("val/loss", val_loss),
        ("val/rmse", points(60, |x| 0.6 + 0.5 * (-3.0 * x).exp() + noise(x))),
        ("system/cpu_utilization_percentage", points(300, |x| 60.0 + 300.0 * noise(x))),
        ("system/system_memory_usage_megabytes", points(300, |x| 4000.0 + 900.0 * x)),
        ("system/gpu_0_utilization_percentage", points(300, |x| 88.0 + 90.0 * noise(x))),
    ];
    series.into_iter().map(|(key, points)| (key.to_owned(), points)).collect()
}

fn params() -> Vec<Param> {
    let grid = "{'max_depth': [3, 5, 7, 9], 'learning_rate': [0.3, 0.1, 0.03, 0.01], 'subsample': [0.6, 0.8, 1.0]}";
    let pairs = [
        ("learning_rate", "0.05"),
        ("max_depth", "6"),
        ("n_estimators", "400"),
        ("subsample", "0.8"),
        ("objective", "reg:squarederror"),
        ("early_stopping_rounds", "25"),
        ("random_state", "42"),
        ("search_space", grid),
        ("note", ""),
    ];
    pairs.map(|(key, value)| Param { key: key.to_owned(), value: value.to_owned() }).into()
}

fn tag(key: &str, value: &str) -> Tag {
    Tag { key: key.to_owned(), value: value.to_owned() }
}

fn run(experiment_id: ExperimentId, id: &str, name: &str, started_at: i64) -> ImportedRun {
    ImportedRun {
        id: RunId::new(id),
        experiment_id,
        name: name.to_owned(),
        user: "ada".to_owned(),
        status: RunStatus::Finished,
        started_at: Some(started_at),
        ended_at: Some(started_at + 3_120_000),
        lifecycle_stage: LifecycleStage::Active,
        artifact_uri: None,
        params: Vec::new(),
        tags: vec![tag(tag_key::RUN_NAME, name)],
        metrics: Vec::new(),
        datasets: Vec::new(),
        model_inputs: Vec::new(),
        model_outputs: Vec::new(),
    }
}

const NOTE: &str = "Third attempt with **early stopping**.\n\n- better than the baseline on `val/rmse`\n- the gap in \
                    *val/loss* is a crashed evaluation\n\nSee the [report](https://example.org/report).";

fn full_run(experiment_id: ExperimentId) -> ImportedRun {
    let schema = r#"{"mlflow_colspec": [{"type": "double", "name": "fixed acidity", "required": true},
        {"type": "double", "name": "alcohol", "required": true}, {"type": "long", "name": "quality", "required": false}]}"#;
    let dataset = Dataset {
        name: "wine-quality-white".to_owned(),
        digest: "f3a81c20".to_owned(),
        source_type: "local".to_owned(),
        source: r#"{"uri": "data/winequality-white.csv"}"#.to_owned(),
        schema: Some(schema.to_owned()),
        profile: Some(r#"{"num_rows": 4898, "num_elements": 58776}"#.to_owned()),
    };
    let mut full = run(experiment_id, RUN, "boosted-depth-6", START_MS);
    full.params = params();
    full.metrics = metrics();
    full.datasets = vec![DatasetInput { dataset, tags: vec![tag(tag_key::DATASET_CONTEXT, "training")] }];
    full.model_outputs = vec![ModelOutput { model_id: LoggedModelId::new(MODEL), step: 59 }];
    full.tags.extend([
        tag(tag_key::PARENT_RUN_ID, PARENT),
        tag(tag_key::NOTE, NOTE),
        tag(tag_key::SOURCE_NAME, "train.py"),
        tag(tag_key::SOURCE_TYPE, "LOCAL"),
        tag(tag_key::GIT_COMMIT, "9f4c1e7a0b2d3c4e5f60718293a4b5c6d7e8f901"),
        tag(tag_key::GIT_BRANCH, "main"),
        tag("stage", "candidate"),
        tag("team", "wine"),
    ]);
    full
}

const REPORT: &str = "# Evaluation\n\nThe model **improves** on the baseline.\n\n| metric | value |\n|---|--:|\n| \
                      rmse | 0.612 |\n| mae | 0.471 |\n\n```python\nmodel.predict(frame)\n```\n";

const MLMODEL: &str = "artifact_path: model\nflavors:\n  python_function:\n    loader_module: mlflow.sklearn\n    \
                       python_version: 3.12.3\n  sklearn:\n    pickled_model: model.pkl\n    sklearn_version: 1.5.0\n\
                       model_size_bytes: 91342\nsignature:\n  inputs: '[{\"type\": \"double\", \"name\": \"alcohol\", \
                       \"required\": true}]'\n  outputs: '[{\"type\": \"tensor\", \"tensor-spec\": {\"dtype\": \
                       \"int64\", \"shape\": [-1]}}]'\n";

fn write_files(store: &Store) {
    let folder = store.artifact_root().join(format!("1/{RUN}/artifacts"));
    let write = |name: &str, content: &[u8]| {
        let path = folder.join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, content).unwrap();
    };
    let mut table = String::from("alcohol;pH;quality;region\n");
    for row in 0..5000 {
        let region = if row % 7 == 3 { "" } else { "Vinho Verde" };
        table.push_str(&format!("{:.1};{:.2};{};{region}\n", 8.0 + row as f64 % 50.0 / 10.0, 3.1, 3 + row % 6));
    }
    write("evaluation.csv", table.as_bytes());
    write("metrics.json", br#"{"rmse": 0.612, "folds": [0.61, 0.62, 0.6], "best": {"depth": 6, "early": true}}"#);
    write("report.md", REPORT.as_bytes());
    write("plots/notes.txt", "two lines\nof text\n".as_bytes());
    let mut png = std::io::Cursor::new(Vec::new());
    let shade = |x: u32, y: u32| image::Rgba([(x % 256) as u8, (y * 2 % 256) as u8, 120, 255]);
    image::RgbaImage::from_fn(320, 200, shade).write_to(&mut png, image::ImageFormat::Png).unwrap();
    write("plots/residuals.png", png.get_ref());
    let model = store.artifact_root().join(format!("1/models/{MODEL}/artifacts"));
    std::fs::create_dir_all(&model).unwrap();
    std::fs::write(model.join("MLmodel"), MLMODEL).unwrap();
    std::fs::write(model.join("model.pkl"), b"\x80\x04\x95\x10\x00\x00\x00").unwrap();
}

fn fill(store: &Store) {
    let experiment = Experiment {
        id: ExperimentId(1),
        name: "wine-tuning".to_owned(),
        artifact_location: String::new(),
        lifecycle_stage: LifecycleStage::Active,
        created_at: START_MS,
        updated_at: START_MS,
        tags: Vec::new(),
    };
    let (experiment, _) = store.import_experiment(&actor(), &experiment, None).unwrap();
    store.import_run(&actor(), run(experiment, PARENT, "depth-search", START_MS - 60_000)).unwrap();
    store.import_run(&actor(), run(experiment, EMPTY, "nothing-yet", START_MS + 60_000)).unwrap();
    let model = LoggedModel {
        id: LoggedModelId::new(MODEL),
        experiment_id: experiment,
        name: "boosted-trees".to_owned(),
        artifact_uri: String::new(),
        created_at: START_MS + 3_000_000,
        updated_at: START_MS + 3_000_000,
        status: LoggedModelStatus::Ready,
        model_type: "sklearn".to_owned(),
        source_run_id: Some(RunId::new(RUN)),
        params: Vec::new(),
        tags: Vec::new(),
        metrics: Vec::new(),
    };
    store.import_logged_model(&actor(), model, Vec::new()).unwrap();
    store.import_run(&actor(), full_run(experiment)).unwrap();
    write_files(store);
}

struct Page {
    program: Program,
    store: Store,
}

impl Page {
    /// The program with the page of a run open.
    fn open(run: &str, tab: RunTab, size: Vec2, theme: Theme) -> Self {
        let program = Program::start(size, theme);
        let store = Store::open(&program.folder.path().join("wine-quality"), OpenMode::OpenExisting).unwrap();
        fill(&store);
        let mut page = Self { program, store };
        page.go(run, tab);
        page
    }

    fn full(tab: RunTab) -> Self {
        Self::open(RUN, tab, LARGE, Theme::Light)
    }

    fn go(&mut self, run: &str, tab: RunTab) {
        let route = Route::Run { run: RunId::new(run), tab };
        self.program.harness.state_mut().send(Command::Navigate(NavigateCommand::Go(route)));
        let id = RunId::new(run);
        self.wait("the run is there", move |state| {
            let page = &state.run_page;
            page.details.is_ready() && page.family.is_ready() && page.details.value().unwrap().run.info.id == id
        });
    }

    fn wait(&mut self, what: &str, is_done: impl Fn(&State) -> bool) {
        self.program.wait(what, is_done);
    }

    fn wait_for_charts(&mut self) {
        self.wait("the charts are there", |state| {
            let charts = &state.run_page.charts;
            let is_ready = |key: &std::sync::Arc<str>| charts.get(key).is_some_and(|chart| chart.series.is_ready());
            !charts.shown().is_empty() && charts.shown().iter().all(is_ready)
        });
    }

    fn click(&mut self, label: &str) {
        self.program.harness.get_by_label(label).click();
        self.program.harness.step();
        self.program.harness.step();
    }

    fn type_into(&mut self, label: &str, text: &str) {
        self.program.harness.get_by_role_and_label(Role::TextInput, label).focus();
        self.program.harness.step();
        self.program.harness.get_by_role_and_label(Role::TextInput, label).type_text(text);
        self.program.harness.step();
    }

    fn shows(&self, text: &str) -> bool {
        self.program.harness.query_all_by_label_contains(text).next().is_some()
    }

    /// Waits until a text can be read.
    fn wait_to_read(&mut self, text: &str) {
        step_until(&mut self.program.harness, text, |harness| {
            harness.query_all_by_label_contains(text).next().is_some()
        });
    }

    fn summary(&self, chart: &str) -> String {
        let name = format!("Chart of {chart}");
        let node = self.program.harness.get_by_label(&name);
        node.accesskit_node().value().unwrap_or_default()
    }

    /// What a stored tag says now.
    fn stored_tag(&self, key: &str) -> Option<String> {
        self.store.run(&RunId::new(RUN)).unwrap().tag(key).map(ToOwned::to_owned)
    }
}

#[test]
fn a_tag_is_added_changed_and_both_are_undone() {
    let mut page = Page::full(RunTab::Overview);
    page.click("Add tag");
    page.type_into("Tag name", "reviewed");
    page.type_into("Tag value", "by ada");
    page.click("Save");
    page.wait_to_read("Edit tag reviewed");
    assert_eq!(page.stored_tag("reviewed").as_deref(), Some("by ada"));

    page.click("Remove tag stage");
    step_until(&mut page.program.harness, "the tag is gone", |harness| {
        harness.query_by_label("Remove tag stage").is_none()
    });
    assert_eq!(page.stored_tag("stage"), None);

    page.program.harness.key_press_modifiers(Modifiers::COMMAND, Key::Z);
    page.wait_to_read("Remove tag stage");
    assert_eq!(page.stored_tag("stage").as_deref(), Some("candidate"));
}

#[test]
fn parameters_are_found_by_name_and_value() {
    let mut page = Page::full(RunTab::Overview);
    assert!(page.shows("objective"));
    page.type_into("Search parameters", "depth");
    page.program.harness.step();
    assert!(page.shows("max_depth") && page.shows("search_space"), "name and value are searched");
    assert!(!page.shows("objective"));
}

#[test]
fn a_run_leads_to_its_parent_and_neighbours() {
    let mut page = Page::full(RunTab::Overview);
    page.click("Previous run: nothing-yet");
    page.wait("the neighbour is open", |state| {
        state.run_page.details.value().is_some_and(|details| details.run.info.name == "nothing-yet")
    });
    page.go(RUN, RunTab::Overview);
    page.program.harness.get_all_by_label("depth-search").last().unwrap().click();
    page.wait("the parent is open", |state| {
        state.run_page.details.value().is_some_and(|details| details.run.info.name == "depth-search")
    });
    page.wait_to_read("Child runs (1)");
}

#[test]
fn charts_tell_in_words_what_they_show() {
    let mut page = Page::full(RunTab::Metrics);
    page.wait_for_charts();
    let loss = page.summary("train/loss");
    assert!(loss.contains("last value") && loss.contains("at step 1,999"), "{loss}");
    let signal = page.summary("train/signal");
    assert!(signal.contains("all 60,000 points, min–max per pixel"), "{signal}");
    assert!(page.summary("accuracy").contains("exact, 60 points"));
}

#[test]
fn a_zoom_shows_every_point_and_all_comes_back() {
    let mut page = Page::full(RunTab::Metrics);
    page.wait_for_charts();
    let zoom = proofmark::stats::series::Zoom { x: Some((41_200.0, 41_300.0)), y: None };
    let command = proofmark::app::run_page::RunPageCommand::Zoom { key: "train/signal".into(), zoom };
    page.program.harness.state_mut().send(Command::Run(command));
    step_until(&mut page.program.harness, "every point is drawn", |harness| {
        let chart = harness.get_by_label("Chart of train/signal");
        chart.accesskit_node().value().unwrap_or_default().contains("exact, 101 points")
    });
    page.click("Show all of train/signal");
    step_until(&mut page.program.harness, "all is shown again", |harness| {
        let chart = harness.get_by_label("Chart of train/signal");
        chart.accesskit_node().value().unwrap_or_default().contains("all 60,000 points")
    });
}

#[test]
fn a_drag_zooms_in_x_and_all_can_be_shown_again() {
    let mut page = Page::full(RunTab::Metrics);
    page.wait_for_charts();
    let chart = page.program.harness.get_by_label("Chart of train/loss").rect();
    let at = |share: f32| egui::pos2(chart.left() + chart.width() * share, chart.center().y);
    page.program.harness.hover_at(at(0.5));
    page.program.harness.step();
    page.program.harness.step();
    assert!(page.summary("train/loss").contains("; at step "), "{}", page.summary("train/loss"));

    page.program.harness.drag_at(at(0.4));
    page.program.harness.step();
    page.program.harness.hover_at(at(0.6));
    page.program.harness.step();
    page.program.harness.drop_at(at(0.6));
    page.program.harness.step();
    page.wait("the chart is zoomed in x", |state| {
        let zoom = state.run_page.charts.get("train/loss").unwrap().zoom;
        zoom.x.is_some_and(|(lo, hi)| lo > 500.0 && hi < 1400.0 && hi > lo) && zoom.y.is_none()
    });
    page.wait_to_read("Show all of train/loss");

    page.click("Show all of train/loss");
    page.wait("all is shown again", |state| state.run_page.charts.get("train/loss").unwrap().zoom.is_all());
}

#[test]
fn a_logarithmic_axis_says_what_it_cannot_show() {
    let mut page = Page::full(RunTab::Metrics);
    page.wait_for_charts();
    page.click("Log y");
    step_until(&mut page.program.harness, "values at or below zero are counted", |harness| {
        let chart = harness.get_by_label("Chart of train/signal");
        chart.accesskit_node().value().unwrap_or_default().contains("≤ 0 not shown")
    });
}

#[test]
fn a_metric_of_the_overview_leads_to_its_chart() {
    let mut page = Page::full(RunTab::Overview);
    page.click("val/rmse");
    page.wait_for_charts();
    assert!(page.program.harness.query_by_label("Chart of val/rmse").is_some());
    assert!(page.program.harness.query_by_label("Chart of train/loss").is_none());
}

#[test]
fn the_axis_is_switched_for_all_charts() {
    let mut page = Page::full(RunTab::Metrics);
    page.wait_for_charts();
    page.click("Relative");
    page.wait_for_charts();
    page.wait("the axis is relative", |state| {
        let chart = state.run_page.charts.get("train/loss").unwrap();
        chart.series.value().is_some_and(|series| series.prepared.spec().x_axis == XAxis::Relative)
    });
}

#[test]
fn a_point_that_is_logged_appears_without_being_asked_for() {
    let mut page = Page::full(RunTab::Metrics);
    page.wait_for_charts();
    let point = MetricPoint { step: 60, timestamp: NOW_MS, value: 0.987_654 };
    let metric = Metric { key: "accuracy".to_owned(), point, model_id: None, dataset: None };
    page.store.log_metric(&actor(), &RunId::new(RUN), &metric).unwrap();
    step_until(&mut page.program.harness, "the new point is drawn", |harness| {
        let chart = harness.get_by_label("Chart of accuracy");
        chart.accesskit_node().value().unwrap_or_default().contains("last value 0.987654 at step 60")
    });
}

#[test]
fn artifacts_are_leafed_through_with_the_arrow_keys() {
    let mut page = Page::full(RunTab::Artifacts);
    page.wait_to_read("evaluation.csv");
    page.click("evaluation.csv");
    page.wait_to_read("5,000 rows, 4 columns");
    page.wait_to_read("Vinho Verde");
    assert!(page.shows("null"), "a missing value is not an empty text");
    page.program.harness.key_press(Key::ArrowDown);
    page.wait_to_read("rmse: 0.612");
    page.program.harness.key_press(Key::ArrowDown);
    page.wait_to_read("Evaluation");
    assert!(page.program.harness.query_by_role_and_label(Role::Heading, "Evaluation").is_some());
}

#[test]
fn a_model_is_described_and_its_pickle_stays_closed() {
    let mut page = Page::full(RunTab::Artifacts);
    page.wait_to_read("MLmodel");
    page.click("MLmodel");
    page.wait_to_read("Flavor sklearn");
    page.click("model.pkl");
    page.wait_to_read("Proofmark never opens one");
}

fn pictures(name: &str, run: &str, tab: RunTab, mut prepare: impl FnMut(&mut Page)) {
    if !has_gpu() {
        return;
    }
    let mut results = SnapshotResults::new();
    for (suffix, size, theme) in
        [("light", LARGE, Theme::Light), ("dark", LARGE, Theme::Dark), ("small", SMALL, Theme::Light)]
    {
        let mut page = Page::open(run, tab, size, theme);
        prepare(&mut page);
        page.program.harness.run_ok();
        page.program.harness.snapshot(format!("{name}-{suffix}"));
        results.extend_harness(&mut page.program.harness);
    }
    results.unwrap();
}

#[test]
fn pictures_of_the_overview() {
    pictures("run-overview", RUN, RunTab::Overview, |_| {});
}

#[test]
fn pictures_of_an_empty_run() {
    pictures("run-empty", EMPTY, RunTab::Metrics, |_| {});
}

#[test]
fn pictures_of_the_charts() {
    pictures("run-metrics", RUN, RunTab::Metrics, |page| {
        let smoothing = proofmark::stats::smooth::Smoothing::Ema(0.9);
        let command = proofmark::app::run_page::RunPageCommand::SetSmoothing(smoothing);
        page.program.harness.state_mut().send(Command::Run(command));
        page.program.harness.step();
        page.wait_for_charts();
    });
}

#[test]
fn pictures_of_one_chart() {
    pictures("run-chart", RUN, RunTab::Metrics, |page| {
        page.wait_for_charts();
        page.type_into("Search charts", "val/");
        page.click("Enlarge chart val/loss");
        page.wait_for_charts();
        let chart = page.program.harness.get_by_label("Chart of val/loss").rect();
        page.program.harness.hover_at(chart.center() + egui::vec2(chart.width() * 0.2, 0.0));
        page.program.harness.step();
        page.program.harness.step();
    });
}

#[test]
fn pictures_of_data_and_code() {
    pictures("run-data", RUN, RunTab::Data, |_| {});
}

#[test]
fn pictures_of_a_table() {
    pictures("run-table", RUN, RunTab::Artifacts, |page| {
        page.wait_to_read("evaluation.csv");
        page.click("evaluation.csv");
        page.wait_to_read("Vinho Verde");
    });
}

#[test]
fn pictures_of_a_model() {
    pictures("run-model", RUN, RunTab::Artifacts, |page| {
        page.wait_to_read("MLmodel");
        page.click("MLmodel");
        page.wait_to_read("Flavor sklearn");
    });
}

#[test]
fn pictures_of_a_run_that_is_gone() {
    if !has_gpu() {
        return;
    }
    let mut results = SnapshotResults::new();
    for (suffix, theme) in [("light", Theme::Light), ("dark", Theme::Dark)] {
        let mut program = Program::start(LARGE, theme);
        let route = Route::run(RunId::new("00000000000000000000000000000000"));
        program.harness.state_mut().send(Command::Navigate(NavigateCommand::Go(route)));
        program.wait("the failure is known", |state| state.run_page.details.error().is_some());
        program.harness.run_ok();
        program.harness.snapshot(format!("run-gone-{suffix}"));
        results.extend_harness(&mut program.harness);
    }
    results.unwrap();
}
