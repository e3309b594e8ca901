//! Once per request, outermost: makes the [`Context`] and returns `X-Request-Id` and `traceparent`.
//! Accepts both from the client where they are well formed; refuses nothing.

use std::hash::{BuildHasher, RandomState};
use std::net::IpAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use data_encoding::HEXLOWER;
use http::{HeaderName, HeaderValue};
use tokio::time::Instant;

use crate::around::{After, Around};
use crate::context::{CallTrace, Context};
use crate::{Request, Response};

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
const TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");

/// Who is at the other end; the server puts it into the request's extensions.
#[derive(Debug, Clone, Copy)]
pub struct Peer(pub IpAddr);

/// Begins the context of a request.
#[derive(Debug, Clone)]
pub struct RequestId {
    timeout: Duration,
    ids: Arc<Ids>,
}

impl RequestId {
    /// With the time that a request may take as a whole.
    pub fn new(timeout: Duration) -> Self {
        Self {
            timeout,
            ids: Arc::default(),
        }
    }
}

impl<E> Around<Request, Response, E> for RequestId {
    type After = Stamp;

    fn before(&self, request: &mut Request) -> Result<Stamp, Result<Response, E>> {
        let headers = request.headers();
        let header = |name| {
            headers
                .get(name)
                .and_then(|value: &HeaderValue| value.to_str().ok())
        };
        let request_id = header(REQUEST_ID).filter(|id| is_request_id(id)).map(Box::from);
        let traceparent = header(TRACEPARENT)
            .filter(|text| is_traceparent(text))
            .map(Box::from);
        let (fresh, span) = self.ids.next();
        let started = Instant::now();
        let context = Arc::new(Context {
            request_id: request_id.unwrap_or_else(|| HEXLOWER.encode(&fresh).into()),
            traceparent: traceparent.unwrap_or_else(|| new_traceparent(&fresh, &span)),
            started,
            deadline: started + self.timeout,
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
            calls: Arc::new(CallTrace::default()),
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
            for (name, text) in [
                (REQUEST_ID, &self.0.request_id),
                (TRACEPARENT, &self.0.traceparent),
            ] {
                if let Ok(value) = HeaderValue::from_str(text) {
                    response.headers_mut().insert(name, value);
                }
            }
            response
        })
    }
}

/// Ids that nobody can guess from another one: a counter through keyed hashes.
#[derive(Debug, Default)]
struct Ids {
    high: RandomState,
    low: RandomState,
    span: RandomState,
    count: AtomicU64,
}

impl Ids {
    /// For a request and its trace, and for the span that the trace begins with.
    fn next(&self) -> ([u8; 16], [u8; 8]) {
        let count = self.count.fetch_add(1, Ordering::Relaxed);
        // An id of zeros is invalid; the lowest bit keeps clear of it.
        let (high, low) = (self.high.hash_one(count), self.low.hash_one(count) | 1);
        let id = u128::from(high) << 64 | u128::from(low);
        (id.to_be_bytes(), (self.span.hash_one(count) | 1).to_be_bytes())
    }
}

fn new_traceparent(trace: &[u8], span: &[u8]) -> Box<str> {
    let mut text = String::with_capacity(55);
    text.push_str("00-");
    HEXLOWER.encode_append(trace, &mut text);
    text.push('-');
    HEXLOWER.encode_append(span, &mut text);
    text.push_str("-00");
    text.into()
}

fn is_request_id(text: &str) -> bool {
    (1..=128).contains(&text.len())
        && text
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.' | b':'))
}

/// W3C trace context, version 00.
fn is_traceparent(text: &str) -> bool {
    let hex = |part: &str, length| {
        part.len() == length
            && part
                .bytes()
                .all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
    };
    let zeros = |part: &str| part.bytes().all(|b| b == b'0');
    match text.split('-').collect::<Vec<_>>().as_slice() {
        ["00", trace, span, flags] => {
            hex(trace, 32) && hex(span, 16) && hex(flags, 2) && !zeros(trace) && !zeros(span)
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accepts_what_is_well_formed() {
        assert!(
            is_request_id("a-1_B.c:2") && !is_request_id("") && !is_request_id("a b") && !is_request_id("é")
        );
        assert!(!is_request_id(&"a".repeat(129)));
        let (trace, span) = Ids::default().next();
        let own = new_traceparent(&trace, &span);
        assert!(is_traceparent(&own), "{own}");
        for text in [
            "",
            "00-0",
            "01-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        ] {
            assert!(!is_traceparent(text));
        }
        assert!(!is_traceparent(
            "00-00000000000000000000000000000000-b7ad6b7169203331-01"
        ));
    }
}
