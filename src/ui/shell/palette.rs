//! The command palette: one field, the best matches under it, arrows and Enter.

use egui::text::LayoutJob;
use egui::{
    Color32, FontFamily, FontId, Frame, Id, Key, Margin, Modal, Rect, Response, Role, ScrollArea, Sense, Stroke,
    TextEdit, TextFormat, Ui, WidgetInfo, vec2,
};

use crate::app::palette::{PaletteCommand, PaletteItem, PaletteKind};
use crate::app::{Command, Commands, State, actions};
use crate::ui::theme::{Icon, Tokens, fonts, icons, scale, tokens};
use crate::ui::widgets::{in_rect_ui, kbd_ui};

const WIDTH: f32 = 620.0;
const ROW: f32 = 34.0;
/// Rows in view before the list scrolls.
const ROWS: f32 = 11.0;

/// The text being typed. It runs ahead of the application's by at most a frame, so that no letter is lost.
#[derive(Default)]
pub(super) struct PaletteUi {
    typed: String,
    was_open: bool,
    shown_selection: usize,
}

impl PaletteUi {
    pub(super) fn ui(&mut self, ui: &Ui, state: &State, commands: &mut Commands) {
        let palette = &state.palette;
        if !palette.is_open {
            self.was_open = false;
            return;
        }
        let is_new = !self.was_open;
        if is_new {
            self.typed.clone_from(&palette.query);
            self.was_open = true;
        }
        let (t, s) = (tokens(ui), scale());
        let frame =
            Frame::popup(ui.style()).fill(t.popup).stroke(Stroke::new(s.hairline, t.border)).inner_margin(Margin::ZERO);
        let id = Id::unique("palette");
        let window = ui.content_rect();
        let width = WIDTH.min(window.width() - 2.0 * s.space_xl);
        let area = Modal::default_area(id)
            .anchor(egui::Align2::CENTER_TOP, vec2(0.0, (window.height() * 0.12).max(s.space_lg)));
        let modal = Modal::new(id).area(area).frame(frame).backdrop_color(t.backdrop).show(ui, |ui| {
            ui.set_width(width);
            ui.spacing_mut().item_spacing = vec2(0.0, 0.0);
            send_moves(ui, commands);
            self.field_ui(ui, is_new, commands);
            ui.painter().hline(ui.max_rect().x_range(), ui.cursor().top(), Stroke::new(s.hairline, t.hairline));
            self.list_ui(ui, state, (window.height() * 0.6).min(ROW * ROWS), commands);
        });
        if modal.should_close()
            || ui.input(|input| input.modifiers.command && (input.key_pressed(Key::K) || input.key_pressed(Key::P)))
        {
            commands.send(Command::Palette(PaletteCommand::Close));
        }
    }

    fn field_ui(&mut self, ui: &mut Ui, is_new: bool, commands: &mut Commands) {
        let (t, s) = (tokens(ui), scale());
        let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), 48.0), Sense::hover());
        let sign = Rect::from_min_size(rect.min + vec2(s.space_lg, 0.0), vec2(s.icon, rect.height()));
        icons::SEARCH.paint(ui.painter(), sign, s.icon, t.text_muted);
        let inner =
            Rect::from_min_max(egui::pos2(sign.right() + s.space_md, rect.top()), rect.max - vec2(s.space_lg, 0.0));
        let field = TextEdit::singleline(&mut self.typed)
            .id(Id::unique("palette field"))
            .frame(Frame::NONE)
            .margin(Margin::ZERO)
            .font(FontId::new(s.type_section, FontFamily::Proportional))
            .hint_text(
                fonts::section("Find a command, an experiment, a run")
                    .font(FontId::new(s.type_section, FontFamily::Proportional))
                    .color(t.text_muted),
            )
            .align(egui::Align2::LEFT_CENTER)
            .desired_width(inner.width());
        let response = ui.put(inner, field).accessible_name("Find anything");
        if is_new || !response.has_focus() {
            response.request_focus();
        }
        if response.changed() {
            commands.send(Command::Palette(PaletteCommand::SetQuery(self.typed.clone())));
        }
    }

    fn list_ui(&mut self, ui: &mut Ui, state: &State, max_height: f32, commands: &mut Commands) {
        let (t, s) = (tokens(ui), scale());
        let palette = &state.palette;
        if palette.items.is_empty() {
            let words = if palette.is_searching { "Searching" } else { "Nothing matches" };
            Frame::new().inner_margin(Margin::symmetric(s.space_lg as i8, s.space_lg as i8)).show(ui, |ui| {
                ui.set_min_width(ui.available_width());
                ui.label(fonts::body(words).color(t.text_muted));
            });
            return;
        }
        let is_moved = self.shown_selection != palette.selected;
        self.shown_selection = palette.selected;
        Frame::new().inner_margin(Margin::same(6)).show(ui, |ui| {
            ScrollArea::vertical().max_height(max_height).auto_shrink([false, true]).show(ui, |ui| {
                for (index, item) in palette.items.iter().enumerate() {
                    let response = row_ui(ui, item, index == palette.selected);
                    if index == palette.selected && is_moved {
                        response.scroll_to_me(None);
                    }
                    if response.clicked() && item.unavailable.is_none() {
                        commands.send(Command::Palette(PaletteCommand::Run(Some(index))));
                    }
                }
            });
        });
    }
}

