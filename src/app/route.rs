//! Where the person is: one value, with a textual address and a history as in a browser.
//!
//! Invariant: printing a place and parsing the text gives the same place.

use std::fmt;
use std::str::FromStr;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

use crate::domain::{ExperimentId, RunId};

const SCHEME: &str = "proofmark://";
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');
/// Places that back can return to.
const HISTORY_LIMIT: usize = 200;

/// A part of the run page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum RunTab {
    #[default]
    Overview,
    Metrics,
    Artifacts,
    /// Datasets, code version and logged models.
    Data,
    System,
}

impl RunTab {
    pub const ALL: [Self; 5] = [Self::Overview, Self::Metrics, Self::Artifacts, Self::Data, Self::System];

    /// The word in an address.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Overview => "overview",
            Self::Metrics => "metrics",
            Self::Artifacts => "artifacts",
            Self::Data => "data",
            Self::System => "system",
        }
    }

    fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|tab| tab.as_str() == word)
    }
}

/// A place in the program.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub enum Route {
    #[default]
    Home,
    /// The runs of some experiments; none: the list of experiments with the last selection.
    Experiments {
        experiments: Vec<ExperimentId>,
    },
    Run {
        run: RunId,
        tab: RunTab,
    },
    Settings,
}

impl Route {
    /// The page of a run, at its overview.
    pub fn run(run: RunId) -> Self {
        Self::Run { run, tab: RunTab::Overview }
    }

    /// The runs of one experiment.
    pub fn experiment(id: ExperimentId) -> Self {
        Self::Experiments { experiments: vec![id] }
    }
}

impl fmt::Display for Route {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(SCHEME)?;
        match self {
            Self::Home => f.write_str("home"),
            Self::Experiments { experiments } => {
                f.write_str("experiments")?;
                for (n, id) in experiments.iter().enumerate() {
                    write!(f, "{}{id}", if n == 0 { '/' } else { ',' })?;
                }
                Ok(())
            }
            Self::Run { run, tab } => {
                write!(f, "run/{}/{}", utf8_percent_encode(run.as_str(), ENCODED), tab.as_str())
            }
            Self::Settings => f.write_str("settings"),
        }
    }
}

/// Why a text is no address.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("Not an address of a place in Proofmark: {text}")]
pub struct InvalidAddress {
    pub text: String,
}

impl FromStr for Route {
    type Err = InvalidAddress;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        parse(text.trim()).ok_or_else(|| InvalidAddress { text: text.chars().take(200).collect() })
    }
}

fn parse(text: &str) -> Option<Route> {
    let mut parts = text.strip_prefix(SCHEME)?.trim_end_matches('/').split('/');
    let route = match parts.next()? {
        "home" | "" => Route::Home,
        "settings" => Route::Settings,
        "experiments" => {
            let experiments = match parts.next() {
                None => Vec::new(),
                Some(ids) => ids.split(',').map(str::parse).collect::<Result<_, _>>().ok()?,
            };
            Route::Experiments { experiments }
        }
        "run" => {
            let id = percent_decode_str(parts.next()?).decode_utf8().ok()?;
            if id.is_empty() {
                return None;
            }
            let tab = parts.next().map_or(Some(RunTab::Overview), RunTab::parse)?;
            Route::Run { run: RunId::new(id.as_ref()), tab }
        }
        _ => return None,
    };
    parts.next().is_none().then_some(route)
}

/// The current place and the ones before and after it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Navigation {
    current: Route,
    back: Vec<Route>,
    forward: Vec<Route>,
}

impl Navigation {
    /// The place that is shown.
    pub fn current(&self) -> &Route {
        &self.current
    }

    /// Goes to a place; what was ahead is forgotten.
    pub fn go(&mut self, route: Route) {
        if route == self.current {
            return;
        }
        self.back.push(std::mem::replace(&mut self.current, route));
        if self.back.len() > HISTORY_LIMIT {
            self.back.remove(0);
        }
        self.forward.clear();
    }

    /// Changes the current place without a step to go back to.
    pub fn replace(&mut self, route: Route) {
        self.current = route;
    }

    /// Goes one step back. Returns whether there was one.
    pub fn back(&mut self) -> bool {
        let Some(route) = self.back.pop() else { return false };
        self.forward.push(std::mem::replace(&mut self.current, route));
        true
    }

    /// Undoes a step back. Returns whether there was one.
    pub fn forward(&mut self) -> bool {
        let Some(route) = self.forward.pop() else { return false };
        self.back.push(std::mem::replace(&mut self.current, route));
        true
    }

    pub fn can_go_back(&self) -> bool {
        !self.back.is_empty()
    }

    pub fn can_go_forward(&self) -> bool {
        !self.forward.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn routes() -> impl Strategy<Value = Route> {
        prop_oneof![
            Just(Route::Home),
            Just(Route::Settings),
            proptest::collection::vec(any::<i64>(), 0..4)
                .prop_map(|ids| Route::Experiments { experiments: ids.into_iter().map(ExperimentId).collect() }),
            ("\\PC{1,40}", 0..RunTab::ALL.len())
                .prop_map(|(id, tab)| Route::Run { run: RunId::new(id), tab: RunTab::ALL[tab] }),
        ]
    }

    proptest! {
        #[test]
        fn an_address_parses_to_the_place_that_printed_it(route in routes()) {
            prop_assert_eq!(route.to_string().parse::<Route>(), Ok(route));
        }

        #[test]
        fn no_text_breaks_the_parser(text in "(proofmark://)?\\PC{0,60}") {
            let _ = text.parse::<Route>();
        }
    }

    #[test]
    fn what_is_no_address_is_refused() {
        for text in ["", "home", "proofmark://nowhere", "proofmark://run", "proofmark://run/a/b/c", "http://x/home"] {
            assert!(text.parse::<Route>().is_err(), "{text}");
        }
        assert_eq!("proofmark://run/abc".parse(), Ok(Route::run(RunId::new("abc"))));
    }

    #[test]
    fn back_and_forward_work_as_in_a_browser() {
        let mut navigation = Navigation::default();
        navigation.go(Route::Settings);
        navigation.go(Route::Settings);
        navigation.go(Route::run(RunId::new("a")));
        assert!(navigation.back());
        assert_eq!(navigation.current(), &Route::Settings);
        assert!(navigation.back());
        assert!(!navigation.back());
        assert!(navigation.forward());
        navigation.go(Route::Home);
        assert!(!navigation.can_go_forward(), "a new way forgets the old one");
    }
}
