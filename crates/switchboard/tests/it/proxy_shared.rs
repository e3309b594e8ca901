//! The pass-through face: what it shares with the neutral one, and what it does not.

use http::Method;

use crate::contract_provider::before;
use crate::proxy_request::{gateway, request};
use crate::proxy_shape::assert_native;
use crate::rig::{Gateway, NUMBER, NUMBER_BODY, Peer, Script, Upstream, Wire, bearer, key_of};

const TOUCHY: &str =
    "circuit = { failure_ratio = 0.1, minimum_requests = 1, window = \"10s\", open = \"1h\" }";

async fn number(gateway: &Gateway) -> u16 {
    gateway
        .get_with(NUMBER, &[("x-api-key", &key_of("app"))])
        .await
        .status
}

async fn through(gateway: &Gateway, method: &str, path: &str) -> u16 {
    gateway
        .client
        .request(request(gateway, method, path, &[]))
        .await
        .status
}

#[tokio::test]
async fn one_circuit_for_both_faces() {
    let upstream = Upstream::always(Script::json(500, "{}")).await;
    let gateway = gateway(upstream.address, TOUCHY).await;
    assert_eq!(
        through(&gateway, "GET", "/proxy/bland/x").await,
        500,
        "the provider's own"
    );
    assert_eq!(number(&gateway).await, 503);
    let answer = gateway
        .client
        .request(request(&gateway, "GET", "/proxy/bland/x", &[]))
        .await;
    assert_native(&answer, "bland", 503, "circuit_open");
    assert!(!answer.header("retry-after").is_empty());
    assert_eq!(upstream.count(), 1);
    // And the other way round.
    let gateway = self::gateway(upstream.address, TOUCHY).await;
    number(&gateway).await;
    assert_eq!(through(&gateway, "GET", "/proxy/bland/x").await, 503);
    assert_eq!(upstream.count(), 2);
}

#[tokio::test]
async fn one_rate_for_both_faces() {
    let upstream = Upstream::always(Script::json(200, NUMBER_BODY)).await;
    let two = "rate_limit = { requests = 1, per = \"1h\", burst = 2 }\nmax_wait = \"0s\"";
    let gateway = gateway(upstream.address, two).await;
    assert_eq!(through(&gateway, "GET", "/proxy/bland/x").await, 200);
    assert_eq!(number(&gateway).await, 200);
    let answer = gateway
        .client
        .request(request(&gateway, "GET", "/proxy/bland/x", &[]))
        .await;
    assert_native(&answer, "bland", 503, "overloaded");
    assert_eq!(upstream.count(), 2);
}

#[tokio::test]
async fn a_providers_429_is_returned_and_pauses_both_faces() {
    let throttled = Script::answer(429, "application/json", &[("retry-after", "30")], b"{}");
    let upstream = Upstream::always(throttled).await;
    let gateway = gateway(upstream.address, "max_wait = \"0s\"\nmax_pause = \"30s\"").await;
    let answer = gateway
        .client
        .request(request(&gateway, "GET", "/proxy/bland/x", &[]))
        .await;
    assert_eq!(
        (answer.status, answer.header("retry-after"), &answer.body[..]),
        (429, "30", &b"{}"[..])
    );
    assert_eq!(number(&gateway).await, 503);
    assert_eq!(upstream.count(), 1);
}

#[tokio::test]
async fn a_turn_lasts_until_the_body_has_ended() {
    let peer = Peer::new().await;
    let one = "max_concurrency = 1\nmax_wait = \"0s\"\nattempt_timeout = \"10m\"";
    let gateway = gateway(peer.address(), one).await;
    let mut app = Wire::to(gateway.client.0).await;
    app.send(format!(
        "GET /proxy/bland/x HTTP/1.1\r\nhost: {}\r\nauthorization: {}\r\n\r\n",
        gateway.client.0,
        bearer("app")
    ))
    .await;
    let mut provider = peer.accept().await;
    provider.head().await;
    provider
        .send("HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nab")
        .await;
    app.head().await;
    assert_eq!(app.exactly(2).await, b"ab");
    assert_eq!(number(&gateway).await, 503, "the stream has the turn");
    assert_eq!(through(&gateway, "GET", "/proxy/bland/x").await, 503);
    let in_flight = gateway.metric("switchboard_upstream_in_flight", &["bland"]).await;
    assert!((in_flight - 1.0).abs() < 0.1, "{in_flight}");
    provider.send("cd").await;
    assert_eq!(app.exactly(2).await, b"cd");
    gateway
        .until("switchboard_upstream_in_flight", &["bland"], 0.0)
        .await;
    let next = async {
        provider.head().await;
        provider.send("HTTP/1.1 204 X\r\n\r\n").await;
    };
    let (status, ()) = tokio::join!(through(&gateway, "GET", "/proxy/bland/x"), next);
    assert_eq!(status, 204);
}

