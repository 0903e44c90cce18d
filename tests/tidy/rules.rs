//! The tables: who may use whom, where heavy crates live, what is too long, which words and glyphs are out.

/// Lines a file may have, its tests not counted.
pub(crate) const MAX_LINES: usize = 800;

/// A top-level module and what it may use.
pub(crate) struct Room {
    name: &'static str,
    uses: &'static [&'static str],
    /// Single files that may do more: path below `src/`, and what.
    except: &'static [(&'static str, &'static [&'static str])],
}

impl Room {
    /// Whether the file at `path` below `src/` may name the module `other`.
    pub(crate) fn may_use(&self, path: &str, other: &str) -> bool {
        self.uses.contains(&other) || self.except.iter().any(|(file, uses)| *file == path && uses.contains(&other))
    }
}

const fn plain(name: &'static str, uses: &'static [&'static str]) -> Room {
    Room { name, uses, except: &[] }
}

const ROOMS: &[Room] = &[
    plain("domain", &[]),
    plain("stats", &[]),
    plain("explore", &["domain", "stats"]),
    plain("drift", &["domain", "stats"]),
    plain("monitor", &["domain", "stats", "drift"]),
    plain("review", &["domain", "stats", "drift"]),
    plain("store", &["domain"]),
    plain("wire", &["domain"]),
    Room {
        name: "backend",
        uses: &["domain", "wire", "stats"],
        except: &[("backend/local.rs", &["store", "explore"])],
    },
    plain("telemetry", &["domain", "wire", "stats"]),
    plain("server", &["domain", "wire", "store"]),
    plain("export", &["domain", "stats", "explore", "drift", "review"]),
    plain("tasks", &[]),
    plain("demo", &["domain", "stats", "store"]),
    plain(
        "app",
        &[
            "domain",
            "stats",
            "explore",
            "drift",
            "monitor",
            "review",
            "store",
            "wire",
            "backend",
            "telemetry",
            "server",
            "export",
            "tasks",
            "demo",
        ],
    ),
    plain("ui", &["app", "domain", "stats"]),
    Room {
        name: "cli",
        uses: &[
            "app", "server", "domain", "stats", "explore", "drift", "monitor", "review", "store", "backend", "export",
            "demo",
        ],
        except: &[("cli/gui.rs", &["ui"])],
    },
    plain("main", &["cli"]),
];

/// The rule of a module.
pub(crate) fn room(name: &str) -> Option<&'static Room> {
    ROOMS.iter().find(|room| room.name == name)
}

/// Whether a name is one of the house's rooms.
pub(crate) fn is_room(name: &str) -> bool {
    room(name).is_some()
}

/// Every pair of different rooms.
pub(crate) fn pairs() -> impl Iterator<Item = (&'static str, &'static str)> {
    ROOMS.iter().flat_map(|a| ROOMS.iter().map(|b| (a.name, b.name))).filter(|(a, b)| a != b)
}

/// The crates that shape code around themselves, and the modules or files that may name them.
const HEAVY: &[(&str, &[&str])] = &[
    ("rusqlite", &["store"]),
    ("polars", &["explore"]),
    ("axum", &["server"]),
    ("tower", &["server"]),
    ("tower_http", &["server"]),
    ("hyper", &["server"]),
    ("hyper_util", &["server"]),
    ("http_body_util", &["server"]),
    ("reqwest", &["backend", "telemetry"]),
    ("eframe", &["ui"]),
    ("egui", &["ui"]),
    ("egui_extras", &["ui"]),
    ("egui_plot", &["ui"]),
    ("egui_table", &["ui"]),
    ("tokio", &["tasks", "server", "cli/serve.rs", "cli/gui.rs"]),
    ("tokio_util", &["tasks", "server"]),
    ("clap", &["cli"]),
    ("indicatif", &["cli"]),
    ("anyhow", &["cli", "main"]),
    ("serde_json", &["wire", "backend", "server", "app", "cli", "demo", "export", "telemetry"]),
];

/// Where a crate may be named; `None` for crates that may be named anywhere.
pub(crate) fn homes(name: &str) -> Option<&'static [&'static str]> {
    HEAVY.iter().find(|(heavy, _)| *heavy == name).map(|(_, homes)| *homes)
}

/// What is wrong with a comment, in a few words each.
pub(crate) fn problems_of_comment(text: &str) -> Vec<&'static str> {
    let mut problems = Vec::new();
    if names_an_issue(text) {
        problems.push("names an issue by number; say what it is about");
    }
    if ["TODO", "FIXME", "XXX"].iter().any(|mark| text.contains(mark)) && !text.contains("TODO(") {
        problems.push("unfinished without saying what is missing: TODO(reason)");
    }
    if text.contains("/home/") || text.contains("/Users/") {
        problems.push("names a folder of one machine");
    }
    problems
}

/// `#` and digits standing alone, as in "see #12"; a colour such as `#123456` has more digits than any issue here.
fn names_an_issue(text: &str) -> bool {
    text.split(|c: char| c.is_whitespace() || matches!(c, '(' | ')' | ',' | '.' | ';' | ':')).any(|word| {
        word.strip_prefix('#').is_some_and(|n| (1..=5).contains(&n.len()) && n.chars().all(|c| c.is_ascii_digit()))
    })
}

/// Whether an associated item of a colour type makes a colour out of nothing.
pub(crate) fn is_literal_colour(name: &str) -> bool {
    let constant = name.chars().all(|c| c.is_ascii_uppercase() || c == '_');
    (name.starts_with("from_") || constant) && !matches!(name, "TRANSPARENT" | "PLACEHOLDER")
}

/// Whether the window's fonts have the glyph: Latin, Greek, Cyrillic and a few signs. Icons are pictures.
pub(crate) fn is_drawable(c: char) -> bool {
    matches!(c, '\n' | '\t' | ' '..='~' | '\u{a0}'..='\u{24f}' | '\u{370}'..='\u{3ff}' | '\u{400}'..='\u{4ff}')
        || "…–—×•∞≤≥≠±°½№·“”‘’−".contains(c)
}
