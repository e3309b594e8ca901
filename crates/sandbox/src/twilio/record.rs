//! What the account holds, record by record, each without what depends on the path that it is asked
//! for by.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// A service with its conversations.
#[derive(Clone, Deserialize, Serialize)]
pub(super) struct Service {
    pub(super) sid: String,
    pub(super) account_sid: String,
    pub(super) friendly_name: Option<String>,
    pub(super) date_created: String,
    pub(super) date_updated: String,
    /// In order of creation.
    #[serde(skip)]
    pub(super) conversations: Vec<Conversation>,
    #[serde(skip)]
    pub(super) webhook_settings: WebhookSettings,
}

/// A conversation with its webhooks.
#[derive(Clone, Deserialize, Serialize)]
pub(super) struct Conversation {
    pub(super) sid: String,
    pub(super) account_sid: String,
    pub(super) chat_service_sid: String,
    pub(super) messaging_service_sid: Option<String>,
    pub(super) friendly_name: Option<String>,
    pub(super) unique_name: Option<String>,
    /// JSON in a string.
    pub(super) attributes: String,
    pub(super) state: String,
    pub(super) date_created: String,
    pub(super) date_updated: String,
    pub(super) timers: Value,
    pub(super) bindings: Value,
    /// In order of creation.
    #[serde(skip)]
    pub(super) webhooks: Vec<Webhook>,
}

/// A webhook.
#[derive(Clone, Deserialize, Serialize)]
pub(super) struct Webhook {
    pub(super) sid: String,
    pub(super) account_sid: String,
    pub(super) conversation_sid: String,
    pub(super) target: String,
    pub(super) configuration: Value,
    pub(super) date_created: String,
    pub(super) date_updated: String,
}

/// Where the account or a service reports events, all of it unset at first.
#[derive(Clone, Default, Serialize)]
pub(super) struct WebhookSettings {
    pub(super) pre_webhook_url: Option<String>,
    pub(super) post_webhook_url: Option<String>,
    /// In upper case.
    pub(super) method: Option<String>,
    pub(super) filters: Option<Vec<String>>,
    /// The account's alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) target: Option<String>,
}

/// What becomes of the first message to an address.
#[derive(Clone, Deserialize, Serialize)]
pub(super) struct Address {
    pub(super) sid: String,
    pub(super) account_sid: String,
    #[serde(rename = "address")]
    pub(super) text: String,
    #[serde(rename = "type")]
    pub(super) kind: String,
    pub(super) friendly_name: Option<String>,
    #[serde(rename = "address_country")]
    pub(super) country: Option<String>,
    /// Its members depend on what is created.
    pub(super) auto_creation: Value,
    pub(super) date_created: String,
    pub(super) date_updated: String,
}

impl Conversation {
    /// One that nothing is known of but where it is and since when.
    pub(super) fn new(service: &Service, sid: String, now: &str) -> Self {
        Self {
            sid,
            account_sid: service.account_sid.clone(),
            chat_service_sid: service.sid.clone(),
            messaging_service_sid: None,
            friendly_name: None,
            unique_name: None,
            attributes: "{}".to_owned(),
            state: "active".to_owned(),
            date_created: now.to_owned(),
            date_updated: now.to_owned(),
            timers: json!({}),
            bindings: json!({}),
            webhooks: Vec::new(),
        }
    }

    /// Whether a path means it: by its SID or its unique name.
    pub(super) fn is_called(&self, name: &str) -> bool {
        self.sid == name || self.unique_name.as_deref() == Some(name)
    }

    /// Whether it is over for good.
    pub(super) fn is_closed(&self) -> bool {
        self.state == "closed"
    }
}
