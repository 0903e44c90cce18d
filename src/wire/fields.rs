//! Reading a request's fields, whichever way a client writes them.
//!
//! A body or a query is kept as raw text, and a field is read when it is asked for: names in snake or camel case (both
//! at once are refused), whole numbers as numbers or texts, query parameters once or repeated, a JSON object within a
//! JSON text. Unknown fields are ignored. Depth costs nothing, because nothing is read that is not asked for.

use std::borrow::Cow;
use std::marker::PhantomData;

use percent_encoding::percent_decode_str;
use serde_json::value::RawValue;

use super::{Double, Result, WireError};
use crate::domain::validate::{MAX_LIST_LENGTH, json_text, shown};

/// Fields of one object. No request has nearly as many; each costs memory before anything is known of it.
const MAX_FIELDS: usize = 1000;

const SEE_DOCS: &str = "See the API docs for more information about request parameters.";

/// A request's body or query.
#[derive(Debug, Clone)]
pub struct Body<'a> {
    text: Cow<'a, str>,
    query: Option<Vec<(String, String)>>,
}

impl<'a> Body<'a> {
    /// Takes a JSON body. As in MLflow, a body that is not JSON counts as empty, so that the answer names the first
    /// missing parameter; a bare NaN or Infinity is named instead, because other parsers let it through.
    pub fn from_json(bytes: &'a [u8]) -> Result<Self> {
        let object = |text| Self { text, query: None };
        let empty = object(Cow::Borrowed("{}"));
        let Ok(text) = std::str::from_utf8(bytes) else { return Ok(empty) };
        let text = text.trim();
        match serde_json::from_str::<&RawValue>(text) {
            Ok(raw) if raw.get().starts_with('{') => {
                if text.len() > 3 * MAX_FIELDS && serde_json::from_str::<Entries<'_>>(text).is_err() {
                    return Err(WireError::invalid(format!("The request body has more than {MAX_FIELDS} fields.")));
                }
                Ok(object(Cow::Borrowed(text)))
            }
            Ok(raw) if raw.get().starts_with('"') => {
                // Older clients encode twice.
                let inner: String = serde_json::from_str(raw.get()).unwrap_or_default();
                let is_object = serde_json::from_str::<&RawValue>(&inner).is_ok_and(|raw| raw.get().starts_with('{'));
                Ok(if is_object { object(Cow::Owned(inner)) } else { empty })
            }
            Ok(raw) if raw.get() == "null" => Ok(empty),
            Ok(_) => Err(WireError::invalid("The request body must be a JSON object.")),
            Err(_) if has_bare_constant(text) => Err(WireError::invalid(
                "The request body is not JSON: NaN and Infinity must be sent as texts, such as \"NaN\".",
            )),
            Err(_) => Ok(empty),
        }
    }

    /// Takes the query of a GET request.
    pub fn from_query(query: &str) -> Self {
        let decode = |text: &str| percent_decode_str(&text.replace('+', " ")).decode_utf8_lossy().into_owned();
        let pairs = query
            .split('&')
            .filter(|pair| !pair.is_empty())
            .map(|pair| {
                let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
                (decode(name), decode(value))
            })
            .collect();
        Self { text: Cow::Borrowed("{}"), query: Some(pairs) }
    }

    /// The fields of the request.
    pub fn fields(&self) -> Fields<'_> {
        match &self.query {
            Some(pairs) => Fields { source: Source::Query(pairs), path: String::new() },
            None => Fields::parse(&self.text, String::new()).unwrap_or_default(),
        }
    }
}

/// Whether a text that is not JSON holds `NaN` or `Infinity` where a value could stand.
fn has_bare_constant(text: &str) -> bool {
    let mut in_text = false;
    let mut escaped = false;
    for (at, c) in text.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' if in_text => escaped = true,
            '"' => in_text = !in_text,
            'N' | 'I' if !in_text => {
                let rest = text.get(at..).unwrap_or_default();
                if rest.starts_with("NaN") || rest.starts_with("Infinity") {
                    return true;
                }
            }
            _ => {}
        }
    }
    false
}

