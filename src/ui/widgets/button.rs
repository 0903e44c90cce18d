//! Buttons with words: one primary action a place, quiet ones beside it, red only for what destroys.

use egui::{
    Align2, Color32, FontId, NumExt as _, Response, Role, Sense, Stroke, StrokeKind, Ui, Widget, WidgetInfo, vec2,
};

use crate::ui::theme::{Icon, Tokens, fonts, scale, tokens};

/// How much a button asks for attention.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Primary,
    Secondary,
    Quiet,
    Link,
    Danger,
}

/// A button with a verb on it.
#[must_use = "add it to a ui"]
pub struct Button<'a> {
    kind: Kind,
    text: &'a str,
    icon: Option<Icon>,
    trailing: Option<Icon>,
    is_small: bool,
    is_enabled: bool,
    why_not: Option<&'a str>,
    tooltip: Option<&'a str>,
    min_width: f32,
    align_left: bool,
}

/// Fill, stroke and text colour.
struct Look {
    fill: Color32,
    stroke: Color32,
    text: Color32,
}

impl<'a> Button<'a> {
    fn new(kind: Kind, text: &'a str) -> Self {
        Self {
            kind,
            text,
            icon: None,
            trailing: None,
            is_small: false,
            is_enabled: true,
            why_not: None,
            tooltip: None,
            min_width: 0.0,
            align_left: false,
        }
    }

    /// The one thing to do here.
    pub fn primary(text: &'a str) -> Self {
        Self::new(Kind::Primary, text)
    }

    /// Another thing to do here.
    pub fn secondary(text: &'a str) -> Self {
        Self::new(Kind::Secondary, text)
    }

    /// Without a frame until the pointer is there: for toolbars and rows.
    pub fn quiet(text: &'a str) -> Self {
        Self::new(Kind::Quiet, text)
    }

    /// Only words, flush with what stands above and below.
    pub fn link(text: &'a str) -> Self {
        Self::new(Kind::Link, text)
    }

    /// Destroys something.
    pub fn danger(text: &'a str) -> Self {
        Self::new(Kind::Danger, text)
    }

    pub fn icon(mut self, icon: Icon) -> Self {
        self.icon = Some(icon);
        self
    }

    /// An icon after the words, such as the sign that a menu opens.
    pub fn trailing(mut self, icon: Icon) -> Self {
        self.trailing = Some(icon);
        self
    }

    /// Lower, with smaller text: inside rows and bars.
    pub fn small(mut self) -> Self {
        self.is_small = true;
        self
    }

    /// Greyed out unless `is_enabled`; `why_not` is said on hover.
    pub fn enabled(mut self, is_enabled: bool, why_not: &'a str) -> Self {
        self.is_enabled = is_enabled;
        self.why_not = Some(why_not);
        self
    }

    pub fn tooltip(mut self, text: &'a str) -> Self {
        self.tooltip = Some(text);
        self
    }

    /// At least so wide.
    pub fn min_width(mut self, width: f32) -> Self {
        self.min_width = width;
        self
    }

    /// Words at the left edge instead of the middle, for buttons that form a list.
    pub fn align_left(mut self) -> Self {
        self.align_left = true;
        self
    }

    fn look(&self, t: &Tokens, response: &Response) -> Look {
        let (is_down, is_hovered) = (response.is_pointer_button_down_on(), response.hovered());
        let pick = |down, hovered, rest| {
            if is_down {
                down
            } else if is_hovered {
                hovered
            } else {
                rest
            }
        };
        if !self.is_enabled {
            let quiet = matches!(self.kind, Kind::Quiet | Kind::Link);
            let fill = if quiet { Color32::TRANSPARENT } else { t.hover };
            return Look { fill, stroke: if quiet { fill } else { t.hairline }, text: t.text_disabled };
        }
        match self.kind {
            Kind::Primary => {
                let fill = pick(t.accent_pressed, t.accent_hover, t.accent);
                Look { fill, stroke: fill, text: t.text_on_accent }
            }
            Kind::Secondary => Look { fill: pick(t.pressed, t.hover, t.card), stroke: t.border, text: t.text },
            Kind::Quiet => {
                let fill = pick(t.pressed, t.hover, Color32::TRANSPARENT);
                Look { fill, stroke: fill, text: if is_hovered { t.text } else { t.text_secondary } }
            }
            Kind::Link => {
                let text = if is_hovered { t.text_link } else { t.text_secondary };
                Look { fill: Color32::TRANSPARENT, stroke: Color32::TRANSPARENT, text }
            }
            Kind::Danger => {
                let stroke = pick(t.error_hover, t.error, t.border);
                Look { fill: pick(t.error_bg, t.error_bg, t.card), stroke, text: t.error }
            }
        }
    }
}

