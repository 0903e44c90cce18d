//! What runs log: metrics, parameters and tags, one by one and in batches.
//!
//! Batches are what a training loop sends, so they first meet a typed reading of the usual form; what it does not
//! understand is read again field by field, which knows every accepted form and names what is wrong.

use std::borrow::Cow;
use std::marker::PhantomData;

use serde::Deserialize;
use serde::de::{Deserializer, Error as _, SeqAccess, Visitor};

use super::fields::{Body, Fields};
use super::{Double, Result, WireError};
use crate::domain::validate::{self, MAX_METRICS_PER_BATCH, MAX_PARAMS_TAGS_PER_BATCH};
use crate::domain::{DatasetRef, LoggedModelId, Metric, MetricPoint, Param, RunId, Tag};

/// A request to log one metric.
#[derive(Debug, Clone, PartialEq)]
pub struct LogMetric {
    pub run: RunId,
    pub metric: Metric,
}

impl LogMetric {
    pub fn read(fields: &Fields<'_>) -> Result<Self> {
        let run = super::read_run_id(fields)?;
        let metric = read_metric(fields)?;
        validate::metric("", &metric)?;
        Ok(Self { run, metric })
    }
}

fn read_metric(fields: &Fields<'_>) -> Result<Metric> {
    let key = fields.required_text("key")?;
    let value = fields.required_double("value")?;
    let timestamp = fields.required_int("timestamp")?;
    let step = fields.int("step")?.unwrap_or(0);
    let model_id = fields.text("model_id")?;
    let dataset_name = fields.text("dataset_name")?;
    let dataset_digest = fields.text("dataset_digest")?;
    Ok(Metric {
        key,
        point: MetricPoint { step, timestamp, value },
        model_id: model_id.filter(|id| !id.is_empty()).map(LoggedModelId::new),
        dataset: dataset_ref(dataset_name, dataset_digest),
    })
}

fn dataset_ref(name: Option<String>, digest: Option<String>) -> Option<DatasetRef> {
    let name = name.filter(|name| !name.is_empty())?;
    Some(DatasetRef { name, digest: digest.unwrap_or_default() })
}

/// A request to log one parameter.
#[derive(Debug, Clone, PartialEq)]
pub struct LogParam {
    pub run: RunId,
    pub param: Param,
}

impl LogParam {
    pub fn read(fields: &Fields<'_>) -> Result<Self> {
        let run = super::read_run_id(fields)?;
        let key = fields.required_text("key")?;
        let value = fields.text("value")?.unwrap_or_default();
        Ok(Self { run, param: validate::param("", Param { key, value })? })
    }
}

/// A request to set one tag.
#[derive(Debug, Clone, PartialEq)]
pub struct SetTag {
    pub run: RunId,
    pub tag: Tag,
}

impl SetTag {
    pub fn read(fields: &Fields<'_>) -> Result<Self> {
        let run = super::read_run_id(fields)?;
        let key = fields.required_text("key")?;
        let value = fields.text("value")?.unwrap_or_default();
        Ok(Self { run, tag: validate::run_tag("", Tag { key, value })? })
    }
}

/// A request to log much at once; all of it is stored or none.
#[derive(Debug, Clone, PartialEq)]
pub struct LogBatch {
    pub run: RunId,
    pub metrics: Vec<Metric>,
    pub params: Vec<Param>,
    pub tags: Vec<Tag>,
}

impl LogBatch {
    /// Reads a JSON body.
    pub fn read(body: &[u8]) -> Result<Self> {
        let batch = match Self::read_usual(body) {
            Some(batch) => batch,
            None => Self::read_any(&Body::from_json(body)?.fields())?,
        };
        batch.checked()
    }

