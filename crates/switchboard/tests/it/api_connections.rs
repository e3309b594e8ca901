//! `/v1/connections`, and what the gateway says of itself: its index and its problems.

use std::collections::BTreeSet;

use http::Method;
use serde_json::{Value, json};

use crate::rig::{Gateway, Script, Upstream, bearer, bland, client, demo_connections};

const CODES: [(&str, u16); 22] = [
    ("invalid_request", 422),
    ("unauthenticated", 401),
    ("forbidden", 403),
    ("misdirected", 421),
    ("not_found", 404),
    ("method_not_allowed", 405),
    ("unsupported_by_provider", 405),
    ("not_acceptable", 406),
    ("conflict", 409),
    ("precondition_failed", 412),
    ("payload_too_large", 413),
    ("unsupported_media_type", 415),
    ("rate_limited", 429),
    ("provider_auth_failed", 502),
    ("provider_unavailable", 502),
    ("provider_protocol_error", 502),
    ("provider_timeout", 504),
    ("deadline_exceeded", 504),
    ("not_cached", 504),
    ("circuit_open", 503),
    ("overloaded", 503),
    ("internal", 500),
];

#[tokio::test]
async fn a_connection_says_what_its_provider_can_do() {
    let gateway = Gateway::demo().await;
    let list = gateway.get("/v1/connections").await;
    assert_eq!(list.status, 200);
    let capabilities = |services: &str, webhooks: [&str; 2], deliveries: [&str; 2], numbers: [&str; 2]| {
        let verbs = |[list, get]: [&str; 2]| json!({ "list": list, "get": get });
        json!({
            "services": { "list": services },
            "conversations": verbs(["native"; 2]),
            "conversation_webhooks": verbs(webhooks),
            "webhook_deliveries": verbs(deliveries),
            "numbers": verbs(numbers),
        })
    };
    let (native, unsupported) = (["native"; 2], ["unsupported"; 2]);
    let twilio = json!({
        "name": "twilio",
        "self": "/v1/connections/twilio",
        "provider": "twilio",
        "api": "conversations-v1",
        "sandbox": true,
        "health": "up",
        "capabilities": capabilities("native", native, unsupported, unsupported),
        "unsupported_fields": {
            "conversation": [
                "closed_reason", "channel", "user_number", "agent_number", "message_count", "last_message_at",
            ],
        },
    });
    let bland = json!({
        "name": "bland",
        "self": "/v1/connections/bland",
        "provider": "bland",
        "api": "sms-v1",
        "sandbox": true,
        "health": "up",
        "capabilities": capabilities("unsupported", ["emulated"; 2], native, ["native", "emulated"]),
        "unsupported_fields": {
            "conversation": ["service_id", "name"],
            "number": ["created_at", "updated_at"],
            "webhook": ["keywords", "created_at", "updated_at"],
        },
    });
    assert_eq!(
        list.json(),
        json!({ "data": [twilio, bland], "next_cursor": null, "sources": [] })
    );
    for connection in [twilio, bland] {
        let one = gateway.get(connection["self"].as_str().unwrap()).await;
        assert_eq!((one.status, one.json()), (200, connection));
    }
    gateway.stop().await;
}

#[tokio::test]
async fn capabilities_are_what_the_gate_enforces() {
    let gateway = Gateway::demo().await;
    let path = |resource: &str, verb: &str, connection: &str| {
        let native = if connection == "twilio" {
            format!("CH{:032}", 5)
        } else {
            "convo_abc123".to_owned()
        };
        match (resource, verb) {
            ("services", _) => format!("/v1/services?connection={connection}"),
            ("conversations", "list") => format!("/v1/conversations?connection={connection}"),
            ("conversations", _) => format!("/v1/conversations/{connection}:{native}"),
            ("conversation_webhooks", "list") => format!("/v1/conversations/{connection}:{native}/webhooks"),
            ("conversation_webhooks", _) => {
                let webhook = if connection == "twilio" {
                    format!("WH{:032}", 0)
                } else {
                    "number".to_owned()
                };
                format!("/v1/conversations/{connection}:{native}/webhooks/{webhook}")
            }
            ("webhook_deliveries", "list") => {
                format!("/v1/conversations/{connection}:{native}/webhook-deliveries")
            }
            ("webhook_deliveries", _) => {
                format!("/v1/conversations/{connection}:{native}/webhook-deliveries/0000000000000000")
            }
            ("numbers", "list") => format!("/v1/numbers?connection={connection}"),
            _ => format!("/v1/numbers/{connection}:sms:+14155552671"),
        }
    };
    let connections = gateway.get("/v1/connections").await.json();
    for connection in connections["data"].as_array().unwrap() {
        let name = connection["name"].as_str().unwrap();
        for (resource, verbs) in connection["capabilities"].as_object().unwrap() {
            for (verb, support) in verbs.as_object().unwrap() {
                let path = path(resource, verb, name);
                let answer = gateway.get(&path).await;
                if support == "unsupported" {
                    assert_eq!(
                        (answer.status, answer.code().as_str()),
                        (405, "unsupported_by_provider"),
                        "{path}"
                    );
                    assert_eq!(answer.header("allow"), "OPTIONS", "{path}");
                    assert_eq!(answer.json()["connection"], name, "{path}");
                    let write = gateway.client.send(Method::POST, &path, &[]).await;
                    assert_eq!((write.status, write.header("allow")), (405, "OPTIONS"), "{path}");
                } else {
                    assert!(matches!(answer.status, 200 | 404), "{path}: {answer:?}");
                }
            }
        }
    }
    gateway.stop().await;
}

