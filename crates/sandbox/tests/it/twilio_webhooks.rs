//! Webhooks of a conversation, written as Twilio's clients do.

use hyper::{Method, StatusCode};
use serde_json::{Value, json};

use crate::client::{Running, basic};
use crate::twilio::{DEFAULT_SERVICE, error, error_of, get};

const NOW: &str = "2026-07-01T12:30:45.987Z";
/// Active, with one webhook that can be changed and room for three more.
const CONVERSATION: &str = "/v1/Conversations/CH00000000000000000000000000000002/Webhooks";
const EMPTY: &str = "/v1/Conversations/CH00000000000000000000000000000000/Webhooks";
const HOOK: &str = "Target=webhook&Configuration.Url=https%3A%2F%2Fhooks.example.com%2Fin&Configuration.Filters=onMessageAdded";

fn long(path: &str) -> String {
    path.replace("/v1/", &format!("/v1/Services/{DEFAULT_SERVICE}/"))
}

/// The first webhook of a list, of this target.
async fn of_target(running: &Running, list: &str, target: &str) -> Value {
    let webhooks = get(running, list).await.body["webhooks"].clone();
    let mut webhooks = webhooks.as_array().unwrap().iter();
    webhooks
        .find(|webhook| webhook["target"] == target)
        .unwrap()
        .clone()
}

#[tokio::test]
async fn a_created_webhook_is_shown_listed_and_fetched() {
    let running = Running::start_at(NOW).await;
    let form = format!("{HOOK}&Configuration.Filters=onParticipantAdded&Configuration.Method=GET");
    let created = running.post_form(EMPTY, &form).await;
    assert_eq!(created.status, StatusCode::CREATED);
    let sid = created.body["sid"].as_str().unwrap().to_owned();
    let expected = json!({
        "sid": sid,
        "account_sid": "AC00000000000000000000000000000001",
        "conversation_sid": "CH00000000000000000000000000000000",
        "target": "webhook",
        "configuration": {
            "url": "https://hooks.example.com/in",
            "method": "get",
            "filters": ["onMessageAdded", "onParticipantAdded"]
        },
        "date_created": "2026-07-01T12:30:45Z",
        "date_updated": "2026-07-01T12:30:45Z",
        "url": format!("https://conversations.twilio.com{EMPTY}/{sid}"),
    });
    assert_eq!(created.body, expected);
    assert_eq!(created.header("access-control-allow-origin"), "*");
    assert!(created.header("twilio-request-id").starts_with("RQ"));
    assert_eq!(get(&running, EMPTY).await.body["webhooks"], json!([expected]));
    assert_eq!(get(&running, &format!("{EMPTY}/{sid}")).await.body, expected);
    let elsewhere = get(&running, &format!("{}/{sid}", long(EMPTY))).await.body;
    assert_eq!(elsewhere["chat_service_sid"], DEFAULT_SERVICE);
}

#[tokio::test]
async fn the_long_path_names_the_service() {
    let running = Running::start().await;
    let created = running.post_form(&long(EMPTY), HOOK).await;
    assert_eq!(
        (created.status, &created.body["chat_service_sid"]),
        (StatusCode::CREATED, &json!(DEFAULT_SERVICE))
    );
    let url = created.body["url"].as_str().unwrap();
    assert!(url.contains(&long(EMPTY)), "{url}");
    let by_name = running
        .post_form("/v1/Conversations/order%2F4/Webhooks", HOOK)
        .await;
    assert_eq!(
        by_name.body["conversation_sid"],
        "CH00000000000000000000000000000004"
    );
}

#[tokio::test]
async fn each_target_echoes_its_own_configuration() {
    let running = Running::start().await;
    let flow = "FW0123456789abcdef0123456789ABCDEF";
    let cases = [
        (
            "Target=trigger&Configuration.Url=http://x.example&Configuration.Triggers=help&Configuration.Triggers=a+b",
            json!({ "url": "http://x.example", "method": "post", "filters": ["help", "a b"] }),
        ),
        (
            &format!("Target=studio&Configuration.FlowSid={flow}&Configuration.ReplayAfter=0"),
            json!({ "flow_sid": flow }),
        ),
        (
            "Target=webhook&Configuration.Url=http://x.example/%23ct=2000&Configuration.Filters=onUserAdded&Configuration.FlowSid=x&Configuration.Triggers=",
            json!({ "url": "http://x.example/#ct=2000", "method": "post", "filters": ["onUserAdded"] }),
        ),
    ];
    for (form, configuration) in cases {
        let created = running.post_form(EMPTY, form).await;
        assert_eq!(
            (created.status, &created.body["configuration"]),
            (StatusCode::CREATED, &configuration)
        );
    }
}

