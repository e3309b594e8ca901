//! A client as those of a gateway behind a load balancer: it keeps its connection, goes to the other replica when it
//! is told to close or finds nobody, and takes note of requests that got no answer.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::header::{CONNECTION, HOST};
use http::{HeaderMap, Method, Request, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio::time::{Instant, timeout};

use crate::Failure;
use crate::settings::Key;
use crate::tally::Promise;
use crate::world::World;

/// The gateway's own deadline is 10 s.
const PATIENCE: Duration = Duration::from_secs(20);
/// A listener that is about to be closed ignores who comes; a second later he is refused.
const CONNECT: Duration = Duration::from_secs(3);
/// Answers from the other replica, after which it is time to go back to the usual one.
const ASTRAY: u32 = 50;
/// Connections that may fail before anything was sent.
const CONNECTS: usize = 40;

/// What is asked.
#[derive(Clone)]
pub(crate) struct Ask {
    pub(crate) kind: &'static str,
    pub(crate) method: Method,
    pub(crate) path: String,
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) body: Bytes,
}

impl Ask {
    pub(crate) fn new(kind: &'static str, method: Method, path: impl Into<String>) -> Self {
        Self {
            kind,
            method,
            path: path.into(),
            headers: Vec::new(),
            body: Bytes::new(),
        }
    }

    pub(crate) fn get(kind: &'static str, path: impl Into<String>) -> Self {
        Self::new(kind, Method::GET, path)
    }

    /// With this key.
    pub(crate) fn by(self, key: &Key) -> Self {
        self.with("authorization", format!("Bearer {}", key.secret))
    }

    pub(crate) fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    pub(crate) fn json(mut self, body: &Value) -> Self {
        self.body = Bytes::from(body.to_string());
        self.with("content-type", "application/json")
    }

    fn request(&self, replica: SocketAddr) -> http::Result<Request<Full<Bytes>>> {
        let request = Request::builder()
            .method(self.method.clone())
            .uri(&self.path)
            .header(HOST, replica.to_string());
        self.headers
            .iter()
            .fold(request, |request, (name, value)| request.header(*name, value))
            .body(Full::new(self.body.clone()))
    }
}

/// What was answered.
pub(crate) struct Answer {
    /// What was asked, for reports.
    pub(crate) asked: String,
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    /// Whether the body has come to its end.
    pub(crate) is_whole: bool,
    pub(crate) began: Instant,
    /// Which replica it was.
    pub(crate) replica: usize,
}

impl Answer {
    /// A header's text.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// The body, or null if it is no JSON.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }

    /// What is at this pointer of the body; null if nothing is.
    pub(crate) fn at(&self, pointer: &str) -> Value {
        at(&self.json(), pointer).clone()
    }
}

/// What is at this pointer; null if nothing is.
pub(crate) fn at<'v>(value: &'v Value, pointer: &str) -> &'v Value {
    value.pointer(pointer).unwrap_or(&Value::Null)
}

/// One client with one connection.
pub(crate) struct Caller {
    world: Arc<World>,
    /// The replica that it asks at the moment.
    pub(crate) home: usize,
    /// And the one that it comes back to.
    usual: usize,
    keeps: bool,
    connection: Option<SendRequest<Full<Bytes>>>,
    /// Of the connection: when it was made, when it was last used, how often.
    opened: Instant,
    used: Instant,
    uses: u32,
    tasks: JoinSet<()>,
}

impl Caller {
    /// Keeps its connection.
    pub(crate) fn new(world: &Arc<World>, home: usize) -> Self {
        Self {
            world: Arc::clone(world),
            home: home % 2,
            usual: home % 2,
            keeps: true,
            connection: None,
            opened: Instant::now(),
            used: Instant::now(),
            uses: 0,
            tasks: JoinSet::new(),
        }
    }

    /// Has a new connection for each request.
    pub(crate) fn forgetful(world: &Arc<World>, home: usize) -> Self {
        let mut caller = Self::new(world, home);
        caller.keeps = false;
        caller
    }

    /// Asks. None is no answer, and has been noted.
    pub(crate) async fn ask(&mut self, ask: &Ask) -> Option<Answer> {
        let began = Instant::now();
        match timeout(PATIENCE, self.try_ask(ask, began)).await {
            Ok(Ok(answer)) => {
                let took = began.elapsed();
                self.world.tally.answered(ask.kind, answer.status.as_u16(), took);
                Some(answer)
            }
            Ok(Err(error)) => self.lost(ask, &error.to_string()),
            Err(_) => self.lost(ask, &format!("no answer in {PATIENCE:?}")),
        }
    }