impl Widget for Button<'_> {
    fn ui(self, ui: &mut Ui) -> Response {
        let (t, s) = (tokens(ui), scale());
        let size = if self.is_small { s.type_small } else { s.type_body };
        let (height, pad) = match (self.is_small, self.kind) {
            (_, Kind::Link) => (s.control_height, 0.0),
            (true, _) => (22.0, s.space_sm),
            (false, _) => (s.control_height, s.space_md),
        };
        let font = FontId::new(size, fonts::medium());
        let galley = ui.painter().layout_no_wrap(self.text.to_owned(), font.clone(), Color32::PLACEHOLDER);
        let side = if self.is_small { 14.0 } else { s.icon };
        let gap = if self.is_small { s.space_xs } else { s.space_sm - 2.0 };
        let leading = self.icon.map_or(0.0, |_| side + gap);
        let trailing = self.trailing.map_or(0.0, |_| side + gap - 2.0);
        let content = leading + galley.size().x + trailing;
        let wanted = (content + 2.0 * pad).at_least(self.min_width);
        let width = wanted.at_most(ui.available_width().at_least(height));
        let sense = if self.is_enabled && ui.is_enabled() { Sense::click() } else { Sense::hover() };
        let (rect, response) = ui.allocate_exact_size(vec2(width, height), sense);
        response.widget_info(|| WidgetInfo::labeled(Role::Button, self.is_enabled && ui.is_enabled(), self.text));
        if ui.is_rect_visible(rect) {
            let look = self.look(t, &response);
            let stroke = Stroke::new(s.hairline, look.stroke);
            ui.painter().rect(rect, s.radius, look.fill, stroke, StrokeKind::Inside);
            focus_ring(ui, &response);
            let free = (width - 2.0 * pad - content).at_least(0.0);
            let mut x = rect.left() + pad + if self.align_left { 0.0 } else { free / 2.0 };
            let icon_at =
                |x: f32| egui::Rect::from_center_size(egui::pos2(x + side / 2.0, rect.center().y), vec2(side, side));
            if let Some(icon) = self.icon {
                icon.paint(ui.painter(), icon_at(x), side, look.text);
                x += leading;
            }
            let room = (rect.right() - pad - trailing - x).at_least(0.0);
            let galley = if galley.size().x > room + 0.5 { elided(ui, self.text, font, room) } else { galley };
            let at = Align2::LEFT_CENTER.align_size_within_rect(
                galley.size(),
                egui::Rect::from_x_y_ranges(x..=x + room.at_least(galley.size().x), rect.y_range()),
            );
            let text_width = galley.size().x;
            ui.painter().galley_with_override_text_color(at.min, galley, look.text);
            if let Some(icon) = self.trailing {
                let x = if self.align_left { rect.right() - pad - side } else { x + text_width + gap - 2.0 };
                icon.paint(ui.painter(), icon_at(x), side, look.text);
            }
        }
        match (self.is_enabled, self.why_not, self.tooltip) {
            (false, Some(why), _) if !why.is_empty() => response.on_hover_text(why),
            (_, _, Some(tooltip)) => response.on_hover_text(tooltip),
            _ => response,
        }
    }
}

/// One line that ends in `…` where the room ends.
pub(super) fn elided(ui: &Ui, text: &str, font: FontId, width: f32) -> std::sync::Arc<egui::Galley> {
    let mut job = egui::text::LayoutJob::simple_singleline(text.to_owned(), font, Color32::PLACEHOLDER);
    job.wrap = egui::text::TextWrapping::truncate_at_width(width);
    ui.painter().layout_job(job)
}

/// The ring around what has the keyboard.
pub(super) fn focus_ring(ui: &Ui, response: &Response) {
    if response.has_focus() {
        let (t, s) = (tokens(ui), scale());
        let stroke = Stroke::new(s.focus_ring, t.focus);
        ui.painter().rect_stroke(response.rect.expand(1.0), s.radius + 1.0, stroke, StrokeKind::Outside);
    }
}
