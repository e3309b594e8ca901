//! Once per request: a write runs to its end in a task of its own, even if its client leaves; so a client never
//! has to guess how much of a write has happened. The body is read first, and whole: a client that leaves while
//! it sends has not written anything. Refuses a body that does not come in time with 408 `invalid_request`, a
//! broken one with 400, one over the limit with 413.

use std::task::{Context as Task, Poll};

use bytes::{Bytes, BytesMut};
use futures_util::future::{BoxFuture, Either};
use http::Method;
use http_body_util::{BodyExt, LengthLimitError};
use model::{Code, Error, Result};
use tokio::time::{Instant, timeout_at};
use tokio_util::task::TaskTracker;
use tower_layer::Layer;
use tower_service::Service;
use tracing::Instrument;

use crate::context::Context;
use crate::{Body, BoxError, Request, Response};

/// Shields writes.
#[derive(Debug, Clone)]
pub struct WriteShield(pub TaskTracker);

impl<S> Layer<S> for WriteShield {
    type Service = Shielded<S>;

    fn layer(&self, inner: S) -> Shielded<S> {
        Shielded {
            tasks: self.0.clone(),
            inner,
        }
    }
}

/// The service that [`WriteShield`] makes.
#[derive(Debug, Clone)]
pub struct Shielded<S> {
    tasks: TaskTracker,
    inner: S,
}

impl<S> Service<Request> for Shielded<S>
where
    S: Service<Request, Response = Response, Error = Error> + Clone + Send + 'static,
    S::Future: Send,
{
    type Response = Response;
    type Error = Error;
    type Future = Either<S::Future, BoxFuture<'static, Result<Response>>>;

    fn poll_ready(&mut self, cx: &mut Task<'_>) -> Poll<Result<()>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request) -> Self::Future {
        if matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS) {
            return Either::Left(self.inner.call(request));
        }
        let Self { tasks, mut inner } = self.clone();
        Either::Right(Box::pin(async move {
            let request = whole(request).await?;
            let write = async move { inner.call(request).await };
            match tasks.spawn(write.in_current_span()).await {
                Ok(result) => result,
                Err(ended) => match ended.try_into_panic() {
                    // It belongs to the request, whose layers know what to do with it.
                    Ok(panic) => std::panic::resume_unwind(panic),
                    Err(ended) => Err(Error::internal(ended.to_string())),
                },
            }
        }))
    }
}

/// The request with its body at hand.
pub async fn whole(request: Request) -> Result<Request> {
    let (head, body) = request.into_parts();
    if body.at_hand().is_some() {
        return Ok(Request::from_parts(head, body));
    }
    let deadline = Context::of(&head.extensions).map_or_else(Instant::now, |context| context.deadline);
    let bytes = timeout_at(deadline, bytes(body))
        .await
        .map_err(|_| {
            let detail = "The body had not arrived when the request's time was over.";
            Error::client(Code::RequestTimeout, detail)
        })?
        .map_err(|error| broken(&error))?;
    Ok(Request::from_parts(head, Body::from(bytes)))
}

/// Copies each frame and lets it go: kept together, many small ones hold many times what is in them.
async fn bytes(mut body: Body) -> Result<Bytes, BoxError> {
    let mut bytes = BytesMut::new();
    while let Some(frame) = body.frame().await {
        if let Some(data) = frame?.data_ref() {
            bytes.extend_from_slice(data);
        }
    }
    Ok(bytes.freeze())
}

/// What is wrong with a client's body that cannot be read.
pub(crate) fn broken(error: &BoxError) -> Error {
    let mut causes = std::iter::successors(Some(&**error as &dyn std::error::Error), |error| error.source());
    if causes.any(<dyn std::error::Error>::is::<LengthLimitError>) {
        return Error::client(
            Code::PayloadTooLarge,
            "The body is larger than `server.max_body`.",
        );
    }
    let detail = "The body ended before it was complete, or is not framed as its head says.";
    Error::client(Code::MalformedRequest, detail).caused_by(error.to_string())
}
