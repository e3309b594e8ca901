//! What holds for every write, as a client and a provider can see it.

use std::sync::Arc;

use http::Method;
use serde_json::{Value, json};
use tokio::sync::Semaphore;

use crate::rig::webhook::{LIST, ONE, held, hook, stateful};
use crate::rig::{Answer, Gateway, KEY, Script, Upstream, acme, bearer, client, twilio};

/// The same webhook by the id that names its service.
const LONG: &str = "/v1/conversations/twilio:IS00000000000000000000000000000001.CH00000000000000000000000000000001/webhooks/WH00000000000000000000000000000001";
const OK: &str = "switchboard_upstream_requests_total";

fn writes(upstream: &Upstream) -> usize {
    let seen = upstream.seen();
    seen.iter().filter(|seen| !seen.line.starts_with("GET")).count()
}

async fn patch(gateway: &Gateway, path: &str, headers: &[(&str, &str)], url: &str) -> Answer {
    let headers: Vec<_> = headers.iter().copied().chain([KEY]).collect();
    let body = json!({ "target": { "url": url } });
    gateway.client.json(Method::PATCH, path, &headers, &body).await
}

#[tokio::test]
async fn a_post_whose_client_leaves_completes_once() {
    let leave = Arc::new(Semaphore::new(0));
    let upstream = held(&leave).await;
    let gateway = Gateway::start(&acme(upstream.address, "")).await;
    {
        let body = hook();
        let headers = [KEY];
        let asked = gateway.client.json(Method::POST, LIST, &headers, &body);
        tokio::pin!(asked);
        tokio::select! {
            biased;
            _ = &mut asked => panic!("the provider has not answered"),
            () = upstream.arrived(1) => {}
        }
    }
    leave.add_permits(1);
    let labels = ["create_conversation_webhook", "outcome=\"ok\""];
    gateway.until(OK, &labels, 1.0).await;
    assert_eq!(upstream.count(), 1);
    gateway.stop().await;
}

#[tokio::test]
async fn a_post_that_times_out_is_not_sent_again() {
    let upstream = Upstream::always(Script::Hang(Vec::new())).await;
    let gateway = Gateway::start(&acme(
        upstream.address,
        "attempt_timeout = \"50ms\"\nretries = { max = 5, budget = 1.0 }",
    ))
    .await;
    let answer = gateway.client.json(Method::POST, LIST, &[KEY], &hook()).await;
    assert_eq!((answer.status, answer.code().as_str()), (504, "provider_timeout"));
    assert_eq!(upstream.count(), 1);
    gateway.stop().await;
}

#[tokio::test]
async fn a_key_makes_a_post_safe_to_repeat() {
    let upstream = stateful().await;
    let gateway = Gateway::start(&acme(upstream.address, "")).await;
    let key = ("idempotency-key", "8e03978e-40d5-43e8-bc93-6894a57f9324");
    let first = gateway
        .client
        .json(Method::POST, LIST, &[KEY, key], &hook())
        .await;
    assert_eq!(first.status, 201, "{first:?}");
    assert_eq!(first.header("location"), ONE);
    assert_eq!(first.header("idempotency-replayed"), "");
    let again = gateway
        .client
        .json(Method::POST, LIST, &[KEY, key], &hook())
        .await;
    assert_eq!((again.status, &again.body), (201, &first.body));
    assert_eq!(again.header("idempotency-replayed"), "true");
    assert_eq!(
        (again.header("location"), again.header("etag")),
        (ONE, first.header("etag"))
    );
    let mut other = hook();
    other["events"] = json!(["message.updated"]);
    let refused = gateway.client.json(Method::POST, LIST, &[KEY, key], &other).await;
    assert_eq!(
        (refused.status, refused.code().as_str()),
        (422, "invalid_request")
    );
    assert_eq!(refused.json()["errors"][0]["parameter"], "Idempotency-Key");
    assert_eq!(upstream.count(), 1);
    gateway.stop().await;
}

#[tokio::test]
async fn a_failure_in_doubt_is_replayed_too() {
    let upstream = Upstream::always(Script::json(500, "{}")).await;
    let gateway = Gateway::start(&acme(upstream.address, "")).await;
    let key = ("idempotency-key", "k");
    for replayed in ["", "true"] {
        let answer = gateway
            .client
            .json(Method::POST, LIST, &[KEY, key], &hook())
            .await;
        assert_eq!(
            (answer.status, answer.code().as_str()),
            (502, "provider_unavailable")
        );
        assert_eq!(answer.header("idempotency-replayed"), replayed);
    }
    assert_eq!(upstream.count(), 1);
    gateway.stop().await;
}

