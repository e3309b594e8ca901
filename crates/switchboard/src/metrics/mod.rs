//! Every metric of the gateway. No other module touches the `prometheus` crate, so that another one could take
//! its place. Label sets are closed: route templates, configured names, and words of the code.

mod http;
mod process;
mod reading;
mod upstream;

use std::sync::Arc;
use std::time::SystemTime;

use model::Timestamp;
use prometheus::core::Collector;
use prometheus::{
    Encoder, Gauge, GaugeVec, HistogramOpts, HistogramVec, IntCounter, IntCounterVec, IntGauge, IntGaugeVec,
    Opts, Registry,
};

pub(crate) use self::http::method_label;
pub use self::http::{HttpMetrics, Requests};
use self::process::Process;
pub use self::reading::{Counts, Durations};
pub use self::upstream::{ConnectionLabels, UpstreamMetrics};
use crate::{clock, telemetry};

/// From half a millisecond to fifteen seconds.
const BUCKETS: &[f64] = &[
    0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 15.0,
];

/// What the cache does with a request.
const RESULTS: [&str; 5] = ["hit", "miss", "stale", "collapsed", "bypass"];

/// The registry and every family in it.
#[derive(Clone)]
pub struct Metrics {
    /// Since when they count.
    pub started: Timestamp,
    registry: Registry,
    /// Requests of clients.
    pub http: Arc<HttpMetrics>,
    /// Calls to providers.
    pub upstream: Arc<UpstreamMetrics>,
    cache: CacheFamilies,
    drift: IntCounterVec,
    sources: IntCounterVec,
    auth_failures: IntCounterVec,
    limits: IntCounterVec,
    store_errors: IntCounterVec,
    spans_dropped: IntCounterVec,
    connections: IntGauge,
    jwks: GaugeVec,
    certificate_expiry: GaugeVec,
    lost_lines: IntCounter,
    configuration: ConfigurationFamilies,
}

#[derive(Clone)]
struct CacheFamilies {
    requests: IntCounterVec,
    entries: IntGauge,
    bytes: IntGauge,
}

impl CacheFamilies {
    fn new(make: &Maker) -> prometheus::Result<Self> {
        Ok(Self {
            requests: make.counter(
                "cache_requests_total",
                "Requests that the cache has seen, by what it did",
                &["resource", "result"],
            )?,
            entries: make.gauge("cache_entries", "Answers in the cache")?,
            bytes: make.gauge("cache_bytes", "Bytes in the cache")?,
        })
    }
}

#[derive(Clone)]
struct ConfigurationFamilies {
    info: GaugeVec,
    connections: IntGaugeVec,
    successful: IntGauge,
    read_at: Gauge,
}

impl ConfigurationFamilies {
    fn new(make: &Maker) -> prometheus::Result<Self> {
        Ok(Self {
            info: make.real_gauges("config_info", "The running configuration", &["hash"])?,
            connections: make.gauges(
                "connection_info",
                "A configured connection",
                &["connection", "provider", "sandbox"],
            )?,
            successful: make.gauge(
                "config_last_reload_successful",
                "Whether the last configuration that was read is the one that runs",
            )?,
            read_at: make.real_gauge(
                "config_last_reload_timestamp_seconds",
                "When the running configuration was read",
            )?,
        })
    }
}

