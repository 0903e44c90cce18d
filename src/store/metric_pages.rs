//! The min-max pyramid of long series: packed summaries of consecutive points.
//!
//! Invariants: pages of a series do not overlap, nor do blocks of a page; both begin and end between two different
//! (step, timestamp), so a range of places names exactly the points of a block. Points are never changed or removed,
//! so a point that arrives late only has to be merged into the block that covers its place.

use rusqlite::{Connection, OptionalExtension as _, params};

use super::{Result, StoreError, StoreErrorKind};
use crate::domain::MetricPoint;

/// Where a point lies in its series: step, then timestamp.
pub(super) type Place = (i64, i64);

/// The least and greatest place.
pub(super) const WHOLE: (Place, Place) = ((i64::MIN, i64::MIN), (i64::MAX, i64::MAX));

/// How many points a block and how many blocks a fresh page holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct PageSizes {
    pub(super) block: usize,
    pub(super) blocks: usize,
}

impl Default for PageSizes {
    fn default() -> Self {
        Self { block: 64, blocks: 64 }
    }
}

impl PageSizes {
    fn page(self) -> usize {
        self.block * self.blocks
    }

    /// How many points may lie outside pages before pages are built for them.
    pub(super) fn slack(self) -> u64 {
        2 * self.page() as u64
    }
}

/// The place of a point.
pub(super) fn place(point: &MetricPoint) -> Place {
    (point.step, point.timestamp)
}

/// The next place, if there is one.
pub(super) fn after((step, timestamp): Place) -> Option<Place> {
    match timestamp.checked_add(1) {
        Some(next) => Some((step, next)),
        None => step.checked_add(1).map(|next| (next, i64::MIN)),
    }
}

/// The place before, if there is one.
pub(super) fn before((step, timestamp): Place) -> Option<Place> {
    match timestamp.checked_sub(1) {
        Some(previous) => Some((step, previous)),
        None => step.checked_sub(1).map(|previous| (previous, i64::MAX)),
    }
}

/// The extremes of consecutive points. While all are NaN, `min` and `max` are the first of them.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Block {
    pub(super) first: Place,
    pub(super) last: Place,
    pub(super) min: MetricPoint,
    pub(super) max: MetricPoint,
    pub(super) count: u64,
}

/// Bytes of a packed block: eleven numbers of eight bytes.
const BLOCK_BYTES: usize = 88;

impl Block {
    /// The block of one point.
    pub(super) fn of(point: MetricPoint) -> Self {
        Self { first: place(&point), last: place(&point), min: point, max: point, count: 1 }
    }

    /// Takes in a point.
    pub(super) fn add(&mut self, point: MetricPoint) {
        self.merge(&Self::of(point));
    }

    /// Takes in all points of another block.
    pub(super) fn merge(&mut self, other: &Self) {
        self.first = self.first.min(other.first);
        self.last = self.last.max(other.last);
        if beats(&other.min, &self.min, |a, b| a < b) {
            self.min = other.min;
        }
        if beats(&other.max, &self.max, |a, b| a > b) {
            self.max = other.max;
        }
        self.count += other.count;
    }

    fn pack(&self, into: &mut Vec<u8>) {
        for (step, timestamp) in [self.first, self.last] {
            into.extend(step.to_le_bytes());
            into.extend(timestamp.to_le_bytes());
        }
        for point in [self.min, self.max] {
            into.extend(point.step.to_le_bytes());
            into.extend(point.timestamp.to_le_bytes());
            into.extend(point.value.to_le_bytes());
        }
        into.extend(self.count.to_le_bytes());
    }

    fn unpack(bytes: &[u8]) -> Option<Self> {
        let mut numbers = bytes.chunks_exact(8).map(|chunk| chunk.try_into().map(i64::from_le_bytes));
        let mut next = || numbers.next()?.ok();
        let first = (next()?, next()?);
        let last = (next()?, next()?);
        let mut point = || {
            let (step, timestamp) = (next()?, next()?);
            Some(MetricPoint { step, timestamp, value: f64::from_bits(next()? as u64) })
        };
        let (min, max) = (point()?, point()?);
        Some(Self { first, last, min, max, count: next()? as u64 })
    }
}

/// Whether `new` replaces `old` as an extreme: numbers beat NaN, and of equals the earlier wins.
pub(super) fn beats(new: &MetricPoint, old: &MetricPoint, better: impl Fn(f64, f64) -> bool) -> bool {
    match (new.value.is_nan(), old.value.is_nan()) {
        (true, false) => false,
        (false, true) => true,
        (true, true) => place(new) < place(old),
        (false, false) => better(new.value, old.value) || (new.value == old.value && place(new) < place(old)),
    }
}

/// A stretch of a series.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Page {
    pub(super) first: Place,
    pub(super) last: Place,
    pub(super) blocks: Vec<Block>,
}

