//! Bland SMS, written.

use hyper::{Method, StatusCode};
use serde_json::{Value, json};

use crate::client::{Reply, Running};

pub(crate) const NOW: &str = "2026-07-01T12:30:45.98765Z";
const NUMBER_UPDATE: &str = "/v1/sms/number/update";
const WEBHOOK_UPDATE: &str = "/v1/sms/webhook/update";
pub(crate) const RESEND: &str = "/v1/sms/conversations/webhooks/resend";

pub(crate) async fn get(running: &Running, target: &str) -> Value {
    let reply = running.get(target, "sandbox").await;
    assert_eq!(reply.status, StatusCode::OK, "{target}");
    reply.body["data"].clone()
}

pub(crate) async fn post(running: &Running, target: &str, body: Value) -> Reply {
    running.send_json(Method::POST, target, &body).await
}

async fn number(running: &Running, channel: &str, phone_number: &str) -> Option<Value> {
    let numbers = get(running, &format!("/v1/sms/numbers?channel={channel}")).await;
    let mut numbers = numbers.as_array().unwrap().iter();
    numbers
        .find(|number| number["phone_number"] == phone_number)
        .cloned()
}

/// Whether a reply is a refusal in the envelope of the SMS endpoints.
pub(crate) fn assert_refused(reply: &Reply, status: StatusCode, code: &str) {
    let message = &reply.body["errors"][0]["message"];
    let expected = json!({ "data": null, "errors": [{ "error": code, "message": message }] });
    assert_eq!((reply.status, &reply.body), (status, &expected));
    assert!(message.is_string());
}

#[tokio::test]
async fn an_update_merges_into_the_configuration_of_its_channel() {
    let running = Running::start().await;
    for (channel, key) in [
        (None, "sms"),
        (Some("sms"), "sms"),
        (Some("whatsapp"), "whatsapp"),
        (Some("imessage"), "imessage"),
    ] {
        let mut expected = number(&running, key, "+15005550001").await.unwrap();
        let mut body = json!({
            "phone_number": "+15005550001",
            "webhook": format!("https://new.example/{key}"),
            "task": "Be brief.",
            "pathway_version": channel,
            "nonsense": true,
        });
        if let Some(channel) = channel {
            body["channel"] = json!(channel);
        }
        let reply = post(&running, NUMBER_UPDATE, body).await;
        let config = &mut expected[format!("{key}_config")];
        config["webhook"] = json!(format!("https://new.example/{key}"));
        config["objective"] = json!("Be brief.");
        config["pathway_version"] = json!(channel);
        assert_eq!(
            (reply.status, &reply.body["errors"]),
            (StatusCode::OK, &Value::Null)
        );
        assert_eq!(&reply.body["data"][format!("{key}_config")], config, "{key}");
        assert!(reply.body["data"]["message"].is_string());
        assert_eq!(number(&running, key, "+15005550001").await, Some(expected));
    }
}

#[tokio::test]
async fn a_number_of_one_channel_can_be_configured_for_another() {
    let running = Running::start().await;
    let known = number(&running, "sms", "+15005550003").await.unwrap();
    assert_eq!(number(&running, "imessage", "+15005550003").await, None);
    let body = json!({ "phone_number": "+15005550003", "channel": "imessage", "time_out": 60 });
    post(&running, NUMBER_UPDATE, body).await;
    let expected = json!({
        "phone_number": "+15005550003",
        "label": known["label"],
        "messaging_service": known["messaging_service"],
        "imessage_config": { "time_out": 60 },
        "conversation_count": 0,
    });
    assert_eq!(number(&running, "imessage", "+15005550003").await, Some(expected));
    assert_eq!(number(&running, "sms", "+15005550003").await, Some(known));
}

