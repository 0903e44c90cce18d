//! Writing points, and keeping each series' summary and pages in step with them.
//!
//! Invariant: an exact duplicate of a stored point changes nothing.

use std::collections::HashMap;

use rusqlite::{OptionalExtension as _, Row, params};

use super::Result;
use super::metric_pages::{Merger, beats, build_pages, place};
use super::runs::RunRef;
use super::writer::Tx;
use crate::domain::{DatasetRef, LoggedModelId, Metric, MetricPoint, MetricSummary};

/// Points of one key, in (step, timestamp, value) order.
pub(super) struct Series {
    pub(super) key: String,
    pub(super) points: Vec<MetricPoint>,
}

/// A point that was also measured on a logged model.
pub(super) struct ModelPoint {
    pub(super) key: String,
    pub(super) point: MetricPoint,
    pub(super) model: LoggedModelId,
    pub(super) dataset: Option<DatasetRef>,
}

/// Sorts metrics by key, in the order in which keys first appear, off the writer's thread.
pub(super) fn group(metrics: &[Metric]) -> (Vec<Series>, Vec<ModelPoint>) {
    let mut by_key: HashMap<&str, usize> = HashMap::new();
    let mut series: Vec<Series> = Vec::new();
    let mut model_points = Vec::new();
    for metric in metrics {
        let index = *by_key.entry(metric.key.as_str()).or_insert_with(|| {
            series.push(Series { key: metric.key.clone(), points: Vec::new() });
            series.len() - 1
        });
        if let Some(series) = series.get_mut(index) {
            series.points.push(metric.point);
        }
        if let Some(model) = &metric.model_id {
            model_points.push(ModelPoint {
                key: metric.key.clone(),
                point: metric.point,
                model: model.clone(),
                dataset: metric.dataset.clone(),
            });
        }
    }
    for series in &mut series {
        series.points.sort_by(MetricPoint::recency);
    }
    (series, model_points)
}

/// What `metric_summary` holds of one series, beside its key.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Summary {
    position: i64,
    pub(super) count: u64,
    nan_count: u64,
    pub(super) paged: u64,
    /// Timestamps never fall while steps rise. May be `false` where it is true, never the reverse.
    pub(super) in_order: bool,
    pub(super) first: MetricPoint,
    pub(super) last: MetricPoint,
    /// NaN while all points are.
    min: MetricPoint,
    max: MetricPoint,
}

/// The columns that [`Summary::from_row`] reads, in its order.
pub(super) const SUMMARY_COLUMNS: &str = "position, count, nan_count, paged, in_order, first_step, first_timestamp, \
     first_value, last_step, last_timestamp, last_value, min_step, min_timestamp, min_value, max_step, max_timestamp, \
     max_value";

impl Summary {
    fn of(point: MetricPoint, position: i64) -> Self {
        Self {
            position,
            count: 1,
            nan_count: u64::from(point.value.is_nan()),
            paged: 0,
            in_order: true,
            first: point,
            last: point,
            min: point,
            max: point,
        }
    }

    fn add(&mut self, point: MetricPoint) {
        let at = place(&point);
        let fits = if at >= place(&self.last) {
            point.timestamp >= self.last.timestamp
        } else {
            at <= place(&self.first) && point.timestamp <= self.first.timestamp
        };
        if point.recency(&self.first).is_lt() {
            self.first = point;
        }
        if point.recency(&self.last).is_gt() {
            self.last = point;
        }
        self.in_order = self.in_order && (fits || self.first.step == self.last.step);
        if beats(&point, &self.min, |a, b| a < b) {
            self.min = point;
        }
        if beats(&point, &self.max, |a, b| a > b) {
            self.max = point;
        }
        self.count += 1;
        self.nan_count += u64::from(point.value.is_nan());
    }

