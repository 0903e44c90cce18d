//! The rules of the house that the compiler does not check: who may use whom, sizes, words, colours and glyphs.
//!
//! `ARCHITECTURE.md` says why; the tables below are what holds. A rule that has to change is changed here, in the
//! same commit as the code that needs it.

#![expect(clippy::expect_used, reason = "a failed expectation ends the test")]

mod rules;
mod scan;

use std::fs;
use std::path::{Path, PathBuf};

use rules::Room;
use scan::{Kind, Token};

/// A source file, read once.
struct Source {
    /// Relative to the package, with forward slashes.
    path: String,
    text: String,
    tokens: Vec<Token>,
    test_lines: Vec<(usize, usize)>,
}

impl Source {
    fn new(path: String, text: String) -> Self {
        let tokens = scan::tokens(&text);
        let test_lines = scan::test_lines(&tokens);
        Self { path, text, tokens, test_lines }
    }

    /// `src/app/state.rs` without `src/`.
    fn in_src(&self) -> Option<&str> {
        self.path.strip_prefix("src/")
    }

    /// The top-level module: `app`, `demo`; `main` and `lib` for themselves.
    fn module(&self) -> Option<&str> {
        self.in_src().map(|path| path.split('/').next().unwrap_or(path).trim_end_matches(".rs"))
    }

    /// How many names its module path has.
    fn depth(&self) -> usize {
        let path = self.in_src().unwrap_or(&self.path);
        path.split('/').count() - usize::from(path.ends_with("/mod.rs"))
    }

    fn is_test_file(&self) -> bool {
        self.path.starts_with("tests/") || self.path.ends_with("/tests.rs") || self.path.contains("/tests/")
    }

    fn is_test_line(&self, line: usize) -> bool {
        self.is_test_file() || self.test_lines.iter().any(|&(from, to)| (from..=to).contains(&line))
    }
}

