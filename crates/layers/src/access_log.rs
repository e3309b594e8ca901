//! Once per request: the span that everything below runs in, and one log line when it is over, also when the
//! client left before that. Refuses nothing. The line has no path: paths hold phone numbers.

use std::sync::Arc;
use std::task::{Context as Task, Poll};
use std::time::Duration;

use http::Method;
use tower_layer::Layer;
use tower_service::Service;
use tracing::Instrument;
use tracing::instrument::Instrumented;

use crate::around::{After, Around};
use crate::context::Context;
use crate::value::Writer;
use crate::{Request, Response};

/// The status logged for a client that left before there was one.
const CLIENT_LEFT: u16 = 499;

/// Runs everything below in a span that carries the request's ids.
#[derive(Debug, Clone, Copy)]
pub struct RequestSpan;

impl<S> Layer<S> for RequestSpan {
    type Service = InSpan<S>;

    fn layer(&self, inner: S) -> InSpan<S> {
        InSpan { inner }
    }
}

/// The service that [`RequestSpan`] makes.
#[derive(Debug, Clone)]
pub struct InSpan<S> {
    inner: S,
}

impl<S: Service<Request>> Service<Request> for InSpan<S> {
    type Response = S::Response;
    type Error = S::Error;
    type Future = Instrumented<S::Future>;

    fn poll_ready(&mut self, cx: &mut Task<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request) -> Self::Future {
        let span = Context::of(request.extensions()).map_or_else(tracing::Span::none, |context| {
            tracing::debug_span!("request", request_id = %context.request_id(), trace_id = %context.trace_id())
        });
        let future = span.in_scope(|| self.inner.call(request));
        future.instrument(span)
    }
}

/// Writes the log line.
#[derive(Debug, Clone, Copy)]
pub struct AccessLog {
    /// Whether it is written at all.
    pub enabled: bool,
}

impl<E> Around<Request, Response, E> for AccessLog {
    type After = Line;

    fn before(&self, request: &mut Request) -> Result<Line, Result<Response, E>> {
        let context = self
            .enabled
            .then(|| Context::of(request.extensions()).cloned())
            .flatten();
        Ok(Line {
            context,
            method: request.method().clone(),
        })
    }
}

/// The line of a request that is under way. Dropped, it says that the client left.
#[derive(Debug)]
pub struct Line {
    context: Option<Arc<Context>>,
    method: Method,
}

impl<E> After<Response, E> for Line {
    fn after(mut self, result: Result<Response, E>) -> Result<Response, E> {
        if let (Some(context), Ok(response)) = (self.context.take(), &result) {
            write(
                &context,
                &self.method,
                response.status().as_u16(),
                response.body().length(),
            );
        }
        result
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        if let Some(context) = self.context.take() {
            write(&context, &self.method, CLIENT_LEFT, None);
        }
    }
}

fn write(context: &Context, method: &Method, status: u16, bytes: Option<u64>) {
    let error = context.error.get();
    let calls = &context.calls;
    let connection = error
        .and_then(|error| error.connection())
        .or_else(|| context.connection());
    let mut digits = itoa::Buffer::new();
    // As a text: the general formatter takes ten times as long for it.
    let message = [
        method.as_str(),
        " ",
        context.template(),
        " ",
        digits.format(status),
    ]
    .concat();
    tracing::info!(
        target: "switchboard::access",
        message,
        request_id = context.request_id(),
        trace_id = context.trace_id(),
        client = context.client_name(),
        key_id = context.key_id.get().map(|id| &**id),
        subject = context.client.get().and_then(|client| client.subject).map(tracing::field::display),
        client_ip = Writer::new().address(context.client_ip).as_str(),
        method = method.as_str(),
        route = context.template(),
        status,
        code = error.map(|error| error.code().as_str()),
        origin = error.map(|error| error.origin().as_str()),
        cause = error.and_then(|error| error.cause()),
        duration_ms = milliseconds(context.took()),
        provider_ms = milliseconds(calls.provider_time()),
        queue_ms = milliseconds(calls.queue_time()),
        connection = connection.map(model::ConnectionName::as_str),
        provider_status = calls.status(),
        provider_request_id = calls.provider_request_id(),
        attempts = calls.attempts(),
        cache = context.cache.get().copied(),
        bytes,
    );
}

/// To the microsecond.
#[expect(clippy::cast_precision_loss, reason = "none in 285 years")]
fn milliseconds(duration: Duration) -> f64 {
    duration.as_micros() as f64 / 1e3
}