fn unpack_blocks(bytes: &[u8]) -> Result<Vec<Block>> {
    let (chunks, rest) = bytes.as_chunks::<BLOCK_BYTES>();
    let blocks: Option<Vec<Block>> = chunks.iter().map(|chunk| Block::unpack(chunk)).collect();
    blocks.filter(|_| rest.is_empty()).ok_or_else(|| {
        StoreError::new(
            StoreErrorKind::Corrupt,
            "The workspace's database is damaged: a summary of a metric cannot be read.",
        )
    })
}

fn pack_blocks(blocks: &[Block]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(blocks.len() * BLOCK_BYTES);
    for block in blocks {
        block.pack(&mut bytes);
    }
    bytes
}

/// The pages that touch a closed range of places, in order.
pub(super) fn pages_between(sql: &Connection, run: i64, key: i64, range: (Place, Place)) -> Result<Vec<Page>> {
    let mut statement = sql.prepare_cached(
        "SELECT first_step, first_timestamp, last_step, last_timestamp, blocks FROM metric_page
         WHERE run_id = ?1 AND key_id = ?2 AND (first_step, first_timestamp) <= (?3, ?4)
           AND (last_step, last_timestamp) >= (?5, ?6)
         ORDER BY first_step, first_timestamp",
    )?;
    let (low, high) = range;
    let mut rows = statement.query(params![run, key, high.0, high.1, low.0, low.1])?;
    let mut pages = Vec::new();
    while let Some(row) = rows.next()? {
        pages.push(Page {
            first: (row.get(0)?, row.get(1)?),
            last: (row.get(2)?, row.get(3)?),
            blocks: unpack_blocks(row.get_ref(4)?.as_blob().map_err(rusqlite::Error::from)?)?,
        });
    }
    Ok(pages)
}

/// Calls `each` with the points in a closed range of places, in (step, timestamp, value) order.
pub(super) fn for_each_point(
    sql: &Connection,
    run: i64,
    key: i64,
    (low, high): (Place, Place),
    mut each: impl FnMut(MetricPoint) -> Result<()>,
) -> Result<()> {
    let mut statement = sql.prepare_cached(
        "SELECT step, timestamp, is_nan, value FROM metric_point
         WHERE run_id = ?1 AND key_id = ?2 AND (step, timestamp) >= (?3, ?4) AND (step, timestamp) <= (?5, ?6)
         ORDER BY step, timestamp, is_nan DESC, value",
    )?;
    let mut rows = statement.query(params![run, key, low.0, low.1, high.0, high.1])?;
    while let Some(row) = rows.next()? {
        each(point_from(row)?)?;
    }
    Ok(())
}

/// A point from a row that begins with step, timestamp, `is_nan`, value.
pub(super) fn point_from(row: &rusqlite::Row<'_>) -> rusqlite::Result<MetricPoint> {
    let is_nan: i64 = row.get(2)?;
    let value = if is_nan == 0 { row.get(3)? } else { f64::NAN };
    Ok(MetricPoint { step: row.get(0)?, timestamp: row.get(1)?, value })
}

/// Merges points that arrive in place order into the pages that cover them, one page at a time.
pub(super) struct Merger<'c> {
    sql: &'c Connection,
    run: i64,
    key: i64,
    sizes: PageSizes,
    /// The end of the last page: what lies behind needs no look.
    end: Option<Place>,
    open: Option<OpenPage>,
    /// How the number of points in pages changed.
    change: i64,
}

struct OpenPage {
    id: i64,
    page: Page,
    count: i64,
    built_count: i64,
    changed: bool,
}

impl<'c> Merger<'c> {
    pub(super) fn new(sql: &'c Connection, run: i64, key: i64, sizes: PageSizes) -> Result<Self> {
        let end = sql
            .prepare_cached(
                "SELECT last_step, last_timestamp FROM metric_page WHERE run_id = ?1 AND key_id = ?2
                 ORDER BY first_step DESC, first_timestamp DESC LIMIT 1",
            )?
            .query_row([run, key], |row| Ok((row.get(0)?, row.get(1)?)))
            .optional()?;
        Ok(Self { sql, run, key, sizes, end, open: None, change: 0 })
    }

    /// Takes in a point that was just stored.
    pub(super) fn add(&mut self, point: MetricPoint) -> Result<()> {
        let at = place(&point);
        if self.end.is_none_or(|end| at > end) {
            return Ok(());
        }
        let covers = |open: &OpenPage| open.page.first <= at && at <= open.page.last;
        if !self.open.as_ref().is_some_and(covers) {
            self.close()?;
            self.open = self.find(at)?.filter(covers);
        }
        let Some(open) = &mut self.open else { return Ok(()) };
        let index = open.page.blocks.partition_point(|block| block.first <= at).saturating_sub(1);
        if let Some(block) = open.page.blocks.get_mut(index) {
            block.add(point);
            open.count += 1;
            open.changed = true;
            self.change += 1;
        }
        Ok(())
    }

