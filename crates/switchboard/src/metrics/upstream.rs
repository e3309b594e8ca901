//! Calls to providers. Children are resolved when a connection is set up, so that a call only adds; but for times,
//! which have nineteen series for each operation, most of which are never asked for.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use layers::upstream::{CallObserver, CircuitState, Outcome};
use model::Operation;
use prometheus::core::{AtomicU64, GenericCounter};
use prometheus::{Histogram, HistogramVec, IntCounterVec, IntGauge, IntGaugeVec};

use super::reading::{Counts, Durations};
use super::{Maker, RESULTS, options};
use crate::proxy;

type Counter = GenericCounter<AtomicU64>;

/// Families about calls to providers.
pub struct UpstreamMetrics {
    requests: IntCounterVec,
    duration: HistogramVec,
    attempts: IntCounterVec,
    queue: HistogramVec,
    in_flight: IntGaugeVec,
    concurrency_limit: IntGaugeVec,
    circuit: IntGaugeVec,
    limits: IntCounterVec,
    /// Told by the overview alone: `/metrics` counts these by resource.
    reads: IntCounterVec,
    /// A connection that is set up anew goes on counting where it was.
    connections: Mutex<BTreeMap<String, Arc<Children>>>,
}

impl UpstreamMetrics {
    pub(super) fn new(make: &Maker, limits: IntCounterVec) -> prometheus::Result<Self> {
        Ok(Self {
            requests: make.counter(
                "upstream_requests_total",
                "Calls to providers, whatever their attempts, by how they ended",
                &["connection", "operation", "outcome"],
            )?,
            duration: make.histogram(
                "upstream_request_duration_seconds",
                "Time of one attempt on the wire",
                &["connection", "operation"],
            )?,
            attempts: make.counter(
                "upstream_attempts_total",
                "Attempts of calls to providers",
                &["connection", "operation", "reason"],
            )?,
            queue: make.histogram(
                "upstream_queue_seconds",
                "Time that attempts waited for their turn",
                &["connection"],
            )?,
            in_flight: make.gauges("upstream_in_flight", "Attempts under way", &["connection"])?,
            concurrency_limit: make.gauges(
                "upstream_concurrency_limit",
                "The most attempts that may be under way",
                &["connection"],
            )?,
            circuit: make.gauges(
                "circuit_state",
                "The circuit: 0 closed, 1 half-open, 2 open",
                &["connection"],
            )?,
            limits,
            reads: IntCounterVec::new(
                options("connection_reads_total", "Reads that concern a connection"),
                &["connection", "result"],
            )?,
            connections: Mutex::default(),
        })
    }

    /// No connection of that name is configured any more. What was counted stays, as counters do.
    pub fn forget(&self, name: &str) {
        for gauge in [&self.in_flight, &self.concurrency_limit, &self.circuit] {
            // There is one, unless the name was never configured.
            drop(gauge.remove_label_values(&[name]));
        }
    }

    /// The children of one connection. Those of operations that it `has` are there from now on.
    pub fn connection(
        &self,
        name: &str,
        max_concurrency: usize,
        has: impl Fn(Operation) -> bool,
    ) -> ConnectionLabels {
        let limit = self.concurrency_limit.with_label_values(&[name]);
        limit.set(i64::try_from(max_concurrency).unwrap_or(i64::MAX));
        self.circuit.with_label_values(&[name]).set(0);
        let mut connections = self.connections.lock().unwrap_or_else(PoisonError::into_inner);
        let children = connections
            .entry(name.to_owned())
            .or_insert_with(|| Arc::new(self.children(name)));
        let has = Operation::ALL.into_iter().filter(|operation| has(*operation));
        for operation in has.map(Operation::name).chain([proxy::OPERATION]) {
            children.of(operation);
        }
        ConnectionLabels(Arc::clone(children))
    }

    fn children(&self, name: &str) -> Children {
        let operations = Operation::ALL.into_iter().map(Operation::name);
        Children {
            name: name.to_owned(),
            requests: self.requests.clone(),
            duration: self.duration.clone(),
            attempts: self.attempts.clone(),
            operations: operations
                .chain([proxy::OPERATION])
                .map(|operation| (operation, OnceLock::new()))
                .collect(),
            reads: RESULTS.map(|result| self.reads.with_label_values(&[name, result])),
            queue: self.queue.with_label_values(&[name]),
            in_flight: self.in_flight.with_label_values(&[name]),
            circuit: self.circuit.with_label_values(&[name]),
            allowed: self.limits.with_label_values(&["connection", name, "allowed"]),
            refused: self.limits.with_label_values(&["connection", name, "refused"]),
        }
    }
}