    fn read_any(fields: &Fields<'_>) -> Result<Self> {
        let run = super::read_run_id(fields)?;
        // Counted before anything is read, in the words of the check on what was read.
        let (n_metrics, n_params, n_tags) = (fields.count("metrics")?, fields.count("params")?, fields.count("tags")?);
        validate::batch_limits(n_metrics, n_params, n_tags)?;
        let metrics = fields.objects("metrics", n_metrics)?.iter().map(read_metric).collect::<Result<_>>()?;
        let params = fields.pairs("params", n_params, |key, value| Param { key, value })?;
        let tags = fields.pairs("tags", n_tags, |key, value| Tag { key, value })?;
        Ok(Self { run, metrics, params, tags })
    }

    /// The form that clients usually send. Camel-case names are known too, so that no field is passed over as unknown;
    /// both spellings at once are an error here and get their words in the other reading.
    fn read_usual(body: &[u8]) -> Option<Self> {
        let usual: UsualBatch<'_> = serde_json::from_slice(body).ok()?;
        if usual.run_id.is_empty() || usual.metrics.iter().any(|metric| metric.key.is_empty()) {
            return None;
        }
        let pair = |UsualPair { key, value }: UsualPair<'_>| {
            (!key.is_empty()).then(|| (key.into_owned(), value.unwrap_or_default().into_owned()))
        };
        Some(Self {
            run: RunId::new(usual.run_id.as_ref()),
            metrics: usual.metrics.into_iter().map(UsualMetric::into_domain).collect(),
            params: usual
                .params
                .into_iter()
                .map(|entry| pair(entry).map(|(key, value)| Param { key, value }))
                .collect::<Option<_>>()?,
            tags: usual
                .tags
                .into_iter()
                .map(|entry| pair(entry).map(|(key, value)| Tag { key, value }))
                .collect::<Option<_>>()?,
        })
    }

    fn checked(mut self) -> Result<Self> {
        validate::run_id(self.run.as_str())?;
        for (at, metric) in self.metrics.iter().enumerate() {
            // The place is put together only for the one that is refused.
            if validate::metric("", metric).is_err() {
                validate::metric(&format!("metrics[{at}]"), metric)?;
            }
        }
        let at_place = |list: &str, at: usize| format!("{list}[{at}]");
        self.params = (self.params.into_iter().enumerate())
            .map(|(at, param)| validate::param(&at_place("params", at), param))
            .collect::<validate::Check<_>>()?;
        self.tags = (self.tags.into_iter().enumerate())
            .map(|(at, tag)| validate::run_tag(&at_place("tags", at), tag))
            .collect::<validate::Check<_>>()?;
        validate::batch_limits(self.metrics.len(), self.params.len(), self.tags.len())?;
        validate::unique_params(&self.params)?;
        Ok(self)
    }
}

#[derive(Deserialize)]
struct UsualBatch<'a> {
    #[serde(borrow, alias = "runId")]
    run_id: Cow<'a, str>,
    #[serde(borrow, default, deserialize_with = "at_most::<MAX_METRICS_PER_BATCH, _, _>")]
    metrics: Vec<UsualMetric<'a>>,
    #[serde(borrow, default, deserialize_with = "at_most::<MAX_PARAMS_TAGS_PER_BATCH, _, _>")]
    params: Vec<UsualPair<'a>>,
    #[serde(borrow, default, deserialize_with = "at_most::<MAX_PARAMS_TAGS_PER_BATCH, _, _>")]
    tags: Vec<UsualPair<'a>>,
}

/// Reads a list; a longer one is an error at once, and the other reading says which.
fn at_most<'de, const LIMIT: usize, T: Deserialize<'de>, D: Deserializer<'de>>(
    deserializer: D,
) -> std::result::Result<Vec<T>, D::Error> {
    struct AtMost<T, const LIMIT: usize>(PhantomData<T>);
    impl<'de, T: Deserialize<'de>, const LIMIT: usize> Visitor<'de> for AtMost<T, LIMIT> {
        type Value = Vec<T>;
        fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            write!(f, "a list of at most {LIMIT}")
        }
        fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> std::result::Result<Vec<T>, A::Error> {
            let mut items = Vec::with_capacity(seq.size_hint().unwrap_or(0).min(LIMIT));
            while let Some(item) = seq.next_element()? {
                if items.len() == LIMIT {
                    return Err(A::Error::custom("too many"));
                }
                items.push(item);
            }
            Ok(items)
        }
    }
    deserializer.deserialize_seq(AtMost::<T, LIMIT>(PhantomData))
}

