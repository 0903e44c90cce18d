//! Reading an artifact for looking at it: what kind it is, how much of it, decoded off the UI thread.
//!
//! Nothing that could run code is ever opened (pickles least of all), nothing large is read unasked, and text is shown
//! whatever its bytes, with a word when they were not UTF-8.

use std::io::Cursor;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use image::{AnimationDecoder as _, ImageReader};

use crate::backend::{ArtifactEntry, Tracking};
use crate::explore::Preview;

use super::super::{Titled as _, UserError};
use super::artifacts::ArtifactRef;
use super::markdown::{self, Block};
use super::mlmodel::{self, MlModel};
use super::tree::{self, TreeNode};

/// How much is read unasked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    pub text_bytes: u64,
    pub tree_bytes: u64,
    pub image_bytes: u64,
    /// Drawings are rendered while the window waits.
    pub svg_bytes: u64,
}

impl Limits {
    pub const USUAL: Self =
        Self { text_bytes: 1 << 20, tree_bytes: 4 << 20, image_bytes: 16 << 20, svg_bytes: 1 << 20 };
    /// When the person wants it all the same. Beyond this, other programs serve better.
    pub const LIFTED: Self =
        Self { text_bytes: 64 << 20, tree_bytes: 64 << 20, image_bytes: 256 << 20, svg_bytes: 16 << 20 };
}

/// Images are scaled down to this many pixels a side; what cannot be seen need not be kept.
const MAX_IMAGE_SIDE: u32 = 4096;
/// Images beyond this many pixels a side are refused before memory is taken for them.
const MAX_DECODED_SIDE: u32 = 30_000;
/// Bytes that decide whether a file of unknown kind is text.
const SNIFF_BYTES: usize = 8192;

/// An artifact as it can be shown.
#[derive(Debug, Clone)]
pub struct ArtifactPreview {
    /// Tells one reading from another.
    pub id: u64,
    pub artifact: ArtifactRef,
    /// Bytes of the whole file; `None` for a folder.
    pub size: Option<u64>,
    pub kind: PreviewKind,
    /// What the person should know about what is shown.
    pub notes: Vec<String>,
}

/// What is shown.
#[derive(Debug, Clone)]
pub enum PreviewKind {
    Folder {
        entries: Arc<[ArtifactEntry]>,
        model: Option<Box<MlModel>>,
    },
    Text(TextPreview),
    Tree {
        nodes: Vec<TreeNode>,
        text: String,
    },
    Markdown {
        blocks: Vec<Block>,
        text: String,
    },
    Model {
        model: Box<MlModel>,
        text: String,
    },
    Image(DecodedImage),
    Svg(Arc<[u8]>),
    Table(TableSource),
    /// Larger than what is read unasked.
    TooLarge {
        limit: u64,
        can_load: bool,
    },
    /// Not for reading; `reason` says why it is not opened, `head` are its first bytes.
    Binary {
        reason: String,
        head: Vec<u8>,
    },
}

/// An open table.
#[derive(Clone)]
pub struct TableSource(Arc<Preview>);

impl TableSource {
    pub(super) fn preview(&self) -> &Arc<Preview> {
        &self.0
    }
}

impl std::fmt::Debug for TableSource {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("TableSource")
    }
}

/// A text and where its lines start.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct TextPreview {
    text: String,
    line_starts: Vec<usize>,
    /// Whether the file goes on behind what is here.
    pub is_cut: bool,
}

impl TextPreview {
    pub fn new(text: String, is_cut: bool) -> Self {
        let ends = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n').map(|(at, _)| at + 1);
        let mut line_starts: Vec<usize> = std::iter::once(0).chain(ends).collect();
        // A line end at the end of the text ends the last line; it does not begin another.
        if line_starts.len() > 1 && line_starts.last() == Some(&text.len()) {
            line_starts.pop();
        }
        Self { text, line_starts, is_cut }
    }

    pub fn text(&self) -> &str {
        &self.text
    }

    pub fn n_lines(&self) -> usize {
        self.line_starts.len()
    }

    /// A line without its end.
    pub fn line(&self, index: usize) -> &str {
        let start = self.line_starts.get(index).copied().unwrap_or(self.text.len());
        let end = self.line_starts.get(index + 1).copied().unwrap_or(self.text.len());
        self.text.get(start..end).unwrap_or_default().trim_end_matches(['\n', '\r'])
    }
}

