//! A connection that speaks HTTP/1.1: one request at a time.

use std::future::{Future, ready};
use std::pin::pin;
use std::time::Duration;

use futures_util::future::BoxFuture;
use futures_util::stream::FuturesUnordered;
use futures_util::{FutureExt, StreamExt};
use http::HeaderValue;
use http::header::CONNECTION;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use layers::head::HadFragment;
use tokio::io::AsyncWriteExt;
use tokio::time::timeout;

use super::unread::Unread;
use super::{Connection, Socket};
use crate::patience::{Busy, Patient, Seen, Watch};

/// Headers in a request at the most.
const MAX_HEADERS: usize = 100;
/// A request may be on its way when a connection without one is to be closed, and would be lost: so long it is
/// still answered, and the client told that it was the last.
const LAST_CALL: Duration = Duration::from_millis(500);
/// The smallest read buffer that the HTTP library takes.
const MIN_HEADER: usize = 8 * 1024;

impl Connection {
    /// Serves it to its end. While it rests it holds nothing but the socket.
    pub(super) async fn http1(&self, socket: impl Socket) {
        let busy = Busy::default();
        let mut socket = Patient::new(socket, self.patience, busy.clone());
        let mut watch = Watch::new(self.patience, busy.clone());
        // Asked only when it has something to say: to be asked, what all connections share has to be locked.
        let mut over = Over::from_iter([self.over().boxed()]);
        while let Some(resting) = self.awake(socket, &busy, &mut watch, &mut over).await {
            tracing::trace!(peer = %self.peer, "a connection rests");
            socket = resting;
            self.stack.rest();
            let woken = {
                let mut waking = pin!(socket.woken());
                tokio::select! {
                    biased;
                    woken = watch.during(waking.as_mut()) => woken,
                    Some(grace) = over.next() => {
                        over.push(ready(Duration::ZERO).boxed());
                        Seen::Done(timeout(grace, waking).await.unwrap_or(Ok(false)))
                    }
                }
            };
            match woken {
                Seen::Done(Ok(true)) | Seen::Quiet => {}
                Seen::Done(Ok(false)) => return self.ended(socket.shutdown().await),
                Seen::Done(Err(error)) => return self.ended(Err(error)),
                Seen::Late => return self.ended(Err("silence")),
            }
        }
    }

    /// Serves it until it ends, or has been quiet for long enough to be given back.
    async fn awake<S: Socket>(
        &self,
        socket: Patient<S>,
        busy: &Busy,
        watch: &mut Watch,
        over: &mut Over<'_>,
    ) -> Option<Patient<S>> {
        let service = service_fn(|mut request: http::Request<Incoming>| {
            let working = busy.begin();
            if busy.take_fragment() {
                request.extensions_mut().insert(HadFragment);
            }
            let answer = self.ask(request.map(|body| Unread::new(body, busy.clone())));
            async move {
                // Until the last byte is on its way it is not the peer that we wait for.
                let mut answer = answer.await;
                if let Ok(answer) = &mut answer
                    && self.ending.begun.is_on()
                {
                    answer
                        .headers_mut()
                        .insert(CONNECTION, HeaderValue::from_static("close"));
                }
                answer.map(|answer| answer.map(|body| body.holding(working)))
            }
        });
        let mut connection = Box::new(self.http().serve_connection(TokioIo::new(socket), service));
        let seen = tokio::select! {
            biased;
            seen = watch.during(&mut *connection) => seen,
            Some(grace) = over.next() => {
                if let Ok(ended) = timeout(grace, &mut *connection).await {
                    Seen::Done(ended)
                } else {
                    Pin::new(&mut *connection).graceful_shutdown();
                    until_late(watch, &mut *connection).await
                }
            }
        };
        match seen {
            Seen::Done(ended) => self.ended(ended),
            Seen::Late => self.ended(Err("silence")),
            Seen::Quiet => {
                let parts = connection.into_parts();
                let mut socket = parts.io.into_inner();
                socket.give_back(&parts.read_buf);
                return Some(socket);
            }
        }
        None
    }

    fn http(&self) -> http1::Builder {
        let mut http = http1::Builder::new();
        // The socket itself loses patience, with one limit for the head and another one for silence.
        http.timer(TokioTimer::new()).header_read_timeout(None);
        http.max_buf_size(self.max_header.max(MIN_HEADER))
            .max_headers(MAX_HEADERS)
            .half_close(false);
        http
    }

    /// Ends when no further request is wanted, with the time in which one is still answered.
    async fn over(&self) -> Duration {
        tokio::select! {
            () = self.retired() => Duration::ZERO,
            () = self.ending.stop.cancelled() => LAST_CALL,
        }
    }
}

/// Nothing rests any more.
async fn until_late<F: Future + Unpin>(watch: &mut Watch, mut serving: F) -> Seen<F::Output> {
    loop {
        match watch.during(&mut serving).await {
            Seen::Quiet => {}
            seen => return seen,
        }
    }
}

type Over<'c> = FuturesUnordered<BoxFuture<'c, Duration>>;
