//! What columns there are, what each shows, and which of them a table shows by default.
//!
//! Invariant: a column that a person showed or hid stays so, whatever the data does; all others come and go with what
//! they tell.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::domain::filter::{Field, MetricAggregate, OrderBy};

use crate::domain::{ColumnInfo, ColumnKey, MetricCell, tag_key};

/// A fact of the run itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Attribute {
    Name,
    Status,
    Started,
    Ended,
    Duration,
    Experiment,
    User,
    Source,
    Commit,
    RunId,
}

impl Attribute {
    pub const ALL: [Self; 10] = [
        Self::Name,
        Self::Status,
        Self::Started,
        Self::Ended,
        Self::Duration,
        Self::Experiment,
        Self::User,
        Self::Source,
        Self::Commit,
        Self::RunId,
    ];

    /// The words of the header.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Name => "Run",
            Self::Status => "Status",
            Self::Started => "Started",
            Self::Ended => "Ended",
            Self::Duration => "Duration",
            Self::Experiment => "Experiment",
            Self::User => "User",
            Self::Source => "Source",
            Self::Commit => "Commit",
            Self::RunId => "Run ID",
        }
    }

    const fn shown_by_default(self) -> bool {
        matches!(self, Self::Name | Self::Status | Self::Started | Self::Duration)
    }

    const fn default_width(self) -> f32 {
        match self {
            Self::Name => 248.0,
            Self::Status => 108.0,
            Self::Started | Self::Ended => 124.0,
            Self::Experiment | Self::Source => 140.0,
            Self::Duration | Self::User => 96.0,
            Self::Commit => 84.0,
            Self::RunId => 120.0,
        }
    }
}

/// What a column shows.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ColumnId {
    Attribute(Attribute),
    Metric(Arc<str>),
    Param(Arc<str>),
    Tag(Arc<str>),
}

/// The group under which the picker lists a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ColumnGroup {
    Attributes,
    Metrics,
    Params,
    Tags,
}

impl ColumnGroup {
    pub const ALL: [Self; 4] = [Self::Attributes, Self::Metrics, Self::Params, Self::Tags];

    pub const fn title(self) -> &'static str {
        match self {
            Self::Attributes => "Attributes",
            Self::Metrics => "Metrics",
            Self::Params => "Parameters",
            Self::Tags => "Tags",
        }
    }
}

impl ColumnId {
    /// The column that is always there.
    pub const NAME: Self = Self::Attribute(Attribute::Name);

    /// The words of the header.
    pub fn title(&self) -> &str {
        match self {
            Self::Attribute(attribute) => attribute.title(),
            Self::Metric(key) | Self::Param(key) | Self::Tag(key) => key,
        }
    }

    pub const fn group(&self) -> ColumnGroup {
        match self {
            Self::Attribute(_) => ColumnGroup::Attributes,
            Self::Metric(_) => ColumnGroup::Metrics,
            Self::Param(_) => ColumnGroup::Params,
            Self::Tag(_) => ColumnGroup::Tags,
        }
    }

    /// The store's key, for a column whose values are loaded apart from the rows.
    pub fn key(&self) -> Option<ColumnKey> {
        match self {
            Self::Attribute(_) => None,
            Self::Metric(key) => Some(ColumnKey::Metric(Arc::clone(key))),
            Self::Param(key) => Some(ColumnKey::Param(Arc::clone(key))),
            Self::Tag(key) => Some(ColumnKey::Tag(Arc::clone(key))),
        }
    }

    pub const fn is_metric(&self) -> bool {
        matches!(self, Self::Metric(_))
    }

    /// How wide the column is until a person says otherwise, in points.
    pub fn default_width(&self) -> f32 {
        match self {
            Self::Attribute(attribute) => attribute.default_width(),
            // Room for the name, but no more than a few figures need.
            Self::Metric(key) | Self::Param(key) | Self::Tag(key) => {
                (key.chars().count() as f32 * 7.0 + 24.0).clamp(84.0, 160.0)
            }
        }
    }

