//! The order of the lines in the runs table: sorted, filtered, and nested.
//!
//! Invariants: in nested order a shown child stands below its shown parent in every sort and filter; the parent of a
//! match is shown even when it does not match itself; a run whose parent is not in the table, and a run in a ring of
//! parents, stands at the top level; no run appears twice. Pure: computed from plain numbers, so that it can run on a
//! worker thread.

use std::collections::HashSet;

use crate::domain::RunId;

/// A run's place in the table's columns; stable until the table is loaded anew.
pub type Slot = u32;

/// What a run says of its parent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ParentLink {
    /// The run names no parent.
    None,
    /// The run names a parent that is not in the table.
    Missing,
    At(Slot),
}

/// Who is whose child. Free of rings.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Forest {
    links: Vec<Option<Slot>>,
    orphans: HashSet<Slot>,
}

impl Forest {
    /// Builds the forest of `links`, indexed by slot. A ring is cut at the first of its runs that is met.
    pub fn build(links: &[ParentLink]) -> Self {
        let mut forest = Self { links: Vec::with_capacity(links.len()), orphans: HashSet::new() };
        for (slot, link) in links.iter().enumerate() {
            let parent = match *link {
                ParentLink::At(parent) if (parent as usize) < links.len() => Some(parent),
                ParentLink::None => None,
                ParentLink::Missing | ParentLink::At(_) => {
                    forest.orphans.insert(slot as Slot);
                    None
                }
            };
            forest.links.push(parent);
        }
        forest.cut_rings();
        forest
    }

    fn cut_rings(&mut self) {
        const UNSEEN: u8 = 0;
        const ON_PATH: u8 = 1;
        const DONE: u8 = 2;
        let mut seen = vec![UNSEEN; self.links.len()];
        let mut path = Vec::new();
        for start in 0..self.links.len() {
            let mut at = start;
            while seen.get(at) == Some(&UNSEEN) {
                set(&mut seen, at, ON_PATH);
                path.push(at);
                match self.parent(at as Slot) {
                    Some(parent) if seen.get(parent as usize) == Some(&ON_PATH) => {
                        set(&mut self.links, at, None);
                        self.orphans.insert(at as Slot);
                        break;
                    }
                    Some(parent) => at = parent as usize,
                    None => break,
                }
            }
            for node in path.drain(..) {
                set(&mut seen, node, DONE);
            }
        }
    }

    /// How many runs there are.
    pub fn len(&self) -> usize {
        self.links.len()
    }

    /// Whether there are no runs.
    pub fn is_empty(&self) -> bool {
        self.links.is_empty()
    }

    /// The run's parent, if it has one here.
    pub fn parent(&self, slot: Slot) -> Option<Slot> {
        self.links.get(slot as usize).copied().flatten()
    }

    /// Whether the run names a parent that cannot be shown above it.
    pub fn is_orphan(&self, slot: Slot) -> bool {
        self.orphans.contains(&slot)
    }

    /// Whether any run has a parent here.
    pub fn has_children(&self) -> bool {
        self.links.iter().any(Option::is_some)
    }

    /// All runs below `slot`, in slot order.
    pub fn descendants(&self, slot: Slot) -> Vec<Slot> {
        (0..self.links.len() as Slot)
            .filter(|&candidate| {
                let mut at = candidate;
                while let Some(parent) = self.parent(at) {
                    if parent == slot {
                        return true;
                    }
                    at = parent;
                }
                false
            })
            .collect()
    }
}

/// Which parents show their children. What the person did to single parents outlives "expand all".
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Expansion {
    /// What applies to a parent that was not touched.
    pub all: bool,
    pub open: HashSet<RunId>,
    pub closed: HashSet<RunId>,
}

impl Expansion {
    /// Whether the run shows its children, where `default` holds for one that was not touched.
    pub fn is_open(&self, id: &RunId, default: bool) -> bool {
        !self.closed.contains(id) && (default || self.open.contains(id))
    }

    /// Opens or closes one parent.
    pub fn set(&mut self, id: &RunId, open: bool) {
        let (to, from) = if open { (&mut self.open, &mut self.closed) } else { (&mut self.closed, &mut self.open) };
        from.remove(id);
        to.insert(id.clone());
    }

