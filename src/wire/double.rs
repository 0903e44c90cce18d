//! Numbers of metrics on the wire: NaN travels as a text, and the infinities as the largest finite numbers.

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::value::RawValue;

/// A metric's value.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Double(pub f64);

impl Double {
    /// Reads a JSON number, or a text that holds a number, `NaN`, `Infinity` or `-Infinity`. The digits are read
    /// exactly rounded; serde's own reading may be off by one in the last place.
    pub fn from_json(raw: &str) -> Option<Self> {
        let text = match raw.strip_prefix('"') {
            Some(rest) => rest.strip_suffix('"')?.trim(),
            None => raw,
        };
        let value = match text {
            "true" => 1.0,
            "false" => 0.0,
            _ if text.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '-' | '+' | '.')) => text.parse().ok()?,
            _ if text.eq_ignore_ascii_case("nan") => f64::NAN,
            _ if text.eq_ignore_ascii_case("infinity") || text.eq_ignore_ascii_case("inf") => f64::INFINITY,
            _ => return None,
        };
        // A finite literal too large for a double would silently become another number.
        (!f64::is_infinite(value) || text.to_ascii_lowercase().contains("inf")).then_some(Self(value))
    }
}

impl Serialize for Double {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.0.is_nan() {
            serializer.serialize_str("NaN")
        } else {
            serializer.serialize_f64(self.0.clamp(f64::MIN, f64::MAX))
        }
    }
}

impl<'de> Deserialize<'de> for Double {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = <&RawValue>::deserialize(deserializer)?;
        Self::from_json(raw.get()).ok_or_else(|| D::Error::custom("not a number"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_come_in_several_clothes() {
        for (raw, expected) in [
            ("1.5", 1.5),
            ("7", 7.0),
            ("\"3.25\"", 3.25),
            ("true", 1.0),
            ("\"Infinity\"", f64::INFINITY),
            ("\"-Infinity\"", f64::NEG_INFINITY),
            ("0.1234567890123456789", 0.123_456_789_012_345_68),
            ("2.2250738585072011e-308", 2.225_073_858_507_201e-308),
        ] {
            assert_eq!(Double::from_json(raw).map(|value| value.0), Some(expected), "{raw}");
        }
        assert!(Double::from_json("\"NaN\"").is_some_and(|value| value.0.is_nan()));
    }

    #[test]
    fn other_things_are_no_numbers() {
        for raw in ["\"abc\"", "null", "[]", "{}", "\"\"", "1e999", "\"1\\u0030\""] {
            assert_eq!(Double::from_json(raw), None, "{raw}");
        }
    }

    #[test]
    fn what_json_cannot_write_is_written_as_mlflow_does() {
        let written = |value| String::from_utf8(super::super::to_json(&Double(value))).unwrap_or_default();
        assert_eq!(written(f64::NAN), "\"NaN\"");
        assert_eq!(written(f64::INFINITY), "1.7976931348623157e+308");
        assert_eq!(written(f64::NEG_INFINITY), "-1.7976931348623157e+308");
        assert_eq!(written(9.0), "9.0");
    }
}
