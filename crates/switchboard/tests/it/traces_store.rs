//! Operations on the store that replicas share, in the trace of the request that they are for.

use http::Method;

use crate::rig::collector::Collector;
use crate::rig::server::Server;
use crate::rig::webhook::{LIST, hook};
use crate::rig::{Gateway, KEY, NUMBER, NUMBER_BODY, Script, Upstream, acme, webhooks_body};
use crate::traces::{PARENT, assert_attributes, assert_inside, is_error};

const TRACED: [(&str, &str); 2] = [KEY, ("traceparent", PARENT)];

/// With a limit of the client's, and nothing traced that does not ask for it.
async fn start(collector: &Collector, upstream: &Upstream, store: &Server) -> Gateway {
    let limited = "scopes =";
    let limit = "rate_limit = { requests = 1000, per = \"1s\" }\n        scopes =";
    let config = acme(upstream.address, "").replacen(limited, limit, 1);
    let telemetry = format!("[telemetry]\nsample_ratio = 0.0\n{}\n", collector.by_http());
    // A machine that is busy with other tests makes the store slow, and a slow one is away.
    let store = format!("[store]\nredis = \"{}\"\ntimeout = \"30s\"\n", store.url());
    let server = "[server]\nsecret = \"env:TEST_SECRET\"\n";
    let gateway = Gateway::start(&format!("{server}{telemetry}{store}{config}")).await;
    while gateway.shared.store_status() != Some("ok") {
        tokio::task::yield_now().await;
    }
    gateway
}

#[tokio::test]
async fn a_read_asks_it_for_its_turns_and_for_what_others_have() {
    let (store, collector) = (Server::start(), Collector::start());
    let upstream = Upstream::always(Script::json(200, NUMBER_BODY)).await;
    let gateway = start(&collector, &upstream, &store).await;
    assert_eq!(gateway.get_with(NUMBER, &TRACED).await.status, 200);
    gateway.stop().await;
    let spans = collector.spans();
    let (request, fill, call) = (
        collector.span("GET /v1/numbers/{id}"),
        collector.span("cache fill"),
        collector.span("get_number"),
    );
    let takes: Vec<_> = spans.iter().filter(|span| span.name == "store take").collect();
    let [of_client, of_connection] = takes[..] else {
        panic!("{spans:#?}")
    };
    assert_inside(of_client, &request);
    assert_inside(of_connection, &call);
    for (name, operation) in [("store look", "look"), ("store keep", "keep")] {
        let span = collector.span(name);
        assert_inside(&span, &fill);
        assert_attributes(
            &span,
            &[
                ("db.system.name", "redis"),
                ("db.operation.name", operation),
                ("error.type", ""),
            ],
        );
        assert!(!is_error(&span));
    }
}

#[tokio::test]
async fn a_write_tells_it_how_it_ended_and_what_is_void() {
    let (store, collector) = (Server::start(), Collector::start());
    let upstream = Upstream::scripted(|_, seen| {
        let webhook: serde_json::Value = serde_json::from_str(&webhooks_body(None)).unwrap();
        let status = if seen.line.starts_with("POST") { 201 } else { 200 };
        Script::json(status, &webhook["webhooks"][0].to_string())
    })
    .await;
    let gateway = start(&collector, &upstream, &store).await;
    let [key, traced] = TRACED;
    let headers = [key, traced, ("idempotency-key", "once")];
    let answer = gateway.client.json(Method::POST, LIST, &headers, &hook()).await;
    assert_eq!(answer.status, 201, "{answer:?}");
    gateway.stop().await;
    let request = collector.span("POST /v1/conversations/{id}/webhooks");
    for name in ["store begin", "store forget", "store end"] {
        assert_inside(&collector.span(name), &request);
    }
}

#[tokio::test]
async fn one_that_is_away_is_an_error() {
    let (store, collector) = (Server::start(), Collector::start());
    let upstream = Upstream::always(Script::json(200, NUMBER_BODY)).await;
    let gateway = start(&collector, &upstream, &store).await;
    drop(store);
    assert_eq!(gateway.get_with(NUMBER, &TRACED).await.status, 200);
    gateway.stop().await;
    let span = collector.span("store look");
    assert_attributes(&span, &[("error.type", "away")]);
    assert!(is_error(&span));
    // Which is no error of the request.
    assert!(!is_error(&collector.span("GET /v1/numbers/{id}")));
}

#[tokio::test]
async fn what_is_not_traced_has_none() {
    let (store, collector) = (Server::start(), Collector::start());
    let upstream = Upstream::always(Script::json(200, NUMBER_BODY)).await;
    let gateway = start(&collector, &upstream, &store).await;
    assert_eq!(gateway.ask(NUMBER).await.status, 200);
    gateway.stop().await;
    assert_eq!(collector.spans(), []);
}
