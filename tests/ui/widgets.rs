//! The building blocks on one page, so that a change of a token or a widget shows.

use egui::{Theme, Ui, Vec2, vec2};
use egui_kittest::SnapshotResults;
use egui_kittest::kittest::Queryable as _;
use proofmark::domain::RunStatus;
use proofmark::ui::theme::{fonts, icons, scale, tokens};
use proofmark::ui::widgets::{
    Button, Copyable, IconButton, KeyValues, Placeholder, StatusBadge, Tab, TextField, Toggle, Tone, card_ui,
    counter_ui, kbd_ui, number_ui, run_status_badge, section_ui, segmented_ui, select_ui, skeleton_rows_ui, tabs_ui,
};

use crate::support::{bare, has_gpu};

const PAGE: Vec2 = vec2(900.0, 860.0);

#[derive(Default)]
struct Page {
    search: String,
    name: String,
    is_on: bool,
    chosen: u8,
}

fn buttons_ui(ui: &mut Ui) {
    ui.horizontal(|ui| {
        ui.add(Button::primary("Run the check").icon(icons::PLAY));
        ui.add(Button::secondary("Compare"));
        ui.add(Button::secondary("Columns").icon(icons::COLUMNS_3).trailing(icons::CHEVRON_DOWN));
        ui.add(Button::quiet("Show all"));
        ui.add(Button::link("Open the run").trailing(icons::ARROW_RIGHT));
        ui.add(Button::danger("Delete 3 runs").icon(icons::TRASH_2));
        ui.add(Button::secondary("Sign off").enabled(false, "Two checks have not run"));
    });
    ui.horizontal(|ui| {
        ui.add(Button::secondary("Undo").small());
        ui.add(Button::quiet("Copy").icon(icons::COPY).small());
        ui.add(IconButton::new(icons::REFRESH_CW, "Reload"));
        ui.add(IconButton::new(icons::PANEL_RIGHT, "Inspector").selected(true));
        ui.add(IconButton::new(icons::PIN, "Pin").enabled(false));
        ui.add(IconButton::new(icons::X, "Close").small());
        kbd_ui(ui, "Ctrl+Shift+K");
        kbd_ui(ui, "?");
        counter_ui(ui, 3, Tone::Warn);
        counter_ui(ui, 1200, Tone::Error);
    });
}

fn badges_ui(ui: &mut Ui) {
    ui.horizontal(|ui| {
        for status in RunStatus::ALL {
            ui.add(run_status_badge(status));
        }
        ui.add(StatusBadge::new(Tone::Warn, "Read-only").icon(icons::LOCK));
    });
    ui.horizontal(|ui| {
        for status in RunStatus::ALL {
            ui.add(run_status_badge(status).plain());
        }
    });
}

fn fields_ui(ui: &mut Ui, page: &mut Page) {
    ui.horizontal(|ui| {
        TextField::search(&mut page.search, "Filter runs").shortcut("/").width(220.0).show(ui);
        TextField::new(&mut page.name, "Name").hint("A name").width(140.0).show(ui);
        let mut wrong = "metrics.auc >".to_owned();
        TextField::new(&mut wrong, "Expression").mono().error(true).width(180.0).show(ui);
        ui.add(Toggle::new(&mut page.is_on, "Smooth"));
        let mut is_on = true;
        ui.add(Toggle::new(&mut is_on, "Raw line"));
    });
    ui.horizontal(|ui| {
        let choices = [(0, "Step"), (1, "Relative"), (2, "Wall time")];
        page.chosen = segmented_ui(ui, "X axis", &choices, page.chosen).unwrap_or(page.chosen);
        page.chosen = select_ui(ui, "Colour by", &choices, page.chosen).unwrap_or(page.chosen);
    });
}

fn series_ui(ui: &mut Ui) {
    let t = tokens(ui);
    ui.horizontal(|ui| {
        for color in t.series {
            let (rect, _) = ui.allocate_exact_size(vec2(64.0, 24.0), egui::Sense::hover());
            ui.painter().hline(rect.x_range(), rect.center().y - 4.0, egui::Stroke::new(1.5, color));
            ui.painter().circle_filled(rect.center() + vec2(0.0, 6.0), 4.0, color);
        }
    });
}

fn page_ui(ui: &mut Ui, page: &mut Page) {
    let (t, s) = (tokens(ui), scale());
    ui.painter().rect_filled(ui.max_rect(), 0.0, t.panel);
    egui::Frame::new().inner_margin(s.space_xl).show(ui, |ui| {
        ui.spacing_mut().item_spacing.y = s.space_md;
        ui.label(fonts::title("wine-tuning"));
        tabs_ui(ui, &[Tab::new(0, "Overview"), Tab::new(1, "Metrics").with_count(1204), Tab::new(2, "Artifacts")], 0);
        buttons_ui(ui);
        badges_ui(ui);
        fields_ui(ui, page);
        series_ui(ui);
        card_ui(ui, |ui| {
            section_ui(ui, "Run", |ui| _ = ui.add(Button::link("Edit")));
            KeyValues::new(ui, 120.0)
                .text("Source", "train.py")
                .copyable("Commit", "4f2a9c81d0b7e6a35c")
                .row("Accuracy", |ui| _ = number_ui(ui, 0.943_712_345, 4))
                .text("Note", "A long note that goes on for more than one line, because people write whole paragraphs about what they tried, and every word of it must stay readable.")
                .copyable("A label that is too long", "value");
            ui.label(fonts::kpi("12,345.67"));
            ui.add(Copyable::new("http://127.0.0.1:5000", "Copy address").large());
        });
        ui.columns(2, |columns| {
            let [left, right] = columns else { return };
            skeleton_rows_ui(left, 5);
            Placeholder::error("The chart could not be drawn", "The run was deleted meanwhile").action("Try again").details("x").show(right);
        });
    });
}

#[test]
fn pictures_of_the_building_blocks() {
    if !has_gpu() {
        return;
    }
    let mut results = SnapshotResults::new();
    for (suffix, theme) in [("light", Theme::Light), ("dark", Theme::Dark)] {
        let mut page = Page::default();
        let mut harness = bare(PAGE, theme, move |ui| page_ui(ui, &mut page));
        harness.snapshot(format!("widgets-{suffix}"));
        results.extend_harness(&mut harness);
    }
    results.unwrap();
}

#[test]
fn a_toggle_and_a_choice_answer_to_their_names() {
    let mut page = Page::default();
    let mut harness = bare(PAGE, Theme::Light, move |ui| {
        page_ui(ui, &mut page);
        ui.label(format!("on {} chosen {}", page.is_on, page.chosen));
    });
    harness.get_by_label("Smooth").click();
    harness.run();
    harness.get_by_label("Wall time").click();
    harness.run();
    harness.get_by_label("on true chosen 2");
}

#[test]
fn a_search_can_be_cleared() {
    let mut page = Page { search: "auc".to_owned(), ..Page::default() };
    let mut harness = bare(PAGE, Theme::Light, move |ui| {
        page_ui(ui, &mut page);
        ui.label(format!("search is {:?}", page.search));
    });
    harness.get_by_label("Clear").click();
    harness.run();
    harness.get_by_label("search is \"\"");
}
