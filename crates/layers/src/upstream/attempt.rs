//! The time of one attempt on the wire: its limit, its span, its latency. Runs once per attempt, below the
//! wait for a turn, so that waiting is not blamed on the provider.
//!
//! An attempt that takes too long ends in `provider_timeout`, or in `deadline_exceeded` if the request's own
//! deadline was nearer. If that has passed before the attempt begins, nothing is sent. Of a stream only the head
//! counts, and only the deadline: a body may take its time, as long as it moves, which the layer below watches.

use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use futures_util::future::BoxFuture;
use http::HeaderName;
use model::{Code, Error};
use tokio::time::{Instant, timeout_at};
use tower_layer::Layer;
use tower_service::Service;
use tracing::Instrument;

use super::{CallObserver, Outcome, Outgoing, Received, Result, UpstreamCall};
use crate::trace::{End, OpenSpan, What};

/// A longer request id is not one.
const LONGEST_ID: usize = 128;

/// Makes an [`AttemptService`].
#[derive(Clone)]
pub struct AttemptLayer {
    limit: Option<Duration>,
    request_id: Option<HeaderName>,
    observer: Arc<dyn CallObserver>,
}

impl AttemptLayer {
    /// With the limit of one attempt, if the deadline is not the only one, and the header that names the provider's own request id.
    pub fn new(
        limit: Option<Duration>,
        request_id: Option<&'static str>,
        observer: Arc<dyn CallObserver>,
    ) -> Self {
        Self {
            limit,
            request_id: request_id.map(HeaderName::from_static),
            observer,
        }
    }
}

impl<S> Layer<S> for AttemptLayer {
    type Service = AttemptService<S>;

    fn layer(&self, inner: S) -> AttemptService<S> {
        AttemptService {
            attempt: self.clone(),
            inner,
        }
    }
}

/// Bounds and measures attempts.
#[derive(Clone)]
pub struct AttemptService<S> {
    attempt: AttemptLayer,
    inner: S,
}

impl<S, R, A> Service<UpstreamCall<R>> for AttemptService<S>
where
    S: Service<UpstreamCall<R>, Response = A, Error = Error> + Clone + Send + 'static,
    S::Future: Send,
    R: Outgoing,
    A: Received,
{
    type Response = A;
    type Error = Error;
    type Future = BoxFuture<'static, Result<A>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<std::result::Result<(), Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, call: UpstreamCall<R>) -> Self::Future {
        let span = tracing::debug_span!("attempt", outcome = tracing::field::Empty);
        Box::pin(run(self.clone(), call, span.clone()).instrument(span))
    }
}

async fn run<S, R, A>(service: AttemptService<S>, call: UpstreamCall<R>, logged: tracing::Span) -> Result<A>
where
    S: Service<UpstreamCall<R>, Response = A, Error = Error>,
    R: Outgoing,
    A: Received,
{
    let AttemptService { attempt, mut inner } = service;
    let started = Instant::now();
    if call.deadline <= started {
        let detail = "The request's time was over before the provider could be asked.";
        return Err(Error::gateway(Code::DeadlineExceeded, detail).unsent());
    }
    let own = attempt
        .limit
        .map(|limit| started + limit)
        .filter(|own| *own <= call.deadline);
    let span = span(&call);
    let (operation, deadline, trace) = (call.operation, call.deadline, Arc::clone(&call.trace));
    let result = timeout_at(own.unwrap_or(deadline), inner.call(call))
        .await
        .unwrap_or_else(|_| Err(if own.is_some() { too_slow() } else { out_of_time() }));
    let on_wire = started.elapsed();
    trace.attempted(on_wire);
    attempt.observer.on_wire(operation, on_wire);
    if let Ok(answer) = &result {
        let id = attempt
            .request_id
            .as_ref()
            .and_then(|name| answer.headers().get(name)?.to_str().ok());
        trace.answered(answer.status(), id.filter(|id| id.len() <= LONGEST_ID));
    }
    logged.record("outcome", Outcome::of(&result).as_str());
    let span = span.map(|span| span.ending(End::received(&result)));
    match (result, span) {
        (Ok(answer), Some(span)) => Ok(answer.lasting(span, OpenSpan::cut)),
        (result, _) => result,
    }
}

/// The attempt's span. It lasts as long as the answer does.
fn span(call: &UpstreamCall<impl Outgoing>) -> Option<OpenSpan> {
    let traced = call.traced.as_ref()?;
    Some(traced.scope.child().open(What::Attempt {
        to: Arc::clone(&traced.to),
        operation: call.operation,
        method: call.request.method().clone(),
        resends: traced.resends,
    }))
}

/// The provider has used up the time of one attempt.
pub(super) fn too_slow() -> Error {
    Error::provider(Code::ProviderTimeout, "The provider did not answer in time.")
        .proxy_error("http_response_timeout")
}

fn out_of_time() -> Error {
    let detail = "The provider had not answered when the request's time was over.";
    Error::gateway(Code::DeadlineExceeded, detail).proxy_error("http_response_timeout")
}