    /// Whether the client wrote the value for itself; such columns are offered but not shown unasked.
    pub fn is_internal(&self) -> bool {
        match self {
            Self::Tag(key) => key.starts_with("mlflow."),
            Self::Metric(key) => key.starts_with("system/"),
            _ => false,
        }
    }
}

impl From<&ColumnKey> for ColumnId {
    fn from(key: &ColumnKey) -> Self {
        match key {
            ColumnKey::Metric(key) => Self::Metric(Arc::clone(key)),
            ColumnKey::Param(key) => Self::Param(Arc::clone(key)),
            ColumnKey::Tag(key) => Self::Tag(Arc::clone(key)),
        }
    }
}

/// Which figure of a metric's history a cell shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Aggregate {
    #[default]
    Last,
    Best,
    Min,
    Max,
    First,
}

impl Aggregate {
    pub const ALL: [Self; 5] = [Self::Last, Self::Best, Self::Min, Self::Max, Self::First];

    pub const fn title(self) -> &'static str {
        match self {
            Self::Last => "last",
            Self::Best => "best",
            Self::Min => "min",
            Self::Max => "max",
            Self::First => "first",
        }
    }

    /// The stored figure that stands behind it.
    pub const fn resolve(self, better: Better) -> MetricAggregate {
        match (self, better) {
            (Self::Last, _) => MetricAggregate::Last,
            (Self::First, _) => MetricAggregate::First,
            (Self::Min, _) | (Self::Best, Better::Lower) => MetricAggregate::Min,
            (Self::Max, _) | (Self::Best, Better::Higher) => MetricAggregate::Max,
        }
    }
}

/// Which values of a metric are good.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Better {
    Lower,
    Higher,
}

impl Better {
    /// What the metric's name says: losses, errors, distances and times are better low, all else high.
    pub fn guess(metric: &str) -> Self {
        // Whole words for the short ones, so that `mean_average_precision` is not taken for an `mae`.
        const WORDS: [&str; 29] = [
            "mse", "rmse", "mae", "mape", "smape", "rmsle", "msle", "rae", "rse", "wape", "mase", "nll", "bce", "ce",
            "kl", "fid", "wer", "cer", "ter", "eer", "fpr", "fnr", "bpc", "bpb", "ece", "brier", "aic", "bic", "ppl",
        ];
        const PARTS: [&str; 14] = [
            "loss",
            "error",
            "perplexity",
            "deviance",
            "entropy",
            "distance",
            "divergence",
            "regret",
            "latency",
            "duration",
            "time",
            "misclassif",
            "hinge",
            "residual",
        ];
        let lower = metric.to_lowercase();
        let is_low = PARTS.iter().any(|part| lower.contains(part))
            || lower
                .split(|c: char| !c.is_alphanumeric())
                .any(|word| WORDS.contains(&word.trim_end_matches(char::is_numeric)));
        if is_low { Self::Lower } else { Self::Higher }
    }

    pub const fn title(self) -> &'static str {
        match self {
            Self::Lower => "lower is better",
            Self::Higher => "higher is better",
        }
    }
}

/// The step at which a figure was reached; the first one's step is not kept.
pub fn step_of(cell: &MetricCell, aggregate: MetricAggregate) -> Option<i64> {
    match aggregate {
        MetricAggregate::Last => Some(cell.last_step),
        MetricAggregate::Min => Some(cell.min_step),
        MetricAggregate::Max => Some(cell.max_step),
        MetricAggregate::First => None,
    }
}

/// What a person decided about one column; `None` where nothing was decided.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct ColumnSetting {
    pub shown: Option<bool>,
    pub pinned: Option<bool>,
    pub width: Option<f32>,
    pub aggregate: Aggregate,
    pub better: Option<Better>,
    pub sparkline: bool,
}

/// A column as the table draws it.
#[derive(Debug, Clone, PartialEq)]
pub struct Column {
    pub id: ColumnId,
    pub width: f32,
    pub pinned: bool,
    pub aggregate: Aggregate,
    pub better: Better,
    pub sparkline: bool,
}

impl Column {
    /// The stored figure that a metric column shows.
    pub const fn figure(&self) -> MetricAggregate {
        self.aggregate.resolve(self.better)
    }

