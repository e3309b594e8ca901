//! Tracing: what a request, a fill, a call and its attempts tell of themselves when they are over, and how they hang
//! together. Nothing here knows how spans are exported; of a request that is not traced there is nothing at all.

mod parent;
mod span;
mod store;

use std::fmt;
use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use http::HeaderValue;

pub(crate) use self::parent::{Parent, TRACEPARENT, state};
pub use self::span::{Destination, End, Fault, OpenSpan, Span, What};
pub(crate) use self::store::storing;
use crate::value::Writer;

/// Where spans go that have ended. Called in passing, so it must neither wait nor call back.
pub trait SpanSink: Send + Sync + 'static {
    /// One has ended.
    fn ended(&self, span: Span);
}

/// What tells a span from all others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SpanIds {
    /// The trace that it belongs to.
    pub trace: [u8; 16],
    /// Its own.
    pub span: [u8; 8],
}

impl SpanIds {
    /// As `traceparent`, version 00.
    pub fn to_header(self, sampled: bool) -> HeaderValue {
        Writer::new()
            .text("00-")
            .hex(self.trace)
            .text("-")
            .hex(self.span)
            .text(if sampled { "-01" } else { "-00" })
            .finish()
    }
}

/// Ids that nobody can guess from another one: a counter through keyed hashes.
#[derive(Debug, Default)]
pub(crate) struct Ids {
    high: RandomState,
    low: RandomState,
    span: RandomState,
    count: AtomicU64,
}

impl Ids {
    /// For a request and its trace, and for the span that the trace begins with.
    pub(crate) fn next(&self) -> SpanIds {
        let count = self.count.fetch_add(1, Ordering::Relaxed);
        // An id of zeros is invalid; the lowest bit keeps clear of it.
        let (high, low) = (self.high.hash_one(count), self.low.hash_one(count) | 1);
        let id = u128::from(high) << 64 | u128::from(low);
        SpanIds {
            trace: id.to_be_bytes(),
            // Who is told of one of them is told of both.
            span: ((high ^ low.rotate_left(32)) | 1).to_be_bytes(),
        }
    }

    fn next_span(&self) -> [u8; 8] {
        let count = self.count.fetch_add(1, Ordering::Relaxed);
        (self.span.hash_one(count) | 1).to_be_bytes()
    }
}

/// Decides what is traced, and knows where spans go.
pub struct Tracer {
    sink: Arc<dyn SpanSink>,
    ids: Ids,
    /// A draw below this is traced.
    bound: f64,
}

impl Tracer {
    /// Traces this share of the requests that nobody else has decided about.
    pub fn new(sink: Arc<dyn SpanSink>, ratio: f64) -> Self {
        Self {
            sink,
            ids: Ids::default(),
            bound: ratio * (f64::from(u32::MAX) + 1.0),
        }
    }

    /// The id that was made here decides, not one that a client has chosen.
    fn draws(&self, made_here: &SpanIds) -> bool {
        let [.., a, b, c, d] = made_here.span;
        // The lowest bit is no chance.
        f64::from(u32::from_be_bytes([a, b, c, d]) & !1) < self.bound
    }

    /// The span of a request, if it may be traced. `own` was made here.
    pub(crate) fn begin(self: &Arc<Self>, own: SpanIds, parent: Option<&Parent>) -> Option<Beginning> {
        let drawn = self.draws(&own);
        // Who has decided not to trace it has decided for all.
        if !parent.map_or(drawn, |parent| parent.sampled) {
            return None;
        }
        let trace = parent.map_or(own.trace, |parent| parent.ids.trace);
        let ids = SpanIds { trace, ..own };
        Some(Beginning {
            scope: Scope {
                tracer: Arc::clone(self),
                ids,
                parent: parent.map(|parent| parent.ids.span),
            },
            wished: !drawn,
        })
    }
}

/// The span of a request that may be traced.
pub(crate) struct Beginning {
    pub(crate) scope: Scope,
    /// Nothing but its client's wish speaks for it.
    pub(crate) wished: bool,
}

/// The span that something happens in.
#[derive(Clone)]
pub struct Scope {
    tracer: Arc<Tracer>,
    ids: SpanIds,
    parent: Option<[u8; 8]>,
}

impl Scope {
    /// The ids of the span.
    pub const fn ids(&self) -> SpanIds {
        self.ids
    }

    /// A span inside of this one.
    #[must_use]
    pub fn child(&self) -> Self {
        Self {
            tracer: Arc::clone(&self.tracer),
            ids: SpanIds {
                trace: self.ids.trace,
                span: self.tracer.ids.next_span(),
            },
            parent: Some(self.ids.span),
        }
    }

    /// Begins the span. It ends when what comes back is dropped.
    pub fn open(self, what: What) -> OpenSpan {
        OpenSpan::new(self, what)
    }

    /// Whether this is a span inside of that one.
    pub(crate) fn is_child_of(&self, other: &Self) -> bool {
        self.ids.trace == other.ids.trace && self.parent == Some(other.ids.span)
    }
}

impl fmt::Debug for Tracer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tracer").finish_non_exhaustive()
    }
}

impl fmt::Debug for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Scope").field(&self.ids).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Nowhere;

    impl SpanSink for Nowhere {
        fn ended(&self, _: Span) {}
    }

    fn share(ratio: f64) -> usize {
        let tracer = Arc::new(Tracer::new(Arc::new(Nowhere), ratio));
        let ids = Ids::default();
        let begun = (0..10_000).filter(|_| tracer.begin(ids.next(), None).is_some());
        begun.count()
    }

    #[test]
    fn the_share_is_what_was_asked_for() {
        assert_eq!((share(0.0), share(1.0)), (0, 10_000));
        let tenth = share(0.1);
        assert!((800..1200).contains(&tenth), "{tenth}");
    }
}
