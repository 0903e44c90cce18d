//! How much a client may ask of the server.

use std::time::{Duration, Instant};

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
/// How long a client may take to receive nothing of an answer.
pub(super) const WRITE_STALL: Duration = Duration::from_mins(1);
/// How long a client may pause within a body.
const BODY_PAUSE: Duration = Duration::from_secs(30);
/// Bytes that must come within [`PACE_WINDOW`] of waiting for them, which is about 1 kB/s.
const PACE_BYTES: usize = 60_000;
const PACE_WINDOW: Duration = Duration::from_mins(1);
/// How long the server waits for the parts of a JSON body as a whole.
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
    let mut pace = Pace::within(BODY_TIMEOUT);
    let read = async {
        let mut first = Bytes::new();
        let mut turn = None;
        let mut rest: Option<BytesMut> = None;
        while let Some(frame) = next_frame(&mut body, &mut pace).await? {
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
    match read.await? {
        Some(received) => Ok(received),
        None => {
            drain(body).await;
            Err(BodyError::TooLarge { limit })
        }
    }
}

/// Whether a body comes fast enough. Only waiting for the client counts: neither waiting for a turn nor writing to the
/// disk is the client's fault.
#[derive(Debug)]
pub(super) struct Pace {
    left: Duration,
    window_left: Duration,
    window_bytes: usize,
}

impl Pace {
    /// For a body of any length.
    pub(super) fn steady() -> Self {
        Self::within(Duration::MAX)
    }

    /// For a body that may take so long as a whole.
    fn within(left: Duration) -> Self {
        Self { left, window_left: PACE_WINDOW, window_bytes: 0 }
    }

    /// How long to wait for the next piece.
    fn patience(&self) -> Duration {
        BODY_PAUSE.min(self.left).min(self.window_left)
    }

    fn received(&mut self, bytes: usize, waited: Duration) {
        self.left = self.left.saturating_sub(waited);
        self.window_left = self.window_left.saturating_sub(waited);
        self.window_bytes += bytes;
        if self.window_bytes >= PACE_BYTES {
            (self.window_left, self.window_bytes) = (PACE_WINDOW, 0);
        }
    }
}

/// The next piece of a body; `None` at its end.
pub(super) async fn next_frame(body: &mut Body, pace: &mut Pace) -> Result<Option<Bytes>, BodyError> {
    loop {
        let asked = Instant::now();
        match tokio::time::timeout(pace.patience(), body.frame()).await {
            Ok(None) => return Ok(None),
            Ok(Some(Ok(frame))) => {
                let length = frame.data_ref().map_or(0, Bytes::len);
                pace.received(length, asked.elapsed());
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
        let (mut length, mut pace) = (0, Pace::steady());
        while let Ok(Some(frame)) = next_frame(&mut body, &mut pace).await {
            length += frame.len();
            if length > MAX_DRAINED {
                break;
            }
        }
    };
    let _ = tokio::time::timeout(DRAIN_TIMEOUT, read).await;
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pieces_until_given_up(mut pace: Pace, bytes: usize, pause: Duration) -> usize {
        let mut pieces = 0;
        while pieces < 10_000 && pace.patience() > pause {
            pace.received(bytes, pause);
            pieces += 1;
        }
        pieces
    }

    #[test]
    fn a_body_that_trickles_is_given_up() {
        let secs = Duration::from_secs;
        assert_eq!(pieces_until_given_up(Pace::steady(), 1, secs(29)), 2);
        assert_eq!(pieces_until_given_up(Pace::steady(), 500, secs(1)), 59);
        assert_eq!(pieces_until_given_up(Pace::steady(), 2000, secs(1)), 10_000);
        assert_eq!(pieces_until_given_up(Pace::steady(), 100_000, secs(29)), 10_000);
        assert_eq!(pieces_until_given_up(Pace::steady(), 100_000, secs(30)), 0);
        // A JSON body has an end in sight, too.
        assert_eq!(pieces_until_given_up(Pace::within(BODY_TIMEOUT), 2000, secs(1)), 119);
    }
}
