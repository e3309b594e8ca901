//! What happened, by the payload that was sent; what became of it, by its attempts.

use crate::lossless::{data, read_log};

fn event(payload: &str) -> Option<String> {
    let log = read_log(&data(&format!(r#"{{"payload":{payload}}}"#))).unwrap();
    log.event.map(|event| event.as_str().to_owned())
}

#[test]
fn events_come_from_type_and_status() {
    for (status, expected) in [
        ("ended", "conversation.ended"),
        ("timeout", "conversation.timed_out"),
        ("blacklisted", "conversation.opted_out"),
        ("opt_out", "conversation.opted_out"),
        ("inactive", "conversation.deactivated"),
        ("human_handoff", "conversation.handoff_started"),
        ("human_handoff_ended", "conversation.handoff_ended"),
        ("read", "message.read"),
        ("link_clicked", "message.link_clicked"),
        ("snoozed", "bland:snoozed"),
    ] {
        for payload in [
            format!(r#"{{"type":"status","status":"{status}"}}"#),
            format!(r#"{{"status":"{status}"}}"#),
        ] {
            assert_eq!(event(&payload).as_deref(), Some(expected), "{payload}");
        }
    }
    for (payload, expected) in [
        (r#"{"message":"hello","sender":"USER"}"#, Some("message.created")),
        (
            r#"{"type":"message","message":"hello","sender":"AGENT","status":"sent"}"#,
            Some("message.created"),
        ),
        (
            r#"{"type":"status","status":"ended","message":"bye","sender":"USER"}"#,
            Some("conversation.ended"),
        ),
        (r#"{"type":"receipt"}"#, Some("bland:receipt")),
        (r#"{"type":"status"}"#, None),
        (r#"{"type":7,"status":null}"#, None),
        ("{}", None),
        ("[]", None),
        ("\"ended\"", None),
    ] {
        assert_eq!(event(payload).as_deref(), expected, "{payload}");
    }
}

fn outcome(code: &str, error: &str) -> (String, String) {
    let attempt = format!(r#"{{"response_code":{code},"error_message":{error}}}"#);
    let log = read_log(&data(&format!(r#"{{"metadata":[{attempt}]}}"#))).unwrap();
    let word = |value: &str| value.trim_matches('"').to_owned();
    (
        word(&serde_json::to_string(&log.attempts[0].outcome).unwrap()),
        word(&serde_json::to_string(&log.status).unwrap()),
    )
}

#[test]
fn outcomes_come_from_code_and_message() {
    for (code, error, expected, status) in [
        ("200", "null", "success", "delivered"),
        ("299", "\"timeout\"", "success", "delivered"),
        ("\"204\"", "null", "success", "delivered"),
        ("199", "null", "http_error", "failed"),
        ("300", "null", "http_error", "failed"),
        ("504", "\"timeout\"", "http_error", "failed"),
        ("null", "\"connect ETIMEDOUT\"", "timeout", "failed"),
        ("null", "\"Request timed out\"", "timeout", "failed"),
        ("null", "\"context deadline exceeded\"", "timeout", "failed"),
        ("null", "\"Timeout of 10000ms\"", "timeout", "failed"),
        ("null", "\"ECONNRESET\"", "network_error", "failed"),
        ("null", "null", "network_error", "failed"),
        ("0", "null", "network_error", "failed"),
    ] {
        assert_eq!(
            outcome(code, error),
            (expected.to_owned(), status.to_owned()),
            "{code} {error}"
        );
    }
}

/// The recipe is part of what clients may rely on across releases.
#[test]
fn ids_are_hashes_of_conversation_and_time() {
    let id = |log: &str| read_log(&data(log)).unwrap().id;
    let documented = id(r#"{"conversation_id":"convo_abc123","created_at":"2026-04-13T20:50:59.233Z"}"#);
    assert_eq!(documented, "220f37fb7642df38");
    // The conversation that was asked for stands in for one that is not named.
    assert_eq!(id(r#"{"created_at":"2026-04-13T20:50:59.233Z"}"#), documented);
    assert_ne!(id(r#"{"created_at":"2026-04-13T20:50:59.234Z"}"#), documented);
    assert_ne!(
        id(r#"{"conversation_id":"convo_x","created_at":"2026-04-13T20:50:59.233Z"}"#),
        documented
    );
}
