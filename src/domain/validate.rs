//! Rules for names, keys, values and sizes, with MLflow's limits and words.
//!
//! Lengths count characters, not bytes. `path` arguments say where in a request the value stood (`key`,
//! `metrics[3].name`), because clients show the message as it is. Values of parameters and tags that are too long are
//! cut, as MLflow does; everything else that breaks a rule is refused.

use std::borrow::Cow;
use std::collections::HashSet;
use std::fmt::Write as _;

use percent_encoding::percent_decode_str;

use super::{DatasetInput, ExperimentId, Metric, Param, Tag};

/// Most metrics in one batch.
pub const MAX_METRICS_PER_BATCH: usize = 1000;
/// Most parameters in one batch, and most tags.
pub const MAX_PARAMS_TAGS_PER_BATCH: usize = 100;
/// Most metrics, parameters and tags together in one batch.
pub const MAX_ENTITIES_PER_BATCH: usize = 1000;
/// Longest key of a metric, parameter or tag.
pub const MAX_KEY_LENGTH: usize = 250;
/// Longest parameter value; longer ones are cut.
pub const MAX_PARAM_VALUE_LENGTH: usize = 6000;
/// Longest value of a run's tag; longer ones are cut.
pub const MAX_TAG_VALUE_LENGTH: usize = 8000;
/// Longest name of an experiment.
pub const MAX_EXPERIMENT_NAME_LENGTH: usize = 500;
/// Longest value of an experiment's tag.
pub const MAX_EXPERIMENT_TAG_VALUE_LENGTH: usize = 20_000;
/// Longest address of an artifact folder.
pub const MAX_ARTIFACT_LOCATION_LENGTH: usize = 2048;
/// Most results of one search over runs or experiments.
pub const MAX_SEARCH_RESULTS: i64 = 50_000;

/// Most entries of a list that has no other limit.
pub const MAX_LIST_LENGTH: usize = 10_000;
/// Most tags, parameters, datasets or models that come with one run, experiment or logged model.
pub const MAX_ENTRIES_PER_REQUEST: usize = 1000;
/// Characters of an input that an error message repeats.
const MAX_SHOWN: usize = 500;
/// Longest name of a user.
const MAX_USER: usize = 256;
/// Longest id of a run or logged model.
const MAX_ID: usize = 255;
const MAX_MODEL_TYPE: usize = 500;
const MAX_DATASET_SOURCE_TYPE: usize = 255;
const MAX_DATASET_NAME: usize = 500;
const MAX_DATASET_DIGEST: usize = 36;
const MAX_DATASET_SOURCE: usize = 65_535;
const MAX_DATASET_SCHEMA: usize = 1_048_575;
const MAX_DATASET_PROFILE: usize = 16_777_215;
const MAX_INPUT_TAG_KEY: usize = 255;
const MAX_INPUT_TAG_VALUE: usize = 500;

/// Why an input is refused, in the words that a client sees.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct InvalidInput {
    pub message: String,
}

impl InvalidInput {
    pub fn new(message: impl Into<String>) -> Self {
        Self { message: message.into() }
    }
}

/// What a check returns.
pub type Check<T = ()> = Result<T, InvalidInput>;

/// A metric's key and time; `path` is empty, or such as `metrics[3]`.
pub fn metric(path: &str, metric: &Metric) -> Check {
    entity_name(|| join(path, "name"), &metric.key)?;
    if metric.point.timestamp < 0 {
        return Err(InvalidInput::new(format!(
            "Invalid value {} for parameter '{}' supplied: metric '{}' (value={}). \
             Timestamp must be a nonnegative long (64-bit integer) ",
            metric.point.timestamp,
            join(path, "timestamp"),
            shown(&metric.key),
            python_float(metric.point.value),
        )));
    }
    length("Metric name", MAX_KEY_LENGTH, &metric.key)?;
    if let Some(model) = &metric.model_id {
        model_id(model.as_str())?;
    }
    if let Some(dataset) = &metric.dataset {
        length("dataset_name", MAX_DATASET_NAME, &dataset.name)?;
        length("dataset_digest", MAX_DATASET_DIGEST, &dataset.digest)?;
    }
    Ok(())
}

/// A parameter; a value that is too long comes back cut.
pub fn param(path: &str, mut param: Param) -> Check<Param> {
    entity_name(|| join(path, "key"), &param.key)?;
    length("Param key", MAX_KEY_LENGTH, &param.key)?;
    cut(&mut param.value, MAX_PARAM_VALUE_LENGTH);
    Ok(param)
}

