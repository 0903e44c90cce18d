//! The runs of one or several experiments, by column, as the window holds them.
//!
//! Invariants: a run keeps its slot from load to load, so columns, lines and sparklines need no lookup by id; a column
//! never shows a value older than the run's own row says there is (see [`RunsTable::stale_runs`]); values are kept for a
//! bounded number of columns, those used last.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::format::NumberFormat;
use super::selection::Lines;
use super::tree::{Forest, Order, ParentLink, Slot};
use crate::domain::filter::MetricAggregate;
use crate::domain::{
    ColumnInfo, ColumnKey, ColumnValues, ExperimentId, LifecycleStage, MetricCell, Revision, RunId, RunRow, ViewType,
};

/// How many cells the loaded columns may hold together before the ones used longest ago are let go: about 64 MB.
const MAX_CELLS: usize = 900_000;

/// The values of one column, by slot.
#[derive(Debug, Clone)]
pub enum ColumnData {
    Metric(Vec<Option<MetricCell>>),
    Text(Vec<Option<Arc<str>>>),
}

impl ColumnData {
    fn clear(&mut self, slot: Slot) {
        match self {
            Self::Metric(cells) => set(cells, slot, None),
            Self::Text(cells) => set(cells, slot, None),
        }
    }
}

/// A column whose values are here.
#[derive(Debug, Clone)]
pub struct LoadedColumn {
    pub data: ColumnData,
    /// The workspace revision that the values are at least as new as.
    pub revision: Revision,
    /// How to write the numbers of each figure of a metric, in the order last, first, min, max.
    formats: [NumberFormat; 4],
    /// Whether every text in it is a number, which is then aligned as one.
    pub numeric: bool,
    used: u64,
}

impl LoadedColumn {
    /// The metric cell of a run.
    pub fn metric(&self, slot: Slot) -> Option<&MetricCell> {
        match &self.data {
            ColumnData::Metric(cells) => cells.get(slot as usize)?.as_ref(),
            ColumnData::Text(_) => None,
        }
    }

    /// The text cell of a run.
    pub fn text(&self, slot: Slot) -> Option<&Arc<str>> {
        match &self.data {
            ColumnData::Text(cells) => cells.get(slot as usize)?.as_ref(),
            ColumnData::Metric(_) => None,
        }
    }

    /// How the column writes the numbers of a figure.
    pub fn format(&self, figure: MetricAggregate) -> &NumberFormat {
        let [last, first, min, max] = &self.formats;
        match figure {
            MetricAggregate::Last => last,
            MetricAggregate::First => first,
            MetricAggregate::Min => min,
            MetricAggregate::Max => max,
        }
    }

    fn fit(&mut self) {
        match &self.data {
            ColumnData::Metric(cells) => {
                let fit = |figure| NumberFormat::fit(cells.iter().flatten().map(|cell| cell.value(figure)));
                self.formats = [
                    fit(MetricAggregate::Last),
                    fit(MetricAggregate::First),
                    fit(MetricAggregate::Min),
                    fit(MetricAggregate::Max),
                ];
                self.numeric = true;
            }
            ColumnData::Text(cells) => {
                let mut any = false;
                self.numeric = cells.iter().flatten().all(|text| {
                    any = true;
                    text.parse::<f64>().is_ok()
                }) && any;
            }
        }
    }
}

/// What a refresh changed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Applied {
    pub added: usize,
    pub removed: usize,
    pub updated: usize,
    /// Whether the set of runs, or who is whose child, changed.
    pub structure: bool,
}

/// What the order of the lines is computed from; cheap to hand to a worker thread.
#[derive(Debug, Clone, Default)]
pub struct Skeleton {
    pub forest: Arc<Forest>,
    pub ids: Arc<Vec<RunId>>,
    pub slots: Arc<HashMap<RunId, Slot>>,
}

