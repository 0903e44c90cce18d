//! How a person has set up the runs table: filter, sort, columns, widths, what is unfolded.
//!
//! A view is a plain value with a version: saved per experiment, restored, shared, undone. Invariant: a view written by
//! an older program opens with the same meaning; what a newer one added is ignored, not refused.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use serde::{Deserialize, Serialize};

use super::columns::{Aggregate, Better, Column, ColumnId, ColumnSetting, DefaultRule};
use super::tree::Expansion;
use crate::domain::filter::OrderBy;
use crate::domain::{ColumnInfo, RunId, ViewType};

/// The form of the view that this program writes.
pub const VIEW_VERSION: u32 = 1;

/// One key of the sort.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SortKey {
    pub column: ColumnId,
    pub ascending: bool,
}

/// Which lifecycle stages the table shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    #[default]
    Active,
    Deleted,
    All,
}

impl Stage {
    pub const ALL: [Self; 3] = [Self::Active, Self::Deleted, Self::All];

    pub const fn title(self) -> &'static str {
        match self {
            Self::Active => "Active",
            Self::Deleted => "Deleted",
            Self::All => "All",
        }
    }

    pub const fn view_type(self) -> ViewType {
        match self {
            Self::Active => ViewType::ActiveOnly,
            Self::Deleted => ViewType::DeletedOnly,
            Self::All => ViewType::All,
        }
    }
}

/// The whole set-up of a runs table.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct RunsView {
    pub version: u32,
    pub filter: String,
    pub stage: Stage,
    pub sort: Vec<SortKey>,
    pub nested: bool,
    pub varying_only: bool,
    /// Columns in the order a person gave them; all others follow in their own order.
    pub order: Vec<ColumnId>,
    #[serde(with = "pairs")]
    pub columns: BTreeMap<ColumnId, ColumnSetting>,
    pub expand_all: bool,
    pub expanded: BTreeSet<String>,
    pub collapsed: BTreeSet<String>,
}

impl Default for RunsView {
    fn default() -> Self {
        Self {
            version: VIEW_VERSION,
            filter: String::new(),
            stage: Stage::default(),
            sort: Vec::new(),
            nested: true,
            varying_only: true,
            order: Vec::new(),
            columns: BTreeMap::new(),
            expand_all: false,
            expanded: BTreeSet::new(),
            collapsed: BTreeSet::new(),
        }
    }
}

/// Saves a map as a list of pairs, since a column is no text and so cannot be a key in JSON.
mod pairs {
    use std::collections::BTreeMap;

    use serde::{Deserialize as _, Deserializer, Serialize as _, Serializer};

    use super::{ColumnId, ColumnSetting};

    pub(super) fn serialize<S: Serializer>(
        map: &BTreeMap<ColumnId, ColumnSetting>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        map.iter().collect::<Vec<_>>().serialize(serializer)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<BTreeMap<ColumnId, ColumnSetting>, D::Error> {
        Ok(Vec::<(ColumnId, ColumnSetting)>::deserialize(deserializer)?.into_iter().collect())
    }
}

impl RunsView {
    /// What the person decided about a column, if anything.
    pub fn setting(&self, id: &ColumnId) -> Option<&ColumnSetting> {
        self.columns.get(id)
    }

    /// The place for decisions about a column.
    pub fn setting_mut(&mut self, id: &ColumnId) -> &mut ColumnSetting {
        self.columns.entry(id.clone()).or_default()
    }

    /// A column with every question answered.
    pub fn column(&self, id: &ColumnId) -> Column {
        let setting = self.setting(id).cloned().unwrap_or_default();
        let better = setting.better.unwrap_or_else(|| match id {
            ColumnId::Metric(key) => Better::guess(key),
            _ => Better::Higher,
        });
        Column {
            id: id.clone(),
            width: setting.width.unwrap_or_else(|| id.default_width()),
            pinned: *id == ColumnId::NAME || setting.pinned.unwrap_or(false),
            aggregate: setting.aggregate,
            better,
            sparkline: setting.sparkline && id.is_metric(),
        }
    }

    /// Whether a column is shown: by the person's word, else by the rule. The run's name is always shown.
    pub fn shows(&self, id: &ColumnId, info: Option<&ColumnInfo>, rule: DefaultRule) -> bool {
        *id == ColumnId::NAME
            || self.setting(id).and_then(|setting| setting.shown).unwrap_or_else(|| rule.shows(id, info))
    }

