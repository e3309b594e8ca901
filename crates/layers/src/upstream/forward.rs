//! Sends a request that is passed through, and passes its answer on as it comes. Runs once per call, in the place
//! where other stacks collect: nothing here is repeated, since a body cannot be sent twice.
//!
//! A body that stops moving ends the exchange: the client's with 408 `invalid_request`, the provider's with
//! `provider_timeout` before its head, and by cutting the answer off after it. What is wrong with the client's
//! body is told to the client: 413 over the limit, 400 where it is cut off. The rest is refused as in
//! [`collect`](fn@super::collect).

use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use futures_util::future::BoxFuture;
use http::HeaderMap;
use http::header::{CONTENT_ENCODING, CONTENT_LENGTH};
use model::Error;
use tower_layer::Layer;
use tower_service::Service;

use super::attempt::too_slow;
use super::collect::{WireFailure, collect, unreachable};
use super::conceal::{Conceal, Starred};
use super::idle::Idle;
use super::upload::{Progress, Upload};
use super::{CallObserver, Result, UpstreamCall};
use crate::body::{Body, BoxError, Request, Response};

/// How often a request without a body is sent again after it met a connection that had closed already.
const RESENDS: u32 = 3;

/// How requests are passed on.
#[derive(Clone, Copy)]
pub struct ForwardSettings {
    /// How long a body may stand still, and a provider think.
    pub idle: Duration,
    /// The largest refusal in bytes that is read before it is passed on, because it is compressed.
    pub max_response: usize,
    /// Tells what an error of the inner service means.
    pub classify: fn(&BoxError) -> WireFailure,
}

/// Makes a [`ForwardService`].
#[derive(Clone)]
pub struct ForwardLayer {
    settings: ForwardSettings,
    observer: Arc<dyn CallObserver>,
}

impl ForwardLayer {
    /// For one connection.
    pub const fn new(settings: ForwardSettings, observer: Arc<dyn CallObserver>) -> Self {
        Self { settings, observer }
    }
}

impl<S> Layer<S> for ForwardLayer {
    type Service = ForwardService<S>;

    fn layer(&self, inner: S) -> ForwardService<S> {
        ForwardService {
            forward: self.clone(),
            inner,
        }
    }
}

/// Passes requests and answers on.
#[derive(Clone)]
pub struct ForwardService<S> {
    forward: ForwardLayer,
    inner: S,
}

impl<S, B> Service<UpstreamCall<Request>> for ForwardService<S>
where
    S: Service<Request, Response = http::Response<B>, Error = BoxError> + Clone + Send + 'static,
    S::Future: Send,
    B: http_body::Body<Data = Bytes, Error: Into<BoxError>> + Send + 'static,
{
    type Response = Response;
    type Error = Error;
    type Future = BoxFuture<'static, Result<Response>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<std::result::Result<(), Error>> {
        // By the contract of the stack the inner service is always ready.
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, call: UpstreamCall<Request>) -> Self::Future {
        let Self { forward, mut inner } = self.clone();
        Box::pin(async move {
            let answer = forward.send(&mut inner, call.request, call.operation).await?;
            forward.receive(answer).await
        })
    }
}

impl ForwardLayer {
    async fn send<S, B>(
        &self,
        inner: &mut S,
        request: Request,
        operation: &'static str,
    ) -> Result<http::Response<B>>
    where
        S: Service<Request, Response = http::Response<B>, Error = BoxError>,
    {
        let ForwardSettings { idle, classify, .. } = self.settings;
        let (head, body) = request.into_parts();
        let resends = if body.length() == Some(0) { RESENDS } else { 0 };
        let mut body = Some(body).filter(|body| body.length() != Some(0));
        for attempt in 0.. {
            self.observer.attempt(operation, attempt > 0);
            let progress = Progress::new();
            let body = body.take().map_or_else(Body::empty, |body| {
                Body::stream(Upload::new(body, idle, progress.clone()))
            });
            let request = Request::from_parts(head.clone(), body);
            let error = match progress.patiently(idle, inner.call(request)).await {
                None => return Err(too_slow()),
                Some(Ok(answer)) => return Ok(answer),
                Some(Err(error)) => error,
            };
            if let Some(fault) = progress.fault() {
                return Err(fault);
            }
            let failure = classify(&error);
            if failure != WireFailure::Unsent || attempt >= resends {
                return Err(unreachable(failure, &error));
            }
        }
        Err(too_slow())
    }

    async fn receive<B>(&self, answer: http::Response<B>) -> Result<Response>
    where
        B: http_body::Body<Data = Bytes, Error: Into<BoxError>> + Send + 'static,
    {
        let (mut head, body) = answer.into_parts();
        if head.status.is_informational() {
            // It switches to a protocol that nobody asked for.
            let error = BoxError::from("an interim answer in the place of a final one");
            return Err(unreachable(WireFailure::Protocol, &error));
        }
        if body.is_end_stream() {
            return Ok(Response::from_parts(head, Body::empty()));
        }
        let body = Idle::new(body, self.settings.idle);
        let Some(conceal) = head.extensions.get::<Conceal>().cloned() else {
            return Ok(Response::from_parts(head, Body::stream(body)));
        };
        if is_coded(&head.headers) {
            let status = head.status;
            let whole = collect(http::Response::from_parts(head, body), self.settings.max_response).await?;
            let mut answer = Response::new(whole.body.into());
            *answer.status_mut() = status;
            *answer.headers_mut() = whole.headers;
            return Ok(answer);
        }
        // Stars are not as long as what they stand for.
        head.headers.remove(CONTENT_LENGTH);
        Ok(Response::from_parts(
            head,
            Body::stream(Starred::new(body, conceal)),
        ))
    }
}

fn is_coded(headers: &HeaderMap) -> bool {
    let mut codings = headers.get_all(CONTENT_ENCODING).iter();
    codings.any(|coding| !coding.as_bytes().trim_ascii().eq_ignore_ascii_case(b"identity"))
}
