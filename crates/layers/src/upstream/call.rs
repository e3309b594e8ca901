//! One logical call: its span, its metrics, and the connection's name on its error. Runs once per call,
//! whatever the attempts; refuses nothing.

use std::sync::Arc;
use std::task::{Context, Poll};

use model::{ConnectionName, Error};
use tokio::time::Instant;
use tower_layer::Layer;
use tower_service::Service;
use tracing::instrument::{Instrument, Instrumented};

use super::{CallObserver, Outcome, Received, Result, Traced, UpstreamCall};
use crate::around::{After, Around, AroundFuture, AroundLayer, AroundService};
use crate::trace::{Destination, End, OpenSpan, What};

/// Makes a [`CallService`].
#[derive(Clone)]
pub struct CallLayer(Call);

impl CallLayer {
    /// For one connection.
    pub fn new(connection: ConnectionName, observer: Arc<dyn CallObserver>) -> Self {
        let to = Arc::new(Destination {
            connection,
            server: None,
        });
        Self(Call { to, observer })
    }

    /// Spans name the provider's host and port too.
    #[must_use]
    pub fn to(mut self, host: &str, port: u16) -> Self {
        self.0.to = Arc::new(Destination {
            connection: self.0.to.connection.clone(),
            server: Some((host.into(), port)),
        });
        self
    }
}

impl<S> Layer<S> for CallLayer {
    type Service = CallService<S>;

    fn layer(&self, inner: S) -> CallService<S> {
        CallService {
            connection: self.0.to.connection.clone(),
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
    to: Arc<Destination>,
    observer: Arc<dyn CallObserver>,
}

impl Call {
    /// The call's span, and what is in it knows of it.
    fn trace<R>(&self, call: &mut UpstreamCall<R>) -> Option<OpenSpan> {
        let scope = call.trace.scope()?.child();
        call.traced = Some(Traced {
            scope: scope.clone(),
            to: Arc::clone(&self.to),
            resends: 0,
        });
        Some(scope.open(What::Call {
            to: Arc::clone(&self.to),
            operation: call.operation,
        }))
    }
}

impl<R, A: Received> Around<UpstreamCall<R>, A, Error> for Call {
    type After = Running;

    fn before(&self, call: &mut UpstreamCall<R>) -> std::result::Result<Running, Result<A>> {
        Ok(Running {
            of: self.clone(),
            operation: call.operation,
            started: Instant::now(),
            span: self.trace(call),
        })
    }
}

/// A call under way.
pub struct Running {
    of: Call,
    operation: &'static str,
    started: Instant,
    span: Option<OpenSpan>,
}

impl<A: Received> After<A, Error> for Running {
    fn after(self, result: Result<A>) -> Result<A> {
        let outcome = Outcome::of(&result);
        self.of
            .observer
            .finished(self.operation, outcome, self.started.elapsed());
        let span = self.span.map(|span| span.ending(End::received(&result)));
        match (result, span) {
            // It lasts as long as its answer does.
            (Ok(answer), Some(span)) => Ok(answer.lasting(span, OpenSpan::cut)),
            (result, _) => result.map_err(|error| error.on(&self.of.to.connection)),
        }
    }
}
