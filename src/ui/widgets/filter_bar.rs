//! The filter bar: a line of text with completion, and its mistake marked where it is.

use egui::text::{CCursor, CCursorRange};
use egui::{CompletionPopup, Id, Margin, RectAlign, Sense, Stroke, StrokeKind, Suggestion, TextEdit, Ui, vec2};

use super::{IconButton, MenuItem, kbd_ui, menu_under, panel_under};
use crate::app::experiments::{ExperimentsCommand, ExperimentsState, FilterProblem, filter_text};
use crate::domain::ColumnKey;
use crate::domain::filter::{Completion, CompletionKind, Subject, Vocabulary, complete};
use crate::ui::theme::{fonts, icons, scale, tokens};

/// What the bar remembers between frames.
#[derive(Default)]
pub struct FilterBar {
    text: String,
    /// The state's text when it was last looked at; a difference means that something else changed it.
    known: String,
    focus_wishes: u64,
    vocabulary: Option<(usize, Vocabulary)>,
}

impl FilterBar {
    /// The id of the field.
    pub fn id() -> Id {
        Id::unique("runs filter")
    }

    /// Draws the bar over the given width.
    pub fn ui(&mut self, ui: &mut Ui, state: &ExperimentsState, width: f32, out: &mut Vec<ExperimentsCommand>) {
        let (t, s) = (tokens(ui), scale());
        let filter = &state.runs_view().filter;
        if *filter != self.known {
            self.text.clone_from(filter);
            self.known.clone_from(filter);
        }
        self.update_vocabulary(state);
        let (rect, _) = ui.allocate_exact_size(vec2(width, s.control_height), Sense::hover());
        let background = ui.painter().add(egui::Shape::Noop);
        let sign = egui::Rect::from_min_size(rect.min + vec2(s.space_sm, 0.0), vec2(s.icon, rect.height()));
        icons::LIST_FILTER.paint(ui.painter(), sign, 14.0, t.text_muted);

        let trailing = self.buttons_ui(ui, rect, state, out);
        let inner = egui::Rect::from_min_max(
            egui::pos2(sign.right() + 6.0, rect.top()),
            egui::pos2(rect.right() - trailing, rect.bottom()),
        );
        let is_wanted = state.filter_focus_wishes != self.focus_wishes;
        self.focus_wishes = state.filter_focus_wishes;
        let edit = TextEdit::singleline(&mut self.text)
            .frame(egui::Frame::NONE)
            .margin(Margin::ZERO)
            .font(egui::TextStyle::Monospace)
            .hint_text(egui::RichText::new("Filter runs, such as metrics.accuracy > 0.9").color(t.text_muted))
            .align(egui::Align2::LEFT_CENTER)
            .desired_width(inner.width());
        let vocabulary = self.vocabulary.as_ref().map(|(_, vocabulary)| vocabulary);
        let mut builder = ui
            .new_child(egui::UiBuilder::new().max_rect(inner).layout(egui::Layout::left_to_right(egui::Align::Center)));
        let output = CompletionPopup::new(Self::id())
            .align(RectAlign::BOTTOM_START)
            .max_height(280.0)
            // The whole text before the cursor is replaced: names may hold spaces.
            .word_boundary(|_| false)
            .show(&mut builder, edit, |query| vocabulary.map(|known| suggestions(query, known)).unwrap_or_default());
        let text_edit = output.text_edit;
        let response = text_edit.response.response.clone().accessible_name("Filter runs");
        if is_wanted {
            response.request_focus();
            let end = CCursor::new(self.text.chars().count());
            let mut edit_state = text_edit.state.clone();
            edit_state.cursor.set_char_range(Some(CCursorRange::two(CCursor::new(0), end)));
            edit_state.store(ui.ctx(), response.id);
        }
        if let Some(problem) = &state.problem
            && self.text == self.known
        {
            mark_problem(ui, &text_edit.galley, text_edit.galley_pos, text_edit.text_clip_rect, &self.text, problem);
        }
        if self.text != self.known {
            self.known.clone_from(&self.text);
            out.push(ExperimentsCommand::SetFilter(self.text.clone()));
        }
        if response.lost_focus() {
            out.push(ExperimentsCommand::CommitFilter);
        }

        let stroke = match (state.problem.is_some(), response.has_focus(), response.hovered()) {
            (true, ..) => Stroke::new(s.focus_ring, t.error),
            (_, true, _) => Stroke::new(s.focus_ring, t.focus),
            (.., true) => Stroke::new(s.hairline, t.text_muted),
            _ => Stroke::new(s.hairline, t.control),
        };
        let frame = egui::epaint::RectShape::new(rect, s.radius, t.panel, stroke, StrokeKind::Inside);
        ui.painter().set(background, egui::Shape::Rect(frame));
    }

