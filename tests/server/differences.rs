//! Where our answers differ from those of the stock server, and why that is right.

use serde_json::Value;

/// Endpoints of the model registry, which is not served yet, by the beginning of an exchange's name.
const REGISTRY: [&str; 11] =
    ["rm.", "rms", "mv.", "mvs", "mvart", "stage.", "alias.", "latest", "wh.", "tracev3", "gql"];

/// An exchange and why it differs.
const LISTED: &[(&str, &str)] = &[
    ("srv /api/3.0/mlflow/server-info", NO_LANGUAGE_MODELS),
    ("srv /ajax-api/3.0/mlflow/server-info", NO_LANGUAGE_MODELS),
    ("srv /api/3.0/mlflow/server-features", JSON_404),
    ("srv /api/2.0/mlflow/nope", JSON_404),
    ("srv /nope", JSON_404),
    ("ds.search.api", JSON_404),
    ("ds.search.bug", JSON_404),
    ("exp.create.GET", "the 405 is JSON, not a page"),
    ("exp.create.dup", NO_SQL),
    ("exp.create.query", "names no environment variable, because none allows it"),
    ("exp.create.dots", CHOSEN_FOLDER),
    ("exp.create.file", CHOSEN_FOLDER),
    ("exp.update.dup", NO_SQL),
    ("exp.del.recreate", NO_SQL),
    ("exp.del.rename", NO_5XX),
    ("run.create.noexp", "the missing experiment is named; stock shows a failed SQL statement"),
    ("run.update.badstatus", "an unknown status is refused; stock drops it and reports success"),
    ("run.inputs.nods", "an input without a dataset is refused; stock stores one without a name"),
    ("ds.search", "lists no dataset without a name, because none was stored"),
    ("met.rawnan", STORED_AS_ZERO),
    ("met.rawinf", STORED_AS_ZERO),
    ("met.fstep", STORED_AS_ZERO),
    ("met.oflow", STORED_AS_ZERO),
    ("lm.fin.bad", "an unknown status is refused; stock forgets the model's status"),
    ("lm.metric.404", NO_SQL),
    ("lms.max1", "page tokens are opaque; ours is written without spaces"),
    ("lms.status", "the model is still ready, because the unknown status was refused"),
    ("lms.bad", NO_5XX),
    ("lms.badorder", "the error class, which no client reads, is that of the error code"),
    ("exp.search.vt", TWO_FEWER),
    ("exp.search.vtint", TWO_FEWER),
    ("exp.search.time", TWO_FEWER),
    ("rs.order10", NO_5XX),
    ("art.get.dir", ERROR_FORM),
    ("art.put.slash", ERROR_FORM),
    ("ws", "workspaces in MLflow's sense do not exist here: an unknown endpoint, not a 503 that clients repeat"),
];

const JSON_404: &str = "an unknown endpoint answers JSON with ENDPOINT_NOT_FOUND, not a page";
/// Exchanges whose answer depends on names that the server makes up, or on two things being made in one millisecond:
/// only their status is compared.
const BY_CHANCE: [&str; 6] = ["exp.search", "lms.all", "lms.ct", "lms.ordername", "rs.attr.name", "rs.order12"];

/// Whether only the status of an exchange can be compared.
pub(crate) fn by_chance(id: &str) -> bool {
    BY_CHANCE.contains(&id)
}

const TWO_FEWER: &str = "the list has other experiments at its end, because two were refused";
const NO_5XX: &str = "the client's mistake is a 400; clients repeat a 500 for minutes";
const NO_SQL: &str = "says what is wrong without the text of a failed SQL statement";
const CHOSEN_FOLDER: &str = "a caller may not choose a folder of the server's disk";
const STORED_AS_ZERO: &str = "a value that does not fit is refused; stock stores 0 and reports success";
const ERROR_FORM: &str = "the error has the form of all others, which the client reads";
const NO_LANGUAGE_MODELS: &str = "says what is not there: gateway, presigned transfers";

