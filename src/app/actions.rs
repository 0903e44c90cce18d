//! What a person can trigger: declared once with words, shortcut, icon, and when it can be done.
//!
//! Menus, buttons, the palette and the shortcut map are all drawn from this table.

use std::fmt;

use super::palette::PaletteCommand;
use super::route::Route;
use super::settings::{RowDensity, SettingsCommand};
use super::toasts::ToastCommand;
use super::{
    Command, Context, HomeCommand, NavigateCommand, ServerCommand, ServerStatus, State, WindowCommand, WorkspaceCommand,
};

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

/// Does what an action says, or says why it cannot be done.
pub(super) fn run(cx: &mut Context<'_>, id: ActionId) {
    let Some(action) = find(id) else {
        tracing::error!(id, "no such action");
        return;
    };
    match (action.available)(cx.state) {
        Ok(()) => {
            let command = (action.command)(cx.state);
            cx.send(command);
        }
        Err(reason) => cx.toast_info(reason),
    }
}

#[expect(clippy::unnecessary_wraps, reason = "one of many conditions")]
fn always(_: &State) -> Result<(), &'static str> {
    Ok(())
}

/// Whether a workspace is open.
pub fn needs_workspace(state: &State) -> Result<(), &'static str> {
    if state.open_workspace().is_some() { Ok(()) } else { Err("No workspace is open") }
}

/// Whether stored data can be changed.
pub fn needs_writing(state: &State) -> Result<(), &'static str> {
    needs_workspace(state)?;
    state.can_write().map_err(|_| "The workspace is open for reading only")
}

fn needs_server(state: &State) -> Result<(), &'static str> {
    match state.server {
        ServerStatus::Running { .. } => Ok(()),
        ServerStatus::Starting => Err("The tracking server is still starting"),
        ServerStatus::Failed { .. } | ServerStatus::Off => Err("The tracking server is not running"),
    }
}

fn needs_server_off(state: &State) -> Result<(), &'static str> {
    needs_workspace(state)?;
    if needs_server(state).is_ok() { Err("The tracking server is running") } else { Ok(()) }
}

const fn ctrl(key: char) -> Shortcut {
    Shortcut::new(Modifiers::COMMAND, Key::Char(key))
}

const fn ctrl_shift(key: char) -> Shortcut {
    Shortcut::new(Modifiers::COMMAND_SHIFT, Key::Char(key))
}

