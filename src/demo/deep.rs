//! The demo's third experiment: neural networks with long histories, system metrics and all the ways to fail.

use super::curves::{Falling, diverging, overfitting, wandering, warm_cosine};
use super::dice::Dice;
use super::plan::{DAY, ExperimentPlan, Files, HOUR, MINUTE, ModelPlan, RunPlan, pairs};
use crate::domain::RunStatus;

pub(super) const NAME: &str = "wine-quality-deep";

const NOTE: &str = "# Deep models on a small table\n\nA deliberately unfair fight: 4,898 rows against transformers. \
                    What it is good for is watching long runs.\n\n* `ft-transformer-large` logs every step: **120,000 points** a \
                    metric\n* `mlp-256, rate too high` diverges; its loss passes infinity and ends as NaN\n* `resnet-half-precision` skips \
                    steps whose loss overflowed\n";

/// How a run ends.
#[derive(Clone, Copy, PartialEq, Eq)]
enum End {
    Well,
    Running,
    Diverges,
    Gaps,
    Killed,
}

/// One network and how it is trained.
struct Network {
    name: &'static str,
    kind: &'static str,
    optimizer: &'static str,
    rate: f64,
    parameters: i64,
    steps: usize,
    /// Validation error that it settles at.
    floor: f64,
    end: End,
}

const fn network(
    name: &'static str,
    kind: &'static str,
    rate: f64,
    parameters: i64,
    steps: usize,
    floor: f64,
) -> Network {
    Network { name, kind, optimizer: "adamw", rate, parameters, steps, floor, end: End::Well }
}

const NETWORKS: &[Network] = &[
    Network { optimizer: "sgd", ..network("mlp-256, plain SGD", "mlp", 0.05, 137_000, 6_000, 0.703) },
    network("mlp-256", "mlp", 0.001, 137_000, 6_000, 0.688),
    network("mlp-512, four layers", "mlp", 0.001, 797_000, 8_000, 0.679),
    Network { end: End::Diverges, ..network("mlp-256, rate too high", "mlp", 0.9, 137_000, 4_000, 0.7) },
    network("resnet-8", "resnet", 0.0005, 1_060_000, 12_000, 0.664),
    network("resnet-16", "resnet", 0.0005, 2_110_000, 100_000, 0.659),
    Network { end: End::Gaps, ..network("resnet-half-precision", "resnet", 0.0005, 1_060_000, 12_000, 0.667) },
    network("tabnet", "tabnet", 0.02, 320_000, 9_000, 0.701),
    network("ft-transformer", "transformer", 0.0001, 920_000, 15_000, 0.652),
    network("ft-transformer-large", "transformer", 0.000_1, 5_300_000, 120_000, 0.641),
    Network { end: End::Killed, ..network("saint", "transformer", 0.0001, 8_900_000, 7_000, 0.69) },
    Network { end: End::Running, ..network("ft-transformer, distilled", "transformer", 0.0003, 310_000, 5_200, 0.648) },
];

/// Milliseconds that a step takes on the machine of the story.
fn millis_a_step(network: &Network) -> i64 {
    18 + network.parameters / 60_000
}

pub(super) fn plan(seed: u64, now: i64) -> ExperimentPlan {
    let mut started_at = now - 5 * DAY;
    let mut runs = Vec::new();
    for network in NETWORKS {
        let mut dice = Dice::new(seed, network.name);
        let duration = network.steps as i64 * millis_a_step(network);
        if network.end == End::Running {
            started_at = now - duration;
        }
        runs.push(network_run(network, started_at, duration, &mut dice));
        started_at += duration + dice.whole(10, 240) * MINUTE;
        if started_at > now - 3 * HOUR {
            started_at = now - 3 * HOUR;
        }
    }
    ExperimentPlan { name: NAME, note: NOTE, runs }
}

