//! The icons: SVG files of `assets/icons` (Lucide, 24 units, drawn 16 points wide), one constant each.
//!
//! They are drawn as glyphs of private characters, so they are tinted by the text colour, sharp at every scale and share
//! the texture of the text. An icon says nothing to a screen reader: name the thing that it stands on.

use std::sync::LazyLock;

use egui::{
    Color32, FontFamily, FontId, FontPriority, GlyphRasterizer, GlyphRasterizerRequest, Painter, Rect, Response, Sense,
    Ui, Vec2,
};
use egui_extras::SvgGlyph;

use super::tokens::scale;

/// The first character that stands for an icon; a private-use plane that no font of ours fills.
const FIRST: u32 = 0xF_0000;

/// One icon of the set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Icon(u16);

macro_rules! icons {
    ($($name:ident $file:literal)*) => {
        #[expect(non_camel_case_types, clippy::upper_case_acronyms, reason = "the order of the constants, by their own names")]
        enum Index { $($name,)* }

        $(#[doc = concat!("`", $file, ".svg`")] pub const $name: Icon = Icon(Index::$name as u16);)*

        const FILES: &[&str] = &[$(include_str!(concat!("../../../assets/icons/", $file, ".svg")),)*];

        /// Every icon with the name of its file.
        pub const ALL: &[(Icon, &str)] = &[$(($name, $file),)*];
    };
}

icons! {
    HOUSE "house"
    FLASK_CONICAL "flask-conical"
    SEARCH "search"
    SETTINGS "settings"
    X "x"
    CHECK "check"
    CIRCLE_CHECK "circle-check"
    CIRCLE_X "circle-x"
    TRIANGLE_ALERT "triangle-alert"
    INFO "info"
    COPY "copy"
    EXTERNAL_LINK "external-link"
    CHEVRON_RIGHT "chevron-right"
    CHEVRON_DOWN "chevron-down"
    CHEVRON_LEFT "chevron-left"
    CHEVRON_UP "chevron-up"
    CHEVRONS_UP_DOWN "chevrons-up-down"
    ARROW_LEFT "arrow-left"
    ARROW_RIGHT "arrow-right"
    ARROW_UP "arrow-up"
    ARROW_DOWN "arrow-down"
    ELLIPSIS "ellipsis"
    PLUS "plus"
    MINUS "minus"
    FOLDER "folder"
    FOLDER_OPEN "folder-open"
    FOLDER_PLUS "folder-plus"
    FILE "file"
    FILE_TEXT "file-text"
    FILE_IMAGE "file-image"
    FILE_CODE "file-code"
    FILE_JSON "file-json"
    FILE_SPREADSHEET "file-spreadsheet"
    TABLE "table"
    DATABASE "database"
    PLAY "play"
    CIRCLE "circle"
    CIRCLE_DOT "circle-dot"
    CLOCK "clock"
    CALENDAR "calendar"
    USER "user"
    TAG "tag"
    PIN "pin"
    PIN_OFF "pin-off"
    EYE "eye"
    EYE_OFF "eye-off"
    STAR "star"
    LIST_FILTER "list-filter"
    SLIDERS_HORIZONTAL "sliders-horizontal"
    COLUMNS_3 "columns-3"
    TRASH_2 "trash-2"
    PENCIL "pencil"
    UNDO_2 "undo-2"
    REDO_2 "redo-2"
    REFRESH_CW "refresh-cw"
    DOWNLOAD "download"
    UPLOAD "upload"
    SAVE "save"
    LINK "link"
    GIT_BRANCH "git-branch"
    GIT_COMMIT_HORIZONTAL "git-commit-horizontal"
    TERMINAL "terminal"
    CHART_LINE "chart-line"
    CHART_SCATTER "chart-scatter"
    PANEL_RIGHT "panel-right"
    PANEL_LEFT "panel-left"
    KEYBOARD "keyboard"
    SUN "sun"
    MOON "moon"
    MONITOR "monitor"
    HARD_DRIVE "hard-drive"
    SERVER "server"
    RADIO "radio"
    BELL "bell"
    BAN "ban"
    CIRCLE_STOP "circle-stop"
    HOURGLASS "hourglass"
    LOCK "lock"
    PACKAGE "package"
    BOX "box"
    LAYERS "layers"
    GRIP_VERTICAL "grip-vertical"
    ARROW_UP_DOWN "arrow-up-down"
    MAXIMIZE_2 "maximize-2"
    ROTATE_CCW "rotate-ccw"
    HISTORY "history"
    ACTIVITY "activity"
    CPU "cpu"
    IMPORT "import"
    SPARKLES "sparkles"
    CODE "code"
    LIST_TREE "list-tree"
    TEXT_WRAP "text-wrap"
    CIRCLE_QUESTION_MARK "circle-question-mark"
    CIRCLE_ALERT "circle-alert"
    OCTAGON_X "octagon-x"
    IMAGE "image"
    GIT_COMPARE "git-compare"
    NOTEBOOK_PEN "notebook-pen"
    SQUARE_CHECK "square-check"
    SQUARE "square"
    ZOOM_IN "zoom-in"
    CLIPBOARD_LIST "clipboard-list"
    UNLINK "unlink"
    CLOUD_OFF "cloud-off"
    ARCHIVE "archive"
}

static PARSED: LazyLock<Vec<Option<SvgGlyph>>> = LazyLock::new(|| {
    FILES.iter().map(|svg| SvgGlyph::from_bytes(svg.as_bytes()).ok().map(|glyph| glyph.with_color(false))).collect()
});

/// Draws the private characters; asked before any font, so that a font of the system with signs there cannot interfere.
pub(super) fn rasterizer() -> GlyphRasterizer {
    GlyphRasterizer::new("proofmark::icons", |request: &GlyphRasterizerRequest<'_>| {
        let character = request.cluster.chars().next()?;
        let index = u32::from(character).checked_sub(FIRST)?;
        PARSED.get(usize::try_from(index).ok()?)?.as_ref()?.rasterize(request.font_size_px)
    })
    .with_priority(FontPriority::Highest)
}

