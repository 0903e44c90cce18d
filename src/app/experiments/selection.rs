//! Which runs are chosen, and which line has the keyboard.
//!
//! Invariant: the selection names runs, not lines, so a sort, a filter or a new run never changes what is chosen.

use std::collections::HashSet;

use crate::domain::RunId;

/// The lines that a selection moves over. A trait so that the rules can be tested without a table.
pub trait Lines {
    fn len(&self) -> usize;
    fn is_empty(&self) -> bool {
        self.len() == 0
    }
    fn id_at(&self, position: usize) -> Option<&RunId>;
    fn position_of(&self, id: &RunId) -> Option<usize>;
}

/// What a click on a line does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Pick {
    /// Choose this run alone.
    Only,
    /// Add the run, or take it out (ctrl).
    Toggle,
    /// Choose from the anchor to this run and nothing else (shift).
    Range,
    /// Add from the anchor to this run (ctrl and shift).
    AddRange,
}

/// A step of the keyboard focus.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Step {
    Lines(i64),
    First,
    Last,
}

/// The chosen runs.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Selection {
    ids: HashSet<RunId>,
    anchor: Option<RunId>,
    focus: Option<RunId>,
    /// Whether the one chosen run was clicked, and so goes where the focus goes.
    follows_focus: bool,
}

impl Selection {
    pub fn len(&self) -> usize {
        self.ids.len()
    }

    pub fn is_empty(&self) -> bool {
        self.ids.is_empty()
    }

    pub fn contains(&self, id: &RunId) -> bool {
        self.ids.contains(id)
    }

    /// The chosen runs, in no particular order.
    pub fn iter(&self) -> impl Iterator<Item = &RunId> {
        self.ids.iter()
    }

    /// The chosen runs in the order of their lines; those without a line come last, by id.
    pub fn in_order(&self, lines: &impl Lines) -> Vec<RunId> {
        let mut ids: Vec<_> = self.ids.iter().cloned().collect();
        ids.sort_by_cached_key(|id| (lines.position_of(id).unwrap_or(usize::MAX), id.clone()));
        ids
    }

    /// The run that has the keyboard and fills the inspector.
    pub fn focus(&self) -> Option<&RunId> {
        self.focus.as_ref()
    }

    /// Gives a run the keyboard without choosing it.
    pub fn set_focus(&mut self, id: Option<RunId>) {
        self.focus = id;
    }

    /// Applies a click.
    pub fn pick(&mut self, lines: &impl Lines, id: &RunId, pick: Pick) {
        match pick {
            Pick::Only => {
                self.ids.clear();
                self.ids.insert(id.clone());
                self.anchor = Some(id.clone());
                self.follows_focus = true;
            }
            Pick::Toggle => {
                self.follows_focus = false;
                if !self.ids.remove(id) {
                    self.ids.insert(id.clone());
                }
                self.anchor = Some(id.clone());
            }
            Pick::Range | Pick::AddRange => {
                self.follows_focus = false;
                if pick == Pick::Range {
                    self.ids.clear();
                }
                let to = lines.position_of(id);
                let from = self.anchor.as_ref().and_then(|anchor| lines.position_of(anchor)).or(to);
                if let (Some(from), Some(to)) = (from, to) {
                    self.ids
                        .extend((from.min(to)..=from.max(to)).filter_map(|position| lines.id_at(position)).cloned());
                }
                if self.anchor.is_none() {
                    self.anchor = Some(id.clone());
                }
            }
        }
        self.focus = Some(id.clone());
    }

    /// Moves the focus by a step, and with `extend` the end of the chosen range too. Says where the focus went.
    pub fn step(&mut self, lines: &impl Lines, step: Step, extend: bool) -> Option<usize> {
        let last = lines.len().checked_sub(1)?;
        let at = self.focus.as_ref().and_then(|id| lines.position_of(id));
        let to = match (step, at) {
            (Step::Last, _) => last,
            (Step::Lines(by), Some(at)) => (at as i64).saturating_add(by).clamp(0, last as i64) as usize,
            (Step::First, _) | (Step::Lines(_), None) => 0,
        };
        let id = lines.id_at(to)?.clone();
        if extend {
            if self.anchor.is_none() {
                self.anchor = self.focus.clone();
            }
            self.pick(lines, &id, Pick::Range);
        } else if self.follows_focus && self.ids.len() == 1 {
            self.pick(lines, &id, Pick::Only);
        } else {
            self.focus = Some(id);
        }
        Some(to)
    }

    /// Chooses exactly these.
    pub fn choose(&mut self, ids: impl IntoIterator<Item = RunId>) {
        self.ids = ids.into_iter().collect();
        self.follows_focus = false;
    }

    /// Adds these.
    pub fn extend(&mut self, ids: impl IntoIterator<Item = RunId>) {
        self.ids.extend(ids);
    }

    /// Chooses nothing; the focus stays.
    pub fn clear(&mut self) {
        self.ids.clear();
        self.anchor = None;
    }

