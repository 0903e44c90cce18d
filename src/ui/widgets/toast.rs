//! Messages that come up at the lower right: what happened, an action where there is one, details to open and copy.
//!
//! When a toast goes is decided by the caller, who knows the clock; errors stay until they are closed.

use egui::{Align2, Area, Context, Frame, Id, Margin, Order, ScrollArea, Stroke, Ui, vec2};

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
    /// How often the same message came.
    pub count: u32,
    /// The whole technical text.
    pub details: Option<&'a str>,
    /// Whether the details are shown.
    pub is_open: bool,
    /// The words of an action, such as "Undo".
    pub action: Option<&'a str>,
}

/// What a person did with a toast.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ToastAction {
    Closed(u64),
    Acted(u64),
    /// Opened or closed the details.
    Toggled(u64),
    /// Wants the details in the clipboard.
    Copied(u64),
}

/// At most so many are drawn; the rest wait and are counted.
const SHOWN: usize = 4;
const WIDTH: f32 = 360.0;

/// Draws the stack, newest at the bottom, `above_bottom` points over the lower edge.
pub fn toasts_ui(ctx: &Context, toasts: &[ToastView<'_>], above_bottom: f32) -> Option<ToastAction> {
    if toasts.is_empty() {
        return None;
    }
    let s = scale();
    let mut chosen = None;
    Area::new(Id::unique("toasts"))
        .order(Order::Foreground)
        .anchor(Align2::RIGHT_BOTTOM, vec2(-s.space_lg, -s.space_md - above_bottom))
        .show(ctx, |ui| {
            ui.set_width(WIDTH);
            ui.spacing_mut().item_spacing.y = s.space_sm;
            let hidden = toasts.len().saturating_sub(SHOWN);
            if hidden > 0 {
                let words = super::format::counted(hidden, "earlier message", "earlier messages");
                ui.label(fonts::small(words).color(tokens(ui).text_muted));
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
    let frame = Frame::popup(ui.style()).fill(t.popup).stroke(Stroke::new(s.hairline, t.border));
    frame.inner_margin(Margin::same(s.space_md as i8)).show(ui, |ui| {
        let inner = WIDTH - 2.0 * s.space_md - 2.0;
        ui.set_width(inner);
        ui.spacing_mut().item_spacing = vec2(s.space_sm, s.space_xs);
        ui.horizontal_top(|ui| {
            let icon = if toast.tone == Tone::Idle { icons::INFO } else { toast.tone.icon() };
            let (rect, _) = ui.allocate_exact_size(vec2(s.icon, 20.0), egui::Sense::hover());
            icon.paint(ui.painter(), rect, s.icon, toast.tone.color(t));
            ui.vertical(|ui| {
                ui.set_width(inner - s.icon - 20.0 - 2.0 * s.space_sm);
                let title = if toast.count > 1 {
                    format!("{} ({}×)", toast.title, toast.count)
                } else {
                    toast.title.to_owned()
                };
                ui.add_space(1.0);
                ui.add(egui::Label::new(fonts::body(title)).wrap());
                chosen = foot_ui(ui, toast);
            });
            if ui.add(IconButton::new(icons::X, "Close message").small()).clicked() {
                chosen = Some(ToastAction::Closed(toast.id));
            }
        });
    });
    chosen
}

/// The details, when open, and the buttons.
fn foot_ui(ui: &mut Ui, toast: &ToastView<'_>) -> Option<ToastAction> {
    let (t, s) = (tokens(ui), scale());
    let mut chosen = None;
    if let Some(details) = toast.details.filter(|_| toast.is_open) {
        ui.add_space(s.space_xs);
        ScrollArea::vertical().max_height(160.0).auto_shrink([false, true]).show(ui, |ui| {
            ui.add(egui::Label::new(fonts::small(details).color(t.text_secondary)).wrap());
        });
    }
    if toast.action.is_none() && toast.details.is_none() {
        return None;
    }
    ui.add_space(s.space_xs);
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = s.space_xs;
        if let Some(action) = toast.action
            && ui.add(Button::secondary(action).small()).clicked()
        {
            chosen = Some(ToastAction::Acted(toast.id));
        }
        if toast.details.is_some() {
            let (words, icon) =
                if toast.is_open { ("Hide details", icons::CHEVRON_UP) } else { ("Details", icons::CHEVRON_DOWN) };
            if ui.add(Button::quiet(words).icon(icon).small()).clicked() {
                chosen = Some(ToastAction::Toggled(toast.id));
            }
            if ui.add(Button::quiet("Copy").icon(icons::COPY).small()).clicked() {
                chosen = Some(ToastAction::Copied(toast.id));
            }
        }
    });
    chosen
}
