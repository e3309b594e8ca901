//! Takes spans to the collector, batch by batch. A batch that fails for now is sent again, later and later, and at last
//! given up; meanwhile the queue fills, and what does not fit is dropped.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;

use super::collector::{Failure, Line};
use super::message::Messages;
use super::queue::Queue;

/// How often a batch is sent before it is given up.
const ATTEMPTS: u32 = 6;
/// The first pause; each further one is twice as long, so that a collector has half a minute to come back.
const PAUSE: Duration = Duration::from_secs(1);
/// No hint of the collector's makes a pause longer than this.
const LONGEST: Duration = Duration::from_secs(30);
/// What the log says of a collector that comes and goes, it says once in this time.
const SELDOM: Duration = Duration::from_mins(5);

/// Takes spans to the collector.
pub(super) struct Delivery {
    line: Line,
    messages: Messages,
    queue: Arc<Queue>,
    stop: CancellationToken,
    report: Report,
}

impl Delivery {
    pub(super) fn new(line: Line, messages: Messages, queue: Arc<Queue>, stop: CancellationToken) -> Self {
        Self {
            line,
            messages,
            queue,
            stop,
            report: Report::default(),
        }
    }

    /// Until it is stopped, and then what is left.
    pub(super) async fn run(mut self) {
        let stop = self.stop.clone();
        loop {
            let stopped = tokio::select! {
                () = stop.cancelled() => true,
                () = self.queue.filled() => false,
            };
            loop {
                let spans = self.queue.take();
                if spans.is_empty() {
                    break;
                }
                self.deliver(spans).await;
            }
            if stopped {
                return;
            }
        }
    }

    async fn deliver(&mut self, spans: Vec<layers::trace::Span>) {
        let count = spans.len();
        let message = self.messages.of(spans);
        let mut pause = PAUSE;
        for attempt in 1..=ATTEMPTS {
            let failure = match self.line.send(message.clone()).await {
                Ok(refused) => {
                    self.queue.lose(refused.min(count));
                    return self.report.delivered(refused);
                }
                Err(failure) => failure,
            };
            self.report.failed(&failure);
            if !failure.is_passing() || attempt == ATTEMPTS || self.stop.is_cancelled() {
                break;
            }
            // Never sooner than by ourselves: a hint of nothing would spend all attempts at once.
            let hint = failure.wait().unwrap_or_default().min(LONGEST);
            tokio::select! {
                // Once more at once: it is the last chance.
                () = self.stop.cancelled() => {}
                () = sleep(pause.max(hint)) => {}
            }
            pause *= 2;
        }
        self.queue.lose(count);
    }
}

/// What the log says of the collector: not each failure, but that it began to fail, and that it works again.
#[derive(Default)]
struct Report {
    /// Whether the last message failed.
    failing: bool,
    told: Option<Instant>,
    /// Whether the log has said so.
    owes_relief: bool,
}

impl Report {
    fn failed(&mut self, failure: &Failure) {
        let seldom = self.told.is_none_or(|told| told.elapsed() >= SELDOM);
        if !self.failing && seldom {
            tracing::warn!(problem = %failure, "traces do not reach their collector; requests are served as ever");
            (self.told, self.owes_relief) = (Some(Instant::now()), true);
        }
        self.failing = true;
    }

    fn delivered(&mut self, refused: usize) {
        self.failing = false;
        if std::mem::take(&mut self.owes_relief) {
            tracing::info!("traces reach their collector again");
        }
        if refused > 0 && self.told.is_none_or(|told| told.elapsed() >= SELDOM) {
            self.told = Some(Instant::now());
            tracing::warn!(refused, "the collector does not take all spans");
        }
    }
}
