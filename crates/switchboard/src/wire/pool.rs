//! Connections to one provider, kept between requests: one request at a time on each of HTTP/1.1, all of them on one
//! of HTTP/2. What is sent again, and when, is not decided here.

use std::collections::VecDeque;
use std::fmt;
use std::mem;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::task::{Context, Poll};
use std::time::Duration;

use futures_util::future::BoxFuture;
use http::header::HOST;
use http::{HeaderValue, Request, Response, Uri};
use hyper::client::conn::{http1, http2};
use hyper::rt::Executor;
use hyper_rustls::HttpsConnector;
use hyper_util::client::legacy::connect::{Connection, HttpConnector};
use hyper_util::rt::{TokioExecutor, TokioTimer};
use layers::{Body, BoxError};
use tokio::sync::oneshot;
use tokio::time::{Instant, sleep_until, timeout};
use tower::{Service, ServiceExt};

use super::lent::Lent;

/// How long an idle connection is kept. Shorter than what common load balancers keep theirs, so that a
/// request seldom meets a connection that is about to close.
const IDLE: Duration = Duration::from_secs(50);
/// Idle connections kept.
const MAX_IDLE: usize = 64;

/// Sends requests to one provider. Clones share its connections.
#[derive(Clone)]
pub struct Pool(Arc<Connections>);

/// No connection came about, and this is why.
#[derive(Debug)]
pub(super) struct Unconnected(BoxError);

impl fmt::Display for Unconnected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("no connection came about")
    }
}

impl std::error::Error for Unconnected {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(self.0.as_ref())
    }
}

impl Pool {
    /// To where this URL leads, which says `http` or `https`.
    pub(super) fn new(connector: HttpsConnector<HttpConnector>, url: &Uri) -> Result<Self, http::Error> {
        let (scheme, name) = (url.scheme_str().unwrap_or("http"), url.host().unwrap_or_default());
        let host = match (scheme, url.port_u16()) {
            (_, None) | ("https", Some(443)) | ("http", Some(80)) => name.to_owned(),
            (_, Some(port)) => format!("{name}:{port}"),
        };
        let origin = Uri::builder().scheme(scheme).authority(host.as_str());
        Ok(Self(Arc::new(Connections {
            connector,
            origin: origin.path_and_query("/").build()?,
            host: HeaderValue::from_str(&host)?,
            state: Mutex::default(),
        })))
    }
}

impl Service<Request<Body>> for Pool {
    type Response = Response<Lent>;
    type Error = BoxError;
    type Future = BoxFuture<'static, Result<Response<Lent>, BoxError>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        Box::pin(Arc::clone(&self.0).send(request))
    }
}

/// The connections that there are.
pub(super) struct Connections {
    connector: HttpsConnector<HttpConnector>,
    origin: Uri,
    host: HeaderValue,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// Of HTTP/1.1: the one that was used last is the last, and the next to be used.
    idle: Vec<Kept<http1::SendRequest<Body>>>,
    /// Of HTTP/2.
    shared: Option<Kept<http2::SendRequest<Body>>>,
    /// Who would take a connection that is given back. Each opens one meanwhile.
    waiting: VecDeque<oneshot::Sender<Sender>>,
    /// Somebody looks after what is idle.
    is_swept: bool,
}

struct Kept<S> {
    sender: S,
    since: Instant,
}

impl<S> Kept<S> {
    fn now(sender: S) -> Self {
        let since = Instant::now();
        Self { sender, since }
    }
}

enum Sender {
    One(http1::SendRequest<Body>),
    Many(http2::SendRequest<Body>),
}

impl Connections {
    async fn send(self: Arc<Self>, mut request: Request<Body>) -> Result<Response<Lent>, BoxError> {
        let sender = match self.take() {
            Some(sender) => sender,
            None => self.obtain().await?,
        };
        match sender {
            Sender::One(mut sender) => {
                let target = mem::take(request.uri_mut()).into_parts().path_and_query;
                *request.uri_mut() = target.map(Uri::from).unwrap_or_default();
                request.headers_mut().insert(HOST, self.host.clone());
                let answer = sender.send_request(request).await?;
                Ok(answer.map(|body| Lent::new(body, Some((self, sender)))))
            }
            Sender::Many(mut sender) => {
                let answer = sender.send_request(request).await?;
                Ok(answer.map(|body| Lent::new(body, None)))
            }
        }
    }

    /// A connection that can be used at once.
    fn take(&self) -> Option<Sender> {
        let mut state = self.state();
        if let Some(shared) = &mut state.shared
            && !shared.sender.is_closed()
        {
            shared.since = Instant::now();
            return Some(Sender::Many(shared.sender.clone()));
        }
        // Neither one that has closed nor one whose last answer is not at its end is ready.
        let ready = state.idle.iter().rposition(|kept| kept.sender.is_ready())?;
        Some(Sender::One(state.idle.remove(ready).sender))
    }

