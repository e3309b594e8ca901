//! The accept loop: sockets in, requests to a stack, and an end that loses none of them.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use http_body_util::BodyExt;
use hyper::body::{Body as _, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use ipnet::IpNet;
use layers::head::HadFragment;
use layers::request_id::Peer;
use layers::{Body, Request};
use socket2::{SockRef, TcpKeepalive};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower_service::Service;

use crate::client_ip::client_ip;
use crate::front::ClientStack;
use crate::patience::{Busy, Patience, Patient};

/// Headers in a request at the most.
const MAX_HEADERS: usize = 100;
/// The smallest read buffer that the HTTP library takes.
const MIN_HEADER: usize = 8 * 1024;

/// What a listener does with its sockets.
#[derive(Clone)]
pub struct Server {
    /// What answers.
    pub stack: ClientStack,
    /// How long a peer may take.
    pub patience: Patience,
    /// Bytes of a request's head.
    pub max_header: usize,
    /// Sockets at a time. Above it peers wait in the kernel's queue.
    pub max_connections: usize,
    /// Networks whose word on the client's address counts.
    pub trusted_proxies: Arc<[IpNet]>,
    /// Told when a socket is opened (1) and closed (-1).
    pub on_connection: Arc<dyn Fn(i64) + Send + Sync>,
}

impl Server {
    /// Accepts until `stop`, then lets the open connections finish what they do. Ends when all are closed.
    pub async fn run(self, listener: TcpListener, stop: CancellationToken) {
        let places = Arc::new(Semaphore::new(self.max_connections.min(Semaphore::MAX_PERMITS)));
        let connections = TaskTracker::new();
        while let Some((place, socket, peer)) = accept(&listener, &places, &stop).await {
            let (server, stop) = (self.clone(), stop.clone());
            connections.spawn(async move {
                (server.on_connection)(1);
                let _closed = OnDrop(|| (server.on_connection)(-1));
                server.connection(socket, peer, stop).await;
                drop(place);
            });
        }
        drop(listener);
        connections.close();
        connections.wait().await;
    }

    async fn connection(&self, socket: TcpStream, peer: SocketAddr, stop: CancellationToken) {
        let busy = Busy::default();
        // One copy of the stack for each socket, not for each request; a socket has one request at a time.
        let stack = Mutex::new(self.stack.clone());
        let io = TokioIo::new(Patient::new(socket, self.patience, busy.clone()));
        let service = service_fn(move |request: http::Request<Incoming>| {
            let working = busy.begin();
            let answer = stack
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .call(self.admit(request, peer, busy.take_fragment()));
            async move {
                // Until the last byte is on its way it is not the peer that we wait for.
                let answer = answer.await;
                answer.map(|answer| answer.map(|body| body.holding(working)))
            }
        });
        let mut http = http1::Builder::new();
        // The socket itself loses patience, with one limit for the head and another one for silence.
        http.timer(TokioTimer::new()).header_read_timeout(None);
        http.max_buf_size(self.max_header.max(MIN_HEADER))
            .max_headers(MAX_HEADERS)
            .half_close(false);
        let mut connection = std::pin::pin!(http.serve_connection(io, service));
        let ended = tokio::select! {
            ended = connection.as_mut() => ended,
            () = stop.cancelled() => {
                connection.as_mut().graceful_shutdown();
                connection.await
            }
        };
        if let Err(error) = ended {
            tracing::debug!(%error, %peer, "a client connection ended early");
        }
    }

    fn admit(&self, request: http::Request<Incoming>, peer: SocketAddr, fragment: bool) -> Request {
        let (mut parts, body) = request.into_parts();
        parts
            .extensions
            .insert(Peer(client_ip(peer.ip(), &parts.headers, &self.trusted_proxies)));
        if fragment {
            parts.extensions.insert(HadFragment);
        }
        let body = if body.is_end_stream() {
            Body::empty()
        } else {
            Body::stream(body.map_err(Into::into))
        };
        Request::from_parts(parts, body)
    }
}

/// Waits for a place before it takes a socket, so that a full gateway leaves its peers with the kernel.
async fn accept(
    listener: &TcpListener,
    places: &Arc<Semaphore>,
    stop: &CancellationToken,
) -> Option<(OwnedSemaphorePermit, TcpStream, SocketAddr)> {
    let next = async {
        let place = Arc::clone(places).acquire_owned().await.ok()?;
        loop {
            match listener.accept().await {
                Ok((socket, peer)) => {
                    configure(&socket);
                    return Some((place, socket, peer));
                }
                Err(error) => {
                    // Out of file descriptors, or a peer that left already: the next one may do better.
                    tracing::warn!(%error, "a connection could not be accepted");
                    tokio::time::sleep(Duration::from_millis(100)).await;
                }
            }
        }
    };
    tokio::select! {
        () = stop.cancelled() => None,
        next = next => next,
    }
}

/// Options that make a dead peer known. A socket works without them, so a failure is no reason to end it.
fn configure(socket: &TcpStream) {
    let keepalive = TcpKeepalive::new()
        .with_time(Duration::from_mins(1))
        .with_interval(Duration::from_secs(15));
    let socket = SockRef::from(socket);
    for result in [socket.set_tcp_nodelay(true), socket.set_tcp_keepalive(&keepalive)] {
        if let Err(error) = result {
            tracing::debug!(%error, "a socket option was refused");
        }
    }
}

struct OnDrop<F: FnMut()>(F);

impl<F: FnMut()> Drop for OnDrop<F> {
    fn drop(&mut self) {
        (self.0)();
    }
}
