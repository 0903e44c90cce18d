//! Text that a click copies: addresses, ids, commands. What is copied may be longer than what is shown.

use egui::{FontFamily, FontId, Response, Role, Sense, Ui, Widget, WidgetInfo, vec2};

use super::button::{elided, focus_ring};
use crate::ui::theme::{icons, scale, tokens};

/// How long the check mark stays after copying, in seconds.
const SAID_FOR: f64 = 1.5;

/// A text with a copy sign behind it.
#[must_use = "add it to a ui"]
pub struct Copyable<'a> {
    shown: &'a str,
    copied: &'a str,
    name: &'a str,
    is_mono: bool,
    is_small: bool,
}

impl<'a> Copyable<'a> {
    /// `name` says what is copied, such as "Copy run id".
    pub fn new(text: &'a str, name: &'a str) -> Self {
        Self { shown: text, copied: text, name, is_mono: true, is_small: true }
    }

    /// Copies another text than the one shown: the whole id, the exact number.
    pub fn copies(mut self, text: &'a str) -> Self {
        self.copied = text;
        self
    }

    /// In the proportional face.
    pub fn plain(mut self) -> Self {
        self.is_mono = false;
        self
    }

    /// In the size of body text.
    pub fn large(mut self) -> Self {
        self.is_small = false;
        self
    }
}

impl Widget for Copyable<'_> {
    fn ui(self, ui: &mut Ui) -> Response {
        let (t, s) = (tokens(ui), scale());
        let family = if self.is_mono { FontFamily::Monospace } else { FontFamily::Proportional };
        let size = if self.is_small { s.type_small } else { s.type_body + 1.0 };
        let (icon_size, gap) = (14.0, 6.0);
        let room = (ui.available_width() - icon_size - gap).max(24.0);
        let galley = elided(ui, self.shown, FontId::new(size, family), room);
        let (rect, response) =
            ui.allocate_exact_size(vec2(galley.size().x + gap + icon_size, galley.size().y.max(20.0)), Sense::click());
        response.widget_info(|| WidgetInfo::labeled(Role::Button, true, self.name));
        let now = ui.input(|input| input.time);
        if response.clicked() {
            ui.ctx().copy_text(self.copied.to_owned());
            ui.data_mut(|data| data.insert_temp(response.id, now));
        }
        let since = ui.data(|data| data.get_temp::<f64>(response.id)).map(|at| now - at);
        let is_said = since.is_some_and(|since| (0.0..SAID_FOR).contains(&since));
        if is_said {
            ui.request_repaint_after_secs(SAID_FOR as f32);
        }
        if ui.is_rect_visible(rect) {
            let color = if response.hovered() { t.text } else { t.text_secondary };
            let at = egui::pos2(rect.left(), rect.center().y - galley.size().y / 2.0);
            ui.painter().galley_with_override_text_color(at, galley, color);
            let sign = egui::Rect::from_min_max(egui::pos2(rect.right() - icon_size, rect.top()), rect.max);
            let (icon, color) = match (is_said, response.hovered()) {
                (true, _) => (icons::CHECK, t.ok),
                (_, true) => (icons::COPY, t.text),
                _ => (icons::COPY, t.text_muted),
            };
            icon.paint(ui.painter(), sign, icon_size, color);
            focus_ring(ui, &response);
        }
        let response = response.on_hover_cursor(egui::CursorIcon::PointingHand);
        if is_said {
            response.on_hover_text("Copied")
        } else if self.copied == self.shown {
            response.on_hover_text(self.name)
        } else {
            response.on_hover_text(format!("{}\n{}", self.name, self.copied))
        }
    }
}
