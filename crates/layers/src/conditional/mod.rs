//! Conditional requests, content coding and the head of an answer. Runs once per request, outside the cache:
//! validators are the client's, the stored answer is everybody's. Refuses with `precondition_failed` a GET or
//! HEAD whose `If-Match` does not hold; a write's is checked where the write is made, see [`matches()`].

mod coding;
mod render;
mod validators;

use std::fmt;
use std::marker::PhantomData;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context as Task, Poll, ready};

use http::header::{IF_MATCH, IF_NONE_MATCH};
use http::{HeaderName, HeaderValue, Method};
use model::{Error, Result};
use pin_project_lite::pin_project;
use tower_layer::Layer;
use tower_service::Service;

pub use self::coding::accepts_gzip;
pub use self::validators::{Held, Tag, held, matches, tags};

use crate::cache::Reply;
use crate::{Context, Request, Response};

/// A call as the product understands it.
pub trait FromRequest: Sized {
    /// Makes it of a request that all layers before let pass.
    fn from_request(request: Request) -> Result<Self>;
}

/// Puts conditional requests around a service of calls.
pub struct ConditionalLayer<C>(PhantomData<fn() -> C>);

impl<C> ConditionalLayer<C> {
    /// For calls of this type.
    pub const fn new() -> Self {
        Self(PhantomData)
    }
}

impl<C> Default for ConditionalLayer<C> {
    fn default() -> Self {
        Self::new()
    }
}

impl<C> Clone for ConditionalLayer<C> {
    fn clone(&self) -> Self {
        Self::new()
    }
}

impl<C> fmt::Debug for ConditionalLayer<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ConditionalLayer")
    }
}

impl<C, S> Layer<S> for ConditionalLayer<C> {
    type Service = ConditionalService<C, S>;

    fn layer(&self, inner: S) -> Self::Service {
        ConditionalService {
            call: PhantomData,
            inner,
        }
    }
}

/// The service that [`ConditionalLayer`] makes.
pub struct ConditionalService<C, S> {
    call: PhantomData<fn() -> C>,
    inner: S,
}

impl<C, S: Clone> Clone for ConditionalService<C, S> {
    fn clone(&self) -> Self {
        Self {
            call: PhantomData,
            inner: self.inner.clone(),
        }
    }
}

impl<C, S: fmt::Debug> fmt::Debug for ConditionalService<C, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ConditionalService")
            .field("inner", &self.inner)
            .finish_non_exhaustive()
    }
}

impl<C, S> Service<Request> for ConditionalService<C, S>
where
    C: FromRequest,
    S: Service<C, Response = Reply, Error = Error>,
{
    type Response = Response;
    type Error = Error;
    type Future = ConditionalFuture<S::Future>;

    fn poll_ready(&mut self, cx: &mut Task<'_>) -> Poll<Result<()>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request) -> Self::Future {
        let ask = Ask::of(&request);
        let state = match C::from_request(request) {
            Ok(call) => State::Called {
                inner: self.inner.call(call),
                ask,
            },
            Err(error) => State::Refused { error: Some(error) },
        };
        ConditionalFuture { state }
    }
}

/// What of the request decides on the form of its answer.
#[derive(Debug)]
struct Ask {
    head: bool,
    gzip: bool,
    if_match: Vec<HeaderValue>,
    if_none_match: Vec<HeaderValue>,
    context: Option<Arc<Context>>,
}

impl Ask {
    fn of(request: &Request) -> Self {
        let head = request.method() == Method::HEAD;
        let read = head || request.method() == Method::GET;
        // A write's preconditions are about the state before it, which this answer does not show.
        let all = |name: HeaderName| {
            let values = request.headers().get_all(name).iter();
            values.filter(|_| read).cloned().collect()
        };
        Self {
            head,
            gzip: accepts_gzip(request.headers()),
            if_match: all(IF_MATCH),
            if_none_match: all(IF_NONE_MATCH),
            context: Context::of(request.extensions()).cloned(),
        }
    }
}

pin_project! {
    /// The future of a [`ConditionalService`].
    #[derive(Debug)]
    pub struct ConditionalFuture<F> {
        #[pin]
        state: State<F>,
    }
}

pin_project! {
    #[derive(Debug)]
    #[project = StateProj]
    enum State<F> {
        Called { #[pin] inner: F, ask: Ask },
        // The request is no call.
        Refused { error: Option<Error> },
    }
}

impl<F: Future<Output = Result<Reply>>> Future for ConditionalFuture<F> {
    type Output = Result<Response>;

    fn poll(self: Pin<&mut Self>, cx: &mut Task<'_>) -> Poll<Self::Output> {
        match self.project().state.project() {
            StateProj::Called { inner, ask } => {
                let reply = ready!(inner.poll(cx))?;
                Poll::Ready(render::render(ask, &reply))
            }
            StateProj::Refused { error } => error
                .take()
                .map_or(Poll::Pending, |error| Poll::Ready(Err(error))),
        }
    }
}
