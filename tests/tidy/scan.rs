//! A small reader of Rust source: tokens with their lines, comments and strings kept apart.
//!
//! It knows just enough of the language for the checks beside it: what is code, what is text, what is a comment,
//! and which stretch of a file is compiled for tests only. It is no parser and needs none.

/// What a token is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Kind {
    Ident(String),
    Punct(char),
    /// The inside of a string literal, escapes left as they are written.
    Text(String),
    Comment(String),
    /// Numbers, characters, lifetimes: nothing that a check looks at.
    Other,
}

/// A token and the line it starts on, counted from one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Token {
    pub(crate) kind: Kind,
    pub(crate) line: usize,
}

impl Token {
    pub(crate) fn ident(&self) -> Option<&str> {
        if let Kind::Ident(name) = &self.kind { Some(name) } else { None }
    }

    pub(crate) fn is(&self, punct: char) -> bool {
        self.kind == Kind::Punct(punct)
    }
}

struct Reader {
    chars: Vec<char>,
    at: usize,
    line: usize,
}

impl Reader {
    fn peek(&self, ahead: usize) -> Option<char> {
        self.chars.get(self.at + ahead).copied()
    }

    fn next(&mut self) -> Option<char> {
        let c = self.peek(0)?;
        self.at += 1;
        if c == '\n' {
            self.line += 1;
        }
        Some(c)
    }

    fn take_while(&mut self, keep: impl Fn(char) -> bool) -> String {
        let mut taken = String::new();
        while let Some(c) = self.peek(0).filter(|&c| keep(c)) {
            taken.push(c);
            self.next();
        }
        taken
    }

    fn block_comment(&mut self) -> String {
        let (mut depth, mut text) = (0_usize, String::new());
        while let Some(c) = self.next() {
            match (c, self.peek(0)) {
                ('/', Some('*')) => depth += 1,
                ('*', Some('/')) => {
                    depth -= 1;
                    if depth == 0 {
                        self.next();
                        break;
                    }
                }
                _ => {}
            }
            text.push(c);
        }
        text
    }

    fn quoted(&mut self) -> String {
        let mut text = String::new();
        while let Some(c) = self.next() {
            match c {
                '"' => break,
                '\\' => {
                    text.push(c);
                    text.extend(self.next());
                }
                _ => text.push(c),
            }
        }
        text
    }

    /// After `r`: hashes, quote, text. `None` when it is a raw identifier instead.
    fn raw_string(&mut self) -> Option<String> {
        let hashes = self.chars.iter().skip(self.at).take_while(|&&c| c == '#').count();
        if self.peek(hashes) != Some('"') {
            return None;
        }
        for _ in 0..=hashes {
            self.next();
        }
        let mut text = String::new();
        while let Some(c) = self.next() {
            if c == '"' && (0..hashes).all(|i| self.peek(i) == Some('#')) {
                for _ in 0..hashes {
                    self.next();
                }
                break;
            }
            text.push(c);
        }
        Some(text)
    }

    fn char_or_lifetime(&mut self) {
        // `'a` followed by no quote is a lifetime; everything else is a character.
        if self.peek(0) == Some('\\') {
            self.next();
            self.next();
            self.take_while(|c| c != '\'');
            self.next();
        } else if self.peek(1) == Some('\'') {
            self.next();
            self.next();
        } else {
            self.take_while(|c| c.is_alphanumeric() || c == '_');
        }
    }
}

/// The tokens of a file.
pub(crate) fn tokens(source: &str) -> Vec<Token> {
    let mut reader = Reader { chars: source.chars().collect(), at: 0, line: 1 };
    let mut found = Vec::new();
    while let Some(c) = reader.peek(0) {
        let line = reader.line;
        let kind = match c {
            _ if c.is_whitespace() => {
                reader.next();
                continue;
            }
            '/' if reader.peek(1) == Some('/') => Kind::Comment(reader.take_while(|c| c != '\n')),
            '/' if reader.peek(1) == Some('*') => Kind::Comment(reader.block_comment()),
            '"' => {
                reader.next();
                Kind::Text(reader.quoted())
            }
            '\'' => {
                reader.next();
                reader.char_or_lifetime();
                Kind::Other
            }
            _ if c.is_alphabetic() || c == '_' => {
                let word = reader.take_while(|c| c.is_alphanumeric() || c == '_');
                word_kind(&mut reader, word)
            }
            _ if c.is_ascii_digit() => {
                reader.take_while(|c| c.is_alphanumeric() || c == '_');
                Kind::Other
            }
            _ => {
                reader.next();
                Kind::Punct(c)
            }
        };
        found.push(Token { kind, line });
    }
    found
}

