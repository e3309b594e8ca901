//! A connection that speaks HTTP/1.1: one request at a time.

use std::time::Duration;

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use http::HeaderValue;
use http::header::CONNECTION;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use layers::head::HadFragment;
use tokio::time::timeout;

use super::{Connection, Socket};
use crate::patience::{Busy, Patient};

/// Headers in a request at the most.
const MAX_HEADERS: usize = 100;
/// A request may be on its way when a connection without one is to be closed, and would be lost: so long it is
/// still answered, and the client told that it was the last.
const LAST_CALL: Duration = Duration::from_millis(500);
/// The smallest read buffer that the HTTP library takes.
const MIN_HEADER: usize = 8 * 1024;

impl Connection {
    /// Serves it to its end.
    pub(super) async fn http1(&self, socket: impl Socket) {
        let busy = Busy::default();
        let io = TokioIo::new(Patient::new(socket, self.patience, busy.clone()));
        let service = service_fn(|mut request: http::Request<Incoming>| {
            let working = busy.begin();
            if busy.take_fragment() {
                request.extensions_mut().insert(HadFragment);
            }
            let answer = self.ask(request);
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
        let mut http = http1::Builder::new();
        // The socket itself loses patience, with one limit for the head and another one for silence.
        http.timer(TokioTimer::new()).header_read_timeout(None);
        http.max_buf_size(self.max_header.max(MIN_HEADER))
            .max_headers(MAX_HEADERS)
            .half_close(false);
        let mut connection = std::pin::pin!(http.serve_connection(io, service));
        // Asked only when it has something to say: to be asked, what all connections share has to be locked.
        let mut over = FuturesUnordered::from_iter([self.over()]);
        let ended = tokio::select! {
            biased;
            ended = connection.as_mut() => ended,
            Some(grace) = over.next() => {
                if let Ok(ended) = timeout(grace, connection.as_mut()).await {
                    ended
                } else {
                    connection.as_mut().graceful_shutdown();
                    connection.await
                }
            }
        };
        self.ended(ended);
    }

    /// Ends when no further request is wanted, with the time in which one is still answered.
    async fn over(&self) -> Duration {
        tokio::select! {
            () = self.retired() => Duration::ZERO,
            () = self.ending.stop.cancelled() => LAST_CALL,
        }
    }
}