/// A view on the fields of a request or of an object within it.
#[derive(Debug, Clone, Default)]
pub struct Fields<'a> {
    source: Source<'a>,
    /// Where the object stands in the request, such as `metrics[3]`; empty at the top.
    path: String,
}

#[derive(Debug, Clone)]
enum Source<'a> {
    Json(Vec<(Cow<'a, str>, &'a RawValue)>),
    Query(&'a [(String, String)]),
}

impl Default for Source<'_> {
    fn default() -> Self {
        Self::Json(Vec::new())
    }
}

/// A field's value before its type is known.
#[derive(Debug, Clone, Copy)]
enum Raw<'a> {
    Json(&'a str),
    Query(&'a str),
}

impl<'a> Fields<'a> {
    fn parse(text: &'a str, path: String) -> Option<Self> {
        let Entries(entries) = serde_json::from_str(text).ok()?;
        Some(Self { source: Source::Json(entries), path })
    }

    /// Whether nothing was sent.
    pub fn is_empty(&self) -> bool {
        match &self.source {
            Source::Json(entries) => entries.is_empty(),
            Source::Query(pairs) => pairs.is_empty(),
        }
    }

    fn raw(&self, name: &str) -> Result<Option<Raw<'a>>> {
        match &self.source {
            Source::Query(pairs) => {
                Ok(pairs.iter().find(|(key, _)| key == name).map(|(_, value)| Raw::Query(value.as_str())))
            }
            Source::Json(entries) => {
                // The last of equal names counts, as in Python.
                let find = |name: &str| entries.iter().rev().find(|(key, _)| key == name).map(|(_, raw)| raw.get());
                let snake = find(name);
                let camel = camel_case(name).and_then(|camel| find(&camel).map(|raw| (camel, raw)));
                let raw = match (snake, camel) {
                    (Some(_), Some((camel, _))) => {
                        return Err(WireError::invalid(format!(
                            "Request specifies both '{name}' and '{camel}'; provide only one of them."
                        )));
                    }
                    (Some(raw), None) | (None, Some((_, raw))) => raw,
                    (None, None) => return Ok(None),
                };
                Ok((raw != "null").then_some(Raw::Json(raw)))
            }
        }
    }

    fn full(&self, name: &str) -> String {
        if self.path.is_empty() { name.to_owned() } else { format!("{}.{name}", self.path) }
    }

    /// The error for a required field that is absent or empty.
    pub fn missing(&self, name: &str) -> WireError {
        WireError::invalid(format!("Missing value for required parameter '{}'. {SEE_DOCS}", self.full(name)))
    }

    fn wrong(&self, name: &str, raw: Raw<'_>) -> WireError {
        // Cut before it is quoted: escaping makes a text up to six times as long.
        let (value, kind) = match raw {
            Raw::Query(text) => (json_text(&shown(text)), "str"),
            Raw::Json(text) => match serde_json::from_str::<String>(text) {
                Ok(inner) => (json_text(&shown(&inner)), "str"),
                Err(_) => (shown(text).into_owned(), python_type(text)),
            },
        };
        WireError::invalid(format!(
            "Invalid value {value} for parameter '{}' supplied:  Hint: Value was of type '{kind}'. {SEE_DOCS}",
            self.full(name)
        ))
    }

    /// A text; absent and `null` are `None`.
    pub fn text(&self, name: &str) -> Result<Option<String>> {
        match self.raw(name)? {
            None => Ok(None),
            Some(Raw::Query(text)) => Ok(Some(text.to_owned())),
            Some(raw @ Raw::Json(text)) => serde_json::from_str(text).map(Some).map_err(|_| self.wrong(name, raw)),
        }
    }

    /// A text that must be there and not be empty.
    pub fn required_text(&self, name: &str) -> Result<String> {
        self.text(name)?.filter(|text| !text.is_empty()).ok_or_else(|| self.missing(name))
    }

    /// The run's id: newer and older clients name it differently.
    pub fn run_id(&self) -> Result<String> {
        match self.text("run_id")? {
            Some(id) if !id.is_empty() => Ok(id),
            _ => match self.text("run_uuid")? {
                Some(id) if !id.is_empty() => Ok(id),
                _ => Err(self.missing("run_id")),
            },
        }
    }

    /// A whole number, written as a number or as a text.
    pub fn int(&self, name: &str) -> Result<Option<i64>> {
        let Some(raw) = self.raw(name)? else { return Ok(None) };
        let digits = match raw {
            Raw::Query(text) => text.trim(),
            Raw::Json(text) => text.trim_matches('"').trim(),
        };
        whole_number(digits).map(Some).ok_or_else(|| self.wrong(name, raw))
    }

    /// A whole number that must be there.
    pub fn required_int(&self, name: &str) -> Result<i64> {
        self.int(name)?.ok_or_else(|| self.missing(name))
    }

    /// A number that must be there; `NaN` and the infinities come as texts.
    pub fn required_double(&self, name: &str) -> Result<f64> {
        let raw = self.raw(name)?.ok_or_else(|| self.missing(name))?;
        let number = match raw {
            Raw::Json("\"\"") => return Err(self.missing(name)),
            Raw::Json(text) => Double::from_json(text),
            Raw::Query(text) => Double::from_json(&json_text(text)),
        };
        number.map(|Double(value)| value).ok_or_else(|| self.wrong(name, raw))
    }

    /// `true` or `false`.
    pub fn boolean(&self, name: &str) -> Result<Option<bool>> {
        match self.raw(name)? {
            None => Ok(None),
            Some(Raw::Json("true")) => Ok(Some(true)),
            Some(Raw::Json("false")) => Ok(Some(false)),
            Some(Raw::Query(text)) if text.eq_ignore_ascii_case("true") => Ok(Some(true)),
            Some(Raw::Query(text)) if text.eq_ignore_ascii_case("false") => Ok(Some(false)),
            Some(Raw::Query(text)) => {
                Err(WireError::invalid(format!("Invalid boolean value: {}, must be 'true' or 'false'.", shown(text))))
            }
            Some(raw) => Err(self.wrong(name, raw)),
        }
    }

    /// One of a list of words, by word or by number; an unknown one is refused.
    pub fn choice<T: Copy>(&self, name: &str, choices: &[(&str, i64, T)]) -> Result<Option<T>> {
        let Some(raw) = self.raw(name)? else { return Ok(None) };
        let word = match raw {
            Raw::Query(text) => text,
            Raw::Json(text) => text.trim_matches('"'),
        };
        let number = whole_number(word);
        choices
            .iter()
            .find(|(choice, at, _)| *choice == word || Some(*at) == number)
            .map(|(_, _, value)| Some(*value))
            .ok_or_else(|| self.wrong(name, raw))
    }

    /// A list of texts; absent is empty.
    pub fn texts(&self, name: &str) -> Result<Vec<String>> {
        if let Source::Query(pairs) = &self.source {
            return Ok(pairs.iter().filter(|(key, _)| key == name).map(|(_, value)| value.clone()).collect());
        }
        match self.raw(name)? {
            Some(raw @ Raw::Json(text)) => {
                let Counted { items, count } = serde_json::from_str(text).map_err(|_| self.wrong(name, raw))?;
                if count > MAX_LIST_LENGTH { Err(self.too_many(name, MAX_LIST_LENGTH, count)) } else { Ok(items) }
            }
            _ => Ok(Vec::new()),
        }
    }

    fn too_many(&self, name: &str, limit: usize, count: usize) -> WireError {
        WireError::invalid(format!(
            "Parameter '{}' can hold at most {limit} entries. Got {count} entries.",
            self.full(name)
        ))
    }

    /// How many entries a list has; absent is none.
    pub fn count(&self, name: &str) -> Result<usize> {
        let Some(raw) = self.raw(name)? else { return Ok(0) };
        let Raw::Json(text) = raw else { return Err(self.wrong(name, raw)) };
        let Counted::<&RawValue> { count, .. } = serde_json::from_str(text).map_err(|_| self.wrong(name, raw))?;
        Ok(count)
    }

    /// A list of at most `limit` objects, which is checked before any of them is looked at; absent is empty.
    pub fn objects(&self, name: &str, limit: usize) -> Result<Vec<Fields<'a>>> {
        let Some(raw) = self.raw(name)? else { return Ok(Vec::new()) };
        let Raw::Json(text) = raw else { return Err(self.wrong(name, raw)) };
        let Counted::<&'a RawValue> { items, count } = serde_json::from_str(text).map_err(|_| self.wrong(name, raw))?;
        if count > limit {
            return Err(self.too_many(name, limit, count));
        }
        items
            .into_iter()
            .enumerate()
            .map(|(at, item)| {
                let path = format!("{}[{at}]", self.full(name));
                let wrong = Fields { source: Source::default(), path: self.path.clone() };
                Fields::parse(item.get(), path)
                    .ok_or_else(|| wrong.wrong(&format!("{name}[{at}]"), Raw::Json(item.get())))
            })
            .collect()
    }

    /// An object within the object.
    pub fn object(&self, name: &str) -> Result<Option<Fields<'a>>> {
        match self.raw(name)? {
            None => Ok(None),
            Some(raw @ Raw::Query(_)) => Err(self.wrong(name, raw)),
            Some(raw @ Raw::Json(text)) => {
                Fields::parse(text, self.full(name)).map(Some).ok_or_else(|| self.wrong(name, raw))
            }
        }
    }

    /// At most `limit` keys and values, such as tags; a missing key is an error, a missing value is empty.
    pub fn pairs<T>(&self, name: &str, limit: usize, make: impl Fn(String, String) -> T) -> Result<Vec<T>> {
        self.objects(name, limit)?
            .iter()
            .map(|entry| Ok(make(entry.required_text("key")?, entry.text("value")?.unwrap_or_default())))
            .collect()
    }
}

