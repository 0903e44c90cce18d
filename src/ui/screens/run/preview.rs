//! What the selected artifact looks like: its name and what can be done with it above, its content below.

use std::sync::Arc;

use egui::load::SizedTexture;
use egui::{Align, ColorImage, Label, Layout, ScrollArea, TextureHandle, TextureOptions, Ui, Vec2, vec2};

use crate::app::run_page::mlmodel::MlModel;
use crate::app::run_page::preview::{ArtifactPreview, DecodedImage, PreviewKind, TextPreview};
use crate::app::run_page::{ArtifactRef, RunPageCommand};
use crate::app::{ArtifactEntry, Command, Commands};
use crate::ui::theme::{fonts, icons, scale, tokens};
use crate::ui::widgets::{
    Button, KeyValues, Placeholder, StateAction, format, markdown_ui, refresh_line_ui, section_ui, segmented_ui,
    skeleton_rows_ui,
};

use super::data::columns_ui;
use super::header::link_ui;
use super::preview_table::table_ui;
use super::preview_tree::TreeUi;
use super::{Page, file_icon, nothing_ui};

/// Longer lines of text are cut on screen; copying gives the whole.
const MAX_LINE_CHARS: usize = 4000;

/// What drawing a preview needs to remember.
#[derive(Default)]
pub(super) struct PreviewUi {
    /// The preview that the rest belongs to.
    id: u64,
    texture: Option<Result<TextureHandle, String>>,
    tree: TreeUi,
    shows_source: bool,
    is_full_size: bool,
}

impl PreviewUi {
    pub(super) fn ui(&mut self, ui: &mut Ui, page: Page<'_>, commands: &mut Commands) {
        let browser = &page.state.run_page.artifacts;
        let Some(selected) = browser.selected() else {
            let text = "Choose a file on the left. The arrow keys go from file to file";
            Placeholder::empty(icons::FILE_TEXT, "Nothing selected", text).show(ui);
            return;
        };
        let preview = browser.preview.value().filter(|preview| preview.artifact == *selected);
        actions_ui(ui, selected, preview.map(|preview| &**preview), commands);
        ui.add_space(scale().space_sm);
        if let Some(error) = browser.preview.error() {
            let placeholder = Placeholder::error(&error.title, &error.detail).action("Retry");
            let chosen = placeholder.details(&error.details()).show(ui);
            if let (Some(StateAction::Primary), Some(retry)) = (chosen, &error.retry) {
                commands.send((**retry).clone());
            }
            return;
        }
        let Some(preview) = preview else {
            skeleton_rows_ui(ui, 10);
            return;
        };
        if preview.id != self.id {
            // How the last file was looked at says nothing about this one, apart from what is a habit.
            *self = Self { id: preview.id, shows_source: self.shows_source, ..Self::default() };
        }
        if browser.preview.is_loading() {
            refresh_line_ui(ui, ui.max_rect(), None);
        }
        notes_ui(ui, &preview.notes);
        self.kind_ui(ui, page, preview, commands);
    }

