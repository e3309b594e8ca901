//! The four documented answers, read through the whole gateway from the sandbox.

use serde_json::{Value, json};

use crate::rig::Gateway;

/// A list, without when each source was read; that it says when is checked.
async fn list(gateway: &Gateway, path: &str) -> Value {
    let answer = gateway.get(path).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    let mut list = answer.json();
    for source in list["sources"].as_array_mut().unwrap() {
        let as_of = source.as_object_mut().unwrap().remove("as_of").unwrap();
        let as_of = as_of.as_str().unwrap();
        assert!(
            as_of.ends_with('Z') && as_of.parse::<jiff::Timestamp>().is_ok(),
            "{as_of}"
        );
    }
    list
}

#[tokio::test]
async fn the_log_of_a_conversation_is_the_documented_delivery() {
    let gateway = Gateway::demo().await;
    let path = "/v1/conversations/bland:convo_abc123/webhook-deliveries";
    // The first 16 hex digits of the SHA-256 of "convo_abc1232026-04-13T20:50:59.233Z".
    let delivery = json!({
        "id": "220f37fb7642df38",
        "self": format!("{path}/220f37fb7642df38"),
        "connection": "bland",
        "provider": "bland",
        "conversation_id": "bland:convo_abc123",
        "event": "conversation.ended",
        "url": "https://example.com/sms-webhook",
        "status": "delivered",
        "payload": {
            "type": "status",
            "conversation_id": "convo_abc123",
            "status": "ended",
            "phone_number": "+15550001111",
            "agent_number": "+15550002222",
            "channel": "sms",
            "message_count": 5,
        },
        "attempts": [{
            "number": 1,
            "sent_at": "2026-04-13T20:50:59.000Z",
            "status_code": 200,
            "duration_ms": 142,
            "kind": "initial",
            "outcome": "success",
            "error": null,
        }],
        "observed_by": "provider",
        "completeness": "full",
        "created_at": "2026-04-13T20:50:59.233Z",
        "extra": { "bland": { "user_id": "user_abc123", "metadata": [{ "response_time": "142ms" }] } },
    });
    assert_eq!(
        list(&gateway, path).await,
        json!({
            "data": [delivery],
            "next_cursor": null,
            "sources": [{ "connection": "bland", "status": "ok", "problem": null }],
        })
    );
    let one = gateway.get(&format!("{path}/220f37fb7642df38")).await;
    assert_eq!((one.status, one.json()), (200, delivery));
    gateway.stop().await;
}