/// A tag of a run; a value that is too long comes back cut.
pub fn run_tag(path: &str, mut tag: Tag) -> Check<Tag> {
    entity_name(|| join(path, "key"), &tag.key)?;
    length(&join(path, "key"), MAX_KEY_LENGTH, &tag.key)?;
    cut(&mut tag.value, MAX_TAG_VALUE_LENGTH);
    Ok(tag)
}

/// A tag given when a run is created. As in MLflow any characters are allowed here; imported runs bring theirs.
pub fn created_run_tag(mut tag: Tag) -> Check<Tag> {
    length("key", MAX_KEY_LENGTH, &tag.key)?;
    cut(&mut tag.value, MAX_TAG_VALUE_LENGTH);
    Ok(tag)
}

/// A tag of an experiment; nothing is cut.
pub fn experiment_tag(tag: &Tag) -> Check {
    entity_name(|| "key".to_owned(), &tag.key)?;
    length("key", MAX_KEY_LENGTH, &tag.key)?;
    length("value", MAX_EXPERIMENT_TAG_VALUE_LENGTH, &tag.value)
}

/// A key that names nothing but itself, such as the one of a tag to delete.
pub fn key(path: &str, key: &str) -> Check {
    entity_name(|| path.to_owned(), key)
}

/// How much a batch holds.
pub fn batch_limits(n_metrics: usize, n_params: usize, n_tags: usize) -> Check {
    let limit = |name: &str, limit: usize, count: usize| {
        if count <= limit {
            return Ok(());
        }
        Err(InvalidInput::new(format!(
            "A batch logging request can contain at most {limit} {name}. Got {count} {name}. \
             Please split up {name} across multiple requests and try again."
        )))
    };
    limit("metrics", MAX_METRICS_PER_BATCH, n_metrics)?;
    limit("params", MAX_PARAMS_TAGS_PER_BATCH, n_params)?;
    limit("tags", MAX_PARAMS_TAGS_PER_BATCH, n_tags)?;
    limit("metrics, params, and tags", MAX_ENTITIES_PER_BATCH, n_metrics + n_params + n_tags)
}

/// No parameter twice in one batch, not even with equal values.
pub fn unique_params(params: &[Param]) -> Check {
    let mut seen = HashSet::with_capacity(params.len());
    let repeated: Vec<&str> = params.iter().map(|param| param.key.as_str()).filter(|key| !seen.insert(*key)).collect();
    if repeated.is_empty() {
        return Ok(());
    }
    Err(InvalidInput::new(format!(
        "Duplicate parameter keys have been submitted: {}. Please ensure the request contains only one param value \
         per param key.",
        python_list(&repeated)
    )))
}

/// The name of an experiment.
pub fn experiment_name(name: &str) -> Check {
    if name.trim().is_empty() {
        return Err(InvalidInput::new(format!("Invalid experiment name: '{}'", shown(name))));
    }
    length("name", MAX_EXPERIMENT_NAME_LENGTH, name)
}

/// The number of an experiment as it stands on the wire.
pub fn experiment_id(text: &str) -> Check<ExperimentId> {
    text.trim().parse().map_err(|_| {
        InvalidInput::new(format!("Invalid experiment ID '{}'. Experiment ID must be a valid integer.", shown(text)))
    })
}

/// The form of a run's id.
pub fn run_id(text: &str) -> Check {
    let mut chars = text.chars();
    let good = chars.next().is_some_and(|first| first.is_ascii_alphanumeric())
        && text.len() <= 4 * MAX_ID
        && chars.clone().count() <= MAX_ID
        && chars.all(|c| is_word(c) || c == '-');
    if good {
        return Ok(());
    }
    Err(InvalidInput::new(format!("Invalid value {} for parameter 'run_id' supplied.", json_text(&shown(text)))))
}

/// The name of the user that a client says it acts for.
pub fn user(name: &str) -> Check {
    length("user_id", MAX_USER, name)
}

/// The id of a logged model, which an older or foreign server may have given in another form.
pub fn model_id(id: &str) -> Check {
    length("model_id", MAX_ID, id)
}

/// What a logged model says of its kind and of the run that made it.
pub fn logged_model_origin(model_type: &str, source_run_id: Option<&str>) -> Check {
    length("model_type", MAX_MODEL_TYPE, model_type)?;
    length("source_run_id", MAX_ID, source_run_id.unwrap_or_default())
}

