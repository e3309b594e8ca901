//! Answers that are not what they used to be.

use hyper::{Method, StatusCode};
use sandbox::{Drift, Fault};
use serde_json::{Value, json};

use crate::client::Running;
use crate::twilio::{error, error_of, get};

const WEBHOOKS: &str = "/v1/Conversations/CH00000000000000000000000000000003/Webhooks";
const CONVERSATIONS: &str = "/v1/Conversations?PageSize=3";
const NUMBERS: &str = "/v1/sms/numbers?channel=whatsapp";

/// The next answer, drifted, and the same without.
async fn both(running: &Running, provider: &str, path: &str, drift: Value) -> (Value, Value) {
    let rule = json!({ "provider": provider, "drift": drift });
    let added = running.send_json(Method::POST, "/sandbox/faults", &rule).await;
    assert_eq!(added.status, StatusCode::CREATED, "{}", added.text);
    let fetch = async || match provider {
        "twilio" => get(running, path).await,
        _ => running.get(path, "sandbox").await,
    };
    let (drifted, usual) = (fetch().await, fetch().await);
    assert_eq!(drifted.status, StatusCode::OK);
    (drifted.body, usual.body)
}

#[tokio::test]
async fn methods_come_in_upper_case() {
    let running = Running::start().await;
    let (drifted, mut usual) = both(&running, "twilio", WEBHOOKS, json!({ "method_case": true })).await;
    let webhooks = usual["webhooks"].as_array_mut().unwrap();
    let mut seen = 0;
    for webhook in webhooks {
        if let Some(Value::String(method)) = webhook["configuration"].get_mut("method") {
            method.make_ascii_uppercase();
            seen += 1;
        }
    }
    assert_eq!((seen, drifted), (2, usual));
}

#[tokio::test]
async fn a_field_appears_in_each_resource() {
    let running = Running::start().await;
    let drift = json!({ "unknown_field": true });
    let (drifted, usual) = both(&running, "twilio", WEBHOOKS, drift.clone()).await;
    let with_surprise = drifted["webhooks"].as_array().unwrap().iter();
    assert_eq!(
        with_surprise.filter(|one| one.get("surprise").is_some()).count(),
        3
    );
    assert_eq!(drifted["meta"], usual["meta"]);
    let one = "/v1/Conversations/order%2F4";
    let (drifted, mut usual) = both(&running, "twilio", one, drift.clone()).await;
    usual["surprise"] = drifted["surprise"].clone();
    assert_eq!(drifted, usual);
    assert!(!drifted["surprise"].is_null());
    let (drifted, _) = both(&running, "bland", NUMBERS, drift.clone()).await;
    assert!(
        drifted["data"]
            .as_array()
            .unwrap()
            .iter()
            .all(|one| one.get("surprise").is_some())
    );
    let log = "/v1/sms/conversations/convo_abc123/webhook";
    let (drifted, _) = both(&running, "bland", log, drift).await;
    assert!(drifted["data"].get("surprise").is_some() && drifted.get("surprise").is_none());
}

#[tokio::test]
async fn a_field_is_missing_from_each_resource() {
    let running = Running::start().await;
    let (drifted, mut usual) = both(&running, "twilio", WEBHOOKS, json!({ "missing_field": "sid" })).await;
    for webhook in usual["webhooks"].as_array_mut().unwrap() {
        webhook.as_object_mut().unwrap().remove("sid").unwrap();
    }
    assert_eq!(drifted, usual);
    let drift = json!({ "missing_field": "whatsapp_config.webhook" });
    let (drifted, mut usual) = both(&running, "bland", NUMBERS, drift).await;
    for number in usual["data"].as_array_mut().unwrap() {
        let config = number["whatsapp_config"].as_object_mut().unwrap();
        config.remove("webhook").unwrap();
    }
    assert_eq!(drifted, usual);
}

