//! The made-up services, conversations and configuration: the same in every run, wide enough to meet every state,
//! and so many that lists page.

mod addresses;
mod settings;
mod webhooks;

use serde_json::{Value, json};

pub(super) use self::addresses::addresses;
pub(super) use self::settings::{of_account as account_settings, of_documented_service};
use super::record::{Conversation, Service, WebhookSettings};
use super::sid::sid;

const ACCOUNT: &str = "AC00000000000000000000000000000001";
const DEFAULT_SERVICE: &str = "IS00000000000000000000000000000001";
const EMPTY_SERVICE: &str = "IS00000000000000000000000000000002";
/// The digits at the end of these conversations' SIDs are the number of their webhooks: one has more
/// than a real conversation may.
const SIZES: [u64; 7] = [0, 1, 2, 3, 4, 5, 23];
/// All conversations; the further ones have no webhooks.
const COUNT: u64 = 137;

/// The account's default service, with all made-up conversations.
pub(super) fn default_service() -> Service {
    let with_webhooks = SIZES.into_iter().zip(0..).map(|(size, index)| Conversation {
        sid: format!("CH{size:032}"),
        date_created: format!("2026-02-{:02}T08:00:00Z", index + 1),
        date_updated: format!("2026-03-{:02}T08:00:00Z", index + 1),
        webhooks: webhooks::webhooks(ACCOUNT, size),
        ..conversation(index)
    });
    let further = (0..COUNT).skip(SIZES.len()).map(conversation);
    Service {
        conversations: with_webhooks.chain(further).collect(),
        webhook_settings: settings::of_default_service(),
        ..service(DEFAULT_SERVICE, Some("Default Conversations Service"))
    }
}

/// A service that nobody has used or named.
pub(super) fn empty_service() -> Service {
    service(EMPTY_SERVICE, None)
}

fn service(sid: &str, name: Option<&str>) -> Service {
    Service {
        sid: sid.to_owned(),
        account_sid: ACCOUNT.to_owned(),
        friendly_name: name.map(str::to_owned),
        date_created: "2026-01-05T10:00:00Z".to_owned(),
        date_updated: "2026-01-06T11:30:00Z".to_owned(),
        conversations: Vec::new(),
        webhook_settings: WebhookSettings::default(),
    }
}

/// The variations have different periods, so that they meet in many combinations.
fn conversation(index: u64) -> Conversation {
    let state = state(index);
    let (day, hour) = (index / 8 + 1, index % 8 * 3);
    Conversation {
        sid: sid("CH", index),
        account_sid: ACCOUNT.to_owned(),
        chat_service_sid: DEFAULT_SERVICE.to_owned(),
        messaging_service_sid: (!index.is_multiple_of(3)).then(|| sid("MG", index % 2)),
        friendly_name: (!index.is_multiple_of(5)).then(|| format!("Order {index}")),
        unique_name: index.is_multiple_of(4).then(|| format!("order/{index}")),
        attributes: attributes(index),
        state: state.to_owned(),
        date_created: format!("2026-04-{day:02}T{hour:02}:10:00Z"),
        date_updated: format!("2026-04-{day:02}T{hour:02}:45:30Z"),
        timers: timers(state, day),
        bindings: bindings(index),
        webhooks: Vec::new(),
    }
}

fn state(index: u64) -> &'static str {
    match index % 7 {
        1 | 5 => "closed",
        3 => "inactive",
        4 => "initializing",
        _ => "active",
    }
}

fn attributes(index: u64) -> String {
    match index % 4 {
        0 => "{}".to_owned(),
        1 => json!({ "order": format!("A-{index}"), "priority": index % 3 }).to_string(),
        2 => "{ \"topic\": \"returns\", \"tags\": [\"vip\", \"r\\u00e9clamation\"] }".to_owned(),
        _ => "\"free text\"".to_owned(),
    }
}

/// A timer runs as long as the state that it ends.
fn timers(state: &str, day: u64) -> Value {
    let closes = format!("2026-06-{day:02}T00:00:00Z");
    match state {
        "active" => json!({ "date_inactive": format!("2026-05-{day:02}T00:00:00Z"), "date_closed": closes }),
        "inactive" => json!({ "date_closed": closes }),
        _ => json!({}),
    }
}

fn bindings(index: u64) -> Value {
    if index.is_multiple_of(10) {
        json!({ "email": { "projected_address": format!("order-{index}@mail.example.com"), "name": "Orders" } })
    } else {
        json!({})
    }
}
