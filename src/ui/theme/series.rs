//! How lines are told apart: ten colours first, then the same colours dashed, then dotted, with other markers.
//!
//! The identity of a run picks the slot (the caller keeps that mapping), so a run looks the same everywhere.

use egui::{Color32, Context};

use super::tokens::{SERIES, tokens};

/// How a line is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dash {
    Solid,
    Dashed,
    Dotted,
}

/// How single points are drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Marker {
    Circle,
    Square,
    Diamond,
}

/// The look of one series.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SeriesLook {
    pub color: Color32,
    pub dash: Dash,
    pub marker: Marker,
}

/// The look of the series in a slot; slots beyond thirty repeat.
pub fn series_look(ctx: &Context, slot: usize) -> SeriesLook {
    let colors = &tokens(ctx).series;
    let color = colors.get(slot % SERIES).copied().unwrap_or(Color32::GRAY);
    let (dash, marker) = match slot / SERIES % 3 {
        0 => (Dash::Solid, Marker::Circle),
        1 => (Dash::Dashed, Marker::Square),
        _ => (Dash::Dotted, Marker::Diamond),
    };
    SeriesLook { color, dash, marker }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thirty_series_look_different() {
        let ctx = Context::default();
        let looks: Vec<_> = (0..30).map(|slot| series_look(&ctx, slot)).collect();
        for (index, look) in looks.iter().enumerate() {
            assert!(!looks.iter().skip(index + 1).any(|other| other == look), "slot {index} is not alone");
        }
        assert_eq!(series_look(&ctx, 30), looks[0]);
    }
}
