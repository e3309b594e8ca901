//! Once per request: the span of a request that is traced, from its head to the end of its answer, also if the client
//! leaves before. Refuses nothing.

use http::Method;

use crate::around::{After, Around};
use crate::context::Context;
use crate::trace::{End, OpenSpan, What};
use crate::{Request, Response};

/// Traces requests.
#[derive(Debug, Clone, Copy)]
pub struct TraceRequest {
    /// Whether any may be traced.
    pub enabled: bool,
}

impl<E> Around<Request, Response, E> for TraceRequest {
    type After = Traced;

    fn before(&self, request: &mut Request) -> Result<Traced, Result<Response, E>> {
        Ok(Traced(
            self.enabled.then(|| begin(request)).flatten().map(Box::new),
        ))
    }
}

fn begin(request: &Request) -> Option<OpenSpan> {
    let context = Context::of(request.extensions())?;
    let scope = context.calls.scope()?.clone();
    Some(scope.open(What::Request {
        context: context.clone(),
        method: Method::clone(request.method()),
    }))
}

/// The span, if there is one; apart, so that requests without one carry nothing along.
#[derive(Debug)]
pub struct Traced(Option<Box<OpenSpan>>);

impl<E> After<Response, E> for Traced {
    fn after(self, result: Result<Response, E>) -> Result<Response, E> {
        let (Some(span), Ok(response)) = (self.0, &result) else {
            return result;
        };
        let span = span.ending(End::answered(response.status()));
        result.map(|response| response.map(|body| body.lasting(span, OpenSpan::cut)))
    }
}
