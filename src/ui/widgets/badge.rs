//! Status as an icon with a word, and counters. Colour alone never carries the meaning.

use egui::{FontId, Response, Role, Sense, Ui, Widget, WidgetInfo, vec2};

use crate::domain::RunStatus;
use crate::ui::theme::{Icon, Tokens, fonts, icons, scale, tokens};

/// What a status means for the person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tone {
    Ok,
    Warn,
    Error,
    /// Going on right now.
    Live,
    Idle,
}

impl Tone {
    /// The colour of signs and words.
    pub fn color(self, t: &Tokens) -> egui::Color32 {
        match self {
            Self::Ok => t.ok,
            Self::Warn => t.warn,
            Self::Error => t.error,
            Self::Live => t.live,
            Self::Idle => t.idle,
        }
    }

    /// The ground behind them.
    pub fn ground(self, t: &Tokens) -> egui::Color32 {
        match self {
            Self::Ok => t.ok_bg,
            Self::Warn => t.warn_bg,
            Self::Error => t.error_bg,
            Self::Live => t.live_bg,
            Self::Idle => t.idle_bg,
        }
    }

    /// The sign that goes with it when nothing says more.
    pub fn icon(self) -> Icon {
        match self {
            Self::Ok => icons::CIRCLE_CHECK,
            Self::Warn => icons::TRIANGLE_ALERT,
            Self::Error => icons::CIRCLE_X,
            Self::Live => icons::ACTIVITY,
            Self::Idle => icons::CIRCLE_DOT,
        }
    }
}

/// A status: icon and word, on a tinted ground or plain.
#[must_use = "add it to a ui"]
pub struct StatusBadge<'a> {
    tone: Tone,
    icon: Icon,
    word: &'a str,
    is_plain: bool,
}

impl<'a> StatusBadge<'a> {
    pub fn new(tone: Tone, word: &'a str) -> Self {
        Self { tone, icon: tone.icon(), word, is_plain: false }
    }

    pub fn icon(mut self, icon: Icon) -> Self {
        self.icon = icon;
        self
    }

    /// Without the ground: in table cells, where a column of pills would shout.
    pub fn plain(mut self) -> Self {
        self.is_plain = true;
        self
    }
}

/// The badge of a run's status.
pub fn run_status_badge(status: RunStatus) -> StatusBadge<'static> {
    let (tone, icon, word) = match status {
        RunStatus::Running => (Tone::Live, icons::ACTIVITY, "Running"),
        RunStatus::Scheduled => (Tone::Idle, icons::CLOCK, "Scheduled"),
        RunStatus::Finished => (Tone::Ok, icons::CIRCLE_CHECK, "Finished"),
        RunStatus::Failed => (Tone::Error, icons::CIRCLE_X, "Failed"),
        RunStatus::Killed => (Tone::Warn, icons::CIRCLE_STOP, "Killed"),
    };
    StatusBadge::new(tone, word).icon(icon)
}

impl Widget for StatusBadge<'_> {
    fn ui(self, ui: &mut Ui) -> Response {
        let (t, s) = (tokens(ui), scale());
        let icon_size = 14.0;
        let (pad, gap) = (if self.is_plain { 0.0 } else { 6.0 }, 5.0);
        let color = self.tone.color(t);
        let text_color = if self.is_plain { t.text_secondary } else { color };
        let font =
            FontId::new(s.type_small, if self.is_plain { egui::FontFamily::Proportional } else { fonts::medium() });
        let galley = ui.painter().layout_no_wrap(self.word.to_owned(), font, text_color);
        let size = vec2(pad * 2.0 + icon_size + gap + galley.size().x, 20.0);
        let (rect, response) = ui.allocate_exact_size(size, Sense::hover());
        response.widget_info(|| WidgetInfo::labeled(Role::Label, true, self.word));
        if ui.is_rect_visible(rect) {
            if !self.is_plain {
                ui.painter().rect_filled(rect, s.radius_small, self.tone.ground(t));
            }
            let icon_rect = egui::Rect::from_min_size(
                egui::pos2(rect.left() + pad, rect.center().y - icon_size / 2.0),
                vec2(icon_size, icon_size),
            );
            self.icon.paint(ui.painter(), icon_rect, icon_size, color);
            let at = egui::pos2(icon_rect.right() + gap, rect.center().y - galley.size().y / 2.0);
            ui.painter().galley(at, galley, text_color);
        }
        response
    }
}

/// A number in a small pill, such as what waits behind a place of the rail. Draws nothing for zero.
pub fn counter_ui(ui: &mut Ui, number: usize, tone: Tone) {
    if number == 0 {
        return;
    }
    let (t, s) = (tokens(ui), scale());
    let text = if number > 999 { "999+".to_owned() } else { number.to_string() };
    let galley =
        ui.painter().layout_no_wrap(text.clone(), FontId::new(s.type_small - 1.0, fonts::medium()), tone.color(t));
    let (rect, response) = ui.allocate_exact_size(vec2((galley.size().x + 10.0).max(18.0), 18.0), Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Role::Label, true, &text));
    ui.painter().rect_filled(rect, 9.0, tone.ground(t));
    ui.painter().galley(rect.center() - galley.size() / 2.0, galley, tone.color(t));
}
