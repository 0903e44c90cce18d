//! Smoothing of a series over all its points, so that the result at a step does not depend on the zoom.
//!
//! Values that are not finite stay where they are (gaps) and neither feed nor reset the filters.

use serde::{Deserialize, Serialize};

/// How a line is smoothed. Parameters are as the person sets them.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub enum Smoothing {
    #[default]
    None,
    /// Debiased exponential moving average by index; weight in `[0, 1)` as in TensorBoard.
    Ema(f64),
    /// The same with the weight per *mean spacing of x*, so that uneven logging does not bend the curve.
    TimeWeightedEma(f64),
    /// A Gaussian kernel, standard deviation in points.
    Gaussian(f64),
    /// Mean over a centred window of so many points (rounded up to odd).
    CentredMean(usize),
}

impl Smoothing {
    /// Whether the line stays as logged.
    pub fn is_none(self) -> bool {
        match self {
            Self::None => true,
            Self::Ema(weight) | Self::TimeWeightedEma(weight) => weight <= 0.0,
            Self::Gaussian(sigma) => sigma <= 0.0,
            Self::CentredMean(window) => window <= 1,
        }
    }

    /// Applies the filter; `xs` is used by the time-weighted one alone. Both slices have the same length.
    pub fn apply(self, xs: &[f64], ys: &[f64]) -> Vec<f64> {
        match self {
            _ if self.is_none() => ys.to_vec(),
            Self::Ema(weight) => ema(ys, weight),
            Self::TimeWeightedEma(weight) => time_weighted_ema(xs, ys, weight),
            Self::Gaussian(sigma) => gaussian(ys, sigma),
            Self::CentredMean(window) => centred_mean(ys, window),
            Self::None => ys.to_vec(),
        }
    }
}

/// Below this the debias weight no longer changes a double near one; going on would multiply denormal numbers, which
/// costs some thirty times as long per point.
const DEBIAS_FLOOR: f64 = 1e-17;

/// A running value that decays towards zero (a metric that became exactly 0) is flushed here for the same reason.
const DENORMAL_FLOOR: f64 = 1e-290;

/// The largest weight used; at 1 the average would never leave its first value.
const MAX_WEIGHT: f64 = 0.999_999;

/// Debiased exponential moving average: `weight` of the past against `1 - weight` of the new value.
pub fn ema(ys: &[f64], weight: f64) -> Vec<f64> {
    let weight = weight.clamp(0.0, MAX_WEIGHT);
    let mut average = Average::default();
    ys.iter().map(|&y| if y.is_finite() { average.push(y, weight) } else { y }).collect()
}

/// As [`ema`], the weight raised to how many mean spacings lie between a point and its predecessor.
///
/// Evenly spaced points give exactly the debiased average; points at one x count as a burst and are averaged.
pub fn time_weighted_ema(xs: &[f64], ys: &[f64], weight: f64) -> Vec<f64> {
    let weight = weight.clamp(0.0, MAX_WEIGHT);
    let spacing = match (xs.first(), xs.last()) {
        (Some(first), Some(last)) if last > first => (last - first) / (xs.len() - 1) as f64,
        _ => 1.0,
    };
    let (mut sum, mut total_weight, mut previous) = (0.0_f64, 0.0_f64, f64::NEG_INFINITY);
    let mut smoothed = Vec::with_capacity(ys.len());
    for (&x, &y) in xs.iter().zip(ys) {
        if !y.is_finite() {
            smoothed.push(y);
            continue;
        }
        let decay = weight.powf(((x - previous) / spacing).max(0.0));
        previous = x;
        sum = if sum.abs() < DENORMAL_FLOOR { y } else { sum * decay + y };
        total_weight = if total_weight < DENORMAL_FLOOR { 1.0 } else { total_weight * decay + 1.0 };
        smoothed.push(sum / total_weight);
    }
    smoothed
}

struct Average {
    value: f64,
    debias: f64,
}

impl Default for Average {
    fn default() -> Self {
        Self { value: 0.0, debias: 1.0 }
    }
}

