//! Files dropped on the window: a workspace is opened, what MLflow left is imported.

use std::path::{Path, PathBuf};

use egui::{Align2, Color32, FontId, Id, LayerId, Order, Stroke, StrokeKind, Ui};

use crate::app::{Command, Commands, WorkspaceCommand};
use crate::ui::theme::{fonts, scale, tokens};

/// Sends what a drop means.
pub(super) fn send_dropped(ui: &Ui, commands: &mut Commands) {
    let dropped: Vec<PathBuf> =
        ui.input(|input| input.raw.dropped_files.iter().map(|file| file.path().to_path_buf()).collect());
    for path in dropped {
        commands.send(Command::Workspace(meaning_of(path)));
    }
}

/// By name alone: looking into the folder is the work of a task.
fn meaning_of(path: PathBuf) -> WorkspaceCommand {
    let is_mlruns = path.file_name().is_some_and(|name| name == "mlruns");
    let is_database =
        path.extension().is_some_and(|extension| ["db", "sqlite", "sqlite3"].iter().any(|known| extension == *known));
    if is_database && path.file_name() == Some("proofmark.db".as_ref()) {
        return WorkspaceCommand::Open(path.parent().map(Path::to_path_buf).unwrap_or(path));
    }
    if is_mlruns || is_database { WorkspaceCommand::Import(path) } else { WorkspaceCommand::Open(path) }
}

/// Says what dropping would do, while files hang over the window.
pub(super) fn hover_ui(ui: &Ui) {
    let hovered = ui.input(|input| input.raw.hovered_files.first().map(|file| file.path.clone().unwrap_or_default()));
    let Some(path) = hovered else { return };
    let (t, s) = (tokens(ui), scale());
    let words = match meaning_of(path) {
        WorkspaceCommand::Import(_) => "Drop to import the runs",
        _ => "Drop to open as a workspace",
    };
    let painter = ui.layer_painter(LayerId::new(Order::Foreground, Id::unique("drop")));
    let rect = ui.content_rect();
    painter.rect_filled(rect, 0.0, t.backdrop);
    painter.rect_stroke(rect.shrink(s.space_md), s.radius, Stroke::new(s.focus_ring, t.focus), StrokeKind::Inside);
    let galley = painter.layout_no_wrap(words.to_owned(), FontId::new(s.type_section, fonts::semibold()), t.text);
    let place = Align2::CENTER_CENTER.align_size_within_rect(galley.size(), rect);
    painter.rect(place.expand(s.space_lg), s.radius, t.popup, Stroke::new(s.hairline, t.border), StrokeKind::Inside);
    painter.galley(place.min, galley, Color32::PLACEHOLDER);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_drop_means_what_its_name_says() {
        let cases = [
            ("/a/mlruns", WorkspaceCommand::Import("/a/mlruns".into())),
            ("/a/mlflow.db", WorkspaceCommand::Import("/a/mlflow.db".into())),
            ("/a/wine", WorkspaceCommand::Open("/a/wine".into())),
            ("/a/wine/proofmark.db", WorkspaceCommand::Open("/a/wine".into())),
        ];
        for (path, expected) in cases {
            assert_eq!(meaning_of(path.into()), expected, "{path}");
        }
    }
}
