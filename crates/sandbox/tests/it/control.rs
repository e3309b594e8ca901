//! The control path, and the same in the process.

use hyper::{Method, StatusCode};
use sandbox::{Drift, Fault, Refused, RetryAfter, Truncate};
use serde_json::{Value, json};

use crate::client::{Reply, Running, json};
use crate::twilio::get;

const FAULTS: &str = "/sandbox/faults";

async fn add(running: &Running, rule: Value) -> Reply {
    running.send_json(Method::POST, FAULTS, &rule).await
}

async fn listed(running: &Running) -> Value {
    let reply = running.get(FAULTS, "").await;
    assert_eq!(reply.status, StatusCode::OK);
    reply.body["faults"].clone()
}

#[tokio::test]
async fn rules_are_added_listed_and_removed() {
    let running = Running::start().await;
    assert_eq!(listed(&running).await, json!([]));
    let full = json!({
        "provider": "twilio", "method": "GET", "path": "/v1/Services", "times": 3, "delay_ms": 10,
        "status": 429, "body": { "a": 1 }, "retry_after": 7, "truncate": 5
    });
    let first = add(&running, full.clone()).await;
    let mut expected = full;
    expected["id"] = first.body["id"].clone();
    assert_eq!((first.status, &first.body), (StatusCode::CREATED, &expected));
    let second = add(
        &running,
        json!({ "provider": "bland", "reset": true, "times": null }),
    )
    .await;
    let shown = json!({ "id": second.body["id"], "provider": "bland", "reset": true, "times": 0 });
    assert_eq!(listed(&running).await, json!([expected, shown]));
    let path = format!("{FAULTS}/{}", first.body["id"]);
    for status in [StatusCode::NO_CONTENT, StatusCode::NOT_FOUND] {
        let reply = running.send(Method::DELETE, &path, "", "").await;
        assert_eq!(reply.status, status);
    }
    assert_eq!(listed(&running).await, json!([shown]));
    let reply = running.send(Method::DELETE, FAULTS, "", "").await;
    assert_eq!((reply.status, reply.text.as_str()), (StatusCode::NO_CONTENT, ""));
    assert_eq!(listed(&running).await, json!([]));
}

#[tokio::test]
async fn a_rule_that_cannot_be_meant_is_refused_by_name() {
    let running = Running::start().await;
    let cases = [
        (json!({ "status": 500 }), "provider"),
        (json!({ "provider": "acme", "status": 500 }), "provider"),
        (json!({ "provider": "bland" }), "status"),
        (json!({ "provider": "bland", "latency": 5 }), "latency"),
        (
            json!({ "provider": "bland", "drift": { "colour": "red" } }),
            "colour",
        ),
        (
            json!({ "provider": "bland", "status": 500, "method": "get" }),
            "method",
        ),
        (
            json!({ "provider": "bland", "status": 500, "method": "A B" }),
            "method",
        ),
        (
            json!({ "provider": "bland", "status": 500, "path": "v1" }),
            "path",
        ),
        (json!({ "provider": "bland", "delay_ms": 60_001 }), "delay_ms"),
        (json!({ "provider": "bland", "status": 199 }), "status"),
        (json!({ "provider": "bland", "status": 600 }), "status"),
        (
            json!({ "provider": "bland", "status": 500, "body": "page" }),
            "body",
        ),
        (
            json!({ "provider": "bland", "delay_ms": 1, "body": "html" }),
            "body",
        ),
        (
            json!({ "provider": "bland", "delay_ms": 1, "retry_after": 1 }),
            "retry_after",
        ),
        (
            json!({ "provider": "bland", "status": 429, "retry_after": "a\nb" }),
            "retry_after",
        ),
        (
            json!({ "provider": "bland", "status": 429, "retry_after": 1.5 }),
            "retry_after",
        ),
        (json!({ "provider": "bland", "truncate": "half" }), "truncate"),
        (
            json!({ "provider": "bland", "status": 429, "reset": true }),
            "reset",
        ),
        (
            json!({ "provider": "bland", "truncate": true, "reset": true }),
            "reset",
        ),
        (
            json!({ "provider": "bland", "status": 429, "drift": {} }),
            "drift",
        ),
    ];
    for (rule, field) in cases {
        let reply = add(&running, rule.clone()).await;
        let error = reply.body["error"].as_str().unwrap();
        assert_eq!(reply.status, StatusCode::UNPROCESSABLE_ENTITY, "{rule}");
        assert!(error.contains(field), "{rule}: {error}");
    }
    assert_eq!(listed(&running).await, json!([]));
    for (times, status) in [(-1, 422), (0, 201)] {
        let reply = add(
            &running,
            json!({ "provider": "bland", "delay_ms": 60_000, "times": times }),
        )
        .await;
        assert_eq!(reply.status, status);
    }
}

#[tokio::test]
async fn there_are_at_most_sixty_four_rules() {
    let running = Running::start().await;
    let rule = json!({ "provider": "bland", "status": 500 });
    for _ in 0..64 {
        assert_eq!(add(&running, rule.clone()).await.status, StatusCode::CREATED);
    }
    assert_eq!(add(&running, rule.clone()).await.status, StatusCode::CONFLICT);
    running.get("/v1/sms/numbers", "sandbox").await;
    assert_eq!(
        add(&running, rule).await.status,
        StatusCode::CREATED,
        "one has been used up"
    );
}

