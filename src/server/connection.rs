//! Accepting connections and speaking HTTP/1.1 on them.

use std::net::TcpListener;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::Request;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::TcpStream;
use tokio::sync::{Semaphore, watch};
use tower::ServiceExt as _;

use super::{STOP_PATIENCE, limits};

/// Pause after a failed accept, such as when the process has no file handle left.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// Serves connections until `stopped` turns true, then waits for running requests.
pub(super) async fn serve(listener: TcpListener, router: Router, mut stopped: watch::Receiver<bool>) {
    let listener = match tokio::net::TcpListener::from_std(listener) {
        Ok(listener) => listener,
        Err(error) => {
            tracing::error!(%error, "cannot listen");
            return;
        }
    };
    let slots = Arc::new(Semaphore::new(limits::MAX_CONNECTIONS));
    loop {
        let accepted = tokio::select! {
            _ = stopped.wait_for(|stopped| *stopped) => break,
            accepted = async {
                let slot = Arc::clone(&slots).acquire_owned().await;
                (slot, listener.accept().await)
            } => accepted,
        };
        match accepted {
            (Ok(slot), Ok((stream, _))) => {
                let (router, stopped) = (router.clone(), stopped.clone());
                tokio::spawn(async move {
                    connection(stream, router, stopped).await;
                    drop(slot);
                });
            }
            (_, Err(error)) => {
                tracing::warn!(%error, "a connection could not be accepted");
                tokio::time::sleep(ACCEPT_PAUSE).await;
            }
            (Err(_), _) => break,
        }
    }
    drop(listener);
    // All slots are free again when the last connection has ended.
    let all = slots.acquire_many(limits::MAX_CONNECTIONS as u32);
    if tokio::time::timeout(STOP_PATIENCE, all).await.is_err() {
        tracing::warn!("requests were cut off after {} s", STOP_PATIENCE.as_secs());
    }
}

async fn connection(stream: TcpStream, router: Router, mut stopped: watch::Receiver<bool>) {
    // Answers are small; waiting for more to send would cost 40 ms with a client that delays its acknowledgements.
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "TCP_NODELAY");
    }
    let service = service_fn(move |request: Request<Incoming>| {
        let router = router.clone();
        async move { router.oneshot(request.map(axum::body::Body::new)).await }
    });
    let connection = hyper::server::conn::http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(limits::HEAD_TIMEOUT)
        .max_buf_size(256 * 1024)
        .serve_connection(TokioIo::new(stream), service);
    let mut connection = pin!(connection);
    let ended = tokio::select! {
        result = connection.as_mut() => Some(result),
        () = async { drop(stopped.wait_for(|stopped| *stopped).await) } => None,
    };
    let result = if let Some(result) = ended {
        result
    } else {
        connection.as_mut().graceful_shutdown();
        connection.await
    };
    if let Err(error) = result {
        // A client that went away or spoke no HTTP is no matter of ours.
        tracing::debug!(%error, "connection ended");
    }
}
