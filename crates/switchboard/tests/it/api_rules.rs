//! Rules that hold for every resource: one shape, strict input, methods, media types.

use std::collections::BTreeSet;

use http::Method;
use serde_json::Value;

use crate::rig::{Answer, Gateway};

const WEBHOOKS: &str = "/v1/conversations/twilio:CH00000000000000000000000000000023/webhooks";
const DELIVERIES: &str = "/v1/conversations/bland:convo_retry/webhook-deliveries";
const NUMBERS: &str = "/v1/numbers?connection=bland";
const NUMBER: &str = "/v1/numbers/bland:sms:+14155552671";

const WEBHOOK_FIELDS: [&str; 16] = [
    "id",
    "self",
    "connection",
    "provider",
    "scope",
    "source",
    "inherited",
    "overridden",
    "phase",
    "target",
    "events",
    "keywords",
    "enabled",
    "created_at",
    "updated_at",
    "extra",
];
const NUMBER_FIELDS: [&str; 15] = [
    "id",
    "self",
    "connection",
    "provider",
    "channel",
    "address",
    "phone_number",
    "label",
    "webhook",
    "agent",
    "messaging_service_id",
    "conversation_count",
    "created_at",
    "updated_at",
    "extra",
];
const AGENT_FIELDS: [&str; 6] = [
    "objective",
    "pathway",
    "temperature",
    "tools",
    "request_data",
    "timeout_ms",
];
const DELIVERY_FIELDS: [&str; 14] = [
    "id",
    "self",
    "connection",
    "provider",
    "conversation_id",
    "event",
    "url",
    "status",
    "payload",
    "attempts",
    "observed_by",
    "completeness",
    "created_at",
    "extra",
];
const ATTEMPT_FIELDS: [&str; 7] = [
    "number",
    "sent_at",
    "status_code",
    "duration_ms",
    "kind",
    "outcome",
    "error",
];

/// The names in a value; of a list, those of its first item, which all the others have too.
fn keys(value: &Value) -> BTreeSet<&str> {
    value.as_object().unwrap().keys().map(String::as_str).collect()
}

async fn items(gateway: &Gateway, path: &str) -> Vec<Value> {
    let answer = gateway.get(path).await;
    assert_eq!(answer.status, 200, "{path}: {answer:?}");
    let Value::Array(items) = answer.json()["data"].take() else {
        panic!("{path}");
    };
    assert!(!items.is_empty(), "{path}");
    items
}

fn assert_refused(answer: &Answer, parameter: &str, path: &str) {
    assert_eq!(
        (answer.status, answer.code().as_str()),
        (422, "invalid_request"),
        "{path}"
    );
    let problem = answer.json();
    assert_eq!(problem["errors"][0]["parameter"], parameter, "{path}: {problem}");
    assert_eq!(
        (&problem["origin"], &problem["retryable"]),
        (&"client".into(), &false.into()),
        "{path}"
    );
}

#[tokio::test]
async fn the_fields_of_a_resource_are_always_the_same() {
    let gateway = Gateway::demo().await;
    for item in items(&gateway, &format!("{WEBHOOKS}?limit=100")).await {
        assert_eq!(keys(&item), BTreeSet::from(WEBHOOK_FIELDS));
        assert_eq!(keys(&item["scope"]), BTreeSet::from(["type", "id"]));
        assert_eq!(keys(&item["extra"]), BTreeSet::from(["twilio"]));
        let one = gateway.get(item["self"].as_str().unwrap()).await;
        assert_eq!((one.status, one.json()), (200, item));
    }
    for channel in ["sms", "whatsapp", "imessage"] {
        for item in items(&gateway, &format!("{NUMBERS}&channel={channel}&limit=100")).await {
            assert_eq!(keys(&item), BTreeSet::from(NUMBER_FIELDS));
            assert_eq!(keys(&item["extra"]), BTreeSet::from(["bland"]));
            assert_eq!(keys(&item["agent"]), BTreeSet::from(AGENT_FIELDS));
            assert_eq!(
                keys(&item["agent"]["pathway"]),
                BTreeSet::from(["id", "version", "start_node_id"])
            );
            if !item["webhook"].is_null() {
                assert_eq!(keys(&item["webhook"]), BTreeSet::from(WEBHOOK_FIELDS));
            }
        }
    }
    for conversation in ["convo_abc123", "convo_retry", "convo_pending"] {
        let path = format!("/v1/conversations/bland:{conversation}/webhook-deliveries");
        for item in items(&gateway, &path).await {
            assert_eq!(keys(&item), BTreeSet::from(DELIVERY_FIELDS));
            assert!(
                item["attempts"]
                    .as_array()
                    .unwrap()
                    .iter()
                    .all(|item| keys(item) == BTreeSet::from(ATTEMPT_FIELDS))
            );
            let one = gateway.get(item["self"].as_str().unwrap()).await;
            assert_eq!((one.status, one.json()), (200, item));
        }
    }
    gateway.stop().await;
}