/// Pixels ready for a texture.
#[derive(Clone, PartialEq)]
pub struct DecodedImage {
    /// Width and height of `rgba`.
    pub size: [usize; 2],
    /// Width and height of the file, when it was scaled down.
    pub original: [u32; 2],
    /// Four bytes a pixel, not premultiplied.
    pub rgba: Arc<[u8]>,
    pub format: String,
}

impl std::fmt::Debug for DecodedImage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("DecodedImage").field("size", &self.size).field("format", &self.format).finish_non_exhaustive()
    }
}

/// What a file's name promises.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Table,
    Json,
    Yaml,
    Model,
    Markdown,
    Image,
    Svg,
    Pickle,
    Binary,
    Unknown,
}

fn kind_of(path: &str) -> Kind {
    let name = path.rsplit('/').next().unwrap_or(path);
    if name == "MLmodel" {
        return Kind::Model;
    }
    let extension = Path::new(name).extension().map(|extension| extension.to_string_lossy().to_lowercase());
    match extension.as_deref().unwrap_or_default() {
        _ if Preview::supports(Path::new(name)) => Kind::Table,
        "json" | "ipynb" | "geojson" => Kind::Json,
        "yaml" | "yml" => Kind::Yaml,
        "md" | "markdown" => Kind::Markdown,
        "png" | "jpg" | "jpeg" | "gif" => Kind::Image,
        "svg" => Kind::Svg,
        "pkl" | "pickle" | "joblib" | "pt" | "pth" | "ckpt" | "dill" | "cloudpickle" => Kind::Pickle,
        "zip" | "gz" | "tar" | "bin" | "onnx" | "h5" | "keras" | "npy" | "npz" | "safetensors" | "pb" | "so" => {
            Kind::Binary
        }
        _ => Kind::Unknown,
    }
}

/// Reads an artifact as far as the limits allow.
pub(super) fn read(
    backend: &dyn Tracking,
    artifact: &ArtifactRef,
    is_dir: bool,
    limits: Limits,
    id: u64,
) -> Result<ArtifactPreview, UserError> {
    let preview = |size, kind, notes| ArtifactPreview { id, artifact: artifact.clone(), size, kind, notes };
    if is_dir {
        return Ok(preview(None, read_folder(backend, artifact)?, Vec::new()));
    }
    let kind = kind_of(&artifact.path);
    if kind == Kind::Table {
        return read_table(backend, artifact, limits).map(|(size, kind, notes)| preview(size, kind, notes));
    }
    let limit = match kind {
        Kind::Image => limits.image_bytes,
        Kind::Svg => limits.svg_bytes,
        Kind::Json | Kind::Yaml | Kind::Model | Kind::Markdown => limits.tree_bytes,
        Kind::Pickle | Kind::Binary => SNIFF_BYTES as u64,
        Kind::Table | Kind::Unknown => limits.text_bytes,
    };
    let file =
        backend.read_artifact(&artifact.owner, &artifact.path, limit).titled("The artifact could not be read")?;
    let (size, is_complete) = (file.total, file.is_complete());
    if !is_complete && matches!(kind, Kind::Image | Kind::Svg) {
        let can_load = limits != Limits::LIFTED
            && size <= if kind == Kind::Svg { Limits::LIFTED.svg_bytes } else { Limits::LIFTED.image_bytes };
        return Ok(preview(Some(size), PreviewKind::TooLarge { limit, can_load }, Vec::new()));
    }
    let (kind, notes) = decode(kind, file.bytes, is_complete);
    Ok(preview(Some(size), kind, notes))
}

fn decode(kind: Kind, bytes: Vec<u8>, is_complete: bool) -> (PreviewKind, Vec<String>) {
    match kind {
        Kind::Image => match decode_image(&bytes) {
            Ok((image, notes)) => (PreviewKind::Image(image), notes),
            Err(reason) => (binary(format!("The image cannot be decoded: {reason}"), &bytes), Vec::new()),
        },
        Kind::Svg => (PreviewKind::Svg(bytes.into()), Vec::new()),
        Kind::Pickle => {
            let reason = "A pickle can run any code when it is opened, so Proofmark never opens one";
            (binary(reason.to_owned(), &bytes), Vec::new())
        }
        Kind::Binary => (binary("This kind of file has no preview".to_owned(), &bytes), Vec::new()),
        Kind::Unknown if !looks_like_text(&bytes) => {
            (binary("The file does not look like text".to_owned(), &bytes), Vec::new())
        }
        Kind::Json | Kind::Yaml | Kind::Model | Kind::Markdown | Kind::Table | Kind::Unknown => {
            decode_text(kind, bytes, is_complete)
        }
    }
}

