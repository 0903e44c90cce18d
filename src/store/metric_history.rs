//! Reading the history of metrics: whole, in part, or reduced to what a chart can show.
//!
//! Invariant: a reduced history holds the true first and last point and the extremes of every bucket; no value in it
//! was computed, all were logged.

use rusqlite::{Connection, OptionalExtension as _, params};

use super::metric_pages::{Block, Page, Place, WHOLE, after, before, for_each_point, pages_between, point_from};
use super::metrics::{Summary, summary};
use super::rows::key_id;
use super::runs::find_if_any;
use super::{ReducedHistory, Result, Store};
use crate::domain::{MetricPoint, Page as AnswerPage, RunId};

/// Up to how many points a chart's stretch is read point by point: about ten milliseconds' worth.
const READ_WHOLE: u64 = 32_768;

/// The same for a drawing in a table's cell, of which there are many.
const READ_WHOLE_FOR_CELL: u64 = 8_192;

impl Store {
    /// Points in MLflow's order (timestamp, step, value); an unknown run or key has none.
    pub fn metric_history(
        &self,
        run: &RunId,
        key: &str,
        offset: usize,
        limit: usize,
    ) -> Result<AnswerPage<MetricPoint>> {
        self.read(|sql| {
            let Some(series) = locate(sql, run, key)? else {
                return Ok(AnswerPage { items: Vec::new(), has_more: false });
            };
            let mut items = if series.summary.in_order {
                ordered_slice(sql, &series, offset, limit.saturating_add(1))?
            } else {
                let mut all = points(sql, &series, WHOLE)?;
                all.sort_by(|a, b| a.timestamp.cmp(&b.timestamp).then_with(|| a.recency(b)));
                all.into_iter().skip(offset).take(limit.saturating_add(1)).collect()
            };
            let has_more = items.len() > limit;
            items.truncate(limit);
            Ok(AnswerPage { items, has_more })
        })
    }

    /// Points in (step, timestamp, value) order within a closed range of steps.
    pub fn metric_points(&self, run: &RunId, key: &str, steps: Option<(i64, i64)>) -> Result<Vec<MetricPoint>> {
        self.read(|sql| match locate(sql, run, key)? {
            Some(series) => points(sql, &series, range_of(steps)),
            None => Ok(Vec::new()),
        })
    }

    /// As `metric_points`, reduced to at most `buckets` min-max pairs (at least two), of which the first and last
    /// point of the stretch are one.
    pub fn metric_reduced(
        &self,
        run: &RunId,
        key: &str,
        steps: Option<(i64, i64)>,
        buckets: usize,
    ) -> Result<ReducedHistory> {
        self.read(|sql| match locate(sql, run, key)? {
            Some(series) => reduced(sql, &series, range_of(steps), buckets, READ_WHOLE),
            None => Ok(ReducedHistory { points: Vec::new(), total: 0, exact: true }),
        })
    }

    /// At most `points` values a run, spread over its history, for drawing in a cell. Runs without the metric are
    /// left out.
    pub fn sparklines(&self, runs: &[RunId], key: &str, points: usize) -> Result<Vec<(RunId, Vec<f64>)>> {
        self.read(|sql| {
            let mut lines = Vec::with_capacity(runs.len());
            for run in runs {
                if let Some(series) = locate(sql, run, key)? {
                    let history = reduced(sql, &series, WHOLE, points / 2, READ_WHOLE_FOR_CELL)?;
                    lines.push((run.clone(), history.points.iter().map(|point| point.value).collect()));
                }
            }
            Ok(lines)
        })
    }
}

/// A series that exists.
struct Located {
    run: i64,
    key: i64,
    summary: Summary,
}

fn locate(sql: &Connection, run: &RunId, key: &str) -> Result<Option<Located>> {
    let Some(run) = find_if_any(sql, run.as_str())? else { return Ok(None) };
    let Some(key) = key_id(sql, key)? else { return Ok(None) };
    let summary = summary(sql, run.experiment, key, run.row)?;
    Ok(summary.map(|summary| Located { run: run.row, key, summary }))
}

fn range_of(steps: Option<(i64, i64)>) -> (Place, Place) {
    steps.map_or(WHOLE, |(low, high)| ((low, i64::MIN), (high, i64::MAX)))
}

fn points(sql: &Connection, series: &Located, range: (Place, Place)) -> Result<Vec<MetricPoint>> {
    let mut points = Vec::new();
    for_each_point(sql, series.run, series.key, range, |point| {
        points.push(point);
        Ok(())
    })?;
    Ok(points)
}

