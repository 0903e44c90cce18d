//! MLflow's file store: a folder an experiment, a folder a run, a file a param, tag and metric.

use std::fs;
use std::path::{Path, PathBuf};

use super::artifacts::{locate, read_sorted};
use super::meta::Meta;
use super::{ArtifactPlace, ImportReport, Skipped, Source, SourceExperiment, SourceModel, SourceRun};
use crate::domain::{
    Dataset, DatasetInput, DatasetRef, Experiment, LifecycleStage, LoggedModel, LoggedModelId, LoggedModelStatus,
    Metric, MetricPoint, ModelOutput, Param, RunId, RunStatus, Tag, tag_key,
};
use crate::store::{ImportedRun, Result};

/// Folders of an experiment that are not runs.
const NOT_RUNS: [&str; 5] = ["models", "datasets", "tags", "traces", "assessments"];

/// Deepest key such as `a/b/c` that is read.
const MAX_KEY_DEPTH: usize = 32;

/// Largest param or tag that is read.
const MAX_TEXT_BYTES: u64 = 16 << 20;

pub(super) struct FileStore {
    root: PathBuf,
}

impl FileStore {
    pub(super) fn new(root: PathBuf) -> Self {
        Self { root }
    }

    fn experiment_folders(&self) -> Vec<PathBuf> {
        let mut folders = read_sorted(&self.root).unwrap_or_default();
        folders.extend(read_sorted(&self.root.join(".trash")).unwrap_or_default());
        // The registry's folder has the name `models`, and no meta.yaml.
        folders.retain(|folder| folder.join("meta.yaml").is_file());
        folders
    }
}

impl Source for FileStore {
    fn run_count(&mut self) -> Result<u64> {
        Ok(self.experiment_folders().iter().map(|folder| run_folders(folder).len() as u64).sum())
    }

    fn experiments(&mut self, report: &mut ImportReport) -> Result<Vec<SourceExperiment>> {
        let mut experiments = Vec::new();
        for folder in self.experiment_folders() {
            match read_experiment(&folder) {
                Ok(experiment) => {
                    let artifacts = ArtifactPlace::Here(folder.clone());
                    experiments.push(SourceExperiment { experiment, folder, artifacts });
                }
                Err(why) => {
                    let runs = run_folders(&folder).len();
                    report.skip(format!("experiment {} with {runs} runs", folder.display()), why);
                }
            }
        }
        Ok(experiments)
    }

    fn runs(&mut self, experiment: &SourceExperiment) -> Result<Vec<String>> {
        Ok(run_folders(&experiment.folder).iter().map(|folder| name_of(folder)).collect())
    }

    fn run(&mut self, experiment: &SourceExperiment, key: &str) -> std::result::Result<SourceRun, String> {
        let folder = experiment.folder.join(key);
        let meta = Meta::read(&folder.join("meta.yaml"))?;
        let mut damage = Damage { owner: format!("run {key}"), list: Vec::new() };
        let id = meta.text("run_id").or_else(|| meta.text("run_uuid")).ok_or("meta.yaml has no run_id")?.to_owned();
        let mut tags = read_tags(&folder.join("tags"), &mut damage);
        let tagged_name = tags.iter().find(|tag| tag.key == tag_key::RUN_NAME).map(|tag| tag.value.clone());
        let name = meta.text("run_name").or_else(|| meta.text("name")).filter(|name| !name.is_empty());
        let name = name.map(str::to_owned).or(tagged_name.clone()).unwrap_or_else(|| super::source_name(&id));
        if tagged_name.is_none() {
            tags.push(Tag { key: tag_key::RUN_NAME.to_owned(), value: name.clone() });
        }
        let (datasets, model_inputs) = read_inputs(&experiment.folder, &folder, &mut damage);
        let run = ImportedRun {
            name,
            user: meta.text("user_id").unwrap_or_default().to_owned(),
            status: run_status(meta.required("status")?)?,
            started_at: meta.integer("start_time")?,
            ended_at: meta.integer("end_time")?,
            lifecycle_stage: lifecycle(meta.text("lifecycle_stage")),
            experiment_id: experiment.experiment.id,
            artifact_uri: None,
            params: read_params(&folder.join("params"), &mut damage),
            tags,
            metrics: read_metrics(&folder.join("metrics"), &mut damage),
            datasets,
            model_inputs,
            model_outputs: read_outputs(&folder.join("outputs"), &mut damage),
            id: RunId::new(id.as_str()),
        };
        let artifacts = place(&folder.join("artifacts"), meta.text("artifact_uri"), &experiment.folder, &id);
        Ok(SourceRun { run, artifacts, damage: damage.list })
    }