fn rust_files(folder: &Path, found: &mut Vec<PathBuf>) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for entry in entries {
        let path = entry.expect("a readable folder").path();
        if path.is_dir() {
            rust_files(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

fn sources() -> Vec<Source> {
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files = Vec::new();
    for folder in ["src", "tests", "benches"] {
        rust_files(&package.join(folder), &mut files);
    }
    files.sort();
    assert!(files.len() > 10, "the sources were not found below {}", package.display());
    files
        .into_iter()
        .map(|path| {
            let relative = path.strip_prefix(package).expect("a file of the package");
            let text = fs::read_to_string(&path).expect("UTF-8 source");
            Source::new(relative.to_string_lossy().replace('\\', "/"), text)
        })
        .collect()
}

/// Fails with every violation at once, so that one run shows all there is to mend.
fn report(rule: &str, violations: &[String]) {
    assert!(violations.is_empty(), "{rule}:\n  {}", violations.join("\n  "));
}

fn misplaced_uses(source: &Source) -> Vec<String> {
    let (Some(module), Some(path)) = (source.module(), source.in_src()) else { return Vec::new() };
    if module == "lib" {
        return Vec::new();
    }
    let Some(room) = rules::room(module) else {
        return vec![format!("{}: the module `{module}` is not in the table of tests/tidy/rules.rs", source.path)];
    };
    scan::root_paths(&source.tokens, source.depth())
        .into_iter()
        .filter(|(_, name)| rules::is_room(name) && name != module && !room.may_use(path, name))
        .map(|(line, name)| format!("{}:{line}: `{module}` must not use `{name}`", source.path))
        .collect()
}

fn misplaced_crates(source: &Source) -> Vec<String> {
    let (Some(module), Some(path)) = (source.module(), source.in_src()) else { return Vec::new() };
    scan::crate_names(&source.tokens)
        .into_iter()
        .filter(|&(line, _)| !source.is_test_line(line))
        .filter_map(|(line, name)| {
            let homes = rules::homes(name)?;
            let home = homes.iter().any(|&home| home == module || home == path);
            (!home).then(|| format!("{}:{line}: `{name}` belongs in {}", source.path, homes.join(", ")))
        })
        .collect()
}

#[test]
fn modules_use_only_what_the_design_allows() {
    report("against the arrows", &sources().iter().flat_map(misplaced_uses).collect::<Vec<_>>());
}

#[test]
fn heavy_crates_stay_in_their_room() {
    report("named outside its room", &sources().iter().flat_map(misplaced_crates).collect::<Vec<_>>());
}

#[test]
fn every_module_has_a_rule() {
    let lib = Source::new("src/lib.rs".into(), include_str!("../../src/lib.rs").into());
    let code: Vec<&Token> = lib.tokens.iter().filter(|t| !matches!(t.kind, Kind::Comment(_))).collect();
    let modules = code.windows(2).filter(|pair| pair[0].ident() == Some("mod")).filter_map(|pair| pair[1].ident());
    let unknown: Vec<String> = modules.filter(|name| !rules::is_room(name)).map(str::to_owned).collect();
    report("modules without a line in tests/tidy/rules.rs", &unknown);
}

#[test]
fn files_are_short_enough_to_read() {
    let long = |source: &Source| {
        let lines = (1..=source.text.lines().count()).filter(|&line| !source.is_test_line(line)).count();
        (lines > rules::MAX_LINES).then(|| format!("{}: {lines} lines without its tests", source.path))
    };
    report("longer than the limit", &sources().iter().filter_map(long).collect::<Vec<_>>());
}

#[test]
fn every_file_says_what_it_is_for() {
    let silent = |source: &Source| {
        (!source.text.starts_with("//!") && !source.path.ends_with("/tests.rs")).then(|| source.path.clone())
    };
    report("does not start with //!", &sources().iter().filter_map(silent).collect::<Vec<_>>());
}

#[test]
fn comments_speak_only_of_the_project() {
    let mut violations = Vec::new();
    for source in sources().iter().filter(|source| !source.path.starts_with("tests/tidy/")) {
        for token in &source.tokens {
            let Kind::Comment(text) = &token.kind else { continue };
            for problem in rules::problems_of_comment(text) {
                violations.push(format!("{}:{}: {problem}", source.path, token.line));
            }
        }
    }
    report("words that say nothing to a reader of the project", &violations);
}

#[test]
fn lints_are_expected_with_a_reason_and_no_test_is_switched_off() {
    let mut violations = Vec::new();
    for source in &sources() {
        let code: Vec<&Token> = source.tokens.iter().filter(|t| !matches!(t.kind, Kind::Comment(_))).collect();
        for (i, token) in code.iter().enumerate() {
            let after_bracket = i >= 2 && code[i - 1].is('[') && (code[i - 2].is('#') || code[i - 2].is('!'));
            if after_bracket && matches!(token.ident(), Some("allow" | "ignore")) {
                violations.push(format!("{}:{}: `{}`", source.path, token.line, token.ident().unwrap_or_default()));
            }
        }
    }
    report("use #[expect(…, reason = …)]; a test that does not run is no test", &violations);
}

#[test]
fn colours_come_from_the_theme() {
    let mut violations = Vec::new();
    for source in sources().iter().filter(|source| source.path.starts_with("src/ui/")) {
        if source.path.starts_with("src/ui/theme") {
            continue;
        }
        let code: Vec<&Token> = source.tokens.iter().filter(|t| !matches!(t.kind, Kind::Comment(_))).collect();
        for window in code.windows(4) {
            let Some(name) = window[3].ident() else { continue };
            let kind = window[0].ident();
            let colour = matches!(kind, Some("Color32" | "Rgba")) && window[1].is(':') && window[2].is(':');
            if colour && !source.is_test_line(window[0].line) && rules::is_literal_colour(name) {
                violations.push(format!("{}:{}: {}::{name}", source.path, window[0].line, kind.unwrap_or_default()));
            }
        }
    }
    report("colours outside ui/theme", &violations);
}

#[test]
fn texts_of_the_window_use_only_glyphs_that_its_fonts_have() {
    let mut violations = Vec::new();
    let shown = |source: &&Source| source.path.starts_with("src/ui/") || source.path.starts_with("src/app/");
    for source in sources().iter().filter(shown) {
        for token in &source.tokens {
            let Kind::Text(text) = &token.kind else { continue };
            let odd: String = text.chars().filter(|&c| !rules::is_drawable(c)).collect();
            if !odd.is_empty() && !source.is_test_line(token.line) {
                violations.push(format!("{}:{}: {odd:?}", source.path, token.line));
            }
        }
    }
    report("glyphs that show as boxes", &violations);
}

mod the_checks_themselves {
    use super::*;

    fn source(path: &str, text: &str) -> Source {
        Source::new(path.into(), text.into())
    }

    #[test]
    fn a_plain_use_against_the_arrows_is_found() {
        let found = misplaced_uses(&source("src/domain/run.rs", "//! x\nuse crate::store::Store;\n"));
        assert_eq!(found, ["src/domain/run.rs:2: `domain` must not use `store`"]);
    }

    #[test]
    fn a_use_hidden_in_a_group_or_a_path_is_found() {
        let text = "use crate::{app::State, store::{Store, Page}};\nfn f() { crate::server::x(); }\n";
        let found = misplaced_uses(&source("src/ui/shell.rs", text));
        assert_eq!(found.len(), 2, "{found:?}");
    }

    #[test]
    fn a_climb_out_of_the_module_is_found() {
        assert_eq!(
            misplaced_uses(&source("src/ui/screens/home.rs", "use super::super::super::store::Store;")).len(),
            1
        );
        assert_eq!(misplaced_uses(&source("src/ui/screens/home.rs", "use super::super::store::Store;")).len(), 0);
    }

    #[test]
    fn words_in_comments_and_strings_are_no_uses() {
        let text = "// crate::store\nconst A: &str = \"crate::store\"; /* crate::store */ const B: &str = r#\"crate::store\"#;";
        assert!(misplaced_uses(&source("src/ui/a.rs", text)).is_empty());
    }

    #[test]
    fn one_file_may_do_what_its_room_may_not() {
        let text = "use crate::store::Store;";
        assert!(misplaced_uses(&source("src/backend/local.rs", text)).is_empty());
        assert_eq!(misplaced_uses(&source("src/backend/mlflow.rs", text)).len(), 1);
    }

    #[test]
    fn a_heavy_crate_outside_its_room_is_found() {
        assert_eq!(misplaced_crates(&source("src/app/x.rs", "use egui::Ui;\nfn f() { ::rusqlite::x(); }")).len(), 2);
        assert!(misplaced_crates(&source("src/ui/x.rs", "use egui::Ui;")).is_empty());
        assert!(misplaced_crates(&source("src/app/x.rs", "fn f() { self::egui::x(); }")).is_empty());
    }

    #[test]
    fn test_modules_are_known() {
        let one = source("src/app/x.rs", "fn a() {}\n#[cfg(test)]\nmod tests {\n    use egui::Ui;\n}\nfn b() {}\n");
        assert_eq!(one.test_lines, [(2, 5)]);
        assert!(misplaced_crates(&one).is_empty());
        let outside = source("src/app/x.rs", "#[cfg(test)]\nmod tests;\nuse egui::Ui;\n");
        assert_eq!(misplaced_crates(&outside).len(), 1);
    }

    #[test]
    fn lifetimes_and_characters_do_not_open_strings() {
        let text = "fn f<'a>(x: &'a str) -> char { '\"' }\nuse crate::store::X;";
        assert_eq!(misplaced_uses(&source("src/ui/a.rs", text)).len(), 1);
    }

    #[test]
    fn comments_are_judged() {
        assert!(!rules::problems_of_comment("// see #12").is_empty());
        assert!(!rules::problems_of_comment("// TODO later").is_empty());
        assert!(!rules::problems_of_comment("// as in /home/ada/notes").is_empty());
        assert!(rules::problems_of_comment("// the colour #a0b0c0, the header `# one`").is_empty());
    }

    #[test]
    fn rooms_agree_with_each_other() {
        let allows = |from: &str, to: &str| rules::room(from).is_some_and(|room: &Room| room.may_use("", to));
        for (a, b) in rules::pairs() {
            assert!(!(allows(a, b) && allows(b, a)), "`{a}` and `{b}` would depend on each other");
        }
    }
}