impl Icon {
    /// The icon of a file in `assets/icons`, by its name without the ending.
    pub fn by_name(name: &str) -> Option<Self> {
        ALL.iter().find(|(_, file)| *file == name).map(|(icon, _)| *icon)
    }

    fn character(self) -> char {
        char::from_u32(FIRST + u32::from(self.0)).unwrap_or(char::REPLACEMENT_CHARACTER)
    }

    /// Paints the icon in the middle of a rectangle, `size` points wide.
    pub fn paint(self, painter: &Painter, rect: Rect, size: f32, color: Color32) {
        let font = FontId::new(size, FontFamily::Proportional);
        let galley = painter.layout_no_wrap(self.character().to_string(), font, color);
        let offset = rect.center() - galley.mesh_bounds.center();
        let pixels = painter.ctx().pixels_per_point();
        // On whole pixels, else the lines are soft.
        let origin = (galley.mesh_bounds.min + offset) * pixels;
        let origin = egui::pos2(origin.x.round(), origin.y.round()) / pixels;
        painter.galley(origin - galley.mesh_bounds.min.to_vec2(), galley, color);
    }

    /// Places the icon as a widget of its usual size that takes no part in interaction.
    pub fn ui(self, ui: &mut Ui, color: Color32) -> Response {
        let size = scale().icon;
        let (rect, response) = ui.allocate_exact_size(Vec2::splat(size), Sense::hover());
        if ui.is_rect_visible(rect) {
            self.paint(ui.painter(), rect, size, color);
        }
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_icon_can_be_drawn_and_takes_its_colour_from_the_text() {
        for (icon, name) in ALL {
            let glyph = PARSED[usize::from(icon.0)].as_ref().unwrap_or_else(|| panic!("{name} is not an SVG"));
            let drawn = glyph.rasterize(16.0).unwrap_or_else(|| panic!("{name} cannot be drawn"));
            assert_eq!(drawn.bitmap.image.size, [16, 16], "{name}");
            assert!(!drawn.bitmap.is_color, "{name}");
            assert!(drawn.bitmap.image.pixels.iter().any(|pixel| pixel.a() > 128), "{name} is empty");
        }
    }
}