    /// Clear, history and help, from the right; returns the room they take.
    fn buttons_ui(
        &mut self,
        ui: &mut Ui,
        rect: egui::Rect,
        state: &ExperimentsState,
        out: &mut Vec<ExperimentsCommand>,
    ) -> f32 {
        let layout = egui::Layout::right_to_left(egui::Align::Center);
        let place = rect.shrink2(vec2(4.0, 0.0));
        let place = place.with_min_x(place.right() - 110.0);
        let used = ui.scope_builder(egui::UiBuilder::new().max_rect(place).layout(layout), |ui| {
            ui.spacing_mut().item_spacing.x = 2.0;
            let help = ui.add(IconButton::new(icons::CIRCLE_QUESTION_MARK, "How to filter").small());
            panel_under(&help, help_ui);
            let history = ui.add(IconButton::new(icons::HISTORY, "Filters used before").small());
            menu_under(&history, |ui| {
                if state.view.filter_history.is_empty() {
                    MenuItem::new("None yet").enabled(false).show(ui);
                }
                for old in &state.view.filter_history {
                    if MenuItem::new(old).show(ui) {
                        out.push(ExperimentsCommand::SetFilter(old.clone()));
                    }
                }
            });
            if self.text.is_empty() {
                kbd_ui(ui, "/");
            } else if ui.add(IconButton::new(icons::X, "Clear the filter").small()).clicked() {
                out.push(ExperimentsCommand::SetFilter(String::new()));
            }
            ui.min_rect().left()
        });
        rect.right() - used.inner + 4.0
    }

    fn update_vocabulary(&mut self, state: &ExperimentsState) {
        let Some(table) = state.table.value() else { return };
        let infos = table.infos();
        let key = std::sync::Arc::as_ptr(infos) as usize;
        if self.vocabulary.as_ref().is_some_and(|(known, _)| *known == key) {
            return;
        }
        let mut vocabulary =
            Vocabulary { subject: Subject::Runs, metrics: Vec::new(), params: Vec::new(), tags: Vec::new() };
        for info in infos.iter() {
            match &info.key {
                ColumnKey::Metric(key) => vocabulary.metrics.push(key.clone()),
                ColumnKey::Param(key) => vocabulary.params.push(key.clone()),
                ColumnKey::Tag(key) => vocabulary.tags.push(key.clone()),
            }
        }
        self.vocabulary = Some((key, vocabulary));
    }
}

fn suggestions(query: &egui::CompletionQuery<'_>, vocabulary: &Vocabulary) -> Vec<Suggestion> {
    // Nothing is forced on a person who has typed nothing.
    if query.text.is_empty() {
        return Vec::new();
    }
    let before = query.word;
    complete(query.text, before.len(), vocabulary)
        .into_iter()
        .filter(|found| {
            found.replace.end <= before.len() && before.get(found.replace.clone()) != Some(found.text.as_str())
        })
        // A joiner is offered once it is begun: until then Enter is to apply what stands there.
        .filter(|found| found.kind != CompletionKind::Keyword || !found.replace.is_empty())
        .take(12)
        .filter_map(|Completion { replace, text, kind }| {
            let start = before.get(..replace.start)?;
            let end = before.get(replace.end..)?;
            Some(Suggestion::new(format!("{start}{text}{end}")).content(text).description(word(kind)))
        })
        .collect()
}

const fn word(kind: CompletionKind) -> &'static str {
    match kind {
        CompletionKind::Attribute => "attribute",
        CompletionKind::Prefix => "names follow",
        CompletionKind::Metric => "metric",
        CompletionKind::Param => "parameter",
        CompletionKind::Tag => "tag",
        CompletionKind::Function => "figure",
        CompletionKind::Operator => "compare",
        CompletionKind::Keyword => "join",
        CompletionKind::Value => "value",
    }
}

/// A line under the part that is wrong; at the end of the text, where something is missing, a short one behind it.
fn mark_problem(
    ui: &Ui,
    galley: &egui::Galley,
    origin: egui::Pos2,
    clip: egui::Rect,
    text: &str,
    problem: &FilterProblem,
) {
    let (t, s) = (tokens(ui), scale());
    let chars = |byte: usize| text.get(..byte.min(text.len())).unwrap_or(text).chars().count();
    let at = |byte: usize| galley.pos_from_cursor(CCursor::new(chars(byte))).left() + origin.x;
    let y = galley.rect.bottom() + origin.y + 1.0;
    let (left, mut right) = (at(problem.span.start), at(problem.span.end));
    if right - left < 8.0 {
        right = left + 8.0;
    }
    ui.painter().with_clip_rect(clip.expand(3.0)).hline(left..=right, y, Stroke::new(s.focus_ring, t.error));
}

fn help_ui(ui: &mut Ui) {
    let (t, s) = (tokens(ui), scale());
    ui.set_width(440.0);
    ui.spacing_mut().item_spacing.y = s.space_xs;
    ui.label(fonts::body_strong("How to filter"));
    for (example, meaning) in filter_text::EXAMPLES {
        ui.label(fonts::mono(example));
        ui.label(fonts::small(meaning).color(t.text_muted));
    }
    ui.add_space(s.space_xs);
    ui.label(
        fonts::small("MLflow's search syntax works unchanged. A word alone searches the names").color(t.text_secondary),
    );
}