/// The entries of an object in the order in which they stand.
struct Entries<'a>(Vec<(Cow<'a, str>, &'a RawValue)>);

impl<'de: 'a, 'a> serde::Deserialize<'de> for Entries<'a> {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        struct Visitor;
        impl<'de> serde::de::Visitor<'de> for Visitor {
            type Value = Entries<'de>;
            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("an object")
            }
            fn visit_map<A: serde::de::MapAccess<'de>>(
                self,
                mut map: A,
            ) -> std::result::Result<Entries<'de>, A::Error> {
                let mut entries = Vec::new();
                while let Some((Name(name), raw)) = map.next_entry::<Name<'de>, &'de RawValue>()? {
                    if entries.len() == MAX_FIELDS {
                        return Err(serde::de::Error::custom("too many fields"));
                    }
                    entries.push((name, raw));
                }
                Ok(Entries(entries))
            }
        }
        deserializer.deserialize_map(Visitor)
    }
}

/// The first entries of a list and how many it has. No more are kept than the largest list may have, so that a body
/// of millions of empty entries costs no memory.
struct Counted<T> {
    items: Vec<T>,
    count: usize,
}

impl<'de, T: serde::Deserialize<'de>> serde::Deserialize<'de> for Counted<T> {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        struct Visitor<T>(PhantomData<T>);
        impl<'de, T: serde::Deserialize<'de>> serde::de::Visitor<'de> for Visitor<T> {
            type Value = Counted<T>;
            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a list")
            }
            fn visit_seq<A: serde::de::SeqAccess<'de>>(self, mut seq: A) -> std::result::Result<Counted<T>, A::Error> {
                let mut items = Vec::new();
                while items.len() < MAX_LIST_LENGTH {
                    let Some(item) = seq.next_element()? else { break };
                    items.push(item);
                }
                let mut count = items.len();
                while count >= MAX_LIST_LENGTH && seq.next_element::<&RawValue>()?.is_some() {
                    count += 1;
                }
                Ok(Counted { items, count })
            }
        }
        deserializer.deserialize_seq(Visitor(PhantomData))
    }
}