/// The name of a logged model.
pub fn logged_model_name(name: &str) -> Check {
    if !name.is_empty() && !name.contains(['/', ':', '.', '%', '"', '\'']) {
        return length("name", MAX_EXPERIMENT_NAME_LENGTH, name);
    }
    Err(InvalidInput::new(format!(
        "Invalid model name ({}) provided. Model name must be a non-empty string and cannot contain the following \
         characters: ('/', ':', '.', '%', '\"', \"'\")",
        python_text(&shown(name))
    )))
}

/// A parameter of a logged model; a value that is too long is cut.
pub fn logged_model_param(mut param: Param) -> Check<Param> {
    length("key", MAX_KEY_LENGTH, &param.key)?;
    cut(&mut param.value, MAX_PARAM_VALUE_LENGTH);
    Ok(param)
}

/// A tag of a logged model; a value that is too long is cut.
pub fn logged_model_tag(mut tag: Tag) -> Check<Tag> {
    length("key", MAX_KEY_LENGTH, &tag.key)?;
    cut(&mut tag.value, MAX_TAG_VALUE_LENGTH);
    Ok(tag)
}

/// A dataset as an input of a run.
pub fn dataset_input(input: &DatasetInput) -> Check {
    let dataset = &input.dataset;
    length("name", MAX_DATASET_NAME, &dataset.name)?;
    length("digest", MAX_DATASET_DIGEST, &dataset.digest)?;
    length("source_type", MAX_DATASET_SOURCE_TYPE, &dataset.source_type)?;
    length("source", MAX_DATASET_SOURCE, &dataset.source)?;
    length("schema", MAX_DATASET_SCHEMA, dataset.schema.as_deref().unwrap_or_default())?;
    length("profile", MAX_DATASET_PROFILE, dataset.profile.as_deref().unwrap_or_default())?;
    for tag in &input.tags {
        length("key", MAX_INPUT_TAG_KEY, &tag.key)?;
        length("value", MAX_INPUT_TAG_VALUE, &tag.value)?;
    }
    Ok(())
}

/// Where an experiment's artifacts may lie: in this workspace (`mlflow-artifacts:`), or in an object store that the
/// client reaches by itself. Folders of this machine and other hosts are refused, because the server would then read
/// and write where a caller tells it to.
pub fn artifact_location(location: &str) -> Check {
    const CLIENT_SIDE: [&str; 9] = ["s3", "gs", "abfss", "abfs", "wasbs", "wasb", "dbfs", "hdfs", "viewfs"];
    if location.contains(['#', ';']) {
        return Err(InvalidInput::new("'artifact_location' URL can't include fragments or params."));
    }
    if location.starts_with("runs:") {
        return Err(InvalidInput::new(format!(
            "Artifact location cannot be a runs:/ URI. Given: '{}'",
            shown(location)
        )));
    }
    length("artifact_location", MAX_ARTIFACT_LOCATION_LENGTH, location)?;
    let scheme = location.split_once(':').map(|(scheme, _)| scheme.to_ascii_lowercase()).unwrap_or_default();
    if matches!(scheme.as_str(), "http" | "https" | "ftp" | "sftp") {
        return Err(InvalidInput::new(format!(
            "'artifact_location' cannot use the '{scheme}' scheme: the '{scheme}' scheme addresses a host other than \
             the tracking server's configured artifact storage, so the server would connect to the host named in the \
             URI."
        )));
    }
    let decoded = percent_decoded(location);
    if decoded.contains(['\0', '\\', '#', ';', '?']) || decoded.split('/').any(|part| part == "..") {
        return Err(InvalidInput::new(format!(
            "'artifact_location' must be a plain address without '..', '?', backslashes or control characters. \
             Given: '{}'",
            shown(location)
        )));
    }
    // A file's address is put together from this text, and an address is decoded when it comes back.
    if scheme == "mlflow-artifacts" && location.contains('%') {
        return Err(InvalidInput::new(format!(
            "'artifact_location' in the workspace cannot hold '%'. Given: '{}'",
            shown(location)
        )));
    }
    let in_workspace = scheme == "mlflow-artifacts" && !location.contains("//");
    if in_workspace || CLIENT_SIDE.contains(&scheme.as_str()) {
        return Ok(());
    }
    Err(InvalidInput::new(format!(
        "'artifact_location' must be an mlflow-artifacts: address or lie in an object store ({}). Leave it out to \
         keep artifacts in the workspace. Given: '{}'",
        CLIENT_SIDE.join(", "),
        shown(location)
    )))
}

