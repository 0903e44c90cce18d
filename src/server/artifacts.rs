//! Files to and from clients, streamed: neither direction holds a whole file in memory.

use std::fs::File;
use std::io::{Seek as _, SeekFrom, Write as _};
use std::time::{SystemTime, UNIX_EPOCH};

use axum::body::Body;
use axum::http::header::{self, HeaderName};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::Response;
use bytes::Bytes;
use tokio_util::io::ReaderStream;

use super::error::{ApiError, ApiResult};
use super::limits::{self, BodyError, Pace};
use super::router::AppState;
use crate::store::Store;

/// Bytes that are read or written in one go.
const PIECE: usize = 256 * 1024;
/// Bytes of an upload that are collected before they are written.
const COLLECTED: usize = 1024 * 1024;

/// A part of a file, first and last byte.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    Whole,
    Bytes { first: u64, last: u64 },
    Unsatisfiable,
}

/// Sends the file at a path below the root of all artifacts. Always as an attachment, so that a browser does not run
/// what somebody logged.
pub(super) async fn send(state: &AppState, path: String, headers: &HeaderMap) -> ApiResult {
    let range = text(headers, header::RANGE).map(str::to_owned);
    let if_range = text(headers, header::IF_RANGE).map(str::to_owned);
    let known = text(headers, header::IF_NONE_MATCH).map(str::to_owned);
    let (file, name, length, tag, part) = state
        .blocking(move |store| {
            let (mut file, name, length) = open(store, &path)?;
            let tag = entity_tag(&file, length);
            let range = range.filter(|_| if_range.is_none_or(|condition| condition == tag));
            let part = range.map_or(Part::Whole, |range| parse_range(&range, length));
            if let Part::Bytes { first, .. } = part {
                file.seek(SeekFrom::Start(first)).map_err(|error| unreadable(&name, &error))?;
            }
            Ok((file, name, length, tag, part))
        })
        .await?;

    let mut response = Response::new(Body::empty());
    let answer = response.headers_mut();
    answer.insert(header::ACCEPT_RANGES, HeaderValue::from_static("bytes"));
    set(answer, header::ETAG, &tag);
    if known.is_some_and(|known| known.split(',').any(|known| known.trim() == tag || known.trim() == "*")) {
        *response.status_mut() = StatusCode::NOT_MODIFIED;
        return Ok(response);
    }
    answer.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    set(answer, header::CONTENT_DISPOSITION, &attachment(&name));
    set(answer, header::CONTENT_TYPE, content_type(&name));
    let (status, sent) = match part {
        Part::Whole => (StatusCode::OK, length),
        Part::Bytes { first, last } => {
            set(answer, header::CONTENT_RANGE, &format!("bytes {first}-{last}/{length}"));
            (StatusCode::PARTIAL_CONTENT, last - first + 1)
        }
        Part::Unsatisfiable => {
            set(answer, header::CONTENT_RANGE, &format!("bytes */{length}"));
            (StatusCode::RANGE_NOT_SATISFIABLE, 0)
        }
    };
    set(answer, header::CONTENT_LENGTH, &sent.to_string());
    *response.status_mut() = status;
    if sent > 0 {
        // A file that grows meanwhile must not make the answer longer than announced.
        let bounded = tokio::io::AsyncReadExt::take(tokio::fs::File::from_std(file), sent);
        *response.body_mut() = Body::from_stream(ReaderStream::with_capacity(bounded, PIECE));
    }
    Ok(response)
}

fn open(store: &Store, path: &str) -> ApiResult<(File, String, u64)> {
    let artifacts = store.artifacts();
    let name = artifacts.resolve(path)?.name().to_owned();
    let (file, length) = artifacts.open(path)?;
    Ok((file, name, length))
}

fn unreadable(name: &str, error: &std::io::Error) -> ApiError {
    ApiError::new(crate::wire::ErrorCode::InternalError, format!("Cannot read '{name}': {error}"))
}

/// Changes whenever the file does.
fn entity_tag(file: &File, length: u64) -> String {
    let modified = file.metadata().and_then(|metadata| metadata.modified()).unwrap_or(SystemTime::UNIX_EPOCH);
    let nanos = modified.duration_since(UNIX_EPOCH).map_or(0, |since| since.as_nanos());
    format!("\"{nanos:x}-{length:x}\"")
}