/// The runs table. See the module's documentation.
#[derive(Debug, Clone, Default)]
pub struct RunsTable {
    experiments: Vec<ExperimentId>,
    view: ViewType,
    rows: Vec<Arc<RunRow>>,
    gone: HashSet<Slot>,
    skeleton: Skeleton,
    columns: HashMap<ColumnKey, LoadedColumn>,
    infos: Arc<Vec<ColumnInfo>>,
    order: Arc<Order>,
    revision: Revision,
    /// Grows with every change of rows, values or order; what is drawn from them is memoised by it.
    version: u64,
    clock: u64,
}

impl RunsTable {
    /// A table of freshly loaded rows, in no order yet. `revision` is the workspace's before they were read.
    pub fn new(
        experiments: Vec<ExperimentId>,
        view: ViewType,
        rows: Vec<RunRow>,
        infos: Vec<ColumnInfo>,
        revision: Revision,
    ) -> Self {
        let mut table = Self {
            experiments,
            view,
            rows: rows.into_iter().map(Arc::new).collect(),
            infos: Arc::new(infos),
            revision,
            version: 1,
            ..Self::default()
        };
        table.rebuild_skeleton();
        table
    }

    pub fn experiments(&self) -> &[ExperimentId] {
        &self.experiments
    }

    pub fn view(&self) -> ViewType {
        self.view
    }

    /// How many runs the table has, shown or filtered out.
    pub fn run_count(&self) -> usize {
        self.rows.len() - self.gone.len()
    }

    pub fn revision(&self) -> Revision {
        self.revision
    }

    pub fn version(&self) -> u64 {
        self.version
    }

    pub fn infos(&self) -> &Arc<Vec<ColumnInfo>> {
        &self.infos
    }

    pub fn order(&self) -> &Arc<Order> {
        &self.order
    }

    pub fn skeleton(&self) -> &Skeleton {
        &self.skeleton
    }

    /// The row in a slot, whether or not it is still in the table.
    pub fn row(&self, slot: Slot) -> Option<&Arc<RunRow>> {
        self.rows.get(slot as usize)
    }

    pub fn slot(&self, id: &RunId) -> Option<Slot> {
        self.skeleton.slots.get(id).copied().filter(|slot| !self.gone.contains(slot))
    }

    pub fn row_of(&self, id: &RunId) -> Option<&Arc<RunRow>> {
        self.row(self.slot(id)?)
    }

    pub fn column(&self, key: &ColumnKey) -> Option<&LoadedColumn> {
        self.columns.get(key)
    }

    /// The keys of the columns whose values are here.
    pub fn loaded_columns(&self) -> Vec<ColumnKey> {
        self.columns.keys().cloned().collect()
    }

    /// Takes new lines. An order computed for fewer runs than there are now is still right for those.
    pub fn set_order(&mut self, order: Arc<Order>) {
        self.order = order;
        self.version += 1;
    }

    /// Takes a new list of columns.
    pub fn set_infos(&mut self, infos: Vec<ColumnInfo>) {
        if *self.infos != infos {
            self.infos = Arc::new(infos);
            self.version += 1;
        }
    }

    /// Takes rows that changed; `revision` is the workspace's before they were read.
    pub fn apply_rows(&mut self, changed: Vec<RunRow>, revision: Revision) -> Applied {
        let mut applied = Applied::default();
        for row in changed {
            let belongs = match self.view {
                ViewType::ActiveOnly => row.info.lifecycle_stage == LifecycleStage::Active,
                ViewType::DeletedOnly => row.info.lifecycle_stage == LifecycleStage::Deleted,
                ViewType::All => true,
            };
            let known = self.skeleton.slots.get(&row.info.id).copied();
            match (known, belongs) {
                (None, false) => {}
                (None, true) => {
                    applied.added += 1;
                    applied.structure = true;
                    let slot = self.rows.len() as Slot;
                    Arc::make_mut(&mut self.skeleton.slots).insert(row.info.id.clone(), slot);
                    self.rows.push(Arc::new(row));
                }
                (Some(slot), belongs) => {
                    let was_gone = self.gone.contains(&slot);
                    let Some(place) = self.rows.get_mut(slot as usize) else { continue };
                    if belongs && was_gone {
                        self.gone.remove(&slot);
                        applied.added += 1;
                        applied.structure = true;
                    } else if !belongs && !was_gone {
                        self.gone.insert(slot);
                        applied.removed += 1;
                        applied.structure = true;
                    } else if **place != row {
                        applied.updated += 1;
                        applied.structure |= place.parent != row.parent;
                    }
                    *place = Arc::new(row);
                }
            }
        }
        self.revision = self.revision.max(revision);
        if applied.structure {
            self.rebuild_skeleton();
        }
        if applied != Applied::default() {
            self.version += 1;
        }
        applied
    }

