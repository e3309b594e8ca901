//! The shape of most layers: something before the inner service, something after it. Written once, so that a
//! layer is two functions and no future of its own, and costs no allocation.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use pin_project_lite::pin_project;
use tower_layer::Layer;
use tower_service::Service;

/// What a layer does before its inner service.
pub trait Around<Request, Response, Error> {
    /// What it does afterwards. Dropped unused if the client leaves, so a guard in it sees that.
    type After: After<Response, Error>;

    /// Runs before the inner service. `Err` answers at once; the inner service is then not called.
    fn before(&self, request: &mut Request) -> Result<Self::After, Result<Response, Error>>;
}

/// What a layer does after its inner service. Not called for what `before` answered.
pub trait After<Response, Error> {
    /// Sees, and may change, the answer.
    fn after(self, result: Result<Response, Error>) -> Result<Response, Error>;
}

/// Nothing is left to do.
impl<Response, Error> After<Response, Error> for () {
    fn after(self, result: Result<Response, Error>) -> Result<Response, Error> {
        result
    }
}

/// Makes a tower layer of an [`Around`].
#[derive(Debug, Clone)]
pub struct AroundLayer<A>(pub A);

impl<A: Clone, S> Layer<S> for AroundLayer<A> {
    type Service = AroundService<A, S>;

    fn layer(&self, inner: S) -> Self::Service {
        AroundService {
            around: self.0.clone(),
            inner,
        }
    }
}

/// The service that [`AroundLayer`] makes.
#[derive(Debug, Clone)]
pub struct AroundService<A, S> {
    around: A,
    inner: S,
}

impl<A, S, Request> Service<Request> for AroundService<A, S>
where
    S: Service<Request>,
    A: Around<Request, S::Response, S::Error>,
{
    type Response = S::Response;
    type Error = S::Error;
    type Future = AroundFuture<S::Future, A::After, Result<S::Response, S::Error>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, mut request: Request) -> Self::Future {
        let state = match self.around.before(&mut request) {
            Ok(after) => State::Running {
                inner: self.inner.call(request),
                after: Some(after),
            },
            Err(answer) => State::Answered { answer: Some(answer) },
        };
        AroundFuture { state }
    }
}

pin_project! {
    /// The future of an [`AroundService`].
    #[derive(Debug)]
    pub struct AroundFuture<F, A, R> {
        #[pin]
        state: State<F, A, R>,
    }
}

pin_project! {
    // One or the other, so that the futures of many layers, one inside the other, stay small enough to move.
    #[derive(Debug)]
    #[project = StateProj]
    enum State<F, A, R> {
        Running { #[pin] inner: F, after: Option<A> },
        Answered { answer: Option<R> },
    }
}

impl<F, A, Response, Error> Future for AroundFuture<F, A, Result<Response, Error>>
where
    F: Future<Output = Result<Response, Error>>,
    A: After<Response, Error>,
{
    type Output = Result<Response, Error>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        match self.project().state.project() {
            StateProj::Running { inner, after } => {
                let result = ready!(inner.poll(cx));
                Poll::Ready(match after.take() {
                    Some(after) => after.after(result),
                    None => result,
                })
            }
            // A finished future that is polled again stays pending, as the contract of `Future` allows.
            StateProj::Answered { answer } => answer.take().map_or(Poll::Pending, Poll::Ready),
        }
    }
}
