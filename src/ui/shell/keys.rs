//! Shortcuts, matched in this one place against the declared actions.
//!
//! Keys are matched with exactly the modifiers that are held, so `Ctrl+Shift+K` never counts as `Ctrl+K`. What a text
//! field needs stays with it while it has the keyboard.

use egui::{Event, Key, Modifiers, PointerButton, Ui};

use crate::app::actions::{self, by_shortcut};
use crate::app::{Command, Commands, NavigateCommand, State};

/// Sends the command of each shortcut that was pressed, and takes the key away from the widgets.
pub(super) fn send_shortcuts(ui: &Ui, state: &State, commands: &mut Commands) {
    let is_typing = ui.text_edit_focused();
    let pressed: Vec<(Key, Modifiers)> = ui.input(|input| {
        let keys = input.events.iter().filter_map(|event| match event {
            Event::Key { key, pressed: true, modifiers, .. } => Some((*key, *modifiers)),
            _ => None,
        });
        keys.collect()
    });
    for (key, modifiers) in pressed {
        if is_typing && belongs_to_text(key, modifiers) {
            continue;
        }
        if let Some(action) = shortcuts_of(key, modifiers).into_iter().find_map(|shortcut| by_shortcut(state, shortcut))
        {
            commands.send(Command::Action(action.id));
            ui.input_mut(|input| input.events.retain(|event| !is_press_of(event, key, modifiers)));
        }
    }
    let (is_back, is_forward) = ui.input(|input| {
        (input.pointer.button_pressed(PointerButton::Extra1), input.pointer.button_pressed(PointerButton::Extra2))
    });
    if is_back {
        commands.send(Command::Navigate(NavigateCommand::Back));
    }
    if is_forward {
        commands.send(Command::Navigate(NavigateCommand::Forward));
    }
}

/// The press itself, and the letter that it would type.
fn is_press_of(event: &Event, key: Key, held: Modifiers) -> bool {
    match event {
        Event::Key { key: other, pressed: true, modifiers, .. } => *other == key && *modifiers == held,
        Event::Text(_) => !held.command && !held.alt,
        _ => false,
    }
}

/// Whether a text field makes something of the key: letters, moving, editing, the clipboard.
fn belongs_to_text(key: Key, modifiers: Modifiers) -> bool {
    if is_function_key(key) {
        return false;
    }
    let is_plain = !modifiers.command && !modifiers.alt;
    let is_editing = matches!(
        key,
        Key::A
            | Key::C
            | Key::V
            | Key::X
            | Key::Z
            | Key::Y
            | Key::Space
            | Key::Backspace
            | Key::Delete
            | Key::ArrowLeft
            | Key::ArrowRight
            | Key::ArrowUp
            | Key::ArrowDown
            | Key::Home
            | Key::End
    );
    is_plain || (is_editing && !modifiers.alt)
}

fn is_function_key(key: Key) -> bool {
    function_number(key).is_some()
}

fn function_number(key: Key) -> Option<u8> {
    key.name().strip_prefix('F').and_then(|digits| digits.parse().ok())
}

/// What a press may mean: with the modifiers as held, and for signs also without Shift, which some keyboards need for
/// them.
fn shortcuts_of(key: Key, modifiers: Modifiers) -> Vec<actions::Shortcut> {
    let Some((key, is_sign)) = declared_key(key) else { return Vec::new() };
    let held = actions::Modifiers { command: modifiers.command, shift: modifiers.shift, alt: modifiers.alt };
    let mut shortcuts = vec![actions::Shortcut::new(held, key)];
    if is_sign && held.shift {
        shortcuts.push(actions::Shortcut::new(actions::Modifiers { shift: false, ..held }, key));
    }
    shortcuts
}

/// The key in the words of the declared actions, and whether it is a sign rather than a letter or a named key.
fn declared_key(key: Key) -> Option<(actions::Key, bool)> {
    use actions::Key as Declared;
    let named = match key {
        Key::Enter => Declared::Enter,
        Key::Escape => Declared::Escape,
        Key::Space => Declared::Space,
        Key::Tab => Declared::Tab,
        Key::Delete => Declared::Delete,
        Key::Backspace => Declared::Backspace,
        Key::ArrowUp => Declared::Up,
        Key::ArrowDown => Declared::Down,
        Key::ArrowLeft => Declared::Left,
        Key::ArrowRight => Declared::Right,
        Key::Home => Declared::Home,
        Key::End => Declared::End,
        Key::PageUp => Declared::PageUp,
        Key::PageDown => Declared::PageDown,
        _ => {
            if let Some(number) = function_number(key) {
                return Some((Declared::Function(number), false));
            }
            let mut name = key.name().chars();
            if let (Some(only), None) = (name.next(), name.next()) {
                return Some((Declared::Char(only), false));
            }
            return sign_of(key).map(|sign| (Declared::Char(sign), true));
        }
    };
    Some((named, false))
}

fn sign_of(key: Key) -> Option<char> {
    Some(match key {
        Key::Slash => '/',
        Key::Questionmark => '?',
        Key::Plus => '+',
        Key::Equals => '=',
        Key::Minus => '-',
        Key::Comma => ',',
        Key::Period => '.',
        Key::Colon => ':',
        Key::Semicolon => ';',
        Key::OpenBracket => '[',
        Key::CloseBracket => ']',
        Key::Backslash => '\\',
        Key::Quote => '\'',
        Key::Backtick => '`',
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(key: Key, modifiers: Modifiers) -> Vec<String> {
        shortcuts_of(key, modifiers).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn keys_are_matched_with_exactly_what_is_held() {
        assert_eq!(names(Key::K, Modifiers::COMMAND), ["Ctrl+K"]);
        assert_eq!(names(Key::K, Modifiers::COMMAND | Modifiers::SHIFT), ["Ctrl+Shift+K"]);
        assert_eq!(names(Key::ArrowLeft, Modifiers::ALT), ["Alt+Left"]);
        assert_eq!(names(Key::F5, Modifiers::NONE), ["F5"]);
        assert_eq!(names(Key::Num0, Modifiers::COMMAND), ["Ctrl+0"]);
        assert_eq!(names(Key::F, Modifiers::NONE), ["F"]);
    }

    #[test]
    fn signs_work_with_and_without_shift() {
        assert_eq!(names(Key::Questionmark, Modifiers::SHIFT), ["Shift+?", "?"]);
        assert_eq!(names(Key::Plus, Modifiers::COMMAND), ["Ctrl++"]);
    }

    #[test]
    fn typing_keeps_its_keys() {
        assert!(belongs_to_text(Key::Questionmark, Modifiers::SHIFT));
        assert!(belongs_to_text(Key::Z, Modifiers::COMMAND));
        assert!(belongs_to_text(Key::Escape, Modifiers::NONE));
        assert!(!belongs_to_text(Key::K, Modifiers::COMMAND));
        assert!(!belongs_to_text(Key::F5, Modifiers::NONE));
        assert!(!belongs_to_text(Key::ArrowLeft, Modifiers::ALT));
    }
}
