//! Writes the plan into a store, with the calls that a client's requests become.

use std::collections::HashMap;
use std::io::Write as _;

use super::dice::Dice;
use super::model::{self, ModelCard};
use super::plan::{ExperimentPlan, ModelPlan, RunPlan, Split};
use super::{DemoError, DemoOptions, DemoReport, files, wine};
use crate::domain::{
    Actor, Channel, Dataset, DatasetInput, DatasetRef, Experiment, ExperimentId, LifecycleStage, LoggedModelId,
    LoggedModelStatus, Metric, ModelOutput, NewExperiment, NewLoggedModel, NewRun, Param, RunId, RunStatus, RunUpdate,
    Tag, ViewType, tag_key,
};
use crate::store::{Store, StoreErrorKind};

/// Marks the demo's experiments as its own.
const DEMO_TAG: &str = "proofmark.demo";

/// Metrics of one `log_batch`: the limit that clients keep.
const BATCH: usize = 1000;

pub(super) struct Writer<'a> {
    store: &'a Store,
    options: DemoOptions,
    progress: &'a dyn Fn(f32, &str) -> bool,
    actor: Actor,
    report: DemoReport,
}

impl<'a> Writer<'a> {
    pub(super) fn new(store: &'a Store, options: DemoOptions, progress: &'a dyn Fn(f32, &str) -> bool) -> Self {
        let actor = Actor::new("demo", Channel::CommandLine);
        Self { store, options, progress, actor, report: DemoReport::default() }
    }

    pub(super) fn write(mut self, plans: &[ExperimentPlan]) -> Result<DemoReport, DemoError> {
        // All names are looked at before the first is written.
        let mut there = Vec::new();
        for plan in plans {
            there.push(self.existing(plan.name)?);
        }
        let total: f32 = plans.iter().flat_map(|plan| &plan.runs).map(weight).sum();
        let mut done = 0.0;
        for (plan, there) in plans.iter().zip(there) {
            let experiment = match there {
                Some(experiment) => experiment.id,
                None => self.create_experiment(plan)?,
            };
            let mut ids = self.runs_by_name(experiment)?;
            for run in &plan.runs {
                if !(self.progress)(done / total, &run.name) {
                    return Err(DemoError::Cancelled { runs: self.report.runs });
                }
                if ids.contains_key(&run.name) {
                    self.report.runs_kept += 1;
                } else {
                    let parent = run.parent.as_ref().and_then(|name| ids.get(name));
                    let id = self.write_run(experiment, run, parent, plan)?;
                    ids.insert(run.name.clone(), id);
                }
                done += weight(run);
            }
        }
        Ok(self.report)
    }