#[tokio::test]
async fn if_match_holds_until_the_write_is_made() {
    let upstream = stateful().await;
    let gateway = Gateway::start(&acme(upstream.address, "")).await;
    let before = gateway.ask(ONE).await;
    let held = [("if-match", before.header("etag"))];
    let raw = gateway.ask(&format!("{ONE}?include=raw")).await;
    let changed = patch(&gateway, ONE, &held, "https://hooks.example.com/b").await;
    assert_eq!(changed.status, 200, "{changed:?}");
    assert_eq!(changed.json()["target"]["url"], "https://hooks.example.com/b");
    assert_ne!(changed.header("etag"), before.header("etag"));
    let count = writes(&upstream);
    for tag in [
        before.header("etag"),
        raw.header("etag"),
        "\"nonsense\"",
        "W/\"x\"",
    ] {
        let late = patch(&gateway, ONE, &[("if-match", tag)], "https://hooks.example.com/c").await;
        assert_eq!(
            (late.status, late.code().as_str()),
            (412, "precondition_failed"),
            "{tag}"
        );
    }
    let deleted = gateway.client.send(Method::DELETE, ONE, &[KEY, held[0]]).await;
    assert_eq!(deleted.status, 412);
    assert_eq!(writes(&upstream), count);
    // The tag with `raw` is the same state; so is what the write itself answered.
    let raw = gateway.ask(&format!("{ONE}?include=raw")).await;
    assert!(raw.header("etag").ends_with("-raw\""));
    let changed = patch(
        &gateway,
        ONE,
        &[("if-match", raw.header("etag"))],
        "https://hooks.example.com/d",
    )
    .await;
    assert_eq!(changed.status, 200);
    let held = [KEY, ("if-match", changed.header("etag"))];
    let deleted = gateway.client.send(Method::DELETE, ONE, &held).await;
    assert_eq!((deleted.status, deleted.body.len()), (204, 0));
    gateway.stop().await;
}

#[tokio::test]
async fn of_two_writes_from_one_state_one_wins() {
    let upstream = stateful().await;
    let gateway = Gateway::start(&acme(upstream.address, "")).await;
    let etag = gateway.ask(ONE).await.header("etag").to_owned();
    let held = [("if-match", etag.as_str())];
    // By both spellings of the id: it is one thing.
    let (a, b) = tokio::join!(
        patch(&gateway, ONE, &held, "https://hooks.example.com/b"),
        patch(&gateway, ONE, &held, "https://hooks.example.com/c"),
    );
    let mut statuses = [a.status, b.status];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 412]);
    assert_eq!(writes(&upstream), 1);
    gateway.stop().await;
}

#[tokio::test]
async fn a_write_is_seen_by_every_read_after_it() {
    let upstream = stateful().await;
    let gateway = Gateway::start(&acme(upstream.address, "")).await;
    let url = |answer: &Answer| answer.json()["target"]["url"].as_str().unwrap().to_owned();
    for path in [ONE, LONG] {
        assert_eq!(url(&gateway.ask(path).await), "https://hooks.example.com/in");
        assert!(gateway.ask(path).await.header("cache-status").contains("hit"));
    }
    let changed = patch(&gateway, LONG, &[], "https://hooks.example.com/b").await;
    assert_eq!(changed.status, 200);
    for path in [ONE, LONG] {
        let read = gateway.ask(path).await;
        assert_eq!(url(&read), "https://hooks.example.com/b", "{path}");
        assert!(read.header("cache-status").contains("uri-miss"), "{path}");
    }
    gateway.stop().await;
}

#[tokio::test]
async fn a_change_of_nothing_writes_nothing() {
    let upstream = stateful().await;
    let gateway = Gateway::start(&acme(upstream.address, "")).await;
    let answer = gateway.client.json(Method::PATCH, ONE, &[KEY], &json!({})).await;
    assert_eq!((answer.status, writes(&upstream)), (200, 0));
    gateway.stop().await;
}

#[tokio::test]
async fn a_write_needs_its_scope() {
    let upstream = stateful().await;
    let config = format!(
        "[auth]\nmode = \"required\"\n{}{}{}",
        client("reader", &["read", "sensitive", "redeliver"], &["*"], ""),
        client("writer", &["write"], &["*"], ""),
        twilio("twilio", upstream.address)
    );
    let gateway = Gateway::start(&config).await;
    let (reader, writer) = (bearer("reader"), bearer("writer"));
    let (reader, writer) = (
        ("authorization", reader.as_str()),
        ("authorization", writer.as_str()),
    );
    for (method, path) in [(Method::POST, LIST), (Method::PATCH, ONE), (Method::DELETE, ONE)] {
        let answer = gateway
            .client
            .json(method.clone(), path, &[reader], &hook())
            .await;
        assert_eq!(
            (answer.status, answer.code().as_str()),
            (403, "forbidden"),
            "{method}"
        );
        assert!(answer.json()["detail"].as_str().unwrap().contains("`write`"));
    }
    assert_eq!(upstream.count(), 0);
    let redeliver =
        "/v1/conversations/twilio:CH00000000000000000000000000000001/webhook-deliveries/x/redeliver";
    let answer = gateway
        .client
        .json(Method::POST, redeliver, &[writer], &json!({}))
        .await;
    assert!(
        answer.json()["detail"].as_str().unwrap().contains("`redeliver`"),
        "{answer:?}"
    );
    // What it may not read whole it does not get by writing either.
    let made = gateway.client.json(Method::POST, LIST, &[writer], &hook()).await;
    assert_eq!((made.status, &made.json()["extra"]), (201, &Value::Null));
    assert_eq!(made.header("switchboard-redacted"), "extra");
    gateway.stop().await;
}