    /// A connection that is opened now, or one that is given back before it is open.
    async fn obtain(self: &Arc<Self>) -> Result<Sender, BoxError> {
        let (waiter, mut given) = oneshot::channel();
        {
            let mut state = self.state();
            state.waiting.retain(|waiter| !waiter.is_closed());
            state.waiting.push_back(waiter);
        }
        let mut opening = Box::pin(Arc::clone(self).open());
        tokio::select! {
            biased;
            Ok(sender) = &mut given => {
                // What is half done is finished, for the next one.
                let connections = Arc::clone(self);
                TokioExecutor::new().execute(async move {
                    if let Ok(Ok(Sender::One(spare))) = timeout(IDLE, opening).await {
                        connections.give_back(spare);
                    }
                });
                Ok(sender)
            }
            opened = &mut opening => {
                given.close();
                if let Ok(Sender::One(spare)) = given.try_recv() {
                    self.give_back(spare);
                }
                opened
            }
        }
    }

    async fn open(self: Arc<Self>) -> Result<Sender, BoxError> {
        let opened = self.connector.clone().oneshot(self.origin.clone()).await;
        let socket = opened.map_err(Unconnected)?;
        if socket.connected().is_negotiated_h2() {
            let (sender, connection) = http2::Builder::new(TokioExecutor::new())
                .timer(TokioTimer::new())
                .keep_alive_interval(Duration::from_secs(20))
                .keep_alive_timeout(Duration::from_secs(5))
                .keep_alive_while_idle(true)
                .handshake(socket)
                .await?;
            TokioExecutor::new().execute(watched(connection));
            return Ok(Sender::Many(self.share(sender)));
        }
        let (sender, connection) = http1::handshake(socket).await?;
        TokioExecutor::new().execute(watched(connection));
        Ok(Sender::One(sender))
    }

    /// All requests go over one connection, the first that was opened.
    fn share(self: &Arc<Self>, sender: http2::SendRequest<Body>) -> http2::SendRequest<Body> {
        let mut state = self.state();
        if let Some(shared) = &state.shared
            && !shared.sender.is_closed()
        {
            return shared.sender.clone();
        }
        state.shared = Some(Kept::now(sender.clone()));
        for waiter in state.waiting.drain(..) {
            // Who has gone needs none.
            drop(waiter.send(Sender::Many(sender.clone())));
        }
        self.see_to_sweeping(&mut state);
        sender
    }

    /// A connection whose answer has ended, or is not wanted any more: then it becomes ready later, or closes.
    pub(super) fn give_back(self: &Arc<Self>, sender: http1::SendRequest<Body>) {
        let mut state = self.state();
        let mut sender = Sender::One(sender);
        while let Sender::One(ready) = &sender
            && ready.is_ready()
            && let Some(waiter) = state.waiting.pop_front()
        {
            match waiter.send(sender) {
                Ok(()) => return,
                Err(again) => sender = again,
            }
        }
        if state.idle.len() >= MAX_IDLE {
            state.idle.retain(|kept| !kept.sender.is_closed());
        }
        if let Sender::One(sender) = sender
            && state.idle.len() < MAX_IDLE
            && !sender.is_closed()
        {
            state.idle.push(Kept::now(sender));
            self.see_to_sweeping(&mut state);
        }
    }

    fn see_to_sweeping(self: &Arc<Self>, state: &mut State) {
        if !mem::replace(&mut state.is_swept, true) {
            TokioExecutor::new().execute(sweep(Arc::downgrade(self), Instant::now() + IDLE));
        }
    }

    /// Drops what has been idle for too long. Answers when there will be more of it.
    fn drop_expired(&self) -> Option<Instant> {
        let now = Instant::now();
        let mut state = self.state();
        state.idle.retain(|kept| now < kept.since + IDLE);
        state.shared = state.shared.take().filter(|kept| now < kept.since + IDLE);
        let idle = state.idle.first().map(|kept| kept.since);
        let shared = state.shared.as_ref().map(|kept| kept.since);
        let oldest = idle.into_iter().chain(shared).min();
        state.is_swept = oldest.is_some();
        oldest.map(|since| since + IDLE)
    }

    /// The state is valid after each statement, so a panic elsewhere spoils nothing.
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Ends when nothing is idle any more, or the pool has gone.
async fn sweep(connections: Weak<Connections>, mut due: Instant) {
    loop {
        sleep_until(due).await;
        let next = connections
            .upgrade()
            .and_then(|connections| connections.drop_expired());
        let Some(next) = next else { return };
        due = next;
    }
}

async fn watched(connection: impl Future<Output = hyper::Result<()>>) {
    if let Err(error) = connection.await {
        tracing::debug!(%error, "a connection to a provider has failed");
    }
}