/// `Invalid value … for parameter … supplied: …` around a text.
pub fn invalid_value(path: &str, value: &str, why: &str) -> InvalidInput {
    InvalidInput::new(format!("Invalid value {} for parameter '{path}' supplied: {why}", json_text(&shown(value))))
}

/// A text as an error message repeats it: what is long is cut.
pub fn shown(text: &str) -> Cow<'_, str> {
    match text.char_indices().nth(MAX_SHOWN) {
        Some((end, _)) => Cow::Owned(format!("{}…", text.get(..end).unwrap_or_default())),
        None => Cow::Borrowed(text),
    }
}

/// A text as Python's `repr` writes it, which is how MLflow's messages quote.
pub fn python_text(text: &str) -> String {
    let quote = if text.contains('\'') && !text.contains('"') { '"' } else { '\'' };
    let mut out = String::with_capacity(text.len() + 2);
    out.push(quote);
    for c in text.chars() {
        match c {
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\\' => out.push_str("\\\\"),
            c if c == quote => {
                out.push('\\');
                out.push(c);
            }
            c if c.is_control() => {
                let _ = write!(out, "\\x{:02x}", c as u32);
            }
            c => out.push(c),
        }
    }
    out.push(quote);
    out
}

/// Texts as Python's `repr` writes a list of them.
pub fn python_list<T: AsRef<str>>(texts: &[T]) -> String {
    let quoted: Vec<String> = texts.iter().map(|text| python_text(text.as_ref())).collect();
    format!("[{}]", quoted.join(", "))
}

/// A text as ASCII JSON.
pub fn json_text(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            ' '..='~' => out.push(c),
            c => {
                let mut units = [0; 2];
                for unit in c.encode_utf16(&mut units) {
                    let _ = write!(out, "\\u{unit:04x}");
                }
            }
        }
    }
    out.push('"');
    out
}

/// A text with its percent escapes undone until nothing changes, ten times at most.
pub fn percent_decoded(text: &str) -> String {
    let mut text = text.to_owned();
    for _ in 0..10 {
        let next = percent_decode_str(&text).decode_utf8_lossy().into_owned();
        if next == text {
            break;
        }
        text = next;
    }
    text
}

/// Whether a regular expression's `\w` matches.
fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

fn join(path: &str, field: &str) -> String {
    if path.is_empty() { field.to_owned() } else { format!("{path}.{field}") }
}

fn entity_name(path: impl Fn() -> String, name: &str) -> Check {
    if !name.chars().all(|c| is_word(c) || matches!(c, '/' | '.' | '-' | ' ' | ':')) {
        return Err(invalid_value(
            &path(),
            name,
            "Names may only contain alphanumerics, underscores (_), dashes (-), periods (.), spaces ( ), colon(:) \
             and slashes (/).",
        ));
    }
    // Most keys hold neither a slash nor a leading dot and cannot resolve to another name.
    if !name.is_empty() && !name.contains('/') && name != "." && !name.starts_with("..") {
        return Ok(());
    }
    let resolved = normal_path(name);
    if resolved != name || resolved == "." || resolved.starts_with("..") || resolved.starts_with('/') {
        return Err(invalid_value(
            &path(),
            name,
            &format!(
                "Names may be treated as files in certain cases, and must not resolve to other names when treated as \
                 such. This name would resolve to {}",
                python_text(&shown(&resolved))
            ),
        ));
    }
    Ok(())
}

/// The POSIX path without empty parts, `.` and, where possible, `..`.
fn normal_path(path: &str) -> String {
    let lead = match path {
        path if path.starts_with("//") && !path.starts_with("///") => "//",
        path if path.starts_with('/') => "/",
        _ => "",
    };
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => match parts.last() {
                Some(&last) if last != ".." => {
                    parts.pop();
                }
                None if !lead.is_empty() => {}
                _ => parts.push(".."),
            },
            part => parts.push(part),
        }
    }
    let resolved = format!("{lead}{}", parts.join("/"));
    if resolved.is_empty() { ".".to_owned() } else { resolved }
}

