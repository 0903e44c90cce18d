//! How everything looks: colours, sizes, typefaces, icons, and the egui style made of them.
//!
//! Screens ask `tokens(ui)` for colours, `scale()` for sizes, `fonts` for text and `icons` for signs; no literal colour,
//! size or duration stands anywhere else.

pub mod fonts;
pub mod icons;
mod series;
mod style;
mod tokens;
mod values;

pub use icons::Icon;
pub use series::{Dash, Marker, SeriesLook, series_look};
pub use tokens::{SERIES, Scale, Tokens, scale, tokens, tokens_of};

use egui::{Context, Theme};

/// Installs typefaces, icons and both themes. Called once, before the first pass.
pub fn install(ctx: &Context) {
    ctx.set_fonts(fonts::definitions());
    ctx.add_glyph_rasterizer(icons::rasterizer());
    for theme in [Theme::Light, Theme::Dark] {
        ctx.set_style_of(theme, style::style_of(theme));
    }
}
