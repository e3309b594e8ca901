//! Where the account and its services report events.

use hyper::StatusCode;
use serde_json::{Value, json};

use crate::client::Running;
use crate::twilio::{DEFAULT_SERVICE, error, error_of, get};

const ACCOUNT: &str = "/v1/Configuration/Webhooks";
const ACCOUNT_SID: &str = "AC00000000000000000000000000000001";
const DOCUMENTED_SERVICE: &str = "ISaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
const EMPTY_SERVICE: &str = "IS00000000000000000000000000000002";

fn of_service(sid: &str) -> String {
    format!("/v1/Services/{sid}/Configuration/Webhooks")
}

async fn fetched(running: &Running, path: &str) -> Value {
    let reply = get(running, path).await;
    assert_eq!(reply.status, StatusCode::OK, "{path}");
    reply.body
}

#[tokio::test]
async fn the_configuration_of_the_account_is_fetched() {
    let running = Running::start().await;
    let configuration = fetched(&running, "/v1/Configuration").await;
    assert_eq!(configuration["account_sid"], ACCOUNT_SID);
    assert_eq!(configuration["default_chat_service_sid"], DEFAULT_SERVICE);
    let webhooks = configuration["links"]["webhooks"].as_str().unwrap();
    assert_eq!(webhooks, format!("https://conversations.twilio.com{ACCOUNT}"));
}

#[tokio::test]
async fn settings_are_there_from_the_start() {
    let running = Running::start().await;
    let account = json!({
        "account_sid": ACCOUNT_SID,
        "pre_webhook_url": "https://hooks.example.com/account/before",
        "post_webhook_url": "https://hooks.example.com/account/after",
        "method": "POST",
        "filters": ["onMessageSend", "onMessageAdd", "onConversationUpdated", "onUserAdded"],
        "target": "webhook",
        "url": format!("https://conversations.twilio.com{ACCOUNT}"),
    });
    assert_eq!(fetched(&running, ACCOUNT).await, account);
    let documented = json!({
        "account_sid": "ACaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
        "chat_service_sid": DOCUMENTED_SERVICE,
        "pre_webhook_url": "https://www.example.com/pre",
        "post_webhook_url": "https://www.example.com/post",
        "filters": ["onMessageRemove", "onParticipantAdd"],
        "method": "POST",
        "url": format!("https://conversations.twilio.com{}", of_service(DOCUMENTED_SERVICE)),
    });
    assert_eq!(
        fetched(&running, &of_service(DOCUMENTED_SERVICE)).await,
        documented
    );
    let unset = json!({
        "account_sid": ACCOUNT_SID,
        "chat_service_sid": EMPTY_SERVICE,
        "pre_webhook_url": null,
        "post_webhook_url": null,
        "filters": null,
        "method": null,
        "url": format!("https://conversations.twilio.com{}", of_service(EMPTY_SERVICE)),
    });
    assert_eq!(fetched(&running, &of_service(EMPTY_SERVICE)).await, unset);
    let default = fetched(&running, &of_service(DEFAULT_SERVICE)).await;
    assert_eq!(
        (&default["method"], &default["pre_webhook_url"]),
        (&json!("GET"), &Value::Null)
    );
    let missing = get(&running, &of_service("ISffffffffffffffffffffffffffffffff")).await;
    assert_eq!(error_of(&missing), error(404, 20404));
}

#[tokio::test]
async fn an_update_changes_what_it_names_and_nothing_else() {
    let running = Running::start().await;
    for path in [
        ACCOUNT.to_owned(),
        of_service(EMPTY_SERVICE),
        of_service(DEFAULT_SERVICE),
    ] {
        let mut expected = fetched(&running, &path).await;
        let form = "PostWebhookUrl=https%3A%2F%2Fnew.example%2Fp&Filters=onMessageAdd&Filters=onMessageAdded";
        let reply = running.post_form(&path, form).await;
        expected["post_webhook_url"] = json!("https://new.example/p");
        expected["filters"] = json!(["onMessageAdd", "onMessageAdded"]);
        assert_eq!((reply.status, &reply.body), (StatusCode::OK, &expected));
        running
            .post_form(&path, "Method=get&PreWebhookUrl=http://new.example/")
            .await;
        expected["method"] = json!("GET");
        expected["pre_webhook_url"] = json!("http://new.example/");
        assert_eq!(fetched(&running, &path).await, expected);
    }
    running.post_form(ACCOUNT, "Target=flex").await;
    assert_eq!(fetched(&running, ACCOUNT).await["target"], "flex");
}

#[tokio::test]
async fn an_empty_text_clears() {
    let running = Running::start().await;
    let reply = running
        .post_form(ACCOUNT, "PreWebhookUrl=&PostWebhookUrl=&Filters=")
        .await;
    assert_eq!(reply.status, StatusCode::OK);
    for key in ["pre_webhook_url", "post_webhook_url", "filters"] {
        assert_eq!(reply.body[key], Value::Null, "{key}");
    }
    assert_eq!(reply.body["method"], "POST");
}

#[tokio::test]
async fn a_refused_update_changes_nothing() {
    let running = Running::start().await;
    let service = of_service(DEFAULT_SERVICE);
    let both = [
        ("", 20161),
        ("Unknown=1", 20001),
        ("Method=put", 50055),
        ("Method=", 50055),
        ("Method=GET&PreWebhookUrl=nowhere", 50054),
        ("Method=GET&PostWebhookUrl=nowhere", 50078),
        ("Method=GET&Filters=onMessageAdded&Filters=onNothing", 50054),
        ("Method=GET&Filters=&Filters=onMessageAdded", 50054),
    ];
    for path in [ACCOUNT, &service] {
        let before = fetched(&running, path).await;
        for (form, code) in both {
            let reply = running.post_form(path, form).await;
            assert_eq!(error_of(&reply), error(400, code), "{path} {form}");
        }
        assert_eq!(fetched(&running, path).await, before);
    }
    let long = format!("PreWebhookUrl=https://x.example/{}", "a".repeat(500));
    assert_eq!(
        error_of(&running.post_form(ACCOUNT, &long).await),
        error(400, 50372)
    );
    assert_eq!(
        error_of(&running.post_form(ACCOUNT, "Target=email").await),
        error(400, 50054)
    );
    assert_eq!(
        error_of(&running.post_form(&service, "Target=flex").await),
        error(400, 20001)
    );
}

#[tokio::test]
async fn the_account_knows_more_events_than_a_service() {
    let running = Running::start().await;
    let common = [
        "onMessageAdd",
        "onMessageAdded",
        "onMessageUpdate",
        "onMessageUpdated",
        "onMessageRemove",
        "onMessageRemoved",
        "onConversationAdd",
        "onConversationAdded",
        "onConversationUpdate",
        "onConversationUpdated",
        "onConversationRemove",
        "onConversationRemoved",
        "onConversationStateUpdated",
        "onParticipantAdd",
        "onParticipantAdded",
        "onParticipantUpdate",
        "onParticipantUpdated",
        "onParticipantRemove",
        "onParticipantRemoved",
        "onDeliveryUpdated",
    ];
    let users = ["onUserAdded", "onUserUpdate", "onUserUpdated"];
    for name in common.iter().chain(&users) {
        let form = format!("Filters={name}");
        assert_eq!(
            running.post_form(ACCOUNT, &form).await.status,
            StatusCode::OK,
            "{name}"
        );
        let of_service = running.post_form(&of_service(DEFAULT_SERVICE), &form).await;
        assert_eq!(of_service.status.is_success(), common.contains(name), "{name}");
    }
}