    /// Opens or closes all parents.
    pub fn set_all(&mut self, open: bool) {
        self.all = open;
        self.open.clear();
        self.closed.clear();
    }
}

/// One line of the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Line {
    pub slot: Slot,
    /// How many shown ancestors stand above it.
    pub depth: u16,
    /// How many of its children belong to the result, shown or folded away.
    pub children: u32,
    pub open: bool,
    /// Whether it matches the filter itself; a line that does not is there for its children's sake.
    pub matched: bool,
    pub orphan: bool,
}

/// The lines of the table, top to bottom.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Order {
    lines: Vec<Line>,
    /// Slot to line; `u32::MAX` where the run has no line.
    positions: Vec<u32>,
    /// The matching runs in sorted order, folded away or not.
    matched: Vec<Slot>,
}

impl Order {
    /// Computes the lines.
    ///
    /// `ranked` are the matching runs in sorted order; `ids` names every slot; `nested` decides between tree and list.
    pub fn compute(forest: &Forest, ids: &[RunId], ranked: Vec<Slot>, expansion: &Expansion, nested: bool) -> Self {
        let count = forest.len();
        let ranked: Vec<Slot> = ranked.into_iter().filter(|&slot| (slot as usize) < count).collect();
        let lines = if nested && forest.has_children() {
            nested_lines(forest, ids, &ranked, expansion)
        } else {
            let line = |&slot| Line {
                slot,
                depth: 0,
                children: 0,
                open: false,
                matched: true,
                orphan: nested && forest.is_orphan(slot),
            };
            ranked.iter().map(line).collect()
        };
        let mut positions = vec![u32::MAX; count];
        for (position, line) in lines.iter().enumerate() {
            set(&mut positions, line.slot as usize, position as u32);
        }
        Self { lines, positions, matched: ranked }
    }

    pub fn len(&self) -> usize {
        self.lines.len()
    }

    pub fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }

    pub fn line(&self, position: usize) -> Option<&Line> {
        self.lines.get(position)
    }

    pub fn lines(&self) -> &[Line] {
        &self.lines
    }

    /// Where a run's line stands; `None` when it is folded away or filtered out.
    pub fn position(&self, slot: Slot) -> Option<usize> {
        self.positions.get(slot as usize).filter(|&&position| position != u32::MAX).map(|&position| position as usize)
    }

    /// The matching runs in sorted order, those in folded parents too.
    pub fn matched(&self) -> &[Slot] {
        &self.matched
    }
}

fn nested_lines(forest: &Forest, ids: &[RunId], ranked: &[Slot], expansion: &Expansion) -> Vec<Line> {
    let count = forest.len();
    let mut rank = vec![u32::MAX; count];
    let mut matched = vec![false; count];
    for (position, &slot) in ranked.iter().enumerate() {
        set(&mut rank, slot as usize, position as u32);
        set(&mut matched, slot as usize, true);
    }
    // An ancestor that does not match stands where the best of its descendants would.
    let mut shown: Vec<Slot> = ranked.to_vec();
    let mut walked = vec![false; count];
    for (position, &slot) in ranked.iter().enumerate() {
        let mut at = forest.parent(slot);
        while let Some(ancestor) = at {
            if walked.get(ancestor as usize) != Some(&false) {
                break;
            }
            set(&mut walked, ancestor as usize, true);
            if matched.get(ancestor as usize) == Some(&false) {
                set(&mut rank, ancestor as usize, position as u32);
                shown.push(ancestor);
            }
            at = forest.parent(ancestor);
        }
    }
    if shown.len() > ranked.len() {
        shown.sort_by_key(|&slot| rank.get(slot as usize).copied());
    }

    let families = Families::build(forest, &shown);
    let mut lines = Vec::with_capacity(shown.len());
    // Whether to descend is decided when a line is written, so that what is folded away costs nothing.
    let mut stack: Vec<(Slot, u16)> = families.roots.iter().rev().map(|&slot| (slot, 0)).collect();
    while let Some((slot, depth)) = stack.pop() {
        let children = families.children(slot);
        let is_match = matched.get(slot as usize) == Some(&true);
        let open = !children.is_empty()
            && ids.get(slot as usize).is_some_and(|id| expansion.is_open(id, expansion.all || !is_match));
        lines.push(Line {
            slot,
            depth,
            children: children.len() as u32,
            open,
            matched: is_match,
            orphan: forest.is_orphan(slot),
        });
        if open {
            stack.extend(children.iter().rev().map(|&child| (child, depth.saturating_add(1))));
        }
    }
    lines
}