#[tokio::test]
async fn what_nobody_asks_for_is_refused_by_name() {
    let gateway = Gateway::demo().await;
    for path in [
        WEBHOOKS,
        DELIVERIES,
        "/v1/numbers",
        NUMBER,
        "/v1/connections",
        "/v1/connections/bland",
        "/",
    ] {
        for (query, culprit) in [
            ("foo=1", "foo"),
            ("Limit=1", "Limit"),
            ("x%79=", "xy"),
            ("limit=1&zz", "limit"),
        ] {
            let answer = gateway.get(&format!("{path}?{query}")).await;
            // A list knows `limit`, so what it refuses is the other one.
            let lists = [WEBHOOKS, DELIVERIES, "/v1/numbers", "/v1/connections"].contains(&path);
            let culprit = if culprit == "limit" && lists {
                "zz"
            } else {
                culprit
            };
            assert_refused(&answer, culprit, &format!("{path}?{query}"));
        }
    }
    for path in [WEBHOOKS, DELIVERIES, "/v1/numbers", NUMBER] {
        for include in ["everything", "", "RAW", "raw,raw"] {
            let path = format!("{path}?include={include}");
            assert_refused(&gateway.get(&path).await, "include", &path);
        }
        let path = format!("{path}?include=raw&include=raw");
        assert_refused(&gateway.get(&path).await, "include", &path);
    }
    for (path, culprit) in [
        ("/v1/numbers?limit=1&limit=1", "limit"),
        ("/v1/numbers?connection=bland&connectio%6e=twilio", "connection"),
        ("/v1/numbers?channel=sms&channel=sms", "channel"),
        ("/v1/numbers?connection=Bland", "connection"),
        ("/v1/connections?include=raw", "include"),
        ("/v1/conversations/twilio:CHx/webhooks", "id"),
        ("/v1/conversations/nonsense/webhooks", "id"),
        (
            "/v1/conversations/twilio:CH00000000000000000000000000000023/webhooks/WHx",
            "webhook_id",
        ),
        ("/v1/conversations/bland:a%20b/webhook-deliveries", "id"),
        ("/v1/conversations/bland:a.b/webhook-deliveries", "id"),
        (
            "/v1/conversations/bland:convo_retry/webhook-deliveries/XYZ",
            "delivery_id",
        ),
        (
            "/v1/conversations/twilio:ISx.CH00000000000000000000000000000023/webhooks",
            "id",
        ),
        ("/v1/conversations/twilio:..%2f..%2fv1%2fx/webhooks", "id"),
    ] {
        assert_refused(&gateway.get(path).await, culprit, path);
    }
    assert!(
        gateway.metric("switchboard_upstream_requests_total", &[]).await < 0.5,
        "before any I/O"
    );
    gateway.stop().await;
}

#[tokio::test]
async fn head_is_get_without_a_body() {
    let gateway = Gateway::demo().await;
    for path in [
        WEBHOOKS,
        DELIVERIES,
        NUMBER,
        "/v1/numbers",
        "/v1/connections",
        "/",
        "/problems/conflict",
        "/v1/nope",
        "/v1/numbers?x=1",
    ] {
        let get = gateway.get(path).await;
        let head = gateway.client.send(Method::HEAD, path, &[]).await;
        assert_eq!((head.status, head.body.len()), (get.status, 0), "{path}");
        let rest = |answer: &Answer| {
            let mut headers = answer.headers.clone();
            // What is of the moment, or of this one request.
            for name in [
                "date",
                "age",
                "cache-status",
                "server-timing",
                "x-request-id",
                "traceparent",
            ] {
                headers.remove(name);
            }
            headers
        };
        assert_eq!(rest(&head), rest(&get), "{path}");
        assert_eq!(get.header("content-length"), get.body.len().to_string(), "{path}");
    }
    gateway.stop().await;
}

#[tokio::test]
async fn options_lists_what_a_path_has_and_other_methods_are_refused() {
    let gateway = Gateway::demo().await;
    // Each with what its template has, and with what its provider has.
    let read = "GET, HEAD, OPTIONS";
    let webhooks = "GET, HEAD, POST, OPTIONS";
    let paths = [
        (WEBHOOKS, webhooks, webhooks),
        ("/v1/conversations/bland:x/webhooks", webhooks, read),
        (DELIVERIES, read, read),
        (NUMBER, read, read),
        ("/v1/numbers", read, read),
        ("/v1/connections", read, read),
        ("/", read, read),
        ("/problems/conflict", read, read),
    ];
    for (path, template, _) in paths {
        let options = gateway.client.send(Method::OPTIONS, path, &[]).await;
        assert_eq!(
            (options.status, options.header("allow")),
            (204, template),
            "{path}"
        );
        assert!(options.body.is_empty());
    }
    for (path, _, provider) in paths {
        for method in [
            Method::PUT,
            Method::PATCH,
            Method::DELETE,
            Method::TRACE,
            "BREW".parse().unwrap(),
        ] {
            let answer = gateway.client.send(method.clone(), path, &[]).await;
            assert_eq!(
                (answer.status, answer.code().as_str()),
                (405, "method_not_allowed"),
                "{method} {path}"
            );
            assert_eq!(answer.header("allow"), provider, "{method} {path}");
        }
    }
    let unknown = gateway.client.send(Method::POST, "/v1/nope", &[]).await;
    assert_eq!((unknown.status, unknown.code().as_str()), (404, "not_found"));
    gateway.stop().await;
}

#[tokio::test]
async fn answers_are_json_or_not_acceptable() {
    let gateway = Gateway::demo().await;
    for (accept, status) in [
        ("application/json", 200),
        ("*/*", 200),
        ("application/*;q=0.1", 200),
        ("text/html, application/json;q=0.5", 200),
        ("Application/JSON; charset=utf-8", 200),
        ("text/html", 406),
        ("application/json;q=0", 406),
        ("application/json;q=0.000, */*", 406),
        ("application/json;q=0, text/html;q=1", 406),
        ("application/xml, text/*", 406),
    ] {
        let answer = gateway
            .get_with("/v1/numbers?limit=1", &[("accept", accept)])
            .await;
        assert_eq!(answer.status, status, "{accept}");
        if status == 406 {
            assert_eq!(answer.code(), "not_acceptable");
        }
    }
    gateway.stop().await;
}