    /// All columns that could be shown, in order: the name, the pinned ones, the person's order, then attributes,
    /// metrics, parameters, tags.
    pub fn arrange(&self, infos: &[ColumnInfo]) -> Vec<ColumnId> {
        let mut seen = HashSet::new();
        let mut ids: Vec<ColumnId> = Vec::with_capacity(infos.len() + 16);
        let known: HashSet<ColumnId> = infos.iter().map(|info| ColumnId::from(&info.key)).collect();
        let natural = super::columns::Attribute::ALL
            .into_iter()
            .map(ColumnId::Attribute)
            .chain(infos.iter().map(|info| ColumnId::from(&info.key)));
        let placed = self.order.iter().filter(|id| matches!(id, ColumnId::Attribute(_)) || known.contains(id)).cloned();
        for id in std::iter::once(ColumnId::NAME).chain(placed).chain(natural) {
            if seen.insert(id.clone()) {
                ids.push(id);
            }
        }
        ids.sort_by_key(|id| !self.is_pinned(id));
        ids
    }

    fn is_pinned(&self, id: &ColumnId) -> bool {
        *id == ColumnId::NAME || self.setting(id).and_then(|setting| setting.pinned).unwrap_or(false)
    }

    /// The columns that the table draws, pinned ones first.
    pub fn shown_columns(&self, infos: &[ColumnInfo], several_experiments: bool) -> Vec<Column> {
        let rule = self.rule(several_experiments);
        let by_id: std::collections::HashMap<ColumnId, &ColumnInfo> =
            infos.iter().map(|info| (ColumnId::from(&info.key), info)).collect();
        self.arrange(infos)
            .iter()
            .filter(|id| self.shows(id, by_id.get(id).copied(), rule))
            .map(|id| self.column(id))
            .collect()
    }

    pub const fn rule(&self, several_experiments: bool) -> DefaultRule {
        DefaultRule { varying_only: self.varying_only, several_experiments }
    }

    /// Puts a column before another (`None`: last). `shown` is the present order.
    pub fn move_column(&mut self, id: &ColumnId, before: Option<&ColumnId>, present: &[ColumnId]) {
        if *id == ColumnId::NAME || before == Some(id) {
            return;
        }
        let mut order: Vec<ColumnId> = present.iter().filter(|other| *other != id).cloned().collect();
        let at = before.and_then(|before| order.iter().position(|other| other == before)).unwrap_or(order.len());
        order.insert(at, id.clone());
        // A column dropped among pinned ones is pinned, and one dragged out of them is let go.
        let pinned = before.is_some_and(|before| self.is_pinned(before));
        if pinned != self.is_pinned(id) {
            self.setting_mut(id).pinned = Some(pinned);
        }
        self.order = order;
    }

    /// Sorts by a column. A plain click makes it the only key and turns it round when it already is; with `add` it
    /// joins the keys, turns round, and at the third time leaves them.
    pub fn toggle_sort(&mut self, id: &ColumnId, add: bool) {
        let first_ascending = self.ascends_first(id);
        let present = self.sort.iter().position(|key| key.column == *id);
        let fresh = SortKey { column: id.clone(), ascending: first_ascending };
        match (add, present) {
            (true, Some(at)) => {
                if self.sort.get(at).is_some_and(|key| key.ascending == first_ascending) {
                    if let Some(key) = self.sort.get_mut(at) {
                        key.ascending = !key.ascending;
                    }
                } else {
                    self.sort.remove(at);
                }
            }
            (true, None) => self.sort.push(fresh),
            (false, _) => match self.sort.as_slice() {
                [only] if only.column == *id && only.ascending == first_ascending => {
                    self.sort = vec![SortKey { ascending: !first_ascending, ..fresh }];
                }
                [only] if only.column == *id => self.sort.clear(),
                _ => self.sort = vec![fresh],
            },
        }
    }

    /// Sets a column's direction outright, as the only key or in addition.
    pub fn set_sort(&mut self, id: &ColumnId, ascending: bool, add: bool) {
        if !add {
            self.sort.retain(|key| key.column == *id);
        }
        match self.sort.iter_mut().find(|key| key.column == *id) {
            Some(key) => key.ascending = ascending,
            None => self.sort.push(SortKey { column: id.clone(), ascending }),
        }
    }

