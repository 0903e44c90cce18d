//! Which fields each subject has, under which names.

use super::ast::Subject;

/// What the values of an attribute are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AttributeKind {
    Text,
    /// One of a fixed list of words.
    Word(&'static [&'static str]),
    /// Unix milliseconds.
    Time,
    /// Milliseconds between start and end; missing while a run has not ended.
    Duration,
}

/// A column of a subject.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Attribute {
    /// The canonical name: what the parsed filter and the store say.
    pub name: &'static str,
    pub kind: AttributeKind,
    /// Other names that MLflow accepts in filters.
    mlflow_aliases: &'static [&'static str],
    /// Other names in our grammar.
    aliases: &'static [&'static str],
    /// Whether MLflow knows the attribute at all.
    in_mlflow: bool,
}

const fn attribute(
    name: &'static str,
    kind: AttributeKind,
    mlflow_aliases: &'static [&'static str],
    aliases: &'static [&'static str],
) -> Attribute {
    Attribute { name, kind, mlflow_aliases, aliases, in_mlflow: true }
}

const RUN_STATUS: &[&str] = &["RUNNING", "SCHEDULED", "FINISHED", "FAILED", "KILLED"];
const MODEL_STATUS: &[&str] = &["UNSPECIFIED", "PENDING", "READY", "FAILED"];

use AttributeKind::{Duration, Text, Time, Word};

const RUNS: &[Attribute] = &[
    attribute("run_name", Text, &["run name", "Run name", "Run Name"], &["name"]),
    attribute("run_id", Text, &[], &["id"]),
    attribute("status", Word(RUN_STATUS), &[], &[]),
    attribute("user_id", Text, &[], &["user"]),
    attribute("start_time", Time, &["created", "Created"], &["started", "start"]),
    attribute("end_time", Time, &[], &["ended", "end"]),
    Attribute { name: "duration", kind: Duration, mlflow_aliases: &[], aliases: &[], in_mlflow: false },
    attribute("artifact_uri", Text, &[], &[]),
];

const EXPERIMENTS: &[Attribute] = &[
    attribute("name", Text, &[], &[]),
    attribute("experiment_id", Text, &[], &["id"]),
    attribute("creation_time", Time, &[], &["created"]),
    attribute("last_update_time", Time, &[], &["updated"]),
];

const LOGGED_MODELS: &[Attribute] = &[
    attribute("name", Text, &[], &[]),
    attribute("model_id", Text, &[], &["id"]),
    attribute("model_type", Text, &[], &["type"]),
    attribute("status", Word(MODEL_STATUS), &[], &[]),
    attribute("source_run_id", Text, &[], &["run_id"]),
    attribute("creation_timestamp", Time, &["creation_time"], &["created"]),
    attribute("last_updated_timestamp", Time, &["last_updated_time"], &["updated"]),
];

/// The attributes of a subject; the first is its name.
pub const fn attributes(subject: Subject) -> &'static [Attribute] {
    match subject {
        Subject::Runs => RUNS,
        Subject::Experiments => EXPERIMENTS,
        Subject::LoggedModels => LOGGED_MODELS,
    }
}

/// The attribute that holds a subject's name.
pub(super) const fn name_attribute(subject: Subject) -> &'static str {
    match subject {
        Subject::Runs => "run_name",
        Subject::Experiments | Subject::LoggedModels => "name",
    }
}

/// The attribute that MLflow knows under this name, which is case-sensitive.
pub(super) fn mlflow_attribute(subject: Subject, name: &str) -> Option<&'static Attribute> {
    attributes(subject)
        .iter()
        .find(|attribute| attribute.in_mlflow && (attribute.name == name || attribute.mlflow_aliases.contains(&name)))
}

/// The attribute of this name in our grammar, in any case.
pub(super) fn find_attribute(subject: Subject, name: &str) -> Option<&'static Attribute> {
    attributes(subject).iter().find(|attribute| {
        [&[attribute.name], attribute.mlflow_aliases, attribute.aliases]
            .into_iter()
            .flatten()
            .any(|known| known.eq_ignore_ascii_case(name))
    })
}

/// The attribute with this canonical name.
pub(super) fn canonical_attribute(subject: Subject, name: &str) -> Option<&'static Attribute> {
    attributes(subject).iter().find(|attribute| attribute.name == name)
}

/// What a dotted name begins with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Entity {
    Attribute,
    Metric,
    Param,
    Tag,
    Dataset,
}

impl Entity {
    /// The entity that a prefix names, with all the spellings that MLflow knows.
    pub(super) fn parse(prefix: &str) -> Option<Self> {
        Some(match prefix {
            "attribute" | "attributes" | "attr" | "run" => Self::Attribute,
            "metric" | "metrics" => Self::Metric,
            "param" | "params" | "parameter" | "parameters" => Self::Param,
            "tag" | "tags" => Self::Tag,
            "dataset" | "datasets" => Self::Dataset,
            _ => return None,
        })
    }

    /// The name in MLflow's error messages.
    pub(super) const fn mlflow_name(self) -> &'static str {
        match self {
            Self::Attribute => "attribute",
            Self::Metric => "metric",
            Self::Param => "parameter",
            Self::Tag => "tag",
            Self::Dataset => "dataset",
        }
    }
}

/// The fields of a run's datasets.
pub(super) const DATASET_FIELDS: [&str; 3] = ["name", "digest", "context"];
