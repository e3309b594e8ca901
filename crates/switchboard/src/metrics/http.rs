//! Requests of clients.

use std::time::Duration;

use http::{Method, StatusCode};
use layers::Context;
use layers::observe::HttpObserver;
use prometheus::{HistogramVec, IntCounterVec, IntGauge};

use super::Maker;

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
