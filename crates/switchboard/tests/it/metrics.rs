//! `/metrics`: every family with exactly its labels, and what is there from the start.

use std::collections::{BTreeMap, BTreeSet};

use crate::rig::Gateway;

/// What `/metrics` says: families by name, each with its type, and the labels of each sample.
#[derive(Debug, Default)]
pub(crate) struct Exposition {
    types: BTreeMap<String, String>,
    helps: BTreeSet<String>,
    pub(crate) series: BTreeMap<String, String>,
}

impl Exposition {
    pub(crate) async fn of(gateway: &Gateway) -> Self {
        let answer = gateway.admin.get("/metrics").await;
        assert_eq!(answer.status, 200);
        assert_eq!(
            answer.header("content-type"),
            "text/plain; version=0.0.4; charset=utf-8"
        );
        let mut read = Self::default();
        for line in std::str::from_utf8(&answer.body).unwrap().lines() {
            if let Some(help) = line.strip_prefix("# HELP ") {
                let (name, text) = help.split_once(' ').unwrap();
                assert!(!text.is_empty() && read.helps.insert(name.to_owned()), "{line}");
            } else if let Some(kind) = line.strip_prefix("# TYPE ") {
                let (name, kind) = kind.split_once(' ').unwrap();
                assert!(
                    read.types.insert(name.to_owned(), kind.to_owned()).is_none(),
                    "{line}"
                );
            } else {
                let (series, value) = line.rsplit_once(' ').unwrap();
                assert!(value.parse::<f64>().is_ok(), "{line}");
                assert!(
                    read.series.insert(series.to_owned(), value.to_owned()).is_none(),
                    "twice: {line}"
                );
            }
        }
        read
    }

    /// The family that a series belongs to: histograms have three kinds of samples.
    fn family<'s>(&self, series: &'s str) -> &'s str {
        let name = series.split('{').next().unwrap();
        let ends = ["_bucket", "_sum", "_count"];
        let base = ends.iter().find_map(|end| name.strip_suffix(end));
        base.filter(|base| self.types.get(*base).is_some_and(|kind| kind == "histogram"))
            .unwrap_or(name)
    }

    fn labels(&self, family: &str) -> BTreeSet<BTreeSet<String>> {
        let series = self.series.keys().filter(|series| self.family(series) == family);
        series
            .map(|series| labels(series).into_keys().filter(|name| name != "le").collect())
            .collect()
    }

    fn values(&self, family: &str, label: &str) -> BTreeSet<String> {
        let series = self.series.keys().filter(|series| self.family(series) == family);
        series.filter_map(|series| labels(series).remove(label)).collect()
    }
}

fn labels(series: &str) -> BTreeMap<String, String> {
    let Some((_, inside)) = series.split_once('{') else {
        return BTreeMap::new();
    };
    let pairs = inside.strip_suffix('}').unwrap().split("\",");
    let pair = |pair: &str| {
        let (name, value) = pair.split_once("=\"").unwrap();
        (name.to_owned(), value.trim_end_matches('"').to_owned())
    };
    pairs.map(pair).collect()
}

