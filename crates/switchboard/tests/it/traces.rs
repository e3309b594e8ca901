//! The spans that a request leaves, and how they hang together.

use std::sync::Arc;

use http::Method;
use opentelemetry_proto::tonic::trace::v1::Span;
use opentelemetry_proto::tonic::trace::v1::span::SpanKind;
use opentelemetry_proto::tonic::trace::v1::status::StatusCode;
use serde_json::json;
use tokio::sync::Semaphore;

use crate::contract_client::PAGE;
use crate::rig::collector::{Collector, attribute};
use crate::rig::webhook::LIST;
use crate::rig::{DELIVERIES, Gateway, KEY, NUMBER, NUMBER_BODY, Script, Upstream, acme};

pub(crate) const TRACE: &str = "0af7651916cd43dd8448eb211c80319c";
pub(crate) const PARENT: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
const ROUTE: &str = "GET /v1/numbers/{id}";

/// A gateway that tells this collector.
pub(crate) async fn start(collector: &Collector, upstream: &Upstream, more: &str) -> Gateway {
    let telemetry = collector.by_grpc();
    Gateway::start(&format!(
        "[telemetry]\n{telemetry}\n{}",
        acme(upstream.address, more)
    ))
    .await
}

pub(crate) fn hex(id: &[u8]) -> String {
    data_encoding::HEXLOWER.encode(id)
}

#[track_caller]
pub(crate) fn assert_attributes(span: &Span, expected: &[(&str, &str)]) {
    for (key, value) in expected {
        assert_eq!(attribute(span, key), *value, "{key} of {span:#?}");
    }
}

pub(crate) fn assert_inside(inner: &Span, outer: &Span) {
    assert_eq!(
        (&inner.trace_id, &inner.parent_span_id),
        (&outer.trace_id, &outer.span_id)
    );
    assert!(inner.start_time_unix_nano >= outer.start_time_unix_nano);
    assert!(inner.end_time_unix_nano >= inner.start_time_unix_nano);
}

pub(crate) fn is_error(span: &Span) -> bool {
    span.status
        .as_ref()
        .is_some_and(|status| status.code() == StatusCode::Error)
}

#[tokio::test]
async fn a_miss_is_told_down_to_the_wire() {
    let upstream = Upstream::always(Script::json(200, NUMBER_BODY)).await;
    for way in [Collector::by_grpc, Collector::by_http] {
        let collector = Collector::start();
        let telemetry = way(&collector);
        let gateway = Gateway::start(&format!(
            "[telemetry]\n{telemetry}\n{}",
            acme(upstream.address, "")
        ))
        .await;
        let headers = [
            KEY,
            ("traceparent", PARENT),
            ("tracestate", "a=1"),
            ("x-request-id", "req-7"),
        ];
        let answer = gateway.get_with(NUMBER, &headers).await;
        assert_eq!(answer.status, 200);
        let hit = gateway.ask(NUMBER).await;
        gateway.stop().await;

        let spans = collector.spans();
        let requests = spans.iter().filter(|span| span.name == ROUTE);
        let [request, second] = requests.collect::<Vec<_>>()[..] else {
            panic!("{spans:#?}")
        };
        assert_eq!(hex(&request.trace_id), TRACE);
        assert_eq!(hex(&request.parent_span_id), "b7ad6b7169203331");
        assert_eq!((request.trace_state.as_str(), request.flags), ("a=1", 0x301));
        assert_eq!(request.kind(), SpanKind::Server);
        let own = format!("00-{TRACE}-{}-01", hex(&request.span_id));
        assert_eq!(answer.header("traceparent"), own);
        assert_attributes(
            request,
            &[
                ("http.request.method", "GET"),
                ("http.route", "/v1/numbers/{id}"),
                ("http.response.status_code", "200"),
                ("url.scheme", "http"),
                ("client.address", "127.0.0.1"),
                ("switchboard.request_id", "req-7"),
                ("switchboard.client", "tester"),
                ("switchboard.connection", "bland"),
                ("switchboard.cache", "miss"),
                ("switchboard.attempts", "1"),
                ("error.type", ""),
            ],
        );

        let (fill, call, attempt) = (
            collector.span("cache fill"),
            collector.span("get_number"),
            collector.span("GET"),
        );
        assert_inside(&fill, request);
        assert_inside(&call, &fill);
        assert_inside(&attempt, &call);
        assert_eq!(
            (fill.kind(), call.kind()),
            (SpanKind::Internal, SpanKind::Internal)
        );
        assert_eq!(attempt.kind(), SpanKind::Client);
        assert_attributes(&fill, &[("switchboard.resource", "numbers")]);
        assert_attributes(
            &call,
            &[("switchboard.connection", "bland"), ("switchboard.outcome", "ok")],
        );
        assert_attributes(
            &attempt,
            &[
                ("http.request.method", "GET"),
                ("server.address", "127.0.0.1"),
                ("server.port", &upstream.address.port().to_string()),
                ("http.response.status_code", "200"),
                ("http.request.resend_count", ""),
                ("switchboard.operation", "get_number"),
            ],
        );

        // A trace of its own, and nothing was called.
        assert_attributes(
            second,
            &[("switchboard.cache", "hit"), ("switchboard.attempts", "0")],
        );
        assert!(second.parent_span_id.is_empty() && second.trace_id != request.trace_id);
        let own = format!("00-{}-{}-01", hex(&second.trace_id), hex(&second.span_id));
        assert_eq!(hit.header("traceparent"), own);
        assert_eq!(spans.len(), 5, "{spans:#?}");
        assert!(!spans.iter().any(is_error));
    }
}

