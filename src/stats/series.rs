//! A logged series made ready for a chart: axis chosen, scales applied, smoothed over all points, in ascending x.
//!
//! What cannot be drawn is counted, never dropped in silence. Coordinates are those of the plot (log10 of a value on a
//! logarithmic axis); [`Prepared::logged`] gives back what was logged at a place.

use serde::{Deserialize, Serialize};

use super::decimate::{Envelope, decimate, finite_bounds};
use super::smooth::Smoothing;

/// What the x axis shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub enum XAxis {
    #[default]
    Step,
    /// Seconds since the series' origin (the first logged point or the run's start).
    Relative,
    /// Unix milliseconds, UTC.
    Wall,
}

/// How to prepare a series.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct SeriesSpec {
    pub x_axis: XAxis,
    pub log_x: bool,
    pub log_y: bool,
    pub smoothing: Smoothing,
}

/// A part of the plane, in plot coordinates; an axis that is `None` shows everything.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Zoom {
    pub x: Option<(f64, f64)>,
    pub y: Option<(f64, f64)>,
}

impl Zoom {
    /// Whether everything is shown.
    pub fn is_all(self) -> bool {
        self.x.is_none() && self.y.is_none()
    }
}

/// One logged point: step, Unix milliseconds, value.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Sample {
    pub step: i64,
    pub time_ms: i64,
    pub value: f64,
}

/// A series ready for decimation and drawing.
#[derive(Debug, Clone, Default)]
pub struct Prepared {
    spec: SeriesSpec,
    /// In ascending x; y may be NaN or infinite.
    raw: Vec<[f64; 2]>,
    smoothed: Option<Vec<[f64; 2]>>,
    /// The samples behind `raw`, in the same order.
    samples: Vec<Sample>,
    hidden_x: usize,
    hidden_y: usize,
}

impl Prepared {
    /// Prepares samples that are in (step, time) order. `origin_ms` is where relative time starts.
    pub fn new(samples: impl IntoIterator<Item = Sample>, origin_ms: i64, spec: SeriesSpec) -> Self {
        let mut samples: Vec<Sample> = samples.into_iter().collect();
        if spec.x_axis != XAxis::Step {
            samples.sort_by_key(|sample| sample.time_ms);
        }
        let linear_x = |sample: &Sample| match spec.x_axis {
            XAxis::Step => sample.step as f64,
            XAxis::Relative => sample.time_ms.saturating_sub(origin_ms) as f64 / 1000.0,
            XAxis::Wall => sample.time_ms as f64,
        };
        // A time axis of dates has no meaningful logarithm.
        let log_x = spec.log_x && spec.x_axis != XAxis::Wall;
        let smoothed = (!spec.smoothing.is_none()).then(|| {
            let xs: Vec<f64> = samples.iter().map(linear_x).collect();
            let ys: Vec<f64> = samples.iter().map(|sample| sample.value).collect();
            spec.smoothing.apply(&xs, &ys)
        });

        let n_samples = samples.len();
        let mut prepared = Self { spec, raw: Vec::with_capacity(n_samples), ..Self::default() };
        prepared.smoothed = smoothed.as_ref().map(|_| Vec::with_capacity(n_samples));
        let mut smoothed_values = smoothed.into_iter().flatten();
        samples.retain(|sample| {
            let smooth = smoothed_values.next();
            let x = linear_x(sample);
            if log_x && x <= 0.0 {
                prepared.hidden_x += 1;
                return false;
            }
            let x = if log_x { x.log10() } else { x };
            prepared.raw.push([x, scale_y(sample.value, spec.log_y)]);
            prepared.hidden_y += usize::from(spec.log_y && sample.value <= 0.0);
            if let (Some(line), Some(y)) = (prepared.smoothed.as_mut(), smooth) {
                line.push([x, scale_y(y, spec.log_y)]);
            }
            true
        });
        prepared.samples = samples;
        prepared
    }

    /// The specification that this was made for.
    pub fn spec(&self) -> SeriesSpec {
        self.spec
    }

    /// The points in plot coordinates, ascending in x.
    pub fn raw(&self) -> &[[f64; 2]] {
        &self.raw
    }

    /// The smoothed points, when smoothing was asked for.
    pub fn smoothed(&self) -> Option<&[[f64; 2]]> {
        self.smoothed.as_deref()
    }

    /// Values ≤ 0 that a logarithmic x axis cannot show.
    pub fn hidden_x(&self) -> usize {
        self.hidden_x
    }

    /// Values ≤ 0 that a logarithmic y axis cannot show.
    pub fn hidden_y(&self) -> usize {
        self.hidden_y
    }

    pub fn len(&self) -> usize {
        self.raw.len()
    }

    pub fn is_empty(&self) -> bool {
        self.raw.is_empty()
    }

    /// The first and last x.
    pub fn x_bounds(&self) -> Option<(f64, f64)> {
        Some((self.raw.first()?[0], self.raw.last()?[0]))
    }