const FAMILIES: [(&str, &str, &[&str]); 31] = [
    ("switchboard_build_info", "gauge", &["version", "revision"]),
    (
        "switchboard_connection_info",
        "gauge",
        &["connection", "provider", "sandbox"],
    ),
    (
        "switchboard_http_requests_total",
        "counter",
        &["route", "method", "status", "client"],
    ),
    (
        "switchboard_http_request_duration_seconds",
        "histogram",
        &["route", "method"],
    ),
    ("switchboard_http_requests_in_flight", "gauge", &[]),
    ("switchboard_http_connections", "gauge", &[]),
    (
        "switchboard_problems_total",
        "counter",
        &["code", "origin", "connection"],
    ),
    ("switchboard_gateway_overhead_seconds", "histogram", &["route"]),
    (
        "switchboard_upstream_requests_total",
        "counter",
        &["connection", "operation", "outcome"],
    ),
    (
        "switchboard_upstream_request_duration_seconds",
        "histogram",
        &["connection", "operation"],
    ),
    (
        "switchboard_upstream_attempts_total",
        "counter",
        &["connection", "operation", "reason"],
    ),
    ("switchboard_upstream_queue_seconds", "histogram", &["connection"]),
    ("switchboard_upstream_in_flight", "gauge", &["connection"]),
    ("switchboard_upstream_concurrency_limit", "gauge", &["connection"]),
    ("switchboard_circuit_state", "gauge", &["connection"]),
    (
        "switchboard_list_sources_total",
        "counter",
        &["connection", "status"],
    ),
    (
        "switchboard_cache_requests_total",
        "counter",
        &["resource", "result"],
    ),
    ("switchboard_cache_entries", "gauge", &[]),
    ("switchboard_cache_bytes", "gauge", &[]),
    (
        "switchboard_rate_limit_decisions_total",
        "counter",
        &["limiter", "name", "decision"],
    ),
    ("switchboard_store_errors_total", "counter", &["operation"]),
    ("switchboard_auth_failures_total", "counter", &["reason"]),
    (
        "switchboard_schema_drift_total",
        "counter",
        &["provider", "resource", "kind"],
    ),
    ("switchboard_config_last_reload_successful", "gauge", &[]),
    ("switchboard_config_last_reload_timestamp_seconds", "gauge", &[]),
    ("switchboard_config_info", "gauge", &["hash"]),
    ("switchboard_log_lines_dropped_total", "counter", &[]),
    ("process_cpu_seconds_total", "counter", &[]),
    ("process_resident_memory_bytes", "gauge", &[]),
    ("process_open_fds", "gauge", &[]),
    ("process_start_time_seconds", "gauge", &[]),
];

#[tokio::test]
async fn every_family_has_its_labels() {
    let gateway = Gateway::demo().await;
    for path in ["/v1/numbers?limit=1", "/v1/numbers?limit=1", "/v1/nope"] {
        gateway.get(path).await;
    }
    let read = Exposition::of(&gateway).await;
    for (name, kind, labels) in FAMILIES {
        assert_eq!(read.types.get(name).map(String::as_str), Some(kind), "{name}");
        let labels: BTreeSet<_> = labels.iter().map(|label| (*label).to_owned()).collect();
        assert_eq!(read.labels(name), BTreeSet::from([labels]), "{name}");
        assert_eq!(kind == "counter", name.ends_with("_total"), "{name}");
    }
    assert_eq!(
        read.types.keys().collect::<BTreeSet<_>>(),
        read.helps.iter().collect()
    );
    for series in read.series.keys() {
        assert!(read.types.contains_key(read.family(series)), "{series}");
    }
    // And no others under our prefix.
    let ours = read.types.keys().filter(|name| name.starts_with("switchboard_"));
    let known: BTreeSet<_> = FAMILIES.iter().map(|(name, ..)| *name).collect();
    assert_eq!(
        ours.filter(|name| !known.contains(name.as_str()))
            .collect::<Vec<_>>(),
        Vec::<&String>::new()
    );
    gateway.stop().await;
}

#[tokio::test]
async fn what_alerts_look_at_is_there_from_the_start() {
    let gateway = Gateway::demo().await;
    let read = Exposition::of(&gateway).await;
    let words = |text: &str| text.split(' ').map(str::to_owned).collect::<BTreeSet<_>>();
    for (family, label, values) in [
        (
            "switchboard_upstream_requests_total",
            "outcome",
            "ok client_error rate_limited auth_failed server_error timeout network protocol circuit_open",
        ),
        ("switchboard_upstream_attempts_total", "reason", "first retry"),
        (
            "switchboard_upstream_requests_total",
            "connection",
            "twilio bland",
        ),
        ("switchboard_circuit_state", "connection", "twilio bland"),
        (
            "switchboard_list_sources_total",
            "status",
            "ok stale error unsupported",
        ),
        (
            "switchboard_auth_failures_total",
            "reason",
            "missing malformed unknown expired not_yet_valid unsupported_algorithm unknown_key bad_signature \
             invalid_claims wrong_issuer wrong_audience",
        ),
        (
            "switchboard_schema_drift_total",
            "kind",
            "unknown_field missing_field type_changed unknown_enum",
        ),
        ("switchboard_connection_info", "sandbox", "true"),
    ] {
        assert_eq!(read.values(family, label), words(values), "{family} {label}");
    }
    // Of operations that a provider has, and of no others; times since the first one.
    let operations = |connection: &str| {
        let of = format!("connection=\"{connection}\"");
        let series = read.series.keys().filter(|series| series.contains(&of));
        series
            .filter_map(|series| labels(series).remove("operation"))
            .collect::<BTreeSet<_>>()
    };
    let has = |connection, operation: &str| operations(connection).contains(operation);
    assert!(has("twilio", "list_services") && !has("bland", "list_services"));
    assert!(has("bland", "list_webhook_deliveries") && !has("twilio", "list_webhook_deliveries"));
    assert!(has("twilio", "proxy") && has("bland", "proxy"));
    let times = read.values("switchboard_upstream_request_duration_seconds", "operation");
    assert_eq!(times, BTreeSet::new());
    gateway.get("/v1/conversations?connection=bland").await;
    let times = Exposition::of(&gateway)
        .await
        .values("switchboard_upstream_request_duration_seconds", "operation");
    assert_eq!(times, words("list_conversations"));
    let bounds = read.values("switchboard_upstream_queue_seconds", "le");
    let mut bounds: Vec<f64> = bounds
        .iter()
        .filter_map(|bound| bound.parse().ok())
        .filter(|bound: &f64| bound.is_finite())
        .collect();
    bounds.sort_by(f64::total_cmp);
    assert_eq!((bounds.first(), bounds.last()), (Some(&0.0005), Some(&15.0)));
    assert_eq!(read.series["switchboard_config_last_reload_successful"], "1");
    for connection in ["twilio", "bland"] {
        let limit = format!("switchboard_upstream_concurrency_limit{{connection=\"{connection}\"}}");
        assert_eq!(read.series[&limit], "25");
    }
    gateway.stop().await;
}