fn decode_text(kind: Kind, bytes: Vec<u8>, is_complete: bool) -> (PreviewKind, Vec<String>) {
    let mut notes = Vec::new();
    let text = match String::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) => {
            // A cut in the middle of a character is no fault of the file.
            let is_cut_only = !is_complete && error.utf8_error().error_len().is_none();
            if !is_cut_only {
                let at = error.utf8_error().valid_up_to();
                notes.push(format!("Not valid UTF-8 from byte {at} on; what cannot be read is shown as \u{fffd}"));
            }
            String::from_utf8_lossy(error.as_bytes()).into_owned()
        }
    };
    if !is_complete {
        if kind != Kind::Unknown {
            notes.push("Too large for a structured view; the beginning is shown as text".to_owned());
        }
        return (PreviewKind::Text(TextPreview::new(text, true)), notes);
    }
    let structured = match kind {
        Kind::Json => Some(tree::json(&text)),
        Kind::Yaml => Some(tree::yaml(&text)),
        Kind::Model => match mlmodel::parse(&text) {
            Some(model) => return (PreviewKind::Model { model: Box::new(model), text }, notes),
            None => Some(tree::yaml(&text)),
        },
        Kind::Markdown => return (PreviewKind::Markdown { blocks: markdown::parse(&text), text }, notes),
        _ => None,
    };
    match structured {
        Some(Ok(nodes)) => (PreviewKind::Tree { nodes, text }, notes),
        Some(Err(error)) => {
            notes.push(capitalised(&error.to_string()));
            (PreviewKind::Text(TextPreview::new(text, false)), notes)
        }
        None => (PreviewKind::Text(TextPreview::new(text, false)), notes),
    }
}

fn capitalised(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}

fn binary(reason: String, bytes: &[u8]) -> PreviewKind {
    PreviewKind::Binary { reason, head: bytes.iter().take(256).copied().collect() }
}

/// Text has no NUL and few control characters.
fn looks_like_text(bytes: &[u8]) -> bool {
    let head = bytes.get(..SNIFF_BYTES.min(bytes.len())).unwrap_or_default();
    let odd = head.iter().filter(|byte| **byte < 0x20 && !matches!(byte, b'\n' | b'\r' | b'\t' | 0x0c | 0x1b)).count();
    !head.contains(&0) && odd * 50 <= head.len()
}

fn read_folder(backend: &dyn Tracking, folder: &ArtifactRef) -> Result<PreviewKind, UserError> {
    let entries: Arc<[ArtifactEntry]> =
        backend.artifacts(&folder.owner, &folder.path).titled("The folder could not be listed")?.into();
    let described = entries.iter().find(|entry| !entry.is_dir && entry.name() == "MLmodel");
    let model = match described {
        Some(entry) => {
            let limit = Limits::USUAL.tree_bytes;
            let file = backend.read_artifact(&folder.owner, &entry.path, limit).titled("MLmodel could not be read")?;
            mlmodel::parse(&String::from_utf8_lossy(&file.bytes)).map(Box::new)
        }
        None => None,
    };
    Ok(PreviewKind::Folder { entries, model })
}

type Decoded = (Option<u64>, PreviewKind, Vec<String>);

fn read_table(backend: &dyn Tracking, artifact: &ArtifactRef, limits: Limits) -> Result<Decoded, UserError> {
    let path: PathBuf =
        backend.artifact_file(&artifact.owner, &artifact.path).titled("The artifact could not be found")?;
    let head = backend
        .read_artifact(&artifact.owner, &artifact.path, limits.text_bytes.min(1 << 16))
        .titled("The artifact could not be read")?;
    match Preview::open(&path) {
        Ok(table) => Ok((Some(head.total), PreviewKind::Table(TableSource(Arc::new(table))), Vec::new())),
        // What is no table may still be read as text.
        Err(error) if looks_like_text(&head.bytes) => {
            let (kind, mut notes) = decode_text(Kind::Unknown, head.bytes.clone(), head.is_complete());
            notes.insert(0, capitalised(&error.to_string()));
            Ok((Some(head.total), kind, notes))
        }
        Err(error) => Ok((Some(head.total), binary(capitalised(&error.to_string()), &head.bytes), Vec::new())),
    }
}

