//! The demo's second experiment: three searches over settings, each a parent run with its trials below it.

use super::curves::{Falling, overfitting};
use super::dice::Dice;
use super::plan::{DAY, ExperimentPlan, Files, HOUR, MINUTE, ModelPlan, RunPlan, pairs};
use crate::domain::RunStatus;

pub(super) const NAME: &str = "wine-quality-tuning";

const NOTE: &str = "# Tuning\n\nThree searches, each a parent run with its trials as children.\n\n1. gradient boosting, \
                    random search\n2. forest, grid search\n3. multi-layer perceptron, Bayesian search (still \
                    running)\n\nOrder by `metrics.val_rmse`; the winner of each search is repeated in its parent.\n";

pub(super) fn plan(seed: u64, now: i64) -> ExperimentPlan {
    let mut runs = boosting_search(seed, now - 12 * DAY);
    runs.extend(forest_search(seed, now - 9 * DAY));
    runs.extend(perceptron_search(seed, now));
    ExperimentPlan { name: NAME, note: NOTE, runs }
}

/// A parent run around its trials: starts before the first, ends after the last, repeats the best.
fn search(name: &str, strategy: &str, mut trials: Vec<RunPlan>, dice: &mut Dice) -> Vec<RunPlan> {
    let start = trials.iter().map(|trial| trial.started_at).min().unwrap_or_default() - 8_000;
    let end = trials.iter().filter_map(|trial| trial.ended_at).max().unwrap_or(start) + 12_000;
    let mut parent = RunPlan::new(name, start, end - start, dice);
    parent.user = trials.first().map_or("mara", |trial| trial.user);
    parent.script = "search.py";
    parent.files = Files::Search;
    parent.params = pairs([
        ("strategy", strategy.to_owned()),
        ("n_trials", trials.len().to_string()),
        ("objective", "val_rmse".to_owned()),
        ("random_state", "42".to_owned()),
    ]);
    parent.tags = pairs([("stage", "tuning".to_owned())]);
    let score = |trial: &RunPlan| trial.last("val_rmse").filter(|value| value.is_finite());
    let finished = trials.iter_mut().filter(|trial| trial.status == RunStatus::Finished);
    let best = finished.min_by(|a, b| f64::total_cmp(&score(a).unwrap_or(9.0), &score(b).unwrap_or(9.0)));
    if let Some(best) = best {
        best.tags.push(("best".to_owned(), "true".to_owned()));
        best.model =
            Some(ModelPlan { name: name.replace([' ', ','], "-"), shift: dice.between(-0.03, 0.03), uploaded: true });
        let value = score(best).unwrap_or_default();
        parent.params.push(("best_trial".to_owned(), best.name.clone()));
        parent.value("best_val_rmse", value);
        parent.note = Some(format!("Best trial: **{}** with a validation RMSE of {value:.4}.\n", best.name));
    }
    // How the best so far fell from trial to trial.
    let mut so_far = f64::INFINITY;
    let fall = trials
        .iter()
        .filter_map(score)
        .map(|value| {
            so_far = so_far.min(value);
            so_far
        })
        .collect();
    parent.curve("best_so_far", fall, 1, end - start);
    for trial in &mut trials {
        trial.parent = Some(parent.name.clone());
        trial.tags.push(("stage".to_owned(), "tuning".to_owned()));
    }
    trials.insert(0, parent);
    trials
}

fn boosting_search(seed: u64, start: i64) -> Vec<RunPlan> {
    let name = "gradient boosting, random search";
    let mut dice = Dice::new(seed, name);
    let mut at = start;
    let trials = (0..12)
        .map(|i| {
            let rate = dice.log_between(0.01, 0.4);
            let depth = dice.whole(3, 10);
            let rounds = dice.whole(12, 60) * 10;
            let subsample = dice.between(0.5, 1.0);
            // The best settings lie near a rate of 0.06 and a depth of 7; the error grows away from them.
            let floor = 0.598
                + 0.035 * (rate / 0.06).log10().powi(2)
                + 0.0025 * (depth as f64 - 7.0).powi(2)
                + 0.02 * (subsample - 0.8).powi(2)
                + 0.003 * dice.normal().abs();
            let duration = rounds * depth * 18;
            let mut run = RunPlan::new(format!("trial {:02}", i + 1), at, duration, &mut dice);
            at += duration + 2_500;
            run.script = "search.py";
            run.params = pairs([
                ("model", "HistGradientBoostingRegressor".to_owned()),
                ("learning_rate", format!("{rate:.5}")),
                ("max_depth", depth.to_string()),
                ("n_estimators", rounds.to_string()),
                ("subsample", format!("{subsample:.3}")),
                ("random_state", "42".to_owned()),
            ]);
            let rounds = rounds as usize;
            let falling = Falling { from: 0.886, to: floor, tau: 2.2 / rate, noise: 0.0025 };
            let rise = if depth > 7 { 0.000_08 * (depth - 7) as f64 } else { 0.0 };
            let turn = (8.0 / rate) as usize;
            let validation = overfitting(&falling, turn, rise, rounds, &mut dice);
            let training = Falling { to: floor * (1.05 - 0.06 * depth as f64), noise: 0.001, ..falling };
            let training = training.values(rounds, &mut dice);
            if i == 4 {
                let cut = rounds / 3;
                run.curve("val_rmse", validation.into_iter().take(cut).collect(), 1, duration / 3);
                run.curve("train_rmse", training.into_iter().take(cut).collect(), 1, duration / 3);
                return run.ended(
                    RunStatus::Killed,
                    "Pruned: behind the median of the other trials after a third of its rounds.",
                );
            }
            run.curve("val_rmse", validation, 1, duration);
            run.curve("train_rmse", training, 1, duration);
            if i == 8 {
                return run
                    .ended(RunStatus::Failed, "The disk was full when the model was saved; the metrics are whole.");
            }
            run
        })
        .collect();
    search(name, "random", trials, &mut dice)
}