    fn models(&mut self, experiment: &SourceExperiment) -> Result<Vec<String>> {
        let folders = read_sorted(&experiment.folder.join("models")).unwrap_or_default();
        Ok(folders.iter().filter(|folder| folder.is_dir()).map(|folder| name_of(folder)).collect())
    }

    fn model(&mut self, experiment: &SourceExperiment, key: &str) -> std::result::Result<SourceModel, String> {
        let folder = experiment.folder.join("models").join(key);
        let meta = Meta::read(&folder.join("meta.yaml"))?;
        let id = meta.required("model_id")?.to_owned();
        if lifecycle(meta.text("lifecycle_stage")) == LifecycleStage::Deleted {
            return Err("it is in the bin there".to_owned());
        }
        let mut damage = Damage { owner: format!("model {key}"), list: Vec::new() };
        let created_at = meta.integer("creation_timestamp")?.unwrap_or_default();
        let model = LoggedModel {
            id: LoggedModelId::new(id.as_str()),
            experiment_id: experiment.experiment.id,
            name: meta.required("name")?.to_owned(),
            artifact_uri: String::new(),
            created_at,
            updated_at: meta.integer("last_updated_timestamp")?.unwrap_or(created_at),
            status: model_status(meta.text("status").unwrap_or_default()),
            model_type: meta.text("model_type").unwrap_or_default().to_owned(),
            source_run_id: meta.text("source_run_id").map(RunId::new),
            params: read_params(&folder.join("params"), &mut damage),
            tags: read_tags(&folder.join("tags"), &mut damage),
            metrics: Vec::new(),
        };
        let metrics = read_model_metrics(&folder.join("metrics"), &model, &mut damage);
        let artifacts = place(&folder.join("artifacts"), meta.text("artifact_location"), &experiment.folder, &id);
        Ok(SourceModel { model, metrics, artifacts, damage: damage.list })
    }
}

/// Collects what cannot be read of one run or model.
struct Damage {
    owner: String,
    list: Vec<Skipped>,
}

impl Damage {
    fn note(&mut self, what: &str, why: impl Into<String>) {
        self.list.push(Skipped { what: format!("{what} of {}", self.owner), why: why.into() });
    }
}

