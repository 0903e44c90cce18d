//! The demo's data: wines that look like the Vinho Verde whites of the UCI wine-quality table, made from its means,
//! deviations and regression, so that no row of the real data is copied.

use super::dice::Dice;

/// One column: name, mean, deviation, smallest and largest value, weight in the linear model of quality.
pub(super) struct Column {
    pub(super) name: &'static str,
    mean: f64,
    deviation: f64,
    range: (f64, f64),
    pub(super) weight: f64,
}

const fn column(name: &'static str, mean: f64, deviation: f64, range: (f64, f64), weight: f64) -> Column {
    Column { name, mean, deviation, range, weight }
}

pub(super) const COLUMNS: [Column; 11] = [
    column("fixed acidity", 6.855, 0.844, (3.8, 14.2), 0.065_52),
    column("volatile acidity", 0.2782, 0.1008, (0.08, 1.1), -1.863_18),
    column("citric acid", 0.3342, 0.121, (0.0, 1.66), 0.022_09),
    column("residual sugar", 6.391, 5.072, (0.6, 65.8), 0.081_48),
    column("chlorides", 0.0458, 0.0218, (0.009, 0.346), -0.247_28),
    column("free sulfur dioxide", 35.31, 17.01, (2.0, 289.0), 0.003_73),
    column("total sulfur dioxide", 138.4, 42.5, (9.0, 440.0), -0.000_29),
    column("density", 0.994_03, 0.002_99, (0.987_11, 1.038_98), -150.284_18),
    column("pH", 3.188, 0.151, (2.72, 3.82), 0.686_34),
    column("sulphates", 0.4898, 0.1141, (0.22, 1.08), 0.631_48),
    column("alcohol", 10.514, 1.231, (8.0, 14.2), 0.193_48),
];

pub(super) const INTERCEPT: f64 = 150.192_84;

/// Rows of the table that the demo's splits stand for.
pub(super) const ROWS: i64 = 4_898;

/// A wine: its measurements in the order of [`COLUMNS`] and its quality.
pub(super) struct Wine {
    pub(super) values: Vec<f64>,
    pub(super) quality: i64,
}

impl Wine {
    pub(super) fn new(dice: &mut Dice) -> Self {
        let values: Vec<f64> = COLUMNS
            .iter()
            .map(|column| {
                let value = column.mean + column.deviation * dice.normal();
                let digits = if column.deviation < 0.01 { 1e5 } else { 1e3 };
                (value.clamp(column.range.0, column.range.1) * digits).round() / digits
            })
            .collect();
        let quality = predict(&values) + 0.75 * dice.normal();
        Self { values, quality: (quality.round() as i64).clamp(3, 9) }
    }
}

/// The linear model's quality of a wine.
pub(super) fn predict(values: &[f64]) -> f64 {
    INTERCEPT + COLUMNS.iter().zip(values).map(|(column, value)| column.weight * value).sum::<f64>()
}

/// The column types as the client logs them with a dataset.
pub(super) fn schema_json() -> String {
    let column = |name: &str, kind: &str| serde_json::json!({"type": kind, "name": name, "required": true});
    let mut columns: Vec<_> = COLUMNS.iter().map(|c| column(c.name, "double")).collect();
    columns.push(column("quality", "long"));
    serde_json::json!({ "mlflow_colspec": columns }).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wines_lie_within_the_ranges_of_the_real_ones() {
        let mut dice = Dice::new(3, "wine");
        let wines: Vec<Wine> = (0..500).map(|_| Wine::new(&mut dice)).collect();
        for wine in &wines {
            assert!((3..=9).contains(&wine.quality));
            for (column, value) in COLUMNS.iter().zip(&wine.values) {
                assert!((column.range.0..=column.range.1).contains(value), "{}: {value}", column.name);
            }
        }
        let mean = wines.iter().map(|wine| wine.quality as f64).sum::<f64>() / wines.len() as f64;
        assert!((5.5..6.3).contains(&mean), "{mean}");
    }
}