#[derive(Deserialize)]
struct UsualMetric<'a> {
    #[serde(borrow)]
    key: Cow<'a, str>,
    value: Double,
    timestamp: i64,
    #[serde(default)]
    step: Option<i64>,
    #[serde(default, alias = "modelId")]
    model_id: Option<String>,
    #[serde(default, alias = "datasetName")]
    dataset_name: Option<String>,
    #[serde(default, alias = "datasetDigest")]
    dataset_digest: Option<String>,
}

impl UsualMetric<'_> {
    fn into_domain(self) -> Metric {
        Metric {
            key: self.key.into_owned(),
            point: MetricPoint { step: self.step.unwrap_or(0), timestamp: self.timestamp, value: self.value.0 },
            model_id: self.model_id.filter(|id| !id.is_empty()).map(LoggedModelId::new),
            dataset: dataset_ref(self.dataset_name, self.dataset_digest),
        }
    }
}

#[derive(Deserialize)]
struct UsualPair<'a> {
    #[serde(borrow)]
    key: Cow<'a, str>,
    #[serde(borrow, default)]
    value: Option<Cow<'a, str>>,
}

/// A request of older clients to note a model that a run logged. It becomes an entry of the tag
/// `mlflow.log-model.history`.
#[derive(Debug, Clone, PartialEq)]
pub struct LogModel {
    pub run: RunId,
    /// The entry as JSON.
    pub entry: String,
}

impl LogModel {
    /// The tag that holds the list of entries.
    pub const TAG: &'static str = "mlflow.log-model.history";

    pub fn read(fields: &Fields<'_>) -> Result<Self> {
        let run = super::read_run_id(fields)?;
        let model_json = fields.required_text("model_json")?;
        let malformed = || {
            WireError::invalid(format!(
                "Malformed model info. \n {} \n is not a valid JSON.",
                validate::shown(&model_json)
            ))
        };
        let model: serde_json::Value = serde_json::from_str(&model_json).map_err(|_| malformed())?;
        let serde_json::Value::Object(mut model) = model else { return Err(malformed()) };
        let missing: Vec<&str> = ["artifact_path", "flavors", "utc_time_created", "run_id"]
            .into_iter()
            .filter(|field| !model.contains_key(*field))
            .collect();
        if !missing.is_empty() {
            return Err(WireError::invalid(format!(
                "Model json is missing mandatory fields: {}",
                validate::python_list(&missing)
            )));
        }
        model.retain(|key, _| {
            matches!(key.as_str(), "run_id" | "utc_time_created" | "artifact_path" | "model_uuid" | "flavors")
        });
        // A flavour's configuration can be large and is in the model's own file.
        if let Some(serde_json::Value::Object(flavors)) = model.get_mut("flavors") {
            for flavor in flavors.values_mut() {
                if let serde_json::Value::Object(flavor) = flavor {
                    flavor.retain(|key, _| key != "config");
                }
            }
        }
        Ok(Self { run, entry: serde_json::Value::Object(model).to_string() })
    }