fn name_of(folder: &Path) -> String {
    folder.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

/// The folders of an experiment that are runs, damaged ones included.
fn run_folders(experiment: &Path) -> Vec<PathBuf> {
    let mut folders = read_sorted(experiment).unwrap_or_default();
    folders.retain(|folder| {
        let name = name_of(folder);
        let has = |part: &str| folder.join(part).exists();
        folder.is_dir()
            && !NOT_RUNS.contains(&name.as_str())
            && (has("meta.yaml") || has("metrics") || has("params") || name.len() == 32)
    });
    folders
}

fn read_experiment(folder: &Path) -> std::result::Result<Experiment, String> {
    let meta = Meta::read(&folder.join("meta.yaml"))?;
    let id = meta.text("experiment_id").map_or_else(|| name_of(folder), str::to_owned);
    let id = id.parse().map_err(|_| format!("the experiment's id {id:?} is no number"))?;
    let changed = fs::metadata(folder.join("meta.yaml")).and_then(|metadata| metadata.modified()).ok();
    let changed = changed.and_then(|at| at.duration_since(std::time::UNIX_EPOCH).ok());
    let changed = changed.map_or(0, |since| since.as_millis() as i64);
    let created_at = meta.integer("creation_time")?.unwrap_or(changed);
    let mut damage = Damage { owner: String::new(), list: Vec::new() };
    let tags = read_tags(&folder.join("tags"), &mut damage);
    Ok(Experiment {
        id,
        name: meta.required("name")?.to_owned(),
        artifact_location: meta.text("artifact_location").unwrap_or_default().to_owned(),
        lifecycle_stage: lifecycle(meta.text("lifecycle_stage")),
        created_at,
        updated_at: meta.integer("last_update_time")?.unwrap_or(created_at),
        tags,
    })
}

/// The artifacts beside the meta.yaml; they may also have been sent elsewhere.
fn place(beside: &Path, address: Option<&str>, experiment: &Path, owner: &str) -> ArtifactPlace {
    let is_filled = |folder: &Path| read_sorted(folder).is_ok_and(|paths| !paths.is_empty());
    if beside.is_dir() && (is_filled(beside) || address.is_none()) {
        return ArtifactPlace::Here(beside.to_path_buf());
    }
    let root = experiment.parent().unwrap_or(experiment);
    let base = root.parent().unwrap_or(root);
    address.map_or(ArtifactPlace::Nowhere, |address| locate(address, base, owner))
}

pub(super) fn lifecycle(word: Option<&str>) -> LifecycleStage {
    if word == Some("deleted") { LifecycleStage::Deleted } else { LifecycleStage::Active }
}

/// A run's status as MLflow's number or word.
pub(super) fn run_status(text: &str) -> std::result::Result<RunStatus, String> {
    match text {
        "1" => Ok(RunStatus::Running),
        "2" => Ok(RunStatus::Scheduled),
        "3" => Ok(RunStatus::Finished),
        "4" => Ok(RunStatus::Failed),
        "5" => Ok(RunStatus::Killed),
        word => RunStatus::parse(word).ok_or_else(|| format!("the status {word:?} is not known")),
    }
}

/// A logged model's status as MLflow's number.
pub(super) fn model_status(text: &str) -> LoggedModelStatus {
    match text {
        "1" => LoggedModelStatus::Pending,
        "2" => LoggedModelStatus::Ready,
        "3" => LoggedModelStatus::UploadFailed,
        _ => LoggedModelStatus::Unspecified,
    }
}

/// The files below a folder with their keys, in the order of the keys.
fn key_files(folder: &Path, damage: &mut Damage) -> Vec<(String, PathBuf)> {
    let mut found = Vec::new();
    let mut pending = vec![(folder.to_path_buf(), String::new(), 0)];
    while let Some((folder, prefix, depth)) = pending.pop() {
        for path in read_sorted(&folder).unwrap_or_default() {
            let Some(name) = path.file_name().and_then(|name| name.to_str()) else {
                damage.note(&path.display().to_string(), "its name is not Unicode");
                continue;
            };
            let key = format!("{prefix}{name}");
            match fs::symlink_metadata(&path) {
                Ok(metadata) if metadata.is_dir() && depth < MAX_KEY_DEPTH => {
                    pending.push((path, format!("{key}/"), depth + 1));
                }
                Ok(metadata) if metadata.is_file() => found.push((key, path)),
                Ok(_) => damage.note(&key, "it is no file"),
                Err(error) => damage.note(&key, error.to_string()),
            }
        }
    }
    found.sort();
    found
}

fn read_texts(folder: &Path, kind: &str, damage: &mut Damage) -> Vec<(String, String)> {
    let mut texts = Vec::new();
    for (key, path) in key_files(folder, damage) {
        let size = fs::metadata(&path).map_or(0, |metadata| metadata.len());
        let read = if size > MAX_TEXT_BYTES {
            Err(format!("it has {size} bytes"))
        } else {
            fs::read_to_string(&path).map_err(|error| error.to_string())
        };
        match read {
            Ok(text) => texts.push((key, text)),
            Err(why) => damage.note(&format!("{kind} {key}"), why),
        }
    }
    texts
}

fn read_params(folder: &Path, damage: &mut Damage) -> Vec<Param> {
    read_texts(folder, "param", damage).into_iter().map(|(key, value)| Param { key, value }).collect()
}

fn read_tags(folder: &Path, damage: &mut Damage) -> Vec<Tag> {
    read_texts(folder, "tag", damage).into_iter().map(|(key, value)| Tag { key, value }).collect()
}

fn read_metrics(folder: &Path, damage: &mut Damage) -> Vec<(String, Vec<MetricPoint>)> {
    let mut metrics = Vec::new();
    for (key, path) in key_files(folder, damage) {
        let points = read_lines(&path, &key, damage, |words| Some(point_of(words)?.0));
        metrics.push((key, points));
    }
    metrics
}

/// Lines of a model's metric: as a run's, with the run between step and dataset.
fn read_model_metrics(folder: &Path, model: &LoggedModel, damage: &mut Damage) -> Vec<(RunId, Metric)> {
    let mut metrics = Vec::new();
    for (key, path) in key_files(folder, damage) {
        metrics.extend(read_lines(&path, &key, damage, |words| {
            let (point, rest) = point_of(words)?;
            let (run, dataset) = rest.split_first()?;
            let dataset = dataset
                .split_last()
                .map(|(digest, name)| DatasetRef { name: name.join(" "), digest: (*digest).to_owned() });
            let metric = Metric { key: key.clone(), point, model_id: Some(model.id.clone()), dataset };
            Some((RunId::new(*run), metric))
        }));
    }
    metrics
}

fn read_lines<T>(path: &Path, key: &str, damage: &mut Damage, parse: impl Fn(&[&str]) -> Option<T>) -> Vec<T> {
    let what = format!("metric {key}");
    let bytes = match fs::read(path) {
        Ok(bytes) => bytes,
        Err(error) => {
            damage.note(&what, error.to_string());
            return Vec::new();
        }
    };
    let text = String::from_utf8_lossy(&bytes);
    let mut values = Vec::new();
    let mut unreadable = Vec::new();
    for (line, number) in text.lines().zip(1_usize..) {
        let words: Vec<&str> = line.split_whitespace().collect();
        if words.is_empty() {
            continue;
        }
        match parse(&words) {
            Some(value) => values.push(value),
            None => unreadable.push(number),
        }
    }
    if let Some(first) = unreadable.first() {
        damage.note(&what, format!("{} of its lines cannot be read, the first is line {first}", unreadable.len()));
    }
    values
}

/// `timestamp value [step]` and what follows.
fn point_of<'a, 'b>(words: &'a [&'b str]) -> Option<(MetricPoint, &'a [&'b str])> {
    let timestamp = words.first()?.parse().ok()?;
    let value = words.get(1)?.parse().ok()?;
    // The first versions knew no steps.
    let step = words.get(2).map_or(Some(0), |word| word.parse().ok())?;
    Some((MetricPoint { step, timestamp, value }, words.get(3..).unwrap_or_default()))
}

