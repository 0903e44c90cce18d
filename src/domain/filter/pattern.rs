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

/// SQL's `LIKE`: `%` stands for any text, `_` for one character.
pub fn like(pattern: &str, text: &str, ignore_case: bool) -> bool {
    if ignore_case { matches_like(&pattern.to_lowercase(), &text.to_lowercase()) } else { matches_like(pattern, text) }
}

fn matches_like(pattern: &str, text: &str) -> bool {
    let mut pattern_rest = pattern.chars();
    let mut text_rest = text.chars();
    // Behind the last `%`: what to try again with one more character swallowed.
    let mut retry = None;
    loop {
        let before = pattern_rest.clone();
        match pattern_rest.next() {
            Some('%') => retry = Some((pattern_rest.clone(), text_rest.clone())),
            Some(wanted) => {
                let found = text_rest.next();
                if found.is_some_and(|c| wanted == '_' || wanted == c) {
                    continue;
                }
                if found.is_none() || !back_up(&mut retry, &mut pattern_rest, &mut text_rest) {
                    return false;
                }
            }
            None if text_rest.as_str().is_empty() => return true,
            None => {
                pattern_rest = before;
                if !back_up(&mut retry, &mut pattern_rest, &mut text_rest) {
                    return false;
                }
            }
        }
    }
}

/// Lets the last `%` swallow one more character; false when there is none.
fn back_up<'a>(
    retry: &mut Option<(std::str::Chars<'a>, std::str::Chars<'a>)>,
    pattern: &mut std::str::Chars<'a>,
    text: &mut std::str::Chars<'a>,
) -> bool {
    let Some((retry_pattern, retry_text)) = retry else { return false };
    let swallowed = retry_text.next().is_some();
    *pattern = retry_pattern.clone();
    *text = retry_text.clone();
    swallowed
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
            ("%\"path\"%:%\"tab.json\",%", "[{\"path\": \"tab.json\", \"type\": \"table\"}]", true),
        ] {
            assert_eq!(like(pattern, text, false), expected, "{pattern} {text}");
        }
        assert!(like("GRÜ%", "grün", true));
    }

    #[test]
    fn a_pattern_full_of_wildcards_is_answered_fast() {
        let text = "a".repeat(5_000);
        assert!(!like(&format!("{}b", "%a".repeat(100)), &text, false));
    }
}