    fn kind_ui(&mut self, ui: &mut Ui, page: Page<'_>, preview: &ArtifactPreview, commands: &mut Commands) {
        match &preview.kind {
            PreviewKind::Folder { entries, model } => {
                folder_ui(ui, &preview.artifact, entries, model.as_deref(), commands);
            }
            PreviewKind::Text(text) => text_ui(ui, text, commands),
            PreviewKind::Tree { nodes, text } => {
                if self.source_ui(ui, "Tree", text) {
                    self.tree.ui(ui, nodes);
                }
            }
            PreviewKind::Markdown { blocks, text } => {
                if self.source_ui(ui, "Rendered", text) {
                    scrolled_ui(ui, "markdown", |ui| markdown_ui(ui, blocks));
                }
            }
            PreviewKind::Model { model, text } => {
                if self.source_ui(ui, "Model", text) {
                    scrolled_ui(ui, "model", |ui| model_ui(ui, model));
                }
            }
            PreviewKind::Image(image) => {
                let load = |ui: &Ui| Ok(load_texture(ui, preview.id, image));
                let text = format!("{} × {} pixels, {}", image.original[0], image.original[1], image.format);
                self.image_ui(ui, &preview.artifact, &text, load);
            }
            PreviewKind::Svg(bytes) => {
                let load = |ui: &Ui| load_svg(ui, preview.id, bytes);
                self.image_ui(ui, &preview.artifact, "SVG; text in it is not drawn", load);
            }
            PreviewKind::Table(_) => match &page.state.run_page.artifacts.table {
                Some(table) => table_ui(ui, table, commands),
                None => skeleton_rows_ui(ui, 10),
            },
            PreviewKind::TooLarge { limit, can_load } => {
                let size = preview.size.map(format::bytes).unwrap_or_default();
                let text = format!("{size}, more than the {} that are read unasked", format::bytes(*limit));
                let mut placeholder = Placeholder::empty(icons::HARD_DRIVE, "A large file", &text);
                if *can_load {
                    placeholder = placeholder.action("Load anyway");
                }
                if placeholder.show(ui) == Some(StateAction::Primary) {
                    commands.send(Command::Run(RunPageCommand::LoadAnyway));
                }
            }
            PreviewKind::Binary { reason, head } => binary_ui(ui, reason, head),
        }
    }

    /// The switch between a rendered form and its source; draws the source and returns whether to draw the form.
    fn source_ui(&mut self, ui: &mut Ui, form: &str, text: &str) -> bool {
        ui.horizontal(|ui| {
            if let Some(source) = segmented_ui(ui, "Show as", &[(false, form), (true, "Source")], self.shows_source) {
                self.shows_source = source;
            }
            if ui.add(Button::quiet("Copy all").icon(icons::COPY)).clicked() {
                ui.ctx().copy_text(text.to_owned());
            }
        });
        ui.add_space(scale().space_sm);
        if self.shows_source {
            source_text_ui(ui, text);
        }
        !self.shows_source
    }

    fn image_ui(
        &mut self,
        ui: &mut Ui,
        artifact: &ArtifactRef,
        text: &str,
        load: impl FnOnce(&Ui) -> Result<TextureHandle, String>,
    ) {
        let t = tokens(ui);
        let texture = self.texture.get_or_insert_with(|| load(ui));
        let texture = match texture {
            Ok(texture) => texture.clone(),
            Err(reason) => {
                Placeholder::error("The image cannot be shown", reason).show(ui);
                return;
            }
        };
        ui.horizontal(|ui| {
            let choices = [(false, "Fit"), (true, "Full size")];
            if let Some(is_full) = segmented_ui(ui, "Size", &choices, self.is_full_size) {
                self.is_full_size = is_full;
            }
            ui.label(fonts::small(text).color(t.text_muted));
        });
        ui.add_space(scale().space_sm);
        let native = texture.size_vec2();
        let room = ui.available_size() - vec2(0.0, scale().space_md);
        let share = if self.is_full_size { 1.0 } else { (room.x / native.x).min(room.y / native.y).min(1.0) };
        let name = format!("Image {}", artifact.name());
        ScrollArea::both().id_salt("image").auto_shrink(false).show(ui, |ui| {
            let image = egui::Image::from_texture(SizedTexture::new(texture.id(), native * share));
            ui.add(image.alt_text(name));
        });
    }
}

