//! Shapes of training curves.

use super::dice::Dice;

/// A loss that falls from `from` towards `to` with `tau` steps of decay, under noise that fades but never ends.
pub(super) struct Falling {
    pub(super) from: f64,
    pub(super) to: f64,
    pub(super) tau: f64,
    /// Relative deviation of the noise.
    pub(super) noise: f64,
}

impl Falling {
    pub(super) fn values(&self, count: usize, dice: &mut Dice) -> Vec<f64> {
        // The noise is correlated from step to step, as that of minibatches is.
        let mut drift = 0.0;
        (0..count)
            .map(|i| {
                drift = 0.9 * drift + 0.44 * dice.normal();
                let level = self.to + (self.from - self.to) * (-(i as f64) / self.tau).exp();
                (level * (1.0 + self.noise * drift)).max(0.0)
            })
            .collect()
    }
}

/// A validation score: falls with the training, then rises again from `turn` on by `rise` a step.
pub(super) fn overfitting(falling: &Falling, turn: usize, rise: f64, count: usize, dice: &mut Dice) -> Vec<f64> {
    let mut values = falling.values(count, dice);
    for (i, value) in values.iter_mut().enumerate().skip(turn) {
        *value += rise * (i - turn) as f64;
    }
    values
}

/// A loss that runs away: falls at first, doubles from `at` on, reaches infinity once, is NaN from then on.
pub(super) fn diverging(falling: &Falling, at: usize, count: usize, dice: &mut Dice) -> Vec<f64> {
    let mut values = falling.values(count, dice);
    let mut level = values.get(at).copied().unwrap_or(1.0);
    let mut blown = false;
    for value in values.iter_mut().skip(at) {
        level *= 1.9 + 0.4 * dice.unit();
        *value = if blown {
            f64::NAN
        } else if level > 1e12 {
            blown = true;
            f64::INFINITY
        } else {
            level
        };
    }
    values
}

/// A learning rate: rises for `warmup` steps, then falls to zero along a cosine.
pub(super) fn warm_cosine(peak: f64, warmup: usize, count: usize) -> Vec<f64> {
    let tail = count.saturating_sub(warmup).max(1) as f64;
    (0..count)
        .map(|i| {
            if i < warmup {
                peak * (i + 1) as f64 / warmup as f64
            } else {
                peak * 0.5 * (1.0 + (std::f64::consts::PI * (i - warmup) as f64 / tail).cos())
            }
        })
        .collect()
}

/// A reading that wanders around `level` within `low..=high`, such as a processor's load.
pub(super) fn wandering(level: f64, spread: f64, (low, high): (f64, f64), count: usize, dice: &mut Dice) -> Vec<f64> {
    let mut drift = 0.0;
    (0..count)
        .map(|_| {
            drift = 0.85 * drift + spread * dice.normal();
            (level + drift).clamp(low, high)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const FALLING: Falling = Falling { from: 2.0, to: 0.5, tau: 50.0, noise: 0.02 };

    #[test]
    fn a_falling_loss_ends_near_its_floor() {
        let values = FALLING.values(500, &mut Dice::new(1, "falling"));
        assert!(values.first().is_some_and(|&v| v > 1.7) && values.last().is_some_and(|&v| (v - 0.5).abs() < 0.1));
    }

    #[test]
    fn a_diverging_loss_passes_infinity_and_ends_as_nan() {
        let values = diverging(&FALLING, 100, 300, &mut Dice::new(1, "diverging"));
        assert_eq!(values.iter().filter(|v| v.is_infinite()).count(), 1);
        assert!(values.iter().take(100).all(|v| v.is_finite()) && values.last().is_some_and(|v| v.is_nan()));
    }

    #[test]
    fn a_learning_rate_peaks_after_its_warm_up() {
        let values = warm_cosine(0.1, 10, 100);
        assert!(values.iter().all(|&v| (0.0..=0.1).contains(&v)));
        assert_eq!(values.iter().position(|&v| v == 0.1), Some(9));
    }
}