    /// Reads [`SUMMARY_COLUMNS`], which begin at column `at`.
    pub(super) fn from_row(row: &Row<'_>, at: usize) -> rusqlite::Result<Self> {
        let point = |at: usize| -> rusqlite::Result<Option<MetricPoint>> {
            let Some(step) = row.get(at)? else { return Ok(None) };
            let value: Option<f64> = row.get(at + 2)?;
            Ok(Some(MetricPoint { step, timestamp: row.get(at + 1)?, value: value.unwrap_or(f64::NAN) }))
        };
        let missing = || rusqlite::Error::InvalidColumnType(at, "point".to_owned(), rusqlite::types::Type::Null);
        let first = point(at + 5)?.ok_or_else(missing)?;
        let last = point(at + 8)?.ok_or_else(missing)?;
        Ok(Self {
            position: row.get(at)?,
            count: row.get::<_, i64>(at + 1)? as u64,
            nan_count: row.get::<_, i64>(at + 2)? as u64,
            paged: row.get::<_, i64>(at + 3)? as u64,
            in_order: row.get(at + 4)?,
            first,
            last,
            min: point(at + 11)?.unwrap_or(first),
            max: point(at + 14)?.unwrap_or(first),
        })
    }

    /// Orders keys by when they were first logged.
    pub(super) fn position(&self) -> i64 {
        self.position
    }

    pub(super) fn into_domain(self, key: String) -> MetricSummary {
        let extreme = |point: MetricPoint| (!point.value.is_nan()).then_some(point);
        MetricSummary {
            key,
            count: self.count,
            nan_count: self.nan_count,
            first: self.first,
            last: self.last,
            min: extreme(self.min),
            max: extreme(self.max),
        }
    }
}

/// Reads the summary of a series.
pub(super) fn summary(sql: &rusqlite::Connection, experiment: i64, key: i64, run: i64) -> Result<Option<Summary>> {
    let mut statement = sql.prepare_cached(
        "SELECT position, count, nan_count, paged, in_order, first_step, first_timestamp, first_value, last_step,
             last_timestamp, last_value, min_step, min_timestamp, min_value, max_step, max_timestamp, max_value
         FROM metric_summary WHERE experiment_id = ?1 AND key_id = ?2 AND run_id = ?3",
    )?;
    Ok(statement.query_row([experiment, key, run], |row| Summary::from_row(row, 0)).optional()?)
}

