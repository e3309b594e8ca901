//! The accept loop: bounded connections, each with bounded waits, all ended at shutdown.

use std::convert::Infallible;
use std::error::Error;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt, Full, LengthLimitError, Limited};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use serde_json::json;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::http::{Answer, Request};
use crate::provider::Provider;

const MAX_CONNECTIONS: usize = 1024;
const MAX_BODY: usize = 64 * 1024;
/// Also how long an idle connection is kept: the wait for a next head counts.
const HEAD_DEADLINE: Duration = Duration::from_mins(1);
const BODY_DEADLINE: Duration = Duration::from_secs(10);
const DRAIN_DEADLINE: Duration = Duration::from_secs(2);
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// Serves until `shutdown`; dropping the future ends the connections as well.
pub(crate) async fn serve(
    listener: TcpListener,
    local_addr: SocketAddr,
    providers: Arc<[Box<dyn Provider>]>,
    shutdown: CancellationToken,
) {
    let ending = shutdown.child_token();
    let _end_with_this_future = ending.clone().drop_guard();
    let slots = Arc::new(Semaphore::new(MAX_CONNECTIONS));
    let connections = TaskTracker::new();
    while let Some((stream, slot)) = shutdown
        .run_until_cancelled(accept(&listener, &slots))
        .await
        .flatten()
    {
        let site = Site {
            local_addr,
            providers: Arc::clone(&providers),
        };
        connections.spawn(converse(stream, slot, site, ending.clone()));
    }
    drop(listener);
    connections.close();
    connections.wait().await;
}

/// What every connection serves.
struct Site {
    local_addr: SocketAddr,
    providers: Arc<[Box<dyn Provider>]>,
}

impl Site {
    async fn answer(&self, request: hyper::Request<Incoming>) -> Answer {
        let (head, body) = request.into_parts();
        if let Err(status) = drain(body).await {
            return refusal(status);
        }
        let request = Request::new(head, &self.local_addr.to_string());
        let path = request.path();
        match self.providers.iter().find(|provider| provider.owns(&path)) {
            Some(provider) => provider.answer(&request),
            None => refusal(StatusCode::NOT_FOUND),
        }
    }
}

/// The slot comes first: when all are taken, further peers wait in the kernel's queue.
async fn accept(listener: &TcpListener, slots: &Arc<Semaphore>) -> Option<(TcpStream, OwnedSemaphorePermit)> {
    let slot = Arc::clone(slots).acquire_owned().await.ok()?;
    loop {
        match listener.accept().await {
            Ok((stream, _)) => return Some((stream, slot)),
            // Out of descriptors, mostly: they come back as connections end.
            Err(_) => sleep(ACCEPT_PAUSE).await,
        }
    }
}

async fn converse(stream: TcpStream, _slot: OwnedSemaphorePermit, site: Site, ending: CancellationToken) {
    // Only a matter of speed.
    stream.set_nodelay(true).ok();
    let service = service_fn(async |request| {
        let answer = site.answer(request).await;
        Ok::<Response<Full<Bytes>>, Infallible>(answer.into())
    });
    let mut connection = pin!(
        http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(HEAD_DEADLINE)
            .serve_connection(TokioIo::new(stream), service)
    );
    // How a conversation ends is the peer's affair: there is nobody to tell about an error.
    if ending.run_until_cancelled(connection.as_mut()).await.is_none() {
        connection.as_mut().graceful_shutdown();
        timeout(DRAIN_DEADLINE, connection).await.ok();
    }
}

/// Reads the body to its end, within bounds, so that the connection stays usable.
async fn drain(body: Incoming) -> Result<(), StatusCode> {
    match timeout(BODY_DEADLINE, Limited::new(body, MAX_BODY).collect()).await {
        Ok(Ok(_)) => Ok(()),
        Ok(Err(error)) if is_too_long(&*error) => Err(StatusCode::PAYLOAD_TOO_LARGE),
        Ok(Err(_)) => Err(StatusCode::BAD_REQUEST),
        Err(_) => Err(StatusCode::REQUEST_TIMEOUT),
    }
}

fn is_too_long(error: &(dyn Error + 'static)) -> bool {
    error.is::<LengthLimitError>()
}

/// An answer of the sandbox itself, where no provider was asked.
fn refusal(status: StatusCode) -> Answer {
    Answer::json(status, &json!({ "error": format!("sandbox: {status}") }))
}
