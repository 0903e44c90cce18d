//! Experiments: what a person does there, over a real workspace, found by what can be read.

use std::path::PathBuf;

use egui::{Key, Modifiers, Role, Theme};
use egui_kittest::kittest::Queryable as _;
use proofmark::app::experiments::{Lines as _, Stage};
use proofmark::app::{Command, NavigateCommand, Route, State};
use proofmark::domain::{
    Actor, Channel, ExperimentId, Metric, MetricPoint, NewExperiment, NewRun, Param, RunId, RunStatus, RunUpdate, Tag,
    ViewType, tag_key,
};
use proofmark::store::{OpenMode, Store};

use crate::support::{LARGE, NOW_MS, Program};

/// A client that logs into the workspace that the program has open.
struct Client {
    store: Store,
    actor: Actor,
    experiment: ExperimentId,
}

impl Client {
    fn of(program: &Program) -> Self {
        let root: PathBuf = program.folder.path().join("wine-quality");
        let store = Store::open(&root, OpenMode::OpenExisting).unwrap();
        let actor = Actor::new("ada", Channel::Rest);
        let new = NewExperiment { name: "wine-tuning".to_owned(), ..NewExperiment::default() };
        let experiment = store.create_experiment(&actor, new).unwrap();
        Self { store, actor, experiment }
    }

    fn run(&self, name: &str, number: i64, parent: Option<&RunId>) -> RunId {
        let parent = parent.map(|id| Tag { key: tag_key::PARENT_RUN_ID.to_owned(), value: id.to_string() });
        let new = NewRun {
            name: Some(name.to_owned()),
            user: "ada".to_owned(),
            started_at: Some(NOW_MS - number * 60_000),
            tags: parent.into_iter().collect(),
        };
        let id = self.store.create_run(&self.actor, self.experiment, new).unwrap().info.id;
        self.metric(&id, "accuracy", 0, 0.5 + number as f64 / 100.0);
        let params = [("lr", format!("0.{number}")), ("seed", "7".to_owned())]
            .map(|(key, value)| Param { key: key.to_owned(), value });
        self.store.log_batch(&self.actor, &id, &[], &params, &[]).unwrap();
        id
    }

    fn metric(&self, run: &RunId, key: &str, step: i64, value: f64) {
        let point = MetricPoint { step, timestamp: NOW_MS, value };
        let metric = Metric { key: key.to_owned(), point, model_id: None, dataset: None };
        self.store.log_metric(&self.actor, run, &metric).unwrap();
    }

    fn finish(&self, run: &RunId, status: RunStatus) {
        let update = RunUpdate { status: Some(status), ended_at: Some(NOW_MS), name: None };
        self.store.update_run(&self.actor, run, &update).unwrap();
    }
}

/// The program at the experiments with six runs: `run-1` is the newest.
fn six_runs() -> (Program, Client, Vec<RunId>) {
    let mut program = Program::start(LARGE, Theme::Light);
    let client = Client::of(&program);
    let ids: Vec<RunId> = (1..=6).map(|number| client.run(&format!("run-{number}"), number, None)).collect();
    for id in &ids {
        client.finish(id, RunStatus::Finished);
    }
    go(&mut program, client.experiment);
    wait_for_runs(&mut program, 6);
    (program, client, ids)
}

fn go(program: &mut Program, experiment: ExperimentId) {
    program.harness.state_mut().send(Command::Navigate(NavigateCommand::Go(Route::experiment(experiment))));
}

/// The names of the lines, top to bottom.
fn lines(state: &State) -> Vec<String> {
    let Some(table) = state.experiments.table.value() else { return Vec::new() };
    (0..table.order().len()).filter_map(|at| Some(table.row_of(table.id_at(at)?)?.info.name.clone())).collect()
}

fn wait_for_runs(program: &mut Program, count: usize) {
    program.wait("the runs are there", |state| {
        lines(state).len() == count && !state.experiments.is_ordering && state.experiments.table.is_ready()
    });
}

fn selected(state: &State) -> usize {
    state.experiments.selection.len()
}

fn row(program: &mut Program, name: &str) {
    program.harness.get_by_role_and_label(Role::Row, name).click();
    program.harness.step();
}

/// Popups are measured before they are shown.
fn settle(program: &mut Program) {
    program.harness.run_steps(4);
}

fn write(program: &mut Program, text: &str) {
    program.harness.event(egui::Event::Text(text.to_owned()));
    program.harness.step();
}

