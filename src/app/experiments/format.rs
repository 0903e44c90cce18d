//! How many digits a column of figures needs, and how a figure is copied.
//!
//! Invariant: what is rounded for a cell can always be had in full ([`exact`]), and no value other than zero is shown
//! as zero.

/// How a column writes its numbers: all with the same digits behind the point, so that they compare at a glance.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct NumberFormat {
    decimals: u8,
}

/// Digits that a figure of usual size shows at least.
const SIGNIFICANT: i32 = 4;
const MAX_DECIMALS: i32 = 9;
/// How many values a format is fitted to; more change nothing that can be seen.
const SAMPLE: usize = 512;

/// How one figure of a column is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Written {
    /// With so many decimals.
    Fixed(usize),
    /// With so many significant digits: too small for the column's decimals, or too large to read.
    Significant(usize),
}

impl NumberFormat {
    /// The fewest decimals that show the figures with four significant digits and tell neighbours apart.
    pub fn fit(values: impl Iterator<Item = f64>) -> Self {
        let mut sizes: Vec<f64> = Vec::with_capacity(64);
        let mut whole = true;
        let (mut low, mut high) = (f64::INFINITY, f64::NEG_INFINITY);
        let mut stride = 1;
        for (at, value) in values.filter(|value| value.is_finite()).enumerate() {
            whole &= value.fract() == 0.0 && value.abs() < 1e15;
            low = low.min(value);
            high = high.max(value);
            if at % stride == 0 && value != 0.0 {
                sizes.push(value.abs());
                if sizes.len() >= SAMPLE {
                    let mut at = 0;
                    sizes.retain(|_| {
                        at += 1;
                        at % 2 == 0
                    });
                    stride *= 2;
                }
            }
        }
        if whole || sizes.is_empty() {
            return Self::default();
        }
        sizes.sort_by(f64::total_cmp);
        let middle = sizes.get(sizes.len() / 2).copied().unwrap_or(1.0);
        let for_size = SIGNIFICANT - 1 - magnitude(middle);
        // Accuracies of 0.9981 and 0.9983 need more than their size asks for.
        let spread = high - low;
        let for_spread = if spread > 0.0 { 2 - magnitude(spread) } else { 0 };
        let decimals = for_size.max(for_spread.min(for_size + 3)).clamp(0, MAX_DECIMALS);
        Self { decimals: decimals as u8 }
    }

    /// How to write a figure.
    pub fn written(self, value: f64) -> Written {
        let size = value.abs();
        // A figure that would keep less than two of its digits is written for itself.
        let is_tiny = size != 0.0 && self.decimals > 0 && magnitude(size) < 1 - i32::from(self.decimals);
        if is_tiny || size >= 1e15 || (self.decimals == 0 && size != 0.0 && size < 1.0) {
            Written::Significant(SIGNIFICANT as usize)
        } else {
            Written::Fixed(usize::from(self.decimals))
        }
    }
}

fn magnitude(size: f64) -> i32 {
    if size == 0.0 { 0 } else { size.log10().floor() as i32 }
}

/// The figure with every digit that it has, in a form that programs read back: `0.1`, `1e-12`, `NaN`, `-Infinity`.
pub fn exact(value: f64) -> String {
    if value.is_nan() {
        "NaN".to_owned()
    } else if value.is_infinite() {
        if value > 0.0 { "Infinity".to_owned() } else { "-Infinity".to_owned() }
    } else if value != 0.0 && !(1e-5..1e16).contains(&value.abs()) {
        format!("{value:e}")
    } else {
        value.to_string()
    }
}

/// A moment as it is copied: RFC 3339 in UTC, to the millisecond.
pub fn exact_time(at: i64) -> String {
    jiff::Timestamp::from_millisecond(at).map_or_else(|_| at.to_string(), |time| format!("{time:.3}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fit(values: &[f64]) -> NumberFormat {
        NumberFormat::fit(values.iter().copied())
    }

    fn decimals(values: &[f64]) -> usize {
        match fit(values).written(values[0]) {
            Written::Fixed(decimals) => decimals,
            Written::Significant(_) => panic!("{values:?} is not written with decimals"),
        }
    }

    #[test]
    fn a_column_has_the_digits_that_its_values_need() {
        assert_eq!(decimals(&[0.912, 0.85, 0.7]), 4);
        assert_eq!(decimals(&[1.0, 12.0, 10_000.0]), 0);
        assert_eq!(decimals(&[12.5, 13.25, 14.75]), 2);
        assert_eq!(decimals(&[0.998_123, 0.998_345]), 6);
    }

    #[test]
    fn a_tiny_value_among_large_ones_is_not_shown_as_zero() {
        let format = fit(&[120.5, 98.25, 0.000_012]);
        assert_eq!(format.written(98.25), Written::Fixed(2));
        assert_eq!(format.written(0.000_012), Written::Significant(4));
        assert_eq!(format.written(0.0), Written::Fixed(2));
        assert_eq!(fit(&[12_000.0, 13_000.0]).written(0.5), Written::Significant(4));
    }

    #[test]
    fn what_is_no_number_does_not_disturb_the_fit() {
        assert_eq!(fit(&[0.5, f64::NAN, f64::INFINITY, f64::NEG_INFINITY]), fit(&[0.5]));
        assert_eq!(fit(&[f64::NAN]), NumberFormat::default());
        assert_eq!(fit(&[]), NumberFormat::default());
    }

    #[test]
    fn the_exact_form_reads_back_as_the_same_number() {
        for value in [0.1 + 0.2, 1e-12, 6.02e23, -0.0, 123_456.789, f64::MIN_POSITIVE, f64::MAX] {
            assert_eq!(exact(value).parse::<f64>(), Ok(value));
        }
        assert_eq!([f64::NAN, f64::INFINITY, f64::NEG_INFINITY].map(exact), ["NaN", "Infinity", "-Infinity"]);
    }

    #[test]
    fn moments_are_copied_in_utc() {
        assert_eq!(exact_time(1_700_000_000_123), "2023-11-14T22:13:20.123Z");
    }
}
