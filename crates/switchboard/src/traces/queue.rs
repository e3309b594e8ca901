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

#[cfg(test)]
mod tests {
    use layers::trace::{SpanIds, What};
    use tokio::time::Instant;

    use super::*;
    use crate::metrics::Metrics;

    fn span(number: u64) -> Span {
        let now = Instant::now();
        Span {
            ids: SpanIds {
                trace: [1; 16],
                span: number.to_be_bytes(),
            },
            parent: None,
            started: now,
            ended: now,
            what: What::Fill { resource: "numbers" },
            end: None,
        }
    }

    #[tokio::test(start_paused = true)]
    async fn what_finds_it_full_is_counted_and_the_rest_comes_in_its_order() {
        let metrics = Metrics::new().unwrap();
        let queue = Queue::new(metrics.spans_dropped());
        let most = u64::try_from(MOST).unwrap();
        (0..most + 3).for_each(|number| queue.ended(span(number)));
        let text = String::from_utf8(metrics.render(0, 0)).unwrap();
        assert!(
            text.contains("switchboard_trace_spans_dropped_total 3\n"),
            "{text}"
        );
        let mut expected = 0;
        for _ in 0..MOST / BATCH {
            queue.filled().await;
            for span in queue.take() {
                assert_eq!(u64::from_be_bytes(span.ids.span), expected);
                expected += 1;
            }
        }
        assert_eq!((expected, queue.take().len()), (most, 0));
    }
}