#[tokio::test]
async fn nothing_is_cached_and_a_write_forgets_what_was() {
    let upstream = Upstream::scripted(|_, seen| match seen.line.split(' ').next() {
        Some("GET" | "HEAD" | "OPTIONS") => Script::json(200, NUMBER_BODY),
        Some("PATCH") => Script::json(404, "{}"),
        _ => Script::json(201, "{}"),
    })
    .await;
    let gateway = gateway(upstream.address, "").await;
    for count in 1..=3 {
        let answer = gateway
            .client
            .request(request(&gateway, "GET", "/proxy/bland/v1/sms/numbers", &[]))
            .await;
        assert_eq!(
            (answer.status, answer.header("cache-status"), answer.header("age")),
            (200, "", "")
        );
        assert_eq!(upstream.count(), count);
    }
    for (method, path, forgets) in [
        ("POST", "/proxy/bland/x", true),
        ("REPORT", "/proxy/bland/x", true),
        ("DELETE", "/proxy/bland/x", true),
        ("PATCH", "/proxy/bland/x", false),
        ("GET", "/proxy/bland/x", false),
        ("HEAD", "/proxy/bland/x", false),
        ("OPTIONS", "/proxy/bland/x", false),
        ("POST", "/proxy/twilio/x", false),
    ] {
        number(&gateway).await;
        let before = upstream.count();
        through(&gateway, method, path).await;
        number(&gateway).await;
        let calls = upstream.count() - before;
        assert_eq!(calls == 2, forgets, "{method} {path}: {calls} calls");
    }
}

#[tokio::test]
async fn it_is_measured_as_one_operation_and_one_route() {
    let upstream = Upstream::scripted(|number, _| match number {
        0 => Script::json(200, "{}"),
        1 => Script::json(404, "{}"),
        _ => Script::answer(302, "text/plain", &[], b""),
    })
    .await;
    let gateway = gateway(upstream.address, "").await;
    for number in 0..3 {
        let path = format!("/proxy/twilio/v1/Conversations/+1415555267{number}?To=+14155552671");
        gateway
            .client
            .request(request(&gateway, "REPORT", &path, &[]))
            .await;
    }
    let labels = ["connection=\"twilio\"", "operation=\"proxy\""];
    for (metric, extra, value) in [
        ("switchboard_upstream_requests_total", "outcome=\"ok\"", 2.0),
        (
            "switchboard_upstream_requests_total",
            "outcome=\"client_error\"",
            1.0,
        ),
        ("switchboard_upstream_attempts_total", "reason=\"first\"", 3.0),
        ("switchboard_upstream_attempts_total", "reason=\"retry\"", 0.0),
        ("switchboard_upstream_request_duration_seconds_count", "", 3.0),
    ] {
        let is = gateway.metric(metric, &[labels[0], labels[1], extra]).await;
        assert!((is - value).abs() < 0.1, "{metric} {extra}: {is}");
    }
    let route = "route=\"/proxy/{connection}/{path}\"";
    let requests = gateway
        .metric(
            "switchboard_http_requests_total",
            &[route, "method=\"other\"", "client=\"app\""],
        )
        .await;
    assert!((requests - 3.0).abs() < 0.1, "{requests}");
    let text = gateway.admin.get("/metrics").await.body;
    assert!(!String::from_utf8_lossy(&text).contains("1415555"));
}

/// The neutral face has no use for a redirect, so there it is a fault.
#[tokio::test]
async fn the_neutral_face_still_fails_on_a_redirect() {
    let upstream = Upstream::always(Script::answer(302, "text/plain", &[], b"")).await;
    let gateway = before(&upstream, &[TOUCHY]).await;
    let answer = gateway.ask(NUMBER).await;
    assert_eq!(answer.status, 502);
    assert_eq!(gateway.ask(NUMBER).await.code(), "circuit_open");
}

#[tokio::test]
async fn anonymous_mode_needs_no_credential_and_forwards_none() {
    let gateway = Gateway::demo().await;
    let answer = gateway
        .client
        .send(Method::GET, "/proxy/twilio/v1/Services", &[])
        .await;
    assert_eq!(answer.status, 200, "{answer:?}");
    let answer = gateway
        .client
        .send(
            Method::GET,
            "/proxy/twilio/v1/Services",
            &[("authorization", "Basic eDp5")],
        )
        .await;
    assert_eq!(answer.status, 200, "the sandbox takes ours alone: {answer:?}");
}
