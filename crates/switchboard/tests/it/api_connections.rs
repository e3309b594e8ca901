//! `/v1/connections`, and what the gateway says of its problems.

use serde_json::{Value, json};
use switchboard::problem;

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
    let capabilities = |services: Value, webhooks: Value, deliveries: Value, numbers: Value, shared: &str| {
        let [hooks, number_hooks] = [&webhooks["conversation"], &webhooks["number"]];
        json!({
            "services": services,
            "conversations": { "list": "native", "get": "native" },
            "conversation_webhooks": hooks,
            "webhook_deliveries": deliveries,
            "numbers": numbers,
            "number_webhooks": number_hooks,
            "account_webhooks": { "list": shared, "get": shared, "update": shared },
            "service_webhooks": { "list": shared, "get": shared, "update": shared },
        })
    };
    let (native, none) = ("native", "unsupported");
    let twilio = json!({
        "name": "twilio",
        "self": "/v1/connections/twilio",
        "provider": "twilio",
        "api": "conversations-v1",
        "sandbox": true,
        "health": "up",
        "capabilities": capabilities(
            json!({ "list": native, "get": native }),
            json!({
                "conversation": {
                    "list": native, "get": native, "create": native, "update": native, "delete": native,
                },
                "number": { "get": native, "replace": native, "delete": native },
            }),
            json!({ "list": none, "get": none, "redeliver": none }),
            json!({ "list": native, "get": native }),
            native,
        ),
        "unsupported_fields": {
            "conversation": [
                "closed_reason", "channel", "user_number", "agent_number", "message_count", "last_message_at",
            ],
            "number": ["agent", "messaging_service_id", "conversation_count"],
        },
    });
    let bland = json!({
        "name": "bland",
        "self": "/v1/connections/bland",
        "provider": "bland",
        "api": "sms-v1",
        "sandbox": true,
        "health": "up",
        "capabilities": capabilities(
            json!({ "list": none, "get": none }),
            json!({
                "conversation": {
                    "list": "emulated", "get": "emulated", "create": none, "update": none, "delete": none,
                },
                "number": { "get": native, "replace": native, "delete": "disabled" },
            }),
            json!({ "list": native, "get": native, "redeliver": "disabled" }),
            json!({ "list": native, "get": "emulated" }),
            none,
        ),
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
    for (code, status) in CODES {
        let path = format!("/problems/{code}");
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
    assert_eq!(problem::names().count(), CODES.len());
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
