//! Bland SMS as its clients see it.

use std::collections::BTreeSet;

use hyper::{Method, StatusCode};
use serde_json::{Value, json};

use crate::client::{Reply, Running, basic, json};

async fn get(running: &Running, target: &str) -> Reply {
    running.get(target, "sandbox").await
}

async fn numbers(running: &Running, target: &str) -> Vec<Value> {
    let reply = get(running, target).await;
    assert_eq!(
        (reply.status, &reply.body["errors"]),
        (StatusCode::OK, &Value::Null)
    );
    reply.body["data"].as_array().unwrap().clone()
}

fn refused(code: &str, message: &str) -> Value {
    json!({ "data": null, "errors": [{ "error": code, "message": message }] })
}

#[tokio::test]
async fn only_the_bare_configured_key_is_let_in() {
    let running = Running::start().await;
    let wrong = [
        "",
        "wrong",
        "Bearer sandbox",
        "Sandbox",
        &basic("SKsandbox", "sandbox"),
    ]
    .map(str::to_owned);
    for key in wrong {
        for path in [
            "/v1/sms/numbers",
            "/v1/sms/conversations/convo_abc123/webhook",
            "/v1/nothing",
        ] {
            let reply = running.get(path, &key).await;
            let expected = refused("AUTH_FAILURE", "Unauthorized");
            assert_eq!(
                (reply.status, &reply.body),
                (StatusCode::UNAUTHORIZED, &expected),
                "{key:?} {path}"
            );
        }
    }
}

#[tokio::test]
async fn the_documented_log_is_answered_exactly() {
    let running = Running::start().await;
    let reply = get(&running, "/v1/sms/conversations/convo_abc123/webhook").await;
    let documented = json(include_str!("../../fixtures/bland/documented_log.json"));
    assert_eq!((reply.status, &reply.body), (StatusCode::OK, &documented));
}

#[tokio::test]
async fn a_retried_log_tells_both_attempts() {
    let running = Running::start().await;
    let reply = get(&running, "/v1/sms/conversations/convo_retry/webhook").await;
    let attempts = reply.body["data"]["metadata"].as_array().unwrap();
    assert_eq!(attempts.len(), 2);
    assert_eq!(attempts[0]["response_code"], Value::Null);
    assert_eq!(attempts[0]["response_time"], "10002ms");
    assert!(attempts[0]["error_message"].is_string());
    assert_eq!(attempts[1]["response_code"], 200);
    assert_eq!(attempts[1]["response_time"], "0.098s");
    assert_eq!(attempts[1]["send_type"], "resend");
    assert!(attempts[1].get("error_message").is_none());
}

#[tokio::test]
async fn a_log_without_attempts_differs_from_no_log() {
    let running = Running::start().await;
    let pending = get(&running, "/v1/sms/conversations/convo_pending/webhook").await;
    assert_eq!(pending.body["data"]["metadata"], json!([]));
    for id in ["convo_quiet", "no_such_conversation", "%2F%FF", ""] {
        let reply = get(&running, &format!("/v1/sms/conversations/{id}/webhook")).await;
        let expected = json!({ "data": null, "errors": null });
        assert_eq!((reply.status, &reply.body), (StatusCode::OK, &expected), "{id}");
    }
}

#[tokio::test]
async fn every_conversation_is_fetched_with_its_messages() {
    let running = Running::start().await;
    for id in ["convo_abc123", "convo_retry", "convo_pending", "convo_quiet"] {
        let reply = get(&running, &format!("/v1/sms/conversations/{id}")).await;
        let conversation = &reply.body["data"];
        assert_eq!((reply.status, &conversation["id"]), (StatusCode::OK, &json!(id)));
        assert_eq!(reply.body["errors"], Value::Null);
        assert_eq!(
            conversation["messages"].as_array().unwrap().len(),
            conversation["message_count"]
        );
        assert!(conversation["is_active"].is_boolean());
    }
}

#[tokio::test]
async fn a_log_agrees_with_its_conversation() {
    let running = Running::start().await;
    for id in [
        "convo_abc123",
        "convo_retry",
        "convo_pending",
        "convo_override",
        "convo_override_only",
        "convo_rcs",
        "convo_whatsapp",
    ] {
        let conversation = get(&running, &format!("/v1/sms/conversations/{id}")).await.body;
        let log = get(&running, &format!("/v1/sms/conversations/{id}/webhook"))
            .await
            .body;
        let pairs = [
            ("/data/payload/phone_number", "/data/user_number"),
            ("/data/payload/agent_number", "/data/agent_number"),
            ("/data/payload/channel", "/data/effective_channel"),
            ("/data/payload/message_count", "/data/message_count"),
            ("/data/user_id", "/data/user_id"),
        ];
        for (in_log, in_conversation) in pairs {
            assert_eq!(
                log.pointer(in_log),
                conversation.pointer(in_conversation),
                "{id} {in_log}"
            );
        }
    }
}

#[tokio::test]
async fn a_missing_conversation_is_named() {
    let running = Running::start().await;
    let reply = get(&running, "/v1/sms/conversations/no_such_conversation").await;
    let expected = refused("CONVERSATION_NOT_FOUND", "Conversation not found");
    assert_eq!((reply.status, &reply.body), (StatusCode::NOT_FOUND, &expected));
}