static GENERAL: &[Action] = &[
    Action {
        id: "palette.open",
        group: ActionGroup::General,
        text: "Find anything",
        tooltip: "Finds commands, experiments, runs and workspaces by a few letters",
        shortcuts: &[ctrl('K'), ctrl('P')],
        icon: "search",
        available: always,
        command: |_| Command::Palette(PaletteCommand::Open),
    },
    Action {
        id: "help.shortcuts",
        group: ActionGroup::General,
        text: "Show keyboard shortcuts",
        tooltip: "Lists every shortcut",
        shortcuts: &[Shortcut::new(Modifiers::NONE, Key::Char('?')), Shortcut::new(Modifiers::NONE, Key::Function(1))],
        icon: "keyboard",
        available: always,
        command: |state| Command::Window(WindowCommand::ShowShortcuts(!state.shortcuts_open)),
    },
    Action {
        id: "edit.undo",
        group: ActionGroup::General,
        text: "Undo",
        tooltip: "Takes the last change back",
        shortcuts: &[ctrl('Z')],
        icon: "undo-2",
        available: |state| state.undo.undo_label().map(|_| ()).ok_or("Nothing to undo"),
        command: |_| Command::Undo,
    },
    Action {
        id: "edit.redo",
        group: ActionGroup::General,
        text: "Redo",
        tooltip: "Does again what was undone",
        shortcuts: &[ctrl_shift('Z'), ctrl('Y')],
        icon: "redo-2",
        available: |state| state.undo.redo_label().map(|_| ()).ok_or("Nothing to do again"),
        command: |_| Command::Redo,
    },
    Action {
        id: "toasts.dismiss",
        group: ActionGroup::General,
        text: "Dismiss all messages",
        tooltip: "Clears the messages in the corner",
        shortcuts: &[],
        icon: "x",
        available: |state| if state.toasts.is_empty() { Err("There are no messages") } else { Ok(()) },
        command: |_| Command::Toast(ToastCommand::DismissAll),
    },
    Action {
        id: "app.quit",
        group: ActionGroup::General,
        text: "Quit",
        tooltip: "Closes the window and stops the tracking server",
        shortcuts: &[ctrl('Q')],
        icon: "x",
        available: always,
        command: |_| Command::Window(WindowCommand::Quit),
    },
    Action {
        id: "go.home",
        group: ActionGroup::Go,
        text: "Home",
        tooltip: "The tracking address, what happened since yesterday, recent workspaces",
        shortcuts: &[ctrl('1')],
        icon: "house",
        available: always,
        command: |_| Command::Navigate(NavigateCommand::Go(Route::Home)),
    },
    Action {
        id: "go.experiments",
        group: ActionGroup::Go,
        text: "Experiments",
        tooltip: "Experiments and their runs",
        shortcuts: &[ctrl('2')],
        icon: "flask-conical",
        available: needs_workspace,
        command: |_| Command::Navigate(NavigateCommand::Go(Route::Experiments { experiments: Vec::new() })),
    },
    Action {
        id: "go.settings",
        group: ActionGroup::Go,
        text: "Settings",
        tooltip: "Theme, scale, tables, tracking server",
        shortcuts: &[ctrl(',')],
        icon: "settings",
        available: always,
        command: |_| Command::Navigate(NavigateCommand::Go(Route::Settings)),
    },
    Action {
        id: "go.back",
        group: ActionGroup::Go,
        text: "Back",
        tooltip: "Returns to the place before",
        shortcuts: &[Shortcut::new(Modifiers::ALT, Key::Left)],
        icon: "arrow-left",
        available: |state| if state.navigation.can_go_back() { Ok(()) } else { Err("There is no place before") },
        command: |_| Command::Navigate(NavigateCommand::Back),
    },
    Action {
        id: "go.forward",
        group: ActionGroup::Go,
        text: "Forward",
        tooltip: "Goes where back came from",
        shortcuts: &[Shortcut::new(Modifiers::ALT, Key::Right)],
        icon: "arrow-right",
        available: |state| if state.navigation.can_go_forward() { Ok(()) } else { Err("There is no place after") },
        command: |_| Command::Navigate(NavigateCommand::Forward),
    },
    Action {
        id: "go.copy-address",
        group: ActionGroup::Go,
        text: "Copy the address of this place",
        tooltip: "Paste it into the palette to come back here",
        shortcuts: &[ctrl_shift('L')],
        icon: "link",
        available: always,
        command: |state| Command::Window(WindowCommand::CopyText(state.route().to_string())),
    },
    Action {
        id: "workspace.open",
        group: ActionGroup::Workspace,
        text: "Open another workspace…",
        tooltip: "Opens a folder that is a workspace",
        shortcuts: &[ctrl('O')],
        icon: "folder-open",
        available: always,
        command: |_| Command::Workspace(WorkspaceCommand::AskOpen),
    },
    Action {
        id: "workspace.create",
        group: ActionGroup::Workspace,
        text: "Create a workspace…",
        tooltip: "Makes a workspace in a folder of your choice",
        shortcuts: &[ctrl_shift('N')],
        icon: "folder-plus",
        available: always,
        command: |_| Command::Workspace(WorkspaceCommand::AskCreate),
    },
    Action {
        id: "workspace.close",
        group: ActionGroup::Workspace,
        text: "Close the workspace",
        tooltip: "Stops the tracking server and closes the workspace",
        shortcuts: &[],
        icon: "x",
        available: needs_workspace,
        command: |_| Command::Workspace(WorkspaceCommand::Close),
    },
    Action {
        id: "workspace.reveal",
        group: ActionGroup::Workspace,
        text: "Show the workspace in the file manager",
        tooltip: "Opens the folder that holds the database and the artifacts",
        shortcuts: &[],
        icon: "folder",
        available: needs_workspace,
        command: |state| {
            let root = state.open_workspace().map(|workspace| workspace.root.clone()).unwrap_or_default();
            Command::Window(WindowCommand::Reveal(root))
        },
    },
    Action {
        id: "workspace.demo",
        group: ActionGroup::Workspace,
        text: "Fill with a demo",
        tooltip: "Adds three experiments with 60 runs to look around in",
        shortcuts: &[],
        icon: "sparkles",
        available: needs_writing,
        command: |_| Command::Workspace(WorkspaceCommand::FillWithDemo),
    },
    Action {
        id: "workspace.import-folder",
        group: ActionGroup::Workspace,
        text: "Import an mlruns folder…",
        tooltip: "Copies runs that MLflow wrote to files; nothing is changed there",
        shortcuts: &[ctrl('I')],
        icon: "import",
        available: needs_writing,
        command: |_| Command::Workspace(WorkspaceCommand::AskImportFolder),
    },
    Action {
        id: "workspace.import-database",
        group: ActionGroup::Workspace,
        text: "Import an MLflow database…",
        tooltip: "Copies runs from an mlflow.db file; nothing is changed there",
        shortcuts: &[ctrl_shift('I')],
        icon: "database",
        available: needs_writing,
        command: |_| Command::Workspace(WorkspaceCommand::AskImportFile),
    },
    Action {
        id: "server.copy-address",
        group: ActionGroup::Workspace,
        text: "Copy the tracking address",
        tooltip: "For mlflow.set_tracking_uri",
        shortcuts: &[ctrl_shift('U')],
        icon: "copy",
        available: needs_server,
        command: |_| Command::Home(HomeCommand::CopyTrackingUrl),
    },
    Action {
        id: "server.copy-snippet",
        group: ActionGroup::Workspace,
        text: "Copy the Python snippet",
        tooltip: "Five lines that log a first run here",
        shortcuts: &[ctrl_shift('Y')],
        icon: "code",
        available: needs_server,
        command: |_| Command::Home(HomeCommand::CopySnippet),
    },
    Action {
        id: "server.start",
        group: ActionGroup::Workspace,
        text: "Start the tracking server",
        tooltip: "Lets Python on this machine log to the open workspace",
        shortcuts: &[],
        icon: "play",
        available: needs_server_off,
        command: |_| Command::Server(ServerCommand::Start),
    },
    Action {
        id: "server.stop",
        group: ActionGroup::Workspace,
        text: "Stop the tracking server",
        tooltip: "Python can no longer log here",
        shortcuts: &[],
        icon: "circle-stop",
        available: needs_server,
        command: |_| Command::Server(ServerCommand::Stop),
    },
    Action {
        id: "server.restart",
        group: ActionGroup::Workspace,
        text: "Restart the tracking server",
        tooltip: "Stops it and starts it on the port of the settings",
        shortcuts: &[],
        icon: "refresh-cw",
        available: needs_server,
        command: |_| Command::Server(ServerCommand::Restart),
    },
    Action {
        id: "view.theme",
        group: ActionGroup::View,
        text: "Change theme",
        tooltip: "System, light, dark, in turn",
        shortcuts: &[ctrl_shift('T')],
        icon: "sun",
        available: always,
        command: |_| Command::Settings(SettingsCommand::CycleTheme),
    },
    Action {
        id: "view.zoom-in",
        group: ActionGroup::View,
        text: "Make everything larger",
        tooltip: "Scales the window up",
        shortcuts: &[ctrl('='), ctrl('+'), ctrl_shift('+')],
        icon: "zoom-in",
        available: always,
        command: |_| Command::Settings(SettingsCommand::ZoomIn),
    },
    Action {
        id: "view.zoom-out",
        group: ActionGroup::View,
        text: "Make everything smaller",
        tooltip: "Scales the window down",
        shortcuts: &[ctrl('-')],
        icon: "minus",
        available: always,
        command: |_| Command::Settings(SettingsCommand::ZoomOut),
    },
    Action {
        id: "view.zoom-reset",
        group: ActionGroup::View,
        text: "Reset the size",
        tooltip: "Scales the window to what the system asks for",
        shortcuts: &[ctrl('0')],
        icon: "rotate-ccw",
        available: always,
        command: |_| Command::Settings(SettingsCommand::ResetZoom),
    },
    Action {
        id: "view.rail-words",
        group: ActionGroup::View,
        text: "Words beside the rail's icons",
        tooltip: "Shows or hides them",
        shortcuts: &[ctrl('\\')],
        icon: "panel-left",
        available: always,
        command: |_| Command::Settings(SettingsCommand::ToggleRailWords),
    },
    Action {
        id: "view.inspector",
        group: ActionGroup::View,
        text: "Inspector",
        tooltip: "Shows or hides the panel about what is selected",
        shortcuts: &[ctrl('B')],
        icon: "panel-right",
        available: always,
        command: |_| Command::Window(WindowCommand::ToggleInspector),
    },
    Action {
        id: "view.density",
        group: ActionGroup::View,
        text: "Change row height",
        tooltip: "Compact, normal, roomy, in turn",
        shortcuts: &[],
        icon: "table",
        available: always,
        command: |state| {
            Command::Settings(SettingsCommand::SetRowDensity(match state.settings.row_density {
                RowDensity::Compact => RowDensity::Normal,
                RowDensity::Normal => RowDensity::Roomy,
                RowDensity::Roomy => RowDensity::Compact,
            }))
        },
    },
];

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn ids_are_unique_and_words_are_there() {
        let mut seen = HashSet::new();
        for action in actions() {
            assert!(seen.insert(action.id), "{} is declared twice", action.id);
            assert!(!action.text.is_empty() && !action.tooltip.is_empty() && !action.icon.is_empty(), "{}", action.id);
            assert!(!action.text.ends_with('.') && !action.tooltip.ends_with('.'), "{}: no full stop", action.id);
        }
    }

    #[test]
    fn general_shortcuts_mean_one_thing_each() {
        let mut seen = HashSet::new();
        for action in GENERAL {
            for shortcut in action.shortcuts {
                assert!(seen.insert(*shortcut), "{shortcut} means two things");
            }
        }
    }

    #[test]
    fn a_shortcut_finds_only_what_can_be_done() {
        let state = State::default();
        let palette = by_shortcut(&state, ctrl('K')).map(|action| action.id);
        assert_eq!(palette, Some("palette.open"));
        assert!(by_shortcut(&state, ctrl('Z')).is_none(), "there is nothing to undo");
    }

    #[test]
    fn shortcuts_print_as_on_the_keyboard() {
        assert_eq!(ctrl_shift('Z').to_string(), "Ctrl+Shift+Z");
        assert_eq!(Shortcut::new(Modifiers::ALT, Key::Left).to_string(), "Alt+Left");
        assert_eq!(Shortcut::new(Modifiers::NONE, Key::Function(1)).to_string(), "F1");
    }
}