    fn rebuild_skeleton(&mut self) {
        if self.skeleton.slots.len() != self.rows.len() {
            let slots = self.rows.iter().enumerate().map(|(slot, row)| (row.info.id.clone(), slot as Slot));
            self.skeleton.slots = Arc::new(slots.collect());
        }
        if self.skeleton.ids.len() != self.rows.len() {
            self.skeleton.ids = Arc::new(self.rows.iter().map(|row| row.info.id.clone()).collect());
        }
        let links: Vec<ParentLink> = self
            .rows
            .iter()
            .map(|row| match &row.parent {
                None => ParentLink::None,
                Some(parent) => self.slot(parent).map_or(ParentLink::Missing, ParentLink::At),
            })
            .collect();
        self.skeleton.forest = Arc::new(Forest::build(&links));
    }

    /// Takes all values of a column, read when the workspace was at `revision`. Lets go of columns used longest ago when
    /// there are too many; `keep` are never let go.
    pub fn set_column(&mut self, key: ColumnKey, values: ColumnValues, revision: Revision, keep: &[ColumnKey]) {
        let count = self.rows.len();
        let data = match values {
            ColumnValues::Metric(values) => {
                let mut cells = vec![None; count];
                for (id, cell) in values {
                    if let Some(&slot) = self.skeleton.slots.get(&id) {
                        set(&mut cells, slot, Some(cell));
                    }
                }
                ColumnData::Metric(cells)
            }
            ColumnValues::Text(values) => {
                let mut cells = vec![None; count];
                for (id, text) in values {
                    if let Some(&slot) = self.skeleton.slots.get(&id) {
                        set(&mut cells, slot, Some(text));
                    }
                }
                ColumnData::Text(cells)
            }
        };
        self.clock += 1;
        let formats = std::array::from_fn(|_| NumberFormat::default());
        let mut column = LoadedColumn { data, revision, formats, numeric: false, used: self.clock };
        column.fit();
        self.columns.insert(key, column);
        self.version += 1;
        self.touch(keep);
        self.let_go(keep);
    }

    /// Marks columns as in use.
    pub fn touch(&mut self, keys: &[ColumnKey]) {
        self.clock += 1;
        for key in keys {
            if let Some(column) = self.columns.get_mut(key) {
                column.used = self.clock;
            }
        }
    }

    fn let_go(&mut self, keep: &[ColumnKey]) {
        let kept: HashSet<&ColumnKey> = keep.iter().collect();
        while self.columns.len() * self.rows.len() > MAX_CELLS {
            let oldest = self
                .columns
                .iter()
                .filter(|(key, _)| !kept.contains(key))
                .min_by_key(|(_, column)| column.used)
                .map(|(key, _)| key.clone());
            match oldest {
                Some(key) => self.columns.remove(&key),
                None => break,
            };
        }
    }

    /// Takes the values of some columns for a few runs: what is not among `values` the runs do not have.
    pub fn merge_values(&mut self, runs: &[RunId], keys: &[ColumnKey], values: Vec<ColumnValues>, revision: Revision) {
        let slots: Vec<Slot> = runs.iter().filter_map(|id| self.skeleton.slots.get(id).copied()).collect();
        let count = self.rows.len();
        for (key, values) in keys.iter().zip(values) {
            let Some(column) = self.columns.get_mut(key) else { continue };
            match &mut column.data {
                ColumnData::Metric(cells) => cells.resize(count, None),
                ColumnData::Text(cells) => cells.resize(count, None),
            }
            for &slot in &slots {
                column.data.clear(slot);
            }
            match (&mut column.data, values) {
                (ColumnData::Metric(cells), ColumnValues::Metric(values)) => {
                    for (id, cell) in values {
                        if let Some(&slot) = self.skeleton.slots.get(&id) {
                            set(cells, slot, Some(cell));
                        }
                    }
                }
                (ColumnData::Text(cells), ColumnValues::Text(values)) => {
                    for (id, text) in values {
                        if let Some(&slot) = self.skeleton.slots.get(&id) {
                            set(cells, slot, Some(text));
                        }
                    }
                }
                _ => {}
            }
            column.revision = column.revision.max(revision);
            column.fit();
        }
        self.version += 1;
    }

