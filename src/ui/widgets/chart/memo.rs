//! What a chart keeps between frames: reduced lines and bounds, each with what it was made from.

use crate::stats::decimate::{Envelope, finite_bounds};

use super::ChartSeries;

/// The reduced lines of one series for one range and width.
pub(super) struct Lines {
    key: Key,
    pub(super) raw: Envelope,
    pub(super) smoothed: Option<Envelope>,
}

#[derive(Clone, Copy, PartialEq)]
struct Key {
    revision: u64,
    range: (f64, f64),
    width_px: usize,
}

/// Kept by the caller from frame to frame, one a chart. Dropping it costs one recomputation and the keyboard's place.
#[derive(Default)]
pub struct ChartMemo {
    lines: Vec<Lines>,
    /// Bounds of all data of each series, by revision.
    bounds: Vec<(u64, Option<(f64, f64)>)>,
    /// The crosshair that the keyboard moves.
    pub(super) keyboard_x: Option<f64>,
    /// Where the drag under way began; the pointer forgets it on release.
    pub(super) drag_start: Option<egui::Pos2>,
    /// Counts recomputations, so that tests can prove that an idle frame computes nothing.
    computed: u64,
}

impl ChartMemo {
    /// How many lines have been reduced so far.
    pub fn computed(&self) -> u64 {
        self.computed
    }

    /// Makes sure that the reduced lines fit data, range and width.
    pub(super) fn update(&mut self, series: &[ChartSeries<'_>], range: (f64, f64), width_px: usize) {
        self.lines.truncate(series.len());
        for (index, series) in series.iter().enumerate() {
            let key = Key { revision: series.revision, range, width_px };
            if self.lines.get(index).is_some_and(|lines| lines.key == key) {
                continue;
            }
            self.computed += 1;
            let raw = series.data.envelope(range, width_px);
            let smoothed = series.data.smoothed_envelope(range, width_px);
            let lines = Lines { key, raw, smoothed };
            match self.lines.get_mut(index) {
                Some(slot) => *slot = lines,
                None => self.lines.push(lines),
            }
        }
    }

    pub(super) fn lines(&self, index: usize) -> Option<&Lines> {
        self.lines.get(index)
    }

    /// The y that must be visible: of all data, or of what a zoom in x shows.
    pub(super) fn y_bounds(&mut self, series: &[ChartSeries<'_>], zoom_x: Option<(f64, f64)>) -> Option<(f64, f64)> {
        let all = series.iter().enumerate().filter_map(|(index, series)| match zoom_x {
            Some(range) => {
                // The reduced line keeps every extreme, so its bounds are those of the data in the range.
                self.update_one(index, series, range).and_then(|lines| lines.bounds_within(range))
            }
            None => self.whole_bounds(index, series),
        });
        all.reduce(|(lo, hi), (a, b)| (lo.min(a), hi.max(b)))
    }

    fn update_one(&mut self, index: usize, series: &ChartSeries<'_>, range: (f64, f64)) -> Option<&Lines> {
        let is_fresh = self
            .lines
            .get(index)
            .is_some_and(|lines| lines.key.revision == series.revision && lines.key.range == range);
        if !is_fresh {
            let width_px = self.lines.get(index).map_or(1000, |lines| lines.key.width_px);
            let raw = series.data.envelope(range, width_px);
            let smoothed = series.data.smoothed_envelope(range, width_px);
            let lines = Lines { key: Key { revision: series.revision, range, width_px }, raw, smoothed };
            self.computed += 1;
            match self.lines.get_mut(index) {
                Some(slot) => *slot = lines,
                None => self.lines.push(lines),
            }
        }
        self.lines.get(index)
    }

    fn whole_bounds(&mut self, index: usize, series: &ChartSeries<'_>) -> Option<(f64, f64)> {
        if self.bounds.len() <= index {
            self.bounds.resize(index + 1, (u64::MAX, None));
        }
        let slot = self.bounds.get_mut(index)?;
        if slot.0 != series.revision {
            *slot = (series.revision, series.data.y_bounds());
        }
        slot.1
    }
}

impl Lines {
    fn bounds_within(&self, (lo, hi): (f64, f64)) -> Option<(f64, f64)> {
        let inside = self.raw.points.iter().filter(|point| point[0] >= lo && point[0] <= hi);
        finite_bounds(inside.map(|point| point[1])).or_else(|| self.raw.y_bounds())
    }
}
