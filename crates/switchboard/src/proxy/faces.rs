//! Once per request: sends it to the face that it is for.

use std::task::{Context, Poll};

use futures_util::future::Either;
use layers::{Request, Response};
use model::Error;
use tower::{Layer, Service};

use super::{Proxy, is_proxy};

/// Sends requests of the pass-through face to it; all others go on.
#[derive(Clone)]
pub struct Faces(pub Proxy);

impl<S> Layer<S> for Faces {
    type Service = TwoFaced<S>;

    fn layer(&self, inner: S) -> TwoFaced<S> {
        TwoFaced {
            proxy: self.0.clone(),
            inner,
        }
    }
}

/// The service that [`Faces`] makes.
#[derive(Clone)]
pub struct TwoFaced<S> {
    proxy: Proxy,
    inner: S,
}

impl<S> Service<Request> for TwoFaced<S>
where
    S: Service<Request, Response = Response, Error = Error>,
{
    type Response = Response;
    type Error = Error;
    type Future = Either<<Proxy as Service<Request>>::Future, S::Future>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request) -> Self::Future {
        if is_proxy(request.uri().path()) {
            Either::Left(self.proxy.call(request))
        } else {
            Either::Right(self.inner.call(request))
        }
    }
}
