//! Once per request: ends it at its deadline with 504 `deadline_exceeded`. Inner waits know the same deadline;
//! this is the last resort for what does not respect it.

use std::pin::Pin;
use std::task::{Context as Task, Poll};

use http::Method;
use model::{Code, Error};
use pin_project_lite::pin_project;
use tokio::time::Sleep;
use tower_layer::Layer;
use tower_service::Service;

use crate::context::Context;
use crate::{Request, Response};

/// Enforces the deadline of the context.
#[derive(Debug, Clone, Copy)]
pub struct Deadline;

impl<S> Layer<S> for Deadline {
    type Service = Bounded<S>;

    fn layer(&self, inner: S) -> Bounded<S> {
        Bounded { inner }
    }
}

/// The service that [`Deadline`] makes.
#[derive(Debug, Clone)]
pub struct Bounded<S> {
    inner: S,
}

impl<S: Service<Request, Response = Response, Error = Error>> Service<Request> for Bounded<S> {
    type Response = Response;
    type Error = Error;
    type Future = BoundedFuture<S::Future>;

    fn poll_ready(&mut self, cx: &mut Task<'_>) -> Poll<Result<(), Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request) -> Self::Future {
        let deadline = Context::of(request.extensions()).map(|context| context.deadline);
        let is_write = !matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS);
        BoundedFuture {
            inner: self.inner.call(request),
            is_write,
            deadline,
            sleep: None,
        }
    }
}

pin_project! {
    /// The future of a [`Bounded`] service.
    pub struct BoundedFuture<F> {
        #[pin]
        inner: F,
        is_write: bool,
        deadline: Option<tokio::time::Instant>,
        // Made only if the answer is not ready at once.
        sleep: Option<Pin<Box<Sleep>>>,
    }
}

impl<F: Future<Output = Result<Response, Error>>> Future for BoundedFuture<F> {
    type Output = Result<Response, Error>;

    fn poll(self: Pin<&mut Self>, cx: &mut Task<'_>) -> Poll<Self::Output> {
        let this = self.project();
        if let Poll::Ready(result) = this.inner.poll(cx) {
            return Poll::Ready(result);
        }
        if let Some(deadline) = this.deadline.take() {
            *this.sleep = Some(Box::pin(tokio::time::sleep_until(deadline)));
        }
        match this.sleep {
            Some(sleep) => sleep.as_mut().poll(cx).map(|()| {
                let detail = "The request took longer than `server.request_timeout`.";
                let error = Error::gateway(Code::DeadlineExceeded, detail);
                Err(if *this.is_write { error.of_write() } else { error })
            }),
            None => Poll::Pending,
        }
    }
}
