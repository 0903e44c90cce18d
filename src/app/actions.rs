//! What a person can trigger: declared once with words, shortcut, icon, and when it can be done.
//!
//! Menus, buttons, the palette and the shortcut map are all drawn from this table.

use std::fmt;

use super::{Command, State};

/// Names a declared action, such as `run.delete`.
pub type ActionId = &'static str;

/// A key on the keyboard, by what it produces without modifiers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Key {
    /// A letter, digit or sign, letters in upper case.
    Char(char),
    Function(u8),
    Enter,
    Escape,
    Space,
    Tab,
    Delete,
    Backspace,
    Up,
    Down,
    Left,
    Right,
    Home,
    End,
    PageUp,
    PageDown,
}

/// Keys held down meanwhile. `command` is Ctrl, or ⌘ on a Mac.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Modifiers {
    pub command: bool,
    pub shift: bool,
    pub alt: bool,
}

impl Modifiers {
    pub const NONE: Self = Self { command: false, shift: false, alt: false };
    pub const COMMAND: Self = Self { command: true, ..Self::NONE };
    pub const COMMAND_SHIFT: Self = Self { command: true, shift: true, ..Self::NONE };
    pub const SHIFT: Self = Self { shift: true, ..Self::NONE };
    pub const ALT: Self = Self { alt: true, ..Self::NONE };
}

/// A key with its modifiers. One without modifiers works only while no text is being typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Shortcut {
    pub modifiers: Modifiers,
    pub key: Key,
}

impl Shortcut {
    pub const fn new(modifiers: Modifiers, key: Key) -> Self {
        Self { modifiers, key }
    }
}

impl fmt::Display for Shortcut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { modifiers, key } = self;
        for (is_held, name) in [(modifiers.command, "Ctrl+"), (modifiers.alt, "Alt+"), (modifiers.shift, "Shift+")] {
            if is_held {
                f.write_str(name)?;
            }
        }
        match key {
            Key::Char(c) => write!(f, "{c}"),
            Key::Function(n) => write!(f, "F{n}"),
            Key::Enter => f.write_str("Enter"),
            Key::Escape => f.write_str("Esc"),
            Key::Space => f.write_str("Space"),
            Key::Tab => f.write_str("Tab"),
            Key::Delete => f.write_str("Delete"),
            Key::Backspace => f.write_str("Backspace"),
            Key::Up => f.write_str("Up"),
            Key::Down => f.write_str("Down"),
            Key::Left => f.write_str("Left"),
            Key::Right => f.write_str("Right"),
            Key::Home => f.write_str("Home"),
            Key::End => f.write_str("End"),
            Key::PageUp => f.write_str("Page up"),
            Key::PageDown => f.write_str("Page down"),
        }
    }
}

/// Under which heading the shortcut map lists an action.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ActionGroup {
    General,
    Go,
    Workspace,
    View,
    Experiments,
    Run,
}

/// A declared action.
#[derive(Debug, Clone, Copy)]
pub struct Action {
    pub id: ActionId,
    pub group: ActionGroup,
    /// The words on buttons and in the palette.
    pub text: &'static str,
    pub tooltip: &'static str,
    /// The first is the one that is shown.
    pub shortcuts: &'static [Shortcut],
    /// The name of an icon in `assets/icons`.
    pub icon: &'static str,
    /// Whether it can be done now, and why not.
    pub available: fn(&State) -> Result<(), &'static str>,
    /// What to send. Asked only while available.
    pub command: fn(&State) -> Command,
}

/// All declared actions, in the order in which they are listed.
pub fn actions() -> impl Iterator<Item = &'static Action> {
    GENERAL.iter().chain(super::experiments::ACTIONS).chain(super::run_page::ACTIONS)
}

/// The action with a name.
pub fn find(id: ActionId) -> Option<&'static Action> {
    actions().find(|action| action.id == id)
}

/// The first available action that a shortcut means.
pub fn by_shortcut(state: &State, shortcut: Shortcut) -> Option<&'static Action> {
    actions().find(|action| action.shortcuts.contains(&shortcut) && (action.available)(state).is_ok())
}

static GENERAL: &[Action] = &[];
