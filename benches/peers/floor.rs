//! The least that could do a job with the HTTP library that the gateway has: one thread, no middleware, and connections
//! to the provider that are kept by hand.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use http::header::{AUTHORIZATION, CONNECTION, HOST};
use http::{HeaderValue, Request, Response};
use http_body_util::{BodyExt, Empty, Full};
use hyper::body::Incoming;
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

use crate::Failure;
use crate::stub::CREDENTIAL;

/// The path of the list that is kept.
const KEPT: &str = "/v1/Conversations/CH00000000000000000000000000000000/Webhooks";

/// Serves both until the process ends.
pub(crate) async fn serve(
    upstream: SocketAddr,
    proxy: SocketAddr,
    cached: SocketAddr,
) -> Result<(), Failure> {
    let provider = Arc::new(Provider::new(upstream)?);
    let (proxy, cached) = (TcpListener::bind(proxy).await?, TcpListener::bind(cached).await?);
    let request = Request::get(KEPT).body(())?;
    let kept = Arc::new(provider.ask(request.into_parts().0).await?);
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            Ok((socket, _)) = proxy.accept() => {
                socket.set_nodelay(true)?;
                let provider = Arc::clone(&provider);
                let service = service_fn(move |request: Request<Incoming>| {
                    let provider = Arc::clone(&provider);
                    async move { provider.ask(request.into_parts().0).await }
                });
                connections.spawn_local(async move {
                    http1::Builder::new().serve_connection(TokioIo::new(socket), service).await.ok();
                });
            }
            Ok((socket, _)) = cached.accept() => {
                socket.set_nodelay(true)?;
                let kept = Arc::clone(&kept);
                let service = service_fn(move |_| {
                    let mut response = Response::new(kept.body().clone());
                    response.headers_mut().clone_from(kept.headers());
                    std::future::ready(Ok::<_, Infallible>(response))
                });
                connections.spawn_local(async move {
                    http1::Builder::new().serve_connection(TokioIo::new(socket), service).await.ok();
                });
            }
            Some(_) = connections.join_next() => {}
        }
    }
}

type Connection = SendRequest<Empty<Bytes>>;

struct Provider {
    address: SocketAddr,
    host: HeaderValue,
    /// The last that became idle is the first to be used.
    idle: Mutex<Vec<Connection>>,
}

impl Provider {
    fn new(address: SocketAddr) -> Result<Self, Failure> {
        Ok(Self {
            address,
            host: HeaderValue::try_from(address.to_string())?,
            idle: Mutex::default(),
        })
    }

    async fn ask(&self, mut head: http::request::Parts) -> Result<Response<Full<Bytes>>, Failure> {
        head.headers.remove(CONNECTION);
        head.headers
            .insert(AUTHORIZATION, HeaderValue::from_static(CREDENTIAL));
        head.headers.insert(HOST, self.host.clone());
        let mut connection = self.connection().await?;
        let answer = connection
            .send_request(Request::from_parts(head, Empty::new()))
            .await?;
        let (head, body) = answer.into_parts();
        let body = body.collect().await?.to_bytes();
        self.idle().push(connection);
        Ok(Response::from_parts(head, Full::new(body)))
    }

    async fn connection(&self) -> Result<Connection, Failure> {
        while let Some(connection) = self.pop() {
            if connection.is_ready() {
                return Ok(connection);
            }
        }
        let socket = TcpStream::connect(self.address).await?;
        socket.set_nodelay(true)?;
        let (connection, task) = handshake(TokioIo::new(socket)).await?;
        tokio::task::spawn_local(task);
        Ok(connection)
    }

    fn pop(&self) -> Option<Connection> {
        self.idle().pop()
    }

    fn idle(&self) -> std::sync::MutexGuard<'_, Vec<Connection>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
