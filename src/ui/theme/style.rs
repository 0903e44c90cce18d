//! The egui style of each theme, made of our tokens, so that egui's own widgets look like ours.

use egui::style::{HandleShape, ScrollStyle, Selection, WidgetVisuals, Widgets};
use egui::{Color32, CornerRadius, FontFamily, FontId, Margin, Shadow, Stroke, Style, TextStyle, Theme, Visuals, vec2};

use super::fonts::{medium, semibold};
use super::tokens::{Scale, Tokens, scale, tokens_of};

pub(super) fn style_of(theme: Theme) -> Style {
    let (t, s) = (tokens_of(theme), scale());
    let mut style = Style {
        text_styles: text_styles(s),
        visuals: visuals(theme, t, s),
        animation_time: s.motion,
        compact_menu_style: true,
        ..Style::default()
    };
    let spacing = &mut style.spacing;
    spacing.item_spacing = vec2(s.space_sm, s.space_xs);
    spacing.button_padding = vec2(10.0, s.space_xs);
    spacing.interact_size = vec2(s.control_height, s.control_height);
    spacing.menu_margin = Margin::same(4);
    spacing.window_margin = Margin::same(16);
    spacing.icon_width = s.icon;
    spacing.icon_width_inner = 10.0;
    spacing.icon_spacing = s.space_sm;
    spacing.tooltip_width = 360.0;
    spacing.indent = s.space_lg;
    spacing.scroll = ScrollStyle { bar_width: 8.0, floating_width: 4.0, ..ScrollStyle::floating() };
    style.interaction.tooltip_delay = s.tooltip_delay;
    style.interaction.selectable_labels = false;
    style
}

fn text_styles(s: &Scale) -> std::collections::BTreeMap<TextStyle, FontId> {
    [
        (TextStyle::Small, FontId::new(s.type_small, FontFamily::Proportional)),
        (TextStyle::Body, FontId::new(s.type_body, FontFamily::Proportional)),
        (TextStyle::Button, FontId::new(s.type_body, medium())),
        (TextStyle::Heading, FontId::new(s.type_title, semibold())),
        (TextStyle::Monospace, FontId::new(s.type_mono, FontFamily::Monospace)),
    ]
    .into()
}

fn visuals(theme: Theme, t: &Tokens, s: &Scale) -> Visuals {
    let radius = CornerRadius::same(s.radius as u8);
    let shadow = Shadow { offset: [0, 6], blur: 20, spread: 0, color: t.shadow };
    let base = match theme {
        Theme::Light => Visuals::light(),
        Theme::Dark => Visuals::dark(),
    };
    Visuals {
        dark_mode: theme == Theme::Dark,
        weak_text_color: Some(t.text_muted),
        widgets: widgets(t, s),
        selection: Selection { bg_fill: t.selected, stroke: Stroke::new(s.hairline, t.text) },
        hyperlink_color: t.text_link,
        faint_bg_color: t.sunken,
        extreme_bg_color: t.sunken,
        text_edit_bg_color: Some(t.panel),
        code_bg_color: t.sunken,
        warn_fg_color: t.warn,
        error_fg_color: t.error,
        window_corner_radius: radius,
        window_shadow: shadow,
        window_fill: t.popup,
        window_stroke: Stroke::new(s.hairline, t.border),
        window_highlight_topmost: false,
        menu_corner_radius: radius,
        panel_fill: t.panel,
        popup_shadow: shadow,
        collapsing_header_frame: false,
        indent_has_left_vline: false,
        striped: false,
        handle_shape: HandleShape::Circle,
        image_loading_spinners: false,
        disabled_alpha: 0.45,
        ..base
    }
}

fn widgets(t: &Tokens, s: &Scale) -> Widgets {
    let look = |fill: Color32, stroke: Color32, text: Color32| WidgetVisuals {
        bg_fill: fill,
        weak_bg_fill: fill,
        bg_stroke: Stroke::new(s.hairline, stroke),
        corner_radius: CornerRadius::same(s.radius as u8),
        fg_stroke: Stroke::new(s.hairline, text),
        expansion: 0.0,
    };
    Widgets {
        noninteractive: look(t.panel, t.hairline, t.text),
        inactive: look(t.card, t.control, t.text),
        hovered: look(t.hover, t.control, t.text),
        active: WidgetVisuals { bg_stroke: Stroke::new(s.focus_ring, t.focus), ..look(t.pressed, t.focus, t.text) },
        open: look(t.hover, t.control, t.text),
    }
}