    /// The direction that the first click gives: the good values on top, the newest run on top, names from A.
    fn ascends_first(&self, id: &ColumnId) -> bool {
        use super::columns::Attribute;
        match id {
            ColumnId::Metric(_) => self.column(id).better == Better::Lower,
            ColumnId::Attribute(Attribute::Started | Attribute::Ended | Attribute::Duration) => false,
            _ => true,
        }
    }

    /// Where a column stands in the sort (from 1) and whether it ascends.
    pub fn sort_of(&self, id: &ColumnId) -> Option<(usize, bool)> {
        self.sort.iter().position(|key| key.column == *id).and_then(|at| Some((at + 1, self.sort.get(at)?.ascending)))
    }

    /// The sort in the store's words.
    pub fn order_by(&self) -> Vec<OrderBy> {
        self.sort.iter().map(|key| self.column(&key.column).order_by(key.ascending)).collect()
    }

    /// What is unfolded.
    pub fn expansion(&self) -> Expansion {
        let ids = |set: &BTreeSet<String>| set.iter().map(|id| RunId::new(id.as_str())).collect();
        Expansion { all: self.expand_all, open: ids(&self.expanded), closed: ids(&self.collapsed) }
    }

    /// Unfolds or folds one parent.
    pub fn set_expanded(&mut self, id: &RunId, open: bool) {
        let (to, from) =
            if open { (&mut self.expanded, &mut self.collapsed) } else { (&mut self.collapsed, &mut self.expanded) };
        from.remove(id.as_str());
        to.insert(id.as_str().to_owned());
    }

    /// Unfolds or folds all parents.
    pub fn set_all_expanded(&mut self, open: bool) {
        self.expand_all = open;
        self.expanded.clear();
        self.collapsed.clear();
    }

    /// Changes what a metric column shows.
    pub fn set_aggregate(&mut self, id: &ColumnId, aggregate: Aggregate) {
        self.setting_mut(id).aggregate = aggregate;
    }

    /// Brings a view that was read from a file into the present form. Widths out of bounds are forgotten.
    #[must_use]
    pub fn upgraded(mut self) -> Self {
        // Version 1 is the first; later forms convert here, oldest first.
        self.version = VIEW_VERSION;
        for setting in self.columns.values_mut() {
            setting.width.take_if(|width| !(24.0..=4000.0).contains(width));
        }
        self
    }

    /// What the query depends on; two views that agree in it show the same runs in the same order.
    pub fn same_query(&self, other: &Self) -> bool {
        self.stage == other.stage && self.filter == other.filter && self.order_by() == other.order_by()
    }
}

#[cfg(test)]
mod tests {
    use super::super::columns::Attribute;
    use super::*;
    use crate::domain::ColumnKey;
    use crate::domain::filter::{Field, MetricAggregate};

    fn metric(key: &str) -> ColumnId {
        ColumnId::Metric(key.into())
    }

    fn info(key: ColumnKey, varies: bool) -> ColumnInfo {
        ColumnInfo { key, run_count: 3, varies }
    }

    fn infos() -> Vec<ColumnInfo> {
        vec![
            info(ColumnKey::Metric("acc".into()), true),
            info(ColumnKey::Metric("loss".into()), true),
            info(ColumnKey::Param("seed".into()), false),
        ]
    }

    fn titles(columns: &[Column]) -> Vec<&str> {
        columns.iter().map(|column| column.id.title()).collect()
    }

    #[test]
    fn the_default_table_shows_what_varies() {
        let view = RunsView::default();
        assert_eq!(
            titles(&view.shown_columns(&infos(), false)),
            ["Run", "Status", "Started", "Duration", "acc", "loss"]
        );
    }

    #[test]
    fn of_300_columns_of_which_12_vary_12_are_shown() {
        let infos: Vec<_> = (0..300).map(|n| info(ColumnKey::Metric(format!("m{n}").into()), n % 25 == 0)).collect();
        let mut view = RunsView::default();
        let metrics =
            |view: &RunsView| view.shown_columns(&infos, false).iter().filter(|column| column.id.is_metric()).count();
        assert_eq!(metrics(&view), 12);
        view.varying_only = false;
        assert_eq!(metrics(&view), 300);
    }