#[tokio::test]
async fn each_attempt_is_told_and_what_failed_is_an_error() {
    let upstream =
        Upstream::scripted(|number, _| Script::json(if number == 0 { 503 } else { 404 }, "{}")).await;
    let collector = Collector::start();
    let gateway = start(&collector, &upstream, "retries = { max = 1, budget = 1.0 }").await;
    let status = gateway.ask(DELIVERIES).await.status;
    gateway.stop().await;
    let call = collector.span("list_webhook_deliveries");
    let spans = collector.spans();
    let mut attempts: Vec<_> = spans
        .iter()
        .filter(|span| span.kind() == SpanKind::Client)
        .collect();
    attempts.sort_by_key(|span| span.start_time_unix_nano);
    let [first, second] = attempts[..] else {
        panic!("{spans:#?}")
    };
    for (attempt, status, resends) in [(first, "503", ""), (second, "404", "1")] {
        assert_inside(attempt, &call);
        assert_attributes(
            attempt,
            &[
                ("http.response.status_code", status),
                ("http.request.resend_count", resends),
                ("error.type", status),
            ],
        );
        assert!(is_error(attempt));
    }
    assert!(is_error(&call));
    let request = spans.iter().find(|span| span.kind() == SpanKind::Server).unwrap();
    assert_attributes(
        request,
        &[
            ("switchboard.attempts", "2"),
            ("switchboard.provider_status", "404"),
        ],
    );
    assert_attributes(request, &[("http.response.status_code", &status.to_string())]);
    // The client has asked for what is not there: no failure of the server.
    assert!(status < 500 && !is_error(request));
}

#[tokio::test]
async fn what_the_gateway_fails_at_has_its_code() {
    let upstream = Upstream::always(Script::Hang(Vec::new())).await;
    let collector = Collector::start();
    let gateway = start(
        &collector,
        &upstream,
        "attempt_timeout = \"50ms\"\nretries = { max = 0, budget = 0.2 }",
    )
    .await;
    assert_eq!(gateway.ask(NUMBER).await.status, 504);
    let refused = gateway.get(NUMBER).await;
    assert_eq!(refused.status, 401);
    gateway.stop().await;
    let spans = collector.spans();
    let timeout = "provider_timeout";
    for name in ["cache fill", "get_number", "GET"] {
        let span = collector.span(name);
        assert!(is_error(&span), "{span:#?}");
        assert_attributes(
            &span,
            &[("error.type", timeout), ("http.response.status_code", "")],
        );
    }
    assert_attributes(&collector.span("GET"), &[("switchboard.outcome", "timeout")]);
    let of = |status: &str| {
        let mut requests = spans
            .iter()
            .filter(|span| attribute(span, "http.response.status_code") == status);
        requests.next().unwrap().clone()
    };
    assert!(is_error(&of("504")) && !is_error(&of("401")));
    assert_attributes(
        &of("504"),
        &[("error.type", timeout), ("switchboard.origin", "provider")],
    );
    let none = [
        ("error.type", ""),
        ("switchboard.code", "unauthenticated"),
        ("switchboard.client", "none"),
    ];
    assert_attributes(&of("401"), &none);
}