#[tokio::test]
async fn the_process_is_told_as_prometheus_own_libraries_do() {
    let gateway = Gateway::demo().await;
    let value = async |name: &str| -> f64 {
        let series = Exposition::of(&gateway).await.series;
        series[&format!("process_{name}")].parse().unwrap()
    };
    let cpu = value("cpu_seconds_total").await;
    // Not in whole seconds, of which there are few between two scrapes.
    assert!(cpu > 0.0 && cpu.fract() > 0.0, "{cpu}");
    assert!(value("cpu_seconds_total").await > cpu);
    let started = value("start_time_seconds").await;
    assert!(started > 1.7e9 && value("start_time_seconds").await <= started);
    let resident = value("resident_memory_bytes").await;
    assert!(resident > 1e6 && value("virtual_memory_bytes").await >= resident);
    let open = value("open_fds").await;
    assert!(open > 3.0 && value("max_fds").await >= open);
    assert!(value("threads").await >= 1.0);
    gateway.stop().await;
}

#[tokio::test]
async fn requests_are_counted_by_route_and_cache_by_result() {
    let gateway = Gateway::demo().await;
    for path in [
        "/v1/numbers/bland:sms:+14155552671",
        "/v1/numbers/bland:sms:+14155552671",
        "/v1/numbers/bland:sms:+14155552671?x=1",
    ] {
        gateway.get(path).await;
    }
    gateway
        .get_with(
            "/v1/numbers/bland:sms:+14155552671",
            &[("cache-control", "no-store")],
        )
        .await;
    let read = Exposition::of(&gateway).await;
    let route = "client=\"anonymous\",method=\"GET\",route=\"/v1/numbers/{id}\"";
    for (series, value) in [
        (format!("switchboard_http_requests_total{{{route},status=\"200\"}}"), "3"),
        (format!("switchboard_http_requests_total{{{route},status=\"422\"}}"), "1"),
        ("switchboard_cache_requests_total{resource=\"numbers\",result=\"miss\"}".to_owned(), "1"),
        ("switchboard_cache_requests_total{resource=\"numbers\",result=\"hit\"}".to_owned(), "1"),
        ("switchboard_cache_requests_total{resource=\"numbers\",result=\"bypass\"}".to_owned(), "1"),
        ("switchboard_upstream_requests_total{connection=\"bland\",operation=\"get_number\",outcome=\"ok\"}".to_owned(), "2"),
        ("switchboard_problems_total{code=\"invalid_request\",connection=\"none\",origin=\"client\"}".to_owned(), "1"),
        ("switchboard_cache_entries".to_owned(), "1"),
        ("switchboard_http_requests_in_flight".to_owned(), "0"),
        ("switchboard_upstream_in_flight{connection=\"bland\"}".to_owned(), "0"),
    ] {
        assert_eq!(read.series.get(&series).map(String::as_str), Some(value), "{series}");
    }
    gateway.stop().await;
}