/// Reads a `Range` header. Several ranges, other units and what is malformed count as none, as the standard allows.
fn parse_range(range: &str, length: u64) -> Part {
    let Some((first, last)) = range.trim().strip_prefix("bytes=").and_then(|range| range.split_once('-')) else {
        return Part::Whole;
    };
    let (first, last) = (first.trim(), last.trim());
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if !digits(first) || !digits(last) {
        return Part::Whole;
    }
    match (first.parse::<u64>(), last.parse::<u64>()) {
        (Ok(first), Ok(last)) if first > last => Part::Whole,
        (Ok(first), _) if first >= length => Part::Unsatisfiable,
        (Ok(first), Ok(last)) => Part::Bytes { first, last: last.min(length - 1) },
        (Ok(first), Err(_)) if last.is_empty() => Part::Bytes { first, last: length - 1 },
        (Err(_), Ok(count)) if first.is_empty() => match (count, length) {
            (0, _) | (_, 0) => Part::Unsatisfiable,
            _ => Part::Bytes { first: length.saturating_sub(count), last: length - 1 },
        },
        _ => Part::Whole,
    }
}

/// Receives a file to a path below the root of all artifacts. It appears there when it is whole and on the disk; a
/// client that stops in the middle leaves nothing.
pub(super) async fn receive(state: &AppState, path: String, mut body: Body) -> ApiResult<()> {
    let started = state.writing(move |store| Ok(store.artifacts().begin_write(&path)?)).await;
    let mut writer = match started {
        Ok(writer) => writer,
        Err(error) => {
            limits::drain(body).await;
            return Err(error);
        }
    };
    let mut pace = Pace::steady();
    // The thread is given back between pieces: a slow client must not keep one.
    loop {
        let (pieces, ended) = collect(&mut body, &mut pace).await?;
        let written = state
            .writing(move |_| {
                for piece in &pieces {
                    writer.write_all(piece).map_err(|error| not_stored(&error))?;
                }
                if !ended {
                    return Ok(Some(writer));
                }
                writer.finish()?;
                Ok(None)
            })
            .await;
        writer = match written {
            Ok(Some(writer)) => writer,
            Ok(None) => return Ok(()),
            Err(error) => {
                limits::drain(body).await;
                return Err(error);
            }
        };
    }
}

/// The next stretch of a body, and whether it is the last.
async fn collect(body: &mut Body, pace: &mut Pace) -> Result<(Vec<Bytes>, bool), BodyError> {
    let (mut pieces, mut length) = (Vec::new(), 0);
    while length < COLLECTED {
        let Some(piece) = limits::next_frame(body, pace).await? else { return Ok((pieces, true)) };
        length += piece.len();
        pieces.push(piece);
    }
    Ok((pieces, false))
}

fn not_stored(error: &std::io::Error) -> ApiError {
    let code = match error.kind() {
        std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded => {
            return ApiError::new(
                crate::wire::ErrorCode::ResourceExhausted,
                "The disk that holds the workspace is full; make room and try again.",
            )
            .with_status(StatusCode::INSUFFICIENT_STORAGE);
        }
        std::io::ErrorKind::PermissionDenied | std::io::ErrorKind::ReadOnlyFilesystem => {
            crate::wire::ErrorCode::PermissionDenied
        }
        _ => crate::wire::ErrorCode::InternalError,
    };
    ApiError::new(code, format!("The artifact could not be stored: {error}"))
}

/// The value of `Content-Disposition` (RFC 6266): plain where the name allows, quoted or with a UTF-8 form otherwise.
fn attachment(name: &str) -> String {
    let token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    if !name.is_empty() && name.bytes().all(token) {
        return format!("attachment; filename={name}");
    }
    let plain: String = name.chars().filter(|c| matches!(c, ' '..='~')).collect();
    let plain = if plain.trim().is_empty() { "download".to_owned() } else { plain };
    let quoted = plain.replace('\\', "\\\\").replace('"', "\\\"");
    if name.bytes().all(|byte| (b' '..=b'~').contains(&byte)) {
        return format!("attachment; filename=\"{quoted}\"");
    }
    let mut encoded = String::with_capacity(name.len() * 3);
    for byte in name.bytes() {
        if byte.is_ascii_alphanumeric() || b"!#$&+-.^_`|~".contains(&byte) {
            encoded.push(byte as char);
        } else {
            use std::fmt::Write as _;
            let _ = write!(encoded, "%{byte:02X}");
        }
    }
    format!("attachment; filename=\"{quoted}\"; filename*=UTF-8''{encoded}")
}

