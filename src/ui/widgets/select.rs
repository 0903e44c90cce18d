//! A choice among many, shown as one button that opens a list.

use egui::Ui;

use super::button::Button;
use super::menu::{MenuItem, menu_under};
use crate::ui::theme::icons;

/// Draws the choice; the value that was picked. `name` stands before the current choice: "Colour by  Status".
pub fn select_ui<T: Copy + PartialEq>(ui: &mut Ui, name: &str, choices: &[(T, &str)], selected: T) -> Option<T> {
    let current = choices.iter().find(|(value, _)| *value == selected).map_or("", |(_, word)| word);
    let text = if name.is_empty() { current.to_owned() } else { format!("{name}  {current}") };
    let button = ui.add(Button::secondary(&text).trailing(icons::CHEVRON_DOWN));
    let mut chosen = None;
    menu_under(&button, |ui| {
        for (value, word) in choices {
            let is_current = *value == selected;
            let mut item = MenuItem::new(word);
            if is_current {
                item = item.icon(icons::CHECK);
            }
            if item.show(ui) && !is_current {
                chosen = Some(*value);
            }
        }
    });
    chosen
}