    /// Forgets runs that are no longer in the table, and moves a lost focus nowhere.
    pub fn retain(&mut self, mut keep: impl FnMut(&RunId) -> bool) {
        self.ids.retain(&mut keep);
        self.anchor.take_if(|id| !keep(id));
        self.focus.take_if(|id| !keep(id));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Plain(Vec<RunId>);

    impl Lines for Plain {
        fn len(&self) -> usize {
            self.0.len()
        }
        fn id_at(&self, position: usize) -> Option<&RunId> {
            self.0.get(position)
        }
        fn position_of(&self, id: &RunId) -> Option<usize> {
            self.0.iter().position(|other| other == id)
        }
    }

    fn lines(names: &str) -> Plain {
        Plain(names.chars().map(|name| RunId::new(name.to_string())).collect())
    }

    fn id(name: &str) -> RunId {
        RunId::new(name)
    }

    fn chosen(selection: &Selection, lines: &Plain) -> String {
        selection.in_order(lines).iter().map(RunId::as_str).collect()
    }

    #[test]
    fn a_click_chooses_one_run() {
        let lines = lines("abcde");
        let mut selection = Selection::default();
        selection.pick(&lines, &id("b"), Pick::Only);
        selection.pick(&lines, &id("d"), Pick::Only);
        assert_eq!(chosen(&selection, &lines), "d");
        assert_eq!(selection.focus(), Some(&id("d")));
    }

    #[test]
    fn ctrl_adds_and_takes_out() {
        let lines = lines("abcde");
        let mut selection = Selection::default();
        selection.pick(&lines, &id("b"), Pick::Only);
        selection.pick(&lines, &id("d"), Pick::Toggle);
        assert_eq!(chosen(&selection, &lines), "bd");
        selection.pick(&lines, &id("b"), Pick::Toggle);
        assert_eq!(chosen(&selection, &lines), "d");
    }

    #[test]
    fn shift_chooses_from_the_anchor_both_ways() {
        let lines = lines("abcde");
        let mut selection = Selection::default();
        selection.pick(&lines, &id("c"), Pick::Only);
        selection.pick(&lines, &id("e"), Pick::Range);
        assert_eq!(chosen(&selection, &lines), "cde");
        selection.pick(&lines, &id("a"), Pick::Range);
        assert_eq!(chosen(&selection, &lines), "abc");
    }

    #[test]
    fn shift_without_an_anchor_chooses_one() {
        let lines = lines("abc");
        let mut selection = Selection::default();
        selection.pick(&lines, &id("b"), Pick::Range);
        assert_eq!(chosen(&selection, &lines), "b");
    }

    #[test]
    fn ctrl_and_shift_add_a_range() {
        let lines = lines("abcdef");
        let mut selection = Selection::default();
        selection.pick(&lines, &id("a"), Pick::Only);
        selection.pick(&lines, &id("d"), Pick::Toggle);
        selection.pick(&lines, &id("e"), Pick::AddRange);
        assert_eq!(chosen(&selection, &lines), "ade");
    }

    #[test]
    fn a_new_sort_keeps_what_is_chosen() {
        let mut selection = Selection::default();
        selection.pick(&lines("abc"), &id("a"), Pick::Only);
        selection.pick(&lines("abc"), &id("b"), Pick::Range);
        assert_eq!(chosen(&selection, &lines("cba")), "ba");
    }

    #[test]
    fn arrows_move_the_focus_and_stop_at_the_ends() {
        let lines = lines("abc");
        let mut selection = Selection::default();
        assert_eq!(selection.step(&lines, Step::Lines(1), false), Some(0));
        assert_eq!(selection.step(&lines, Step::Lines(1), false), Some(1));
        assert_eq!(selection.step(&lines, Step::Lines(9), false), Some(2));
        assert_eq!(selection.step(&lines, Step::Lines(-9), false), Some(0));
        assert!(selection.is_empty());
    }

    #[test]
    fn the_run_that_a_click_chose_goes_along_with_the_arrows() {
        let lines = lines("abc");
        let mut selection = Selection::default();
        selection.pick(&lines, &id("a"), Pick::Only);
        selection.step(&lines, Step::Lines(1), false);
        assert_eq!(chosen(&selection, &lines), "b", "an act means the run one looks at");
        selection.pick(&lines, &id("c"), Pick::Toggle);
        selection.step(&lines, Step::Lines(-9), false);
        assert_eq!(chosen(&selection, &lines), "bc", "what was ticked one by one stays");
    }

    #[test]
    fn shift_arrows_extend_the_range_from_where_the_focus_was() {
        let lines = lines("abcd");
        let mut selection = Selection::default();
        selection.set_focus(Some(id("b")));
        selection.step(&lines, Step::Lines(1), true);
        selection.step(&lines, Step::Lines(1), true);
        assert_eq!(chosen(&selection, &lines), "bcd");
        selection.step(&lines, Step::Lines(-1), true);
        assert_eq!(chosen(&selection, &lines), "bc");
    }

    #[test]
    fn an_empty_table_has_nowhere_to_go() {
        let mut selection = Selection::default();
        assert_eq!(selection.step(&lines(""), Step::Last, true), None);
        assert!(selection.is_empty());
    }

    #[test]
    fn runs_that_left_are_forgotten() {
        let lines = lines("abc");
        let mut selection = Selection::default();
        selection.pick(&lines, &id("a"), Pick::Only);
        selection.pick(&lines, &id("c"), Pick::Range);
        selection.retain(|id| id.as_str() != "c");
        assert_eq!(chosen(&selection, &lines), "ab");
        assert_eq!(selection.focus(), None);
    }
}
