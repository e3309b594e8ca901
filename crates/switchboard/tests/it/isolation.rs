//! Clients share the cache, and see nothing of one another's answers: not what needs a scope, not what needs a
//! connection. For every path that can be read.

use serde_json::Value;

use crate::rig::{Answer, Gateway, bearer, client, demo_connections};

const PATHS: [&str; 19] = [
    "/v1/connections",
    "/v1/connections/twilio",
    "/v1/services",
    "/v1/services/twilio:IS00000000000000000000000000000001",
    "/v1/services/twilio:IS00000000000000000000000000000001/webhooks",
    "/v1/services/twilio:IS00000000000000000000000000000001/webhooks/after",
    "/v1/connections/twilio/webhooks",
    "/v1/connections/twilio/webhooks/before",
    "/v1/conversations?limit=100",
    "/v1/conversations/twilio:CH00000000000000000000000000000002",
    "/v1/conversations/twilio:CH00000000000000000000000000000002/webhooks",
    "/v1/conversations/twilio:CH00000000000000000000000000000002/webhooks?effective=true",
    "/v1/conversations/bland:convo_override/webhooks",
    "/v1/conversations/bland:convo_abc123/webhook-deliveries",
    "/v1/conversations/bland:convo_abc123/webhook-deliveries/220f37fb7642df38",
    "/v1/numbers?limit=100",
    "/v1/numbers/bland:sms:+14155552671",
    "/v1/numbers/twilio:sms:+15005550100",
    "/v1/numbers/bland:sms:+14155552671/webhook",
];

/// So that nothing grows stale between a warm answer and a cold one, however slow the machine.
const CACHE: &str =
    "[cache]\nttl = { conversations = \"1h\", webhooks = \"1h\", deliveries = \"1h\", numbers = \"1h\" }\n";

async fn start() -> Gateway {
    let clients = [
        client("whole", &["read", "sensitive"], &["*"], ""),
        client("part", &["read"], &["*"], ""),
        client("bland", &["read", "sensitive"], &["bland"], ""),
    ];
    let config = format!(
        "[auth]\nmode = \"required\"\n{CACHE}{}{}",
        clients.concat(),
        demo_connections()
    );
    Gateway::start(&config).await
}

async fn get(gateway: &Gateway, name: &str, path: &str) -> Answer {
    gateway.get_with(path, &[("authorization", &bearer(name))]).await
}

/// Without what tells one moment from another.
fn timeless(answer: &Answer) -> Value {
    let mut body = answer.json();
    for source in body["sources"].as_array_mut().into_iter().flatten() {
        source["as_of"] = Value::Null;
    }
    if let Some(problem) = body.as_object_mut() {
        problem.remove("request_id");
        problem.remove("provider_request_id");
    }
    body
}

#[tokio::test]
async fn whoever_came_before_nobody_sees_more_or_less() {
    let shared = start().await;
    for path in PATHS {
        // Twice, so that each finds whatever the others have left.
        for _ in 0..2 {
            for name in ["whole", "part", "bland"] {
                get(&shared, name, path).await;
            }
        }
    }
    for name in ["whole", "part", "bland"] {
        let alone = start().await;
        for path in PATHS {
            let (among, alone) = (get(&shared, name, path).await, get(&alone, name, path).await);
            assert_eq!(among.status, alone.status, "{name} {path}");
            assert_eq!(timeless(&among), timeless(&alone), "{name} {path}");
            assert_eq!(
                among.header("switchboard-redacted"),
                alone.header("switchboard-redacted"),
                "{name} {path}"
            );
        }
        alone.stop().await;
    }
    shared.stop().await;
}

#[tokio::test]
async fn what_needs_a_scope_or_a_connection_is_not_there() {
    let gateway = start().await;
    for path in PATHS {
        let part = get(&gateway, "part", path).await;
        assert_eq!(part.status, 200, "{path}");
        if !path.starts_with("/v1/connections") || path.contains("webhooks") {
            assert!(part.header("switchboard-redacted").contains("extra"), "{path}");
            assert!(!holds(&part.json(), &["extra", "payload", "agent"]), "{path}");
        }
        let bland = get(&gateway, "bland", path).await;
        if path.contains("twilio") {
            assert_eq!(
                (bland.status, bland.code().as_str()),
                (403, "forbidden"),
                "{path}"
            );
        } else {
            assert!(
                !String::from_utf8_lossy(&bland.body).contains("\"twilio"),
                "{path}"
            );
        }
        let raw = if path.contains('?') {
            "&include=raw"
        } else {
            "?include=raw"
        };
        let raw = get(&gateway, "part", &format!("{path}{raw}")).await;
        assert!(matches!(raw.status, 403 | 422), "{path}: {raw:?}");
    }
    gateway.stop().await;
}

/// Whether one of these members is anything but null, anywhere.
fn holds(value: &Value, names: &[&str]) -> bool {
    match value {
        Value::Object(members) => members
            .iter()
            .any(|(name, value)| names.contains(&name.as_str()) && !value.is_null() || holds(value, names)),
        Value::Array(items) => items.iter().any(|item| holds(item, names)),
        _ => false,
    }
}