/// Arrows, paging and Enter go to the list even though the field has the keyboard.
fn send_moves(ui: &Ui, commands: &mut Commands) {
    let moves = [(Key::ArrowDown, 1), (Key::ArrowUp, -1), (Key::PageDown, 10), (Key::PageUp, -10)];
    for (key, by) in moves {
        let times = ui.input_mut(|input| input.count_and_consume_key(egui::Modifiers::NONE, key));
        for _ in 0..times {
            commands.send(Command::Palette(PaletteCommand::Move(by)));
        }
    }
    if ui.input_mut(|input| input.consume_key(egui::Modifiers::NONE, Key::Enter)) {
        commands.send(Command::Palette(PaletteCommand::Run(None)));
    }
}

fn icon_of(kind: PaletteKind) -> Icon {
    match kind {
        PaletteKind::Action(id) => {
            actions::find(id).and_then(|action| Icon::by_name(action.icon)).unwrap_or(icons::TERMINAL)
        }
        PaletteKind::Experiment => icons::FLASK_CONICAL,
        PaletteKind::Run => icons::CHART_LINE,
        PaletteKind::Workspace => icons::FOLDER,
        PaletteKind::Address => icons::LINK,
    }
}

fn row_ui(ui: &mut Ui, item: &PaletteItem, is_selected: bool) -> Response {
    let (t, s) = (tokens(ui), scale());
    let is_enabled = item.unavailable.is_none();
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), ROW), Sense::CLICK | Sense::HOVER);
    response.widget_info(|| WidgetInfo::selected(Role::ListBoxOption, is_enabled, is_selected, &item.text));
    if !ui.is_rect_visible(rect) {
        return response;
    }
    let fill = match (is_selected, response.hovered()) {
        (true, _) => t.selected,
        (false, true) => t.hover,
        _ => Color32::TRANSPARENT,
    };
    ui.painter().rect_filled(rect, s.radius_small, fill);
    let color = if is_enabled { t.text } else { t.text_disabled };
    let sign = Rect::from_min_size(rect.min + vec2(10.0, 0.0), vec2(s.icon, rect.height()));
    icon_of(item.kind).paint(ui.painter(), sign, s.icon, if is_enabled { t.text_muted } else { t.text_disabled });
    let right = detail_ui(ui, item, rect);
    let mut job = matched_job(t, &item.text, &item.matched, color);
    let left = sign.right() + s.space_md;
    job.wrap = egui::text::TextWrapping::truncate_at_width((right - s.space_md - left).max(0.0));
    let galley = ui.painter().layout_job(job);
    ui.painter().galley(egui::pos2(left, rect.center().y - galley.size().y / 2.0), galley, color);
    response
}

/// Draws what stands at the right of a row; returns where it begins.
fn detail_ui(ui: &mut Ui, item: &PaletteItem, rect: Rect) -> f32 {
    let (t, s) = (tokens(ui), scale());
    let right = rect.right() - 10.0;
    if let (PaletteKind::Action(_), None, false) = (item.kind, &item.unavailable, item.detail.is_empty()) {
        let place = Rect::from_min_max(rect.min, egui::pos2(right, rect.bottom()));
        let layout = egui::Layout::right_to_left(egui::Align::Center);
        return in_rect_ui(ui, place, layout, |ui| kbd_ui(ui, &item.detail)).rect.left();
    }
    let text = item.unavailable.as_deref().unwrap_or(&item.detail);
    if text.is_empty() {
        return right;
    }
    let mut job = LayoutJob::simple_singleline(
        text.to_owned(),
        FontId::new(s.type_small, FontFamily::Proportional),
        t.text_muted,
    );
    job.wrap = egui::text::TextWrapping::truncate_at_width(rect.width() * 0.5);
    let galley = ui.painter().layout_job(job);
    let at = egui::pos2(right - galley.size().x, rect.center().y - galley.size().y / 2.0);
    ui.painter().galley(at, galley, t.text_muted);
    at.x
}

/// The text with its matched characters in the accent.
fn matched_job(t: &Tokens, text: &str, matched: &[u32], color: Color32) -> LayoutJob {
    let s = scale();
    let plain = TextFormat::simple(FontId::new(s.type_body, FontFamily::Proportional), color);
    let strong = TextFormat::simple(
        FontId::new(s.type_body, fonts::semibold()),
        if color == t.text { t.text_link } else { color },
    );
    let mut job = LayoutJob::default();
    let (mut run, mut run_is_match) = (String::new(), false);
    for (position, character) in text.chars().enumerate() {
        let is_match = u32::try_from(position).is_ok_and(|position| matched.binary_search(&position).is_ok());
        if is_match != run_is_match && !run.is_empty() {
            job.append(&run, 0.0, if run_is_match { strong.clone() } else { plain.clone() });
            run.clear();
        }
        run_is_match = is_match;
        // A name with line breaks still is one line here.
        run.push(if character == '\n' { ' ' } else { character });
    }
    job.append(&run, 0.0, if run_is_match { strong } else { plain });
    job
}
