//! `/v1/conversations/{id}/webhooks` of the connections that have them.

use serde_json::{Value, json};

use crate::rig::{Answer, Gateway, Script, Upstream, acme};

const CONVERSATION: &str = "CHaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
const SERVICE: &str = "ISaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
const WEBHOOK: &str = "WHaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";

async fn get(gateway: &Gateway, path: &str) -> Answer {
    gateway.get_with(path, &[("x-api-key", "key")]).await
}

/// The webhook that this JSON of the provider is.
async fn read(wire: &Value) -> Value {
    let upstream = Upstream::always(Script::json(200, &wire.to_string())).await;
    let gateway = Gateway::start(&acme(upstream.address, "")).await;
    let answer = get(
        &gateway,
        &format!("/v1/conversations/twilio:{CONVERSATION}/webhooks/{WEBHOOK}"),
    )
    .await;
    assert_eq!(answer.status, 200, "{answer:?}");
    let seen = upstream.seen();
    assert_eq!(
        seen[0].line,
        format!("GET /v1/Conversations/{CONVERSATION}/Webhooks/{WEBHOOK} HTTP/1.1")
    );
    gateway.stop().await;
    answer.json()
}

fn wire(target: &str, configuration: &Value) -> Value {
    json!({
        "sid": WEBHOOK, "account_sid": "AC1", "conversation_sid": CONVERSATION, "target": target,
        "configuration": configuration, "date_created": "2016-03-24T21:05:50.123456Z", "date_updated": null,
        "url": "https://conversations.twilio.com/x",
    })
}

#[tokio::test]
async fn words_without_a_neutral_name_are_read_all_the_same() {
    let webhook = read(&wire(
        "webhook",
        &json!({
            "url": "https://example.com", "method": "PoSt",
            "filters": ["onMessageAdded", "onDeliveryUpdated", "onSomethingNew"],
        }),
    ))
    .await;
    assert_eq!(
        webhook["events"],
        json!([
            "message.created",
            "message.status_updated",
            "twilio:onSomethingNew"
        ])
    );
    assert_eq!(
        webhook["target"],
        json!({ "type": "http", "url": "https://example.com", "method": "POST" })
    );
    assert_eq!(
        webhook["extra"]["twilio"]["configuration"],
        json!({ "method": "PoSt" })
    );
    // In the provider's own precision, and null where it says nothing.
    assert_eq!(
        (&webhook["created_at"], &webhook["updated_at"]),
        (&json!("2016-03-24T21:05:50.123456Z"), &Value::Null)
    );
    let other = read(&wire("carrier_pigeon", &json!({ "coop": 7 }))).await;
    assert_eq!(other["target"], json!({ "type": "twilio:carrier_pigeon" }));
    assert_eq!(other["extra"]["twilio"]["configuration"], json!({ "coop": 7 }));
}

#[tokio::test]
async fn keywords_come_from_either_member() {
    let both = json!({ "url": "https://example.com", "method": "GET", "triggers": ["help"], "filters": ["onMessageAdded"] });
    for (configuration, keywords) in [
        (
            json!({ "url": "https://example.com", "method": "GET", "triggers": ["help", "stop"] }),
            json!(["help", "stop"]),
        ),
        (
            json!({ "url": "https://example.com", "method": "GET", "filters": ["help"] }),
            json!(["help"]),
        ),
        (both, json!(["help"])),
    ] {
        let webhook = read(&wire("trigger", &configuration)).await;
        assert_eq!(
            (&webhook["keywords"], &webhook["events"]),
            (&keywords, &json!(["message.keyword_matched"]))
        );
        assert_eq!(webhook["target"]["type"], "http");
    }
}

#[tokio::test]
async fn both_spellings_of_an_id_are_one_resource() {
    let gateway = Gateway::demo().await;
    for (first, second) in [
        (
            format!("twilio:{CONVERSATION}"),
            format!("twilio%3A{CONVERSATION}"),
        ),
        (
            format!("twilio%3a{SERVICE}.{CONVERSATION}"),
            format!("twilio:{SERVICE}%2E{CONVERSATION}"),
        ),
    ] {
        for tail in ["", &format!("/{WEBHOOK}")] {
            let stored = gateway
                .get(&format!("/v1/conversations/{first}/webhooks{tail}"))
                .await;
            assert_eq!(stored.header("cache-status"), "switchboard; fwd=uri-miss; stored");
            let hit = gateway
                .get(&format!("/v1/conversations/{second}/webhooks{tail}"))
                .await;
            assert!(
                hit.header("cache-status").starts_with("switchboard; hit"),
                "{second}"
            );
            assert_eq!(hit.body, stored.body);
        }
    }
    gateway.stop().await;
}

#[tokio::test]
async fn what_the_provider_does_not_have_is_not_found_and_kept_for_a_moment() {
    let gateway = Gateway::demo().await;
    for path in [
        format!("/v1/conversations/twilio:CH{:032}/webhooks", 999),
        format!("/v1/conversations/twilio:IS{:032}.{CONVERSATION}/webhooks", 9),
        format!(
            "/v1/conversations/twilio:{SERVICE}.{CONVERSATION}/webhooks/WH{:032}",
            1
        ),
    ] {
        for _ in 0..2 {
            let answer = gateway.get(&path).await;
            assert_eq!(
                (answer.status, answer.code().as_str()),
                (404, "not_found"),
                "{path}"
            );
            assert_eq!(answer.json()["origin"], "provider");
        }
    }
    assert!((gateway.metric("switchboard_upstream_requests_total", &[]).await - 3.0).abs() < 0.1);
    let empty = gateway
        .get(&format!("/v1/conversations/twilio:CH{:032}/webhooks", 0))
        .await;
    assert_eq!((empty.status, &empty.json()["data"]), (200, &json!([])));
    gateway.stop().await;
}

#[tokio::test]
async fn a_known_service_is_part_of_every_id() {
    let gateway = Gateway::demo().await;
    let conversation = format!("twilio:{SERVICE}.{CONVERSATION}");
    let list = gateway
        .get(&format!("/v1/conversations/{conversation}/webhooks"))
        .await
        .json();
    let webhook = &list["data"][0];
    assert_eq!(
        webhook["scope"],
        json!({ "type": "conversation", "id": conversation })
    );
    assert_eq!(
        webhook["self"],
        format!("/v1/conversations/{conversation}/webhooks/{WEBHOOK}")
    );
    gateway.stop().await;
}
