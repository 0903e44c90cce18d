//! How much a client may ask of the server.

use std::time::Duration;

use axum::body::{Body, HttpBody};
use bytes::{Bytes, BytesMut};
use http_body_util::BodyExt as _;
use tokio::sync::{Semaphore, SemaphorePermit};

/// Bytes of a JSON body. The largest legal request notes a dataset whose profile has 16 MiB, which doubles when its
/// quotes are escaped.
pub const MAX_JSON_BODY: usize = 36 * 1024 * 1024;
/// Bytes that the web interface's upload may have, as in MLflow.
pub const MAX_UPLOAD_ARTIFACT: usize = 10 * 1024 * 1024;
/// Bytes of a refused body that are read and thrown away so that the client, who sends first and reads later, gets the
/// answer rather than a broken connection.
const MAX_DRAINED: usize = 256 * 1024 * 1024;

/// Connections at once; further ones wait to be accepted.
pub(super) const MAX_CONNECTIONS: usize = 512;
/// Threads for store calls. Writers wait for a common commit, so there are more than processors.
pub(super) const MAX_BLOCKING_THREADS: usize = 48;
/// Threads among them that writers may hold at once.
pub(super) const MAX_WRITERS: usize = 32;
/// How long a client may take to send the head of a request; also how long an idle connection is kept.
pub(super) const HEAD_TIMEOUT: Duration = Duration::from_mins(1);
/// How long a client may pause within a body.
pub(super) const BODY_PAUSE: Duration = Duration::from_secs(30);
/// How long a JSON body may take as a whole.
const BODY_TIMEOUT: Duration = Duration::from_mins(2);
/// How long a refused body is read.
const DRAIN_TIMEOUT: Duration = Duration::from_secs(10);

/// Why a body could not be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum BodyError {
    TooLarge {
        limit: usize,
    },
    /// The client stopped in the middle or was too slow.
    Incomplete,
}

/// The right to hold a large body.
pub(super) type Turn = SemaphorePermit<'static>;

/// Bytes from which a body counts as large.
const LARGE: usize = 1024 * 1024;
/// Turns for large bodies, so that many of them at once cannot fill the memory.
static LARGE_BODIES: Semaphore = Semaphore::const_new(8);

/// Reads a whole body of at most `limit` bytes. A large one comes with a turn, to be kept as long as the body.
pub(super) async fn read_body(mut body: Body, limit: usize) -> Result<(Bytes, Option<Turn>), BodyError> {
    let announced = HttpBody::size_hint(&body).lower();
    if announced > limit as u64 {
        drain(body).await;
        return Err(BodyError::TooLarge { limit });
    }
    let read = async {
        let mut first = Bytes::new();
        let mut turn = None;
        let mut rest: Option<BytesMut> = None;
        while let Some(frame) = next_frame(&mut body).await? {
            let length = rest.as_ref().map_or(first.len(), BytesMut::len);
            if length + frame.len() > limit {
                return Ok(None);
            }
            if turn.is_none() && length + frame.len() > LARGE {
                turn = LARGE_BODIES.acquire().await.ok();
            }
            match &mut rest {
                // Most bodies come in one piece, which needs no copy.
                None if first.is_empty() => first = frame,
                None => {
                    let mut joined = BytesMut::with_capacity((announced as usize).max(first.len() + frame.len()));
                    joined.extend_from_slice(&first);
                    joined.extend_from_slice(&frame);
                    rest = Some(joined);
                }
                Some(joined) => joined.extend_from_slice(&frame),
            }
        }
        Ok(Some((rest.map_or(first, BytesMut::freeze), turn)))
    };
    match tokio::time::timeout(BODY_TIMEOUT, read).await {
        Ok(Ok(Some(received))) => Ok(received),
        Ok(Ok(None)) => {
            drain(body).await;
            Err(BodyError::TooLarge { limit })
        }
        Ok(Err(error)) => Err(error),
        Err(_) => Err(BodyError::Incomplete),
    }
}

/// The next piece of a body; `None` at its end.
pub(super) async fn next_frame(body: &mut Body) -> Result<Option<Bytes>, BodyError> {
    loop {
        match tokio::time::timeout(BODY_PAUSE, body.frame()).await {
            Ok(None) => return Ok(None),
            Ok(Some(Ok(frame))) => {
                if let Ok(data) = frame.into_data() {
                    return Ok(Some(data));
                }
            }
            Ok(Some(Err(_))) | Err(_) => return Err(BodyError::Incomplete),
        }
    }
}

/// Reads what a client still sends, up to a limit, and throws it away.
pub(super) async fn drain(mut body: Body) {
    let read = async {
        let mut length = 0;
        while let Ok(Some(frame)) = next_frame(&mut body).await {
            length += frame.len();
            if length > MAX_DRAINED {
                break;
            }
        }
    };
    let _ = tokio::time::timeout(DRAIN_TIMEOUT, read).await;
}