    /// The tag's new value: the former list with the entry behind it. A list that would be cut is refused.
    pub fn appended_to(&self, former: Option<&str>) -> Result<String> {
        let list = former.map(str::trim).and_then(|list| list.strip_prefix('[')?.strip_suffix(']')).map(str::trim);
        let list = match list {
            Some(list) if !list.is_empty() => format!("[{list}, {}]", self.entry),
            _ => format!("[{}]", self.entry),
        };
        if list.chars().count() > validate::MAX_TAG_VALUE_LENGTH {
            return Err(WireError::invalid(format!(
                "The run's list of models in the tag '{}' would exceed the maximum length of {} characters",
                Self::TAG,
                validate::MAX_TAG_VALUE_LENGTH
            )));
        }
        Ok(list)
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed expectation ends the test")]

    use super::*;

    fn batch(text: &str) -> Result<LogBatch> {
        LogBatch::read(text.as_bytes())
    }

    #[test]
    fn both_readings_of_a_batch_agree() {
        let text = r#"{"run_id": "r1", "metrics": [
            {"key": "a", "value": 0.1, "timestamp": 5, "step": 2, "model_id": "m-1", "dataset_name": "d", "x": [1]},
            {"key": "b\u00fc", "value": "NaN", "timestamp": 6}],
            "params": [{"key": "p", "value": null}], "tags": [{"key": "t", "value": "v"}]}"#;
        let body = Body::from_json(text.as_bytes()).unwrap();
        let usual = LogBatch::read_usual(text.as_bytes()).unwrap();
        let any = LogBatch::read_any(&body.fields()).unwrap();
        // NaN differs from itself, so the printed forms are compared.
        assert_eq!(format!("{usual:?}"), format!("{any:?}"));
        assert_eq!(usual.metrics.first().unwrap().model_id.as_ref().unwrap().as_str(), "m-1");
    }

    #[test]
    fn unusual_batches_are_read_all_the_same() {
        let read = batch(
            r#"{"runId": "r1", "metrics": [{"key": "a", "value": "1.5", "timestamp": "7", "step": 2.0, "modelId": "m"}]}"#,
        )
        .unwrap();
        let metric = read.metrics.first().unwrap();
        assert_eq!(metric.point, MetricPoint { step: 2, timestamp: 7, value: 1.5 });
        assert!(metric.model_id.is_some());
    }

    #[test]
    fn a_refusal_names_the_entry() {
        for (text, words) in [
            (r#"{"metrics": []}"#, "Missing value for required parameter 'run_id'."),
            (r#"{"run_id":"r","metrics":[{"key":"b","value":1}]}"#, "parameter 'metrics[0].timestamp'"),
            (r#"{"run_id":"r","metrics":[{"key":"b","value":1,"timestamp":1,"step":1.5}]}"#, "'metrics[0].step'"),
            (
                r#"{"run_id":"r","metrics":[{"key":"b","value":1,"timestamp":1},{"key":"a#b","value":1,"timestamp":1}]}"#,
                "'metrics[1].name'",
            ),
            (r#"{"run_id":"r","params":[{"key":"d","value":"1"},{"key":"d","value":"1"}]}"#, "submitted: ['d']"),
            (r#"{"run_id":"r","params":[{"value":"1"}]}"#, "'params[0].key'"),
            (r#"{"run_id":"r","tags":[{"key":"a","value":1}]}"#, "Invalid value 1 for parameter 'tags[0].value'"),
        ] {
            let message = batch(text).unwrap_err().message;
            assert!(message.contains(words), "{text}: {message}");
        }
    }

    #[test]
    fn a_model_is_added_to_the_list_of_its_run() {
        let text = r#"{"run_id": "r", "model_json": "{\"artifact_path\": \"m\", \"run_id\": \"r\", \"utc_time_created\": \"t\", \"flavors\": {\"f\": {\"config\": 1, \"v\": 2}}, \"x\": 1}"}"#;
        let model = LogModel::read(&Body::from_json(text.as_bytes()).unwrap().fields()).unwrap();
        assert_eq!(model.entry, r#"{"artifact_path":"m","run_id":"r","utc_time_created":"t","flavors":{"f":{"v":2}}}"#);
        assert_eq!(model.appended_to(None), Ok(format!("[{}]", model.entry)));
        assert_eq!(model.appended_to(Some("[1]")), Ok(format!("[1, {}]", model.entry)));
        assert!(model.appended_to(Some(&format!("[{}]", "1,".repeat(4000)))).is_err());
    }
}