/// The shown children of each run in sorted order, in one allocation.
struct Families {
    roots: Vec<Slot>,
    starts: Vec<u32>,
    children: Vec<Slot>,
}

impl Families {
    fn build(forest: &Forest, shown_in_order: &[Slot]) -> Self {
        let mut starts = vec![0_u32; forest.len() + 1];
        for &slot in shown_in_order {
            if let Some(parent) = forest.parent(slot)
                && let Some(count) = starts.get_mut(parent as usize + 1)
            {
                *count += 1;
            }
        }
        let mut sum = 0;
        for start in &mut starts {
            sum += *start;
            *start = sum;
        }
        let mut next = starts.clone();
        let mut children = vec![0; sum as usize];
        let mut roots = Vec::new();
        for &slot in shown_in_order {
            match forest.parent(slot).and_then(|parent| next.get_mut(parent as usize)) {
                Some(at) => {
                    set(&mut children, *at as usize, slot);
                    *at += 1;
                }
                None => roots.push(slot),
            }
        }
        Self { roots, starts, children }
    }

    fn children(&self, slot: Slot) -> &[Slot] {
        let slot = slot as usize;
        match (self.starts.get(slot), self.starts.get(slot + 1)) {
            (Some(&from), Some(&to)) => self.children.get(from as usize..to as usize).unwrap_or_default(),
            _ => &[],
        }
    }
}

