//! Cuts a filter into tokens; shared by both grammars and by completion.
//!
//! Invariant: every byte of the input is either whitespace or in exactly one token, and no input is refused here:
//! what makes no sense becomes a token that the parsers refuse with its place.

use std::borrow::Cow;
use std::ops::Range;

/// What a token looks like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TokenKind {
    /// A word, a dotted name such as `metrics.loss` or ``metrics.`val loss` ``, or something like `-7d`.
    Name,
    /// A number on its own.
    Number,
    /// A text in single or double quotes.
    Quoted,
    /// A run of `<`, `>`, `=`, `!`, `~`.
    Operator,
    Open,
    Close,
    Comma,
    /// Begins with a quote that is never closed; reaches to the end.
    Unterminated,
    /// Any other character.
    Other,
}

/// A piece of the input, in bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Token {
    pub(super) kind: TokenKind,
    pub(super) span: Range<usize>,
}

impl Token {
    /// The token as it was written.
    pub(super) fn text<'a>(&self, input: &'a str) -> &'a str {
        input.get(self.span.clone()).unwrap_or_default()
    }

    /// Whether it is this keyword, in any case.
    pub(super) fn is_word(&self, input: &str, word: &str) -> bool {
        self.kind == TokenKind::Name && self.text(input).eq_ignore_ascii_case(word)
    }
}

/// All tokens of an input.
pub(super) fn tokens(input: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut at = 0;
    while let Some(first) = input.get(at..).and_then(|rest| rest.chars().next()) {
        if first.is_whitespace() {
            at += first.len_utf8();
            continue;
        }
        let (kind, end) = token_at(input, at, first);
        tokens.push(Token { kind, span: at..end });
        at = end;
    }
    tokens
}

fn token_at(input: &str, at: usize, first: char) -> (TokenKind, usize) {
    let rest = input.get(at..).unwrap_or_default();
    let single = at + first.len_utf8();
    match first {
        '(' => (TokenKind::Open, single),
        ')' => (TokenKind::Close, single),
        ',' => (TokenKind::Comma, single),
        '\'' | '"' => match quoted_len(rest, first) {
            Some(length) => (TokenKind::Quoted, at + length),
            None => (TokenKind::Unterminated, input.len()),
        },
        '`' => match quoted_len(rest, first) {
            Some(length) => name_after_quote(input, at + length),
            None => (TokenKind::Unterminated, input.len()),
        },
        _ if is_operator(first) => (TokenKind::Operator, at + rest.find(|c| !is_operator(c)).unwrap_or(rest.len())),
        _ if starts_name(rest) => name_at(input, at),
        _ => (TokenKind::Other, single),
    }
}

/// The rest of a name whose first part was in backticks.
fn name_after_quote(input: &str, end: usize) -> (TokenKind, usize) {
    let rest = input.get(end..).unwrap_or_default();
    match rest.strip_prefix('.') {
        None => (TokenKind::Name, end),
        Some(key) => key_end(input, key, end + 1),
    }
}

/// Where a key after a dot ends: a quoted one at its closing quote, a bare one where its characters end.
fn key_end(input: &str, key: &str, start: usize) -> (TokenKind, usize) {
    match key.chars().next() {
        Some(quote @ ('`' | '"')) => match quoted_len(key, quote) {
            Some(length) => (TokenKind::Name, start + length),
            None => (TokenKind::Unterminated, input.len()),
        },
        _ => (TokenKind::Name, start + bare_len(key)),
    }
}

fn name_at(input: &str, at: usize) -> (TokenKind, usize) {
    let rest = input.get(at..).unwrap_or_default();
    let dot = rest.find(|c: char| !is_bare(c) || c == '.').unwrap_or(rest.len());
    if let Some(key) = rest.get(dot..).and_then(|tail| tail.strip_prefix('.'))
        && key.starts_with(['`', '"'])
    {
        return key_end(input, key, at + dot + 1);
    }
    let mut length = bare_len(rest);
    // The exponent of a number may have a plus.
    let run = rest.get(..length).unwrap_or_default();
    if run.ends_with(['e', 'E'])
        && is_number(run.get(..length - 1).unwrap_or_default())
        && let Some(exponent) = rest.get(length..).and_then(|tail| tail.strip_prefix('+'))
    {
        let digits = exponent.find(|c: char| !c.is_ascii_digit()).unwrap_or(exponent.len());
        if digits > 0 {
            length += 1 + digits;
        }
    }
    let run = rest.get(..length).unwrap_or_default();
    (if is_number(run) { TokenKind::Number } else { TokenKind::Name }, at + length)
}

fn is_operator(c: char) -> bool {
    matches!(c, '<' | '>' | '=' | '!' | '~')
}

/// Characters of names and keys that need no quotes.
pub(super) fn is_bare(c: char) -> bool {
    c.is_alphanumeric()
        || matches!(c, '_' | '.' | '-' | '/' | ':')
        || (!c.is_ascii() && !c.is_whitespace() && !c.is_control())
}

