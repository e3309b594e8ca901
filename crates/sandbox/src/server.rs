//! The accept loop: bounded connections, each with bounded waits, all ended at shutdown.

use std::error::Error;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt, LengthLimitError, Limited};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::http::{Answer, Payload, Request};
use crate::site::{self, Reset, Site};

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
    site: Arc<Site>,
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
        let host = Host {
            local_addr,
            site: Arc::clone(&site),
        };
        connections.spawn(converse(stream, slot, host, ending.clone()));
    }
    drop(listener);
    connections.close();
    connections.wait().await;
}

/// What every connection serves.
struct Host {
    local_addr: SocketAddr,
    site: Arc<Site>,
}

impl Host {
    async fn answer(&self, request: hyper::Request<Incoming>) -> Result<Answer, Reset> {
        let (head, body) = request.into_parts();
        match read(body).await {
            Ok(body) => {
                let request = Request::new(head, body, &self.local_addr.to_string());
                self.site.answer(&request).await
            }
            Err(status) => Ok(site::refusal(status)),
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

async fn converse(stream: TcpStream, _slot: OwnedSemaphorePermit, host: Host, ending: CancellationToken) {
    // Only a matter of speed.
    stream.set_nodelay(true).ok();
    let service = service_fn(async |request| {
        let answer = host.answer(request).await?;
        Ok::<Response<Payload>, Reset>(answer.into())
    });
    let mut connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_DEADLINE)
        .serve_connection(TokioIo::new(stream), service);
    match ending.run_until_cancelled(&mut connection).await {
        Some(Err(error)) if error.source().is_some_and(<dyn Error>::is::<Reset>) => {
            // With nothing left to send, and no time to do so, closing becomes a reset.
            connection.into_parts().io.into_inner().set_zero_linger().ok();
        }
        // How a conversation ends is the peer's affair: there is nobody to tell about an error.
        Some(_) => {}
        None => {
            Pin::new(&mut connection).graceful_shutdown();
            timeout(DRAIN_DEADLINE, connection).await.ok();
        }
    }
}

/// Reads the body to its end, within bounds, so that the connection stays usable.
async fn read(body: Incoming) -> Result<Bytes, StatusCode> {
    match timeout(BODY_DEADLINE, Limited::new(body, MAX_BODY).collect()).await {
        Ok(Ok(body)) => Ok(body.to_bytes()),
        Ok(Err(error)) if is_too_long(&*error) => Err(StatusCode::PAYLOAD_TOO_LARGE),
        Ok(Err(_)) => Err(StatusCode::BAD_REQUEST),
        Err(_) => Err(StatusCode::REQUEST_TIMEOUT),
    }
}

fn is_too_long(error: &(dyn Error + 'static)) -> bool {
    error.is::<LengthLimitError>()
}