#[tokio::test]
async fn a_short_time_out_is_raised_and_a_late_warning_refused() {
    let running = Running::start().await;
    let set = async |fields: Value| {
        let mut body = json!({ "phone_number": "+15005550002", "channel": "whatsapp" });
        body.as_object_mut()
            .unwrap()
            .extend(fields.as_object().unwrap().clone());
        post(&running, NUMBER_UPDATE, body).await
    };
    for (sent, kept) in [(1, 30), (29, 30), (30, 30), (0, 0), (31, 31)] {
        let reply = set(json!({ "time_out": sent })).await;
        assert_eq!(reply.body["data"]["whatsapp_config"]["time_out"], kept, "{sent}");
    }
    let before = number(&running, "whatsapp", "+15005550002").await;
    for bad in [
        json!({ "warning_time": 31 }),
        json!({ "time_out": 0, "warning_time": 1 }),
        json!({ "webhook": 5 }),
    ] {
        let reply = set(bad).await;
        assert_refused(
            &reply,
            StatusCode::INTERNAL_SERVER_ERROR,
            "ERROR_UPDATING_WHATSAPP_CONFIG",
        );
    }
    assert_eq!(number(&running, "whatsapp", "+15005550002").await, before);
    for good in [
        json!({ "warning_time": 30 }),
        // What counts is what the time becomes.
        json!({ "time_out": 15, "warning_time": 20 }),
    ] {
        assert_eq!(set(good).await.status, StatusCode::OK);
    }
}

#[tokio::test]
async fn a_number_update_is_refused_by_its_codes() {
    let running = Running::start().await;
    let cases = [
        (json!({}), 400, "PHONE_NUMBER_REQUIRED"),
        (json!({ "phone_number": "" }), 400, "PHONE_NUMBER_REQUIRED"),
        (
            json!({ "phone_number": 5, "channel": "fax" }),
            400,
            "PHONE_NUMBER_REQUIRED",
        ),
        (
            json!({ "phone_number": "+19", "channel": "fax" }),
            400,
            "INVALID_CHANNEL",
        ),
        (
            json!({ "phone_number": "+19", "channel": 1 }),
            400,
            "INVALID_CHANNEL",
        ),
        (
            json!({ "phone_number": "+19", "webhook": 1 }),
            404,
            "INBOUND_NUMBER_NOT_FOUND",
        ),
        (
            json!({ "phone_number": "+15005550001", "webhook": 1 }),
            500,
            "ERROR_UPDATING_SMS_CONFIG",
        ),
        (
            json!({ "phone_number": "+15005550001", "webhook": 1, "channel": "imessage" }),
            500,
            "ERROR_UPDATING_IMESSAGE_CONFIG",
        ),
        (json!([]), 400, "INVALID_PARAMETER"),
    ];
    for (body, status, code) in cases {
        let reply = post(&running, NUMBER_UPDATE, body).await;
        assert_refused(&reply, StatusCode::from_u16(status).unwrap(), code);
    }
}

#[tokio::test]
async fn the_webhook_of_the_sms_configuration_is_set_and_cleared() {
    let running = Running::start().await;
    let before = number(&running, "whatsapp", "+15005550001").await;
    let mut expected = number(&running, "sms", "+15005550001").await.unwrap();
    for (sent, kept) in [
        (json!("https://new.example/a"), json!("https://new.example/a")),
        (json!(null), json!(null)),
        (json!("https://new.example/b"), json!("https://new.example/b")),
        (json!(""), json!(null)),
    ] {
        let body = json!({ "phone_number": "+15005550001", "webhook": sent });
        let reply = post(&running, WEBHOOK_UPDATE, body).await;
        assert_eq!(
            (reply.status, &reply.body),
            (StatusCode::OK, &json!({ "status": "success" }))
        );
        expected["sms_config"]["webhook"] = kept;
        assert_eq!(
            number(&running, "sms", "+15005550001").await.as_ref(),
            Some(&expected)
        );
    }
    post(
        &running,
        WEBHOOK_UPDATE,
        json!({ "phone_number": "+15005550001" }),
    )
    .await;
    assert_eq!(number(&running, "sms", "+15005550001").await, Some(expected));
    assert_eq!(number(&running, "whatsapp", "+15005550001").await, before);
    for (body, status, code) in [
        (
            json!({ "webhook": "https://x.example" }),
            400,
            "PHONE_NUMBER_REQUIRED",
        ),
        (json!({ "phone_number": "+19" }), 404, "INBOUND_NUMBER_NOT_FOUND"),
        (
            json!({ "phone_number": "+15005559001" }),
            404,
            "INBOUND_NUMBER_NOT_FOUND",
        ),
        (
            json!({ "phone_number": "+15005550001", "webhook": 1 }),
            400,
            "INVALID_PARAMETER",
        ),
    ] {
        let reply = post(&running, WEBHOOK_UPDATE, body).await;
        assert_refused(&reply, StatusCode::from_u16(status).unwrap(), code);
    }
}