fn bare_len(text: &str) -> usize {
    text.find(|c| !is_bare(c)).unwrap_or(text.len())
}

fn starts_name(rest: &str) -> bool {
    let mut chars = rest.chars();
    match chars.next() {
        Some('-' | '.') => chars.next().is_some_and(|c| c.is_ascii_digit() || c == '.'),
        Some('/' | ':') | None => false,
        Some(c) => is_bare(c),
    }
}

/// The length of a quoted text with both its quotes; a doubled quote stands for one.
fn quoted_len(text: &str, quote: char) -> Option<usize> {
    let mut chars = text.char_indices().skip(1).peekable();
    while let Some((at, c)) = chars.next() {
        if c == quote && chars.next_if(|(_, next)| *next == quote).is_none() {
            return Some(at + quote.len_utf8());
        }
    }
    None
}

/// Whether the whole text is a decimal number.
fn is_number(text: &str) -> bool {
    let digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
    let unsigned = text.strip_prefix('-').unwrap_or(text);
    let (mantissa, exponent) = match unsigned.find(['e', 'E']) {
        Some(at) => (unsigned.get(..at).unwrap_or_default(), unsigned.get(at + 1..)),
        None => (unsigned, None),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let exponent = exponent.map(|text| text.strip_prefix(['+', '-']).unwrap_or(text));
    digits(whole)
        && digits(fraction)
        && whole.len() + fraction.len() > 0
        && !mantissa.ends_with('.')
        && exponent.is_none_or(|text| !text.is_empty() && digits(text))
}

/// Takes the quotes off a text that has them, and makes doubled quotes single.
pub(super) fn unquote(text: &str) -> Cow<'_, str> {
    for quote in ['\'', '"', '`'] {
        if text.len() >= 2
            && let Some(inner) = text.strip_prefix(quote).and_then(|text| text.strip_suffix(quote))
        {
            let doubled: String = [quote, quote].iter().collect();
            return if inner.contains(&doubled) {
                Cow::Owned(inner.replace(&doubled, quote.encode_utf8(&mut [0; 4])))
            } else {
                Cow::Borrowed(inner)
            };
        }
    }
    Cow::Borrowed(text)
}

/// A name's part before its first dot and the key behind it, both without quotes.
pub(super) fn split_name(name: &str) -> (Option<Cow<'_, str>>, Cow<'_, str>) {
    let dot = if name.starts_with('`') {
        quoted_len(name, '`').filter(|at| name.get(*at..).is_some_and(|rest| rest.starts_with('.')))
    } else if name.starts_with('"') {
        None
    } else {
        name.find('.')
    };
    match dot.and_then(|at| Some((name.get(..at)?, name.get(at + 1..)?))) {
        Some((entity, key)) => (Some(unquote(entity)), unquote(key)),
        None => (None, unquote(name)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(input: &str, expected: &[(TokenKind, &str)]) {
        let tokens = tokens(input);
        let found: Vec<_> = tokens.iter().map(|token| (token.kind, token.text(input))).collect();
        assert_eq!(found, expected, "{input}");
    }

    #[test]
    fn names_numbers_and_texts_are_told_apart() {
        use TokenKind::{Name, Number, Operator, Other, Quoted, Unterminated};
        check("metrics.b>=-1.5e-3", &[(Name, "metrics.b"), (Operator, ">="), (Number, "-1.5e-3")]);
        check("metrics.`a/b c`=1", &[(Name, "metrics.`a/b c`"), (Operator, "="), (Number, "1")]);
        check("tags.\"a b\" 'it''s'", &[(Name, "tags.\"a b\""), (Quoted, "'it''s'")]);
        check("`tags`.`a``b`", &[(Name, "`tags`.`a``b`")]);
        check("-7d 1e+3 0x1F .5 5.", &[(Name, "-7d"), (Number, "1e+3"), (Name, "0x1F"), (Number, ".5"), (Name, "5.")]);
        check("größe ; 'open", &[(Name, "größe"), (Other, ";"), (Unterminated, "'open")]);
    }

    #[test]
    fn names_split_at_their_first_dot() {
        let split = |name| {
            let (entity, key) = split_name(name);
            (entity.map(Cow::into_owned), key.into_owned())
        };
        let pair = |entity: &str, key: &str| (Some(entity.to_owned()), key.to_owned());
        assert_eq!(split("tags.mlflow.user"), pair("tags", "mlflow.user"));
        assert_eq!(split("`tags`.`a``.b`"), pair("tags", "a`.b"));
        assert_eq!(split("metrics.``"), pair("metrics", ""));
        assert_eq!(split("status"), (None, "status".to_owned()));
        assert_eq!(split("\"Run name\""), (None, "Run name".to_owned()));
    }
}
