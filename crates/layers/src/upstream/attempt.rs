//! The time of one attempt on the wire: its limit, its span, its latency. Runs once per attempt, below the
//! wait for a turn, so that waiting is not blamed on the provider.
//!
//! An attempt that takes too long ends in `provider_timeout`, or in `deadline_exceeded` if the request's own
//! deadline was nearer. If that has passed before the attempt begins, nothing is sent.

use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use futures_util::future::BoxFuture;
use model::{Code, Error, UpstreamResponse};
use tokio::time::{Instant, timeout_at};
use tower_layer::Layer;
use tower_service::Service;
use tracing::Instrument;

use super::{CallObserver, Outcome, Result, UpstreamCall};

/// A longer request id is not one.
const LONGEST_ID: usize = 128;

/// Makes an [`AttemptService`].
#[derive(Clone)]
pub struct AttemptLayer {
    limit: Duration,
    request_id: Option<&'static str>,
    observer: Arc<dyn CallObserver>,
}

impl AttemptLayer {
    /// With the limit of one attempt, and the header that names the provider's own request id.
    pub const fn new(
        limit: Duration,
        request_id: Option<&'static str>,
        observer: Arc<dyn CallObserver>,
    ) -> Self {
        Self {
            limit,
            request_id,
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

impl<S> Service<UpstreamCall> for AttemptService<S>
where
    S: Service<UpstreamCall, Response = UpstreamResponse, Error = Error> + Clone + Send + 'static,
    S::Future: Send,
{
    type Response = UpstreamResponse;
    type Error = Error;
    type Future = BoxFuture<'static, Result>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<std::result::Result<(), Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, call: UpstreamCall) -> Self::Future {
        let span = tracing::debug_span!("attempt", outcome = tracing::field::Empty);
        Box::pin(run(self.clone(), call).instrument(span))
    }
}

async fn run<S>(service: AttemptService<S>, call: UpstreamCall) -> Result
where
    S: Service<UpstreamCall, Response = UpstreamResponse, Error = Error>,
{
    let AttemptService { attempt, mut inner } = service;
    let started = Instant::now();
    if call.deadline <= started {
        let detail = "The request's time was over before the provider could be asked.";
        return Err(Error::gateway(Code::DeadlineExceeded, detail).unsent());
    }
    let own = started + attempt.limit;
    let (operation, deadline, trace) = (call.operation, call.deadline, Arc::clone(&call.trace));
    let result = timeout_at(own.min(deadline), inner.call(call))
        .await
        .unwrap_or_else(|_| Err(too_slow(own <= deadline)));
    let on_wire = started.elapsed();
    trace.attempted(on_wire);
    attempt.observer.on_wire(operation, on_wire);
    if let Ok(answer) = &result {
        let id = attempt.request_id.and_then(|name| answer.header(name));
        trace.answered(answer.status, id.filter(|id| id.len() <= LONGEST_ID));
    }
    tracing::Span::current().record("outcome", Outcome::of(&result).as_str());
    result
}

fn too_slow(own_limit: bool) -> Error {
    let error = if own_limit {
        Error::provider(Code::ProviderTimeout, "The provider did not answer in time.")
    } else {
        let detail = "The provider had not answered when the request's time was over.";
        Error::gateway(Code::DeadlineExceeded, detail)
    };
    error.proxy_error("http_response_timeout")
}