/// Stores points of one key of a run; answers how many were new.
pub(super) fn write_series(tx: &mut Tx<'_>, run: &RunRef, series: &Series) -> Result<u64> {
    let key = tx.key_id(&series.key)?;
    let before = summary(tx.sql(), run.experiment, key, run.row)?;
    let is_new = before.is_none();
    let mut now = before;
    let mut added = 0;
    // Behind this place there are no pages to keep in step.
    let paged_to = now.as_ref().filter(|summary| summary.paged > 0).map(|summary| place(&summary.last));
    let mut merger: Option<Merger<'_>> = None;
    {
        let mut insert = tx.sql().prepare_cached(
            "INSERT OR IGNORE INTO metric_point (run_id, key_id, step, timestamp, is_nan, value)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        )?;
        for point in &series.points {
            let is_nan = point.value.is_nan();
            let value = if is_nan { 0.0 } else { point.value };
            if insert.execute(params![run.row, key, point.step, point.timestamp, is_nan, value])? == 0 {
                continue;
            }
            added += 1;
            match &mut now {
                Some(summary) => summary.add(*point),
                None => now = Some(Summary::of(*point, 0)),
            }
            if paged_to.is_some_and(|end| place(point) <= end) {
                let merger = match &mut merger {
                    Some(merger) => merger,
                    None => merger.insert(Merger::new(tx.sql(), run.row, key, tx.sizes)?),
                };
                merger.add(*point)?;
            }
        }
    }
    let change = merger.map_or(Ok(0), Merger::close_all)?;
    let Some(mut now) = now.filter(|_| added > 0) else { return Ok(0) };
    now.paged = now.paged.saturating_add_signed(change);
    if now.count - now.paged.min(now.count) >= tx.sizes.slack() {
        now.paged = build_pages(tx.sql(), run.row, key, tx.sizes)?;
    }
    if is_new {
        now.position = tx.position()?;
        count_use(tx, run.experiment, Kind::Metric, key, None)?;
    }
    write_summary(tx, run, key, &now)?;
    Ok(added)
}

fn write_summary(tx: &Tx<'_>, run: &RunRef, key: i64, summary: &Summary) -> Result<()> {
    // SQLite stores NaN as NULL, which is how the first and last value say it.
    let extreme = |point: MetricPoint| {
        let known = !point.value.is_nan();
        (known.then_some(point.step), known.then_some(point.timestamp), known.then_some(point.value))
    };
    let (min, max) = (extreme(summary.min), extreme(summary.max));
    tx.sql()
        .prepare_cached(
            "INSERT INTO metric_summary (experiment_id, key_id, run_id, position, count, nan_count, paged, in_order,
                 first_step, first_timestamp, first_value, last_step, last_timestamp, last_value,
                 min_step, min_timestamp, min_value, max_step, max_timestamp, max_value)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20)
             ON CONFLICT DO UPDATE SET count = ?5, nan_count = ?6, paged = ?7, in_order = ?8,
                 first_step = ?9, first_timestamp = ?10, first_value = ?11,
                 last_step = ?12, last_timestamp = ?13, last_value = ?14,
                 min_step = ?15, min_timestamp = ?16, min_value = ?17,
                 max_step = ?18, max_timestamp = ?19, max_value = ?20",
        )?
        .execute(params![
            run.experiment,
            key,
            run.row,
            summary.position,
            summary.count as i64,
            summary.nan_count as i64,
            summary.paged as i64,
            summary.in_order,
            summary.first.step,
            summary.first.timestamp,
            summary.first.value,
            summary.last.step,
            summary.last.timestamp,
            summary.last.value,
            min.0,
            min.1,
            min.2,
            max.0,
            max.1,
            max.2,
        ])?;
    Ok(())
}

/// The kinds of key that `key_use` counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Metric = 0,
    Param = 1,
    Tag = 2,
}

/// Notes that a run got a key.
pub(super) fn count_use(tx: &Tx<'_>, experiment: i64, kind: Kind, key: i64, value: Option<&str>) -> Result<()> {
    // Metrics go on changing, so that what is noted when they are first logged says nothing.
    let varied = value.is_none();
    tx.sql()
        .prepare_cached(
            "INSERT INTO key_use (experiment_id, kind, key_id, run_count, value_hash, varied)
             VALUES (?1, ?2, ?3, 1, ?4, ?5)
             ON CONFLICT DO UPDATE SET run_count = run_count + 1, varied = varied OR value_hash <> ?4",
        )?
        .execute(params![experiment, kind as i64, key, value.map_or(0, stable_hash), varied])?;
    Ok(())
}

/// Notes that the value of a key that a run has changed.
pub(super) fn note_change(tx: &Tx<'_>, experiment: i64, kind: Kind, key: i64) -> Result<()> {
    tx.sql()
        .prepare_cached(
            "UPDATE key_use SET varied = 1 WHERE experiment_id = ?1 AND kind = ?2 AND key_id = ?3 AND varied = 0",
        )?
        .execute([experiment, kind as i64, key])?;
    Ok(())
}

/// Notes that a run lost a key.
pub(super) fn discount_use(tx: &Tx<'_>, experiment: i64, kind: Kind, key: i64) -> Result<()> {
    tx.sql()
        .prepare_cached(
            "UPDATE key_use SET run_count = run_count - 1 WHERE experiment_id = ?1 AND kind = ?2 AND key_id = ?3",
        )?
        .execute([experiment, kind as i64, key])?;
    Ok(())
}

/// FNV-1a: the same in every version and process, since it is stored.
fn stable_hash(text: &str) -> i64 {
    let hash = text
        .bytes()
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
    hash as i64
}
