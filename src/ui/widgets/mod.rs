//! The building blocks of screens. Each has an accessible name, a visible focus and takes all looks from the theme;
//! none knows a command or reads anything but its arguments.

pub mod badge;
pub mod button;
pub mod copyable;
pub mod dialog;
pub mod format;
pub mod icon_button;
pub mod kbd;
pub mod key_values;
pub mod menu;
pub mod number;
pub mod section;
pub mod segmented;
pub mod select;
pub mod states;
pub mod tabs;
pub mod text_field;
pub mod toast;
pub mod toggle;

pub use badge::{StatusBadge, Tone, counter_ui, run_status_badge};
pub use button::Button;
pub use copyable::Copyable;
pub use dialog::{Answer, Confirm, buttons_ui, dialog_ui};
pub use icon_button::IconButton;
pub use kbd::{kbd_ui, tooltip_with_shortcut};
pub use key_values::KeyValues;
pub use menu::{MenuItem, context_menu, menu_heading_ui, menu_separator_ui, menu_under, panel_under};
pub use number::{exact_on_hover_ui, number_ui, time_ui};
pub use section::{card_ui, hairline_ui, section_ui};
pub use segmented::segmented_ui;
pub use select::select_ui;
pub use states::{Placeholder, StateAction, refresh_line_ui, skeleton_rows_ui};
pub use tabs::{Tab, tabs_ui};
pub use text_field::TextField;
pub use toast::{ToastAction, ToastView, toasts_ui};
pub use toggle::Toggle;