#[test]
fn the_runs_of_an_experiment_are_found_and_their_values_read() {
    let (mut program, client, _) = six_runs();
    program.harness.get_by_label("6 runs");
    program.harness.get_by_role_and_label(Role::Row, "run-3");
    let accuracy = proofmark::domain::ColumnKey::Metric("accuracy".into());
    program.wait("the column is there", |state| {
        state.experiments.table.value().is_some_and(|table| table.column(&accuracy).is_some())
    });
    program.harness.get_by_label("accuracy 0.5300");
    let name = "wine-tuning, 6 runs";
    program.harness.get_by_label(name);
    assert_eq!(program.state().experiments.chosen, [client.experiment]);
}

#[test]
fn a_filter_is_typed_and_takes_effect() {
    let (mut program, ..) = six_runs();
    program.harness.key_press(Key::Slash);
    program.harness.step();
    program.harness.step();
    write(&mut program, "metrics.accuracy > 0.545");
    program.wait("two runs are left", |state| lines(state) == ["run-5", "run-6"]);
    program.harness.get_by_label("2 of 6 runs");
    program.harness.get_by_label("Clear the filter").click();
    wait_for_runs(&mut program, 6);
}

#[test]
fn a_wrong_filter_says_where_and_keeps_what_was_there() {
    let (mut program, ..) = six_runs();
    program.harness.key_press(Key::Slash);
    program.harness.step();
    program.harness.step();
    write(&mut program, "metrics.accuracy >> 1");
    program.wait("the mistake is known", |state| state.experiments.problem.is_some());
    let problem = program.state().experiments.problem.clone().unwrap();
    assert!(problem.span.start >= "metrics.accuracy ".len(), "{problem:?}");
    program.harness.get_by_label(&problem.message);
    assert_eq!(lines(program.state()).len(), 6);
}

#[test]
fn a_click_on_a_header_sorts_and_shift_adds_a_key() {
    let (mut program, ..) = six_runs();
    program.harness.get_by_label("Sort by accuracy").click();
    program.wait("the best is on top", |state| lines(state).first().is_some_and(|name| name == "run-6"));
    program.harness.get_by_label("Sort by accuracy, descending, key 1").click();
    program.wait("the worst is on top", |state| lines(state).first().is_some_and(|name| name == "run-1"));
    program.harness.get_by_label("Sort by lr").click_modifiers(Modifiers::SHIFT);
    program.wait("there are two keys", |state| state.experiments.runs_view().sort.len() == 2);
    program.harness.get_by_label("Sort by lr, ascending, key 2");
}

#[test]
fn a_range_is_chosen_deleted_and_brought_back() {
    let (mut program, client, ids) = six_runs();
    row(&mut program, "run-2");
    program.harness.get_by_role_and_label(Role::Row, "run-4").click_modifiers(Modifiers::SHIFT);
    program.wait("three are chosen", |state| selected(state) == 3);
    program.harness.get_by_label("3 runs selected");
    program.harness.key_press(Key::Delete);
    program.wait("three are left", |state| lines(state) == ["run-1", "run-5", "run-6"]);
    assert_eq!(selected(program.state()), 0);
    assert_eq!(client.store.run_rows(&[client.experiment], ViewType::DeletedOnly).unwrap().len(), 3);
    assert_eq!(program.state().undo.undo_label(), Some("delete 3 runs"));
    program.harness.key_press_modifiers(Modifiers::COMMAND, Key::Z);
    wait_for_runs(&mut program, 6);
    assert!(client.store.run(&ids[1]).is_ok());
}

#[test]
fn deleted_runs_are_shown_and_restored() {
    let (mut program, client, ids) = six_runs();
    client.store.delete_runs(&client.actor, &ids[..2]).unwrap();
    wait_for_runs(&mut program, 4);
    program.harness.get_by_label("Active").click();
    settle(&mut program);
    program.harness.get_by_label("Deleted runs").click();
    program.wait("the bin is shown", |state| {
        state.experiments.runs_view().stage == Stage::Deleted && lines(state) == ["run-1", "run-2"]
    });
    row(&mut program, "run-1");
    program.wait("it is chosen", |state| selected(state) == 1);
    program.harness.get_by_label("Restore").click();
    program.wait("one is left in the bin", |state| lines(state) == ["run-2"]);
    assert_eq!(client.store.run_rows(&[client.experiment], ViewType::ActiveOnly).unwrap().len(), 5);
}

