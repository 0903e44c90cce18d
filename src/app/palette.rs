//! The command palette: commands, experiments, runs and recent workspaces, found by a few letters.

use super::actions::ActionId;
use super::{Command, Context};

/// What a person does in the palette.
#[derive(Debug, Clone, PartialEq)]
pub enum PaletteCommand {
    Open,
    Close,
    SetQuery(String),
    /// Moves the selection by some lines, staying within the list.
    Move(i32),
    /// Runs the selected line, or the one with this index.
    Run(Option<usize>),
}

/// The palette as it stands.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Palette {
    pub is_open: bool,
    pub query: String,
    /// Best match first.
    pub items: Vec<PaletteItem>,
    pub selected: usize,
    /// Whether a search is under way whose results will replace the items.
    pub is_searching: bool,
}

/// What kind of thing a line is; decides its icon and its heading.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PaletteKind {
    Action(ActionId),
    Experiment,
    Run,
    Workspace,
    Address,
}

/// One line.
#[derive(Debug, Clone, PartialEq)]
pub struct PaletteItem {
    pub kind: PaletteKind,
    pub text: String,
    /// Quieter words beside it: a shortcut, an experiment, a path.
    pub detail: String,
    /// Character positions in `text` that matched, ascending.
    pub matched: Vec<u32>,
    /// Why it cannot be done now.
    pub unavailable: Option<String>,
    pub command: Command,
}

/// What the palette's tasks bring.
#[derive(Debug, Clone, PartialEq)]
pub enum PaletteEvent {}

pub(super) fn handle(_cx: &mut Context<'_>, _command: PaletteCommand) {}

pub(super) fn apply(_cx: &mut Context<'_>, event: PaletteEvent) {
    match event {}
}
