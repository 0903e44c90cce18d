//! What the text operators mean; the store calls these from SQL, so that there is one meaning.

use regex::{Regex, RegexBuilder};

/// Compiles a regular expression of a filter; one that would need a lot of memory is refused.
pub fn compile_regex(pattern: &str) -> Result<Regex, String> {
    RegexBuilder::new(pattern).size_limit(1 << 20).build().map_err(|error| {
        // The library's message draws a picture over several lines; its last line says what is wrong.
        let message = error.to_string();
        message.lines().last().unwrap_or_default().trim().trim_start_matches("error: ").to_owned()
    })
}

/// A pattern of SQL's `LIKE`, made ready for many texts: `%` stands for any text, `_` for one character.
///
/// What stands between two `%` is looked for from left to right and the first place is taken, since a later one could
/// only leave less for the rest. So nothing is tried twice, and the time grows with the text alone, but for pieces
/// with `_`, where it also grows with the piece.
#[derive(Debug, Clone)]
pub struct Like {
    first: Piece,
    /// Absent if the pattern has no `%`.
    rest: Option<(Vec<Piece>, Piece)>,
    ignore_case: bool,
}

impl Like {
    pub fn new(pattern: &str, ignore_case: bool) -> Self {
        let pattern = if ignore_case { pattern.to_lowercase() } else { pattern.to_owned() };
        let mut pieces = pattern.split('%').map(Piece::new);
        let first = pieces.next().unwrap_or_else(|| Piece::new(""));
        let mut middle: Vec<Piece> = pieces.collect();
        let rest = middle.pop().map(|last| {
            middle.retain(|piece| !piece.text.is_empty());
            (middle, last)
        });
        Self { first, rest, ignore_case }
    }

    /// Whether the whole text fits.
    pub fn matches(&self, text: &str) -> bool {
        if self.ignore_case { self.fits(&text.to_lowercase()) } else { self.fits(text) }
    }

    fn fits(&self, text: &str) -> bool {
        let Some(mut text) = self.first.strip_from_start(text) else { return false };
        let Some((middle, last)) = &self.rest else { return text.is_empty() };
        for piece in middle {
            match piece.find_and_strip(text) {
                Some(after) => text = after,
                None => return false,
            }
        }
        last.ends(text)
    }
}

/// A part of a pattern without `%`.
#[derive(Debug, Clone)]
struct Piece {
    text: String,
    has_wildcard: bool,
}

impl Piece {
    fn new(text: &str) -> Self {
        Self { text: text.to_owned(), has_wildcard: text.contains('_') }
    }

    /// What follows the piece if the text begins with it.
    fn strip_from_start<'t>(&self, text: &'t str) -> Option<&'t str> {
        if !self.has_wildcard {
            return text.strip_prefix(&self.text);
        }
        let mut rest = text.chars();
        for wanted in self.text.chars() {
            let found = rest.next()?;
            if wanted != '_' && wanted != found {
                return None;
            }
        }
        Some(rest.as_str())
    }

    /// What follows the first place of the piece in the text.
    fn find_and_strip<'t>(&self, mut text: &'t str) -> Option<&'t str> {
        if !self.has_wildcard {
            return text.split_once(&self.text).map(|(_, after)| after);
        }
        loop {
            if let Some(after) = self.strip_from_start(text) {
                return Some(after);
            }
            let mut rest = text.chars();
            rest.next()?;
            text = rest.as_str();
        }
    }

    fn ends(&self, text: &str) -> bool {
        if !self.has_wildcard {
            return text.ends_with(&self.text);
        }
        let mut rest = text.chars().rev();
        self.text.chars().rev().all(|wanted| rest.next().is_some_and(|found| wanted == '_' || wanted == found))
    }
}

/// Whether a text has another as a part, in any case.
pub fn contains_ignoring_case(text: &str, part: &str) -> bool {
    text.to_lowercase().contains(&part.to_lowercase())
}

/// The number that a param or tag says, for conditions such as `params.lr < 0.01`.
pub fn number_of(text: &str) -> Option<f64> {
    text.trim().parse().ok().filter(|number: &f64| !number.is_nan())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn like_knows_its_two_wildcards() {
        for (pattern, text, expected) in [
            ("abc", "abc", true),
            ("abc", "ABC", false),
            ("a%", "abc", true),
            ("%c", "abc", true),
            ("%b%", "abc", true),
            ("a_c", "abc", true),
            ("a_c", "ac", false),
            ("%", "", true),
            ("_", "", false),
            ("", "", true),
            ("", "a", false),
            ("%ab%ab", "abab ab", true),
            ("%a%b%c%", "xxaxxbxx", false),
            ("a%b_d%", "axxbcdbxd", true),
            ("_ü%", "grün ü", false),
            ("gr_n", "grün", true),
            ("ab%ab", "ab", false),
            ("ab%ab", "abab", true),
            ("a%_b", "ab", false),
            ("a%_b", "acb", true),
            ("%_", "", false),
            ("%__%", "ü", false),
            ("%__%", "üü", true),
            ("a_b", "aübc", false),
            ("%%", "x", true),
            ("%\"path\"%:%\"tab.json\",%", "[{\"path\": \"tab.json\", \"type\": \"table\"}]", true),
        ] {
            assert_eq!(Like::new(pattern, false).matches(text), expected, "{pattern} {text}");
        }
        assert!(Like::new("GRÜ%", true).matches("grün"));
    }

    #[test]
    fn a_long_pattern_on_a_long_text_is_answered_fast() {
        // A hundred million steps each, if every place of the text were compared with the whole piece.
        let text = "a".repeat(200_000);
        let started = std::time::Instant::now();
        for pattern in [format!("%{}b%", "a".repeat(100_000)), format!("{}b", "%a".repeat(100_000))] {
            assert!(!Like::new(&pattern, false).matches(&text));
        }
        assert!(started.elapsed() < std::time::Duration::from_secs(5), "{:?}", started.elapsed());
    }
}