/// The type that goes with a name. What people read is plain text, as in MLflow.
fn content_type(name: &str) -> &'static str {
    const TEXT: [&str; 26] = [
        "txt",
        "log",
        "err",
        "cfg",
        "conf",
        "cnf",
        "cf",
        "ini",
        "properties",
        "prop",
        "hocon",
        "toml",
        "yaml",
        "yml",
        "xml",
        "json",
        "js",
        "py",
        "py3",
        "csv",
        "tsv",
        "md",
        "rst",
        "ipynb",
        "MLmodel",
        "MLproject",
    ];
    let extension =
        name.rsplit_once('.').map_or(name, |(stem, extension)| if stem.is_empty() { name } else { extension });
    if TEXT.contains(&extension) {
        return "text/plain";
    }
    mime_guess::from_path(name).first_raw().unwrap_or("application/octet-stream")
}

fn text(headers: &HeaderMap, name: HeaderName) -> Option<&str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

fn set(headers: &mut HeaderMap, name: HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        headers.insert(name, value);
    }
}

/// Reads the whole of a small upload.
pub(super) async fn receive_small(body: Body, limit: usize) -> ApiResult<Bytes> {
    limits::read_body(body, limit).await.map(|(bytes, _)| bytes).map_err(|error| match error {
        BodyError::TooLarge { .. } => ApiError::invalid("Artifact size is too large. Max size is 10MB."),
        BodyError::Incomplete => error.into(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_cut_to_the_file() {
        for (range, part) in [
            ("bytes=1-2", Part::Bytes { first: 1, last: 2 }),
            ("bytes=1-", Part::Bytes { first: 1, last: 4 }),
            ("bytes=-2", Part::Bytes { first: 3, last: 4 }),
            ("bytes=-99", Part::Bytes { first: 0, last: 4 }),
            ("bytes=0-99", Part::Bytes { first: 0, last: 4 }),
            ("bytes=5-", Part::Unsatisfiable),
            ("bytes=-0", Part::Unsatisfiable),
            ("bytes=2-1", Part::Whole),
            ("bytes=0-1,3-4", Part::Whole),
            ("bytes=+1-2", Part::Whole),
            ("lines=1-2", Part::Whole),
            ("bytes=-", Part::Whole),
            ("bytes=99999999999999999999-", Part::Whole),
        ] {
            assert_eq!(parse_range(range, 5), part, "{range}");
        }
        assert_eq!(parse_range("bytes=0-", 0), Part::Unsatisfiable);
    }

    #[test]
    fn names_travel_in_every_script() {
        for (name, value) in [
            ("a.txt", "attachment; filename=a.txt"),
            ("b b.json", "attachment; filename=\"b b.json\""),
            ("q\"\\.txt", "attachment; filename=\"q\\\"\\\\.txt\""),
            ("ü.txt", "attachment; filename=\".txt\"; filename*=UTF-8''%C3%BC.txt"),
            ("日本", "attachment; filename=\"download\"; filename*=UTF-8''%E6%97%A5%E6%9C%AC"),
            ("a\r\nX: y", "attachment; filename=\"aX: y\"; filename*=UTF-8''a%0D%0AX%3A%20y"),
        ] {
            assert_eq!(attachment(name), value);
        }
    }

    #[test]
    fn readable_files_are_plain_text() {
        for (name, expected) in [
            ("MLmodel", "text/plain"),
            ("conda.yaml", "text/plain"),
            ("x.json", "text/plain"),
            ("x.png", "image/png"),
            ("page.html", "text/html"),
            ("model.pkl", "application/octet-stream"),
            (".hidden", "application/octet-stream"),
        ] {
            assert_eq!(content_type(name), expected, "{name}");
        }
    }
}