impl Average {
    fn push(&mut self, y: f64, weight: f64) -> f64 {
        self.value = self.value * weight + y * (1.0 - weight);
        if self.value.abs() < DENORMAL_FLOOR {
            self.value = 0.0;
        }
        if self.debias > DEBIAS_FLOOR {
            self.debias *= weight;
        }
        self.value / (1.0 - self.debias)
    }
}

/// Gaussian kernel cut at four standard deviations, renormalised where it meets an end or a gap.
pub fn gaussian(ys: &[f64], sigma: f64) -> Vec<f64> {
    let sigma = sigma.clamp(1e-3, 1e4);
    let radius = (4.0 * sigma).ceil() as usize;
    let kernel: Vec<f64> = (0..=radius).map(|i| (-0.5 * (i as f64 / sigma).powi(2)).exp()).collect();
    ys.iter()
        .enumerate()
        .map(|(center, &y)| {
            if !y.is_finite() {
                return y;
            }
            let start = center.saturating_sub(radius);
            let window = ys.get(start..(center + radius + 1).min(ys.len())).unwrap_or_default();
            let (sum, norm) = window.iter().enumerate().filter(|(_, value)| value.is_finite()).fold(
                (0.0, 0.0),
                |(sum, norm), (offset, value)| {
                    let weight = kernel.get((start + offset).abs_diff(center)).copied().unwrap_or(0.0);
                    (sum + weight * value, norm + weight)
                },
            );
            sum / norm
        })
        .collect()
}