#[test]
fn all_that_match_get_a_tag_and_one_undo_takes_it_back() {
    let (mut program, client, ids) = six_runs();
    program.harness.key_press_modifiers(Modifiers::COMMAND, Key::A);
    program.wait("all are chosen", |state| selected(state) == 6);
    program.harness.get_by_label("Tag").click();
    program.wait("it is asked for", |state| state.experiments.dialog.is_some());
    program.harness.step();
    write(&mut program, "stage");
    program.harness.get_by_label("Tag value").focus();
    program.harness.step();
    write(&mut program, "candidate");
    program.harness.get_by_role_and_label(Role::Button, "Tag 6 runs").click();
    let tag = |id: &RunId| client.store.run(id).unwrap().tag("stage").map(str::to_owned);
    program.wait("all have it", |_| ids.iter().all(|id| tag(id).as_deref() == Some("candidate")));
    program.wait("it can be undone", |state| state.undo.undo_label().is_some());
    program.harness.key_press_modifiers(Modifiers::COMMAND, Key::Z);
    program.wait("none has it", |_| ids.iter().all(|id| tag(id).is_none()));
}

#[test]
fn runs_are_renamed_by_a_pattern_in_one_step() {
    let (mut program, ..) = six_runs();
    row(&mut program, "run-1");
    program.harness.get_by_role_and_label(Role::Row, "run-2").click_modifiers(Modifiers::SHIFT);
    program.wait("two are chosen", |state| selected(state) == 2);
    program.harness.key_press(Key::F2);
    program.wait("it is asked for", |state| state.experiments.dialog.is_some());
    program.harness.step();
    write(&mut program, "-trial-{n:2}");
    program.harness.key_press(Key::Enter);
    program.wait("both have new names", |state| {
        lines(state).get(..2).is_some_and(|names| names == ["run-1-trial-01", "run-2-trial-02"])
    });
    program.harness.key_press_modifiers(Modifiers::COMMAND, Key::Z);
    program.wait("both have their old names", |state| {
        lines(state).get(..2).is_some_and(|names| names == ["run-1", "run-2"])
    });
}

#[test]
fn columns_that_say_nothing_stay_away_until_they_are_asked_for() {
    let (mut program, ..) = six_runs();
    assert!(program.harness.query_by_label("Sort by seed").is_none(), "the seed is the same in every run");
    program.harness.get_by_label("Columns").click();
    settle(&mut program);
    program.harness.get_by_label("Show seed").click();
    settle(&mut program);
    program.harness.get_by_label("Sort by seed");
    program.harness.get_by_label("Show lr").click();
    settle(&mut program);
    assert!(program.harness.query_by_label("Sort by lr").is_none());
    program.harness.get_by_label("Search columns").focus();
    program.harness.step();
    write(&mut program, "accu");
    settle(&mut program);
    program.harness.get_by_label("Show accuracy");
    assert!(program.harness.query_by_label("Show seed").is_none());
}

#[test]
fn children_unfold_under_their_parent_and_stay_there_when_sorted() {
    let mut program = Program::start(LARGE, Theme::Light);
    let client = Client::of(&program);
    let parent = client.run("sweep", 1, None);
    client.run("alone", 9, None);
    for number in 2..5 {
        client.run(&format!("trial-{number}"), number, Some(&parent));
    }
    go(&mut program, client.experiment);
    wait_for_runs(&mut program, 2);
    program.harness.get_by_label("Unfold sweep").click();
    wait_for_runs(&mut program, 5);
    program.harness.get_by_label("Sort by accuracy").click();
    program.wait("the children stay", |state| lines(state) == ["alone", "sweep", "trial-4", "trial-3", "trial-2"]);
    // The parent of a match stays in sight.
    program.harness.key_press(Key::Slash);
    program.harness.step();
    program.harness.step();
    write(&mut program, "run_name = 'trial-3'");
    program.wait("only the match and its parent are left", |state| lines(state) == ["sweep", "trial-3"]);
    program.harness.get_by_label("1 of 5 runs");
}

#[test]
fn the_keyboard_moves_chooses_and_opens() {
    let (mut program, _, ids) = six_runs();
    for _ in 0..2 {
        program.harness.key_press(Key::ArrowDown);
        program.harness.step();
    }
    program.wait("the second line has the keyboard", |state| state.experiments.selection.focus() == Some(&ids[1]));
    program.harness.key_press(Key::Space);
    program.wait("it is chosen", |state| selected(state) == 1);
    program.harness.key_press_modifiers(Modifiers::SHIFT, Key::ArrowDown);
    program.wait("two are chosen", |state| selected(state) == 2);
    program.harness.key_press(Key::Escape);
    program.wait("none is chosen", |state| selected(state) == 0);
    program.harness.key_press(Key::Enter);
    program.wait("the run is open", |state| *state.route() == Route::run(ids[2].clone()));
}

