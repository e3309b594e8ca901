//! One span: what it tells, and the guard that ends it.

use std::sync::Arc;

use http::{Method, StatusCode};
use model::{Code, ConnectionName, Error};
use tokio::time::Instant;

use super::{Scope, SpanIds};
use crate::context::Context;
use crate::upstream::{Outcome, Received};

/// A span that has ended. It has names, codes and figures: nothing that a client or a provider has written.
#[derive(Debug)]
pub struct Span {
    /// Its ids.
    pub ids: SpanIds,
    /// The one that it is inside of.
    pub parent: Option<[u8; 8]>,
    /// When it began.
    pub started: Instant,
    /// When it ended.
    pub ended: Instant,
    /// What happened.
    pub what: What,
    /// How it ended; `None` if it was given up before, because whoever wanted it had left.
    pub end: Option<End>,
}

/// What a span tells of.
#[derive(Debug)]
pub enum What {
    /// A client's request.
    Request {
        /// What the layers know of it.
        context: Arc<Context>,
        /// Its method.
        method: Method,
    },
    /// Work for an entry of the cache, on behalf of all who wait for it.
    Fill {
        /// The resource's label.
        resource: &'static str,
    },
    /// One logical call to a provider.
    Call {
        /// Where to.
        to: Arc<Destination>,
        /// The operation that it serves.
        operation: &'static str,
    },
    /// An operation on the store that replicas share.
    Store {
        /// Which one.
        operation: store::Operation,
    },
    /// An attempt's wait for its turn.
    Queue {
        /// The connection whose turns they are.
        to: Arc<Destination>,
    },
    /// One attempt.
    Attempt {
        /// Where to.
        to: Arc<Destination>,
        /// The operation that it serves.
        operation: &'static str,
        /// What it is sent with.
        method: Method,
        /// How many came before it.
        resends: u32,
    },
}

/// Where calls of a connection go.
#[derive(Debug)]
pub struct Destination {
    /// The connection.
    pub connection: ConnectionName,
    /// Its provider's host and port, where they are known.
    pub server: Option<(Box<str>, u16)>,
}

/// How something has ended.
#[derive(Debug, Clone, Copy, Default)]
pub struct End {
    /// The status of the answer, if there was one.
    pub status: Option<u16>,
    /// The code of the error, if it was one.
    pub code: Option<Code>,
    /// What metrics call it.
    pub outcome: Option<Outcome>,
    /// What was wrong in the end, where neither of them says it.
    pub fault: Option<Fault>,
}

/// What was wrong in the end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// The body did not come to its end.
    Truncated,
    /// The store did not answer.
    Away,
}

impl Fault {
    /// In a word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Truncated => "truncated",
            Self::Away => "away",
        }
    }
}

impl End {
    /// Of an answer to a client.
    pub(crate) fn answered(status: StatusCode) -> Self {
        Self {
            status: Some(status.as_u16()),
            ..Self::default()
        }
    }

    /// Of what has no status.
    pub(crate) fn of<T>(result: &Result<T, Error>) -> Self {
        Self {
            code: result.as_ref().err().map(Error::code),
            ..Self::default()
        }
    }

    /// Of a call or an attempt.
    pub(crate) fn received(result: &Result<impl Received, Error>) -> Self {
        Self {
            status: result.as_ref().ok().map(Received::status),
            outcome: Some(Outcome::of(result)),
            ..Self::of(result)
        }
    }
}

/// A span under way. Dropped, it ends.
#[derive(Debug)]
pub struct OpenSpan {
    scope: Scope,
    started: Instant,
    what: Option<What>,
    end: Option<End>,
}

impl OpenSpan {
    pub(super) fn new(scope: Scope, what: What) -> Self {
        Self {
            scope,
            started: Instant::now(),
            what: Some(what),
            end: None,
        }
    }

    /// How it ends is known now; it may still last.
    #[must_use]
    pub fn ending(mut self, end: End) -> Self {
        self.end = Some(end);
        self
    }

    /// It has ended well so far, but the rest of the answer does not come.
    pub(crate) fn cut(mut self) {
        if let Some(end) = &mut self.end {
            end.fault = Some(Fault::Truncated);
        }
    }

    /// There was nothing to tell.
    pub fn discard(mut self) {
        self.what = None;
    }
}

impl Drop for OpenSpan {
    fn drop(&mut self) {
        let Some(what) = self.what.take() else { return };
        if let What::Request { context, .. } = &what
            && !context.is_traced()
        {
            return;
        }
        self.scope.tracer.sink.ended(Span {
            ids: self.scope.ids,
            parent: self.scope.parent,
            started: self.started,
            ended: Instant::now(),
            what,
            end: self.end,
        });
    }
}