/// A word may be the prefix of a string (`r`, `b`, `br`, `c`), of a raw identifier, or just a word.
fn word_kind(reader: &mut Reader, word: String) -> Kind {
    let raw = matches!(word.as_str(), "r" | "br" | "cr");
    if raw && matches!(reader.peek(0), Some('"' | '#')) {
        if let Some(text) = reader.raw_string() {
            return Kind::Text(text);
        }
        reader.next();
        return Kind::Ident(reader.take_while(|c| c.is_alphanumeric() || c == '_'));
    }
    if matches!(word.as_str(), "b" | "c") && reader.peek(0) == Some('"') {
        reader.next();
        return Kind::Text(reader.quoted());
    }
    if word == "b" && reader.peek(0) == Some('\'') {
        reader.next();
        reader.char_or_lifetime();
        return Kind::Other;
    }
    Kind::Ident(word)
}

/// The lines, from and to inclusive, of modules that are compiled for tests only.
pub(crate) fn test_lines(tokens: &[Token]) -> Vec<(usize, usize)> {
    let code: Vec<&Token> = tokens.iter().filter(|t| !matches!(t.kind, Kind::Comment(_))).collect();
    let mut found = Vec::new();
    for (i, window) in code.windows(6).enumerate() {
        let attribute = window[0].is('#')
            && window[1].is('[')
            && window[2].ident() == Some("cfg")
            && window[3].is('(')
            && window[4].ident() == Some("test")
            && window[5].is(')');
        if !attribute {
            continue;
        }
        // The item's body is the first `{` outside brackets and parentheses, unless a `;` ends the item before.
        let (mut depth, mut braces) = (0_i32, 0_i32);
        for token in &code[i + 6..] {
            match token.kind {
                Kind::Punct('(' | '[') => depth += 1,
                Kind::Punct(')' | ']') => depth -= 1,
                Kind::Punct(';') if depth <= 0 && braces == 0 => break,
                Kind::Punct('{') => braces += 1,
                Kind::Punct('}') => {
                    braces -= 1;
                    if braces == 0 {
                        found.push((window[0].line, token.line));
                        break;
                    }
                }
                _ => {}
            }
        }
    }
    found
}

/// The places where a path from the crate's root starts: line and the top-level name.
///
/// Knows `crate::name`, `crate::{a, b::c}` and chains of `super` that leave the top-level module, for which it
/// needs the depth of the file's own module (`app/mod.rs` is 1, `app/state.rs` is 2).
pub(crate) fn root_paths(tokens: &[Token], depth: usize) -> Vec<(usize, String)> {
    let code: Vec<&Token> = tokens.iter().filter(|t| !matches!(t.kind, Kind::Comment(_))).collect();
    let joined = |i: usize| code.get(i).is_some_and(|t| t.is(':')) && code.get(i + 1).is_some_and(|t| t.is(':'));
    let mut found = Vec::new();
    let mut i = 0;
    while i < code.len() {
        let after_root = match code[i].ident() {
            Some("crate" | "proofmark") if joined(i + 1) => Some(i + 3),
            Some("super") if joined(i + 1) => {
                let mut supers = 1;
                let mut end = i + 3;
                while code.get(end).and_then(|t| t.ident()) == Some("super") && joined(end + 1) {
                    supers += 1;
                    end += 3;
                }
                let next = end;
                if supers < depth {
                    i = next;
                }
                (supers >= depth).then_some(next)
            }
            _ => None,
        };
        let Some(start) = after_root else {
            i += 1;
            continue;
        };
        match code.get(start) {
            Some(token) if token.is('{') => {
                let (mut braces, mut expect_name) = (0_i32, true);
                for token in &code[start..] {
                    match &token.kind {
                        Kind::Punct('{') => braces += 1,
                        Kind::Punct('}') => {
                            braces -= 1;
                            if braces == 0 {
                                break;
                            }
                        }
                        Kind::Punct(',') if braces == 1 => expect_name = true,
                        Kind::Ident(name) if braces == 1 && expect_name => {
                            found.push((token.line, name.clone()));
                            expect_name = false;
                        }
                        _ => {}
                    }
                }
            }
            Some(token) => found.extend(token.ident().map(|name| (token.line, name.to_owned()))),
            None => {}
        }
        i = start;
    }
    found
}

/// The places where a crate is named: `name::…` with nothing before it, or `use name;`, `use name as …`.
pub(crate) fn crate_names<'a>(tokens: &'a [Token]) -> Vec<(usize, &'a str)> {
    let code: Vec<&'a Token> = tokens.iter().filter(|t| !matches!(t.kind, Kind::Comment(_))).collect();
    let mut found = Vec::new();
    for (i, token) in code.iter().enumerate() {
        let Some(name) = token.ident() else { continue };
        let continued = i >= 2 && code[i - 1].is(':') && code[i - 2].is(':');
        // `::name` at the start of a path names a crate all the same.
        let rooted = continued && (i < 3 || (code[i - 3].ident().is_none() && !code[i - 3].is('>')));
        if continued && !rooted {
            continue;
        }
        let path = code.get(i + 1).is_some_and(|t| t.is(':')) && code.get(i + 2).is_some_and(|t| t.is(':'));
        let used = i >= 1 && code[i - 1].ident() == Some("use");
        if path || used {
            found.push((token.line, name));
        }
    }
    found
}