impl Metrics {
    /// Registers everything. Fails only if two families had one name.
    pub fn new() -> prometheus::Result<Self> {
        let make = Maker::default();
        make.registry.register(Box::new(Process::new()?))?;
        let limits = make.counter(
            "rate_limit_decisions_total",
            "Decisions of rate limiters",
            &["limiter", "name", "decision"],
        )?;
        Ok(Self {
            started: clock::now(),
            http: Arc::new(HttpMetrics::new(&make)?),
            upstream: Arc::new(UpstreamMetrics::new(&make, limits.clone())?),
            cache: CacheFamilies::new(&make)?,
            drift: make.counter(
                "schema_drift_total",
                "Differences between providers' answers and the known schema",
                &["provider", "resource", "kind"],
            )?,
            sources: make.counter(
                "list_sources_total",
                "Connections asked for a page of a list",
                &["connection", "status"],
            )?,
            auth_failures: make.counter(
                "auth_failures_total",
                "Refused credentials of clients",
                &["reason"],
            )?,
            limits,
            store_errors: make.counter(
                "store_errors_total",
                "Operations that the store which replicas share did not do",
                &["operation"],
            )?,
            connections: make.gauge("http_connections", "Open client connections")?,
            // Without a label these have a series only once they have a value: there may be no collector and no issuer,
            // and a plain listener has no certificate.
            spans_dropped: spans_dropped(&make)?,
            jwks: make.real_gauges(
                "jwks_last_success_timestamp_seconds",
                "When the keys of the issuer of tokens were last fetched; 0 if never",
                &[],
            )?,
            lost_lines: make.register(IntCounter::with_opts(options(
                "log_lines_dropped_total",
                "Lines of the log that nobody read in time",
            ))?)?,
            certificate_expiry: make.real_gauges(
                "tls_certificate_expiry_timestamp_seconds",
                "When the listener's certificate ends",
                &[],
            )?,
            configuration: ConfigurationFamilies::new(&make)?,
            registry: build(make)?,
        })
    }

    /// Sets what is known of a configuration from now on, and starts at 0 what alerts look at.
    pub fn begin(&self, start: &Start<'_>) {
        self.configuration.info.reset();
        self.configuration
            .info
            .with_label_values(&[start.config_hash])
            .set(1.0);
        self.configuration.connections.reset();
        for (connection, provider, sandbox) in start.connections {
            self.configuration
                .connections
                .with_label_values(&[*connection, *provider, if *sandbox { "true" } else { "false" }])
                .set(1);
            for status in ["ok", "stale", "error", "unsupported"] {
                self.sources.with_label_values(&[*connection, status]);
            }
            for resource in start.resources {
                for kind in model::DriftKind::ALL {
                    self.drift
                        .with_label_values(&[*provider, *resource, kind.as_str()]);
                }
            }
        }
        for reason in layers::authenticate::AuthFailure::ALL {
            self.auth_failures.with_label_values(&[reason.as_str()]);
        }
        for operation in store::Operation::ALL {
            self.store_errors.with_label_values(&[operation.as_str()]);
        }
        let names = start
            .connections
            .iter()
            .map(|(name, ..)| *name)
            .collect::<Vec<_>>();
        self.http.begin(&names);
        if start.has_issuer {
            self.jwks();
        } else {
            self.jwks.reset();
        }
        self.reloaded(true);
    }

    /// The exposition in Prometheus' text format. `entries` and `bytes` are those of the cache at this moment.
    pub fn render(&self, entries: u64, bytes: u64) -> Vec<u8> {
        self.lost_lines
            .inc_by(telemetry::lost_lines().saturating_sub(self.lost_lines.get()));
        self.cache.entries.set(i64::try_from(entries).unwrap_or(i64::MAX));
        self.cache.bytes.set(i64::try_from(bytes).unwrap_or(i64::MAX));
        let mut text = Vec::with_capacity(16 * 1024);
        if let Err(error) = prometheus::TextEncoder::new().encode(&self.registry.gather(), &mut text) {
            tracing::error!(%error, "metrics could not be rendered");
        }
        text
    }