fn length(name: &str, limit: usize, value: &str) -> Check {
    if value.len() <= limit || value.chars().count() <= limit {
        return Ok(());
    }
    Err(InvalidInput::new(format!("'{name}' exceeds the maximum length of {limit} characters")))
}

fn cut(value: &mut String, limit: usize) {
    if value.len() > limit
        && let Some((end, _)) = value.char_indices().nth(limit)
    {
        value.truncate(end);
    }
}

/// A number as Python writes a float.
fn python_float(value: f64) -> String {
    match value {
        value if value.is_nan() => "nan".to_owned(),
        f64::INFINITY => "inf".to_owned(),
        f64::NEG_INFINITY => "-inf".to_owned(),
        value => format!("{value:?}"),
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed expectation ends the test")]

    use super::*;
    use crate::domain::MetricPoint;

    fn refusal(result: Check) -> String {
        result.unwrap_err().message
    }

    fn named(key: &str) -> Metric {
        let point = MetricPoint { step: 0, timestamp: 0, value: 1.5 };
        Metric { key: key.to_owned(), point, model_id: None, dataset: None }
    }

    #[test]
    fn keys_may_hold_letters_of_any_script_and_inner_slashes() {
        for key in ["loss", "a/b c:d-e_f.g", "精度", "val.loss", ".hidden", "a..b"] {
            assert_eq!(metric("", &named(key)), Ok(()), "{key}");
        }
    }

    #[test]
    fn keys_that_are_no_names_are_refused_with_their_place() {
        assert_eq!(
            refusal(metric("metrics[1]", &named("a#b"))),
            "Invalid value \"a#b\" for parameter 'metrics[1].name' supplied: Names may only contain alphanumerics, \
             underscores (_), dashes (-), periods (.), spaces ( ), colon(:) and slashes (/)."
        );
        for (key, resolved) in [
            ("../x", "'../x'"),
            ("/x", "'/x'"),
            ("a//b", "'a/b'"),
            ("a/../b", "'b'"),
            ("a/", "'a'"),
            (".", "'.'"),
            ("", "'.'"),
            ("..", "'..'"),
            ("//x", "'//x'"),
        ] {
            let message = refusal(metric("", &named(key)));
            assert!(message.ends_with(&format!("would resolve to {resolved}")), "{key}: {message}");
        }
    }

    #[test]
    fn lengths_count_characters() {
        assert_eq!(metric("", &named(&"ü".repeat(250))), Ok(()));
        assert_eq!(
            refusal(metric("", &named(&"k".repeat(251)))),
            "'Metric name' exceeds the maximum length of 250 characters"
        );
        let long = Param { key: "p".to_owned(), value: "ü".repeat(6001) };
        assert_eq!(param("", long).unwrap().value.chars().count(), 6000);
    }

    #[test]
    fn a_time_before_1970_is_refused() {
        let mut early = named("m");
        early.point.timestamp = -1;
        assert_eq!(
            refusal(metric("", &early)),
            "Invalid value -1 for parameter 'timestamp' supplied: metric 'm' (value=1.5). Timestamp must be a \
             nonnegative long (64-bit integer) "
        );
    }

    #[test]
    fn artifact_locations_stay_in_the_workspace_or_an_object_store() {
        for good in ["mlflow-artifacts:/7", "s3://bucket/loc", "gs://b/c", "abfss://c@acc.dfs.core.windows.net/p"] {
            assert_eq!(artifact_location(good), Ok(()), "{good}");
        }
        for bad in [
            "file:///etc",
            "/etc",
            "relative",
            "..",
            "C:\\x",
            "http://169.254.169.254/",
            "http:///#/../../etc",
            "http:///;..%2f..%2fetc",
            "mlflow-artifacts:/../../x",
            "mlflow-artifacts:/a/%252e%252e/b",
            "mlflow-artifacts:/a%00b",
            "mlflow-artifacts:/a%20b",
            "runs:/x",
            "s3://b/x#frag",
        ] {
            assert!(artifact_location(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn run_ids_are_words() {
        assert_eq!(run_id(&"f".repeat(32)), Ok(()));
        for bad in ["", "../etc", "-x", &"a".repeat(257)] {
            assert!(run_id(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn quoting_is_that_of_python() {
        assert_eq!(python_list(&["a", "b'c", "d'e\"f"]), r#"['a', "b'c", 'd\'e"f']"#);
        assert_eq!(json_text("精🏃\""), "\"\\u7cbe\\ud83c\\udfc3\\\"\"");
    }
}
