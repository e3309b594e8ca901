//! One logical call: its span, its metrics, and the connection's name on its error. Runs once per call,
//! whatever the attempts; refuses nothing.

use std::sync::Arc;
use std::task::{Context, Poll};

use model::{ConnectionName, Error};
use tokio::time::Instant;
use tower_layer::Layer;
use tower_service::Service;
use tracing::instrument::{Instrument, Instrumented};

use super::{CallObserver, Outcome, Received, Result, UpstreamCall};
use crate::around::{After, Around, AroundFuture, AroundLayer, AroundService};

/// Makes a [`CallService`].
#[derive(Clone)]
pub struct CallLayer(Call);

impl CallLayer {
    /// For one connection.
    pub fn new(connection: ConnectionName, observer: Arc<dyn CallObserver>) -> Self {
        Self(Call { connection, observer })
    }
}

impl<S> Layer<S> for CallLayer {
    type Service = CallService<S>;

    fn layer(&self, inner: S) -> CallService<S> {
        CallService {
            connection: self.0.connection.clone(),
            inner: AroundLayer(self.0.clone()).layer(inner),
        }
    }
}

/// Sees a call from its beginning to its end.
#[derive(Clone)]
pub struct CallService<S> {
    connection: ConnectionName,
    inner: AroundService<Call, S>,
}

impl<S, R, A> Service<UpstreamCall<R>> for CallService<S>
where
    S: Service<UpstreamCall<R>, Response = A, Error = Error>,
    A: Received,
{
    type Response = A;
    type Error = Error;
    type Future = Instrumented<AroundFuture<S::Future, Running, Result<A>>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<std::result::Result<(), Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, call: UpstreamCall<R>) -> Self::Future {
        let span = tracing::info_span!("call", connection = %self.connection, operation = call.operation);
        self.inner.call(call).instrument(span)
    }
}

/// What all calls of a connection share.
#[derive(Clone)]
struct Call {
    connection: ConnectionName,
    observer: Arc<dyn CallObserver>,
}

impl<R, A: Received> Around<UpstreamCall<R>, A, Error> for Call {
    type After = Running;

    fn before(&self, call: &mut UpstreamCall<R>) -> std::result::Result<Running, Result<A>> {
        Ok(Running {
            of: self.clone(),
            operation: call.operation,
            started: Instant::now(),
        })
    }
}

/// A call under way.
pub struct Running {
    of: Call,
    operation: &'static str,
    started: Instant,
}

impl<A: Received> After<A, Error> for Running {
    fn after(self, result: Result<A>) -> Result<A> {
        let outcome = Outcome::of(&result);
        self.of
            .observer
            .finished(self.operation, outcome, self.started.elapsed());
        result.map_err(|error| error.on(&self.of.connection))
    }
}