#[tokio::test]
async fn the_webhooks_of_a_conversation_are_the_documented_three() {
    let gateway = Gateway::demo().await;
    let conversation = "twilio:CHaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
    let path = format!("/v1/conversations/{conversation}/webhooks");
    let webhook = |target: Value, events: Value, keywords: Value, configuration: Option<Value>| {
        let url = "https://conversations.twilio.com/v1/Conversations/CHaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa/Webhooks/WHaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
        let mut extra = json!({ "account_sid": "ACaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "url": url });
        if let Some(configuration) = configuration {
            extra["configuration"] = configuration;
        }
        json!({
            "id": "WHaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
            "self": format!("{path}/WHaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"),
            "connection": "twilio",
            "provider": "twilio",
            "scope": { "type": "conversation", "id": conversation },
            "source": "configured",
            "inherited": false,
            "overridden": false,
            "phase": "after",
            "target": target,
            "events": events,
            "keywords": keywords,
            "enabled": true,
            "created_at": "2016-03-24T21:05:50Z",
            "updated_at": "2016-03-24T21:05:50Z",
            "extra": { "twilio": extra },
        })
    };
    let http = |method: &str| json!({ "type": "http", "url": "https://example.com", "method": method });
    let flow = json!({ "type": "flow", "flow_id": "FWaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" });
    let keywords = json!(["keyword1", "keyword2"]);
    assert_eq!(
        list(&gateway, &path).await,
        json!({
            "data": [
                webhook(
                    http("GET"),
                    json!(["twilio:onMessageSent", "twilio:onConversationDestroyed"]),
                    json!([]),
                    Some(json!({ "method": "get" })),
                ),
                webhook(
                    http("POST"),
                    json!(["message.keyword_matched"]),
                    keywords.clone(),
                    // Which of two members held the keywords is for `extra` to say.
                    Some(json!({ "method": "post", "filters": keywords })),
                ),
                webhook(flow, json!([]), json!([]), None),
            ],
            "next_cursor": null,
            "sources": [{ "connection": "twilio", "status": "ok", "problem": null }],
        })
    );
    gateway.stop().await;
}

#[tokio::test]
async fn the_first_number_is_the_documented_one() {
    let gateway = Gateway::demo().await;
    let id = "bland:sms:+14155552671";
    let webhook = json!({
        "id": "number",
        "self": format!("/v1/numbers/{id}/webhook"),
        "connection": "bland",
        "provider": "bland",
        "scope": { "type": "number", "id": id },
        "source": "configured",
        "inherited": false,
        "overridden": false,
        "phase": "after",
        "target": { "type": "http", "url": "https://example.com/sms-webhook", "method": "POST" },
        "events": ["*"],
        "keywords": [],
        "enabled": true,
        "created_at": null,
        "updated_at": null,
        "extra": { "bland": {} },
    });
    let number = json!({
        "id": id,
        "self": format!("/v1/numbers/{id}"),
        "connection": "bland",
        "provider": "bland",
        "channel": "sms",
        "address": "+14155552671",
        "phone_number": "+14155552671",
        "label": null,
        "webhook": webhook,
        "agent": {
            "objective": "Provide quick support to customers.",
            "pathway": { "id": "abc123", "version": "latest", "start_node_id": "entry-node" },
            "temperature": 0.7,
            "tools": ["lookup", "escalate"],
            "request_data": { "ref": "campaign_123" },
            "timeout_ms": 15000,
        },
        "messaging_service_id": "MG1234567890abcdef",
        "conversation_count": 34,
        "created_at": null,
        "updated_at": null,
        "extra": { "bland": {} },
    });
    let mut page = list(&gateway, "/v1/numbers?connection=bland&limit=1").await;
    assert!(page["next_cursor"].take().is_string());
    assert_eq!(
        page,
        json!({
            "data": [number],
            "next_cursor": null,
            "sources": [{ "connection": "bland", "status": "ok", "problem": null }],
        })
    );
    let one = gateway.get(&format!("/v1/numbers/{id}")).await;
    assert_eq!((one.status, one.json()), (200, number));
    gateway.stop().await;
}

#[tokio::test]
async fn a_fetch_below_a_service_is_the_documented_studio_webhook() {
    let gateway = Gateway::demo().await;
    let conversation = "twilio:ISaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.CHaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
    let path = format!("/v1/conversations/{conversation}/webhooks/WHaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa");
    let answer = gateway.get(&path).await;
    assert_eq!(answer.status, 200);
    assert_eq!(
        answer.json(),
        json!({
            "id": "WHaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
            "self": path,
            "connection": "twilio",
            "provider": "twilio",
            "scope": { "type": "conversation", "id": conversation },
            "source": "configured",
            "inherited": false,
            "overridden": false,
            "phase": "after",
            "target": { "type": "flow", "flow_id": "FWaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" },
            "events": [],
            "keywords": [],
            "enabled": true,
            "created_at": "2016-03-24T21:05:50Z",
            "updated_at": "2016-03-24T21:05:50Z",
            "extra": { "twilio": {
                "account_sid": "ACaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
                "url": "https://conversations.twilio.com/v1/Services/ISaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa/Conversations/CHaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa/Webhooks/WHaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
            } },
        })
    );
    gateway.stop().await;
}