    /// What the store is to sort by.
    pub fn order_by(&self, ascending: bool) -> OrderBy {
        let field = match &self.id {
            ColumnId::Attribute(attribute) => attribute_field(*attribute),
            ColumnId::Metric(key) => Field::Metric { key: key.to_string(), aggregate: self.figure() },
            ColumnId::Param(key) => Field::Param(key.to_string()),
            ColumnId::Tag(key) => Field::Tag(key.to_string()),
        };
        OrderBy { field, ascending }
    }
}

fn attribute_field(attribute: Attribute) -> Field {
    match attribute {
        Attribute::Name => Field::Attribute("run_name"),
        Attribute::Status => Field::Attribute("status"),
        Attribute::Started => Field::Attribute("start_time"),
        Attribute::Ended => Field::Attribute("end_time"),
        Attribute::Duration => Field::Attribute("duration"),
        Attribute::Experiment => Field::Attribute("experiment_id"),
        Attribute::User => Field::Attribute("user_id"),
        Attribute::RunId => Field::Attribute("run_id"),
        Attribute::Source => Field::Tag(tag_key::SOURCE_NAME.to_owned()),
        Attribute::Commit => Field::Tag(tag_key::GIT_COMMIT.to_owned()),
    }
}

/// What the default rule needs to know of a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DefaultRule {
    /// Hide what is the same, or missing, in every run.
    pub varying_only: bool,
    /// Whether runs of several experiments are shown.
    pub several_experiments: bool,
}

impl DefaultRule {
    /// Whether a column that nobody decided about is shown.
    pub fn shows(self, id: &ColumnId, info: Option<&ColumnInfo>) -> bool {
        match id {
            ColumnId::Attribute(Attribute::Experiment) => self.several_experiments,
            ColumnId::Attribute(attribute) => attribute.shown_by_default(),
            ColumnId::Metric(_) | ColumnId::Param(_) | ColumnId::Tag(_) => {
                // With a single run there is nothing to compare, and its values are what one came to see.
                let tells = |info: &ColumnInfo| !self.varying_only || info.varies || info.run_count == 1;
                !id.is_internal() && info.is_some_and(|info| info.run_count > 0 && tells(info))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn losses_and_errors_are_better_low_and_scores_high() {
        for name in [
            "loss",
            "val_loss",
            "train/loss",
            "RMSE",
            "val-mae",
            "eval_mean_squared_error",
            "wer",
            "log_loss",
            "training_mse",
            "fid50",
            "inference_time_ms",
        ] {
            assert_eq!(Better::guess(name), Better::Lower, "{name}");
        }
        for name in ["accuracy", "f1", "val_auc", "mean_average_precision", "r2", "map50", "reward", "bleu"] {
            assert_eq!(Better::guess(name), Better::Higher, "{name}");
        }
    }

    #[test]
    fn best_follows_the_direction() {
        assert_eq!(Aggregate::Best.resolve(Better::Lower), MetricAggregate::Min);
        assert_eq!(Aggregate::Best.resolve(Better::Higher), MetricAggregate::Max);
        assert_eq!(Aggregate::Max.resolve(Better::Lower), MetricAggregate::Max);
    }

    #[test]
    fn constant_empty_and_internal_columns_are_not_shown_unasked() {
        let rule = DefaultRule { varying_only: true, several_experiments: false };
        let info = |key: &str, run_count, varies| ColumnInfo { key: ColumnKey::Param(key.into()), run_count, varies };
        let id = ColumnId::Param("lr".into());
        assert!(rule.shows(&id, Some(&info("lr", 3, true))));
        assert!(!rule.shows(&id, Some(&info("lr", 3, false))));
        assert!(!rule.shows(&id, Some(&info("lr", 0, false))));
        assert!(!rule.shows(&id, None));
        assert!(rule.shows(&id, Some(&info("lr", 1, false))), "the only run's values are shown");
        assert!(DefaultRule { varying_only: false, ..rule }.shows(&id, Some(&info("lr", 3, false))));
        assert!(!rule.shows(&ColumnId::Tag("mlflow.user".into()), Some(&info("mlflow.user", 3, true))));
    }
}
