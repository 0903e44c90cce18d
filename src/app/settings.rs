//! What a person sets once: kept in a versioned JSON file, written as a whole or not at all.
//!
//! Invariant: a missing, broken or newer file never stops the program; it starts with the defaults and says so.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::{Context, server};

/// The version of the file's form.
const VERSION: u32 = 1;
/// Workspaces remembered.
const RECENT_LIMIT: usize = 12;
/// The port that MLflow's own server uses.
pub const DEFAULT_PORT: u16 = 5000;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ThemeChoice {
    Light,
    Dark,
    #[default]
    System,
}

/// How high a row of a table is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RowDensity {
    Compact,
    #[default]
    Normal,
    Roomy,
}

/// The settings and what is remembered between starts.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Settings {
    pub theme: ThemeChoice,
    /// 1 is the size that the system asks for.
    pub ui_scale: f32,
    pub row_density: RowDensity,
    pub server_enabled: bool,
    pub server_port: u16,
    /// Whether the rail shows words beside its icons.
    pub rail_words: bool,
    pub inspector_open: bool,
    /// Width and height in points.
    pub window_size: Option<(f32, f32)>,
    pub recent_workspaces: Vec<PathBuf>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            theme: ThemeChoice::System,
            ui_scale: 1.0,
            row_density: RowDensity::Normal,
            server_enabled: true,
            server_port: DEFAULT_PORT,
            rail_words: false,
            inspector_open: true,
            window_size: None,
            recent_workspaces: Vec::new(),
        }
    }
}

/// A change of settings.
#[derive(Debug, Clone, PartialEq)]
pub enum SettingsCommand {
    SetTheme(ThemeChoice),
    CycleTheme,
    SetUiScale(f32),
    ZoomIn,
    ZoomOut,
    ResetZoom,
    SetRowDensity(RowDensity),
    SetServerEnabled(bool),
    SetServerPort(u16),
    SetRailWords(bool),
    ToggleRailWords,
    SetWindowSize(f32, f32),
    ResetAll,
}

/// Scales that the window can take.
pub const UI_SCALE_RANGE: std::ops::RangeInclusive<f32> = 0.5..=3.0;
/// How far one step of zooming goes.
const ZOOM_STEP: f32 = 0.1;

impl Settings {
    /// Puts a workspace first in the list of recent ones.
    pub fn remember_workspace(&mut self, path: &Path) {
        self.recent_workspaces.retain(|recent| recent != path);
        self.recent_workspaces.insert(0, path.to_path_buf());
        self.recent_workspaces.truncate(RECENT_LIMIT);
    }
}

pub(super) fn handle(cx: &mut Context<'_>, command: &SettingsCommand) {
    let settings = &mut cx.state.settings;
    match *command {
        SettingsCommand::SetTheme(theme) => settings.theme = theme,
        SettingsCommand::CycleTheme => {
            settings.theme = match settings.theme {
                ThemeChoice::System => ThemeChoice::Light,
                ThemeChoice::Light => ThemeChoice::Dark,
                ThemeChoice::Dark => ThemeChoice::System,
            };
        }
        SettingsCommand::SetUiScale(scale) => set_scale(settings, scale),
        SettingsCommand::ZoomIn => set_scale(settings, settings.ui_scale + ZOOM_STEP),
        SettingsCommand::ZoomOut => set_scale(settings, settings.ui_scale - ZOOM_STEP),
        SettingsCommand::ResetZoom => settings.ui_scale = 1.0,
        SettingsCommand::SetRowDensity(density) => settings.row_density = density,
        SettingsCommand::SetServerEnabled(is_enabled) => {
            settings.server_enabled = is_enabled;
            server::start(cx);
        }
        SettingsCommand::SetServerPort(port) => {
            if settings.server_port != port {
                settings.server_port = port;
                server::start(cx);
            }
        }
        SettingsCommand::SetRailWords(is_on) => settings.rail_words = is_on,
        SettingsCommand::ToggleRailWords => settings.rail_words = !settings.rail_words,
        SettingsCommand::SetWindowSize(width, height) => settings.window_size = Some((width, height)),
        SettingsCommand::ResetAll => reset(cx),
    }
}

/// Takes a scale that the window can take, in whole steps of a hundredth.
fn set_scale(settings: &mut Settings, scale: f32) {
    if scale.is_finite() {
        settings.ui_scale = (scale.clamp(*UI_SCALE_RANGE.start(), *UI_SCALE_RANGE.end()) * 100.0).round() / 100.0;
    }
}