    /// The runs whose row is newer than a column's values: they changed while the column was being read.
    pub fn stale_runs(&self, key: &ColumnKey) -> Vec<RunId> {
        let Some(column) = self.columns.get(key) else { return Vec::new() };
        self.rows.iter().filter(|row| row.revision > column.revision).map(|row| row.info.id.clone()).collect()
    }

    /// Makes the next refresh read again what changed after `revision`: a column came that is no newer.
    pub fn rewind(&mut self, revision: Revision) {
        self.revision = self.revision.min(revision);
    }

    /// The matching runs in sorted order, those in folded parents too.
    pub fn matched_ids(&self) -> impl Iterator<Item = &RunId> {
        self.order.matched().iter().filter_map(|&slot| self.skeleton.ids.get(slot as usize))
    }

    /// Runs below a run, at any depth.
    pub fn descendants(&self, id: &RunId) -> Vec<RunId> {
        let Some(slot) = self.slot(id) else { return Vec::new() };
        let below = self.skeleton.forest.descendants(slot);
        below.into_iter().filter_map(|slot| self.skeleton.ids.get(slot as usize).cloned()).collect()
    }
}

impl Lines for RunsTable {
    fn len(&self) -> usize {
        self.order.len()
    }

    fn id_at(&self, position: usize) -> Option<&RunId> {
        self.skeleton.ids.get(self.order.line(position)?.slot as usize)
    }

    fn position_of(&self, id: &RunId) -> Option<usize> {
        self.order.position(*self.skeleton.slots.get(id)?)
    }
}