    fn find(&self, at: Place) -> Result<Option<OpenPage>> {
        let mut statement = self.sql.prepare_cached(
            "SELECT first_step, first_timestamp, last_step, last_timestamp, blocks, id, count, built_count
             FROM metric_page
             WHERE run_id = ?1 AND key_id = ?2 AND (first_step, first_timestamp) <= (?3, ?4)
             ORDER BY first_step DESC, first_timestamp DESC LIMIT 1",
        )?;
        let mut rows = statement.query(params![self.run, self.key, at.0, at.1])?;
        let Some(row) = rows.next()? else { return Ok(None) };
        let page = Page {
            first: (row.get(0)?, row.get(1)?),
            last: (row.get(2)?, row.get(3)?),
            blocks: unpack_blocks(row.get_ref(4)?.as_blob().map_err(rusqlite::Error::from)?)?,
        };
        Ok(Some(OpenPage { id: row.get(5)?, page, count: row.get(6)?, built_count: row.get(7)?, changed: false }))
    }

    /// Writes back what is open; answers how the number of points in pages changed.
    pub(super) fn close_all(mut self) -> Result<i64> {
        self.close()?;
        Ok(self.change)
    }

    /// Writes the open page back. One that has grown a lot is dropped instead, to be rebuilt from its points.
    fn close(&mut self) -> Result<()> {
        let Some(open) = self.open.take().filter(|open| open.changed) else { return Ok(()) };
        let outgrown = open.count >= 2 * open.built_count && open.count >= 2 * self.sizes.slack() as i64;
        if outgrown {
            self.sql.prepare_cached("DELETE FROM metric_page WHERE id = ?1")?.execute([open.id])?;
            self.change -= open.count;
        } else {
            self.sql
                .prepare_cached("UPDATE metric_page SET count = ?2, blocks = ?3 WHERE id = ?1")?
                .execute(params![open.id, open.count, pack_blocks(&open.page.blocks)])?;
        }
        Ok(())
    }
}

/// Builds pages for all points that no page covers, but for a tail shorter than a page. Answers how many points pages
/// cover now.
pub(super) fn build_pages(sql: &Connection, run: i64, key: i64, sizes: PageSizes) -> Result<u64> {
    let mut covered = Vec::new();
    let mut total = 0;
    {
        let mut statement = sql.prepare_cached(
            "SELECT first_step, first_timestamp, last_step, last_timestamp, count FROM metric_page
             WHERE run_id = ?1 AND key_id = ?2 ORDER BY first_step, first_timestamp",
        )?;
        let mut rows = statement.query([run, key])?;
        while let Some(row) = rows.next()? {
            let (first, last): (Place, Place) = ((row.get(0)?, row.get(1)?), (row.get(2)?, row.get(3)?));
            covered.push((first, last));
            total += row.get::<_, i64>(4)? as u64;
        }
    }
    for (range, is_tail) in gaps(&covered) {
        total += build_gap(sql, run, key, sizes, range, is_tail)?;
    }
    Ok(total)
}

/// The closed ranges between pages, and whether each is the last.
fn gaps(covered: &[(Place, Place)]) -> Vec<((Place, Place), bool)> {
    let mut gaps = Vec::with_capacity(covered.len() + 1);
    let mut start = Some(WHOLE.0);
    for (first, last) in covered {
        if let (Some(low), Some(high)) = (start, before(*first))
            && low <= high
        {
            gaps.push(((low, high), false));
        }
        start = after(*last);
    }
    if let Some(low) = start {
        gaps.push(((low, WHOLE.1), true));
    }
    gaps
}

fn build_gap(
    sql: &Connection,
    run: i64,
    key: i64,
    sizes: PageSizes,
    range: (Place, Place),
    is_tail: bool,
) -> Result<u64> {
    let mut blocks: Vec<Block> = Vec::with_capacity(sizes.blocks);
    let mut in_page = 0;
    let mut total = 0;
    for_each_point(sql, run, key, range, |point| {
        let at = place(&point);
        match blocks.last_mut() {
            Some(block) if block.count < sizes.block as u64 || block.last == at => block.add(point),
            _ => {
                if blocks.len() >= sizes.blocks {
                    insert_page(sql, run, key, &blocks, in_page)?;
                    total += in_page;
                    blocks.clear();
                    in_page = 0;
                }
                blocks.push(Block::of(point));
            }
        }
        in_page += 1;
        Ok(())
    })?;
    // A tail of many points at one place is not left to be read again and again.
    if !blocks.is_empty() && (!is_tail || in_page >= sizes.page() as u64) {
        insert_page(sql, run, key, &blocks, in_page)?;
        total += in_page;
    }
    Ok(total)
}

fn insert_page(sql: &Connection, run: i64, key: i64, blocks: &[Block], count: u64) -> Result<()> {
    let (Some(first), Some(last)) = (blocks.first(), blocks.last()) else { return Ok(()) };
    sql.prepare_cached(
        "INSERT INTO metric_page (run_id, key_id, first_step, first_timestamp, last_step, last_timestamp, count,
                                  built_count, blocks)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?7, ?8)",
    )?
    .execute(params![
        run,
        key,
        first.first.0,
        first.first.1,
        last.last.0,
        last.last.1,
        count as i64,
        pack_blocks(blocks)
    ])?;
    Ok(())
}
