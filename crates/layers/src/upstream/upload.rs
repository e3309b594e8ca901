//! The body of a request that is passed through: how far it has come, who keeps it, and what was wrong with it.

use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http_body::{Frame, SizeHint};
use model::{Code, Error};
use pin_project_lite::pin_project;
use tokio::time::{Instant, timeout_at};

use super::idle::{Idle, Stalled};
use super::lock;
use crate::body::{Body, BoxError};
use crate::write_shield::broken;

pin_project! {
    /// A request's body on its way to the provider.
    pub(super) struct Upload {
        #[pin]
        body: Idle<Body>,
        progress: Progress,
    }
}

/// How far a request has come.
#[derive(Clone)]
pub(super) struct Progress(Arc<Mutex<State>>);

struct State {
    /// When it moved last.
    moved: Instant,
    /// It is the client that we wait for. Otherwise it is the provider, that takes no more or has it all.
    on_client: bool,
    /// What was wrong with it.
    fault: Option<Error>,
}

impl Progress {
    /// Of a request that begins now.
    pub(super) fn new() -> Self {
        Self(Arc::new(Mutex::new(State {
            moved: Instant::now(),
            on_client: false,
            fault: None,
        })))
    }

    /// What was wrong with the body.
    pub(super) fn fault(&self) -> Option<Error> {
        lock(&self.0).fault.take()
    }

    /// Waits for an answer as long as the provider is not silent for longer than this. The client has the same
    /// time, but that is its body's affair.
    pub(super) async fn patiently<T>(&self, limit: Duration, answer: impl Future<Output = T>) -> Option<T> {
        let mut answer = std::pin::pin!(answer);
        loop {
            let due = self.due(limit);
            match timeout_at(due, &mut answer).await {
                Ok(answer) => return Some(answer),
                Err(_) if self.due(limit) <= due => return None,
                Err(_) => {}
            }
        }
    }

    fn due(&self, limit: Duration) -> Instant {
        let state = lock(&self.0);
        let since = if state.on_client {
            Instant::now()
        } else {
            state.moved
        };
        since + limit
    }

    fn note(&self, polled: &Poll<Option<Result<Frame<Bytes>, BoxError>>>) {
        let mut state = lock(&self.0);
        state.moved = Instant::now();
        state.on_client = polled.is_pending();
        if let Poll::Ready(Some(Err(error))) = polled {
            state.fault = Some(fault(error));
        }
    }
}

impl Upload {
    pub(super) fn new(body: Body, limit: Duration, progress: Progress) -> Self {
        Self {
            body: Idle::new(body, limit),
            progress,
        }
    }
}

impl http_body::Body for Upload {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        let this = self.project();
        let polled = this.body.poll_frame(cx);
        this.progress.note(&polled);
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

fn fault(error: &BoxError) -> Error {
    if error.is::<Stalled>() {
        Error::client(Code::RequestTimeout, "The body came too slowly.")
    } else {
        broken(error)
    }
}