fn network_run(network: &Network, started_at: i64, duration: i64, dice: &mut Dice) -> RunPlan {
    let mut run = RunPlan::new(network.name, started_at, duration, dice);
    run.user = "aiko";
    run.script = "train_deep.py";
    run.params = pairs([
        ("model", network.kind.to_owned()),
        ("optimizer", network.optimizer.to_owned()),
        ("learning_rate", format!("{}", network.rate)),
        ("batch_size", "256".to_owned()),
        ("parameters", network.parameters.to_string()),
        ("max_steps", network.steps.max(6_000).to_string()),
        ("weight_decay", "0.01".to_owned()),
        ("precision", if network.end == End::Gaps { "float16" } else { "float32" }.to_owned()),
        ("random_state", "42".to_owned()),
    ]);
    run.tags = pairs([("stage", "deep".to_owned()), ("hardware", "1 GPU, 24 GB".to_owned())]);
    training_curves(&mut run, network, duration, dice);
    system_curves(&mut run, duration, dice);
    run.files = Files::Training;
    match network.end {
        End::Well | End::Gaps => {
            run.value("test_rmse", network.floor * dice.between(1.0, 1.02));
            run.model = Some(ModelPlan {
                name: network.name.replace(", ", "-").replace(' ', "-"),
                shift: dice.between(-0.04, 0.04),
                uploaded: network.kind != "tabnet",
            });
            if network.name == "ft-transformer-large" {
                run.note =
                    Some("Ten times the steps for **0.011** RMSE. Not worth it; see `ft-transformer`.\n".to_owned());
                run.tags.push(("best".to_owned(), "true".to_owned()));
            }
            run
        }
        End::Running => run.running(),
        End::Killed => {
            run.ended(RunStatus::Killed, "Stopped by hand: the machine was needed for `ft-transformer-large`.")
        }
        End::Diverges => run.ended(
            RunStatus::Failed,
            "Diverged after about 900 steps. `learning_rate` 0.9 was a typing error for 0.0009.",
        ),
    }
}

fn training_curves(run: &mut RunPlan, network: &Network, duration: i64, dice: &mut Dice) {
    let steps = network.steps;
    let falling = Falling { from: 3.1, to: network.floor.powi(2), tau: steps as f64 / 9.0, noise: 0.06 };
    let mut loss =
        if network.end == End::Diverges { diverging(&falling, 900, steps, dice) } else { falling.values(steps, dice) };
    if network.end == End::Gaps {
        // Steps whose loss overflowed in half precision were logged as they came.
        for value in &mut loss {
            if dice.unit() < 0.004 {
                *value = f64::NAN;
            }
        }
    }
    let rate = warm_cosine(network.rate, steps / 20, steps);
    let long = steps >= 100_000;
    run.curve("train/loss", loss, 1, duration);
    let stride = if long { 1 } else { 10 };
    run.curve("train/learning_rate", rate.into_iter().step_by(stride).collect(), stride as i64, duration);
    let norms = Falling { from: 9.0, to: 0.4, tau: steps as f64 / 50.0, noise: 0.12 };
    run.curve("train/gradient_norm", norms.values(steps / 10, dice), 10, duration);

    let epochs = (steps / 100).clamp(40, 400);
    let stride = (steps / epochs) as i64;
    let score = Falling { from: 1.4, to: network.floor, tau: epochs as f64 / 8.0, noise: 0.006 };
    let rmse = if network.end == End::Diverges {
        diverging(&score, epochs / 4, epochs, dice)
    } else {
        overfitting(&score, epochs * 3 / 4, 0.000_1, epochs, dice)
    };
    let r2 = rmse.iter().map(|rmse| 1.0 - (rmse / 0.8862).powi(2)).collect();
    run.curve("val/rmse", rmse, stride, duration);
    run.curve("val/r2", r2, stride, duration);
}

/// What the client's system monitor logs: one reading every ten seconds, at most 720 of them.
fn system_curves(run: &mut RunPlan, duration: i64, dice: &mut Dice) {
    let count = ((duration / 10_000) as usize).clamp(6, 720);
    let percent = (0.0, 100.0);
    for (key, level, spread, range) in [
        ("cpu_utilization_percentage", 34.0, 4.0, percent),
        ("system_memory_usage_megabytes", 11_800.0, 60.0, (0.0, 64_000.0)),
        ("system_memory_usage_percentage", 18.4, 0.2, percent),
        ("gpu_0_utilization_percentage", 93.0, 3.0, percent),
        ("gpu_0_memory_usage_megabytes", 17_200.0, 30.0, (0.0, 24_000.0)),
        ("gpu_0_power_usage_watts", 231.0, 9.0, (20.0, 300.0)),
        ("disk_usage_percentage", 61.0, 0.02, percent),
        ("network_receive_megabytes", 1.8, 0.4, (0.0, 100.0)),
        ("network_transmit_megabytes", 0.6, 0.2, (0.0, 100.0)),
    ] {
        let values = wandering(level, spread, range, count, dice);
        run.curve(&format!("system/{key}"), values, 1, duration);
    }
}