#[test]
fn the_run_in_focus_is_told_at_the_right() {
    let (mut program, ..) = six_runs();
    row(&mut program, "run-5");
    program.wait("its values are there", |state| {
        state.experiments.summary.value().is_some_and(|run| run.info.name == "run-5")
    });
    program.harness.get_by_label("accuracy: 0.55");
    program.harness.get_by_label("lr: 0.5");
}

#[test]
fn a_logged_point_appears_and_neither_selection_nor_lines_move() {
    let (mut program, client, ids) = six_runs();
    row(&mut program, "run-4");
    let before = lines(program.state());
    client.store.restore_runs(&client.actor, &ids).unwrap();
    let started = std::time::Instant::now();
    client.metric(&ids[3], "accuracy", 1, 0.99);
    let accuracy = proofmark::domain::ColumnKey::Metric("accuracy".into());
    program.wait("the point is there", |state| {
        state.experiments.table.value().is_some_and(|table| {
            let slot = table.slot(&ids[3]);
            slot.and_then(|slot| table.column(&accuracy)?.metric(slot)).is_some_and(|cell| cell.last == 0.99)
        })
    });
    assert!(started.elapsed().as_secs_f64() < 1.0, "it took {:?}", started.elapsed());
    assert_eq!(lines(program.state()), before);
    assert_eq!(selected(program.state()), 1);
    program.harness.get_by_label("accuracy 0.9900");
}

#[test]
fn a_new_run_appears_on_its_own() {
    let (mut program, client, _) = six_runs();
    client.run("newest", 0, None);
    wait_for_runs(&mut program, 7);
    assert_eq!(lines(program.state()).first().map(String::as_str), Some("newest"));
}

#[test]
fn an_experiment_is_made_renamed_deleted_and_restored() {
    let (mut program, client, _) = six_runs();
    program.harness.get_by_label("New experiment").click();
    program.wait("its name is asked for", |state| state.experiments.dialog.is_some());
    program.harness.step();
    write(&mut program, "churn");
    program.harness.get_by_label("Create").click();
    let found = || client.store.experiment_by_name("churn").ok();
    program.wait("it exists", |_| found().is_some());
    program.wait("it is listed", |state| state.experiments.experiment_names().values().any(|name| name == "churn"));
    program.harness.get_by_label("churn, 0 runs").click_secondary();
    settle(&mut program);
    program.harness.get_by_label("Delete experiment").click();
    program.wait("it is in the bin", |state| {
        state.undo.undo_label().is_some_and(|label| label.starts_with("delete the experiment"))
    });
    program.wait("it is not listed", |state| {
        state.experiments.list.value().is_some_and(|list| {
            list.iter().any(|summary| {
                summary.experiment.name == "churn"
                    && summary.experiment.lifecycle_stage == proofmark::domain::LifecycleStage::Deleted
            })
        })
    });
    assert!(program.harness.query_by_label("churn, 0 runs").is_none());
    program.harness.key_press_modifiers(Modifiers::COMMAND, Key::Z);
    program.wait("it is back", |_| {
        found().is_some_and(|experiment| experiment.lifecycle_stage == proofmark::domain::LifecycleStage::Active)
    });
}

#[test]
fn runs_of_two_experiments_are_shown_together() {
    let (mut program, client, _) = six_runs();
    let other = NewExperiment { name: "other".to_owned(), ..NewExperiment::default() };
    let other = client.store.create_experiment(&client.actor, other).unwrap();
    let new = NewRun { name: Some("elsewhere".to_owned()), started_at: Some(NOW_MS), ..NewRun::default() };
    client.store.create_run(&client.actor, other, new).unwrap();
    program.wait("it is listed", |state| state.experiments.experiment_names().contains_key(&other));
    program.harness.step();
    program.harness.get_by_label("other, 1 run").click_modifiers(Modifiers::COMMAND);
    wait_for_runs(&mut program, 7);
    program.harness.get_by_label("Sort by Experiment");
    program.harness.get_by_role_and_label(Role::Row, "elsewhere");
}