fn actions_ui(ui: &mut Ui, artifact: &ArtifactRef, preview: Option<&ArtifactPreview>, commands: &mut Commands) {
    let (t, s) = (tokens(ui), scale());
    let is_file = preview.is_some_and(|preview| preview.size.is_some());
    let mut send = |command| commands.send(Command::Run(command));
    let width = ui.available_width();
    ui.allocate_ui_with_layout(vec2(width, s.control_height), Layout::right_to_left(Align::Center), |ui| {
        ui.set_min_size(vec2(width, s.control_height));
        ui.spacing_mut().item_spacing.x = s.space_xs;
        if ui.add(Button::quiet("Show in folder").icon(icons::FOLDER_OPEN)).clicked() {
            send(RunPageCommand::RevealArtifact);
        }
        if ui.add(Button::quiet("Copy path").icon(icons::COPY)).clicked() {
            send(RunPageCommand::CopyArtifactPath);
        }
        let save = Button::secondary("Save as…").icon(icons::DOWNLOAD);
        if ui.add(save.enabled(is_file, "Only files can be saved")).clicked() {
            send(RunPageCommand::SaveArtifact);
        }
        ui.add_space(s.space_sm);
        if let Some(size) = preview.and_then(|preview| preview.size) {
            ui.label(fonts::small(format::bytes(size)).color(t.text_muted));
        }
        ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
            let name = if artifact.path.is_empty() { "All artifacts" } else { artifact.name() };
            ui.add(Label::new(fonts::section(name)).truncate()).on_hover_text(&artifact.path);
        });
    });
}

fn notes_ui(ui: &mut Ui, notes: &[String]) {
    let (t, s) = (tokens(ui), scale());
    for note in notes {
        ui.horizontal(|ui| {
            ui.spacing_mut().item_spacing.x = s.space_xs;
            icons::INFO.ui(ui, t.warn);
            ui.add(Label::new(fonts::small(note).color(t.text_secondary)).truncate());
        });
    }
    if !notes.is_empty() {
        ui.add_space(s.space_xs);
    }
}

fn scrolled_ui(ui: &mut Ui, salt: &str, contents_ui: impl FnOnce(&mut Ui)) {
    ScrollArea::vertical().id_salt(salt).auto_shrink(false).show(ui, |ui| {
        ui.set_max_width(ui.available_width().min(scale().text_column));
        contents_ui(ui);
        ui.add_space(scale().space_lg);
    });
}

fn text_ui(ui: &mut Ui, text: &TextPreview, commands: &mut Commands) {
    let t = tokens(ui);
    ui.horizontal(|ui| {
        if ui.add(Button::quiet("Copy all").icon(icons::COPY)).clicked() {
            ui.ctx().copy_text(text.text().to_owned());
        }
        ui.label(fonts::small(format::counted(text.n_lines(), "line", "lines")).color(t.text_muted));
        if text.is_cut {
            ui.label(fonts::small("Only the beginning is shown").color(t.warn));
            if ui.add(Button::secondary("Load all").small()).clicked() {
                commands.send(Command::Run(RunPageCommand::LoadAnyway));
            }
        }
    });
    lines_ui(ui, text.n_lines(), |index| text.line(index));
}

/// A text that is small enough to be split anew in each frame it is shown.
fn source_text_ui(ui: &mut Ui, text: &str) {
    let lines: Vec<&str> = text.lines().collect();
    lines_ui(ui, lines.len(), |index| lines.get(index).copied().unwrap_or_default());
}

/// Lines with their numbers; only the visible ones are laid out.
fn lines_ui<'a>(ui: &mut Ui, n_lines: usize, line: impl Fn(usize) -> &'a str) {
    let (t, s) = (tokens(ui), scale());
    let digits = n_lines.to_string().len();
    let height = s.type_mono + s.space_xs;
    ui.spacing_mut().item_spacing.y = 0.0;
    ScrollArea::both().id_salt("lines").auto_shrink(false).show_rows(ui, height, n_lines, |ui, range| {
        for index in range {
            ui.horizontal(|ui| {
                ui.set_height(height);
                ui.spacing_mut().item_spacing.x = s.space_md;
                let number = format!("{:>digits$}", index + 1);
                ui.add(Label::new(fonts::mono(number).color(t.text_disabled)).selectable(false));
                let text = line(index);
                let cut = text.char_indices().nth(MAX_LINE_CHARS).map(|(end, _)| end);
                let shown = cut.and_then(|end| text.get(..end)).map(|head| format!("{head} …"));
                ui.add(Label::new(fonts::mono(shown.as_deref().unwrap_or(text))).extend());
            });
        }
    });
}