#[tokio::test]
async fn health_follows_the_circuit() {
    let down = Upstream::always(Script::json(500, "{}")).await;
    let config = client("reader", &["read"], &["*"], "");
    let circuit = "circuit = { failure_ratio = 0.5, minimum_requests = 2, window = \"10s\", open = \"1h\" }";
    let config = format!(
        "[auth]\nmode = \"required\"\n{config}{}{circuit}",
        bland("bland", down.address)
    );
    let gateway = Gateway::start(&config).await;
    let authorization = bearer("reader");
    let headers = [("authorization", authorization.as_str())];
    let get = |path: &'static str| gateway.get_with(path, &headers);
    assert_eq!(get("/v1/connections/bland").await.json()["health"], "up");
    while get("/v1/numbers").await.code() != "circuit_open" {}
    assert_eq!(get("/v1/connections/bland").await.json()["health"], "down");
    assert!((gateway.metric("switchboard_circuit_state", &["bland"]).await - 2.0).abs() < 0.1);
    let open = get("/v1/numbers").await;
    assert_eq!(open.status, 503);
    assert!((1..=60).contains(&open.header("retry-after").parse::<u64>().unwrap()));
    gateway.stop().await;
}

#[tokio::test]
async fn a_connection_that_is_not_there_is_not_found() {
    let gateway = Gateway::demo().await;
    for path in [
        "/v1/connections/nope",
        "/v1/numbers?connection=nope",
        "/v1/numbers/nope:sms:+14155552671",
        "/v1/conversations/nope:CH1/webhooks",
        "/v1/conversations/nope:CH1/webhooks/WH1",
        "/v1/conversations/nope:x/webhook-deliveries",
        "/v1/conversations/nope:x/webhook-deliveries/1",
    ] {
        let answer = gateway.get(path).await;
        assert_eq!(
            (answer.status, answer.code().as_str()),
            (404, "not_found"),
            "{path}"
        );
        assert_eq!(answer.json()["origin"], "client");
    }
    for path in [
        "/v1/connections/Nope",
        "/v1/connections/1x",
        "/v1/connections/%2e%2e",
    ] {
        let answer = gateway.get(path).await;
        assert_eq!(
            (answer.status, answer.code().as_str()),
            (422, "invalid_request"),
            "{path}"
        );
        assert_eq!(answer.json()["errors"][0]["parameter"], "connection");
    }
    gateway.stop().await;
}

#[tokio::test]
async fn every_problem_is_served_without_a_key() {
    let config = client("reader", &["read"], &["*"], "");
    let config = format!("[auth]\nmode = \"required\"\n{config}{}", demo_connections());
    let gateway = Gateway::start(&config).await;
    let index = gateway.get("/").await;
    assert_eq!(
        (index.status, index.header("content-type")),
        (200, "application/json")
    );
    let listed: BTreeSet<_> = index.json()["problems"]
        .as_array()
        .unwrap()
        .iter()
        .map(Value::to_string)
        .collect();
    for (code, status) in CODES {
        let path = format!("/problems/{code}");
        assert!(listed.contains(&json!(path).to_string()), "{path}");
        let page = gateway.get(&path).await;
        assert_eq!(page.status, 200, "{path}");
        let page = page.json();
        assert_eq!(
            [&page["type"], &page["code"], &page["status"]],
            [&json!(path), &json!(code), &json!(status)]
        );
        assert!(
            page["title"].as_str().is_some_and(|title| !title.is_empty()),
            "{path}"
        );
        assert!(
            page["description"].as_str().is_some_and(|text| !text.is_empty()),
            "{path}"
        );
    }
    assert_eq!(listed.len(), CODES.len());
    for path in [
        "/problems/nope",
        "/problems",
        "/nope",
        "/v1",
        "/v1/nope",
        "/v1/numbers/",
        "//",
        "/V1/numbers",
    ] {
        let answer = gateway.get(path).await;
        assert_eq!(
            (answer.status, answer.code().as_str()),
            (404, "not_found"),
            "{path}"
        );
    }
    assert_eq!(gateway.get("/v1/numbers").await.status, 401);
    gateway.stop().await;
}
