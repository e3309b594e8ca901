//! The listeners: sockets in, requests to a stack, and an end that loses none of them.

mod accept;
mod http1;
mod http2;
mod listener;
mod unread;
mod untaken;

use std::fmt::Display;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;

use bytes::Bytes;
use http_body_util::BodyExt;
use layers::authenticate::Certificate;
use layers::request_id::Peer;
use layers::{Body, BoxError, Request};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower_service::Service;

use crate::client_ip::client_ip;
use crate::front::ClientStack;
use crate::live::{Draining, Epoch, Face, Live, SocketStack};
use crate::patience::Patience;
use crate::tls::{Acceptor, Secured};

pub use listener::Listener;

/// What a listener does with its sockets.
#[derive(Clone)]
pub struct Server {
    /// What answers, at the moment.
    pub live: Arc<Live>,
    /// Which part of it.
    pub face: Face,
    /// Encrypts; without it the listener is plain.
    pub tls: Option<Arc<Acceptor>>,
    /// Sockets at a time. Above it peers wait in the kernel's queue.
    pub max_connections: usize,
    /// Told when a socket is opened (1) and closed (-1).
    pub on_connection: Arc<dyn Fn(i64) + Send + Sync>,
}

/// How a listener ends.
#[derive(Debug, Clone, Default)]
pub struct Ending {
    /// Clients are asked to go elsewhere with their next request.
    pub begun: Draining,
    /// No further connection is taken, and those without a request are closed.
    pub stop: CancellationToken,
}

impl Server {
    /// Accepts until it is to stop, then lets the open connections finish what they do. Ends when all are closed.
    pub async fn run(self, listener: Listener, ending: Ending) {
        let tasks = TaskTracker::new();
        self.accept(&listener, &ending, &tasks).await;
        drop(listener);
        tasks.close();
        tasks.wait().await;
    }

    async fn accept(&self, listener: &Listener, ending: &Ending, tasks: &TaskTracker) {
        let places = Arc::new(Semaphore::new(self.max_connections.min(Semaphore::MAX_PERMITS)));
        let mut stopped = pin!(accept::stopped(listener, &ending.stop));
        while let Some((place, socket, peer)) =
            accept::accept(&listener.socket, &places, stopped.as_mut()).await
        {
            let (server, ending, streams) = (self.clone(), ending.clone(), tasks.clone());
            tasks.spawn(async move {
                (server.on_connection)(1);
                let _closed = OnDrop(|| (server.on_connection)(-1));
                server.connection(socket, peer, ending, streams).await;
                drop(place);
            });
        }
    }

    async fn connection(&self, socket: TcpStream, peer: SocketAddr, ending: Ending, tasks: TaskTracker) {
        let epoch = self.live.now();
        let mut connection = Connection {
            stack: SocketStack::new(&self.live, self.face),
            patience: epoch.patience,
            max_header: epoch.max_header,
            peer,
            certificate: None,
            ending,
            retired: None,
        };
        // The socket may be open for longer than that holds.
        drop(epoch);
        let Some(tls) = &self.tls else {
            return connection.http1(socket).await;
        };
        // All of it is a head: nothing has been asked yet.
        let handshake = tokio::time::timeout(connection.patience.head, tls.accept(socket));
        let secured = tokio::select! {
            secured = handshake => secured,
            () = connection.ending.stop.cancelled() => return,
        };
        match secured {
            Ok(Ok(Secured {
                stream,
                is_http2,
                certificate,
                retired,
            })) => {
                connection.certificate = certificate;
                connection.retired = retired;
                if is_http2 {
                    connection.http2(stream, tasks).await;
                } else {
                    connection.http1(stream).await;
                }
            }
            Ok(Err(error)) => tracing::debug!(%error, %peer, "a TLS handshake failed"),
            Err(_) => tracing::debug!(%peer, "a TLS handshake took too long"),
        }
    }
}

/// One socket's worth of requests.
struct Connection {
    stack: SocketStack,
    /// What held when the socket was opened.
    patience: Patience,
    /// Likewise.
    max_header: usize,
    peer: SocketAddr,
    certificate: Option<Certificate>,
    ending: Ending,
    retired: Option<CancellationToken>,
}

impl Connection {
    /// Asks the stack of this moment.
    fn ask(&self, request: http::Request<impl Sent>) -> <ClientStack as Service<Request>>::Future {
        self.stack
            .ask(|epoch, stack| stack.call(self.admit(request, epoch)))
    }

    /// A request as the stack takes it, with what the socket knows of its peer.
    fn admit(&self, request: http::Request<impl Sent>, epoch: &Epoch) -> Request {
        let (mut parts, body) = request.into_parts();
        let ip = client_ip(self.peer.ip(), &parts.headers, &epoch.trusted_proxies);
        parts.extensions.insert(Peer(ip));
        if let Some(certificate) = &self.certificate {
            parts.extensions.insert(certificate.clone());
        }
        let body = if body.is_end_stream() {
            Body::empty()
        } else {
            Body::stream(body.map_err(Into::into))
        };
        Request::from_parts(parts, body)
    }

    /// Ends when those who vouch for the client's certificate have changed, if it has shown one.
    async fn retired(&self) {
        match &self.retired {
            Some(retired) => retired.cancelled().await,
            None => std::future::pending().await,
        }
    }

    fn ended<E: Display>(&self, result: Result<(), E>) {
        if let Err(error) = result {
            tracing::debug!(%error, peer = %self.peer, "a client connection ended early");
        }
    }
}

/// A body on its way to us.
trait Sent: hyper::body::Body<Data = Bytes, Error: Into<BoxError>> + Send + 'static {}

impl<B: hyper::body::Body<Data = Bytes, Error: Into<BoxError>> + Send + 'static> Sent for B {}

/// A socket of any kind.
trait Socket: AsyncRead + AsyncWrite + Unpin {}

impl<S: AsyncRead + AsyncWrite + Unpin> Socket for S {}

struct OnDrop<F: FnMut()>(F);

impl<F: FnMut()> Drop for OnDrop<F> {
    fn drop(&mut self) {
        (self.0)();
    }
}
