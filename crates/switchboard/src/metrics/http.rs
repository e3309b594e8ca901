//! Requests of clients.

use std::time::Duration;

use http::{Method, StatusCode};
use layers::Context;
use layers::observe::HttpObserver;
use prometheus::{HistogramVec, IntCounterVec, IntGauge};

use super::Maker;
use super::reading::{Counts, Durations, children, label, value};

/// Families about requests of clients.
pub struct HttpMetrics {
    requests: IntCounterVec,
    duration: HistogramVec,
    overhead: HistogramVec,
    in_flight: IntGauge,
    problems: IntCounterVec,
}

impl HttpMetrics {
    pub(super) fn new(make: &Maker) -> prometheus::Result<Self> {
        Ok(Self {
            requests: make.counter(
                "http_requests_total",
                "Requests, by their answer; status 499 is a client that left",
                &["route", "method", "status", "client"],
            )?,
            duration: make.histogram(
                "http_request_duration_seconds",
                "Time from the head of a request to the head of its answer",
                &["route", "method"],
            )?,
            overhead: make.histogram(
                "gateway_overhead_seconds",
                "Time of a request less its time on the wire to providers and in their queues",
                &["route"],
            )?,
            in_flight: make.gauge("http_requests_in_flight", "Requests under way")?,
            problems: make.counter(
                "problems_total",
                "Problems answered",
                &["code", "origin", "connection"],
            )?,
        })
    }

    pub(super) fn begin(&self, connections: &[&str]) {
        for (code, origin) in [("internal", "gateway"), ("overloaded", "gateway")] {
            self.problems.with_label_values(&[code, origin, "none"]);
        }
        for connection in connections {
            for code in [
                "provider_auth_failed",
                "provider_unavailable",
                "provider_timeout",
                "provider_protocol_error",
            ] {
                self.problems.with_label_values(&[code, "provider", *connection]);
            }
            self.problems
                .with_label_values(&["circuit_open", "gateway", *connection]);
            self.problems
                .with_label_values(&["overloaded", "gateway", *connection]);
        }
    }
}

/// What was counted of requests of clients.
#[derive(Debug)]
pub struct Requests {
    /// Under way.
    pub in_flight: u64,
    /// By the first digit of their status.
    pub by_class: [u64; 6],
    /// By the client's name.
    pub by_client: Counts<String>,
    /// From head to head.
    pub duration: Durations,
    /// Of that, without providers.
    pub overhead: Durations,
}

impl HttpMetrics {
    /// What was counted so far.
    pub fn read(&self) -> Requests {
        let (mut by_class, mut by_client) = ([0; 6], Counts::new());
        for child in children(&self.requests) {
            let count = value(&child);
            let digit = label(&child, "status").bytes().next();
            let digit = digit.map(|digit| usize::from(digit.saturating_sub(b'0')));
            if let Some(class) = digit.and_then(|digit| by_class.get_mut(digit)) {
                *class += count;
            }
            *by_client.entry(label(&child, "client").to_owned()).or_default() += count;
        }
        Requests {
            in_flight: self.in_flight.get().try_into().unwrap_or_default(),
            by_class,
            by_client,
            duration: Durations::of_family(&self.duration),
            overhead: Durations::of_family(&self.overhead),
        }
    }
}

impl HttpObserver for HttpMetrics {
    fn began(&self) {
        self.in_flight.inc();
    }

    fn ended(&self, context: &Context, method: &Method, status: Option<StatusCode>, took: Duration) {
        self.in_flight.dec();
        let (route, method) = (context.template(), method_label(method));
        let status = status.as_ref().map_or("499", StatusCode::as_str);
        self.requests
            .with_label_values(&[route, method, status, context.client_name()])
            .inc();
        self.duration
            .with_label_values(&[route, method])
            .observe(took.as_secs_f64());
        let elsewhere = context.calls.provider_time() + context.calls.queue_time();
        self.overhead
            .with_label_values(&[route])
            .observe(took.saturating_sub(elsewhere).as_secs_f64());
        if let Some(error) = context.error.get() {
            let connection = error.connection().map_or("none", model::ConnectionName::as_str);
            self.problems
                .with_label_values(&[error.code().as_str(), error.origin().as_str(), connection])
                .inc();
        }
    }
}

/// A method as a label; anybody can make one up.
pub(crate) fn method_label(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        Method::OPTIONS => "OPTIONS",
        _ => "other",
    }
}