    #[test]
    fn what_a_person_shows_or_hides_stays_so() {
        let mut view = RunsView::default();
        view.setting_mut(&ColumnId::Param("seed".into())).shown = Some(true);
        view.setting_mut(&metric("acc")).shown = Some(false);
        view.setting_mut(&ColumnId::NAME).shown = Some(false);
        assert_eq!(
            titles(&view.shown_columns(&infos(), false)),
            ["Run", "Status", "Started", "Duration", "loss", "seed"]
        );
    }

    #[test]
    fn pinned_columns_stand_first() {
        let mut view = RunsView::default();
        view.setting_mut(&metric("loss")).pinned = Some(true);
        let columns = view.shown_columns(&infos(), false);
        assert_eq!(titles(&columns).get(..2), Some(["Run", "loss"].as_slice()));
        assert!(columns.iter().take(2).all(|column| column.pinned));
    }

    #[test]
    fn a_column_moves_before_another_and_new_ones_still_come_last() {
        let mut view = RunsView::default();
        let present: Vec<_> = view.arrange(&infos());
        view.move_column(&metric("loss"), Some(&ColumnId::Attribute(Attribute::Status)), &present);
        let mut infos = infos();
        infos.push(info(ColumnKey::Metric("new".into()), true));
        assert_eq!(
            titles(&view.shown_columns(&infos, false)),
            ["Run", "loss", "Status", "Started", "Duration", "acc", "new"]
        );
    }

    #[test]
    fn a_column_dropped_among_pinned_ones_is_pinned() {
        let mut view = RunsView::default();
        view.setting_mut(&metric("acc")).pinned = Some(true);
        let present = view.arrange(&infos());
        view.move_column(&metric("loss"), Some(&metric("acc")), &present);
        assert_eq!(titles(&view.shown_columns(&infos(), false)).get(..3), Some(["Run", "loss", "acc"].as_slice()));
        let present = view.arrange(&infos());
        view.move_column(&metric("loss"), None, &present);
        assert_eq!(view.setting(&metric("loss")).and_then(|setting| setting.pinned), Some(false));
    }

    #[test]
    fn the_first_click_puts_the_good_values_on_top_and_the_third_ends_the_sort() {
        let mut view = RunsView::default();
        view.toggle_sort(&metric("val_loss"), false);
        assert_eq!(view.sort_of(&metric("val_loss")), Some((1, true)));
        view.toggle_sort(&metric("val_loss"), false);
        assert_eq!(view.sort_of(&metric("val_loss")), Some((1, false)));
        view.toggle_sort(&metric("val_loss"), false);
        assert_eq!(view.sort_of(&metric("val_loss")), None);
        view.toggle_sort(&metric("accuracy"), false);
        assert_eq!(view.sort_of(&metric("accuracy")), Some((1, false)));
    }

    #[test]
    fn several_keys_are_numbered_in_their_order() {
        let mut view = RunsView::default();
        view.toggle_sort(&metric("loss"), false);
        view.toggle_sort(&ColumnId::Param("lr".into()), true);
        assert_eq!(view.sort_of(&ColumnId::Param("lr".into())), Some((2, true)));
        view.toggle_sort(&metric("loss"), true);
        view.toggle_sort(&metric("loss"), true);
        assert_eq!(view.sort_of(&metric("loss")), None);
        assert_eq!(view.sort_of(&ColumnId::Param("lr".into())), Some((1, true)));
    }

    #[test]
    fn a_metric_is_sorted_by_the_figure_that_is_shown() {
        let mut view = RunsView::default();
        view.set_aggregate(&metric("loss"), Aggregate::Best);
        view.set_sort(&metric("loss"), true, false);
        let field = Field::Metric { key: "loss".to_owned(), aggregate: MetricAggregate::Min };
        assert_eq!(view.order_by(), [OrderBy { field, ascending: true }]);
    }

    #[test]
    fn folding_one_parent_is_remembered() {
        let mut view = RunsView::default();
        view.set_all_expanded(true);
        view.set_expanded(&RunId::new("a"), false);
        let expansion = view.expansion();
        assert!(!expansion.is_open(&RunId::new("a"), expansion.all));
        assert!(expansion.is_open(&RunId::new("b"), expansion.all));
    }
}