    /// The media type of the exposition.
    pub const fn content_type() -> &'static str {
        "text/plain; version=0.0.4; charset=utf-8"
    }

    /// The cache has seen a request.
    pub fn cache_request(&self, resource: &'static str, result: &'static str) {
        self.cache.requests.with_label_values(&[resource, result]).inc();
    }

    /// A provider's answer differs from the known schema.
    pub fn drift(&self, provider: &'static str, resource: &'static str, kind: &'static str) {
        self.drift.with_label_values(&[provider, resource, kind]).inc();
    }

    /// A connection was asked for a page.
    pub fn source(&self, connection: &str, status: &str) {
        self.sources.with_label_values(&[connection, status]).inc();
    }

    /// A credential was refused.
    pub fn auth_failure(&self, reason: &'static str) {
        self.auth_failures.with_label_values(&[reason]).inc();
    }

    /// The keys of the issuer of tokens were fetched.
    pub fn jwks_fetched(&self) {
        self.jwks().set(clock::unix_seconds());
    }

    fn jwks(&self) -> Gauge {
        let none: &[&str] = &[];
        self.jwks.with_label_values(none)
    }

    /// A client's limiter has decided.
    pub fn client_limit(&self, name: &str, allowed: bool) {
        let decision = if allowed { "allowed" } else { "refused" };
        self.limits.with_label_values(&["client", name, decision]).inc();
    }

    /// The store did not do something.
    pub fn store_failed(&self, operation: store::Operation) {
        self.store_errors.with_label_values(&[operation.as_str()]).inc();
    }

    /// Counts spans that are lost, from 0 on.
    pub fn spans_dropped(&self) -> SpansDropped {
        let none: &[&str] = &[];
        SpansDropped(self.spans_dropped.with_label_values(none))
    }

    /// The listener's certificate ends then.
    pub fn certificate_expiry(&self, end: SystemTime) {
        let none: &[&str] = &[];
        self.certificate_expiry
            .with_label_values(none)
            .set(clock::seconds_of(end));
    }

    /// Something of the configuration was read again, and is in use, or was of no use.
    pub fn reloaded(&self, successful: bool) {
        self.configuration.successful.set(i64::from(successful));
        if successful {
            self.configuration.read_at.set(clock::unix_seconds());
        }
    }

    /// A client connection was opened, or closed.
    pub fn connection(&self, change: i64) {
        self.connections.add(change);
    }
}

/// Counts spans that are lost.
#[derive(Debug, Clone)]
pub struct SpansDropped(IntCounter);

impl SpansDropped {
    /// So many more.
    pub fn add(&self, count: usize) {
        self.0.inc_by(u64::try_from(count).unwrap_or(u64::MAX));
    }
}

fn spans_dropped(make: &Maker) -> prometheus::Result<IntCounterVec> {
    let help = "Spans that did not reach their collector";
    make.counter("trace_spans_dropped_total", help, &[])
}

/// Says which build runs.
fn build(make: Maker) -> prometheus::Result<Registry> {
    let version = env!("CARGO_PKG_VERSION");
    let revision = option_env!("SWITCHBOARD_REVISION").unwrap_or("unknown");
    make.real_gauges("build_info", "The running build", &["version", "revision"])?
        .with_label_values(&[version, revision])
        .set(1.0);
    Ok(make.registry)
}

/// What is known once the configuration is read.
#[derive(Debug)]
pub struct Start<'a> {
    /// The hash of the configuration.
    pub config_hash: &'a str,
    /// Name, provider, sandbox.
    pub connections: &'a [(&'a str, &'static str, bool)],
    /// Whether tokens are accepted.
    pub has_issuer: bool,
    /// The resources that decoders report drift for.
    pub resources: &'a [&'static str],
}

/// Makes families under the common prefix.
#[derive(Default)]
struct Maker {
    registry: Registry,
}

impl Maker {
    fn counter(&self, name: &str, help: &str, labels: &[&str]) -> prometheus::Result<IntCounterVec> {
        self.register(IntCounterVec::new(options(name, help), labels)?)
    }

    fn gauge(&self, name: &str, help: &str) -> prometheus::Result<IntGauge> {
        self.register(IntGauge::with_opts(options(name, help))?)
    }

    fn real_gauge(&self, name: &str, help: &str) -> prometheus::Result<Gauge> {
        self.register(Gauge::with_opts(options(name, help))?)
    }

    fn gauges(&self, name: &str, help: &str, labels: &[&str]) -> prometheus::Result<IntGaugeVec> {
        self.register(IntGaugeVec::new(options(name, help), labels)?)
    }

    fn real_gauges(&self, name: &str, help: &str, labels: &[&str]) -> prometheus::Result<GaugeVec> {
        self.register(GaugeVec::new(options(name, help), labels)?)
    }

    fn histogram(&self, name: &str, help: &str, labels: &[&str]) -> prometheus::Result<HistogramVec> {
        let options = HistogramOpts::from(options(name, help)).buckets(BUCKETS.to_vec());
        self.register(HistogramVec::new(options, labels)?)
    }

    fn register<C: Collector + Clone + 'static>(&self, collector: C) -> prometheus::Result<C> {
        self.registry.register(Box::new(collector.clone()))?;
        Ok(collector)
    }
}

fn options(name: &str, help: &str) -> Opts {
    Opts::new(format!("switchboard_{name}"), help)
}