#[tokio::test]
async fn a_field_has_another_type() {
    let running = Running::start().await;
    let (drifted, usual) = both(
        &running,
        "twilio",
        WEBHOOKS,
        json!({ "retype_field": "date_created" }),
    )
    .await;
    assert!(usual["webhooks"][0]["date_created"].is_string());
    for webhook in drifted["webhooks"].as_array().unwrap() {
        assert!(webhook["date_created"].is_number(), "{webhook}");
    }
    let drift = json!({ "retype_field": "conversation_count" });
    let (drifted, usual) = both(&running, "bland", NUMBERS, drift).await;
    for (drifted, usual) in drifted["data"]
        .as_array()
        .unwrap()
        .iter()
        .zip(usual["data"].as_array().unwrap())
    {
        assert_eq!(
            drifted["conversation_count"],
            usual["conversation_count"].to_string()
        );
    }
    let (drifted, usual) = both(&running, "bland", NUMBERS, json!({ "retype_field": "absent" })).await;
    assert_eq!(drifted, usual);
}

#[tokio::test]
async fn members_have_values_that_were_asked_for() {
    let running = Running::start().await;
    let log = "/v1/sms/conversations/convo_retry/webhook";
    let drift = json!({ "set": {
        "payload.metadata": null, "metadata.1.response_time": "1m2s", "metadata.7.sent_at": 1, "absent": 1
    } });
    let (drifted, mut usual) = both(&running, "bland", log, drift).await;
    usual["data"]["payload"]["metadata"] = Value::Null;
    usual["data"]["metadata"][1]["response_time"] = json!("1m2s");
    assert_eq!(drifted, usual);
}

#[tokio::test]
async fn a_state_is_misspelt() {
    let running = Running::start().await;
    let drift = json!({ "state": "intializing" });
    let (drifted, usual) = both(&running, "twilio", CONVERSATIONS, drift.clone()).await;
    for conversation in drifted["conversations"].as_array().unwrap() {
        assert_eq!(conversation["state"], "intializing");
    }
    assert_ne!(usual["conversations"][0]["state"], "intializing");
    let (drifted, usual) = both(&running, "twilio", WEBHOOKS, drift).await;
    assert_eq!(drifted, usual, "webhooks have no state");
}

#[tokio::test]
async fn a_page_links_to_a_foreign_host() {
    let running = Running::start().await;
    let foreign = "https://evil.example/v1/Conversations?PageToken=PT3";
    for path in [CONVERSATIONS, WEBHOOKS] {
        let (drifted, mut usual) = both(&running, "twilio", path, json!({ "page_link": foreign })).await;
        usual["meta"]["next_page_url"] = json!(foreign);
        assert_eq!(drifted, usual);
    }
    let one = "/v1/Conversations/order%2F4";
    let (drifted, usual) = both(&running, "twilio", one, json!({ "page_link": foreign })).await;
    assert_eq!(drifted, usual, "a single resource has no next page");
}

#[tokio::test]
async fn kinds_combine_and_what_is_written_is_not_changed() {
    let running = Running::start().await;
    let drift = Drift {
        unknown_field: true,
        missing_field: Some("sid".to_owned()),
        retype_field: Some("configuration.flow_sid".to_owned()),
        ..Drift::default()
    };
    let fault = Fault {
        drift: Some(drift),
        ..Fault::of("twilio")
    };
    running.control.add(fault.clone()).unwrap();
    let hook = "Target=studio&Configuration.FlowSid=FW0123456789abcdef0123456789abcdef";
    let created = running.post_form(WEBHOOKS, hook).await;
    assert_eq!(created.status, StatusCode::CREATED);
    assert!(created.body.get("sid").is_none() && created.body.get("surprise").is_some());
    assert!(created.body["configuration"]["flow_sid"].is_number());
    let listed = get(&running, WEBHOOKS).await;
    let stored = &listed.body["webhooks"][3];
    assert!(stored["sid"].is_string() && stored.get("surprise").is_none());
    running.control.add(fault).unwrap();
    let refused = get(&running, "/v1/Conversations/nobody").await;
    assert_eq!(error_of(&refused), error(404, 50350));
    assert!(refused.body.get("surprise").is_none());
}