fn forest_search(seed: u64, start: i64) -> Vec<RunPlan> {
    let name = "forest, grid search";
    let mut dice = Dice::new(seed, name);
    let mut at = start;
    let mut trials = Vec::new();
    for trees in [100_i64, 300, 500] {
        for (features, penalty) in [("sqrt", 0.0), ("0.5", 0.004), ("1.0", 0.013)] {
            let duration = trees * if features == "sqrt" { 20 } else { 55 };
            let mut run = RunPlan::new(format!("{trees} trees, {features} features"), at, duration, &mut dice);
            at += duration + 1_500;
            run.user = "jonas";
            run.script = "search.py";
            run.params = pairs([
                ("model", "ExtraTreesRegressor".to_owned()),
                ("n_estimators", trees.to_string()),
                ("max_features", features.to_owned()),
                ("min_samples_leaf", "2".to_owned()),
                ("random_state", "42".to_owned()),
            ]);
            let rmse = 0.5945 + penalty + 0.9 / trees as f64 + 0.0012 * dice.normal();
            run.value("val_rmse", rmse);
            run.value("val_mae", rmse * 0.71);
            run.value("val_r2", 1.0 - (rmse / 0.8862).powi(2));
            run.value("train_rmse", rmse * 0.36);
            trials.push(run);
        }
    }
    search(name, "grid", trials, &mut dice)
}

fn perceptron_search(seed: u64, now: i64) -> Vec<RunPlan> {
    let name = "perceptron, Bayesian search";
    let mut dice = Dice::new(seed, name);
    let duration = 13 * MINUTE;
    let start = now - 2 * HOUR - 20 * MINUTE;
    let trials: Vec<RunPlan> = (0..10_i64)
        .map(|i| {
            let mut run =
                RunPlan::new(format!("suggestion {:02}", i + 1), start + i * (duration + 30_000), duration, &mut dice);
            let rate = dice.log_between(1e-4, 3e-2);
            let width = 1 << dice.whole(5, 9);
            let dropout = dice.between(0.0, 0.5);
            run.user = "aiko";
            run.script = "search.py";
            run.params = pairs([
                ("model", "MLPRegressor".to_owned()),
                ("learning_rate", format!("{rate:.6}")),
                ("hidden_units", width.to_string()),
                ("dropout", format!("{dropout:.2}")),
                ("epochs", "80".to_owned()),
                ("random_state", "42".to_owned()),
            ]);
            let floor = 0.66 + 0.02 * (rate / 0.002).log10().powi(2) + 0.05 * (dropout - 0.15).powi(2);
            let falling = Falling { from: 1.9, to: floor, tau: 9.0, noise: 0.008 };
            let epochs = match i {
                8 => 31,
                9 => 0,
                _ => 80,
            };
            let span = duration * epochs / 80;
            run.curve("val_rmse", overfitting(&falling, 50, 0.0004, epochs as usize, &mut dice), 1, span);
            run.curve("train_loss", Falling { to: floor * 0.8, ..falling }.values(epochs as usize, &mut dice), 1, span);
            match i {
                5 => {
                    // One that learns nothing after its twentieth epoch: not a number from there on.
                    for series in &mut run.series {
                        series.points.iter_mut().skip(20).for_each(|point| point.value = f64::NAN);
                    }
                    run.ended(
                        RunStatus::Failed,
                        "The loss became NaN in epoch 20; the learning rate was too high for this width.",
                    )
                }
                8 => run.running(),
                9 => RunPlan { status: RunStatus::Scheduled, started_at: now - MINUTE, ..run.running() },
                _ => run,
            }
        })
        .collect();
    let mut runs = search(name, "tpe", trials, &mut dice);
    if let Some(parent) = runs.first_mut() {
        parent.status = RunStatus::Running;
        parent.ended_at = None;
    }
    runs
}
