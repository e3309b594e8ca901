//! The made-up address configurations: every type of address that has one, every kind of auto-creation, on and
//! off, with and without a service, in every spelling that is known.

use serde_json::{Value, json};

use super::super::record::Address;
use super::super::sid::sid;
use super::{ACCOUNT, DEFAULT_SERVICE};

/// Type, address, name, country.
type Row = (
    &'static str,
    &'static str,
    Option<&'static str>,
    Option<&'static str>,
);

const ROWS: [Row; 14] = [
    ("sms", "+15005550100", Some("Orders"), Some("US")),
    ("sms", "+15005550101", Some("Returns"), Some("US")),
    ("sms", "+15005550102", None, None),
    ("sms", "+15005550103", Some("Survey"), Some("CA")),
    ("sms", "+15005550104", Some("Old survey"), None),
    ("sms", "+15005550105", Some("Front desk"), Some("DE")),
    ("sms", "55501", Some("Short code"), Some("US")),
    ("whatsapp", "whatsapp:+15005550100", Some("Orders"), None),
    ("whatsapp", "whatsapp:+15005550106", None, None),
    ("messenger", "messenger:100000000000001", Some("Page"), None),
    ("email", "orders@mail.example.com", Some("Orders"), None),
    ("rcs", "rcs:example_agent", Some("Agent"), None),
    ("apple", "urn:mbid:AQAAYexample", Some("Business chat"), None),
    ("chat", "chat:frontdesk", None, None),
];

/// The made-up ones, in order of creation.
pub(in super::super) fn addresses() -> impl Iterator<Item = Address> {
    ROWS.into_iter().zip(0..).map(|(row, index)| address(row, index))
}

fn address((kind, text, name, country): Row, index: u64) -> Address {
    Address {
        sid: sid("IG", index),
        account_sid: ACCOUNT.to_owned(),
        text: text.to_owned(),
        kind: kind.to_owned(),
        friendly_name: name.map(str::to_owned),
        country: country.map(str::to_owned),
        auto_creation: auto_creation(kind, index),
        date_created: format!("2026-02-{:02}T07:30:00Z", index + 1),
        date_updated: format!("2026-03-{:02}T07:30:00Z", index + 1),
    }
}

fn auto_creation(kind: &str, index: u64) -> Value {
    let url = format!("https://hooks.example.com/addresses/{index}");
    let events = [
        "onMessageAdded",
        "onConversationStateUpdated",
        "onDeliveryUpdated",
    ];
    match (kind, index) {
        ("sms", 0) => json!({
            "enabled": true, "type": "webhook",
            "webhook_url": url, "webhook_method": "post", "webhook_filters": events
        }),
        ("sms", 1) => json!({
            "enabled": true, "type": "webhook", "conversation_service_sid": DEFAULT_SERVICE,
            "webhook_url": url, "webhook_method": "get", "webhook_filters": ["onMessageAdded"]
        }),
        ("sms", 2) => json!({
            "enabled": false, "type": "webhook",
            "webhook_url": url, "webhook_method": "post", "webhook_filters": []
        }),
        ("sms", 3) | ("messenger", _) => json!({
            "enabled": true, "type": "studio", "conversation_service_sid": DEFAULT_SERVICE,
            "studio_flow_sid": sid("FW", index), "studio_retry_count": index % 4
        }),
        ("sms", 4) => json!({ "enabled": false, "type": "studio", "studio_flow_sid": sid("FW", index) }),
        ("whatsapp", 7) => json!({
            "enabled": true, "type": "webhook", "conversation_service_sid": DEFAULT_SERVICE,
            "webhook_url": url, "webhook_method": "POST", "webhook_filters": events
        }),
        ("rcs" | "apple", _) => json!({
            "enabled": true, "type": "webhook",
            "webhook_url": url, "webhook_method": "post", "webhook_filters": ["onParticipantAdded"]
        }),
        ("whatsapp" | "chat", _) => json!({ "enabled": false, "type": "default" }),
        _ => json!({ "enabled": true, "type": "default" }),
    }
}