fn folder_ui(
    ui: &mut Ui,
    folder: &ArtifactRef,
    entries: &Arc<[ArtifactEntry]>,
    model: Option<&MlModel>,
    commands: &mut Commands,
) {
    let t = tokens(ui);
    scrolled_ui(ui, "folder", |ui| {
        if let Some(model) = model {
            model_ui(ui, model);
            ui.add_space(scale().space_lg);
        }
        section_ui(ui, "Files", |_| {});
        if entries.is_empty() {
            nothing_ui(ui, "This folder is empty");
        }
        for entry in entries.iter().take(1000) {
            ui.horizontal(|ui| {
                let icon = if entry.is_dir { icons::FOLDER } else { file_icon(entry.name()) };
                icon.ui(ui, t.text_muted);
                if link_ui(ui, entry.name()).clicked() {
                    let artifact = ArtifactRef { owner: folder.owner.clone(), path: entry.path.clone() };
                    commands.send(Command::Run(RunPageCommand::SelectArtifact(artifact)));
                }
                if let Some(size) = entry.size {
                    ui.label(fonts::small(format::bytes(size)).color(t.text_muted));
                }
            });
        }
        if entries.len() > 1000 {
            nothing_ui(ui, &format!("Showing 1,000 of {} files; the tree has all", format::count(entries.len())));
        }
    });
}

fn model_ui(ui: &mut Ui, model: &MlModel) {
    let s = scale();
    section_ui(ui, "Model", |_| {});
    let mut rows = KeyValues::new(ui, 180.0);
    for (key, value) in &model.facts {
        rows.copyable(key, value);
    }
    for (flavor, facts) in &model.flavors {
        ui.add_space(s.space_sm);
        ui.label(fonts::small_strong(format!("Flavor {flavor}")));
        let mut rows = KeyValues::new(ui, 180.0);
        for (key, value) in facts {
            rows.copyable(key, value);
        }
    }
    columns_ui(ui, "Inputs", &model.inputs);
    columns_ui(ui, "Outputs", &model.outputs);
    columns_ui(ui, "Parameters", &model.params);
}

fn binary_ui(ui: &mut Ui, reason: &str, head: &[u8]) {
    let t = tokens(ui);
    ui.label(fonts::body(reason));
    ui.add_space(scale().space_sm);
    if head.is_empty() {
        nothing_ui(ui, "The file is empty");
        return;
    }
    ui.label(fonts::small("The first bytes").color(t.text_muted));
    for chunk in head.chunks(16) {
        let hex: Vec<String> = chunk.iter().map(|byte| format!("{byte:02x}")).collect();
        let text: String =
            chunk.iter().map(|byte| if (0x20..0x7f).contains(byte) { char::from(*byte) } else { '.' }).collect();
        ui.label(fonts::mono(format!("{:<48} {text}", hex.join(" "))));
    }
}

fn load_texture(ui: &Ui, id: u64, image: &DecodedImage) -> TextureHandle {
    let pixels = ColorImage::from_rgba_unmultiplied(image.size, &image.rgba);
    ui.ctx().load_texture(format!("artifact {id}"), pixels, TextureOptions::LINEAR)
}

#[expect(clippy::default_trait_access, reason = "the type belongs to a crate that is not ours to name")]
fn load_svg(ui: &Ui, id: u64, bytes: &[u8]) -> Result<TextureHandle, String> {
    // Larger than most panes, so that it is sharp there.
    let hint = egui::SizeHint::Size { width: 1600, height: 1600, maintain_aspect_ratio: true };
    let pixels = egui_extras::image::load_svg_bytes_with_size(bytes, hint, &Default::default())?;
    let size = Vec2::new(pixels.size[0] as f32, pixels.size[1] as f32);
    if size.max_elem() > 8192.0 {
        return Err(format!("The drawing is {} × {} pixels large", size.x, size.y));
    }
    Ok(ui.ctx().load_texture(format!("artifact {id}"), pixels, TextureOptions::LINEAR))
}