fn decode_image(bytes: &[u8]) -> Result<(DecodedImage, Vec<String>), String> {
    let mut reader = ImageReader::new(Cursor::new(bytes)).with_guessed_format().map_err(|error| error.to_string())?;
    let mut limits = image::Limits::default();
    limits.max_image_width = Some(MAX_DECODED_SIDE);
    limits.max_image_height = Some(MAX_DECODED_SIDE);
    reader.limits(limits);
    let format = reader.format();
    let mut image = reader.decode().map_err(|error| error.to_string())?;
    let original = [image.width(), image.height()];
    let mut notes = Vec::new();
    if original.iter().any(|side| *side > MAX_IMAGE_SIDE) {
        image = image.thumbnail(MAX_IMAGE_SIDE, MAX_IMAGE_SIDE);
        notes.push(format!("Scaled down from {} × {} pixels", original[0], original[1]));
    }
    if format == Some(image::ImageFormat::Gif) && has_second_frame(bytes) {
        notes.push("The first frame of an animation".to_owned());
    }
    let format = format.and_then(|format| format.extensions_str().first()).map(|name| name.to_uppercase());
    let rgba = image.to_rgba8();
    let size = [rgba.width() as usize, rgba.height() as usize];
    let image = DecodedImage { size, original, rgba: rgba.into_raw().into(), format: format.unwrap_or_default() };
    Ok((image, notes))
}

fn has_second_frame(bytes: &[u8]) -> bool {
    image::codecs::gif::GifDecoder::new(Cursor::new(bytes))
        .is_ok_and(|decoder| decoder.into_frames().nth(1).is_some_and(|frame| frame.is_ok()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(path: &str, bytes: &[u8]) -> (PreviewKind, Vec<String>) {
        decode(kind_of(path), bytes.to_vec(), true)
    }

    #[test]
    fn a_pickle_is_never_opened() {
        for name in ["model.pkl", "a/b.joblib", "weights.pt"] {
            let (kind, _) = shown(name, b"\x80\x04\x95");
            assert!(matches!(kind, PreviewKind::Binary { reason, .. } if reason.contains("never opens")), "{name}");
        }
    }

    #[test]
    fn broken_json_is_shown_as_text_and_says_where_it_breaks() {
        let (kind, notes) = shown("x.json", b"{\"a\": }");
        assert!(matches!(kind, PreviewKind::Text(_)));
        assert!(notes[0].contains("line 1 column 7"), "{notes:?}");
    }

    #[test]
    fn bytes_that_are_not_utf8_are_shown_and_said() {
        let (kind, notes) = shown("log.txt", b"caf\xe9 and more");
        assert!(matches!(kind, PreviewKind::Text(text) if text.text() == "caf\u{fffd} and more"));
        assert!(notes[0].contains("byte 3"), "{notes:?}");
        let cut = decode(Kind::Unknown, "é".as_bytes()[..1].to_vec(), false);
        assert_eq!(cut.1, Vec::<String>::new());
    }

    #[test]
    fn unknown_files_are_text_only_when_they_look_like_it() {
        assert!(matches!(shown("requirements.txt", b"mlflow==3.17.2\n").0, PreviewKind::Text(_)));
        assert!(matches!(shown("noextension", b"\x00\x01\x02").0, PreviewKind::Binary { .. }));
    }

    #[test]
    fn lines_are_found_without_their_ends() {
        let text = TextPreview::new("a\r\nb\n\nc".to_owned(), false);
        let lines: Vec<&str> = (0..text.n_lines()).map(|line| text.line(line)).collect();
        assert_eq!(lines, ["a", "b", "", "c"]);
        assert_eq!(TextPreview::new("a\n".to_owned(), false).n_lines(), 1);
    }

    #[test]
    fn an_image_is_decoded_and_a_broken_one_refused_with_the_reason() {
        let mut bytes = Vec::new();
        let pixels = image::RgbaImage::from_pixel(3, 2, image::Rgba([1, 2, 3, 255]));
        assert!(pixels.write_to(&mut Cursor::new(&mut bytes), image::ImageFormat::Png).is_ok());
        assert!(
            matches!(shown("p.png", &bytes).0, PreviewKind::Image(image) if image.size == [3, 2] && image.format == "PNG")
        );
        assert!(
            matches!(shown("p.png", &bytes[..20]).0, PreviewKind::Binary { reason, .. } if reason.contains("decoded"))
        );
    }
}