#[derive(serde::Deserialize, PartialEq, Eq, Hash)]
struct Name<'a>(#[serde(borrow)] Cow<'a, str>);

/// A whole number of 64 bits; `2.0` and `2e3` are whole, `1.5` is not. The digits are moved as text, because a double
/// on the way would round what is beyond 2^53.
fn whole_number(text: &str) -> Option<i64> {
    if let Ok(number) = text.parse::<i64>() {
        return Some(number);
    }
    let (mantissa, exponent) = match text.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, exponent.parse::<i32>().ok()?),
        None => (text, 0),
    };
    let (sign, mantissa) = mantissa.strip_prefix('-').map_or(("", mantissa), |rest| ("-", rest));
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    if whole.is_empty() || !whole.bytes().chain(fraction.bytes()).all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let digits = format!("{whole}{fraction}");
    let digits = digits.trim_start_matches('0');
    let significant = digits.trim_end_matches('0');
    if significant.is_empty() {
        return Some(0);
    }
    let zeros = (digits.len() - significant.len()) as i64 - fraction.len() as i64 + i64::from(exponent);
    if zeros < 0 || significant.len() as i64 + zeros > 19 {
        return None;
    }
    format!("{sign}{significant}{}", "0".repeat(zeros as usize)).parse().ok()
}

