//! Dialogs in front of everything: they ask one thing, and Esc means no.

use egui::{Align, Context, Frame, Id, Key, Layout, Margin, Modal, Stroke, Ui, vec2};

use super::button::Button;
use super::text_field::TextField;
use crate::ui::theme::{fonts, scale, tokens};

/// Draws a dialog; `None` inside the pair's second place means that it stays open. Returns what `contents_ui` returned
/// and whether the person dismissed the dialog (Esc, click beside it).
pub fn dialog_ui<R>(
    ctx: &Context,
    id: Id,
    title: &str,
    width: f32,
    contents_ui: impl FnOnce(&mut Ui) -> R,
) -> (R, bool) {
    let (t, s) = (tokens(ctx), scale());
    let frame = Frame::popup(&ctx.global_style())
        .fill(t.popup)
        .stroke(Stroke::new(s.hairline, t.border))
        .inner_margin(Margin::same(s.space_xl as i8 - 4));
    let width = width.min(ctx.content_rect().width() - 2.0 * s.space_xl);
    // An area first gets a small default height, which would squeeze what scrolls in it.
    let room = ctx.content_rect().size() - vec2(2.0, 4.0) * s.space_xl;
    let area = Modal::default_area(id).default_size(vec2(width, room.y));
    let modal = Modal::new(id).area(area).frame(frame).backdrop_color(t.backdrop).show(ctx, |ui| {
        ui.set_width(width);
        ui.spacing_mut().item_spacing.y = s.space_sm;
        let heading = ui.label(fonts::section(title));
        heading.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Heading, true, title));
        contents_ui(ui)
    });
    let is_dismissed = modal.should_close();
    (modal.inner, is_dismissed)
}

/// What a person answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    Confirmed,
    Cancelled,
}

/// A question before an act. With `typed`, the act cannot be undone and its object must be named.
#[must_use = "call show"]
pub struct Confirm<'a> {
    title: &'a str,
    text: &'a str,
    verb: &'a str,
    is_danger: bool,
    typed: Option<&'a str>,
}

impl<'a> Confirm<'a> {
    /// `verb` stands on the button: "Delete 3 runs".
    pub fn new(title: &'a str, text: &'a str, verb: &'a str) -> Self {
        Self { title, text, verb, is_danger: false, typed: None }
    }

    /// Something is destroyed.
    pub fn danger(mut self) -> Self {
        self.is_danger = true;
        self
    }

    /// The button works only once this has been typed.
    pub fn typed(mut self, what: &'a str) -> Self {
        self.typed = Some(what);
        self
    }

    /// Draws the question; `typing` is what has been typed so far, kept by the caller.
    pub fn show(self, ctx: &Context, typing: &mut String) -> Option<Answer> {
        let s = scale();
        let is_ready = self.typed.is_none_or(|what| typing.trim() == what);
        let id = Id::unique(("confirm", self.title));
        let (mut answer, is_dismissed) = dialog_ui(ctx, id, self.title, 420.0, |ui| {
            let t = tokens(ui);
            ui.add(egui::Label::new(fonts::body(self.text).color(t.text_secondary)).wrap());
            let mut is_entered = self.typed.is_none() && ui.input(|input| input.key_pressed(Key::Enter));
            if let Some(what) = self.typed {
                ui.add_space(s.space_xs);
                ui.label(fonts::small(format!("Type “{what}” to confirm")).color(t.text_muted));
                let width = ui.available_width();
                let field = TextField::new(typing, "Type the name to confirm").width(width).show(ui);
                is_entered = field.lost_focus() && ui.input(|input| input.key_pressed(Key::Enter));
                // Only now: asking for the keyboard again would hide that Enter just gave it back.
                if ui.memory(|memory| memory.focused().is_none()) {
                    field.request_focus();
                }
            }
            ui.add_space(s.space_sm);
            let mut answer = (is_entered && is_ready).then_some(Answer::Confirmed);
            buttons_ui(ui, |ui| {
                let button = if self.is_danger { Button::danger(self.verb) } else { Button::primary(self.verb) };
                if ui.add(button.enabled(is_ready, "Type the name first")).clicked() {
                    answer = Some(Answer::Confirmed);
                }
                if ui.add(Button::secondary("Cancel")).clicked() {
                    answer = Some(Answer::Cancelled);
                }
            });
            answer
        });
        if is_dismissed {
            answer = answer.or(Some(Answer::Cancelled));
        }
        answer
    }
}

/// The row of buttons at the end of a dialog, from the right: add the deciding one first.
pub fn buttons_ui(ui: &mut Ui, contents_ui: impl FnOnce(&mut Ui)) {
    let size = vec2(ui.available_width(), scale().control_height);
    ui.allocate_ui_with_layout(size, Layout::right_to_left(Align::Center), contents_ui);
}
