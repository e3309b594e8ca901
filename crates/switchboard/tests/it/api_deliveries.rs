//! `/v1/conversations/{id}/webhook-deliveries`: what a log says of attempts, and what is there when it says
//! nothing.

use serde_json::{Value, json};

use crate::rig::{Answer, Gateway, Script, Upstream, acme};

async fn get(gateway: &Gateway, conversation: &str) -> Answer {
    let path = format!("/v1/conversations/bland:{conversation}/webhook-deliveries");
    gateway.get_with(&path, &[("x-api-key", "key")]).await
}

/// The delivery that this log is.
async fn read(log: &Value) -> Value {
    let body = json!({ "data": log, "errors": null }).to_string();
    let upstream = Upstream::always(Script::json(200, &body)).await;
    let gateway = Gateway::start(&acme(upstream.address, "")).await;
    let answer = get(&gateway, "c1").await;
    assert_eq!(answer.status, 200, "{answer:?}");
    let delivery = answer.json()["data"][0].take();
    gateway.stop().await;
    delivery
}

fn log(payload: &Value, attempts: &Value) -> Value {
    json!({
        "conversation_id": "c1", "url": "https://example.com", "payload": payload,
        "created_at": "2026-04-13T20:50:59.233Z", "user_id": "u", "metadata": attempts,
    })
}

#[tokio::test]
async fn attempts_keep_their_order_and_say_how_they_ended() {
    let attempt = |code: Value, time: Value, kind: &str, error: Value| {
        json!({
            "sent_at": "2026-04-13T20:50:59.000Z", "response_code": code, "response_time": time, "send_type": kind,
            "error_message": error,
        })
    };
    let delivery = read(&log(
        &json!({ "type": "status", "status": "timeout" }),
        &json!([
            attempt(
                Value::Null,
                json!("10002ms"),
                "spawn",
                json!("timeout of 10000ms exceeded")
            ),
            attempt(Value::Null, Value::Null, "resend", json!("connect ECONNREFUSED")),
            attempt(json!(503), json!("0.098s"), "rebuild", Value::Null),
            attempt(json!(204), json!("1s"), "create", Value::Null),
            attempt(json!(302), json!("5ms"), "replayed", Value::Null),
        ]),
    ))
    .await;
    let shown: Vec<_> = delivery["attempts"]
        .as_array()
        .unwrap()
        .iter()
        .map(|a| {
            json!([
                a["number"],
                a["status_code"],
                a["duration_ms"],
                a["kind"],
                a["outcome"],
                a["error"]
            ])
        })
        .collect();
    assert_eq!(
        json!(shown),
        json!([
            [
                1,
                null,
                10002,
                "initial",
                "timeout",
                "timeout of 10000ms exceeded"
            ],
            [2, null, null, "resend", "network_error", "connect ECONNREFUSED"],
            [3, 503, 98, "resend_rebuilt", "http_error", null],
            [4, 204, 1000, "manual", "success", null],
            [5, 302, 5, "bland:replayed", "http_error", null],
        ])
    );
    assert_eq!(
        (&delivery["status"], &delivery["event"]),
        (&json!("delivered"), &json!("conversation.timed_out"))
    );
}

#[tokio::test]
async fn the_status_follows_from_the_attempts() {
    let payload = json!({ "type": "status", "status": "sold" });
    let failed = json!({ "response_code": 500 });
    let good = json!({ "response_code": 299 });
    for (attempts, status) in [
        (json!([]), "pending"),
        (json!([failed]), "failed"),
        (json!([failed, good]), "delivered"),
        (json!([good, failed]), "delivered"),
    ] {
        let delivery = read(&log(&payload, &attempts)).await;
        assert_eq!(delivery["status"], status, "{attempts}");
        // An event without a neutral word does not fail the read.
        assert_eq!(delivery["event"], "bland:sold");
        assert_eq!(delivery["payload"], payload);
    }
}

#[tokio::test]
async fn no_log_is_an_empty_list_and_no_second_call() {
    let upstream = Upstream::always(Script::json(200, "{\"data\":null,\"errors\":null}")).await;
    let gateway = Gateway::start(&acme(upstream.address, "")).await;
    let answer = get(&gateway, "c1").await;
    assert_eq!((answer.status, &answer.json()["data"]), (200, &json!([])));
    assert_eq!(
        (
            &answer.json()["next_cursor"],
            &answer.json()["sources"][0]["status"]
        ),
        (&Value::Null, &json!("ok"))
    );
    assert_eq!(upstream.count(), 1);
    let again = get(&gateway, "c1").await;
    assert!(again.header("cache-status").starts_with("switchboard; hit"));
    gateway.stop().await;
}

#[tokio::test]
async fn a_delivery_that_is_not_there_is_not_found() {
    let gateway = Gateway::demo().await;
    for path in [
        "/v1/conversations/bland:nope/webhook-deliveries/0123456789abcdef",
        "/v1/conversations/bland:convo_abc123/webhook-deliveries/0123456789abcdef",
    ] {
        let answer = gateway.get(path).await;
        assert_eq!(
            (answer.status, answer.code().as_str()),
            (404, "not_found"),
            "{path}"
        );
        assert_eq!(answer.json()["connection"], "bland");
    }
    gateway.stop().await;
}

#[tokio::test]
async fn the_providers_error_in_a_200_is_the_error_that_it_names() {
    let body =
        json!({ "data": null, "errors": [{ "error": "NOT_FOUND", "message": "No such conversation" }] });
    let upstream = Upstream::always(Script::json(200, &body.to_string())).await;
    let gateway = Gateway::start(&acme(upstream.address, "")).await;
    let answer = get(&gateway, "c1").await;
    assert!(answer.status >= 400, "{answer:?}");
    let problem = answer.json();
    assert_eq!(
        (&problem["origin"], &problem["connection"]),
        (&json!("provider"), &json!("bland"))
    );
    assert_eq!(
        (
            &problem["provider_code"],
            &problem["provider_message"],
            &problem["provider_status"]
        ),
        (&json!("NOT_FOUND"), &json!("No such conversation"), &json!(200))
    );
    gateway.stop().await;
}