/// A slice of a series whose order by step is also its order by time.
fn ordered_slice(sql: &Connection, series: &Located, offset: usize, limit: usize) -> Result<Vec<MetricPoint>> {
    let mut statement = sql.prepare_cached(
        "SELECT step, timestamp, is_nan, value FROM metric_point WHERE run_id = ?1 AND key_id = ?2
         ORDER BY step, timestamp, is_nan DESC, value LIMIT ?3 OFFSET ?4",
    )?;
    let whole = |count: usize| i64::try_from(count).unwrap_or(i64::MAX);
    let rows = statement.query_map(params![series.run, series.key, whole(limit), whole(offset)], point_from)?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

fn reduced(
    sql: &Connection,
    series: &Located,
    range: (Place, Place),
    buckets: usize,
    read_whole: u64,
) -> Result<ReducedHistory> {
    let buckets = buckets.max(2);
    let read_whole = read_whole.max(2 * buckets as u64);
    if series.summary.count > read_whole && series.summary.paged > 0 {
        let items = cover(sql, series, range)?;
        let total = items.iter().map(|item| item.count).sum();
        if total > read_whole {
            return reduce_blocks(sql, series, range, items, total, buckets);
        }
    }
    let points = points(sql, series, range)?;
    Ok(reduce_points(points, buckets))
}

/// Reduces points that are all at hand.
fn reduce_points(points: Vec<MetricPoint>, buckets: usize) -> ReducedHistory {
    let total = points.len() as u64;
    if total <= 2 * buckets as u64 {
        return ReducedHistory { points, total, exact: true };
    }
    let (Some(first), Some(last)) = (points.first().copied(), points.last().copied()) else {
        return ReducedHistory { points, total, exact: true };
    };
    let blocks = || points.iter().copied().map(Block::of);
    let grid = Grid::new(first.step, last.step, blocks(), buckets);
    let reduced = grid.reduce(blocks());
    ReducedHistory { points: with_ends(first, reduced, last), total, exact: false }
}

fn reduce_blocks(
    sql: &Connection,
    series: &Located,
    range: (Place, Place),
    items: Vec<Block>,
    total: u64,
    buckets: usize,
) -> Result<ReducedHistory> {
    let first = end_point(sql, series, range, "")?;
    let last = end_point(sql, series, range, "DESC")?;
    let (Some(first), Some(last)) = (first, last) else {
        return Ok(ReducedHistory { points: Vec::new(), total: 0, exact: true });
    };
    let grid = Grid::new(first.step, last.step, items.iter().copied(), buckets);
    let items = refine(sql, series, items, &grid)?;
    Ok(ReducedHistory { points: with_ends(first, grid.reduce(items.into_iter()), last), total, exact: false })
}

fn end_point(
    sql: &Connection,
    series: &Located,
    (low, high): (Place, Place),
    direction: &str,
) -> Result<Option<MetricPoint>> {
    let is_nan_direction = if direction.is_empty() { "DESC" } else { "" };
    let mut statement = sql.prepare_cached(&format!(
        "SELECT step, timestamp, is_nan, value FROM metric_point
         WHERE run_id = ?1 AND key_id = ?2 AND (step, timestamp) >= (?3, ?4) AND (step, timestamp) <= (?5, ?6)
         ORDER BY step {direction}, timestamp {direction}, is_nan {is_nan_direction}, value {direction} LIMIT 1"
    ))?;
    let point =
        statement.query_row(params![series.run, series.key, low.0, low.1, high.0, high.1], point_from).optional()?;
    Ok(point)
}

/// The range as blocks of pages where they lie within it, and single points elsewhere, in order.
fn cover(sql: &Connection, series: &Located, (low, high): (Place, Place)) -> Result<Vec<Block>> {
    let pages = pages_between(sql, series.run, series.key, (low, high))?;
    let mut tail = Vec::new();
    let behind = pages.last().map_or(Some(low), |page| after(page.last));
    if let Some(start) = behind.filter(|start| *start <= high) {
        push_points(sql, series, (start, high), &mut tail)?;
    }
    // As a rule all points that no page covers are the newest: then there is nothing to look for between pages.
    let all_in_tail = tail.len() as u64 + series.summary.paged == series.summary.count;
    let mut items = Vec::new();
    let mut next = Some(low);
    for page in pages {
        if let (Some(start), Some(end)) = (next, before(page.first))
            && start <= end
            && !all_in_tail
        {
            push_points(sql, series, (start, end), &mut items)?;
        }
        next = after(page.last);
        cover_page(sql, series, &page, (low, high), &mut items)?;
    }
    items.append(&mut tail);
    Ok(items)
}

fn cover_page(
    sql: &Connection,
    series: &Located,
    page: &Page,
    (low, high): (Place, Place),
    items: &mut Vec<Block>,
) -> Result<()> {
    for block in &page.blocks {
        if block.last < low || block.first > high {
            continue;
        }
        if low <= block.first && block.last <= high {
            items.push(*block);
        } else {
            push_points(sql, series, (block.first.max(low), block.last.min(high)), items)?;
        }
    }
    Ok(())
}

fn push_points(sql: &Connection, series: &Located, range: (Place, Place), items: &mut Vec<Block>) -> Result<()> {
    for_each_point(sql, series.run, series.key, range, |point| {
        items.push(Block::of(point));
        Ok(())
    })
}

/// Replaces blocks wider than a cell of the grid by their points; neighbours are read together. Few are, however long
/// the series: each takes up at least one cell.
fn refine(sql: &Connection, series: &Located, items: Vec<Block>, grid: &Grid) -> Result<Vec<Block>> {
    let mut refined = Vec::with_capacity(items.len());
    let mut wide: Option<(Place, Place)> = None;
    for item in items {
        if item.count > 1 && grid.is_wide(&item) {
            wide = Some((wide.map_or(item.first, |(first, _)| first), item.last));
            continue;
        }
        if let Some(range) = wide.take() {
            push_points(sql, series, range, &mut refined)?;
        }
        refined.push(item);
    }
    if let Some(range) = wide {
        push_points(sql, series, range, &mut refined)?;
    }
    Ok(refined)
}

/// How a stretch is divided into buckets: into cells of equal width in steps, so that a sparse part keeps its detail.
/// Buckets that stand for empty cells are given to those that hold more than their share of points, so that a dense
/// part (such as a series that is all at step 0) keeps its own.
struct Grid {
    first: i64,
    span: u128,
    cells: u64,
    most: u64,
}

impl Grid {
    fn new(first: i64, last: i64, items: impl Iterator<Item = Block>, buckets: usize) -> Self {
        // One bucket's worth of points goes to the first and last point.
        let cells = buckets.saturating_sub(1).max(1) as u64;
        let span = u128::from(last.abs_diff(first)) + 1;
        let mut grid = Self { first, span, cells, most: u64::MAX };
        let (mut used, mut total, mut next) = (0_u64, 0, 0);
        for item in items {
            total += item.count;
            let end = grid.cell(item.last.0);
            // The points of a block lie anywhere in it: in at most as many cells as there are points.
            used += (end + 1).saturating_sub(grid.cell(item.first.0).max(next)).min(item.count);
            next = next.max(end + 1);
        }
        let spare = cells.saturating_sub(used);
        if spare > 0 {
            grid.most = total.div_ceil(spare);
        }
        grid
    }

    /// The cell of a step that is not before the first.
    fn cell(&self, step: i64) -> u64 {
        let offset = step.abs_diff(self.first);
        // Division of 128 bits is slow, and hardly ever needed.
        match offset.checked_mul(self.cells) {
            Some(product) if self.span <= u128::from(u64::MAX) => product / self.span as u64,
            _ => (u128::from(offset) * u128::from(self.cells) / self.span) as u64,
        }
    }

    fn is_wide(&self, block: &Block) -> bool {
        u128::from(block.last.0.abs_diff(block.first.0)) * u128::from(self.cells) > self.span
    }

    /// The extremes of every bucket, in order.
    fn reduce(&self, items: impl Iterator<Item = Block>) -> Vec<MetricPoint> {
        let mut out = Vec::new();
        let mut bucket: Option<Block> = None;
        for item in items {
            match &mut bucket {
                Some(open) if open.count < self.most && self.cell(open.first.0) == self.cell(item.first.0) => {
                    open.merge(&item);
                }
                _ => {
                    if let Some(full) = bucket.replace(item) {
                        push_extremes(&full, &mut out);
                    }
                }
            }
        }
        if let Some(full) = bucket {
            push_extremes(&full, &mut out);
        }
        out
    }
}

fn push_extremes(bucket: &Block, out: &mut Vec<MetricPoint>) {
    let (early, late) =
        if bucket.min.recency(&bucket.max).is_le() { (bucket.min, bucket.max) } else { (bucket.max, bucket.min) };
    out.push(early);
    if late.recency(&early).is_ne() {
        out.push(late);
    }
}

fn with_ends(first: MetricPoint, mut inner: Vec<MetricPoint>, last: MetricPoint) -> Vec<MetricPoint> {
    inner.retain(|point| point.recency(&first).is_ne() && point.recency(&last).is_ne());
    let mut all = Vec::with_capacity(inner.len() + 2);
    all.push(first);
    all.append(&mut inner);
    all.push(last);
    all
}

/// As `metric_reduced`, using pages however short the stretch.
#[cfg(test)]
pub(super) fn reduced_by_pages(
    sql: &Connection,
    run: &RunId,
    key: &str,
    steps: Option<(i64, i64)>,
    buckets: usize,
) -> Result<ReducedHistory> {
    match locate(sql, run, key)? {
        Some(series) => reduced(sql, &series, range_of(steps), buckets, 0),
        None => Ok(ReducedHistory { points: Vec::new(), total: 0, exact: true }),
    }
}