fn set<T>(values: &mut [T], at: usize, value: T) {
    if let Some(place) = values.get_mut(at) {
        *place = value;
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::indexing_slicing, reason = "a test may fail by panicking")]

    use proptest::prelude::*;

    use super::*;

    fn ids(count: usize) -> Vec<RunId> {
        (0..count).map(|n| RunId::new(format!("run-{n}"))).collect()
    }

    fn forest(parents: &[i64]) -> Forest {
        let links: Vec<_> = parents
            .iter()
            .map(|&parent| match parent {
                -1 => ParentLink::None,
                -2 => ParentLink::Missing,
                at => ParentLink::At(at as Slot),
            })
            .collect();
        Forest::build(&links)
    }

    fn everything_open() -> Expansion {
        Expansion { all: true, ..Expansion::default() }
    }

    fn drawn(order: &Order) -> Vec<(Slot, u16, bool)> {
        order.lines().iter().map(|line| (line.slot, line.depth, line.matched)).collect()
    }

    #[test]
    fn children_follow_their_parent_in_the_order_of_the_sort() {
        let forest = forest(&[-1, 0, 0, -1, 3]);
        let order = Order::compute(&forest, &ids(5), vec![4, 2, 3, 1, 0], &everything_open(), true);
        assert_eq!(drawn(&order), [(3, 0, true), (4, 1, true), (0, 0, true), (2, 1, true), (1, 1, true)]);
    }

    #[test]
    fn a_parent_of_a_match_is_shown_dimmed_and_open() {
        let forest = forest(&[-1, 0, 0, -1]);
        let order = Order::compute(&forest, &ids(4), vec![2], &Expansion::default(), true);
        assert_eq!(drawn(&order), [(0, 0, false), (2, 1, true)]);
        assert_eq!(order.matched(), [2]);
        assert_eq!(order.line(0).map(|line| line.children), Some(1));
    }

    #[test]
    fn a_grandparent_takes_the_place_of_its_best_descendant() {
        let forest = forest(&[-1, 0, 1, -1]);
        let order = Order::compute(&forest, &ids(4), vec![2, 3], &Expansion::default(), true);
        assert_eq!(drawn(&order), [(0, 0, false), (1, 1, false), (2, 2, true), (3, 0, true)]);
    }

    #[test]
    fn a_folded_parent_hides_its_children_but_they_still_count_as_matches() {
        let forest = forest(&[-1, 0, 0]);
        let order = Order::compute(&forest, &ids(3), vec![1, 0, 2], &Expansion::default(), true);
        assert_eq!(drawn(&order), [(0, 0, true)]);
        assert_eq!(order.line(0).map(|line| (line.children, line.open)), Some((2, false)));
        assert_eq!(order.matched().len(), 3);
        assert_eq!(order.position(1), None);
        assert_eq!(order.position(0), Some(0));
    }

    #[test]
    fn a_single_parent_can_be_closed_after_all_were_opened() {
        let mut expansion = everything_open();
        expansion.set(&RunId::new("run-0"), false);
        let order = Order::compute(&forest(&[-1, 0, -1, 2]), &ids(4), vec![0, 1, 2, 3], &expansion, true);
        assert_eq!(drawn(&order), [(0, 0, true), (2, 0, true), (3, 1, true)]);
    }

    #[test]
    fn an_orphan_stands_at_the_top_and_says_so() {
        let order = Order::compute(&forest(&[-2, -1]), &ids(2), vec![1, 0], &Expansion::default(), true);
        assert_eq!(drawn(&order), [(1, 0, true), (0, 0, true)]);
        assert_eq!(order.line(1).map(|line| line.orphan), Some(true));
    }

    #[test]
    fn runs_in_a_ring_are_shown_once_each() {
        let forest = forest(&[1, 2, 0, 3]);
        let order = Order::compute(&forest, &ids(4), vec![0, 1, 2, 3], &everything_open(), true);
        let mut slots: Vec<_> = order.lines().iter().map(|line| line.slot).collect();
        slots.sort_unstable();
        assert_eq!(slots, [0, 1, 2, 3]);
    }

    #[test]
    fn a_flat_list_is_the_sort_and_nothing_else() {
        let order = Order::compute(&forest(&[-1, 0, 0]), &ids(3), vec![2, 0, 1], &everything_open(), false);
        assert_eq!(drawn(&order), [(2, 0, true), (0, 0, true), (1, 0, true)]);
    }

    proptest! {
        #[test]
        fn nesting_holds_for_any_parents_and_any_match(
            raw in prop::collection::vec((-2_i64..24, any::<bool>(), any::<bool>()), 1..24),
            seed in any::<u64>(),
        ) {
            let count = raw.len();
            let forest = forest(&raw.iter().map(|(parent, _, _)| *parent).collect::<Vec<_>>());
            let mut ranked: Vec<Slot> = (0..count as Slot).filter(|&slot| raw[slot as usize].1).collect();
            ranked.sort_by_key(|&slot| (u64::from(slot) + 1).wrapping_mul(seed | 1));
            let ids = ids(count);
            let mut expansion = everything_open();
            for (slot, (_, _, closed)) in raw.iter().enumerate() {
                if *closed {
                    expansion.set(&ids[slot], false);
                }
            }
            let order = Order::compute(&forest, &ids, ranked.clone(), &expansion, true);

            let mut above: Vec<Slot> = Vec::new();
            let mut seen = HashSet::new();
            for (position, line) in order.lines().iter().enumerate() {
                prop_assert!(seen.insert(line.slot), "a run appears twice");
                prop_assert_eq!(order.position(line.slot), Some(position));
                above.truncate(line.depth as usize);
                prop_assert_eq!(above.last().copied(), forest.parent(line.slot), "a child left its parent");
                above.push(line.slot);
                prop_assert_eq!(line.matched, ranked.contains(&line.slot));
            }
            // With everything open, every match has a line.
            let order = Order::compute(&forest, &ids, ranked.clone(), &everything_open(), true);
            for slot in &ranked {
                prop_assert!(order.position(*slot).is_some());
            }
            // Matching siblings keep the order of the sort.
            for pair in order.lines().windows(2) {
                if let [a, b] = pair && forest.parent(a.slot) == forest.parent(b.slot) && a.matched && b.matched {
                    let rank = |slot| ranked.iter().position(|&other| other == slot);
                    prop_assert!(rank(a.slot) < rank(b.slot));
                }
            }
        }
    }
}