fn set<T>(values: &mut [T], slot: Slot, value: T) {
    if let Some(place) = values.get_mut(slot as usize) {
        *place = value;
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixture::{self, cell};
    use super::super::tree::Expansion;
    use super::*;

    fn row(id: &str, parent: Option<&str>, revision: Revision) -> RunRow {
        RunRow { parent: parent.map(RunId::new), revision, ..fixture::row(id, id) }
    }

    fn table() -> RunsTable {
        let rows = vec![row("a", None, 1), row("b", Some("a"), 2), row("c", Some("elsewhere"), 3)];
        RunsTable::new(vec![ExperimentId(1)], ViewType::ActiveOnly, rows, Vec::new(), 3)
    }

    fn loss() -> ColumnKey {
        ColumnKey::Metric("loss".into())
    }

    fn value(table: &RunsTable, id: &str) -> Option<f64> {
        Some(table.column(&loss())?.metric(table.slot(&RunId::new(id))?)?.last)
    }

    #[test]
    fn rows_keep_their_slots_when_others_come_and_go() {
        let mut table = table();
        let slot = table.slot(&RunId::new("c"));
        let mut deleted = row("a", None, 4);
        deleted.info.lifecycle_stage = LifecycleStage::Deleted;
        let applied = table.apply_rows(vec![deleted, row("d", None, 5)], 5);
        assert_eq!(applied, Applied { added: 1, removed: 1, updated: 0, structure: true });
        assert_eq!(table.slot(&RunId::new("c")), slot);
        assert_eq!(table.slot(&RunId::new("a")), None);
        assert_eq!(table.run_count(), 3);
        // Its child now stands alone, and says so.
        assert!(table.slot(&RunId::new("b")).is_some_and(|slot| table.skeleton().forest.is_orphan(slot)));
    }

    #[test]
    fn a_restored_run_comes_back_to_its_slot() {
        let mut table = table();
        let slot = table.slot(&RunId::new("a"));
        let mut deleted = row("a", None, 4);
        deleted.info.lifecycle_stage = LifecycleStage::Deleted;
        table.apply_rows(vec![deleted], 4);
        table.apply_rows(vec![row("a", None, 5)], 5);
        assert_eq!(table.slot(&RunId::new("a")), slot);
        assert_eq!(table.run_count(), 3);
    }

    #[test]
    fn a_row_that_did_not_change_leaves_the_table_alone() {
        let mut table = table();
        let version = table.version();
        assert_eq!(table.apply_rows(vec![row("a", None, 1)], 3), Applied::default());
        assert_eq!(table.version(), version);
    }

    #[test]
    fn values_of_changed_runs_are_merged_and_removed_ones_cleared() {
        let mut table = table();
        let values = vec![(RunId::new("a"), cell(1.0)), (RunId::new("b"), cell(2.0))];
        table.set_column(loss(), ColumnValues::Metric(values), 3, &[]);
        let changed = [RunId::new("a"), RunId::new("b")];
        let values = vec![ColumnValues::Metric(vec![(RunId::new("b"), cell(5.0))])];
        table.merge_values(&changed, &[loss()], values, 4);
        assert_eq!(value(&table, "a"), None);
        assert_eq!(value(&table, "b"), Some(5.0));
    }

    #[test]
    fn a_new_run_gets_its_value_in_a_column_loaded_before_it() {
        let mut table = table();
        table.set_column(loss(), ColumnValues::Metric(vec![(RunId::new("a"), cell(1.0))]), 3, &[]);
        table.apply_rows(vec![row("d", None, 4)], 4);
        let values = vec![ColumnValues::Metric(vec![(RunId::new("d"), cell(7.0))])];
        table.merge_values(&[RunId::new("d")], &[loss()], values, 4);
        assert_eq!(value(&table, "d"), Some(7.0));
        assert_eq!(value(&table, "a"), Some(1.0));
    }

    #[test]
    fn a_column_read_before_a_change_tells_which_runs_to_read_again() {
        let mut table = table();
        table.apply_rows(vec![row("b", Some("a"), 9)], 9);
        table.set_column(loss(), ColumnValues::Metric(Vec::new()), 3, &[]);
        assert_eq!(table.stale_runs(&loss()), [RunId::new("b")]);
    }

    #[test]
    fn columns_used_longest_ago_are_let_go() {
        let rows = (0..100_000).map(|n| row(&format!("r{n}"), None, 1)).collect();
        let mut table = RunsTable::new(vec![ExperimentId(1)], ViewType::All, rows, Vec::new(), 1);
        let key = |n: usize| ColumnKey::Metric(format!("m{n}").into());
        for n in 0..12 {
            table.set_column(key(n), ColumnValues::Metric(Vec::new()), 1, &[key(0)]);
        }
        assert_eq!(table.loaded_columns().len(), 9);
        assert!(table.column(&key(0)).is_some(), "a column in use was let go");
        assert!(table.column(&key(1)).is_none());
        assert!(table.column(&key(11)).is_some());
    }

    #[test]
    fn lines_are_found_both_ways() {
        let mut table = table();
        let skeleton = table.skeleton().clone();
        let expansion = Expansion { all: true, ..Expansion::default() };
        let order = Order::compute(&skeleton.forest, &skeleton.ids, vec![2, 0, 1], &expansion, true);
        table.set_order(Arc::new(order));
        assert_eq!(table.id_at(1), Some(&RunId::new("a")));
        assert_eq!(table.position_of(&RunId::new("b")), Some(2));
        assert_eq!(table.descendants(&RunId::new("a")), [RunId::new("b")]);
    }

    #[test]
    fn a_parameter_column_of_numbers_is_numeric() {
        let mut table = table();
        let text =
            |value: &str| ColumnValues::Text(vec![(RunId::new("a"), value.into()), (RunId::new("b"), "2".into())]);
        let key = ColumnKey::Param("lr".into());
        table.set_column(key.clone(), text("1e-3"), 3, &[]);
        assert!(table.column(&key).is_some_and(|column| column.numeric));
        table.set_column(key.clone(), text("auto"), 3, &[]);
        assert!(table.column(&key).is_some_and(|column| !column.numeric));
    }
}