    fn lost(&mut self, ask: &Ask, why: &str) -> Option<Answer> {
        self.connection = None;
        let (method, path, home) = (&ask.method, &ask.path, self.home + 1);
        let (age, quiet) = (self.opened.elapsed().as_millis(), self.used.elapsed().as_millis());
        let what = format!(
            "{}: {method} {path} at replica {home}: {why}; a connection of {age} ms with {} answers, the last {quiet} ms ago",
            ask.kind, self.uses
        );
        self.world.broken(Promise::Lost, &what);
        None
    }

    async fn try_ask(&mut self, ask: &Ask, began: Instant) -> Result<Answer, Failure> {
        loop {
            let mut connection = self.connected().await?;
            let replica = self.home;
            let address = *self.world.replicas.get(replica).ok_or("no such replica")?;
            let response = match connection.try_send_request(ask.request(address)?).await {
                Ok(response) => response,
                Err(mut error) => match error.take_message() {
                    // It was closed before anything of the request was sent.
                    Some(_) => continue,
                    None => return Err(full(&error.into_error()).into()),
                },
            };
            let (head, body) = response.into_parts();
            let (body, is_whole) = match body.collect().await {
                Ok(body) => (body.to_bytes(), true),
                Err(_) => (Bytes::new(), false),
            };
            (self.used, self.uses) = (Instant::now(), self.uses + 1);
            if is_told_to_close(&head.headers) {
                self.home = 1 - replica;
            } else if self.home != self.usual && self.uses > ASTRAY {
                self.home = self.usual;
            } else if self.keeps && is_whole {
                self.connection = Some(connection);
            }
            let key = ask.headers.iter().any(|(name, _)| *name == "authorization");
            return Ok(Answer {
                asked: format!(
                    "{} {}{} at replica {}",
                    ask.method,
                    ask.path,
                    if key { "" } else { " without key" },
                    replica + 1
                ),
                status: head.status,
                headers: head.headers,
                body,
                is_whole,
                began,
                replica,
            });
        }
    }

    /// The connection, or a new one to whichever replica takes it.
    async fn connected(&mut self) -> Result<SendRequest<Full<Bytes>>, Failure> {
        if let Some(mut connection) = self.connection.take()
            && connection.ready().await.is_ok()
        {
            return Ok(connection);
        }
        let mut last = String::new();
        for _ in 0..CONNECTS {
            let address = *self.world.replicas.get(self.home).ok_or("no such replica")?;
            match timeout(CONNECT, TcpStream::connect(address)).await {
                Ok(Ok(socket)) => {
                    socket.set_nodelay(true)?;
                    (self.opened, self.used, self.uses) = (Instant::now(), Instant::now(), 0);
                    let (connection, task) = handshake(TokioIo::new(socket)).await?;
                    while self.tasks.try_join_next().is_some() {}
                    self.tasks.spawn(async move {
                        // What it means is told to who sent the request.
                        task.await.ok();
                    });
                    return Ok(connection);
                }
                Ok(Err(error)) => last = error.to_string(),
                Err(_) => "nobody answered".clone_into(&mut last),
            }
            self.home = 1 - self.home;
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        Err(format!("no replica takes a connection: {last}").into())
    }
}

fn is_told_to_close(headers: &HeaderMap) -> bool {
    headers
        .get(CONNECTION)
        .is_some_and(|value| value.as_bytes().eq_ignore_ascii_case(b"close"))
}

fn full(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        text.push_str(": ");
        text.push_str(&error.to_string());
        source = error.source();
    }
    text
}

/// One request to a listener that is no part of the traffic.
pub(crate) async fn get(address: SocketAddr, path: &str) -> Result<(u16, Bytes), Failure> {
    send(address, &Ask::get("control", path)).await
}

/// Likewise.
pub(crate) async fn send(address: SocketAddr, ask: &Ask) -> Result<(u16, Bytes), Failure> {
    let exchange = async {
        let socket = TcpStream::connect(address).await?;
        let (mut connection, task) = handshake(TokioIo::new(socket)).await?;
        let mut tasks = JoinSet::new();
        tasks.spawn(task);
        let (head, body) = connection.send_request(ask.request(address)?).await?.into_parts();
        Ok::<_, Failure>((head.status.as_u16(), body.collect().await?.to_bytes()))
    };
    timeout(PATIENCE, exchange).await?
}
