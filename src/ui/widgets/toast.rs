//! Messages that come up at the lower right: what happened, an action where there is one, details to copy.
//!
//! When a toast goes is decided by the caller, who knows the clock; errors stay until they are closed.

use egui::{Align2, Area, Context, Frame, Id, Margin, Order, Stroke, Ui, vec2};

use super::badge::Tone;
use super::button::Button;
use super::icon_button::IconButton;
use crate::ui::theme::{fonts, icons, scale, tokens};

/// One message.
#[derive(Debug, Clone)]
pub struct ToastView<'a> {
    pub id: u64,
    pub tone: Tone,
    pub title: &'a str,
    /// One or two lines more; empty for none.
    pub text: &'a str,
    /// The whole technical text; offered to copy.
    pub details: Option<&'a str>,
    /// The words of an action, such as "Undo".
    pub action: Option<&'a str>,
}

/// What a person did with a toast.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ToastAction {
    Closed(u64),
    Acted(u64),
}

/// At most so many are drawn; the rest wait and are counted.
const SHOWN: usize = 4;

/// Draws the stack, newest at the bottom.
pub fn toasts_ui(ctx: &Context, toasts: &[ToastView<'_>], above_bottom: f32) -> Option<ToastAction> {
    if toasts.is_empty() {
        return None;
    }
    let s = scale();
    let mut chosen = None;
    Area::new(Id::unique("toasts"))
        .order(Order::Foreground)
        .anchor(Align2::RIGHT_BOTTOM, vec2(-s.space_lg, -s.space_lg - above_bottom))
        .show(ctx, |ui| {
            ui.set_width(360.0);
            ui.spacing_mut().item_spacing.y = s.space_sm;
            let hidden = toasts.len().saturating_sub(SHOWN);
            if hidden > 0 {
                ui.label(fonts::small(format!("{hidden} earlier messages")).color(tokens(ui).text_muted));
            }
            for toast in toasts.iter().skip(hidden) {
                chosen = toast_ui(ui, toast).or(chosen);
            }
        });
    chosen
}

fn toast_ui(ui: &mut Ui, toast: &ToastView<'_>) -> Option<ToastAction> {
    let (t, s) = (tokens(ui), scale());
    let mut chosen = None;
    Frame::popup(ui.style())
        .fill(t.popup)
        .stroke(Stroke::new(s.hairline, t.border))
        .inner_margin(Margin::same(12))
        .show(ui, |ui| {
            ui.set_width(336.0);
            ui.spacing_mut().item_spacing = vec2(s.space_sm, s.space_xs);
            ui.horizontal_top(|ui| {
                toast.tone.icon().ui(ui, toast.tone.color(t));
                ui.vertical(|ui| {
                    ui.set_width(336.0 - 2.0 * (s.icon + s.space_sm) - 4.0);
                    ui.add(egui::Label::new(fonts::body_strong(toast.title)).wrap());
                    if !toast.text.is_empty() {
                        ui.add(egui::Label::new(fonts::small(toast.text).color(t.text_secondary)).wrap());
                    }
                    if toast.action.is_some() || toast.details.is_some() {
                        ui.add_space(s.space_xs);
                        ui.horizontal(|ui| {
                            if let Some(action) = toast.action
                                && ui.add(Button::secondary(action).small()).clicked()
                            {
                                chosen = Some(ToastAction::Acted(toast.id));
                            }
                            if let Some(details) = toast.details
                                && ui.add(Button::quiet("Copy details").icon(icons::COPY).small()).clicked()
                            {
                                ui.ctx().copy_text(details.to_owned());
                            }
                        });
                    }
                });
                if ui.add(IconButton::new(icons::X, "Close message").small()).clicked() {
                    chosen = Some(ToastAction::Closed(toast.id));
                }
            });
        });
    chosen
}
