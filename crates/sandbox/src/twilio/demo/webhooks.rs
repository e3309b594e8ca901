//! The made-up webhooks: wide enough to meet every target, method and kind of event name.

use serde_json::{Value, json};

use super::super::record::Webhook;
use super::super::sid::sid;

/// What a webhook may be told about. The three about sending and destroying are in no catalogue, but
/// in published answers.
const EVENTS: [&str; 13] = [
    "onMessageAdded",
    "onMessageUpdated",
    "onMessageRemoved",
    "onMessageSent",
    "onConversationUpdated",
    "onConversationRemoved",
    "onConversationStateUpdated",
    "onParticipantAdded",
    "onParticipantUpdated",
    "onParticipantRemoved",
    "onDeliveryUpdated",
    "onConversationDestroyed",
    "onMessageSend",
];
const KEYWORDS: [&str; 5] = ["help", "stop", "agent", "order status", "r\u{e9}clamation"];

/// So many webhooks, of the conversation whose SID says so.
pub(super) fn webhooks(account: &str, size: u64) -> Vec<Webhook> {
    (0..size)
        .map(|position| webhook(account, size, position))
        .collect()
}

fn webhook(account: &str, size: u64, position: u64) -> Webhook {
    let (target, configuration) = configuration(position);
    let day = position % 28 + 1;
    let hour_updated = if position.is_multiple_of(2) { 9 } else { 17 };
    Webhook {
        sid: sid("WH", size * 100 + position),
        account_sid: account.to_owned(),
        conversation_sid: format!("CH{size:032}"),
        target: target.to_owned(),
        configuration,
        date_created: format!("2026-03-{day:02}T09:05:50Z"),
        date_updated: format!("2026-03-{day:02}T{hour_updated:02}:05:50Z"),
    }
}

/// Target by target in turn; the method changes with every round of the three.
fn configuration(position: u64) -> (&'static str, Value) {
    let url = format!("https://hooks.example.com/conversations/{position}");
    let method = if (position / 3).is_multiple_of(2) {
        "post"
    } else {
        "get"
    };
    match position % 3 {
        0 => (
            "webhook",
            json!({ "url": url, "method": method, "filters": some(&EVENTS, position) }),
        ),
        1 => (
            "trigger",
            json!({ "url": url, "method": method, "filters": some(&KEYWORDS, position) }),
        ),
        _ => ("studio", json!({ "flow_sid": sid("FW", position) })),
    }
}

/// One to three neighbours of a table, round and round.
fn some(names: &'static [&'static str], position: u64) -> Vec<&'static str> {
    let skipped = names
        .iter()
        .cycle()
        .zip(0..)
        .skip_while(|(_, index)| *index < position);
    let count = if position.is_multiple_of(2) { 3 } else { 1 };
    skipped.take(count).map(|(name, _)| *name).collect()
}