/// Back to the defaults; what is remembered rather than set stays.
fn reset(cx: &mut Context<'_>) {
    let defaults = Settings::default();
    let settings = &mut cx.state.settings;
    let serves_alike =
        (settings.server_enabled, settings.server_port) == (defaults.server_enabled, defaults.server_port);
    *settings = Settings {
        recent_workspaces: std::mem::take(&mut settings.recent_workspaces),
        window_size: settings.window_size,
        ..defaults
    };
    if !serves_alike {
        server::start(cx);
    }
}

#[derive(Deserialize)]
struct Versioned {
    version: u32,
}

#[derive(Serialize, Deserialize)]
struct File<T> {
    version: u32,
    #[serde(flatten)]
    content: T,
}

/// Reads the settings. The text says what is wrong with the file, when something is.
pub fn load(path: &Path) -> (Settings, Option<String>) {
    let text = match std::fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return (Settings::default(), None),
        Err(error) => return (Settings::default(), Some(format!("Cannot read {}: {error}", path.display()))),
    };
    match parse(&text) {
        Ok(settings) => (settings, None),
        Err(problem) => (Settings::default(), Some(format!("{problem} ({})", path.display()))),
    }
}

fn parse(text: &str) -> Result<Settings, String> {
    let versioned: Versioned =
        serde_json::from_str(text).map_err(|error| format!("The settings file is damaged: {error}"))?;
    if versioned.version > VERSION {
        return Err(format!("The settings file is of a newer version ({})", versioned.version));
    }
    let file: File<Settings> =
        serde_json::from_str(text).map_err(|error| format!("The settings file is damaged: {error}"))?;
    let mut settings = file.content;
    if !UI_SCALE_RANGE.contains(&settings.ui_scale) {
        settings.ui_scale = 1.0;
    }
    Ok(settings)
}

/// Writes the settings beside the old file and then in its place.
pub fn save(path: &Path, settings: &Settings) -> std::io::Result<()> {
    let json = serde_json::to_vec_pretty(&File { version: VERSION, content: settings })?;
    write_atomically(path, &json)
}

/// Writes a file so that a reader sees the old content or the new, never half of it.
pub(super) fn write_atomically(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    if let Some(dir) = path.parent() {
        std::fs::create_dir_all(dir)?;
    }
    let mut temporary = path.as_os_str().to_owned();
    temporary.push(format!(".{}.tmp", std::process::id()));
    let temporary = PathBuf::from(temporary);
    let written = std::fs::File::create(&temporary)
        .and_then(|mut file| {
            file.write_all(bytes)?;
            file.sync_all()
        })
        .and_then(|()| std::fs::rename(&temporary, path));
    if written.is_err() {
        // The first error is the one to tell; a leftover is harmless.
        let _ = std::fs::remove_file(&temporary);
    }
    written
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

    use super::*;

    #[test]
    fn settings_survive_a_round_trip() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("deep/settings.json");
        let settings = Settings {
            theme: ThemeChoice::Dark,
            ui_scale: 1.25,
            recent_workspaces: vec!["/a".into()],
            ..Settings::default()
        };
        save(&path, &settings).unwrap();
        assert_eq!(load(&path), (settings, None));
        assert_eq!(std::fs::read_dir(path.parent().unwrap()).unwrap().count(), 1, "no leftover");
    }

    #[test]
    fn a_missing_file_gives_the_defaults_silently() {
        assert_eq!(load(Path::new("/nowhere/settings.json")), (Settings::default(), None));
    }

    #[test]
    fn a_broken_or_newer_file_gives_the_defaults_and_a_word() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("settings.json");
        for (text, word) in [("{", "damaged"), ("[]", "damaged"), (r#"{"version":99}"#, "newer")] {
            std::fs::write(&path, text).unwrap();
            let (settings, problem) = load(&path);
            assert_eq!(settings, Settings::default());
            assert!(problem.unwrap().contains(word), "{text}");
        }
    }

    #[test]
    fn unknown_fields_and_wild_values_are_survived() {
        let settings = parse(r#"{"version":1,"theme":"light","ui_scale":900,"added_later":true}"#).unwrap();
        assert_eq!((settings.theme, settings.ui_scale), (ThemeChoice::Light, 1.0));
    }

    #[test]
    fn the_newest_workspace_comes_first_and_once() {
        let mut settings = Settings::default();
        for n in 0..20 {
            settings.remember_workspace(Path::new(&format!("/{}", n % 15)));
        }
        assert_eq!(settings.recent_workspaces.len(), RECENT_LIMIT);
        assert_eq!(settings.recent_workspaces.first(), Some(&PathBuf::from("/4")));
    }
}
