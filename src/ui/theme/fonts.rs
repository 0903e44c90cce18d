//! The typefaces: Inter in three weights with tabular figures as the default ones, JetBrains Mono for ids and code.
//!
//! The files in `assets/fonts` are cut to Latin, Greek, Cyrillic, punctuation, arrows and mathematical signs, without
//! ligatures. Other scripts come from the system's fonts when the window runs.

use std::sync::Arc;

use egui::{FontData, FontDefinitions, FontFamily, FontId, RichText};

use super::tokens::scale;

const MEDIUM: &str = "medium";
const SEMIBOLD: &str = "semibold";

/// The family of buttons, tabs and names that carry weight.
pub fn medium() -> FontFamily {
    FontFamily::Name(MEDIUM.into())
}

/// The family of headings and figures that carry weight.
pub fn semibold() -> FontFamily {
    FontFamily::Name(SEMIBOLD.into())
}

/// The fonts that are installed once, at start.
pub(super) fn definitions() -> FontDefinitions {
    let files: [(&str, &'static [u8]); 4] = [
        ("inter", include_bytes!("../../../assets/fonts/Inter-Regular.ttf")),
        ("inter-medium", include_bytes!("../../../assets/fonts/Inter-Medium.ttf")),
        ("inter-semibold", include_bytes!("../../../assets/fonts/Inter-SemiBold.ttf")),
        ("jetbrains-mono", include_bytes!("../../../assets/fonts/JetBrainsMono-Regular.ttf")),
    ];
    let mut fonts = FontDefinitions::empty();
    for (name, bytes) in files {
        fonts.font_data.insert(name.to_owned(), Arc::new(FontData::from_static(bytes)));
    }
    let chains: [(FontFamily, &[&str]); 4] = [
        (FontFamily::Proportional, &["inter", "jetbrains-mono"]),
        (medium(), &["inter-medium", "inter"]),
        (semibold(), &["inter-semibold", "inter"]),
        (FontFamily::Monospace, &["jetbrains-mono", "inter"]),
    ];
    for (family, chain) in chains {
        fonts.families.insert(family, chain.iter().map(|name| (*name).to_owned()).collect());
    }
    fonts
}

/// 12 points: labels, units, times, the status bar.
pub fn small(text: impl Into<String>) -> RichText {
    RichText::new(text).font(FontId::new(scale().type_small, FontFamily::Proportional))
}

/// 12 points with weight: table headers, badges.
pub fn small_strong(text: impl Into<String>) -> RichText {
    RichText::new(text).font(FontId::new(scale().type_small, medium()))
}

/// 13 points: what most text is.
pub fn body(text: impl Into<String>) -> RichText {
    RichText::new(text).font(FontId::new(scale().type_body, FontFamily::Proportional))
}

/// 13 points with weight.
pub fn body_strong(text: impl Into<String>) -> RichText {
    RichText::new(text).font(FontId::new(scale().type_body, semibold()))
}

/// 15 points with weight: the heading of a section.
pub fn section(text: impl Into<String>) -> RichText {
    RichText::new(text).font(FontId::new(scale().type_section, semibold()))
}

/// 20 points with weight: the title of a screen.
pub fn title(text: impl Into<String>) -> RichText {
    RichText::new(text).font(FontId::new(scale().type_title, semibold()))
}

/// 28 points with weight: the one number of a tile.
pub fn kpi(text: impl Into<String>) -> RichText {
    RichText::new(text).font(FontId::new(scale().type_kpi, semibold()))
}

/// Ids, addresses, code.
pub fn mono(text: impl Into<String>) -> RichText {
    RichText::new(text).font(FontId::new(scale().type_mono, FontFamily::Monospace))
}

#[cfg(test)]
mod tests {
    use egui::epaint::TextOptions;
    use egui::epaint::text::Fonts;

    use super::*;

    fn width(fonts: &mut Fonts, text: &str, family: FontFamily) -> f32 {
        let galley = fonts.with_pixels_per_point(1.0).layout_no_wrap(
            text.to_owned(),
            FontId::new(13.0, family),
            egui::Color32::BLACK,
        );
        galley.rect.width()
    }

    #[test]
    fn figures_are_tabular_in_every_weight() {
        let mut fonts = Fonts::new(TextOptions::default(), definitions());
        for family in [FontFamily::Proportional, medium(), semibold(), FontFamily::Monospace] {
            let ones = width(&mut fonts, "1111111111", family.clone());
            for digit in '0'..='9' {
                let text: String = std::iter::repeat_n(digit, 10).collect();
                let same = width(&mut fonts, &text, family.clone());
                assert!((same - ones).abs() < 0.01, "{family:?} {digit}: {same} against {ones}");
            }
        }
    }
}