#[tokio::test]
async fn an_update_changes_what_it_names() {
    let running = Running::start_at(NOW).await;
    let before = of_target(&running, CONVERSATION, "webhook").await;
    let path = format!("{CONVERSATION}/{}", before["sid"].as_str().unwrap());
    let updated = running
        .post_form(&path, "Configuration.Url=https://new.example/a")
        .await;
    let mut expected = before.clone();
    expected["configuration"]["url"] = json!("https://new.example/a");
    expected["date_updated"] = json!("2026-07-01T12:30:45Z");
    assert_eq!((updated.status, &updated.body), (StatusCode::OK, &expected));
    let form = "Configuration.Filters=onMessageUpdated&Configuration.Method=Get";
    let updated = running.post_form(&long(&path), form).await;
    expected["configuration"]["filters"] = json!(["onMessageUpdated"]);
    expected["configuration"]["method"] = json!("get");
    assert_eq!(updated.body["configuration"], expected["configuration"]);
    assert_eq!(get(&running, &path).await.body, expected);
}

#[tokio::test]
async fn an_update_of_another_target_changes_that() {
    let running = Running::start().await;
    let list = "/v1/Conversations/CH00000000000000000000000000000023/Webhooks";
    let cases = [
        (
            "trigger",
            "Configuration.Triggers=quit&Configuration.FlowSid=",
            "filters",
            json!(["quit"]),
        ),
        (
            "studio",
            "Configuration.FlowSid=FW00000000000000000000000000000009&Configuration.Url=",
            "flow_sid",
            json!("FW00000000000000000000000000000009"),
        ),
    ];
    for (target, form, key, value) in cases {
        let before = of_target(&running, list, target).await;
        let path = format!("{list}/{}", before["sid"].as_str().unwrap());
        let updated = running.post_form(&path, form).await;
        let mut expected = before["configuration"].clone();
        expected[key] = value;
        assert_eq!(
            (updated.status, &updated.body["configuration"]),
            (StatusCode::OK, &expected)
        );
    }
}

#[tokio::test]
async fn a_refused_update_changes_nothing() {
    let running = Running::start().await;
    let before = of_target(&running, CONVERSATION, "webhook").await;
    let path = format!("{CONVERSATION}/{}", before["sid"].as_str().unwrap());
    let cases = [
        ("", 20161),
        ("Target=webhook", 20001),
        ("Configuration.ReplayAfter=1", 20001),
        (
            "Configuration.Url=https://new.example&configuration.method=get",
            20001,
        ),
        ("Configuration.Url=", 50369),
        (
            "Configuration.Url=https://new.example&Configuration.Filters=onNothing",
            50365,
        ),
        (
            "Configuration.Url=https://new.example&Configuration.Method=put",
            50055,
        ),
        ("Configuration.Method=get&Configuration.Url=nowhere", 50054),
    ];
    for (form, code) in cases {
        let reply = running.post_form(&path, form).await;
        assert_eq!(error_of(&reply), error(400, code), "{form}");
    }
    assert_eq!(get(&running, &path).await.body, before);
    let missing = format!("{CONVERSATION}/WHffffffffffffffffffffffffffffffff");
    for reply in [
        running.post_form(&missing, "").await,
        running.delete(&missing).await,
    ] {
        assert_eq!(error_of(&reply), error(404, 50360));
    }
}

#[tokio::test]
async fn a_deleted_webhook_is_gone_and_leaves_room() {
    let running = Running::start().await;
    for _ in 0..5 {
        assert_eq!(running.post_form(EMPTY, HOOK).await.status, StatusCode::CREATED);
    }
    assert_eq!(error_of(&running.post_form(EMPTY, HOOK).await), error(400, 50361));
    let first = of_target(&running, EMPTY, "webhook").await;
    let path = format!("{EMPTY}/{}", first["sid"].as_str().unwrap());
    let deleted = running.delete(&path).await;
    assert_eq!(
        (deleted.status, deleted.text.as_str()),
        (StatusCode::NO_CONTENT, "")
    );
    assert!(deleted.headers.get("content-type").is_none());
    assert_eq!(error_of(&get(&running, &path).await), error(404, 50360));
    assert_eq!(error_of(&running.delete(&path).await), error(404, 50360));
    assert_eq!(running.post_form(EMPTY, HOOK).await.status, StatusCode::CREATED);
    let list = get(&running, EMPTY).await;
    assert_eq!(list.body["webhooks"].as_array().unwrap().len(), 5);
}

#[tokio::test]
async fn sids_are_new_and_the_same_in_every_run() {
    let sids = async || {
        let running = Running::start().await;
        let mut sids = Vec::new();
        for _ in 0..3 {
            let created = running.post_form(EMPTY, HOOK).await;
            sids.push(created.body["sid"].as_str().unwrap().to_owned());
        }
        sids
    };
    let (one, other) = (sids().await, sids().await);
    assert_eq!(one, other);
    assert!(one[0] != one[1] && one[1] != one[2] && one[0] != one[2]);
    assert!(one.iter().all(|sid| sid.len() == 34 && sid.starts_with("WH")));
}

#[tokio::test]
async fn a_request_may_ask_for_events_to_be_reported() {
    let running = Running::start().await;
    let login = basic("SKsandbox", "sandbox");
    for enabled in ["true", "false"] {
        let headers = [
            ("authorization", login.as_str()),
            ("content-type", "application/x-www-form-urlencoded"),
            ("x-twilio-webhook-enabled", enabled),
        ];
        let reply = running.exchange(Method::POST, EMPTY, &headers, HOOK).await;
        assert_eq!(reply.unwrap().status, StatusCode::CREATED);
    }
}
