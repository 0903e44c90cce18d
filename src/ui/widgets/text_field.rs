//! Fields to type in: plain ones with a label, and search fields with a magnifier, a shortcut and a way to clear.

use egui::{Margin, Response, Stroke, StrokeKind, TextEdit, Ui, vec2};

use super::icon_button::IconButton;
use super::kbd::kbd_ui;
use super::place::in_rect_ui;
use crate::ui::theme::{icons, scale, tokens};

/// A field for a line of text.
#[must_use = "call show"]
pub struct TextField<'a> {
    text: &'a mut String,
    name: &'a str,
    hint: &'a str,
    width: f32,
    is_mono: bool,
    is_search: bool,
    has_error: bool,
    shortcut: Option<&'a str>,
    id: Option<egui::Id>,
}

impl<'a> TextField<'a> {
    /// `name` is what a screen reader says; the hint stands in the empty field.
    pub fn new(text: &'a mut String, name: &'a str) -> Self {
        Self {
            text,
            name,
            hint: "",
            width: 240.0,
            is_mono: false,
            is_search: false,
            has_error: false,
            shortcut: None,
            id: None,
        }
    }

    /// With a magnifier in front and a button to clear it.
    pub fn search(text: &'a mut String, name: &'a str) -> Self {
        Self { is_search: true, hint: name, ..Self::new(text, name) }
    }

    pub fn hint(mut self, hint: &'a str) -> Self {
        self.hint = hint;
        self
    }

    pub fn width(mut self, width: f32) -> Self {
        self.width = width;
        self
    }

    /// For ids, paths, expressions.
    pub fn mono(mut self) -> Self {
        self.is_mono = true;
        self
    }

    /// Outlined in red; say the reason under the field.
    pub fn error(mut self, has_error: bool) -> Self {
        self.has_error = has_error;
        self
    }

    /// The keys that lead here, shown while the field is empty.
    pub fn shortcut(mut self, shortcut: &'a str) -> Self {
        self.shortcut = Some(shortcut);
        self
    }

    /// A known id, so that a shortcut can give it the keyboard.
    pub fn id(mut self, id: egui::Id) -> Self {
        self.id = Some(id);
        self
    }

    /// Draws the field; the response is that of the text.
    pub fn show(self, ui: &mut Ui) -> Response {
        let (t, s) = (tokens(ui), scale());
        let size = vec2(self.width.min(ui.available_width()), s.control_height);
        let (rect, _) = ui.allocate_exact_size(size, egui::Sense::hover());
        let background = ui.painter().add(egui::Shape::Noop);
        let mut inner = rect.shrink2(vec2(s.space_sm, 0.0));
        if self.is_search {
            let at = egui::Rect::from_min_size(inner.min, vec2(s.icon, size.y));
            icons::SEARCH.paint(ui.painter(), at, 14.0, t.text_muted);
            inner.min.x += s.icon + 6.0;
        }
        let mut trailing = 0.0;
        let mut is_cleared = false;
        if self.is_search && !self.text.is_empty() {
            trailing = 20.0;
            let at = egui::Rect::from_center_size(egui::pos2(rect.right() - 14.0, rect.center().y), vec2(20.0, 20.0));
            is_cleared =
                in_rect_ui(ui, at, egui::Layout::default(), |ui| ui.add(IconButton::new(icons::X, "Clear").small()))
                    .clicked();
        } else if let Some(shortcut) = self.shortcut {
            let at = egui::Rect::from_min_max(egui::pos2(rect.right() - 84.0, rect.top()), rect.max - vec2(6.0, 0.0));
            let layout = egui::Layout::right_to_left(egui::Align::Center);
            let keys = in_rect_ui(ui, at, layout, |ui| kbd_ui(ui, shortcut));
            trailing = rect.right() - keys.rect.left();
        }
        inner.max.x -= trailing;
        let text_style = if self.is_mono { egui::TextStyle::Monospace } else { egui::TextStyle::Body };
        let mut edit = TextEdit::singleline(self.text)
            .frame(egui::Frame::NONE)
            .margin(Margin::ZERO)
            .font(text_style)
            .hint_text(egui::RichText::new(self.hint).color(t.text_muted))
            .align(egui::Align2::LEFT_CENTER)
            .desired_width(inner.width());
        if let Some(id) = self.id {
            edit = edit.id(id);
        }
        let mut response =
            in_rect_ui(ui, inner, egui::Layout::default(), |ui| ui.put(inner, edit)).accessible_name(self.name);
        if is_cleared {
            self.text.clear();
            response.mark_changed();
            response.request_focus();
        }
        let stroke = match (self.has_error, response.has_focus(), response.hovered()) {
            (true, ..) => Stroke::new(s.focus_ring, t.error),
            (_, true, _) => Stroke::new(s.focus_ring, t.focus),
            (.., true) => Stroke::new(s.hairline, t.text_muted),
            _ => Stroke::new(s.hairline, t.control),
        };
        ui.painter().set(
            background,
            egui::Shape::Rect(egui::epaint::RectShape::new(rect, s.radius, t.panel, stroke, StrokeKind::Inside)),
        );
        // What was put inside has moved the cursor to its own end; the next widget goes behind the whole field.
        ui.advance_cursor_after_rect(rect);
        response
    }
}
