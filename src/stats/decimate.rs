//! Min-max reduction of a line to what a screen can show, without ever hiding an extreme.
//!
//! Every bucket (one per pixel column) keeps its lowest and its highest point at their own places, and the first and
//! last points of the stretch are always kept. Nothing is averaged and nothing is picked at random: each point given
//! back is a point that came in, so a spike of one point is still there at any zoom.

/// A stretch of a line, ready to be drawn.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Envelope {
    /// Points in ascending x. A NaN y is a gap in the line.
    pub points: Vec<[f64; 2]>,
    /// Points that lie within the range, drawable or not.
    pub total: usize,
    /// Whether every finite point of the range is among `points`.
    pub exact: bool,
    /// Where values that are not finite lie: at most one of each kind a bucket.
    pub marks: Vec<Mark>,
    /// How many NaN, +∞ and −∞ the range holds.
    pub nan_count: usize,
    pub pos_inf_count: usize,
    pub neg_inf_count: usize,
}

/// A value that has no place on the y axis, and its x.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Mark {
    pub x: f64,
    pub kind: MarkKind,
}

/// Which kind of value could not be drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum MarkKind {
    NotANumber,
    PositiveInfinity,
    NegativeInfinity,
}

impl MarkKind {
    fn of(y: f64) -> Option<Self> {
        match y {
            y if y.is_nan() => Some(Self::NotANumber),
            f64::INFINITY => Some(Self::PositiveInfinity),
            f64::NEG_INFINITY => Some(Self::NegativeInfinity),
            _ => None,
        }
    }
}

/// Reduces the points whose x lies in the closed `range` to at most two a bucket, plus the first and last.
///
/// `points` must be in ascending x without NaN in x. One point before and one after the range are kept too where there
/// are such points, so that the line runs to the edges; they count in no total.
pub fn decimate(points: &[[f64; 2]], range: (f64, f64), buckets: usize) -> Envelope {
    let (lo, hi) = range;
    let start = points.partition_point(|point| point[0] < lo);
    let end = start + points.get(start..).map_or(0, |rest| rest.partition_point(|point| point[0] <= hi));
    let inside = points.get(start..end).unwrap_or_default();
    let before = start.checked_sub(1).and_then(|index| points.get(index));
    let after = points.get(end);

    let mut envelope = Envelope { total: inside.len(), exact: true, ..Envelope::default() };
    envelope.points.extend(before);
    if inside.len() <= buckets.max(1) * 2 {
        copy_all(inside, &mut envelope);
    } else {
        reduce(inside, range, buckets.max(1), &mut envelope);
    }
    envelope.points.extend(after);
    envelope
}

fn copy_all(inside: &[[f64; 2]], envelope: &mut Envelope) {
    for &[x, y] in inside {
        if let Some(kind) = MarkKind::of(y) {
            envelope.count(kind, 1);
            envelope.marks.push(Mark { x, kind });
            envelope.points.push([x, f64::NAN]);
        } else {
            envelope.points.push([x, y]);
        }
    }
}

/// What one bucket has seen so far: where its extremes lie and where the first value of each undrawable kind was.
#[derive(Clone, Copy)]
struct Bucket {
    low: (f64, usize),
    high: (f64, usize),
    marks: [Option<f64>; 3],
    any_finite: bool,
}

impl Bucket {
    const EMPTY: Self =
        Self { low: (f64::INFINITY, 0), high: (f64::NEG_INFINITY, 0), marks: [None; 3], any_finite: false };
}

fn reduce(inside: &[[f64; 2]], (lo, hi): (f64, f64), buckets: usize, envelope: &mut Envelope) {
    let scale = if hi > lo { buckets as f64 / (hi - lo) } else { 0.0 };
    let bucket_of = |x: f64| (((x - lo) * scale) as usize).min(buckets - 1);
    let ends =
        [inside.iter().position(|point| point[1].is_finite()), inside.iter().rposition(|point| point[1].is_finite())];
    envelope.points.reserve(buckets * 2 + 4);

    let mut bucket = Bucket::EMPTY;
    let mut bucket_id = inside.first().map_or(0, |point| bucket_of(point[0]));
    let mut bucket_start = 0;
    for (index, &[x, y]) in inside.iter().enumerate() {
        let id = bucket_of(x);
        if id != bucket_id {
            flush(&bucket, inside, bucket_start..index, ends, envelope);
            bucket = Bucket::EMPTY;
            bucket_id = id;
            bucket_start = index;
        }
        if y.is_finite() {
            bucket.any_finite = true;
            if y < bucket.low.0 {
                bucket.low = (y, index);
            }
            if y > bucket.high.0 {
                bucket.high = (y, index);
            }
        } else if let Some(kind) = MarkKind::of(y) {
            envelope.count(kind, 1);
            if let Some(slot) = bucket.marks.get_mut(kind as usize) {
                slot.get_or_insert(x);
            }
        }
    }
    flush(&bucket, inside, bucket_start..inside.len(), ends, envelope);
    let finite = inside.len() - envelope.nan_count - envelope.pos_inf_count - envelope.neg_inf_count;
    envelope.exact = envelope.points.iter().filter(|point| point[1].is_finite()).count() == finite;
}

fn flush(
    bucket: &Bucket,
    inside: &[[f64; 2]],
    indices: std::ops::Range<usize>,
    ends: [Option<usize>; 2],
    envelope: &mut Envelope,
) {
    let kinds = [MarkKind::NotANumber, MarkKind::PositiveInfinity, MarkKind::NegativeInfinity];
    envelope.marks.extend(bucket.marks.iter().zip(kinds).filter_map(|(x, kind)| x.map(|x| Mark { x, kind })));
    if !bucket.any_finite {
        // A column in which nothing can be drawn breaks the line; one with some finite points does not, since the
        // break would be narrower than a pixel.
        envelope.points.extend(bucket.marks.iter().flatten().next().map(|x| [*x, f64::NAN]));
        return;
    }
    let [first, last] = ends.map(|end| end.filter(|index| indices.contains(index)));
    let mut kept = [Some(bucket.low.1), Some(bucket.high.1), first, last];
    kept.sort_unstable();
    let mut previous = None;
    for index in kept.into_iter().flatten() {
        if previous != Some(index) {
            envelope.points.extend(inside.get(index));
            previous = Some(index);
        }
    }
}