/// The children of one connection.
#[derive(Clone)]
pub struct ConnectionLabels(Arc<Children>);

struct Children {
    name: String,
    requests: IntCounterVec,
    duration: HistogramVec,
    attempts: IntCounterVec,
    operations: BTreeMap<&'static str, OnceLock<OperationLabels>>,
    reads: [Counter; RESULTS.len()],
    queue: Histogram,
    in_flight: IntGauge,
    circuit: IntGauge,
    allowed: Counter,
    refused: Counter,
}

struct OperationLabels {
    outcomes: [Counter; Outcome::ALL.len()],
    /// Since the first attempt.
    duration: OnceLock<Histogram>,
    first: Counter,
    retry: Counter,
}

impl Children {
    fn of(&self, operation: &'static str) -> Option<&OperationLabels> {
        let labels = self.operations.get(operation)?;
        let attempts = |reason| {
            self.attempts
                .with_label_values(&[self.name.as_str(), operation, reason])
        };
        Some(labels.get_or_init(|| OperationLabels {
            outcomes: Outcome::ALL.map(|outcome| {
                self.requests
                    .with_label_values(&[self.name.as_str(), operation, outcome.as_str()])
            }),
            duration: OnceLock::new(),
            first: attempts("first"),
            retry: attempts("retry"),
        }))
    }

    fn on_wire(&self, operation: &'static str, took: Duration) {
        let Some(labels) = self.of(operation) else {
            return;
        };
        labels
            .duration
            .get_or_init(|| self.duration.with_label_values(&[self.name.as_str(), operation]))
            .observe(took.as_secs_f64());
    }
}

impl ConnectionLabels {
    /// The cache has done this with a read that concerns the connection.
    pub fn read(&self, result: &'static str) {
        let at = RESULTS.iter().position(|known| *known == result);
        if let Some(counter) = at.and_then(|at| self.0.reads.get(at)) {
            counter.inc();
        }
    }

    /// Calls by their outcome, whatever the operation.
    pub fn calls(&self) -> Counts {
        let of = |(at, outcome): (usize, Outcome)| {
            let counters = self.operations().filter_map(|labels| labels.outcomes.get(at));
            (outcome.as_str(), counters.map(Counter::get).sum())
        };
        Outcome::ALL.into_iter().enumerate().map(of).collect()
    }

    /// Reads that concern the connection, by what the cache has done with them.
    pub fn reads(&self) -> Counts {
        let counts = self.0.reads.iter().map(Counter::get);
        RESULTS.into_iter().zip(counts).collect()
    }

    /// Time on the wire.
    pub fn duration(&self) -> Durations {
        Durations::of(self.operations().filter_map(|labels| labels.duration.get()))
    }

    /// Time that attempts waited for their turn.
    pub fn queue(&self) -> Durations {
        Durations::of([&self.0.queue])
    }

    /// Attempts under way.
    pub fn under_way(&self) -> u64 {
        self.0.in_flight.get().try_into().unwrap_or_default()
    }

    fn operations(&self) -> impl Iterator<Item = &OperationLabels> {
        self.0.operations.values().filter_map(OnceLock::get)
    }
}

impl CallObserver for ConnectionLabels {
    fn finished(&self, operation: &'static str, outcome: Outcome, _: Duration) {
        let at = Outcome::ALL.iter().position(|known| *known == outcome);
        if let Some(counter) = self.0.of(operation).and_then(|labels| labels.outcomes.get(at?)) {
            counter.inc();
        }
    }

    fn attempt(&self, operation: &'static str, retry: bool) {
        if let Some(labels) = self.0.of(operation) {
            if retry {
                labels.retry.inc();
            } else {
                labels.first.inc();
            }
        }
    }

    fn on_wire(&self, operation: &'static str, took: Duration) {
        self.0.on_wire(operation, took);
    }

    fn queued(&self, waited: Duration) {
        self.0.queue.observe(waited.as_secs_f64());
    }

    fn in_flight(&self, delta: i64) {
        self.0.in_flight.add(delta);
    }

    fn circuit(&self, state: CircuitState) {
        self.0.circuit.set(match state {
            CircuitState::Closed => 0,
            CircuitState::HalfOpen => 1,
            CircuitState::Open => 2,
        });
    }

    fn limiter(&self, allowed: bool) {
        if allowed {
            self.0.allowed.inc();
        } else {
            self.0.refused.inc();
        }
    }
}
