//! Small curves for metric cells, kept for the runs that were in sight.
//!
//! Invariant: a curve is drawn only until its run changes; then the next sight of it asks for a new one.

use std::collections::HashMap;
use std::sync::Arc;

use crate::domain::{Revision, RunId};

/// Points of a curve: twice as many as the cell has pixels to tell them apart.
pub(super) const POINTS: usize = 48;
/// Curves kept; beyond that all are forgotten and those in sight asked for again.
const LIMIT: usize = 20_000;

/// A curve and the run's revision that it shows.
#[derive(Debug, Clone)]
struct Curve {
    revision: Revision,
    values: Arc<[f64]>,
}

/// Curves by metric and run.
#[derive(Debug, Clone, Default)]
pub struct Sparklines {
    curves: HashMap<Arc<str>, HashMap<RunId, Curve>>,
    count: usize,
}

impl Sparklines {
    /// The curve to draw: perhaps one point behind while a new one is on its way.
    pub fn get(&self, metric: &str, run: &RunId) -> Option<&Arc<[f64]>> {
        self.curves.get(metric)?.get(run).map(|curve| &curve.values)
    }

    /// Whether the curve shows the run as it is at `revision`.
    pub fn is_current(&self, metric: &str, run: &RunId, revision: Revision) -> bool {
        self.curves.get(metric).and_then(|runs| runs.get(run)).is_some_and(|curve| curve.revision >= revision)
    }

    /// Takes curves. A run that was asked for and has none gets an empty one, so that it is not asked for again.
    pub fn insert(&mut self, metric: &Arc<str>, asked: &[(RunId, Revision)], found: Vec<(RunId, Vec<f64>)>) {
        if self.count > LIMIT {
            self.clear();
        }
        let mut found: HashMap<RunId, Vec<f64>> = found.into_iter().collect();
        let runs = self.curves.entry(Arc::clone(metric)).or_default();
        for (run, revision) in asked {
            let values = found.remove(run).unwrap_or_default().into();
            if runs.insert(run.clone(), Curve { revision: *revision, values }).is_none() {
                self.count += 1;
            }
        }
    }

    pub fn clear(&mut self) {
        *self = Self::default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_curve_is_asked_for_again_when_its_run_changed() {
        let (loss, run): (Arc<str>, _) = ("loss".into(), RunId::new("a"));
        let mut curves = Sparklines::default();
        assert!(!curves.is_current("loss", &run, 1));
        curves.insert(&loss, &[(run.clone(), 1)], vec![(run.clone(), vec![1.0, 2.0])]);
        assert!(curves.is_current("loss", &run, 1));
        assert!(!curves.is_current("loss", &run, 2));
        assert_eq!(curves.get("loss", &run).map(|values| values.len()), Some(2));
    }

    #[test]
    fn a_run_without_the_metric_is_not_asked_for_again() {
        let (loss, run): (Arc<str>, _) = ("loss".into(), RunId::new("a"));
        let mut curves = Sparklines::default();
        curves.insert(&loss, &[(run.clone(), 5)], Vec::new());
        assert!(curves.is_current("loss", &run, 5));
        assert_eq!(curves.get("loss", &run).map(|values| values.is_empty()), Some(true));
    }
}
