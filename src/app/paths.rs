//! Where things lie when nobody says otherwise.

use std::path::PathBuf;

fn folders() -> Option<directories::ProjectDirs> {
    directories::ProjectDirs::from("", "", "Proofmark")
}

/// The workspace of a person who never chose one; `None` on a machine without a home folder.
pub fn default_workspace() -> Option<PathBuf> {
    folders().map(|folders| folders.data_dir().join("workspace"))
}

/// The settings file of this person.
pub fn default_settings() -> Option<PathBuf> {
    folders().map(|folders| folders.config_dir().join("settings.json"))
}
