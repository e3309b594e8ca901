//! Changes that providers have made before, made again by the sandbox: each is counted, and clients see nothing of
//! it.

use http::Method;
use serde_json::{Value, json};

use crate::rig::{Client, Gateway};

const WEBHOOKS: &str = "/v1/conversations/twilio:CHaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa/webhooks";
const CONVERSATION: &str = "/v1/conversations/twilio:CH00000000000000000000000000000002";
const DRIFT: &str = "switchboard_schema_drift_total";

fn sandbox(gateway: &Gateway) -> Client {
    let url = &gateway.shared.connections[0].account.base_url;
    Client(url.strip_prefix("http://").unwrap().parse().unwrap())
}

async fn reset(gateway: &Gateway) {
    let reset = sandbox(gateway).send(Method::POST, "/sandbox/reset", &[]).await;
    assert_eq!(reset.status, 204, "{reset:?}");
}

/// Makes the sandbox drift until further notice.
async fn drift(gateway: &Gateway, change: Value) {
    let rule = json!({ "provider": "twilio", "times": 0, "drift": change });
    let added = sandbox(gateway)
        .json(Method::POST, "/sandbox/faults", &[], &rule)
        .await;
    assert_eq!(added.status, 201, "{added:?}");
}

async fn fresh(gateway: &Gateway, path: &str) -> Value {
    let answer = gateway.get_with(path, &[("cache-control", "no-cache")]).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.json()
}

/// Without what is outside the promise.
fn promised(mut answer: Value) -> Value {
    match &mut answer {
        Value::Object(members) => {
            members.remove("extra");
            members.remove("sources");
            members
                .values_mut()
                .for_each(|value| *value = promised(value.take()));
        }
        Value::Array(items) => items.iter_mut().for_each(|value| *value = promised(value.take())),
        _ => {}
    }
    answer
}

async fn entries(gateway: &Gateway) -> Vec<String> {
    let drift = gateway.admin.get("/drift").await.json();
    let entries = drift["drift"].as_array().unwrap().iter();
    entries
        .map(|entry| {
            let text = |name: &str| entry[name].as_str().unwrap().to_owned();
            format!("{} {} {}", text("resource"), text("kind"), text("path"))
        })
        .collect()
}

#[tokio::test]
async fn a_method_in_another_case_is_counted_and_changes_nothing() {
    let gateway = Gateway::demo().await;
    let before = fresh(&gateway, WEBHOOKS).await;
    let labels = ["twilio", "webhook", "unknown_enum"];
    let counted = gateway.metric(DRIFT, &labels).await;
    drift(&gateway, json!({ "method_case": true })).await;
    let after = fresh(&gateway, WEBHOOKS).await;
    assert_ne!(before, after, "the native spelling stands in `extra`");
    assert_eq!(promised(before), promised(after));
    assert!(gateway.metric(DRIFT, &labels).await > counted);
    let entry = "webhook unknown_enum webhooks[].configuration.method".to_owned();
    assert!(entries(&gateway).await.contains(&entry));
    gateway.stop().await;
}

#[tokio::test]
async fn a_misspelt_state_is_counted_and_changes_nothing() {
    let gateway = Gateway::demo().await;
    drift(&gateway, json!({ "state": "intializing" })).await;
    let mut after = fresh(&gateway, CONVERSATION).await;
    assert_eq!(after["status"], "pending");
    assert_eq!(after["extra"]["twilio"]["state"], "intializing");
    // Of a state that is new indeed, too, all the rest is as it was.
    let before = after.clone();
    reset(&gateway).await;
    drift(&gateway, json!({ "state": "paused" })).await;
    after = fresh(&gateway, CONVERSATION).await;
    assert_eq!(after["status"], "twilio:paused");
    after["status"] = before["status"].clone();
    assert_eq!(promised(before), promised(after));
    let labels = ["twilio", "conversation", "unknown_enum"];
    assert!(gateway.metric(DRIFT, &labels).await > 0.5);
    assert!(
        entries(&gateway)
            .await
            .contains(&"conversation unknown_enum state".to_owned())
    );
    gateway.stop().await;
}

#[tokio::test]
async fn every_kind_of_drift_is_counted_under_its_path() {
    let gateway = Gateway::demo().await;
    let change = json!({
        "unknown_field": true, "missing_field": "date_updated", "retype_field": "date_created",
    });
    drift(&gateway, change).await;
    let webhooks = fresh(&gateway, WEBHOOKS).await;
    assert_eq!(webhooks["data"][0]["created_at"], Value::Null);
    let entries = entries(&gateway).await;
    for entry in [
        "webhook unknown_field webhooks[].surprise",
        "webhook missing_field webhooks[].date_updated",
        "webhook type_changed webhooks[].date_created",
    ] {
        assert!(entries.contains(&entry.to_owned()), "{entry}: {entries:?}");
    }
    for kind in ["unknown_field", "missing_field", "type_changed"] {
        assert!(
            gateway.metric(DRIFT, &["twilio", "webhook", kind]).await > 0.5,
            "{kind}"
        );
    }
    gateway.stop().await;
}
