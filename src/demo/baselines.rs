//! The demo's first experiment: one run for each simple model.

use super::curves::wandering;
use super::dice::Dice;
use super::plan::{DAY, ExperimentPlan, Files, HOUR, MINUTE, ModelPlan, RunPlan, pairs};
use crate::domain::RunStatus;

pub(super) const NAME: &str = "wine-quality-baselines";

const NOTE: &str = "# Baselines\n\nHow far simple models get on the wine data, each with its defaults or one obvious \
                    setting. **Compare by `test_rmse`**; the data split is the same in every run.\n\n- target: `quality`, 3 to 9\n- \
                    split: 60 / 20 / 20, `random_state` 42\n- the mean predictor is the line to beat\n";

/// Name, family, error on the test set, seconds to fit, own parameters.
type Baseline = (&'static str, &'static str, f64, f64, &'static [(&'static str, &'static str)]);

const BASELINES: &[Baseline] = &[
    ("mean predictor", "DummyRegressor", 0.8862, 0.01, &[("strategy", "mean")]),
    ("linear regression", "LinearRegression", 0.7546, 0.02, &[("fit_intercept", "True")]),
    ("ridge, alpha 0.1", "Ridge", 0.7544, 0.02, &[("alpha", "0.1")]),
    ("ridge, alpha 1", "Ridge", 0.7541, 0.02, &[("alpha", "1.0")]),
    ("ridge, alpha 10", "Ridge", 0.7558, 0.02, &[("alpha", "10.0")]),
    ("lasso, alpha 0.01", "Lasso", 0.7612, 0.05, &[("alpha", "0.01")]),
    ("elastic net", "ElasticNet", 0.7587, 0.06, &[("alpha", "0.01"), ("l1_ratio", "0.5")]),
    ("nearest neighbours, k 15", "KNeighborsRegressor", 0.7023, 0.4, &[("n_neighbors", "15"), ("weights", "distance")]),
    ("support vectors, RBF", "SVR", 0.6889, 6.2, &[("C", "1.0"), ("kernel", "rbf"), ("epsilon", "0.1")]),
    ("decision tree, depth 6", "DecisionTreeRegressor", 0.7414, 0.1, &[("max_depth", "6")]),
    ("random forest, 200 trees", "RandomForestRegressor", 0.6152, 9.8, &[("n_estimators", "200")]),
    ("extra trees, 400 trees", "ExtraTreesRegressor", 0.5983, 12.4, &[("n_estimators", "400")]),
    (
        "gradient boosting, 300 rounds",
        "GradientBoostingRegressor",
        0.6681,
        7.7,
        &[("n_estimators", "300"), ("learning_rate", "0.1")],
    ),
    ("random forest, 20,000 trees", "RandomForestRegressor", 0.6140, 160.0, &[("n_estimators", "20000")]),
];

pub(super) fn plan(seed: u64, now: i64) -> ExperimentPlan {
    let mut started_at = now - 21 * DAY;
    let mut runs = Vec::new();
    for (i, baseline) in BASELINES.iter().enumerate() {
        let mut dice = Dice::new(seed, baseline.0);
        started_at += dice.whole(20, 95) * MINUTE + if i % 5 == 0 { 14 * HOUR } else { 0 };
        let run = baseline_run(baseline, started_at, &mut dice);
        runs.push(if i + 1 == BASELINES.len() {
            run.ended(
                RunStatus::Failed,
                "Out of memory while fitting: 20,000 trees of unlimited depth do not fit into 16 GB.\n\nNext time: \
                 `max_depth=18` or fewer trees; beyond 500 trees nothing was gained.",
            )
        } else {
            run
        });
    }
    ExperimentPlan { name: NAME, note: NOTE, runs }
}

fn baseline_run(baseline: &Baseline, started_at: i64, dice: &mut Dice) -> RunPlan {
    let &(name, family, test_rmse, fit_secs, own) = baseline;
    let duration = ((fit_secs * 11.0 + 4.0) * 1000.0) as i64;
    let mut run = RunPlan::new(name, started_at, duration, dice);
    run.user = if dice.unit() < 0.7 { "mara" } else { "jonas" };
    run.script = "baselines.py";
    run.params = pairs([
        ("model", family.to_owned()),
        ("random_state", "42".to_owned()),
        ("test_size", "0.2".to_owned()),
        ("scaler", if family.contains("Tree") || family.contains("Forest") { "none" } else { "standard" }.to_owned()),
        ("n_features", "11".to_owned()),
    ]);
    run.params.extend(own.iter().map(|&(key, value)| (key.to_owned(), value.to_owned())));
    run.tags = pairs([("stage", "baseline".to_owned()), ("family", family_word(family).to_owned())]);
    if fit_secs > 100.0 {
        // The run that fails has measured nothing but its memory.
        let memory = (0..60).map(|i| 1500.0 + 240.0 * f64::from(i) + 20.0 * dice.normal()).collect();
        run.curve("system/system_memory_usage_megabytes", memory, 1, duration);
        return run;
    }
    let overfit = if family.contains("Forest") || family.contains("ExtraTrees") { 0.36 } else { 0.97 };
    for (split, rmse) in
        [("train", test_rmse * overfit), ("val", test_rmse * dice.between(0.985, 1.02)), ("test", test_rmse)]
    {
        run.value(&format!("{split}_rmse"), rmse);
        run.value(&format!("{split}_mae"), rmse * 0.779);
        run.value(&format!("{split}_r2"), 1.0 - (rmse / 0.8862).powi(2));
    }
    run.value("fit_seconds", fit_secs * dice.between(0.93, 1.12));
    let folds = wandering(test_rmse, 0.012, (0.3, 1.2), 10, dice);
    run.curve("cv_rmse", folds, 1, duration);
    run.files = Files::Evaluation;
    if fit_secs > 5.0 || family == "Ridge" {
        run.model =
            Some(ModelPlan { name: family_word(family).to_owned(), shift: dice.between(-0.02, 0.02), uploaded: true });
    }
    if family == "ExtraTreesRegressor" {
        run.tags.push(("best".to_owned(), "true".to_owned()));
        run.note = Some(
            "**Best of the baselines.** Extra trees beat the forest by 0.017 RMSE at about the same cost.\n\n| set | \
             RMSE |\n|---|---|\n| train | 0.215 |\n| test | 0.598 |\n\nThe gap says: regularise before adding \
             features. Carried on in `wine-quality-tuning`.\n"
                .to_owned(),
        );
    }
    run
}

fn family_word(family: &str) -> &'static str {
    match family {
        "DummyRegressor" => "constant",
        "KNeighborsRegressor" => "neighbours",
        "SVR" => "kernel",
        "DecisionTreeRegressor" | "RandomForestRegressor" | "ExtraTreesRegressor" => "trees",
        "GradientBoostingRegressor" => "boosting",
        _ => "linear",
    }
}