fn camel_case(name: &str) -> Option<String> {
    if !name.contains('_') {
        return None;
    }
    let mut out = String::with_capacity(name.len());
    for (at, part) in name.split('_').enumerate() {
        let mut chars = part.chars();
        match chars.next() {
            Some(first) if at > 0 => out.extend(first.to_uppercase()),
            Some(first) => out.push(first),
            None => {}
        }
        out.push_str(chars.as_str());
    }
    Some(out)
}

fn python_type(raw: &str) -> &'static str {
    match raw.as_bytes().first() {
        Some(b'"') => "str",
        Some(b'[') => "list",
        Some(b'{') => "dict",
        Some(b't' | b'f') => "bool",
        Some(b'n') => "NoneType",
        _ if raw.contains(['.', 'e', 'E']) => "float",
        _ => "int",
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed expectation ends the test")]

    use super::*;

    fn json(text: &str) -> Body<'_> {
        Body::from_json(text.as_bytes()).unwrap()
    }

    fn words<T: std::fmt::Debug>(result: Result<T>) -> String {
        result.unwrap_err().message
    }

    #[test]
    fn snake_and_camel_case_are_the_same_field_but_not_both() {
        let body = json(r#"{"artifactLocation": "s3://b", "run_id": "a", "runId": "b"}"#);
        assert_eq!(body.fields().text("artifact_location"), Ok(Some("s3://b".to_owned())));
        assert_eq!(
            words(body.fields().text("run_id")),
            "Request specifies both 'run_id' and 'runId'; provide only one of them."
        );
    }

    #[test]
    fn whole_numbers_are_never_rounded() {
        let body = json(r#"{"a": 7, "b": "7", "c": 2.0, "d": 1.5, "e": 18446744073709551616, "f": -3, "g": "x"}"#);
        let fields = body.fields();
        for (name, number) in [("a", 7), ("b", 7), ("c", 2), ("f", -3)] {
            assert_eq!(fields.int(name), Ok(Some(number)), "{name}");
        }
        assert_eq!(
            words(fields.int("d")),
            "Invalid value 1.5 for parameter 'd' supplied:  Hint: Value was of type 'float'. See the API docs for more \
             information about request parameters."
        );
        assert!(words(fields.int("e")).contains("of type 'int'"));
        for (text, number) in [
            ("9007199254740993.0", Some(9_007_199_254_740_993)),
            ("-9223372036854775808.0", Some(i64::MIN)),
            ("9223372036854775808.0", None),
            ("1.5e1", Some(15)),
            ("1200e-2", Some(12)),
            ("1250e-2", None),
            ("0.0e999999999", Some(0)),
            ("1e999999999", None),
            ("9007199254740993.5", None),
            ("-", None),
            (".5", None),
            ("1e", None),
        ] {
            assert_eq!(whole_number(text), number, "{text}");
        }
        assert!(words(fields.int("g")).contains("Invalid value \"x\" for parameter 'g'"));
    }

    #[test]
    fn a_body_may_be_encoded_twice() {
        assert_eq!(json(r#""{\"name\": \"x\"}""#).fields().required_text("name"), Ok("x".to_owned()));
    }

    #[test]
    fn what_is_not_json_counts_as_empty() {
        for text in ["", "{", "null", "\"x\"", "{\"name\": }"] {
            assert_eq!(
                words(json(text).fields().required_text("name")),
                "Missing value for required parameter 'name'. See the API docs for more information about request \
                 parameters.",
                "{text}"
            );
        }
        assert!(Body::from_json(b"[1]").is_err());
        assert!(Body::from_json(&[b'{', 0xff]).unwrap().fields().is_empty());
    }

    #[test]
    fn a_bare_nan_is_named() {
        for text in [r#"{"value": NaN}"#, r#"{"value": -Infinity}"#] {
            assert!(words(Body::from_json(text.as_bytes())).contains("NaN and Infinity must be sent as texts"));
        }
        assert!(Body::from_json(br#"{"value": "NaN", "#).is_ok());
    }

    #[test]
    fn depth_costs_nothing() {
        let deep = format!(r#"{{"x": {}{}, "name": "n"}}"#, "[".repeat(200_000), "]".repeat(200_000));
        assert_eq!(json(&deep).fields().required_text("name"), Ok("n".to_owned()));
        assert!(json(&deep).fields().objects("x", 10).is_err());
    }

    #[test]
    fn long_lists_are_counted_and_not_kept() {
        let body = format!(r#"{{"tags": [{}{{}}], "ids": [{}""]}}"#, "{},".repeat(20_000), r#""","#.repeat(20_000));
        let body = json(&body);
        assert_eq!(
            words(body.fields().objects("tags", 100)),
            "Parameter 'tags' can hold at most 100 entries. Got 20001 entries."
        );
        assert_eq!(body.fields().count("tags"), Ok(20_001));
        assert!(words(body.fields().texts("ids")).contains("at most 10000 entries. Got 20001"));
        let fields = format!("{{{}\"name\": \"n\"}}", "\"x\":1,".repeat(5000));
        assert!(words(Body::from_json(fields.as_bytes())).contains("more than 1000 fields"));
    }

    #[test]
    fn queries_repeat_names_for_lists() {
        let body = Body::from_query("run_ids=a&run_ids=b%20c&max_results=5&deep=true&x=a+b");
        let fields = body.fields();
        assert_eq!(fields.texts("run_ids"), Ok(vec!["a".to_owned(), "b c".to_owned()]));
        assert_eq!(fields.int("max_results"), Ok(Some(5)));
        assert_eq!(fields.boolean("deep"), Ok(Some(true)));
        assert_eq!(fields.text("x"), Ok(Some("a b".to_owned())));
    }

    #[test]
    fn errors_name_the_place() {
        let body = json(r#"{"tags": [{"key": "a"}, {"value": "b"}, {"key": 3}]}"#);
        let tags = body.fields().objects("tags", 10).unwrap();
        assert!(words(tags.get(1).unwrap().required_text("key")).contains("'tags[1].key'"));
        assert!(
            words(tags.get(2).unwrap().required_text("key")).contains("Invalid value 3 for parameter 'tags[2].key'")
        );
        assert!(words(json(r#"{"tags": "x"}"#).fields().objects("tags", 10)).contains("of type 'str'"));
        assert!(words(json(r#"{"tags": [1]}"#).fields().objects("tags", 10)).contains("'tags[0]'"));
    }
}
