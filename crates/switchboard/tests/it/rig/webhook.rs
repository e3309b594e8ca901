//! One webhook of a conversation at a provider that remembers what was written.

use std::sync::{Arc, Mutex};

use serde_json::{Value, json};
use tokio::sync::Semaphore;

use super::{Script, Seen, Upstream};

/// Where such webhooks are made.
pub(crate) const LIST: &str = "/v1/conversations/twilio:CH00000000000000000000000000000001/webhooks";
/// The one that there is.
pub(crate) const ONE: &str =
    "/v1/conversations/twilio:CH00000000000000000000000000000001/webhooks/WH00000000000000000000000000000001";

/// A new one, as a client writes it.
pub(crate) fn hook() -> Value {
    json!({
        "target": { "type": "http", "url": "https://hooks.example.com/in", "method": "POST" },
        "events": ["message.created"],
    })
}

/// As the provider shows it.
pub(crate) fn native(url: &str) -> String {
    json!({
        "sid": "WH00000000000000000000000000000001",
        "account_sid": "AC00000000000000000000000000000001",
        "conversation_sid": "CH00000000000000000000000000000001",
        "target": "webhook",
        "configuration": { "url": url, "method": "post", "filters": ["onMessageAdded"] },
        "date_created": "2026-03-24T21:05:50Z",
        "date_updated": "2026-03-24T21:05:50Z",
        "url": "https://conversations.twilio.com/v1/x",
    })
    .to_string()
}

/// An upstream that keeps the URL of one webhook.
pub(crate) async fn stateful() -> Upstream {
    let state = Mutex::new("https://hooks.example.com/in".to_owned());
    Upstream::scripted(move |_, seen| remember(&state, seen)).await
}

/// An upstream that makes a webhook, but answers no sooner than it is let.
pub(crate) async fn held(leave: &Arc<Semaphore>) -> Upstream {
    let leave = Arc::clone(leave);
    Upstream::handled(move |_, _| {
        let leave = Arc::clone(&leave);
        async move {
            leave.acquire().await.unwrap().forget();
            Script::json(201, &native("https://hooks.example.com/in"))
        }
    })
    .await
}

/// What an upstream with that URL answers.
pub(crate) fn remember(state: &Mutex<String>, seen: &Seen) -> Script {
    let mut url = state.lock().unwrap();
    if let Some(new) = form(seen, "Configuration.Url") {
        *url = new;
    }
    let status = if seen.line.starts_with("POST") && !seen.line.contains("/WH") {
        201
    } else {
        200
    };
    match seen.line.split(' ').next() {
        Some("DELETE") => Script::Bytes(b"HTTP/1.1 204 X\r\n\r\n".to_vec()),
        _ => Script::json(status, &native(&url)),
    }
}

/// A field of what was sent.
pub(crate) fn form(seen: &Seen, name: &str) -> Option<String> {
    let pairs = url::form_urlencoded::parse(&seen.body).into_owned();
    pairs
        .filter(|(key, _)| key == name)
        .map(|(_, value)| value)
        .next()
}