#[tokio::test]
async fn a_conversation_ends_and_begins_again() {
    let running = Running::start_at(NOW).await;
    let path = "/v1/sms/conversations/convo_quiet";
    let mut expected = get(&running, path).await;
    for is_active in [false, true] {
        let body = json!({ "is_active": is_active, "summary": "ignored" });
        let reply = running.send_json(Method::PATCH, path, &body).await;
        expected["is_active"] = json!(is_active);
        expected["updated_at"] = json!("2026-07-01T12:30:45.987Z");
        assert_eq!(
            (reply.status, &reply.body),
            (StatusCode::OK, &json!({ "data": expected, "errors": null }))
        );
        assert_eq!(get(&running, path).await, expected);
    }
    for (path, body, status, code) in [
        (
            "/v1/sms/conversations/",
            json!({}),
            400,
            "CONVERSATION_ID_REQUIRED",
        ),
        (path, json!({}), 400, "INVALID_IS_ACTIVE_VALUE"),
        (
            path,
            json!({ "is_active": "false" }),
            400,
            "INVALID_IS_ACTIVE_VALUE",
        ),
        (
            "/v1/sms/conversations/nobody",
            json!({ "is_active": 1 }),
            400,
            "INVALID_IS_ACTIVE_VALUE",
        ),
        (
            "/v1/sms/conversations/nobody",
            json!({ "is_active": true }),
            404,
            "CONVERSATION_NOT_FOUND",
        ),
    ] {
        let reply = running.send_json(Method::PATCH, path, &body).await;
        assert_refused(&reply, StatusCode::from_u16(status).unwrap(), code);
    }
}

#[tokio::test]
async fn a_deleted_conversation_takes_its_log_along() {
    let running = Running::start().await;
    let path = "/v1/sms/conversations/convo_retry";
    let reply = running.send(Method::DELETE, path, "sandbox", "").await;
    assert_eq!(
        (reply.status, &reply.body["errors"]),
        (StatusCode::OK, &Value::Null)
    );
    assert!(reply.body["data"]["message"].is_string());
    assert_eq!(get(&running, &format!("{path}/webhook")).await, Value::Null);
    for method in [Method::GET, Method::DELETE] {
        let reply = running.send(method, path, "sandbox", "").await;
        assert_refused(&reply, StatusCode::NOT_FOUND, "CONVERSATION_NOT_FOUND");
    }
    let resent = post(&running, RESEND, json!({ "conversation_ids": ["convo_retry"] })).await;
    assert_refused(&resent, StatusCode::NOT_FOUND, "WEBHOOK_NOT_FOUND");
}

#[tokio::test]
async fn only_json_objects_are_read_and_only_with_the_key() {
    let running = Running::start().await;
    let paths = [
        (Method::POST, NUMBER_UPDATE),
        (Method::POST, WEBHOOK_UPDATE),
        (Method::POST, RESEND),
        (Method::PATCH, "/v1/sms/conversations/convo_quiet"),
    ];
    for (method, path) in paths {
        for (content_type, body) in [
            ("application/json", ""),
            ("application/json", "{"),
            ("application/json", "[1]"),
            ("application/x-www-form-urlencoded", "phone_number=%2B15005550001"),
            ("text/plain", "{\"phone_number\":\"+15005550001\"}"),
        ] {
            let headers = [("authorization", "sandbox"), ("content-type", content_type)];
            let reply = running.exchange(method.clone(), path, &headers, body).await;
            assert_refused(&reply.unwrap(), StatusCode::BAD_REQUEST, "INVALID_PARAMETER");
        }
        let reply = running.send(method, path, "wrong", "{}").await;
        assert_refused(&reply, StatusCode::UNAUTHORIZED, "AUTH_FAILURE");
    }
}
