//! The queue between requests and the exporter. It is bounded: what finds it full is dropped, and counted.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use layers::trace::{Span, SpanSink};
use tokio::sync::Notify;

use crate::metrics::SpansDropped;

/// The most spans of one message: a few hundred kilobytes, where collectors take four megabytes.
const BATCH: usize = 512;
/// The most spans that wait.
const MOST: usize = 8 * BATCH;
/// How long a span waits for others to go with.
const GATHER: Duration = Duration::from_secs(1);

/// Spans that wait for the exporter.
pub(super) struct Queue {
    spans: Mutex<Vec<Span>>,
    some: Notify,
    many: Notify,
    dropped: SpansDropped,
}

impl Queue {
    pub(super) fn new(dropped: SpansDropped) -> Self {
        Self {
            spans: Mutex::default(),
            some: Notify::new(),
            many: Notify::new(),
            dropped,
        }
    }

    /// Waits until there is something to deliver, and for a moment for more of it.
    pub(super) async fn filled(&self) {
        if self.lock().is_empty() {
            self.some.notified().await;
        }
        // Either is an end of waiting.
        let _ = tokio::time::timeout(GATHER, self.many.notified()).await;
    }

    /// The oldest, at most a batch of them.
    pub(super) fn take(&self) -> Vec<Span> {
        let mut spans = self.lock();
        let count = spans.len().min(BATCH);
        if count == spans.len() {
            // The memory of a burst goes with it.
            std::mem::take(&mut *spans)
        } else {
            spans.drain(..count).collect()
        }
    }

    /// So many will not be delivered.
    pub(super) fn lose(&self, count: usize) {
        self.dropped.add(count);
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Span>> {
        self.spans.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl SpanSink for Queue {
    fn ended(&self, span: Span) {
        let mut spans = self.lock();
        if spans.len() >= MOST {
            // The span itself is dropped after the lock.
            drop(spans);
            return self.lose(1);
        }
        spans.push(span);
        let count = spans.len();
        drop(spans);
        match count {
            1 => self.some.notify_one(),
            BATCH => self.many.notify_one(),
            _ => {}
        }
    }
}
