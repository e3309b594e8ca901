//! Once per request, outermost: makes the [`Context`] and returns `X-Request-Id` and `traceparent`.
//! Accepts both from the client where they are well formed; refuses nothing. The `traceparent` that is returned says
//! what was done with the request: its own span where there is one, else what came, or what was begun here.

use std::net::IpAddr;
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use http::HeaderName;
use tokio::time::Instant;

use crate::around::{After, Around};
use crate::context::{CallTrace, Context, Target, Tracing};
use crate::trace::{Ids, Parent, TRACEPARENT, Tracer, state};
use crate::value::Writer;
use crate::{Request, Response};

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Who is at the other end; the server puts it into the request's extensions.
#[derive(Debug, Clone, Copy)]
pub struct Peer(pub IpAddr);

/// Begins the context of a request.
#[derive(Debug, Clone)]
pub struct RequestId {
    timeout: Duration,
    ids: Arc<Ids>,
    tracer: Option<Arc<Tracer>>,
}

impl RequestId {
    /// With the time that a request may take as a whole.
    pub fn new(timeout: Duration) -> Self {
        Self {
            timeout,
            ids: Arc::default(),
            tracer: None,
        }
    }

    /// Begins the traces of requests too, if there is a tracer.
    #[must_use]
    pub fn tracing(mut self, tracer: Option<Arc<Tracer>>) -> Self {
        self.tracer = tracer;
        self
    }
}

impl<E> Around<Request, Response, E> for RequestId {
    type After = Stamp;

    fn before(&self, request: &mut Request) -> Result<Stamp, Result<Response, E>> {
        let headers = request.headers();
        let request_id = headers
            .get(REQUEST_ID)
            .filter(|value| is_request_id(value.as_bytes()));
        let request_id = request_id.cloned();
        let parent = Parent::of(headers);
        let own = self.ids.next();
        let begun = self
            .tracer
            .as_ref()
            .and_then(|tracer| tracer.begin(own, parent.as_ref()));
        let tracing = begun.as_ref().map(|begun| {
            Box::new(Tracing {
                wished: begun.wished,
                continued: parent.is_some(),
                state: parent.and_then(|_| state(headers)),
            })
        });
        let (ids, sampled) = parent.map_or((own, false), |parent| (parent.ids, parent.sampled));
        let started = Instant::now();
        let context = Arc::new(Context {
            target: Target(request.uri().clone()),
            request_id: request_id.unwrap_or_else(|| Writer::new().hex(own.trace).finish()),
            traceparent: ids.to_header(sampled),
            tracing,
            started,
            deadline: started + self.timeout,
            took: AtomicU64::new(0),
            client_ip: request
                .extensions()
                .get::<Peer>()
                .map_or(IpAddr::from([0, 0, 0, 0]), |peer| peer.0),
            route: OnceLock::new(),
            access: OnceLock::new(),
            client: OnceLock::new(),
            key_id: OnceLock::new(),
            quota: OnceLock::new(),
            cache: OnceLock::new(),
            replayed: OnceLock::new(),
            error: OnceLock::new(),
            calls: Arc::new(CallTrace::within(begun.map(|begun| begun.scope))),
        });
        request.extensions_mut().insert(Arc::clone(&context));
        Ok(Stamp(context))
    }
}

/// Puts the ids on the answer.
#[derive(Debug)]
pub struct Stamp(Arc<Context>);

impl<E> After<Response, E> for Stamp {
    fn after(self, result: Result<Response, E>) -> Result<Response, E> {
        result.map(|mut response| {
            let Self(context) = &self;
            let own = context
                .calls
                .scope()
                .map(|scope| scope.ids().to_header(context.is_traced()));
            let traceparent = own.unwrap_or_else(|| context.traceparent.clone());
            let headers = response.headers_mut();
            headers.insert(REQUEST_ID, context.request_id.clone());
            headers.insert(TRACEPARENT, traceparent);
            response
        })
    }
}

fn is_request_id(text: &[u8]) -> bool {
    (1..=128).contains(&text.len())
        && text
            .iter()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.' | b':'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accepts_what_is_well_formed() {
        assert!(
            is_request_id(b"a-1_B.c:2")
                && !is_request_id(b"")
                && !is_request_id(b"a b")
                && !is_request_id("é".as_bytes())
        );
        assert!(!is_request_id(&[b'a'; 129]));
    }
}