    /// The lowest and highest finite y of all points, raw ones included so that smoothing never crops them.
    pub fn y_bounds(&self) -> Option<(f64, f64)> {
        finite_bounds(self.raw.iter().map(|point| point[1]))
    }

    /// What was logged at an index of [`Self::raw`].
    pub fn logged(&self, index: usize) -> Option<Sample> {
        self.samples.get(index).copied()
    }

    /// All samples in the order of the axis, for a table of the data.
    pub fn samples(&self) -> &[Sample] {
        &self.samples
    }

    /// The smoothed value at an index, in the metric's own units.
    pub fn smoothed_value(&self, index: usize) -> Option<f64> {
        let y = self.smoothed.as_ref()?.get(index)?[1];
        Some(if self.spec.log_y { 10_f64.powf(y) } else { y })
    }

    /// The index of the point whose x is nearest; the later one when two are as near.
    pub fn nearest(&self, x: f64) -> Option<usize> {
        let right = self.raw.partition_point(|point| point[0] <= x);
        let left = right.checked_sub(1);
        match (left, self.raw.get(right)) {
            (None, None) => None,
            (Some(left), None) => Some(left),
            (None, Some(_)) => Some(right),
            (Some(left), Some(after)) => {
                let before = self.raw.get(left)?;
                if x - before[0] <= after[0] - x { Some(left) } else { Some(right) }
            }
        }
    }

    /// The raw line within a range, reduced to `buckets` columns.
    pub fn envelope(&self, range: (f64, f64), buckets: usize) -> Envelope {
        decimate(&self.raw, range, buckets)
    }

    /// The smoothed line within a range, if there is one.
    pub fn smoothed_envelope(&self, range: (f64, f64), buckets: usize) -> Option<Envelope> {
        self.smoothed.as_ref().map(|line| decimate(line, range, buckets))
    }
}

/// A value on the y axis; on a logarithmic one, what is not above zero becomes a gap.
fn scale_y(value: f64, log: bool) -> f64 {
    if !log {
        value
    } else if value <= 0.0 {
        f64::NAN
    } else {
        value.log10()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn samples(values: &[f64]) -> Vec<Sample> {
        let sample = |(i, value): (usize, &f64)| Sample { step: i as i64, time_ms: 1000 * i as i64, value: *value };
        values.iter().enumerate().map(sample).collect()
    }

    #[test]
    fn log_axes_count_what_they_cannot_show() {
        let spec = SeriesSpec { log_x: true, log_y: true, ..SeriesSpec::default() };
        let prepared = Prepared::new(samples(&[1.0, 10.0, 0.0, -1.0, 100.0]), 0, spec);
        assert_eq!((prepared.hidden_x(), prepared.hidden_y()), (1, 2));
        assert_eq!(prepared.raw().first(), Some(&[0.0, 1.0]));
        assert_eq!(prepared.raw().last(), Some(&[4.0_f64.log10(), 2.0]));
        assert_eq!(prepared.logged(1).map(|sample| sample.value), Some(0.0));
    }

    #[test]
    fn wall_and_relative_axes_follow_time_not_step() {
        let out_of_order =
            [Sample { step: 0, time_ms: 5_000, value: 1.0 }, Sample { step: 1, time_ms: 2_000, value: 2.0 }];
        let spec = SeriesSpec { x_axis: XAxis::Relative, ..SeriesSpec::default() };
        let prepared = Prepared::new(out_of_order, 2_000, spec);
        assert_eq!(prepared.raw(), &[[0.0, 2.0], [3.0, 1.0]]);
    }

    #[test]
    fn smoothing_does_not_depend_on_the_zoom() {
        let values: Vec<f64> = (0..10_000).map(|i| (f64::from(i) / 50.0).sin()).collect();
        let spec = SeriesSpec { smoothing: Smoothing::Ema(0.9), ..SeriesSpec::default() };
        let prepared = Prepared::new(samples(&values), 0, spec);
        let wide = prepared.smoothed_envelope((0.0, 9999.0), 10_000).unwrap_or_default();
        let narrow = prepared.smoothed_envelope((5000.0, 5010.0), 100).unwrap_or_default();
        let at = |envelope: &Envelope| envelope.points.iter().find(|point| point[0] == 5005.0).copied();
        assert!(at(&wide).is_some());
        assert_eq!(at(&wide), at(&narrow));
    }

    #[test]
    fn nearest_finds_the_closest_point_and_prefers_the_later_of_equals() {
        let prepared = Prepared::new(samples(&[5.0, 6.0, 7.0]), 0, SeriesSpec::default());
        assert_eq!(prepared.nearest(-3.0), Some(0));
        assert_eq!(prepared.nearest(1.4), Some(1));
        assert_eq!(prepared.nearest(1.6), Some(2));
        assert_eq!(prepared.nearest(99.0), Some(2));
        assert_eq!(Prepared::default().nearest(0.0), None);
    }
}
