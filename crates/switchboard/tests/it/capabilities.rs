//! What a connection says that it can do, it can do; what it says that it cannot do is refused before anything is
//! sent. Driven by the capabilities themselves, for every operation and provider.

use http::Method;
use serde_json::{Value, json};

use crate::rig::{Answer, Gateway, demo_connections};

/// A request for an operation, and the status of its success.
struct Ask {
    method: Method,
    path: String,
    body: Value,
    success: u16,
}

/// A request that succeeds where there is support.
fn ask(resource: &str, verb: &str, connection: &str) -> Ask {
    let (conversation, webhook, delivery) = match connection {
        "twilio" => (
            format!("CH{:032}", 2),
            "WH802e282d95243534b2af710de865fc4a".to_owned(),
            "x",
        ),
        _ if resource == "conversation_webhooks" => ("convo_override".to_owned(), "number".to_owned(), "x"),
        _ => ("convo_abc123".to_owned(), "number".to_owned(), "220f37fb7642df38"),
    };
    let number = if connection == "twilio" {
        "+15005550100"
    } else {
        "+14155552671"
    };
    let (conversation, number) = (
        format!("{connection}:{conversation}"),
        format!("{connection}:sms:{number}"),
    );
    let service = format!("{connection}:IS{:032}", 1);
    let below = match (resource, verb) {
        ("services" | "conversations" | "numbers", "list") => format!("{resource}?connection={connection}"),
        ("services", _) => format!("services/{service}"),
        ("conversations", _) => format!("conversations/{conversation}"),
        ("conversation_webhooks", "list" | "create") => format!("conversations/{conversation}/webhooks"),
        ("conversation_webhooks", _) => format!("conversations/{conversation}/webhooks/{webhook}"),
        ("webhook_deliveries", "list") => format!("conversations/{conversation}/webhook-deliveries"),
        ("webhook_deliveries", "get") => {
            format!("conversations/{conversation}/webhook-deliveries/{delivery}")
        }
        ("webhook_deliveries", _) => {
            format!("conversations/{conversation}/webhook-deliveries/{delivery}/redeliver")
        }
        ("numbers", _) => format!("numbers/{number}"),
        ("number_webhooks", _) => format!("numbers/{number}/webhook"),
        ("account_webhooks", "list") => format!("connections/{connection}/webhooks"),
        ("account_webhooks", _) => format!("connections/{connection}/webhooks/after"),
        ("service_webhooks", "list") => format!("services/{service}/webhooks"),
        ("service_webhooks", _) => format!("services/{service}/webhooks/after"),
        other => panic!("no request for {other:?}"),
    };
    let url = json!({ "url": "https://hooks.example.com/new" });
    let mut whole = json!({ "target": { "type": "http", "url": "https://hooks.example.com/new" } });
    if connection == "twilio" {
        whole["events"] = json!(["message.created"]);
    }
    let (method, body, success) = match verb {
        "list" | "get" => (Method::GET, Value::Null, 200),
        "create" => (Method::POST, whole, 201),
        "redeliver" => (Method::POST, json!({}), 201),
        "replace" => (Method::PUT, whole, 200),
        "update" => (Method::PATCH, json!({ "target": url }), 200),
        "delete" => (Method::DELETE, Value::Null, 204),
        other => panic!("no method for {other}"),
    };
    Ask {
        method,
        path: format!("/v1/{below}"),
        body,
        success,
    }
}

async fn send(gateway: &Gateway, ask: &Ask) -> Answer {
    match &ask.body {
        Value::Null => gateway.client.send(ask.method.clone(), &ask.path, &[]).await,
        body => {
            gateway
                .client
                .json(ask.method.clone(), &ask.path, &[], body)
                .await
        }
    }
}

async fn check(gateway: &Gateway) -> Vec<String> {
    let mut seen = Vec::new();
    let connections = gateway.get("/v1/connections").await.json();
    for connection in connections["data"].as_array().unwrap() {
        let name = connection["name"].as_str().unwrap();
        for (resource, verbs) in connection["capabilities"].as_object().unwrap() {
            let mut verbs: Vec<_> = verbs.as_object().unwrap().iter().collect();
            // What is deleted cannot be read.
            verbs.sort_by_key(|(verb, _)| *verb == "delete");
            for (verb, support) in verbs {
                let ask = ask(resource, verb, name);
                let calls = gateway
                    .metric("switchboard_upstream_requests_total", &[name])
                    .await;
                let answer = send(gateway, &ask).await;
                let what = format!("{name} {resource} {verb}: {} {} {answer:?}", ask.method, ask.path);
                seen.push(format!("{name} {resource} {verb} {}", support.as_str().unwrap()));
                if matches!(support.as_str(), Some("native" | "emulated")) {
                    assert_eq!(answer.status, ask.success, "{what}");
                    continue;
                }
                assert_eq!(
                    (answer.status, answer.code().as_str()),
                    (405, "unsupported_by_provider"),
                    "{what}"
                );
                let allow = answer.header("allow");
                assert!(
                    allow.ends_with("OPTIONS") && !allow.contains(ask.method.as_str()),
                    "{what}"
                );
                assert_eq!(answer.json()["connection"], name, "{what}");
                let after = gateway
                    .metric("switchboard_upstream_requests_total", &[name])
                    .await;
                assert!((after - calls).abs() < 0.5, "a refusal sends nothing: {what}");
            }
        }
    }
    seen
}

#[tokio::test]
async fn a_capability_is_what_happens() {
    let gateway = Gateway::demo().await;
    let seen = check(&gateway).await;
    assert_eq!(seen.len(), 2 * model::Operation::ALL.len());
    gateway.stop().await;
}

#[tokio::test]
async fn a_key_turns_on_what_is_disabled() {
    let gateway = Gateway::start(&format!(
        "{}\nredelivery = true\nclear_webhook = true\n",
        demo_connections()
    ))
    .await;
    let seen = check(&gateway).await;
    assert!(
        !seen.iter().any(|operation| operation.ends_with("disabled")),
        "{seen:?}"
    );
    let gone = gateway.get("/v1/numbers/bland:sms:+14155552671/webhook").await;
    assert_eq!((gone.status, gone.code().as_str()), (404, "not_found"));
    gateway.stop().await;
}

#[tokio::test]
async fn what_is_off_names_the_key_that_turns_it_on() {
    let gateway = Gateway::demo().await;
    for (resource, verb, key) in [
        ("webhook_deliveries", "redeliver", "connections.bland.redelivery"),
        ("number_webhooks", "delete", "connections.bland.clear_webhook"),
    ] {
        let answer = send(&gateway, &ask(resource, verb, "bland")).await;
        assert!(
            answer.json()["detail"].as_str().unwrap().contains(key),
            "{answer:?}"
        );
    }
    gateway.stop().await;
}
