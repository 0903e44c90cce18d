//! What a place shows when it has nothing to show: empty, failed, loading.

use egui::{Align, Layout, Rect, Sense, Ui, UiBuilder, vec2};

use super::button::Button;
use crate::ui::theme::{Icon, fonts, icons, scale, tokens};

/// What a person chose in an empty or failed place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StateAction {
    /// The one action that the place offers.
    Primary,
    /// The quieter second one.
    Secondary,
}

/// An empty or failed place: sign, title, what it means, one action.
#[must_use = "call show"]
pub struct Placeholder<'a> {
    icon: Icon,
    is_error: bool,
    title: &'a str,
    text: &'a str,
    primary: Option<&'a str>,
    secondary: Option<&'a str>,
    details: Option<&'a str>,
}

impl<'a> Placeholder<'a> {
    /// Nothing here yet: what the place is for and how it fills.
    pub fn empty(icon: Icon, title: &'a str, text: &'a str) -> Self {
        Self { icon, is_error: false, title, text, primary: None, secondary: None, details: None }
    }

    /// Something failed: what, then why and what to do about it.
    pub fn error(title: &'a str, text: &'a str) -> Self {
        Self { is_error: true, ..Self::empty(icons::TRIANGLE_ALERT, title, text) }
    }

    /// The one thing to do.
    pub fn action(mut self, text: &'a str) -> Self {
        self.primary = Some(text);
        self
    }

    /// Another, quieter one.
    pub fn second_action(mut self, text: &'a str) -> Self {
        self.secondary = Some(text);
        self
    }

    /// Offers to copy the technical side of an error.
    pub fn details(mut self, details: &'a str) -> Self {
        self.details = Some(details);
        self
    }

    /// Draws it in the middle of what is left.
    pub fn show(self, ui: &mut Ui) -> Option<StateAction> {
        let (t, s) = (tokens(ui), scale());
        let width = ui.available_width().min(420.0);
        let height = ui.available_height();
        let middle = ui.available_rect_before_wrap().center().x;
        let mut chosen = None;
        ui.vertical_centered(|ui| {
            // A little above the middle looks centred.
            ui.add_space(((height - 200.0) * 0.42).clamp(s.space_lg, 240.0));
            ui.set_max_width(width);
            ui.spacing_mut().item_spacing.y = s.space_sm;
            let color = if self.is_error { t.error } else { t.text_muted };
            let (rect, _) = ui.allocate_exact_size(vec2(s.icon_large, s.icon_large), Sense::hover());
            self.icon.paint(ui.painter(), rect, s.icon_large, color);
            ui.add_space(s.space_xs);
            ui.label(fonts::section(self.title));
            ui.add(egui::Label::new(fonts::body(self.text).color(t.text_muted)).wrap().halign(Align::Center));
            ui.add_space(s.space_sm);
            centered_row_ui(ui, middle, |ui| {
                if let Some(text) = self.primary
                    && ui.add(Button::primary(text)).clicked()
                {
                    chosen = Some(StateAction::Primary);
                }
                if let Some(text) = self.secondary
                    && ui.add(Button::secondary(text)).clicked()
                {
                    chosen = Some(StateAction::Secondary);
                }
                if let Some(details) = self.details
                    && ui.add(Button::quiet("Copy details").icon(icons::COPY)).clicked()
                {
                    ui.ctx().copy_text(details.to_owned());
                }
            });
        });
        chosen
    }
}

/// A row of widgets in the middle: measured in an invisible pass, then placed.
fn centered_row_ui(ui: &mut Ui, middle: f32, row_ui: impl FnOnce(&mut Ui)) {
    let id = ui.next_auto_id().with("row width");
    let known: Option<f32> = ui.data(|data| data.get_temp(id));
    let width = known.unwrap_or(800.0);
    let place = Rect::from_center_size(egui::pos2(middle, ui.cursor().top()), vec2(width + 1.0, 0.0));
    let place = place.with_max_y(place.top() + scale().control_height);
    let mut builder = UiBuilder::new().max_rect(place).layout(Layout::left_to_right(Align::Center));
    if known.is_none() {
        builder = builder.invisible();
    }
    let drawn = ui.scope_builder(builder, row_ui).response.rect.width();
    if known != Some(drawn) {
        ui.data_mut(|data| data.insert_temp(id, drawn));
        ui.request_discard("a centred row was measured");
    }
}

/// Bars that stand for rows being loaded for the first time.
pub fn skeleton_rows_ui(ui: &mut Ui, rows: usize) {
    const WIDTHS: [f32; 5] = [0.62, 0.48, 0.71, 0.55, 0.4];
    let (t, s) = (tokens(ui), scale());
    for width in WIDTHS.iter().cycle().take(rows) {
        let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), s.row_normal), Sense::hover());
        let bar = Rect::from_min_size(egui::pos2(rect.left(), rect.center().y - 5.0), vec2(rect.width() * width, 10.0));
        ui.painter().rect_filled(bar, s.radius_small, t.skeleton);
    }
}

/// A thin line along the top of a place that is being brought up to date. It does not move: moving would repaint.
pub fn refresh_line_ui(ui: &Ui, place: Rect, progress: Option<f32>) {
    let t = tokens(ui);
    let line = Rect::from_min_size(place.min, vec2(place.width(), 2.0));
    ui.painter().rect_filled(line, 0.0, t.selected_hover);
    let share = progress.unwrap_or(0.33).clamp(0.0, 1.0);
    ui.painter().rect_filled(Rect::from_min_size(line.min, vec2(line.width() * share, 2.0)), 0.0, t.accent);
}
