//! Conversations and services: over all connections, with every filter, and one by one.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::paging::walk;
use crate::rig::{Answer, Gateway};

fn items(page: &Answer) -> Vec<Value> {
    assert_eq!(page.status, 200, "{page:?}");
    page.json()["data"].as_array().unwrap().clone()
}

fn field(items: &[Value], name: &str) -> Vec<String> {
    items
        .iter()
        .map(|item| item[name].as_str().unwrap_or("null").to_owned())
        .collect()
}

async fn all(gateway: &Gateway, path: &str) -> Vec<Value> {
    walk(gateway, path).await.iter().flat_map(items).collect()
}

#[tokio::test]
async fn every_conversation_comes_once_each_connection_to_its_end() {
    let gateway = Gateway::demo().await;
    for limit in [7, 20, 100] {
        let found = all(&gateway, &format!("/v1/conversations?limit={limit}")).await;
        let ids = field(&found, "id");
        assert_eq!(ids.len(), 238, "{limit}");
        assert_eq!(ids.iter().collect::<BTreeSet<_>>().len(), 238, "{limit}");
        let connections = field(&found, "connection");
        let first = connections.iter().filter(|name| *name == "twilio").count();
        assert_eq!(first, 138);
        assert!(
            connections[..first].iter().all(|name| name == "twilio"),
            "not merged"
        );
    }
    gateway.stop().await;
}

#[tokio::test]
async fn a_conversation_is_the_same_whatever_the_provider() {
    let gateway = Gateway::demo().await;
    let with_service = "twilio:IS00000000000000000000000000000001.CH00000000000000000000000000000005";
    let keys = |value: &Value| value.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    let short = gateway
        .get("/v1/conversations/twilio:CH00000000000000000000000000000005")
        .await;
    let long = gateway.get(&format!("/v1/conversations/{with_service}")).await;
    let bland = gateway.get("/v1/conversations/bland:convo_override_only").await;
    assert_eq!((short.status, long.status, bland.status), (200, 200, 200));
    let (short, long, bland) = (short.json(), long.json(), bland.json());
    // Where the service is known, the answer carries it.
    assert_eq!(short["id"], with_service);
    assert_eq!(short["service_id"], "twilio:IS00000000000000000000000000000001");
    assert_eq!(short["self"], format!("/v1/conversations/{with_service}"));
    assert_eq!(short["native_id"], "CH00000000000000000000000000000005");
    assert_eq!(long["id"], with_service);
    assert_eq!(keys(&short), keys(&bland));
    assert_eq!(bland["id"], "bland:convo_override_only");
    assert_eq!(
        (&bland["status"], &bland["closed_reason"]),
        (&json!("closed"), &json!("timed_out"))
    );
    assert_eq!(
        (&bland["channel"], &bland["agent_number"]),
        (&json!("sms"), &json!("+15005550005"))
    );
    assert_eq!(
        (&bland["service_id"], &bland["name"]),
        (&Value::Null, &Value::Null)
    );
    gateway.stop().await;
}

#[tokio::test]
async fn a_filter_narrows_or_is_refused_by_name() {
    let gateway = Gateway::demo().await;
    for (query, key, value) in [
        ("status=active", "status", "active"),
        ("status=closed", "status", "closed"),
        (
            "connection=bland&agent_number=%2B15005550005",
            "agent_number",
            "+15005550005",
        ),
        (
            "service_id=twilio:IS00000000000000000000000000000001",
            "connection",
            "twilio",
        ),
        (
            "service_id=twilio%3AISaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
            "service_id",
            "twilio:ISaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
        ),
    ] {
        let found = all(&gateway, &format!("/v1/conversations?limit=50&{query}")).await;
        assert!(!found.is_empty(), "{query}");
        assert!(field(&found, key).iter().all(|found| found == value), "{query}");
    }
    for (query, parameter) in [
        ("connection=twilio&user_number=%2B15550001111", "user_number"),
        ("connection=twilio&agent_number=%2B15550001111", "agent_number"),
        ("user_number=+15550001111", "user_number"),
        ("connection=bland&status=pending", "status"),
        ("connection=bland&service_id=bland:x", "service_id"),
        (
            "connection=bland&service_id=twilio:ISaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
            "service_id",
        ),
        ("service_id=nonsense", "service_id"),
        ("created_after=yesterday", "created_after"),
        ("created_before=2026-13-01T00:00:00Z", "created_before"),
        ("stats=active", "stats"),
    ] {
        let answer = gateway.get(&format!("/v1/conversations?{query}")).await;
        assert_eq!(
            (answer.status, answer.code().as_str()),
            (422, "invalid_request"),
            "{query}"
        );
        assert_eq!(answer.json()["errors"][0]["parameter"], parameter, "{query}");
    }
    gateway.stop().await;
}

#[tokio::test]
async fn a_source_that_cannot_filter_says_so_and_fails_nobody() {
    let gateway = Gateway::demo().await;
    let page = gateway
        .get("/v1/conversations?agent_number=%2B15005550005&limit=100")
        .await;
    assert!(!items(&page).is_empty());
    let sources = page.json()["sources"].clone();
    assert_eq!(
        (&sources[0]["connection"], &sources[0]["status"]),
        (&json!("twilio"), &json!("error"))
    );
    assert_eq!(sources[0]["problem"]["errors"][0]["parameter"], "agent_number");
    assert_eq!(
        (&sources[1]["connection"], &sources[1]["status"]),
        (&json!("bland"), &json!("ok"))
    );
    gateway.stop().await;
}

#[tokio::test]
async fn services_are_those_of_whoever_has_them() {
    let gateway = Gateway::demo().await;
    let page = gateway.get("/v1/services").await;
    let found = field(&items(&page), "id");
    assert_eq!(found.len(), 3);
    assert!(found.contains(&"twilio:ISaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa".to_owned()));
    assert_eq!(page.json()["sources"][1]["status"], "unsupported");
    let refused = gateway.get("/v1/services?connection=bland").await;
    assert_eq!(
        (refused.status, refused.code().as_str()),
        (405, "unsupported_by_provider")
    );
    gateway.stop().await;
}

#[tokio::test]
async fn a_conversation_inherits_the_webhook_of_its_number() {
    let gateway = Gateway::demo().await;
    let path = "/v1/conversations/bland:convo_retry/webhooks";
    let inherited = items(&gateway.get(path).await);
    assert_eq!(inherited.len(), 1);
    assert_eq!(
        (&inherited[0]["id"], &inherited[0]["inherited"]),
        (&json!("number"), &json!(true))
    );
    assert_eq!(
        (&inherited[0]["overridden"], &inherited[0]["scope"]["type"]),
        (&json!(false), &json!("number"))
    );
    let one = gateway.get(&format!("{path}/number")).await;
    assert_eq!(one.json(), inherited[0]);
    assert_eq!(gateway.get(&format!("{path}/other")).await.status, 404);

    let both = items(
        &gateway
            .get("/v1/conversations/bland:convo_override/webhooks")
            .await,
    );
    assert_eq!(field(&both, "source"), ["configured", "observed"]);
    assert_eq!(
        (&both[0]["overridden"], &both[1]["overridden"]),
        (&json!(true), &json!(false))
    );
    assert_ne!(both[0]["target"]["url"], both[1]["target"]["url"]);
    let none = items(
        &gateway
            .get("/v1/conversations/bland:convo_unlisted/webhooks")
            .await,
    );
    assert!(none.is_empty());
    gateway.stop().await;
}