#[tokio::test]
async fn only_json_is_read() {
    let running = Running::start().await;
    for (content_type, body, status) in [
        ("text/plain", "{}", StatusCode::UNSUPPORTED_MEDIA_TYPE),
        ("application/json", "{", StatusCode::BAD_REQUEST),
        ("application/json", "", StatusCode::BAD_REQUEST),
        ("application/json", "[]", StatusCode::UNPROCESSABLE_ENTITY),
    ] {
        let headers = [("content-type", content_type)];
        let reply = running
            .exchange(Method::POST, FAULTS, &headers, body)
            .await
            .unwrap();
        assert_eq!(reply.status, status, "{body}");
        assert!(reply.body["error"].is_string());
    }
}

#[tokio::test]
async fn a_page_in_a_browser_is_refused() {
    let running = Running::start().await;
    let rule = json!({ "provider": "bland", "status": 500, "times": 0 });
    add(&running, rule.clone()).await;
    for (method, path) in [
        (Method::GET, FAULTS),
        (Method::POST, FAULTS),
        (Method::DELETE, FAULTS),
        (Method::DELETE, "/sandbox/faults/1"),
        (Method::POST, "/sandbox/reset"),
    ] {
        for origin in ["http://127.0.0.1", "null", ""] {
            let headers = [("origin", origin), ("content-type", "application/json")];
            let reply = running
                .exchange(method.clone(), path, &headers, &rule.to_string())
                .await;
            assert_eq!(reply.unwrap().status, StatusCode::FORBIDDEN, "{method} {path}");
        }
    }
    assert_eq!(listed(&running).await.as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn other_paths_and_methods_are_refused() {
    let running = Running::start().await;
    for path in ["/sandbox", "/sandbox/", "/sandbox/fault", "/sandbox/faults/1/2"] {
        assert_eq!(
            running.get(path, "").await.status,
            StatusCode::NOT_FOUND,
            "{path}"
        );
    }
    for (path, allowed) in [
        (FAULTS, "GET, POST, DELETE"),
        ("/sandbox/faults/1", "DELETE"),
        ("/sandbox/reset", "POST"),
    ] {
        let reply = running.send(Method::PUT, path, "", "").await;
        assert_eq!(reply.status, StatusCode::METHOD_NOT_ALLOWED);
        assert_eq!(reply.header("allow"), allowed);
    }
}

#[tokio::test]
async fn a_reset_puts_back_the_data_and_drops_the_rules() {
    let running = Running::start().await;
    let webhooks = "/v1/Conversations/CH00000000000000000000000000000000/Webhooks";
    let hook = "Target=studio&Configuration.FlowSid=FW0123456789abcdef0123456789abcdef";
    let conversation = "/v1/sms/conversations/convo_retry";
    let before = running.get(conversation, "sandbox").await.body;
    let created = running.post_form(webhooks, hook).await.body;
    running.send(Method::DELETE, conversation, "sandbox", "").await;
    add(
        &running,
        json!({ "provider": "bland", "status": 500, "times": 0 }),
    )
    .await;
    let reply = running.send(Method::POST, "/sandbox/reset", "", "").await;
    assert_eq!((reply.status, reply.text.as_str()), (StatusCode::NO_CONTENT, ""));
    assert_eq!(listed(&running).await, json!([]));
    assert_eq!(get(&running, webhooks).await.body["webhooks"], json!([]));
    assert_eq!(running.get(conversation, "sandbox").await.body, before);
    let again = running.post_form(webhooks, hook).await.body;
    assert_eq!(again["sid"], created["sid"], "the SIDs begin again as well");
}

#[tokio::test]
async fn the_handle_and_the_path_are_one() {
    let running = Running::start().await;
    let fault = Fault {
        method: Some("GET".to_owned()),
        times: 0,
        status: Some(503),
        retry_after: Some(RetryAfter::Text("Wed, 21 Oct 2026 07:28:00 GMT".to_owned())),
        truncate: Some(Truncate::Half(true)),
        ..Fault::of("twilio")
    };
    let added = running.control.add(fault.clone()).unwrap();
    assert_eq!(added.fault, fault);
    let shown = json(
        r#"[{ "id": 1, "provider": "twilio", "method": "GET", "times": 0, "status": 503,
            "retry_after": "Wed, 21 Oct 2026 07:28:00 GMT", "truncate": true }]"#,
    );
    assert_eq!(listed(&running).await, shown);
    assert_eq!(running.control.faults(), [added]);
    assert!(running.control.remove(1) && !running.control.remove(1));
    let nothing = running.control.add(Fault::of("bland"));
    assert!(matches!(nothing, Err(Refused::Invalid(invalid)) if invalid.field == "status"));
    let drift = Drift {
        unknown_field: true,
        ..Drift::default()
    };
    let drifting = Fault {
        drift: Some(drift),
        ..Fault::of("bland")
    };
    for _ in 0..64 {
        running.control.add(drifting.clone()).unwrap();
    }
    assert_eq!(running.control.add(drifting), Err(Refused::Full));
    running.control.reset();
    assert_eq!(listed(&running).await, json!([]));
}
