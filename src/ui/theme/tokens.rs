//! What each colour and size is for. Screens name these and nothing else.
//!
//! The values stand in `assets/theme`; the tests below hold them to their promises: every token is there, text has a
//! contrast of at least 4.5:1 and what must be seen without being read (strokes of controls, series) of 3:1.

use std::sync::LazyLock;

use egui::{Color32, Context, Theme};

use super::values;

/// What stands in for a token that a theme file forgot: ugly, so that it is noticed.
const MISSING: [u8; 4] = [255, 0, 255, 255];

macro_rules! color_tokens {
    ($($(#[$doc:meta])* $name:ident,)*) => {
        /// The colours of one theme, by what they are for.
        #[derive(Debug, Clone)]
        pub struct Tokens {
            $($(#[$doc])* pub $name: Color32,)*
            /// The categorical series, in the order in which they are given out.
            pub series: [Color32; SERIES],
        }

        impl Tokens {
            fn parse(text: &str) -> (Self, Vec<String>) {
                let (mut found, mut warnings) = values::colors(text);
                let mut take = |name: &str| {
                    let [r, g, b, a] = found.remove(name).unwrap_or_else(|| {
                        warnings.push(format!("{name} is missing"));
                        MISSING
                    });
                    Color32::from_rgba_unmultiplied(r, g, b, a)
                };
                let tokens = Self {
                    $($name: take(stringify!($name)),)*
                    series: std::array::from_fn(|index| take(&format!("s{index}"))),
                };
                warnings.extend(found.into_keys().map(|name| format!("{name} is not a token")));
                (tokens, warnings)
            }
        }
    };
}

/// How many colours series have before dashes and markers tell them apart.
pub const SERIES: usize = 10;

color_tokens! {
    /// The ground that screens stand on.
    panel,
    /// The navigation rail.
    rail,
    /// Top bar and status bar.
    bar,
    /// A card or tile on the panel.
    card,
    /// Something to type or read in: fields, code, previews.
    sunken,
    /// Under the pointer.
    hover,
    /// While pressed.
    pressed,
    /// Selected rows, places and text.
    selected,
    /// Selected and under the pointer.
    selected_hover,
    /// Menus, dialogs, the palette.
    popup,
    /// Bars that stand for what is being loaded for the first time.
    skeleton,
    /// Dims the window behind a dialog.
    backdrop,
    /// Under popups only.
    shadow,
    /// What is read.
    text,
    /// What is read second.
    text_secondary,
    /// Labels, units, times.
    text_muted,
    /// Of controls that cannot be used now.
    text_disabled,
    text_on_accent,
    text_link,
    /// Separates areas.
    hairline,
    /// Around cards and quiet buttons.
    border,
    /// Around what can be operated and would not be seen otherwise: fields, check boxes.
    control,
    /// Around what has the keyboard.
    focus,
    /// The primary action.
    accent,
    accent_hover,
    accent_pressed,
    ok,
    ok_bg,
    warn,
    warn_bg,
    error,
    error_bg,
    error_hover,
    /// Something is running now.
    live,
    live_bg,
    idle,
    idle_bg,
    chart_grid,
    chart_axis,
    chart_crosshair,
}

macro_rules! scale_tokens {
    ($($(#[$doc:meta])* $name:ident,)*) => {
        /// Sizes in points and times in seconds; the same in both themes.
        #[derive(Debug, Clone)]
        pub struct Scale {
            $($(#[$doc])* pub $name: f32,)*
        }

        impl Scale {
            fn parse(text: &str) -> (Self, Vec<String>) {
                let (mut found, mut warnings) = values::numbers(text);
                let mut take = |name: &str| {
                    found.remove(name).unwrap_or_else(|| {
                        warnings.push(format!("{name} is missing"));
                        1.0
                    })
                };
                let scale = Self { $($name: take(stringify!($name)),)* };
                warnings.extend(found.into_keys().map(|name| format!("{name} is not a size")));
                (scale, warnings)
            }
        }
    };
}

scale_tokens! {
    space_xs,
    space_sm,
    space_md,
    space_lg,
    space_xl,
    space_xxl,
    type_small,
    type_body,
    type_mono,
    type_section,
    type_title,
    type_kpi,
    radius,
    radius_small,
    hairline,
    focus_ring,
    icon,
    icon_large,
    control_height,
    row_compact,
    row_normal,
    row_roomy,
    rail_narrow,
    rail_wide,
    top_bar,
    status_bar,
    inspector,
    /// The widest that running text gets.
    text_column,
    motion,
    tooltip_delay,
}

const LIGHT: &str = include_str!("../../../assets/theme/light.toml");
const DARK: &str = include_str!("../../../assets/theme/dark.toml");
const SCALE: &str = include_str!("../../../assets/theme/scale.toml");

static LIGHT_TOKENS: LazyLock<Tokens> = LazyLock::new(|| Tokens::parse(LIGHT).0);
static DARK_TOKENS: LazyLock<Tokens> = LazyLock::new(|| Tokens::parse(DARK).0);
static SCALE_TOKENS: LazyLock<Scale> = LazyLock::new(|| Scale::parse(SCALE).0);

/// The colours of a theme.
pub fn tokens_of(theme: Theme) -> &'static Tokens {
    match theme {
        Theme::Light => &LIGHT_TOKENS,
        Theme::Dark => &DARK_TOKENS,
    }
}

/// The colours of the theme in use. A `&Ui` serves as the context.
pub fn tokens(ctx: &Context) -> &'static Tokens {
    tokens_of(ctx.theme())
}

/// The sizes.
pub fn scale() -> &'static Scale {
    &SCALE_TOKENS
}

#[cfg(test)]
mod tests {
    use super::*;

    fn luminance(color: Color32) -> f64 {
        let linear = |byte: u8| {
            let value = f64::from(byte) / 255.0;
            if value <= 0.04045 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
        };
        0.2126 * linear(color.r()) + 0.7152 * linear(color.g()) + 0.0722 * linear(color.b())
    }

    fn contrast(a: Color32, b: Color32) -> f64 {
        let (a, b) = (luminance(a), luminance(b));
        (a.max(b) + 0.05) / (a.min(b) + 0.05)
    }

    #[test]
    fn every_token_is_given_once_and_nothing_else() {
        assert_eq!(Tokens::parse(LIGHT).1, Vec::<String>::new());
        assert_eq!(Tokens::parse(DARK).1, Vec::<String>::new());
        assert_eq!(Scale::parse(SCALE).1, Vec::<String>::new());
    }

    #[test]
    fn contrast_is_measured_as_the_guideline_says() {
        assert!((contrast(Color32::WHITE, Color32::BLACK) - 21.0).abs() < 1e-9);
        assert!((contrast(Color32::from_rgb(119, 119, 119), Color32::WHITE) - 4.478).abs() < 0.001);
    }

    #[test]
    fn text_can_be_read_on_every_ground() {
        for theme in [Theme::Light, Theme::Dark] {
            let t = tokens_of(theme);
            let grounds = [t.panel, t.rail, t.bar, t.card, t.sunken, t.popup, t.hover, t.selected, t.selected_hover];
            for text in [t.text, t.text_secondary, t.text_muted] {
                for ground in grounds {
                    assert!(
                        contrast(text, ground) >= 4.5,
                        "{theme:?} {text:?} on {ground:?}: {:.2}",
                        contrast(text, ground)
                    );
                }
            }
            let pairs = [
                (t.text_link, t.panel),
                (t.text_link, t.card),
                (t.text_on_accent, t.accent),
                (t.text_on_accent, t.accent_hover),
                (t.text_on_accent, t.accent_pressed),
                (t.ok, t.ok_bg),
                (t.warn, t.warn_bg),
                (t.error, t.error_bg),
                (t.live, t.live_bg),
                (t.idle, t.idle_bg),
                (t.ok, t.panel),
                (t.warn, t.panel),
                (t.error, t.panel),
                (t.live, t.panel),
                (t.idle, t.panel),
                (t.error, t.card),
                (t.ok, t.selected),
                (t.warn, t.selected),
                (t.error, t.selected),
                (t.live, t.selected),
                (t.text_secondary, t.pressed),
                (t.text, t.error_bg),
                (t.text, t.warn_bg),
                (t.text_secondary, t.warn_bg),
                (t.text_secondary, t.error_bg),
            ];
            for (text, ground) in pairs {
                assert!(
                    contrast(text, ground) >= 4.5,
                    "{theme:?} {text:?} on {ground:?}: {:.2}",
                    contrast(text, ground)
                );
            }
        }
    }

    #[test]
    fn strokes_and_series_can_be_seen() {
        for theme in [Theme::Light, Theme::Dark] {
            let t = tokens_of(theme);
            for stroke in [t.control, t.focus, t.chart_crosshair].iter().chain(&t.series) {
                for ground in [t.panel, t.card, t.popup] {
                    assert!(contrast(*stroke, ground) >= 3.0, "{theme:?} {stroke:?} on {ground:?}");
                }
            }
        }
    }

    #[test]
    fn series_colours_differ_from_each_other() {
        for theme in [Theme::Light, Theme::Dark] {
            let series = tokens_of(theme).series;
            for (index, a) in series.iter().enumerate() {
                assert!(!series.iter().skip(index + 1).any(|b| a == b), "{theme:?} {a:?} is there twice");
            }
        }
    }
}
