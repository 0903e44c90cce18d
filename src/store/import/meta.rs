//! The `meta.yaml` files of MLflow's file store: flat mappings, some with one mapping inside.
//!
//! Scalars are taken as they were written. Python quotes by other rules than YAML 1.2, which would make a number of an
//! id such as `12345e67`.

use std::fs;
use std::path::Path;

use saphyr_parser::{Event, Parser, ScalarStyle};

/// Larger files are none of MLflow's.
const MAX_BYTES: u64 = 32 << 20;

/// A flat mapping.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Meta {
    texts: Vec<(String, String)>,
    maps: Vec<(String, Vec<(String, String)>)>,
}

impl Meta {
    /// Reads a file; the error says why it cannot be read.
    pub(super) fn read(path: &Path) -> Result<Self, String> {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let size = fs::metadata(path).map_err(|error| format!("{name} cannot be read: {error}"))?.len();
        if size > MAX_BYTES {
            return Err(format!("{name} is too large ({size} bytes)"));
        }
        let text = fs::read_to_string(path).map_err(|error| format!("{name} cannot be read: {error}"))?;
        Self::parse(&text).map_err(|error| format!("{name} is damaged: {error}"))
    }

    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let mut meta = Self::default();
        // How deep the event is, and the keys that wait for their values at depths 1 and 2.
        let mut depth = 0_usize;
        let mut key: Option<String> = None;
        let mut inner_key: Option<String> = None;
        for event in Parser::new_from_str(text) {
            let (event, _) = event.map_err(|error| error.to_string())?;
            match event {
                Event::MappingStart(..) | Event::SequenceStart(..) => {
                    if depth == 0 && !matches!(event, Event::MappingStart(..)) {
                        return Err("it is no mapping".to_owned());
                    }
                    if depth == 1
                        && let (Event::MappingStart(..), Some(key)) = (&event, &key)
                    {
                        meta.maps.push((key.clone(), Vec::new()));
                        inner_key = None;
                    }
                    depth += 1;
                }
                Event::MappingEnd | Event::SequenceEnd => {
                    depth = depth.saturating_sub(1);
                    match depth {
                        1 => key = None,
                        2 => inner_key = None,
                        _ => {}
                    }
                }
                Event::Scalar(value, style, ..) => {
                    let is_null = style == ScalarStyle::Plain && matches!(value.as_ref(), "" | "null" | "~" | "Null");
                    match depth {
                        0 => return Err("it is no mapping".to_owned()),
                        1 => match key.take() {
                            None => key = Some(value.into_owned()),
                            Some(_) if is_null => {}
                            Some(key) => meta.texts.push((key, value.into_owned())),
                        },
                        2 => match (inner_key.take(), meta.maps.last_mut()) {
                            (None, _) => inner_key = Some(value.into_owned()),
                            (Some(inner), Some((_, map))) if !is_null => map.push((inner, value.into_owned())),
                            _ => {}
                        },
                        _ => {}
                    }
                }
                _ => {}
            }
        }
        if meta == Self::default() {
            return Err("it is empty".to_owned());
        }
        Ok(meta)
    }

    /// A text that is there and not null.
    pub(super) fn text(&self, key: &str) -> Option<&str> {
        self.texts.iter().find(|(name, _)| name == key).map(|(_, value)| value.as_str())
    }

    /// A text that must be there.
    pub(super) fn required(&self, key: &str) -> Result<&str, String> {
        self.text(key).ok_or_else(|| format!("meta.yaml has no {key}"))
    }

    /// A whole number, if it is there; one that is none is an error.
    pub(super) fn integer(&self, key: &str) -> Result<Option<i64>, String> {
        let Some(text) = self.text(key) else { return Ok(None) };
        let number = text.parse().ok().or_else(|| {
            // Times were once written with a fraction.
            text.parse::<f64>().ok().filter(|number| number.abs() < 9e15).map(|number| number as i64)
        });
        number.map(Some).ok_or_else(|| format!("meta.yaml has {text:?} as {key}, which is no whole number"))
    }

    /// The mapping under a key.
    pub(super) fn map(&self, key: &str) -> &[(String, String)] {
        self.maps.iter().find(|(name, _)| name == key).map_or(&[], |(_, map)| map)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scalars_are_taken_as_written() {
        let meta = Meta::parse(
            "run_id: 12345e67\nname: 'no'\nend_time: null\ntags: {}\nempty: ''\nlist:\n- a: b\n  c: d\nlate: \
             007\ninner:\n  k: v\n  deep: {x: y}\n  z: 'null'\n",
        );
        let meta = meta.unwrap_or_default();
        assert_eq!(meta.text("run_id"), Some("12345e67"));
        assert_eq!(meta.text("name"), Some("no"));
        assert_eq!(meta.text("end_time"), None);
        assert_eq!(meta.text("empty"), Some(""));
        assert_eq!(meta.text("late"), Some("007"));
        assert_eq!(meta.integer("late"), Ok(Some(7)));
        let pair = |key: &str, value: &str| (key.to_owned(), value.to_owned());
        assert_eq!(meta.map("inner"), [pair("k", "v"), pair("z", "null")]);
        assert_eq!(meta.map("tags"), []);
    }

    #[test]
    fn damage_is_an_error_and_never_a_crash() {
        for text in ["", "- a\n- b", "a: [b", "text", "a: 'b", "\u{0}", "a: b\n c: d"] {
            assert!(Meta::parse(text).is_err(), "{text:?}");
        }
        assert!(Meta::parse(&format!("a: {}", "[".repeat(100_000))).is_err());
        assert!(Meta::parse(&format!("a: {}{}", "[".repeat(50_000), "]".repeat(50_000))).is_err());
    }
}