#[tokio::test]
async fn sms_numbers_begin_with_the_documented_one_and_ascend() {
    let running = Running::start().await;
    let numbers = numbers(&running, "/v1/sms/numbers").await;
    let documented = json(include_str!("../../fixtures/bland/documented_numbers.json"));
    assert_eq!(numbers.len(), 512);
    assert_eq!(numbers[0], documented["data"][0]);
    let phone_numbers: Vec<&str> = numbers
        .iter()
        .map(|number| number["phone_number"].as_str().unwrap())
        .collect();
    assert!(phone_numbers.is_sorted_by(|one, next| one < next));
    assert!(
        phone_numbers[1..]
            .iter()
            .all(|number| number.starts_with("+1500555") && number.len() == 12)
    );
    assert_eq!(
        get(&running, "/v1/sms/numbers?channel=sms").await.body["data"],
        json!(numbers)
    );
}

#[tokio::test]
async fn sms_configurations_differ_in_every_known_way() {
    let running = Running::start().await;
    let numbers = numbers(&running, "/v1/sms/numbers").await;
    let kinds_of = |pointer: &str| -> BTreeSet<&str> {
        numbers
            .iter()
            .map(|number| kind(number.pointer(pointer)))
            .collect()
    };
    assert_eq!(kinds_of("/sms_config/webhook"), BTreeSet::from(["null", "text"]));
    assert_eq!(
        kinds_of("/sms_config/request_data"),
        BTreeSet::from(["array", "object"])
    );
    assert_eq!(
        kinds_of("/sms_config/pathway_version"),
        BTreeSet::from(["absent", "null", "number", "text"])
    );
    assert_eq!(
        kinds_of("/sms_config/time_out"),
        BTreeSet::from(["null", "number"])
    );
    assert_eq!(
        kinds_of("/sms_config/tools/0"),
        BTreeSet::from(["absent", "object", "text"])
    );
    assert_eq!(kinds_of("/label"), BTreeSet::from(["absent", "null", "text"]));
    assert_eq!(
        kinds_of("/messaging_service"),
        BTreeSet::from(["absent", "null", "text"])
    );
    assert!(numbers.iter().any(|number| number["sms_config"]["time_out"] == 0));
}

fn kind(value: Option<&Value>) -> &'static str {
    match value {
        None => "absent",
        Some(Value::Null) => "null",
        Some(Value::Bool(_)) => "bool",
        Some(Value::Number(_)) => "number",
        Some(Value::String(_)) => "text",
        Some(Value::Array(_)) => "array",
        Some(Value::Object(_)) => "object",
    }
}

#[tokio::test]
async fn each_channel_has_its_own_numbers_and_key() {
    let running = Running::start().await;
    for (channel, count) in [("sms", 512), ("whatsapp", 3), ("imessage", 2)] {
        let numbers = numbers(&running, &format!("/v1/sms/numbers?channel={channel}")).await;
        assert_eq!(numbers.len(), count);
        assert!(
            numbers
                .iter()
                .all(|number| number[format!("{channel}_config")].is_object()),
            "{channel}"
        );
    }
}

#[tokio::test]
async fn an_unknown_channel_is_refused() {
    let running = Running::start().await;
    for channel in ["fax", "SMS", "", "%FF"] {
        let reply = get(&running, &format!("/v1/sms/numbers?channel={channel}")).await;
        assert_eq!(reply.status, StatusCode::BAD_REQUEST, "{channel}");
        assert_eq!(reply.body["errors"][0]["error"], "INVALID_CHANNEL");
        assert_eq!(reply.body["data"], Value::Null);
    }
}

#[tokio::test]
async fn unknown_paths_and_methods_are_refused() {
    let running = Running::start().await;
    for path in [
        "/v1/sms",
        "/v1/calls",
        "/v1/sms/numbers/",
        "/v1/sms/conversations/convo_abc123/Webhook",
    ] {
        let reply = get(&running, path).await;
        assert_eq!(
            (reply.status, &reply.body),
            (StatusCode::NOT_FOUND, &json!({ "error": "Not found" })),
            "{path}"
        );
    }
    let methods = [
        ("/v1/sms/numbers", "GET"),
        ("/v1/sms/conversations", "GET"),
        ("/v1/sms/conversations/convo_abc123", "GET, PATCH, DELETE"),
        ("/v1/sms/conversations/convo_abc123/webhook", "GET"),
        ("/v1/sms/conversations/webhooks/resend", "POST"),
        ("/v1/sms/number/update", "POST"),
        ("/v1/sms/webhook/update", "POST"),
    ];
    for (path, allowed) in methods {
        for method in [
            Method::PUT,
            Method::GET,
            Method::POST,
            Method::PATCH,
            Method::DELETE,
        ] {
            if !allowed.split(", ").any(|name| name == method.as_str()) {
                let reply = running.send(method, path, "sandbox", "").await;
                assert_eq!(reply.status, StatusCode::METHOD_NOT_ALLOWED);
                assert_eq!(reply.body, refused("METHOD_NOT_ALLOWED", "Method not allowed"));
                assert_eq!(reply.header("allow"), allowed, "{path}");
            }
        }
    }
}