#[tokio::test]
async fn a_wait_for_a_turn_is_seen() {
    let gate = Arc::new(Semaphore::new(0));
    let upstream = Upstream::gated(&gate, Script::json(200, NUMBER_BODY)).await;
    let collector = Collector::start();
    let more = "max_concurrency = 1\nmax_wait = \"20ms\"";
    let gateway = start(&collector, &upstream, more).await;
    let refused = async {
        upstream.arrived(1).await;
        let answer = gateway.ask(DELIVERIES).await;
        gate.add_permits(1);
        answer
    };
    let (served, refused) = tokio::join!(gateway.ask(NUMBER), refused);
    assert_eq!((served.status, refused.status), (200, 503));
    gateway.stop().await;
    // The first one had its turn at once.
    let wait = collector.span("wait for a turn");
    assert_inside(&wait, &collector.span("list_webhook_deliveries"));
    assert_attributes(
        &wait,
        &[("error.type", "overloaded"), ("switchboard.connection", "bland")],
    );
    assert!(wait.end_time_unix_nano - wait.start_time_unix_nano >= 20_000_000);
}

#[tokio::test]
async fn every_answer_has_its_span_however_early_it_comes() {
    let upstream = Upstream::always(Script::json(200, NUMBER_BODY)).await;
    let collector = Collector::start();
    let config = format!(
        "[server]\nmax_body = \"1KiB\"\n[cors]\nallowed_origins = [\"{}\"]\n",
        PAGE.1
    );
    let telemetry = collector.by_grpc();
    let gateway = Gateway::start(&format!(
        "{config}[telemetry]\n{telemetry}\n{}",
        acme(upstream.address, "")
    ))
    .await;
    let preflight = [PAGE, ("access-control-request-method", "GET")];
    let answers = [
        gateway.client.send(Method::OPTIONS, NUMBER, &preflight).await,
        gateway
            .client
            .send(Method::POST, LIST, &[KEY, ("content-length", "2000")])
            .await,
        gateway.get(NUMBER).await,
    ];
    gateway.stop().await;
    for (answer, status) in answers.iter().zip([204, 413, 401]) {
        assert_eq!(answer.status, status);
        let spans = collector.spans();
        let mut own = spans
            .iter()
            .filter(|span| answer.header("traceparent").contains(&hex(&span.span_id)));
        assert_attributes(
            own.next().unwrap(),
            &[("http.response.status_code", &status.to_string())],
        );
    }
}

#[tokio::test]
async fn nothing_is_named_that_a_client_has_made_up() {
    let upstream = Upstream::always(Script::json(200, NUMBER_BODY)).await;
    let collector = Collector::start();
    let gateway = start(&collector, &upstream, "").await;
    let method = Method::from_bytes(b"CANARY").unwrap();
    gateway
        .client
        .send(
            method,
            "/v1/canary?canary=canary",
            &[KEY, ("user-agent", "canary")],
        )
        .await;
    let body = json!({ "canary": "canary" });
    gateway
        .client
        .json(Method::PUT, "/v1/numbers/bland:sms:canary/webhook", &[KEY], &body)
        .await;
    gateway.stop().await;
    assert_attributes(
        &collector.span("HTTP"),
        &[("http.request.method", "_OTHER"), ("http.route", "")],
    );
    collector.span("PUT /v1/numbers/{id}/webhook");
    for text in collector.texts() {
        assert!(!text.to_lowercase().contains("canary"), "{text}");
    }
    let resource = collector.resources().remove(0).resource.unwrap();
    let keys: Vec<_> = resource
        .attributes
        .iter()
        .map(|attribute| attribute.key.as_str())
        .collect();
    assert_eq!(keys, ["service.name", "service.version", "service.instance.id"]);
}
