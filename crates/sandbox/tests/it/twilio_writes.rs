//! Conversations and services, written.

use hyper::StatusCode;
use serde_json::{Value, json};

use crate::client::Running;
use crate::twilio::{DEFAULT_SERVICE, error, error_of, follow, get};

const NOW: &str = "2026-07-01T12:30:45.987Z";
const CONVERSATIONS: &str = "/v1/Conversations";
const ACTIVE: &str = "/v1/Conversations/CH00000000000000000000000000000002";
const CLOSED: &str = "/v1/Conversations/CH00000000000000000000000000000001";
const DOCUMENTED_SERVICE: &str = "/v1/Services/ISaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";

#[tokio::test]
async fn a_created_conversation_is_shown_and_found() {
    let running = Running::start_at(NOW).await;
    let form = "FriendlyName=One&UniqueName=one%2Fnew&Attributes=%7B%22a%22%3A1%7D&State=inactive\
        &MessagingServiceSid=MG0123456789abcdef0123456789abcdef&Timers.Inactive=PT1M&Timers.Closed=P1DT10M\
        &Bindings.Email.Address=a%40b.example&Bindings.Email.Name=Desk&DateCreated=2026-01-02T03:04:05.678Z";
    let created = running.post_form(CONVERSATIONS, form).await;
    let sid = created.body["sid"].as_str().unwrap();
    assert!(sid.len() == 34 && sid.starts_with("CH"), "{sid}");
    let expected = [
        ("chat_service_sid", json!(DEFAULT_SERVICE)),
        (
            "messaging_service_sid",
            json!("MG0123456789abcdef0123456789abcdef"),
        ),
        ("friendly_name", json!("One")),
        ("unique_name", json!("one/new")),
        ("attributes", json!("{\"a\":1}")),
        ("state", json!("inactive")),
        ("date_created", json!("2026-01-02T03:04:05Z")),
        ("date_updated", json!("2026-07-01T12:30:45Z")),
        (
            "timers",
            json!({ "date_inactive": "2026-07-01T12:31:45Z", "date_closed": "2026-07-02T12:40:45Z" }),
        ),
        (
            "bindings",
            json!({ "email": { "projected_address": "a@b.example", "name": "Desk" } }),
        ),
    ];
    assert_eq!(created.status, StatusCode::CREATED);
    for (key, value) in expected {
        assert_eq!(created.body[key], value, "{key}");
    }
    for name in [sid, "one%2Fnew"] {
        assert_eq!(
            get(&running, &format!("{CONVERSATIONS}/{name}")).await.body,
            created.body
        );
    }
    assert_eq!(follow(&running, CONVERSATIONS).await.0.len(), 139);
}

#[tokio::test]
async fn nothing_said_is_enough_in_any_service() {
    let running = Running::start().await;
    let path = format!("{DOCUMENTED_SERVICE}/Conversations");
    let created = running.post_form(&path, "").await;
    assert_eq!(
        (created.status, &created.body["account_sid"]),
        (StatusCode::CREATED, &json!("ACaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"))
    );
    for (key, value) in [
        ("attributes", json!("{}")),
        ("state", json!("active")),
        ("timers", json!({})),
        ("bindings", json!({})),
        ("friendly_name", Value::Null),
        ("unique_name", Value::Null),
    ] {
        assert_eq!(created.body[key], value, "{key}");
    }
    let hook = "Target=studio&Configuration.FlowSid=FW0123456789abcdef0123456789abcdef";
    let sid = created.body["sid"].as_str().unwrap();
    let webhooks = running.post_form(&format!("{path}/{sid}/Webhooks"), hook).await;
    assert_eq!(webhooks.status, StatusCode::CREATED);
    let elsewhere = get(&running, &format!("{CONVERSATIONS}/{sid}")).await;
    assert_eq!(error_of(&elsewhere), error(404, 50350));
}

#[tokio::test]
async fn an_update_changes_what_it_names_until_it_closes() {
    let running = Running::start_at(NOW).await;
    let mut expected = get(&running, ACTIVE).await.body;
    let updated = running.post_form(ACTIVE, "FriendlyName=New&UniqueName=").await;
    expected["friendly_name"] = json!("New");
    expected["unique_name"] = Value::Null;
    expected["date_updated"] = json!("2026-07-01T12:30:45Z");
    assert_eq!((updated.status, &updated.body), (StatusCode::OK, &expected));
    running.post_form(ACTIVE, "State=closed").await;
    expected["state"] = json!("closed");
    assert_eq!(get(&running, ACTIVE).await.body, expected);
    let reopened = running.post_form(ACTIVE, "State=active").await;
    assert_eq!(error_of(&reopened), error(400, 50377));
    assert_eq!(get(&running, ACTIVE).await.body, expected);
}

