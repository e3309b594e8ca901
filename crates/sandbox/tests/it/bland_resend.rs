//! Bland's reports of conversations, sent again.

use hyper::StatusCode;
use serde_json::{Value, json};

use crate::bland_writes::{NOW, RESEND, assert_refused, get, post};
use crate::client::Running;

#[tokio::test]
async fn a_resend_appends_an_attempt_and_tells_what_was_sent() {
    let running = Running::start_at(NOW).await;
    let log = "/v1/sms/conversations/convo_pending/webhook";
    let retry = get(&running, "/v1/sms/conversations/convo_retry/webhook").await;
    let mut expected = get(&running, log).await;
    let body = json!({ "conversation_ids": ["convo_retry", "convo_pending"], "rebuild": false });
    let reply = post(&running, RESEND, body).await;
    assert_eq!(
        (reply.status, &reply.body["errors"]),
        (StatusCode::OK, &Value::Null)
    );
    assert_eq!(reply.body["data"][0]["conversation_id"], "convo_retry");
    assert_eq!(reply.body["data"][0]["metadata"].as_array().unwrap().len(), 3);
    assert_eq!(reply.body["data"][0]["sent_payload"], retry["payload"]);
    let attempt = json!({
        "sent_at": "2026-07-01T12:30:45.987Z",
        "response_code": 200,
        "response_time": "101ms",
        "send_type": "resend",
    });
    expected["metadata"] = json!([attempt]);
    assert_eq!(get(&running, log).await, expected);
    expected["sent_payload"] = expected["payload"].clone();
    expected["rebuilt"] = json!(false);
    assert_eq!(reply.body["data"][1], expected);
    assert_eq!(reply.body["data"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn a_resent_payload_is_rebuilt_unless_told_otherwise() {
    let running = Running::start().await;
    let id = "convo_retry";
    let conversation = get(&running, &format!("/v1/sms/conversations/{id}")).await;
    let before = get(&running, &format!("/v1/sms/conversations/{id}/webhook")).await;
    let reply = post(&running, RESEND, json!({ "conversation_ids": [id] })).await;
    let sent = &reply.body["data"][0];
    assert_eq!(
        (&sent["rebuilt"], &sent["metadata"][2]["send_type"]),
        (&json!(true), &json!("rebuild"))
    );
    assert_eq!(
        sent["sent_payload"]["message_count"],
        conversation["message_count"]
    );
    assert_eq!(sent["sent_payload"]["summary"], conversation["summary"]);
    assert_eq!(sent["sent_payload"]["type"], "status");
    let after = get(&running, &format!("/v1/sms/conversations/{id}/webhook")).await;
    for same in ["payload", "url", "created_at"] {
        assert_eq!(after[same], before[same], "{same}");
    }
    assert!(after.get("rebuilt").is_none());
}

#[tokio::test]
async fn a_resend_is_done_for_all_or_for_none() {
    let running = Running::start().await;
    let many: Vec<String> = (0..101).map(|index| format!("convo_{index}")).collect();
    let cases = [
        (json!({}), 400, "INVALID_PARAMETER"),
        (json!({ "conversation_ids": [] }), 400, "INVALID_PARAMETER"),
        (
            json!({ "conversation_ids": "convo_retry" }),
            400,
            "INVALID_PARAMETER",
        ),
        (json!({ "conversation_ids": [1] }), 400, "INVALID_PARAMETER"),
        (json!({ "conversation_ids": [""] }), 400, "INVALID_PARAMETER"),
        (
            json!({ "conversation_ids": ["convo_retry", "convo_retry"] }),
            400,
            "INVALID_PARAMETER",
        ),
        (json!({ "conversation_ids": many }), 400, "INVALID_PARAMETER"),
        (
            json!({ "conversation_ids": many[..100] }),
            404,
            "WEBHOOK_NOT_FOUND",
        ),
        (
            json!({ "conversation_ids": ["convo_retry"], "rebuild": "no" }),
            400,
            "INVALID_PARAMETER",
        ),
        (
            json!({ "conversation_ids": ["convo_retry", "convo_quiet"] }),
            404,
            "WEBHOOK_NOT_FOUND",
        ),
    ];
    for (body, status, code) in cases {
        let reply = post(&running, RESEND, body).await;
        assert_refused(&reply, StatusCode::from_u16(status).unwrap(), code);
    }
    let log = get(&running, "/v1/sms/conversations/convo_retry/webhook").await;
    assert_eq!(log["metadata"].as_array().unwrap().len(), 2);
}