impl Envelope {
    fn count(&mut self, kind: MarkKind, by: usize) {
        match kind {
            MarkKind::NotANumber => self.nan_count += by,
            MarkKind::PositiveInfinity => self.pos_inf_count += by,
            MarkKind::NegativeInfinity => self.neg_inf_count += by,
        }
    }

    /// The lowest and highest finite y, if any point is finite.
    pub fn y_bounds(&self) -> Option<(f64, f64)> {
        finite_bounds(self.points.iter().map(|point| point[1]))
    }
}

/// The lowest and highest of the finite numbers, if there are any.
pub fn finite_bounds(values: impl IntoIterator<Item = f64>) -> Option<(f64, f64)> {
    values.into_iter().filter(|value| value.is_finite()).fold(None, |bounds, value| match bounds {
        None => Some((value, value)),
        Some((lo, hi)) => Some((value.min(lo), value.max(hi))),
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn line(values: impl IntoIterator<Item = f64>) -> Vec<[f64; 2]> {
        values.into_iter().enumerate().map(|(x, y)| [x as f64, y]).collect()
    }

    #[test]
    fn a_single_spike_among_a_million_survives() {
        let mut points = line((0..1_000_000).map(|i| f64::from(i % 7)));
        points[654_321][1] = 1e9;
        let envelope = decimate(&points, (0.0, 999_999.0), 1000);
        assert_eq!(envelope.y_bounds(), Some((0.0, 1e9)));
        assert!(envelope.points.len() <= 2002, "{}", envelope.points.len());
        assert!(!envelope.exact);
        assert_eq!(envelope.total, 1_000_000);
        assert_eq!(envelope.points.first(), Some(&[0.0, 0.0]));
        assert_eq!(envelope.points.last(), points.last());
    }

    #[test]
    fn few_points_come_back_unchanged_and_exact() {
        let points = line([3.0, 1.0, 2.0]);
        let envelope = decimate(&points, (0.0, 2.0), 100);
        assert_eq!(envelope.points, points);
        assert!(envelope.exact);
    }

    #[test]
    fn the_line_reaches_beyond_the_edges_of_a_zoom() {
        let points = line((0..100).map(f64::from));
        let envelope = decimate(&points, (10.5, 12.5), 100);
        assert_eq!(envelope.points, vec![[10.0, 10.0], [11.0, 11.0], [12.0, 12.0], [13.0, 13.0]]);
        assert_eq!(envelope.total, 2);
    }

    #[test]
    fn values_that_are_not_finite_are_gaps_and_are_counted() {
        let points = line([1.0, f64::NAN, f64::INFINITY, f64::NEG_INFINITY, 2.0]);
        let envelope = decimate(&points, (0.0, 4.0), 100);
        assert_eq!((envelope.nan_count, envelope.pos_inf_count, envelope.neg_inf_count), (1, 1, 1));
        assert_eq!(envelope.marks.len(), 3);
        assert_eq!(envelope.points.iter().filter(|point| point[1].is_nan()).count(), 3);

        let many: Vec<_> = line((0..10_000).map(|i| if (4000..6000).contains(&i) { f64::NAN } else { 1.0 }));
        let reduced = decimate(&many, (0.0, 9999.0), 100);
        assert_eq!(reduced.nan_count, 2000);
        assert!(reduced.points.iter().any(|point| point[1].is_nan()), "a wide gap stays a gap");
    }

    #[test]
    fn one_x_for_all_points_is_no_division_by_zero() {
        let points: Vec<_> = (0..50).map(|i| [5.0, f64::from(i)]).collect();
        let envelope = decimate(&points, (5.0, 5.0), 4);
        assert_eq!(envelope.y_bounds(), Some((0.0, 49.0)));
        assert_eq!(decimate(&[], (0.0, 1.0), 4).points.len(), 0);
    }

    fn value() -> impl Strategy<Value = f64> {
        prop_oneof![
            12 => -1e6..1e6_f64,
            1 => Just(f64::NAN),
            1 => Just(f64::INFINITY),
            1 => Just(f64::NEG_INFINITY),
        ]
    }

    proptest! {
        #[test]
        fn extremes_order_and_size_hold(values in prop::collection::vec(value(), 0..600), buckets in 1..60_usize) {
            let points = line(values.iter().copied());
            let hi = points.len().saturating_sub(1) as f64;
            let mut envelope = decimate(&points, (0.0, hi), buckets);
            prop_assert!(envelope.points.len() <= buckets * 2 + 2);
            envelope.marks.clear();
            prop_assert!(envelope.points.is_sorted_by(|a, b| a[0] <= b[0]), "{:?}", envelope.points);
            prop_assert_eq!(envelope.y_bounds(), finite_bounds(values.iter().copied()));
            prop_assert_eq!(envelope.nan_count, values.iter().filter(|value| value.is_nan()).count());
            for point in envelope.points.iter().filter(|point| point[1].is_finite()) {
                prop_assert!(points.contains(point), "every point drawn was logged");
            }
            let finite = |points: &[[f64; 2]]| points.iter().filter(|point| point[1].is_finite()).count();
            prop_assert_eq!(envelope.exact, finite(&envelope.points) == finite(&points));
        }
    }
}