/// Mean of the finite values in a window of `window` points centred on each point, shorter at the ends.
///
/// The sliding sum starts afresh now and then, so rounding does not pile up over a long series.
pub fn centred_mean(ys: &[f64], window: usize) -> Vec<f64> {
    const RESTART: usize = 1024;
    let radius = window.max(1) / 2;
    let mut smoothed = Vec::with_capacity(ys.len());
    let (mut sum, mut count) = (0.0_f64, 0_usize);
    for (center, &y) in ys.iter().enumerate() {
        let start = center.saturating_sub(radius);
        let end = (center + radius + 1).min(ys.len());
        if center % RESTART == 0 {
            let finite = ys.get(start..end).unwrap_or_default().iter().filter(|value| value.is_finite());
            (sum, count) = finite.fold((0.0, 0), |(sum, count), value| (sum + value, count + 1));
        } else {
            let enters = (center + radius < ys.len()).then(|| ys.get(center + radius)).flatten();
            if let Some(value) = enters.filter(|value| value.is_finite()) {
                sum += value;
                count += 1;
            }
            let leaves = center.checked_sub(radius + 1).and_then(|index| ys.get(index));
            if let Some(value) = leaves.filter(|value| value.is_finite()) {
                sum -= value;
                count -= 1;
            }
        }
        smoothed.push(if y.is_finite() { sum / count as f64 } else { y });
    }
    smoothed
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn close(a: &[f64], b: &[f64]) {
        assert_eq!(a.len(), b.len());
        for (index, (a, b)) in a.iter().zip(b).enumerate() {
            assert!((a - b).abs() < 1e-12 || (a.is_nan() && b.is_nan()), "at {index}: {a} and {b}");
        }
    }

    #[test]
    fn ema_gives_the_figures_of_the_definition() {
        // The weights of the last three points are 1/7, 2/7 and 4/7.
        close(&ema(&[1.0, 2.0, 4.0], 0.5), &[1.0, 5.0 / 3.0, (1.0 + 4.0 + 16.0) / 7.0]);
    }

    #[test]
    fn a_constant_stays_constant_from_the_first_point() {
        for smoothing in [
            Smoothing::Ema(0.99),
            Smoothing::TimeWeightedEma(0.99),
            Smoothing::Gaussian(3.0),
            Smoothing::CentredMean(5),
        ] {
            let xs: Vec<f64> = (0..2000).map(|i| f64::from(i * i)).collect();
            close(&smoothing.apply(&xs, &[0.7; 2000]), &[0.7; 2000]);
        }
    }

    #[test]
    fn time_weighting_equals_ema_for_even_spacing() {
        let ys: Vec<f64> = (0..200).map(|i| (f64::from(i) * 0.37).sin()).collect();
        let xs: Vec<f64> = (0..200).map(|i| 100.0 + 7.0 * f64::from(i)).collect();
        close(&time_weighted_ema(&xs, &ys, 0.9), &ema(&ys, 0.9));
    }

    #[test]
    fn time_weighting_forgets_over_a_long_pause() {
        let smoothed = time_weighted_ema(&[0.0, 1.0, 2.0, 1000.0], &[1.0, 1.0, 1.0, 5.0], 0.9);
        let even = ema(&[1.0, 1.0, 1.0, 5.0], 0.9);
        assert!(smoothed[3] > even[3] + 0.05, "{smoothed:?} against {even:?}");
    }

    #[test]
    fn gaps_stay_gaps_and_do_not_spread() {
        let ys = [1.0, f64::NAN, 1.0, f64::INFINITY, 1.0];
        for smoothing in
            [Smoothing::Ema(0.5), Smoothing::TimeWeightedEma(0.5), Smoothing::Gaussian(1.0), Smoothing::CentredMean(3)]
        {
            let smoothed = smoothing.apply(&[0.0, 1.0, 2.0, 3.0, 4.0], &ys);
            assert!(smoothed[1].is_nan() && smoothed[3] == f64::INFINITY, "{smoothing:?}");
            close(&[smoothed[0], smoothed[2], smoothed[4]], &[1.0; 3]);
        }
    }

    #[test]
    fn gaussian_and_mean_match_direct_sums() {
        let ys = [0.0, 0.0, 1.0, 0.0, 0.0];
        let kernel: Vec<f64> = (0..5).map(|i| (-0.5 * f64::from(i * i)).exp()).collect();
        let norm = kernel[0] + 2.0 * (kernel[1] + kernel[2]);
        assert!((gaussian(&ys, 1.0)[2] - kernel[0] / norm).abs() < 1e-15);
        close(&centred_mean(&[1.0, 2.0, 6.0, 7.0], 3), &[1.5, 3.0, 5.0, 6.5]);
    }

    proptest! {
        #[test]
        fn sliding_mean_matches_the_naive_one(
            ys in prop::collection::vec(prop_oneof![9 => -10.0..10.0_f64, 1 => Just(f64::NAN)], 0..3000),
            window in 1..60_usize,
        ) {
            let smoothed = centred_mean(&ys, window);
            for (center, value) in smoothed.iter().enumerate().filter(|(center, _)| ys[*center].is_finite()) {
                let radius = window / 2;
                let window = &ys[center.saturating_sub(radius)..(center + radius + 1).min(ys.len())];
                let finite: Vec<f64> = window.iter().copied().filter(|value| value.is_finite()).collect();
                prop_assert!((value - finite.iter().sum::<f64>() / finite.len() as f64).abs() < 1e-9);
            }
        }

        #[test]
        fn an_average_stays_between_the_extremes(
            ys in prop::collection::vec(-1e3..1e3_f64, 1..300), weight in 0.0..0.999_f64,
        ) {
            let lo = ys.iter().copied().fold(f64::INFINITY, f64::min) - 1e-9;
            let hi = ys.iter().copied().fold(f64::NEG_INFINITY, f64::max) + 1e-9;
            for value in ema(&ys, weight) {
                prop_assert!((lo..=hi).contains(&value));
            }
        }
    }

    #[test]
    fn a_metric_that_becomes_zero_does_not_leave_denormals() {
        let mut ys = vec![0.0; 20_000];
        ys[0] = 1.0;
        let smoothed = ema(&ys, 0.9);
        assert!(smoothed.iter().all(|value| *value == 0.0 || value.is_normal()));
        assert_eq!(smoothed.last(), Some(&0.0));
    }
}