    fn existing(&self, name: &str) -> Result<Option<Experiment>, DemoError> {
        match self.store.experiment_by_name(name) {
            Ok(experiment) if !experiment.tags.iter().any(|tag| tag.key == DEMO_TAG) => {
                Err(DemoError::NameTaken { name: name.to_owned() })
            }
            Ok(experiment) if experiment.lifecycle_stage == LifecycleStage::Deleted => {
                Err(DemoError::InBin { name: name.to_owned() })
            }
            Ok(experiment) => Ok(Some(experiment)),
            Err(error) if error.kind == StoreErrorKind::NotFound => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    fn create_experiment(&mut self, plan: &ExperimentPlan) -> Result<ExperimentId, DemoError> {
        let tags = vec![tag(DEMO_TAG, self.options.seed.to_string()), tag(tag_key::NOTE, plan.note)];
        let new = NewExperiment { name: plan.name.to_owned(), tags, ..NewExperiment::default() };
        self.report.experiments += 1;
        Ok(self.store.create_experiment(&self.actor, new)?)
    }

    /// The experiment's runs, those in the bin too: what a person threw away is not written again.
    fn runs_by_name(&self, experiment: ExperimentId) -> Result<HashMap<String, RunId>, DemoError> {
        let rows = self.store.run_rows(&[experiment], ViewType::All)?;
        Ok(rows.into_iter().map(|row| (row.info.name, row.info.id)).collect())
    }

    fn write_run(
        &mut self,
        experiment: ExperimentId,
        run: &RunPlan,
        parent: Option<&RunId>,
        plan: &ExperimentPlan,
    ) -> Result<RunId, DemoError> {
        let new = NewRun {
            name: Some(run.name.clone()),
            user: run.user.to_owned(),
            started_at: Some(run.started_at),
            tags: tags_of(run, parent),
        };
        let created = self.store.create_run(&self.actor, experiment, new)?;
        let id = created.info.id;
        let params: Vec<Param> =
            run.params.iter().map(|(key, value)| Param { key: key.clone(), value: value.clone() }).collect();
        self.store.log_batch(&self.actor, &id, &[], &params, &[])?;
        let datasets = datasets(run.datasets, self.options.seed);
        self.store.log_inputs(&self.actor, &id, &datasets, &[])?;
        let model = match &run.model {
            Some(model) => Some(self.write_model(experiment, &id, run, model)?),
            None => None,
        };
        self.write_metrics(&id, run, model.as_ref(), &datasets)?;
        let files = files::files(run, &plan.runs, self.options.seed)?;
        let folder = artifact_folder(&created.info.artifact_uri);
        for (path, bytes) in &files {
            self.write_file(&format!("{folder}/{path}"), bytes)?;
        }
        if files.iter().any(|file| file.0 == files::TABLE) {
            let tables = format!("[{{\"path\": \"{}\", \"type\": \"table\"}}]", files::TABLE);
            self.store.set_tag(&self.actor, &id, &tag(tag_key::LOGGED_ARTIFACTS, tables))?;
        }
        if run.status != RunStatus::Running {
            let update = RunUpdate { status: Some(run.status), ended_at: run.ended_at, name: None };
            self.store.update_run(&self.actor, &id, &update)?;
        }
        self.report.runs += 1;
        Ok(id)
    }

    fn write_metrics(
        &mut self,
        id: &RunId,
        run: &RunPlan,
        model: Option<&LoggedModelId>,
        datasets: &[DatasetInput],
    ) -> Result<(), DemoError> {
        for series in &run.series {
            // Scores of one number belong to the model and to the set they were measured on.
            let scored = series.points.len() == 1;
            let split = match series.key.split('_').next() {
                Some("val" | "best") => Split::Validation,
                Some("test") => Split::Test,
                _ => Split::Train,
            };
            let on = datasets.get(split as usize).filter(|_| scored);
            let dataset =
                on.map(|input| DatasetRef { name: input.dataset.name.clone(), digest: input.dataset.digest.clone() });
            let metric = |point: &_| Metric {
                key: series.key.clone(),
                point: *point,
                model_id: model.filter(|_| scored).cloned(),
                dataset: dataset.clone(),
            };
            for points in series.points.chunks(BATCH) {
                let metrics: Vec<Metric> = points.iter().map(metric).collect();
                self.store.log_batch(&self.actor, id, &metrics, &[], &[])?;
            }
            self.report.metric_points += series.points.len();
        }
        Ok(())
    }

    fn write_model(
        &mut self,
        experiment: ExperimentId,
        run_id: &RunId,
        run: &RunPlan,
        model: &ModelPlan,
    ) -> Result<LoggedModelId, DemoError> {
        let new = NewLoggedModel {
            name: Some(model.name.clone()),
            model_type: "regressor".to_owned(),
            source_run_id: Some(run_id.clone()),
            params: run.params.iter().map(|(key, value)| Param { key: key.clone(), value: value.clone() }).collect(),
            tags: vec![tag(tag_key::SOURCE_NAME, run.script)],
        };
        let created = self.store.create_logged_model(&self.actor, experiment, new)?;
        let folder = artifact_folder(&created.artifact_uri);
        let card = ModelCard {
            model_id: created.id.as_str(),
            run_id: run_id.as_str(),
            name: &model.name,
            shift: model.shift,
            created_at: run.ended_at.unwrap_or(run.started_at),
        };
        let files = model::files(&card);
        // An upload that failed has left its first file behind.
        let arrived = if model.uploaded { files.len() } else { 1 };
        for (path, content) in files.iter().take(arrived) {
            self.write_file(&format!("{folder}/{path}"), content.as_bytes())?;
        }
        let status = if model.uploaded { LoggedModelStatus::Ready } else { LoggedModelStatus::UploadFailed };
        self.store.set_logged_model_status(&self.actor, &created.id, status)?;
        let output = ModelOutput { model_id: created.id.clone(), step: last_step(run) };
        self.store.log_outputs(&self.actor, run_id, &[output])?;
        self.report.models += 1;
        Ok(created.id)
    }

    fn write_file(&mut self, path: &str, bytes: &[u8]) -> Result<(), DemoError> {
        let mut writer = self.store.artifacts().begin_write(path)?;
        writer.write_all(bytes)?;
        writer.finish()?;
        self.report.artifacts += 1;
        Ok(())
    }
}

/// How much of the work a run is, for the progress: its points, and its files at a flat rate.
fn weight(run: &RunPlan) -> f32 {
    run.series.iter().map(|series| series.points.len()).sum::<usize>() as f32 + 2_000.0
}

fn last_step(run: &RunPlan) -> i64 {
    run.series.iter().filter_map(|series| series.points.last()).map(|point| point.step).max().unwrap_or(0)
}

fn tag(key: &str, value: impl Into<String>) -> Tag {
    Tag { key: key.to_owned(), value: value.into() }
}

/// Where `mlflow-artifacts:/a/b` lies below the artifact folder.
fn artifact_folder(uri: &str) -> &str {
    uri.strip_prefix("mlflow-artifacts:").unwrap_or(uri).trim_start_matches('/')
}

fn tags_of(run: &RunPlan, parent: Option<&RunId>) -> Vec<Tag> {
    let mut tags = vec![
        tag(tag_key::USER, run.user),
        tag(tag_key::SOURCE_NAME, run.script),
        tag(tag_key::SOURCE_TYPE, "LOCAL"),
        tag(tag_key::GIT_COMMIT, run.commit.clone()),
        tag(tag_key::GIT_BRANCH, "main"),
        tag(tag_key::GIT_REPO_URL, "https://example.com/wine/quality.git"),
    ];
    tags.extend(parent.map(|parent| tag(tag_key::PARENT_RUN_ID, parent.as_str())));
    tags.extend(run.note.as_ref().map(|note| tag(tag_key::NOTE, note.clone())));
    tags.extend(run.tags.iter().map(|(key, value)| tag(key, value.clone())));
    tags
}

/// The parts of the wine data as the client logs them, in the order of [`Split`].
fn datasets(splits: &[Split], seed: u64) -> Vec<DatasetInput> {
    let input = |split: &Split| {
        let (suffix, context, rows) = match split {
            Split::Train => ("train", "training", wine::ROWS * 3 / 5),
            Split::Validation => ("validation", "validation", wine::ROWS / 5),
            Split::Test => ("test", "testing", wine::ROWS / 5),
        };
        let name = format!("wine-quality-{suffix}");
        let digest = Dice::new(seed, &name).hex(8);
        let profile = format!("{{\"num_rows\": {rows}, \"num_elements\": {}}}", rows * 12);
        DatasetInput {
            dataset: Dataset {
                name,
                digest,
                source_type: "http".to_owned(),
                source: "{\"url\": \"https://archive.ics.uci.edu/static/public/186/wine+quality.zip\"}".to_owned(),
                schema: Some(wine::schema_json()),
                profile: Some(profile),
            },
            tags: vec![tag(tag_key::DATASET_CONTEXT, context)],
        }
    };
    splits.iter().map(input).collect()
}
