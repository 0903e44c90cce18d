//! How the window is made: size, name, icon.

use egui::{IconData, ViewportBuilder, vec2};
use egui_extras::SvgGlyph;

use crate::app::State;

const ICON: &str = include_str!("../../../assets/icon.svg");
/// The size on first start; the desktop makes it smaller where it does not fit.
const SIZE: (f32, f32) = (1440.0, 900.0);
const SMALLEST: (f32, f32) = (820.0, 560.0);
const ICON_SIDE: f32 = 256.0;

/// The options of the native window, with the size of the last time.
pub fn native_options(state: &State, title: &str, app_id: &str) -> eframe::NativeOptions {
    let (width, height) = state.settings.window_size.unwrap_or(SIZE);
    let viewport = ViewportBuilder::default()
        .with_title(title)
        .with_app_id(app_id)
        .with_inner_size(vec2(width.max(SMALLEST.0), height.max(SMALLEST.1)))
        .with_min_inner_size(vec2(SMALLEST.0, SMALLEST.1))
        .with_clamp_size_to_monitor_size(true)
        .with_drag_and_drop(true)
        .with_icon(icon().unwrap_or_default());
    eframe::NativeOptions { viewport, renderer: eframe::Renderer::Glow, ..eframe::NativeOptions::default() }
}

/// The program's icon as pixels.
fn icon() -> Option<IconData> {
    let glyph = SvgGlyph::from_bytes(ICON.as_bytes()).ok()?.with_color(true).rasterize(ICON_SIDE)?;
    let image = glyph.bitmap.image;
    let rgba = image.pixels.iter().flat_map(egui::Color32::to_srgba_unmultiplied).collect();
    Some(IconData { rgba, width: image.width() as u32, height: image.height() as u32 })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_program_has_an_icon() {
        let icon = icon().unwrap_or_default();
        assert_eq!((icon.width, icon.height), (256, 256));
    }
}