#[tokio::test]
async fn a_refused_conversation_is_neither_made_nor_changed() {
    let running = Running::start().await;
    let before = follow(&running, CONVERSATIONS).await;
    let long_name = format!("FriendlyName={}", "n".repeat(257));
    let long_attributes = format!("Attributes=%22{}%22", "a".repeat(16 * 1024));
    let both = [
        ("Unknown=1", 400, 20001),
        (long_name.as_str(), 400, 20001),
        (&long_attributes, 400, 20001),
        ("Attributes=%7B", 400, 20001),
        ("State=ended", 400, 20001),
        ("MessagingServiceSid=MG1", 400, 20001),
        ("Timers.Inactive=PT59S", 400, 20001),
        ("Timers.Closed=PT9M", 400, 20001),
        ("Timers.Closed=soon", 400, 20001),
        ("DateCreated=yesterday", 400, 20001),
        ("DateUpdated=yesterday", 400, 20001),
        ("UniqueName=CHffffffffffffffffffffffffffffffff", 400, 50390),
        ("FriendlyName=x&UniqueName=order%2F4", 409, 50353),
    ];
    for (form, status, code) in both {
        for path in [CONVERSATIONS, ACTIVE] {
            let reply = running.post_form(path, form).await;
            assert_eq!(error_of(&reply), error(status, code), "{path} {form}");
        }
    }
    for (path, form, status, code) in [
        (ACTIVE, "", 400, 20161),
        (CLOSED, "FriendlyName=x", 400, 50377),
        ("/v1/Conversations/nobody", "FriendlyName=x", 404, 50350),
    ] {
        assert_eq!(
            error_of(&running.post_form(path, form).await),
            error(status, code)
        );
    }
    assert_eq!(follow(&running, CONVERSATIONS).await, before);
    let itself = running
        .post_form(&format!("{CONVERSATIONS}/order%2F4"), "UniqueName=order%2F4")
        .await;
    assert_eq!(itself.status, StatusCode::OK);
}

#[tokio::test]
async fn a_deleted_conversation_takes_its_webhooks_along() {
    let running = Running::start().await;
    for path in [ACTIVE, CLOSED] {
        let deleted = running.delete(path).await;
        assert_eq!(
            (deleted.status, deleted.text.as_str()),
            (StatusCode::NO_CONTENT, "")
        );
        for below in ["", "/Webhooks"] {
            let gone = get(&running, &format!("{path}{below}")).await;
            assert_eq!(error_of(&gone), error(404, 50350));
        }
        assert_eq!(error_of(&running.delete(path).await), error(404, 50350));
    }
    assert_eq!(follow(&running, CONVERSATIONS).await.0.len(), 136);
}

#[tokio::test]
async fn services_come_and_go_with_all_that_is_in_them() {
    let running = Running::start_at(NOW).await;
    let created = running.post_form("/v1/Services", "FriendlyName=Shop").await;
    let sid = created.body["sid"].as_str().unwrap();
    assert_eq!(
        (
            created.status,
            &created.body["friendly_name"],
            &created.body["date_created"]
        ),
        (
            StatusCode::CREATED,
            &json!("Shop"),
            &json!("2026-07-01T12:30:45Z")
        )
    );
    let path = format!("/v1/Services/{sid}");
    assert_eq!(get(&running, &path).await.body, created.body);
    let conversations = format!("{path}/Conversations");
    assert_eq!(
        running.post_form(&conversations, "").await.status,
        StatusCode::CREATED
    );
    assert_eq!(
        get(&running, "/v1/Services").await.body["services"]
            .as_array()
            .unwrap()
            .len(),
        4
    );
    for path in [path.as_str(), DOCUMENTED_SERVICE] {
        assert_eq!(running.delete(path).await.status, StatusCode::NO_CONTENT);
        for gone in [
            get(&running, path).await,
            get(&running, &format!("{path}/Conversations")).await,
            running.delete(path).await,
        ] {
            assert_eq!(error_of(&gone), error(404, 20404));
        }
    }
    let default = running.delete(&format!("/v1/Services/{DEFAULT_SERVICE}")).await;
    assert_eq!(error_of(&default), error(409, 20409));
    for form in ["", "FriendlyName=", &format!("FriendlyName={}", "n".repeat(257))] {
        assert_eq!(
            error_of(&running.post_form("/v1/Services", form).await),
            error(400, 20001)
        );
    }
}