/// Why an exchange differs, if that is known.
pub(crate) fn reason(id: &str) -> Option<&'static str> {
    if REGISTRY.iter().any(|prefix| id.starts_with(prefix)) {
        return Some("registry: not served yet");
    }
    LISTED.iter().find(|(listed, _)| *listed == id).map(|(_, reason)| *reason)
}

/// What is listed and does not differ.
pub(crate) fn stale(differing: &[String]) -> Vec<&'static str> {
    let listed = LISTED.iter().map(|(id, _)| *id).filter(|id| !differing.iter().any(|other| other == id));
    let registry = REGISTRY.iter().copied().filter(|prefix| !differing.iter().any(|id| id.starts_with(prefix)));
    listed.chain(registry).collect()
}

/// Metrics that the stock server stores as 0 or at step 0 although the client sent something else; we refuse them.
const STORED_WRONGLY: [&str; 4] = ["m_rawnan", "m_rawinf", "m_fs", "m_of"];

/// The stock server's answer as it would be had it refused what we refuse earlier in the replay: two experiments in
/// folders of the caller's choice, so that later ones have lower numbers; metrics that it stores wrongly; a dataset
/// without a name; an unknown status of a logged model.
pub(crate) fn follow(id: &str, answer: Value) -> Value {
    match answer {
        Value::Object(fields) => {
            Value::Object(fields.into_iter().map(|(key, value)| (key.clone(), follow_field(id, &key, value))).collect())
        }
        Value::Array(items) => Value::Array(items.into_iter().map(|item| follow(id, item)).collect()),
        other => other,
    }
}

fn follow_field(id: &str, key: &str, value: Value) -> Value {
    match (key, value) {
        ("metrics", Value::Array(metrics)) => {
            let kept = metrics.into_iter().filter(|metric| !STORED_WRONGLY.iter().any(|wrong| metric["key"] == *wrong));
            Value::Array(kept.collect())
        }
        ("dataset_inputs", Value::Array(inputs)) => {
            Value::Array(inputs.into_iter().filter(|input| input["dataset"]["name"] != "").collect())
        }
        ("experiment_id", Value::String(number)) => Value::String(renumbered(&number)),
        ("artifact_location" | "artifact_uri", Value::String(uri)) => {
            Value::String(match uri.strip_prefix(WORKSPACE) {
                Some(path) => {
                    let (number, rest) = path.split_at(path.find('/').unwrap_or(path.len()));
                    format!("{WORKSPACE}{}{rest}", renumbered(number))
                }
                None => uri,
            })
        }
        ("message", Value::String(words)) => Value::String(
            words.replace("experiment 8 must", "experiment 6 must").replace("with id=8 exists", "with id=6 exists"),
        ),
        ("status", Value::String(word)) if word == "LOGGED_MODEL_STATUS_UNSPECIFIED" && id != "lm.fin.bad" => {
            Value::String("LOGGED_MODEL_READY".to_owned())
        }
        (_, value) => follow(id, value),
    }
}

const WORKSPACE: &str = "mlflow-artifacts:/";

/// Experiments 3 and 4 are the two that we refuse.
fn renumbered(number: &str) -> String {
    match number.parse::<u32>() {
        Ok(number @ 5..) if number < 100 => (number - 2).to_string(),
        _ => number.to_owned(),
    }
}

/// Replaces the names that a server makes up, which the replay leaves as they are in logged models.
pub(crate) fn without_made_up_names(answer: Value) -> Value {
    let made_up = |name: &str| {
        let mut parts = name.split('-');
        matches!((parts.next(), parts.next(), parts.next(), parts.next()), (Some(_), Some(_), Some(number), None)
            if number.parse::<u32>().is_ok())
    };
    match answer {
        Value::Object(fields) => Value::Object(
            fields
                .into_iter()
                .map(|(key, value)| match value {
                    Value::String(name) if key == "name" && made_up(&name) => (key, Value::from("<made up>")),
                    value => (key, without_made_up_names(value)),
                })
                .collect(),
        ),
        Value::Array(items) => Value::Array(items.into_iter().map(without_made_up_names).collect()),
        other => other,
    }
}