fn read_inputs(experiment: &Path, run: &Path, damage: &mut Damage) -> (Vec<DatasetInput>, Vec<LoggedModelId>) {
    let (mut datasets, mut models) = (Vec::new(), Vec::new());
    for folder in read_sorted(&run.join("inputs")).unwrap_or_default() {
        let mut read = || -> std::result::Result<(), String> {
            let meta = Meta::read(&folder.join("meta.yaml"))?;
            let source = meta.required("source_id")?;
            if let Some("MODEL" | "MODEL_INPUT") = meta.text("source_type") {
                models.push(LoggedModelId::new(source));
            } else {
                let dataset = read_dataset(&experiment.join("datasets").join(plain_name(source)?))?;
                let tag = |(key, value): &(String, String)| Tag { key: key.clone(), value: value.clone() };
                datasets.push(DatasetInput { dataset, tags: meta.map("tags").iter().map(tag).collect() });
            }
            Ok(())
        };
        if let Err(why) = read() {
            damage.note(&format!("input {}", name_of(&folder)), why);
        }
    }
    (datasets, models)
}

/// Refuses a name from a file that would lead to another folder.
fn plain_name(name: &str) -> std::result::Result<&str, String> {
    if name.is_empty() || name.contains(['/', '\\']) || name == ".." || name == "." {
        return Err(format!("{name:?} is no name of a folder"));
    }
    Ok(name)
}

fn read_dataset(folder: &Path) -> std::result::Result<Dataset, String> {
    let meta = Meta::read(&folder.join("meta.yaml")).map_err(|why| format!("its dataset cannot be read: {why}"))?;
    Ok(Dataset {
        name: meta.required("name")?.to_owned(),
        digest: meta.required("digest")?.to_owned(),
        source_type: meta.text("source_type").unwrap_or_default().to_owned(),
        source: meta.text("source").unwrap_or_default().to_owned(),
        schema: meta.text("schema").map(str::to_owned),
        profile: meta.text("profile").map(str::to_owned),
    })
}

fn read_outputs(folder: &Path, damage: &mut Damage) -> Vec<ModelOutput> {
    let mut outputs = Vec::new();
    for folder in read_sorted(folder).unwrap_or_default() {
        let read = Meta::read(&folder.join("meta.yaml")).and_then(|meta| {
            let model_id = LoggedModelId::new(meta.required("destination_id")?);
            Ok(ModelOutput { model_id, step: meta.integer("step")?.unwrap_or_default() })
        });
        match read {
            Ok(output) => outputs.push(output),
            Err(why) => damage.note(&format!("output {}", name_of(&folder)), why),
        }
    }
    outputs
}
