//! The listeners: sockets in, requests to a stack, and an end that loses none of them.

mod accept;
mod http1;
mod http2;
mod untaken;

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};

use http_body_util::BodyExt;
use hyper::body::{Body as _, Incoming};
use ipnet::IpNet;
use layers::authenticate::Certificate;
use layers::request_id::Peer;
use layers::{Body, Request};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower_service::Service;

use crate::client_ip::client_ip;
use crate::front::ClientStack;
use crate::patience::Patience;
use crate::tls::{Acceptor, Secured};

/// What a listener does with its sockets.
#[derive(Clone)]
pub struct Server {
    /// What answers.
    pub stack: ClientStack,
    /// Encrypts; without it the listener is plain.
    pub tls: Option<Arc<Acceptor>>,
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
        let tasks = TaskTracker::new();
        while let Some((place, socket, peer)) = accept::accept(&listener, &places, &stop).await {
            let (server, stop, streams) = (self.clone(), stop.clone(), tasks.clone());
            tasks.spawn(async move {
                (server.on_connection)(1);
                let _closed = OnDrop(|| (server.on_connection)(-1));
                server.connection(socket, peer, stop, streams).await;
                drop(place);
            });
        }
        drop(listener);
        tasks.close();
        tasks.wait().await;
    }

    async fn connection(
        &self,
        socket: TcpStream,
        peer: SocketAddr,
        stop: CancellationToken,
        tasks: TaskTracker,
    ) {
        let mut connection = Connection {
            server: self,
            // One copy of the stack for each socket, not for each request.
            stack: Mutex::new(self.stack.clone()),
            peer,
            certificate: None,
            stop,
            retired: None,
        };
        let Some(tls) = &self.tls else {
            return connection.http1(socket).await;
        };
        // All of it is a head: nothing has been asked yet.
        let handshake = tokio::time::timeout(self.patience.head, tls.accept(socket));
        let secured = tokio::select! {
            secured = handshake => secured,
            () = connection.stop.cancelled() => return,
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
struct Connection<'s> {
    server: &'s Server,
    stack: Mutex<ClientStack>,
    peer: SocketAddr,
    certificate: Option<Certificate>,
    stop: CancellationToken,
    retired: Option<CancellationToken>,
}

impl Connection<'_> {
    /// Asks the stack.
    fn ask(&self, request: Request) -> <ClientStack as Service<Request>>::Future {
        self.stack
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .call(request)
    }

    /// A request as the stack takes it, with what the socket knows of its peer.
    fn admit(&self, request: http::Request<Incoming>) -> Request {
        let (mut parts, body) = request.into_parts();
        let ip = client_ip(self.peer.ip(), &parts.headers, &self.server.trusted_proxies);
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

    /// Ends when the connection has to take no further request: the gateway drains, or those who vouch for the
    /// client's certificate have changed.
    async fn closing(&self) {
        let retired = async {
            match &self.retired {
                Some(retired) => retired.cancelled().await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            () = self.stop.cancelled() => {}
            () = retired => {}
        }
    }

    fn ended(&self, result: hyper::Result<()>) {
        if let Err(error) = result {
            tracing::debug!(%error, peer = %self.peer, "a client connection ended early");
        }
    }
}

/// A socket of any kind.
trait Socket: AsyncRead + AsyncWrite + Unpin {}

impl<S: AsyncRead + AsyncWrite + Unpin> Socket for S {}

struct OnDrop<F: FnMut()>(F);

impl<F: FnMut()> Drop for OnDrop<F> {
    fn drop(&mut self) {
        (self.0)();
    }
}
