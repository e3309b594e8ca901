//! Once per request: turns errors and panics into answers. Above it services cannot fail. How an answer looks,
//! and which status it has, is decided by the one function that both layers here are given.

use std::convert::Infallible;
use std::panic::AssertUnwindSafe;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context as Task, Poll, ready};

use futures_util::FutureExt;
use futures_util::future::CatchUnwind;
use model::Error;
use pin_project_lite::pin_project;
use tower_layer::Layer;
use tower_service::Service;

use crate::context::Context;
use crate::{Request, Response};

/// Makes an answer of an error, for the request with this context and this path.
pub type Render = Arc<dyn Fn(&Error, &Context, &str) -> Response + Send + Sync>;

/// Answers every error of the inner service.
#[derive(Clone)]
pub struct Rescue(pub Render);

/// Answers a panic of the inner service.
#[derive(Clone)]
pub struct CatchPanic(pub Render);

impl<S> Layer<S> for Rescue {
    type Service = Rescued<S>;

    fn layer(&self, inner: S) -> Rescued<S> {
        Rescued {
            inner,
            render: Arc::clone(&self.0),
        }
    }
}

impl<S> Layer<S> for CatchPanic {
    type Service = Caught<S>;

    fn layer(&self, inner: S) -> Caught<S> {
        Caught {
            inner,
            render: Arc::clone(&self.0),
        }
    }
}

/// The service that [`Rescue`] makes.
#[derive(Clone)]
pub struct Rescued<S> {
    inner: S,
    render: Render,
}

/// The service that [`CatchPanic`] makes.
#[derive(Clone)]
pub struct Caught<S> {
    inner: S,
    render: Render,
}

/// What is needed to answer an error.
struct Scene {
    context: Option<Arc<Context>>,
    render: Render,
}

impl Scene {
    fn of(request: &Request, render: &Render) -> Self {
        Self {
            context: Context::of(request.extensions()).cloned(),
            render: Arc::clone(render),
        }
    }

    fn answer(&self, error: Error) -> Response {
        // Without a context the first layer is missing, which is a mistake in the stack and shows at once.
        let Some(context) = &self.context else {
            return Response::default();
        };
        let response = (self.render)(&error, context, context.target.0.path());
        context.error.get_or_init(|| error);
        response
    }
}

impl<S: Service<Request, Response = Response, Error = Error>> Service<Request> for Rescued<S> {
    type Response = Response;
    type Error = Infallible;
    type Future = RescueFuture<S::Future>;

    fn poll_ready(&mut self, _: &mut Task<'_>) -> Poll<Result<(), Infallible>> {
        // The services below are always ready; what they refuse, they refuse when called.
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request) -> Self::Future {
        let scene = Scene::of(&request, &self.render);
        RescueFuture {
            inner: self.inner.call(request),
            scene,
        }
    }
}

impl<S: Service<Request, Response = Response, Error = Infallible>> Service<Request> for Caught<S> {
    type Response = Response;
    type Error = Infallible;
    type Future = PanicFuture<S::Future>;

    fn poll_ready(&mut self, cx: &mut Task<'_>) -> Poll<Result<(), Infallible>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request) -> Self::Future {
        let scene = Scene::of(&request, &self.render);
        let inner = std::panic::catch_unwind(AssertUnwindSafe(|| self.inner.call(request)));
        PanicFuture {
            inner: inner.ok().map(|future| AssertUnwindSafe(future).catch_unwind()),
            scene,
        }
    }
}

pin_project! {
    /// The future of a [`Rescued`] service.
    pub struct RescueFuture<F> {
        #[pin]
        inner: F,
        scene: Scene,
    }
}

pin_project! {
    /// The future of a [`Caught`] service.
    pub struct PanicFuture<F> {
        // `None` if the call itself panicked.
        #[pin]
        inner: Option<CatchUnwind<AssertUnwindSafe<F>>>,
        scene: Scene,
    }
}

impl<F: Future<Output = Result<Response, Error>>> Future for RescueFuture<F> {
    type Output = Result<Response, Infallible>;

    fn poll(self: Pin<&mut Self>, cx: &mut Task<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let result = ready!(this.inner.poll(cx));
        Poll::Ready(Ok(result.unwrap_or_else(|error| this.scene.answer(error))))
    }
}

impl<F: Future<Output = Result<Response, Infallible>>> Future for PanicFuture<F> {
    type Output = Result<Response, Infallible>;

    fn poll(self: Pin<&mut Self>, cx: &mut Task<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let result = match this.inner.as_pin_mut() {
            Some(inner) => ready!(inner.poll(cx)).ok(),
            None => None,
        };
        // The panic's own text may hold anything, so it goes to the panic hook alone.
        Poll::Ready(result.unwrap_or_else(|| Ok(this.scene.answer(Error::internal("panic")))))
    }
}
