//! Spans on their way to a collector, by OTLP. Without `telemetry.otlp_endpoint` nothing of this exists.
//!
//! A request leaves a span in a bounded queue and goes on; one task takes them from there in batches. What a collector
//! does, or fails to do, is no matter of a request's.

mod collector;
mod deliver;
mod message;
mod queue;

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use layers::trace::Tracer;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use self::collector::Line;
use self::deliver::Delivery;
use self::message::Messages;
use self::queue::Queue;
use crate::config::{Collector, Config};
use crate::metrics::Metrics;

/// How long the end of the process waits for what is left.
const LAST_WORDS: Duration = Duration::from_secs(2);

/// Where spans go: the queue that gateways fill, one after the other.
#[derive(Clone)]
pub struct Traces(Arc<Queue>);

impl Traces {
    /// What decides which requests are traced.
    pub fn tracer(&self, config: &Config) -> Arc<Tracer> {
        let sink = Arc::clone(&self.0);
        Arc::new(Tracer::new(sink, config.telemetry.sample_ratio))
    }
}

/// Who takes spans to the collector.
pub struct Exporter {
    stop: CancellationToken,
    task: JoinHandle<()>,
}

/// Begins, if the configuration names a collector.
pub fn begin(
    config: &Config,
    metrics: &Metrics,
    services: &TaskTracker,
) -> Result<Option<(Traces, Exporter)>, String> {
    let Some(collector) = &config.telemetry.otlp_endpoint else {
        return Ok(None);
    };
    let line = Line::new(collector).map_err(|problem| format!("telemetry.otlp_endpoint: {problem}"))?;
    let queue = Arc::new(Queue::new(metrics.spans_dropped()));
    let stop = CancellationToken::new();
    let delivery = Delivery::new(line, Messages::new(config)?, Arc::clone(&queue), stop.clone());
    let task = services.spawn(delivery.run());
    Ok(Some((Traces(queue), Exporter { stop, task })))
}

/// Whether the collector takes a message, of no span: once, and without an exporter that lasts.
pub async fn reach(collector: &Collector) -> Result<(), String> {
    let taken = Line::new(collector)?.send(Bytes::new()).await;
    taken.map(drop).map_err(|failure| failure.to_string())
}

impl Exporter {
    /// Delivers what is left, as far as that is possible at once.
    pub async fn finish(mut self) {
        self.stop.cancel();
        if tokio::time::timeout(LAST_WORDS, &mut self.task).await.is_err() {
            self.task.abort();
            tracing::warn!("the collector of traces is too slow; the last spans are lost");
        }
    }
}
